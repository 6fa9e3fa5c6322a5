/* rules/cel/program.c — the front of the language: compile, run. */
#include "core/memory.h"
#include "core/zones.h"
#include "rules/cel/assembly.h"
#include "rules/cel/inside.h"
#include "rules/cel/moment.h"
#include "rules/cel/parser.h"
#include "rules/cel/pattern.h"
#include "rules/cel/term.h"

/* The type of the whole, or IOC_TYPES after a complaint because it is not what is wanted. */
static enum ioc_type settle_type(
    struct ioc_compiler *compiler, const struct ioc_node *tree, enum ioc_type want)
{
    uint32_t kind = ioc_compiler_kind(compiler, tree);
    enum ioc_type type = kind < IOC_TYPES ? (enum ioc_type)kind : IOC_DYN;
    bool is_number = kind == IOC_INT || kind == IOC_UINT;
    if (want == IOC_TYPES || type == want)
        return type;
    if (kind == IOC_DYN || (want == IOC_DOUBLE && is_number))
        return want;
    struct ioc_text text = ioc_shape_text(&compiler->checker->shapes, tree->shape);
    ioc_complaint_set(compiler->err, tree->from, tree->to - tree->from, "wrong-type",
        "the expression gives %.*s, but %s is wanted here", IOC_TEXT_ARGS(text),
        ioc_type_text(want));
    if (kind == IOC_KIND_OPTIONAL)
        ioc_complaint_hint(compiler->err, tree->from,
            "write ….orValue(…) with what to take when there is no value");
    else if (want == IOC_BOOL)
        ioc_complaint_hint(
            compiler->err, tree->from, "compare it with something: … > 15, … == \"open\"");
    else if (want == IOC_STRING)
        ioc_complaint_hint(compiler->err, tree->from, "string(…) makes a text of it");
    return IOC_TYPES;
}

/* Names of zones that come with an event are looked up in all zones of the system, which are read now. */
static enum ioc_status take_zones(struct ioc_compiler *compiler)
{
    const struct ioc_environment *environment = compiler->checker->environment;
    if (!compiler->needs_zones)
        return IOC_OK;
    struct ioc_zones *zones = environment->scope->zones;
    zones = zones ? ioc_zones_ref(zones) : ioc_zones_new();
    if (ioc_zones_fill(zones) == IOC_OK || environment->is_unchecked) {
        compiler->all_zones = zones;
        return IOC_OK;
    }
    ioc_zones_unref(zones);
    ioc_complaint_set(compiler->err, 0, 0, "no-zones",
        "the time zone is known only when an event comes, but the system has no time zones");
    ioc_complaint_hint(compiler->err, 0, "install the package tzdata");
    return IOC_INVALID;
}

/* What a caller wants to know of the tree before it is gone. */
struct wanted_terms {
    struct ioc_arena *arena;
    struct ioc_terms *terms;
};

static enum ioc_status compile(struct ioc_compiler *compiler, struct ioc_text source,
    enum ioc_type want, const struct wanted_terms *wanted, struct ioc_program **program)
{
    struct ioc_node *tree = NULL;
    struct ioc_checker *checker = compiler->checker;
    compiler->source = source;
    uint32_t nodes_most =
        checker->environment->scope->is_strict ? IOC_NODES_STRICT : IOC_NODES_MOST;
    enum ioc_status status =
        ioc_parser_parse(source, nodes_most, compiler->arena, &tree, compiler->err);
    if (status != IOC_OK)
        return status;
    status = ioc_checker_check(checker, tree);
    if (status != IOC_OK)
        return status;
    struct ioc_text shape = {"", 0};
    if (!checker->environment->drops_shape)
        shape = ioc_shape_text(&checker->shapes, ioc_shape_settle(&checker->shapes, tree->shape));
    enum ioc_type type = settle_type(compiler, tree, want);
    if (type == IOC_TYPES)
        return IOC_INVALID;
    status = ioc_compiler_compile(compiler, tree, want);
    if (status == IOC_OK && wanted)
        *wanted->terms = ioc_terms_collect(checker, tree, wanted->arena);
    if (status == IOC_OK)
        status = take_zones(compiler);
    if (status == IOC_OK)
        *program = ioc_assembly_make(compiler, source, shape, type);
    return status;
}

static enum ioc_status make(struct ioc_text source, const struct ioc_environment *environment,
    enum ioc_type want, const struct wanted_terms *wanted, struct ioc_program **program,
    struct ioc_program_error *err)
{
    struct ioc_arena arena = {0};
    struct ioc_program_error ignored = {0};
    if (err)
        *err = ignored;
    struct ioc_program_error *complaint = err ? err : &ignored;
    struct ioc_code code = {.arena = &arena};
    struct ioc_checker *checker = ioc_arena_take(&arena, sizeof *checker);
    *checker = (struct ioc_checker){.environment = environment, .arena = &arena, .err = complaint};
    struct ioc_compiler compiler = {
        .checker = checker, .arena = &arena, .err = complaint, .code = &code};
    enum ioc_status status = compile(&compiler, source, want, wanted, program);
    for (uint32_t i = 0; status != IOC_OK && i < compiler.zones_count; i++)
        ioc_zone_free(compiler.zones[i]);
    for (uint32_t i = 0; status != IOC_OK && i < compiler.patterns_count; i++)
        ioc_pattern_unref(compiler.patterns[i]);
    ioc_scratch_free(compiler.scratch);
    ioc_arena_done(&arena);
    return status;
}

enum ioc_status ioc_program_new_in(struct ioc_text source,
    const struct ioc_environment *environment, enum ioc_type want, struct ioc_program **program,
    struct ioc_program_error *err)
{
    return make(source, environment, want, NULL, program, err);
}

enum ioc_status ioc_program_new_with_terms(struct ioc_text source, const struct ioc_scope *scope,
    struct ioc_arena *arena, struct ioc_terms *terms, struct ioc_program **program,
    struct ioc_program_error *err)
{
    struct ioc_environment environment = {.scope = scope, .drops_shape = true};
    struct wanted_terms wanted = {arena, terms};
    return make(source, &environment, IOC_BOOL, &wanted, program, err);
}

enum ioc_status ioc_program_new(struct ioc_text source, const struct ioc_scope *scope,
    enum ioc_type want, struct ioc_program **program, struct ioc_program_error *err)
{
    struct ioc_environment environment = {.scope = scope, .drops_shape = true};
    return ioc_program_new_in(source, &environment, want, program, err);
}

void ioc_program_free(struct ioc_program *program)
{
    if (!program)
        return;
    struct ioc_zone *const *zones = ioc_program_part(program, program->zones);
    for (uint32_t i = 0; i < program->zones_count; i++)
        ioc_zone_free(zones[i]);
    ioc_zones_unref(program->all_zones);
    struct ioc_pattern *const *patterns = ioc_program_part(program, program->patterns);
    for (uint32_t i = 0; i < program->patterns_count; i++)
        ioc_pattern_unref(patterns[i]);
    ioc_program_forget_notes(program);
    ioc_memory_give(program);
}

enum ioc_type ioc_program_type(const struct ioc_program *program)
{
    return program->type;
}

struct ioc_text ioc_program_shape(const struct ioc_program *program)
{
    return (struct ioc_text){ioc_program_part(program, program->shape), program->shape_length};
}

struct ioc_text ioc_program_source(const struct ioc_program *program)
{
    return (struct ioc_text){ioc_program_part(program, program->source), program->source_length};
}

const struct ioc_program_read *ioc_program_reads(const struct ioc_program *program, uint32_t *count)
{
    *count = program->reads_count;
    return ioc_program_part(program, program->reads);
}

uint32_t ioc_program_cost(const struct ioc_program *program)
{
    return program->cost;
}

uint32_t ioc_program_bytes(const struct ioc_program *program)
{
    return program->bytes;
}

const struct ioc_program_error *ioc_program_notes(const struct ioc_program *program, uint32_t *count)
{
    *count = program->notes_count;
    return program->notes;
}

const struct ioc_zones *ioc_program_zones(const struct ioc_program *program)
{
    return program->all_zones;
}

void ioc_program_forget_notes(struct ioc_program *program)
{
    ioc_memory_give(program->notes);
    program->notes = NULL;
    program->notes_count = 0;
}

const struct ioc_program_read *ioc_program_field(const struct ioc_program *program)
{
    return program->is_field ? ioc_program_part(program, program->reads) : NULL;
}

enum ioc_outcome ioc_program_exact(const struct ioc_program *program,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch, struct ioc_boxed *value)
{
    ioc_scratch_begin(scratch, frames);
    scratch->program = program;
    return ioc_machine_run(&program->bytecode, scratch, value);
}

bool ioc_program_is_quick(const struct ioc_program *program)
{
    return program->is_quick;
}

static inline bool run_quick(
    const struct ioc_program *program, const struct ioc_row *const *frames, struct ioc_scratch *scratch)
{
    return program->is_quick && frames && ioc_quick_are_there(ioc_program_quick(program), frames) &&
           ioc_quick_run(&program->bytecode, frames, scratch->words);
}

enum ioc_outcome ioc_program_value(const struct ioc_program *program,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch, struct ioc_boxed *value)
{
    if (!run_quick(program, frames, scratch))
        return ioc_program_exact(program, frames, scratch, value);
    *value = (struct ioc_boxed){.natural = scratch->words[0].u, .type = program->type};
    return IOC_OUTCOME_VALUE;
}

/* These two apart, so that the way of most conditions saves hardly any registers. */
static __attribute__((noinline)) enum ioc_outcome test_exactly(const struct ioc_program *program,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch, bool *value)
{
    assert(program->type == IOC_BOOL);
    struct ioc_boxed boxed;
    enum ioc_outcome outcome = ioc_program_exact(program, frames, scratch, &boxed);
    if (outcome == IOC_OUTCOME_VALUE)
        *value = boxed.boolean;
    return outcome;
}

static __attribute__((noinline)) enum ioc_outcome test(const struct ioc_program *program,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch, bool *value)
{
    if (!run_quick(program, frames, scratch))
        return test_exactly(program, frames, scratch, value);
    assert(program->type == IOC_BOOL);
    *value = scratch->words[0].u != 0;
    return IOC_OUTCOME_VALUE;
}

enum ioc_outcome ioc_program_test(const struct ioc_program *program,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch, bool *value)
{
    const struct ioc_quick *quick = ioc_program_quick(program);
    if (program->is_quick && quick->is_bare && frames) {
        const struct ioc_row *row = frames[quick->needs[0].frame];
        if (ioc_quick_is_there(&quick->needs[0], row))
            return ioc_quick_decide(&program->bytecode, row, value);
    }
    return test(program, frames, scratch, value);
}

static enum ioc_outcome give_text(struct ioc_scratch *scratch, const struct ioc_boxed *boxed,
    enum ioc_type type, struct ioc_outcome_value *value)
{
    ioc_buffer_reset(&scratch->text);
    ioc_boxed_print(scratch, boxed, &scratch->text);
    if (scratch->text.is_full) {
        scratch->pending = (struct ioc_caught){IOC_FAULT_MEMORY, 0};
        return IOC_OUTCOME_ERROR;
    }
    *value = (struct ioc_outcome_value){.type = type, .text = ioc_buffer_text(&scratch->text)};
    return IOC_OUTCOME_VALUE;
}

enum ioc_outcome ioc_program_run(const struct ioc_program *program,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch,
    struct ioc_outcome_value *value)
{
    struct ioc_boxed boxed;
    enum ioc_outcome outcome = ioc_program_value(program, frames, scratch, &boxed);
    if (outcome != IOC_OUTCOME_VALUE)
        return outcome;
    struct ioc_outcome_value given = {.type = (enum ioc_type)boxed.type, .natural = boxed.natural};
    switch (boxed.type) {
    case IOC_STRING:
    case IOC_BYTES: given.text = ioc_boxed_as_text(&boxed); break;
    case IOC_BOOL: given.boolean = boxed.boolean; break;
    case IOC_POINT: memcpy(&given.point, boxed.text, sizeof given.point); break;
    case IOC_TIMESTAMP:
        if (!ioc_moment_to_time(&boxed, &given.integer)) {
            scratch->pending = (struct ioc_caught){IOC_FAULT_TIME, 0};
            return IOC_OUTCOME_ERROR;
        }
        break;
    case IOC_NULL:
    case IOC_INT:
    case IOC_UINT:
    case IOC_DOUBLE:
    case IOC_DURATION: break;
    default:
        return give_text(scratch, &boxed, boxed.type < IOC_TYPES ? boxed.type : IOC_DYN, value);
    }
    *value = given;
    return IOC_OUTCOME_VALUE;
}

const char *ioc_scratch_error(const struct ioc_scratch *scratch)
{
    const struct ioc_program *program = scratch->program;
    struct ioc_scratch *own = (struct ioc_scratch *)scratch; /* only its message */
    const char *text = ioc_fault_text(scratch->pending.fault);
    if (!program)
        return text;
    struct ioc_code_place at = ioc_program_place(program, scratch->pending.at);
    struct ioc_text token = ioc_complaint_quote((struct ioc_text){ioc_program_source(program).data + at.offset, at.length});
    snprintf(own->message, sizeof own->message, "%s, at '%.*s' (byte %u of the expression)", text, IOC_TEXT_ARGS(token), at.offset + 1);
    return own->message;
}
