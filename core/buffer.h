#pragma once
/*
 * core/buffer.h — bytes being written: JSON, RESP, Prometheus text, log lines, packed records.
 *
 * Grows by doubling up to its limit; beyond it nothing more is added and is_full becomes true, until
 * the next reset.
 * Reset keeps the memory, so a reused buffer does not allocate in steady state.
 *
 * Memory   owned; ioc_buffer_done().  {0} is an empty buffer with a limit of 16 MiB.
 * Thread   one at a time
 */
#include "core/status.h"
#include "core/text.h"

struct ioc_buffer {
    char *data;
    size_t length, capacity, limit;
    bool is_full;
};

void ioc_buffer_done(struct ioc_buffer *buffer);
static inline void ioc_buffer_reset(struct ioc_buffer *buffer)
{
    buffer->length = 0;
    buffer->is_full = false;
}
/* Room for `bytes` more at the end without adding them; NULL when over the limit. */
char *ioc_buffer_reserve(struct ioc_buffer *buffer, size_t bytes);
void ioc_buffer_add(struct ioc_buffer *buffer, const void *bytes, size_t length);
void ioc_buffer_add_text(struct ioc_buffer *buffer, struct ioc_text text);
void ioc_buffer_add_string(struct ioc_buffer *buffer, const char *string);
void ioc_buffer_add_char(struct ioc_buffer *buffer, char letter);
void ioc_buffer_add_int(struct ioc_buffer *buffer, int64_t value);
void ioc_buffer_add_uint(struct ioc_buffer *buffer, uint64_t value);
/* Shortest text that reads back to the same double; locale-free.  JSON has no NaN or infinity:
 * they become null. */
void ioc_buffer_add_double(struct ioc_buffer *buffer, double value);
/* Fixed decimals, for people. */
void ioc_buffer_add_fixed(struct ioc_buffer *buffer, double value, int decimals);
void ioc_buffer_addf(struct ioc_buffer *buffer, const char *format, ...) IOC_PRINTF(2, 3);
/* A JSON string with its quotes: control characters, quotes and backslashes escaped; a byte that is
 * not UTF-8 becomes U+FFFD. */
void ioc_buffer_add_json(struct ioc_buffer *buffer, struct ioc_text text);
static inline struct ioc_text ioc_buffer_text(const struct ioc_buffer *buffer)
{
    return (struct ioc_text){buffer->data ? buffer->data : "", (uint32_t)buffer->length};
}
