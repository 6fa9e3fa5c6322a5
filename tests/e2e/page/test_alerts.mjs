// tests/e2e/page/test_alerts.mjs — the list an operator works from.

import assert from 'node:assert/strict';
import { wallTest, rows, ids, until, text, textIs } from './harness.mjs';
import { makeAlert, severityNames } from './fake_gateway.mjs';

const minute = 60_000;
const give = (gateway, ...alerts) => gateway.delta({ a: alerts });
const chip = (page, selector) => page.$$eval(`${selector} .chip`, chips => chips.map(one => one.textContent));

wallTest('unacknowledged_alerts_stand_first_then_priority_then_age', {
    prepare(gateway) {
        const now = Date.now();
        give(gateway,
            makeAlert(1, { sev: 'critical', state: 'ACKED', since: now - 5 * minute, ack_by: 'local:lan', ack_at: now }),
            makeAlert(2, { sev: 'warning', since: now - 1 * minute }),
            makeAlert(3, { sev: 'major', since: now - 30 * minute }),
            makeAlert(4, { sev: 'critical', state: 'RTNUN', since: now - 9 * minute }),
            makeAlert(5, { sev: 'major', since: now - 2 * minute }),
            makeAlert(6, { sev: 'minor', prio: 4, since: now - 40 * minute }));
    },
}, async ({ page }) => {
    const wanted = [6, 5, 3, 2, 4, 1].map(n => makeAlert(n).id);
    await until(() => ids(page), wanted);
    await page.selectOption('#order', 'oldest');
    await until(() => ids(page), [6, 3, 5, 2, 4, 1].map(n => makeAlert(n).id));
});

wallTest('severities_may_come_as_words_or_as_numbers', {
    prepare: gateway => give(gateway, makeAlert(1, { sev: 4, prio: 4 }), makeAlert(2, { sev: 'critical' })),
}, async ({ page }) => {
    await until(() => rows(page).evaluateAll(found => found.map(row => row.dataset.severity)), ['critical', 'critical']);
});

wallTest('state_and_severity_are_text_and_shape_and_colour', {
    prepare: gateway => give(gateway, makeAlert(1, { sev: 'critical' }), makeAlert(2, { sev: 'major', state: 'RTNUN' }),
        makeAlert(3, { sev: 'minor', state: 'ACKED' }), makeAlert(4, { sev: 'warning' })),
}, async ({ page }) => {
    await until(() => rows(page).count(), 4);
    const seen = await rows(page).evaluateAll(found => found.map(row => ({
        severity: row.querySelector('.row-severity').textContent, state: row.querySelector('.state-text').textContent,
        shape: row.querySelector('.row-shape path').getAttribute('d'), colour: getComputedStyle(row.querySelector('.row-severity')).color,
        stateShape: row.querySelector('.state-shape path').getAttribute('d') })));
    assert.deepEqual(new Set(seen.map(row => row.severity)), new Set(['Khẩn cấp', 'Nghiêm trọng', 'Vừa', 'Lưu ý']));
    assert.equal(new Set(seen.map(row => row.shape)).size, 4);
    assert.equal(new Set(seen.map(row => row.colour)).size, 4);
    assert.deepEqual(new Set(seen.map(row => row.state)), new Set(['Chưa xác nhận', 'Đã hết, chờ xác nhận', 'Đã xác nhận']));
    assert.equal(new Set(seen.map(row => row.stateShape)).size, 3);
});

wallTest('five_thousand_alerts_make_few_rows_and_none_is_silently_left_out', {
    prepare: gateway => give(gateway, ...Array.from({ length: 5000 }, (_, n) => makeAlert(n, { sev: severityNames[1 + n % 4], since: Date.now() - n * 1000 - 700_000 }))),
}, async ({ page }) => {
    await textIs(page, '#below', /▼ còn 4\.99\d bên dưới/);
    assert.ok(await page.locator('#list .row').count() < 60);
    assert.equal(await page.getAttribute('#list', 'aria-rowcount'), '5000');
    const seen = new Set();
    await page.locator('#list').focus();
    await page.keyboard.press('Home');
    for (let presses = 0; presses < 10; presses++) {
        (await page.$$eval('#list .row:not([hidden])', found => found.map(row => Number(row.getAttribute('aria-rowindex'))))).forEach(index => seen.add(index));
        await page.keyboard.press('PageDown');
    }
    assert.ok(Math.max(...seen) > 30);
    assert.equal(seen.size, Math.max(...seen)); // no row between the first and the last seen was left out
    await page.keyboard.press('End');
    await textIs(page, '#above', /▲ còn 4\.99\d bên trên/);
    assert.equal(await page.locator('#below').isVisible(), false);
    const last = await page.getAttribute('#list [aria-selected="true"]', 'data-id');
    assert.equal(last, makeAlert(4996).id); // the oldest warning: 4996 % 4 = 0
});

wallTest('counts_stand_for_each_severity_and_the_title_says_how_many_wait', {
    prepare: gateway => give(gateway, makeAlert(1, { sev: 'critical' }), makeAlert(2, { sev: 'critical', state: 'ACKED' }), makeAlert(3, { sev: 'minor', state: 'RTNUN' }),
        makeAlert(4, { sev: 'major', flags: ['shelved'], shelve_until: Date.now() + minute })),
}, async ({ page }) => {
    await until(() => page.$$eval('.tile', tiles => tiles.map(tile => [tile.dataset.severity, tile.querySelector('.tile-number').textContent,
        tile.querySelector('.tile-active').textContent])), [['critical', '1', '/ 2'], ['major', '0', '/ 0'], ['minor', '1', '/ 0'], ['warning', '0', '/ 0']]);
    assert.match(await page.title(), /^\(2\) TP\. Hồ Chí Minh/);
});

wallTest('search_finds_without_diacritics_and_clears', {
    prepare: gateway => give(gateway, makeAlert(1, { title: { vi: 'Đường ngập sâu', en: 'Deep water' } }),
        makeAlert(2, { title: { vi: 'Kẹt xe', en: 'Jam' }, message: { vi: 'Xa lộ Hà Nội', en: 'Hanoi highway' } })),
}, async ({ page }) => {
    await until(() => rows(page).count(), 2);
    await page.keyboard.press('/');
    await page.keyboard.type('duong NGAP');
    await until(() => ids(page), [makeAlert(1).id]);
    await textIs(page, '#shown', '1 trong 2 cảnh báo');
    await page.fill('#search', 'ha noi');
    await until(() => ids(page), [makeAlert(2).id]);
    await page.fill('#search', 'không có gì như thế');
    await textIs(page, '#empty', 'Không có cảnh báo khớp bộ lọc');
    await page.keyboard.press('Escape');
    await until(() => rows(page).count(), 2);
});

wallTest('a_filter_says_how_many_critical_alerts_it_hides', {
    prepare: gateway => give(gateway, makeAlert(1, { sev: 'critical', d: '760' }), makeAlert(2, { sev: 'minor', d: '761', area: 'Quận 12' })),
}, async ({ page }) => {
    await until(() => rows(page).count(), 2);
    await page.locator('#list').focus();
    await page.keyboard.press('3'); // minor
    await until(() => ids(page), [makeAlert(2).id]);
    await textIs(page, '#hidden-critical', 'Bộ lọc đang che 1 cảnh báo khẩn cấp chưa xác nhận');
    await page.keyboard.press('3');
    await page.selectOption('#area-filter', '=761');
    await until(() => ids(page), [makeAlert(2).id]);
    await page.click('#clear-filters');
    await page.selectOption('#state-filter', 'ACKED');
    await textIs(page, '#empty', 'Không có cảnh báo khớp bộ lọc');
});

wallTest('returned_alerts_stay_until_somebody_acknowledges_them', {
    prepare: gateway => give(gateway, makeAlert(1)),
}, async ({ page, gateway }) => {
    await until(() => rows(page).count(), 1);
    give(gateway, makeAlert(1, { seq: 2, from: 'UNACK', state: 'RTNUN' }));
    await textIs(page, '#list .state-text', 'Đã hết, chờ xác nhận');
    give(gateway, makeAlert(1, { seq: 3, from: 'RTNUN', state: 'NORM', ack_by: 'local:lan' }));
    await until(() => rows(page).count(), 0);
    await textIs(page, '#empty', 'Không có cảnh báo');
});

wallTest('shelved_suppressed_and_maintained_alerts_stay_countable_apart', {
    prepare: gateway => give(gateway, makeAlert(1), makeAlert(2, { flags: ['shelved'], shelve_by: 'local:minh', shelve_until: Date.now() + 41 * minute }),
        makeAlert(3, { flags: ['suppressed'] }), makeAlert(4, { flags: ['maintenance'] })),
}, async ({ page }) => {
    await until(() => page.$$eval('.tabs b', counts => counts.map(one => one.textContent)), ['1', '1', '2']);
    await until(() => ids(page), [makeAlert(1).id]);
    await page.locator('#list').focus();
    await page.keyboard.press('6');
    await until(() => ids(page), [makeAlert(2).id]);
    assert.match(await text(page, '#list .row-meta'), /^Tạm hoãn đến \d\d:\d\d:\d\d.* \(còn 4[01] phút\)/);
    await page.keyboard.press('7');
    await until(async () => new Set(await ids(page)).size, 2);
});

wallTest('a_doubtful_alert_keeps_its_place_and_says_when_it_was_last_confirmed', {
    prepare(gateway) {
        gateway.delta({ r: [{ i: 0, id: 'street_depth:S1', stream: 'street_depth', kind: 'water-level', name: 'Trạm 1', unit: 'cm', dec: 1, x: 106.65, y: 10.75, d: '760' }],
            e: [[0, 3, 20, Date.now() - 42 * minute, 2]] });
        give(gateway, makeAlert(1, { flags: ['doubtful'], entity: 'street_depth:S1' }), makeAlert(2, { flags: ['doubtful'], entity: 'street_depth:S2' }));
    },
}, async ({ page }) => {
    await until(async () => (await rows(page).locator('.row-meta').allInnerTexts()).map(line => line.split(' · ')[0]).sort(),
        ['Chưa kiểm chứng: không rõ số liệu cuối', 'Chưa kiểm chứng: số liệu cuối 42 phút trước']);
    await page.selectOption('#state-filter', 'doubtful');
    await until(() => rows(page).count(), 2);
});

wallTest('more_than_ten_new_alerts_in_ten_minutes_are_called_a_flood_and_can_be_grouped', {
    prepare: gateway => give(gateway, ...Array.from({ length: 10 }, (_, n) => makeAlert(n, { d: n % 2 ? '760' : '761', area: n % 2 ? 'Quận 1' : 'Quận 12' }))),
}, async ({ page, gateway }) => {
    await textIs(page, '#new-in-10', 'Mới trong 10 phút: 10');
    assert.equal(await page.locator('#flood').isVisible(), false);
    give(gateway, makeAlert(10, { d: '760' }));
    await textIs(page, '#flood-text', /^Dồn dập: 11 cảnh báo mới/);
    await page.click('#flood-group');
    await until(() => page.$$eval('#list .row-head:not([hidden]) .row-title', heads => heads.map(head => head.textContent).sort()), ['Quận 1', 'Quận 12']);
    assert.match(await page.locator('#list .row-head .row-meta').first().innerText(), /^[56] cảnh báo, [56] chưa xác nhận, đầu tiên \d\d:/);
});

wallTest('details_show_what_is_known_and_the_history_newest_first', {
    prepare(gateway) {
        give(gateway, makeAlert(1, { state: 'PEND', seq: 1 }));
        give(gateway, makeAlert(1, { seq: 2, from: 'PEND', cause: 'timer', labels: { team: 'thoát nước' }, note: 'đã gọi đội 3' }));
    },
}, async ({ page, gateway }) => {
    await rows(page).first().click();
    await page.locator('#details').waitFor();
    const facts = await text(page, '#details .facts');
    for (const wanted of ['Cắm biển cấm, báo đội thoát nước.', 'Quận 1', 'depth = 32,5', 'limit = 15', 'team: thoát nước', 'đã gọi đội 3', 'drainage/street-depth'])
        assert.ok(facts.includes(wanted), wanted);
    await until(() => page.locator('.transition').count(), 2);
    assert.match(await page.locator('.transition').first().innerText(), /Đang chờ đủ điều kiện → Chưa xác nhận\s+Nghiêm trọng · vì đủ thời gian/);
    give(gateway, makeAlert(1, { seq: 3, from: 'UNACK', state: 'ACKED', ack_by: 'local:lan', ack_at: Date.now(), cause: 'person', by: 'local:lan', reason: 'đang xử lý' }));
    await until(() => page.locator('.transition').count(), 3);
    assert.match(await page.locator('.transition').first().innerText(), /người trực · local:lan · đang xử lý/);
    assert.ok((await chip(page, '#details')).includes('Đã xác nhận'));
    give(gateway, makeAlert(1, { seq: 4, from: 'ACKED', state: 'NORM' }));
    await until(async () => (await chip(page, '#details')).includes('Cảnh báo này đã kết thúc.'), true);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#details').isVisible(), false);
});

wallTest('a_click_never_meets_an_alert_that_slipped_under_the_pointer', { prepare: gateway => give(gateway, makeAlert(1)) }, async ({ page, gateway }) => {
    await until(() => rows(page).count(), 1);
    const box = await page.locator('#list .act-ack >> visible=true').boundingBox();
    await page.mouse.move(box.x + 10, box.y + 10);
    await page.mouse.down();
    give(gateway, makeAlert(2, { sev: 'critical' })); // takes the first place
    await until(async () => (await ids(page))[0], makeAlert(2).id);
    await page.waitForTimeout(600);
    await page.mouse.up();
    give(gateway, makeAlert(3, { sev: 'critical', since: Date.now() }));
    await until(async () => (await ids(page))[0], makeAlert(3).id);
    await page.mouse.click(box.x + 10, box.y + 10); // too quick to have been meant
    await page.waitForTimeout(500);
    assert.equal(gateway.commands.length, 0);
    await page.mouse.click(box.x + 10, box.y + 10);
    await until(() => gateway.commands.map(command => command.alert), [makeAlert(3).id]);
});

wallTest('the_list_works_by_keyboard_alone', {
    prepare: gateway => give(gateway, makeAlert(1, { sev: 'critical' }), makeAlert(2, { sev: 'major' }), makeAlert(3, { sev: 'minor' })),
}, async ({ page }) => {
    await until(() => rows(page).count(), 3);
    await page.keyboard.press('Tab'); // the skip link
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'list');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const active = await page.getAttribute('#list', 'aria-activedescendant');
    assert.equal(await page.getAttribute(`#${active}`, 'data-id'), makeAlert(2).id);
    assert.match(await page.getAttribute(`#${active}`, 'aria-label'), /^Nghiêm trọng, Chưa xác nhận, Ngập đường$/);
    await page.keyboard.press('Enter');
    await page.locator('#details').waitFor();
    await page.keyboard.press('a');
    await textIs(page, `#list [data-id="${makeAlert(2).id}"] .state-text`, 'Đã xác nhận');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, 'none');
});
