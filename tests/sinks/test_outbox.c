/*
 * tests/sinks/test_outbox.c — what waits for the other side: order, bounds, what goes first, what is sent again.
 */
#include "sinks/outbox.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint32_t add(struct ioc_outbox *outbox, const char *text, bool is_raise)
{
    struct ioc_outbox_entry entry = {
        .text = ioc_text_of(text), .partition = 3, .kind = 1, .is_raise = is_raise};
    return ioc_outbox_add(outbox, &entry);
}

/* Sends all that waits in flush n; their texts joined by a space. */
static const char *send_all(struct ioc_outbox *outbox, uint64_t n)
{
    static char out[65536];
    struct ioc_outbox_entry entry;
    out[0] = '\0';
    while (ioc_outbox_peek(outbox, &entry)) {
        sprintf(out + strlen(out), "%s%.*s", out[0] ? " " : "", IOC_TEXT_ARGS(entry.text));
        ioc_outbox_send(outbox, n);
    }
    return out;
}

static void entries_come_out_in_order_and_only_once(void **state)
{
    struct ioc_outbox outbox;
    ioc_outbox_init(&outbox, 1 << 20);
    struct ioc_outbox_entry entry;
    assert_false(ioc_outbox_peek(&outbox, &entry));
    add(&outbox, "a", false);
    add(&outbox, "b", true);
    assert_true(ioc_outbox_peek(&outbox, &entry));
    assert_int_equal(entry.partition, 3);
    assert_string_equal(send_all(&outbox, 1), "a b");
    add(&outbox, "c", false);
    assert_string_equal(send_all(&outbox, 2), "c");
    assert_int_equal(outbox.in_flight_count, 3);
    ioc_outbox_confirm(&outbox, 10);
    assert_int_equal(outbox.kept_count, 3);
    ioc_outbox_forget(&outbox, 10);
    assert_int_equal(outbox.kept_count, 3);
    ioc_outbox_forget(&outbox, 11);
    assert_int_equal(outbox.kept_count, 0);
    assert_int_equal(outbox.live, 0);
    ioc_outbox_done(&outbox);
}

static void over_the_bound_the_oldest_that_raises_nothing_goes_first(void **state)
{
    struct ioc_outbox outbox;
    ioc_outbox_init(&outbox, 5 * 40); /* a header and up to 8 bytes each */
    assert_int_equal(add(&outbox, "raise1", true) + add(&outbox, "note1", false) +
                         add(&outbox, "raise2", true) + add(&outbox, "note2", false) +
                         add(&outbox, "note3", false),
        0);
    assert_int_equal(add(&outbox, "note4", false), 1);
    assert_int_equal(add(&outbox, "raise3", true), 1);
    assert_string_equal(send_all(&outbox, 1), "raise1 raise2 note3 note4 raise3");
    ioc_outbox_done(&outbox);
}

static void when_only_raises_wait_the_oldest_goes(void **state)
{
    struct ioc_outbox outbox;
    ioc_outbox_init(&outbox, 3 * 40);
    add(&outbox, "r1", true), add(&outbox, "r2", true), add(&outbox, "r3", true);
    assert_int_equal(add(&outbox, "r4", true), 1);
    assert_string_equal(send_all(&outbox, 1), "r2 r3 r4");
    ioc_outbox_done(&outbox);
}

static void what_has_arrived_gives_way_without_being_lost(void **state)
{
    struct ioc_outbox outbox;
    ioc_outbox_init(&outbox, 3 * 40);
    add(&outbox, "a", false), add(&outbox, "b", false);
    send_all(&outbox, 1);
    ioc_outbox_confirm(&outbox, 0);
    assert_int_equal(
        add(&outbox, "c", false) + add(&outbox, "d", false) + add(&outbox, "e", false), 0);
    assert_int_equal(outbox.kept_count, 0);
    assert_string_equal(send_all(&outbox, 2), "c d e");
    /* What is in flight may not go: the new one is lost instead. */
    assert_int_equal(add(&outbox, "f", true), 1);
    assert_int_equal(outbox.in_flight_count, 3);
    ioc_outbox_done(&outbox);
}

static void too_large_an_entry_is_lost_alone(void **state)
{
    struct ioc_outbox outbox;
    ioc_outbox_init(&outbox, 3 * 40);
    add(&outbox, "a", false);
    char large[200] = {0};
    memset(large, 'x', sizeof large - 1);
    assert_int_equal(add(&outbox, large, true), 1);
    assert_string_equal(send_all(&outbox, 1), "a");
    ioc_outbox_done(&outbox);
}

static void rewinding_sends_again_what_the_other_side_has_not(void **state)
{
    struct ioc_outbox outbox;
    ioc_outbox_init(&outbox, 1 << 20);
    add(&outbox, "a", false);
    send_all(&outbox, 1);
    add(&outbox, "b", false);
    send_all(&outbox, 2);
    add(&outbox, "c", false);
    send_all(&outbox, 3);
    ioc_outbox_confirm(&outbox, 0);
    add(&outbox, "d", false);
    send_all(&outbox, 4);
    add(&outbox, "e", false);
    ioc_outbox_rewind(&outbox, 2);
    assert_int_equal(outbox.waiting_count, 3);
    assert_string_equal(send_all(&outbox, 1), "c d e");
    ioc_outbox_confirm(&outbox, 0);
    ioc_outbox_rewind(&outbox, 0);
    assert_string_equal(send_all(&outbox, 1), "c d e");
    ioc_outbox_done(&outbox);
}

/* Against a plain model: order and counts hold through any mixture of calls, and memory stays within its bound. */
static void any_mixture_of_calls_keeps_order_and_counts(void **state)
{
    struct ioc_outbox outbox;
    ioc_outbox_init(&outbox, 40 * 1000);
    srand(7);
    int next = 0;
    uint64_t n = 0, lost = 0, arrived = 0;
    int last_sent = -1;
    for (int step = 0; step < 200000; step++) {
        int what = rand() % 100;
        char text[16];
        struct ioc_outbox_entry entry;
        if (what < 60) {
            snprintf(text, sizeof text, "%d", next++);
            lost += add(&outbox, text, rand() % 2);
        } else if (what < 90) {
            n++;
            for (int i = 0; i < 5 && ioc_outbox_peek(&outbox, &entry); i++) {
                int number = atoi(entry.text.data);
                assert_true(number > last_sent);
                last_sent = number;
                ioc_outbox_send(&outbox, n);
            }
        } else if (what < 95) {
            arrived += outbox.in_flight_count;
            ioc_outbox_confirm(&outbox, step);
        } else if (what < 98) {
            ioc_outbox_forget(&outbox, step - 200);
        } else {
            uint32_t before = outbox.waiting_count + outbox.in_flight_count + outbox.kept_count;
            arrived = arrived - outbox.kept_count;
            ioc_outbox_rewind(&outbox, n > 3 ? n - 3 : 0);
            arrived += before - outbox.waiting_count;
            assert_int_equal(outbox.in_flight_count + outbox.kept_count, 0);
            last_sent = -1;
        }
        assert_true(outbox.live <= outbox.most);
        assert_true(outbox.capacity <= outbox.most + outbox.most / 4);
    }
    arrived += outbox.in_flight_count;
    assert_int_equal(arrived + lost + outbox.waiting_count, next);
    ioc_outbox_done(&outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_out_in_order_and_only_once),
        cmocka_unit_test(over_the_bound_the_oldest_that_raises_nothing_goes_first),
        cmocka_unit_test(when_only_raises_wait_the_oldest_goes),
        cmocka_unit_test(what_has_arrived_gives_way_without_being_lost),
        cmocka_unit_test(too_large_an_entry_is_lost_alone),
        cmocka_unit_test(rewinding_sends_again_what_the_other_side_has_not),
        cmocka_unit_test(any_mixture_of_calls_keeps_order_and_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
