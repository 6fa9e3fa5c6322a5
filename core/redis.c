/*
 * core/redis.c — a uv_stream, hiredis' reply reader, and a queue of who waits for an answer.
 *
 *   RESTING ─► CONNECTING ─► GREETING (AUTH, PING) ─► UP
 *      ▲                └──────────┴───────────────────┴─► BREAKING (the stream is closing)
 *      └──────────────────────── back-off ◄───────────────────┘
 *
 * Redis answers in the order of commands, so the queue is a ring and only its head has a deadline: the head's
 * clock starts when it is sent or when its forerunner is answered.  One timer serves the connect timeout, that
 * deadline, the PING after quiet, the back-off and the close.  A loop that was held up sees its timers before
 * its sockets: a deadline that has passed is looked at once more after the next reading.
 *
 * Users may call send and close from any callback; a close is therefore carried out by the timer.
 */
#include "core/redis.h"
#include "core/address.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metric.h"
#include <assert.h>
#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/un.h>

enum {
    BACK_OFF_LEAST = 100, /* milliseconds */
    BACK_OFF_MOST = 5000,
    PING_AFTER = 5000,
    DEFAULT_TIMEOUT = 5000,
    DEFAULT_IN_FLIGHT = 1024,
    OWN_CALLS = 2, /* AUTH and the first PING; later ones only when nobody waits */
    SECRET_MOST = 4096,
    INPUT_BYTES = 64 * 1024,
    OUTPUT_MOST = 64 * 1024 * 1024,
    REPLY_MOST = 64 * 1024 * 1024,
    ELEMENTS_MOST = 1024 * 1024,
    WHY_BYTES = 200,
};

enum phase { RESTING, CONNECTING, GREETING, UP, BREAKING };
enum told { TOLD_NOTHING, TOLD_UP, TOLD_DOWN };

struct waiter {
    struct ioc_redis_call *call;
    uint64_t wait; /* milliseconds beyond the timeout */
};

struct ioc_redis {
    uv_loop_t *loop;
    struct ioc_redis_user *user;
    char *address, *username, *password, *name; /* username and password NULL = none */
    struct sockaddr_storage socket_address;
    uint64_t timeout;

    enum phase phase;
    enum told told;
    bool is_closing, is_suspect, is_writing, has_secret; /* has_secret: AUTH lies in a buffer */
    uint64_t back_off, retry_at, deadline, last_heard, timer_due; /* milliseconds of uv_now() */

    struct waiter *ring;
    uint32_t capacity, head, count, in_flight_most;

    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } peer;
    uv_connect_t connect_request;
    uv_write_t write_request;
    uv_timer_t timer;
    uv_prepare_t prepare; /* writes what was sent since the last turn of the loop */
    struct ioc_buffer out, writing;
    redisReader *reader;
    redisReplyObjectFunctions functions;
    void *(*make_array)(const redisReadTask *task, int elements);
    size_t unfinished; /* bytes read since the last whole reply */
    struct ioc_redis_call auth, greeting, ping;
    struct ioc_metric *up_metric, *break_metric;
    char input[INPUT_BYTES];
};

static void on_timer(uv_timer_t *timer);

static void set_timer(struct ioc_redis *redis, uint64_t due)
{
    uint64_t now = uv_now(redis->loop);
    redis->timer_due = due;
    uv_timer_start(&redis->timer, on_timer, due > now ? due - now : 0, 0);
}

static void start_clock_of_head(struct ioc_redis *redis)
{
    redis->deadline = uv_now(redis->loop) + redis->timeout + redis->ring[redis->head].wait;
    if (redis->deadline < redis->timer_due)
        set_timer(redis, redis->deadline);
}

static void on_peer_closed(uv_handle_t *handle);

/* Everybody who waits gets NULL, the user is told, the stream is closed. */
static void break_off(struct ioc_redis *redis, const char *reason)
{
    char why[WHY_BYTES];
    if (redis->phase == RESTING || redis->phase == BREAKING)
        return;
    snprintf(why, sizeof why, "%s", reason);
    redis->phase = BREAKING;
    uv_prepare_stop(&redis->prepare);
    while (redis->count) {
        struct ioc_redis_call *call = redis->ring[redis->head].call;
        redis->head = (redis->head + 1) % redis->capacity;
        redis->count--;
        call->answered(call, NULL);
    }
    uv_close(&redis->peer.handle, on_peer_closed);
    ioc_metric_set(redis->up_metric, 0);
    if (redis->is_closing || redis->told == TOLD_DOWN)
        return;
    redis->told = TOLD_DOWN;
    ioc_metric_add(redis->break_metric, 1);
    char quoted_address[IOC_LOG_QUOTED], quoted_why[IOC_LOG_QUOTED];
    ioc_log(IOC_LOG_WARNING, redis->name,
        "no connection to Redis at %s: %s; trying again until it comes back",
        ioc_log_quote(ioc_text_of(redis->address), quoted_address),
        ioc_log_quote(ioc_text_of(why), quoted_why));
    redis->user->down(redis->user, redis, why);
}

static void on_written(uv_write_t *request, int status);

static void write_out(struct ioc_redis *redis)
{
    if (redis->is_writing || redis->out.length == 0)
        return;
    struct ioc_buffer written = redis->writing;
    redis->writing = redis->out;
    redis->out = written;
    ioc_buffer_reset(&redis->out);
    uv_buf_t bytes = uv_buf_init(redis->writing.data, (unsigned)redis->writing.length);
    int err = uv_write(&redis->write_request, &redis->peer.stream, &bytes, 1, on_written);
    redis->is_writing = err == 0;
    if (err)
        break_off(redis, uv_strerror(err));
}

static void wipe_auth(struct ioc_redis *redis)
{
    if (redis->has_secret)
        sodium_memzero(redis->writing.data, redis->writing.length);
    redis->has_secret = false;
}

static void on_written(uv_write_t *request, int status)
{
    struct ioc_redis *redis = request->data;
    redis->is_writing = false;
    wipe_auth(redis);
    if (redis->phase == BREAKING)
        return;
    if (status < 0)
        break_off(redis, uv_strerror(status));
    else
        write_out(redis);
}

static void on_prepare(uv_prepare_t *prepare)
{
    uv_prepare_stop(prepare);
    write_out(prepare->data);
}

/* There is room in the ring. */
static void enqueue(
    struct ioc_redis *redis, struct ioc_text resp, uint64_t wait, struct ioc_redis_call *call)
{
    assert(redis->count < redis->capacity);
    redis->ring[(redis->head + redis->count) % redis->capacity] = (struct waiter){call, wait};
    if (redis->count++ == 0)
        start_clock_of_head(redis);
    ioc_buffer_add_text(&redis->out, resp);
    assert(!redis->out.is_full);
    uv_prepare_start(&redis->prepare, on_prepare);
}

static void enqueue_own(struct ioc_redis *redis, struct ioc_redis_call *call, const char *verb,
    const char *one, const char *two)
{
    struct ioc_buffer resp = {0};
    ioc_resp_command(&resp, verb, one, two, NULL);
    enqueue(redis, ioc_buffer_text(&resp), 0, call);
    sodium_memzero(resp.data, resp.length);
    ioc_buffer_done(&resp);
}

static struct ioc_redis *owner_of(struct ioc_redis_call *call, size_t offset)
{
    return (struct ioc_redis *)((char *)call - offset);
}

static void on_auth(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_redis *redis = owner_of(call, offsetof(struct ioc_redis, auth));
    if (reply && reply->type == REDIS_REPLY_ERROR)
        break_off(redis, reply->str);
}

/* A user without the right to PING has been let in all the same.  What is no Redis, or our own socket
 * connected to itself, does not say PONG. */
static void on_greeting(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_redis *redis = owner_of(call, offsetof(struct ioc_redis, greeting));
    if (!reply)
        return;
    bool is_error = reply->type == REDIS_REPLY_ERROR;
    if (is_error && strncmp(reply->str, "NOPERM", 6) != 0) {
        break_off(redis, reply->str);
        return;
    }
    if (!is_error && (reply->type != REDIS_REPLY_STATUS || strcmp(reply->str, "PONG") != 0)) {
        break_off(redis, "the server does not answer like a Redis");
        return;
    }
    redis->phase = UP;
    redis->told = TOLD_UP;
    redis->back_off = BACK_OFF_LEAST;
    ioc_metric_set(redis->up_metric, 1);
    char quoted[IOC_LOG_QUOTED];
    ioc_log(IOC_LOG_INFO, redis->name, "connected to Redis at %s",
        ioc_log_quote(ioc_text_of(redis->address), quoted));
    redis->user->up(redis->user, redis);
}

static void on_ping(struct ioc_redis_call *call, const redisReply *reply)
{
    (void)call, (void)reply; /* that an answer came is all */
}

static bool is_connected(const struct ioc_redis *redis)
{
    return redis->phase == GREETING || redis->phase == UP;
}

static void take_replies(struct ioc_redis *redis)
{
    while (is_connected(redis) && !redis->is_closing) {
        void *object = NULL;
        if (redisReaderGetReply(redis->reader, &object) != REDIS_OK) {
            bool is_long = redis->reader->err == REDIS_ERR_OOM;
            break_off(redis,
                is_long ? "an answer is an array of too many elements" : redis->reader->errstr);
            return;
        }
        if (!object)
            return;
        redis->unfinished = 0;
        redisReply *reply = object;
        if (redis->count == 0) {
            /* A server at its limit of clients says so before it hangs up. */
            break_off(redis,
                reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer without a question");
        } else {
            struct ioc_redis_call *call = redis->ring[redis->head].call;
            redis->head = (redis->head + 1) % redis->capacity;
            if (--redis->count)
                start_clock_of_head(redis);
            call->answered(call, reply);
        }
        freeReplyObject(reply);
    }
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct ioc_redis *redis = stream->data;
    if (length < 0) {
        break_off(redis,
            length == UV_EOF ? "the server closed the connection" : uv_strerror((int)length));
        return;
    }
    if (length == 0 || !is_connected(redis))
        return;
    redis->last_heard = uv_now(redis->loop);
    redis->is_suspect = false;
    redis->unfinished += (size_t)length;
    if (redisReaderFeed(redis->reader, buffer->base, (size_t)length) != REDIS_OK) {
        break_off(redis, redis->reader->errstr);
        return;
    }
    take_replies(redis);
    if (redis->unfinished > REPLY_MOST)
        break_off(redis, "an answer is longer than 64 MiB");
}

static void give_input(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct ioc_redis *redis = handle->data;
    *buffer = uv_buf_init(redis->input, sizeof redis->input);
}

/* hiredis asks for the memory of an array as soon as it has read its length. */
static void *make_bounded_array(const redisReadTask *task, int elements)
{
    struct ioc_redis *redis = task->privdata;
    return elements > ELEMENTS_MOST ? NULL : redis->make_array(task, elements);
}

static void on_connected(uv_connect_t *request, int status)
{
    struct ioc_redis *redis = request->data;
    if (redis->phase != CONNECTING)
        return;
    if (status == 0)
        status = uv_read_start(&redis->peer.stream, give_input, on_read);
    if (status < 0) {
        break_off(redis, uv_strerror(status));
        return;
    }
    redis->phase = GREETING;
    redis->is_suspect = false;
    redis->has_secret = redis->username || redis->password;
    redis->last_heard = uv_now(redis->loop);
    if (redis->username)
        enqueue_own(
            redis, &redis->auth, "AUTH", redis->username, redis->password ? redis->password : "");
    else if (redis->password)
        enqueue_own(redis, &redis->auth, "AUTH", redis->password, NULL);
    enqueue_own(redis, &redis->greeting, "PING", NULL, NULL);
}

static void start_connecting(struct ioc_redis *redis)
{
    redis->reader = redisReaderCreate();
    if (!redis->reader)
        abort();
    redis->functions = *redis->reader->fn;
    redis->make_array = redis->functions.createArray;
    redis->functions.createArray = make_bounded_array;
    redis->reader->fn = &redis->functions;
    redis->reader->privdata = redis;
    redis->unfinished = 0;
    redis->is_suspect = false;

    redis->phase = CONNECTING;
    redis->deadline = uv_now(redis->loop) + redis->timeout;
    set_timer(redis, redis->deadline);
    int err = 0;
    if (redis->socket_address.ss_family == AF_UNIX) {
        uv_pipe_init(redis->loop, &redis->peer.pipe, 0);
        uv_pipe_connect(&redis->connect_request, &redis->peer.pipe,
            ((const struct sockaddr_un *)&redis->socket_address)->sun_path, on_connected);
    } else {
        uv_tcp_init(redis->loop, &redis->peer.tcp);
        uv_tcp_nodelay(&redis->peer.tcp, 1);
        err = uv_tcp_connect(&redis->connect_request, &redis->peer.tcp,
            (const struct sockaddr *)&redis->socket_address, on_connected);
    }
    redis->peer.handle.data = redis;
    if (err)
        break_off(redis, uv_strerror(err));
}

static void wipe(char *secret)
{
    if (secret)
        sodium_memzero(secret, strlen(secret));
    ioc_memory_give(secret);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct ioc_redis *redis = handle->data;
    struct ioc_redis_user *user = redis->user;
    ioc_buffer_done(&redis->out);
    ioc_buffer_done(&redis->writing);
    ioc_memory_give(redis->ring);
    ioc_memory_give(redis->address);
    ioc_memory_give(redis->name);
    wipe(redis->username);
    wipe(redis->password);
    ioc_memory_give(redis);
    if (user->closed)
        user->closed(user);
}

static void on_prepare_closed(uv_handle_t *handle)
{
    struct ioc_redis *redis = handle->data;
    uv_close((uv_handle_t *)&redis->timer, on_timer_closed);
}

static void finish(struct ioc_redis *redis)
{
    uv_close((uv_handle_t *)&redis->prepare, on_prepare_closed);
}

static void on_peer_closed(uv_handle_t *handle)
{
    struct ioc_redis *redis = handle->data;
    redis->phase = RESTING;
    redis->is_writing = false;
    if (redis->has_secret) /* never written */
        sodium_memzero(redis->out.data, redis->out.length);
    redis->has_secret = false;
    redisReaderFree(redis->reader);
    redis->reader = NULL;
    ioc_buffer_reset(&redis->out);
    if (redis->is_closing) {
        finish(redis);
        return;
    }
    /* Half of it by chance, so that many who lost the same server do not come back as one. */
    uint64_t half = redis->back_off / 2;
    redis->retry_at = uv_now(redis->loop) + half + randombytes_uniform((uint32_t)half + 1);
    redis->back_off = redis->back_off * 2 < BACK_OFF_MOST ? redis->back_off * 2 : BACK_OFF_MOST;
    set_timer(redis, redis->retry_at);
}

static void on_deadline(struct ioc_redis *redis)
{
    if (redis->is_suspect) {
        break_off(redis, redis->phase == CONNECTING ? "no connection within the timeout"
                                                    : "no answer within the timeout");
    } else {
        redis->is_suspect = true;
        set_timer(redis, uv_now(redis->loop) + 1);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct ioc_redis *redis = timer->data;
    uint64_t now = uv_now(redis->loop);
    redis->timer_due = UINT64_MAX;
    if (redis->is_closing) {
        if (redis->phase == RESTING)
            finish(redis);
        else
            break_off(redis, "closed");
        return;
    }
    switch (redis->phase) {
    case RESTING: start_connecting(redis); break;
    case CONNECTING: on_deadline(redis); break;
    case GREETING:
    case UP:
        if (redis->count && now >= redis->deadline) {
            on_deadline(redis);
        } else if (redis->count) {
            set_timer(redis, redis->deadline);
        } else if (now < redis->last_heard + PING_AFTER) {
            set_timer(redis, redis->last_heard + PING_AFTER);
        } else {
            enqueue_own(redis, &redis->ping, "PING", NULL, NULL);
        }
        break;
    case BREAKING: break;
    }
}

static enum ioc_status check_options(const struct ioc_redis_options *options,
    struct sockaddr_storage *address, struct ioc_error *err)
{
    struct ioc_error unwanted;
    if (!err)
        err = &unwanted;
    enum ioc_status status = ioc_address_read(options->address, address, err);
    const struct ioc_text secrets[] = {options->username, options->password};
    for (int i = 0; i < 2 && status == IOC_OK; i++) {
        if (secrets[i].length > SECRET_MOST ||
            ioc_text_contains(secrets[i], (struct ioc_text){"", 1})) {
            ioc_error_set(err, "bad-secret", "the Redis %s is longer than %d bytes or holds a NUL",
                i ? "password" : "user name", SECRET_MOST);
            status = IOC_INVALID;
        }
    }
    return status;
}

static struct ioc_metric *make_metric(
    enum ioc_metric_kind kind, const char *metric, const char *name, const char *help)
{
    struct ioc_buffer labels = {0};
    ioc_metric_label(&labels, "name", ioc_text_of(name));
    ioc_buffer_add_char(&labels, '\0');
    struct ioc_metric *made = ioc_metric_get(kind, metric, labels.data, help);
    ioc_buffer_done(&labels);
    return made;
}

static char *copy_text(struct ioc_text text)
{
    return text.length ? ioc_memory_copy(text.data, text.length) : NULL;
}

enum ioc_status ioc_redis_open(uv_loop_t *loop, const struct ioc_redis_options *options,
    struct ioc_redis_user *user, struct ioc_redis **out, struct ioc_error *err)
{
    struct sockaddr_storage socket_address;
    enum ioc_status status = check_options(options, &socket_address, err);
    if (status != IOC_OK)
        return status;
    assert(user->up && user->down);
    struct ioc_redis *redis = ioc_memory_take(sizeof *redis);
    redis->loop = loop;
    redis->user = user;
    redis->socket_address = socket_address;
    redis->address = copy_text(options->address);
    redis->username = copy_text(options->username);
    redis->password = copy_text(options->password);
    redis->name = copy_text(ioc_text_of(options->name ? options->name : "core.redis"));
    redis->timeout = options->timeout > 0
                         ? (uint64_t)((options->timeout + IOC_MILLISECOND - 1) / IOC_MILLISECOND)
                         : DEFAULT_TIMEOUT;
    redis->in_flight_most = options->in_flight_most ? options->in_flight_most : DEFAULT_IN_FLIGHT;
    redis->capacity = redis->in_flight_most + OWN_CALLS;
    redis->ring = ioc_memory_take(redis->capacity * sizeof *redis->ring);
    redis->back_off = BACK_OFF_LEAST;
    /* Its own commands go out even when users have filled the rest. */
    redis->out.limit = redis->writing.limit = OUTPUT_MOST + INPUT_BYTES;
    redis->auth.answered = on_auth;
    redis->greeting.answered = on_greeting;
    redis->ping.answered = on_ping;
    redis->up_metric =
        make_metric(IOC_GAUGE, "ioc_redis_up", redis->name, "1 while connected to Redis");
    redis->break_metric = make_metric(
        IOC_COUNTER, "ioc_redis_breaks_total", redis->name, "connections to Redis that were lost");
    redis->connect_request.data = redis->write_request.data = redis;
    uv_timer_init(loop, &redis->timer);
    uv_prepare_init(loop, &redis->prepare);
    redis->timer.data = redis->prepare.data = redis;
    uv_update_time(loop);
    set_timer(redis, uv_now(loop));
    *out = redis;
    return IOC_OK;
}

void ioc_redis_close(struct ioc_redis *redis)
{
    if (!redis || redis->is_closing)
        return;
    redis->is_closing = true;
    if (redis->phase != BREAKING)
        set_timer(redis, 0);
}

bool ioc_redis_is_up(const struct ioc_redis *redis)
{
    return redis->phase == UP && !redis->is_closing;
}

enum ioc_status ioc_redis_send(
    struct ioc_redis *redis, struct ioc_text resp, ioc_span wait, struct ioc_redis_call *call)
{
    assert(call->answered && wait >= 0 && resp.length && resp.data[0] == '*');
    if (!ioc_redis_is_up(redis))
        return IOC_CLOSED;
    if (redis->count >= redis->in_flight_most || resp.length > OUTPUT_MOST - redis->out.length)
        return IOC_FULL;
    enqueue(redis, resp, (uint64_t)(wait / IOC_MILLISECOND), call);
    return IOC_OK;
}
