#pragma once
/*
 * rules/timers.h — what is due when, in one partition: a heap ordered by (due, rule, key).
 *
 * Each owner (an alert, a key) has at most one timer of each kind; setting it again moves it.  The order
 * is total, so timers of equal due fire in the same order in every run (ENGINE.md 1).
 *
 * Memory   32 bytes a timer
 * Time     engine time
 * Thread   one at a time
 */
#include "core/slab.h"
#include "core/text.h"
#include "core/time.h"

struct ioc_timer {
    ioc_time due;
    uint64_t order; /* ties: the stream for a key's own timers, which come first; then (rule index + 1) << 32 */
    uint32_t owner; /* index in the owner's slab */
    uint32_t kind;
};
struct ioc_timers_keys { /* embedded by the shard: the last tie-break */
    struct ioc_text (*key_of)(const struct ioc_timers_keys *keys, const struct ioc_timer *timer);
    /* The heap tells where the owner's timer now stands (UINT32_MAX = nowhere). */
    void (*moved)(struct ioc_timers_keys *keys, const struct ioc_timer *timer, uint32_t place);
};
struct ioc_timers {
    struct ioc_timer *items;
    uint32_t count, capacity;
    struct ioc_timers_keys *keys;
};
void ioc_timers_init(struct ioc_timers *timers, struct ioc_timers_keys *keys);
void ioc_timers_done(struct ioc_timers *timers);
/* place = where it stands now, or UINT32_MAX for a new one. */
void ioc_timers_set(struct ioc_timers *timers, uint32_t place, const struct ioc_timer *timer);
void ioc_timers_drop(struct ioc_timers *timers, uint32_t place);
static inline ioc_time ioc_timers_next(const struct ioc_timers *timers)
{
    return timers->count ? timers->items[0].due : IOC_TIME_MAX;
}
/* Takes the first one if it is due at or before `now`. */
bool ioc_timers_take(struct ioc_timers *timers, ioc_time now, struct ioc_timer *timer);
