/*
 * rules/cel/loop.c — macros as loops.
 *
 * all and exists hold back the faults of elements as && and || do; the others do not.
 */
#include "rules/cel/compiler.h"

static void add(
    struct ioc_compiler *compiler, enum ioc_op op, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    ioc_code_add(compiler->code, op, a, b, c, d);
}

struct loop { /* one being written */
    const struct ioc_node *node;
    uint32_t range, first; /* registers: range and place in it; the variables */
    uint16_t top, end;
    uint32_t from; /* position of the top */
};

static void expect_variable(
    struct ioc_compiler *compiler, const struct ioc_shape *shape, uint32_t at)
{
    struct ioc_node probe = {.shape = shape};
    ioc_compiler_expect(compiler, at, ioc_compiler_kind(compiler, &probe));
}

/* The kinds that the checker gave the variables must hold for every item. */
static void expect_items(struct ioc_compiler *compiler, const struct loop *loop)
{
    struct ioc_node *range = loop->node->items[IOC_LOOP_RANGE];
    const struct ioc_shape *shape = ioc_shape_look(&compiler->checker->shapes, range->shape);
    if (shape->kind == IOC_LIST)
        expect_variable(compiler, shape->params[0], loop->first + loop->node->is_two);
    if (shape->kind == IOC_MAP) {
        expect_variable(compiler, shape->params[0], loop->first);
        if (loop->node->is_two)
            expect_variable(compiler, shape->params[1], loop->first + 1);
    }
}

/* The range is in its register; behind this comes the body. */
static void begin(struct ioc_compiler *compiler, struct loop *loop, const struct ioc_node *node)
{
    loop->node = node;
    loop->range = ioc_compiler_register(compiler, 2);
    loop->first = ioc_compiler_register(compiler, node->is_two ? 2 : 1);
    loop->top = ioc_code_label(compiler->code);
    loop->end = ioc_code_label(compiler->code);
    compiler->locals[node->local] = (uint8_t)loop->first;
    if (node->is_two)
        compiler->locals[node->local + 1] = (uint8_t)(loop->first + 1);
    ioc_compiler_value(compiler, node->items[IOC_LOOP_RANGE], loop->range);
    compiler->code->place = (struct ioc_code_place){node->offset, node->length};
    add(compiler, IOC_OP_START, loop->range, loop->range, 0, 0);
    compiler->loops++;
}

static void put_top(struct ioc_compiler *compiler, struct loop *loop)
{
    ioc_code_put(compiler->code, loop->top);
    loop->from = compiler->code->count;
    add(compiler, IOC_OP_NEXT, loop->range, loop->first, loop->node->is_two, loop->end);
}

static void put_back(struct ioc_compiler *compiler, struct loop *loop)
{
    add(compiler, IOC_OP_BACK, 0, 0, compiler->code->count - loop->from + 1, loop->top);
    compiler->loops--;
}

static void compile_quantifier(
    struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    struct ioc_code *code = compiler->code;
    struct loop loop;
    bool deciding = node->loop == IOC_LOOP_EXISTS;
    uint16_t decided = ioc_code_label(code), after = ioc_code_label(code), outside = code->handler;
    begin(compiler, &loop, node);
    uint8_t caught = ioc_compiler_catch(compiler);
    put_top(compiler, &loop);
    uint16_t handler = ioc_code_label(code), back = ioc_code_label(code);
    code->handler = handler;
    expect_items(compiler, &loop);
    ioc_condition_compile(compiler, node->items[IOC_LOOP_BODY], deciding, decided);
    code->handler = outside;
    ioc_code_put(code, back);
    put_back(compiler, &loop);
    ioc_compiler_pad(compiler, handler, caught, back);
    ioc_code_put(code, loop.end);
    add(compiler, IOC_OP_RAISE, caught, 0, 0, 0);
    struct ioc_boxed value = ioc_boxed_bool(!deciding);
    add(compiler, IOC_OP_CONSTANT, to, 0, ioc_code_constant(code, &value), 0);
    add(compiler, IOC_OP_JUMP, 0, 0, 0, after);
    ioc_code_put(code, decided);
    value = ioc_boxed_bool(deciding);
    add(compiler, IOC_OP_CONSTANT, to, 0, ioc_code_constant(code, &value), 0);
    ioc_code_put(code, after);
    ioc_compiler_release(compiler);
}

static void compile_exists_one(
    struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    struct ioc_code *code = compiler->code;
    struct loop loop;
    uint32_t count = ioc_compiler_register(compiler, 1);
    struct ioc_boxed zero = ioc_boxed_int(0);
    begin(compiler, &loop, node);
    add(compiler, IOC_OP_CONSTANT, count, 0, ioc_code_constant(code, &zero), 0);
    put_top(compiler, &loop);
    uint16_t skip = ioc_code_label(code);
    expect_items(compiler, &loop);
    ioc_condition_compile(compiler, node->items[IOC_LOOP_BODY], false, skip);
    add(compiler, IOC_OP_ONE_MORE, count, 0, 0, 0);
    ioc_code_put(code, skip);
    put_back(compiler, &loop);
    ioc_code_put(code, loop.end);
    add(compiler, IOC_OP_IS_ONE, to, count, 0, 0);
}

static void compile_collection(
    struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    struct ioc_code *code = compiler->code;
    struct loop loop;
    bool is_map = node->loop == IOC_LOOP_MAP, is_entries = node->loop == IOC_LOOP_ENTRIES;
    uint32_t made = ioc_compiler_register(compiler, 1);
    begin(compiler, &loop, node);
    add(compiler, is_map || is_entries ? IOC_OP_MAP_FOR : IOC_OP_LIST_FOR, made, loop.range, 0, 0);
    put_top(compiler, &loop);
    uint16_t skip = ioc_code_label(code);
    expect_items(compiler, &loop);
    if (node->items[IOC_LOOP_FILTER])
        ioc_condition_compile(compiler, node->items[IOC_LOOP_FILTER], false, skip);
    uint32_t mark = compiler->top,
             value = ioc_compiler_operand(compiler, node->items[IOC_LOOP_BODY]);
    compiler->code->place = (struct ioc_code_place){node->offset, node->length};
    if (is_map)
        add(compiler, IOC_OP_MAP_PUT, made, loop.first, value, 0);
    else if (is_entries)
        add(compiler, IOC_OP_MAP_MERGE, made, value, 0, 0);
    else
        add(compiler, IOC_OP_LIST_PUSH, made, value, 0, 0);
    compiler->top = mark;
    ioc_code_put(code, skip);
    put_back(compiler, &loop);
    ioc_code_put(code, loop.end);
    add(compiler, IOC_OP_MOVE, to, made, 0, 0);
}

void ioc_loop_compile(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    switch ((enum ioc_loop)node->loop) {
    case IOC_LOOP_ALL:
    case IOC_LOOP_EXISTS: compile_quantifier(compiler, node, to); break;
    case IOC_LOOP_EXISTS_ONE: compile_exists_one(compiler, node, to); break;
    case IOC_LOOP_LIST:
    case IOC_LOOP_MAP:
    case IOC_LOOP_ENTRIES: compile_collection(compiler, node, to); break;
    case IOC_LOOP_OPTIONAL: /* unwrap.c */
    case IOC_LOOP_OPTIONAL_FLAT: break;
    case IOC_LOOP_BIND: {
        uint32_t value = ioc_compiler_register(compiler, 1);
        ioc_compiler_value(compiler, node->items[IOC_LOOP_RANGE], value);
        compiler->locals[node->local] = (uint8_t)value;
        ioc_compiler_value(compiler, node->items[IOC_LOOP_BODY], to);
        break;
    }
    }
}
