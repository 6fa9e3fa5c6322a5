// sinks/wall/page/sound.js — a sound for a new critical alert, and another one for a lost connection.
//
// Off until an operator has heard the test tone on this computer in this session of the page: browsers
// play nothing before a gesture, and a wall that only believes it can be heard is worse than a silent one.

const alertTone = [[880, 0, 0.16], [1175, 0.2, 0.16], [880, 0.4, 0.16], [1175, 0.6, 0.3]];
const lostTone = [[330, 0, 0.45], [247, 0.5, 0.7]];
const quietest = 2_000; // between two alert tones: a flood is one sound, not noise

export class Sound {
    constructor() {
        this.isOn = false;
        this.mutedUntil = 0;
        this.muteReason = '';
        this.context = null;
        this.lastAt = 0;
        this.played = 0;
        this.onChange = () => {};
    }

    get isMuted() {
        return this.mutedUntil > Date.now();
    }

    async play(tone) {
        const Context = globalThis.AudioContext;
        if (!Context)
            return false;
        this.context ??= new Context();
        await this.context.resume();
        const begin = this.context.currentTime + 0.02;
        for (const [pitch, at, length] of tone) {
            const oscillator = new OscillatorNode(this.context, { type: 'triangle', frequency: pitch });
            const gain = new GainNode(this.context, { gain: 0 });
            gain.gain.setValueAtTime(0, begin + at);
            gain.gain.linearRampToValueAtTime(0.5, begin + at + 0.02);
            gain.gain.linearRampToValueAtTime(0, begin + at + length);
            oscillator.connect(gain).connect(this.context.destination);
            oscillator.start(begin + at);
            oscillator.stop(begin + at + length + 0.05);
        }
        this.played++;
        return true;
    }

    test() {
        return this.play(alertTone).catch(() => false);
    }

    enable() {
        this.isOn = true;
        this.onChange();
    }

    disable() {
        this.isOn = false;
        this.unmute();
    }

    mute(until, reason) {
        this.mutedUntil = until;
        this.muteReason = reason;
        this.onChange();
    }

    unmute() {
        this.mutedUntil = 0;
        this.muteReason = '';
        this.onChange();
    }

    critical() {
        if (!this.isOn || this.isMuted || Date.now() - this.lastAt < quietest)
            return;
        this.lastAt = Date.now();
        this.play(alertTone).catch(() => {});
    }

    lost() {
        if (this.isOn && !this.isMuted)
            this.play(lostTone).catch(() => {});
    }

    // Once a second: a mute ends by itself.
    watch() {
        if (this.mutedUntil && !this.isMuted)
            this.unmute();
    }
}
