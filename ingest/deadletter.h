#pragma once
/*
 * ingest/deadletter.h — messages that could not be used: kept for people, bounded, unreadable to
 * others.
 *
 * One JSON line each: {"t","source","topic","reason","at","stream","bytes","payload"}; reason is a
 * stable word, `at` the byte offset, payload the sealed box (libsodium secretbox, base64) because
 * it may hold personal data (ENGINE.md 9).  Two files of `most_bytes` each, the older overwritten.
 * A disk that is full or read-only costs the line (counted as ioc_deadletter_unwritten_total),
 * never the engine.
 *
 * Memory   one line buffer
 * Thread   the ingest lane's
 */
#include "core/buffer.h"
#include "core/time.h"

struct ioc_deadletter;
struct ioc_deadletter_note {
    ioc_time at;
    struct ioc_text source, topic, stream, payload;
    const char *reason; /* stable word: "not-json", "missing-field", "identity-mismatch", … */
    const char *detail; /* a sentence for people; may be "" */
    uint32_t position;  /* byte offset from 1; 0 = unknown */
};
/* directory is made when missing (0700); its key file deadletter.key is made 0600. */
enum ioc_status ioc_deadletter_open(struct ioc_text directory, uint64_t most_bytes,
    struct ioc_deadletter **deadletter, struct ioc_error *err) IOC_USE;
void ioc_deadletter_close(struct ioc_deadletter *deadletter);
void ioc_deadletter_write(
    struct ioc_deadletter *deadletter, const struct ioc_deadletter_note *note);
/* Opens the payload of one line again with the directory's key. */
enum ioc_status ioc_deadletter_unseal(struct ioc_text directory, struct ioc_text line,
    struct ioc_buffer *payload, struct ioc_error *err) IOC_USE;
