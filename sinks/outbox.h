#pragma once
/*
 * sinks/outbox.h — what a sink still has to deliver: in order, bounded, kept until confirmed and a little longer.
 *
 * Entries go waiting → in flight → kept; so they lie, from the oldest to the newest: kept, in flight, waiting.
 * Kept ones can be sent again when the other side turns out to have forgotten them, and are let go after a while.
 *
 * Memory   live entries take `most` bytes at most (the buffer a quarter more).  Over it kept entries go first, then
 *          the oldest waiting one that raises no alert, then the oldest waiting one; what was waiting is lost.
 * Owner    embedded; ioc_outbox_init() → ioc_outbox_done()
 * Thread   one at a time
 */
#include "core/text.h"
#include "core/time.h"
#include <stddef.h>

struct ioc_outbox {
    char *bytes;
    size_t capacity, start, end;   /* of what lies in it, dead entries included */
    size_t in_flight, waiting;     /* where these begin */
    size_t plain;                  /* no waiting entry before it is plain (raises nothing) */
    uint64_t live, most, waiting_bytes;
    uint32_t waiting_count, in_flight_count, kept_count;
};
struct ioc_outbox_entry { /* a view */
    struct ioc_text text;
    uint8_t partition, kind; /* kind: the sink's own */
    bool is_raise;
};

void ioc_outbox_init(struct ioc_outbox *outbox, uint64_t most);
void ioc_outbox_done(struct ioc_outbox *outbox);
/* How many entries were lost for it (the new one too, when nothing else may go). */
uint32_t ioc_outbox_add(struct ioc_outbox *outbox, const struct ioc_outbox_entry *entry);
/* The first waiting entry, valid until the next call; false when there is none. */
bool ioc_outbox_peek(struct ioc_outbox *outbox, struct ioc_outbox_entry *entry);
/* The first waiting entry is in flight now, in flush number `flush`; numbers never fall. */
void ioc_outbox_send(struct ioc_outbox *outbox, uint64_t flush);
/* All in flight have arrived. */
void ioc_outbox_confirm(struct ioc_outbox *outbox, ioc_span now);
/* Lets go what was confirmed before then. */
void ioc_outbox_forget(struct ioc_outbox *outbox, ioc_span before);
/* Everything kept or in flight waits again, but for what the other side still has: flushes up to `has`. */
void ioc_outbox_rewind(struct ioc_outbox *outbox, uint64_t has);
