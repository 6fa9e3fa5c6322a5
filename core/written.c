/*
 * core/written.c — values as people write them in tables, into the slots of a draft.
 */
#include "core/written.h"
#include "core/document.h"
#include <math.h>

static enum ioc_status refuse(struct ioc_error *err, struct ioc_text text, const char *code,
    const char *what, const char *hint)
{
    char shown[IOC_NODE_SHOWN];
    ioc_error_set(err, code, "%s is expected here, not '%s'", what, ioc_node_shown(text, shown));
    ioc_error_hint(err, "%s", hint);
    return IOC_INVALID;
}

/* A comma that may be a decimal one in one row and a group of thousands in the next must not be guessed:
 * the first number with decimals decides for the whole table. */
static bool take_decimal(struct ioc_written *written, char decimal)
{
    if (!written->decimal && !written->found)
        written->found = decimal;
    return decimal == (written->decimal ? written->decimal : written->found);
}

enum ioc_status ioc_written_double(
    struct ioc_written *written, struct ioc_text text, double *value, struct ioc_error *err)
{
    enum { MOST = 400 };
    char copy[MOST], decimal = '\0';
    double number;
    if (text.length >= MOST)
        return refuse(err, text, "not-a-number", "a number", "");
    for (uint32_t i = 0; i < text.length; i++) {
        copy[i] = text.data[i];
        if (copy[i] != ',' && copy[i] != '.')
            continue;
        if (decimal)
            return refuse(
                err, text, "not-a-number", "a number", "write it without separators of thousands");
        decimal = copy[i];
        copy[i] = '.';
    }
    int status = ioc_text_double((struct ioc_text){copy, text.length}, &number);
    if (status == IOC_LIMIT)
        return refuse(err, text, "out-of-range", "a number that fits a double", "");
    if (status != IOC_OK)
        return refuse(err, text, "not-a-number", "a number",
            "only the number; its unit belongs to the column");
    if (decimal && !take_decimal(written, decimal))
        return refuse(err, text, "decimal",
            decimal == ',' ? "a number with a decimal point" : "a number with a decimal comma",
            "say which sign holds for the whole table (decimal:)");
    *value = number;
    return IOC_OK;
}

enum ioc_status ioc_written_point(
    double latitude, double longitude, struct ioc_point *point, struct ioc_error *err)
{
    if (!(fabs(latitude) <= 90)) {
        ioc_error_set(err, "latitude", "the latitude %.10g is beyond ±90", latitude);
        if (fabs(latitude) <= 180 && fabs(longitude) <= 90)
            ioc_error_hint(err, "are latitude and longitude swapped?");
        else
            ioc_error_hint(err, "coordinates are WGS 84 degrees");
        return IOC_INVALID;
    }
    if (!(fabs(longitude) <= 180)) {
        ioc_error_set(err, "longitude", "the longitude %.10g is beyond ±180", longitude);
        ioc_error_hint(err, "coordinates are WGS 84 degrees");
        return IOC_INVALID;
    }
    *point = (struct ioc_point){longitude, latitude};
    return IOC_OK;
}

/* "10.77 106.70", "10.77, 106.70", "10.77,106.70", "10,77; 106,70" */
static enum ioc_status set_point(struct ioc_written *written, struct ioc_draft *draft,
    ioc_slot slot, struct ioc_text text, struct ioc_error *err)
{
    const char *what = "a position", *hint = "latitude and longitude in degrees: 10.77 106.70";
    uint32_t at = 0;
    double latitude, longitude;
    struct ioc_point point;
    while (
        at < text.length && text.data[at] != ' ' && text.data[at] != ';' && text.data[at] != '\t')
        at++;
    if (at == text.length)
        for (at = 0; at < text.length && text.data[at] != ',';)
            at++;
    if (at == text.length)
        return refuse(err, text, "not-a-position", what, hint);
    struct ioc_text first = {text.data, at};
    struct ioc_text second =
        ioc_text_trim((struct ioc_text){text.data + at + 1, text.length - at - 1});
    if (first.length > 0 && first.data[first.length - 1] == ',')
        first.length--;
    if (ioc_written_double(written, first, &latitude, err) != IOC_OK ||
        ioc_written_double(written, second, &longitude, err) != IOC_OK)
        return refuse(err, text, "not-a-position", what, hint);
    if (ioc_written_point(latitude, longitude, &point, err) != IOC_OK)
        return IOC_INVALID;
    ioc_draft_set_point(draft, slot, point);
    return IOC_OK;
}

/* IOC_NOT_FOUND: out of a range that means missing. */
static enum ioc_status check_range(
    const struct ioc_field *field, double value, struct ioc_text text, struct ioc_error *err)
{
    char shown[IOC_NODE_SHOWN];
    if (!field->has_range || (value >= field->range_low && value <= field->range_high))
        return IOC_OK;
    if (field->out_of_range_is_missing)
        return IOC_NOT_FOUND;
    ioc_error_set(err, "out-of-range", "'%s' is outside of the range %.10g to %.10g",
        ioc_node_shown(text, shown), field->range_low, field->range_high);
    return IOC_INVALID;
}

static enum ioc_status set_number(struct ioc_written *written, struct ioc_draft *draft,
    ioc_slot slot, struct ioc_text text, struct ioc_error *err)
{
    const struct ioc_field *field = &draft->schema->fields[slot];
    int64_t whole = 0;
    double number = 0;
    if (field->type == IOC_DOUBLE) {
        if (ioc_written_double(written, text, &number, err) != IOC_OK)
            return IOC_INVALID;
    } else {
        int status = ioc_text_int(text, &whole);
        if (status == IOC_INVALID)
            return refuse(err, text, "not-a-number", "a whole number", "");
        if (status != IOC_OK || (field->type == IOC_UINT && whole < 0))
            return refuse(err, text, "out-of-range",
                field->type == IOC_UINT ? "a whole number from 0 on" : "a 64-bit number", "");
        number = (double)whole;
    }
    enum ioc_status status = check_range(field, number, text, err);
    if (status != IOC_OK)
        return status == IOC_NOT_FOUND ? IOC_OK : status;
    if (field->type == IOC_DOUBLE)
        ioc_draft_set_double(draft, slot, number);
    else if (field->type == IOC_UINT)
        ioc_draft_set_uint(draft, slot, (uint64_t)whole);
    else
        ioc_draft_set_int(draft, slot, whole);
    return IOC_OK;
}

static enum ioc_status set_text(
    struct ioc_draft *draft, ioc_slot slot, struct ioc_text text, struct ioc_error *err)
{
    const struct ioc_field *field = &draft->schema->fields[slot];
    bool is_allowed = field->one_of_count == 0;
    for (uint32_t i = 0; i < field->one_of_count && !is_allowed; i++)
        is_allowed = ioc_text_equal(field->one_of[i], text);
    if (!is_allowed) {
        char shown[IOC_NODE_SHOWN];
        int nearest = ioc_text_nearest(text, field->one_of, field->one_of_count);
        ioc_error_set(err, "unknown-choice", "'%s' is none of the texts allowed in '%.*s'",
            ioc_node_shown(text, shown), IOC_TEXT_ARGS(field->name));
        struct ioc_text meant = field->one_of[nearest >= 0 ? nearest : 0];
        ioc_error_hint(
            err, nearest >= 0 ? "did you mean '%.*s'?" : "like '%.*s'", IOC_TEXT_ARGS(meant));
        return IOC_INVALID;
    }
    if (ioc_draft_set_text(draft, slot, text) == IOC_OK)
        return IOC_OK;
    ioc_error_set(err, "too-long", "the text has %u bytes; that is too long for '%.*s'",
        text.length, IOC_TEXT_ARGS(field->name));
    return IOC_INVALID;
}

static enum ioc_status set_moment(
    struct ioc_draft *draft, ioc_slot slot, struct ioc_text text, struct ioc_error *err)
{
    int64_t value;
    if (draft->schema->fields[slot].type == IOC_TIMESTAMP) {
        if (ioc_time_parse(text, NULL, &value) != IOC_OK)
            return refuse(err, text, "not-a-time", "a point in time",
                "like 2024-05-06T07:08:09+07:00, with its zone");
    } else if (ioc_span_parse(text, &value) != IOC_OK) {
        return refuse(err, text, "not-a-duration", "a duration", "like 90s, 10m or 1h30m");
    }
    ioc_draft_set_int(draft, slot, value);
    return IOC_OK;
}

bool ioc_written_can(enum ioc_type type)
{
    return type == IOC_BOOL || type == IOC_INT || type == IOC_UINT || type == IOC_DOUBLE ||
           type == IOC_STRING || type == IOC_TIMESTAMP || type == IOC_DURATION || type == IOC_POINT;
}

enum ioc_status ioc_written_set(struct ioc_written *written, struct ioc_draft *draft, ioc_slot slot,
    struct ioc_text text, struct ioc_error *err)
{
    switch (draft->schema->fields[slot].type) {
    case IOC_BOOL: {
        bool is_true =
            ioc_text_equal(text, IOC_TEXT("true")) || ioc_text_equal(text, IOC_TEXT("1"));
        if (!is_true && !ioc_text_equal(text, IOC_TEXT("false")) &&
            !ioc_text_equal(text, IOC_TEXT("0")))
            return refuse(err, text, "not-a-bool", "true or false", "");
        ioc_draft_set_bool(draft, slot, is_true);
        return IOC_OK;
    }
    case IOC_INT:
    case IOC_UINT:
    case IOC_DOUBLE: return set_number(written, draft, slot, text, err);
    case IOC_STRING: return set_text(draft, slot, text, err);
    case IOC_TIMESTAMP:
    case IOC_DURATION: return set_moment(draft, slot, text, err);
    case IOC_POINT: return set_point(written, draft, slot, text, err);
    default: return refuse(err, text, "column-type", "a single value", "");
    }
}
