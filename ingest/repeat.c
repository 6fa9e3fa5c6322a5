/*
 * ingest/repeat.c — command ids seen in the last hour.
 */
#include "ingest/repeat.h"
#include <assert.h>

struct ioc_repeat_item {
    char id[IOC_REPEAT_ID];
    uint32_t length;
    ioc_span at;
    uint64_t hash;
};
static const ioc_span remembered_span = IOC_HOUR;

static void forget_oldest(struct ioc_repeat *repeat)
{
    ioc_table_remove(&repeat->table, repeat->ring[repeat->oldest].hash, repeat->oldest);
    repeat->oldest = (repeat->oldest + 1) % IOC_REPEAT_MOST;
    repeat->count--;
}

void ioc_repeat_init(struct ioc_repeat *repeat)
{
    *repeat = (struct ioc_repeat){.ring = ioc_memory_take(IOC_REPEAT_MOST * sizeof *repeat->ring)};
}

void ioc_repeat_done(struct ioc_repeat *repeat)
{
    ioc_memory_give(repeat->ring);
    ioc_table_done(&repeat->table);
}

bool ioc_repeat_has(struct ioc_repeat *repeat, struct ioc_text id, ioc_span now)
{
    while (repeat->count > 0 && now - repeat->ring[repeat->oldest].at > remembered_span)
        forget_oldest(repeat);
    uint32_t at = UINT32_MAX, index;
    while ((index = ioc_table_find(&repeat->table, ioc_text_hash(id), &at)) != IOC_TABLE_NONE) {
        const struct ioc_repeat_item *item = &repeat->ring[index];
        if (ioc_text_equal((struct ioc_text){item->id, item->length}, id))
            return true;
    }
    return false;
}

void ioc_repeat_add(struct ioc_repeat *repeat, struct ioc_text id, ioc_span now)
{
    assert(id.length <= IOC_REPEAT_ID);
    if (repeat->count == IOC_REPEAT_MOST)
        forget_oldest(repeat);
    uint32_t index = (repeat->oldest + repeat->count++) % IOC_REPEAT_MOST;
    struct ioc_repeat_item *item = &repeat->ring[index];
    *item = (struct ioc_repeat_item){.length = id.length, .at = now, .hash = ioc_text_hash(id)};
    memcpy(item->id, id.data, id.length);
    ioc_table_add(&repeat->table, item->hash, index);
}
