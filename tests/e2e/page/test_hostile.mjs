// tests/e2e/page/test_hostile.mjs — device names and report texts are written by strangers.

import assert from 'node:assert/strict';
import { wallTest, rows, until, textIs } from './harness.mjs';
import { makeAlert } from './fake_gateway.mjs';

const attack = '<img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script>';
const both = text => ({ vi: text, en: text });

wallTest('markup_in_any_text_from_the_city_is_shown_as_text', {
    config: { name: both(`TP ${attack}`), user: `local:${attack}` },
    prepare(gateway) {
        for (const feature of gateway.areas.features)
            Object.assign(feature.properties, { name: attack, name_en: attack });
        gateway.areas.attribution = attack;
        gateway.delta({
            r: [{ i: 0, id: `s:${attack}`, stream: attack, kind: attack, name: attack, unit: attack, dec: 1, x: 106.65, y: 10.75, d: '760' }],
            e: [[0, 4, 7, Date.now(), 0]],
            a: [makeAlert(1, { title: both(attack), message: both(attack), rule: attack, owner: attack, key: attack, entity: `s:${attack}`, area: attack, cause: attack,
                values: { [attack]: attack }, labels: { [attack]: attack }, response: attack, note: attack, ack_by: attack, ack_at: Date.now(), state: 'ACKED', by: attack, reason: attack })],
        });
        gateway.health.engine = [gateway.makeEngine({ node: attack, sources: [{ name: attack, state: attack, messages: 1, rate: 1, last: Date.now() }] })];
        gateway.result = () => ({ ok: false, why: attack });
    },
}, async ({ page }) => {
    await until(() => rows(page).count(), 1);
    await page.locator('#list .row').first().click();
    await until(() => page.locator('.transition').count(), 1);
    await page.keyboard.press('t');
    await page.fill('#note-reason', attack);
    await page.click('#note-dialog button[type=submit]');
    await until(() => page.locator('#commands').innerText(), shown => shown.includes(`bị từ chối: ${attack.slice(0, 60)}`));
    await page.getByRole('button', { name: 'Xem trên bản đồ' }).click();
    await textIs(page, '#place .panel-title', attack);
    await page.selectOption('#grouping', 'area');
    await page.keyboard.press('Escape');
    await page.click('#language');
    for (const selector of ['#city', '#user', '#list .row-title', '#attribution', '.source-name', '#area-filter'])
        await until(() => page.locator(selector).first().textContent(), shown => shown.includes('<img src=x'));
    assert.equal(await page.locator('body img, body script, body iframe').count(), 0);
    assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
});

wallTest('bidirectional_and_control_characters_are_taken_out_and_long_texts_are_cut', {
    prepare: gateway => gateway.delta({ a: [makeAlert(1, { title: both('An \u202e\u0000\u200btoàn\u2066') }), makeAlert(2, { title: both('x'.repeat(100_000)), sev: 'minor' })] }),
}, async ({ page }) => {
    await until(() => rows(page).count(), 2);
    const titles = await page.$$eval('#list .row-title', found => found.map(one => one.textContent));
    assert.equal(titles[0].replace(/ +/g, ' '), 'An toàn');
    assert.equal(titles[1].length, 200);
});

wallTest('messages_of_the_wrong_shape_are_left_out_and_the_rest_is_shown', {
    prepare(gateway) {
        gateway.delta({ r: [{ i: 0, id: 's:1', name: 'một', x: 106.65, y: 10.75, d: '760' }], e: [[0, 0, 1, Date.now(), 0]] });
    },
}, async ({ page, gateway }) => {
    const wrong = [
        { e: 'no', a: 'no', r: 'no', c: 'no', res: 'no' }, { e: [null, 5, [], ['x', 1], [-1, 0, 1, 1, 0], [1e9, 0, 1, 1, 0]] },
        { r: [null, 5, { i: -1, id: 'a' }, { i: 1e12, id: 'b' }, { i: 1.5, id: 'c' }, { i: 3 }, { i: 4, id: 'x'.repeat(500) }, { i: 5, id: 's:5', x: 'a', y: {}, name: { a: 1 } }] },
        { a: [null, 5, {}, { id: 5, seq: 1, state: 'UNACK' }, { id: 'a', seq: 'x', state: 'UNACK' }, { id: 'b', seq: 1, state: 'HACKED' }, { id: 'x'.repeat(99), seq: 1, state: 'UNACK' }] },
        { a: [{ id: 'odd', seq: 1, state: 'UNACK', sev: 99, prio: -4, flags: { length: 3 }, title: 7, message: [1], values: [1, { a: 1 }], labels: 'x', since: 'soon', x: 1e9, y: 0 }] },
        { res: [null, 1, {}, { cmd_id: {} }], c: { pending: '<b>', active: 'x', unack: null, dead: {}, __proto__: { polluted: 1 } } }, null, 7, [],
    ];
    for (const message of wrong)
        gateway.write(gateway.frame('delta', message));
    gateway.write('event: delta\ndata: {"a":[{"id":"__proto__","seq":1,"state":"UNACK","values":{"__proto__":{"polluted":1}}}]}\n\n');
    gateway.write('event: delta\ndata: {not json\n\nevent: health\ndata: {"now":"x","engine":[null,7,{"sources":[null,{}]}],"lag_ms":"x"}\n\n');
    gateway.write('event: health\ndata: [1]\n\nevent: stale\ndata: {"since":"x"}\n\nevent: unheard\ndata: 1\n\n');
    gateway.delta({ a: [makeAlert(1)] });
    await until(() => rows(page).count(), 3); // ours, the odd one and the one named __proto__
    await until(() => page.$$eval('#list .row:not([hidden])', found => found.map(row => row.dataset.id).sort()), ['__proto__', 'odd', makeAlert(1).id].sort());
    assert.equal(await page.evaluate(() => ({}).polluted), undefined);
    await textIs(page, '#devices-total', '2 thiết bị');
    for (const row of await page.locator('#list .row:visible').all()) {
        await row.click();
        await page.keyboard.press('Escape');
    }
    await page.click('#language');
    await textIs(page, '#link-text', 'Connected');
});

wallTest('areas_of_the_wrong_shape_do_no_harm', {
    areas: { type: 'FeatureCollection', features: [null, 5, {}, { geometry: null }, { geometry: { type: 'Polygon', coordinates: 'x' } }, { geometry: { type: 'Point', coordinates: [1, 2] } },
        { geometry: { type: 'Polygon', coordinates: [[[1, 2], [3, 4], [500, 600], [1, 2]]] } }, { geometry: { type: 'MultiPolygon', coordinates: [[], [[]], [[[106, 10], [107, 10], [107, 11], [106, 10]]]] }, properties: null }] },
    prepare: gateway => gateway.delta({ a: [makeAlert(1)] }),
}, async ({ page }) => {
    await until(() => rows(page).count(), 1);
    const box = await page.locator('#map').boundingBox();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
});
