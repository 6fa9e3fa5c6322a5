#pragma once
/*
 * rules/index.h — the few rules that an event can concern.
 *
 * Of each rule the index knows clauses of terms (rules/cel/term.h) of which at least one must hold for the
 * rule to do anything on a key that has no alert of it.  Equalities and lists are looked up: a slot's value
 * becomes a symbol, and up to three symbols together name a bucket.  Within a bucket a number picks the rules
 * whose band (from … to) it lies in, in O(log n + hits).  Many searches in a text
 * (starts with, ends with, contains) are made at once.  Of rules with nothing to look up the one condition that must
 * hold is evaluated here, where the programs stand in a row.  What is chosen is judged whole: the index can only
 * choose too many, never decide.
 *
 * Which terms are looked up depends on the rule set alone, never on events nor on the order of files (ENGINE.md 1):
 * slots compared with many different values come first.
 *
 * Memory   its own; a selection is the caller's, allocated once
 * Thread   immutable once sealed; a selection belongs to one thread
 */
#include "rules/cel/term.h"
#include "rules/rule.h"

struct ioc_index;
struct hs_scratch;
struct ioc_selection { /* places of the chosen rules in their stream's list; all clear between events */
    uint64_t *words, *summary;
    uint32_t capacity; /* places */
    struct hs_scratch *room; /* for searches in texts, or NULL */
};

struct ioc_index *ioc_index_new(uint32_t stream_count);
void ioc_index_free(struct ioc_index *index);
/* While loading: `terms` say when the rule can do something; what is needed of them is copied. */
void ioc_index_add(struct ioc_index *index, struct ioc_rule *rule, const struct ioc_terms *terms);
/* Once, when all rules are in and have their order: sets each rule's `place`. */
void ioc_index_seal(struct ioc_index *index);

/* All rules on a stream, in order of id; `place` counts in this list. */
const struct ioc_rule *const *ioc_index_rules(
    const struct ioc_index *index, uint16_t stream, uint32_t *count);
/* Adds the rules that the event can concern; frames: the event, the last reading, the stream's asset, or NULL. */
void ioc_index_select(const struct ioc_index *index, uint16_t stream,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch, struct ioc_selection *selection);
/* What is looked up for the rule, as a person reads it: "event.kind, event.district; event.pm25 in a band". */
void ioc_index_describe(
    const struct ioc_index *index, const struct ioc_rule *rule, struct ioc_buffer *out);
/* Bytes that it holds. */
size_t ioc_index_bytes(const struct ioc_index *index);

void ioc_selection_init(struct ioc_selection *selection, const struct ioc_index *index);
void ioc_selection_done(struct ioc_selection *selection);
static inline void ioc_selection_add(struct ioc_selection *selection, uint32_t place)
{
    selection->words[place >> 6] |= UINT64_C(1) << (place & 63);
    selection->summary[place >> 12] |= UINT64_C(1) << (place >> 6 & 63);
}
/* The lowest place goes out of the selection and into *place; false when there is none.  *place begins with 0 and is
 * handed back as it came: nothing lower may have been added since. */
static inline bool ioc_selection_take(struct ioc_selection *selection, uint32_t *place)
{
    for (uint32_t i = *place >> 12; i <= selection->capacity >> 12; i++) {
        if (!selection->summary[i])
            continue;
        uint32_t word = i << 6 | (uint32_t)__builtin_ctzll(selection->summary[i]);
        uint32_t bit = (uint32_t)__builtin_ctzll(selection->words[word]);
        selection->words[word] &= selection->words[word] - 1;
        if (!selection->words[word])
            selection->summary[i] &= selection->summary[i] - 1;
        *place = word << 6 | bit;
        return true;
    }
    return false;
}
