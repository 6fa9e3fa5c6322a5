/*
 * sinks/wall/health.c — how the engines and Redis are, as one line of JSON a second.
 */
#include "sinks/wall/health.h"
#include "core/memory.h"
#include "sinks/wall/sitekey.h"
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

enum { PARTITIONS = 64, NODE_MOST = 128, HEARTBEAT_MOST = 64 * 1024 };

struct node {
    struct ioc_redis_call call;
    struct ioc_health *health;
    char name[NODE_MOST];
    struct ioc_buffer heartbeat; /* JSON; empty = it has expired */
};
struct ioc_health {
    struct ioc_text site;
    struct ioc_redis *redis;
    struct ioc_redis_call call;
    struct ioc_buffer resp;
    struct node nodes[PARTITIONS];
    uint32_t node_count, on_their_way;
};

static void heartbeat_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct node *node = (struct node *)call;
    node->health->on_their_way--;
    ioc_buffer_reset(&node->heartbeat);
    if (reply && reply->type == REDIS_REPLY_STRING && (size_t)reply->len <= HEARTBEAT_MOST)
        ioc_buffer_add(&node->heartbeat, reply->str, (size_t)reply->len);
}

static bool is_known(const struct ioc_health *health, struct ioc_text name)
{
    for (uint32_t i = 0; i < health->node_count; i++)
        if (ioc_text_equal(ioc_text_of(health->nodes[i].name), name))
            return true;
    return false;
}

static void ask_heartbeats(struct ioc_health *health)
{
    for (uint32_t i = 0; i < health->node_count; i++) {
        struct node *node = &health->nodes[i];
        ioc_buffer_reset(&health->resp);
        ioc_resp_begin(&health->resp, 2);
        ioc_resp_add_string(&health->resp, "GET");
        ioc_sitekey_add(&health->resp, health->site, "hb:", ioc_text_of(node->name));
        if (ioc_redis_send(health->redis, ioc_buffer_text(&health->resp), 0, &node->call) == IOC_OK)
            health->on_their_way++;
        else
            ioc_buffer_reset(&node->heartbeat);
    }
}

static void owners_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_health *health =
        (struct ioc_health *)((char *)call - offsetof(struct ioc_health, call));
    health->on_their_way--;
    uint32_t before = health->node_count;
    health->node_count = 0;
    if (reply && reply->type == REDIS_REPLY_ARRAY) {
        for (size_t i = 0; i < reply->elements && health->node_count < PARTITIONS; i++) {
            const redisReply *name = reply->element[i];
            if (name->type != REDIS_REPLY_STRING || name->len <= 0 ||
                (size_t)name->len >= NODE_MOST || memchr(name->str, 0, (size_t)name->len) ||
                is_known(health, (struct ioc_text){name->str, (uint32_t)name->len}))
                continue;
            struct node *node = &health->nodes[health->node_count++];
            if (strcmp(node->name, name->str) != 0)
                ioc_buffer_reset(&node->heartbeat);
            memcpy(node->name, name->str, (size_t)name->len + 1);
        }
    }
    for (uint32_t i = health->node_count; i < before; i++)
        ioc_buffer_reset(&health->nodes[i].heartbeat);
    ask_heartbeats(health);
}

struct ioc_health *ioc_health_new(struct ioc_text site, struct ioc_redis *redis)
{
    struct ioc_health *health = ioc_memory_take(sizeof *health);
    health->site = site;
    health->redis = redis;
    health->call.answered = owners_answered;
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        health->nodes[i].call.answered = heartbeat_answered;
        health->nodes[i].health = health;
    }
    return health;
}

void ioc_health_free(struct ioc_health *health)
{
    if (!health)
        return;
    assert(!health->on_their_way);
    for (uint32_t i = 0; i < PARTITIONS; i++)
        ioc_buffer_done(&health->nodes[i].heartbeat);
    ioc_buffer_done(&health->resp);
    ioc_memory_give(health);
}

void ioc_health_ask(struct ioc_health *health)
{
    if (health->on_their_way)
        return;
    struct ioc_buffer *resp = &health->resp;
    ioc_buffer_reset(resp);
    ioc_resp_begin(resp, 2 + PARTITIONS);
    ioc_resp_add_string(resp, "HMGET");
    ioc_sitekey_add(resp, health->site, "own", IOC_TEXT(""));
    for (int partition = 0; partition < PARTITIONS; partition++) {
        char field[16];
        snprintf(field, sizeof field, "%d:node", partition);
        ioc_resp_add_string(resp, field);
    }
    if (ioc_redis_send(health->redis, ioc_buffer_text(resp), 0, &health->call) == IOC_OK)
        health->on_their_way++;
}

static void add_engine(
    struct ioc_buffer *out, const struct ioc_buffer *heartbeat, ioc_time now, bool *is_first)
{
    json_t *engine = json_loadb(heartbeat->data, heartbeat->length, 0, NULL);
    json_t *at = json_object_get(engine, "at");
    if (json_is_object(engine)) {
        int64_t age =
            json_is_number(at) ? now / IOC_MILLISECOND - (int64_t)json_number_value(at) : -1;
        json_object_set_new(
            engine, "age_ms", json_is_number(at) ? json_integer(age > 0 ? age : 0) : json_null());
        char *text = json_dumps(engine, JSON_COMPACT);
        if (text) {
            if (!*is_first)
                ioc_buffer_add_char(out, ',');
            *is_first = false;
            ioc_buffer_add_string(out, text);
            free(text);
        }
    }
    json_decref(engine);
}

void ioc_health_write(
    struct ioc_health *health, ioc_time now, int64_t lag_ms, struct ioc_buffer *out)
{
    bool is_up = ioc_redis_is_up(health->redis), is_first = true;
    ioc_buffer_addf(out, "{\"now\":%lld,\"redis\":\"%s\",\"lag_ms\":%lld,\"engine\":[",
        (long long)(now / IOC_MILLISECOND), is_up ? "up" : "down", (long long)lag_ms);
    for (uint32_t i = 0; is_up && i < health->node_count; i++)
        if (health->nodes[i].heartbeat.length)
            add_engine(out, &health->nodes[i].heartbeat, now, &is_first);
    ioc_buffer_add_string(out, "]}");
}
