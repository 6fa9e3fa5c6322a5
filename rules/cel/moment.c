/*
 * rules/cel/moment.c — timestamps and durations as text and as calendar parts.
 *
 * Days and dates: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (eras of 400 years that
 * begin in March).
 */
#include "rules/cel/moment.h"

enum { SECOND = 1000000000 };
static const int64_t first_second = -62135596800, last_second = 253402300799;

static int64_t days_of_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static void date_of_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static enum ioc_fault make(int64_t seconds, int64_t nanoseconds, struct ioc_boxed *out)
{
    if (seconds < first_second || seconds > last_second)
        return IOC_FAULT_TIME;
    *out = (struct ioc_boxed){
        .integer = seconds, .count = (uint32_t)nanoseconds, .type = IOC_TIMESTAMP};
    return IOC_FAULT_NONE;
}

enum ioc_fault ioc_moment_from_seconds(int64_t seconds, struct ioc_boxed *out)
{
    return make(seconds, 0, out);
}

bool ioc_moment_to_time(const struct ioc_boxed *moment, ioc_time *time)
{
    int64_t scaled;
    /* One second up and the rest down, so that the earliest second does not overflow. */
    bool is_over = __builtin_mul_overflow(moment->integer + 1, (int64_t)SECOND, &scaled) ||
                   __builtin_add_overflow(scaled, (int64_t)moment->count - SECOND, time);
    return !is_over;
}

static bool read_number(const char **at, const char *end, int digits, int64_t *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++, ++*at) {
        if (*at >= end || **at < '0' || **at > '9')
            return false;
        *value = *value * 10 + (**at - '0');
    }
    return true;
}

static bool read_letter(const char **at, const char *end, char letter)
{
    if (*at >= end || **at != letter)
        return false;
    ++*at;
    return true;
}

static bool read_fraction(const char **at, const char *end, int64_t *nanoseconds)
{
    *nanoseconds = 0;
    if (!read_letter(at, end, '.'))
        return true;
    int64_t scale = SECOND / 10;
    const char *first = *at;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at, scale /= 10) {
        if (scale == 0)
            return false;
        *nanoseconds += (**at - '0') * scale;
    }
    return *at > first;
}

/* "Z" or ±hh:mm. */
static bool read_offset(const char **at, const char *end, int64_t *offset)
{
    *offset = 0;
    if (read_letter(at, end, 'Z') || read_letter(at, end, 'z'))
        return true;
    bool is_west = read_letter(at, end, '-');
    if (!is_west && !read_letter(at, end, '+'))
        return false;
    int64_t hours, minutes;
    if (!read_number(at, end, 2, &hours) || !read_letter(at, end, ':') ||
        !read_number(at, end, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset = (hours * 3600 + minutes * 60) * (is_west ? -1 : 1);
    return true;
}

static int days_in_month(int64_t year, int64_t month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && is_leap);
}

enum ioc_fault ioc_moment_parse(struct ioc_text text, struct ioc_boxed *out)
{
    const char *at = text.data, *end = text.data + text.length;
    int64_t year, month, day, hour, minute, second, nanoseconds, offset;
    if (!read_number(&at, end, 4, &year) || !read_letter(&at, end, '-') ||
        !read_number(&at, end, 2, &month) || !read_letter(&at, end, '-') ||
        !read_number(&at, end, 2, &day))
        return IOC_FAULT_FORMAT;
    if (!read_letter(&at, end, 'T') && !read_letter(&at, end, 't'))
        return IOC_FAULT_FORMAT;
    if (!read_number(&at, end, 2, &hour) || !read_letter(&at, end, ':') ||
        !read_number(&at, end, 2, &minute) || !read_letter(&at, end, ':') ||
        !read_number(&at, end, 2, &second) || !read_fraction(&at, end, &nanoseconds) ||
        !read_offset(&at, end, &offset) || at != end)
        return IOC_FAULT_FORMAT;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
        minute > 59 || second > 59)
        return IOC_FAULT_FORMAT;
    int64_t days = days_of_date(year, (int)month, (int)day);
    return make(days * 86400 + hour * 3600 + minute * 60 + second - offset, nanoseconds, out);
}

enum ioc_fault ioc_moment_add(const struct ioc_boxed *moment, ioc_span span, struct ioc_boxed *out)
{
    int64_t nanoseconds = (int64_t)moment->count + span % SECOND,
            seconds = moment->integer + span / SECOND;
    if (nanoseconds < 0) {
        nanoseconds += SECOND;
        seconds--;
    } else if (nanoseconds >= SECOND) {
        nanoseconds -= SECOND;
        seconds++;
    }
    return make(seconds, nanoseconds, out);
}

enum ioc_fault ioc_moment_since(
    const struct ioc_boxed *later, const struct ioc_boxed *earlier, ioc_span *span)
{
    __int128 difference = (__int128)(later->integer - earlier->integer) * SECOND +
                          (int64_t)later->count - earlier->count;
    if (difference > INT64_MAX || difference < INT64_MIN)
        return IOC_FAULT_TIME;
    *span = (ioc_span)difference;
    return IOC_FAULT_NONE;
}

static void print_fraction(int64_t nanoseconds, struct ioc_buffer *out)
{
    if (nanoseconds == 0)
        return;
    char digits[16];
    int length = snprintf(digits, sizeof digits, ".%09d", (int)nanoseconds);
    while (digits[length - 1] == '0')
        length--;
    ioc_buffer_add(out, digits, (size_t)length);
}

void ioc_moment_print(const struct ioc_boxed *moment, struct ioc_buffer *out)
{
    int64_t year;
    int month, day;
    int64_t second = moment->integer % 86400, days = moment->integer / 86400;
    if (second < 0) {
        second += 86400;
        days--;
    }
    date_of_days(days, &year, &month, &day);
    ioc_buffer_addf(out, "%04d-%02d-%02dT%02d:%02d:%02d", (int)year, month, day,
        (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    print_fraction(moment->count, out);
    ioc_buffer_add_char(out, 'Z');
}

static int64_t read_unit(const char **at, const char *end)
{
    static const struct {
        struct ioc_text name;
        int64_t span;
    } units[] = {{{"ms", 2}, IOC_MILLISECOND}, {{"us", 2}, IOC_MICROSECOND},
        {{"\xc2\xb5s", 3}, IOC_MICROSECOND}, {{"\xce\xbcs", 3}, IOC_MICROSECOND},
        {{"ns", 2}, IOC_NANOSECOND}, {{"h", 1}, IOC_HOUR}, {{"m", 1}, IOC_MINUTE},
        {{"s", 1}, IOC_SECOND}};
    struct ioc_text rest = {*at, (uint32_t)(end - *at)};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (ioc_text_starts(rest, units[i].name)) {
            *at += units[i].name.length;
            return units[i].span;
        }
    }
    return 0;
}

/* One "12.5h" of a duration, added to the sum. */
static enum ioc_fault read_term(const char **at, const char *end, __int128 *sum)
{
    uint64_t whole = 0;
    __int128 fraction = 0, scale = 1;
    const char *first = *at;
    int digits = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at, digits++) {
        if (__builtin_mul_overflow(whole, 10u, &whole) ||
            __builtin_add_overflow(whole, (uint64_t)(**at - '0'), &whole))
            return IOC_FAULT_TIME;
    }
    if (read_letter(at, end, '.')) {
        for (; *at < end && **at >= '0' && **at <= '9'; ++*at, digits++) {
            if (scale < 1000000000000000) { /* finer than a nanosecond of an hour */
                fraction = fraction * 10 + (**at - '0');
                scale *= 10;
            }
        }
    }
    if (*at == first || digits == 0)
        return IOC_FAULT_FORMAT;
    int64_t unit = read_unit(at, end);
    if (unit == 0)
        return IOC_FAULT_FORMAT;
    *sum += (__int128)whole * unit + fraction * unit / scale;
    return *sum > (__int128)INT64_MAX + 1 ? IOC_FAULT_TIME : IOC_FAULT_NONE;
}

enum ioc_fault ioc_moment_parse_span(struct ioc_text text, ioc_span *span)
{
    const char *at = text.data, *end = text.data + text.length;
    bool is_negative = read_letter(&at, end, '-');
    if (!is_negative)
        (void)read_letter(&at, end, '+');
    __int128 sum = 0;
    if (end - at == 1 && *at == '0')
        at = end;
    else if (at == end)
        return IOC_FAULT_FORMAT;
    while (at < end) {
        enum ioc_fault fault = read_term(&at, end, &sum);
        if (fault)
            return fault;
    }
    if (is_negative)
        sum = -sum;
    if (sum > INT64_MAX)
        return IOC_FAULT_TIME;
    *span = (ioc_span)sum;
    return IOC_FAULT_NONE;
}

void ioc_moment_print_span(ioc_span span, struct ioc_buffer *out)
{
    uint64_t size = span < 0 ? 0 - (uint64_t)span : (uint64_t)span;
    if (span < 0)
        ioc_buffer_add_char(out, '-');
    ioc_buffer_add_uint(out, size / SECOND);
    print_fraction((int64_t)(size % SECOND), out);
    ioc_buffer_add_char(out, 's');
}

bool ioc_moment_fixed_zone(struct ioc_text name, int32_t *offset)
{
    *offset = 0;
    if (name.length == 0 || ioc_text_equal(name, IOC_TEXT("UTC")) ||
        ioc_text_equal(name, IOC_TEXT("Z")))
        return true;
    const char *at = name.data, *end = name.data + name.length;
    bool is_west = read_letter(&at, end, '-');
    if (!is_west)
        (void)read_letter(&at, end, '+');
    int64_t hours, minutes;
    if (!read_number(&at, end, 2, &hours) || !read_letter(&at, end, ':') ||
        !read_number(&at, end, 2, &minutes) || at != end || hours > 23 || minutes > 59)
        return false;
    *offset = (int32_t)(hours * 3600 + minutes * 60) * (is_west ? -1 : 1);
    return true;
}

const char *const ioc_moment_part_names[IOC_PARTS] = {"getFullYear", "getMonth", "getDate", "getDayOfMonth",
    "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds", "getMilliseconds"};

static int64_t date_part(int64_t days, enum ioc_part part)
{
    int64_t year;
    int month, day;
    date_of_days(days, &year, &month, &day);
    switch (part) {
    case IOC_PART_YEAR: return year;
    case IOC_PART_MONTH: return month - 1;
    case IOC_PART_DATE: return day;
    case IOC_PART_DAY_OF_MONTH: return day - 1;
    case IOC_PART_DAY_OF_YEAR: return days - days_of_date(year, 1, 1);
    default: break;
    }
    assert(!"no such part");
    return 0;
}

/* In seconds of the place. */
static inline int64_t find_part(int64_t local, enum ioc_part part)
{
    int64_t second = local % 86400, days = local / 86400;
    if (second < 0) {
        second += 86400;
        days--;
    }
    switch (part) { /* most want a part of the day, and need no date */
    case IOC_PART_DAY_OF_WEEK: return ((days + 4) % 7 + 7) % 7;
    case IOC_PART_HOURS: return second / 3600;
    case IOC_PART_MINUTES: return second / 60 % 60;
    case IOC_PART_SECONDS: return second % 60;
    default: return date_part(days, part);
    }
}

int64_t ioc_moment_part(const struct ioc_boxed *moment, int32_t offset, enum ioc_part part)
{
    return part == IOC_PART_MILLISECONDS ? moment->count / 1000000 : find_part(moment->integer + offset, part);
}

int64_t ioc_moment_time_part(ioc_time time, const struct ioc_boxed *zone, enum ioc_part part)
{
    int64_t second = time / IOC_SECOND, rest = time % IOC_SECOND;
    if (rest < 0) {
        rest += IOC_SECOND;
        second--;
    }
    if (part == IOC_PART_MILLISECONDS)
        return rest / IOC_MILLISECOND;
    int32_t offset = zone->zone ? ioc_zone_offset_at(zone->zone, second) : (int32_t)zone->count;
    return find_part(second + offset, part);
}
