/*
 * tests/sinks/test_redis.c — the redis sink against a real redis-server that is slow, killed, emptied, rolled back.
 */
#include "tests/sinks/redis_engine.h"

static void alert_is_in_all_its_places(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    struct ioc_transition raised = raise_alert(&engine, 1);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 1);
    const char *id = raised.id.text;
    assert_string_equal(
        ask("HMGET ioc:{hcm}:a:%s state seq rule rule_ver sev prio since upd d x y title ack_by",
            id),
        "UNACK 1 flood 0000000000000007 3 3 1700000001000 1700000002000 q1 106.7 10.8 Ngập ");
    assert_string_equal(ask("ZSCORE ioc:{hcm}:active %s", id), "31700000001000");
    struct ioc_buffer json = {0};
    ioc_transition_json(&raised, &json);
    ioc_buffer_add_char(&json, '\0');
    assert_string_equal(ask("HGET ioc:{hcm}:a:%s json", id), json.data);
    char *history = ask("XRANGE ioc:{hcm}:alerts - +");
    assert_non_null(strstr(history, "seq 1 from NORM to UNACK by event ts 1700000002000 body {"));
    assert_non_null(strstr(history, json.data));
    assert_non_null(strstr(ask("XREVRANGE ioc:{hcm}:delta + -"), json.data));
    assert_string_equal(
        ask("HMGET ioc:{hcm}:c:city unack active raised returned"), "[0,0,0,1,0] [0,0,0,1,0] 1 0");
    assert_string_equal(ask("HMGET ioc:{hcm}:c:q1 unack active worst"), "1 1 3");
    assert_string_equal(ask("HGET ioc:{hcm}:meta schema"), "1");
    assert_int_equal(strlen(ask("HGET ioc:{hcm}:meta epoch")), 16);
    assert_string_equal(ask("TTL ioc:{hcm}:a:%s", id), "-1");

    struct ioc_transition back = go_on(&engine, &raised, IOC_ALERT_RETURNED);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 2);
    assert_string_equal(
        ask("HMGET ioc:{hcm}:c:city unack active returned cleared"), "[0,0,0,0,0] [0,0,0,0,0] 1 1");
    assert_string_not_equal(ask("ZSCORE ioc:{hcm}:active %s", id), "(nil)");
    go_on(&engine, &back, IOC_ALERT_NORMAL);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 3);
    assert_string_equal(ask("ZSCORE ioc:{hcm}:active %s", id), "(nil)");
    assert_string_equal(ask("TTL ioc:{hcm}:a:%s", id), "604800");
    assert_string_equal(ask("HMGET ioc:{hcm}:c:q1 unack active worst"), "0 0 0");
    assert_string_equal(ask("XLEN ioc:{hcm}:alerts"), "3");
    ioc_buffer_done(&json);
    close_engine(&engine, IOC_SECOND);
}

static void pending_alert_is_history_but_not_active(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    struct ioc_transition pending = make_transition(1, 1, IOC_ALERT_NORMAL, IOC_ALERT_PENDING);
    pending.since = IOC_TIME_NONE;
    say(&engine, &pending);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 1);
    assert_string_equal(ask("ZCARD ioc:{hcm}:active"), "0");
    assert_string_equal(ask("ZRANGE ioc:{hcm}:pending 0 -1"), pending.id.text);
    assert_string_equal(ask("HMGET ioc:{hcm}:a:%s state since", pending.id.text), "PEND ");
    assert_string_equal(ask("HGET ioc:{hcm}:c:city pending"), "1");
    go_on(&engine, &pending, IOC_ALERT_NORMAL);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 2);
    assert_string_equal(ask("EXISTS ioc:{hcm}:a:%s ioc:{hcm}:pending", pending.id.text), "0");
    assert_string_equal(ask("XLEN ioc:{hcm}:alerts"), "2");
    assert_string_equal(ask("HMGET ioc:{hcm}:c:city pending cleared raised"), "0 0 0");
    close_engine(&engine, IOC_SECOND);
}

static void shelved_alert_counts_as_shelved_only(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    struct ioc_transition raised = raise_alert(&engine, 1);
    raised.flags = IOC_ALERT_SHELVED;
    raised.shelved_until = 1700003600 * IOC_SECOND;
    go_on(&engine, &raised, IOC_ALERT_UNACKNOWLEDGED);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 2);
    assert_string_equal(
        ask("HMGET ioc:{hcm}:c:city unack active shelved raised"), "[0,0,0,0,0] [0,0,0,0,0] 1 1");
    assert_string_equal(ask("HGET ioc:{hcm}:a:%s shelve_until", raised.id.text), "1700003600000");
    assert_string_not_equal(ask("ZSCORE ioc:{hcm}:active %s", raised.id.text), "(nil)");
    close_engine(&engine, IOC_SECOND);
}

static void entity_is_registered_once_and_then_only_its_value_travels(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    struct ioc_entity entity = make_entity("level:s1", 40.5);
    tell(&engine, &entity);
    wait_for_metric(&engine, "ioc_sink_entities_total", 1);
    assert_string_equal(ask("HMGET ioc:{hcm}:e:level:s1 k v u t s q d x y i"),
        "water 40.5 cm 1700000003000 2 0 q1 106.7 10.8 0");
    assert_string_equal(ask("HGET ioc:{hcm}:reg level:s1"),
        "{\"i\":0,\"id\":\"level:s1\",\"stream\":\"level\",\"kind\":\"water\",\"name\":\"Cầu Sài "
        "Gòn\",\"unit\":\"cm\","
        "\"dec\":1,\"x\":106.7,\"y\":10.8,\"d\":\"q1\"}");
    assert_string_equal(ask("ZCARD ioc:{hcm}:geo"), "1");
    assert_true(atoi(ask("TTL ioc:{hcm}:e:level:s1")) > 86390);
    char *etag = strdup(ask("HGET ioc:{hcm}:meta reg_etag"));

    entity.value = 41;
    entity.quality = IOC_QUALITY_STALE;
    tell(&engine, &entity);
    wait_for_metric(&engine, "ioc_sink_entities_total", 2);
    assert_string_equal(ask("HMGET ioc:{hcm}:e:level:s1 v q k"), "41 2 water");
    char *delta = ask("XREVRANGE ioc:{hcm}:delta + - COUNT 1");
    assert_non_null(strstr(delta, "{\"e\":[[0,2,41,1700000003000,2]]}"));
    assert_string_equal(ask("HGET ioc:{hcm}:meta reg_etag"), etag);

    entity.name = IOC_TEXT("Cầu Thủ Thiêm");
    entity.has_value = 0;
    tell(&engine, &entity);
    wait_for_metric(&engine, "ioc_sink_entities_total", 3);
    assert_non_null(strstr(ask("HGET ioc:{hcm}:reg level:s1"), "Cầu Thủ Thiêm"));
    assert_non_null(strstr(ask("XREVRANGE ioc:{hcm}:delta + - COUNT 1"),
        "{\"e\":[[0,2,null,1700000003000,2]],\"r\":[{\"i\":0,"));
    assert_string_equal(ask("HGET ioc:{hcm}:e:level:s1 v"), "");
    assert_string_not_equal(ask("HGET ioc:{hcm}:meta reg_etag"), etag);
    free(etag);
    close_engine(&engine, IOC_SECOND);
}

static void expired_entity_gets_its_fixed_fields_back(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    struct ioc_entity entity = make_entity("level:s1", 1);
    tell(&engine, &entity);
    wait_for_metric(&engine, "ioc_sink_entities_total", 1);
    ask("DEL ioc:{hcm}:e:level:s1");
    entity.value = 2;
    tell(&engine, &entity);
    wait_for_metric(&engine, "ioc_sink_entities_total", 2);
    assert_string_equal(
        ask("HMGET ioc:{hcm}:e:level:s1 k v u d x y i"), "water 2 cm q1 106.7 10.8 0");
    assert_true(atoi(ask("TTL ioc:{hcm}:e:level:s1")) > 86390);
    close_engine(&engine, IOC_SECOND);
}

static void hostile_texts_stay_texts(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    struct ioc_entity entity = make_entity("level:\"]}\r\n$3\r\n\x01\xff", 1);
    entity.name = IOC_TEXT("<img src=x onerror=alert(1)>\",\"x\":0");
    entity.point = (struct ioc_point){500, 89.9}; /* GEOADD would refuse it */
    tell(&engine, &entity);
    struct ioc_transition transition =
        make_transition(1, 1, IOC_ALERT_NORMAL, IOC_ALERT_UNACKNOWLEDGED);
    transition.title_vi = IOC_TEXT("a\"]}{\\\r\n\xc3");
    transition.area = IOC_TEXT("city");
    say(&engine, &transition);
    wait_for_metric(&engine, "ioc_sink_entities_total", 1);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 1);
    assert_string_equal(ask("HLEN ioc:{hcm}:reg"), "1");
    assert_string_equal(ask("ZCARD ioc:{hcm}:geo"), "0");
    assert_string_equal(ask("HGET ioc:{hcm}:c:city unack"), "[0,0,0,1,0]");
    /* Every delta is JSON: Redis' own parser agrees. */
    redisReply *reply = redisCommand(redis, "EVAL %s 0",
        "for _, entry in ipairs(redis.call('XRANGE', 'ioc:{hcm}:delta', '-', '+')) do "
        "cjson.decode(entry[2][6]) end return 'ok'");
    assert_string_equal(reply->str, "ok");
    freeReplyObject(reply);
    close_engine(&engine, IOC_SECOND);
}

static void value_that_changes_all_the_time_is_written_at_the_rhythm(void **state)
{
    static struct engine engine;
    char yaml[128];
    snprintf(yaml, sizeof yaml, "address: '%s'\nflush: 200ms\n", server.address);
    open_engine(&engine, yaml);
    wait_for_metric(&engine, "ioc_sink_up", 1);
    double value = 0;
    for (ioc_span end = ioc_clock_steady() + IOC_SECOND; ioc_clock_steady() < end;) {
        struct ioc_entity entity = make_entity("level:s1", ++value);
        tell(&engine, &entity);
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(200);
    }
    char last[32];
    snprintf(last, sizeof last, "%.0f", value);
    wait_for_answer("HGET ioc:{hcm}:e:level:s1 v", last);
    assert_in_range(metric(&engine, "ioc_sink_entities_total"), 2, 8);
    assert_true(value > 100);
    close_engine(&engine, IOC_SECOND);
}

static void slow_redis_gets_larger_flushes_not_more(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    wait_for_metric(&engine, "ioc_sink_up", 1);
    turn(50);
    redisContext *other = redis_server_connect(&server);
    redisAppendCommand(other, "DEBUG SLEEP 0.6");
    int done = 0;
    while (!done)
        redisBufferWrite(other, &done);
    turn(30);
    int64_t flushes = metric(&engine, "ioc_sink_flushes_total");
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < 10; i++) {
            char id[32];
            snprintf(id, sizeof id, "level:s%d", i);
            struct ioc_entity entity = make_entity(id, round);
            tell(&engine, &entity);
        }
        turn(1);
    }
    for (int i = 0; i < 10; i++) {
        char command[64];
        snprintf(command, sizeof command, "HGET ioc:{hcm}:e:level:s%d v", i);
        wait_for_answer(command, "199");
    }
    assert_true(metric(&engine, "ioc_sink_flushes_total") - flushes < 12);
    assert_true(metric(&engine, "ioc_sink_entities_total") < 50);
    redisFree(other);
    close_engine(&engine, IOC_SECOND);
}

static void thousands_of_entities_and_transitions_arrive_in_chunks(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    wait_for_metric(&engine, "ioc_sink_up", 1);
    for (int i = 0; i < 3500; i++) {
        char id[32];
        snprintf(id, sizeof id, "level:s%d", i);
        struct ioc_entity entity = make_entity(id, i);
        entity.partition = (uint8_t)(i % 64);
        ioc_sink_redis.entity(engine.sink, &entity);
        struct ioc_transition transition =
            make_transition(i, 1, IOC_ALERT_NORMAL, IOC_ALERT_UNACKNOWLEDGED);
        ioc_sink_redis.transition(engine.sink, &transition);
    }
    ioc_sink_redis.flush(engine.sink);
    wait_for_metric(&engine, "ioc_sink_entities_total", 3500);
    assert_string_equal(ask("HLEN ioc:{hcm}:reg"), "3500");
    assert_string_equal(ask("XLEN ioc:{hcm}:alerts"), "3500");
    assert_string_equal(ask("ZCARD ioc:{hcm}:active"), "3500");
    assert_true(metric(&engine, "ioc_sink_flushes_total") >= 4);
    close_engine(&engine, IOC_SECOND);
}

static void result_of_a_command_is_kept_and_the_first_one_stays(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    struct ioc_result result = {.is_done = 1,
        .partition = 3,
        .seq = 4,
        .command = IOC_TEXT("c-1"),
        .gate = IOC_TEXT("g"),
        .alert = IOC_TEXT("x"),
        .user = IOC_TEXT("local:an")};
    ioc_sink_redis.result(engine.sink, &result);
    result.is_done = 0;
    result.why = IOC_TEXT("repeated");
    ioc_sink_redis.result(engine.sink, &result);
    result.command = (struct ioc_text){0}; /* a bad signature: nobody can ask for it */
    ioc_sink_redis.result(engine.sink, &result);
    ioc_sink_redis.flush(engine.sink);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 2);
    const char *json =
        "{\"cmd_id\":\"c-1\",\"ok\":true,\"alert\":\"x\",\"seq\":4,\"user\":\"local:an\"}";
    assert_string_equal(ask("GET ioc:{hcm}:cmdres:c-1"), json);
    assert_true(atoi(ask("TTL ioc:{hcm}:cmdres:c-1")) > 3590);
    char *delta = ask("XREVRANGE ioc:{hcm}:delta + -");
    assert_int_equal(count_in(delta, json), 1);
    assert_int_equal(count_in(delta, "repeated"), 0);
    close_engine(&engine, IOC_SECOND);
}

static void heartbeat_lives_as_long_as_the_engine(void **state)
{
    static struct engine engine;
    open_plain(&engine);
    wait_for_metric(&engine, "ioc_sink_up", 1);
    engine.events = 1234;
    char *beat = wait_for_answer("GET ioc:{hcm}:hb:node-a", "\"events\":1234,");
    assert_non_null(strstr(beat, "{\"node\":\"node-a\",\"started\":1700000000000,\"at\":"));
    assert_non_null(strstr(beat, "\"partitions\":64,\"lag_ms\":3,"));
    assert_non_null(strstr(beat, "\"lag_ms\":3,\"ev_s\":"));
    assert_non_null(strstr(beat, "\"queued\":0,\"lost\":0,\"rules\":\"0000000000000abc\""));
    assert_non_null(strstr(beat, "\"sources\":[{\"name\":\"city-mqtt\",\"state\":\"up\","
                                 "\"messages\":12,\"dead\":2,\"dropped\":1,"
                                 "\"last\":1700000000000,\"rate\":0.0}]}"));
    assert_in_range(atoi(ask("PTTL ioc:{hcm}:hb:node-a")), 3000, 5000);
    wait_for_answer("HMGET ioc:{hcm}:c:city events dead dropped", "1234 2 1");
    assert_string_equal(ask("HGET ioc:{hcm}:own 63:node"), "node-a");
    ioc_sink_redis.rules(engine.sink, 0xdef);
    wait_for_answer("HGET ioc:{hcm}:meta rules_hash", "0000000000000def");
    close_engine(&engine, IOC_SECOND);
}

static void closing_delivers_what_waits(void **state)
{
    static struct engine engine;
    char yaml[128];
    snprintf(yaml, sizeof yaml, "address: '%s'\nflush: 1h\n", server.address);
    open_engine(&engine, yaml);
    struct ioc_entity first = make_entity("level:s1", 1), second = make_entity("level:s2", 2);
    tell(&engine, &first);
    wait_for_metric(&engine, "ioc_sink_entities_total", 1);
    tell(&engine, &second);
    struct ioc_transition raised =
        make_transition(1, 1, IOC_ALERT_NORMAL, IOC_ALERT_UNACKNOWLEDGED);
    raised.offset = 99;
    struct ioc_mark mark = {.partition = raised.partition, .offset = 99};
    ioc_sink_redis.transition(engine.sink, &raised);
    ioc_sink_redis.mark(engine.sink, &mark);
    close_engine(&engine, 5 * IOC_SECOND);
    assert_string_equal(ask("HGET ioc:{hcm}:e:level:s2 v"), "2");
    assert_int_equal(count_in_history(&raised), 1);
    assert_string_equal(ask("HGET ioc:{hcm}:own %d:off", raised.partition), "99");
}

static void closing_without_redis_ends_after_the_grace(void **state)
{
    static struct engine engine;
    open_engine(&engine, "address: '127.0.0.1:1'\n");
    raise_alert(&engine, 1);
    ioc_span begin = ioc_clock_steady();
    close_engine(&engine, 200 * IOC_MILLISECOND);
    assert_in_range((ioc_clock_steady() - begin) / IOC_MILLISECOND, 190, 3000);
}

static void remote_redis_without_tls_is_refused(void **state)
{
    struct engine engine = {.host = {restate, health}};
    struct ioc_sink_setup setup = {
        .name = IOC_TEXT("r"), .site = IOC_TEXT("hcm"), .loop = &loop, .host = &engine.host};
    struct ioc_errors errors = {0};
    struct ioc_arena arena = {0};
    void *options = calloc(1, ioc_sink_redis.options_bytes);
    struct ioc_document *document =
        ioc_document_parse(IOC_TEXT("c"), IOC_TEXT("address: '10.1.2.3:6379'\n"), &errors);
    assert_true(ioc_option_read(
        document, document->root, ioc_sink_redis.options, NULL, options, &arena, &errors));
    struct ioc_error err = {0};
    struct ioc_sink *sink = NULL;
    assert_int_equal(ioc_sink_redis.open(&setup, options, &sink, &err), IOC_DENIED);
    setup.site = IOC_TEXT("a}b");
    assert_int_equal(ioc_sink_redis.open(&setup, options, &sink, &err), IOC_INVALID);
    assert_string_equal(err.code, "bad-site");
    assert_null(sink);
    free(options);
    ioc_document_free(document);
    ioc_errors_done(&errors);
    ioc_arena_done(&arena);
}

static void sinks_are_found_by_name(void **state)
{
    assert_ptr_equal(ioc_sink_find(IOC_TEXT("redis")), &ioc_sink_redis);
    assert_non_null(ioc_sink_find(IOC_TEXT("jsonl")));
    assert_null(ioc_sink_find(IOC_TEXT("redi")));
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(alert_is_in_all_its_places, clear),
        cmocka_unit_test_setup(pending_alert_is_history_but_not_active, clear),
        cmocka_unit_test_setup(shelved_alert_counts_as_shelved_only, clear),
        cmocka_unit_test_setup(entity_is_registered_once_and_then_only_its_value_travels, clear),
        cmocka_unit_test_setup(expired_entity_gets_its_fixed_fields_back, clear),
        cmocka_unit_test_setup(hostile_texts_stay_texts, clear),
        cmocka_unit_test_setup(value_that_changes_all_the_time_is_written_at_the_rhythm, clear),
        cmocka_unit_test_setup(slow_redis_gets_larger_flushes_not_more, clear),
        cmocka_unit_test_setup(thousands_of_entities_and_transitions_arrive_in_chunks, clear),
        cmocka_unit_test_setup(result_of_a_command_is_kept_and_the_first_one_stays, clear),
        cmocka_unit_test_setup(heartbeat_lives_as_long_as_the_engine, clear),
        cmocka_unit_test_setup(closing_delivers_what_waits, clear),
        cmocka_unit_test_setup(closing_without_redis_ends_after_the_grace, clear),
        cmocka_unit_test_setup(remote_redis_without_tls_is_refused, clear),
        cmocka_unit_test(sinks_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
