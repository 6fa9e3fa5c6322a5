/* tests/core/test_buffer.c — bytes being written. */
#include "core/buffer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>

static void assert_holds(struct ioc_buffer *buffer, struct ioc_text expected)
{
    struct ioc_text text = ioc_buffer_text(buffer);
    assert_int_equal(text.length, expected.length);
    assert_memory_equal(text.data, expected.data, expected.length);
    ioc_buffer_reset(buffer);
}

static void an_empty_buffer_is_an_empty_text(void **state)
{
    struct ioc_buffer buffer = {0};
    assert_int_equal(ioc_buffer_text(&buffer).length, 0);
    assert_non_null(ioc_buffer_text(&buffer).data);
    ioc_buffer_add_text(&buffer, (struct ioc_text){0});
    assert_false(buffer.is_full);
    ioc_buffer_done(&buffer);
}

static void numbers_are_written_to_their_ends(void **state)
{
    struct ioc_buffer buffer = {0};
    ioc_buffer_add_int(&buffer, INT64_MIN);
    ioc_buffer_add_char(&buffer, ' ');
    ioc_buffer_add_int(&buffer, 0);
    ioc_buffer_add_char(&buffer, ' ');
    ioc_buffer_add_uint(&buffer, UINT64_MAX);
    assert_holds(&buffer, IOC_TEXT("-9223372036854775808 0 18446744073709551615"));
    ioc_buffer_add_double(&buffer, 20.5);
    ioc_buffer_add_char(&buffer, ' ');
    ioc_buffer_add_fixed(&buffer, 2.0 / 3, 3);
    assert_holds(&buffer, IOC_TEXT("20.5 0.667"));
    ioc_buffer_done(&buffer);
}

static void what_json_cannot_say_is_null(void **state)
{
    struct ioc_buffer buffer = {0};
    ioc_buffer_add_double(&buffer, NAN);
    ioc_buffer_add_double(&buffer, INFINITY);
    ioc_buffer_add_fixed(&buffer, -INFINITY, 2);
    assert_holds(&buffer, IOC_TEXT("nullnullnull"));
    ioc_buffer_done(&buffer);
}

static void json_escapes_what_breaks_it_and_keeps_the_rest(void **state)
{
    static const struct {
        struct ioc_text in, out;
    } cases[] = {
        {IOC_TEXT(""), IOC_TEXT("\"\"")},
        {IOC_TEXT("a\"b\\c/"), IOC_TEXT("\"a\\\"b\\\\c/\"")},
        {IOC_TEXT("\b\f\n\r\t\0\x1f\x7f"), IOC_TEXT("\"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\"")},
        {IOC_TEXT("\xC4\x90\xE1\xBB\xA9\x63 \xF0\x9F\x9A\xA8"), IOC_TEXT("\"\xC4\x90\xE1\xBB\xA9\x63 \xF0\x9F\x9A\xA8\"")},
        {IOC_TEXT("a\xE2\x80\xA8z\xE2\x80\xA9\xE2\x80\xA7"), IOC_TEXT("\"a\\u2028z\\u2029\xE2\x80\xA7\"")},
        {IOC_TEXT("a\xFFz"), IOC_TEXT("\"a\xEF\xBF\xBDz\"")},
        {IOC_TEXT("\xE2\x82"), IOC_TEXT("\"\xEF\xBF\xBD\xEF\xBF\xBD\"")},
        {IOC_TEXT("\xED\xA0\x80"), IOC_TEXT("\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"")},
    };
    struct ioc_buffer buffer = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ioc_buffer_add_json(&buffer, cases[i].in);
        assert_true(ioc_text_is_utf8(ioc_buffer_text(&buffer)));
        assert_holds(&buffer, cases[i].out);
    }
    ioc_buffer_add_json(&buffer, (struct ioc_text){0});
    assert_holds(&buffer, IOC_TEXT("\"\""));
    ioc_buffer_done(&buffer);
}

static void beyond_the_limit_nothing_is_added_until_the_next_reset(void **state)
{
    struct ioc_buffer buffer = {.limit = 10};
    ioc_buffer_add_string(&buffer, "12345678");
    ioc_buffer_add_string(&buffer, "abc");
    assert_true(buffer.is_full);
    ioc_buffer_add_char(&buffer, 'x');
    assert_null(ioc_buffer_reserve(&buffer, 1));
    assert_null(ioc_buffer_reserve(&buffer, SIZE_MAX));
    assert_holds(&buffer, IOC_TEXT("12345678"));
    assert_false(buffer.is_full);
    ioc_buffer_add_string(&buffer, "1234567890");
    assert_false(buffer.is_full);
    assert_holds(&buffer, IOC_TEXT("1234567890"));
    ioc_buffer_done(&buffer);
    assert_int_equal(buffer.limit, 10);

    struct ioc_buffer usual = {0};
    assert_non_null(ioc_buffer_reserve(&usual, 16u << 20));
    assert_null(ioc_buffer_reserve(&usual, (16u << 20) + 1));
    ioc_buffer_done(&usual);
}

static void long_formats_and_many_bytes_survive_growing(void **state)
{
    struct ioc_buffer buffer = {0};
    ioc_buffer_addf(&buffer, "%s-%d", "a", 7);
    assert_holds(&buffer, IOC_TEXT("a-7"));
    ioc_buffer_addf(&buffer, "%0*d", 3000, 5);
    assert_int_equal(buffer.length, 3000);
    assert_int_equal(buffer.data[2999], '5');
    assert_int_equal(buffer.data[0], '0');
    ioc_buffer_reset(&buffer);
    for (int i = 0; i < 10000; i++)
        ioc_buffer_add_char(&buffer, (char)('a' + i % 26));
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buffer.data[i], 'a' + i % 26);
    ioc_buffer_done(&buffer);
}

static void a_reused_buffer_keeps_its_memory(void **state)
{
    struct ioc_buffer buffer = {0};
    ioc_buffer_addf(&buffer, "%0*d", 3000, 5);
    char *memory = buffer.data;
    ioc_buffer_reset(&buffer);
    ioc_buffer_addf(&buffer, "%0*d", 2000, 5);
    assert_ptr_equal(buffer.data, memory);
    ioc_buffer_done(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_is_an_empty_text),
        cmocka_unit_test(numbers_are_written_to_their_ends),
        cmocka_unit_test(what_json_cannot_say_is_null),
        cmocka_unit_test(json_escapes_what_breaks_it_and_keeps_the_rest),
        cmocka_unit_test(beyond_the_limit_nothing_is_added_until_the_next_reset),
        cmocka_unit_test(long_formats_and_many_bytes_survive_growing),
        cmocka_unit_test(a_reused_buffer_keeps_its_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
