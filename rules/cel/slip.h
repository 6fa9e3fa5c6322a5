#pragma once
/*
 * rules/cel/slip.h — what to say of a token that cannot stand where it stands.
 *
 * Knows the slips of engineers: words for operators, a decimal comma, a bracket too many or too few.
 */
#include "rules/cel/parser.h"

/* Complains about the token being looked at; `wanted` is what was expected ("a value").  Always NULL. */
struct ioc_node *ioc_slip_refuse(struct ioc_parser *parser, const char *wanted);
