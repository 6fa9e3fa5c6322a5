/*
 * sinks/wall/outline.c — the city's areas as the page draws them.
 */
#include "sinks/wall/outline.h"
#include "core/file.h"
#include "core/geojson.h"
#include <inttypes.h>

static struct ioc_text id_of(const json_t *feature, const char *key, struct ioc_arena *arena)
{
    const json_t *value = json_object_get(json_object_get(feature, "properties"), key);
    if (json_is_string(value))
        return ioc_arena_copy(arena,
            (struct ioc_text){json_string_value(value), (uint32_t)json_string_length(value)});
    if (json_is_integer(value))
        return ioc_arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return (struct ioc_text){NULL, 0};
}

static void list_ids(struct ioc_outline *outline, const struct ioc_geojson *geojson,
    const char *key, struct ioc_arena *arena)
{
    uint32_t most = geojson->count < IOC_OUTLINE_AREAS ? geojson->count : IOC_OUTLINE_AREAS;
    outline->ids = ioc_arena_take(arena, (most + 1) * sizeof *outline->ids);
    for (uint32_t i = 0; i < most; i++) {
        struct ioc_text id = id_of(json_array_get(geojson->features, i), key, arena);
        if (id.length && id.length <= 200)
            outline->ids[outline->count++] = id;
    }
}

enum ioc_status ioc_outline_load(struct ioc_outline *outline, struct ioc_text file,
    struct ioc_text key, struct ioc_arena *arena, struct ioc_error *err)
{
    struct ioc_geojson geojson = {0};
    struct ioc_errors errors = {0};
    *outline =
        (struct ioc_outline){.json = IOC_TEXT("{\"type\":\"FeatureCollection\",\"features\":[]}")};
    if (file.length) {
        file = ioc_arena_copy(arena, file);
        enum ioc_status status =
            ioc_file_read(file.data, IOC_GEOJSON_MOST, false, arena, &outline->json, err);
        if (status != IOC_OK)
            return status;
        bool is_sound = ioc_geojson_parse(&geojson, file, outline->json, &errors);
        if (is_sound && key.length)
            list_ids(outline, &geojson, ioc_arena_copy(arena, key).data, arena);
        if (!is_sound && errors.count)
            *err = errors.items[0];
        ioc_geojson_done(&geojson);
        ioc_errors_done(&errors);
        if (!is_sound)
            return IOC_INVALID;
    }
    snprintf(
        outline->etag, sizeof outline->etag, "\"%016" PRIx64 "\"", ioc_text_hash(outline->json));
    return IOC_OK;
}
