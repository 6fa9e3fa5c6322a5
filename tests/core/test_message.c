/* tests/core/test_message.c — the same said in two languages. */
#include "core/message.h"
#include "core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct ioc_message_pair *const parts[] = {ioc_messages_document, ioc_messages_table, ioc_messages_city,
    ioc_messages_rule, ioc_messages_expression, ioc_messages_ingest};

static void every_message_of_the_catalogue_is_found(void **state)
{
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (const struct ioc_message_pair *pair = parts[i]; pair->english; pair++, count++) {
            const char *found = ioc_message_find(pair->english);
            if (pair->vietnamese)
                assert_string_equal(found, pair->vietnamese);
            else
                assert_null(found);
        }
    assert_true(count > 500);
    assert_null(ioc_message_find("nobody ever says this"));
    assert_null(ioc_message_find(""));
}

static void an_error_says_the_same_in_both_languages(void **state)
{
    struct ioc_error err = {0};
    ioc_error_set(&err, "out-of-range", "'%s' is outside of the range %.10g to %.10g", "12", -0.5, 11.25);
    assert_string_equal(err.text, "'12' is outside of the range -0.5 to 11.25");
    assert_string_equal(err.text_vi, "'12' nằm ngoài khoảng từ -0.5 đến 11.25");
    ioc_error_hint(&err, "%lld to %lld", (long long)INT64_MIN, (long long)INT64_MAX);
    assert_string_equal(err.hint, "-9223372036854775808 to 9223372036854775807");
    assert_string_equal(err.hint_vi, "từ -9223372036854775808 đến 9223372036854775807");
    ioc_error_set(&err, "mode", "the secret '%s' is open to other users (mode %04o)", "key", 0644);
    assert_string_equal(err.text_vi, "người dùng khác đọc được tệp bí mật 'key' (mode 0644)");
    ioc_error_set(&err, "long", "'%s' has %lld bytes; at most %zu are read", "f", 5000000000ll, (size_t)7);
    assert_string_equal(err.text, "'f' has 5000000000 bytes; at most 7 are read");
    assert_string_equal(err.text_vi, "'f' dài 5000000000 byte; chỉ đọc tối đa 7");
    ioc_error_set(&err, "width", "the row has %u cells, the header %u", UINT32_MAX, 3u);
    assert_string_equal(err.text_vi, "hàng có 4294967295 ô, dòng tiêu đề có 3");
    ioc_error_set(&err, "column", "the first column is '%.*s', the delimiter '%c'", 3, "tênxyz", ';');
    assert_string_equal(err.text, "the first column is 't\xc3\xaa', the delimiter ';'");
    assert_string_equal(err.text_vi, "cột đầu tiên là 't\xc3\xaa', dấu phân cách là ';'");
}

static void words_of_ours_are_translated_and_words_of_the_user_are_not(void **state)
{
    struct ioc_error err = {0};
    ioc_error_set(&err, "wrong-kind", "%s is expected here, not a %s", "a number", "list");
    assert_string_equal(err.text_vi, "ở đây cần một số, không phải danh sách");
    ioc_error_set(&err, "unknown-key", "there is no key '%s' here", "list");
    assert_string_equal(err.text_vi, "ở đây không có khóa 'list'");
    ioc_error_set(&err, "x", "%s is expected here, not '%s'", "a number", "a number");
    assert_string_equal(err.text_vi, "ở đây cần một số, không phải 'a number'");
    ioc_error_set(&err, "x", "%s", "indent with spaces"); /* a whole text that somebody passes on */
    assert_string_equal(err.text_vi, "hãy thụt lề bằng dấu cách");
}

static void a_text_of_the_user_is_no_format(void **state)
{
    struct ioc_error err = {0};
    ioc_error_set(&err, "x", "there is no key '%s' here", "%s%n%1$s 100%");
    assert_string_equal(err.text, "there is no key '%s%n%1$s 100%' here");
    assert_string_equal(err.text_vi, "ở đây không có khóa '%s%n%1$s 100%'");
    ioc_error_set(&err, "x", "directives (%%) are not read");
    assert_string_equal(err.text, "directives (%) are not read");
    assert_string_equal(err.text_vi, "chỉ thị (%) không được hỗ trợ");
}

static void what_has_no_vietnamese_is_said_in_english(void **state)
{
    struct ioc_error err = {0};
    const char *format = "a gauge of %s has %d marks";
    ioc_error_set(&err, "x", format, "Thủ Đức", 3);
    assert_string_equal(err.text, "a gauge of Thủ Đức has 3 marks");
    assert_string_equal(err.text_vi, err.text);
}

static void something_put_before_a_text_is_put_before_both(void **state)
{
    struct ioc_error err = {0};
    ioc_error_set(&err, "no-feature", "is no object");
    ioc_error_prefix(&err, "feature %u ", 3u);
    assert_string_equal(err.text, "feature 3 is no object");
    assert_string_equal(err.text_vi, "đối tượng 3 không phải là đối tượng JSON");
}

static void a_long_text_is_cut_between_characters_in_both(void **state)
{
    char name[1000];
    struct ioc_error err = {0};
    for (size_t i = 0; i < 300; i++)
        memcpy(name + 3 * i, "\xe1\xba\xad", 3);
    name[900] = '\0';
    for (int shift = 0; shift < 3; shift++) {
        ioc_error_set(&err, "x", "there is no key '%s' here", name);
        for (const char *const *text = (const char *const[]){err.text, err.text_vi, NULL}; *text; text++) {
            size_t length = strlen(*text);
            assert_true(length >= 316 && length < 400);
            assert_memory_equal(*text + length - 3, "\xe1\xba\xad", 3);
        }
        memmove(name + 1, name, 900);
        name[0] = 'x';
        name[901] = '\0';
    }
}

static void a_locale_names_its_language(void **state)
{
    assert_int_equal(ioc_language_of("vi_VN.UTF-8"), IOC_VIETNAMESE);
    assert_int_equal(ioc_language_of("vi"), IOC_VIETNAMESE);
    assert_int_equal(ioc_language_of("C"), IOC_ENGLISH);
    assert_int_equal(ioc_language_of("en_GB"), IOC_ENGLISH);
    assert_int_equal(ioc_language_of(""), IOC_ENGLISH);
    assert_int_equal(ioc_language_of(NULL), IOC_ENGLISH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_of_the_catalogue_is_found),
        cmocka_unit_test(an_error_says_the_same_in_both_languages),
        cmocka_unit_test(words_of_ours_are_translated_and_words_of_the_user_are_not),
        cmocka_unit_test(a_text_of_the_user_is_no_format),
        cmocka_unit_test(what_has_no_vietnamese_is_said_in_english),
        cmocka_unit_test(something_put_before_a_text_is_put_before_both),
        cmocka_unit_test(a_long_text_is_cut_between_characters_in_both),
        cmocka_unit_test(a_locale_names_its_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
