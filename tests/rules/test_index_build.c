/*
 * tests/rules/test_index_build.c — signatures, buckets, bands and gates of clauses made up here, against a look at
 * every clause.
 */
#include "core/draft.h"
#include "rules/cel/scratch.h"
#include "rules/index.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { INTEGERS = 80, TEXTS = INTEGERS, DOUBLES = TEXTS + 5, NATURAL = DOUBLES + 3, FIELDS };
enum { RULES_MOST = 8192, ROWS = 60 };

static struct ioc_field fields[FIELDS];
static const struct ioc_schema schema = {.name = {"things", 6}, .fields = fields, .count = FIELDS};
static struct ioc_stream stream = {.name = {"things", 6}, .schema = {.name = {"things", 6}, .fields = fields, .count = FIELDS}};
static struct ioc_rule rules[RULES_MOST];
static struct ioc_terms terms[RULES_MOST];
static struct ioc_arena arena;
static struct ioc_scratch *scratch;
static struct ioc_draft draft;

static int set_up(void **state)
{
    for (uint32_t i = 0; i < FIELDS; i++)
        fields[i] = (struct ioc_field){.name = {"field", 5}, .is_optional = true,
            .type = i < INTEGERS ? IOC_INT : i < DOUBLES ? IOC_STRING : i < NATURAL ? IOC_DOUBLE : IOC_UINT};
    scratch = ioc_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    ioc_scratch_free(scratch);
    ioc_draft_done(&draft);
    return 0;
}

/* ------------------------------------------------------------- chance */

static uint64_t seed;
static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

static struct shape { /* of a round's rules */
    uint32_t rules, slots, values, clauses, terms;
} shape;

static const struct ioc_text texts[] = {{"", 0}, {"a", 1}, {"ab", 2}, {"a\0b", 3}, {"a\0c", 3}, {"ba", 2}, {"đèn đỏ", 10}};
static const uint64_t words[] = {0, 1, 2, 3, INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX, 1ull << 53, (1ull << 53) + 1, 5, 6, 7};
static const double numbers[] = {0, -0.0, 1, 2, 3, 5, 8, -1, 1e300, INFINITY, -INFINITY};

static ioc_slot draw_slot(void)
{
    uint32_t slot = draw(shape.slots);
    return (ioc_slot)(draw(4) ? slot : TEXTS + draw(FIELDS - TEXTS));
}

static struct ioc_term draw_term(void)
{
    struct ioc_term term = {.slot = draw_slot(), .frame = draw(5) ? IOC_FRAME_EVENT : IOC_FRAME_ASSET};
    term.type = (uint8_t)fields[term.slot].type;
    bool is_number = term.type != IOC_STRING;
    term.kind = term.type == IOC_DOUBLE || (is_number && draw(3) == 0) ? IOC_TERM_RANGE : IOC_TERM_ONE_OF;
    if (!is_number && draw(3) == 0)
        term.kind = (uint8_t)(IOC_TERM_STARTS + draw(4));
    if (term.kind == IOC_TERM_RANGE) {
        term.low = draw(3) ? numbers[draw(11)] : -INFINITY;
        term.high = draw(3) ? numbers[draw(11)] : INFINITY;
        return term;
    }
    term.count = term.kind != IOC_TERM_ONE_OF || draw(2) ? 1 : draw(20) ? draw(5) : IOC_TERM_VALUES;
    union ioc_term_value *values = ioc_arena_take(&arena, (term.count + 1) * sizeof *values);
    for (uint32_t i = 0; i < term.count; i++) {
        if (is_number)
            values[i].word = draw(4) ? 10 + draw(shape.values) : words[draw(12)];
        else
            values[i].text = texts[draw(7)];
    }
    term.values = values;
    return term;
}

static struct ioc_terms draw_terms(void)
{
    struct ioc_terms drawn = {.count = draw(30) ? 1 + draw(shape.clauses) : 0};
    drawn.clauses = ioc_arena_take(&arena, (drawn.count + 1) * sizeof *drawn.clauses);
    for (uint32_t i = 0; i < drawn.count; i++) {
        drawn.clauses[i].count = draw(25) ? 1 + draw(shape.terms) : 0;
        for (uint32_t k = 0; k < drawn.clauses[i].count; k++)
            drawn.clauses[i].terms[k] = draw_term();
    }
    return drawn;
}

static const struct ioc_row *draw_row(void)
{
    ioc_draft_begin(&draft, &schema);
    for (ioc_slot slot = 0; slot < FIELDS; slot++) {
        if (draw(12) == 0)
            continue;
        if (fields[slot].type == IOC_STRING)
            (void)!ioc_draft_set_text(&draft, slot, texts[draw(7)]); /* one with a zero is none of an event */
        else if (fields[slot].type == IOC_DOUBLE)
            ioc_draft_set_double(&draft, slot, draw(12) ? numbers[draw(11)] : NAN);
        else if (fields[slot].type == IOC_UINT)
            ioc_draft_set_uint(&draft, slot, words[draw(12)]);
        else
            ioc_draft_set_int(&draft, slot, draw(4) ? (int64_t)(10 + draw(shape.values)) : (int64_t)words[draw(12)]);
    }
    return ioc_draft_row(&draft);
}

/* ------------------------------------------------------------- a look at every clause */

static bool finds(const struct ioc_term *term, struct ioc_text text)
{
    struct ioc_text sought = term->values[0].text;
    if (term->kind == IOC_TERM_STARTS)
        return ioc_text_starts(text, sought);
    if (term->kind == IOC_TERM_ENDS)
        return ioc_text_ends(text, sought);
    for (uint32_t at = 0; at + sought.length <= text.length; at++)
        if (memcmp(text.data + at, sought.data, sought.length) == 0)
            return true;
    return false;
}

static bool holds(const struct ioc_term *term, const struct ioc_row *const *frames)
{
    const struct ioc_row *row = frames[term->frame];
    if (!ioc_row_has(row, term->slot))
        return false;
    union ioc_word word = ioc_row_word(row, term->slot);
    double number = term->type == IOC_DOUBLE ? word.d : term->type == IOC_UINT ? (double)word.u : (double)word.i;
    if (term->kind == IOC_TERM_RANGE)
        return number >= term->low && number <= term->high;
    struct ioc_text text = term->type == IOC_STRING ? ioc_row_text(row, term->slot) : (struct ioc_text){0};
    if (term->kind != IOC_TERM_ONE_OF)
        return finds(term, text);
    for (uint32_t i = 0; i < term->count; i++)
        if (term->type == IOC_STRING ? ioc_text_equal(text, term->values[i].text) : word.u == term->values[i].word)
            return true;
    return false;
}

static bool can_concern(const struct ioc_terms *of, const struct ioc_row *const *frames)
{
    for (uint32_t i = 0; i < of->count; i++) {
        bool all = true;
        for (uint32_t k = 0; k < of->clauses[i].count && all; k++)
            all = holds(&of->clauses[i].terms[k], frames);
        if (all)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------- */

/* `step`: in what order the rules come, coprime to their number. */
static struct ioc_index *make_index(uint32_t step)
{
    struct ioc_index *index = ioc_index_new(1);
    for (uint32_t i = 0; i < shape.rules; i++) {
        uint32_t which = (uint32_t)((uint64_t)i * step % shape.rules);
        ioc_index_add(index, &rules[which], &terms[which]);
    }
    ioc_index_seal(index);
    return index;
}

static void make_rules(void)
{
    for (uint32_t i = 0; i < shape.rules; i++) {
        rules[i] = (struct ioc_rule){.index = i, .stream = &stream, .asset_by = IOC_SLOT_NONE};
        terms[i] = draw_terms();
    }
}

/* Which rules are chosen; one bit each. */
static void choose(const struct ioc_index *index, const struct ioc_row *const *frames, struct ioc_selection *selection, uint64_t *chosen)
{
    uint32_t place = 0, before = UINT32_MAX;
    memset(chosen, 0, RULES_MOST / 8);
    ioc_index_select(index, 0, frames, scratch, selection);
    while (ioc_selection_take(selection, &place)) {
        assert_true(before == UINT32_MAX || place > before);
        assert_true(place < shape.rules);
        chosen[place / 64] |= UINT64_C(1) << place % 64;
        before = place;
    }
}

static const struct shape shapes[] = {
    {1, 2, 2, 1, 1}, {64, 3, 4, 2, 3}, {63, 80, 2, 8, 8}, {65, 80, 3, 3, 5}, {640, 4, 6, 1, 4}, {4096, 5, 30, 1, 4}, {4097, 3, 3, 2, 2},
    {8192, 2, 2000, 1, 3}, {800, 80, 4, 8, 8}, {2048, 3, 8, 3, 5}, {300, 1, 1, 1, 1}, {1000, 6, 3, 1, 6}};

static void no_rule_that_an_event_can_concern_is_left_out(void **state)
{
    static uint64_t chosen[RULES_MOST / 64], again[RULES_MOST / 64];
    for (uint32_t round = 0; round < 3 * sizeof shapes / sizeof *shapes; round++) {
        seed = round + 1;
        shape = shapes[round % (sizeof shapes / sizeof *shapes)];
        make_rules();
        struct ioc_index *index = make_index(1), *other = make_index(shape.rules > 1 ? shape.rules - 1 : 1); /* backwards */
        struct ioc_selection selection, second;
        ioc_selection_init(&selection, index);
        ioc_selection_init(&second, other);
        for (int i = 0; i < ROWS; i++) {
            static struct ioc_buffer asset;
            const struct ioc_row *row = draw_row();
            ioc_buffer_reset(&asset);
            ioc_buffer_add(&asset, row, row->bytes);
            const struct ioc_row *frames[IOC_FRAMES_MOST] = {[IOC_FRAME_EVENT] = draw_row(),
                [IOC_FRAME_ASSET] = draw(3) ? (const struct ioc_row *)asset.data : NULL};
            choose(index, frames, &selection, chosen);
            choose(other, frames, &second, again);
            for (uint32_t k = 0; k < shape.rules; k++)
                if (can_concern(&terms[k], frames) && !(chosen[k / 64] >> k % 64 & 1))
                    fail_msg("round %u: rule %u is left out", round, k);
            if (memcmp(chosen, again, sizeof chosen) != 0)
                fail_msg("round %u: the choice depends on the order in which rules came", round);
        }
        ioc_selection_done(&selection);
        ioc_selection_done(&second);
        ioc_index_free(index);
        ioc_index_free(other);
        ioc_arena_done(&arena);
    }
}

/* One equality or list on each of some slots, and a band: what the index is made for. */
static void set_terms(uint32_t rule, uint32_t equalities, uint32_t listed, uint32_t a, uint32_t b, uint32_t c)
{
    const uint32_t wanted[] = {a, b, c};
    struct ioc_clause *clause = ioc_arena_take(&arena, sizeof *clause);
    for (uint32_t i = 0; i < equalities; i++) {
        union ioc_term_value *values = ioc_arena_take(&arena, listed * sizeof *values);
        for (uint32_t k = 0; k < listed; k++)
            values[k].word = wanted[i] + k;
        clause->terms[clause->count++] = (struct ioc_term){.kind = IOC_TERM_ONE_OF, .type = IOC_INT, .slot = (ioc_slot)i, .count = listed,
            .values = values};
    }
    clause->terms[clause->count++] = (struct ioc_term){.kind = IOC_TERM_RANGE, .type = IOC_DOUBLE, .slot = DOUBLES, .low = a % 7,
        .high = a % 7 + b % 3};
    rules[rule] = (struct ioc_rule){.index = rule, .stream = &stream, .asset_by = IOC_SLOT_NONE};
    terms[rule] = (struct ioc_terms){.clauses = clause, .count = 1};
}

static void equalities_lists_and_bands_choose_no_rule_too_many(void **state)
{
    static uint64_t chosen[RULES_MOST / 64];
    for (uint32_t equalities = 0; equalities <= 3; equalities++) {
        uint32_t hits = 0;
        shape = (struct shape){.rules = 4000};
        for (uint32_t i = 0; i < shape.rules; i++)
            set_terms(i, equalities, 1 + equalities, i / 40 % 5, i / 20 % 2, i / 200 % 20);
        struct ioc_index *index = make_index(1);
        struct ioc_selection selection;
        ioc_selection_init(&selection, index);
        for (int64_t n = 0; n < 400; n++) {
            ioc_draft_begin(&draft, &schema);
            ioc_draft_set_int(&draft, 0, n % 7);
            ioc_draft_set_int(&draft, 1, n / 7 % 4);
            ioc_draft_set_int(&draft, 2, n / 16);
            ioc_draft_set_double(&draft, DOUBLES, (double)(n % 19) / 2);
            const struct ioc_row *frames[IOC_FRAMES_MOST] = {ioc_draft_row(&draft)};
            choose(index, frames, &selection, chosen);
            for (uint32_t k = 0; k < shape.rules; k++) {
                bool is_chosen = chosen[k / 64] >> k % 64 & 1;
                hits += is_chosen;
                assert_int_equal(is_chosen, can_concern(&terms[k], frames));
            }
        }
        assert_true(hits > 1000);
        ioc_selection_done(&selection);
        ioc_index_free(index);
        ioc_arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_rule_that_an_event_can_concern_is_left_out),
        cmocka_unit_test(equalities_lists_and_bands_choose_no_rule_too_many),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
