#pragma once
/*
 * rules/symbols.h — the constants that rules compare one slot with, numbered from 1.
 *
 * An event's value is looked up once, however many rules name it; 0 = no rule does.
 *
 * Memory   its own; texts are copied.  ioc_symbols_done()
 * Thread   one while it is filled; any afterwards
 */
#include "core/text.h"

struct ioc_symbols_place {
    uint64_t hash;  /* of a text; the word itself */
    uint32_t symbol; /* 0 = free */
    uint32_t length;
    char *text;
};
struct ioc_symbols {
    struct ioc_symbols_place *places;
    uint32_t capacity, count; /* capacity: a power of two, at most half full */
};

void ioc_symbols_done(struct ioc_symbols *symbols);
/* The number of it, a new one if need be. */
uint32_t ioc_symbols_add_text(struct ioc_symbols *symbols, struct ioc_text text);
uint32_t ioc_symbols_add_word(struct ioc_symbols *symbols, uint64_t word);
/* 0 when it was never added. */
uint32_t ioc_symbols_find_text(const struct ioc_symbols *symbols, struct ioc_text text);
uint32_t ioc_symbols_find_word(const struct ioc_symbols *symbols, uint64_t word);
