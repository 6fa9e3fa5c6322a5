/* core/event.c — sealing a draft into one block, and the frame check of foreign events. */
#include "core/event.h"

static uint32_t round_up(uint32_t bytes)
{
    return (bytes + 7) & ~UINT32_C(7);
}

enum ioc_status ioc_event_seal(struct ioc_draft *draft, const struct ioc_stream *stream,
    ioc_time time, ioc_time received, uint16_t flags, struct ioc_buffer *out)
{
    assert(draft->schema == &stream->schema && out->length % 8 == 0);
    if (stream->clock_flag != IOC_SLOT_NONE)
        ioc_draft_set_bool(draft, stream->clock_flag, flags & IOC_EVENT_CLOCK);
    if (stream->range_flag != IOC_SLOT_NONE)
        ioc_draft_set_bool(draft, stream->range_flag, flags & IOC_EVENT_RANGE);
    const struct ioc_row *row = ioc_draft_row(draft);

    struct ioc_key key;
    enum ioc_status status =
        ioc_key_of_row(&key, row, &stream->schema, stream->key, stream->key_count);
    if (status != IOC_OK)
        return status;

    struct ioc_event event = {
        .stream = stream->id,
        .flags = flags,
        .time = time,
        .received = received,
        .key_hash = ioc_key_hash(ioc_key_text(&key)),
        .key_length = key.length,
        .row_offset = (uint32_t)sizeof event + round_up(key.length),
    };
    event.bytes = event.row_offset + row->bytes;
    char *place = ioc_buffer_reserve(out, event.bytes);
    if (!place)
        return IOC_LIMIT;
    memcpy(place, &event, sizeof event);
    memcpy(place + sizeof event, key.bytes, key.length);
    memset(place + sizeof event + key.length, 0, event.row_offset - sizeof event - key.length);
    memcpy(place + event.row_offset, row, row->bytes);
    out->length += event.bytes;
    return IOC_OK;
}

bool ioc_event_is_sound(const void *bytes, size_t length)
{
    struct ioc_event event;
    if (length < sizeof event)
        return false;
    memcpy(&event, bytes, sizeof event);
    if (event.bytes > length || event.bytes % 8 || event.key_length > IOC_KEY_MOST ||
        event.row_offset != sizeof event + round_up(event.key_length) ||
        event.row_offset > event.bytes)
        return false;
    struct ioc_text key = {(const char *)bytes + sizeof event, event.key_length};
    const char *row = (const char *)bytes + event.row_offset;
    uint32_t row_bytes;
    if (!ioc_row_is_sound(row, event.bytes - event.row_offset))
        return false;
    memcpy(&row_bytes, row, sizeof row_bytes);
    return row_bytes == event.bytes - event.row_offset && ioc_key_hash(key) == event.key_hash;
}
