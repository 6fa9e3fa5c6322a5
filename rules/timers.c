/*
 * rules/timers.c — what is due when, in one partition: a binary heap that knows where each timer stands.
 */
#include "rules/timers.h"

static bool is_before(const struct ioc_timers *timers, const struct ioc_timer *a, const struct ioc_timer *b)
{
    if (a->due != b->due)
        return a->due < b->due;
    if (a->order != b->order)
        return a->order < b->order;
    int order = ioc_text_compare(timers->keys->key_of(timers->keys, a), timers->keys->key_of(timers->keys, b));
    return order != 0 ? order < 0 : a->kind < b->kind;
}

static void put(struct ioc_timers *timers, uint32_t place, struct ioc_timer timer)
{
    timers->items[place] = timer;
    timers->keys->moved(timers->keys, &timers->items[place], place);
}

static void sift(struct ioc_timers *timers, uint32_t place, struct ioc_timer timer)
{
    while (place > 0 && is_before(timers, &timer, &timers->items[(place - 1) / 2])) {
        put(timers, place, timers->items[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    for (;;) {
        uint32_t child = place * 2 + 1;
        if (child >= timers->count)
            break;
        if (child + 1 < timers->count && is_before(timers, &timers->items[child + 1], &timers->items[child]))
            child++;
        if (!is_before(timers, &timers->items[child], &timer))
            break;
        put(timers, place, timers->items[child]);
        place = child;
    }
    put(timers, place, timer);
}

void ioc_timers_init(struct ioc_timers *timers, struct ioc_timers_keys *keys)
{
    *timers = (struct ioc_timers){.keys = keys};
}

void ioc_timers_done(struct ioc_timers *timers)
{
    ioc_memory_give(timers->items);
    timers->items = NULL;
    timers->count = timers->capacity = 0;
}

void ioc_timers_set(struct ioc_timers *timers, uint32_t place, const struct ioc_timer *timer)
{
    if (place == UINT32_MAX) {
        if (timers->count == timers->capacity) {
            uint32_t grown = timers->capacity ? timers->capacity * 2 : 64;
            timers->items = ioc_memory_grow(timers->items, timers->capacity * sizeof *timers->items, grown * sizeof *timers->items);
            timers->capacity = grown;
        }
        place = timers->count++;
    }
    sift(timers, place, *timer);
}

void ioc_timers_drop(struct ioc_timers *timers, uint32_t place)
{
    if (place == UINT32_MAX)
        return;
    timers->keys->moved(timers->keys, &timers->items[place], UINT32_MAX);
    struct ioc_timer last = timers->items[--timers->count];
    if (place < timers->count)
        sift(timers, place, last);
}

bool ioc_timers_take(struct ioc_timers *timers, ioc_time now, struct ioc_timer *timer)
{
    if (!timers->count || timers->items[0].due > now)
        return false;
    *timer = timers->items[0];
    ioc_timers_drop(timers, 0);
    return true;
}
