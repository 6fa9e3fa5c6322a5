/* tests/ingest/test_json.c — what is JSON and what is not, and where it stops being it. */
#include "core/buffer.h"
#include "ingest/json.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ioc_json *json;

static int open_parser(void **state)
{
    json = ioc_json_new();
    return 0;
}

static int close_parser(void **state)
{
    ioc_json_free(json);
    return 0;
}

static void refused_at(const char *text, size_t length, uint32_t place, const char *why)
{
    struct ioc_json_value root;
    struct ioc_error err = {0};
    struct ioc_text bytes = {text, (uint32_t)length};
    enum ioc_status status = ioc_json_parse(json, bytes, &root, &err);
    if (status != IOC_INVALID)
        fail_msg("taken: %.*s", (int)length, text);
    assert_string_equal(err.code, "not-json");
    if (err.column != place || !strstr(err.text, why))
        fail_msg("%.*s: '%s' at %u, not '%s' at %u", (int)length, text, err.text, err.column, why,
            place);
}
#define REFUSED(text, place, why) refused_at(text, sizeof(text) - 1, place, why)

static void strangers_json_is_refused_with_the_byte_where_it_breaks(void **state)
{
    REFUSED("", 1, "empty");
    REFUSED("\xef\xbb\xbf{}", 1, "byte order mark");
    REFUSED("{\"a\":01}", 6, "begins with 0");
    REFUSED("{\"a\":-01}", 7, "begins with 0");
    REFUSED("{\"a\":1 // c\n}", 8, "',' or '}'");
    REFUSED("// c\n1", 1, "comments");
    REFUSED("{\"a\":1}x", 8, "more bytes");
    REFUSED("{} {}", 4, "more bytes");
    REFUSED("{\"a\":1,}", 8, "name of a member");
    REFUSED("{\"a\" 1}", 6, "':'");
    REFUSED("{\"a\":1 \"b\":2}", 8, "',' or '}'");
    REFUSED("{a:1}", 2, "double quotes");
    REFUSED("['x']", 2, "no value");
    REFUSED("[1,2", 5, "',' or ']'");
    REFUSED("{\"a\":", 6, "ends where");
    REFUSED("\"abc", 1, "no end");
    REFUSED("\"a\nb\"", 3, "control character");
    REFUSED("\"\\x\"", 2, "no escape");
    REFUSED("\"\\u12g4\"", 2, "four hexadecimal");
    REFUSED("\"\xc3\x28\"", 2, "not UTF-8");
    REFUSED("\"\xed\xa0\x80\"", 2, "not UTF-8");
    REFUSED("\"\xf5\x80\x80\x80\"", 2, "not UTF-8");
    REFUSED("\xff\xd8\xff\xe0", 1, "no value");
    REFUSED("{\"skipped\": tru, \"a\": 1}", 13, "no value");
    REFUSED("{\"skipped\": 1.e5}", 15, "digit");
    REFUSED("[NaN]", 2, "no value");
    REFUSED("\0", 1, "no value");
    REFUSED("\"\\ud800\"", 2, "alone");
    REFUSED("]", 1, "no value");
}

static void both_scanners_agree_on_what_is_json(void **state)
{
    static const char *const good[] = {"{}", "[]", " [ ] ", "0", "-0", "1e5", "1.5E-7", "null",
        "\"\\u0041\\ud83d\\ude00\\n\"", "{\"a\":[1,{\"b\":[[],{}]}],\"c\":\"ề\"}",
        "[true,false,null]", "18446744073709551615"};
    const char *why = NULL;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct ioc_json_value root;
        struct ioc_error err;
        assert_int_equal(ioc_json_parse(json, ioc_text_of(good[i]), &root, &err), IOC_OK);
        assert_int_equal(ioc_json_fault(ioc_text_of(good[i]), &why), 0);
    }
}

static void depth_and_length_are_bounded(void **state)
{
    struct ioc_json_value root;
    struct ioc_error err = {0};
    struct ioc_buffer text = {0};
    for (int i = 0; i < 65; i++)
        ioc_buffer_add_char(&text, '[');
    for (int i = 0; i < 65; i++)
        ioc_buffer_add_char(&text, ']');
    assert_int_equal(ioc_json_parse(json, ioc_buffer_text(&text), &root, &err), IOC_LIMIT);
    assert_string_equal(err.code, "too-deep");
    assert_int_equal(err.column, 65);
    struct ioc_text inner = {text.data + 2, 126};
    assert_int_equal(ioc_json_parse(json, inner, &root, &err), IOC_OK);
    ioc_buffer_reset(&text);
    while (text.length <= IOC_JSON_MOST)
        ioc_buffer_add_char(&text, ' ');
    assert_int_equal(ioc_json_parse(json, ioc_buffer_text(&text), &root, &err), IOC_LIMIT);
    assert_string_equal(err.code, "too-large");
    ioc_buffer_done(&text);
}

static void numbers_keep_their_kind_and_bits(void **state)
{
    struct ioc_json_value root, value;
    struct ioc_error err;
    struct ioc_json_walk walk;
    struct ioc_text name;
    assert_int_equal(
        ioc_json_parse(json,
            IOC_TEXT("[-9223372036854775808, 9223372036854775808, 0.1, -0.0, 1e300]"), &root, &err),
        IOC_OK);
    assert_int_equal(ioc_json_count(&root), 5);
    ioc_json_walk_begin(&walk, &root);
    assert_true(ioc_json_walk_next(&walk, &name, &value));
    assert_int_equal(value.kind, IOC_JSON_INT);
    assert_true(value.integer == INT64_MIN);
    assert_true(ioc_json_walk_next(&walk, &name, &value));
    assert_int_equal(value.kind, IOC_JSON_UINT);
    assert_true(value.natural == UINT64_C(9223372036854775808));
    assert_true(ioc_json_walk_next(&walk, &name, &value));
    assert_true(value.kind == IOC_JSON_DOUBLE && value.real == 0.1);
    assert_true(ioc_json_walk_next(&walk, &name, &value));
    assert_true(ioc_json_walk_next(&walk, &name, &value));
    assert_true(value.real == 1e300);
    assert_false(ioc_json_walk_next(&walk, &name, &value));
    assert_int_not_equal(
        ioc_json_parse(json, IOC_TEXT("[18446744073709551616]"), &root, &err), IOC_OK);
    assert_int_not_equal(ioc_json_parse(json, IOC_TEXT("[1e999]"), &root, &err), IOC_OK);
}

static void of_two_members_of_one_name_the_last_wins_whole(void **state)
{
    struct ioc_json_node deep = {
        .name = IOC_TEXT("x"), .item = -1, .first_value = 1, .value_count = 1};
    struct ioc_json_node node = {
        .name = IOC_TEXT("a"), .item = -1, .value_count = 1, .first = &deep};
    struct ioc_json_node tree = {.item = -1, .first = &node};
    struct ioc_json_value root, values[2];
    struct ioc_error err;
    memset(values, 0, sizeof values);
    assert_int_equal(
        ioc_json_parse(json, IOC_TEXT("{\"a\":{\"x\":1},\"b\":2,\"a\":{\"y\":7}}"), &root, &err),
        IOC_OK);
    ioc_json_pick(&root, &tree, values);
    assert_int_equal(values[0].kind, IOC_JSON_OBJECT);
    assert_int_equal(values[1].kind, IOC_JSON_NONE);
}

static void one_parser_serves_short_and_long_messages_in_turn(void **state)
{
    struct ioc_json_value root;
    struct ioc_error err;
    for (uint32_t length = 1; length < 200000; length = length * 3 + 1) {
        char *bytes = malloc(length + 2); /* exactly as long: ASan sees a read behind it */
        memset(bytes, 'x', length + 2);
        bytes[0] = bytes[length + 1] = '"';
        assert_int_equal(
            ioc_json_parse(json, (struct ioc_text){bytes, length + 2}, &root, &err), IOC_OK);
        assert_int_equal(root.text.length, length);
        assert_int_equal(ioc_json_parse(json, IOC_TEXT("[1"), &root, &err), IOC_INVALID);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_json_is_refused_with_the_byte_where_it_breaks),
        cmocka_unit_test(both_scanners_agree_on_what_is_json),
        cmocka_unit_test(depth_and_length_are_bounded),
        cmocka_unit_test(numbers_keep_their_kind_and_bits),
        cmocka_unit_test(of_two_members_of_one_name_the_last_wins_whole),
        cmocka_unit_test(one_parser_serves_short_and_long_messages_in_turn),
    };
    return cmocka_run_group_tests(tests, open_parser, close_parser);
}
