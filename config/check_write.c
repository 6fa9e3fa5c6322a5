/* config/check_write.c — what `ioc check` found, as JSON for editors. */
#include "config/check.h"

static void add_string(struct ioc_buffer *out, const char *before, const char *text)
{
    ioc_buffer_add_string(out, before);
    ioc_buffer_add_json(out, ioc_text_of(text));
}

static void add_both(struct ioc_buffer *out, const char *before, const char *english, const char *vietnamese)
{
    ioc_buffer_add_string(out, before);
    add_string(out, "{\"vi\":", vietnamese[0] ? vietnamese : english);
    add_string(out, ",\"en\":", english);
    ioc_buffer_add_char(out, '}');
}

static void add_error(struct ioc_buffer *out, const struct ioc_error *err)
{
    add_string(out, "{\"file\":", err->file);
    ioc_buffer_addf(out, ",\"line\":%u,\"column\":%u", err->line, err->column);
    if (err->end_column)
        ioc_buffer_addf(out, ",\"end_column\":%u", err->end_column);
    add_string(out, ",\"code\":", err->code);
    add_string(out, ",\"severity\":", err->is_note ? "note" : "error");
    add_both(out, ",\"message\":", err->text, err->text_vi);
    if (err->hint[0])
        add_both(out, ",\"hint\":", err->hint, err->hint_vi);
    if (err->source[0])
        add_string(out, ",\"source\":", err->source);
    ioc_buffer_add_char(out, '}');
}

void ioc_check_write(struct ioc_buffer *out, bool is_good, const struct ioc_errors *errors, const struct ioc_errors *notes,
    const struct ioc_check_counts *counts)
{
    ioc_buffer_add_string(out, is_good ? "{\"ok\":true,\"errors\":[" : "{\"ok\":false,\"errors\":[");
    for (uint32_t i = 0; i < errors->count + notes->count; i++) {
        ioc_buffer_add_string(out, i ? ",\n" : "\n");
        add_error(out, i < errors->count ? &errors->items[i] : &notes->items[i - errors->count]);
    }
    ioc_buffer_addf(out, "],\n\"omitted\":%u,\"counts\":{\"errors\":%u,\"notes\":%u", errors->omitted + notes->omitted,
        errors->count + errors->omitted, notes->count + notes->omitted);
    if (is_good)
        ioc_buffer_addf(out, ",\"streams\":%u,\"tables\":%u,\"rules\":%u,\"own_rules\":%u,\"sources\":%u,\"sinks\":%u", counts->streams,
            counts->tables, counts->rules, counts->own, counts->sources, counts->sinks);
    ioc_buffer_add_string(out, "}}\n");
}
