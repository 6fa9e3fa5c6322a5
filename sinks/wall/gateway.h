#pragma once
/*
 * sinks/wall/gateway.h — `ioc wall`: reads Redis, serves the page, streams state down (SSE), takes
 * commands up.
 *
 * A process of its own; the only thing it writes is its command stream.  The keys it reads are in
 * sinks/redis.h; the ACL that is enough (tested): `resetkeys -@all (%R~ioc:{S}:* +@read -keys -scan)
 * (%W~ioc:{S}:cmd:<gate> +xadd)`.
 *
 *   GET  /               the page; /?token=T[&name=N] trades the one-time token for a session cookie
 *                        `ioc-<port>` (HttpOnly, SameSite=Strict, 12 h) and redirects to /.  The next
 *                        URL then goes to standard output and the URL file.  N: 1-64 bytes of text.
 *   GET  /v1/config      {"site","name":{"vi","en"},"timezone","languages","gate","user","version",
 *                        "schema":1,"tiles","areas":{"key","name"}}; areas = properties of the GeoJSON
 *   GET  /v1/areas       the city's GeoJSON as it is (ETag)
 *   GET  /v1/stream      SSE, below.  Query: none yet.  503 beyond 1,000 clients
 *   POST /v1/cmd         {"cmd_id":uuid,"op","alert","seq_seen","until"(ms, shelve),"reason"}
 *                        → 202 {"cmd_id"}: queued.  400 malformed (says what), 401 no session, 403
 *                        Origin, 413, 415 not JSON, 429 beyond 100 a second and session, 503 no Redis
 *                        (fate unknown: send the same cmd_id again)
 *   GET  /v1/history/ID  {"alert","transitions":[…],"complete"}: its newest 100, newest last; complete
 *                        = the first one is among them.  404, 503
 *   GET  /healthz        {"redis":"up"|"down","clients":n}, 200 or 503
 *   GET  /metrics        Prometheus text
 * Errors are {"error":code,"text":sentence}.  All but /healthz and the page's own static files need
 * a session: 401 otherwise.  Host must be the listen address, localhost, 127.0.0.1 or [::1] with the
 * port, Origin of a command http:// and one of these: 403.  CSP `default-src 'self'; img-src 'self'
 * data:; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`; the origin
 * of `tiles` joins img-src.
 *
 * SSE (text/event-stream).  `retry:` 1000-5000 jittered.  id: `<epoch>/<delta stream id>`.
 *   event: snapshot  {"schema":1,"epoch","reg_etag","now","r":[registry items],"e":[[i,sev,v,t,q]…],
 *                    "a":[alert JSON of active ones],"c":{counters},"areas":{id:{…}}}, and, when there
 *                    are more than 200,000 entities or 10,000 alerts, "more":{"entities","alerts"}.
 *                    It may be up to 10 s old; the deltas since follow at once.
 *   event: delta     a delta's d as in sinks/redis.h; {} without an id ends `stale` for a client that
 *                    missed nothing
 *   event: health    each second and when Redis comes or goes: {"now","redis":"up"|"down","lag_ms",
 *                    "engine":[heartbeat JSON + "age_ms"]}; no engine: [].  lag_ms: age of the newest
 *                    delta when it was read
 *   event: stale     Redis is gone, or holds no epoch: {"since":ms}; a delta or snapshot ends it
 * Resume by Last-Event-ID: ring in memory → XRANGE (the entry must still exist, its epoch agree, at
 * most 256 entries) → snapshot.  A client more than a ring behind gets a snapshot, never a backlog;
 * one that takes nothing for 30 s is cut.  Health each second takes the place of `:` comments.
 *
 * Memory   a ring of 256 frames (16 MiB at most) shared by all; per client its place in it and one
 *          frame.  1,000 clients; 128 MiB of frames, beyond which stuck clients are cut (client.h)
 * Owner    ioc_gateway_open() → ioc_gateway_close(), asynchronous: run the loop until it is empty, also
 *          when opening failed
 * Thread   one: its own loop.  The caller ignores SIGPIPE
 * Failure  IOC_DENIED an address that is not loopback, IOC_INVALID key, names or tiles, IOC_NOT_FOUND
 *          page or areas, IOC_FAILED the port or the URL file; err says it in words
 */
#include "core/option.h"
#include "core/redis.h"
#include <uv.h>

struct ioc_gateway;
struct ioc_gateway_options {
    struct ioc_text site, name_vi, name_en, timezone;
    struct ioc_redis_options redis;
    struct ioc_text listen; /* "127.0.0.1:8080"; port 0 = any free one; not loopback → IOC_DENIED */
    struct ioc_text gate;   /* name of its command stream */
    struct ioc_secret key;  /* 64 hex characters */
    struct ioc_text areas_file;            /* GeoJSON, or empty: the city's `areas:` */
    struct ioc_text areas_key, areas_name; /* its properties; key empty = no counters of areas */
    struct ioc_text page_directory;        /* static files; libraries under lib/ */
    struct ioc_text tiles;                 /* "" = none */
    struct ioc_text url_file; /* where the URL with the token is also written (0600), or empty */
};
enum ioc_status ioc_gateway_open(uv_loop_t *loop, const struct ioc_gateway_options *options,
    struct ioc_gateway **gateway, struct ioc_error *err) IOC_USE;
void ioc_gateway_close(struct ioc_gateway *gateway);
/* "http://127.0.0.1:41234/?token=…": the current one-time URL.  The caller shows the first one. */
struct ioc_text ioc_gateway_url(const struct ioc_gateway *gateway);
/* The city file's `wall:` section → the struct above, minus site, names, timezone, redis, areas. */
extern const struct ioc_option ioc_gateway_option_table[];
