#pragma once
/*
 * sinks/batch.h — one flush being written: the operations of an FCALL ioc_apply (sinks/redis.lua), in RESP.
 *
 * Operations are added, then the whole is sealed with the parts it stands for.  A sealed batch stays as it is until
 * its answer is known, so that it can be sent again.
 *
 * Memory   buffers that are kept; ioc_batch_done()
 * Thread   one at a time
 */
#include "core/buffer.h"
#include "core/key.h"

struct ioc_batch_part { /* a partition as the engine owns it */
    uint64_t gen, off;
};
struct ioc_batch_head { /* what a flush says of itself */
    struct ioc_text prefix, epoch, node;
    uint64_t flush;       /* its number under this epoch */
    uint64_t partitions;  /* which go along, a bit each */
    const struct ioc_batch_part *parts; /* of all partitions */
};
struct ioc_batch {
    struct ioc_buffer resp;       /* the sealed command */
    struct ioc_buffer body;       /* operations in RESP */
    struct ioc_buffer entities;   /* "e" of the delta, without brackets */
    struct ioc_buffer counters;   /* "c" of the delta */
    uint32_t arguments;           /* in body */
    uint32_t entity_count, transition_count;
    uint64_t partitions;          /* those with operations, a bit each */
    struct ioc_buffer words;      /* "p:gen:off …" for the delta */
    bool is_sealed;
};

void ioc_batch_reset(struct ioc_batch *batch);
void ioc_batch_done(struct ioc_batch *batch);
bool ioc_batch_is_empty(const struct ioc_batch *batch);
/* Begins an operation of one partition that has so many arguments; they follow in `body`. */
struct ioc_buffer *ioc_batch_begin(struct ioc_batch *batch, uint8_t partition, uint32_t arguments);
/* Likewise for counters and meta, which belong to no partition. */
struct ioc_buffer *ioc_batch_begin_common(struct ioc_batch *batch, uint32_t arguments);
void ioc_batch_seal(struct ioc_batch *batch, const struct ioc_batch_head *head);
