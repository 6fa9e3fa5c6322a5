#pragma once
/*
 * core/event.h — a sealed fact: one block of bytes that never changes.
 *
 *   struct ioc_event │ key bytes (padded to 8) │ row
 *
 * It has no pointers and no reference count: events travel as the payload of a record
 * (core/record.h) inside a lane's inbox and, later, the journal, and are read where they lie.  Who
 * needs one longer copies its bytes into a slab.
 *
 * Memory   a view into an inbox batch, valid while the batch is handled
 * Time     `time` is the admitted event time: the device's own, or the receive time when the stream
 *          says `time: received` or the device's clock is not believed (IOC_EVENT_CLOCK)
 * Thread   any: immutable
 */
#include "core/draft.h"
#include "core/key.h"

enum ioc_event_flag {
    IOC_EVENT_RETAINED = 1, /* the broker kept it: sets live state, is no fresh occurrence */
    IOC_EVENT_CLOCK = 2,    /* its time was beyond max_future: receive time is used instead */
    IOC_EVENT_RANGE = 4,    /* some value lies outside its field's range */
    IOC_EVENT_REPEATED = 8, /* the broker says it may have sent this before (DUP) */
};

struct ioc_event {
    uint32_t bytes; /* all of it, a multiple of 8 */
    uint16_t stream, flags;
    ioc_time time, received;
    uint64_t key_hash;
    uint32_t key_length, row_offset;
};

static inline struct ioc_text ioc_event_key(const struct ioc_event *event)
{
    return (struct ioc_text){(const char *)(event + 1), event->key_length};
}
static inline const struct ioc_row *ioc_event_row(const struct ioc_event *event)
{
    return (const struct ioc_row *)((const char *)event + event->row_offset);
}

/* Writes the sealed event at the end of `out` (grown by its size, 8-aligned).  The draft must be
 * complete (ioc_draft_missing) and of the stream's schema; its hidden clock_flag and range_flag are set
 * from `flags` here.  IOC_LIMIT when it does not fit into `out`; else fails as ioc_key_of_row() does, then nothing is written. */
enum ioc_status ioc_event_seal(struct ioc_draft *draft, const struct ioc_stream *stream, ioc_time time,
    ioc_time received, uint16_t flags, struct ioc_buffer *out) IOC_USE;
/* For bytes from a disk: header, key and row all lie inside `length`, and the hash is the key's.  The
 * row's insides are checked by ioc_schema_fits() with the stream's schema. */
bool ioc_event_is_sound(const void *bytes, size_t length);
