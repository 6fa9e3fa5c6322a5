#pragma once
/*
 * core/table.h — from a 64-bit hash to indices: the one hash table for keyed state.
 *
 * Open addressing, linear probing, backward-shift deletion, seedless (ENGINE.md 8: no per-process
 * seeds).  Stores (hash, index); the caller compares keys behind the index when hashes are equal.
 * Iteration order is never part of any output.
 *
 * Memory   16 bytes a place; grows at 3/4 full.
 * Thread   one at a time
 */
#include "core/memory.h"
#include <stdint.h>

struct ioc_table_place {
    uint64_t hash;
    uint32_t index;
    uint32_t is_used;
};
struct ioc_table {
    struct ioc_table_place *places;
    uint32_t capacity, count;
};
#define IOC_TABLE_NONE UINT32_MAX
void ioc_table_done(struct ioc_table *table);
/* First place with this hash at or after the probe *at (start with UINT32_MAX); its index or
 * IOC_TABLE_NONE.  Call again with the same *at for the next one of an equal hash. */
uint32_t ioc_table_find(const struct ioc_table *table, uint64_t hash, uint32_t *at);
void ioc_table_add(struct ioc_table *table, uint64_t hash, uint32_t index);
/* The entry must be there. */
void ioc_table_remove(struct ioc_table *table, uint64_t hash, uint32_t index);
