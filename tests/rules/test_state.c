/*
 * tests/rules/test_state.c — what must be true of a shard's state after every record, whatever the records are.
 *
 * Random cities: readings in and out of order, with and without values, retained ones; ticks; operators'
 * commands; sources that go and come; reloads between rule sets that disagree.  What came out is kept as a
 * second, simpler book and must say the same as the state.
 */
#include "rules/state.h"
#include "tests/rules/town.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const ioc_time start = 1767574800 * IOC_SECOND;

static const char *const rule_texts[] = {
    "owner: d\nrules:\n"
    "- {id: deep, on: street_depth, when: event.depth_cm > 50, severity: major, hold: 90s}\n"
    "- {id: wet, on: street_depth, severity: {critical: event.depth_cm > 70, minor: event.depth_cm > 30, deadband: 4},"
    " hold: {for: 1m, readings: 2}, clear: {when: event.depth_cm < 20, hold: 3m}}\n"
    "- {id: rising, on: street_depth, when: has(last.depth_cm) && event.depth_cm > last.depth_cm + 20.0, severity: warning, ack: none}\n"
    "- {id: rain, on: street_depth, when: event.rain_mm > 20, severity: minor, on_missing: clear, ack: required, clear: {hold: 2m}}\n"
    "- {id: both, on: street_depth, severity: {critical: event.rain_mm > 50, minor: event.depth_cm > 20}, on_missing: raise}\n"
    "- {id: kept, on: street_depth, severity: {critical: event.rain_mm > 50, minor: event.depth_cm > 20}, hold: {readings: 3}}\n"
    "- {id: quiet, on: street_depth, when: event.depth_cm > 40, severity: minor, silence: clear, hold: 15m}\n",
    "owner: d\nrules:\n"
    "- {id: deep, on: street_depth, when: event.depth_cm > 50, severity: major, hold: 90s}\n"
    "- {id: apart, on: street_depth, when: event.depth_cm > 10, severity: warning, hold: 30s}\n"
    "- {id: wet, on: street_depth, severity: {critical: event.depth_cm > 80, minor: event.depth_cm > 40}, clear: {hold: 1m}}\n"
    "- {id: rising, on: street_depth, mode: shadow, when: event.depth_cm > 35, severity: warning}\n"
    "- {id: rain, on: street_depth, mode: off, when: event.rain_mm > 20, severity: minor}\n"
    "- {id: kept, on: street_depth, where: event.depth_cm < 60, severity: {minor: event.depth_cm > 20}, hold: 10m, ack: required}\n"
    "- {id: quiet, on: street_depth, when: event.depth_cm > 40, severity: minor, silence: clear, hold: 20m}\n",
    "owner: d\nrules:\n"
    "- {id: wet, on: street_depth, severity: {major: event.depth_cm > 30}, hold: 5m, ack: none}\n",
};
enum { RULE_SETS = 3, ALERTS_MOST = 60000, STATIONS = 6 };

struct life { /* one alert as its transitions tell it */
    char id[IOC_ID_LENGTH + 1], entity[40];
    uint32_t seq;
    uint8_t state, severity, flags;
};
struct book {
    struct ioc_outlet outlet;
    struct life *lives;
    uint32_t count;
    uint32_t live[256], live_count; /* lives that are not normal */
    uint32_t transitions, results, entities;
    bool checks_entities;
    struct ioc_buffer bytes;
};

static struct life *find_life(struct book *book, const char *id)
{
    for (uint32_t i = book->count; i-- > 0;)
        if (memcmp(book->lives[i].id, id, IOC_ID_LENGTH) == 0)
            return &book->lives[i];
    return NULL;
}

static void keep_live(struct book *book, uint32_t index, bool is_live)
{
    uint32_t at = 0;
    while (at < book->live_count && book->live[at] != index)
        at++;
    if (is_live && at == book->live_count) {
        assert_true(book->live_count < 256);
        book->live[book->live_count++] = index;
    } else if (!is_live && at < book->live_count) {
        book->live[at] = book->live[--book->live_count];
    }
}

static void see_transition(struct ioc_outlet *outlet, const struct ioc_transition *t)
{
    struct book *book = (struct book *)outlet;
    struct ioc_transition copy = *t;
    copy.offset = 0;
    ioc_transition_json(&copy, &book->bytes);
    ioc_buffer_add_char(&book->bytes, '\n');
    book->transitions++;
    struct life *life = find_life(book, t->id.text);
    if (!life) {
        assert_true(book->count < ALERTS_MOST);
        life = &book->lives[book->count++];
        *life = (struct life){0};
        memcpy(life->id, t->id.text, sizeof life->id);
    } else {
        assert_int_not_equal(life->state, IOC_ALERT_NORMAL); /* an id is never used again */
    }
    assert_int_equal(t->seq, life->seq + 1);
    assert_int_equal(t->from, life->state);
    assert_in_range(t->severity, IOC_SEVERITY_WARNING, IOC_SEVERITY_CRITICAL);
    assert_true(!(t->flags & IOC_ALERT_SHELVED) == (t->shelved_until == IOC_TIME_NONE));
    assert_true(t->flags & IOC_ALERT_SHELVED || t->shelved_by.length == 0);
    life->seq = t->seq;
    life->state = t->to;
    life->severity = t->severity;
    life->flags = t->flags;
    snprintf(life->entity, sizeof life->entity, "%.*s", IOC_TEXT_ARGS(t->entity));
    keep_live(book, (uint32_t)(life - book->lives), t->to != IOC_ALERT_NORMAL);
}

/* A key shows its worst active alert that nobody shelved. */
static void see_entity(struct ioc_outlet *outlet, const struct ioc_entity *entity)
{
    struct book *book = (struct book *)outlet;
    uint8_t worst = 0;
    book->entities++;
    for (uint32_t i = 0; i < book->live_count; i++) {
        const struct life *life = &book->lives[book->live[i]];
        if (ioc_lifecycle_is_active(life->state) && !(life->flags & IOC_ALERT_SHELVED) && life->severity > worst &&
            ioc_text_equal(entity->id, ioc_text_of(life->entity)))
            worst = life->severity;
    }
    if (book->checks_entities)
        assert_int_equal(entity->severity, worst);
}

static void see_result(struct ioc_outlet *outlet, const struct ioc_result *result)
{
    ((struct book *)outlet)->results++;
}

/* ------------------------------------------------------------- what must be true */

static bool has_true_rung(const struct ioc_alarm *alarm)
{
    for (int r = 0; r < IOC_RUNGS; r++)
        if (alarm->rung_since[r] != IOC_TIME_NONE)
            return true;
    return false;
}

static void check_alarm(const struct ioc_shard *shard, uint32_t index, uint32_t *timers)
{
    const struct ioc_alarm *alarm = ioc_alarm_at(shard, index);
    const struct ioc_keystate *key = ioc_keystate_at(shard, alarm->key);
    bool has_hold = alarm->hold_place != UINT32_MAX, has_shelve = alarm->shelve_place != UINT32_MAX;
    assert_true(alarm->rule < ioc_ruleset_count(shard->ruleset));
    assert_int_equal(has_hold, alarm->key_due != IOC_TIME_NONE && !key->is_down && !key->is_stale);
    assert_int_equal(has_shelve, (alarm->flags & IOC_ALERT_SHELVED) != 0);
    if (has_hold) {
        const struct ioc_timer *timer = &shard->timers.items[alarm->hold_place];
        assert_int_equal(timer->due, ioc_keystate_moment(key, alarm->key_due));
        assert_int_equal(timer->kind, IOC_TIMER_HOLD);
        assert_int_equal(timer->owner, index);
        assert_true(has_true_rung(alarm) || alarm->clear_since != IOC_TIME_NONE);
    }
    if (has_shelve) {
        const struct ioc_timer *timer = &shard->timers.items[alarm->shelve_place];
        assert_int_equal(timer->due, alarm->shelved_until);
        assert_int_equal(timer->kind, IOC_TIMER_SHELVE);
        assert_int_equal(timer->owner, index);
    }
    if (alarm->state == IOC_ALERT_PENDING) {
        assert_true(has_true_rung(alarm));
        assert_false(key->is_stale);
    }
    if (alarm->flags & IOC_ALERT_DOUBTFUL)
        assert_true(key->is_stale);
    if (alarm->state == IOC_ALERT_NORMAL) {
        assert_int_equal(alarm->flags & ~IOC_ALERT_SHELVED, 0);
    } else {
        assert_int_not_equal(alarm->record, IOC_HEAP_NONE);
        assert_in_range(alarm->severity, 1, 4);
        assert_true(alarm->worst <= IOC_SEVERITY_CRITICAL && (!ioc_lifecycle_is_active(alarm->state) || alarm->worst >= alarm->severity));
    }
    *timers += has_hold + has_shelve;
}

static void check_timers(const struct ioc_shard *shard)
{
    const struct ioc_timers *timers = &shard->timers;
    for (uint32_t i = 0; i < timers->count; i++) {
        const struct ioc_timer *timer = &timers->items[i];
        assert_true(i == 0 || timers->items[(i - 1) / 2].due <= timer->due);
        if (timer->kind == IOC_TIMER_STALE)
            assert_int_equal(ioc_keystate_at(shard, timer->owner)->stale_place, i);
        else if (timer->kind == IOC_TIMER_HOLD)
            assert_int_equal(ioc_alarm_at(shard, timer->owner)->hold_place, i);
        else
            assert_int_equal(ioc_alarm_at(shard, timer->owner)->shelve_place, i);
    }
}

static void check_state(const struct ioc_shard *shard)
{
    uint32_t alerts = 0, used = 0, chained = 0, timers = 0;
    for (uint32_t i = 0; i < shard->alarms.used; i++) {
        const struct ioc_alarm *alarm = ioc_alarm_at(shard, i);
        if (!alarm->is_used)
            continue;
        used++;
        alerts += alarm->state != IOC_ALERT_NORMAL;
        check_alarm(shard, i, &timers);
    }
    for (uint32_t k = 0; k < shard->keys.used; k++) {
        const struct ioc_keystate *key = ioc_keystate_at(shard, k);
        bool has_stale = key->stale_place != UINT32_MAX;
        assert_int_equal(has_stale, shard->options.streams[key->stream]->stale_after > 0 && !key->is_down && !key->is_stale);
        timers += has_stale;
        for (uint32_t i = key->first_alarm; i != IOC_SLAB_NONE; i = ioc_alarm_at(shard, i)->next) {
            const struct ioc_alarm *alarm = ioc_alarm_at(shard, i);
            assert_true(alarm->is_used);
            assert_int_equal(alarm->key, k);
            assert_ptr_equal(ioc_alarm_of((struct ioc_shard *)shard, key, alarm->rule), alarm);
            chained++;
        }
    }
    struct ioc_shard_counts counts;
    ioc_shard_count(shard, &counts);
    assert_int_equal(counts.alerts, alerts);
    assert_int_equal(counts.keys, shard->keys.live);
    assert_int_equal(shard->alert_table.count, alerts);
    assert_int_equal(chained, used);
    assert_int_equal(shard->alarms.live, used);
    assert_int_equal(shard->timers.count, timers);
    check_timers(shard);
}

/* ------------------------------------------------------------- a random day */

struct day {
    struct town town;
    struct ioc_ruleset *rules[RULE_SETS];
    struct ioc_shard *shard;
    struct book book;
    uint64_t offset;
    ioc_time now;
    int rule_set;
    double depth[STATIONS];
    uint32_t commands;
};

static void open_day(struct day *day, unsigned seed, uint32_t keys_most)
{
    *day = (struct day){.now = start};
    srand(seed);
    town_open(&day->town);
    for (int i = 0; i < RULE_SETS; i++) {
        day->rules[i] = town_rules(&day->town, rule_texts[i]);
        assert_non_null(day->rules[i]);
    }
    day->book = (struct book){.outlet = {see_transition, see_entity, see_result}};
    day->book.bytes.limit = 1u << 30;
    day->book.lives = calloc(ALERTS_MOST, sizeof *day->book.lives);
    day->shard = ioc_shard_new(&(struct ioc_shard_options){.site = day->town.context.site, .streams = day->town.streams,
        .stream_count = 1, .ruleset = day->rules[0], .keys_most = keys_most});
}

static void close_day(struct day *day)
{
    ioc_shard_free(day->shard);
    for (int i = 0; i < RULE_SETS; i++)
        ioc_ruleset_unref(day->rules[i]);
    ioc_buffer_done(&day->book.bytes);
    free(day->book.lives);
    town_close(&day->town);
}

static void send_event(struct day *day)
{
    char station[8];
    int i = rand() % STATIONS;
    day->depth[i] += rand() % 61 - 30;
    day->depth[i] = day->depth[i] < 0 ? 0 : day->depth[i] > 95 ? 95 : day->depth[i];
    snprintf(station, sizeof station, "S%d", i);
    struct town_event event = {.station = station, .stamp = day->now, .offset = ++day->offset, .depth = day->depth[i],
        .time = day->now - (rand() % 5 ? 0 : (ioc_span)(rand() % 80 - 20) * IOC_SECOND), .rain = rand() % 4 ? rand() % 80 : NAN,
        .flags = rand() % 15 ? 0 : IOC_EVENT_RETAINED, .source = (uint16_t)(rand() % 20 ? i % 2 : rand() % 2)};
    ioc_shard_apply(day->shard, town_record(&day->town, &event), &day->book.outlet);
}

static void send_command(struct day *day)
{
    char id[16];
    if (!day->book.count)
        return;
    uint32_t which = day->book.live_count && rand() % 8 ? day->book.live[(uint32_t)rand() % day->book.live_count]
                                                          : (uint32_t)rand() % day->book.count;
    const struct life *life = &day->book.lives[which];
    int length = snprintf(id, sizeof id, "c%u", rand() % 10 ? day->commands++ : day->commands);
    struct ioc_command command = {.op = (uint8_t)(rand() % IOC_COMMANDS), .seq_seen = rand() % 2 ? life->seq : 0, .issued_at = day->now,
        .expires_at = day->now + 30 * IOC_SECOND, .until = rand() % 10 ? day->now + (1 + rand() % 120) * IOC_MINUTE : IOC_TIME_NONE,
        .id = {id, (uint32_t)length}, .alert = {life->id, IOC_ID_LENGTH}, .user = IOC_TEXT("local:an"), .reason = IOC_TEXT("because")};
    struct ioc_buffer packed = {0}, batch = {0};
    struct ioc_record header = {.kind = IOC_RECORD_COMMAND, .stamp = day->now, .offset = ++day->offset};
    ioc_command_pack(&command, &packed);
    assert_int_equal(ioc_record_add(&batch, &header, packed.data, (uint32_t)packed.length), IOC_OK);
    uint32_t before = day->book.results;
    ioc_shard_apply(day->shard, (struct ioc_record *)batch.data, &day->book.outlet);
    assert_int_equal(day->book.results, before + 1);
    ioc_buffer_done(&packed);
    ioc_buffer_done(&batch);
}

static void send_plain(struct day *day, enum ioc_record_kind kind, uint16_t source)
{
    struct ioc_record record = {.bytes = sizeof record, .kind = (uint8_t)kind, .source = source, .stamp = day->now, .offset = ++day->offset};
    ioc_shard_apply(day->shard, &record, &day->book.outlet);
}

static void reload(struct day *day, int rule_set)
{
    struct ioc_record record = {.bytes = sizeof record, .kind = IOC_RECORD_RELOAD, .stamp = day->now, .offset = ++day->offset};
    day->rule_set = rule_set;
    ioc_shard_reload(day->shard, day->rules[rule_set], &record, &day->book.outlet);
}

static void do_anything(struct day *day)
{
    int dice = rand() % 100;
    day->now += rand() % 3 ? (ioc_span)(rand() % 30) * IOC_SECOND : 0;
    if (rand() % 40 == 0)
        day->now += (ioc_span)(rand() % 1500) * IOC_SECOND;
    if (dice < 70)
        send_event(day);
    else if (dice < 80)
        send_plain(day, IOC_RECORD_TICK, UINT16_MAX);
    else if (dice < 92)
        send_command(day);
    else if (dice < 97)
        send_plain(day, rand() % 3 ? IOC_RECORD_SOURCE_DRAINED : IOC_RECORD_SOURCE_DOWN, (uint16_t)(rand() % 2));
    else
        reload(day, rand() % RULE_SETS);
}

static void state_and_history_agree_after_every_record(void **state)
{
    for (unsigned seed = 1; seed <= 12; seed++) {
        struct day day;
        open_day(&day, seed, seed % 3 ? 0 : 4);
        day.book.checks_entities = true;
        for (int i = 0; i < 4000; i++) {
            do_anything(&day);
            check_state(day.shard);
            if (rand() % 20 == 0)
                ioc_shard_publish(day.shard, &day.book.outlet);
        }
        assert_true(day.book.transitions > 500 && day.book.entities > 100);
        close_day(&day);
    }
}

static void the_same_day_twice_is_the_same_to_the_byte(void **state)
{
    for (unsigned seed = 20; seed <= 23; seed++) {
        struct day days[2];
        for (int d = 0; d < 2; d++) {
            open_day(&days[d], seed, 0);
            for (int i = 0; i < 3000; i++)
                do_anything(&days[d]);
        }
        assert_int_equal(days[0].book.bytes.length, days[1].book.bytes.length);
        assert_memory_equal(days[0].book.bytes.data, days[1].book.bytes.data, days[0].book.bytes.length);
        close_day(&days[0]);
        close_day(&days[1]);
    }
}

/* SIGHUP without a changed file: nobody may notice. */
static void a_reload_of_the_same_rules_changes_nothing(void **state)
{
    for (unsigned seed = 40; seed <= 45; seed++) {
        struct day days[2];
        for (int d = 0; d < 2; d++) {
            open_day(&days[d], seed, 0);
            struct ioc_ruleset *same = town_rules(&days[d].town, rule_texts[0]);
            for (int i = 0; i < 2500; i++) {
                days[d].now += (ioc_span)(rand() % 40) * IOC_SECOND;
                int dice = rand() % 10;
                if (dice < 8)
                    send_event(&days[d]);
                else if (dice == 8)
                    send_command(&days[d]);
                else if (d == 0) {
                    struct ioc_record record = {.bytes = sizeof record, .kind = IOC_RECORD_RELOAD, .stamp = days[d].now, .offset = ++days[d].offset};
                    ioc_shard_reload(days[d].shard, rand() % 2 ? same : days[d].rules[0], &record, &days[d].book.outlet);
                } else {
                    (void)rand();
                    send_plain(&days[d], IOC_RECORD_TICK, UINT16_MAX);
                }
            }
            ioc_ruleset_unref(same);
        }
        assert_true(days[0].book.transitions > 300);
        assert_int_equal(days[0].book.bytes.length, days[1].book.bytes.length);
        assert_memory_equal(days[0].book.bytes.data, days[1].book.bytes.data, days[0].book.bytes.length);
        close_day(&days[0]);
        close_day(&days[1]);
    }
}

/* Whatever the rules were in between: with no live rule left, nothing is left of the alerts. */
static void rules_that_go_take_all_their_alerts_with_them(void **state)
{
    struct day day;
    open_day(&day, 77, 0);
    struct ioc_ruleset *none = town_rules(&day.town, "owner: d\nrules:\n- {id: none, on: street_depth, mode: off, when: event.depth_cm > 1, severity: minor}\n");
    for (int round = 0; round < 30; round++) {
        for (int i = 0; i < 100; i++)
            do_anything(&day);
        struct ioc_record record = {.bytes = sizeof record, .kind = IOC_RECORD_RELOAD, .stamp = day.now, .offset = ++day.offset};
        ioc_shard_reload(day.shard, none, &record, &day.book.outlet);
        check_state(day.shard);
        assert_true(day.book.live_count <= 1 + STATIONS); /* the engine's own rule of wrong clocks stays */
        reload(&day, 0);
        check_state(day.shard);
    }
    ioc_ruleset_unref(none);
    close_day(&day);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_and_history_agree_after_every_record),
        cmocka_unit_test(the_same_day_twice_is_the_same_to_the_byte),
        cmocka_unit_test(a_reload_of_the_same_rules_changes_nothing),
        cmocka_unit_test(rules_that_go_take_all_their_alerts_with_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
