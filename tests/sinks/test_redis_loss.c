/*
 * tests/sinks/test_redis_loss.c — what Redis may forget or repeat, and what an engine may not: each transition stands
 * in the history once, whoever was killed, emptied, rolled back or replaced.
 */
#include "sinks/batch.h"
#include "sinks/wire.h"
#include "tests/sinks/redis_engine.h"

/* A flush by hand, as another engine or an older one would send it. */
static char *apply_by_hand(const char *epoch, uint64_t flush, uint64_t gen, uint64_t off,
    const struct ioc_transition *transition)
{
    struct ioc_batch batch = {0};
    struct ioc_buffer json = {0};
    struct ioc_batch_part parts[IOC_PARTITIONS] = {0};
    parts[transition->partition] = (struct ioc_batch_part){gen, off};
    struct ioc_batch_head head = {.prefix = IOC_TEXT("ioc:{hcm}:"),
        .epoch = ioc_text_of(epoch),
        .node = IOC_TEXT("node-a"),
        .flush = flush,
        .partitions = (uint64_t)1 << transition->partition,
        .parts = parts};
    ioc_wire_transition(
        transition, &json, ioc_batch_begin(&batch, transition->partition, IOC_WIRE_TRANSITION));
    ioc_batch_seal(&batch, &head);
    redisAppendFormattedCommand(redis, batch.resp.data, batch.resp.length);
    redisReply *reply = NULL;
    redisGetReply(redis, (void **)&reply);
    static char text[256];
    snprintf(text, sizeof text, "%s", reply->str);
    freeReplyObject(reply);
    ioc_batch_done(&batch);
    ioc_buffer_done(&json);
    return text;
}

static void replayed_flush_is_known_and_other_borders_add_nothing(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    struct ioc_transition raised = raise_alert(&engine, 1);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 1);
    char epoch[32];
    snprintf(epoch, sizeof epoch, "%s", ask("HGET ioc:{hcm}:meta epoch"));
    uint64_t gen = strtoull(ask("HGET ioc:{hcm}:own %u:gen", raised.partition), NULL, 10);
    uint64_t flush = strtoull(ask("HGET ioc:{hcm}:own flush:node-a"), NULL, 10);
    assert_true(gen > 0 && flush > 0);
    assert_string_equal(apply_by_hand(epoch, flush, gen, 1, &raised), "DUP");
    assert_string_equal(apply_by_hand(epoch, 1, gen, 1, &raised), "DUP");
    /* After a rollback of the engine: the same transition within a later flush. */
    assert_string_equal(apply_by_hand(epoch, flush + 1, gen, 7, &raised), "OK");
    assert_string_equal(ask("HGET ioc:{hcm}:own %u:off", raised.partition), "7");
    assert_int_equal(count_in_history(&raised), 1);
    raised.seq = 2;
    assert_string_equal(apply_by_hand("0123456789abcdef", flush + 2, gen, 8, &raised), "LOST");
    assert_string_equal(apply_by_hand(epoch, flush + 2, gen + 1, 8, &raised), "LOST");
    assert_string_equal(apply_by_hand(epoch, flush + 2, gen - 1, 8, &raised), "FENCED");
    assert_string_equal(ask("XLEN ioc:{hcm}:alerts"), "1");
    assert_string_equal(ask("HGET ioc:{hcm}:a:%s seq", raised.id.text), "1");
    raised.to = IOC_ALERT_ACKNOWLEDGED;
    assert_string_equal(apply_by_hand(epoch, flush + 2, gen, 8, &raised), "OK");
    assert_string_equal(ask("XLEN ioc:{hcm}:alerts"), "2");
    raised.seq = 1;
    raised.to = IOC_ALERT_UNACKNOWLEDGED;
    assert_string_equal(apply_by_hand(epoch, flush + 3, gen, 9, &raised), "OK");
    assert_string_equal(
        ask("HMGET ioc:{hcm}:a:%s seq state", raised.id.text), "2 ACKED"); /* never backwards */
    assert_string_equal(ask("XLEN ioc:{hcm}:alerts"), "2");
    close_engine(&engine, IOC_SECOND);
}

static void second_engine_takes_over_and_the_first_writes_no_more(void **state)
{
    static struct engine first, second;
    open_plain(&first);
    raise_alert(&first, 1);
    wait_for_metric(&first, "ioc_sink_transitions_total", 1);
    open_plain(&second);
    wait_for_metric(&second, "ioc_sink_up", 1);
    struct ioc_transition late = raise_alert(&first, 2);
    wait_for_metric(&first, "ioc_sink_fenced", 1);
    assert_int_equal(metric(&first, "ioc_sink_up"), 0);
    raise_alert(&first, 3);
    turn(50);
    struct ioc_transition good = raise_alert(&second, 4);
    wait_for_metric(&second, "ioc_sink_transitions_total", 1);
    assert_int_equal(count_in_history(&late), 0);
    assert_int_equal(count_in_history(&good), 1);
    assert_int_equal(metric(&second, "ioc_sink_fenced"), 0);
    close_engine(&first, IOC_SECOND);
    close_engine(&second, IOC_SECOND);
}

static void idle_engine_learns_from_its_heartbeat_that_it_was_replaced(void **state)
{
    static struct engine first, second;
    open_plain(&first);
    wait_for_metric(&first, "ioc_sink_up", 1);
    open_plain(&second);
    wait_for_metric(&second, "ioc_sink_up", 1);
    wait_for_metric(&first, "ioc_sink_fenced", 1);
    close_engine(&first, IOC_SECOND);
    close_engine(&second, IOC_SECOND);
}

static void engine_that_starts_anew_ends_the_alerts_of_its_former_run(void **state)
{
    static struct engine first, second;
    open_plain(&first);
    struct ioc_transition raised[600],
        pending = make_transition(-1, 1, IOC_ALERT_NORMAL, IOC_ALERT_PENDING);
    for (int i = 0; i < 600; i++)
        raised[i] = raise_alert(&first, i);
    say(&first, &pending);
    struct ioc_entity gone = make_entity("level:gone", 1), stays = make_entity("level:stays", 1);
    tell(&first, &gone);
    tell(&first, &stays);
    wait_for_metric(&first, "ioc_sink_transitions_total", 601);
    wait_for_metric(&first, "ioc_sink_entities_total", 2);
    close_engine(&first, IOC_SECOND);
    char *former = strdup(ask("HGET ioc:{hcm}:meta epoch"));

    open_plain(&second);
    stays.value = 2;
    tell(&second, &stays);
    wait_for_metric(&second, "ioc_sink_entities_total", 1);
    for (int i = 0; i < 1000 && strcmp(ask("EXISTS ioc:{hcm}:old ioc:{hcm}:gone"), "0") != 0; i++)
        turn(2);
    assert_string_not_equal(ask("HGET ioc:{hcm}:meta epoch"), former);
    assert_string_equal(ask("EXISTS ioc:{hcm}:old ioc:{hcm}:gone ioc:{hcm}:active "
                            "ioc:{hcm}:pending ioc:{hcm}:reg:%s",
                            former),
        "0");
    assert_string_equal(ask("XLEN ioc:{hcm}:alerts"), "1202");
    struct ioc_transition ended = raised[17];
    ended.seq = 2;
    assert_int_equal(count_in_history(&ended), 1);
    char *body = ask("HGET ioc:{hcm}:a:%s json", ended.id.text);
    assert_non_null(strstr(body, "\"cause\":\"restart\""));
    assert_non_null(strstr(body, "\"state\":\"NORM\""));
    assert_non_null(strstr(body, "\"from\":\"UNACK\""));
    assert_string_equal(ask("HMGET ioc:{hcm}:a:%s state seq", ended.id.text), "NORM 2");
    assert_true(atoi(ask("TTL ioc:{hcm}:a:%s", ended.id.text)) > 600000);
    assert_string_equal(ask("EXISTS ioc:{hcm}:a:%s", pending.id.text), "0");
    assert_string_equal(ask("EXISTS ioc:{hcm}:e:level:gone ioc:{hcm}:c:q1"), "0");
    assert_string_equal(ask("HGET ioc:{hcm}:e:level:stays v"), "2");
    assert_string_equal(ask("HGET ioc:{hcm}:own 0:gen"), "2");
    assert_int_equal(second.restated, 0);
    free(former);
    close_engine(&second, IOC_SECOND);
}

static void redis_killed_and_started_again_has_each_transition_once(void **state)
{
    static struct engine engine;
    static struct ioc_transition said[400];
    open_plain(&engine);
    wait_for_metric(&engine, "ioc_sink_up", 1);
    char *epoch = strdup(ask("HGET ioc:{hcm}:meta epoch"));
    for (int i = 0; i < 400; i++) {
        if (i == 133)
            kill(server.pid, SIGSTOP); /* so that the flush is lost with the server */
        said[i] = raise_alert(&engine, i);
        if (i == 133 || i == 266) { /* in the middle of flushes */
            uv_run(&loop, UV_RUN_NOWAIT);
            redisFree(redis);
            redis_server_kill(&server);
            turn(20);
            redis_server_run(&server);
            redis = redis_server_connect(&server);
        } else if (i % 3 == 0) {
            uv_run(&loop, UV_RUN_NOWAIT);
        }
    }
    for (int i = 0; i < 5000 && atoi(ask("XLEN ioc:{hcm}:alerts")) < 400; i++)
        turn(2);
    turn(50);
    for (int i = 0; i < 400; i += 7)
        assert_int_equal(count_in_history(&said[i]), 1);
    assert_string_equal(ask("XLEN ioc:{hcm}:alerts"), "400");
    assert_string_equal(ask("ZCARD ioc:{hcm}:active"), "400");
    assert_string_equal(
        ask("HGET ioc:{hcm}:meta epoch"), epoch); /* nothing was lost: walls go on */
    assert_int_equal(engine.restated, 0);
    assert_int_equal(metric(&engine, "ioc_sink_lost_total"), 0);
    free(epoch);
    close_engine(&engine, IOC_SECOND);
}

static void wait_for_new_epoch(const char *former)
{
    for (int i = 0; i < 3000 && (strcmp(ask("HEXISTS ioc:{hcm}:meta epoch"), "1") != 0 ||
                                    strcmp(ask("HGET ioc:{hcm}:meta epoch"), former) == 0);
         i++)
        turn(2);
    assert_string_not_equal(ask("HGET ioc:{hcm}:meta epoch"), former);
}

static struct ioc_transition state_again(
    struct engine *engine, const struct ioc_transition *transition)
{
    struct ioc_transition again = *transition;
    again.is_restated = 1;
    again.from = again.to;
    ioc_sink_redis.transition(engine->sink, &again);
    return again;
}

static void emptied_redis_gets_a_new_epoch_and_everything_again(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    struct ioc_transition raised = raise_alert(&engine, 1),
                          acknowledged = go_on(&engine, &raised, IOC_ALERT_ACKNOWLEDGED);
    struct ioc_entity entity = make_entity("level:s1", 3);
    tell(&engine, &entity);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 2);
    wait_for_metric(&engine, "ioc_sink_entities_total", 1);
    char *former = strdup(ask("HGET ioc:{hcm}:meta epoch"));
    redisFree(redis);
    redis_server_kill(&server);
    redis_server_files(&server, "empty");
    turn(20);
    redis_server_run(&server);
    redis = redis_server_connect(&server);
    wait_for_new_epoch(former);
    for (int i = 0; i < 1000 && !engine.restated; i++)
        turn(1);
    assert_int_equal(engine.restated, 1);
    state_again(&engine, &acknowledged);
    tell(&engine, &entity);
    wait_for_metric(&engine, "ioc_sink_entities_total", 2);
    turn(50);
    assert_int_equal(
        count_in_history(&raised), 1); /* still kept by the engine, so not even history is lost */
    assert_int_equal(count_in_history(&acknowledged), 1);
    assert_string_equal(ask("HGET ioc:{hcm}:a:%s state", raised.id.text), "ACKED");
    assert_string_not_equal(ask("ZSCORE ioc:{hcm}:active %s", raised.id.text), "(nil)");
    assert_string_equal(ask("HMGET ioc:{hcm}:e:level:s1 v k i"), "3 water 0");
    assert_string_equal(ask("HLEN ioc:{hcm}:reg"), "1");
    assert_string_equal(ask("HMGET ioc:{hcm}:c:city active raised"), "[0,0,0,1,0] 1");
    assert_string_equal(ask("HMGET ioc:{hcm}:c:q1 active worst"), "1 3");
    free(former);
    close_engine(&engine, IOC_SECOND);
}

static void flushall_under_a_living_connection_is_noticed(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    wait_for_metric(&engine, "ioc_sink_up", 1);
    turn(20);
    char *former = strdup(ask("HGET ioc:{hcm}:meta epoch"));
    ask("FLUSHALL");
    wait_for_new_epoch(former); /* by the heartbeat, within a second */
    for (int i = 0; i < 1000 && !engine.restated; i++)
        turn(1);
    ask("FLUSHALL");
    struct ioc_transition raised = raise_alert(&engine, 1);
    for (int i = 0; i < 1000 && engine.restated < 2; i++)
        turn(1);
    assert_int_equal(engine.restated, 2);
    turn(50);
    assert_int_equal(count_in_history(&raised), 1);
    free(former);
    close_engine(&engine, IOC_SECOND);
}

static void redis_rolled_back_by_a_moment_gets_back_what_it_forgot(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    struct ioc_transition kept = raise_alert(&engine, 1), ended = raise_alert(&engine, 2);
    struct ioc_transition blip = make_transition(9, 1, IOC_ALERT_NORMAL, IOC_ALERT_PENDING);
    say(&engine, &blip);
    struct ioc_transition blip_over = go_on(&engine, &blip, IOC_ALERT_NORMAL);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 4);
    turn(1200); /* so that the log is on the disk */
    redis_server_files(&server, "save");
    struct ioc_transition returned = go_on(&engine, &ended, IOC_ALERT_RETURNED);
    struct ioc_transition over = go_on(&engine, &returned, IOC_ALERT_NORMAL);
    struct ioc_transition fresh = raise_alert(&engine, 3);
    struct ioc_transition second_blip = make_transition(10, 1, IOC_ALERT_NORMAL, IOC_ALERT_PENDING);
    say(&engine, &second_blip);
    struct ioc_transition second_blip_over = go_on(&engine, &second_blip, IOC_ALERT_NORMAL);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 9);
    char *former = strdup(ask("HGET ioc:{hcm}:meta epoch"));
    redisFree(redis);
    redis_server_kill(&server);
    redis_server_files(&server, "back");
    turn(20);
    redis_server_run(&server);
    redis = redis_server_connect(&server);
    wait_for_new_epoch(former);
    for (int i = 0; i < 1000 && !engine.restated; i++)
        turn(1);
    state_again(&engine, &kept);
    state_again(&engine, &fresh);
    ioc_sink_redis.flush(engine.sink);
    for (int i = 0; i < 1000 && strcmp(ask("EXISTS ioc:{hcm}:old"), "0") != 0; i++)
        turn(2);
    turn(50);
    const struct ioc_transition *all[] = {&kept, &ended, &blip, &blip_over, &returned, &over,
        &fresh, &second_blip, &second_blip_over};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_int_equal(count_in_history(all[i]), 1);
    assert_string_equal(ask("XLEN ioc:{hcm}:alerts"), "9");
    assert_string_equal(ask("HGET ioc:{hcm}:a:%s state", ended.id.text), "NORM");
    assert_string_equal(ask("ZCARD ioc:{hcm}:active"), "2");
    assert_string_not_equal(ask("ZSCORE ioc:{hcm}:active %s", kept.id.text), "(nil)");
    assert_string_not_equal(ask("ZSCORE ioc:{hcm}:active %s", fresh.id.text), "(nil)");
    free(former);
    close_engine(&engine, IOC_SECOND);
}

static void alert_that_only_an_old_copy_of_redis_knows_is_ended(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    struct ioc_transition raised = raise_alert(&engine, 1);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 1);
    /* As from a copy of last week: active, never heard of by this engine, under another epoch. */
    ask("HSET ioc:{hcm}:a:zombie seq 4 state ACKED json {} d q7");
    ask("ZADD ioc:{hcm}:active 1 zombie");
    ask("HSET ioc:{hcm}:c:q7 unack 1");
    ask("HSET ioc:{hcm}:meta epoch 00000000deadbeef");
    for (int i = 0; i < 20000 && !engine.restated; i++)
        turn(1);
    assert_int_equal(engine.restated, 1);
    turn(50);
    assert_string_equal(
        ask("HGET ioc:{hcm}:a:zombie state"), "ACKED"); /* not before all are stated anew */
    state_again(&engine, &raised);
    ioc_sink_redis.flush(engine.sink);
    for (int i = 0; i < 1000 && strcmp(ask("HGET ioc:{hcm}:a:zombie state"), "NORM") != 0; i++)
        turn(2);
    assert_string_equal(ask("HMGET ioc:{hcm}:a:zombie state seq"), "NORM 5");
    assert_non_null(strstr(ask("HGET ioc:{hcm}:a:zombie json"), "\"cause\":\"restart\""));
    assert_string_equal(ask("EXISTS ioc:{hcm}:c:q7"), "0");
    assert_string_equal(ask("ZRANGE ioc:{hcm}:active 0 -1"), raised.id.text);
    close_engine(&engine, IOC_SECOND);
}

static void redis_without_memory_is_waited_for(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    wait_for_metric(&engine, "ioc_sink_up", 1);
    turn(20);
    ask("CONFIG SET maxmemory 1");
    struct ioc_transition raised = raise_alert(&engine, 1);
    for (int i = 0; i < 4000 && metric(&engine, "ioc_sink_up") != 0; i++)
        turn(1);
    assert_int_equal(metric(&engine, "ioc_sink_up"), 0);
    assert_int_equal(count_in_history(&raised), 0);
    ask("CONFIG SET maxmemory 0");
    wait_for_metric(&engine, "ioc_sink_transitions_total", 1);
    assert_int_equal(count_in_history(&raised), 1);
    assert_int_equal(metric(&engine, "ioc_sink_up"), 1);
    close_engine(&engine, IOC_SECOND);
}

static void functions_that_were_flushed_are_loaded_again(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    wait_for_metric(&engine, "ioc_sink_up", 1);
    turn(20);
    ask("FUNCTION FLUSH");
    struct ioc_transition raised = raise_alert(&engine, 1);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 1);
    assert_int_equal(count_in_history(&raised), 1);
    assert_int_equal(engine.restated, 0);
    close_engine(&engine, IOC_SECOND);
}

static void over_the_bound_raises_stay_and_the_rest_is_counted(void **state)
{
    static struct engine engine;
    static struct ioc_transition raised[20];
    char yaml[128];
    redisFree(redis);
    redis_server_kill(&server);
    snprintf(yaml, sizeof yaml, "address: '%s'\nqueue: 64 KiB\n", server.address);
    open_engine(&engine, yaml);
    for (int i = 0; i < 20; i++) {
        raised[i] = raise_alert(&engine, i);
        struct ioc_transition last = raised[i];
        for (int k = 0; k < 20; k++)
            last = go_on(&engine, &last, IOC_ALERT_UNACKNOWLEDGED);
    }
    int64_t lost = metric(&engine, "ioc_sink_lost_total");
    assert_true(lost > 300);
    redis_server_run(&server);
    redis = redis_server_connect(&server);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 420 - lost);
    for (int i = 0; i < 20; i++)
        assert_int_equal(count_in_history(&raised[i]), 1);
    assert_int_equal(atoi(ask("XLEN ioc:{hcm}:alerts")), 420 - lost);
    close_engine(&engine, IOC_SECOND);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(replayed_flush_is_known_and_other_borders_add_nothing, clear),
        cmocka_unit_test_setup(second_engine_takes_over_and_the_first_writes_no_more, clear),
        cmocka_unit_test_setup(idle_engine_learns_from_its_heartbeat_that_it_was_replaced, clear),
        cmocka_unit_test_setup(engine_that_starts_anew_ends_the_alerts_of_its_former_run, clear),
        cmocka_unit_test_setup(redis_killed_and_started_again_has_each_transition_once, clear),
        cmocka_unit_test_setup(emptied_redis_gets_a_new_epoch_and_everything_again, clear),
        cmocka_unit_test_setup(flushall_under_a_living_connection_is_noticed, clear),
        cmocka_unit_test_setup(redis_rolled_back_by_a_moment_gets_back_what_it_forgot, clear),
        cmocka_unit_test_setup(alert_that_only_an_old_copy_of_redis_knows_is_ended, clear),
        cmocka_unit_test_setup(redis_without_memory_is_waited_for, clear),
        cmocka_unit_test_setup(functions_that_were_flushed_are_loaded_again, clear),
        cmocka_unit_test_setup(over_the_bound_raises_stay_and_the_rest_is_counted, clear),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
