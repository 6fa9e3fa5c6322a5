#pragma once
/*
 * ingest/intake.h — the way in: raw messages from all sources, decoded on the ingest lane, routed
 * to shards.
 *
 * Post copies topic and payload into the ingest lane's inbox.  On the lane's thread each message
 * finds its route by topic filter, is decoded into a draft, checked (identity, required fields,
 * ranges, personal fields pseudonymised: ENGINE.md 3, 9), sealed and pushed to the router.  What
 * cannot be decoded goes to the dead letters with source, reason and position, is counted, and is
 * acknowledged.
 *
 * Memory   drafts and batches are reused: no allocation per message in steady state
 * Thread   ioc_intake_post(): any.  All else: the ingest lane's.
 * Failure  post: IOC_FULL — the message was not taken; the source pauses, or drops and counts
 *          (ioc_intake_drop).  IOC_LIMIT — it is longer than IOC_MESSAGE_MOST and will never be
 *          taken
 */
#include "core/router.h"
#include "core/stream.h"

struct ioc_intake;
struct ioc_route;
struct ioc_deadletter;
struct ioc_pseudonym;

enum ioc_message_flag { IOC_MESSAGE_RETAINED = 1, IOC_MESSAGE_DUPLICATE = 2 };
struct ioc_message { /* a raw message */
    struct ioc_text topic, payload;
    uint16_t source; /* id */
    uint8_t qos, flags;
    ioc_time received;
    uint64_t ack; /* the source's token, below IOC_ACK_PARTS; 0 = none */
};
enum { IOC_MESSAGE_MOST = IOC_RECORD_MOST - 256 }; /* topic and payload: fits one record */

/* A message may become several events, each of which may go to another lane.  All of them carry the
 * message's token, and above it how many more there are: the source counts, and the message is safe
 * when as many tokens came back as it has parts.  1 part: the token as the source gave it. */
enum { IOC_ACK_PARTS_SHIFT = 48, IOC_PARTS_MOST = 4096 };
#define IOC_ACK_PARTS (UINT64_C(1) << IOC_ACK_PARTS_SHIFT)
static inline uint32_t ioc_ack_parts(uint64_t token)
{
    return (uint32_t)(token >> IOC_ACK_PARTS_SHIFT) + 1;
}
static inline uint64_t ioc_ack_token(uint64_t token)
{
    return token & (IOC_ACK_PARTS - 1);
}

struct ioc_intake_options {
    const struct ioc_stream *const *streams;
    uint32_t stream_count;
    struct ioc_router *router;
    struct ioc_deadletter *deadletter; /* may be NULL: counted only */
    struct ioc_pseudonym *pseudonym;   /* may be NULL when no stream has a personal field */
    /* Called on the ingest lane with tokens that need no shard: dead letters, retained repeats. */
    struct ioc_intake_ack *ack;
};
struct ioc_intake_ack {
    void (*acknowledge)(
        struct ioc_intake_ack *ack, uint16_t source, const uint64_t *tokens, uint32_t count);
};

struct ioc_intake *ioc_intake_new(const struct ioc_intake_options *options);
void ioc_intake_free(struct ioc_intake *intake);
/* The lane whose inbox takes the raw messages; set before the first post. */
void ioc_intake_attach(struct ioc_intake *intake, struct ioc_lane *lane);
/* Routes of one source, tried in order; the intake keeps the pointers. */
void ioc_intake_routes(struct ioc_intake *intake, uint16_t source, struct ioc_text source_name,
    struct ioc_route *const *routes, uint32_t count);
enum ioc_status ioc_intake_post(
    struct ioc_intake *intake, const struct ioc_message *message) IOC_USE;
/* While held, messages that nobody will send again (without a token) are refused with IOC_FULL, as if the inbox were
 * full: the engines behind it are.  Those with a token are bounded by their source. */
void ioc_intake_hold(struct ioc_intake *intake, bool is_held);
/* Thread any.  Counts a message that its source let fall: "full", "too-large" or "other". */
void ioc_intake_drop(struct ioc_intake *intake, uint16_t source, const char *reason);
/* Since the start; last = when the newest message was received, IOC_TIME_NONE before the first. */
void ioc_intake_counts(const struct ioc_intake *intake, uint16_t source, uint64_t *messages,
    uint64_t *dead, uint64_t *dropped, ioc_time *last);
/* On the lane: handles one IOC_RECORD_RAW; the caller flushes the router after the batch. */
void ioc_intake_handle(struct ioc_intake *intake, const struct ioc_record *record);
