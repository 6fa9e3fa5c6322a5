#pragma once
/*
 * core/slab.h — items of one size addressed by index: keyed state without pointers.
 *
 * No pointers inside, no padding left unset, so a snapshot is a copy of the bytes (ENGINE.md 8).
 * Indices stay valid until given back; the last one freed is used again first, the same in every
 * run.  An address from ioc_slab_at() is good until the next ioc_slab_take().
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
/* item_bytes is rounded up to a multiple of 4. */
void ioc_slab_init(struct ioc_slab *slab, uint32_t item_bytes, uint32_t most);
void ioc_slab_done(struct ioc_slab *slab);
uint32_t ioc_slab_take(struct ioc_slab *slab); /* zeroed */
void ioc_slab_give(struct ioc_slab *slab, uint32_t index); /* its bytes are wiped */
static inline void *ioc_slab_at(const struct ioc_slab *slab, uint32_t index)
{
    return slab->bytes + (size_t)index * slab->item_bytes;
}
