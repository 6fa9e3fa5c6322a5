#pragma once
/*
 * core/zone.h — time zones: IANA names from the system's TZif files, and fixed offsets.
 *
 * Never touches TZ or the C library's zone state.  Names: "Asia/Ho_Chi_Minh", "UTC", "+07:00".
 *
 * Memory   ioc_zone_load() gives one to ioc_zone_free(); immutable afterwards.
 * Thread   any, once loaded
 * Failure  IOC_NOT_FOUND no such zone (or a name with "..", "/" first), IOC_INVALID a broken file or
 *          one that counts leap seconds ("right/…"), IOC_FAILED the disk
 * Source   RFC 8536 (TZif versions 1-4, the footer's POSIX TZ rule beyond the table)
 */
#include "core/time.h"

/* Where the system keeps them: the places that the C library and its relatives look in, in that order. */
enum { IOC_ZONE_DIRECTORIES = 4 };
extern const char *const ioc_zone_directories[IOC_ZONE_DIRECTORIES];

enum ioc_status ioc_zone_load(struct ioc_text name, struct ioc_zone **zone) IOC_USE;
/* The same from the bytes of a TZif file, at most 256 KiB. */
enum ioc_status ioc_zone_read(struct ioc_text name, const void *bytes, size_t length, struct ioc_zone **zone) IOC_USE;
void ioc_zone_free(struct ioc_zone *zone);
/* Seconds east of UTC at that moment; zone NULL = 0. */
int32_t ioc_zone_offset(const struct ioc_zone *zone, ioc_time time);
int32_t ioc_zone_offset_at(const struct ioc_zone *zone, int64_t second); /* since 1970 */
/* The moment of a local date.  In a gap: as if the clock had not yet jumped; in a fold: the first. */
enum ioc_status ioc_zone_moment(const struct ioc_zone *zone, const struct ioc_date *date, ioc_time *time) IOC_USE;
struct ioc_text ioc_zone_name(const struct ioc_zone *zone);
