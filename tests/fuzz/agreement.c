/*
 * tests/fuzz/agreement.c — what must be the same whichever way an expression is run.
 *
 * Two runs end alike when both give the same value (type, bits, order of items; any NaN is any NaN), or both fail in
 * the same class.  What may differ:
 *   - a run that used up a budget (steps, passes, memory, depth) ended nowhere: nothing is compared;
 *   - typed code against dyn, fields against constants: which of several faults is met first, so that one is missing and
 *     the other an error; a value here and none there is a mistake;
 *   - units, and literals promoted beside doubles, exist only where types are declared: such are not compared with dyn.
 */
#include "tests/fuzz/agreement.h"
#include "rules/cel/inside.h"
#include "rules/cel/scratch.h"
#include "rules/cel/term.h"
#include "tests/fuzz/constant.h"
#include "tests/fuzz/world.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1 /* as gcc says it */
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
enum { SLOWER = 20 };
#else
enum { SLOWER = 1 };
#endif
enum { ROWS = 2, MS_MOST = AGREEMENT_MS * SLOWER };

struct ending {
    enum ioc_outcome outcome;
    uint8_t fault;
    bool is_cut; /* by a budget */
    struct ioc_buffer text; /* of the value or the error */
};
struct agreement {
    struct world measured, typed, dynamic;
    struct ioc_scratch *scratch;
    struct ioc_text source;
    struct ending first, second;
    struct ioc_buffer constant, message;
    struct ioc_arena arena;
    struct agreement_counts counts;
};

struct agreement *agreement_new(void)
{
    struct agreement *agreement = calloc(1, sizeof *agreement);
    if (!agreement)
        abort();
    world_open(&agreement->measured, WORLD_MEASURED);
    world_open(&agreement->typed, WORLD_PLAIN);
    world_open(&agreement->dynamic, WORLD_DYNAMIC);
    agreement->scratch = ioc_scratch_new();
    return agreement;
}

void agreement_free(struct agreement *agreement)
{
    if (!agreement)
        return;
    world_close(&agreement->measured);
    world_close(&agreement->typed);
    world_close(&agreement->dynamic);
    ioc_scratch_free(agreement->scratch);
    ioc_buffer_done(&agreement->first.text);
    ioc_buffer_done(&agreement->second.text);
    ioc_buffer_done(&agreement->constant);
    ioc_buffer_done(&agreement->message);
    ioc_arena_done(&agreement->arena);
    free(agreement);
}

struct agreement_counts *agreement_counts(struct agreement *agreement)
{
    return &agreement->counts;
}

static bool complain(struct agreement *agreement, const char *format, ...) IOC_PRINTF(2, 3);
static bool complain(struct agreement *agreement, const char *format, ...)
{
    char text[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (agreement->message.length == 0)
        ioc_buffer_add_string(&agreement->message, text);
    return false;
}

/* ------------------------------------------------------------- time */

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static bool is_in_time(struct agreement *agreement, double took, const char *what)
{
    struct agreement_counts *counts = &agreement->counts;
    if (took > counts->slowest_ms) {
        counts->slowest_ms = took;
        snprintf(counts->slowest, sizeof counts->slowest, "%s: %.*s", what, (int)(agreement->source.length < 300 ? agreement->source.length : 300),
            agreement->source.data);
    }
    return took <= MS_MOST || complain(agreement, "%s took %.1f ms", what, took);
}

/* ------------------------------------------------------------- compiling */

static bool is_said_well(const char *text)
{
    return ioc_text_is_utf8(ioc_text_of(text));
}

/* Whoever wrote it must be told what and where, in both languages. */
static bool check_complaint(struct agreement *agreement, struct ioc_text source, const struct ioc_program_error *err)
{
    const struct ioc_error *error = &err->error;
    if (!error->code[0] || !error->text[0] || !error->text_vi[0] || !error->hint[0] != !error->hint_vi[0])
        return complain(agreement, "nothing is said: '%s' '%s' '%s'; '%s' '%s'", error->code, error->text, error->text_vi, error->hint, error->hint_vi);
    if (err->offset > source.length || err->length > source.length - err->offset)
        return complain(agreement, "'%s' lies outside of the source: %u, %u bytes", error->text, err->offset, err->length);
    if (!is_said_well(error->code) || !is_said_well(error->text) || !is_said_well(error->hint) || !is_said_well(error->text_vi) ||
        !is_said_well(error->hint_vi))
        return complain(agreement, "no UTF-8: '%s' '%s' '%s' '%s'", error->text, error->hint, error->text_vi, error->hint_vi);
    return true;
}

struct way {
    const char *name;
    bool is_strict, is_unchecked, keeps_order;
};

/* NULL when it does not compile; false when that is not said as it should be. */
static bool compile(struct agreement *agreement, const struct world *world, struct ioc_text source, const struct way *way, struct ioc_program **program)
{
    struct ioc_scope scope = world->scope;
    struct ioc_program_error err;
    scope.is_strict = way->is_strict;
    struct ioc_environment environment = {.scope = &scope, .is_unchecked = way->is_unchecked, .keeps_order = way->keeps_order};
    double took = INFINITY;
    bool is_fit = false;
    *program = NULL;
    for (int tries = 0; tries < 3 && took > MS_MOST / 5; tries++) {
        double start = milliseconds();
        ioc_program_free(*program);
        *program = NULL;
        is_fit = ioc_program_new_in(source, &environment, IOC_TYPES, program, &err) == IOC_OK;
        took = fmin(took, milliseconds() - start);
    }
    return is_in_time(agreement, took, way->name) && (is_fit || check_complaint(agreement, source, &err));
}

/* ------------------------------------------------------------- running */

static bool is_budget(uint8_t fault)
{
    return fault == IOC_FAULT_STEPS || fault == IOC_FAULT_PASSES || fault == IOC_FAULT_MEMORY || fault == IOC_FAULT_DEPTH;
}

static bool has_bad_text(const struct ioc_scratch *scratch, const struct ioc_boxed *value, int depth)
{
    if (value->type == IOC_STRING)
        return !ioc_text_is_utf8(ioc_boxed_as_text(value));
    uint32_t halves = value->type == IOC_LIST ? value->count : value->type == IOC_MAP ? 2 * value->count : 0;
    for (uint32_t i = 0; i < halves && i < 100 && depth < 8; i++) {
        struct ioc_boxed item = ioc_boxed_item(scratch, value, i);
        if (has_bad_text(scratch, &item, depth + 1))
            return true;
    }
    return false;
}

typedef enum ioc_outcome (*machine)(
    const struct ioc_program *program, const struct ioc_row *const *frames, struct ioc_scratch *scratch, struct ioc_boxed *value);

static bool run(struct agreement *agreement, machine machine, const struct ioc_program *program, const struct world *world, struct ending *ending)
{
    struct ioc_scratch *scratch = agreement->scratch;
    struct ioc_boxed value;
    double took = INFINITY;
    ioc_buffer_reset(&ending->text);
    for (int tries = 0; tries < 3 && took > MS_MOST / 5; tries++) { /* the clock of a busy machine leaps */
        double start = milliseconds();
        ending->outcome = machine(program, world->frames, scratch, &value);
        took = fmin(took, milliseconds() - start);
    }
    if (!is_in_time(agreement, took, "running"))
        return false;
    ending->fault = ending->outcome == IOC_OUTCOME_VALUE ? IOC_FAULT_NONE : scratch->pending.fault;
    ending->is_cut = is_budget(ending->fault);
    agreement->counts.evaluations++;
    if (ending->outcome != IOC_OUTCOME_VALUE) {
        uint64_t *count = ending->outcome == IOC_OUTCOME_MISSING ? &agreement->counts.missing : &agreement->counts.errors;
        ++*count;
        ioc_buffer_add_string(&ending->text, ioc_scratch_error(scratch));
        return (ending->text.length && ioc_text_is_utf8(ioc_buffer_text(&ending->text))) ||
               complain(agreement, "said badly: '%.*s'", IOC_TEXT_ARGS(ioc_buffer_text(&ending->text)));
    }
    agreement->counts.values++;
    ioc_boxed_print(scratch, &value, &ending->text);
    if (has_bad_text(scratch, &value, 0))
        return complain(agreement, "a text that is no UTF-8: %.*s", IOC_TEXT_ARGS(ioc_buffer_text(&ending->text)));
    return true;
}

/* "3.5", or "missing: …, at 'event.oi' (byte 7 of the expression)". */
static struct ioc_text end_text(const struct ending *ending)
{
    return ioc_buffer_text(&ending->text);
}

static bool compare(struct agreement *agreement, const char *what, const struct ending *first, const struct ending *second, bool only_values)
{
    if (first->is_cut || second->is_cut)
        return true;
    bool is_value = first->outcome == IOC_OUTCOME_VALUE, is_alike = first->outcome == second->outcome;
    if (only_values)
        is_alike = is_value == (second->outcome == IOC_OUTCOME_VALUE);
    if (is_alike && is_value)
        is_alike = ioc_text_equal(end_text(first), end_text(second));
    return is_alike || complain(agreement, "%s: %.*s, then %.*s", what, IOC_TEXT_ARGS(end_text(first)), IOC_TEXT_ARGS(end_text(second)));
}

/* ------------------------------------------------------------- terms */

static bool holds_value(const struct ioc_term *term, union ioc_word word, const struct ioc_row *row, const union ioc_term_value *value)
{
    if (term->type == IOC_STRING || term->type == IOC_BYTES)
        return ioc_text_equal(ioc_row_text_at(row, word.ref), value->text);
    return word.u == value->word;
}

static bool holds_text(const struct ioc_term *term, struct ioc_text text)
{
    struct ioc_text sought = term->values[0].text;
    switch (term->kind) {
    case IOC_TERM_STARTS: return ioc_text_starts(text, sought);
    case IOC_TERM_ENDS: return sought.length == 0 || (text.length >= sought.length && memcmp(text.data + text.length - sought.length, sought.data, sought.length) == 0);
    case IOC_TERM_CONTAINS: return sought.length == 0 || memmem(text.data, text.length, sought.data, sought.length);
    default: return true; /* a pattern: not looked at here */
    }
}

static bool holds_term(const struct ioc_term *term, const struct ioc_row *const *frames)
{
    const struct ioc_row *row = frames[term->frame];
    if (!ioc_row_has(row, term->slot))
        return false;
    union ioc_word word = ioc_row_word(row, term->slot);
    if (term->kind == IOC_TERM_RANGE) {
        double number = term->type == IOC_DOUBLE ? word.d : term->type == IOC_UINT ? (double)word.u : (double)word.i;
        return number >= term->low && number <= term->high;
    }
    if (term->kind > IOC_TERM_RANGE)
        return holds_text(term, ioc_row_text_at(row, word.ref));
    for (uint32_t i = 0; i < term->count; i++) {
        if (holds_value(term, word, row, &term->values[i]))
            return true;
    }
    return false;
}

static bool holds_clause(const struct ioc_terms *terms, const struct ioc_row *const *frames)
{
    for (uint32_t i = 0; i < terms->count; i++) {
        bool holds = true;
        for (uint32_t k = 0; k < terms->clauses[i].count && holds; k++)
            holds = holds_term(&terms->clauses[i].terms[k], frames);
        if (holds)
            return true;
    }
    return false;
}

/* True only where a clause holds; plain conditions never fail. */
static bool check_terms(struct agreement *agreement, struct chance *chance)
{
    struct ioc_terms terms = {0};
    struct ioc_program *program = NULL;
    struct ioc_program_error err;
    bool is_right = true;
    if (ioc_program_new_with_terms(agreement->source, &agreement->measured.scope, &agreement->arena, &terms, &program, &err) != IOC_OK)
        return true;
    for (int i = 0; i < ROWS && is_right; i++) {
        bool value = false;
        world_draw(&agreement->measured, NULL, chance);
        enum ioc_outcome outcome = ioc_program_test(program, agreement->measured.frames, agreement->scratch, &value);
        agreement->counts.terms++;
        if (outcome == IOC_OUTCOME_VALUE && value && !holds_clause(&terms, agreement->measured.frames))
            is_right = complain(agreement, "terms: true where no clause holds");
        if (outcome == IOC_OUTCOME_ERROR && terms.is_plain && !is_budget(agreement->scratch->pending.fault))
            is_right = complain(agreement, "terms: a plain condition fails: %s", ioc_scratch_error(agreement->scratch));
        struct ioc_boxed exact;
        enum ioc_outcome wanted = ioc_program_exact(program, agreement->measured.frames, agreement->scratch, &exact);
        if (is_right && (outcome != wanted || (wanted == IOC_OUTCOME_VALUE && value != exact.boolean)))
            is_right = complain(agreement, "ioc_program_test: outcome %d, exactly %d", outcome, wanted);
    }
    ioc_program_free(program);
    ioc_arena_done(&agreement->arena);
    return is_right;
}

/* ------------------------------------------------------------- constants in the place of fields */

/* Folded when the program is made, computed when it runs: the same. */
static bool check_folding(struct agreement *agreement, const struct ioc_program *program)
{
    static const struct way way = {.name = "compiling constants", .is_strict = true};
    struct ioc_program *constant = NULL;
    if (!constant_write(&agreement->typed, agreement->source, agreement->scratch, &agreement->constant))
        return true;
    bool is_right = compile(agreement, &agreement->typed, ioc_buffer_text(&agreement->constant), &way, &constant);
    if (is_right && constant) {
        agreement->counts.folded++;
        is_right = run(agreement, ioc_program_exact, program, &agreement->typed, &agreement->first) &&
                   run(agreement, ioc_program_exact, constant, &agreement->typed, &agreement->second) &&
                   compare(agreement, "fields, then constants", &agreement->first, &agreement->second, true);
        if (!is_right)
            ioc_buffer_addf(&agreement->message, "\n  constants: %.*s", IOC_TEXT_ARGS(ioc_buffer_text(&agreement->constant)));
    }
    ioc_program_free(constant);
    return is_right;
}

/* ------------------------------------------------------------- all */

/* What the engineer is told of a program that compiled: notes, and now and then the listing. */
static bool check_words(struct agreement *agreement, const struct ioc_program *program, struct chance *chance)
{
    uint32_t count;
    const struct ioc_program_error *notes = ioc_program_notes(program, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (!check_complaint(agreement, agreement->source, &notes[i]))
            return false;
    }
    if (chance_draw(chance, 16))
        return true;
    struct ioc_buffer *out = &agreement->constant;
    struct ioc_program_error err;
    ioc_buffer_reset(out);
    bool is_fit = ioc_program_explain(agreement->source, &agreement->measured.scope, IOC_TYPES, out, &err) == IOC_OK;
    ioc_program_print(program, &agreement->measured.scope, out);
    return (is_fit && ioc_text_is_utf8(ioc_buffer_text(out))) || complain(agreement, "cannot be explained: %.*s", IOC_TEXT_ARGS(ioc_buffer_text(out)));
}

/* Whoever wants a type gets that type, or a complaint. */
static bool check_wanted(struct agreement *agreement, struct chance *chance)
{
    static const uint8_t types[] = {IOC_BOOL, IOC_INT, IOC_DOUBLE, IOC_DOUBLE, IOC_STRING, IOC_TIMESTAMP, IOC_DURATION, IOC_POINT, IOC_LIST, IOC_DYN};
    enum ioc_type want = (enum ioc_type)types[chance_draw(chance, sizeof types)];
    struct ioc_program *program = NULL;
    struct ioc_program_error err;
    struct ioc_outcome_value value;
    if (ioc_program_new(agreement->source, &agreement->measured.scope, want, &program, &err) != IOC_OK)
        return check_complaint(agreement, agreement->source, &err);
    world_draw(&agreement->measured, NULL, chance);
    enum ioc_outcome outcome = ioc_program_run(program, agreement->measured.frames, agreement->scratch, &value);
    bool is_right = ioc_program_type(program) == want && (outcome != IOC_OUTCOME_VALUE || want == IOC_DYN || value.type == want);
    ioc_program_free(program);
    return is_right || complain(agreement, "%s is wanted, %s is given", ioc_type_text(want), ioc_type_text(value.type));
}

/* As rules run it: the machines, the order of operands. */
static bool check_loose(
    struct agreement *agreement, const struct ioc_program *program, const struct ioc_program *ordered, int rows, struct chance *chance)
{
    bool is_right = true;
    for (int i = 0; i < rows && is_right; i++) {
        struct ioc_outcome_value value;
        world_draw(&agreement->measured, NULL, chance);
        agreement->counts.quick += ioc_program_is_quick(program);
        is_right = run(agreement, ioc_program_exact, program, &agreement->measured, &agreement->first) &&
                   run(agreement, ioc_program_value, program, &agreement->measured, &agreement->second) &&
                   compare(agreement, "exact machine, then quick", &agreement->first, &agreement->second, false) &&
                   (!ordered || (run(agreement, ioc_program_exact, ordered, &agreement->measured, &agreement->second) &&
                                    compare(agreement, "by cost, then as written", &agreement->first, &agreement->second, false)));
        (void)ioc_program_run(program, agreement->measured.frames, agreement->scratch, &value);
    }
    return is_right;
}

static bool check_twins(
    struct agreement *agreement, const struct ioc_program *typed, const struct ioc_program *dynamic, bool is_strict, struct chance *chance)
{
    bool is_right = true;
    for (int i = 0; i < ROWS && is_right; i++) {
        world_draw(&agreement->typed, &agreement->dynamic, chance);
        if (typed)
            is_right = run(agreement, ioc_program_value, typed, &agreement->typed, &agreement->first);
        if (dynamic && is_right)
            is_right = run(agreement, ioc_program_value, dynamic, &agreement->dynamic, &agreement->second);
        if (typed && dynamic && is_right) {
            agreement->counts.twins++;
            is_right = compare(agreement, is_strict ? "typed, then dyn" : "typed, then dyn, both loose", &agreement->first, &agreement->second, true);
        }
        if (typed && is_strict && is_right)
            is_right = check_folding(agreement, typed);
    }
    return is_right;
}

/* Literals are promoted beside doubles that are declared, but not beside those that are dyn: without digits there is no
 * such literal. */
static bool has_digit(struct ioc_text source)
{
    for (uint32_t i = 0; i < source.length; i++) {
        if (source.data[i] >= '0' && source.data[i] <= '9')
            return true;
    }
    return false;
}

static bool has_chain(struct ioc_text source)
{
    return memmem(source.data, source.length, "&&", 2) || memmem(source.data, source.length, "||", 2);
}

static void begin(struct agreement *agreement, struct ioc_text source)
{
    agreement->source = source;
    agreement->counts.expressions++;
    ioc_buffer_reset(&agreement->message);
}

static const char *end(struct agreement *agreement)
{
    if (agreement->message.length == 0)
        return NULL;
    ioc_buffer_add_char(&agreement->message, 0);
    return agreement->message.data;
}

enum { LOOSE, ORDERED, STRICT, DYNAMIC, LOOSE_PLAIN, LOOSE_DYNAMIC, WAYS };

const char *agreement_check(struct agreement *agreement, struct ioc_text source, struct chance *chance)
{
    static const struct way ways[WAYS] = {
        [LOOSE] = {.name = "compiling"},
        [ORDERED] = {.name = "compiling as written", .keeps_order = true},
        [STRICT] = {.name = "compiling strictly", .is_strict = true},
        [DYNAMIC] = {.name = "compiling for dyn", .is_strict = true, .is_unchecked = true},
        [LOOSE_PLAIN] = {.name = "compiling without units"},
        [LOOSE_DYNAMIC] = {.name = "compiling loosely for dyn", .is_unchecked = true},
    };
    const struct world *worlds[WAYS] = {&agreement->measured, &agreement->measured, &agreement->typed, &agreement->dynamic, &agreement->typed, &agreement->dynamic};
    struct ioc_program *programs[WAYS] = {NULL};
    bool is_right = true;
    begin(agreement, source);
    bool is_exact = !has_digit(source);
    for (int i = 0; i < WAYS && is_right; i++) {
        bool is_wanted = i == LOOSE || i == DYNAMIC || (programs[LOOSE] && (i == STRICT || (i == ORDERED ? has_chain(source) : is_exact)));
        if (is_wanted)
            is_right = compile(agreement, worlds[i], source, &ways[i], &programs[i]);
    }
    agreement->counts.compiled += programs[LOOSE] != NULL;
    if (programs[LOOSE] && is_right)
        is_right = check_words(agreement, programs[LOOSE], chance);
    if (programs[LOOSE] && is_right && chance_draw(chance, 4) == 0)
        is_right = check_wanted(agreement, chance);
    if (programs[LOOSE] && is_right)
        is_right = check_loose(agreement, programs[LOOSE], programs[ORDERED], ROWS, chance);
    if (programs[LOOSE] && is_right && ioc_program_type(programs[LOOSE]) == IOC_BOOL)
        is_right = check_terms(agreement, chance);
    if (is_right)
        is_right = check_twins(agreement, programs[STRICT], programs[DYNAMIC], true, chance);
    if (is_right && programs[LOOSE_PLAIN] && programs[LOOSE_DYNAMIC])
        check_twins(agreement, programs[LOOSE_PLAIN], programs[LOOSE_DYNAMIC], false, chance);
    for (int i = 0; i < WAYS; i++)
        ioc_program_free(programs[i]);
    return end(agreement);
}

const char *agreement_check_briefly(struct agreement *agreement, struct ioc_text source, struct chance *chance)
{
    static const struct way way = {.name = "compiling"};
    struct ioc_program *program = NULL;
    begin(agreement, source);
    if (compile(agreement, &agreement->measured, source, &way, &program) && program)
        check_loose(agreement, program, NULL, 1, chance);
    agreement->counts.compiled += program != NULL;
    ioc_program_free(program);
    return end(agreement);
}
