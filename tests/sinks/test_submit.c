/*
 * tests/sinks/test_submit.c — which commands of a browser are taken, and what the engine gets to verify.
 */
#include "sinks/wall/submit.h"
#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define UUID "5b3d6f4e-1111-4222-8333-44445555AAAA"
#define ALERT "0a000000000000000000000000c0"
#define NOW (1790000000000 * IOC_MILLISECOND)

static const char *try_to_read(
    const char *body, struct ioc_submission *submission, struct ioc_arena *arena)
{
    const char *why = NULL;
    enum ioc_status status = ioc_submit_read(ioc_text_of(body), NOW, arena, submission, &why);
    assert_int_equal(status, why ? IOC_INVALID : IOC_OK);
    return why;
}

static void assert_refused(const char *body, const char *word)
{
    struct ioc_submission submission = {.op = 99};
    struct ioc_arena arena = {0};
    const char *why = try_to_read(body, &submission, &arena);
    if (!why || !strstr(why, word))
        fail_msg("%s: %s, without '%s'", body, why ? why : "taken", word);
    assert_int_equal(submission.op, 99); /* outputs untouched */
    ioc_arena_done(&arena);
}

static void every_kind_of_command_is_taken(void **state)
{
    static const struct {
        const char *body;
        int op;
    } cases[] = {
        {"{\"cmd_id\":\"" UUID "\",\"op\":\"ack\",\"alert\":\"" ALERT "\"}",
            IOC_COMMAND_ACKNOWLEDGE},
        {"{\"cmd_id\":\"" UUID "\",\"op\":\"unack\",\"alert\":\"" ALERT "\",\"seq_seen\":0}",
            IOC_COMMAND_UNACKNOWLEDGE},
        {" {\"alert\":\"" ALERT "\",\"op\":\"unshelve\",\"cmd_id\":\"" UUID "\"}\n",
            IOC_COMMAND_UNSHELVE},
        {"{\"cmd_id\":\"" UUID "\",\"op\":\"note\",\"alert\":\"" ALERT
         "\",\"reason\":\"đã gọi\\n{[\\\"tổ 3\\\"\"}",
            IOC_COMMAND_NOTE},
        {"{\"cmd_id\":\"" UUID "\",\"op\":\"shelve\",\"alert\":\"" ALERT
         "\",\"reason\":\"x\",\"until\":1790028800000}",
            IOC_COMMAND_SHELVE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ioc_submission submission = {0};
        struct ioc_arena arena = {0};
        const char *why = try_to_read(cases[i].body, &submission, &arena);
        if (why)
            fail_msg("%s: %s", cases[i].body, why);
        assert_int_equal(submission.op, cases[i].op);
        assert_true(ioc_text_equal(submission.id, IOC_TEXT(UUID)));
        assert_true(ioc_text_equal(submission.alert, IOC_TEXT(ALERT)));
        if (submission.op != IOC_COMMAND_SHELVE)
            assert_true(submission.until == IOC_TIME_NONE);
        ioc_arena_done(&arena);
    }
}

static void what_is_not_one_flat_object_of_strict_json_is_refused(void **state)
{
    char *deep = malloc(60001);
    memset(deep, '[', 60000);
    deep[60000] = 0;
    assert_refused(deep, "flat");
    free(deep);
    assert_refused("", "JSON");
    assert_refused("[]", "object");
    assert_refused("null", "JSON"); /* jansson takes only objects and arrays at the top */
    assert_refused("{\"cmd_id\":{\"op\":1}}", "flat");
    assert_refused("{\"op\":\"ack\",\"op\":\"note\"}", "twice");
    assert_refused("{\"op\":\"ack\"} {}", "flat");
    assert_refused("{\"op\":\"ack\"} x", "strict");
    assert_refused("{\"op\":\"\xff\"}", "UTF-8");
    assert_refused("{\"op\":\"a\\u0000b\"}", "strict");
    assert_refused("{\"op\":\"ack\",}", "strict");
}

static void a_client_cannot_say_who_it_is_or_how_long_it_holds(void **state)
{
    static const char *const names[] = {
        "user", "roles", "scope", "session", "ip", "issued_at", "expires_at", "gate", "v", "mac"};
    char body[256];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(body, sizeof body,
            "{\"cmd_id\":\"" UUID "\",\"op\":\"ack\",\"alert\":\"" ALERT "\",\"%s\":\"x\"}",
            names[i]);
        assert_refused(body, "fields other than");
    }
}

static void each_field_has_its_shape(void **state)
{
#define WITH(id, op, alert, rest) "{\"cmd_id\":" id ",\"op\":" op ",\"alert\":" alert rest "}"
#define ID "\"" UUID "\""
#define AL "\"" ALERT "\""
    assert_refused(WITH("1", "\"ack\"", AL, ""), "cmd_id");
    assert_refused(WITH("\"5b3d6f4e11114222833344445555aaaa\"", "\"ack\"", AL, ""), "cmd_id");
    assert_refused(WITH("\"5b3d6f4e-1111-4222-8333-44445555aaag\"", "\"ack\"", AL, ""), "cmd_id");
    assert_refused(WITH(ID, "\"silence\"", AL, ""), "op");
    assert_refused(WITH(ID, "null", AL, ""), "op");
    assert_refused(WITH(ID, "\"ack\"", "\"0a000000000000000000000000c\"", ""), "alert");
    assert_refused(WITH(ID, "\"ack\"", "\"zz000000000000000000000000c0\"", ""), "alert");
    assert_refused(WITH(ID, "\"ack\"", AL, ",\"seq_seen\":-1"), "seq_seen");
    assert_refused(WITH(ID, "\"ack\"", AL, ",\"seq_seen\":4294967296"), "seq_seen");
    assert_refused(WITH(ID, "\"ack\"", AL, ",\"seq_seen\":1.5"), "seq_seen");
    assert_refused(WITH(ID, "\"ack\"", AL, ",\"seq_seen\":\"1\""), "seq_seen");
    assert_refused(WITH(ID, "\"ack\"", AL, ",\"reason\":7"), "reason");
    assert_refused(WITH(ID, "\"ack\"", AL, ",\"reason\":\"a\\u001b[2J\""), "control");
    assert_refused(WITH(ID, "\"ack\"", AL, ",\"until\":1790000060000"), "only with op shelve");
}

static void shelving_needs_a_reason_and_an_end_within_eight_hours(void **state)
{
    assert_refused(WITH(ID, "\"shelve\"", AL, ",\"until\":1790000060000"), "reason");
    assert_refused(
        WITH(ID, "\"shelve\"", AL, ",\"until\":1790000060000,\"reason\":\" \\t\""), "reason");
    assert_refused(WITH(ID, "\"note\"", AL, ",\"reason\":\"\""), "reason");
    assert_refused(WITH(ID, "\"shelve\"", AL, ",\"reason\":\"x\""), "until");
    assert_refused(
        WITH(ID, "\"shelve\"", AL, ",\"reason\":\"x\",\"until\":1790000000000"), "later than now");
    assert_refused(
        WITH(ID, "\"shelve\"", AL, ",\"reason\":\"x\",\"until\":1790028800001"), "8 hours");
    assert_refused(
        WITH(ID, "\"shelve\"", AL, ",\"reason\":\"x\",\"until\":9223372036854775807"), "8 hours");
    assert_refused(WITH(ID, "\"shelve\"", AL, ",\"reason\":\"x\",\"until\":\"tomorrow\""), "until");
    char body[800], reason[520];
    memset(reason, 'x', sizeof reason);
    snprintf(body, sizeof body, WITH(ID, "\"note\"", AL, ",\"reason\":\"%.501s\""), reason);
    assert_refused(body, "500 bytes");
}

static void the_signed_form_says_who_and_holds_for_thirty_seconds(void **state)
{
    uint8_t key[32] = {1, 2, 3}, mac[crypto_auth_BYTES];
    char hex[IOC_SUBMIT_MAC + 1];
    const struct ioc_submission submission = {.id = IOC_TEXT(UUID),
        .alert = IOC_TEXT(ALERT),
        .reason = IOC_TEXT("a\"b\n"),
        .op = IOC_COMMAND_NOTE,
        .seq_seen = 7,
        .until = IOC_TIME_NONE};
    const struct ioc_submitter by = {
        IOC_TEXT("local:Lan"), IOC_TEXT("abc"), IOC_TEXT("127.0.0.1"), IOC_TEXT("wall"), key};
    struct ioc_buffer json = {0};
    ioc_submit_sign(&submission, &by, NOW, &json, hex);
    struct ioc_text text = ioc_buffer_text(&json);
    assert_true(ioc_text_equal(
        text, IOC_TEXT("{\"v\":1,\"cmd_id\":\"" UUID "\",\"op\":\"note\",\"alert\":\"" ALERT
                       "\",\"seq_seen\":7,\"user\":\"local:Lan\",\"roles\":[\"operator\"],"
                       "\"scope\":\"*\",\"session\":\"abc\","
                       "\"ip\":\"127.0.0.1\",\"issued_at\":1790000000000,\"expires_at\":"
                       "1790000030000,\"reason\":\"a\\\"b\\n\","
                       "\"gate\":\"wall\"}")));
    assert_int_equal(sodium_hex2bin(mac, sizeof mac, hex, IOC_SUBMIT_MAC, NULL, NULL, NULL), 0);
    assert_int_equal(crypto_auth_verify(mac, (const uint8_t *)text.data, text.length, key), 0);
    key[31] = 1;
    assert_int_not_equal(crypto_auth_verify(mac, (const uint8_t *)text.data, text.length, key), 0);
    ioc_buffer_done(&json);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_command_is_taken),
        cmocka_unit_test(what_is_not_one_flat_object_of_strict_json_is_refused),
        cmocka_unit_test(a_client_cannot_say_who_it_is_or_how_long_it_holds),
        cmocka_unit_test(each_field_has_its_shape),
        cmocka_unit_test(shelving_needs_a_reason_and_an_end_within_eight_hours),
        cmocka_unit_test(the_signed_form_says_who_and_holds_for_thirty_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
