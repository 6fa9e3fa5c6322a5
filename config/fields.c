/*
 * config/fields.c — `fields:` of a stream and `columns:` of a table → a schema.
 */
#include "config/citykeys.h"
#include "config/streams.h"

/* In order of the words in config/citykeys.c. */
static const enum ioc_type type_of[] = {IOC_BOOL, IOC_INT, IOC_UINT, IOC_DOUBLE, IOC_STRING, IOC_BYTES, IOC_TIMESTAMP,
    IOC_DURATION, IOC_POINT, IOC_LIST, IOC_MAP};

struct reader {
    const struct ioc_document *document;
    struct ioc_arena *arena;
    struct ioc_errors *errors;
};

/* One of the words that the form lists for that key. */
static bool read_word(const struct reader *reader, struct ioc_node *node, const char *key, int *index)
{
    return ioc_node_choice(reader->document, node, ioc_option_choices(ioc_option_find(&ioc_field_form, key)), index, reader->errors);
}

static bool read_type(const struct reader *reader, struct ioc_node *node, enum ioc_type *type)
{
    int index;
    if (!read_word(reader, node, "type", &index))
        return false;
    *type = type_of[index];
    return true;
}

static bool is_number(enum ioc_type type)
{
    return type == IOC_INT || type == IOC_UINT || type == IOC_DOUBLE;
}

static void read_range(const struct reader *reader, struct ioc_node *node, struct ioc_field *field)
{
    if (node->kind != IOC_NODE_LIST || node->count != 2 || !is_number(field->type)) {
        ioc_node_error(reader->document, node, reader->errors, "bad-range", "a range is two numbers on a field that is a number");
        ioc_node_hint(reader->errors, "range: [-5, 300]   # in the field's unit");
        return;
    }
    if (!ioc_node_double(reader->document, node->first, &field->range_low, reader->errors) ||
        !ioc_node_double(reader->document, node->first->next, &field->range_high, reader->errors))
        return;
    field->has_range = field->range_low <= field->range_high;
    if (!field->has_range)
        ioc_node_error(reader->document, node, reader->errors, "bad-range", "the range ends below its start");
}

static void read_one_of(const struct reader *reader, struct ioc_node *node, struct ioc_field *field)
{
    if (node->kind != IOC_NODE_LIST || node->count == 0 || field->type != IOC_STRING) {
        ioc_node_error(reader->document, node, reader->errors, "bad-one-of", "one_of is a list of texts on a field of type string");
        return;
    }
    struct ioc_text *items = ioc_arena_take(reader->arena, node->count * sizeof *items);
    for (struct ioc_node *child = node->first; child; child = child->next)
        if (ioc_node_text(reader->document, child, &items[field->one_of_count], reader->errors))
            field->one_of_count++;
    field->one_of = items;
}

static void read_list_of(const struct reader *reader, struct ioc_node *of, struct ioc_field *field)
{
    if (of->kind != IOC_NODE_MAP) {
        (void)!read_type(reader, of, &field->of);
        return;
    }
    struct ioc_schema *element = ioc_arena_take(reader->arena, sizeof *element);
    element->name = field->name;
    field->of = IOC_MAP;
    if (ioc_fields_read(reader->document, of, 0, reader->arena, element, reader->errors))
        field->element = element;
}

static void read_details(const struct reader *reader, struct ioc_node *node, struct ioc_field *field)
{
    const struct ioc_document *document = reader->document;
    struct ioc_errors *errors = reader->errors;
    int index = 0;
    int64_t number;
    struct ioc_node *found;
    if ((found = ioc_node_find(node, "unit")))
        (void)!ioc_node_text(document, found, &field->unit, errors);
    if ((found = ioc_node_find(node, "datum")))
        (void)!ioc_node_text(document, found, &field->datum, errors);
    if ((found = ioc_node_find(node, "decimals")) && ioc_node_int(document, found, 0, 9, &number, errors))
        field->decimals = (int8_t)number;
    if ((found = ioc_node_find(node, "optional")))
        (void)!ioc_node_bool(document, found, &field->is_optional, errors);
    if ((found = ioc_node_find(node, "range")))
        read_range(reader, found, field);
    if ((found = ioc_node_find(node, "out_of_range")) && read_word(reader, found, "out_of_range", &index))
        field->out_of_range_is_missing = index == 1;
    if ((found = ioc_node_find(node, "personal")) && read_word(reader, found, "personal", &index))
        field->personal = (enum ioc_personal)(IOC_PERSONAL_PLATE + index);
    if ((found = ioc_node_find(node, "max")) && ioc_node_int(document, found, 1, 1000000, &number, errors))
        field->max = (uint32_t)number;
    if ((found = ioc_node_find(node, "one_of")))
        read_one_of(reader, found, field);
    if ((found = ioc_node_find(node, "of")) && field->type == IOC_LIST)
        read_list_of(reader, found, field);
    if (field->type == IOC_LIST && !found) {
        ioc_node_error(document, node, errors, "missing-key", "a list says what it is a list `of`");
        ioc_node_hint(errors, "detections: {type: list, of: {label: string, score: double}, max: 64}");
    }
    if (field->personal != IOC_PERSONAL_NO && field->type != IOC_STRING)
        ioc_node_error(document, node, errors, "personal-type", "a personal field is a string: its pseudonym is text");
    if (field->out_of_range_is_missing && !field->is_optional)
        ioc_node_error(document, node, errors, "range-missing", "out_of_range: missing needs optional: true");
}

static bool is_field_name(struct ioc_text name)
{
    if (name.length == 0 || name.length > 64 || (name.data[0] >= '0' && name.data[0] <= '9') || ioc_text_starts(name, IOC_TEXT("ioc_")))
        return false;
    for (uint32_t i = 0; i < name.length; i++) {
        char letter = name.data[i];
        if (!((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '_'))
            return false;
    }
    return true;
}

bool ioc_fields_read(const struct ioc_document *document, struct ioc_node *node, uint32_t extra, struct ioc_arena *arena,
    struct ioc_schema *schema, struct ioc_errors *errors)
{
    struct reader reader = {document, arena, errors};
    uint32_t before = errors->count + errors->omitted;
    if (!node || node->kind != IOC_NODE_MAP || node->count == 0) {
        ioc_node_error(document, node, errors, "wrong-kind", "fields is a map: name: type");
        ioc_node_hint(errors, "fields: {station: string, depth_cm: {type: double, unit: cm}}");
        return false;
    }
    if (node->count + extra > IOC_SLOTS_MOST) {
        ioc_node_error(document, node, errors, "too-many", "at most %d fields", IOC_SLOTS_MOST - (int)extra);
        return false;
    }
    schema->fields = ioc_arena_take(arena, (node->count + extra) * sizeof *schema->fields);
    for (struct ioc_node *child = node->first; child; child = child->next) {
        struct ioc_field *field = &schema->fields[schema->count++];
        *field = (struct ioc_field){.name = ioc_arena_copy(arena, child->key), .decimals = -1, .type = IOC_STRING};
        if (!is_field_name(child->key)) {
            ioc_node_key_error(document, child, errors, "bad-name", "a field name has letters, digits and _, and does not begin with a digit or ioc_");
            continue;
        }
        if (child->kind != IOC_NODE_MAP) {
            (void)!read_type(&reader, child, &field->type);
            continue;
        }
        ioc_option_unknown(document, child, &ioc_field_form, NULL, NULL, errors);
        struct ioc_node *type = ioc_node_find(child, "type");
        if (!type)
            ioc_node_error(document, child, errors, "missing-key", "field '%.*s' has no type", IOC_TEXT_ARGS(child->key));
        else if (read_type(&reader, type, &field->type))
            read_details(&reader, child, field);
    }
    return errors->count + errors->omitted == before;
}
