/* rules/lint.c — notes and hints that need the whole city. */
#include "rules/lint.h"

void ioc_lint_field(const struct ioc_rule *rule, const struct ioc_ruleset_context *context, struct ioc_text source,
    struct ioc_program_error *err)
{
    struct ioc_text front = {source.data, err->offset}, name = {source.data + err->offset, err->length};
    bool is_field = strcmp(err->error.code, "no-such-field") == 0 &&
                    (ioc_text_ends(front, IOC_TEXT("event.")) || ioc_text_ends(front, IOC_TEXT("last.")));
    if (!is_field && strcmp(err->error.code, "no-such-name") != 0)
        return;
    for (uint32_t i = 0; i < context->stream_count; i++) {
        const struct ioc_stream *other = context->streams[i];
        if (other == rule->stream || ioc_schema_find(&other->schema, name) == IOC_SLOT_NONE ||
            ioc_schema_find(&rule->stream->schema, name) != IOC_SLOT_NONE)
            continue;
        ioc_error_hint(&err->error, "'%.*s' is a field of %.*s, not of %.*s", IOC_TEXT_ARGS(name),
            IOC_TEXT_ARGS(other->name), IOC_TEXT_ARGS(rule->stream->name));
        return;
    }
}

void ioc_lint_event(const struct ioc_rule *rule, const struct ioc_ruleset_context *context, struct ioc_variable *event)
{
    const struct ioc_stream *stream = rule->stream;
    const struct ioc_reference *asset = stream->asset;
    if (!context->notes)
        return;
    if (!asset || stream->key_count != 1 || stream->schema.fields[stream->key[0]].type != IOC_STRING ||
        ioc_reference_schema(asset)->fields[ioc_reference_key_slot(asset)].type != IOC_STRING)
        return;
    event->inventory = asset;
    event->inventory_by = stream->key[0];
}

/* "S17, S21, …" and "18, 22, …": the first rows without a value. */
static uint32_t list_rows(const struct ioc_params *params, ioc_slot slot, struct ioc_buffer *keys, struct ioc_buffer *lines)
{
    enum { SHOWN = 5 };
    const struct ioc_reference *table = params->table;
    ioc_slot key = ioc_reference_key_slot(table);
    const struct ioc_field *field = &ioc_reference_schema(table)->fields[key];
    uint32_t missing = 0;
    for (uint32_t i = 0; i < ioc_reference_count(table); i++) {
        if (ioc_row_has(ioc_params_row(params, i), slot))
            continue;
        missing++;
        if (missing > SHOWN)
            continue;
        const struct ioc_row *row = ioc_reference_row(table, i);
        char shown[IOC_NODE_SHOWN];
        if (missing > 1) {
            ioc_buffer_add_string(keys, ", ");
            ioc_buffer_add_string(lines, ", ");
        }
        if (field->type == IOC_STRING)
            ioc_buffer_add_string(keys, ioc_node_shown(ioc_row_text(row, key), shown));
        else
            ioc_buffer_add_int(keys, ioc_row_word(row, key).i);
        ioc_buffer_add_uint(lines, ioc_reference_line(table, i));
    }
    if (missing > SHOWN) {
        ioc_buffer_add_string(keys, ", …");
        ioc_buffer_add_string(lines, ", …");
    }
    return missing;
}

void ioc_lint_params(const struct ioc_rule *rule, const struct ioc_ruleset_context *context,
    const struct ioc_document *document, const struct ioc_node *node)
{
    const struct ioc_params *params = &rule->params;
    if (!context->notes || !params->table || !node)
        return;
    for (ioc_slot slot = 0; slot < params->schema.count; slot++) {
        struct ioc_buffer keys = {0}, lines = {0};
        struct ioc_text name = params->schema.fields[slot].name, table = ioc_reference_name(params->table);
        uint32_t missing = list_rows(params, slot, &keys, &lines);
        const struct ioc_node *place = node->first;
        while (place && !ioc_text_equal(place->key, name))
            place = place->next;
        if (missing && place) {
            ioc_node_key_error(document, place, context->notes, "no-parameter", "%u of %u rows of %.*s have no '%.*s': %.*s",
                missing, ioc_reference_count(params->table), IOC_TEXT_ARGS(table), IOC_TEXT_ARGS(name),
                IOC_TEXT_ARGS(ioc_buffer_text(&keys)));
            ioc_node_hint(context->notes, "fill in line %.*s of %.*s, or write a `default:`", IOC_TEXT_ARGS(ioc_buffer_text(&lines)),
                IOC_TEXT_ARGS(ioc_reference_file(params->table)));
            ioc_node_note(context->notes);
        }
        ioc_buffer_done(&keys);
        ioc_buffer_done(&lines);
    }
}
