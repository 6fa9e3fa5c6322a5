/*
 * rules/cel/boxed.c — equality, order, access and printing of boxed values.
 *
 * Lists and maps that came in with a row are read where they lie.
 */
#include "rules/cel/boxed.h"
#include "rules/cel/moment.h"
#include "rules/cel/network.h"
#include "rules/cel/number.h"
#include <math.h>

enum { DEPTH_MOST = 80 }; /* of a value: literals nest 64 deep, cells 16 */

static struct ioc_boxed of_word(
    const struct ioc_row *row, uint8_t frame, uint32_t type, union ioc_word word)
{
    struct ioc_boxed value = {.natural = word.u, .type = (uint8_t)type};
    switch (type) {
    case IOC_NULL: value.natural = 0; break;
    case IOC_TIMESTAMP: return ioc_moment_of(word.i);
    case IOC_STRING:
    case IOC_BYTES:
    case IOC_POINT:
        value.text = (const char *)row + word.ref.offset;
        value.count = word.ref.count;
        break;
    case IOC_LIST:
    case IOC_MAP:
        value.cells = ioc_row_cells(row, word.ref);
        value.count = word.ref.count;
        value.frame = frame + 1;
        break;
    case IOC_DYN: {
        const struct ioc_cell *cell = ioc_row_cells(row, word.ref);
        /* A dyn cell in a dyn cell is never written. */
        assert(cell->type != IOC_DYN && cell->type < IOC_TYPES);
        return of_word(row, frame, cell->type, cell->word);
    }
    default: break;
    }
    return value;
}

struct ioc_boxed ioc_boxed_slot(
    const struct ioc_row *row, uint8_t frame, ioc_slot slot, enum ioc_type type)
{
    return of_word(row, frame, type, ioc_row_word(row, slot));
}

struct ioc_boxed ioc_boxed_item(
    const struct ioc_scratch *scratch, const struct ioc_boxed *list, uint32_t index)
{
    if (list->frame == 0)
        return list->items[index];
    const struct ioc_cell *cell = &list->cells[index];
    return of_word(scratch->frames[list->frame - 1], list->frame - 1, cell->type, cell->word);
}

static int order_text(const struct ioc_boxed *a, const struct ioc_boxed *b)
{
    int order = ioc_text_compare(ioc_boxed_as_text(a), ioc_boxed_as_text(b));
    return order < 0 ? -1 : order > 0;
}

int ioc_boxed_order(const struct ioc_boxed *a, const struct ioc_boxed *b)
{
    if (ioc_boxed_is_number(a) && ioc_boxed_is_number(b))
        return ioc_number_order(a, b);
    if (a->type != b->type)
        return IOC_ORDER_NEVER;
    switch (a->type) {
    case IOC_STRING:
    case IOC_BYTES: return order_text(a, b);
    case IOC_BOOL: return (int)a->boolean - (int)b->boolean;
    case IOC_DURATION: return a->integer < b->integer ? -1 : a->integer > b->integer;
    case IOC_TIMESTAMP: return ioc_moment_order(a, b);
    default: return IOC_ORDER_NEVER;
    }
}

static bool is_equal(
    struct ioc_scratch *scratch, const struct ioc_boxed *a, const struct ioc_boxed *b, int depth);

static bool is_equal_list(
    struct ioc_scratch *scratch, const struct ioc_boxed *a, const struct ioc_boxed *b, int depth)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        struct ioc_boxed one = ioc_boxed_item(scratch, a, i), other = ioc_boxed_item(scratch, b, i);
        if (!is_equal(scratch, &one, &other, depth + 1))
            return false;
    }
    return true;
}

static int64_t find_key(struct ioc_scratch *scratch, const struct ioc_boxed *map,
    const struct ioc_boxed *key, int depth)
{
    if (!ioc_scratch_spend(scratch, map->count))
        return -1;
    for (uint32_t i = 0; i < map->count; i++) {
        struct ioc_boxed candidate = ioc_boxed_item(scratch, map, 2 * i);
        if (is_equal(scratch, &candidate, key, depth + 1))
            return i;
    }
    return -1;
}

static bool is_equal_map(
    struct ioc_scratch *scratch, const struct ioc_boxed *a, const struct ioc_boxed *b, int depth)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        struct ioc_boxed key = ioc_boxed_item(scratch, a, 2 * i),
                         value = ioc_boxed_item(scratch, a, 2 * i + 1);
        int64_t at = find_key(scratch, b, &key, depth);
        if (at < 0)
            return false;
        struct ioc_boxed other = ioc_boxed_item(scratch, b, (uint32_t)(2 * at + 1));
        if (!is_equal(scratch, &value, &other, depth + 1))
            return false;
    }
    return true;
}

static bool is_equal(
    struct ioc_scratch *scratch, const struct ioc_boxed *a, const struct ioc_boxed *b, int depth)
{
    if (depth > DEPTH_MOST) {
        scratch->trouble = IOC_FAULT_DEPTH;
        return false;
    }
    bool is_text = a->type == b->type && (a->type == IOC_STRING || a->type == IOC_BYTES);
    if (!ioc_scratch_spend(scratch, 1 + (is_text ? a->count >> 4 : 0)))
        return false;
    if (a->type == IOC_INT && b->type == IOC_INT)
        return a->integer == b->integer;
    if (ioc_boxed_is_number(a) && ioc_boxed_is_number(b))
        return ioc_number_order(a, b) == 0;
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case IOC_NULL: return true;
    case IOC_BOOL: return a->boolean == b->boolean;
    case IOC_DURATION: return a->integer == b->integer;
    case IOC_TIMESTAMP: return ioc_moment_order(a, b) == 0;
    case IOC_STRING:
    case IOC_BYTES: return ioc_text_equal(ioc_boxed_as_text(a), ioc_boxed_as_text(b));
    case IOC_POINT: {
        struct ioc_point one, other;
        memcpy(&one, a->text, sizeof one);
        memcpy(&other, b->text, sizeof other);
        return one.longitude == other.longitude && one.latitude == other.latitude;
    }
    case IOC_KIND_TYPE: return a->natural == b->natural;
    case IOC_KIND_IP:
    case IOC_KIND_CIDR:
        return a->extra == b->extra && ioc_text_equal(ioc_boxed_as_text(a), ioc_boxed_as_text(b));
    case IOC_LIST: return is_equal_list(scratch, a, b, depth);
    case IOC_MAP: return is_equal_map(scratch, a, b, depth);
    case IOC_KIND_OPTIONAL:
        return a->count == b->count &&
               (a->count == 0 || is_equal(scratch, a->items, b->items, depth + 1));
    default: return false;
    }
}

bool ioc_boxed_equal(
    struct ioc_scratch *scratch, const struct ioc_boxed *a, const struct ioc_boxed *b)
{
    return is_equal(scratch, a, b, 0);
}

int64_t ioc_boxed_find(
    struct ioc_scratch *scratch, const struct ioc_boxed *map, const struct ioc_boxed *key)
{
    return find_key(scratch, map, key, 0);
}

bool ioc_boxed_is_key(const struct ioc_boxed *value)
{
    return value->type == IOC_BOOL || value->type == IOC_INT || value->type == IOC_UINT ||
           value->type == IOC_STRING;
}

struct ioc_text ioc_boxed_kind_text(uint32_t kind)
{
    switch (kind) {
    case IOC_NULL: return IOC_TEXT("null_type");
    case IOC_TIMESTAMP: return IOC_TEXT("google.protobuf.Timestamp");
    case IOC_DURATION: return IOC_TEXT("google.protobuf.Duration");
    case IOC_KIND_TYPE: return IOC_TEXT("type");
    case IOC_KIND_OPTIONAL: return IOC_TEXT("optional_type");
    case IOC_KIND_IP: return IOC_TEXT("net.IP");
    case IOC_KIND_CIDR: return IOC_TEXT("net.CIDR");
    case IOC_KIND_AREAS: return IOC_TEXT("areas");
    default: assert(kind < IOC_TYPES); return ioc_text_of(ioc_type_text(kind));
    }
}

static void print_text(const struct ioc_boxed *value, struct ioc_buffer *out)
{
    if (value->type == IOC_STRING) {
        ioc_buffer_add_json(out, ioc_boxed_as_text(value));
        return;
    }
    ioc_buffer_add_string(out, "b\"");
    for (uint32_t i = 0; i < value->count && !out->is_full; i++)
        ioc_buffer_addf(out, "\\x%02x", (unsigned char)value->text[i]);
    ioc_buffer_add_char(out, '"');
}

static void print_double(double value, struct ioc_buffer *out)
{
    char text[IOC_TEXT_NUMBER];
    if (!isfinite(value)) {
        ioc_buffer_add_string(out, isnan(value) ? "double(\"NaN\")"
                                   : value > 0  ? "double(\"Inf\")"
                                                : "double(\"-Inf\")");
        return;
    }
    struct ioc_text digits = ioc_text_of_double(value, text);
    ioc_buffer_add_text(out, digits);
    bool is_plain = true;
    for (uint32_t i = 0; i < digits.length; i++)
        is_plain &= digits.data[i] == '-' || (digits.data[i] >= '0' && digits.data[i] <= '9');
    if (is_plain)
        ioc_buffer_add_string(out, ".0");
}

static void print(const struct ioc_scratch *scratch, const struct ioc_boxed *value,
    struct ioc_buffer *out, int depth)
{
    if (depth > DEPTH_MOST || out->is_full) {
        ioc_buffer_add_string(out, "…");
        return;
    }
    switch (value->type) {
    case IOC_NULL: ioc_buffer_add_string(out, "null"); break;
    case IOC_BOOL: ioc_buffer_add_string(out, value->boolean ? "true" : "false"); break;
    case IOC_INT: ioc_buffer_add_int(out, value->integer); break;
    case IOC_UINT:
        ioc_buffer_add_uint(out, value->natural);
        ioc_buffer_add_char(out, 'u');
        break;
    case IOC_DOUBLE: print_double(value->number, out); break;
    case IOC_STRING:
    case IOC_BYTES: print_text(value, out); break;
    case IOC_TIMESTAMP:
        ioc_buffer_add_string(out, "timestamp(\"");
        ioc_moment_print(value, out);
        ioc_buffer_add_string(out, "\")");
        break;
    case IOC_DURATION:
        ioc_buffer_add_string(out, "duration(\"");
        ioc_moment_print_span(value->integer, out);
        ioc_buffer_add_string(out, "\")");
        break;
    case IOC_POINT: {
        struct ioc_point point;
        memcpy(&point, value->text, sizeof point);
        ioc_buffer_add_string(out, "point(");
        print_double(point.longitude, out);
        ioc_buffer_add_string(out, ", ");
        print_double(point.latitude, out);
        ioc_buffer_add_char(out, ')');
        break;
    }
    case IOC_KIND_TYPE:
        ioc_buffer_add_text(out, ioc_boxed_kind_text((uint32_t)value->natural));
        break;
    case IOC_KIND_IP:
    case IOC_KIND_CIDR:
        ioc_buffer_add_string(out, value->type == IOC_KIND_IP ? "ip(\"" : "cidr(\"");
        ioc_network_print(value, out);
        ioc_buffer_add_string(out, "\")");
        break;
    case IOC_KIND_OPTIONAL:
        ioc_buffer_add_string(out, value->count ? "optional.of(" : "optional.none(");
        if (value->count)
            print(scratch, value->items, out, depth + 1);
        ioc_buffer_add_char(out, ')');
        break;
    case IOC_LIST:
    case IOC_MAP: {
        uint32_t halves = value->type == IOC_MAP ? 2 * value->count : value->count;
        ioc_buffer_add_char(out, value->type == IOC_MAP ? '{' : '[');
        for (uint32_t i = 0; i < halves && !out->is_full; i++) {
            if (i)
                ioc_buffer_add_string(out, value->type == IOC_MAP && i % 2 ? ": " : ", ");
            struct ioc_boxed item = ioc_boxed_item(scratch, value, i);
            print(scratch, &item, out, depth + 1);
        }
        ioc_buffer_add_char(out, value->type == IOC_MAP ? '}' : ']');
        break;
    }
    default: ioc_buffer_add_string(out, "…");
    }
}

void ioc_boxed_print(
    const struct ioc_scratch *scratch, const struct ioc_boxed *value, struct ioc_buffer *out)
{
    print(scratch, value, out, 0);
}
