/* tests/ingest/test_mqtt.c — a real broker: what comes, who may connect, what a city file may say.
 * */
#include "tests/ingest/link.h"

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
    assert_int_equal(mqtt_broker_shell(broker,
                         "mosquitto_pub -h 127.0.0.1 -p %d -t city/depth -r -n", broker->port),
        0);
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

static void make_certificates(const struct mqtt_broker *broker)
{
    assert_int_equal(
        mqtt_broker_shell(broker, "set -e; for ca in city other; do openssl req -x509 -newkey ec "
                                  "-pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                                  "-subj /CN=$ca-ca -keyout $ca.key -out $ca.pem; done; "
                                  "printf 'subjectAltName=IP:127.0.0.1' > san; printf "
                                  "'subjectAltName=DNS:elsewhere' > elsewhere; "
                                  "for who in broker wrong ioc; do openssl req -newkey ec -pkeyopt "
                                  "ec_paramgen_curve:P-256 -nodes -subj /CN=$who "
                                  "-keyout $who.key -out $who.csr; done; "
                                  "openssl x509 -req -in broker.csr -CA city.pem -CAkey city.key "
                                  "-CAcreateserial -days 2 -extfile san -out broker.pem; "
                                  "openssl x509 -req -in wrong.csr -CA city.pem -CAkey city.key "
                                  "-CAcreateserial -days 2 -extfile elsewhere -out wrong.pem; "
                                  "openssl x509 -req -in ioc.csr -CA city.pem -CAkey city.key "
                                  "-CAcreateserial -days 2 -out ioc.pem; chmod 600 *.key"),
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
        "allow_anonymous true\ncafile %s/city.pem\ncertfile %s/broker.pem\nkeyfile "
        "%s/broker.key\nrequire_certificate true\n",
        d, d, d);
    mqtt_broker_start(&broker, config);
    snprintf(options, sizeof options, "ca: %s/city.pem\ncertificate: %s/ioc.pem\nkey: %s/ioc.key\n",
        d, d, d);
    open_link(&link, world, &broker, 1, options);
    wait_up(&link);
    char tls[300];
    snprintf(tls, sizeof tls, "--cafile %s/city.pem --cert %s/ioc.pem --key %s/ioc.key", d, d, d);
    publish(&broker, 1, 100, 1, tls);
    wait_seen(world, 100);
    run_for(world, 200 * IOC_MILLISECOND);
    close_link(&link);
    expect_nothing_left(world, &broker, 1, options); /* acknowledgements went through TLS too */
    snprintf(options, sizeof options,
        "ca: %s/other.pem\ncertificate: %s/ioc.pem\nkey: %s/ioc.key\n", d, d, d);
    stays_out(world, &broker, options);
    snprintf(options, sizeof options, "ca: %s/city.pem\n", d);
    stays_out(world, &broker, options); /* the broker wants a certificate */
    mqtt_broker_stop(&broker, SIGTERM);
    snprintf(config, sizeof config,
        "allow_anonymous true\ncertfile %s/wrong.pem\nkeyfile %s/wrong.key\n", d, d);
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
    assert_int_equal(
        mqtt_broker_shell(&broker,
            "mosquitto_passwd -b -c users ioc 'tide & moon' && printf 'tide & moon\\n' > good && "
            "printf wrong > bad && chmod 600 good bad users"),
        0);
    snprintf(config, sizeof config, "allow_anonymous false\npassword_file %s/users\n", d);
    mqtt_broker_start(&broker, config);
    for (int version = 0; version < 2; version++) {
        snprintf(options, sizeof options, "version: %s\nusername: ioc\npassword: {file: %s/good}\n",
            version ? "5" : "3.1.1", d);
        open_link(&link, world, &broker, 1, options);
        wait_up(&link);
        close_link(&link);
        snprintf(options, sizeof options, "version: %s\nusername: ioc\npassword: {file: %s/bad}\n",
            version ? "5" : "3.1.1", d);
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
    struct world *world = world_new("- topic: city/#\n  stream: street_depth\n  fields: {station: "
                                    "/s, depth_cm: /n, observed_at: /t}\n");
    mqtt_broker_prepare(&broker);
    mqtt_broker_start(&broker, "allow_anonymous true\n");
    open_link(&link, world, &broker, 1, "");
    wait_up(&link);
    /* Message n: a text of known length and letters, which the decoder checks by parsing all of it. */
    assert_int_equal(mqtt_broker_shell(&broker,
                         "awk "
                         "'BEGIN{for(n=0;n<400;n++){k=(n*n*37)%%4000;if(n%%50==7)k=180000+n*13;s="
                         "\"\";c=substr(\"abcdefghij\",n%%10+1,1);"
                         "while(length(s)<k)s=s c c c c c c c c;printf "
                         "\"{\\\"t\\\":%%d,\\\"n\\\":1,\\\"pad\\\":\\\"%%s\\\",\\\"s\\\":\\\"S%%"
                         "d\\\"}\\n\",n,s,n}}' | "
                         "mosquitto_pub -h 127.0.0.1 -p %d -t city/x -q 1 -l",
                         broker.port),
        0);
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
    assert_int_not_equal(
        try_link(&link, world, "gauges", 1, "url: mqtts://127.0.0.1\nca: /nowhere.pem", &err),
        IOC_OK);
    world_free(world);
}

int main(int argc, char **argv)
{
    if (argc == 2) /* some of them */
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_is_the_one_whose_insides_we_know),
        cmocka_unit_test(messages_come_over_mqtt_5),
        cmocka_unit_test(messages_come_over_mqtt_3),
        cmocka_unit_test(tls_admits_only_who_has_the_right_certificates),
        cmocka_unit_test(a_password_opens_the_broker_and_a_wrong_one_does_not),
        cmocka_unit_test(two_sources_in_one_engine_keep_their_acknowledgements_apart),
        cmocka_unit_test(long_and_short_messages_pass_the_read_buffer_whole),
        cmocka_unit_test(wrong_options_are_told_at_load),
    };
    return cmocka_run_group_tests(tests, keep_paho_alive, let_paho_go);
}
