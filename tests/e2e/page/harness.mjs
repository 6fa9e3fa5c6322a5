// tests/e2e/page/harness.mjs — a fake gateway and a page that may not complain.
//
// WALL_PAGE    the page laid out by ./lay (set by ./run)
// WALL_SHOTS   a directory: a screenshot of each test's end is kept there

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { launch, listen, view } from './browser.mjs';
import { FakeGateway } from './fake_gateway.mjs';

export * from './browser.mjs';

export const pageDirectory = process.env.WALL_PAGE;

let browser; // of all tests of a file that ask for one
after(() => browser?.close());

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

// prepare(gateway) runs before the page opens; options.expected: patterns of console lines that belong to the test.
export function wallTest(name, options, body) {
    test(name, { timeout: 90_000 }, async () => {
        const gateway = await FakeGateway.open({ page: pageDirectory, areas: options.areas ?? squareAreas(), config: options.config });
        browser ??= await launch();
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
