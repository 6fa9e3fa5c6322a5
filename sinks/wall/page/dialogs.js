// sinks/wall/page/dialogs.js — what must be asked before it is done: shelve, note, sound and mute, keys.

import { byId, make, write, show, put } from './dom.js';
import { icon, setIcon, severities } from './shapes.js';
import { say, language } from './i18n.js';
import { inLanguage, moment } from './text.js';
import { shelveLimit, reasonIsTooLong, hour } from './commands.js';
import { minute } from './model.js';

const shelveSpans = [15 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 8 * hour];
const muteSpans = [10 * minute, 30 * minute, hour];
const clockMargin = 2_000; // the longest shelve is still within the limit when our clock runs ahead of the engine's
const spanText = ms => (ms < hour ? say('minutes', { n: ms / minute }) : say('hours', { n: ms / hour }));

export const isOpen = () => document.querySelector('dialog[open]') !== null;

function open(dialog) {
    dialog.querySelectorAll('[data-close]').forEach(one => one.onclick = () => dialog.close());
    dialog.showModal();
}

// Radio buttons of time spans; `ending` says what each means on the clock.
function fillSpans(holder, name, spans, chosen, ending) {
    holder.replaceChildren(...spans.map(ms => {
        const label = make('label', 'choice');
        const radio = make('input');
        radio.type = 'radio';
        radio.name = name;
        radio.value = String(ms);
        radio.checked = ms === chosen;
        label.append(radio, make('span', '', spanText(ms)), make('span', 'faint', ending(ms)));
        return label;
    }));
}

const chosenSpan = holder => Number(holder.querySelector('input:checked')?.value ?? NaN);

function checkReason(field, error) {
    const text = field.value.trim();
    const problem = !text ? 'reasonNeeded' : reasonIsTooLong(text) ? 'reasonLong' : '';
    put(field, 'aria-invalid', problem ? 'true' : null);
    write(error, problem ? say(problem) : '');
    if (problem)
        field.focus();
    return problem ? null : text;
}

export class Dialogs {
    constructor(commands, feed, sound, config) {
        Object.assign(this, { commands, feed, sound, config });
        byId('shelve-dialog').querySelector('form').addEventListener('submit', event => this.shelve(event));
        byId('note-dialog').querySelector('form').addEventListener('submit', event => this.note(event));
        byId('sound-dialog').querySelector('form').addEventListener('submit', event => event.preventDefault());
        byId('sound-test').onclick = () => this.testSound();
        byId('sound-heard').onclick = () => sound.enable();
        byId('sound-stop').onclick = () => sound.disable();
        byId('sound-mute').onclick = () => this.mute();
        byId('sound-unmute').onclick = () => sound.unmute();
        byId('sound').onclick = () => this.openSound();
        byId('help').onclick = () => this.openHelp();
    }

    openShelve(alert) {
        this.alert = alert;
        const limit = shelveLimit(alert.severity);
        const now = this.feed.now();
        write(byId('shelve-alert'), inLanguage(alert.title, language()) || say('noTitle'));
        fillSpans(byId('shelve-spans'), 'shelve-span', shelveSpans.filter(ms => ms <= limit), 30 * minute,
            ms => moment(now + ms, now, language(), this.config.timezone));
        write(byId('shelve-limit'), say('shelveLimit', { n: limit / hour, severity: say(severities[alert.severity]).toLowerCase() }));
        byId('shelve-reason').value = '';
        write(byId('shelve-error'), '');
        open(byId('shelve-dialog'));
        byId('shelve-reason').focus();
    }

    shelve(event) {
        event.preventDefault();
        const span = chosenSpan(byId('shelve-spans'));
        if (!Number.isFinite(span))
            return write(byId('shelve-error'), say('untilNeeded'));
        const reason = checkReason(byId('shelve-reason'), byId('shelve-error'));
        if (reason === null)
            return;
        byId('shelve-dialog').close();
        const margin = span >= shelveLimit(this.alert.severity) ? clockMargin : 0;
        this.commands.send('shelve', this.alert, { until: Math.floor(this.feed.now() + span - margin), reason });
    }

    openNote(alert) {
        this.alert = alert;
        write(byId('note-alert'), inLanguage(alert.title, language()) || say('noTitle'));
        byId('note-reason').value = '';
        write(byId('note-error'), '');
        open(byId('note-dialog'));
        byId('note-reason').focus();
    }

    note(event) {
        event.preventDefault();
        const reason = checkReason(byId('note-reason'), byId('note-error'));
        if (reason === null)
            return;
        byId('note-dialog').close();
        this.commands.send('note', this.alert, { reason });
    }

    openSound() {
        byId('mute-reason').value = '';
        byId('sound-heard').disabled = true;
        write(byId('sound-error'), '');
        this.refreshSound();
        open(byId('sound-dialog'));
    }

    async testSound() {
        const isPlayed = await this.sound.test();
        byId('sound-heard').disabled = !isPlayed;
        write(byId('sound-error'), isPlayed ? '' : say('soundNone'));
    }

    mute() {
        const reason = checkReason(byId('mute-reason'), byId('sound-error'));
        if (reason !== null)
            this.sound.mute(Date.now() + chosenSpan(byId('mute-spans')), reason);
    }

    // The button in the head, and the dialog if it is open.
    refreshSound() {
        const { sound } = this;
        const until = moment(sound.mutedUntil + this.feed.offset, this.feed.now(), language(), this.config.timezone);
        put(byId('sound'), 'data-sound', !sound.isOn ? 'off' : sound.isMuted ? 'muted' : 'on');
        setIcon(byId('sound-shape'), !sound.isOn || sound.isMuted ? 'suppressed' : 'UNACK');
        write(byId('sound-text'), !sound.isOn ? say('soundOff') : sound.isMuted ? say('soundMuted', { time: until }) : say('soundOn'));
        put(byId('sound'), 'title', sound.isMuted ? say('mutedBecause', { why: sound.muteReason }) : null);
        show(byId('sound-heard'), !sound.isOn);
        show(byId('sound-stop'), sound.isOn);
        show(byId('mute-box'), sound.isOn);
        show(byId('sound-mute'), !sound.isMuted);
        show(byId('sound-unmute'), sound.isMuted);
        write(byId('mute-now'), sound.isMuted ? `${say('soundMuted', { time: until })}. ${say('mutedBecause', { why: sound.muteReason })}` : '');
        if (!byId('mute-spans').childElementCount || this.spansIn !== language()) {
            this.spansIn = language();
            fillSpans(byId('mute-spans'), 'mute-span', muteSpans, muteSpans[0], () => '');
        }
    }

    openHelp() {
        const shapes = ['critical', 'major', 'minor', 'warning', 'UNACK', 'ACKED', 'RTNUN', 'doubtful', 'shelved', 'suppressed', 'maintenance',
            'uncertain', 'stale', 'offline', 'unknown', 'absent'];
        byId('help-shapes').replaceChildren(...shapes.map(name => {
            const chip = make('span', 'chip');
            chip.dataset.chip = name;
            chip.append(icon(name), make('span', '', say(name)));
            return chip;
        }));
        open(byId('help-dialog'));
    }
}

