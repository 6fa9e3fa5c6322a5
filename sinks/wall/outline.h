#pragma once
/*
 * sinks/wall/outline.h — the city's areas as the page draws them: its GeoJSON as it is, and the
 * ids in it.
 *
 * Memory   the caller's arena; at most 32 MiB of text and 4,096 areas
 * Thread   one at a time (load); then any
 * Failure  no file, no GeoJSON; a feature without the key is drawn but has no counters
 */
#include "core/arena.h"
#include "core/status.h"

enum { IOC_OUTLINE_AREAS = 4096 };
struct ioc_outline {
    struct ioc_text json; /* an empty FeatureCollection when the city has no areas */
    struct ioc_text *ids;
    uint32_t count;
    char etag[24];
};

/* file empty = no areas; key = the property that is an area's id, empty = they are not known. */
enum ioc_status ioc_outline_load(struct ioc_outline *outline, struct ioc_text file,
    struct ioc_text key, struct ioc_arena *arena, struct ioc_error *err) IOC_USE;
