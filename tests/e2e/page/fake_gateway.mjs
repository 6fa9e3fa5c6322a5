// tests/e2e/page/fake_gateway.mjs — a small server that speaks the protocol of sinks/wall/gateway.h, for the page's tests.
//
// In a test:  const gateway = await FakeGateway.open({ page, areas }); gateway.delta({...}); await gateway.close();
// By hand:    node fake_gateway.mjs PAGE_DIRECTORY [AREAS.geojson] [--port=8088] [--entities=5000] [--alerts=120] — a city that lives.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
    '.svg': 'image/svg+xml', '.json': 'application/json' };
const policy = "default-src 'self'; img-src 'self' data:; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const ringSize = 256;
export const severityNames = ['none', 'warning', 'minor', 'major', 'critical'];

export class FakeGateway {
    static async open(options) {
        const gateway = new FakeGateway(options);
        await new Promise(resolve => gateway.server.listen(options.port ?? 0, '127.0.0.1', resolve));
        gateway.url = `http://127.0.0.1:${gateway.server.address().port}/`;
        gateway.heartbeat = setInterval(() => gateway.tellHealth(), 1000);
        return gateway;
    }

    constructor({ page, areas, config }) {
        this.page = page;
        this.areas = areas ?? { type: 'FeatureCollection', features: [] };
        this.config = { site: 'hcm', name: { vi: 'TP. Hồ Chí Minh', en: 'Ho Chi Minh City' }, timezone: 'Asia/Ho_Chi_Minh', languages: ['vi', 'en'],
            gate: 'wall-1', user: 'local:truc-ban', version: '0.1.0', schema: 1, ...config };
        this.epoch = '00f1e2d3c4b5a697';
        this.sequence = 0;
        this.ring = [];
        this.clients = new Set();
        this.registry = [];
        this.values = new Map(); // index → [i, sev, v, t, q]
        this.alerts = new Map();
        this.history = new Map();
        this.counters = {};
        this.commands = [];
        this.snapshots = this.resumes = 0;
        this.hasSession = true;
        this.answer = 202;        // status of POST /v1/cmd
        this.result = () => ({ ok: true, why: '' }); // null: the engine never answers
        this.resultAfter = 60;    // ms
        this.isHealthOn = true;
        this.health = { redis: 'up', lag_ms: 140, engine: [this.makeEngine()] };
        this.server = createServer((request, response) => this.serve(request, response).catch(error => {
            response.writeHead(500).end(String(error));
        }));
    }

    makeEngine(more = {}) {
        return { node: 'n1', started: Date.now() - 3_600_000, at: Date.now(), partitions: 64, lag_ms: 140, ev_s: 812, events: 2_922_000, queued: 0, lost: 0,
            rules: 48, age_ms: 300, sources: [], ...more };
    }

    async serve(request, response) {
        const { pathname } = new URL(request.url, 'http://localhost');
        if (pathname.startsWith('/v1/') && !this.hasSession)
            return this.json(response, 401, { error: 'no session' });
        if (pathname === '/v1/config')
            return this.json(response, 200, this.config);
        if (pathname === '/v1/areas')
            return this.json(response, 200, this.areas);
        if (pathname === '/v1/stream')
            return this.stream(request, response);
        if (pathname === '/v1/cmd' && request.method === 'POST')
            return this.command(request, response);
        if (pathname.startsWith('/v1/history/')) {
            const alert = decodeURIComponent(pathname.slice('/v1/history/'.length));
            return this.json(response, 200, { alert, transitions: this.history.get(alert) ?? [] });
        }
        return this.file(response, pathname === '/' ? '/index.html' : pathname);
    }

    async file(response, pathname) {
        const path = join(this.page, normalize(pathname));
        try {
            const body = await readFile(path);
            response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream', 'Content-Security-Policy': policy,
                'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-cache' }).end(body);
        } catch {
            response.writeHead(404).end();
        }
    }

    json(response, status, value) {
        response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(value));
    }

    stream(request, response) {
        response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
        response.write('retry: 1000\n\n');
        const last = request.headers['last-event-id'];
        const place = this.ring.findIndex(frame => frame.id === last);
        if (last && place >= 0) {
            this.resumes++;
            for (const frame of this.ring.slice(place + 1))
                response.write(frame.text);
        } else {
            this.snapshots++;
            response.write(this.frame('snapshot', this.snapshot(), `${this.epoch}/${this.sequence}-0`));
        }
        this.clients.add(response);
        response.on('close', () => this.clients.delete(response));
        this.tellHealth();
    }

    frame(event, data, id) {
        return `event: ${event}\n${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(data)}\n\n`;
    }

    snapshot() {
        const active = [...this.alerts.values()].filter(alert => ['UNACK', 'ACKED', 'RTNUN'].includes(alert.state));
        const areas = {};
        for (const alert of active)
            if (alert.d)
                areas[alert.d] = { active: (areas[alert.d]?.active ?? 0) + 1 };
        return { schema: 1, epoch: this.epoch, reg_etag: 'r1', now: Date.now(), r: this.registry, e: [...this.values.values()], a: active,
            c: this.counters, areas };
    }

    write(text) {
        for (const client of this.clients)
            client.write(text);
    }

    // Kept as state too, so that a page that comes later sees the same.
    delta(d) {
        for (const item of d.r ?? [])
            this.registry[item.i] = item;
        for (const row of d.e ?? [])
            this.values.set(row[0], row);
        for (const alert of d.a ?? [])
            this.keep(alert);
        Object.assign(this.counters, d.c ?? {});
        const id = `${this.epoch}/${++this.sequence}-0`;
        const text = this.frame('delta', d, id);
        this.ring.push({ id, text });
        if (this.ring.length > ringSize)
            this.ring.shift();
        this.write(text);
    }

    keep(alert) {
        const before = this.alerts.get(alert.id);
        this.alerts.set(alert.id, alert);
        const list = this.history.get(alert.id) ?? [];
        list.push({ ...alert, from: alert.from ?? before?.state ?? 'NORM' });
        this.history.set(alert.id, list);
    }

    newEpoch() {
        this.epoch = 'ffff00001111222' + (this.sequence % 10);
        this.ring = [];
        this.write(this.frame('snapshot', this.snapshot(), `${this.epoch}/${++this.sequence}-0`));
    }

    tellHealth() {
        if (this.isHealthOn)
            this.write(this.frame('health', { now: Date.now(), ...this.health }));
    }

    stale(since = Date.now()) {
        this.write(this.frame('stale', { since }));
    }

    drop() {
        for (const client of this.clients)
            client.destroy();
    }

    async command(request, response) {
        let body = '';
        for await (const part of request)
            body += part;
        if (request.headers['content-type'] !== 'application/json')
            return this.json(response, 415, {});
        const command = JSON.parse(body);
        this.commands.push(command);
        this.json(response, this.answer, this.answer === 202 ? { cmd_id: command.cmd_id } : { error: 'malformed', text: "'until' must be later than now" });
        const result = this.answer === 202 ? this.result(command) : null;
        if (result)
            setTimeout(() => this.decide(command, result), this.resultAfter);
    }

    // What the engine would do: the transition and the result leave in one delta.
    decide(command, result) {
        const alert = this.alerts.get(command.alert);
        const d = { res: [{ cmd_id: command.cmd_id, alert: command.alert, seq: alert?.seq ?? 0, user: this.config.user, ...result }] };
        if (alert && result.ok)
            d.a = [this.applied(alert, command)];
        if (this.server.listening)
            this.delta(d);
    }

    applied(alert, command) {
        const next = { ...alert, seq: alert.seq + 1, from: alert.state, upd: Date.now(), cause: 'person', by: this.config.user, reason: command.reason,
            flags: [...(alert.flags ?? [])] };
        if (command.op === 'ack')
            Object.assign(next, { state: alert.state === 'RTNUN' ? 'NORM' : 'ACKED', ack_by: this.config.user, ack_at: Date.now() });
        else if (command.op === 'unack')
            Object.assign(next, { state: 'UNACK', ack_by: undefined, ack_at: undefined });
        else if (command.op === 'shelve')
            Object.assign(next, { flags: [...next.flags, 'shelved'], shelve_by: this.config.user, shelve_until: command.until });
        else if (command.op === 'unshelve')
            Object.assign(next, { flags: next.flags.filter(flag => flag !== 'shelved'), shelve_until: undefined });
        else if (command.op === 'note')
            next.note = command.reason;
        return next;
    }

    async close() {
        clearInterval(this.heartbeat);
        this.drop();
        this.server.closeAllConnections();
        await new Promise(resolve => this.server.close(resolve));
    }
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'; // of alert ids: partition in two letters, then 26 (core/id.h)

// An alert as ioc_transition_json writes it.
export function makeAlert(number, more = {}) {
    const sev = more.sev ?? 'major';
    const now = Date.now();
    return {
        id: `${alphabet[number >> 5 & 1]}${alphabet[number & 31]}${String(number).padStart(25, '0')}0`, seq: 1, rule: 'drainage/street-depth', ver: 7, owner: 'drainage',
        title: { vi: 'Ngập đường', en: 'Street flooding' }, message: { vi: `Trạm ${number}: nước ngập 32,5 cm`, en: `Station ${number}: 32.5 cm of water` },
        stream: 'street_depth', key: `S${number}`, entity: `street_depth:S${number}`, d: '760', area: 'Quận 1', x: 106.699, y: 10.774, sev, sev_before: 'none',
        prio: severityNames.indexOf(sev), from: 'NORM', state: 'UNACK', flags: [], onset: now - 120_000, since: now - 60_000, upd: now - 60_000,
        key_time: now - 60_000, count: 1, cause: 'event', values: { depth: 32.5, limit: 15 }, response: 'Cắm biển cấm, báo đội thoát nước.', p: number % 64, off: number,
        ...more,
    };
}

// A repeatable stream of numbers in [0, 1): the same city in every run (mulberry32).
export function randomness(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
}

const kinds = [
    { stream: 'street_depth', kind: 'water-level', unit: 'cm', dec: 1, mean: 6, spread: 6, title: { vi: 'Ngập đường', en: 'Street flooding' },
        message: { vi: 'nước ngập', en: 'water on the road' }, rule: 'drainage/street-depth' },
    { stream: 'air_quality', kind: 'air', unit: 'µg/m³', dec: 0, mean: 38, spread: 20, title: { vi: 'Bụi mịn PM2.5 cao', en: 'High PM2.5' },
        message: { vi: 'PM2.5 trung bình 1 giờ', en: 'PM2.5, mean of 1 h' }, rule: 'environment/pm25' },
    { stream: 'camera_flow', kind: 'camera', unit: 'xe/ph', dec: 0, mean: 42, spread: 25, title: { vi: 'Ùn tắc kéo dài', en: 'Lasting congestion' },
        message: { vi: 'tốc độ dưới 8 km/h', en: 'speed below 8 km/h' }, rule: 'traffic/jam' },
    { stream: 'service_request', kind: 'report', unit: '', dec: 0, mean: 3, spread: 3, title: { vi: 'Phản ánh quá hạn', en: 'Overdue report' },
        message: { vi: 'hồ sơ quá hạn xử lý', en: 'past its due time' }, rule: 'hotline/overdue' },
    { stream: 'pump_state', kind: 'pump', unit: 'kW', dec: 1, mean: 55, spread: 12, title: { vi: 'Máy bơm dừng khi nước lên', en: 'Pump stopped while water rises' },
        message: { vi: 'công suất tụt', en: 'power dropped to' }, rule: 'drainage/pump-failed' },
];
const sourceNames = ['mqtt-thoat-nuoc', 'mqtt-khong-khi', 'camera-giao-thong', 'tong-dai-1022', 'lorawan', 'onvif', 'tram-bom', 'kafka-so-gtvt'];

function insidePoint(feature, random) {
    const rings = feature.geometry.type === 'Polygon' ? [feature.geometry.coordinates[0]] : feature.geometry.coordinates.map(polygon => polygon[0]);
    const ring = rings.reduce((a, b) => (a.length > b.length ? a : b));
    const [ax, ay] = ring[Math.floor(random() * ring.length)];
    const { lon, lat } = feature.properties;
    const along = 0.15 + 0.8 * Math.sqrt(random());
    return [lon + (ax - lon) * (1 - along) + (random() - 0.5) * 0.006, lat + (ay - lat) * (1 - along) + (random() - 0.5) * 0.006];
}

// Fills a gateway with a city of devices and alerts in every state.
export function fillCity(gateway, { entities = 800, alerts = 40, seed = 1 } = {}) {
    const random = randomness(seed);
    const { features } = gateway.areas;
    const now = Date.now();
    const d = { r: [], e: [], a: [], c: {} };
    for (let i = 0; i < entities; i++) {
        const kind = kinds[i % kinds.length];
        const feature = features[Math.floor(random() ** 1.3 * features.length)];
        const [x, y] = insidePoint(feature, random);
        const id = `${kind.stream}:T${i}`;
        d.r.push({ i, id, stream: kind.stream, kind: kind.kind, name: `${kind.kind}-${String(i).padStart(4, '0')} ${feature.properties.name}`, unit: kind.unit,
            dec: kind.dec, x, y, d: feature.properties.code });
        const fate = random();
        if (fate > 0.985)
            continue; // never heard of
        const quality = fate > 0.97 ? 3 : fate > 0.94 ? 2 : fate > 0.93 ? 1 : 0;
        d.e.push([i, 0, Math.max(0, kind.mean + (random() - 0.5) * kind.spread), now - (quality > 1 ? 3_000_000 * random() : 60_000 * random()), quality]);
    }
    for (let n = 0; n < alerts; n++)
        d.a.push(cityAlert(gateway, d, n, random, now));
    for (const alert of d.a) {
        const row = d.e.find(entry => d.r[entry[0]].id === alert.entity);
        if (row && alert.state !== 'RTNUN')
            row[1] = severityNames.indexOf(alert.sev);
    }
    d.c = { pending: 7, raised: alerts, cleared: 12, events: 2_922_000, dead: 31, dropped: 0, t: now };
    gateway.delta(d);
    gateway.health = { redis: 'up', lag_ms: 140, engine: [gateway.makeEngine({ sources: sourceNames.map((name, i) => ({
        name, state: i === 5 ? 'down' : i === 4 ? 'connecting' : 'up', messages: 120_000 * (i + 1), dead: i === 3 ? 31 : 0, dropped: 0,
        last: now - (i === 5 ? 840_000 : 400 * i), rate: i === 5 ? 0 : 140 / (i + 1) })) })] };
}

function cityAlert(gateway, d, n, random, now) {
    const item = d.r[Math.floor(random() * d.r.length)];
    const kind = kinds.find(other => other.stream === item.stream);
    const chance = random();
    const sev = chance > 0.92 ? 'critical' : chance > 0.7 ? 'major' : chance > 0.35 ? 'minor' : 'warning';
    const fate = random();
    const since = now - Math.floor(random() ** 3 * 20_000_000) - 15_000;
    const feature = gateway.areas.features.find(other => other.properties.code === item.d);
    const alert = makeAlert(n, {
        sev, prio: severityNames.indexOf(sev), rule: kind.rule, owner: kind.rule.split('/')[0], title: kind.title, stream: item.stream, key: item.id.split(':')[1],
        entity: item.id, d: item.d, area: feature.properties.name, x: item.x, y: item.y, onset: since - 120_000, since, upd: since,
        message: { vi: `${item.name}: ${kind.message.vi} ${(random() * 60).toFixed(1)} ${kind.unit}`, en: `${item.name}: ${kind.message.en} ${(random() * 60).toFixed(1)} ${kind.unit}` },
        count: random() > 0.8 ? 1 + Math.floor(random() * 5) : 1,
    });
    gateway.keep({ ...alert, state: 'PEND', from: 'NORM', upd: since - 120_000 });
    gateway.keep({ ...alert, seq: 2, from: 'PEND', cause: 'timer' });
    alert.seq = 3;
    alert.from = 'UNACK';
    if (fate > 0.5)
        Object.assign(alert, { state: 'ACKED', ack_by: 'local:lan', ack_at: since + 90_000, upd: since + 90_000, cause: 'person', by: 'local:lan' });
    else if (fate > 0.42)
        Object.assign(alert, { state: 'RTNUN', upd: since + 600_000 });
    if (random() > 0.9)
        alert.flags = ['doubtful'];
    else if (random() > 0.93)
        Object.assign(alert, { flags: ['shelved'], shelve_by: 'local:minh', shelve_until: now + 2_400_000, reason: 'đang thay cảm biến' });
    else if (random() > 0.96)
        alert.flags = ['suppressed'];
    return alert;
}

// A city that lives: values move, alerts come and go.
export function animate(gateway, { changesPerSecond = 400, seed = 2 } = {}) {
    const random = randomness(seed);
    let next = 100_000;
    return setInterval(() => {
        const rows = [...gateway.values.values()];
        const e = [];
        for (let n = 0; n < changesPerSecond / 4; n++) {
            const row = rows[Math.floor(random() * rows.length)];
            e.push([row[0], row[1], Math.max(0, row[2] + (random() - 0.5) * 2), Date.now(), 0]);
        }
        const a = [];
        if (random() > 0.93)
            a.push({ ...cityAlert(gateway, { r: gateway.registry.filter(Boolean) }, next++, random, Date.now()), state: 'UNACK', flags: [],
                since: Date.now(), upd: Date.now(), onset: Date.now() - 60_000 });
        gateway.delta({ e, a });
        for (const engine of gateway.health.engine)
            for (const source of engine.sources)
                if (source.state === 'up')
                    Object.assign(source, { last: Date.now() - Math.floor(random() * 900), messages: source.messages + 30 });
    }, 250);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    const [page, areasFile] = process.argv.slice(2).filter(argument => !argument.startsWith('--'));
    const option = (name, otherwise) => Number(process.argv.find(argument => argument.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise);
    const areas = areasFile ? JSON.parse(await readFile(areasFile, 'utf8')) : undefined;
    const gateway = await FakeGateway.open({ page, areas, port: option('port', 8088) });
    fillCity(gateway, { entities: option('entities', 5000), alerts: option('alerts', 120) });
    animate(gateway);
    console.log(gateway.url);
}
