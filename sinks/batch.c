/*
 * sinks/batch.c — one flush being written: the operations of an FCALL ioc_apply, in RESP.
 */
#include "sinks/batch.h"
#include "core/redis.h"
#include <assert.h>

void ioc_batch_reset(struct ioc_batch *batch)
{
    ioc_buffer_reset(&batch->resp);
    ioc_buffer_reset(&batch->body);
    ioc_buffer_reset(&batch->entities);
    ioc_buffer_reset(&batch->counters);
    batch->arguments = batch->entity_count = batch->transition_count = 0;
    batch->partitions = 0;
    batch->is_sealed = false;
}

void ioc_batch_done(struct ioc_batch *batch)
{
    ioc_buffer_done(&batch->resp);
    ioc_buffer_done(&batch->body);
    ioc_buffer_done(&batch->entities);
    ioc_buffer_done(&batch->counters);
}

bool ioc_batch_is_empty(const struct ioc_batch *batch)
{
    return batch->arguments == 0;
}

struct ioc_buffer *ioc_batch_begin(struct ioc_batch *batch, uint8_t partition, uint32_t arguments)
{
    assert(partition < IOC_PARTITIONS);
    batch->partitions |= (uint64_t)1 << partition;
    return ioc_batch_begin_common(batch, arguments);
}

struct ioc_buffer *ioc_batch_begin_common(struct ioc_batch *batch, uint32_t arguments)
{
    assert(!batch->is_sealed);
    batch->arguments += arguments;
    return &batch->body;
}

void ioc_batch_seal(struct ioc_batch *batch, struct ioc_text prefix, struct ioc_text epoch, uint64_t partitions,
    const struct ioc_batch_part parts[IOC_PARTITIONS])
{
    struct ioc_buffer *resp = &batch->resp;
    uint32_t count = (uint32_t)__builtin_popcountll(partitions);
    ioc_resp_begin(resp, 8 + 4 * count + batch->arguments);
    ioc_resp_add_string(resp, "FCALL");
    ioc_resp_add_string(resp, "ioc_apply");
    ioc_resp_add_string(resp, "1");
    ioc_resp_add(resp, prefix);
    ioc_resp_add(resp, epoch);
    ioc_resp_add(resp, ioc_buffer_text(&batch->entities));
    ioc_resp_add(resp, ioc_buffer_text(&batch->counters));
    ioc_resp_add_int(resp, count);
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) {
        if (!(partitions >> p & 1))
            continue;
        ioc_resp_add_int(resp, p);
        ioc_resp_add_int(resp, (int64_t)parts[p].gen);
        ioc_resp_add_int(resp, (int64_t)parts[p].off);
        ioc_resp_add_int(resp, (int64_t)parts[p].n);
    }
    ioc_buffer_add_text(resp, ioc_buffer_text(&batch->body));
    batch->is_sealed = true;
    assert(!resp->is_full && !batch->body.is_full && !batch->entities.is_full && !batch->counters.is_full);
}
