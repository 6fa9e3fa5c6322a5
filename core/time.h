#pragma once
/*
 * core/time.h — points in time and spans, as numbers and as text.  Reads no clock (core/clock.h does).
 *
 * Time     nanoseconds since 1970-01-01T00:00:00Z, 1677-09-21 … 2262-04-11 (UTC without leap seconds)
 * Thread   any
 */
#include "core/status.h"
#include "core/text.h"
#include <stdint.h>

typedef int64_t ioc_time;
typedef int64_t ioc_span;

#define IOC_NANOSECOND ((ioc_span)1)
#define IOC_MICROSECOND (1000 * IOC_NANOSECOND)
#define IOC_MILLISECOND (1000 * IOC_MICROSECOND)
#define IOC_SECOND (1000 * IOC_MILLISECOND)
#define IOC_MINUTE (60 * IOC_SECOND)
#define IOC_HOUR (60 * IOC_MINUTE)
#define IOC_DAY (24 * IOC_HOUR)
#define IOC_TIME_NONE INT64_MIN
#define IOC_TIME_MAX INT64_MAX

struct ioc_zone;

struct ioc_date { /* proleptic Gregorian, in some zone */
    int32_t year, month, day; /* month and day from 1 */
    int32_t hour, minute, second, nanosecond;
    int32_t weekday;  /* 0 = Sunday */
    int32_t year_day; /* 0 = 1 January */
};

/* RFC 3339 and its common variants ("T" or a space, 0-9 fraction digits, "Z", "+07:00", "+0700",
 * "+07").  Text without a zone is taken in `zone`, or is IOC_INVALID when zone is NULL.  A leap
 * second is the second after it.  IOC_LIMIT when well formed but out of range (year 0000). */
enum ioc_status ioc_time_parse(struct ioc_text text, const struct ioc_zone *zone, ioc_time *time) IOC_USE;
enum { IOC_TIME_TEXT = 40 };
/* RFC 3339 with as many fraction digits as needed (0, 3, 6 or 9); zone NULL = UTC "Z". */
struct ioc_text ioc_time_format(ioc_time time, const struct ioc_zone *zone, char out[IOC_TIME_TEXT]);
void ioc_time_date(ioc_time time, int32_t offset_seconds, struct ioc_date *date);
enum ioc_status ioc_time_from_date(const struct ioc_date *date, int32_t offset_seconds, ioc_time *time) IOC_USE;

/* A span as people write it in files: `90s 10m 2h 1d 250ms 1h30m`, units d h m s ms us ns, larger
 * before smaller, each once, "-" before all of it.  A bare number is IOC_INVALID. */
enum ioc_status ioc_span_parse(struct ioc_text text, ioc_span *span) IOC_USE;
/* "1h30m", "250ms", "0s": reads back to the same span. */
struct ioc_text ioc_span_format(ioc_span span, char out[IOC_TIME_TEXT]);

/* Adds and subtracts, stopping at the ends (INT64_MIN + 1, INT64_MAX) instead of overflowing.
 * IOC_TIME_NONE plus a span stays IOC_TIME_NONE. */
ioc_time ioc_time_add(ioc_time time, ioc_span span);
ioc_span ioc_time_since(ioc_time later, ioc_time earlier);
