#pragma once
/*
 * rules/index.h — the few rules that an event can concern.
 *
 * By stream.  (Equalities, thresholds and the rest of `where` and `when` join it behind the same call.)
 *
 * Memory   the ruleset's arena
 * Thread   immutable
 */
#include "rules/ruleset.h"

struct ioc_index {
    const struct ioc_rule **rules; /* grouped by stream */
    uint32_t *first;               /* stream_count + 1 */
    uint32_t stream_count;
};
void ioc_index_build(struct ioc_index *index, struct ioc_rule *const *rules, uint32_t count, uint32_t stream_count,
    struct ioc_arena *arena);
static inline const struct ioc_rule *const *ioc_index_rules(const struct ioc_index *index, uint16_t stream, uint32_t *count)
{
    if (stream >= index->stream_count) {
        *count = 0;
        return NULL;
    }
    *count = index->first[stream + 1] - index->first[stream];
    return index->rules + index->first[stream];
}
