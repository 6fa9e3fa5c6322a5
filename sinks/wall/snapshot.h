#pragma once
/*
 * sinks/wall/snapshot.h — reads everything a new client must know, from Redis, as one JSON text.
 *
 * The caller notes its place in the delta stream first, then starts; all values are absolute, so
 * this text and the deltas after that place converge whatever is written meanwhile (WALL.md 2.3). 
 * Registry pages by HSCAN, then entity and alert hashes at most 256 at a time, so that Redis is
 * never held up.
 *
 * Memory   at most 48 MiB of text while it is being read; 200,000 entities and 10,000 alerts, what
 *          is beyond is counted in "more":{"entities","alerts"}, never silently left out
 * Owner    ioc_snapshot_new() → ioc_snapshot_free(), not while it is reading unless its connection
 *          is closed
 * Thread   the gateway's loop
 * Failure  finished() with IOC_CLOSED, IOC_INVALID (another epoch is stored), IOC_LIMIT
 */
#include "core/redis.h"

enum { IOC_SNAPSHOT_CHUNK = 256, IOC_SNAPSHOT_ENTITIES = 200000, IOC_SNAPSHOT_ALERTS = 10000 };
struct ioc_snapshot;
struct ioc_snapshot_user { /* embedded by who uses it */
    /* json lives until the call returns; empty unless status is IOC_OK. */
    void (*finished)(struct ioc_snapshot_user *user, enum ioc_status status, struct ioc_text json);
};
struct ioc_snapshot_options {
    struct ioc_text site;
    const struct ioc_text *areas; /* ids; the caller keeps them */
    uint32_t area_count;
    struct ioc_redis *redis;
    struct ioc_snapshot_user *user;
};

struct ioc_snapshot *ioc_snapshot_new(const struct ioc_snapshot_options *options);
void ioc_snapshot_free(struct ioc_snapshot *snapshot);
/* Not while it is reading. */
void ioc_snapshot_start(struct ioc_snapshot *snapshot, struct ioc_text epoch);
bool ioc_snapshot_is_reading(const struct ioc_snapshot *snapshot);
