/*
 * sinks/redis_claim.c — beginning a session with Redis, owning the partitions, cleaning up after former runs.
 *
 * The first claim of a process always takes a new epoch.  One after a break goes on where it was, when Redis still has
 * the epoch, the generations and the last flush that it had confirmed; a flush of unknown fate is then sent again, which
 * Redis applies or knows already.  Otherwise Redis has lost something: the new epoch tells every wall, transitions
 * that Redis does not have go again, and the shards state everything anew.
 */
#include "core/clock.h"
#include "sinks/library.h"
#include "sinks/redis_state.h"
#include <assert.h>
#include <sodium.h>

enum { RETRY_MS = 1000, ENDED_AT_ONCE = 500, DROPPED_AT_ONCE = 1000 };

void ioc_redis_begin_call(struct ioc_sink *sink, const char *function, uint32_t arguments)
{
    struct ioc_buffer *resp = &sink->command;
    ioc_buffer_reset(resp);
    ioc_resp_begin(resp, 4 + arguments);
    ioc_resp_add_string(resp, "FCALL");
    ioc_resp_add_string(resp, function);
    ioc_resp_add_string(resp, "1");
    ioc_resp_add_string(resp, sink->prefix);
}

void ioc_redis_send_step(struct ioc_sink *sink, struct ioc_redis_step *step, struct ioc_text resp)
{
    assert(!step->is_waiting);
    step->is_waiting = ioc_redis_send(sink->redis, resp, 0, &step->call) == IOC_OK;
}

static void begin_again(uv_timer_t *timer)
{
    struct ioc_sink *sink = timer->data;
    if (sink->stage == IOC_REDIS_LOADING && !sink->setup.is_waiting && ioc_redis_is_up(sink->redis))
        ioc_redis_begin_session(sink);
}

void ioc_redis_refused(struct ioc_sink *sink, const redisReply *reply)
{
    char quoted[IOC_LOG_QUOTED];
    if (!sink->is_complaining)
        ioc_log(IOC_LOG_ERROR, "sinks.redis",
            "sink %s: Redis refuses: %s; trying again every second, what comes waits", sink->label,
            ioc_log_quote((struct ioc_text){reply->str, (uint32_t)reply->len}, quoted));
    sink->is_complaining = true;
    sink->stage = IOC_REDIS_LOADING;
    ioc_metric_set(sink->metrics.up, 0);
    if (!sink->is_closing)
        uv_timer_start(&sink->retry, begin_again, RETRY_MS, 0);
}

void ioc_redis_fence(struct ioc_sink *sink)
{
    if (sink->stage == IOC_REDIS_FENCED)
        return;
    ioc_log(IOC_LOG_ERROR, "sinks.redis",
        "sink %s: another engine has taken over this site in Redis; nothing more is written by "
        "this one",
        sink->label);
    sink->stage = IOC_REDIS_FENCED;
    ioc_metric_set(sink->metrics.up, 0);
    ioc_metric_set(sink->metrics.fenced, 1);
    ioc_metric_set(sink->metrics.queue_bytes, 0);
    ioc_batch_reset(&sink->batch);
    ioc_outbox_done(&sink->outbox);
    ioc_roster_done(&sink->roster);
    ioc_roster_init(&sink->roster, ioc_text_of(sink->entity_prefix));
    ioc_redis_close_when_done(sink);
}

static bool is_word(const redisReply *reply, const char *word)
{
    return (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS) &&
           strcmp(reply->str, word) == 0;
}

bool ioc_redis_is_disowned(struct ioc_sink *sink, const redisReply *reply)
{
    if (is_word(reply, "FENCED")) {
        ioc_redis_fence(sink);
        return true;
    }
    if (is_word(reply, "LOST")) {
        if (sink->stage == IOC_REDIS_READY && !sink->setup.is_waiting)
            ioc_redis_begin_claim(sink);
        return true;
    }
    return false;
}

void ioc_redis_begin_session(struct ioc_sink *sink)
{
    struct ioc_buffer *resp = &sink->command;
    sink->stage = IOC_REDIS_LOADING;
    ioc_buffer_reset(resp);
    ioc_resp_begin(resp, 4);
    ioc_resp_add_string(resp, "FUNCTION");
    ioc_resp_add_string(resp, "LOAD");
    ioc_resp_add_string(resp, "REPLACE");
    ioc_resp_add(resp, ioc_library_text());
    ioc_redis_send_step(sink, &sink->setup, ioc_buffer_text(resp));
}

/* The same epoch is proposed until an answer comes, so a claim whose answer was lost is known as our own. */
static void propose_epoch(struct ioc_sink *sink)
{
    unsigned char bytes[IOC_REDIS_EPOCH / 2];
    if (sink->next_epoch[0])
        return;
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(sink->next_epoch, sizeof sink->next_epoch, bytes, sizeof bytes);
}

void ioc_redis_begin_claim(struct ioc_sink *sink)
{
    struct ioc_buffer *resp = &sink->command;
    char hash[20];
    sink->stage = IOC_REDIS_CLAIMING;
    propose_epoch(sink);
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)sink->rules_version);
    ioc_redis_begin_call(sink, "ioc_claim", 7 + 2 * IOC_PARTITIONS);
    ioc_resp_add_string(resp, sink->has_claimed ? "again" : "first");
    ioc_resp_add_string(resp, sink->next_epoch);
    ioc_resp_add_string(resp, sink->epoch);
    ioc_resp_add_string(resp, sink->node);
    ioc_resp_add_string(resp, IOC_VERSION);
    ioc_resp_add_string(resp, hash);
    ioc_resp_add_int(resp, (int64_t)sink->confirmed);
    for (int p = 0; p < IOC_PARTITIONS; p++) {
        ioc_resp_add_int(resp, p);
        ioc_resp_add_int(resp, (int64_t)sink->parts[p].gen);
    }
    ioc_redis_send_step(sink, &sink->setup, ioc_buffer_text(resp));
}

/* A word, the number of the newest flush there, then gen of each partition. */
static bool is_claim_answer(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 1 ||
        reply->element[0]->type != REDIS_REPLY_STRING)
        return false;
    if (strcmp(reply->element[0]->str, "FENCED") == 0)
        return true;
    if (reply->elements != 2 + IOC_PARTITIONS)
        return false;
    for (size_t i = 1; i < reply->elements; i++) {
        if (reply->element[i]->type != REDIS_REPLY_INTEGER)
            return false;
    }
    return true;
}

static void state_anew(struct ioc_sink *sink, uint64_t has)
{
    ioc_log(IOC_LOG_WARNING, "sinks.redis",
        "sink %s: Redis has lost state; everything is written again under epoch %s", sink->label,
        sink->epoch);
    ioc_batch_reset(&sink->batch);
    ioc_outbox_rewind(&sink->outbox, has);
    ioc_roster_forget(&sink->roster);
    ioc_board_forget(&sink->board);
    sink->allowance = 0;
    sink->host->restate(sink->host);
}

static void own(struct ioc_sink *sink, const redisReply *reply)
{
    bool was_claimed = sink->has_claimed;
    for (int p = 0; p < IOC_PARTITIONS; p++)
        sink->parts[p] = (struct ioc_batch_part){.gen = (uint64_t)reply->element[2 + p]->integer};
    sink->flush = sink->confirmed = 0;
    memcpy(sink->epoch, sink->next_epoch, sizeof sink->epoch);
    sink->has_claimed = sink->must_end = sink->must_drop = true;
    sink->is_rules_due = false;
    strcpy(sink->cursor, "0");
    if (was_claimed)
        state_anew(sink, (uint64_t)reply->element[1]->integer);
}

static void take_claim(struct ioc_sink *sink, const redisReply *reply)
{
    const char *word = reply->element[0]->str;
    if (strcmp(word, "FENCED") == 0) {
        ioc_redis_fence(sink);
        return;
    }
    if (strcmp(word, "CLAIMED") == 0)
        own(sink, reply);
    sink->next_epoch[0] = '\0';
    sink->stage = IOC_REDIS_READY;
    ioc_metric_set(sink->metrics.up, 1);
    if (sink->is_complaining)
        ioc_log(IOC_LOG_INFO, "sinks.redis", "sink %s: Redis takes writes again", sink->label);
    sink->is_complaining = false;
    ioc_redis_beat_now(sink);
    ioc_redis_pump(sink);
}

void ioc_redis_setup_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_redis_step *step = (struct ioc_redis_step *)call;
    struct ioc_sink *sink = step->sink;
    step->is_waiting = false;
    if (!reply || sink->stage == IOC_REDIS_FENCED)
        return;
    if (reply->type == REDIS_REPLY_ERROR)
        ioc_redis_refused(sink, reply);
    else if (sink->stage == IOC_REDIS_LOADING)
        ioc_redis_begin_claim(sink);
    else if (is_claim_answer(reply))
        take_claim(sink, reply);
    else
        ioc_redis_refused(
            sink, &(redisReply){.str = "an answer that is not ioc_claim's", .len = 33});
}

static void begin_clean_up(
    struct ioc_sink *sink, const char *function, const char *third, int count)
{
    struct ioc_buffer *resp = &sink->command;
    ioc_redis_begin_call(sink, function, 4);
    ioc_resp_add_int(resp, 0);
    ioc_resp_add_int(resp, (int64_t)sink->parts[0].gen);
    ioc_resp_add_string(resp, third);
    ioc_resp_add_int(resp, count);
}

void ioc_redis_clean_up(struct ioc_sink *sink)
{
    if (sink->stage != IOC_REDIS_READY || sink->is_closing)
        return;
    bool is_all_stated =
        sink->board.unstated == 0 && sink->outbox.waiting_count == 0 && !sink->apply.is_waiting;
    if (sink->must_end && is_all_stated && !sink->end.is_waiting) {
        char now[24];
        snprintf(now, sizeof now, "%lld", (long long)(ioc_clock_now() / IOC_MILLISECOND));
        begin_clean_up(sink, "ioc_end", now, ENDED_AT_ONCE);
        ioc_redis_send_step(sink, &sink->end, ioc_buffer_text(&sink->command));
    }
    if (sink->must_drop && !sink->drop.is_waiting) {
        begin_clean_up(sink, "ioc_drop", sink->cursor, DROPPED_AT_ONCE);
        ioc_redis_send_step(sink, &sink->drop, ioc_buffer_text(&sink->command));
    }
}

void ioc_redis_end_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_redis_step *step = (struct ioc_redis_step *)call;
    struct ioc_sink *sink = step->sink;
    step->is_waiting = false;
    if (!reply || sink->stage != IOC_REDIS_READY || ioc_redis_is_disowned(sink, reply))
        return;
    if (reply->type == REDIS_REPLY_ERROR) {
        ioc_redis_refused(sink, reply);
        return;
    }
    if (reply->type == REDIS_REPLY_INTEGER && reply->integer == 0) {
        sink->must_end = false;
        ioc_board_touch(&sink->board); /* areas of the ended were dropped */
        sink->is_beat_due = true;
        ioc_redis_pump(sink);
    } else {
        ioc_redis_clean_up(sink);
    }
}

void ioc_redis_drop_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_redis_step *step = (struct ioc_redis_step *)call;
    struct ioc_sink *sink = step->sink;
    step->is_waiting = false;
    if (!reply || sink->stage != IOC_REDIS_READY || ioc_redis_is_disowned(sink, reply))
        return;
    if (reply->type == REDIS_REPLY_ERROR) {
        ioc_redis_refused(sink, reply);
        return;
    }
    if (reply->type == REDIS_REPLY_STRING && reply->len > 0 && reply->len < IOC_REDIS_CURSOR)
        memcpy(sink->cursor, reply->str, reply->len + 1);
    else
        sink->must_drop = false;
    ioc_redis_clean_up(sink);
}
