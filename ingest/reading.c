/*
 * ingest/reading.c — what devices write, turned into typed values or refused in one clause.
 */
#include "ingest/reading.h"

#include "core/buffer.h"
#include <math.h>
#include <stdio.h>
#include <strings.h>

/* How many bytes of the text are a number (sign, digits, one separator, exponent); 0 = none.
 * *comma is where a comma stands, or -1. */
static uint32_t number_length(struct ioc_text text, int32_t *comma)
{
    uint32_t at = 0, digits = 0;
    bool has_separator = false;
    *comma = -1;
    if (at < text.length && (text.data[at] == '-' || text.data[at] == '+'))
        at++;
    for (; at < text.length; at++) {
        char c = text.data[at];
        if (c >= '0' && c <= '9') {
            digits++;
        } else if ((c == '.' || c == ',') && !has_separator && digits) {
            has_separator = true;
            if (c == ',')
                *comma = (int32_t)at;
        } else {
            break;
        }
    }
    if (!digits)
        return 0;
    if (at < text.length && (text.data[at] == 'e' || text.data[at] == 'E')) {
        uint32_t end = at + 1;
        if (end < text.length && (text.data[end] == '-' || text.data[end] == '+'))
            end++;
        uint32_t first = end;
        while (end < text.length && text.data[end] >= '0' && text.data[end] <= '9')
            end++;
        if (end > first)
            at = end;
    }
    return at;
}

/* "1,234" may be a thousand or a fraction: three digits behind one to three digits that do not
 * begin with 0. */
static bool is_ambiguous(struct ioc_text number, int32_t comma)
{
    uint32_t first = number.data[0] == '-' || number.data[0] == '+';
    uint32_t before = (uint32_t)comma - first, behind = number.length - (uint32_t)comma - 1;
    return behind == 3 && before <= 3 && number.data[first] != '0';
}

static const char *split_number(struct ioc_text text, double *number, struct ioc_text *unit)
{
    enum { LONGEST = 64 };
    char plain[LONGEST];
    int32_t comma;
    text = ioc_text_trim(text);
    uint32_t length = number_length(text, &comma);
    if (length == 0 || length >= LONGEST)
        return "is not a number";
    struct ioc_text found = {text.data, length};
    if (comma >= 0 && (comma + 1 == (int32_t)length || is_ambiguous(found, comma)))
        return "has a comma that may mean two things";
    memcpy(plain, found.data, length);
    if (comma >= 0)
        plain[comma] = '.';
    uint32_t first = plain[0] == '+';
    uint32_t last = plain[length - 1] == '.' ? length - 1 : length;
    if (ioc_text_double((struct ioc_text){plain + first, last - first}, number) != IOC_OK ||
        !isfinite(*number))
        return "is not a number";
    *unit = ioc_text_trim((struct ioc_text){text.data + length, text.length - length});
    return NULL;
}

/* The unit found behind a number, where there was one, must fit; converts. */
static const char *convert(const struct ioc_reading *reading, struct ioc_text found, double *number)
{
    const struct ioc_unit *from = reading->from ? reading->from : reading->to;
    if (found.length && !ioc_text_equal(found, reading->unit)) {
        from = ioc_unit_find(found);
        if (!from || !reading->to || strcmp(from->dimension, reading->to->dimension) != 0)
            return "has a unit that the field does not have";
    } else if (found.length) {
        from = reading->to;
    }
    if (from && reading->to)
        *number = ioc_unit_convert(*number, from, reading->to);
    return isfinite(*number) ? NULL : "is out of range";
}

static const char *read_number(
    const struct ioc_json_value *value, double *number, struct ioc_text *unit)
{
    *unit = (struct ioc_text){"", 0};
    switch (value->kind) {
    case IOC_JSON_INT: *number = (double)value->integer; return NULL;
    case IOC_JSON_UINT: *number = (double)value->natural; return NULL;
    case IOC_JSON_DOUBLE: *number = value->real; return NULL;
    case IOC_JSON_TEXT: return split_number(value->text, number, unit);
    default: return "is not a number";
    }
}

const char *ioc_reading_double(
    const struct ioc_reading *reading, const struct ioc_json_value *value, double *out)
{
    double number;
    struct ioc_text unit;
    const char *why = read_number(value, &number, &unit);
    if (!why)
        why = convert(reading, unit, &number);
    if (!why)
        *out = number;
    return why;
}

static bool changes_unit(const struct ioc_reading *reading)
{
    return reading->from && reading->to && reading->from != reading->to;
}

/* A double that is a whole number, but for the last bits that a conversion costs. */
static const char *read_whole(
    const struct ioc_reading *reading, const struct ioc_json_value *value, double *out)
{
    double number;
    const char *why = ioc_reading_double(reading, value, &number);
    if (why)
        return why;
    double whole = nearbyint(number);
    if (fabs(number - whole) > 1e-9 * fmax(1, fabs(number)))
        return "is not a whole number";
    if (fabs(whole) > 9007199254740992.0)
        return "is out of range";
    *out = whole;
    return NULL;
}

const char *ioc_reading_int(
    const struct ioc_reading *reading, const struct ioc_json_value *value, int64_t *out)
{
    if (value->kind == IOC_JSON_INT && !changes_unit(reading)) {
        *out = value->integer;
        return NULL;
    }
    if (value->kind == IOC_JSON_UINT && !changes_unit(reading))
        return "is out of range";
    if (value->kind == IOC_JSON_TEXT && !changes_unit(reading) &&
        ioc_text_int(ioc_text_trim(value->text), out) == IOC_OK)
        return NULL;
    double whole;
    const char *why = read_whole(reading, value, &whole);
    if (!why)
        *out = (int64_t)whole;
    return why;
}

const char *ioc_reading_uint(
    const struct ioc_reading *reading, const struct ioc_json_value *value, uint64_t *out)
{
    if (value->kind == IOC_JSON_UINT && !changes_unit(reading)) {
        *out = value->natural;
        return NULL;
    }
    int64_t number;
    const char *why = ioc_reading_int(reading, value, &number);
    if (!why && number < 0)
        why = "is negative";
    if (!why)
        *out = (uint64_t)number;
    return why;
}

const char *ioc_reading_bool(const struct ioc_json_value *value, bool *out)
{
    static const char *const words[] = {"false", "true", "off", "on", "no", "yes", "0", "1"};
    if (value->kind == IOC_JSON_BOOL) {
        *out = value->truth;
        return NULL;
    }
    if (value->kind == IOC_JSON_INT && (value->integer == 0 || value->integer == 1)) {
        *out = value->integer;
        return NULL;
    }
    if (value->kind == IOC_JSON_TEXT) {
        struct ioc_text word = ioc_text_trim(value->text);
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            if (word.length == strlen(words[i]) &&
                strncasecmp(word.data, words[i], word.length) == 0) {
                *out = i % 2;
                return NULL;
            }
        }
    }
    return "is neither true nor false";
}

/* Epoch units by magnitude: seconds until the year 5138, then ms, µs, ns. */
static int64_t epoch_unit(enum ioc_reading_time form, double magnitude)
{
    if (form == IOC_READING_EPOCH_S)
        return IOC_SECOND;
    if (form == IOC_READING_EPOCH_MS)
        return IOC_MILLISECOND;
    return magnitude < 1e11   ? IOC_SECOND
           : magnitude < 1e14 ? IOC_MILLISECOND
           : magnitude < 1e17 ? IOC_MICROSECOND
                              : IOC_NANOSECOND;
}

static const char *moment_of_int(enum ioc_reading_time form, int64_t number, ioc_time *out)
{
    if (__builtin_mul_overflow(number, epoch_unit(form, fabs((double)number)), out) ||
        *out == IOC_TIME_NONE)
        return "is no moment that can be told";
    return NULL;
}

static const char *moment_of_double(enum ioc_reading_time form, double number, ioc_time *out)
{
    int64_t unit = epoch_unit(form, fabs(number));
    double whole = floor(number), most = 9.2e18 / (double)unit;
    if (!(fabs(whole) < most))
        return "is no moment that can be told";
    /* In two parts: a double of seconds holds a fraction that the product in nanoseconds would not. */
    *out = (int64_t)whole * unit + (int64_t)nearbyint((number - whole) * (double)unit);
    return NULL;
}

const char *ioc_reading_moment(
    const struct ioc_reading *reading, const struct ioc_json_value *value, ioc_time *out)
{
    bool is_text_only = reading->time == IOC_READING_RFC3339;
    if (value->kind == IOC_JSON_INT && !is_text_only)
        return moment_of_int(reading->time, value->integer, out);
    if (value->kind == IOC_JSON_DOUBLE && !is_text_only)
        return moment_of_double(reading->time, value->real, out);
    if (value->kind != IOC_JSON_TEXT)
        return "is not a time";
    struct ioc_text text = ioc_text_trim(value->text);
    int64_t number;
    double real;
    if (!is_text_only && ioc_text_int(text, &number) == IOC_OK)
        return moment_of_int(reading->time, number, out);
    if (!is_text_only && ioc_text_double(text, &real) == IOC_OK)
        return moment_of_double(reading->time, real, out);
    if (reading->time == IOC_READING_EPOCH_S || reading->time == IOC_READING_EPOCH_MS)
        return "is not a time";
    const char *slash = text.length ? memchr(text.data, '/', text.length) : NULL;
    if (slash)
        text = (struct ioc_text){slash + 1, text.length - (uint32_t)(slash + 1 - text.data)};
    return ioc_time_parse(text, reading->zone, out) == IOC_OK ? NULL : "is not a time";
}

const char *ioc_reading_span(
    const struct ioc_reading *reading, const struct ioc_json_value *value, ioc_span *out)
{
    if (value->kind == IOC_JSON_TEXT && ioc_span_parse(ioc_text_trim(value->text), out) == IOC_OK)
        return NULL;
    double number;
    struct ioc_text found;
    const char *why = read_number(value, &number, &found);
    if (why)
        return "is not a duration";
    const struct ioc_unit *second = ioc_unit_find(IOC_TEXT("s"));
    struct ioc_reading in_seconds = {
        .from = reading->from ? reading->from : reading->to, .to = second};
    if (!in_seconds.from && !found.length)
        return "is a duration without a unit";
    why = convert(&in_seconds, found, &number);
    if (why || fabs(number) > 9.2e9)
        return why ? why : "is out of range";
    *out = (ioc_span)nearbyint(number * 1e9);
    return NULL;
}

const char *ioc_reading_text(
    const struct ioc_json_value *value, char scratch[IOC_READING_SCRATCH], struct ioc_text *out)
{
    struct ioc_buffer buffer = {
        .data = scratch, .capacity = IOC_READING_SCRATCH, .limit = IOC_READING_SCRATCH};
    switch (value->kind) {
    case IOC_JSON_TEXT: *out = value->text; return NULL;
    case IOC_JSON_BOOL: *out = value->truth ? IOC_TEXT("true") : IOC_TEXT("false"); return NULL;
    case IOC_JSON_INT: ioc_buffer_add_int(&buffer, value->integer); break;
    case IOC_JSON_UINT: ioc_buffer_add_uint(&buffer, value->natural); break;
    case IOC_JSON_DOUBLE: ioc_buffer_add_double(&buffer, value->real); break;
    default: return "is not a text";
    }
    *out = (struct ioc_text){scratch, (uint32_t)buffer.length};
    return NULL;
}

const char *ioc_reading_point(double longitude, double latitude, struct ioc_point *out)
{
    if (!(fabs(longitude) <= 180) || !(fabs(latitude) <= 90))
        return "is no place on Earth";
    *out = (struct ioc_point){longitude, latitude};
    return NULL;
}
