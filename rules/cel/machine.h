#pragma once
/*
 * rules/cel/machine.h — runs instructions.
 *
 * Memory   see scratch.h; allocates nothing itself
 * Failure  the outcome; scratch->pending says which fault and where
 */
#include "rules/cel/code.h"
#include "rules/cel/scratch.h"

struct ioc_bytecode {
    const struct ioc_instruction *instructions;
    const uint16_t *handlers; /* NULL: no fault is caught */
    const struct ioc_boxed *constants;
    uint32_t fresh; /* catches to clear at the beginning */
};

/* ioc_scratch_begin() comes first. */
enum ioc_outcome ioc_machine_run(
    const struct ioc_bytecode *bytecode, struct ioc_scratch *scratch, struct ioc_boxed *out);
