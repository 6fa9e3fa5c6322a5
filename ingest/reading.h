#pragma once
/*
 * ingest/reading.h — one value from the wire as what a field wants, read with the tolerance that
 * devices need.
 *
 * Numbers may be texts ("15", "22.5 km/h", "22,5"); a decimal comma counts only where it can be
 * nothing else, so "1,234" is refused and "0,234" is not.  A unit in the text beats the stated one.
 *  Booleans may be words. Times may be RFC 3339 with or without a zone, or epochs whose unit the
 *  magnitude tells; an interval "a/b"
 * counts as its end.
 *
 * Memory   none
 * Thread   any
 * Failure  NULL is success; else a short clause for people ("is not a number"), without the value:
 *          it may be personal
 */
#include "core/value.h"
#include "core/zone.h"
#include "ingest/json.h"
#include "core/unit.h"

enum ioc_reading_time {
    IOC_READING_AUTO,
    IOC_READING_RFC3339,
    IOC_READING_EPOCH_S,
    IOC_READING_EPOCH_MS
};
struct ioc_reading {             /* how to read */
    const struct ioc_unit *from; /* stated unit of the wire, or NULL: the field's */
    const struct ioc_unit *to;   /* unit of the field, or NULL */
    struct ioc_text unit;        /* the field's unit as text, known to the table or not */
    enum ioc_reading_time time;
    const struct ioc_zone *zone; /* of times without one */
};

const char *ioc_reading_double(
    const struct ioc_reading *reading, const struct ioc_json_value *value, double *out);
const char *ioc_reading_int(
    const struct ioc_reading *reading, const struct ioc_json_value *value, int64_t *out);
const char *ioc_reading_uint(
    const struct ioc_reading *reading, const struct ioc_json_value *value, uint64_t *out);
const char *ioc_reading_bool(const struct ioc_json_value *value, bool *out);
const char *ioc_reading_moment(
    const struct ioc_reading *reading, const struct ioc_json_value *value, ioc_time *out);
/* "90s", or a number in the stated or the field's unit. */
const char *ioc_reading_span(
    const struct ioc_reading *reading, const struct ioc_json_value *value, ioc_span *out);
/* Numbers and booleans become text; `scratch` holds it then. */
enum { IOC_READING_SCRATCH = 40 };
const char *ioc_reading_text(
    const struct ioc_json_value *value, char scratch[IOC_READING_SCRATCH], struct ioc_text *out);
/* WGS 84, inside ±180 and ±90. */
const char *ioc_reading_point(double longitude, double latitude, struct ioc_point *out);
