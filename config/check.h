#pragma once
/*
 * config/check.h — what `ioc check` found, as JSON for editors (config/manual/rules.md, "For editors").
 *
 * Memory   writes into the caller's buffer
 * Thread   one at a time
 */
#include "core/buffer.h"
#include "core/status.h"

struct ioc_check_counts {
    uint32_t streams, tables, rules, own, sources, sinks; /* own: the engine's own rules */
};
/* One object; `errors` and `notes` are sorted by the caller. */
void ioc_check_write(struct ioc_buffer *out, bool is_good, const struct ioc_errors *errors, const struct ioc_errors *notes,
    const struct ioc_check_counts *counts);
