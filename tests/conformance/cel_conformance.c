/*
 * tests/conformance/cel_conformance.c — runs the CEL conformance suite and judges type and value exactly.
 *
 *   cel_conformance [-v] [--passed FILE [--update]] FILE.jsonl…
 *
 * Bindings become the slots of one row, as events have them.  Exit: 0, 1 when an id of the pass list
 * does not pass any more, 2 for wrong use, 77 (skipped) when no file is there.
 */
#include "core/draft.h"
#include "core/memory.h"
#include "rules/cel/inside.h"
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { VARIABLES_MOST = 16, SKIPPED = 77 };

struct binding_set { /* the variables of one test */
    struct ioc_field fields[VARIABLES_MOST];
    struct ioc_variable variables[VARIABLES_MOST];
    struct ioc_text types[VARIABLES_MOST];
    struct ioc_schema schema;
    struct ioc_scope scope;
    uint32_t count;
};
struct id_list {
    char **ids;
    size_t count;
};
struct tally {
    bool is_verbose;
    uint32_t passed, failed;
    struct id_list passes;
};

static struct ioc_text text_of(const json_t *value)
{
    if (!json_is_string(value))
        return (struct ioc_text){"", 0};
    return (struct ioc_text){json_string_value(value), (uint32_t)json_string_length(value)};
}

static struct ioc_text text_at(const json_t *object, const char *key)
{
    return text_of(json_object_get(object, key));
}

static bool is_kind(const json_t *value, const char *kind)
{
    return ioc_text_equal(text_at(value, "t"), ioc_text_of(kind));
}

static char *bytes_of_hex(struct ioc_text hex)
{
    char *bytes = ioc_memory_take(hex.length / 2 + 1);
    for (uint32_t i = 0; i + 1 < hex.length; i += 2) {
        char pair[3] = {hex.data[i], hex.data[i + 1], 0};
        bytes[i / 2] = (char)strtoul(pair, NULL, 16);
    }
    return bytes;
}

static double double_of(const json_t *value)
{
    struct ioc_text bits = text_at(value, "bits");
    uint64_t word = strtoull(bits.data, NULL, 16);
    double number;
    memcpy(&number, &word, sizeof number);
    return number;
}

static enum ioc_type write_value(
    struct ioc_draft *draft, const json_t *value, union ioc_word *word);

static struct ioc_ref write_cells(struct ioc_draft *draft, const json_t *items, bool is_map)
{
    struct ioc_ref cells;
    uint32_t count = (uint32_t)json_array_size(items);
    if (ioc_draft_cells(draft, is_map ? 2 * count : count, &cells) != IOC_OK)
        abort();
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t half = 0; half <= is_map; half++) {
            union ioc_word word = {0};
            const json_t *item = json_array_get(items, i);
            enum ioc_type type =
                write_value(draft, is_map ? json_array_get(item, half) : item, &word);
            ioc_draft_cell_set(draft, cells, is_map ? 2 * i + half : i, type, word);
        }
    }
    cells.count = count;
    return cells;
}

static struct ioc_ref write_tail(struct ioc_draft *draft, struct ioc_text text)
{
    struct ioc_ref ref;
    if (ioc_draft_tail(draft, text.data, text.length, &ref) != IOC_OK)
        abort();
    return ref;
}

static enum ioc_type write_value(struct ioc_draft *draft, const json_t *value, union ioc_word *word)
{
    struct ioc_text text = text_at(value, "v");
    if (is_kind(value, "bool")) {
        word->u = json_is_true(json_object_get(value, "v"));
        return IOC_BOOL;
    }
    if (is_kind(value, "int")) {
        word->i = strtoll(text.data, NULL, 10);
        return IOC_INT;
    }
    if (is_kind(value, "uint")) {
        word->u = strtoull(text.data, NULL, 10);
        return IOC_UINT;
    }
    if (is_kind(value, "double")) {
        word->d = double_of(value);
        return IOC_DOUBLE;
    }
    if (is_kind(value, "string")) {
        word->ref = write_tail(draft, text);
        return IOC_STRING;
    }
    if (is_kind(value, "bytes")) {
        struct ioc_text hex = text_at(value, "hex");
        char *bytes = bytes_of_hex(hex);
        word->ref = write_tail(draft, (struct ioc_text){bytes, hex.length / 2});
        ioc_memory_give(bytes);
        return IOC_BYTES;
    }
    if (is_kind(value, "timestamp") || is_kind(value, "duration")) {
        word->i = strtoll(text_at(value, "s").data, NULL, 10) * IOC_SECOND +
                  json_integer_value(json_object_get(value, "n"));
        return is_kind(value, "timestamp") ? IOC_TIMESTAMP : IOC_DURATION;
    }
    if (is_kind(value, "list") || is_kind(value, "map")) {
        bool is_map = is_kind(value, "map");
        word->ref = write_cells(draft, json_object_get(value, "v"), is_map);
        return is_map ? IOC_MAP : IOC_LIST;
    }
    return IOC_NULL;
}

static void set_slot(struct ioc_draft *draft, ioc_slot slot, const json_t *value)
{
    union ioc_word word = {0};
    enum ioc_type wanted = draft->schema->fields[slot].type, type;
    if (wanted == IOC_DYN) {
        struct ioc_ref cell;
        if (ioc_draft_cells(draft, 1, &cell) != IOC_OK)
            abort();
        type = write_value(draft, value, &word);
        ioc_draft_cell_set(draft, cell, 0, type, word);
        cell.count = 1;
        if (ioc_draft_set_cells(draft, slot, cell) != IOC_OK)
            abort();
        return;
    }
    struct ioc_text text = text_at(value, "v");
    switch (wanted) {
    case IOC_STRING:
        if (ioc_draft_set_text(draft, slot, text) != IOC_OK)
            abort();
        return;
    case IOC_BOOL:
        ioc_draft_set_bool(draft, slot, json_is_true(json_object_get(value, "v")));
        return;
    default: break;
    }
    type = write_value(draft, value, &word);
    if (type != wanted)
        return;
    if ((type == IOC_LIST || type == IOC_MAP) &&
        ioc_draft_set_cells(draft, slot, word.ref) != IOC_OK)
        abort();
    else if (type == IOC_LIST || type == IOC_MAP)
        return;
    else if (type == IOC_UINT)
        ioc_draft_set_uint(draft, slot, word.u);
    else if (type == IOC_DOUBLE)
        ioc_draft_set_double(draft, slot, word.d);
    else
        ioc_draft_set_int(draft, slot, word.i);
}

static void declare(struct binding_set *set, const char *name, struct ioc_text type)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (ioc_text_equal(set->variables[i].name, ioc_text_of(name)))
            return;
    }
    if (set->count == VARIABLES_MOST)
        abort();
    uint32_t i = set->count++;
    const char *end = memchr(type.data, '(', type.length);
    enum ioc_type kind = ioc_type_find(
        (struct ioc_text){type.data, end ? (uint32_t)(end - type.data) : type.length});
    set->types[i] = type;
    set->fields[i] = (struct ioc_field){.name = ioc_text_of(name),
        .type = kind == IOC_TYPES ? IOC_DYN : kind,
        .decimals = -1,
        .is_optional = true};
    set->variables[i] = (struct ioc_variable){.name = ioc_text_of(name),
        .slot = (ioc_slot)i,
        .schema = &set->schema,
        .field = &set->fields[i],
        .may_be_missing = true};
}

static void declare_all(struct binding_set *set, const json_t *test)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(json_object_get(test, "type_env"), "vars"), name, value)
        declare(set, name, text_of(value));
    json_object_foreach(json_object_get(test, "bindings"), name, value)
        declare(set, name, IOC_TEXT("dyn"));
    set->schema = (struct ioc_schema){
        .name = IOC_TEXT("bindings"), .fields = set->fields, .count = (uint16_t)set->count};
    set->scope =
        (struct ioc_scope){.variables = set->variables, .count = set->count, .is_strict = true};
}

static bool is_expected(
    const struct ioc_scratch *scratch, const struct ioc_boxed *value, const json_t *wanted);

static bool is_expected_map(
    const struct ioc_scratch *scratch, const struct ioc_boxed *map, const json_t *wanted)
{
    const json_t *pairs = json_object_get(wanted, "v");
    if (map->count != json_array_size(pairs))
        return false;
    for (uint32_t i = 0; i < map->count; i++) {
        const json_t *pair = json_array_get(pairs, i);
        bool is_found = false;
        for (uint32_t j = 0; j < map->count && !is_found; j++) {
            struct ioc_boxed key = ioc_boxed_item(scratch, map, 2 * j),
                             value = ioc_boxed_item(scratch, map, 2 * j + 1);
            is_found = is_expected(scratch, &key, json_array_get(pair, 0)) &&
                       is_expected(scratch, &value, json_array_get(pair, 1));
        }
        if (!is_found)
            return false;
    }
    return true;
}

static bool is_expected_list(
    const struct ioc_scratch *scratch, const struct ioc_boxed *list, const json_t *wanted)
{
    const json_t *items = json_object_get(wanted, "v");
    if (list->count != json_array_size(items))
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        struct ioc_boxed item = ioc_boxed_item(scratch, list, i);
        if (!is_expected(scratch, &item, json_array_get(items, i)))
            return false;
    }
    return true;
}

static bool is_expected_bytes(const struct ioc_boxed *value, const json_t *wanted)
{
    struct ioc_text hex = text_at(wanted, "hex");
    char *bytes = bytes_of_hex(hex);
    bool is_same =
        ioc_text_equal(ioc_boxed_as_text(value), (struct ioc_text){bytes, hex.length / 2});
    ioc_memory_give(bytes);
    return is_same;
}

static bool is_expected(
    const struct ioc_scratch *scratch, const struct ioc_boxed *value, const json_t *wanted)
{
    struct ioc_text text = text_at(wanted, "v");
    switch (value->type) {
    case IOC_NULL: return is_kind(wanted, "null");
    case IOC_BOOL:
        return is_kind(wanted, "bool") &&
               value->boolean == json_is_true(json_object_get(wanted, "v"));
    case IOC_INT: return is_kind(wanted, "int") && value->integer == strtoll(text.data, NULL, 10);
    case IOC_UINT:
        return is_kind(wanted, "uint") && value->natural == strtoull(text.data, NULL, 10);
    case IOC_DOUBLE: {
        double number = is_kind(wanted, "double") ? double_of(wanted) : 0;
        return is_kind(wanted, "double") &&
               ((isnan(number) && isnan(value->number)) ||
                   memcmp(&number, &value->number, sizeof number) == 0);
    }
    case IOC_STRING:
        return is_kind(wanted, "string") && ioc_text_equal(ioc_boxed_as_text(value), text);
    case IOC_BYTES: return is_kind(wanted, "bytes") && is_expected_bytes(value, wanted);
    case IOC_TIMESTAMP:
        return is_kind(wanted, "timestamp") &&
               value->integer == strtoll(text_at(wanted, "s").data, NULL, 10) &&
               value->count == json_integer_value(json_object_get(wanted, "n"));
    case IOC_DURATION:
        return is_kind(wanted, "duration") &&
               value->integer == strtoll(text_at(wanted, "s").data, NULL, 10) * IOC_SECOND +
                                     json_integer_value(json_object_get(wanted, "n"));
    case IOC_LIST: return is_kind(wanted, "list") && is_expected_list(scratch, value, wanted);
    case IOC_MAP: return is_kind(wanted, "map") && is_expected_map(scratch, value, wanted);
    case IOC_KIND_TYPE:
        return is_kind(wanted, "type") &&
               ioc_text_equal(ioc_boxed_kind_text((uint32_t)value->natural), text);
    default: return false;
    }
}

/* Blanks do not count in the text of a type, and the protobuf names mean our own. */
static void write_type(struct ioc_text text, struct ioc_buffer *out)
{
    static const struct ioc_text foreign[] = {
        {"google.protobuf.Timestamp", 25}, {"google.protobuf.Duration", 24}};
    while (text.length) {
        uint32_t taken = 1;
        if (ioc_text_starts(text, foreign[0]) || ioc_text_starts(text, foreign[1])) {
            bool is_timestamp = ioc_text_starts(text, foreign[0]);
            ioc_buffer_add_string(out, is_timestamp ? "timestamp" : "duration");
            taken = foreign[!is_timestamp].length;
        } else if (text.data[0] != ' ') {
            ioc_buffer_add_char(out, text.data[0]);
        }
        text.data += taken;
        text.length -= taken;
    }
}

static bool is_same_type(struct ioc_text a, struct ioc_text b)
{
    struct ioc_buffer one = {0}, other = {0};
    write_type(a, &one);
    write_type(b, &other);
    bool is_same = ioc_text_equal(ioc_buffer_text(&one), ioc_buffer_text(&other));
    ioc_buffer_done(&one);
    ioc_buffer_done(&other);
    return is_same;
}

static uint32_t declare_functions(
    const json_t *test, struct ioc_declaration *declarations, uint32_t most)
{
    const char *name;
    json_t *overloads;
    uint32_t count = 0;
    json_object_foreach(
        json_object_get(json_object_get(test, "type_env"), "funcs"), name, overloads)
    {
        for (size_t i = 0; i < json_array_size(overloads) && count < most; i++) {
            const json_t *overload = json_array_get(overloads, i),
                         *params = json_object_get(overload, "params");
            struct ioc_declaration *declaration = &declarations[count++];
            *declaration = (struct ioc_declaration){.name = ioc_text_of(name),
                .result = text_at(overload, "result"),
                .is_method = json_is_true(json_object_get(overload, "receiver"))};
            for (; declaration->count < json_array_size(params) && declaration->count < 4;
                 declaration->count++)
                declaration->params[declaration->count] =
                    text_of(json_array_get(params, declaration->count));
        }
    }
    return count;
}

static bool judge_value(const struct ioc_program *program, const struct binding_set *set,
    const json_t *test, char *why, size_t why_size)
{
    const json_t *expect = json_object_get(test, "expect"), *value;
    const char *name;
    struct ioc_draft draft = {0};
    ioc_draft_begin(&draft, &set->schema);
    for (uint32_t i = 0; i < set->count; i++) {
        json_object_foreach(json_object_get(test, "bindings"), name, value)
        {
            if (ioc_text_equal(set->variables[i].name, ioc_text_of(name)))
                set_slot(&draft, (ioc_slot)i, value);
        }
    }
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {ioc_draft_row(&draft)};
    struct ioc_scratch *scratch = ioc_scratch_new();
    struct ioc_boxed result;
    bool is_good,
        is_error = ioc_program_value(program, frames, scratch, &result) != IOC_OUTCOME_VALUE;
    if (json_object_get(expect, "error")) {
        is_good = is_error;
        snprintf(why, why_size, "a value instead of an error");
    } else if (is_error) {
        is_good = false;
        snprintf(why, why_size, "%s", ioc_scratch_error(scratch));
    } else {
        is_good = json_object_get(expect, "none") ||
                  is_expected(scratch, &result, json_object_get(expect, "value"));
        if (!is_good) {
            struct ioc_buffer text = {0};
            ioc_boxed_print(scratch, &result, &text);
            snprintf(why, why_size, "gives %.*s", (int)(text.length > 200 ? 200 : text.length),
                text.data);
            ioc_buffer_done(&text);
        }
    }
    ioc_scratch_free(scratch);
    ioc_draft_done(&draft);
    return is_good;
}

/* Two errors are worded as only the checker of the reference words them: there a refusal for that very
 * reason passes.  All others come when it runs, and the checker has to accept the expression. */
static bool expects_refusal(const json_t *test, const char *code)
{
    const json_t *error = json_object_get(json_object_get(test, "expect"), "error");
    struct ioc_text text = text_of(json_array_get(error, 0));
    if (ioc_text_starts(text, IOC_TEXT("found no matching overload")))
        return strcmp(code, "wrong-types") == 0 || strcmp(code, "wrong-arguments") == 0;
    return ioc_text_starts(text, IOC_TEXT("undeclared reference")) && strcmp(code, "no-such-name") == 0;
}

static bool judge(const json_t *test, char *why, size_t why_size)
{
    struct binding_set set = {0};
    struct ioc_declaration declarations[VARIABLES_MOST];
    declare_all(&set, test);
    struct ioc_environment environment = {.scope = &set.scope,
        .container = text_at(test, "container"),
        .types = set.types,
        .declarations = declarations,
        .declarations_count = declare_functions(test, declarations, VARIABLES_MOST),
        .is_unchecked = json_is_true(json_object_get(test, "disable_check")),
        .defers_constants = true};
    struct ioc_program *program = NULL;
    struct ioc_program_error err;
    clock_t start = clock();
    if (ioc_program_new_in(text_at(test, "expr"), &environment, IOC_TYPES, &program, &err) !=
        IOC_OK) {
        snprintf(why, why_size, "byte %u: %s", err.offset + 1, err.error.text);
        /* Text that is malformed is an error of its own kind; a test may ask for just that. */
        return environment.is_unchecked
                   ? json_object_get(json_object_get(test, "expect"), "error") != NULL
                   : expects_refusal(test, err.error.code);
    }
    struct ioc_text deduced = text_at(test, "deduced_type");
    bool is_good = deduced.length == 0 || is_same_type(ioc_program_shape(program), deduced);
    if (!is_good)
        snprintf(why, why_size, "has type %.*s", IOC_TEXT_ARGS(ioc_program_shape(program)));
    else if (!json_is_true(json_object_get(test, "check_only")))
        is_good = judge_value(program, &set, test, why, why_size);
    ioc_program_free(program);
    if (is_good && clock() - start > CLOCKS_PER_SEC) {
        snprintf(why, why_size, "takes longer than a second");
        return false;
    }
    return is_good;
}

static void keep_id(struct id_list *list, const char *id)
{
    list->ids = ioc_memory_grow(
        list->ids, list->count * sizeof *list->ids, (list->count + 1) * sizeof *list->ids);
    list->ids[list->count++] = ioc_memory_copy(id, strlen(id));
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_ids(struct id_list *list)
{
    if (list->count)
        qsort(list->ids, list->count, sizeof *list->ids, compare_ids);
}

static void free_ids(struct id_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        ioc_memory_give(list->ids[i]);
    ioc_memory_give(list->ids);
}

static bool run_file(const char *path, struct tally *tally)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    uint32_t passed = 0, failed = 0;
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t length; (length = getline(&line, &capacity, file)) > 0;) {
        json_error_t error;
        json_t *test = json_loadb(line, (size_t)length, JSON_ALLOW_NUL, &error);
        if (!test) {
            fprintf(stderr, "%s: %s\n", path, error.text);
            abort();
        }
        char why[512] = "another value";
        const char *id = json_string_value(json_object_get(test, "id"));
        if (judge(test, why, sizeof why)) {
            passed++;
            keep_id(&tally->passes, id);
        } else {
            failed++;
            if (tally->is_verbose)
                printf("  %s\n    %s\n    %s\n", id,
                    json_string_value(json_object_get(test, "expr")), why);
        }
        json_decref(test);
    }
    free(line);
    fclose(file);
    const char *name = strrchr(path, '/');
    printf("%s: %u passed, %u failed\n", name ? name + 1 : path, passed, failed);
    tally->passed += passed;
    tally->failed += failed;
    return true;
}

static struct id_list read_ids(const char *path)
{
    struct id_list list = {0};
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t length; file && (length = getline(&line, &capacity, file)) > 0;) {
        line[strcspn(line, "\n")] = 0;
        if (line[0])
            keep_id(&list, line);
    }
    free(line);
    if (file)
        fclose(file);
    return list;
}

/* Every id of the list must be among the passes; the list is only ever replaced by a longer one. */
static int compare_with_list(struct tally *tally, const char *path, bool may_update)
{
    struct id_list list = read_ids(path);
    int lost = 0;
    sort_ids(&tally->passes);
    for (size_t i = 0; i < list.count; i++) {
        if (!tally->passes.count || !bsearch(&list.ids[i], tally->passes.ids, tally->passes.count,
                                        sizeof *list.ids, compare_ids)) {
            printf("no longer passes: %s\n", list.ids[i]);
            lost++;
        }
    }
    printf("pass list: %zu ids, %d lost, %zu new\n", list.count, lost,
        tally->passes.count + (size_t)lost - list.count);
    if (may_update && lost == 0 && tally->passes.count > list.count) {
        FILE *file = fopen(path, "w");
        for (size_t i = 0; file && i < tally->passes.count; i++)
            fprintf(file, "%s\n", tally->passes.ids[i]);
        if (!file || fclose(file) != 0)
            lost++;
    }
    free_ids(&list);
    return lost ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    const char *list = NULL;
    bool may_update = false, is_found = false;
    int files = 0, result = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0) {
            tally.is_verbose = true;
        } else if (strcmp(argv[i], "--update") == 0) {
            may_update = true;
        } else if (strcmp(argv[i], "--passed") == 0 && i + 1 < argc) {
            list = argv[++i];
        } else {
            files++;
            bool is_read = run_file(argv[i], &tally);
            if (!is_read)
                printf("%s: not there\n", argv[i]);
            is_found |= is_read;
        }
    }
    if (files == 0) {
        fprintf(stderr, "usage: %s [-v] [--passed FILE [--update]] FILE.jsonl...\n", argv[0]);
        return 2;
    }
    if (!is_found) {
        printf("skipped: the conformance data is not there\n");
        return SKIPPED;
    }
    if (list)
        result = compare_with_list(&tally, list, may_update);
    free_ids(&tally.passes);
    return result;
}
