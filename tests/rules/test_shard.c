/*
 * tests/rules/test_shard.c — the shard as a pure state machine: properties on random cities.
 */
#include "core/arena.h"
#include "tests/rules/town.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char rules_text[] =
    "owner: drainage\nrules:\n"
    "- {id: deep, on: street_depth, when: event.depth_cm > 50, severity: major, hold: 90s}\n"
    "- {id: wet, on: street_depth, severity: {critical: event.depth_cm > 70, minor: event.depth_cm > 30, deadband: 4},"
    " hold: {for: 1m, readings: 2}, clear: {when: event.depth_cm < 20, hold: 3m}}\n"
    "- {id: rising, on: street_depth, when: has(last.depth_cm) && event.depth_cm > last.depth_cm + 20.0, severity: warning, ack: none}\n"
    "- {id: own, on: street_depth, params: {from: stations, by: station, limit: {column: limit_cm, default: 40}},"
    " when: event.depth_cm > limit, severity: minor, message: '${asset.name}: ${event.depth_cm}'}\n";

struct witness { /* everything that came out, as bytes */
    struct ioc_outlet outlet;
    struct ioc_buffer bytes, scratch;
    uint32_t transitions, results;
    bool keeps_offsets;
    struct ioc_result result;
};

static struct witness *witness_of(struct ioc_outlet *outlet)
{
    return (struct witness *)outlet;
}

static void see_transition(struct ioc_outlet *outlet, const struct ioc_transition *transition)
{
    struct witness *witness = witness_of(outlet);
    struct ioc_transition copy = *transition;
    if (!witness->keeps_offsets)
        copy.offset = 0;
    ioc_transition_json(&copy, &witness->bytes);
    ioc_buffer_add_char(&witness->bytes, '\n');
    witness->transitions++;
}

static void see_entity(struct ioc_outlet *outlet, const struct ioc_entity *entity)
{
}

static void see_result(struct ioc_outlet *outlet, const struct ioc_result *result)
{
    witness_of(outlet)->results++;
    witness_of(outlet)->result = *result;
}

static void begin(struct witness *witness)
{
    *witness = (struct witness){.outlet = {see_transition, see_entity, see_result}};
}

static void end(struct witness *witness)
{
    ioc_buffer_done(&witness->bytes);
    ioc_buffer_done(&witness->scratch);
}

static struct ioc_shard *make_shard(struct town *town, struct ioc_ruleset *ruleset)
{
    return ioc_shard_new(&(struct ioc_shard_options){.site = town->context.site, .streams = town->streams, .stream_count = 1, .ruleset = ruleset});
}

static const ioc_time start = 1767574800 * IOC_SECOND;

/* A random walk of depths at some stations, in engine time order, with gaps, repeats and disorder. */
struct walk {
    struct {
        char station[4];
        ioc_time stamp, time;
        double depth;
    } steps[3000];
    int count;
};

static void make_walk(struct walk *walk, unsigned seed)
{
    srand(seed);
    ioc_time now = start;
    double depth[8] = {0};
    walk->count = 3000;
    for (int i = 0; i < walk->count; i++) {
        int station = rand() % 8;
        now += (ioc_span)(rand() % (rand() % 20 ? 20 : 900)) * IOC_SECOND / 2;
        depth[station] += rand() % 41 - 20;
        depth[station] = depth[station] < 0 ? 0 : depth[station] > 90 ? 90 : depth[station];
        snprintf(walk->steps[i].station, 4, "S%d", station);
        walk->steps[i].stamp = now;
        walk->steps[i].time = now - (rand() % 10 ? 0 : (ioc_span)(rand() % 60) * IOC_SECOND);
        walk->steps[i].depth = depth[station];
    }
}

static void play(struct town *town, const struct walk *walk, struct witness *witness, bool has_ticks, unsigned seed)
{
    struct ioc_ruleset *ruleset = town_rules(town, rules_text);
    struct ioc_shard *shard = make_shard(town, ruleset);
    uint64_t offset = 0;
    ioc_time before = start;
    srand(seed);
    for (int i = 0; i < walk->count; i++) {
        for (int ticks = has_ticks ? rand() % 4 : 0; ticks > 0; ticks--) {
            before += (walk->steps[i].stamp - before) / (1 + rand() % 3);
            struct ioc_record tick = {.bytes = sizeof tick, .kind = IOC_RECORD_TICK, .stamp = before, .offset = ++offset};
            ioc_shard_apply(shard, &tick, &witness->outlet);
        }
        before = walk->steps[i].stamp;
        ioc_shard_apply(shard, town_reading(town, walk->steps[i].station, walk->steps[i].time, walk->steps[i].depth, before, ++offset), &witness->outlet);
    }
    ioc_shard_free(shard);
    ioc_ruleset_unref(ruleset);
}

static void the_same_records_give_the_same_outputs(void **state)
{
    static struct walk walk;
    for (unsigned seed = 1; seed <= 5; seed++) {
        struct witness first, second;
        struct town town, other;
        town_open(&town);
        town_open(&other);
        begin(&first);
        begin(&second);
        make_walk(&walk, seed);
        first.keeps_offsets = second.keeps_offsets = true;
        play(&town, &walk, &first, true, seed);
        play(&other, &walk, &second, true, seed);
        assert_true(first.transitions > 100);
        assert_int_equal(first.bytes.length, second.bytes.length);
        assert_memory_equal(first.bytes.data, second.bytes.data, first.bytes.length);
        end(&first);
        end(&second);
        town_close(&town);
        town_close(&other);
    }
}

static void idle_ticks_change_nothing(void **state)
{
    static struct walk walk;
    for (unsigned seed = 1; seed <= 5; seed++) {
        struct witness with, without;
        struct town town;
        town_open(&town);
        begin(&with);
        begin(&without);
        make_walk(&walk, seed);
        play(&town, &walk, &with, true, seed);
        play(&town, &walk, &without, false, seed);
        assert_int_equal(with.bytes.length, without.bytes.length);
        assert_memory_equal(with.bytes.data, without.bytes.data, with.bytes.length);
        end(&with);
        end(&without);
        town_close(&town);
    }
}

/* Every alert's transitions: sequence without gaps, each from the state that the last one led to. */
static void every_alert_has_an_unbroken_history(void **state)
{
    static struct walk walk;
    struct witness witness;
    struct town town;
    town_open(&town);
    begin(&witness);
    make_walk(&walk, 11);
    play(&town, &walk, &witness, true, 11);
    struct ioc_text rest = ioc_buffer_text(&witness.bytes), line;
    static struct history {
        char id[32], state[8];
        unsigned seq;
    } known[20000];
    int count = 0;
    while (ioc_text_split(&rest, '\n', &line) && line.length) {
        char id[32], from[8], to[8];
        unsigned seq;
        char text[4096];
        snprintf(text, sizeof text, "%.*s", IOC_TEXT_ARGS(line));
        assert_int_equal(sscanf(text, "{\"id\":\"%28s\",\"seq\":%u", id, &seq), 2);
        id[28] = 0;
        assert_int_equal(sscanf(strstr(text, "\"from\":\"") + 8, "%7[A-Z]", from), 1);
        assert_int_equal(sscanf(strstr(text, "\"state\":\"") + 9, "%7[A-Z]", to), 1);
        int i = 0;
        while (i < count && strcmp(known[i].id, id) != 0)
            i++;
        if (i == count) {
            assert_true(count < 20000);
            strcpy(known[count].id, id);
            strcpy(known[count].state, "NORM");
            known[count++].seq = 0;
        } else {
            assert_string_not_equal(known[i].state, "NORM"); /* an id is never used again */
        }
        assert_int_equal(seq, known[i].seq + 1);
        assert_string_equal(from, known[i].state);
        strcpy(known[i].state, to);
        known[i].seq = seq;
    }
    assert_true(count > 50);
    end(&witness);
    town_close(&town);
}

static void a_backlog_decides_as_it_would_have_live(void **state)
{
    /* The same readings live (a stamp each) and as a backlog (all stamps at the end): the same raises and
     * clears at the same key times. */
    struct town town;
    struct witness live, late;
    town_open(&town);
    begin(&live);
    begin(&late);
    const double depths[] = {5, 35, 36, 75, 76, 77, 40, 25, 15, 14, 13, 12, 11, 10};
    struct ioc_ruleset *ruleset = town_rules(&town, rules_text);
    struct ioc_shard *a = make_shard(&town, ruleset), *b = make_shard(&town, ruleset);
    for (int i = 0; i < 14; i++) {
        ioc_time time = start + i * IOC_MINUTE;
        ioc_shard_apply(a, town_reading(&town, "S1", time, depths[i], time, (uint64_t)i + 1), &live.outlet);
        ioc_shard_apply(b, town_reading(&town, "S1", time, depths[i], start + IOC_HOUR, (uint64_t)i + 1), &late.outlet);
    }
    struct ioc_text rests[2] = {ioc_buffer_text(&live.bytes), ioc_buffer_text(&late.bytes)}, lines[2];
    int compared = 0;
    while (ioc_text_split(&rests[0], '\n', &lines[0]) && ioc_text_split(&rests[1], '\n', &lines[1]) && lines[0].length) {
        const char *keys[] = {"\"id\":", "\"seq\":", "\"state\":", "\"key_time\":", "\"sev\":"};
        for (int k = 0; k < 5; k++) {
            const char *x = memmem(lines[0].data, lines[0].length, keys[k], strlen(keys[k]));
            const char *y = memmem(lines[1].data, lines[1].length, keys[k], strlen(keys[k]));
            assert_non_null(x);
            assert_non_null(y);
            size_t length = strcspn(x, ",}");
            assert_memory_equal(x, y, length + 1);
        }
        compared++;
    }
    assert_int_equal(live.transitions, late.transitions);
    assert_int_equal(compared, live.transitions);
    assert_true(compared >= 10);
    ioc_shard_free(a);
    ioc_shard_free(b);
    ioc_ruleset_unref(ruleset);
    end(&live);
    end(&late);
    town_close(&town);
}

static void a_reload_keeps_alerts_of_rules_that_stay_and_ends_those_of_removed_ones(void **state)
{
    struct town town;
    struct witness witness;
    town_open(&town);
    begin(&witness);
    struct ioc_ruleset *old = town_rules(&town, "owner: d\nrules:\n- {id: a, on: street_depth, when: event.depth_cm > 50, severity: minor}\n"
                                                "- {id: b, on: street_depth, when: event.depth_cm > 50, severity: minor}\n"
                                                "- {id: c, on: street_depth, when: event.depth_cm > 90, severity: minor}\n");
    struct ioc_ruleset *new = town_rules(&town, "owner: d\nrules:\n- {id: a0, on: street_depth, when: event.depth_cm > 95, severity: minor}\n"
                                                "- {id: b, on: street_depth, when: event.depth_cm > 40, severity: minor, message: changed}\n"
                                                "- {id: c, on: street_depth, when: event.depth_cm > 55, severity: minor}\n");
    struct ioc_shard *shard = make_shard(&town, old);
    ioc_shard_apply(shard, town_reading(&town, "S1", start, 60, start, 1), &witness.outlet);
    assert_int_equal(witness.transitions, 2);
    ioc_buffer_reset(&witness.bytes);
    struct ioc_record reload = {.bytes = sizeof reload, .kind = IOC_RECORD_RELOAD, .stamp = start + IOC_SECOND, .offset = 2};
    ioc_shard_reload(shard, new, &reload, &witness.outlet);
    assert_int_equal(witness.transitions, 4);
    char text[8192];
    snprintf(text, sizeof text, "%.*s", IOC_TEXT_ARGS(ioc_buffer_text(&witness.bytes)));
    assert_non_null(strstr(text, "\"rule\":\"d/a\""));
    assert_non_null(strstr(text, "\"cause\":\"reload\""));
    assert_non_null(strstr(text, "\"rule\":\"d/c\""));
    assert_null(strstr(text, "\"rule\":\"d/b\""));
    struct ioc_shard_counts counts;
    ioc_shard_count(shard, &counts);
    assert_int_equal(counts.alerts, 2);
    ioc_shard_free(shard);
    ioc_ruleset_unref(old);
    ioc_ruleset_unref(new);
    end(&witness);
    town_close(&town);
}

static void a_command_is_carried_out_once(void **state)
{
    struct town town;
    struct witness witness;
    town_open(&town);
    begin(&witness);
    struct ioc_ruleset *ruleset = town_rules(&town, "owner: d\nrules:\n- {id: a, on: street_depth, when: event.depth_cm > 50, severity: major}\n");
    struct ioc_shard *shard = make_shard(&town, ruleset);
    struct ioc_record *reading = town_reading(&town, "S1", start, 60, start, 1);
    ioc_shard_apply(shard, reading, &witness.outlet);
    char id[32];
    assert_int_equal(sscanf(witness.bytes.data, "{\"id\":\"%28s\"", id), 1);
    struct ioc_command command = {.op = IOC_COMMAND_ACKNOWLEDGE, .id = IOC_TEXT("c1"), .alert = {id, 28}, .user = IOC_TEXT("local:an"),
        .issued_at = start, .expires_at = start + 30 * IOC_SECOND, .until = IOC_TIME_NONE, .seq_seen = 1};
    struct ioc_buffer packed = {0}, batch = {0};
    ioc_command_pack(&command, &packed);
    struct ioc_record header = {.kind = IOC_RECORD_COMMAND, .stamp = start + IOC_SECOND, .offset = 2};
    assert_int_equal(ioc_record_add(&batch, &header, packed.data, (uint32_t)packed.length), IOC_OK);
    ioc_shard_apply(shard, (struct ioc_record *)batch.data, &witness.outlet);
    assert_true(witness.result.is_done);
    ioc_shard_apply(shard, (struct ioc_record *)batch.data, &witness.outlet);
    assert_false(witness.result.is_done);
    assert_int_equal(witness.results, 2);
    assert_int_equal(witness.transitions, 2);
    ioc_buffer_done(&packed);
    ioc_buffer_done(&batch);
    ioc_shard_free(shard);
    ioc_ruleset_unref(ruleset);
    end(&witness);
    town_close(&town);
}

static void keys_over_the_limit_are_refused_and_counted(void **state)
{
    struct town town;
    struct witness witness;
    struct ioc_shard_counts counts;
    town_open(&town);
    begin(&witness);
    struct ioc_ruleset *ruleset = town_rules(&town, rules_text);
    struct ioc_shard *shard = ioc_shard_new(&(struct ioc_shard_options){.site = town.context.site, .streams = town.streams,
        .stream_count = 1, .ruleset = ruleset, .keys_most = 10});
    for (int i = 0; i < 25; i++) {
        char station[8];
        snprintf(station, sizeof station, "K%d", i);
        ioc_shard_apply(shard, town_reading(&town, station, start, 60, start, (uint64_t)i + 1), &witness.outlet);
    }
    ioc_shard_count(shard, &counts);
    assert_int_equal(counts.keys, 10);
    assert_int_equal(counts.refused_keys, 15);
    assert_int_equal(counts.events, 10);
    ioc_shard_free(shard);
    ioc_ruleset_unref(ruleset);
    end(&witness);
    town_close(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_records_give_the_same_outputs),
        cmocka_unit_test(idle_ticks_change_nothing),
        cmocka_unit_test(every_alert_has_an_unbroken_history),
        cmocka_unit_test(a_backlog_decides_as_it_would_have_live),
        cmocka_unit_test(a_reload_keeps_alerts_of_rules_that_stay_and_ends_those_of_removed_ones),
        cmocka_unit_test(a_command_is_carried_out_once),
        cmocka_unit_test(keys_over_the_limit_are_refused_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
