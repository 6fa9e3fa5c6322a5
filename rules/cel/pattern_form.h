#pragma once
/*
 * rules/cel/pattern_form.h — what a regular expression asks for, in the simplest form that asks the same.
 *
 * Most patterns that people write are "contains", "begins with", "ends with" or "is" in disguise, and
 * need no automaton.  The others are cleaned: what repeats at the ends of a search is dropped, parts
 * that cannot match go away, and every ^ and $ stands where the match begins or ends.
 *
 * Memory   in the arena
 * Failure  as pattern_syntax.h; also IOC_INVALID for a ^ or $ in a place that Hyperscan cannot do
 */
#include "rules/cel/pattern_syntax.h"

enum ioc_pattern_form_kind {
    IOC_PATTERN_ALWAYS,
    IOC_PATTERN_FAILS,
    IOC_PATTERN_CONTAINS, /* literal */
    IOC_PATTERN_STARTS,
    IOC_PATTERN_ENDS,
    IOC_PATTERN_EQUALS,
    IOC_PATTERN_SEARCH, /* one of `letters` anywhere, or the tree; either may be NULL */
};
struct ioc_pattern_form {
    enum ioc_pattern_form_kind kind;
    struct ioc_text literal;
    struct ioc_pattern_node *tree;
    struct ioc_letters *letters;
};
enum ioc_status ioc_pattern_form_find(struct ioc_text pattern, struct ioc_arena *arena,
    struct ioc_pattern_form *form, struct ioc_program_error *err) IOC_USE;
