/* core/memory.c — the one allocator: gives zeroed memory or aborts. */
#include "core/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void give_up(size_t bytes)
{
    fprintf(stderr, "ioc: no memory for %zu bytes; aborting\n", bytes);
    abort();
}

void *ioc_memory_take(size_t bytes)
{
    void *memory = calloc(1, bytes ? bytes : 1);
    if (!memory)
        give_up(bytes);
    return memory;
}

void *ioc_memory_take_raw(size_t bytes)
{
    void *memory = malloc(bytes ? bytes : 1);
    if (!memory)
        give_up(bytes);
    return memory;
}

void *ioc_memory_grow(void *memory, size_t old_bytes, size_t new_bytes)
{
    char *grown = realloc(memory, new_bytes ? new_bytes : 1);
    if (!grown)
        give_up(new_bytes);
    if (new_bytes > old_bytes)
        memset(grown + old_bytes, 0, new_bytes - old_bytes);
    return grown;
}

void ioc_memory_give(void *memory)
{
    free(memory);
}

char *ioc_memory_copy(const void *bytes, size_t length)
{
    if (length == SIZE_MAX)
        give_up(length);
    char *copy = malloc(length + 1);
    if (!copy)
        give_up(length);
    if (length)
        memcpy(copy, bytes, length);
    copy[length] = 0;
    return copy;
}
