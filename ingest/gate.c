/*
 * ingest/gate.c — one gateway's command stream: its key, and the places of the entries that are in flight.
 */
#include "ingest/gate.h"
#include "core/memory.h"
#include <assert.h>
#include <sodium.h>

enum { PLACE_BITS = 20, SERIAL_BITS = 24 };

static bool read_key(struct ioc_text hex, uint8_t key[32])
{
    size_t length = 0;
    const char *end = NULL;
    return hex.length == 64 &&
           sodium_hex2bin(key, 32, hex.data, hex.length, NULL, &length, &end) == 0 &&
           length == 32 && end == hex.data + hex.length;
}

enum ioc_status ioc_gate_init(struct ioc_gate *gate, struct ioc_text site,
    const struct ioc_command_gate *given, struct ioc_error *err)
{
    *gate = (struct ioc_gate){0};
    if (given->name.length == 0) {
        ioc_error_set(err, "bad-gate", "a gate has no name");
        return IOC_INVALID;
    }
    if (!read_key(given->key.value, gate->key)) {
        ioc_error_set(err, "bad-key", "the key of gate '%.*s' is not 64 hexadecimal digits",
            IOC_TEXT_ARGS(given->name));
        ioc_error_hint(err, "make one with: openssl rand -hex 32");
        return IOC_INVALID;
    }
    struct ioc_buffer stream = {0};
    ioc_buffer_addf(
        &stream, "ioc:{%.*s}:cmd:%.*s", IOC_TEXT_ARGS(site), IOC_TEXT_ARGS(given->name));
    gate->stream = ioc_memory_copy(stream.data, stream.length);
    gate->name = ioc_memory_copy(given->name.data, given->name.length);
    ioc_buffer_done(&stream);
    ioc_gate_look_back(gate);
    return IOC_OK;
}

void ioc_gate_done(struct ioc_gate *gate)
{
    sodium_memzero(gate->key, sizeof gate->key);
    ioc_memory_give(gate->name);
    ioc_memory_give(gate->stream);
}

struct ioc_gate_place *ioc_gate_find(struct ioc_gate *gate, struct ioc_text entry)
{
    for (int i = 0; i < IOC_GATE_PLACES; i++) {
        struct ioc_gate_place *place = &gate->places[i];
        if (place->state != IOC_GATE_FREE && ioc_text_equal(ioc_text_of(place->entry), entry))
            return place;
    }
    return NULL;
}

struct ioc_gate_place *ioc_gate_take(struct ioc_gate *gate, struct ioc_text entry, ioc_span now)
{
    assert(entry.length < IOC_GATE_ENTRY);
    for (int i = 0; i < IOC_GATE_PLACES; i++) {
        struct ioc_gate_place *place = &gate->places[i];
        if (place->state != IOC_GATE_FREE)
            continue;
        gate->serial = (gate->serial + 1) & ((1u << SERIAL_BITS) - 1);
        *place =
            (struct ioc_gate_place){.state = IOC_GATE_DONE, .since = now, .serial = gate->serial};
        memcpy(place->entry, entry.data, entry.length);
        gate->used++;
        return place;
    }
    return NULL;
}

uint64_t ioc_gate_token(
    const struct ioc_gate *gate, uint32_t gate_index, const struct ioc_gate_place *place)
{
    uint64_t index = (uint64_t)gate_index * IOC_GATE_PLACES + (uint64_t)(place - gate->places);
    return (uint64_t)place->serial << PLACE_BITS | (index + 1);
}

static uint64_t index_of(uint64_t token)
{
    return (token & ((1u << PLACE_BITS) - 1)) - 1;
}

uint32_t ioc_gate_index(uint64_t token)
{
    return (uint32_t)(index_of(token) / IOC_GATE_PLACES);
}

struct ioc_gate_place *ioc_gate_place(struct ioc_gate *gate, uint64_t token)
{
    struct ioc_gate_place *place = &gate->places[index_of(token) % IOC_GATE_PLACES];
    return place->state == IOC_GATE_PUSHED && place->serial == token >> PLACE_BITS ? place : NULL;
}

void ioc_gate_leave(struct ioc_gate *gate, struct ioc_redis *redis, struct ioc_buffer *scratch)
{
    uint32_t count = 0;
    for (int i = 0; i < IOC_GATE_PLACES; i++)
        count += gate->places[i].state == IOC_GATE_DONE;
    if (count == 0 || gate->is_leaving || !ioc_redis_is_up(redis))
        return;
    ioc_buffer_reset(scratch);
    ioc_resp_begin(scratch, 3 + count);
    ioc_resp_add_string(scratch, "XACK");
    ioc_resp_add_string(scratch, gate->stream);
    ioc_resp_add_string(scratch, "engine");
    for (int i = 0; i < IOC_GATE_PLACES; i++) {
        if (gate->places[i].state == IOC_GATE_DONE)
            ioc_resp_add_string(scratch, gate->places[i].entry);
    }
    if (ioc_redis_send(redis, ioc_buffer_text(scratch), 0, &gate->left) != IOC_OK)
        return;
    gate->is_leaving = true;
    for (int i = 0; i < IOC_GATE_PLACES; i++) {
        if (gate->places[i].state == IOC_GATE_DONE)
            gate->places[i].state = IOC_GATE_LEAVING;
    }
}

void ioc_gate_settle(struct ioc_gate *gate, bool has_left)
{
    gate->is_leaving = false;
    for (int i = 0; i < IOC_GATE_PLACES; i++) {
        struct ioc_gate_place *place = &gate->places[i];
        if (place->state != IOC_GATE_LEAVING)
            continue;
        place->state = has_left ? IOC_GATE_FREE : IOC_GATE_DONE;
        gate->used -= has_left;
    }
}

bool ioc_gate_give_up(struct ioc_gate *gate, ioc_span before)
{
    bool is_any = false;
    for (int i = 0; i < IOC_GATE_PLACES; i++) {
        struct ioc_gate_place *place = &gate->places[i];
        if (place->state != IOC_GATE_PUSHED || place->since >= before)
            continue;
        place->state = IOC_GATE_FREE;
        gate->used--;
        is_any = true;
    }
    return is_any;
}

void ioc_gate_look_back(struct ioc_gate *gate)
{
    gate->has_pending = true;
    strcpy(gate->pending, "0");
}
