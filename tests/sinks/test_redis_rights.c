/*
 * tests/sinks/test_redis_rights.c — the Redis users of WALL.md 9: the engine can do its work with few rights, a gateway
 * can read and hand in its own commands, and can forge nothing.
 */
#include "tests/sinks/redis_engine.h"
#include <sys/stat.h>

static const char engine_rights[] =
    "ACL SETUSER engine on >e-secret resetkeys -@all ~ioc:{hcm}:* +@read +@write +@stream "
    "+function|load +fcall +ping -@dangerous";
static const char gate_rights[] =
    "ACL SETUSER gate on >g-secret resetkeys -@all (%%R~ioc:{hcm}:* +@read -keys -scan) "
    "(%%W~ioc:{hcm}:cmd:north +xadd)";

static void allow(const char *rights)
{
    redisReply *reply = redisCommand(redis, rights);
    assert_int_equal(reply->type, REDIS_REPLY_STATUS);
    freeReplyObject(reply);
}

static redisContext *log_in(const char *user, const char *password)
{
    redisContext *context = redis_server_connect(&server);
    redisReply *reply = redisCommand(context, "AUTH %s %s", user, password);
    assert_int_equal(reply->type, REDIS_REPLY_STATUS);
    freeReplyObject(reply);
    return context;
}

static bool is_refused(redisContext *context, const char *command)
{
    redisReply *reply = redisCommand(context, command);
    bool is_refusal = reply->type == REDIS_REPLY_ERROR &&
                      (strncmp(reply->str, "NOPERM", 6) == 0 ||
                          strstr(reply->str, "can't access") || strstr(reply->str, "NOPERM"));
    if (!is_refusal)
        print_message("not refused: %s: %s\n", command,
            reply->type == REDIS_REPLY_ERROR ? reply->str : "done");
    freeReplyObject(reply);
    return is_refusal;
}

static void open_as_engine(struct engine *engine)
{
    char path[128], yaml[512];
    snprintf(path, sizeof path, "%s/engine.secret", server.directory);
    FILE *file = fopen(path, "w");
    fputs("e-secret\n", file);
    fclose(file);
    chmod(path, 0600);
    snprintf(yaml, sizeof yaml,
        "address: '%s'\nflush: 20ms\nusername: engine\npassword: {file: '%s'}\n", server.address,
        path);
    open_engine(engine, yaml);
}

static void engine_works_with_its_rights_alone(void **state)
{
    static struct engine engine, second;
    allow(engine_rights);
    open_as_engine(&engine);
    struct ioc_transition raised = raise_alert(&engine, 1);
    struct ioc_entity entity = make_entity("level:s1", 1);
    tell(&engine, &entity);
    struct ioc_result result = {.is_done = 1, .command = IOC_TEXT("c-1")};
    ioc_sink_redis.result(engine.sink, &result);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 1);
    wait_for_metric(&engine, "ioc_sink_entities_total", 1);
    wait_for_answer("EXISTS ioc:{hcm}:hb:node-a ioc:{hcm}:cmdres:c-1", "2");
    close_engine(&engine, IOC_SECOND);
    open_as_engine(&second); /* ends and drops what the first one left */
    wait_for_metric(&second, "ioc_sink_up", 1);
    wait_for_answer("EXISTS ioc:{hcm}:old ioc:{hcm}:gone", "0");
    assert_string_equal(ask("HGET ioc:{hcm}:a:%s state", raised.id.text), "NORM");
    assert_int_equal(metric(&second, "ioc_sink_up"), 1);
    close_engine(&second, IOC_SECOND);
}

static void gateway_reads_and_hands_in_commands_and_forges_nothing(void **state)
{
    static struct engine engine;
    allow(gate_rights);
    open_plain(&engine);
    struct ioc_transition raised = raise_alert(&engine, 1);
    wait_for_metric(&engine, "ioc_sink_transitions_total", 1);
    char *before = strdup(ask("XLEN ioc:{hcm}:alerts"));
    redisContext *gate = log_in("gate", "g-secret");
    const char *const allowed[] = {"XADD ioc:{hcm}:cmd:north * c {} m 00", "HGETALL ioc:{hcm}:meta",
        "XREVRANGE ioc:{hcm}:delta + - COUNT 1", "ZREVRANGE ioc:{hcm}:active 0 -1",
        "GET ioc:{hcm}:hb:node-a", "HGETALL ioc:{hcm}:reg",
        "XREAD COUNT 1 STREAMS ioc:{hcm}:alerts 0"};
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        redisReply *reply = redisCommand(gate, allowed[i]);
        assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
        freeReplyObject(reply);
    }
    char forged[256];
    snprintf(forged, sizeof forged, "HSET ioc:{hcm}:a:%s state NORM", raised.id.text);
    const char *const forbidden[] = {forged, "XADD ioc:{hcm}:alerts * id x seq 1",
        "XADD ioc:{hcm}:delta * g 0 d {}", "XADD ioc:{hcm}:cmd:south * c {} m 00",
        "ZREM ioc:{hcm}:active x", "DEL ioc:{hcm}:active", "SET ioc:{hcm}:cmdres:c-1 {}",
        "SET ioc:{hcm}:hb:node-a {}", "HSET ioc:{hcm}:own 0:gen 99",
        "FCALL ioc_apply 1 ioc:{hcm}: x {} {} 0", "FCALL ioc_beat 1 ioc:{hcm}: 0 1 node-a {}",
        "FCALL ioc_claim 1 ioc:{hcm}: first a b n v r 0 0 0",
        "FCALL_RO ioc_apply 1 ioc:{hcm}: x {} {} 0", "EVAL return 0", "FUNCTION FLUSH",
        "XTRIM ioc:{hcm}:cmd:north MAXLEN 0", "XDEL ioc:{hcm}:cmd:north 1-1",
        "XREADGROUP GROUP engine engine STREAMS ioc:{hcm}:cmd:north >",
        "XACK ioc:{hcm}:cmd:north engine 1-1", "KEYS *", "SCAN 0", "FLUSHALL", "CONFIG GET *",
        "GET other"};
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        assert_true(is_refused(gate, forbidden[i]));
    assert_string_equal(ask("XLEN ioc:{hcm}:alerts"), before);
    assert_string_equal(ask("HGET ioc:{hcm}:a:%s state", raised.id.text), "UNACK");
    free(before);
    redisFree(gate);
    close_engine(&engine, IOC_SECOND);
}

static void wrong_password_is_no_connection(void **state)
{
    static struct engine engine;
    char yaml[256];
    allow(engine_rights);
    snprintf(yaml, sizeof yaml, "address: '%s'\nusername: engine\n", server.address);
    open_engine(&engine, yaml);
    raise_alert(&engine, 1);
    turn(300);
    assert_int_equal(metric(&engine, "ioc_sink_up"), 0);
    assert_string_equal(ask("EXISTS ioc:{hcm}:meta"), "0");
    close_engine(&engine, 0);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(engine_works_with_its_rights_alone, clear),
        cmocka_unit_test_setup(gateway_reads_and_hands_in_commands_and_forges_nothing, clear),
        cmocka_unit_test_setup(wrong_password_is_no_connection, clear),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
