/*
 * benchmarks/bench_expression.c — predicates over slots: ns each, beside the same in C.
 *
 *   bench_expression [--quick] [--exact] [--dump DIR] [N]
 *
 * The hand-written twin stands behind a function pointer and checks presence too, as generated code
 * would have to; that of matches() is the bare hs_scan().  N: only the N-th of them, for callgrind.  --exact: by the machine that knows every instruction
 * and fault, not the quick one.  --dump: each with its events goes to DIR/expression-N.jsonl (benchmarks/dump.h).
 */
#include "benchmarks/dump.h"
#include "core/draft.h"
#include "rules/cel/inside.h"
#include <assert.h>
#include <hs.h>
#include <stdlib.h>
#include <time.h>
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#endif

enum { ROWS = 1024, PASSES = 2000, QUICK_PASSES = 2, TRIES = 7 };
enum { SLOT_KIND, SLOT_DISTRICT, SLOT_PM25, SLOT_FLOW, SLOT_OPEN, SLOT_AT, SLOT_LINE, SLOTS };

static struct ioc_field fields[SLOTS] = {
    {.name = {"kind", 4}, .type = IOC_STRING},
    {.name = {"district", 8}, .type = IOC_STRING},
    {.name = {"pm25", 4}, .type = IOC_DOUBLE},
    {.name = {"flow", 4}, .type = IOC_INT},
    {.name = {"open", 4}, .type = IOC_BOOL},
    {.name = {"at", 2}, .type = IOC_TIMESTAMP},
    {.name = {"line", 4}, .type = IOC_STRING},
};
static const struct ioc_schema schema = {.name = {"air", 3}, .fields = fields, .count = SLOTS};
static const struct ioc_row *rows[ROWS];

/* The row of the key, with what the rule's parameters are for it, and the time. */
enum { SLOT_LIMIT, SLOT_NOW, KEY_SLOTS };
static struct ioc_field key_fields[KEY_SLOTS] = {
    {.name = {"limit", 5}, .type = IOC_DOUBLE},
    {.name = {"now", 3}, .type = IOC_TIMESTAMP},
};
static const struct ioc_schema key_schema = {.name = {"key", 3}, .fields = key_fields, .count = KEY_SLOTS};
static const struct ioc_row *key_row;

static double seconds(void) /* of this thread: others on the machine cost less noise than by the clock on the wall */
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static const struct ioc_row *copy_row(struct ioc_draft *draft)
{
    const struct ioc_row *row = ioc_draft_row(draft);
    struct ioc_row *copy = malloc(row->bytes);
    if (!copy)
        abort();
    return memcpy(copy, row, row->bytes);
}

static void make_rows(void)
{
    static const char *const kinds[] = {"air", "water", "noise", "bin"}, *const districts[] = {
                                                                             "north", "south"},
                             *const lines[] = {"U12", "S1", "M10", "Tram 7", "U", "S99", "bus", "U123456"};
    struct ioc_draft draft = {0};
    uint32_t seed = 1;
    for (int i = 0; i < ROWS; i++) {
        seed = seed * 1664525 + 1013904223;
        ioc_draft_begin(&draft, &schema);
        bool is_good =
            ioc_draft_set_text(&draft, SLOT_KIND, ioc_text_of(kinds[seed >> 30])) == IOC_OK &&
            ioc_draft_set_text(&draft, SLOT_DISTRICT, ioc_text_of(districts[seed >> 20 & 1])) ==
                IOC_OK &&
            ioc_draft_set_text(&draft, SLOT_LINE, ioc_text_of(lines[seed >> 16 & 7])) == IOC_OK;
        if (!is_good)
            abort();
        ioc_draft_set_double(&draft, SLOT_PM25, (double)(seed >> 8 & 127));
        ioc_draft_set_int(&draft, SLOT_FLOW, (int64_t)(seed >> 12 & 63));
        ioc_draft_set_bool(&draft, SLOT_OPEN, seed >> 5 & 1);
        ioc_draft_set_int(&draft, SLOT_AT, (946684800 + (int64_t)(seed >> 2)) * IOC_SECOND); /* 2000 … 2034: one offset in our zone */
        rows[i] = copy_row(&draft);
    }
    ioc_draft_begin(&draft, &key_schema);
    ioc_draft_set_double(&draft, SLOT_LIMIT, 50);
    ioc_draft_set_int(&draft, SLOT_NOW, INT64_C(1483555712) * IOC_SECOND);
    key_row = copy_row(&draft);
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

static bool arithmetic_in_c(const struct ioc_row *row)
{
    int64_t flow;
    if (ioc_row_has(row, SLOT_PM25) && ioc_row_word(row, SLOT_PM25).d * 2.0 + 10.0 > 100.0)
        return true;
    return ioc_row_has(row, SLOT_FLOW) && !__builtin_add_overflow(ioc_row_word(row, SLOT_FLOW).i, 1, &flow) && flow > 60;
}

static bool list_in_c(const struct ioc_row *row)
{
    return (text_is(row, SLOT_KIND, IOC_TEXT("water")) || text_is(row, SLOT_KIND, IOC_TEXT("noise")) ||
               text_is(row, SLOT_KIND, IOC_TEXT("bin"))) &&
           ioc_row_has(row, SLOT_OPEN) && ioc_row_word(row, SLOT_OPEN).u;
}

static bool calendar_in_c(const struct ioc_row *row)
{
    if (!ioc_row_has(row, SLOT_AT))
        return false;
    int64_t hour = (ioc_row_word(row, SLOT_AT).i + 7 * IOC_HOUR) / IOC_HOUR % 24; /* never before 1970 here */
    return hour >= 22 || hour < 6;
}

static bool parameter_in_c(const struct ioc_row *row)
{
    return ioc_row_has(row, SLOT_PM25) && ioc_row_has(key_row, SLOT_LIMIT) &&
           ioc_row_word(row, SLOT_PM25).d > ioc_row_word(key_row, SLOT_LIMIT).d;
}

static bool margin_in_c(const struct ioc_row *row)
{
    return ioc_row_has(row, SLOT_PM25) && ioc_row_has(key_row, SLOT_LIMIT) &&
           ioc_row_word(row, SLOT_PM25).d > ioc_row_word(key_row, SLOT_LIMIT).d + 15.0;
}

static bool overdue_in_c(const struct ioc_row *row)
{
    return ioc_row_has(row, SLOT_AT) && ioc_row_has(key_row, SLOT_NOW) &&
           ioc_row_word(row, SLOT_AT).i < ioc_row_word(key_row, SLOT_NOW).i;
}

static bool age_in_c(const struct ioc_row *row)
{
    int64_t age;
    return ioc_row_has(row, SLOT_AT) && ioc_row_has(key_row, SLOT_NOW) &&
           !__builtin_sub_overflow(ioc_row_word(key_row, SLOT_NOW).i, ioc_row_word(row, SLOT_AT).i, &age) &&
           age > 15 * IOC_MINUTE;
}

static bool weekend_in_c(const struct ioc_row *row)
{
    if (!ioc_row_has(row, SLOT_AT))
        return false;
    int64_t hours = (ioc_row_word(row, SLOT_AT).i + 7 * IOC_HOUR) / IOC_HOUR, day = (hours / 24 + 4) % 7;
    return hours % 24 >= 22 || day == 0;
}

static int note_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    *(bool *)context = true;
    return 1;
}

static bool line_in_hyperscan(const struct ioc_row *row)
{
    static hs_database_t *database;
    static hs_scratch_t *memory;
    hs_compile_error_t *err;
    if (!database && (hs_compile("^(U|S)[0-9]+\\z", 0, HS_MODE_BLOCK, NULL, &database, &err) != HS_SUCCESS ||
                         hs_alloc_scratch(database, &memory) != HS_SUCCESS))
        abort();
    if (!ioc_row_has(row, SLOT_LINE))
        return false;
    struct ioc_text line = ioc_row_text(row, SLOT_LINE);
    bool is_match = false;
    hs_scan(database, line.data, line.length, 0, memory, note_match, &is_match);
    return is_match;
}

static const struct subject {
    const char *name, *source;
    const char *terms; /* the same for engines without a language (benchmarks/dump.h); empty: they cannot say it;
                          NULL: it reads the row of the key too, which they do not have */
    bool (*twin)(const struct ioc_row *row);
} subjects[] = {
    {"3 terms, selective", "event.kind == 'air' && event.district == 'north' && event.pm25 > 35.0",
        "{\"all\":[{\"field\":\"kind\",\"is\":\"==\",\"value\":\"air\"},{\"field\":\"district\",\"is\":\"==\",\"value\":\"north\"},"
        "{\"field\":\"pm25\",\"is\":\">\",\"value\":35}]}",
        selective_in_c},
    {"3 numbers, all true", "event.pm25 >= 0.0 && event.flow < 64 && event.pm25 < 128.0",
        "{\"all\":[{\"field\":\"pm25\",\"is\":\">=\",\"value\":0},{\"field\":\"flow\",\"is\":\"<\",\"value\":64},"
        "{\"field\":\"pm25\",\"is\":\"<\",\"value\":128}]}",
        numbers_in_c},
    {"arithmetic", "event.pm25 * 2.0 + 10.0 > 100.0 || event.flow + 1 > 60",
        "{\"any\":[{\"field\":\"pm25\",\"times\":2,\"plus\":10,\"is\":\">\",\"value\":100},"
        "{\"field\":\"flow\",\"times\":1,\"plus\":1,\"is\":\">\",\"value\":60}]}",
        arithmetic_in_c},
    {"list of texts", "event.kind in ['water', 'noise', 'bin'] && event.open",
        "{\"all\":[{\"field\":\"kind\",\"is\":\"in\",\"value\":[\"water\",\"noise\",\"bin\"]},"
        "{\"field\":\"open\",\"is\":\"==\",\"value\":true}]}",
        list_in_c},
    {"calendar", "event.at.getHours('+07:00') >= 22 || event.at.getHours('+07:00') < 6", "", calendar_in_c},
    {"calendar of a zone", "event.at.getHours('Asia/Ho_Chi_Minh') >= 22 || event.at.getDayOfWeek('Asia/Ho_Chi_Minh') == 0", "",
        weekend_in_c},
    {"field, parameter", "event.pm25 > limit", NULL, parameter_in_c},
    {"field, margin", "event.pm25 > limit + 15.0", NULL, margin_in_c},
    {"time, now", "event.at < now", NULL, overdue_in_c},
    {"age", "now - event.at > duration('15m')", NULL, age_in_c},
    {"matches, hs_scan()", "event.line.matches('^(U|S)[0-9]+$')", "", line_in_hyperscan},
};

struct figure {
    double ns;
    uint32_t hits;
};

static struct figure try_program(const struct ioc_program *program, struct ioc_scratch *scratch, bool is_exact, int passes)
{
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {0};
    struct figure figure = {0};
    double start = seconds();
    for (int pass = 0; pass < passes; pass++) {
        for (int i = 0; i < ROWS; i++) {
            bool value = false;
            frames[0] = rows[i];
            frames[1] = key_row;
            if (is_exact) {
                struct ioc_boxed boxed;
                if (ioc_program_exact(program, frames, scratch, &boxed) == IOC_OUTCOME_VALUE)
                    figure.hits += boxed.boolean;
            } else if (ioc_program_test(program, frames, scratch, &value) == IOC_OUTCOME_VALUE) {
                figure.hits += value;
            }
        }
    }
    figure.ns = (seconds() - start) * 1e9 / passes / ROWS;
    return figure;
}

static struct figure try_twin(bool (*volatile twin)(const struct ioc_row *row), int passes)
{
    struct figure figure = {0};
    double start = seconds();
    for (int pass = 0; pass < passes; pass++) {
        for (int i = 0; i < ROWS; i++)
            figure.hits += twin(rows[i]);
    }
    figure.ns = (seconds() - start) * 1e9 / passes / ROWS;
    return figure;
}

/* The two in turn, so that what else runs on the machine slows both; the best try of each. */
static void measure(const struct subject *subject, const struct ioc_program *program, bool is_exact, int passes, double compiled)
{
    struct ioc_scratch *scratch = ioc_scratch_new();
    struct figure ours = {.ns = 1e9}, twin = {.ns = 1e9};
    CALLGRIND_ZERO_STATS;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        struct figure next = try_program(program, scratch, is_exact, passes);
        ours = next.ns < ours.ns ? next : ours;
        next = try_twin(subject->twin, passes);
        twin = next.ns < twin.ns ? next : twin;
    }
    ioc_scratch_free(scratch);
    printf("expression, %-20s %6.1f ns  in C %5.1f ns  ratio %.1f  (%.0f us to compile)\n", subject->name, ours.ns, twin.ns,
        ours.ns / twin.ns, compiled);
    if (ours.hits != twin.hits) {
        printf("the two do not agree: %u and %u\n", ours.hits, twin.hits);
        exit(1);
    }
}

static void dump_subject(const struct subject *subject, const char *directory)
{
    struct dump dump;
    char name[32];
    snprintf(name, sizeof name, "expression-%d", (int)(subject - subjects) + 1);
    dump_open(&dump, directory, name, subject->name, &schema);
    dump_rule(&dump, 0, ioc_text_of(subject->source), ioc_text_of(subject->terms));
    for (int i = 0; i < ROWS; i++)
        dump_event(&dump, 0, rows[i], &(uint32_t){0}, subject->twin(rows[i]));
    dump_close(&dump);
}

int main(int argc, char **argv)
{
    int passes = PASSES;
    bool is_exact = false;
    int only = 0;
    const char *directory = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0)
            passes = QUICK_PASSES;
        else if (strcmp(argv[i], "--exact") == 0)
            is_exact = true;
        else if (strcmp(argv[i], "--dump") == 0 && i + 1 < argc)
            directory = argv[++i];
        else
            only = atoi(argv[i]);
    }
    const struct ioc_variable variables[] = {
        {.name = IOC_TEXT("event"), .is_record = true, .schema = &schema},
        {.name = IOC_TEXT("limit"), .frame = 1, .slot = SLOT_LIMIT, .schema = &key_schema, .field = &key_fields[SLOT_LIMIT]},
        {.name = IOC_TEXT("now"), .frame = 1, .slot = SLOT_NOW, .schema = &key_schema, .field = &key_fields[SLOT_NOW]},
    };
    struct ioc_scope scope = {.variables = variables, .count = sizeof variables / sizeof *variables};
    make_rows();
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        if (only && only != (int)i + 1)
            continue;
        if (directory && subjects[i].terms)
            dump_subject(&subjects[i], directory);
        struct ioc_program *program;
        struct ioc_program_error err;
        double start = seconds();
        if (ioc_program_new(ioc_text_of(subjects[i].source), &scope, IOC_BOOL, &program, &err) !=
            IOC_OK) {
            fprintf(stderr, "%s: %s\n", subjects[i].source, err.error.text);
            return 1;
        }
        measure(&subjects[i], program, is_exact, passes, (seconds() - start) * 1e6);
        ioc_program_free(program);
    }
    for (int i = 0; i < ROWS; i++)
        free((void *)rows[i]);
    free((void *)key_row);
    return 0;
}
