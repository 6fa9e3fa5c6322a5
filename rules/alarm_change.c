/*
 * rules/alarm_change.c — a transition of an alert, written down and handed out.
 *
 * The packed last transition is the alert's memory of texts, people and notes; a new one starts from it.
 */
#include "rules/state.h"

enum { VALUES_MOST = 16 * 1024 };

static const struct ioc_row *write_engine(struct ioc_shard *shard, const struct ioc_keystate *key, ioc_time now)
{
    ioc_buffer_reset(&shard->key_text);
    ioc_key_print(ioc_keystate_text(shard, key), &shard->key_text);
    ioc_draft_begin(&shard->engine, &ioc_rule_engine);
    ioc_draft_set_int(&shard->engine, IOC_ENGINE_NOW, now);
    (void)!ioc_draft_set_text(&shard->engine, IOC_ENGINE_KEY, ioc_buffer_text(&shard->key_text)); /* one too long is missing */
    return ioc_draft_row(&shard->engine);
}

void ioc_alarm_frames(struct ioc_shard *shard, const struct ioc_rule *rule, const struct ioc_keystate *key, ioc_time now)
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
    if (rule->reads_engine)
        shard->frames[IOC_FRAME_ENGINE] = write_engine(shard, key, now);
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
    ioc_alarm_frames(shard, rule, key, t->key_time);
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

void ioc_alarm_drop_record(struct ioc_shard *shard, struct ioc_alarm *alarm)
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
    ioc_table_add(&shard->alert_table, ioc_text_hash(ioc_text_of(t->id.text)), ioc_alarm_index(shard, alarm));
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
    ioc_table_remove(&shard->alert_table, ioc_text_hash(ioc_text_of(t->id.text)), ioc_alarm_index(shard, alarm));
    alarm->flags &= IOC_ALERT_SHELVED;
    if (!alarm->flags)
        ioc_alarm_drop_record(shard, alarm);
    alarm->severity = alarm->worst = 0;
    alarm->clear_since = IOC_TIME_NONE;
    shard->counts.alerts--;
}

void ioc_alarm_change(struct ioc_shard *shard, struct ioc_alarm *alarm, const struct ioc_alarm_change *change)
{
    const struct ioc_rule *rule = ioc_alarm_rule(shard, alarm);
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
    if (!alarm->is_used || alarm->state == IOC_ALERT_NORMAL || ioc_alarm_rule(shard, alarm)->mode != IOC_MODE_LIVE ||
        !read_record(shard, alarm, &t))
        return;
    t.is_restated = true;
    shard->outlet->transition(shard->outlet, &t);
}
