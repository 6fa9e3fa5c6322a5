#pragma once
/*
 * rules/cel/signature.h — the table of functions for people: `ioc kinds` and the manual.
 *
 * Memory   the caller's buffer
 */
#include "core/buffer.h"
#include "rules/cel/builtin.h"

/* "area(point) → string", "string.size() → int", "double + double → double". */
void ioc_signature_print(const struct ioc_builtin *builtin, struct ioc_buffer *out);
/* False for what only the compiler writes. */
bool ioc_signature_is_public(const struct ioc_builtin *builtin);
/* A library: its functions with all their signatures, what they give, when they fail, whether the rule index can
 * use them, and an example. */
void ioc_signature_print_library(const struct ioc_library *library, struct ioc_buffer *out);
