/*
 * config/streams.c — `streams:` and `tables:` of the city file.
 */
#include "config/streams.h"
#include "config/citykeys.h"
#include "core/file.h"

struct reader {
    const struct ioc_document *document;
    struct ioc_arena *arena;
    struct ioc_errors *errors;
    const struct ioc_reference *const *tables;
    uint32_t table_count;
};

/* A span of the city file: not negative, and small enough to be added up. */
static void read_span(const struct reader *reader, struct ioc_node *node, ioc_span *span)
{
    ioc_span read;
    if (!node || !ioc_node_span(reader->document, node, &read, reader->errors))
        return;
    if (read >= 0 && read <= 3650 * IOC_DAY)
        *span = read;
    else
        ioc_node_error(reader->document, node, reader->errors, "out-of-range", "this lasts 0s to 3650d");
}

/* Unknown keys of the map under a key of a stream. */
static void check_keys(const struct reader *reader, const struct ioc_node *node)
{
    ioc_option_unknown(reader->document, node, ioc_option_find(&ioc_stream_form, node->key.data), NULL, NULL, reader->errors);
}

static bool is_section(const struct reader *reader, struct ioc_node *node, const char *what)
{
    if (!node || node->kind == IOC_NODE_MAP)
        return true;
    ioc_node_error(reader->document, node, reader->errors, "wrong-kind", "%s is a map: name: {…}", what);
    return false;
}

/* ------------------------------------------------------------- tables */

static const struct ioc_reference *read_table(const struct reader *reader, struct ioc_node *node)
{
    const struct ioc_document *document = reader->document;
    struct ioc_errors *errors = reader->errors;
    struct ioc_text file, key, letter;
    struct ioc_node *found;
    ioc_option_unknown(document, node, &ioc_table_form, NULL, NULL, errors);
    struct ioc_node *file_node = ioc_node_find(node, "file"), *key_node = ioc_node_find(node, "key"),
                    *columns = ioc_node_find(node, "columns");
    if (!file_node || !key_node || !columns) {
        ioc_node_key_error(document, node, errors, "missing-key", "a table has file, key and columns");
        ioc_node_hint(errors, "stations: {file: stations.csv, key: station, columns: {name: string, limit_cm: {type: double, optional: true}}}");
        return NULL;
    }
    if (!ioc_node_text(document, file_node, &file, errors) || !ioc_node_text(document, key_node, &key, errors))
        return NULL;
    struct ioc_schema *schema = ioc_arena_take(reader->arena, sizeof *schema);
    schema->name = ioc_arena_copy(reader->arena, node->key);
    if (!ioc_fields_read(document, columns, 1, reader->arena, schema, errors))
        return NULL;
    if (ioc_schema_find(schema, key) == IOC_SLOT_NONE) /* the key column need not be repeated under columns */
        schema->fields[schema->count++] =
            (struct ioc_field){.name = ioc_arena_copy(reader->arena, key), .type = IOC_STRING, .decimals = -1};
    struct ioc_reference_options options = {.name = schema->name, .key = ioc_arena_copy(reader->arena, key)};
    if ((found = ioc_node_find(node, "delimiter")) && ioc_node_text(document, found, &letter, errors))
        options.delimiter = ioc_text_equal(letter, IOC_TEXT("tab")) ? '\t' : letter.length ? letter.data[0] : 0;
    if ((found = ioc_node_find(node, "decimal")) && ioc_node_text(document, found, &letter, errors))
        options.decimal = letter.length ? letter.data[0] : 0;
    struct ioc_text path = ioc_file_beside(document->file, file, reader->arena);
    return ioc_reference_load(path.data, &options, schema, errors);
}

void ioc_tables_read(const struct ioc_document *document, struct ioc_node *node, struct ioc_arena *arena,
    const struct ioc_reference ***tables, uint32_t *count, struct ioc_errors *errors)
{
    struct reader reader = {.document = document, .arena = arena, .errors = errors};
    *count = 0;
    if (!is_section(&reader, node, "tables"))
        node = NULL;
    *tables = ioc_arena_take(arena, ((node ? node->count : 0) + 1) * sizeof **tables);
    for (struct ioc_node *child = node ? node->first : NULL; child; child = child->next) {
        const struct ioc_reference *table = read_table(&reader, child);
        if (table)
            (*tables)[(*count)++] = table;
    }
}

/* ------------------------------------------------------------- streams */

/* The slot of the field that a scalar names, or NONE with an error. */
static ioc_slot find_field(const struct reader *reader, const struct ioc_stream *stream, struct ioc_node *node)
{
    struct ioc_text name;
    if (!ioc_node_text(reader->document, node, &name, reader->errors))
        return IOC_SLOT_NONE;
    ioc_slot slot = ioc_schema_find(&stream->schema, name);
    if (slot != IOC_SLOT_NONE)
        return slot;
    struct ioc_text nearest = ioc_schema_nearest(&stream->schema, name);
    ioc_node_error(reader->document, node, reader->errors, "no-such-field", "stream '%.*s' has no field '%.*s'",
        IOC_TEXT_ARGS(stream->name), IOC_TEXT_ARGS(name));
    if (nearest.length)
        ioc_node_hint(reader->errors, "did you mean '%.*s'?", IOC_TEXT_ARGS(nearest));
    return IOC_SLOT_NONE;
}

static void add_key(const struct reader *reader, struct ioc_stream *stream, struct ioc_node *node)
{
    ioc_slot slot = find_field(reader, stream, node);
    if (slot == IOC_SLOT_NONE)
        return;
    const struct ioc_field *field = &stream->schema.fields[slot];
    if (stream->key_count == IOC_KEY_FIELDS_MOST)
        ioc_node_error(reader->document, node, reader->errors, "too-many", "a key has at most %d fields", IOC_KEY_FIELDS_MOST);
    else if (field->is_optional)
        ioc_node_error(reader->document, node, reader->errors, "optional-key", "a key field must not be optional");
    else if (field->personal != IOC_PERSONAL_NO) {
        ioc_node_error(reader->document, node, reader->errors, "personal-key", "a personal field cannot be a key: the key stands in every alert");
        ioc_node_hint(reader->errors, "key the stream by the place or the device, and compare the personal field in rules");
    } else if (field->type == IOC_LIST || field->type == IOC_MAP || field->type == IOC_POINT)
        ioc_node_error(reader->document, node, reader->errors, "bad-key", "a %s cannot be a key", ioc_type_text(field->type));
    else
        stream->key[stream->key_count++] = slot;
}

static void read_key(const struct reader *reader, struct ioc_stream *stream, struct ioc_node *node, struct ioc_node *key)
{
    if (!key) {
        ioc_node_key_error(reader->document, node, reader->errors, "missing-key", "stream '%.*s' has no key: who or what do its events speak of?",
            IOC_TEXT_ARGS(stream->name));
        ioc_node_hint(reader->errors, "key: station");
        return;
    }
    if (key->kind == IOC_NODE_LIST && key->count == 0)
        ioc_node_error(reader->document, key, reader->errors, "missing-key", "the key has no field");
    if (key->kind == IOC_NODE_LIST)
        for (struct ioc_node *child = key->first; child; child = child->next)
            add_key(reader, stream, child);
    else
        add_key(reader, stream, key);
}

static void read_time(const struct reader *reader, struct ioc_stream *stream, struct ioc_node *node)
{
    if (!node || (node->kind == IOC_NODE_SCALAR && ioc_text_equal(node->text, IOC_TEXT("received"))))
        return;
    if (node->kind != IOC_NODE_MAP) {
        ioc_node_error(reader->document, node, reader->errors, "bad-time", "time is `received` or a map");
        ioc_node_hint(reader->errors, "time: {field: observed_at, lateness: 30s, max_future: 2m}");
        return;
    }
    check_keys(reader, node);
    struct ioc_node *field = ioc_node_find(node, "field"), *lateness = ioc_node_find(node, "lateness"),
                    *max_future = ioc_node_find(node, "max_future");
    if (!field) {
        ioc_node_error(reader->document, node, reader->errors, "missing-key", "time has no field");
        return;
    }
    stream->time = find_field(reader, stream, field);
    if (stream->time != IOC_SLOT_NONE && stream->schema.fields[stream->time].type != IOC_TIMESTAMP)
        ioc_node_error(reader->document, field, reader->errors, "bad-time", "the time field must be of type timestamp");
    read_span(reader, lateness, &stream->lateness);
    read_span(reader, max_future, &stream->max_future);
}

static void read_dedupe(const struct reader *reader, struct ioc_stream *stream, struct ioc_node *node)
{
    if (!node)
        return;
    check_keys(reader, node);
    struct ioc_node *field = ioc_node_find(node, "field"), *span = ioc_node_find(node, "for");
    if (!field || !span) {
        ioc_node_error(reader->document, node, reader->errors, "missing-key", "dedupe has field and for");
        ioc_node_hint(reader->errors, "dedupe: {field: message_id, for: 10m}");
        return;
    }
    stream->dedupe = find_field(reader, stream, field);
    read_span(reader, span, &stream->dedupe_for);
}

static void read_inventory(const struct reader *reader, struct ioc_stream *stream, struct ioc_node *node)
{
    struct ioc_text name;
    if (!node)
        return;
    check_keys(reader, node);
    struct ioc_node *table = ioc_node_find(node, "table");
    if (!table || !ioc_node_text(reader->document, table, &name, reader->errors)) {
        ioc_node_error(reader->document, node, reader->errors, "missing-key", "inventory names a table");
        ioc_node_hint(reader->errors, "inventory: {table: stations}");
        return;
    }
    struct ioc_text *names = ioc_arena_take(reader->arena, (reader->table_count + 1) * sizeof *names);
    for (uint32_t i = 0; i < reader->table_count; i++) {
        names[i] = ioc_reference_name(reader->tables[i]);
        if (ioc_text_equal(names[i], name))
            stream->asset = reader->tables[i];
    }
    int nearest = ioc_text_nearest(name, names, reader->table_count);
    if (stream->asset)
        return;
    ioc_node_error(reader->document, table, reader->errors, "no-such-table", "there is no table '%.*s'", IOC_TEXT_ARGS(name));
    if (nearest >= 0)
        ioc_node_hint(reader->errors, "did you mean '%.*s'?", IOC_TEXT_ARGS(names[nearest]));
}

static void read_live(const struct reader *reader, struct ioc_stream *stream, struct ioc_node *node)
{
    struct ioc_node *found;
    for (ioc_slot i = 0; i < stream->schema.count; i++) {
        enum ioc_type type = stream->schema.fields[i].type;
        if (stream->position == IOC_SLOT_NONE && type == IOC_POINT)
            stream->position = i;
        if (stream->live == IOC_SLOT_NONE && (type == IOC_DOUBLE || type == IOC_INT || type == IOC_UINT))
            stream->live = i;
    }
    if (!node)
        return;
    if (node->kind != IOC_NODE_MAP) {
        ioc_node_error(reader->document, node, reader->errors, "wrong-kind", "live is a map");
        ioc_node_hint(reader->errors, "live: {field: depth_cm, kind: street-depth}");
        return;
    }
    check_keys(reader, node);
    if ((found = ioc_node_find(node, "field"))) {
        stream->live = find_field(reader, stream, found);
        enum ioc_type type = stream->live == IOC_SLOT_NONE ? IOC_DOUBLE : stream->schema.fields[stream->live].type;
        if (type != IOC_DOUBLE && type != IOC_INT && type != IOC_UINT && type != IOC_BOOL)
            ioc_node_error(reader->document, found, reader->errors, "bad-live", "the wall shows a number or a bool, not a %s", ioc_type_text(type));
    }
    if ((found = ioc_node_find(node, "position"))) {
        stream->position = find_field(reader, stream, found);
        if (stream->position != IOC_SLOT_NONE && stream->schema.fields[stream->position].type != IOC_POINT)
            ioc_node_error(reader->document, found, reader->errors, "bad-live", "a position is a field of type point");
    }
    if ((found = ioc_node_find(node, "kind")) && ioc_node_text(reader->document, found, &stream->kind, reader->errors))
        stream->kind = ioc_arena_copy(reader->arena, stream->kind);
}

static int read_identity(const struct reader *reader, struct ioc_node *node)
{
    int64_t level;
    if (!node || (node->kind == IOC_NODE_SCALAR && ioc_text_equal(node->text, IOC_TEXT("payload"))))
        return -1;
    struct ioc_node *found = ioc_node_find(node, "topic_level");
    check_keys(reader, node);
    if (!found) {
        ioc_node_error(reader->document, node, reader->errors, "bad-identity", "identity is `payload` or {topic_level: 3}");
        return -1;
    }
    return ioc_node_int(reader->document, found, 0, 63, &level, reader->errors) ? (int)level : -1;
}

static void add_hidden_fields(struct ioc_stream *stream)
{
    struct ioc_schema *schema = &stream->schema;
    bool has_range = false;
    for (ioc_slot i = 0; i < schema->count; i++)
        has_range |= schema->fields[i].has_range;
    if (stream->time != IOC_SLOT_NONE) {
        stream->clock_flag = schema->count;
        schema->fields[schema->count++] = (struct ioc_field){.name = IOC_TEXT("ioc_clock"), .type = IOC_BOOL, .decimals = -1};
    }
    if (has_range) {
        stream->range_flag = schema->count;
        schema->fields[schema->count++] = (struct ioc_field){.name = IOC_TEXT("ioc_range"), .type = IOC_BOOL, .decimals = -1};
    }
}

/* A name is part of entity ids (stream:key) and of ids of the engine's own rules. */
static void check_stream_name(const struct reader *reader, const struct ioc_node *node)
{
    struct ioc_text name = node->key;
    bool is_good = name.length > 0 && name.length <= 48 && name.data[0] >= 'a' && name.data[0] <= 'z';
    for (uint32_t i = 0; i < name.length; i++) {
        char letter = name.data[i];
        is_good &= (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
    }
    if (!is_good) {
        ioc_node_key_error(reader->document, node, reader->errors, "bad-name", "a stream has small letters, digits, - and _, at most 48, a letter first");
        ioc_node_hint(reader->errors, "street_depth");
    }
}

static struct ioc_stream *read_stream(const struct reader *reader, struct ioc_node *node, uint16_t id, int *identity)
{
    struct ioc_stream *stream = ioc_arena_take(reader->arena, sizeof *stream);
    struct ioc_node *found;
    int64_t priority;
    *stream = (struct ioc_stream){.name = ioc_arena_copy(reader->arena, node->key), .id = id, .time = IOC_SLOT_NONE,
        .lateness = 30 * IOC_SECOND, .max_future = 2 * IOC_MINUTE, .dedupe = IOC_SLOT_NONE, .clock_flag = IOC_SLOT_NONE,
        .range_flag = IOC_SLOT_NONE, .live = IOC_SLOT_NONE, .position = IOC_SLOT_NONE, .priority = 100};
    stream->kind = stream->schema.name = stream->name;
    *identity = -1;
    check_stream_name(reader, node);
    ioc_option_unknown(reader->document, node, &ioc_stream_form, NULL, NULL, reader->errors);
    if (!ioc_fields_read(reader->document, ioc_node_find(node, "fields"), 2, reader->arena, &stream->schema, reader->errors))
        return NULL;
    read_key(reader, stream, node, ioc_node_find(node, "key"));
    read_time(reader, stream, ioc_node_find(node, "time"));
    read_span(reader, ioc_node_find(node, "interval"), &stream->interval);
    stream->stale_after = 3 * stream->interval;
    read_span(reader, ioc_node_find(node, "stale_after"), &stream->stale_after);
    if ((found = ioc_node_find(node, "priority")) && ioc_node_int(reader->document, found, 0, 1000, &priority, reader->errors))
        stream->priority = (uint16_t)priority;
    read_inventory(reader, stream, ioc_node_find(node, "inventory"));
    read_dedupe(reader, stream, ioc_node_find(node, "dedupe"));
    read_live(reader, stream, ioc_node_find(node, "live"));
    *identity = read_identity(reader, ioc_node_find(node, "identity"));
    add_hidden_fields(stream);
    return stream;
}

void ioc_streams_read(const struct ioc_document *document, struct ioc_node *node, const struct ioc_reference *const *tables,
    uint32_t table_count, struct ioc_arena *arena, struct ioc_streams *streams, struct ioc_errors *errors)
{
    struct reader reader = {document, arena, errors, tables, table_count};
    if (!is_section(&reader, node, "streams"))
        node = NULL;
    uint32_t count = node ? node->count : 0;
    streams->items = ioc_arena_take(arena, (count + 1) * sizeof *streams->items);
    streams->identity_levels = ioc_arena_take(arena, (count + 1) * sizeof *streams->identity_levels);
    if (count > IOC_STREAMS_MOST) {
        ioc_node_error(document, node, errors, "too-many", "at most %d streams", IOC_STREAMS_MOST);
        return;
    }
    for (struct ioc_node *child = node ? node->first : NULL; child; child = child->next) {
        struct ioc_stream *stream = read_stream(&reader, child, (uint16_t)streams->count, &streams->identity_levels[streams->count]);
        if (stream)
            streams->items[streams->count++] = stream;
    }
}
