/*
 * sinks/redis_beat.c — each second: the pipeline's health into the counters and the heartbeat.
 */
#include "core/clock.h"
#include "sinks/redis_state.h"
#include "sinks/wire.h"

static const ioc_span kept_span =
    10 * IOC_SECOND; /* an AOF that is synced each second loses two at most */

static void find_rates(
    struct ioc_sink *sink, const struct ioc_sink_health *health, struct ioc_wire_pulse *pulse)
{
    ioc_span now = ioc_clock_steady();
    double seconds = (double)(now - sink->beat_at) / (double)IOC_SECOND;
    bool has_before = sink->beat_at != 0 && seconds > 0;
    if (health->source_count > sink->source_capacity) {
        size_t before = sink->source_capacity, after = health->source_count;
        sink->beat_messages = ioc_memory_grow(
            sink->beat_messages, before * sizeof(uint64_t), after * sizeof(uint64_t));
        sink->rates = ioc_memory_grow(sink->rates, before * sizeof(double), after * sizeof(double));
        for (size_t i = before; i < after; i++)
            sink->beat_messages[i] = health->sources[i].messages;
        sink->source_capacity = health->source_count;
    }
    for (uint32_t i = 0; i < health->source_count; i++) {
        uint64_t messages = health->sources[i].messages;
        bool is_more = has_before && messages >= sink->beat_messages[i];
        sink->rates[i] = is_more ? (double)(messages - sink->beat_messages[i]) / seconds : 0;
        sink->beat_messages[i] = messages;
    }
    bool is_more = has_before && health->events >= sink->beat_events;
    pulse->event_rate = is_more ? (double)(health->events - sink->beat_events) / seconds : 0;
    pulse->source_rates = sink->rates;
    sink->beat_events = health->events;
    sink->beat_at = now;
}

static void send_heartbeat(struct ioc_sink *sink, const struct ioc_sink_health *health)
{
    struct ioc_wire_pulse pulse = {
        .node = ioc_text_of(sink->node),
        .now = ioc_clock_now(),
        .partitions = IOC_PARTITIONS,
        .queued = sink->outbox.waiting_count,
        .lost = sink->lost,
        .rules = sink->rules_version,
    };
    find_rates(sink, health, &pulse);
    if (sink->stage != IOC_REDIS_READY || sink->beat.is_waiting)
        return;
    ioc_buffer_reset(&sink->json);
    ioc_wire_heartbeat(health, &pulse, &sink->json);
    ioc_redis_begin_call(sink, "ioc_beat", 4);
    ioc_resp_add_int(&sink->command, 0);
    ioc_resp_add_int(&sink->command, (int64_t)sink->parts[0].gen);
    ioc_resp_add_string(&sink->command, sink->node);
    ioc_resp_add(&sink->command, ioc_buffer_text(&sink->json));
    ioc_redis_send_step(sink, &sink->beat, ioc_buffer_text(&sink->command));
}

void ioc_redis_beat_now(struct ioc_sink *sink)
{
    struct ioc_sink_health health = {0};
    uint64_t dead = 0, dropped = 0;
    if (sink->stage == IOC_REDIS_FENCED || sink->is_closing)
        return;
    sink->host->health(sink->host, &health);
    for (uint32_t i = 0; i < health.source_count; i++) {
        dead += health.sources[i].dead;
        dropped += health.sources[i].dropped;
    }
    ioc_board_hear(&sink->board, health.events, dead, dropped);
    ioc_metric_set(sink->metrics.queue_bytes, (int64_t)sink->outbox.waiting_bytes);
    if (sink->stage == IOC_REDIS_READY)
        ioc_outbox_forget(&sink->outbox, ioc_clock_steady() - kept_span);
    send_heartbeat(sink, &health);
    sink->is_beat_due = true;
    ioc_redis_pump(sink);
    bool is_stuck = sink->stage == IOC_REDIS_LOADING || sink->stage == IOC_REDIS_CLAIMING;
    if (is_stuck && !sink->setup.is_waiting && !uv_is_active((uv_handle_t *)&sink->retry))
        ioc_redis_begin_session(sink);
}

void ioc_redis_beat_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_redis_step *step = (struct ioc_redis_step *)call;
    struct ioc_sink *sink = step->sink;
    step->is_waiting = false;
    if (!reply || sink->stage != IOC_REDIS_READY || ioc_redis_is_disowned(sink, reply))
        return;
    if (reply->type == REDIS_REPLY_ERROR)
        ioc_redis_refused(sink, reply);
}
