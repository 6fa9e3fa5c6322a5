/*
 * rules/recent.c — a bounded memory of marks: a ring in order of coming, and a table to find them.
 */
#include "rules/recent.h"

static void forget_first(struct ioc_recent *recent)
{
    struct ioc_recent_item *item = &recent->items[recent->first];
    ioc_table_remove(&recent->table, item->mark, recent->first);
    recent->first = (recent->first + 1) % recent->capacity;
    recent->count--;
}

static void grow(struct ioc_recent *recent, uint32_t most)
{
    uint32_t grown = recent->capacity ? recent->capacity * 2 : 64;
    if (grown > most)
        grown = most;
    struct ioc_recent_item *items = ioc_memory_take(grown * sizeof *items);
    ioc_table_done(&recent->table);
    for (uint32_t i = 0; i < recent->count; i++) {
        items[i] = recent->items[(recent->first + i) % recent->capacity];
        ioc_table_add(&recent->table, items[i].mark, i);
    }
    ioc_memory_give(recent->items);
    recent->items = items;
    recent->first = 0;
    recent->capacity = grown;
}

bool ioc_recent_meet(struct ioc_recent *recent, uint64_t mark, ioc_time now, ioc_time until, uint32_t most)
{
    while (recent->count && recent->items[recent->first].until <= now)
        forget_first(recent);
    uint32_t at = UINT32_MAX;
    /* Behind a long one marks that are over still stand in the ring: an equal one may come after them. */
    for (uint32_t index; recent->count && (index = ioc_table_find(&recent->table, mark, &at)) != IOC_TABLE_NONE;)
        if (recent->items[index].until > now)
            return true;
    if (recent->count == recent->capacity) {
        if (recent->capacity < most)
            grow(recent, most);
        else
            forget_first(recent);
    }
    uint32_t place = (recent->first + recent->count) % recent->capacity;
    recent->items[place] = (struct ioc_recent_item){mark, until};
    recent->count++;
    ioc_table_add(&recent->table, mark, place);
    return false;
}

void ioc_recent_done(struct ioc_recent *recent)
{
    ioc_table_done(&recent->table);
    ioc_memory_give(recent->items);
    *recent = (struct ioc_recent){0};
}
