/*
 * rules/cel/encoders.c — bytes as text: base64, plain and for URLs.
 *
 * Reading takes padding or none; line breaks within are passed over.
 *
 * Source   RFC 4648; github.com/cel-expr/cel-go ext/encoders.go (what it documents)
 */
#include "rules/cel/builtin.h"

static const char plain_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static enum ioc_fault encode(struct ioc_scratch *scratch, const struct ioc_boxed *bytes,
    const char letters[64], struct ioc_boxed *out)
{
    size_t length = ((size_t)bytes->count + 2) / 3 * 4;
    char *text = ioc_scratch_take(scratch, length), *at = text;
    if (!text || !ioc_scratch_spend(scratch, bytes->count >> 5))
        return scratch->trouble;
    for (uint32_t i = 0; i < bytes->count; i += 3) {
        uint32_t left = bytes->count - i, group = 0;
        for (uint32_t k = 0; k < 3; k++)
            group = group << 8 | (k < left ? (unsigned char)bytes->text[i + k] : 0);
        *at++ = letters[group >> 18];
        *at++ = letters[group >> 12 & 63];
        *at++ = left > 1 ? letters[group >> 6 & 63] : '=';
        *at++ = left > 2 ? letters[group & 63] : '=';
    }
    *out = ioc_boxed_text((struct ioc_text){text, (uint32_t)length});
    return IOC_FAULT_NONE;
}

/* 0-63, or -1. */
static int value_of(char letter, const char letters[64])
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return letter - '0' + 52;
    return letter == letters[62] ? 62 : letter == letters[63] ? 63 : -1;
}

static bool is_break(char letter)
{
    return letter == '\n' || letter == '\r';
}

/* Only padding and line breaks may follow; as much padding as the last group lacks, or none. */
static bool is_padding(struct ioc_text rest, uint32_t lacking)
{
    uint32_t padding = 0;
    for (uint32_t i = 0; i < rest.length; i++) {
        if (rest.data[i] == '=')
            padding++;
        else if (!is_break(rest.data[i]))
            return false;
    }
    return padding == 0 || padding == lacking;
}

static enum ioc_fault decode(struct ioc_scratch *scratch, const struct ioc_boxed *text,
    const char letters[64], struct ioc_boxed *out)
{
    char *bytes = ioc_scratch_take(scratch, (size_t)text->count / 4 * 3 + 3), *at = bytes;
    if (!bytes || !ioc_scratch_spend(scratch, text->count >> 5))
        return scratch->trouble;
    uint32_t group = 0, filled = 0, i = 0;
    for (; i < text->count && text->text[i] != '='; i++) {
        int value = value_of(text->text[i], letters);
        if (value < 0 && is_break(text->text[i]))
            continue;
        if (value < 0)
            return IOC_FAULT_FORMAT;
        group = group << 6 | (uint32_t)value;
        if (++filled == 4) {
            *at++ = (char)(group >> 16);
            *at++ = (char)(group >> 8);
            *at++ = (char)group;
            group = filled = 0;
        }
    }
    /* 2 letters left are one byte, 3 are two; a single one is none. */
    uint32_t lacking = filled ? 4 - filled : 0;
    if (filled == 1 || !is_padding((struct ioc_text){text->text + i, text->count - i}, lacking))
        return IOC_FAULT_FORMAT;
    if (filled >= 2)
        *at++ = (char)(group >> (filled == 2 ? 4 : 10));
    if (filled == 3)
        *at++ = (char)(group >> 2);
    *out = (struct ioc_boxed){.text = bytes, .count = (uint32_t)(at - bytes), .type = IOC_BYTES};
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_encode)
{
    return encode(scratch, &arguments[0], plain_letters, out);
}

static IOC_BUILTIN_RUN(run_decode)
{
    return decode(scratch, &arguments[0], plain_letters, out);
}

static IOC_BUILTIN_RUN(run_encode_url)
{
    return encode(scratch, &arguments[0], url_letters, out);
}

static IOC_BUILTIN_RUN(run_decode_url)
{
    return decode(scratch, &arguments[0], url_letters, out);
}

enum { F = IOC_BUILTIN_FUNCTION, CALL = IOC_OP_CALL };
#define NOT_BASE64 "a text that is no base64"

static const struct ioc_builtin rows[] = {
    {"base64.encode", "y", "s", F, CALL, run_encode, "the bytes as base64, padded with =",
        "a result larger than 1 MiB", "base64.encode(b\"hello\") == \"aGVsbG8=\""},
    {"base64.decode", "s", "y", F, CALL, run_decode, "the bytes that base64 text says, padded or not",
        NOT_BASE64, "base64.decode(\"aGVsbG8\") == b\"hello\""},
    {"base64.encodeUrl", "y", "s", F, CALL, run_encode_url, "the same with - and _ for + and /",
        "a result larger than 1 MiB", "base64.encodeUrl(b\"\\xff\\xff\\xff\") == \"____\""},
    {"base64.decodeUrl", "s", "y", F, CALL, run_decode_url,
        "the bytes that base64 text with - and _ says, padded or not", NOT_BASE64,
        "base64.decodeUrl(\"____\") == b\"\\xff\\xff\\xff\""},
};
const struct ioc_library ioc_library_encoders = {
    "encoders", "bytes as text", rows, sizeof rows / sizeof *rows};
