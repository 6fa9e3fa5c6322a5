#pragma once
/*
 * rules/cel/assembly.h — a program as it is kept: one block, as small as it can be.
 *
 * The header, what the quick machine needs, instructions, handlers (none when no fault is caught), constants
 * with all that they hold, reads, places, source.  Notes are apart: they are large and soon forgotten.
 *
 * Memory   ioc_memory_take(); ioc_program_free()
 * Thread   immutable
 */
#include "rules/cel/compiler.h"
#include "rules/cel/quick.h"

struct ioc_program {
    struct ioc_bytecode bytecode;
    uint8_t type, notes_count;
    bool is_quick, is_field, is_wide; /* is_wide: places are of struct ioc_code_place, else of struct ioc_near_place */
    uint16_t count, reads_count, zones_count, patterns_count;
    uint32_t cost, bytes, source_length, shape_length;
    uint32_t places, reads, zones, patterns, source, shape; /* where in the block */
    struct ioc_program_error *notes;
    struct ioc_zones *all_zones; /* NULL = not needed */
};
struct ioc_near_place {
    uint16_t offset, length;
};

static inline const void *ioc_program_part(const struct ioc_program *program, uint32_t at)
{
    return (const char *)program + at;
}
/* Only when is_quick. */
static inline const struct ioc_quick *ioc_program_quick(const struct ioc_program *program)
{
    return (const struct ioc_quick *)(program + 1);
}
/* The bytes of the source that an instruction stems from. */
struct ioc_code_place ioc_program_place(const struct ioc_program *program, uint32_t instruction);

/* `shape` may be empty. */
struct ioc_program *ioc_assembly_make(const struct ioc_compiler *compiler, struct ioc_text source,
    struct ioc_text shape, enum ioc_type type);
