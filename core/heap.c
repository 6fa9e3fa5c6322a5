/*
 * core/heap.c — blocks of bytes of many sizes addressed by index: rows and keys of keyed state.
 *
 * A handle has the class in its upper 5 bits and the index in the slab of that class below.  The
 * bound counts every block ever made, live or free, for that is what memory holds.  At the bound a
 * free block of a larger class serves, and classes without a live block are given back first; so
 * state whose sizes change over the years does not starve.  All of it follows from the order of
 * the calls alone, as replay needs.
 */
#include "core/heap.h"

#include <assert.h>
#include <string.h>

enum { INDEX_BITS = 27, FINE_CLASSES = 16, FINE_STEP = 16, FIRST_COARSE = 512 };
static const uint32_t index_mask = (1u << INDEX_BITS) - 1;

static uint64_t measure_class(uint32_t class)
{
    if (class < FINE_CLASSES)
        return (uint64_t)(class + 1) * FINE_STEP;
    return (uint64_t)FIRST_COARSE << (class - FINE_CLASSES);
}

/* The smallest class that holds the bytes; IOC_HEAP_CLASSES when none does. */
static uint32_t find_class(uint32_t bytes)
{
    if (bytes <= FINE_CLASSES * FINE_STEP)
        return bytes ? (bytes - 1) / FINE_STEP : 0;
    uint32_t class = FINE_CLASSES;
    while (class < IOC_HEAP_CLASSES && measure_class(class) < bytes)
        class++;
    return class;
}

static uint32_t find_free(const struct ioc_heap *heap, uint32_t class)
{
    while (class < IOC_HEAP_CLASSES && heap->classes[class].free_head == IOC_SLAB_NONE)
        class++;
    return class;
}

static bool has_room(const struct ioc_heap *heap, uint32_t class)
{
    return measure_class(class) <= heap->most - heap->bytes
        && heap->classes[class].used < heap->classes[class].most;
}

static void give_back_dead_classes(struct ioc_heap *heap)
{
    for (uint32_t class = 0; class < IOC_HEAP_CLASSES; class++) {
        struct ioc_slab *slab = &heap->classes[class];
        if (slab->used == 0 || slab->live > 0)
            continue;
        heap->bytes -= slab->used * measure_class(class);
        ioc_slab_done(slab);
    }
}

static struct ioc_slab *find_slab(const struct ioc_heap *heap, ioc_handle handle)
{
    const struct ioc_slab *slab = &heap->classes[handle >> INDEX_BITS];
    assert((handle & index_mask) < slab->used);
    return (struct ioc_slab *)slab;
}

void ioc_heap_init(struct ioc_heap *heap, uint64_t most)
{
    *heap = (struct ioc_heap){.most = most};
    for (uint32_t class = 0; class < IOC_HEAP_CLASSES; class++) {
        uint64_t items = most / measure_class(class);
        ioc_slab_init(&heap->classes[class], (uint32_t)measure_class(class),
            items < index_mask ? (uint32_t)items : index_mask);
    }
}

void ioc_heap_done(struct ioc_heap *heap)
{
    for (uint32_t class = 0; class < IOC_HEAP_CLASSES; class++)
        ioc_slab_done(&heap->classes[class]);
    heap->bytes = 0;
}

ioc_handle ioc_heap_take(struct ioc_heap *heap, uint32_t bytes)
{
    uint32_t class = find_class(bytes);
    if (class == IOC_HEAP_CLASSES)
        return IOC_HEAP_NONE;
    if (heap->classes[class].free_head == IOC_SLAB_NONE) {
        if (!has_room(heap, class))
            give_back_dead_classes(heap);
        if (has_room(heap, class))
            heap->bytes += measure_class(class);
        else
            class = find_free(heap, class);
        if (class == IOC_HEAP_CLASSES)
            return IOC_HEAP_NONE;
    }
    uint32_t index = ioc_slab_take(&heap->classes[class]);
    assert(index != IOC_SLAB_NONE);
    return class << INDEX_BITS | index;
}

void ioc_heap_give(struct ioc_heap *heap, ioc_handle handle)
{
    if (handle != IOC_HEAP_NONE)
        ioc_slab_give(find_slab(heap, handle), handle & index_mask);
}

void *ioc_heap_at(const struct ioc_heap *heap, ioc_handle handle)
{
    return ioc_slab_at(find_slab(heap, handle), handle & index_mask);
}

uint32_t ioc_heap_room(const struct ioc_heap *heap, ioc_handle handle)
{
    return find_slab(heap, handle)->item_bytes;
}

bool ioc_heap_store(struct ioc_heap *heap, ioc_handle *handle, const void *bytes, uint32_t length)
{
    ioc_handle to = *handle;
    if (to == IOC_HEAP_NONE || ioc_heap_room(heap, to) < length) {
        to = ioc_heap_take(heap, length);
        if (to == IOC_HEAP_NONE)
            return false;
        ioc_heap_give(heap, *handle);
        *handle = to;
    }
    char *at = ioc_heap_at(heap, to);
    if (length)
        memcpy(at, bytes, length);
    memset(at + length, 0, ioc_heap_room(heap, to) - length);
    return true;
}
