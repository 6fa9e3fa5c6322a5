#pragma once
/*
 * rules/cel/guard.h — notes on fields that may be missing where they are read.
 *
 * A read of an optional field is guarded when the whole cannot be missing because of it: beside
 * has(event.x) in a `&&` (on either side: && takes both in any order), beside !has(event.x) in a `||`,
 * behind has(event.x) ? … : …, and the same with event.?x.hasValue().  Reads through .? need no guard.
 *
 * Only records that are always there are looked at: of the others everything may be missing.
 */
#include "rules/cel/checker.h"

/* The tree is checked and not yet folded.  Notes: "may-be-missing", and "always-there" for .? on a field
 * that is never absent. */
void ioc_guard_note(struct ioc_checker *checker, const struct ioc_node *tree);
