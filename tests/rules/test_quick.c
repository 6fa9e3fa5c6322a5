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
        cmocka_unit_test(conditions_on_numbers_and_constants_are_quick),
        cmocka_unit_test(texts_of_every_length_are_compared_whole),
        cmocka_unit_test(a_row_of_fewer_slots_is_a_row_with_missing_fields),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
