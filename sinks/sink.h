#pragma once
/*
 * sinks/sink.h — the contract of a sink: how the world is told.
 *
 * The pipeline hands every output of every partition to every sink, on one thread, in the order of each
 * partition.  A sink never blocks and never loses a transition: what it cannot deliver it queues, bounded
 * (oldest non-raise first goes, counted in ioc_sink_lost_total), and entity values coalesce to the last one.
 *
 * Memory   bounded by the sink's options
 * Thread   the sink lane's
 */
#include "core/alert.h"
#include "core/log.h"
#include "core/option.h"
#include <uv.h>

struct ioc_sink;
struct ioc_sink_source { /* one source's health, for the heartbeat */
    struct ioc_text name, state; /* "up", "connecting", "down", "ended" */
    uint64_t messages, dead, dropped;
    ioc_time last;               /* newest message, or IOC_TIME_NONE */
};
struct ioc_sink_health {
    uint64_t events;             /* applied since start */
    ioc_span lag;                /* receive to applied, newest batch */
    ioc_time started;
    uint32_t source_count;
    const struct ioc_sink_source *sources;
};
struct ioc_sink_host { /* what a sink may ask of the pipeline; embedded by it */
    /* Every shard states all its entities and live alerts anew (is_restated), then marks. */
    void (*restate)(struct ioc_sink_host *host);
    void (*health)(struct ioc_sink_host *host, struct ioc_sink_health *health);
};
struct ioc_sink_setup {
    struct ioc_text name, site, node, state_directory;
    uint64_t rules_version;
    uv_loop_t *loop;
    struct ioc_sink_host *host;
};
struct ioc_sink_kind {
    const char *name, *summary;
    const struct ioc_option *options;
    size_t options_bytes;
    enum ioc_status (*open)(const struct ioc_sink_setup *setup, const void *options, struct ioc_sink **sink, struct ioc_error *err);
    void (*transition)(struct ioc_sink *sink, const struct ioc_transition *transition);
    void (*entity)(struct ioc_sink *sink, const struct ioc_entity *entity); /* may be NULL */
    void (*result)(struct ioc_sink *sink, const struct ioc_result *result); /* may be NULL */
    void (*mark)(struct ioc_sink *sink, const struct ioc_mark *mark);       /* may be NULL */
    void (*flush)(struct ioc_sink *sink); /* after each batch */
    void (*rules)(struct ioc_sink *sink, uint64_t rules_version); /* a reload; may be NULL */
    /* Delivers what it can within `grace`, then calls `closed`; asynchronous. */
    void (*close)(struct ioc_sink *sink, ioc_span grace, void (*closed)(struct ioc_sink_host *host));
};
extern const struct ioc_sink_kind *const ioc_sink_kinds[];
const struct ioc_sink_kind *ioc_sink_find(struct ioc_text name);
