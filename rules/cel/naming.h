#pragma once
/*
 * rules/cel/naming.h — what the names in an expression stand for, and what was meant when nothing does.
 *
 * A.B.x, A.x, x are tried in this order in the container A.B, longest qualified name first; loop
 * variables hide all of them, and `.x` means the root.
 *
 * Source   github.com/google/cel-spec doc/langdef.md, Name Resolution
 */
#include "rules/cel/checker.h"

/* node is a name, or a chain of selections that may be one qualified name.  True when it has a
 * meaning now (shape included); no complaint otherwise. */
bool ioc_naming_resolve(struct ioc_checker *checker, struct ioc_node *node);
/* "a.b.c" of such a chain; empty when it is none or begins with a loop variable. */
struct ioc_text ioc_naming_chain(struct ioc_checker *checker, const struct ioc_node *node);
/* math.abs(x) parses as a method of `math`: when there is a function of that full name, in the
 * container or around it, the call is one of it.  Variables do not hide functions. */
void ioc_naming_unfold(struct ioc_checker *checker, struct ioc_node *call);
/* node becomes the slot of a record's field.  False when there is no such field. */
bool ioc_naming_field(struct ioc_checker *checker, struct ioc_node *node,
    const struct ioc_node *record, struct ioc_text field);
void ioc_naming_complain(struct ioc_checker *checker, const struct ioc_node *node);
void ioc_naming_complain_field(struct ioc_checker *checker, const struct ioc_node *node,
    const struct ioc_schema *schema, struct ioc_text field);
