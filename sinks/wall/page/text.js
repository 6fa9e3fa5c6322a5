// sinks/wall/page/text.js — texts from devices and people: cleaned, folded for search, and printed as times and numbers.
//
// What arrives is hostile: control characters and bidirectional overrides are taken out and the
// length is bounded before anything is shown.  Nothing here makes HTML.

// C0, C1, soft hyphen, zero-width and bidirectional controls, line and paragraph separators, BOM, interlinear, tags.
const unseen = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udfff]/g;

export function clean(value, limit = 300) {
    if (value === null || value === undefined)
        return '';
    const text = String(value).slice(0, limit * 4).replace(unseen, ' ').normalize('NFC').trim();
    if (text.length <= limit)
        return text;
    const end = text.charCodeAt(limit - 2) >> 10 === 0x36 ? limit - 2 : limit - 1; // not inside a surrogate pair
    return text.slice(0, end) + '…';
}

// Without diacritics and case: "Ngập đường" is found by "ngap duong".
export function fold(text) {
    return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase();
}

// {"vi","en"} or a plain text, in the reader's language, else in the other one.
export function inLanguage(texts, language) {
    if (typeof texts !== 'object' || texts === null)
        return texts ?? '';
    return texts[language] || texts.vi || texts.en || '';
}

const formats = new Map();

function remembered(key, make) {
    let format = formats.get(key);
    if (!format)
        formats.set(key, format = make());
    return format;
}

export function locale(language) {
    return language === 'en' ? 'en-GB' : 'vi-VN';
}

export function number(value, language, decimals = -1) {
    if (typeof value !== 'number' || !Number.isFinite(value))
        return '–';
    const digits = Number.isInteger(decimals) && decimals >= 0 ? Math.min(decimals, 10) : -1;
    return remembered(`n${language}${digits}`, () => new Intl.NumberFormat(locale(language), digits < 0
        ? { maximumSignificantDigits: 5 } : { minimumFractionDigits: digits, maximumFractionDigits: digits })).format(value);
}

export function count(value, language) {
    return number(value, language, 0);
}

// A zone that this browser knows: what the city says, else the browser's own.
export function knownZone(zone) {
    try {
        if (zone && new Intl.DateTimeFormat('en', { timeZone: zone }))
            return zone;
    } catch { /* not known here */ }
    return new Intl.DateTimeFormat('en').resolvedOptions().timeZone;
}

function inZone(kind, language, zone, options) {
    return remembered(`${kind}${language}${zone}`, () => new Intl.DateTimeFormat(locale(language), { timeZone: zone, ...options }));
}

export function clockTime(ms, language, zone) {
    if (!Number.isFinite(ms))
        return '–';
    return inZone('time', language, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(ms);
}

export function minuteTime(ms, language, zone) {
    return inZone('minute', language, zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms);
}

export function date(ms, language, zone) {
    return inZone('date', language, zone, { weekday: 'long', day: '2-digit', month: '2-digit', year: 'numeric' }).format(ms);
}

export function zoneName(ms, zone) {
    const parts = inZone('zone', 'en', zone, { hour: '2-digit', timeZoneName: 'shortOffset' }).formatToParts(ms);
    const offset = parts.find(part => part.type === 'timeZoneName')?.value ?? '';
    return offset.replace('GMT', 'UTC');
}

function dayOf(ms, zone) {
    return inZone('day', 'en', zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms);
}

// "10:32:05", with the day before it when it is not today.
export function moment(ms, now, language, zone) {
    if (!Number.isFinite(ms))
        return '–';
    const time = clockTime(ms, language, zone);
    if (dayOf(ms, zone) === dayOf(now, zone))
        return time;
    return `${inZone('short', language, zone, { day: '2-digit', month: '2-digit' }).format(ms)} ${time}`;
}

// A span of time in its two largest useful parts: "42 s", "12 min", "3 h 05", "2 d 4 h".
export function span(ms, units) {
    if (!Number.isFinite(ms))
        return '–';
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 60)
        return `${seconds} ${units.s}`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60)
        return `${minutes} ${units.min}`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24)
        return `${hours} ${units.h} ${String(minutes % 60).padStart(2, '0')}`;
    return `${Math.floor(hours / 24)} ${units.d} ${hours % 24} ${units.h}`;
}
