#pragma once
/*
 * core/geojson.h — the features of a GeoJSON text (RFC 7946), with the line that each starts in.
 *
 * Memory   a jansson tree; ioc_geojson_done()
 * Thread   one at a time (load)
 * Failure  an error: no JSON, no FeatureCollection or Feature, another coordinate system
 */
#include "core/arena.h"
#include "core/status.h"
#include <jansson.h>

enum { IOC_GEOJSON_MOST = 32 * 1024 * 1024 };

struct ioc_geojson {
    struct ioc_text file;    /* the caller's */
    json_t *root, *features; /* array of objects */
    uint32_t *lines, count;  /* of each feature */
};
bool ioc_geojson_parse(struct ioc_geojson *geojson, struct ioc_text file, struct ioc_text json,
    struct ioc_errors *errors) IOC_USE;
void ioc_geojson_done(struct ioc_geojson *geojson);
/* An error about a feature: "feature 3 ('Quận 1') …". */
void ioc_geojson_error(const struct ioc_geojson *geojson, uint32_t index, struct ioc_text name,
    struct ioc_errors *errors, const char *code, const char *hint, const char *format, ...)
    IOC_PRINTF(7, 8);
/* The same of an error that is there: "feature 3 is wrong: …". */
void ioc_geojson_refuse(
    const struct ioc_geojson *geojson, uint32_t index, const struct ioc_error *err, struct ioc_errors *errors);
/* Numbers of a position: longitude, latitude.  False when it is none. */
bool ioc_geojson_position(const json_t *position, double *longitude, double *latitude);
