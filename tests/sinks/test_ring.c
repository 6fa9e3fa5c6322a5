/*
 * tests/sinks/test_ring.c — what the ring of frames still has, and what it has forgotten.
 */
#include "sinks/wall/ring.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ioc_position at(uint64_t ms, uint64_t n)
{
    return (struct ioc_position){ms, n};
}

static void add(struct ioc_ring *ring, struct ioc_hold *hold, struct ioc_position position,
    struct ioc_text text)
{
    ioc_ring_add(ring, ioc_frame_wrap(hold, position, text));
}

static void a_client_is_given_the_first_frame_after_its_place(void **state)
{
    struct ioc_ring ring = {0};
    struct ioc_hold hold = {0};
    ioc_ring_reset(&ring, at(10, 0));
    add(&ring, &hold, at(10, 5), IOC_TEXT("a"));
    add(&ring, &hold, at(11, 0), IOC_TEXT("b"));
    add(&ring, &hold, at(20, 0), IOC_TEXT("c"));
    assert_int_equal(ioc_ring_after(&ring, at(10, 0))->bytes[0], 'a');
    assert_int_equal(ioc_ring_after(&ring, at(10, 4))->bytes[0], 'a');
    assert_int_equal(ioc_ring_after(&ring, at(10, 5))->bytes[0], 'b');
    assert_int_equal(ioc_ring_after(&ring, at(15, 9))->bytes[0], 'c');
    assert_null(ioc_ring_after(&ring, at(20, 0)));
    assert_null(ioc_ring_after(&ring, at(99, 0)));
    assert_true(ioc_ring_covers(&ring, at(10, 0)));
    assert_false(ioc_ring_covers(&ring, at(9, 99)));
    ioc_ring_reset(&ring, at(0, 0));
    assert_int_equal(hold.bytes, 0);
}

static void the_oldest_of_257_frames_is_forgotten(void **state)
{
    struct ioc_ring ring = {0};
    struct ioc_hold hold = {0};
    for (uint64_t i = 1; i <= 1000; i++) {
        add(&ring, &hold, at(i, 0), IOC_TEXT("x"));
        uint64_t floor = i <= IOC_RING_MOST ? 0 : i - IOC_RING_MOST;
        assert_true(ioc_ring_covers(&ring, at(floor, 0)));
        if (floor)
            assert_false(ioc_ring_covers(&ring, at(floor - 1, 0)));
        assert_int_equal(ioc_ring_after(&ring, at(floor, 0))->at.ms, floor + 1);
    }
    ioc_ring_reset(&ring, at(0, 0));
    assert_int_equal(hold.bytes, 0);
}

static void big_frames_leave_room_for_few_but_the_newest_is_always_kept(void **state)
{
    struct ioc_ring ring = {0};
    struct ioc_hold hold = {0};
    uint32_t length = IOC_RING_BYTES / 2 + 1;
    char *bytes = calloc(1, IOC_RING_BYTES + 1);
    add(&ring, &hold, at(1, 0), (struct ioc_text){bytes, length});
    add(&ring, &hold, at(2, 0), (struct ioc_text){bytes, length});
    assert_int_equal(ring.count, 1);
    assert_false(ioc_ring_covers(&ring, at(0, 0)));
    assert_true(ioc_ring_covers(&ring, at(1, 0)));
    add(&ring, &hold, at(3, 0), (struct ioc_text){bytes, IOC_RING_BYTES + 1});
    assert_int_equal(ring.count, 1);
    assert_int_equal(ioc_ring_after(&ring, at(2, 0))->at.ms, 3);
    ioc_ring_reset(&ring, at(0, 0));
    free(bytes);
}

static void a_frame_a_client_holds_outlives_the_ring(void **state)
{
    struct ioc_ring ring = {0};
    struct ioc_hold hold = {0};
    add(&ring, &hold, at(1, 0), IOC_TEXT("kept"));
    struct ioc_frame *frame = ioc_frame_ref(ioc_ring_after(&ring, at(0, 0)));
    assert_true(ioc_ring_holds(&ring, frame));
    ioc_ring_reset(&ring, at(5, 0));
    assert_false(ioc_ring_holds(&ring, frame));
    assert_memory_equal(frame->bytes, "kept", 4);
    assert_true(hold.bytes > 0);
    ioc_frame_unref(frame);
    assert_int_equal(hold.bytes, 0);
}

static void positions_are_read_strictly(void **state)
{
    static const char *const wrong[] = {"", "-", "1", "1-", "-1", "1-2-3", " 1-2", "1-2 ", "+1-2",
        "a-1", "0x1-1", "18446744073709551616-0", "99999999999999999999999-0"};
    struct ioc_position read = {7, 7};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(ioc_position_read(ioc_text_of(wrong[i]), &read), IOC_INVALID);
    assert_int_equal(read.ms, 7);
    char text[IOC_POSITION_TEXT];
    assert_int_equal(
        ioc_position_read(IOC_TEXT("18446744073709551615-18446744073709551615"), &read), IOC_OK);
    assert_string_equal(ioc_position_text(read, text), "18446744073709551615-18446744073709551615");
}

static void nothing_in_the_data_ends_the_event(void **state)
{
    struct ioc_hold hold = {0};
    struct ioc_frame *frame =
        ioc_frame_new(&hold, "delta", IOC_TEXT("e1"), at(5, 6), IOC_TEXT("{\n\n\r\"a\":1\r\n}"));
    const char *expected = "id: e1/5-6\nevent: delta\ndata: {   \"a\":1  }\n\n";
    assert_int_equal(frame->length, strlen(expected));
    assert_memory_equal(frame->bytes, expected, frame->length);
    ioc_frame_unref(frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_is_given_the_first_frame_after_its_place),
        cmocka_unit_test(the_oldest_of_257_frames_is_forgotten),
        cmocka_unit_test(big_frames_leave_room_for_few_but_the_newest_is_always_kept),
        cmocka_unit_test(a_frame_a_client_holds_outlives_the_ring),
        cmocka_unit_test(positions_are_read_strictly),
        cmocka_unit_test(nothing_in_the_data_ends_the_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
