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

enum { LOWEST_NONE = -1, VALUES_MOST = 16 * 1024 };

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

static uint32_t index_of(const struct ioc_shard *shard, const struct ioc_alarm *alarm)
{
    return (uint32_t)(((const uint8_t *)alarm - shard->alarms.bytes) / sizeof *alarm);
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

static const struct ioc_rule *rule_of(const struct ioc_shard *shard, const struct ioc_alarm *alarm)
{
    return ioc_ruleset_rule(shard->ruleset, alarm->rule);
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

/* ------------------------------------------------------------- writing a transition down */

static void set_frames(struct ioc_shard *shard, const struct ioc_rule *rule, const struct ioc_keystate *key)
{
    const struct ioc_row *event = shard->frames[IOC_FRAME_EVENT];
    uint32_t row = key->asset_row;
    if (rule->params.table && !(rule->params.table == rule->stream->asset && rule->params.by == rule->stream->key[0])) { /* else it is the key's own row */
        struct ioc_key name = {.length = 0};
        row = event && ioc_key_of_row(&name, event, &rule->stream->schema, &rule->params.by, 1) == IOC_OK
                  ? ioc_reference_find(rule->params.table, ioc_key_text(&name))
                  : UINT32_MAX;
    }
    shard->frames[IOC_FRAME_PARAMS] = ioc_params_row(&rule->params, rule->params.table ? row : UINT32_MAX);
    uint32_t asset = rule->asset_by == IOC_SLOT_NONE ? key->asset_row : row;
    shard->frames[IOC_FRAME_ASSET] = rule->asset && asset != UINT32_MAX ? ioc_reference_row(rule->asset, asset) : NULL;
}

static void write_value(struct ioc_buffer *out, const struct ioc_row *row, const struct ioc_rule_value *value)
{
    union ioc_word word = ioc_row_word(row, value->slot);
    char text[IOC_TIME_TEXT];
    switch (value->field->type) {
    case IOC_BOOL: ioc_buffer_add_string(out, word.u ? "true" : "false"); break;
    case IOC_INT: ioc_buffer_add_int(out, word.i); break;
    case IOC_UINT: ioc_buffer_add_uint(out, word.u); break;
    case IOC_DOUBLE: ioc_buffer_add_double(out, word.d); break;
    case IOC_STRING: ioc_buffer_add_json(out, ioc_row_text_at(row, word.ref)); break;
    case IOC_TIMESTAMP: ioc_buffer_add_json(out, ioc_time_format(word.i, NULL, text)); break;
    case IOC_DURATION: ioc_buffer_add_json(out, ioc_span_format(word.i, text)); break;
    default: ioc_buffer_add_string(out, "null"); break;
    }
}

/* Names and values that decided, as a JSON object. */
static void write_values(struct ioc_shard *shard, const struct ioc_rule *rule)
{
    struct ioc_buffer *out = &shard->values;
    ioc_buffer_reset(out);
    for (uint32_t i = 0; i < rule->value_count; i++) {
        const struct ioc_rule_value *value = &rule->values[i];
        const struct ioc_row *row = shard->frames[value->frame];
        if (value->field->personal != IOC_PERSONAL_NO)
            continue;
        size_t before = out->length;
        ioc_buffer_add_char(out, out->length ? ',' : '{');
        ioc_buffer_add_json(out, value->name);
        ioc_buffer_add_char(out, ':');
        if (ioc_row_has(row, value->slot))
            write_value(out, row, value);
        else
            ioc_buffer_add_string(out, "null");
        if (out->length > VALUES_MOST) { /* whole values or none */
            out->length = before;
            break;
        }
    }
    if (out->length)
        ioc_buffer_add_char(out, '}');
}

static void make_news(struct ioc_shard *shard, const struct ioc_rule *rule, const struct ioc_keystate *key, struct ioc_transition *t)
{
    set_frames(shard, rule, key);
    ioc_buffer_reset(&shard->message_vi);
    ioc_buffer_reset(&shard->message_en);
    ioc_template_render(&rule->message_vi, shard->frames, shard->scratch, &shard->message_vi);
    ioc_template_render(&rule->message_en, shard->frames, shard->scratch, &shard->message_en);
    write_values(shard, rule);
    t->message_vi = ioc_buffer_text(&shard->message_vi);
    t->message_en = ioc_buffer_text(&shard->message_en);
    t->values = ioc_buffer_text(&shard->values);
    struct ioc_outcome_value point;
    t->has_point = key->has_point;
    t->point = (struct ioc_point){key->longitude, key->latitude};
    if (rule->position && ioc_program_run(rule->position, shard->frames, shard->scratch, &point) == IOC_OUTCOME_VALUE) {
        t->has_point = true;
        t->point = point.point;
    }
    if (key->area != IOC_AREA_NONE) {
        const struct ioc_area *area = ioc_areas_get(shard->options.areas, (uint32_t)key->area);
        t->area = area->id;
        t->area_name = area->name;
    }
}

static void name_key(struct ioc_shard *shard, const struct ioc_rule *rule, const struct ioc_keystate *key, struct ioc_transition *t)
{
    ioc_buffer_reset(&shard->key_text);
    ioc_buffer_reset(&shard->entity_text);
    ioc_key_print(ioc_keystate_text(shard, key), &shard->key_text);
    ioc_buffer_add_text(&shard->entity_text, rule->stream->name);
    ioc_buffer_add_char(&shard->entity_text, ':');
    ioc_buffer_add_text(&shard->entity_text, ioc_buffer_text(&shard->key_text));
    t->key = ioc_buffer_text(&shard->key_text);
    t->entity = ioc_buffer_text(&shard->entity_text);
}

static void add_person(struct ioc_transition *t, const struct ioc_command *command, ioc_time now)
{
    t->actor = command->user;
    t->reason = command->reason;
    t->command = command->id;
    switch (command->op) {
    case IOC_COMMAND_ACKNOWLEDGE:
        t->acknowledged_by = command->user;
        t->acknowledged_at = now;
        break;
    case IOC_COMMAND_UNACKNOWLEDGE:
        t->acknowledged_by = (struct ioc_text){0};
        t->acknowledged_at = IOC_TIME_NONE;
        break;
    case IOC_COMMAND_SHELVE: t->shelved_by = command->user; break;
    case IOC_COMMAND_UNSHELVE: t->shelved_by = (struct ioc_text){0}; break;
    default: t->note = command->reason; break;
    }
}

static void drop_record(struct ioc_shard *shard, struct ioc_alarm *alarm)
{
    ioc_heap_give(&shard->heap, alarm->record);
    alarm->record = IOC_HEAP_NONE;
    alarm->record_length = 0;
}

/* The record of the alert so far; an empty one for a new alert. */
static bool read_record(const struct ioc_shard *shard, const struct ioc_alarm *alarm, struct ioc_transition *t)
{
    struct ioc_text bytes = {alarm->record == IOC_HEAP_NONE ? NULL : ioc_heap_at(&shard->heap, alarm->record), alarm->record_length};
    if (bytes.data && ioc_transition_unpack(bytes, t) == IOC_OK)
        return true;
    *t = (struct ioc_transition){.acknowledged_at = IOC_TIME_NONE, .shelved_until = IOC_TIME_NONE};
    return false;
}

static void begin_alert(struct ioc_shard *shard, const struct ioc_rule *rule, const struct ioc_keystate *key, struct ioc_alarm *alarm,
    ioc_time onset, struct ioc_transition *t)
{
    if (onset <= alarm->onset) /* never behind the last one: its ordinals are known */
        alarm->ordinal++;
    else if (alarm->onset != IOC_TIME_NONE)
        alarm->ordinal = 0;
    if (onset > alarm->onset)
        alarm->onset = onset;
    alarm->seq = alarm->count = alarm->worse_seq = 0;
    alarm->since = alarm->acknowledged_at = IOC_TIME_NONE;
    ioc_id_make(&t->id, shard->options.site, rule->id, ioc_keystate_text(shard, key), onset, alarm->ordinal);
    ioc_table_add(&shard->alert_table, ioc_text_hash(ioc_text_of(t->id.text)), index_of(shard, alarm));
    shard->counts.alerts++;
}

static void count_change(struct ioc_shard *shard, enum ioc_alert_state from, enum ioc_alert_state to)
{
    shard->counts.transitions++;
    if (!ioc_lifecycle_is_active(from) && ioc_lifecycle_is_active(to))
        shard->counts.raised++;
    if (ioc_lifecycle_is_active(from) && !ioc_lifecycle_is_active(to))
        shard->counts.cleared++;
}

static ioc_time earliest_rung(const struct ioc_alarm *alarm, ioc_time fallback)
{
    ioc_time earliest = IOC_TIME_MAX;
    for (int r = 0; r < IOC_RUNGS; r++)
        if (alarm->rung_since[r] != IOC_TIME_NONE && alarm->rung_since[r] < earliest)
            earliest = alarm->rung_since[r];
    return earliest == IOC_TIME_MAX ? fallback : earliest;
}

/* After normal nothing of the alert is kept but what a new one of the same key needs; a shelve stays, and with
 * it the record that says whose it is. */
static void end_alert(struct ioc_shard *shard, struct ioc_alarm *alarm, const struct ioc_transition *t)
{
    ioc_table_remove(&shard->alert_table, ioc_text_hash(ioc_text_of(t->id.text)), index_of(shard, alarm));
    alarm->flags &= IOC_ALERT_SHELVED;
    if (!alarm->flags)
        drop_record(shard, alarm);
    alarm->severity = alarm->worst = 0;
    alarm->clear_since = IOC_TIME_NONE;
    shard->counts.alerts--;
}

void ioc_alarm_change(struct ioc_shard *shard, struct ioc_alarm *alarm, const struct ioc_alarm_change *change)
{
    const struct ioc_rule *rule = rule_of(shard, alarm);
    struct ioc_keystate *key = ioc_keystate_at(shard, alarm->key);
    enum ioc_alert_state from = alarm->state;
    struct ioc_transition t;
    (void)!read_record(shard, alarm, &t);
    if (from == IOC_ALERT_NORMAL) {
        t = (struct ioc_transition){.acknowledged_at = IOC_TIME_NONE, .shelved_by = t.shelved_by};
        begin_alert(shard, rule, key, alarm, earliest_rung(alarm, change->key_time), &t);
    }
    bool is_raise = !ioc_lifecycle_is_active(from) && ioc_lifecycle_is_active(change->to);
    alarm->state = (uint8_t)change->to;
    alarm->seq++;
    if (is_raise) {
        alarm->count++;
        alarm->since = change->key_time;
    }
    if (is_raise || change->cause == IOC_CAUSE_WORSE) {
        alarm->worse_seq = alarm->seq;
        t.acknowledged_by = (struct ioc_text){0};
        t.acknowledged_at = IOC_TIME_NONE;
    }
    t.actor = t.reason = t.command = (struct ioc_text){0};
    t.seq = alarm->seq;
    t.count = alarm->count;
    t.from = (uint8_t)from;
    t.to = (uint8_t)change->to;
    t.flags = alarm->flags;
    t.severity_before = t.severity;
    t.severity = t.priority = alarm->severity;
    t.cause = (uint8_t)change->cause;
    t.partition = (uint8_t)shard->options.partition;
    t.offset = shard->offset;
    t.rule_version = rule->version;
    t.onset = alarm->onset;
    t.since = alarm->since;
    t.key_time = change->key_time;
    t.engine_time = shard->now;
    t.shelved_until = alarm->shelved_until;
    if (!(alarm->flags & IOC_ALERT_SHELVED))
        t.shelved_by = (struct ioc_text){0};
    t.is_restated = false;
    t.rule = rule->id;
    t.owner = rule->owner;
    t.stream = rule->stream->name;
    t.title_vi = rule->title_vi;
    t.title_en = rule->title_en;
    t.labels = rule->labels;
    t.response = rule->response;
    name_key(shard, rule, key, &t);
    if (change->is_news)
        make_news(shard, rule, key, &t);
    if (change->command)
        add_person(&t, change->command, shard->now);
    count_change(shard, from, change->to);
    ioc_buffer_reset(&shard->packed);
    ioc_transition_pack(&t, &shard->packed);
    if (rule->mode == IOC_MODE_LIVE)
        shard->outlet->transition(shard->outlet, &t);
    else
        shard->counts.shadow++;
    if (change->to == IOC_ALERT_NORMAL) {
        end_alert(shard, alarm, &t);
    } else {
        bool is_kept = ioc_heap_store(&shard->heap, &alarm->record, shard->packed.data, (uint32_t)shard->packed.length);
        assert(is_kept); /* alarms are bounded by the slab, a record by IOC_RECORD_MOST */
        alarm->record_length = (uint32_t)shard->packed.length;
    }
    ioc_keystate_touch(shard, key);
}

void ioc_alarm_restate(struct ioc_shard *shard, struct ioc_alarm *alarm)
{
    struct ioc_transition t;
    if (!alarm->is_used || alarm->state == IOC_ALERT_NORMAL || rule_of(shard, alarm)->mode != IOC_MODE_LIVE ||
        !read_record(shard, alarm, &t))
        return;
    t.is_restated = true;
    shard->outlet->transition(shard->outlet, &t);
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
    struct ioc_timer timer = {.due = alarm->shelved_until, .order = ((uint64_t)alarm->rule + 1) << 32, .owner = index_of(shard, alarm),
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
    ioc_alarm_arm(shard, index_of(shard, alarm));
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
    alarm->key_due = next_key_due(rule_of(shard, alarm), alarm);
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
    decide(shard, rule_of(shard, alarm), alarm, key_time, IOC_CAUSE_TIMER);
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

void ioc_alarm_judge(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_keystate *key, ioc_time time, bool is_reading)
{
    set_frames(shard, rule, key);
    bool concerns = true;
    if (rule->where && (test(shard, rule->where, &concerns) != IOC_OUTCOME_VALUE || !concerns))
        return;
    struct ioc_alarm *alarm = ioc_alarm_of(shard, key, rule->index);
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
    note_rungs(rule, alarm, top, time, is_reading && !is_kept);
    note_clear(shard, rule, alarm, top, time, must_clear);
    decide(shard, rule, alarm, time, cause);
}

void ioc_alarm_reload(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_keystate *key)
{
    set_frames(shard, rule, key);
    struct ioc_alarm *alarm = ioc_alarm_of(shard, key, rule->index);
    bool concerns = true;
    if (alarm && rule->where && test(shard, rule->where, &concerns) == IOC_OUTCOME_VALUE && !concerns)
        ioc_alarm_remove(shard, alarm);
    else if (!key->is_stale && !key->is_down)
        ioc_alarm_judge(shard, rule, key, key->newest, false);
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
    const struct ioc_rule *rule = rule_of(shard, alarm);
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
        drop_record(shard, alarm);
}

/* Ends the alert with cause `reload` and takes the alarm out of its key's chain. */
void ioc_alarm_remove(struct ioc_shard *shard, struct ioc_alarm *alarm)
{
    struct ioc_keystate *key = ioc_keystate_at(shard, alarm->key);
    uint32_t index = index_of(shard, alarm);
    if (alarm->state != IOC_ALERT_NORMAL)
        ioc_alarm_change(shard, alarm,
            &(struct ioc_alarm_change){.to = IOC_ALERT_NORMAL, .cause = IOC_CAUSE_RELOAD, .key_time = key->newest});
    ioc_timers_drop(&shard->timers, alarm->hold_place);
    ioc_timers_drop(&shard->timers, alarm->shelve_place);
    drop_record(shard, alarm);
    shard->removed++;
    uint32_t *link = &key->first_alarm;
    while (*link != index)
        link = &ioc_alarm_at(shard, *link)->next;
    *link = alarm->next;
    alarm->is_used = false;
    ioc_slab_give(&shard->alarms, index);
}
