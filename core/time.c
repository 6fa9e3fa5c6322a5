/*
 * core/time.c — points in time and spans, as numbers and as text.
 *
 * Days and dates.  The year is counted from 1 March, so that the leap day is its last day and the
 * days before month m (0 = March) are (153 m + 2) / 5.  400 such years have 146097 days; the year
 * within them follows from the day by taking out the leap days that lie before it.
 */
#include "core/time.h"
#include "core/zone.h"

#include <assert.h>

enum { DAYS_OF_ERA = 146097, DAYS_TO_1970 = 719468, SECONDS_OF_DAY = 86400 };
static const struct unit {
    char name[3];
    ioc_span span;
} units[] = {{"d", IOC_DAY}, {"h", IOC_HOUR}, {"m", IOC_MINUTE}, {"s", IOC_SECOND},
    {"ms", IOC_MILLISECOND}, {"us", IOC_MICROSECOND}, {"ns", IOC_NANOSECOND}};
enum { UNITS = sizeof units / sizeof units[0] };

static int64_t divide_down(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int32_t count_month_days(int32_t year, int32_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01. */
static int64_t count_days(int32_t year, int32_t month, int32_t day)
{
    int64_t march_year = year - (month <= 2);
    int64_t era = divide_down(march_year, 400), of_era = march_year - era * 400;
    int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    return era * DAYS_OF_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

static void split_days(int64_t days, struct ioc_date *date)
{
    int64_t since = days + DAYS_TO_1970, era = divide_down(since, DAYS_OF_ERA);
    int64_t of_era = since - era * DAYS_OF_ERA;
    int64_t leaps = of_era / 1460 - of_era / 36524 + of_era / (DAYS_OF_ERA - 1);
    int64_t year = (of_era - leaps) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t march_month = (5 * of_year + 2) / 153;
    date->day = (int32_t)(of_year - (153 * march_month + 2) / 5 + 1);
    date->month = (int32_t)(march_month < 10 ? march_month + 3 : march_month - 9);
    date->year = (int32_t)(era * 400 + year + (date->month <= 2));
    date->weekday = (int32_t)(((days + 4) % 7 + 7) % 7);
    date->year_day = (int32_t)(days - count_days(date->year, 1, 1));
}

static enum ioc_status join(int64_t seconds, int64_t nanoseconds, ioc_time *time)
{
    ioc_time sum;
    /* Rounded towards zero first: near the lower end seconds × 10^9 alone would not fit. */
    if (seconds < 0 && nanoseconds > 0) {
        seconds++;
        nanoseconds -= IOC_SECOND;
    }
    if (__builtin_mul_overflow(seconds, IOC_SECOND, &sum)
        || __builtin_add_overflow(sum, nanoseconds, &sum) || sum == IOC_TIME_NONE)
        return IOC_LIMIT;
    *time = sum;
    return IOC_OK;
}

/* Exactly `count` digits, or fewer than 0 when they are not there. */
static int32_t take_digits(struct ioc_text *rest, uint32_t count)
{
    int32_t value = 0;
    if (rest->length < count)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        if (rest->data[i] < '0' || rest->data[i] > '9')
            return -1;
        value = value * 10 + (rest->data[i] - '0');
    }
    rest->data += count;
    rest->length -= count;
    return value;
}

static bool take_one_of(struct ioc_text *rest, const char *letters)
{
    if (rest->length == 0 || rest->data[0] == 0 || !strchr(letters, rest->data[0]))
        return false;
    rest->data++;
    rest->length--;
    return true;
}

static bool take_fraction(struct ioc_text *rest, int32_t *nanosecond)
{
    int32_t value = 0, digits = 0, digit;
    while (digits < 9 && (digit = take_digits(rest, 1)) >= 0) {
        value = value * 10 + digit;
        digits++;
    }
    if (digits == 0)
        return false;
    for (int32_t i = digits; i < 9; i++)
        value *= 10;
    *nanosecond = value;
    return true;
}

/* "Z", "+07:00", "+0700", "+07" */
static bool take_offset(struct ioc_text *rest, int32_t *offset)
{
    *offset = 0;
    if (take_one_of(rest, "Zz"))
        return true;
    bool is_west = rest->length && rest->data[0] == '-';
    if (!take_one_of(rest, "+-"))
        return false;
    int32_t hours = take_digits(rest, 2), minutes = 0;
    bool has_colon = take_one_of(rest, ":");
    if (has_colon || rest->length)
        minutes = take_digits(rest, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *offset = (hours * 60 + minutes) * 60 * (is_west ? -1 : 1);
    return true;
}

static bool take_date(struct ioc_text *rest, struct ioc_date *date)
{
    date->year = take_digits(rest, 4);
    bool is_split = take_one_of(rest, "-");
    date->month = take_digits(rest, 2);
    is_split = take_one_of(rest, "-") && is_split;
    date->day = take_digits(rest, 2);
    is_split = take_one_of(rest, "Tt ") && is_split;
    date->hour = take_digits(rest, 2);
    is_split = take_one_of(rest, ":") && is_split;
    date->minute = take_digits(rest, 2);
    is_split = take_one_of(rest, ":") && is_split;
    date->second = take_digits(rest, 2);
    date->nanosecond = 0;
    if (take_one_of(rest, "."))
        is_split = take_fraction(rest, &date->nanosecond) && is_split;
    return is_split && date->year >= 0;
}

enum ioc_status ioc_time_parse(struct ioc_text text, const struct ioc_zone *zone, ioc_time *time)
{
    struct ioc_date date = {0};
    int32_t offset = 0;
    ioc_time parsed;
    if (!take_date(&text, &date))
        return IOC_INVALID;
    bool is_leap_second = date.second == 60;
    bool has_offset = text.length > 0;
    if (has_offset && (!take_offset(&text, &offset) || text.length > 0))
        return IOC_INVALID;
    if (!has_offset && !zone)
        return IOC_INVALID;
    if (is_leap_second)
        date.second = 59;
    enum ioc_status status = has_offset ? ioc_time_from_date(&date, offset, &parsed)
                                        : ioc_zone_moment(zone, &date, &parsed);
    if (status)
        return status;
    if (is_leap_second) {
        /* Only the last minute of a UTC day has one; it counts as the second after it. */
        if (divide_down(parsed, IOC_MINUTE) - divide_down(parsed, IOC_DAY) * 1440 != 1439)
            return IOC_INVALID;
        if (parsed > IOC_TIME_MAX - IOC_SECOND)
            return IOC_LIMIT;
        parsed += IOC_SECOND;
    }
    *time = parsed;
    return IOC_OK;
}

static char *put_digits(char *at, int64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

struct ioc_text ioc_time_format(ioc_time time, const struct ioc_zone *zone, char out[IOC_TIME_TEXT])
{
    struct ioc_date date;
    /* Local mean times have seconds, the text has not: whole minutes keep the moment exact. */
    int32_t offset = (int32_t)divide_down(ioc_zone_offset(zone, time) + 30, 60) * 60;
    ioc_time_date(time, offset, &date);
    char *at = put_digits(out, date.year, 4);
    *at++ = '-';
    at = put_digits(at, date.month, 2);
    *at++ = '-';
    at = put_digits(at, date.day, 2);
    *at++ = 'T';
    at = put_digits(at, date.hour, 2);
    *at++ = ':';
    at = put_digits(at, date.minute, 2);
    *at++ = ':';
    at = put_digits(at, date.second, 2);
    if (date.nanosecond) {
        *at++ = '.';
        if (date.nanosecond % 1000000 == 0)
            at = put_digits(at, date.nanosecond / 1000000, 3);
        else if (date.nanosecond % 1000 == 0)
            at = put_digits(at, date.nanosecond / 1000, 6);
        else
            at = put_digits(at, date.nanosecond, 9);
    }
    if (!zone) {
        *at++ = 'Z';
    } else {
        int32_t minutes = (offset < 0 ? -offset : offset) / 60;
        *at++ = offset < 0 ? '-' : '+';
        at = put_digits(at, minutes / 60, 2);
        *at++ = ':';
        at = put_digits(at, minutes % 60, 2);
    }
    *at = 0;
    return (struct ioc_text){out, (uint32_t)(at - out)};
}

void ioc_time_date(ioc_time time, int32_t offset_seconds, struct ioc_date *date)
{
    int64_t seconds = divide_down(time, IOC_SECOND);
    /* The nanoseconds before the offset is added: the sum would not fit near the ends. */
    int64_t nanosecond = time % IOC_SECOND;
    int64_t local = seconds + offset_seconds, days = divide_down(local, SECONDS_OF_DAY);
    int32_t of_day = (int32_t)(local - days * SECONDS_OF_DAY);
    split_days(days, date);
    date->hour = of_day / 3600;
    date->minute = of_day / 60 % 60;
    date->second = of_day % 60;
    date->nanosecond = (int32_t)(nanosecond < 0 ? nanosecond + IOC_SECOND : nanosecond);
}

enum ioc_status ioc_time_from_date(const struct ioc_date *date, int32_t offset_seconds,
    ioc_time *time)
{
    if (date->month < 1 || date->month > 12 || date->day < 1 || date->hour < 0 || date->hour > 23
        || date->minute < 0 || date->minute > 59 || date->second < 0 || date->second > 59
        || date->nanosecond < 0 || date->nanosecond >= IOC_SECOND)
        return IOC_INVALID;
    if (date->year < -9999 || date->year > 9999)
        return IOC_LIMIT;
    if (date->day > count_month_days(date->year, date->month))
        return IOC_INVALID;
    int64_t seconds = count_days(date->year, date->month, date->day) * SECONDS_OF_DAY
        + date->hour * 3600 + date->minute * 60 + date->second - (int64_t)offset_seconds;
    return join(seconds, date->nanosecond, time);
}

enum ioc_status ioc_span_parse(struct ioc_text text, ioc_span *span)
{
    bool is_negative = take_one_of(&text, "-");
    int next_unit = 0;
    ioc_span sum = 0; /* counted below zero, where there is one number more */
    if (text.length == 0)
        return IOC_INVALID;
    while (text.length) {
        int64_t amount = 0, digits = 0;
        bool is_over = false;
        for (int32_t digit; (digit = take_digits(&text, 1)) >= 0; digits++)
            is_over = __builtin_mul_overflow(amount, 10, &amount)
                || __builtin_sub_overflow(amount, digit, &amount) || is_over;
        uint32_t length = 0;
        while (length < text.length && text.data[length] >= 'a' && text.data[length] <= 'z')
            length++;
        struct ioc_text name = {text.data, length};
        while (next_unit < UNITS && !ioc_text_equal(name, ioc_text_of(units[next_unit].name)))
            next_unit++;
        if (digits == 0 || next_unit == UNITS)
            return IOC_INVALID;
        if (is_over || __builtin_mul_overflow(amount, units[next_unit].span, &amount)
            || __builtin_add_overflow(sum, amount, &sum))
            return IOC_LIMIT;
        next_unit++;
        text.data += length;
        text.length -= length;
    }
    if (!is_negative && sum == INT64_MIN)
        return IOC_LIMIT;
    *span = is_negative ? sum : -sum;
    return IOC_OK;
}

struct ioc_text ioc_span_format(ioc_span span, char out[IOC_TIME_TEXT])
{
    uint64_t left = span < 0 ? 0 - (uint64_t)span : (uint64_t)span;
    char *at = out;
    if (span < 0)
        *at++ = '-';
    for (int i = 0; i < UNITS; i++) {
        uint64_t amount = left / (uint64_t)units[i].span;
        left %= (uint64_t)units[i].span;
        if (amount == 0)
            continue;
        int digits = 1;
        for (uint64_t more = amount; more >= 10; more /= 10)
            digits++;
        at = put_digits(at, (int64_t)amount, digits);
        for (const char *name = units[i].name; *name; name++)
            *at++ = *name;
    }
    if (span == 0) {
        *at++ = '0';
        *at++ = 's';
    }
    *at = 0;
    return (struct ioc_text){out, (uint32_t)(at - out)};
}

static int64_t keep_in_range(bool is_over, bool is_below, int64_t sum)
{
    if (is_over)
        return is_below ? INT64_MIN + 1 : INT64_MAX;
    return sum == INT64_MIN ? INT64_MIN + 1 : sum;
}

ioc_time ioc_time_add(ioc_time time, ioc_span span)
{
    ioc_time sum;
    if (time == IOC_TIME_NONE)
        return IOC_TIME_NONE;
    bool is_over = __builtin_add_overflow(time, span, &sum);
    return keep_in_range(is_over, span < 0, sum);
}

ioc_span ioc_time_since(ioc_time later, ioc_time earlier)
{
    ioc_span span;
    bool is_over = __builtin_sub_overflow(later, earlier, &span);
    return keep_in_range(is_over, earlier > 0, span);
}
