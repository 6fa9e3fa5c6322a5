/*
 * core/reference.c — reference tables: rows, keys, and what they are loaded from.
 */
#include "core/file.h"
#include "core/memory.h"
#include "core/reference_load.h"
#include <assert.h>

void ioc_reference_error(struct ioc_reference_loader *loader, const struct ioc_csv_cell *cell,
    const struct ioc_error *err)
{
    if (loader->is_geojson)
        ioc_geojson_refuse(&loader->geojson, loader->feature, err, loader->errors);
    else
        ioc_csv_error(&loader->csv, cell->line, cell->start, err, loader->errors);
}

static void add_to_file(struct ioc_text file, struct ioc_error *err, struct ioc_errors *errors)
{
    char name[4096];
    snprintf(name, sizeof name, "%.*s", IOC_TEXT_ARGS(file));
    ioc_error_place(err, name, 0, 0);
    ioc_errors_add(errors, err);
}

void ioc_reference_refuse(struct ioc_text file, struct ioc_errors *errors, const char *code,
    const char *text, const char *hint)
{
    struct ioc_error err = {0};
    ioc_error_set(&err, code, "%s", text);
    ioc_error_hint(&err, "%s", hint);
    add_to_file(file, &err, errors);
}

static bool check_missing(struct ioc_reference_loader *loader, const struct ioc_csv_cell *cell)
{
    ioc_slot missing = ioc_draft_missing(&loader->draft);
    struct ioc_error err = {0};
    if (missing == IOC_SLOT_NONE)
        return true;
    struct ioc_text name = loader->schema->fields[missing].name;
    ioc_error_set(&err, "missing-value", "there is no value for '%.*s'", IOC_TEXT_ARGS(name));
    ioc_error_hint(&err, "fill it in, or make the column optional");
    if (!loader->is_geojson && loader->columns[missing] != IOC_REFERENCE_NO_COLUMN)
        cell = &loader->cells[loader->columns[missing]];
    ioc_reference_error(loader, cell, &err);
    return false;
}

void ioc_reference_add(
    struct ioc_reference_loader *loader, const struct ioc_csv_cell *cell, uint32_t line)
{
    struct ioc_reference *reference = loader->reference;
    struct ioc_key key;
    struct ioc_error err = {0};
    if (!check_missing(loader, cell))
        return;
    const struct ioc_row *row = ioc_draft_row(&loader->draft);
    const struct ioc_csv_cell *place =
        loader->is_geojson || loader->columns[reference->key] == IOC_REFERENCE_NO_COLUMN
            ? cell
            : &loader->cells[loader->columns[reference->key]];
    if (ioc_key_of_row(&key, row, loader->schema, &reference->key, 1) != IOC_OK) {
        ioc_error_set(&err, "bad-key",
            ioc_row_has(row, reference->key) ? "the key is too long" : "the row has no key");
        ioc_reference_error(loader, place, &err);
        return;
    }
    uint32_t same = ioc_reference_find(reference, ioc_key_text(&key));
    if (same != UINT32_MAX) {
        ioc_error_set(&err, "duplicate-key", "the key stands here a second time; first in line %u",
            reference->rows[same].line);
        ioc_error_hint(&err, "keep one of them");
        ioc_reference_error(loader, place, &err);
        return;
    }
    if (reference->count == reference->capacity) {
        uint32_t more = reference->capacity ? 2 * reference->capacity : 64;
        reference->rows = ioc_memory_grow(reference->rows,
            reference->capacity * sizeof *reference->rows, more * sizeof *reference->rows);
        reference->capacity = more;
    }
    void *bytes = ioc_arena_take(&reference->arena, row->bytes);
    memcpy(bytes, row, row->bytes);
    struct ioc_text kept = ioc_arena_copy(&reference->arena, ioc_key_text(&key));
    ioc_table_add(&reference->index, ioc_key_hash(kept), reference->count);
    reference->rows[reference->count++] = (struct ioc_reference_row){bytes, kept, line};
}

/* The point field called `position`, else the only one. */
static ioc_slot find_position(const struct ioc_schema *schema)
{
    ioc_slot found = IOC_SLOT_NONE;
    uint32_t count = 0;
    for (ioc_slot slot = 0; slot < schema->count; slot++) {
        if (schema->fields[slot].type != IOC_POINT)
            continue;
        if (ioc_text_equal(schema->fields[slot].name, IOC_TEXT("position")))
            return slot;
        found = slot;
        count++;
    }
    return count == 1 ? found : IOC_SLOT_NONE;
}

/* Whether rows can be made of this schema at all. */
static bool check_schema(
    struct ioc_reference_loader *loader, struct ioc_text file, struct ioc_text key)
{
    struct ioc_error err = {0};
    bool is_good = true;
    loader->reference->key = ioc_schema_find(loader->schema, key);
    if (loader->reference->key == IOC_SLOT_NONE) {
        struct ioc_text nearest = ioc_schema_nearest(loader->schema, key);
        ioc_error_set(&err, "unknown-key-column", "the key '%.*s' is none of the columns", IOC_TEXT_ARGS(key));
        if (nearest.length > 0)
            ioc_error_hint(&err, "did you mean '%.*s'?", IOC_TEXT_ARGS(nearest));
        add_to_file(file, &err, loader->errors);
        return false;
    }
    for (ioc_slot slot = 0; slot < loader->schema->count; slot++) {
        const struct ioc_field *field = &loader->schema->fields[slot];
        bool is_key = slot == loader->reference->key;
        if (ioc_written_can(field->type) && !(is_key && field->type == IOC_POINT))
            continue;
        ioc_error_set(&err, "column-type",
            is_key ? "the column '%.*s' cannot be a %s: it is the key" : "the column '%.*s' cannot be a %s",
            IOC_TEXT_ARGS(field->name), ioc_type_text(field->type));
        add_to_file(file, &err, loader->errors);
        is_good = false;
    }
    return is_good;
}

static bool is_json(struct ioc_text file, struct ioc_text text)
{
    struct ioc_text start = {text.data, text.length < 64 ? text.length : 64};
    if (ioc_text_starts(start, IOC_TEXT("\xef\xbb\xbf")))
        start = (struct ioc_text){start.data + 3, start.length - 3};
    return ioc_text_ends(file, IOC_TEXT(".json")) || ioc_text_ends(file, IOC_TEXT(".geojson")) ||
           ioc_text_starts(ioc_text_trim(start), IOC_TEXT("{"));
}

struct ioc_reference *ioc_reference_parse(struct ioc_text file, struct ioc_text text,
    const struct ioc_reference_options *options, const struct ioc_schema *schema,
    struct ioc_errors *errors)
{
    uint32_t before = errors->count + errors->omitted;
    struct ioc_reference *reference = ioc_memory_take(sizeof *reference);
    struct ioc_reference_loader loader = {.reference = reference,
        .schema = schema,
        .errors = errors,
        .position = find_position(schema)};
    struct ioc_arena arena = {0};
    reference->name = ioc_arena_copy(&reference->arena, options->name);
    reference->file = ioc_arena_copy(&reference->arena, file);
    reference->schema = schema;
    reference->hash = ioc_text_hash(text);
    if (text.length > IOC_REFERENCE_MOST)
        ioc_reference_refuse(file, errors, "file-too-long", "the table is longer than 64 MiB", "");
    else if (check_schema(&loader, file, options->key)) {
        if (is_json(file, text))
            ioc_reference_load_geojson(&loader, file, text);
        else
            ioc_reference_load_csv(&loader, file, text, options, &arena);
    }
    ioc_geojson_done(&loader.geojson);
    ioc_draft_done(&loader.draft);
    ioc_arena_done(&arena);
    if (errors->count + errors->omitted == before)
        return reference;
    ioc_reference_free(reference);
    return NULL;
}

struct ioc_reference *ioc_reference_load(const char *path,
    const struct ioc_reference_options *options, const struct ioc_schema *schema,
    struct ioc_errors *errors)
{
    struct ioc_arena arena = {0};
    struct ioc_error err = {0};
    struct ioc_text text;
    struct ioc_reference *reference = NULL;
    if (ioc_file_read(path, IOC_REFERENCE_MOST, false, &arena, &text, &err) == IOC_OK)
        reference = ioc_reference_parse(ioc_text_of(path), text, options, schema, errors);
    else
        ioc_errors_add(errors, &err);
    ioc_arena_done(&arena);
    return reference;
}

void ioc_reference_free(struct ioc_reference *reference)
{
    if (!reference)
        return;
    ioc_table_done(&reference->index);
    ioc_memory_give(reference->rows);
    ioc_arena_done(&reference->arena);
    ioc_memory_give(reference);
}

const struct ioc_schema *ioc_reference_schema(const struct ioc_reference *reference)
{
    return reference->schema;
}

struct ioc_text ioc_reference_name(const struct ioc_reference *reference)
{
    return reference->name;
}

struct ioc_text ioc_reference_file(const struct ioc_reference *reference)
{
    return reference->file;
}

uint32_t ioc_reference_count(const struct ioc_reference *reference)
{
    return reference->count;
}

const struct ioc_row *ioc_reference_row(const struct ioc_reference *reference, uint32_t index)
{
    assert(index < reference->count);
    return reference->rows[index].bytes;
}

uint32_t ioc_reference_line(const struct ioc_reference *reference, uint32_t index)
{
    assert(index < reference->count);
    return reference->rows[index].line;
}

uint32_t ioc_reference_find(const struct ioc_reference *reference, struct ioc_text key_bytes)
{
    uint64_t hash = ioc_key_hash(key_bytes);
    uint32_t at = UINT32_MAX, index;
    while ((index = ioc_table_find(&reference->index, hash, &at)) != IOC_TABLE_NONE)
        if (ioc_text_equal(reference->rows[index].key, key_bytes))
            return index;
    return UINT32_MAX;
}

ioc_slot ioc_reference_key_slot(const struct ioc_reference *reference)
{
    return reference->key;
}

uint64_t ioc_reference_hash(const struct ioc_reference *reference)
{
    return reference->hash;
}

char ioc_reference_delimiter(const struct ioc_reference *reference)
{
    return reference->delimiter;
}

char ioc_reference_decimal(const struct ioc_reference *reference)
{
    return reference->decimal;
}
