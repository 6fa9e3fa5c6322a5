// sinks/wall/page/model.js — the state of the city as the gateway tells it: devices, alerts, counters.
//
// Every value that arrives is absolute: applying a message twice, or a delta over a fresh snapshot,
// changes nothing.  An alert only moves forward (by seq).  Nothing is queued: a hidden tab holds one
// state of the city, however long it was hidden.  What arrives is checked field by field; what has
// the wrong shape is left out, never shown half.

import { clean, fold } from './text.js';
import { severities } from './shapes.js';

export const minute = 60_000;
export const floodBegins = 10; // more than so many new alerts in ten minutes (ISA-18.2)
export const floodEnds = 5;
const floodSpan = 10 * minute;

const mostEntities = 100_000;
const mostAlerts = 20_000;
const mostRaises = 50_000;

export const qualities = ['good', 'uncertain', 'stale', 'offline'];
const states = ['NORM', 'PEND', 'UNACK', 'ACKED', 'RTNUN'];
const flagNames = ['doubtful', 'shelved', 'suppressed', 'maintenance'];
const stateOrder = { UNACK: 0, RTNUN: 1, ACKED: 2 };

function time(value) {
    return Number.isFinite(value) && value > 0 && value < 8e15 ? value : null;
}

function level(value) {
    const found = typeof value === 'string' ? severities.indexOf(value) : value;
    return Number.isInteger(found) && found >= 0 && found < severities.length ? found : 0;
}

function point(x, y) {
    return Number.isFinite(x) && Number.isFinite(y) && Math.abs(x) <= 180 && Math.abs(y) <= 90 ? [x, y] : null;
}

function bothLanguages(value, limit) {
    if (typeof value === 'string')
        return { vi: clean(value, limit), en: clean(value, limit) };
    return { vi: clean(value?.vi, limit), en: clean(value?.en, limit) };
}

// A flat list of [name, text]: the values and labels of an alert, to be shown and nothing else.
function pairs(value) {
    if (typeof value !== 'object' || value === null)
        return [];
    return Object.entries(value).slice(0, 64).map(([name, item]) => [clean(name, 80),
        typeof item === 'number' ? item : clean(typeof item === 'object' ? JSON.stringify(item) : item, 300)]);
}

export function readAlert(json) {
    if (typeof json !== 'object' || json === null || typeof json.id !== 'string' || !json.id || json.id.length > 64)
        return null;
    const state = typeof json.state === 'number' ? states[json.state] : json.state;
    if (!states.includes(state) || !Number.isInteger(json.seq))
        return null;
    const alert = {
        id: json.id,
        seq: json.seq,
        state,
        severity: level(json.sev),
        priority: Math.max(level(json.prio), level(json.sev)),
        flags: new Set(Array.isArray(json.flags) ? json.flags.filter(name => flagNames.includes(name)) : []),
        cause: clean(json.cause, 40),
        title: bothLanguages(json.title, 200),
        message: bothLanguages(json.message, 600),
        rule: clean(json.rule, 120),
        owner: clean(json.owner, 80),
        key: clean(json.key, 120),
        entity: clean(json.entity, 200),
        area: clean(json.d, 80),
        areaName: clean(json.area, 120),
        point: point(json.x, json.y),
        onset: time(json.onset),
        since: time(json.since) ?? time(json.onset) ?? time(json.upd),
        updated: time(json.upd),
        keyTime: time(json.key_time),
        count: Number.isInteger(json.count) && json.count > 0 ? json.count : 1,
        ackBy: clean(json.ack_by, 80),
        ackAt: time(json.ack_at),
        shelveBy: clean(json.shelve_by, 80),
        shelveUntil: time(json.shelve_until),
        note: clean(json.note, 600),
        values: pairs(json.values),
        labels: pairs(json.labels),
        response: clean(json.response, 1200),
    };
    alert.section = alert.flags.has('shelved') ? 'shelved'
        : alert.flags.has('suppressed') || alert.flags.has('maintenance') ? 'out' : 'active';
    alert.folded = fold([alert.title.vi, alert.title.en, alert.message.vi, alert.message.en, alert.areaName, alert.key,
        alert.rule, alert.ackBy, alert.note].join(' '));
    return alert;
}

function readItem(json) {
    if (typeof json !== 'object' || json === null || typeof json.id !== 'string' || !Number.isInteger(json.i))
        return null;
    if (json.i < 0 || json.i >= mostEntities || json.id.length > 400)
        return null;
    return {
        index: json.i,
        id: clean(json.id, 200),
        name: clean(json.name, 120) || clean(json.id, 120),
        stream: clean(json.stream, 80),
        kind: clean(json.kind, 80),
        unit: clean(json.unit, 24),
        decimals: Number.isInteger(json.dec) ? json.dec : -1,
        point: point(json.x, json.y),
        area: clean(json.d, 80),
        severity: 0,
        value: null,
        time: null,
        quality: null, // null: nothing was ever received from it
    };
}

// What a device is, in one word that has a shape and a colour.
export function standing(entity) {
    if (entity.quality === null)
        return 'absent';
    if (entity.quality === 'offline' || entity.quality === 'stale')
        return entity.quality;
    if (entity.severity > 0)
        return severities[entity.severity];
    if (entity.value === null)
        return 'unknown';
    return entity.quality === 'uncertain' ? 'uncertain' : 'none';
}

export class Model {
    constructor() {
        this.entities = []; // by registry index; holes where none is known
        this.entityIds = new Map();
        this.alerts = new Map();
        this.areaIds = new Set();
        this.counters = {};
        this.hasSnapshot = false;
        this.raises = new Map(); // alert id → when it last became active, for the flood banner
        this.isFlood = false;
        this.changed = { alerts: true, entities: true, places: true };
        this.ignored = 0;        // parts of messages that had the wrong shape
        this.onRaise = () => {};
        this.onValue = () => {};
        this.onResult = () => {};
    }

    applySnapshot(json) {
        const before = this.hasSnapshot ? this.alerts : null;
        this.entities = [];
        this.entityIds = new Map();
        this.alerts = new Map();
        this.areaIds = new Set(Object.keys(json.areas ?? {}));
        this.counters = {};
        this.takeItems(json.r);
        this.takeValues(json.e);
        this.takeAlerts(json.a, before);
        this.takeCounters(json.c);
        this.hasSnapshot = true;
        this.changed.alerts = this.changed.entities = this.changed.places = true;
    }

    applyDelta(json) {
        if (!this.hasSnapshot)
            return;
        this.takeItems(json.r);
        this.takeValues(json.e);
        this.takeAlerts(json.a, this.alerts);
        this.takeCounters(json.c);
        if (Array.isArray(json.res))
            for (const result of json.res)
                this.onResult(result);
    }

    takeItems(items) {
        if (!Array.isArray(items))
            return;
        for (const json of items) {
            const item = readItem(json);
            if (!item) {
                this.ignored++;
                continue;
            }
            const known = this.entities[item.index];
            if (known?.id === item.id)
                Object.assign(item, { severity: known.severity, value: known.value, time: known.time, quality: known.quality });
            else if (known)
                this.entityIds.delete(known.id);
            this.entities[item.index] = item;
            this.entityIds.set(item.id, item.index);
        }
        this.changed.entities = this.changed.places = true;
    }

    takeValues(rows) {
        if (!Array.isArray(rows))
            return;
        for (const row of rows) {
            const entity = Array.isArray(row) ? this.entities[row[0]] : undefined;
            if (!entity) {
                this.ignored++;
                continue;
            }
            entity.severity = level(row[1]);
            entity.value = Number.isFinite(row[2]) ? row[2] : null;
            entity.time = time(row[3]);
            entity.quality = qualities[row[4]] ?? 'uncertain';
            if (entity.value !== null && entity.time !== null)
                this.onValue(entity);
        }
        this.changed.entities = true;
    }

    takeAlerts(list, before) {
        if (!Array.isArray(list))
            return;
        for (const json of list) {
            const alert = readAlert(json);
            if (!alert) {
                this.ignored++;
                continue;
            }
            const known = before?.get(alert.id);
            const held = this.alerts.get(alert.id);
            if (held && held.seq > alert.seq)
                continue;
            if (alert.state === 'NORM' || alert.state === 'PEND') {
                this.alerts.delete(alert.id);
                continue;
            }
            if (!held && this.alerts.size >= mostAlerts) {
                this.ignored++;
                continue;
            }
            this.alerts.set(alert.id, alert);
            this.noteRaise(alert, known, before === null);
        }
        this.changed.alerts = true;
    }

    // New means: nobody had to look at it before.  A worse severity is news again.
    noteRaise(alert, known, isFirstSight) {
        if (alert.state !== 'UNACK')
            return;
        const isNew = !known || known.state !== 'UNACK' || alert.severity > known.severity;
        if (!isNew)
            return;
        if (!known || known.state === 'RTNUN') {
            this.raises.delete(alert.id);
            if (this.raises.size < mostRaises)
                this.raises.set(alert.id, alert.since);
        }
        if (!isFirstSight && alert.section === 'active')
            this.onRaise(alert);
    }

    takeCounters(counters) {
        if (typeof counters === 'object' && counters !== null)
            this.counters = { ...this.counters, ...counters };
    }

    newAlerts(now) {
        for (const [id, since] of this.raises)
            if (!(now - since < floodSpan))
                this.raises.delete(id);
        const found = this.raises.size;
        this.isFlood = this.isFlood ? found >= floodEnds : found > floodBegins;
        return found;
    }

    // By severity: how many are active (the condition holds) and how many nobody has acknowledged.
    tally() {
        const all = {
            unack: [0, 0, 0, 0, 0], active: [0, 0, 0, 0, 0],
            sections: { active: 0, shelved: 0, out: 0 }, returned: 0, doubtful: 0,
        };
        for (const alert of this.alerts.values()) {
            all.sections[alert.section]++;
            if (alert.flags.has('doubtful'))
                all.doubtful++;
            if (alert.section !== 'active')
                continue;
            if (alert.state !== 'ACKED')
                all.unack[alert.severity]++;
            if (alert.state === 'RTNUN')
                all.returned++;
            else
                all.active[alert.severity]++;
        }
        return all;
    }

    // area id → {worst, active, unack}; only what holds and is not set aside colours an area.
    byArea() {
        const areas = new Map();
        for (const alert of this.alerts.values()) {
            if (alert.section !== 'active')
                continue;
            let area = areas.get(alert.area);
            if (!area)
                areas.set(alert.area, area = { worst: 0, active: 0, unack: 0 });
            if (alert.state !== 'RTNUN') {
                area.active++;
                area.worst = Math.max(area.worst, alert.severity);
            }
            if (alert.state !== 'ACKED')
                area.unack++;
        }
        return areas;
    }

    // How many active alerts the engine counts beyond those that this page holds.
    missing() {
        const counted = this.counters.active;
        if (!Array.isArray(counted))
            return 0;
        let held = 0;
        for (const alert of this.alerts.values())
            if (alert.state !== 'RTNUN')
                held++;
        return Math.max(0, counted.reduce((sum, n) => sum + (Number.isInteger(n) ? n : 0), 0) - held);
    }

    entity(id) {
        return this.entities[this.entityIds.get(id)];
    }

    // When its source was last heard; null when not known.
    lastConfirmed(alert) {
        return this.entity(alert.entity)?.time ?? null;
    }
}

// Unacknowledged first, then those that returned, then priority, then age.
export function compareAlerts(order) {
    const sign = order === 'oldest' ? 1 : -1;
    return (a, b) => stateOrder[a.state] - stateOrder[b.state]
        || b.priority - a.priority
        || sign * ((a.since ?? 0) - (b.since ?? 0))
        || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
