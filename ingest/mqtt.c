/*
 * ingest/mqtt.c — messages from an MQTT broker, acknowledged when they are safe (paho MQTTAsync).
 *
 * paho's threads do three things here: copy a message into the intake, remember that something
 * happened to the connection, and ask the ledger whether an acknowledgement is held.  All under
 * paho's lock.  Everything else — connect, subscribe, acknowledge, try again — is done on the
 * ingest lane's loop.
 *
 * Reconnecting is ours, not paho's: 1 s doubled up to 30 s with jitter, and subscribing again each
 * time.  A message of QoS 1 or 2 that the intake has no room for is never acknowledged, nor is any
 * behind it: when those before it are safe and acknowledged the connection is ended, and the broker
 * sends the rest again, on MQTT 5 no more than half as much at once.
 *
 * QoS 2.  On MQTT 5 paho delivers when PUBLISH comes, so PUBREC is held and nothing is stored.  On
 * 3.1.1 it delivers when PUBREL comes: the message lies in a file of paho's under the state
 * directory, PUBCOMP is held, and the file is removed when PUBCOMP leaves.  Either way one message
 * is posted once, however often the connection breaks; only an engine that dies between journal and
 * acknowledgement sees it again, marked as a duplicate on MQTT 5.  After a break the client is made
 * anew where paho would go wrong: on MQTT 5 it keeps repeated messages for ever, on 3.1.1 it
 * believes to have delivered what was refused.
 */
#include "ingest/mqtt.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/memory.h"
#include "ingest/secret.h"

#include <stddef.h>
#include <unistd.h>

enum { GOODBYE_MS = 1000, CALM_MS = 20 };

/* mqtt://host[:port] into what paho wants. */
static enum ioc_status read_url(
    struct ioc_source *source, struct ioc_text url, struct ioc_error *err)
{
    bool is_tls = ioc_text_starts(url, IOC_TEXT("mqtts://")),
         is_plain = ioc_text_starts(url, IOC_TEXT("mqtt://"));
    uint32_t start = is_tls ? 8 : 7;
    struct ioc_text host = {url.data + start, url.length > start ? url.length - start : 0};
    if (host.length && memchr(host.data, '@', host.length)) {
        ioc_error_set(err, "secret-in-url", "The URL holds a user or a password");
        ioc_error_hint(err,
            "write username: NAME and password: {file: PATH} beside it, and the URL without them");
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
        is_host &= ioc_text_int((struct ioc_text){colon + 1,
                                    (uint32_t)(host.data + host.length - colon - 1)},
                       &port) == IOC_OK &&
                   port > 0 && port < 65536 && colon > host.data;
    if (!is_host) {
        ioc_error_set(
            err, "bad-url", "'%.*s' is not the URL of an MQTT broker", IOC_TEXT_ARGS(url));
        ioc_error_hint(err, "mqtt://127.0.0.1:1883, or mqtts://broker.example:8883 for TLS");
        return IOC_INVALID;
    }
    if (colon)
        host.length = (uint32_t)(colon - host.data);
    source->paho.is_plain = is_plain;
    source->uri = ioc_memory_take(host.length + 32);
    snprintf(source->uri, host.length + 32, "%s://%.*s:%d", is_tls ? "ssl" : "tcp",
        IOC_TEXT_ARGS(host), (int)port);
    return IOC_OK;
}

static enum ioc_status check_options(const struct ioc_source *source, struct ioc_error *err)
{
    const struct ioc_mqtt_options *options = source->options;
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
        snprintf(source->client_id, room, "ioc-%.*s-%.*s", IOC_TEXT_ARGS(setup->site),
            IOC_TEXT_ARGS(setup->name));
    source->store_path = ioc_memory_take(room);
    snprintf(source->store_path, room, "%.*s/mqtt", IOC_TEXT_ARGS(setup->state_directory));
    ioc_mqtt_store_init(source);
    source->paho.hold = ioc_mqtt_hold;
    source->paho.name = source->client_id;
    source->paho.version = source->is_five ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
}

static enum ioc_status open_mqtt(const struct ioc_source_setup *setup, const void *options,
    struct ioc_source **out, struct ioc_error *err)
{
    struct ioc_source *source = ioc_memory_take(sizeof *source);
    source->setup = *setup;
    source->options = options;
    source->is_five = source->options->version == 0;
    source->window = (uint16_t)source->options->receive_maximum;
    enum ioc_status status = read_url(source, source->options->url, err);
    if (status == IOC_OK)
        status = check_options(source, err);
    if (status == IOC_OK &&
        (setup->subscription_count == 0 || setup->subscription_count > IOC_MQTT_TOPICS_MOST)) {
        ioc_error_set(
            err, "no-topics", "An MQTT source wants 1 to %d subscriptions", IOC_MQTT_TOPICS_MOST);
        status = IOC_INVALID;
    }
    if (status == IOC_OK) {
        copy_setup(source);
        ioc_ledger_init(&source->ledger);
    }
    if (status == IOC_OK && source->is_exactly_once && !source->is_five)
        status = ioc_secret_directory(ioc_text_of(source->store_path), err);
    if (status == IOC_OK)
        status = ioc_mqtt_link_client(source, err);
    if (status != IOC_OK) {
        if (source->client)
            MQTTAsync_destroy(&source->client);
        free_source(source);
        return status;
    }
    ioc_mqtt_link_start(source);
    ioc_paho_add(&source->paho);
    ioc_mqtt_link_connect(source);
    *out = source;
    return IOC_OK;
}

static void acknowledge_mqtt(struct ioc_source *source, const uint64_t *tokens, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        ioc_ledger_mark(&source->ledger, tokens[i]);
    if (count)
        ioc_mqtt_link_release(source);
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

/* What was acknowledged leaves first, and what the broker still sends is read: a socket that is
 * closed over unread bytes takes back what was written to it.  The broker stops by itself at
 * receive_maximum. */
static void say_goodbye(struct ioc_source *source)
{
    ioc_time began = ioc_clock_now(), now = began;
    for (bool is_done = false; !is_done && now - began < GOODBYE_MS * IOC_MILLISECOND;
         now = ioc_clock_now()) {
        if (!ioc_paho_lock())
            continue;
        is_done = !source->is_connected || (ioc_mqtt_link_release_ready(source) &&
                                               now - source->heard > CALM_MS * IOC_MILLISECOND);
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
#define AT(member) .offset = offsetof(struct ioc_mqtt_options, member)
static const struct ioc_option mqtt_table[] = {
    {.key = "url",
        .type = IOC_OPTION_TEXT,
        .is_required = true,
        .help = "mqtt://host[:port], or mqtts:// for TLS",
        .help_vi = "mqtt://host[:port], hoặc mqtts:// nếu dùng TLS",
        AT(url)},
    {.key = "version",
        .type = IOC_OPTION_CHOICE,
        .fallback = "5",
        .choices = versions,
        .help = "MQTT version",
        .help_vi = "phiên bản MQTT",
        AT(version)},
    {.key = "username",
        .type = IOC_OPTION_TEXT,
        .fallback = "",
        .help = "User at the broker",
        .help_vi = "người dùng tại broker",
        AT(username)},
    {.key = "password",
        .type = IOC_OPTION_SECRET,
        .help = "Its password, from a file or a credential",
        .help_vi = "mật khẩu, từ tệp hoặc credential",
        AT(password)},
    {.key = "client_id",
        .type = IOC_OPTION_TEXT,
        .fallback = "",
        .help = "Default ioc-<site>-<source>",
        .help_vi = "mặc định ioc-<site>-<nguồn>",
        AT(client_id)},
    {.key = "session",
        .type = IOC_OPTION_CHOICE,
        .fallback = "persistent",
        .choices = sessions,
        .help = "persistent: the broker keeps messages while we are away; clean: it does not",
        .help_vi = "persistent: broker giữ bản tin khi ta vắng mặt; clean: không giữ",
        AT(session)},
    {.key = "session_expiry",
        .type = IOC_OPTION_SPAN,
        .fallback = "1d",
        .help = "How long the broker keeps them (MQTT 5)",
        .help_vi = "broker giữ chúng bao lâu (MQTT 5)",
        AT(session_expiry)},
    {.key = "keepalive",
        .type = IOC_OPTION_SPAN,
        .fallback = "30s",
        .help = "A connection silent for 1.5 times as long is broken",
        .help_vi = "kết nối im lặng quá 1,5 lần khoảng này coi như đứt",
        AT(keepalive)},
    {.key = "receive_maximum",
        .type = IOC_OPTION_INT,
        .fallback = "1000",
        .low = 1,
        .high = 65535,
        .help = "Messages of QoS 1 and 2 that may wait for their acknowledgement (MQTT 5; on 3.1.1 "
                "the broker decides)",
        .help_vi = "số bản tin QoS 1 và 2 được chờ xác nhận",
        AT(receive_maximum)},
    {.key = "ca",
        .type = IOC_OPTION_PATH,
        .help = "Certificates to trust instead of the system's (PEM)",
        .help_vi = "chứng chỉ tin cậy thay cho của hệ thống (PEM)",
        AT(ca)},
    {.key = "certificate",
        .type = IOC_OPTION_PATH,
        .help = "Our certificate (PEM)",
        .help_vi = "chứng chỉ của ta (PEM)",
        AT(certificate)},
    {.key = "key",
        .type = IOC_OPTION_PATH,
        .help = "Its private key (PEM), readable by us alone",
        .help_vi = "khóa riêng (PEM), chỉ mình ta đọc được",
        AT(key)},
    {.key = "verify",
        .type = IOC_OPTION_BOOL,
        .fallback = "true",
        .help = "Check the broker's certificate and its name",
        .help_vi = "kiểm tra chứng chỉ và tên của broker",
        AT(verify)},
    IOC_OPTION_END,
};

extern const struct ioc_source_kind ioc_source_mqtt;
const struct ioc_source_kind ioc_source_mqtt = {
    .name = "mqtt",
    .summary = "Messages from an MQTT 5 or 3.1.1 broker, acknowledged when they are safe",
    .options = mqtt_table,
    .options_bytes = sizeof(struct ioc_mqtt_options),
    .open = open_mqtt,
    .acknowledge = acknowledge_mqtt,
    .state = state_of,
    .quiet = quiet_mqtt,
    .close = close_mqtt,
};
