/*
 * core/slab.c — items of one size addressed by index: keyed state without pointers.
 *
 * A free item holds the index of the next free one in its first 4 bytes and is zero behind them.
 */
#include "core/slab.h"

#include <assert.h>
#include <string.h>

enum { FIRST_ITEMS = 16 };

static void grow(struct ioc_slab *slab)
{
    uint64_t capacity = slab->capacity ? (uint64_t)slab->capacity * 2 : FIRST_ITEMS;
    if (capacity > slab->most)
        capacity = slab->most;
    slab->bytes = ioc_memory_grow(slab->bytes, (size_t)slab->capacity * slab->item_bytes,
        (size_t)capacity * slab->item_bytes);
    slab->capacity = (uint32_t)capacity;
}

void ioc_slab_init(struct ioc_slab *slab, uint32_t item_bytes, uint32_t most)
{
    assert(item_bytes > 0 && item_bytes <= UINT32_MAX - 3 && most < IOC_SLAB_NONE);
    *slab = (struct ioc_slab){
        .item_bytes = (item_bytes + 3) / 4 * 4, .free_head = IOC_SLAB_NONE, .most = most};
}

void ioc_slab_done(struct ioc_slab *slab)
{
    ioc_memory_give(slab->bytes);
    ioc_slab_init(slab, slab->item_bytes ? slab->item_bytes : 4, slab->most);
}

uint32_t ioc_slab_take(struct ioc_slab *slab)
{
    uint32_t index = slab->free_head;
    if (index != IOC_SLAB_NONE) {
        void *item = ioc_slab_at(slab, index);
        memcpy(&slab->free_head, item, sizeof slab->free_head);
        memset(item, 0, sizeof slab->free_head);
    } else {
        if (slab->used == slab->most)
            return IOC_SLAB_NONE;
        if (slab->used == slab->capacity)
            grow(slab);
        index = slab->used++;
    }
    slab->live++;
    return index;
}

void ioc_slab_give(struct ioc_slab *slab, uint32_t index)
{
    assert(index < slab->used && slab->live > 0);
    void *item = ioc_slab_at(slab, index);
    memset(item, 0, slab->item_bytes);
    memcpy(item, &slab->free_head, sizeof slab->free_head);
    slab->free_head = index;
    slab->live--;
}
