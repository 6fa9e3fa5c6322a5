/*
 * ingest/mqtt_thread.c — what paho calls on its threads: take a message, remember what happened to
 * the connection.
 *
 * All of it runs under paho's lock and calls nothing of ours but the intake's post; the rest is
 * told to the loop.
 */
#include "core/clock.h"
#include "ingest/mqtt.h"

static void tell(struct ioc_source *source, enum ioc_mqtt_event event)
{
    atomic_fetch_or(&source->events, event);
    if (!source->is_closing)
        uv_async_send(&source->async);
}

/* True: the broker may forget the message, now or when its token comes back. */
static bool post(struct ioc_source *source, const struct ioc_message *message)
{
    if (message->qos && !message->ack)
        return false; /* no place in the ledger */
    enum ioc_status status = ioc_intake_post(source->setup.intake, message);
    if (status == IOC_LIMIT && message->ack) { /* it would never fit */
        ioc_ledger_mark(&source->ledger, message->ack);
        tell(source, IOC_MQTT_HELD);
    }
    if (status == IOC_LIMIT || (status != IOC_OK && message->qos == 0))
        ioc_intake_drop(
            source->setup.intake, source->setup.id, status == IOC_LIMIT ? "too-large" : "full");
    return status == IOC_OK || status == IOC_LIMIT || message->qos == 0;
}

static void take_message(
    struct ioc_source *source, struct ioc_text topic, const MQTTAsync_message *from)
{
    bool is_exactly_once = from->qos == 2;
    uint16_t id = (uint16_t)from->msgid;
    struct ioc_message message = {
        .topic = topic,
        .payload = {from->payload, (uint32_t)from->payloadlen},
        .source = source->setup.id,
        .qos = (uint8_t)from->qos,
        .flags = (uint8_t)((from->retained ? IOC_MESSAGE_RETAINED : 0) |
                           (from->dup ? IOC_MESSAGE_DUPLICATE : 0)),
        .received = ioc_clock_now(),
    };
    source->heard = message.received;
    if (source->is_closing || source->is_quiet || (from->qos && source->is_refusing))
        return;
    if (from->qos) {
        uint8_t packet = from->qos == 1    ? IOC_PAHO_PUBACK
                         : source->is_five ? IOC_PAHO_PUBREC
                                           : IOC_PAHO_PUBCOMP;
        if (is_exactly_once && ioc_ledger_knows(&source->ledger, id))
            return; /* posted on an earlier connection */
        message.ack = ioc_ledger_take(&source->ledger, packet, id, is_exactly_once);
    }
    if (post(source, &message))
        return;
    if (message.ack)
        ioc_ledger_give_back(&source->ledger, is_exactly_once);
    source->is_refusing = true;
    tell(source, IOC_MQTT_REFUSED);
}

static int message_arrived(void *context, char *topic, int topic_length, MQTTAsync_message *message)
{
    uint32_t length = topic_length > 0 ? (uint32_t)topic_length : (uint32_t)strlen(topic);
    take_message(context, (struct ioc_text){topic, length}, message);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

bool ioc_mqtt_hold(struct ioc_paho_client *client, enum ioc_paho_packet packet, uint16_t id)
{
    struct ioc_source *source = (struct ioc_source *)client;
    if (packet == IOC_PAHO_PUBACK || source->is_refusing || source->is_quiet || source->is_closing)
        return true;
    bool is_ours = packet == (source->is_five ? IOC_PAHO_PUBREC : IOC_PAHO_PUBCOMP);
    if (source->is_five && packet == IOC_PAHO_PUBCOMP)
        ioc_ledger_forget(&source->ledger, id); /* PUBREL came: PUBREC has arrived */
    if (!is_ours || !ioc_ledger_hold(&source->ledger, packet, id))
        return false;
    tell(source, IOC_MQTT_HELD); /* it may be safe already */
    return true;
}

static void set_why(struct ioc_source *source, const char *text, int code)
{
    if (source->why[0])
        return; /* what TLS said is better */
    if (text)
        snprintf(source->why, sizeof source->why, "%s (%d)", text, code);
    else
        snprintf(source->why, sizeof source->why, "%s (%d)",
            MQTTAsync_strerror(code) ? MQTTAsync_strerror(code) : "refused", code);
}

static void connected(struct ioc_source *source, bool has_session)
{
    ioc_paho_bind(&source->paho);
    source->is_refusing = false;
    source->is_connected = true;
    for (uint32_t id = 0; id < IOC_LEDGER_PLACES && source->store_handle && !has_session; id++)
        if (ioc_ledger_knows(&source->ledger, (uint16_t)id))
            ioc_mqtt_store_forget(source, (uint16_t)id);
    ioc_ledger_begin(&source->ledger, has_session);
    tell(source, IOC_MQTT_CONNECTED);
}

static void connected_3(void *context, MQTTAsync_successData *data)
{
    connected(context, data->alt.connect.sessionPresent);
}

static void connected_5(void *context, MQTTAsync_successData5 *data)
{
    connected(context, data->alt.connect.sessionPresent);
}

static void connect_failed_3(void *context, MQTTAsync_failureData *data)
{
    struct ioc_source *source = context;
    set_why(source, data ? data->message : NULL, data ? data->code : -1);
    tell(source, IOC_MQTT_FAILED);
}

static void connect_failed_5(void *context, MQTTAsync_failureData5 *data)
{
    struct ioc_source *source = context;
    const char *reason =
        data && data->reasonCode ? MQTTReasonCode_toString(data->reasonCode) : NULL;
    set_why(source,
        reason ? reason
        : data ? data->message
               : NULL,
        data ? data->reasonCode ? (int)data->reasonCode : data->code : -1);
    tell(source, IOC_MQTT_FAILED);
}

static void connection_lost(void *context, char *cause)
{
    struct ioc_source *source = context;
    source->is_connected = false;
    tell(source, IOC_MQTT_LOST);
}

static void disconnected(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
    struct ioc_source *source = context;
    const char *text = MQTTReasonCode_toString(reason);
    set_why(source, text ? text : "the broker ended the connection", reason);
}

static void subscribed_3(void *context, MQTTAsync_successData *data)
{
    struct ioc_source *source = context;
    for (int i = 0; i < source->topic_count; i++)
        source->granted[i] = source->topic_count == 1 ? data->alt.qos : data->alt.qosList[i];
    tell(source, IOC_MQTT_SUBSCRIBED);
}

static void subscribed_5(void *context, MQTTAsync_successData5 *data)
{
    struct ioc_source *source = context;
    bool is_list = data->alt.sub.reasonCodeCount > 1;
    for (int i = 0; i < source->topic_count; i++)
        source->granted[i] =
            is_list ? (i < data->alt.sub.reasonCodeCount ? (int)data->alt.sub.reasonCodes[i] : 0x80)
                    : (int)data->reasonCode;
    tell(source, IOC_MQTT_SUBSCRIBED);
}

static void subscribe_failed_3(void *context, MQTTAsync_failureData *data)
{
    struct ioc_source *source = context;
    source->granted[0] = 0x80;
    if (data &&
        data->code != MQTTASYNC_OPERATION_INCOMPLETE) /* else the connection broke, which is told */
        tell(source, IOC_MQTT_SUBSCRIBED);
}

static void subscribe_failed_5(void *context, MQTTAsync_failureData5 *data)
{
    struct ioc_source *source = context;
    source->granted[0] = 0x80;
    if (data && data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR) {
        source->granted[0] = (int)data->reasonCode;
        tell(source, IOC_MQTT_SUBSCRIBED);
    }
}

static int tls_failed(const char *text, size_t length, void *context)
{
    struct ioc_source *source = context;
    if (!source->why[0])
        snprintf(source->why, sizeof source->why, "TLS: %.*s", (int)length, text);
    return 0;
}

enum ioc_status ioc_mqtt_listen(struct ioc_source *source, MQTTAsync client)
{
    bool is_good = MQTTAsync_setCallbacks(client, source, connection_lost, message_arrived, NULL) ==
                       MQTTASYNC_SUCCESS &&
                   MQTTAsync_setDisconnected(client, source, disconnected) == MQTTASYNC_SUCCESS;
    return is_good ? IOC_OK : IOC_FAILED;
}

void ioc_mqtt_listen_connect(
    struct ioc_source *source, MQTTAsync_connectOptions *connect, MQTTAsync_SSLOptions *tls)
{
    connect->context = source;
    if (source->is_five) {
        connect->onSuccess5 = connected_5;
        connect->onFailure5 = connect_failed_5;
    } else {
        connect->onSuccess = connected_3;
        connect->onFailure = connect_failed_3;
    }
    tls->ssl_error_cb = tls_failed;
    tls->ssl_error_context = source;
}

void ioc_mqtt_listen_subscribe(struct ioc_source *source, MQTTAsync_responseOptions *response)
{
    response->context = source;
    if (source->is_five) {
        response->onSuccess5 = subscribed_5;
        response->onFailure5 = subscribe_failed_5;
    } else {
        response->onSuccess = subscribed_3;
        response->onFailure = subscribe_failed_3;
    }
}
