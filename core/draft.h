#pragma once
/*
 * core/draft.h — a row being written: begin with a schema, set slots, seal into bytes.
 *
 * A draft is reused for every message; after the first few it no longer allocates.  A bound that
 * bites (IOC_ROW_MOST, a field's max) makes the setter return IOC_LIMIT and leaves the slot unset.
 *
 * Memory   owned buffer; ioc_draft_done().
 * Thread   one at a time
 * Failure  IOC_LIMIT; IOC_INVALID a text that is not UTF-8.  A wrong type is a bug: assert.
 */
#include "core/buffer.h"
#include "core/schema.h"

struct ioc_draft {
    const struct ioc_schema *schema;
    struct ioc_buffer bytes; /* the row under construction */
};

void ioc_draft_done(struct ioc_draft *draft);
void ioc_draft_begin(struct ioc_draft *draft, const struct ioc_schema *schema);
void ioc_draft_set_bool(struct ioc_draft *draft, ioc_slot slot, bool value);
void ioc_draft_set_int(struct ioc_draft *draft, ioc_slot slot, int64_t value); /* int, timestamp, duration */
void ioc_draft_set_uint(struct ioc_draft *draft, ioc_slot slot, uint64_t value);
void ioc_draft_set_double(struct ioc_draft *draft, ioc_slot slot, double value);
enum ioc_status ioc_draft_set_text(struct ioc_draft *draft, ioc_slot slot, struct ioc_text text) IOC_USE; /* string */
enum ioc_status ioc_draft_set_bytes(struct ioc_draft *draft, ioc_slot slot, struct ioc_text bytes) IOC_USE;
void ioc_draft_set_point(struct ioc_draft *draft, ioc_slot slot, struct ioc_point point);
void ioc_draft_unset(struct ioc_draft *draft, ioc_slot slot);
bool ioc_draft_has(const struct ioc_draft *draft, ioc_slot slot);

/* Lists and maps are written as cells.  Reserve `count` cells (2 a pair for a map) at the end of the
 * tail, fill each by index, then attach the whole to a slot.  Cells may hold further cell blocks. */
enum ioc_status ioc_draft_cells(struct ioc_draft *draft, uint32_t count, struct ioc_ref *cells) IOC_USE;
void ioc_draft_cell_set(struct ioc_draft *draft, struct ioc_ref cells, uint32_t index, enum ioc_type type,
    union ioc_word word);
/* Copies bytes (text, point) into the tail, for use in a cell. */
enum ioc_status ioc_draft_tail(struct ioc_draft *draft, const void *bytes, uint32_t length, struct ioc_ref *ref) IOC_USE;
/* count = items of a list, pairs of a map (half of what was reserved), 1 for dyn. */
enum ioc_status ioc_draft_set_cells(struct ioc_draft *draft, ioc_slot slot, struct ioc_ref cells) IOC_USE;

/* The row as written so far; valid until the next call that changes the draft. */
const struct ioc_row *ioc_draft_row(struct ioc_draft *draft);
/* Required fields of the schema that are not set: the first one, or IOC_SLOT_NONE. */
ioc_slot ioc_draft_missing(const struct ioc_draft *draft);
