#pragma once
/*
 * config/schema.h — JSON Schemas and key lists of the files that people write (`ioc schema`).
 *
 * Checked-in copies lie in config/schema/<name>.schema.json, so that editors need no program; a test
 * compares them.
 *
 * Memory   the caller's buffer
 * Thread   any
 */
#include "core/buffer.h"

/* Names of the schemas, NULL-terminated: city, rules, story. */
extern const char *const ioc_schema_names[];
/* False when there is no schema of that name. */
bool ioc_schema_write(const char *name, struct ioc_buffer *json);
/* A Markdown table of the keys of one form ("rule", "stream", "route", …); false when there is none. */
bool ioc_schema_write_keys(const char *form, struct ioc_buffer *markdown);
