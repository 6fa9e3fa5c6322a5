/* rules/cel/alphabet.c — splits the code points until every class of a pattern is a union of parts. */
#include "rules/cel/alphabet.h"
#include <assert.h>

enum { FIRST = 0x80 };

/* Makes a start at every border of the set; both lists are sorted. */
static void add_borders(
    struct ioc_alphabet *alphabet, struct ioc_arena *arena, const struct ioc_letters *set)
{
    uint32_t most = alphabet->count + 2 * set->count, count = 0;
    uint32_t *starts = ioc_arena_take(arena, most * sizeof *starts);
    uint8_t *symbols = ioc_arena_take(arena, most);
    uint32_t old = 0, border = 0, borders = 2 * set->count;
    while (old < alphabet->count || border < borders) {
        uint32_t at = UINT32_MAX;
        if (border < borders) {
            const struct ioc_letters_range *range = &set->ranges[border / 2];
            at = border % 2 ? range->hi + 1 : range->lo;
            if (at <= FIRST || at > IOC_LETTERS_LAST) {
                border++;
                continue;
            }
        }
        if (old < alphabet->count && alphabet->starts[old] <= at) {
            border += alphabet->starts[old] == at;
            starts[count] = alphabet->starts[old];
            symbols[count++] = alphabet->symbols[old++];
        } else {
            starts[count] = at;
            symbols[count++] = alphabet->symbols[old - 1];
            border++;
        }
    }
    alphabet->starts = starts;
    alphabet->symbols = symbols;
    alphabet->count = count;
}

/* Letters in the set get other symbols than those outside. */
static bool split(struct ioc_alphabet *alphabet, const struct ioc_letters *set)
{
    uint8_t renamed[2][256];
    memset(renamed, 0xff, sizeof renamed);
    alphabet->symbols_count = 0;
    uint32_t range = 0;
    for (uint32_t i = 0; i < alphabet->count; i++) {
        while (range < set->count && set->ranges[range].hi < alphabet->starts[i])
            range++;
        bool is_in = range < set->count && set->ranges[range].lo <= alphabet->starts[i];
        uint8_t *name = &renamed[is_in][alphabet->symbols[i]];
        if (*name == 0xff) {
            if (alphabet->symbols_count == IOC_ALPHABET_SYMBOLS)
                return false;
            *name = (uint8_t)alphabet->symbols_count++;
        }
        alphabet->symbols[i] = *name;
    }
    return true;
}

static void merge_neighbours(struct ioc_alphabet *alphabet)
{
    uint32_t kept = 0;
    for (uint32_t i = 1; i < alphabet->count; i++) {
        if (alphabet->symbols[i] == alphabet->symbols[kept])
            continue;
        alphabet->starts[++kept] = alphabet->starts[i];
        alphabet->symbols[kept] = alphabet->symbols[i];
    }
    alphabet->count = kept + 1;
}

bool ioc_alphabet_build(struct ioc_alphabet *alphabet, struct ioc_arena *arena,
    const struct ioc_letters *const *sets, uint32_t count)
{
    *alphabet = (struct ioc_alphabet){.starts = ioc_arena_take(arena, sizeof *alphabet->starts),
        .symbols = ioc_arena_take(arena, 1),
        .count = 1,
        .symbols_count = 1};
    alphabet->starts[0] = FIRST;
    for (uint32_t i = 0; i < count; i++) {
        add_borders(alphabet, arena, sets[i]);
        if (!split(alphabet, sets[i]))
            return false;
        merge_neighbours(alphabet);
    }
    return true;
}

/* The interval that holds a code point from 0x80 on. */
static uint32_t find_interval(const struct ioc_alphabet *alphabet, uint32_t point)
{
    uint32_t lo = 0, hi = alphabet->count;
    while (hi - lo > 1) {
        uint32_t middle = (lo + hi) / 2;
        if (alphabet->starts[middle] <= point)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

void ioc_alphabet_bytes(
    const struct ioc_alphabet *alphabet, const struct ioc_letters *set, bool bytes[256])
{
    memset(bytes, 0, 256 * sizeof *bytes);
    for (uint32_t i = 0; i < set->count; i++) {
        struct ioc_letters_range range = set->ranges[i];
        for (uint32_t point = range.lo; point < FIRST && point <= range.hi; point++)
            bytes[point] = true;
        if (range.hi < FIRST)
            continue;
        uint32_t interval = find_interval(alphabet, range.lo < FIRST ? FIRST : range.lo);
        for (; interval < alphabet->count && alphabet->starts[interval] <= range.hi; interval++)
            bytes[IOC_ALPHABET_FIRST + alphabet->symbols[interval]] = true;
    }
}

uint32_t ioc_alphabet_translate(
    const struct ioc_alphabet *alphabet, struct ioc_text text, uint8_t *out)
{
    uint32_t length = 0;
    for (uint32_t at = 0; at < text.length;) {
        const unsigned char *bytes = (const unsigned char *)text.data + at;
        if (bytes[0] < FIRST) {
            out[length++] = bytes[0];
            at++;
            continue;
        }
        uint32_t count = ioc_text_character((struct ioc_text){text.data + at, text.length - at});
        if (count == 0) {
            out[length++] = IOC_ALPHABET_BAD;
            at++;
            continue;
        }
        uint32_t point = bytes[0] & (0x7fu >> count);
        for (uint32_t i = 1; i < count; i++)
            point = point << 6 | (bytes[i] & 0x3f);
        out[length++] =
            (uint8_t)(IOC_ALPHABET_FIRST + alphabet->symbols[find_interval(alphabet, point)]);
        at += count;
    }
    return length;
}
