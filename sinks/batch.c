/*
 * sinks/batch.c — one flush being written: the operations of an FCALL ioc_apply, in RESP.
 */
#include "sinks/batch.h"
#include "core/redis.h"
#include <assert.h>

void ioc_batch_reset(struct ioc_batch *batch)
{
    ioc_buffer_reset(&batch->resp);
    ioc_buffer_reset(&batch->body);
    ioc_buffer_reset(&batch->entities);
    ioc_buffer_reset(&batch->counters);
    ioc_buffer_reset(&batch->words);
    batch->arguments = batch->entity_count = batch->transition_count = 0;
    batch->partitions = 0;
    batch->is_sealed = false;
}

void ioc_batch_done(struct ioc_batch *batch)
{
    ioc_buffer_done(&batch->resp);
    ioc_buffer_done(&batch->body);
    ioc_buffer_done(&batch->entities);
    ioc_buffer_done(&batch->counters);
    ioc_buffer_done(&batch->words);
}

bool ioc_batch_is_empty(const struct ioc_batch *batch)
{
    return batch->arguments == 0;
}

struct ioc_buffer *ioc_batch_begin(struct ioc_batch *batch, uint8_t partition, uint32_t arguments)
{
    assert(partition < IOC_PARTITIONS);
    batch->partitions |= (uint64_t)1 << partition;
    return ioc_batch_begin_common(batch, arguments);
}

struct ioc_buffer *ioc_batch_begin_common(struct ioc_batch *batch, uint32_t arguments)
{
    assert(!batch->is_sealed);
    batch->arguments += arguments;
    return &batch->body;
}

static void add_number(struct ioc_buffer *resp, const char *format, unsigned long long number)
{
    char text[32];
    snprintf(text, sizeof text, format, number);
    ioc_resp_add_string(resp, text);
}

static void add_node(struct ioc_buffer *resp, struct ioc_text node)
{
    ioc_buffer_addf(resp, "$%u\r\nflush:%.*s\r\n", node.length + 6, IOC_TEXT_ARGS(node));
}

static void write_words(struct ioc_batch *batch, const struct ioc_batch_head *head)
{
    for (unsigned p = 0; p < IOC_PARTITIONS; p++) {
        if (head->partitions >> p & 1)
            ioc_buffer_addf(&batch->words, "%s%u:%llu:%llu", batch->words.length > 0 ? " " : "", p,
                (unsigned long long)head->parts[p].gen, (unsigned long long)head->parts[p].off);
    }
}

/* As sinks/redis.lua reads it: names together, then values together, so that it builds no text. */
void ioc_batch_seal(struct ioc_batch *batch, const struct ioc_batch_head *head)
{
    struct ioc_buffer *resp = &batch->resp;
    uint32_t count = (uint32_t)__builtin_popcountll(head->partitions);
    write_words(batch, head);
    ioc_resp_begin(resp, 13 + 4 * count + batch->arguments);
    ioc_resp_add_string(resp, "FCALL");
    ioc_resp_add_string(resp, "ioc_apply");
    ioc_resp_add_string(resp, "1");
    ioc_resp_add(resp, head->prefix);
    ioc_resp_add(resp, head->epoch);
    ioc_resp_add(resp, ioc_buffer_text(&batch->words));
    ioc_resp_add(resp, ioc_buffer_text(&batch->entities));
    ioc_resp_add(resp, ioc_buffer_text(&batch->counters));
    ioc_resp_add_int(resp, count);
    add_node(resp, head->node);
    for (unsigned p = 0; p < IOC_PARTITIONS; p++) {
        if (head->partitions >> p & 1)
            add_number(resp, "%llu:gen", p);
    }
    add_number(resp, "%llu", head->flush);
    for (unsigned p = 0; p < IOC_PARTITIONS; p++) {
        if (head->partitions >> p & 1)
            add_number(resp, "%llu", head->parts[p].gen);
    }
    add_node(resp, head->node);
    add_number(resp, "%llu", head->flush);
    for (unsigned p = 0; p < IOC_PARTITIONS; p++) {
        if (!(head->partitions >> p & 1))
            continue;
        add_number(resp, "%llu:off", p);
        add_number(resp, "%llu", head->parts[p].off);
    }
    ioc_buffer_add_text(resp, ioc_buffer_text(&batch->body));
    batch->is_sealed = true;
    assert(!resp->is_full && !batch->body.is_full && !batch->entities.is_full &&
           !batch->counters.is_full);
}
