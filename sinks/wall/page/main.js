// sinks/wall/page/main.js — puts the page together: model and feed, list and map, keys and clocks.
//
// The feed changes the model whenever it speaks; the page is drawn from the model four times a second
// (clocks, ages, charts once), and not at all while its tab is hidden.

import { byId, button, make, write, show, put } from './dom.js';
import { icon, setIcon, severities } from './shapes.js';
import { say, language, onLanguage, setLanguage, switchLanguage, translate } from './i18n.js';
import { inLanguage, clean, count, clockTime, date, zoneName, knownZone } from './text.js';
import { Model } from './model.js';
import { Feed } from './feed.js';
import { Commands } from './commands.js';
import { Sound } from './sound.js';
import { AlertList, commandText, stateFilters } from './list.js';
import { Details } from './details.js';
import { Areas } from './areas.js';
import { Trends } from './trends.js';
import { CityMap } from './map.js';
import { Place } from './place.js';
import { Health } from './health.js';
import { Dialogs } from './dialogs.js';
import { listenToKeys } from './keys.js';

const tick = 250;
const commandsShown = 4;

async function fetchJson(path) {
    const answer = await fetch(path, { signal: AbortSignal.timeout(20_000) });
    if (!answer.ok)
        throw new Error(`HTTP ${answer.status}`);
    return answer.json();
}

class Wall {
    constructor(config) {
        this.config = config;
        this.model = new Model();
        this.feed = new Feed(this.model);
        this.commands = new Commands();
        this.sound = new Sound();
        this.areas = new Areas();
        this.trends = new Trends();
        this.list = new AlertList({ grid: byId('list'), above: byId('above'), below: byId('below') }, this.model, this.commands, this.feed, config);
        this.details = new Details(byId('details'), this.model, this.commands, this.feed, config, this.list);
        this.map = new CityMap(byId('map'), this.model, this.areas, config);
        this.map.makeControls(byId('map-controls'));
        this.place = new Place(byId('place'), this.model, this.areas, this.trends, this.feed, config);
        this.health = new Health({
            holder: byId('banners'), link: byId('link'), linkShape: byId('link-shape'), linkText: byId('link-text'),
            engine: byId('engine'), engineShape: byId('engine-shape'), engineText: byId('engine-text'),
            figures: { lag: byId('figure-lag'), perSecond: byId('figure-rate'), dead: byId('figure-dead'), dropped: byId('figure-dropped'),
                lost: byId('figure-lost') },
            sources: byId('sources'), summary: byId('source-summary'), noSources: byId('no-sources'),
            devices: byId('devices'), devicesTotal: byId('devices-total'),
        }, this.model, this.feed, config);
        this.dialogs = new Dialogs(this.commands, this.feed, this.sound, config);
        this.connect();
        this.makeTiles();
        this.makeFilters();
        listenToKeys(this);
        this.relabel();
        onLanguage(() => this.relabel());
    }

    // Who tells whom.
    connect() {
        const { model, list, details, map, place, commands, sound, feed } = this;
        list.areaName = alert => this.areas.nameOf(alert.area, language()) || alert.areaName || alert.area;
        list.onOpen = id => this.openAlert(id);
        list.onAct = details.onAct = (op, alert) => this.act(op, alert);
        details.onShow = alert => this.showAlertOnMap(alert);
        details.onClose = () => byId('list').focus();
        map.onEntity = place.onEntity = id => this.openEntity(id);
        map.onArea = id => this.openArea(id);
        map.onNothing = () => place.close();
        place.onAlert = id => this.openAlert(id);
        place.onFilter = id => this.filterArea(id);
        place.onClose = () => map.choose(null, null);
        model.onValue = entity => this.trends.add(entity);
        model.onResult = result => commands.takeResult(result);
        model.onRaise = alert => {
            if (alert.severity === 4) {
                sound.critical();
                this.announce(alert);
            }
        };
        feed.onDown = () => sound.lost();
        commands.onChange = () => {
            this.drawCommands();
            list.render();
        };
        sound.onChange = () => this.dialogs.refreshSound();
        byId('language').onclick = () => switchLanguage();
        byId('flood-group').onclick = () => this.setGrouping('area');
        for (const one of document.querySelectorAll('.views button'))
            one.onclick = () => this.setView(one.dataset.view);
        document.addEventListener('visibilitychange', () => document.hidden || this.draw(true));
    }

    announce(alert) {
        byId('announcer').textContent = [say('critical'), inLanguage(alert.title, language()), this.list.areaName(alert)].filter(Boolean).join(': ');
    }

    act(op, alert) {
        if (op === 'shelve')
            this.dialogs.openShelve(alert);
        else if (op === 'note')
            this.dialogs.openNote(alert);
        else if (!this.commands.isWaitingFor(op, alert.id))
            this.commands.send(op, alert);
    }

    openAlert(id) {
        const alert = this.model.alerts.get(id);
        if (alert && alert.section !== this.list.filter.section)
            this.setSection(alert.section);
        if (this.list.chosen !== id)
            this.list.choose(id);
        this.setView('alerts');
        this.details.open(id);
    }

    openEntity(id) {
        this.place.openEntity(id);
        this.map.choose(id, null);
        this.putPlaceAside();
    }

    openArea(id) {
        this.place.openArea(id);
        this.map.choose(null, id);
        this.putPlaceAside();
    }

    putPlaceAside() {
        const isRight = !this.details.isOpen && this.map.isLeft(this.map.chosenEntity, this.map.chosenArea);
        byId('place').classList.toggle('place-right', isRight);
    }

    filterArea(id) {
        this.list.filter.area = id;
        this.setView('alerts');
        this.filtersChanged();
    }

    showAlertOnMap(alert) {
        const entity = this.model.entity(alert.entity);
        this.setView('map');
        requestAnimationFrame(() => { // on a phone the map has just been uncovered
            this.map.map.invalidateSize({ animate: false });
            this.map.showPoint(alert.point ?? entity.point);
            if (entity)
                this.openEntity(entity.id);
        });
    }

    setView(view) {
        document.body.dataset.view = view;
        for (const one of document.querySelectorAll('.views button'))
            put(one, 'aria-current', one.dataset.view === view ? 'page' : null);
    }

    setSection(section) {
        this.list.filter.section = section;
        this.filtersChanged();
    }

    setGrouping(grouping) {
        this.list.grouping = byId('grouping').value = grouping;
        this.filtersChanged();
    }

    makeTiles() {
        this.tiles = [4, 3, 2, 1].map(level => {
            const name = severities[level];
            const tile = button('tile', '', () => this.toggleSeverity(level));
            const parts = { tile, level, name: make('span', 'tile-name'), number: make('span', 'tile-number value'),
                active: make('span', 'tile-active value'), rest: make('span', 'tile-rest') };
            tile.dataset.severity = name;
            tile.append(icon(name), parts.name, parts.number, parts.active, parts.rest);
            byId('tiles').append(tile);
            return parts;
        });
    }

    toggleSeverity(level) {
        const { severities: chosen } = this.list.filter;
        if (!chosen.delete(level))
            chosen.add(level);
        this.filtersChanged();
    }

    makeFilters() {
        const { list } = this;
        byId('filters').addEventListener('submit', event => event.preventDefault());
        byId('filters-more').onclick = () => { // on a phone the choices are folded away
            const isOpen = byId('filters').dataset.open !== 'true';
            byId('filters').dataset.open = String(isOpen);
            put(byId('filters-more'), 'aria-expanded', isOpen);
        };
        byId('search').addEventListener('input', () => {
            list.setText(byId('search').value);
            this.filtersChanged();
        });
        byId('area-filter').addEventListener('change', () => {
            const id = byId('area-filter').value;
            list.filter.area = id === 'any' ? null : id.slice(1);
            if (this.areas.byId.has(list.filter.area)) {
                this.map.showArea(list.filter.area);
                this.openArea(list.filter.area);
            }
            this.filtersChanged();
        });
        byId('state-filter').addEventListener('change', () => {
            list.filter.state = byId('state-filter').value;
            this.filtersChanged();
        });
        byId('grouping').addEventListener('change', () => this.setGrouping(byId('grouping').value));
        byId('order').addEventListener('change', () => {
            list.order = byId('order').value;
            this.filtersChanged();
        });
        byId('clear-filters').onclick = () => this.clearFilters();
        byId('hidden-critical').onclick = () => this.clearFilters();
        for (const tab of document.querySelectorAll('.tabs button'))
            tab.onclick = () => this.setSection(tab.dataset.section);
    }

    clearFilters() {
        this.list.clearFilter();
        byId('search').value = '';
        byId('state-filter').value = '';
        byId('area-filter').value = 'any';
        this.filtersChanged();
    }

    filtersChanged() {
        byId('list').scrollTop = 0;
        this.fillAreas();
        this.list.rebuild();
        this.drawTools();
    }

    fillOptions(id, options) {
        const select = byId(id);
        const chosen = select.value;
        select.replaceChildren(...options.map(([value, text]) => {
            const option = make('option', '', text);
            option.value = value;
            return option;
        }));
        if (options.some(([value]) => value === chosen))
            select.value = chosen;
    }

    // All areas of the city, then those that only alerts name.  Values are marked, so that the empty id is one too.
    fillAreas() {
        const names = new Map();
        for (const area of this.areas.list)
            names.set(area.id, this.areas.nameOf(area.id, language()));
        for (const alert of this.model.alerts.values())
            if (!names.has(alert.area))
                names.set(alert.area, alert.areaName || alert.area || say('noArea'));
        const sorted = [...names].sort((a, b) => a[1].localeCompare(b[1], language(), { numeric: true }));
        const now = sorted.join('|') + language();
        if (now !== this.filledAreas) {
            this.filledAreas = now;
            this.fillOptions('area-filter', [['any', say('allAreas')], ...sorted.map(([id, name]) => [`=${id}`, name])]);
        }
        byId('area-filter').value = this.list.filter.area === null ? 'any' : `=${this.list.filter.area}`;
    }

    relabel() {
        translate();
        document.documentElement.lang = language();
        const name = inLanguage(this.config.name, language()) || this.config.site || say('page');
        write(byId('city'), clean(name, 80));
        write(byId('user'), this.config.user ? say('user', { name: clean(this.config.user, 80) }) : '');
        this.fillOptions('state-filter', [['', say('allStates')], ...stateFilters.map(state => [state, say(state)])]);
        this.fillOptions('grouping', [['none', say('groupNone')], ['area', say('groupArea')], ['rule', say('groupRule')]]);
        this.fillOptions('order', [['newest', say('newest')], ['oldest', say('oldest')]]);
        this.fillAreas();
        this.fillLegend();
        this.setView(document.body.dataset.view);
        this.details.relabel();
        this.place.relabel();
        this.dialogs.refreshSound();
        this.drawCommands();
        this.model.changed.alerts = this.model.changed.entities = true;
        this.map.isDirty = true;
        this.draw(true);
    }

    fillLegend() {
        byId('legend').replaceChildren(...['critical', 'major', 'minor', 'warning', 'none', 'stale', 'offline', 'absent'].map(name => {
            const chip = make('span', 'legend-item');
            chip.dataset.chip = name;
            chip.append(icon(name), make('span', '', say(name === 'none' ? 'normal' : name)));
            return chip;
        }));
    }

    draw(isSecond) {
        if (document.hidden)
            return;
        const { model, feed } = this;
        document.body.classList.toggle('is-unsure', !feed.isSure && model.hasSnapshot);
        if (model.changed.places) {
            this.map.begin();
            this.map.project();
            this.trends.forget(model);
            model.changed.places = false;
        }
        if (model.changed.alerts) {
            model.changed.alerts = false;
            model.changed.entities = true;
            this.areas.identify(new Set([...model.areaIds, ...[...model.alerts.values()].map(alert => alert.area)]));
            this.map.areaStates = model.byArea();
            this.fillAreas();
            this.list.rebuild();
            this.drawTools();
        } else if (isSecond) {
            this.list.render();
        }
        if (model.changed.entities) {
            model.changed.entities = false;
            this.map.isDirty = true;
        }
        this.map.update(feed.isSure);
        this.place.refresh(isSecond);
        if (isSecond)
            this.drawSecond();
    }

    drawSecond() {
        const { feed } = this;
        const now = feed.now(), zone = this.config.timezone;
        write(byId('time'), clockTime(now, language(), zone));
        write(byId('date'), date(now, language(), zone));
        write(byId('zone'), `${zoneName(now, zone)} · ${clean(zone, 40)}`);
        this.health.refresh();
        this.details.refresh();
        this.drawCommands();
        const fresh = this.model.newAlerts(now);
        write(byId('new-in-10'), say('newIn10', { n: count(fresh, language()) }));
        show(byId('flood'), this.model.isFlood);
        write(byId('flood-text'), this.model.isFlood ? say('flood', { n: count(fresh, language()) }) : '');
        document.body.classList.toggle('beat');
    }

    drawTools() {
        const { model, list } = this;
        const tally = model.tally();
        let unack = 0;
        for (const { tile, level, name, number, active, rest } of this.tiles) {
            const severity = say(severities[level]);
            unack += tally.unack[level];
            write(name, severity);
            write(number, count(tally.unack[level], language()));
            write(active, `/ ${count(tally.active[level], language())}`);
            write(rest, say('ofActive'));
            put(tile, 'aria-pressed', list.filter.severities.has(level));
            put(tile, 'aria-label', say('tile', { severity, unack: tally.unack[level], active: tally.active[level] }));
            tile.classList.toggle('is-calling', tally.unack[level] > 0);
        }
        for (const tab of document.querySelectorAll('.tabs button')) {
            const { section } = tab.dataset;
            write(tab.querySelector('b'), count(tally.sections[section], language()));
            put(tab, 'aria-pressed', section === list.filter.section);
        }
        const pending = model.counters.pending;
        write(byId('pending'), pending > 0 ? say('pendingN', { n: count(pending, language()) }) : '');
        write(byId('shown'), list.isFiltered ? say('shownOf', { n: count(list.matching, language()), all: count(list.inSection, language()) }) : '');
        show(byId('clear-filters'), list.isFiltered);
        show(byId('hidden-critical'), list.hiddenCritical > 0);
        write(byId('hidden-critical'), list.hiddenCritical > 0 ? say('hiddenCritical', { n: count(list.hiddenCritical, language()) }) : '');
        show(byId('empty'), list.items.length === 0);
        write(byId('empty'), say(!model.hasSnapshot ? 'waiting' : list.isFiltered ? 'nothingFound' : 'nothing'));
        write(byId('nav-unack'), unack > 0 ? count(unack, language()) : '');
        document.title = `${unack > 0 ? `(${count(unack, language())}) ` : ''}${byId('city').textContent} – IOC`;
    }

    // The newest few; each row of the list shows its own as well.
    drawCommands() {
        const now = Date.now();
        const recent = this.commands.list.filter(command => this.commands.isWaiting(command)
            || now - command.changedAt < (command.state === 'done' ? 5_000 : 20_000)).slice(-commandsShown);
        const drawn = recent.map(command => command.id + command.state).join() + language();
        if (drawn === this.drawnCommands)
            return;
        this.drawnCommands = drawn;
        byId('commands').replaceChildren(...recent.map(command => {
            const line = make('p', 'command');
            line.dataset.command = command.state;
            const shape = make('span');
            setIcon(shape, { sending: 'PEND', queued: 'PEND', done: 'ACKED', refused: 'suppressed', failed: 'offline', lost: 'doubtful' }[command.state]);
            const text = make('span', '', `${commandText(command)} — ${inLanguage(command.title, language())}`);
            text.dir = 'auto';
            line.append(shape, text);
            return line;
        }));
    }

    async loadAreas() {
        try {
            this.areas.take(await fetchJson('v1/areas'), this.config.areas);
            this.health.areaFailure = '';
            write(byId('attribution'), this.areas.attribution);
            this.model.changed.places = this.model.changed.alerts = true;
        } catch (error) {
            this.health.areaFailure = clean(error.message, 80);
            setTimeout(() => this.loadAreas(), 15_000);
        }
    }

    run() {
        this.feed.open();
        this.loadAreas();
        let ticks = 0;
        setInterval(() => this.draw(++ticks % 4 === 0), tick);
        setInterval(() => {
            this.feed.watch();
            this.commands.watch();
            this.sound.watch();
        }, 1000);
    }
}

async function begin() {
    setLanguage(language());
    let config = {};
    for (;;) {
        try {
            config = await fetchJson('v1/config');
            break;
        } catch (error) {
            write(byId('city'), say(error.message === 'HTTP 401' ? 'bannerSession' : 'linkWait'));
            await new Promise(resolve => setTimeout(resolve, 3_000));
        }
    }
    config.timezone = knownZone(config.timezone);
    new Wall(config).run();
}

begin();
