/*
 * tests/sinks/test_board.c — the living alerts in numbers.
 */
#include "sinks/board.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct ioc_transition make(int number, enum ioc_alert_state from, enum ioc_alert_state to,
    enum ioc_severity severity, const char *area)
{
    struct ioc_transition transition = {.from = (uint8_t)from,
        .to = (uint8_t)to,
        .severity = (uint8_t)severity,
        .area = ioc_text_of(area)};
    char key[16];
    int length = snprintf(key, sizeof key, "%d", number);
    ioc_id_make(&transition.id, IOC_TEXT("hcm"), IOC_TEXT("r"),
        (struct ioc_text){key, (uint32_t)length}, 0, 0);
    return transition;
}

static void apply(struct ioc_board *board, int number, enum ioc_alert_state from,
    enum ioc_alert_state to, enum ioc_severity severity, const char *area)
{
    struct ioc_transition transition = make(number, from, to, severity, area);
    ioc_board_apply(board, &transition);
}

static const char *write_city(struct ioc_board *board)
{
    static char text[1024];
    struct ioc_batch batch = {0};
    ioc_board_write(board, 5 * IOC_MILLISECOND, &batch);
    snprintf(text, sizeof text, "%.*s", IOC_TEXT_ARGS(ioc_buffer_text(&batch.counters)));
    ioc_batch_done(&batch);
    return text;
}

static void alerts_are_counted_by_state_and_severity(void **state)
{
    struct ioc_board board;
    ioc_board_init(&board);
    apply(&board, 1, IOC_ALERT_PENDING, IOC_ALERT_UNACKNOWLEDGED, IOC_SEVERITY_CRITICAL, "q1");
    apply(&board, 2, IOC_ALERT_NORMAL, IOC_ALERT_PENDING, IOC_SEVERITY_MINOR, "q1");
    apply(&board, 3, IOC_ALERT_NORMAL, IOC_ALERT_UNACKNOWLEDGED, IOC_SEVERITY_MINOR, "q2");
    apply(&board, 3, IOC_ALERT_UNACKNOWLEDGED, IOC_ALERT_ACKNOWLEDGED, IOC_SEVERITY_MINOR, "q2");
    apply(&board, 4, IOC_ALERT_NORMAL, IOC_ALERT_UNACKNOWLEDGED, IOC_SEVERITY_MAJOR, "");
    apply(&board, 4, IOC_ALERT_UNACKNOWLEDGED, IOC_ALERT_RETURNED, IOC_SEVERITY_MAJOR, "");
    assert_string_equal(write_city(&board),
        "{\"unack\":[0,0,0,0,1],\"active\":[0,0,1,0,1],\"returned\":1,\"pending\":1,\"shelved\":0,"
        "\"suppressed\":0,"
        "\"doubtful\":0,\"raised\":3,\"cleared\":1,\"events\":0,\"dead\":0,\"dropped\":0,\"t\":5}");
    assert_string_equal(write_city(&board), ""); /* nothing has changed */
    ioc_board_done(&board);
}

static void severity_that_rises_moves_the_alert_and_does_not_double_it(void **state)
{
    struct ioc_board board;
    ioc_board_init(&board);
    apply(&board, 1, IOC_ALERT_NORMAL, IOC_ALERT_UNACKNOWLEDGED, IOC_SEVERITY_MINOR, "q1");
    apply(
        &board, 1, IOC_ALERT_UNACKNOWLEDGED, IOC_ALERT_UNACKNOWLEDGED, IOC_SEVERITY_CRITICAL, "q1");
    assert_int_equal(board.city.unacknowledged[IOC_SEVERITY_MINOR], 0);
    assert_int_equal(board.city.unacknowledged[IOC_SEVERITY_CRITICAL], 1);
    assert_int_equal(board.raised, 1);
    apply(&board, 1, IOC_ALERT_UNACKNOWLEDGED, IOC_ALERT_NORMAL, IOC_SEVERITY_CRITICAL, "q1");
    assert_int_equal(board.city.unacknowledged[IOC_SEVERITY_CRITICAL], 0);
    assert_int_equal(board.alerts.live, 0);
    assert_int_equal(board.table.count, 0);
    ioc_board_done(&board);
}

static void quiet_alerts_count_as_quiet_only(void **state)
{
    struct ioc_board board;
    ioc_board_init(&board);
    struct ioc_transition transition =
        make(1, IOC_ALERT_NORMAL, IOC_ALERT_UNACKNOWLEDGED, IOC_SEVERITY_MAJOR, "q1");
    transition.flags = IOC_ALERT_MAINTENANCE | IOC_ALERT_DOUBTFUL;
    ioc_board_apply(&board, &transition);
    assert_int_equal(board.city.suppressed, 1);
    assert_int_equal(board.city.doubtful, 1);
    assert_int_equal(board.city.active[IOC_SEVERITY_MAJOR], 0);
    transition.flags = 0;
    ioc_board_apply(&board, &transition);
    assert_int_equal(board.city.suppressed + board.city.doubtful, 0);
    assert_int_equal(board.city.active[IOC_SEVERITY_MAJOR], 1);
    ioc_board_done(&board);
}

static void alerts_are_unstated_until_each_was_said_again(void **state)
{
    struct ioc_board board;
    ioc_board_init(&board);
    apply(&board, 1, IOC_ALERT_NORMAL, IOC_ALERT_UNACKNOWLEDGED, IOC_SEVERITY_MAJOR, "q1");
    apply(&board, 2, IOC_ALERT_NORMAL, IOC_ALERT_UNACKNOWLEDGED, IOC_SEVERITY_MAJOR, "q1");
    assert_int_equal(board.unstated, 0);
    ioc_board_forget(&board);
    assert_int_equal(board.unstated, 2);
    struct ioc_transition again =
        make(1, IOC_ALERT_UNACKNOWLEDGED, IOC_ALERT_UNACKNOWLEDGED, IOC_SEVERITY_MAJOR, "q1");
    again.is_restated = 1;
    ioc_board_apply(&board, &again);
    ioc_board_apply(&board, &again);
    assert_int_equal(board.unstated, 1);
    apply(&board, 2, IOC_ALERT_UNACKNOWLEDGED, IOC_ALERT_NORMAL, IOC_SEVERITY_MAJOR, "q1");
    assert_int_equal(board.unstated, 0);
    assert_int_equal(board.raised, 2);
    ioc_board_done(&board);
}

static void alert_that_moves_to_another_area_leaves_the_first(void **state)
{
    struct ioc_board board;
    ioc_board_init(&board);
    for (int i = 0; i < 100; i++) {
        char area[16];
        snprintf(area, sizeof area, "area%d", i);
        apply(&board, 1, IOC_ALERT_UNACKNOWLEDGED, IOC_ALERT_UNACKNOWLEDGED, IOC_SEVERITY_MAJOR,
            area);
    }
    struct ioc_batch batch = {0};
    ioc_board_write(&board, 0, &batch);
    ioc_buffer_add_char(&batch.body, '\0');
    assert_non_null(strstr(batch.body.data, "area98\r\n$1\r\n4\r\n$5\r\nunack\r\n$1\r\n0"));
    assert_non_null(strstr(batch.body.data, "area99\r\n$1\r\n4\r\n$5\r\nunack\r\n$1\r\n1"));
    ioc_batch_done(&batch);
    ioc_board_done(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alerts_are_counted_by_state_and_severity),
        cmocka_unit_test(severity_that_rises_moves_the_alert_and_does_not_double_it),
        cmocka_unit_test(quiet_alerts_count_as_quiet_only),
        cmocka_unit_test(alerts_are_unstated_until_each_was_said_again),
        cmocka_unit_test(alert_that_moves_to_another_area_leaves_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
