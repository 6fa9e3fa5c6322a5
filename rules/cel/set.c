/* rules/cel/set.c — binary search in sorted constants. */
#include "rules/cel/set.h"
#include <stdlib.h>

static int compare_text(struct ioc_text a, struct ioc_text b)
{
    if (a.length != b.length)
        return a.length < b.length ? -1 : 1;
    return a.length ? memcmp(a.data, b.data, a.length) : 0;
}

static int compare_items(const void *first, const void *second)
{
    const struct ioc_boxed *a = first, *b = second;
    if (a->type == IOC_STRING || a->type == IOC_BYTES)
        return compare_text(ioc_boxed_as_text(a), ioc_boxed_as_text(b));
    return a->natural < b->natural ? -1 : a->natural > b->natural;
}

bool ioc_set_fits(const struct ioc_boxed *list, uint32_t kind)
{
    if (list->type != IOC_LIST ||
        (kind != IOC_STRING && kind != IOC_BYTES && kind != IOC_INT && kind != IOC_UINT))
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].type != kind)
            return false;
    }
    return true;
}

void ioc_set_sort(struct ioc_boxed *items, uint32_t count)
{
    if (count)
        qsort(items, count, sizeof *items, compare_items);
}

bool ioc_set_has_text(const struct ioc_boxed *set, struct ioc_text text)
{
    uint32_t low = 0, high = set->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = compare_text(text, ioc_boxed_as_text(&set->items[middle]));
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

bool ioc_set_has_word(const struct ioc_boxed *set, uint64_t word)
{
    uint32_t low = 0, high = set->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (word == set->items[middle].natural)
            return true;
        if (word < set->items[middle].natural)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}
