// tests/e2e/page/test_looks.mjs — readable, reachable and whole, from a wall to a phone.

import assert from 'node:assert/strict';
import { wallTest, rows, until, textIs, squareAreas } from './harness.mjs';
import { fillCity, makeAlert } from './fake_gateway.mjs';

const city = gateway => {
    for (const feature of gateway.areas.features)
        Object.assign(feature.properties, { lon: feature.geometry.coordinates[0][0][0] + 0.05, lat: 10.75 });
    fillCity(gateway, { entities: 200, alerts: 60 });
    gateway.delta({ a: [makeAlert(900, { sev: 'critical' }), makeAlert(901, { sev: 'warning', flags: ['doubtful'] })] });
    gateway.health.redis = 'down';
};

// WCAG 2.1: 4.5 for text, 3 for large text, against the first ground that is not transparent.
const weakTexts = page => page.evaluate(() => {
    const parse = text => {
        const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
        return { r, g, b, a };
    };
    const light = ({ r, g, b }) => {
        const [x, y, z] = [r, g, b].map(value => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ground = element => {
        for (let one = element; one; one = one.parentElement) {
            const colour = parse(getComputedStyle(one).backgroundColor);
            if (colour.a > 0.8)
                return colour;
        }
        return { r: 10, g: 16, b: 23 };
    };
    const weak = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest('.unseen, .skip, option, :disabled'))
            continue;
        const style = getComputedStyle(element);
        const [a, b] = [light(parse(style.color)), light(ground(element))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (isLarge ? 3 : 4.5))
            weak.push(`${ratio.toFixed(2)} ${element.className} '${walker.currentNode.data.trim().slice(0, 30)}'`);
    }
    return weak;
});

const overflows = page => page.evaluate(() => {
    const wide = [];
    for (const element of document.querySelectorAll('button, select, input, .row-age, .tile-number, .state, .banner-text')) {
        if (!element.checkVisibility() || element.closest('dialog'))
            continue;
        const box = element.getBoundingClientRect();
        if (box.right > innerWidth + 1 || box.left < -1)
            wide.push(`${element.className || element.id} ${Math.round(box.left)}..${Math.round(box.right)}`);
    }
    return wide.concat(document.documentElement.scrollWidth > innerWidth ? [`the page is ${document.documentElement.scrollWidth} wide`] : []);
});

for (const [name, width, height] of [['a_wall', 1920, 1080], ['a_laptop', 1366, 768], ['a_phone', 390, 844], ['a_video_wall', 3840, 2160]])
    wallTest(`texts_are_readable_and_nothing_is_cut_off_on_${name}`, { view: { width, height }, prepare: city }, async ({ page }) => {
        await until(() => rows(page).count(), n => n > 2);
        await page.locator('[data-banner="redis"]').waitFor();
        assert.deepEqual(await overflows(page), []);
        assert.deepEqual(await weakTexts(page), []);
        await page.locator('#list .row:visible').first().click();
        await until(() => page.locator('.transition').count(), n => n > 0);
        assert.deepEqual(await weakTexts(page), []);
        assert.deepEqual(await overflows(page), []);
        await page.evaluate(() => document.getElementById('language').click());
        await textIs(page, '.panel-part', 'History');
        assert.deepEqual(await overflows(page), []);
    });

wallTest('at_five_metres_the_counts_the_clock_and_the_titles_are_large', { view: { width: 1920, height: 1080 }, prepare: city }, async ({ page }) => {
    await until(() => rows(page).count(), n => n > 4);
    const size = selector => page.$eval(selector, element => parseFloat(getComputedStyle(element).fontSize));
    assert.ok(await size('.tile-number') >= 48);
    assert.ok(await size('.clock') >= 40);
    assert.ok(await size('#list .row-title') >= 22);
    assert.ok(await size('#list .row-meta') >= 16);
});

wallTest('a_phone_shows_one_view_at_a_time_with_targets_for_a_thumb', { view: { width: 390, height: 844 }, prepare: city }, async ({ page }) => {
    await until(() => rows(page).count(), n => n > 2);
    assert.equal(await page.locator('#map').isVisible(), false);
    for (const view of ['map', 'health', 'alerts']) {
        await page.click(`.views [data-view="${view}"]`);
        assert.deepEqual(await Promise.all(['#map', '#sources', '#list'].map(part => page.locator(part).isVisible())), [view === 'map', view === 'health', view === 'alerts']);
        const small = await page.$$eval('button', buttons => buttons.filter(button => button.checkVisibility() && !button.closest('dialog'))
            .map(button => [button.textContent, button.getBoundingClientRect()]).filter(([, box]) => box.height < 38 || box.width < 34).map(([text, box]) => `${text} ${box.width}×${box.height}`));
        assert.deepEqual(small, []);
    }
    await page.click('.views [data-view="map"]');
    await until(() => page.$eval('.map-canvas', canvas => canvas.width), n => n > 300);
});

wallTest('every_control_has_a_name_and_a_visible_focus', { prepare: city }, async ({ page }) => {
    await until(() => rows(page).count(), n => n > 2);
    const nameless = await page.$$eval('button, input, select, [role="grid"], section, [tabindex="0"]', elements => elements
        .filter(element => element.checkVisibility() && !(element.getAttribute('aria-label') || element.getAttribute('aria-labelledby') || element.textContent.trim() || element.labels?.length))
        .map(element => element.outerHTML.slice(0, 120)));
    assert.deepEqual(nameless, []);
    const seen = new Set();
    for (let n = 0; n < 60; n++) {
        await page.keyboard.press('Tab');
        const focus = await page.evaluate(() => {
            const element = document.activeElement;
            return element === document.body ? null : { id: element.id || element.className || element.textContent, outline: getComputedStyle(element).outlineStyle };
        });
        if (!focus)
            break;
        seen.add(focus.id);
        assert.notEqual(focus.outline, 'none', focus.id);
    }
    for (const wanted of ['language', 'sound', 'list', 'search', 'area-filter', 'sources'])
        assert.ok(seen.has(wanted), `${wanted} is reached by Tab`);
});

wallTest('without_a_graphics_processor_and_without_tiles_nothing_is_fetched_from_elsewhere', { areas: squareAreas(), prepare: city }, async ({ page, gateway }) => {
    const fetched = await page.evaluate(() => performance.getEntriesByType('resource').map(entry => entry.name));
    assert.ok(fetched.length > 15);
    assert.deepEqual(fetched.filter(url => !url.startsWith(gateway.url)), []);
});
