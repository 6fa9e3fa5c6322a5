#pragma once
/*
 * core/reference.h — reference tables: rows that describe the things events speak of (stations.csv).
 *
 * CSV with a header line (RFC 4180 quoting; delimiter `,` `;` or tab detected or stated; decimal `.` or `,`
 * stated or detected) or GeoJSON points.  Loaded all or nothing with file:line:column of every error.
 *
 * Memory   one arena a table; immutable once loaded; shared by all lanes
 * Thread   any, once loaded
 */
#include "core/arena.h"
#include "core/key.h"
#include "core/status.h"

struct ioc_reference;
struct ioc_reference_options {
    struct ioc_text name;
    struct ioc_text key;       /* the column that is the key */
    char delimiter;            /* 0 = detect among , ; tab */
    char decimal;              /* 0 = '.'; ',' also accepted when the delimiter is not ',' */
};
/* The schema's fields are the columns wanted; a column of the file that is not in it is passed over;
 * a field without a column is an error unless optional.  A point field `position` is made of the columns
 * `position` ("10.77 106.70" = latitude longitude), or lat/latitude/vĩ độ and lon/lng/longitude/kinh độ.
 * Duplicate keys are errors with both lines. */
struct ioc_reference *ioc_reference_load(const char *path, const struct ioc_reference_options *options,
    const struct ioc_schema *schema, struct ioc_errors *errors);
void ioc_reference_free(struct ioc_reference *reference);
const struct ioc_schema *ioc_reference_schema(const struct ioc_reference *reference);
struct ioc_text ioc_reference_name(const struct ioc_reference *reference);
struct ioc_text ioc_reference_file(const struct ioc_reference *reference);
uint32_t ioc_reference_count(const struct ioc_reference *reference);
const struct ioc_row *ioc_reference_row(const struct ioc_reference *reference, uint32_t index);
/* Line of the file that the row came from. */
uint32_t ioc_reference_line(const struct ioc_reference *reference, uint32_t index);
/* By key bytes (core/key.h) of its key column; UINT32_MAX when there is none. */
uint32_t ioc_reference_find(const struct ioc_reference *reference, struct ioc_text key_bytes);
ioc_slot ioc_reference_key_slot(const struct ioc_reference *reference);
/* XXH3 of the file's bytes. */
uint64_t ioc_reference_hash(const struct ioc_reference *reference);
