/*
 * benchmarks/bench_intake.c — the way of a message within the process, on one thread: ns and
 * allocations each.
 *
 *   bench_intake [--quick]
 *
 * Post (what a source's thread does), handle (route, JSON, mapping, checks, seal, router) and judge
 * (one shard with one rule) are timed apart and as a whole; seal also alone.  Batches of 256
 * messages, 1000 keys, one reading in 100 changes an alert.  benchmarks/instructions counts the
 * same way in instructions.
 */
#include "benchmarks/allocation.h"
#include "benchmarks/street.h"
#include "core/memory.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#endif

enum {
    KEYS = 1000,
    BATCH = 256,
    BATCHES = 1000,
    QUICK_BATCHES = 16,
    WARM_BATCHES = 24,
    TRIES = 7,
    SEALS = 100000
};
enum step { POST, HANDLE, JUDGE, STEPS };
static const char *const names[STEPS] = {
    "post", "handle: route, JSON, checks, seal", "judge: shard, 1 rule"};

struct stage {
    struct street street;
    struct ioc_outlet outlet;
    struct ioc_lane_work intake_work, shard_work;
    struct ioc_router_refusal refusal;
    uv_loop_t loop;
    struct ioc_lane *intake_lane, *shard_lane;
    struct ioc_router *router;
    struct ioc_intake *intake;
    struct ioc_shard *shard;
    ioc_span spent[STEPS];
    uint64_t sent, judged, transitions;
};
static struct stage stage;

static void see_transition(struct ioc_outlet *outlet, const struct ioc_transition *transition)
{
    stage.transitions++;
}

static void see_entity(struct ioc_outlet *outlet, const struct ioc_entity *entity) {}

static void see_result(struct ioc_outlet *outlet, const struct ioc_result *result) {}

static void refuse_batch(struct ioc_router_refusal *refusal, struct ioc_text batch)
{
    abort();
}

static void handle_raw(struct ioc_lane_work *work, struct ioc_lane *lane, struct ioc_text batch)
{
    ioc_span start = street_clock();
    size_t at = 0;
    for (const struct ioc_record *record; (record = ioc_record_next(batch, &at));)
        ioc_intake_handle(stage.intake, record);
    ioc_router_flush(stage.router);
    stage.spent[HANDLE] += street_clock() - start;
}

static void judge_events(struct ioc_lane_work *work, struct ioc_lane *lane, struct ioc_text batch)
{
    ioc_span start = street_clock();
    size_t at = 0;
    for (const struct ioc_record *next; (next = ioc_record_next(batch, &at));) {
        struct ioc_record *record = (struct ioc_record *)next;
        record->stamp = ((const struct ioc_event *)ioc_record_payload(record))->received;
        record->offset = ++stage.judged;
        ioc_shard_apply(stage.shard, record, &stage.outlet);
    }
    stage.spent[JUDGE] += street_clock() - start;
}

static void open_stage(void)
{
    static const uint8_t lane_of[IOC_PARTITIONS] = {0};
    static struct ioc_route *routes[1];
    street_open(&stage.street);
    struct ioc_ruleset *ruleset = street_rules(&stage.street, 1);
    stage.outlet = (struct ioc_outlet){see_transition, see_entity, see_result};
    stage.intake_work.handle = handle_raw;
    stage.shard_work.handle = judge_events;
    stage.refusal.refused = refuse_batch;
    bool is_good = uv_loop_init(&stage.loop) == 0;
    stage.shard_lane = ioc_lane_new(&(struct ioc_lane_options){
        .name = "shard", .loop = &stage.loop, .work = &stage.shard_work});
    stage.intake_lane = ioc_lane_new(&(struct ioc_lane_options){
        .name = "ingest", .loop = &stage.loop, .work = &stage.intake_work});
    is_good = is_good && ioc_lane_start(stage.shard_lane) == IOC_OK &&
              ioc_lane_start(stage.intake_lane) == IOC_OK;
    assert(is_good);
    stage.router = ioc_router_new(&stage.shard_lane, 1, lane_of, &stage.refusal);
    stage.intake = ioc_intake_new(&(struct ioc_intake_options){
        .streams = stage.street.streams, .stream_count = 1, .router = stage.router});
    ioc_intake_attach(stage.intake, stage.intake_lane);
    routes[0] = stage.street.route;
    ioc_intake_routes(stage.intake, 0, IOC_TEXT("sensors"), routes, 1);
    /* All partitions' keys in one shard: the work of each event is the same. */
    stage.shard = ioc_shard_new(&(struct ioc_shard_options){.site = IOC_TEXT("bench"),
        .streams = stage.street.streams,
        .stream_count = 1,
        .ruleset = ruleset});
    ioc_ruleset_unref(ruleset);
}

static void close_stage(void)
{
    ioc_router_free(stage.router);
    ioc_lane_free(stage.intake_lane);
    ioc_lane_free(stage.shard_lane);
    while (uv_run(&stage.loop, UV_RUN_NOWAIT))
        continue;
    bool is_closed = uv_loop_close(&stage.loop) == 0;
    assert(is_closed);
    ioc_intake_free(stage.intake);
    ioc_shard_free(stage.shard);
    street_close(&stage.street);
}

/* The texts of a batch are made before the clock runs. */
static void send_batch(void)
{
    static char topics[BATCH][32], readings[BATCH][READING_BYTES + 1];
    static struct ioc_message messages[BATCH];
    for (uint32_t i = 0; i < BATCH; i++, stage.sent++) {
        uint32_t key = (uint32_t)(stage.sent % KEYS);
        bool is_high = key % 100 == 0 && stage.sent / KEYS % 2;
        ioc_time at = STREET_START + (ioc_time)stage.sent * IOC_MILLISECOND;
        messages[i] = (struct ioc_message){.topic = packet_topic(topics[i], key),
            .payload = packet_reading(readings[i], key, at, is_high ? 90.5 : key % 40),
            .qos = 1,
            .received = at};
    }
    ioc_span start = street_clock();
    for (uint32_t i = 0; i < BATCH; i++)
        if (ioc_intake_post(stage.intake, &messages[i]) != IOC_OK)
            abort();
    stage.spent[POST] += street_clock() - start;
    for (int i = 0; i < 4 && stage.judged < stage.sent; i++)
        uv_run(&stage.loop, UV_RUN_NOWAIT);
    assert(stage.judged == stage.sent);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void print_middle(const char *name, double figures[TRIES])
{
    qsort(figures, TRIES, sizeof *figures, by_value);
    printf("intake, %-36s %6.0f ns/message (%.0f … %.0f)\n", name, figures[TRIES / 2], figures[0],
        figures[TRIES - 1]);
}

static void measure_seal(uint32_t seals)
{
    struct ioc_draft draft = {0};
    struct ioc_buffer sealed = {0};
    double figures[TRIES];
    street_draft(&stage.street, &draft, 1, STREET_START, 1);
    for (int i = 0; i < TRIES; i++) {
        ioc_span start = street_clock();
        for (uint32_t n = 0; n < seals; n++) {
            ioc_buffer_reset(&sealed);
            if (ioc_event_seal(
                    &draft, &stage.street.stream, STREET_START, STREET_START, 0, &sealed) != IOC_OK)
                abort();
        }
        figures[i] = street_ns(start, seals);
    }
    print_middle("seal alone", figures);
    ioc_draft_done(&draft);
    ioc_buffer_done(&sealed);
}

int main(int argc, char **argv)
{
    bool is_quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    int batches = is_quick ? QUICK_BATCHES : BATCHES;
    double figures[STEPS + 1][TRIES];
    open_stage();
    for (int i = 0; i < WARM_BATCHES; i++)
        send_batch();
    CALLGRIND_ZERO_STATS;
    uint64_t taken = allocation_count(), before = stage.transitions;
    assert(taken > 0); /* the counter counts */
    for (int attempt = 0; attempt < TRIES; attempt++) {
        memset(stage.spent, 0, sizeof stage.spent);
        for (int i = 0; i < batches; i++)
            send_batch();
        figures[STEPS][attempt] = 0;
        for (int step = 0; step < STEPS; step++) {
            figures[step][attempt] = (double)stage.spent[step] / batches / BATCH;
            figures[STEPS][attempt] += figures[step][attempt];
        }
    }
    uint64_t allocations = allocation_count() - taken,
             count = (uint64_t)TRIES * (uint64_t)batches * BATCH;
    for (int step = 0; step < STEPS; step++)
        print_middle(names[step], figures[step]);
    print_middle("all of it, one thread", figures[STEPS]);
    measure_seal(is_quick ? SEALS / 100 : SEALS);
    printf("intake, %llu allocations in %llu messages, %llu transitions\n",
        (unsigned long long)allocations, (unsigned long long)count,
        (unsigned long long)(stage.transitions - before));
    bool has_changed = stage.transitions > before;
    close_stage();
    return allocations == 0 && has_changed ? 0 : 1;
}
