/* tests/core/test_zone.c — time zones from TZif files and fixed offsets. */
#include "core/zone.h"
#include "core/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static struct ioc_zone *load(const char *name)
{
    struct ioc_zone *zone = NULL;
    enum ioc_status status = ioc_zone_load(ioc_text_of(name), &zone);
    if (status)
        print_message("%s: %s\n", name, ioc_status_text(status));
    assert_int_equal(status, IOC_OK);
    return zone;
}

static ioc_time parse(const char *text, const struct ioc_zone *zone)
{
    ioc_time time = 0;
    assert_int_equal(ioc_time_parse(ioc_text_of(text), zone, &time), IOC_OK);
    return time;
}

/* The C library reads the same files with other code: offsets at many moments must agree. */
static void offsets_agree_with_the_c_library(void **state)
{
    static const char *const names[] = {"Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York",
        "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca",
        "Europe/Dublin", "America/Nuuk", "Asia/Gaza", "Antarctica/Troll", "Asia/Tehran", "Etc/GMT+5"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct ioc_zone *zone = load(names[i]);
        setenv("TZ", names[i], 1);
        tzset();
        uint64_t step = 40000;
        /* From 1902: before it the C library may show the first standard offset instead. */
        for (time_t second = -2145916800; second < 9214646400; second += (time_t)step) {
            struct tm local;
            localtime_r(&second, &local);
            int32_t offset = ioc_zone_offset(zone, second * IOC_SECOND);
            if (offset != local.tm_gmtoff)
                print_message("%s at %lld\n", names[i], (long long)second);
            assert_int_equal(offset, local.tm_gmtoff);
            step = step * 6364136223846793005ull % 1000000 + 3600;
        }
        ioc_zone_free(zone);
    }
    unsetenv("TZ");
    tzset();
}

static void a_change_happens_at_its_second(void **state)
{
    struct ioc_zone *zone = load("Europe/Berlin");
    static const char *const changes[] = {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2099-03-29T01:00:00Z"};
    static const int32_t before[] = {3600, 7200, 3600}, after[] = {7200, 3600, 7200};
    for (int i = 0; i < 3; i++) {
        ioc_time change = parse(changes[i], NULL);
        assert_int_equal(ioc_zone_offset(zone, change - 1), before[i]);
        assert_int_equal(ioc_zone_offset(zone, change), after[i]);
    }
    ioc_zone_free(zone);
}

static void a_local_time_in_a_gap_is_as_if_the_clock_had_not_jumped(void **state)
{
    struct ioc_zone *berlin = load("Europe/Berlin"), *apia = load("Pacific/Apia");
    assert_int_equal(parse("2026-03-29T02:30:00", berlin), parse("2026-03-29T01:30:00Z", NULL));
    assert_int_equal(parse("2026-03-29T01:59:59.999", berlin), parse("2026-03-29T00:59:59.999Z", NULL));
    assert_int_equal(parse("2026-03-29T03:00:00", berlin), parse("2026-03-29T01:00:00Z", NULL));
    /* Samoa left out 30 December 2011. */
    assert_int_equal(parse("2011-12-29T23:59:59", apia), parse("2011-12-30T09:59:59Z", NULL));
    assert_int_equal(parse("2011-12-30T12:00:00", apia), parse("2011-12-30T22:00:00Z", NULL));
    assert_int_equal(parse("2011-12-31T00:00:00", apia), parse("2011-12-30T10:00:00Z", NULL));
    ioc_zone_free(berlin);
    ioc_zone_free(apia);
}

static void a_local_time_that_comes_twice_is_the_first(void **state)
{
    struct ioc_zone *zone = load("Europe/Berlin");
    assert_int_equal(parse("2026-10-25T02:30:00", zone), parse("2026-10-25T00:30:00Z", NULL));
    assert_int_equal(parse("2026-10-25T03:00:00", zone), parse("2026-10-25T02:00:00Z", NULL));
    assert_int_equal(parse("2026-10-25T01:59:59", zone), parse("2026-10-24T23:59:59Z", NULL));
    ioc_zone_free(zone);
}

static void the_moment_of_a_local_date_shows_that_date(void **state)
{
    static const char *const names[] = {"Asia/Ho_Chi_Minh", "America/Sao_Paulo", "Australia/Sydney"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct ioc_zone *zone = load(names[i]);
        for (ioc_time time = parse("1950-01-01T12:00:00Z", NULL); time < parse("2100-01-01T00:00:00Z", NULL);
             time += 13 * IOC_DAY + 7) {
            struct ioc_date date;
            ioc_time back;
            ioc_time_date(time, ioc_zone_offset(zone, time), &date);
            assert_int_equal(ioc_zone_moment(zone, &date, &back), IOC_OK);
            assert_int_equal(back, time);
        }
        ioc_zone_free(zone);
    }
}

static void fixed_offsets_and_no_zone_need_no_file(void **state)
{
    static const struct {
        const char *name;
        int32_t offset;
    } known[] = {{"UTC", 0}, {"+07:00", 25200}, {"-03:30", -12600}, {"+0530", 19800}, {"-00:00", 0}, {"+23:59", 86340}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct ioc_zone *zone = load(known[i].name);
        assert_int_equal(ioc_zone_offset(zone, 0), known[i].offset);
        assert_int_equal(ioc_zone_offset(zone, IOC_TIME_MAX), known[i].offset);
        assert_true(ioc_text_equal(ioc_zone_name(zone), ioc_text_of(known[i].name)));
        ioc_zone_free(zone);
    }
    assert_int_equal(ioc_zone_offset(NULL, 5), 0);
    assert_true(ioc_text_equal(ioc_zone_name(NULL), IOC_TEXT("UTC")));
    ioc_zone_free(NULL);
}

static void names_that_are_no_zone_are_not_found(void **state)
{
    static const char *const wrong[] = {"", "Mars/Olympus", "/etc/passwd", "../../../etc/passwd", "Asia/../UTC", "Asia",
        "+24:00", "+07:60", "+7", "+07:0", "+-7:00", "+0x:00", "07:00", "Asia/Ho Chi Minh", "Asia\\Tokyo", "..",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    struct ioc_zone *zone = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ioc_zone_load(ioc_text_of(wrong[i]), &zone), IOC_NOT_FOUND);
    assert_int_equal(ioc_zone_load(IOC_TEXT("UTC\0x"), &zone), IOC_NOT_FOUND);
    assert_int_equal(ioc_zone_load((struct ioc_text){0}, &zone), IOC_NOT_FOUND);
    assert_null(zone);
    assert_int_equal(ioc_zone_load(IOC_TEXT("zone.tab"), &zone), IOC_INVALID);
}

/* A version 2 file with one type (UTC+0) and this footer. */
static enum ioc_status read_footer(const char *footer, struct ioc_zone **zone)
{
    unsigned char bytes[400] = {0};
    size_t length = 0;
    for (int i = 0; i < 2; i++) {
        memcpy(bytes + length, "TZif2", 5);
        bytes[length + 39] = 1; /* one type */
        bytes[length + 43] = 4; /* letters */
        length += 44 + 6 + 4;
    }
    bytes[length++] = '\n';
    memcpy(bytes + length, footer, strlen(footer));
    length += strlen(footer);
    bytes[length++] = '\n';
    return ioc_zone_read(IOC_TEXT("test"), bytes, length, zone);
}

static void posix_rules_of_all_three_kinds_work(void **state)
{
    struct ioc_zone *zone;
    assert_int_equal(read_footer("<+07>-7", &zone), IOC_OK);
    assert_int_equal(ioc_zone_offset(zone, 0), 7 * 3600);
    ioc_zone_free(zone);
    /* J60 is 1 March in every year, 59 is 1 March only in years without a leap day. */
    assert_int_equal(read_footer("AAA0BBB,J60/0,300", &zone), IOC_OK);
    assert_int_equal(ioc_zone_offset(zone, parse("2024-02-29T23:59:59Z", NULL)), 0);
    assert_int_equal(ioc_zone_offset(zone, parse("2024-03-01T00:00:00Z", NULL)), 3600);
    assert_int_equal(ioc_zone_offset(zone, parse("2023-02-28T23:59:59Z", NULL)), 0);
    assert_int_equal(ioc_zone_offset(zone, parse("2023-03-01T00:00:00Z", NULL)), 3600);
    ioc_zone_free(zone);
    assert_int_equal(read_footer("AAA0BBB-2,59/0,300", &zone), IOC_OK);
    assert_int_equal(ioc_zone_offset(zone, parse("2024-02-29T00:00:00Z", NULL)), 7200);
    assert_int_equal(ioc_zone_offset(zone, parse("2023-02-28T23:59:59Z", NULL)), 0);
    assert_int_equal(ioc_zone_offset(zone, parse("2023-03-01T00:00:00Z", NULL)), 7200);
    ioc_zone_free(zone);
    /* Summer time all year round (RFC 8536, section 3.3.1). */
    assert_int_equal(read_footer("XXX3EDT4,0/0,J365/23", &zone), IOC_OK);
    for (ioc_time time = parse("1990-01-01T00:00:00Z", NULL); time < parse("2100-01-01T00:00:00Z", NULL);
         time += 7 * IOC_HOUR + 11 * IOC_MINUTE)
        assert_int_equal(ioc_zone_offset(zone, time), -4 * 3600);
    ioc_zone_free(zone);
    /* Summer over New Year, and a change a week outside of its day. */
    assert_int_equal(read_footer("AAA3BBB,M10.3.0/-24,M2.4.0/168", &zone), IOC_INVALID);
    assert_int_equal(read_footer("AAA3BBB,M10.3.0/-24,M2.4.0/167", &zone), IOC_OK);
    assert_int_equal(ioc_zone_offset(zone, parse("2026-01-01T00:00:00Z", NULL)), -2 * 3600);
    assert_int_equal(ioc_zone_offset(zone, parse("2026-07-01T00:00:00Z", NULL)), -3 * 3600);
    assert_int_equal(ioc_zone_offset(zone, parse("2026-10-17T02:59:59Z", NULL)), -3 * 3600);
    assert_int_equal(ioc_zone_offset(zone, parse("2026-10-17T03:00:00Z", NULL)), -2 * 3600);
    /* The ends of time do no harm. */
    assert_int_equal(ioc_zone_offset(zone, IOC_TIME_MAX), -3 * 3600);
    assert_int_equal(ioc_zone_offset(zone, IOC_TIME_NONE), -3 * 3600);
    ioc_zone_free(zone);
}

static void broken_rules_are_refused(void **state)
{
    static const char *const wrong[] = {"A", "AA0", "AAA", "AAA25", "AAA0BBB", "AAA0BBB,", "AAA0BBB,M3.5.0", "<+07-7",
        "AAA0BBB,M13.1.0,M10.5.0", "AAA0BBB,M3.6.0,M10.5.0", "AAA0BBB,M3.5.7,M10.5.0", "AAA0BBB,J0,J5",
        "AAA0BBB,J366,J5", "AAA0BBB,366,5", "AAA0BBB,J1,J5x", "AAA0:60", "AAA0BBB,J1/,J5", "AAA99999999999", "AAA0 "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ioc_zone *zone = NULL;
        if (read_footer(wrong[i], &zone) != IOC_INVALID)
            print_message("%s\n", wrong[i]);
        assert_null(zone);
    }
}

static size_t read_whole(const char *path, unsigned char *bytes, size_t most)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, most, file);
    fclose(file);
    return length;
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    static unsigned char bytes[8192];
    size_t length = read_whole("/usr/share/zoneinfo/Europe/Berlin", bytes, sizeof bytes);
    struct ioc_zone *zone = NULL;
    for (size_t cut = 0; cut < length; cut++) {
        unsigned char *part = (unsigned char *)ioc_memory_copy(bytes, cut); /* exact, for ASan */
        assert_int_equal(ioc_zone_read(IOC_TEXT("cut"), part, cut, &zone), IOC_INVALID);
        ioc_memory_give(part);
    }
    assert_int_equal(ioc_zone_read(IOC_TEXT("whole"), bytes, length, &zone), IOC_OK);
    ioc_zone_free(zone);
}

static void a_file_with_any_byte_changed_does_no_harm(void **state)
{
    static unsigned char bytes[8192];
    static const unsigned char values[] = {0, 1, 0x7F, 0x80, 0xFF};
    size_t length = read_whole("/usr/share/zoneinfo/Europe/Berlin", bytes, sizeof bytes);
    unsigned refused = 0, taken = 0;
    for (size_t i = 0; i < length; i++)
        for (size_t j = 0; j < sizeof values; j++) {
            struct ioc_zone *zone = NULL;
            unsigned char kept = bytes[i];
            bytes[i] = values[j];
            if (ioc_zone_read(IOC_TEXT("x"), bytes, length, &zone) == IOC_OK) {
                int32_t offset = ioc_zone_offset(zone, 1784079000 * IOC_SECOND);
                assert_true(offset > -26 * 3600 && offset < 26 * 3600);
                taken++;
            } else {
                refused++;
            }
            ioc_zone_free(zone);
            bytes[i] = kept;
        }
    assert_true(refused > 100 && taken > 100);
}

static void a_file_with_leap_seconds_or_too_large_is_refused(void **state)
{
    struct ioc_zone *zone = NULL;
    unsigned char bytes[44 + 6 + 4 + 8] = "TZif";
    bytes[39] = 1;
    bytes[43] = 4;
    assert_int_equal(ioc_zone_read(IOC_TEXT("x"), bytes, 44 + 6 + 4, &zone), IOC_OK); /* version 1 */
    ioc_zone_free(zone);
    bytes[31] = 1; /* one leap second */
    assert_int_equal(ioc_zone_read(IOC_TEXT("x"), bytes, sizeof bytes, &zone), IOC_INVALID);
    unsigned char *large = ioc_memory_take(256 * 1024 + 1);
    memcpy(large, "TZif", 4);
    large[39] = 1;
    assert_int_equal(ioc_zone_read(IOC_TEXT("x"), large, 256 * 1024, &zone), IOC_OK);
    ioc_zone_free(zone);
    assert_int_equal(ioc_zone_read(IOC_TEXT("x"), large, 256 * 1024 + 1, &zone), IOC_INVALID);
    ioc_memory_give(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_agree_with_the_c_library),
        cmocka_unit_test(a_change_happens_at_its_second),
        cmocka_unit_test(a_local_time_in_a_gap_is_as_if_the_clock_had_not_jumped),
        cmocka_unit_test(a_local_time_that_comes_twice_is_the_first),
        cmocka_unit_test(the_moment_of_a_local_date_shows_that_date),
        cmocka_unit_test(fixed_offsets_and_no_zone_need_no_file),
        cmocka_unit_test(names_that_are_no_zone_are_not_found),
        cmocka_unit_test(posix_rules_of_all_three_kinds_work),
        cmocka_unit_test(broken_rules_are_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_file_with_any_byte_changed_does_no_harm),
        cmocka_unit_test(a_file_with_leap_seconds_or_too_large_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
