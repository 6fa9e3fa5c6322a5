#pragma once
/*
 * rules/symbols.h — the constants that rules compare one slot with, numbered from 1.
 *
 * An event's value is looked up once, however many rules name it; 0 = no rule does.  A text stands for
 * itself by its 64-bit hash: two of the same hash would share a number, which makes the index choose a
 * rule too many and nothing else.
 *
 * Memory   its own; ioc_symbols_done()
 * Thread   one while it is filled; any afterwards
 */
#include "core/text.h"

struct ioc_symbols {
    struct ioc_symbols_place {
        uint64_t word;
        uint32_t symbol; /* 0 = free */
    } *places;
    uint32_t capacity, count; /* capacity: a power of two, at most half full */
};

void ioc_symbols_done(struct ioc_symbols *symbols);
/* The number of it, a new one if need be. */
uint32_t ioc_symbols_add(struct ioc_symbols *symbols, uint64_t word);
/* 0 when it was never added. */
uint32_t ioc_symbols_find(const struct ioc_symbols *symbols, uint64_t word);
uint64_t ioc_symbols_word(struct ioc_text text);
