#pragma once
/*
 * rules/cel/boxed.h — one CEL value of 16 bytes: what registers, constants, list items hold.
 *
 * Typed instructions read only the word; instructions on `dyn` look at the type, which is always
 * set.  A list or map is either boxed items (program or scratch) or cells of a row, read in place:
 * `frame` says which.  A map has two items a pair: key, value.
 *
 * A timestamp is seconds and nanoseconds (CEL: years 1 … 9999); slots hold nanoseconds (1677 … 2262).
 *
 * Memory   points into frames, program or scratch
 * Thread   as the scratch
 */
#include "core/value.h"

/* Kinds of value beyond enum ioc_type. */
enum {
    IOC_KIND_TYPE = IOC_TYPES, /* type(x): natural is a kind; text and count for the foreign ones */
    IOC_KIND_ZONE,             /* a time zone resolved when the program was made */
    IOC_KIND_CURSOR,           /* where a loop is: natural is the next index */
    IOC_KIND_OPTIONAL,         /* items: its value; count 1, or 0 = none */
    IOC_KIND_IP,               /* text: 4 or 16 bytes, as count says */
    IOC_KIND_CIDR,             /* the same with `extra` bits of prefix */
    IOC_KIND_PATTERN,          /* a regular expression compiled when the program was made */
    IOC_KIND_AREAS,            /* the city's areas */
    IOC_KINDS
};

struct ioc_boxed {
    union {
        bool boolean;
        int64_t integer;
        uint64_t natural;
        double number;
        const char *text; /* string, bytes; point: 2 doubles, unaligned */
        const struct ioc_boxed *items;
        const struct ioc_cell *cells;
        const struct ioc_zone *zone; /* NULL: a fixed offset */
        const struct ioc_pattern *pattern;
        const struct ioc_areas *areas;
    };
    uint32_t count; /* bytes, items, pairs; nanoseconds of a timestamp; seconds east of a zone */
    uint8_t type;   /* enum ioc_type or IOC_KIND_… */
    uint8_t frame;  /* list, map: 0 = items, else 1 + the frame whose row holds the cells */
    uint16_t extra; /* else 0 */
};
static_assert(sizeof(struct ioc_boxed) == 16, "registers are 16 bytes");

struct ioc_scratch;

static inline struct ioc_boxed ioc_boxed_bool(bool value)
{
    return (struct ioc_boxed){.natural = value, .type = IOC_BOOL};
}
static inline struct ioc_boxed ioc_boxed_int(int64_t value)
{
    return (struct ioc_boxed){.integer = value, .type = IOC_INT};
}
static inline struct ioc_boxed ioc_boxed_uint(uint64_t value)
{
    return (struct ioc_boxed){.natural = value, .type = IOC_UINT};
}
static inline struct ioc_boxed ioc_boxed_double(double value)
{
    return (struct ioc_boxed){.number = value, .type = IOC_DOUBLE};
}
static inline struct ioc_boxed ioc_boxed_span(ioc_span value)
{
    return (struct ioc_boxed){.integer = value, .type = IOC_DURATION};
}
static inline struct ioc_boxed ioc_boxed_text(struct ioc_text value)
{
    return (struct ioc_boxed){.text = value.data, .count = value.length, .type = IOC_STRING};
}
static inline struct ioc_text ioc_boxed_as_text(const struct ioc_boxed *value)
{
    return (struct ioc_text){value->text, value->count};
}
/* Does it point to `count` bytes? */
static inline bool ioc_boxed_is_bytes(const struct ioc_boxed *value)
{
    return value->type == IOC_STRING || value->type == IOC_BYTES || value->type == IOC_KIND_IP ||
           value->type == IOC_KIND_CIDR;
}
static inline bool ioc_boxed_is_number(const struct ioc_boxed *value)
{
    return value->type == IOC_INT || value->type == IOC_UINT || value->type == IOC_DOUBLE;
}

/* Item of a list, or half pair of a map (2 × count of them).  The index must be in range. */
struct ioc_boxed ioc_boxed_item(
    const struct ioc_scratch *scratch, const struct ioc_boxed *list, uint32_t index);
/* A slot of a row as a value; the slot must be there. */
struct ioc_boxed ioc_boxed_slot(
    const struct ioc_row *row, uint8_t frame, ioc_slot slot, enum ioc_type type);

enum { IOC_ORDER_NONE = 2, IOC_ORDER_NEVER = 3 }; /* NaN; types without order */
/* -1, 0, 1, IOC_ORDER_NONE, IOC_ORDER_NEVER.  Numbers on one line, exact. */
int ioc_boxed_order(const struct ioc_boxed *a, const struct ioc_boxed *b);
/* Deep and across number types; other different types are unequal.  Costs steps; when they run out
 * or the values are nested too deep the scratch is marked and the answer is false. */
bool ioc_boxed_equal(
    struct ioc_scratch *scratch, const struct ioc_boxed *a, const struct ioc_boxed *b);
/* Index of the pair with that key, or -1. */
int64_t ioc_boxed_find(
    struct ioc_scratch *scratch, const struct ioc_boxed *map, const struct ioc_boxed *key);
bool ioc_boxed_is_key(const struct ioc_boxed *value); /* bool, int, uint, string */
/* Name of a kind as type() shows it: "int", "list", "google.protobuf.Timestamp". */
struct ioc_text ioc_boxed_kind_text(uint32_t kind);

struct ioc_buffer;
/* As CEL source; depth is bounded. */
void ioc_boxed_print(
    const struct ioc_scratch *scratch, const struct ioc_boxed *value, struct ioc_buffer *out);
