/* tests/core/test_text.c — slices of UTF-8 and numbers in them. */
#include "core/status.h"
#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <locale.h>
#include <float.h>
#include <math.h>
#include <stdio.h>

static struct ioc_text of(const char *string)
{
    return ioc_text_of(string);
}

static void order_is_byte_order_and_a_prefix_comes_first(void **state)
{
    assert_int_equal(ioc_text_compare(of("a"), of("b")), -1);
    assert_int_equal(ioc_text_compare(of("ab"), of("a")), 1);
    assert_int_equal(ioc_text_compare(of("a"), of("a")), 0);
    assert_int_equal(ioc_text_compare(of("z"), of("\xC3\xA9")), -1);
    assert_int_equal(ioc_text_compare(IOC_TEXT("a\0b"), IOC_TEXT("a\0c")), -1);
    assert_int_equal(ioc_text_compare((struct ioc_text){0}, of("")), 0);
}

static void starts_ends_and_contains_take_the_empty_text(void **state)
{
    assert_true(ioc_text_starts(of("sensor/1"), of("sensor")));
    assert_false(ioc_text_starts(of("sen"), of("sensor")));
    assert_true(ioc_text_ends(of("sensor/1"), of("/1")));
    assert_false(ioc_text_ends(of("1"), of("/1")));
    assert_true(ioc_text_contains(of("sensor/1"), of("r/")));
    assert_false(ioc_text_contains(of("sensor"), of("x")));
    assert_true(ioc_text_contains((struct ioc_text){0}, (struct ioc_text){0}));
    assert_true(ioc_text_starts(of("a"), (struct ioc_text){0}));
    assert_true(ioc_text_ends((struct ioc_text){0}, of("")));
}

static void overlong_surrogate_cut_and_too_large_are_not_utf8(void **state)
{
    static const char *const wrong[] = {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80",
        "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82", "\xC3",
        "abcdefgh\xC3", "abcdefgh\xE2\x28\xA1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(ioc_text_is_utf8(of(wrong[i])));
    static const char *const right[] = {"", "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "Th\xE1\xBB\xA7 \xC4\x90\xE1\xBB\xA9\x63"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_true(ioc_text_is_utf8(of(right[i])));
    assert_true(ioc_text_is_utf8(IOC_TEXT("a\0b")));
    assert_int_equal(ioc_text_points(of("\xC4\x90\xE1\xBB\xA9\x63")), 3);
    assert_int_equal(ioc_text_character(of("\xE1\xBB\xA9x")), 3);
    assert_int_equal(ioc_text_character(of("\xE1\xBB")), 0);
}

static void split_keeps_empty_parts_and_ends(void **state)
{
    struct ioc_text rest = of("a,,b,"), part;
    static const char *const parts[] = {"a", "", "b", ""};
    for (int i = 0; i < 4; i++) {
        assert_true(ioc_text_split(&rest, ',', &part));
        assert_true(ioc_text_equal(part, of(parts[i])));
    }
    assert_false(ioc_text_split(&rest, ',', &part));
    rest = of("");
    assert_true(ioc_text_split(&rest, ',', &part));
    assert_int_equal(part.length, 0);
    assert_false(ioc_text_split(&rest, ',', &part));
}

static void trim_takes_blanks_off_both_ends_only(void **state)
{
    assert_true(ioc_text_equal(ioc_text_trim(of(" \t a b\r\n")), of("a b")));
    assert_int_equal(ioc_text_trim(of(" \n ")).length, 0);
    assert_int_equal(ioc_text_trim((struct ioc_text){0}).length, 0);
}

static void a_misspelt_word_finds_what_was_meant(void **state)
{
    const struct ioc_text keys[] = {of("severity"), of("stream"), of("when"), of("hold"), of("qu\xE1\xBA\xADn")};
    assert_int_equal(ioc_text_nearest(of("sevrity"), keys, 5), 0);
    assert_int_equal(ioc_text_nearest(of("Stream"), keys, 5), 1);
    assert_int_equal(ioc_text_nearest(of("wehn"), keys, 5), 2);
    assert_int_equal(ioc_text_nearest(of("quan"), keys, 5), 4);
    assert_int_equal(ioc_text_nearest(of("window"), keys, 5), -1);
    assert_int_equal(ioc_text_nearest(of(""), keys, 5), -1);
    char longest[200];
    memset(longest, 'a', sizeof longest);
    assert_int_equal(ioc_text_nearest((struct ioc_text){longest, sizeof longest}, keys, 5), -1);
}

static void whole_numbers_are_read_up_to_their_ends(void **state)
{
    int64_t value = 7;
    assert_int_equal(ioc_text_int(of("-9223372036854775808"), &value), IOC_OK);
    assert_true(value == INT64_MIN);
    assert_int_equal(ioc_text_int(of("9223372036854775807"), &value), IOC_OK);
    assert_true(value == INT64_MAX);
    assert_int_equal(ioc_text_int(of("+0042"), &value), IOC_OK);
    assert_int_equal(value, 42);
    assert_int_equal(ioc_text_int(of("9223372036854775808"), &value), IOC_LIMIT);
    assert_int_equal(ioc_text_int(of("-9223372036854775809"), &value), IOC_LIMIT);
    assert_int_equal(ioc_text_int(of("99999999999999999999999999"), &value), IOC_LIMIT);
    assert_int_equal(value, 42);
    static const char *const wrong[] = {"", "-", "+", " 1", "1 ", "1.0", "0x1", "1e3", "--1", "99999999999999999999x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ioc_text_int(of(wrong[i]), &value), IOC_INVALID);
}

static void doubles_read_like_strtod_and_refuse_words(void **state)
{
    static const char *const right[] = {"15", "-2.5e3", "0", "-0", "0.1", ".5", "5.", "+7", "1e22", "1e23",
        "9007199254740993", "123456789012345678901234567890", "2.2250738585072011e-308", "5e-324",
        "1.7976931348623157e308", "0.000001", "106.6297", "10.8231", "1e-22", "8.5E+02", "1e-400",
        "0.000000000000000000000000000000000000000000000000000000000000000001", "000000000000000000000000000015"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        double value = 7, same = strtod(right[i], NULL);
        assert_int_equal(ioc_text_double(of(right[i]), &value), IOC_OK);
        assert_memory_equal(&value, &same, sizeof value);
    }
    static const char *const wrong[] = {"", "nan", "inf", "-inf", "NaN", "Infinity", "0x10", "1e", "1e+", "e5",
        ".", "-", "1.2.3", "1,5", " 1", "1 ", "1_000", "1f", "--1", "1e5.5"};
    double kept = 7;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ioc_text_double(of(wrong[i]), &kept), IOC_INVALID);
    assert_int_equal(ioc_text_double(of("1e309"), &kept), IOC_LIMIT);
    assert_int_equal(ioc_text_double(of("-1e999999999999"), &kept), IOC_LIMIT);
    assert_int_equal(ioc_text_double(IOC_TEXT("1\0"), &kept), IOC_INVALID);
    char many[5000];
    memset(many, '1', sizeof many);
    assert_int_equal(ioc_text_double((struct ioc_text){many, sizeof many}, &kept), IOC_LIMIT);
    assert_true(kept == 7);
}

static void a_written_double_reads_back_the_same_and_is_short(void **state)
{
    static const struct {
        double value;
        const char *text;
    } known[] = {{0, "0"}, {-0.0, "-0"}, {15, "15"}, {-2500, "-2500"}, {0.1, "0.1"}, {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"}, {106.6297, "106.6297"}, {-10.823099, "-10.823099"},
        {1e15, "1e+15"}, {999999999999999, "999999999999999"}, {1e22, "1e+22"}, {5e-324, "5e-324"},
        {0.000001, "1e-06"}, {0.0001, "0.0001"}, {0.000012, "1.2e-05"}, {1e-7, "1e-07"}, {1.7976931348623157e308, "1.7976931348623157e+308"},
        {9007199254740993.0, "9007199254740992"}};
    char out[IOC_TEXT_NUMBER];
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_string_equal(ioc_text_of_double(known[i].value, out).data, known[i].text);
    uint64_t bits = 88172645463325252ull; /* xorshift64 */
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double value, back;
        memcpy(&value, &bits, sizeof value);
        if (i % 2)
            value = (double)(int64_t)(bits % 20000000000ull) / 100000 - 100000;
        if (!isfinite(value))
            continue;
        struct ioc_text text = ioc_text_of_double(value, out);
        assert_int_equal(ioc_text_double(text, &back), IOC_OK);
        assert_memory_equal(&value, &back, sizeof value);
        assert_true(strlen(out) == text.length);
        char same[64];
        snprintf(same, sizeof same, "%.17g", value);
        if (text.length > strlen(same) + (i % 2 ? 0 : 4)) /* digits are counted, not "e+16" */
            fail_msg("%s is longer than %s", text.data, same);
    }
}

static void fixed_decimals_are_for_people(void **state)
{
    char out[IOC_TEXT_NUMBER];
    assert_string_equal(ioc_text_of_fixed(3.14159, 2, out).data, "3.14");
    assert_string_equal(ioc_text_of_fixed(-0.5, 0, out).data, "-0");
    assert_string_equal(ioc_text_of_fixed(999999999999999999.0, 17, out).data, "1e+18");
    assert_string_equal(ioc_text_of_fixed(99999999999999984.0, 17, out).data, "99999999999999984.00000000000000000");
}

static void decimals_are_exact_and_round_half_to_even(void **state)
{
    char out[IOC_TEXT_DECIMALS];
    assert_string_equal(ioc_text_of_decimals(2.5, 0, false, out).data, "2");
    assert_string_equal(ioc_text_of_decimals(0.1, 25, false, out).data, "0.1000000000000000055511151");
    assert_string_equal(ioc_text_of_decimals(-1052.032911275, 6, true, out).data, "-1.052033e+03");
    assert_int_equal(ioc_text_of_decimals(-DBL_MAX, IOC_DECIMALS_MOST, false, out).length, 1 + 309 + 1 + 1000);
}

/* Any locale of the machine whose decimal point is a comma; none is fine, then C is tried again. */
static void a_comma_locale_changes_no_number(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "vi_VN.UTF-8", "fr_FR.UTF-8", "C"};
    char out[IOC_TEXT_DECIMALS];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        double value = 0;
        if (!setlocale(LC_NUMERIC, names[i]))
            continue;
        assert_string_equal(ioc_text_of_double(0.1 + 0.2, out).data, "0.30000000000000004");
        assert_string_equal(ioc_text_of_fixed(2.5, 1, out).data, "2.5");
        assert_string_equal(ioc_text_of_decimals(2.5, 2, true, out).data, "2.50e+00");
        assert_int_equal(ioc_text_double(of("0.30000000000000004"), &value), IOC_OK);
        assert_true(value == 0.1 + 0.2);
        assert_int_equal(ioc_text_double(of("0,5"), &value), IOC_INVALID);
    }
    setlocale(LC_NUMERIC, "C");
}

/* Partitions of stored data rest on these numbers: they may never change. */
static void the_hash_is_fixed_for_ever(void **state)
{
    assert_true(ioc_text_hash(of("")) == 0x2D06800538D394C2ull);
    assert_true(ioc_text_hash((struct ioc_text){0}) == 0x2D06800538D394C2ull);
    assert_true(ioc_text_hash(of("a")) == 0xE6C632B61E964E1Full);
    assert_true(ioc_text_hash(of("abc")) == 0x78AF5F94892F3950ull);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_byte_order_and_a_prefix_comes_first),
        cmocka_unit_test(starts_ends_and_contains_take_the_empty_text),
        cmocka_unit_test(overlong_surrogate_cut_and_too_large_are_not_utf8),
        cmocka_unit_test(split_keeps_empty_parts_and_ends),
        cmocka_unit_test(trim_takes_blanks_off_both_ends_only),
        cmocka_unit_test(a_misspelt_word_finds_what_was_meant),
        cmocka_unit_test(whole_numbers_are_read_up_to_their_ends),
        cmocka_unit_test(doubles_read_like_strtod_and_refuse_words),
        cmocka_unit_test(a_written_double_reads_back_the_same_and_is_short),
        cmocka_unit_test(fixed_decimals_are_for_people),
        cmocka_unit_test(decimals_are_exact_and_round_half_to_even),
        cmocka_unit_test(a_comma_locale_changes_no_number),
        cmocka_unit_test(the_hash_is_fixed_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
