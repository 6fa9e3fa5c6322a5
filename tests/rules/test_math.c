/* tests/rules/test_math.c — greatest and least, rounding, signs and bits, at their edges. */
#include "rules/cel/builtin.h"
#include "tests/rules/expressions.h"

static void the_greatest_keeps_its_own_type_and_the_first_of_equals_wins(void **state)
{
    assert_holds("type(math.greatest(event.zero, dyn(0.0))) == int");
    assert_holds("type(math.greatest(dyn(0.0), event.zero)) == double");
    assert_holds("type(math.least([event.natural, dyn(5), dyn(5.0)])) == uint");
    assert_gives("math.greatest(event.zero, event.natural, dyn(2.5))", "5u");
    assert_gives("math.least(5, 10u, 2.5, 3, 4u)", "2.5"); /* all of them doubles */
    assert_gives("math.least(event.natural, event.zero)", "0");
    assert_holds("math.greatest(event.half, event.half) == 0.5");
    assert_gives("[-7, 3].map(x, math.greatest(x, 0))", "[0, 3]");
}

static void numbers_beyond_the_precision_of_doubles_are_told_apart(void **state)
{
    assert_gives("math.greatest(dyn(9007199254740993), 9007199254740992.0)", "9007199254740993");
    assert_gives("math.least(dyn(18446744073709551615u), 1.8446744073709556e19)",
        "18446744073709551615u");
    assert_gives("math.least(-9223372036854775808, 0)", "-9223372036854775808");
    assert_gives("math.greatest(dyn(-1), 0u)", "0u");
}

static void both_zeros_are_equal_and_the_first_stays(void **state)
{
    assert_holds("1.0 / math.greatest(-0.0, 0.0) < 0.0 && 1.0 / math.least(0.0, -0.0) > 0.0");
}

static void nan_is_refused_as_soon_as_it_is_compared(void **state)
{
    assert_holds("math.isNaN(math.greatest(0.0 / 0.0)) && math.isNaN(math.least([0.0 / 0.0]))");
    assert_fails("math.greatest(0.0 / 0.0, event.half)", IOC_FAULT_NAN);
    assert_fails("math.least(event.half, 0.0 / 0.0)", IOC_FAULT_NAN);
    assert_fails("math.least([1.0, event.half, 0.0 / 0.0])", IOC_FAULT_NAN);
}

static void lists_of_events_are_searched_and_what_is_no_number_is_an_error(void **state)
{
    assert_fails("math.greatest(event.numbers)", IOC_FAULT_OVERLOAD);
    assert_fails("math.greatest([event.loose, dyn('3')])", IOC_FAULT_OVERLOAD);
    assert_fails("math.greatest(dyn([]))", IOC_FAULT_EMPTY);
    assert_fails("math.least([1, 2].filter(x, x > 2))", IOC_FAULT_EMPTY);
    assert_fails("math.greatest(dyn('3'))", IOC_FAULT_OVERLOAD);
    assert_fails("math.greatest(event.zero, event.none)", IOC_FAULT_MISSING);
    assert_gives("math.greatest(event.loose, event.half, event.zero)", "3");
}

static void arguments_of_a_wrong_type_are_refused_by_the_checker(void **state)
{
    assert_unfit("math.greatest()", "wrong-arguments", "greatest");
    assert_unfit("math.greatest('3')", "wrong-types", "greatest");
    assert_unfit("math.greatest(1, '3')", "wrong-types", "greatest");
    assert_unfit("math.greatest(1, 2, event.word)", "wrong-types", "event.word");
    assert_unfit("math.least([1, true])", "wrong-types", "true");
    assert_unfit("math.floor(1)", "wrong-types", "floor");
    assert_unfit("math.bitAnd(1, 1u)", "wrong-types", "bitAnd");
    assert_unfit("math.bitShiftLeft(1, 1u)", "wrong-types", "bitShiftLeft");
    assert_unfit("math.flor(1.0)", "no-such-name", "math");
}

static void a_literal_beside_doubles_is_a_double(void **state)
{
    assert_holds("math.greatest(event.half, 1, 0) + 0.5 == 1.5");
    assert_holds("math.least([event.half, 3]) - 0.5 == 0.0");
    assert_holds("type(math.greatest(event.half, 3)) == double");
}

static void rounding_keeps_signs_and_what_is_not_finite(void **state)
{
    assert_holds("math.round(0.5) == 1.0 && math.round(-0.5) == -1.0 && math.round(2.5) == 3.0");
    assert_holds("math.round(0.49999999999999994) == 0.0");
    assert_holds("math.round(4503599627370497.0) == 4503599627370497.0");
    assert_holds("1.0 / math.ceil(-0.5) < 0.0 && 1.0 / math.trunc(-0.9) < 0.0");
    assert_holds("math.isInf(math.floor(-1.0 / 0.0)) && math.isNaN(math.ceil(0.0 / 0.0))");
    assert_holds("!math.isFinite(math.trunc(1.0 / 0.0)) && math.isFinite(-0.0)");
    assert_holds("!math.isInf(0.0 / 0.0) && !math.isNaN(1.0 / 0.0)");
}

static void signs_and_absolute_values_reach_the_ends_of_their_types(void **state)
{
    assert_fails("math.abs(-9223372036854775808 + event.zero)", IOC_FAULT_OVERFLOW);
    assert_holds("math.abs(-9223372036854775807) == 9223372036854775807");
    assert_holds("1.0 / math.abs(-0.0) > 0.0 && 1.0 / math.sign(-0.0) > 0.0");
    assert_holds("math.isNaN(math.sign(0.0 / 0.0)) && math.sign(-1.0 / 0.0) == -1.0");
    assert_holds("math.sign(-9223372036854775808) == -1 && math.sign(18446744073709551615u) == 1u");
}

static void roots_are_doubles_and_nan_below_zero(void **state)
{
    assert_holds("math.sqrt(49) == 7.0 && math.sqrt(4u) == 2.0 && math.sqrt(0.25) == 0.5");
    assert_holds("math.isNaN(math.sqrt(-1)) && math.isNaN(math.sqrt(-0.1))");
    assert_holds("1.0 / math.sqrt(-0.0) < 0.0");
}

static void shifts_end_at_64_and_bring_in_zeros(void **state)
{
    assert_gives("math.bitShiftLeft(1, 63)", "-9223372036854775808");
    assert_gives("math.bitShiftLeft(3, 63)", "-9223372036854775808");
    assert_gives("math.bitShiftLeft(1, 64)", "0");
    assert_gives("math.bitShiftRight(-1, 1)", "9223372036854775807");
    assert_gives("math.bitShiftRight(-1, 63)", "1");
    assert_gives("math.bitShiftRight(-1, 64)", "0");
    assert_gives("math.bitShiftRight(-1, 9223372036854775807)", "0");
    assert_holds("math.bitShiftRight(18446744073709551615u, 63) == 1u");
    assert_fails("math.bitShiftLeft(1, event.zero - 1)", IOC_FAULT_SHIFT);
    assert_fails("math.bitShiftRight(1u, -9223372036854775808)", IOC_FAULT_SHIFT);
    assert_gives("math.bitNot(-9223372036854775808)", "9223372036854775807");
    assert_gives("math.bitXor(-1, 9223372036854775807)", "-9223372036854775808");
}

static void long_lists_cost_steps(void **state)
{
    static struct ioc_boxed items[1000];
    for (int i = 0; i < 1000; i++)
        items[i] = ioc_boxed_int(i);
    struct ioc_boxed list = {.items = items, .count = 1000, .type = IOC_LIST}, greatest;
    int found = ioc_builtin_match(
        (uint32_t)ioc_builtin_find(IOC_TEXT("math.greatest")), false, &list, 1);
    const struct ioc_builtin *builtin = ioc_builtin_at((uint32_t)found);
    ioc_scratch_begin(expression_scratch, NULL);
    int64_t before = expression_scratch->steps;
    assert_int_equal(builtin->run(expression_scratch, &list, &greatest), IOC_FAULT_NONE);
    assert_int_equal(greatest.integer, 999);
    assert_true(before - expression_scratch->steps >= 1000);
    expression_scratch->steps = 999;
    assert_int_equal(builtin->run(expression_scratch, &list, &greatest), IOC_FAULT_STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_greatest_keeps_its_own_type_and_the_first_of_equals_wins),
        cmocka_unit_test(numbers_beyond_the_precision_of_doubles_are_told_apart),
        cmocka_unit_test(both_zeros_are_equal_and_the_first_stays),
        cmocka_unit_test(nan_is_refused_as_soon_as_it_is_compared),
        cmocka_unit_test(lists_of_events_are_searched_and_what_is_no_number_is_an_error),
        cmocka_unit_test(arguments_of_a_wrong_type_are_refused_by_the_checker),
        cmocka_unit_test(a_literal_beside_doubles_is_a_double),
        cmocka_unit_test(rounding_keeps_signs_and_what_is_not_finite),
        cmocka_unit_test(signs_and_absolute_values_reach_the_ends_of_their_types),
        cmocka_unit_test(roots_are_doubles_and_nan_below_zero),
        cmocka_unit_test(shifts_end_at_64_and_bring_in_zeros),
        cmocka_unit_test(long_lists_cost_steps),
    };
    return cmocka_run_group_tests(tests, begin_expressions, end_expressions);
}
