/* tests/ingest/test_ledger.c — acknowledgements leave in the order of arrival, and only for what is
 * safe. */
#include "ingest/intake.h"
#include "ingest/ledger.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PUBACK = 4, PUBREC = 5 };

static struct ioc_ledger ledger;

static int open_ledger(void **state)
{
    ioc_ledger_init(&ledger);
    ioc_ledger_begin(&ledger, false);
    return 0;
}

static int close_ledger(void **state)
{
    ioc_ledger_done(&ledger);
    return 0;
}

static uint32_t ready(void)
{
    uint32_t count = 0;
    while (ioc_ledger_ready(&ledger, count))
        count++;
    return count;
}

static void the_first_unsafe_message_holds_back_all_behind_it(void **state)
{
    uint64_t tokens[4];
    for (uint16_t i = 0; i < 4; i++)
        tokens[i] = ioc_ledger_take(&ledger, PUBACK, (uint16_t)(10 + i), false);
    ioc_ledger_mark(&ledger, tokens[1]);
    ioc_ledger_mark(&ledger, tokens[3]);
    assert_int_equal(ready(), 0);
    ioc_ledger_mark(&ledger, tokens[0]);
    assert_int_equal(ready(), 2);
    assert_int_equal(ioc_ledger_ready(&ledger, 0)->id, 10);
    assert_int_equal(ioc_ledger_ready(&ledger, 1)->id, 11);
    ioc_ledger_drop(&ledger, 2);
    ioc_ledger_mark(&ledger, tokens[2]);
    assert_int_equal(ready(), 2);
    assert_int_equal(ioc_ledger_count(&ledger), 2);
}

static void a_message_of_many_events_is_safe_after_the_last(void **state)
{
    uint64_t token = ioc_ledger_take(&ledger, PUBACK, 7, false);
    uint64_t part = token | (uint64_t)2 << IOC_ACK_PARTS_SHIFT; /* three of them */
    ioc_ledger_mark(&ledger, part);
    ioc_ledger_mark(&ledger, part);
    assert_int_equal(ready(), 0);
    ioc_ledger_mark(&ledger, part);
    assert_int_equal(ready(), 1);
}

static void tokens_of_a_lost_connection_mean_nothing(void **state)
{
    uint64_t old = ioc_ledger_take(&ledger, PUBACK, 7, false);
    ioc_ledger_begin(&ledger, true);
    uint64_t fresh = ioc_ledger_take(&ledger, PUBACK, 7, false); /* the same id at the same place */
    assert_true(old != fresh);
    ioc_ledger_mark(&ledger, old);
    assert_int_equal(ready(), 0);
    ioc_ledger_mark(&ledger, fresh);
    assert_int_equal(ready(), 1);
}

static void a_qos_2_message_posted_before_the_break_is_not_posted_again(void **state)
{
    uint64_t token = ioc_ledger_take(&ledger, PUBREC, 9, true);
    assert_true(ioc_ledger_hold(&ledger, PUBREC, 9));
    assert_int_equal(ioc_ledger_count(&ledger), 1);
    ioc_ledger_begin(&ledger, true);
    assert_true(ioc_ledger_knows(&ledger, 9));
    assert_true(ioc_ledger_hold(&ledger, PUBREC, 9)); /* the broker repeats it */
    assert_int_equal(ready(), 0);
    ioc_ledger_mark(&ledger, token); /* the old token still counts here */
    assert_int_equal(ready(), 1);
    ioc_ledger_drop(&ledger, 1);
    assert_true(ioc_ledger_knows(&ledger, 9)); /* PUBREC may be lost */
    ioc_ledger_begin(&ledger, true);
    assert_true(ioc_ledger_hold(&ledger, PUBREC, 9));
    assert_int_equal(ready(), 1);
    ioc_ledger_forget(&ledger, 9); /* PUBREL came */
    assert_int_equal(ready(), 1);
    ioc_ledger_begin(&ledger, true);
    assert_false(ioc_ledger_hold(&ledger, PUBREC, 9)); /* nothing to wait for: paho may answer */
}

static void a_qos_2_message_safe_before_it_is_repeated_leaves_at_once(void **state)
{
    uint64_t token = ioc_ledger_take(&ledger, PUBREC, 9, true);
    ioc_ledger_begin(&ledger, true);
    ioc_ledger_mark(&ledger, token);
    assert_true(ioc_ledger_hold(&ledger, PUBREC, 9));
    assert_int_equal(ready(), 1);
}

static void a_lost_session_forgets_qos_2(void **state)
{
    ioc_ledger_take(&ledger, PUBREC, 9, true);
    ioc_ledger_begin(&ledger, false);
    assert_false(ioc_ledger_knows(&ledger, 9));
}

static void what_was_not_posted_is_given_back(void **state)
{
    uint64_t first = ioc_ledger_take(&ledger, PUBACK, 1, false);
    ioc_ledger_take(&ledger, PUBREC, 2, true);
    ioc_ledger_give_back(&ledger, true);
    assert_false(ioc_ledger_knows(&ledger, 2));
    ioc_ledger_mark(&ledger, first);
    assert_int_equal(ready(), 1);
    assert_int_equal(ioc_ledger_count(&ledger), 1);
}

static void all_places_can_be_used_again_and_again(void **state)
{
    for (uint32_t i = 0; i < 3u * IOC_LEDGER_PLACES; i++) {
        uint64_t token = ioc_ledger_take(&ledger, PUBACK, (uint16_t)i, false);
        assert_true(token != 0 && token < IOC_ACK_PARTS);
        ioc_ledger_mark(&ledger, token);
        assert_int_equal(ready(), 1);
        ioc_ledger_drop(&ledger, 1);
    }
    for (uint32_t i = 0; i < IOC_LEDGER_PLACES; i++)
        assert_true(ioc_ledger_take(&ledger, PUBACK, (uint16_t)i, false) != 0);
    assert_int_equal(ioc_ledger_take(&ledger, PUBACK, 1, false), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ledger, close_ledger)
    const struct CMUnitTest tests[] = {
        TEST(the_first_unsafe_message_holds_back_all_behind_it),
        TEST(a_message_of_many_events_is_safe_after_the_last),
        TEST(tokens_of_a_lost_connection_mean_nothing),
        TEST(a_qos_2_message_posted_before_the_break_is_not_posted_again),
        TEST(a_qos_2_message_safe_before_it_is_repeated_leaves_at_once),
        TEST(a_lost_session_forgets_qos_2),
        TEST(what_was_not_posted_is_given_back),
        TEST(all_places_can_be_used_again_and_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
