/* tests/rules/test_symbols.c — constants are numbered from 1 as they come, and found again. */
#include "rules/symbols.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_constant_keeps_its_number(void **state)
{
    struct ioc_symbols symbols = {0};
    assert_int_equal(ioc_symbols_find(&symbols, 0), 0); /* empty */
    assert_int_equal(ioc_symbols_add(&symbols, 0), 1); /* 0 is a word like any other */
    assert_int_equal(ioc_symbols_add(&symbols, UINT64_MAX), 2);
    assert_int_equal(ioc_symbols_add(&symbols, 0), 1);
    assert_int_equal(ioc_symbols_find(&symbols, UINT64_MAX), 2);
    assert_int_equal(ioc_symbols_find(&symbols, 1), 0);
    assert_int_equal(symbols.count, 2);
    ioc_symbols_done(&symbols);
    assert_int_equal(ioc_symbols_find(&symbols, 0), 0);
}

static void a_hundred_thousand_constants_are_found_and_no_other(void **state)
{
    struct ioc_symbols symbols = {0};
    for (uint32_t i = 0; i < 100000; i++)
        assert_int_equal(ioc_symbols_add(&symbols, (uint64_t)i << 32), i + 1); /* the low halves are all the same */
    for (uint32_t i = 0; i < 100000; i++) {
        assert_int_equal(ioc_symbols_find(&symbols, (uint64_t)i << 32), i + 1);
        assert_int_equal(ioc_symbols_find(&symbols, (uint64_t)i << 32 | 1), 0);
    }
    assert_true(2 * symbols.count <= symbols.capacity);
    ioc_symbols_done(&symbols);
}

static void a_text_is_its_bytes_zeros_too(void **state)
{
    uint64_t word = ioc_symbols_word(IOC_TEXT("a"));
    assert_true(word == ioc_symbols_word((struct ioc_text){"ab", 1}));
    assert_true(word != ioc_symbols_word((struct ioc_text){"a\0", 2}));
    assert_true(ioc_symbols_word((struct ioc_text){"a\0b", 3}) != ioc_symbols_word((struct ioc_text){"a\0c", 3}));
    assert_true(ioc_symbols_word((struct ioc_text){NULL, 0}) == ioc_symbols_word(IOC_TEXT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_keeps_its_number),
        cmocka_unit_test(a_hundred_thousand_constants_are_found_and_no_other),
        cmocka_unit_test(a_text_is_its_bytes_zeros_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
