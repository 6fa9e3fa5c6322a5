/*
 * rules/cel/fold.c — what reads no variable is computed once, by running it.
 *
 * The constant part is compiled by itself and run on a scratch with a small budget; a part that
 * fails or costs too much stays as it is and fails, or works, when the program runs.  Constants
 * that cel.bind and cel.block give a name to come into the place of the name.
 */
#include "rules/cel/builtin.h"
#include "rules/cel/compiler.h"

/* FOLD_ALL: steps and instructions of all parts of an expression together. */
enum { FOLD_STEPS = 20000, FOLD_ITEMS = 20000, FOLD_ALL = 400000 };

/* Into the arena; NULL items when there are too many. */
static bool copy_value(
    struct ioc_arena *arena, const struct ioc_boxed *value, uint32_t *left, struct ioc_boxed *out)
{
    *out = *value;
    if (ioc_boxed_is_bytes(value)) {
        out->text = ioc_arena_copy(arena, ioc_boxed_as_text(value)).data;
    } else if (value->type == IOC_POINT) {
        void *point = ioc_arena_take(arena, sizeof(struct ioc_point));
        out->text = memcpy(point, value->text, sizeof(struct ioc_point));
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

/* Its value; false when it fails, with the fault, or costs too much. */
static bool run(struct ioc_compiler *compiler, const struct ioc_node *node, struct ioc_boxed *out,
    enum ioc_fault *fault)
{
    struct ioc_code *outside = compiler->code,
                    code = {.arena = compiler->arena, .handler = IOC_CODE_NOWHERE};
    uint32_t fresh = compiler->fresh;
    bool needs_zones = compiler->needs_zones;
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
    compiler->needs_zones = needs_zones;
    compiler->top = 0;
    compiler->folded += code.count;
    if (compiler->status != IOC_OK || code.is_full)
        return false;
    struct ioc_boxed value;
    uint32_t left = FOLD_ITEMS;
    if (!compiler->scratch)
        compiler->scratch = ioc_scratch_new();
    ioc_scratch_begin(compiler->scratch, NULL);
    compiler->scratch->steps = FOLD_STEPS;
    enum ioc_outcome outcome = ioc_machine_run(&bytecode, compiler->scratch, &value);
    compiler->folded += (uint32_t)(FOLD_STEPS - compiler->scratch->steps);
    if (outcome != IOC_OUTCOME_VALUE) {
        *fault = compiler->scratch->pending.fault;
        return false;
    }
    return copy_value(compiler->arena, &value, &left, out);
}

static void become_literal(struct ioc_node *node, const struct ioc_boxed *value)
{
    node->kind = IOC_NODE_LITERAL;
    node->meaning = IOC_MEANS_NOTHING;
    node->value = *value;
    node->count = 0;
    node->outer = IOC_OUTER_NONE;
}

/* Every reading of the local variable becomes the constant. */
static void replace_local(struct ioc_node *node, uint32_t local, const struct ioc_boxed *value)
{
    if (node->meaning == IOC_MEANS_LOCAL) {
        if (node->local == local)
            become_literal(node, value);
        return;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->items[i])
            replace_local(node->items[i], local, value);
    }
    ioc_checker_find_outer(node);
}

/* The body alone is left, where the whole stood: [?cel.bind(…)] is still an optional entry. */
static void become_body(struct ioc_node *node, const struct ioc_node *body)
{
    bool is_entry = node->is_optional_entry;
    *node = *body;
    node->is_optional_entry = is_entry;
}

/* Slots that are constant go away, and with the last one the block. */
static void fold_block(struct ioc_compiler *compiler, struct ioc_node *node)
{
    uint32_t last = node->count - 1, left = 0;
    for (uint32_t i = 0; i < last; i++) {
        struct ioc_node *slot = node->items[i];
        ioc_fold_tree(compiler, slot);
        left += slot->kind != IOC_NODE_LITERAL;
        if (slot->kind != IOC_NODE_LITERAL)
            continue;
        for (uint32_t j = i + 1; j <= last; j++)
            replace_local(node->items[j], node->local + i, &slot->value);
        node->items[i] = NULL;
    }
    ioc_fold_tree(compiler, node->items[last]);
    if (left == 0)
        become_body(node, node->items[last]);
}

/* A bound constant comes into the places of its name. */
static void fold_bind(struct ioc_compiler *compiler, struct ioc_node *node)
{
    struct ioc_node *value = node->items[IOC_LOOP_RANGE], *body = node->items[IOC_LOOP_BODY];
    ioc_fold_tree(compiler, value);
    if (value->kind == IOC_NODE_LITERAL)
        replace_local(body, node->local, &value->value);
    ioc_fold_tree(compiler, body);
    if (value->kind == IOC_NODE_LITERAL)
        become_body(node, body);
}

static bool is_budget(enum ioc_fault fault)
{
    return fault == IOC_FAULT_STEPS || fault == IOC_FAULT_PASSES || fault == IOC_FAULT_MEMORY ||
           fault == IOC_FAULT_DEPTH || fault == IOC_FAULT_PATTERN; /* which matching.c then looks at */
}

/* duration("10 minutes"), ip("1.2.3"), 1 / 0: whoever wrote it should know before it is reached. */
static void note_failure(
    struct ioc_compiler *compiler, const struct ioc_node *node, enum ioc_fault fault)
{
    bool is_call = node->kind == IOC_NODE_CALL && !compiler->checker->environment->is_unchecked;
    for (uint32_t i = 0; is_call && i < node->count; i++)
        is_call = node->items[i]->kind == IOC_NODE_LITERAL;
    if (!is_call || is_budget(fault))
        return;
    struct ioc_error *note = ioc_checker_note(compiler->checker, node->from, node->to - node->from);
    if (!note)
        return;
    ioc_error_set(note, "always-fails", "this always fails: %s", ioc_fault_text(fault));
    note->is_note = true;
    const struct ioc_builtin *builtin = ioc_builtin_at((uint32_t)ioc_builtin_find(node->name));
    if (builtin->example)
        ioc_error_hint(note, "an example: %s", builtin->example);
}

/* A list of literals, which needs no machine: ['air', 'water']. */
static bool gather(
    struct ioc_compiler *compiler, const struct ioc_node *node, struct ioc_boxed *out)
{
    if (node->kind != IOC_NODE_LIST || node->count > FOLD_ITEMS)
        return false;
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->items[i]->kind != IOC_NODE_LITERAL || node->items[i]->is_optional_entry)
            return false;
    }
    struct ioc_boxed *items =
        ioc_arena_take(compiler->arena, (node->count + 1) * sizeof *items);
    for (uint32_t i = 0; i < node->count; i++)
        items[i] = node->items[i]->value;
    *out = (struct ioc_boxed){.items = items, .count = node->count, .type = IOC_LIST};
    return true;
}

void ioc_fold_tree(struct ioc_compiler *compiler, struct ioc_node *node)
{
    if (node->kind == IOC_NODE_LITERAL || compiler->status != IOC_OK || compiler->folded > FOLD_ALL)
        return;
    struct ioc_boxed value;
    enum ioc_fault fault = IOC_FAULT_NONE;
    bool is_constant = node->outer == IOC_OUTER_NONE && !node->is_unknown;
    if (is_constant && gather(compiler, node, &value)) {
        become_literal(node, &value);
        return;
    }
    if (is_constant && run(compiler, node, &value, &fault)) {
        become_literal(node, &value);
        return;
    }
    if (node->kind == IOC_NODE_BLOCK) {
        fold_block(compiler, node);
        return;
    }
    if (node->kind == IOC_NODE_LOOP && node->loop == IOC_LOOP_BIND) {
        fold_bind(compiler, node);
        return;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->items[i])
            ioc_fold_tree(compiler, node->items[i]);
    }
    if (fault)
        note_failure(compiler, node, fault);
}
