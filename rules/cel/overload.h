#pragma once
/*
 * rules/cel/overload.h — which overload of an operator or function a call means.
 *
 * Source   github.com/google/cel-spec doc/langdef.md, Overload resolution
 */
#include "rules/cel/checker.h"

/* The operands are checked.  Sets shape, builtin and is_dynamic; false after a complaint. */
bool ioc_overload_resolve(struct ioc_checker *checker, struct ioc_node *call);
/* An int literal becomes the double that the other side is (deviation of RULES.md section 1). */
void ioc_overload_promote(
    struct ioc_checker *checker, struct ioc_node *literal, const struct ioc_node *other);
