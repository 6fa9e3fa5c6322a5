#pragma once
/*
 * rules/cel/alphabet.h — the letters that one pattern tells apart, as one byte each.
 *
 * Hyperscan builds automata over bytes; a class such as \pL in UTF-8 has hundreds of states and takes
 * it a tenth of a second.  So it never sees UTF-8: ASCII stays as it is, and every other letter becomes
 * the byte of its symbol, where letters that are in the same classes of the pattern share one.  A text
 * of ASCII is searched in place; another is translated first.
 *
 * Memory   in the arena of the compilation
 * Failure  false: more than IOC_ALPHABET_SYMBOLS
 */
#include "rules/cel/letters.h"

enum {
    IOC_ALPHABET_FIRST = 0x80, /* symbols: 0x80 … 0xfd */
    IOC_ALPHABET_SYMBOLS = 126,
    IOC_ALPHABET_NEVER = 0xfe, /* in no text */
    IOC_ALPHABET_BAD = 0xff,   /* a byte that is not UTF-8: in no class */
};
struct ioc_alphabet {
    uint32_t *starts; /* interval i goes from here to the next start; the first is 0x80 */
    uint8_t *symbols; /* from 0 on; intervals side by side have different ones */
    uint32_t count, symbols_count;
};

bool ioc_alphabet_build(struct ioc_alphabet *alphabet, struct ioc_arena *arena,
    const struct ioc_letters *const *sets, uint32_t count);
/* Which bytes stand for letters of the set, one that the alphabet was built from. */
void ioc_alphabet_bytes(
    const struct ioc_alphabet *alphabet, const struct ioc_letters *set, bool bytes[256]);
/* Writes at most text.length bytes, returns how many.  Only starts, symbols and count are read. */
uint32_t ioc_alphabet_translate(
    const struct ioc_alphabet *alphabet, struct ioc_text text, uint8_t *out);
