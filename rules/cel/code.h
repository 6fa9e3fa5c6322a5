#pragma once
/*
 * rules/cel/code.h — instructions being written: labels, handlers of faults, constants.
 *
 * Jumps name labels until ioc_code_settle() puts positions in.  Every instruction has a handler, the
 * label where its fault is caught (IOC_CODE_NOWHERE: it ends the evaluation), in a table beside the
 * code: the machine looks there only when something failed.
 *
 * Memory   in the arena of the compilation
 * Failure  is_full when a bound is reached (instructions, constants, labels); then the code is useless
 */
#include "core/arena.h"
#include "rules/cel/boxed.h"
#include "rules/cel/opcode.h"

#define IOC_CODE_NOWHERE ((uint16_t)0xffff)
enum { IOC_CODE_MOST = 60000 };

struct ioc_code_place { /* bytes of the expression an instruction stems from */
    uint32_t offset, length;
};
struct ioc_code {
    struct ioc_arena *arena;
    struct ioc_instruction *instructions;
    uint16_t *handlers;
    struct ioc_code_place *places;
    uint32_t count, capacity;
    uint16_t *labels; /* position of each */
    uint32_t labels_count, labels_capacity;
    struct ioc_boxed *constants;
    uint32_t constants_count, constants_capacity;
    uint32_t *table, slots; /* hash table of constants: number + 1; slots is a power of 2 */
    uint16_t handler; /* for the next instructions */
    struct ioc_code_place place;
    bool is_full;
};

uint16_t ioc_code_label(struct ioc_code *code);           /* not yet placed */
void ioc_code_put(struct ioc_code *code, uint16_t label); /* here */
void ioc_code_add(
    struct ioc_code *code, enum ioc_op op, uint32_t a, uint32_t b, uint32_t c, uint32_t d);
uint16_t ioc_code_constant(struct ioc_code *code, const struct ioc_boxed *value);
/* Can an instruction from position `from` on fail with that handler? */
bool ioc_code_can_fail(const struct ioc_code *code, uint32_t from, uint16_t handler);
/* RETURN_TRUE; with a RAISE just before it, the two are one. */
void ioc_code_return_true(struct ioc_code *code);
/* Labels become positions; once. */
void ioc_code_settle(struct ioc_code *code);
