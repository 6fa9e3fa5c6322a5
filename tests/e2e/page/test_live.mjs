// tests/e2e/page/test_live.mjs — the page on a real gateway: WALL_URL=http://127.0.0.1:…/?token=… ./run
//
// The token works once, so one browser context is shared.  What the city shows is not known here; what must hold for
// any city is checked, and an acknowledgement goes all the way if there is an unacknowledged alert (WALL_ACK=1).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, listen, until, view, text } from './browser.mjs';

const url = process.env.WALL_URL;
const complaints = [];
let browser, page;

before(async () => {
    browser = await launch();
    page = await (await browser.newContext({ viewport: view })).newPage();
    page.setDefaultTimeout(15_000);
    listen(page, complaints);
});
after(() => browser?.close());

test('the_one_time_address_opens_the_wall', { timeout: 60_000 }, async () => {
    await page.goto(url);
    await until(() => page.getAttribute('#link', 'data-link'), 'up', 20_000);
    assert.equal(new URL(page.url()).search, ''); // the token is not left in the address
    assert.notEqual(await text(page, '#city'), '');
    assert.match(await text(page, '#user'), /local:/);
});

test('the_address_works_once', { timeout: 60_000 }, async () => {
    const context = await browser.newContext();
    const other = await context.newPage();
    await other.goto(url);
    const status = await other.evaluate(async () => (await fetch('/v1/config')).status);
    assert.equal(status, 401);
    await context.close();
});

test('a_snapshot_and_health_arrive', { timeout: 60_000 }, async () => {
    await until(() => page.evaluate(() => document.querySelector('#empty:not([hidden])')?.textContent ?? ''), shown => !/Đang chờ số liệu/.test(shown), 20_000);
    await until(() => text(page, '#figure-lag'), lag => lag !== '', 20_000);
    const answer = await page.evaluate(async () => {
        const response = await fetch('/');
        return { policy: response.headers.get('content-security-policy'), sniff: response.headers.get('x-content-type-options') };
    });
    assert.match(answer.policy, /default-src 'self'/);
    assert.doesNotMatch(answer.policy, /unsafe/);
    assert.equal(answer.sniff, 'nosniff');
});

test('areas_are_drawn', { timeout: 60_000 }, async () => {
    const hasAreas = await page.evaluate(async () => (await (await fetch('/v1/areas')).json()).features?.length > 0);
    if (hasAreas)
        await until(() => page.locator('#area-filter option').count(), n => n > 1);
    assert.equal(await page.locator('[data-banner="areas"]').count(), 0);
});

test('an_acknowledgement_is_answered_by_the_engine', { timeout: 90_000, skip: process.env.WALL_ACK !== '1' }, async () => {
    await page.locator('#list').focus();
    await page.keyboard.press('n');
    await until(() => page.locator('#list [aria-selected="true"]').count(), 1);
    await page.keyboard.press('a');
    await until(() => page.locator('#commands .command').last().getAttribute('data-command'), state => state === 'done' || state === 'refused', 30_000);
});

test('both_languages_are_there_and_nothing_was_complained_about', { timeout: 60_000 }, async () => {
    await page.evaluate(() => document.getElementById('language').click());
    await until(() => page.getAttribute('html', 'lang'), 'en');
    if (process.env.WALL_SHOTS)
        await page.screenshot({ path: `${process.env.WALL_SHOTS}/live.png` });
    assert.deepEqual(complaints, []);
});
