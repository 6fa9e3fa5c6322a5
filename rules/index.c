/*
 * rules/index.c — choosing rules for an event.
 *
 * A band's arrays are sorted by their lower end and read as a balanced tree, the middle being the root; a
 * subtree whose largest upper end lies below the number is passed over.
 */
#include "rules/index_layout.h"
#include "core/memory.h"
#include <hs.h>
#include <math.h>
#include <stdlib.h>

/* ------------------------------------------------------------- selection */

void ioc_selection_init(struct ioc_selection *selection, const struct ioc_index *index)
{
    uint32_t places = index->most;
    *selection = (struct ioc_selection){.capacity = places};
    selection->words = ioc_memory_take((places / 64 + 1) * sizeof *selection->words);
    selection->summary = ioc_memory_take((places / 4096 + 1) * sizeof *selection->summary);
    for (uint32_t i = 0; i < index->stream_count; i++) {
        const struct ioc_index_stream *stream = index->streams[i];
        for (uint32_t k = 0; stream && k < stream->searches_count; k++) {
            if (stream->texts[k])
                ioc_index_texts_make_room(stream->texts[k], &selection->room);
        }
    }
}

void ioc_selection_done(struct ioc_selection *selection)
{
    ioc_memory_give(selection->words);
    ioc_memory_give(selection->summary);
    hs_free_scratch(selection->room);
    *selection = (struct ioc_selection){0};
}

static bool read_number(
    const struct ioc_index_slot *slot, const struct ioc_row *const *frames, double *number)
{
    const struct ioc_row *row = frames[slot->frame];
    if (!ioc_row_has(row, slot->slot))
        return false;
    union ioc_word word = ioc_row_word(row, slot->slot);
    if (slot->type == IOC_DOUBLE)
        *number = word.d;
    else
        *number = slot->type == IOC_UINT ? (double)word.u : (double)word.i;
    return true;
}

static uint32_t read_symbol(const struct ioc_index_look *look, const struct ioc_row *const *frames)
{
    const struct ioc_row *row = frames[look->frame];
    if (!ioc_row_has(row, look->slot))
        return 0;
    if (look->type == IOC_STRING || look->type == IOC_BYTES)
        return ioc_symbols_find(&look->symbols, ioc_symbols_word(ioc_row_text(row, look->slot)));
    return ioc_symbols_find(&look->symbols, ioc_row_word(row, look->slot).u);
}

static void stab(const struct ioc_index_band *band, uint32_t from, uint32_t to, double number,
    struct ioc_selection *selection)
{
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (band->highest[middle] < number)
            return;
        stab(band, from, middle, number, selection);
        if (band->low[middle] > number)
            return;
        if (band->high[middle] >= number)
            ioc_selection_add(selection, band->places[middle]);
        from = middle + 1;
    }
}

/* Of many programs few are in the cache: the next ones come while this one runs. */
enum { GATES_AHEAD = 3, PROGRAM_LINES = 5, LINE = 64 };

static void fetch_program(const struct ioc_program *program)
{
    for (int i = 0; i < PROGRAM_LINES; i++)
        __builtin_prefetch((const char *)program + i * LINE);
}

static void choose(const struct ioc_index_stream *stream, const struct ioc_index_bucket *bucket,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch, struct ioc_selection *selection)
{
    for (uint32_t i = 0; i < bucket->count; i++)
        ioc_selection_add(selection, bucket->places[i]);
    for (uint32_t i = 0; i < bucket->gates_count; i++) {
        bool value;
        if (i + GATES_AHEAD < bucket->gates_count)
            fetch_program(bucket->gates[i + GATES_AHEAD].program);
        if (ioc_program_test(bucket->gates[i].program, frames, scratch, &value) != IOC_OUTCOME_VALUE || value)
            ioc_selection_add(selection, bucket->gates[i].place);
    }
    for (uint32_t i = 0; i < bucket->bands_count; i++) {
        const struct ioc_index_band *band = &bucket->bands[i];
        double number;
        if (read_number(&stream->ranges[band->range], frames, &number) && !isnan(number))
            stab(band, 0, band->count, number, selection);
    }
}

static uint32_t find_bucket(
    const struct ioc_index_signature *signature, const uint32_t symbols[IOC_INDEX_SLOTS])
{
    uint64_t key = 0;
    for (uint32_t i = 0; i < signature->count; i++) {
        uint32_t symbol = symbols[signature->equals[i]];
        if (symbol == 0)
            return IOC_INDEX_NONE;
        key = key << IOC_INDEX_SYMBOL_BITS | symbol;
    }
    if (signature->direct)
        return signature->direct[key];
    uint32_t at = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (signature->capacity - 1);
    while (signature->keys[at].bucket != IOC_INDEX_NONE && signature->keys[at].key != key)
        at = (at + 1) & (signature->capacity - 1);
    return signature->keys[at].bucket;
}

void ioc_index_select(const struct ioc_index *index, uint16_t stream_id,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch, struct ioc_selection *selection)
{
    const struct ioc_index_stream *stream =
        stream_id < index->stream_count ? index->streams[stream_id] : NULL;
    uint32_t symbols[IOC_INDEX_SLOTS];
    if (!stream)
        return;
    for (uint32_t i = 0; i < stream->looks_count; i++)
        symbols[stream->looks[i].equal] = read_symbol(&stream->looks[i], frames);
    for (uint32_t i = 0; i < stream->signatures_count; i++) {
        uint32_t bucket = find_bucket(&stream->signatures[i], symbols);
        if (bucket == IOC_INDEX_NONE)
            continue;
        if (bucket & IOC_INDEX_ALONE)
            ioc_selection_add(selection, bucket & ~IOC_INDEX_ALONE);
        else
            choose(stream, &stream->buckets[bucket], frames, scratch, selection);
    }
    for (uint32_t i = 0; i < stream->texts_count; i++) {
        const struct ioc_index_slot *slot = &stream->searches[i];
        if (stream->texts[i] && ioc_row_has(frames[slot->frame], slot->slot))
            ioc_index_texts_select(stream->texts[i], ioc_row_text(frames[slot->frame], slot->slot), selection->room, selection);
    }
}

/* ------------------------------------------------------------- loading */

struct ioc_index *ioc_index_new(uint32_t stream_count)
{
    struct ioc_index *index = ioc_memory_take(sizeof *index);
    index->stream_count = stream_count;
    index->streams = ioc_memory_take((stream_count + 1) * sizeof(struct ioc_index_stream *));
    return index;
}

static void free_stream(struct ioc_index_stream *stream)
{
    if (!stream)
        return;
    for (uint32_t i = 0; i < IOC_INDEX_SLOTS; i++) {
        ioc_symbols_done(&stream->symbols[i]);
        ioc_index_texts_free(stream->texts[i]);
    }
    ioc_memory_give(stream->rules);
    ioc_memory_give(stream->items);
    ioc_memory_give(stream->terms);
    ioc_memory_give(stream->values);
    ioc_memory_give(stream);
}

void ioc_index_free(struct ioc_index *index)
{
    if (!index)
        return;
    for (uint32_t i = 0; i < index->stream_count; i++)
        free_stream(index->streams[i]);
    ioc_memory_give(index->streams);
    ioc_arena_done(&index->arena);
    ioc_memory_give(index);
}

static void make_room(void *list, uint32_t count, uint32_t *capacity, size_t size)
{
    void **memory = list;
    if (count < *capacity)
        return;
    uint32_t grown = *capacity ? *capacity * 2 : 16;
    *memory = ioc_memory_grow(*memory, *capacity * size, grown * size);
    *capacity = grown;
}

/* Of several the first is remembered. */
static void add_search(struct ioc_index *index, struct ioc_index_item *item, const struct ioc_term *term)
{
    struct ioc_text sought = term->values[0].text;
    if (item->sought.length || sought.length == 0 || sought.length >= IOC_INDEX_SOUGHT)
        return;
    item->sought = ioc_arena_copy(&index->arena, sought);
    item->searched = (struct ioc_index_slot){.frame = term->frame, .type = term->type, .slot = term->slot};
    item->kind = term->kind;
}

static void add_term(struct ioc_index *index, struct ioc_index_stream *stream, struct ioc_index_item *item, const struct ioc_term *term)
{
    bool is_text = term->type == IOC_STRING || term->type == IOC_BYTES;
    if (term->kind > IOC_TERM_RANGE) {
        add_search(index, item, term);
        return;
    }
    make_room(&stream->terms, stream->terms_count, &stream->terms_capacity, sizeof *stream->terms);
    stream->terms[stream->terms_count++] = (struct ioc_index_term){
        .slot = {.frame = term->frame, .type = term->type, .slot = term->slot},
        .is_range = term->kind == IOC_TERM_RANGE,
        .first_value = stream->values_count,
        .count = term->count,
        .low = term->low,
        .high = term->high};
    item->count++;
    for (uint32_t i = 0; i < term->count; i++) {
        make_room(&stream->values, stream->values_count, &stream->values_capacity, sizeof *stream->values);
        stream->values[stream->values_count++] = is_text ? ioc_symbols_word(term->values[i].text) : term->values[i].word;
    }
}

void ioc_index_add(struct ioc_index *index, struct ioc_rule *rule, const struct ioc_terms *terms)
{
    uint16_t id = rule->stream->id;
    assert(id < index->stream_count);
    if (!index->streams[id])
        index->streams[id] = ioc_memory_take(sizeof(struct ioc_index_stream));
    struct ioc_index_stream *stream = index->streams[id];
    make_room(&stream->rules, stream->rules_count, &stream->rules_capacity, sizeof(struct ioc_rule *));
    stream->rules[stream->rules_count++] = rule;
    for (uint32_t i = 0; i < terms->count; i++) {
        make_room(&stream->items, stream->items_count, &stream->items_capacity, sizeof *stream->items);
        struct ioc_index_item *item = &stream->items[stream->items_count++];
        *item = (struct ioc_index_item){.rule = rule, .way = (uint8_t)i, .first_term = stream->terms_count, .range = IOC_INDEX_NONE};
        for (uint32_t t = 0; t < terms->clauses[i].count; t++)
            add_term(index, stream, item, &terms->clauses[i].terms[t]);
    }
}

static int compare_rules(const void *a, const void *b)
{
    uint32_t x = (*(struct ioc_rule *const *)a)->index, y = (*(struct ioc_rule *const *)b)->index;
    return x < y ? -1 : x > y;
}

void ioc_index_seal(struct ioc_index *index)
{
    for (uint32_t i = 0; i < index->stream_count; i++) {
        struct ioc_index_stream *stream = index->streams[i];
        if (!stream)
            continue;
        qsort(stream->rules, stream->rules_count, sizeof(struct ioc_rule *), compare_rules);
        for (uint32_t k = 0; k < stream->rules_count; k++)
            stream->rules[k]->place = k;
        if (stream->rules_count > index->most)
            index->most = stream->rules_count;
        ioc_index_number(stream);
        ioc_index_build(stream, &index->arena);
    }
}

/* ------------------------------------------------------------- looking at it */

const struct ioc_rule *const *ioc_index_rules(const struct ioc_index *index, uint16_t stream, uint32_t *count)
{
    const struct ioc_index_stream *found = stream < index->stream_count ? index->streams[stream] : NULL;
    *count = found ? found->rules_count : 0;
    return found ? (const struct ioc_rule *const *)found->rules : NULL;
}

static void describe_slot(const struct ioc_rule *rule, const struct ioc_index_slot *slot, struct ioc_buffer *out)
{
    bool is_event = slot->frame == IOC_FRAME_EVENT;
    const struct ioc_schema *schema = is_event ? &rule->stream->schema : ioc_reference_schema(rule->asset);
    ioc_buffer_addf(out, "%s.%.*s", is_event ? "event" : "asset", IOC_TEXT_ARGS(schema->fields[slot->slot].name));
}

static void describe_bound(double bound, struct ioc_buffer *out)
{
    if (isinf(bound))
        ioc_buffer_add_string(out, "…");
    else
        ioc_buffer_add_double(out, bound);
}

static void describe_item(const struct ioc_index_stream *stream, const struct ioc_index_item *item, struct ioc_buffer *out)
{
    for (uint32_t i = 0; i < item->together; i++) {
        if (i)
            ioc_buffer_add_string(out, ", ");
        describe_slot(item->rule, &stream->equals[item->equals[i]], out);
    }
    if (item->is_searched) {
        static const char *const how[] = {"starts with", "ends with", "contains"};
        describe_slot(item->rule, &stream->searches[item->search], out);
        ioc_buffer_addf(out, " %s ", how[item->kind - IOC_TERM_STARTS]);
        ioc_buffer_add_json(out, item->sought);
    }
    if (item->range == IOC_INDEX_NONE)
        return;
    ioc_buffer_add_string(out, item->together ? "; " : "");
    describe_slot(item->rule, &stream->ranges[item->range], out);
    ioc_buffer_add_string(out, " in ");
    describe_bound(item->low, out);
    ioc_buffer_add_string(out, " – ");
    describe_bound(item->high, out);
}

void ioc_index_describe(const struct ioc_index *index, const struct ioc_rule *rule, struct ioc_buffer *out)
{
    const struct ioc_index_stream *stream = index->streams[rule->stream->id];
    bool is_first = true;
    if (rule->mode == IOC_MODE_OFF) { /* it was never added */
        ioc_buffer_add_string(out, "nothing: the rule is off");
        return;
    }
    for (uint32_t i = 0; i < stream->items_count; i++) {
        const struct ioc_index_item *item = &stream->items[i];
        if (item->rule != rule)
            continue;
        if (item->together == 0 && item->range == IOC_INDEX_NONE && !item->is_searched) {
            ioc_buffer_add_string(out, is_first ? "nothing: judged on every event of the stream" : " or on every event");
            return;
        }
        ioc_buffer_add_string(out, is_first ? "" : " or ");
        describe_item(stream, item, out);
        is_first = false;
    }
    if (is_first)
        ioc_buffer_add_string(out, "nothing: its condition is never true");
}

size_t ioc_index_bytes(const struct ioc_index *index)
{
    size_t bytes = index->arena.total;
    for (uint32_t i = 0; i < index->stream_count; i++) {
        const struct ioc_index_stream *stream = index->streams[i];
        if (!stream)
            continue;
        bytes += sizeof *stream + stream->rules_capacity * sizeof(struct ioc_rule *) +
                 stream->items_capacity * sizeof *stream->items + stream->terms_capacity * sizeof *stream->terms +
                 stream->values_capacity * sizeof *stream->values;
        for (uint32_t k = 0; k < stream->searches_count; k++)
            bytes += stream->texts[k] ? ioc_index_texts_bytes(stream->texts[k]) : 0;
        for (uint32_t k = 0; k < stream->equals_count; k++)
            bytes += stream->symbols[k].capacity * sizeof *stream->symbols[k].places;
    }
    return bytes;
}
