#pragma once
/*
 * core/arena.h — memory that dies together: parse trees, compiled rules, loaded tables.
 *
 * Memory   blocks of 4 to 64 KiB, or of what is asked for; ioc_arena_done() releases all.
 * Thread   one at a time while it grows; what it holds may then be read by all.
 */
#include "core/text.h"
#include <stddef.h>

struct ioc_arena_block;
struct ioc_arena {
    struct ioc_arena_block *blocks;
    size_t used, total; /* in the newest block; over all blocks */
};

/* Zeroed, aligned to 16. */
void *ioc_arena_take(struct ioc_arena *arena, size_t bytes) __attribute__((returns_nonnull));
/* A copy with a NUL behind it. */
struct ioc_text ioc_arena_copy(struct ioc_arena *arena, struct ioc_text text);
struct ioc_text ioc_arena_printf(struct ioc_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ioc_arena_done(struct ioc_arena *arena);
