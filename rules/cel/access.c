/* rules/cel/access.c — reading and building lists, maps and records for the machine. */
#include "rules/cel/access.h"
#include "rules/cel/builtin.h"
#include "rules/cel/number.h"
#include "rules/cel/optional.h"

enum { MATCH_STEPS = 30 }; /* looking for the overload */

enum ioc_fault ioc_access_slot(
    struct ioc_scratch *scratch, const struct ioc_instruction *at, struct ioc_boxed *out)
{
    const struct ioc_row *row = scratch->frames[at->b];
    if (!ioc_row_has(row, at->c))
        return IOC_FAULT_MISSING;
    *out = ioc_boxed_slot(row, (uint8_t)at->b, at->c, at->d);
    return IOC_FAULT_NONE;
}

enum ioc_fault ioc_access_record(struct ioc_scratch *scratch, uint8_t frame,
    const struct ioc_boxed *fields, struct ioc_boxed *out)
{
    const struct ioc_row *row = scratch->frames[frame];
    if (!row)
        return IOC_FAULT_MISSING;
    struct ioc_boxed *items = ioc_scratch_take(scratch, fields->count * sizeof *items);
    if (!items || !ioc_scratch_spend(scratch, fields->count))
        return scratch->trouble;
    uint32_t count = 0;
    for (uint32_t i = 0; i < fields->count; i += 2) {
        if (!ioc_row_has(row, (ioc_slot)(i / 2)))
            continue;
        items[2 * count] = fields->items[i];
        items[2 * count++ + 1] = ioc_boxed_slot(
            row, frame, (ioc_slot)(i / 2), (enum ioc_type)fields->items[i + 1].natural);
    }
    *out = (struct ioc_boxed){.items = items, .count = count, .type = IOC_MAP};
    return IOC_FAULT_NONE;
}

static bool is_whole(const struct ioc_boxed *value, uint64_t *index)
{
    if (value->type == IOC_INT || value->type == IOC_UINT) {
        *index = value->natural; /* negative ones become huge */
        return true;
    }
    if (value->type != IOC_DOUBLE || ioc_number_to_uint(value->number, index))
        return false;
    return (double)*index == value->number;
}

static enum ioc_fault give_item(struct ioc_scratch *scratch, const struct ioc_boxed *list,
    uint32_t index, uint16_t expected, struct ioc_boxed *out)
{
    struct ioc_boxed item = ioc_boxed_item(scratch, list, index);
    if ((expected & 0xff) != IOC_DYN && item.type != (expected & 0xff))
        return IOC_FAULT_OVERLOAD;
    *out = item;
    return IOC_FAULT_NONE;
}

enum ioc_fault ioc_access_find(struct ioc_scratch *scratch, const struct ioc_boxed *from,
    const struct ioc_boxed *key, bool *is_there, struct ioc_boxed *out)
{
    if (from->type == IOC_KIND_OPTIONAL) {
        *is_there = false;
        if (from->count == 0)
            return IOC_FAULT_NONE;
        from = from->items;
    }
    if (from->type == IOC_LIST) {
        uint64_t index;
        if (!ioc_boxed_is_number(key))
            return IOC_FAULT_OVERLOAD;
        if (!is_whole(key, &index))
            return IOC_FAULT_INDEX;
        *is_there = index < from->count;
        if (*is_there)
            *out = ioc_boxed_item(scratch, from, (uint32_t)index);
        return IOC_FAULT_NONE;
    }
    if (from->type != IOC_MAP)
        return IOC_FAULT_FIELD;
    int64_t at = ioc_boxed_find(scratch, from, key);
    *is_there = at >= 0;
    if (*is_there)
        *out = ioc_boxed_item(scratch, from, (uint32_t)(2 * at + 1));
    return scratch->trouble;
}

/* Selection from an optional that was known to be one only now: an optional again. */
static enum ioc_fault index_optional(struct ioc_scratch *scratch, const struct ioc_boxed *from,
    const struct ioc_boxed *key, struct ioc_boxed *out)
{
    bool is_there;
    struct ioc_boxed value;
    enum ioc_fault fault = ioc_access_find(scratch, from, key, &is_there, &value);
    if (fault)
        return fault;
    if (is_there)
        return ioc_optional_wrap(scratch, &value, out);
    *out = (struct ioc_boxed){.type = IOC_KIND_OPTIONAL};
    return IOC_FAULT_NONE;
}

enum ioc_fault ioc_access_index(struct ioc_scratch *scratch, const struct ioc_boxed *from,
    const struct ioc_boxed *key, uint16_t expected, struct ioc_boxed *out)
{
    if (from->type == IOC_LIST) {
        uint64_t index;
        if (!ioc_boxed_is_number(key))
            return IOC_FAULT_OVERLOAD;
        if (!is_whole(key, &index) || index >= from->count)
            return IOC_FAULT_INDEX;
        return give_item(scratch, from, (uint32_t)index, expected, out);
    }
    if (from->type == IOC_KIND_OPTIONAL)
        return index_optional(scratch, from, key, out);
    if (from->type != IOC_MAP)
        return IOC_FAULT_OVERLOAD;
    int64_t at = ioc_boxed_find(scratch, from, key);
    if (at < 0)
        return scratch->trouble   ? scratch->trouble
               : expected & 0x100 ? IOC_FAULT_MISSING
                                  : IOC_FAULT_KEY;
    return give_item(scratch, from, (uint32_t)(2 * at + 1), expected, out);
}

enum ioc_fault ioc_access_has(struct ioc_scratch *scratch, const struct ioc_boxed *from,
    const struct ioc_boxed *key, struct ioc_boxed *out)
{
    if (from->type == IOC_KIND_OPTIONAL) {
        if (from->count == 0) {
            *out = ioc_boxed_bool(false);
            return IOC_FAULT_NONE;
        }
        from = from->items;
    }
    if (from->type != IOC_MAP)
        return IOC_FAULT_FIELD;
    *out = ioc_boxed_bool(ioc_boxed_find(scratch, from, key) >= 0);
    return scratch->trouble;
}

/* In front of the items of a map being built; large ones have a hash table of pairs behind the items. */
struct map_head {
    uint32_t room; /* pairs */
    uint32_t mask; /* slots of the table - 1; 0 = no table */
    uint32_t unused[2];
};
static_assert(sizeof(struct map_head) == sizeof(struct ioc_boxed), "items stay aligned");
enum { TABLE_FROM = 16 };

enum ioc_fault ioc_access_new(
    struct ioc_scratch *scratch, uint32_t count, enum ioc_type type, struct ioc_boxed *out)
{
    struct map_head head = {.room = count};
    size_t halves = (size_t)count * (type == IOC_MAP ? 2 : 1), bytes = halves * sizeof *out->items;
    if (type == IOC_MAP) {
        while (count > TABLE_FROM && head.mask < 2 * count)
            head.mask = 2 * head.mask + 1;
        bytes += sizeof head + (head.mask ? (head.mask + 1) * sizeof(uint32_t) : 0);
    }
    struct ioc_boxed *items = ioc_scratch_take(scratch, bytes);
    if (!items)
        return scratch->trouble;
    if (type == IOC_MAP) {
        memcpy(items++, &head, sizeof head);
        if (head.mask)
            memset(items + halves, 0, (head.mask + 1) * sizeof(uint32_t));
        if (!ioc_scratch_spend_bytes(scratch, bytes))
            return scratch->trouble;
    }
    *out = (struct ioc_boxed){.items = items, .type = (uint8_t)type};
    return IOC_FAULT_NONE;
}

/* Equal keys have equal hashes, also 1 and 1u. */
static uint64_t hash_key(const struct ioc_boxed *key)
{
    if (key->type == IOC_STRING)
        return ioc_text_hash(ioc_boxed_as_text(key));
    return (key->natural + (key->type == IOC_BOOL)) * UINT64_C(0x9e3779b97f4a7c15) >> 32;
}

/* Where in the table the pair with that key is (taken: number of the pair + 1) or would be (0). */
static uint32_t *find_place(
    struct ioc_scratch *scratch, const struct ioc_boxed *map, uint32_t *table, uint32_t mask,
    const struct ioc_boxed *key)
{
    uint32_t place = (uint32_t)hash_key(key) & mask;
    while (table[place] && !scratch->trouble &&
           !ioc_boxed_equal(scratch, &map->items[2 * (table[place] - 1)], key))
        place = (place + 1) & mask;
    return &table[place];
}

enum ioc_fault ioc_access_put(struct ioc_scratch *scratch, struct ioc_boxed *map,
    const struct ioc_boxed *key, const struct ioc_boxed *value)
{
    if (!ioc_boxed_is_key(key))
        return IOC_FAULT_KEY_TYPE;
    if (!ioc_access_pay(scratch, key))
        return IOC_FAULT_STEPS;
    struct ioc_boxed *items = (struct ioc_boxed *)map->items; /* ours until the map is complete */
    struct map_head head;
    memcpy(&head, items - 1, sizeof head);
    if (head.mask) {
        uint32_t *table = (uint32_t *)(items + 2 * (size_t)head.room);
        uint32_t *place = find_place(scratch, map, table, head.mask, key);
        if (!scratch->trouble && *place)
            return IOC_FAULT_TWICE;
        *place = map->count + 1;
    } else if (ioc_boxed_find(scratch, map, key) >= 0) {
        return IOC_FAULT_TWICE;
    }
    if (scratch->trouble)
        return scratch->trouble;
    items[2 * map->count] = *key;
    items[2 * map->count++ + 1] = *value;
    return IOC_FAULT_NONE;
}

static enum ioc_fault put_all(
    struct ioc_scratch *scratch, struct ioc_boxed *map, const struct ioc_boxed *entries)
{
    enum ioc_fault fault = ioc_scratch_spend(scratch, entries->count) ? IOC_FAULT_NONE : scratch->trouble;
    for (uint32_t i = 0; i < entries->count && !fault; i++) {
        struct ioc_boxed key = ioc_boxed_item(scratch, entries, 2 * i),
                         value = ioc_boxed_item(scratch, entries, 2 * i + 1);
        fault = ioc_access_put(scratch, map, &key, &value);
    }
    return fault;
}

enum ioc_fault ioc_access_merge(
    struct ioc_scratch *scratch, struct ioc_boxed *map, const struct ioc_boxed *entries)
{
    if (entries->type != IOC_MAP)
        return IOC_FAULT_OVERLOAD;
    struct map_head head;
    memcpy(&head, map->items - 1, sizeof head);
    if (entries->count > head.room - map->count) { /* twice as large, so that each pair moves once or twice */
        struct ioc_boxed larger;
        enum ioc_fault fault =
            ioc_access_new(scratch, 2 * map->count + entries->count, IOC_MAP, &larger);
        if (!fault)
            fault = put_all(scratch, &larger, map);
        if (fault)
            return fault;
        *map = larger;
    }
    return put_all(scratch, map, entries);
}

enum ioc_fault ioc_access_start(const struct ioc_boxed *range, struct ioc_boxed *registers)
{
    if (range->type != IOC_LIST && range->type != IOC_MAP)
        return IOC_FAULT_OVERLOAD;
    registers[0] = *range;
    registers[1] = (struct ioc_boxed){.type = IOC_KIND_CURSOR};
    return IOC_FAULT_NONE;
}

void ioc_access_next(struct ioc_scratch *scratch, const struct ioc_boxed *range, uint32_t index,
    bool is_two, struct ioc_boxed *out)
{
    if (range->type == IOC_MAP) {
        out[0] = ioc_boxed_item(scratch, range, 2 * index);
        if (is_two)
            out[1] = ioc_boxed_item(scratch, range, 2 * index + 1);
    } else if (is_two) {
        out[0] = ioc_boxed_int(index);
        out[1] = ioc_boxed_item(scratch, range, index);
    } else {
        out[0] = ioc_boxed_item(scratch, range, index);
    }
}

enum ioc_fault ioc_access_call(struct ioc_scratch *scratch, const struct ioc_instruction *at,
    const struct ioc_boxed *arguments, struct ioc_boxed *out)
{
    if (!ioc_scratch_spend(scratch, MATCH_STEPS) || !ioc_access_pay(scratch, arguments))
        return IOC_FAULT_STEPS;
    int found = ioc_builtin_match(at->c, at->d >> 8, arguments, at->d & 0xff);
    return found < 0 ? IOC_FAULT_OVERLOAD : ioc_builtin_at((uint32_t)found)->run(scratch, arguments, out);
}
