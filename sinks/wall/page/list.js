// sinks/wall/page/list.js — the alert list: only the rows in sight exist, whatever their number.
//
// Items are alerts and, when grouped, the headings of groups; each has a fixed height, so a position is
// one look-up.  Rows are recycled by their place in a ring.  The grid keeps the focus and names the
// chosen row by aria-activedescendant; how many lie above and below what is seen is always said.

import { make, button, write, put, show } from './dom.js';
import { setIcon, severities } from './shapes.js';
import { say, language, units } from './i18n.js';
import { inLanguage, moment, span, count, fold } from './text.js';
import { compareAlerts } from './model.js';

const spare = 3;    // rows kept beyond each edge
const startle = 400; // ms in which nobody can have meant the alert that has just taken another one's place

export const stateFilters = ['UNACK', 'ACKED', 'RTNUN', 'doubtful'];

export class AlertList {
    constructor(elements, model, commands, feed, config) {
        Object.assign(this, { ...elements, model, commands, feed, config });
        this.filter = { section: 'active', severities: new Set(), area: null, state: '', text: '' };
        this.grouping = 'none';
        this.order = 'newest';
        this.items = [];
        this.tops = [0];
        this.rows = [];
        this.chosen = null;
        this.matching = 0;
        this.onChoose = () => {};
        this.onOpen = () => {};
        this.onAct = () => {};
        this.areaName = alert => alert.areaName || alert.area;
        this.sheet = make('div', 'list-sheet');
        this.sheet.setAttribute('role', 'presentation');
        this.grid.append(this.sheet);
        this.grid.addEventListener('scroll', () => this.render(), { passive: true });
        this.grid.addEventListener('pointerdown', event => this.pointed(event));
        this.grid.addEventListener('click', event => this.clicked(event));
        this.grid.addEventListener('dblclick', () => this.chosen && this.onOpen(this.chosen));
        new ResizeObserver(() => this.measure()).observe(this.grid);
        this.measure();
    }

    measure() {
        const style = getComputedStyle(this.grid);
        const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
        this.rowHeight = Math.round(parseFloat(style.getPropertyValue('--row')) * rem);
        this.headHeight = Math.round(parseFloat(style.getPropertyValue('--row-head')) * rem);
        this.layOut();
        this.render();
    }

    get isFiltered() {
        const { severities: chosen, area, state, text } = this.filter;
        return chosen.size > 0 || area !== null || state !== '' || text !== '';
    }

    matches(alert) {
        const { section, severities: chosen, area, state, words } = this.filter;
        return alert.section === section
            && (chosen.size === 0 || chosen.has(alert.severity))
            && (area === null || alert.area === area)
            && (state === '' || (state === 'doubtful' ? alert.flags.has('doubtful') : alert.state === state))
            && (!words || words.every(word => alert.folded.includes(word)));
    }

    setText(text) {
        this.filter.text = text.trim();
        this.filter.words = fold(this.filter.text).split(/\s+/).filter(Boolean);
    }

    clearFilter() {
        Object.assign(this.filter, { area: null, state: '', text: '', words: null });
        this.filter.severities.clear();
    }

    rebuild() {
        const found = [];
        this.inSection = this.hiddenCritical = 0;
        for (const alert of this.model.alerts.values()) {
            if (alert.section === this.filter.section)
                this.inSection++;
            if (this.matches(alert))
                found.push(alert);
            else if (alert.section === 'active' && this.filter.section === 'active' && alert.severity === 4 && alert.state === 'UNACK')
                this.hiddenCritical++;
        }
        found.sort(compareAlerts(this.order));
        this.matching = found.length;
        this.items = this.grouping === 'none' ? found.map(alert => ({ alert })) : this.group(found);
        this.layOut();
        this.render();
    }

    // Groups in the order of their first alert; each says how many it holds and which was first.
    group(found) {
        const groups = new Map();
        for (const alert of found) {
            const key = this.grouping === 'area' ? alert.area : alert.rule;
            let group = groups.get(key);
            if (!group)
                groups.set(key, group = { head: { key, count: 0, unack: 0, worst: 0, first: null, name: '' }, alerts: [] });
            group.head.count++;
            group.head.unack += alert.state === 'ACKED' ? 0 : 1;
            group.head.worst = Math.max(group.head.worst, alert.severity);
            if (!group.head.first || (alert.since ?? Infinity) < (group.head.first.since ?? Infinity))
                group.head.first = alert;
            group.alerts.push(alert);
        }
        const items = [];
        for (const { head, alerts } of groups.values()) {
            items.push({ head });
            for (const alert of alerts)
                items.push({ alert });
        }
        return items;
    }

    layOut() {
        this.tops = new Array(this.items.length + 1);
        let top = 0;
        for (let i = 0; i < this.items.length; i++) {
            this.tops[i] = top;
            top += this.items[i].head ? this.headHeight : this.rowHeight;
        }
        this.tops[this.items.length] = top;
        this.sheet.style.height = `${top}px`;
        put(this.grid, 'aria-rowcount', this.items.length);
    }

    // The last item that begins at or above y.
    at(y) {
        let low = 0, high = this.items.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.tops[middle + 1] <= y)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    render() {
        const top = this.grid.scrollTop, bottom = top + this.grid.clientHeight;
        const first = Math.max(0, this.at(top) - spare);
        const last = Math.min(this.items.length, this.at(bottom) + 1 + spare);
        const needed = Math.min(this.items.length, Math.ceil(this.grid.clientHeight / Math.max(1, Math.min(this.rowHeight, this.headHeight)))
            + 2 * spare + 2);
        while (this.rows.length < needed)
            this.rows.push(this.makeRow(this.rows.length));
        let chosenRow = null;
        const used = new Set();
        for (let i = first; i < last; i++) {
            const row = this.rows[i % this.rows.length];
            used.add(row);
            this.fill(row, i);
            if (row.alert && row.alert.id === this.chosen)
                chosenRow = row;
        }
        for (const row of this.rows)
            show(row.element, used.has(row));
        put(this.grid, 'aria-activedescendant', chosenRow?.element.id);
        this.sayMore(top, bottom);
    }

    sayMore(top, bottom) {
        let above = 0, below = 0;
        const firstSeen = this.at(top + this.rowHeight / 2), lastSeen = this.at(bottom - this.rowHeight / 2);
        for (let i = 0; i < firstSeen && i < this.items.length; i++)
            above += this.items[i].alert ? 1 : 0;
        for (let i = lastSeen + 1; i < this.items.length; i++)
            below += this.items[i].alert ? 1 : 0;
        show(this.above, above > 0);
        show(this.below, below > 0);
        write(this.above, above > 0 ? `▲ ${say('moreAbove', { n: count(above, language()) })}` : '');
        write(this.below, below > 0 ? `▼ ${say('moreBelow', { n: count(below, language()) })}` : '');
    }

    makeRow(number) {
        const element = make('div', 'row');
        element.setAttribute('role', 'row');
        element.id = `alert-row-${number}`;
        const cell = classes => {
            const made = make('div', classes);
            made.setAttribute('role', 'gridcell');
            element.append(made);
            return made;
        };
        const sign = cell('row-sign');
        const main = cell('row-main');
        const side = cell('row-side');
        const row = {
            element, alert: null, head: null, sign,
            shape: make('span', 'row-shape'), severity: make('span', 'row-severity'),
            title: make('div', 'row-title'), message: make('div', 'row-message'), meta: make('div', 'row-meta'),
            state: make('span', 'state'), stateShape: make('span', 'state-shape'), stateText: make('span', 'state-text'),
            age: make('span', 'row-age value'), command: make('span', 'row-command'),
        };
        row.act = button('act act-ack', '', event => row.alert && this.isMeant(event, row) && this.onAct('ack', row.alert));
        row.act.tabIndex = -1; // the key `a` does it for the keyboard
        for (const text of [row.title, row.message])
            text.dir = 'auto';
        row.state.append(row.stateShape, row.stateText);
        sign.append(row.shape, row.severity);
        main.append(row.title, row.message, row.meta);
        side.append(row.state, row.age, row.command, row.act);
        this.sheet.append(element);
        return row;
    }

    fill(row, index) {
        const item = this.items[index];
        const { element } = row;
        element.style.transform = `translateY(${this.tops[index]}px)`;
        put(element, 'aria-rowindex', index + 1);
        put(element, 'data-id', item.alert?.id ?? null);
        element.classList.toggle('row-head', Boolean(item.head));
        if (row.index === index && row.alert?.id !== item.alert?.id)
            row.swappedAt = performance.now();
        row.index = index;
        row.alert = item.alert ?? null;
        if (item.head)
            this.fillHead(row, item.head);
        else
            this.fillAlert(row, item.alert);
    }

    fillHead(row, head) {
        const { element } = row;
        put(element, 'data-severity', severities[head.worst]);
        put(element, 'data-state', null);
        put(element, 'aria-selected', null);
        put(element, 'aria-label', null);
        setIcon(row.shape, severities[head.worst]);
        write(row.severity, '');
        write(row.title, this.grouping === 'area' ? this.areaName(head.first) || say('noArea') : head.key || '–');
        write(row.message, '');
        write(row.meta, say('groupLine', {
            n: head.count, unack: head.unack, time: moment(head.first.since, this.feed.now(), language(), this.config.timezone),
        }));
        show(row.act, false);
        show(row.state, false);
        show(row.command, false);
        write(row.age, '');
    }

    fillAlert(row, alert) {
        const { element } = row;
        const severity = severities[alert.severity];
        const now = this.feed.now();
        const title = inLanguage(alert.title, language()) || say('noTitle');
        put(element, 'data-severity', severity);
        put(element, 'data-state', alert.state);
        put(element, 'aria-selected', alert.id === this.chosen);
        put(element, 'aria-label', say('rowLabel', { severity: say(severity), state: say(alert.state), title }));
        element.classList.toggle('is-new', alert.state === 'UNACK' && now - alert.since < 60_000);
        setIcon(row.shape, severity);
        write(row.severity, say(severity));
        write(row.title, title);
        write(row.message, inLanguage(alert.message, language()));
        write(row.meta, this.metaText(alert, now));
        setIcon(row.stateShape, this.stateIcon(alert));
        write(row.stateText, this.stateText(alert));
        show(row.state, true);
        write(row.age, span(now - alert.since, units()));
        const command = this.commands.latest(alert.id);
        const isFresh = command && (this.commands.isWaiting(command) || Date.now() - command.changedAt < 15_000);
        show(row.command, Boolean(isFresh));
        if (isFresh) {
            write(row.command, commandText(command));
            put(row.command, 'data-command', command.state);
        }
        show(row.act, alert.state !== 'ACKED' && !(command && this.commands.isWaiting(command)));
        write(row.act, say('ack'));
    }

    stateIcon(alert) {
        return alert.flags.has('doubtful') && alert.state === 'ACKED' ? 'doubtful'
            : alert.section === 'active' ? alert.state
                : alert.flags.has('shelved') ? 'shelved' : alert.flags.has('suppressed') ? 'suppressed' : 'maintenance';
    }

    stateText(alert) {
        if (alert.section === 'active')
            return say(alert.state);
        return `${say(this.stateIcon(alert))} · ${say(alert.state)}`;
    }

    metaText(alert, now) {
        const zone = this.config.timezone;
        const parts = [this.areaName(alert) || say('noArea'), say('since', { time: moment(alert.since, now, language(), zone) })];
        if (alert.count > 1)
            parts.push(say('times', { n: alert.count }));
        if (alert.state === 'ACKED' && alert.ackBy)
            parts.push(say('ackBy', { name: alert.ackBy, time: alert.ackAt ? moment(alert.ackAt, now, language(), zone) : '' }).trim());
        const standing = this.specialText(alert, now);
        if (standing)
            parts.unshift(standing);
        return parts.join(' · ');
    }

    specialText(alert, now) {
        if (alert.flags.has('shelved') && alert.shelveUntil)
            return say('shelvedUntil', {
                time: moment(alert.shelveUntil, now, language(), this.config.timezone), span: span(alert.shelveUntil - now, units()),
            });
        if (!alert.flags.has('doubtful'))
            return '';
        const confirmed = this.model.lastConfirmed(alert);
        return confirmed === null ? say('confirmedUnknown') : say('confirmedAgo', { span: span(now - confirmed, units()) });
    }

    rowOf(event) {
        const element = event.target.closest('.row');
        return this.rows.find(other => other.element === element);
    }

    pointed(event) {
        const row = this.rowOf(event);
        const isFresh = performance.now() - (row?.swappedAt ?? -Infinity) < startle;
        this.pointedAt = row?.alert && !isFresh ? row.alert.id : null;
    }

    // The list moves while people click: what they pressed on must still be what they let go of.
    isMeant(event, row) {
        return event.detail === 0 || row.alert.id === this.pointedAt; // 0: not by a pointer
    }

    clicked(event) {
        const row = this.rowOf(event);
        if (!row?.alert || event.target.closest('button') || !this.isMeant(event, row))
            return;
        this.choose(row.alert.id);
        this.onOpen(row.alert.id);
    }

    choose(id) {
        this.chosen = id;
        const index = this.items.findIndex(item => item.alert?.id === id);
        if (index >= 0)
            this.scrollTo(index);
        this.render();
        this.onChoose(id);
    }

    scrollTo(index) {
        const top = this.tops[index], bottom = this.tops[index + 1];
        if (top < this.grid.scrollTop)
            this.grid.scrollTop = Math.max(0, top - (index > 0 && this.items[index - 1].head ? this.headHeight : 0));
        else if (bottom > this.grid.scrollTop + this.grid.clientHeight)
            this.grid.scrollTop = bottom - this.grid.clientHeight;
    }

    // step: ±1, ±a page, ±Infinity
    move(step) {
        const alerts = this.items.filter(item => item.alert);
        if (alerts.length === 0)
            return;
        const place = alerts.findIndex(item => item.alert.id === this.chosen);
        const next = place < 0 ? (step === Infinity ? alerts.length - 1 : 0) : Math.min(alerts.length - 1, Math.max(0, place + step));
        this.choose(alerts[next].alert.id);
    }

    get page() {
        return Math.max(1, Math.floor(this.grid.clientHeight / this.rowHeight) - 1);
    }
}

export function commandText(command) {
    const name = say(`op${command.op[0].toUpperCase()}${command.op.slice(1)}`);
    return `${name}: ${say(command.state, { why: say(command.why), span: span(35_000, units()) })}`;
}
