#pragma once
/*
 * rules/cel/access.h — what instructions do with lists, maps and records.
 *
 * Failure  the fault; then *out is untouched
 */
#include "rules/cel/opcode.h"
#include "rules/cel/scratch.h"

/* Work on a long text counts as steps too. */
static inline bool ioc_access_pay(struct ioc_scratch *scratch, const struct ioc_boxed *value)
{
    bool is_long = (value->type == IOC_STRING || value->type == IOC_BYTES) && value->count >= 64;
    return !is_long || ioc_scratch_spend_bytes(scratch, value->count);
}
/* LOAD_ANY: slot c of frame b, of type d. */
enum ioc_fault ioc_access_slot(
    struct ioc_scratch *scratch, const struct ioc_instruction *at, struct ioc_boxed *out);
/* The record as a map of the fields that are there; `fields` lists name and type of each slot. */
enum ioc_fault ioc_access_record(struct ioc_scratch *scratch, uint8_t frame,
    const struct ioc_boxed *fields, struct ioc_boxed *out);
/* `expected` is the kind that the item must have (IOC_DYN = any); 0x100: the field of a record, missing if not there. */
enum ioc_fault ioc_access_index(struct ioc_scratch *scratch, const struct ioc_boxed *from,
    const struct ioc_boxed *key, uint16_t expected, struct ioc_boxed *out);
/* FIND: the same, but what is not there is no fault; looks into an optional. */
enum ioc_fault ioc_access_find(struct ioc_scratch *scratch, const struct ioc_boxed *from,
    const struct ioc_boxed *key, bool *is_there, struct ioc_boxed *out);
enum ioc_fault ioc_access_has(struct ioc_scratch *scratch, const struct ioc_boxed *from,
    const struct ioc_boxed *key, struct ioc_boxed *out);
/* An empty list or map with room for `count` items or pairs. */
enum ioc_fault ioc_access_new(
    struct ioc_scratch *scratch, uint32_t count, enum ioc_type type, struct ioc_boxed *out);
enum ioc_fault ioc_access_put(struct ioc_scratch *scratch, struct ioc_boxed *map,
    const struct ioc_boxed *key, const struct ioc_boxed *value);
/* All pairs of `entries`, which must be a map, into the map being built; it grows when it has to. */
enum ioc_fault ioc_access_merge(
    struct ioc_scratch *scratch, struct ioc_boxed *map, const struct ioc_boxed *entries);
/* registers[0] becomes the range, registers[1] the place in it. */
enum ioc_fault ioc_access_start(const struct ioc_boxed *range, struct ioc_boxed *registers);
/* The variables of one pass; is_two: index or key, and value. */
void ioc_access_next(struct ioc_scratch *scratch, const struct ioc_boxed *range, uint32_t index,
    bool is_two, struct ioc_boxed *out);
/* CALL_ANY: the overload of group c that takes these arguments. */
enum ioc_fault ioc_access_call(struct ioc_scratch *scratch, const struct ioc_instruction *at,
    const struct ioc_boxed *arguments, struct ioc_boxed *out);
