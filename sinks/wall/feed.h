#pragma once
/*
 * sinks/wall/feed.h — live state from Redis: one reader, any number of clients.
 *
 * Reads the delta stream with XREAD BLOCK into a ring, and on demand a snapshot, which serves
 * every new client until the ring has forgotten its place.  Two connections: one that blocks, one
 * that asks.  After every break, and after two quiet seconds, it asks whether the stream still has
 * the entry that it read last and the epoch is the same; if not, everything starts anew with a
 * snapshot for everybody.
 *
 * Memory   the ring (ring.h), one snapshot of at most 48 MiB, catch-ups (catchup.h), heartbeats
 *          (health.h)
 * Owner    ioc_feed_open() → ioc_feed_close(), asynchronous; `closed` is the last call
 * Thread   the gateway's loop
 */
#include "core/redis.h"
#include "sinks/wall/frame.h"

struct ioc_feed;
struct ioc_feed_user {                           /* embedded by who uses it */
    void (*changed)(struct ioc_feed_user *user); /* there may be something for waiting clients */
    void (*closed)(struct ioc_feed_user *user);
};
struct ioc_feed_options {
    uv_loop_t *loop;
    struct ioc_text site;
    struct ioc_redis_options redis;
    const struct ioc_text *areas; /* ids; the caller keeps them */
    uint32_t area_count;
    struct ioc_feed_user *user;
};
struct ioc_place {             /* where one client is; zeroed = a new one */
    struct ioc_position after; /* the last entry that it was sent */
    uint64_t run;              /* of the feed, that `after` belongs to; 0 = it needs a snapshot */
    uint64_t health, state;    /* versions that it was sent */
    bool is_resuming;          /* came with a Last-Event-ID, not yet looked at */
    char epoch[65];            /* of that id */
};

enum ioc_status ioc_feed_open(
    const struct ioc_feed_options *options, struct ioc_feed **feed, struct ioc_error *err) IOC_USE;
void ioc_feed_close(struct ioc_feed *feed);
/* Both connections are up and the state is known. */
bool ioc_feed_is_up(const struct ioc_feed *feed);
/* The connection for questions. */
struct ioc_redis *ioc_feed_redis(const struct ioc_feed *feed);
/* A client's first place, from its Last-Event-ID (may be empty). */
void ioc_feed_begin(struct ioc_feed *feed, struct ioc_text last_event_id, struct ioc_place *place);
/* The next frame for a client, referenced, or NULL when it must wait for `changed`. */
struct ioc_frame *ioc_feed_next(struct ioc_feed *feed, struct ioc_place *place);
/* Bytes of all live frames, whoever holds them. */
size_t ioc_feed_held(const struct ioc_feed *feed);
/* True for a frame that only a slow client still holds: neither in the ring nor the newest
 * snapshot. */
bool ioc_feed_is_forgotten(const struct ioc_feed *feed, const struct ioc_frame *frame);
