#pragma once
/*
 * ingest/decoder.h — the contract of a decoder: what bytes mean.
 *
 * A decoder turns one message into zero or more drafts of its route's stream, by a mapping that is
 * data (the route's `fields:`), and hands each to `emit`.  It has no state that outlives the
 * message unless its protocol has.
 *
 * Memory   `open` allocates from the arena of the city; scratch is kept and reused
 * Thread   the ingest lane's
 * Failure  IOC_INVALID or IOC_LIMIT with `err`: code = stable reason ("not-json", "bad-value", …),
 *          text = a sentence without values (they may be personal), column = byte offset in the
 *          payload (from 1; 0 = not known)
 */
#include "core/draft.h"
#include "core/log.h"
#include "core/option.h"
#include "ingest/intake.h"

struct ioc_decoder;
struct ioc_decoder_output { /* embedded by the intake */
    /* Takes a finished draft.  Anything but IOC_OK: it was refused, counted and noted; go on with the next. */
    enum ioc_status (*emit)(struct ioc_decoder_output *output, struct ioc_draft *draft);
    /* One part of the message cannot be used; the others go on. */
    void (*refuse)(struct ioc_decoder_output *output, const struct ioc_error *err);
};
struct ioc_decoder_kind {
    const char *name, *summary;
    /* Reads what the route says (`fields:` and the kind's own keys); all errors are collected. */
    struct ioc_decoder *(*open)(const struct ioc_document *document, struct ioc_node *route,
        const struct ioc_stream *stream, const struct ioc_zone *zone, struct ioc_arena *arena,
        struct ioc_errors *errors);
    enum ioc_status (*decode)(struct ioc_decoder *decoder, const struct ioc_message *message,
        struct ioc_draft *draft, struct ioc_decoder_output *output, struct ioc_error *err);
    void (*close)(struct ioc_decoder *decoder);
    const struct ioc_option *options; /* keys of the route that are this kind's; described only, `open` reads them */
};
extern const struct ioc_decoder_kind *const ioc_decoder_kinds[];
const struct ioc_decoder_kind *ioc_decoder_find(struct ioc_text name);
