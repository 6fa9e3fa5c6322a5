#pragma once
/*
 * ingest/paho.h — what paho does not offer: acknowledgements that are held until a message is safe,
 * and one system call for many packets.
 *
 * paho sends PUBACK when its callback returns.  The functions it calls for that are wrapped when
 * the program is linked (-Wl,--wrap, see CMakeLists.txt): for a client that is added here, `hold`
 * is asked and paho sends nothing; ioc_paho_send() does it later.  A second wrap gives its plain
 * TCP connections a read buffer.  A third turns off its tracing and its list of all allocations, as
 * upstream's PAHO_HIGH_PERFORMANCE does, so MQTT_C_CLIENT_TRACE shows nothing.
 *
 * The facts of paho 1.3.12 that this rests on: callbacks and packets are handled under
 * mqttasync_mutex; the network handle begins with the socket; packets are read on one thread
 * through MQTTPacket_Factory(); nothing looks into the list of allocations.
 *
 * Memory   64 KiB per connection, at most 16; more connections read without a buffer
 * Thread   each function says
 */
#include <stdbool.h>
#include <stdint.h>

enum ioc_paho_packet { IOC_PAHO_PUBACK = 4, IOC_PAHO_PUBREC = 5, IOC_PAHO_PUBCOMP = 7 };
struct ioc_paho_ack {
    uint8_t packet;
    uint16_t id;
};
struct ioc_paho_client { /* embedded by the source */
    /* On a paho thread with its lock held.  True: paho keeps still, the source sends it. */
    bool (*hold)(struct ioc_paho_client *client, enum ioc_paho_packet packet, uint16_t id);
    int version;   /* 4 or 5 */
    bool is_plain; /* no TLS: acknowledgements may be written to the socket in one go */
    const char *name;
    void *net;      /* paho's; NULL before the first connection */
    bool is_broken; /* nothing can be sent before the next connection */
    struct ioc_paho_client *next;
};

/* Any thread but paho's, without its lock. */
void ioc_paho_add(struct ioc_paho_client *client);
void ioc_paho_remove(struct ioc_paho_client *client);
/* paho's lock, for at most 5 ms; false: busy (it resolves a name under its lock), try again later.
 * */
bool ioc_paho_lock(void);
void ioc_paho_unlock(void);
/* On paho's thread, from the callback of a connection that has been made. */
void ioc_paho_bind(struct ioc_paho_client *client);
/* Lock held.  How many were written; the rest waits, for the next connection when this one
 * is_broken. */
uint32_t ioc_paho_send(
    struct ioc_paho_client *client, const struct ioc_paho_ack *acks, uint32_t count);
/* Lock held.  Ends the connection so that paho notices at once. */
void ioc_paho_break(struct ioc_paho_client *client);
