#pragma once
/*
 * tests/rules/expressions.h — one expression: does it hold, what is its text, how does it fail?
 *
 * What reads no variable is folded when the program is made; what reads one of the event's fields is
 * computed when it runs.
 */
#include "core/draft.h"
#include "rules/cel/program.h"
#include "rules/cel/scratch.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ZERO, HALF, WORD, NONE, NATURAL, LOOSE, NUMBERS, EXPRESSION_FIELDS };
static struct ioc_field expression_fields[EXPRESSION_FIELDS] = {
    [ZERO] = {.name = {"zero", 4}, .type = IOC_INT},
    [HALF] = {.name = {"half", 4}, .type = IOC_DOUBLE},
    [WORD] = {.name = {"word", 4}, .type = IOC_STRING},
    [NONE] = {.name = {"none", 4}, .type = IOC_INT, .is_optional = true},
    [NATURAL] = {.name = {"natural", 7}, .type = IOC_UINT},
    [LOOSE] = {.name = {"loose", 5}, .type = IOC_DYN},
    [NUMBERS] = {.name = {"numbers", 7}, .type = IOC_LIST, .of = IOC_DOUBLE},
};
static const struct ioc_schema expression_schema = {
    .name = {"event", 5}, .fields = expression_fields, .count = EXPRESSION_FIELDS};
static const struct ioc_variable expression_variables[] = {
    {.name = {"event", 5}, .is_record = true, .schema = &expression_schema},
};
static const struct ioc_scope expression_scope = {.variables = expression_variables, .count = 1};

static struct ioc_draft expression_draft;
static struct ioc_scratch *expression_scratch;

/* zero 0, half 0.5, word "10.0.0.7", natural 5u, loose 3, numbers [1.5, "wrong", 2.5]: a decoder's mistake. */
static int begin_expressions(void **state)
{
    struct ioc_draft *draft = &expression_draft;
    struct ioc_ref cells, word;
    ioc_draft_begin(draft, &expression_schema);
    ioc_draft_set_int(draft, ZERO, 0);
    ioc_draft_set_double(draft, HALF, 0.5);
    ioc_draft_set_uint(draft, NATURAL, 5);
    assert_int_equal(ioc_draft_set_text(draft, WORD, IOC_TEXT("10.0.0.7")), IOC_OK);
    assert_int_equal(ioc_draft_cells(draft, 1, &cells), IOC_OK);
    ioc_draft_cell_set(draft, cells, 0, IOC_INT, (union ioc_word){.i = 3});
    assert_int_equal(ioc_draft_set_cells(draft, LOOSE, cells), IOC_OK);
    assert_int_equal(ioc_draft_tail(draft, "wrong", 5, &word), IOC_OK);
    assert_int_equal(ioc_draft_cells(draft, 3, &cells), IOC_OK);
    ioc_draft_cell_set(draft, cells, 0, IOC_DOUBLE, (union ioc_word){.d = 1.5});
    ioc_draft_cell_set(draft, cells, 1, IOC_STRING, (union ioc_word){.ref = word});
    ioc_draft_cell_set(draft, cells, 2, IOC_DOUBLE, (union ioc_word){.d = 2.5});
    assert_int_equal(ioc_draft_set_cells(draft, NUMBERS, cells), IOC_OK);
    expression_scratch = ioc_scratch_new();
    return 0;
}

static int end_expressions(void **state)
{
    ioc_scratch_free(expression_scratch);
    ioc_draft_done(&expression_draft);
    return 0;
}

static enum ioc_outcome run_expression(const char *source, struct ioc_buffer *text)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {ioc_draft_row(&expression_draft)};
    if (ioc_program_new(ioc_text_of(source), &expression_scope, IOC_TYPES, &program, &err) !=
        IOC_OK)
        fail_msg("%s: %s", source, err.error.text);
    ioc_scratch_begin(expression_scratch, frames);
    struct ioc_outcome_value value;
    enum ioc_outcome outcome = ioc_program_run(program, frames, expression_scratch, &value);
    if (outcome != IOC_OUTCOME_VALUE)
        ioc_buffer_add_string(text, ioc_scratch_error(expression_scratch));
    else if (value.type == IOC_BOOL)
        ioc_buffer_add_string(text, value.boolean ? "true" : "false");
    else if (value.type == IOC_INT)
        ioc_buffer_add_int(text, value.integer);
    else if (value.type == IOC_UINT)
        ioc_buffer_addf(text, "%" PRIu64 "u", value.natural);
    else if (value.type == IOC_DOUBLE)
        ioc_buffer_add_double(text, value.number);
    else if (value.type == IOC_STRING || value.type >= IOC_LIST)
        ioc_buffer_add_text(text, value.text);
    else
        fail_msg("%s: gives a value that has no text here", source);
    ioc_program_free(program);
    return outcome;
}

static void assert_gives(const char *source, const char *wanted)
{
    struct ioc_buffer text = {0};
    enum ioc_outcome outcome = run_expression(source, &text);
    if (outcome != IOC_OUTCOME_VALUE || !ioc_text_equal(ioc_buffer_text(&text), ioc_text_of(wanted)))
        fail_msg("%s: gives %.*s, not %s", source, IOC_TEXT_ARGS(ioc_buffer_text(&text)), wanted);
    ioc_buffer_done(&text);
}

static inline void assert_holds(const char *source)
{
    assert_gives(source, "true");
}

static inline void assert_fails(const char *source, enum ioc_fault fault)
{
    struct ioc_buffer text = {0};
    enum ioc_outcome wanted = fault == IOC_FAULT_MISSING ? IOC_OUTCOME_MISSING : IOC_OUTCOME_ERROR;
    enum ioc_outcome outcome = run_expression(source, &text);
    if (outcome != wanted || !ioc_text_starts(ioc_buffer_text(&text), ioc_text_of(ioc_fault_text(fault))))
        fail_msg("%s: gives %.*s, not %s", source, IOC_TEXT_ARGS(ioc_buffer_text(&text)),
            ioc_fault_text(fault));
    ioc_buffer_done(&text);
}

/* Refused when it is checked, with that code, and pointing at the last occurrence of `at`. */
static inline void assert_unfit(const char *source, const char *code, const char *at)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    if (ioc_program_new(ioc_text_of(source), &expression_scope, IOC_TYPES, &program, &err) == IOC_OK)
        fail_msg("%s: was accepted", source);
    assert_string_equal(err.error.code, code);
    uint32_t place = 0;
    for (const char *found = source; (found = strstr(found, at)); found++)
        place = (uint32_t)(found - source);
    if (err.offset != place)
        fail_msg("%s: points at byte %u, not %u: %s", source, err.offset, place, err.error.text);
}
