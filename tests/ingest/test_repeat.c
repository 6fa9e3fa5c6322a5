/*
 * tests/ingest/test_repeat.c — command ids of the last hour.
 */
#include "ingest/repeat.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void id_is_known_for_an_hour(void **state)
{
    struct ioc_repeat repeat;
    ioc_repeat_init(&repeat);
    assert_false(ioc_repeat_has(&repeat, IOC_TEXT("a"), 0));
    ioc_repeat_add(&repeat, IOC_TEXT("a"), 0);
    ioc_repeat_add(&repeat, IOC_TEXT("b"), IOC_MINUTE);
    assert_true(ioc_repeat_has(&repeat, IOC_TEXT("a"), IOC_HOUR));
    assert_false(ioc_repeat_has(&repeat, IOC_TEXT("a"), IOC_HOUR + 1));
    assert_true(ioc_repeat_has(&repeat, IOC_TEXT("b"), IOC_HOUR + 1));
    assert_int_equal(repeat.count, 1);
    ioc_repeat_done(&repeat);
}

static void flood_of_ids_pushes_out_the_oldest(void **state)
{
    struct ioc_repeat repeat;
    ioc_repeat_init(&repeat);
    for (int i = 0; i < 3 * IOC_REPEAT_MOST; i++) {
        char id[16];
        int length = snprintf(id, sizeof id, "%d", i);
        ioc_repeat_add(&repeat, (struct ioc_text){id, (uint32_t)length}, 0);
    }
    assert_int_equal(repeat.count, IOC_REPEAT_MOST);
    assert_false(ioc_repeat_has(&repeat, IOC_TEXT("19999"), 0));
    assert_true(ioc_repeat_has(&repeat, IOC_TEXT("20000"), 0));
    assert_true(ioc_repeat_has(&repeat, IOC_TEXT("29999"), 0));
    ioc_repeat_done(&repeat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_is_known_for_an_hour),
        cmocka_unit_test(flood_of_ids_pushes_out_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
