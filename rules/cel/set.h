#pragma once
/*
 * rules/cel/set.h — constant lists that `in` searches: sorted when the program is made.
 *
 * Texts are ordered by length and then by bytes, so that most comparisons look at the length only.
 */
#include "rules/cel/boxed.h"

/* Can `in` search this list as a set for values of that kind? (string, bytes, int, uint) */
bool ioc_set_fits(const struct ioc_boxed *list, uint32_t kind);
/* Sorts the items in place. */
void ioc_set_sort(struct ioc_boxed *items, uint32_t count);
bool ioc_set_has_text(const struct ioc_boxed *set, struct ioc_text text);
bool ioc_set_has_word(const struct ioc_boxed *set, uint64_t word);
