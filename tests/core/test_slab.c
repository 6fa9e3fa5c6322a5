/* tests/core/test_slab.c — items of one size addressed by index. */
#include "core/slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_last_one_freed_is_used_again_first(void **state)
{
    struct ioc_slab slab;
    ioc_slab_init(&slab, 24, 100);
    for (uint32_t i = 0; i < 40; i++)
        assert_int_equal(ioc_slab_take(&slab), i);
    ioc_slab_give(&slab, 3);
    ioc_slab_give(&slab, 30);
    ioc_slab_give(&slab, 7);
    assert_int_equal(slab.live, 37);
    assert_int_equal(ioc_slab_take(&slab), 7);
    assert_int_equal(ioc_slab_take(&slab), 30);
    assert_int_equal(ioc_slab_take(&slab), 3);
    assert_int_equal(ioc_slab_take(&slab), 40);
    ioc_slab_done(&slab);
}

static void items_come_zeroed_and_leave_no_bytes_behind(void **state)
{
    static const uint8_t zero[24];
    struct ioc_slab slab;
    ioc_slab_init(&slab, 24, 100);
    uint32_t first = ioc_slab_take(&slab);
    memset(ioc_slab_at(&slab, first), 0xAA, 24);
    ioc_slab_give(&slab, first);
    assert_memory_equal((uint8_t *)ioc_slab_at(&slab, first) + 4, zero, 20);
    assert_int_equal(ioc_slab_take(&slab), first);
    assert_memory_equal(ioc_slab_at(&slab, first), zero, 24);
    ioc_slab_done(&slab);
}

static void at_the_bound_nothing_is_given_until_one_comes_back(void **state)
{
    struct ioc_slab slab;
    ioc_slab_init(&slab, 4, 21);
    for (uint32_t i = 0; i < 21; i++)
        assert_int_equal(ioc_slab_take(&slab), i);
    assert_int_equal(ioc_slab_take(&slab), IOC_SLAB_NONE);
    assert_int_equal(slab.capacity, 21);
    ioc_slab_give(&slab, 20);
    assert_int_equal(ioc_slab_take(&slab), 20);
    assert_int_equal(ioc_slab_take(&slab), IOC_SLAB_NONE);
    ioc_slab_done(&slab);

    ioc_slab_init(&slab, 4, 0);
    assert_int_equal(ioc_slab_take(&slab), IOC_SLAB_NONE);
    ioc_slab_done(&slab);
}

static void growing_keeps_what_items_hold(void **state)
{
    struct ioc_slab slab;
    ioc_slab_init(&slab, 6, 100000);
    assert_int_equal(slab.item_bytes, 8);
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t index = ioc_slab_take(&slab);
        memcpy(ioc_slab_at(&slab, index), &i, sizeof i);
    }
    for (uint32_t i = 0; i < 5000; i++)
        assert_memory_equal(ioc_slab_at(&slab, i), &i, sizeof i);
    ioc_slab_done(&slab);
}

/* A snapshot is a copy of the bytes: the same calls must leave the same bytes. */
static void the_same_calls_leave_the_same_bytes(void **state)
{
    struct ioc_slab slabs[2];
    for (int n = 0; n < 2; n++) {
        ioc_slab_init(&slabs[n], 16, 1000);
        uint32_t seed = 12345;
        uint32_t live[1000], count = 0;
        for (int i = 0; i < 3000; i++) {
            seed = seed * 1664525u + 1013904223u;
            if (count && seed >> 31) {
                uint32_t pick = seed % count;
                ioc_slab_give(&slabs[n], live[pick]);
                live[pick] = live[--count];
            } else if (count < 1000) {
                live[count] = ioc_slab_take(&slabs[n]);
                memset(ioc_slab_at(&slabs[n], live[count++]), i & 255, 16);
            }
        }
        assert_int_equal(slabs[n].live, count);
    }
    assert_int_equal(slabs[0].used, slabs[1].used);
    assert_memory_equal(slabs[0].bytes, slabs[1].bytes, (size_t)slabs[0].capacity * 16);
    ioc_slab_done(&slabs[0]);
    ioc_slab_done(&slabs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_one_freed_is_used_again_first),
        cmocka_unit_test(items_come_zeroed_and_leave_no_bytes_behind),
        cmocka_unit_test(at_the_bound_nothing_is_given_until_one_comes_back),
        cmocka_unit_test(growing_keeps_what_items_hold),
        cmocka_unit_test(the_same_calls_leave_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
