/*
 * tests/ingest/test_gate.c — the places of a gateway's commands: bounded, told apart by tokens, given up in the end.
 */
#include "ingest/gate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct ioc_command_gate given = {
    {"north", 5}, {{"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 64}}};

static void hundred_entries_and_no_more_find_a_place(void **state)
{
    struct ioc_gate gate;
    struct ioc_error err;
    assert_int_equal(ioc_gate_init(&gate, IOC_TEXT("hcm"), &given, &err), IOC_OK);
    assert_string_equal(gate.stream, "ioc:{hcm}:cmd:north");
    for (int i = 0; i < IOC_GATE_PLACES; i++) {
        char entry[16];
        int length = snprintf(entry, sizeof entry, "%d-0", i);
        assert_non_null(ioc_gate_take(&gate, (struct ioc_text){entry, (uint32_t)length}, 0));
    }
    assert_null(ioc_gate_take(&gate, IOC_TEXT("x-0"), 0));
    assert_non_null(ioc_gate_find(&gate, IOC_TEXT("57-0")));
    assert_null(ioc_gate_find(&gate, IOC_TEXT("5-")));
    ioc_gate_done(&gate);
}

static void token_of_a_place_that_was_given_away_is_stale(void **state)
{
    struct ioc_gate gate;
    struct ioc_error err;
    assert_int_equal(ioc_gate_init(&gate, IOC_TEXT("hcm"), &given, &err), IOC_OK);
    struct ioc_gate_place *place = ioc_gate_take(&gate, IOC_TEXT("1-0"), 0);
    place->state = IOC_GATE_PUSHED;
    uint64_t token = ioc_gate_token(&gate, 3, place);
    assert_int_equal(ioc_gate_index(token), 3);
    assert_ptr_equal(ioc_gate_place(&gate, token), place);
    assert_true(ioc_gate_give_up(&gate, 1));
    assert_int_equal(gate.used, 0);
    assert_null(ioc_gate_place(&gate, token));
    place = ioc_gate_take(&gate, IOC_TEXT("1-0"), 5);
    place->state = IOC_GATE_PUSHED;
    assert_null(ioc_gate_place(&gate, token));
    assert_non_null(ioc_gate_place(&gate, ioc_gate_token(&gate, 3, place)));
    ioc_gate_done(&gate);
}

static void only_what_was_pushed_long_ago_is_given_up(void **state)
{
    struct ioc_gate gate;
    struct ioc_error err;
    assert_int_equal(ioc_gate_init(&gate, IOC_TEXT("hcm"), &given, &err), IOC_OK);
    ioc_gate_take(&gate, IOC_TEXT("1-0"), 0)->state = IOC_GATE_PUSHED;
    ioc_gate_take(&gate, IOC_TEXT("2-0"), 0)->state = IOC_GATE_LEAVING;
    ioc_gate_take(&gate, IOC_TEXT("3-0"), 60)->state = IOC_GATE_PUSHED;
    assert_false(ioc_gate_give_up(&gate, 0));
    assert_true(ioc_gate_give_up(&gate, 60));
    assert_null(ioc_gate_find(&gate, IOC_TEXT("1-0")));
    assert_int_equal(gate.used, 2);
    ioc_gate_settle(&gate, false);
    assert_int_equal(ioc_gate_find(&gate, IOC_TEXT("2-0"))->state, IOC_GATE_DONE);
    assert_int_equal(gate.used, 2);
    ioc_gate_done(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hundred_entries_and_no_more_find_a_place),
        cmocka_unit_test(token_of_a_place_that_was_given_away_is_stale),
        cmocka_unit_test(only_what_was_pushed_long_ago_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
