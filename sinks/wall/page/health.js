// sinks/wall/page/health.js — is what the wall shows true now?  Banners, engine heartbeat, lag, sources, devices.

import { make, write, show, put } from './dom.js';
import { setIcon, icon } from './shapes.js';
import { say, isKnown, language, units } from './i18n.js';
import { clean, count, number, moment, span } from './text.js';
import { standing } from './model.js';

const sourceShapes = { up: 'ACKED', connecting: 'PEND', down: 'offline', ended: 'suppressed' };
const deviceOrder = ['offline', 'stale', 'absent', 'unknown', 'uncertain'];
const mostSources = 200;

export class Health {
    constructor(elements, model, feed, config) {
        Object.assign(this, { ...elements, model, feed, config });
        this.banners = new Map();
        this.cards = new Map();
        this.areaFailure = '';
    }

    // Once a second.
    refresh() {
        this.drawBanners();
        this.drawLink();
        this.drawEngines();
        this.drawSources();
        this.drawDevices();
    }

    drawBanners() {
        const { feed } = this;
        const now = feed.now();
        const at = ms => moment(ms, now, language(), this.config.timezone);
        const wanted = new Map();
        if (feed.link === 'session')
            wanted.set('session', ['bad', say('bannerSession'), null]);
        else if (feed.link === 'down')
            wanted.set('down', ['bad', say('bannerDown', { time: at(feed.downSince) }), feed.downSince]);
        if (feed.link === 'up') {
            if (feed.redisSince !== null)
                wanted.set('redis', ['bad', say('bannerRedis', { time: at(feed.redisSince) }), feed.redisSince]);
            else if (Number.isNaN(feed.engineSince))
                wanted.set('engine', ['bad', say('bannerEngineNever'), null]);
            else if (feed.engineSince !== null)
                wanted.set('engine', ['bad', say('bannerEngine', { time: at(feed.engineSince) }), feed.engineSince]);
            if (feed.isLagging)
                wanted.set('lag', ['warn', say('bannerLag', { span: span(feed.lag, units()) }), null]);
            if (feed.schema !== 1)
                wanted.set('schema', ['bad', say('bannerSchema', { n: clean(feed.schema, 20) }), null]);
        }
        if (feed.skew !== null)
            wanted.set('clock', ['warn', say('bannerClock', { span: span(feed.skew, units()) }), null]);
        if (this.areaFailure)
            wanted.set('areas', ['warn', say('bannerAreas', { why: this.areaFailure }), null]);
        const missing = this.model.missing();
        this.missingFor = missing > 0 ? (this.missingFor ?? 0) + 1 : 0; // a counter may run a flush ahead of its alerts
        if (this.missingFor > 5)
            wanted.set('missing', ['warn', say('moreOnServer', { n: count(missing, language()) }), null]);
        for (const [name, banner] of this.banners)
            if (!wanted.has(name)) {
                banner.element.remove();
                this.banners.delete(name);
            }
        for (const [name, [tone, text, since]] of wanted)
            this.drawBanner(name, tone, text, since, now);
    }

    // The running age is beside the announced text: a screen reader hears a banner once.
    drawBanner(name, tone, text, since, now) {
        let banner = this.banners.get(name);
        if (!banner) {
            banner = { element: make('div', `banner banner-${tone}`), text: make('span', 'banner-text'), age: make('span', 'banner-age') };
            banner.element.dataset.banner = name;
            banner.text.setAttribute('role', tone === 'bad' ? 'alert' : 'status');
            banner.age.setAttribute('aria-hidden', 'true');
            banner.element.append(icon(tone === 'bad' ? 'offline' : 'doubtful'), banner.text, banner.age);
            this.holder.append(banner.element);
            this.banners.set(name, banner);
        }
        write(banner.text, text);
        write(banner.age, since === null ? '' : span(now - since, units()));
    }

    drawLink() {
        const { feed } = this;
        const state = feed.link === 'wait' ? 'wait' : feed.link === 'up' ? 'up' : 'down';
        put(this.link, 'data-link', state);
        setIcon(this.linkShape, { wait: 'PEND', up: 'ACKED', down: 'offline' }[state]);
        write(this.linkText, say({ wait: 'linkWait', up: 'linkUp', down: 'linkDown' }[state]));
    }

    drawEngines() {
        const { feed, model } = this;
        const lines = feed.engines.slice(0, 8).map(engine => {
            const age = Number.isFinite(engine.age_ms) ? say('ago', { span: span(engine.age_ms, units()) }) : say('unknown');
            return [clean(engine.node, 40) || say('engine'), age, Number.isFinite(engine.age_ms) && engine.age_ms <= 5_000];
        });
        put(this.engine, 'data-ok', feed.link === 'up' && feed.engineSince === null && feed.engines.length > 0);
        setIcon(this.engineShape, feed.engineSince === null && feed.engines.length ? 'ACKED' : 'offline');
        write(this.engineText, lines.length ? lines.map(([node, age]) => `${node}: ${age}`).join(' · ') : say('engineNone'));
        const sum = name => feed.engines.reduce((total, engine) => total + (Number.isFinite(engine[name]) ? engine[name] : 0), 0);
        const figures = [
            ['lag', feed.lag === null ? '–' : feed.lag < 1000 ? `${number(feed.lag, language(), 0)} ms` : span(feed.lag, units())],
            ['perSecond', say('perSecond', { n: count(sum('ev_s'), language()) })],
            ['lost', count(sum('lost'), language())],
            ['dead', count(model.counters.dead ?? NaN, language())],
            ['dropped', count(model.counters.dropped ?? NaN, language())],
        ];
        for (const [name, text] of figures)
            write(this.figures[name], text);
        put(this.figures.lag, 'data-bad', feed.isLagging);
        put(this.figures.lost, 'data-bad', sum('lost') > 0);
    }

    drawSources() {
        const now = this.feed.now();
        const sources = [];
        for (const engine of this.feed.engines)
            for (const source of Array.isArray(engine.sources) ? engine.sources : [])
                if (typeof source === 'object' && source !== null)
                    sources.push(source);
        const rank = source => ['down', 'ended', 'connecting', 'up'].indexOf(source.state);
        sources.sort((a, b) => rank(a) - rank(b));
        const seen = new Set();
        for (const source of sources.slice(0, mostSources)) {
            const name = clean(source.name, 60);
            seen.add(name);
            this.drawSource(name, source, now, seen.size);
        }
        for (const [name, card] of this.cards)
            if (!seen.has(name)) {
                card.element.remove();
                this.cards.delete(name);
            }
        const up = sources.filter(source => source.state === 'up').length;
        show(this.noSources, sources.length === 0);
        write(this.summary, sources.length ? say('sourcesSummary', { up, all: sources.length }) : '');
        put(this.summary, 'data-bad', up < sources.length);
    }

    drawSource(name, source, now, place) {
        let card = this.cards.get(name);
        if (!card) {
            card = { element: make('li', 'source'), shape: make('span', 'source-shape'), name: make('span', 'source-name'),
                state: make('span', 'source-state'), facts: make('span', 'source-facts value'), bad: make('span', 'source-bad') };
            card.element.append(card.shape, card.name, card.state, card.facts, card.bad);
            this.cards.set(name, card);
            this.sources.append(card.element);
        }
        const state = typeof source.state === 'string' && isKnown(source.state) && sourceShapes[source.state] ? source.state : 'unknown';
        put(card.element, 'data-source', state);
        card.element.style.order = String(place);
        setIcon(card.shape, sourceShapes[state] ?? 'unknown');
        write(card.name, name);
        write(card.state, say(state));
        const last = Number.isFinite(source.last) && source.last > 0 ? say('ago', { span: span(now - source.last, units()) }) : say('neverSeen');
        write(card.facts, `${say('perSecond', { n: number(source.rate, language(), source.rate < 10 ? 1 : 0) })} · ${say('messagesN').toLowerCase()} ${count(source.messages, language())} · ${last}`);
        const bad = [[source.dead, 'deadN'], [source.dropped, 'droppedN']].filter(([n]) => n > 0)
            .map(([n, key]) => `${say(key).toLowerCase()} ${count(n, language())}`).join(' · ');
        write(card.bad, bad);
        show(card.bad, bad !== '');
    }

    drawDevices() {
        const counts = new Map(deviceOrder.map(name => [name, 0]));
        let all = 0;
        for (const entity of this.model.entities) {
            if (!entity)
                continue;
            all++;
            const name = entity.quality === 'offline' || entity.quality === 'stale' ? entity.quality : standing(entity);
            if (counts.has(name))
                counts.set(name, counts.get(name) + 1);
        }
        write(this.devicesTotal, say('devicesN', { n: count(all, language()) }));
        const parts = [...counts].filter(([, n]) => n > 0);
        const now = parts.join('|') + language();
        if (this.drawnDevices === now)
            return;
        this.drawnDevices = now;
        this.devices.replaceChildren(...parts.map(([name, n]) => {
            const chip = make('span', 'chip');
            chip.dataset.chip = name;
            chip.append(icon(name), make('span', '', `${count(n, language())} ${say(name).toLowerCase()}`));
            return chip;
        }));
    }
}
