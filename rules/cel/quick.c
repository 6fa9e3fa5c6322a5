/*
 * rules/cel/quick.c — the interpreters without faults, types and presence tests.
 *
 * Two of them, alike: each instruction is a function that ends by calling the next, which compilers turn into a
 * jump, so that all state stays in argument registers and nothing is saved on entry.  The first takes only tests of
 * one frame's slots.  The second has registers and all frames.
 * Instructions that neither knows never come here: ioc_quick_find() looks at all of a program but its pads,
 * which are only reached by a fault.
 */
#include "rules/cel/quick.h"
#include "rules/cel/moment.h"
#include "rules/cel/set.h"

#define TYPE_TESTS(X, TYPE)                                                          \
    X(TEST_##TYPE##_EQUAL_T) X(TEST_##TYPE##_EQUAL_F) X(TEST_##TYPE##_LESS_T)        \
    X(TEST_##TYPE##_LESS_F) X(TEST_##TYPE##_ATMOST_T) X(TEST_##TYPE##_ATMOST_F)      \
    X(TEST_##TYPE##_GREATER_T) X(TEST_##TYPE##_GREATER_F) X(TEST_##TYPE##_ATLEAST_T) \
    X(TEST_##TYPE##_ATLEAST_F)
#define SLOT_TESTS(X, TYPE)                                                          \
    X(TEST_##TYPE##_EQUAL_SLOT_T) X(TEST_##TYPE##_EQUAL_SLOT_F)                      \
    X(TEST_##TYPE##_LESS_SLOT_T) X(TEST_##TYPE##_LESS_SLOT_F)                        \
    X(TEST_##TYPE##_ATMOST_SLOT_T) X(TEST_##TYPE##_ATMOST_SLOT_F)
#define BARE_OPS(X)                                                                 \
    TYPE_TESTS(X, INT) TYPE_TESTS(X, UINT) TYPE_TESTS(X, DOUBLE)                    \
    SLOT_TESTS(X, INT) SLOT_TESTS(X, UINT) SLOT_TESTS(X, DOUBLE)                    \
    X(TEST_TEXT_EQUAL_SLOT_T) X(TEST_TEXT_EQUAL_SLOT_F)                             \
    X(TEST_TEXT_EQUAL_T) X(TEST_TEXT_EQUAL_F) X(TEST_TEXT_IN_T) X(TEST_TEXT_IN_F)   \
    X(TEST_WORD_IN_T) X(TEST_WORD_IN_F) X(TEST_BOOL_T) X(TEST_BOOL_F)               \
    X(TEST_HAS_T) X(TEST_HAS_F) X(JUMP) X(RAISE) X(RETURN_TRUE) X(RAISE_TRUE)       \
    X(RETURN_FALSE)
#define JUMPS(X, TYPE)                                                              \
    X(JUMP_##TYPE##_EQUAL_T) X(JUMP_##TYPE##_EQUAL_F) X(JUMP_##TYPE##_LESS_T)       \
    X(JUMP_##TYPE##_LESS_F) X(JUMP_##TYPE##_ATMOST_T) X(JUMP_##TYPE##_ATMOST_F)
#define FIXED_JUMPS(X, TYPE)                                                        \
    X(JUMP_##TYPE##_EQUAL_FIXED_T) X(JUMP_##TYPE##_EQUAL_FIXED_F)                   \
    X(JUMP_##TYPE##_LESS_FIXED_T) X(JUMP_##TYPE##_LESS_FIXED_F)                     \
    X(JUMP_##TYPE##_ATMOST_FIXED_T) X(JUMP_##TYPE##_ATMOST_FIXED_F)                 \
    X(JUMP_##TYPE##_GREATER_FIXED_T) X(JUMP_##TYPE##_GREATER_FIXED_F)               \
    X(JUMP_##TYPE##_ATLEAST_FIXED_T) X(JUMP_##TYPE##_ATLEAST_FIXED_F)
#define WORD_OPS(X)                                                                 \
    X(CONSTANT) X(CONSTANT_TIME) X(LOAD_WORD) X(LOAD_TIME) X(LOAD_PART) X(HAS)      \
    X(MOVE) X(ADD_INT_FIXED) X(SUBTRACT_INT_FIXED) X(MULTIPLY_INT_FIXED)            \
    X(ADD_DOUBLE_FIXED) X(SUBTRACT_DOUBLE_FIXED) X(MULTIPLY_DOUBLE_FIXED)           \
    X(DIVIDE_DOUBLE_FIXED) X(ADD_TIME) X(SUBTRACT_TIME) X(SUBTRACT_TIMES)           \
    X(EQUAL_TIME) X(LESS_TIME) X(ATMOST_TIME)                                       \
    JUMPS(X, INT) JUMPS(X, UINT) JUMPS(X, DOUBLE) JUMPS(X, TIME)                    \
    FIXED_JUMPS(X, INT) FIXED_JUMPS(X, UINT) FIXED_JUMPS(X, DOUBLE)                 \
    X(ADD_INT) X(SUBTRACT_INT) X(MULTIPLY_INT) X(DIVIDE_INT) X(MODULO_INT)          \
    X(NEGATE_INT) X(ADD_UINT) X(SUBTRACT_UINT) X(MULTIPLY_UINT) X(DIVIDE_UINT)      \
    X(MODULO_UINT) X(ADD_DOUBLE) X(SUBTRACT_DOUBLE) X(MULTIPLY_DOUBLE)              \
    X(DIVIDE_DOUBLE) X(NEGATE_DOUBLE) X(DOUBLE_OF_INT) X(DOUBLE_OF_UINT)            \
    X(ADD_SPAN) X(SUBTRACT_SPAN) X(NOT) X(EQUAL_WORD) X(EQUAL_DOUBLE)               \
    X(LESS_INT) X(LESS_UINT) X(LESS_DOUBLE) X(ATMOST_INT) X(ATMOST_UINT)            \
    X(ATMOST_DOUBLE) X(IN_WORDS) X(JUMP_TRUE) X(JUMP_FALSE) X(FORGET) X(RETURN)

enum { NEITHER, BARE, WORDS };
static const uint8_t sorts[IOC_OPS] = {
#define X(name) [IOC_OP_##name] = BARE,
    BARE_OPS(X)
#undef X
#define X(name) [IOC_OP_##name] = WORDS,
    WORD_OPS(X)
#undef X
};
enum {
    BARE_SET = 16, /* items of a set that is searched without a call */
    LENGTH = 500,  /* instructions: without optimisation each is a call */
};

static bool is_word(uint32_t type)
{
    return type == IOC_BOOL || type == IOC_INT || type == IOC_UINT || type == IOC_DOUBLE ||
           type == IOC_DURATION;
}

static bool add_need(struct ioc_quick *quick, uint8_t frame, uint16_t slot)
{
    struct ioc_quick_need *need = quick->needs, *end = quick->needs + quick->count;
    while (need < end && (need->frame != frame || need->word != slot >> 6))
        need++;
    if (need == end) {
        if (quick->count == IOC_QUICK_NEEDS)
            return false;
        *need = (struct ioc_quick_need){.frame = frame, .word = (uint8_t)(slot >> 6)};
        quick->count++;
    }
    need->mask |= UINT64_C(1) << (slot & 63);
    if (slot > need->most)
        need->most = slot;
    return true;
}

/* Which interpreter an instruction needs. */
static int sort_out(const struct ioc_code *code, struct ioc_instruction at)
{
    const char *operands = ioc_opcodes[at.op].operands;
    const uint32_t values[] = {at.a, at.b, at.c};
    for (int i = 0; i < 3; i++) {
        if (operands[i] == 'r' && values[i] >= IOC_QUICK_REGISTERS)
            return NEITHER;
    }
    ioc_time time;
    if (at.op == IOC_OP_CONSTANT && !is_word(code->constants[at.c].type))
        return NEITHER;
    if (at.op == IOC_OP_CONSTANT_TIME && !ioc_moment_to_time(&code->constants[at.c], &time))
        return NEITHER;
    bool is_set = at.op >= IOC_OP_TEST_TEXT_IN_T && at.op <= IOC_OP_TEST_WORD_IN_F;
    return is_set && code->constants[at.c].count > BARE_SET ? WORDS : sorts[at.op];
}

/* The slots that it reads without asking whether they are there. */
static bool add_needs(struct ioc_quick *quick, struct ioc_instruction at)
{
    if (at.op == IOC_OP_TEST_HAS_T || at.op == IOC_OP_TEST_HAS_F || at.op == IOC_OP_HAS)
        return true;
    switch (ioc_opcodes[at.op].operands[0] == 'r' ? ioc_opcodes[at.op].operands[1] : ioc_opcodes[at.op].operands[0]) {
    case 'g': return add_need(quick, at.a & 15, at.b) && add_need(quick, at.a >> 4, at.c);
    case 'p': return add_need(quick, at.b & 0xff, at.c);
    case 'f':
        return ioc_opcodes[at.op].operands[0] == 'r' ? add_need(quick, (uint8_t)at.b, at.c) : add_need(quick, at.a, at.b);
    default: return true;
    }
}

bool ioc_quick_find(const struct ioc_code *code, enum ioc_type type, struct ioc_quick *quick)
{
    *quick = (struct ioc_quick){.is_bare = true};
    int frame = -1;
    if (!is_word(type) || code->count > LENGTH)
        return false;
    for (uint32_t i = 0; i < code->count; i++) {
        struct ioc_instruction at = code->instructions[i];
        if (at.op == IOC_OP_CATCH) /* only faults lead there */
            continue;
        int sort = sort_out(code, at);
        if (sort == NEITHER)
            return false;
        char first = ioc_opcodes[at.op].operands[0];
        if (first == 'f' || first == 'g') {
            bool is_same = (frame < 0 || frame == (first == 'g' ? at.a & 15 : at.a)) &&
                           (first == 'f' || (at.a & 15) == at.a >> 4);
            quick->is_bare &= is_same;
            frame = at.a & 15;
        }
        quick->is_bare &= sort == BARE;
        if (!add_needs(quick, at))
            return false;
    }
    quick->is_bare &= quick->count == 1;
    return true;
}

static inline uint64_t eight_of(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline uint32_t four_of(const char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Without a call: rules compare with short words. */
static inline bool is_same_text(const char *a, const char *b, uint32_t length)
{
    if (length < 4)
        return length == 0 || (a[0] == b[0] && a[length / 2] == b[length / 2] && a[length - 1] == b[length - 1]);
    if (length < 8)
        return four_of(a) == four_of(b) && four_of(a + length - 4) == four_of(b + length - 4);
    for (uint32_t i = 0; i + 8 < length; i += 8) {
        if (eight_of(a + i) != eight_of(b + i))
            return false;
    }
    return eight_of(a + length - 8) == eight_of(b + length - 8);
}

static inline bool is_text(const struct ioc_boxed *constant, const char *row, struct ioc_ref ref)
{
    return ref.count == constant->count && is_same_text(row + ref.offset, constant->text, ref.count);
}

static inline bool is_text_in(const struct ioc_boxed *set, const char *row, struct ioc_ref ref)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (is_text(&set->items[i], row, ref))
            return true;
    }
    return false;
}

static inline bool is_word_in(const struct ioc_boxed *set, uint64_t word)
{
    bool is_in = false;
    for (uint32_t i = 0; i < set->count; i++)
        is_in |= set->items[i].natural == word;
    return is_in;
}

#define COMPARISONS(TYPE, member, field)                                   \
    BRANCHES(TEST_##TYPE##_EQUAL, SLOT.member == constants[at->c].field)   \
    BRANCHES(TEST_##TYPE##_LESS, SLOT.member < constants[at->c].field)     \
    BRANCHES(TEST_##TYPE##_ATMOST, SLOT.member <= constants[at->c].field)  \
    BRANCHES(TEST_##TYPE##_GREATER, SLOT.member > constants[at->c].field)  \
    BRANCHES(TEST_##TYPE##_ATLEAST, SLOT.member >= constants[at->c].field)
#define BRANCHES(name, condition) BRANCH(name##_T, condition) BRANCH(name##_F, !(condition))
#define SLOT_COMPARISONS(TYPE, member)                                    \
    BRANCHES(TEST_##TYPE##_EQUAL_SLOT, LEFT.member == RIGHT.member)       \
    BRANCHES(TEST_##TYPE##_LESS_SLOT, LEFT.member < RIGHT.member)         \
    BRANCHES(TEST_##TYPE##_ATMOST_SLOT, LEFT.member <= RIGHT.member)
#define BARE_INSTRUCTIONS                                                 \
    SLOT_COMPARISONS(INT, i)                                              \
    SLOT_COMPARISONS(UINT, u)                                             \
    SLOT_COMPARISONS(DOUBLE, d)                                           \
    BRANCHES(TEST_TEXT_EQUAL_SLOT,                                        \
        LEFT.ref.count == RIGHT.ref.count &&                              \
            is_same_text(LEFT_ROW + LEFT.ref.offset, RIGHT_ROW + RIGHT.ref.offset, LEFT.ref.count)) \
    COMPARISONS(INT, i, integer)                                          \
    COMPARISONS(UINT, u, natural)                                         \
    COMPARISONS(DOUBLE, d, number)                                        \
    BRANCHES(TEST_TEXT_EQUAL, is_text(&constants[at->c], ROW, SLOT.ref))  \
    BRANCHES(TEST_TEXT_IN, TEXT_IN(&constants[at->c], ROW, SLOT.ref))     \
    BRANCHES(TEST_WORD_IN, WORD_IN(&constants[at->c], SLOT.u))            \
    BRANCHES(TEST_BOOL, SLOT.u != 0)                                      \
    BRANCHES(TEST_HAS, ioc_row_has((const struct ioc_row *)ROW, at->b))   \
    BRANCH(JUMP, true)                                                    \
    BRANCH(RAISE, false) /* nothing was held back */                      \
    DECISION(RETURN_TRUE, true)                                           \
    DECISION(RAISE_TRUE, true)                                            \
    DECISION(RETURN_FALSE, false)

/* ------------------------------------------------------------- bare: a function each */

#define STATE                                                                                  \
    const struct ioc_instruction *at, const union ioc_word *slots, const struct ioc_boxed *constants, \
        const struct ioc_instruction *instructions, const char *row, bool *value
#define NEXT_INSTRUCTION return bare[at->op](at, slots, constants, instructions, row, value)
#define SLOT slots[at->b]
#define LEFT slots[at->b]
#define RIGHT slots[at->c]
#define ROW row
#define LEFT_ROW row
#define RIGHT_ROW row
#define TEXT_IN is_text_in
#define WORD_IN is_word_in
#define BRANCH(name, condition)                             \
    static enum ioc_outcome bare_##name(STATE)              \
    {                                                       \
        at = (condition) ? instructions + at->d : at + 1;   \
        NEXT_INSTRUCTION;                                   \
    }
#define DECISION(name, decided)                \
    static enum ioc_outcome bare_##name(STATE) \
    {                                          \
        *value = (decided);                    \
        return IOC_OUTCOME_VALUE;              \
    }

typedef enum ioc_outcome (*bare_instruction)(STATE);
static const bare_instruction bare[IOC_OPS];
BARE_INSTRUCTIONS
static const bare_instruction bare[IOC_OPS] = {
#define X(name) [IOC_OP_##name] = bare_##name,
    BARE_OPS(X)
#undef X
};

enum ioc_outcome ioc_quick_decide(const struct ioc_bytecode *bytecode, const struct ioc_row *row, bool *value)
{
    const struct ioc_instruction *at = bytecode->instructions;
    return bare[at->op](at, ioc_row_words(row), bytecode->constants, at, (const char *)row, value);
}
#undef STATE
#undef NEXT_INSTRUCTION
#undef SLOT
#undef LEFT
#undef RIGHT
#undef ROW
#undef LEFT_ROW
#undef RIGHT_ROW
#undef TEXT_IN
#undef WORD_IN
#undef BRANCH
#undef DECISION

/* ------------------------------------------------------------- words: a function each; false gives up */

static inline bool has_text(const struct ioc_boxed *set, const char *row, struct ioc_ref ref)
{
    return ioc_set_has_text(set, (struct ioc_text){row + ref.offset, ref.count});
}

#define STATE                                                                                                \
    const struct ioc_instruction *at, const struct ioc_row *const *frames, const struct ioc_boxed *constants, \
        const struct ioc_instruction *instructions, union ioc_word *words
#define NEXT_INSTRUCTION return word[at->op](at, frames, constants, instructions, words)
#define SLOT ioc_row_word(frames[at->a], at->b)
#define LEFT ioc_row_word(frames[at->a & 15], at->b)
#define RIGHT ioc_row_word(frames[at->a >> 4], at->c)
#define ROW (const char *)frames[at->a]
#define LEFT_ROW (const char *)frames[at->a & 15]
#define RIGHT_ROW (const char *)frames[at->a >> 4]
#define TEXT_IN has_text
#define WORD_IN ioc_set_has_word
#define ON(name) static bool word_##name(STATE)
#define GO_ON             \
    do {                  \
        at++;             \
        NEXT_INSTRUCTION; \
    } while (0)
#define GIVE_UP return false
#define A words[at->a]
#define B words[at->b]
#define C words[at->c]
#define FIXED constants[at->c]
#define PLAIN(name, member, value) \
    ON(name)                       \
    {                              \
        A.member = (value);        \
        GO_ON;                     \
    }
#define CHECKED(name, member, right, operation)    \
    ON(name)                                       \
    {                                              \
        if (operation(B.member, right, &A.member)) \
            GIVE_UP;                               \
        GO_ON;                                     \
    }
#define BRANCH(name, condition)                           \
    ON(name)                                              \
    {                                                     \
        at = (condition) ? instructions + at->d : at + 1; \
        NEXT_INSTRUCTION;                                 \
    }
#define DECISION(name, decided)     \
    ON(name)                        \
    {                               \
        words[0].u = (decided);     \
        return true;                \
    }
#define REGISTER_JUMPS(TYPE, member)                         \
    BRANCHES(JUMP_##TYPE##_EQUAL, A.member == B.member)      \
    BRANCHES(JUMP_##TYPE##_LESS, A.member < B.member)        \
    BRANCHES(JUMP_##TYPE##_ATMOST, A.member <= B.member)
#define CONSTANT_JUMPS(TYPE, member, field)                         \
    BRANCHES(JUMP_##TYPE##_EQUAL_FIXED, A.member == FIXED.field)    \
    BRANCHES(JUMP_##TYPE##_LESS_FIXED, A.member < FIXED.field)      \
    BRANCHES(JUMP_##TYPE##_ATMOST_FIXED, A.member <= FIXED.field)   \
    BRANCHES(JUMP_##TYPE##_GREATER_FIXED, A.member > FIXED.field)   \
    BRANCHES(JUMP_##TYPE##_ATLEAST_FIXED, A.member >= FIXED.field)

typedef bool (*word_instruction)(STATE);
static const word_instruction word[IOC_OPS];

PLAIN(CONSTANT, u, FIXED.natural)
PLAIN(CONSTANT_TIME, i, FIXED.integer * IOC_SECOND + FIXED.count)
PLAIN(LOAD_WORD, u, ioc_row_word(frames[at->b], at->c).u)
PLAIN(LOAD_TIME, u, ioc_row_word(frames[at->b], at->c).u)
PLAIN(LOAD_PART, i, ioc_moment_time_part(ioc_row_word(frames[at->b & 0xff], at->c).i, &constants[at->d], at->b >> 8))
PLAIN(HAS, u, ioc_row_has(frames[at->b], at->c))
PLAIN(MOVE, u, B.u)
CHECKED(ADD_INT, i, C.i, __builtin_add_overflow)
CHECKED(SUBTRACT_INT, i, C.i, __builtin_sub_overflow)
CHECKED(MULTIPLY_INT, i, C.i, __builtin_mul_overflow)
CHECKED(ADD_INT_FIXED, i, FIXED.integer, __builtin_add_overflow)
CHECKED(SUBTRACT_INT_FIXED, i, FIXED.integer, __builtin_sub_overflow)
CHECKED(MULTIPLY_INT_FIXED, i, FIXED.integer, __builtin_mul_overflow)
CHECKED(ADD_UINT, u, C.u, __builtin_add_overflow)
CHECKED(SUBTRACT_UINT, u, C.u, __builtin_sub_overflow)
CHECKED(MULTIPLY_UINT, u, C.u, __builtin_mul_overflow)
CHECKED(ADD_SPAN, i, C.i, __builtin_add_overflow)
CHECKED(SUBTRACT_SPAN, i, C.i, __builtin_sub_overflow)
/* Times are words here: beyond what a word holds, the exact machine goes on. */
CHECKED(ADD_TIME, i, C.i, __builtin_add_overflow)
CHECKED(SUBTRACT_TIMES, i, C.i, __builtin_sub_overflow)
ON(SUBTRACT_TIME)
{
    if (C.i == INT64_MIN || __builtin_sub_overflow(B.i, C.i, &A.i))
        GIVE_UP;
    GO_ON;
}
ON(DIVIDE_INT)
{
    if (C.i == 0 || C.i == -1)
        GIVE_UP;
    A.i = B.i / C.i;
    GO_ON;
}
ON(MODULO_INT)
{
    if (C.i == 0 || C.i == -1)
        GIVE_UP;
    A.i = B.i % C.i;
    GO_ON;
}
ON(NEGATE_INT)
{
    if (B.i == INT64_MIN)
        GIVE_UP;
    A.i = -B.i;
    GO_ON;
}
ON(DIVIDE_UINT)
{
    if (C.u == 0)
        GIVE_UP;
    A.u = B.u / C.u;
    GO_ON;
}
ON(MODULO_UINT)
{
    if (C.u == 0)
        GIVE_UP;
    A.u = B.u % C.u;
    GO_ON;
}
PLAIN(ADD_DOUBLE, d, B.d + C.d)
PLAIN(SUBTRACT_DOUBLE, d, B.d - C.d)
PLAIN(MULTIPLY_DOUBLE, d, B.d * C.d)
PLAIN(DIVIDE_DOUBLE, d, B.d / C.d)
PLAIN(NEGATE_DOUBLE, d, -B.d)
PLAIN(ADD_DOUBLE_FIXED, d, B.d + FIXED.number)
PLAIN(SUBTRACT_DOUBLE_FIXED, d, B.d - FIXED.number)
PLAIN(MULTIPLY_DOUBLE_FIXED, d, B.d * FIXED.number)
PLAIN(DIVIDE_DOUBLE_FIXED, d, B.d / FIXED.number)
PLAIN(DOUBLE_OF_INT, d, (double)B.i)
PLAIN(DOUBLE_OF_UINT, d, (double)B.u)
PLAIN(NOT, u, !B.u)
PLAIN(EQUAL_WORD, u, B.u == C.u)
PLAIN(EQUAL_DOUBLE, u, B.d == C.d)
PLAIN(EQUAL_TIME, u, B.i == C.i)
PLAIN(LESS_INT, u, B.i < C.i)
PLAIN(LESS_UINT, u, B.u < C.u)
PLAIN(LESS_DOUBLE, u, B.d < C.d)
PLAIN(LESS_TIME, u, B.i < C.i)
PLAIN(ATMOST_INT, u, B.i <= C.i)
PLAIN(ATMOST_UINT, u, B.u <= C.u)
PLAIN(ATMOST_DOUBLE, u, B.d <= C.d)
PLAIN(ATMOST_TIME, u, B.i <= C.i)
PLAIN(IN_WORDS, u, ioc_set_has_word(&FIXED, B.u))

BRANCH(JUMP_TRUE, A.u)
BRANCH(JUMP_FALSE, !A.u)
REGISTER_JUMPS(INT, i)
REGISTER_JUMPS(UINT, u)
REGISTER_JUMPS(DOUBLE, d)
REGISTER_JUMPS(TIME, i)
CONSTANT_JUMPS(INT, i, integer)
CONSTANT_JUMPS(UINT, u, natural)
CONSTANT_JUMPS(DOUBLE, d, number)
BRANCH(FORGET, false)
ON(RETURN)
{
    words[0] = A;
    return true;
}
BARE_INSTRUCTIONS

static const word_instruction word[IOC_OPS] = {
#define X(name) [IOC_OP_##name] = word_##name,
    BARE_OPS(X) WORD_OPS(X)
#undef X
};

bool ioc_quick_run(const struct ioc_bytecode *bytecode, const struct ioc_row *const *frames, union ioc_word *words)
{
    const struct ioc_instruction *at = bytecode->instructions;
    return word[at->op](at, frames, bytecode->constants, at, words);
}
