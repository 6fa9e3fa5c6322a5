/*
 * rules/alarm.c — the alert of one rule and one key: judged on readings, held, returned.
 *
 * A rule's severity is a ladder of rungs (a plain `when` is a ladder of one).  Each rung keeps since when, on
 * the key's clock, it has been true and for how many readings; it is *held* when both reach the rule's hold.
 * The highest held rung is the severity, so one spike can neither raise an alert nor make it worse.  A rung
 * that is true makes all lower rungs true.  While an alert stands on a rung, that rung is judged with its
 * deadband.
 *
 * `decide` looks at the rungs and the clear condition at a moment of the key's clock and makes the
 * transitions that follow; readings and timers both end there.
 */
#include "rules/state.h"

enum { LOWEST_NONE = -1 };

/* ------------------------------------------------------------- finding and making */

struct ioc_alarm *ioc_alarm_of(struct ioc_shard *shard, const struct ioc_keystate *key, uint32_t rule)
{
    for (uint32_t i = key->first_alarm; i != IOC_SLAB_NONE;) {
        struct ioc_alarm *alarm = ioc_alarm_at(shard, i);
        if (alarm->rule == rule)
            return alarm;
        i = alarm->next;
    }
    return NULL;
}

void ioc_alarm_forget(struct ioc_alarm *alarm)
{
    for (int r = 0; r < IOC_RUNGS; r++) {
        alarm->rung_since[r] = IOC_TIME_NONE;
        alarm->rung_readings[r] = 0;
    }
    alarm->clear_since = IOC_TIME_NONE;
}

/* At the bound alarms that only remember an ended alert make room, once there are enough to be worth the walk. */
static void forget_ended(struct ioc_shard *shard)
{
    uint32_t ended = shard->alarms.live - shard->counts.alerts;
    if (shard->alarms.live < shard->alarms.most || ended <= shard->alarms.most / 8)
        return;
    for (uint32_t i = 0; i < shard->alarms.used; i++) {
        struct ioc_alarm *alarm = ioc_alarm_at(shard, i);
        if (alarm->is_used && alarm->state == IOC_ALERT_NORMAL && !(alarm->flags & IOC_ALERT_SHELVED) && alarm->hold_place == UINT32_MAX)
            ioc_alarm_remove(shard, alarm);
    }
}

static struct ioc_alarm *make_alarm(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_keystate *key)
{
    forget_ended(shard);
    uint32_t index = ioc_slab_take(&shard->alarms);
    if (index == IOC_SLAB_NONE)
        return NULL;
    struct ioc_alarm *alarm = ioc_alarm_at(shard, index);
    alarm->rule = rule->index;
    alarm->key = ioc_keystate_index(shard, key);
    alarm->next = key->first_alarm;
    key->first_alarm = index;
    alarm->hold_place = alarm->shelve_place = UINT32_MAX;
    alarm->record = IOC_HEAP_NONE;
    alarm->onset = alarm->since = alarm->acknowledged_at = alarm->shelved_until = alarm->key_due = IOC_TIME_NONE;
    alarm->ordinal = shard->removed << 8;
    ioc_alarm_forget(alarm);
    alarm->is_used = true;
    return alarm;
}

enum ioc_life_policy ioc_alarm_policy(const struct ioc_rule *rule, const struct ioc_alarm *alarm)
{
    switch (rule->ack) {
    case IOC_ACK_REQUIRED: return IOC_LIFE_REQUIRED;
    case IOC_ACK_ON_RAISE: return IOC_LIFE_ON_RAISE;
    case IOC_ACK_NONE: return IOC_LIFE_NONE;
    case IOC_ACK_BY_SEVERITY: break;
    }
    return alarm->worst >= IOC_SEVERITY_MAJOR ? IOC_LIFE_REQUIRED : IOC_LIFE_ON_RAISE;
}

struct ioc_alarm *ioc_alarm_by_id(struct ioc_shard *shard, struct ioc_text id)
{
    uint32_t at = UINT32_MAX;
    for (;;) {
        uint32_t index = ioc_table_find(&shard->alert_table, ioc_text_hash(id), &at);
        if (index == IOC_TABLE_NONE)
            return NULL;
        struct ioc_alarm *alarm = ioc_alarm_at(shard, index);
        struct ioc_transition record;
        struct ioc_text bytes = {ioc_heap_at(&shard->heap, alarm->record), alarm->record_length};
        if (ioc_transition_unpack(bytes, &record) == IOC_OK && ioc_text_equal(ioc_text_of(record.id.text), id))
            return alarm;
    }
}

/* ------------------------------------------------------------- deciding */

static int lowest_rung(const struct ioc_rule *rule)
{
    for (int r = 0; r < IOC_RUNGS; r++)
        if (rule->when[r])
            return r;
    return LOWEST_NONE;
}

static int highest_true(const struct ioc_alarm *alarm)
{
    for (int r = IOC_RUNGS; r-- > 0;)
        if (alarm->rung_since[r] != IOC_TIME_NONE)
            return r;
    return LOWEST_NONE;
}

static int highest_held(const struct ioc_rule *rule, const struct ioc_alarm *alarm, ioc_time time)
{
    for (int r = IOC_RUNGS; r-- > 0;)
        if (alarm->rung_since[r] != IOC_TIME_NONE && alarm->rung_readings[r] >= rule->hold.readings &&
            ioc_time_since(time, alarm->rung_since[r]) >= rule->hold.span)
            return r;
    return LOWEST_NONE;
}

/* ------------------------------------------------------------- shelving */

void ioc_alarm_move_shelve(struct ioc_shard *shard, struct ioc_alarm *alarm)
{
    struct ioc_timer timer = {.due = alarm->shelved_until, .order = ((uint64_t)alarm->rule + 1) << 32, .owner = ioc_alarm_index(shard, alarm),
        .kind = IOC_TIMER_SHELVE};
    ioc_timers_set(&shard->timers, alarm->shelve_place, &timer);
}

void ioc_alarm_shelve(struct ioc_shard *shard, struct ioc_alarm *alarm, ioc_time until)
{
    alarm->flags |= IOC_ALERT_SHELVED;
    alarm->shelved_until = until;
    alarm->shelved_severity = alarm->severity;
    ioc_alarm_move_shelve(shard, alarm);
}

void ioc_alarm_unshelve(struct ioc_shard *shard, struct ioc_alarm *alarm)
{
    alarm->flags &= (uint8_t)~IOC_ALERT_SHELVED;
    alarm->shelved_until = IOC_TIME_NONE;
    ioc_timers_drop(&shard->timers, alarm->shelve_place);
}

/* A shelve holds for the severity that it named and those below, over a return to normal too. */
static void break_shelve(struct ioc_shard *shard, struct ioc_alarm *alarm)
{
    if (alarm->flags & IOC_ALERT_SHELVED && alarm->severity > alarm->shelved_severity)
        ioc_alarm_unshelve(shard, alarm);
}

/* ------------------------------------------------------------- transitions */

static void raise_alert(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_alarm *alarm, int held, ioc_time time,
    enum ioc_cause cause)
{
    alarm->severity = (uint8_t)(held + 1);
    if (alarm->severity > alarm->worst)
        alarm->worst = alarm->severity;
    break_shelve(shard, alarm);
    enum ioc_alert_state to = ioc_lifecycle_next(ioc_alarm_policy(rule, alarm), alarm->state, IOC_LIFE_RAISE);
    if (to != IOC_ALERT_STATES)
        ioc_alarm_change(shard, alarm, &(struct ioc_alarm_change){.to = to, .cause = cause, .key_time = time, .is_news = true});
}

static void change_severity(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_alarm *alarm, int rung, ioc_time time)
{
    uint8_t severity = (uint8_t)(rung + 1);
    if (severity == alarm->severity)
        return;
    struct ioc_alarm_change change = {.to = alarm->state, .cause = IOC_CAUSE_BETTER, .key_time = time, .is_news = true};
    if (severity > alarm->severity) {
        change.cause = IOC_CAUSE_WORSE;
        alarm->worst = severity > alarm->worst ? severity : alarm->worst;
        enum ioc_alert_state to = ioc_lifecycle_next(ioc_alarm_policy(rule, alarm), alarm->state, IOC_LIFE_WORSE);
        change.to = to == IOC_ALERT_STATES ? (enum ioc_alert_state)alarm->state : to;
    }
    alarm->severity = severity;
    break_shelve(shard, alarm);
    ioc_alarm_change(shard, alarm, &change);
}

static void decide_active(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_alarm *alarm, ioc_time time,
    enum ioc_cause cause)
{
    int held = highest_held(rule, alarm, time), top = highest_true(alarm);
    if (top != LOWEST_NONE) {
        /* A rung above that is not held yet changes nothing; one that was left does.  A rung once held stays so
         * while it is true, though a reading may be older than the timer that held it. */
        int now = alarm->severity - 1;
        int rung = top < now ? top : held > now ? held : now;
        change_severity(shard, rule, alarm, rung, time);
        return;
    }
    if (alarm->clear_since != IOC_TIME_NONE && ioc_time_since(time, alarm->clear_since) >= rule->clear_hold) {
        enum ioc_alert_state to = ioc_lifecycle_next(ioc_alarm_policy(rule, alarm), alarm->state, IOC_LIFE_RETURN);
        if (to != IOC_ALERT_STATES)
            ioc_alarm_change(shard, alarm, &(struct ioc_alarm_change){.to = to, .cause = cause, .key_time = time, .is_news = true});
        return;
    }
    change_severity(shard, rule, alarm, lowest_rung(rule), time);
}

static void decide(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_alarm *alarm, ioc_time time, enum ioc_cause cause)
{
    int held = highest_held(rule, alarm, time), top = highest_true(alarm);
    switch ((enum ioc_alert_state)alarm->state) {
    case IOC_ALERT_NORMAL:
        if (held != LOWEST_NONE) {
            raise_alert(shard, rule, alarm, held, time, cause);
        } else if (top != LOWEST_NONE) {
            alarm->severity = (uint8_t)(top + 1);
            ioc_alarm_change(shard, alarm, &(struct ioc_alarm_change){.to = IOC_ALERT_PENDING, .cause = cause, .key_time = time, .is_news = true});
        }
        break;
    case IOC_ALERT_PENDING:
        if (held != LOWEST_NONE)
            raise_alert(shard, rule, alarm, held, time, cause);
        else if (top == LOWEST_NONE)
            ioc_alarm_change(shard, alarm, &(struct ioc_alarm_change){.to = IOC_ALERT_NORMAL, .cause = cause, .key_time = time, .is_news = true});
        break;
    case IOC_ALERT_RETURNED:
        if (held != LOWEST_NONE)
            raise_alert(shard, rule, alarm, held, time, cause);
        break;
    default: decide_active(shard, rule, alarm, time, cause); break;
    }
    ioc_alarm_arm(shard, ioc_alarm_index(shard, alarm));
}

/* When, on the key's clock, a hold or a clear hold will run out by itself. */
static ioc_time next_key_due(const struct ioc_rule *rule, const struct ioc_alarm *alarm)
{
    ioc_time due = IOC_TIME_NONE;
    bool is_active = ioc_lifecycle_is_active(alarm->state);
    for (int r = 0; r < IOC_RUNGS; r++) {
        if (alarm->rung_since[r] == IOC_TIME_NONE || alarm->rung_readings[r] < rule->hold.readings ||
            (is_active && r + 1 <= alarm->severity))
            continue;
        ioc_time held = ioc_time_add(alarm->rung_since[r], rule->hold.span);
        if (due == IOC_TIME_NONE || held < due)
            due = held;
    }
    if (is_active && alarm->clear_since != IOC_TIME_NONE) {
        ioc_time clear = ioc_time_add(alarm->clear_since, rule->clear_hold);
        if (due == IOC_TIME_NONE || clear < due)
            due = clear;
    }
    return due;
}

void ioc_alarm_arm(struct ioc_shard *shard, uint32_t index)
{
    struct ioc_alarm *alarm = ioc_alarm_at(shard, index);
    const struct ioc_keystate *key = ioc_keystate_at(shard, alarm->key);
    alarm->key_due = next_key_due(ioc_alarm_rule(shard, alarm), alarm);
    if (alarm->key_due == IOC_TIME_NONE || key->is_down || key->is_stale) {
        ioc_timers_drop(&shard->timers, alarm->hold_place);
        return;
    }
    struct ioc_timer timer = {.due = ioc_keystate_moment(key, alarm->key_due), .order = ((uint64_t)alarm->rule + 1) << 32, .owner = index,
        .kind = IOC_TIMER_HOLD};
    ioc_timers_set(&shard->timers, alarm->hold_place, &timer);
}

void ioc_alarm_timer(struct ioc_shard *shard, uint32_t index, ioc_time key_time)
{
    struct ioc_alarm *alarm = ioc_alarm_at(shard, index);
    const struct ioc_keystate *key = ioc_keystate_at(shard, alarm->key);
    shard->frames[IOC_FRAME_EVENT] = shard->frames[IOC_FRAME_LAST] = ioc_keystate_last(shard, key);
    decide(shard, ioc_alarm_rule(shard, alarm), alarm, key_time, IOC_CAUSE_TIMER);
}

/* ------------------------------------------------------------- judging a reading */

static enum ioc_outcome test(struct ioc_shard *shard, const struct ioc_program *program, bool *value)
{
    enum ioc_outcome outcome = ioc_program_test(program, shard->frames, shard->scratch, value);
    if (outcome == IOC_OUTCOME_ERROR)
        shard->counts.errors++;
    else if (outcome == IOC_OUTCOME_MISSING)
        shard->counts.missing++;
    return outcome;
}

/* Whether rung r was true when it was last known; after a silence what the alert stands on. */
static bool was_true(const struct ioc_alarm *alarm, int r)
{
    if (!alarm)
        return false;
    bool is_known = highest_true(alarm) != LOWEST_NONE || alarm->clear_since != IOC_TIME_NONE;
    return is_known ? alarm->rung_since[r] != IOC_TIME_NONE : ioc_lifecycle_is_active(alarm->state) && r < alarm->severity;
}

/* The highest rung that is true, or LOWEST_NONE; ERROR and MISSING as they come.  A rung that the reading says
 * nothing of keeps what it was (is_kept), but for `on_missing: clear`. */
static enum ioc_outcome test_rungs(struct ioc_shard *shard, const struct ioc_rule *rule, const struct ioc_alarm *alarm, int *top,
    bool *is_kept)
{
    enum ioc_outcome worst = IOC_OUTCOME_VALUE;
    bool is_active = alarm && ioc_lifecycle_is_active(alarm->state);
    *top = LOWEST_NONE;
    *is_kept = false;
    for (int r = IOC_RUNGS; r-- > 0;) {
        if (!rule->when[r])
            continue;
        bool is_true = false;
        bool stays = is_active && r < alarm->severity && rule->stay[r];
        enum ioc_outcome outcome = test(shard, stays ? rule->stay[r] : rule->when[r], &is_true);
        if (outcome > worst)
            worst = outcome;
        /* With `raise` a missing value is itself a reading for the lowest rung. */
        bool keeps = rule->on_missing == IOC_MISSING_KEEP || (rule->on_missing == IOC_MISSING_RAISE && r != lowest_rung(rule));
        bool is_unknown = outcome == IOC_OUTCOME_ERROR || (outcome == IOC_OUTCOME_MISSING && keeps);
        *is_kept = is_unknown && was_true(alarm, r);
        if ((outcome == IOC_OUTCOME_VALUE && is_true) || *is_kept) {
            *top = r;
            return IOC_OUTCOME_VALUE;
        }
    }
    return worst;
}

static void note_rungs(const struct ioc_rule *rule, struct ioc_alarm *alarm, int top, ioc_time time, bool is_reading)
{
    for (int r = 0; r < IOC_RUNGS; r++) {
        if (!rule->when[r] || r > top) {
            alarm->rung_since[r] = IOC_TIME_NONE;
            alarm->rung_readings[r] = 0;
        } else if (alarm->rung_since[r] == IOC_TIME_NONE) {
            alarm->rung_since[r] = time;
            alarm->rung_readings[r] = 1;
        } else if (is_reading && alarm->rung_readings[r] < UINT32_MAX) {
            alarm->rung_readings[r]++;
        }
    }
}

static void note_clear(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_alarm *alarm, int top, ioc_time time,
    bool must_clear)
{
    bool is_clear = top == LOWEST_NONE;
    if (is_clear && rule->clear_when && !must_clear) {
        bool value = false;
        enum ioc_outcome outcome = test(shard, rule->clear_when, &value);
        if (outcome == IOC_OUTCOME_MISSING && rule->on_missing != IOC_MISSING_CLEAR)
            return; /* keep: nothing is known */
        is_clear = outcome == IOC_OUTCOME_VALUE ? value : outcome == IOC_OUTCOME_MISSING;
    }
    if (!is_clear)
        alarm->clear_since = IOC_TIME_NONE;
    else if (alarm->clear_since == IOC_TIME_NONE)
        alarm->clear_since = time;
}

/* No rung can be true: then it does not matter that `where` failed, as `error && false` is false. */
static bool are_rungs_false(struct ioc_shard *shard, const struct ioc_rule *rule)
{
    for (int r = 0; r < IOC_RUNGS; r++) {
        bool value;
        if (rule->when[r] && (ioc_program_test(rule->when[r], shard->frames, shard->scratch, &value) != IOC_OUTCOME_VALUE || value))
            return false;
    }
    return true;
}

static bool is_concerned(struct ioc_shard *shard, const struct ioc_rule *rule)
{
    bool value = true;
    if (!rule->where)
        return true;
    switch (ioc_program_test(rule->where, shard->frames, shard->scratch, &value)) {
    case IOC_OUTCOME_VALUE: return value;
    case IOC_OUTCOME_MISSING: shard->counts.missing++; return false;
    case IOC_OUTCOME_ERROR: shard->counts.errors += !are_rungs_false(shard, rule); return false;
    }
    return false;
}

bool ioc_alarm_is_waiting(const struct ioc_alarm *alarm)
{
    return alarm->state != IOC_ALERT_NORMAL || highest_true(alarm) != LOWEST_NONE;
}

void ioc_alarm_judge(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_keystate *key, const struct ioc_alarm_reading *reading)
{
    ioc_alarm_frames(shard, rule, key, reading->time);
    if (!is_concerned(shard, rule))
        return;
    struct ioc_alarm *alarm = reading->alarm == IOC_SLAB_NONE ? NULL : ioc_alarm_at(shard, reading->alarm);
    shard->counts.judged++;
    int top;
    enum ioc_cause cause = shard->is_reloading ? IOC_CAUSE_RELOAD : IOC_CAUSE_EVENT;
    bool must_clear = false, is_kept;
    switch (test_rungs(shard, rule, alarm, &top, &is_kept)) {
    case IOC_OUTCOME_VALUE: break;
    case IOC_OUTCOME_ERROR: return;
    case IOC_OUTCOME_MISSING:
        if (rule->on_missing == IOC_MISSING_KEEP)
            return;
        cause = IOC_CAUSE_MISSING;
        must_clear = rule->on_missing == IOC_MISSING_CLEAR;
        top = must_clear ? LOWEST_NONE : lowest_rung(rule);
        break;
    }
    if (!alarm) {
        if (top == LOWEST_NONE)
            return;
        alarm = make_alarm(shard, rule, key);
        if (!alarm) {
            shard->counts.refused_keys++;
            return;
        }
    }
    if (alarm->state == IOC_ALERT_NORMAL && top == LOWEST_NONE && highest_true(alarm) == LOWEST_NONE)
        return;
    note_rungs(rule, alarm, top, reading->time, reading->is_reading && !is_kept);
    note_clear(shard, rule, alarm, top, reading->time, must_clear);
    decide(shard, rule, alarm, reading->time, cause);
}

void ioc_alarm_reload(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_keystate *key)
{
    ioc_alarm_frames(shard, rule, key, key->newest);
    struct ioc_alarm *alarm = ioc_alarm_of(shard, key, rule->index);
    bool concerns = true;
    if (alarm && rule->where && test(shard, rule->where, &concerns) == IOC_OUTCOME_VALUE && !concerns)
        ioc_alarm_remove(shard, alarm);
    else if (!key->is_stale && !key->is_down)
        ioc_alarm_judge(shard, rule, key, &(struct ioc_alarm_reading){key->newest, false, alarm ? ioc_alarm_index(shard, alarm) : IOC_SLAB_NONE});
}

void ioc_alarm_drop_pending(struct ioc_shard *shard, struct ioc_keystate *key)
{
    for (uint32_t i = key->first_alarm; i != IOC_SLAB_NONE; i = ioc_alarm_at(shard, i)->next) {
        struct ioc_alarm *alarm = ioc_alarm_at(shard, i);
        if (alarm->state == IOC_ALERT_PENDING && highest_true(alarm) == LOWEST_NONE)
            ioc_alarm_change(shard, alarm,
                &(struct ioc_alarm_change){.to = IOC_ALERT_NORMAL, .cause = IOC_CAUSE_RELOAD, .key_time = key->newest});
    }
}

/* ------------------------------------------------------------- silence, end of a shelve, removal */

static void silence_alarm(struct ioc_shard *shard, struct ioc_alarm *alarm, ioc_time key_time)
{
    const struct ioc_rule *rule = ioc_alarm_rule(shard, alarm);
    struct ioc_alarm_change change = {.to = alarm->state, .cause = IOC_CAUSE_SILENCE, .key_time = key_time};
    /* What has not been confirmed by a reading does not ripen in silence. */
    ioc_alarm_forget(alarm);
    switch ((enum ioc_alert_state)alarm->state) {
    case IOC_ALERT_NORMAL: return;
    case IOC_ALERT_PENDING: change.to = IOC_ALERT_NORMAL; break;
    default:
        if (rule->silence == IOC_SILENCE_CLEAR && ioc_lifecycle_is_active(alarm->state)) {
            change.to = ioc_lifecycle_next(ioc_alarm_policy(rule, alarm), alarm->state, IOC_LIFE_RETURN);
            break;
        }
        if (alarm->flags & IOC_ALERT_DOUBTFUL || !ioc_lifecycle_is_active(alarm->state))
            return;
        alarm->flags |= IOC_ALERT_DOUBTFUL;
    }
    ioc_alarm_change(shard, alarm, &change);
}

void ioc_alarm_silence(struct ioc_shard *shard, struct ioc_keystate *key, bool is_silent)
{
    ioc_time key_time = key->newest;
    for (uint32_t i = key->first_alarm; i != IOC_SLAB_NONE; i = ioc_alarm_at(shard, i)->next) {
        struct ioc_alarm *alarm = ioc_alarm_at(shard, i);
        if (is_silent) {
            silence_alarm(shard, alarm, key_time);
        } else if (alarm->flags & IOC_ALERT_DOUBTFUL) {
            alarm->flags &= (uint8_t)~IOC_ALERT_DOUBTFUL;
            ioc_alarm_change(shard, alarm,
                &(struct ioc_alarm_change){.to = alarm->state, .cause = IOC_CAUSE_SILENCE, .key_time = key_time});
        }
    }
}

void ioc_alarm_shelve_ended(struct ioc_shard *shard, uint32_t index)
{
    struct ioc_alarm *alarm = ioc_alarm_at(shard, index);
    ioc_alarm_unshelve(shard, alarm);
    if (alarm->state != IOC_ALERT_NORMAL)
        ioc_alarm_change(shard, alarm,
            &(struct ioc_alarm_change){.to = alarm->state, .cause = IOC_CAUSE_EXPIRED, .key_time = ioc_keystate_at(shard, alarm->key)->newest});
    else
        ioc_alarm_drop_record(shard, alarm);
}

/* Ends the alert with cause `reload` and takes the alarm out of its key's chain. */
void ioc_alarm_remove(struct ioc_shard *shard, struct ioc_alarm *alarm)
{
    struct ioc_keystate *key = ioc_keystate_at(shard, alarm->key);
    uint32_t index = ioc_alarm_index(shard, alarm);
    if (alarm->state != IOC_ALERT_NORMAL)
        ioc_alarm_change(shard, alarm,
            &(struct ioc_alarm_change){.to = IOC_ALERT_NORMAL, .cause = IOC_CAUSE_RELOAD, .key_time = key->newest});
    ioc_timers_drop(&shard->timers, alarm->hold_place);
    ioc_timers_drop(&shard->timers, alarm->shelve_place);
    ioc_alarm_drop_record(shard, alarm);
    uint32_t *of_place = &shard->alarm_of[ioc_alarm_rule(shard, alarm)->place];
    if (*of_place == index)
        *of_place = IOC_SLAB_NONE;
    shard->removed++;
    uint32_t *link = &key->first_alarm;
    while (*link != index)
        link = &ioc_alarm_at(shard, *link)->next;
    *link = alarm->next;
    alarm->is_used = false;
    ioc_slab_give(&shard->alarms, index);
}
