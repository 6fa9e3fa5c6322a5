/*
 * config/engine.c — one engine lane.
 */
#include "config/engine.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metric.h"
#include <unistd.h>

enum { PUBLISH_MS = 250, TICK_MS = 100, WAIT_US = 500, PIECE_BYTES = 1 << 20 };

struct counter { /* a shard count shown as a metric */
    struct ioc_metric *metric;
    uint64_t shown;
};
enum { COUNTERS = 13 };

struct ioc_engine {
    struct ioc_engine_options options;
    struct ioc_lane *lane;
    struct ioc_lane_work work;
    struct ioc_outlet outlet;
    struct ioc_shard *shards[IOC_PARTITIONS]; /* NULL = another engine's */
    uint64_t offsets[IOC_PARTITIONS];
    uint64_t touched;                         /* bit p: outputs since the last post */
    uint8_t partition;                        /* at hand */
    struct ioc_buffer out, acks;
    size_t acks_begin;                        /* of the record at hand; 0 unless the ingest lane has stopped */
    uint16_t ack_source;
    uv_timer_t tick, publish;
    ioc_time now, ticked;
    bool is_publishing, has_timers; /* has_timers: it was started */
    atomic_bool is_stopping;
    _Atomic uint64_t events;
    _Atomic int64_t lag;
    pthread_mutex_t health_lock; /* of `counts`, four times a second */
    struct ioc_shard_counts counts;
    struct counter counters[COUNTERS];
    struct ioc_metric *keys, *alerts, *lag_metric, *stalls;
};

/* ------------------------------------------------------------- outputs */

static struct ioc_engine *engine_of(struct ioc_outlet *outlet)
{
    return (struct ioc_engine *)((char *)outlet - offsetof(struct ioc_engine, outlet));
}

/* Adds a record whose payload `pack` writes in place. */
#define ADD_OUTPUT(engine, record_kind, pack)                                                      \
    do {                                                                                           \
        size_t start_ = begin_output(engine);                                                      \
        pack;                                                                                      \
        end_output(engine, start_, record_kind);                                                   \
    } while (0)

static size_t begin_output(struct ioc_engine *engine)
{
    size_t start = engine->out.length;
    char *header = ioc_buffer_reserve(&engine->out, sizeof(struct ioc_record));
    assert(header); /* the buffer is posted before it can grow to its limit */
    memset(header, 0, sizeof(struct ioc_record));
    engine->out.length += sizeof(struct ioc_record);
    return start;
}

static void end_output(struct ioc_engine *engine, size_t start, enum ioc_record_kind kind)
{
    uint32_t length = (uint32_t)(engine->out.length - start - sizeof(struct ioc_record));
    static const char zeros[8];
    ioc_buffer_add(&engine->out, zeros, (8 - length % 8) % 8);
    struct ioc_record record = {.bytes = (uint32_t)(engine->out.length - start), .kind = (uint8_t)kind,
        .partition = engine->partition, .source = UINT16_MAX, .length = length, .stamp = engine->now,
        .offset = engine->offsets[engine->partition]};
    memcpy(engine->out.data + start, &record, sizeof record);
    engine->touched |= (uint64_t)1 << engine->partition;
}

static void take_transition(struct ioc_outlet *outlet, const struct ioc_transition *transition)
{
    struct ioc_engine *engine = engine_of(outlet);
    ADD_OUTPUT(engine, IOC_RECORD_TRANSITION, ioc_transition_pack(transition, &engine->out));
}

static void take_entity(struct ioc_outlet *outlet, const struct ioc_entity *entity)
{
    struct ioc_engine *engine = engine_of(outlet);
    ADD_OUTPUT(engine, IOC_RECORD_ENTITY, ioc_entity_pack(entity, &engine->out));
}

static void take_result(struct ioc_outlet *outlet, const struct ioc_result *result)
{
    struct ioc_engine *engine = engine_of(outlet);
    ADD_OUTPUT(engine, IOC_RECORD_RESULT, ioc_result_pack(result, &engine->out));
}

static void add_marks(struct ioc_engine *engine)
{
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) {
        if (!(engine->touched >> p & 1))
            continue;
        struct ioc_mark mark = {.partition = (uint8_t)p, .offset = engine->offsets[p]};
        engine->partition = (uint8_t)p;
        ADD_OUTPUT(engine, IOC_RECORD_MARK, ioc_buffer_add(&engine->out, &mark, sizeof mark));
    }
    engine->touched = 0;
}

/* The first whole records of the bytes, as many as a lane takes well at a time; at least one. */
static struct ioc_text cut_piece(struct ioc_text bytes)
{
    struct ioc_text piece = {bytes.data, 0};
    size_t at = 0;
    while (ioc_record_next(bytes, &at) && (piece.length == 0 || at <= PIECE_BYTES))
        piece.length = (uint32_t)at;
    return piece;
}

/* Waits while the lane is full: the sinks drain by themselves and never wait for us.  In pieces, because all keys at
 * once are more than an inbox.  What a lane that has been stopped does not take stays for ioc_engine_stop(). */
static void post(struct ioc_engine *engine, struct ioc_lane *lane, struct ioc_buffer *buffer)
{
    size_t done = 0;
    while (done < buffer->length) {
        struct ioc_text piece = cut_piece((struct ioc_text){buffer->data + done, (uint32_t)(buffer->length - done)});
        enum ioc_status status = ioc_lane_post(lane, piece);
        assert(piece.length && status != IOC_LIMIT); /* an inbox has 4 MiB, a record hardly more than one */
        bool is_stopping = atomic_load_explicit(&engine->is_stopping, memory_order_relaxed);
        if (status == IOC_OK)
            done += piece.length;
        else if (status == IOC_CLOSED || is_stopping)
            break;
        else {
            ioc_metric_add(engine->stalls, 1);
            usleep(WAIT_US);
        }
    }
    size_t left = buffer->length - done;
    if (done && left)
        memmove(buffer->data, buffer->data + done, left);
    ioc_buffer_reset(buffer);
    buffer->length = left;
}

static void post_outputs(struct ioc_engine *engine)
{
    if (engine->touched)
        add_marks(engine);
    post(engine, engine->options.sinks, &engine->out);
}

/* ------------------------------------------------------------- acknowledgements */

static void post_acks(struct ioc_engine *engine)
{
    if (engine->acks.length == engine->acks_begin)
        return;
    struct ioc_record *record = (struct ioc_record *)(engine->acks.data + engine->acks_begin);
    record->bytes = (uint32_t)(engine->acks.length - engine->acks_begin);
    record->length = record->bytes - (uint32_t)sizeof *record;
    post(engine, engine->options.ingest, &engine->acks);
    engine->acks_begin = engine->acks.length;
}

static void add_ack(struct ioc_engine *engine, const struct ioc_record *record)
{
    size_t length = engine->acks.length - engine->acks_begin;
    if (length && (engine->ack_source != record->source || length > 64 * 1024))
        post_acks(engine);
    if (engine->acks.length == engine->acks_begin) {
        struct ioc_record header = {.kind = IOC_RECORD_ACK, .source = record->source};
        engine->ack_source = record->source;
        ioc_buffer_add(&engine->acks, &header, sizeof header);
    }
    ioc_buffer_add(&engine->acks, &record->ack, sizeof record->ack);
}

/* ------------------------------------------------------------- health */

static void collect_counts(struct ioc_engine *engine)
{
    struct ioc_shard_counts sum = {0}, one;
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) {
        if (!engine->shards[p])
            continue;
        ioc_shard_count(engine->shards[p], &one);
        sum.events += one.events, sum.judged += one.judged, sum.late += one.late, sum.out_of_order += one.out_of_order;
        sum.duplicates += one.duplicates, sum.retained += one.retained, sum.refused_keys += one.refused_keys;
        sum.errors += one.errors, sum.missing += one.missing, sum.transitions += one.transitions, sum.raised += one.raised;
        sum.cleared += one.cleared, sum.shadow += one.shadow, sum.keys += one.keys, sum.alerts += one.alerts;
    }
    const uint64_t values[COUNTERS] = {sum.events, sum.judged, sum.late, sum.out_of_order, sum.duplicates, sum.retained,
        sum.refused_keys, sum.errors, sum.missing, sum.transitions, sum.raised, sum.cleared, sum.shadow};
    for (int i = 0; i < COUNTERS; i++) {
        ioc_metric_add(engine->counters[i].metric, (int64_t)(values[i] - engine->counters[i].shown));
        engine->counters[i].shown = values[i];
    }
    ioc_metric_set(engine->keys, sum.keys);
    ioc_metric_set(engine->alerts, sum.alerts);
    pthread_mutex_lock(&engine->health_lock);
    engine->counts = sum;
    pthread_mutex_unlock(&engine->health_lock);
}

static void make_metrics(struct ioc_engine *engine)
{
    static const struct {
        const char *name, *labels, *help;
    } list[COUNTERS] = {
        {"ioc_events_admitted_total", "", "Events that shards admitted"},
        {"ioc_rules_judged_total", "", "Rules judged on an event: those that the index chose, and those whose alert waits for it"},
        {"ioc_events_not_judged_total", "reason=\"late\"", "Admitted too late or repeated: counted, not judged"},
        {"ioc_events_not_judged_total", "reason=\"out-of-order\"", NULL},
        {"ioc_events_not_judged_total", "reason=\"duplicate\"", NULL},
        {"ioc_events_retained_total", "", "Retained messages"},
        {"ioc_keys_refused_total", "", "Events of new keys over limits.keys"},
        {"ioc_rule_errors_total", "", "Judgements that met an error in an expression"},
        {"ioc_rule_missing_total", "", "Judgements that met a missing value; not of rules that the index left out"},
        {"ioc_transitions_total", "", "Alert transitions"},
        {"ioc_alerts_raised_total", "", "Alerts that became active"},
        {"ioc_alerts_cleared_total", "", "Alerts that stopped being active"},
        {"ioc_transitions_shadow_total", "", "Transitions of rules in mode shadow"},
    };
    char lane[32], labels[80];
    snprintf(lane, sizeof lane, "lane=\"%u\"", engine->options.number);
    for (int i = 0; i < COUNTERS; i++) {
        snprintf(labels, sizeof labels, "%s%s%s", list[i].labels, list[i].labels[0] ? "," : "", lane);
        engine->counters[i].metric = ioc_metric_get(IOC_COUNTER, list[i].name, labels, list[i].help);
    }
    engine->keys = ioc_metric_get(IOC_GAUGE, "ioc_keys", lane, "Keys known");
    engine->alerts = ioc_metric_get(IOC_GAUGE, "ioc_alerts", lane, "Alerts that are not normal");
    engine->stalls = ioc_metric_get(IOC_COUNTER, "ioc_engine_stalls_total", lane, "Waits of 0.5 ms for a full sink lane");
    engine->lag_metric = ioc_metric_get(IOC_HISTOGRAM, "ioc_engine_lag_seconds", lane, "Receive to applied, one sample a batch");
}

/* ------------------------------------------------------------- time */

static void arm_tick(struct ioc_engine *engine);

static void apply(struct ioc_engine *engine, struct ioc_record *record)
{
    uint32_t p = engine->partition = record->partition;
    record->stamp = engine->now;
    record->offset = ++engine->offsets[p];
    ioc_shard_apply(engine->shards[p], record, &engine->outlet);
    engine->touched |= (uint64_t)1 << p;
}

static void read_clock(struct ioc_engine *engine)
{
    ioc_time now = ioc_clock_now();
    if (now > engine->now) /* a clock that jumps back stands still: engine time is a running maximum */
        engine->now = now;
}

static void on_tick(uv_timer_t *timer)
{
    struct ioc_engine *engine = timer->data;
    read_clock(engine);
    engine->ticked = engine->now;
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) {
        if (!engine->shards[p] || ioc_shard_due(engine->shards[p]) > engine->now)
            continue;
        struct ioc_record tick = {.bytes = sizeof tick, .kind = IOC_RECORD_TICK, .partition = (uint8_t)p, .source = UINT16_MAX};
        apply(engine, &tick);
    }
    post_outputs(engine);
    arm_tick(engine);
}

static void on_publish(uv_timer_t *timer)
{
    struct ioc_engine *engine = timer->data;
    engine->is_publishing = false;
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) {
        if (!engine->shards[p])
            continue;
        engine->partition = (uint8_t)p;
        ioc_shard_publish(engine->shards[p], &engine->outlet);
        if (engine->out.length > 4 << 20)
            post_outputs(engine);
    }
    collect_counts(engine);
    post_outputs(engine);
}

static void arm_publish(struct ioc_engine *engine)
{
    if (engine->is_publishing)
        return;
    engine->is_publishing = true;
    uv_timer_start(&engine->publish, on_publish, PUBLISH_MS, 0);
}

static void arm_tick(struct ioc_engine *engine)
{
    ioc_time due = IOC_TIME_MAX;
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++)
        if (engine->shards[p] && ioc_shard_due(engine->shards[p]) < due)
            due = ioc_shard_due(engine->shards[p]);
    arm_publish(engine);
    if (due == IOC_TIME_MAX) {
        uv_timer_stop(&engine->tick);
        return;
    }
    if (due < engine->ticked + TICK_MS * IOC_MILLISECOND)
        due = engine->ticked + TICK_MS * IOC_MILLISECOND;
    ioc_span wait = due - ioc_clock_now();
    /* The wall clock may be set while we wait: look again each second at the latest. */
    uint64_t ms = wait <= 0 ? 0 : wait > IOC_SECOND ? 1000 : (uint64_t)((wait + IOC_MILLISECOND - 1) / IOC_MILLISECOND);
    uv_timer_start(&engine->tick, on_tick, ms, 0);
}

/* ------------------------------------------------------------- the lane */

static void handle_batch(struct ioc_lane_work *work, struct ioc_lane *lane, struct ioc_text batch)
{
    struct ioc_engine *engine = (struct ioc_engine *)((char *)work - offsetof(struct ioc_engine, work));
    uint64_t events = 0;
    ioc_time received = IOC_TIME_NONE;
    size_t at = 0;
    uv_update_time(ioc_lane_loop(lane));
    read_clock(engine);
    for (const struct ioc_record *next; (next = ioc_record_next(batch, &at));) {
        struct ioc_record *record = (struct ioc_record *)next; /* the inbox is ours while it is handled */
        if (record->partition >= IOC_PARTITIONS || !engine->shards[record->partition])
            continue;
        apply(engine, record);
        if (record->kind == IOC_RECORD_EVENT) {
            events++;
            received = ((const struct ioc_event *)ioc_record_payload(record))->received;
        }
        if (record->ack)
            add_ack(engine, record);
        if (engine->out.length > 4 << 20)
            post_outputs(engine);
    }
    if (engine->out.length) /* marks alone wait for the publish timer: no wake-up of the sinks for each batch */
        post_outputs(engine);
    post_acks(engine);
    if (events) {
        ioc_span lag = ioc_clock_now() - received;
        atomic_fetch_add_explicit(&engine->events, events, memory_order_relaxed);
        atomic_store_explicit(&engine->lag, lag, memory_order_relaxed);
        ioc_metric_observe(engine->lag_metric, (double)lag / IOC_SECOND);
    }
    arm_tick(engine);
}

struct ioc_engine *ioc_engine_new(const struct ioc_engine_options *options)
{
    struct ioc_engine *engine = ioc_memory_take(sizeof *engine);
    char name[16];
    engine->options = *options;
    engine->work.handle = handle_batch;
    engine->outlet = (struct ioc_outlet){.transition = take_transition, .entity = take_entity, .result = take_result};
    engine->out.limit = 1u << 30;
    engine->now = engine->ticked = IOC_TIME_NONE;
    engine->ticked = 0;
    pthread_mutex_init(&engine->health_lock, NULL);
    snprintf(name, sizeof name, "engine-%u", options->number % 1000);
    engine->lane = ioc_lane_new(&(struct ioc_lane_options){.name = name, .inbox_bytes = options->inbox_bytes, .work = &engine->work});
    for (uint32_t p = options->number; p < IOC_PARTITIONS; p += options->lanes)
        engine->shards[p] = ioc_shard_new(&(struct ioc_shard_options){.site = options->context->site, .partition = p,
            .streams = options->context->streams, .stream_count = options->context->stream_count, .areas = options->areas,
            .ruleset = options->ruleset, .keys_most = (options->keys_most + IOC_PARTITIONS - 1) / IOC_PARTITIONS * 2});
    make_metrics(engine);
    return engine;
}

enum ioc_status ioc_engine_start(struct ioc_engine *engine)
{
    if (!ioc_lane_loop(engine->lane))
        return IOC_FAILED;
    uv_timer_init(ioc_lane_loop(engine->lane), &engine->tick);
    uv_timer_init(ioc_lane_loop(engine->lane), &engine->publish);
    engine->tick.data = engine->publish.data = engine;
    engine->has_timers = true;
    enum ioc_status status = ioc_lane_start(engine->lane);
    if (status == IOC_OK)
        return status;
    uv_close((uv_handle_t *)&engine->tick, NULL);
    uv_close((uv_handle_t *)&engine->publish, NULL);
    uv_run(ioc_lane_loop(engine->lane), UV_RUN_DEFAULT);
    engine->has_timers = false;
    return status;
}

void ioc_engine_hasten(struct ioc_engine *engine)
{
    atomic_store(&engine->is_stopping, true);
}

struct stop_task {
    struct ioc_lane_task task;
    struct ioc_engine *engine;
};

static void stop_timers(struct ioc_lane_task *task, struct ioc_lane *lane)
{
    struct ioc_engine *engine = ((struct stop_task *)task)->engine;
    on_publish(&engine->publish);
    uv_close((uv_handle_t *)&engine->tick, NULL);
    uv_close((uv_handle_t *)&engine->publish, NULL);
    ioc_memory_give(task);
}

void ioc_engine_stop(struct ioc_engine *engine)
{
    ioc_engine_hasten(engine);
    if (!engine->has_timers)
        return;
    struct stop_task *stop = ioc_memory_take(sizeof *stop);
    *stop = (struct stop_task){{.run = stop_timers}, engine};
    if (ioc_lane_run(engine->lane, &stop->task) != IOC_OK)
        ioc_memory_give(stop);
    ioc_lane_stop(engine->lane);
}

struct ioc_text ioc_engine_rest(const struct ioc_engine *engine)
{
    return ioc_buffer_text(&engine->out);
}

struct ioc_text ioc_engine_acks(const struct ioc_engine *engine)
{
    return ioc_buffer_text(&engine->acks);
}

void ioc_engine_free(struct ioc_engine *engine)
{
    if (!engine)
        return;
    ioc_lane_free(engine->lane);
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++)
        ioc_shard_free(engine->shards[p]);
    ioc_buffer_done(&engine->out);
    ioc_buffer_done(&engine->acks);
    pthread_mutex_destroy(&engine->health_lock);
    ioc_memory_give(engine);
}

struct ioc_lane *ioc_engine_lane(struct ioc_engine *engine)
{
    return engine->lane;
}

/* ------------------------------------------------------------- restate, reload */

struct engine_task {
    struct ioc_lane_task task;
    struct ioc_engine *engine;
    struct ioc_ruleset *ruleset;
};

static void post_task(struct ioc_engine *engine, void (*run)(struct ioc_lane_task *, struct ioc_lane *), struct ioc_ruleset *ruleset)
{
    struct engine_task *task = ioc_memory_take(sizeof *task);
    *task = (struct engine_task){{.run = run}, engine, ruleset};
    if (ioc_lane_run(engine->lane, &task->task) == IOC_OK)
        return;
    ioc_ruleset_unref(ruleset);
    ioc_memory_give(task);
}

static void run_restate(struct ioc_lane_task *task, struct ioc_lane *lane)
{
    struct ioc_engine *engine = ((struct engine_task *)task)->engine;
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) {
        if (!engine->shards[p])
            continue;
        engine->partition = (uint8_t)p;
        engine->touched |= (uint64_t)1 << p;
        ioc_shard_restate(engine->shards[p], &engine->outlet);
        ioc_shard_publish(engine->shards[p], &engine->outlet);
        if (engine->out.length > 4 << 20)
            post_outputs(engine);
    }
    post_outputs(engine);
    ioc_memory_give(task);
}

static void run_reload(struct ioc_lane_task *task, struct ioc_lane *lane)
{
    struct engine_task *own = (struct engine_task *)task;
    struct ioc_engine *engine = own->engine;
    read_clock(engine);
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) {
        if (!engine->shards[p])
            continue;
        struct ioc_record record = {.bytes = sizeof record, .kind = IOC_RECORD_RELOAD, .partition = (uint8_t)p, .source = UINT16_MAX,
            .stamp = engine->now, .offset = ++engine->offsets[p]};
        engine->partition = (uint8_t)p;
        engine->touched |= (uint64_t)1 << p;
        ioc_shard_reload(engine->shards[p], own->ruleset, &record, &engine->outlet);
    }
    post_outputs(engine);
    arm_tick(engine);
    ioc_ruleset_unref(own->ruleset);
    ioc_memory_give(task);
}

void ioc_engine_restate(struct ioc_engine *engine)
{
    post_task(engine, run_restate, NULL);
}

void ioc_engine_reload(struct ioc_engine *engine, struct ioc_ruleset *ruleset)
{
    post_task(engine, run_reload, ioc_ruleset_ref(ruleset));
}

void ioc_engine_health(const struct ioc_engine *engine, struct ioc_engine_health *health)
{
    struct ioc_engine *own = (struct ioc_engine *)engine; /* for the lock */
    health->events = atomic_load_explicit(&engine->events, memory_order_relaxed);
    health->lag = atomic_load_explicit(&engine->lag, memory_order_relaxed);
    pthread_mutex_lock(&own->health_lock);
    health->counts = own->counts;
    pthread_mutex_unlock(&own->health_lock);
}
