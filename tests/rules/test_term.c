/* tests/rules/test_term.c — what an index may look up of a condition: to the letter, and true of any condition. */
#include "core/draft.h"
#include "rules/cel/scratch.h"
#include "rules/cel/term.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CONDITIONS = 10000, ROWS = 25 };
enum { KIND, NOTE, OPEN, FLAG, COUNT, DELTA, TOTAL, DEPTH, LEVEL, SINCE, FIELDS };
static struct ioc_field fields[FIELDS] = {
    [KIND] = {.name = {"kind", 4}, .type = IOC_STRING},
    [NOTE] = {.name = {"note", 4}, .type = IOC_STRING, .is_optional = true},
    [OPEN] = {.name = {"open", 4}, .type = IOC_BOOL},
    [FLAG] = {.name = {"flag", 4}, .type = IOC_BOOL, .is_optional = true},
    [COUNT] = {.name = {"count", 5}, .type = IOC_INT},
    [DELTA] = {.name = {"delta", 5}, .type = IOC_INT, .is_optional = true},
    [TOTAL] = {.name = {"total", 5}, .type = IOC_UINT},
    [DEPTH] = {.name = {"depth", 5}, .type = IOC_DOUBLE},
    [LEVEL] = {.name = {"level", 5}, .type = IOC_DOUBLE, .out_of_range_is_missing = true},
    [SINCE] = {.name = {"since", 5}, .type = IOC_DURATION},
};
static const struct ioc_schema schema = {.name = {"things", 6}, .fields = fields, .count = FIELDS};
static const struct ioc_variable variables[] = {
    {.name = {"event", 5}, .is_record = true, .is_certain = true, .schema = &schema},
    {.name = {"limit", 5}, .frame = 2, .slot = DEPTH, .may_be_missing = true, .schema = &schema, .field = &fields[DEPTH]},
};
static const struct ioc_scope scope = {.variables = variables, .count = 2};

static struct ioc_program *compile(struct ioc_text source, struct ioc_arena *arena, struct ioc_terms *terms)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    if (ioc_program_new_with_terms(source, &scope, arena, terms, &program, &err) != IOC_OK)
        fail_msg("%.*s: %s", IOC_TEXT_ARGS(source), err.error.text);
    return program;
}

/* ------------------------------------------------------------- to the letter */

static void write_bound(double bound, struct ioc_buffer *out)
{
    if (isinf(bound))
        ioc_buffer_add_string(out, "…");
    else
        ioc_buffer_add_double(out, bound);
}

static void write_term(const struct ioc_term *term, struct ioc_buffer *out)
{
    static const char *const kinds[] = {" in", " ", " starts", " ends", " contains", " matches"};
    ioc_buffer_addf(out, "%.*s%s%s", IOC_TEXT_ARGS(fields[term->slot].name), term->may_be_missing ? "?" : "", kinds[term->kind]);
    if (term->kind == IOC_TERM_RANGE) {
        write_bound(term->low, out);
        ioc_buffer_add_string(out, "–");
        write_bound(term->high, out);
    }
    for (uint32_t i = 0; i < term->count; i++) {
        ioc_buffer_add_char(out, ' ');
        if (term->type == IOC_STRING)
            ioc_buffer_add_text(out, term->values[i].text);
        else
            ioc_buffer_addf(out, "%lld", (long long)term->values[i].word);
    }
}

/* Clauses with | between them, terms with &; "always" is a clause without terms. */
static const char *say(const char *source)
{
    static struct ioc_buffer out;
    struct ioc_arena arena = {0};
    struct ioc_terms terms;
    ioc_program_free(compile(ioc_text_of(source), &arena, &terms));
    ioc_buffer_reset(&out);
    ioc_buffer_add_string(&out, terms.count ? "" : "never");
    for (uint32_t i = 0; i < terms.count; i++) {
        ioc_buffer_add_string(&out, i ? " | " : "");
        ioc_buffer_add_string(&out, terms.clauses[i].count ? "" : "always");
        for (uint32_t k = 0; k < terms.clauses[i].count; k++) {
            ioc_buffer_add_string(&out, k ? " & " : "");
            write_term(&terms.clauses[i].terms[k], &out);
        }
    }
    ioc_buffer_add_string(&out, terms.is_plain ? "" : " (may fail)");
    ioc_buffer_add_char(&out, '\0');
    ioc_arena_done(&arena);
    return out.data;
}

static void comparisons_are_values_or_closed_bounds(void **state)
{
    assert_string_equal(say("event.kind == 'air'"), "kind in air");
    assert_string_equal(say("'air' == event.note"), "note? in air");
    assert_string_equal(say("event.count in [3, 1, 3]"), "count in 3 1 3");
    assert_string_equal(say("event.count in []"), "count in");
    assert_string_equal(say("event.count == -7"), "count in -7");
    assert_string_equal(say("!event.open"), "open in 0");
    assert_string_equal(say("event.flag == true"), "flag? in 1");
    assert_string_equal(say("event.depth == 2.5"), "depth 2.5–2.5");
    assert_string_equal(say("3.0 < event.depth"), "depth 3–…");
    assert_string_equal(say("event.depth <= 3"), "depth …–3");
    assert_string_equal(say("event.total >= 3u"), "total 3–…");
    assert_string_equal(say("event.count < 2.5"), "count …–2.5");
    assert_string_equal(say("event.level > 1.0"), "level? 1–…");
    assert_string_equal(say("event.since > duration('2s')"), "since 2000000000–…");
    assert_string_equal(say("event.kind.startsWith('ab')"), "kind starts ab (may fail)");
}

static void what_cannot_be_looked_up_says_nothing(void **state)
{
    static const char *const open[] = {"event.kind != 'air'", "!(event.depth > 3.0)", "has(event.note)", "!has(event.note)",
        "!(event.count in [1, 2])", "event.depth == 0.0/0.0", "event.count == event.delta", "true"};
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        assert_string_equal(say(open[i]), "always");
    assert_string_equal(say("event.depth * 2.0 > 3.0"), "always (may fail)");
    assert_string_equal(say("event.open ? event.flag : event.open"), "always (may fail)");
    assert_string_equal(say("event.depth > limit"), "always");
    assert_string_equal(say("false && event.open"), "never");
}

static void terms_of_one_slot_join(void **state)
{
    assert_string_equal(say("event.depth > 3.0 && event.depth <= 7.0 && event.depth > 4.0"), "depth 4–7");
    assert_string_equal(say("event.depth > 7.0 && event.depth < 3.0"), "depth 7–3");
    assert_string_equal(say("event.count in [1, 2, 3] && event.count == 2"), "count in 2");
    assert_string_equal(say("event.depth > 30.0 || event.depth > 15.0 || event.depth > 60.0"), "depth 15–…");
    assert_string_equal(say("!(event.kind != 'a' || !event.open)"), "open in 1");
    assert_string_equal(say("event.kind == 'a' && (event.open || event.depth > 1.0)"), "kind in a & open in 1 | kind in a & depth 1–…");
}

static void a_value_that_may_be_missing_is_covered_by_none_that_cannot_be(void **state)
{
    assert_string_equal(say("event.level > 5.0 || event.?level.orValue(0.0) > 3.0"), "level? 5–… | level 3–…");
    assert_string_equal(say("event.?level.orValue(0.0) > 3.0 || event.level > 5.0"), "level 3–… | level? 5–…");
    assert_string_equal(say("event.?level.orValue(0.0) > 5.0 || event.level > 3.0"), "level? 3–…");
    assert_string_equal(say("event.level > 5.0 && event.?level.orValue(0.0) > 3.0"), "level 5–…");
    assert_string_equal(say("event.?level.orValue(0.0) > 3.0 && event.level > 5.0"), "level 5–…");
    assert_string_equal(say("event.note == 'a' && event.?note.orValue('') in ['a', 'b']"), "note? in a & note in a b");
    assert_string_equal(say("event.?level.orValue(4.0) > 3.0"), "always");
    assert_string_equal(say("event.?note.orValue('a') in ['b', 'c']"), "note in b c");
}

static void too_many_clauses_become_one_that_says_nothing(void **state)
{
    struct ioc_buffer source = {0};
    for (int i = 0; i <= IOC_CLAUSES_MOST; i++)
        ioc_buffer_addf(&source, "%s(event.kind == '%d' && event.count == %d)", i ? " || " : "", i, i);
    ioc_buffer_add_char(&source, '\0');
    assert_string_equal(say(source.data), "always");
    ioc_buffer_done(&source);
}

/* ------------------------------------------------------------- true of any condition */

static uint64_t seed = 1;
static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}
#define PICK(list) list[draw(sizeof list / sizeof *list)]

static const char *const texts[] = {"", "a", "ab", "b", "xab", "một"};
static const int64_t integers[] = {0, 1, -1, 7, INT64_MAX, INT64_MAX - 1, INT64_MIN, INT64_MIN + 1, 9007199254740992, 9007199254740993};
static const uint64_t naturals[] = {0, 1, 7, UINT64_MAX, UINT64_MAX - 1, UINT64_C(9223372036854775808), 9007199254740993};
static const double numbers[] = {0, -0.0, 1, 7, -1, 2.5, 9007199254740992, 9223372036854775808.0, 18446744073709551616.0, 1e300, -1e300,
    INFINITY, -INFINITY, NAN};

static void write_constant(struct ioc_buffer *out, uint32_t type)
{
    double number = PICK(numbers);
    switch (type) {
    case 0: ioc_buffer_addf(out, "%lld", (long long)PICK(integers)); break;
    case 1: ioc_buffer_addf(out, "%lluu", (unsigned long long)PICK(naturals)); break;
    default:
        if (isnan(number) || isinf(number))
            ioc_buffer_addf(out, "(%.1f / 0.0)", isnan(number) ? 0.0 : number > 0 ? 1.0 : -1.0);
        else
            ioc_buffer_addf(out, "%.1f", number);
    }
}

static void write_atom(struct ioc_buffer *out)
{
    static const char *const compared[] = {"event.count", "event.delta", "event.total", "event.depth", "event.level",
        "event.?delta.orValue(1)", "event.?level.orValue(2.5)", "event.?level.orValue(0.0/0.0)"},
        *const signs[] = {"<", "<=", ">", ">=", "==", "!="}, *const read[] = {"event.kind", "event.note", "event.?note.orValue('a')"},
        *const searches[] = {"startsWith", "endsWith", "contains"},
        *const flags[] = {"event.open", "event.flag", "event.?flag.orValue(true)", "event.?flag.orValue(false)"},
        *const others[] = {"has(event.note)", "has(event.level)", "10 / event.count > 0", "event.depth > limit", "limit < 3.0", "true", "false",
            "event.count + event.delta > 5", "event.since > duration('1s')", "duration('1s') == event.since"};
    switch (draw(7)) {
    case 0:
    case 1:
        if (draw(4)) {
            ioc_buffer_addf(out, "%s %s ", PICK(compared), PICK(signs));
            write_constant(out, draw(3));
        } else {
            write_constant(out, draw(3));
            ioc_buffer_addf(out, " %s %s", PICK(signs), PICK(compared));
        }
        break;
    case 2: ioc_buffer_addf(out, "%s == '%s'", PICK(read), PICK(texts)); break;
    case 3: ioc_buffer_addf(out, "%s in %s", PICK(read), draw(5) ? "['a', '', 'a', 'ab']" : "[]"); break;
    case 4: ioc_buffer_addf(out, "%s.%s('%s')", PICK(read), PICK(searches), PICK(texts)); break;
    case 5: ioc_buffer_addf(out, "%s%s", draw(2) ? "!" : "", PICK(flags)); break;
    default: ioc_buffer_add_string(out, draw(3) ? PICK(others) : "event.count in [7, 0, 9007199254740993]"); break;
    }
}

static void write_condition(struct ioc_buffer *out, uint32_t depth)
{
    uint32_t choice = depth ? draw(6) : 0, count = 2 + draw(3);
    if (choice < 2) {
        write_atom(out);
        return;
    }
    ioc_buffer_add_string(out, choice == 5 ? "!(" : "(");
    const char *joint = draw(2) ? " && " : " || ";
    for (uint32_t i = 0; i < count; i++) {
        ioc_buffer_add_string(out, i ? joint : "");
        write_condition(out, depth - 1);
    }
    ioc_buffer_add_char(out, ')');
}

/* What the schema says is there is there. */
static const struct ioc_row *fill(struct ioc_draft *draft)
{
    ioc_draft_begin(draft, &schema);
    for (ioc_slot slot = 0; slot < FIELDS; slot++) {
        if ((fields[slot].is_optional || fields[slot].out_of_range_is_missing) && draw(3) == 0)
            continue;
        switch (fields[slot].type) {
        case IOC_BOOL: ioc_draft_set_bool(draft, slot, draw(2)); break;
        case IOC_INT: ioc_draft_set_int(draft, slot, PICK(integers)); break;
        case IOC_UINT: ioc_draft_set_uint(draft, slot, PICK(naturals)); break;
        case IOC_DOUBLE: ioc_draft_set_double(draft, slot, PICK(numbers)); break;
        case IOC_DURATION: ioc_draft_set_int(draft, slot, draw(2) ? IOC_SECOND : PICK(integers)); break;
        default: assert_int_equal(ioc_draft_set_text(draft, slot, ioc_text_of(PICK(texts))), IOC_OK);
        }
    }
    return ioc_draft_row(draft);
}

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
    if (term->kind != IOC_TERM_ONE_OF)
        return finds(term, ioc_row_text(row, term->slot));
    for (uint32_t i = 0; i < term->count; i++) {
        if (term->type == IOC_STRING ? ioc_text_equal(term->values[i].text, ioc_row_text(row, term->slot)) : term->values[i].word == word.u)
            return true;
    }
    return false;
}

/* As rules do it: terms on what may be missing are left out where that matters. */
static bool some_clause_holds(const struct ioc_terms *terms, const struct ioc_row *const *frames, bool is_strict)
{
    for (uint32_t i = 0; i < terms->count; i++) {
        bool all = true;
        for (uint32_t k = 0; k < terms->clauses[i].count && all; k++)
            all = (is_strict && terms->clauses[i].terms[k].may_be_missing) || holds(&terms->clauses[i].terms[k], frames);
        if (all)
            return true;
    }
    return false;
}

static void outside_of_its_clauses_no_condition_is_true_and_none_fails(void **state)
{
    struct ioc_scratch *scratch = ioc_scratch_new();
    struct ioc_draft drafts[2] = {0};
    struct ioc_buffer source = {0};
    uint32_t ruled_out = 0, ends[3] = {0};
    for (int i = 0; i < CONDITIONS; i++) {
        struct ioc_arena arena = {0};
        struct ioc_terms terms;
        ioc_buffer_reset(&source);
        write_condition(&source, 1 + draw(2));
        struct ioc_program *program = compile(ioc_buffer_text(&source), &arena, &terms);
        for (int k = 0; k < ROWS; k++) {
            const struct ioc_row *frames[IOC_FRAMES_MOST] = {fill(&drafts[0]), NULL, draw(2) ? fill(&drafts[1]) : NULL};
            bool value = false;
            enum ioc_outcome outcome = ioc_program_test(program, frames, scratch, &value);
            ends[outcome]++;
            if (terms.is_plain && outcome == IOC_OUTCOME_ERROR)
                fail_msg("%.*s is not plain", IOC_TEXT_ARGS(ioc_buffer_text(&source)));
            if (outcome == IOC_OUTCOME_VALUE && value && !some_clause_holds(&terms, frames, false))
                fail_msg("%.*s is true outside of its clauses", IOC_TEXT_ARGS(ioc_buffer_text(&source)));
            bool is_ruled_out = !some_clause_holds(&terms, frames, true);
            ruled_out += is_ruled_out;
            if (is_ruled_out && (outcome != IOC_OUTCOME_VALUE || value))
                fail_msg("%.*s is not false where its clauses say so", IOC_TEXT_ARGS(ioc_buffer_text(&source)));
        }
        ioc_program_free(program);
        ioc_arena_done(&arena);
    }
    assert_true(ruled_out > CONDITIONS * ROWS / 5);
    for (int i = 0; i < 3; i++)
        assert_true(ends[i] > CONDITIONS / 20);
    ioc_buffer_done(&source);
    for (int i = 0; i < 2; i++)
        ioc_draft_done(&drafts[i]);
    ioc_scratch_free(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_are_values_or_closed_bounds),
        cmocka_unit_test(what_cannot_be_looked_up_says_nothing),
        cmocka_unit_test(terms_of_one_slot_join),
        cmocka_unit_test(a_value_that_may_be_missing_is_covered_by_none_that_cannot_be),
        cmocka_unit_test(too_many_clauses_become_one_that_says_nothing),
        cmocka_unit_test(outside_of_its_clauses_no_condition_is_true_and_none_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
