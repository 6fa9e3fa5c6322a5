// sinks/wall/page/place.js — what was chosen on the map: a device with its value and trend, or an area with its counts.

import { make, button, write, show, put } from './dom.js';
import { icon, setIcon, severities } from './shapes.js';
import { say, language, units } from './i18n.js';
import { inLanguage, number, count, moment, span } from './text.js';
import { standing, compareAlerts } from './model.js';
import { Chart } from './trends.js';

const mostListed = 60;
const order = ['critical', 'major', 'minor', 'warning', 'offline', 'stale', 'unknown', 'absent', 'uncertain', 'none'];

const standingText = name => say(name === 'none' ? 'normal' : name);

export class Place {
    constructor(panel, model, areas, trends, feed, config) {
        Object.assign(this, { panel, model, areas, trends, feed, config });
        this.entity = null; // id
        this.area = null;   // id
        this.onAlert = () => {};
        this.onEntity = () => {};
        this.onFilter = () => {};
        this.onClose = () => {};
    }

    openEntity(id) {
        if (!this.model.entity(id))
            return;
        this.clear();
        this.entity = id;
        this.build();
        this.figure = make('div', 'figure');
        this.value = make('span', 'figure-value value');
        this.unit = make('span', 'figure-unit');
        this.figure.append(this.value, this.unit);
        this.standing = make('div', 'panel-states');
        this.facts = make('dl', 'facts');
        this.chartTitle = make('h3', 'panel-part', say('trend'));
        this.holder = make('div', 'chart');
        this.chartNote = make('p', 'faint', say('trendNone'));
        this.alertsTitle = make('h3', 'panel-part', say('entityAlerts'));
        this.alerts = make('ul', 'plain');
        this.panel.append(this.figure, this.standing, this.facts, this.chartTitle, this.holder, this.chartNote, this.alertsTitle, this.alerts);
        this.chart = new Chart(this.holder);
        this.chart.open(this.model.entity(id), language(), this.config.timezone);
        this.refresh(true);
    }

    openArea(id) {
        this.clear();
        this.area = id;
        this.build();
        this.counts = make('div', 'panel-states');
        this.filter = button('act', say('onlyArea'), () => this.onFilter(this.area));
        const actions = make('div', 'panel-actions');
        actions.append(this.filter);
        this.alertsTitle = make('h3', 'panel-part', say('entityAlerts'));
        this.alerts = make('ul', 'plain');
        this.devicesTitle = make('h3', 'panel-part', say('entities'));
        this.qualities = make('div', 'panel-states');
        this.devices = make('ul', 'plain');
        this.panel.append(this.counts, actions, this.alertsTitle, this.alerts, this.devicesTitle, this.qualities, this.devices);
        this.refresh(true);
    }

    build() {
        const head = make('div', 'panel-head');
        this.shape = make('span', 'panel-shape');
        this.title = make('h2', 'panel-title');
        this.title.dir = 'auto';
        const close = button('panel-close', '✕', () => this.close());
        put(close, 'aria-label', say('close'));
        head.append(this.shape, this.title, close);
        this.panel.replaceChildren(head);
        this.drawnAlerts = this.drawnDevices = this.drawnStates = this.drawnCounts = null;
        show(this.panel, true);
    }

    clear() {
        this.chart?.close();
        this.chart = null;
        this.entity = this.area = null;
    }

    close() {
        if (!this.isOpen)
            return;
        this.clear();
        show(this.panel, false);
        this.panel.replaceChildren();
        this.onClose();
    }

    get isOpen() {
        return this.entity !== null || this.area !== null;
    }

    // Values four times a second, the chart once.
    refresh(isSecond) {
        if (this.entity !== null)
            this.refreshEntity(isSecond);
        else if (this.area !== null && isSecond)
            this.refreshArea();
    }

    refreshEntity(isSecond) {
        const entity = this.model.entity(this.entity);
        if (!entity)
            return this.close();
        const name = standing(entity);
        const now = this.feed.now();
        setIcon(this.shape, name);
        put(this.panel, 'data-severity', name);
        write(this.title, entity.name);
        write(this.value, entity.value === null ? say('noData') : number(entity.value, language(), entity.decimals));
        write(this.unit, entity.value === null ? '' : entity.unit);
        this.figure.classList.toggle('is-unsure', name === 'stale' || name === 'offline' || name === 'uncertain');
        const quality = entity.quality ?? 'absent';
        this.chips(this.standing, [[name, standingText(name)], ...(quality === name ? [] : [[quality === 'good' ? 'ACKED' : quality, say(quality)]])]);
        this.fill(this.facts, [
            ['valueAge', entity.time === null ? say('neverSeen')
                : `${moment(entity.time, now, language(), this.config.timezone)} (${say('ago', { span: span(now - entity.time, units()) })})`],
            ['kind', entity.kind],
            ['stream', entity.stream],
            ['place', [this.areas.nameOf(entity.area, language()) || entity.area || say('noArea'),
                entity.point ? `${entity.point[1].toFixed(5)}, ${entity.point[0].toFixed(5)}` : ''].filter(Boolean).join(' · ')],
            ['id', entity.id],
        ]);
        if (!isSecond)
            return;
        const trend = this.trends.of(entity.id);
        show(this.chartNote, trend[0].length === 0);
        this.chart.draw(trend);
        this.drawAlerts([...this.model.alerts.values()].filter(alert => alert.entity === entity.id));
    }

    refreshArea() {
        const area = this.areas.byId.get(this.area);
        write(this.title, (area && inLanguage(area.name, language())) || this.area || say('noArea'));
        const alerts = [...this.model.alerts.values()].filter(alert => alert.area === this.area);
        const counts = [0, 0, 0, 0, 0];
        let worst = 0;
        for (const alert of alerts)
            if (alert.section === 'active' && alert.state !== 'RTNUN') {
                counts[alert.severity]++;
                worst = Math.max(worst, alert.severity);
            }
        setIcon(this.shape, severities[worst]);
        put(this.panel, 'data-severity', severities[worst]);
        this.chips(this.counts, [4, 3, 2, 1].map(level => [severities[level], `${say(severities[level])}: ${count(counts[level], language())}`]));
        this.drawAlerts(alerts);
        const devices = this.model.entities.filter(entity => entity?.area === this.area);
        const byStanding = new Map(order.map(name => [name, 0]));
        for (const entity of devices)
            byStanding.set(standing(entity), byStanding.get(standing(entity)) + 1);
        this.chips(this.qualities, [...byStanding].filter(([, n]) => n > 0).map(([name, n]) => [name, `${standingText(name)}: ${count(n, language())}`]),
            'drawnCounts');
        this.drawDevices(devices);
    }

    chips(holder, parts, memory = 'drawnStates') {
        const now = parts.join('|');
        if (this[memory] === now)
            return;
        this[memory] = now;
        holder.replaceChildren(...parts.map(([name, text]) => {
            const chip = make('span', 'chip');
            chip.dataset.chip = name;
            chip.append(icon(name), make('span', '', text));
            return chip;
        }));
    }

    fill(list, facts) {
        const wanted = facts.filter(([, text]) => text);
        while (list.children.length > 2 * wanted.length)
            list.lastChild.remove();
        wanted.forEach(([key, text], i) => {
            if (!list.children[2 * i])
                list.append(make('dt'), make('dd'));
            put(list.children[2 * i], 'data-fact', key);
            write(list.children[2 * i], say(key));
            write(list.children[2 * i + 1], text);
        });
    }

    drawAlerts(alerts) {
        const sorted = alerts.sort(compareAlerts('newest'));
        const now = sorted.map(alert => `${alert.id}/${alert.seq}`).join() + language();
        show(this.alertsTitle, sorted.length > 0);
        if (this.drawnAlerts === now)
            return;
        this.drawnAlerts = now;
        this.alerts.replaceChildren(...sorted.slice(0, mostListed).map(alert => {
            const item = make('li');
            const link = button('link', '', () => this.onAlert(alert.id));
            const text = make('span', '', `${inLanguage(alert.title, language()) || say('noTitle')} · ${say(alert.state)}`);
            text.dir = 'auto';
            link.append(icon(severities[alert.severity]), text);
            link.dataset.chip = severities[alert.severity];
            item.append(link);
            return item;
        }), ...more(sorted.length));
    }

    drawDevices(devices) {
        const rank = entity => order.indexOf(standing(entity));
        const sorted = devices.sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
        const shown = sorted.slice(0, mostListed);
        const now = shown.map(entity => `${entity.id}/${standing(entity)}`).join() + language();
        if (this.drawnDevices === now)
            return;
        this.drawnDevices = now;
        this.devices.replaceChildren(...shown.map(entity => {
            const item = make('li');
            const link = button('link', '', () => this.onEntity(entity.id));
            const text = make('span', '', `${entity.name} · ${standingText(standing(entity))}`);
            text.dir = 'auto';
            link.append(icon(standing(entity)), text);
            link.dataset.chip = standing(entity);
            item.append(link);
            return item;
        }), ...more(sorted.length));
    }

    relabel() {
        if (this.entity !== null)
            this.openEntity(this.entity);
        else if (this.area !== null)
            this.openArea(this.area);
    }
}

function more(total) {
    return total > mostListed ? [make('li', 'faint', say('moreBelow', { n: count(total - mostListed, language()) }))] : [];
}
