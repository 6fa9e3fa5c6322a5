/* tests/core/test_time.c — points in time and spans, as numbers and as text. */
#include "core/clock.h"
#include "core/time.h"
#include "core/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static ioc_time parse(const char *text)
{
    ioc_time time = IOC_TIME_NONE;
    enum ioc_status status = ioc_time_parse(ioc_text_of(text), NULL, &time);
    if (status)
        print_message("%s: %s\n", text, ioc_status_text(status));
    assert_int_equal(status, IOC_OK);
    return time;
}

static void assert_refused(const char *text, enum ioc_status expected)
{
    ioc_time time = 42;
    enum ioc_status status = ioc_time_parse(ioc_text_of(text), NULL, &time);
    if (status != expected)
        print_message("%s: %s\n", text, ioc_status_text(status));
    assert_int_equal(status, expected);
    assert_int_equal(time, 42);
}

static void known_times_have_known_numbers(void **state)
{
    static const struct {
        const char *text;
        ioc_time time;
    } known[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.999999999Z", -1},
        {"1970-01-01T00:00:00.000000001Z", 1},
        {"2000-02-29T12:00:00Z", 951825600 * IOC_SECOND},
        {"2024-02-29T23:59:59Z", 1709251199 * IOC_SECOND},
        {"2026-07-15T08:30:00+07:00", 1784079000 * IOC_SECOND},
        {"2026-07-15T08:30:00+0700", 1784079000 * IOC_SECOND},
        {"2026-07-15 08:30:00+07", 1784079000 * IOC_SECOND},
        {"2026-07-15t01:30:00z", 1784079000 * IOC_SECOND},
        {"2026-07-15T07:00:00+05:30", 1784079000 * IOC_SECOND},
        {"2026-07-14T22:30:00-03:00", 1784079000 * IOC_SECOND},
        {"2026-07-15T01:30:00-00:00", 1784079000 * IOC_SECOND},
        {"2026-07-15T01:30:00.5Z", 1784079000 * IOC_SECOND + 500 * IOC_MILLISECOND},
        {"2026-07-15T01:30:00.123456789Z", 1784079000 * IOC_SECOND + 123456789},
        {"2016-12-31T23:59:60Z", 1483228800 * IOC_SECOND},
        {"2017-01-01T06:59:60.25+07:00", 1483228800 * IOC_SECOND + 250 * IOC_MILLISECOND},
        {"1677-09-21T00:12:43.145224193Z", INT64_MIN + 1},
        {"2262-04-11T23:47:16.854775807Z", INT64_MAX},
        {"1900-02-28T00:00:00Z", -2203977600 * IOC_SECOND},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_int_equal(parse(known[i].text), known[i].time);
}

static void malformed_times_are_refused(void **state)
{
    static const char *const wrong[] = {"", "2026", "2026-07-15", "2026-07-15T08:30:00", "2026-07-15T08:30Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
        "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+07:60", "2026-01-01T00:00:00+7:00", "2026-01-01T00:00:00+07:",
        "2026-01-01T00:00:00Zx", " 2026-01-01T00:00:00Z", "2026-1-1T00:00:00Z", "26-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z", "-2026-01-01T00:00:00Z", "2026-01-01T00:00:00 Z", "2026/01/01T00:00:00Z",
        "1784079000", "2026-01-01T00:00:00,5Z", "2026-01-01T+1:00:00Z"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused(wrong[i], IOC_INVALID);
    ioc_time time;
    assert_int_equal(ioc_time_parse((struct ioc_text){0}, NULL, &time), IOC_INVALID);
    assert_int_equal(ioc_time_parse(IOC_TEXT("2026-01-01T00:00:00\0"), NULL, &time), IOC_INVALID);
}

static void times_beyond_64_bits_are_out_of_range(void **state)
{
    assert_refused("0000-01-01T00:00:00Z", IOC_LIMIT);
    assert_refused("9999-12-31T23:59:59Z", IOC_LIMIT);
    assert_refused("2262-04-11T23:47:16.854775808Z", IOC_LIMIT);
    assert_refused("1677-09-21T00:12:43.145224192Z", IOC_LIMIT); /* IOC_TIME_NONE */
    assert_refused("1677-09-21T00:12:43.145224191Z", IOC_LIMIT);
}

static void a_time_without_a_zone_is_taken_in_the_given_one(void **state)
{
    struct ioc_zone *zone;
    ioc_time time;
    assert_int_equal(ioc_zone_load(IOC_TEXT("Asia/Ho_Chi_Minh"), &zone), IOC_OK);
    assert_int_equal(ioc_time_parse(IOC_TEXT("2026-07-15 08:30:00.25"), zone, &time), IOC_OK);
    assert_int_equal(time, parse("2026-07-15T01:30:00.25Z"));
    assert_int_equal(ioc_time_parse(IOC_TEXT("2026-07-15T08:30:00Z"), zone, &time), IOC_OK);
    assert_int_equal(time, parse("2026-07-15T08:30:00Z"));
    ioc_zone_free(zone);
}

static void times_are_written_with_the_digits_they_need(void **state)
{
    char out[IOC_TIME_TEXT];
    static const char *const texts[] = {"1970-01-01T00:00:00Z", "2026-07-15T01:30:00.500Z",
        "2026-07-15T01:30:00.000250Z", "2026-07-15T01:30:00.000000001Z", "1969-12-31T23:59:59.999999999Z",
        "1677-09-21T00:12:43.145224193Z", "2262-04-11T23:47:16.854775807Z"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_string_equal(ioc_time_format(parse(texts[i]), NULL, out).data, texts[i]);
    assert_string_equal(ioc_time_format(IOC_TIME_NONE, NULL, out).data, "1677-09-21T00:12:43.145224192Z");
}

static void times_are_written_in_their_zone_and_read_back(void **state)
{
    static const struct {
        const char *zone, *utc, *local;
    } cases[] = {
        {"Asia/Ho_Chi_Minh", "2026-07-15T01:30:00Z", "2026-07-15T08:30:00+07:00"},
        {"+05:30", "2026-07-15T01:30:00.001Z", "2026-07-15T07:00:00.001+05:30"},
        {"-03:30", "2026-01-01T01:30:00Z", "2025-12-31T22:00:00-03:30"},
        {"UTC", "2026-01-01T01:30:00Z", "2026-01-01T01:30:00+00:00"},
        /* Local mean time of Saigon was +07:06:30: whole minutes, the same moment. */
        {"Asia/Ho_Chi_Minh", "1890-01-01T00:00:00Z", "1890-01-01T07:07:00+07:07"},
        {"+14:00", "2262-04-11T23:47:16.854775807Z", "2262-04-12T13:47:16.854775807+14:00"},
        {"-12:00", "1677-09-21T00:12:43.145224193Z", "1677-09-20T12:12:43.145224193-12:00"},
    };
    char out[IOC_TIME_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ioc_zone *zone;
        assert_int_equal(ioc_zone_load(ioc_text_of(cases[i].zone), &zone), IOC_OK);
        ioc_time time = parse(cases[i].utc);
        assert_string_equal(ioc_time_format(time, zone, out).data, cases[i].local);
        assert_int_equal(parse(out), time);
        ioc_zone_free(zone);
    }
}

/* Every day from 1678 to 2261 against the C library. */
static void every_day_agrees_with_the_c_library(void **state)
{
    for (int64_t day = -106650; day < 106650; day++) {
        struct ioc_date date;
        struct tm same;
        time_t seconds = (time_t)(day * 86400 + day % 86400 * day % 43200);
        ioc_time back, time = seconds * IOC_SECOND;
        ioc_time_date(time, 0, &date);
        gmtime_r(&seconds, &same);
        assert_int_equal(date.year, same.tm_year + 1900);
        assert_int_equal(date.month, same.tm_mon + 1);
        assert_int_equal(date.day, same.tm_mday);
        assert_int_equal(date.hour, same.tm_hour);
        assert_int_equal(date.minute, same.tm_min);
        assert_int_equal(date.second, same.tm_sec);
        assert_int_equal(date.weekday, same.tm_wday);
        assert_int_equal(date.year_day, same.tm_yday);
        assert_int_equal(ioc_time_from_date(&date, 0, &back), IOC_OK);
        assert_int_equal(back, time);
    }
}

static void impossible_dates_have_no_moment(void **state)
{
    static const struct ioc_date right = {.year = 2026, .month = 1, .day = 1};
    static const struct {
        size_t field;
        int32_t value;
    } wrong[] = {{offsetof(struct ioc_date, month), 0}, {offsetof(struct ioc_date, month), 13},
        {offsetof(struct ioc_date, month), INT32_MAX}, {offsetof(struct ioc_date, day), 0},
        {offsetof(struct ioc_date, day), 32}, {offsetof(struct ioc_date, day), INT32_MIN},
        {offsetof(struct ioc_date, hour), 24}, {offsetof(struct ioc_date, hour), -1},
        {offsetof(struct ioc_date, minute), 60}, {offsetof(struct ioc_date, second), 60},
        {offsetof(struct ioc_date, nanosecond), -1}, {offsetof(struct ioc_date, nanosecond), 1000000000}};
    ioc_time time;
    assert_int_equal(ioc_time_from_date(&right, 0, &time), IOC_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ioc_date date = right;
        memcpy((char *)&date + wrong[i].field, &wrong[i].value, sizeof wrong[i].value);
        assert_int_equal(ioc_time_from_date(&date, 0, &time), IOC_INVALID);
    }
    static const int32_t years[] = {INT32_MAX, INT32_MIN, 2300, 1600};
    for (size_t i = 0; i < sizeof years / sizeof years[0]; i++) {
        struct ioc_date date = right;
        date.year = years[i];
        assert_int_equal(ioc_time_from_date(&date, 0, &time), IOC_LIMIT);
    }
}

static void spans_are_read_as_people_write_them(void **state)
{
    static const struct {
        const char *text;
        ioc_span span;
    } known[] = {{"90s", 90 * IOC_SECOND}, {"10m", 10 * IOC_MINUTE}, {"2h", 2 * IOC_HOUR}, {"1d", IOC_DAY},
        {"250ms", 250 * IOC_MILLISECOND}, {"1h30m", 90 * IOC_MINUTE}, {"0s", 0}, {"-5m", -5 * IOC_MINUTE},
        {"1d2h3m4s5ms6us7ns", IOC_DAY + 2 * IOC_HOUR + 3 * IOC_MINUTE + 4 * IOC_SECOND + 5006007},
        {"9223372036854775807ns", INT64_MAX}, {"-9223372036854775808ns", INT64_MIN}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ioc_span span = 42;
        assert_int_equal(ioc_span_parse(ioc_text_of(known[i].text), &span), IOC_OK);
        assert_int_equal(span, known[i].span);
    }
    static const char *const wrong[] = {"", "-", "5", "0", "m", "5x", "5m3", "30m1h", "1h1h", "5 m", "5m ", "1.5h",
        "+5m", "5M", "5min", "--5m", "1h-5m", "99999999999999999999"};
    ioc_span kept = 42;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ioc_span_parse(ioc_text_of(wrong[i]), &kept), IOC_INVALID);
    static const char *const large[] = {"9223372036854775808ns", "-9223372036854775809ns", "106752d",
        "99999999999999999999s", "106751d24h"};
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++)
        assert_int_equal(ioc_span_parse(ioc_text_of(large[i]), &kept), IOC_LIMIT);
    assert_int_equal(kept, 42);
}

static void a_written_span_reads_back_the_same(void **state)
{
    static const struct {
        ioc_span span;
        const char *text;
    } known[] = {{0, "0s"}, {90 * IOC_MINUTE, "1h30m"}, {250 * IOC_MILLISECOND, "250ms"}, {-IOC_DAY, "-1d"},
        {INT64_MAX, "106751d23h47m16s854ms775us807ns"}, {INT64_MIN, "-106751d23h47m16s854ms775us808ns"}};
    char out[IOC_TIME_TEXT];
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ioc_span back;
        struct ioc_text text = ioc_span_format(known[i].span, out);
        assert_string_equal(text.data, known[i].text);
        assert_int_equal(text.length, strlen(known[i].text));
        assert_int_equal(ioc_span_parse(text, &back), IOC_OK);
        assert_int_equal(back, known[i].span);
    }
}

static void sums_stop_at_the_ends(void **state)
{
    assert_int_equal(ioc_time_add(5, -7), -2);
    assert_int_equal(ioc_time_add(INT64_MAX - 1, 5), INT64_MAX);
    assert_int_equal(ioc_time_add(INT64_MIN + 2, -5), INT64_MIN + 1);
    assert_int_equal(ioc_time_add(INT64_MIN + 2, -2), INT64_MIN + 1);
    assert_true(ioc_time_add(IOC_TIME_NONE, 5) == IOC_TIME_NONE);
    assert_int_equal(ioc_time_since(5, 7), -2);
    assert_int_equal(ioc_time_since(INT64_MAX, -1), INT64_MAX);
    assert_int_equal(ioc_time_since(5, IOC_TIME_NONE), INT64_MAX);
    assert_int_equal(ioc_time_since(INT64_MIN + 1, 5), INT64_MIN + 1);
}

static void the_clocks_go_and_the_steady_one_never_back(void **state)
{
    assert_true(ioc_clock_now() > parse("2024-01-01T00:00:00Z"));
    ioc_span before = ioc_clock_steady();
    for (int i = 0; i < 1000; i++) {
        ioc_span now = ioc_clock_steady();
        assert_true(now >= before);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_times_have_known_numbers),
        cmocka_unit_test(malformed_times_are_refused),
        cmocka_unit_test(times_beyond_64_bits_are_out_of_range),
        cmocka_unit_test(a_time_without_a_zone_is_taken_in_the_given_one),
        cmocka_unit_test(times_are_written_with_the_digits_they_need),
        cmocka_unit_test(times_are_written_in_their_zone_and_read_back),
        cmocka_unit_test(every_day_agrees_with_the_c_library),
        cmocka_unit_test(impossible_dates_have_no_moment),
        cmocka_unit_test(spans_are_read_as_people_write_them),
        cmocka_unit_test(a_written_span_reads_back_the_same),
        cmocka_unit_test(sums_stop_at_the_ends),
        cmocka_unit_test(the_clocks_go_and_the_steady_one_never_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
