#pragma once
/*
 * ingest/mqtt.h — the parts of the MQTT source: what mqtt.c opens, mqtt_thread.c hears, mqtt_link.c
 * keeps up and mqtt_store.c keeps on disk.
 *
 * Memory   one struct a source, freed when its handles are closed
 * Thread   each part says; what both sides touch is under paho's lock (ingest/paho.h)
 */
#include "ingest/ledger.h"
#include "ingest/paho.h"
#include "ingest/source.h"

#include <MQTTAsync.h>

enum { IOC_MQTT_WHY_MOST = 200, IOC_MQTT_TOPICS_MOST = 1024 };
enum ioc_mqtt_event {
    IOC_MQTT_CONNECTED = 1,
    IOC_MQTT_FAILED = 2,
    IOC_MQTT_LOST = 4,
    IOC_MQTT_SUBSCRIBED = 8,
    IOC_MQTT_REFUSED = 16,
    IOC_MQTT_HELD = 32
};

struct ioc_mqtt_options {
    struct ioc_text url, username, client_id, ca, certificate, key;
    struct ioc_secret password;
    int version; /* choice: 5, 3.1.1 */
    int session; /* choice: persistent, clean */
    ioc_span session_expiry, keepalive;
    int64_t receive_maximum;
    bool verify;
};
struct ioc_source {
    struct ioc_paho_client paho; /* first: `hold` gets back to the source */
    struct ioc_source_setup setup;
    const struct ioc_mqtt_options *options;
    char *uri, *client_id, *store_path;
    char **topics;
    int *qos;
    int topic_count;
    bool is_five, is_exactly_once;
    MQTTAsync client;
    MQTTClient_persistence store;
    void *store_handle;
    struct ioc_ledger ledger;

    /* under paho's lock */
    bool is_closing, is_quiet, is_refusing, is_connected;
    ioc_time heard; /* the last message */
    char why[IOC_MQTT_WHY_MOST];
    int granted[IOC_MQTT_TOPICS_MOST];
    _Atomic uint32_t events;

    /* the loop's */
    uv_async_t async;
    uv_timer_t reconnect, retry;
    enum ioc_source_state state;
    uint32_t attempt, open_handles;
    bool has_said_down, must_renew, has_progress;
    uint16_t window; /* how many messages the broker may send ahead; halved when they did not fit */
};

/* mqtt_thread.c: what paho calls, on its threads and under its lock. */
enum ioc_status ioc_mqtt_listen(struct ioc_source *source, MQTTAsync client) IOC_USE;
void ioc_mqtt_listen_connect(
    struct ioc_source *source, MQTTAsync_connectOptions *connect, MQTTAsync_SSLOptions *tls);
void ioc_mqtt_listen_subscribe(struct ioc_source *source, MQTTAsync_responseOptions *response);
bool ioc_mqtt_hold(struct ioc_paho_client *client, enum ioc_paho_packet packet, uint16_t id);

/* mqtt_store.c: received QoS 2 messages of MQTT 3.1.1 in paho's files, kept until they are
 * acknowledged. */
void ioc_mqtt_store_init(struct ioc_source *source);
/* Lock held.  The message of this id is acknowledged, or its session is lost. */
void ioc_mqtt_store_forget(struct ioc_source *source, uint16_t id);

/* mqtt_link.c: the connection, on the ingest lane's loop. */
void ioc_mqtt_link_start(struct ioc_source *source);
enum ioc_status ioc_mqtt_link_client(struct ioc_source *source, struct ioc_error *err) IOC_USE;
void ioc_mqtt_link_connect(struct ioc_source *source);
/* Sends the acknowledgements that may leave, now or soon. */
void ioc_mqtt_link_release(struct ioc_source *source);
/* Lock held.  True when all that may leave has left. */
bool ioc_mqtt_link_release_ready(struct ioc_source *source);
