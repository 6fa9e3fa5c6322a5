/*
 * rules/cel/condition.c — conditions as jumps: && and || chains, tests of a slot against a constant or another
 * slot, comparisons of registers.
 *
 * In a chain every operand that can fail gets a handler behind the code, which holds the fault back
 * and goes on with the next operand; when no operand decides, RAISE gives the fault to the outside.
 */
#include "rules/cel/builtin.h"
#include "rules/cel/compiler.h"

static void add(
    struct ioc_compiler *compiler, enum ioc_op op, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    ioc_code_add(compiler->code, op, a, b, c, d);
}

/* The operands one by one; jumps to `decided` when one has the deciding value, goes on when none has. */
static void compile_operands(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool deciding, uint16_t decided)
{
    struct ioc_code *code = compiler->code;
    uint16_t outside = code->handler;
    uint8_t caught = ioc_compiler_catch(compiler);
    bool can_fail = false;
    for (uint32_t i = 0; i < node->count && compiler->status == IOC_OK; i++) {
        uint16_t handler = ioc_code_label(code), back = ioc_code_label(code);
        uint32_t from = code->count;
        code->handler = handler;
        ioc_condition_compile(compiler, node->items[i], deciding, decided);
        code->handler = outside;
        ioc_code_put(code, back);
        if (ioc_code_can_fail(code, from, handler)) {
            can_fail = true;
            ioc_compiler_pad(compiler, handler, caught, back);
        }
    }
    if (can_fail)
        add(compiler, IOC_OP_RAISE, caught, 0, 0, 0);
    ioc_compiler_release(compiler);
}

static void compile_chain(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool wanted, uint16_t label)
{
    bool deciding = node->kind == IOC_NODE_OR;
    if (deciding == wanted) {
        compile_operands(compiler, node, deciding, label);
        return;
    }
    uint16_t decided = ioc_code_label(compiler->code);
    compile_operands(compiler, node, deciding, decided);
    add(compiler, IOC_OP_JUMP, 0, 0, 0, label);
    ioc_code_put(compiler->code, decided);
}

/* The comparisons that a test can make, and the same with the sides exchanged. */
static const struct comparison {
    const char *name;
    uint8_t plain, swapped; /* offset from the first test of a type, in pairs of _T and _F */
    bool is_negated;
} comparisons[] = {
    {"_==_", 0, 0, false},
    {"_!=_", 0, 0, true},
    {"_<_", 2, 6, false},
    {"_<=_", 4, 8, false},
    {"_>_", 6, 2, false},
    {"_>=_", 8, 4, false},
};

static const struct comparison *find_comparison(struct ioc_text name)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        if (ioc_text_equal(name, ioc_text_of(comparisons[i].name)))
            return &comparisons[i];
    }
    return NULL;
}

static bool is_slot(const struct ioc_node *node)
{
    return node->kind != IOC_NODE_HAS && node->meaning == IOC_MEANS_SLOT;
}

/* slot op constant in one instruction, if it is that. */
static bool compile_test(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool wanted, uint16_t label)
{
    const struct comparison *comparison = node->count == 2 ? find_comparison(node->name) : NULL;
    if (!comparison)
        return false;
    const struct ioc_node *slot = node->items[0], *constant = node->items[1];
    bool is_swapped = slot->kind == IOC_NODE_LITERAL;
    if (is_swapped) {
        slot = node->items[1];
        constant = node->items[0];
    }
    uint32_t kind = ioc_compiler_kind(compiler, slot);
    if (!is_slot(slot) || constant->kind != IOC_NODE_LITERAL || constant->value.type != kind)
        return false;
    uint32_t op = is_swapped ? comparison->swapped : comparison->plain;
    if (kind == IOC_INT || kind == IOC_DURATION)
        op += IOC_OP_TEST_INT_EQUAL_T;
    else if (kind == IOC_UINT)
        op += IOC_OP_TEST_UINT_EQUAL_T;
    else if (kind == IOC_DOUBLE)
        op += IOC_OP_TEST_DOUBLE_EQUAL_T;
    else if (kind == IOC_STRING && op == 0)
        op += IOC_OP_TEST_TEXT_EQUAL_T;
    else
        return false;
    op += wanted == comparison->is_negated; /* the _F one follows the _T one */
    ioc_compiler_read(compiler, slot);
    add(compiler, op, slot->frame, slot->slot, ioc_code_constant(compiler->code, &constant->value),
        label);
    return true;
}

/* slot op slot in one instruction, if it is that. */
static bool compile_slots(struct ioc_compiler *compiler, const struct ioc_node *const *items,
    uint32_t kind, uint32_t comparison, uint32_t otherwise, uint16_t label)
{
    static_assert(IOC_FRAMES_MOST <= 16, "two frames are one operand");
    enum ioc_op op;
    if (kind == IOC_INT || kind == IOC_DURATION || kind == IOC_TIMESTAMP || (kind == IOC_BOOL && comparison == 0))
        op = IOC_OP_TEST_INT_EQUAL_SLOT_T;
    else if (kind == IOC_UINT)
        op = IOC_OP_TEST_UINT_EQUAL_SLOT_T;
    else if (kind == IOC_DOUBLE)
        op = IOC_OP_TEST_DOUBLE_EQUAL_SLOT_T;
    else if ((kind == IOC_STRING || kind == IOC_BYTES) && comparison == 0)
        op = IOC_OP_TEST_TEXT_EQUAL_SLOT_T;
    else
        return false;
    ioc_compiler_read(compiler, items[0]);
    ioc_compiler_read(compiler, items[1]);
    add(compiler, op + comparison + otherwise, items[0]->frame | items[1]->frame << 4u, items[0]->slot,
        items[1]->slot, label);
    return true;
}

static bool is_literal(const struct ioc_node *node, uint32_t kind)
{
    return node->kind == IOC_NODE_LITERAL && node->value.type == kind;
}

/* Values of one kind compared in one instruction that jumps: slots, registers, a register and a constant. */
static bool compile_comparison(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool wanted, uint16_t label)
{
    const struct comparison *found = node->count == 2 ? find_comparison(node->name) : NULL;
    uint32_t kind = found ? ioc_compiler_kind(compiler, node->items[0]) : IOC_DYN;
    if (!found || kind != ioc_compiler_kind(compiler, node->items[1]))
        return false;
    bool is_fixed = kind != IOC_TIMESTAMP && (is_literal(node->items[0], kind) || is_literal(node->items[1], kind));
    bool is_swapped = is_fixed ? is_literal(node->items[0], kind) : found->plain > 4;
    uint32_t comparison = is_swapped ? found->swapped : found->plain, otherwise = wanted == found->is_negated;
    const struct ioc_node *items[] = {node->items[is_swapped], node->items[!is_swapped]};
    if (is_slot(items[0]) && is_slot(items[1]))
        return compile_slots(compiler, items, kind, comparison, otherwise, label);
    uint32_t op, fixed;
    switch (kind) {
    case IOC_INT:
    case IOC_DURATION: op = IOC_OP_JUMP_INT_EQUAL_T, fixed = IOC_OP_JUMP_INT_EQUAL_FIXED_T; break;
    case IOC_UINT: op = IOC_OP_JUMP_UINT_EQUAL_T, fixed = IOC_OP_JUMP_UINT_EQUAL_FIXED_T; break;
    case IOC_DOUBLE: op = IOC_OP_JUMP_DOUBLE_EQUAL_T, fixed = IOC_OP_JUMP_DOUBLE_EQUAL_FIXED_T; break;
    case IOC_TIMESTAMP: op = fixed = IOC_OP_JUMP_TIME_EQUAL_T; break;
    default: return false;
    }
    uint32_t mark = compiler->top;
    if (is_fixed) {
        uint32_t value = ioc_compiler_operand(compiler, items[0]);
        add(compiler, fixed + comparison + otherwise, value, 0,
            ioc_code_constant(compiler->code, &items[1]->value), label);
    } else { /* as they are written: of two faults the first is the outcome */
        uint32_t left = ioc_compiler_operand(compiler, node->items[0]),
                 right = ioc_compiler_operand(compiler, node->items[1]);
        add(compiler, op + comparison + otherwise, is_swapped ? right : left, is_swapped ? left : right, 0, label);
    }
    compiler->top = mark;
    return true;
}

/* slot in [constants] in one instruction. */
static bool compile_membership(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool wanted, uint16_t label)
{
    const struct ioc_node *slot = node->count == 2 ? node->items[0] : NULL;
    if (!slot || !is_slot(slot))
        return false;
    int set = ioc_compiler_set(compiler, node);
    if (set < 0)
        return false;
    uint32_t kind = ioc_compiler_kind(compiler, slot);
    bool is_text = kind == IOC_STRING || kind == IOC_BYTES;
    enum ioc_op op = is_text ? IOC_OP_TEST_TEXT_IN_T : IOC_OP_TEST_WORD_IN_T;
    ioc_compiler_read(compiler, slot);
    add(compiler, op + !wanted, slot->frame, slot->slot, (uint32_t)set, label);
    return true;
}

/* A bool in a slot, or whether a slot is there. */
static bool compile_slot(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool wanted, uint16_t label)
{
    if (node->meaning != IOC_MEANS_SLOT || ioc_compiler_kind(compiler, node) != IOC_BOOL)
        return false;
    enum ioc_op op = node->kind == IOC_NODE_HAS ? IOC_OP_TEST_HAS_T : IOC_OP_TEST_BOOL_T;
    ioc_compiler_read(compiler, node);
    add(compiler, op + !wanted, node->frame, node->slot, 0, label);
    return true;
}

void ioc_condition_compile(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool wanted, uint16_t label)
{
    if (compiler->status != IOC_OK)
        return;
    if (node->kind == IOC_NODE_AND || node->kind == IOC_NODE_OR) {
        compile_chain(compiler, node, wanted, label);
        return;
    }
    compiler->code->place = (struct ioc_code_place){node->offset, node->length};
    bool is_negation = node->kind == IOC_NODE_CALL && ioc_text_equal(node->name, IOC_TEXT("!_"));
    if (is_negation && ioc_compiler_kind(compiler, node->items[0]) == IOC_BOOL) {
        ioc_condition_compile(compiler, node->items[0], !wanted, label);
        return;
    }
    if (node->kind == IOC_NODE_LITERAL && node->value.type == IOC_BOOL) {
        if (node->value.boolean == wanted)
            add(compiler, IOC_OP_JUMP, 0, 0, 0, label);
        return;
    }
    if (ioc_unwrap_condition(compiler, node, wanted, label))
        return;
    if (node->kind == IOC_NODE_CALL && (compile_test(compiler, node, wanted, label) ||
                                           compile_comparison(compiler, node, wanted, label) ||
                                           compile_membership(compiler, node, wanted, label)))
        return;
    if (compile_slot(compiler, node, wanted, label))
        return;
    uint32_t mark = compiler->top, value = ioc_compiler_operand(compiler, node);
    if (ioc_compiler_kind(compiler, node) != IOC_BOOL)
        ioc_compiler_expect(compiler, value, IOC_BOOL);
    add(compiler, wanted ? IOC_OP_JUMP_TRUE : IOC_OP_JUMP_FALSE, value, 0, 0, label);
    compiler->top = mark;
}
