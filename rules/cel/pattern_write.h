#pragma once
/*
 * rules/cel/pattern_write.h — the tree of a pattern as text for Hyperscan, over the bytes of its alphabet.
 *
 * Only what Hyperscan and PCRE read alike is written: literals, classes of bytes, groups, choices,
 * repetitions, ^ \z \b \B.
 *
 * Memory   in the arena
 * Failure  IOC_LIMIT with a complaint over the whole pattern
 */
#include "core/buffer.h"
#include "rules/cel/alphabet.h"
#include "rules/cel/pattern_form.h"

/* The alphabet is made for the form's tree, which may be NULL, and its letters.  One without symbols (count 0): the
 * bytes of any text can be searched as they are. */
enum ioc_status ioc_pattern_write(const struct ioc_pattern_form *form, uint32_t pattern_length,
    struct ioc_arena *arena, struct ioc_alphabet *alphabet, struct ioc_buffer *out,
    struct ioc_program_error *err) IOC_USE;
