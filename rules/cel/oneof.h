#pragma once
/*
 * rules/cel/oneof.h — a text compared (== != in) with a field that has `one_of` must be among them: the rest never comes.
 */
#include "rules/cel/checker.h"

/* False with a complaint at the text, and the word that was likely meant. */
bool ioc_oneof_check(struct ioc_checker *checker, const struct ioc_node *call);
