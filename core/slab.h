#pragma once
/*
 * core/slab.h — items of one size addressed by index: keyed state without pointers.
 *
 * No pointers inside, no padding left unset, so a snapshot is a copy of the bytes (ENGINE.md 8).
 * Indices stay valid until given back; freed ones are used again lowest-last-freed first, the same
 * in every run.
 *
 * Memory   grows by doubling; never beyond `most` items.
 * Owner    the shard
 * Thread   one at a time
 * Failure  ioc_slab_take() gives IOC_SLAB_NONE at the bound
 */
#include "core/memory.h"
#include <stdbool.h>
#include <stdint.h>

#define IOC_SLAB_NONE UINT32_MAX
struct ioc_slab {
    uint8_t *bytes;
    uint32_t item_bytes, capacity, used, free_head, live, most;
};
void ioc_slab_init(struct ioc_slab *slab, uint32_t item_bytes, uint32_t most);
void ioc_slab_done(struct ioc_slab *slab);
uint32_t ioc_slab_take(struct ioc_slab *slab); /* zeroed */
void ioc_slab_give(struct ioc_slab *slab, uint32_t index);
static inline void *ioc_slab_at(const struct ioc_slab *slab, uint32_t index)
{
    return slab->bytes + (size_t)index * slab->item_bytes;
}
