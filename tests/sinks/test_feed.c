/*
 * tests/sinks/test_feed.c — what a browser gets from the stream, while Redis lives, dies and comes back.
 */
#include "core/metric.h"
#include "sinks/wall/client.h"
#include "tests/sinks/wallworld.h"
#include <jansson.h>

static int set_up(void **state)
{
    struct world *world = world_new();
    *state = world;
    world_fill(world, WORLD_EPOCH);
    world_start_gateway(world);
    world_login(world);
    return 0;
}

static int tear_down(void **state)
{
    world_free(*state);
    return 0;
}

static json_t *parse(const struct event *event)
{
    json_t *json = json_loads(event->data ? event->data : "", 0, NULL);
    if (!json)
        fail_msg("event '%s' is not JSON: %s", event->name, event->data);
    return json;
}

static void assert_id(const struct event *event, const char *epoch, const char *entry)
{
    char id[160];
    snprintf(id, sizeof id, "%s/%s", epoch, entry);
    assert_string_equal(event->id, id);
}

static void assert_same(json_t *json, const char *name, const char *expected)
{
    char *text = json_dumps(json_object_get(json, name), JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(text, expected);
    free(text);
}

static void a_new_browser_gets_a_snapshot_and_then_deltas(void **state)
{
    struct world *world = *state;
    char id[64];
    struct follower follower = world_follow(world, NULL);
    struct event event = follower_await(&follower, "retry", NULL);
    event_done(&event);
    event = follower_await(&follower, "snapshot", "delta");
    json_t *json = parse(&event);
    assert_same(json, "schema", "1");
    assert_same(json, "epoch", "\"" WORLD_EPOCH "\"");
    assert_same(json, "reg_etag", "\"e1\"");
    assert_int_equal(json_array_size(json_object_get(json, "r")), 2);
    assert_same(json, "e", "[[0,3,12.5,1790000000000,0],[1,0,null,1790000000001,3]]");
    assert_same(json, "a",
        "[{\"id\":\"" WORLD_ALERT "\",\"seq\":3,\"state\":\"UNACK\",\"onset\":1790000000000}]");
    assert_same(json, "c", "{\"unack\":[0,0,0,1,0],\"t\":1790000000000}");
    assert_same(
        json, "areas", "{\"760\":{\"unack\":1,\"active\":1,\"worst\":3,\"t\":1790000000000}}");
    assert_null(json_object_get(json, "more"));
    json_decref(json);
    event_done(&event);
    for (int i = 0; i < 20; i++) {
        char delta[64];
        snprintf(delta, sizeof delta, "{\"e\":[[1,%d,1,1,0]]}", i % 5);
        world_delta(world, WORLD_EPOCH, delta, id);
        event = follower_await(&follower, "delta", "snapshot");
        assert_string_equal(event.data, delta);
        assert_id(&event, WORLD_EPOCH, id);
        event_done(&event);
    }
    follower_done(&follower);
}

static void five_thousand_devices_are_all_in_the_snapshot(void **state)
{
    struct world *world = *state;
    for (int i = 2; i < 5000; i++) {
        char id[32], item[128];
        snprintf(id, sizeof id, "n:%d", i);
        snprintf(item, sizeof item, "{\"i\":%d,\"id\":\"%s\"}", i, id);
        redisAppendCommand(world->admin, "HSET ioc:{t}:reg %s %s", id, item);
        redisAppendCommand(world->admin, "HSET ioc:{t}:e:%s i %d s 1 v %d t 5 q good", id, i, i);
    }
    for (int i = 2; i < 5000; i++) {
        redisReply *reply;
        for (int k = 0; k < 2; k++) {
            assert_int_equal(redisGetReply(world->admin, (void **)&reply), REDIS_OK);
            freeReplyObject(reply);
        }
    }
    struct follower follower = world_follow(world, NULL);
    struct event event = follower_await(&follower, "snapshot", NULL);
    json_t *json = parse(&event), *row;
    bool *seen = calloc(5000, 1);
    size_t at;
    assert_int_equal(json_array_size(json_object_get(json, "r")), 5000);
    json_array_foreach(json_object_get(json, "e"), at, row)
    {
        json_int_t index = json_integer_value(json_array_get(row, 0));
        assert_in_range(index, 0, 4999);
        seen[index] = true;
        if (index >= 2)
            assert_true(json_number_value(json_array_get(row, 2)) == (double)index);
    }
    for (int i = 0; i < 5000; i++)
        assert_true(seen[i]);
    free(seen);
    json_decref(json);
    event_done(&event);
    follower_done(&follower);
}

static void a_reading_of_another_epochs_index_is_not_in_the_snapshot(void **state)
{
    struct world *world = *state;
    world_do(world, "HSET ioc:{t}:e:s:1 i 77 s 4 v 1 t 1 q 0");
    world_do(world, "HSET ioc:{t}:reg s:9 %s", "no json");
    struct follower follower = world_follow(world, NULL);
    struct event event = follower_await(&follower, "snapshot", NULL);
    json_t *json = parse(&event);
    assert_same(json, "e", "[[1,0,null,1790000000001,3]]");
    assert_int_equal(json_array_size(json_object_get(json, "r")), 2);
    json_decref(json);
    event_done(&event);
    follower_done(&follower);
}

static void follow_to_snapshot(struct world *world, struct follower *follower, char id[128])
{
    *follower = world_follow(world, NULL);
    struct event event = follower_await(follower, "snapshot", NULL);
    snprintf(id, 128, "%s", event.id);
    event_done(&event);
}

/* Sends `count` deltas and checks that a browser with that id gets exactly these, in order. */
static void assert_resumes(struct world *world, const char *last, char (*ids)[64], int count)
{
    struct follower follower = world_follow(world, last);
    for (int i = 0; i < count; i++) {
        struct event event = follower_await(&follower, "delta", "snapshot");
        assert_id(&event, WORLD_EPOCH, ids[i]);
        event_done(&event);
    }
    follower_done(&follower);
}

static void a_browser_that_was_away_gets_what_it_missed(void **state)
{
    struct world *world = *state;
    struct follower follower;
    char last[128], ids[30][64];
    follow_to_snapshot(world, &follower, last);
    follower_done(&follower);
    for (int i = 0; i < 30; i++)
        world_delta(world, WORLD_EPOCH, "{\"e\":[]}", ids[i]);
    assert_resumes(world, last, ids, 30);
    char tenth[128];
    snprintf(tenth, sizeof tenth, "%s/%s", WORLD_EPOCH, ids[9]);
    assert_resumes(world, tenth, ids + 10, 20);
}

static void a_restarted_gateway_reads_back_what_browsers_missed(void **state)
{
    struct world *world = *state;
    struct follower follower;
    char last[128], ids[40][64];
    follow_to_snapshot(world, &follower, last);
    follower_done(&follower);
    for (int i = 0; i < 40; i++)
        world_delta(world, WORLD_EPOCH, "{\"e\":[]}", ids[i]);
    world_stop_gateway(world);
    world_start_gateway(world);
    world_login(world);
    int64_t before = ioc_metric_sum("ioc_wall_resumed_total");
    for (int browser = 0; browser < 8; browser++)
        assert_resumes(world, last, ids, 40);
    assert_int_equal(ioc_metric_sum("ioc_wall_resumed_total") - before, 8);
}

static void a_browser_of_another_life_of_the_state_gets_a_snapshot(void **state)
{
    struct world *world = *state;
    static const char *const ids[] = {"bbbb/1-1", WORLD_EPOCH "/1-1",
        WORLD_EPOCH "/99999999999999-0", WORLD_EPOCH "/x", WORLD_EPOCH, "/",
        "99999999999999999999999-1", "\xff/\xff"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct follower follower = world_follow(world, ids[i]);
        struct event event = follower_await(&follower, "snapshot", "delta");
        event_done(&event);
        follower_done(&follower);
    }
}

static void redis_killed_and_back_from_its_log_means_stale_and_then_deltas(void **state)
{
    struct world *world = *state;
    struct follower follower;
    char last[128], id[64];
    follow_to_snapshot(world, &follower, last);
    world_end_redis(world);
    struct event event = follower_await(&follower, "stale", "snapshot");
    json_t *json = parse(&event);
    assert_true(json_integer_value(json_object_get(json, "since")) > 1700000000000);
    json_decref(json);
    event_done(&event);
    event = follower_await(&follower, "health", "snapshot");
    assert_non_null(strstr(event.data, "\"redis\":\"down\""));
    event_done(&event);
    assert_int_equal(world_status(world, "GET", "/healthz", "", ""), 503);
    world_start_redis(world);
    event = follower_await(
        &follower, "delta", "snapshot"); /* ends stale, although nothing was missed */
    assert_string_equal(event.data, "{}");
    assert_string_equal(event.id, "");
    event_done(&event);
    world_delta(world, WORLD_EPOCH, "{\"e\":[[1,1,1,1,0]]}", id);
    event = follower_await(&follower, "delta", "snapshot");
    assert_id(&event, WORLD_EPOCH, id);
    event_done(&event);
    follower_done(&follower);
    assert_int_equal(world_status(world, "GET", "/healthz", "", ""), 200);
}

static void redis_back_empty_means_stale_until_a_new_epoch_brings_a_snapshot(void **state)
{
    struct world *world = *state;
    struct follower follower;
    char last[128];
    follow_to_snapshot(world, &follower, last);
    world_end_redis_empty(world);
    world_start_redis(world);
    struct event event = follower_await(&follower, "stale", "snapshot");
    event_done(&event);
    world_fill(world, "bbbb000011112222");
    event = follower_await(&follower, "snapshot", "delta");
    json_t *json = parse(&event);
    assert_same(json, "epoch", "\"bbbb000011112222\"");
    json_decref(json);
    event_done(&event);
    follower_done(&follower);
}

static void a_stream_emptied_behind_our_back_brings_a_snapshot(void **state)
{
    struct world *world = *state;
    struct follower follower;
    char last[128];
    follow_to_snapshot(world, &follower, last);
    world_do(world, "FLUSHALL");
    world_fill(world, WORLD_EPOCH); /* the same epoch, but our entry is gone */
    world_do(world, "XTRIM ioc:{t}:delta MAXLEN 0");
    struct event event = follower_await(&follower, "snapshot", NULL);
    event_done(&event);
    follower_done(&follower);
}

static void an_entry_of_a_new_epoch_brings_a_snapshot_before_its_deltas(void **state)
{
    struct world *world = *state;
    struct follower follower;
    char last[128], id[64];
    follow_to_snapshot(world, &follower, last);
    world_do(world, "HSET ioc:{t}:meta epoch cccc000011112222");
    world_delta(world, "cccc000011112222", "{\"e\":[[0,1,1,1,0]]}", id);
    struct event event = follower_await(&follower, "snapshot", "delta");
    assert_memory_equal(event.id, "cccc000011112222/", 17);
    event_done(&event);
    world_delta(world, "cccc000011112222", "{\"e\":[[0,2,1,1,0]]}", id);
    do {
        event = follower_await(&follower, "delta", "snapshot");
        bool is_last = strstr(event.id, id) != NULL;
        event_done(&event);
        if (is_last)
            break;
    } while (true);
    follower_done(&follower);
}

static void a_delta_cannot_end_its_own_event(void **state)
{
    struct world *world = *state;
    struct follower follower;
    char last[128], id[64];
    follow_to_snapshot(world, &follower, last);
    world_delta(world, WORLD_EPOCH, "{\"e\":[]\n\n,\r\n\"x\":1}", id);
    struct event event = follower_await(&follower, "delta", "snapshot");
    json_t *json = parse(&event);
    assert_same(json, "x", "1");
    json_decref(json);
    event_done(&event);
    follower_done(&follower);
}

static void an_unsound_delta_is_passed_over_and_counted(void **state)
{
    struct world *world = *state;
    struct follower follower;
    char last[128], id[64];
    int64_t before = ioc_metric_sum("ioc_wall_bad_total");
    follow_to_snapshot(world, &follower, last);
    world_delta(world, WORLD_EPOCH, "{\"e\":[", NULL);
    world_delta(world, "evil\nepoch", "{}", NULL);
    world_do(world, "XADD ioc:{t}:delta * x y");
    world_delta(world, WORLD_EPOCH, "{\"e\":[]}", id);
    struct event event = follower_await(&follower, "delta", "snapshot");
    assert_id(&event, WORLD_EPOCH, id);
    event_done(&event);
    assert_int_equal(ioc_metric_sum("ioc_wall_bad_total") - before, 3);
    follower_done(&follower);
}

static void a_slow_browser_gets_a_snapshot_and_no_backlog(void **state)
{
    struct world *world = *state;
    struct follower follower;
    char last[128], id[64];
    follow_to_snapshot(world, &follower, last);
    int64_t before = ioc_metric_sum("ioc_wall_slow_total"),
            frames = ioc_metric_sum("ioc_wall_frames_total");
    char *delta = malloc(64 * 1024);
    int n = sprintf(delta, "{\"x\":\"");
    memset(delta + n, 'x', 60000);
    strcpy(delta + n + 60000, "\"}");
    for (int i = 0; i < 600; i++) /* 36 MB: more than the ring and all socket buffers */
        world_delta(world, WORLD_EPOCH, delta, id);
    for (int i = 0; i < 1000 && ioc_metric_sum("ioc_wall_frames_total") - frames < 600; i++)
        usleep(10 * 1000); /* the gateway has read them all, the browser has not */
    int deltas = 0, snapshots = 0;
    struct event event = {0};
    for (bool is_last = false; !is_last;) {
        if (!follower_next(&follower, 15000, &event))
            fail_msg("the last state never came: %d deltas, %d snapshots", deltas, snapshots);
        deltas += strcmp(event.name, "delta") == 0;
        snapshots += strcmp(event.name, "snapshot") == 0;
        is_last =
            strstr(event.id, id) != NULL; /* of the last delta, or of a snapshot that holds it */
        event_done(&event);
    }
    assert_int_equal(snapshots, 1);
    assert_in_range(deltas, 1, 599);
    assert_int_equal(ioc_metric_sum("ioc_wall_slow_total") - before, 1);
    free(delta);
    follower_done(&follower);
}

static void browsers_stuck_in_forgotten_frames_are_cut_before_memory_runs_out(void **state)
{
    struct world *world = *state;
    enum {
        STUCK = 26,
        BYTES = 7000000,
        RECEIVE = 8192
    }; /* more than the kernel takes for a client */
    struct follower fresh, stuck[STUCK];
    char last[128], id[64], *delta = malloc(BYTES + 64);
    follow_to_snapshot(world, &fresh, last);
    int64_t before = ioc_metric_sum("ioc_wall_cut_total");
    ioc_span start = ioc_clock_steady();
    world_do(world, "CONFIG SET appendonly no");
    int n = sprintf(delta, "{\"x\":\"");
    memset(delta + n, 'x', BYTES);
    strcpy(delta + n + BYTES, "\"}");
    for (int i = 0; i < STUCK; i++) {
        /* Each one begins where the last one was stuck, so each holds a frame of its own. */
        stuck[i] = world_follow_with(world, last, RECEIVE);
        struct event event = follower_await(&stuck[i], "retry", NULL);
        event_done(&event);
        world_delta(world, WORLD_EPOCH, delta, id);
        event = follower_await(&fresh, "delta", "snapshot");
        assert_id(&event, WORLD_EPOCH, id);
        snprintf(last, sizeof last, "%s", event.id);
        event_done(&event);
    }
    int64_t cut = ioc_metric_sum("ioc_wall_cut_total") - before;
    if (ioc_clock_steady() - start < IOC_CLIENT_TIMEOUT * IOC_SECOND)
        assert_in_range(cut, 1, STUCK - 2); /* those whose frame is in the ring stay */
    else
        print_message("too slow a machine: the browsers have been cut for taking nothing\n");
    for (int i = 0; i < STUCK; i++)
        follower_done(&stuck[i]);
    world_delta(world, WORLD_EPOCH, "{}", id);
    struct event event = follower_await(&fresh, "delta", "snapshot");
    assert_id(&event, WORLD_EPOCH, id);
    event_done(&event);
    follower_done(&fresh);
    free(delta);
}

static void health_tells_which_engines_beat_and_how_long_ago(void **state)
{
    struct world *world = *state;
    struct follower follower;
    struct event event;
    char last[128];
    int64_t age = -1;
    follow_to_snapshot(world, &follower, last);
    event = follower_await(&follower, "health", NULL);
    json_t *json = parse(&event);
    assert_int_equal(json_array_size(json_object_get(json, "engine")), 0);
    assert_same(json, "redis", "\"up\"");
    json_decref(json);
    event_done(&event);
    world_do(world, "HSET ioc:{t}:own 0:node n1 1:node n1 2:node n2 0:gen 1");
    world_do(world, "SET ioc:{t}:hb:n1 {\"node\":\"n1\",\"at\":%lld,\"ev_s\":7} PX 2500",
        (long long)(ioc_clock_now() / IOC_MILLISECOND));
    for (int i = 0; i < 10 && age < 0; i++) {
        event = follower_await(&follower, "health", NULL);
        json = parse(&event);
        json_t *engine = json_array_get(json_object_get(json, "engine"), 0);
        if (engine) {
            assert_int_equal(json_array_size(json_object_get(json, "engine")), 1);
            assert_same(engine, "node", "\"n1\"");
            assert_same(engine, "ev_s", "7");
            age = json_integer_value(json_object_get(engine, "age_ms"));
        }
        json_decref(json);
        event_done(&event);
    }
    assert_in_range(age, 0, 5000);
    bool is_gone = false;
    for (int i = 0; i < 10 && !is_gone; i++) {
        event = follower_await(&follower, "health", NULL);
        is_gone = strstr(event.data, "\"engine\":[]") != NULL;
        event_done(&event);
    }
    assert_true(is_gone);
    follower_done(&follower);
}

static void a_gateway_started_without_redis_says_stale_and_goes_on_by_itself(void **state)
{
    struct world *world = *state;
    world_stop_gateway(world);
    world_end_redis(world);
    world_start_gateway(world);
    world_login(world);
    struct follower follower = world_follow(world, NULL);
    struct event event = follower_await(&follower, "stale", "snapshot");
    event_done(&event);
    world_start_redis(world);
    event = follower_await(&follower, "snapshot", "delta");
    event_done(&event);
    follower_done(&follower);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_new_browser_gets_a_snapshot_and_then_deltas),
        TEST(five_thousand_devices_are_all_in_the_snapshot),
        TEST(a_reading_of_another_epochs_index_is_not_in_the_snapshot),
        TEST(a_browser_that_was_away_gets_what_it_missed),
        TEST(a_restarted_gateway_reads_back_what_browsers_missed),
        TEST(a_browser_of_another_life_of_the_state_gets_a_snapshot),
        TEST(redis_killed_and_back_from_its_log_means_stale_and_then_deltas),
        TEST(redis_back_empty_means_stale_until_a_new_epoch_brings_a_snapshot),
        TEST(a_stream_emptied_behind_our_back_brings_a_snapshot),
        TEST(an_entry_of_a_new_epoch_brings_a_snapshot_before_its_deltas),
        TEST(a_delta_cannot_end_its_own_event),
        TEST(an_unsound_delta_is_passed_over_and_counted),
        TEST(a_slow_browser_gets_a_snapshot_and_no_backlog),
        TEST(browsers_stuck_in_forgotten_frames_are_cut_before_memory_runs_out),
        TEST(health_tells_which_engines_beat_and_how_long_ago),
        TEST(a_gateway_started_without_redis_says_stale_and_goes_on_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
