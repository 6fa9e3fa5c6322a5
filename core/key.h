#pragma once
/*
 * core/key.h — key bytes, and which of the 64 partitions they belong to.  Fixed for ever.
 *
 * Key bytes are, per key field in order: one type tag, then the canonical value.
 *   'b' + 00/01                           bool
 *   'i' + 8 bytes big-endian, sign bit flipped   int, timestamp, duration (so bytes sort as numbers)
 *   'u' + 8 bytes big-endian              uint
 *   'd' + 8 bytes big-endian of the IEEE bits (negative: all bits flipped; else sign bit flipped);
 *         -0.0 is written as 0.0, every NaN as 7ff8000000000000
 *   's' + UTF-8 with 00 escaped as 00 ff, then 00 00      string, bytes ('y')
 * Partition = XXH3_64bits(key bytes) % 64.
 *
 * Memory   callers hand in a buffer of IOC_KEY_MOST
 * Thread   any
 * Failure  IOC_LIMIT longer than IOC_KEY_MOST, IOC_NOT_FOUND a key field is not set, IOC_INVALID its
 *          type cannot be a key
 */
#include "core/buffer.h"
#include "core/stream.h"

enum { IOC_PARTITIONS = 64, IOC_KEY_MOST = 512 };

struct ioc_key {
    uint8_t bytes[IOC_KEY_MOST];
    uint32_t length;
};

/* Appends one field; row is where word's text lies.  The key is as before on failure. */
enum ioc_status ioc_key_add(struct ioc_key *key, enum ioc_type type, const struct ioc_row *row, union ioc_word word) IOC_USE;
/* A string that lies in no row. */
enum ioc_status ioc_key_add_text(struct ioc_key *key, struct ioc_text text) IOC_USE;
/* The whole key anew; empty on failure. */
enum ioc_status ioc_key_of_row(struct ioc_key *key, const struct ioc_row *row, const struct ioc_schema *schema,
    const ioc_slot *slots, uint32_t count) IOC_USE;
static inline struct ioc_text ioc_key_text(const struct ioc_key *key)
{
    return (struct ioc_text){(const char *)key->bytes, key->length};
}
uint64_t ioc_key_hash(struct ioc_text key_bytes);
static inline uint32_t ioc_key_partition(uint64_t hash)
{
    return (uint32_t)(hash % IOC_PARTITIONS);
}
/* For people and for entity ids: values joined with "/"; "" for the empty key (the whole city).  Bytes are
 * in hex.  In keys of several fields a "/" or "%" inside a text is %2F or %25, so that two keys of one
 * stream never print alike.  Foreign bytes are printed as far as they are sound. */
void ioc_key_print(struct ioc_text key_bytes, struct ioc_buffer *out);
