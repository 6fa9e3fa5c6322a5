#pragma once
/*
 * benchmarks/packet.h — the few MQTT 3.1.1 packets that a load generator needs, on a blocking
 * socket.
 *
 * Memory   owns a socket and two buffers
 * Thread   one at a time
 * Failure  says why on stderr and ends the program: a benchmark has nobody to hand an error to
 * Source   MQTT 3.1.1 sections 2.2, 3.1-3.4
 */
#include "core/buffer.h"
#include "core/time.h"

enum { PACKET_WINDOW_MOST = 60000, PACKET_IN = 64 * 1024 };

struct packet_link {
    int socket;
    uint16_t next_id;
    uint64_t sent, acknowledged;
    struct ioc_buffer out;
    uint8_t in[PACKET_IN];
    uint32_t waits; /* bytes at the start of `in` */
};
void packet_open(struct packet_link *link, const char *host, uint16_t port, const char *client_id);
void packet_close(struct packet_link *link);
/* Adds a PUBLISH of QoS 1; packet_flush() sends. */
void packet_publish(struct packet_link *link, struct ioc_text topic, struct ioc_text payload);
void packet_flush(struct packet_link *link);
/* Takes the PUBACKs that are there, waiting so long at most for the first (-1: however long). */
void packet_listen(struct packet_link *link, int milliseconds);

/* What the benchmarks' city sends: {"station":"S00042","ts":…,"depth":…, …}, always 200 bytes. */
enum { READING_BYTES = 200 };
struct ioc_text packet_reading(
    char out[READING_BYTES + 1], uint32_t station, ioc_time at, double depth);
/* "city/street_depth/S00042" */
struct ioc_text packet_topic(char out[32], uint32_t station);
