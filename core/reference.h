#pragma once
/*
 * core/reference.h — reference tables: rows that describe the things events speak of (stations.csv).
 *
 * CSV with a header line (RFC 4180 quoting; delimiter `,` `;` or tab detected or stated; decimal `.` or `,`
 * stated or detected) or GeoJSON points.  Loaded all or nothing with file:line:column of every error.
 *
 * Memory   one arena a table; immutable once loaded; shared by all lanes; the schema is the caller's and
 *          must outlive it
 * Thread   any, once loaded
 * Failure  NULL and errors: all that can be found, each with its line and column (GeoJSON: the feature's
 *          line); over 64 MiB (GeoJSON: 32 MiB), over a million rows, over 1024 columns
 */
#include "core/arena.h"
#include "core/key.h"
#include "core/status.h"

struct ioc_reference;
struct ioc_reference_options {
    struct ioc_text name;
    struct ioc_text key;       /* the column that is the key */
    char delimiter;            /* 0 = detect among , ; tab */
    char decimal;              /* 0 = '.' with the delimiter ',', else the sign of the first number that has one */
};
enum { IOC_REFERENCE_MOST = 64 * 1024 * 1024, IOC_REFERENCE_ROWS = 1000000, IOC_REFERENCE_COLUMNS = 1024 };
/* The schema's fields are the columns wanted; a column of the file that is not in it is passed over;
 * a field without a column is an error unless optional.  A point field `position` is made of the columns
 * `position` ("10.77 106.70" = latitude longitude), or lat/latitude/vĩ độ and lon/lng/longitude/kinh độ.
 * An empty cell is a missing value.  In GeoJSON fields are properties, the position is the feature's point,
 * and the key may be the feature's own id.  Duplicate keys are errors with both lines. */
struct ioc_reference *ioc_reference_load(const char *path, const struct ioc_reference_options *options,
    const struct ioc_schema *schema, struct ioc_errors *errors);
/* The same from a text; `file` is its name and, by .json or .geojson, says its format (else a first `{`). */
struct ioc_reference *ioc_reference_parse(struct ioc_text file, struct ioc_text text,
    const struct ioc_reference_options *options, const struct ioc_schema *schema, struct ioc_errors *errors);
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
/* How it was read, to show: delimiter 0 = GeoJSON; decimal 0 = no number had one. */
char ioc_reference_delimiter(const struct ioc_reference *reference);
char ioc_reference_decimal(const struct ioc_reference *reference);
