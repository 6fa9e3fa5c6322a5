/*
 * ingest/pseudonym.c — keyed pseudonyms; keys of the present and the former period, the rest is
 * forgotten.
 *
 * The key file has one line per period kept: its number (time / rotate), then the key in hex.  Keys
 * are random, so a key that has been dropped cannot be made again.  A moment before the oldest key
 * (a recorded day from long ago) uses the oldest key.
 */
#include "ingest/pseudonym.h"

#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/plate.h"
#include "ingest/secret.h"
#include <inttypes.h>
#include <sodium.h>

enum { KEYS = 2, KEY_BYTES = 32, HASH_BYTES = 15, NORMAL_MOST = 512, FILE_MOST = 4096 };
static const char *const file_name = "pseudonym.key";

struct period {
    int64_t number;
    uint8_t key[KEY_BYTES];
};
struct ioc_pseudonym {
    char *directory;
    ioc_span rotate;
    struct period periods[KEYS]; /* newest first */
    uint32_t count;
};

static int64_t period_of(const struct ioc_pseudonym *pseudonym, ioc_time now)
{
    int64_t number = now / pseudonym->rotate;
    return now % pseudonym->rotate < 0 ? number - 1 : number;
}

static bool read_line(struct ioc_text line, struct period *period)
{
    struct ioc_text number;
    size_t length = 0;
    return ioc_text_split(&line, ' ', &number) && ioc_text_int(number, &period->number) == IOC_OK &&
           line.length == 2 * KEY_BYTES &&
           sodium_hex2bin(period->key, KEY_BYTES, line.data, line.length, NULL, &length, NULL) ==
               0 &&
           length == KEY_BYTES;
}

static enum ioc_status read_keys(struct ioc_pseudonym *pseudonym, struct ioc_error *err)
{
    struct ioc_arena arena = {0};
    struct ioc_text bytes, line;
    struct ioc_text path = ioc_arena_printf(&arena, "%s/%s", pseudonym->directory, file_name);
    enum ioc_status status = ioc_file_read(path.data, FILE_MOST, true, &arena, &bytes, err);
    if (status == IOC_NOT_FOUND) {
        *err = (struct ioc_error){0}; /* no fault: the next one must not stand at this place */
        status = IOC_OK;
    } else if (status == IOC_OK) {
        struct ioc_text rest = bytes;
        while (status == IOC_OK && ioc_text_split(&rest, '\n', &line)) {
            if (line.length == 0)
                continue;
            if (pseudonym->count < KEYS && read_line(line, &pseudonym->periods[pseudonym->count])) {
                pseudonym->count++;
                continue;
            }
            ioc_error_set(err, "bad-key", "%s is not a file of pseudonym keys", path.data);
            status = IOC_INVALID;
        }
        sodium_memzero((char *)bytes.data, bytes.length);
    }
    ioc_arena_done(&arena);
    return status;
}

static enum ioc_status write_keys(const struct ioc_pseudonym *pseudonym, struct ioc_error *err)
{
    char text[KEYS * (2 * KEY_BYTES + 32)], hex[2 * KEY_BYTES + 1];
    int length = 0;
    for (uint32_t i = 0; i < pseudonym->count; i++) {
        sodium_bin2hex(hex, sizeof hex, pseudonym->periods[i].key, KEY_BYTES);
        length += snprintf(text + length, sizeof text - (size_t)length, "%" PRId64 " %s\n",
            pseudonym->periods[i].number, hex);
    }
    enum ioc_status status = ioc_secret_write(ioc_text_of(pseudonym->directory), file_name,
        (struct ioc_text){text, (uint32_t)length}, err);
    sodium_memzero(text, sizeof text);
    sodium_memzero(hex, sizeof hex);
    return status;
}

enum ioc_status ioc_pseudonym_open(struct ioc_text directory, ioc_span rotate,
    struct ioc_pseudonym **pseudonym, struct ioc_error *err)
{
    struct ioc_pseudonym *made = ioc_memory_take(sizeof *made);
    made->directory = ioc_memory_copy(directory.data, directory.length);
    made->rotate = rotate > 0 ? rotate : 30 * IOC_DAY;
    enum ioc_status status = sodium_init() < 0 ? IOC_FAILED : ioc_secret_directory(directory, err);
    if (status == IOC_OK)
        status = read_keys(made, err);
    if (status != IOC_OK) {
        ioc_pseudonym_close(made);
        return status;
    }
    *pseudonym = made;
    return IOC_OK;
}

void ioc_pseudonym_close(struct ioc_pseudonym *pseudonym)
{
    if (!pseudonym)
        return;
    sodium_memzero(pseudonym->periods, sizeof pseudonym->periods);
    ioc_memory_give(pseudonym->directory);
    ioc_memory_give(pseudonym);
}

static const uint8_t *begin_period(struct ioc_pseudonym *pseudonym, int64_t number)
{
    struct ioc_error err = {0};
    for (uint32_t i = KEYS - 1; i > 0; i--)
        pseudonym->periods[i] = pseudonym->periods[i - 1];
    pseudonym->periods[0].number = number;
    randombytes_buf(pseudonym->periods[0].key, KEY_BYTES);
    if (pseudonym->count < KEYS)
        pseudonym->count++;
    if (write_keys(pseudonym, &err) != IOC_OK)
        ioc_log(IOC_LOG_WARNING, "ingest.pseudonym",
            "%s; the new key is used until the engine stops, later pseudonyms will differ",
            err.text);
    return pseudonym->periods[0].key;
}

static const uint8_t *key_of(struct ioc_pseudonym *pseudonym, ioc_time now)
{
    int64_t number = period_of(pseudonym, now);
    if (pseudonym->count == 0 || number > pseudonym->periods[0].number)
        return begin_period(pseudonym, number);
    for (uint32_t i = 0; i < pseudonym->count; i++)
        if (number >= pseudonym->periods[i].number)
            return pseudonym->periods[i].key;
    return pseudonym->periods[pseudonym->count - 1].key;
}

/* "0903 123 456", "+84 903…", "0084903…" and "84903…" are one number. */
static uint32_t normalise_phone(struct ioc_text value, char out[NORMAL_MOST])
{
    char digits[NORMAL_MOST];
    uint32_t count = 0, length = 0, first = 0;
    bool is_international = ioc_text_starts(ioc_text_trim(value), IOC_TEXT("+"));
    for (uint32_t i = 0; i < value.length && count < NORMAL_MOST - 2; i++)
        if (value.data[i] >= '0' && value.data[i] <= '9')
            digits[count++] = value.data[i];
    if (!is_international && count > 2 && digits[0] == '0' && digits[1] == '0') {
        first = 2;
    } else if (!is_international && count > 1 && digits[0] == '0') {
        first = 1;
        out[length++] = '8';
        out[length++] = '4';
    }
    memcpy(out + length, digits + first, count - first);
    return length + count - first;
}

static uint32_t normalise(enum ioc_personal kind, struct ioc_text value, char out[NORMAL_MOST])
{
    value = ioc_text_trim(value);
    if (kind == IOC_PERSONAL_PLATE)
        return ioc_plate_normalize(value, out, NORMAL_MOST);
    if (kind == IOC_PERSONAL_PHONE)
        return normalise_phone(value, out);
    uint32_t length = value.length < NORMAL_MOST ? value.length : NORMAL_MOST;
    for (uint32_t i = 0; i < length; i++) {
        char c = value.data[i];
        out[i] = kind == IOC_PERSONAL_EMAIL && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    return length;
}

void ioc_pseudonym_make(struct ioc_pseudonym *pseudonym, enum ioc_personal kind,
    struct ioc_text value, ioc_time now, char out[IOC_PSEUDONYM_LENGTH + 1])
{
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    char normal[NORMAL_MOST];
    uint8_t hash[HASH_BYTES], tag = (uint8_t)kind;
    crypto_generichash_state state;
    uint32_t length = normalise(kind, value, normal);
    /* A longer value counts whole: what does not fit the buffer is hashed as it came. */
    struct ioc_text rest = {value.data, length == NORMAL_MOST ? value.length : 0};
    crypto_generichash_init(&state, key_of(pseudonym, now), KEY_BYTES, HASH_BYTES);
    crypto_generichash_update(&state, &tag, 1);
    crypto_generichash_update(&state, (const uint8_t *)normal, length);
    if (rest.length)
        crypto_generichash_update(&state, (const uint8_t *)rest.data, rest.length);
    crypto_generichash_final(&state, hash, HASH_BYTES);
    out[0] = 'p';
    for (uint32_t i = 0; i < 24; i++) { /* 5 bytes are 8 characters */
        uint32_t bit = 5 * i, at = bit / 8;
        uint32_t pair = (uint32_t)hash[at] << 8 | (at + 1 < HASH_BYTES ? hash[at + 1] : 0);
        out[1 + i] = alphabet[pair >> (11 - bit % 8) & 31];
    }
    out[IOC_PSEUDONYM_LENGTH] = 0;
    sodium_memzero(normal, sizeof normal);
}
