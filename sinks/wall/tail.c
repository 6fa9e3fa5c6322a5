/*
 * sinks/wall/tail.c — follows the delta stream into a ring, and knows whether it is still the same
 * stream.
 */
#include "sinks/wall/tail.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metric.h"
#include "sinks/wall/sitekey.h"
#include <assert.h>

enum { BLOCK_MS = 2000, READ_ENTRIES = 64, RETRY_MS = 250, IN_FLIGHT = 4096 };

static void begin_check(struct ioc_tail *tail);

static void begin_run(struct ioc_tail *tail, struct ioc_text epoch, struct ioc_position floor)
{
    ioc_log(IOC_LOG_INFO, "sinks.tail", "epoch %.*s begins; every client gets a snapshot",
        IOC_TEXT_ARGS(epoch));
    memmove(tail->epoch, epoch.data, epoch.length);
    tail->epoch[epoch.length] = 0;
    tail->run++;
    ioc_ring_reset(&tail->ring, floor);
    tail->user->run_began(tail->user);
}

static void try_again(uv_timer_t *timer)
{
    begin_check(timer->data);
}

static void retry_later(struct ioc_tail *tail)
{
    if (!tail->is_closing && !uv_is_active((uv_handle_t *)&tail->retry_timer))
        uv_timer_start(&tail->retry_timer, try_again, RETRY_MS, 0);
}

static void read_more(struct ioc_tail *tail)
{
    char last[IOC_POSITION_TEXT];
    struct ioc_buffer *resp = &tail->resp;
    if (tail->is_reading || tail->is_closing)
        return;
    ioc_buffer_reset(resp);
    ioc_resp_begin(resp, 8);
    ioc_resp_add_string(resp, "XREAD");
    ioc_resp_add_string(resp, "BLOCK");
    ioc_resp_add_int(resp, BLOCK_MS);
    ioc_resp_add_string(resp, "COUNT");
    ioc_resp_add_int(resp, READ_ENTRIES);
    ioc_resp_add_string(resp, "STREAMS");
    ioc_sitekey_add(resp, tail->site, "delta", IOC_TEXT(""));
    ioc_resp_add_string(resp, ioc_position_text(tail->ring.last, last));
    tail->is_reading = ioc_redis_send(tail->blocking, ioc_buffer_text(resp),
                           BLOCK_MS * IOC_MILLISECOND, &tail->read_call) == IOC_OK;
}

static void take_entry(struct ioc_tail *tail, const struct ioc_entry *entry)
{
    if (ioc_position_compare(entry->at, tail->ring.last) <= 0)
        return;
    if (!entry->is_sound) {
        ioc_metric_add(tail->bad, 1);
        ioc_ring_skip(&tail->ring, entry->at);
        return;
    }
    if (!ioc_text_equal(entry->epoch, ioc_text_of(tail->epoch)))
        begin_run(tail, entry->epoch, tail->ring.last);
    ioc_ring_add(
        &tail->ring, ioc_frame_new(tail->hold, "delta", entry->epoch, entry->at, entry->json));
    ioc_metric_add(tail->frames, 1);
    int64_t lag = ioc_clock_now() / IOC_MILLISECOND - (int64_t)entry->at.ms;
    tail->lag_ms = lag > 0 ? lag : 0;
    ioc_metric_set(tail->lag, tail->lag_ms);
}

/* [[key, [entry…]]] */
static bool take_entries(struct ioc_tail *tail, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1 ||
        reply->element[0]->type != REDIS_REPLY_ARRAY || reply->element[0]->elements != 2 ||
        reply->element[0]->element[1]->type != REDIS_REPLY_ARRAY)
        return false;
    const redisReply *entries = reply->element[0]->element[1];
    for (size_t i = 0; i < entries->elements; i++) {
        struct ioc_entry entry;
        if (ioc_entry_read(entries->element[i], &entry) != IOC_OK)
            return false;
        take_entry(tail, &entry);
    }
    return true;
}

static void entries_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_tail *tail =
        (struct ioc_tail *)((char *)call - offsetof(struct ioc_tail, read_call));
    tail->is_reading = false;
    if (!reply || tail->is_closing)
        return;
    if (reply->type == REDIS_REPLY_NIL) {
        if (tail->life == IOC_TAIL_READING)
            begin_check(tail); /* quiet: is it still our stream? */
        return;
    }
    if (!take_entries(tail, reply)) {
        tail->life = tail->life == IOC_TAIL_DOWN ? IOC_TAIL_DOWN : IOC_TAIL_CHECKING;
        tail->user->went_stale(tail->user,
            reply->type == REDIS_REPLY_ERROR ? reply->str : "Redis answered XREAD oddly");
        retry_later(tail);
        return;
    }
    tail->user->changed(tail->user);
    if (tail->life == IOC_TAIL_READING)
        read_more(tail);
}

/* Checking that the stream is still the one that the ring was read from. */

static void finish_check(struct ioc_tail *tail)
{
    struct ioc_tail_check *check = &tail->check;
    if (tail->life == IOC_TAIL_DOWN || tail->is_closing)
        return;
    if (check->is_broken || !check->epoch[0]) {
        tail->life = IOC_TAIL_CHECKING;
        tail->user->went_stale(
            tail->user, check->is_broken ? "Redis does not answer well" : "Redis holds no epoch");
        retry_later(tail);
        return;
    }
    bool is_first = tail->run == 0;
    bool is_same = strcmp(check->epoch, tail->epoch) == 0;
    bool is_empty = tail->ring.last.ms == 0 && check->newest.ms == 0;
    if (is_first || !is_same || !(check->is_kept || is_empty))
        begin_run(tail, ioc_text_of(check->epoch), check->newest);
    tail->life = IOC_TAIL_READING;
    tail->user->is_fresh(tail->user);
    read_more(tail);
}

static void count_check(struct ioc_tail *tail, const redisReply *reply, int type)
{
    if (!reply || reply->type != type)
        tail->check.is_broken = true;
    if (--tail->check.on_their_way == 0)
        finish_check(tail);
}

static void epoch_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_tail *tail =
        (struct ioc_tail *)((char *)call - offsetof(struct ioc_tail, check.epoch_call));
    if (reply && reply->type == REDIS_REPLY_STRING) {
        struct ioc_text epoch = {reply->str, (uint32_t)reply->len};
        if (ioc_entry_is_epoch(epoch))
            snprintf(tail->check.epoch, sizeof tail->check.epoch, "%.*s", IOC_TEXT_ARGS(epoch));
    }
    bool is_nil = reply && reply->type == REDIS_REPLY_NIL;
    count_check(tail, reply, is_nil ? REDIS_REPLY_NIL : REDIS_REPLY_STRING);
}

static void kept_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_tail *tail =
        (struct ioc_tail *)((char *)call - offsetof(struct ioc_tail, check.kept_call));
    tail->check.is_kept = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements > 0;
    count_check(tail, reply, REDIS_REPLY_ARRAY);
}

static void newest_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_tail *tail =
        (struct ioc_tail *)((char *)call - offsetof(struct ioc_tail, check.newest_call));
    struct ioc_entry entry;
    if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements) {
        if (ioc_entry_read(reply->element[0], &entry) == IOC_OK)
            tail->check.newest = entry.at;
        else
            tail->check.is_broken = true;
    }
    count_check(tail, reply, REDIS_REPLY_ARRAY);
}

static void ask(struct ioc_tail *tail, struct ioc_redis_call *call)
{
    if (ioc_redis_send(tail->query, ioc_buffer_text(&tail->resp), 0, call) == IOC_OK)
        tail->check.on_their_way++;
    else
        tail->check.is_broken = true;
    ioc_buffer_reset(&tail->resp);
}

static void ask_range(struct ioc_tail *tail, const char *command, const char *from, const char *to,
    struct ioc_redis_call *call)
{
    ioc_resp_begin(&tail->resp, 6);
    ioc_resp_add_string(&tail->resp, command);
    ioc_sitekey_add(&tail->resp, tail->site, "delta", IOC_TEXT(""));
    ioc_resp_add_string(&tail->resp, from);
    ioc_resp_add_string(&tail->resp, to);
    ioc_resp_add_string(&tail->resp, "COUNT");
    ioc_resp_add_string(&tail->resp, "1");
    ask(tail, call);
}

static void begin_check(struct ioc_tail *tail)
{
    struct ioc_tail_check *check = &tail->check;
    char last[IOC_POSITION_TEXT];
    if (check->on_their_way || tail->life == IOC_TAIL_DOWN || tail->is_closing)
        return;
    check->epoch[0] = 0;
    check->newest = (struct ioc_position){0};
    check->is_kept = check->is_broken = false;
    ioc_buffer_reset(&tail->resp);
    ioc_resp_begin(&tail->resp, 3);
    ioc_resp_add_string(&tail->resp, "HGET");
    ioc_sitekey_add(&tail->resp, tail->site, "meta", IOC_TEXT(""));
    ioc_resp_add_string(&tail->resp, "epoch");
    ask(tail, &check->epoch_call);
    ioc_position_text(tail->ring.last, last);
    ask_range(tail, "XRANGE", last, last, &check->kept_call);
    ask_range(tail, "XREVRANGE", "+", "-", &check->newest_call);
    if (!check->on_their_way)
        retry_later(tail);
}

/* The two connections. */

static void connections_changed(struct ioc_tail *tail, const char *why)
{
    if (tail->is_blocking_up && tail->is_query_up) {
        tail->life = IOC_TAIL_CHECKING;
        begin_check(tail);
    } else {
        tail->life = IOC_TAIL_DOWN;
        tail->user->went_stale(tail->user, why);
    }
}

static struct ioc_tail *of_blocking(struct ioc_redis_user *user)
{
    return (struct ioc_tail *)((char *)user - offsetof(struct ioc_tail, blocking_user));
}

static struct ioc_tail *of_query(struct ioc_redis_user *user)
{
    return (struct ioc_tail *)((char *)user - offsetof(struct ioc_tail, query_user));
}

static void blocking_is_up(struct ioc_redis_user *user, struct ioc_redis *redis)
{
    of_blocking(user)->is_blocking_up = true;
    connections_changed(of_blocking(user), "one connection to Redis is missing");
}

static void blocking_is_down(struct ioc_redis_user *user, struct ioc_redis *redis, const char *why)
{
    of_blocking(user)->is_blocking_up = false;
    connections_changed(of_blocking(user), why);
}

static void query_is_up(struct ioc_redis_user *user, struct ioc_redis *redis)
{
    struct ioc_tail *tail = of_query(user);
    tail->is_query_up = true;
    connections_changed(tail, "one connection to Redis is missing");
}

static void query_is_down(struct ioc_redis_user *user, struct ioc_redis *redis, const char *why)
{
    of_query(user)->is_query_up = false;
    connections_changed(of_query(user), why);
}

/* Opening and closing. */

static void count_closed(struct ioc_tail *tail)
{
    if (--tail->open_handles)
        return;
    ioc_ring_reset(&tail->ring, (struct ioc_position){0});
    ioc_buffer_done(&tail->resp);
    tail->user->closed(tail->user);
}

static void timer_closed(uv_handle_t *handle)
{
    count_closed(handle->data);
}

static void blocking_closed(struct ioc_redis_user *user)
{
    of_blocking(user)->blocking = NULL;
    count_closed(of_blocking(user));
}

static void query_closed(struct ioc_redis_user *user)
{
    of_query(user)->query = NULL;
    count_closed(of_query(user));
}

static void init_calls(struct ioc_tail *tail)
{
    tail->blocking_user =
        (struct ioc_redis_user){blocking_is_up, blocking_is_down, blocking_closed};
    tail->query_user = (struct ioc_redis_user){query_is_up, query_is_down, query_closed};
    tail->read_call.answered = entries_answered;
    tail->check.epoch_call.answered = epoch_answered;
    tail->check.kept_call.answered = kept_answered;
    tail->check.newest_call.answered = newest_answered;
    tail->frames =
        ioc_metric_get(IOC_COUNTER, "ioc_wall_frames_total", "", "Deltas read from Redis.");
    tail->bad = ioc_metric_get(
        IOC_COUNTER, "ioc_wall_bad_total", "", "Values in Redis that were not sound JSON.");
    tail->lag = ioc_metric_get(
        IOC_GAUGE, "ioc_wall_lag_milliseconds", "", "Age of the newest delta when it was read.");
}

enum ioc_status ioc_tail_open(
    struct ioc_tail *tail, const struct ioc_tail_options *options, struct ioc_error *err)
{
    struct ioc_redis_options redis = options->redis;
    *tail = (struct ioc_tail){.site = options->site, .hold = options->hold, .user = options->user};
    init_calls(tail);
    redis.name = "sinks.tail";
    enum ioc_status status =
        ioc_redis_open(options->loop, &redis, &tail->blocking_user, &tail->blocking, err);
    if (status != IOC_OK)
        return status;
    redis.in_flight_most = IN_FLIGHT;
    redis.name = "sinks.query";
    status = ioc_redis_open(options->loop, &redis, &tail->query_user, &tail->query, err);
    assert(status == IOC_OK); /* the same options were taken a moment ago */
    uv_timer_init(options->loop, &tail->retry_timer);
    tail->retry_timer.data = tail;
    tail->open_handles = 3;
    return IOC_OK;
}

void ioc_tail_close(struct ioc_tail *tail)
{
    if (tail->is_closing)
        return;
    tail->is_closing = true;
    uv_close((uv_handle_t *)&tail->retry_timer, timer_closed);
    ioc_redis_close(tail->blocking);
    ioc_redis_close(tail->query);
}

void ioc_tail_check(struct ioc_tail *tail)
{
    if (tail->life == IOC_TAIL_READING && !tail->is_reading)
        begin_check(tail);
}
