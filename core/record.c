/* core/record.c — records back to back. */
#include "core/record.h"

static uint32_t size_of(uint32_t length)
{
    return (uint32_t)sizeof(struct ioc_record) + ((length + 7) & ~UINT32_C(7));
}

enum ioc_status ioc_record_add(
    struct ioc_buffer *batch, const struct ioc_record *header, const void *payload, uint32_t length)
{
    assert(batch->length % 8 == 0);
    if (length > IOC_RECORD_MOST - sizeof *header)
        return IOC_LIMIT;
    struct ioc_record record = *header;
    record.bytes = size_of(length);
    record.length = length;
    record.check = 0;
    char *place = ioc_buffer_reserve(batch, record.bytes);
    if (!place)
        return IOC_FULL;
    memcpy(place, &record, sizeof record);
    if (length)
        memcpy(place + sizeof record, payload, length);
    memset(place + sizeof record + length, 0, record.bytes - sizeof record - length);
    batch->length += record.bytes;
    return IOC_OK;
}

const struct ioc_record *ioc_record_next(struct ioc_text batch, size_t *at)
{
    struct ioc_record record;
    if (*at > batch.length || batch.length - *at < sizeof record)
        return NULL;
    const char *place = batch.data + *at;
    assert((uintptr_t)place % 8 == 0);
    memcpy(&record, place, sizeof record);
    if (record.bytes > batch.length - *at || record.length > IOC_RECORD_MOST - sizeof record ||
        record.bytes != size_of(record.length))
        return NULL;
    *at += record.bytes;
    return (const struct ioc_record *)place;
}
