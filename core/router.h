#pragma once
/*
 * core/router.h — which lane works on a partition; batches records on the way there.
 *
 * A router belongs to one producer thread.  Push collects per lane; flush posts each lane's batch
 * at once (one lock and one wake-up for many records).  What a full lane refuses is handed back
 * through `refused`, so that its source can pause or drop and count.
 *
 * A batch of IOC_ROUTER_BATCH bytes is posted without waiting for the flush.
 *
 * Memory   one batch buffer per lane, reused
 * Thread   one at a time; several routers may feed the same lanes
 */
#include "core/lane.h"

enum { IOC_ROUTER_BATCH = 128 * 1024 };
struct ioc_router;
struct ioc_router_refusal {
    /* Whole records that their lane did not take (full or stopped), in order.  Must not push. */
    void (*refused)(struct ioc_router_refusal *refusal, struct ioc_text batch);
};
/* lane_of[p] = index into lanes. */
struct ioc_router *ioc_router_new(struct ioc_lane *const *lanes, uint32_t lane_count,
    const uint8_t lane_of[IOC_PARTITIONS], struct ioc_router_refusal *refusal);
void ioc_router_free(struct ioc_router *router);
/* The event's partition is taken from its key hash; `header` gives source and ack. */
void ioc_router_push_event(struct ioc_router *router, const struct ioc_record *header, const struct ioc_event *event);
/* To the partition in `header`.  IOC_LIMIT beyond IOC_RECORD_MOST: nothing was pushed. */
enum ioc_status ioc_router_push(struct ioc_router *router, const struct ioc_record *header, const void *payload, uint32_t length);
void ioc_router_flush(struct ioc_router *router);
/* After a refusal everything for that lane is refused, so that nothing overtakes what waits, until this is called. */
void ioc_router_resume(struct ioc_router *router);
