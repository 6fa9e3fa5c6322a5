#pragma once
/*
 * rules/params.h — a rule's parameters: one rule, 400 stations, each its own limit.
 *
 *   params: {from: stations, by: station, limit: {column: limit_cm, default: cm(15)}, wait: 20}
 *
 * The values of every row of the table are worked out once, at load.  A row without a value and without a
 * default leaves the parameter missing there.  A default may be in another unit than its column.
 *
 * Memory   the arena handed in
 * Thread   immutable once read
 */
#include "core/document.h"
#include "core/reference.h"

struct ioc_params { /* values per row of a reference table, made at load */
    const struct ioc_reference *table; /* NULL = the same for all */
    ioc_slot by;                       /* event field that names the row */
    struct ioc_schema schema;
    const struct ioc_row *fallback;    /* for keys without a row */
    const struct ioc_row **rows;       /* by row index */
};

/* node NULL = no parameters.  `event` is the schema of the rule's stream, `key` its first key field. */
bool ioc_params_read(struct ioc_params *params, const struct ioc_document *document, struct ioc_node *node,
    const struct ioc_reference *const *tables, uint32_t table_count, const struct ioc_schema *event, ioc_slot key,
    struct ioc_arena *arena, struct ioc_errors *errors);
/* row = index in the table, or UINT32_MAX. */
static inline const struct ioc_row *ioc_params_row(const struct ioc_params *params, uint32_t row)
{
    return row == UINT32_MAX || !params->rows ? params->fallback : params->rows[row];
}
