/*
 * core/zonerule.c — the POSIX TZ rule at the end of a TZif file.
 *
 * The rule in force is that of the latest change not after the moment.  A change may lie up to a
 * week outside of its own year, so the changes of the years before, at and after the moment are
 * looked at.
 */
#include "core/zonerule.h"
#include "core/time.h"

#include <assert.h>

enum { HOUR = 3600, DAY_SECONDS = 86400 };

static char peek(const struct ioc_text *rest)
{
    return rest->length ? rest->data[0] : 0;
}

static bool take(struct ioc_text *rest, char letter)
{
    if (peek(rest) != letter || rest->length == 0)
        return false;
    rest->data++;
    rest->length--;
    return true;
}

static bool take_number(struct ioc_text *rest, int32_t least, int32_t most, int32_t *value)
{
    int32_t sum = 0;
    uint32_t digits = 0;
    for (; digits < 3 && peek(rest) >= '0' && peek(rest) <= '9'; digits++) {
        sum = sum * 10 + (peek(rest) - '0');
        take(rest, peek(rest));
    }
    *value = sum;
    return digits > 0 && sum >= least && sum <= most;
}

/* "CET" or "<+07>" */
static bool take_name(struct ioc_text *rest)
{
    bool is_quoted = take(rest, '<');
    uint32_t length = 0;
    for (;; length++) {
        char letter = peek(rest);
        bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        bool is_more = (letter >= '0' && letter <= '9') || letter == '+' || letter == '-';
        if (!is_letter && !(is_quoted && is_more))
            break;
        take(rest, letter);
    }
    return length >= 3 && (!is_quoted || take(rest, '>'));
}

/* [+-] hours [: minutes [: seconds]] */
static bool take_clock(struct ioc_text *rest, int32_t hours_most, int32_t *seconds)
{
    int32_t hours, minutes = 0, last = 0;
    bool is_negative = take(rest, '-');
    if (!is_negative)
        take(rest, '+');
    if (!take_number(rest, 0, hours_most, &hours))
        return false;
    if (take(rest, ':')) {
        if (!take_number(rest, 0, 59, &minutes))
            return false;
        if (take(rest, ':') && !take_number(rest, 0, 59, &last))
            return false;
    }
    *seconds = (hours * 60 + minutes) * 60 + last;
    if (is_negative)
        *seconds = -*seconds;
    return true;
}

static bool take_day(struct ioc_text *rest, struct ioc_zonerule_day *day)
{
    bool is_right;
    *day = (struct ioc_zonerule_day){.second = 2 * HOUR};
    if (take(rest, 'M')) {
        day->kind = IOC_DAY_OF_MONTH;
        is_right = take_number(rest, 1, 12, &day->month) && take(rest, '.')
            && take_number(rest, 1, 5, &day->week) && take(rest, '.')
            && take_number(rest, 0, 6, &day->day);
    } else if (take(rest, 'J')) {
        day->kind = IOC_DAY_WITHOUT_LEAP;
        is_right = take_number(rest, 1, 365, &day->day);
    } else {
        day->kind = IOC_DAY_OF_YEAR;
        is_right = take_number(rest, 0, 365, &day->day);
    }
    return is_right && (!take(rest, '/') || take_clock(rest, 167, &day->second));
}

enum ioc_status ioc_zonerule_parse(struct ioc_text text, struct ioc_zonerule *rule)
{
    struct ioc_zonerule made = {0};
    int32_t west;
    if (!take_name(&text) || !take_clock(&text, 24, &west))
        return IOC_INVALID;
    made.standard = -west;
    made.has_summer = text.length > 0;
    if (made.has_summer) {
        if (!take_name(&text))
            return IOC_INVALID;
        made.summer = made.standard + HOUR;
        if (peek(&text) != ',') {
            if (!take_clock(&text, 24, &west))
                return IOC_INVALID;
            made.summer = -west;
        }
        if (!take(&text, ',') || !take_day(&text, &made.start) || !take(&text, ',')
            || !take_day(&text, &made.end) || text.length > 0)
            return IOC_INVALID;
    }
    *rule = made;
    return IOC_OK;
}

/* The calendar repeats after 400 years, weekdays too: a year in the middle of what ioc_time holds. */
static int64_t find_day(int32_t year, int32_t month, int32_t day, struct ioc_date *date)
{
    int32_t shift = year < 1800 ? 1 : year > 2200 ? -1 : 0;
    struct ioc_date same = {.year = year + shift * 400, .month = month, .day = day};
    ioc_time moment = 0;
    enum ioc_status status = ioc_time_from_date(&same, 0, &moment);
    assert(status == IOC_OK);
    ioc_time_date(moment, 0, date);
    return moment / IOC_SECOND - shift * (int64_t)146097 * DAY_SECONDS;
}

/* Seconds since 1970 of that day's change, by a clock that shows UTC. */
static int64_t find_change(const struct ioc_zonerule_day *day, int32_t year)
{
    struct ioc_date march, first, next;
    int64_t second = find_day(year, day->kind == IOC_DAY_OF_MONTH ? day->month : 1, 1, &first);
    int64_t days = day->day;
    find_day(year, 3, 1, &march);
    bool is_leap = march.year_day == 60;
    if (day->kind == IOC_DAY_WITHOUT_LEAP) {
        days -= is_leap && day->day >= 60 ? 0 : 1; /* 29 February is never counted */
    } else if (day->kind == IOC_DAY_OF_MONTH) {
        days = (day->day - first.weekday + 7) % 7 + (day->week - 1) * 7;
        int64_t end = day->month == 12 ? find_day(year + 1, 1, 1, &next)
                                       : find_day(year, day->month + 1, 1, &next);
        if (days >= (end - second) / DAY_SECONDS) /* week 5 is the last one, be it the fourth */
            days -= 7;
    }
    return second + days * DAY_SECONDS + day->second;
}

int32_t ioc_zonerule_offset(const struct ioc_zonerule *rule, int64_t second)
{
    struct ioc_date date;
    if (!rule->has_summer)
        return rule->standard;
    int64_t most = INT64_MAX / IOC_SECOND - 1;
    int64_t inside = second > most ? most : second < -most ? -most : second;
    ioc_time_date(inside * IOC_SECOND, rule->standard, &date);
    int64_t latest = INT64_MIN;
    int32_t offset = rule->standard;
    for (int32_t year = date.year - 1; year <= date.year + 1; year++) {
        int64_t start = find_change(&rule->start, year) - rule->standard;
        int64_t end = find_change(&rule->end, year) - rule->summer;
        /* A start at the same moment as an end wins: summer time all year round. */
        if (end <= second && end > latest) {
            latest = end;
            offset = rule->standard;
        }
        if (start <= second && start >= latest) {
            latest = start;
            offset = rule->summer;
        }
    }
    return offset;
}
