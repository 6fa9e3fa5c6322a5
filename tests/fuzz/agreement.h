#pragma once
/*
 * tests/fuzz/agreement.h — one expression, run in every way there is: all must agree, none may be slow.
 *
 * Ways       typed fields and dyn fields (strict) · the quick machine and the exact one · operands in order of cost and
 *            as written · fields, and their values written as constants in their place · terms for the index
 * Complaints name bytes of the source, in valid UTF-8, in English and Vietnamese
 * Time       of one compilation or one evaluation: below AGREEMENT_MS of this thread, in optimised code without sanitizers
 */
#include "core/text.h"
#include "tests/fuzz/chance.h"

enum { AGREEMENT_MS = 100 };
struct agreement;
struct agreement_counts {
    uint64_t expressions, compiled, evaluations, values, missing, errors;
    uint64_t twins, folded, terms, quick; /* comparisons with dyn, with constants, with terms, of both machines */
    double slowest_ms;
    char slowest[400];
};
struct agreement *agreement_new(void);
void agreement_free(struct agreement *agreement);
/* What does not agree, or NULL; on rows drawn from chance.  Good until the next call. */
const char *agreement_check(struct agreement *agreement, struct ioc_text source, struct chance *chance);
/* Only as rules do it: one compilation, one row, both machines. */
const char *agreement_check_briefly(struct agreement *agreement, struct ioc_text source, struct chance *chance);
struct agreement_counts *agreement_counts(struct agreement *agreement);
