#pragma once
/*
 * sinks/wall/gateway.h — `ioc wall`: reads Redis, serves the page, streams state down (SSE), takes commands up.
 *
 * A process of its own; the only thing it writes is its command stream.  The keys it reads are in sinks/redis.h.
 *
 *   GET  /                    the page; /?token=T[&name=N] trades the one-time token for a session cookie
 *                             (HttpOnly, SameSite=Strict, 12 h) and redirects to /.  A fresh URL is printed then.
 *   GET  /v1/config           {"site","name":{"vi","en"},"timezone","languages","gate","user","version","schema":1}
 *   GET  /v1/areas            the city's GeoJSON (ETag)
 *   GET  /v1/stream           SSE, below.  Query: none yet.
 *   POST /v1/cmd              {"cmd_id":uuid,"op","alert","seq_seen","until"(ms, shelve),"reason"} → 202 {"cmd_id"}
 *                             400 malformed (says what), 401 no session, 403 Origin, 413, 415 not JSON, 429, 503 no Redis
 *   GET  /v1/history/<id>     the last transitions of an alert: {"alert","transitions":[…]} newest last
 *   GET  /healthz             200 {"redis":"up","clients":n} or 503
 *   GET  /metrics             Prometheus text
 * All but /healthz and the page's own static files need a session: 401 otherwise.  Host and Origin allow-lists; CSP
 * `default-src 'self'; img-src 'self' data:; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`.
 *
 * SSE (text/event-stream).  `retry:` 1000-5000 jittered.  id: `<epoch>/<delta stream id>`.
 *   event: snapshot  {"schema":1,"epoch","reg_etag","now",
 *                     "r":[registry items],"e":[[i,sev,v,t,q]…],"a":[alert JSON of active ones],"c":{counters},"areas":{id:{…}}}
 *   event: delta     a delta's d as in sinks/redis.h; coalesced to at most 4 a second per client is the page's affair
 *   event: health    each second: {"now","redis":"up"|"down","lag_ms","engine":[heartbeat JSON + "age_ms"]}; no engine: []
 *   event: stale     Redis is gone: {"since":ms}; a delta or snapshot afterwards ends it
 * Resume by Last-Event-ID: ring in memory → XRANGE (the entry must still exist and its epoch agree) → snapshot.
 * A client more than a ring behind gets a snapshot, never a backlog.  `:` comment every 15 s.
 *
 * Memory   a ring of 256 frames (16 MiB at most) shared by all; per client its place in it.  1,000 clients.
 * Thread   one: its own loop
 */
#include "core/option.h"
#include "core/redis.h"
#include <uv.h>

struct ioc_gateway;
struct ioc_gateway_options {
    struct ioc_text site, name_vi, name_en, timezone;
    struct ioc_redis_options redis;
    struct ioc_text listen;    /* "127.0.0.1:8080"; port 0 = any free one; not loopback → IOC_DENIED */
    struct ioc_text gate;      /* name of its command stream */
    struct ioc_secret key;     /* 64 hex characters */
    struct ioc_text areas_file; /* GeoJSON, or empty: the city's `areas:` */
    struct ioc_text areas_key, areas_name; /* its properties; key empty = no counters of areas in snapshots */
    struct ioc_text page_directory; /* static files; libraries under lib/ */
    struct ioc_text tiles;     /* "" = none */
    struct ioc_text url_file;  /* where the URL with the token is also written (0600), or empty */
};
enum ioc_status ioc_gateway_open(uv_loop_t *loop, const struct ioc_gateway_options *options, struct ioc_gateway **gateway,
    struct ioc_error *err) IOC_USE;
void ioc_gateway_close(struct ioc_gateway *gateway);
/* "http://127.0.0.1:41234/?token=…": the current one-time URL. */
struct ioc_text ioc_gateway_url(const struct ioc_gateway *gateway);
extern const struct ioc_option ioc_gateway_option_table[]; /* the city file's `wall:` section → the struct above, minus site, names, timezone, redis */
