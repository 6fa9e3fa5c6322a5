#pragma once
/*
 * core/zonerule.h — the POSIX TZ rule at the end of a TZif file: "CET-1CEST,M3.5.0,M10.5.0/3".
 *
 * Only core/zone.c needs it.
 *
 * Memory   a value without pointers
 * Thread   any
 * Source   POSIX.1-2017 chapter 8.3 (TZ), with the hours -167 … 167 of RFC 8536 section 3.3.1
 */
#include "core/status.h"
#include "core/text.h"

struct ioc_zonerule_day {
    enum { IOC_DAY_OF_MONTH, IOC_DAY_WITHOUT_LEAP, IOC_DAY_OF_YEAR } kind; /* Mm.w.d, Jn, n */
    int32_t month, week, day; /* day: 0-6 from Sunday, 1-365, 0-365 */
    int32_t second;           /* local, from midnight */
};
struct ioc_zonerule {
    int32_t standard, summer; /* seconds east of UTC */
    bool has_summer;
    struct ioc_zonerule_day start, end; /* of summer time */
};

enum ioc_status ioc_zonerule_parse(struct ioc_text text, struct ioc_zonerule *rule) IOC_USE;
/* Seconds east of UTC at that second since 1970. */
int32_t ioc_zonerule_offset(const struct ioc_zonerule *rule, int64_t second);
