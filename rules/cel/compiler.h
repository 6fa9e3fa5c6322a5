#pragma once
/*
 * rules/cel/compiler.h — checked tree → instructions.
 *
 * Every expression leaves its value in one register, of the kind that its settled shape says: what
 * cannot be proved is checked by EXPECT, so that typed instructions never see another kind.
 *
 * Memory   everything in the arena of the compilation, but zones and patterns, which the program takes over
 * Failure  IOC_LIMIT: too many registers or instructions
 */
#include "rules/cel/checker.h"
#include "rules/cel/code.h"
#include "rules/cel/machine.h"

struct ioc_pad { /* where the fault of one operand is caught; written behind the code */
    uint16_t label, back;
    uint8_t caught;
};
struct ioc_compiler {
    struct ioc_checker *checker;
    struct ioc_arena *arena;
    struct ioc_program_error *err;
    struct ioc_code *code;
    uint8_t *locals;                /* register of each loop variable, by number */
    uint8_t *held;                  /* of slots that may have failed: 1 + the place of the fault, else 0 */
    uint32_t top;                   /* first free register */
    uint32_t loops, catches, fresh; /* around this place; catches given away for good */
    struct ioc_pad *pads;
    uint32_t pads_count, pads_capacity;
    struct ioc_program_read *reads;
    uint32_t reads_count, reads_capacity;
    struct ioc_zone **zones;
    uint32_t zones_count, zones_capacity;
    bool needs_zones; /* all of them: a name is known only when the program runs */
    struct ioc_zones *all_zones;
    struct ioc_pattern **patterns;
    uint32_t patterns_count, patterns_capacity, patterns_states;
    struct ioc_text source;
    struct ioc_scratch *scratch; /* for folding, made at the first need; the caller frees it */
    uint32_t folded; /* what folding has cost so far */
    double cost; /* of the whole, in steps: cost.h */
    enum ioc_status status;
};

/* The whole program: value in a register, converted to `want`, RETURN; or both RETURNs of a bool. */
enum ioc_status ioc_compiler_compile(
    struct ioc_compiler *compiler, struct ioc_node *tree, enum ioc_type want) IOC_USE;

/* For its other files: call.c, condition.c, loop.c, block.c, fold.c. */
void ioc_compiler_value(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to);
/* Where its value is: a loop variable's own register, else a fresh one. */
uint32_t ioc_compiler_operand(struct ioc_compiler *compiler, const struct ioc_node *node);
uint32_t ioc_compiler_register(struct ioc_compiler *compiler, uint32_t count);
uint32_t ioc_compiler_kind(struct ioc_compiler *compiler, const struct ioc_node *node);
void ioc_compiler_read(struct ioc_compiler *compiler, const struct ioc_node *node);
void ioc_compiler_expect(struct ioc_compiler *compiler, uint32_t at, uint32_t kind);
/* A place for a held-back fault, empty when it is reached; release in reverse order. */
uint8_t ioc_compiler_catch(struct ioc_compiler *compiler);
void ioc_compiler_release(struct ioc_compiler *compiler);
void ioc_compiler_pad(struct ioc_compiler *compiler, uint16_t label, uint8_t caught, uint16_t back);
void ioc_compiler_write_pads(struct ioc_compiler *compiler);

/* The program keeps it. */
void ioc_compiler_zone(struct ioc_compiler *compiler, struct ioc_zone *zone);
/* x in [constants] as a search in a set: the constant, or -1 when it is not that. */
int ioc_compiler_set(struct ioc_compiler *compiler, const struct ioc_node *node);

/* call.c */
void ioc_call_compile(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to);

/* Takes over a pattern for the program. */
void ioc_compiler_own_pattern(struct ioc_compiler *compiler, struct ioc_pattern *pattern);

/* condition.c: jumps to the label when the value is `wanted`, else goes on. */
void ioc_condition_compile(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool wanted, uint16_t label);
/* unwrap.c: optionals without making them.  The value in a register, or a jump to `none`. */
void ioc_unwrap_compile(
    struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to, uint16_t none);
/* Is it an optional being made or asked?  Then it is compiled, as a value or as a condition. */
bool ioc_unwrap_value(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to);
bool ioc_unwrap_condition(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool wanted, uint16_t label);
/* block.c: cel.block, and what must stand in front of every reading of a local variable. */
void ioc_block_compile(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to);
void ioc_block_raise(struct ioc_compiler *compiler, const struct ioc_node *local);
/* loop.c */
void ioc_loop_compile(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to);
/* fold.c: constant parts of the tree become literals. */
void ioc_fold_tree(struct ioc_compiler *compiler, struct ioc_node *node);
/* matching.c: calls of matches() get their constant patterns compiled, or become simpler calls.  Once before folding
 * and once, is_folded, behind it: then a pattern that still is no constant is refused. */
void ioc_matching_prepare(struct ioc_compiler *compiler, struct ioc_node *tree, bool is_folded);
