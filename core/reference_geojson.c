/*
 * core/reference_geojson.c — rows of a reference table out of GeoJSON points.
 */
#include "core/reference_load.h"

/* A JSON scalar as it would stand in a cell; false for lists and objects. */
static bool write_scalar(const json_t *value, char number[IOC_TEXT_NUMBER], struct ioc_text *text)
{
    if (!value || json_is_null(value)) {
        *text = (struct ioc_text){"", 0};
    } else if (json_is_string(value)) {
        *text = (struct ioc_text){json_string_value(value), (uint32_t)json_string_length(value)};
    } else if (json_is_boolean(value)) {
        *text = json_is_true(value) ? IOC_TEXT("true") : IOC_TEXT("false");
    } else if (json_is_integer(value)) {
        snprintf(number, IOC_TEXT_NUMBER, "%lld", (long long)json_integer_value(value));
        *text = ioc_text_of(number);
    } else if (json_is_real(value)) {
        *text = ioc_text_of_double(json_real_value(value), number);
    } else {
        return false;
    }
    return true;
}

static bool set_property(struct ioc_reference_loader *loader, json_t *feature, ioc_slot slot)
{
    const struct ioc_field *field = &loader->schema->fields[slot];
    char name[256], number[IOC_TEXT_NUMBER];
    struct ioc_error err = {0};
    struct ioc_text text;
    if (field->name.length >= sizeof name)
        return true;
    memcpy(name, field->name.data, field->name.length);
    name[field->name.length] = '\0';
    const json_t *value = json_object_get(json_object_get(feature, "properties"), name);
    if (!value && slot == loader->reference->key)
        value = json_object_get(feature, "id");
    if (!write_scalar(value, number, &text)) {
        ioc_error_set(&err, "wrong-kind", "the property '%s' is no single value", name);
        ioc_reference_error(loader, NULL, &err);
        return false;
    }
    if (text.length == 0 ||
        ioc_written_set(&loader->written, &loader->draft, slot, text, &err) == IOC_OK)
        return true;
    ioc_reference_error(loader, NULL, &err);
    return false;
}

static bool set_geometry(struct ioc_reference_loader *loader, json_t *feature)
{
    const json_t *geometry = json_object_get(feature, "geometry");
    const char *type = json_string_value(json_object_get(geometry, "type"));
    struct ioc_error err = {0};
    struct ioc_point point;
    double longitude, latitude;
    if (loader->position == IOC_SLOT_NONE || !geometry || json_is_null(geometry))
        return true;
    if (!type || strcmp(type, "Point") != 0 ||
        !ioc_geojson_position(json_object_get(geometry, "coordinates"), &longitude, &latitude)) {
        ioc_error_set(&err, "no-point", "its geometry is no point");
        ioc_error_hint(&err, "a table has a Point [longitude, latitude] a feature");
    } else if (ioc_written_point(latitude, longitude, &point, &err) == IOC_OK) {
        ioc_draft_set_point(&loader->draft, loader->position, point);
        return true;
    }
    ioc_reference_error(loader, NULL, &err);
    return false;
}

void ioc_reference_load_geojson(
    struct ioc_reference_loader *loader, struct ioc_text file, struct ioc_text text)
{
    loader->is_geojson = true;
    loader->written.decimal = loader->reference->decimal = '.';
    if (!ioc_geojson_parse(&loader->geojson, file, text, loader->errors))
        return;
    if (loader->geojson.count > IOC_REFERENCE_ROWS) {
        ioc_reference_refuse(
            file, loader->errors, "too-many-rows", "the table has over a million rows", "");
        return;
    }
    for (uint32_t i = 0; i < loader->geojson.count; i++) {
        json_t *feature = json_array_get(loader->geojson.features, i);
        bool is_good = true;
        loader->feature = i;
        ioc_draft_begin(&loader->draft, loader->schema);
        for (ioc_slot slot = 0; slot < loader->schema->count; slot++)
            is_good = set_property(loader, feature, slot) && is_good;
        is_good = set_geometry(loader, feature) && is_good;
        if (is_good)
            ioc_reference_add(loader, NULL, loader->geojson.lines[i]);
    }
}
