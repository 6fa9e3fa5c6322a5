/*
 * core/option_schema.c — tables of options as a JSON Schema.
 *
 * A form that is `shared` is written once, under `definitions`, when something refers to it; it may refer
 * to itself.  Words that YAML takes for numbers ("5") are listed both ways, since an editor has read the
 * file by YAML's rules before it asks the schema.
 */
#include "core/option.h"
#include <assert.h>

enum { SHARED_MOST = 64 };

struct writer {
    struct ioc_buffer *json;
    uint32_t depth;
    bool is_first;                                /* nothing stands yet in the object or list that is open */
    const struct ioc_option *shared[SHARED_MOST]; /* to be defined, in order of first mention */
    uint32_t shared_count;
};

/* Amount and unit, largest unit first (core/time.h); sizes as core/document.h reads them. */
static const char span_pattern[] = "^(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?([0-9]+us)?([0-9]+ns)?$";
static const char bytes_pattern[] = "^[0-9]+ *(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)?$";
static const char measure_pattern[] = "^ *[a-z][a-z0-9]* *\\( *([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)? *\\) *$";

/* ------------------------------------------------------------- JSON */

static void begin_item(struct writer *writer)
{
    ioc_buffer_add_string(writer->json, writer->is_first ? "\n" : ",\n");
    for (uint32_t i = 0; i < writer->depth; i++)
        ioc_buffer_add_string(writer->json, "  ");
    writer->is_first = false;
}

static void begin_member(struct writer *writer, const char *name)
{
    begin_item(writer);
    ioc_buffer_add_json(writer->json, ioc_text_of(name));
    ioc_buffer_add_string(writer->json, ": ");
}

static void begin(struct writer *writer, char bracket)
{
    ioc_buffer_add_char(writer->json, bracket);
    writer->depth++;
    writer->is_first = true;
}

static void end(struct writer *writer, char bracket)
{
    bool is_empty = writer->is_first;
    writer->depth--;
    writer->is_first = true;
    if (!is_empty)
        begin_item(writer);
    writer->is_first = false;
    ioc_buffer_add_char(writer->json, bracket);
}

static void write_string(struct writer *writer, const char *name, const char *value)
{
    begin_member(writer, name);
    ioc_buffer_add_json(writer->json, ioc_text_of(value));
}

static void write_literal(struct writer *writer, const char *name, const char *json)
{
    begin_member(writer, name);
    ioc_buffer_add_string(writer->json, json);
}

static void write_number(struct writer *writer, const char *name, int64_t value)
{
    begin_member(writer, name);
    ioc_buffer_add_int(writer->json, value);
}

/* ------------------------------------------------------------- values as they are written in a file */

/* As an editor reads it (YAML 1.2, core schema). */
static bool is_typed(struct ioc_text text)
{
    double number;
    return ioc_text_double(text, &number) == IOC_OK || ioc_text_equal(text, IOC_TEXT("true")) ||
           ioc_text_equal(text, IOC_TEXT("false"));
}

static void write_scalar(struct writer *writer, const struct ioc_node *node)
{
    double number;
    if (node->style != IOC_NODE_PLAIN || !is_typed(node->text))
        ioc_buffer_add_json(writer->json, node->text);
    else if (ioc_text_double(node->text, &number) == IOC_OK)
        ioc_buffer_add_double(writer->json, number);
    else
        ioc_buffer_add_text(writer->json, node->text);
}

static void write_node(struct writer *writer, const struct ioc_node *node)
{
    if (node->kind == IOC_NODE_SCALAR) {
        write_scalar(writer, node);
        return;
    }
    begin(writer, node->kind == IOC_NODE_MAP ? '{' : '[');
    for (const struct ioc_node *child = node->first; child; child = child->next) {
        begin_item(writer);
        if (node->kind == IOC_NODE_MAP) {
            ioc_buffer_add_json(writer->json, child->key);
            ioc_buffer_add_string(writer->json, ": ");
        }
        write_node(writer, child);
    }
    end(writer, node->kind == IOC_NODE_MAP ? '}' : ']');
}

/* Written by us: that it is YAML is checked each time. */
static void write_yaml(struct writer *writer, const char *yaml)
{
    struct ioc_errors errors = {0};
    struct ioc_document *document = ioc_document_parse(IOC_TEXT("option"), ioc_text_of(yaml), &errors);
    assert(document->root && errors.count == 0);
    write_node(writer, document->root);
    ioc_document_free(document);
    ioc_errors_done(&errors);
}

static void write_default(struct writer *writer, const struct ioc_option *option)
{
    const struct ioc_node scalar = {.kind = IOC_NODE_SCALAR,
        .style = option->type == IOC_OPTION_TEXT || option->type == IOC_OPTION_PATH ? IOC_NODE_QUOTED : IOC_NODE_PLAIN,
        .text = ioc_text_of(option->fallback)};
    begin_member(writer, "default");
    if (option->type == IOC_OPTION_TEXTS || option->type > IOC_OPTION_NODE)
        write_yaml(writer, option->fallback);
    else
        write_scalar(writer, &scalar);
}

/* ------------------------------------------------------------- what people read */

static void add_sentence(struct ioc_buffer *text, const char *before, const char *sentence)
{
    size_t length = strlen(sentence);
    ioc_buffer_addf(text, "%s%s%s", text->length ? before : "", sentence,
        length && strchr(".!?", sentence[length - 1]) ? "" : ".");
}

static void write_description(struct writer *writer, const struct ioc_option *option)
{
    struct ioc_buffer text = {0};
    if (option->help)
        add_sentence(&text, "", option->help);
    if (option->otherwise)
        ioc_buffer_addf(&text, " Left out: %s.", option->otherwise);
    if (option->help_vi)
        add_sentence(&text, "\n\n", option->help_vi);
    if (text.length) {
        begin_member(writer, "description");
        ioc_buffer_add_json(writer->json, ioc_buffer_text(&text));
    }
    ioc_buffer_done(&text);
    if (option->fallback)
        write_default(writer, option);
    if (option->example) {
        begin_member(writer, "examples");
        begin(writer, '[');
        begin_item(writer);
        write_yaml(writer, option->example);
        end(writer, ']');
    }
}

/* ------------------------------------------------------------- forms */

static void write_form(struct writer *writer, const struct ioc_option *form);

static void write_member(struct writer *writer, const char *name, const struct ioc_option *form)
{
    begin_member(writer, name);
    write_form(writer, form);
}

/* A text: YAML has read 15 as a number before the schema is asked. */
static void write_text(struct writer *writer, const char *pattern)
{
    write_literal(writer, "type", "[\"string\", \"number\"]");
    if (pattern)
        write_string(writer, "pattern", pattern);
}

static void write_bounds(struct writer *writer, const struct ioc_option *option, const char *low, const char *high)
{
    if (option->low == 0 && option->high == 0)
        return;
    write_number(writer, low, option->low);
    if (option->high >= option->low)
        write_number(writer, high, option->high);
}

static void write_words(struct writer *writer, const char *const *words)
{
    begin_member(writer, "enum");
    begin(writer, '[');
    for (; *words; words++) {
        begin_item(writer);
        ioc_buffer_add_json(writer->json, ioc_text_of(*words));
        if (!is_typed(ioc_text_of(*words)))
            continue;
        begin_item(writer);
        ioc_buffer_add_string(writer->json, *words);
    }
    end(writer, ']');
}

static void write_texts(struct writer *writer, const struct ioc_option *option)
{
    const struct ioc_option text = {.type = IOC_OPTION_TEXT, .pattern = option->pattern};
    begin_member(writer, "anyOf");
    begin(writer, '[');
    begin_item(writer);
    write_form(writer, &text);
    begin_item(writer);
    begin(writer, '{');
    write_string(writer, "type", "array");
    write_member(writer, "items", &text);
    write_bounds(writer, option, "minItems", "maxItems");
    end(writer, '}');
    end(writer, ']');
}

static void write_either(struct writer *writer, const struct ioc_option *option)
{
    begin_member(writer, "anyOf");
    begin(writer, '[');
    for (const struct ioc_option *form = option->inside; form->key; form++) {
        begin_item(writer);
        write_form(writer, form);
    }
    end(writer, ']');
}

static void write_secret(struct writer *writer)
{
    write_string(writer, "type", "object");
    write_literal(writer, "minProperties", "1");
    write_literal(writer, "maxProperties", "1");
    begin_member(writer, "properties");
    begin(writer, '{');
    for (const struct ioc_option *option = ioc_option_secret.inside; option->key; option++)
        write_member(writer, option->key, option);
    end(writer, '}');
    write_literal(writer, "additionalProperties", "false");
}

static void write_required(struct writer *writer, const struct ioc_option *options, const struct ioc_option *more)
{
    const struct ioc_option *const lists[] = {options, more};
    bool is_open = false;
    for (int i = 0; i < 2; i++)
        for (const struct ioc_option *option = lists[i]; option && option->key; option++) {
            if (!option->is_required)
                continue;
            if (!is_open) {
                begin_member(writer, "required");
                begin(writer, '[');
                is_open = true;
            }
            begin_item(writer);
            ioc_buffer_add_json(writer->json, ioc_text_of(option->key));
        }
    if (is_open)
        end(writer, ']');
}

static void write_unless(struct writer *writer, const struct ioc_option *options)
{
    for (; options && options->key; options++) {
        if (!options->unless)
            continue;
        begin_item(writer);
        ioc_buffer_addf(writer->json, "{\"anyOf\": [{\"required\": [\"%s\"]}, {\"required\": [\"%s\"]}]}", options->key,
            options->unless);
    }
}

/* if its word is written (or left out, and this is the first): then these keys and no others. */
static void write_variant(struct writer *writer, const struct ioc_option *table, const struct ioc_option_variant *variant,
    bool is_assumed)
{
    const struct ioc_option *const lists[] = {table->inside, table->also};
    begin_item(writer);
    begin(writer, '{');
    begin_member(writer, "if");
    ioc_buffer_addf(writer->json, "{\"properties\": {\"%s\": {\"const\": \"%s\"}}%s%s%s}", table->selector, variant->name,
        is_assumed ? "" : ", \"required\": [\"", is_assumed ? "" : table->selector, is_assumed ? "" : "\"]");
    begin_member(writer, "then");
    begin(writer, '{');
    begin_member(writer, "properties");
    begin(writer, '{');
    for (int i = 0; i < 2; i++)
        for (const struct ioc_option *option = lists[i]; option && option->key; option++)
            write_literal(writer, option->key, "true");
    for (const struct ioc_option *option = variant->options; option->key; option++)
        write_member(writer, option->key, option);
    end(writer, '}');
    write_required(writer, variant->options, NULL);
    write_literal(writer, "additionalProperties", "false");
    end(writer, '}');
    end(writer, '}');
}

static void write_conditions(struct writer *writer, const struct ioc_option *table)
{
    struct ioc_option_variant variant;
    bool has_unless = false;
    for (const struct ioc_option *option = table->inside; option && option->key; option++)
        has_unless |= option->unless != NULL;
    for (const struct ioc_option *option = table->also; option && option->key; option++)
        has_unless |= option->unless != NULL;
    if (!has_unless && !table->variant)
        return;
    begin_member(writer, "allOf");
    begin(writer, '[');
    write_unless(writer, table->inside);
    write_unless(writer, table->also);
    for (uint32_t i = 0; table->variant && table->variant(i, &variant); i++)
        write_variant(writer, table, &variant, i == 0 && !ioc_option_find(table, table->selector)->is_required);
    end(writer, ']');
}

/* The key whose word chooses the variant: its words are the variants' names. */
static void write_selector(struct writer *writer, const struct ioc_option *table, const struct ioc_option *option)
{
    struct ioc_option_variant variant;
    begin_member(writer, option->key);
    begin(writer, '{');
    write_description(writer, option);
    begin_member(writer, "enum");
    begin(writer, '[');
    for (uint32_t i = 0; table->variant(i, &variant); i++) {
        begin_item(writer);
        ioc_buffer_add_json(writer->json, ioc_text_of(variant.name));
    }
    end(writer, ']');
    end(writer, '}');
}

static void write_keys(struct writer *writer, const struct ioc_option *table, const struct ioc_option *options)
{
    for (; options && options->key; options++) {
        if (table->selector && strcmp(options->key, table->selector) == 0)
            write_selector(writer, table, options);
        else
            write_member(writer, options->key, options);
    }
}

static void write_table(struct writer *writer, const struct ioc_option *table)
{
    assert(!table->others || !table->variant);
    write_string(writer, "type", "object");
    begin_member(writer, "properties");
    begin(writer, '{');
    write_keys(writer, table, table->inside);
    write_keys(writer, table, table->also);
    end(writer, '}');
    write_required(writer, table->inside, table->also);
    write_conditions(writer, table);
    if (table->others && table->pattern) {
        begin_member(writer, "patternProperties");
        begin(writer, '{');
        write_member(writer, table->pattern, table->others);
        end(writer, '}');
    }
    if (table->others && !table->pattern)
        write_member(writer, "additionalProperties", table->others);
    else if (!table->variant)
        write_literal(writer, "additionalProperties", "false");
}

static void write_list(struct writer *writer, const struct ioc_option *option)
{
    write_string(writer, "type", "array");
    write_member(writer, "items", option->inside);
    write_bounds(writer, option, "minItems", "maxItems");
}

static void write_type(struct writer *writer, const struct ioc_option *option)
{
    switch (option->type) {
    case IOC_OPTION_TEXT: write_text(writer, option->pattern); return;
    case IOC_OPTION_PATH: write_text(writer, "."); return;
    case IOC_OPTION_BOOL: write_string(writer, "type", "boolean"); return;
    case IOC_OPTION_INT:
        write_string(writer, "type", "integer");
        write_bounds(writer, option, "minimum", "maximum");
        return;
    case IOC_OPTION_DOUBLE: write_string(writer, "type", "number"); return;
    case IOC_OPTION_SPAN:
        write_string(writer, "type", "string");
        write_string(writer, "pattern", span_pattern);
        return;
    case IOC_OPTION_BYTES:
        write_literal(writer, "type", "[\"string\", \"integer\"]");
        write_string(writer, "pattern", bytes_pattern);
        write_literal(writer, "minimum", "0");
        return;
    case IOC_OPTION_CHOICE: write_words(writer, option->choices); return;
    case IOC_OPTION_SECRET: write_secret(writer); return;
    case IOC_OPTION_TEXTS: write_texts(writer, option); return;
    case IOC_OPTION_NODE: return;
    case IOC_OPTION_EXPRESSION: write_literal(writer, "type", "[\"string\", \"boolean\"]"); return;
    case IOC_OPTION_SCALAR: write_literal(writer, "type", "[\"string\", \"number\", \"boolean\", \"null\"]"); return;
    case IOC_OPTION_MEASURE:
        write_literal(writer, "type", "[\"number\", \"string\"]");
        write_string(writer, "pattern", measure_pattern);
        return;
    case IOC_OPTION_TABLE: write_table(writer, option); return;
    case IOC_OPTION_LIST: write_list(writer, option); return;
    case IOC_OPTION_EITHER: write_either(writer, option); return;
    }
}

static void write_reference(struct writer *writer, const struct ioc_option *form)
{
    bool is_known = false;
    for (uint32_t i = 0; i < writer->shared_count && !is_known; i++)
        is_known = writer->shared[i] == form;
    if (!is_known) {
        assert(writer->shared_count < SHARED_MOST);
        writer->shared[writer->shared_count++] = form;
    }
    begin_member(writer, "$ref");
    ioc_buffer_addf(writer->json, "\"#/definitions/%s\"", form->shared);
}

static void write_form(struct writer *writer, const struct ioc_option *form)
{
    begin(writer, '{');
    if (form->shared) {
        write_reference(writer, form);
    } else {
        write_description(writer, form);
        write_type(writer, form);
    }
    end(writer, '}');
}

void ioc_option_schema(const struct ioc_option *form, const char *title, struct ioc_buffer *json)
{
    struct writer writer = {.json = json};
    begin(&writer, '{');
    write_string(&writer, "$schema", "http://json-schema.org/draft-07/schema#");
    write_string(&writer, "title", title);
    write_description(&writer, form);
    write_type(&writer, form);
    if (writer.shared_count) {
        begin_member(&writer, "definitions");
        begin(&writer, '{');
        for (uint32_t i = 0; i < writer.shared_count; i++) { /* which may mention further ones */
            struct ioc_option definition = *writer.shared[i];
            definition.shared = NULL;
            write_member(&writer, writer.shared[i]->shared, &definition);
        }
        end(&writer, '}');
    }
    end(&writer, '}');
    ioc_buffer_add_char(json, '\n');
}
