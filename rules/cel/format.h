#pragma once
/*
 * rules/cel/format.h — the text of format(): plain pieces and clauses, and what each clause takes.
 *
 * %s %d %f %e %b %o %x %X, with decimals as in %.2f; %% is a percent sign.
 *
 * Source   github.com/google/cel-spec doc/extensions/strings.md
 */
#include "rules/cel/builtin.h"
#include "rules/cel/checker.h"

enum { IOC_FORMAT_DECIMALS = 6 }; /* of %f and %e, unless the clause says */
struct ioc_format_piece {
    struct ioc_text text; /* the bytes of a plain piece; else of the clause as it is written */
    char clause;          /* 0 = plain, its letter, '?' = is none */
    int decimals;
};
/* The next piece; false at the end. */
bool ioc_format_next(struct ioc_text *rest, struct ioc_format_piece *piece);
/* Does the clause take values of that kind?  Lists and maps: whatever they hold. */
bool ioc_format_takes(char clause, uint32_t kind);
/* text.format(list) */
IOC_BUILTIN_RUN(ioc_format_run);
/* A constant text against the list that is written behind it; false after a complaint. */
bool ioc_format_check(struct ioc_checker *checker, const struct ioc_node *call);
