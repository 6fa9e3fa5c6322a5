/* tests/rules/test_block.c — cel.block: slots in order, once each, and faults only where they are read. */
#include "tests/rules/expressions.h"

static void slots_read_those_in_front_of_them(void **state)
{
    assert_gives("cel.block([event.zero + 1, cel.index(0) + 1, cel.index(0) + cel.index(1)], cel.index(2))", "3");
    assert_gives("cel.block([1, cel.index(0) + 1, cel.index(1) * 10], [cel.index(2), cel.index(0)])", "[20, 1]");
    assert_gives("cel.block([], event.loose)", "3");
    assert_holds("cel.block([event], cel.index(0).half == 0.5 && has(cel.index(0).half))");
    assert_holds("cel.block([event.half], cel.index(0) > 0.25) && cel.block([event.zero], cel.index(0) == 0)");
}

static void a_slot_keeps_its_static_type(void **state)
{
    assert_unfit("cel.block([event.zero], cel.index(0) + 'a')", "wrong-types", "+");
    assert_unfit("cel.block([event.half, cel.index(0) + 1.0], cel.index(1) && true)", "not-bool",
        "cel.index(1) &&");
}

static void what_is_not_there_is_refused(void **state)
{
    assert_unfit("cel.block([1], cel.index(1))", "no-such-name", "cel.index(1)");
    assert_unfit("cel.block([cel.index(0)], 1)", "no-such-name", "cel.index(0)");
    assert_unfit("cel.block([cel.index(1), 2], 1)", "no-such-name", "cel.index(1)");
    assert_unfit("cel.block([1], cel.index(0)) + cel.index(0)", "no-such-name", "cel.index(0)");
    assert_unfit("[1].all(cel.iterVar(0, 0), cel.iterVar(0, 1) > 0)", "no-such-name", "cel.iterVar(0, 1)");
    assert_unfit("cel.block(event.loose, 1)", "bad-block", "loose");
    assert_unfit("cel.block([?event.?loose], 1)", "bad-block", "loose");
    assert_unfit("cel.block([1], cel.index(event.zero))", "bad-variable", "zero");
    assert_unfit("cel.block([1], cel.index(-1))", "bad-variable", "-1");
    assert_unfit("cel.iterVar(0, 1.0)", "bad-variable", "1.0");
}

static void a_fault_comes_out_only_where_the_slot_is_read(void **state)
{
    assert_gives("cel.block([1 / event.zero, 2], cel.index(1))", "2");
    assert_gives("cel.block([1 / 0, 2], cel.index(1))", "2");
    assert_fails("cel.block([1 / event.zero, 2], cel.index(0))", IOC_FAULT_DIVISION);
    assert_fails("cel.block([1 / event.zero, cel.index(0) + 1], cel.index(1))", IOC_FAULT_DIVISION);
    assert_holds("cel.block([1 / event.zero], cel.index(0) > 0 || event.zero == 0)");
    assert_holds("!cel.block([1 / event.zero], cel.index(0) > 0 && event.zero == 1)");
    assert_gives("cel.block([1 / event.zero], event.zero == 0 ? 7 : cel.index(0))", "7");
    assert_fails("cel.block([event.none], cel.index(0) > 1)", IOC_FAULT_MISSING);
    assert_holds("cel.block([event.none], has(event.none) ? cel.index(0) > 1 : true)");
    assert_fails("cel.block([1 / event.zero > 0 || event.zero == 1], cel.index(0))", IOC_FAULT_DIVISION);
    assert_fails("cel.block([[1, 2].map(x, x / event.zero)], cel.index(0).size())", IOC_FAULT_DIVISION);
}

static void the_same_fault_comes_out_at_every_reading(void **state)
{
    assert_holds("cel.block([1 / event.zero], (cel.index(0) > 0 || true) && (cel.index(0) < 0 || true))");
    assert_holds("[1, 2].exists(x, cel.block([x / event.zero], cel.index(0) > 0 || x == 2))");
}

static void a_slot_in_a_loop_forgets_the_fault_of_the_pass_before(void **state)
{
    assert_gives("[0, 1, 2].map(x, cel.block([4 / x], x == 0 ? -1 : cel.index(0)))", "[-1, 4, 2]");
    assert_gives("[2, 0, 1].map(x, cel.block([4 / x, 8 / x], x == 0 ? -1 : cel.index(0) + cel.index(1)))",
        "[6, -1, 12]");
    assert_holds("[0, 2].exists_one(x, cel.block([4 / x == 2], x != 0 && cel.index(0)))");
}

static void blocks_nest_and_hide_outer_slots(void **state)
{
    assert_gives("cel.block([event.zero + 1], cel.block([cel.index(0) + 1], cel.index(0)) + cel.index(0))", "3");
    assert_gives("cel.block([cel.block([event.zero + 5], cel.index(0) * 2)], cel.index(0) + 1)", "11");
    assert_gives("[1, 2].map(cel.iterVar(0, 0), [3].map(cel.iterVar(1, 0), cel.iterVar(0, 0) + "
                 "cel.iterVar(1, 0)))", "[[4], [5]]");
    assert_gives("cel.bind(cel.accuVar(0, 0), event.zero + 1, cel.accuVar(0, 0) + 1)", "2");
}

static void print_program(const char *source, struct ioc_buffer *text)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    assert_int_equal(
        ioc_program_new(ioc_text_of(source), &expression_scope, IOC_BOOL, &program, &err), IOC_OK);
    ioc_program_print(program, NULL, text);
    ioc_program_free(program);
}

static void a_constant_with_a_name_costs_no_more_than_the_constant(void **state)
{
    static const char *const sources[] = {
        "cel.bind(limit, 0.2 + 0.3, event.half > limit)",
        "cel.block([0.2, cel.index(0) + 0.3], event.half > cel.index(1))",
        "cel.bind(a, 0.2, cel.bind(b, 0.3, event.half > a + b))",
    };
    struct ioc_buffer wanted = {0};
    print_program("event.half > 0.5", &wanted);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct ioc_buffer text = {0};
        print_program(sources[i], &text);
        if (!ioc_text_equal(ioc_buffer_text(&text), ioc_buffer_text(&wanted)))
            fail_msg("%s: is\n%.*s", sources[i], IOC_TEXT_ARGS(ioc_buffer_text(&text)));
        ioc_buffer_done(&text);
    }
    ioc_buffer_done(&wanted);
    assert_gives("[?cel.bind(x, event.zero, optional.of(x)), ?cel.bind(x, 1, x > event.zero ? "
                 "optional.none() : optional.of(x))]",
        "[0]");
}

static void write_block(struct ioc_buffer *out, uint32_t slots)
{
    ioc_buffer_reset(out);
    ioc_buffer_add_string(out, "cel.block([event.zero + 1");
    for (uint32_t i = 1; i < slots; i++)
        ioc_buffer_addf(out, ", 100 / cel.index(%u)", i - 1);
    ioc_buffer_addf(out, "], cel.index(%u) > 0)", slots - 1);
    ioc_buffer_add_char(out, 0);
}

static void the_number_of_slots_is_bounded(void **state)
{
    struct ioc_buffer source = {0};
    write_block(&source, 64);
    assert_holds(source.data);
    write_block(&source, 65);
    assert_unfit(source.data, "too-complex", "block");
    ioc_buffer_reset(&source);
    for (uint32_t i = 0; i < 33; i++)
        ioc_buffer_add_string(&source, i ? "cel.block([1 / event.zero], " : "(");
    ioc_buffer_add_string(&source, "[1].all(a, [1].all(b, event.zero == 0 || a > b || cel.index(0) > 1))");
    for (uint32_t i = 0; i < 33; i++)
        ioc_buffer_add_char(&source, ')');
    ioc_buffer_add_char(&source, 0);
    assert_holds(source.data);
    ioc_buffer_done(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_read_those_in_front_of_them),
        cmocka_unit_test(a_slot_keeps_its_static_type),
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(a_fault_comes_out_only_where_the_slot_is_read),
        cmocka_unit_test(the_same_fault_comes_out_at_every_reading),
        cmocka_unit_test(a_slot_in_a_loop_forgets_the_fault_of_the_pass_before),
        cmocka_unit_test(blocks_nest_and_hide_outer_slots),
        cmocka_unit_test(a_constant_with_a_name_costs_no_more_than_the_constant),
        cmocka_unit_test(the_number_of_slots_is_bounded),
    };
    return cmocka_run_group_tests(tests, begin_expressions, end_expressions);
}
