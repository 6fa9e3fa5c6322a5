/* rules/reading.c — keys of a rule and its expressions, wherever they stand. */
#include "rules/reading.h"
#include "rules/lint.h"

struct ioc_rulefile_place ioc_reading_find(struct ioc_reading *reading, const char *key)
{
    return ioc_rulefile_find(reading->document, reading->node, reading->context->city, reading->profile, key);
}

static void add_notes(struct ioc_reading *reading, struct ioc_rulefile_place where, struct ioc_program *program)
{
    uint32_t count;
    const struct ioc_program_error *notes = ioc_program_notes(program, &count);
    /* Who wrote on_missing knows; and on_missing has no say where nothing is decided. */
    bool is_known = ioc_reading_find(reading, "on_missing").node || where.node == ioc_reading_find(reading, "where").node ||
                    ioc_program_type(program) != IOC_BOOL;
    for (uint32_t i = 0; reading->context->notes && i < count; i++)
        if (!is_known || strcmp(notes[i].error.code, "may-be-missing") != 0)
            ioc_node_error_at(where.document, where.node, notes[i].offset, &notes[i].error, reading->context->notes);
    ioc_program_forget_notes(program);
}

struct ioc_program *ioc_reading_compile(struct ioc_reading *reading, struct ioc_rulefile_place where, enum ioc_type want,
    struct ioc_terms *terms)
{
    if (where.node->kind != IOC_NODE_SCALAR) {
        ioc_node_error(where.document, where.node, reading->errors, "wrong-kind", "an expression is a text, not a %s",
            where.node->kind == IOC_NODE_MAP ? "map" : "list");
        ioc_node_hint(reading->errors, "an expression with `: ` or `#` needs quotes");
        return NULL;
    }
    struct ioc_program *program = NULL;
    struct ioc_program_error err = {0};
    enum ioc_status status = terms ? ioc_program_new_with_terms(where.node->text, &reading->scope, reading->scratch, terms, &program, &err)
                                   : ioc_program_new(where.node->text, &reading->scope, want, &program, &err);
    if (status == IOC_OK) {
        add_notes(reading, where, program);
        return program;
    }
    ioc_lint_field(reading->rule, reading->context, where.node->text, &err);
    ioc_node_error_at(where.document, where.node, err.offset, &err.error, reading->errors);
    return NULL;
}

const struct ioc_field *ioc_reading_field(const struct ioc_reading *reading, const struct ioc_program_read *read,
    struct ioc_text *name, struct ioc_arena *arena)
{
    for (uint32_t i = reading->scope.count; i-- > 0;) {
        const struct ioc_variable *variable = &reading->scope.variables[i];
        if (variable->frame != read->frame)
            continue;
        if (!variable->is_record && variable->slot == read->slot) {
            *name = variable->name;
            return variable->field;
        }
        if (variable->is_record && !read->is_whole) {
            const struct ioc_field *field = &variable->schema->fields[read->slot];
            *name = ioc_arena_printf(arena, "%.*s.%.*s", IOC_TEXT_ARGS(variable->name), IOC_TEXT_ARGS(field->name));
            return field;
        }
    }
    return NULL;
}
