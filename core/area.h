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
 * Failure  errors with file:line where known: not closed, fewer than 4 positions, latitude beyond ±90,
 *          longitude and latitude swapped (all points outside ±90 latitude when read as written)
 */
#include "core/arena.h"
#include "core/status.h"
#include "core/value.h"

struct ioc_areas;
enum { IOC_AREA_NONE = -1 };
struct ioc_area { /* one feature */
    struct ioc_text id, name;         /* the key and name properties */
    double west, south, east, north;  /* bounding box */
    struct ioc_point centre;          /* inside or near; for labels */
};
/* `key` and `name` are property names. */
struct ioc_areas *ioc_areas_load(const char *path, struct ioc_text key, struct ioc_text name, struct ioc_errors *errors);
struct ioc_areas *ioc_areas_parse(struct ioc_text file, struct ioc_text json, struct ioc_text key, struct ioc_text name,
    struct ioc_errors *errors);
void ioc_areas_free(struct ioc_areas *areas);
uint32_t ioc_areas_count(const struct ioc_areas *areas);
const struct ioc_area *ioc_areas_get(const struct ioc_areas *areas, uint32_t index);
/* Index of the area that the point lies in, or IOC_AREA_NONE. */
int32_t ioc_areas_find(const struct ioc_areas *areas, struct ioc_point point);
