/* tests/rules/test_limits.c — whatever is written, it ends soon: in a clear error or a value. */
#include "core/draft.h"
#include "rules/cel/inside.h"
#include "rules/cel/parser.h"
#include "rules/cel/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
enum { SLOWER = 20 };
#else
enum { SLOWER = 1 };
#endif
enum { COMPILE_MS = 100 * SLOWER, RUN_MS = 50 * SLOWER }; /* 10 ms on an idle core; a busy one is up to four times slower */

enum { S, L, T, D, I, M, FIELDS };
static struct ioc_field fields[FIELDS] = {
    {.name = {"s", 1}, .type = IOC_STRING, .max = 200000},
    {.name = {"l", 1}, .type = IOC_LIST, .of = IOC_INT, .max = 8000},
    {.name = {"t", 1}, .type = IOC_TIMESTAMP},
    {.name = {"d", 1}, .type = IOC_DOUBLE},
    {.name = {"i", 1}, .type = IOC_INT},
    {.name = {"m", 1}, .type = IOC_MAP, .max = 2000},
};
static const struct ioc_schema schema = {.name = {"large", 5}, .fields = fields, .count = FIELDS};
static const struct ioc_variable event = {.name = {"event", 5}, .is_record = true, .schema = &schema};

static struct ioc_draft draft;
static struct ioc_scratch *scratch;
static struct ioc_buffer source;
static const struct ioc_row *frames[IOC_FRAMES_MOST];

/* The largest values that an event can hold. */
static int set_up(void **state)
{
    static char text[60000];
    struct ioc_ref cells;
    memset(text, 'a', sizeof text);
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_set_text(&draft, S, (struct ioc_text){text, sizeof text}), IOC_OK);
    assert_int_equal(ioc_draft_cells(&draft, 8000, &cells), IOC_OK);
    for (uint32_t i = 0; i < 8000; i++)
        ioc_draft_cell_set(&draft, cells, i, IOC_INT, (union ioc_word){.i = i});
    assert_int_equal(ioc_draft_set_cells(&draft, L, cells), IOC_OK);
    ioc_draft_set_int(&draft, T, 1700000000 * IOC_SECOND);
    ioc_draft_set_double(&draft, D, 1.2345678901234567e-5);
    ioc_draft_set_int(&draft, I, 7);
    frames[0] = ioc_draft_row(&draft);
    scratch = ioc_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    ioc_scratch_free(scratch);
    ioc_buffer_done(&source);
    ioc_draft_done(&draft);
    return 0;
}

/* Of this thread, so that others on the machine do not matter. */
static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static void begin(void)
{
    ioc_buffer_reset(&source);
}

static void repeat(const char *piece, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        ioc_buffer_add_string(&source, piece);
}

/* Compiles within the time, in each mode; the complaint of rules' own mode has that code, NULL = there is none. */
static void assert_ends(const char *what, const char *code)
{
    for (int strict = 0; strict < 2; strict++) {
        struct ioc_scope scope = {.variables = &event, .count = 1, .is_strict = strict};
        struct ioc_program *program = NULL;
        struct ioc_program_error err = {0};
        double start = milliseconds();
        enum ioc_status status = ioc_program_new(ioc_buffer_text(&source), &scope, IOC_TYPES, &program, &err);
        double compiled = milliseconds();
        struct ioc_boxed value;
        if (status == IOC_OK)
            (void)ioc_program_exact(program, frames, scratch, &value);
        double run = milliseconds() - compiled;
        compiled -= start;
        if (!strict && (status == IOC_OK) != (code == NULL))
            fail_msg("%s: %s", what, status == IOC_OK ? "accepted" : err.error.text);
        if (!strict && code && strcmp(code, err.error.code) != 0)
            fail_msg("%s: %s: %s", what, err.error.code, err.error.text);
        if (status != IOC_OK && (!err.error.text[0] || err.offset > source.length))
            fail_msg("%s: nothing is said", what);
        if (compiled > COMPILE_MS || run > RUN_MS)
            fail_msg("%s: %.1f ms to compile, %.1f ms to run", what, compiled, run);
        ioc_program_free(program);
    }
}

static void assert_nested(const char *open, const char *middle, const char *close, uint32_t depth, const char *code)
{
    begin();
    repeat(open, depth);
    ioc_buffer_add_string(&source, middle);
    repeat(close, depth);
    assert_ends(open, code);
}

static void anything_nested_too_deep_is_refused(void **state)
{
    static const char *const nests[][3] = {
        {"(", "1", ")"}, {"[", "1", "]"}, {"{1:", "1", "}"}, {"-", "event.i", ""}, {"!", "true", ""},
        {"true ? 1 : ", "1", ""}, {"", "event", ".m"}, {"", "event.m", "['a']"}, {"dyn(", "1", ")"},
        {"[1].map(x, ", "1", ")"}, {"event.l.all(x, ", "true", ")"}, {"cel.bind(a, 1, ", "1", ")"},
        {"[1][", "0", "]"}, {"true && (", "true", ")"}, {"1 + (", "1", ")"}, {"", "'a'", ".trim()"},
        {"[true ? [", "1", "] : [2]][0]"}, {"", "1", " + 1"}, {"", "1", " - 1"}, {"event.l.exists(x, has(event.s) && ", "true", ")"},
    };
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++) {
        bool is_short = strlen(nests[i][0]) + strlen(nests[i][2]) < 10; /* the source has 100,000 bytes at most */
        for (uint32_t depth = 100; depth <= (is_short ? 10000 : 1000); depth *= 10)
            assert_nested(nests[i][0], nests[i][1], nests[i][2], depth, "too-deep");
    }
}

static void a_depth_that_people_write_is_taken(void **state)
{
    assert_nested("(", "1", ")", 30, NULL);
    assert_nested("[", "1", "]", 30, NULL);
    assert_nested("{1:", "1", "}", 12, NULL);
    assert_nested("true ? 1 : ", "1", "", 24, NULL);
    assert_nested("", "1", " + 1", 32, NULL);
    assert_nested("", "event.i", " * 1", 32, NULL);
    assert_nested("event.l.all(x, ", "event.i == 7", ")", 4, NULL);
    assert_nested("event.l.all(x, ", "event.i == 7", ")", 5, "too-deep");
    assert_nested("cel.bind(a, event.i, ", "a", ")", 12, NULL);
    begin();
    for (int i = 0; i < 12; i++) /* one behind the other is no nesting */
        ioc_buffer_addf(&source, "%sevent.l.map(x, x + 1).filter(x, x > %d).exists(x, x == 3)", i ? " && " : "", i);
    assert_ends("loops in a row", NULL);
}

static void long_things_are_refused_or_taken_in_time(void **state)
{
    static const struct {
        const char *first, *more, *last;
        uint32_t times;
        const char *code;
    } rows[] = {
        {"event.i == 0", " || event.i == 1", "", 100000, "too-long"},
        {"event.i == 0", " && event.i == 1", "", 5000, "too-long"},
        {"event.i == 0", " && event.i == 1", "", 450, NULL},
        {"1", " + 1", "", 20000, "too-deep"},
        {"[0", ", 1", "]", 30000, "too-long"},
        {"[0", ", 1", "]", 1900, NULL},
        {"event.i in [0", ", 1", "]", 1900, NULL},
        {"event.i in [0", ", event.i", "]", 900, NULL},
        {"'", "\\u00e9", "'", 16000, NULL},
        {"'", "\\u00e9", "'", 200000, "too-long"},
        {"'", "x", "'", 99000, NULL},
        {"b'", "\\377", "' == b''", 24000, NULL},
        {"", "(", "", 99999, "too-deep"},
        {"", "a", "", 99999, "no-such-name"},
        {"", "a.", "b", 30000, "too-deep"},
        {"1", "0", "", 99990, "number-range"},
        {"'a'", ".contains('b') == false && 'a'", ".contains('b')", 1900, "too-long"},
        {"[1]", ".map(x, [x + x, x + x])", "", 1900, "too-deep"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        ioc_buffer_add_string(&source, rows[i].first);
        repeat(rows[i].more, rows[i].times);
        ioc_buffer_add_string(&source, rows[i].last);
        assert_ends(rows[i].more, rows[i].code);
    }
}

static void many_different_things_are_no_slower_than_many_equal_ones(void **state)
{
    begin();
    for (int i = 0; i < 10000; i++)
        ioc_buffer_addf(&source, "%c%d: %d", i ? ',' : '{', i, i + 20000);
    ioc_buffer_add_string(&source, "}[5]");
    assert_ends("a map of 10,000 keys", "too-long");
    begin();
    for (int i = 0; i < 900; i++)
        ioc_buffer_addf(&source, "%c'k%d': event.i + %d", i ? ',' : '{', i, i);
    ioc_buffer_add_string(&source, "}['k5'] == 12");
    assert_ends("a map of 900 keys", "too-long"); /* each is more than two parts */
    begin();
    for (int i = 0; i < 600; i++)
        ioc_buffer_addf(&source, "%c'k%d': event", i ? ',' : '{', i);
    ioc_buffer_add_string(&source, "}['k5'].i == 7");
    assert_ends("a map of 600 keys", NULL);
    begin();
    ioc_buffer_add_string(&source, "[");
    for (int i = 0; i < 16000; i++)
        ioc_buffer_addf(&source, "%d,", i);
    ioc_buffer_add_string(&source, "1].size()");
    assert_ends("a list of 16,000 items", "too-long");
    begin();
    for (int i = 0; i < 200; i++)
        ioc_buffer_addf(&source, "%slists.range(9000).all(x, x >= %d)", i ? " && " : "", i % 2 ? 0 : -i);
    assert_ends("constants that are dear to compute", NULL);
}

static void values_that_grow_are_stopped(void **state)
{
    static const char *const rows[] = {
        "[1].map(x,[x,x]).map(x,[x,x]).map(x,[x,x]).map(x,[x,x]).map(x,[x,x]).map(x,[x,x]).map(x,[x,x]).map(x,[x,x]) == []",
        "event.l.map(x,[x+x,x+x]).map(x,[x+x,x+x]).map(x,[x+x,x+x]).map(x,[x+x,x+x]).size() == 0",
        "event.l.map(x, event.s + event.s)", "event.l.map(x, event.l.map(y, [y, y]))", "event.l.map(x, event.s.split('a'))",
        "event.s.replace('a', event.s)", "event.l.map(x, string(x)).map(x, x + x).map(x, x + x).map(x, x + x).join()",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        ioc_buffer_add_string(&source, rows[i]);
        assert_ends(rows[i], NULL);
    }
}

static void no_evaluation_takes_long(void **state)
{
    static const char *const rows[] = {
        "event.l.all(x, event.l.all(y, x + y >= 0))",
        "event.l.all(x, event.l.all(y, string(event.d) != 'a'))",
        "event.l.all(x, event.l.all(y, event.t.getHours('Asia/Ho_Chi_Minh') < 30))",
        "event.l.all(x, event.l.all(y, timestamp(string(event.t)) == event.t))",
        "event.l.all(x, event.l.all(y, double(string(event.d)) < 1.0))",
        "event.l.all(x, event.s.size() > 1)",
        "event.l.all(x, event.s.contains('ab') == false)",
        "event.l.all(x, event.s.lastIndexOf('ba') < 0)",
        "event.l.all(x, event.l == event.l)",
        "event.l.all(x, x in event.l)",
        "event.l.transformMap(i, x, i).size() == 8000",
        "event.l.all(x, event.l.transformMap(i, x, i) == event.l.transformMap(i, x, i))",
        "event.l.all(x, event.s.lowerAscii() == event.s)",
        "event.l.all(x, event.s == event.s)",
        "event.l.all(x, event.l.distinct().size() > 0)",
        "event.l.all(x, event.s.split('').size() > 0)",
        "event.l.all(x, '%s %f %e'.format([event.s, event.d, event.d]) != '')",
        "event.l.all(x, '%.17e'.format([event.d]) != '')",
        "event.l.all(x, event.l.sort() != [])",
        "event.l.all(x, base64.encode(bytes(event.s)) != '')",
        "event.l.all(x, dyn(event.l)[x] + dyn(x) >= dyn(0u))",
        "event.l.all(x, size(event) > 0 && event.i == 7)",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        ioc_buffer_add_string(&source, rows[i]);
        assert_ends(rows[i], NULL);
    }
}

static void a_used_up_budget_is_an_error_that_nothing_absorbs(void **state)
{
    static const char *const rows[][2] = {
        {"event.l.all(x, event.l.all(y, x + y >= 0)) || event.i == 7", "10,000 items"},
        {"event.l.exists(x, event.l.distinct().size() == 0) || event.l.exists(x, x == 3)", "more steps"},
        {"event.l.exists(x, event.l.map(y, event.s + event.s).size() == 0)", "1 MiB"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ioc_environment environment = {
            .scope = &(struct ioc_scope){.variables = &event, .count = 1}, .keeps_order = true};
        struct ioc_program *program;
        struct ioc_program_error err;
        bool value;
        assert_int_equal(ioc_program_new_in(ioc_text_of(rows[i][0]), &environment, IOC_BOOL, &program, &err), IOC_OK);
        assert_int_equal(ioc_program_test(program, frames, scratch, &value), IOC_OUTCOME_ERROR);
        if (!strstr(ioc_scratch_error(scratch), rows[i][1]))
            fail_msg("%s: %s", rows[i][0], ioc_scratch_error(scratch));
        ioc_program_free(program);
    }
}

static void maps_of_any_size_find_a_key_that_is_there_twice(void **state)
{
    for (int count = 1; count < 200; count += count < 40 ? 1 : 23) {
        for (int twice = 0; twice < 2; twice++) {
            begin();
            for (int i = 0; i < count; i++)
                ioc_buffer_addf(&source, i % 3 ? "%c'k%d': event.i" : i % 2 ? "%c%d: event.i" : "%c%du: event.i", i ? ',' : '{', i);
            ioc_buffer_addf(&source, ",%s: event.i}.size() == %d", twice ? "0" : "-1", count + 1); /* 0u is there */
            struct ioc_scope scope = {.variables = &event, .count = 1};
            struct ioc_program *program;
            struct ioc_program_error err;
            bool value = false;
            assert_int_equal(ioc_program_new(ioc_buffer_text(&source), &scope, IOC_BOOL, &program, &err), IOC_OK);
            enum ioc_outcome outcome = ioc_program_test(program, frames, scratch, &value);
            assert_int_equal(outcome, twice ? IOC_OUTCOME_ERROR : IOC_OUTCOME_VALUE);
            assert_int_equal(value, !twice);
            ioc_program_free(program);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anything_nested_too_deep_is_refused),
        cmocka_unit_test(a_depth_that_people_write_is_taken),
        cmocka_unit_test(long_things_are_refused_or_taken_in_time),
        cmocka_unit_test(many_different_things_are_no_slower_than_many_equal_ones),
        cmocka_unit_test(values_that_grow_are_stopped),
        cmocka_unit_test(no_evaluation_takes_long),
        cmocka_unit_test(a_used_up_budget_is_an_error_that_nothing_absorbs),
        cmocka_unit_test(maps_of_any_size_find_a_key_that_is_there_twice),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
