/*
 * sinks/redis.c — live state in Redis: takes what the shards say, opens and closes the sink.
 */
#include "sinks/redis.h"
#include "sinks/redis_state.h"
#include "sinks/wire.h"
#include <assert.h>
#include <sodium.h>
#include <unistd.h>

enum {
    ENTRY_MOST = 1024 * 1024,
    BODY_LIMIT = 48 * 1024 * 1024,
    RESP_LIMIT = 60 * 1024 * 1024,
    BEAT_MS = 1000
};

struct redis_options {
    struct ioc_text address, username, node;
    struct ioc_secret password;
    ioc_span flush;
    uint64_t queue;
};

static const struct ioc_option options_table[] = {
    {.key = "address",
        .type = IOC_OPTION_TEXT,
        .fallback = "127.0.0.1:6379",
        .offset = offsetof(struct redis_options, address),
        .help = "where Redis listens: 127.0.0.1:PORT, [::1]:PORT or unix:/path",
        .help_vi = "địa chỉ Redis: 127.0.0.1:PORT, [::1]:PORT hoặc unix:/path"},
    {.key = "username",
        .type = IOC_OPTION_TEXT,
        .offset = offsetof(struct redis_options, username),
        .help = "ACL user of the engine; empty: none",
        .help_vi = "người dùng ACL của máy xử lý; để trống: không có"},
    {.key = "password",
        .type = IOC_OPTION_SECRET,
        .offset = offsetof(struct redis_options, password),
        .help = "its password",
        .help_vi = "mật khẩu"},
    {.key = "node",
        .type = IOC_OPTION_TEXT,
        .offset = offsetof(struct redis_options, node),
        .help = "name of this engine in heartbeats; the host's name when not given",
        .help_vi = "tên của máy này trong nhịp báo sống; mặc định là tên máy chủ"},
    {.key = "flush",
        .type = IOC_OPTION_SPAN,
        .fallback = "250ms",
        .offset = offsetof(struct redis_options, flush),
        .help = "how long values of entities are collected before they are written; transitions "
                "never wait",
        .help_vi = "gom giá trị bao lâu rồi mới ghi; thay đổi của cảnh báo không bao giờ chờ"},
    {.key = "queue",
        .type = IOC_OPTION_BYTES,
        .fallback = "64 MiB",
        .offset = offsetof(struct redis_options, queue),
        .help = "bytes of transitions kept while Redis is away; over it the oldest that raise "
                "nothing go first",
        .help_vi = "số byte giữ lại khi Redis vắng mặt; quá mức thì bỏ cái cũ nhất không phải báo động"},
    IOC_OPTION_END,
};

static void count_lost(struct ioc_sink *sink, uint64_t count)
{
    if (count == 0)
        return;
    sink->lost += count;
    ioc_metric_add(sink->metrics.lost, (int64_t)count);
    if (!sink->is_losing)
        ioc_log(IOC_LOG_ERROR, "sinks.redis",
            "sink %s: more waits for Redis than `queue` allows; the oldest that raise no alert are "
            "dropped and counted",
            sink->label);
    sink->is_losing = true;
}

/* sink->scratch holds the operation. */
static void queue_operation(
    struct ioc_sink *sink, uint8_t partition, uint8_t arguments, bool is_raise)
{
    struct ioc_outbox_entry entry = {.text = ioc_buffer_text(&sink->scratch),
        .partition = partition,
        .kind = arguments,
        .is_raise = is_raise};
    bool is_too_long =
        sink->scratch.is_full || sink->json.is_full || sink->scratch.length > ENTRY_MOST;
    count_lost(sink, is_too_long ? 1 : ioc_outbox_add(&sink->outbox, &entry));
}

static bool is_raise(const struct ioc_transition *transition)
{
    return transition->is_restated || (transition->to == IOC_ALERT_UNACKNOWLEDGED &&
                                          transition->from != IOC_ALERT_UNACKNOWLEDGED &&
                                          transition->from != IOC_ALERT_ACKNOWLEDGED);
}

static void take_transition(struct ioc_sink *sink, const struct ioc_transition *transition)
{
    assert(transition->partition < IOC_PARTITIONS);
    if (sink->stage == IOC_REDIS_FENCED)
        return;
    ioc_board_apply(&sink->board, transition);
    ioc_buffer_reset(&sink->scratch);
    ioc_wire_transition(transition, &sink->json, &sink->scratch);
    queue_operation(sink, transition->partition, IOC_WIRE_TRANSITION, is_raise(transition));
}

static void take_entity(struct ioc_sink *sink, const struct ioc_entity *entity)
{
    assert(entity->partition < IOC_PARTITIONS);
    if (sink->stage != IOC_REDIS_FENCED && ioc_roster_set(&sink->roster, entity) != IOC_OK)
        count_lost(sink, 1);
}

static void take_result(struct ioc_sink *sink, const struct ioc_result *result)
{
    assert(result->partition < IOC_PARTITIONS);
    /* Without a command id nobody can ask for it: its signature was wrong. */
    if (sink->stage == IOC_REDIS_FENCED || result->command.length == 0)
        return;
    ioc_buffer_reset(&sink->scratch);
    ioc_wire_result(result, &sink->json, &sink->scratch);
    queue_operation(sink, result->partition, IOC_WIRE_RESULT, false);
}

static void take_mark(struct ioc_sink *sink, const struct ioc_mark *mark)
{
    assert(mark->partition < IOC_PARTITIONS);
    if (mark->offset > sink->marked[mark->partition])
        sink->marked[mark->partition] = mark->offset;
}

static void take_rules(struct ioc_sink *sink, uint64_t rules_version)
{
    sink->rules_version = rules_version;
    sink->is_rules_due = true;
}

static struct ioc_sink *sink_of(struct ioc_redis_user *user)
{
    return (struct ioc_sink *)((char *)user - offsetof(struct ioc_sink, user));
}

static void come_up(struct ioc_redis_user *user, struct ioc_redis *redis)
{
    struct ioc_sink *sink = sink_of(user);
    if (sink->stage != IOC_REDIS_FENCED)
        ioc_redis_begin_session(sink);
}

static void go_down(struct ioc_redis_user *user, struct ioc_redis *redis, const char *why)
{
    struct ioc_sink *sink = sink_of(user);
    if (sink->stage == IOC_REDIS_FENCED)
        return;
    sink->stage = IOC_REDIS_DOWN;
    ioc_metric_set(sink->metrics.up, 0);
}

static void free_sink(struct ioc_sink *sink)
{
    ioc_outbox_done(&sink->outbox);
    ioc_roster_done(&sink->roster);
    ioc_board_done(&sink->board);
    ioc_batch_done(&sink->batch);
    ioc_buffer_done(&sink->command);
    ioc_buffer_done(&sink->json);
    ioc_buffer_done(&sink->scratch);
    ioc_memory_give(sink->beat_messages);
    ioc_memory_give(sink->rates);
    ioc_memory_give(sink->prefix);
    ioc_memory_give(sink->entity_prefix);
    ioc_memory_give(sink->node);
    ioc_memory_give(sink->label);
    ioc_memory_give(sink);
}

static void count_closed(struct ioc_sink *sink)
{
    if (--sink->closing > 0)
        return;
    struct ioc_sink_host *host = sink->host;
    void (*closed)(struct ioc_sink_host * host) = sink->closed;
    free_sink(sink);
    if (closed)
        closed(host);
}

static void timer_closed(uv_handle_t *handle)
{
    count_closed(handle->data);
}

static void redis_closed(struct ioc_redis_user *user)
{
    count_closed(sink_of(user));
}

static void end_sink(struct ioc_sink *sink)
{
    if (sink->closing > 0)
        return;
    uint32_t left = sink->outbox.waiting_count + sink->outbox.in_flight_count;
    if (left > 0)
        ioc_log(IOC_LOG_WARNING, "sinks.redis",
            "sink %s: stops with %u transitions that Redis has not confirmed", sink->label, left);
    uv_timer_t *timers[] = {&sink->second, &sink->flush_timer, &sink->retry, &sink->grace};
    enum { TIMERS = sizeof timers / sizeof timers[0] };
    sink->closing = TIMERS + 1;
    sink->stage = sink->stage == IOC_REDIS_FENCED ? IOC_REDIS_FENCED : IOC_REDIS_DOWN;
    ioc_metric_set(sink->metrics.up, 0);
    for (int i = 0; i < TIMERS; i++)
        uv_close((uv_handle_t *)timers[i], timer_closed);
    ioc_redis_close(sink->redis);
}

static void grace_is_over(uv_timer_t *timer)
{
    end_sink(timer->data);
}

static void beat_each_second(uv_timer_t *timer)
{
    ioc_redis_beat_now(timer->data);
}

void ioc_redis_close_when_done(struct ioc_sink *sink)
{
    if (!sink->is_closing)
        return;
    bool is_delivered = sink->outbox.waiting_count == 0 && sink->outbox.in_flight_count == 0 &&
                        sink->roster.changed == 0 && !sink->apply.is_waiting;
    if (is_delivered || sink->stage == IOC_REDIS_FENCED)
        end_sink(sink);
}

static void flush_sink(struct ioc_sink *sink)
{
    ioc_redis_pump(sink);
}

static void close_sink(
    struct ioc_sink *sink, ioc_span grace, void (*closed)(struct ioc_sink_host *host))
{
    if (!sink)
        return;
    sink->is_closing = true;
    sink->closed = closed;
    sink->is_beat_due = true; /* last offsets and counters */
    uv_timer_start(
        &sink->grace, grace_is_over, grace > 0 ? (uint64_t)(grace / IOC_MILLISECOND) : 0, 0);
    ioc_redis_pump(sink);
    if (sink->stage == IOC_REDIS_FENCED)
        end_sink(sink);
}

static void make_metrics(struct ioc_sink *sink, struct ioc_text name)
{
    struct ioc_buffer label = {0};
    ioc_metric_label(&label, "sink", name);
    ioc_buffer_add_char(&label, '\0');
    struct ioc_redis_metrics *metrics = &sink->metrics;
    metrics->queue_bytes = ioc_metric_get(IOC_GAUGE, "ioc_sink_queue_bytes", label.data,
        "Bytes of transitions that wait for the sink's other side.");
    metrics->transitions = ioc_metric_get(IOC_COUNTER, "ioc_sink_transitions_total", label.data,
        "Transitions and command results delivered.");
    metrics->entities = ioc_metric_get(
        IOC_COUNTER, "ioc_sink_entities_total", label.data, "Entity values delivered.");
    metrics->lost = ioc_metric_get(IOC_COUNTER, "ioc_sink_lost_total", label.data,
        "Outputs given up because a bound was reached.");
    metrics->flushes =
        ioc_metric_get(IOC_COUNTER, "ioc_sink_flushes_total", label.data, "Flushes confirmed.");
    metrics->up = ioc_metric_get(
        IOC_GAUGE, "ioc_sink_up", label.data, "1 while the other side takes writes.");
    metrics->seconds = ioc_metric_get(IOC_HISTOGRAM, "ioc_sink_flush_seconds", label.data,
        "Time from sending a flush to its confirmation.");
    metrics->fenced = ioc_metric_get(IOC_GAUGE, "ioc_sink_fenced", label.data,
        "1 when another engine has taken over and this one writes no more.");
    ioc_buffer_done(&label);
}

static char *copy_node(const struct ioc_sink_setup *setup, const struct redis_options *options)
{
    char host[256] = "engine";
    if (options->node.length > 0)
        return ioc_memory_copy(options->node.data, options->node.length);
    if (setup->node.length > 0)
        return ioc_memory_copy(setup->node.data, setup->node.length);
    if (gethostname(host, sizeof host) == 0)
        host[sizeof host - 1] = '\0';
    return ioc_memory_copy(host, strlen(host));
}

static struct ioc_sink *make_sink(
    const struct ioc_sink_setup *setup, const struct redis_options *options)
{
    struct ioc_sink *sink = ioc_memory_take(sizeof *sink);
    struct ioc_buffer prefix = {0};
    ioc_buffer_addf(&prefix, "ioc:{%.*s}:", IOC_TEXT_ARGS(setup->site));
    sink->prefix = ioc_memory_copy(prefix.data, prefix.length);
    ioc_buffer_add_string(&prefix, "e:");
    sink->entity_prefix = ioc_memory_copy(prefix.data, prefix.length);
    ioc_buffer_done(&prefix);
    sink->user = (struct ioc_redis_user){.up = come_up, .down = go_down, .closed = redis_closed};
    sink->host = setup->host;
    sink->loop = setup->loop;
    sink->node = copy_node(setup, options);
    sink->label = ioc_memory_copy(setup->name.data, setup->name.length);
    sink->flush_span = options->flush;
    sink->rules_version = setup->rules_version;
    sink->batch.body.limit = BODY_LIMIT;
    sink->batch.resp.limit = RESP_LIMIT;
    strcpy(sink->cursor, "0");
    ioc_outbox_init(&sink->outbox, options->queue);
    ioc_roster_init(&sink->roster, ioc_text_of(sink->entity_prefix));
    ioc_board_init(&sink->board);
    make_metrics(sink, setup->name);
    struct {
        struct ioc_redis_step *step;
        void (*answered)(struct ioc_redis_call *call, const redisReply *reply);
    } steps[] = {{&sink->setup, ioc_redis_setup_answered}, {&sink->apply, ioc_redis_flush_answered},
        {&sink->end, ioc_redis_end_answered}, {&sink->drop, ioc_redis_drop_answered},
        {&sink->beat, ioc_redis_beat_answered}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        *steps[i].step = (struct ioc_redis_step){.call.answered = steps[i].answered, .sink = sink};
    return sink;
}

static void start_timers(struct ioc_sink *sink)
{
    uv_timer_t *timers[] = {&sink->second, &sink->flush_timer, &sink->retry, &sink->grace};
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++) {
        uv_timer_init(sink->loop, timers[i]);
        timers[i]->data = sink;
    }
    uv_timer_start(&sink->second, beat_each_second, BEAT_MS, BEAT_MS);
}

static bool is_site_name(struct ioc_text site)
{
    for (uint32_t i = 0; i < site.length; i++) {
        if (site.data[i] == '{' || site.data[i] == '}')
            return false;
    }
    return site.length > 0;
}

static enum ioc_status open_sink(const struct ioc_sink_setup *setup, const void *options,
    struct ioc_sink **sink, struct ioc_error *err)
{
    const struct redis_options *redis_options = options;
    if (sodium_init() < 0 || !is_site_name(setup->site)) {
        ioc_error_set(err, "bad-site",
            "the site's name is empty or has a brace, which the keys in Redis cannot hold");
        return IOC_INVALID;
    }
    struct ioc_sink *made = make_sink(setup, redis_options);
    struct ioc_redis_options connection = {
        .address = redis_options->address,
        .username = redis_options->username,
        .password = redis_options->password.value,
        .name = "sinks.redis",
    };
    enum ioc_status status =
        ioc_redis_open(setup->loop, &connection, &made->user, &made->redis, err);
    if (status != IOC_OK) {
        free_sink(made);
        return status;
    }
    start_timers(made);
    *sink = made;
    return IOC_OK;
}

const struct ioc_sink_kind ioc_sink_redis = {
    .name = "redis",
    .summary = "live state, alerts and counters in Redis, which the wall reads",
    .options = options_table,
    .options_bytes = sizeof(struct redis_options),
    .open = open_sink,
    .transition = take_transition,
    .entity = take_entity,
    .result = take_result,
    .mark = take_mark,
    .flush = flush_sink,
    .rules = take_rules,
    .close = close_sink,
};
