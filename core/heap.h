#pragma once
/*
 * core/heap.h — blocks of bytes of many sizes addressed by index: rows and keys of keyed state.
 *
 * Size classes (multiples of 16 up to 256, then powers of two), each a slab; a handle names class and index.
 * Position-independent like a slab.  An address from ioc_heap_at() is good until the next
 * ioc_heap_take() or ioc_heap_store().
 *
 * Memory   bounded by `most` bytes in all, live and free blocks together; a block ≤ 16 MiB
 * Thread   one at a time
 * Failure  ioc_heap_take() gives IOC_HEAP_NONE at the bound
 */
#include "core/slab.h"

typedef uint32_t ioc_handle;
#define IOC_HEAP_NONE UINT32_MAX
enum { IOC_HEAP_CLASSES = 32 };
struct ioc_heap {
    struct ioc_slab classes[IOC_HEAP_CLASSES];
    uint64_t bytes, most; /* of all blocks made, live or free; the bound */
};
void ioc_heap_init(struct ioc_heap *heap, uint64_t most);
void ioc_heap_done(struct ioc_heap *heap);
ioc_handle ioc_heap_take(struct ioc_heap *heap, uint32_t bytes); /* zeroed */
void ioc_heap_give(struct ioc_heap *heap, ioc_handle handle); /* takes IOC_HEAP_NONE; wipes */
void *ioc_heap_at(const struct ioc_heap *heap, ioc_handle handle);
/* Bytes the handle can hold. */
uint32_t ioc_heap_room(const struct ioc_heap *heap, ioc_handle handle);
/* Stores bytes, reusing *handle when they fit (IOC_HEAP_NONE = none yet); zero behind them.  False
 * at the bound, nothing changed then.  The bytes must not lie in this heap. */
bool ioc_heap_store(struct ioc_heap *heap, ioc_handle *handle, const void *bytes, uint32_t length);
