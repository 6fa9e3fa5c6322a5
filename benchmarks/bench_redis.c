/*
 * benchmarks/bench_redis.c — entity values a second through the redis sink, beside bare pipelined HSETs in the same run.
 *
 * Its own redis-server on loopback, log off as in WALL.md 2.4.  Each round states `batch` values of known entities,
 * flushes, and waits for the confirmation: one flush in flight, as the sink works.  The bare HSETs write the same four
 * fields with the same number in a pipeline, written ready-made and read by hiredis.
 *
 * Usage: bench_redis [--quick]
 */
#include "core/clock.h"
#include "core/metric.h"
#include "core/redis.h"
#include "sinks/redis.h"
#include "tests/redis_server.h"
#include <inttypes.h>

enum { ENTITIES = 10000 };
static struct redis_server server;
static uv_loop_t loop;
static char ids[ENTITIES][32];
static bool is_closed;

static void restate(struct ioc_sink_host *host) {}

static void health(struct ioc_sink_host *host, struct ioc_sink_health *health)
{
    *health = (struct ioc_sink_health){.started = 0};
}

static void closed(struct ioc_sink_host *host)
{
    is_closed = true;
}

static struct ioc_sink *open_sink(
    struct ioc_sink_host *host, void *options, struct ioc_arena *arena)
{
    struct ioc_errors errors = {0};
    struct ioc_error err;
    struct ioc_sink *sink = NULL;
    char yaml[128];
    snprintf(yaml, sizeof yaml, "address: '%s'\nflush: 0s\n", server.address);
    struct ioc_document *document =
        ioc_document_parse(IOC_TEXT("bench"), ioc_text_of(yaml), &errors);
    bool is_read = ioc_option_read(
        document, document->root, ioc_sink_redis.options, NULL, options, arena, &errors);
    struct ioc_sink_setup setup = {.name = IOC_TEXT("bench"),
        .site = IOC_TEXT("bench"),
        .node = IOC_TEXT("node"),
        .loop = &loop,
        .host = host};
    if (!is_read || ioc_sink_redis.open(&setup, options, &sink, &err) != IOC_OK) {
        ioc_errors_print(&errors, IOC_ENGLISH, stderr);
        exit(1);
    }
    ioc_document_free(document);
    ioc_errors_done(&errors);
    return sink;
}

static void state(struct ioc_sink *sink, int index, double value)
{
    struct ioc_entity entity = {.id = ioc_text_of(ids[index]),
        .stream = IOC_TEXT("air"),
        .kind = IOC_TEXT("sensor"),
        .name = ioc_text_of(ids[index]),
        .unit = IOC_TEXT("µg/m³"),
        .area = IOC_TEXT("q1"),
        .value = value,
        .has_value = 1,
        .has_point = 1,
        .severity = 1,
        .partition = (uint8_t)(index % 64),
        .decimals = 1,
        .time = 1700000000 * IOC_SECOND,
        .point = {106.7, 10.8}};
    ioc_sink_redis.entity(sink, &entity);
}

static void wait_for(const struct ioc_metric *entities, int64_t count)
{
    while (ioc_metric_value(entities) < count)
        uv_run(&loop, UV_RUN_ONCE);
}

/* Values a second. */
static double run_sink(
    struct ioc_sink *sink, const struct ioc_metric *entities, int batch, int rounds)
{
    int64_t count = ioc_metric_value(entities);
    ioc_span begin = ioc_clock_steady();
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < batch; i++)
            state(sink, (round * batch + i) % ENTITIES, round + 0.25);
        ioc_sink_redis.flush(sink);
        count += batch;
        wait_for(entities, count);
    }
    return (double)batch * rounds * IOC_SECOND / (double)(ioc_clock_steady() - begin);
}

static double run_bare(redisContext *context, int batch, int rounds)
{
    struct ioc_buffer resp = {0};
    ioc_span begin = ioc_clock_steady();
    for (int round = 0; round < rounds; round++) {
        ioc_buffer_reset(&resp);
        for (int i = 0; i < batch; i++) {
            ioc_resp_begin(&resp, 10);
            ioc_resp_add_string(&resp, "HSET");
            ioc_resp_add_string(&resp, ids[(round * batch + i) % ENTITIES]);
            ioc_resp_add_string(&resp, "v");
            ioc_resp_add_double(&resp, round + 0.25);
            ioc_resp_add_string(&resp, "t");
            ioc_resp_add_string(&resp, "1700000000000");
            ioc_resp_add_string(&resp, "s");
            ioc_resp_add_string(&resp, "1");
            ioc_resp_add_string(&resp, "q");
            ioc_resp_add_string(&resp, "0");
        }
        redisAppendFormattedCommand(context, resp.data, resp.length);
        for (int i = 0; i < batch; i++) {
            redisReply *reply = NULL;
            if (redisGetReply(context, (void **)&reply) != REDIS_OK)
                exit(1);
            freeReplyObject(reply);
        }
    }
    ioc_buffer_done(&resp);
    return (double)batch * rounds * IOC_SECOND / (double)(ioc_clock_steady() - begin);
}

int main(int argc, char **argv)
{
    bool is_quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    const int batches[] = {50, 200, 1000};
    int values = is_quick ? 2000 : 400000;
    struct ioc_sink_host host = {restate, health};
    struct ioc_arena arena = {0};
    void *options = calloc(1, ioc_sink_redis.options_bytes);
    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&loop);
    redis_server_start(&server);
    redisContext *context = redis_server_connect(&server);
    freeReplyObject(redisCommand(context, "CONFIG SET appendonly no"));
    for (int i = 0; i < ENTITIES; i++)
        snprintf(ids[i], sizeof ids[i], "air:sensor-%05d", i);
    struct ioc_sink *sink = open_sink(&host, options, &arena);
    const struct ioc_metric *entities =
        ioc_metric_get(IOC_COUNTER, "ioc_sink_entities_total", "sink=\"bench\"", NULL);
    for (int i = 0; i < ENTITIES; i++)
        state(sink, i, 0);
    ioc_sink_redis.flush(sink);
    wait_for(entities, ENTITIES);
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        double bare = run_bare(context, batches[i], values / batches[i]);
        double through = run_sink(sink, entities, batches[i], values / batches[i]);
        printf("redis batch %d: sink %.0f values/s, bare HSET pipeline %.0f/s, ratio %.2f\n",
            batches[i], through, bare, through / bare);
    }
    ioc_sink_redis.close(sink, IOC_SECOND, closed);
    while (!is_closed)
        uv_run(&loop, UV_RUN_ONCE);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    redisFree(context);
    redis_server_stop(&server);
    free(options);
    ioc_arena_done(&arena);
    return 0;
}
