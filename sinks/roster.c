/*
 * sinks/roster.c — all entities as Redis has been told of them: which are new, which have changed.
 */
#include "sinks/roster.h"
#include "core/redis.h"
#include <math.h>

struct item {
    ioc_handle id;       /* length and bytes */
    ioc_handle fixed;    /* arguments k … geo in RESP while they wait, or IOC_HEAP_NONE */
    uint64_t fixed_hash; /* of what Redis knows or will be told; 0 = nothing */
    double value;        /* NaN = none */
    ioc_time time;
    uint32_t next;    /* in the list of the changed */
    uint32_t renewed; /* hour in which the expiry was last renewed */
    uint32_t fixed_length;
    uint8_t severity, quality, partition, is_changed;
};
enum { FIXED_ARGUMENTS = 8 };
static const uint64_t texts_most = (uint64_t)2 << 30;
static const double geo_latitude_most = 85.05; /* of GEOADD: Web Mercator */

static struct item *item_at(const struct ioc_roster *roster, uint32_t index)
{
    return ioc_slab_at(&roster->items, index);
}

static struct ioc_text read_id(const struct ioc_roster *roster, const struct item *item)
{
    const char *block = ioc_heap_at(&roster->texts, item->id);
    uint32_t length;
    memcpy(&length, block, sizeof length);
    return (struct ioc_text){block + sizeof length, length};
}

static uint32_t find_item(const struct ioc_roster *roster, struct ioc_text id, uint64_t hash)
{
    uint32_t at = UINT32_MAX, index;
    while ((index = ioc_table_find(&roster->table, hash, &at)) != IOC_TABLE_NONE) {
        if (ioc_text_equal(read_id(roster, item_at(roster, index)), id))
            return index;
    }
    return IOC_TABLE_NONE;
}

static uint32_t add_item(struct ioc_roster *roster, struct ioc_text id, uint64_t hash)
{
    ioc_handle handle = IOC_HEAP_NONE;
    ioc_buffer_reset(&roster->scratch);
    ioc_buffer_add(&roster->scratch, &id.length, sizeof id.length);
    ioc_buffer_add_text(&roster->scratch, id);
    if (!ioc_heap_store(
            &roster->texts, &handle, roster->scratch.data, (uint32_t)roster->scratch.length))
        return IOC_TABLE_NONE;
    uint32_t index = ioc_slab_take(&roster->items);
    if (index == IOC_SLAB_NONE) {
        ioc_heap_give(&roster->texts, handle);
        return IOC_TABLE_NONE;
    }
    *item_at(roster, index) =
        (struct item){.id = handle, .fixed = IOC_HEAP_NONE, .next = IOC_SLAB_NONE};
    ioc_table_add(&roster->table, hash, index);
    return index;
}

static void add_member(struct ioc_buffer *json, const char *name, struct ioc_text text)
{
    if (text.length == 0)
        return;
    ioc_buffer_addf(json, ",\"%s\":", name);
    ioc_buffer_add_json(json, text);
}

static bool is_placed(const struct ioc_entity *entity)
{
    return entity->has_point && isfinite(entity->point.longitude) &&
           isfinite(entity->point.latitude);
}

static void write_registry_item(
    struct ioc_roster *roster, uint32_t index, const struct ioc_entity *entity)
{
    struct ioc_buffer *json = &roster->json;
    ioc_buffer_reset(json);
    ioc_buffer_addf(json, "{\"i\":%u", index);
    add_member(json, "id", entity->id);
    add_member(json, "stream", entity->stream);
    add_member(json, "kind", entity->kind);
    add_member(json, "name", entity->name);
    add_member(json, "unit", entity->unit);
    if (entity->decimals >= 0)
        ioc_buffer_addf(json, ",\"dec\":%d", entity->decimals);
    if (is_placed(entity)) {
        ioc_buffer_add_string(json, ",\"x\":");
        ioc_buffer_add_double(json, entity->point.longitude);
        ioc_buffer_add_string(json, ",\"y\":");
        ioc_buffer_add_double(json, entity->point.latitude);
    }
    add_member(json, "d", entity->area);
    ioc_buffer_add_char(json, '}');
}

/* Arguments k u d x y i item geo of the operation `r`. */
static void write_fixed(struct ioc_roster *roster, uint32_t index, const struct ioc_entity *entity)
{
    struct ioc_buffer *out = &roster->scratch;
    write_registry_item(roster, index, entity);
    ioc_buffer_reset(out);
    ioc_resp_add(out, entity->kind);
    ioc_resp_add(out, entity->unit);
    ioc_resp_add(out, entity->area);
    if (is_placed(entity)) {
        ioc_resp_add_double(out, entity->point.longitude);
        ioc_resp_add_double(out, entity->point.latitude);
    } else {
        ioc_resp_add_string(out, "");
        ioc_resp_add_string(out, "");
    }
    ioc_resp_add_int(out, index);
    ioc_resp_add(out, ioc_buffer_text(&roster->json));
    bool has_geo = is_placed(entity) && fabs(entity->point.latitude) <= geo_latitude_most &&
                   fabs(entity->point.longitude) <= 180;
    ioc_resp_add_string(out, has_geo ? "1" : "0");
}

static uint64_t mix(uint64_t hash, struct ioc_text text)
{
    return (hash ^ ioc_text_hash(text)) * 0x9e3779b97f4a7c15u + text.length;
}

/* Never 0.  Equal fixed parts give equal hashes without writing them out each time. */
static uint64_t hash_fixed(const struct ioc_entity *entity)
{
    double place[2] = {entity->point.longitude, entity->point.latitude};
    uint64_t hash = mix(0, entity->stream);
    hash = mix(hash, entity->kind);
    hash = mix(hash, entity->name);
    hash = mix(hash, entity->unit);
    hash = mix(hash, entity->area);
    hash = mix(hash, (struct ioc_text){(const char *)&entity->decimals, 1});
    if (is_placed(entity))
        hash = mix(hash, (struct ioc_text){(const char *)place, sizeof place});
    return hash | 1;
}

static void add_to_changed(struct ioc_roster *roster, uint32_t index)
{
    struct item *item = item_at(roster, index);
    if (item->is_changed)
        return;
    item->is_changed = 1;
    item->next = IOC_SLAB_NONE;
    if (roster->changed == 0)
        roster->first = index;
    else
        item_at(roster, roster->last)->next = index;
    roster->last = index;
    roster->changed++;
}

void ioc_roster_init(struct ioc_roster *roster, struct ioc_text key)
{
    *roster = (struct ioc_roster){.key = key, .first = IOC_SLAB_NONE, .last = IOC_SLAB_NONE};
    ioc_slab_init(&roster->items, sizeof(struct item), IOC_ROSTER_MOST);
    ioc_heap_init(&roster->texts, texts_most);
}

void ioc_roster_done(struct ioc_roster *roster)
{
    ioc_table_done(&roster->table);
    ioc_slab_done(&roster->items);
    ioc_heap_done(&roster->texts);
    ioc_buffer_done(&roster->scratch);
    ioc_buffer_done(&roster->json);
}

enum ioc_status ioc_roster_set(struct ioc_roster *roster, const struct ioc_entity *entity)
{
    uint64_t hash = ioc_text_hash(entity->id);
    uint32_t index = find_item(roster, entity->id, hash);
    if (index == IOC_TABLE_NONE)
        index = add_item(roster, entity->id, hash);
    if (index == IOC_TABLE_NONE)
        return IOC_FULL;
    struct item *item = item_at(roster, index);
    uint64_t fixed_hash = hash_fixed(entity);
    if (fixed_hash != item->fixed_hash) {
        write_fixed(roster, index, entity);
        if (!ioc_heap_store(&roster->texts, &item->fixed, roster->scratch.data,
                (uint32_t)roster->scratch.length))
            return IOC_FULL;
        item->fixed_length = (uint32_t)roster->scratch.length;
        item->fixed_hash = fixed_hash;
    }
    item->value = entity->has_value && isfinite(entity->value) ? entity->value : NAN;
    item->time = entity->time;
    item->severity = entity->severity;
    item->quality = entity->quality;
    item->partition = entity->partition;
    add_to_changed(roster, index);
    return IOC_OK;
}

static void write_key(const struct ioc_roster *roster, struct ioc_text id, struct ioc_buffer *resp)
{
    ioc_buffer_add_char(resp, '$');
    ioc_buffer_add_uint(resp, (uint64_t)roster->key.length + id.length);
    ioc_buffer_add(resp, "\r\n", 2);
    ioc_buffer_add_text(resp, roster->key);
    ioc_buffer_add_text(resp, id);
    ioc_buffer_add(resp, "\r\n", 2);
}

static void write_value(const struct item *item, struct ioc_buffer *resp)
{
    if (isnan(item->value))
        ioc_resp_add_string(resp, "");
    else
        ioc_resp_add_double(resp, item->value);
    if (item->time == IOC_TIME_NONE)
        ioc_resp_add_string(resp, "");
    else
        ioc_resp_add_int(resp, item->time / IOC_MILLISECOND);
    ioc_resp_add_int(resp, item->severity);
    ioc_resp_add_int(resp, item->quality);
}

/* [i,sev,v,t,q] */
static void write_delta(const struct item *item, uint32_t index, struct ioc_buffer *json)
{
    if (json->length > 0)
        ioc_buffer_add_char(json, ',');
    ioc_buffer_add_char(json, '[');
    ioc_buffer_add_uint(json, index);
    ioc_buffer_add_char(json, ',');
    ioc_buffer_add_uint(json, item->severity);
    ioc_buffer_add_char(json, ',');
    ioc_buffer_add_double(json, item->value);
    ioc_buffer_add_char(json, ',');
    if (item->time == IOC_TIME_NONE)
        ioc_buffer_add_string(json, "null");
    else
        ioc_buffer_add_int(json, item->time / IOC_MILLISECOND);
    ioc_buffer_add_char(json, ',');
    ioc_buffer_add_uint(json, item->quality);
    ioc_buffer_add_char(json, ']');
}

bool ioc_roster_write(struct ioc_roster *roster, ioc_time now, struct ioc_batch *batch)
{
    if (roster->changed == 0)
        return false;
    uint32_t index = roster->first;
    struct item *item = item_at(roster, index);
    roster->first = item->next;
    roster->changed--;
    item->is_changed = 0;

    bool has_fixed = item->fixed != IOC_HEAP_NONE;
    uint32_t hour = (uint32_t)(now / IOC_HOUR);
    bool is_renewal = has_fixed || hour != item->renewed;
    uint32_t arguments = has_fixed ? 6 + FIXED_ARGUMENTS : 6;
    struct ioc_buffer *resp = ioc_batch_begin(batch, item->partition, arguments);
    ioc_resp_add_string(resp, has_fixed ? "r" : is_renewal ? "x" : "e");
    if (has_fixed)
        ioc_resp_add(resp, read_id(roster, item));
    else
        write_key(roster, read_id(roster, item), resp);
    write_value(item, resp);
    if (has_fixed) {
        ioc_buffer_add(resp, ioc_heap_at(&roster->texts, item->fixed), item->fixed_length);
        ioc_heap_give(&roster->texts, item->fixed);
        item->fixed = IOC_HEAP_NONE;
        roster->revision++;
    }
    if (is_renewal)
        item->renewed = hour;
    write_delta(item, index, &batch->entities);
    batch->entity_count++;
    return true;
}

void ioc_roster_forget(struct ioc_roster *roster)
{
    for (uint32_t index = 0; index < roster->items.used; index++) {
        struct item *item = item_at(roster, index);
        if (item->fixed != IOC_HEAP_NONE)
            ioc_heap_give(&roster->texts, item->fixed);
        item->fixed = IOC_HEAP_NONE;
        item->fixed_hash = 0;
        item->is_changed = 0;
    }
    roster->changed = 0;
    roster->first = roster->last = IOC_SLAB_NONE;
}
