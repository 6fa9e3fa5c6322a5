/*
 * ingest/mapping.c — reads `fields:` of a route into a compiled mapping.
 */
#include "ingest/mapping.h"

struct reader {
    const struct ioc_document *document;
    const struct ioc_mapping_options *options;
    struct ioc_arena *arena;
    struct ioc_errors *errors;
    struct ioc_mapping *mapping;
};

static bool is_hidden(const struct ioc_mapping_options *options, ioc_slot slot)
{
    for (uint32_t i = 0; i < options->hidden_count; i++)
        if (options->hidden[i] == slot)
            return true;
    return false;
}

static struct ioc_json_node *child_of(
    struct ioc_json_node *node, struct ioc_text name, struct ioc_arena *arena)
{
    struct ioc_json_node **at = &node->first;
    for (; *at; at = &(*at)->next)
        if (ioc_text_equal((*at)->name, name))
            return *at;
    *at = ioc_arena_take(arena, sizeof **at);
    (*at)->name = name;
    bool is_index = name.length && name.length < 10 && (name.data[0] != '0' || name.length == 1);
    for (uint32_t i = 0; i < name.length && is_index; i++)
        is_index = name.data[i] >= '0' && name.data[i] <= '9';
    int64_t item = -1;
    (*at)->item = is_index && ioc_text_int(name, &item) == IOC_OK ? item : -1;
    return *at;
}

int64_t ioc_mapping_pointer(struct ioc_json_node *tree, struct ioc_text pointer,
    uint32_t *result_count, struct ioc_arena *arena)
{
    struct ioc_json_node *node = tree;
    uint32_t at = 0, depth = 0;
    if (pointer.length && pointer.data[0] != '/')
        return -1;
    while (at < pointer.length) {
        char *name = ioc_arena_take(arena, pointer.length - at + 1);
        uint32_t length = 0;
        for (at++; at < pointer.length && pointer.data[at] != '/'; at++) {
            char c = pointer.data[at];
            if (c == '~') {
                char next = ++at < pointer.length ? pointer.data[at] : 0;
                if (next != '0' && next != '1')
                    return -1;
                c = next == '0' ? '~' : '/';
            }
            name[length++] = c;
        }
        if (++depth > IOC_JSON_DEPTH)
            return -1;
        node = child_of(node, (struct ioc_text){name, length}, arena);
    }
    if (node->value_count == 0) {
        node->first_value = (*result_count)++;
        node->value_count = 1;
    }
    return node->first_value;
}

/* One of the words that the form lists for that key. */
static bool read_word(struct reader *reader, const struct ioc_node *node, const char *key, int *choice)
{
    const char *const *words = ioc_option_choices(ioc_option_find(&ioc_mapping_form, key));
    return ioc_node_choice(reader->document, node, words, choice, reader->errors);
}

static bool read_pointer(struct reader *reader, const struct ioc_node *node, uint32_t *value)
{
    struct ioc_text text;
    if (!ioc_node_text(reader->document, node, &text, reader->errors))
        return false;
    int64_t place = ioc_mapping_pointer(
        reader->mapping->tree, text, &reader->mapping->result_count, reader->arena);
    if (place < 0) {
        ioc_node_error(reader->document, node, reader->errors, "bad-pointer",
            "'%.*s' is not a JSON pointer", IOC_TEXT_ARGS(text));
        ioc_node_hint(reader->errors,
            "a pointer begins with '/': /%.*s; inside a name '~1' means '/' and '~0' means '~'",
            IOC_TEXT_ARGS(text));
        return false;
    }
    *value = (uint32_t)place;
    return true;
}

/* A scalar as the JSON value it looks like; quotes make it a text. */
static void read_scalar(const struct ioc_node *node, struct ioc_json_value *value)
{
    struct ioc_text text = node->text;
    bool is_plain = node->style == IOC_NODE_PLAIN;
    *value = (struct ioc_json_value){.kind = IOC_JSON_TEXT, .text = text};
    if (!is_plain)
        return;
    if (text.length == 0 || ioc_text_equal(text, IOC_TEXT("null")) ||
        ioc_text_equal(text, IOC_TEXT("~")))
        *value = (struct ioc_json_value){.kind = IOC_JSON_NULL};
    else if (ioc_text_equal(text, IOC_TEXT("true")) || ioc_text_equal(text, IOC_TEXT("false")))
        *value = (struct ioc_json_value){.kind = IOC_JSON_BOOL, .truth = text.data[0] == 't'};
    else if (ioc_text_int(text, &value->integer) == IOC_OK)
        value->kind = IOC_JSON_INT;
    else if (ioc_text_double(text, &value->real) == IOC_OK)
        value->kind = IOC_JSON_DOUBLE;
    else
        value->text = text;
}

static bool read_missing(
    struct reader *reader, struct ioc_node *node, struct ioc_mapping_field *out)
{
    if (!node)
        return true;
    uint32_t count = node->kind == IOC_NODE_LIST ? node->count : 1;
    struct ioc_json_value *values =
        ioc_arena_take(reader->arena, (count ? count : 1) * sizeof *values);
    const struct ioc_node *item = node->kind == IOC_NODE_LIST ? node->first : node;
    for (uint32_t i = 0; i < count; i++, item = item->next) {
        if (item->kind != IOC_NODE_SCALAR) {
            ioc_node_error(reader->document, item, reader->errors, "bad-missing",
                "A missing value must be a single value");
            ioc_node_hint(reader->errors, "missing: [-999, \"N/A\", null]");
            return false;
        }
        read_scalar(item, &values[i]);
    }
    out->missing = values;
    out->missing_count = count;
    return true;
}

static bool read_unit(struct reader *reader, struct ioc_node *node, struct ioc_mapping_field *out)
{
    const struct ioc_field *field = out->field;
    struct ioc_reading *reading = &out->reading;
    struct ioc_text name;
    char known[300];
    reading->unit = field->unit;
    reading->to = field->unit.length ? ioc_unit_find(field->unit) : NULL;
    if (!node)
        return true;
    if (!ioc_node_text(reader->document, node, &name, reader->errors))
        return false;
    reading->from = ioc_unit_find(name);
    bool is_span = field->type == IOC_DURATION;
    const char *dimension = is_span ? "time" : reading->to ? reading->to->dimension : NULL;
    if (reading->from && dimension && strcmp(reading->from->dimension, dimension) == 0)
        return true;
    if (!is_span && field->unit.length && ioc_text_equal(name, field->unit)) {
        reading->from = NULL;
        return true;
    }
    if (!is_span && field->unit.length == 0) {
        ioc_node_error(reader->document, node, reader->errors, "unit-mismatch",
            "Field '%.*s' has no unit to convert to", IOC_TEXT_ARGS(field->name));
        ioc_node_hint(reader->errors, "give the stream's field a unit: {type: double, unit: %.*s}",
            IOC_TEXT_ARGS(name));
        return false;
    }
    struct ioc_text wanted = is_span ? IOC_TEXT("time") : field->unit;
    if (reading->from)
        ioc_node_error(reader->document, node, reader->errors, "unit-mismatch",
            "'%.*s' measures %s, but '%.*s' is in %.*s", IOC_TEXT_ARGS(name),
            reading->from->dimension, IOC_TEXT_ARGS(field->name), IOC_TEXT_ARGS(wanted));
    else
        ioc_node_error(reader->document, node, reader->errors, "unknown-unit",
            "'%.*s' is no unit that is known here", IOC_TEXT_ARGS(name));
    if (dimension && ioc_unit_names(dimension, known, sizeof known))
        ioc_node_hint(reader->errors, "units of %s: %s", dimension, known);
    return false;
}

static bool read_time(struct reader *reader, struct ioc_node *form, struct ioc_node *zone,
    struct ioc_mapping_field *out)
{
    int choice;
    struct ioc_text name;
    out->reading.zone = reader->options->zone;
    if ((form || zone) && out->field->type != IOC_TIMESTAMP) {
        ioc_node_error(reader->document, form ? form : zone, reader->errors, "not-a-time",
            "'%.*s' is a %s, not a timestamp", IOC_TEXT_ARGS(out->field->name),
            ioc_type_text(out->field->type));
        return false;
    }
    if (form) {
        if (!read_word(reader, form, "time", &choice))
            return false;
        out->reading.time = (enum ioc_reading_time)choice;
    }
    if (!zone)
        return true;
    if (!ioc_node_text(reader->document, zone, &name, reader->errors))
        return false;
    struct ioc_zone *loaded;
    if (ioc_zone_load(name, &loaded) != IOC_OK) {
        ioc_node_error(reader->document, zone, reader->errors, "unknown-zone",
            "There is no time zone '%.*s'", IOC_TEXT_ARGS(name));
        ioc_node_hint(reader->errors, "a name such as Asia/Ho_Chi_Minh, UTC or +07:00");
        return false;
    }
    reader->mapping->zones[reader->mapping->zone_count++] = loaded;
    out->reading.zone = loaded;
    return true;
}

/* Exactly one of the ways to get a value. */
static bool read_from(struct reader *reader, struct ioc_node *node, struct ioc_mapping_field *out)
{
    struct ioc_node *pointer = ioc_node_find(node, "pointer"),
                    *level = ioc_node_find(node, "topic_level"),
                    *constant = ioc_node_find(node, "value"),
                    *latitude = ioc_node_find(node, "latitude"),
                    *longitude = ioc_node_find(node, "longitude");
    bool is_pair = latitude || longitude;
    int64_t number;
    if (!!pointer + !!level + !!constant + is_pair != 1 || (is_pair && !(latitude && longitude))) {
        ioc_node_error(reader->document, node, reader->errors, "bad-mapping",
            "'%.*s' wants exactly one place to come from", IOC_TEXT_ARGS(out->field->name));
        ioc_node_hint(
            reader->errors, "one of pointer, topic_level, value, or latitude and longitude");
        return false;
    }
    if (pointer)
        return read_pointer(reader, pointer, &out->value);
    if (level) {
        out->from = IOC_MAPPING_TOPIC;
        if (!reader->options->has_topic) {
            ioc_node_error(reader->document, level, reader->errors, "bad-mapping",
                "A record of a list has no topic");
            return false;
        }
        if (!ioc_node_int(reader->document, level, 0, 127, &number, reader->errors))
            return false;
        out->level = (uint32_t)number;
        return true;
    }
    if (is_pair) {
        out->from = IOC_MAPPING_PAIR;
        if (out->field->type != IOC_POINT) {
            ioc_node_error(reader->document, latitude, reader->errors, "bad-mapping",
                "'%.*s' is a %s, not a point", IOC_TEXT_ARGS(out->field->name),
                ioc_type_text(out->field->type));
            return false;
        }
        return read_pointer(reader, longitude, &out->value) &&
               read_pointer(reader, latitude, &out->latitude);
    }
    out->from = IOC_MAPPING_CONSTANT;
    if (constant->kind != IOC_NODE_SCALAR) {
        ioc_node_error(reader->document, constant, reader->errors, "bad-mapping",
            "A constant must be a single value");
        return false;
    }
    read_scalar(constant, &out->constant);
    return true;
}

/* Records: `items:` says where their fields come from, each relative to the record. */
static bool read_items(struct reader *reader, struct ioc_node *items, struct ioc_mapping_field *out)
{
    const struct ioc_field *field = out->field;
    bool has_records = field->type == IOC_LIST && field->element;
    if (items && !has_records) {
        ioc_node_error(reader->document, items, reader->errors, "bad-mapping",
            "'%.*s' is no list of records", IOC_TEXT_ARGS(field->name));
        return false;
    }
    if (!has_records)
        return true;
    struct ioc_mapping_options options = {.schema = field->element, .zone = reader->options->zone};
    out->items =
        ioc_mapping_read(reader->document, items, items, &options, reader->arena, reader->errors);
    return out->items;
}

static bool read_field(
    struct reader *reader, struct ioc_node *node, ioc_slot slot, struct ioc_mapping_field *out)
{
    *out =
        (struct ioc_mapping_field){.slot = slot, .field = &reader->options->schema->fields[slot]};
    int choice;
    if (node->kind == IOC_NODE_SCALAR)
        return read_pointer(reader, node, &out->value) && read_unit(reader, NULL, out) &&
               read_time(reader, NULL, NULL, out) &&
               read_missing(reader, reader->options->missing, out) && read_items(reader, NULL, out);
    if (node->kind != IOC_NODE_MAP) {
        ioc_node_error(reader->document, node, reader->errors, "bad-mapping",
            "'%.*s' wants a pointer or a map", IOC_TEXT_ARGS(out->field->name));
        ioc_node_hint(reader->errors, "%.*s: /%.*s", IOC_TEXT_ARGS(out->field->name),
            IOC_TEXT_ARGS(out->field->name));
        return false;
    }
    ioc_option_unknown(reader->document, node, &ioc_mapping_form, NULL, NULL, reader->errors);
    bool is_good = read_from(reader, node, out);
    is_good &= read_unit(reader, ioc_node_find(node, "unit"), out);
    is_good &= read_time(reader, ioc_node_find(node, "time"), ioc_node_find(node, "zone"), out);
    struct ioc_node *missing = ioc_node_find(node, "missing"),
                    *order = ioc_node_find(node, "order");
    is_good &= read_missing(reader, missing ? missing : reader->options->missing, out);
    is_good &= read_items(reader, ioc_node_find(node, "items"), out);
    if (order) {
        if (out->field->type != IOC_POINT || out->from == IOC_MAPPING_PAIR) {
            ioc_node_error(reader->document, order, reader->errors, "bad-mapping",
                "An order is for a point from an array");
            return false;
        }
        if (!read_word(reader, order, "order", &choice))
            return false;
        out->is_latitude_first = choice == 1;
    }
    return is_good;
}

static void read_named(struct reader *reader, struct ioc_node *fields)
{
    const struct ioc_schema *schema = reader->options->schema;
    for (struct ioc_node *node = fields->first; node; node = node->next) {
        node->is_seen = true;
        ioc_slot slot = ioc_schema_find(schema, node->key);
        if (slot == IOC_SLOT_NONE || is_hidden(reader->options, slot)) {
            struct ioc_text nearest = ioc_schema_nearest(schema, node->key);
            ioc_node_error(reader->document, node, reader->errors, "no-such-field",
                "'%.*s' has no field '%.*s'", IOC_TEXT_ARGS(schema->name),
                IOC_TEXT_ARGS(node->key));
            if (nearest.length)
                ioc_node_hint(reader->errors, "did you mean '%.*s'?", IOC_TEXT_ARGS(nearest));
            continue;
        }
        if (read_field(reader, node, slot, &reader->mapping->fields[reader->mapping->count]))
            reader->mapping->count++;
    }
}

/* Without `fields:` each field comes from the member of its own name. */
static void read_all(struct reader *reader)
{
    const struct ioc_schema *schema = reader->options->schema;
    for (ioc_slot slot = 0; slot < schema->count; slot++) {
        if (is_hidden(reader->options, slot))
            continue;
        struct ioc_mapping_field *out = &reader->mapping->fields[reader->mapping->count++];
        struct ioc_json_node *node =
            child_of(reader->mapping->tree, schema->fields[slot].name, reader->arena);
        *out = (struct ioc_mapping_field){.slot = slot, .field = &schema->fields[slot]};
        node->first_value = out->value = reader->mapping->result_count++;
        node->value_count = 1;
        read_unit(reader, NULL, out);
        read_time(reader, NULL, NULL, out);
        read_missing(reader, reader->options->missing, out);
        read_items(reader, NULL, out);
    }
}

static void check_required(struct reader *reader, struct ioc_node *fields)
{
    const struct ioc_schema *schema = reader->options->schema;
    for (ioc_slot slot = 0; slot < schema->count; slot++) {
        const struct ioc_field *field = &schema->fields[slot];
        bool is_there = field->is_optional || is_hidden(reader->options, slot);
        for (struct ioc_node *node = fields->first; node && !is_there; node = node->next)
            is_there = ioc_text_equal(node->key, field->name);
        if (is_there)
            continue;
        ioc_node_error(reader->document, fields, reader->errors, "field-not-mapped",
            "Required field '%.*s' of '%.*s' comes from nowhere", IOC_TEXT_ARGS(field->name),
            IOC_TEXT_ARGS(schema->name));
        ioc_node_hint(reader->errors, "%.*s: /%.*s, or make the field optional",
            IOC_TEXT_ARGS(field->name), IOC_TEXT_ARGS(field->name));
    }
}

struct ioc_mapping *ioc_mapping_read(const struct ioc_document *document, struct ioc_node *route,
    struct ioc_node *fields, const struct ioc_mapping_options *options, struct ioc_arena *arena,
    struct ioc_errors *errors)
{
    uint32_t before = errors->count + errors->omitted;
    struct ioc_mapping *mapping = ioc_arena_take(arena, sizeof *mapping);
    uint32_t most = options->schema->count + 1;
    if (fields && fields->kind == IOC_NODE_MAP && fields->count > most)
        most = fields->count;
    mapping->schema = options->schema;
    mapping->fields = ioc_arena_take(arena, most * sizeof *mapping->fields);
    mapping->zones = ioc_arena_take(arena, most * sizeof *mapping->zones);
    mapping->tree = ioc_arena_take(arena, sizeof *mapping->tree);
    mapping->tree->item = -1;
    struct reader reader = {document, options, arena, errors, mapping};
    if (!fields) {
        read_all(&reader);
    } else if (fields->kind != IOC_NODE_MAP) {
        ioc_node_error(
            document, fields, errors, "bad-mapping", "A map from fields to places is wanted");
        ioc_node_hint(errors, "fields:\n  depth_cm: /depth");
    } else {
        read_named(&reader, fields);
        check_required(&reader, fields);
    }
    mapping->results =
        ioc_arena_take(arena, (mapping->result_count + 1) * sizeof *mapping->results);
    if (errors->count + errors->omitted == before)
        return mapping;
    ioc_mapping_close(mapping);
    return NULL;
}

void ioc_mapping_close(struct ioc_mapping *mapping)
{
    if (!mapping)
        return;
    for (uint32_t i = 0; i < mapping->count; i++)
        ioc_mapping_close(mapping->fields[i].items);
    for (uint32_t i = 0; i < mapping->zone_count; i++)
        ioc_zone_free(mapping->zones[i]);
    mapping->zone_count = 0;
}
