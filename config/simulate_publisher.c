/*
 * config/simulate_publisher.c — QoS 1 over paho's MQTTAsync, with a window and counts.
 */
#include "config/simulate_publisher.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include <MQTTAsync.h>
#include <pthread.h>
#include <stdatomic.h>

enum { WINDOW = 4096, SESSION_SECONDS = 3600, KEEP_ALIVE_SECONDS = 20, CONNECT_SECONDS = 10 };

struct ioc_simulate_publisher {
    MQTTAsync client;
    char *user, *password, *ca;
    pthread_mutex_t lock; /* of `changed` only */
    pthread_cond_t changed;
    _Atomic uint64_t published, acknowledged, failed, connections;
    atomic_bool is_connected, is_connecting;
    ioc_span tried; /* when a connection was last begun */
};

static void signal_change(struct ioc_simulate_publisher *publisher)
{
    pthread_mutex_lock(&publisher->lock);
    pthread_cond_signal(&publisher->changed);
    pthread_mutex_unlock(&publisher->lock);
}

/* ------------------------------------------------------------- paho's threads */

static void on_sent(void *context, MQTTAsync_successData5 *data)
{
    struct ioc_simulate_publisher *publisher = context;
    atomic_fetch_add(&publisher->acknowledged, 1);
    signal_change(publisher);
}

static void on_not_sent(void *context, MQTTAsync_failureData5 *data)
{
    struct ioc_simulate_publisher *publisher = context;
    atomic_fetch_add(&publisher->failed, 1);
    ioc_log(IOC_LOG_WARNING, "config.simulate", "a message was not taken and is counted as failed reason=%d code=%d",
        data ? (int)data->reasonCode : 0, data ? data->code : 0);
    signal_change(publisher);
}

static void on_connected(void *context, MQTTAsync_successData5 *data)
{
    struct ioc_simulate_publisher *publisher = context;
    atomic_fetch_add(&publisher->connections, 1);
    atomic_store(&publisher->is_connecting, false);
    atomic_store(&publisher->is_connected, true);
    signal_change(publisher);
}

static void on_not_connected(void *context, MQTTAsync_failureData5 *data)
{
    struct ioc_simulate_publisher *publisher = context;
    ioc_log(IOC_LOG_WARNING, "config.simulate", "no connection to the broker, trying again reason=%d code=%d",
        data ? (int)data->reasonCode : 0, data ? data->code : 0);
    atomic_store(&publisher->is_connecting, false);
    signal_change(publisher);
}

static void on_lost(void *context, char *cause)
{
    struct ioc_simulate_publisher *publisher = context;
    ioc_log(IOC_LOG_WARNING, "config.simulate", "the connection to the broker is lost, connecting again");
    atomic_store(&publisher->is_connected, false);
    signal_change(publisher);
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

/* ------------------------------------------------------------- the main thread */

static void begin_connection(struct ioc_simulate_publisher *publisher)
{
    MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_SSLOptions ssl = MQTTAsync_SSLOptions_initializer;
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, .value.integer4 = SESSION_SECONDS};
    MQTTProperties_add(&properties, &expiry);
    ssl.trustStore = publisher->ca;
    ssl.enableServerCertAuth = 1;
    ssl.verify = 1;
    connect.keepAliveInterval = KEEP_ALIVE_SECONDS;
    connect.connectTimeout = CONNECT_SECONDS;
    connect.cleanstart = 0;
    connect.maxInflight = WINDOW;
    connect.connectProperties = &properties;
    connect.username = publisher->user;
    connect.password = publisher->password;
    connect.ssl = &ssl;
    connect.onSuccess5 = on_connected;
    connect.onFailure5 = on_not_connected;
    connect.context = publisher;
    atomic_store(&publisher->is_connecting, true);
    int code = MQTTAsync_connect(publisher->client, &connect);
    if (code != MQTTASYNC_SUCCESS) {
        ioc_log(IOC_LOG_WARNING, "config.simulate", "no connection to the broker, trying again code=%d", code);
        atomic_store(&publisher->is_connecting, false);
    }
    MQTTProperties_free(&properties);
}

static char *copy_of(const char *text)
{
    return text ? ioc_memory_copy(text, strlen(text)) : NULL;
}

enum ioc_status ioc_simulate_publisher_open(const struct ioc_simulate_publisher_options *options,
    struct ioc_simulate_publisher **publisher, struct ioc_error *err)
{
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
    MQTTAsync_init_options once = MQTTAsync_init_options_initializer;
    once.do_openssl_init = 1;
    MQTTAsync_global_init(&once);
    struct ioc_simulate_publisher *made = ioc_memory_take(sizeof *made);
    int code = MQTTAsync_createWithOptions(&made->client, options->url, options->client, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
    if (code != MQTTASYNC_SUCCESS) {
        ioc_memory_give(made);
        ioc_error_set(err, "bad-url", "paho does not take '%s' as a broker (%d)", options->url, code);
        ioc_error_hint(err, "--url mqtt://127.0.0.1:1883 or mqtts://broker.example:8883");
        return code == MQTTASYNC_BAD_PROTOCOL ? IOC_INVALID : IOC_FAILED;
    }
    made->user = copy_of(options->user);
    made->password = copy_of(options->password);
    made->ca = copy_of(options->ca);
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, &steady);
    pthread_condattr_destroy(&steady);
    MQTTAsync_setCallbacks(made->client, made, on_lost, on_message, NULL);
    made->tried = ioc_clock_steady();
    begin_connection(made);
    *publisher = made;
    return IOC_OK;
}

static uint64_t on_their_way(const struct ioc_simulate_publisher *publisher)
{
    return publisher->published - atomic_load(&publisher->acknowledged) - atomic_load(&publisher->failed);
}

enum ioc_status ioc_simulate_publisher_send(struct ioc_simulate_publisher *publisher, struct ioc_text topic, struct ioc_text payload)
{
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    char name[512];
    if (!atomic_load(&publisher->is_connected))
        return IOC_CLOSED;
    if (on_their_way(publisher) >= WINDOW)
        return IOC_FULL;
    snprintf(name, sizeof name, "%.*s", IOC_TEXT_ARGS(topic));
    response.onSuccess5 = on_sent;
    response.onFailure5 = on_not_sent;
    response.context = publisher;
    atomic_fetch_add(&publisher->published, 1);
    int code = MQTTAsync_send(publisher->client, name, (int)payload.length, payload.data, 1, 0, &response);
    if (code == MQTTASYNC_SUCCESS)
        return IOC_OK;
    atomic_fetch_sub(&publisher->published, 1);
    return code == MQTTASYNC_DISCONNECTED ? IOC_CLOSED : IOC_FULL;
}

void ioc_simulate_publisher_tend(struct ioc_simulate_publisher *publisher)
{
    if (atomic_load(&publisher->is_connected) || atomic_load(&publisher->is_connecting) ||
        ioc_clock_steady() - publisher->tried < IOC_SECOND)
        return;
    publisher->tried = ioc_clock_steady();
    begin_connection(publisher);
}

void ioc_simulate_publisher_wait(struct ioc_simulate_publisher *publisher, ioc_span patience)
{
    struct timespec until;
    ioc_span at = ioc_clock_steady() + patience;
    until.tv_sec = at / IOC_SECOND;
    until.tv_nsec = at % IOC_SECOND;
    pthread_mutex_lock(&publisher->lock);
    pthread_cond_timedwait(&publisher->changed, &publisher->lock, &until);
    pthread_mutex_unlock(&publisher->lock);
}

void ioc_simulate_publisher_counts(const struct ioc_simulate_publisher *publisher, struct ioc_simulate_publisher_counts *counts)
{
    *counts = (struct ioc_simulate_publisher_counts){.acknowledged = atomic_load(&publisher->acknowledged),
        .failed = atomic_load(&publisher->failed),
        .connections = atomic_load(&publisher->connections), .is_connected = atomic_load(&publisher->is_connected)};
    counts->published = atomic_load(&publisher->published);
}

void ioc_simulate_publisher_close(struct ioc_simulate_publisher *publisher)
{
    if (!publisher)
        return;
    MQTTAsync_disconnectOptions disconnect = MQTTAsync_disconnectOptions_initializer5;
    MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, .value.integer4 = 0};
    MQTTProperties_add(&disconnect.properties, &expiry);
    disconnect.timeout = 1000;
    if (atomic_load(&publisher->is_connected) && MQTTAsync_disconnect(publisher->client, &disconnect) == MQTTASYNC_SUCCESS)
        for (int i = 0; i < 100 && MQTTAsync_isConnected(publisher->client); i++)
            ioc_simulate_publisher_wait(publisher, 10 * IOC_MILLISECOND);
    MQTTProperties_free(&disconnect.properties);
    MQTTAsync_destroy(&publisher->client);
    pthread_cond_destroy(&publisher->changed);
    pthread_mutex_destroy(&publisher->lock);
    ioc_memory_give(publisher->user);
    ioc_memory_give(publisher->password);
    ioc_memory_give(publisher->ca);
    ioc_memory_give(publisher);
}
