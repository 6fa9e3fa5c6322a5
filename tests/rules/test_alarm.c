/*
 * tests/rules/test_alarm.c — alerts that an operator must be able to rely on: each of these went wrong once.
 */
#include "rules/state.h"
#include "tests/rules/town.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const ioc_time start = 1767574800 * IOC_SECOND;
enum { SEEN_MOST = 4000 };

struct seen {
    char id[IOC_ID_LENGTH + 1], rule[40], shelved_by[20], text[4200];
    uint8_t from, to, cause, flags, severity;
    uint32_t seq;
    ioc_time key_time, engine_time;
};
struct play {
    struct ioc_outlet outlet;
    struct town town;
    struct ioc_ruleset *rules;
    struct ioc_shard *shard;
    uint64_t offset;
    struct seen *seen;
    int count, result_count;
    bool is_done;
    char why[32];
};

static void see_transition(struct ioc_outlet *outlet, const struct ioc_transition *t)
{
    struct play *play = (struct play *)outlet;
    assert_true(play->count < SEEN_MOST);
    struct seen *seen = &play->seen[play->count++];
    *seen = (struct seen){.from = t->from, .to = t->to, .cause = t->cause, .flags = t->flags, .severity = t->severity, .seq = t->seq,
        .key_time = t->key_time, .engine_time = t->engine_time};
    memcpy(seen->id, t->id.text, sizeof seen->id);
    snprintf(seen->rule, sizeof seen->rule, "%.*s", IOC_TEXT_ARGS(t->rule));
    snprintf(seen->shelved_by, sizeof seen->shelved_by, "%.*s", IOC_TEXT_ARGS(t->shelved_by));
    snprintf(seen->text, sizeof seen->text, "%.*s", IOC_TEXT_ARGS(t->message_en));
}

static void see_entity(struct ioc_outlet *outlet, const struct ioc_entity *entity)
{
}

static void see_result(struct ioc_outlet *outlet, const struct ioc_result *result)
{
    struct play *play = (struct play *)outlet;
    play->result_count++;
    play->is_done = result->is_done;
    snprintf(play->why, sizeof play->why, "%.*s", IOC_TEXT_ARGS(result->why));
}

static void begin_with(struct play *play, const char *rules, uint32_t keys_most)
{
    *play = (struct play){.outlet = {see_transition, see_entity, see_result}};
    town_open(&play->town);
    play->rules = town_rules(&play->town, rules);
    if (!play->rules)
        ioc_errors_print(&play->town.errors, IOC_ENGLISH, stderr);
    assert_non_null(play->rules);
    play->seen = calloc(SEEN_MOST, sizeof *play->seen);
    play->shard = ioc_shard_new(&(struct ioc_shard_options){.site = play->town.context.site, .streams = play->town.streams,
        .stream_count = 1, .ruleset = play->rules, .keys_most = keys_most});
}

static void begin(struct play *play, const char *rules)
{
    begin_with(play, rules, 0);
}

static void end(struct play *play)
{
    ioc_shard_free(play->shard);
    ioc_ruleset_unref(play->rules);
    free(play->seen);
    town_close(&play->town);
}

static void send(struct play *play, const struct town_event *event)
{
    struct town_event full = *event;
    full.offset = ++play->offset;
    if (!full.station)
        full.station = "S1";
    ioc_shard_apply(play->shard, town_record(&play->town, &full), &play->outlet);
}

/* A reading of S1, taken and received at once. */
static void read_depth(struct play *play, ioc_span at, double depth)
{
    send(play, &(struct town_event){.time = start + at, .stamp = start + at, .depth = depth, .rain = NAN});
}

static void read_both(struct play *play, ioc_span at, double depth, double rain)
{
    send(play, &(struct town_event){.time = start + at, .stamp = start + at, .depth = depth, .rain = rain});
}

static void tick(struct play *play, ioc_span at)
{
    struct ioc_record record = {.bytes = sizeof record, .kind = IOC_RECORD_TICK, .stamp = start + at, .offset = ++play->offset};
    ioc_shard_apply(play->shard, &record, &play->outlet);
}

static void tell_source(struct play *play, ioc_span at, enum ioc_record_kind kind, uint16_t source)
{
    struct ioc_record record = {.bytes = sizeof record, .kind = (uint8_t)kind, .source = source, .stamp = start + at, .offset = ++play->offset};
    ioc_shard_apply(play->shard, &record, &play->outlet);
}

static void reload(struct play *play, ioc_span at, const char *rules)
{
    struct ioc_ruleset *ruleset = town_rules(&play->town, rules);
    assert_non_null(ruleset);
    struct ioc_record record = {.bytes = sizeof record, .kind = IOC_RECORD_RELOAD, .stamp = start + at, .offset = ++play->offset};
    ioc_shard_reload(play->shard, ruleset, &record, &play->outlet);
    ioc_ruleset_unref(ruleset);
}

static const struct seen *last(const struct play *play)
{
    assert_true(play->count > 0);
    return &play->seen[play->count - 1];
}

static void order(struct play *play, ioc_span at, enum ioc_command_op op, const char *alert, uint32_t seq_seen, ioc_span span)
{
    char id[16];
    int length = snprintf(id, sizeof id, "c%d", play->result_count);
    struct ioc_command command = {.op = (uint8_t)op, .seq_seen = seq_seen, .issued_at = start + at, .expires_at = start + at + IOC_MINUTE,
        .until = span ? start + at + span : IOC_TIME_NONE, .id = {id, (uint32_t)length}, .alert = ioc_text_of(alert),
        .user = IOC_TEXT("local:an"), .reason = IOC_TEXT("because")};
    struct ioc_buffer packed = {0}, batch = {0};
    struct ioc_record header = {.kind = IOC_RECORD_COMMAND, .stamp = start + at, .offset = ++play->offset};
    ioc_command_pack(&command, &packed);
    assert_int_equal(ioc_record_add(&batch, &header, packed.data, (uint32_t)packed.length), IOC_OK);
    ioc_shard_apply(play->shard, (struct ioc_record *)batch.data, &play->outlet);
    ioc_buffer_done(&packed);
    ioc_buffer_done(&batch);
}

#define RULE(rest) "owner: d\nrules:\n- {id: a, on: street_depth, " rest "}\n"
#define S IOC_SECOND
#define M IOC_MINUTE

/* ------------------------------------------------------------- holds */

static void a_hold_that_began_before_an_acknowledgement_ends_with_a_false_reading(void **state)
{
    struct play play;
    begin(&play, RULE("when: event.depth_cm > 50, severity: major, hold: 1m"));
    read_depth(&play, 0, 60);
    tick(&play, 1 * M);
    read_depth(&play, 2 * M, 10);
    assert_int_equal(last(&play)->to, IOC_ALERT_RETURNED);
    read_depth(&play, 3 * M, 60); /* the hold runs anew */
    order(&play, 3 * M + 10 * S, IOC_COMMAND_ACKNOWLEDGE, last(&play)->id, 0, 0);
    assert_true(play.is_done);
    assert_int_equal(last(&play)->to, IOC_ALERT_NORMAL);
    read_depth(&play, 3 * M + 20 * S, 10);
    int before = play.count;
    tick(&play, 10 * M);
    assert_int_equal(play.count, before);
    end(&play);
}

static void a_hold_that_began_before_an_acknowledgement_raises_a_new_alert_when_it_is_over(void **state)
{
    struct play play;
    begin(&play, RULE("when: event.depth_cm > 50, severity: major, hold: 1m"));
    read_depth(&play, 0, 60);
    read_depth(&play, 1 * M, 60);
    read_depth(&play, 2 * M, 10);
    read_depth(&play, 3 * M, 60);
    const struct seen first = *last(&play);
    order(&play, 3 * M + 10 * S, IOC_COMMAND_ACKNOWLEDGE, first.id, 0, 0);
    tick(&play, 4 * M);
    assert_int_equal(last(&play)->to, IOC_ALERT_UNACKNOWLEDGED);
    assert_string_not_equal(last(&play)->id, first.id);
    end(&play);
}

static void a_reading_on_its_way_while_the_hold_ran_out_does_not_lower_the_severity(void **state)
{
    struct play play;
    begin(&play, RULE("severity: {critical: event.depth_cm > 60, minor: event.depth_cm > 20}, hold: 1m"));
    read_depth(&play, 0, 30);
    read_depth(&play, 2 * M, 70);
    tick(&play, 3 * M);
    assert_int_equal(last(&play)->severity, IOC_SEVERITY_CRITICAL);
    int before = play.count;
    send(&play, &(struct town_event){.time = start + 2 * M + 30 * S, .stamp = start + 3 * M + 5 * S, .depth = 72, .rain = NAN});
    tick(&play, 5 * M);
    assert_int_equal(play.count, before);
    end(&play);
}

static void a_backlog_falls_silent_before_its_hold_is_over_when_both_are_due_at_once(void **state)
{
    struct play live, late;
    const char *rules = RULE("when: event.depth_cm > 50, severity: minor, hold: 15m");
    begin(&live, rules);
    begin(&late, rules);
    read_depth(&live, 0, 60);
    tick(&live, 20 * M);
    read_depth(&live, 30 * M, 10);
    send(&late, &(struct town_event){.time = start, .stamp = start + 30 * M, .depth = 60, .rain = NAN});
    send(&late, &(struct town_event){.time = start + 30 * M, .stamp = start + 30 * M, .depth = 10, .rain = NAN});
    assert_int_equal(live.count, 2);
    assert_int_equal(late.count, live.count);
    for (int i = 0; i < live.count; i++) {
        assert_int_equal(late.seen[i].to, live.seen[i].to);
        assert_int_equal(late.seen[i].cause, live.seen[i].cause);
    }
    end(&live);
    end(&late);
}

static void a_clear_hold_that_flickers_begins_anew(void **state)
{
    struct play play;
    begin(&play, RULE("when: event.depth_cm > 50, severity: minor, clear: {when: event.depth_cm < 40, hold: 3m}"));
    read_depth(&play, 0, 60);
    read_depth(&play, 1 * M, 30);
    read_depth(&play, 2 * M, 45); /* neither: the clear condition ended */
    read_depth(&play, 3 * M, 30);
    tick(&play, 5 * M);
    assert_int_equal(play.count, 1);
    tick(&play, 6 * M);
    assert_int_equal(play.count, 2);
    assert_int_equal(last(&play)->to, IOC_ALERT_NORMAL);
    assert_int_equal(last(&play)->engine_time, start + 6 * M);
    end(&play);
}

/* ------------------------------------------------------------- ladders and missing values */

static void a_missing_value_does_not_lower_the_severity_that_it_decided(void **state)
{
    static const char *const policies[] = {"keep", "raise"};
    for (int i = 0; i < 2; i++) {
        struct play play;
        char rules[300];
        snprintf(rules, sizeof rules, RULE("severity: {critical: event.rain_mm > 50, minor: event.depth_cm > 20}, on_missing: %s"), policies[i]);
        begin(&play, rules);
        read_both(&play, 0, 30, 60);
        assert_int_equal(last(&play)->severity, IOC_SEVERITY_CRITICAL);
        read_depth(&play, 1 * M, 30);
        assert_int_equal(play.count, 1);
        read_depth(&play, 2 * M, 5);
        assert_int_equal(play.count, 1);
        read_both(&play, 3 * M, 30, 0);
        assert_int_equal(last(&play)->severity, IOC_SEVERITY_MINOR);
        assert_int_equal(last(&play)->cause, IOC_CAUSE_BETTER);
        read_depth(&play, 4 * M, 30);
        assert_int_equal(play.count, 2);
        end(&play);
    }
}

static void a_missing_value_is_no_reading_that_confirms_a_hold(void **state)
{
    struct play play;
    begin(&play, RULE("when: event.rain_mm > 50, severity: minor, hold: {readings: 3}"));
    read_both(&play, 0, 5, 60);
    read_depth(&play, 1 * M, 5);
    read_depth(&play, 2 * M, 5);
    assert_int_equal(last(&play)->to, IOC_ALERT_PENDING);
    read_both(&play, 3 * M, 5, 60);
    assert_int_equal(last(&play)->to, IOC_ALERT_PENDING);
    read_both(&play, 4 * M, 5, 60);
    assert_int_equal(last(&play)->to, IOC_ALERT_UNACKNOWLEDGED);
    end(&play);
}

static void a_missing_value_does_not_stop_a_clear_hold(void **state)
{
    struct play play;
    begin(&play, RULE("when: event.rain_mm > 50, severity: minor, clear: {hold: 5m}"));
    read_both(&play, 0, 5, 60);
    read_both(&play, 1 * M, 5, 10);
    read_depth(&play, 2 * M, 5);
    tick(&play, 6 * M);
    assert_int_equal(last(&play)->to, IOC_ALERT_NORMAL);
    end(&play);
}

static void after_a_silence_a_missing_value_keeps_the_alert_where_it_stood(void **state)
{
    struct play play;
    begin(&play, RULE("severity: {critical: event.rain_mm > 50, minor: event.depth_cm > 20}"));
    read_both(&play, 0, 30, 60);
    tick(&play, 20 * M);
    assert_true(last(&play)->flags & IOC_ALERT_DOUBTFUL);
    read_depth(&play, 21 * M, 30);
    assert_int_equal(last(&play)->cause, IOC_CAUSE_SILENCE);
    assert_int_equal(last(&play)->severity, IOC_SEVERITY_CRITICAL);
    end(&play);
}

/* ------------------------------------------------------------- shelves */

static void a_shelve_over_a_return_does_not_hide_a_worse_alert(void **state)
{
    struct play play;
    begin(&play, RULE("severity: {critical: event.depth_cm > 60, minor: event.depth_cm > 20}, ack: on_raise"));
    read_depth(&play, 0, 30);
    order(&play, 1 * M, IOC_COMMAND_SHELVE, last(&play)->id, 0, 8 * IOC_HOUR);
    assert_true(play.is_done);
    read_depth(&play, 2 * M, 5);
    assert_int_equal(last(&play)->to, IOC_ALERT_NORMAL);
    read_depth(&play, 3 * M, 30);
    assert_true(last(&play)->flags & IOC_ALERT_SHELVED);
    assert_string_equal(last(&play)->shelved_by, "local:an");
    read_depth(&play, 4 * M, 5);
    read_depth(&play, 5 * M, 70);
    assert_int_equal(last(&play)->severity, IOC_SEVERITY_CRITICAL);
    assert_false(last(&play)->flags & IOC_ALERT_SHELVED);
    assert_string_equal(last(&play)->shelved_by, "");
    end(&play);
}

static void a_shelve_holds_for_the_severity_that_it_named(void **state)
{
    struct play play;
    begin(&play, RULE("severity: {critical: event.depth_cm > 60, minor: event.depth_cm > 20}"));
    read_depth(&play, 0, 70);
    order(&play, 1 * M, IOC_COMMAND_SHELVE, last(&play)->id, 0, IOC_HOUR);
    assert_true(play.is_done);
    read_depth(&play, 2 * M, 30);
    read_depth(&play, 3 * M, 70);
    assert_int_equal(last(&play)->cause, IOC_CAUSE_WORSE);
    assert_true(last(&play)->flags & IOC_ALERT_SHELVED);
    end(&play);
}

static void a_broken_or_ended_shelve_names_nobody(void **state)
{
    struct play play;
    begin(&play, RULE("severity: {critical: event.depth_cm > 60, minor: event.depth_cm > 20}"));
    read_depth(&play, 0, 30);
    order(&play, 1 * M, IOC_COMMAND_SHELVE, last(&play)->id, 0, IOC_HOUR);
    assert_string_equal(last(&play)->shelved_by, "local:an");
    read_depth(&play, 2 * M, 70);
    assert_false(last(&play)->flags & IOC_ALERT_SHELVED);
    assert_string_equal(last(&play)->shelved_by, "");
    order(&play, 3 * M, IOC_COMMAND_SHELVE, last(&play)->id, 0, 5 * M);
    for (int i = 4; i < 12; i++)
        read_depth(&play, i * M, 70);
    assert_int_equal(last(&play)->cause, IOC_CAUSE_EXPIRED);
    assert_string_equal(last(&play)->shelved_by, "");
    end(&play);
}

static void a_new_alert_knows_nothing_of_the_sequence_of_the_old_one(void **state)
{
    struct play play;
    begin(&play, RULE("when: event.depth_cm > 50, severity: minor, hold: 1m"));
    read_depth(&play, 0, 60);
    read_depth(&play, 1 * M, 60);
    read_depth(&play, 2 * M, 5);
    assert_int_equal(last(&play)->to, IOC_ALERT_NORMAL);
    read_depth(&play, 3 * M, 60);
    assert_int_equal(last(&play)->to, IOC_ALERT_PENDING);
    order(&play, 3 * M, IOC_COMMAND_SHELVE, last(&play)->id, last(&play)->seq, IOC_HOUR);
    assert_string_equal(play.why, "");
    assert_true(play.is_done);
    end(&play);
}

/* ------------------------------------------------------------- silence */

static void what_the_broker_kept_does_not_end_a_silence(void **state)
{
    struct play play;
    begin(&play, RULE("when: event.depth_cm > 50, severity: major"));
    read_depth(&play, 0, 60);
    tick(&play, 20 * M);
    assert_true(last(&play)->flags & IOC_ALERT_DOUBTFUL);
    int before = play.count;
    send(&play, &(struct town_event){.time = start + 1 * M, .stamp = start + 40 * M, .depth = 60, .rain = NAN, .flags = IOC_EVENT_RETAINED});
    assert_int_equal(play.count, before);
    read_depth(&play, 41 * M, 60);
    assert_false(last(&play)->flags & IOC_ALERT_DOUBTFUL);
    end(&play);
}

static void a_key_that_moved_to_another_source_does_not_wait_for_the_old_one(void **state)
{
    struct play play;
    begin(&play, RULE("when: event.depth_cm > 50, severity: major, hold: 2m"));
    read_depth(&play, 0, 60);
    tell_source(&play, 30 * S, IOC_RECORD_SOURCE_DOWN, 0);
    tick(&play, 10 * M);
    assert_int_equal(last(&play)->to, IOC_ALERT_PENDING);
    send(&play, &(struct town_event){.time = start + 11 * M, .stamp = start + 11 * M, .depth = 10, .rain = NAN, .source = 1});
    assert_int_equal(last(&play)->to, IOC_ALERT_NORMAL);
    send(&play, &(struct town_event){.time = start + 12 * M, .stamp = start + 12 * M, .depth = 60, .rain = NAN, .source = 1});
    tell_source(&play, 13 * M, IOC_RECORD_SOURCE_DRAINED, 0);
    tick(&play, 14 * M);
    assert_int_equal(last(&play)->to, IOC_ALERT_UNACKNOWLEDGED);
    assert_int_equal(last(&play)->engine_time, start + 14 * M);
    end(&play);
}

/* ------------------------------------------------------------- reload */

static void a_rule_that_went_and_came_back_gives_its_alert_a_new_name(void **state)
{
    struct play play;
    const char *with = RULE("when: event.depth_cm > 50, severity: minor"), *without = RULE("when: event.depth_cm > 50, severity: minor, mode: off");
    begin(&play, with);
    read_depth(&play, 0, 60);
    reload(&play, 1 * M, without);
    assert_int_equal(last(&play)->to, IOC_ALERT_NORMAL);
    assert_int_equal(last(&play)->cause, IOC_CAUSE_RELOAD);
    reload(&play, 1 * M, with);
    assert_int_equal(play.count, 3);
    assert_int_equal(last(&play)->cause, IOC_CAUSE_RELOAD);
    assert_string_not_equal(play.seen[0].id, play.seen[2].id);
    end(&play);
}

static void an_alert_that_its_rule_no_longer_concerns_ends_with_the_reload(void **state)
{
    struct play play;
    begin(&play, RULE("when: event.depth_cm > 50, severity: minor"));
    read_depth(&play, 0, 60);
    tick(&play, 20 * M); /* doubtful: no reading will come to end it */
    reload(&play, 21 * M, RULE("where: event.station != \"S1\", when: event.depth_cm > 50, severity: minor"));
    assert_int_equal(last(&play)->to, IOC_ALERT_NORMAL);
    assert_int_equal(last(&play)->cause, IOC_CAUSE_RELOAD);
    end(&play);
}

static void an_alert_waiting_for_its_hold_is_not_stranded_by_a_reload(void **state)
{
    struct play play;
    struct ioc_shard_counts counts;
    begin(&play, RULE("when: event.rain_mm > 50, severity: minor, hold: 1m"));
    read_both(&play, 0, 5, 60);
    assert_int_equal(last(&play)->to, IOC_ALERT_PENDING);
    read_depth(&play, 30 * S, 5);
    reload(&play, 40 * S, RULE("when: event.rain_mm > 40, severity: minor, hold: 1m"));
    ioc_shard_count(play.shard, &counts);
    assert_int_equal(counts.alerts, 0);
    assert_int_equal(last(&play)->to, IOC_ALERT_NORMAL);
    assert_int_equal(last(&play)->cause, IOC_CAUSE_RELOAD);
    end(&play);
}

static void a_rule_that_did_not_change_is_not_looked_at_again(void **state)
{
    struct play play;
    const char *rules = RULE("when: 'has(last.depth_cm) && event.depth_cm > last.depth_cm + 20.0', severity: minor");
    begin(&play, rules);
    read_depth(&play, 0, 10);
    read_depth(&play, 1 * M, 60);
    assert_int_equal(play.count, 1);
    reload(&play, 2 * M, rules);
    assert_int_equal(play.count, 1);
    end(&play);
}

static void a_silence_that_comes_with_a_reload_leaves_no_timer_behind(void **state)
{
    struct play play;
    begin(&play, RULE("when: event.depth_cm > 50, severity: minor, hold: 20m"));
    read_depth(&play, 0, 60);
    reload(&play, 16 * M, RULE("when: event.depth_cm > 55, severity: minor, hold: 20m"));
    tick(&play, 60 * M);
    assert_int_equal(play.count, 2);
    assert_int_equal(last(&play)->cause, IOC_CAUSE_SILENCE);
    assert_int_equal(ioc_shard_due(play.shard), IOC_TIME_MAX);
    end(&play);
}

/* ------------------------------------------------------------- bounds */

static void alerts_that_ended_make_room_for_new_ones(void **state)
{
    struct play play;
    struct ioc_buffer rules = {0};
    ioc_buffer_add_string(&rules, "owner: d\nrules:\n");
    for (int i = 0; i < 30; i++) /* rule i is true at depth 10 i + 5 only */
        ioc_buffer_addf(&rules, "- {id: r%d, on: street_depth, when: event.depth_cm > %d && event.depth_cm < %d, severity: minor}\n", i, 10 * i, 10 * i + 10);
    ioc_buffer_add_char(&rules, 0);
    begin_with(&play, rules.data, 2); /* room for 8 alarms */
    for (int i = 0; i < 30; i++)
        read_depth(&play, i * M, 10 * i + 5);
    int raised = 0;
    for (int i = 0; i < play.count; i++)
        raised += play.seen[i].to == IOC_ALERT_UNACKNOWLEDGED;
    assert_int_equal(raised, 30);
    ioc_buffer_done(&rules);
    end(&play);
}

static void a_message_has_an_end(void **state)
{
    struct play play;
    struct ioc_buffer rules = {0};
    ioc_buffer_add_string(&rules, "owner: d\nrules:\n- id: a\n  on: street_depth\n  when: event.depth_cm > 50\n  severity: minor\n  message: \"");
    for (int i = 0; i < 3000; i++)
        ioc_buffer_add_string(&rules, "${event.depth_cm} ");
    ioc_buffer_add_string(&rules, "\"\n");
    ioc_buffer_add_char(&rules, 0);
    begin(&play, rules.data);
    read_depth(&play, 0, 60);
    assert_in_range(strlen(last(&play)->text), 4000, 4096);
    ioc_buffer_done(&rules);
    end(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hold_that_began_before_an_acknowledgement_ends_with_a_false_reading),
        cmocka_unit_test(a_hold_that_began_before_an_acknowledgement_raises_a_new_alert_when_it_is_over),
        cmocka_unit_test(a_reading_on_its_way_while_the_hold_ran_out_does_not_lower_the_severity),
        cmocka_unit_test(a_backlog_falls_silent_before_its_hold_is_over_when_both_are_due_at_once),
        cmocka_unit_test(a_clear_hold_that_flickers_begins_anew),
        cmocka_unit_test(a_missing_value_does_not_lower_the_severity_that_it_decided),
        cmocka_unit_test(a_missing_value_is_no_reading_that_confirms_a_hold),
        cmocka_unit_test(a_missing_value_does_not_stop_a_clear_hold),
        cmocka_unit_test(after_a_silence_a_missing_value_keeps_the_alert_where_it_stood),
        cmocka_unit_test(a_shelve_over_a_return_does_not_hide_a_worse_alert),
        cmocka_unit_test(a_shelve_holds_for_the_severity_that_it_named),
        cmocka_unit_test(a_broken_or_ended_shelve_names_nobody),
        cmocka_unit_test(a_new_alert_knows_nothing_of_the_sequence_of_the_old_one),
        cmocka_unit_test(what_the_broker_kept_does_not_end_a_silence),
        cmocka_unit_test(a_key_that_moved_to_another_source_does_not_wait_for_the_old_one),
        cmocka_unit_test(a_rule_that_went_and_came_back_gives_its_alert_a_new_name),
        cmocka_unit_test(an_alert_that_its_rule_no_longer_concerns_ends_with_the_reload),
        cmocka_unit_test(an_alert_waiting_for_its_hold_is_not_stranded_by_a_reload),
        cmocka_unit_test(a_rule_that_did_not_change_is_not_looked_at_again),
        cmocka_unit_test(a_silence_that_comes_with_a_reload_leaves_no_timer_behind),
        cmocka_unit_test(alerts_that_ended_make_room_for_new_ones),
        cmocka_unit_test(a_message_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
