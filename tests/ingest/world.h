#pragma once
/*
 * tests/ingest/world.h — a street with depth gauges: one stream, its routes from YAML, an ingest
 * lane and a shard's lane on one loop, and what came out.
 */
#include "core/clock.h"
#include "core/event.h"
#include "core/memory.h"
#include "core/metric.h"
#include "ingest/deadletter.h"
#include "ingest/intake.h"
#include "ingest/pseudonym.h"
#include "ingest/route.h"
#include "ingest/source.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum world_slot {
    STATION,
    DEPTH,
    AT,
    STATUS,
    PLATE,
    REPORTER,
    COUNT,
    POSITION,
    WITNESSES,
    PEOPLE,
    CLOCK_FLAG,
    RANGE_FLAG,
    SLOTS
};
enum { ROUTES_MOST = 8, SEEN_MOST = 20000 };

struct seen {
    struct ioc_event *event;
    uint64_t ack;
    uint16_t source;
};
struct world {
    struct ioc_lane_work intake_work, shard_work;
    struct ioc_intake_ack ack;
    struct ioc_router_refusal refusal;
    uv_loop_t loop;
    struct ioc_lane *intake_lane, *shard_lane;
    struct ioc_router *router;
    struct ioc_intake *intake;
    struct ioc_deadletter *deadletter;
    struct ioc_pseudonym *pseudonym;
    struct ioc_arena arena;
    struct ioc_errors errors;
    struct ioc_document *document;
    struct ioc_route *routes[ROUTES_MOST];
    uint32_t route_count;
    struct seen seen[SEEN_MOST];
    uint32_t seen_count;
    uint64_t settled[64];
    uint32_t settled_count;
    char directory[64];
    /* When set, tokens of events go back here at once. */
    const struct ioc_source_kind *kind;
    struct ioc_source *source;
    bool holds_acks;
};
static inline struct world *world_of(void *member, size_t offset)
{
    return (struct world *)((char *)member - offset);
}

static struct ioc_text world_words[] = {{"ok", 2}, {"faulty", 6}};
static struct ioc_field world_person_fields[] = {
    {.name = {"role", 4}, .type = IOC_STRING, .decimals = -1},
    {.name = {"phone", 5},
        .type = IOC_STRING,
        .decimals = -1,
        .is_optional = true,
        .personal = IOC_PERSONAL_PHONE},
};
static struct ioc_schema world_person = {
    .name = {"people", 6}, .fields = world_person_fields, .count = 2};
static struct ioc_field world_fields[SLOTS] = {
    [STATION] = {.name = {"station", 7}, .type = IOC_STRING, .decimals = -1},
    [DEPTH] = {.name = {"depth_cm", 8},
        .type = IOC_DOUBLE,
        .unit = {"cm", 2},
        .decimals = 1,
        .has_range = true,
        .range_low = -5,
        .range_high = 300},
    [AT] = {.name = {"observed_at", 11}, .type = IOC_TIMESTAMP, .decimals = -1},
    [STATUS] = {.name = {"status", 6},
        .type = IOC_STRING,
        .decimals = -1,
        .is_optional = true,
        .one_of = world_words,
        .one_of_count = 2},
    [PLATE] = {.name = {"plate", 5},
        .type = IOC_STRING,
        .decimals = -1,
        .is_optional = true,
        .personal = IOC_PERSONAL_PLATE},
    [REPORTER] = {.name = {"reporter", 8},
        .type = IOC_STRING,
        .decimals = -1,
        .is_optional = true,
        .personal = IOC_PERSONAL_INFORMANT},
    [COUNT] = {.name = {"count", 5},
        .type = IOC_INT,
        .decimals = -1,
        .is_optional = true,
        .has_range = true,
        .range_low = 0,
        .range_high = 100,
        .out_of_range_is_missing = true},
    [POSITION] = {.name = {"position", 8}, .type = IOC_POINT, .decimals = -1, .is_optional = true},
    [WITNESSES] = {.name = {"witnesses", 9},
        .type = IOC_LIST,
        .of = IOC_STRING,
        .decimals = -1,
        .is_optional = true,
        .personal = IOC_PERSONAL_PHONE},
    [PEOPLE] = {.name = {"people", 6},
        .type = IOC_LIST,
        .of = IOC_MAP,
        .element = &world_person,
        .decimals = -1,
        .is_optional = true},
    [CLOCK_FLAG] = {.name = {"ioc_clock", 9},
        .type = IOC_BOOL,
        .decimals = -1,
        .is_optional = true},
    [RANGE_FLAG] = {.name = {"ioc_range", 9},
        .type = IOC_BOOL,
        .decimals = -1,
        .is_optional = true},
};
static struct ioc_stream world_stream = {
    .name = {"street_depth", 12},
    .schema = {.name = {"street_depth", 12}, .fields = world_fields, .count = SLOTS},
    .key = {STATION},
    .key_count = 1,
    .time = AT,
    .lateness = 30 * IOC_SECOND,
    .max_future = 2 * IOC_MINUTE,
    .dedupe = IOC_SLOT_NONE,
    .clock_flag = CLOCK_FLAG,
    .range_flag = RANGE_FLAG,
    .live = DEPTH,
    .position = POSITION,
};
static const struct ioc_stream *const world_streams[] = {&world_stream};

static void world_take_raw(struct ioc_lane_work *work, struct ioc_lane *lane, struct ioc_text batch)
{
    struct world *world = world_of(work, offsetof(struct world, intake_work));
    const struct ioc_record *record;
    for (size_t at = 0; (record = ioc_record_next(batch, &at));)
        ioc_intake_handle(world->intake, record);
    ioc_router_flush(world->router);
}

static void world_take_events(
    struct ioc_lane_work *work, struct ioc_lane *lane, struct ioc_text batch)
{
    struct world *world = world_of(work, offsetof(struct world, shard_work));
    const struct ioc_record *record;
    for (size_t at = 0; (record = ioc_record_next(batch, &at));) {
        assert_int_equal(record->kind, IOC_RECORD_EVENT);
        assert_true(ioc_event_is_sound(ioc_record_payload(record), record->length));
        assert_true(world->seen_count < SEEN_MOST);
        struct seen *seen = &world->seen[world->seen_count++];
        seen->event =
            (struct ioc_event *)ioc_memory_copy(ioc_record_payload(record), record->length);
        seen->ack = record->ack;
        seen->source = record->source;
        if (world->kind && record->ack && !world->holds_acks)
            world->kind->acknowledge(world->source, &record->ack, 1);
    }
}

static void world_settle(
    struct ioc_intake_ack *ack, uint16_t source, const uint64_t *tokens, uint32_t count)
{
    struct world *world = world_of(ack, offsetof(struct world, ack));
    for (uint32_t i = 0; i < count && world->settled_count < 64; i++)
        world->settled[world->settled_count++] = tokens[i];
    if (world->kind)
        world->kind->acknowledge(world->source, tokens, count);
}

static void world_refuse(struct ioc_router_refusal *refusal, struct ioc_text batch)
{
    fail_msg("the shard's lane is full");
}

static inline void world_open_lanes(struct world *world, uint32_t inbox_bytes)
{
    static const uint8_t lane_of[IOC_PARTITIONS] = {0};
    world->intake_work.handle = world_take_raw;
    world->shard_work.handle = world_take_events;
    world->ack.acknowledge = world_settle;
    world->refusal.refused = world_refuse;
    assert_int_equal(uv_loop_init(&world->loop), 0);
    world->shard_lane = ioc_lane_new(&(struct ioc_lane_options){.name = "shard",
        .inbox_bytes = 64 << 20,
        .loop = &world->loop,
        .work = &world->shard_work});
    world->intake_lane = ioc_lane_new(&(struct ioc_lane_options){.name = "ingest",
        .inbox_bytes = inbox_bytes,
        .loop = &world->loop,
        .work = &world->intake_work});
    assert_int_equal(ioc_lane_start(world->shard_lane), IOC_OK);
    assert_int_equal(ioc_lane_start(world->intake_lane), IOC_OK);
    world->router = ioc_router_new(&world->shard_lane, 1, lane_of, &world->refusal);
}

/* yaml = a list as under `subscribe:` */
static inline struct world *world_new_sized(const char *yaml, uint32_t inbox_bytes)
{
    struct world *world = ioc_memory_take(sizeof *world);
    struct ioc_error err = {0};
    snprintf(world->directory, sizeof world->directory, "/tmp/ioc-ingest-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    world_open_lanes(world, inbox_bytes);
    assert_int_equal(
        ioc_deadletter_open(ioc_text_of(world->directory), 1 << 20, &world->deadletter, &err),
        IOC_OK);
    assert_int_equal(
        ioc_pseudonym_open(ioc_text_of(world->directory), 30 * IOC_DAY, &world->pseudonym, &err),
        IOC_OK);
    world->intake = ioc_intake_new(&(struct ioc_intake_options){.streams = world_streams,
        .stream_count = 1,
        .router = world->router,
        .deadletter = world->deadletter,
        .pseudonym = world->pseudonym,
        .ack = &world->ack});
    ioc_intake_attach(world->intake, world->intake_lane);
    world->document = ioc_document_parse(IOC_TEXT("city.yaml"), ioc_text_of(yaml), &world->errors);
    for (struct ioc_node *node = world->document ? world->document->root->first : NULL; node;
         node = node->next) {
        struct ioc_route *route = ioc_route_read(
            world->document, node, world_streams, 1, NULL, &world->arena, &world->errors);
        if (route)
            world->routes[world->route_count++] = route;
    }
    if (world->errors.count)
        ioc_errors_print(&world->errors, IOC_ENGLISH, stderr);
    assert_int_equal(world->errors.count, 0);
    ioc_intake_routes(world->intake, 3, IOC_TEXT("gauges"), world->routes, world->route_count);
    return world;
}

static inline struct world *world_new(const char *yaml)
{
    return world_new_sized(yaml, 0);
}

static int world_unlink(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    return remove(path);
}

static inline void world_forget_events(struct world *world)
{
    for (uint32_t i = 0; i < world->seen_count; i++)
        ioc_memory_give(world->seen[i].event);
    world->seen_count = 0;
}

static inline void world_free(struct world *world)
{
    ioc_router_free(world->router);
    ioc_lane_free(world->intake_lane);
    ioc_lane_free(world->shard_lane);
    while (uv_run(&world->loop, UV_RUN_NOWAIT))
        continue;
    assert_int_equal(uv_loop_close(&world->loop), 0);
    ioc_intake_free(world->intake);
    for (uint32_t i = 0; i < world->route_count; i++)
        ioc_route_close(world->routes[i]);
    ioc_deadletter_close(world->deadletter);
    ioc_pseudonym_close(world->pseudonym);
    ioc_document_free(world->document);
    ioc_errors_done(&world->errors);
    ioc_arena_done(&world->arena);
    world_forget_events(world);
    nftw(world->directory, world_unlink, 16, FTW_DEPTH | FTW_PHYS);
    ioc_memory_give(world);
}

static inline void world_turn(struct world *world)
{
    for (int i = 0; i < 8; i++)
        uv_run(&world->loop, UV_RUN_NOWAIT);
}

#define WORLD_NOW ((ioc_time)1790000000 * IOC_SECOND) /* 2026-09-21T14:13:20Z */

static inline void world_say_as(
    struct world *world, const char *topic, const char *payload, uint64_t ack, uint8_t flags)
{
    struct ioc_message message = {.topic = ioc_text_of(topic),
        .payload = ioc_text_of(payload),
        .source = 3,
        .qos = ack ? 1 : 0,
        .flags = flags,
        .received = WORLD_NOW,
        .ack = ack};
    assert_int_equal(ioc_intake_post(world->intake, &message), IOC_OK);
    world_turn(world);
}

static inline void world_say(struct world *world, const char *topic, const char *payload)
{
    world_say_as(world, topic, payload, 0, 0);
}

static inline const struct ioc_row *world_row(const struct world *world, uint32_t at)
{
    assert_true(at < world->seen_count);
    return ioc_event_row(world->seen[at].event);
}

/* All of a file under the world's directory; the caller gives it back. */
static inline char *world_read(const struct world *world, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", world->directory, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return ioc_memory_copy("", 0);
    char *bytes = ioc_memory_take(1 << 20);
    (void)!fread(bytes, 1, (1 << 20) - 1, file);
    fclose(file);
    return bytes;
}
