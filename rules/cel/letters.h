#pragma once
/*
 * rules/cel/letters.h — a set of code points: what a class of a regular expression matches.
 *
 * Sorted ranges that neither touch nor overlap once ioc_letters_settle() was called; negate, fold and
 * has want a settled set, negate and fold leave one.
 *
 * Memory   in the arena of the compilation
 */
#include "core/arena.h"

enum { IOC_LETTERS_LAST = 0x10ffff };
struct ioc_letters_range {
    uint32_t lo, hi; /* both belong to it */
};
struct ioc_letters {
    struct ioc_letters_range *ranges;
    uint32_t count, capacity;
    uint32_t settled; /* so many at the front are settled */
};

void ioc_letters_add(struct ioc_letters *set, struct ioc_arena *arena, uint32_t lo, uint32_t hi);
void ioc_letters_join(
    struct ioc_letters *set, struct ioc_arena *arena, const struct ioc_letters *other);
void ioc_letters_settle(struct ioc_letters *set);
void ioc_letters_negate(struct ioc_letters *set, struct ioc_arena *arena);
/* Adds what differs from its letters by case only: Unicode's simple case folding. */
void ioc_letters_fold(struct ioc_letters *set, struct ioc_arena *arena);
/* Adds a category ("L", "Lu"; unassigned code points have none), a script ("Greek") or "Any"; false = no such name. */
bool ioc_letters_property(struct ioc_letters *set, struct ioc_arena *arena, struct ioc_text name);
bool ioc_letters_has(const struct ioc_letters *set, uint32_t point);
bool ioc_letters_equal(const struct ioc_letters *a, const struct ioc_letters *b);
