#pragma once
/*
 * tests/sinks/wallworld.h — a real Redis, a gateway on a loop of its own, and a plain client, for tests of the wall.
 *
 * The gateway runs in a thread with its loop; the test talks to it over blocking sockets, as a browser would,
 * and writes Redis' keys as the engine would (sinks/redis.h).
 */
#include "core/clock.h"
#include "core/memory.h"
#include "sinks/wall/gateway.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define WORLD_KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define WORLD_EPOCH "aaaa000011112222"
#define WORLD_ALERT "0a000000000000000000000000c0"

struct world {
    char directory[64];
    pid_t redis;
    int redis_port, port; /* of the gateway */
    redisContext *admin;
    uv_loop_t loop;
    uv_async_t stop;
    uv_thread_t thread;
    uv_sem_t opened;
    struct ioc_gateway *gateway;
    enum ioc_status status;
    struct ioc_error err;
    char url[200], cookie[120];
    const char *redis_user, *redis_password; /* NULL = none */
    bool is_running;
};
struct answer {
    int status;
    char *head, *body;
    size_t length;
};
struct event {
    char name[32], id[128];
    char *data;
};
struct follower {
    int fd;
    int status;
    char *raw; /* not yet decoded */
    size_t raw_length;
    char *text;                    /* decoded, not yet taken */
    size_t text_length, looked_at; /* no end of an event lies before looked_at */
};

static inline int world_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static inline void world_start_redis(struct world *world)
{
    char port[16];
    snprintf(port, sizeof port, "%d", world->redis_port);
    world->redis = fork();
    if (world->redis == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int quiet = open("/dev/null", O_WRONLY);
        dup2(quiet, 1);
        dup2(quiet, 2);
        execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir",
            world->directory, "--save", "", "--appendonly", "yes", "--appendfsync", "always",
            (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 500; i++) {
        world->admin = redisConnect("127.0.0.1", world->redis_port);
        if (world->admin && !world->admin->err) {
            redisReply *reply = redisCommand(world->admin, "PING");
            bool is_up = reply && reply->type == REDIS_REPLY_STATUS;
            freeReplyObject(reply);
            if (is_up)
                return;
        }
        redisFree(world->admin);
        usleep(20 * 1000);
    }
    fail_msg("redis-server did not start");
}

static inline void world_end_redis(struct world *world)
{
    if (!world->redis)
        return;
    redisFree(world->admin);
    world->admin = NULL;
    kill(world->redis, SIGKILL);
    waitpid(world->redis, NULL, 0);
    world->redis = 0;
}

/* Forgets its append-only file too. */
static inline void world_end_redis_empty(struct world *world)
{
    char command[160];
    world_end_redis(world);
    snprintf(command, sizeof command, "rm -rf '%s/appendonlydir'", world->directory);
    assert_int_equal(system(command), 0);
}

static inline redisReply *world_ask(struct world *world, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    redisReply *reply = redisvCommand(world->admin, format, arguments);
    va_end(arguments);
    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_ERROR)
        fail_msg("redis: %s", reply->str);
    return reply;
}

#define world_do(...) freeReplyObject(world_ask(__VA_ARGS__))

/* What an engine would have written: two entities, one alert, counters, one delta. */
static inline void world_fill(struct world *world, const char *epoch)
{
    world_do(world, "HSET ioc:{t}:meta schema 1 epoch %s reg_etag e1", epoch);
    world_do(world, "HSET ioc:{t}:reg s:1 %s s:2 %s",
        "{\"i\":0,\"id\":\"s:1\",\"name\":\"Tr\u1ea1m 1\"}",
        "{\"i\":1,\"id\":\"s:2\",\"name\":\"B\"}");
    world_do(world, "HSET ioc:{t}:e:s:1 i 0 s 3 v 12.5 t 1790000000000 q 0");
    world_do(world, "HSET ioc:{t}:e:s:2 i 1 s 0 v %s t 1790000000001 q 3", "");
    world_do(world, "HSET ioc:{t}:a:" WORLD_ALERT " json %s",
        "{\"id\":\"" WORLD_ALERT "\",\"seq\":3,\"state\":\"UNACK\",\"onset\":1790000000000}");
    world_do(world, "ZADD ioc:{t}:active 30000000000001 " WORLD_ALERT);
    world_do(world, "HSET ioc:{t}:c:city unack [0,0,0,1,0] t 1790000000000");
    world_do(world, "HSET ioc:{t}:c:760 unack 1 active 1 worst 3 t 1790000000000");
    world_do(world, "XADD ioc:{t}:delta * g %s p 0:1:1:1 d %s", epoch,
        "{\"e\":[[0,3,12.5,1790000000000,0]]}");
}

/* One more delta; its id goes to `id` unless NULL. */
static inline void world_delta(
    struct world *world, const char *epoch, const char *json, char id[64])
{
    redisReply *reply =
        world_ask(world, "XADD ioc:{t}:delta MAXLEN ~ 6000 * g %s p 0:1:2:2 d %s", epoch, json);
    if (id)
        snprintf(id, 64, "%s", reply->str);
    freeReplyObject(reply);
}

static inline void world_close_gateway(uv_async_t *async)
{
    struct world *world = async->data;
    ioc_gateway_close(world->gateway);
    uv_close((uv_handle_t *)async, NULL);
}

static inline void world_write_file(const char *directory, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static inline void world_run_gateway(void *context)
{
    struct world *world = context;
    char redis[40], listen[40], page[96], areas[96], url[96];
    snprintf(redis, sizeof redis, "127.0.0.1:%d", world->redis_port);
    snprintf(listen, sizeof listen, "127.0.0.1:%d", world->port);
    snprintf(page, sizeof page, "%s/page", world->directory);
    snprintf(areas, sizeof areas, "%s/areas.geojson", world->directory);
    snprintf(url, sizeof url, "%s/url", world->directory);
    const struct ioc_gateway_options options = {.site = IOC_TEXT("t"),
        .name_vi = IOC_TEXT("Thành phố"),
        .name_en = IOC_TEXT("City"),
        .timezone = IOC_TEXT("Asia/Ho_Chi_Minh"),
        .redis = {.address = ioc_text_of(redis),
            .username = ioc_text_of(world->redis_user),
            .password = ioc_text_of(world->redis_password)},
        .listen = ioc_text_of(listen),
        .gate = IOC_TEXT("wall"),
        .key = {IOC_TEXT(WORLD_KEY)},
        .areas_file = ioc_text_of(areas),
        .areas_key = IOC_TEXT("code"),
        .areas_name = IOC_TEXT("name"),
        .page_directory = ioc_text_of(page),
        .url_file = ioc_text_of(url)};
    uv_loop_init(&world->loop);
    world->status = ioc_gateway_open(&world->loop, &options, &world->gateway, &world->err);
    if (world->status == IOC_OK) {
        struct ioc_text text = ioc_gateway_url(world->gateway);
        snprintf(world->url, sizeof world->url, "%.*s", IOC_TEXT_ARGS(text));
        uv_async_init(&world->loop, &world->stop, world_close_gateway);
        world->stop.data = world;
    }
    uv_sem_post(&world->opened);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&world->loop) != 0)
        abort(); /* something of the gateway was left open */
}

static inline void world_start_gateway(struct world *world)
{
    uv_sem_init(&world->opened, 0);
    uv_thread_create(&world->thread, world_run_gateway, world);
    uv_sem_wait(&world->opened);
    if (world->status != IOC_OK)
        fail_msg("gateway: %s", world->err.text);
    world->port = atoi(strrchr(world->url, ':') + 1);
    world->is_running = true;
}

static inline void world_stop_gateway(struct world *world)
{
    if (!world->is_running)
        return;
    uv_async_send(&world->stop);
    uv_thread_join(&world->thread);
    uv_sem_destroy(&world->opened);
    world->is_running = false;
}

static inline void world_allow_files(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

/* receive_bytes: how much the kernel takes for a client that does not read; 0 = as usual. */
static inline int world_connect_with(const struct world *world, int receive_bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)world->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 20};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (receive_bytes)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline int world_connect(const struct world *world)
{
    return world_connect_with(world, 0);
}

static inline void world_send(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the server has answered and hung up; the answer tells */
        bytes += n;
        length -= (size_t)n;
    }
}

/* Sends bytes as they are and reads to the end of the connection. */
static inline struct answer world_talk(const struct world *world, const char *bytes, size_t length)
{
    struct answer answer = {0};
    size_t room = 1 << 16, got = 0;
    char *text = malloc(room + 1);
    int fd = world_connect(world);
    world_send(fd, bytes, length);
    for (ssize_t n; (n = recv(fd, text + got, room - got, 0)) > 0;) {
        got += (size_t)n;
        if (got == room)
            text = realloc(text, (room *= 2) + 1);
    }
    close(fd);
    text[got] = 0;
    char *end = strstr(text, "\r\n\r\n");
    if (end && sscanf(text, "HTTP/1.1 %d", &answer.status) == 1) {
        *end = 0;
        answer.head = strdup(text);
        answer.length = got - (size_t)(end + 4 - text);
        answer.body = malloc(answer.length + 1);
        memcpy(answer.body, end + 4, answer.length + 1);
    }
    free(text);
    return answer;
}

static inline void answer_done(struct answer *answer)
{
    free(answer->head);
    free(answer->body);
    *answer = (struct answer){0};
}

/* headers: whole lines, each with \r\n; Host and the cookie are added unless they hold a Host. */
static inline struct answer world_request(const struct world *world, const char *method,
    const char *path, const char *headers, const char *body)
{
    size_t room = strlen(body) + strlen(path) + strlen(headers) + 1024;
    char *text = malloc(room), host[64], cookie[200] = "", length[64] = "";
    snprintf(host, sizeof host, "Host: 127.0.0.1:%d\r\n", world->port);
    if (world->cookie[0])
        snprintf(cookie, sizeof cookie, "Cookie: %s\r\n", world->cookie);
    if (*body)
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", strlen(body));
    int n = snprintf(text, room, "%s %s HTTP/1.1\r\n%s%s%s%sConnection: close\r\n\r\n%s", method,
        path, strstr(headers, "Host:") ? "" : host, cookie, length, headers, body);
    struct answer answer = world_talk(world, text, (size_t)n);
    free(text);
    return answer;
}

static inline int world_status(const struct world *world, const char *method, const char *path,
    const char *headers, const char *body)
{
    struct answer answer = world_request(world, method, path, headers, body);
    int status = answer.status;
    answer_done(&answer);
    return status;
}

static inline void world_login(struct world *world)
{
    world->cookie[0] = 0;
    struct answer answer = world_request(world, "GET", strstr(world->url, "/?"), "", "");
    assert_int_equal(answer.status, 303);
    char *cookie = strstr(answer.head, "Set-Cookie: ");
    assert_non_null(cookie);
    snprintf(
        world->cookie, sizeof world->cookie, "%.*s", (int)strcspn(cookie + 12, ";"), cookie + 12);
    answer_done(&answer);
}

/* The current URL, as its owner reads it. */
static inline void world_read_url(struct world *world)
{
    char path[96];
    snprintf(path, sizeof path, "%s/url", world->directory);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(world->url, sizeof world->url, file));
    world->url[strcspn(world->url, "\n")] = 0;
    fclose(file);
}

/* Server-sent events, in chunked encoding as a browser gets them. */

static inline struct follower world_follow_with(
    const struct world *world, const char *last_event_id, int receive_bytes)
{
    char text[1024], resume[256] = "";
    struct follower follower = {.fd = world_connect_with(world, receive_bytes)};
    if (last_event_id)
        snprintf(resume, sizeof resume, "Last-Event-ID: %s\r\n", last_event_id);
    int n = snprintf(text, sizeof text,
        "GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\nAccept: "
        "text/event-stream\r\n%s\r\n",
        world->port, world->cookie, resume);
    world_send(follower.fd, text, (size_t)n);
    return follower;
}

static inline struct follower world_follow(const struct world *world, const char *last_event_id)
{
    return world_follow_with(world, last_event_id, 0);
}

static inline void follower_done(struct follower *follower)
{
    if (follower->fd >= 0)
        close(follower->fd);
    free(follower->raw);
    free(follower->text);
    *follower = (struct follower){.fd = -1};
}

static inline void event_done(struct event *event)
{
    free(event->data);
    event->data = NULL;
}

/* Room goes in powers of two, so that a long event is not moved for every piece of it. */
static inline void append(char **to, size_t *length, const char *bytes, size_t more)
{
    size_t had = 64, needed = 64;
    while (had < *length + 1)
        had *= 2;
    while (needed < *length + more + 1)
        needed *= 2;
    if (!*to || needed > had)
        *to = realloc(*to, needed);
    memcpy(*to + *length, bytes, more);
    *length += more;
    (*to)[*length] = 0;
}

static inline void cut_front(char *text, size_t *length, size_t bytes)
{
    memmove(text, text + bytes, *length - bytes + 1);
    *length -= bytes;
}

/* Moves whole chunks from raw to text. */
static inline void decode(struct follower *follower)
{
    if (!follower->status) {
        char *end = follower->raw ? strstr(follower->raw, "\r\n\r\n") : NULL;
        if (!end)
            return;
        sscanf(follower->raw, "HTTP/1.1 %d", &follower->status);
        cut_front(follower->raw, &follower->raw_length, (size_t)(end + 4 - follower->raw));
    }
    size_t at = 0;
    for (;;) {
        char *line = memmem(follower->raw + at, follower->raw_length - at, "\r\n", 2);
        if (!line)
            break;
        size_t size = strtoul(follower->raw + at, NULL, 16);
        size_t start = (size_t)(line + 2 - follower->raw);
        if (start + size + 2 > follower->raw_length)
            break;
        append(&follower->text, &follower->text_length, follower->raw + start, size);
        at = start + size + 2;
    }
    if (at)
        cut_front(follower->raw, &follower->raw_length, at);
}

static inline bool take_event(struct follower *follower, struct event *event)
{
    size_t from = follower->looked_at ? follower->looked_at - 1 : 0;
    char *end = follower->text
                    ? memmem(follower->text + from, follower->text_length - from, "\n\n", 2)
                    : NULL;
    follower->looked_at = end ? 0 : follower->text_length;
    if (!end)
        return false;
    *end = 0;
    *event = (struct event){0};
    for (char *line = follower->text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        if (strncmp(line, "event: ", 7) == 0)
            snprintf(event->name, sizeof event->name, "%s", line + 7);
        else if (strncmp(line, "id: ", 4) == 0)
            snprintf(event->id, sizeof event->id, "%s", line + 4);
        else if (strncmp(line, "retry: ", 7) == 0)
            snprintf(event->name, sizeof event->name, "retry");
        else if (strncmp(line, "data: ", 6) == 0)
            event->data = strdup(line + 6);
    }
    cut_front(follower->text, &follower->text_length, (size_t)(end + 2 - follower->text));
    return true;
}

/* False when none came in time, or the connection has ended. */
static inline bool follower_next(struct follower *follower, int patience_ms, struct event *event)
{
    ioc_span until = ioc_clock_steady() + patience_ms * IOC_MILLISECOND;
    for (;;) {
        if (take_event(follower, event))
            return true;
        struct pollfd ready = {.fd = follower->fd, .events = POLLIN};
        ioc_span left = until - ioc_clock_steady();
        if (left <= 0 || poll(&ready, 1, (int)(left / IOC_MILLISECOND) + 1) <= 0)
            return false;
        char bytes[65536];
        ssize_t n = recv(follower->fd, bytes, sizeof bytes, 0);
        if (n <= 0)
            return false;
        append(&follower->raw, &follower->raw_length, bytes, (size_t)n);
        decode(follower);
    }
}

/* The next event of that name; others, but `unwanted`, are passed over. */
static inline struct event follower_await(
    struct follower *follower, const char *name, const char *unwanted)
{
    struct event event;
    for (;;) {
        if (!follower_next(follower, 15000, &event))
            fail_msg("no event '%s' came", name);
        if (strcmp(event.name, name) == 0)
            return event;
        if (unwanted && strcmp(event.name, unwanted) == 0)
            fail_msg("an event '%s' came before '%s': %s", unwanted, name, event.data);
        event_done(&event);
    }
}

static inline struct world *world_new(void)
{
    struct world *world = calloc(1, sizeof *world);
    char page[96];
    signal(SIGPIPE, SIG_IGN);
    snprintf(world->directory, sizeof world->directory, "/tmp/ioc-wall-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    snprintf(page, sizeof page, "%s/page", world->directory);
    assert_int_equal(mkdir(page, 0700), 0);
    world_write_file(page, "index.html", "<!doctype html><title>wall</title>");
    world_write_file(world->directory, "areas.geojson",
        "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{"
        "\"code\":\"760\","
        "\"name\":\"Quận "
        "1\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[106.6,10.7],[106.7,10.7],"
        "[106.7,10.8],[106.6,10.7]]]}}]}");
    world->redis_port = world_free_port();
    world_start_redis(world);
    return world;
}

static inline void world_free(struct world *world)
{
    char command[128];
    world_stop_gateway(world);
    world_end_redis(world);
    snprintf(command, sizeof command, "rm -rf '%s'", world->directory);
    assert_int_equal(system(command), 0);
    free(world);
}
