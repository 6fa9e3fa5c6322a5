#pragma once
/*
 * rules/cel/node.h — the syntax tree, with the bytes of every token.
 *
 * The parser writes kind, names and items; the checker adds shape and what names mean.
 * `&&` and `||` are one node each with all their operands, so that long chains are not deep.
 *
 * Memory   lies in the arena of the compilation
 */
#include "rules/cel/boxed.h"
#include "rules/cel/complaint.h"

enum ioc_node_kind {
    IOC_NODE_LITERAL, /* value */
    IOC_NODE_NAME,    /* name; is_rooted: `.x` */
    IOC_NODE_SELECT,  /* items[0] . name */
    IOC_NODE_HAS,     /* has(items[0] . name) */
    IOC_NODE_INDEX,   /* items[0] [ items[1] ] */
    IOC_NODE_CALL,    /* name(items…); is_method: items[0].name(…) */
    IOC_NODE_AND,
    IOC_NODE_OR,
    IOC_NODE_CHOICE, /* items[0] ? items[1] : items[2] */
    IOC_NODE_LIST,
    IOC_NODE_MAP,  /* key, value, key, value, … */
    IOC_NODE_LOOP, /* loop, names, items[IOC_LOOP_…] */
    IOC_NODE_BLOCK, /* cel.block: slots, then the body; slot i is the variable `local` + i */
};
enum ioc_loop {
    IOC_LOOP_ALL,
    IOC_LOOP_EXISTS,
    IOC_LOOP_EXISTS_ONE,
    IOC_LOOP_LIST, /* map, filter, transformList */
    IOC_LOOP_MAP,  /* transformMap */
    IOC_LOOP_ENTRIES, /* transformMapEntry: the body is a map, its pairs are added */
    IOC_LOOP_BIND, /* cel.bind: one pass, the range is the value */
    IOC_LOOP_OPTIONAL,      /* optMap: one pass, or none; the range is an optional */
    IOC_LOOP_OPTIONAL_FLAT, /* optFlatMap: the body gives an optional itself */
};
/* Operands of a loop; the filter may be NULL. */
enum { IOC_LOOP_RANGE, IOC_LOOP_FILTER, IOC_LOOP_BODY, IOC_LOOP_ITEMS };

/* What a name stands for. */
enum ioc_meaning {
    IOC_MEANS_NOTHING,
    IOC_MEANS_SLOT,   /* frame, slot */
    IOC_MEANS_OPTIONAL, /* the same as an optional: record.?field */
    IOC_MEANS_RECORD, /* frame: all its fields */
    IOC_MEANS_LOCAL,  /* a loop's variable: local is its number */
    IOC_MEANS_VALUE,  /* a constant: value */
};

#define IOC_OUTER_NONE UINT32_MAX /* such an expression is folded */

struct ioc_shape;
struct ioc_measure;
struct ioc_node {
    uint8_t kind, loop;
    bool is_method, is_rooted, is_two; /* is_two: a loop with two variables */
    bool is_optional;       /* a.?b, a[?b]: gives an optional */
    bool is_optional_entry; /* a of [?a], b of {?a: b}: left out when it is none */
    bool is_enclosed;       /* stands in parentheses: (a.b).c is the field c of a.b, never the name a.b.c */
    bool is_unknown; /* unchecked: no such name or function, an error when it is reached */
    bool is_dynamic; /* the call is resolved by the values it gets */
    uint8_t meaning, frame;
    uint16_t depth;
    uint32_t offset, length;      /* the token to point at */
    uint32_t from, to;            /* all bytes of the expression */
    struct ioc_text name, second; /* second: the second variable of a loop */
    struct ioc_node **items;
    uint32_t count;
    struct ioc_boxed value;
    const struct ioc_shape *shape;
    uint16_t builtin; /* index of the overload, or of the first of its name */
    ioc_slot slot;
    uint32_t local; /* number of the (first) loop variable, from 1 */
    uint32_t
        outer; /* lowest variable from outside that is read: 0 = a frame, IOC_OUTER_NONE = nothing */
    const struct ioc_schema *schema; /* of a record or of the records of a list */
    const struct ioc_field *field;     /* the field that it reads, or NULL */
    const struct ioc_measure *measure; /* unit and datum, or of its items; NULL = a bare value: measure.h */
};
