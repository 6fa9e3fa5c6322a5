/*
 * benchmarks/bare_subscriber.c — the least that a paho MQTTAsync subscriber can do: count.
 *
 *   bare_subscriber PORT TOPIC COUNT
 *
 * The same stock static library as the engine's, linked without our wraps; MQTT 5, QoS 1.  Says
 * "ready" when it has subscribed, prints when the COUNT-th message came (ns since 1970) and goes on
 * until it is terminated, so that its CPU time can be read.
 */
#include "core/clock.h"
#include <MQTTAsync.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static _Atomic int state; /* 1 = subscribed, -1 = failed */
static uint64_t count, wanted;
static const char *topic;

static int arrived(void *context, char *name, int length, MQTTAsync_message *message)
{
    if (++count == wanted) {
        printf("{\"last\":%lld}\n", (long long)ioc_clock_now());
        fflush(stdout);
    }
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(name);
    return 1;
}

static void subscribed(void *context, MQTTAsync_successData5 *data)
{
    state = 1;
}

static void failed(void *context, MQTTAsync_failureData5 *data)
{
    state = -1;
}

static void connected(void *context, MQTTAsync_successData5 *data)
{
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.onSuccess5 = subscribed;
    options.onFailure5 = failed;
    if (MQTTAsync_subscribe(context, topic, 1, &options) != MQTTASYNC_SUCCESS)
        state = -1;
}

static void lost(void *context, char *cause)
{
    fprintf(stderr, "bare_subscriber: the connection is lost\n");
    exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "bare_subscriber PORT TOPIC COUNT\n");
        return 2;
    }
    char uri[64];
    snprintf(uri, sizeof uri, "tcp://127.0.0.1:%s", argv[1]);
    topic = argv[2];
    wanted = strtoull(argv[3], NULL, 10);
    MQTTAsync client;
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
    MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer5;
    create.MQTTVersion = MQTTVERSION_5;
    connect.cleanstart = 1;
    connect.onSuccess5 = connected;
    connect.onFailure5 = failed;
    if (MQTTAsync_createWithOptions(&client, uri, "bare-subscriber", MQTTCLIENT_PERSISTENCE_NONE,
            NULL, &create) != MQTTASYNC_SUCCESS)
        return 1;
    connect.context = client;
    MQTTAsync_setCallbacks(client, client, lost, arrived, NULL);
    if (MQTTAsync_connect(client, &connect) != MQTTASYNC_SUCCESS)
        return 1;
    while (state == 0)
        usleep(1000);
    if (state < 0) {
        fprintf(stderr, "bare_subscriber: no connection or no subscription\n");
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    for (;;)
        pause();
}
