/* core/router.c — one batch per lane, posted when asked or when it is large. */
#include "core/router.h"
#include "core/memory.h"

struct ioc_router {
    struct ioc_lane **lanes;
    struct ioc_buffer *batches;
    uint32_t lane_count;
    uint8_t lane_of[IOC_PARTITIONS];
    bool is_refusing;
    bool *is_held; /* by lane */
    struct ioc_router_refusal *refusal;
};

struct ioc_router *ioc_router_new(struct ioc_lane *const *lanes, uint32_t lane_count,
    const uint8_t lane_of[IOC_PARTITIONS], struct ioc_router_refusal *refusal)
{
    assert(refusal && refusal->refused);
    struct ioc_router *router = ioc_memory_take(sizeof *router);
    router->lanes = ioc_memory_take(lane_count * sizeof *router->lanes);
    router->batches = ioc_memory_take(lane_count * sizeof *router->batches);
    router->is_held = ioc_memory_take(lane_count * sizeof *router->is_held);
    router->lane_count = lane_count;
    router->refusal = refusal;
    for (uint32_t i = 0; i < lane_count; i++) {
        router->lanes[i] = lanes[i];
        router->batches[i].limit = IOC_ROUTER_BATCH + IOC_RECORD_MOST;
    }
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) {
        assert(lane_of[p] < lane_count);
        router->lane_of[p] = lane_of[p];
    }
    return router;
}

void ioc_router_free(struct ioc_router *router)
{
    if (!router)
        return;
    for (uint32_t i = 0; i < router->lane_count; i++)
        ioc_buffer_done(&router->batches[i]);
    ioc_memory_give(router->batches);
    ioc_memory_give(router->is_held);
    ioc_memory_give(router->lanes);
    ioc_memory_give(router);
}

static void post(struct ioc_router *router, uint32_t lane)
{
    struct ioc_buffer *batch = &router->batches[lane];
    if (batch->length == 0)
        return;
    if (router->is_held[lane] || ioc_lane_post(router->lanes[lane], ioc_buffer_text(batch)) != IOC_OK) {
        router->is_held[lane] = router->is_refusing = true;
        router->refusal->refused(router->refusal, ioc_buffer_text(batch));
        router->is_refusing = false;
    }
    ioc_buffer_reset(batch);
}

enum ioc_status ioc_router_push(struct ioc_router *router, const struct ioc_record *header,
    const void *payload, uint32_t length)
{
    assert(!router->is_refusing && header->partition < IOC_PARTITIONS);
    uint32_t lane = router->lane_of[header->partition];
    /* There is always room for the largest record behind a batch that was not yet due. */
    enum ioc_status status = ioc_record_add(&router->batches[lane], header, payload, length);
    assert(status != IOC_FULL);
    if (router->batches[lane].length >= IOC_ROUTER_BATCH)
        post(router, lane);
    return status;
}

void ioc_router_push_event(
    struct ioc_router *router, const struct ioc_record *header, const struct ioc_event *event)
{
    struct ioc_record record = *header;
    record.kind = IOC_RECORD_EVENT;
    record.partition = (uint8_t)ioc_key_partition(event->key_hash);
    enum ioc_status status = ioc_router_push(router, &record, event, event->bytes);
    assert(status == IOC_OK); /* an event is smaller than IOC_RECORD_MOST by IOC_ROW_MOST */
}

void ioc_router_flush(struct ioc_router *router)
{
    for (uint32_t lane = 0; lane < router->lane_count; lane++)
        post(router, lane);
}

void ioc_router_resume(struct ioc_router *router)
{
    memset(router->is_held, 0, router->lane_count * sizeof *router->is_held);
}
