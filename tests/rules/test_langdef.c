/*
 * tests/rules/test_langdef.c — the language as its documents define it; the rows lie in tests/langdef.
 *
 * Whoever adds a row takes it from a document, not from what the engine answers.
 */
#include "core/draft.h"
#include "rules/cel/boxed.h"
#include "rules/cel/inside.h"
#include "rules/cel/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct question {
    const char *source;
    struct ioc_text container;
    const struct ioc_scope *scope;
    const struct ioc_row *row;
    bool is_unchecked, is_exact; /* is_exact: never the quick machine */
};

static const struct ioc_scope nothing = {.is_strict = true};

static enum ioc_status compile(const struct question *question, struct ioc_program **program)
{
    struct ioc_program_error err;
    struct ioc_environment environment = {.scope = question->scope ? question->scope : &nothing,
        .container = question->container,
        .is_unchecked = question->is_unchecked,
        .defers_constants = true};
    return ioc_program_new_in(ioc_text_of(question->source), &environment, IOC_TYPES, program, &err);
}

/* "refused", "error", or the text of the value. */
static void answer(const struct question *question, struct ioc_buffer *out)
{
    struct ioc_program *program;
    if (compile(question, &program) != IOC_OK) {
        ioc_buffer_add_string(out, "refused");
        return;
    }
    struct ioc_scratch *scratch = ioc_scratch_new();
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {question->row};
    struct ioc_boxed value;
    enum ioc_outcome outcome = (question->is_exact ? ioc_program_exact : ioc_program_value)(program, frames, scratch, &value);
    if (outcome == IOC_OUTCOME_VALUE)
        ioc_boxed_print(scratch, &value, out);
    else
        ioc_buffer_add_string(out, "error");
    ioc_scratch_free(scratch);
    ioc_program_free(program);
}

static void expect(const struct question *question, const char *wanted)
{
    struct ioc_buffer got = {0};
    answer(question, &got);
    if (!ioc_text_equal(ioc_buffer_text(&got), ioc_text_of(wanted)))
        fail_msg("%s%s: gives %.*s, not %s", question->source, question->is_unchecked ? " (unchecked)" : "",
            IOC_TEXT_ARGS(ioc_buffer_text(&got)), wanted);
    ioc_buffer_done(&got);
}

/* The checker only refuses: what it accepts has the same value without it. */
static void expect_everywhere(struct question question, const char *wanted)
{
    expect(&question, wanted);
    question.is_exact = true;
    expect(&question, wanted);
    question.is_unchecked = true;
    if (strcmp(wanted, "refused") != 0)
        expect(&question, wanted);
}

static void expect_type(const char *source, const char *wanted)
{
    struct question question = {.source = source};
    struct ioc_program *program;
    if (compile(&question, &program) != IOC_OK) {
        assert_string_equal(wanted, "refused");
        return;
    }
    struct ioc_text shape = ioc_program_shape(program);
    if (!ioc_text_equal(shape, ioc_text_of(wanted)))
        fail_msg("%s: has the type %.*s, not %s", source, IOC_TEXT_ARGS(shape), wanted);
    ioc_program_free(program);
}

/* <NL> and <CR> become what they stand for. */
static void put_line_ends(char *text)
{
    char *to = text;
    for (const char *from = text; *from; to++) {
        bool is_feed = strncmp(from, "<NL>", 4) == 0, is_return = strncmp(from, "<CR>", 4) == 0;
        *to = is_feed ? '\n' : is_return ? '\r' : *from;
        from += is_feed || is_return ? 4 : 1;
    }
    *to = 0;
}

static void expect_row(char *line)
{
    char *arrow = strstr(line, " ==> ");
    const char *wanted = arrow ? arrow + 5 : "true";
    if (arrow)
        *arrow = 0;
    put_line_ends(line);
    if (strncmp(line, "u: ", 3) == 0)
        expect(&(struct question){.source = line + 3, .is_unchecked = true}, wanted);
    else if (strncmp(line, "t: ", 3) == 0)
        expect_type(line + 3, wanted);
    else
        expect_everywhere((struct question){.source = line}, wanted);
}

static void expect_file(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/langdef/%s.txt", IOC_SOURCE, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *line = NULL;
    size_t capacity = 0, rows = 0;
    for (ssize_t length; (length = getline(&line, &capacity, file)) > 0;) {
        line[length - (line[length - 1] == '\n')] = 0;
        if (line[0] == '#' || line[0] == 0)
            continue;
        expect_row(line);
        rows++;
    }
    free(line);
    fclose(file);
    assert_true(rows > 100);
}

static void tokens_and_grammar_are_as_written(void **state)
{
    expect_file("lexis");
}

static void values_compare_and_compute_as_written(void **state)
{
    expect_file("values");
}

static void conversions_types_and_times_are_as_written(void **state)
{
    expect_file("conversions");
}

static void macros_and_deduced_types_are_as_written(void **state)
{
    expect_file("macros");
}

static void extensions_are_as_written(void **state)
{
    expect_file("extensions");
}

/* Each variable holds its own name, but a.b, which is {"c": "entry", "d": "entry"}. */
static const char *const names[] = {
    "y", "com.y", "com.example.y", "com.example.only", "y.z", "com.example.w.z", "w", "x", "a.b.c", "size", "a.b"};
enum { NAMES = sizeof names / sizeof *names };

static void names_resolve_in_their_container(void **state)
{
    static const struct {
        const char *container, *source, *wanted;
    } rows[] = {
        {"", "y", "\"y\""},
        {"com", "y", "\"com.y\""},
        {"com.example", "y", "\"com.example.y\""},
        {"com.example.deeper", "y", "\"com.example.y\""},
        {"com.other", "y", "\"com.y\""},
        {"org", "y", "\"y\""},
        {"com.example", ".y", "\"y\""},
        {"com.example", ".com.y", "\"com.y\""},
        {"com", "example.y", "\"com.example.y\""},
        {"com.example", "com.y", "\"com.y\""},
        {"com.example", "x", "\"x\""},
        {"com.example", "only", "\"com.example.only\""},
        {"com", "only", "refused"},
        {"com.example", ".only", "refused"},
        /* the longest qualified name wins; parentheses choose the field */
        {"", "y.z", "\"y.z\""},
        {"", ".y.z", "\"y.z\""},
        {"com.example", "w.z", "\"com.example.w.z\""},
        {"com.example", "w", "\"w\""},
        {"", "a.b.c", "\"a.b.c\""},
        {"", "a.b.d", "\"entry\""},
        {"", "(a.b).c", "\"entry\""},
        {"", "a.b['c']", "\"entry\""},
        {"", "a.b.nothing", "error"},
        {"", "has(a.b.d) && !has(a.b.nothing)", "true"},
        {"", "a", "refused"},
        /* variables of macros hide all names but those of the root */
        {"", "[1].map(y, y)", "[1]"},
        {"com.example", "[1].map(y, y)", "[1]"},
        {"com.example", "[1].map(y, .y)", "[\"y\"]"},
        {"", "[{'z': 1}].map(y, y.z)", "[1]"},
        {"", "[{'z': 1}].map(y, .y.z)", "[\"y.z\"]"},
        {"com.example", "[{'z': 1}].map(w, w.z)", "[1]"},
        {"", "[1].map(y, [2].map(y, y))[0] + [1].map(x, y == 'y' ? 3 : 4)", "[2, 3]"},
        {"com.example", "[1].map(y, y) + [2].map(x, y == 'com.example.y' ? 3 : 4)", "[1, 3]"},
        {"", "cel.bind(y, 1, y + [2].map(y, y)[0])", "3"},
        {"com.example", "cel.bind(y, 1, .y)", "\"y\""},
        /* a name has one meaning as a function and another as a variable */
        {"", "size", "\"size\""},
        {"", "size(size)", "4"},
        {"", "size.size()", "4"},
        {"com.example", "size([1]) + .size([1])", "2"},
        {"math", "abs(-1)", "1"},
        {"math.deeper", "abs(-1)", "1"},
        {"math", ".abs(-1)", "refused"},
        {"", "[-1].map(math, math.abs(math))", "[1]"},
        /* types are names too, and variables of macros hide them */
        {"com.example", "type(y) == string", "true"},
        {"google", "type(timestamp(0)) == protobuf.Timestamp", "true"},
        {"google.protobuf", "type(duration('0')) == Duration", "true"},
        {"", "[1].map(int, int)", "[1]"},
    };
    struct ioc_field fields[NAMES];
    struct ioc_variable variables[NAMES];
    struct ioc_schema schema = {.name = IOC_TEXT("names"), .fields = fields, .count = NAMES};
    struct ioc_scope scope = {.variables = variables, .count = NAMES, .is_strict = true};
    struct ioc_draft draft = {0};
    for (uint32_t i = 0; i < NAMES; i++) {
        fields[i] = (struct ioc_field){.name = ioc_text_of(names[i]), .type = i == NAMES - 1 ? IOC_DYN : IOC_STRING, .decimals = -1};
        variables[i] = (struct ioc_variable){
            .name = ioc_text_of(names[i]), .slot = (ioc_slot)i, .schema = &schema, .field = &fields[i]};
    }
    ioc_draft_begin(&draft, &schema);
    for (uint32_t i = 0; i < NAMES - 1; i++)
        assert_int_equal(ioc_draft_set_text(&draft, (ioc_slot)i, ioc_text_of(names[i])), IOC_OK);
    struct ioc_ref cell, pairs;
    static const char *const texts[] = {"c", "entry", "d", "entry"};
    assert_int_equal(ioc_draft_cells(&draft, 4, &pairs), IOC_OK);
    for (uint32_t i = 0; i < 4; i++) {
        struct ioc_ref text;
        assert_int_equal(ioc_draft_tail(&draft, texts[i], (uint32_t)strlen(texts[i]), &text), IOC_OK);
        ioc_draft_cell_set(&draft, pairs, i, IOC_STRING, (union ioc_word){.ref = text});
    }
    pairs.count = 2;
    assert_int_equal(ioc_draft_cells(&draft, 1, &cell), IOC_OK);
    ioc_draft_cell_set(&draft, cell, 0, IOC_MAP, (union ioc_word){.ref = pairs});
    assert_int_equal(ioc_draft_set_cells(&draft, NAMES - 1, cell), IOC_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct question question = {.source = rows[i].source,
            .container = ioc_text_of(rows[i].container),
            .scope = &scope,
            .row = ioc_draft_row(&draft)};
        expect_everywhere(question, rows[i].wanted);
    }
    ioc_draft_done(&draft);
}

/* What every implementation has to take: 32 of each, deep and in a row. */
static void thirty_two_of_everything_are_taken(void **state)
{
    static const struct {
        const char *front, *again, *middle, *back, *end, *wanted;
    } rows[] = {
        {"", "(", "7", ")", "", "7"},
        {"", "[", "7", "]", " != []", "true"},
        {"", "{1: ", "7", "}", " != {}", "true"},
        {"", "-", "7", "", "", "7"},
        {"", "!", "true", "", "", "true"},
        {"", "false || ", "true", "", "", "true"},
        {"", "true && ", "false", "", "", "false"},
        {"true", " == true", "", "", "", "true"},
        {"1", " + 1", "", "", "", "33"},
        {"64", " - 1", "", "", "", "32"},
        {"1", " * 2", "", "", "", "4294967296"},
        {"4294967296", " / 2", "", "", "", "1"},
        {"7", " % 8", "", "", "", "7"},
        {"'a'", " + 'a'", "", "", " == 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", "true"},
        {"", "false ? 1 : ", "2", "", "", "2"},
        {"[0", ", 1", "", "", "].size()", "33"},
        {"", "dyn(", "7", ")", "", "7"},
        {"", "{'a': ", "7", "}.a", "", "7"},
        {"", "[", "7", "][0]", "", "7"},
        {"cel.bind(x, ", "{'a': ", "7", "}", ", x.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a)", "7"},
        {"math.greatest(1", ", 2", "", "", ")", "2"},
        {"'a'", ".trim()", "", "", "", "\"a\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ioc_buffer source = {0};
        ioc_buffer_add_string(&source, rows[i].front);
        for (int n = 0; n < 32; n++)
            ioc_buffer_add_string(&source, rows[i].again);
        ioc_buffer_add_string(&source, rows[i].middle);
        for (int n = 0; n < 32; n++)
            ioc_buffer_add_string(&source, rows[i].back);
        ioc_buffer_add_string(&source, rows[i].end);
        ioc_buffer_add_char(&source, 0);
        expect_everywhere((struct question){.source = ioc_buffer_text(&source).data}, rows[i].wanted);
        ioc_buffer_done(&source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_and_grammar_are_as_written),
        cmocka_unit_test(values_compare_and_compute_as_written),
        cmocka_unit_test(conversions_types_and_times_are_as_written),
        cmocka_unit_test(macros_and_deduced_types_are_as_written),
        cmocka_unit_test(extensions_are_as_written),
        cmocka_unit_test(names_resolve_in_their_container),
        cmocka_unit_test(thirty_two_of_everything_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
