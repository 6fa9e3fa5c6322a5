/* core/name.c — interned names: each distinct text gets a small number, once, at load. */
#include "core/name.h"
#include "core/arena.h"
#include "core/memory.h"
#include "core/table.h"

#include <assert.h>

struct ioc_names {
    struct ioc_arena arena;
    struct ioc_table table;
    struct ioc_text *texts;
    uint32_t count, capacity;
};

struct ioc_names *ioc_names_new(void)
{
    return ioc_memory_take(sizeof(struct ioc_names));
}

void ioc_names_free(struct ioc_names *names)
{
    if (!names)
        return;
    ioc_arena_done(&names->arena);
    ioc_table_done(&names->table);
    ioc_memory_give(names->texts);
    ioc_memory_give(names);
}

ioc_name ioc_name_intern(struct ioc_names *names, struct ioc_text text)
{
    ioc_name name = ioc_name_find(names, text);
    if (name != IOC_NAME_NONE)
        return name;
    if (names->count == names->capacity) {
        uint32_t capacity = names->capacity ? names->capacity * 2 : 64;
        names->texts = ioc_memory_grow(names->texts, names->capacity * sizeof *names->texts,
            capacity * sizeof *names->texts);
        names->capacity = capacity;
    }
    name = names->count++;
    names->texts[name] = ioc_arena_copy(&names->arena, text);
    ioc_table_add(&names->table, ioc_text_hash(text), name);
    return name;
}

ioc_name ioc_name_find(const struct ioc_names *names, struct ioc_text text)
{
    uint64_t hash = ioc_text_hash(text);
    uint32_t at = UINT32_MAX, name;
    while ((name = ioc_table_find(&names->table, hash, &at)) != IOC_TABLE_NONE)
        if (ioc_text_equal(names->texts[name], text))
            return name;
    return IOC_NAME_NONE;
}

struct ioc_text ioc_name_text(const struct ioc_names *names, ioc_name name)
{
    assert(name < names->count);
    return names->texts[name];
}

uint32_t ioc_names_count(const struct ioc_names *names)
{
    return names->count;
}
