#pragma once
/*
 * sinks/wall/frame.h — one server-sent event as bytes on the wire, shared by every client that is
 * sent it.
 *
 * Also the place of an entry in the delta stream, `<ms>-<n>`, which is what a client resumes from.
 *
 * Memory   one block a frame; `hold` counts the bytes of all live ones
 * Owner    counted references: new = 1
 * Thread   the gateway's loop
 */
#include "core/buffer.h"

struct ioc_position {
    uint64_t ms, n;
};
struct ioc_hold {
    size_t bytes;
};
struct ioc_frame {
    struct ioc_hold *hold;
    struct ioc_position at; /* 0-0: the frame has no place in the stream */
    uint32_t refs, length;
    char bytes[];
};

/* `event: …` with `id: epoch/position` when epoch is not empty.  Line ends inside `data`, which is
 * JSON, become spaces, so nothing in it can end the event. */
struct ioc_frame *ioc_frame_new(struct ioc_hold *hold, const char *event, struct ioc_text epoch,
    struct ioc_position at, struct ioc_text data);
/* Ready-made events back to back, as they are. */
struct ioc_frame *ioc_frame_wrap(
    struct ioc_hold *hold, struct ioc_position at, struct ioc_text events);
void ioc_frame_event(struct ioc_buffer *out, const char *event, struct ioc_text epoch,
    struct ioc_position at, struct ioc_text data);
struct ioc_frame *ioc_frame_ref(struct ioc_frame *frame);
void ioc_frame_unref(struct ioc_frame *frame);

/* Whole text is `<ms>-<n>`. */
enum ioc_status ioc_position_read(struct ioc_text text, struct ioc_position *position) IOC_USE;
enum { IOC_POSITION_TEXT = 48 };
const char *ioc_position_text(struct ioc_position position, char out[IOC_POSITION_TEXT]);
static inline int ioc_position_compare(struct ioc_position a, struct ioc_position b)
{
    return a.ms != b.ms ? (a.ms < b.ms ? -1 : 1) : a.n != b.n ? (a.n < b.n ? -1 : 1) : 0;
}
