#pragma once
/*
 * rules/cel/opcode.h — the instructions of the machine: names, operands, which of them can fail.
 *
 * One instruction is 8 bytes: op, a, b, c, d.  Operands in the table, in that order: r register,
 * k constant, f frame, s slot, g two frames (the lower 4 bits for the slot b, the upper for c),
 * p a frame and 256 times a calendar part, t kind of value, n number, j jump target, - unused.
 * A test compares a slot with a constant or another slot and jumps: the terms of most rules are one
 * instruction each.  _FIXED: the right operand is a constant.
 */
#include <assert.h>
#include <stdint.h>

struct ioc_instruction {
    uint8_t op, a;
    uint16_t b, c, d;
};

/* X(NAME, operands, can fail) */
#define IOC_TESTS(X, TYPE)             \
    X(TEST_##TYPE##_EQUAL_T, "fskj", 1)   \
    X(TEST_##TYPE##_EQUAL_F, "fskj", 1)   \
    X(TEST_##TYPE##_LESS_T, "fskj", 1)    \
    X(TEST_##TYPE##_LESS_F, "fskj", 1)    \
    X(TEST_##TYPE##_ATMOST_T, "fskj", 1)  \
    X(TEST_##TYPE##_ATMOST_F, "fskj", 1)  \
    X(TEST_##TYPE##_GREATER_T, "fskj", 1) \
    X(TEST_##TYPE##_GREATER_F, "fskj", 1) \
    X(TEST_##TYPE##_ATLEAST_T, "fskj", 1) \
    X(TEST_##TYPE##_ATLEAST_F, "fskj", 1)

#define IOC_SLOT_TESTS(X, TYPE)             \
    X(TEST_##TYPE##_EQUAL_SLOT_T, "gssj", 1)  \
    X(TEST_##TYPE##_EQUAL_SLOT_F, "gssj", 1)  \
    X(TEST_##TYPE##_LESS_SLOT_T, "gssj", 1)   \
    X(TEST_##TYPE##_LESS_SLOT_F, "gssj", 1)   \
    X(TEST_##TYPE##_ATMOST_SLOT_T, "gssj", 1) \
    X(TEST_##TYPE##_ATMOST_SLOT_F, "gssj", 1)
#define IOC_JUMPS(X, TYPE)             \
    X(JUMP_##TYPE##_EQUAL_T, "rr-j", 0)  \
    X(JUMP_##TYPE##_EQUAL_F, "rr-j", 0)  \
    X(JUMP_##TYPE##_LESS_T, "rr-j", 0)   \
    X(JUMP_##TYPE##_LESS_F, "rr-j", 0)   \
    X(JUMP_##TYPE##_ATMOST_T, "rr-j", 0) \
    X(JUMP_##TYPE##_ATMOST_F, "rr-j", 0)
#define IOC_FIXED_JUMPS(X, TYPE)              \
    X(JUMP_##TYPE##_EQUAL_FIXED_T, "r-kj", 0)   \
    X(JUMP_##TYPE##_EQUAL_FIXED_F, "r-kj", 0)   \
    X(JUMP_##TYPE##_LESS_FIXED_T, "r-kj", 0)    \
    X(JUMP_##TYPE##_LESS_FIXED_F, "r-kj", 0)    \
    X(JUMP_##TYPE##_ATMOST_FIXED_T, "r-kj", 0)  \
    X(JUMP_##TYPE##_ATMOST_FIXED_F, "r-kj", 0)  \
    X(JUMP_##TYPE##_GREATER_FIXED_T, "r-kj", 0) \
    X(JUMP_##TYPE##_GREATER_FIXED_F, "r-kj", 0) \
    X(JUMP_##TYPE##_ATLEAST_FIXED_T, "r-kj", 0) \
    X(JUMP_##TYPE##_ATLEAST_FIXED_F, "r-kj", 0)

#define IOC_OPCODES(X)            \
    X(CONSTANT, "r-k-", 0)        \
    X(CONSTANT_TIME, "r-k-", 0)   \
    X(LOAD_WORD, "rfst", 1)       \
    X(LOAD_TEXT, "rfst", 1)       \
    X(LOAD_TIME, "rfs-", 1)       \
    X(LOAD_PART, "rpsk", 1)       \
    X(LOAD_ANY, "rfst", 1)        \
    X(LOAD_RECORD, "rfk-", 1)     \
    X(HAS, "rfs-", 0)             \
    X(MOVE, "rr--", 0)            \
    X(EXPECT, "rt--", 1)          \
    X(ADD_INT, "rrr-", 1)         \
    X(SUBTRACT_INT, "rrr-", 1)    \
    X(MULTIPLY_INT, "rrr-", 1)    \
    X(DIVIDE_INT, "rrr-", 1)      \
    X(MODULO_INT, "rrr-", 1)      \
    X(NEGATE_INT, "rr--", 1)      \
    X(ADD_INT_FIXED, "rrk-", 1)   \
    X(SUBTRACT_INT_FIXED, "rrk-", 1) \
    X(MULTIPLY_INT_FIXED, "rrk-", 1) \
    X(ADD_UINT, "rrr-", 1)        \
    X(SUBTRACT_UINT, "rrr-", 1)   \
    X(MULTIPLY_UINT, "rrr-", 1)   \
    X(DIVIDE_UINT, "rrr-", 1)     \
    X(MODULO_UINT, "rrr-", 1)     \
    X(ADD_DOUBLE, "rrr-", 0)      \
    X(SUBTRACT_DOUBLE, "rrr-", 0) \
    X(MULTIPLY_DOUBLE, "rrr-", 0) \
    X(DIVIDE_DOUBLE, "rrr-", 0)   \
    X(NEGATE_DOUBLE, "rr--", 0)   \
    X(ADD_DOUBLE_FIXED, "rrk-", 0) \
    X(SUBTRACT_DOUBLE_FIXED, "rrk-", 0) \
    X(MULTIPLY_DOUBLE_FIXED, "rrk-", 0) \
    X(DIVIDE_DOUBLE_FIXED, "rrk-", 0) \
    X(DOUBLE_OF_INT, "rr--", 0)   \
    X(DOUBLE_OF_UINT, "rr--", 0)  \
    X(ADD_TIME, "rrr-", 1)        \
    X(SUBTRACT_TIME, "rrr-", 1)   \
    X(SUBTRACT_TIMES, "rrr-", 1)  \
    X(ADD_SPAN, "rrr-", 1)        \
    X(SUBTRACT_SPAN, "rrr-", 1)   \
    X(NOT, "rr--", 0)             \
    X(EQUAL_WORD, "rrr-", 0)      \
    X(EQUAL_DOUBLE, "rrr-", 0)    \
    X(EQUAL_TIME, "rrr-", 0)      \
    X(EQUAL_TEXT, "rrr-", 1)      \
    X(EQUAL_ANY, "rrr-", 1)       \
    X(LESS_INT, "rrr-", 0)        \
    X(LESS_UINT, "rrr-", 0)       \
    X(LESS_DOUBLE, "rrr-", 0)     \
    X(LESS_TIME, "rrr-", 0)       \
    X(LESS_ANY, "rrr-", 1)        \
    X(ATMOST_INT, "rrr-", 0)      \
    X(ATMOST_UINT, "rrr-", 0)     \
    X(ATMOST_DOUBLE, "rrr-", 0)   \
    X(ATMOST_TIME, "rrr-", 0)     \
    X(ATMOST_ANY, "rrr-", 1)      \
    X(IN_TEXTS, "rrk-", 0)        \
    X(IN_WORDS, "rrk-", 0)        \
    X(CALL, "rrn-", 1)            \
    X(CALL_ANY, "rrnn", 1)        \
    X(INDEX, "rrrt", 1)           \
    X(SELECT, "rrkt", 1)          \
    X(HAS_KEY, "rrk-", 1)         \
    X(LIST_NEW, "r-n-", 1)        \
    X(LIST_FOR, "rr--", 1)        \
    X(LIST_PUSH, "rr--", 0)       \
    X(MAP_NEW, "r-n-", 1)         \
    X(MAP_FOR, "rr--", 1)         \
    X(MAP_PUT, "rrr-", 1)         \
    X(MAP_MERGE, "rr--", 1)       \
    X(WRAP, "rr--", 1)            \
    X(UNWRAP, "rr-j", 0)          \
    X(FIND, "rrrj", 1)            \
    X(FIND_KEY, "rrkj", 1)        \
    X(JUMP_ZERO, "r--j", 0)       \
    X(START, "rr--", 1)           \
    X(NEXT, "rrnj", 1)            \
    X(BACK, "--nj", 1)            \
    X(ONE_MORE, "r---", 0)        \
    X(IS_ONE, "rr--", 0)          \
    X(JUMP, "---j", 0)            \
    X(JUMP_TRUE, "r--j", 0)       \
    X(JUMP_FALSE, "r--j", 0)      \
    IOC_JUMPS(X, INT)             \
    IOC_JUMPS(X, UINT)            \
    IOC_JUMPS(X, DOUBLE)          \
    IOC_JUMPS(X, TIME)            \
    IOC_FIXED_JUMPS(X, INT)       \
    IOC_FIXED_JUMPS(X, UINT)      \
    IOC_FIXED_JUMPS(X, DOUBLE)    \
    X(FORGET, "n---", 0)          \
    X(CATCH, "n--j", 0)           \
    X(RAISE, "n---", 1)           \
    X(FAULT, "n---", 1)           \
    X(RETURN, "r---", 0)          \
    X(RETURN_TRUE, "----", 0)     \
    X(RAISE_TRUE, "n---", 1)      \
    X(RETURN_FALSE, "----", 0)    \
    IOC_TESTS(X, INT)             \
    IOC_TESTS(X, UINT)            \
    IOC_TESTS(X, DOUBLE)          \
    IOC_SLOT_TESTS(X, INT)        \
    IOC_SLOT_TESTS(X, UINT)       \
    IOC_SLOT_TESTS(X, DOUBLE)     \
    X(TEST_TEXT_EQUAL_SLOT_T, "gssj", 1) \
    X(TEST_TEXT_EQUAL_SLOT_F, "gssj", 1) \
    X(TEST_TEXT_EQUAL_T, "fskj", 1) \
    X(TEST_TEXT_EQUAL_F, "fskj", 1) \
    X(TEST_TEXT_IN_T, "fskj", 1)  \
    X(TEST_TEXT_IN_F, "fskj", 1)  \
    X(TEST_WORD_IN_T, "fskj", 1)  \
    X(TEST_WORD_IN_F, "fskj", 1)  \
    X(TEST_BOOL_T, "fs-j", 1)     \
    X(TEST_BOOL_F, "fs-j", 1)     \
    X(TEST_HAS_T, "fs-j", 0)      \
    X(TEST_HAS_F, "fs-j", 0)

enum ioc_op {
#define X(name, operands, fails) IOC_OP_##name,
    IOC_OPCODES(X)
#undef X
        IOC_OPS
};
static_assert(IOC_OPS <= 256, "an op is one byte");

struct ioc_opcode {
    const char *name, *operands;
    uint8_t can_fail;
};
extern const struct ioc_opcode ioc_opcodes[IOC_OPS];
