/* rules/cel/standard.c — the standard library of the language: its table, and the functions on texts, sizes and calendar parts. */
#include "rules/cel/builtin.h"
#include "core/zones.h"
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

/* A constant zone is in the program; another name is looked up in all zones. */
static enum ioc_fault find_offset(struct ioc_scratch *scratch, const struct ioc_boxed *moment,
    const struct ioc_boxed *zone, int32_t *offset)
{
    const struct ioc_zone *found = zone->zone;
    *offset = (int32_t)zone->count;
    if (zone->type == IOC_KIND_ZONE && !found)
        return IOC_FAULT_NONE;
    if (zone->type == IOC_STRING) {
        struct ioc_text name = ioc_boxed_as_text(zone);
        if (ioc_moment_fixed_zone(name, offset))
            return IOC_FAULT_NONE;
        found = ioc_zones_find(scratch->program ? ioc_program_zones(scratch->program) : NULL, name);
        if (!found)
            return IOC_FAULT_ZONE;
    }
    /* Beyond what ioc_time holds the rules of its ends go on. */
    ioc_time time;
    if (!ioc_moment_to_time(moment, &time))
        time = moment->integer < 0 ? INT64_MIN + 1 : INT64_MAX;
    *offset = ioc_zone_offset(found, time);
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
        enum ioc_fault fault = find_offset(scratch, &arguments[0], &arguments[1], &offset);                 \
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
    INDEXED = IOC_BUILTIN_FUNCTION | IOC_BUILTIN_INDEXED,
    SEARCH = IOC_BUILTIN_METHOD | IOC_BUILTIN_INDEXED,
    LOOSE = IOC_BUILTIN_FUNCTION | IOC_BUILTIN_LOOSE,
    SWAPS = IOC_BUILTIN_FUNCTION | IOC_BUILTIN_SWAPS,
    CALL = IOC_OP_CALL,
};
#define TOO_LARGE "a number too large for the type"
#define ORDERED(name, INT, UINT, DOUBLE, TIME, ANY, style, run, help)                                    \
    {name, "ii", "b", style, IOC_OP_##INT, run, help},                                             \
        {name, "uu", "b", style, IOC_OP_##UINT, run, help},                                        \
        {name, "dd", "b", style, IOC_OP_##DOUBLE, run, help},                                      \
        {name, "ss", "b", style, IOC_OP_##ANY, run, help},                                         \
        {name, "yy", "b", style, IOC_OP_##ANY, run, help},                                         \
        {name, "bb", "b", style, IOC_OP_##ANY, run, help},                                         \
        {name, "tt", "b", style, IOC_OP_##TIME, run, help},                                        \
        {name, "rr", "b", style, IOC_OP_##INT, run, help},                                         \
        {name, "iu", "b", (style) | LOOSE, IOC_OP_##ANY, run, help},                               \
        {name, "ui", "b", (style) | LOOSE, IOC_OP_##ANY, run, help},                               \
        {name, "id", "b", (style) | LOOSE, IOC_OP_##ANY, run, help},                               \
        {name, "di", "b", (style) | LOOSE, IOC_OP_##ANY, run, help},                               \
        {name, "ud", "b", (style) | LOOSE, IOC_OP_##ANY, run, help},                               \
    {                                                                                              \
        name, "du", "b", (style) | LOOSE, IOC_OP_##ANY, run, help                                  \
    }
#define LESS(name, style, run, help)                                                               \
    ORDERED(name, LESS_INT, LESS_UINT, LESS_DOUBLE, LESS_TIME, LESS_ANY, style, run, help)
#define ATMOST(name, style, run, help)                                                             \
    ORDERED(name, ATMOST_INT, ATMOST_UINT, ATMOST_DOUBLE, ATMOST_TIME, ATMOST_ANY, style, run, help)
#define EQUALITY(name, style, run, help)                                                           \
    {name, "AA", "b", style, IOC_OP_EQUAL_ANY, run, help},                                             \
        {name, "iu", "b", (style) | LOOSE, IOC_OP_EQUAL_ANY, run, help},                                     \
        {name, "ui", "b", (style) | LOOSE, IOC_OP_EQUAL_ANY, run, help},                                     \
        {name, "id", "b", (style) | LOOSE, IOC_OP_EQUAL_ANY, run, help},                                     \
        {name, "di", "b", (style) | LOOSE, IOC_OP_EQUAL_ANY, run, help},                                     \
        {name, "ud", "b", (style) | LOOSE, IOC_OP_EQUAL_ANY, run, help},                                     \
    {                                                                                              \
        name, "du", "b", (style) | LOOSE, IOC_OP_EQUAL_ANY, run, help                                        \
    }
#define NOON "timestamp(\"2026-01-31T12:34:56.789Z\")"
#define PART(name, part, help, value)                                                              \
    {name, "t", "i", M, CALL, run_##part, help, NULL, NOON "." name "() == " value},               \
    {                                                                                              \
        name, "tz", "i", M, CALL, run_##part##_in, help ", in that time zone",                     \
            "a time zone that is not known", NULL                                                  \
    }

static const struct ioc_builtin rows[] = {
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
    {"_-_", "tr", "t", F, IOC_OP_SUBTRACT_TIME, ioc_operator_subtract, "an earlier time"},
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
    EQUALITY("_==_", INDEXED, ioc_operator_equal,
        "same value; numbers on one line, lists and maps by what they hold"),
    EQUALITY("_!=_", F, ioc_operator_differ, "not the same value"),
    LESS("_<_", INDEXED, ioc_operator_less, "less, or earlier"),
    ATMOST("_<=_", INDEXED, ioc_operator_atmost, "at most"),
    LESS("_>_", INDEXED | SWAPS, ioc_operator_greater, "more, or later"),
    ATMOST("_>=_", INDEXED | SWAPS, ioc_operator_atleast, "at least"),
    {"@in", "A[A]", "b", INDEXED, CALL, ioc_operator_in, "is it in the list?"},
    {"@in", "A{AB}", "b", F, CALL, ioc_operator_in, "is it a key of the map?"},
    {"int", "i", "i", F, CALL, ioc_conversion_int, "an int", NULL, "int(\"17\") == 17"},
    {"int", "u", "i", F, CALL, ioc_conversion_int, "an int", TOO_LARGE, NULL},
    {"int", "d", "i", F, CALL, ioc_conversion_int, "without the fraction", TOO_LARGE ", NaN", NULL},
    {"int", "s", "i", F, CALL, ioc_conversion_int, "the int that the text says",
        "a text that says none", NULL},
    {"int", "t", "i", F, CALL, ioc_conversion_int, "seconds since 1970"},
    {"uint", "u", "u", F, CALL, ioc_conversion_uint, "a uint", NULL, "uint(17) == 17u"},
    {"uint", "i", "u", F, CALL, ioc_conversion_uint, "a uint", "a number below zero", NULL},
    {"uint", "d", "u", F, CALL, ioc_conversion_uint, "without the fraction",
        TOO_LARGE ", a number below zero, NaN", NULL},
    {"uint", "s", "u", F, CALL, ioc_conversion_uint, "the uint that the text says",
        "a text that says none", NULL},
    {"double", "d", "d", F, CALL, ioc_conversion_double, "a double", NULL,
        "double(\"22.5\") == 22.5"},
    {"double", "i", "d", F, IOC_OP_DOUBLE_OF_INT, ioc_conversion_double, "a double"},
    {"double", "u", "d", F, IOC_OP_DOUBLE_OF_UINT, ioc_conversion_double, "a double"},
    {"double", "s", "d", F, CALL, ioc_conversion_double, "the number that the text says",
        "a text that says none", NULL},
    {"string", "s", "s", F, CALL, ioc_conversion_string, "a text", NULL, "string(22.5) == \"22.5\""},
    {"string", "i", "s", F, CALL, ioc_conversion_string, "the number as text"},
    {"string", "u", "s", F, CALL, ioc_conversion_string, "the number as text"},
    {"string", "d", "s", F, CALL, ioc_conversion_string, "the shortest text of the number"},
    {"string", "b", "s", F, CALL, ioc_conversion_string, "true or false"},
    {"string", "y", "s", F, CALL, ioc_conversion_string, "the bytes as UTF-8",
        "bytes that are no UTF-8", NULL},
    {"string", "t", "s", F, CALL, ioc_conversion_string, "RFC 3339"},
    {"string", "r", "s", F, CALL, ioc_conversion_string, "in seconds: 90s"},
    {"bytes", "y", "y", F, CALL, ioc_conversion_bytes, "bytes", NULL, "bytes(\"a\") == b\"a\""},
    {"bytes", "s", "y", F, CALL, ioc_conversion_bytes, "the UTF-8 of the text"},
    {"bool", "b", "b", F, CALL, ioc_conversion_bool, "a bool", NULL, "bool(\"true\")"},
    {"bool", "s", "b", F, CALL, ioc_conversion_bool, "true, True, TRUE, t, 1 or their opposites",
        "another text", NULL},
    {"timestamp", "t", "t", F, CALL, ioc_conversion_timestamp, "a time", NULL,
        "timestamp(\"2026-01-31T08:00:00+07:00\") == timestamp(\"2026-01-31T01:00:00Z\")"},
    {"timestamp", "s", "t", F, CALL, ioc_conversion_timestamp, "the time that RFC 3339 text says",
        "another text, a year outside of 1 to 9999", NULL},
    {"timestamp", "i", "t", F, CALL, ioc_conversion_timestamp, "seconds since 1970",
        "a year outside of 1 to 9999", NULL},
    {"duration", "r", "r", F, CALL, ioc_conversion_duration, "a duration", NULL,
        "duration(\"1h30m\") == duration(\"90m\")"},
    {"duration", "s", "r", F, CALL, ioc_conversion_duration, "10m, 1h30m, -1.5s",
        "another text, more than 292 years", NULL},
    {"dyn", "A", "*", F, IOC_OP_MOVE, ioc_conversion_dyn, "the value without its static type", NULL,
        "dyn(1) != \"a\""},
    {"type", "A", "#", F, CALL, ioc_conversion_type, "its type", NULL, "type(1.5) == double"},
    {"size", "s", "i", F | M, CALL, run_size, "number of letters (code points)", NULL,
        "size(\"Huế\") == 3"},
    {"size", "y", "i", F | M, CALL, run_size, "number of bytes"},
    {"size", "[A]", "i", F | M, CALL, run_size, "number of items"},
    {"size", "{AB}", "i", F | M, CALL, run_size, "number of keys"},
    {"contains", "ss", "b", SEARCH, CALL, run_contains, "does the text hold the other?", NULL,
        "\"pump-17\".contains(\"mp\")"},
    {"startsWith", "ss", "b", SEARCH, CALL, run_starts, "does it begin with the other?", NULL,
        "\"pump-17\".startsWith(\"pump\")"},
    {"endsWith", "ss", "b", SEARCH, CALL, run_ends, "does it end with the other?", NULL,
        "\"pump-17\".endsWith(\"17\")"},
    PART("getFullYear", YEAR, "the year", "2026"),
    PART("getMonth", MONTH, "the month, 0 = January", "0"),
    PART("getDate", DATE, "the day of the month, from 1", "31"),
    PART("getDayOfMonth", DAY_OF_MONTH, "the day of the month, from 0", "30"),
    PART("getDayOfWeek", DAY_OF_WEEK, "the day of the week, 0 = Sunday", "6"),
    PART("getDayOfYear", DAY_OF_YEAR, "the day of the year, from 0", "30"),
    PART("getHours", HOURS, "the hour of the day", "12"),
    {"getHours", "r", "i", M, CALL, run_span_hours, "the whole duration in hours"},
    PART("getMinutes", MINUTES, "the minute of the hour", "34"),
    {"getMinutes", "r", "i", M, CALL, run_span_minutes, "the whole duration in minutes"},
    PART("getSeconds", SECONDS, "the second of the minute", "56"),
    {"getSeconds", "r", "i", M, CALL, run_span_seconds, "the whole duration in seconds"},
    PART("getMilliseconds", MILLISECONDS, "the milliseconds of the second", "789"),
    {"getMilliseconds", "r", "i", M, CALL, run_span_milliseconds,
        "the milliseconds beyond the whole seconds"},
};
const struct ioc_library ioc_library_standard = {
    "standard", "operators, conversions, texts, times", rows, sizeof rows / sizeof *rows};
