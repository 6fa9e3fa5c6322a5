/* rules/cel/letters.c — sets of code points as sorted ranges. */
#include "rules/cel/letters.h"
#include "rules/cel/unicode.h"
#include <stdlib.h>

enum { UNSETTLED_MOST = 4096 }; /* so that adding often stays cheap */

static int compare_ranges(const void *a, const void *b)
{
    const struct ioc_letters_range *left = a, *right = b;
    return left->lo < right->lo ? -1 : left->lo > right->lo;
}

void ioc_letters_settle(struct ioc_letters *set)
{
    if (set->settled == set->count)
        return;
    qsort(set->ranges, set->count, sizeof *set->ranges, compare_ranges);
    uint32_t kept = 0;
    for (uint32_t i = 1; i < set->count; i++) {
        struct ioc_letters_range *last = &set->ranges[kept];
        if (set->ranges[i].lo > last->hi + 1)
            set->ranges[++kept] = set->ranges[i];
        else if (set->ranges[i].hi > last->hi)
            last->hi = set->ranges[i].hi;
    }
    set->count = set->settled = kept + 1;
}

void ioc_letters_add(struct ioc_letters *set, struct ioc_arena *arena, uint32_t lo, uint32_t hi)
{
    if (set->count == set->capacity && set->count - set->settled >= UNSETTLED_MOST)
        ioc_letters_settle(set);
    if (set->count == set->capacity) {
        uint32_t capacity = set->capacity ? 2 * set->capacity : 2;
        struct ioc_letters_range *ranges = ioc_arena_take(arena, capacity * sizeof *ranges);
        if (set->count)
            memcpy(ranges, set->ranges, set->count * sizeof *ranges);
        set->ranges = ranges;
        set->capacity = capacity;
    }
    /* Mostly they come in order. */
    bool is_behind = set->settled == set->count &&
                     (set->count == 0 || lo > set->ranges[set->count - 1].hi + 1);
    set->ranges[set->count++] = (struct ioc_letters_range){lo, hi};
    set->settled += is_behind;
}

void ioc_letters_join(
    struct ioc_letters *set, struct ioc_arena *arena, const struct ioc_letters *other)
{
    bool is_first = set->count == 0 && other->settled == other->count;
    if (is_first) { /* as one piece */
        set->capacity = other->count + 2;
        set->ranges = ioc_arena_take(arena, set->capacity * sizeof *set->ranges);
        set->count = set->settled = other->count;
        if (other->count)
            memcpy(set->ranges, other->ranges, other->count * sizeof *set->ranges);
    }
    for (uint32_t i = 0; !is_first && i < other->count; i++)
        ioc_letters_add(set, arena, other->ranges[i].lo, other->ranges[i].hi);
}

void ioc_letters_negate(struct ioc_letters *set, struct ioc_arena *arena)
{
    ioc_letters_settle(set);
    struct ioc_letters outside = {0};
    uint32_t next = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->ranges[i].lo > next)
            ioc_letters_add(&outside, arena, next, set->ranges[i].lo - 1);
        next = set->ranges[i].hi + 1;
    }
    if (next <= IOC_LETTERS_LAST)
        ioc_letters_add(&outside, arena, next, IOC_LETTERS_LAST);
    outside.settled = outside.count;
    *set = outside;
}

/* Adds to `grown` the next in its ring of every letter of the range that has one. */
static void add_next(
    struct ioc_letters *grown, struct ioc_arena *arena, struct ioc_letters_range range)
{
    for (uint32_t i = 0; i < ioc_unicode_steps_count && ioc_unicode_steps[i].lo <= range.hi; i++) {
        const struct ioc_unicode_step *step = &ioc_unicode_steps[i];
        if (step->hi < range.lo)
            continue;
        uint32_t lo = step->lo, hi = step->hi < range.hi ? step->hi : range.hi;
        if (range.lo > lo)
            lo += (range.lo - lo + step->stride - 1u) / step->stride * step->stride;
        if (step->stride == 1) {
            ioc_letters_add(grown, arena, lo + (uint32_t)step->delta, hi + (uint32_t)step->delta);
            continue;
        }
        for (; lo <= hi; lo += step->stride)
            ioc_letters_add(grown, arena, lo + (uint32_t)step->delta, lo + (uint32_t)step->delta);
    }
}

void ioc_letters_fold(struct ioc_letters *set, struct ioc_arena *arena)
{
    ioc_letters_settle(set);
    struct ioc_letters reached = *set;
    for (;;) { /* rings have at most four letters */
        struct ioc_letters grown = {0};
        ioc_letters_join(&grown, arena, &reached);
        for (uint32_t i = 0; i < reached.count; i++)
            add_next(&grown, arena, reached.ranges[i]);
        ioc_letters_settle(&grown);
        bool is_complete = ioc_letters_equal(&grown, &reached);
        reached = grown;
        if (is_complete)
            break;
    }
    *set = reached;
}

/* The runs of a table whose value, a number below 256, is wanted. */
static void add_runs(struct ioc_letters *set, struct ioc_arena *arena, const uint32_t *runs,
    uint32_t count, uint32_t bits, const bool wanted[256])
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t next = i + 1 < count ? runs[i + 1] >> bits : IOC_LETTERS_LAST + 1;
        if (wanted[runs[i] & ((1u << bits) - 1)])
            ioc_letters_add(set, arena, runs[i] >> bits, next - 1);
    }
}

static bool add_category(struct ioc_letters *set, struct ioc_arena *arena, struct ioc_text name)
{
    bool wanted[256] = {false}, is_known = false;
    const char *at = ioc_unicode_category_names;
    for (uint32_t i = 0; i == 0 || at[3 * i - 1]; i++) {
        struct ioc_text category = {at + 3 * i, 2};
        bool is_assigned = !ioc_text_equal(category, IOC_TEXT("Cn"));
        wanted[i] = is_assigned && ioc_text_starts(category, name);
        is_known |= wanted[i];
    }
    if (is_known)
        add_runs(set, arena, ioc_unicode_categories, ioc_unicode_categories_count, 5, wanted);
    return is_known;
}

bool ioc_letters_property(struct ioc_letters *set, struct ioc_arena *arena, struct ioc_text name)
{
    if (ioc_text_equal(name, IOC_TEXT("Any"))) {
        ioc_letters_add(set, arena, 0, IOC_LETTERS_LAST);
        return true;
    }
    if (name.length == 0)
        return false;
    if (name.length <= 2 && add_category(set, arena, name))
        return true;
    for (uint32_t i = 0; i < ioc_unicode_script_names_count; i++) {
        if (!ioc_text_equal(name, ioc_text_of(ioc_unicode_script_names[i])))
            continue;
        bool wanted[256] = {[0] = false};
        wanted[i + 1] = true;
        add_runs(set, arena, ioc_unicode_scripts, ioc_unicode_scripts_count, 8, wanted);
        return true;
    }
    return false;
}

bool ioc_letters_has(const struct ioc_letters *set, uint32_t point)
{
    uint32_t lo = 0, hi = set->count;
    while (lo < hi) {
        uint32_t middle = (lo + hi) / 2;
        if (set->ranges[middle].hi < point)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo < set->count && set->ranges[lo].lo <= point;
}

bool ioc_letters_equal(const struct ioc_letters *a, const struct ioc_letters *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->ranges, b->ranges, a->count * sizeof *a->ranges) == 0);
}
