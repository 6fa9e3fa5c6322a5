/*
 * rules/cel/pattern_estimate.c — positions of a pattern (Glushkov), and the sets of them that a search can be in.
 *
 * A set holds the positions that may have taken the last letter.  Within x{0,100}, for which Hyperscan
 * has an engine of its own, a position adds nothing to a set in which another one leads everywhere
 * where it leads: so it counts 100 states, not 2^100.  Nor does one that leads where another one does.
 */
#include "rules/cel/pattern_estimate.h"
#include "core/table.h"

enum {
    WORDS_MOST = (IOC_PATTERN_LETTERS_MOST + 63) / 64,
    START = 256, /* the place before the first letter, as a letter of its own */
    LETTERS = START + 1,
    WORK_MOST = 12000000, /* words looked at: some 10 ms */
    EFFORT_MOST = 200000, /* states × letters, those of chains by a quarter */
    EDGED_MOST = 600,     /* states, once more for each \b */
};

struct positions {
    uint64_t words[WORDS_MOST];
};
struct part { /* of the pattern: where it begins, where it ends, can it be empty */
    struct positions first, last;
    bool is_nullable;
};
struct estimate {
    const struct ioc_alphabet *alphabet;
    uint32_t count, words, work;
    uint32_t edges; /* \b and \B: at each Hyperscan makes two of what follows */
    uint32_t chain, chained, chains[IOC_PATTERN_LETTERS_MOST]; /* the repetition of one class it is of, 0 = none */
    struct positions follow[IOC_PATTERN_LETTERS_MOST], better[IOC_PATTERN_LETTERS_MOST];
    struct positions taken[LETTERS]; /* by each letter */
    struct positions classes[LETTERS];
    uint32_t classes_count;
    struct positions has_better;
    struct positions *states;
    uint32_t states_count, states_most;
    struct ioc_table table;
    bool is_over;
};

static bool has(const struct positions *set, uint32_t position)
{
    return set->words[position / 64] >> (position % 64) & 1;
}

static void unite(struct estimate *estimate, struct positions *set, const struct positions *other)
{
    for (uint32_t i = 0; i < estimate->words; i++)
        set->words[i] |= other->words[i];
    estimate->work += estimate->words;
    estimate->is_over |= estimate->work > WORK_MOST;
}

static void link_parts(
    struct estimate *estimate, const struct positions *last, const struct positions *first)
{
    for (uint32_t i = 0; i < estimate->count && !estimate->is_over; i++) {
        if (has(last, i))
            unite(estimate, &estimate->follow[i], first);
    }
}

static struct part join(struct estimate *estimate, struct part left, const struct part *right)
{
    link_parts(estimate, &left.last, &right->first);
    if (left.is_nullable)
        unite(estimate, &left.first, &right->first);
    struct positions last = right->last;
    if (right->is_nullable)
        unite(estimate, &last, &left.last);
    left.last = last;
    left.is_nullable &= right->is_nullable;
    return left;
}

/* A position that takes these letters. */
static struct part add_position(struct estimate *estimate, const bool letters[LETTERS])
{
    struct part part = {.is_nullable = false};
    if (estimate->count == IOC_PATTERN_LETTERS_MOST) {
        estimate->is_over = true;
        return part;
    }
    uint32_t position = estimate->count++;
    estimate->chains[position] = estimate->chain;
    estimate->chained += estimate->chain != 0;
    part.first.words[position / 64] = part.last.words[position / 64] = (uint64_t)1 << position % 64;
    for (uint32_t i = 0; i < LETTERS; i++) {
        if (letters[i])
            estimate->taken[i].words[position / 64] |= (uint64_t)1 << position % 64;
    }
    return part;
}

static struct part build(struct estimate *estimate, const struct ioc_pattern_node *node);

static struct part build_repeat(struct estimate *estimate, const struct ioc_pattern_node *node)
{
    struct part whole = {.is_nullable = true};
    bool is_endless = node->most == IOC_PATTERN_ENDLESS;
    uint32_t times = !is_endless ? node->most : node->least ? node->least : 1;
    if (node->items[0]->part == IOC_PATTERN_LETTERS)
        estimate->chain = estimate->count + 1;
    for (uint32_t i = 0; i < times && !estimate->is_over; i++) {
        struct part part = build(estimate, node->items[0]);
        if (is_endless && i == times - 1)
            link_parts(estimate, &part.last, &part.first);
        part.is_nullable |= i >= node->least;
        whole = join(estimate, whole, &part);
    }
    estimate->chain = 0;
    return whole;
}

static struct part build(struct estimate *estimate, const struct ioc_pattern_node *node)
{
    bool letters[LETTERS] = {false};
    struct part whole = {.is_nullable = true};
    if (estimate->is_over)
        return whole;
    switch (node->part) {
    case IOC_PATTERN_LETTERS:
        ioc_alphabet_bytes(estimate->alphabet, node->letters, letters);
        return add_position(estimate, letters);
    case IOC_PATTERN_LINE_BEGIN: letters['\n'] = true; /* fall through */
    case IOC_PATTERN_BEGIN: letters[START] = true; return add_position(estimate, letters);
    case IOC_PATTERN_LINE_END: letters['\n'] = true; return add_position(estimate, letters);
    case IOC_PATTERN_NEVER: whole.is_nullable = false; return whole;
    case IOC_PATTERN_JOIN:
        for (uint32_t i = 0; i < node->count; i++) {
            struct part part = build(estimate, node->items[i]);
            whole = join(estimate, whole, &part);
        }
        return whole;
    case IOC_PATTERN_CHOICE:
        whole = build(estimate, node->items[0]);
        for (uint32_t i = 1; i < node->count; i++) {
            struct part part = build(estimate, node->items[i]);
            unite(estimate, &whole.first, &part.first);
            unite(estimate, &whole.last, &part.last);
            whole.is_nullable |= part.is_nullable;
        }
        return whole;
    case IOC_PATTERN_REPEAT: return build_repeat(estimate, node);
    case IOC_PATTERN_EDGE:
    case IOC_PATTERN_NO_EDGE: estimate->edges++; return whole;
    default: return whole;
    }
}

/* Does position b lead where a leads?  Of twins the first is the better one. */
static bool is_better(
    const struct estimate *estimate, const struct positions *last, uint32_t a, uint32_t b)
{
    bool are_same = true;
    for (uint32_t i = 0; i < estimate->words; i++) {
        if (estimate->follow[a].words[i] & ~estimate->follow[b].words[i])
            return false;
        are_same &= estimate->follow[a].words[i] == estimate->follow[b].words[i];
    }
    are_same &= has(last, a) == has(last, b);
    if (are_same)
        return b < a;
    bool is_chain = estimate->chains[a] && estimate->chains[a] == estimate->chains[b];
    return is_chain && has(last, b) >= has(last, a);
}

static void find_better(struct estimate *estimate, const struct positions *last)
{
    for (uint32_t a = 0; a < estimate->count; a++) {
        for (uint32_t b = 0; b < estimate->count; b++) {
            if (a == b || !is_better(estimate, last, a, b))
                continue;
            estimate->better[a].words[b / 64] |= (uint64_t)1 << b % 64;
            estimate->has_better.words[a / 64] |= (uint64_t)1 << a % 64;
        }
    }
}

static uint32_t states_allowed(const struct estimate *estimate)
{
    uint32_t most = estimate->edges ? EDGED_MOST / (1 + estimate->edges) : IOC_PATTERN_STATES_MOST,
             by_effort = EFFORT_MOST / (1 + estimate->count - estimate->chained * 3 / 4);
    return by_effort < most ? by_effort : most;
}

/* Letters that the same positions take are one class. */
static void find_classes(struct estimate *estimate)
{
    size_t size = estimate->words * sizeof(uint64_t);
    for (uint32_t letter = 0; letter < START; letter++) {
        uint32_t i = 0;
        while (i < estimate->classes_count &&
               memcmp(&estimate->classes[i], &estimate->taken[letter], size) != 0)
            i++;
        if (i == estimate->classes_count)
            estimate->classes[estimate->classes_count++] = estimate->taken[letter];
    }
}

/* Without the positions that add nothing. */
static void clean(struct estimate *estimate, struct positions *set)
{
    struct positions whole = *set;
    for (uint32_t i = 0; i < estimate->words; i++) {
        for (uint64_t left = whole.words[i] & estimate->has_better.words[i]; left; left &= left - 1) {
            uint32_t bit = (uint32_t)__builtin_ctzll(left);
            const struct positions *better = &estimate->better[64 * i + bit];
            uint64_t both = 0;
            for (uint32_t j = 0; j < estimate->words; j++)
                both |= better->words[j] & whole.words[j];
            if (both)
                set->words[i] &= ~((uint64_t)1 << bit);
            estimate->work += estimate->words;
        }
    }
}

static void add_state(struct estimate *estimate, struct positions *set)
{
    clean(estimate, set);
    size_t size = estimate->words * sizeof(uint64_t);
    uint64_t hash = ioc_text_hash((struct ioc_text){(const char *)set, (uint32_t)size});
    uint32_t at = UINT32_MAX, found;
    while ((found = ioc_table_find(&estimate->table, hash, &at)) != IOC_TABLE_NONE) {
        if (memcmp(&estimate->states[found], set, size) == 0)
            return;
    }
    if (estimate->states_count >= estimate->states_most) {
        estimate->is_over = true;
        return;
    }
    ioc_table_add(&estimate->table, hash, estimate->states_count);
    estimate->states[estimate->states_count++] = *set;
}

static void take(struct estimate *estimate, const struct positions *next,
    const struct positions *taken)
{
    struct positions set = {{0}};
    for (uint32_t i = 0; i < estimate->words; i++)
        set.words[i] = next->words[i] & taken->words[i];
    estimate->work += estimate->words;
    add_state(estimate, &set);
}

static void find_states(struct estimate *estimate, const struct part *pattern)
{
    take(estimate, &pattern->first, &estimate->taken[START]);
    for (uint32_t state = 0; state < estimate->states_count && !estimate->is_over; state++) {
        struct positions next = pattern->first; /* a match may begin anywhere */
        const struct positions *set = &estimate->states[state];
        for (uint32_t i = 0; i < estimate->words; i++) {
            for (uint64_t left = set->words[i]; left; left &= left - 1)
                unite(estimate, &next, &estimate->follow[64 * i + (uint32_t)__builtin_ctzll(left)]);
        }
        for (uint32_t i = 0; i < estimate->classes_count && !estimate->is_over; i++)
            take(estimate, &next, &estimate->classes[i]);
        estimate->is_over |= estimate->work > WORK_MOST;
    }
}

uint32_t ioc_pattern_estimate(const struct ioc_pattern_node *tree,
    const struct ioc_alphabet *alphabet, struct ioc_arena *arena)
{
    struct estimate *estimate = ioc_arena_take(arena, sizeof *estimate);
    estimate->alphabet = alphabet;
    estimate->words = WORDS_MOST;
    estimate->states = ioc_arena_take(arena, IOC_PATTERN_STATES_MOST * sizeof *estimate->states);
    struct part pattern = build(estimate, tree);
    estimate->words = (estimate->count + 63) / 64;
    estimate->states_most = states_allowed(estimate);
    if (!estimate->is_over) {
        find_better(estimate, &pattern.last);
        find_classes(estimate);
        find_states(estimate, &pattern);
    }
    ioc_table_done(&estimate->table);
    return estimate->is_over ? UINT32_MAX : estimate->states_count * (1 + estimate->edges);
}
