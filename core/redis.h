#pragma once
/*
 * core/redis.h — one connection to Redis on a libuv loop, which comes back by itself.
 *
 * hiredis' reply reader on a uv_stream.  Its async layer is not used: an answer nobody asked for aborts the
 * process there (an assert in async.c of 0.14.1), it has no timeouts, it allocates per command, and its
 * libuv adapter loses a refused reconnect (WALL.md 2.2).  Reconnects with back-off 100 ms … 5 s and jitter.
 * Up means that the server has answered: AUTH when given, then PING.  When the oldest command waits longer
 * than `timeout` since it was sent or its forerunner was answered, the connection is broken off; PING after
 * 5 s of quiet.  Commands are given ready-made in RESP; what is sent in one turn of the loop is written at
 * once.  After a break, every command without an answer is called back once with reply NULL, then `down`.
 * Subscriptions and MONITOR are not for this connection: every answer belongs to one command.
 *
 * Memory   one input and two output buffers of 64 MiB at most; commands in flight are bounded by `in_flight_most`;
 *          an answer holds at most 64 MiB and 2^20 elements an array
 * Owner    ioc_redis_open() → ioc_redis_close() (closing is asynchronous; `closed` is the last call)
 * Thread   the loop's
 * Failure  IOC_CLOSED while not connected, IOC_FULL at a bound
 */
#include "core/buffer.h"
#include "core/time.h"
#include <hiredis/hiredis.h>
#include <uv.h>

struct ioc_redis;
struct ioc_redis_user { /* embedded by who uses it */
    /* Connected, AUTHed and answered, SELECTed nothing: send away. */
    void (*up)(struct ioc_redis_user *user, struct ioc_redis *redis);
    /* The connection is gone, or could not be made; why is already logged.  Once per change: not for every
     * vain attempt, and not for a close that was asked for. */
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

/* Connects from the loop, not in here.  IOC_INVALID for an address that is none, IOC_DENIED for one that
 * is neither loopback nor a unix socket (ENGINE.md 15). */
enum ioc_status ioc_redis_open(uv_loop_t *loop, const struct ioc_redis_options *options,
    struct ioc_redis_user *user, struct ioc_redis **redis, struct ioc_error *err) IOC_USE;
/* May be called from any of its callbacks.  No more `up` or `down`; commands without an answer get NULL. */
void ioc_redis_close(struct ioc_redis *redis);
bool ioc_redis_is_up(const struct ioc_redis *redis);
/* resp = one whole command in RESP, copied.  wait = how long an answer may take beyond the timeout (for XREAD
 * BLOCK).  The reply is valid during the call only. */
enum ioc_status ioc_redis_send(struct ioc_redis *redis, struct ioc_text resp, ioc_span wait, struct ioc_redis_call *call) IOC_USE;

/* RESP writer: `*count`, then each argument. */
void ioc_resp_begin(struct ioc_buffer *out, uint32_t arguments);
void ioc_resp_add(struct ioc_buffer *out, struct ioc_text argument);
void ioc_resp_add_string(struct ioc_buffer *out, const char *argument);
void ioc_resp_add_int(struct ioc_buffer *out, int64_t argument);
void ioc_resp_add_double(struct ioc_buffer *out, double argument);
/* A whole command of NUL-terminated strings, NULL last. */
void ioc_resp_command(struct ioc_buffer *out, const char *first, ...) __attribute__((sentinel));
