// sinks/wall/page/feed.js — the stream from the gateway, and what is known about its health.
//
// EventSource reconnects and resumes by itself.  Two cases it does not see are handled here: a
// connection that stays open and says nothing (health comes each second, so five silent seconds are
// a disconnected wall), and an answer that closes it for good (401, 503), which is asked about and retried.

const silence = 5_000;
const patience = 15_000;
const engineSilence = 5_000;
const lagWorthTelling = 10_000;
const skewWorthTelling = 60_000;

export class Feed {
    constructor(model) {
        this.model = model;
        this.link = 'wait';      // wait, up, down, session
        this.downSince = null;
        this.staleSince = null;  // `stale` said so; a delta or snapshot ends it
        this.redisDownSince = null; // health said so; health ends it
        this.engineSince = null; // no engine since then; NaN: none was ever seen
        this.engines = [];
        this.lag = null;
        this.offset = 0;         // the server's clock minus ours
        this.hasOffset = false;
        this.heardAt = null;     // by our clock
        this.schema = 1;
        this.retryAt = null;
        this.isProbing = false;
        this.onDown = () => {};
    }

    now() {
        return Date.now() + this.offset;
    }

    open() {
        this.source?.close();
        this.retryAt = null;
        this.openedAt = Date.now();
        const source = this.source = new EventSource('v1/stream');
        const on = (name, take) => source.addEventListener(name, event => {
            if (source !== this.source)
                return;
            let json;
            try {
                json = JSON.parse(event.data);
            } catch {
                this.model.ignored++;
                return;
            }
            if (typeof json !== 'object' || json === null)
                return;
            this.heard();
            take(json);
        });
        on('snapshot', json => {
            this.setClock(json.now);
            this.schema = json.schema;
            this.staleSince = null;
            this.model.applySnapshot(json);
        });
        on('delta', json => {
            this.staleSince = null;
            this.model.applyDelta(json);
        });
        on('health', json => this.takeHealth(json));
        on('stale', json => {
            this.staleSince ??= Number.isFinite(json.since) ? json.since : this.now();
        });
        source.addEventListener('error', () => {
            if (source !== this.source)
                return;
            this.fallSilent();
            if (source.readyState === EventSource.CLOSED)
                this.probe();
        });
    }

    heard() {
        this.heardAt = Date.now();
        this.link = 'up';
        this.downSince = null;
    }

    setClock(now) {
        if (!Number.isFinite(now))
            return;
        const offset = now - Date.now();
        if (!this.hasOffset || Math.abs(offset - this.offset) > 250)
            this.offset = offset;
        this.hasOffset = true;
    }

    takeHealth(json) {
        this.setClock(json.now);
        this.lag = Number.isFinite(json.lag_ms) ? json.lag_ms : null;
        if (json.redis === 'down')
            this.redisDownSince ??= this.now();
        else if (json.redis === 'up')
            this.redisDownSince = null;
        this.engines = Array.isArray(json.engine) ? json.engine.filter(engine => typeof engine === 'object' && engine !== null) : [];
        const ages = this.engines.map(engine => engine.age_ms).filter(Number.isFinite);
        const youngest = ages.length ? Math.min(...ages) : Infinity;
        if (youngest <= engineSilence) {
            this.engineSeen = this.now() - youngest;
            this.engineSince = null;
        } else if (Number.isFinite(youngest)) {
            this.engineSince = this.now() - youngest;
        } else {
            this.engineSince ??= this.engineSeen ?? NaN;
        }
    }

    fallSilent() {
        if (this.link === 'down' || this.link === 'session')
            return;
        if (this.link === 'up')
            this.onDown();
        this.link = 'down';
        this.downSince = this.heardAt === null ? this.now() : this.heardAt + this.offset;
    }

    // Once a second.
    watch() {
        const now = Date.now();
        const quietFor = now - Math.max(this.heardAt ?? 0, this.openedAt ?? 0);
        if (this.link !== 'session' && quietFor > silence)
            this.fallSilent();
        if (this.retryAt !== null && now >= this.retryAt)
            this.open();
        else if (this.retryAt === null && !this.isProbing && this.source?.readyState !== EventSource.CONNECTING && quietFor > patience)
            this.probe();
    }

    // Why was the stream refused?  A session that ended needs a person; everything else is tried again.
    async probe() {
        if (this.isProbing)
            return;
        this.isProbing = true;
        this.source.close();
        let isSession = false;
        try {
            const answer = await fetch('v1/config', { cache: 'no-store', signal: AbortSignal.timeout(5_000) });
            isSession = answer.status === 401;
        } catch { /* not reachable: tried again below */ }
        this.isProbing = false;
        if (isSession)
            this.link = 'session';
        else if (this.link === 'session')
            this.link = 'down';
        this.retryAt = Date.now() + (isSession ? 10_000 : 1_000) + Math.random() * 4_000;
    }

    get redisSince() {
        return this.staleSince ?? this.redisDownSince;
    }

    get isSure() {
        return this.link === 'up' && this.redisSince === null && this.engineSince === null && this.model.hasSnapshot;
    }

    get isLagging() {
        return this.lag !== null && this.lag > lagWorthTelling;
    }

    get skew() {
        return this.hasOffset && Math.abs(this.offset) > skewWorthTelling ? Math.abs(this.offset) : null;
    }
}
