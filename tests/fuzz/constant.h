#pragma once
/* tests/fuzz/constant.h — an expression with constants in the place of fields. */
#include "tests/fuzz/world.h"

/* The source with every `event.x` written as the value that it has in the world's frames; false when it reads no such
 * field, or one that is missing, dyn or asked for with has() or .?. */
bool constant_write(const struct world *world, struct ioc_text source, const struct ioc_scratch *scratch, struct ioc_buffer *out);
