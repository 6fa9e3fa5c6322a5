#pragma once
/*
 * tests/ingest/link.h — one MQTT source between a broker and a world.
 */
#include "tests/ingest/world.h"
#include "tests/mqtt_broker.h"

#include <MQTTAsync.h>

#define ROUTE "- topic: city/#\n  stream: street_depth\n  qos: 1\n"

struct link { /* one source on a world */
    struct world *world;
    const struct ioc_source_kind *kind;
    struct ioc_source *source;
    char options[512];
    struct ioc_source_subscription subscription;
};

static inline enum ioc_status try_link(struct link *link, struct world *world, const char *name,
    int qos, const char *yaml, struct ioc_error *err)
{
    *link = (struct link){.world = world};
    link->kind = ioc_source_find(IOC_TEXT("mqtt"));
    assert_non_null(link->kind);
    assert_true(link->kind->options_bytes <= sizeof link->options);
    struct ioc_document *document =
        ioc_document_parse(IOC_TEXT("city.yaml"), ioc_text_of(yaml), &world->errors);
    if (!ioc_option_read(document, document->root, link->kind->options, NULL, link->options,
            &world->arena, &world->errors))
        ioc_errors_print(&world->errors, IOC_ENGLISH, stderr);
    ioc_document_free(document);
    link->subscription = (struct ioc_source_subscription){IOC_TEXT("city/#"), qos};
    struct ioc_source_setup setup = {.name = ioc_text_of(name),
        .id = 3,
        .site = IOC_TEXT("hcm"),
        .state_directory = ioc_text_of(world->directory),
        .subscriptions = &link->subscription,
        .subscription_count = 1,
        .intake = world->intake,
        .loop = &world->loop};
    return link->kind->open(&setup, link->options, &link->source, err);
}

static inline void open_link_as(struct link *link, struct world *world,
    const struct mqtt_broker *broker, const char *name, int qos, const char *more)
{
    char yaml[1000];
    struct ioc_error err = {0};
    snprintf(yaml, sizeof yaml, "url: mqtt%s://127.0.0.1:%d\n%s", strstr(more, "ca:") ? "s" : "",
        broker->port, more);
    enum ioc_status status = try_link(link, world, name, qos, yaml, &err);
    if (status != IOC_OK)
        fail_msg("%s", err.text);
    world->kind = link->kind;
    world->source = link->source;
}

static inline void open_link(struct link *link, struct world *world,
    const struct mqtt_broker *broker, int qos, const char *more)
{
    open_link_as(link, world, broker, "gauges", qos, more);
}

static inline void run_for(struct world *world, ioc_span span)
{
    ioc_span start = ioc_clock_steady();
    while (ioc_clock_steady() - start < span) {
        uv_run(&world->loop, UV_RUN_NOWAIT);
        usleep(500);
    }
}

static inline void wait_up(struct link *link)
{
    ioc_span start = ioc_clock_steady();
    while (link->kind->state(link->source) != IOC_SOURCE_UP &&
           ioc_clock_steady() - start < 20 * IOC_SECOND)
        run_for(link->world, 2 * IOC_MILLISECOND);
    assert_int_equal(link->kind->state(link->source), IOC_SOURCE_UP);
}

static inline void wait_seen(struct world *world, uint32_t count)
{
    ioc_span start = ioc_clock_steady();
    while (world->seen_count < count && ioc_clock_steady() - start < 20 * IOC_SECOND)
        run_for(world, IOC_MILLISECOND);
    if (world->seen_count < count)
        fail_msg("%u of %u came", world->seen_count, count);
}

static inline void close_link(struct link *link)
{
    link->world->kind = NULL;
    link->kind->close(link->source);
    world_turn(link->world);
}

/* One process for all, but one each at QoS 2: mosquitto_pub -l leaves before its last handshakes
 * are done. */
static inline void publish(
    const struct mqtt_broker *broker, int first, int count, int qos, const char *more)
{
    const char *text =
        "{\"station\":\"S%d\",\"depth_cm\":1,\"observed_at\":\"2026-01-01T00:00:00Z\"}\\n";
    char pub[400];
    int last = first + count - 1;
    snprintf(pub, sizeof pub, "mosquitto_pub -h 127.0.0.1 -p %d -t city/depth -q %d %s",
        broker->port, qos, more);
    int rc = qos == 2 ? mqtt_broker_shell(broker,
                            "set -e; for i in $(seq %d %d); do %s -m \"$(printf '%s' $i)\"; done",
                            first, last, pub, text)
                      : mqtt_broker_shell(broker,
                            "for i in $(seq %d %d); do printf '%s' $i; done | %s -l", first, last,
                            text, pub);
    assert_int_equal(rc, 0);
}

static inline void acknowledge(struct link *link, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++)
        link->kind->acknowledge(link->source, &link->world->seen[i].ack, 1);
}

static inline int number_of(const struct world *world, uint32_t at)
{
    struct ioc_text station = ioc_row_text(world_row(world, at), STATION);
    int64_t number;
    assert_int_equal(
        ioc_text_int((struct ioc_text){station.data + 1, station.length - 1}, &number), IOC_OK);
    return (int)number;
}

/* Every number of first … first + count − 1 was seen at least once (exactly: and no more). */
static inline void expect_all(const struct world *world, int first, int count, bool exactly)
{
    for (int n = first; n < first + count; n++) {
        int times = 0;
        for (uint32_t i = 0; i < world->seen_count; i++)
            times += number_of(world, i) == n;
        if (times == 0 || (exactly && times != 1))
            fail_msg("message %d came %d times", n, times);
    }
}

static inline bool has_all(const struct world *world, int first, int count)
{
    bool *is_there = ioc_memory_take((size_t)count);
    for (uint32_t i = 0; i < world->seen_count; i++)
        if (number_of(world, i) >= first && number_of(world, i) < first + count)
            is_there[number_of(world, i) - first] = true;
    bool has = memchr(is_there, 0, (size_t)count) == NULL;
    ioc_memory_give(is_there);
    return has;
}

static inline void expect_nothing_left(
    struct world *world, const struct mqtt_broker *broker, int qos, const char *more)
{
    struct link link;
    world_forget_events(world);
    open_link(&link, world, broker, qos, more);
    wait_up(&link);
    run_for(world, 500 * IOC_MILLISECOND);
    assert_int_equal(world->seen_count, 0);
    close_link(&link);
}

static MQTTAsync idle;

/* With its last client paho ends its threads, which takes a second each time. */
static inline int keep_paho_alive(void **state)
{
    return MQTTAsync_create(&idle, "tcp://127.0.0.1:1", "idle", MQTTCLIENT_PERSISTENCE_NONE, NULL);
}

static inline int let_paho_go(void **state)
{
    MQTTAsync_destroy(&idle);
    return 0;
}
