/*
 * rules/cel/format.c — format(): values written into a text, each as its clause says.
 *
 * The result grows in the scratch's buffer, whose limit bounds it, and is then copied.
 */
#include "rules/cel/format.h"
#include "rules/cel/moment.h"
#include "rules/cel/sorting.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { DEPTH_MOST = 80 };

static bool is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

/* A clause begins at a percent sign; its letter, and where it ends. */
static char read_clause(struct ioc_text text, uint32_t *end, int *decimals)
{
    uint32_t at = 1;
    *decimals = IOC_FORMAT_DECIMALS;
    if (at < text.length && text.data[at] == '.') {
        uint32_t first = ++at;
        for (*decimals = 0; at < text.length && is_digit(text.data[at]); at++) {
            if (*decimals <= IOC_DECIMALS_MOST)
                *decimals = *decimals * 10 + (text.data[at] - '0');
        }
        if (at == first)
            *decimals = -1;
    }
    *end = at;
    if (at == text.length)
        return '?';
    *end += ioc_text_character((struct ioc_text){text.data + at, text.length - at});
    bool is_known = text.data[at] && strchr("sdfebxXo", text.data[at]);
    return is_known && *decimals >= 0 && *decimals <= IOC_DECIMALS_MOST ? text.data[at] : '?';
}

bool ioc_format_next(struct ioc_text *rest, struct ioc_format_piece *piece)
{
    if (rest->length == 0)
        return false;
    const char *percent = memchr(rest->data, '%', rest->length);
    uint32_t taken = percent ? (uint32_t)(percent - rest->data) : rest->length;
    *piece = (struct ioc_format_piece){.text = {rest->data, taken}};
    if (taken == 0) {
        bool is_escaped = rest->length > 1 && rest->data[1] == '%';
        taken = 2;
        if (!is_escaped)
            piece->clause = read_clause(*rest, &taken, &piece->decimals);
        piece->text.length = is_escaped ? 1 : taken;
    }
    rest->data += taken;
    rest->length -= taken;
    return true;
}

bool ioc_format_takes(char clause, uint32_t kind)
{
    if (kind == IOC_INT || kind == IOC_UINT)
        return clause != '?';
    switch (clause) {
    case 's':
        return kind == IOC_NULL || kind == IOC_BOOL || kind == IOC_DOUBLE || kind == IOC_STRING ||
               kind == IOC_BYTES || kind == IOC_TIMESTAMP || kind == IOC_DURATION ||
               kind == IOC_LIST || kind == IOC_MAP || kind == IOC_KIND_TYPE;
    case 'd':
    case 'f':
    case 'e': return kind == IOC_DOUBLE;
    case 'b': return kind == IOC_BOOL;
    case 'x':
    case 'X': return kind == IOC_STRING || kind == IOC_BYTES;
    default: return false;
    }
}

static void add_zeros(struct ioc_buffer *out, int count)
{
    while (count-- > 0)
        ioc_buffer_add_char(out, '0');
}

/* 1.5e+20 without its exponent. */
static void add_expanded(struct ioc_buffer *out, struct ioc_text text, const char *letter)
{
    char digits[IOC_TEXT_NUMBER];
    int count = 0, exponent = 0;
    for (const char *at = text.data; at < letter; at++) {
        if (is_digit(*at))
            digits[count++] = *at;
    }
    for (const char *at = letter + 2; at < text.data + text.length; at++)
        exponent = exponent * 10 + (*at - '0');
    int whole = 1 + (letter[1] == '-' ? -exponent : exponent); /* digits before the point */
    if (text.data[0] == '-')
        ioc_buffer_add_char(out, '-');
    if (whole <= 0) {
        ioc_buffer_add_string(out, "0.");
        add_zeros(out, -whole);
        ioc_buffer_add(out, digits, (size_t)count);
        return;
    }
    int before = whole < count ? whole : count;
    ioc_buffer_add(out, digits, (size_t)before);
    add_zeros(out, whole - before);
    if (before < count) {
        ioc_buffer_add_char(out, '.');
        ioc_buffer_add(out, digits + before, (size_t)(count - before));
    }
}

static bool add_special(struct ioc_buffer *out, double value)
{
    if (isfinite(value))
        return false;
    ioc_buffer_add_string(out, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    return true;
}

/* The fewest digits, never with an exponent. */
static void add_double(struct ioc_buffer *out, double value)
{
    char text[IOC_TEXT_NUMBER];
    if (add_special(out, value))
        return;
    struct ioc_text digits = ioc_text_of_double(value, text);
    const char *letter = memchr(digits.data, 'e', digits.length);
    if (letter)
        add_expanded(out, digits, letter);
    else
        ioc_buffer_add_text(out, digits);
}

static void add_decimals(struct ioc_buffer *out, const struct ioc_boxed *value,
    const struct ioc_format_piece *piece)
{
    char text[IOC_TEXT_DECIMALS];
    double number = value->type == IOC_INT    ? (double)value->integer
                    : value->type == IOC_UINT ? (double)value->natural
                                              : value->number;
    if (!add_special(out, number))
        ioc_buffer_add_text(
            out, ioc_text_of_decimals(number, piece->decimals, piece->clause == 'e', text));
}

/* A whole number in base 2, 8 or 16. */
static void add_digits(
    struct ioc_buffer *out, const struct ioc_boxed *value, uint32_t shift, const char *letters)
{
    char text[64], *at = text + sizeof text;
    bool is_negative = value->type == IOC_INT && value->integer < 0;
    uint64_t rest = is_negative ? 0 - value->natural : value->natural;
    do {
        *--at = letters[rest & ((1u << shift) - 1)];
        rest >>= shift;
    } while (rest);
    if (is_negative)
        ioc_buffer_add_char(out, '-');
    ioc_buffer_add(out, at, (size_t)(text + sizeof text - at));
}

static void add_hex(struct ioc_buffer *out, const struct ioc_boxed *value, const char *letters)
{
    if (value->type == IOC_INT || value->type == IOC_UINT) {
        add_digits(out, value, 4, letters);
        return;
    }
    char *at = ioc_buffer_reserve(out, (size_t)value->count * 2);
    for (uint32_t i = 0; at && i < value->count; i++) {
        unsigned char byte = (unsigned char)value->text[i];
        *at++ = letters[byte >> 4];
        *at++ = letters[byte & 15];
    }
    if (at)
        out->length += (size_t)value->count * 2;
    else
        out->is_full = true;
}

/* Neighbouring bytes that are no UTF-8 become one U+FFFD. */
static void add_bytes(struct ioc_buffer *out, struct ioc_text bytes)
{
    bool was_bad = false;
    for (uint32_t length; bytes.length; bytes.data += length, bytes.length -= length) {
        length = ioc_text_character(bytes);
        if (length)
            ioc_buffer_add(out, bytes.data, length);
        else if (!was_bad)
            ioc_buffer_add_string(out, "\xEF\xBF\xBD");
        was_bad = length == 0;
        length += was_bad;
    }
}

static enum ioc_fault add_value(struct ioc_scratch *scratch, const struct ioc_boxed *value,
    struct ioc_buffer *out, int depth);

static enum ioc_fault add_list(struct ioc_scratch *scratch, const struct ioc_boxed *list,
    struct ioc_buffer *out, int depth)
{
    enum ioc_fault fault = IOC_FAULT_NONE;
    ioc_buffer_add_char(out, '[');
    for (uint32_t i = 0; i < list->count && fault == IOC_FAULT_NONE; i++) {
        struct ioc_boxed item = ioc_boxed_item(scratch, list, i);
        if (i)
            ioc_buffer_add_string(out, ", ");
        fault = add_value(scratch, &item, out, depth + 1);
    }
    ioc_buffer_add_char(out, ']');
    return fault;
}

/* The keys as they will be written, to be sorted by that. */
static enum ioc_fault write_keys(
    struct ioc_scratch *scratch, const struct ioc_boxed *map, struct ioc_boxed *keys)
{
    enum { KEY_MOST = 24 };
    for (uint32_t i = 0; i < map->count; i++) {
        keys[i] = ioc_boxed_item(scratch, map, 2 * i);
        if (keys[i].type == IOC_STRING)
            continue;
        if (keys[i].type == IOC_BOOL) {
            keys[i] = ioc_boxed_text(keys[i].boolean ? IOC_TEXT("true") : IOC_TEXT("false"));
            continue;
        }
        if (keys[i].type != IOC_INT && keys[i].type != IOC_UINT)
            return IOC_FAULT_OVERLOAD;
        char *text = ioc_scratch_take(scratch, KEY_MOST);
        if (!text)
            return scratch->trouble;
        int length = keys[i].type == IOC_INT
                         ? snprintf(text, KEY_MOST, "%" PRId64, keys[i].integer)
                         : snprintf(text, KEY_MOST, "%" PRIu64, keys[i].natural);
        keys[i] = ioc_boxed_text((struct ioc_text){text, (uint32_t)length});
    }
    return IOC_FAULT_NONE;
}

static enum ioc_fault add_map(struct ioc_scratch *scratch, const struct ioc_boxed *map,
    struct ioc_buffer *out, int depth)
{
    size_t used = scratch->used; /* the keys are needed only here */
    struct ioc_boxed *keys = ioc_scratch_take(scratch, map->count * sizeof *keys);
    enum ioc_fault fault = keys ? write_keys(scratch, map, keys) : scratch->trouble;
    if (fault)
        return fault;
    const uint32_t *order = ioc_sorting_order(scratch, keys, map->count);
    if (!order)
        return scratch->trouble;
    ioc_buffer_add_char(out, '{');
    for (uint32_t i = 0; i < map->count && fault == IOC_FAULT_NONE; i++) {
        struct ioc_boxed value = ioc_boxed_item(scratch, map, 2 * order[i] + 1);
        if (i)
            ioc_buffer_add_string(out, ", ");
        ioc_buffer_add_text(out, ioc_boxed_as_text(&keys[order[i]]));
        ioc_buffer_add_string(out, ": ");
        fault = add_value(scratch, &value, out, depth + 1);
    }
    ioc_buffer_add_char(out, '}');
    scratch->used = used;
    return fault;
}

static enum ioc_fault add_value(struct ioc_scratch *scratch, const struct ioc_boxed *value,
    struct ioc_buffer *out, int depth)
{
    bool is_text = value->type == IOC_STRING || value->type == IOC_BYTES;
    if (depth > DEPTH_MOST)
        return IOC_FAULT_DEPTH;
    if (out->is_full)
        return IOC_FAULT_MEMORY;
    if (!ioc_scratch_spend(scratch, 1 + (is_text ? value->count >> 4 : 0)))
        return scratch->trouble;
    switch (value->type) {
    case IOC_NULL: ioc_buffer_add_string(out, "null"); break;
    case IOC_BOOL: ioc_buffer_add_string(out, value->boolean ? "true" : "false"); break;
    case IOC_INT: ioc_buffer_add_int(out, value->integer); break;
    case IOC_UINT: ioc_buffer_add_uint(out, value->natural); break;
    case IOC_DOUBLE: add_double(out, value->number); break;
    case IOC_STRING: ioc_buffer_add_text(out, ioc_boxed_as_text(value)); break;
    case IOC_BYTES: add_bytes(out, ioc_boxed_as_text(value)); break;
    case IOC_TIMESTAMP: ioc_moment_print(value, out); break;
    case IOC_DURATION: /* as a double of seconds */
        add_double(out, (double)(value->integer / IOC_SECOND) +
                            (double)(value->integer % IOC_SECOND) / IOC_SECOND);
        ioc_buffer_add_char(out, 's');
        break;
    case IOC_KIND_TYPE:
        ioc_buffer_add_text(out, value->count ? ioc_boxed_as_text(value)
                                              : ioc_boxed_kind_text((uint32_t)value->natural));
        break;
    case IOC_LIST: return add_list(scratch, value, out, depth);
    case IOC_MAP: return add_map(scratch, value, out, depth);
    default: return IOC_FAULT_OVERLOAD;
    }
    return IOC_FAULT_NONE;
}

static enum ioc_fault add_clause(struct ioc_scratch *scratch, const struct ioc_format_piece *piece,
    const struct ioc_boxed *value, struct ioc_buffer *out)
{
    static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    if (!ioc_format_takes(piece->clause, value->type))
        return IOC_FAULT_OVERLOAD;
    bool is_text = value->type == IOC_STRING || value->type == IOC_BYTES;
    if (!ioc_scratch_spend(scratch, is_text ? value->count >> 4 : 1))
        return scratch->trouble;
    switch (piece->clause) {
    case 'f':
    case 'e':
        if (!ioc_scratch_spend(scratch, (uint32_t)piece->decimals >> 1))
            return scratch->trouble;
        add_decimals(out, value, piece);
        break;
    case 'b': add_digits(out, value, 1, lower); break;
    case 'o': add_digits(out, value, 3, lower); break;
    case 'x': add_hex(out, value, lower); break;
    case 'X': add_hex(out, value, upper); break;
    default: return add_value(scratch, value, out, 0);
    }
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_format_run)
{
    struct ioc_text rest = ioc_boxed_as_text(&arguments[0]);
    struct ioc_format_piece piece;
    struct ioc_buffer *text = &scratch->text;
    ioc_buffer_reset(text);
    for (uint32_t next = 0; ioc_format_next(&rest, &piece);) {
        if (!ioc_scratch_spend(scratch, 1 + (piece.text.length >> 6)))
            return scratch->trouble;
        if (piece.clause == 0) {
            ioc_buffer_add_text(text, piece.text);
            continue;
        }
        if (piece.clause == '?')
            return IOC_FAULT_CLAUSE;
        if (next == arguments[1].count)
            return IOC_FAULT_TOO_FEW;
        struct ioc_boxed value = ioc_boxed_item(scratch, &arguments[1], next++);
        enum ioc_fault fault = add_clause(scratch, &piece, &value, text);
        if (fault)
            return fault;
    }
    char *copy = text->is_full ? NULL : ioc_scratch_take(scratch, text->length);
    if (!copy)
        return IOC_FAULT_MEMORY;
    if (text->length)
        memcpy(copy, text->data, text->length);
    *out = ioc_boxed_text((struct ioc_text){copy, (uint32_t)text->length});
    return IOC_FAULT_NONE;
}
