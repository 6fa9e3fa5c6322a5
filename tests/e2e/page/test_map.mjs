// tests/e2e/page/test_map.mjs — areas and devices on the map, what a click shows, and what it costs.

import assert from 'node:assert/strict';
import { wallTest, until, textIs, squareAreas } from './harness.mjs';
import { fillCity, animate, makeAlert, randomness } from './fake_gateway.mjs';

const station = (i, x, y, more = {}) => ({ i, id: `street_depth:S${i}`, stream: 'street_depth', kind: 'water-level', name: `Trạm ${i}`, unit: 'cm', dec: 1, x, y, d: '760', ...more });
const drawn = page => page.evaluate(() => {
    const canvas = document.querySelector('.map-canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let red = 0, seen = 0;
    for (let i = 0; i < data.length; i += 4) {
        seen += data[i + 3] > 0;
        red += data[i] > 220 && data[i + 1] > 70 && data[i + 1] < 110 && data[i + 2] > 75 && data[i + 2] < 115;
    }
    return { red, seen };
});
// Where a place of the map is on the screen, by the square city: it is fitted with 12 pixels around.
const spot = (page, x, y, areas = 3) => page.evaluate(([lon, lat, n]) => {
    const box = document.getElementById('map').getBoundingClientRect();
    const mercator = degrees => Math.log(Math.tan(Math.PI / 4 + degrees * Math.PI / 360)) * 180 / Math.PI;
    const width = 0.1 * n, height = mercator(10.8) - mercator(10.7);
    const centre = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    const zoom = Math.floor(4 * Math.log2(Math.min((box.width - 24) / width, (box.height - 24) / height) * 360 / 256)) / 4;
    const scale = 256 * 2 ** zoom / 360;
    return { x: centre.x + (lon - (106.6 + width / 2)) * scale, y: centre.y - (mercator(lat) - (mercator(10.7) + mercator(10.8)) / 2) * scale };
}, [x, y, areas]);

wallTest('a_critical_alert_colours_its_area_and_counts_in_it', {
    prepare: gateway => gateway.delta({ a: [makeAlert(1, { d: '761', sev: 'warning', state: 'ACKED' })] }),
}, async ({ page, gateway }) => {
    await until(() => drawn(page), ({ seen }) => seen > 10_000);
    const before = await drawn(page);
    gateway.delta({ a: [makeAlert(2, { d: '761', sev: 'critical' })] });
    await until(() => drawn(page), ({ red }) => red > before.red + 30);
    const at = await spot(page, 106.71, 10.71);
    await page.mouse.click(at.x, at.y);
    await textIs(page, '#place .panel-title', 'Quận 12');
    await until(() => page.$$eval('#place .panel-states:nth-of-type(2) .chip, #place .chip', chips => chips.map(chip => chip.textContent).slice(0, 4)),
        ['Khẩn cấp: 1', 'Nghiêm trọng: 0', 'Vừa: 0', 'Lưu ý: 1']);
    await page.click('#place .act');
    await until(() => page.inputValue('#area-filter'), '=761');
});

wallTest('the_property_that_names_an_area_is_found_from_the_ids_of_the_alerts', {
    areas: { type: 'FeatureCollection', features: squareAreas().features.map((feature, i) => ({ ...feature, properties: { objectid: i, name: feature.properties.name, ma_phuong: `P${i}` } })) },
    prepare: gateway => gateway.delta({ a: [makeAlert(1, { d: 'P1', area: undefined, sev: 'critical' })] }),
}, async ({ page }) => {
    await textIs(page, '#list .row-meta', /^Quận 12 · /);
    await until(() => drawn(page), ({ red }) => red > 30);
});

wallTest('a_click_on_a_device_shows_its_value_age_and_trend', {
    prepare: gateway => gateway.delta({ r: [station(0, 106.65, 10.75), station(1, 106.75, 10.75, { d: '761' })], e: [[0, 0, 12.34, Date.now() - 120_000, 0]] }),
}, async ({ page, gateway }) => {
    await until(() => drawn(page), ({ seen }) => seen > 10_000);
    const at = await spot(page, 106.65, 10.75);
    await page.mouse.move(at.x - 4, at.y);
    await textIs(page, '.map-tip', 'Trạm 0 — Bình thường');
    await page.mouse.click(at.x, at.y);
    await textIs(page, '#place .panel-title', 'Trạm 0');
    await textIs(page, '#place .figure-value', '12,3');
    assert.match(await page.innerText('#place .facts'), /\(2 phút trước\)/);
    for (let n = 0; n < 4; n++) {
        gateway.delta({ e: [[0, 0, 20 + n, Date.now() - 4_000 + 1_050 * n, 0]] });
        await page.waitForTimeout(300);
    }
    await textIs(page, '#place .figure-value', '23,0');
    await until(() => page.evaluate(() => {
        const canvas = document.querySelector('.chart canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let line = 0;
        for (let i = 0; i < data.length; i += 4)
            line += data[i] < 150 && data[i + 1] > 180 && data[i + 2] > 230;
        return line;
    }), n => n > 60);
    gateway.delta({ e: [[0, 3, 31, Date.now() - 3_600_000, 2]] });
    await until(() => page.$$eval('#place .chip', chips => chips.map(chip => chip.textContent)), ['Dữ liệu cũ']);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#place').isVisible(), false);
});

wallTest('a_device_that_moved_or_was_added_later_is_where_it_is_now', {
    prepare: gateway => gateway.delta({ r: [station(0, 106.65, 10.75)], e: [[0, 0, 1, Date.now(), 0]] }),
}, async ({ page, gateway }) => {
    await until(() => drawn(page), ({ seen }) => seen > 10_000);
    gateway.delta({ r: [station(0, 106.85, 10.75), station(1, 106.65, 10.76)], e: [[1, 0, 2, Date.now(), 0]] });
    await page.waitForTimeout(600);
    const moved = await spot(page, 106.85, 10.75);
    await page.mouse.click(moved.x, moved.y);
    await textIs(page, '#place .panel-title', 'Trạm 0');
    await page.keyboard.press('Escape');
    const added = await spot(page, 106.65, 10.76);
    await page.mouse.click(added.x, added.y);
    await textIs(page, '#place .panel-title', 'Trạm 1');
});

wallTest('an_alert_is_shown_on_the_map_with_its_device', {
    prepare: gateway => gateway.delta({ r: [station(0, 106.65, 10.75)], e: [[0, 3, 40, Date.now(), 0]], a: [makeAlert(1, { entity: 'street_depth:S0', x: 106.65, y: 10.75 })] }),
}, async ({ page }) => {
    await page.locator('#list .row').first().click();
    await page.getByRole('button', { name: 'Xem trên bản đồ' }).click();
    await textIs(page, '#place .panel-title', 'Trạm 0');
    await until(() => page.$$eval('#place .plain li', items => items.map(item => item.textContent)), ['Ngập đường · Chưa xác nhận']);
});

wallTest('five_thousand_devices_and_five_hundred_alerts_leave_the_processor_alone', {
    areas: squareAreas(Array.from({ length: 22 }, (_, i) => `Quận ${i + 1}`)),
    view: { width: 1920, height: 1080 },
    prepare(gateway) {
        const random = randomness(3);
        for (const feature of gateway.areas.features) {
            const [west, south] = feature.geometry.coordinates[0][0];
            Object.assign(feature.properties, { lon: west + 0.05, lat: south + 0.04 + 0.02 * random() });
        }
        fillCity(gateway, { entities: 5000, alerts: 500 });
    },
}, async ({ page, gateway }) => {
    await until(() => page.innerText('#devices-total'), '5.000 thiết bị');
    const moving = animate(gateway, { changesPerSecond: 2000 });
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const metrics = async () => Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
    await page.waitForTimeout(1_500);
    const before = await metrics();
    await page.waitForTimeout(5_000);
    const after = await metrics();
    clearInterval(moving);
    const script = (after.ScriptDuration - before.ScriptDuration) / 5, task = (after.TaskDuration - before.TaskDuration) / 5;
    console.log(`script ${(100 * script).toFixed(1)} %, main thread ${(100 * task).toFixed(1)} % of a core; heap ${(after.JSHeapUsedSize / 1e6).toFixed(1)} MB`);
    assert.ok(script < 0.3, `script ${script}`);
    assert.ok(after.JSHeapUsedSize < 150e6);
    assert.ok(after.Nodes < 5_000, `${after.Nodes} nodes`);
});

wallTest('a_city_without_areas_or_devices_still_has_a_wall', { areas: { type: 'FeatureCollection', features: [] }, prepare: gateway => gateway.delta({ a: [makeAlert(1)] }) }, async ({ page }) => {
    await textIs(page, '#list .row-meta', /^Quận 1 · /);
});
