/*
 * benchmarks/bench_expression.c — predicates over slots: ns each, beside the same in C.
 *
 * The hand-written twin stands behind a function pointer and checks presence too, as generated code
 * would have to.
 *
 * bench_expression [--quick] [N]: only the N-th of them, for callgrind.
 */
#include "core/draft.h"
#include "rules/cel/program.h"
#include <assert.h>
#include <stdlib.h>
#include <time.h>

enum { ROWS = 1024, PASSES = 2000, QUICK_PASSES = 2, TRIES = 7 };
enum { SLOT_KIND, SLOT_DISTRICT, SLOT_PM25, SLOT_FLOW, SLOT_OPEN, SLOT_AT, SLOTS };

static struct ioc_field fields[SLOTS] = {
    {.name = {"kind", 4}, .type = IOC_STRING},
    {.name = {"district", 8}, .type = IOC_STRING},
    {.name = {"pm25", 4}, .type = IOC_DOUBLE},
    {.name = {"flow", 4}, .type = IOC_INT},
    {.name = {"open", 4}, .type = IOC_BOOL},
    {.name = {"at", 2}, .type = IOC_TIMESTAMP},
};
static const struct ioc_schema schema = {.name = {"air", 3}, .fields = fields, .count = SLOTS};
static const struct ioc_row *rows[ROWS];

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void make_rows(void)
{
    static const char *const kinds[] = {"air", "water", "noise", "bin"}, *const districts[] = {
                                                                             "north", "south"};
    struct ioc_draft draft = {0};
    uint32_t seed = 1;
    for (int i = 0; i < ROWS; i++) {
        seed = seed * 1664525 + 1013904223;
        ioc_draft_begin(&draft, &schema);
        bool is_good =
            ioc_draft_set_text(&draft, SLOT_KIND, ioc_text_of(kinds[seed >> 30])) == IOC_OK &&
            ioc_draft_set_text(&draft, SLOT_DISTRICT, ioc_text_of(districts[seed >> 20 & 1])) ==
                IOC_OK;
        if (!is_good)
            abort();
        ioc_draft_set_double(&draft, SLOT_PM25, (double)(seed >> 8 & 127));
        ioc_draft_set_int(&draft, SLOT_FLOW, (int64_t)(seed >> 12 & 63));
        ioc_draft_set_bool(&draft, SLOT_OPEN, seed >> 5 & 1);
        ioc_draft_set_int(&draft, SLOT_AT, (int64_t)seed * IOC_SECOND);
        const struct ioc_row *row = ioc_draft_row(&draft);
        struct ioc_row *copy = malloc(row->bytes);
        if (!copy)
            abort();
        memcpy(copy, row, row->bytes);
        rows[i] = copy;
    }
    ioc_draft_done(&draft);
}

static bool text_is(const struct ioc_row *row, ioc_slot slot, struct ioc_text text)
{
    return ioc_row_has(row, slot) && ioc_text_equal(ioc_row_text(row, slot), text);
}

static bool selective_in_c(const struct ioc_row *row)
{
    return text_is(row, SLOT_KIND, IOC_TEXT("air")) &&
           text_is(row, SLOT_DISTRICT, IOC_TEXT("north")) && ioc_row_has(row, SLOT_PM25) &&
           ioc_row_word(row, SLOT_PM25).d > 35.0;
}

static bool numbers_in_c(const struct ioc_row *row)
{
    return ioc_row_has(row, SLOT_PM25) && ioc_row_word(row, SLOT_PM25).d >= 0.0 &&
           ioc_row_has(row, SLOT_FLOW) && ioc_row_word(row, SLOT_FLOW).i < 64 &&
           ioc_row_has(row, SLOT_PM25) && ioc_row_word(row, SLOT_PM25).d < 128.0;
}

static const struct subject {
    const char *name, *source;
    bool (*twin)(const struct ioc_row *row);
} subjects[] = {
    {"3 terms, selective", "event.kind == 'air' && event.district == 'north' && event.pm25 > 35.0",
        selective_in_c},
    {"3 numbers, all true", "event.pm25 >= 0.0 && event.flow < 64 && event.pm25 < 128.0",
        numbers_in_c},
    {"arithmetic", "event.pm25 * 2.0 + 10.0 > 100.0 || event.flow + 1 > 60", NULL},
    {"list of texts", "event.kind in ['water', 'noise', 'bin'] && event.open", NULL},
    {"calendar", "event.at.getHours('+07:00') >= 22 || event.at.getHours('+07:00') < 6", NULL},
};

/* Nanoseconds a predicate, the best of some tries. */
static double measure_program(const struct ioc_program *program, int passes, uint32_t *hits)
{
    struct ioc_scratch *scratch = ioc_scratch_new();
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {0};
    double best = 1e9;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        *hits = 0;
        double start = seconds();
        for (int pass = 0; pass < passes; pass++) {
            for (int i = 0; i < ROWS; i++) {
                bool value = false;
                frames[0] = rows[i];
                if (ioc_program_test(program, frames, scratch, &value) == IOC_OUTCOME_VALUE)
                    *hits += value;
            }
        }
        double taken = (seconds() - start) * 1e9 / passes / ROWS;
        best = taken < best ? taken : best;
    }
    ioc_scratch_free(scratch);
    return best;
}

static double measure_twin(
    bool (*volatile twin)(const struct ioc_row *row), int passes, uint32_t *hits)
{
    double best = 1e9;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        *hits = 0;
        double start = seconds();
        for (int pass = 0; pass < passes; pass++) {
            for (int i = 0; i < ROWS; i++)
                *hits += twin(rows[i]);
        }
        double taken = (seconds() - start) * 1e9 / passes / ROWS;
        best = taken < best ? taken : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    bool is_short = argc > 1 && strcmp(argv[1], "--quick") == 0;
    int passes = is_short ? QUICK_PASSES : PASSES, only = argc > 1 + is_short ? atoi(argv[1 + is_short]) : 0;
    struct ioc_variable event = {.name = IOC_TEXT("event"), .is_record = true, .schema = &schema};
    struct ioc_scope scope = {.variables = &event, .count = 1};
    make_rows();
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        struct ioc_program *program;
        struct ioc_program_error err;
        if (only && only != (int)i + 1)
            continue;
        double start = seconds();
        if (ioc_program_new(ioc_text_of(subjects[i].source), &scope, IOC_BOOL, &program, &err) !=
            IOC_OK) {
            fprintf(stderr, "%s: %s\n", subjects[i].source, err.error.text);
            return 1;
        }
        double compiled = (seconds() - start) * 1e6;
        uint32_t hits, twin_hits;
        double taken = measure_program(program, passes, &hits);
        printf("expression, %-20s %6.1f ns", subjects[i].name, taken);
        if (subjects[i].twin) {
            double twin = measure_twin(subjects[i].twin, passes, &twin_hits);
            printf("  in C %5.1f ns  ratio %.1f", twin, taken / twin);
            if (hits != twin_hits) {
                printf("\nthe two do not agree: %u and %u\n", hits, twin_hits);
                return 1;
            }
        }
        printf("  (%.0f us to compile)\n", compiled);
        ioc_program_free(program);
    }
    for (int i = 0; i < ROWS; i++)
        free((void *)rows[i]);
    return 0;
}
