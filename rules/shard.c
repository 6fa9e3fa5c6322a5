/*
 * rules/shard.c — one partition's engine: admission, clocks, records.
 */
#include "rules/shard.h"
#include "rules/state.h"
#include <xxhash.h>

enum { DUPLICATES_MOST = 65536, KEYS_MOST = 65536, MESSAGE_MOST = 4096 };

/* ------------------------------------------------------------- what the timers ask */

static struct ioc_shard *shard_of(const struct ioc_timers_keys *keys)
{
    return (struct ioc_shard *)((char *)keys - offsetof(struct ioc_shard, timer_keys));
}

static struct ioc_text key_of_timer(const struct ioc_timers_keys *keys, const struct ioc_timer *timer)
{
    const struct ioc_shard *shard = shard_of(keys);
    uint32_t key = timer->kind == IOC_TIMER_STALE ? timer->owner : ioc_alarm_at(shard, timer->owner)->key;
    return ioc_keystate_text(shard, ioc_keystate_at(shard, key));
}

static void timer_moved(struct ioc_timers_keys *keys, const struct ioc_timer *timer, uint32_t place)
{
    const struct ioc_shard *shard = shard_of(keys);
    switch ((enum ioc_timer_kind)timer->kind) {
    case IOC_TIMER_STALE: ioc_keystate_at(shard, timer->owner)->stale_place = place; break;
    case IOC_TIMER_HOLD: ioc_alarm_at(shard, timer->owner)->hold_place = place; break;
    default: ioc_alarm_at(shard, timer->owner)->shelve_place = place; break;
    }
}

/* ------------------------------------------------------------- life */

/* The column when it is of that type: the wall cannot show another. */
static ioc_slot find_column(const struct ioc_reference *table, const char *name, enum ioc_type type)
{
    const struct ioc_schema *schema = ioc_reference_schema(table);
    ioc_slot slot = ioc_schema_find(schema, ioc_text_of(name));
    return slot != IOC_SLOT_NONE && schema->fields[slot].type == type ? slot : IOC_SLOT_NONE;
}

static void find_asset_slots(struct ioc_shard *shard)
{
    shard->asset_slots = ioc_memory_take((shard->options.stream_count + 1) * sizeof *shard->asset_slots);
    for (uint32_t i = 0; i < shard->options.stream_count; i++) {
        const struct ioc_reference *asset = shard->options.streams[i]->asset;
        shard->asset_slots[i] = (struct ioc_asset_slots){IOC_SLOT_NONE, IOC_SLOT_NONE};
        if (!asset)
            continue;
        shard->asset_slots[i].name = find_column(asset, "name", IOC_STRING);
        shard->asset_slots[i].position = find_column(asset, "position", IOC_POINT);
    }
}

/* Room for the rules of the set: once, so that judging allocates nothing. */
static void make_selection(struct ioc_shard *shard)
{
    const struct ioc_index *index = ioc_ruleset_index(shard->ruleset);
    ioc_selection_done(&shard->selection);
    ioc_selection_init(&shard->selection, index);
    uint32_t places = shard->selection.capacity;
    ioc_memory_give(shard->alarm_of);
    shard->alarm_of = ioc_memory_take((places + 1) * sizeof *shard->alarm_of);
    for (uint32_t i = 0; i < places; i++)
        shard->alarm_of[i] = IOC_SLAB_NONE;
}

struct ioc_shard *ioc_shard_new(const struct ioc_shard_options *options)
{
    struct ioc_shard *shard = ioc_memory_take(sizeof *shard);
    shard->options = *options;
    if (!shard->options.keys_most)
        shard->options.keys_most = KEYS_MOST;
    shard->ruleset = ioc_ruleset_ref(options->ruleset);
    shard->now = IOC_TIME_NONE;
    ioc_heap_init(&shard->heap, UINT64_MAX);
    ioc_slab_init(&shard->keys, sizeof(struct ioc_keystate), shard->options.keys_most);
    ioc_slab_init(&shard->alarms, sizeof(struct ioc_alarm), shard->options.keys_most * 4);
    shard->timer_keys = (struct ioc_timers_keys){.key_of = key_of_timer, .moved = timer_moved};
    ioc_timers_init(&shard->timers, &shard->timer_keys);
    shard->message_vi.limit = shard->message_en.limit = MESSAGE_MOST;
    shard->scratch = ioc_scratch_new();
    make_selection(shard);
    find_asset_slots(shard);
    return shard;
}

void ioc_shard_free(struct ioc_shard *shard)
{
    if (!shard)
        return;
    ioc_ruleset_unref(shard->ruleset);
    ioc_heap_done(&shard->heap);
    ioc_slab_done(&shard->keys);
    ioc_slab_done(&shard->alarms);
    ioc_table_done(&shard->key_table);
    ioc_table_done(&shard->alert_table);
    ioc_timers_done(&shard->timers);
    ioc_recent_done(&shard->duplicates);
    ioc_recent_done(&shard->commands);
    ioc_scratch_free(shard->scratch);
    ioc_draft_done(&shard->engine);
    ioc_buffer_done(&shard->packed);
    ioc_buffer_done(&shard->message_vi);
    ioc_buffer_done(&shard->message_en);
    ioc_buffer_done(&shard->values);
    ioc_buffer_done(&shard->key_text);
    ioc_buffer_done(&shard->entity_text);
    ioc_memory_give(shard->asset_slots);
    ioc_memory_give(shard->dirty);
    ioc_memory_give(shard->alarm_of);
    ioc_selection_done(&shard->selection);
    ioc_memory_give(shard);
}

/* ------------------------------------------------------------- time */

static void fall_silent(struct ioc_shard *shard, struct ioc_keystate *key)
{
    key->is_stale = true;
    key->quality = IOC_QUALITY_STALE;
    ioc_timers_drop(&shard->timers, key->stale_place);
    ioc_alarm_silence(shard, key, true);
    ioc_keystate_arm(shard, key);
    ioc_keystate_touch(shard, key);
}

static void fire(struct ioc_shard *shard, const struct ioc_timer *timer)
{
    switch ((enum ioc_timer_kind)timer->kind) {
    case IOC_TIMER_STALE: fall_silent(shard, ioc_keystate_at(shard, timer->owner)); break;
    case IOC_TIMER_HOLD: ioc_alarm_timer(shard, timer->owner, ioc_alarm_at(shard, timer->owner)->key_due); break;
    default: ioc_alarm_shelve_ended(shard, timer->owner); break;
    }
}

/* A timer fires at its own moment: engine time is its due while it does, then goes on. */
static void advance(struct ioc_shard *shard, ioc_time stamp)
{
    struct ioc_timer timer;
    while (ioc_timers_take(&shard->timers, stamp, &timer)) {
        if (timer.due > shard->now)
            shard->now = timer.due;
        fire(shard, &timer);
    }
    if (stamp > shard->now)
        shard->now = stamp;
}

/* The key's clock jumps to `time`: what would have been due on the way is due now, in order. */
static void advance_key(struct ioc_shard *shard, struct ioc_keystate *key, ioc_time time)
{
    ioc_span stale_after = shard->options.streams[key->stream]->stale_after;
    for (;;) {
        ioc_time first = IOC_TIME_MAX;
        uint32_t first_alarm = IOC_SLAB_NONE;
        for (uint32_t i = key->first_alarm; i != IOC_SLAB_NONE; i = ioc_alarm_at(shard, i)->next) {
            const struct ioc_alarm *alarm = ioc_alarm_at(shard, i);
            if (alarm->key_due != IOC_TIME_NONE && !key->is_stale &&
                (alarm->key_due < first || (alarm->key_due == first && first_alarm != IOC_SLAB_NONE &&
                                               alarm->rule < ioc_alarm_at(shard, first_alarm)->rule))) {
                first = alarm->key_due;
                first_alarm = i;
            }
        }
        ioc_time stale = stale_after > 0 && !key->is_stale ? ioc_time_add(key->newest, stale_after) : IOC_TIME_MAX;
        if (stale <= first && stale <= time) /* the key's own timer comes first, as in timers.c */
            fall_silent(shard, key);
        else if (first <= time)
            ioc_alarm_timer(shard, first_alarm, first);
        else
            return;
    }
}

ioc_time ioc_shard_due(const struct ioc_shard *shard)
{
    return ioc_timers_next(&shard->timers);
}

/* ------------------------------------------------------------- events */

static bool is_duplicate(struct ioc_shard *shard, const struct ioc_stream *stream, const struct ioc_event *event)
{
    const struct ioc_row *row = ioc_event_row(event);
    if (!ioc_row_has(row, stream->dedupe))
        return false;
    union ioc_word word = ioc_row_word(row, stream->dedupe);
    enum ioc_type type = stream->schema.fields[stream->dedupe].type;
    uint64_t value = word.u;
    if (type == IOC_STRING || type == IOC_BYTES)
        value = ioc_text_hash(ioc_row_text_at(row, word.ref));
    uint64_t parts[3] = {stream->id, event->key_hash, value};
    return ioc_recent_meet(&shard->duplicates, XXH3_64bits(parts, sizeof parts), shard->now,
        ioc_time_add(shard->now, stream->dedupe_for), DUPLICATES_MOST);
}

static bool is_down(const struct ioc_shard *shard, uint16_t source)
{
    return source < IOC_SOURCES_MOST && (shard->source_down[source / 8] >> (source % 8) & 1);
}

static void judge_all(struct ioc_shard *shard, struct ioc_keystate *key, const struct ioc_row *row, ioc_time time, bool is_reading)
{
    const struct ioc_index *index = ioc_ruleset_index(shard->ruleset);
    const struct ioc_reference *asset = shard->options.streams[key->stream]->asset;
    uint32_t count;
    const struct ioc_rule *const *rules = ioc_index_rules(index, key->stream, &count);
    shard->frames[IOC_FRAME_EVENT] = row;
    shard->frames[IOC_FRAME_LAST] = ioc_keystate_last(shard, key);
    shard->frames[IOC_FRAME_ASSET] = asset && key->asset_row != UINT32_MAX ? ioc_reference_row(asset, key->asset_row) : NULL;
    ioc_index_select(index, key->stream, shard->frames, shard->scratch, &shard->selection);
    for (uint32_t i = key->first_alarm; i != IOC_SLAB_NONE; i = ioc_alarm_at(shard, i)->next) {
        const struct ioc_rule *rule = ioc_alarm_rule(shard, ioc_alarm_at(shard, i));
        shard->alarm_of[rule->place] = i;
        if (ioc_alarm_is_waiting(ioc_alarm_at(shard, i)))
            ioc_selection_add(&shard->selection, rule->place);
    }
    for (uint32_t place = 0; ioc_selection_take(&shard->selection, &place);) {
        /* A transition may move the heap that the last row lies in. */
        shard->frames[IOC_FRAME_EVENT] = row;
        shard->frames[IOC_FRAME_LAST] = ioc_keystate_last(shard, key);
        ioc_alarm_judge(shard, rules[place], key, &(struct ioc_alarm_reading){time, is_reading, shard->alarm_of[place]});
    }
    for (uint32_t i = key->first_alarm; i != IOC_SLAB_NONE; i = ioc_alarm_at(shard, i)->next)
        shard->alarm_of[ioc_alarm_rule(shard, ioc_alarm_at(shard, i))->place] = IOC_SLAB_NONE;
}

static bool is_same_row(const struct ioc_row *a, const struct ioc_row *b)
{
    return a && a->bytes == b->bytes && memcmp(a, b, a->bytes) == 0;
}

static uint8_t quality_of(const struct ioc_event *event)
{
    return event->flags & (IOC_EVENT_CLOCK | IOC_EVENT_RANGE | IOC_EVENT_RETAINED) ? IOC_QUALITY_UNCERTAIN : IOC_QUALITY_GOOD;
}

/* Over an outage of ours nothing is known: the clock just goes on from here.  Its backlog may begin with readings
 * from before it, so a gap that would be silence is taken for the outage until the source is drained. */
static bool is_over_outage(const struct ioc_shard *shard, const struct ioc_keystate *key, ioc_time time)
{
    ioc_span stale_after = shard->options.streams[key->stream]->stale_after;
    return key->had_gap || (key->is_down && stale_after > 0 && ioc_time_since(time, key->newest) >= stale_after);
}

static void admit(struct ioc_shard *shard, const struct ioc_stream *stream, struct ioc_keystate *key, const struct ioc_event *event,
    uint16_t source, bool decides)
{
    const struct ioc_row *row = ioc_event_row(event);
    bool is_first = key->newest == IOC_TIME_NONE;
    bool is_repeat = !is_first && event->time == key->newest && is_same_row(ioc_keystate_last(shard, key), row);
    if (!is_first && !is_over_outage(shard, key, event->time))
        advance_key(shard, key, event->time);
    key->had_gap = false;
    bool was_stale = key->is_stale;
    key->source = source;
    key->newest = key->clock = event->time;
    key->received = event->received;
    key->stamp = shard->now;
    key->is_down = is_down(shard, source);
    key->is_stale = was_stale && !decides; /* what the broker kept does not say that the key speaks again */
    key->quality = key->is_stale ? IOC_QUALITY_STALE : quality_of(event);
    ioc_keystate_place(shard, key, row);
    if (was_stale && decides)
        ioc_alarm_silence(shard, key, false);
    if (decides)
        judge_all(shard, key, row, event->time, !is_repeat);
    bool is_kept = ioc_heap_store(&shard->heap, &key->last, row, row->bytes);
    assert(is_kept);
    ioc_keystate_arm(shard, key);
    ioc_keystate_touch(shard, key);
    shard->counts.events++;
}

static void apply_event(struct ioc_shard *shard, const struct ioc_record *record)
{
    const struct ioc_event *event = ioc_record_payload(record);
    if (event->stream >= shard->options.stream_count)
        return;
    const struct ioc_stream *stream = shard->options.streams[event->stream];
    struct ioc_text text = ioc_event_key(event);
    if (stream->dedupe != IOC_SLOT_NONE && is_duplicate(shard, stream, event)) {
        shard->counts.duplicates++;
        return;
    }
    struct ioc_keystate *key = ioc_keystate_find(shard, event->stream, event->key_hash, text);
    if (!key)
        key = ioc_keystate_make(shard, stream, event);
    if (!key) {
        shard->counts.refused_keys++;
        return;
    }
    if (key->newest != IOC_TIME_NONE && event->time < key->newest) {
        if (ioc_time_since(key->newest, event->time) > stream->lateness)
            shard->counts.late++;
        else
            shard->counts.out_of_order++;
        return;
    }
    bool decides = true;
    if (event->flags & IOC_EVENT_RETAINED) {
        shard->counts.retained++;
        ioc_span age = ioc_time_since(shard->now, event->time);
        decides = stream->time != IOC_SLOT_NONE && age <= (stream->stale_after > 0 ? stream->stale_after : 10 * IOC_MINUTE);
    }
    admit(shard, stream, key, event, record->source, decides);
}

/* ------------------------------------------------------------- sources */

/* While a source is not there its keys' clocks stand still: its silence is ours, not the city's. */
static void set_source(struct ioc_shard *shard, uint16_t source, bool down)
{
    if (source >= IOC_SOURCES_MOST || is_down(shard, source) == down)
        return;
    shard->source_down[source / 8] ^= (uint8_t)(1u << (source % 8));
    for (uint32_t i = 0; i < shard->keys.used; i++) {
        struct ioc_keystate *key = ioc_keystate_at(shard, i);
        if (key->newest == IOC_TIME_NONE || key->source != source || key->is_down == down)
            continue;
        if (down) /* the clock has run until now */
            key->clock = ioc_time_add(key->clock, ioc_time_since(shard->now, key->stamp));
        key->is_down = down;
        key->had_gap = true;
        key->stamp = shard->now;
        if (!key->is_stale)
            key->quality = down ? IOC_QUALITY_OFFLINE : IOC_QUALITY_UNCERTAIN;
        ioc_keystate_arm(shard, key);
        ioc_keystate_touch(shard, key);
    }
}

/* ------------------------------------------------------------- records */

static void apply_command(struct ioc_shard *shard, const struct ioc_record *record)
{
    struct ioc_command command;
    if (ioc_command_unpack(ioc_record_text(record), &command) == IOC_OK)
        ioc_order_apply(shard, &command);
}

static void take_record(struct ioc_shard *shard, const struct ioc_record *record, struct ioc_outlet *outlet)
{
    shard->outlet = outlet;
    shard->offset = record->offset;
    advance(shard, record->stamp);
}

void ioc_shard_apply(struct ioc_shard *shard, const struct ioc_record *record, struct ioc_outlet *outlet)
{
    take_record(shard, record, outlet);
    switch (record->kind) {
    case IOC_RECORD_EVENT: apply_event(shard, record); break;
    case IOC_RECORD_COMMAND: apply_command(shard, record); break;
    case IOC_RECORD_SOURCE_DOWN: set_source(shard, record->source, true); break;
    case IOC_RECORD_SOURCE_DRAINED: set_source(shard, record->source, false); break;
    default: break; /* a tick has done its work by its stamp */
    }
}

uint64_t ioc_shard_offset(const struct ioc_shard *shard)
{
    return shard->offset;
}

/* ------------------------------------------------------------- reload */

static void carry_over(struct ioc_shard *shard, struct ioc_ruleset *ruleset)
{
    for (uint32_t i = 0; i < shard->alarms.used; i++) {
        struct ioc_alarm *alarm = ioc_alarm_at(shard, i);
        if (!alarm->is_used)
            continue;
        const struct ioc_rule *old = ioc_ruleset_rule(shard->ruleset, alarm->rule);
        uint32_t index = ioc_ruleset_find(ruleset, old->id);
        const struct ioc_rule *rule = index == UINT32_MAX ? NULL : ioc_ruleset_rule(ruleset, index);
        bool is_announced_otherwise = rule && (rule->mode == IOC_MODE_LIVE) != (old->mode == IOC_MODE_LIVE);
        if (!rule || rule->mode == IOC_MODE_OFF || rule->stream != old->stream || is_announced_otherwise)
            ioc_alarm_remove(shard, alarm);
    }
    for (uint32_t i = 0; i < shard->alarms.used; i++) {
        struct ioc_alarm *alarm = ioc_alarm_at(shard, i);
        if (!alarm->is_used)
            continue;
        const struct ioc_rule *old = ioc_ruleset_rule(shard->ruleset, alarm->rule);
        alarm->rule = ioc_ruleset_find(ruleset, old->id);
        if (ioc_ruleset_rule(ruleset, alarm->rule)->condition != old->condition)
            ioc_alarm_forget(alarm);
        ioc_timers_drop(&shard->timers, alarm->hold_place); /* their order changes with the index */
        if (alarm->flags & IOC_ALERT_SHELVED)
            ioc_alarm_move_shelve(shard, alarm);
    }
}

/* Whether the rule is the very same in both sets: then nothing is looked at again. */
static bool is_unchanged(const struct ioc_ruleset *before, const struct ioc_rule *rule)
{
    uint32_t index = ioc_ruleset_find(before, rule->id);
    return index != UINT32_MAX && ioc_ruleset_rule(before, index)->version == rule->version;
}

static void judge_changed(struct ioc_shard *shard, struct ioc_keystate *key, const struct ioc_row *row, const struct ioc_ruleset *before)
{
    uint32_t count;
    const struct ioc_rule *const *rules = ioc_index_rules(ioc_ruleset_index(shard->ruleset), key->stream, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (is_unchanged(before, rules[i]))
            continue;
        shard->frames[IOC_FRAME_EVENT] = row;
        shard->frames[IOC_FRAME_LAST] = ioc_keystate_last(shard, key);
        ioc_alarm_reload(shard, rules[i], key);
    }
    ioc_alarm_drop_pending(shard, key);
}

void ioc_shard_reload(struct ioc_shard *shard, struct ioc_ruleset *ruleset, const struct ioc_record *record, struct ioc_outlet *outlet)
{
    take_record(shard, record, outlet);
    carry_over(shard, ruleset);
    struct ioc_ruleset *before = shard->ruleset;
    shard->ruleset = ioc_ruleset_ref(ruleset);
    make_selection(shard);
    shard->is_reloading = true;
    struct ioc_buffer row = {0}; /* a copy: transitions may move the heap */
    for (uint32_t i = 0; i < shard->keys.used; i++) {
        struct ioc_keystate *key = ioc_keystate_at(shard, i);
        const struct ioc_row *last = ioc_keystate_last(shard, key);
        if (key->newest == IOC_TIME_NONE || !last)
            continue;
        ioc_buffer_reset(&row);
        ioc_buffer_add(&row, last, last->bytes);
        judge_changed(shard, key, (const struct ioc_row *)row.data, before);
        ioc_keystate_arm(shard, key);
        ioc_keystate_touch(shard, key);
    }
    shard->is_reloading = false;
    ioc_ruleset_unref(before);
    ioc_buffer_done(&row);
}

/* ------------------------------------------------------------- live state */

void ioc_shard_publish(struct ioc_shard *shard, struct ioc_outlet *outlet)
{
    shard->outlet = outlet;
    for (uint32_t i = 0; i < shard->dirty_count; i++) {
        struct ioc_keystate *key = ioc_keystate_at(shard, shard->dirty[i]);
        key->is_dirty = false;
        ioc_keystate_publish(shard, key);
    }
    shard->dirty_count = 0;
}

void ioc_shard_restate(struct ioc_shard *shard, struct ioc_outlet *outlet)
{
    shard->outlet = outlet;
    for (uint32_t i = 0; i < shard->keys.used; i++) {
        struct ioc_keystate *key = ioc_keystate_at(shard, i);
        if (key->newest != IOC_TIME_NONE)
            ioc_keystate_touch(shard, key);
    }
    for (uint32_t i = 0; i < shard->alarms.used; i++)
        ioc_alarm_restate(shard, ioc_alarm_at(shard, i));
}

void ioc_shard_count(const struct ioc_shard *shard, struct ioc_shard_counts *counts)
{
    *counts = shard->counts;
}
