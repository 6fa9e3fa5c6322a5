/* rules/cel/conversion.c — int(x), string(x), timestamp(x), … : one type from another. */
#include "rules/cel/builtin.h"
#include "rules/cel/moment.h"
#include "rules/cel/number.h"
#include <float.h>
#include <math.h>
#include <strings.h>

IOC_BUILTIN_RUN(ioc_conversion_int)
{
    const struct ioc_boxed *from = &arguments[0];
    int64_t value = from->integer;
    switch (from->type) {
    case IOC_UINT:
        if (from->natural > INT64_MAX)
            return IOC_FAULT_RANGE;
        break;
    case IOC_DOUBLE: {
        enum ioc_fault fault = ioc_number_to_int(from->number, &value);
        if (fault)
            return fault;
        break;
    }
    case IOC_STRING: {
        int status = ioc_text_int(ioc_boxed_as_text(from), &value);
        if (status != IOC_OK)
            return status == IOC_LIMIT ? IOC_FAULT_RANGE : IOC_FAULT_FORMAT;
        break;
    }
    default: /* int, timestamp (its seconds), duration (its nanoseconds) as they are */ break;
    }
    *out = ioc_boxed_int(value);
    return IOC_FAULT_NONE;
}

static enum ioc_fault read_uint(struct ioc_text text, uint64_t *value)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return IOC_FAULT_FORMAT;
        if (__builtin_mul_overflow(sum, 10u, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(text.data[i] - '0'), &sum))
            return IOC_FAULT_RANGE;
    }
    *value = sum;
    return text.length ? IOC_FAULT_NONE : IOC_FAULT_FORMAT;
}

IOC_BUILTIN_RUN(ioc_conversion_uint)
{
    const struct ioc_boxed *from = &arguments[0];
    uint64_t value = from->natural;
    enum ioc_fault fault = IOC_FAULT_NONE;
    if (from->type == IOC_INT && from->integer < 0)
        fault = IOC_FAULT_RANGE;
    else if (from->type == IOC_DOUBLE)
        fault = ioc_number_to_uint(from->number, &value);
    else if (from->type == IOC_STRING)
        fault = read_uint(ioc_boxed_as_text(from), &value);
    if (fault == IOC_FAULT_NONE)
        *out = ioc_boxed_uint(value);
    return fault;
}

/* The words for what is no finite number, in any case of letters. */
static bool read_special(struct ioc_text text, double *value)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {{"nan", NAN}, {"inf", INFINITY}, {"infinity", INFINITY}, {"+inf", INFINITY},
        {"+infinity", INFINITY}, {"-inf", -INFINITY}, {"-infinity", -INFINITY}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (text.length == strlen(words[i].word) &&
            strncasecmp(text.data, words[i].word, text.length) == 0) {
            *value = words[i].value;
            return true;
        }
    }
    return false;
}

IOC_BUILTIN_RUN(ioc_conversion_double)
{
    const struct ioc_boxed *from = &arguments[0];
    double value = from->number;
    if (from->type == IOC_INT)
        value = (double)from->integer;
    else if (from->type == IOC_UINT)
        value = (double)from->natural;
    else if (from->type == IOC_STRING && !read_special(ioc_boxed_as_text(from), &value)) {
        int status = ioc_text_double(ioc_boxed_as_text(from), &value);
        if (status != IOC_OK)
            return status == IOC_LIMIT ? IOC_FAULT_RANGE : IOC_FAULT_FORMAT;
    }
    *out = ioc_boxed_double(value);
    return IOC_FAULT_NONE;
}

/* d.ddde+06, with as few digits as say the same number: every decimal of 15 digits is its own double, except among
 * the smallest ones, so that its zeros at the end say nothing. */
static void print_scientific(double value, struct ioc_buffer *out)
{
    char text[IOC_TEXT_DECIMALS];
    struct ioc_text printed = {text, 0};
    double back = 0;
    for (int decimals = fabs(value) < DBL_MIN ? 0 : 14; decimals <= 16; decimals++) {
        printed = ioc_text_of_decimals(value, decimals, true, text);
        if (ioc_text_double(printed, &back) == IOC_OK && back == value)
            break;
    }
    const char *power = memchr(text, 'e', printed.length);
    const char *end = power;
    while (end[-1] == '0' && memchr(text, '.', (size_t)(end - text)))
        end--;
    end -= end[-1] == '.';
    ioc_buffer_add(out, text, (size_t)(end - text));
    ioc_buffer_add(out, power, (size_t)(text + printed.length - power));
}

/* As %g of the reference implementations: plain from 0.0001 to below a million. */
static void print_double(double value, struct ioc_buffer *out)
{
    double size = fabs(value);
    if (isnan(value)) {
        ioc_buffer_add_string(out, "NaN");
    } else if (isinf(value)) {
        ioc_buffer_add_string(out, value > 0 ? "+Inf" : "-Inf");
    } else if (value != 0 && (size < 1e-4 || size >= 1e6)) {
        print_scientific(value, out);
    } else {
        ioc_buffer_add_double(out, value);
    }
}

IOC_BUILTIN_RUN(ioc_conversion_string)
{
    const struct ioc_boxed *from = &arguments[0];
    struct ioc_buffer *text = &scratch->text;
    ioc_buffer_reset(text);
    switch (from->type) {
    case IOC_BYTES:
        if (!ioc_text_is_utf8(ioc_boxed_as_text(from)))
            return IOC_FAULT_UTF8;
        *out = ioc_boxed_text(ioc_boxed_as_text(from));
        return IOC_FAULT_NONE;
    case IOC_STRING: *out = *from; return IOC_FAULT_NONE;
    case IOC_BOOL:
        *out = ioc_boxed_text(from->boolean ? IOC_TEXT("true") : IOC_TEXT("false"));
        return IOC_FAULT_NONE;
    case IOC_INT: ioc_buffer_add_int(text, from->integer); break;
    case IOC_UINT: ioc_buffer_add_uint(text, from->natural); break;
    case IOC_DOUBLE: /* the fewest digits are found by trying */
        if (!ioc_scratch_spend(scratch, 60))
            return IOC_FAULT_STEPS;
        print_double(from->number, text);
        break;
    case IOC_TIMESTAMP: ioc_moment_print(from, text); break;
    case IOC_DURATION: ioc_moment_print_span(from->integer, text); break;
    default: return IOC_FAULT_OVERLOAD;
    }
    char *copy = ioc_scratch_take(scratch, text->length);
    if (!copy)
        return scratch->trouble;
    memcpy(copy, text->data, text->length);
    *out = ioc_boxed_text((struct ioc_text){copy, (uint32_t)text->length});
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_conversion_bytes)
{
    *out = arguments[0];
    out->type = IOC_BYTES;
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_conversion_bool)
{
    static const char *const yes[] = {"1", "t", "true", "TRUE", "True"}, *const no[] = {"0", "f",
                                                                             "false", "FALSE",
                                                                             "False"};
    struct ioc_boxed from = arguments[0];
    if (from.type == IOC_BOOL) {
        *out = from;
        return IOC_FAULT_NONE;
    }
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        bool is_yes = ioc_text_equal(ioc_boxed_as_text(&from), ioc_text_of(yes[i]));
        if (is_yes || ioc_text_equal(ioc_boxed_as_text(&from), ioc_text_of(no[i]))) {
            *out = ioc_boxed_bool(is_yes);
            return IOC_FAULT_NONE;
        }
    }
    return IOC_FAULT_FORMAT;
}

IOC_BUILTIN_RUN(ioc_conversion_timestamp)
{
    if (arguments[0].type == IOC_STRING)
        return ioc_moment_parse(ioc_boxed_as_text(&arguments[0]), out);
    if (arguments[0].type == IOC_INT)
        return ioc_moment_from_seconds(arguments[0].integer, out);
    *out = arguments[0];
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_conversion_duration)
{
    ioc_span span = arguments[0].integer;
    if (arguments[0].type == IOC_STRING) {
        enum ioc_fault fault = ioc_moment_parse_span(ioc_boxed_as_text(&arguments[0]), &span);
        if (fault)
            return fault;
    }
    *out = (struct ioc_boxed){.integer = span, .type = IOC_DURATION};
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_conversion_dyn)
{
    *out = arguments[0];
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_conversion_type)
{
    *out = (struct ioc_boxed){.natural = arguments[0].type, .type = IOC_KIND_TYPE};
    return IOC_FAULT_NONE;
}
