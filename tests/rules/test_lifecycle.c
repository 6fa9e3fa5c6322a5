/*
 * tests/rules/test_lifecycle.c — the transition table, walked.
 */
#include "rules/lifecycle.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static enum ioc_alert_state walk(enum ioc_life_policy policy, const enum ioc_life_input *inputs, int count)
{
    enum ioc_alert_state state = IOC_ALERT_NORMAL;
    for (int i = 0; i < count; i++) {
        enum ioc_alert_state next = ioc_lifecycle_next(policy, state, inputs[i]);
        assert_int_not_equal(next, IOC_ALERT_STATES);
        state = next;
    }
    return state;
}
#define WALK(policy, ...)                                                                          \
    walk(policy, (const enum ioc_life_input[]){__VA_ARGS__},                                       \
        sizeof((const enum ioc_life_input[]){__VA_ARGS__}) / sizeof(enum ioc_life_input))

static void a_required_alert_waits_for_a_person_after_it_returned(void **state)
{
    assert_int_equal(WALK(IOC_LIFE_REQUIRED, IOC_LIFE_BEGIN, IOC_LIFE_RAISE, IOC_LIFE_RETURN), IOC_ALERT_RETURNED);
    assert_int_equal(WALK(IOC_LIFE_REQUIRED, IOC_LIFE_RAISE, IOC_LIFE_RETURN, IOC_LIFE_ACKNOWLEDGE), IOC_ALERT_NORMAL);
    assert_int_equal(WALK(IOC_LIFE_REQUIRED, IOC_LIFE_RAISE, IOC_LIFE_ACKNOWLEDGE, IOC_LIFE_RETURN), IOC_ALERT_NORMAL);
    assert_int_equal(WALK(IOC_LIFE_REQUIRED, IOC_LIFE_RAISE, IOC_LIFE_RETURN, IOC_LIFE_RAISE), IOC_ALERT_UNACKNOWLEDGED);
}

static void an_alert_acknowledged_while_active_only_goes_when_it_returns(void **state)
{
    assert_int_equal(WALK(IOC_LIFE_ON_RAISE, IOC_LIFE_RAISE, IOC_LIFE_RETURN), IOC_ALERT_NORMAL);
    assert_int_equal(WALK(IOC_LIFE_ON_RAISE, IOC_LIFE_RAISE, IOC_LIFE_ACKNOWLEDGE, IOC_LIFE_RETURN), IOC_ALERT_NORMAL);
}

static void an_alert_that_asks_nobody_is_never_unacknowledged(void **state)
{
    assert_int_equal(WALK(IOC_LIFE_NONE, IOC_LIFE_BEGIN, IOC_LIFE_RAISE), IOC_ALERT_ACKNOWLEDGED);
    assert_int_equal(WALK(IOC_LIFE_NONE, IOC_LIFE_RAISE, IOC_LIFE_WORSE), IOC_ALERT_ACKNOWLEDGED);
    assert_int_equal(WALK(IOC_LIFE_NONE, IOC_LIFE_RAISE, IOC_LIFE_RETURN), IOC_ALERT_NORMAL);
}

static void getting_worse_asks_again(void **state)
{
    for (int policy = IOC_LIFE_REQUIRED; policy <= IOC_LIFE_ON_RAISE; policy++)
        assert_int_equal(WALK(policy, IOC_LIFE_RAISE, IOC_LIFE_ACKNOWLEDGE, IOC_LIFE_WORSE), IOC_ALERT_UNACKNOWLEDGED);
}

static void an_acknowledgement_can_be_taken_back_only_while_active(void **state)
{
    assert_int_equal(WALK(IOC_LIFE_REQUIRED, IOC_LIFE_RAISE, IOC_LIFE_ACKNOWLEDGE, IOC_LIFE_UNACKNOWLEDGE), IOC_ALERT_UNACKNOWLEDGED);
    assert_int_equal(ioc_lifecycle_next(IOC_LIFE_REQUIRED, IOC_ALERT_RETURNED, IOC_LIFE_UNACKNOWLEDGE), IOC_ALERT_STATES);
    assert_int_equal(ioc_lifecycle_next(IOC_LIFE_REQUIRED, IOC_ALERT_PENDING, IOC_LIFE_ACKNOWLEDGE), IOC_ALERT_STATES);
}

static void every_alert_ends_when_its_rule_is_removed(void **state)
{
    for (int policy = 0; policy < IOC_LIFE_POLICIES; policy++)
        for (int from = IOC_ALERT_PENDING; from < IOC_ALERT_STATES; from++)
            assert_int_equal(ioc_lifecycle_next(policy, from, IOC_LIFE_REMOVE), IOC_ALERT_NORMAL);
}

static void from_every_state_a_way_leads_back_to_normal(void **state)
{
    for (int policy = 0; policy < IOC_LIFE_POLICIES; policy++)
        for (int from = 0; from < IOC_ALERT_STATES; from++) {
            enum ioc_alert_state now = from;
            const enum ioc_life_input way[] = {IOC_LIFE_END, IOC_LIFE_RETURN, IOC_LIFE_ACKNOWLEDGE};
            for (int i = 0; i < 3; i++) {
                enum ioc_alert_state next = ioc_lifecycle_next(policy, now, way[i]);
                now = next == IOC_ALERT_STATES ? now : next;
            }
            assert_int_equal(now, IOC_ALERT_NORMAL);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_required_alert_waits_for_a_person_after_it_returned),
        cmocka_unit_test(an_alert_acknowledged_while_active_only_goes_when_it_returns),
        cmocka_unit_test(an_alert_that_asks_nobody_is_never_unacknowledged),
        cmocka_unit_test(getting_worse_asks_again),
        cmocka_unit_test(an_acknowledgement_can_be_taken_back_only_while_active),
        cmocka_unit_test(every_alert_ends_when_its_rule_is_removed),
        cmocka_unit_test(from_every_state_a_way_leads_back_to_normal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
