/* rules/symbols.c — open addressing, linear probing; never removes. */
#include "rules/symbols.h"
#include "core/memory.h"
#include <assert.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static uint32_t first_probe(const struct ioc_symbols *symbols, uint64_t hash)
{
    return (uint32_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (symbols->capacity - 1);
}

static bool is_text(const struct ioc_symbols_place *place, uint64_t hash, struct ioc_text text)
{
    return place->hash == hash && place->length == text.length &&
           (text.length == 0 || memcmp(place->text, text.data, text.length) == 0);
}

/* Where the text is, or where it would come.  There is always a free place. */
static struct ioc_symbols_place *seek_text(
    const struct ioc_symbols *symbols, uint64_t hash, struct ioc_text text)
{
    uint32_t at = first_probe(symbols, hash);
    while (symbols->places[at].symbol && !is_text(&symbols->places[at], hash, text))
        at = (at + 1) & (symbols->capacity - 1);
    return &symbols->places[at];
}

static struct ioc_symbols_place *seek_word(const struct ioc_symbols *symbols, uint64_t word)
{
    uint32_t at = first_probe(symbols, word);
    while (symbols->places[at].symbol && symbols->places[at].hash != word)
        at = (at + 1) & (symbols->capacity - 1);
    return &symbols->places[at];
}

static void grow(struct ioc_symbols *symbols)
{
    if (2 * (symbols->count + 1) <= symbols->capacity)
        return;
    struct ioc_symbols old = *symbols;
    symbols->capacity = old.capacity ? old.capacity * 2 : 8;
    symbols->places = ioc_memory_take(symbols->capacity * sizeof *symbols->places);
    for (uint32_t i = 0; i < old.capacity; i++) {
        if (!old.places[i].symbol)
            continue;
        uint32_t at = first_probe(symbols, old.places[i].hash);
        while (symbols->places[at].symbol)
            at = (at + 1) & (symbols->capacity - 1);
        symbols->places[at] = old.places[i];
    }
    ioc_memory_give(old.places);
}

void ioc_symbols_done(struct ioc_symbols *symbols)
{
    for (uint32_t i = 0; i < symbols->capacity; i++)
        ioc_memory_give(symbols->places[i].text);
    ioc_memory_give(symbols->places);
    *symbols = (struct ioc_symbols){0};
}

uint32_t ioc_symbols_add_text(struct ioc_symbols *symbols, struct ioc_text text)
{
    grow(symbols);
    uint64_t hash = XXH3_64bits(text.data, text.length);
    struct ioc_symbols_place *place = seek_text(symbols, hash, text);
    if (!place->symbol)
        *place = (struct ioc_symbols_place){.hash = hash,
            .symbol = ++symbols->count,
            .length = text.length,
            .text = ioc_memory_copy(text.data, text.length)};
    return place->symbol;
}

uint32_t ioc_symbols_add_word(struct ioc_symbols *symbols, uint64_t word)
{
    grow(symbols);
    struct ioc_symbols_place *place = seek_word(symbols, word);
    if (!place->symbol)
        *place = (struct ioc_symbols_place){.hash = word, .symbol = ++symbols->count};
    return place->symbol;
}

uint32_t ioc_symbols_find_text(const struct ioc_symbols *symbols, struct ioc_text text)
{
    if (!symbols->count)
        return 0;
    return seek_text(symbols, XXH3_64bits(text.data, text.length), text)->symbol;
}

uint32_t ioc_symbols_find_word(const struct ioc_symbols *symbols, uint64_t word)
{
    return symbols->count ? seek_word(symbols, word)->symbol : 0;
}
