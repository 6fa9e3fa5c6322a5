/*
 * ingest/intake.c — from the ingest lane's inbox through route, decoder and checks to the router.
 *
 * The events of one message are sealed first and pushed together afterwards: only then is it known
 * how many there are, and each carries that number beside the token (ingest/intake.h).
 */
#include "ingest/intake.h"

#include "core/memory.h"
#include "core/metric.h"
#include "ingest/admission.h"
#include "ingest/deadletter.h"
#include "ingest/route.h"
#include <stddef.h>

enum { REASONS_MOST = 24, DROPS = 3, STACK_MOST = 16 * 1024 };
static const char *const drop_reasons[DROPS] = {"full", "too-large", "other"};

struct raw { /* payload of an IOC_RECORD_RAW: this, topic, payload */
    ioc_time received;
    uint32_t topic_length, payload_length;
    uint8_t qos, flags;
    uint16_t zero[3];
};
struct reason {
    char word[32];
    struct ioc_metric *metric;
};
struct source {
    struct ioc_text name;
    struct ioc_route *const *routes;
    uint32_t route_count;
    uint64_t messages, dead;
    ioc_time last;
    _Atomic uint64_t dropped;
    struct ioc_metric *messages_metric, *last_metric, *drops[DROPS];
    struct reason reasons[REASONS_MOST]; /* the last counts what no longer fits */
    uint32_t reason_count;
};
struct ioc_intake {
    struct ioc_intake_options options;
    struct ioc_lane *lane;
    struct source **sources; /* by id */
    uint32_t source_count;
    struct ioc_metric **events; /* by stream id */
    uint32_t event_count;
    struct ioc_draft draft;
    struct ioc_admission admission;
    struct ioc_buffer sealed; /* events of the present message */
    uint32_t part_count;

    struct ioc_decoder_output output;
    const struct ioc_message *message;
    const struct ioc_route *route;
    struct source *source;
    bool is_noted; /* one dead letter a message */
    atomic_bool is_held;
};

static struct ioc_metric *metric_of(enum ioc_metric_kind kind, const char *name, const char *help,
    struct ioc_text source, const char *reason)
{
    struct ioc_buffer labels = {0};
    ioc_metric_label(&labels, "source", source);
    if (reason)
        ioc_metric_label(&labels, "reason", ioc_text_of(reason));
    ioc_buffer_add_char(&labels, 0);
    struct ioc_metric *metric = ioc_metric_get(kind, name, labels.data, help);
    ioc_buffer_done(&labels);
    return metric;
}

static void count_dead(struct source *source, const char *reason)
{
    struct reason *found = source->reasons;
    uint32_t i = 0;
    while (i < source->reason_count && strcmp(source->reasons[i].word, reason) != 0)
        i++;
    if (i == REASONS_MOST)
        i = REASONS_MOST - 1;
    found = &source->reasons[i];
    if (i == source->reason_count) {
        const char *word = i == REASONS_MOST - 1 ? "other" : reason;
        snprintf(found->word, sizeof found->word, "%s", word);
        found->metric = metric_of(IOC_COUNTER, "ioc_deadletters_total",
            "Messages or parts of them that could not be used.", source->name, word);
        source->reason_count++;
    }
    ioc_metric_add(found->metric, 1);
    source->dead++;
}

static void refuse_part(struct ioc_decoder_output *output, const struct ioc_error *err)
{
    struct ioc_intake *intake =
        (struct ioc_intake *)((char *)output - offsetof(struct ioc_intake, output));
    count_dead(intake->source, err->code);
    if (intake->is_noted || !intake->options.deadletter)
        return;
    intake->is_noted = true;
    ioc_deadletter_write(intake->options.deadletter,
        &(struct ioc_deadletter_note){
            .at = intake->message->received,
            .source = intake->source->name,
            .topic = intake->message->topic,
            .stream = intake->route ? intake->route->stream->name : IOC_TEXT(""),
            .payload = intake->message->payload,
            .reason = err->code,
            .detail = err->text,
            .position = err->column,
        });
}

static enum ioc_status emit_event(struct ioc_decoder_output *output, struct ioc_draft *draft)
{
    struct ioc_intake *intake =
        (struct ioc_intake *)((char *)output - offsetof(struct ioc_intake, output));
    const struct ioc_message *message = intake->message;
    const struct ioc_stream *stream = intake->route->stream;
    struct ioc_admission_claim claim = {.stream = stream, .received = message->received};
    struct ioc_error err;
    uint16_t flags = (uint16_t)((message->flags & IOC_MESSAGE_RETAINED ? IOC_EVENT_RETAINED : 0) |
                                (message->flags & IOC_MESSAGE_DUPLICATE ? IOC_EVENT_REPEATED : 0));
    ioc_time time;
    enum ioc_status status = IOC_OK;
    ioc_error_clear(&err);
    if (intake->route->identity_level >= 0 &&
        !ioc_route_level(
            message->topic, (uint32_t)intake->route->identity_level, &claim.identity)) {
        ioc_error_set(&err, "identity-mismatch", "The topic has no level that says who speaks");
        status = IOC_DENIED;
    }
    if (status == IOC_OK)
        status = ioc_admission_check(&intake->admission, &claim, draft, &time, &flags, &err);
    if (status == IOC_OK && intake->part_count == IOC_PARTS_MOST) {
        ioc_error_set(&err, "too-many", "A message may hold %d events", IOC_PARTS_MOST);
        status = IOC_LIMIT;
    }
    if (status == IOC_OK) {
        status = ioc_event_seal(draft, stream, time, message->received, flags, &intake->sealed);
        if (status != IOC_OK)
            ioc_error_set(&err, status == IOC_LIMIT ? "too-large" : "bad-key",
                "The event's key or size is over its bound");
    }
    if (status == IOC_OK)
        intake->part_count++;
    else
        refuse_part(output, &err);
    return status;
}

struct ioc_intake *ioc_intake_new(const struct ioc_intake_options *options)
{
    struct ioc_intake *intake = ioc_memory_take(sizeof *intake);
    intake->options = *options;
    intake->admission.pseudonym = options->pseudonym;
    intake->output.emit = emit_event;
    intake->output.refuse = refuse_part;
    for (uint32_t i = 0; i < options->stream_count; i++)
        if (options->streams[i]->id >= intake->event_count)
            intake->event_count = options->streams[i]->id + 1u;
    intake->events = ioc_memory_take((intake->event_count + 1) * sizeof *intake->events);
    for (uint32_t i = 0; i < options->stream_count; i++) {
        struct ioc_buffer labels = {0};
        ioc_metric_label(&labels, "stream", options->streams[i]->name);
        ioc_buffer_add_char(&labels, 0);
        intake->events[options->streams[i]->id] = ioc_metric_get(
            IOC_COUNTER, "ioc_events_total", labels.data, "Events handed to the shards.");
        ioc_buffer_done(&labels);
    }
    return intake;
}

void ioc_intake_free(struct ioc_intake *intake)
{
    if (!intake)
        return;
    for (uint32_t i = 0; i < intake->source_count; i++)
        ioc_memory_give(intake->sources[i]);
    ioc_memory_give(intake->sources);
    ioc_memory_give(intake->events);
    ioc_draft_done(&intake->draft);
    ioc_admission_done(&intake->admission);
    ioc_buffer_done(&intake->sealed);
    ioc_memory_give(intake);
}

void ioc_intake_attach(struct ioc_intake *intake, struct ioc_lane *lane)
{
    intake->lane = lane;
}

void ioc_intake_routes(struct ioc_intake *intake, uint16_t source, struct ioc_text source_name,
    struct ioc_route *const *routes, uint32_t count)
{
    if (source >= intake->source_count) {
        intake->sources =
            ioc_memory_grow(intake->sources, intake->source_count * sizeof *intake->sources,
                (source + 1u) * sizeof *intake->sources);
        intake->source_count = source + 1u;
    }
    struct source *made = intake->sources[source];
    if (!made) {
        made = intake->sources[source] = ioc_memory_take(sizeof *made);
        made->last = IOC_TIME_NONE;
        made->messages_metric = metric_of(
            IOC_COUNTER, "ioc_messages_total", "Messages taken from a source.", source_name, NULL);
        made->last_metric = metric_of(IOC_GAUGE, "ioc_source_last_seconds",
            "When the newest message of a source was received, in seconds since 1970.", source_name,
            NULL);
        for (int i = 0; i < DROPS; i++)
            made->drops[i] = metric_of(IOC_COUNTER, "ioc_dropped_total",
                "Messages that a source let fall.", source_name, drop_reasons[i]);
    }
    made->name = source_name;
    made->routes = routes;
    made->route_count = count;
}

static struct source *source_of(const struct ioc_intake *intake, uint16_t id)
{
    assert(id < intake->source_count && intake->sources[id]);
    return intake->sources[id];
}

enum ioc_status ioc_intake_post(struct ioc_intake *intake, const struct ioc_message *message)
{
    _Alignas(8) char few[STACK_MOST];
    uint64_t length =
        sizeof(struct raw) + (uint64_t)message->topic.length + message->payload.length;
    if ((uint64_t)message->topic.length + message->payload.length > IOC_MESSAGE_MOST)
        return IOC_LIMIT;
    assert(message->ack < IOC_ACK_PARTS);
    if (!message->ack && atomic_load_explicit(&intake->is_held, memory_order_relaxed))
        return IOC_FULL;
    struct ioc_record record = {
        .bytes = (uint32_t)(sizeof record + ((length + 7) & ~UINT64_C(7))),
        .kind = IOC_RECORD_RAW,
        .source = message->source,
        .length = (uint32_t)length,
        .ack = message->ack,
    };
    struct raw raw = {
        .received = message->received,
        .topic_length = message->topic.length,
        .payload_length = message->payload.length,
        .qos = message->qos,
        .flags = message->flags,
    };
    /* Messages over 16 kB are rare enough for an allocation. */
    char *bytes = record.bytes <= sizeof few ? few : ioc_memory_take(record.bytes), *at = bytes;
    at = (char *)memcpy(at, &record, sizeof record) + sizeof record;
    at = (char *)memcpy(at, &raw, sizeof raw) + sizeof raw;
    if (message->topic.length)
        at = (char *)memcpy(at, message->topic.data, message->topic.length) + message->topic.length;
    if (message->payload.length)
        at = (char *)memcpy(at, message->payload.data, message->payload.length) +
             message->payload.length;
    memset(at, 0, (size_t)(bytes + record.bytes - at));
    enum ioc_status status = ioc_lane_post(intake->lane, (struct ioc_text){bytes, record.bytes});
    if (bytes != few)
        ioc_memory_give(bytes);
    return status;
}

void ioc_intake_hold(struct ioc_intake *intake, bool is_held)
{
    atomic_store_explicit(&intake->is_held, is_held, memory_order_relaxed);
}

void ioc_intake_drop(struct ioc_intake *intake, uint16_t source, const char *reason)
{
    struct source *from = source_of(intake, source);
    int which = 0;
    while (which < DROPS - 1 && strcmp(drop_reasons[which], reason) != 0)
        which++;
    ioc_metric_add(from->drops[which], 1);
    atomic_fetch_add_explicit(&from->dropped, 1, memory_order_relaxed);
}

void ioc_intake_counts(const struct ioc_intake *intake, uint16_t source, uint64_t *messages,
    uint64_t *dead, uint64_t *dropped, ioc_time *last)
{
    struct source *from = source_of(intake, source);
    *messages = from->messages;
    *dead = from->dead;
    *dropped = atomic_load_explicit(&from->dropped, memory_order_relaxed);
    *last = from->last;
}

static void push_parts(struct ioc_intake *intake)
{
    const struct ioc_message *message = intake->message;
    uint64_t token = message->ack;
    if (token && intake->part_count)
        token |= (uint64_t)(intake->part_count - 1) << IOC_ACK_PARTS_SHIFT;
    struct ioc_record header = {.kind = IOC_RECORD_EVENT, .source = message->source, .ack = token};
    for (size_t at = 0; at < intake->sealed.length;) {
        const struct ioc_event *event = (const struct ioc_event *)(intake->sealed.data + at);
        ioc_router_push_event(intake->options.router, &header, event);
        ioc_metric_add(intake->events[event->stream], 1);
        at += event->bytes;
    }
    if (intake->part_count == 0 && message->ack && intake->options.ack)
        intake->options.ack->acknowledge(intake->options.ack, message->source, &message->ack, 1);
}

static void handle_message(struct ioc_intake *intake)
{
    const struct ioc_message *message = intake->message;
    struct source *source = intake->source;
    struct ioc_error err;
    enum ioc_status status = IOC_NOT_FOUND;
    ioc_error_clear(&err);
    intake->route = NULL;
    intake->is_noted = false;
    intake->part_count = 0;
    ioc_buffer_reset(&intake->sealed);
    for (uint32_t i = 0; i < source->route_count && !intake->route; i++)
        if (ioc_route_matches(source->routes[i]->topic, message->topic))
            intake->route = source->routes[i];
    if (intake->route)
        status = intake->route->kind->decode(
            intake->route->decoder, message, &intake->draft, &intake->output, &err);
    else
        ioc_error_set(&err, "no-route", "No subscription of this source wants this topic");
    if (status != IOC_OK)
        refuse_part(&intake->output, &err);
    push_parts(intake);
}

void ioc_intake_handle(struct ioc_intake *intake, const struct ioc_record *record)
{
    struct raw raw;
    assert(record->kind == IOC_RECORD_RAW && record->length >= sizeof raw);
    memcpy(&raw, ioc_record_payload(record), sizeof raw);
    assert(sizeof raw + (uint64_t)raw.topic_length + raw.payload_length == record->length);
    const char *texts = (const char *)ioc_record_payload(record) + sizeof raw;
    struct ioc_message message = {
        .topic = {texts, raw.topic_length},
        .payload = {texts + raw.topic_length, raw.payload_length},
        .source = record->source,
        .qos = raw.qos,
        .flags = raw.flags,
        .received = raw.received,
        .ack = record->ack,
    };
    intake->source = source_of(intake, record->source);
    intake->source->messages++;
    if (message.received > intake->source->last)
        intake->source->last = message.received;
    ioc_metric_add(intake->source->messages_metric, 1);
    ioc_metric_set(intake->source->last_metric, message.received / IOC_SECOND);
    intake->message = &message;
    handle_message(intake);
    intake->message = NULL;
}
