/*
 * ingest/mqtt.c — messages from an MQTT broker, acknowledged when they are safe (paho MQTTAsync).
 *
 * paho's threads do three things here: copy a message into the intake, remember that something happened to the
 * connection, and ask the ledger whether an acknowledgement is held.  All under paho's lock.  Everything else —
 * connect, subscribe, acknowledge, try again — is done on the ingest lane's loop.
 *
 * Reconnecting is ours, not paho's: 1 s doubled up to 30 s with jitter, and subscribing again each time.  A message of
 * QoS 1 or 2 that the intake has no room for is never acknowledged, nor is any behind it: when those before it are
 * safe and acknowledged the connection is ended, and the broker sends the rest again, on MQTT 5 no more than half
 * as much at once.
 *
 * QoS 2.  On MQTT 5 paho delivers when PUBLISH comes, so PUBREC is held and nothing is stored.  On 3.1.1 it delivers
 * when PUBREL comes: the message lies in a file of paho's under the state directory, PUBCOMP is held, and the
 * file is removed when PUBCOMP leaves.  Either way one message is posted once, however often the connection breaks;
 * only an engine that dies between journal and acknowledgement sees it again, marked as a duplicate on MQTT 5.
 * After a break the client is made anew where paho would go wrong: on MQTT 5 it keeps repeated messages for ever,
 * on 3.1.1 it believes to have delivered what was refused.
 */
#include "core/clock.h"
#include "core/file.h"
#include "core/memory.h"
#include "ingest/ledger.h"
#include "ingest/paho.h"
#include "ingest/secret.h"
#include "ingest/source.h"

#include <MQTTAsync.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

enum { BACK_OFF_LEAST = 1000, BACK_OFF_MOST = 30000, CONNECT_SECONDS = 10, RETRY_MS = 2, DRAIN_MS = 3000, ACK_BATCH = 256, WHY_MOST = 200, GOODBYE_MS = 1000, CALM_MS = 20,
    TOPICS_MOST = 1024 };
enum event { EVENT_CONNECTED = 1, EVENT_FAILED = 2, EVENT_LOST = 4, EVENT_SUBSCRIBED = 8, EVENT_REFUSED = 16, EVENT_HELD = 32 };

struct mqtt_options {
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
    const struct mqtt_options *options;
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
    char why[WHY_MOST];
    int granted[TOPICS_MOST];
    _Atomic uint32_t events;

    /* the loop's */
    uv_async_t async;
    uv_timer_t reconnect, retry;
    enum ioc_source_state state;
    uint32_t attempt, open_handles;
    bool has_said_down, must_renew, has_progress;
    uint16_t window; /* how many messages the broker may send ahead; halved when they did not fit */
};

/* paho's own file store, in its library. */
int pstopen(void **handle, const char *client, const char *uri, void *context);
int pstclose(void *handle);
int pstput(void *handle, char *key, int count, char *buffers[], int lengths[]);
int pstget(void *handle, char *key, char **buffer, int *length);
int pstremove(void *handle, char *key);
int pstkeys(void *handle, char ***keys, int *count);
int pstclear(void *handle);
int pstcontainskey(void *handle, char *key);

static void tell(struct ioc_source *source, enum event event)
{
    atomic_fetch_or(&source->events, event);
    if (!source->is_closing)
        uv_async_send(&source->async);
}

/* ---- on paho's threads ---- */

static bool post(struct ioc_source *source, const struct ioc_message *message)
{
    enum ioc_status status = ioc_intake_post(source->setup.intake, message);
    if (status == IOC_OK)
        return true;
    if (message->qos == 0 || status == IOC_LIMIT)
        ioc_intake_drop(source->setup.intake, source->setup.id, status == IOC_LIMIT ? "too-large" : "full");
    return status == IOC_LIMIT || message->qos == 0;
}

static void take_message(struct ioc_source *source, struct ioc_text topic, const MQTTAsync_message *from)
{
    bool is_exactly_once = from->qos == 2;
    uint16_t id = (uint16_t)from->msgid;
    struct ioc_message message = {
        .topic = topic,
        .payload = {from->payload, (uint32_t)from->payloadlen},
        .source = source->setup.id,
        .qos = (uint8_t)from->qos,
        .flags = (uint8_t)((from->retained ? IOC_MESSAGE_RETAINED : 0) | (from->dup ? IOC_MESSAGE_DUPLICATE : 0)),
        .received = ioc_clock_now(),
    };
    source->heard = message.received;
    if (source->is_closing || source->is_quiet || (from->qos && source->is_refusing))
        return;
    if (from->qos) {
        uint8_t packet = from->qos == 1 ? IOC_PAHO_PUBACK : source->is_five ? IOC_PAHO_PUBREC : IOC_PAHO_PUBCOMP;
        if (is_exactly_once && ioc_ledger_knows(&source->ledger, id))
            return; /* posted on an earlier connection */
        message.ack = ioc_ledger_take(&source->ledger, packet, id, is_exactly_once);
    }
    bool is_taken = from->qos == 0 || message.ack;
    bool is_too_large = (uint64_t)topic.length + (uint32_t)from->payloadlen > IOC_MESSAGE_MOST;
    if (is_taken && !post(source, &message)) {
        ioc_ledger_give_back(&source->ledger, is_exactly_once);
        is_taken = false;
    } else if (is_taken && is_too_large && message.ack) {
        ioc_ledger_mark(&source->ledger, message.ack); /* it would never fit */
        tell(source, EVENT_HELD);
    }
    if (is_taken)
        return;
    source->is_refusing = true;
    tell(source, EVENT_REFUSED);
}

static int message_arrived(void *context, char *topic, int topic_length, MQTTAsync_message *message)
{
    uint32_t length = topic_length > 0 ? (uint32_t)topic_length : (uint32_t)strlen(topic);
    take_message(context, (struct ioc_text){topic, length}, message);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

static bool hold(struct ioc_paho_client *client, enum ioc_paho_packet packet, uint16_t id)
{
    struct ioc_source *source = (struct ioc_source *)client;
    if (packet == IOC_PAHO_PUBACK || source->is_refusing || source->is_quiet || source->is_closing)
        return true;
    bool is_ours = packet == (source->is_five ? IOC_PAHO_PUBREC : IOC_PAHO_PUBCOMP);
    if (source->is_five && packet == IOC_PAHO_PUBCOMP)
        ioc_ledger_forget(&source->ledger, id); /* PUBREL came: PUBREC has arrived */
    if (!is_ours || !ioc_ledger_hold(&source->ledger, packet, id))
        return false;
    tell(source, EVENT_HELD); /* it may be safe already */
    return true;
}

static void set_why(struct ioc_source *source, const char *text, int code)
{
    if (source->why[0])
        return; /* what TLS said is better */
    if (text)
        snprintf(source->why, sizeof source->why, "%s (%d)", text, code);
    else
        snprintf(source->why, sizeof source->why, "%s (%d)", MQTTAsync_strerror(code) ? MQTTAsync_strerror(code) : "refused", code);
}

static void connected(struct ioc_source *source, bool has_session)
{
    ioc_paho_bind(&source->paho);
    source->is_refusing = false;
    source->is_connected = true;
    for (uint32_t id = 0; id < IOC_LEDGER_PLACES && source->store_handle && !has_session; id++) {
        if (!ioc_ledger_knows(&source->ledger, (uint16_t)id))
            continue;
        char key[16];
        snprintf(key, sizeof key, "r-%u", id);
        (void)pstremove(source->store_handle, key);
    }
    ioc_ledger_begin(&source->ledger, has_session);
    tell(source, EVENT_CONNECTED);
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
    tell(source, EVENT_FAILED);
}

static void connect_failed_5(void *context, MQTTAsync_failureData5 *data)
{
    struct ioc_source *source = context;
    const char *reason = data && data->reasonCode ? MQTTReasonCode_toString(data->reasonCode) : NULL;
    set_why(source, reason ? reason : data ? data->message : NULL, data ? data->reasonCode ? (int)data->reasonCode : data->code : -1);
    tell(source, EVENT_FAILED);
}

static void connection_lost(void *context, char *cause)
{
    struct ioc_source *source = context;
    source->is_connected = false;
    tell(source, EVENT_LOST);
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
    tell(source, EVENT_SUBSCRIBED);
}

static void subscribed_5(void *context, MQTTAsync_successData5 *data)
{
    struct ioc_source *source = context;
    bool is_list = data->alt.sub.reasonCodeCount > 1;
    for (int i = 0; i < source->topic_count; i++)
        source->granted[i] = is_list ? (i < data->alt.sub.reasonCodeCount ? (int)data->alt.sub.reasonCodes[i] : 0x80)
                                     : (int)data->reasonCode;
    tell(source, EVENT_SUBSCRIBED);
}

static void subscribe_failed_3(void *context, MQTTAsync_failureData *data)
{
    struct ioc_source *source = context;
    source->granted[0] = 0x80;
    if (data && data->code != MQTTASYNC_OPERATION_INCOMPLETE) /* else the connection broke, which is told */
        tell(source, EVENT_SUBSCRIBED);
}

static void subscribe_failed_5(void *context, MQTTAsync_failureData5 *data)
{
    struct ioc_source *source = context;
    source->granted[0] = 0x80;
    if (data && data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR) {
        source->granted[0] = (int)data->reasonCode;
        tell(source, EVENT_SUBSCRIBED);
    }
}

static int tls_failed(const char *text, size_t length, void *context)
{
    struct ioc_source *source = context;
    if (!source->why[0])
        snprintf(source->why, sizeof source->why, "TLS: %.*s", (int)length, text);
    return 0;
}

/* ---- paho's file store; a received message leaves it when its acknowledgement leaves ---- */

static int store_open(void **handle, const char *client, const char *uri, void *context)
{
    struct ioc_source *source = context;
    *handle = source;
    return pstopen(&source->store_handle, client, uri, source->store_path);
}

static int store_close(void *handle)
{
    struct ioc_source *source = handle;
    int rc = source->store_handle ? pstclose(source->store_handle) : 0;
    source->store_handle = NULL;
    return rc;
}

static int store_put(void *handle, char *key, int count, char *buffers[], int lengths[])
{
    return pstput(((struct ioc_source *)handle)->store_handle, key, count, buffers, lengths);
}

static int store_get(void *handle, char *key, char **buffer, int *length)
{
    return pstget(((struct ioc_source *)handle)->store_handle, key, buffer, length);
}

static int store_remove(void *handle, char *key)
{
    struct ioc_source *source = handle;
    if (strncmp(key, "r-", 2) == 0 && (source->is_refusing || ioc_ledger_knows(&source->ledger, (uint16_t)atoi(key + 2))))
        return 0;
    return pstremove(source->store_handle, key);
}

static int store_keys(void *handle, char ***keys, int *count)
{
    return pstkeys(((struct ioc_source *)handle)->store_handle, keys, count);
}

static int store_clear(void *handle)
{
    return pstclear(((struct ioc_source *)handle)->store_handle);
}

static int store_has(void *handle, char *key)
{
    return pstcontainskey(((struct ioc_source *)handle)->store_handle, key);
}

/* ---- on the ingest lane's loop ---- */

/* PUBCOMP has left.  Should it be lost, paho answers the repeated PUBREL without delivering. */
static void forget_stored(struct ioc_source *source, uint16_t id)
{
    char key[16];
    ioc_ledger_forget(&source->ledger, id);
    snprintf(key, sizeof key, "r-%u", id);
    if (source->store_handle)
        (void)pstremove(source->store_handle, key);
}

/* Sends what may leave; true when all of it has. */
static bool release_ready(struct ioc_source *source)
{
    struct ioc_paho_ack acks[ACK_BATCH];
    for (;;) {
        uint32_t count = 0, sent;
        const struct ioc_ledger_entry *entry;
        if (!source->is_connected || source->paho.is_broken)
            return true; /* the next connection begins anew */
        for (; count < ACK_BATCH && (entry = ioc_ledger_ready(&source->ledger, count)); count++)
            acks[count] = (struct ioc_paho_ack){entry->packet, entry->id};
        if (count == 0)
            return true;
        sent = ioc_paho_send(&source->paho, acks, count);
        for (uint32_t i = 0; i < sent; i++)
            if (acks[i].packet == IOC_PAHO_PUBCOMP)
                forget_stored(source, acks[i].id);
        ioc_ledger_drop(&source->ledger, sent);
        source->has_progress |= sent > 0;
        if (sent < count)
            return false;
    }
}

static void release_again(uv_timer_t *timer);

static void release(struct ioc_source *source)
{
    bool is_done = false;
    if (ioc_paho_lock()) {
        is_done = release_ready(source);
        if (source->is_refusing && source->is_connected && ioc_ledger_count(&source->ledger) == 0)
            ioc_paho_break(&source->paho); /* all that was taken is acknowledged; now for the rest */
        ioc_paho_unlock();
    }
    if (!is_done && !uv_is_active((uv_handle_t *)&source->retry))
        uv_timer_start(&source->retry, release_again, RETRY_MS, 0);
}

static void release_again(uv_timer_t *timer)
{
    release(timer->data);
}

static void acknowledge_mqtt(struct ioc_source *source, const uint64_t *tokens, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        ioc_ledger_mark(&source->ledger, tokens[i]);
    if (count)
        release(source);
}

static enum ioc_status make_client(struct ioc_source *source, struct ioc_error *err)
{
    source->client = NULL;
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
    create.MQTTVersion = source->is_five ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    create.sendWhileDisconnected = 0;
    bool has_store = source->is_exactly_once && !source->is_five;
    int rc = MQTTAsync_createWithOptions(&source->client, source->uri, source->client_id,
        has_store ? MQTTCLIENT_PERSISTENCE_USER : MQTTCLIENT_PERSISTENCE_NONE, has_store ? &source->store : NULL, &create);
    if (rc == MQTTASYNC_SUCCESS) {
        rc = MQTTAsync_setCallbacks(source->client, source, connection_lost, message_arrived, NULL);
        if (rc == MQTTASYNC_SUCCESS)
            rc = MQTTAsync_setDisconnected(source->client, source, disconnected);
    }
    if (rc == MQTTASYNC_SUCCESS)
        return IOC_OK;
    ioc_error_set(err, "mqtt-client", "The MQTT client for %s cannot be made: %s (%d)", source->uri,
        MQTTAsync_strerror(rc) ? MQTTAsync_strerror(rc) : "unknown", rc);
    return IOC_FAILED;
}

/* Forgets all that paho believes to have delivered; what lies in its files stays. */
static void renew_client(struct ioc_source *source)
{
    struct ioc_error err;
    MQTTAsync old = source->client;
    bool shares_files = source->is_exactly_once && !source->is_five;
    if (shares_files)
        MQTTAsync_destroy(&old);
    /* Else the new one comes first: with the last client paho ends its threads, which takes a second. */
    if (make_client(source, &err) != IOC_OK)
        ioc_log(IOC_LOG_ERROR, "ingest.mqtt", "%s; trying again", err.text);
    if (!shares_files)
        MQTTAsync_destroy(&old);
    source->must_renew = source->client == NULL;
}

static void try_again(uv_timer_t *timer);

static void wait_and_connect(struct ioc_source *source)
{
    uint64_t wait = BACK_OFF_LEAST;
    for (uint32_t i = 0; i < source->attempt && wait < BACK_OFF_MOST; i++)
        wait *= 2;
    wait = wait < BACK_OFF_MOST ? wait : BACK_OFF_MOST;
    uint64_t jitter = (uint64_t)ioc_clock_steady() / 1000 % (wait / 2);
    source->attempt++;
    uv_timer_start(&source->reconnect, try_again, wait - jitter, 0);
}

static void connect_client(struct ioc_source *source)
{
    const struct mqtt_options *options = source->options;
    MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer;
    MQTTAsync_connectOptions connect5 = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    MQTTProperties properties = MQTTProperties_initializer;
    bool is_clean = options->session == 1;
    if (source->is_five) {
        connect = connect5;
        connect.cleanstart = is_clean;
        connect.onSuccess5 = connected_5;
        connect.onFailure5 = connect_failed_5;
        connect.connectProperties = &properties;
        MQTTProperty property = {.identifier = MQTTPROPERTY_CODE_RECEIVE_MAXIMUM};
        property.value.integer2 = source->window;
        MQTTProperties_add(&properties, &property);
        property.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL;
        property.value.integer4 = is_clean ? 0 : (unsigned)(options->session_expiry / IOC_SECOND);
        MQTTProperties_add(&properties, &property);
        property.identifier = MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE;
        property.value.integer4 = IOC_MESSAGE_MOST;
        MQTTProperties_add(&properties, &property);
    } else {
        connect.cleansession = is_clean;
        connect.onSuccess = connected_3;
        connect.onFailure = connect_failed_3;
        connect.MQTTVersion = MQTTVERSION_3_1_1;
    }
    connect.context = source;
    connect.keepAliveInterval = (int)(options->keepalive / IOC_SECOND);
    connect.connectTimeout = CONNECT_SECONDS;
    connect.username = options->username.length ? options->username.data : NULL;
    connect.binarypwd.len = (int)options->password.value.length;
    connect.binarypwd.data = options->password.value.length ? options->password.value.data : NULL;
    if (!source->paho.is_plain) {
        tls.trustStore = options->ca.length ? options->ca.data : NULL;
        tls.disableDefaultTrustStore = options->ca.length != 0;
        tls.keyStore = options->certificate.length ? options->certificate.data : NULL;
        tls.privateKey = options->key.length ? options->key.data : NULL;
        tls.enableServerCertAuth = options->verify;
        tls.verify = options->verify;
        tls.sslVersion = MQTT_SSL_VERSION_TLS_1_2;
        tls.ssl_error_cb = tls_failed;
        tls.ssl_error_context = source;
        connect.ssl = &tls;
    }
    source->state = IOC_SOURCE_CONNECTING;
    int rc = MQTTAsync_connect(source->client, &connect);
    MQTTProperties_free(&properties);
    if (rc == MQTTASYNC_SUCCESS)
        return;
    ioc_log(IOC_LOG_WARNING, "ingest.mqtt", "source=%.*s connecting to %s cannot begin: %s (%d); trying again",
        IOC_TEXT_ARGS(source->setup.name), source->uri, MQTTAsync_strerror(rc) ? MQTTAsync_strerror(rc) : "unknown", rc);
    source->state = IOC_SOURCE_DOWN;
    wait_and_connect(source);
}

static void try_again(uv_timer_t *timer)
{
    struct ioc_source *source = timer->data;
    if (source->must_renew)
        renew_client(source);
    if (source->client)
        connect_client(source);
    else
        wait_and_connect(source);
}

static void break_connection(struct ioc_source *source)
{
    if (ioc_paho_lock()) {
        ioc_paho_break(&source->paho);
        ioc_paho_unlock();
    }
}

static void subscribe(struct ioc_source *source)
{
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    response.context = source;
    if (source->is_five) {
        response.onSuccess5 = subscribed_5;
        response.onFailure5 = subscribe_failed_5;
    } else {
        response.onSuccess = subscribed_3;
        response.onFailure = subscribe_failed_3;
    }
    int rc = MQTTAsync_subscribeMany(source->client, source->topic_count, source->topics, source->qos, &response);
    if (rc == MQTTASYNC_SUCCESS)
        return;
    ioc_log(IOC_LOG_WARNING, "ingest.mqtt", "source=%.*s subscribing failed (%d); connecting again",
        IOC_TEXT_ARGS(source->setup.name), rc);
    break_connection(source);
}

static void look_at_granted(struct ioc_source *source)
{
    char quoted[IOC_LOG_QUOTED];
    for (int i = 0; i < source->topic_count; i++) {
        const char *topic = ioc_log_quote(ioc_text_of(source->topics[i]), quoted);
        if (source->granted[i] >= 0x80)
            ioc_log(IOC_LOG_ERROR, "ingest.mqtt", "source=%.*s the broker refuses subscription %s (reason %d); nothing comes from it",
                IOC_TEXT_ARGS(source->setup.name), topic, source->granted[i]);
        else if (source->granted[i] < source->qos[i])
            ioc_log(IOC_LOG_WARNING, "ingest.mqtt", "source=%.*s the broker grants QoS %d instead of %d for %s",
                IOC_TEXT_ARGS(source->setup.name), source->granted[i], source->qos[i], topic);
    }
}

static void is_down(struct ioc_source *source, const char *what)
{
    char why[WHY_MOST] = "", quoted[IOC_LOG_QUOTED];
    if (ioc_paho_lock()) {
        memcpy(why, source->why, sizeof why);
        source->why[0] = 0;
        ioc_paho_unlock();
    }
    if (!source->has_said_down)
        ioc_log(IOC_LOG_WARNING, "ingest.mqtt", "source=%.*s %s %s: %s; trying again every 1 to 30 s",
            IOC_TEXT_ARGS(source->setup.name), what, source->uri,
            why[0] ? ioc_log_quote(ioc_text_of(why), quoted) : "no reason given");
    source->has_said_down = true;
    source->state = IOC_SOURCE_DOWN;
    source->must_renew |= source->is_exactly_once && source->is_five;
    if (source->has_progress)
        source->attempt = 0;
    source->has_progress = false;
    wait_and_connect(source);
}

/* What was taken is not safe after DRAIN_MS: the connection ends without. */
static void stop_waiting(uv_timer_t *timer)
{
    break_connection(timer->data);
}

static void was_refused(struct ioc_source *source)
{
    source->must_renew |= source->is_exactly_once;
    source->window = source->window > 1 ? source->window / 2 : 1;
    ioc_log(IOC_LOG_WARNING, "ingest.mqtt",
        "source=%.*s the inbox is full; the connection will be ended, the broker will send what was not acknowledged again%s",
        IOC_TEXT_ARGS(source->setup.name), source->is_five ? ", half as much at once" : "");
    uv_timer_start(&source->reconnect, stop_waiting, DRAIN_MS, DRAIN_MS);
    release(source);
}

static void on_async(uv_async_t *async)
{
    struct ioc_source *source = async->data;
    uint32_t events = atomic_exchange(&source->events, 0);
    if (events & EVENT_REFUSED)
        was_refused(source);
    if (events & EVENT_LOST)
        is_down(source, "lost");
    else if (events & EVENT_FAILED)
        is_down(source, "cannot reach");
    else if (events & EVENT_CONNECTED)
        subscribe(source);
    else if (events & EVENT_SUBSCRIBED) {
        look_at_granted(source);
        source->state = IOC_SOURCE_UP;
        source->attempt = 0;
        source->has_said_down = false;
        ioc_log(IOC_LOG_INFO, "ingest.mqtt", "source=%.*s connected to %s", IOC_TEXT_ARGS(source->setup.name), source->uri);
    }
    if (events & EVENT_HELD)
        release(source);
}

/* mqtt://host[:port] into what paho wants. */
static enum ioc_status read_url(struct ioc_source *source, struct ioc_text url, struct ioc_error *err)
{
    bool is_tls = ioc_text_starts(url, IOC_TEXT("mqtts://")), is_plain = ioc_text_starts(url, IOC_TEXT("mqtt://"));
    uint32_t start = is_tls ? 8 : 7;
    struct ioc_text host = {url.data + start, url.length > start ? url.length - start : 0};
    if (host.length && memchr(host.data, '@', host.length)) {
        ioc_error_set(err, "secret-in-url", "The URL holds a user or a password");
        ioc_error_hint(err, "write username: NAME and password: {file: PATH} beside it, and the URL without them");
        return IOC_INVALID;
    }
    if (host.length && host.data[host.length - 1] == '/')
        host.length--;
    bool is_host = (is_tls || is_plain) && host.length && host.length < 512;
    for (uint32_t i = 0; i < host.length && is_host; i++)
        is_host = (unsigned char)host.data[i] > ' ' && !strchr("/?#\"'\\", host.data[i]);
    const char *colon = NULL, *bracket = host.length ? memchr(host.data, ']', host.length) : NULL;
    for (uint32_t i = bracket ? (uint32_t)(bracket - host.data) : 0; i < host.length; i++)
        colon = host.data[i] == ':' ? host.data + i : colon;
    int64_t port = is_tls ? 8883 : 1883;
    if (colon)
        is_host &= ioc_text_int((struct ioc_text){colon + 1, (uint32_t)(host.data + host.length - colon - 1)}, &port) == IOC_OK &&
                   port > 0 && port < 65536 && colon > host.data;
    if (!is_host) {
        ioc_error_set(err, "bad-url", "'%.*s' is not the URL of an MQTT broker", IOC_TEXT_ARGS(url));
        ioc_error_hint(err, "mqtt://127.0.0.1:1883, or mqtts://broker.example:8883 for TLS");
        return IOC_INVALID;
    }
    if (colon)
        host.length = (uint32_t)(colon - host.data);
    source->paho.is_plain = is_plain;
    source->uri = ioc_memory_take(host.length + 32);
    snprintf(source->uri, host.length + 32, "%s://%.*s:%d", is_tls ? "ssl" : "tcp", IOC_TEXT_ARGS(host), (int)port);
    return IOC_OK;
}

static enum ioc_status check_options(const struct ioc_source *source, struct ioc_error *err)
{
    const struct mqtt_options *options = source->options;
    const struct ioc_text *files[] = {&options->ca, &options->certificate, &options->key};
    struct ioc_arena arena = {0};
    struct ioc_text bytes;
    enum ioc_status status = IOC_OK;
    bool has_tls = options->ca.length || options->certificate.length || options->key.length;
    if (has_tls && source->paho.is_plain) {
        ioc_error_set(err, "tls-without-mqtts", "ca, certificate and key are for mqtts://");
        ioc_error_hint(err, "url: mqtts://…");
        return IOC_INVALID;
    }
    if (!options->certificate.length != !options->key.length) {
        ioc_error_set(err, "half-a-certificate", "certificate and key belong together");
        return IOC_INVALID;
    }
    if (options->password.value.length && !options->username.length) {
        ioc_error_set(err, "password-alone", "A password wants a username");
        return IOC_INVALID;
    }
    for (int i = 0; i < 3 && status == IOC_OK; i++)
        if (files[i]->length) /* the third is the private key: nobody else may read it */
            status = ioc_file_read(files[i]->data, 1024 * 1024, i == 2, &arena, &bytes, err);
    ioc_arena_done(&arena);
    return status;
}

static void free_source(struct ioc_source *source)
{
    ioc_ledger_done(&source->ledger);
    for (int i = 0; i < source->topic_count; i++)
        ioc_memory_give(source->topics[i]);
    ioc_memory_give(source->topics);
    ioc_memory_give(source->qos);
    ioc_memory_give(source->uri);
    ioc_memory_give(source->client_id);
    ioc_memory_give(source->store_path);
    ioc_memory_give(source);
}

static void copy_setup(struct ioc_source *source)
{
    const struct ioc_source_setup *setup = &source->setup;
    const struct ioc_text id = source->options->client_id;
    source->topics = ioc_memory_take((setup->subscription_count + 1) * sizeof *source->topics);
    source->qos = ioc_memory_take((setup->subscription_count + 1) * sizeof *source->qos);
    for (uint32_t i = 0; i < setup->subscription_count; i++) {
        struct ioc_text topic = setup->subscriptions[i].topic;
        source->topics[source->topic_count] = ioc_memory_copy(topic.data, topic.length);
        source->qos[source->topic_count++] = setup->subscriptions[i].qos;
        source->is_exactly_once |= setup->subscriptions[i].qos == 2;
    }
    size_t room = setup->site.length + setup->name.length + setup->state_directory.length + 16u;
    source->client_id = id.length ? ioc_memory_copy(id.data, id.length) : ioc_memory_take(room);
    if (!id.length)
        snprintf(source->client_id, room, "ioc-%.*s-%.*s", IOC_TEXT_ARGS(setup->site), IOC_TEXT_ARGS(setup->name));
    source->store_path = ioc_memory_take(room);
    snprintf(source->store_path, room, "%.*s/mqtt", IOC_TEXT_ARGS(setup->state_directory));
    source->store = (MQTTClient_persistence){source, store_open, store_close, store_put, store_get, store_remove, store_keys,
        store_clear, store_has};
    source->paho.hold = hold;
    source->paho.name = source->client_id;
    source->paho.version = source->is_five ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
}

static void start_handles(struct ioc_source *source)
{
    uv_async_init(source->setup.loop, &source->async, on_async);
    uv_timer_init(source->setup.loop, &source->reconnect);
    uv_timer_init(source->setup.loop, &source->retry);
    source->async.data = source->reconnect.data = source->retry.data = source;
    source->open_handles = 3;
}

static enum ioc_status open_mqtt(const struct ioc_source_setup *setup, const void *options, struct ioc_source **out,
    struct ioc_error *err)
{
    struct ioc_source *source = ioc_memory_take(sizeof *source);
    source->setup = *setup;
    source->options = options;
    source->is_five = source->options->version == 0;
    source->window = (uint16_t)source->options->receive_maximum;
    enum ioc_status status = read_url(source, source->options->url, err);
    if (status == IOC_OK)
        status = check_options(source, err);
    if (status == IOC_OK && (setup->subscription_count == 0 || setup->subscription_count > TOPICS_MOST)) {
        ioc_error_set(err, "no-topics", "An MQTT source wants 1 to %d subscriptions", TOPICS_MOST);
        status = IOC_INVALID;
    }
    if (status == IOC_OK) {
        copy_setup(source);
        ioc_ledger_init(&source->ledger);
    }
    if (status == IOC_OK && source->is_exactly_once && !source->is_five)
        status = ioc_secret_directory(ioc_text_of(source->store_path), err);
    if (status == IOC_OK)
        status = make_client(source, err);
    if (status != IOC_OK) {
        if (source->client)
            MQTTAsync_destroy(&source->client);
        free_source(source);
        return status;
    }
    start_handles(source);
    ioc_paho_add(&source->paho);
    connect_client(source);
    *out = source;
    return IOC_OK;
}

static enum ioc_source_state state_of(const struct ioc_source *source)
{
    return source->state;
}

static void after_close(uv_handle_t *handle)
{
    struct ioc_source *source = handle->data;
    if (--source->open_handles == 0)
        free_source(source);
}

static void quiet_mqtt(struct ioc_source *source)
{
    while (!ioc_paho_lock()) /* a name may just be resolved under it */
        continue;
    source->is_quiet = true;
    ioc_paho_unlock();
}

/* What was acknowledged leaves first, and what the broker still sends is read: a socket that is closed over unread
 * bytes takes back what was written to it.  The broker stops by itself at receive_maximum. */
static void say_goodbye(struct ioc_source *source)
{
    ioc_time began = ioc_clock_now(), now = began;
    for (bool is_done = false; !is_done && now - began < GOODBYE_MS * IOC_MILLISECOND; now = ioc_clock_now()) {
        if (!ioc_paho_lock())
            continue;
        is_done = !source->is_connected || (release_ready(source) && now - source->heard > CALM_MS * IOC_MILLISECOND);
        ioc_paho_unlock();
        if (!is_done)
            usleep(1000);
    }
}

static void close_mqtt(struct ioc_source *source)
{
    if (!source)
        return;
    quiet_mqtt(source);
    say_goodbye(source);
    while (!ioc_paho_lock())
        continue;
    source->is_closing = true;
    ioc_paho_unlock();
    MQTTAsync_destroy(&source->client);
    ioc_paho_remove(&source->paho);
    uv_close((uv_handle_t *)&source->async, after_close);
    uv_close((uv_handle_t *)&source->reconnect, after_close);
    uv_close((uv_handle_t *)&source->retry, after_close);
}

static const char *const versions[] = {"5", "3.1.1", NULL};
static const char *const sessions[] = {"persistent", "clean", NULL};
#define AT(member) .offset = offsetof(struct mqtt_options, member)
static const struct ioc_option mqtt_table[] = {
    {.key = "url", .type = IOC_OPTION_TEXT, .is_required = true, .help = "mqtt://host[:port], or mqtts:// for TLS", AT(url)},
    {.key = "version", .type = IOC_OPTION_CHOICE, .fallback = "5", .choices = versions, .help = "MQTT version", AT(version)},
    {.key = "username", .type = IOC_OPTION_TEXT, .fallback = "", .help = "User at the broker", AT(username)},
    {.key = "password", .type = IOC_OPTION_SECRET, .help = "Its password, from a file or a credential", AT(password)},
    {.key = "client_id", .type = IOC_OPTION_TEXT, .fallback = "", .help = "Default ioc-<site>-<source>", AT(client_id)},
    {.key = "session", .type = IOC_OPTION_CHOICE, .fallback = "persistent", .choices = sessions,
        .help = "persistent: the broker keeps messages while we are away; clean: it does not", AT(session)},
    {.key = "session_expiry", .type = IOC_OPTION_SPAN, .fallback = "1d", .help = "How long the broker keeps them (MQTT 5)",
        AT(session_expiry)},
    {.key = "keepalive", .type = IOC_OPTION_SPAN, .fallback = "30s", .help = "A connection silent for 1.5 times as long is broken",
        AT(keepalive)},
    {.key = "receive_maximum", .type = IOC_OPTION_INT, .fallback = "1000", .low = 1, .high = 65535,
        .help = "Messages of QoS 1 and 2 that may wait for their acknowledgement (MQTT 5; on 3.1.1 the broker decides)",
        AT(receive_maximum)},
    {.key = "ca", .type = IOC_OPTION_PATH, .help = "Certificates to trust instead of the system's (PEM)", AT(ca)},
    {.key = "certificate", .type = IOC_OPTION_PATH, .help = "Our certificate (PEM)", AT(certificate)},
    {.key = "key", .type = IOC_OPTION_PATH, .help = "Its private key (PEM), readable by us alone", AT(key)},
    {.key = "verify", .type = IOC_OPTION_BOOL, .fallback = "true", .help = "Check the broker's certificate and its name", AT(verify)},
    IOC_OPTION_END,
};

extern const struct ioc_source_kind ioc_source_mqtt;
const struct ioc_source_kind ioc_source_mqtt = {
    .name = "mqtt",
    .summary = "Messages from an MQTT 5 or 3.1.1 broker, acknowledged when they are safe",
    .options = mqtt_table,
    .options_bytes = sizeof(struct mqtt_options),
    .open = open_mqtt,
    .acknowledge = acknowledge_mqtt,
    .state = state_of,
    .quiet = quiet_mqtt,
    .close = close_mqtt,
};
