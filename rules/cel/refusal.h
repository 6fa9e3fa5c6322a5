#pragma once
/*
 * rules/cel/refusal.h — what to say when no overload fits, and what to write instead.
 *
 * Memory   in the arena of the compilation
 */
#include "rules/cel/checker.h"

/* `first` is the first overload of the name; is_count_known: one of them takes that many arguments.
 * Both return false, for `return ioc_refusal_…`. */
bool ioc_refusal_operands(
    struct ioc_checker *checker, const struct ioc_node *call, uint32_t first, bool is_count_known);
bool ioc_refusal_function(struct ioc_checker *checker, const struct ioc_node *call);
