/* tests/rules/test_cost.c — static cost, and conjuncts in order of it. */
#include "tests/rules/conditions.h"
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

static struct ioc_program *compile(struct ioc_text source, bool keeps_order)
{
    struct ioc_environment environment = {.scope = &condition_scope, .keeps_order = keeps_order};
    struct ioc_program *program;
    struct ioc_program_error err;
    if (ioc_program_new_in(source, &environment, IOC_BOOL, &program, &err) != IOC_OK)
        fail_msg("%.*s: %s", IOC_TEXT_ARGS(source), err.error.text);
    return program;
}

static void order_never_changes_the_outcome(void **state)
{
    struct ioc_buffer source = {0}, listings[2] = {{0}};
    uint32_t reordered = 0;
    condition_seed = 77;
    for (int i = 0; i < CONDITIONS; i++) {
        ioc_buffer_reset(&source);
        condition_write(&source, i % 3);
        struct ioc_program *programs[2];
        for (int k = 0; k < 2; k++) {
            programs[k] = compile(ioc_buffer_text(&source), k == 0);
            ioc_buffer_reset(&listings[k]);
            ioc_program_print(programs[k], NULL, &listings[k]);
        }
        reordered += !ioc_text_equal(ioc_buffer_text(&listings[0]), ioc_buffer_text(&listings[1]));
        for (int j = 0; j < ROWS; j++) {
            const struct ioc_row *frames[IOC_FRAMES_MOST] = {0};
            bool values[2] = {false, false};
            for (int k = 0; k < 3; k++)
                frames[k] = condition_row(&drafts[k]);
            struct ioc_boxed exact;
            (void)ioc_program_exact(programs[1], frames, scratch, &exact);
            if (IOC_STEPS_MOST - scratch->steps > ioc_program_cost(programs[1]))
                fail_msg("%.*s: took %d steps, more than %u", IOC_TEXT_ARGS(ioc_buffer_text(&source)),
                    (int)(IOC_STEPS_MOST - scratch->steps), ioc_program_cost(programs[1]));
            enum ioc_outcome written = ioc_program_test(programs[0], frames, scratch, &values[0]),
                             sorted = ioc_program_test(programs[1], frames, scratch, &values[1]);
            if (written != sorted || values[0] != values[1])
                fail_msg("%.*s: %d, not %d", IOC_TEXT_ARGS(ioc_buffer_text(&source)), sorted, written);
        }
        ioc_program_free(programs[0]);
        ioc_program_free(programs[1]);
    }
    assert_in_range(reordered, CONDITIONS / 10, CONDITIONS);
    ioc_buffer_done(&source);
    ioc_buffer_done(&listings[0]);
    ioc_buffer_done(&listings[1]);
}

static uint32_t cost_of(const char *source)
{
    struct ioc_program *program = compile(ioc_text_of(source), false);
    uint32_t cost = ioc_program_cost(program);
    ioc_program_free(program);
    return cost;
}

static void cost_follows_lengths_and_nesting(void **state)
{
    assert_true(cost_of("event.depth > 3.0") < 5);
    assert_int_equal(cost_of("event.depth > 3.0 + 4.0 * 5.0"), cost_of("event.depth > 3.0")); /* constants are free */
    assert_true(cost_of("event.depth > 3.0 && event.open") < cost_of("event.kind.contains('x')"));
    uint32_t once = cost_of("event.tags.all(x, x > 1)"), twice = cost_of("event.tags.all(x, event.tags.all(y, x > y))"),
             thrice = cost_of("event.tags.all(x, event.tags.all(y, event.tags.all(z, x > y && y > z)))");
    assert_in_range(once, 64, 64 * 20);
    assert_in_range(twice, 64 * 64, 64 * 64 * 20);
    assert_true(thrice > 64 * 64 * 64 && thrice > twice * 60);
    assert_int_equal(cost_of("event.tags.all(a, event.tags.all(b, event.tags.all(c, event.tags.all(d, a + b + c + d > 0)))) "
                             "&& event.kind.startsWith('a')") > 10000000, true);
    assert_true(cost_of("event.kind == 'a'") < cost_of("event.kind == event.note"));
}

static void cheap_operands_come_first_and_else_as_written(void **state)
{
    static const struct {
        const char *written;
        const char *wanted[3]; /* the first letters of instructions in that order */
    } rows[] = {
        {"event.kind.contains('x') && event.depth > 3.0 && event.open", {"TEST_DOUBLE", "TEST_BOOL", "CALL"}},
        {"event.depth > 3.0 && event.open && event.kind == 'a'", {"TEST_DOUBLE", "TEST_BOOL", "TEST_TEXT"}},
        {"event.kind == 'a' && event.open && event.depth > 3.0", {"TEST_TEXT", "TEST_BOOL", "TEST_DOUBLE"}},
        {"event.tags.all(x, x > 1) || event.kind.startsWith('a') || event.open", {"TEST_BOOL", "CALL", "NEXT"}},
    };
    struct ioc_buffer listing = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ioc_program *program = compile(ioc_text_of(rows[i].written), false);
        ioc_buffer_reset(&listing);
        ioc_program_print(program, NULL, &listing);
        ioc_buffer_add_char(&listing, 0);
        const char *at = listing.data;
        for (int j = 0; j < 3; j++) {
            at = strstr(at, rows[i].wanted[j]);
            if (!at)
                fail_msg("%s: %s does not come in time in\n%s", rows[i].written, rows[i].wanted[j], listing.data);
        }
        ioc_program_free(program);
    }
    ioc_buffer_done(&listing);
}

static void values_keep_the_order_of_the_text(void **state)
{
    struct ioc_program *program =
        compile(IOC_TEXT("event.tags.all(x, x > 1) && event.kind.contains('x') && event.depth > limit && has(event.note)"), false);
    uint32_t count;
    const struct ioc_program_read *reads = ioc_program_reads(program, &count);
    assert_int_equal(count, 5);
    assert_true(reads[0].slot == C_TAGS && reads[1].slot == C_KIND && reads[2].slot == C_DEPTH);
    assert_true(reads[3].frame == 2 && reads[4].slot == C_NOTE);
    ioc_program_free(program);
}

static void an_error_is_told_at_its_own_place(void **state)
{
    struct ioc_program *program = compile(IOC_TEXT("event.kind.contains('x') || 10 / (event.count - event.count) > 1"), false);
    ioc_draft_begin(&drafts[0], &condition_schema);
    assert_int_equal(ioc_draft_set_text(&drafts[0], C_KIND, IOC_TEXT("abc")), IOC_OK);
    ioc_draft_set_int(&drafts[0], C_COUNT, 3);
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {ioc_draft_row(&drafts[0])};
    bool value;
    assert_int_equal(ioc_program_test(program, frames, scratch, &value), IOC_OUTCOME_ERROR);
    assert_non_null(strstr(ioc_scratch_error(scratch), "division by zero, at '/' (byte 32"));
    ioc_program_free(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_never_changes_the_outcome),
        cmocka_unit_test(cost_follows_lengths_and_nesting),
        cmocka_unit_test(cheap_operands_come_first_and_else_as_written),
        cmocka_unit_test(values_keep_the_order_of_the_text),
        cmocka_unit_test(an_error_is_told_at_its_own_place),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
