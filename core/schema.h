#pragma once
/*
 * core/schema.h — what the slots of a row mean: field names, types, units, bounds.
 *
 * A stream's events, a reference table's rows and a rule's parameters each have one.
 *
 * Memory   built in the city's arena at load; immutable afterwards
 * Thread   any
 */
#include "core/value.h"

enum ioc_personal { /* ENGINE.md 9; the value becomes a keyed pseudonym at ingest */
    IOC_PERSONAL_NO,
    IOC_PERSONAL_PLATE,
    IOC_PERSONAL_FACE,
    IOC_PERSONAL_PHONE,
    IOC_PERSONAL_EMAIL,
    IOC_PERSONAL_NAME,
    IOC_PERSONAL_TEXT,
    IOC_PERSONAL_INFORMANT, /* never stored at all */
};

struct ioc_schema;
struct ioc_field {
    struct ioc_text name;
    enum ioc_type type;
    enum ioc_type of;                /* element type of a list; IOC_MAP with `element` = records */
    const struct ioc_schema *element; /* fields of the records of a list, or NULL */
    struct ioc_text unit, datum;     /* "cm", "road"; empty = none */
    int8_t decimals;                 /* for people; -1 = as many as needed */
    bool is_optional, has_range, out_of_range_is_missing;
    double range_low, range_high;    /* physically plausible, in the field's unit */
    enum ioc_personal personal;
    const struct ioc_text *one_of;   /* allowed texts, or NULL */
    uint32_t one_of_count;
    uint32_t max;                    /* list items, or bytes of text; 0 = default (64 items, 4096 bytes) */
};
struct ioc_schema {
    struct ioc_text name;
    struct ioc_field *fields;
    uint16_t count;
};

/* IOC_SLOT_NONE when there is no such field.  For load time only: the hot path knows slots. */
ioc_slot ioc_schema_find(const struct ioc_schema *schema, struct ioc_text name);
/* Nearest field name for a did-you-mean, or an empty text. */
struct ioc_text ioc_schema_nearest(const struct ioc_schema *schema, struct ioc_text name);
/* Stable over processes: names, types, units, bounds in order.  Part of state identity (ENGINE.md 6). */
uint64_t ioc_schema_hash(const struct ioc_schema *schema);
/* For bytes from a disk or another process (aligned to 8): a sound row with as many slots as the schema
 * has fields, every text, point and cell inside it, every cell type known, at most IOC_CELL_DEPTH deep. */
bool ioc_schema_fits(const struct ioc_schema *schema, const void *bytes, size_t length);
const char *ioc_personal_text(enum ioc_personal personal);
