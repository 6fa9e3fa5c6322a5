/*
 * rules/params.c — a rule's parameters.
 */
#include "rules/params.h"
#include "core/draft.h"
#include "core/memory.h"
#include "rules/cel/unit.h"
#include <math.h>
#include "rules/rulekeys.h"

struct param { /* one while reading */
    struct ioc_node *node;
    ioc_slot column;     /* of the table, or NONE */
    bool has_fallback;
    union ioc_word word; /* the fallback; a string's text is `text` */
    struct ioc_text text;
};

static const struct ioc_reference *find_table(const struct ioc_document *document, struct ioc_node *node,
    const struct ioc_reference *const *tables, uint32_t count, struct ioc_errors *errors)
{
    struct ioc_text name;
    if (!ioc_node_text(document, node, &name, errors))
        return NULL;
    struct ioc_text *names = ioc_memory_take((count + 1) * sizeof *names);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = ioc_reference_name(tables[i]);
        if (ioc_text_equal(names[i], name)) {
            ioc_memory_give(names);
            return tables[i];
        }
    }
    int nearest = ioc_text_nearest(name, names, count);
    ioc_node_error(document, node, errors, "no-such-table", "there is no table '%.*s' in the city file", IOC_TEXT_ARGS(name));
    if (nearest >= 0)
        ioc_node_hint(errors, "did you mean '%.*s'?", IOC_TEXT_ARGS(names[nearest]));
    ioc_memory_give(names);
    return NULL;
}

/* A number with its unit, cm(15): in the column's unit, or the parameter's own one. */
static bool read_measured(const struct ioc_document *document, struct ioc_node *node, bool has_type, struct ioc_field *field,
    double number, const struct ioc_unit *unit, struct param *param, struct ioc_errors *errors)
{
    if (!has_type) {
        field->type = IOC_DOUBLE;
        field->unit = ioc_text_of(unit->name);
    }
    const struct ioc_unit *wanted = ioc_unit_find(field->unit);
    if (!wanted) {
        ioc_node_error(document, node, errors, "no-unit", "the column has no unit that is known, but %.*s has one", IOC_TEXT_ARGS(node->text));
        ioc_node_hint(errors, "write a bare number, or give the column its unit: {type: double, unit: %s}", unit->name);
        return false;
    }
    if (strcmp(wanted->dimension, unit->dimension) != 0) {
        const char *function = ioc_unit_function(wanted);
        ioc_node_error(document, node, errors, "wrong-dimension", "the column is in %.*s (%s), but %.*s is in %s (%s)",
            IOC_TEXT_ARGS(field->unit), wanted->dimension, IOC_TEXT_ARGS(node->text), unit->name, unit->dimension);
        if (function)
            ioc_node_hint(errors, "write %s(…)", function);
        return false;
    }
    double converted = ioc_unit_convert_written(number, unit, wanted);
    param->has_fallback = true;
    param->word.d = converted;
    if (field->type == IOC_DOUBLE)
        return true;
    param->word.i = (int64_t)converted;
    if (converted == floor(converted) && fabs(converted) < 9e15 && (field->type == IOC_INT || converted >= 0))
        return true;
    ioc_node_error(document, node, errors, "not-a-value", "the column holds whole numbers of %.*s", IOC_TEXT_ARGS(field->unit));
    return false;
}

/* A literal: number, number with a unit, true/false, or quoted text.  With a column, the column's type decides. */
static bool read_literal(const struct ioc_document *document, struct ioc_node *node, bool has_type, struct ioc_field *field,
    struct param *param, struct ioc_errors *errors)
{
    if (node->kind != IOC_NODE_SCALAR) {
        ioc_node_error(document, node, errors, "wrong-kind", "a parameter is a number, a text or {column: …, default: …}");
        return false;
    }
    double number;
    const struct ioc_unit *unit;
    bool may_be_number = !has_type || field->type == IOC_DOUBLE || field->type == IOC_INT || field->type == IOC_UINT;
    if (may_be_number && node->style == IOC_NODE_PLAIN && ioc_unit_read(node->text, &number, &unit))
        return read_measured(document, node, has_type, field, number, unit, param, errors);
    if (!has_type) {
        if (node->style == IOC_NODE_PLAIN && ioc_text_double(node->text, &number) == IOC_OK)
            field->type = IOC_DOUBLE;
        else if (node->style == IOC_NODE_PLAIN &&
                 (ioc_text_equal(node->text, IOC_TEXT("true")) || ioc_text_equal(node->text, IOC_TEXT("false"))))
            field->type = IOC_BOOL;
        else if (node->style != IOC_NODE_PLAIN)
            field->type = IOC_STRING;
        else {
            ioc_node_error(document, node, errors, "not-a-value", "'%.*s' is no number", IOC_TEXT_ARGS(node->text));
            ioc_node_hint(errors, "write a number (15), a number with its unit (cm(15)), true or false, or put text in quotes");
            return false;
        }
    }
    param->has_fallback = true;
    switch (field->type) {
    case IOC_DOUBLE: return ioc_node_double(document, node, &param->word.d, errors);
    case IOC_INT: return ioc_node_int(document, node, INT64_MIN, INT64_MAX, &param->word.i, errors);
    case IOC_UINT: return ioc_node_int(document, node, 0, INT64_MAX, &param->word.i, errors);
    case IOC_BOOL: {
        bool value;
        bool is_good = ioc_node_bool(document, node, &value, errors);
        param->word.u = is_good && value;
        return is_good;
    }
    case IOC_DURATION: return ioc_node_span(document, node, &param->word.i, errors);
    case IOC_STRING: param->text = node->text; return true;
    default:
        ioc_node_error(document, node, errors, "no-default", "a column of type %s has no default", ioc_type_text(field->type));
        return false;
    }
}

static void list_columns(const struct ioc_schema *schema, struct ioc_errors *errors)
{
    struct ioc_buffer names = {0};
    for (ioc_slot i = 0; i < schema->count && names.length < 200; i++)
        ioc_buffer_addf(&names, "%s%.*s", i ? ", " : "", IOC_TEXT_ARGS(schema->fields[i].name));
    ioc_node_hint(errors, "its columns: %.*s", IOC_TEXT_ARGS(ioc_buffer_text(&names)));
    ioc_buffer_done(&names);
}

static bool read_column(struct ioc_params *params, const struct ioc_document *document, struct ioc_node *node,
    struct ioc_field *field, struct param *param, struct ioc_errors *errors)
{
    ioc_option_unknown(document, node, ioc_option_find(&ioc_rule_form, "params")->others, NULL, NULL, errors);
    struct ioc_node *column = ioc_node_find(node, "column");
    struct ioc_node *fallback = ioc_node_find(node, "default");
    if (!column) {
        ioc_node_error(document, node, errors, "missing-key", "parameter '%.*s' has no column", IOC_TEXT_ARGS(node->key));
        ioc_node_hint(errors, "%.*s: {column: limit_cm, default: 15}", IOC_TEXT_ARGS(node->key));
        return false;
    }
    if (!params->table) {
        ioc_node_error(document, node, errors, "missing-key", "a column needs `from:`: which table?");
        ioc_node_hint(errors, "params: {from: stations, by: station, …}");
        return false;
    }
    struct ioc_text name;
    if (!ioc_node_text(document, column, &name, errors))
        return false;
    const struct ioc_schema *schema = ioc_reference_schema(params->table);
    param->column = ioc_schema_find(schema, name);
    if (param->column == IOC_SLOT_NONE) {
        struct ioc_text nearest = ioc_schema_nearest(schema, name), table = ioc_reference_name(params->table);
        ioc_node_error(document, column, errors, "no-such-column", "table '%.*s' has no column '%.*s'",
            IOC_TEXT_ARGS(table), IOC_TEXT_ARGS(name));
        if (nearest.length)
            ioc_node_hint(errors, "did you mean '%.*s'?", IOC_TEXT_ARGS(nearest));
        else
            list_columns(schema, errors);
        return false;
    }
    struct ioc_text own = field->name;
    *field = schema->fields[param->column];
    field->name = own;
    return !fallback || read_literal(document, fallback, true, field, param, errors);
}

static void set_word(struct ioc_draft *draft, ioc_slot slot, enum ioc_type type, const struct ioc_row *row,
    union ioc_word word, struct ioc_text text)
{
    switch (type) {
    case IOC_BOOL: ioc_draft_set_bool(draft, slot, word.u); break;
    case IOC_UINT: ioc_draft_set_uint(draft, slot, word.u); break;
    case IOC_DOUBLE: ioc_draft_set_double(draft, slot, word.d); break;
    case IOC_STRING: (void)!ioc_draft_set_text(draft, slot, row ? ioc_row_text_at(row, word.ref) : text); break;
    case IOC_POINT:
        if (row) {
            struct ioc_point point;
            memcpy(&point, (const char *)row + word.ref.offset, sizeof point);
            ioc_draft_set_point(draft, slot, point);
        }
        break;
    default: ioc_draft_set_int(draft, slot, word.i); break;
    }
}

static const struct ioc_row *make_row(const struct ioc_params *params, const struct param *list, const struct ioc_row *from,
    struct ioc_draft *draft, struct ioc_arena *arena)
{
    ioc_draft_begin(draft, &params->schema);
    for (ioc_slot i = 0; i < params->schema.count; i++) {
        enum ioc_type type = params->schema.fields[i].type;
        if (list[i].column != IOC_SLOT_NONE && ioc_row_has(from, list[i].column))
            set_word(draft, i, type, from, ioc_row_word(from, list[i].column), (struct ioc_text){0});
        else if (list[i].has_fallback)
            set_word(draft, i, type, NULL, list[i].word, list[i].text);
    }
    const struct ioc_row *row = ioc_draft_row(draft);
    void *copy = ioc_arena_take(arena, row->bytes);
    memcpy(copy, row, row->bytes);
    return copy;
}

static void make_rows(struct ioc_params *params, const struct param *list, struct ioc_arena *arena)
{
    struct ioc_draft draft = {0};
    params->fallback = make_row(params, list, NULL, &draft, arena);
    if (params->table) {
        uint32_t count = ioc_reference_count(params->table);
        params->rows = ioc_arena_take(arena, (count + 1) * sizeof *params->rows);
        for (uint32_t i = 0; i < count; i++)
            params->rows[i] = make_row(params, list, ioc_reference_row(params->table, i), &draft, arena);
    }
    ioc_draft_done(&draft);
}

static bool read_table(struct ioc_params *params, const struct ioc_document *document, struct ioc_node *node,
    const struct ioc_reference *const *tables, uint32_t table_count, const struct ioc_schema *event, ioc_slot key,
    struct ioc_errors *errors)
{
    struct ioc_node *from = ioc_node_find(node, "from");
    struct ioc_node *by = ioc_node_find(node, "by");
    params->by = key;
    if (!from)
        return true;
    params->table = find_table(document, from, tables, table_count, errors);
    if (!params->table || !by)
        return params->table != NULL;
    struct ioc_text name;
    if (!ioc_node_text(document, by, &name, errors))
        return false;
    params->by = ioc_schema_find(event, name);
    if (params->by != IOC_SLOT_NONE)
        return true;
    struct ioc_text nearest = ioc_schema_nearest(event, name);
    ioc_node_error(document, by, errors, "no-such-field", "stream '%.*s' has no field '%.*s'",
        IOC_TEXT_ARGS(event->name), IOC_TEXT_ARGS(name));
    if (nearest.length)
        ioc_node_hint(errors, "did you mean '%.*s'?", IOC_TEXT_ARGS(nearest));
    return false;
}

static bool check_name(const struct ioc_document *document, const struct ioc_node *node, struct ioc_errors *errors)
{
    static const char *const taken[] = {"event", "last", "asset", "params", "key", "now", "true", "false", "null", "in"};
    struct ioc_text name = node->key;
    bool is_good = name.length > 0 && name.length <= 64 && !(name.data[0] >= '0' && name.data[0] <= '9');
    for (uint32_t i = 0; i < name.length; i++) {
        char letter = name.data[i];
        is_good &= (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '_';
    }
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        is_good &= !ioc_text_equal(name, ioc_text_of(taken[i]));
    if (!is_good) {
        ioc_node_key_error(document, node, errors, "bad-name", "a parameter has a name of its own, of letters, digits and _");
        ioc_node_hint(errors, "limit, limit_2; not event, last, asset, params, key or now");
    }
    return is_good;
}

/* A default longer than its field may be has not come into the row. */
static bool check_defaults(const struct ioc_params *params, const struct ioc_document *document, const struct param *list, struct ioc_errors *errors)
{
    bool is_good = true;
    for (ioc_slot i = 0; i < params->schema.count; i++) {
        if (!list[i].has_fallback || ioc_row_has(params->fallback, i))
            continue;
        ioc_node_error(document, list[i].node, errors, "too-long", "the text is longer than a parameter may be");
        is_good = false;
    }
    return is_good;
}

bool ioc_params_read(struct ioc_params *params, const struct ioc_document *document, struct ioc_node *node,
    const struct ioc_reference *const *tables, uint32_t table_count, const struct ioc_schema *event, ioc_slot key,
    struct ioc_arena *arena, struct ioc_errors *errors)
{
    *params = (struct ioc_params){.by = key, .schema = {.name = IOC_TEXT("params")}};
    if (!node)
        return true;
    if (node->kind != IOC_NODE_MAP) {
        ioc_node_error(document, node, errors, "wrong-kind", "params is a map");
        ioc_node_hint(errors, "params: {from: stations, by: station, limit: {column: limit_cm, default: 15}}");
        return false;
    }
    if (node->count > IOC_SLOTS_MOST) {
        ioc_node_error(document, node, errors, "too-many", "at most %d parameters", IOC_SLOTS_MOST);
        return false;
    }
    uint32_t before = errors->count + errors->omitted;
    bool is_good = read_table(params, document, node, tables, table_count, event, key, errors);
    if (!is_good && !params->table) /* its columns are not known: no errors that only follow */
        return false;
    struct param *list = ioc_arena_take(arena, (node->count + 1) * sizeof *list);
    params->schema.fields = ioc_arena_take(arena, (node->count + 1) * sizeof *params->schema.fields);
    for (struct ioc_node *child = node->first; child; child = child->next) {
        if (ioc_text_equal(child->key, IOC_TEXT("from")) || ioc_text_equal(child->key, IOC_TEXT("by")))
            continue;
        is_good &= check_name(document, child, errors);
        struct param *param = &list[params->schema.count];
        struct ioc_field *field = &params->schema.fields[params->schema.count++];
        *param = (struct param){.node = child, .column = IOC_SLOT_NONE};
        *field = (struct ioc_field){.name = ioc_arena_copy(arena, child->key), .decimals = -1};
        is_good &= child->kind == IOC_NODE_MAP ? read_column(params, document, child, field, param, errors)
                                               : read_literal(document, child, false, field, param, errors);
        field->name = ioc_arena_copy(arena, child->key);
        field->is_optional = true;
    }
    if (!is_good || errors->count + errors->omitted > before)
        return false;
    make_rows(params, list, arena);
    return check_defaults(params, document, list, errors);
}
