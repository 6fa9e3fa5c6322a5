/*
 * tests/fuzz/fuzz_expression.c — any bytes as an expression: no crash, no stall, and typed code agrees
 * with dynamic code.
 *
 * An expression that the strict checker accepts is run twice: on declared fields, which gives typed
 * instructions, and unchecked on the same values in dyn fields.  Both must end alike.
 */
#include "core/draft.h"
#include "rules/cel/inside.h"
#include "rules/cel/scratch.h"
#include <stdlib.h>

enum { B, I, U, D, S, Y, T, R, L, M, N, FIELDS };
static const struct ioc_text names[FIELDS] = {{"b", 1}, {"i", 1}, {"u", 1}, {"d", 1}, {"s", 1},
    {"y", 1}, {"t", 1}, {"r", 1}, {"l", 1}, {"m", 1}, {"n", 1}};
static const enum ioc_type types[FIELDS] = {IOC_BOOL, IOC_INT, IOC_UINT, IOC_DOUBLE, IOC_STRING,
    IOC_BYTES, IOC_TIMESTAMP, IOC_DURATION, IOC_LIST, IOC_MAP, IOC_STRING};

struct world { /* the same values, typed or dyn; `n` is missing */
    struct ioc_field fields[FIELDS];
    struct ioc_schema schema;
    struct ioc_variable variables[FIELDS + 1];
    struct ioc_scope scope;
    struct ioc_draft draft;
    const struct ioc_row *row;
};

static struct ioc_ref tail_of(struct ioc_draft *draft, struct ioc_text text)
{
    struct ioc_ref ref;
    if (ioc_draft_tail(draft, text.data, text.length, &ref) != IOC_OK)
        abort();
    return ref;
}

static struct ioc_ref cells_of(struct ioc_draft *draft, uint32_t count)
{
    struct ioc_ref cells;
    if (ioc_draft_cells(draft, count, &cells) != IOC_OK)
        abort();
    return cells;
}

static union ioc_word word_of(struct ioc_draft *draft, int field)
{
    union ioc_word word = {0};
    switch (field) {
    case B: word.u = 1; break;
    case I: word.i = -7; break;
    case U: word.u = 9; break;
    case D: word.d = 2.5; break;
    case S: word.ref = tail_of(draft, IOC_TEXT("Sài Gòn")); break;
    case Y: word.ref = tail_of(draft, IOC_TEXT("\xff\x01")); break;
    case T: word.i = 1700000000 * IOC_SECOND + 5; break;
    case R: word.i = 90 * IOC_SECOND; break;
    case L:
        word.ref = cells_of(draft, 3);
        for (int i = 0; i < 3; i++)
            ioc_draft_cell_set(draft, word.ref, (uint32_t)i, IOC_INT, (union ioc_word){.i = i});
        break;
    case M:
        word.ref = cells_of(draft, 2);
        ioc_draft_cell_set(
            draft, word.ref, 0, IOC_STRING, (union ioc_word){.ref = tail_of(draft, IOC_TEXT("k"))});
        ioc_draft_cell_set(draft, word.ref, 1, IOC_DOUBLE, (union ioc_word){.d = 0.5});
        word.ref.count = 1;
        break;
    default: break;
    }
    return word;
}

static void set_typed(
    struct ioc_draft *draft, ioc_slot slot, enum ioc_type type, union ioc_word word)
{
    enum ioc_status status = IOC_OK;
    switch (type) {
    case IOC_BOOL: ioc_draft_set_bool(draft, slot, word.u != 0); break;
    case IOC_UINT: ioc_draft_set_uint(draft, slot, word.u); break;
    case IOC_DOUBLE: ioc_draft_set_double(draft, slot, word.d); break;
    case IOC_STRING: status = ioc_draft_set_text(draft, slot, IOC_TEXT("Sài Gòn")); break;
    case IOC_BYTES: status = ioc_draft_set_bytes(draft, slot, IOC_TEXT("\xff\x01")); break;
    case IOC_LIST:
    case IOC_MAP: status = ioc_draft_set_cells(draft, slot, word.ref); break;
    default: ioc_draft_set_int(draft, slot, word.i); break;
    }
    if (status != IOC_OK)
        abort();
}

static void build(struct world *world, bool is_typed)
{
    for (int i = 0; i < FIELDS; i++) {
        world->fields[i] = (struct ioc_field){
            .name = names[i], .type = is_typed ? types[i] : IOC_DYN, .decimals = -1};
        if (is_typed && i == L)
            world->fields[i].of = IOC_INT;
        world->variables[i] = (struct ioc_variable){.name = names[i],
            .slot = (ioc_slot)i,
            .schema = &world->schema,
            .field = &world->fields[i],
            .may_be_missing = true};
    }
    world->schema =
        (struct ioc_schema){.name = IOC_TEXT("world"), .fields = world->fields, .count = FIELDS};
    world->variables[FIELDS] = (struct ioc_variable){
        .name = IOC_TEXT("event"), .is_record = true, .schema = &world->schema};
    world->scope =
        (struct ioc_scope){.variables = world->variables, .count = FIELDS + 1, .is_strict = true};
    ioc_draft_begin(&world->draft, &world->schema);
    for (int i = 0; i < N; i++) {
        union ioc_word word = word_of(&world->draft, i);
        if (is_typed) {
            set_typed(&world->draft, (ioc_slot)i, types[i], word);
            continue;
        }
        struct ioc_ref cell = cells_of(&world->draft, 1);
        ioc_draft_cell_set(&world->draft, cell, 0, types[i], word);
        if (ioc_draft_set_cells(&world->draft, (ioc_slot)i, cell) != IOC_OK)
            abort();
    }
    world->row = ioc_draft_row(&world->draft);
}

/* How it ends, as text: "missing", "error", the value; empty when a budget ended it. */
static void run(const struct ioc_program *program, const struct world *world,
    struct ioc_scratch *scratch, struct ioc_buffer *out)
{
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {world->row};
    struct ioc_boxed value;
    ioc_buffer_reset(out);
    switch (ioc_program_value(program, frames, scratch, &value)) {
    case IOC_OUTCOME_VALUE: ioc_boxed_print(scratch, &value, out); break;
    case IOC_OUTCOME_MISSING: ioc_buffer_add_string(out, "missing"); break;
    case IOC_OUTCOME_ERROR:
        if (scratch->pending.fault != IOC_FAULT_STEPS && scratch->pending.fault != IOC_FAULT_MEMORY)
            ioc_buffer_add_string(out, "error");
        if (!ioc_scratch_error(scratch)[0])
            abort();
        break;
    }
    struct ioc_outcome_value outcome;
    (void)ioc_program_run(program, frames, scratch, &outcome);
}

static struct ioc_program *compile(
    const struct world *world, struct ioc_text source, bool is_strict, bool is_unchecked)
{
    struct ioc_scope scope = world->scope;
    scope.is_strict = is_strict;
    struct ioc_environment environment = {.scope = &scope, .is_unchecked = is_unchecked};
    struct ioc_program *program = NULL;
    struct ioc_program_error err;
    if (ioc_program_new_in(source, &environment, IOC_TYPES, &program, &err) == IOC_OK)
        return program;
    /* Whoever wrote it must be told what and where. */
    if (!err.error.text[0] || !err.error.code[0] || err.offset > source.length ||
        err.length > source.length - err.offset)
        abort();
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world typed, dynamic;
    static struct ioc_scratch *scratch;
    static struct ioc_buffer first, second;
    if (!scratch) {
        build(&typed, true);
        build(&dynamic, false);
        scratch = ioc_scratch_new();
    }
    struct ioc_text source = {(const char *)data, (uint32_t)size};
    struct ioc_program *loose = compile(&typed, source, false, false);
    if (loose) {
        run(loose, &typed, scratch, &first);
        ioc_buffer_reset(&second);
        ioc_program_print(loose, NULL, &second);
    }
    ioc_program_free(loose);
    struct ioc_program *strict = compile(&typed, source, true, false),
                       *free_typed = compile(&dynamic, source, true, true);
    if (strict && free_typed) {
        run(strict, &typed, scratch, &first);
        run(free_typed, &dynamic, scratch, &second);
        if (first.length && second.length &&
            !ioc_text_equal(ioc_buffer_text(&first), ioc_buffer_text(&second))) {
            fprintf(stderr, "typed:   %.*s\ndynamic: %.*s\n",
                IOC_TEXT_ARGS(ioc_buffer_text(&first)), IOC_TEXT_ARGS(ioc_buffer_text(&second)));
            abort();
        }
    } else if (free_typed) {
        run(free_typed, &dynamic, scratch, &second);
    }
    ioc_program_free(strict);
    ioc_program_free(free_typed);
    return 0;
}
