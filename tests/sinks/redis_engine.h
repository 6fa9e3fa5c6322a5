#pragma once
/*
 * tests/sinks/redis_engine.h — an engine with a redis sink and a redis-server, as the tests of that sink need it.
 */
#include "core/clock.h"
#include "core/metric.h"
#include "sinks/redis.h"
#include "tests/redis_server.h"
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

struct engine { /* stands for the pipeline: the sink's host */
    struct ioc_sink_host host;
    uv_loop_t *loop;
    struct ioc_sink *sink;
    void *options;
    struct ioc_arena arena;
    char name[32];
    int restated, closed;
    uint64_t events;
};
static struct redis_server server;
static redisContext *redis;
static uv_loop_t loop;
static int engines; /* for names of metrics */

static inline void restate(struct ioc_sink_host *host)
{
    struct engine *engine = (struct engine *)host;
    engine->restated++;
}

static inline void health(struct ioc_sink_host *host, struct ioc_sink_health *health)
{
    struct engine *engine = (struct engine *)host;
    static const struct ioc_sink_source source = {
        .name = {"city-mqtt", 9}, .state = {"up", 2}, .messages = 12, .dead = 2, .dropped = 1, .last = 1700000000 * IOC_SECOND};
    *health = (struct ioc_sink_health){.events = engine->events, .lag = 3 * IOC_MILLISECOND,
        .started = 1700000000 * IOC_SECOND, .source_count = 1, .sources = &source};
}

static inline void closed(struct ioc_sink_host *host)
{
    ((struct engine *)host)->closed++;
}

static inline void open_engine(struct engine *engine, const char *yaml)
{
    struct ioc_errors errors = {0};
    struct ioc_document *document = ioc_document_parse(IOC_TEXT("city.yaml"), ioc_text_of(yaml), &errors);
    *engine = (struct engine){.host = {restate, health}, .loop = &loop};
    engine->options = calloc(1, ioc_sink_redis.options_bytes);
    bool is_read = ioc_option_read(document, document->root, ioc_sink_redis.options, NULL, engine->options, &engine->arena, &errors);
    if (!is_read)
        ioc_errors_print(&errors, IOC_ENGLISH, stderr);
    assert_true(is_read);
    ioc_document_free(document);
    ioc_errors_done(&errors);
    snprintf(engine->name, sizeof engine->name, "redis%d", ++engines);
    struct ioc_sink_setup setup = {.name = ioc_text_of(engine->name), .site = IOC_TEXT("hcm"), .node = IOC_TEXT("node-a"),
        .rules_version = 0xabc, .loop = &loop, .host = &engine->host};
    struct ioc_error err = {0};
    assert_int_equal(ioc_sink_redis.open(&setup, engine->options, &engine->sink, &err), IOC_OK);
}

static inline void open_plain(struct engine *engine)
{
    char yaml[128];
    snprintf(yaml, sizeof yaml, "address: '%s'\nflush: 20ms\n", server.address);
    open_engine(engine, yaml);
}

static inline void turn(int ms)
{
    ioc_span end = ioc_clock_steady() + ms * IOC_MILLISECOND;
    do {
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(500);
    } while (ioc_clock_steady() < end);
}

static inline void close_engine(struct engine *engine, ioc_span grace)
{
    ioc_sink_redis.close(engine->sink, grace, closed);
    for (int i = 0; i < 20000 && !engine->closed; i++)
        turn(1);
    assert_int_equal(engine->closed, 1);
    free(engine->options);
    ioc_arena_done(&engine->arena);
}

static inline int64_t metric(const struct engine *engine, const char *name)
{
    char label[64];
    snprintf(label, sizeof label, "sink=\"%s\"", engine->name);
    enum ioc_metric_kind kind = strstr(name, "_total") ? IOC_COUNTER : IOC_GAUGE;
    return ioc_metric_value(ioc_metric_get(kind, name, label, NULL));
}

static inline void wait_for_metric(const struct engine *engine, const char *name, int64_t least)
{
    for (int i = 0; i < 4000 && metric(engine, name) < least; i++)
        turn(1);
    assert_true(metric(engine, name) >= least);
}

static inline char *ask(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The answer as text: an integer in decimal, an array joined by spaces, nil "(nil)".  Valid until the next but seven. */
static inline void print_reply(const redisReply *reply, char *out, size_t room)
{
    size_t at = strlen(out);
    if (!reply) {
        snprintf(out + at, room - at, "(broken)");
    } else if (reply->type == REDIS_REPLY_INTEGER) {
        snprintf(out + at, room - at, "%lld", reply->integer);
    } else if (reply->type == REDIS_REPLY_ARRAY) {
        for (size_t i = 0; i < reply->elements; i++) {
            if (i > 0)
                strcat(out, " ");
            print_reply(reply->element[i], out, room);
        }
    } else {
        snprintf(out + at, room - at, "%s", reply->type == REDIS_REPLY_NIL ? "(nil)" : reply->str);
    }
}

static inline char *ask(const char *format, ...)
{
    static char texts[8][65536];
    static int next;
    char command[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    char *out = texts[next++ % 8];
    out[0] = '\0';
    redisReply *reply = redisCommand(redis, command);
    print_reply(reply, out, sizeof texts[0]);
    if (reply)
        freeReplyObject(reply);
    return out;
}

/* Turns the loop until Redis' answer to the command holds the text. */
static inline char *wait_for_answer(const char *command, const char *part)
{
    char *answer = ask("%s", command);
    for (int i = 0; i < 4000 && !strstr(answer, part); i++) {
        turn(1);
        answer = ask("%s", command);
    }
    if (!strstr(answer, part))
        print_message("%s: %s\n", command, answer);
    assert_non_null(strstr(answer, part));
    return answer;
}

static inline int count_in(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

/* How often the stream of transitions holds (alert, seq). */
static inline int count_in_history(const struct ioc_transition *transition)
{
    redisReply *reply = redisCommand(redis, "XRANGE ioc:{hcm}:alerts - +");
    int count = 0;
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *fields = reply->element[i]->element[1];
        char seq[16];
        snprintf(seq, sizeof seq, "%u", transition->seq);
        count += strcmp(fields->element[1]->str, transition->id.text) == 0 && strcmp(fields->element[3]->str, seq) == 0;
    }
    freeReplyObject(reply);
    return count;
}

static inline struct ioc_transition make_transition(int number, uint32_t seq, enum ioc_alert_state from, enum ioc_alert_state to)
{
    struct ioc_transition transition = {
        .seq = seq, .count = 1, .from = (uint8_t)from, .to = (uint8_t)to, .severity = IOC_SEVERITY_MAJOR, .priority = 3,
        .cause = IOC_CAUSE_EVENT, .has_point = 1, .partition = 0, .offset = seq, .rule_version = 7,
        .onset = 1700000000 * IOC_SECOND, .since = 1700000001 * IOC_SECOND, .key_time = 1700000001 * IOC_SECOND,
        .engine_time = 1700000002 * IOC_SECOND, .acknowledged_at = IOC_TIME_NONE, .shelved_until = IOC_TIME_NONE,
        .point = {106.7, 10.8}, .rule = IOC_TEXT("flood"), .owner = IOC_TEXT("water"), .stream = IOC_TEXT("level"),
        .key = IOC_TEXT("s1"), .entity = IOC_TEXT("level:s1"), .title_vi = IOC_TEXT("Ngập"), .title_en = IOC_TEXT("Flood"),
        .message_vi = IOC_TEXT("Nước cao 40 cm"), .message_en = IOC_TEXT("Water 40 cm"), .area = IOC_TEXT("q1"),
        .area_name = IOC_TEXT("Quận 1"), .values = IOC_TEXT("{\"level\":40.5}")};
    char key[32];
    snprintf(key, sizeof key, "key %d", number);
    ioc_id_make(&transition.id, IOC_TEXT("hcm"), transition.rule, ioc_text_of(key), transition.onset, 0);
    uint32_t partition;
    assert_int_equal(ioc_id_partition(ioc_text_of(transition.id.text), &partition), IOC_OK);
    transition.partition = (uint8_t)partition;
    return transition;
}

static inline void say(struct engine *engine, const struct ioc_transition *transition)
{
    struct ioc_mark mark = {.partition = transition->partition, .offset = transition->offset};
    ioc_sink_redis.transition(engine->sink, transition);
    ioc_sink_redis.mark(engine->sink, &mark);
    ioc_sink_redis.flush(engine->sink);
}

/* A new alert; its transition 1. */
static inline struct ioc_transition raise_alert(struct engine *engine, int number)
{
    struct ioc_transition transition = make_transition(number, 1, IOC_ALERT_NORMAL, IOC_ALERT_UNACKNOWLEDGED);
    say(engine, &transition);
    return transition;
}

static inline struct ioc_transition go_on(struct engine *engine, const struct ioc_transition *before, enum ioc_alert_state to)
{
    struct ioc_transition transition = *before;
    transition.seq++;
    transition.offset++;
    transition.from = before->to;
    transition.to = (uint8_t)to;
    say(engine, &transition);
    return transition;
}

static inline struct ioc_entity make_entity(const char *id, double value)
{
    return (struct ioc_entity){.id = ioc_text_of(id), .stream = IOC_TEXT("level"), .kind = IOC_TEXT("water"),
        .name = IOC_TEXT("Cầu Sài Gòn"), .unit = IOC_TEXT("cm"), .area = IOC_TEXT("q1"), .value = value, .has_value = 1,
        .has_point = 1, .severity = 2, .quality = IOC_QUALITY_GOOD, .partition = 5, .decimals = 1,
        .time = 1700000003 * IOC_SECOND, .received = 1700000003 * IOC_SECOND, .point = {106.7, 10.8}};
}

static inline void tell(struct engine *engine, const struct ioc_entity *entity)
{
    ioc_sink_redis.entity(engine->sink, entity);
    ioc_sink_redis.flush(engine->sink);
}

static inline int begin(void **state)
{
    uv_loop_init(&loop);
    redis_server_start(&server);
    redis = redis_server_connect(&server);
    return 0;
}

static inline int clear(void **state)
{
    freeReplyObject(redisCommand(redis, "FLUSHALL"));
    return 0;
}

static inline int end(void **state)
{
    uv_run(&loop, UV_RUN_DEFAULT);
    redisFree(redis);
    redis_server_stop(&server);
    return uv_loop_close(&loop);
}
