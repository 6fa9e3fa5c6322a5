/*
 * ingest/decoder_json.c — JSON messages, read by a declared mapping (ingest/route.h).
 */
#include "core/metric.h"
#include "ingest/decoder.h"
#include "ingest/json.h"
#include "ingest/mapping.h"
#include "ingest/route.h"

enum { MOST_ITEMS = 4096 };

struct ioc_decoder {
    const struct ioc_stream *stream;
    struct ioc_mapping *mapping;
    struct ioc_json *json;
    struct ioc_json_node *each; /* NULL: one message, one event */
    struct ioc_json_value array;
    struct ioc_zone *zone;
    struct ioc_metric *bad_values;
};

static void close_json(struct ioc_decoder *decoder)
{
    if (!decoder)
        return;
    ioc_mapping_close(decoder->mapping);
    ioc_zone_free(decoder->zone);
    ioc_json_free(decoder->json);
    decoder->json = NULL;
}

static bool read_each(const struct ioc_document *document, struct ioc_node *node,
    struct ioc_decoder *decoder, struct ioc_arena *arena, struct ioc_errors *errors)
{
    struct ioc_text pointer;
    uint32_t count = 0;
    if (!node)
        return true;
    if (!ioc_node_text(document, node, &pointer, errors))
        return false;
    decoder->each = ioc_arena_take(arena, sizeof *decoder->each);
    decoder->each->item = -1;
    if (ioc_mapping_pointer(decoder->each, pointer, &count, arena) >= 0)
        return true;
    ioc_node_error(document, node, errors, "bad-pointer", "'%.*s' is not a JSON pointer",
        IOC_TEXT_ARGS(pointer));
    ioc_node_hint(errors, "each: /readings, or each: \"\" when the whole message is a list");
    return false;
}

static bool read_zone(const struct ioc_document *document, struct ioc_node *node,
    struct ioc_decoder *decoder, struct ioc_errors *errors)
{
    struct ioc_text name;
    if (!node)
        return true;
    if (!ioc_node_text(document, node, &name, errors))
        return false;
    if (ioc_zone_load(name, &decoder->zone) == IOC_OK)
        return true;
    ioc_node_error(document, node, errors, "unknown-zone", "There is no time zone '%.*s'",
        IOC_TEXT_ARGS(name));
    ioc_node_hint(errors, "a name such as Asia/Ho_Chi_Minh, UTC or +07:00");
    return false;
}

static struct ioc_decoder *open_json(const struct ioc_document *document, struct ioc_node *route,
    const struct ioc_stream *stream, const struct ioc_zone *zone, struct ioc_arena *arena,
    struct ioc_errors *errors)
{
    struct ioc_decoder *decoder = ioc_arena_take(arena, sizeof *decoder);
    const ioc_slot hidden[] = {stream->clock_flag, stream->range_flag};
    bool is_good = read_each(document, ioc_node_find(route, "each"), decoder, arena, errors);
    is_good &= read_zone(document, ioc_node_find(route, "zone"), decoder, errors);
    struct ioc_mapping_options options = {
        .schema = &stream->schema,
        .hidden = hidden,
        .hidden_count = 2,
        .zone = decoder->zone ? decoder->zone : zone,
        .has_topic = true,
        .missing = ioc_node_find(route, "missing"),
    };
    decoder->stream = stream;
    decoder->mapping =
        ioc_mapping_read(document, route, ioc_node_find(route, "fields"), &options, arena, errors);
    if (!is_good || !decoder->mapping) {
        close_json(decoder);
        return NULL;
    }
    struct ioc_buffer labels = {0};
    ioc_metric_label(&labels, "stream", stream->name);
    ioc_buffer_add_char(&labels, 0);
    decoder->bad_values = ioc_metric_get(IOC_COUNTER, "ioc_bad_values_total", labels.data,
        "Values of optional fields that could not be read and were left out.");
    ioc_buffer_done(&labels);
    return decoder;
}

static enum ioc_status decode_one(struct ioc_decoder *decoder, const struct ioc_json_value *value,
    struct ioc_text topic, struct ioc_draft *draft, struct ioc_error *err)
{
    uint32_t bad = 0;
    ioc_draft_begin(draft, &decoder->stream->schema);
    enum ioc_status status = ioc_mapping_apply(decoder->mapping, value, topic, draft, &bad, err);
    if (bad)
        ioc_metric_add(decoder->bad_values, bad);
    return status;
}

static enum ioc_status decode_each(struct ioc_decoder *decoder, const struct ioc_json_value *root,
    struct ioc_text topic, struct ioc_draft *draft, struct ioc_decoder_output *output,
    struct ioc_error *err)
{
    struct ioc_json_walk walk;
    struct ioc_json_value value;
    struct ioc_text name;
    struct ioc_error part = {0};
    decoder->array.kind = IOC_JSON_NONE;
    ioc_json_pick(root, decoder->each, &decoder->array);
    if (decoder->array.kind != IOC_JSON_ARRAY) {
        ioc_error_set(err, "no-list", "The list that 'each' names is not there");
        return IOC_INVALID;
    }
    if (ioc_json_count(&decoder->array) > MOST_ITEMS) {
        ioc_error_set(err, "too-many", "A message may hold %d items", MOST_ITEMS);
        return IOC_LIMIT;
    }
    ioc_json_walk_begin(&walk, &decoder->array);
    while (ioc_json_walk_next(&walk, &name, &value)) {
        if (decode_one(decoder, &value, topic, draft, &part) == IOC_OK)
            (void)!output->emit(output, draft);
        else
            output->refuse(output, &part);
    }
    return IOC_OK;
}

static enum ioc_status decode_json(struct ioc_decoder *decoder, const struct ioc_message *message,
    struct ioc_draft *draft, struct ioc_decoder_output *output, struct ioc_error *err)
{
    struct ioc_json_value root;
    if (!decoder->json)
        decoder->json = ioc_json_new();
    enum ioc_status status = ioc_json_parse(decoder->json, message->payload, &root, err);
    if (status != IOC_OK)
        return status;
    if (decoder->each)
        return decode_each(decoder, &root, message->topic, draft, output, err);
    status = decode_one(decoder, &root, message->topic, draft, err);
    if (status == IOC_OK)
        (void)!output->emit(output, draft);
    return status;
}

extern const struct ioc_decoder_kind ioc_decoder_json;
const struct ioc_decoder_kind ioc_decoder_json = {
    .name = "json",
    .summary = "JSON objects or lists, read by a declared mapping of pointers, units, times and "
               "missing values",
    .open = open_json,
    .decode = decode_json,
    .close = close_json,
    .options = ioc_decoder_json_keys,
};
