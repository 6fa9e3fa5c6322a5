/*
 * sinks/wall/snapshot.c — reads everything a new client must know, from Redis, as one JSON text.
 *
 * Three lists are worked off one after the other: entities (a page of the registry at a time),
 * active alerts, areas.  Each item of a list costs one command; up to IOC_SNAPSHOT_CHUNK are on
 * their way, and the answers come back in order.  A wrong answer only marks the run as failed: it
 * ends when nothing is on its way any more, so that no answer ever meets a run that it does not
 * belong to.
 */
#include "sinks/wall/snapshot.h"
#include "core/alert.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/metric.h"
#include "sinks/wall/sitekey.h"
#include <assert.h>
#include <jansson.h>

enum step {
    STEP_NONE,
    STEP_META,
    STEP_REGISTRY,
    STEP_ENTITIES,
    STEP_COUNT,
    STEP_ACTIVE,
    STEP_ALERTS,
    STEP_CITY,
    STEP_AREAS
};
enum { TEXT_MOST = 48 * 1024 * 1024, SCAN_PAGE = 500 };

struct item_call {
    struct ioc_redis_call call;
    struct ioc_snapshot *snapshot;
    uint32_t item;
};
struct item {               /* of the list being worked off */
    uint32_t start, length; /* its id in `ids` */
    int64_t index;          /* entities: the registry's index */
};
struct ioc_snapshot {
    struct ioc_snapshot_options options;
    struct ioc_text site, epoch;
    char epoch_bytes[64];
    enum step step;
    enum ioc_status status;
    struct ioc_redis_call call;
    struct item_call calls[IOC_SNAPSHOT_CHUNK];
    uint32_t on_their_way;
    struct ioc_buffer ids, resp, registry, entities, alerts, counters, areas, text;
    struct item *items;
    uint32_t item_count, item_capacity, next;
    char cursor[24];
    char etag[128];
    uint32_t entity_count, more_entities, more_alerts;
    struct ioc_metric *bad;
};

static void next_step(struct ioc_snapshot *snapshot);

static struct ioc_snapshot *of_call(struct ioc_redis_call *call)
{
    return (struct ioc_snapshot *)((char *)call - offsetof(struct ioc_snapshot, call));
}

static struct ioc_text text_of(const redisReply *reply)
{
    if (!reply || reply->type != REDIS_REPLY_STRING)
        return (struct ioc_text){NULL, 0};
    return (struct ioc_text){reply->str, (uint32_t)reply->len};
}

static void fail(struct ioc_snapshot *snapshot, enum ioc_status status)
{
    if (snapshot->status == IOC_OK)
        snapshot->status = status;
}

static bool is_array(struct ioc_snapshot *snapshot, const redisReply *reply, size_t least)
{
    if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements >= least)
        return true;
    fail(snapshot, reply ? IOC_FAILED : IOC_CLOSED);
    return false;
}

static void ask(struct ioc_snapshot *snapshot, struct ioc_redis_call *call)
{
    enum ioc_status status =
        ioc_redis_send(snapshot->options.redis, ioc_buffer_text(&snapshot->resp), 0, call);
    ioc_buffer_reset(&snapshot->resp);
    if (status == IOC_OK)
        snapshot->on_their_way++;
    else
        fail(snapshot, status);
}

static void add_item(struct ioc_snapshot *snapshot, struct ioc_text id, int64_t index)
{
    if (snapshot->item_count == snapshot->item_capacity) {
        uint32_t more = snapshot->item_capacity ? snapshot->item_capacity * 2 : 512;
        snapshot->items = ioc_memory_grow(snapshot->items,
            snapshot->item_capacity * sizeof *snapshot->items, more * sizeof *snapshot->items);
        snapshot->item_capacity = more;
    }
    snapshot->items[snapshot->item_count++] =
        (struct item){.start = (uint32_t)snapshot->ids.length, .length = id.length, .index = index};
    ioc_buffer_add_text(&snapshot->ids, id);
    if (snapshot->ids.is_full)
        fail(snapshot, IOC_LIMIT);
}

static void clear_items(struct ioc_snapshot *snapshot)
{
    snapshot->item_count = snapshot->next = 0;
    ioc_buffer_reset(&snapshot->ids);
}

static struct ioc_text id_of(const struct ioc_snapshot *snapshot, uint32_t item)
{
    return (struct ioc_text){
        snapshot->ids.data + snapshot->items[item].start, snapshot->items[item].length};
}

static void add_separated(struct ioc_buffer *out, struct ioc_text json)
{
    if (out->length)
        ioc_buffer_add_char(out, ',');
    ioc_buffer_add_text(out, json);
}

/* One item of the registry as it is; its index tells which readings belong to it. */
static void add_registry(struct ioc_snapshot *snapshot, struct ioc_text id, struct ioc_text json)
{
    json_t *item = json_loadb(json.data ? json.data : "", json.length, 0, NULL);
    json_t *index = json_object_get(item, "i");
    if (!json_is_integer(index) || json_integer_value(index) < 0) {
        ioc_metric_add(snapshot->bad, 1);
    } else if (snapshot->entity_count == IOC_SNAPSHOT_ENTITIES) {
        snapshot->more_entities++;
    } else {
        snapshot->entity_count++;
        add_separated(&snapshot->registry, json);
        add_item(snapshot, id, json_integer_value(index));
    }
    json_decref(item);
}

static void add_number(struct ioc_buffer *out, struct ioc_text text)
{
    double value;
    if (text.length && ioc_text_double(text, &value) == IOC_OK)
        ioc_buffer_add_double(out, value);
    else
        ioc_buffer_add_string(out, "null");
}

static int quality_of(struct ioc_text text)
{
    for (int quality = IOC_QUALITY_GOOD; quality <= IOC_QUALITY_OFFLINE; quality++)
        if (ioc_text_equal(text, ioc_text_of(ioc_quality_text(quality))) ||
            (text.length == 1 && text.data[0] == '0' + quality))
            return quality;
    return IOC_QUALITY_UNCERTAIN;
}

/* HMGET i s v t q.  A hash that has expired, or is of another epoch's index, is no reading. */
static void add_entity(
    struct ioc_snapshot *snapshot, const struct item *item, const redisReply *reply)
{
    int64_t index, severity, time;
    if (!is_array(snapshot, reply, 5) || !text_of(reply->element[0]).length)
        return;
    if (ioc_text_int(text_of(reply->element[0]), &index) != IOC_OK || index != item->index)
        return;
    if (ioc_text_int(text_of(reply->element[1]), &severity) != IOC_OK || severity < 0 ||
        severity >= IOC_SEVERITIES)
        severity = IOC_SEVERITY_NONE;
    struct ioc_buffer *out = &snapshot->entities;
    if (out->length)
        ioc_buffer_add_char(out, ',');
    ioc_buffer_addf(out, "[%lld,%lld,", (long long)index, (long long)severity);
    add_number(out, text_of(reply->element[2]));
    if (ioc_text_int(text_of(reply->element[3]), &time) == IOC_OK)
        ioc_buffer_addf(out, ",%lld", (long long)time);
    else
        ioc_buffer_add_string(out, ",null");
    ioc_buffer_addf(out, ",%d]", quality_of(text_of(reply->element[4])));
}

static void add_alert(struct ioc_snapshot *snapshot, const redisReply *reply)
{
    struct ioc_text json = text_of(reply);
    if (!reply || reply->type == REDIS_REPLY_ERROR) {
        fail(snapshot, reply ? IOC_FAILED : IOC_CLOSED);
        return;
    }
    json_t *alert = json.length ? json_loadb(json.data, json.length, 0, NULL) : NULL;
    if (json_is_object(alert))
        add_separated(&snapshot->alerts, json);
    else if (json.length)
        ioc_metric_add(snapshot->bad, 1);
    json_decref(alert);
}

/* A hash of counters as a JSON object: what is a number or an array of its own stays one. */
static void add_counters(
    struct ioc_snapshot *snapshot, struct ioc_buffer *out, const redisReply *reply)
{
    if (!is_array(snapshot, reply, 0))
        return;
    ioc_buffer_add_char(out, '{');
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        struct ioc_text value = text_of(reply->element[i + 1]);
        json_t *read =
            value.length ? json_loadb(value.data, value.length, JSON_DECODE_ANY, NULL) : NULL;
        if (i)
            ioc_buffer_add_char(out, ',');
        ioc_buffer_add_json(out, text_of(reply->element[i]));
        ioc_buffer_add_char(out, ':');
        if (json_is_number(read) || json_is_array(read))
            ioc_buffer_add_text(out, value);
        else
            ioc_buffer_add_json(out, value);
        json_decref(read);
    }
    ioc_buffer_add_char(out, '}');
}

static void item_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct item_call *answered = (struct item_call *)call;
    struct ioc_snapshot *snapshot = answered->snapshot;
    snapshot->on_their_way--;
    if (snapshot->status == IOC_OK && snapshot->step == STEP_ENTITIES) {
        add_entity(snapshot, &snapshot->items[answered->item], reply);
    } else if (snapshot->status == IOC_OK && snapshot->step == STEP_ALERTS) {
        add_alert(snapshot, reply);
    } else if (snapshot->status == IOC_OK && is_array(snapshot, reply, 0) && reply->elements) {
        if (snapshot->areas.length)
            ioc_buffer_add_char(&snapshot->areas, ',');
        ioc_buffer_add_json(&snapshot->areas, id_of(snapshot, answered->item));
        ioc_buffer_add_char(&snapshot->areas, ':');
        add_counters(snapshot, &snapshot->areas, reply);
    }
    if (!snapshot->on_their_way)
        next_step(snapshot);
}

/* Sends the next commands of the list; false when it is worked off. */
static bool send_chunk(struct ioc_snapshot *snapshot)
{
    struct ioc_buffer *resp = &snapshot->resp;
    static const char *const fields[] = {"i", "s", "v", "t", "q"};
    for (uint32_t i = 0; i < IOC_SNAPSHOT_CHUNK && snapshot->next < snapshot->item_count; i++) {
        struct ioc_text id = id_of(snapshot, snapshot->next);
        snapshot->calls[i].item = snapshot->next++;
        if (snapshot->step == STEP_ENTITIES) {
            ioc_resp_begin(resp, 7);
            ioc_resp_add_string(resp, "HMGET");
            ioc_sitekey_add(resp, snapshot->site, "e:", id);
            for (int field = 0; field < 5; field++)
                ioc_resp_add_string(resp, fields[field]);
        } else if (snapshot->step == STEP_ALERTS) {
            ioc_resp_begin(resp, 3);
            ioc_resp_add_string(resp, "HGET");
            ioc_sitekey_add(resp, snapshot->site, "a:", id);
            ioc_resp_add_string(resp, "json");
        } else {
            ioc_resp_begin(resp, 2);
            ioc_resp_add_string(resp, "HGETALL");
            ioc_sitekey_add(resp, snapshot->site, "c:", id);
        }
        ask(snapshot, &snapshot->calls[i].call);
        if (snapshot->status != IOC_OK)
            break;
    }
    return snapshot->on_their_way > 0;
}

static void take_meta(struct ioc_snapshot *snapshot, const redisReply *reply)
{
    if (!is_array(snapshot, reply, 2))
        return;
    struct ioc_text etag = text_of(reply->element[1]);
    if (!ioc_text_equal(text_of(reply->element[0]), snapshot->epoch))
        fail(snapshot, IOC_INVALID);
    snprintf(snapshot->etag, sizeof snapshot->etag, "%.*s", IOC_TEXT_ARGS(etag));
}

static void take_registry(struct ioc_snapshot *snapshot, const redisReply *reply)
{
    if (!is_array(snapshot, reply, 2) || !is_array(snapshot, reply->element[1], 0))
        return;
    struct ioc_text cursor = text_of(reply->element[0]);
    const redisReply *pairs = reply->element[1];
    snprintf(snapshot->cursor, sizeof snapshot->cursor, "%.*s", IOC_TEXT_ARGS(cursor));
    for (size_t i = 0; i + 1 < pairs->elements; i += 2)
        add_registry(snapshot, text_of(pairs->element[i]), text_of(pairs->element[i + 1]));
}

/* The most urgent first, so that what is beyond the limit is the least urgent. */
static void take_active(struct ioc_snapshot *snapshot, const redisReply *reply)
{
    if (!is_array(snapshot, reply, 0))
        return;
    for (size_t i = 0; i < reply->elements; i++)
        add_item(snapshot, text_of(reply->element[i]), 0);
}

static void take_count(struct ioc_snapshot *snapshot, const redisReply *reply)
{
    if (!reply || reply->type != REDIS_REPLY_INTEGER)
        fail(snapshot, reply ? IOC_FAILED : IOC_CLOSED);
    else if (reply->integer > IOC_SNAPSHOT_ALERTS)
        snapshot->more_alerts = (uint32_t)(reply->integer - IOC_SNAPSHOT_ALERTS);
}

static void answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_snapshot *snapshot = of_call(call);
    snapshot->on_their_way--;
    if (snapshot->step == STEP_META)
        take_meta(snapshot, reply);
    else if (snapshot->step == STEP_REGISTRY)
        take_registry(snapshot, reply);
    else if (snapshot->step == STEP_COUNT)
        take_count(snapshot, reply);
    else if (snapshot->step == STEP_ACTIVE)
        take_active(snapshot, reply);
    else
        add_counters(snapshot, &snapshot->counters, reply);
    next_step(snapshot);
}

static void ask_meta(struct ioc_snapshot *snapshot)
{
    snapshot->step = STEP_META;
    ioc_resp_begin(&snapshot->resp, 4);
    ioc_resp_add_string(&snapshot->resp, "HMGET");
    ioc_sitekey_add(&snapshot->resp, snapshot->site, "meta", IOC_TEXT(""));
    ioc_resp_add_string(&snapshot->resp, "epoch");
    ioc_resp_add_string(&snapshot->resp, "reg_etag");
    ask(snapshot, &snapshot->call);
}

static void ask_registry(struct ioc_snapshot *snapshot)
{
    snapshot->step = STEP_REGISTRY;
    clear_items(snapshot);
    ioc_resp_begin(&snapshot->resp, 5);
    ioc_resp_add_string(&snapshot->resp, "HSCAN");
    ioc_sitekey_add(&snapshot->resp, snapshot->site, "reg", IOC_TEXT(""));
    ioc_resp_add_string(&snapshot->resp, snapshot->cursor);
    ioc_resp_add_string(&snapshot->resp, "COUNT");
    ioc_resp_add_int(&snapshot->resp, SCAN_PAGE);
    ask(snapshot, &snapshot->call);
}

static void ask_count(struct ioc_snapshot *snapshot)
{
    snapshot->step = STEP_COUNT;
    clear_items(snapshot);
    ioc_resp_begin(&snapshot->resp, 2);
    ioc_resp_add_string(&snapshot->resp, "ZCARD");
    ioc_sitekey_add(&snapshot->resp, snapshot->site, "active", IOC_TEXT(""));
    ask(snapshot, &snapshot->call);
}

static void ask_active(struct ioc_snapshot *snapshot)
{
    snapshot->step = STEP_ACTIVE;
    ioc_resp_begin(&snapshot->resp, 4);
    ioc_resp_add_string(&snapshot->resp, "ZREVRANGE");
    ioc_sitekey_add(&snapshot->resp, snapshot->site, "active", IOC_TEXT(""));
    ioc_resp_add_string(&snapshot->resp, "0");
    ioc_resp_add_int(&snapshot->resp, IOC_SNAPSHOT_ALERTS - 1);
    ask(snapshot, &snapshot->call);
}

static void ask_city(struct ioc_snapshot *snapshot)
{
    snapshot->step = STEP_CITY;
    clear_items(snapshot);
    for (uint32_t i = 0; i < snapshot->options.area_count; i++)
        add_item(snapshot, snapshot->options.areas[i], 0);
    ioc_resp_begin(&snapshot->resp, 2);
    ioc_resp_add_string(&snapshot->resp, "HGETALL");
    ioc_sitekey_add(&snapshot->resp, snapshot->site, "c:city", IOC_TEXT(""));
    ask(snapshot, &snapshot->call);
}

static void write_text(struct ioc_snapshot *snapshot)
{
    struct ioc_buffer *out = &snapshot->text;
    const struct {
        const char *before;
        const struct ioc_buffer *part;
        const char *after;
    } parts[] = {{",\"r\":[", &snapshot->registry, "]"}, {",\"e\":[", &snapshot->entities, "]"},
        {",\"a\":[", &snapshot->alerts, "]"}, {",\"c\":", &snapshot->counters, ""},
        {",\"areas\":{", &snapshot->areas, "}"}};
    ioc_buffer_add_string(out, "{\"schema\":1,\"epoch\":");
    ioc_buffer_add_json(out, snapshot->epoch);
    ioc_buffer_add_string(out, ",\"reg_etag\":");
    ioc_buffer_add_json(out, ioc_text_of(snapshot->etag));
    ioc_buffer_addf(out, ",\"now\":%lld", (long long)(ioc_clock_now() / IOC_MILLISECOND));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        ioc_buffer_add_string(out, parts[i].before);
        ioc_buffer_add_text(out, ioc_buffer_text(parts[i].part));
        ioc_buffer_add_string(out, parts[i].after);
        if (parts[i].part->is_full)
            fail(snapshot, IOC_LIMIT);
    }
    if (snapshot->more_entities || snapshot->more_alerts)
        ioc_buffer_addf(out, ",\"more\":{\"entities\":%u,\"alerts\":%u}", snapshot->more_entities,
            snapshot->more_alerts);
    ioc_buffer_add_char(out, '}');
    if (out->is_full)
        fail(snapshot, IOC_LIMIT);
}

/* Memory of a big run is given back: snapshots are rare. */
static void drop_buffers(struct ioc_snapshot *snapshot)
{
    struct ioc_buffer *all[] = {&snapshot->registry, &snapshot->entities, &snapshot->alerts,
        &snapshot->counters, &snapshot->areas, &snapshot->text, &snapshot->ids};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        ioc_buffer_done(all[i]);
        *all[i] = (struct ioc_buffer){.limit = TEXT_MOST};
    }
    ioc_memory_give(snapshot->items);
    snapshot->items = NULL;
    snapshot->item_count = snapshot->item_capacity = snapshot->next = 0;
}

static void finish(struct ioc_snapshot *snapshot)
{
    if (snapshot->status == IOC_OK)
        write_text(snapshot);
    struct ioc_buffer text = snapshot->text;
    snapshot->text = (struct ioc_buffer){0};
    drop_buffers(snapshot);
    snapshot->step = STEP_NONE;
    struct ioc_text json = snapshot->status == IOC_OK ? ioc_buffer_text(&text) : IOC_TEXT("");
    snapshot->options.user->finished(snapshot->options.user, snapshot->status, json);
    ioc_buffer_done(&text);
}

static void next_step(struct ioc_snapshot *snapshot)
{
    if (snapshot->on_their_way)
        return;
    if (snapshot->status == IOC_OK) {
        switch (snapshot->step) {
        case STEP_META: ask_registry(snapshot); break;
        case STEP_REGISTRY:
        case STEP_ENTITIES:
            snapshot->step = STEP_ENTITIES;
            if (send_chunk(snapshot) || snapshot->status != IOC_OK)
                break;
            if (strcmp(snapshot->cursor, "0") != 0)
                ask_registry(snapshot);
            else
                ask_count(snapshot);
            break;
        case STEP_COUNT: ask_active(snapshot); break;
        case STEP_ACTIVE:
        case STEP_ALERTS:
            snapshot->step = STEP_ALERTS;
            if (!send_chunk(snapshot) && snapshot->status == IOC_OK)
                ask_city(snapshot);
            break;
        case STEP_CITY:
        case STEP_AREAS:
            snapshot->step = STEP_AREAS;
            send_chunk(snapshot);
            break;
        case STEP_NONE: assert(false);
        }
    }
    if (!snapshot->on_their_way)
        finish(snapshot);
}

struct ioc_snapshot *ioc_snapshot_new(const struct ioc_snapshot_options *options)
{
    struct ioc_snapshot *snapshot = ioc_memory_take(sizeof *snapshot);
    snapshot->options = *options;
    snapshot->site = options->site;
    snapshot->call.answered = answered;
    snapshot->bad = ioc_metric_get(
        IOC_COUNTER, "ioc_wall_bad_total", "", "Values in Redis that were not sound JSON.");
    for (uint32_t i = 0; i < IOC_SNAPSHOT_CHUNK; i++)
        snapshot->calls[i] =
            (struct item_call){.call.answered = item_answered, .snapshot = snapshot};
    drop_buffers(snapshot);
    return snapshot;
}

void ioc_snapshot_free(struct ioc_snapshot *snapshot)
{
    if (!snapshot)
        return;
    assert(!snapshot->on_their_way);
    drop_buffers(snapshot);
    ioc_buffer_done(&snapshot->resp);
    ioc_memory_give(snapshot);
}

void ioc_snapshot_start(struct ioc_snapshot *snapshot, struct ioc_text epoch)
{
    assert(snapshot->step == STEP_NONE && epoch.length <= sizeof snapshot->epoch_bytes);
    memcpy(snapshot->epoch_bytes, epoch.data, epoch.length);
    snapshot->epoch = (struct ioc_text){snapshot->epoch_bytes, epoch.length};
    snapshot->status = IOC_OK;
    snapshot->entity_count = snapshot->more_entities = snapshot->more_alerts = 0;
    strcpy(snapshot->cursor, "0");
    ask_meta(snapshot);
    if (!snapshot->on_their_way)
        finish(snapshot);
}

bool ioc_snapshot_is_reading(const struct ioc_snapshot *snapshot)
{
    return snapshot->step != STEP_NONE;
}
