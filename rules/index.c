/*
 * rules/index.c — the few rules that an event can concern.
 */
#include "rules/index.h"

void ioc_index_build(struct ioc_index *index, struct ioc_rule *const *rules, uint32_t count, uint32_t stream_count,
    struct ioc_arena *arena)
{
    index->stream_count = stream_count;
    index->first = ioc_arena_take(arena, (stream_count + 1) * sizeof *index->first);
    index->rules = ioc_arena_take(arena, (count + 1) * sizeof *index->rules);
    for (uint32_t i = 0; i < count; i++)
        if (rules[i]->mode != IOC_MODE_OFF)
            index->first[rules[i]->stream->id + 1]++;
    for (uint32_t i = 0; i < stream_count; i++)
        index->first[i + 1] += index->first[i];
    uint32_t *next = ioc_arena_take(arena, (stream_count + 1) * sizeof *next);
    for (uint32_t i = 0; i < count; i++) {
        if (rules[i]->mode == IOC_MODE_OFF)
            continue;
        uint16_t stream = rules[i]->stream->id;
        index->rules[index->first[stream] + next[stream]++] = rules[i];
    }
}
