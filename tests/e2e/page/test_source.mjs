// tests/e2e/page/test_source.mjs — what can be said of the page without a browser: its texts, its words, its rules.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const source = process.env.WALL_SOURCE;
const load = name => import(pathToFileURL(join(source, name)));
const files = readdirSync(source).filter(name => name.endsWith('.js'));
const read = name => readFileSync(join(source, name), 'utf8');

test('nothing_makes_markup_from_text_or_runs_text', () => {
    const forbidden = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|\beval\(|new Function|setAttribute\('style'|srcdoc|javascript:/;
    for (const name of files)
        assert.doesNotMatch(read(name), forbidden, name);
    assert.doesNotMatch(read('index.html'), /<script(?![^>]*src=)|\sstyle=|\son\w+=|https?:/);
});

test('every_text_stands_in_both_languages_with_the_same_places_to_fill', async () => {
    const [, table] = /const words = (\{[\s\S]*?\n\});/.exec(read('i18n.js'));
    const words = new Function(`return ${table}`)();
    const places = text => [...text.matchAll(/\{(\w+)\}/g)].map(match => match[1]).sort();
    for (const [key, entry] of Object.entries(words)) {
        assert.equal(entry.length, 2, key);
        assert.ok(entry.every(text => text.trim()), key);
        assert.deepEqual(places(entry[0]), places(entry[1]), key);
    }
    const asked = new Set();
    for (const name of files.filter(name => name !== 'i18n.js'))
        for (const [, key] of read(name).matchAll(/\bsay\('([^']+)'/g))
            asked.add(key);
    for (const [, key] of read('index.html').matchAll(/data-(?:text|label|hint)="([^"]+)"/g))
        asked.add(key);
    for (const key of asked)
        assert.ok(Object.hasOwn(words, key), `no text for '${key}'`);
    const causes = ['event', 'timer', 'person', 'silence', 'missing', 'worse', 'better', 'reload', 'expired', 'aged-out', 'key-moved', 'restart'];
    for (const key of ['critical', 'major', 'minor', 'warning', 'UNACK', 'ACKED', 'RTNUN', 'PEND', 'NORM', 'connecting', 'up', 'down', 'ended',
        ...causes.map(cause => `cause${cause[0].toUpperCase()}${cause.slice(1)}`)])
        assert.ok(Object.hasOwn(words, key), `no text for '${key}'`);
});

test('colours_of_the_list_and_of_the_map_are_the_same', async () => {
    const { colours } = await load('shapes.js');
    const css = read('base.css');
    for (const [name, colour] of Object.entries(colours))
        assert.equal(new RegExp(`--${name}: (#\\w+);`).exec(css)?.[1], colour, name);
});

test('every_file_is_short_enough_to_read', () => {
    for (const name of [...files, 'base.css', 'wall.css', 'panels.css'])
        assert.ok(read(name).split('\n').length <= 510, name);
});

test('texts_are_cleaned_folded_and_bounded', async () => {
    const { clean, fold } = await load('text.js');
    assert.equal(fold('Đường NGẬP, ổ gà — Thủ Đức'), 'duong ngap, o ga — thu duc');
    assert.equal(fold('Ngập'.normalize('NFD')), fold('Ngập'.normalize('NFC')));
    assert.equal(clean('a\u202eb\u0007c\u{e0041}d'), 'a b c d');
    assert.equal(clean(null), '');
    assert.equal(clean('x'.repeat(301)).length, 300);
    assert.equal(clean('😀'.repeat(200)).isWellFormed?.() ?? true, true);
    assert.doesNotMatch(clean('a' + '😀'.repeat(200)), /[\ud800-\udbff]…/u);
});

test('spans_moments_and_numbers_are_said_in_the_language_and_the_zone', async () => {
    const { span, moment, number, knownZone, zoneName } = await load('text.js');
    const units = { s: 's', min: 'min', h: 'h', d: 'd' };
    assert.deepEqual([0, 59_999, 60_000, 42 * 60_000, 3_600_000, 90_061_000, -5].map(ms => span(ms, units)),
        ['0 s', '59 s', '1 min', '42 min', '1 h 00', '1 d 1 h', '0 s']);
    assert.equal(span(NaN, units), '–');
    const now = Date.UTC(2026, 10, 22, 1, 0, 0);
    assert.equal(moment(now - 3_600_000, now, 'vi', 'Asia/Ho_Chi_Minh'), '07:00:00');
    assert.match(moment(now - 9 * 3_600_000, now, 'vi', 'Asia/Ho_Chi_Minh'), /21.11 23:00:00/); // still yesterday there
    assert.equal(number(32.5, 'vi', 1), '32,5');
    assert.equal(number(32.5, 'en', 1), '32.5');
    assert.equal(number(null, 'vi', 1), '–');
    assert.equal(number(1234.5678, 'en'), '1,234.6');
    assert.equal(knownZone('Asia/Ho_Chi_Minh'), 'Asia/Ho_Chi_Minh');
    assert.ok(knownZone('Nowhere/At_All'));
    assert.equal(zoneName(now, 'Asia/Ho_Chi_Minh'), 'UTC+7');
});

test('areas_hold_points_and_are_named_by_the_property_that_the_ids_name', async () => {
    const { Areas } = await load('areas.js');
    const areas = new Areas();
    const square = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]], hole = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]];
    areas.take({ features: [{ properties: { id: 1, code: 'A', ten: 'Một' }, geometry: { type: 'Polygon', coordinates: [square, hole] } },
        { properties: { id: 2, code: 'B', ten: 'Hai' }, geometry: { type: 'MultiPolygon', coordinates: [[square.map(([x, y]) => [x + 10, y])], [square.map(([x, y]) => [x + 20, y])]] } }] },
    { name: 'ten' });
    assert.equal(areas.key, 'id');
    areas.identify(new Set(['B', 'C']));
    assert.equal(areas.key, 'code');
    assert.equal(areas.at(3, 3).id, 'A');
    assert.equal(areas.at(1.5, 1.5), null);
    assert.equal(areas.at(21, 1).id, 'B');
    assert.equal(areas.nameOf('B', 'en'), 'Hai');
});

test('a_flood_begins_above_ten_and_ends_below_five', async () => {
    const { Model } = await load('model.js');
    const model = new Model();
    const now = 1_800_000_000_000;
    const raise = (n, since) => ({ id: `a${n}`, seq: 1, state: 'UNACK', sev: 2, since });
    model.applySnapshot({ a: Array.from({ length: 11 }, (_, n) => raise(n, now - n * 60_000 - 1)) });
    assert.equal(model.newAlerts(now), 10);
    assert.equal(model.isFlood, false);
    model.applyDelta({ a: [raise(20, now)] });
    assert.equal(model.newAlerts(now), 11);
    assert.equal(model.isFlood, true);
    assert.ok(model.newAlerts(now + 5 * 60_000) >= 5 && model.isFlood);
    model.newAlerts(now + 7 * 60_000);
    assert.equal(model.isFlood, false);
});

test('only_news_is_announced', async () => {
    const { Model } = await load('model.js');
    const model = new Model();
    const heard = [];
    model.onRaise = alert => heard.push(`${alert.id}/${alert.seq}`);
    const alert = (seq, more) => ({ id: 'a', seq, state: 'UNACK', sev: 3, since: 1_800_000_000_000, ...more });
    model.applySnapshot({ a: [alert(1)] });
    assert.deepEqual(heard, []); // what stood when the page was opened is no news
    model.applyDelta({ a: [alert(1), { ...alert(1), id: 'b' }] });
    model.applyDelta({ a: [alert(2, { sev: 4 })] });                          // worse
    model.applyDelta({ a: [alert(3, { sev: 3 })] });                          // better
    model.applyDelta({ a: [alert(4, { state: 'ACKED' })] });
    model.applyDelta({ a: [alert(5, { state: 'UNACK', sev: 4, cause: 'worse' })] });
    model.applyDelta({ a: [alert(6, { state: 'RTNUN' })] });
    model.applyDelta({ a: [alert(7)] });                                      // raised again
    model.applyDelta({ a: [{ ...alert(1), id: 'c', flags: ['shelved'] }] });  // set aside
    model.applySnapshot({ a: [alert(7), { ...alert(1), id: 'd' }] });         // after a reconnection
    assert.deepEqual(heard, ['b/1', 'a/2', 'a/5', 'a/7', 'd/1']);
});
