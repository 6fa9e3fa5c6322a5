#pragma once
/*
 * sinks/wall/tail.h — follows the delta stream into a ring, and knows whether it is still the same
 * stream.
 *
 * Two connections: one that blocks in XREAD, one that asks.  DOWN until both are up; CHECKING asks
 * for the epoch, for the entry read last and for the newest one; READING follows, and checks again
 * after two quiet seconds.  A new epoch, or a stream that has lost our entry, begins a new run:
 * the ring is emptied.
 *
 * Memory   the ring
 * Owner    embedded in the feed; ioc_tail_open() → ioc_tail_close(), asynchronous; `closed` is the
 *          last call
 * Thread   the gateway's loop
 */
#include "core/redis.h"
#include "sinks/wall/entry.h"
#include "sinks/wall/ring.h"

struct ioc_tail;
struct
    ioc_tail_user { /* embedded by who uses it; never called before ioc_tail_open() has returned */
    void (*changed)(struct ioc_tail_user *user);   /* new frames */
    void (*run_began)(struct ioc_tail_user *user); /* what was known before is worth nothing */
    void (*went_stale)(struct ioc_tail_user *user, const char *why); /* repeated while it lasts */
    void (*is_fresh)(struct ioc_tail_user *user);                    /* reading */
    void (*closed)(struct ioc_tail_user *user);
};
struct ioc_tail_check { /* the three questions, and their answers so far */
    struct ioc_redis_call epoch_call, kept_call, newest_call;
    char epoch[IOC_ENTRY_EPOCH + 1];
    struct ioc_position newest;
    uint32_t on_their_way;
    bool is_kept, is_broken;
};
enum ioc_tail_life { IOC_TAIL_DOWN, IOC_TAIL_CHECKING, IOC_TAIL_READING };
struct ioc_tail {
    /* To be read by the feed: */
    enum ioc_tail_life life;
    char epoch[IOC_ENTRY_EPOCH + 1];
    uint64_t run; /* from 1; 0 = none yet */
    struct ioc_ring ring;
    int64_t lag_ms; /* age of the newest entry when it was read */
    struct ioc_redis *query;
    bool is_query_up;
    /* Its own: */
    struct ioc_text site;
    struct ioc_hold *hold;
    struct ioc_tail_user *user;
    struct ioc_redis *blocking;
    struct ioc_redis_user blocking_user, query_user;
    struct ioc_redis_call read_call;
    struct ioc_tail_check check;
    bool is_blocking_up, is_reading, is_closing;
    uv_timer_t retry_timer;
    uint32_t open_handles;
    struct ioc_buffer resp;
    struct ioc_metric *frames, *bad, *lag;
};
struct ioc_tail_options {
    uv_loop_t *loop;
    struct ioc_text site;
    struct ioc_redis_options redis;
    struct ioc_hold *hold;
    struct ioc_tail_user *user;
};

enum ioc_status ioc_tail_open(
    struct ioc_tail *tail, const struct ioc_tail_options *options, struct ioc_error *err) IOC_USE;
void ioc_tail_close(struct ioc_tail *tail);
/* Asks the three questions now, if it is reading. */
void ioc_tail_check(struct ioc_tail *tail);
