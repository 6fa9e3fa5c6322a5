/*
 * config/pipeline.c — wires source → intake → router → engines → sinks.
 */
#include "config/pipeline.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/metric.h"
#include "ingest/deadletter.h"
#include "ingest/pseudonym.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RETRY_MS = 5, RETRIES_AT_STOP = 400, WATCH_MS = 1000, DRAINED_AFTER_S = 5 };
static const ioc_span close_grace = 15 * IOC_SECOND; /* below TimeoutStopSec of ioc.service */

struct running_source {
    struct ioc_source *source;
    bool was_up, is_down, is_open;
    uint32_t quiet_seconds, up_seconds; /* since it came back */
    uint64_t seen;
};

struct ioc_pipeline {
    struct ioc_pipeline_options options;
    struct ioc_lane *ingest, *outputs;
    struct ioc_lane_work ingest_work, output_work;
    struct ioc_engine **engines;
    struct ioc_router *router;
    struct ioc_router_refusal refusal;
    struct ioc_intake *intake;
    struct ioc_intake_ack intake_ack;
    struct ioc_deadletter *deadletter;
    struct ioc_pseudonym *pseudonym;
    struct ioc_commands *commands;
    struct ioc_command_refusal command_refusal;
    struct running_source *sources;
    struct ioc_sink **sinks;
    struct ioc_sink_host host;
    struct ioc_sink_source *source_health;
    uint32_t engine_count, sinks_open;
    struct ioc_buffer refused, waiting; /* batches an engine had no room for; raw ones behind them */
    uv_timer_t retry, watch;
    uint32_t handles_open;
    ioc_time started;
    uint64_t rules_version;
    bool is_stopping;
    struct ioc_metric *refusals, *overflow;
};

#define PIPELINE_OF(member_pointer, member)                                                        \
    ((struct ioc_pipeline *)((char *)(member_pointer) - offsetof(struct ioc_pipeline, member)))

/* ------------------------------------------------------------- ingest lane */

static void acknowledge(struct ioc_pipeline *pipeline, uint16_t source, const uint64_t *tokens, uint32_t count)
{
    const struct ioc_city *city = pipeline->options.city;
    if (source < city->source_count && pipeline->sources[source].is_open)
        city->sources[source].kind->acknowledge(pipeline->sources[source].source, tokens, count);
    else if (source == city->source_count && pipeline->commands)
        ioc_commands_acknowledge(pipeline->commands, tokens, count);
}

static void acknowledge_intake(struct ioc_intake_ack *ack, uint16_t source, const uint64_t *tokens, uint32_t count)
{
    acknowledge(PIPELINE_OF(ack, intake_ack), source, tokens, count);
}

static void handle_raw(struct ioc_pipeline *pipeline, struct ioc_text batch)
{
    size_t at = 0;
    for (const struct ioc_record *record; (record = ioc_record_next(batch, &at));)
        if (record->kind == IOC_RECORD_RAW)
            ioc_intake_handle(pipeline->intake, record);
    ioc_router_flush(pipeline->router);
}

/* While something waits the sources are told that the way in is full: a file pauses, QoS 0 is dropped and counted, and
 * what has a token is bounded by the messages that its source lets wait.  What was in the inbox already still comes. */
static void keep_waiting(struct ioc_pipeline *pipeline, struct ioc_text batch)
{
    size_t at = 0;
    for (const struct ioc_record *record; (record = ioc_record_next(batch, &at));) {
        if (record->kind != IOC_RECORD_RAW)
            continue;
        ioc_buffer_add(&pipeline->waiting, record, record->bytes);
        if (pipeline->waiting.is_full)
            ioc_metric_add(pipeline->overflow, 1);
    }
}

static void handle_acks(struct ioc_pipeline *pipeline, struct ioc_text batch)
{
    size_t at = 0;
    for (const struct ioc_record *record; (record = ioc_record_next(batch, &at));)
        if (record->kind == IOC_RECORD_ACK)
            acknowledge(pipeline, record->source, ioc_record_payload(record), record->length / (uint32_t)sizeof(uint64_t));
}

static void handle_ingest(struct ioc_lane_work *work, struct ioc_lane *lane, struct ioc_text batch)
{
    struct ioc_pipeline *pipeline = PIPELINE_OF(work, ingest_work);
    handle_acks(pipeline, batch);
    if (pipeline->refused.length) /* keep the order: behind what waits */
        keep_waiting(pipeline, batch);
    else
        handle_raw(pipeline, batch);
}

static void on_retry(uv_timer_t *timer);

/* An engine was full: its batch waits, and so does everything that comes after it. */
static void take_refused(struct ioc_router_refusal *refusal, struct ioc_text batch)
{
    struct ioc_pipeline *pipeline = PIPELINE_OF(refusal, refusal);
    ioc_metric_add(pipeline->refusals, 1);
    ioc_buffer_add_text(&pipeline->refused, batch);
    ioc_intake_hold(pipeline->intake, true);
    if (!uv_is_active((uv_handle_t *)&pipeline->retry) && !pipeline->is_stopping)
        uv_timer_start(&pipeline->retry, on_retry, RETRY_MS, RETRY_MS);
}

static enum ioc_status post_refused(struct ioc_pipeline *pipeline)
{
    size_t at = 0, done = 0;
    struct ioc_text batch = ioc_buffer_text(&pipeline->refused);
    for (const struct ioc_record *record; (record = ioc_record_next(batch, &at)); done = at) {
        struct ioc_engine *engine = pipeline->engines[record->partition % pipeline->engine_count];
        struct ioc_text one = {(const char *)record, record->bytes};
        if (ioc_lane_post(ioc_engine_lane(engine), one) == IOC_FULL)
            break;
    }
    memmove(pipeline->refused.data, pipeline->refused.data + done, pipeline->refused.length - done);
    pipeline->refused.length -= done;
    return pipeline->refused.length ? IOC_FULL : IOC_OK;
}

static void on_retry(uv_timer_t *timer)
{
    struct ioc_pipeline *pipeline = timer->data;
    if (post_refused(pipeline) != IOC_OK)
        return;
    uv_timer_stop(timer);
    ioc_router_resume(pipeline->router);
    ioc_intake_hold(pipeline->intake, false);
    struct ioc_buffer waiting = pipeline->waiting;
    pipeline->waiting = (struct ioc_buffer){.limit = waiting.limit};
    handle_raw(pipeline, ioc_buffer_text(&waiting));
    ioc_buffer_done(&waiting);
}

/* ------------------------------------------------------------- outputs */

static void hand_over(struct ioc_pipeline *pipeline, const struct ioc_record *record)
{
    const struct ioc_city *city = pipeline->options.city;
    struct ioc_text bytes = ioc_record_text(record);
    union {
        struct ioc_transition transition;
        struct ioc_entity entity;
        struct ioc_result result;
    } output;
    bool is_good = (record->kind == IOC_RECORD_TRANSITION && ioc_transition_unpack(bytes, &output.transition) == IOC_OK) ||
                   (record->kind == IOC_RECORD_ENTITY && ioc_entity_unpack(bytes, &output.entity) == IOC_OK) ||
                   (record->kind == IOC_RECORD_RESULT && ioc_result_unpack(bytes, &output.result) == IOC_OK) ||
                   record->kind == IOC_RECORD_MARK;
    assert(is_good); /* our own bytes */
    for (uint32_t i = 0; i < city->sink_count; i++) {
        const struct ioc_sink_kind *kind = city->sinks[i].kind;
        struct ioc_sink *sink = pipeline->sinks[i];
        if (record->kind == IOC_RECORD_TRANSITION)
            kind->transition(sink, &output.transition);
        else if (record->kind == IOC_RECORD_ENTITY && kind->entity)
            kind->entity(sink, &output.entity);
        else if (record->kind == IOC_RECORD_RESULT && kind->result)
            kind->result(sink, &output.result);
        else if (record->kind == IOC_RECORD_MARK && kind->mark)
            kind->mark(sink, ioc_record_payload(record));
    }
}

static void hand_over_batch(struct ioc_pipeline *pipeline, struct ioc_text batch)
{
    const struct ioc_city *city = pipeline->options.city;
    size_t at = 0;
    for (const struct ioc_record *record; (record = ioc_record_next(batch, &at));)
        hand_over(pipeline, record);
    for (uint32_t i = 0; i < city->sink_count; i++)
        city->sinks[i].kind->flush(pipeline->sinks[i]);
}

static void handle_outputs(struct ioc_lane_work *work, struct ioc_lane *lane, struct ioc_text batch)
{
    hand_over_batch(PIPELINE_OF(work, output_work), batch);
}

static void refuse_command(struct ioc_command_refusal *refusal, const struct ioc_result *result)
{
    struct ioc_pipeline *pipeline = PIPELINE_OF(refusal, command_refusal);
    const struct ioc_city *city = pipeline->options.city;
    for (uint32_t i = 0; i < city->sink_count; i++) {
        if (city->sinks[i].kind->result)
            city->sinks[i].kind->result(pipeline->sinks[i], result);
        city->sinks[i].kind->flush(pipeline->sinks[i]);
    }
}

/* ------------------------------------------------------------- what sinks may ask */

static void restate(struct ioc_sink_host *host)
{
    struct ioc_pipeline *pipeline = PIPELINE_OF(host, host);
    for (uint32_t i = 0; i < pipeline->engine_count; i++)
        ioc_engine_restate(pipeline->engines[i]);
}

static void tell_health(struct ioc_sink_host *host, struct ioc_sink_health *health)
{
    struct ioc_pipeline *pipeline = PIPELINE_OF(host, host);
    const struct ioc_city *city = pipeline->options.city;
    struct ioc_engine_health one;
    *health = (struct ioc_sink_health){.started = pipeline->started, .source_count = city->source_count, .sources = pipeline->source_health};
    for (uint32_t i = 0; i < pipeline->engine_count; i++) {
        ioc_engine_health(pipeline->engines[i], &one);
        health->events += one.events;
        health->lag = one.lag > health->lag ? one.lag : health->lag;
    }
    for (uint32_t i = 0; i < city->source_count; i++) {
        struct ioc_sink_source *source = &pipeline->source_health[i];
        source->name = city->sources[i].name;
        source->state = pipeline->sources[i].is_open
                            ? ioc_text_of(ioc_source_state_text(city->sources[i].kind->state(pipeline->sources[i].source)))
                            : IOC_TEXT("down");
        ioc_intake_counts(pipeline->intake, (uint16_t)i, &source->messages, &source->dead, &source->dropped, &source->last);
    }
}

/* ------------------------------------------------------------- sources that come and go */

static void tell_partitions(struct ioc_pipeline *pipeline, enum ioc_record_kind kind, uint16_t source)
{
    struct ioc_text name = pipeline->options.city->sources[source].name;
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) {
        struct ioc_record record = {.kind = (uint8_t)kind, .partition = (uint8_t)p, .source = source};
        (void)!ioc_router_push(pipeline->router, &record, name.data, name.length);
    }
    ioc_router_flush(pipeline->router);
}

/* Drained: back, and nothing new for a second — or back for long enough. */
static void watch_source(struct ioc_pipeline *pipeline, uint16_t index)
{
    struct running_source *source = &pipeline->sources[index];
    const struct ioc_city_source *city = &pipeline->options.city->sources[index];
    enum ioc_source_state state = source->is_open ? city->kind->state(source->source) : IOC_SOURCE_DOWN;
    uint64_t messages, dead, dropped;
    ioc_time last;
    ioc_intake_counts(pipeline->intake, index, &messages, &dead, &dropped, &last);
    bool is_quiet = messages - source->seen < 2 || ioc_clock_now() - last > IOC_SECOND;
    source->seen = messages;
    if (state == IOC_SOURCE_UP) {
        source->was_up = true;
        source->up_seconds++;
        source->quiet_seconds += is_quiet;
        if (source->is_down && (source->quiet_seconds || source->up_seconds > DRAINED_AFTER_S)) {
            source->is_down = false;
            ioc_log(IOC_LOG_INFO, "config.pipeline", "source %.*s is back and drained", IOC_TEXT_ARGS(city->name));
            tell_partitions(pipeline, IOC_RECORD_SOURCE_DRAINED, index);
        }
        return;
    }
    source->up_seconds = source->quiet_seconds = 0;
    if (!source->was_up || source->is_down || state == IOC_SOURCE_ENDED)
        return;
    source->is_down = true;
    ioc_log(IOC_LOG_WARNING, "config.pipeline", "source %.*s is down: its keys' clocks stand still", IOC_TEXT_ARGS(city->name));
    tell_partitions(pipeline, IOC_RECORD_SOURCE_DOWN, index);
}

static void on_watch(uv_timer_t *timer)
{
    struct ioc_pipeline *pipeline = timer->data;
    for (uint32_t i = 0; i < pipeline->options.city->source_count; i++)
        watch_source(pipeline, (uint16_t)i);
}

/* ------------------------------------------------------------- open */

static enum ioc_status make_state_directory(const struct ioc_city *city, struct ioc_error *err)
{
    if (mkdir(city->state.data, 0700) == 0 || errno == EEXIST)
        return IOC_OK;
    ioc_error_set(err, "state", "the state directory %s cannot be made: %s", city->state.data, strerror(errno));
    ioc_error_hint(err, "see `state:` in the city file");
    return IOC_FAILED;
}

static enum ioc_status open_engines(struct ioc_pipeline *pipeline)
{
    const struct ioc_city *city = pipeline->options.city;
    struct ioc_lane *lanes[IOC_PARTITIONS];
    uint8_t lane_of[IOC_PARTITIONS];
    pipeline->engines = ioc_memory_take((size_t)city->lanes * sizeof *pipeline->engines);
    for (uint32_t i = 0; i < (uint32_t)city->lanes; i++) {
        pipeline->engines[i] = ioc_engine_new(&(struct ioc_engine_options){.context = &city->context, .areas = city->areas,
            .ruleset = pipeline->options.ruleset, .sinks = pipeline->outputs, .ingest = pipeline->ingest, .number = i,
            .lanes = (uint32_t)city->lanes, .keys_most = (uint32_t)city->keys, .inbox_bytes = (uint32_t)city->inbox_bytes});
        pipeline->engine_count++;
        lanes[i] = ioc_engine_lane(pipeline->engines[i]);
        if (ioc_engine_start(pipeline->engines[i]) != IOC_OK)
            return IOC_FAILED;
    }
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++)
        lane_of[p] = (uint8_t)(p % (uint32_t)city->lanes);
    pipeline->refusal.refused = take_refused;
    pipeline->router = ioc_router_new(lanes, pipeline->engine_count, lane_of, &pipeline->refusal);
    return IOC_OK;
}

static enum ioc_status open_intake(struct ioc_pipeline *pipeline, struct ioc_error *err)
{
    const struct ioc_city *city = pipeline->options.city;
    enum ioc_status status = ioc_deadletter_open(city->state, city->deadletter_bytes, &pipeline->deadletter, err);
    if (status == IOC_OK)
        status = ioc_pseudonym_open(city->state, city->rotate, &pipeline->pseudonym, err);
    if (status != IOC_OK)
        return status;
    pipeline->intake_ack.acknowledge = acknowledge_intake;
    pipeline->intake = ioc_intake_new(&(struct ioc_intake_options){.streams = city->streams, .stream_count = city->stream_count,
        .router = pipeline->router, .deadletter = pipeline->deadletter, .pseudonym = pipeline->pseudonym,
        .ack = &pipeline->intake_ack});
    ioc_intake_attach(pipeline->intake, pipeline->ingest);
    return IOC_OK;
}

static enum ioc_status open_sinks(struct ioc_pipeline *pipeline, struct ioc_error *err)
{
    const struct ioc_city *city = pipeline->options.city;
    pipeline->sinks = ioc_memory_take((city->sink_count + 1) * sizeof *pipeline->sinks);
    pipeline->host = (struct ioc_sink_host){.restate = restate, .health = tell_health};
    for (uint32_t i = 0; i < city->sink_count; i++) {
        struct ioc_sink_setup setup = {.name = city->sinks[i].name, .site = city->site, .node = pipeline->options.node,
            .state_directory = city->state, .rules_version = pipeline->rules_version, .loop = pipeline->options.loop,
            .host = &pipeline->host};
        enum ioc_status status = city->sinks[i].kind->open(&setup, city->sinks[i].options, &pipeline->sinks[i], err);
        if (status != IOC_OK)
            return status;
        pipeline->sinks_open++;
    }
    return IOC_OK;
}

static enum ioc_status open_sources(struct ioc_pipeline *pipeline, struct ioc_error *err)
{
    const struct ioc_city *city = pipeline->options.city;
    for (uint32_t i = 0; i < city->source_count; i++) {
        const struct ioc_city_source *source = &city->sources[i];
        ioc_intake_routes(pipeline->intake, (uint16_t)i, source->name, source->routes, source->route_count);
        struct ioc_source_setup setup = {.name = source->name, .id = (uint16_t)i, .site = city->site, .state_directory = city->state,
            .subscriptions = source->subscriptions, .subscription_count = source->route_count, .intake = pipeline->intake,
            .loop = pipeline->options.loop};
        enum ioc_status status = source->kind->open(&setup, source->options, &pipeline->sources[i].source, err);
        if (status != IOC_OK)
            return status;
        pipeline->sources[i].is_open = true;
    }
    return IOC_OK;
}

static enum ioc_status open_commands(struct ioc_pipeline *pipeline, struct ioc_error *err)
{
    const struct ioc_city *city = pipeline->options.city;
    if (!city->commands.address.length)
        return IOC_OK;
    pipeline->command_refusal.refuse = refuse_command;
    return ioc_commands_open(&(struct ioc_commands_options){.site = city->site, .redis = city->commands, .gates = city->gates,
        .gate_count = city->gate_count, .source = (uint16_t)city->source_count, .router = pipeline->router,
        .refusal = &pipeline->command_refusal, .loop = pipeline->options.loop}, &pipeline->commands, err);
}

static void init_timer(struct ioc_pipeline *pipeline, uv_timer_t *timer)
{
    uv_timer_init(pipeline->options.loop, timer);
    timer->data = pipeline;
    uv_unref((uv_handle_t *)timer);
    pipeline->handles_open++;
}

enum ioc_status ioc_pipeline_open(const struct ioc_pipeline_options *options, struct ioc_pipeline **out, struct ioc_error *err)
{
    const struct ioc_city *city = options->city;
    struct ioc_pipeline *pipeline = *out = ioc_memory_take(sizeof *pipeline);
    pipeline->options = *options;
    pipeline->options.ruleset = ioc_ruleset_ref(options->ruleset);
    pipeline->rules_version = ioc_ruleset_version(options->ruleset);
    pipeline->started = ioc_clock_now();
    pipeline->refused.limit = pipeline->waiting.limit = 1u << 30;
    pipeline->refusals = ioc_metric_get(IOC_COUNTER, "ioc_router_refusals_total", "", "Batches an engine had no room for; they wait");
    pipeline->overflow = ioc_metric_get(IOC_COUNTER, "ioc_dropped_total", "source=\"*\",reason=\"engine-full\"",
        "Messages that were not taken");
    pipeline->sources = ioc_memory_take((city->source_count + 1) * sizeof *pipeline->sources);
    pipeline->source_health = ioc_memory_take((city->source_count + 1) * sizeof *pipeline->source_health);
    pipeline->ingest_work.handle = handle_ingest;
    pipeline->output_work.handle = handle_outputs;
    pipeline->ingest = ioc_lane_new(&(struct ioc_lane_options){.name = "ingest", .loop = options->loop, .work = &pipeline->ingest_work,
        .inbox_bytes = (uint32_t)city->inbox_bytes});
    pipeline->outputs = ioc_lane_new(&(struct ioc_lane_options){.name = "sinks", .loop = options->loop, .work = &pipeline->output_work,
        .inbox_bytes = (uint32_t)city->inbox_bytes});
    init_timer(pipeline, &pipeline->retry);
    init_timer(pipeline, &pipeline->watch);
    uv_timer_start(&pipeline->watch, on_watch, WATCH_MS, WATCH_MS);
    enum ioc_status status = make_state_directory(city, err);
    if (status == IOC_OK && (ioc_lane_start(pipeline->ingest) != IOC_OK || ioc_lane_start(pipeline->outputs) != IOC_OK ||
                                open_engines(pipeline) != IOC_OK)) {
        ioc_error_set(err, "threads", "the engine's threads cannot be started");
        status = IOC_FAILED;
    }
    if (status == IOC_OK)
        status = open_intake(pipeline, err);
    if (status == IOC_OK)
        status = open_sinks(pipeline, err);
    if (status == IOC_OK)
        status = open_commands(pipeline, err);
    if (status == IOC_OK)
        status = open_sources(pipeline, err);
    return status;
}

void ioc_pipeline_reload(struct ioc_pipeline *pipeline, struct ioc_ruleset *ruleset)
{
    const struct ioc_city *city = pipeline->options.city;
    if (pipeline->is_stopping) /* the sinks may be gone */
        return;
    for (uint32_t i = 0; i < pipeline->engine_count; i++)
        ioc_engine_reload(pipeline->engines[i], ruleset);
    ioc_ruleset_ref(ruleset);
    ioc_ruleset_unref(pipeline->options.ruleset);
    pipeline->options.ruleset = ruleset;
    pipeline->rules_version = ioc_ruleset_version(ruleset);
    for (uint32_t i = 0; i < city->sink_count; i++)
        if (city->sinks[i].kind->rules)
            city->sinks[i].kind->rules(pipeline->sinks[i], pipeline->rules_version);
}

/* ------------------------------------------------------------- stop */

static void finish_stop(struct ioc_pipeline *pipeline)
{
    if (pipeline->sinks_open == 0 && pipeline->handles_open == 0)
        pipeline->options.stopped(pipeline, pipeline->options.data);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct ioc_pipeline *pipeline = handle->data;
    pipeline->handles_open--;
    finish_stop(pipeline);
}

static void on_sink_closed(struct ioc_sink_host *host)
{
    struct ioc_pipeline *pipeline = PIPELINE_OF(host, host);
    pipeline->sinks_open--;
    finish_stop(pipeline);
}

/* The engines still run: what waits for them gets its chance, for two seconds at most.  They no longer wait for the
 * sinks, who have our thread. */
static void drain_refused(struct ioc_pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->engine_count; i++)
        ioc_engine_hasten(pipeline->engines[i]);
    for (int i = 0; i < RETRIES_AT_STOP && pipeline->router && (pipeline->refused.length || pipeline->waiting.length); i++) {
        if (post_refused(pipeline) == IOC_OK)
            on_retry(&pipeline->retry);
        else
            usleep(RETRY_MS * 1000);
    }
    if (pipeline->refused.length)
        ioc_log(IOC_LOG_WARNING, "config.pipeline", "stops with %zu bytes that the engine did not take: what was not "
                "acknowledged comes again", pipeline->refused.length);
}

static void close_source(struct ioc_pipeline *pipeline, uint32_t index)
{
    struct running_source *source = &pipeline->sources[index];
    if (source->is_open)
        pipeline->options.city->sources[index].kind->close(source->source);
    source->is_open = false;
}

/* From the world inwards, so that everything taken in is applied, acknowledged and told: sources, ingest, engines,
 * sinks. */
void ioc_pipeline_stop(struct ioc_pipeline *pipeline)
{
    const struct ioc_city *city = pipeline->options.city;
    if (pipeline->is_stopping)
        return;
    pipeline->is_stopping = true;
    for (uint32_t i = 0; i < city->source_count; i++) {
        const struct ioc_source_kind *kind = city->sources[i].kind;
        if (pipeline->sources[i].is_open && kind->quiet)
            kind->quiet(pipeline->sources[i].source);
        else
            close_source(pipeline, i);
    }
    ioc_commands_close(pipeline->commands);
    pipeline->commands = NULL;
    ioc_lane_stop(pipeline->ingest);
    drain_refused(pipeline);
    for (uint32_t i = 0; i < pipeline->engine_count; i++)
        ioc_engine_stop(pipeline->engines[i]);
    for (uint32_t i = 0; i < pipeline->engine_count; i++)
        handle_acks(pipeline, ioc_engine_acks(pipeline->engines[i]));
    for (uint32_t i = 0; i < city->source_count; i++)
        close_source(pipeline, i);
    ioc_lane_stop(pipeline->outputs);
    uint32_t open = pipeline->sinks_open;
    for (uint32_t i = 0; i < pipeline->engine_count && open == city->sink_count; i++)
        hand_over_batch(pipeline, ioc_engine_rest(pipeline->engines[i]));
    uv_close((uv_handle_t *)&pipeline->retry, on_timer_closed);
    uv_close((uv_handle_t *)&pipeline->watch, on_timer_closed);
    for (uint32_t i = 0; i < open; i++)
        city->sinks[i].kind->close(pipeline->sinks[i], close_grace, on_sink_closed);
}

void ioc_pipeline_free(struct ioc_pipeline *pipeline)
{
    if (!pipeline)
        return;
    ioc_intake_free(pipeline->intake);
    ioc_router_free(pipeline->router);
    for (uint32_t i = 0; i < pipeline->engine_count; i++)
        ioc_engine_free(pipeline->engines[i]);
    ioc_lane_free(pipeline->ingest);
    ioc_lane_free(pipeline->outputs);
    ioc_deadletter_close(pipeline->deadletter);
    ioc_pseudonym_close(pipeline->pseudonym);
    ioc_ruleset_unref(pipeline->options.ruleset);
    ioc_buffer_done(&pipeline->refused);
    ioc_buffer_done(&pipeline->waiting);
    ioc_memory_give(pipeline->engines);
    ioc_memory_give(pipeline->sources);
    ioc_memory_give(pipeline->source_health);
    ioc_memory_give(pipeline->sinks);
    ioc_memory_give(pipeline);
}

bool ioc_pipeline_is_healthy(const struct ioc_pipeline *pipeline)
{
    return pipeline && !pipeline->is_stopping && pipeline->sinks_open == pipeline->options.city->sink_count;
}

bool ioc_pipeline_is_drained(const struct ioc_pipeline *pipeline)
{
    const struct ioc_city *city = pipeline->options.city;
    uint32_t waiting, most;
    for (uint32_t i = 0; i < city->source_count; i++)
        if (!pipeline->sources[i].is_open || city->sources[i].kind->state(pipeline->sources[i].source) != IOC_SOURCE_ENDED)
            return false;
    ioc_lane_fill(pipeline->ingest, &waiting, &most);
    if (waiting || pipeline->refused.length || pipeline->waiting.length)
        return false;
    for (uint32_t i = 0; i < pipeline->engine_count; i++) {
        ioc_lane_fill(ioc_engine_lane(pipeline->engines[i]), &waiting, &most);
        if (waiting)
            return false;
    }
    ioc_lane_fill(pipeline->outputs, &waiting, &most);
    return waiting == 0;
}
