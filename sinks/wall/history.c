/*
 * sinks/wall/history.c — the last transitions of one alert, found in the stream of all of them.
 */
#include "sinks/wall/history.h"
#include "core/id.h"
#include "core/memory.h"
#include "sinks/wall/frame.h"
#include "sinks/wall/sitekey.h"
#include <assert.h>
#include <inttypes.h>
#include <jansson.h>

enum { HOUR_MS = 3600 * 1000, TEXT_MOST = 4 * 1024 * 1024 };

struct ioc_history {
    struct ioc_text site;
    struct ioc_redis *redis;
    struct ioc_history_user *user;
    struct ioc_redis_call alert_call, page_call;
    char alert[IOC_ID_LENGTH + 1];
    char oldest[IOC_POSITION_TEXT], from[IOC_POSITION_TEXT + 1];
    struct ioc_buffer resp, bodies; /* newest first */
    uint32_t starts[IOC_HISTORY_MOST], lengths[IOC_HISTORY_MOST];
    uint32_t count, scanned;
    bool is_complete, is_busy;
};

static struct ioc_text text_of(const redisReply *reply)
{
    if (!reply || reply->type != REDIS_REPLY_STRING)
        return (struct ioc_text){NULL, 0};
    return (struct ioc_text){reply->str, (uint32_t)reply->len};
}

static void finish(struct ioc_history *history, enum ioc_status status)
{
    struct ioc_buffer json = {.limit = TEXT_MOST + 1024};
    ioc_buffer_addf(&json, "{\"alert\":\"%s\",\"transitions\":[", history->alert);
    for (uint32_t i = history->count; i-- > 0;) {
        ioc_buffer_add(&json, history->bodies.data + history->starts[i], history->lengths[i]);
        if (i)
            ioc_buffer_add_char(&json, ',');
    }
    ioc_buffer_addf(&json, "],\"complete\":%s}", history->is_complete ? "true" : "false");
    history->is_busy = false;
    history->user->finished(
        history->user, status, status == IOC_OK ? ioc_buffer_text(&json) : IOC_TEXT(""));
    ioc_buffer_done(&json);
}

static enum ioc_status ask_page(struct ioc_history *history)
{
    struct ioc_buffer *resp = &history->resp;
    ioc_buffer_reset(resp);
    ioc_resp_begin(resp, 6);
    ioc_resp_add_string(resp, "XREVRANGE");
    ioc_sitekey_add(resp, history->site, "alerts", IOC_TEXT(""));
    ioc_resp_add_string(resp, history->from);
    ioc_resp_add_string(resp, history->oldest);
    ioc_resp_add_string(resp, "COUNT");
    ioc_resp_add_int(resp, IOC_HISTORY_PAGE);
    return ioc_redis_send(history->redis, ioc_buffer_text(resp), 0, &history->page_call);
}

/* Keeps the entry's body when it is about our alert; bodies that are not JSON are passed over. */
static void take_entry(struct ioc_history *history, const redisReply *fields)
{
    struct ioc_text id = {NULL, 0}, seq = id, body = id;
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        struct ioc_text name = text_of(fields->element[i]);
        if (ioc_text_equal(name, IOC_TEXT("id")))
            id = text_of(fields->element[i + 1]);
        else if (ioc_text_equal(name, IOC_TEXT("seq")))
            seq = text_of(fields->element[i + 1]);
        else if (ioc_text_equal(name, IOC_TEXT("body")))
            body = text_of(fields->element[i + 1]);
    }
    if (!ioc_text_equal(id, ioc_text_of(history->alert)) || !body.length ||
        history->count == IOC_HISTORY_MOST)
        return;
    json_t *read = json_loadb(body.data, body.length, 0, NULL);
    size_t start = history->bodies.length;
    if (json_is_object(read))
        ioc_buffer_add_text(&history->bodies, body);
    if (history->bodies.length > start) {
        history->starts[history->count] = (uint32_t)start;
        history->lengths[history->count++] = body.length;
        history->is_complete = ioc_text_equal(seq, IOC_TEXT("1"));
    }
    json_decref(read);
}

static void page_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_history *history =
        (struct ioc_history *)((char *)call - offsetof(struct ioc_history, page_call));
    if (!reply || reply->type != REDIS_REPLY_ARRAY) {
        finish(history, reply ? IOC_FAILED : IOC_CLOSED);
        return;
    }
    struct ioc_text last = {NULL, 0};
    for (size_t i = 0; i < reply->elements && !history->is_complete; i++) {
        const redisReply *entry = reply->element[i];
        if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
            entry->element[1]->type != REDIS_REPLY_ARRAY)
            continue;
        last = text_of(entry->element[0]);
        take_entry(history, entry->element[1]);
    }
    history->scanned += (uint32_t)reply->elements;
    bool is_end = reply->elements < IOC_HISTORY_PAGE || history->scanned >= IOC_HISTORY_SCANNED ||
                  history->count == IOC_HISTORY_MOST || !last.length ||
                  last.length >= IOC_POSITION_TEXT;
    if (history->is_complete || is_end) {
        finish(history, IOC_OK);
        return;
    }
    snprintf(history->from, sizeof history->from, "(%.*s", IOC_TEXT_ARGS(last));
    enum ioc_status status = ask_page(history);
    if (status != IOC_OK)
        finish(history, status);
}

static void alert_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_history *history =
        (struct ioc_history *)((char *)call - offsetof(struct ioc_history, alert_call));
    struct ioc_text text = text_of(reply);
    if (!text.length) {
        bool is_answer =
            reply && (reply->type == REDIS_REPLY_NIL || reply->type == REDIS_REPLY_STRING);
        finish(history, is_answer ? IOC_NOT_FOUND : reply ? IOC_FAILED : IOC_CLOSED);
        return;
    }
    json_t *alert = json_loadb(text.data, text.length, 0, NULL);
    json_t *onset = json_object_get(alert, "onset");
    strcpy(history->from, "+");
    strcpy(history->oldest, "-");
    if (json_is_integer(onset) && json_integer_value(onset) > HOUR_MS)
        snprintf(history->oldest, sizeof history->oldest, "%" PRId64,
            (int64_t)json_integer_value(onset) - HOUR_MS);
    json_decref(alert);
    enum ioc_status status = ask_page(history);
    if (status != IOC_OK)
        finish(history, status);
}

struct ioc_history *ioc_history_new(
    struct ioc_text site, struct ioc_redis *redis, struct ioc_history_user *user)
{
    struct ioc_history *history = ioc_memory_take(sizeof *history);
    *history =
        (struct ioc_history){.site = site, .redis = redis, .user = user, .bodies.limit = TEXT_MOST};
    history->alert_call.answered = alert_answered;
    history->page_call.answered = page_answered;
    return history;
}

void ioc_history_free(struct ioc_history *history)
{
    if (!history)
        return;
    assert(!history->is_busy);
    ioc_buffer_done(&history->resp);
    ioc_buffer_done(&history->bodies);
    ioc_memory_give(history);
}

enum ioc_status ioc_history_start(struct ioc_history *history, struct ioc_text alert)
{
    assert(alert.length == IOC_ID_LENGTH);
    memcpy(history->alert, alert.data, alert.length);
    ioc_buffer_reset(&history->resp);
    ioc_resp_begin(&history->resp, 3);
    ioc_resp_add_string(&history->resp, "HGET");
    ioc_sitekey_add(&history->resp, history->site, "a:", alert);
    ioc_resp_add_string(&history->resp, "json");
    enum ioc_status status =
        ioc_redis_send(history->redis, ioc_buffer_text(&history->resp), 0, &history->alert_call);
    history->is_busy = status == IOC_OK;
    return status;
}
