#pragma once
/*
 * rules/cel/macro.h — calls that are loops: x.all(e, …), x.map(e, …), has(x.y), cel.bind(…).
 *
 * Recognised by name, receiver and number of arguments; anything else stays a call.
 */
#include "rules/cel/parser.h"

/* Returns the call itself when it is no macro, and NULL after a complaint. */
struct ioc_node *ioc_macro_expand(struct ioc_parser *parser, struct ioc_node *call);
