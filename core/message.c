/*
 * core/message.c — the catalogue, and formats whose arguments stand in another order.
 *
 * The arguments are taken once, as the English format says; then each language puts them where it wants
 * them.
 */
#include "core/message.h"
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static const struct ioc_message_pair *const parts[] = {ioc_messages_document, ioc_messages_table, ioc_messages_city,
    ioc_messages_rule, ioc_messages_expression, ioc_messages_pattern, ioc_messages_ingest};

/* By hash of the English text; open addressing, never full. */
enum { PLACES = 4096 };
static const struct ioc_message_pair *places[PLACES];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const struct ioc_message_pair **find_place(const char *english)
{
    uint64_t at = XXH3_64bits(english, strlen(english));
    while (places[at % PLACES] && strcmp(places[at % PLACES]->english, english) != 0)
        at++;
    return &places[at % PLACES];
}

static void fill_places(void)
{
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (const struct ioc_message_pair *message = parts[i]; message->english; message++) {
            count++;
            assert(count < PLACES / 2);
            *find_place(message->english) = message;
        }
}

const char *ioc_message_find(const char *english)
{
    pthread_once(&once, fill_places);
    const struct ioc_message_pair *found = *find_place(english);
    return found ? found->vietnamese : NULL;
}

/* ------------------------------------------------------------- conversions */

struct conversion { /* one of the English format, with its argument */
    char spec[24]; /* widths and precisions written out */
    char sort;     /* the letter; 'l' and 'L' for integers of 64 bits */
    union {
        int narrow;
        long long wide;
        double number;
        const char *text;
    };
};

/* The conversion at `*at`, which is behind the '%'; *at goes behind it. */
static void take_conversion(struct conversion *conversion, const char **at, va_list *arguments)
{
    char *out = conversion->spec;
    const char *end = out + sizeof conversion->spec - 16;
    int longs = 0;
    *out++ = '%';
    for (; **at && strchr("-+ #0123456789.*hlzjt", **at); ++*at) {
        assert(out < end);
        longs += **at == 'l' || **at == 'z' || **at == 'j' || **at == 't';
        if (**at == '*')
            out += sprintf(out, "%d", va_arg(*arguments, int));
        else if (strchr("lzjt", **at) == NULL)
            *out++ = **at;
    }
    conversion->sort = **at;
    switch (conversion->sort) {
    case 's': conversion->text = va_arg(*arguments, const char *); break;
    case 'e':
    case 'f':
    case 'g': conversion->number = va_arg(*arguments, double); break;
    default:
        if (longs) {
            conversion->wide = va_arg(*arguments, long long);
            out = stpcpy(out, "ll");
        } else {
            conversion->narrow = va_arg(*arguments, int);
        }
    }
    if (conversion->sort != 's' && longs)
        conversion->sort = 'l';
    *out++ = **at;
    *out = '\0';
    ++*at;
}

static uint32_t take_conversions(struct conversion *list, const char *format, va_list *arguments)
{
    uint32_t count = 0;
    for (const char *at = format; (at = strchr(at, '%'));) {
        at++;
        if (*at == '%') {
            at++;
            continue;
        }
        assert(count < IOC_MESSAGE_CONVERSIONS);
        take_conversion(&list[count++], &at, arguments);
    }
    return count;
}

static void put_bytes(char *out, size_t size, size_t *length, const char *bytes, size_t count)
{
    if (*length + 1 >= size || count == 0)
        return;
    size_t room = size - 1 - *length;
    size_t put = count < room ? count : room;
    memcpy(out + *length, bytes, put);
    *length += put;
    out[*length] = '\0';
}

/* Bytes of a text: up to its NUL, or as many as its precision says (it may have none then). */
static size_t measure_text(const struct conversion *conversion)
{
    const char *precision = strchr(conversion->spec, '.');
    if (!conversion->text) /* a text of no bytes need not be anywhere */
        return 0;
    return precision ? strnlen(conversion->text, strtoul(precision + 1, NULL, 10)) : strlen(conversion->text);
}

static void put_conversion(char *out, size_t size, size_t *length, const struct conversion *conversion, bool is_word)
{
    char text[512];
    switch (conversion->sort) {
    case 's':
        text[0] = '\0';
        size_t used = 0;
        put_bytes(text, sizeof text, &used, conversion->text, measure_text(conversion));
        break;
    case 'l': snprintf(text, sizeof text, conversion->spec, conversion->wide); break;
    case 'e':
    case 'f':
    case 'g': snprintf(text, sizeof text, conversion->spec, conversion->number); break;
    default: snprintf(text, sizeof text, conversion->spec, conversion->narrow); break;
    }
    const char *word = is_word ? ioc_message_find(text) : NULL;
    put_bytes(out, size, length, word ? word : text, strlen(word ? word : text));
}

/* Cut text must not end in half a character. */
static void drop_half_character(char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && length - start < 4 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (want > length - start + 1)
        text[start - 1] = 0;
}

void ioc_message_put(char *out, size_t size, const char *text)
{
    size_t length = strlen(text);
    bool is_cut = length >= size;
    if (is_cut)
        length = size - 1;
    memmove(out, text, length);
    out[length] = 0;
    if (is_cut)
        drop_half_character(out, length);
}

static void put_format(char *out, size_t size, const char *format, const struct conversion *list, uint32_t count)
{
    size_t length = 0;
    uint32_t next = 0;
    out[0] = '\0';
    for (const char *at = format; *at;) {
        const char *percent = strchr(at, '%');
        size_t plain = percent ? (size_t)(percent - at) : strlen(at);
        put_bytes(out, size, &length, at, plain);
        at += plain;
        if (!*at)
            break;
        at++;
        if (*at == '%') {
            put_bytes(out, size, &length, at++, 1);
            continue;
        }
        uint32_t index = next++;
        if (at[0] >= '1' && at[0] <= '9' && at[1] == '$') {
            index = (uint32_t)(at[0] - '1');
            at += 2;
        }
        bool is_word = false;
        for (; *at && strchr("-+ #0123456789.*hlzjt", *at); at++)
            is_word |= *at == '#';
        at += *at != '\0';
        assert(index < count);
        put_conversion(out, size, &length, &list[index], is_word);
    }
    if (length + 1 == size)
        drop_half_character(out, length);
}

void ioc_message_format(char *english, size_t english_size, char *vietnamese, size_t vietnamese_size,
    const char *format, va_list arguments)
{
    struct conversion list[IOC_MESSAGE_CONVERSIONS];
    va_list copy;
    va_copy(copy, arguments);
    uint32_t count = take_conversions(list, format, &copy);
    va_end(copy);
    const char *translated = ioc_message_find(format);
    put_format(english, english_size, format, list, count);
    put_format(vietnamese, vietnamese_size, translated ? translated : format, list, count);
}
