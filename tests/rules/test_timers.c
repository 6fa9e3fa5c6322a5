/*
 * tests/rules/test_timers.c — the timer heap against a plain list.
 */
#include "rules/timers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { OWNERS = 200 };
struct bench {
    struct ioc_timers timers;
    struct ioc_timers_keys keys;
    uint32_t place[OWNERS];
    ioc_time due[OWNERS]; /* the list; NONE = not set */
    char names[OWNERS][8];
};

static struct ioc_text key_of(const struct ioc_timers_keys *keys, const struct ioc_timer *timer)
{
    const struct bench *bench = (const struct bench *)((const char *)keys - offsetof(struct bench, keys));
    return ioc_text_of(bench->names[timer->owner]);
}

static void moved(struct ioc_timers_keys *keys, const struct ioc_timer *timer, uint32_t place)
{
    struct bench *bench = (struct bench *)((char *)keys - offsetof(struct bench, keys));
    bench->place[timer->owner] = place;
}

static void begin(struct bench *bench)
{
    *bench = (struct bench){.keys = {key_of, moved}};
    ioc_timers_init(&bench->timers, &bench->keys);
    for (int i = 0; i < OWNERS; i++) {
        bench->place[i] = UINT32_MAX;
        bench->due[i] = IOC_TIME_NONE;
        snprintf(bench->names[i], sizeof bench->names[i], "k%03d", (i * 37) % OWNERS);
    }
}

static void timers_fire_in_the_order_of_due_then_rule_then_key(void **state)
{
    struct bench bench;
    struct ioc_timer timer;
    begin(&bench);
    for (uint32_t i = 0; i < OWNERS; i++)
        ioc_timers_set(&bench.timers, UINT32_MAX, &(struct ioc_timer){.due = i % 3, .order = i % 5, .owner = i});
    ioc_time due = -1;
    uint64_t order = 0;
    char last[8] = "";
    for (int i = 0; i < OWNERS; i++) {
        assert_true(ioc_timers_take(&bench.timers, 10, &timer));
        assert_int_equal(bench.place[timer.owner], UINT32_MAX);
        if (timer.due != due || timer.order != order)
            last[0] = 0;
        assert_true(timer.due > due || (timer.due == due && timer.order >= order));
        assert_true(strcmp(bench.names[timer.owner], last) > 0);
        strcpy(last, bench.names[timer.owner]);
        due = timer.due;
        order = timer.order;
    }
    assert_false(ioc_timers_take(&bench.timers, 10, &timer));
    ioc_timers_done(&bench.timers);
}

static void timers_that_move_and_go_agree_with_a_plain_list(void **state)
{
    struct bench bench;
    begin(&bench);
    srand(7);
    ioc_time now = 0;
    for (int step = 0; step < 200000; step++) {
        uint32_t owner = (uint32_t)rand() % OWNERS;
        if (rand() % 4) {
            bench.due[owner] = now + rand() % 1000;
            ioc_timers_set(&bench.timers, bench.place[owner], &(struct ioc_timer){.due = bench.due[owner], .owner = owner});
        } else {
            bench.due[owner] = IOC_TIME_NONE;
            ioc_timers_drop(&bench.timers, bench.place[owner]);
        }
        assert_int_equal(bench.place[owner] == UINT32_MAX, bench.due[owner] == IOC_TIME_NONE);
        if (step % 50)
            continue;
        now += rand() % 50;
        ioc_time earliest = IOC_TIME_MAX;
        for (int i = 0; i < OWNERS; i++)
            if (bench.due[i] != IOC_TIME_NONE && bench.due[i] < earliest)
                earliest = bench.due[i];
        assert_int_equal(ioc_timers_next(&bench.timers), earliest);
        struct ioc_timer timer;
        while (ioc_timers_take(&bench.timers, now, &timer)) {
            assert_int_equal(timer.due, bench.due[timer.owner]);
            bench.due[timer.owner] = IOC_TIME_NONE;
        }
        for (int i = 0; i < OWNERS; i++)
            assert_true(bench.due[i] == IOC_TIME_NONE || bench.due[i] > now);
    }
    ioc_timers_done(&bench.timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_the_order_of_due_then_rule_then_key),
        cmocka_unit_test(timers_that_move_and_go_agree_with_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
