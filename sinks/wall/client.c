/*
 * sinks/wall/client.c — the browsers that follow the feed as server-sent events.
 */
#include "sinks/wall/client.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/metric.h"
#include <assert.h>
#include <sodium.h>

enum { BLOCK_BYTES = 4096 };

struct client {
    struct ioc_clients *clients;
    struct client *before, *after;
    struct MHD_Connection *connection;
    struct ioc_place place;
    struct ioc_frame *frame; /* being sent */
    uint32_t sent;           /* of it */
    ioc_span expires;
    bool is_suspended, is_ended, is_cut;
};
struct ioc_clients {
    struct ioc_feed *feed;
    const struct ioc_answer *answer;
    struct client *first;
    uint32_t count;
    bool is_ending;
    struct ioc_hold hold;
    struct ioc_metric *count_metric, *bytes, *cut, *refused;
};

static void drop_frame(struct client *client)
{
    ioc_frame_unref(client->frame);
    client->frame = NULL;
    client->sent = 0;
}

static size_t copy_frame(struct client *client, char *out, size_t room)
{
    size_t rest = client->frame->length - client->sent;
    size_t length = rest < room ? rest : room;
    memcpy(out, client->frame->bytes + client->sent, length);
    client->sent += (uint32_t)length;
    if (client->sent == client->frame->length)
        drop_frame(client);
    return length;
}

/* As many frames as fit; suspended when there is none. */
static ssize_t read_stream(void *context, uint64_t position, char *out, size_t most)
{
    struct client *client = context;
    size_t length = 0;
    if (client->is_cut)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (client->is_ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    while (length < most) {
        if (!client->frame)
            client->frame = ioc_feed_next(client->clients->feed, &client->place);
        if (!client->frame)
            break;
        length += copy_frame(client, out + length, most - length);
    }
    if (!length) {
        client->is_suspended = true;
        MHD_suspend_connection(client->connection);
    }
    ioc_metric_add(client->clients->bytes, (int64_t)length);
    return (ssize_t)length;
}

static void forget_client(void *context)
{
    struct client *client = context;
    struct ioc_clients *clients = client->clients;
    if (client->before)
        client->before->after = client->after;
    else
        clients->first = client->after;
    if (client->after)
        client->after->before = client->before;
    ioc_metric_set(clients->count_metric, --clients->count);
    drop_frame(client);
    ioc_memory_give(client);
}

static struct client *remember_client(struct ioc_clients *clients,
    struct MHD_Connection *connection, struct ioc_text last_event_id, ioc_span expires)
{
    char preamble[64];
    struct client *client = ioc_memory_take(sizeof *client);
    *client = (struct client){.clients = clients, .connection = connection, .expires = expires};
    ioc_feed_begin(clients->feed, last_event_id, &client->place);
    /* Browsers of a lost gateway must not all come back at the same moment. */
    snprintf(preamble, sizeof preamble, "retry: %u\n\n", 1000 + randombytes_uniform(4001));
    client->frame = ioc_frame_wrap(&clients->hold, (struct ioc_position){0}, ioc_text_of(preamble));
    client->after = clients->first;
    if (client->after)
        client->after->before = client;
    clients->first = client;
    ioc_metric_set(clients->count_metric, ++clients->count);
    return client;
}

enum MHD_Result ioc_clients_add(struct ioc_clients *clients, struct MHD_Connection *connection,
    struct ioc_text last_event_id, ioc_span expires)
{
    if (clients->count >= IOC_CLIENTS_MOST || clients->is_ending) {
        ioc_metric_add(clients->refused, 1);
        return ioc_answer_error(clients->answer, connection, MHD_HTTP_SERVICE_UNAVAILABLE,
            "too-many", "this gateway has all the clients that it serves");
    }
    struct client *client = remember_client(clients, connection, last_event_id, expires);
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, client, forget_client);
    if (!response) {
        forget_client(client);
        return MHD_NO;
    }
    ioc_answer_dress(clients->answer, response, "text/event-stream; charset=utf-8");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Accel-Buffering", "no");
    MHD_set_connection_option(
        connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)IOC_CLIENT_TIMEOUT);
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static void wake_client(struct client *client)
{
    if (!client->is_suspended)
        return;
    client->is_suspended = false;
    MHD_resume_connection(client->connection);
}

void ioc_clients_wake(struct ioc_clients *clients)
{
    ioc_span now = ioc_clock_steady();
    bool is_too_much = ioc_feed_held(clients->feed) > IOC_CLIENT_HELD;
    for (struct client *client = clients->first; client; client = client->after) {
        if (client->expires <= now)
            client->is_ended = true;
        if (is_too_much && client->frame && client->frame->hold != &clients->hold &&
            ioc_feed_is_forgotten(clients->feed, client->frame)) {
            client->is_cut = true;
            drop_frame(client);
            ioc_metric_add(clients->cut, 1);
        }
        wake_client(client);
    }
}

void ioc_clients_end(struct ioc_clients *clients)
{
    clients->is_ending = true;
    for (struct client *client = clients->first; client; client = client->after) {
        client->is_ended = true;
        drop_frame(client);
        wake_client(client);
    }
}

uint32_t ioc_clients_count(const struct ioc_clients *clients)
{
    return clients->count;
}

struct ioc_clients *ioc_clients_new(struct ioc_feed *feed, const struct ioc_answer *answer)
{
    struct ioc_clients *clients = ioc_memory_take(sizeof *clients);
    clients->feed = feed;
    clients->answer = answer;
    clients->count_metric =
        ioc_metric_get(IOC_GAUGE, "ioc_wall_clients", "", "Browsers that follow the feed.");
    clients->bytes =
        ioc_metric_get(IOC_COUNTER, "ioc_wall_sent_bytes_total", "", "Bytes of events sent.");
    clients->cut = ioc_metric_get(IOC_COUNTER, "ioc_wall_cut_total", "",
        "Slow clients cut because they held too many forgotten frames.");
    clients->refused =
        ioc_metric_get(IOC_COUNTER, "ioc_wall_refused_total", "", "Clients beyond the thousandth.");
    return clients;
}

void ioc_clients_free(struct ioc_clients *clients)
{
    if (!clients)
        return;
    assert(!clients->first);
    ioc_memory_give(clients);
}
