#pragma once
/*
 * rules/cel/scratch.h — one evaluation: its frames, registers, memory, steps, and what went wrong.
 *
 * Faults are not values: an instruction that fails goes to the handler that the compiler gave it
 * (program.h: three outcomes), so the path without faults pays nothing for them.
 *
 * Memory   registers are part of it; 1 MiB for texts and lists is taken at the first need and reset
 *          at each evaluation
 * Thread   one
 */
#include "rules/cel/boxed.h"
#include "rules/cel/program.h"

enum ioc_fault {
    IOC_FAULT_NONE,
    IOC_FAULT_MISSING, /* an absent field was read: IOC_OUTCOME_MISSING; all others are IOC_OUTCOME_ERROR */
    IOC_FAULT_NAME,
    IOC_FAULT_FUNCTION,
    IOC_FAULT_OVERLOAD,
    IOC_FAULT_KEY,
    IOC_FAULT_FIELD,
    IOC_FAULT_INDEX,
    IOC_FAULT_OVERFLOW,
    IOC_FAULT_DIVISION,
    IOC_FAULT_MODULUS,
    IOC_FAULT_RANGE,
    IOC_FAULT_FORMAT,
    IOC_FAULT_TWICE,
    IOC_FAULT_KEY_TYPE,
    IOC_FAULT_MEMORY,
    IOC_FAULT_STEPS,
    IOC_FAULT_PASSES,
    IOC_FAULT_DEPTH,
    IOC_FAULT_ZONE,
    IOC_FAULT_UTF8,
    IOC_FAULT_TIME,
    IOC_FAULT_NAN,
    IOC_FAULT_EMPTY,
    IOC_FAULT_SHIFT,
    IOC_FAULT_ADDRESS,
    IOC_FAULT_POSITION,
    IOC_FAULT_CLAUSE,
    IOC_FAULT_TOO_FEW,
    IOC_FAULT_ORDER,
    IOC_FAULT_NO_VALUE,
    IOC_FAULT_PLACE,
    IOC_FAULT_AREA,
    IOC_FAULT_POLLUTANT,
    IOC_FAULT_PATTERN,
    IOC_FAULTS
};
const char *ioc_fault_text(enum ioc_fault fault);

enum {
    IOC_REGISTERS = 256,
    IOC_QUICK_REGISTERS = 32,
    IOC_CATCHES = 160,      /* && || and loops that can hold back a fault at a time */
    IOC_CATCHES_FRESH = 16, /* cleared when an evaluation begins; the others by FORGET */
    IOC_SCRATCH_BYTES = 1 << 20,
    IOC_STEPS_MOST = 400000,  /* an evaluation; one is an instruction of a loop, or 16 bytes of text: below 10 ms in all */
    IOC_PASSES_MOST = 10000,  /* through loops, nested ones together */
};

struct ioc_caught {
    uint8_t fault;
    uint16_t at; /* instruction */
};
struct ioc_scratch {
    const struct ioc_row *const *frames;
    int64_t steps, passes; /* left */
    char *memory;
    size_t used;
    uint8_t trouble;                   /* enum ioc_fault that a helper met: steps, depth, memory */
    struct ioc_caught pending;         /* the fault that ended the evaluation */
    const struct ioc_program *program; /* evaluated last */
    struct ioc_buffer text;            /* printed lists and maps; number texts */
    struct ioc_pattern_room *patterns; /* for Hyperscan, made at the first need */
    char message[256];
    struct ioc_caught caught[IOC_CATCHES];
    struct ioc_boxed registers[IOC_REGISTERS];
    union ioc_word words[IOC_QUICK_REGISTERS]; /* registers of the quick machine */
};

extern const struct ioc_row *const ioc_scratch_no_frames[IOC_FRAMES_MOST]; /* nothing is there */
static inline void ioc_scratch_begin(
    struct ioc_scratch *scratch, const struct ioc_row *const *frames)
{
    scratch->frames = frames ? frames : ioc_scratch_no_frames;
    scratch->steps = IOC_STEPS_MOST;
    scratch->passes = IOC_PASSES_MOST;
    scratch->used = 0;
    scratch->trouble = IOC_FAULT_NONE;
}
/* NULL, and trouble noted, beyond the cap.  Aligned to 16. */
void *ioc_scratch_take(struct ioc_scratch *scratch, size_t bytes);
/* False, and trouble noted, when the budget is used up. */
static inline bool ioc_scratch_spend(struct ioc_scratch *scratch, uint32_t steps)
{
    scratch->steps -= steps;
    if (scratch->steps >= 0)
        return true;
    scratch->trouble = IOC_FAULT_STEPS;
    return false;
}
/* For looking at that many bytes. */
static inline bool ioc_scratch_spend_bytes(struct ioc_scratch *scratch, uint64_t bytes)
{
    return ioc_scratch_spend(scratch, (uint32_t)(bytes >> 4));
}
/* The texts of both, one behind the other; false beyond the cap. */
bool ioc_scratch_join(struct ioc_scratch *scratch, const struct ioc_boxed *a,
    const struct ioc_boxed *b, struct ioc_boxed *out);
