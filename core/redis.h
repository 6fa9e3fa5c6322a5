#pragma once
/*
 * core/redis.h — one connection to Redis on a libuv loop, which comes back by itself.
 *
 * hiredis async with our own adapter: the packaged one ignores a poll error, so a refused reconnect
 * never calls back (WALL.md 2.2).  Reconnects with back-off 100 ms … 5 s and jitter; a command
 * without an answer for `timeout` breaks the connection; PING after 5 s of quiet.  Commands are given ready-made
 * in RESP.  After a break, every command without an answer is called back once with reply NULL.
 *
 * Memory   one input and one output buffer; commands in flight are bounded by `in_flight_most`
 * Owner    ioc_redis_open() → ioc_redis_close() (closing is asynchronous; `closed` is the last call)
 * Thread   the loop's
 * Failure  IOC_CLOSED while not connected, IOC_FULL at the bound
 */
#include "core/buffer.h"
#include "core/time.h"
#include <hiredis/hiredis.h>
#include <uv.h>

struct ioc_redis;
struct ioc_redis_user { /* embedded by who uses it */
    /* Connected and AUTHed, SELECTed nothing: send away. */
    void (*up)(struct ioc_redis_user *user, struct ioc_redis *redis);
    /* The connection is gone, or could not be made; why is for the log.  Called once per change. */
    void (*down)(struct ioc_redis_user *user, struct ioc_redis *redis, const char *why);
    void (*closed)(struct ioc_redis_user *user); /* may be NULL */
};
struct ioc_redis_options {
    struct ioc_text address;  /* "127.0.0.1:6379", "[::1]:6379" or "unix:/path" */
    struct ioc_text username, password; /* empty = none */
    ioc_span timeout;         /* 0 = 5 s; a blocking XREAD has its own longer one per send */
    uint32_t in_flight_most;  /* 0 = 1024 */
    const char *name;         /* for the log: "sinks.redis" */
};
/* The caller embeds it; `answered` gets reply NULL when the connection broke before the answer. */
struct ioc_redis_call {
    void (*answered)(struct ioc_redis_call *call, const redisReply *reply);
};

/* IOC_DENIED for an address that is neither loopback nor a unix socket (ENGINE.md 15). */
enum ioc_status ioc_redis_open(uv_loop_t *loop, const struct ioc_redis_options *options,
    struct ioc_redis_user *user, struct ioc_redis **redis, struct ioc_error *err) IOC_USE;
void ioc_redis_close(struct ioc_redis *redis);
bool ioc_redis_is_up(const struct ioc_redis *redis);
/* resp = one whole command in RESP.  wait = how long an answer may take beyond the timeout (for XREAD BLOCK). */
enum ioc_status ioc_redis_send(struct ioc_redis *redis, struct ioc_text resp, ioc_span wait, struct ioc_redis_call *call) IOC_USE;

/* RESP writer: `*count`, then each argument. */
void ioc_resp_begin(struct ioc_buffer *out, uint32_t arguments);
void ioc_resp_add(struct ioc_buffer *out, struct ioc_text argument);
void ioc_resp_add_string(struct ioc_buffer *out, const char *argument);
void ioc_resp_add_int(struct ioc_buffer *out, int64_t argument);
void ioc_resp_add_double(struct ioc_buffer *out, double argument);
/* A whole command of NUL-terminated strings, NULL last. */
void ioc_resp_command(struct ioc_buffer *out, const char *first, ...) __attribute__((sentinel));
