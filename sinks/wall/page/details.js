// sinks/wall/page/details.js — one alert in full: what, where, since when, by whom, what to do, and its history.

import { make, button, write, show, put } from './dom.js';
import { icon, setIcon, severities } from './shapes.js';
import { say, isKnown, language, units } from './i18n.js';
import { inLanguage, moment, span, number, clean } from './text.js';
import { readAlert } from './model.js';
import { commandText } from './list.js';

const refetchAfter = 2_000; // between two looks at the history of an alert that keeps changing

export class Details {
    constructor(panel, model, commands, feed, config, list) {
        Object.assign(this, { panel, model, commands, feed, config, list });
        this.id = null;
        this.alert = null;
        this.history = null;
        this.onAct = () => {};
        this.onShow = () => {};
        this.onClose = () => {};
    }

    open(id) {
        if (this.id === id && !this.panel.hidden)
            return;
        this.id = id;
        this.alert = this.model.alerts.get(id) ?? null;
        this.history = null;
        this.historyWhy = '';
        this.historySeq = -1;
        this.fetchedAt = 0;
        show(this.panel, true);
        this.build();
        this.refresh();
    }

    close() {
        if (this.id === null)
            return;
        this.id = null;
        show(this.panel, false);
        this.panel.replaceChildren();
        this.onClose();
    }

    get isOpen() {
        return this.id !== null;
    }

    build() {
        const { panel } = this;
        const head = make('div', 'panel-head');
        this.shape = make('span', 'panel-shape');
        this.title = make('h2', 'panel-title');
        this.title.dir = 'auto';
        const close = button('panel-close', '✕', () => this.close());
        close.dataset.label = 'close';
        put(close, 'aria-label', say('close'));
        head.append(this.shape, this.title, close);
        this.state = make('div', 'panel-states');
        this.message = make('p', 'panel-message');
        this.message.dir = 'auto';
        this.actions = make('div', 'panel-actions');
        this.buttons = {};
        for (const op of ['ack', 'shelve', 'unshelve', 'note', 'unack']) {
            this.buttons[op] = button(`act act-${op}`, say(op), () => this.alert && this.onAct(op, this.alert));
            this.actions.append(this.buttons[op]);
        }
        this.buttons.show = button('act', say('showOnMap'), () => this.alert && this.onShow(this.alert));
        this.actions.append(this.buttons.show);
        this.command = make('p', 'panel-command');
        this.command.setAttribute('role', 'status');
        this.facts = make('dl', 'facts');
        this.transitions = make('ol', 'transitions');
        const historyTitle = make('h3', 'panel-part', say('history'));
        panel.replaceChildren(head, this.state, this.message, this.actions, this.command, this.facts, historyTitle, this.transitions);
    }

    // On each tick while open.
    refresh() {
        if (!this.isOpen)
            return;
        const current = this.model.alerts.get(this.id);
        if (current)
            this.alert = current;
        const { alert } = this;
        if (!alert)
            return this.close();
        const isGone = !current;
        const severity = severities[alert.severity];
        put(this.panel, 'data-severity', severity);
        setIcon(this.shape, severity);
        write(this.title, inLanguage(alert.title, language()) || say('noTitle'));
        write(this.message, inLanguage(alert.message, language()));
        this.drawStates(alert, isGone, severity);
        this.drawActions(alert, isGone);
        this.drawFacts(alert);
        this.watchHistory(alert);
    }

    drawStates(alert, isGone, severity) {
        const parts = [[severity, say(severity)], isGone ? ['NORM', say('gone')] : [alert.state, say(alert.state)]];
        for (const flag of alert.flags)
            parts.push([flag, say(flag)]);
        const now = parts.join('|') + language();
        if (this.drawnStates === now && this.state.childNodes.length)
            return;
        this.drawnStates = now;
        this.state.replaceChildren(...parts.map(([name, text]) => {
            const chip = make('span', 'chip');
            chip.dataset.chip = name;
            chip.append(icon(name), make('span', '', text));
            return chip;
        }));
    }

    drawActions(alert, isGone) {
        const isShelved = alert.flags.has('shelved');
        show(this.buttons.ack, !isGone && alert.state !== 'ACKED');
        show(this.buttons.unack, !isGone && alert.state === 'ACKED');
        show(this.buttons.shelve, !isGone && !isShelved);
        show(this.buttons.unshelve, !isGone && isShelved);
        show(this.buttons.note, !isGone);
        show(this.buttons.show, Boolean(alert.point || this.model.entity(alert.entity)?.point));
        const command = this.commands.latest(alert.id);
        show(this.command, Boolean(command));
        if (command) {
            write(this.command, commandText(command));
            put(this.command, 'data-command', command.state);
        }
    }

    drawFacts(alert) {
        const now = this.feed.now(), zone = this.config.timezone;
        const when = ms => (ms === null ? '' : `${moment(ms, now, language(), zone)} (${say('ago', { span: span(now - ms, units()) })})`);
        const entity = this.model.entity(alert.entity);
        const facts = [
            ['response', alert.response],
            ['place', [this.list.areaName(alert), alert.point ? `${alert.point[1].toFixed(5)}, ${alert.point[0].toFixed(5)}` : '']
                .filter(Boolean).join(' · ')],
            ['object', entity ? `${entity.name} (${alert.entity})` : alert.entity || alert.key],
            ['begun', when(alert.onset)],
            ['active', when(alert.since)],
            ['updated', when(alert.updated)],
            ['raised', alert.count > 1 ? String(alert.count) : ''],
            ['doubtful', this.list.specialText({ ...alert, shelveUntil: null }, now)],
            ['acknowledgedBy', alert.ackBy && `${alert.ackBy}${alert.ackAt ? ` · ${when(alert.ackAt)}` : ''}`],
            ['shelvedBy', alert.flags.has('shelved') ? `${alert.shelveBy} · ${this.list.specialText(alert, now)}` : ''],
            ['noteOf', alert.note],
            ['decidedBy', alert.values.map(([name, value]) => `${name} = ${typeof value === 'number' ? number(value, language()) : value}`).join(' · ')],
            ['labels', alert.labels.map(([name, value]) => `${name}: ${value}`).join(' · ')],
            ['priority', String(alert.priority)],
            ['rule', alert.rule],
            ['owner', alert.owner],
            ['id', `${alert.id} · ${alert.seq}`],
        ].filter(([, text]) => text);
        while (this.facts.children.length > 2 * facts.length)
            this.facts.lastChild.remove();
        facts.forEach(([key, text], i) => {
            let name = this.facts.children[2 * i], value = this.facts.children[2 * i + 1];
            if (!name) {
                name = make('dt');
                value = make('dd');
                value.dir = 'auto';
                this.facts.append(name, value);
            }
            put(name, 'data-fact', key);
            write(name, say(key));
            write(value, text);
        });
    }

    watchHistory(alert) {
        if (this.historySeq === alert.seq || Date.now() - this.fetchedAt < refetchAfter || this.isFetching)
            return;
        this.fetchHistory(alert.id, alert.seq);
    }

    async fetchHistory(id, seq) {
        this.isFetching = true;
        this.fetchedAt = Date.now();
        try {
            const answer = await fetch(`v1/history/${encodeURIComponent(id)}`, { signal: AbortSignal.timeout(8_000) });
            if (!answer.ok)
                throw new Error(isKnown(`http${answer.status}`) ? say(`http${answer.status}`) : `HTTP ${answer.status}`);
            const json = await answer.json();
            if (this.id === id) {
                this.history = Array.isArray(json.transitions) ? json.transitions.slice(-200) : [];
                this.historyWhy = '';
                this.historySeq = seq;
            }
        } catch (error) {
            if (this.id === id)
                this.historyWhy = error.name === 'Error' ? error.message : say('noNetwork');
        }
        this.isFetching = false;
        if (this.id === id)
            this.drawHistory();
    }

    drawHistory() {
        if (this.historyWhy) {
            this.transitions.replaceChildren(make('li', 'faint', say('historyFailed', { why: this.historyWhy })));
            return;
        }
        const items = (this.history ?? []).map(json => this.makeTransition(json)).filter(Boolean).reverse();
        this.transitions.replaceChildren(...(items.length ? items : [make('li', 'faint', say('historyNone'))]));
    }

    makeTransition(json) {
        const alert = readAlert(json);
        if (!alert)
            return null;
        const item = make('li', 'transition');
        const from = clean(json.from, 20);
        const time = make('span', 'transition-time', moment(alert.updated, this.feed.now(), language(), this.config.timezone));
        const cause = `cause${alert.cause.charAt(0).toUpperCase()}${alert.cause.slice(1)}`;
        const what = make('span', 'transition-what');
        what.append(icon(alert.state), make('span', '', from && from !== alert.state && isKnown(from)
            ? `${say(from)} → ${say(alert.state)}` : [say(alert.state), ...[...alert.flags].map(flag => say(flag))].join(', ')));
        const by = clean(json.by, 80), reason = clean(json.reason, 500);
        const why = [say(severities[alert.severity]), alert.cause && `${say('cause')} ${isKnown(cause) ? say(cause) : alert.cause}`, by, reason]
            .filter(Boolean).join(' · ');
        const line = make('span', 'transition-why', why);
        line.dir = 'auto';
        item.append(time, what, line);
        return item;
    }

    relabel() {
        if (!this.isOpen)
            return;
        this.build();
        this.drawnStates = '';
        this.refresh();
        this.drawHistory();
    }
}
