/* core/key.c — writes, hashes and prints key bytes (the format is in key.h). */
#include "core/key.h"

static enum ioc_status add_number(struct ioc_key *key, char tag, uint64_t number)
{
    if (key->length + 9 > IOC_KEY_MOST)
        return IOC_LIMIT;
    uint8_t *out = key->bytes + key->length;
    *out++ = (uint8_t)tag;
    for (int i = 0; i < 8; i++)
        *out++ = (uint8_t)(number >> (56 - 8 * i));
    key->length += 9;
    return IOC_OK;
}

static enum ioc_status add_slice(struct ioc_key *key, char tag, struct ioc_text text)
{
    uint64_t zeros = 0;
    for (uint32_t i = 0; i < text.length; i++)
        zeros += text.data[i] == 0;
    if (key->length + 3 + (uint64_t)text.length + zeros > IOC_KEY_MOST)
        return IOC_LIMIT;
    uint8_t *out = key->bytes + key->length;
    *out++ = (uint8_t)tag;
    for (uint32_t i = 0; i < text.length; i++) {
        *out++ = (uint8_t)text.data[i];
        if (text.data[i] == 0)
            *out++ = 0xff;
    }
    *out++ = 0;
    *out++ = 0;
    key->length = (uint32_t)(out - key->bytes);
    return IOC_OK;
}

static uint64_t double_bits(double value)
{
    uint64_t bits;
    if (value != value)
        bits = UINT64_C(0x7ff8000000000000);
    else if (value == 0)
        bits = 0;
    else
        memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits ^ UINT64_C(1) << 63;
}

enum ioc_status ioc_key_add(
    struct ioc_key *key, enum ioc_type type, const struct ioc_row *row, union ioc_word word)
{
    switch (type) {
    case IOC_BOOL:
        if (key->length + 2 > IOC_KEY_MOST)
            return IOC_LIMIT;
        key->bytes[key->length++] = 'b';
        key->bytes[key->length++] = word.u != 0;
        return IOC_OK;
    case IOC_INT:
    case IOC_TIMESTAMP:
    case IOC_DURATION: return add_number(key, 'i', word.u ^ UINT64_C(1) << 63);
    case IOC_UINT: return add_number(key, 'u', word.u);
    case IOC_DOUBLE: return add_number(key, 'd', double_bits(word.d));
    case IOC_STRING: return add_slice(key, 's', ioc_row_text_at(row, word.ref));
    case IOC_BYTES: return add_slice(key, 'y', ioc_row_text_at(row, word.ref));
    default: return IOC_INVALID;
    }
}

enum ioc_status ioc_key_add_text(struct ioc_key *key, struct ioc_text text)
{
    return add_slice(key, 's', text);
}

enum ioc_status ioc_key_of_row(struct ioc_key *key, const struct ioc_row *row,
    const struct ioc_schema *schema, const ioc_slot *slots, uint32_t count)
{
    enum ioc_status status = IOC_OK;
    key->length = 0;
    for (uint32_t i = 0; i < count && status == IOC_OK; i++) {
        assert(slots[i] < schema->count);
        status = ioc_row_has(row, slots[i]) ? ioc_key_add(key, schema->fields[slots[i]].type, row,
                                                  ioc_row_word(row, slots[i]))
                                            : IOC_NOT_FOUND;
    }
    if (status != IOC_OK)
        key->length = 0;
    return status;
}

uint64_t ioc_key_hash(struct ioc_text key_bytes)
{
    return ioc_text_hash(key_bytes);
}

static uint64_t read_number(const uint8_t *bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | bytes[i];
    return number;
}

static void print_double(struct ioc_buffer *out, uint64_t bits)
{
    double value;
    bits = bits >> 63 ? bits ^ UINT64_C(1) << 63 : ~bits;
    memcpy(&value, &bits, sizeof value);
    if (value != value)
        ioc_buffer_add_string(out, "nan");
    else if (value - value != 0)
        ioc_buffer_add_string(out, value > 0 ? "inf" : "-inf");
    else
        ioc_buffer_add_double(out, value);
}

static void print_letter(struct ioc_buffer *out, uint8_t letter, char tag, bool is_one_of_several)
{
    static const char hex[] = "0123456789abcdef";
    if (tag == 'y') {
        ioc_buffer_add_char(out, hex[letter >> 4]);
        ioc_buffer_add_char(out, hex[letter & 15]);
    } else if (is_one_of_several && (letter == '/' || letter == '%')) {
        ioc_buffer_add_string(out, letter == '/' ? "%2F" : "%25");
    } else {
        ioc_buffer_add_char(out, (char)letter);
    }
}

/* Length of the first field with its tag, or 0 when it is not whole. */
static uint32_t field_length(const uint8_t *bytes, uint32_t length)
{
    uint32_t at = 1;
    switch (length ? bytes[0] : 0) {
    case 'b': return length >= 2 ? 2 : 0;
    case 'i':
    case 'u':
    case 'd': return length >= 9 ? 9 : 0;
    case 's':
    case 'y':
        for (; at + 1 < length; at++) {
            if (bytes[at] == 0 && bytes[at + 1] == 0)
                return at + 2;
            if (bytes[at] == 0 && bytes[++at] != 0xff)
                return 0;
        }
        return 0;
    default: return 0;
    }
}

void ioc_key_print(struct ioc_text key_bytes, struct ioc_buffer *out)
{
    const uint8_t *bytes = (const uint8_t *)key_bytes.data;
    uint32_t rest = key_bytes.length, length = field_length(bytes, rest);
    bool is_one_of_several = length < rest;
    for (; length; length = field_length(bytes, rest)) {
        switch (bytes[0]) {
        case 'b': ioc_buffer_add_string(out, bytes[1] ? "true" : "false"); break;
        case 'i':
            ioc_buffer_add_int(out, (int64_t)(read_number(bytes + 1) ^ UINT64_C(1) << 63));
            break;
        case 'u': ioc_buffer_add_uint(out, read_number(bytes + 1)); break;
        case 'd': print_double(out, read_number(bytes + 1)); break;
        default:
            for (uint32_t i = 1; i < length - 2; i++) {
                print_letter(out, bytes[i], (char)bytes[0], is_one_of_several);
                i += bytes[i] == 0;
            }
        }
        bytes += length;
        rest -= length;
        if (rest)
            ioc_buffer_add_char(out, '/');
    }
}
