/* rules/cel/signature.c — letters of a signature in words. */
#include "rules/cel/signature.h"

static const char *print_type(const char *at, struct ioc_buffer *out)
{
    uint32_t kind;
    const char *inside = at + 1, *next = ioc_builtin_param(at, &kind);
    if (kind == IOC_LIST || kind == IOC_KIND_OPTIONAL) {
        ioc_buffer_add_string(out, kind == IOC_LIST ? "list(" : "optional(");
        print_type(inside, out);
        ioc_buffer_add_char(out, ')');
    } else if (kind == IOC_MAP) {
        ioc_buffer_add_string(out, "map(");
        inside = print_type(inside, out);
        ioc_buffer_add_string(out, ", ");
        print_type(inside, out);
        ioc_buffer_add_char(out, ')');
    } else if (kind == 'A' || kind == 'B') {
        ioc_buffer_add_char(out, (char)kind);
    } else if (kind == IOC_TIMESTAMP || kind == IOC_DURATION || kind == IOC_NULL) {
        ioc_buffer_add_string(out, ioc_type_text(kind));
    } else if (kind == IOC_KIND_ZONE) {
        ioc_buffer_add_string(out, "zone");
    } else if (kind == IOC_KIND_PATTERN) {
        ioc_buffer_add_string(out, "pattern");
    } else {
        ioc_buffer_add_text(out, ioc_boxed_kind_text(kind));
    }
    return next;
}

/* "_+_" between its operands, "!_" before its one. */
static void print_operator(const struct ioc_builtin *builtin, struct ioc_buffer *out)
{
    struct ioc_text name = ioc_text_of(builtin->name);
    bool is_in = ioc_text_equal(name, IOC_TEXT("@in"));
    const char *at = builtin->takes;
    if (is_in || name.data[0] == '_') {
        struct ioc_text sign = is_in ? IOC_TEXT("in") : (struct ioc_text){name.data + 1, name.length - 2};
        at = print_type(at, out);
        ioc_buffer_addf(out, " %.*s ", IOC_TEXT_ARGS(sign));
    } else {
        ioc_buffer_add_text(out, (struct ioc_text){name.data, name.length - 1});
    }
    print_type(at, out);
}

void ioc_signature_print(const struct ioc_builtin *builtin, struct ioc_buffer *out)
{
    const char *at = builtin->takes;
    if (builtin->name[0] < 'a' || builtin->name[0] > 'z') {
        print_operator(builtin, out);
    } else {
        if (!(builtin->style & IOC_BUILTIN_FUNCTION)) {
            at = print_type(at, out);
            ioc_buffer_add_char(out, '.');
        }
        ioc_buffer_addf(out, "%s(", builtin->name);
        for (bool is_first = true; *at; is_first = false) {
            if (!is_first)
                ioc_buffer_add_string(out, ", ");
            at = print_type(at, out);
        }
        ioc_buffer_add_char(out, ')');
    }
    ioc_buffer_add_string(out, " → ");
    print_type(builtin->gives, out);
}

bool ioc_signature_is_public(const struct ioc_builtin *builtin)
{
    return builtin->name[0] != '@' || strcmp(builtin->name, "@in") == 0;
}

static bool says_the_same(const struct ioc_builtin *a, const struct ioc_builtin *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->help, b->help) == 0;
}

void ioc_signature_print_library(const struct ioc_library *library, struct ioc_buffer *out)
{
    ioc_buffer_addf(out, "functions: %s — %s\n", library->name, library->summary);
    for (uint32_t i = 0; i < library->count;) {
        const struct ioc_builtin *first = &library->rows[i];
        uint32_t next = i + 1;
        while (next < library->count && says_the_same(first, &library->rows[next]))
            next++;
        const char *errors = NULL, *example = NULL;
        for (; i < next && ioc_signature_is_public(first); i++) {
            ioc_buffer_add_string(out, "  ");
            ioc_signature_print(&library->rows[i], out);
            ioc_buffer_add_char(out, '\n');
            errors = errors ? errors : library->rows[i].errors;
            example = example ? example : library->rows[i].example;
        }
        i = next;
        if (!ioc_signature_is_public(first))
            continue;
        if ((first->style & IOC_BUILTIN_FUNCTION) && (first->style & IOC_BUILTIN_METHOD))
            ioc_buffer_addf(out, "      also x.%s(…)\n", first->name);
        ioc_buffer_addf(out, "      %s; index: %s\n", first->help, first->style & IOC_BUILTIN_INDEXED ? "yes" : "no");
        if (errors)
            ioc_buffer_addf(out, "      fails: %s\n", errors);
        if (example)
            ioc_buffer_addf(out, "      %s\n", example);
    }
}
