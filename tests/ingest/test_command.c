/*
 * tests/ingest/test_command.c — operators' commands from a real Redis: signed, fresh, once, acknowledged when safe.
 */
#include "core/clock.h"
#include "core/metric.h"
#include "ingest/command.h"
#include "tests/redis_server.h"
#include <inttypes.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>

#include <cmocka.h>

static const char key_hex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static const char other_hex[] = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static struct redis_server server;
static redisContext *redis;
static uv_loop_t loop;
static char alert[IOC_ID_LENGTH + 1];
static uint32_t alert_partition;

enum { SEEN_MOST = 4096 };
struct desk { /* the other sides of the source: lane, refusals */
    struct ioc_lane_work work;
    struct ioc_router_refusal router_refusal;
    struct ioc_command_refusal refusal;
    struct ioc_lane *lane;
    struct ioc_router *router;
    struct ioc_commands *commands;
    uint64_t tokens[SEEN_MOST];
    char ids[SEEN_MOST][64], user[128], roles[128], reason[256];
    uint8_t partition, op;
    int seen, refused;
    char why[SEEN_MOST][32], refused_ids[SEEN_MOST][64];
};

static void handle(struct ioc_lane_work *work, struct ioc_lane *lane, struct ioc_text batch)
{
    struct desk *desk = (struct desk *)work;
    size_t at = 0;
    for (const struct ioc_record *record; (record = ioc_record_next(batch, &at));) {
        struct ioc_command command;
        assert_int_equal(record->kind, IOC_RECORD_COMMAND);
        assert_int_equal(record->source, 7);
        assert_int_equal(ioc_command_unpack(ioc_record_text(record), &command), IOC_OK);
        snprintf(desk->ids[desk->seen], sizeof desk->ids[0], "%.*s", IOC_TEXT_ARGS(command.id));
        snprintf(desk->user, sizeof desk->user, "%.*s", IOC_TEXT_ARGS(command.user));
        snprintf(desk->roles, sizeof desk->roles, "%.*s", IOC_TEXT_ARGS(command.roles));
        snprintf(desk->reason, sizeof desk->reason, "%.*s", IOC_TEXT_ARGS(command.reason));
        desk->partition = record->partition;
        desk->op = command.op;
        desk->tokens[desk->seen++] = record->ack;
    }
}

static void take_back(struct ioc_router_refusal *refusal, struct ioc_text batch) {}

static void refuse(struct ioc_command_refusal *refusal, const struct ioc_result *result)
{
    struct desk *desk = (struct desk *)((char *)refusal - offsetof(struct desk, refusal));
    assert_false(result->is_done);
    snprintf(desk->refused_ids[desk->refused], sizeof desk->refused_ids[0], "%.*s",
        IOC_TEXT_ARGS(result->command));
    snprintf(desk->why[desk->refused++], sizeof desk->why[0], "%.*s", IOC_TEXT_ARGS(result->why));
}

static void turn(int ms)
{
    ioc_span end = ioc_clock_steady() + ms * IOC_MILLISECOND;
    do {
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(500);
    } while (ioc_clock_steady() < end);
}

static void open_desk(struct desk *desk)
{
    static const uint8_t lane_of[IOC_PARTITIONS] = {0};
    *desk = (struct desk){.work = {handle}, .router_refusal = {take_back}, .refusal = {refuse}};
    struct ioc_lane_options lane_options = {.name = "desk", .loop = &loop, .work = &desk->work};
    desk->lane = ioc_lane_new(&lane_options);
    assert_int_equal(ioc_lane_start(desk->lane), IOC_OK);
    desk->router = ioc_router_new(&desk->lane, 1, lane_of, &desk->router_refusal);
    struct ioc_command_gate gates[] = {
        {IOC_TEXT("north"), {{key_hex, 64}}}, {IOC_TEXT("south"), {{other_hex, 64}}}};
    struct ioc_commands_options options = {.site = IOC_TEXT("hcm"),
        .redis = {.address = ioc_text_of(server.address)},
        .gates = gates,
        .gate_count = 2,
        .source = 7,
        .router = desk->router,
        .refusal = &desk->refusal,
        .loop = &loop};
    struct ioc_error err = {0};
    assert_int_equal(ioc_commands_open(&options, &desk->commands, &err), IOC_OK);
}

static void close_desk(struct desk *desk)
{
    ioc_commands_close(desk->commands);
    ioc_lane_stop(desk->lane);
    turn(30);
    ioc_router_free(desk->router);
    ioc_lane_free(desk->lane);
}

static void wait_for(const int *count, int least)
{
    for (int i = 0; i < 5000 && *count < least; i++)
        turn(1);
    assert_int_equal(*count, least);
}

static int64_t now_ms(void)
{
    return ioc_clock_now() / IOC_MILLISECOND;
}

static struct ioc_text sign(const char *json, const char *hex)
{
    static char out[2 * crypto_auth_BYTES + 1];
    unsigned char key[32], mac[crypto_auth_BYTES];
    size_t length;
    assert_int_equal(sodium_hex2bin(key, sizeof key, hex, 64, NULL, &length, NULL), 0);
    crypto_auth(mac, (const unsigned char *)json, strlen(json), key);
    sodium_bin2hex(out, sizeof out, mac, sizeof mac);
    return ioc_text_of(out);
}

static const char *write_command(const char *id, const char *more, int64_t issued, const char *gate)
{
    static char json[2048];
    snprintf(json, sizeof json,
        "{\"v\":1,\"cmd_id\":\"%s\",\"op\":\"ack\",\"alert\":\"%s\",\"user\":\"local:an\","
        "\"roles\":[\"operator\",\"lead\"],"
        "\"issued_at\":%" PRId64 ",\"expires_at\":%" PRId64 ",\"gate\":\"%s\"%s}",
        id, alert, issued, issued + 30000, gate, more);
    return json;
}

static void post(const char *gate, const char *json, const char *hex)
{
    struct ioc_text mac = sign(json, hex);
    freeReplyObject(redisCommand(
        redis, "XADD ioc:{hcm}:cmd:%s * c %s m %b", gate, json, mac.data, (size_t)mac.length));
}

static void post_good(const char *id)
{
    post("north",
        write_command(id, ",\"seq_seen\":3,\"reason\":\"đã kiểm tra\"", now_ms(), "north"),
        key_hex);
}

static long long pending(const char *gate)
{
    redisReply *reply = redisCommand(redis, "XPENDING ioc:{hcm}:cmd:%s engine", gate);
    long long count = reply->type == REDIS_REPLY_ARRAY ? reply->element[0]->integer : -1;
    freeReplyObject(reply);
    return count;
}

static void wait_for_pending(const char *gate, long long count)
{
    for (int i = 0; i < 3000 && pending(gate) != count; i++)
        turn(1);
    assert_int_equal(pending(gate), count);
}

static void good_command_reaches_the_partition_in_its_alert_id(void **state)
{
    static struct desk desk;
    open_desk(&desk);
    post_good("c-1");
    wait_for(&desk.seen, 1);
    assert_string_equal(desk.ids[0], "c-1");
    assert_string_equal(desk.user, "local:an");
    assert_string_equal(desk.roles, "operator,lead");
    assert_string_equal(desk.reason, "đã kiểm tra");
    assert_int_equal(desk.op, IOC_COMMAND_ACKNOWLEDGE);
    assert_int_equal(desk.partition, alert_partition);
    assert_int_equal(desk.refused, 0);
    assert_true(desk.tokens[0] != 0 && desk.tokens[0] < UINT64_C(1) << 48);
    close_desk(&desk);
}

static void entry_is_acknowledged_only_when_its_token_comes_back(void **state)
{
    static struct desk desk;
    open_desk(&desk);
    post_good("c-1");
    post_good("c-2");
    wait_for(&desk.seen, 2);
    turn(50);
    assert_int_equal(pending("north"), 2);
    uint64_t strange[] = {0, 1, 99999, UINT64_MAX, desk.tokens[0] + (1 << 20)};
    ioc_commands_acknowledge(desk.commands, strange, 5);
    turn(30);
    assert_int_equal(pending("north"), 2);
    ioc_commands_acknowledge(desk.commands, &desk.tokens[1], 1);
    wait_for_pending("north", 1);
    ioc_commands_acknowledge(desk.commands, desk.tokens, 2);
    wait_for_pending("north", 0);
    close_desk(&desk);
}

static void each_refusal_has_its_word_and_leaves_the_stream(void **state)
{
    static struct desk desk;
    open_desk(&desk);
    post("north", write_command("mac", "", now_ms(), "north"), other_hex);
    wait_for(&desk.refused, 1);
    post("north", "{\"v\":1", key_hex);
    wait_for(&desk.refused, 2);
    post("north", write_command("old", "", now_ms() - 31000, "north"), key_hex);
    wait_for(&desk.refused, 3);
    post("north", write_command("early", "", now_ms() + 40000, "north"), key_hex);
    wait_for(&desk.refused, 4);
    post("north", write_command("gate", "", now_ms(), "south"), key_hex);
    wait_for(&desk.refused, 5);
    post_good("twice");
    wait_for(&desk.seen, 1);
    post_good("twice");
    wait_for(&desk.refused, 6);
    char *end = strstr(alert, alert + 2);
    char kept = *end;
    *end = '!';
    post("north", write_command("alert", "", now_ms(), "north"), key_hex);
    *end = kept;
    wait_for(&desk.refused, 7);
    freeReplyObject(redisCommand(redis, "XADD ioc:{hcm}:cmd:north * x y"));
    wait_for(&desk.refused, 8);
    const char *const words[] = {"bad-mac", "malformed", "expired", "expired", "wrong-gate",
        "repeated", "no-such-alert", "malformed"};
    const char *const ids[] = {"", "", "old", "early", "gate", "twice", "alert", ""};
    for (int i = 0; i < 8; i++) {
        assert_string_equal(desk.why[i], words[i]);
        assert_string_equal(desk.refused_ids[i], ids[i]);
    }
    wait_for_pending("north", 1); /* the good one */
    assert_int_equal(ioc_metric_value(ioc_metric_get(IOC_COUNTER, "ioc_commands_total",
                         "gate=\"north\",result=\"bad-mac\"", NULL)),
        1);
    close_desk(&desk);
}

static void gate_has_its_own_stream_and_its_own_key(void **state)
{
    static struct desk desk;
    open_desk(&desk);
    post("south", write_command("s-1", "", now_ms(), "south"), other_hex);
    wait_for(&desk.seen, 1);
    post("south", write_command("s-2", "", now_ms(), "north"),
        key_hex); /* north's, put into south's stream */
    wait_for(&desk.refused, 1);
    assert_string_equal(desk.why[0], "bad-mac");
    close_desk(&desk);
}

static void what_was_not_acknowledged_comes_first_after_a_restart(void **state)
{
    static struct desk first, second;
    open_desk(&first);
    post_good("c-1");
    post_good("c-2");
    wait_for(&first.seen, 2);
    ioc_commands_acknowledge(first.commands, &first.tokens[0], 1);
    wait_for_pending("north", 1);
    close_desk(&first);
    post_good("c-3");
    open_desk(&second);
    wait_for(&second.seen, 2);
    assert_string_equal(second.ids[0], "c-2");
    assert_string_equal(second.ids[1], "c-3");
    ioc_commands_acknowledge(second.commands, second.tokens, 2);
    wait_for_pending("north", 0);
    close_desk(&second);
}

static void break_of_the_connection_repeats_nothing(void **state)
{
    static struct desk desk;
    open_desk(&desk);
    post_good("c-1");
    wait_for(&desk.seen, 1);
    redisFree(redis);
    redis_server_kill(&server);
    ioc_commands_acknowledge(desk.commands, desk.tokens, 1); /* cannot be told now */
    turn(20);
    redis_server_run(&server);
    redis = redis_server_connect(&server);
    wait_for_pending("north", 0);
    post_good("c-2");
    wait_for(&desk.seen, 2);
    assert_string_equal(desk.ids[1], "c-2");
    assert_int_equal(desk.refused, 0);
    close_desk(&desk);
}

static void emptied_redis_gets_its_groups_again(void **state)
{
    static struct desk desk;
    open_desk(&desk);
    post_good("c-1");
    wait_for(&desk.seen, 1);
    freeReplyObject(redisCommand(redis, "FLUSHALL"));
    ioc_commands_acknowledge(desk.commands, desk.tokens, 1);
    turn(100);
    post_good("c-2");
    wait_for(&desk.seen, 2);
    close_desk(&desk);
}

static void no_more_than_a_hundred_commands_of_a_gate_are_in_flight(void **state)
{
    static struct desk desk;
    open_desk(&desk);
    for (int i = 0; i < 250; i++) {
        char id[16];
        snprintf(id, sizeof id, "c-%d", i);
        post_good(id);
    }
    wait_for(&desk.seen, 100);
    post(
        "south", write_command("s-1", "", now_ms(), "south"), other_hex); /* is not held up by it */
    wait_for(&desk.seen, 101);
    turn(100);
    assert_int_equal(desk.seen, 101);
    ioc_commands_acknowledge(desk.commands, desk.tokens, 101);
    wait_for(&desk.seen, 201);
    ioc_commands_acknowledge(desk.commands, desk.tokens + 101, 100);
    wait_for(&desk.seen, 251);
    ioc_commands_acknowledge(desk.commands, desk.tokens + 201, 50);
    wait_for_pending("north", 0);
    assert_int_equal(desk.refused, 0);
    close_desk(&desk);
}

static void hundred_pending_entries_do_not_hide_the_rest(void **state)
{
    static struct desk first, second;
    open_desk(&first);
    for (int i = 0; i < 100; i++) {
        char id[16];
        snprintf(id, sizeof id, "c-%d", i);
        post_good(id);
    }
    wait_for(&first.seen, 100);
    close_desk(&first);
    for (int i = 100; i < 130; i++) {
        char id[16];
        snprintf(id, sizeof id, "c-%d", i);
        post_good(id);
    }
    open_desk(&second);
    wait_for(&second.seen, 100);
    ioc_commands_acknowledge(second.commands, second.tokens, 100);
    wait_for(&second.seen, 130);
    assert_string_equal(second.ids[0], "c-0");
    assert_string_equal(second.ids[129], "c-129");
    close_desk(&second);
}

static enum ioc_status verify(
    const char *json, const char **why, struct ioc_command *command, struct ioc_arena *arena)
{
    unsigned char key[32];
    size_t length;
    assert_int_equal(sodium_hex2bin(key, sizeof key, key_hex, 64, NULL, &length, NULL), 0);
    *why = "none";
    return ioc_command_verify(ioc_text_of(json), sign(json, key_hex), key, ioc_clock_now(),
        IOC_TEXT("north"), arena, command, why);
}

static void malformed_commands_are_told_apart_from_good_ones(void **state)
{
    struct ioc_arena arena = {0};
    struct ioc_command command;
    const char *why;
    const char *const bad[] = {",\"until\":1", ",\"seq_seen\":-1", ",\"seq_seen\":4294967296",
        ",\"seq_seen\":1.5", ",\"seq_seen\":\"1\"", ",\"cmd_id\":\"again\"", ",\"op\":\"ack\"",
        ",\"reason\":7", ",\"reason\":\"\\ud800\"", ",\"scope\":[1]", "} x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            verify(write_command("c", bad[i], now_ms(), "north"), &why, &command, &arena),
            IOC_INVALID);
        assert_string_equal(why, "malformed");
    }
    assert_int_equal(
        verify(write_command("has space", "", now_ms(), "north"), &why, &command, &arena),
        IOC_INVALID);
    assert_int_equal(
        verify(write_command("", "", now_ms(), "north"), &why, &command, &arena), IOC_INVALID);
    assert_int_equal(verify("[1]", &why, &command, &arena), IOC_INVALID);
    assert_int_equal(verify("", &why, &command, &arena), IOC_INVALID);
    const char *const good[] = {"", ",\"until\":null,\"seq_seen\":null,\"scope\":null",
        ",\"seq_seen\":4294967295", ",\"new\":{}"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(
            verify(write_command("c", good[i], now_ms(), "north"), &why, &command, &arena), IOC_OK);
    char *long_life = strdup(write_command("c", "", now_ms(), "north"));
    char *expires = strstr(long_life, "expires_at\":") + 12;
    expires[0]++; /* centuries later */
    assert_int_equal(verify(long_life, &why, &command, &arena), IOC_INVALID);
    assert_string_equal(why, "expired");
    free(long_life);
    ioc_arena_done(&arena);
}

static void shelving_needs_an_end(void **state)
{
    struct ioc_arena arena = {0};
    struct ioc_command command;
    const char *why;
    char json[1024];
    const char *form =
        "{\"v\":1,\"cmd_id\":\"c\",\"op\":\"shelve\",\"alert\":\"%s\",\"user\":\"u\",\"issued_at\":"
        "%" PRId64 ",\"expires_at\":%" PRId64 ",\"gate\":\"north\"%s}";
    snprintf(json, sizeof json, form, alert, now_ms(), now_ms() + 1000, "");
    assert_int_equal(verify(json, &why, &command, &arena), IOC_INVALID);
    snprintf(json, sizeof json, form, alert, now_ms(), now_ms() + 1000, ",\"until\":1900000000000");
    assert_int_equal(verify(json, &why, &command, &arena), IOC_OK);
    assert_int_equal(command.until, 1900000000 * IOC_SECOND);
    ioc_arena_done(&arena);
}

static void any_changed_byte_breaks_the_signature(void **state)
{
    struct ioc_arena arena = {0};
    unsigned char key[32];
    size_t length;
    sodium_hex2bin(key, sizeof key, key_hex, 64, NULL, &length, NULL);
    char *json = strdup(write_command("c", "", now_ms(), "north"));
    struct ioc_text mac = sign(json, key_hex);
    const char *why;
    struct ioc_command command;
    for (size_t i = 0; i < strlen(json); i++) {
        json[i] ^= 1;
        assert_int_equal(ioc_command_verify(ioc_text_of(json), mac, key, ioc_clock_now(),
                             IOC_TEXT("north"), &arena, &command, &why),
            IOC_DENIED);
        json[i] ^= 1;
    }
    assert_int_equal(ioc_command_verify(ioc_text_of(json), mac, key, ioc_clock_now(),
                         IOC_TEXT("north"), &arena, &command, &why),
        IOC_OK);
    mac.length--;
    assert_int_equal(ioc_command_verify(ioc_text_of(json), mac, key, ioc_clock_now(),
                         IOC_TEXT("north"), &arena, &command, &why),
        IOC_DENIED);
    free(json);
    ioc_arena_done(&arena);
}

static void key_that_is_none_is_refused_at_load(void **state)
{
    const char *const keys[] = {"", "00",
        "zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeef"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct ioc_command_gate gate = {IOC_TEXT("north"), {ioc_text_of(keys[i])}};
        struct ioc_commands_options options = {.site = IOC_TEXT("hcm"),
            .redis = {.address = ioc_text_of(server.address)},
            .gates = &gate,
            .gate_count = 1,
            .loop = &loop};
        struct ioc_commands *commands = NULL;
        struct ioc_error err = {0};
        assert_int_equal(ioc_commands_open(&options, &commands, &err), IOC_INVALID);
        assert_string_equal(err.code, "bad-key");
        assert_null(strstr(err.text, "0011"));
    }
}

static int begin(void **state)
{
    struct ioc_id id;
    uv_loop_init(&loop);
    redis_server_start(&server);
    redis = redis_server_connect(&server);
    ioc_id_make(
        &id, IOC_TEXT("hcm"), IOC_TEXT("flood"), IOC_TEXT("some key"), 1700000000 * IOC_SECOND, 0);
    memcpy(alert, id.text, sizeof alert);
    return ioc_id_partition(ioc_text_of(alert), &alert_partition) != IOC_OK || sodium_init() < 0;
}

static int clear(void **state)
{
    freeReplyObject(redisCommand(redis, "FLUSHALL"));
    return 0;
}

static int end(void **state)
{
    uv_run(&loop, UV_RUN_DEFAULT);
    redisFree(redis);
    redis_server_stop(&server);
    return uv_loop_close(&loop);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_command_reaches_the_partition_in_its_alert_id, clear),
        cmocka_unit_test_setup(entry_is_acknowledged_only_when_its_token_comes_back, clear),
        cmocka_unit_test_setup(each_refusal_has_its_word_and_leaves_the_stream, clear),
        cmocka_unit_test_setup(gate_has_its_own_stream_and_its_own_key, clear),
        cmocka_unit_test_setup(what_was_not_acknowledged_comes_first_after_a_restart, clear),
        cmocka_unit_test_setup(break_of_the_connection_repeats_nothing, clear),
        cmocka_unit_test_setup(emptied_redis_gets_its_groups_again, clear),
        cmocka_unit_test_setup(no_more_than_a_hundred_commands_of_a_gate_are_in_flight, clear),
        cmocka_unit_test_setup(hundred_pending_entries_do_not_hide_the_rest, clear),
        cmocka_unit_test(malformed_commands_are_told_apart_from_good_ones),
        cmocka_unit_test(shelving_needs_an_end),
        cmocka_unit_test(any_changed_byte_breaks_the_signature),
        cmocka_unit_test(key_that_is_none_is_refused_at_load),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
