/*
 * sinks/wall/frame.c — one server-sent event as bytes on the wire.
 */
#include "sinks/wall/frame.h"
#include "core/memory.h"
#include <assert.h>
#include <inttypes.h>

static void add_flat(struct ioc_buffer *out, struct ioc_text data)
{
    size_t before = out->length;
    ioc_buffer_add_text(out, data);
    if (out->is_full)
        return;
    char *at = out->data + before, *end = out->data + out->length;
    for (char *hit = at; (hit = memchr(hit, '\n', (size_t)(end - hit)));)
        *hit++ = ' ';
    for (char *hit = at; (hit = memchr(hit, '\r', (size_t)(end - hit)));)
        *hit++ = ' ';
}

void ioc_frame_event(struct ioc_buffer *out, const char *event, struct ioc_text epoch,
    struct ioc_position at, struct ioc_text data)
{
    if (epoch.length) {
        char text[IOC_POSITION_TEXT];
        ioc_buffer_add_string(out, "id: ");
        ioc_buffer_add_text(out, epoch);
        ioc_buffer_add_char(out, '/');
        ioc_buffer_add_string(out, ioc_position_text(at, text));
        ioc_buffer_add_char(out, '\n');
    }
    ioc_buffer_add_string(out, "event: ");
    ioc_buffer_add_string(out, event);
    ioc_buffer_add_string(out, "\ndata: ");
    add_flat(out, data);
    ioc_buffer_add_string(out, "\n\n");
}

struct ioc_frame *ioc_frame_wrap(
    struct ioc_hold *hold, struct ioc_position at, struct ioc_text events)
{
    struct ioc_frame *frame = ioc_memory_take(sizeof *frame + events.length);
    *frame = (struct ioc_frame){.hold = hold, .at = at, .refs = 1, .length = events.length};
    if (events.length)
        memcpy(frame->bytes, events.data, events.length);
    hold->bytes += sizeof *frame + frame->length;
    return frame;
}

struct ioc_frame *ioc_frame_new(struct ioc_hold *hold, const char *event, struct ioc_text epoch,
    struct ioc_position at, struct ioc_text data)
{
    struct ioc_buffer text = {.limit = (size_t)data.length + 512};
    ioc_frame_event(&text, event, epoch, at, data);
    assert(!text.is_full);
    struct ioc_frame *frame = ioc_frame_wrap(hold, at, ioc_buffer_text(&text));
    ioc_buffer_done(&text);
    return frame;
}

struct ioc_frame *ioc_frame_ref(struct ioc_frame *frame)
{
    frame->refs++;
    return frame;
}

void ioc_frame_unref(struct ioc_frame *frame)
{
    if (!frame || --frame->refs)
        return;
    frame->hold->bytes -= sizeof *frame + frame->length;
    ioc_memory_give(frame);
}

static bool read_part(struct ioc_text text, uint64_t *value)
{
    uint64_t sum = 0;
    if (!text.length || text.length > 20)
        return false;
    for (uint32_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(text.data[i] - '0'), &sum))
            return false;
    }
    *value = sum;
    return true;
}

enum ioc_status ioc_position_read(struct ioc_text text, struct ioc_position *position)
{
    const char *dash = text.length ? memchr(text.data, '-', text.length) : NULL;
    struct ioc_position read;
    if (!dash)
        return IOC_INVALID;
    uint32_t left = (uint32_t)(dash - text.data);
    if (!read_part((struct ioc_text){text.data, left}, &read.ms) ||
        !read_part((struct ioc_text){dash + 1, text.length - left - 1}, &read.n))
        return IOC_INVALID;
    *position = read;
    return IOC_OK;
}

const char *ioc_position_text(struct ioc_position position, char out[IOC_POSITION_TEXT])
{
    snprintf(out, IOC_POSITION_TEXT, "%" PRIu64 "-%" PRIu64, position.ms, position.n);
    return out;
}
