// tests/e2e/page/test_commands.mjs — what the operator does is queued, then done or refused, and never assumed.

import assert from 'node:assert/strict';
import { wallTest, rows, until, textIs } from './harness.mjs';
import { makeAlert } from './fake_gateway.mjs';

const hour = 3_600_000;
const one = more => gateway => gateway.delta({ a: [makeAlert(1, more)] });
const refusedRequest = /Failed to load resource/;
const lastCommand = page => page.locator('#commands .command').last().innerText();
const choose = async page => {
    await until(() => rows(page).count(), 1);
    await page.locator('#list').focus();
    await page.keyboard.press('n');
};

wallTest('acknowledged_is_only_what_the_engine_has_acknowledged', {
    prepare(gateway) {
        gateway.resultAfter = 1_500;
        one()(gateway);
    },
}, async ({ page, gateway }) => {
    await choose(page);
    await page.keyboard.press('a');
    await textIs(page, '#list .row-command', 'Xác nhận: đã gửi, chờ bộ xử lý');
    assert.equal(await page.locator('#list .state-text').first().innerText(), 'Chưa xác nhận');
    assert.equal(await page.locator('#list .act-ack').first().isVisible(), false);
    await page.keyboard.press('a'); // asked already
    await textIs(page, '#list .state-text', 'Đã xác nhận');
    await textIs(page, '#list .row-command', 'Xác nhận: đã thực hiện');
    assert.equal(gateway.commands.length, 1);
    const [command] = gateway.commands;
    assert.deepEqual(Object.keys(command).sort(), ['alert', 'cmd_id', 'op', 'seq_seen']);
    assert.match(command.cmd_id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(command.op, 'ack');
    assert.equal(command.seq_seen, 1);
    assert.match(await page.locator('#list .row-meta').first().innerText(), /local:truc-ban xác nhận \d\d:/);
});

wallTest('what_gets_worse_after_its_acknowledgement_can_be_acknowledged_again', { prepare: one() }, async ({ page, gateway }) => {
    await choose(page);
    await page.keyboard.press('a');
    await textIs(page, '#list .row-command', 'Xác nhận: đã thực hiện');
    gateway.delta({ a: [makeAlert(1, { seq: 9, sev: 'critical' })] });
    await textIs(page, '#list .state-text', 'Chưa xác nhận');
    const button = await page.locator('#list .act-ack:visible').boundingBox(), row = await rows(page).first().boundingBox();
    assert.ok(button.y >= row.y && button.y + button.height <= row.y + row.height, 'the button is cut');
});

wallTest('a_refused_command_says_why_and_changes_nothing', {
    prepare(gateway) {
        gateway.result = () => ({ ok: false, why: 'changed' });
        one()(gateway);
    },
}, async ({ page }) => {
    await choose(page);
    await page.click('#list .act-ack >> visible=true');
    await until(() => lastCommand(page), line => line.startsWith('Xác nhận: bị từ chối: cảnh báo đã thay đổi, hãy xem lại'));
    assert.equal(await page.locator('#list .state-text').first().innerText(), 'Chưa xác nhận');
});

wallTest('a_command_that_the_gateway_does_not_take_is_not_called_sent', {
    expected: [refusedRequest],
    prepare(gateway) {
        gateway.answer = 503;
        one()(gateway);
    },
}, async ({ page, gateway }) => {
    await choose(page);
    await page.keyboard.press('a');
    await until(() => lastCommand(page), line => line.startsWith('Xác nhận: chưa gửi được: Redis không trả lời'));
    gateway.answer = 400;
    await page.keyboard.press('a');
    await until(() => lastCommand(page), line => line.startsWith("Xác nhận: chưa gửi được: 'until' must be later than now"));
    gateway.answer = 429;
    await page.keyboard.press('a');
    await until(() => lastCommand(page), line => line.startsWith('Xác nhận: chưa gửi được: quá nhiều lệnh'));
});

wallTest('a_command_without_an_answer_is_called_lost_not_done', {
    prepare(gateway) {
        gateway.result = () => null;
        one()(gateway);
    },
}, async ({ page }) => {
    await choose(page);
    const states = await page.evaluate(async () => {
        const { Commands, answerWithin } = await import('/commands.js');
        const commands = new Commands();
        const command = await commands.send('ack', { id: 'x', seq: 1, title: { vi: 't', en: 't' } });
        const seen = [command.state];
        commands.watch();
        seen.push(command.state);
        command.at -= answerWithin + 1;
        commands.watch();
        seen.push(command.state);
        commands.takeResult({ cmd_id: command.id, ok: true }); // late, but an answer
        seen.push(command.state);
        return seen;
    });
    assert.deepEqual(states, ['queued', 'queued', 'lost', 'done']);
});

wallTest('shelving_asks_for_a_reason_and_offers_at_most_eight_hours', { prepare: one() }, async ({ page, gateway }) => {
    await choose(page);
    await page.keyboard.press('s');
    await page.locator('#shelve-dialog').waitFor();
    const offered = await page.$$eval('#shelve-spans input', inputs => inputs.map(input => Number(input.value)));
    assert.equal(Math.max(...offered), 8 * hour);
    await page.click('#shelve-dialog button[type=submit]');
    await textIs(page, '#shelve-error', 'Phải ghi lý do.');
    assert.equal(gateway.commands.length, 0);
    await page.fill('#shelve-reason', 'đ'.repeat(260)); // 520 bytes
    await page.click('#shelve-dialog button[type=submit]');
    await textIs(page, '#shelve-error', 'Lý do dài quá 500 byte.');
    assert.equal(gateway.commands.length, 0);
    await page.check(`#shelve-spans input[value="${8 * hour}"]`);
    await page.fill('#shelve-reason', 'đang thay cảm biến');
    await page.click('#shelve-dialog button[type=submit]');
    await until(() => page.$$eval('.tabs b', counts => counts.map(count => count.textContent)), ['0', '1', '0']);
    const [command] = gateway.commands;
    assert.equal(command.op, 'shelve');
    assert.equal(command.reason, 'đang thay cảm biến');
    const ahead = command.until - Date.now();
    assert.ok(ahead <= 8 * hour && ahead > 8 * hour - 10_000, `${ahead}`);
    await page.locator('#list').focus();
    await page.keyboard.press('6');
    await page.keyboard.press('n');
    await page.keyboard.press('u');
    await until(() => gateway.commands.map(sent => sent.op), ['shelve', 'unshelve']);
    await until(() => page.$$eval('.tabs b', counts => counts.map(count => count.textContent)), ['1', '0', '0']);
});

wallTest('a_critical_alert_can_be_shelved_for_an_hour_only', { prepare: one({ sev: 'critical' }) }, async ({ page }) => {
    await choose(page);
    await page.keyboard.press('s');
    const offered = await page.$$eval('#shelve-spans input', inputs => inputs.map(input => Number(input.value)));
    assert.equal(Math.max(...offered), hour);
    await textIs(page, '#shelve-limit', 'Tối đa 1 giờ cho mức khẩn cấp.');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#shelve-dialog').isVisible(), false);
});

wallTest('a_note_and_taking_back_an_acknowledgement_are_commands_too', { prepare: one({ state: 'ACKED', ack_by: 'local:lan', ack_at: Date.now() }) },
    async ({ page, gateway }) => {
        await choose(page);
        await rows(page).first().click();
        await page.keyboard.press('t');
        await page.fill('#note-reason', 'đã gọi đội 3');
        await page.click('#note-dialog button[type=submit]');
        await until(() => page.locator('#details .facts').innerText(), facts => facts.includes('đã gọi đội 3'));
        await page.click('#details .act-unack');
        await textIs(page, '#list .state-text', 'Chưa xác nhận');
        assert.deepEqual(gateway.commands.map(command => [command.op, command.seq_seen]), [['note', 1], ['unack', 2]]);
    });

wallTest('keys_typed_into_a_field_are_text_and_not_commands', { prepare: one() }, async ({ page, gateway }) => {
    await choose(page);
    await page.click('#search');
    await page.keyboard.type('asa');
    assert.equal(await page.inputValue('#search'), 'asa');
    await page.waitForTimeout(300);
    assert.equal(gateway.commands.length, 0);
});

wallTest('sound_is_off_until_the_test_tone_was_heard_and_a_mute_needs_a_reason', { prepare: one({ state: 'ACKED' }) }, async ({ page, gateway }) => {
    const played = () => page.evaluate(() => globalThis.oscillators);
    await page.evaluate(() => {
        globalThis.oscillators = 0;
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...when) {
            globalThis.oscillators++;
            return start.apply(this, when);
        };
    });
    gateway.delta({ a: [makeAlert(2, { sev: 'critical' })] });
    await until(() => rows(page).count(), 2);
    assert.equal(await played(), 0);
    await textIs(page, '#sound-text', 'Âm thanh tắt');
    await page.click('#sound');
    assert.equal(await page.isDisabled('#sound-heard'), true);
    await page.click('#sound-test');
    await until(played, n => n > 0);
    await page.click('#sound-heard');
    await textIs(page, '#sound-text', 'Âm thanh bật');
    await page.keyboard.press('Escape');

    let before = await played();
    gateway.delta({ a: [makeAlert(3, { sev: 'major' })] });
    await until(() => rows(page).count(), 3);
    assert.equal(await played(), before);
    gateway.delta({ a: [makeAlert(4, { sev: 'critical' })] });
    await until(played, n => n > before);
    await until(() => page.locator('#announcer').textContent(), 'Khẩn cấp: Ngập đường: Quận 1');

    await page.click('#sound');
    await page.click('#sound-mute');
    await textIs(page, '#sound-error', 'Phải ghi lý do.');
    await page.fill('#mute-reason', 'đang họp giao ban');
    await page.click('#sound-mute');
    await textIs(page, '#sound-text', /^Tắt tiếng đến \d\d:/);
    await page.keyboard.press('Escape');
    before = await played();
    gateway.delta({ a: [makeAlert(5, { sev: 'critical' })] });
    await until(() => rows(page).count(), 5);
    assert.equal(await played(), before);
});
