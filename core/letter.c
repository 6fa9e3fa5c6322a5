/* core/letter.c — a binary search, and the text around it. */
#include "core/letter.h"
#include <assert.h>

static bool is_mark(uint32_t point)
{
    return (point >= 0x300 && point <= 0x36f) || (point >= 0x1ab0 && point <= 0x1aff) ||
           (point >= 0x1dc0 && point <= 0x1dff) || (point >= 0x20d0 && point <= 0x20ff) ||
           (point >= 0xfe20 && point <= 0xfe2f);
}

uint32_t ioc_letter_base(uint32_t point)
{
    if (is_mark(point))
        return 0;
    uint32_t low = 0, high = ioc_letter_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (ioc_letter_table[middle][0] == point)
            return ioc_letter_table[middle][1];
        if (ioc_letter_table[middle][0] < point)
            low = middle + 1;
        else
            high = middle;
    }
    return point;
}

static uint32_t decode(const unsigned char *at, uint32_t bytes)
{
    if (bytes == 2)
        return (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu);
    if (bytes == 3)
        return (at[0] & 0xfu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
    return (at[0] & 7u) << 18 | (at[1] & 0x3fu) << 12 | (at[2] & 0x3fu) << 6 | (at[3] & 0x3fu);
}

/* Bases are of the basic plane. */
static uint32_t encode(uint32_t point, char *out)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | point >> 12);
    out[1] = (char)(0x80 | (point >> 6 & 0x3f));
    out[2] = (char)(0x80 | (point & 0x3f));
    return 3;
}

uint32_t ioc_letter_fold(struct ioc_text text, char *out)
{
    uint32_t length = 0, bytes;
    for (uint32_t i = 0; i < text.length; i += bytes) {
        const unsigned char *at = (const unsigned char *)text.data + i;
        bytes = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
        assert(i + bytes <= text.length);
        uint32_t point = bytes == 1 ? *at : decode(at, bytes), base = bytes == 1 ? point : ioc_letter_base(point);
        if (base == point) {
            memcpy(out + length, at, bytes);
            length += bytes;
        } else if (base) {
            uint32_t written = encode(base, out + length);
            assert(written <= bytes);
            length += written;
        }
    }
    return length;
}
