// tests/e2e/page/test_state.mjs — is what the wall shows true now, and does it say when not?

import assert from 'node:assert/strict';
import { wallTest, rows, ids, until, text, textIs, disconnection } from './harness.mjs';
import { FakeGateway, makeAlert } from './fake_gateway.mjs';

const one = gateway => gateway.delta({ a: [makeAlert(1)], c: { pending: 3 } });
const banner = (page, name) => page.locator(`[data-banner="${name}"] .banner-text`);
const isUnsure = page => page.evaluate(() => document.body.classList.contains('is-unsure'));
const entity = { i: 0, id: 'street_depth:S1', stream: 'street_depth', kind: 'water-level', name: 'Trạm 1', unit: 'cm', dec: 1, x: 106.65, y: 10.75, d: '760' };

wallTest('snapshot_and_deltas_are_absolute_and_an_older_transition_undoes_nothing', { prepare: one }, async ({ page, gateway }) => {
    await until(() => rows(page).count(), 1);
    gateway.delta({ a: [makeAlert(1, { seq: 5, state: 'ACKED', ack_by: 'local:lan', ack_at: Date.now() })] });
    await textIs(page, '#list .state-text', 'Đã xác nhận');
    gateway.delta({ a: [makeAlert(1, { seq: 4, state: 'UNACK' })] });
    gateway.delta({ a: [makeAlert(2)] });
    await until(() => rows(page).count(), 2);
    assert.deepEqual(await page.$$eval('#list .state-text', found => found.map(one => one.textContent)).then(all => all.slice(0, 2).sort()),
        ['Chưa xác nhận', 'Đã xác nhận']);
    gateway.alerts.delete(makeAlert(2).id);
    gateway.newEpoch();
    await until(() => ids(page), [makeAlert(1).id]);
});

wallTest('a_wall_that_lost_its_gateway_says_since_when_and_resumes_without_a_snapshot', { prepare: one, expected: [disconnection] }, async ({ page, gateway }) => {
    await until(() => rows(page).count(), 1);
    gateway.delta({ a: [makeAlert(2)] });
    await until(() => rows(page).count(), 2);
    const snapshots = gateway.snapshots;
    const port = gateway.server.address().port;
    await gateway.close();
    await until(() => banner(page, 'down').count(), 1);
    assert.match(await banner(page, 'down').innerText(), /^Màn hình mất kết nối từ \d\d:\d\d:\d\d\./);
    assert.equal(await banner(page, 'down').getAttribute('role'), 'alert');
    assert.equal(await isUnsure(page), true);
    await textIs(page, '#link-text', 'Mất nối');
    await until(() => rows(page).count(), 2); // the last known state stays
    await new Promise(resolve => gateway.server.listen(port, '127.0.0.1', resolve));
    gateway.heartbeat = setInterval(() => gateway.tellHealth(), 1000);
    gateway.delta({ a: [makeAlert(3)] });
    await until(() => rows(page).count(), 3, 15_000);
    await until(() => banner(page, 'down').count(), 0);
    assert.equal(gateway.snapshots, snapshots);
    assert.equal(gateway.resumes, 1);
});

wallTest('a_connection_that_stays_open_and_says_nothing_is_a_lost_one', { prepare: one }, async ({ page, gateway }) => {
    await until(() => rows(page).count(), 1);
    gateway.isHealthOn = false;
    await until(() => banner(page, 'down').count(), 1, 12_000);
    gateway.isHealthOn = true;
    await until(() => banner(page, 'down').count(), 0);
});

wallTest('a_stream_that_is_refused_for_a_while_is_asked_for_again', { prepare: one, expected: [disconnection] }, async ({ page, gateway }) => {
    await until(() => rows(page).count(), 1);
    const serve = gateway.stream;
    gateway.stream = (request, response) => response.writeHead(503).end();
    gateway.drop();
    await until(() => banner(page, 'down').count(), 1);
    await page.waitForTimeout(3_000);
    gateway.stream = serve;
    gateway.delta({ a: [makeAlert(2)] });
    await until(() => rows(page).count(), 2, 20_000);
});

wallTest('an_ended_session_is_said_and_not_taken_for_an_outage', { prepare: one, expected: [disconnection] }, async ({ page, gateway }) => {
    gateway.hasSession = false;
    gateway.drop();
    await until(() => banner(page, 'session').count(), 1, 15_000);
    assert.match(await banner(page, 'session').innerText(), /^Phiên làm việc đã hết/);
});

wallTest('redis_gone_is_said_until_a_delta_comes', { prepare: one }, async ({ page, gateway }) => {
    gateway.stale(Date.now() - 65_000);
    await until(() => banner(page, 'redis').count(), 1);
    assert.match(await banner(page, 'redis').innerText(), /^Redis không trả lời từ \d\d:\d\d:\d\d\./);
    assert.equal(await text(page, '[data-banner="redis"] .banner-age'), '1 phút');
    assert.equal(await isUnsure(page), true);
    await page.waitForTimeout(1_500); // health with redis "up" is another connection's word
    assert.equal(await banner(page, 'redis').count(), 1);
    gateway.delta({});
    await until(() => banner(page, 'redis').count(), 0);
    gateway.health.redis = 'down';
    await until(() => banner(page, 'redis').count(), 1);
    gateway.health.redis = 'up';
    await until(() => banner(page, 'redis').count(), 0);
});

wallTest('no_engine_is_said_with_the_time_and_values_turn_into_last_known_ones', { prepare: one }, async ({ page, gateway }) => {
    await textIs(page, '#engine-text', /^n1: \d giây trước$/);
    await page.waitForTimeout(1_200);
    gateway.health.engine = [];
    await until(() => banner(page, 'engine').count(), 1);
    assert.match(await banner(page, 'engine').innerText(), /^Không có bộ xử lý nào chạy từ \d\d:\d\d:\d\d\./);
    assert.equal(await isUnsure(page), true);
    const colour = await page.$eval('.tile-number', tile => getComputedStyle(tile).fontStyle);
    assert.equal(colour, 'italic');
    gateway.health.engine = [gateway.makeEngine({ age_ms: 400 })];
    await until(() => banner(page, 'engine').count(), 0);
    gateway.health.engine = [gateway.makeEngine({ age_ms: 9_000 })];
    await until(() => banner(page, 'engine').count(), 1);
});

wallTest('a_wall_that_never_saw_an_engine_does_not_invent_a_time', {
    prepare(gateway) {
        one(gateway);
        gateway.health.engine = [];
    },
}, async ({ page }) => {
    await until(() => banner(page, 'engine').count(), 1);
    assert.match(await banner(page, 'engine').innerText(), /^Không có bộ xử lý nào chạy\. /);
});

wallTest('a_late_feed_and_a_wrong_clock_are_told', {
    prepare(gateway) {
        one(gateway);
        gateway.health.lag_ms = 95_000;
        const tell = gateway.tellHealth;
        gateway.tellHealth = () => gateway.write(gateway.frame('health', { ...gateway.health, now: Date.now() + 300_000 }));
        gateway.toldBefore = tell;
    },
}, async ({ page }) => {
    await until(() => banner(page, 'lag').count(), 1);
    assert.equal(await banner(page, 'lag').innerText(), 'Luồng dữ liệu chậm 1 phút.');
    await until(() => banner(page, 'clock').count(), 1);
    assert.match(await banner(page, 'clock').innerText(), /lệch 5 phút|lệch 4 phút/);
});

wallTest('sources_show_state_rate_losses_and_age_worst_first', {
    prepare(gateway) {
        one(gateway);
        gateway.health.engine = [gateway.makeEngine({ lost: 2, sources: [
            { name: 'mqtt', state: 'up', messages: 120_000, rate: 140, dead: 3, dropped: 4, last: Date.now() - 1_000 },
            { name: 'camera', state: 'down', messages: 7, rate: 0, dead: 0, dropped: 0, last: Date.now() - 14 * 60_000 },
            { name: 'tệp', state: 'ended', messages: 0, rate: 0, dead: 0, dropped: 0 }] })];
    },
}, async ({ page }) => {
    await textIs(page, '#source-summary', '1 / 3 nguồn hoạt động');
    const cards = await page.$$eval('.source', found => found.sort((a, b) => a.style.order - b.style.order).map(card => card.innerText.split(/\s*\n\s*/)));
    assert.deepEqual(cards.map(card => card[0]), ['camera', 'tệp', 'mqtt']);
    assert.equal(cards[0][1], 'Mất kết nối');
    assert.match(cards[0][2], /14 phút trước$/);
    assert.match(cards[1][2], /chưa có$/);
    assert.match(cards[2].join('|'), /Hoạt động\|140\/giây · bản tin 120\.000 · \d+ giây trước\|bị loại 3 · bị bỏ 4/);
    assert.equal(await text(page, '#figure-lost'), '2');
});

wallTest('a_device_without_data_is_unknown_stale_offline_or_not_connected_and_never_zero', {
    prepare(gateway) {
        const names = ['good', 'uncertain', 'stale', 'offline', 'no number', 'never'];
        gateway.delta({ r: names.map((name, i) => ({ ...entity, i, id: `s:${i}`, name, x: 106.61 + 0.015 * i })),
            e: [[0, 0, 5, Date.now() - 1000, 0], [1, 0, 5, Date.now(), 1], [2, 0, 5, Date.now() - 3_600_000, 2], [3, 0, 5, Date.now() - 7_200_000, 3],
                [4, 0, null, Date.now(), 0]] });
    },
}, async ({ page }) => {
    await until(() => page.$$eval('#devices .chip', chips => chips.map(chip => chip.textContent)),
        ['1 mất kết nối', '1 dữ liệu cũ', '1 chưa kết nối', '1 không rõ', '1 chưa chắc chắn']);
    await page.selectOption('#area-filter', '=760');
    await until(() => page.$$eval('#place .plain:last-child li', items => items.map(item => item.textContent)),
        ['offline · Mất kết nối', 'stale · Dữ liệu cũ', 'no number · Không rõ', 'never · Chưa kết nối', 'uncertain · Chưa chắc chắn', 'good · Bình thường']);
    await page.click('#place .plain:last-child li:nth-child(4) button');
    await textIs(page, '#place .figure-value', 'không có số liệu');
});

wallTest('a_hidden_tab_keeps_one_state_and_draws_it_when_it_is_seen_again', { prepare: one }, async ({ page, gateway }) => {
    await until(() => rows(page).count(), 1);
    await page.evaluate(() => {
        globalThis.isHidden = true;
        Object.defineProperty(document, 'hidden', { get: () => globalThis.isHidden });
        globalThis.changes = 0;
        new MutationObserver(list => globalThis.changes += list.length).observe(document.getElementById('list'), { subtree: true, childList: true, characterData: true });
    });
    for (let n = 0; n < 300; n++)
        gateway.delta({ a: [makeAlert(2 + n % 20, { seq: n + 1 })] });
    await page.waitForTimeout(1_500);
    assert.equal(await page.evaluate(() => globalThis.changes), 0);
    await page.evaluate(() => {
        globalThis.isHidden = false;
        document.dispatchEvent(new Event('visibilitychange'));
    });
    await textIs(page, '.tabs button:first-child b', '21');
});

wallTest('alerts_that_the_server_counts_but_did_not_send_are_told', {
    prepare: gateway => gateway.delta({ a: [makeAlert(1)], c: { active: [0, 0, 0, 8, 0] } }),
}, async ({ page }) => {
    await until(() => banner(page, 'missing').count(), 1, 12_000);
    assert.equal(await banner(page, 'missing').innerText(), 'Máy chủ còn 7 cảnh báo chưa gửi tới màn hình này');
});

wallTest('the_language_is_kept_and_everything_follows_it', { prepare: one }, async ({ page }) => {
    assert.equal(await page.getAttribute('html', 'lang'), 'vi');
    await page.click('#language');
    await textIs(page, '#list .state-text', 'Unacknowledged');
    await textIs(page, '#city', 'Ho Chi Minh City');
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    await page.reload();
    await textIs(page, '#list .state-text', 'Unacknowledged');
    assert.match(await text(page, '#zone'), /^UTC\+7 · Asia\/Ho_Chi_Minh$/);
    const left = await page.evaluate(() => [...document.querySelectorAll('body *')].flatMap(element => [...element.childNodes])
        .filter(node => node.nodeType === 3 && /[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệ]/i.test(node.data) && node.parentElement.checkVisibility()
            && !node.parentElement.closest('#language, option, .row-meta')).map(node => node.data));
    assert.deepEqual(left, []);
});

wallTest('the_clock_shows_the_time_of_the_city_and_not_of_this_computer', { prepare: one }, async ({ page }) => {
    const wanted = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Ho_Chi_Minh', hour: '2-digit', minute: '2-digit' }).format(Date.now());
    await until(() => text(page, '#time'), time => time.startsWith(wanted.slice(0, 3)) && /^\d\d:\d\d:\d\d$/.test(time));
});

wallTest('a_gateway_that_starts_after_the_page_is_found', { prepare: one }, async ({ context, gateway, complaints }) => {
    const late = await FakeGateway.open({ page: gateway.page });
    const serve = late.json;
    late.json = (response, status, value) => (value === late.config && !late.isReady ? response.writeHead(503).end() : serve.call(late, response, status, value));
    late.delta({ a: [makeAlert(7)] });
    const page = await context.newPage();
    await page.goto(late.url);
    await page.waitForTimeout(500);
    late.isReady = true;
    await until(() => rows(page).count(), 1, 12_000);
    await late.close();
    assert.deepEqual(complaints, []);
});
