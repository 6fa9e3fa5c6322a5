/* tests/core/test_table.c — from a hash to indices. */
#include "core/table.h"
#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static uint32_t find_one(const struct ioc_table *table, uint64_t hash)
{
    uint32_t at = UINT32_MAX;
    return ioc_table_find(table, hash, &at);
}

static void an_empty_table_finds_nothing(void **state)
{
    struct ioc_table table = {0};
    assert_int_equal(find_one(&table, 0), IOC_TABLE_NONE);
    ioc_table_done(&table);
}

static void equal_hashes_are_all_found_one_after_the_other(void **state)
{
    struct ioc_table table = {0};
    for (uint32_t i = 0; i < 5; i++)
        ioc_table_add(&table, 42, i);
    ioc_table_add(&table, 43, 99);
    uint32_t at = UINT32_MAX, seen = 0, index;
    while ((index = ioc_table_find(&table, 42, &at)) != IOC_TABLE_NONE) {
        assert_true(index < 5);
        seen |= 1u << index;
    }
    assert_int_equal(seen, 31);
    ioc_table_remove(&table, 42, 2);
    at = UINT32_MAX, seen = 0;
    while ((index = ioc_table_find(&table, 42, &at)) != IOC_TABLE_NONE)
        seen |= 1u << index;
    assert_int_equal(seen, 27);
    assert_int_equal(find_one(&table, 43), 99);
    assert_int_equal(table.count, 5);
    ioc_table_done(&table);
}

/* Few hashes so that runs are long and wrap; compared with a plain list after every step. */
static void removal_never_loses_or_invents_an_entry(void **state)
{
    enum { KEYS = 200 };
    struct ioc_table table = {0};
    bool is_in[KEYS] = {0};
    uint64_t seed = 1;
    for (int step = 0; step < 20000; step++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        uint32_t key = (uint32_t)(seed >> 33) % KEYS;
        uint64_t hash = key / 3 * 0x0101010101010101ull;
        if (is_in[key])
            ioc_table_remove(&table, hash, key);
        else
            ioc_table_add(&table, hash, key);
        is_in[key] = !is_in[key];
        if (step % 50)
            continue;
        uint32_t count = 0;
        for (uint32_t i = 0; i < KEYS; i++) {
            uint32_t at = UINT32_MAX, index, times = 0;
            while ((index = ioc_table_find(&table, i / 3 * 0x0101010101010101ull, &at)) != IOC_TABLE_NONE)
                times += index == i;
            assert_int_equal(times, is_in[i]);
            count += times;
        }
        assert_int_equal(table.count, count);
    }
    ioc_table_done(&table);
}

/* All keys of a partition share hash % 64; their runs must stay short all the same. */
static void keys_of_one_partition_spread_over_the_table(void **state)
{
    struct ioc_table table = {0};
    uint32_t added = 0;
    for (uint32_t i = 0; added < 10000; i++) {
        uint64_t hash = ioc_text_hash((struct ioc_text){(const char *)&i, sizeof i});
        if (hash % 64 == 7)
            ioc_table_add(&table, hash, added++);
    }
    uint32_t longest = 0, run = 0;
    for (uint32_t i = 0; i < table.capacity; i++) {
        run = table.places[i].is_used ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    assert_true(longest < 200);
    assert_true(table.count * 4 <= table.capacity * 3);
    ioc_table_done(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_table_finds_nothing),
        cmocka_unit_test(equal_hashes_are_all_found_one_after_the_other),
        cmocka_unit_test(removal_never_loses_or_invents_an_entry),
        cmocka_unit_test(keys_of_one_partition_spread_over_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
