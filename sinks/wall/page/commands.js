// sinks/wall/page/commands.js — what the operator asks the engine to do, and what became of it.
//
// 202 from the gateway only means queued.  Done or refused is what the engine says in a delta's
// `res` with our cmd_id; an answer that never comes is said to be missing, never assumed.

import { clean } from './text.js';

const mostKept = 100;
const mostWaiting = 50;
export const answerWithin = 35_000; // a command lives 30 s
const longestReason = 500;          // bytes of UTF-8

export const hour = 3_600_000;
export const shelveLimit = severity => (severity === 4 ? hour : 8 * hour);

export const reasonIsTooLong = text => new TextEncoder().encode(text).length > longestReason;

// Of random bytes: crypto.randomUUID() exists in secure contexts only.
function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

// What is wrong with a command only the gateway can say; the other answers have words of our own.
async function refusal(answer) {
    if (answer.status !== 400)
        return `http${answer.status}`;
    const { text } = await answer.json().catch(() => ({}));
    return clean(text, 160) || 'http400';
}

export class Commands {
    constructor() {
        this.list = []; // newest last
        this.onChange = () => {};
    }

    isWaiting(command) {
        return command.state === 'sending' || command.state === 'queued';
    }

    // The newest command of an alert that is still of interest to who looks at its row.
    latest(alertId) {
        for (let i = this.list.length - 1; i >= 0; i--)
            if (this.list[i].alert === alertId)
                return this.list[i];
        return null;
    }

    isWaitingFor(op, alertId) {
        return this.list.some(command => command.op === op && command.alert === alertId && this.isWaiting(command));
    }

    async send(op, alert, { until, reason } = {}) {
        const command = {
            id: uuid(), op, alert: alert.id, title: alert.title, at: Date.now(), changedAt: Date.now(), state: 'sending', why: '',
        };
        this.list.push(command);
        if (this.list.length > mostKept)
            this.list.shift();
        if (this.list.filter(other => this.isWaiting(other)).length > mostWaiting) {
            this.settle(command, 'failed', 'tooManyCommands');
            return command;
        }
        this.onChange(command);
        const body = { cmd_id: command.id, op, alert: alert.id, seq_seen: alert.seq };
        if (until)
            body.until = until;
        if (reason)
            body.reason = reason;
        try {
            const answer = await fetch('v1/cmd', {
                method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
                signal: AbortSignal.timeout(10_000),
            });
            if (answer.status === 202)
                this.settle(command, 'queued', '');
            else
                this.settle(command, 'failed', await refusal(answer));
        } catch {
            this.settle(command, 'failed', 'noNetwork');
        }
        return command;
    }

    // What the engine said stays: its answer may overtake that of the gateway.
    settle(command, state, why) {
        if (command.state === 'done' || command.state === 'refused')
            return;
        command.state = state;
        command.why = why;
        command.changedAt = Date.now();
        this.onChange(command);
    }

    takeResult(result) {
        const command = this.list.find(other => other.id === result?.cmd_id);
        if (command)
            this.settle(command, result.ok ? 'done' : 'refused', clean(result.why, 80));
    }

    // Once a second.
    watch() {
        for (const command of this.list)
            if (this.isWaiting(command) && Date.now() - command.at > answerWithin)
                this.settle(command, 'lost', '');
    }
}
