#pragma once
/*
 * core/zones.h — all time zones of the system by name, for names that are known only when an event comes.
 *
 * Made empty; filled at the first need while rules are loaded; from then on it is only read.  One serves all
 * programs of a rule set.  The names are those of the files below /usr/share/zoneinfo (without posix/ and
 * right/, which hold copies): lists such as zone1970.tab and tzdata.zi leave names out or are not installed.
 *
 * Memory   below 1 MB once filled; reference-counted
 * Thread   new, fill: the one that loads; afterwards find, ref, unref: any
 * Failure  IOC_NOT_FOUND the system has none (tzdata is not installed)
 */
#include "core/zone.h"

struct ioc_zones;
struct ioc_zones *ioc_zones_new(void);
struct ioc_zones *ioc_zones_ref(struct ioc_zones *zones);
void ioc_zones_unref(struct ioc_zones *zones);
/* Reads them, unless that has been done. */
enum ioc_status ioc_zones_fill(struct ioc_zones *zones) IOC_USE;
/* NULL = no such zone, or not filled. */
const struct ioc_zone *ioc_zones_find(const struct ioc_zones *zones, struct ioc_text name);
uint32_t ioc_zones_count(const struct ioc_zones *zones);
