/* rules/symbols.c — open addressing, linear probing; never removes. */
#include "rules/symbols.h"
#include "core/memory.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t ioc_symbols_word(struct ioc_text text)
{
    return XXH3_64bits(text.data, text.length);
}

/* Where the word is, or where it would come.  There is always a free place. */
static struct ioc_symbols_place *seek(const struct ioc_symbols *symbols, uint64_t word)
{
    uint32_t at = (uint32_t)(word * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (symbols->capacity - 1);
    while (symbols->places[at].symbol && symbols->places[at].word != word)
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
        if (old.places[i].symbol)
            *seek(symbols, old.places[i].word) = old.places[i];
    }
    ioc_memory_give(old.places);
}

void ioc_symbols_done(struct ioc_symbols *symbols)
{
    ioc_memory_give(symbols->places);
    *symbols = (struct ioc_symbols){0};
}

uint32_t ioc_symbols_add(struct ioc_symbols *symbols, uint64_t word)
{
    grow(symbols);
    struct ioc_symbols_place *place = seek(symbols, word);
    if (!place->symbol)
        *place = (struct ioc_symbols_place){word, ++symbols->count};
    return place->symbol;
}

uint32_t ioc_symbols_find(const struct ioc_symbols *symbols, uint64_t word)
{
    return symbols->count ? seek(symbols, word)->symbol : 0;
}
