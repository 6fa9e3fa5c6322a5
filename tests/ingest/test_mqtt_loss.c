/* tests/ingest/test_mqtt_loss.c — brokers and engines die: nothing is lost, nothing acknowledged
 * before it is safe. */
#include "tests/ingest/link.h"

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
    held_acknowledgements_stop(
        "receive_maximum: 10", "allow_anonymous true\nmax_inflight_messages 1000\n", 10);
}

static void the_broker_waits_for_our_acknowledgements_on_mqtt_3(void **state)
{
    held_acknowledgements_stop(
        "version: 3.1.1", "allow_anonymous true\nmax_inflight_messages 20\n", 20);
}

/* The other half of the next test, in a process of its own: takes messages, acknowledges half,
 * waits to be killed. */
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
    while (link.kind->state(link.source) == IOC_SOURCE_UP &&
           ioc_clock_steady() - start < 10 * IOC_SECOND)
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
    for (int i = 0; i < 2; i++) { /* twice: ten are out, all of it is repeated */
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

static void a_message_that_never_fits_is_dropped_and_does_not_block_the_others(void **state)
{
    struct mqtt_broker broker = {0};
    struct link link;
    struct world *world = world_new_sized(ROUTE, 8 * 1024);
    uint64_t messages, dead, dropped;
    ioc_time last;
    mqtt_broker_prepare(&broker);
    mqtt_broker_start(&broker, "allow_anonymous true\n");
    open_link(&link, world, &broker, 2, "version: 3.1.1");
    wait_up(&link);
    for (int qos = 0; qos <= 2; qos++)
        assert_int_equal(mqtt_broker_shell(&broker,
                             "head -c 20000 /dev/zero | tr '\\0' x | mosquitto_pub -h 127.0.0.1 "
                             "-p %d -t city/depth -q %d -s",
                             broker.port, qos),
            0);
    publish(&broker, 1, 10, 1, "");
    wait_seen(world, 10);
    run_for(world, 200 * IOC_MILLISECOND);
    ioc_intake_counts(world->intake, 3, &messages, &dead, &dropped, &last);
    assert_int_equal(dropped, 3);
    assert_int_equal(messages, 10);
    close_link(&link);
    expect_nothing_left(world, &broker, 2, "version: 3.1.1");
    world_free(world);
    mqtt_broker_end(&broker);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return hold_and_die(atoi(argv[1]), argv[2]);
    if (argc == 2) /* some of them */
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
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
        cmocka_unit_test(a_message_that_never_fits_is_dropped_and_does_not_block_the_others),
    };
    return cmocka_run_group_tests(tests, keep_paho_alive, let_paho_go);
}
