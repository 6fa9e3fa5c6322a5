#pragma once
/*
 * core/value.h — what slots hold, and the row: typed slots by index in one block of bytes.
 *
 * A row is position-independent (offsets from its own start, no pointers, no padding left unset),
 * so the same bytes serve as event body, table row, last reading, journal payload and snapshot.
 *
 *   struct ioc_row │ presence words (1 bit a slot) │ words (8 bytes a slot) │ tail (texts, cells)
 *
 * A word holds a bool, int, uint, double, timestamp or duration as it is; string and bytes as
 * {offset, length} of the tail; a point as {offset of 2 doubles: longitude, latitude}; list, map
 * and dyn as {offset, count} of ioc_cells: count items of a list, count pairs of a map (2 cells a pair:
 * key, value), count 1 for dyn.  Cells hold the same words, their lists and maps likewise.
 *
 * Memory   a view; whoever holds the block owns it.  Blocks are aligned to 8.
 * Thread   any: sealed rows never change
 */
#include "core/text.h"
#include "core/time.h"
#include <assert.h>

enum ioc_type {
    IOC_NULL,
    IOC_BOOL,
    IOC_INT,
    IOC_UINT,
    IOC_DOUBLE,
    IOC_STRING,
    IOC_BYTES,
    IOC_TIMESTAMP, /* ioc_time */
    IOC_DURATION,  /* ioc_span */
    IOC_POINT,     /* WGS 84 degrees */
    IOC_LIST,
    IOC_MAP,
    IOC_DYN,       /* any of the above, one cell */
    IOC_TYPES
};

typedef uint16_t ioc_slot;
#define IOC_SLOT_NONE ((ioc_slot)0xffff)
enum { IOC_SLOTS_MOST = 512, IOC_ROW_MOST = 256 * 1024 }; /* slots a schema; bytes a row */

struct ioc_ref {
    uint32_t offset, count;
};
union ioc_word {
    int64_t i;
    uint64_t u;
    double d;
    struct ioc_ref ref;
};
struct ioc_cell { /* a value that says its own type */
    union ioc_word word;
    uint32_t type; /* enum ioc_type */
    uint32_t zero;
};
struct ioc_point {
    double longitude, latitude;
};
struct ioc_row {
    uint32_t bytes; /* all of it, a multiple of 8 */
    uint16_t slots;
    uint16_t zero;
};

const char *ioc_type_text(enum ioc_type type); /* as written in schemas: "double" */
/* IOC_TYPES when there is none of that name. */
enum ioc_type ioc_type_find(struct ioc_text text);

static inline uint32_t ioc_row_presence_words(uint32_t slots)
{
    return (slots + 63) / 64;
}
static inline const uint64_t *ioc_row_presence(const struct ioc_row *row)
{
    return (const uint64_t *)(row + 1);
}
static inline const union ioc_word *ioc_row_words(const struct ioc_row *row)
{
    return (const union ioc_word *)(ioc_row_presence(row) + ioc_row_presence_words(row->slots));
}
/* row may be NULL: nothing is there. */
static inline bool ioc_row_has(const struct ioc_row *row, ioc_slot slot)
{
    return row && slot < row->slots && (ioc_row_presence(row)[slot >> 6] >> (slot & 63) & 1);
}
/* The slot must be there. */
static inline union ioc_word ioc_row_word(const struct ioc_row *row, ioc_slot slot)
{
    return ioc_row_words(row)[slot];
}
static inline struct ioc_text ioc_row_text_at(const struct ioc_row *row, struct ioc_ref ref)
{
    return (struct ioc_text){(const char *)row + ref.offset, ref.count};
}
static inline struct ioc_text ioc_row_text(const struct ioc_row *row, ioc_slot slot)
{
    return ioc_row_text_at(row, ioc_row_word(row, slot).ref);
}
static inline const struct ioc_cell *ioc_row_cells(const struct ioc_row *row, struct ioc_ref ref)
{
    return (const struct ioc_cell *)((const char *)row + ref.offset);
}
static inline struct ioc_point ioc_row_point(const struct ioc_row *row, ioc_slot slot)
{
    struct ioc_point point;
    memcpy(&point, (const char *)row + ioc_row_word(row, slot).ref.offset, sizeof point);
    return point;
}
enum { IOC_CELL_DEPTH = 16 };
/* True when the frame of foreign bytes holds: size, slots, no presence bit beyond them.  A row does not
 * know its types: ioc_schema_fits() (core/schema.h) checks every offset, count and cell behind the slots. */
bool ioc_row_is_sound(const void *bytes, size_t length);
