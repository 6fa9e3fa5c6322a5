// tests/e2e/browser/screenshot.mjs — the wall of the simulated city on a rainy afternoon, as the manual shows it.
//
// An operator's first minute: low batteries are set aside until they are changed, what has returned is acknowledged,
// so are some that are being dealt with; the water in a flooded street is open on the map.

import { launch, listen, rows, until } from '../page/browser.mjs';
import { ask } from './world.mjs';

const size = { width: 1920, height: 1080 };
const map = { x: 106.607, y: 10.765, zoom: 11.5 }; // the inner districts, right of the open panel
const street = { id: 'SD-0026', x: 106.68864, y: 10.78312 }; // Nam Kỳ Khởi Nghĩa: the rain reaches it in this minute
const complaints = [];

// Where a place is, from the middle of the map: Web Mercator.
function fromMiddle({ x, y }) {
    const mercator = degrees => Math.log(Math.tan(Math.PI / 4 + degrees * Math.PI / 360)) * 180 / Math.PI;
    const scale = 256 * 2 ** map.zoom / 360;
    return { x: (x - map.x) * scale, y: (mercator(map.y) - mercator(y)) * scale };
}

const browser = await launch();
try {
    const page = await (await browser.newContext({ viewport: size, locale: 'vi-VN' })).newPage();
    page.setDefaultTimeout(20_000);
    listen(page, complaints);
    await page.addInitScript(view => localStorage.setItem('ioc.wall.map', view), JSON.stringify(map));
    await page.goto(`${await ask('url')}&name=truc-ban`);
    await until(() => page.getAttribute('#link', 'data-link'), 'up', 20_000);
    const settle = () => page.waitForTimeout(700);
    const find = async (what, state) => {
        await page.fill('#search', what);
        await page.selectOption('#state-filter', state);
        await settle();
    };
    const shelve = async (what, reason, most) => {
        await find(what, '');
        for (let i = 0; i < most && await rows(page).count(); i++) {
            await page.locator('#list').focus();
            await page.keyboard.press('Home');
            await page.keyboard.press('s');
            await page.check('#shelve-spans label:last-child input');
            await page.fill('#shelve-reason', reason);
            await page.click('#shelve-dialog button[type=submit]');
            await settle();
        }
    };

    await page.waitForTimeout(20_000);
    await shelve('pin tram do', 'đội bảo trì thay pin trong ngày', 4);
    await shelve('thung rac day', 'đã báo đội thu gom', 2);
    await find('', '');
    const box = await page.locator('#map').boundingBox(), at = fromMiddle(street);
    await page.mouse.click(box.x + box.width / 2 + at.x, box.y + box.height / 2 + at.y);
    await until(() => page.locator('#place .facts').innerText(), facts => facts.includes(street.id));
    await page.mouse.move(box.x + box.width / 2, box.y - 20);
    await page.waitForTimeout(12_000);
    await find('', 'RTNUN');
    for (let i = 0; i < 20 && await page.locator('#list .act-ack:visible').count(); i++) {
        await page.locator('#list .act-ack:visible').first().click();
        await settle();
    }
    await find('', '');
    await page.locator('#list').focus();
    for (let i = 0; i < 12; i++) { // the first that nobody has acknowledged
        await page.keyboard.press('n');
        await page.keyboard.press('a');
        await page.waitForTimeout(400);
    }
    await page.evaluate(() => document.activeElement.blur());
    await page.waitForTimeout(5_500); // what was said of the commands goes
    console.log(await page.$$eval('#tiles .tile', tiles => tiles.map(tile => tile.innerText.replace(/\s+/g, ' ')).join(' | ')));
    await until(() => page.evaluate(() => document.body.classList.contains('beat')), false); // signs that call are bright now
    await page.screenshot({ path: process.env.SCREENSHOT });
} finally {
    await browser.close();
}
for (const line of complaints)
    console.log(line);
