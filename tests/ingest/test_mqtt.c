/* tests/ingest/test_mqtt.c — a real broker: nothing is lost, nothing is acknowledged before it is safe. */
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

static enum ioc_status try_link(struct link *link, struct world *world, const char *name, int qos, const char *yaml,
    struct ioc_error *err)
{
    *link = (struct link){.world = world};
    link->kind = ioc_source_find(IOC_TEXT("mqtt"));
    assert_non_null(link->kind);
    assert_true(link->kind->options_bytes <= sizeof link->options);
    struct ioc_document *document = ioc_document_parse(IOC_TEXT("city.yaml"), ioc_text_of(yaml), &world->errors);
    if (!ioc_option_read(document, document->root, link->kind->options, NULL, link->options, &world->arena, &world->errors))
        ioc_errors_print(&world->errors, stderr);
    ioc_document_free(document);
    link->subscription = (struct ioc_source_subscription){IOC_TEXT("city/#"), qos};
    struct ioc_source_setup setup = {.name = ioc_text_of(name), .id = 3, .site = IOC_TEXT("hcm"),
        .state_directory = ioc_text_of(world->directory), .subscriptions = &link->subscription, .subscription_count = 1,
        .intake = world->intake, .loop = &world->loop};
    return link->kind->open(&setup, link->options, &link->source, err);
}

static void open_link_as(struct link *link, struct world *world, const struct mqtt_broker *broker, const char *name, int qos,
    const char *more)
{
    char yaml[1000];
    struct ioc_error err = {0};
    snprintf(yaml, sizeof yaml, "url: mqtt%s://127.0.0.1:%d\n%s", strstr(more, "ca:") ? "s" : "", broker->port, more);
    enum ioc_status status = try_link(link, world, name, qos, yaml, &err);
    if (status != IOC_OK)
        fail_msg("%s", err.text);
    world->kind = link->kind;
    world->source = link->source;
}

static void open_link(struct link *link, struct world *world, const struct mqtt_broker *broker, int qos, const char *more)
{
    open_link_as(link, world, broker, "gauges", qos, more);
}

static void run_for(struct world *world, ioc_span span)
{
    ioc_span start = ioc_clock_steady();
    while (ioc_clock_steady() - start < span) {
        uv_run(&world->loop, UV_RUN_NOWAIT);
        usleep(500);
    }
}

static void wait_up(struct link *link)
{
    ioc_span start = ioc_clock_steady();
    while (link->kind->state(link->source) != IOC_SOURCE_UP && ioc_clock_steady() - start < 20 * IOC_SECOND)
        run_for(link->world, 2 * IOC_MILLISECOND);
    assert_int_equal(link->kind->state(link->source), IOC_SOURCE_UP);
}

static void wait_seen(struct world *world, uint32_t count)
{
    ioc_span start = ioc_clock_steady();
    while (world->seen_count < count && ioc_clock_steady() - start < 20 * IOC_SECOND)
        run_for(world, IOC_MILLISECOND);
    if (world->seen_count < count)
        fail_msg("%u of %u came", world->seen_count, count);
}

static void close_link(struct link *link)
{
    link->world->kind = NULL;
    link->kind->close(link->source);
    world_turn(link->world);
}

/* One process for all, but one each at QoS 2: mosquitto_pub -l leaves before its last handshakes are done. */
static void publish(const struct mqtt_broker *broker, int first, int count, int qos, const char *more)
{
    const char *text = "{\"station\":\"S%d\",\"depth_cm\":1,\"observed_at\":\"2026-01-01T00:00:00Z\"}\\n";
    char pub[400];
    int last = first + count - 1;
    snprintf(pub, sizeof pub, "mosquitto_pub -h 127.0.0.1 -p %d -t city/depth -q %d %s", broker->port, qos, more);
    int rc = qos == 2 ? mqtt_broker_shell(broker, "set -e; for i in $(seq %d %d); do %s -m \"$(printf '%s' $i)\"; done", first, last,
                            pub, text)
                      : mqtt_broker_shell(broker, "for i in $(seq %d %d); do printf '%s' $i; done | %s -l", first, last, text, pub);
    assert_int_equal(rc, 0);
}

static void acknowledge(struct link *link, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++)
        link->kind->acknowledge(link->source, &link->world->seen[i].ack, 1);
}

static int number_of(const struct world *world, uint32_t at)
{
    struct ioc_text station = ioc_row_text(world_row(world, at), STATION);
    int64_t number;
    assert_int_equal(ioc_text_int((struct ioc_text){station.data + 1, station.length - 1}, &number), IOC_OK);
    return (int)number;
}

/* Every number of first … first + count − 1 was seen at least once (exactly: and no more). */
static void expect_all(const struct world *world, int first, int count, bool exactly)
{
    for (int n = first; n < first + count; n++) {
        int times = 0;
        for (uint32_t i = 0; i < world->seen_count; i++)
            times += number_of(world, i) == n;
        if (times == 0 || (exactly && times != 1))
            fail_msg("message %d came %d times", n, times);
    }
}

static bool has_all(const struct world *world, int first, int count)
{
    bool *is_there = ioc_memory_take((size_t)count);
    for (uint32_t i = 0; i < world->seen_count; i++)
        if (number_of(world, i) >= first && number_of(world, i) < first + count)
            is_there[number_of(world, i) - first] = true;
    bool has = memchr(is_there, 0, (size_t)count) == NULL;
    ioc_memory_give(is_there);
    return has;
}

static void expect_nothing_left(struct world *world, const struct mqtt_broker *broker, int qos, const char *more)
{
    struct link link;
    world_forget_events(world);
    open_link(&link, world, broker, qos, more);
    wait_up(&link);
    run_for(world, 500 * IOC_MILLISECOND);
    assert_int_equal(world->seen_count, 0);
    close_link(&link);
}

static void the_library_is_the_one_whose_insides_we_know(void **state)
{
    const char *version = NULL;
    for (MQTTAsync_nameValue *info = MQTTAsync_getVersionInfo(); info && info->name; info++)
        if (strcmp(info->name, "Version") == 0)
            version = info->value;
    assert_non_null(version);
    assert_string_equal(version, "1.3.11"); /* so Debian's 1.3.12-1 calls itself */
}

static void forget_retained(const struct mqtt_broker *broker)
{
    assert_int_equal(mqtt_broker_shell(broker, "mosquitto_pub -h 127.0.0.1 -p %d -t city/depth -r -n", broker->port), 0);
}

static void messages_come_with_all_they_carry(const char *version)
{
    struct mqtt_broker broker = {0};
    struct link link;
    struct world *world = world_new(ROUTE);
    mqtt_broker_prepare(&broker);
    mqtt_broker_start(&broker, "allow_anonymous true\n");
    publish(&broker, 1, 1, 1, "-r");
    open_link(&link, world, &broker, 1, version);
    wait_up(&link);
    wait_seen(world, 1);
    assert_int_equal(world->seen[0].event->flags, IOC_EVENT_RETAINED);
    assert_true(world->seen[0].ack != 0);
    publish(&broker, 2, 50, 0, "");
    wait_seen(world, 51);
    assert_true(world->seen[50].ack == 0); /* QoS 0 wants no answer */
    publish(&broker, 52, 200, 1, "");
    wait_seen(world, 251);
    for (uint32_t i = 0; i < 251; i++)
        assert_int_equal(number_of(world, i), i + 1);
    assert_int_equal(world->seen[250].event->flags, 0);
    forget_retained(&broker); /* an empty message: a dead letter */
    run_for(world, 100 * IOC_MILLISECOND);
    close_link(&link);
    expect_nothing_left(world, &broker, 1, version);
    world_free(world);
    mqtt_broker_end(&broker);
}

static void messages_come_over_mqtt_5(void **state)
{
    messages_come_with_all_they_carry("version: 5");
}

static void messages_come_over_mqtt_3(void **state)
{
    messages_come_with_all_they_carry("version: 3.1.1");
}

static void held_acknowledgements_stop(const char *options, const char *config, uint32_t window)
{
    struct mqtt_broker broker = {0};
    struct link link;
    struct world *world = world_new(ROUTE);
    mqtt_broker_prepare(&broker);
    mqtt_broker_start(&broker, config);
    world->holds_acks = true;
    open_link(&link, world, &broker, 1, options);
    wait_up(&link);
    publish(&broker, 1, 100, 1, "");
    wait_seen(world, window);
    run_for(world, 500 * IOC_MILLISECOND);
    assert_int_equal(world->seen_count, window);
    acknowledge(&link, 1, window - 1); /* all but the first: in order, so none may leave */
    run_for(world, 300 * IOC_MILLISECOND);
    assert_int_equal(world->seen_count, window);
    acknowledge(&link, 0, 1);
    wait_seen(world, 2 * window);
    uint32_t done = window;
    while (world->seen_count < 100) {
        uint32_t now = world->seen_count;
        acknowledge(&link, done, now - done);
        done = now;
        run_for(world, 5 * IOC_MILLISECOND);
    }
    acknowledge(&link, done, 100 - done);
    run_for(world, 200 * IOC_MILLISECOND);
    expect_all(world, 1, 100, true);
    close_link(&link);
    world->holds_acks = false;
    expect_nothing_left(world, &broker, 1, options);
    world_free(world);
    mqtt_broker_end(&broker);
}

static void the_broker_waits_for_our_acknowledgements_on_mqtt_5(void **state)
{
    held_acknowledgements_stop("receive_maximum: 10", "allow_anonymous true\nmax_inflight_messages 1000\n", 10);
}

static void the_broker_waits_for_our_acknowledgements_on_mqtt_3(void **state)
{
    held_acknowledgements_stop("version: 3.1.1", "allow_anonymous true\nmax_inflight_messages 20\n", 20);
}

/* The other half of the next test, in a process of its own: takes messages, acknowledges half, waits to be killed. */
static int hold_and_die(int port, const char *options)
{
    struct mqtt_broker broker = {.port = port};
    struct link link;
    struct world *world = world_new(ROUTE);
    world->holds_acks = true;
    open_link(&link, world, &broker, 1, options);
    wait_up(&link);
    puts("up");
    fflush(stdout);
    wait_seen(world, 40);
    acknowledge(&link, 0, 20);
    run_for(world, 300 * IOC_MILLISECOND);
    puts("held");
    fflush(stdout);
    run_for(world, 60 * IOC_SECOND);
    return 1;
}

static void what_was_not_safe_when_we_were_killed_comes_again(const char *options)
{
    struct mqtt_broker broker = {0};
    struct link link;
    struct world *world = world_new(ROUTE);
    char port[16], line[100] = "";
    int out[2];
    mqtt_broker_prepare(&broker);
    mqtt_broker_start(&broker, "allow_anonymous true\nmax_inflight_messages 100\n");
    snprintf(port, sizeof port, "%d", broker.port);
    assert_int_equal(pipe(out), 0);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(out[1], 1);
        execl("/proc/self/exe", "hold", port, options, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    FILE *said = fdopen(out[0], "r");
    while (strcmp(line, "up\n") != 0)
        assert_non_null(fgets(line, sizeof line, said));
    publish(&broker, 1, 40, 1, "");
    while (strcmp(line, "held\n") != 0)
        assert_non_null(fgets(line, sizeof line, said));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    fclose(said);
    open_link(&link, world, &broker, 1, options);
    wait_seen(world, 20);
    run_for(world, 300 * IOC_MILLISECOND);
    assert_int_equal(world->seen_count, 20);
    expect_all(world, 21, 20, true);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(world->seen[i].event->flags, IOC_EVENT_REPEATED);
    close_link(&link);
    expect_nothing_left(world, &broker, 1, options);
    world_free(world);
    mqtt_broker_end(&broker);
}

static void what_was_not_safe_comes_again_on_mqtt_5(void **state)
{
    what_was_not_safe_when_we_were_killed_comes_again("version: 5");
}

static void what_was_not_safe_comes_again_on_mqtt_3(void **state)
{
    what_was_not_safe_when_we_were_killed_comes_again("version: 3.1.1");
}

static void a_broker_that_was_killed_is_found_again(void **state)
{
    struct mqtt_broker broker = {0};
    struct link link;
    struct world *world = world_new(ROUTE);
    mqtt_broker_prepare(&broker);
    mqtt_broker_start(&broker, "allow_anonymous true\n");
    open_link(&link, world, &broker, 1, "");
    wait_up(&link);
    publish(&broker, 1, 20, 1, "");
    wait_seen(world, 20);
    run_for(world, 100 * IOC_MILLISECOND);
    mqtt_broker_save(&broker);
    mqtt_broker_stop(&broker, SIGKILL);
    ioc_span start = ioc_clock_steady();
    while (link.kind->state(link.source) == IOC_SOURCE_UP && ioc_clock_steady() - start < 10 * IOC_SECOND)
        run_for(world, 5 * IOC_MILLISECOND);
    assert_int_not_equal(link.kind->state(link.source), IOC_SOURCE_UP);
    mqtt_broker_start(&broker, "allow_anonymous true\n");
    publish(&broker, 21, 20, 1, ""); /* waits in the session that the broker remembers */
    wait_up(&link);
    wait_seen(world, 40);
    expect_all(world, 1, 40, true);
    close_link(&link);
    world_free(world);
    mqtt_broker_end(&broker);
}

static void qos_2_comes_exactly_once(const char *options)
{
    struct mqtt_broker broker = {0};
    struct link link;
    struct world *world = world_new(ROUTE);
    mqtt_broker_prepare(&broker);
    mqtt_broker_start(&broker, "allow_anonymous true\nmax_inflight_messages 10\n");
    world->holds_acks = true;
    open_link(&link, world, &broker, 2, options);
    wait_up(&link);
    publish(&broker, 1, 30, 2, "");
    wait_seen(world, 10);
    acknowledge(&link, 0, 5);
    wait_seen(world, 15);
    acknowledge(&link, 5, 5);
    wait_seen(world, 20);
    run_for(world, 100 * IOC_MILLISECOND);
    mqtt_broker_save(&broker);
    for (int i = 0; i < 2; i++) {           /* twice: ten are out, all of it is repeated */
        mqtt_broker_stop(&broker, i ? SIGTERM : SIGKILL);
        run_for(world, 300 * IOC_MILLISECOND);
        if (i == 0)
            acknowledge(&link, 10, 5); /* safe while nobody listens */
        mqtt_broker_start(&broker, "allow_anonymous true\nmax_inflight_messages 10\n");
        run_for(world, 100 * IOC_MILLISECOND);
        wait_up(&link);
    }
    acknowledge(&link, 15, 5);
    uint32_t done = 20;
    ioc_span start = ioc_clock_steady();
    while (done < 30 && ioc_clock_steady() - start < 20 * IOC_SECOND) {
        uint32_t now = world->seen_count;
        acknowledge(&link, done, now - done);
        done = now;
        run_for(world, 5 * IOC_MILLISECOND);
    }
    run_for(world, 500 * IOC_MILLISECOND);
    assert_int_equal(world->seen_count, 30);
    expect_all(world, 1, 30, true);
    close_link(&link);
    world->holds_acks = false;
    expect_nothing_left(world, &broker, 2, options);
    world_free(world);
    mqtt_broker_end(&broker);
}

static void qos_2_comes_exactly_once_over_mqtt_5(void **state)
{
    qos_2_comes_exactly_once("receive_maximum: 10");
}

static void qos_2_comes_exactly_once_over_mqtt_3(void **state)
{
    qos_2_comes_exactly_once("version: 3.1.1");
}

static void full_inbox_loses_nothing(int qos, const char *options)
{
    struct mqtt_broker broker = {0};
    struct link link;
    struct world *world = world_new_sized(ROUTE, 8 * 1024); /* about forty messages */
    mqtt_broker_prepare(&broker);
    mqtt_broker_start(&broker, "allow_anonymous true\nmax_inflight_messages 1000\n");
    open_link(&link, world, &broker, qos, options);
    wait_up(&link);
    publish(&broker, 1, 300, qos, "");
    usleep(500000); /* our loop stands still meanwhile */
    ioc_span start = ioc_clock_steady();
    while (!has_all(world, 1, 300) && ioc_clock_steady() - start < 40 * IOC_SECOND)
        run_for(world, 20 * IOC_MILLISECOND);
    run_for(world, 2 * IOC_SECOND);
    expect_all(world, 1, 300, qos == 2);
    close_link(&link);
    expect_nothing_left(world, &broker, qos, options);
    world_free(world);
    mqtt_broker_end(&broker);
}

static void a_full_inbox_loses_no_qos_1(void **state)
{
    full_inbox_loses_nothing(1, "");
}

static void a_full_inbox_loses_no_qos_2_over_mqtt_5(void **state)
{
    full_inbox_loses_nothing(2, "");
}

static void a_full_inbox_loses_no_qos_2_over_mqtt_3(void **state)
{
    full_inbox_loses_nothing(2, "version: 3.1.1");
}

static void a_full_inbox_drops_qos_0_and_counts(void **state)
{
    struct mqtt_broker broker = {0};
    struct link link;
    struct world *world = world_new_sized(ROUTE, 8 * 1024);
    uint64_t messages, dead, dropped;
    ioc_time last;
    mqtt_broker_prepare(&broker);
    mqtt_broker_start(&broker, "allow_anonymous true\n");
    open_link(&link, world, &broker, 0, "");
    wait_up(&link);
    publish(&broker, 1, 300, 0, "");
    usleep(500000);
    run_for(world, 500 * IOC_MILLISECOND);
    ioc_intake_counts(world->intake, 3, &messages, &dead, &dropped, &last);
    assert_true(dropped > 0);
    assert_int_equal(messages + dropped, 300);
    assert_int_equal(world->seen_count, messages);
    assert_int_equal(link.kind->state(link.source), IOC_SOURCE_UP);
    close_link(&link);
    world_free(world);
    mqtt_broker_end(&broker);
}

static void make_certificates(const struct mqtt_broker *broker)
{
    assert_int_equal(mqtt_broker_shell(broker,
        "set -e; for ca in city other; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj /CN=$ca-ca -keyout $ca.key -out $ca.pem; done; "
        "printf 'subjectAltName=IP:127.0.0.1' > san; printf 'subjectAltName=DNS:elsewhere' > elsewhere; "
        "for who in broker wrong ioc; do openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$who "
        "-keyout $who.key -out $who.csr; done; "
        "openssl x509 -req -in broker.csr -CA city.pem -CAkey city.key -CAcreateserial -days 2 -extfile san -out broker.pem; "
        "openssl x509 -req -in wrong.csr -CA city.pem -CAkey city.key -CAcreateserial -days 2 -extfile elsewhere -out wrong.pem; "
        "openssl x509 -req -in ioc.csr -CA city.pem -CAkey city.key -CAcreateserial -days 2 -out ioc.pem; chmod 600 *.key"),
        0);
}

static void stays_out(struct world *world, const struct mqtt_broker *broker, const char *options)
{
    struct link link;
    open_link(&link, world, broker, 1, options);
    run_for(world, 1500 * IOC_MILLISECOND);
    assert_int_not_equal(link.kind->state(link.source), IOC_SOURCE_UP);
    close_link(&link);
}

static void tls_admits_only_who_has_the_right_certificates(void **state)
{
    struct mqtt_broker broker = {0};
    struct link link;
    struct world *world = world_new(ROUTE);
    char config[600], options[600];
    mqtt_broker_prepare(&broker);
    make_certificates(&broker);
    const char *d = broker.directory;
    snprintf(config, sizeof config,
        "allow_anonymous true\ncafile %s/city.pem\ncertfile %s/broker.pem\nkeyfile %s/broker.key\nrequire_certificate true\n", d, d, d);
    mqtt_broker_start(&broker, config);
    snprintf(options, sizeof options, "ca: %s/city.pem\ncertificate: %s/ioc.pem\nkey: %s/ioc.key\n", d, d, d);
    open_link(&link, world, &broker, 1, options);
    wait_up(&link);
    char tls[300];
    snprintf(tls, sizeof tls, "--cafile %s/city.pem --cert %s/ioc.pem --key %s/ioc.key", d, d, d);
    publish(&broker, 1, 100, 1, tls);
    wait_seen(world, 100);
    run_for(world, 200 * IOC_MILLISECOND);
    close_link(&link);
    expect_nothing_left(world, &broker, 1, options); /* acknowledgements went through TLS too */
    snprintf(options, sizeof options, "ca: %s/other.pem\ncertificate: %s/ioc.pem\nkey: %s/ioc.key\n", d, d, d);
    stays_out(world, &broker, options);
    snprintf(options, sizeof options, "ca: %s/city.pem\n", d);
    stays_out(world, &broker, options); /* the broker wants a certificate */
    mqtt_broker_stop(&broker, SIGTERM);
    snprintf(config, sizeof config, "allow_anonymous true\ncertfile %s/wrong.pem\nkeyfile %s/wrong.key\n", d, d);
    mqtt_broker_start(&broker, config);
    snprintf(options, sizeof options, "ca: %s/city.pem\n", d);
    stays_out(world, &broker, options); /* a certificate of another host */
    snprintf(options, sizeof options, "ca: %s/city.pem\nverify: false\n", d);
    open_link(&link, world, &broker, 1, options);
    wait_up(&link);
    close_link(&link);
    world_free(world);
    mqtt_broker_end(&broker);
}

static void a_password_opens_the_broker_and_a_wrong_one_does_not(void **state)
{
    struct mqtt_broker broker = {0};
    struct link link;
    struct world *world = world_new(ROUTE);
    char config[300], options[300];
    mqtt_broker_prepare(&broker);
    const char *d = broker.directory;
    assert_int_equal(mqtt_broker_shell(&broker, "mosquitto_passwd -b -c users ioc 'tide & moon' && printf 'tide & moon\\n' > good && "
                                                "printf wrong > bad && chmod 600 good bad users"), 0);
    snprintf(config, sizeof config, "allow_anonymous false\npassword_file %s/users\n", d);
    mqtt_broker_start(&broker, config);
    for (int version = 0; version < 2; version++) {
        snprintf(options, sizeof options, "version: %s\nusername: ioc\npassword: {file: %s/good}\n", version ? "5" : "3.1.1", d);
        open_link(&link, world, &broker, 1, options);
        wait_up(&link);
        close_link(&link);
        snprintf(options, sizeof options, "version: %s\nusername: ioc\npassword: {file: %s/bad}\n", version ? "5" : "3.1.1", d);
        stays_out(world, &broker, options);
    }
    world_free(world);
    mqtt_broker_end(&broker);
}

static void two_sources_in_one_engine_keep_their_acknowledgements_apart(void **state)
{
    struct mqtt_broker brokers[2] = {{0}, {0}};
    struct link links[2];
    struct world *worlds[2];
    for (int i = 0; i < 2; i++) {
        worlds[i] = world_new(ROUTE);
        worlds[i]->holds_acks = i == 0; /* one engine stalls, the other goes on */
        mqtt_broker_prepare(&brokers[i]);
        mqtt_broker_start(&brokers[i], "allow_anonymous true\nmax_inflight_messages 10\n");
        open_link_as(&links[i], worlds[i], &brokers[i], "gauges", 1, "receive_maximum: 10");
        wait_up(&links[i]);
        publish(&brokers[i], 1, 100, 1, "");
    }
    wait_seen(worlds[1], 100);
    wait_seen(worlds[0], 10);
    run_for(worlds[0], 300 * IOC_MILLISECOND);
    assert_int_equal(worlds[0]->seen_count, 10);
    for (int i = 0; i < 2; i++) {
        close_link(&links[i]);
        world_free(worlds[i]);
        mqtt_broker_end(&brokers[i]);
    }
}

static void long_and_short_messages_pass_the_read_buffer_whole(void **state)
{
    struct mqtt_broker broker = {0};
    struct link link;
    struct world *world = world_new("- topic: city/#\n  stream: street_depth\n  fields: {station: /s, depth_cm: /n, observed_at: /t}\n");
    mqtt_broker_prepare(&broker);
    mqtt_broker_start(&broker, "allow_anonymous true\n");
    open_link(&link, world, &broker, 1, "");
    wait_up(&link);
    /* Message n: a text of known length and letters, which the decoder checks by parsing all of it. */
    assert_int_equal(mqtt_broker_shell(&broker,
        "awk 'BEGIN{for(n=0;n<400;n++){k=(n*n*37)%%4000;if(n%%50==7)k=180000+n*13;s=\"\";c=substr(\"abcdefghij\",n%%10+1,1);"
        "while(length(s)<k)s=s c c c c c c c c;printf \"{\\\"t\\\":%%d,\\\"n\\\":1,\\\"pad\\\":\\\"%%s\\\",\\\"s\\\":\\\"S%%d\\\"}\\n\",n,s,n}}' | "
        "mosquitto_pub -h 127.0.0.1 -p %d -t city/x -q 1 -l", broker.port), 0);
    wait_seen(world, 400);
    for (uint32_t i = 0; i < 400; i++)
        assert_int_equal(number_of(world, i), i);
    uint64_t messages, dead, dropped;
    ioc_time last;
    ioc_intake_counts(world->intake, 3, &messages, &dead, &dropped, &last);
    assert_int_equal(dead, 0);
    close_link(&link);
    world_free(world);
    mqtt_broker_end(&broker);
}

static void wrong_options_are_told_at_load(void **state)
{
    static const struct {
        const char *yaml, *code;
    } wrong[] = {
        {"url: mqtt://ioc@127.0.0.1", "secret-in-url"},
        {"url: http://127.0.0.1", "bad-url"},
        {"url: mqtt://", "bad-url"},
        {"url: mqtt://host:99999", "bad-url"},
        {"url: mqtt://host:x", "bad-url"},
        {"url: mqtt://host/topic", "bad-url"},
        {"url: mqtt://127.0.0.1\nca: /etc/hostname", "tls-without-mqtts"},
        {"url: mqtts://127.0.0.1\ncertificate: /etc/hostname", "half-a-certificate"},
    };
    struct world *world = world_new(ROUTE);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct link link;
        struct ioc_error err = {0};
        assert_int_not_equal(try_link(&link, world, "gauges", 1, wrong[i].yaml, &err), IOC_OK);
        if (strcmp(err.code, wrong[i].code) != 0)
            fail_msg("%s: %s", wrong[i].yaml, err.code);
        assert_null(strstr(err.text, "secret"));
    }
    struct link link;
    struct ioc_error err = {0};
    assert_int_not_equal(try_link(&link, world, "gauges", 1, "url: mqtts://127.0.0.1\nca: /nowhere.pem", &err), IOC_OK);
    world_free(world);
}

static MQTTAsync idle;

/* With its last client paho ends its threads, which takes a second each time. */
static int keep_paho_alive(void **state)
{
    return MQTTAsync_create(&idle, "tcp://127.0.0.1:1", "idle", MQTTCLIENT_PERSISTENCE_NONE, NULL);
}

static int let_paho_go(void **state)
{
    MQTTAsync_destroy(&idle);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return hold_and_die(atoi(argv[1]), argv[2]);
    if (argc == 2) /* some of them */
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_is_the_one_whose_insides_we_know),
        cmocka_unit_test(messages_come_over_mqtt_5),
        cmocka_unit_test(messages_come_over_mqtt_3),
        cmocka_unit_test(the_broker_waits_for_our_acknowledgements_on_mqtt_5),
        cmocka_unit_test(the_broker_waits_for_our_acknowledgements_on_mqtt_3),
        cmocka_unit_test(what_was_not_safe_comes_again_on_mqtt_5),
        cmocka_unit_test(what_was_not_safe_comes_again_on_mqtt_3),
        cmocka_unit_test(a_broker_that_was_killed_is_found_again),
        cmocka_unit_test(qos_2_comes_exactly_once_over_mqtt_5),
        cmocka_unit_test(qos_2_comes_exactly_once_over_mqtt_3),
        cmocka_unit_test(a_full_inbox_loses_no_qos_1),
        cmocka_unit_test(a_full_inbox_loses_no_qos_2_over_mqtt_5),
        cmocka_unit_test(a_full_inbox_loses_no_qos_2_over_mqtt_3),
        cmocka_unit_test(a_full_inbox_drops_qos_0_and_counts),
        cmocka_unit_test(tls_admits_only_who_has_the_right_certificates),
        cmocka_unit_test(a_password_opens_the_broker_and_a_wrong_one_does_not),
        cmocka_unit_test(two_sources_in_one_engine_keep_their_acknowledgements_apart),
        cmocka_unit_test(long_and_short_messages_pass_the_read_buffer_whole),
        cmocka_unit_test(wrong_options_are_told_at_load),
    };
    return cmocka_run_group_tests(tests, keep_paho_alive, let_paho_go);
}
