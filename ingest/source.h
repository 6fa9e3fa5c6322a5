#pragma once
/*
 * ingest/source.h — the contract of a source: where messages come from.
 *
 * A source takes messages from the world and posts them raw to the intake; it knows a protocol,
 * never what bytes mean.  Each message may carry a token; when the engine has made it safe
 * (ENGINE.md 10) the token comes back through `acknowledge`, and only then may the other side
 * forget it.  A token is below 2^48; it comes back once per event that the message became, with
 * their number above it (ioc_ack_parts): the message is safe when that many have come.
 *
 * Memory   `open` allocates the source, `close` releases it
 * Thread   open, close, acknowledge: the ingest lane's thread.  The source may have threads of its
 *          own; they may call nothing of ours but ioc_intake_post().
 */
#include "core/log.h"
#include "core/option.h"
#include "ingest/intake.h"

struct ioc_source;
struct ioc_source_subscription {
    struct ioc_text topic; /* filter */
    int qos;               /* 0, 1, 2 */
};
struct ioc_source_setup {
    struct ioc_text name; /* as in the city file */
    uint16_t id;          /* index in the city's list of sources */
    struct ioc_text site, state_directory;
    const struct ioc_source_subscription *subscriptions;
    uint32_t subscription_count;
    struct ioc_intake *intake;
    uv_loop_t *loop; /* the ingest lane's */
};
enum ioc_source_state { IOC_SOURCE_CONNECTING, IOC_SOURCE_UP, IOC_SOURCE_DOWN, IOC_SOURCE_ENDED };
const char *ioc_source_state_text(enum ioc_source_state state);

struct ioc_source_kind {
    const char *name, *summary;
    const struct ioc_option
        *options; /* of a struct of options_bytes, filled by ioc_option_read() */
    size_t options_bytes;
    /* `options` lives as long as the source.  Connecting goes on in the background: a dead broker is
     * no error here. */
    enum ioc_status (*open)(const struct ioc_source_setup *setup, const void *options,
        struct ioc_source **source, struct ioc_error *err);
    /* Tokens in any order; on the ingest lane's thread. */
    void (*acknowledge)(struct ioc_source *source, const uint64_t *tokens, uint32_t count);
    enum ioc_source_state (*state)(const struct ioc_source *source);
    /* No message is posted after it returns, but tokens of those that were may still come back.  May be NULL. */
    void (*quiet)(struct ioc_source *source);
    /* As quiet, and the end: what was acknowledged leaves, what was not will come again. */
    void (*close)(struct ioc_source *source);
};
/* NULL-terminated; kinds.c */
extern const struct ioc_source_kind *const ioc_source_kinds[];
const struct ioc_source_kind *ioc_source_find(struct ioc_text name);
