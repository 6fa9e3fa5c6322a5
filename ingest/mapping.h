#pragma once
/*
 * ingest/mapping.h — from a message to the fields of a stream: a mapping that is data.
 *
 * What a route writes under `fields:` (ingest/route.h has the forms), compiled once: JSON pointers
 * become one tree that is walked once per message, units become factors, zones are loaded.  A
 * required field that cannot be had stays unset, and the intake refuses the event; an optional one
 * that cannot be read is left out and counted, so that a broken second sensor does not silence the
 * first.
 *
 * Memory   the city's arena; nothing is allocated per message
 * Owner    ioc_mapping_read() → ioc_mapping_close(), which frees the zones
 * Thread   the ingest lane's
 */
#include "core/document.h"
#include "core/draft.h"
#include "core/option.h"
#include "core/stream.h"
#include "ingest/json.h"
#include "ingest/reading.h"

enum ioc_mapping_from {
    IOC_MAPPING_VALUE, /* a pointer */
    IOC_MAPPING_TOPIC, /* a level of the topic */
    IOC_MAPPING_CONSTANT,
    IOC_MAPPING_PAIR, /* a point of two pointers */
};
struct ioc_mapping_field {
    ioc_slot slot;
    const struct ioc_field *field;
    enum ioc_mapping_from from;
    uint32_t value;    /* index into results; of a pair: the longitude */
    uint32_t latitude; /* of a pair */
    uint32_t level;
    struct ioc_json_value constant;
    struct ioc_reading reading;
    bool is_latitude_first;               /* of a point from an array */
    const struct ioc_json_value *missing; /* values that mean that nothing was measured */
    uint32_t missing_count;
    struct ioc_mapping *items; /* of a list of records */
};
struct ioc_mapping {
    const struct ioc_schema *schema;
    struct ioc_mapping_field *fields;
    uint32_t count;
    struct ioc_json_node *tree;
    struct ioc_json_value *results;
    uint32_t result_count;
    struct ioc_zone **zones; /* ours to free */
    uint32_t zone_count;
};
struct ioc_mapping_options {
    const struct ioc_schema *schema;
    const ioc_slot *hidden; /* slots that are not the sender's; IOC_SLOT_NONE is passed over */
    uint32_t hidden_count;
    const struct ioc_zone *zone; /* of times without one */
    bool has_topic;              /* topic_level is allowed */
    struct ioc_node *missing;    /* list of the route, or NULL */
};

/* What may stand under a field's name in `fields:` and `items:`. */
extern const struct ioc_option ioc_mapping_form;

/* fields NULL: every field under its own name.  NULL with errors added at `route` or in `fields`.
 * */
struct ioc_mapping *ioc_mapping_read(const struct ioc_document *document, struct ioc_node *route,
    struct ioc_node *fields, const struct ioc_mapping_options *options, struct ioc_arena *arena,
    struct ioc_errors *errors);
void ioc_mapping_close(struct ioc_mapping *mapping);
/* Sets what is there in a draft that has begun.  Values of optional fields that could not be read
 * are counted in *bad.  IOC_INVALID or IOC_LIMIT with code and text when a required one could not.
 * */
enum ioc_status ioc_mapping_apply(const struct ioc_mapping *mapping,
    const struct ioc_json_value *from, struct ioc_text topic, struct ioc_draft *draft,
    uint32_t *bad, struct ioc_error *err) IOC_USE;

/* Compiles an RFC 6901 pointer into the tree and gives its place among the results, or -1 (not a
 * pointer). */
int64_t ioc_mapping_pointer(struct ioc_json_node *tree, struct ioc_text pointer,
    uint32_t *result_count, struct ioc_arena *arena);
