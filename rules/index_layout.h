#pragma once
/*
 * rules/index_layout.h — what the index of one stream is made of; for index.c, index_number.c and index_build.c only.
 *
 * Memory   the index
 */
#include "rules/index_texts.h"
#include "rules/symbols.h"

enum {
    IOC_INDEX_SLOTS = 64,      /* slots of a stream that are looked up, of each sort */
    IOC_INDEX_TOGETHER = 3,    /* symbols that name a bucket together */
    IOC_INDEX_SYMBOL_BITS = 21 /* so that three fit into a word */
};
#define IOC_INDEX_NONE UINT32_MAX
#define IOC_INDEX_ALONE 0x80000000u /* no number of a bucket but the place of the one rule in it */

struct ioc_index_slot {
    uint8_t frame, type;
    ioc_slot slot;
    uint32_t uses; /* clauses that have it */
};
struct ioc_index_band { /* rules of a bucket by the number in one slot: an interval tree in arrays */
    uint32_t range, count;
    const double *low, *high, *highest; /* ascending; its end; the largest end below this node */
    const uint32_t *places;
};
struct ioc_index_gate { /* a rule with one condition: chosen unless that is false */
    const struct ioc_program *program;
    uint32_t place;
};
struct ioc_index_bucket {
    uint32_t count, bands_count, gates_count;
    const uint32_t *places; /* chosen always */
    const struct ioc_index_band *bands;
    const struct ioc_index_gate *gates;
};
struct ioc_index_key {
    uint64_t key;
    uint32_t bucket; /* IOC_INDEX_NONE = free */
};
struct ioc_index_signature { /* slots whose symbols name a bucket */
    uint8_t count, equals[IOC_INDEX_TOGETHER];
    uint32_t capacity;          /* of keys, a power of two; for one slot: symbols + 1, and `direct` */
    struct ioc_index_key *keys;
    uint32_t *direct;           /* bucket by symbol */
};
struct ioc_index_term { /* of a clause, while loading */
    struct ioc_index_slot slot;
    bool is_range;
    uint8_t which; /* number of the slot, equal or range */
    uint32_t first_value, count;
    double low, high;
};
struct ioc_index_item { /* a clause of a rule */
    struct ioc_rule *rule;
    uint8_t way;                         /* which of the rule's clauses */
    uint32_t first_term, count;
    uint32_t range;                      /* number of the slot, or NONE */
    uint8_t together;                    /* how many equalities name its bucket */
    uint8_t equals[IOC_INDEX_TOGETHER];
    uint32_t chosen[IOC_INDEX_TOGETHER]; /* their terms */
    double low, high;
    struct ioc_text sought;              /* in a text; empty = nothing */
    struct ioc_index_slot searched;
    uint8_t search, kind;                /* number of that slot; how, as enum ioc_term_kind */
    bool is_searched;                    /* by index_texts.h; else only when all else is missing */
};
struct ioc_index_look { /* an equality that some signature has: what an event's look-up needs, side by side */
    struct ioc_symbols symbols;
    uint8_t frame, type;
    ioc_slot slot;
    uint32_t equal;
};
struct ioc_index_stream {
    /* What every event of the stream reads: */
    struct ioc_rule **rules;
    const struct ioc_index_look *looks;
    struct ioc_index_signature *signatures;
    struct ioc_index_bucket *buckets;
    uint32_t rules_count, looks_count, signatures_count, texts_count; /* texts: searches_count when there are any */
    /* The rest: */
    uint32_t rules_capacity;
    struct ioc_index_slot equals[IOC_INDEX_SLOTS], ranges[IOC_INDEX_SLOTS], searches[IOC_INDEX_SLOTS];
    struct ioc_index_texts *texts[IOC_INDEX_SLOTS]; /* by searched slot, or NULL */
    struct ioc_symbols symbols[IOC_INDEX_SLOTS];
    bool is_looked_up[IOC_INDEX_SLOTS]; /* some signature has the equality */
    uint32_t equals_count, ranges_count, searches_count;
    uint32_t buckets_count;
    struct ioc_index_item *items;
    uint32_t items_count, items_capacity;
    struct ioc_index_term *terms;
    uint32_t terms_count, terms_capacity;
    uint64_t *values; /* words of constants; symbols once they are numbered */
    uint32_t values_count, values_capacity;
};
struct ioc_index {
    uint32_t stream_count, most;
    struct ioc_index_stream **streams; /* NULL = no rules */
    struct ioc_arena arena;
};

/* index_number.c: slots and constants get their numbers, by the order of the rules' ids and no other */
void ioc_index_number(struct ioc_index_stream *stream);
/* index_build.c */
void ioc_index_build(struct ioc_index_stream *stream, struct ioc_arena *arena);
