#pragma once
/*
 * rules/cel/sorting.h — the order of keys: sort(), and the keys of a map that is written.
 *
 * A stable merge sort of positions, in the scratch, so that it always ends after n log n comparisons.
 */
#include "rules/cel/scratch.h"

/* Positions of the keys in ascending order.  All keys must be of one type that has an order, and no
 * NaN.  NULL, with trouble noted, when steps or memory run out. */
uint32_t *ioc_sorting_order(
    struct ioc_scratch *scratch, const struct ioc_boxed *keys, uint32_t count);
