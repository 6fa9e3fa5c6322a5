/*
 * tests/rules/test_index.c — the index chooses every rule that could do something, and a shard does the same with and
 * without it.
 *
 * The evaluator without an index is made here only: the linker hands calls of ioc_index_select() to __wrap_…, which
 * chooses all rules of the stream while `is_linear` is set.
 */
#include "tests/rules/town.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { STATION, AT, KIND, ZONE, DEPTH, LEVEL, COUNT, OPEN, MAYBE, WORD, NAMED, FIELDS };

static bool is_linear;
void __real_ioc_index_select(const struct ioc_index *index, uint16_t stream, const struct ioc_row *const *frames, struct ioc_scratch *scratch, struct ioc_selection *selection);
void __wrap_ioc_index_select(const struct ioc_index *index, uint16_t stream, const struct ioc_row *const *frames, struct ioc_scratch *scratch, struct ioc_selection *selection);
void __wrap_ioc_index_select(const struct ioc_index *index, uint16_t stream, const struct ioc_row *const *frames, struct ioc_scratch *scratch, struct ioc_selection *selection)
{
    if (!is_linear) {
        __real_ioc_index_select(index, stream, frames, scratch, selection);
        return;
    }
    uint32_t count;
    (void)ioc_index_rules(index, stream, &count);
    for (uint32_t place = 0; place < count; place++)
        ioc_selection_add(selection, place);
}

/* ------------------------------------------------------------- chance */

static uint64_t seed;
static bool searches; /* half of the rules search in texts */
static bool has_params; /* rules have a parameter from the row that `named` names, and where the stream has no table the asset too */

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

static const char *const kinds[] = {"flood", "air", "noise", "bin", "lamp"}, *const zones[] = {"z0", "z1", "z2", "z3", "z4", "z5", "z6"},
                         *const words[] = {"ok", "bad", "", "đèn đỏ", "ok "};

static const char *pick(const char *const *list, uint32_t count)
{
    return list[draw(count)];
}
#define PICK(list) pick(list, sizeof list / sizeof *list)

static void write_number(struct ioc_buffer *out)
{
    if (draw(8) == 0)
        ioc_buffer_add_string(out, "-2.5");
    else
        ioc_buffer_addf(out, "%u.%u", draw(12), draw(2) * 5);
}

static void write_search(struct ioc_buffer *out)
{
    static const char *const sought[] = {"a", "o", "in", "bin", "i", "r", "oo", "lam", "se", "air", "flood", "z"},
                             *const ends[] = {"z1", "2", "z", "1", "z2", "3"};
    switch (draw(4)) {
    case 0: ioc_buffer_addf(out, "event.kind.contains('%s')", PICK(sought)); break;
    case 1: ioc_buffer_addf(out, "event.kind.startsWith('%s')", PICK(sought)); break;
    case 2: ioc_buffer_addf(out, "event.zone.endsWith('%s')", PICK(ends)); break;
    default: ioc_buffer_addf(out, "event.word.contains('%s')", draw(2) ? "đ" : "k"); break;
    }
}

static void write_atom(struct ioc_buffer *out)
{
    static const char *const comparisons[] = {"<", "<=", ">", ">=", "==", "!="};
    const char *comparison = PICK(comparisons);
    switch (draw(20)) {
    case 0: ioc_buffer_addf(out, "event.kind == '%s'", PICK(kinds)); break;
    case 1: ioc_buffer_addf(out, "event.zone == '%s'", PICK(zones)); break;
    case 2: ioc_buffer_addf(out, "event.zone in ['%s', '%s', '%s']", PICK(zones), PICK(zones), PICK(zones)); break;
    case 3:
        ioc_buffer_addf(out, "event.depth %s ", comparison);
        write_number(out);
        break;
    case 4: ioc_buffer_addf(out, "%d %s event.level", (int)draw(12) - 3, comparison); break;
    case 5: ioc_buffer_addf(out, "event.level in [%u, %u]", draw(8), draw(8)); break;
    case 6: ioc_buffer_addf(out, "event.count %s %uu", comparison, draw(9)); break;
    case 7: ioc_buffer_add_string(out, draw(2) ? "event.open" : "!event.open"); break;
    case 8:
        ioc_buffer_addf(out, "event.maybe %s ", comparison);
        write_number(out);
        break;
    case 9: ioc_buffer_addf(out, "event.word %s '%s'", draw(2) ? "==" : "!=", PICK(words)); break;
    case 10: ioc_buffer_add_string(out, draw(2) ? "has(event.maybe)" : "has(event.word)"); break;
    case 11: ioc_buffer_addf(out, "10 / event.level %s %d", comparison, (int)draw(12) - 4); break; /* fails at 0 */
    case 12: ioc_buffer_addf(out, "event.depth * 2.0 + 1.0 %s %u.0", comparison, draw(20)); break;
    case 13: ioc_buffer_addf(out, "asset.name %s 'Kênh Tẻ'", draw(2) ? "==" : "!="); break;
    case 14: ioc_buffer_addf(out, "event.depth %s %s", comparison, has_params && draw(2) ? "limit" : "asset.limit_cm"); break;
    case 15: write_search(out); break;
    case 16: ioc_buffer_addf(out, "(event.open ? event.depth : event.depth + 5.0) %s %u.0", comparison, draw(12)); break;
    case 17: ioc_buffer_addf(out, "event.?maybe.orValue(%u.0) %s %u.0", draw(6), comparison, draw(6)); break;
    case 18: ioc_buffer_addf(out, "event.?word.orValue('%s') == '%s'", PICK(words), PICK(words)); break;
    default: ioc_buffer_addf(out, "last.depth %s %u.0", comparison, draw(12)); break;
    }
}

static void write_condition(struct ioc_buffer *out, uint32_t depth)
{
    uint32_t what = depth == 0 ? 9 : draw(10);
    if (what >= 6) {
        write_atom(out);
        return;
    }
    if (what == 5)
        ioc_buffer_add_char(out, '!');
    ioc_buffer_add_char(out, '(');
    uint32_t count = 2 + draw(2);
    const char *joint = draw(3) ? " && " : " || ";
    for (uint32_t i = 0; i < count; i++) {
        ioc_buffer_add_string(out, i ? joint : "");
        write_condition(out, depth - 1);
    }
    ioc_buffer_add_char(out, ')');
}

/* A ladder on one number, as floods have it. */
static void write_ladder(struct ioc_buffer *out)
{
    uint32_t low = draw(6);
    ioc_buffer_addf(out, "  severity: {critical: event.depth > %u.0, major: event.depth > %u.0 && event.open, minor: event.depth > %u.0",
        low + 6, low + 3, low);
    ioc_buffer_add_string(out, "}\n");
}

static void write_rule(struct ioc_buffer *out, uint32_t number)
{
    static const char *const missing[] = {"keep", "clear", "raise"}, *const severities[] = {"warning", "minor", "major", "critical"},
                             *const holds[] = {"0s", "20s", "{readings: 2}", "{for: 10s, readings: 3}"};
    ioc_buffer_addf(out, "- id: rule-%03u\n  on: things\n  on_missing: %s\n  hold: %s\n  ack: none\n  message: '${event.depth}'\n", number,
        PICK(missing), PICK(holds));
    if (has_params)
        ioc_buffer_add_string(out, "  params: {from: stations, by: named, limit: {column: limit_cm}}\n");
    if (draw(3) == 0) {
        ioc_buffer_add_string(out, "  where: \"");
        write_condition(out, 1);
        ioc_buffer_add_string(out, "\"\n");
    }
    if (draw(4) == 0) {
        ioc_buffer_add_string(out, "  clear: {when: \"");
        write_condition(out, 1);
        ioc_buffer_addf(out, "\", hold: %us}\n", draw(3) * 10);
    }
    if (draw(5) == 0) {
        write_ladder(out);
        return;
    }
    ioc_buffer_addf(out, "  severity: %s\n  when: \"", PICK(severities));
    if (searches && draw(2)) {
        write_search(out);
        ioc_buffer_add_string(out, draw(3) ? "" : " && 10 / event.level > 2");
    } else {
        write_condition(out, 2);
    }
    ioc_buffer_add_string(out, "\"\n");
}

/* ------------------------------------------------------------- a town with many fields */

static struct ioc_field fields[FIELDS] = {
    [STATION] = {.name = {"station", 7}, .type = IOC_STRING, .decimals = -1},
    [AT] = {.name = {"at", 2}, .type = IOC_TIMESTAMP, .decimals = -1},
    [KIND] = {.name = {"kind", 4}, .type = IOC_STRING, .decimals = -1},
    [ZONE] = {.name = {"zone", 4}, .type = IOC_STRING, .decimals = -1},
    [DEPTH] = {.name = {"depth", 5}, .type = IOC_DOUBLE, .decimals = 1},
    [LEVEL] = {.name = {"level", 5}, .type = IOC_INT, .decimals = -1},
    [COUNT] = {.name = {"count", 5}, .type = IOC_UINT, .decimals = -1},
    [OPEN] = {.name = {"open", 4}, .type = IOC_BOOL, .decimals = -1},
    [MAYBE] = {.name = {"maybe", 5}, .type = IOC_DOUBLE, .decimals = -1, .is_optional = true},
    [WORD] = {.name = {"word", 4}, .type = IOC_STRING, .decimals = -1, .is_optional = true},
    [NAMED] = {.name = {"named", 5}, .type = IOC_STRING, .decimals = -1, .is_optional = true},
};

static void open_town(struct town *town)
{
    town_open(town);
    town->stream.name = town->stream.kind = IOC_TEXT("things");
    town->stream.schema = (struct ioc_schema){.name = IOC_TEXT("things"), .fields = fields, .count = FIELDS};
    town->stream.key[0] = STATION;
    town->stream.time = AT;
    town->stream.clock_flag = town->stream.live = IOC_SLOT_NONE;
    town->stream.interval = IOC_MINUTE;
    town->stream.stale_after = 3 * IOC_MINUTE;
}

static void open_any_town(struct town *town)
{
    open_town(town);
    has_params = draw(2);
    town->stream.asset = has_params && draw(2) ? NULL : town->stations;
}

static struct ioc_ruleset *random_rules(struct town *town, uint32_t count)
{
    struct ioc_buffer text = {0};
    ioc_buffer_add_string(&text, "owner: test\nrules:\n");
    searches = draw(3) == 0;
    for (uint32_t i = 0; i < count; i++)
        write_rule(&text, i);
    ioc_buffer_add_char(&text, '\0');
    struct ioc_ruleset *ruleset = town_rules(town, text.data);
    if (!ruleset) {
        ioc_errors_print(&town->errors, IOC_ENGLISH, stderr);
        fputs(text.data, stderr);
    }
    assert_non_null(ruleset);
    ioc_buffer_done(&text);
    return ruleset;
}

static void draft_event(const struct town *town, struct ioc_draft *draft, ioc_time time)
{
    static const double depths[] = {0, 2.5, 3, 5, 5.5, 7, 9, 11, -2.5, 100};
    char station[8];
    snprintf(station, sizeof station, "S%u", 1 + draw(3)); /* S3 has no row in the table */
    ioc_draft_begin(draft, &town->stream.schema);
    assert_int_equal(ioc_draft_set_text(draft, STATION, ioc_text_of(station)), IOC_OK);
    ioc_draft_set_int(draft, AT, time);
    assert_int_equal(ioc_draft_set_text(draft, KIND, ioc_text_of(PICK(kinds))), IOC_OK);
    assert_int_equal(ioc_draft_set_text(draft, ZONE, ioc_text_of(draw(9) ? PICK(zones) : "elsewhere")), IOC_OK);
    ioc_draft_set_double(draft, DEPTH, draw(20) ? depths[draw(10)] : draw(2) ? NAN : INFINITY);
    ioc_draft_set_int(draft, LEVEL, (int64_t)draw(12) - 3);
    ioc_draft_set_uint(draft, COUNT, draw(9));
    ioc_draft_set_bool(draft, OPEN, draw(2));
    if (draw(2))
        ioc_draft_set_double(draft, MAYBE, depths[draw(10)]);
    if (draw(2))
        assert_int_equal(ioc_draft_set_text(draft, WORD, ioc_text_of(PICK(words))), IOC_OK);
    if (draw(4))
        assert_int_equal(ioc_draft_set_text(draft, NAMED, ioc_text_of(draw(2) ? "S1" : "S2")), IOC_OK);
}

/* ------------------------------------------------------------- what is chosen */

/* Does the rule do anything on a key without an alert?  Errors count: they are seen. */
static bool does_something(const struct ioc_rule *rule, const struct ioc_row *const *frames, struct ioc_scratch *scratch)
{
    bool value = true, may_raise = false;
    enum ioc_outcome where = rule->where ? ioc_program_test(rule->where, frames, scratch, &value) : IOC_OUTCOME_VALUE;
    if (where == IOC_OUTCOME_MISSING || (where == IOC_OUTCOME_VALUE && !value))
        return false;
    for (int r = 0; r < IOC_RUNGS; r++) {
        if (!rule->when[r])
            continue;
        enum ioc_outcome outcome = ioc_program_test(rule->when[r], frames, scratch, &value);
        may_raise |= outcome == IOC_OUTCOME_ERROR || (outcome == IOC_OUTCOME_VALUE && value) ||
                     (outcome == IOC_OUTCOME_MISSING && (rule->on_missing == IOC_MISSING_RAISE || where == IOC_OUTCOME_ERROR));
    }
    return may_raise;
}

static struct ioc_text describe(struct ioc_ruleset *ruleset, struct ioc_text id)
{
    static struct ioc_buffer text;
    ioc_buffer_reset(&text);
    uint32_t found = ioc_ruleset_find(ruleset, id);
    assert_int_not_equal(found, UINT32_MAX);
    ioc_index_describe(ioc_ruleset_index(ruleset), ioc_ruleset_rule(ruleset, found), &text);
    ioc_buffer_add_char(&text, '\0');
    return (struct ioc_text){text.data, (uint32_t)text.length - 1};
}

static void every_rule_that_could_do_something_is_chosen(void **state)
{
    struct ioc_scratch *scratch = ioc_scratch_new();
    struct ioc_draft draft = {0};
    uint64_t chosen = 0, useful = 0, all = 0;
    for (uint32_t round = 0; round < 60; round++) {
        struct town town;
        seed = round + 1;
        open_any_town(&town);
        struct ioc_ruleset *ruleset = random_rules(&town, 1 + draw(60));
        const struct ioc_index *index = ioc_ruleset_index(ruleset);
        struct ioc_selection selection;
        ioc_selection_init(&selection, index);
        uint32_t count;
        const struct ioc_rule *const *rules = ioc_index_rules(index, 0, &count);
        for (uint32_t i = 0; i < 200; i++) {
            draft_event(&town, &draft, IOC_SECOND);
            const struct ioc_row *row = ioc_draft_row(&draft);
            uint32_t station = row ? draw(3) : 0;
            const struct ioc_row *frames[IOC_FRAMES_MOST] = {[IOC_FRAME_EVENT] = row, [IOC_FRAME_LAST] = draw(2) ? row : NULL,
                [IOC_FRAME_ASSET] = station < 2 ? ioc_reference_row(town.stations, station) : NULL};
            ioc_index_select(index, 0, frames, scratch, &selection);
            uint32_t next = 0;
            bool has_next = ioc_selection_take(&selection, &next);
            for (uint32_t place = 0; place < count; place++) {
                bool is_chosen = has_next && next == place;
                bool is_useful = does_something(rules[place], frames, scratch);
                if (is_useful && !is_chosen) {
                    struct ioc_text how = describe(ruleset, rules[place]->id);
                    fail_msg("round %u: %.*s is not chosen; it looks up %s", round, IOC_TEXT_ARGS(rules[place]->id), how.data);
                }
                chosen += is_chosen;
                useful += is_useful;
                all++;
                if (is_chosen) {
                    next++;
                    has_next = ioc_selection_take(&selection, &next);
                }
            }
            assert_false(has_next);
        }
        ioc_selection_done(&selection);
        ioc_ruleset_unref(ruleset);
        town_close(&town);
    }
    assert_true(useful > all / 20); /* the rules do fire */
    assert_true(chosen < all * 3 / 4); /* and the index does choose */
    ioc_draft_done(&draft);
    ioc_scratch_free(scratch);
}

/* ------------------------------------------------------------- whole shards */

struct side {
    struct ioc_outlet outlet;
    struct ioc_shard *shard;
    struct ioc_buffer said;
    uint64_t transitions;
};

static void keep_transition(struct ioc_outlet *outlet, const struct ioc_transition *transition)
{
    struct side *side = (struct side *)outlet;
    side->transitions++;
    ioc_transition_pack(transition, &side->said);
}

static void keep_entity(struct ioc_outlet *outlet, const struct ioc_entity *entity)
{
    ioc_entity_pack(entity, &((struct side *)outlet)->said);
}

static void keep_result(struct ioc_outlet *outlet, const struct ioc_result *result) {}

static void open_side(struct side *side, const struct town *town, struct ioc_ruleset *ruleset)
{
    *side = (struct side){.outlet = {keep_transition, keep_entity, keep_result}};
    side->shard = ioc_shard_new(&(struct ioc_shard_options){.site = IOC_TEXT("town"), .streams = town->streams, .stream_count = 1,
        .ruleset = ruleset});
}

static void play(struct side *side, bool linear, const struct ioc_record *record)
{
    is_linear = linear;
    ioc_shard_apply(side->shard, record, &side->outlet);
    ioc_shard_publish(side->shard, &side->outlet);
    is_linear = false;
}

static void make_record(struct town *town, struct ioc_draft *draft, ioc_time now, uint64_t offset, struct ioc_buffer *record)
{
    static struct ioc_buffer sealed;
    struct ioc_record header = {.kind = IOC_RECORD_EVENT, .stamp = now, .offset = offset};
    draft_event(town, draft, now);
    ioc_buffer_reset(&sealed);
    ioc_buffer_reset(record);
    assert_int_equal(ioc_event_seal(draft, &town->stream, now, now, 0, &sealed), IOC_OK);
    assert_int_equal(ioc_record_add(record, &header, sealed.data, (uint32_t)sealed.length), IOC_OK);
}

static void assert_same(const struct side *a, const struct side *b, uint32_t round, uint64_t offset)
{
    if (a->said.length != b->said.length || memcmp(a->said.data, b->said.data, a->said.length) != 0)
        fail_msg("round %u: the two shards differ after record %llu", round, (unsigned long long)offset);
    struct ioc_shard_counts x, y;
    ioc_shard_count(a->shard, &x);
    ioc_shard_count(b->shard, &y);
    assert_int_equal(x.errors, y.errors);
    assert_int_equal(x.raised, y.raised);
    assert_int_equal(x.cleared, y.cleared);
    assert_int_equal(x.transitions, y.transitions);
}

static void a_shard_does_the_same_with_and_without_the_index(void **state)
{
    uint64_t transitions = 0;
    for (uint32_t round = 0; round < 40; round++) {
        struct town town;
        struct side with, without;
        struct ioc_draft draft = {0};
        struct ioc_buffer record = {0};
        seed = 1000 + round;
        open_any_town(&town);
        struct ioc_ruleset *ruleset = random_rules(&town, 1 + draw(40)), *edited = NULL;
        open_side(&with, &town, ruleset);
        open_side(&without, &town, ruleset);
        ioc_time now = 1790000000 * IOC_SECOND;
        for (uint64_t offset = 1; offset <= 300; offset++) {
            now += (ioc_span)draw(8) * IOC_SECOND + (draw(60) == 0 ? 5 * IOC_MINUTE : 0);
            if (offset == 150) { /* other rules, some of the same names */
                struct ioc_record reload = {.kind = IOC_RECORD_RELOAD, .stamp = now, .offset = offset};
                edited = random_rules(&town, 1 + draw(40));
                ioc_shard_reload(with.shard, edited, &reload, &with.outlet);
                ioc_shard_reload(without.shard, edited, &reload, &without.outlet);
            }
            make_record(&town, &draft, now, offset, &record);
            play(&with, false, (const struct ioc_record *)record.data);
            play(&without, true, (const struct ioc_record *)record.data);
            assert_same(&with, &without, round, offset);
            ioc_buffer_reset(&with.said);
            ioc_buffer_reset(&without.said);
        }
        transitions += with.transitions;
        ioc_shard_free(with.shard);
        ioc_shard_free(without.shard);
        ioc_buffer_done(&with.said);
        ioc_buffer_done(&without.said);
        ioc_buffer_done(&record);
        ioc_draft_done(&draft);
        ioc_ruleset_unref(ruleset);
        ioc_ruleset_unref(edited);
        town_close(&town);
    }
    assert_true(transitions > 5000);
}

/* ------------------------------------------------------------- what it looks up */

static void it_says_what_it_looks_up(void **state)
{
    struct town town;
    open_town(&town);
    struct ioc_ruleset *ruleset = town_rules(&town, "owner: t\nrules:\n"
        "- {id: a, on: things, severity: minor, message: m, when: 'event.kind == \"air\" && event.depth > 5.0 && event.depth <= 7.0'}\n"
        "- {id: b, on: things, severity: minor, message: m, when: 'event.depth * 2.0 > 5.0'}\n"
        "- {id: c, on: things, message: m, severity: {critical: event.depth > 30.0, major: event.depth > 15.0, minor: event.depth > 5.0}}\n"
        "- {id: d, on: things, severity: minor, message: m, where: 'asset.name == \"x\"', when: 'event.level > 3 || event.open'}\n"
        "- {id: e, on: things, severity: minor, message: m, when: 'event.maybe > 3.0', on_missing: raise}\n"
        "- {id: g, on: things, severity: minor, message: m, when: 'event.kind.startsWith(\"a\")'}\n"
        "- {id: h, on: things, severity: minor, message: m, when: 'event.kind.startsWith(\"b\") && event.depth * 2.0 > 5.0'}\n"
        "- {id: i, on: things, severity: minor, message: m, when: 'event.kind.startsWith(\"đ\")'}\n"
        "- {id: j, on: things, severity: minor, message: m, when: 'event.?maybe.orValue(100.0) < 15.0', on_missing: raise}\n"
        "- {id: k, on: things, severity: minor, message: m, when: 'event.?maybe.orValue(0.0) < 15.0'}\n"
        "- {id: f, on: things, severity: minor, message: m, when: 'event.kind == \"air\" && event.kind in []'}\n");
    assert_non_null(ruleset);
    assert_string_equal(describe(ruleset, IOC_TEXT("t/a")).data, "event.kind; event.depth in 5 – 7");
    assert_string_equal(describe(ruleset, IOC_TEXT("t/b")).data, "nothing: judged on every event of the stream");
    assert_string_equal(describe(ruleset, IOC_TEXT("t/c")).data, "event.depth in 5 – …");
    assert_string_equal(describe(ruleset, IOC_TEXT("t/d")).data, "asset.name; event.level in 3 – … or asset.name");
    assert_string_equal(describe(ruleset, IOC_TEXT("t/h")).data, "event.kind starts with \"b\"");
    assert_string_equal(describe(ruleset, IOC_TEXT("t/i")).data, "event.kind starts with \"đ\"");
    assert_string_equal(describe(ruleset, IOC_TEXT("t/j")).data, "event.maybe in … – 15");
    assert_string_equal(describe(ruleset, IOC_TEXT("t/k")).data, "nothing: judged on every event of the stream");
    assert_string_equal(describe(ruleset, IOC_TEXT("t/e")).data, "nothing: judged on every event of the stream");
    ioc_ruleset_unref(ruleset);
    town_close(&town);
}

static void a_rule_that_is_off_looks_up_nothing_and_is_never_chosen(void **state)
{
    struct town town;
    open_town(&town);
    for (int alone = 0; alone < 2; alone++) {
        struct ioc_ruleset *ruleset = town_rules(&town, alone
            ? "owner: t\nrules:\n- {id: a, on: things, mode: off, severity: minor, message: m, when: 'event.open'}\n"
            : "owner: t\nrules:\n- {id: a, on: things, mode: off, severity: minor, message: m, when: 'event.open'}\n"
              "- {id: b, on: things, mode: shadow, severity: minor, message: m, when: 'event.open'}\n");
        assert_non_null(ruleset);
        assert_string_equal(describe(ruleset, IOC_TEXT("t/a")).data, "nothing: the rule is off");
        uint32_t count;
        (void)ioc_index_rules(ioc_ruleset_index(ruleset), 0, &count);
        assert_int_equal(count, !alone);
        ioc_ruleset_unref(ruleset);
    }
    town_close(&town);
}

static void places_come_out_in_order_and_once(void **state)
{
    struct ioc_selection selection = {.capacity = 70001, .words = ioc_memory_take((70001 / 64 + 1) * 8), .summary = ioc_memory_take((70001 / 4096 + 1) * 8)};
    uint32_t places[] = {70000, 3, 4096, 63, 64, 3, 0, 69999};
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            ioc_selection_add(&selection, places[i]);
        const uint32_t wanted[] = {0, 3, 63, 64, 4096, 69999, 70000};
        uint32_t place = 0;
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
            assert_true(ioc_selection_take(&selection, &place));
            assert_int_equal(place, wanted[i]);
        }
        place = 0;
        assert_false(ioc_selection_take(&selection, &place));
    }
    ioc_selection_done(&selection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_come_out_in_order_and_once),
        cmocka_unit_test(it_says_what_it_looks_up),
        cmocka_unit_test(a_rule_that_is_off_looks_up_nothing_and_is_never_chosen),
        cmocka_unit_test(every_rule_that_could_do_something_is_chosen),
        cmocka_unit_test(a_shard_does_the_same_with_and_without_the_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
