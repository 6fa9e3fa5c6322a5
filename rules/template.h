#pragma once
/*
 * rules/template.h — message templates: `${asset.name}: ${event.depth_cm} of water`.
 *
 * `${…}` holds an expression; `$${` is a literal `${`.  A number that is one field prints with the field's
 * decimals and unit in the reader's language (decimal comma in Vietnamese); what is missing prints
 * "không có số liệu" or "no data".
 *
 * Memory   compiled parts live in the arena; programs are released by ioc_template_done()
 * Thread   immutable; rendering needs the caller's scratch
 */
#include "core/buffer.h"
#include "rules/cel/program.h"

struct ioc_template_part {
    enum ioc_template_kind { IOC_TEMPLATE_TEXT, IOC_TEMPLATE_SLOT, IOC_TEMPLATE_PROGRAM } kind;
    struct ioc_program_read slot; /* one field as it is: no program is kept */
    union {
        struct ioc_text text;
        struct {
            struct ioc_program *program;
            const struct ioc_field *field; /* for unit and decimals, or NULL */
        };
    };
};
struct ioc_template {
    struct ioc_template_part *parts;
    uint32_t count;
    enum ioc_language language;
};
/* err->offset counts from the start of the template. */
enum ioc_status ioc_template_new(struct ioc_text source, const struct ioc_scope *scope, enum ioc_language language,
    struct ioc_arena *arena, struct ioc_template *template, struct ioc_program_error *err) IOC_USE;
/* What a part reads of the frames. */
const struct ioc_program_read *ioc_template_reads(const struct ioc_template_part *part, uint32_t *count);
void ioc_template_done(struct ioc_template *template);
void ioc_template_render(const struct ioc_template *template, const struct ioc_row *const *frames,
    struct ioc_scratch *scratch, struct ioc_buffer *out);
/* One value as a person reads it. */
void ioc_template_value(const struct ioc_outcome_value *value, const struct ioc_field *field, enum ioc_language language,
    struct ioc_buffer *out);
