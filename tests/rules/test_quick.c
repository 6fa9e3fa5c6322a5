/* tests/rules/test_quick.c — the quick machine and the exact one give the same outcome. */
#include "tests/rules/conditions.h"
#include "rules/cel/quick.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CONDITIONS = 3000, ROWS = 20 };

static struct ioc_draft drafts[3];
static struct ioc_scratch *scratch;

static int set_up(void **state)
{
    scratch = ioc_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    ioc_scratch_free(scratch);
    for (int i = 0; i < 3; i++)
        ioc_draft_done(&drafts[i]);
    return 0;
}

static struct ioc_program *compile(struct ioc_text source)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    if (ioc_program_new(source, &condition_scope, IOC_BOOL, &program, &err) != IOC_OK)
        fail_msg("%.*s: %s", IOC_TEXT_ARGS(source), err.error.text);
    return program;
}

static void both_machines_end_alike_on_any_condition_and_any_rows(void **state)
{
    struct ioc_buffer source = {0};
    uint32_t quick = 0, ends[3] = {0};
    for (int i = 0; i < CONDITIONS; i++) {
        ioc_buffer_reset(&source);
        condition_write(&source, i % 4);
        struct ioc_program *program = compile(ioc_buffer_text(&source));
        quick += ioc_program_is_quick(program);
        for (int j = 0; j < ROWS; j++) {
            const struct ioc_row *frames[IOC_FRAMES_MOST] = {0};
            for (int k = 0; k < 3; k++)
                frames[k] = condition_row(&drafts[k]);
            bool value = false;
            struct ioc_boxed exact;
            enum ioc_outcome outcome = ioc_program_test(program, frames, scratch, &value),
                             wanted = ioc_program_exact(program, frames, scratch, &exact);
            if (outcome != wanted || (outcome == IOC_OUTCOME_VALUE && value != exact.boolean))
                fail_msg("%.*s: %d, not %d", IOC_TEXT_ARGS(ioc_buffer_text(&source)), outcome, wanted);
            ends[outcome]++;
        }
        ioc_program_free(program);
    }
    /* The property says something: both machines ran, and all outcomes were met. */
    assert_in_range(quick, CONDITIONS / 10, CONDITIONS);
    for (int i = 0; i < 3; i++)
        assert_in_range(ends[i], CONDITIONS * ROWS / 50, CONDITIONS * ROWS);
    ioc_buffer_done(&source);
}

/* Instructions for known types against the overloads, which look at each value. */
static void comparisons_end_alike_whether_types_are_known_or_not(void **state)
{
    static const char *const sides[][2] = {{"event.count", "event.delta"}, {"event.count", "last.count"},
        {"event.total", "last.total"}, {"event.depth", "limit"}, {"last.level", "event.depth"}, {"event.since", "last.since"},
        {"event.at", "now"}, {"event.due", "event.at"}, {"event.kind", "last.note"}, {"event.note", "event.kind"},
        {"event.open", "last.open"}, {"event.count", "7"}, {"5u", "event.total"}, {"event.count + 1", "3"},
        {"event.level / event.depth", "last.level * limit"}, {"15.0", "event.level - limit"}, {"event.total + 1u", "last.total"},
        {"event.since + last.since", "duration('2m')"}, {"event.at - event.since", "now"},
        {"event.due", "timestamp('2026-01-15T10:04:56.789Z')"}, {"event.count * 3", "event.delta * 3"}};
    static const char *const operators[] = {"==", "!=", "<", "<=", ">", ">="};
    uint32_t ends[3] = {0}, truths = 0;
    for (size_t i = 0; i < 6 * sizeof sides / sizeof *sides; i++) {
        const char *const *side = sides[i / 6], *operator = operators[i % 6];
        char known[160], unknown[160];
        snprintf(known, sizeof known, "%s %s %s", side[0], operator, side[1]);
        snprintf(unknown, sizeof unknown, "dyn(%s) %s dyn(%s)", side[0], operator, side[1]);
        struct ioc_program *programs[] = {compile(ioc_text_of(known)), compile(ioc_text_of(unknown))};
        for (int j = 0; j < 10 * ROWS; j++) {
            const struct ioc_row *frames[IOC_FRAMES_MOST] = {0};
            for (int k = 0; k < 3; k++)
                frames[k] = condition_row(&drafts[k]);
            bool value = false;
            struct ioc_boxed wanted = {0}, exact = {0};
            enum ioc_outcome outcome = ioc_program_exact(programs[1], frames, scratch, &wanted);
            assert_int_equal(ioc_program_test(programs[0], frames, scratch, &value), outcome);
            assert_int_equal(ioc_program_exact(programs[0], frames, scratch, &exact), outcome);
            if (outcome == IOC_OUTCOME_VALUE && (value != wanted.boolean || exact.boolean != wanted.boolean))
                fail_msg("%s: %d and %d, not %d", known, value, exact.boolean, wanted.boolean);
            ends[outcome]++;
            truths += value;
        }
        ioc_program_free(programs[0]);
        ioc_program_free(programs[1]);
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(ends[i], 300, UINT32_MAX);
    assert_in_range(truths, 1000, UINT32_MAX);
}

static void calendar_parts_are_the_same_by_instruction_and_by_call(void **state)
{
    static const char *const zones[] = {"", "'Asia/Ho_Chi_Minh'", "'Europe/Paris'", "'America/New_York'", "'-03:30'", "'UTC'"};
    static const char *const parts[] = {"getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear",
        "getHours", "getMinutes", "getSeconds", "getMilliseconds"};
    for (size_t i = 0; i < sizeof zones / sizeof *zones * 10; i++) {
        char source[200];
        snprintf(source, sizeof source, "event.at.%s(%s) == dyn(event.at).%s(%s)", parts[i % 10], zones[i / 10],
            parts[i % 10], zones[i / 10]);
        struct ioc_program *program = compile(ioc_text_of(source));
        for (int64_t j = -400; j < 400; j++) { /* 1770 … 2169, at all hours and on both sides of every second */
            ioc_draft_begin(&drafts[0], &condition_schema);
            ioc_draft_set_int(&drafts[0], C_AT, j * (182 * 24 + 7) * IOC_HOUR + j % 3);
            const struct ioc_row *frames[IOC_FRAMES_MOST] = {ioc_draft_row(&drafts[0])};
            bool value = false;
            assert_int_equal(ioc_program_test(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
            if (!value)
                fail_msg("%s: %lld", source, (long long)j);
        }
        ioc_program_free(program);
    }
}

static void assert_quick(const char *source, bool wanted)
{
    struct ioc_program *program = compile(ioc_text_of(source));
    if (ioc_program_is_quick(program) != wanted)
        fail_msg("%s: is %squick", source, wanted ? "not " : "");
    ioc_program_free(program);
}

static void conditions_on_numbers_and_constants_are_quick(void **state)
{
    assert_quick("event.kind == 'air' && event.depth > 35.0 && event.open", true);
    assert_quick("event.depth > limit && last.depth < limit", true);
    assert_quick("has(event.delta) && event.delta + 1 > event.count * 2", true);
    assert_quick("event.depth > limit + 15.0 && event.note == last.note", true);
    assert_quick("event.due < now && now - event.at > duration('15m')", true);
    assert_quick("event.at.getHours('Asia/Ho_Chi_Minh') >= 22 || event.at.getDayOfWeek('+07:00') == 0", true);
    assert_quick("event.at > timestamp('0001-01-01T00:00:00Z')", false); /* more than a word holds */
    assert_quick("event.kind.startsWith('a') && event.open", false);
    assert_quick("event.tags.exists(x, x > 3)", false);
}

static void texts_of_every_length_are_compared_whole(void **state)
{
    char text[41], source[96];
    for (uint32_t length = 0; length <= 40; length++) {
        memset(text, 'a', length);
        text[length] = 0;
        snprintf(source, sizeof source, "event.kind == '%s'", text);
        struct ioc_program *program = compile(ioc_text_of(source));
        assert_true(ioc_program_is_quick(program));
        for (uint32_t other = 0; other <= length; other++) { /* equal, or different in one byte */
            struct ioc_text same = {text, length};
            if (other < length)
                text[other] = 'b';
            ioc_draft_begin(&drafts[0], &condition_schema);
            assert_int_equal(ioc_draft_set_text(&drafts[0], C_KIND, same), IOC_OK);
            const struct ioc_row *frames[IOC_FRAMES_MOST] = {ioc_draft_row(&drafts[0])};
            bool value;
            assert_int_equal(ioc_program_test(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
            assert_int_equal(value, other == length);
            if (other < length)
                text[other] = 'a';
        }
        ioc_program_free(program);
    }
}

static void a_row_of_fewer_slots_is_a_row_with_missing_fields(void **state)
{
    static struct ioc_field only = {.name = {"open", 4}, .type = IOC_BOOL};
    static const struct ioc_schema narrow = {.name = {"narrow", 6}, .fields = &only, .count = 1};
    struct ioc_program *program = compile(IOC_TEXT("event.open || event.depth > 3.0"));
    ioc_draft_begin(&drafts[0], &narrow);
    ioc_draft_set_bool(&drafts[0], 0, true);
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {ioc_draft_row(&drafts[0])};
    bool value = false;
    assert_int_equal(ioc_program_test(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_true(value);
    ioc_draft_begin(&drafts[0], &narrow);
    ioc_draft_set_bool(&drafts[0], 0, false);
    frames[0] = ioc_draft_row(&drafts[0]);
    assert_int_equal(ioc_program_test(program, frames, scratch, &value), IOC_OUTCOME_MISSING);
    assert_int_equal(ioc_program_test(program, NULL, scratch, &value), IOC_OUTCOME_MISSING);
    ioc_program_free(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_machines_end_alike_on_any_condition_and_any_rows),
        cmocka_unit_test(comparisons_end_alike_whether_types_are_known_or_not),
        cmocka_unit_test(calendar_parts_are_the_same_by_instruction_and_by_call),
        cmocka_unit_test(conditions_on_numbers_and_constants_are_quick),
        cmocka_unit_test(texts_of_every_length_are_compared_whole),
        cmocka_unit_test(a_row_of_fewer_slots_is_a_row_with_missing_fields),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
