/*
 * benchmarks/latency.c — publish → alert readable in Redis, and → on the wall's feed, at a fixed
 * rate.
 *
 *   latency MQTT_PORT REDIS_PORT SITE RATE SECONDS KEYS EVERY [WALL_PORT COOKIE]
 *
 * Open loop: message n is due at start + n / RATE whatever happened to those before, and its
 * latency counts from then, so a stall is paid by everything that should have been sent meanwhile
 * (no coordinated omission).  Each key speaks once before the measurement begins, so that nothing
 * new has to be registered in it.  Then each EVERY-th key alternates between far over and far under
 * the rule's limit with each reading; the number of the message is written into the depth and comes
 * back in the transition's values, so no message is taken for another.
 *
 * A transition is visible when XREAD BLOCK on the alerts stream has returned it to this process,
 * and on the wall when this process has read the delta from the gateway's event stream.  An
 * entity's value on the wall is measured from the reading's own time (ms), for each newer reading
 * that the wall was told.
 */
#include "benchmarks/packet.h"
#include "core/clock.h"
#include "core/memory.h"
#include <arpa/inet.h>
#include <assert.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MOST = 16 * 1024 * 1024, HIGH = 1000, GRACE_S = 10, VALUES_MOST = 4 * 1024 * 1024 };
static const char marker[] = "\"event.depth_cm\":";

struct run {
    const char *site, *cookie;
    uint16_t mqtt_port, redis_port, wall_port;
    uint64_t rate, count, every;
    uint32_t keys;
    ioc_span start;
    ioc_span *sent_late, *in_redis, *on_wall,
        *values; /* by message; 0 = not seen (values: by order) */
    uint32_t value_count;
    _Atomic int64_t measured_from; /* ms since 1970 */
    _Atomic uint64_t redis_seen, wall_seen;
    atomic_bool is_over, wall_ready;
};

static ioc_span due(const struct run *run, uint64_t n)
{
    return run->start + (ioc_span)((double)n * (double)IOC_SECOND / (double)run->rate);
}

static bool alternates(const struct run *run, uint64_t n)
{
    return n >= run->keys && n % run->keys % run->every == 0;
}

/* ------------------------------------------------------------- publishing */

static double depth_of(const struct run *run, uint64_t n)
{
    if (!alternates(run, n))
        return (double)(n % 40);
    bool is_high = n / run->keys % 2 == 1;
    return is_high ? HIGH + (double)n : -HIGH - (double)n;
}

static void publish(struct run *run)
{
    static struct packet_link link;
    char topic[32], reading[READING_BYTES + 1];
    packet_open(&link, "127.0.0.1", run->mqtt_port, "latency");
    for (uint64_t n = 0; n < run->count;) {
        ioc_span at = due(run, n);
        struct timespec until = {.tv_sec = at / IOC_SECOND, .tv_nsec = at % IOC_SECOND};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        ioc_span now = ioc_clock_steady();
        for (; n < run->count && due(run, n) <= now; n++) {
            uint32_t key = (uint32_t)(n % run->keys);
            run->sent_late[n] = now - due(run, n);
            if (n == run->keys)
                run->measured_from = ioc_clock_now() / IOC_MILLISECOND;
            packet_publish(&link, packet_topic(topic, key),
                packet_reading(reading, key, ioc_clock_now(), depth_of(run, n)));
        }
        packet_flush(&link);
        packet_listen(&link, 0);
    }
    for (int i = 0; i < GRACE_S && link.acknowledged < link.sent; i++)
        packet_listen(&link, 1000);
    if (link.acknowledged < link.sent)
        fprintf(stderr, "latency: %llu messages have no PUBACK\n",
            (unsigned long long)(link.sent - link.acknowledged));
    packet_close(&link);
}

/* ------------------------------------------------------------- watching */

/* The message that caused a transition, from the text behind the marker; UINT64_MAX = none. */
static uint64_t number_in(const struct run *run, const char *text)
{
    double depth = strtod(text, NULL);
    double number = depth >= HIGH ? depth - HIGH : depth <= -HIGH ? -depth - HIGH : -1;
    return number >= 0 && number < (double)run->count ? (uint64_t)number : UINT64_MAX;
}

/* Every message named in a text has been seen now. */
static uint32_t note(struct run *run, const char *text, ioc_span *seen)
{
    uint32_t count = 0;
    ioc_span now = ioc_clock_steady();
    for (const char *at = text; (at = strstr(at, marker));) {
        at += sizeof marker - 1;
        uint64_t n = number_in(run, at);
        if (n == UINT64_MAX || seen[n])
            continue;
        seen[n] = now - due(run, n);
        count++;
    }
    return count;
}

static void note_entries(struct run *run, const redisReply *entries, char *last, size_t size)
{
    for (size_t i = 0; i < entries->elements; i++) {
        const redisReply *entry = entries->element[i], *fields = entry->element[1];
        snprintf(last, size, "%s", entry->element[0]->str);
        for (size_t f = 1; f < fields->elements; f += 2)
            run->redis_seen += note(run, fields->element[f]->str, run->in_redis);
    }
}

static void *watch_redis(void *argument)
{
    struct run *run = argument;
    char last[64] = "$", key[128];
    redisContext *redis = redisConnect("127.0.0.1", run->redis_port);
    snprintf(key, sizeof key, "ioc:{%s}:alerts", run->site);
    if (!redis || redis->err) {
        fprintf(stderr, "latency: Redis cannot be reached\n");
        exit(1);
    }
    redisReply *tail = redisCommand(
        redis, "XREVRANGE %s + - COUNT 1", key); /* $ would miss what comes between calls */
    snprintf(
        last, sizeof last, "%s", tail && tail->elements ? tail->element[0]->element[0]->str : "0");
    freeReplyObject(tail);
    while (!run->is_over) {
        redisReply *reply =
            redisCommand(redis, "XREAD COUNT 1000 BLOCK 200 STREAMS %s %s", key, last);
        if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements)
            note_entries(run, reply->element[0]->element[1], last, sizeof last);
        freeReplyObject(reply);
    }
    redisFree(redis);
    return NULL;
}

/* "e":[[i,sev,v,t,q],…] */
static void note_values(struct run *run, const char *line)
{
    static int64_t newest[1 << 20];
    long long index, time, now = ioc_clock_now() / IOC_MILLISECOND;
    const char *at = strstr(line, "\"e\":[[");
    if (!at)
        return;
    for (at += 5; *at == '['; at += *at == ',') {
        if (sscanf(at, "[%lld,%*d,%*[^,],%lld", &index, &time) == 2 && index >= 0 &&
            index < 1 << 20 && time > newest[index] && run->measured_from &&
            time >= run->measured_from && run->value_count < VALUES_MOST) {
            newest[index] = time;
            run->values[run->value_count++] = (now - time) * IOC_MILLISECOND;
        }
        at += strcspn(at, "]");
        at += *at == ']';
    }
}

static void take_line(struct run *run, char *line, bool *is_delta)
{
    if (strncmp(line, "event: ", 7) == 0) {
        *is_delta = strcmp(line + 7, "delta") == 0;
        run->wall_ready = true;
    }
    if (strncmp(line, "data: ", 6) != 0 || !*is_delta)
        return;
    run->wall_seen += note(run, line, run->on_wall);
    note_values(run, line);
}

static int connect_wall(const struct run *run)
{
    char request[1024];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(run->wall_port)};
    int wall = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    int length = snprintf(request, sizeof request, /* 1.0: an answer without chunks */
        "GET /v1/stream HTTP/1.0\r\nHost: 127.0.0.1:%u\r\nCookie: %s\r\nAccept: "
        "text/event-stream\r\n\r\n",
        run->wall_port, run->cookie);
    if (connect(wall, (struct sockaddr *)&address, sizeof address) != 0 ||
        send(wall, request, (size_t)length, 0) != length) {
        fprintf(stderr, "latency: the wall cannot be reached\n");
        exit(1);
    }
    return wall;
}

static void *watch_wall(void *argument)
{
    struct run *run = argument;
    char *bytes = ioc_memory_take(LINE_MOST + 1);
    size_t length = 0, looked = 0;
    bool is_delta = false;
    int wall = connect_wall(run);
    struct pollfd ready = {.fd = wall, .events = POLLIN};
    while (!run->is_over) {
        if (poll(&ready, 1, 200) <= 0)
            continue;
        ssize_t count = recv(wall, bytes + length, LINE_MOST - length, 0);
        if (count <= 0) {
            fprintf(stderr, "latency: the wall has ended the feed\n");
            exit(1);
        }
        length += (size_t)count;
        size_t line = 0;
        for (char *end; (end = memchr(bytes + looked, '\n', length - looked));
             line = looked = (size_t)(end - bytes) + 1) {
            *end = 0;
            take_line(run, bytes + line, &is_delta);
        }
        memmove(bytes, bytes + line, length - line);
        looked = length -= line;
    }
    close(wall);
    ioc_memory_give(bytes);
    return NULL;
}

/* ------------------------------------------------------------- the result */

static int by_span(const void *a, const void *b)
{
    ioc_span x = *(const ioc_span *)a, y = *(const ioc_span *)b;
    return x < y ? -1 : x > y;
}

static void print_spans(const char *what, ioc_span *spans, uint64_t count, uint64_t expected)
{
    const double ms = (double)IOC_MILLISECOND;
    qsort(spans, count, sizeof *spans, by_span);
    printf("{\"what\":\"%s\",\"count\":%llu,\"expected\":%llu", what, (unsigned long long)count,
        (unsigned long long)expected);
    if (count)
        printf(",\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f",
            (double)spans[count / 2] / ms, (double)spans[count * 9 / 10] / ms,
            (double)spans[count * 99 / 100] / ms, (double)spans[count - 1] / ms);
    printf("}\n");
}

static void print_seen(
    const struct run *run, const char *what, const ioc_span *seen, uint64_t expected)
{
    ioc_span *spans = ioc_memory_take((run->count + 1) * sizeof *spans);
    uint64_t count = 0;
    for (uint64_t n = 0; n < run->count; n++)
        if (seen[n])
            spans[count++] = seen[n];
    print_spans(what, spans, count, expected);
    ioc_memory_give(spans);
}

static bool read_arguments(struct run *run, int argc, char **argv)
{
    if (argc != 8 && argc != 10)
        return false;
    run->mqtt_port = (uint16_t)strtoul(argv[1], NULL, 10);
    run->redis_port = (uint16_t)strtoul(argv[2], NULL, 10);
    run->site = argv[3];
    run->rate = strtoull(argv[4], NULL, 10);
    run->keys = (uint32_t)strtoul(argv[6], NULL, 10);
    run->count = run->rate * strtoull(argv[5], NULL, 10) + run->keys;
    run->every = strtoull(argv[7], NULL, 10);
    run->wall_port = argc == 10 ? (uint16_t)strtoul(argv[8], NULL, 10) : 0;
    run->cookie = argc == 10 ? argv[9] : "";
    return run->rate && run->keys && run->every && run->keys % run->every == 0;
}

int main(int argc, char **argv)
{
    static struct run run;
    pthread_t redis, wall;
    uint64_t expected = 0;
    if (!read_arguments(&run, argc, argv)) {
        fprintf(stderr, "latency MQTT_PORT REDIS_PORT SITE RATE SECONDS KEYS EVERY [WALL_PORT "
                        "COOKIE]; KEYS is a multiple of EVERY\n");
        return 2;
    }
    prctl(PR_SET_TIMERSLACK, 1);
    run.sent_late = ioc_memory_take(run.count * sizeof *run.sent_late);
    run.in_redis = ioc_memory_take(run.count * sizeof *run.in_redis);
    run.on_wall = ioc_memory_take(run.count * sizeof *run.on_wall);
    run.values = ioc_memory_take(VALUES_MOST * sizeof *run.values);
    for (uint64_t n = 0; n < run.count; n++)
        expected += alternates(&run, n);
    pthread_create(&redis, NULL, watch_redis, &run);
    if (run.wall_port)
        pthread_create(&wall, NULL, watch_wall, &run);
    for (int i = 0; i < 5000 && run.wall_port && !run.wall_ready; i++)
        usleep(1000);
    usleep(200 * 1000); /* the readers wait by now */
    run.start = ioc_clock_steady() + 10 * IOC_MILLISECOND;
    publish(&run);
    for (int i = 0; i < GRACE_S * 100 &&
                    (run.redis_seen < expected || (run.wall_port && run.wall_seen < expected));
         i++)
        usleep(10 * 1000);
    run.is_over = true;
    pthread_join(redis, NULL);
    if (run.wall_port)
        pthread_join(wall, NULL);
    print_spans("sent-late", run.sent_late + run.keys, run.count - run.keys, run.count - run.keys);
    print_seen(&run, "redis", run.in_redis, expected);
    if (run.wall_port) {
        print_seen(&run, "wall-alert", run.on_wall, expected);
        print_spans("wall-value", run.values, run.value_count, 0);
    }
    return run.redis_seen == expected ? 0 : 1;
}
