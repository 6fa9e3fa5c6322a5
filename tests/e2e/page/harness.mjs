// tests/e2e/page/harness.mjs — a browser, a fake gateway and a page that may not complain.
//
// WALL_PAGE    the page laid out by sinks/wall/page/install (set by ./run)
// CHROMIUM     the browser, /usr/bin/chromium by default
// WALL_SHOTS   a directory: a screenshot of each test's end is kept there

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { FakeGateway } from './fake_gateway.mjs';

export const pageDirectory = process.env.WALL_PAGE;
const browserArguments = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'];

let browser;
before(async () => {
    browser = await launch();
});
after(() => browser?.close());

export function launch() {
    return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: browserArguments });
}

// Squares side by side, 760, 761, …: a city whose geometry a test can say.
export function squareAreas(names = ['Quận 1', 'Quận 12', 'Gò Vấp']) {
    return {
        type: 'FeatureCollection', attribution: '© OpenStreetMap contributors, ODbL 1.0',
        features: names.map((name, i) => {
            const west = 106.6 + 0.1 * i, east = west + 0.1, south = 10.7, north = 10.8;
            return {
                type: 'Feature', properties: { code: String(760 + i), name, name_en: `District ${i + 1}` },
                geometry: { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] },
            };
        }),
    };
}

export const view = { width: 1600, height: 900 };

// What the page says in its console, and what its policy refused, is an error unless the test expects it.
export function listen(page, complaints) {
    page.on('console', message => {
        const isOurs = /willReadFrequently/.test(message.text()); // the tests look at pixels, the page does not
        if (!isOurs && (message.type() === 'error' || message.type() === 'warning'))
            complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', error => complaints.push(`exception: ${error.message}`));
    page.on('crash', () => complaints.push('the page crashed'));
}

// prepare(gateway) runs before the page opens; options.expected: patterns of console lines that belong to the test.
export function wallTest(name, options, body) {
    test(name, { timeout: 90_000 }, async () => {
        const gateway = await FakeGateway.open({ page: pageDirectory, areas: options.areas ?? squareAreas(), config: options.config });
        const context = await browser.newContext({ viewport: options.view ?? view });
        const complaints = [];
        try {
            options.prepare?.(gateway);
            const page = await context.newPage();
            page.setDefaultTimeout(12_000);
            listen(page, complaints);
            if (options.begin)
                await page.addInitScript(options.begin);
            await page.goto(gateway.url);
            await page.waitForFunction(() => document.getElementById('link')?.dataset.link === 'up');
            await body({ page, gateway, context, complaints });
            if (process.env.WALL_SHOTS)
                await page.screenshot({ path: `${process.env.WALL_SHOTS}/${name}.png` });
        } finally {
            await context.close();
            await gateway.close();
        }
        const unexpected = complaints.filter(line => !(options.expected ?? []).some(pattern => pattern.test(line)));
        assert.deepEqual(unexpected, []);
    });
}

export const disconnection = /net::ERR_|Failed to load resource/;

export const rows = page => page.locator('#list .row:not(.row-head):visible');
export const ids = page => page.$$eval('#list .row:not([hidden])[data-id]', found => found
    .sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex')).map(row => row.dataset.id));

// Waits until a thing is so; says what it was instead when it never came.
export async function until(get, wanted, within = 8_000) {
    const end = Date.now() + within;
    let found;
    for (;;) {
        found = await get();
        if (typeof wanted === 'function' ? wanted(found) : JSON.stringify(found) === JSON.stringify(wanted))
            return found;
        if (Date.now() > end)
            assert.fail(`waited for ${wanted}, found ${JSON.stringify(found)}`);
        await new Promise(resolve => setTimeout(resolve, 50));
    }
}

export const text = (page, selector) => page.locator(selector).innerText();
export const textIs = (page, selector, wanted) => until(() => text(page, selector), found => (wanted instanceof RegExp ? wanted.test(found) : found === wanted));
