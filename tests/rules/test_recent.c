/*
 * tests/rules/test_recent.c — what has been seen lately, and what is forgotten.
 */
#include "rules/recent.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_mark_is_met_again_until_its_time_is_over(void **state)
{
    struct ioc_recent recent = {0};
    assert_false(ioc_recent_meet(&recent, 7, 0, 100, 1000));
    assert_true(ioc_recent_meet(&recent, 7, 50, 150, 1000));
    assert_true(ioc_recent_meet(&recent, 7, 99, 199, 1000));
    assert_false(ioc_recent_meet(&recent, 7, 100, 200, 1000));
    assert_true(ioc_recent_meet(&recent, 7, 101, 201, 1000));
    ioc_recent_done(&recent);
}

static void a_mark_that_is_over_behind_a_longer_one_does_not_hide_its_successor(void **state)
{
    struct ioc_recent recent = {0};
    assert_false(ioc_recent_meet(&recent, 1, 0, 1000, 100));
    assert_false(ioc_recent_meet(&recent, 7, 0, 10, 100));
    assert_false(ioc_recent_meet(&recent, 7, 20, 30, 100));
    assert_true(ioc_recent_meet(&recent, 7, 25, 35, 100));
    assert_false(ioc_recent_meet(&recent, 7, 30, 40, 100));
    assert_true(ioc_recent_meet(&recent, 7, 31, 41, 100));
    assert_true(ioc_recent_meet(&recent, 1, 31, 41, 100));
    ioc_recent_done(&recent);
}

static void over_the_limit_the_oldest_is_forgotten_first(void **state)
{
    struct ioc_recent recent = {0};
    for (uint64_t i = 0; i < 300; i++)
        assert_false(ioc_recent_meet(&recent, i, 0, 1000, 100));
    assert_int_equal(recent.count, 100);
    for (uint64_t i = 200; i < 300; i++)
        assert_true(ioc_recent_meet(&recent, i, 1, 1000, 100));
    assert_false(ioc_recent_meet(&recent, 0, 1, 1000, 100));
    ioc_recent_done(&recent);
}

static void a_hundred_thousand_marks_are_all_met_once_more(void **state)
{
    struct ioc_recent recent = {0};
    for (uint64_t i = 0; i < 100000; i++)
        assert_false(ioc_recent_meet(&recent, i * 0x9e3779b97f4a7c15u, (ioc_time)i, (ioc_time)i + 1000000, 200000));
    for (uint64_t i = 0; i < 100000; i++)
        assert_true(ioc_recent_meet(&recent, i * 0x9e3779b97f4a7c15u, 100000, 1100000, 200000));
    ioc_recent_done(&recent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_that_is_over_behind_a_longer_one_does_not_hide_its_successor),
        cmocka_unit_test(a_mark_is_met_again_until_its_time_is_over),
        cmocka_unit_test(over_the_limit_the_oldest_is_forgotten_first),
        cmocka_unit_test(a_hundred_thousand_marks_are_all_met_once_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
