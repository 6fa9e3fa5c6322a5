#pragma once
/*
 * rules/cel/macro.h — calls that are loops: x.all(e, …), x.map(e, …), has(x.y), cel.bind(…), cel.block(…).
 *
 * Recognised by name, receiver and number of arguments; anything else stays a call.
 */
#include "rules/cel/parser.h"

/* What cel.index(…) of that number is called inside; no name of a person is like it. */
struct ioc_text ioc_macro_slot(struct ioc_arena *arena, uint32_t number);
/* Returns the call itself when it is no macro, and NULL after a complaint. */
struct ioc_node *ioc_macro_expand(struct ioc_parser *parser, struct ioc_node *call);
