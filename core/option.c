/*
 * core/option.c — tables of options: read, checked, printed.
 */
#include "core/option.h"
#include "core/file.h"
#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECRET_MOST = 64 * 1024 };

static const struct ioc_option secret_keys[] = {
    {.key = "file", .type = IOC_OPTION_PATH, .help = "file that holds it and that others cannot read (chmod 600)",
        .help_vi = "tệp chứa bí mật, người khác không đọc được (chmod 600)", .example = "secrets/gate.key"},
    {.key = "credential", .type = IOC_OPTION_TEXT, .help = "name of a systemd credential (LoadCredential=)",
        .help_vi = "tên credential của systemd (LoadCredential=)", .example = "gate-key"},
    IOC_OPTION_END};
const struct ioc_option ioc_option_secret = {.key = "SECRET", .type = IOC_OPTION_TABLE, .inside = secret_keys};

struct place { /* where options are read, and to where */
    const struct ioc_document *document;
    struct ioc_arena *arena;
    struct ioc_errors *errors;
};

static bool read_texts(
    const struct place *place, struct ioc_node *node, struct ioc_option_texts *texts)
{
    const struct ioc_node *item = node->kind == IOC_NODE_LIST ? node->first : node;
    uint32_t count = node->kind == IOC_NODE_LIST ? node->count : 1;
    bool is_good = true;
    if (node->kind == IOC_NODE_MAP) {
        ioc_node_error(place->document, node, place->errors, "wrong-kind",
            "a list of texts is expected here, not a map");
        return false;
    }
    struct ioc_text *items = ioc_arena_take(place->arena, (count + 1) * sizeof *items);
    for (uint32_t i = 0; i < count; i++, item = item->next) {
        struct ioc_text text;
        if (ioc_node_text(place->document, item, &text, place->errors))
            items[i] = ioc_arena_copy(place->arena, text);
        else
            is_good = false;
    }
    if (is_good)
        *texts = (struct ioc_option_texts){items, count};
    return is_good;
}

/* Full path of a systemd credential, or an error. */
static bool find_credential(const struct place *place, const struct ioc_node *node,
    struct ioc_text name, struct ioc_text *path)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    char shown[IOC_NODE_SHOWN];
    if (name.length == 0 || name.data[0] == '.' || memchr(name.data, '/', name.length)) {
        ioc_node_error(place->document, node, place->errors, "credential-name",
            "'%s' is no name of a credential", ioc_node_shown(name, shown));
        return false;
    }
    if (!directory || directory[0] != '/') {
        ioc_node_error(place->document, node, place->errors, "no-credentials",
            "the credential '%s' is asked for, but systemd passed none",
            ioc_node_shown(name, shown));
        ioc_node_hint(
            place->errors, "add LoadCredential=%s:/path to the unit, or use {file: path}", shown);
        return false;
    }
    *path = ioc_arena_printf(place->arena, "%s/%.*s", directory, IOC_TEXT_ARGS(name));
    return true;
}

static bool read_secret_file(const struct place *place, const struct ioc_node *node,
    struct ioc_text path, bool is_private, struct ioc_secret *secret)
{
    struct ioc_error err = {0};
    struct ioc_text bytes;
    if (ioc_file_read(path.data, SECRET_MOST, is_private, place->arena, &bytes, &err) != IOC_OK) {
        ioc_document_error(place->document, node->line, node->column, &err, place->errors);
        return false;
    }
    if (bytes.length > 0 && bytes.data[bytes.length - 1] == '\n')
        bytes.length--;
    if (bytes.length == 0) {
        ioc_node_error(place->document, node, place->errors, "empty-secret",
            "there is nothing in '%s'", path.data);
        return false;
    }
    secret->value = bytes;
    return true;
}

static bool read_secret(const struct place *place, struct ioc_node *node, struct ioc_secret *secret)
{
    uint32_t before = place->errors->count;
    struct ioc_text name, path;
    if (node->kind != IOC_NODE_MAP) {
        if (node->is_broken)
            return false;
        ioc_node_error(place->document, node, place->errors, "inline-secret",
            "a secret must not stand in this file");
        ioc_node_hint(place->errors,
            "put it into a file of its own (chmod 600) and write {file: path}, "
            "or {credential: name} for a systemd credential");
        ioc_node_hide(place->errors);
        return false;
    }
    ioc_option_unknown(place->document, node, &ioc_option_secret, NULL, NULL, place->errors);
    struct ioc_node *file = ioc_node_find(node, "file"),
                    *credential = ioc_node_find(node, "credential");
    bool is_good = place->errors->count == before && place->errors->omitted == 0;
    for (uint32_t i = before; i < place->errors->count; i++)
        memset(place->errors->items[i].source, 0, sizeof place->errors->items->source);
    if (!is_good)
        return false;
    if (!file == !credential) {
        ioc_node_error(
            place->document, node, place->errors, "secret-place", "a secret has one place");
        ioc_node_hint(place->errors, "either {file: path} or {credential: name}");
        return false;
    }
    struct ioc_node *given = file ? file : credential;
    if (!ioc_node_text(place->document, given, &name, place->errors))
        return false;
    if (file)
        path = ioc_file_beside(place->document->file, name, place->arena);
    else if (!find_credential(place, credential, name, &path))
        return false;
    /* systemd guards its directory itself; the mode there shows access lists, not other users. */
    return read_secret_file(place, given, path, file != NULL, secret);
}

/* Absolute against the directory of the file, which itself may be given relative to where we are. */
static struct ioc_text make_absolute(const struct place *place, struct ioc_text path)
{
    struct ioc_text beside = ioc_file_beside(place->document->file, path, place->arena);
    if (beside.length == 0 || beside.data[0] == '/')
        return beside;
    char *here = getcwd(NULL, 0);
    if (!here)
        return beside;
    struct ioc_text whole = ioc_arena_printf(place->arena, "%s/%s", here, beside.data);
    free(here);
    return whole;
}

static bool read_text(
    const struct place *place, const struct ioc_node *node, bool is_path, struct ioc_text *out)
{
    struct ioc_text text;
    if (!ioc_node_text(place->document, node, &text, place->errors))
        return false;
    /* What goes on to C libraries ends at the first NUL ("\0" in double quotes). */
    if (text.length > 0 && memchr(text.data, '\0', text.length)) {
        ioc_node_error(place->document, node, place->errors, "nul", "a text must not hold \\0");
        return false;
    }
    if (ioc_option_has_password(text)) {
        ioc_node_error(place->document, node, place->errors, "password-in-url",
            "a password must not stand in a URL");
        ioc_node_hint(place->errors, "write username and password: {file: path} instead");
        ioc_node_hide(place->errors);
        return false;
    }
    if (is_path && text.length == 0) {
        ioc_node_error(place->document, node, place->errors, "missing-value",
            "a path is expected here; it is empty");
        return false;
    }
    *out = is_path ? make_absolute(place, text) : ioc_arena_copy(place->arena, text);
    return true;
}

static bool read_value(
    const struct place *place, struct ioc_node *node, const struct ioc_option *option, void *value)
{
    const struct ioc_document *document = place->document;
    bool is_bounded = option->low != 0 || option->high != 0;
    switch (option->type) {
    case IOC_OPTION_TEXT:
    case IOC_OPTION_PATH: return read_text(place, node, option->type == IOC_OPTION_PATH, value);
    case IOC_OPTION_BOOL: return ioc_node_bool(document, node, value, place->errors);
    case IOC_OPTION_INT:
        return ioc_node_int(document, node, is_bounded ? option->low : INT64_MIN,
            is_bounded ? option->high : INT64_MAX, value, place->errors);
    case IOC_OPTION_DOUBLE: return ioc_node_double(document, node, value, place->errors);
    case IOC_OPTION_SPAN: return ioc_node_span(document, node, value, place->errors);
    case IOC_OPTION_BYTES: return ioc_node_bytes(document, node, value, place->errors);
    case IOC_OPTION_CHOICE:
        return ioc_node_choice(document, node, option->choices, value, place->errors);
    case IOC_OPTION_SECRET: return read_secret(place, node, value);
    case IOC_OPTION_TEXTS: return read_texts(place, node, value);
    case IOC_OPTION_NODE:
    case IOC_OPTION_EXPRESSION:
    case IOC_OPTION_SCALAR:
    case IOC_OPTION_MEASURE:
    case IOC_OPTION_TABLE:
    case IOC_OPTION_LIST:
    case IOC_OPTION_EITHER: *(struct ioc_node **)value = node; return true;
    }
    return false;
}

/* A default is written by us: that it can be read is checked each time it is used. */
static void read_fallback(const struct place *place, const struct ioc_option *option, void *value)
{
    struct ioc_errors errors = {0};
    struct ioc_document *list = NULL;
    struct ioc_node scalar = {
        .kind = IOC_NODE_SCALAR, .style = IOC_NODE_QUOTED, .text = ioc_text_of(option->fallback)};
    struct ioc_node *node = &scalar;
    assert(option->type < IOC_OPTION_NODE && option->type != IOC_OPTION_SECRET);
    if (option->type == IOC_OPTION_TEXTS) {
        list = ioc_document_parse(place->document->file, scalar.text, &errors);
        node = list->root;
        assert(node);
    }
    struct place here = *place;
    here.errors = &errors;
    bool is_good = read_value(&here, node, option, value);
    assert(is_good);
    ioc_document_free(list);
    ioc_errors_done(&errors);
}

static void add_known(struct ioc_option_keys *known, const struct ioc_option *options, const char *const *also)
{
    for (; options && options->key; options++) {
        assert(known->count < IOC_OPTION_KEYS);
        known->names[known->count++] = options->key;
    }
    for (; also && *also; also++) {
        assert(known->count < IOC_OPTION_KEYS);
        known->names[known->count++] = *also;
    }
    known->names[known->count] = NULL;
}

static bool check_keys(const struct place *place, const struct ioc_node *node,
    const struct ioc_option *options, const char *const *also)
{
    struct ioc_option_keys known = {0};
    uint32_t before = place->errors->count + place->errors->omitted;
    add_known(&known, options, also);
    ioc_node_unknown(place->document, node, known.names, place->errors);
    return place->errors->count + place->errors->omitted == before;
}

/* The TABLE that a form is, has among its forms, or repeats. */
static const struct ioc_option *find_table(const struct ioc_option *form)
{
    if (form->type == IOC_OPTION_TABLE)
        return form;
    const struct ioc_option *table = NULL;
    bool is_either = form->type == IOC_OPTION_EITHER;
    for (const struct ioc_option *inside = form->inside; inside && inside->key && !table;
         inside = is_either ? inside + 1 : NULL)
        table = find_table(inside);
    return table;
}

const struct ioc_option *ioc_option_find(const struct ioc_option *form, const char *key)
{
    const struct ioc_option *table = find_table(form), *found = NULL;
    assert(table);
    for (const struct ioc_option *option = table->inside; option && option->key && !found; option++)
        found = strcmp(option->key, key) == 0 ? option : NULL;
    for (const struct ioc_option *option = table->also; option && option->key && !found; option++)
        found = strcmp(option->key, key) == 0 ? option : NULL;
    assert(found);
    return found;
}

const char *const *ioc_option_choices(const struct ioc_option *form)
{
    const char *const *choices = form->choices;
    for (const struct ioc_option *option = form->inside;
         form->type == IOC_OPTION_EITHER && option->key && !choices; option++)
        choices = option->choices;
    assert(choices);
    return choices;
}

const char *const *ioc_option_keys(const struct ioc_option *form, struct ioc_option_keys *keys)
{
    const struct ioc_option *table = find_table(form);
    assert(table);
    *keys = (struct ioc_option_keys){0};
    add_known(keys, table->inside, NULL);
    add_known(keys, table->also, NULL);
    return keys->names;
}

void ioc_option_unknown(const struct ioc_document *document, const struct ioc_node *node,
    const struct ioc_option *form, const char *variant, const char *const *also, struct ioc_errors *errors)
{
    const struct ioc_option *table = find_table(form);
    struct ioc_option_variant more;
    struct ioc_option_keys known;
    assert(table);
    if (table->others && !also)
        return;
    ioc_option_keys(form, &known);
    add_known(&known, NULL, also);
    for (uint32_t i = 0; variant && table->variant && table->variant(i, &more); i++)
        if (strcmp(more.name, variant) == 0)
            add_known(&known, more.options, NULL);
    ioc_node_unknown(document, node, known.names, errors);
}

static void hint_option(const struct ioc_option *option, struct ioc_errors *errors)
{
    char english[320], vietnamese[400];
    snprintf(english, sizeof english, "%s: %s", option->key, option->help);
    snprintf(vietnamese, sizeof vietnamese, "%s: %s", option->key, option->help_vi ? option->help_vi : option->help);
    ioc_node_hint_both(errors, english, vietnamese);
}

bool ioc_option_read(const struct ioc_document *document, struct ioc_node *node,
    const struct ioc_option *options, const char *const *also, void *out, struct ioc_arena *arena,
    struct ioc_errors *errors)
{
    const struct place place = {document, arena, errors};
    struct ioc_node *map = node;
    bool is_good = true;
    if (node && node->kind == IOC_NODE_SCALAR && node->style == IOC_NODE_PLAIN &&
        node->text.length == 0 && !node->is_broken)
        map = NULL;
    if (map && map->is_broken)
        return false;
    if (map && map->kind != IOC_NODE_MAP) {
        ioc_node_error(document, map, errors, "wrong-kind", "a map of options is expected here");
        return false;
    }
    if (map)
        is_good = check_keys(&place, map, options, also);
    for (const struct ioc_option *option = options; option->key; option++) {
        void *value = (char *)out + option->offset;
        struct ioc_node *given = ioc_node_find(map, option->key);
        if (given) {
            is_good = read_value(&place, given, option, value) && is_good;
        } else if (option->is_required) {
            ioc_node_error(
                document, node, errors, "missing-key", "the key '%s' is missing here", option->key);
            hint_option(option, errors);
            is_good = false;
        } else if (option->fallback) {
            read_fallback(&place, option, value);
        }
    }
    return is_good;
}

static const char *const type_words[] = {
    [IOC_OPTION_TEXT] = "text",
    [IOC_OPTION_BOOL] = "true or false",
    [IOC_OPTION_INT] = "whole number",
    [IOC_OPTION_DOUBLE] = "number",
    [IOC_OPTION_SPAN] = "duration",
    [IOC_OPTION_BYTES] = "size",
    [IOC_OPTION_CHOICE] = "word",
    [IOC_OPTION_PATH] = "path",
    [IOC_OPTION_SECRET] = "secret",
    [IOC_OPTION_TEXTS] = "texts",
    [IOC_OPTION_NODE] = "map or list",
    [IOC_OPTION_EXPRESSION] = "expression",
    [IOC_OPTION_SCALAR] = "value",
    [IOC_OPTION_MEASURE] = "number or number with unit",
    [IOC_OPTION_TABLE] = "map",
    [IOC_OPTION_LIST] = "list",
    [IOC_OPTION_EITHER] = "one of forms",
};

void ioc_option_print(const struct ioc_option *options, FILE *out)
{
    size_t widest = 0;
    for (const struct ioc_option *option = options; option->key; option++)
        widest = strlen(option->key) > widest ? strlen(option->key) : widest;
    for (const struct ioc_option *option = options; option->key; option++) {
        fprintf(out, "  %-*s  %-13s  %s", (int)widest, option->key, type_words[option->type],
            option->help);
        if (option->choices) {
            fputs(" One of:", out);
            for (uint32_t i = 0; option->choices[i]; i++)
                fprintf(out, "%s %s", i ? "," : "", option->choices[i]);
            fputc('.', out);
        }
        if (option->type == IOC_OPTION_INT && (option->low != 0 || option->high != 0))
            fprintf(out, " %lld to %lld.", (long long)option->low, (long long)option->high);
        if (option->is_required)
            fputs(" Required.", out);
        else if (option->fallback)
            fprintf(out, " Default %s.", option->fallback[0] ? option->fallback : "\"\"");
        fputc('\n', out);
    }
}

bool ioc_option_has_password(struct ioc_text url)
{
    const char *slashes = memmem(url.data, url.length, "://", 3);
    const char *at = slashes ? slashes + 3 : url.data, *end = url.data + url.length, *host = NULL;
    const char *authority = at;
    for (; at < end && !strchr("/?#", *at); at++)
        if (*at == '@')
            host = at;
    if (!host)
        return false;
    const char *colon = memchr(authority, ':', (size_t)(host - authority));
    return colon && colon + 1 < host;
}

void ioc_secret_wipe(struct ioc_secret *secret)
{
    if (secret->value.length > 0)
        explicit_bzero((char *)secret->value.data, secret->value.length);
    secret->value = (struct ioc_text){"", 0};
}
