/* core/id.c — alert ids from what an alert is (the format is in id.h). */
#include "core/id.h"
#include <sodium.h>

enum { HASH_BYTES = 16 };
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static void hash_number(crypto_generichash_state *state, uint64_t number, int bytes)
{
    uint8_t out[8];
    for (int i = 0; i < bytes; i++)
        out[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
    crypto_generichash_update(state, out, (size_t)bytes);
}

static void hash_text(crypto_generichash_state *state, struct ioc_text text)
{
    hash_number(state, text.length, 4);
    crypto_generichash_update(state, (const uint8_t *)text.data, text.length);
}

void ioc_id_make(struct ioc_id *id, struct ioc_text site, struct ioc_text rule,
    struct ioc_text key_bytes, ioc_time onset, uint32_t ordinal)
{
    crypto_generichash_state state;
    uint8_t hash[HASH_BYTES];
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    hash_text(&state, site);
    hash_text(&state, rule);
    hash_text(&state, key_bytes);
    hash_number(&state, (uint64_t)onset, 8);
    hash_number(&state, ordinal, 4);
    crypto_generichash_final(&state, hash, sizeof hash);

    uint32_t partition = ioc_key_partition(ioc_key_hash(key_bytes));
    char *out = id->text;
    *out++ = alphabet[partition >> 5];
    *out++ = alphabet[partition & 31];
    for (uint32_t bit = 0; bit < 8 * HASH_BYTES; bit += 5) {
        uint32_t two =
            (uint32_t)hash[bit / 8] << 8 | (bit / 8 + 1 < HASH_BYTES ? hash[bit / 8 + 1] : 0);
        *out++ = alphabet[two >> (11 - bit % 8) & 31];
    }
    *out = '\0';
    assert(out == id->text + IOC_ID_LENGTH);
}

enum ioc_status ioc_id_partition(struct ioc_text id, uint32_t *partition)
{
    uint32_t number = 0, digit = 0;
    if (id.length != IOC_ID_LENGTH)
        return IOC_INVALID;
    for (uint32_t i = 0; i < id.length; i++) {
        const char *place = id.data[i] ? strchr(alphabet, id.data[i]) : NULL;
        if (!place)
            return IOC_INVALID;
        digit = (uint32_t)(place - alphabet);
        if (i < 2)
            number = number << 5 | digit;
    }
    /* 26 characters are 130 bits: the last two are padding. */
    if (number >= IOC_PARTITIONS || digit & 3)
        return IOC_INVALID;
    *partition = number;
    return IOC_OK;
}
