/*
 * benchmarks/bench_shard.c — sealed events → one shard with 1, 10, 100 and 1000 rules: ns and allocations
 * per event.
 *
 *   bench_shard [--quick] [--rules N]
 *
 * 1000 keys speak in turn.  "quiet": no rule is ever true.  "1 % change": each hundredth event
 * raises or ends an alert of one rule, so a transition with its message is written.  The middle of
 * some tries, and the extremes.
 */
#include "benchmarks/allocation.h"
#include "benchmarks/street.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#endif

enum { KEYS = 1000, PASSES = 400, QUICK_PASSES = 4, TRIES = 7, HIGH_EVERY = 100 };

struct side { /* where outputs go: counted */
    struct ioc_outlet outlet;
    uint64_t transitions;
};
struct stage {
    struct street street;
    struct ioc_shard *shard;
    struct side side;
    struct ioc_buffer low, high; /* records of one turn of all keys */
    uint64_t offset;
    ioc_time now;
};
struct figure {
    double ns, allocations;
};

static void see_transition(struct ioc_outlet *outlet, const struct ioc_transition *transition)
{
    ((struct side *)outlet)->transitions++;
}

static void see_entity(struct ioc_outlet *outlet, const struct ioc_entity *entity) {}

static void see_result(struct ioc_outlet *outlet, const struct ioc_result *result) {}

static void make_turn(struct stage *stage, struct ioc_buffer *records, bool has_high)
{
    struct ioc_draft draft = {0};
    struct ioc_buffer sealed = {0};
    struct ioc_record header = {.kind = IOC_RECORD_EVENT};
    for (uint32_t key = 0; key < KEYS; key++) {
        bool is_high = has_high && key % HIGH_EVERY == 0;
        street_draft(&stage->street, &draft, key, STREET_START, is_high ? 90.5 : key % 40);
        ioc_buffer_reset(&sealed);
        if (ioc_event_seal(&draft, &stage->street.stream, STREET_START, STREET_START, 0, &sealed) !=
                IOC_OK ||
            ioc_record_add(records, &header, sealed.data, (uint32_t)sealed.length) != IOC_OK)
            abort();
    }
    ioc_draft_done(&draft);
    ioc_buffer_done(&sealed);
}

static void play(struct stage *stage, struct ioc_buffer *records)
{
    size_t at = 0;
    stage->now += IOC_SECOND;
    for (const struct ioc_record *next; (next = ioc_record_next(ioc_buffer_text(records), &at));) {
        struct ioc_record *record = (struct ioc_record *)next;
        struct ioc_event *event = (struct ioc_event *)(record + 1);
        record->stamp = event->time = event->received = stage->now;
        record->offset = ++stage->offset;
        ioc_shard_apply(stage->shard, record, &stage->side.outlet);
    }
}

static int by_ns(const void *a, const void *b)
{
    double x = ((const struct figure *)a)->ns, y = ((const struct figure *)b)->ns;
    return x < y ? -1 : x > y;
}

static void measure(struct stage *stage, uint32_t rules, bool changes, int passes)
{
    struct figure figures[TRIES];
    struct ioc_ruleset *ruleset = street_rules(&stage->street, rules);
    stage->shard = ioc_shard_new(&(struct ioc_shard_options){.site = IOC_TEXT("bench"),
        .streams = stage->street.streams,
        .stream_count = 1,
        .ruleset = ruleset});
    stage->side = (struct side){.outlet = {see_transition, see_entity, see_result}};
    stage->offset = 0;
    stage->now = STREET_START;
    for (int i = 0; i < 4; i++) /* all keys and alerts exist, all buffers have grown */
        play(stage, i % 2 ? &stage->high : &stage->low);
    CALLGRIND_ZERO_STATS;
    uint64_t before = stage->side.transitions;
    for (int i = 0; i < TRIES; i++) {
        uint64_t taken = allocation_count();
        assert(taken > 0); /* the counter counts */
        ioc_span start = street_clock();
        for (int pass = 0; pass < passes; pass++)
            play(stage, changes && pass % 2 ? &stage->high : &stage->low);
        figures[i].ns = street_ns(start, (uint64_t)passes * KEYS);
        figures[i].allocations = (double)(allocation_count() - taken) / passes / KEYS;
    }
    uint64_t changed = stage->side.transitions - before;
    assert(changes ? changed >= (uint64_t)TRIES * ((uint64_t)passes - 1) * KEYS / HIGH_EVERY
                   : changed <= KEYS / HIGH_EVERY);
    double allocations = 0;
    for (int i = 1; i < TRIES; i++) /* the first may still grow something */
        allocations = figures[i].allocations > allocations ? figures[i].allocations : allocations;
    qsort(figures, TRIES, sizeof *figures, by_ns);
    printf("shard, %4u rules, %-10s  %7.0f ns/event (%.0f … %.0f)  %5.2f allocations/event\n",
        rules, changes ? "1 % change" : "quiet", figures[TRIES / 2].ns, figures[0].ns,
        figures[TRIES - 1].ns, allocations);
    if (allocations > 0)
        exit(1);
    ioc_shard_free(stage->shard);
    ioc_ruleset_unref(ruleset);
}

int main(int argc, char **argv)
{
    static const uint32_t rules[] = {0, 1, 10, 100, 1000};
    static struct stage stage;
    int passes = PASSES;
    const char *only = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0)
            passes = QUICK_PASSES;
        else if (strcmp(argv[i], "--rules") == 0 && i + 1 < argc)
            only = argv[++i];
    }
    street_open(&stage.street);
    make_turn(&stage, &stage.low, false);
    make_turn(&stage, &stage.high, true);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (only && strtoul(only, NULL, 10) != rules[i])
            continue;
        measure(&stage, rules[i], false, passes);
        if (rules[i])
            measure(&stage, rules[i], true, passes);
    }
    ioc_buffer_done(&stage.low);
    ioc_buffer_done(&stage.high);
    street_close(&stage.street);
    return 0;
}
