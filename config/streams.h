#pragma once
/*
 * config/streams.h — `streams:` and `tables:` of the city file → schemas, streams, reference tables.
 *
 * Memory   the city's arena; tables are released by the city
 * Thread   one at a time (load)
 * Failure  errors with file:line:column, all of the section
 */
#include "core/document.h"
#include "core/reference.h"
#include "core/stream.h"

struct ioc_streams {
    const struct ioc_stream **items;
    int *identity_levels; /* by stream: topic level that must equal the key; -1 = none stated */
    uint32_t count;
};
/* Tables in order of the file; `directory` is where their paths start. */
void ioc_tables_read(const struct ioc_document *document, struct ioc_node *node, struct ioc_arena *arena,
    const struct ioc_reference ***tables, uint32_t *count, struct ioc_errors *errors);
void ioc_streams_read(const struct ioc_document *document, struct ioc_node *node, const struct ioc_reference *const *tables,
    uint32_t table_count, struct ioc_arena *arena, struct ioc_streams *streams, struct ioc_errors *errors);
/* `fields:` or `columns:`: name → type or {type: …, unit: …, …}; `extra` empty fields are left at the end. */
bool ioc_fields_read(const struct ioc_document *document, struct ioc_node *node, uint32_t extra, struct ioc_arena *arena,
    struct ioc_schema *schema, struct ioc_errors *errors);
