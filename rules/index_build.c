/*
 * rules/index_build.c — from the clauses of all rules on a stream to signatures, buckets and bands.
 *
 * Each clause takes its most selective equalities — the slots that are compared with the most different
 * values — as the signature that names its bucket.  A signature costs every event a look-up, so that one
 * with few clauses gives up its least selective slot and joins a shorter one.
 */
#include "rules/index_layout.h"
#include "core/memory.h"
#include <math.h>
#include <stdlib.h>

enum {
    SIGNATURES_MOST = 16, /* of two or three slots */
    SIGNATURE_LEAST = 8,  /* clauses that make one worth its look-up */
    ENTRIES_MOST = 64,    /* buckets that one clause may stand in: lists multiply */
    GATES_BEYOND = 1,     /* a rule that is alone in its bucket is most likely meant */
    PARTS_LEAST = 6,      /* a pass for all parts costs as much as some searches one by one */
    ENDS_LEAST = 3,
    BAND_LEAST = 4        /* fewer rules are chosen without looking at the number */
};

struct entry { /* a clause in one bucket */
    uint32_t signature, range, place;
    uint64_t key;
    double low, high;
};
struct building {
    struct ioc_index_stream *stream;
    struct ioc_arena *arena;
    uint32_t rank[IOC_INDEX_SLOTS]; /* of an equality: 0 = most selective */
    struct entry *entries;
    uint32_t entries_count;
};

/* ------------------------------------------------------------- what is looked up for each clause */

static bool is_more_selective(const struct ioc_index_stream *stream, uint32_t a, uint32_t b)
{
    uint32_t x = stream->symbols[a].count, y = stream->symbols[b].count;
    if (x != y)
        return x > y;
    return stream->equals[a].uses != stream->equals[b].uses ? stream->equals[a].uses > stream->equals[b].uses : a < b;
}

static void rank_equals(struct building *building)
{
    const struct ioc_index_stream *stream = building->stream;
    for (uint32_t a = 0; a < stream->equals_count; a++) {
        building->rank[a] = 0;
        for (uint32_t b = 0; b < stream->equals_count; b++)
            building->rank[a] += b != a && is_more_selective(stream, b, a);
    }
}

/* The most selective equality of the clause that is not chosen yet. */
static uint32_t next_equality(const struct building *building, const struct ioc_index_item *item, uint32_t entries)
{
    const struct ioc_index_stream *stream = building->stream;
    uint32_t best = IOC_INDEX_NONE;
    for (uint32_t i = item->first_term; i < item->first_term + item->count; i++) {
        const struct ioc_index_term *term = &stream->terms[i];
        bool is_chosen = term->is_range || entries * (uint64_t)term->count > ENTRIES_MOST;
        for (uint32_t k = 0; k < item->together; k++)
            is_chosen |= item->equals[k] == term->which;
        if (!is_chosen && (best == IOC_INDEX_NONE ||
                              building->rank[term->which] < building->rank[stream->terms[best].which]))
            best = i;
    }
    return best;
}

static void choose_terms(const struct building *building, struct ioc_index_item *item)
{
    const struct ioc_index_stream *stream = building->stream;
    uint32_t entries = 1;
    while (item->together < IOC_INDEX_TOGETHER) {
        uint32_t best = next_equality(building, item, entries);
        if (best == IOC_INDEX_NONE)
            break;
        entries *= stream->terms[best].count;
        item->chosen[item->together] = best;
        item->equals[item->together++] = stream->terms[best].which;
    }
    for (uint32_t i = item->first_term; i < item->first_term + item->count; i++) {
        const struct ioc_index_term *term = &stream->terms[i];
        if (!term->is_range || (item->range != IOC_INDEX_NONE && stream->ranges[term->which].uses <= stream->ranges[item->range].uses))
            continue;
        item->range = term->which;
        item->low = term->low;
        item->high = term->high;
    }
}

static uint32_t code_of(const struct ioc_index_item *item)
{
    uint32_t code = 0;
    for (uint32_t i = 0; i < item->together; i++)
        code = code << 8 | (item->equals[i] + 1u);
    return code;
}

struct tally {
    uint32_t code, count;
};

static int by_code(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    return x->code < y->code ? -1 : x->code > y->code;
}

static int by_count(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    return x->count != y->count ? (x->count > y->count ? -1 : 1) : by_code(a, b);
}

/* How many clauses have each signature of that length, the most frequent first. */
static uint32_t tally_codes(const struct ioc_index_stream *stream, uint32_t together, struct tally *tallies)
{
    uint32_t count = 0, kept = 0;
    for (uint32_t i = 0; i < stream->items_count; i++) {
        if (stream->items[i].together == together)
            tallies[count++] = (struct tally){code_of(&stream->items[i]), 1};
    }
    if (count)
        qsort(tallies, count, sizeof *tallies, by_code);
    for (uint32_t i = 0; i < count; i++) {
        if (kept && tallies[kept - 1].code == tallies[i].code)
            tallies[kept - 1].count++;
        else
            tallies[kept++] = tallies[i];
    }
    if (kept)
        qsort(tallies, kept, sizeof *tallies, by_count);
    return kept;
}

static void shorten_rare(struct building *building, uint32_t together, uint32_t most)
{
    struct ioc_index_stream *stream = building->stream;
    struct ioc_arena scratch = {0};
    struct tally *tallies = ioc_arena_take(&scratch, (stream->items_count + 1) * sizeof *tallies);
    uint32_t count = tally_codes(stream, together, tallies), kept = 0;
    while (kept < count && kept < most && tallies[kept].count >= SIGNATURE_LEAST)
        kept++;
    if (kept)
        qsort(tallies, kept, sizeof *tallies, by_code);
    for (uint32_t i = 0; i < stream->items_count; i++) {
        struct ioc_index_item *item = &stream->items[i];
        struct tally sought = {.code = code_of(item)};
        if (item->together == together && !(kept && bsearch(&sought, tallies, kept, sizeof sought, by_code)))
            item->together--;
    }
    ioc_arena_done(&scratch);
}

/* ------------------------------------------------------------- searches in texts */

static bool is_search(const struct ioc_index_item *item, uint32_t slot, uint32_t kind)
{
    return item->sought.length && item->search == slot && item->kind == kind && item->together == 0 && item->range == IOC_INDEX_NONE;
}

/* Clauses that can only be found by a search in that slot: made at once when they are enough. */
static void make_searches(struct ioc_index_stream *stream, uint32_t slot, uint32_t kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < stream->items_count; i++)
        count += is_search(&stream->items[i], slot, kind);
    if (count < (kind == IOC_TERM_CONTAINS ? PARTS_LEAST : ENDS_LEAST))
        return;
    if (!stream->texts[slot])
        stream->texts[slot] = ioc_index_texts_new();
    for (uint32_t i = 0; i < stream->items_count; i++) {
        struct ioc_index_item *item = &stream->items[i];
        if (!is_search(item, slot, kind))
            continue;
        item->is_searched = true;
        ioc_index_texts_add(stream->texts[slot], kind, item->sought, item->rule->place);
    }
}

static void make_texts(struct ioc_index_stream *stream)
{
    for (uint32_t slot = 0; slot < stream->searches_count; slot++) {
        for (uint32_t kind = IOC_TERM_STARTS; kind <= IOC_TERM_CONTAINS; kind++)
            make_searches(stream, slot, kind);
        if (!stream->texts[slot])
            continue;
        ioc_index_texts_seal(stream->texts[slot]);
        stream->texts_count = stream->searches_count;
    }
}

/* ------------------------------------------------------------- entries */

static void make_signatures(struct building *building)
{
    struct ioc_index_stream *stream = building->stream;
    struct ioc_arena scratch = {0};
    struct tally *tallies = ioc_arena_take(&scratch, (stream->items_count + 1) * sizeof *tallies);
    uint32_t most = 2 * SIGNATURES_MOST + IOC_INDEX_SLOTS + 1;
    stream->signatures = ioc_arena_take(building->arena, most * sizeof *stream->signatures);
    for (uint32_t together = 0; together <= IOC_INDEX_TOGETHER; together++) {
        uint32_t count = tally_codes(stream, together, tallies);
        for (uint32_t i = 0; i < count; i++) {
            assert(stream->signatures_count < most);
            struct ioc_index_signature *signature = &stream->signatures[stream->signatures_count++];
            signature->count = (uint8_t)together;
            for (uint32_t k = 0; k < together; k++) {
                signature->equals[k] = (uint8_t)((tallies[i].code >> 8 * (together - 1 - k) & 0xff) - 1);
                stream->is_looked_up[signature->equals[k]] = true;
            }
        }
    }
    ioc_arena_done(&scratch);
}

static uint32_t find_signature(const struct ioc_index_stream *stream, const struct ioc_index_item *item)
{
    for (uint32_t i = 0; i < stream->signatures_count; i++) {
        const struct ioc_index_signature *signature = &stream->signatures[i];
        if (signature->count == item->together &&
            memcmp(signature->equals, item->equals, item->together * sizeof *item->equals) == 0)
            return i;
    }
    assert(!"every clause has a signature");
    return 0;
}

static uint32_t count_entries(const struct ioc_index_stream *stream, const struct ioc_index_item *item)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i < item->together; i++)
        count *= stream->terms[item->chosen[i]].count;
    return count;
}

static void add_entries(struct building *building, const struct ioc_index_item *item)
{
    const struct ioc_index_stream *stream = building->stream;
    uint32_t count = item->is_searched ? 0 : count_entries(stream, item);
    struct entry entry = {.signature = find_signature(stream, item),
        .range = item->range,
        .place = item->rule->place,
        .low = item->low,
        .high = item->high};
    if (item->low > item->high) /* never true */
        return;
    for (uint32_t n = 0; n < count; n++) {
        uint32_t rest = n;
        entry.key = 0;
        for (uint32_t i = 0; i < item->together; i++) {
            const struct ioc_index_term *term = &stream->terms[item->chosen[i]];
            entry.key = entry.key << IOC_INDEX_SYMBOL_BITS | stream->values[term->first_value + rest % term->count];
            rest /= term->count;
        }
        building->entries[building->entries_count++] = entry;
    }
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->signature != y->signature)
        return x->signature < y->signature ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->range != y->range)
        return x->range < y->range ? -1 : 1;
    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    if (x->high != y->high)
        return x->high > y->high ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* ------------------------------------------------------------- buckets */

static double fill_highest(const double *high, double *highest, uint32_t from, uint32_t to)
{
    if (from >= to)
        return -INFINITY;
    uint32_t middle = from + (to - from) / 2;
    double left = fill_highest(high, highest, from, middle), right = fill_highest(high, highest, middle + 1, to);
    highest[middle] = fmax(high[middle], fmax(left, right));
    return highest[middle];
}

static void make_band(struct building *building, const struct entry *entries, uint32_t count, struct ioc_index_band *band)
{
    double *low = ioc_arena_take(building->arena, 3 * count * sizeof *low), *high = low + count, *highest = high + count;
    uint32_t *places = ioc_arena_take(building->arena, count * sizeof *places);
    for (uint32_t i = 0; i < count; i++) {
        low[i] = entries[i].low;
        high[i] = entries[i].high;
        places[i] = entries[i].place;
    }
    fill_highest(high, highest, 0, count);
    *band = (struct ioc_index_band){entries[0].range, count, low, high, highest, places};
}

/* The condition that must hold, when one program says it: it may read only what is the same for all rules. */
static const struct ioc_program *find_gate(const struct ioc_rule *rule)
{
    const struct ioc_program *gate = rule->where;
    for (int r = 0; r < IOC_RUNGS && !rule->where; r++) {
        if (gate && rule->when[r])
            return NULL;
        gate = rule->when[r] ? rule->when[r] : gate;
    }
    uint32_t count = 0;
    const struct ioc_program_read *reads = gate ? ioc_program_reads(gate, &count) : NULL;
    for (uint32_t i = 0; i < count; i++) {
        bool is_asset = reads[i].frame == IOC_FRAME_ASSET && rule->asset_by == IOC_SLOT_NONE && rule->asset == rule->stream->asset;
        if (reads[i].frame != IOC_FRAME_EVENT && reads[i].frame != IOC_FRAME_LAST && !is_asset)
            return NULL;
    }
    return gate;
}

static uint32_t run_of(const struct entry *entries, uint32_t count)
{
    uint32_t run = 1;
    while (run < count && entries[run].range == entries[0].range)
        run++;
    return run;
}

static void make_bucket(struct building *building, const struct entry *entries, uint32_t count, struct ioc_index_bucket *bucket)
{
    uint32_t plain = 0, bands = 0, run;
    for (uint32_t i = 0; i < count; i += run) {
        run = run_of(entries + i, count - i);
        bool is_band = entries[i].range != IOC_INDEX_NONE && run >= BAND_LEAST;
        bands += is_band;
        plain += is_band ? 0 : run;
    }
    uint32_t *places = ioc_arena_take(building->arena, (plain + 1) * sizeof *places);
    struct ioc_index_band *list = ioc_arena_take(building->arena, (bands + 1) * sizeof *list);
    struct ioc_index_gate *gates = ioc_arena_take(building->arena, (plain + 1) * sizeof *gates);
    *bucket = (struct ioc_index_bucket){.places = places, .bands = list, .gates = gates};
    for (uint32_t i = 0; i < count; i += run) {
        run = run_of(entries + i, count - i);
        if (entries[i].range != IOC_INDEX_NONE && run >= BAND_LEAST) {
            make_band(building, entries + i, run, &list[bucket->bands_count++]);
            continue;
        }
        for (uint32_t k = 0; k < run; k++) {
            const struct ioc_program *gate = find_gate(building->stream->rules[entries[i + k].place]);
            if (gate && plain > GATES_BEYOND)
                gates[bucket->gates_count++] = (struct ioc_index_gate){gate, entries[i + k].place};
            else
                places[bucket->count++] = entries[i + k].place;
        }
    }
}

static void make_table(struct building *building, struct ioc_index_signature *signature, uint32_t buckets)
{
    if (signature->count <= 1) {
        uint32_t symbols = signature->count ? building->stream->symbols[signature->equals[0]].count : 0;
        signature->capacity = symbols + 1;
        signature->direct = ioc_arena_take(building->arena, signature->capacity * sizeof *signature->direct);
        for (uint32_t i = 0; i < signature->capacity; i++)
            signature->direct[i] = IOC_INDEX_NONE;
        return;
    }
    signature->capacity = 8;
    while (signature->capacity < 2 * buckets)
        signature->capacity *= 2;
    signature->keys = ioc_arena_take(building->arena, signature->capacity * sizeof *signature->keys);
    for (uint32_t i = 0; i < signature->capacity; i++)
        signature->keys[i].bucket = IOC_INDEX_NONE;
}

static void put_key(struct ioc_index_signature *signature, uint64_t key, uint32_t bucket)
{
    if (signature->direct) {
        signature->direct[key] = bucket;
        return;
    }
    uint32_t at = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (signature->capacity - 1);
    while (signature->keys[at].bucket != IOC_INDEX_NONE)
        at = (at + 1) & (signature->capacity - 1);
    signature->keys[at] = (struct ioc_index_key){key, bucket};
}

static void make_buckets(struct building *building)
{
    struct ioc_index_stream *stream = building->stream;
    const struct entry *entries = building->entries;
    uint32_t *in_signature = ioc_arena_take(building->arena, (stream->signatures_count + 1) * sizeof *in_signature);
    for (uint32_t i = 0; i < building->entries_count; i++) {
        bool is_new = i == 0 || entries[i].signature != entries[i - 1].signature || entries[i].key != entries[i - 1].key;
        in_signature[entries[i].signature] += is_new;
        stream->buckets_count += is_new;
    }
    for (uint32_t i = 0; i < stream->signatures_count; i++)
        make_table(building, &stream->signatures[i], in_signature[i]);
    stream->buckets = ioc_arena_take(building->arena, (stream->buckets_count + 1) * sizeof *stream->buckets);
    uint32_t bucket = 0;
    for (uint32_t from = 0, to; from < building->entries_count; from = to) {
        for (to = from + 1; to < building->entries_count; to++) {
            if (entries[to].signature != entries[from].signature || entries[to].key != entries[from].key)
                break;
        }
        struct ioc_index_signature *signature = &stream->signatures[entries[from].signature];
        if (to - from == 1 && signature->count > 0) {
            put_key(signature, entries[from].key, entries[from].place | IOC_INDEX_ALONE);
            continue;
        }
        make_bucket(building, entries + from, to - from, &stream->buckets[bucket]);
        put_key(signature, entries[from].key, bucket++);
    }
}

static void make_looks(struct building *building)
{
    struct ioc_index_stream *stream = building->stream;
    struct ioc_index_look *looks = ioc_arena_take(building->arena, (stream->equals_count + 1) * sizeof *looks);
    for (uint32_t i = 0; i < stream->equals_count; i++) {
        const struct ioc_index_slot *slot = &stream->equals[i];
        if (stream->is_looked_up[i])
            looks[stream->looks_count++] = (struct ioc_index_look){stream->symbols[i], slot->frame, slot->type, slot->slot, i};
    }
    stream->looks = looks;
}

/* The items stay, for describing. */
static void forget_loading(struct ioc_index_stream *stream)
{
    ioc_memory_give(stream->terms);
    ioc_memory_give(stream->values);
    stream->terms = NULL;
    stream->values = NULL;
    stream->terms_count = stream->terms_capacity = stream->values_count = stream->values_capacity = 0;
    struct ioc_index_item *kept = ioc_memory_take((stream->items_count + 1) * sizeof *kept);
    memcpy(kept, stream->items, stream->items_count * sizeof *kept);
    ioc_memory_give(stream->items);
    stream->items = kept;
    stream->items_capacity = stream->items_count;
}

void ioc_index_build(struct ioc_index_stream *stream, struct ioc_arena *arena)
{
    struct ioc_arena scratch = {0};
    struct building building = {.stream = stream, .arena = arena};
    rank_equals(&building);
    for (uint32_t i = 0; i < stream->items_count; i++)
        choose_terms(&building, &stream->items[i]);
    shorten_rare(&building, 3, SIGNATURES_MOST);
    shorten_rare(&building, 2, SIGNATURES_MOST);
    make_texts(stream);
    make_signatures(&building);
    make_looks(&building);
    uint64_t entries = 0;
    for (uint32_t i = 0; i < stream->items_count; i++)
        entries += count_entries(stream, &stream->items[i]);
    building.entries = ioc_arena_take(&scratch, (entries + 1) * sizeof *building.entries);
    for (uint32_t i = 0; i < stream->items_count; i++)
        add_entries(&building, &stream->items[i]);
    if (building.entries_count)
        qsort(building.entries, building.entries_count, sizeof *building.entries, compare_entries);
    make_buckets(&building);
    ioc_arena_done(&scratch);
    forget_loading(stream);
}
