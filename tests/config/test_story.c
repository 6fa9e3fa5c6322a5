/*
 * tests/config/test_story.c — what the writer of a story is told.
 */
#include "config/story.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char city[] = "site: test\nstreams:\n  depth:\n    key: station\n    time: received\n"
                           "    fields: {station: string, cm: {type: double, unit: cm}, cars: {type: int, optional: true}}\n"
                           "profiles:\n  ladder: {severity: {major: event.cm > 30.0, minor: event.cm > 10.0, deadband: 3}}\n";
static char directory[64];

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

struct told {
    enum ioc_status status;
    struct ioc_story_counts counts;
    char *text;
};

static struct told play(const char *story, bool is_strict)
{
    struct told told = {0};
    struct ioc_story_options options = {.is_strict = is_strict, .language = IOC_ENGLISH};
    char path[256];
    size_t size;
    write_file("story.yaml", story);
    snprintf(path, sizeof path, "%s/story.yaml", directory);
    FILE *out = open_memstream(&told.text, &size);
    told.status = ioc_story_run(path, &options, out, &told.counts);
    fclose(out);
    return told;
}

static void check_told(const char *story, bool is_strict, const char *code, const char *hint)
{
    struct told told = play(story, is_strict);
    bool is_good = told.status == IOC_INVALID && strstr(told.text, code) && strstr(told.text, hint);
    if (!is_good)
        fputs(told.text, stderr);
    assert_true(is_good);
    free(told.text);
}

static void check_passes(const char *story, bool is_strict)
{
    struct told told = play(story, is_strict);
    if (told.status != IOC_OK || told.counts.failed)
        fputs(told.text, stderr);
    assert_int_equal(told.status, IOC_OK);
    assert_int_equal(told.counts.passed, 1);
    assert_int_equal(told.counts.failed, 0);
    free(told.text);
}

#define RULE(rule) "city: city.yaml\nowner: test\nrules:\n- {id: a, on: depth, " rule "}\nstories:\n- name: one\n"
#define PLAY "  play:\n  - {at: 0s, depth: {station: S1, cm: 40, cars: 3}}\n"
#define RAISED "  expect:\n  - {at: 0s, raise: test/a}\n"

static void a_whole_number_beside_a_fraction_is_refused_by_strict_cel_alone(void **state)
{
    static const char *const rules[] = {
        RULE("when: event.cm > 15, severity: minor") PLAY RAISED,
        RULE("when: event.cm > 15.0 + 1, severity: minor") PLAY RAISED,
        RULE("severity: {minor: event.cm > 15, warning: event.cm > 3.0}") PLAY RAISED,
        RULE("when: event.cm > 15.0, severity: minor, message: '${event.cm + 15}'") PLAY RAISED,
        RULE("where: event.cm != 15, when: event.cm > 15.0, severity: minor") PLAY RAISED,
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        check_passes(rules[i], false);
        check_told(rules[i], true, "[wrong-types]", i == 1 ? "1.0" : "15.0");
    }
}

static void numbers_of_different_types_are_not_compared_by_strict_cel(void **state)
{
    static const char rule[] = RULE("when: event.cars < event.cm, severity: minor") PLAY RAISED;
    check_passes(rule, false);
    check_told(rule, true, "[wrong-types]", "double(");
}

static void what_strict_cel_wants_is_accepted_either_way(void **state)
{
    static const char *const rules[] = {
        RULE("when: event.cm > 15.0, severity: minor") PLAY RAISED,
        RULE("when: double(event.cars) < event.cm && event.cars == 3, severity: minor") PLAY RAISED,
        RULE("profile: ladder") PLAY RAISED, /* its deadband is a key, not a part of an expression */
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        check_passes(rules[i], false);
        check_passes(rules[i], true);
    }
}

static void words_that_mean_nothing_are_named_with_the_nearest_one(void **state)
{
    static const char rule[] = "when: event.cm > 15.0, severity: minor";
    char story[1024];
    static const struct {
        const char *rest, *code, *hint;
    } cases[] = {
        {"  play:\n  - {at: 0s, tmes: 2, depth: {station: S1, cm: 40}}\n  expect: none\n", "[unknown-key]", "'times'"},
        {"  play:\n  - {at: 0s, depth: {station: S1, cm: 40}, shelf: test/a}\n  expect: none\n", "[unknown-key]", "'shelve'"},
        {PLAY "  - {at: 1s, acknowledge: test/a, kye: S1}\n" RAISED, "[unknown-key]", "'key'"},
        {PLAY "  - {at: 1s, source_down: false}\n" RAISED, "[unknown-choice]", ""},
        {PLAY "  expect:\n  - {at: 0s, raise: test/a, sverity: minor}\n", "[unknown-key]", "'severity'"},
        {PLAY "  expect:\n  - {at: 0s, raise: test/a, severity: mnor}\n", "[unknown-choice]", "'minor'"},
        {PLAY "  expct: none\n" RAISED, "[unknown-key]", "'expect'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(story, sizeof story, "city: city.yaml\nowner: test\nrules:\n- {id: a, on: depth, %s}\nstories:\n- name: one\n%s", rule, cases[i].rest);
        check_told(story, false, cases[i].code, cases[i].hint);
    }
}

static int set_up(void **state)
{
    strcpy(directory, "/tmp/ioc-story-XXXXXX");
    if (sodium_init() < 0 || !mkdtemp(directory))
        return -1;
    write_file("city.yaml", city);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"city.yaml", "story.yaml"};
    for (int i = 0; i < 2; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_number_beside_a_fraction_is_refused_by_strict_cel_alone),
        cmocka_unit_test(numbers_of_different_types_are_not_compared_by_strict_cel),
        cmocka_unit_test(what_strict_cel_wants_is_accepted_either_way),
        cmocka_unit_test(words_that_mean_nothing_are_named_with_the_nearest_one),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
