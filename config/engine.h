#pragma once
/*
 * config/engine.h — one engine lane: its shards, its clock, its outputs on their way to the sinks.
 *
 * Gives each record its stamp and offset, applies it to its shard, collects outputs and posts them to the sink
 * lane at the end of each batch; entity values are published at most every 250 ms; ticks are applied when a
 * timer is due, at most every 100 ms.  An idle engine has no timer running.
 *
 * Memory   one output buffer; when the sink lane is full the engine waits: nothing is dropped
 * Owner    the pipeline
 * Thread   its lane's; ioc_engine_health() any
 */
#include "core/lane.h"
#include "rules/shard.h"
#include <stdatomic.h>

struct ioc_engine_options {
    const struct ioc_ruleset_context *context;
    const struct ioc_areas *areas;
    struct ioc_ruleset *ruleset;
    struct ioc_lane *sinks;   /* takes outputs */
    struct ioc_lane *ingest;  /* takes acknowledgements */
    uint32_t number, lanes;   /* partitions p with p % lanes == number are this one's */
    uint32_t keys_most;       /* of the city */
    uint32_t inbox_bytes;
};
struct ioc_engine_health {
    uint64_t events;
    ioc_span lag;
    struct ioc_shard_counts counts; /* sums; at most 250 ms old */
};

struct ioc_engine;
struct ioc_engine *ioc_engine_new(const struct ioc_engine_options *options);
/* On failure it holds no handle and no thread; stop and free all the same. */
enum ioc_status ioc_engine_start(struct ioc_engine *engine) IOC_USE;
/* Applies what waits, publishes, joins. */
void ioc_engine_stop(struct ioc_engine *engine);
/* A stop is near: outputs that the sink lane has no room for wait in memory, so that the inbox is worked off. */
void ioc_engine_hasten(struct ioc_engine *engine);
/* After the stop: outputs that the sink lane had no room for. */
struct ioc_text ioc_engine_rest(const struct ioc_engine *engine);
/* After the stop: acknowledgements that came when the ingest lane had stopped. */
struct ioc_text ioc_engine_acks(const struct ioc_engine *engine);
void ioc_engine_free(struct ioc_engine *engine);
struct ioc_lane *ioc_engine_lane(struct ioc_engine *engine);
void ioc_engine_restate(struct ioc_engine *engine);
/* Takes a reference of its own. */
void ioc_engine_reload(struct ioc_engine *engine, struct ioc_ruleset *ruleset);
void ioc_engine_health(const struct ioc_engine *engine, struct ioc_engine_health *health);
