/* tests/core/test_router.c — every record comes to the lane of its partition, or back to who pushed it. */
#include "core/router.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LANES = 3, PAYLOAD = 1000 };

struct shelf { /* a lane's work: counts what comes */
    struct ioc_lane_work work;
    uint32_t records, largest_batch;
    uint32_t of_partition[IOC_PARTITIONS];
    uint64_t last_ack;
    uint16_t kind;
};

static void put_on_shelf(struct ioc_lane_work *work, struct ioc_lane *lane, struct ioc_text batch)
{
    struct shelf *shelf = (struct shelf *)work;
    const struct ioc_record *record;
    size_t at = 0;
    while ((record = ioc_record_next(batch, &at))) {
        shelf->records++;
        shelf->of_partition[record->partition]++;
        shelf->last_ack = record->ack;
        shelf->kind = record->kind;
    }
    if (batch.length > shelf->largest_batch)
        shelf->largest_batch = batch.length;
}

struct returns {
    struct ioc_router_refusal refusal;
    uint32_t records, calls;
    uint64_t first_ack;
};

static void take_back(struct ioc_router_refusal *refusal, struct ioc_text batch)
{
    struct returns *returns = (struct returns *)refusal;
    const struct ioc_record *record;
    size_t at = 0;
    returns->calls++;
    while ((record = ioc_record_next(batch, &at))) {
        if (returns->records++ == 0)
            returns->first_ack = record->ack;
    }
}

struct house {
    uv_loop_t loop;
    struct shelf shelves[LANES];
    struct ioc_lane *lanes[LANES];
    struct returns returns;
    struct ioc_router *router;
};

static int build(void **state)
{
    struct house *house = calloc(1, sizeof *house);
    uint8_t lane_of[IOC_PARTITIONS];
    uv_loop_init(&house->loop);
    for (int i = 0; i < LANES; i++) {
        house->shelves[i].work.handle = put_on_shelf;
        house->lanes[i] = ioc_lane_new(&(struct ioc_lane_options){.name = "shard",
            .inbox_bytes = 8 * IOC_ROUTER_BATCH,
            .loop = &house->loop,
            .work = &house->shelves[i].work});
        if (ioc_lane_start(house->lanes[i]) != IOC_OK)
            return -1;
    }
    for (int p = 0; p < IOC_PARTITIONS; p++)
        lane_of[p] = (uint8_t)(p * LANES / IOC_PARTITIONS);
    house->returns.refusal.refused = take_back;
    house->router = ioc_router_new(house->lanes, LANES, lane_of, &house->returns.refusal);
    *state = house;
    return 0;
}

static int pull_down(void **state)
{
    struct house *house = *state;
    ioc_router_free(house->router);
    for (int i = 0; i < LANES; i++)
        ioc_lane_free(house->lanes[i]);
    uv_run(&house->loop, UV_RUN_DEFAULT);
    int err = uv_loop_close(&house->loop);
    free(house);
    return err;
}

static void record_comes_to_the_lane_of_its_partition_at_the_flush(void **state)
{
    struct house *house = *state;
    for (uint8_t p = 0; p < IOC_PARTITIONS; p++) {
        struct ioc_record header = {.kind = IOC_RECORD_TICK, .partition = p, .ack = p};
        assert_int_equal(ioc_router_push(house->router, &header, NULL, 0), IOC_OK);
    }
    uv_run(&house->loop, UV_RUN_NOWAIT);
    for (int i = 0; i < LANES; i++)
        assert_int_equal(house->shelves[i].records, 0);
    ioc_router_flush(house->router);
    uv_run(&house->loop, UV_RUN_NOWAIT);
    for (int p = 0; p < IOC_PARTITIONS; p++)
        assert_int_equal(house->shelves[p * LANES / IOC_PARTITIONS].of_partition[p], 1);
    assert_int_equal(
        house->shelves[0].records + house->shelves[1].records + house->shelves[2].records,
        IOC_PARTITIONS);
}

static void event_comes_to_the_partition_of_its_key(void **state)
{
    struct house *house = *state;
    struct ioc_event event = {.bytes = sizeof event, .key_hash = UINT64_C(0x4ea5e4621c7ab85d)};
    struct ioc_record header = {.source = 2, .ack = 77, .partition = 5, .kind = IOC_RECORD_RAW};
    ioc_router_push_event(house->router, &header, &event);
    ioc_router_flush(house->router);
    uv_run(&house->loop, UV_RUN_NOWAIT);
    assert_int_equal(house->shelves[29 * LANES / IOC_PARTITIONS].of_partition[29], 1);
    assert_int_equal(house->shelves[29 * LANES / IOC_PARTITIONS].kind, IOC_RECORD_EVENT);
    assert_int_equal(house->shelves[29 * LANES / IOC_PARTITIONS].last_ack, 77);
}

static void large_batch_goes_without_waiting_for_the_flush(void **state)
{
    struct house *house = *state;
    static char payload[PAYLOAD];
    uint32_t pushes = 4 * IOC_ROUTER_BATCH / PAYLOAD;
    for (uint32_t i = 0; i < pushes; i++) {
        struct ioc_record header = {.kind = IOC_RECORD_RAW, .ack = i};
        assert_int_equal(ioc_router_push(house->router, &header, payload, sizeof payload), IOC_OK);
    }
    uv_run(&house->loop, UV_RUN_NOWAIT);
    assert_true(house->shelves[0].records > pushes / 2);
    ioc_router_flush(house->router);
    uv_run(&house->loop, UV_RUN_NOWAIT);
    assert_int_equal(house->shelves[0].records, pushes);
    assert_int_equal(house->returns.records, 0);
}

static void what_a_full_lane_refuses_comes_back_whole(void **state)
{
    struct house *house = *state;
    static char payload[PAYLOAD];
    uint32_t pushes = 12 * IOC_ROUTER_BATCH / PAYLOAD; /* the lane takes 8 and does not run */
    for (uint32_t i = 0; i < pushes; i++) {
        struct ioc_record header = {.kind = IOC_RECORD_RAW, .ack = i};
        assert_int_equal(ioc_router_push(house->router, &header, payload, sizeof payload), IOC_OK);
    }
    struct ioc_record other = {.kind = IOC_RECORD_RAW, .partition = 63, .ack = 5};
    assert_int_equal(ioc_router_push(house->router, &other, payload, 8), IOC_OK);
    ioc_router_flush(house->router);
    uv_run(&house->loop, UV_RUN_NOWAIT);
    assert_true(house->returns.calls > 0);
    assert_true(house->shelves[0].records > 0);
    assert_int_equal(house->shelves[0].records + house->returns.records, pushes);
    assert_true(house->returns.first_ack > 0);
    assert_int_equal(house->shelves[LANES - 1].records, 1); /* its neighbour is not concerned */
}

static void nothing_overtakes_what_was_refused(void **state)
{
    struct house *house = *state;
    static char payload[PAYLOAD];
    struct ioc_record header = {.kind = IOC_RECORD_RAW, .ack = 1};
    while (house->returns.records == 0)
        assert_int_equal(ioc_router_push(house->router, &header, payload, sizeof payload), IOC_OK);
    ioc_router_flush(house->router);
    uv_run(&house->loop, UV_RUN_NOWAIT); /* now there is room again */
    uint32_t taken = house->shelves[0].records, refused = house->returns.records;
    assert_int_equal(ioc_router_push(house->router, &header, payload, sizeof payload), IOC_OK);
    ioc_router_flush(house->router);
    uv_run(&house->loop, UV_RUN_NOWAIT);
    assert_int_equal(house->shelves[0].records, taken);
    assert_int_equal(house->returns.records, refused + 1);
    ioc_router_resume(house->router);
    assert_int_equal(ioc_router_push(house->router, &header, payload, sizeof payload), IOC_OK);
    ioc_router_flush(house->router);
    uv_run(&house->loop, UV_RUN_NOWAIT);
    assert_int_equal(house->shelves[0].records, taken + 1);
}

static void what_a_stopped_lane_refuses_comes_back(void **state)
{
    struct house *house = *state;
    ioc_lane_stop(house->lanes[0]);
    struct ioc_record header = {.kind = IOC_RECORD_TICK, .ack = 9};
    assert_int_equal(ioc_router_push(house->router, &header, NULL, 0), IOC_OK);
    ioc_router_flush(house->router);
    assert_int_equal(house->returns.records, 1);
    assert_int_equal(house->returns.first_ack, 9);
    ioc_router_flush(house->router);
    assert_int_equal(house->returns.calls, 1);
}

static void record_over_the_bound_is_not_pushed(void **state)
{
    struct house *house = *state;
    static char payload[IOC_RECORD_MOST];
    struct ioc_record header = {.kind = IOC_RECORD_RAW};
    assert_int_equal(ioc_router_push(house->router, &header, payload, sizeof payload), IOC_LIMIT);
    ioc_router_flush(house->router);
    uv_run(&house->loop, UV_RUN_NOWAIT);
    assert_int_equal(house->shelves[0].records, 0);
    assert_int_equal(house->returns.records, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            record_comes_to_the_lane_of_its_partition_at_the_flush, build, pull_down),
        cmocka_unit_test_setup_teardown(event_comes_to_the_partition_of_its_key, build, pull_down),
        cmocka_unit_test_setup_teardown(
            large_batch_goes_without_waiting_for_the_flush, build, pull_down),
        cmocka_unit_test_setup_teardown(
            what_a_full_lane_refuses_comes_back_whole, build, pull_down),
        cmocka_unit_test_setup_teardown(nothing_overtakes_what_was_refused, build, pull_down),
        cmocka_unit_test_setup_teardown(what_a_stopped_lane_refuses_comes_back, build, pull_down),
        cmocka_unit_test_setup_teardown(record_over_the_bound_is_not_pushed, build, pull_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
