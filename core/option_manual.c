/*
 * core/option_manual.c — the keys of a form as a Markdown table for the manual.
 */
#include "core/option.h"

enum { NAME_MOST = 160 };

static void add_escaped(struct ioc_buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            ioc_buffer_add_char(out, '\\');
        ioc_buffer_add_char(out, *text);
    }
}

static void add_bounds(struct ioc_buffer *out, const struct ioc_option *option)
{
    if (option->low == 0 && option->high == 0)
        return;
    if (option->high >= option->low)
        ioc_buffer_addf(out, " %lld-%lld", (long long)option->low, (long long)option->high);
    else
        ioc_buffer_addf(out, ", at least %lld", (long long)option->low);
}

static void add_form(struct ioc_buffer *out, const struct ioc_option *form)
{
    if (form->shared) {
        ioc_buffer_addf(out, "*%s*", form->shared);
        return;
    }
    switch (form->type) {
    case IOC_OPTION_TEXT: ioc_buffer_add_string(out, "text"); return;
    case IOC_OPTION_BOOL: ioc_buffer_add_string(out, "`true`, `false`"); return;
    case IOC_OPTION_INT:
        ioc_buffer_add_string(out, "whole number");
        add_bounds(out, form);
        return;
    case IOC_OPTION_DOUBLE: ioc_buffer_add_string(out, "number"); return;
    case IOC_OPTION_SPAN: ioc_buffer_add_string(out, "duration"); return;
    case IOC_OPTION_BYTES: ioc_buffer_add_string(out, "size"); return;
    case IOC_OPTION_CHOICE:
        for (uint32_t i = 0; form->choices[i]; i++)
            ioc_buffer_addf(out, "%s`%s`", i ? ", " : "", form->choices[i]);
        return;
    case IOC_OPTION_PATH: ioc_buffer_add_string(out, "path"); return;
    case IOC_OPTION_SECRET: ioc_buffer_add_string(out, "secret"); return;
    case IOC_OPTION_TEXTS: ioc_buffer_add_string(out, "text or list of texts"); return;
    case IOC_OPTION_NODE: ioc_buffer_add_string(out, "anything"); return;
    case IOC_OPTION_EXPRESSION: ioc_buffer_add_string(out, "expression"); return;
    case IOC_OPTION_SCALAR: ioc_buffer_add_string(out, "value"); return;
    case IOC_OPTION_MEASURE: ioc_buffer_add_string(out, "number, with its unit or without"); return;
    case IOC_OPTION_TABLE:
        ioc_buffer_add_string(out, "map");
        if (form->others && !form->inside) {
            ioc_buffer_add_string(out, " of ");
            add_form(out, form->others);
        }
        return;
    case IOC_OPTION_LIST:
        ioc_buffer_add_string(out, "list of ");
        add_form(out, form->inside);
        add_bounds(out, form);
        return;
    case IOC_OPTION_EITHER:
        for (const struct ioc_option *inside = form->inside; inside->key; inside++) {
            ioc_buffer_add_string(out, inside > form->inside ? " or " : "");
            add_form(out, inside);
        }
        return;
    }
}

static void add_default(struct ioc_buffer *out, const struct ioc_option *option)
{
    if (option->is_required)
        ioc_buffer_add_string(out, "required");
    else if (option->fallback && option->fallback[0])
        ioc_buffer_addf(out, "`%s`", option->fallback);
    else if (option->otherwise)
        add_escaped(out, option->otherwise);
    else if (option->unless)
        ioc_buffer_addf(out, "required without `%s`", option->unless);
}

static void add_keys(struct ioc_buffer *out, const struct ioc_option *form, const char *prefix);

static void add_variants(struct ioc_buffer *out, const struct ioc_option *table)
{
    struct ioc_option_variant variant;
    for (uint32_t i = 0; table->variant(i, &variant); i++)
        ioc_buffer_addf(out, "%s`%s`", i ? ", " : "", variant.name);
}

static void add_row(struct ioc_buffer *out, const struct ioc_option *table, const struct ioc_option *option, const char *prefix)
{
    char name[NAME_MOST];
    ioc_buffer_addf(out, "| `%s%s` | ", prefix, option->key);
    if (table && table->selector && strcmp(table->selector, option->key) == 0)
        add_variants(out, table);
    else
        add_form(out, option);
    ioc_buffer_add_string(out, " | ");
    add_escaped(out, option->help ? option->help : "");
    if (option->example)
        ioc_buffer_add_string(out, option->help ? ", like `" : "`");
    if (option->example) {
        add_escaped(out, option->example);
        ioc_buffer_add_char(out, '`');
    }
    ioc_buffer_add_string(out, " | ");
    add_default(out, option);
    ioc_buffer_add_string(out, " |\n");
    snprintf(name, sizeof name, "%s%s.", prefix, option->key);
    if (!option->shared)
        add_keys(out, option, name);
}

static void add_rows(struct ioc_buffer *out, const struct ioc_option *table, const struct ioc_option *options, const char *prefix)
{
    for (; options && options->key; options++)
        add_row(out, table, options, prefix);
}

/* What stands under names of one's own: a row when there is something to say. */
static void add_others(struct ioc_buffer *out, const struct ioc_option *others, const char *prefix)
{
    char name[NAME_MOST];
    snprintf(name, sizeof name, "%s%s.", prefix, others->key);
    if (others->help)
        add_row(out, NULL, others, prefix);
    else
        add_keys(out, others, name);
}

/* The keys of a TABLE, wherever it is among the forms; a form that is shared has a list of its own. */
static void add_keys(struct ioc_buffer *out, const struct ioc_option *form, const char *prefix)
{
    struct ioc_option_variant variant;
    if (form->type == IOC_OPTION_LIST && !form->inside->shared)
        add_keys(out, form->inside, prefix);
    for (const struct ioc_option *inside = form->inside; form->type == IOC_OPTION_EITHER && inside->key; inside++)
        if (!inside->shared)
            add_keys(out, inside, prefix);
    if (form->type != IOC_OPTION_TABLE)
        return;
    add_rows(out, form, form->inside, prefix);
    add_rows(out, form, form->also, prefix);
    if (form->others && !form->others->shared)
        add_others(out, form->others, prefix);
    for (uint32_t i = 0; form->variant && form->variant(i, &variant); i++) {
        ioc_buffer_addf(out, "| **`%s: %s`** | | ", form->selector, variant.name);
        add_escaped(out, variant.summary);
        ioc_buffer_add_string(out, " | |\n");
        add_rows(out, NULL, variant.options, prefix);
    }
}

/* Forms contain themselves: those that are being looked into are passed over. */
struct path {
    const struct ioc_option *form;
    const struct path *above;
};

static const struct ioc_option *find_shared(const struct ioc_option *form, const char *shared, const struct path *above);

static const struct ioc_option *find_among(const struct ioc_option *forms, const char *shared, const struct path *path)
{
    const struct ioc_option *found = NULL;
    for (; forms && forms->key && !found; forms++)
        found = find_shared(forms, shared, path);
    return found;
}

static const struct ioc_option *find_shared(const struct ioc_option *form, const char *shared, const struct path *above)
{
    const struct path path = {form, above};
    struct ioc_option_variant variant;
    if (form->shared && strcmp(form->shared, shared) == 0)
        return form;
    for (; above; above = above->above)
        if (above->form == form)
            return NULL;
    const struct ioc_option *found = form->inside && form->type == IOC_OPTION_LIST ? find_shared(form->inside, shared, &path)
                                                                                    : find_among(form->inside, shared, &path);
    if (!found)
        found = find_among(form->also, shared, &path);
    if (!found && form->others)
        found = find_shared(form->others, shared, &path);
    for (uint32_t i = 0; !found && form->variant && form->variant(i, &variant); i++)
        found = find_among(variant.options, shared, &path);
    return found;
}

bool ioc_option_manual(const struct ioc_option *root, const char *shared, struct ioc_buffer *markdown)
{
    const struct ioc_option *form = find_shared(root, shared, NULL);
    if (!form)
        return false;
    ioc_buffer_add_string(markdown, "| key | form | meaning | default |\n|---|---|---|---|\n");
    add_keys(markdown, form, "");
    return true;
}
