/*
 * rules/cel/quick.c — the interpreters without faults, types and presence tests.
 *
 * Two of them.  The first takes only tests of one frame's slots against constants: each instruction is a function
 * that ends by calling the next, which compilers turn into a jump, so that all state stays in argument registers
 * and nothing is saved on entry.  The second has registers and all frames.
 * Instructions that neither knows never come here: ioc_quick_find() looks at all of a program but its pads,
 * which are only reached by a fault.
 */
#include "rules/cel/quick.h"
#include "rules/cel/set.h"

#define TYPE_TESTS(X, TYPE)                                                          \
    X(TEST_##TYPE##_EQUAL_T) X(TEST_##TYPE##_EQUAL_F) X(TEST_##TYPE##_LESS_T)        \
    X(TEST_##TYPE##_LESS_F) X(TEST_##TYPE##_ATMOST_T) X(TEST_##TYPE##_ATMOST_F)      \
    X(TEST_##TYPE##_GREATER_T) X(TEST_##TYPE##_GREATER_F) X(TEST_##TYPE##_ATLEAST_T) \
    X(TEST_##TYPE##_ATLEAST_F)
#define BARE_OPS(X)                                                                 \
    TYPE_TESTS(X, INT) TYPE_TESTS(X, UINT) TYPE_TESTS(X, DOUBLE)                    \
    X(TEST_TEXT_EQUAL_T) X(TEST_TEXT_EQUAL_F) X(TEST_TEXT_IN_T) X(TEST_TEXT_IN_F)   \
    X(TEST_WORD_IN_T) X(TEST_WORD_IN_F) X(TEST_BOOL_T) X(TEST_BOOL_F)               \
    X(TEST_HAS_T) X(TEST_HAS_F) X(JUMP) X(RAISE) X(RETURN_TRUE) X(RAISE_TRUE)       \
    X(RETURN_FALSE)
#define WORD_OPS(X)                                                                 \
    X(CONSTANT) X(LOAD_WORD) X(HAS) X(MOVE)                                         \
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
    BARE_LENGTH = 500, /* instructions: without optimisation each is a call */
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
    if (at.op == IOC_OP_CONSTANT && !is_word(code->constants[at.c].type))
        return NEITHER;
    bool is_set = at.op >= IOC_OP_TEST_TEXT_IN_T && at.op <= IOC_OP_TEST_WORD_IN_F;
    return is_set && code->constants[at.c].count > BARE_SET ? WORDS : sorts[at.op];
}

bool ioc_quick_find(const struct ioc_code *code, enum ioc_type type, struct ioc_quick *quick)
{
    int frame = -1;
    *quick = (struct ioc_quick){.is_bare = true};
    if (!is_word(type))
        return false;
    for (uint32_t i = 0; i < code->count; i++) {
        struct ioc_instruction at = code->instructions[i];
        if (at.op == IOC_OP_CATCH) /* only faults lead there */
            continue;
        int sort = sort_out(code, at);
        if (sort == NEITHER)
            return false;
        bool tests = ioc_opcodes[at.op].operands[0] == 'f',
             asks = at.op == IOC_OP_TEST_HAS_T || at.op == IOC_OP_TEST_HAS_F;
        if (sort != BARE || (tests && frame >= 0 && frame != at.a))
            quick->is_bare = false;
        if (tests)
            frame = at.a;
        if (at.op == IOC_OP_LOAD_WORD && !add_need(quick, (uint8_t)at.b, at.c))
            return false;
        if (tests && !asks && !add_need(quick, at.a, at.b))
            return false;
    }
    quick->is_bare &= quick->count == 1 && code->count <= BARE_LENGTH;
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
#define BARE_INSTRUCTIONS                                                 \
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
#define ROW row
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
#undef NEXT_INSTRUCTION
#undef SLOT
#undef ROW
#undef TEXT_IN
#undef WORD_IN
#undef BRANCH
#undef DECISION

/* ------------------------------------------------------------- words: one function */

static inline bool has_text(const struct ioc_boxed *set, const char *row, struct ioc_ref ref)
{
    return ioc_set_has_text(set, (struct ioc_text){row + ref.offset, ref.count});
}

#define NEXT_INSTRUCTION goto *labels[at->op]
#define SLOT slots[at->a][at->b]
#define ROW (const char *)frames[at->a]
#define TEXT_IN has_text
#define WORD_IN ioc_set_has_word
#define ON(name) run_##name:
#define GO_ON             \
    do {                  \
        at++;             \
        NEXT_INSTRUCTION; \
    } while (0)
#define GIVE_UP return false
#define A registers[at->a]
#define B registers[at->b]
#define C registers[at->c]
#define PLAIN(name, member, value) \
    ON(name)                       \
    {                              \
        A.member = (value);        \
        GO_ON;                     \
    }
#define CHECKED(name, member, operation)              \
    ON(name)                                          \
    {                                                 \
        if (operation(B.member, C.member, &A.member)) \
            GIVE_UP;                                  \
        GO_ON;                                        \
    }
#define BRANCH(name, condition)            \
    ON(name)                               \
    {                                      \
        if (condition) {                   \
            at = instructions + at->d;     \
            NEXT_INSTRUCTION;              \
        }                                  \
        GO_ON;                             \
    }
#define DECISION(name, decided) \
    ON(name)                    \
    {                           \
        out->u = (decided);     \
        return true;            \
    }

bool ioc_quick_run(const struct ioc_bytecode *bytecode, const struct ioc_quick *quick,
    const struct ioc_row *const *frames, union ioc_word *out)
{
    static const void *const labels[IOC_OPS] = {
#define X(name) [IOC_OP_##name] = &&run_##name,
        BARE_OPS(X) WORD_OPS(X)
#undef X
    };
    const union ioc_word *slots[IOC_FRAMES_MOST];
    union ioc_word registers[IOC_QUICK_REGISTERS];
    for (uint32_t i = 0; i < quick->count; i++) {
        const struct ioc_row *row = frames[quick->needs[i].frame];
        if (!ioc_quick_is_there(&quick->needs[i], row))
            GIVE_UP;
        slots[quick->needs[i].frame] = ioc_row_words(row);
    }
    const struct ioc_instruction *const instructions = bytecode->instructions;
    const struct ioc_boxed *const constants = bytecode->constants;
    const struct ioc_instruction *at = instructions;
    NEXT_INSTRUCTION;

    PLAIN(CONSTANT, u, constants[at->c].natural)
    PLAIN(LOAD_WORD, u, slots[at->b][at->c].u)
    PLAIN(HAS, u, ioc_row_has(frames[at->b], at->c))
    PLAIN(MOVE, u, B.u)
    CHECKED(ADD_INT, i, __builtin_add_overflow)
    CHECKED(SUBTRACT_INT, i, __builtin_sub_overflow)
    CHECKED(MULTIPLY_INT, i, __builtin_mul_overflow)
    CHECKED(ADD_UINT, u, __builtin_add_overflow)
    CHECKED(SUBTRACT_UINT, u, __builtin_sub_overflow)
    CHECKED(MULTIPLY_UINT, u, __builtin_mul_overflow)
    CHECKED(ADD_SPAN, i, __builtin_add_overflow)
    CHECKED(SUBTRACT_SPAN, i, __builtin_sub_overflow)
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
    PLAIN(DOUBLE_OF_INT, d, (double)B.i)
    PLAIN(DOUBLE_OF_UINT, d, (double)B.u)
    PLAIN(NOT, u, !B.u)
    PLAIN(EQUAL_WORD, u, B.u == C.u)
    PLAIN(EQUAL_DOUBLE, u, B.d == C.d)
    PLAIN(LESS_INT, u, B.i < C.i)
    PLAIN(LESS_UINT, u, B.u < C.u)
    PLAIN(LESS_DOUBLE, u, B.d < C.d)
    PLAIN(ATMOST_INT, u, B.i <= C.i)
    PLAIN(ATMOST_UINT, u, B.u <= C.u)
    PLAIN(ATMOST_DOUBLE, u, B.d <= C.d)
    PLAIN(IN_WORDS, u, ioc_set_has_word(&constants[at->c], B.u))

    BRANCH(JUMP_TRUE, A.u)
    BRANCH(JUMP_FALSE, !A.u)
    BRANCH(FORGET, false)
    ON(RETURN)
    {
        *out = A;
        return true;
    }
    BARE_INSTRUCTIONS
}
