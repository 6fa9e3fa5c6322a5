/*
 * ingest/mapping_apply.c — one message through a compiled mapping into a draft.
 *
 * Lists and maps become cells.  A record of a list is a map whose keys are the names of its
 * schema's fields, each name written once per list.
 */
#include "ingest/mapping.h"
#include "ingest/route.h"

enum { MOST_ITEMS = 64, MOST_DEPTH = 15 };

static bool is_missing(const struct ioc_mapping_field *map, const struct ioc_json_value *value)
{
    for (uint32_t i = 0; i < map->missing_count; i++) {
        const struct ioc_json_value *other = &map->missing[i];
        double wanted = other->kind == IOC_JSON_INT ? (double)other->integer : other->real;
        if (other->kind == IOC_JSON_INT || other->kind == IOC_JSON_DOUBLE) {
            if ((value->kind == IOC_JSON_INT && (double)value->integer == wanted) ||
                (value->kind == IOC_JSON_DOUBLE && value->real == wanted))
                return true;
            double number;
            if (value->kind == IOC_JSON_TEXT && ioc_text_double(value->text, &number) == IOC_OK &&
                number == wanted)
                return true;
        } else if (other->kind == value->kind) {
            if (other->kind == IOC_JSON_NULL ||
                (other->kind == IOC_JSON_BOOL && other->truth == value->truth) ||
                (other->kind == IOC_JSON_TEXT && ioc_text_equal(other->text, value->text)))
                return true;
        }
    }
    return false;
}

static const char *limit_text(enum ioc_status status)
{
    return status == IOC_OK ? NULL : status == IOC_INVALID ? "is not UTF-8" : "is too long";
}

static const char *read_pair(const struct ioc_json_value *longitude,
    const struct ioc_json_value *latitude, struct ioc_point *point)
{
    static const struct ioc_reading plain = {0};
    double x, y;
    const char *why = ioc_reading_double(&plain, longitude, &x);
    if (!why)
        why = ioc_reading_double(&plain, latitude, &y);
    return why ? why : ioc_reading_point(x, y, point);
}

static const char *read_point(const struct ioc_mapping_field *map,
    const struct ioc_json_value *value, struct ioc_point *point)
{
    struct ioc_json_walk walk;
    struct ioc_text name;
    struct ioc_json_value pair[2];
    if (value->kind != IOC_JSON_ARRAY || ioc_json_count(value) < 2)
        return "is no pair of numbers";
    ioc_json_walk_begin(&walk, value);
    for (int i = 0; i < 2; i++)
        ioc_json_walk_next(&walk, &name, &pair[i]);
    return read_pair(
        &pair[map->is_latitude_first ? 1 : 0], &pair[map->is_latitude_first ? 0 : 1], point);
}

static const char *cell_of(struct ioc_draft *draft, const struct ioc_json_value *value,
    uint32_t depth, enum ioc_type *type, union ioc_word *word);

/* Any JSON: an object becomes a map, an array a list. */
static const char *cells_of(struct ioc_draft *draft, const struct ioc_json_value *value,
    uint32_t depth, struct ioc_ref *cells)
{
    uint32_t count = ioc_json_count(value), width = value->kind == IOC_JSON_OBJECT ? 2 : 1;
    struct ioc_json_walk walk;
    struct ioc_json_value item;
    struct ioc_text name;
    enum ioc_type type;
    union ioc_word word;
    if (depth > MOST_DEPTH)
        return "nests too deep";
    if (count > 4096 || ioc_draft_cells(draft, count * width, cells) != IOC_OK)
        return "is too long";
    struct ioc_ref all = *cells;
    ioc_json_walk_begin(&walk, value);
    for (uint32_t i = 0; ioc_json_walk_next(&walk, &name, &item); i++) {
        const char *why = cell_of(draft, &item, depth + 1, &type, &word);
        if (why)
            return why;
        ioc_draft_cell_set(draft, all, i * width + width - 1, type, word);
        if (width == 1)
            continue;
        if (!ioc_text_is_utf8(name) ||
            ioc_draft_tail(draft, name.data, name.length, &word.ref) != IOC_OK)
            return "is too long";
        ioc_draft_cell_set(draft, all, i * width, IOC_STRING, word);
    }
    cells->count = count;
    return NULL;
}

static const char *cell_of(struct ioc_draft *draft, const struct ioc_json_value *value,
    uint32_t depth, enum ioc_type *type, union ioc_word *word)
{
    *word = (union ioc_word){0};
    switch (value->kind) {
    case IOC_JSON_BOOL:
        *type = IOC_BOOL;
        word->u = value->truth;
        return NULL;
    case IOC_JSON_INT:
        *type = IOC_INT;
        word->i = value->integer;
        return NULL;
    case IOC_JSON_UINT:
        *type = IOC_UINT;
        word->u = value->natural;
        return NULL;
    case IOC_JSON_DOUBLE:
        *type = IOC_DOUBLE;
        word->d = value->real;
        return NULL;
    case IOC_JSON_TEXT:
        *type = IOC_STRING;
        if (!ioc_text_is_utf8(value->text))
            return "is not UTF-8";
        return limit_text(ioc_draft_tail(draft, value->text.data, value->text.length, &word->ref));
    case IOC_JSON_ARRAY:
    case IOC_JSON_OBJECT:
        *type = value->kind == IOC_JSON_ARRAY ? IOC_LIST : IOC_MAP;
        return cells_of(draft, value, depth, &word->ref);
    default: *type = IOC_NULL; return NULL;
    }
}

/* One item as the stated type. */
static const char *typed_cell(struct ioc_draft *draft, const struct ioc_mapping_field *map,
    enum ioc_type type, const struct ioc_json_value *value, union ioc_word *word)
{
    char scratch[IOC_READING_SCRATCH];
    struct ioc_text text;
    struct ioc_point point;
    bool truth;
    const char *why;
    *word = (union ioc_word){0};
    switch (type) {
    case IOC_BOOL:
        why = ioc_reading_bool(value, &truth);
        word->u = !why && truth;
        return why;
    case IOC_INT: return ioc_reading_int(&map->reading, value, &word->i);
    case IOC_UINT: return ioc_reading_uint(&map->reading, value, &word->u);
    case IOC_DOUBLE: return ioc_reading_double(&map->reading, value, &word->d);
    case IOC_TIMESTAMP: return ioc_reading_moment(&map->reading, value, &word->i);
    case IOC_DURATION: return ioc_reading_span(&map->reading, value, &word->i);
    case IOC_STRING:
    case IOC_BYTES:
        why = ioc_reading_text(value, scratch, &text);
        if (!why && type == IOC_STRING && !ioc_text_is_utf8(text))
            why = "is not UTF-8";
        return why ? why : limit_text(ioc_draft_tail(draft, text.data, text.length, &word->ref));
    case IOC_POINT:
        why = read_point(map, value, &point);
        return why ? why : limit_text(ioc_draft_tail(draft, &point, sizeof point, &word->ref));
    default: return "cannot be an item";
    }
}

/* A record into a map of the fields that it has. */
static const char *record_cells(struct ioc_draft *draft, const struct ioc_mapping *items,
    const struct ioc_json_value *value, const struct ioc_ref *names, struct ioc_ref *record)
{
    uint32_t count = 0;
    if (value->kind != IOC_JSON_OBJECT)
        return "holds what is no record";
    if (ioc_draft_cells(draft, 2 * items->count, record) != IOC_OK)
        return "is too long";
    for (uint32_t i = 0; i < items->result_count; i++)
        items->results[i].kind = IOC_JSON_NONE;
    ioc_json_pick(value, items->tree, items->results);
    struct ioc_ref all = *record;
    for (uint32_t i = 0; i < items->count; i++) {
        const struct ioc_mapping_field *map = &items->fields[i];
        const struct ioc_json_value *at =
            map->from == IOC_MAPPING_CONSTANT ? &map->constant : &items->results[map->value];
        enum ioc_type type = map->field->type;
        size_t mark = draft->bytes.length;
        union ioc_word word;
        const char *why = NULL;
        if (at->kind == IOC_JSON_NONE || at->kind == IOC_JSON_NULL || is_missing(map, at)) {
            if (map->field->is_optional)
                continue;
            return "lacks a required field in a record";
        }
        if (map->from == IOC_MAPPING_PAIR) {
            struct ioc_point point;
            why = read_pair(at, &items->results[map->latitude], &point);
            if (!why)
                why = limit_text(ioc_draft_tail(draft, &point, sizeof point, &word.ref));
        } else if (type == IOC_LIST || type == IOC_MAP || type == IOC_DYN) {
            why = cell_of(draft, at, 2, &type, &word);
        } else {
            why = typed_cell(draft, map, type, at, &word);
        }
        if (why && map->field->is_optional) {
            draft->bytes.length = mark;
            continue;
        }
        if (why)
            return why;
        ioc_draft_cell_set(draft, all, 2 * count, IOC_STRING, (union ioc_word){.ref = names[i]});
        ioc_draft_cell_set(draft, all, 2 * count + 1, type, word);
        count++;
    }
    record->count = count;
    return NULL;
}

static const char *set_list(struct ioc_draft *draft, const struct ioc_mapping_field *map,
    const struct ioc_json_value *value)
{
    uint32_t count = ioc_json_count(value), most = map->field->max ? map->field->max : MOST_ITEMS;
    struct ioc_ref cells, names[IOC_SLOTS_MOST];
    struct ioc_json_walk walk;
    struct ioc_json_value item;
    struct ioc_text name;
    if (value->kind != IOC_JSON_ARRAY)
        return "is not a list";
    if (count > most || ioc_draft_cells(draft, count, &cells) != IOC_OK)
        return "has too many items";
    for (uint32_t i = 0; map->items && i < map->items->count; i++) {
        struct ioc_text text = map->items->fields[i].field->name;
        if (ioc_draft_tail(draft, text.data, text.length, &names[i]) != IOC_OK)
            return "is too long";
    }
    ioc_json_walk_begin(&walk, value);
    for (uint32_t i = 0; ioc_json_walk_next(&walk, &name, &item); i++) {
        union ioc_word word = {0};
        enum ioc_type type = map->items ? IOC_MAP : map->field->of;
        const char *why;
        if (map->items)
            why = record_cells(draft, map->items, &item, names, &word.ref);
        else if (type == IOC_NULL || type == IOC_DYN || type == IOC_LIST || type == IOC_MAP)
            why = cell_of(draft, &item, 2, &type, &word);
        else
            why = typed_cell(draft, map, type, &item, &word);
        if (why)
            return why;
        ioc_draft_cell_set(draft, cells, i, type, word);
    }
    return limit_text(ioc_draft_set_cells(draft, map->slot, cells));
}

static const char *set_any(struct ioc_draft *draft, const struct ioc_mapping_field *map,
    const struct ioc_json_value *value)
{
    struct ioc_ref cells;
    enum ioc_type type;
    union ioc_word word;
    if (map->field->type == IOC_MAP) {
        if (value->kind != IOC_JSON_OBJECT)
            return "is not a map";
        if (ioc_json_count(value) > (map->field->max ? map->field->max : MOST_ITEMS))
            return "has too many items";
        const char *why = cells_of(draft, value, 1, &cells);
        return why ? why : limit_text(ioc_draft_set_cells(draft, map->slot, cells));
    }
    if (ioc_draft_cells(draft, 1, &cells) != IOC_OK)
        return "is too long";
    const char *why = cell_of(draft, value, 1, &type, &word);
    if (why)
        return why;
    ioc_draft_cell_set(draft, cells, 0, type, word);
    return limit_text(ioc_draft_set_cells(draft, map->slot, cells));
}

static const char *set_value(struct ioc_draft *draft, const struct ioc_mapping_field *map,
    const struct ioc_json_value *value)
{
    char scratch[IOC_READING_SCRATCH];
    struct ioc_text text;
    struct ioc_point point;
    union ioc_word word = {0};
    bool truth;
    const char *why;
    switch (map->field->type) {
    case IOC_BOOL:
        if (!(why = ioc_reading_bool(value, &truth)))
            ioc_draft_set_bool(draft, map->slot, truth);
        return why;
    case IOC_INT:
        if (!(why = ioc_reading_int(&map->reading, value, &word.i)))
            ioc_draft_set_int(draft, map->slot, word.i);
        return why;
    case IOC_UINT:
        if (!(why = ioc_reading_uint(&map->reading, value, &word.u)))
            ioc_draft_set_uint(draft, map->slot, word.u);
        return why;
    case IOC_DOUBLE:
        if (!(why = ioc_reading_double(&map->reading, value, &word.d)))
            ioc_draft_set_double(draft, map->slot, word.d);
        return why;
    case IOC_TIMESTAMP:
        if (!(why = ioc_reading_moment(&map->reading, value, &word.i)))
            ioc_draft_set_int(draft, map->slot, word.i);
        return why;
    case IOC_DURATION:
        if (!(why = ioc_reading_span(&map->reading, value, &word.i)))
            ioc_draft_set_int(draft, map->slot, word.i);
        return why;
    case IOC_STRING:
        why = ioc_reading_text(value, scratch, &text);
        return why ? why : limit_text(ioc_draft_set_text(draft, map->slot, text));
    case IOC_BYTES:
        why = ioc_reading_text(value, scratch, &text);
        return why ? why : limit_text(ioc_draft_set_bytes(draft, map->slot, text));
    case IOC_POINT:
        if (!(why = read_point(map, value, &point)))
            ioc_draft_set_point(draft, map->slot, point);
        return why;
    case IOC_LIST: return set_list(draft, map, value);
    default: return set_any(draft, map, value);
    }
}

static const char *apply_field(const struct ioc_mapping *mapping,
    const struct ioc_mapping_field *map, struct ioc_text topic, struct ioc_draft *draft)
{
    struct ioc_json_value level = {.kind = IOC_JSON_TEXT};
    const struct ioc_json_value *value = &mapping->results[map->value];
    if (map->from == IOC_MAPPING_CONSTANT)
        value = &map->constant;
    if (map->from == IOC_MAPPING_TOPIC) {
        if (!ioc_route_level(topic, map->level, &level.text))
            return NULL;
        value = &level;
    }
    if (value->kind == IOC_JSON_NONE || value->kind == IOC_JSON_NULL || is_missing(map, value))
        return NULL;
    if (map->from != IOC_MAPPING_PAIR)
        return set_value(draft, map, value);
    struct ioc_point point;
    const struct ioc_json_value *latitude = &mapping->results[map->latitude];
    if (latitude->kind == IOC_JSON_NONE || latitude->kind == IOC_JSON_NULL ||
        is_missing(map, latitude))
        return NULL;
    const char *why = read_pair(value, latitude, &point);
    if (!why)
        ioc_draft_set_point(draft, map->slot, point);
    return why;
}

enum ioc_status ioc_mapping_apply(const struct ioc_mapping *mapping,
    const struct ioc_json_value *from, struct ioc_text topic, struct ioc_draft *draft,
    uint32_t *bad, struct ioc_error *err)
{
    for (uint32_t i = 0; i < mapping->result_count; i++)
        mapping->results[i].kind = IOC_JSON_NONE;
    ioc_json_pick(from, mapping->tree, mapping->results);
    for (uint32_t i = 0; i < mapping->count; i++) {
        const struct ioc_mapping_field *map = &mapping->fields[i];
        size_t mark = draft->bytes.length;
        const char *why = apply_field(mapping, map, topic, draft);
        if (!why)
            continue;
        draft->bytes.length = mark; /* no trace of half a value: it may be personal */
        if (!map->field->is_optional) {
            ioc_error_set(err, "bad-value", "'%.*s' %s", IOC_TEXT_ARGS(map->field->name), why);
            return IOC_INVALID;
        }
        ++*bad;
    }
    return IOC_OK;
}
