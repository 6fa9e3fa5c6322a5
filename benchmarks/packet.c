/*
 * benchmarks/packet.c — MQTT packets of a load generator.
 */
#include "benchmarks/packet.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT = 0x10, CONNACK = 0x20, PUBLISH_ONCE = 0x32, PUBACK = 0x40 };

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "refused");
    exit(1);
}

static void add_length(struct ioc_buffer *out, uint32_t length)
{
    do {
        ioc_buffer_add_char(out, (char)((length & 127) | (length > 127 ? 128 : 0)));
        length >>= 7;
    } while (length);
}

static void add_short(struct ioc_buffer *out, uint16_t value)
{
    ioc_buffer_add_char(out, (char)(value >> 8));
    ioc_buffer_add_char(out, (char)value);
}

static void add_string(struct ioc_buffer *out, struct ioc_text text)
{
    add_short(out, (uint16_t)text.length);
    ioc_buffer_add_text(out, text);
}

static void read_connack(int socket)
{
    uint8_t answer[4];
    errno = 0;
    if (recv(socket, answer, sizeof answer, MSG_WAITALL) != sizeof answer || answer[0] != CONNACK ||
        answer[3] != 0)
        fail("the broker does not take the connection");
}

void packet_open(struct packet_link *link, const char *host, uint16_t port, const char *client_id)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct ioc_text id = ioc_text_of(client_id);
    const int one = 1;
    *link = (struct packet_link){.socket = socket(AF_INET, SOCK_STREAM, 0)};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1 ||
        connect(link->socket, (struct sockaddr *)&address, sizeof address) != 0)
        fail("the broker cannot be reached");
    setsockopt(link->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    ioc_buffer_add_char(&link->out, CONNECT);
    add_length(&link->out, 10 + 2 + id.length);
    add_string(&link->out, IOC_TEXT("MQTT"));
    ioc_buffer_add_char(&link->out, 4); /* 3.1.1 */
    ioc_buffer_add_char(&link->out, 2); /* clean session */
    add_short(&link->out, 0);           /* no keep-alive */
    add_string(&link->out, id);
    packet_flush(link);
    read_connack(link->socket);
}

void packet_close(struct packet_link *link)
{
    static const char disconnect[] = {(char)0xe0, 0};
    ioc_buffer_add(&link->out, disconnect, sizeof disconnect);
    packet_flush(link);
    close(link->socket);
    ioc_buffer_done(&link->out);
}

void packet_publish(struct packet_link *link, struct ioc_text topic, struct ioc_text payload)
{
    link->next_id = link->next_id == UINT16_MAX ? 1 : (uint16_t)(link->next_id + 1);
    ioc_buffer_add_char(&link->out, PUBLISH_ONCE);
    add_length(&link->out, 2 + topic.length + 2 + payload.length);
    add_string(&link->out, topic);
    add_short(&link->out, link->next_id);
    ioc_buffer_add_text(&link->out, payload);
    link->sent++;
    assert(!link->out.is_full);
}

void packet_flush(struct packet_link *link)
{
    for (size_t at = 0; at < link->out.length;) {
        ssize_t count =
            send(link->socket, link->out.data + at, link->out.length - at, MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR)
            fail("the broker has ended the connection");
        at += count > 0 ? (size_t)count : 0;
    }
    ioc_buffer_reset(&link->out);
}

void packet_listen(struct packet_link *link, int milliseconds)
{
    struct pollfd ready = {.fd = link->socket, .events = POLLIN};
    while (poll(&ready, 1, milliseconds) > 0) {
        ssize_t count =
            recv(link->socket, link->in + link->waits, sizeof link->in - link->waits, MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
            fail("the broker has ended the connection");
        link->waits += count > 0 ? (uint32_t)count : 0;
        uint32_t at = 0;
        for (; link->waits - at >= 4; at += 4) {
            if (link->in[at] != PUBACK || link->in[at + 1] != 2)
                fail("the broker sends something else than PUBACK");
            link->acknowledged++;
        }
        memmove(link->in, link->in + at, link->waits - at);
        link->waits -= at;
        milliseconds = 0;
    }
}

struct ioc_text packet_reading(
    char out[READING_BYTES + 1], uint32_t station, ioc_time at, double depth)
{
    int length = snprintf(out, READING_BYTES + 1,
        "{\"station\":\"S%05u\",\"ts\":%lld,\"depth\":%.1f,\"rain\":0.4,\"battery\":3.71,\"rssi\":-"
        "87,\"status\":\"ok\","
        "\"position\":{\"lat\":10.762622,\"lon\":106.660172},\"note\":\"",
        station, (long long)(at / IOC_MILLISECOND), depth);
    assert(length > 0 && length < READING_BYTES - 2);
    memset(out + length, '.', (size_t)(READING_BYTES - length));
    memcpy(out + READING_BYTES - 2, "\"}", 3);
    return (struct ioc_text){out, READING_BYTES};
}

struct ioc_text packet_topic(char out[32], uint32_t station)
{
    return (struct ioc_text){out, (uint32_t)snprintf(out, 32, "city/street_depth/S%05u", station)};
}
