#pragma once
/*
 * core/memory.h — the one allocator: gives zeroed memory or aborts.
 *
 * Memory on the data path is bounded by design (HOUSE.md section 4), so running out is not an
 * error that callers handle.  Nothing on the hot path calls this in steady state.
 *
 * Thread   any
 */
#include <stddef.h>

void *ioc_memory_take(size_t bytes) __attribute__((malloc, returns_nonnull));
/* The exception: not zeroed.  For large blocks of which little is used. */
void *ioc_memory_take_raw(size_t bytes) __attribute__((malloc, returns_nonnull));
/* New bytes beyond old_bytes are zero. */
void *ioc_memory_grow(void *memory, size_t old_bytes, size_t new_bytes) __attribute__((returns_nonnull));
void ioc_memory_give(void *memory);
char *ioc_memory_copy(const void *bytes, size_t length) __attribute__((returns_nonnull)); /* adds a NUL */
