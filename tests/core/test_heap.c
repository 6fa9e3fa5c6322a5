/* tests/core/test_heap.c — blocks of bytes of many sizes addressed by index. */
#include "core/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_block_has_room_for_what_was_asked(void **state)
{
    static const uint32_t sizes[] = {0, 1, 16, 17, 32, 33, 255, 256, 257, 512, 513, 1024, 1025, 70000, 16u << 20};
    static const uint32_t rooms[] = {16, 16, 16, 32, 32, 48, 256, 256, 512, 512, 1024, 1024, 2048, 131072, 16u << 20};
    struct ioc_heap heap;
    ioc_heap_init(&heap, 1ull << 30);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        ioc_handle handle = ioc_heap_take(&heap, sizes[i]);
        assert_int_not_equal(handle, IOC_HEAP_NONE);
        assert_int_equal(ioc_heap_room(&heap, handle), rooms[i]);
        ioc_heap_give(&heap, handle);
    }
    assert_int_equal(ioc_heap_take(&heap, (16u << 20) + 1), IOC_HEAP_NONE);
    assert_int_equal(ioc_heap_take(&heap, UINT32_MAX), IOC_HEAP_NONE);
    ioc_heap_done(&heap);
}

static void stored_bytes_stay_through_growth_and_reuse(void **state)
{
    struct ioc_heap heap;
    ioc_handle handles[500];
    char bytes[600];
    ioc_heap_init(&heap, 1 << 20);
    memset(handles, 0xFF, sizeof handles);
    for (uint32_t round = 0; round < 3; round++)
        for (uint32_t i = 0; i < 500; i++) {
            memset(bytes, (int)(i + round), sizeof bytes);
            assert_true(ioc_heap_store(&heap, &handles[i], bytes, (i * 7 + round * 100) % 600));
        }
    for (uint32_t i = 0; i < 500; i++) {
        uint32_t length = (i * 7 + 200) % 600;
        const uint8_t *at = ioc_heap_at(&heap, handles[i]);
        for (uint32_t j = 0; j < ioc_heap_room(&heap, handles[i]); j++)
            assert_int_equal(at[j], j < length ? (uint8_t)(i + 2) : 0);
    }
    for (uint32_t i = 0; i < 500; i++)
        ioc_heap_give(&heap, handles[i]);
    ioc_heap_give(&heap, IOC_HEAP_NONE);
    ioc_heap_done(&heap);
}

static void at_the_bound_a_store_changes_nothing(void **state)
{
    struct ioc_heap heap;
    ioc_handle handle = IOC_HEAP_NONE, other = IOC_HEAP_NONE;
    ioc_heap_init(&heap, 64);
    assert_true(ioc_heap_store(&heap, &handle, "0123456789", 10));
    assert_true(ioc_heap_store(&heap, &other, "01234567890123456789", 20));
    assert_int_equal(heap.bytes, 48);
    ioc_handle before = handle;
    assert_false(ioc_heap_store(&heap, &handle, "01234567890123456789", 20));
    assert_int_equal(handle, before);
    assert_memory_equal(ioc_heap_at(&heap, handle), "0123456789", 10);
    assert_int_equal(heap.bytes, 48);
    ioc_heap_done(&heap);
}

static void a_change_of_sizes_does_not_starve_at_the_bound(void **state)
{
    struct ioc_heap heap;
    ioc_handle handles[64];
    ioc_heap_init(&heap, 64 * 16);
    for (int i = 0; i < 64; i++)
        assert_int_not_equal(handles[i] = ioc_heap_take(&heap, 16), IOC_HEAP_NONE);
    assert_int_equal(ioc_heap_take(&heap, 16), IOC_HEAP_NONE);
    for (int i = 0; i < 64; i++)
        ioc_heap_give(&heap, handles[i]);
    /* The small blocks are all free: their memory makes a large one. */
    ioc_handle large = ioc_heap_take(&heap, 1024);
    assert_int_not_equal(large, IOC_HEAP_NONE);
    assert_int_equal(heap.bytes, 1024);
    assert_int_equal(ioc_heap_take(&heap, 16), IOC_HEAP_NONE);
    ioc_heap_give(&heap, large);
    assert_int_not_equal(ioc_heap_take(&heap, 16), IOC_HEAP_NONE);
    ioc_heap_done(&heap);
}

static void a_free_larger_block_serves_at_the_bound(void **state)
{
    struct ioc_heap heap;
    ioc_heap_init(&heap, 512);
    ioc_handle kept = ioc_heap_take(&heap, 256), freed = ioc_heap_take(&heap, 256);
    ioc_heap_give(&heap, freed);
    ioc_handle small = ioc_heap_take(&heap, 8);
    assert_int_equal(small, freed);
    assert_int_equal(ioc_heap_room(&heap, small), 256);
    assert_int_equal(ioc_heap_take(&heap, 8), IOC_HEAP_NONE);
    assert_int_equal(heap.bytes, 512);
    ioc_heap_give(&heap, kept);
    ioc_heap_done(&heap);
}

static void blocks_are_zero_when_taken_again(void **state)
{
    static const char zero[48];
    struct ioc_heap heap;
    ioc_heap_init(&heap, 1000);
    ioc_handle handle = ioc_heap_take(&heap, 48);
    memset(ioc_heap_at(&heap, handle), 'x', 48);
    ioc_heap_give(&heap, handle);
    handle = ioc_heap_take(&heap, 40);
    assert_memory_equal(ioc_heap_at(&heap, handle), zero, 48);
    ioc_heap_done(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_has_room_for_what_was_asked),
        cmocka_unit_test(stored_bytes_stay_through_growth_and_reuse),
        cmocka_unit_test(at_the_bound_a_store_changes_nothing),
        cmocka_unit_test(a_change_of_sizes_does_not_starve_at_the_bound),
        cmocka_unit_test(a_free_larger_block_serves_at_the_bound),
        cmocka_unit_test(blocks_are_zero_when_taken_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
