/*
 * rules/cel/lists.c — the library of functions on lists.
 *
 * Steps    one for each item looked at
 * Source   github.com/cel-expr/cel-go ext/lists.go (what it documents), version 3
 */
#include "rules/cel/builtin.h"
#include "rules/cel/sorting.h"
#include <math.h>

enum { DEPTH_MOST = 80 };

static struct ioc_boxed *take_items(struct ioc_scratch *scratch, uint64_t count)
{
    struct ioc_boxed *items = ioc_scratch_take(scratch, (size_t)count * sizeof *items);
    return items && ioc_scratch_spend(scratch, (uint32_t)count) ? items : NULL;
}

static enum ioc_fault give_list(
    struct ioc_boxed *out, const struct ioc_boxed *items, uint32_t count)
{
    *out = (struct ioc_boxed){.items = items, .count = count, .type = IOC_LIST};
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_slice)
{
    const struct ioc_boxed *list = &arguments[0];
    int64_t from = arguments[1].integer, to = arguments[2].integer;
    if (from < 0 || from > to || to > list->count)
        return IOC_FAULT_INDEX;
    uint32_t count = (uint32_t)(to - from);
    struct ioc_boxed *items = take_items(scratch, count);
    if (!items)
        return scratch->trouble;
    for (uint32_t i = 0; i < count; i++)
        items[i] = ioc_boxed_item(scratch, list, (uint32_t)from + i);
    return give_list(out, items, count);
}

static IOC_BUILTIN_RUN(run_reverse)
{
    uint32_t count = arguments[0].count;
    struct ioc_boxed *items = take_items(scratch, count);
    if (!items)
        return scratch->trouble;
    for (uint32_t i = 0; i < count; i++)
        items[i] = ioc_boxed_item(scratch, &arguments[0], count - 1 - i);
    return give_list(out, items, count);
}

static IOC_BUILTIN_RUN(run_range)
{
    int64_t count = arguments[0].integer;
    if (count < 0)
        return IOC_FAULT_RANGE;
    struct ioc_boxed *items =
        take_items(scratch, count < IOC_SCRATCH_BYTES ? (uint64_t)count : IOC_SCRATCH_BYTES);
    if (!items)
        return scratch->trouble;
    for (int64_t i = 0; i < count; i++)
        items[i] = ioc_boxed_int(i);
    return give_list(out, items, (uint32_t)count);
}

struct flattening {
    struct ioc_scratch *scratch;
    struct ioc_boxed *items; /* NULL while they are counted */
    uint64_t count;
};

static enum ioc_fault flatten(
    struct flattening *to, const struct ioc_boxed *list, int64_t levels, int depth)
{
    enum ioc_fault fault = depth > DEPTH_MOST ? IOC_FAULT_DEPTH : IOC_FAULT_NONE;
    if (!ioc_scratch_spend(to->scratch, list->count))
        return to->scratch->trouble;
    for (uint32_t i = 0; i < list->count && fault == IOC_FAULT_NONE; i++) {
        struct ioc_boxed item = ioc_boxed_item(to->scratch, list, i);
        if (item.type == IOC_LIST && levels > 0) {
            fault = flatten(to, &item, levels - 1, depth + 1);
            continue;
        }
        if (to->items)
            to->items[to->count] = item;
        to->count++;
    }
    return fault;
}

static enum ioc_fault run_flattening(struct ioc_scratch *scratch, const struct ioc_boxed *list,
    int64_t levels, struct ioc_boxed *out)
{
    struct flattening to = {.scratch = scratch};
    if (levels < 0)
        return IOC_FAULT_RANGE;
    enum ioc_fault fault = flatten(&to, list, levels, 0);
    if (fault)
        return fault;
    to.items = take_items(scratch, to.count);
    if (!to.items)
        return scratch->trouble;
    to.count = 0;
    fault = flatten(&to, list, levels, 0);
    return fault ? fault : give_list(out, to.items, (uint32_t)to.count);
}

static IOC_BUILTIN_RUN(run_flatten)
{
    return run_flattening(scratch, &arguments[0], 1, out);
}

static IOC_BUILTIN_RUN(run_flatten_levels)
{
    return run_flattening(scratch, &arguments[0], arguments[1].integer, out);
}

static IOC_BUILTIN_RUN(run_distinct)
{
    uint32_t count = arguments[0].count, kept = 0;
    struct ioc_boxed *items = take_items(scratch, count);
    if (!items)
        return scratch->trouble;
    for (uint32_t i = 0; i < count; i++) {
        struct ioc_boxed item = ioc_boxed_item(scratch, &arguments[0], i);
        bool is_new = ioc_scratch_spend(scratch, 1 + kept / 4);
        for (uint32_t k = 0; k < kept && is_new && scratch->trouble == IOC_FAULT_NONE; k++)
            is_new = !ioc_boxed_equal(scratch, &items[k], &item);
        if (scratch->trouble)
            return scratch->trouble;
        if (is_new)
            items[kept++] = item;
    }
    return give_list(out, items, kept);
}

static bool has_order(const struct ioc_boxed *value)
{
    return ioc_boxed_order(value, value) != IOC_ORDER_NEVER &&
           !(value->type == IOC_DOUBLE && isnan(value->number));
}

/* The items in the order of their keys, which are of one type. */
static enum ioc_fault sort(struct ioc_scratch *scratch, const struct ioc_boxed *list,
    const struct ioc_boxed *by, struct ioc_boxed *out)
{
    if (list->count != by->count)
        return IOC_FAULT_OVERLOAD;
    struct ioc_boxed *items = take_items(scratch, list->count);
    size_t used = scratch->used; /* the keys are needed only here */
    struct ioc_boxed *keys = items ? take_items(scratch, list->count) : NULL;
    if (!keys)
        return scratch->trouble;
    for (uint32_t i = 0; i < list->count; i++) {
        keys[i] = ioc_boxed_item(scratch, by, i);
        if (keys[i].type != keys[0].type || !has_order(&keys[i]))
            return IOC_FAULT_ORDER;
    }
    const uint32_t *order = ioc_sorting_order(scratch, keys, list->count);
    if (!order)
        return scratch->trouble;
    for (uint32_t i = 0; i < list->count; i++)
        items[i] = ioc_boxed_item(scratch, list, order[i]);
    scratch->used = used;
    return give_list(out, items, list->count);
}

static IOC_BUILTIN_RUN(run_sort)
{
    return sort(scratch, &arguments[0], &arguments[0], out);
}

static IOC_BUILTIN_RUN(run_sort_by)
{
    return sort(scratch, &arguments[0], &arguments[1], out);
}

enum {
    F = IOC_BUILTIN_FUNCTION,
    M = IOC_BUILTIN_METHOD,
    CALL = IOC_OP_CALL,
};
#define NO_ORDER "items of different types, without an order, or NaN"
#define SORT(type, example)                                                                        \
    {                                                                                              \
        "sort", type, type, M, CALL, run_sort, "the items in ascending order", NO_ORDER, example   \
    }
#define SORT_BY(keys)                                                                              \
    {                                                                                              \
        "@sortBy", "[A]" keys, "[A]", M, CALL, run_sort_by, "the items in the order of their keys", \
            NO_ORDER, NULL                                                                         \
    }

static const struct ioc_builtin rows[] = {
    {"slice", "[A]ii", "[A]", M, CALL, run_slice, "the items from one position up to another",
        "a position outside of the list, or the second before the first",
        "[1, 2, 3, 4].slice(1, 3) == [2, 3]"},
    {"flatten", "[*]", "[*]", M, CALL, run_flatten, "with the items of its lists in their place",
        NULL, "[1, [2, 3], [[4]]].flatten() == [1, 2, 3, [4]]"},
    {"flatten", "[*]i", "[*]", M, CALL, run_flatten_levels, "the same, that many levels deep",
        "levels below 0", NULL},
    {"distinct", "[A]", "[A]", M, CALL, run_distinct, "each item once, where it first stood", NULL,
        "[1, 2, 2, 3, 1].distinct() == [1, 2, 3]"},
    {"reverse", "[A]", "[A]", M, CALL, run_reverse, "the items backwards", NULL, NULL},
    SORT("[i]", "[3, 1, 2].sort() == [1, 2, 3]"),
    SORT("[u]", NULL),
    SORT("[d]", NULL),
    SORT("[b]", NULL),
    SORT("[r]", NULL),
    SORT("[t]", NULL),
    SORT("[s]", NULL),
    SORT("[y]", NULL),
    SORT_BY("[i]"),
    SORT_BY("[u]"),
    SORT_BY("[d]"),
    SORT_BY("[b]"),
    SORT_BY("[r]"),
    SORT_BY("[t]"),
    SORT_BY("[s]"),
    SORT_BY("[y]"),
    {"lists.range", "i", "[i]", F, CALL, run_range, "0, 1, 2, … that many ints",
        "a number below 0 or above 65,536", "lists.range(3) == [0, 1, 2]"},
};
const struct ioc_library ioc_library_lists = {
    "lists", "parts and order of lists", rows, sizeof rows / sizeof *rows};
