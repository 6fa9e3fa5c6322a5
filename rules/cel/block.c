/*
 * rules/cel/block.c — cel.block([slots…], body): parts that are computed once and used often.
 *
 * Slots are computed in order, each once.  A fault of one is held back and comes out where the slot
 * is read, so that it looks as if slots were computed at their first use: what is not used cannot fail,
 * and && and || absorb the fault as if the expression stood there.
 */
#include "rules/cel/compiler.h"

static void compile_slot(
    struct ioc_compiler *compiler, const struct ioc_node *slot, uint32_t local, uint32_t to)
{
    struct ioc_code *code = compiler->code;
    compiler->locals[local] = (uint8_t)to;
    compiler->held[local] = 0;
    uint8_t caught = ioc_compiler_catch(compiler);
    uint16_t outside = code->handler, handler = ioc_code_label(code), back = ioc_code_label(code);
    uint32_t from = code->count;
    code->handler = handler;
    ioc_compiler_value(compiler, slot, to);
    code->handler = outside;
    ioc_code_put(code, back);
    if (ioc_code_can_fail(code, from, handler)) {
        compiler->held[local] = caught + 1;
        ioc_compiler_pad(compiler, handler, caught, back);
    }
}

void ioc_block_compile(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    uint32_t count = node->count - 1, catches = compiler->catches;
    for (uint32_t i = 0; i < count && compiler->status == IOC_OK; i++) {
        if (node->items[i]) /* else it was constant, and nothing reads it */
            compile_slot(
                compiler, node->items[i], node->local + i, ioc_compiler_register(compiler, 1));
    }
    ioc_compiler_value(compiler, node->items[count], to);
    compiler->catches = catches;
}

void ioc_block_raise(struct ioc_compiler *compiler, const struct ioc_node *local)
{
    uint8_t held = compiler->held[local->local];
    if (held)
        ioc_code_add(compiler->code, IOC_OP_RAISE, held - 1u, 0, 0, 0);
}
