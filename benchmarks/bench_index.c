/*
 * benchmarks/bench_index.c — which rules an event concerns, and their conditions: ns an event for 10 … 100,000 rules.
 *
 *   bench_index [--quick] [--most N] [--only SET] [--dump DIR]
 *
 *   a  kind, zone and a threshold, spread over 50 streams
 *   b  the same, all on one stream
 *   c  as a, but 30 % of the rules have none of these: arithmetic, a text that contains or ends with another, a regular
 *      expression, a field that may be missing, or any of two
 *
 * Zones grow with the rules and thresholds with both, so that an event meets about a quarter of a rule whatever their number
 * ("equal hits").  Beside it, as long as it is bearable, all rules of the stream one by one: the same programs without
 * the index; both must find the same hits.  Loading is timed from text to the sealed set; bytes are what the allocator
 * holds more afterwards, texts of the rules included.
 *
 * --only b-1000: one set.  --dump: rules, events and what was met of each go to DIR/b-1000.jsonl (benchmarks/dump.h).
 */
#include "benchmarks/dump.h"
#include "core/draft.h"
#include "rules/ruleset.h"
#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#endif

enum { STATION, KIND, ZONE, NAME, PM25, FLOW, OPEN, MAYBE, FIELDS };
enum { STREAMS = 50, KINDS = 16, ROWS = 2048, TRIES = 5, RULES_A_FILE = 1000, LINEAR_MOST = 10000, MET_MOST = 1000 };

static struct ioc_field fields[FIELDS] = {
    [STATION] = {.name = {"station", 7}, .type = IOC_STRING, .decimals = -1},
    [KIND] = {.name = {"kind", 4}, .type = IOC_STRING, .decimals = -1},
    [ZONE] = {.name = {"zone", 4}, .type = IOC_STRING, .decimals = -1},
    [NAME] = {.name = {"name", 4}, .type = IOC_STRING, .decimals = -1},
    [PM25] = {.name = {"pm25", 4}, .type = IOC_DOUBLE, .decimals = -1},
    [FLOW] = {.name = {"flow", 4}, .type = IOC_INT, .decimals = -1},
    [OPEN] = {.name = {"open", 4}, .type = IOC_BOOL, .decimals = -1},
    [MAYBE] = {.name = {"maybe", 5}, .type = IOC_DOUBLE, .decimals = -1, .is_optional = true},
};

struct plan { /* one set of rules and the events for it */
    char mix, name[16];
    uint32_t rules, streams, zones;
    double lowest; /* threshold */
    struct dump *dump; /* or NULL */
};
struct stage {
    struct ioc_stream streams[STREAMS];
    const struct ioc_stream *list[STREAMS];
    char names[STREAMS][16];
    struct ioc_ruleset *ruleset;
    const struct ioc_row *rows[ROWS];
    uint16_t stream_of[ROWS];
    double load_ms, bytes;
    uint32_t residual; /* rules with nothing to look up */
};

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(seed >> 4) * below >> 28);
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static struct plan make_plan(char mix, uint32_t rules)
{
    struct plan plan = {.mix = mix, .rules = rules, .streams = mix == 'b' ? 1 : STREAMS};
    uint32_t of_stream = rules / plan.streams ? rules / plan.streams : 1;
    plan.zones = of_stream / 8 ? of_stream / 8 : 1; /* 1000 rules on a stream: 125 zones of 16 kinds */
    double share = (double)of_stream / KINDS / plan.zones; /* rules of an event's kind and zone */
    snprintf(plan.name, sizeof plan.name, "%c-%u", mix, rules);
    plan.lowest = share > 0.5 ? 128.0 * (1 - 0.5 / share) : 0; /* mean chance of a threshold in lowest … 128: 1 / 4 share */
    return plan;
}

/* An expression, and the same as terms. */
static void write_condition(const struct plan *plan, struct ioc_buffer *out, struct ioc_buffer *terms)
{
    uint32_t number = draw(1000);
    if (plan->mix == 'c' && draw(10) < 3) {
        switch (draw(6)) {
        case 0:
            ioc_buffer_addf(out, "event.flow * 2 + %u > 100000", number);
            ioc_buffer_addf(terms, "{\"all\":[{\"field\":\"flow\",\"times\":2,\"plus\":%u,\"is\":\">\",\"value\":100000}]}", number);
            return;
        case 1:
            ioc_buffer_addf(out, "event.name.contains('x%u')", number);
            ioc_buffer_addf(terms, "{\"all\":[{\"field\":\"name\",\"is\":\"contains\",\"value\":\"x%u\"}]}", number);
            return;
        case 2:
            ioc_buffer_addf(out, "has(event.maybe) && event.maybe * 2.0 > %u.0", 1000 + number);
            ioc_buffer_addf(terms, "{\"all\":[{\"field\":\"maybe\",\"is\":\"present\"},"
                "{\"field\":\"maybe\",\"times\":2,\"plus\":0,\"is\":\">\",\"value\":%u}]}", 1000 + number);
            return;
        case 3:
            ioc_buffer_addf(out, "event.name.endsWith('/x%u')", number);
            ioc_buffer_addf(terms, "{\"all\":[{\"field\":\"name\",\"is\":\"endsWith\",\"value\":\"/x%u\"}]}", number);
            return;
        case 4: /* a city has few forms of names */
            ioc_buffer_addf(out, "event.name.matches('^(lamp|gate)-[0-9]+/[A-F]%u$')", number % 20);
            ioc_buffer_addf(terms, "{\"all\":[{\"field\":\"name\",\"is\":\"matches\",\"value\":\"^(lamp|gate)-[0-9]+/[A-F]%u$\"}]}", number % 20);
            return;
        default:
            ioc_buffer_addf(out, "event.flow + %u > 100000 || event.name.startsWith('x%u')", number / 10, number);
            ioc_buffer_addf(terms, "{\"any\":[{\"field\":\"flow\",\"times\":1,\"plus\":%u,\"is\":\">\",\"value\":100000},"
                "{\"field\":\"name\",\"is\":\"startsWith\",\"value\":\"x%u\"}]}", number / 10, number);
            return;
        }
    }
    uint32_t kind = draw(KINDS), zone = draw(plan->zones);
    double threshold = plan->lowest + (128.0 - plan->lowest) * number / 1000.0;
    ioc_buffer_addf(out, "event.kind == 'kind-%u' && event.zone == 'zone-%u' && event.pm25 > %.3f", kind, zone, threshold);
    ioc_buffer_addf(terms, "{\"all\":[{\"field\":\"kind\",\"is\":\"==\",\"value\":\"kind-%u\"},"
        "{\"field\":\"zone\",\"is\":\"==\",\"value\":\"zone-%u\"},{\"field\":\"pm25\",\"is\":\">\",\"value\":%.3f}]}",
        kind, zone, threshold);
}

static void write_rules(const struct plan *plan, uint32_t from, uint32_t to, struct ioc_buffer *out)
{
    struct ioc_buffer terms = {0};
    ioc_buffer_reset(out);
    ioc_buffer_add_string(out, "owner: bench\nrules:\n");
    for (uint32_t i = from; i < to; i++) {
        ioc_buffer_addf(out, "- id: rule-%u\n  on: stream-%u\n  when: >-\n    ", i, i % plan->streams);
        size_t start = out->length;
        ioc_buffer_reset(&terms);
        write_condition(plan, out, &terms);
        if (plan->dump)
            dump_rule(plan->dump, i % plan->streams, (struct ioc_text){out->data + start, (uint32_t)(out->length - start)},
                ioc_buffer_text(&terms));
        ioc_buffer_addf(out,
            "\n  severity: minor\n  hold: 2m\n  title: {vi: 'Luật %u', en: 'Rule %u'}\n"
            "  message: {vi: '${event.station}: ${event.pm25}', en: '${event.station}: ${event.pm25}'}\n",
            i, i);
    }
    ioc_buffer_done(&terms);
}

static void load(struct stage *stage, const struct plan *plan)
{
    struct ioc_errors errors = {0};
    struct ioc_buffer text = {0};
    struct ioc_ruleset_context context = {.site = IOC_TEXT("bench"), .streams = stage->list, .stream_count = STREAMS};
    uint32_t count = (plan->rules + RULES_A_FILE - 1) / RULES_A_FILE;
    struct ioc_rulefile **files = calloc(count, sizeof(struct ioc_rulefile *));
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    double spent = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t to = (i + 1) * RULES_A_FILE < plan->rules ? (i + 1) * RULES_A_FILE : plan->rules;
        write_rules(plan, i * RULES_A_FILE, to, &text);
        double start = seconds(CLOCK_THREAD_CPUTIME_ID);
        files[i] = ioc_rulefile_parse(IOC_TEXT("rules"), ioc_buffer_text(&text), &errors);
        spent += seconds(CLOCK_THREAD_CPUTIME_ID) - start;
    }
    ioc_buffer_done(&text);
    double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    stage->ruleset = ioc_ruleset_new(&context, files, count, &errors);
    stage->load_ms = (spent + seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e3;
    if (!stage->ruleset) {
        ioc_errors_print(&errors, IOC_ENGLISH, stderr);
        exit(1);
    }
    for (uint32_t i = 0; i < count; i++)
        ioc_rulefile_free(files[i]);
    free(files);
    ioc_errors_done(&errors);
    malloc_trim(0);
    stage->bytes = (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before) / plan->rules;
    stage->residual = 0;
    struct ioc_buffer how = {0};
    for (uint32_t i = 0; i < plan->rules; i++) {
        ioc_buffer_reset(&how);
        ioc_index_describe(ioc_ruleset_index(stage->ruleset), ioc_ruleset_rule(stage->ruleset, i), &how);
        stage->residual += ioc_text_starts(ioc_buffer_text(&how), IOC_TEXT("nothing"));
    }
    ioc_buffer_done(&how);
}

static void set_text(struct ioc_draft *draft, ioc_slot slot, const char *format, uint32_t number)
{
    char text[32];
    snprintf(text, sizeof text, format, number);
    if (ioc_draft_set_text(draft, slot, ioc_text_of(text)) != IOC_OK)
        abort();
}

static void make_events(struct stage *stage, const struct plan *plan)
{
    struct ioc_draft draft = {0};
    for (uint32_t i = 0; i < ROWS; i++) {
        stage->stream_of[i] = (uint16_t)(draw(plan->streams));
        ioc_draft_begin(&draft, &stage->streams[0].schema);
        set_text(&draft, STATION, "S%u", draw(1000));
        set_text(&draft, KIND, "kind-%u", draw(KINDS));
        set_text(&draft, ZONE, "zone-%u", draw(plan->zones));
        set_text(&draft, NAME, "pole-%u", draw(100000));
        ioc_draft_set_double(&draft, PM25, (double)draw(128000) / 1000.0);
        ioc_draft_set_int(&draft, FLOW, draw(64));
        ioc_draft_set_bool(&draft, OPEN, draw(2));
        if (draw(2))
            ioc_draft_set_double(&draft, MAYBE, draw(100));
        const struct ioc_row *row = ioc_draft_row(&draft);
        void *copy = malloc(row->bytes);
        memcpy(copy, row, row->bytes);
        stage->rows[i] = copy;
    }
    ioc_draft_done(&draft);
}

/* Its condition, as a shard evaluates it on a key without an alert. */
static bool is_met(const struct ioc_rule *rule, const struct ioc_row *const *frames, struct ioc_scratch *scratch)
{
    bool value;
    if (rule->where && (ioc_program_test(rule->where, frames, scratch, &value) != IOC_OUTCOME_VALUE || !value))
        return false;
    for (int r = IOC_RUNGS; r-- > 0;) {
        if (rule->when[r] && ioc_program_test(rule->when[r], frames, scratch, &value) == IOC_OUTCOME_VALUE && value)
            return true;
    }
    return false;
}

struct figure {
    double ns, hits, chosen;
};

static struct figure judge(const struct stage *stage, uint32_t events, bool is_indexed)
{
    const struct ioc_index *index = ioc_ruleset_index(stage->ruleset);
    struct ioc_scratch *scratch = ioc_scratch_new();
    struct ioc_selection selection;
    ioc_selection_init(&selection, index);
    uint64_t hits = 0, chosen = 0;
    double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    for (uint32_t i = 0; i < events; i++) {
        const struct ioc_row *frames[IOC_FRAMES_MOST] = {[IOC_FRAME_EVENT] = stage->rows[i % ROWS]};
        uint16_t stream = stage->stream_of[i % ROWS];
        uint32_t count;
        const struct ioc_rule *const *rules = ioc_index_rules(index, stream, &count);
        if (is_indexed) {
            ioc_index_select(index, stream, frames, scratch, &selection);
            for (uint32_t place = 0; ioc_selection_take(&selection, &place); chosen++)
                hits += is_met(rules[place], frames, scratch);
        } else {
            for (uint32_t place = 0; place < count; place++, chosen++)
                hits += is_met(rules[place], frames, scratch);
        }
    }
    struct figure figure = {(seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e9 / events, (double)hits / events, (double)chosen / events};
    ioc_selection_done(&selection);
    ioc_scratch_free(scratch);
    return figure;
}

static uint32_t number_of(const struct ioc_rule *rule) /* "bench/rule-17" */
{
    return (uint32_t)strtoul(rule->id.data + strlen("bench/rule-"), NULL, 10);
}

static void dump_events(const struct stage *stage, struct dump *dump)
{
    const struct ioc_index *index = ioc_ruleset_index(stage->ruleset);
    struct ioc_scratch *scratch = ioc_scratch_new();
    struct ioc_selection selection;
    ioc_selection_init(&selection, index);
    for (uint32_t i = 0; i < ROWS; i++) {
        const struct ioc_row *frames[IOC_FRAMES_MOST] = {[IOC_FRAME_EVENT] = stage->rows[i]};
        uint32_t met[MET_MOST], count, met_count = 0;
        const struct ioc_rule *const *rules = ioc_index_rules(index, stage->stream_of[i], &count);
        ioc_index_select(index, stage->stream_of[i], frames, scratch, &selection);
        for (uint32_t place = 0; ioc_selection_take(&selection, &place);) {
            if (!is_met(rules[place], frames, scratch))
                continue;
            assert(met_count < MET_MOST);
            met[met_count++] = number_of(rules[place]);
        }
        dump_event(dump, stage->stream_of[i], stage->rows[i], met, met_count);
    }
    ioc_selection_done(&selection);
    ioc_scratch_free(scratch);
}

static struct figure best_of(const struct stage *stage, uint32_t events, bool is_indexed, int tries)
{
    struct figure best = judge(stage, events, is_indexed);
    for (int i = 1; i < tries; i++) {
        struct figure next = judge(stage, events, is_indexed);
        if (next.ns < best.ns)
            best = next;
    }
    return best;
}

static void measure(struct plan *plan, const char *directory, bool is_quick)
{
    static struct stage stage;
    stage = (struct stage){0};
    seed = 20261122;
    for (uint32_t i = 0; i < STREAMS; i++) {
        snprintf(stage.names[i], sizeof stage.names[i], "stream-%u", i);
        stage.streams[i] = (struct ioc_stream){.name = ioc_text_of(stage.names[i]), .id = (uint16_t)i,
            .schema = {.name = IOC_TEXT("stream"), .fields = fields, .count = FIELDS}, .key = {STATION}, .key_count = 1,
            .time = IOC_SLOT_NONE, .dedupe = IOC_SLOT_NONE, .clock_flag = IOC_SLOT_NONE, .range_flag = IOC_SLOT_NONE,
            .live = IOC_SLOT_NONE, .position = IOC_SLOT_NONE};
        stage.list[i] = &stage.streams[i];
    }
    struct dump dump;
    if (directory) {
        char title[64];
        snprintf(title, sizeof title, "index %c, %u rules", plan->mix, plan->rules);
        dump_open(&dump, directory, plan->name, title, &stage.streams[0].schema);
        plan->dump = &dump;
    }
    load(&stage, plan);
    make_events(&stage, plan);
    if (directory) {
        dump_events(&stage, &dump);
        dump_close(&dump);
    }
    CALLGRIND_ZERO_STATS;
    bool is_slow = is_quick || judge(&stage, ROWS, true).ns > 5000;
    struct figure indexed = best_of(&stage, is_slow ? 8 * ROWS : 128 * ROWS, true, is_quick ? 1 : TRIES);
    printf("index %c, %6u rules: %7.0f ns/event, %.2f hits, %.2f evaluated", plan->mix, plan->rules, indexed.ns, indexed.hits,
        indexed.chosen);
    if (plan->rules <= LINEAR_MOST) {
        uint32_t events = plan->rules / plan->streams > 1000 ? ROWS : 4 * ROWS;
        struct figure linear = best_of(&stage, events, false, is_quick ? 1 : 2);
        struct figure again = best_of(&stage, events, true, 1);
        printf("; one by one %8.0f ns/event", linear.ns);
        if (linear.hits != again.hits) {
            printf("\nthe two do not agree: %f and %f hits\n", linear.hits, again.hits);
            exit(1);
        }
    }
    printf("; load %.0f ms, %.0f B/rule", stage.load_ms, stage.bytes);
    if (plan->mix == 'c')
        printf("; %.1f residual rules a stream", (double)stage.residual / plan->streams);
    printf("\n");
    fflush(stdout);
    ioc_ruleset_unref(stage.ruleset);
    for (uint32_t i = 0; i < ROWS; i++)
        free((void *)stage.rows[i]);
}

int main(int argc, char **argv)
{
    bool is_quick = false;
    const char *only = NULL, *directory = NULL;
    uint32_t most = 100000;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            is_quick = true;
            most = 1000;
        } else if (strcmp(argv[i], "--most") == 0 && i + 1 < argc) {
            most = (uint32_t)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            only = argv[++i];
        } else if (strcmp(argv[i], "--dump") == 0 && i + 1 < argc) {
            directory = argv[++i];
        }
    }
    for (char mix = 'a'; mix <= 'c'; mix++) {
        for (uint32_t rules = 10; rules <= most; rules *= 10) {
            struct plan plan = make_plan(mix, rules);
            if (!only || strcmp(only, plan.name) == 0)
                measure(&plan, directory, is_quick);
        }
    }
    return 0;
}
