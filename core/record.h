#pragma once
/*
 * core/record.h — one input of a partition, as it lies in an inbox and in the journal.
 *
 * Everything that can change an output is a record: events, ticks, commands, copies, a source that
 * went down or has drained, a gap of the engine, a reload (ENGINE.md 1, 4, 5, 6, 11).  A record is
 * a header and a payload in one 8-aligned run of bytes; a batch is records back to back.
 *
 * Memory   a view
 * Time     `stamp` is the append stamp: engine time never uses anything else.  It is set when the
 *          record enters its partition's order, not by the source.
 * Thread   any: immutable once appended
 */
#include "core/event.h"

enum ioc_record_kind {
    IOC_RECORD_EVENT = 1, /* struct ioc_event */
    IOC_RECORD_TICK,      /* nothing: time passes */
    IOC_RECORD_COMMAND,   /* packed struct ioc_command (core/alert.h) */
    IOC_RECORD_COPY,      /* reserved: an event for another key family */
    IOC_RECORD_SOURCE_DOWN,    /* text: the source's name */
    IOC_RECORD_SOURCE_DRAINED, /* text: the source's name */
    IOC_RECORD_GAP,       /* two ioc_time: the engine did not run between them */
    IOC_RECORD_RELOAD,    /* text: hash of the rule set that holds from here on */
    /* Not inputs of the rule engine, never journaled; they use the same inboxes: */
    IOC_RECORD_RAW = 32,  /* a message as it arrived (ingest/intake.h) */
    IOC_RECORD_ACK,       /* uint64_t tokens that are safe now */
    IOC_RECORD_TRANSITION, IOC_RECORD_ENTITY, IOC_RECORD_RESULT, IOC_RECORD_MARK, /* outputs (core/alert.h) */
    IOC_RECORD_CONTROL,   /* a function to run on the lane (core/lane.h) */
};

struct ioc_record {
    uint32_t bytes; /* header and payload, a multiple of 8 */
    uint32_t check; /* CRC32C of the rest, set by the journal; 0 in memory */
    uint8_t kind, partition;
    uint16_t source; /* index of the source in the city; 0xffff = the engine itself */
    uint32_t length; /* of the payload, without padding */
    ioc_time stamp;
    uint64_t offset; /* in its partition, from 1; 0 = not yet appended */
    uint64_t ack;    /* token to hand back when it is safe; 0 = none.  Zeroed in the journal. */
};
enum { IOC_RECORD_MOST = 1024 * 1024 + 4096 }; /* header and payload: a message of 1 MiB fits */

static inline const void *ioc_record_payload(const struct ioc_record *record)
{
    return record + 1;
}
static inline struct ioc_text ioc_record_text(const struct ioc_record *record)
{
    return (struct ioc_text){(const char *)(record + 1), record->length};
}
/* Appends header and payload (padded with zeros) to a batch; bytes, length and check are filled in.
 * IOC_LIMIT beyond IOC_RECORD_MOST, IOC_FULL when the batch has no room; then nothing was added. */
enum ioc_status ioc_record_add(struct ioc_buffer *batch, const struct ioc_record *header, const void *payload,
    uint32_t length) IOC_USE;
/* Walks a batch: start with *at = 0; NULL at the end or when the rest is not a whole record. */
const struct ioc_record *ioc_record_next(struct ioc_text batch, size_t *at);
