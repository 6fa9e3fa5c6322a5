/* core/value.c — names of types, and the frame check of foreign rows. */
#include "core/value.h"

static const char *const type_texts[IOC_TYPES] = {
    [IOC_NULL] = "null",
    [IOC_BOOL] = "bool",
    [IOC_INT] = "int",
    [IOC_UINT] = "uint",
    [IOC_DOUBLE] = "double",
    [IOC_STRING] = "string",
    [IOC_BYTES] = "bytes",
    [IOC_TIMESTAMP] = "timestamp",
    [IOC_DURATION] = "duration",
    [IOC_POINT] = "point",
    [IOC_LIST] = "list",
    [IOC_MAP] = "map",
    [IOC_DYN] = "dyn",
};

const char *ioc_type_text(enum ioc_type type)
{
    assert((unsigned)type < IOC_TYPES);
    return type_texts[type];
}

enum ioc_type ioc_type_find(struct ioc_text text)
{
    int type = 0;
    while (type < IOC_TYPES && !ioc_text_equal(text, ioc_text_of(type_texts[type])))
        type++;
    return (enum ioc_type)type;
}

bool ioc_row_is_sound(const void *bytes, size_t length)
{
    struct ioc_row row;
    if (length < sizeof row)
        return false;
    memcpy(&row, bytes, sizeof row);
    if (row.bytes > length || row.bytes > IOC_ROW_MOST || row.bytes % 8 ||
        row.slots > IOC_SLOTS_MOST || row.zero)
        return false;
    uint32_t presence_words = ioc_row_presence_words(row.slots);
    if (row.bytes < sizeof row + 8 * ((size_t)presence_words + row.slots))
        return false;
    if (row.slots % 64) {
        uint64_t last;
        memcpy(&last, (const char *)bytes + sizeof row + 8 * (presence_words - 1), sizeof last);
        if (last >> (row.slots % 64))
            return false;
    }
    return true;
}
