/*
 * rules/template.c — message templates.
 */
#include "rules/template.h"
#include <string.h>

/* Length of the expression that starts at `at`, up to its closing brace; UINT32_MAX when there is none.
 * Braces in strings and nested maps do not count. */
static uint32_t measure_expression(struct ioc_text source, uint32_t at)
{
    uint32_t depth = 0;
    char quote = 0;
    for (uint32_t i = at; i < source.length; i++) {
        char letter = source.data[i];
        if (quote) {
            if (letter == '\\')
                i++;
            else if (letter == quote)
                quote = 0;
        } else if (letter == '"' || letter == '\'') {
            quote = letter;
        } else if (letter == '{') {
            depth++;
        } else if (letter == '}') {
            if (depth == 0)
                return i - at;
            depth--;
        }
    }
    return UINT32_MAX;
}

static uint32_t count_parts(struct ioc_text source)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i + 1 < source.length; i++)
        if (source.data[i] == '$')
            count += 2;
    return count;
}

static void add_text(struct ioc_template *template, struct ioc_arena *arena, struct ioc_text text)
{
    if (text.length)
        template->parts[template->count++].text = ioc_arena_copy(arena, text);
}

static const struct ioc_field *find_field(const struct ioc_program *program, const struct ioc_scope *scope)
{
    const struct ioc_program_read *read = ioc_program_field(program);
    if (!read || read->is_whole)
        return NULL;
    for (uint32_t i = 0; i < scope->count; i++) {
        const struct ioc_variable *variable = &scope->variables[i];
        if (variable->frame != read->frame)
            continue;
        if (variable->is_record)
            return &variable->schema->fields[read->slot];
        if (variable->slot == read->slot)
            return variable->field;
    }
    return NULL;
}

static bool is_scalar(enum ioc_type type)
{
    return type != IOC_LIST && type != IOC_MAP && type != IOC_DYN && type != IOC_NULL && type != IOC_BYTES;
}

/* Most parts are one field: its slot says it all, and a rule stays small. */
static void keep_slot(struct ioc_template_part *part)
{
    const struct ioc_program_read *read = ioc_program_field(part->program);
    if (!read || !part->field || !is_scalar(part->field->type))
        return;
    part->kind = IOC_TEMPLATE_SLOT;
    part->slot = *read;
    ioc_program_free(part->program);
    part->program = NULL;
}

const struct ioc_program_read *ioc_template_reads(const struct ioc_template_part *part, uint32_t *count)
{
    *count = part->kind == IOC_TEMPLATE_SLOT;
    return part->kind == IOC_TEMPLATE_PROGRAM ? ioc_program_reads(part->program, count) : &part->slot;
}

static enum ioc_status read_parts(struct ioc_text source, const struct ioc_scope *scope, struct ioc_arena *arena,
    struct ioc_template *template, struct ioc_program_error *err)
{
    uint32_t from = 0;
    for (uint32_t i = 0; i + 1 < source.length; i++) {
        if (source.data[i] != '$' || source.data[i + 1] != '{')
            continue;
        bool is_escaped = i > from && source.data[i - 1] == '$';
        add_text(template, arena, (struct ioc_text){source.data + from, i - from});
        if (is_escaped) {
            from = i + 1;
            continue;
        }
        uint32_t length = measure_expression(source, i + 2);
        if (length == UINT32_MAX) {
            *err = (struct ioc_program_error){.offset = i, .length = 2};
            ioc_error_set(&err->error, "unclosed-expression", "`${` has no closing `}`");
            ioc_error_hint(&err->error, "write `${event.depth_cm}`; for a literal `${` write `$${`");
            ioc_template_done(template);
            return IOC_INVALID;
        }
        struct ioc_program *program;
        enum ioc_status status = ioc_program_new((struct ioc_text){source.data + i + 2, length}, scope, IOC_TYPES,
            &program, err);
        if (status != IOC_OK) {
            err->offset += i + 2;
            ioc_template_done(template);
            return status;
        }
        struct ioc_template_part *part = &template->parts[template->count++];
        part->kind = IOC_TEMPLATE_PROGRAM;
        part->program = program;
        part->field = find_field(program, scope);
        ioc_program_forget_notes(program);
        keep_slot(part);
        i += 2 + length;
        from = i + 1;
    }
    add_text(template, arena, (struct ioc_text){source.data + from, source.length - from});
    return IOC_OK;
}

enum ioc_status ioc_template_new(struct ioc_text source, const struct ioc_scope *scope, enum ioc_language language,
    struct ioc_arena *arena, struct ioc_template *template, struct ioc_program_error *err)
{
    struct ioc_arena scratch = {0};
    *template = (struct ioc_template){.language = language};
    template->parts = ioc_arena_take(&scratch, count_parts(source) * sizeof *template->parts);
    enum ioc_status status = read_parts(source, scope, arena, template, err);
    struct ioc_template_part *parts = ioc_arena_take(arena, (template->count + 1) * sizeof *parts);
    memcpy(parts, template->parts, template->count * sizeof *parts);
    template->parts = parts;
    ioc_arena_done(&scratch);
    return status;
}

void ioc_template_done(struct ioc_template *template)
{
    for (uint32_t i = 0; i < template->count; i++)
        if (template->parts[i].kind == IOC_TEMPLATE_PROGRAM)
            ioc_program_free(template->parts[i].program);
    template->count = 0;
}

static void print_number(double number, int decimals, enum ioc_language language, struct ioc_buffer *out)
{
    size_t start = out->length;
    if (decimals >= 0)
        ioc_buffer_add_fixed(out, number, decimals);
    else
        ioc_buffer_add_double(out, number);
    if (language == IOC_VIETNAMESE)
        for (size_t i = start; i < out->length; i++)
            if (out->data[i] == '.')
                out->data[i] = ',';
}

void ioc_template_value(const struct ioc_outcome_value *value, const struct ioc_field *field, enum ioc_language language,
    struct ioc_buffer *out)
{
    char text[IOC_TIME_TEXT];
    switch (value->type) {
    case IOC_NULL: ioc_buffer_add_string(out, "null"); return;
    case IOC_BOOL:
        ioc_buffer_add_string(out, language == IOC_VIETNAMESE ? (value->boolean ? "có" : "không")
                                                              : (value->boolean ? "yes" : "no"));
        return;
    case IOC_INT: ioc_buffer_add_int(out, value->integer); break;
    case IOC_UINT: ioc_buffer_add_uint(out, value->natural); break;
    case IOC_DOUBLE: print_number(value->number, field ? field->decimals : -1, language, out); break;
    case IOC_TIMESTAMP: ioc_buffer_add_text(out, ioc_time_format(value->integer, NULL, text)); return;
    case IOC_DURATION: ioc_buffer_add_text(out, ioc_span_format(value->integer, text)); return;
    case IOC_POINT:
        ioc_buffer_add_fixed(out, value->point.latitude, 5);
        ioc_buffer_add_string(out, ", ");
        ioc_buffer_add_fixed(out, value->point.longitude, 5);
        return;
    default: ioc_buffer_add_text(out, value->text); return;
    }
    if (field && field->unit.length) {
        ioc_buffer_add_char(out, ' ');
        ioc_buffer_add_text(out, field->unit);
    }
}

static bool read_slot(const struct ioc_template_part *part, const struct ioc_row *const *frames, struct ioc_outcome_value *value)
{
    const struct ioc_row *row = frames[part->slot.frame];
    if (!ioc_row_has(row, part->slot.slot))
        return false;
    union ioc_word word = ioc_row_word(row, part->slot.slot);
    *value = (struct ioc_outcome_value){.type = part->field->type, .natural = word.u};
    if (value->type == IOC_BOOL)
        value->boolean = word.u != 0;
    else if (value->type == IOC_STRING)
        value->text = ioc_row_text_at(row, word.ref);
    else if (value->type == IOC_POINT)
        value->point = ioc_row_point(row, part->slot.slot);
    return true;
}

static bool evaluate(const struct ioc_template_part *part, const struct ioc_row *const *frames, struct ioc_scratch *scratch,
    struct ioc_outcome_value *value)
{
    if (part->kind == IOC_TEMPLATE_SLOT)
        return read_slot(part, frames, value);
    return ioc_program_run(part->program, frames, scratch, value) == IOC_OUTCOME_VALUE;
}

void ioc_template_render(const struct ioc_template *template, const struct ioc_row *const *frames,
    struct ioc_scratch *scratch, struct ioc_buffer *out)
{
    for (uint32_t i = 0; i < template->count; i++) {
        const struct ioc_template_part *part = &template->parts[i];
        struct ioc_outcome_value value;
        if (part->kind == IOC_TEMPLATE_TEXT)
            ioc_buffer_add_text(out, part->text);
        else if (evaluate(part, frames, scratch, &value))
            ioc_template_value(&value, part->field, template->language, out);
        else
            ioc_buffer_add_string(out, template->language == IOC_VIETNAMESE ? "không có số liệu" : "no data");
    }
}
