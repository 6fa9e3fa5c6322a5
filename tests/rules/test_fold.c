/* tests/rules/test_fold.c — constant parts: computed once, named ones put in place, failing ones told. */
#include "tests/rules/expressions.h"

static const struct ioc_program_error *notes_of(
    const char *source, struct ioc_program **program, uint32_t *count)
{
    struct ioc_program_error err;
    if (ioc_program_new(ioc_text_of(source), &expression_scope, IOC_TYPES, program, &err) != IOC_OK)
        fail_msg("%s: %s", source, err.error.text);
    return ioc_program_notes(*program, count);
}

static void assert_note(const char *source, const char *at, enum ioc_fault fault)
{
    struct ioc_program *program;
    uint32_t count;
    const struct ioc_program_error *notes = notes_of(source, &program, &count);
    if (count != 1)
        fail_msg("%s: %u notes", source, count);
    assert_string_equal(notes[0].error.code, "always-fails");
    assert_true(notes[0].error.is_note);
    assert_non_null(strstr(notes[0].error.text, ioc_fault_text(fault)));
    assert_int_equal(notes[0].offset, strstr(source, at) - source);
    assert_int_equal(notes[0].length, strlen(at));
    ioc_program_free(program);
}

static void assert_no_note(const char *source)
{
    struct ioc_program *program;
    uint32_t count;
    notes_of(source, &program, &count);
    if (count)
        fail_msg("%s: %u notes", source, count);
    ioc_program_free(program);
}

static void a_constant_that_always_fails_is_noted_where_it_stands(void **state)
{
    assert_note("event.zero == 1 || ip('10.0.0.300') == ip('::1')", "ip('10.0.0.300')", IOC_FAULT_ADDRESS);
    assert_note("cidr('10.0.0.0').containsIP(event.word)", "cidr('10.0.0.0')", IOC_FAULT_ADDRESS);
    assert_note("event.zero > 0 && duration('10 minutes') > duration('1s')", "duration('10 minutes')",
        IOC_FAULT_FORMAT);
    assert_note("int('1' + 'x') + event.zero", "int('1' + 'x')", IOC_FAULT_FORMAT);
    assert_note("[1, 2].map(x, x + 1 / 0)", "1 / 0", IOC_FAULT_DIVISION);
    assert_note("math.bitShiftLeft(1, -1) + math.abs(event.zero)", "math.bitShiftLeft(1, -1)", IOC_FAULT_SHIFT);
    assert_note("cel.bind(a, 'x', int(a)) + event.zero", "int(a)", IOC_FAULT_FORMAT);
}

static void what_may_work_and_what_is_too_long_is_not_noted(void **state)
{
    assert_no_note("ip(event.word) == ip('10.0.0.7') && 1 / event.zero == 1");
    assert_no_note("dyn('1') == dyn(1) && [1].exists(x, x / 1 == 1)");
    assert_no_note("lists.range(9999).map(x, lists.range(9999).size()).size() > event.zero");
    assert_no_note("{'a': 1}['a'] == event.zero || isIP('x')");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_that_always_fails_is_noted_where_it_stands),
        cmocka_unit_test(what_may_work_and_what_is_too_long_is_not_noted),
    };
    return cmocka_run_group_tests(tests, begin_expressions, end_expressions);
}
