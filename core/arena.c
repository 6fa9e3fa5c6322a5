/* core/arena.c — memory that dies together: parse trees, compiled rules, loaded tables. */
#include "core/arena.h"
#include "core/memory.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>

struct ioc_arena_block {
    struct ioc_arena_block *older;
    size_t bytes;
    alignas(16) char memory[];
};
enum { FIRST_BYTES = 4 * 1024, BLOCK_BYTES = 64 * 1024 };

static struct ioc_arena_block *make_block(struct ioc_arena *arena, size_t bytes)
{
    struct ioc_arena_block *block = ioc_memory_take(sizeof *block + bytes);
    block->bytes = bytes;
    arena->total += bytes;
    return block;
}

void *ioc_arena_take(struct ioc_arena *arena, size_t bytes)
{
    assert(bytes < SIZE_MAX / 2);
    bytes = (bytes + 15) / 16 * 16;
    struct ioc_arena_block *newest = arena->blocks;
    if (newest && bytes <= newest->bytes - arena->used) {
        void *memory = newest->memory + arena->used;
        arena->used += bytes;
        return memory;
    }
    /* A big one gets a block of its own behind the newest, whose rest stays in use. */
    if (newest && bytes > BLOCK_BYTES / 4) {
        struct ioc_arena_block *block = make_block(arena, bytes);
        block->older = newest->older;
        newest->older = block;
        return block->memory;
    }
    /* As much again as there is: small arenas are many and short-lived. */
    size_t room = arena->total < FIRST_BYTES ? FIRST_BYTES : arena->total < BLOCK_BYTES ? arena->total : BLOCK_BYTES;
    struct ioc_arena_block *block = make_block(arena, bytes > room ? bytes : room);
    block->older = newest;
    arena->blocks = block;
    arena->used = bytes;
    return block->memory;
}

struct ioc_text ioc_arena_copy(struct ioc_arena *arena, struct ioc_text text)
{
    char *copy = ioc_arena_take(arena, (size_t)text.length + 1);
    if (text.length)
        memcpy(copy, text.data, text.length);
    return (struct ioc_text){copy, text.length};
}

struct ioc_text ioc_arena_printf(struct ioc_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(length >= 0);
    char *out = ioc_arena_take(arena, (size_t)length + 1);
    va_start(args, format);
    vsnprintf(out, (size_t)length + 1, format, args);
    va_end(args);
    return (struct ioc_text){out, (uint32_t)length};
}

void ioc_arena_done(struct ioc_arena *arena)
{
    for (struct ioc_arena_block *block = arena->blocks; block;) {
        struct ioc_arena_block *older = block->older;
        ioc_memory_give(block);
        block = older;
    }
    *arena = (struct ioc_arena){0};
}
