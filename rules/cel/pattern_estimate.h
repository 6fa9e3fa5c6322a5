#pragma once
/*
 * rules/cel/pattern_estimate.h — foretells how long Hyperscan will compile a pattern.
 *
 * hs_compile() cannot be stopped, and its time has little to do with the length of a pattern: what
 * costs is trying to make automata deterministic.  So the states that this would give are counted
 * first, in bounded time.  Measured over thousands of random patterns: within these bounds the median
 * is 1 to 3 ms and the worst that was met 161 ms; beyond, it takes up to seconds.
 *
 * Memory   in the arena
 */
#include "rules/cel/alphabet.h"
#include "rules/cel/pattern_syntax.h"

enum {
    IOC_PATTERN_LETTERS_MOST = 1000, /* letters and classes, each as often as it is repeated */
    IOC_PATTERN_STATES_MOST = 1000,
};
/* States, once more for each \b and \B; or UINT32_MAX = too many letters, states or steps to count them. */
uint32_t ioc_pattern_estimate(const struct ioc_pattern_node *tree,
    const struct ioc_alphabet *alphabet, struct ioc_arena *arena);
