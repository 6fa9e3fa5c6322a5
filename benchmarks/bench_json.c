/*
 * benchmarks/bench_json.c — a JSON message of 200 bytes → a complete draft, beside simdjson alone
 * on the same bytes.
 *
 *   bench_json [--quick]
 *
 * The three sides take turns within each try; the middle of some tries is printed.  simdjson's
 * bytes are padded beforehand; ours are copied, as in the engine, because a message lies between
 * others in the inbox.
 */
#include "benchmarks/allocation.h"
#include "benchmarks/bare_json.h"
#include "benchmarks/street.h"
#include "core/memory.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGES = 1000, PASSES = 200, QUICK_PASSES = 2, TRIES = 9, SIDES = 3 };
static const char *const names[SIDES] = {
    "simdjson parses", "simdjson parses, reads 8 values", "decoder and mapping"};

struct stage {
    struct street street;
    struct ioc_decoder_output output;
    struct ioc_draft draft;
    struct bare_json *bare;
    char *payloads, topics[MESSAGES][32];
    size_t step;
    uint64_t drafts;
    double sum;
};

static enum ioc_status count_draft(struct ioc_decoder_output *output, struct ioc_draft *draft)
{
    struct stage *stage = (struct stage *)((char *)output - offsetof(struct stage, output));
    stage->drafts += ioc_draft_missing(draft) == IOC_SLOT_NONE;
    return IOC_OK;
}

static void refuse_part(struct ioc_decoder_output *output, const struct ioc_error *err)
{
    abort();
}

static void make_messages(struct stage *stage)
{
    stage->step = READING_BYTES + 1 + bare_json_padding();
    stage->payloads = ioc_memory_take(MESSAGES * stage->step);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        packet_topic(stage->topics[i], i);
        packet_reading(stage->payloads + i * stage->step, i, STREET_START + i * IOC_MILLISECOND,
            i % 400 / 10.0);
    }
}

static void decode(struct stage *stage, uint32_t i)
{
    struct ioc_route *route = stage->street.route;
    struct ioc_message message = {.topic = ioc_text_of(stage->topics[i]),
        .payload = {stage->payloads + i * stage->step, READING_BYTES},
        .received = STREET_START};
    struct ioc_error err;
    if (route->kind->decode(route->decoder, &message, &stage->draft, &stage->output, &err) !=
        IOC_OK)
        abort();
}

static void run_side(struct stage *stage, int side)
{
    for (uint32_t i = 0; i < MESSAGES; i++) {
        const char *payload = stage->payloads + i * stage->step;
        bool is_good = true;
        if (side == 0)
            is_good = bare_json_parse(stage->bare, payload, READING_BYTES);
        else if (side == 1)
            is_good = bare_json_read(stage->bare, payload, READING_BYTES, &stage->sum);
        else
            decode(stage, i);
        if (!is_good)
            abort();
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    static struct stage stage = {.output = {.emit = count_draft, .refuse = refuse_part}};
    int passes = argc > 1 && strcmp(argv[1], "--quick") == 0 ? QUICK_PASSES : PASSES;
    double ns[SIDES][TRIES];
    uint64_t allocations = 0;
    street_open(&stage.street);
    stage.bare = bare_json_new(READING_BYTES);
    make_messages(&stage);
    for (int side = 0; side < SIDES; side++)
        run_side(&stage, side);
    stage.drafts = 0;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        for (int side = 0; side < SIDES; side++) {
            uint64_t taken = allocation_count();
            assert(taken > 0); /* the counter counts */
            ioc_span start = street_clock();
            for (int pass = 0; pass < passes; pass++)
                run_side(&stage, side);
            ns[side][attempt] = street_ns(start, (uint64_t)passes * MESSAGES);
            allocations += side == SIDES - 1 ? allocation_count() - taken : 0;
        }
    }
    for (int side = 0; side < SIDES; side++) {
        qsort(ns[side], TRIES, sizeof ns[side][0], by_value);
        printf("json, %-32s %6.0f ns/message (%.0f … %.0f)  ratio %.2f\n", names[side],
            ns[side][TRIES / 2], ns[side][0], ns[side][TRIES - 1],
            ns[side][TRIES / 2] / ns[0][TRIES / 2]);
    }
    bool is_complete = stage.drafts == (uint64_t)TRIES * (uint64_t)passes * MESSAGES;
    printf("json, %llu allocations in %llu messages\n", (unsigned long long)allocations,
        (unsigned long long)stage.drafts);
    ioc_draft_done(&stage.draft);
    ioc_memory_give(stage.payloads);
    bare_json_free(stage.bare);
    street_close(&stage.street);
    return allocations == 0 && is_complete ? 0 : 1;
}
