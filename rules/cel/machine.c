/*
 * rules/cel/machine.c — the interpreter.
 *
 * A register is a boxed value: typed instructions write type and word and read only the word, so
 * that nothing has to be converted where typed and dynamic code meet.
 *
 * A fault jumps to the handler of its instruction.  `a && b` catches the fault of a, goes on with b,
 * and raises it again unless b decided; of two faults the stronger stays (an error hides a missing
 * field), else the first.  Back edges pay for the length of the loop, so that steps bound the time.
 *
 * ioc_machine_run is one function on purpose: the compiler then keeps its state in registers and
 * gives each instruction its own indirect jump.
 */
#include "rules/cel/machine.h"
#include "rules/cel/access.h"
#include "rules/cel/builtin.h"
#include "rules/cel/moment.h"
#include "rules/cel/number.h"
#include "rules/cel/optional.h"
#include "rules/cel/set.h"

enum { CALL_STEPS = 10 };

static inline bool find_slot(
    const struct ioc_row *const *frames, uint32_t frame, ioc_slot slot, union ioc_word *word)
{
    const struct ioc_row *row = frames[frame];
    if (__builtin_expect(!ioc_row_has(row, slot), 0))
        return false;
    *word = ioc_row_word(row, slot);
    return true;
}

static void catch_fault(struct ioc_caught *caught, struct ioc_caught fault)
{
    bool is_stronger = caught->fault == IOC_FAULT_MISSING && fault.fault != IOC_FAULT_MISSING;
    if (caught->fault == IOC_FAULT_NONE || is_stronger)
        *caught = fault;
}

#define NEXT_INSTRUCTION goto *labels[at->op]
#define ON(name) run_##name:
#define GO_ON                  \
    do {                       \
        at++;                  \
        NEXT_INSTRUCTION;      \
    } while (0)
#define GO_TO(target)          \
    do {                       \
        at = instructions + (target); \
        NEXT_INSTRUCTION;      \
    } while (0)
#define FAIL(which)            \
    do {                       \
        fault = (which);       \
        goto failed;           \
    } while (0)
#define TRY(call)              \
    do {                       \
        fault = (call);        \
        if (fault)             \
            goto failed;       \
        GO_ON;                 \
    } while (0)
#define A (&registers[at->a])
#define B (&registers[at->b])
#define C (&registers[at->c])
#define FIXED (&constants[at->c])
#define CHECKED(name, right, field, operation, boxed, otherwise)                 \
    ON(name)                                                                     \
    {                                                                            \
        typeof(A->field) result;                                                 \
        if (operation(B->field, right->field, &result))                          \
            FAIL(otherwise);                                                     \
        *A = boxed(result);                                                      \
        GO_ON;                                                                   \
    }
#define PLAIN(name, value)     \
    ON(name)                   \
    {                          \
        *A = (value);          \
        GO_ON;                 \
    }
#define ORDER(name, condition)                    \
    ON(name)                                      \
    {                                             \
        if (!ioc_access_pay(scratch, B))          \
            FAIL(IOC_FAULT_STEPS);                \
        int order = ioc_boxed_order(B, C);        \
        if (order == IOC_ORDER_NEVER)             \
            FAIL(IOC_FAULT_OVERLOAD);             \
        *A = ioc_boxed_bool(condition);           \
        GO_ON;                                    \
    }
#define BRANCH(name, condition)  \
    ON(name)                     \
    {                            \
        if (condition)           \
            GO_TO(at->d);        \
        GO_ON;                   \
    }
#define BRANCHES(name, condition) BRANCH(name##_T, condition) BRANCH(name##_F, !(condition))
#define JUMPS(TYPE, left, right)                      \
    BRANCHES(JUMP_##TYPE##_EQUAL, left == right)      \
    BRANCHES(JUMP_##TYPE##_LESS, left < right)        \
    BRANCHES(JUMP_##TYPE##_ATMOST, left <= right)
#define FIXED_JUMPS(TYPE, field)                                        \
    BRANCHES(JUMP_##TYPE##_EQUAL_FIXED, A->field == FIXED->field)       \
    BRANCHES(JUMP_##TYPE##_LESS_FIXED, A->field < FIXED->field)         \
    BRANCHES(JUMP_##TYPE##_ATMOST_FIXED, A->field <= FIXED->field)      \
    BRANCHES(JUMP_##TYPE##_GREATER_FIXED, A->field > FIXED->field)      \
    BRANCHES(JUMP_##TYPE##_ATLEAST_FIXED, A->field >= FIXED->field)
#define TEST(name, condition, wanted)                            \
    ON(name)                                                     \
    {                                                            \
        union ioc_word word;                                     \
        if (!find_slot(frames, at->a, at->b, &word))             \
            FAIL(IOC_FAULT_MISSING);                             \
        if ((condition) == (wanted))                             \
            GO_TO(at->d);                                         \
        GO_ON;                                                   \
    }
#define TEST_BOTH(name, condition) TEST(name##_T, condition, true) TEST(name##_F, condition, false)
#define TESTS(TYPE, member, field)                                           \
    TEST_BOTH(TEST_##TYPE##_EQUAL, word.member == constants[at->c].field)     \
    TEST_BOTH(TEST_##TYPE##_LESS, word.member < constants[at->c].field)       \
    TEST_BOTH(TEST_##TYPE##_ATMOST, word.member <= constants[at->c].field)    \
    TEST_BOTH(TEST_##TYPE##_GREATER, word.member > constants[at->c].field)    \
    TEST_BOTH(TEST_##TYPE##_ATLEAST, word.member >= constants[at->c].field)

#define TEST_SLOTS(name, condition, wanted, bytes)                  \
    ON(name)                                                        \
    {                                                               \
        union ioc_word word, other;                                 \
        if (!find_slot(frames, at->a & 15, at->b, &word) ||         \
            !find_slot(frames, at->a >> 4, at->c, &other))          \
            FAIL(IOC_FAULT_MISSING);                                \
        if (bytes && !ioc_scratch_spend_bytes(scratch, bytes))      \
            FAIL(IOC_FAULT_STEPS);                                  \
        if ((condition) == (wanted))                                \
            GO_TO(at->d);                                           \
        GO_ON;                                                      \
    }
#define TEST_BOTH_SLOTS(name, condition, bytes) \
    TEST_SLOTS(name##_SLOT_T, condition, true, bytes) TEST_SLOTS(name##_SLOT_F, condition, false, bytes)
#define SLOT_TESTS(TYPE, member)                                       \
    TEST_BOTH_SLOTS(TEST_##TYPE##_EQUAL, word.member == other.member, 0)  \
    TEST_BOTH_SLOTS(TEST_##TYPE##_LESS, word.member < other.member, 0)    \
    TEST_BOTH_SLOTS(TEST_##TYPE##_ATMOST, word.member <= other.member, 0)

enum ioc_outcome ioc_machine_run(
    const struct ioc_bytecode *bytecode, struct ioc_scratch *scratch, struct ioc_boxed *out)
{
    static const void *const labels[IOC_OPS] = {
#define X(name, operands, fails) [IOC_OP_##name] = &&run_##name,
        IOC_OPCODES(X)
#undef X
    };
    const struct ioc_instruction *const instructions = bytecode->instructions;
    const struct ioc_boxed *const constants = bytecode->constants;
    const struct ioc_row *const *const frames = scratch->frames;
    struct ioc_boxed *const registers = scratch->registers;
    const struct ioc_instruction *at = instructions;
    enum ioc_fault fault;
    for (uint32_t i = 0; i < bytecode->fresh; i++)
        scratch->caught[i].fault = IOC_FAULT_NONE;
    NEXT_INSTRUCTION;

    PLAIN(CONSTANT, constants[at->c])
    PLAIN(CONSTANT_TIME, constants[at->c])
    ON(LOAD_WORD)
    {
        union ioc_word word;
        if (!find_slot(frames, at->b, at->c, &word))
            FAIL(IOC_FAULT_MISSING);
        *A = (struct ioc_boxed){.natural = word.u, .type = (uint8_t)at->d};
        GO_ON;
    }
    ON(LOAD_TEXT)
    {
        union ioc_word word;
        if (!find_slot(frames, at->b, at->c, &word))
            FAIL(IOC_FAULT_MISSING);
        *A = (struct ioc_boxed){.text = (const char *)frames[at->b] + word.ref.offset,
            .count = word.ref.count, .type = (uint8_t)at->d};
        GO_ON;
    }
    ON(LOAD_TIME)
    {
        union ioc_word word;
        if (!find_slot(frames, at->b, at->c, &word))
            FAIL(IOC_FAULT_MISSING);
        *A = ioc_moment_of(word.i);
        GO_ON;
    }
    ON(LOAD_PART)
    {
        union ioc_word word;
        if (!find_slot(frames, at->b & 0xff, at->c, &word))
            FAIL(IOC_FAULT_MISSING);
        *A = ioc_boxed_int(ioc_moment_time_part(word.i, &constants[at->d], at->b >> 8));
        GO_ON;
    }
    ON(LOAD_ANY) TRY(ioc_access_slot(scratch, at, A));
    ON(LOAD_RECORD) TRY(ioc_access_record(scratch, (uint8_t)at->b, &constants[at->c], A));
    PLAIN(HAS, ioc_boxed_bool(ioc_row_has(frames[at->b], at->c)))
    PLAIN(MOVE, *B)
    ON(EXPECT)
    {
        if (A->type != at->b)
            FAIL(IOC_FAULT_OVERLOAD);
        GO_ON;
    }

    CHECKED(ADD_INT, C, integer, __builtin_add_overflow, ioc_boxed_int, IOC_FAULT_OVERFLOW)
    CHECKED(SUBTRACT_INT, C, integer, __builtin_sub_overflow, ioc_boxed_int, IOC_FAULT_OVERFLOW)
    CHECKED(MULTIPLY_INT, C, integer, __builtin_mul_overflow, ioc_boxed_int, IOC_FAULT_OVERFLOW)
    CHECKED(ADD_INT_FIXED, FIXED, integer, __builtin_add_overflow, ioc_boxed_int, IOC_FAULT_OVERFLOW)
    CHECKED(SUBTRACT_INT_FIXED, FIXED, integer, __builtin_sub_overflow, ioc_boxed_int, IOC_FAULT_OVERFLOW)
    CHECKED(MULTIPLY_INT_FIXED, FIXED, integer, __builtin_mul_overflow, ioc_boxed_int, IOC_FAULT_OVERFLOW)
    ON(DIVIDE_INT)
    {
        int64_t result;
        fault = ioc_number_divide(B->integer, C->integer, &result);
        if (fault)
            goto failed;
        *A = ioc_boxed_int(result);
        GO_ON;
    }
    ON(MODULO_INT)
    {
        int64_t result;
        fault = ioc_number_modulo(B->integer, C->integer, &result);
        if (fault)
            goto failed;
        *A = ioc_boxed_int(result);
        GO_ON;
    }
    ON(NEGATE_INT)
    {
        if (B->integer == INT64_MIN)
            FAIL(IOC_FAULT_OVERFLOW);
        *A = ioc_boxed_int(-B->integer);
        GO_ON;
    }
    CHECKED(ADD_UINT, C, natural, __builtin_add_overflow, ioc_boxed_uint, IOC_FAULT_OVERFLOW)
    CHECKED(SUBTRACT_UINT, C, natural, __builtin_sub_overflow, ioc_boxed_uint, IOC_FAULT_OVERFLOW)
    CHECKED(MULTIPLY_UINT, C, natural, __builtin_mul_overflow, ioc_boxed_uint, IOC_FAULT_OVERFLOW)
    ON(DIVIDE_UINT)
    {
        if (C->natural == 0)
            FAIL(IOC_FAULT_DIVISION);
        *A = ioc_boxed_uint(B->natural / C->natural);
        GO_ON;
    }
    ON(MODULO_UINT)
    {
        if (C->natural == 0)
            FAIL(IOC_FAULT_MODULUS);
        *A = ioc_boxed_uint(B->natural % C->natural);
        GO_ON;
    }
    PLAIN(ADD_DOUBLE, ioc_boxed_double(B->number + C->number))
    PLAIN(SUBTRACT_DOUBLE, ioc_boxed_double(B->number - C->number))
    PLAIN(MULTIPLY_DOUBLE, ioc_boxed_double(B->number * C->number))
    PLAIN(DIVIDE_DOUBLE, ioc_boxed_double(B->number / C->number))
    PLAIN(NEGATE_DOUBLE, ioc_boxed_double(-B->number))
    PLAIN(ADD_DOUBLE_FIXED, ioc_boxed_double(B->number + FIXED->number))
    PLAIN(SUBTRACT_DOUBLE_FIXED, ioc_boxed_double(B->number - FIXED->number))
    PLAIN(MULTIPLY_DOUBLE_FIXED, ioc_boxed_double(B->number * FIXED->number))
    PLAIN(DIVIDE_DOUBLE_FIXED, ioc_boxed_double(B->number / FIXED->number))
    PLAIN(DOUBLE_OF_INT, ioc_boxed_double((double)B->integer))
    PLAIN(DOUBLE_OF_UINT, ioc_boxed_double((double)B->natural))
    ON(ADD_TIME) TRY(ioc_moment_add(B, C->integer, A));
    ON(SUBTRACT_TIME)
    {
        if (C->integer == INT64_MIN)
            FAIL(IOC_FAULT_TIME);
        TRY(ioc_moment_add(B, -C->integer, A));
    }
    ON(SUBTRACT_TIMES)
    {
        int64_t span;
        fault = ioc_moment_since(B, C, &span);
        if (fault)
            goto failed;
        *A = ioc_boxed_span(span);
        GO_ON;
    }
    CHECKED(ADD_SPAN, C, integer, __builtin_add_overflow, ioc_boxed_span, IOC_FAULT_TIME)
    CHECKED(SUBTRACT_SPAN, C, integer, __builtin_sub_overflow, ioc_boxed_span, IOC_FAULT_TIME)

    PLAIN(NOT, ioc_boxed_bool(!B->boolean))
    PLAIN(EQUAL_WORD, ioc_boxed_bool(B->natural == C->natural))
    PLAIN(EQUAL_DOUBLE, ioc_boxed_bool(B->number == C->number))
    PLAIN(EQUAL_TIME, ioc_boxed_bool(ioc_moment_order(B, C) == 0))
    ON(EQUAL_TEXT)
    {
        if (!ioc_access_pay(scratch, B))
            FAIL(IOC_FAULT_STEPS);
        *A = ioc_boxed_bool(ioc_text_equal(ioc_boxed_as_text(B), ioc_boxed_as_text(C)));
        GO_ON;
    }
    ON(EQUAL_ANY)
    {
        bool is_equal = ioc_boxed_equal(scratch, B, C);
        if (scratch->trouble)
            FAIL(scratch->trouble);
        *A = ioc_boxed_bool(is_equal);
        GO_ON;
    }
    PLAIN(LESS_INT, ioc_boxed_bool(B->integer < C->integer))
    PLAIN(LESS_UINT, ioc_boxed_bool(B->natural < C->natural))
    PLAIN(LESS_DOUBLE, ioc_boxed_bool(B->number < C->number))
    PLAIN(LESS_TIME, ioc_boxed_bool(ioc_moment_order(B, C) < 0))
    ORDER(LESS_ANY, order < 0)
    PLAIN(ATMOST_INT, ioc_boxed_bool(B->integer <= C->integer))
    PLAIN(ATMOST_UINT, ioc_boxed_bool(B->natural <= C->natural))
    PLAIN(ATMOST_DOUBLE, ioc_boxed_bool(B->number <= C->number))
    PLAIN(ATMOST_TIME, ioc_boxed_bool(ioc_moment_order(B, C) <= 0))
    ORDER(ATMOST_ANY, order <= 0)
    PLAIN(IN_TEXTS, ioc_boxed_bool(ioc_set_has_text(&constants[at->c], ioc_boxed_as_text(B))))
    PLAIN(IN_WORDS, ioc_boxed_bool(ioc_set_has_word(&constants[at->c], B->natural)))
    ON(CALL)
    {
        if (!ioc_scratch_spend(scratch, CALL_STEPS) || !ioc_access_pay(scratch, B))
            FAIL(IOC_FAULT_STEPS);
        TRY(ioc_builtin_at(at->c)->run(scratch, B, A));
    }
    ON(CALL_ANY) TRY(ioc_access_call(scratch, at, B, A));
    ON(INDEX) TRY(ioc_access_index(scratch, B, C, at->d, A));
    ON(SELECT)
    {
        if (B->type != IOC_MAP && B->type != IOC_KIND_OPTIONAL)
            FAIL(IOC_FAULT_FIELD);
        TRY(ioc_access_index(scratch, B, &constants[at->c], at->d, A));
    }
    ON(HAS_KEY) TRY(ioc_access_has(scratch, B, &constants[at->c], A));

    ON(LIST_NEW) TRY(ioc_access_new(scratch, at->c, IOC_LIST, A));
    ON(LIST_FOR) TRY(ioc_access_new(scratch, B->count, IOC_LIST, A));
    ON(LIST_PUSH)
    {
        ((struct ioc_boxed *)A->items)[A->count] = *B;
        A->count++;
        GO_ON;
    }
    ON(MAP_NEW) TRY(ioc_access_new(scratch, at->c, IOC_MAP, A));
    ON(MAP_FOR) TRY(ioc_access_new(scratch, B->count, IOC_MAP, A));
    ON(MAP_PUT) TRY(ioc_access_put(scratch, A, B, C));
    ON(MAP_MERGE) TRY(ioc_access_merge(scratch, A, B));

    ON(WRAP) TRY(ioc_optional_wrap(scratch, B, A));
    ON(UNWRAP)
    {
        if (B->count == 0)
            GO_TO(at->d);
        *A = B->items[0];
        GO_ON;
    }
    ON(FIND)
    {
        bool is_there;
        fault = ioc_access_find(scratch, B, C, &is_there, A);
        if (fault)
            goto failed;
        if (!is_there)
            GO_TO(at->d);
        GO_ON;
    }
    ON(FIND_KEY)
    {
        bool is_there;
        fault = ioc_access_find(scratch, B, &constants[at->c], &is_there, A);
        if (fault)
            goto failed;
        if (!is_there)
            GO_TO(at->d);
        GO_ON;
    }
    BRANCH(JUMP_ZERO, ioc_optional_is_zero(A))
    ON(START) TRY(ioc_access_start(B, A));
    ON(NEXT)
    {
        uint64_t index = A[1].natural;
        if (index >= A->count)
            GO_TO(at->d);
        if (--scratch->passes < 0) {
            scratch->steps = -1;
            FAIL(IOC_FAULT_PASSES);
        }
        A[1].natural = index + 1;
        ioc_access_next(scratch, A, (uint32_t)index, at->c, B);
        GO_ON;
    }
    ON(BACK)
    {
        if (!ioc_scratch_spend(scratch, at->c))
            FAIL(IOC_FAULT_STEPS);
        GO_TO(at->d);
    }
    ON(ONE_MORE)
    {
        A->integer++;
        GO_ON;
    }
    PLAIN(IS_ONE, ioc_boxed_bool(B->integer == 1))
    ON(JUMP) GO_TO(at->d);
    BRANCH(JUMP_TRUE, A->boolean)
    BRANCH(JUMP_FALSE, !A->boolean)
    JUMPS(INT, A->integer, B->integer)
    JUMPS(UINT, A->natural, B->natural)
    JUMPS(DOUBLE, A->number, B->number)
    JUMPS(TIME, ioc_moment_order(A, B), 0)
    FIXED_JUMPS(INT, integer)
    FIXED_JUMPS(UINT, natural)
    FIXED_JUMPS(DOUBLE, number)
    ON(FORGET)
    {
        scratch->caught[at->a].fault = IOC_FAULT_NONE;
        GO_ON;
    }
    ON(CATCH)
    {
        catch_fault(&scratch->caught[at->a], scratch->pending);
        GO_TO(at->d);
    }
    ON(RAISE)
    {
        if (scratch->caught[at->a].fault == IOC_FAULT_NONE)
            GO_ON;
        scratch->pending = scratch->caught[at->a];
        goto raised;
    }
    ON(FAULT) FAIL((enum ioc_fault)at->a);
    ON(RETURN)
    {
        *out = *A;
        return IOC_OUTCOME_VALUE;
    }
    ON(RETURN_TRUE)
    {
        *out = ioc_boxed_bool(true);
        return IOC_OUTCOME_VALUE;
    }
    ON(RAISE_TRUE) /* RAISE, RETURN_TRUE */
    {
        if (scratch->caught[at->a].fault != IOC_FAULT_NONE) {
            scratch->pending = scratch->caught[at->a];
            goto raised;
        }
        *out = ioc_boxed_bool(true);
        return IOC_OUTCOME_VALUE;
    }
    ON(RETURN_FALSE)
    {
        *out = ioc_boxed_bool(false);
        return IOC_OUTCOME_VALUE;
    }

    TESTS(INT, i, integer)
    TESTS(UINT, u, natural)
    TESTS(DOUBLE, d, number)
    TEST_BOTH(TEST_TEXT_EQUAL,
        word.ref.count == constants[at->c].count
            && memcmp((const char *)frames[at->a] + word.ref.offset, constants[at->c].text,
                   word.ref.count) == 0)
    TEST_BOTH(TEST_TEXT_IN,
        ioc_set_has_text(&constants[at->c], ioc_row_text_at(frames[at->a], word.ref)))
    TEST_BOTH(TEST_WORD_IN, ioc_set_has_word(&constants[at->c], word.u))
    TEST_BOTH(TEST_BOOL, (word.u != 0))
    BRANCHES(TEST_HAS, ioc_row_has(frames[at->a], at->b))
    SLOT_TESTS(INT, i)
    SLOT_TESTS(UINT, u)
    SLOT_TESTS(DOUBLE, d)
    TEST_BOTH_SLOTS(TEST_TEXT_EQUAL,
        ioc_text_equal(ioc_row_text_at(frames[at->a & 15], word.ref), ioc_row_text_at(frames[at->a >> 4], other.ref)),
        word.ref.count)

failed:
    scratch->pending = (struct ioc_caught){(uint8_t)fault, (uint16_t)(at - instructions)};
raised:;
    uint16_t handler = bytecode->handlers ? bytecode->handlers[at - instructions] : IOC_CODE_NOWHERE;
    /* A used-up budget is not absorbed: the evaluation ends. */
    bool is_over = scratch->steps < 0 || scratch->pending.fault == IOC_FAULT_MEMORY;
    if (handler == IOC_CODE_NOWHERE || is_over)
        return scratch->pending.fault == IOC_FAULT_MISSING ? IOC_OUTCOME_MISSING
                                                           : IOC_OUTCOME_ERROR;
    scratch->trouble = IOC_FAULT_NONE;
    GO_TO(handler);
}
