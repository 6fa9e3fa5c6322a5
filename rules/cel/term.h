#pragma once
/*
 * rules/cel/term.h — what must hold for a condition to be true, as far as an index can look it up.
 *
 * A condition is true only if, for at least one clause, all terms of that clause hold.  A term says
 * that a slot is one of some constants, a number within closed bounds, or a text with something in it;
 * what is no such term is left out, so clauses are necessary and not sufficient.  No clause at all: it is never true.
 * A clause without terms: nothing is known, it may always be true.
 *
 * CEL's && and || take their operands in any order and absorb each other's errors, which is what
 * makes this legal (github.com/google/cel-spec doc/langdef.md, Logical Operators).
 *
 * Memory   in the arena handed in; texts too
 * Thread   one at a time (load)
 */
#include "rules/cel/program.h"

enum { IOC_CLAUSES_MOST = 8, IOC_TERMS_MOST = 8 /* a clause */, IOC_TERM_VALUES = 64 };
enum ioc_term_kind {
    IOC_TERM_ONE_OF, /* values */
    IOC_TERM_RANGE,  /* low … high, both included; the bounds are rounded outward, NaN is outside */
    /* A text that … the one value: */
    IOC_TERM_STARTS,
    IOC_TERM_ENDS,
    IOC_TERM_CONTAINS,
};
union ioc_term_value {
    uint64_t word; /* bool, int, uint as its 64 bits */
    struct ioc_text text;
};
struct ioc_term {
    uint8_t kind, type; /* type of the slot */
    uint8_t frame;
    bool may_be_missing;
    ioc_slot slot;
    uint32_t count;
    const union ioc_term_value *values;
    double low, high;
};
struct ioc_clause {
    struct ioc_term terms[IOC_TERMS_MOST];
    uint32_t count;
};
struct ioc_terms {
    struct ioc_clause *clauses;
    uint32_t count;
    bool is_plain; /* evaluating it gives true, false or missing, never an error */
};

/* As ioc_program_new() for a condition, and its terms. */
enum ioc_status ioc_program_new_with_terms(struct ioc_text source, const struct ioc_scope *scope,
    struct ioc_arena *arena, struct ioc_terms *terms, struct ioc_program **program,
    struct ioc_program_error *err) IOC_USE;
/* Both must hold; either must. */
struct ioc_terms ioc_terms_and(
    const struct ioc_terms *a, const struct ioc_terms *b, struct ioc_arena *arena);
struct ioc_terms ioc_terms_or(
    const struct ioc_terms *a, const struct ioc_terms *b, struct ioc_arena *arena);
/* Nothing is known: it may be true and may fail. */
struct ioc_terms ioc_terms_unknown(struct ioc_arena *arena);

/* For program.c: the tree has been checked and folded. */
struct ioc_checker;
struct ioc_node;
struct ioc_terms ioc_terms_collect(
    struct ioc_checker *checker, const struct ioc_node *tree, struct ioc_arena *arena);
