/*
 * sinks/wire.c — transitions, results and heartbeats in the form that the functions of sinks/redis.lua take.
 */
#include "sinks/wire.h"
#include "core/redis.h"
#include <inttypes.h>

static void add_time(struct ioc_buffer *out, ioc_time time)
{
    if (time == IOC_TIME_NONE)
        ioc_resp_add_string(out, "");
    else
        ioc_resp_add_int(out, time / IOC_MILLISECOND);
}

static struct ioc_text first_of(struct ioc_text a, struct ioc_text b)
{
    return a.length > 0 ? a : b;
}

/* Most urgent last, oldest first within a priority: below 2^53 for priorities 0-4. */
static int64_t find_score(const struct ioc_transition *transition)
{
    ioc_time since = transition->since != IOC_TIME_NONE ? transition->since : transition->onset;
    int64_t ms = since == IOC_TIME_NONE || since < 0 ? 0 : since / IOC_MILLISECOND;
    return (int64_t)transition->priority * 10000000000000 + ms;
}

void ioc_wire_transition(
    const struct ioc_transition *transition, struct ioc_buffer *json, struct ioc_buffer *out)
{
    char version[17];
    snprintf(version, sizeof version, "%016" PRIx64, transition->rule_version);
    ioc_buffer_reset(json);
    ioc_transition_json(transition, json);

    ioc_resp_add_string(out, "t");
    ioc_resp_add(out, (struct ioc_text){transition->id.text, IOC_ID_LENGTH});
    ioc_resp_add_int(out, transition->seq);
    ioc_resp_add_string(out, ioc_alert_state_text(transition->from));
    ioc_resp_add_string(out, ioc_alert_state_text(transition->to));
    ioc_resp_add(out, first_of(transition->actor, ioc_text_of(ioc_cause_text(transition->cause))));
    ioc_resp_add_int(out, find_score(transition));
    ioc_resp_add_string(out, transition->is_restated ? "1" : "0");
    ioc_resp_add(out, transition->rule);
    ioc_resp_add_string(out, version);
    ioc_resp_add(out, transition->key);
    ioc_resp_add(out, transition->area);
    if (transition->has_point) {
        ioc_resp_add_double(out, transition->point.longitude);
        ioc_resp_add_double(out, transition->point.latitude);
    } else {
        ioc_resp_add_string(out, "");
        ioc_resp_add_string(out, "");
    }
    ioc_resp_add_int(out, transition->severity);
    ioc_resp_add_int(out, transition->priority);
    add_time(out, transition->since);
    add_time(out, transition->engine_time);
    ioc_resp_add_int(out, transition->count);
    ioc_resp_add(out, first_of(transition->title_vi, transition->title_en));
    ioc_resp_add(out, first_of(transition->message_vi, transition->message_en));
    ioc_resp_add(out, transition->acknowledged_by);
    add_time(out, transition->acknowledged_at);
    add_time(out, transition->shelved_until);
    ioc_resp_add(out, ioc_buffer_text(json));
}

static void add_member(struct ioc_buffer *json, const char *name, struct ioc_text text)
{
    ioc_buffer_addf(json, ",\"%s\":", name);
    ioc_buffer_add_json(json, text);
}

void ioc_wire_result(
    const struct ioc_result *result, struct ioc_buffer *json, struct ioc_buffer *out)
{
    ioc_buffer_reset(json);
    ioc_buffer_add_string(json, "{\"cmd_id\":");
    ioc_buffer_add_json(json, result->command);
    ioc_buffer_addf(json, ",\"ok\":%s", result->is_done ? "true" : "false");
    if (result->why.length > 0)
        add_member(json, "why", result->why);
    if (result->alert.length > 0)
        add_member(json, "alert", result->alert);
    ioc_buffer_addf(json, ",\"seq\":%u", result->seq);
    if (result->user.length > 0)
        add_member(json, "user", result->user);
    ioc_buffer_add_char(json, '}');

    ioc_resp_add_string(out, "s");
    ioc_resp_add(out, result->command);
    ioc_resp_add(out, ioc_buffer_text(json));
}

static void add_source(struct ioc_buffer *json, const struct ioc_sink_source *source, double rate)
{
    ioc_buffer_add_string(json, "{\"name\":");
    ioc_buffer_add_json(json, source->name);
    add_member(json, "state", source->state);
    ioc_buffer_addf(json,
        ",\"messages\":%" PRIu64 ",\"dead\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"last\":",
        source->messages, source->dead, source->dropped);
    if (source->last == IOC_TIME_NONE)
        ioc_buffer_add_string(json, "null");
    else
        ioc_buffer_add_int(json, source->last / IOC_MILLISECOND);
    ioc_buffer_add_string(json, ",\"rate\":");
    ioc_buffer_add_fixed(json, rate, 1);
    ioc_buffer_add_char(json, '}');
}

void ioc_wire_heartbeat(const struct ioc_sink_health *health, const struct ioc_wire_pulse *pulse,
    struct ioc_buffer *out)
{
    ioc_buffer_add_string(out, "{\"node\":");
    ioc_buffer_add_json(out, pulse->node);
    ioc_buffer_addf(out,
        ",\"started\":%" PRId64 ",\"at\":%" PRId64 ",\"partitions\":%u,\"lag_ms\":%" PRId64
        ",\"ev_s\":",
        health->started / IOC_MILLISECOND, pulse->now / IOC_MILLISECOND, pulse->partitions,
        health->lag / IOC_MILLISECOND);
    ioc_buffer_add_fixed(out, pulse->event_rate, 1);
    ioc_buffer_addf(out,
        ",\"events\":%" PRIu64 ",\"queued\":%" PRIu64 ",\"lost\":%" PRIu64
        ",\"rules\":\"%016" PRIx64 "\"",
        health->events, pulse->queued, pulse->lost, pulse->rules);
    ioc_buffer_add_string(out, ",\"sources\":[");
    for (uint32_t i = 0; i < health->source_count; i++) {
        if (i > 0)
            ioc_buffer_add_char(out, ',');
        add_source(out, &health->sources[i], pulse->source_rates[i]);
    }
    ioc_buffer_add_string(out, "]}");
}
