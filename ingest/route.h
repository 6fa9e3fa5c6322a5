#pragma once
/*
 * ingest/route.h — from a topic filter to a stream: `subscribe:` of a source in the city file.
 *
 *   subscribe:
 *   - topic: city/+/street_depth/+       # MQTT filter; + and # as in MQTT 3.1.1 section 4.7
 *     qos: 1                             # default 1
 *     stream: street_depth
 *     decode: json                       # default
 *     each: /readings                    # one event per item; pointers are then relative to the item
 *     missing: [-999, "N/A"]             # these mean that nothing was measured; null always does
 *     zone: Asia/Ho_Chi_Minh             # of times without one; default the city's
 *     fields:                            # stream field: where it comes from.  Left out: each field under its own name
 *       station:     {topic_level: 3}    # levels count from 0
 *       depth_cm:    {pointer: /depth, unit: m}        # RFC 6901; converted from m to the field's unit
 *       observed_at: {pointer: /ts, time: auto, zone: UTC}         # rfc3339 | epoch_s | epoch_ms | auto
 *       position:    {latitude: /lat, longitude: /lon}
 *       place:       {pointer: /geo/coordinates, order: longitude_latitude}    # or latitude_longitude
 *       status:      /status             # a bare text is a pointer
 *       network:     {value: drainage}   # a constant
 *       detections:  {pointer: /objects, items: {label: /class, score: /p}}    # a list of records
 *     identity: {topic_level: 3}         # must equal the stream's key as text; else dead letter identity-mismatch
 *
 * Memory   the city's arena
 * Thread   the ingest lane's
 */
#include "ingest/decoder.h"

struct ioc_route {
    struct ioc_text topic;
    int qos;
    const struct ioc_stream *stream;
    const struct ioc_decoder_kind *kind;
    struct ioc_decoder *decoder;
    int identity_level; /* -1 = none: `identity: payload` or not stated */
};
/* The keys of an entry of `subscribe:`, and those that the decoder json brings. */
extern const struct ioc_option ioc_route_form, ioc_decoder_json_keys[];

/* NULL with errors added.  `streams` in any order. */
struct ioc_route *ioc_route_read(const struct ioc_document *document, struct ioc_node *node,
    const struct ioc_stream *const *streams, uint32_t stream_count, const struct ioc_zone *zone,
    struct ioc_arena *arena, struct ioc_errors *errors);
void ioc_route_close(struct ioc_route *route);
/* MQTT 3.1.1 section 4.7: # and + at the front match no topic that begins with $. */
bool ioc_route_matches(struct ioc_text filter, struct ioc_text topic);
/* NULL when it is a filter, else what is wrong with it. */
const char *ioc_route_fault(struct ioc_text filter);
/* Level of a topic counted from 0; false when there is none. */
bool ioc_route_level(struct ioc_text topic, uint32_t level, struct ioc_text *text);
