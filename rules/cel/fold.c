/*
 * rules/cel/fold.c — what reads no variable is computed once, by running it.
 *
 * The constant part is compiled by itself and run on a scratch with a small budget; a part that
 * fails or costs too much stays as it is and fails, or works, when the program runs.
 */
#include "rules/cel/compiler.h"

enum { FOLD_STEPS = 20000, FOLD_ITEMS = 20000 };

/* Into the arena; NULL items when there are too many. */
static bool copy_value(
    struct ioc_arena *arena, const struct ioc_boxed *value, uint32_t *left, struct ioc_boxed *out)
{
    *out = *value;
    if (ioc_boxed_is_bytes(value)) {
        out->text = ioc_arena_copy(arena, ioc_boxed_as_text(value)).data;
    } else if (value->type == IOC_LIST || value->type == IOC_MAP || value->type == IOC_KIND_OPTIONAL) {
        uint32_t halves = value->type == IOC_MAP ? 2 * value->count : value->count;
        if (halves > *left)
            return false;
        *left -= halves;
        struct ioc_boxed *items = ioc_arena_take(arena, (halves + 1) * sizeof *items);
        for (uint32_t i = 0; i < halves; i++) {
            if (!copy_value(arena, &value->items[i], left, &items[i]))
                return false;
        }
        out->items = items;
    }
    return true;
}

static bool run(struct ioc_compiler *compiler, const struct ioc_node *node, struct ioc_boxed *out)
{
    struct ioc_code *outside = compiler->code,
                    code = {.arena = compiler->arena, .handler = IOC_CODE_NOWHERE};
    uint32_t fresh = compiler->fresh;
    compiler->code = &code;
    compiler->fresh = 0;
    uint32_t to = ioc_compiler_register(compiler, 1);
    ioc_compiler_value(compiler, node, to);
    ioc_code_add(&code, IOC_OP_RETURN, to, 0, 0, 0);
    ioc_compiler_write_pads(compiler);
    ioc_code_settle(&code);
    struct ioc_bytecode bytecode = {
        code.instructions, code.handlers, code.constants, compiler->fresh};
    compiler->code = outside;
    compiler->fresh = fresh;
    compiler->top = 0;
    if (compiler->status != IOC_OK || code.is_full)
        return false;
    struct ioc_boxed value;
    uint32_t left = FOLD_ITEMS;
    if (!compiler->scratch)
        compiler->scratch = ioc_scratch_new();
    ioc_scratch_begin(compiler->scratch, NULL);
    compiler->scratch->steps = FOLD_STEPS;
    return ioc_machine_run(&bytecode, compiler->scratch, &value) == IOC_OUTCOME_VALUE &&
           copy_value(compiler->arena, &value, &left, out);
}

void ioc_fold_tree(struct ioc_compiler *compiler, struct ioc_node *node)
{
    if (node->kind == IOC_NODE_LITERAL || compiler->status != IOC_OK)
        return;
    struct ioc_boxed value;
    if (node->outer == IOC_OUTER_NONE && !node->is_unknown && run(compiler, node, &value)) {
        node->kind = IOC_NODE_LITERAL;
        node->meaning = IOC_MEANS_NOTHING;
        node->value = value;
        node->count = 0;
        return;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->items[i])
            ioc_fold_tree(compiler, node->items[i]);
    }
}
