/* rules/cel/sorting.c — a merge sort from below: runs of 1, 2, 4, … positions are merged in pairs. */
#include "rules/cel/sorting.h"

struct runs {
    const struct ioc_boxed *keys;
    const uint32_t *from;
    uint32_t *to;
    uint32_t left, middle, end;
};

static bool is_text(const struct ioc_boxed *value)
{
    return value->type == IOC_STRING || value->type == IOC_BYTES;
}

/* What the comparisons of long texts cost is given back. */
static uint64_t merge(const struct runs *runs)
{
    uint32_t a = runs->left, b = runs->middle;
    uint64_t bytes = 0;
    for (uint32_t i = runs->left; i < runs->end; i++) {
        bool takes_b = a == runs->middle;
        if (!takes_b && b < runs->end) {
            const struct ioc_boxed *one = &runs->keys[runs->from[a]],
                                   *other = &runs->keys[runs->from[b]];
            takes_b = ioc_boxed_order(one, other) > 0;
            if (is_text(one))
                bytes += one->count < other->count ? one->count : other->count;
        }
        runs->to[i] = runs->from[takes_b ? b++ : a++];
    }
    return bytes;
}

uint32_t *ioc_sorting_order(
    struct ioc_scratch *scratch, const struct ioc_boxed *keys, uint32_t count)
{
    uint32_t *order = ioc_scratch_take(scratch, 2 * (size_t)count * sizeof *order);
    if (!order)
        return NULL;
    uint32_t *from = order, *to = order + count;
    for (uint32_t i = 0; i < count; i++)
        from[i] = i;
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t left = 0; left < count; left += 2 * width) {
            uint32_t middle = count - left > width ? left + width : count,
                     end = count - middle > width ? middle + width : count;
            uint64_t bytes = merge(&(struct runs){keys, from, to, left, middle, end});
            if (!ioc_scratch_spend(scratch, 1 + (end - left) / 4 + (uint32_t)(bytes >> 6)))
                return NULL;
        }
        uint32_t *was = from;
        from = to;
        to = was;
    }
    return from;
}
