#pragma once
/*
 * sinks/wall/catchup.h — what a client missed and the ring has forgotten, read back from the delta
 * stream.
 *
 * Clients that stopped at the same entry share one answer: after a restart of the gateway all of
 * them come back at once, at nearly the same place.
 *
 * Memory   4 answers of at most 4 MiB; 256 entries each
 * Owner    ioc_catchups_new() → ioc_catchups_free(), not while a question is on its way
 * Thread   the gateway's loop
 */
#include "core/redis.h"
#include "sinks/wall/frame.h"

enum ioc_catchup_state {
    IOC_CATCHUP_BUSY, /* reading; ask again when the feed has changed */
    IOC_CATCHUP_READY,
    IOC_CATCHUP_LOST, /* the entry is gone, of another epoch or too far back; or no place is free */
};
struct ioc_catchups;
struct ioc_catchup_user { /* embedded by who uses it */
    void (*changed)(struct ioc_catchup_user *user);
};

struct ioc_catchups *ioc_catchups_new(struct ioc_text site, struct ioc_redis *redis,
    struct ioc_hold *hold, struct ioc_catchup_user *user);
void ioc_catchups_free(struct ioc_catchups *catchups);
/* Everything after `after` up to at least `least`.  READY: *frame (not referenced, NULL when
 * nothing was missed); its `at` is where the client then is. */
enum ioc_catchup_state ioc_catchups_find(struct ioc_catchups *catchups, struct ioc_text epoch,
    struct ioc_position after, struct ioc_position least, struct ioc_frame **frame);
/* Another epoch holds: answers of the former one are forgotten. */
void ioc_catchups_reset(struct ioc_catchups *catchups);
