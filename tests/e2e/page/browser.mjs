// tests/e2e/page/browser.mjs — a browser, and how to look at the wall in it.
//
// CHROMIUM     the browser, /usr/bin/chromium by default

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const browserArguments = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'];

export function launch() {
    return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: browserArguments });
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
