/*
 * core/area.c — polygons of the city, from GeoJSON (RFC 7946).
 *
 * Shapes go into one array of edges; core/area_index answers the look-ups.
 */
#include "core/area.h"
#include "core/area_index.h"
#include "core/file.h"
#include "core/geojson.h"
#include "core/memory.h"
#include "core/table.h"
#include <math.h>
#include <stdlib.h>

struct ioc_areas {
    struct ioc_arena arena;
    struct ioc_area *items;
    uint32_t count;
    struct ioc_table ids; /* hash of the id → index */
    struct ioc_area_index index;
};

struct loader {
    struct ioc_areas *areas;
    struct ioc_geojson geojson;
    struct ioc_errors *errors;
    struct ioc_text key, name;
    uint32_t feature, edge_capacity, positions;
    struct ioc_text shown; /* name of the feature at work, for errors */
    struct {
        double area, longitude, latitude;
    } gravity; /* of its largest outer ring */
};

#define FEATURE_ERROR(loader, code, hint, ...)                                                     \
    ioc_geojson_error(&(loader)->geojson, (loader)->feature, (loader)->shown, (loader)->errors,    \
        code, hint, __VA_ARGS__)

/* Names */

/* A text as it is, a whole number in digits. */
static bool take_word(struct loader *loader, const json_t *value, struct ioc_text *word)
{
    if (json_is_string(value) && json_string_length(value) > 0)
        *word = ioc_arena_copy(&loader->areas->arena,
            (struct ioc_text){json_string_value(value), (uint32_t)json_string_length(value)});
    else if (json_is_integer(value))
        *word =
            ioc_arena_printf(&loader->areas->arena, "%lld", (long long)json_integer_value(value));
    else
        return false;
    return true;
}

static const json_t *find_property(json_t *feature, struct ioc_text name)
{
    char key[256];
    if (name.length >= sizeof key)
        return NULL;
    memcpy(key, name.data, name.length);
    key[name.length] = '\0';
    return json_object_get(json_object_get(feature, "properties"), key);
}

static void report_property(struct loader *loader, json_t *feature, struct ioc_text name)
{
    enum { MOST = 64 };
    struct ioc_text candidates[MOST];
    uint32_t count = 0;
    const char *key;
    json_t *value;
    char hint[160] = "";
    json_object_foreach(json_object_get(feature, "properties"), key, value) if (count < MOST)
        candidates[count++] = ioc_text_of(key);
    int nearest = ioc_text_nearest(name, candidates, count);
    if (nearest >= 0)
        snprintf(hint, sizeof hint, "did you mean '%s'?", candidates[nearest].data);
    else if (count > 0)
        snprintf(hint, sizeof hint, "its first property is '%s'", candidates[0].data);
    FEATURE_ERROR(loader, "no-property", hint, "has no text or whole number in the property '%.*s'",
        IOC_TEXT_ARGS(name));
}

static void take_names(struct loader *loader, json_t *feature, struct ioc_area *area)
{
    const json_t *id =
        loader->key.length ? find_property(feature, loader->key) : json_object_get(feature, "id");
    const json_t *name = loader->name.length ? find_property(feature, loader->name) : NULL;
    loader->shown = (struct ioc_text){"", 0};
    if (take_word(loader, name, &area->name))
        loader->shown = area->name;
    if (!take_word(loader, id, &area->id)) {
        report_property(loader, feature, loader->key.length ? loader->key : IOC_TEXT("id"));
        return;
    }
    if (loader->shown.length == 0)
        loader->shown = area->id;
    if (loader->name.length == 0 || json_is_null(name))
        area->name = area->id;
    else if (area->name.length == 0)
        report_property(loader, feature, loader->name);
    int32_t other = ioc_areas_seek(loader->areas, area->id);
    if (other != IOC_AREA_NONE)
        FEATURE_ERROR(loader, "duplicate-key", "keep one of them",
            "has the same key '%.*s' as feature %u in line %u", IOC_TEXT_ARGS(area->id),
            (uint32_t)other + 1, loader->geojson.lines[other]);
    else
        ioc_table_add(&loader->areas->ids, ioc_text_hash(area->id), loader->feature);
}

/* Shapes */

static bool add_edge(
    struct loader *loader, struct ioc_area_shape *shape, struct ioc_point from, struct ioc_point to)
{
    struct ioc_area_index *index = &loader->areas->index;
    if (fabs(from.longitude - to.longitude) > 180) {
        FEATURE_ERROR(
            loader, "antimeridian", "split it at 180 degrees", "crosses the antimeridian");
        return false;
    }
    if (index->edge_count == loader->edge_capacity) {
        uint32_t more = loader->edge_capacity ? 2 * loader->edge_capacity : 1024;
        index->edges = ioc_memory_grow(index->edges, loader->edge_capacity * sizeof *index->edges,
            more * sizeof *index->edges);
        loader->edge_capacity = more;
    }
    index->edges[index->edge_count++] = ioc_area_edge_of(from, to);
    shape->edge_count++;
    shape->west = fmin(shape->west, from.longitude);
    shape->east = fmax(shape->east, from.longitude);
    shape->south = fmin(shape->south, from.latitude);
    shape->north = fmax(shape->north, from.latitude);
    return true;
}

static bool check_position(struct loader *loader, const json_t *position, struct ioc_point *point)
{
    if (!ioc_geojson_position(position, &point->longitude, &point->latitude)) {
        FEATURE_ERROR(loader, "no-position", "a position is [longitude, latitude]",
            "has a position that is not two numbers");
        return false;
    }
    if (fabs(point->latitude) > 90) {
        bool is_swapped = fabs(point->longitude) <= 90 && fabs(point->latitude) <= 180;
        FEATURE_ERROR(loader, "latitude",
            is_swapped ? "are they swapped? GeoJSON is [longitude, latitude]" : NULL,
            "has the latitude %.10g, beyond ±90", point->latitude);
        return false;
    }
    if (fabs(point->longitude) > 180) {
        FEATURE_ERROR(loader, "longitude", "coordinates are WGS 84 degrees",
            "has the longitude %.10g, beyond ±180", point->longitude);
        return false;
    }
    return true;
}

/* Shoelace formula, about the first point so that nothing cancels. */
static void weigh_ring(struct loader *loader, const struct ioc_point *points, size_t count)
{
    double area = 0, longitude = 0, latitude = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        double ax = points[i].longitude - points[0].longitude,
               ay = points[i].latitude - points[0].latitude;
        double bx = points[i + 1].longitude - points[0].longitude,
               by = points[i + 1].latitude - points[0].latitude;
        double cross = ax * by - bx * ay;
        area += cross / 2;
        longitude += (ax + bx) * cross / 6;
        latitude += (ay + by) * cross / 6;
    }
    if (fabs(area) <= loader->gravity.area)
        return;
    loader->gravity.area = fabs(area);
    loader->gravity.longitude = points[0].longitude + longitude / area;
    loader->gravity.latitude = points[0].latitude + latitude / area;
}

static bool take_ring(
    struct loader *loader, const json_t *ring, bool is_outer, struct ioc_area_shape *shape)
{
    size_t count = json_array_size(ring);
    if (count < 4) {
        FEATURE_ERROR(loader, "ring-too-short",
            "a triangle has 4: the first is repeated at the end", "has a ring of %zu positions",
            count);
        return false;
    }
    if (count > IOC_AREA_POINTS - loader->positions) {
        FEATURE_ERROR(loader, "too-many-positions", "simplify the shapes",
            "passes the limit of %d positions", IOC_AREA_POINTS);
        return false;
    }
    loader->positions += (uint32_t)count;
    struct ioc_point *points = ioc_memory_take(count * sizeof *points);
    bool is_good = true;
    for (size_t i = 0; i < count && is_good; i++) {
        is_good = check_position(loader, json_array_get(ring, i), &points[i]);
        if (is_good && i > 0)
            is_good = add_edge(loader, shape, points[i - 1], points[i]);
    }
    if (is_good && (points[0].longitude != points[count - 1].longitude ||
                       points[0].latitude != points[count - 1].latitude)) {
        FEATURE_ERROR(loader, "ring-open", "repeat the first position at the end",
            "has a ring that is not closed");
        is_good = false;
    }
    if (is_good && is_outer)
        weigh_ring(loader, points, count);
    ioc_memory_give(points);
    return is_good;
}

static bool take_polygon(struct loader *loader, const json_t *rings, struct ioc_area_shape *shape)
{
    size_t count = json_array_size(rings);
    if (count == 0)
        FEATURE_ERROR(loader, "no-polygon", NULL, "has a polygon without rings");
    for (size_t i = 0; i < count; i++)
        if (!take_ring(loader, json_array_get(rings, i), i == 0, shape))
            return false;
    return count > 0;
}

static bool take_shape(struct loader *loader, json_t *feature, struct ioc_area_shape *shape)
{
    const json_t *geometry = json_object_get(feature, "geometry");
    const json_t *parts = json_object_get(geometry, "coordinates");
    const char *type = json_string_value(json_object_get(geometry, "type"));
    *shape = (struct ioc_area_shape){
        INFINITY, INFINITY, -INFINITY, -INFINITY, .edge = loader->areas->index.edge_count};
    loader->gravity.area = 0;
    if (type && strcmp(type, "Polygon") == 0)
        return take_polygon(loader, parts, shape);
    if (!type || strcmp(type, "MultiPolygon") != 0 || json_array_size(parts) == 0) {
        FEATURE_ERROR(loader, "no-polygon", "an area is a Polygon or a MultiPolygon",
            "is a %.40s without a polygon", type ? type : "feature");
        return false;
    }
    for (size_t i = 0; i < json_array_size(parts); i++)
        if (!take_polygon(loader, json_array_get(parts, i), shape))
            return false;
    return true;
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The middle of the widest stretch inside, halfway up. */
static struct ioc_point find_inside(
    const struct ioc_area_index *index, const struct ioc_area_shape *shape)
{
    struct ioc_point best = {(shape->west + shape->east) / 2, (shape->south + shape->north) / 2};
    double *crossings = ioc_memory_take(((size_t)shape->edge_count + 1) * sizeof *crossings),
           widest = 0;
    uint32_t count = 0;
    for (uint32_t e = shape->edge; e < shape->edge + shape->edge_count; e++) {
        const struct ioc_area_edge *edge = &index->edges[e];
        if (edge->a.latitude <= best.latitude && best.latitude < edge->b.latitude)
            crossings[count++] = edge->a.longitude + (edge->b.longitude - edge->a.longitude) *
                                                         ((best.latitude - edge->a.latitude) /
                                                             (edge->b.latitude - edge->a.latitude));
    }
    qsort(crossings, count, sizeof *crossings, compare_doubles);
    for (uint32_t i = 0; i + 1 < count; i += 2)
        if (crossings[i + 1] - crossings[i] > widest) {
            widest = crossings[i + 1] - crossings[i];
            best.longitude = (crossings[i] + crossings[i + 1]) / 2;
        }
    ioc_memory_give(crossings);
    return best;
}

static void take_feature(struct loader *loader, uint32_t number)
{
    json_t *feature = json_array_get(loader->geojson.features, number);
    struct ioc_area *area = &loader->areas->items[number];
    struct ioc_area_shape *shape = &loader->areas->index.shapes[number];
    loader->feature = number;
    loader->shown = (struct ioc_text){"", 0};
    if (!json_is_object(feature)) {
        FEATURE_ERROR(loader, "no-feature", NULL, "is no object");
        return;
    }
    take_names(loader, feature, area);
    if (!take_shape(loader, feature, shape))
        return;
    area->west = shape->west;
    area->south = shape->south;
    area->east = shape->east;
    area->north = shape->north;
    area->centre = (struct ioc_point){loader->gravity.longitude, loader->gravity.latitude};
    if (loader->gravity.area == 0 ||
        !ioc_area_index_has_slowly(&loader->areas->index, number, area->centre))
        area->centre = find_inside(&loader->areas->index, shape);
}

static void report_file(
    struct ioc_text file, struct ioc_errors *errors, const char *code, const char *text)
{
    struct ioc_error err = {0};
    char name[4096];
    snprintf(name, sizeof name, "%.*s", IOC_TEXT_ARGS(file));
    ioc_error_place(&err, name, 0, 0);
    ioc_error_set(&err, code, "%s", text);
    ioc_errors_add(errors, &err);
}

/* Edges were grown outside of the arena; now they stay as they are. */
static void settle_edges(struct ioc_areas *areas, bool is_kept)
{
    struct ioc_area_edge *grown = areas->index.edges;
    size_t bytes = areas->index.edge_count * sizeof *grown;
    if (is_kept) {
        areas->index.edges = ioc_arena_take(&areas->arena, bytes);
        memcpy(areas->index.edges, grown, bytes);
    }
    ioc_memory_give(grown);
}

struct ioc_areas *ioc_areas_parse(struct ioc_text file, struct ioc_text json, struct ioc_text key,
    struct ioc_text name, struct ioc_errors *errors)
{
    uint32_t before = errors->count + errors->omitted;
    struct ioc_areas *areas = ioc_memory_take(sizeof *areas);
    struct loader loader = {.areas = areas, .errors = errors, .key = key, .name = name};
    if (!ioc_geojson_parse(&loader.geojson, file, json, errors))
        goto out;
    uint32_t count = loader.geojson.count;
    if (count == 0 || count > IOC_AREAS_MOST) {
        report_file(file, errors, count == 0 ? "no-areas" : "too-many-areas",
            count == 0 ? "there is no area in the file"
                       : "there are over 65,536 areas in the file");
        goto out;
    }
    areas->items = ioc_arena_take(&areas->arena, count * sizeof *areas->items);
    areas->index.shapes = ioc_arena_take(&areas->arena, count * sizeof *areas->index.shapes);
    areas->count = areas->index.shape_count = count;
    for (uint32_t i = 0; i < count; i++)
        take_feature(&loader, i);
    bool is_good = errors->count + errors->omitted == before;
    settle_edges(areas, is_good);
    if (is_good)
        ioc_area_index_build(&areas->index, &areas->arena);
out:
    ioc_geojson_done(&loader.geojson);
    if (errors->count + errors->omitted == before)
        return areas;
    ioc_areas_free(areas);
    return NULL;
}

struct ioc_areas *ioc_areas_load(
    const char *path, struct ioc_text key, struct ioc_text name, struct ioc_errors *errors)
{
    struct ioc_arena arena = {0};
    struct ioc_error err = {0};
    struct ioc_text json;
    struct ioc_areas *areas = NULL;
    if (ioc_file_read(path, IOC_GEOJSON_MOST, false, &arena, &json, &err) == IOC_OK)
        areas = ioc_areas_parse(ioc_text_of(path), json, key, name, errors);
    else
        ioc_errors_add(errors, &err);
    ioc_arena_done(&arena);
    return areas;
}

void ioc_areas_free(struct ioc_areas *areas)
{
    if (!areas)
        return;
    ioc_table_done(&areas->ids);
    ioc_arena_done(&areas->arena);
    ioc_memory_give(areas);
}

uint32_t ioc_areas_count(const struct ioc_areas *areas)
{
    return areas->count;
}

const struct ioc_area *ioc_areas_get(const struct ioc_areas *areas, uint32_t index)
{
    return index < areas->count ? &areas->items[index] : NULL;
}

int32_t ioc_areas_seek(const struct ioc_areas *areas, struct ioc_text id)
{
    uint32_t at = UINT32_MAX, index;
    while ((index = ioc_table_find(&areas->ids, ioc_text_hash(id), &at)) != IOC_TABLE_NONE)
        if (ioc_text_equal(areas->items[index].id, id))
            return (int32_t)index;
    return IOC_AREA_NONE;
}

int32_t ioc_areas_find(const struct ioc_areas *areas, struct ioc_point point)
{
    return ioc_area_index_find(&areas->index, point);
}

bool ioc_areas_has(const struct ioc_areas *areas, uint32_t index, struct ioc_point point)
{
    return index < areas->count && ioc_area_index_has(&areas->index, index, point);
}
