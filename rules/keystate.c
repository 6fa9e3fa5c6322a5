/*
 * rules/keystate.c — what a shard knows of one key of one stream.
 */
#include "rules/state.h"

static uint64_t mix_stream(uint64_t hash, uint16_t stream)
{
    return hash ^ ((uint64_t)stream + 1) * 0x9e3779b97f4a7c15u;
}

struct ioc_text ioc_keystate_text(const struct ioc_shard *shard, const struct ioc_keystate *key)
{
    return (struct ioc_text){ioc_heap_at(&shard->heap, key->key), key->key_length};
}

const struct ioc_row *ioc_keystate_last(const struct ioc_shard *shard, const struct ioc_keystate *key)
{
    return key->last == IOC_HEAP_NONE ? NULL : ioc_heap_at(&shard->heap, key->last);
}

uint32_t ioc_keystate_index(const struct ioc_shard *shard, const struct ioc_keystate *key)
{
    return (uint32_t)(((const uint8_t *)key - shard->keys.bytes) / sizeof *key);
}

struct ioc_keystate *ioc_keystate_find(struct ioc_shard *shard, uint16_t stream, uint64_t hash, struct ioc_text text)
{
    uint32_t at = UINT32_MAX;
    for (;;) {
        uint32_t index = ioc_table_find(&shard->key_table, mix_stream(hash, stream), &at);
        if (index == IOC_TABLE_NONE)
            return NULL;
        struct ioc_keystate *key = ioc_keystate_at(shard, index);
        if (key->stream == stream && ioc_text_equal(ioc_keystate_text(shard, key), text))
            return key;
    }
}

/* The asset's row: tables have one key column, which a key of several fields begins with. */
static uint32_t find_asset(const struct ioc_stream *stream, const struct ioc_event *event)
{
    struct ioc_key first;
    if (!stream->asset || ioc_key_of_row(&first, ioc_event_row(event), &stream->schema, stream->key, 1) != IOC_OK)
        return UINT32_MAX;
    return ioc_reference_find(stream->asset, ioc_key_text(&first));
}

struct ioc_keystate *ioc_keystate_make(struct ioc_shard *shard, const struct ioc_stream *stream, const struct ioc_event *event)
{
    uint64_t hash = event->key_hash;
    struct ioc_text text = ioc_event_key(event);
    uint32_t index = ioc_slab_take(&shard->keys);
    if (index == IOC_SLAB_NONE)
        return NULL;
    struct ioc_keystate *key = ioc_keystate_at(shard, index);
    key->hash = hash;
    key->stream = stream->id;
    key->newest = key->received = key->clock = key->stamp = IOC_TIME_NONE;
    key->key = key->last = IOC_HEAP_NONE;
    key->first_alarm = IOC_SLAB_NONE;
    key->stale_place = UINT32_MAX;
    key->area = IOC_AREA_NONE;
    key->key_length = text.length;
    key->asset_row = find_asset(stream, event);
    if (!ioc_heap_store(&shard->heap, &key->key, text.data, text.length)) {
        ioc_slab_give(&shard->keys, index);
        return NULL;
    }
    ioc_table_add(&shard->key_table, mix_stream(hash, stream->id), index);
    shard->counts.keys++;
    return key;
}

ioc_time ioc_keystate_moment(const struct ioc_keystate *key, ioc_time time)
{
    return ioc_time_add(key->stamp, ioc_time_since(time, key->clock));
}

void ioc_keystate_touch(struct ioc_shard *shard, struct ioc_keystate *key)
{
    if (key->is_dirty)
        return;
    key->is_dirty = true;
    if (shard->dirty_count == shard->dirty_capacity) {
        uint32_t grown = shard->dirty_capacity ? shard->dirty_capacity * 2 : 256;
        shard->dirty = ioc_memory_grow(shard->dirty, shard->dirty_capacity * sizeof *shard->dirty, grown * sizeof *shard->dirty);
        shard->dirty_capacity = grown;
    }
    shard->dirty[shard->dirty_count++] = ioc_keystate_index(shard, key);
}

void ioc_keystate_arm(struct ioc_shard *shard, struct ioc_keystate *key)
{
    const struct ioc_stream *stream = shard->options.streams[key->stream];
    if (stream->stale_after > 0 && !key->is_down && !key->is_stale) {
        struct ioc_timer timer = {
            .due = ioc_keystate_moment(key, ioc_time_add(key->newest, stream->stale_after)), .order = key->stream,
            .owner = ioc_keystate_index(shard, key), .kind = IOC_TIMER_STALE};
        ioc_timers_set(&shard->timers, key->stale_place, &timer);
    } else {
        ioc_timers_drop(&shard->timers, key->stale_place);
    }
    for (uint32_t i = key->first_alarm; i != IOC_SLAB_NONE; i = ioc_alarm_at(shard, i)->next)
        ioc_alarm_arm(shard, i);
}

void ioc_keystate_place(struct ioc_shard *shard, struct ioc_keystate *key, const struct ioc_row *row)
{
    const struct ioc_stream *stream = shard->options.streams[key->stream];
    struct ioc_point point;
    if (ioc_row_has(row, stream->position)) {
        point = ioc_row_point(row, stream->position);
    } else {
        if (key->has_point || key->asset_row == UINT32_MAX)
            return;
        const struct ioc_row *asset = ioc_reference_row(stream->asset, key->asset_row);
        ioc_slot slot = shard->asset_slots[key->stream].position;
        if (!ioc_row_has(asset, slot))
            return;
        point = ioc_row_point(asset, slot);
    }
    if (key->has_point && key->longitude == point.longitude && key->latitude == point.latitude)
        return;
    key->has_point = true;
    key->longitude = point.longitude;
    key->latitude = point.latitude;
    key->area = shard->options.areas ? ioc_areas_find(shard->options.areas, point) : IOC_AREA_NONE;
}

static double number_of(enum ioc_type type, union ioc_word word, uint8_t *has_value)
{
    *has_value = true;
    switch (type) {
    case IOC_BOOL: return word.u ? 1 : 0;
    case IOC_INT: return (double)word.i;
    case IOC_UINT: return (double)word.u;
    case IOC_DOUBLE: return word.d;
    default: *has_value = false; return 0;
    }
}

static uint8_t worst_severity(const struct ioc_shard *shard, const struct ioc_keystate *key)
{
    uint8_t worst = IOC_SEVERITY_NONE;
    for (uint32_t i = key->first_alarm; i != IOC_SLAB_NONE;) {
        const struct ioc_alarm *alarm = ioc_alarm_at(shard, i);
        const struct ioc_rule *rule = ioc_ruleset_rule(shard->ruleset, alarm->rule);
        if (ioc_lifecycle_is_active(alarm->state) && !(alarm->flags & IOC_ALERT_SHELVED) && rule->mode == IOC_MODE_LIVE &&
            alarm->severity > worst)
            worst = alarm->severity;
        i = alarm->next;
    }
    return worst;
}

void ioc_keystate_publish(struct ioc_shard *shard, struct ioc_keystate *key)
{
    const struct ioc_stream *stream = shard->options.streams[key->stream];
    const struct ioc_row *row = ioc_keystate_last(shard, key);
    ioc_buffer_reset(&shard->key_text);
    ioc_buffer_reset(&shard->entity_text);
    ioc_key_print(ioc_keystate_text(shard, key), &shard->key_text);
    ioc_buffer_add_text(&shard->entity_text, stream->name);
    ioc_buffer_add_char(&shard->entity_text, ':');
    ioc_buffer_add_text(&shard->entity_text, ioc_buffer_text(&shard->key_text));
    struct ioc_entity entity = {.id = ioc_buffer_text(&shard->entity_text), .stream = stream->name, .kind = stream->kind,
        .name = ioc_buffer_text(&shard->key_text), .severity = worst_severity(shard, key), .quality = key->quality,
        .partition = (uint8_t)shard->options.partition, .decimals = -1, .time = key->newest, .received = key->received,
        .has_point = key->has_point, .point = {key->longitude, key->latitude}};
    if (stream->live != IOC_SLOT_NONE) {
        const struct ioc_field *field = &stream->schema.fields[stream->live];
        entity.unit = field->unit;
        entity.decimals = field->decimals;
        if (ioc_row_has(row, stream->live))
            entity.value = number_of(field->type, ioc_row_word(row, stream->live), &entity.has_value);
    }
    if (key->area != IOC_AREA_NONE)
        entity.area = ioc_areas_get(shard->options.areas, (uint32_t)key->area)->id;
    if (key->asset_row != UINT32_MAX) {
        ioc_slot name = shard->asset_slots[key->stream].name;
        const struct ioc_row *asset = ioc_reference_row(stream->asset, key->asset_row);
        if (ioc_row_has(asset, name))
            entity.name = ioc_row_text(asset, name);
    }
    key->severity = entity.severity;
    shard->outlet->entity(shard->outlet, &entity);
}
