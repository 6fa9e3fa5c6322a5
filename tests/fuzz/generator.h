#pragma once
/*
 * tests/fuzz/generator.h — random expressions: from the grammar, from the table of functions, and with mistakes.
 *
 * An expression is grown from the type that it shall have.  Functions come from ioc_libraries, so new ones are met
 * without a word here; now and then an argument is of a wrong type.  `generator_spoil` then breaks things on the level
 * of characters and tokens.
 *
 * Memory   the texts are the caller's
 */
#include "core/buffer.h"
#include "tests/fuzz/chance.h"

enum { GENERATOR_LOCALS = 24 };
struct generator {
    struct chance chance;
    struct ioc_buffer *out;
    bool is_plain; /* reads only fields that are always there, and never through .? */
    uint32_t budget; /* parts that may still be made */
    uint32_t locals_count, loops, made;
    struct generator_local {
        char name[16], type[20];
    } locals[GENERATOR_LOCALS];
};

/* Of any type, half of them conditions. */
void generator_write(struct generator *generator);
/* Puts what is written into something, many times over. */
void generator_nest(struct chance *chance, struct ioc_buffer *source);
/* Some random changes; `other` is an expression to splice in, or empty. */
void generator_spoil(struct chance *chance, struct ioc_buffer *source, struct ioc_text other);
