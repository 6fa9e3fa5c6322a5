/* core/buffer.c — bytes being written: JSON, RESP, Prometheus text, log lines, packed records. */
#include "core/buffer.h"
#include "core/memory.h"

#include <math.h>
#include <stdarg.h>

enum { FIRST_BYTES = 256 };
static const size_t usual_limit = 16u << 20;

void ioc_buffer_done(struct ioc_buffer *buffer)
{
    ioc_memory_give(buffer->data);
    *buffer = (struct ioc_buffer){.limit = buffer->limit};
}

char *ioc_buffer_reserve(struct ioc_buffer *buffer, size_t bytes)
{
    size_t limit = buffer->limit ? buffer->limit : usual_limit;
    if (limit > UINT32_MAX) /* ioc_buffer_text() must be able to say its length */
        limit = UINT32_MAX;
    if (buffer->is_full || buffer->length > limit || bytes > limit - buffer->length) {
        buffer->is_full = true;
        return NULL;
    }
    size_t need = buffer->length + bytes;
    if (need > buffer->capacity || !buffer->data) {
        size_t capacity = buffer->capacity ? buffer->capacity : FIRST_BYTES;
        while (capacity < need)
            capacity *= 2;
        buffer->data = ioc_memory_grow(buffer->data, buffer->capacity, capacity);
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

void ioc_buffer_add(struct ioc_buffer *buffer, const void *bytes, size_t length)
{
    if (length == 0)
        return;
    char *to = ioc_buffer_reserve(buffer, length);
    if (!to)
        return;
    memcpy(to, bytes, length);
    buffer->length += length;
}

void ioc_buffer_add_text(struct ioc_buffer *buffer, struct ioc_text text)
{
    ioc_buffer_add(buffer, text.data, text.length);
}

void ioc_buffer_add_string(struct ioc_buffer *buffer, const char *string)
{
    ioc_buffer_add(buffer, string, strlen(string));
}

void ioc_buffer_add_char(struct ioc_buffer *buffer, char letter)
{
    ioc_buffer_add(buffer, &letter, 1);
}

void ioc_buffer_add_int(struct ioc_buffer *buffer, int64_t value)
{
    if (value < 0)
        ioc_buffer_add_char(buffer, '-');
    ioc_buffer_add_uint(buffer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void ioc_buffer_add_uint(struct ioc_buffer *buffer, uint64_t value)
{
    char digits[20], *at = digits + sizeof digits;
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    ioc_buffer_add(buffer, at, (size_t)(digits + sizeof digits - at));
}

void ioc_buffer_add_double(struct ioc_buffer *buffer, double value)
{
    char number[IOC_TEXT_NUMBER];
    ioc_buffer_add_text(buffer,
        isfinite(value) ? ioc_text_of_double(value, number) : IOC_TEXT("null"));
}

void ioc_buffer_add_fixed(struct ioc_buffer *buffer, double value, int decimals)
{
    char number[IOC_TEXT_NUMBER];
    ioc_buffer_add_text(buffer,
        isfinite(value) ? ioc_text_of_fixed(value, decimals, number) : IOC_TEXT("null"));
}

void ioc_buffer_addf(struct ioc_buffer *buffer, const char *format, ...)
{
    char few[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(few, sizeof few, format, args);
    va_end(args);
    if (length < 0) {
        buffer->is_full = true;
        return;
    }
    if ((size_t)length < sizeof few) {
        ioc_buffer_add(buffer, few, (size_t)length);
        return;
    }
    /* One byte for the NUL is asked for, too, but not kept. */
    char *to = ioc_buffer_reserve(buffer, (size_t)length + 1);
    if (!to)
        return;
    va_start(args, format);
    vsnprintf(to, (size_t)length + 1, format, args);
    va_end(args);
    buffer->length += (size_t)length;
}

static void add_escape(struct ioc_buffer *buffer, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    char letter = 0;
    switch (byte) {
    case '"':
    case '\\':
        letter = (char)byte;
        break;
    case '\b':
        letter = 'b';
        break;
    case '\f':
        letter = 'f';
        break;
    case '\n':
        letter = 'n';
        break;
    case '\r':
        letter = 'r';
        break;
    case '\t':
        letter = 't';
        break;
    }
    escape[1] = letter ? letter : 'u';
    ioc_buffer_add(buffer, escape, letter ? 2 : 6);
}

void ioc_buffer_add_json(struct ioc_buffer *buffer, struct ioc_text text)
{
    uint32_t at = 0, plain = 0; /* plain = start of what can be copied as it is */
    ioc_buffer_add_char(buffer, '"');
    while (at < text.length) {
        unsigned char byte = (unsigned char)text.data[at];
        if (byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\') {
            at++;
            continue;
        }
        struct ioc_text rest = {text.data + at, text.length - at};
        uint32_t length = ioc_text_character(rest);
        /* U+2028 and U+2029 end a line in older JavaScript. */
        bool is_separator = length == 3 && memcmp(rest.data, "\xE2\x80", 2) == 0
            && (rest.data[2] == '\xA8' || rest.data[2] == '\xA9');
        if (length > 1 && !is_separator) {
            at += length;
            continue;
        }
        ioc_buffer_add(buffer, text.data + plain, at - plain);
        if (length == 0)
            ioc_buffer_add_string(buffer, "\xEF\xBF\xBD");
        else if (is_separator)
            ioc_buffer_add_string(buffer, rest.data[2] == '\xA8' ? "\\u2028" : "\\u2029");
        else
            add_escape(buffer, byte);
        at += length ? length : 1;
        plain = at;
    }
    ioc_buffer_add(buffer, text.data + plain, at - plain);
    ioc_buffer_add_char(buffer, '"');
}
