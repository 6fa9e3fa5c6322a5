/* tests/rules/test_rulefile.c — rule files made to hurt: each ends soon, in clear errors or a rule set. */
#include "tests/rules/town.h"
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
enum { FILE_MS = 100 * SLOWER };

static struct town town;
static struct ioc_buffer file;

static int set_up(void **state)
{
    town_open(&town);
    return 0;
}

static int tear_down(void **state)
{
    town_close(&town);
    ioc_buffer_done(&file);
    return 0;
}

/* Of this thread, so that others on the machine do not matter. */
static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static void begin(const char *text)
{
    ioc_buffer_reset(&file);
    ioc_buffer_add_string(&file, text);
}

static void repeat(const char *piece, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        ioc_buffer_add_string(&file, piece);
}

/* The best of three, as the clock of a busy machine leaps. */
static void assert_ends(const char *what, const char *code)
{
    double best = INFINITY;
    for (int tries = 0; tries < 3 && best > FILE_MS / 4; tries++) {
        double start = milliseconds();
        ioc_errors_done(&town.errors);
        town.errors = (struct ioc_errors){0};
        struct ioc_rulefile *rulefile = ioc_rulefile_parse(IOC_TEXT("rules.yaml"), ioc_buffer_text(&file), &town.errors);
        struct ioc_ruleset *ruleset = rulefile ? ioc_ruleset_new(&town.context, &rulefile, 1, &town.errors) : NULL;
        bool is_taken = ruleset != NULL;
        ioc_rulefile_free(rulefile);
        ioc_ruleset_unref(ruleset);
        best = fmin(best, milliseconds() - start);
        if (is_taken != (code == NULL) || (!is_taken && town.errors.count == 0))
            fail_msg("%s: %s", what, is_taken ? "accepted" : town.errors.count ? town.errors.items[0].text : "nothing is said");
    }
    for (uint32_t i = 0; i < town.errors.count; i++) {
        const struct ioc_error *error = &town.errors.items[i];
        if (!error->text[0] || !error->text_vi[0] || error->line == 0)
            fail_msg("%s: '%s' at line %u", what, error->text, error->line);
    }
    if (code && strcmp(town.errors.items[0].code, code) != 0)
        fail_msg("%s: %s: %s", what, town.errors.items[0].code, town.errors.items[0].text);
    if (best > FILE_MS)
        fail_msg("%s: %.1f ms", what, best);
}

static void nests_of_any_kind_are_refused_in_time(void **state)
{
    static const struct {
        const char *first, *more;
        uint32_t most; /* 1 MiB in all */
    } rows[] = {
        {"rules: ", "[", 1000000}, {"rules: ", "{a: ", 200000}, {"rules: ", "[{a: ", 200000}, {"rules:\n", "- ", 500000},
        {"owner: d\nrules:\n", "- - ", 200000}, {"rules: ", "[ ", 500000}, {"", "? ", 500000}, {"a: ", "[\n", 500000},
        {"rules: [", "{", 900000}, {"rules: ", "[[],", 200000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (uint32_t depth = 40; depth <= rows[i].most; depth = depth * 5 > rows[i].most && depth < rows[i].most ? rows[i].most : depth * 5) {
            char what[80];
            struct ioc_error *first;
            begin(rows[i].first);
            repeat(rows[i].more, depth);
            snprintf(what, sizeof what, "%u times '%s'", depth, rows[i].more);
            double start = milliseconds();
            struct ioc_rulefile *rulefile = ioc_rulefile_parse(IOC_TEXT("rules.yaml"), ioc_buffer_text(&file), &town.errors);
            double took = milliseconds() - start;
            first = town.errors.count ? town.errors.items : NULL;
            if (rulefile || !first || !first->text[0] || !first->text_vi[0] || first->line == 0)
                fail_msg("%s: %s", what, rulefile ? "accepted" : "nothing is said");
            if (took > FILE_MS)
                fail_msg("%s: %.1f ms: %s", what, took, first->text);
            ioc_errors_done(&town.errors);
            town.errors = (struct ioc_errors){0};
        }
    }
}

static void indented_blocks_are_refused_in_time(void **state)
{
    for (uint32_t depth = 40; depth <= 1000; depth *= 5) {
        begin("rules:\n");
        for (uint32_t i = 1; i <= depth; i++) {
            for (uint32_t k = 0; k < i; k++)
                ioc_buffer_add_char(&file, ' ');
            ioc_buffer_add_string(&file, "a:\n");
        }
        assert_ends("blocks in blocks", "too-deep");
    }
}

static void texts_may_hold_brackets(void **state)
{
    begin("owner: d\nrules:\n");
    for (int i = 0; i < 300; i++)
        ioc_buffer_addf(&file, "  - id: r%d\n    on: street_depth\n    severity: minor\n    message: 'x [{ ('\n    when: event.station == '[{['\n", i);
    assert_ends("brackets in texts", NULL);
}

static void aliases_cannot_multiply(void **state)
{
    begin("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (char c = 'b'; c <= 'i'; c++)
        ioc_buffer_addf(&file, "%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1);
    assert_ends("a billion laughs", "anchor");
}

static void add_rule(const char *id)
{
    ioc_buffer_addf(&file, "- id: %s\n  on: street_depth\n  severity: minor\n  message: x\n  when: ", id);
}

static void a_condition_of_any_length_ends_soon(void **state)
{
    static const struct {
        const char *first, *more, *last;
        uint32_t times;
        const char *code;
    } rows[] = {
        {"event.depth_cm > cm(1)", " && event.depth_cm > cm(2)", "", 300, NULL},
        {"event.depth_cm > cm(1)", " && event.depth_cm > cm(2)", "", 3000, "too-long"},
        {"event.depth_cm > cm(1)", " && event.depth_cm > cm(2)", "", 38000, "too-long"},
        {"event.depth_cm > cm(1)", "\n    || event.depth_cm > cm(2)", "", 300, NULL},
        {"", "(", "event.depth_cm > cm(1)", 90000, "too-deep"},
        {"", "!", "true", 90000, "too-deep"},
        {"", "[1].all(x, ", "true", 5000, "too-deep"},
        {"event.station in ['a'", ", 'b'", "]", 900, NULL},
        {"event.station in ['a'", ", 'b'", "]", 90000, "too-long"},
        {"event.station == '", "aaaaaaaaaa", "'", 100000, "too-long"},
        {"event.station.contains('", "aaaaaaaaaa", "')", 9000, NULL},
        {"", "a", "", 1000000, "too-long"},
        {"event.depth_cm > 1", "0", ".0", 900000, "too-long"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin("owner: d\nrules:\n");
        add_rule("a");
        ioc_buffer_add_string(&file, ">-\n    ");
        ioc_buffer_add_string(&file, rows[i].first);
        repeat(rows[i].more, rows[i].times);
        ioc_buffer_add_string(&file, rows[i].last);
        ioc_buffer_add_char(&file, '\n');
        assert_ends(rows[i].more, rows[i].code);
    }
}

static void a_file_of_nothing_but_mistakes_is_answered_soon(void **state)
{
    begin("owner: d\nrules:\n");
    for (int i = 0; i < 200; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        add_rule(id);
        ioc_buffer_addf(&file, "event.dept_cm > %d\n", i);
    }
    assert_ends("200 rules with unknown fields", "no-such-field");
    assert_int_equal(town.errors.count + town.errors.omitted, 200);
    begin("owner: d\nrules:\n");
    repeat("- {id: a, nonsense: 1, wehn: 2, severty: 3, mesage: 4}\n", 200);
    assert_ends("200 rules of unknown keys", "unknown-key");
    assert_int_equal(town.errors.count, IOC_ERRORS_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nests_of_any_kind_are_refused_in_time),
        cmocka_unit_test(indented_blocks_are_refused_in_time),
        cmocka_unit_test(texts_may_hold_brackets),
        cmocka_unit_test(aliases_cannot_multiply),
        cmocka_unit_test(a_condition_of_any_length_ends_soon),
        cmocka_unit_test(a_file_of_nothing_but_mistakes_is_answered_soon),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
