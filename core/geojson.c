/*
 * core/geojson.c — the features of a GeoJSON text, with the line that each starts in.
 *
 * jansson keeps no places.  The lines come from a second walk over the text, which may be a simple one
 * because jansson has found the text well-formed before.
 */
#include "core/geojson.h"
#include "core/memory.h"
#include <assert.h>
#include <math.h>
#include <stdarg.h>

static void add_error(const struct ioc_geojson *geojson, uint32_t line, uint32_t column,
    struct ioc_errors *errors, struct ioc_error *err, const char *hint)
{
    char name[4096];
    snprintf(name, sizeof name, "%.*s", IOC_TEXT_ARGS(geojson->file));
    ioc_error_place(err, name, line, column);
    if (hint)
        ioc_error_hint(err, "%s", hint);
    ioc_errors_add(errors, err);
}

static void refuse(const struct ioc_geojson *geojson, uint32_t line, struct ioc_errors *errors, const char *code,
    const char *text, const char *hint)
{
    struct ioc_error err = {0};
    ioc_error_set(&err, code, "%s", text);
    add_error(geojson, line, line, errors, &err, hint);
}

static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at;
}

/* An object is a feature when it lies two levels deep in the last "features" of the root. */
static void find_lines(struct ioc_geojson *geojson, struct ioc_text json)
{
    const char *end = json.data + json.length;
    uint32_t depth = 0, line = 1, found = 0;
    bool is_features = false;
    for (const char *at = json.data; at < end; at++) {
        if (*at == '\n') {
            line++;
        } else if (*at == '"') {
            const char *start = at;
            at = skip_string(at, end);
            if (depth == 1)
                is_features = at - start == 9 && memcmp(start, "\"features", 9) == 0;
        } else if (*at == '{' || *at == '[') {
            depth++;
            if (*at == '{' && depth == 3 && is_features && found < geojson->count)
                geojson->lines[found++] = line;
        } else if (*at == '}' || *at == ']') {
            depth--;
        }
    }
}

/* The 2008 format knew other coordinate systems; RFC 7946 only degrees. */
static bool has_foreign_system(const json_t *root)
{
    const char *name = json_string_value(
        json_object_get(json_object_get(json_object_get(root, "crs"), "properties"), "name"));
    return name && !strstr(name, "CRS84") && !strstr(name, "4326");
}

bool ioc_geojson_parse(struct ioc_geojson *geojson, struct ioc_text file, struct ioc_text json,
    struct ioc_errors *errors)
{
    json_error_t wrong;
    *geojson = (struct ioc_geojson){.file = file};
    if (ioc_text_starts(json, IOC_TEXT("\xef\xbb\xbf")))
        json = (struct ioc_text){json.data + 3, json.length - 3};
    if (json.length > IOC_GEOJSON_MOST) {
        refuse(geojson, 0, errors, "file-too-long", "the file is longer than 32 MiB",
            "simplify the shapes");
        return false;
    }
    geojson->root = json_loadb(json.data, json.length, JSON_REJECT_DUPLICATES, &wrong);
    if (!geojson->root) {
        struct ioc_error err = {0};
        ioc_error_set(&err, "syntax", "this is not JSON: %s", wrong.text);
        add_error(geojson, wrong.line > 0 ? (uint32_t)wrong.line : 1,
            wrong.column > 0 ? (uint32_t)wrong.column : 1, errors, &err, NULL);
        return false;
    }
    const char *type = json_string_value(json_object_get(geojson->root, "type"));
    json_t *features = json_object_get(geojson->root, "features");
    if (type && strcmp(type, "Feature") == 0) {
        geojson->features = json_array();
        json_array_append(geojson->features, geojson->root);
    } else if (type && strcmp(type, "FeatureCollection") == 0 && json_is_array(features)) {
        geojson->features = json_incref(features);
    } else {
        refuse(geojson, 1, errors, "not-geojson", "the file is no GeoJSON FeatureCollection",
            "it starts with {\"type\": \"FeatureCollection\", \"features\": [");
        return false;
    }
    if (has_foreign_system(geojson->root)) {
        refuse(geojson, 1, errors, "coordinate-system",
            "the coordinates are not in WGS 84 degrees", "export the file again as EPSG:4326");
        return false;
    }
    geojson->count = (uint32_t)json_array_size(geojson->features);
    geojson->lines = ioc_memory_take((geojson->count + 1) * sizeof *geojson->lines);
    for (uint32_t i = 0; i < geojson->count; i++)
        geojson->lines[i] = 1;
    if (features == geojson->features)
        find_lines(geojson, json);
    return true;
}

void ioc_geojson_done(struct ioc_geojson *geojson)
{
    json_decref(geojson->features);
    json_decref(geojson->root);
    ioc_memory_give(geojson->lines);
    *geojson = (struct ioc_geojson){0};
}

void ioc_geojson_error(const struct ioc_geojson *geojson, uint32_t index, struct ioc_text name,
    struct ioc_errors *errors, const char *code, const char *hint, const char *format, ...)
{
    enum { SHOWN = 60 };
    struct ioc_error err = {0};
    va_list list;
    assert(index < geojson->count);
    va_start(list, format);
    ioc_error_set_list(&err, code, format, list);
    va_end(list);
    while (name.length > SHOWN || (name.length > 0 && !ioc_text_is_utf8(name)))
        name.length--;
    if (name.length > 0)
        ioc_error_prefix(&err, "feature %u ('%.*s') ", index + 1, IOC_TEXT_ARGS(name));
    else
        ioc_error_prefix(&err, "feature %u ", index + 1);
    add_error(geojson, geojson->lines[index], 0, errors, &err, hint);
}

void ioc_geojson_refuse(
    const struct ioc_geojson *geojson, uint32_t index, const struct ioc_error *err, struct ioc_errors *errors)
{
    struct ioc_error wrong = *err;
    assert(index < geojson->count);
    ioc_error_prefix(&wrong, "feature %u is wrong: ", index + 1);
    add_error(geojson, geojson->lines[index], 0, errors, &wrong, NULL);
}

bool ioc_geojson_position(const json_t *position, double *longitude, double *latitude)
{
    const json_t *x = json_array_get(position, 0), *y = json_array_get(position, 1);
    if (!json_is_number(x) || !json_is_number(y))
        return false;
    *longitude = json_number_value(x);
    *latitude = json_number_value(y);
    return isfinite(*longitude) && isfinite(*latitude);
}
