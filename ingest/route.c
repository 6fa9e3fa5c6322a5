/*
 * ingest/route.c — reads one entry of `subscribe:`; matches topics to filters.
 */
#include "ingest/route.h"

enum { MOST_KEYS = 32 };

bool ioc_route_level(struct ioc_text topic, uint32_t level, struct ioc_text *text)
{
    struct ioc_text part;
    for (uint32_t i = 0; ioc_text_split(&topic, '/', &part); i++) {
        if (i == level) {
            *text = part;
            return true;
        }
    }
    return false;
}

/* Walks filter and topic together; a level ends at '/' or at the end. */
bool ioc_route_matches(struct ioc_text filter, struct ioc_text topic)
{
    uint32_t f = 0, t = 0;
    if (topic.length && topic.data[0] == '$' && filter.length &&
        (filter.data[0] == '+' || filter.data[0] == '#'))
        return false;
    for (;;) {
        if (f < filter.length && filter.data[f] == '#')
            return true;
        if (f < filter.length && filter.data[f] == '+') {
            f++;
            while (t < topic.length && topic.data[t] != '/')
                t++;
        } else {
            while (f < filter.length && t < topic.length && filter.data[f] == topic.data[t] &&
                   topic.data[t] != '/')
                f++, t++;
        }
        bool filter_level_ends = f == filter.length || filter.data[f] == '/';
        bool topic_level_ends = t == topic.length || topic.data[t] == '/';
        if (!filter_level_ends || !topic_level_ends)
            return false;
        if (t == topic.length) /* "a/#" also matches "a" */
            return f == filter.length || (filter.length - f == 2 && filter.data[f + 1] == '#');
        if (f == filter.length)
            return false;
        f++, t++;
    }
}

const char *ioc_route_fault(struct ioc_text filter)
{
    if (filter.length == 0)
        return "is empty";
    if (filter.length > 65535)
        return "is longer than 65535 bytes";
    if (memchr(filter.data, 0, filter.length) || !ioc_text_is_utf8(filter))
        return "is not UTF-8 text";
    for (uint32_t i = 0; i < filter.length; i++) {
        char c = filter.data[i];
        bool begins = i == 0 || filter.data[i - 1] == '/',
             ends = i + 1 == filter.length || filter.data[i + 1] == '/';
        if (c == '#' && (!begins || i + 1 != filter.length))
            return "has a '#' that is not alone at its end";
        if (c == '+' && !(begins && ends))
            return "has a '+' that does not stand alone between slashes";
    }
    return NULL;
}

static const struct ioc_stream *read_stream(const struct ioc_document *document,
    struct ioc_node *route, const struct ioc_stream *const *streams, uint32_t count,
    struct ioc_errors *errors)
{
    struct ioc_node *node = ioc_node_find(route, "stream");
    struct ioc_text name, candidates[IOC_STREAMS_MOST];
    if (!node) {
        ioc_node_error(document, route, errors, "missing-key",
            "A subscription wants the stream that its messages belong to");
        ioc_node_hint(errors, "stream: street_depth");
        return NULL;
    }
    if (!ioc_node_text(document, node, &name, errors))
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        if (ioc_text_equal(streams[i]->name, name))
            return streams[i];
    for (uint32_t i = 0; i < count && i < IOC_STREAMS_MOST; i++)
        candidates[i] = streams[i]->name;
    int nearest =
        ioc_text_nearest(name, candidates, count < IOC_STREAMS_MOST ? count : IOC_STREAMS_MOST);
    ioc_node_error(
        document, node, errors, "no-such-stream", "There is no stream '%.*s'", IOC_TEXT_ARGS(name));
    if (nearest >= 0)
        ioc_node_hint(errors, "did you mean '%.*s'?", IOC_TEXT_ARGS(candidates[nearest]));
    return NULL;
}

static const struct ioc_decoder_kind *read_kind(
    const struct ioc_document *document, struct ioc_node *node, struct ioc_errors *errors)
{
    const char *names[MOST_KEYS] = {NULL};
    int choice;
    if (!node)
        return ioc_decoder_kinds[0];
    for (int i = 0; ioc_decoder_kinds[i] && i + 1 < MOST_KEYS; i++)
        names[i] = ioc_decoder_kinds[i]->name;
    return ioc_node_choice(document, node, names, &choice, errors) ? ioc_decoder_kinds[choice]
                                                                   : NULL;
}

static bool read_topic(const struct ioc_document *document, struct ioc_node *route,
    struct ioc_text *topic, struct ioc_errors *errors)
{
    struct ioc_node *node = ioc_node_find(route, "topic");
    if (!node) {
        ioc_node_error(document, route, errors, "missing-key", "A subscription wants a topic");
        ioc_node_hint(errors, "topic: city/+/street_depth/+");
        return false;
    }
    if (!ioc_node_text(document, node, topic, errors))
        return false;
    const char *fault = ioc_route_fault(*topic);
    if (!fault)
        return true;
    ioc_node_error(document, node, errors, "bad-topic", "The topic filter %s", fault);
    ioc_node_hint(errors, "city/+/street_depth/+ or city/#");
    return false;
}

/* `identity: payload` says that the sender's word is taken; {topic_level: n} that the broker's
 * rules decide. */
static bool read_identity(const struct ioc_document *document, struct ioc_node *node, int *level,
    struct ioc_errors *errors)
{
    int64_t number;
    *level = -1;
    if (!node || (node->kind == IOC_NODE_SCALAR && ioc_text_equal(node->text, IOC_TEXT("payload"))))
        return true;
    struct ioc_node *value = ioc_node_find(node, "topic_level");
    if (node->kind != IOC_NODE_MAP || !value) {
        ioc_node_error(
            document, node, errors, "bad-identity", "An identity is {topic_level: N} or payload");
        ioc_node_hint(errors, "identity: {topic_level: 3}");
        return false;
    }
    ioc_option_unknown(document, node, ioc_option_find(&ioc_route_form, "identity"), NULL, NULL, errors);
    if (!ioc_node_int(document, value, 0, 127, &number, errors))
        return false;
    *level = (int)number;
    return true;
}

struct ioc_route *ioc_route_read(const struct ioc_document *document, struct ioc_node *node,
    const struct ioc_stream *const *streams, uint32_t stream_count, const struct ioc_zone *zone,
    struct ioc_arena *arena, struct ioc_errors *errors)
{
    uint32_t before = errors->count + errors->omitted;
    int64_t qos = 1;
    node->is_seen = true;
    if (node->kind != IOC_NODE_MAP) {
        ioc_node_error(
            document, node, errors, "bad-route", "A subscription is a map with topic and stream");
        ioc_node_hint(errors, "- {topic: city/+/depth/+, stream: street_depth}");
        return NULL;
    }
    struct ioc_route *route = ioc_arena_take(arena, sizeof *route);
    struct ioc_node *qos_node = ioc_node_find(node, "qos");
    (void)read_topic(document, node, &route->topic, errors);
    if (qos_node)
        (void)ioc_node_int(document, qos_node, 0, 2, &qos, errors);
    route->qos = (int)qos;
    (void)read_identity(document, ioc_node_find(node, "identity"), &route->identity_level, errors);
    route->kind = read_kind(document, ioc_node_find(node, "decode"), errors);
    route->stream = read_stream(document, node, streams, stream_count, errors);
    if (route->kind) /* its own keys are known only then */
        ioc_option_unknown(document, node, &ioc_route_form, route->kind->name, NULL, errors);
    if (route->kind && route->stream)
        route->decoder = route->kind->open(document, node, route->stream, zone, arena, errors);
    if (errors->count + errors->omitted == before)
        return route;
    ioc_route_close(route);
    return NULL;
}

void ioc_route_close(struct ioc_route *route)
{
    if (route && route->kind && route->decoder)
        route->kind->close(route->decoder);
}
