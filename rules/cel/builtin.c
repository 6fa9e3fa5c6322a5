/* rules/cel/builtin.c — the overload table, and the functions on texts, sizes and calendar parts. */
#include "rules/cel/builtin.h"
#include "core/zone.h"
#include "rules/cel/moment.h"

static IOC_BUILTIN_RUN(run_size)
{
    uint32_t size = arguments[0].count;
    if (arguments[0].type == IOC_STRING)
        size = ioc_text_points(ioc_boxed_as_text(&arguments[0]));
    *out = ioc_boxed_int(size);
    return IOC_FAULT_NONE;
}

#define TEXT_TEST(name, test)                                                                      \
    static IOC_BUILTIN_RUN(name)                                                                   \
    {                                                                                              \
        *out = ioc_boxed_bool(                                                                     \
            test(ioc_boxed_as_text(&arguments[0]), ioc_boxed_as_text(&arguments[1])));             \
        return IOC_FAULT_NONE;                                                                     \
    }
TEXT_TEST(run_contains, ioc_text_contains)
TEXT_TEST(run_starts, ioc_text_starts)
TEXT_TEST(run_ends, ioc_text_ends)

static enum ioc_fault find_offset(
    const struct ioc_boxed *moment, const struct ioc_boxed *zone, int32_t *offset)
{
    if (zone->type == IOC_STRING)
        return ioc_moment_fixed_zone(ioc_boxed_as_text(zone), offset) ? IOC_FAULT_NONE
                                                                      : IOC_FAULT_ZONE;
    /* Beyond what ioc_time holds the rules of its ends go on. */
    ioc_time time;
    if (!ioc_moment_to_time(moment, &time))
        time = moment->integer < 0 ? INT64_MIN + 1 : INT64_MAX;
    *offset = ioc_zone_offset(zone->zone, time);
    return IOC_FAULT_NONE;
}

#define GETTER(part)                                                                               \
    static IOC_BUILTIN_RUN(run_##part)                                                             \
    {                                                                                              \
        *out = ioc_boxed_int(ioc_moment_part(&arguments[0], 0, IOC_PART_##part));                  \
        return IOC_FAULT_NONE;                                                                     \
    }                                                                                              \
    static IOC_BUILTIN_RUN(run_##part##_in)                                                        \
    {                                                                                              \
        int32_t offset;                                                                            \
        enum ioc_fault fault = find_offset(&arguments[0], &arguments[1], &offset);                 \
        if (fault == IOC_FAULT_NONE)                                                               \
            *out = ioc_boxed_int(ioc_moment_part(&arguments[0], offset, IOC_PART_##part));         \
        return fault;                                                                              \
    }
GETTER(YEAR)
GETTER(MONTH)
GETTER(DATE)
GETTER(DAY_OF_MONTH)
GETTER(DAY_OF_WEEK)
GETTER(DAY_OF_YEAR)
GETTER(HOURS)
GETTER(MINUTES)
GETTER(SECONDS)
GETTER(MILLISECONDS)

#define SPAN_GETTER(part, value)                                                                   \
    static IOC_BUILTIN_RUN(run_span_##part)                                                        \
    {                                                                                              \
        int64_t span = arguments[0].integer;                                                       \
        *out = ioc_boxed_int(value);                                                               \
        return IOC_FAULT_NONE;                                                                     \
    }
SPAN_GETTER(hours, span / IOC_HOUR)
SPAN_GETTER(minutes, span / IOC_MINUTE)
SPAN_GETTER(seconds, span / IOC_SECOND)
SPAN_GETTER(milliseconds, span % IOC_SECOND / IOC_MILLISECOND)

enum {
    F = IOC_BUILTIN_FUNCTION,
    M = IOC_BUILTIN_METHOD,
    LOOSE = IOC_BUILTIN_FUNCTION | IOC_BUILTIN_LOOSE,
    SWAPS = IOC_BUILTIN_FUNCTION | IOC_BUILTIN_SWAPS,
    CALL = IOC_OP_CALL,
};
#define ORDERED(name, INT, UINT, DOUBLE, ANY, style, run, help)                                    \
    {name, "ii", "b", style, IOC_OP_##INT, run, help},                                             \
        {name, "uu", "b", style, IOC_OP_##UINT, run, help},                                        \
        {name, "dd", "b", style, IOC_OP_##DOUBLE, run, help},                                      \
        {name, "ss", "b", style, IOC_OP_##ANY, run, help},                                         \
        {name, "yy", "b", style, IOC_OP_##ANY, run, help},                                         \
        {name, "bb", "b", style, IOC_OP_##ANY, run, help},                                         \
        {name, "tt", "b", style, IOC_OP_##ANY, run, help},                                         \
        {name, "rr", "b", style, IOC_OP_##ANY, run, help},                                         \
        {name, "iu", "b", (style) | LOOSE, IOC_OP_##ANY, run, help},                               \
        {name, "ui", "b", (style) | LOOSE, IOC_OP_##ANY, run, help},                               \
        {name, "id", "b", (style) | LOOSE, IOC_OP_##ANY, run, help},                               \
        {name, "di", "b", (style) | LOOSE, IOC_OP_##ANY, run, help},                               \
        {name, "ud", "b", (style) | LOOSE, IOC_OP_##ANY, run, help},                               \
    {                                                                                              \
        name, "du", "b", (style) | LOOSE, IOC_OP_##ANY, run, help                                  \
    }
#define LESS(name, style, run, help)                                                               \
    ORDERED(name, LESS_INT, LESS_UINT, LESS_DOUBLE, LESS_ANY, style, run, help)
#define ATMOST(name, style, run, help)                                                             \
    ORDERED(name, ATMOST_INT, ATMOST_UINT, ATMOST_DOUBLE, ATMOST_ANY, style, run, help)
#define EQUALITY(name, run, help)                                                                  \
    {name, "AA", "b", F, IOC_OP_EQUAL_ANY, run, help},                                             \
        {name, "iu", "b", LOOSE, IOC_OP_EQUAL_ANY, run, help},                                     \
        {name, "ui", "b", LOOSE, IOC_OP_EQUAL_ANY, run, help},                                     \
        {name, "id", "b", LOOSE, IOC_OP_EQUAL_ANY, run, help},                                     \
        {name, "di", "b", LOOSE, IOC_OP_EQUAL_ANY, run, help},                                     \
        {name, "ud", "b", LOOSE, IOC_OP_EQUAL_ANY, run, help},                                     \
    {                                                                                              \
        name, "du", "b", LOOSE, IOC_OP_EQUAL_ANY, run, help                                        \
    }
#define PART(name, part, help)                                                                     \
    {name, "t", "i", M, CALL, run_##part, help},                                                   \
    {                                                                                              \
        name, "tz", "i", M, CALL, run_##part##_in, help                                            \
    }

const struct ioc_builtin ioc_builtins[] = {
    {"!_", "b", "b", F, IOC_OP_NOT, ioc_operator_not, "not"},
    {"-_", "i", "i", F, IOC_OP_NEGATE_INT, ioc_operator_negate, "the opposite number"},
    {"-_", "d", "d", F, IOC_OP_NEGATE_DOUBLE, ioc_operator_negate, "the opposite number"},
    {"_+_", "ii", "i", F, IOC_OP_ADD_INT, ioc_operator_add, "sum; overflow is an error"},
    {"_+_", "uu", "u", F, IOC_OP_ADD_UINT, ioc_operator_add, "sum; overflow is an error"},
    {"_+_", "dd", "d", F, IOC_OP_ADD_DOUBLE, ioc_operator_add, "sum"},
    {"_+_", "ss", "s", F, CALL, ioc_operator_add, "one text behind the other"},
    {"_+_", "yy", "y", F, CALL, ioc_operator_add, "one behind the other"},
    {"_+_", "[A][A]", "[A]", F, CALL, ioc_operator_add, "one list behind the other"},
    {"_+_", "tr", "t", F, IOC_OP_ADD_TIME, ioc_operator_add, "a later time"},
    {"_+_", "rt", "t", SWAPS, IOC_OP_ADD_TIME, ioc_operator_add, "a later time"},
    {"_+_", "rr", "r", F, IOC_OP_ADD_SPAN, ioc_operator_add, "both durations together"},
    {"_-_", "ii", "i", F, IOC_OP_SUBTRACT_INT, ioc_operator_subtract,
        "difference; overflow is an error"},
    {"_-_", "uu", "u", F, IOC_OP_SUBTRACT_UINT, ioc_operator_subtract,
        "difference; below zero is an error"},
    {"_-_", "dd", "d", F, IOC_OP_SUBTRACT_DOUBLE, ioc_operator_subtract, "difference"},
    {"_-_", "tr", "t", F, CALL, ioc_operator_subtract, "an earlier time"},
    {"_-_", "tt", "r", F, IOC_OP_SUBTRACT_TIMES, ioc_operator_subtract, "the time between"},
    {"_-_", "rr", "r", F, IOC_OP_SUBTRACT_SPAN, ioc_operator_subtract, "difference of durations"},
    {"_*_", "ii", "i", F, IOC_OP_MULTIPLY_INT, ioc_operator_multiply,
        "product; overflow is an error"},
    {"_*_", "uu", "u", F, IOC_OP_MULTIPLY_UINT, ioc_operator_multiply,
        "product; overflow is an error"},
    {"_*_", "dd", "d", F, IOC_OP_MULTIPLY_DOUBLE, ioc_operator_multiply, "product"},
    {"_/_", "ii", "i", F, IOC_OP_DIVIDE_INT, ioc_operator_divide,
        "quotient without rest; by zero is an error"},
    {"_/_", "uu", "u", F, IOC_OP_DIVIDE_UINT, ioc_operator_divide,
        "quotient without rest; by zero is an error"},
    {"_/_", "dd", "d", F, IOC_OP_DIVIDE_DOUBLE, ioc_operator_divide, "quotient"},
    {"_%_", "ii", "i", F, IOC_OP_MODULO_INT, ioc_operator_modulo, "rest of the division"},
    {"_%_", "uu", "u", F, IOC_OP_MODULO_UINT, ioc_operator_modulo, "rest of the division"},
    EQUALITY("_==_", ioc_operator_equal,
        "same value; numbers on one line, lists and maps by what they hold"),
    EQUALITY("_!=_", ioc_operator_differ, "not the same value"),
    LESS("_<_", F, ioc_operator_less, "less, or earlier"),
    ATMOST("_<=_", F, ioc_operator_atmost, "at most"),
    LESS("_>_", SWAPS, ioc_operator_greater, "more, or later"),
    ATMOST("_>=_", SWAPS, ioc_operator_atleast, "at least"),
    {"@in", "A[A]", "b", F, CALL, ioc_operator_in, "is it in the list?"},
    {"@in", "A{AB}", "b", F, CALL, ioc_operator_in, "is it a key of the map?"},
    {"int", "i", "i", F, CALL, ioc_conversion_int, "an int"},
    {"int", "u", "i", F, CALL, ioc_conversion_int, "an int; too large is an error"},
    {"int", "d", "i", F, CALL, ioc_conversion_int, "without the fraction; too large is an error"},
    {"int", "s", "i", F, CALL, ioc_conversion_int, "the int that the text says"},
    {"int", "t", "i", F, CALL, ioc_conversion_int, "seconds since 1970"},
    {"uint", "u", "u", F, CALL, ioc_conversion_uint, "a uint"},
    {"uint", "i", "u", F, CALL, ioc_conversion_uint, "a uint; below zero is an error"},
    {"uint", "d", "u", F, CALL, ioc_conversion_uint,
        "without the fraction; out of range is an error"},
    {"uint", "s", "u", F, CALL, ioc_conversion_uint, "the uint that the text says"},
    {"double", "d", "d", F, CALL, ioc_conversion_double, "a double"},
    {"double", "i", "d", F, IOC_OP_DOUBLE_OF_INT, ioc_conversion_double, "a double"},
    {"double", "u", "d", F, IOC_OP_DOUBLE_OF_UINT, ioc_conversion_double, "a double"},
    {"double", "s", "d", F, CALL, ioc_conversion_double, "the number that the text says"},
    {"string", "s", "s", F, CALL, ioc_conversion_string, "a text"},
    {"string", "i", "s", F, CALL, ioc_conversion_string, "the number as text"},
    {"string", "u", "s", F, CALL, ioc_conversion_string, "the number as text"},
    {"string", "d", "s", F, CALL, ioc_conversion_string, "the shortest text of the number"},
    {"string", "b", "s", F, CALL, ioc_conversion_string, "true or false"},
    {"string", "y", "s", F, CALL, ioc_conversion_string, "the bytes as UTF-8"},
    {"string", "t", "s", F, CALL, ioc_conversion_string, "RFC 3339"},
    {"string", "r", "s", F, CALL, ioc_conversion_string, "in seconds: 90s"},
    {"bytes", "y", "y", F, CALL, ioc_conversion_bytes, "bytes"},
    {"bytes", "s", "y", F, CALL, ioc_conversion_bytes, "the UTF-8 of the text"},
    {"bool", "b", "b", F, CALL, ioc_conversion_bool, "a bool"},
    {"bool", "s", "b", F, CALL, ioc_conversion_bool, "true, True, TRUE, t, 1 or their opposites"},
    {"timestamp", "t", "t", F, CALL, ioc_conversion_timestamp, "a time"},
    {"timestamp", "s", "t", F, CALL, ioc_conversion_timestamp, "the time that RFC 3339 text says"},
    {"timestamp", "i", "t", F, CALL, ioc_conversion_timestamp, "seconds since 1970"},
    {"duration", "r", "r", F, CALL, ioc_conversion_duration, "a duration"},
    {"duration", "s", "r", F, CALL, ioc_conversion_duration, "10m, 1h30m, -1.5s"},
    {"dyn", "A", "*", F, IOC_OP_MOVE, ioc_conversion_dyn, "the value without its static type"},
    {"type", "A", "#", F, CALL, ioc_conversion_type, "its type"},
    {"size", "s", "i", F | M, CALL, run_size, "number of letters (code points)"},
    {"size", "y", "i", F | M, CALL, run_size, "number of bytes"},
    {"size", "[A]", "i", F | M, CALL, run_size, "number of items"},
    {"size", "{AB}", "i", F | M, CALL, run_size, "number of keys"},
    {"contains", "ss", "b", M, CALL, run_contains, "does the text hold the other?"},
    {"startsWith", "ss", "b", M, CALL, run_starts, "does it begin with the other?"},
    {"endsWith", "ss", "b", M, CALL, run_ends, "does it end with the other?"},
    PART("getFullYear", YEAR, "the year"),
    PART("getMonth", MONTH, "the month, 0 = January"),
    PART("getDate", DATE, "the day of the month, from 1"),
    PART("getDayOfMonth", DAY_OF_MONTH, "the day of the month, from 0"),
    PART("getDayOfWeek", DAY_OF_WEEK, "the day of the week, 0 = Sunday"),
    PART("getDayOfYear", DAY_OF_YEAR, "the day of the year, from 0"),
    PART("getHours", HOURS, "the hour of the day"),
    {"getHours", "r", "i", M, CALL, run_span_hours, "the whole duration in hours"},
    PART("getMinutes", MINUTES, "the minute of the hour"),
    {"getMinutes", "r", "i", M, CALL, run_span_minutes, "the whole duration in minutes"},
    PART("getSeconds", SECONDS, "the second of the minute"),
    {"getSeconds", "r", "i", M, CALL, run_span_seconds, "the whole duration in seconds"},
    PART("getMilliseconds", MILLISECONDS, "the milliseconds of the second"),
    {"getMilliseconds", "r", "i", M, CALL, run_span_milliseconds,
        "the milliseconds beyond the whole seconds"},
};
const uint32_t ioc_builtin_count = sizeof ioc_builtins / sizeof *ioc_builtins;

int ioc_builtin_find(struct ioc_text name)
{
    for (uint32_t i = 0; i < ioc_builtin_count; i++) {
        if (ioc_text_equal(ioc_text_of(ioc_builtins[i].name), name))
            return (int)i;
    }
    return -1;
}

bool ioc_builtin_is_of(uint32_t first, uint32_t index)
{
    return index < ioc_builtin_count &&
           strcmp(ioc_builtins[index].name, ioc_builtins[first].name) == 0;
}

const char *ioc_builtin_param(const char *signature, uint32_t *kind)
{
    static const char letters[] = "nbiudsytrpz#*";
    static const uint8_t kinds[] = {IOC_NULL, IOC_BOOL, IOC_INT, IOC_UINT, IOC_DOUBLE, IOC_STRING,
        IOC_BYTES, IOC_TIMESTAMP, IOC_DURATION, IOC_POINT, IOC_KIND_ZONE, IOC_KIND_TYPE, IOC_DYN};
    if (*signature == '[') {
        *kind = IOC_LIST;
        return signature + 3;
    }
    if (*signature == '{') {
        *kind = IOC_MAP;
        return signature + 4;
    }
    const char *found = strchr(letters, *signature);
    *kind = found ? kinds[found - letters] : (uint32_t)*signature;
    return signature + 1;
}

uint32_t ioc_builtin_arity(const struct ioc_builtin *builtin)
{
    uint32_t count = 0, kind;
    for (const char *at = builtin->takes; *at; count++)
        at = ioc_builtin_param(at, &kind);
    return count;
}

static bool takes_value(uint32_t kind, const struct ioc_boxed *value)
{
    if (kind == IOC_DYN || kind >= 'A' || kind == value->type)
        return true;
    return kind == IOC_KIND_ZONE && value->type == IOC_STRING;
}

int ioc_builtin_match(
    uint32_t first, bool is_method, const struct ioc_boxed *arguments, uint32_t count)
{
    for (uint32_t i = first; ioc_builtin_is_of(first, i); i++) {
        const struct ioc_builtin *builtin = &ioc_builtins[i];
        if (!(builtin->style & (is_method ? IOC_BUILTIN_METHOD : IOC_BUILTIN_FUNCTION)))
            continue;
        const char *at = builtin->takes;
        uint32_t matched = 0, kind;
        for (; *at && matched < count; matched++) {
            at = ioc_builtin_param(at, &kind);
            if (!takes_value(kind, &arguments[matched]))
                break;
        }
        if (!*at && matched == count)
            return (int)i;
    }
    return -1;
}

struct ioc_text ioc_builtin_nearest(struct ioc_text name)
{
    struct ioc_text names[64];
    uint32_t count = 0;
    for (uint32_t i = 0; i < ioc_builtin_count && count < 64; i++) {
        struct ioc_text candidate = ioc_text_of(ioc_builtins[i].name);
        bool is_word = candidate.data[0] >= 'a' && candidate.data[0] <= 'z';
        if (is_word && (count == 0 || !ioc_text_equal(names[count - 1], candidate)))
            names[count++] = candidate;
    }
    int nearest = ioc_text_nearest(name, names, count);
    return nearest < 0 ? (struct ioc_text){"", 0} : names[nearest];
}
