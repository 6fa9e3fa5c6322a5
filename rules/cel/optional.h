#pragma once
/*
 * rules/cel/optional.h — values that may not be there, as values.
 *
 * Most optionals of an expression are never made: unwrap.c turns `event.?x.orValue(0.0)` into a test
 * and a load.  One that is kept (in a list, a variable, a comparison) points to its value.
 *
 * Memory   the value lies in the scratch, or in the constants of the program
 * Source   github.com/google/cel-go cel/library.go, OptionalTypes
 */
#include "rules/cel/scratch.h"

enum ioc_fault ioc_optional_wrap(
    struct ioc_scratch *scratch, const struct ioc_boxed *value, struct ioc_boxed *out);
/* What optional.ofNonZeroValue() takes for nothing: null, false, 0, empty, a duration of 0, 1970. */
bool ioc_optional_is_zero(const struct ioc_boxed *value);
