#pragma once
/*
 * rules/cel/moment.h — CEL's timestamps and durations: texts, ranges, calendar parts.
 *
 * A timestamp is a boxed value of seconds and nanoseconds in the years 1 … 9999; a duration is
 * nanoseconds in 64 bits.
 *
 * Failure  IOC_FAULT_TIME beyond these ranges, IOC_FAULT_FORMAT a text that is none
 */
#include "core/buffer.h"
#include "core/zone.h"
#include "rules/cel/scratch.h"

static inline struct ioc_boxed ioc_moment_of(ioc_time time)
{
    int64_t seconds = time / IOC_SECOND, rest = time % IOC_SECOND;
    if (rest < 0) {
        rest += IOC_SECOND;
        seconds--;
    }
    return (struct ioc_boxed){.integer = seconds, .count = (uint32_t)rest, .type = IOC_TIMESTAMP};
}
static inline int ioc_moment_order(const struct ioc_boxed *a, const struct ioc_boxed *b)
{
    if (a->integer != b->integer)
        return a->integer < b->integer ? -1 : 1;
    return a->count < b->count ? -1 : a->count > b->count;
}
/* Seconds since 1970, if in range. */
enum ioc_fault ioc_moment_from_seconds(int64_t seconds, struct ioc_boxed *out);
/* False when it lies outside of what ioc_time holds. */
bool ioc_moment_to_time(const struct ioc_boxed *moment, ioc_time *time);
/* RFC 3339, strictly. */
enum ioc_fault ioc_moment_parse(struct ioc_text text, struct ioc_boxed *out);
enum ioc_fault ioc_moment_add(const struct ioc_boxed *moment, ioc_span span, struct ioc_boxed *out);
enum ioc_fault ioc_moment_since(
    const struct ioc_boxed *later, const struct ioc_boxed *earlier, ioc_span *span);
void ioc_moment_print(const struct ioc_boxed *moment, struct ioc_buffer *out);

/* "1h30m", "-1.5h", "0"; units h m s ms us µs ns. */
enum ioc_fault ioc_moment_parse_span(struct ioc_text text, ioc_span *span);
/* Seconds: "90s", "-1.5s". */
void ioc_moment_print_span(ioc_span span, struct ioc_buffer *out);

/* "+11:00", "-02:30", "02:00", "UTC", "Z", "": true and the offset in seconds east. */
bool ioc_moment_fixed_zone(struct ioc_text name, int32_t *offset);
enum ioc_part {
    IOC_PART_YEAR,
    IOC_PART_MONTH,        /* 0 = January */
    IOC_PART_DATE,         /* from 1 */
    IOC_PART_DAY_OF_MONTH, /* from 0 */
    IOC_PART_DAY_OF_WEEK,  /* 0 = Sunday */
    IOC_PART_DAY_OF_YEAR,  /* from 0 */
    IOC_PART_HOURS,
    IOC_PART_MINUTES,
    IOC_PART_SECONDS,
    IOC_PART_MILLISECONDS,
    IOC_PARTS
};
extern const char *const ioc_moment_part_names[IOC_PARTS]; /* of the functions */
int64_t ioc_moment_part(const struct ioc_boxed *moment, int32_t offset, enum ioc_part part);
/* The same of a slot's time in a constant zone (IOC_KIND_ZONE), which may be a fixed offset. */
int64_t ioc_moment_time_part(ioc_time time, const struct ioc_boxed *zone, enum ioc_part part);
