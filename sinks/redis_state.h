#pragma once
/*
 * sinks/redis_state.h — the inside of the redis sink: redis.c (taking, closing), redis_flush.c (writing), redis_claim.c
 * (connecting, owning, cleaning up), redis_beat.c (each second).
 *
 * A session with Redis goes DOWN → LOADING (the function library) → CLAIMING (the partitions) → READY, and back to DOWN
 * with the connection.  Only READY flushes.  FENCED is the end.
 *
 * Memory   as sinks/redis.h says
 * Thread   the sink lane's
 */
#include "core/metric.h"
#include "core/redis.h"
#include "sinks/batch.h"
#include "sinks/board.h"
#include "sinks/outbox.h"
#include "sinks/roster.h"
#include "sinks/sink.h"

enum ioc_redis_stage { IOC_REDIS_DOWN, IOC_REDIS_LOADING, IOC_REDIS_CLAIMING, IOC_REDIS_READY, IOC_REDIS_FENCED };
enum { IOC_REDIS_EPOCH = 16, IOC_REDIS_CURSOR = 32 };

struct ioc_redis_step { /* one kind of command, at most one of it in flight */
    struct ioc_redis_call call;
    struct ioc_sink *sink;
    bool is_waiting;
};
struct ioc_redis_metrics {
    struct ioc_metric *queue_bytes, *transitions, *entities, *lost, *flushes, *up, *seconds, *fenced;
};
struct ioc_sink {
    struct ioc_redis_user user;
    struct ioc_redis *redis;
    struct ioc_sink_host *host;
    uv_loop_t *loop;
    char *prefix, *entity_prefix, *node, *label; /* "ioc:{S}:" · that of entities · label: the sink's name for the log */
    ioc_span flush_span;

    enum ioc_redis_stage stage;
    bool has_claimed;            /* once in this process */
    bool is_complaining;         /* the log has been told; not again until it works */
    bool is_losing;              /* likewise for what the outbox gives up */
    char epoch[IOC_REDIS_EPOCH + 1], next_epoch[IOC_REDIS_EPOCH + 1]; /* ours · proposed, not yet answered */
    struct ioc_batch_part parts[IOC_PARTITIONS];
    uint64_t marked[IOC_PARTITIONS]; /* offsets handed over */
    uint64_t flush, confirmed;   /* number of the newest flush · of the newest that Redis has */
    bool must_end, must_drop;    /* of former runs: alerts, entities */
    char cursor[IOC_REDIS_CURSOR];

    struct ioc_outbox outbox;
    struct ioc_roster roster;
    struct ioc_board board;
    struct ioc_batch batch;
    struct ioc_buffer command, json, scratch;
    uint32_t allowance;          /* entities that are due now */
    ioc_span entities_due, sent_at;
    bool is_beat_due, is_rules_due;
    uint64_t etag_written, rules_version;

    struct ioc_redis_step setup, apply, end, drop, beat;
    ioc_span beat_at;            /* the last one, for rates */
    uint64_t beat_events, *beat_messages;
    double *rates;
    uint32_t source_capacity;
    uint64_t lost;

    uv_timer_t second, flush_timer, retry, grace;
    int closing;                 /* handles still to close */
    bool is_closing;
    void (*closed)(struct ioc_sink_host *host);
    struct ioc_redis_metrics metrics;
};

/* redis_flush.c: sends a flush when one is due and none is in flight. */
void ioc_redis_pump(struct ioc_sink *sink);
void ioc_redis_flush_answered(struct ioc_redis_call *call, const redisReply *reply);
/* redis_claim.c */
void ioc_redis_begin_session(struct ioc_sink *sink);
void ioc_redis_begin_claim(struct ioc_sink *sink);
void ioc_redis_setup_answered(struct ioc_redis_call *call, const redisReply *reply);
void ioc_redis_end_answered(struct ioc_redis_call *call, const redisReply *reply);
void ioc_redis_drop_answered(struct ioc_redis_call *call, const redisReply *reply);
void ioc_redis_clean_up(struct ioc_sink *sink); /* goes on with ending and dropping */
void ioc_redis_fence(struct ioc_sink *sink);
/* Redis refused a command: says so once, begins the session again in a second. */
void ioc_redis_refused(struct ioc_sink *sink, const redisReply *reply);
/* "FENCED" and "LOST" are dealt with; true then. */
bool ioc_redis_is_disowned(struct ioc_sink *sink, const redisReply *reply);
/* Begins `FCALL function 1 prefix …` with so many further arguments in sink->command. */
void ioc_redis_begin_call(struct ioc_sink *sink, const char *function, uint32_t arguments);
void ioc_redis_send_step(struct ioc_sink *sink, struct ioc_redis_step *step, struct ioc_text resp);
/* redis_beat.c: the pipeline's health, counters, the heartbeat. */
void ioc_redis_beat_now(struct ioc_sink *sink);
void ioc_redis_beat_answered(struct ioc_redis_call *call, const redisReply *reply);
/* redis.c: ends the sink when it is closing and nothing is left to deliver. */
void ioc_redis_close_when_done(struct ioc_sink *sink);
