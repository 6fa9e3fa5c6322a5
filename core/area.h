#pragma once
/*
 * core/area.h — polygons of the city and points in them, from GeoJSON (RFC 7946).
 *
 * Polygon and MultiPolygon with holes; even-odd rule in degrees; a point on an edge belongs to the
 * first area that has it, so areas that share borders never both or neither claim a point.
 * Look-up goes over a uniform grid, then bounding boxes, then edges.
 *
 * Memory   one arena; immutable once loaded
 * Thread   any, once loaded
 * Failure  NULL, all or nothing; errors with file and the line the feature starts in: no JSON, no polygon,
 *          not closed, fewer than 4 positions, beyond ±180 or ±90, longitude and latitude swapped, across
 *          the antimeridian, no key or the same key twice, over 32 MiB, IOC_AREAS_MOST, IOC_AREA_POINTS
 */
#include "core/arena.h"
#include "core/status.h"
#include "core/value.h"

struct ioc_areas;
enum { IOC_AREA_NONE = -1, IOC_AREAS_MOST = 65536, IOC_AREA_POINTS = 1000000 /* positions a file */ };
struct ioc_area { /* one feature */
    struct ioc_text id, name;         /* the key and name properties */
    double west, south, east, north;  /* bounding box */
    struct ioc_point centre;          /* for labels: the centre of gravity, or a point inside where that is outside */
};
/* `key` and `name` are property names; an empty key is the feature's own "id", an empty name the id. */
struct ioc_areas *ioc_areas_load(const char *path, struct ioc_text key, struct ioc_text name, struct ioc_errors *errors);
struct ioc_areas *ioc_areas_parse(struct ioc_text file, struct ioc_text json, struct ioc_text key, struct ioc_text name,
    struct ioc_errors *errors);
void ioc_areas_free(struct ioc_areas *areas);
uint32_t ioc_areas_count(const struct ioc_areas *areas);
const struct ioc_area *ioc_areas_get(const struct ioc_areas *areas, uint32_t index);
/* Index of the area with that id, or IOC_AREA_NONE. */
int32_t ioc_areas_seek(const struct ioc_areas *areas, struct ioc_text id);
/* Index of the area that the point lies in, or IOC_AREA_NONE. */
int32_t ioc_areas_find(const struct ioc_areas *areas, struct ioc_point point);
/* Whether it lies in this area, whatever others it lies in as well. */
bool ioc_areas_has(const struct ioc_areas *areas, uint32_t index, struct ioc_point point);
