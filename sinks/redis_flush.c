/*
 * sinks/redis_flush.c — composes a flush from what waits, sends it, and keeps it until its answer is known.
 *
 * One flush is in flight at a time; what comes meanwhile goes into the next one, so a slow Redis gets larger ones.
 * Transitions are due at once.  Entities are due `flush` after the last time: what has changed by then is allowed,
 * later changes wait for the next time, so a value that changes all the time is not written all the time.
 */
#include "core/clock.h"
#include "sinks/redis_state.h"

enum { OPERATIONS_MOST = 1000, BODY_MOST = 4 * 1024 * 1024 };

static void add_waiting(struct ioc_sink *sink)
{
    struct ioc_batch *batch = &sink->batch;
    struct ioc_outbox_entry entry;
    for (int i = 0; i < OPERATIONS_MOST && ioc_outbox_peek(&sink->outbox, &entry); i++) {
        if (batch->body.length > 0 && batch->body.length + entry.text.length > BODY_MOST)
            return;
        ioc_buffer_add_text(ioc_batch_begin(batch, entry.partition, entry.kind), entry.text);
        batch->transition_count++;
        ioc_outbox_send(&sink->outbox, sink->flush + 1);
    }
}

static void add_entities(struct ioc_sink *sink, ioc_span steady, ioc_time now)
{
    if (sink->allowance == 0 && (steady >= sink->entities_due || sink->is_closing) &&
        sink->roster.changed > 0) {
        sink->allowance = sink->roster.changed;
        sink->entities_due = steady + sink->flush_span;
    }
    for (int i = 0;
         i < OPERATIONS_MOST && sink->allowance > 0 && sink->batch.body.length < BODY_MOST; i++) {
        sink->allowance--;
        if (!ioc_roster_write(&sink->roster, now, &sink->batch))
            sink->allowance = 0;
    }
}

static void add_meta(struct ioc_sink *sink)
{
    if (sink->roster.revision != sink->etag_written) {
        struct ioc_buffer *resp = ioc_batch_begin_common(&sink->batch, 3);
        char etag[IOC_REDIS_EPOCH + 24];
        snprintf(
            etag, sizeof etag, "%s-%llu", sink->epoch, (unsigned long long)sink->roster.revision);
        ioc_resp_add_string(resp, "m");
        ioc_resp_add_string(resp, "reg_etag");
        ioc_resp_add_string(resp, etag);
        sink->etag_written = sink->roster.revision;
    }
    if (sink->is_rules_due) {
        struct ioc_buffer *resp = ioc_batch_begin_common(&sink->batch, 3);
        char hash[20];
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)sink->rules_version);
        ioc_resp_add_string(resp, "m");
        ioc_resp_add_string(resp, "rules_hash");
        ioc_resp_add_string(resp, hash);
        sink->is_rules_due = false;
    }
}

/* Partitions that have something to say; their offsets only move when nothing waits. */
static uint64_t advance_parts(struct ioc_sink *sink)
{
    uint64_t partitions = sink->batch.partitions;
    bool is_complete = sink->outbox.waiting_count == 0;
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) {
        struct ioc_batch_part *part = &sink->parts[p];
        if (is_complete && sink->is_beat_due && sink->marked[p] > part->off)
            partitions |= (uint64_t)1 << p;
        if (!(partitions >> p & 1))
            continue;
        if (is_complete && sink->marked[p] > part->off)
            part->off = sink->marked[p];
    }
    return partitions;
}

static bool compose(struct ioc_sink *sink)
{
    struct ioc_batch *batch = &sink->batch;
    ioc_time now = ioc_clock_now();
    ioc_batch_reset(batch);
    add_waiting(sink);
    add_entities(sink, ioc_clock_steady(), now);
    if (batch->transition_count > 0 || sink->is_beat_due)
        ioc_board_write(&sink->board, now, batch);
    add_meta(sink);
    uint64_t partitions = advance_parts(sink);
    sink->is_beat_due = false;
    if (ioc_batch_is_empty(batch) && partitions == 0)
        return false;
    struct ioc_batch_head head = {
        .prefix = ioc_text_of(sink->prefix),
        .epoch = ioc_text_of(sink->epoch),
        .node = ioc_text_of(sink->node),
        .flush = ++sink->flush,
        .partitions = partitions,
        .parts = sink->parts,
    };
    ioc_batch_seal(batch, &head);
    return true;
}

static void pump_later(uv_timer_t *timer)
{
    ioc_redis_pump(timer->data);
}

/* Wakes up when the entities that wait are due. */
static void wait_for_entities(struct ioc_sink *sink)
{
    if (sink->roster.changed == 0 || uv_is_active((uv_handle_t *)&sink->flush_timer))
        return;
    ioc_span rest = sink->entities_due - ioc_clock_steady();
    uint64_t ms = rest > 0 ? (uint64_t)(rest / IOC_MILLISECOND) + 1 : 0;
    uv_timer_start(&sink->flush_timer, pump_later, ms, 0);
}

void ioc_redis_pump(struct ioc_sink *sink)
{
    if (sink->stage != IOC_REDIS_READY || sink->apply.is_waiting)
        return;
    if (sink->batch.is_sealed || compose(sink)) {
        sink->sent_at = ioc_clock_steady();
        ioc_redis_send_step(sink, &sink->apply, ioc_buffer_text(&sink->batch.resp));
    } else {
        wait_for_entities(sink);
        ioc_redis_clean_up(sink);
        ioc_redis_close_when_done(sink);
    }
}

static void confirm_flush(struct ioc_sink *sink)
{
    ioc_span now = ioc_clock_steady();
    ioc_outbox_confirm(&sink->outbox, now);
    sink->confirmed = sink->flush;
    ioc_metric_add(sink->metrics.flushes, 1);
    ioc_metric_add(sink->metrics.transitions, sink->batch.transition_count);
    ioc_metric_add(sink->metrics.entities, sink->batch.entity_count);
    ioc_metric_set(sink->metrics.queue_bytes, (int64_t)sink->outbox.waiting_bytes);
    ioc_metric_observe(sink->metrics.seconds, (double)(now - sink->sent_at) / (double)IOC_SECOND);
    ioc_batch_reset(&sink->batch);
    if (sink->outbox.waiting_count == 0)
        sink->is_losing = false;
}

void ioc_redis_flush_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_redis_step *step = (struct ioc_redis_step *)call;
    struct ioc_sink *sink = step->sink;
    step->is_waiting = false;
    if (!reply || sink->stage != IOC_REDIS_READY || ioc_redis_is_disowned(sink, reply))
        return; /* its fate is unknown or decided by a claim; the batch is still there */
    if (reply->type == REDIS_REPLY_ERROR) {
        ioc_redis_refused(sink, reply);
        return;
    }
    confirm_flush(sink);
    ioc_redis_clean_up(sink);
    ioc_redis_pump(sink);
}
