/*
 * ingest/mqtt_link.c — one connection to a broker, kept up on the ingest lane's loop.
 */
#include "core/clock.h"
#include "ingest/mqtt.h"

enum {
    BACK_OFF_LEAST = 1000,
    BACK_OFF_MOST = 30000,
    CONNECT_SECONDS = 10,
    RETRY_MS = 2,
    DRAIN_MS = 3000,
    ACK_BATCH = 256
};

/* Sends what may leave; true when all of it has. */
bool ioc_mqtt_link_release_ready(struct ioc_source *source)
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
                ioc_mqtt_store_forget(source, acks[i].id);
        ioc_ledger_drop(&source->ledger, sent);
        source->has_progress |= sent > 0;
        if (sent < count)
            return false;
    }
}

static void release_again(uv_timer_t *timer);

void ioc_mqtt_link_release(struct ioc_source *source)
{
    bool is_done = false;
    if (ioc_paho_lock()) {
        is_done = ioc_mqtt_link_release_ready(source);
        if (source->is_refusing && source->is_connected && ioc_ledger_count(&source->ledger) == 0)
            ioc_paho_break(
                &source->paho); /* all that was taken is acknowledged; now for the rest */
        ioc_paho_unlock();
    }
    if (!is_done && !uv_is_active((uv_handle_t *)&source->retry))
        uv_timer_start(&source->retry, release_again, RETRY_MS, 0);
}

static void release_again(uv_timer_t *timer)
{
    ioc_mqtt_link_release(timer->data);
}

enum ioc_status ioc_mqtt_link_client(struct ioc_source *source, struct ioc_error *err)
{
    source->client = NULL;
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
    create.MQTTVersion = source->is_five ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    create.sendWhileDisconnected = 0;
    bool has_store = source->is_exactly_once && !source->is_five;
    int rc = MQTTAsync_createWithOptions(&source->client, source->uri, source->client_id,
        has_store ? MQTTCLIENT_PERSISTENCE_USER : MQTTCLIENT_PERSISTENCE_NONE,
        has_store ? &source->store : NULL, &create);
    if (rc == MQTTASYNC_SUCCESS && ioc_mqtt_listen(source, source->client) == IOC_OK)
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
    if (ioc_mqtt_link_client(source, &err) != IOC_OK)
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

void ioc_mqtt_link_connect(struct ioc_source *source)
{
    const struct ioc_mqtt_options *options = source->options;
    MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer;
    MQTTAsync_connectOptions connect5 = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    MQTTProperties properties = MQTTProperties_initializer;
    bool is_clean = options->session == 1;
    if (source->is_five) {
        connect = connect5;
        connect.cleanstart = is_clean;
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
        connect.MQTTVersion = MQTTVERSION_3_1_1;
    }
    ioc_mqtt_listen_connect(source, &connect, &tls);
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
        connect.ssl = &tls;
    }
    source->state = IOC_SOURCE_CONNECTING;
    int rc = MQTTAsync_connect(source->client, &connect);
    MQTTProperties_free(&properties);
    if (rc == MQTTASYNC_SUCCESS)
        return;
    ioc_log(IOC_LOG_WARNING, "ingest.mqtt",
        "source=%.*s connecting to %s cannot begin: %s (%d); trying again",
        IOC_TEXT_ARGS(source->setup.name), source->uri,
        MQTTAsync_strerror(rc) ? MQTTAsync_strerror(rc) : "unknown", rc);
    source->state = IOC_SOURCE_DOWN;
    wait_and_connect(source);
}

static void try_again(uv_timer_t *timer)
{
    struct ioc_source *source = timer->data;
    if (source->must_renew)
        renew_client(source);
    if (source->client)
        ioc_mqtt_link_connect(source);
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
    ioc_mqtt_listen_subscribe(source, &response);
    int rc = MQTTAsync_subscribeMany(
        source->client, source->topic_count, source->topics, source->qos, &response);
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
            ioc_log(IOC_LOG_ERROR, "ingest.mqtt",
                "source=%.*s the broker refuses subscription %s (reason %d); nothing comes from it",
                IOC_TEXT_ARGS(source->setup.name), topic, source->granted[i]);
        else if (source->granted[i] < source->qos[i])
            ioc_log(IOC_LOG_WARNING, "ingest.mqtt",
                "source=%.*s the broker grants QoS %d instead of %d for %s",
                IOC_TEXT_ARGS(source->setup.name), source->granted[i], source->qos[i], topic);
    }
}

static void is_down(struct ioc_source *source, const char *what)
{
    char why[IOC_MQTT_WHY_MOST] = "", quoted[IOC_LOG_QUOTED];
    if (ioc_paho_lock()) {
        memcpy(why, source->why, sizeof why);
        source->why[0] = 0;
        ioc_paho_unlock();
    }
    if (!source->has_said_down)
        ioc_log(IOC_LOG_WARNING, "ingest.mqtt",
            "source=%.*s %s %s: %s; trying again every 1 to 30 s",
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
        "source=%.*s the inbox is full; the connection will be ended, the broker will send what "
        "was not acknowledged again%s",
        IOC_TEXT_ARGS(source->setup.name), source->is_five ? ", half as much at once" : "");
    uv_timer_start(&source->reconnect, stop_waiting, DRAIN_MS, DRAIN_MS);
    ioc_mqtt_link_release(source);
}

static void on_async(uv_async_t *async)
{
    struct ioc_source *source = async->data;
    uint32_t events = atomic_exchange(&source->events, 0);
    if (events & IOC_MQTT_REFUSED)
        was_refused(source);
    if (events & IOC_MQTT_LOST)
        is_down(source, "lost");
    else if (events & IOC_MQTT_FAILED)
        is_down(source, "cannot reach");
    else if (events & IOC_MQTT_CONNECTED)
        subscribe(source);
    else if (events & IOC_MQTT_SUBSCRIBED) {
        look_at_granted(source);
        source->state = IOC_SOURCE_UP;
        source->attempt = 0;
        source->has_said_down = false;
        ioc_log(IOC_LOG_INFO, "ingest.mqtt", "source=%.*s connected to %s",
            IOC_TEXT_ARGS(source->setup.name), source->uri);
    }
    if (events & IOC_MQTT_HELD)
        ioc_mqtt_link_release(source);
}

void ioc_mqtt_link_start(struct ioc_source *source)
{
    uv_async_init(source->setup.loop, &source->async, on_async);
    uv_timer_init(source->setup.loop, &source->reconnect);
    uv_timer_init(source->setup.loop, &source->retry);
    source->async.data = source->reconnect.data = source->retry.data = source;
    source->open_handles = 3;
}
