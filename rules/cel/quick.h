#pragma once
/*
 * rules/cel/quick.h — the machine for conditions on numbers and constants, when every field they read is there.
 *
 * Most rules compare fields with constants and parameters.  Once the fields are known to be there (one test of
 * presence bits a frame), hardly anything in such code can fail: no faults are held back, registers are bare
 * words, nothing has a type.  The code is the same as the machine's.  Whatever does go wrong (a field that is
 * missing, an overflow) gives up, and the machine evaluates from the start and finds the exact outcome.
 *
 * Memory   none but the stack
 * Thread   any
 */
#include "rules/cel/machine.h"

struct ioc_quick_need { /* slots of a frame that must be there: 64 at a time */
    uint64_t mask;
    uint16_t most; /* the highest of them */
    uint8_t frame, word;
};
enum { IOC_QUICK_NEEDS = 6 };
struct ioc_quick {
    uint8_t count;
    bool is_bare; /* nothing but tests of one frame's slots, against constants and each other */
    struct ioc_quick_need needs[IOC_QUICK_NEEDS];
};

/* False when the code, or the type of its value, is none for this machine. */
bool ioc_quick_find(const struct ioc_code *code, enum ioc_type type, struct ioc_quick *quick);
static inline bool ioc_quick_is_there(const struct ioc_quick_need *need, const struct ioc_row *row)
{
    return row && need->most < row->slots && (need->mask & ~ioc_row_presence(row)[need->word]) == 0;
}
static inline bool ioc_quick_are_there(const struct ioc_quick *quick, const struct ioc_row *const *frames)
{
    for (uint32_t i = 0; i < quick->count; i++) {
        if (!ioc_quick_is_there(&quick->needs[i], frames[quick->needs[i].frame]))
            return false;
    }
    return true;
}
/* For code all of whose needs are there.  The value is in words[0]; false when it gave up. */
bool ioc_quick_run(const struct ioc_bytecode *bytecode, const struct ioc_row *const *frames, union ioc_word *words);
/* For bare code whose only need is there; cannot fail. */
enum ioc_outcome ioc_quick_decide(const struct ioc_bytecode *bytecode, const struct ioc_row *row, bool *value);
