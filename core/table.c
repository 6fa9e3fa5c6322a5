/*
 * core/table.c — from a 64-bit hash to indices: the one hash table for keyed state.
 *
 * All keys of a partition share the low bits of their hash (partition = hash % 64), so a place is
 * the top bits of hash × 2^64/φ, which every bit of the hash reaches (Fibonacci hashing, Knuth 6.4).
 * Removal moves later entries back instead of leaving marks, so probes never grow with age.
 */
#include "core/table.h"

#include <assert.h>

enum { FIRST_PLACES = 16 };

static uint32_t find_home(uint64_t hash, uint32_t capacity)
{
    int bits = __builtin_ctz(capacity);
    return (uint32_t)((hash * 0x9E3779B97F4A7C15ull) >> (64 - bits));
}

static void put(struct ioc_table_place *places, uint32_t capacity, uint64_t hash, uint32_t index)
{
    uint32_t at = find_home(hash, capacity);
    while (places[at].is_used)
        at = (at + 1) & (capacity - 1);
    places[at] = (struct ioc_table_place){hash, index, 1};
}

static void grow(struct ioc_table *table)
{
    uint32_t capacity = table->capacity ? table->capacity * 2 : FIRST_PLACES;
    assert(capacity > table->capacity);
    struct ioc_table_place *places = ioc_memory_take((size_t)capacity * sizeof *places);
    for (uint32_t i = 0; i < table->capacity; i++)
        if (table->places[i].is_used)
            put(places, capacity, table->places[i].hash, table->places[i].index);
    ioc_memory_give(table->places);
    table->places = places;
    table->capacity = capacity;
}

void ioc_table_done(struct ioc_table *table)
{
    ioc_memory_give(table->places);
    *table = (struct ioc_table){0};
}

uint32_t ioc_table_find(const struct ioc_table *table, uint64_t hash, uint32_t *at)
{
    if (table->capacity == 0)
        return IOC_TABLE_NONE;
    uint32_t mask = table->capacity - 1;
    uint32_t place = *at == UINT32_MAX ? find_home(hash, table->capacity) : (*at + 1) & mask;
    for (; table->places[place].is_used; place = (place + 1) & mask) {
        if (table->places[place].hash == hash) {
            *at = place;
            return table->places[place].index;
        }
    }
    return IOC_TABLE_NONE;
}

void ioc_table_add(struct ioc_table *table, uint64_t hash, uint32_t index)
{
    assert(index != IOC_TABLE_NONE);
    if (table->capacity == 0 || (uint64_t)(table->count + 1) * 4 > (uint64_t)table->capacity * 3)
        grow(table);
    put(table->places, table->capacity, hash, index);
    table->count++;
}

void ioc_table_remove(struct ioc_table *table, uint64_t hash, uint32_t index)
{
    assert(table->capacity > 0);
    uint32_t mask = table->capacity - 1, hole = find_home(hash, table->capacity);
    while (table->places[hole].hash != hash || table->places[hole].index != index) {
        assert(table->places[hole].is_used);
        hole = (hole + 1) & mask;
    }
    assert(table->places[hole].is_used);
    for (uint32_t next = (hole + 1) & mask; table->places[next].is_used; next = (next + 1) & mask) {
        /* An entry may fill the hole unless its home lies behind the hole. */
        uint32_t home = find_home(table->places[next].hash, table->capacity);
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            table->places[hole] = table->places[next];
            hole = next;
        }
    }
    table->places[hole] = (struct ioc_table_place){0};
    table->count--;
}
