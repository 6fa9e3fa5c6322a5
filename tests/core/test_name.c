/* tests/core/test_name.c — interned names. */
#include "core/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void a_text_has_one_number_for_ever(void **state)
{
    struct ioc_names *names = ioc_names_new();
    char text[32];
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "stream-%u", i);
        assert_int_equal(ioc_name_intern(names, ioc_text_of(text)), i);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "stream-%u", i);
        assert_int_equal(ioc_name_intern(names, ioc_text_of(text)), i);
        assert_int_equal(ioc_name_find(names, ioc_text_of(text)), i);
        assert_true(ioc_text_equal(ioc_name_text(names, i), ioc_text_of(text)));
    }
    assert_int_equal(ioc_names_count(names), 5000);
    ioc_names_free(names);
}

static void looking_for_a_text_does_not_add_it(void **state)
{
    struct ioc_names *names = ioc_names_new();
    assert_int_equal(ioc_name_find(names, IOC_TEXT("a")), IOC_NAME_NONE);
    assert_int_equal(ioc_names_count(names), 0);
    assert_int_equal(ioc_name_intern(names, IOC_TEXT("")), 0);
    assert_int_equal(ioc_name_intern(names, IOC_TEXT("a\0b")), 1);
    assert_int_equal(ioc_name_find(names, IOC_TEXT("a")), IOC_NAME_NONE);
    assert_int_equal(ioc_name_find(names, (struct ioc_text){0}), 0);
    ioc_names_free(names);
    ioc_names_free(NULL);
}

static void texts_stay_where_they_are_while_the_table_grows(void **state)
{
    struct ioc_names *names = ioc_names_new();
    ioc_name first = ioc_name_intern(names, IOC_TEXT("first"));
    const char *data = ioc_name_text(names, first).data;
    char large[40000];
    for (uint32_t i = 0; i < 100; i++) {
        memset(large, (int)('a' + i % 26), sizeof large);
        memcpy(large, &i, sizeof i);
        ioc_name_intern(names, (struct ioc_text){large, sizeof large - i});
    }
    assert_ptr_equal(ioc_name_text(names, first).data, data);
    assert_string_equal(data, "first");
    ioc_names_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_has_one_number_for_ever),
        cmocka_unit_test(looking_for_a_text_does_not_add_it),
        cmocka_unit_test(texts_stay_where_they_are_while_the_table_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
