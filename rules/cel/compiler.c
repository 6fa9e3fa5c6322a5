/* rules/cel/compiler.c — instructions for values. */
#include "rules/cel/compiler.h"
#include "rules/cel/builtin.h"
#include "rules/cel/cost.h"
#include "rules/cel/set.h"

static void add(
    struct ioc_compiler *compiler, enum ioc_op op, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    ioc_code_add(compiler->code, op, a, b, c, d);
}

static void *grow(
    struct ioc_arena *arena, const void *old, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return (void *)old;
    *capacity = *capacity ? *capacity * 2 : 16;
    void *memory = ioc_arena_take(arena, *capacity * size);
    if (count)
        memcpy(memory, old, count * size);
    return memory;
}

uint32_t ioc_compiler_kind(struct ioc_compiler *compiler, const struct ioc_node *node)
{
    const struct ioc_shape *shape = ioc_shape_look(&compiler->checker->shapes, node->shape);
    return shape->kind < IOC_SHAPE_VARIABLE && !shape->is_nullable ? shape->kind : IOC_DYN;
}

uint32_t ioc_compiler_register(struct ioc_compiler *compiler, uint32_t count)
{
    uint32_t first = compiler->top;
    if (first + count > IOC_REGISTERS) {
        ioc_complaint_set(
            compiler->err, 0, 0, "too-complex", "the expression holds too many values at once");
        compiler->status = IOC_LIMIT;
        return 0;
    }
    compiler->top += count;
    return first;
}

void ioc_compiler_expect(struct ioc_compiler *compiler, uint32_t at, uint32_t kind)
{
    if (kind != IOC_DYN)
        add(compiler, IOC_OP_EXPECT, at, kind, 0, 0);
}

void ioc_compiler_read(struct ioc_compiler *compiler, const struct ioc_node *node)
{
    bool is_whole = node->meaning == IOC_MEANS_RECORD;
    for (uint32_t i = 0; i < compiler->reads_count; i++) {
        const struct ioc_program_read *read = &compiler->reads[i];
        if (read->frame == node->frame && read->is_whole == is_whole &&
            (is_whole || read->slot == node->slot))
            return;
    }
    compiler->reads = grow(compiler->arena, compiler->reads, compiler->reads_count,
        &compiler->reads_capacity, sizeof *compiler->reads);
    compiler->reads[compiler->reads_count++] =
        (struct ioc_program_read){node->frame, is_whole, is_whole ? 0 : node->slot};
}

uint8_t ioc_compiler_catch(struct ioc_compiler *compiler)
{
    compiler->catches++;
    if (compiler->loops == 0 && compiler->fresh < IOC_CATCHES_FRESH)
        return (uint8_t)compiler->fresh++;
    uint32_t caught = IOC_CATCHES_FRESH + compiler->catches;
    assert(caught < IOC_CATCHES);
    add(compiler, IOC_OP_FORGET, caught, 0, 0, 0);
    return (uint8_t)caught;
}

void ioc_compiler_release(struct ioc_compiler *compiler)
{
    compiler->catches--;
}

void ioc_compiler_pad(struct ioc_compiler *compiler, uint16_t label, uint8_t caught, uint16_t back)
{
    compiler->pads = grow(compiler->arena, compiler->pads, compiler->pads_count,
        &compiler->pads_capacity, sizeof *compiler->pads);
    compiler->pads[compiler->pads_count++] = (struct ioc_pad){label, back, caught};
}

void ioc_compiler_write_pads(struct ioc_compiler *compiler)
{
    for (uint32_t i = 0; i < compiler->pads_count; i++) {
        ioc_code_put(compiler->code, compiler->pads[i].label);
        add(compiler, IOC_OP_CATCH, compiler->pads[i].caught, 0, 0, compiler->pads[i].back);
    }
    compiler->pads_count = 0;
}

static void load_constant(struct ioc_compiler *compiler, const struct ioc_boxed *value, uint32_t to)
{
    enum ioc_op op = value->type == IOC_TIMESTAMP ? IOC_OP_CONSTANT_TIME : IOC_OP_CONSTANT;
    add(compiler, op, to, 0, ioc_code_constant(compiler->code, value), 0);
}

static void load_record(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    const struct ioc_schema *schema = node->schema;
    struct ioc_boxed *fields =
        ioc_arena_take(compiler->arena, 2 * (schema->count + 1u) * sizeof *fields);
    for (uint32_t i = 0; i < schema->count; i++) {
        fields[2 * i] = ioc_boxed_text(schema->fields[i].name);
        fields[2 * i + 1] = ioc_boxed_int(schema->fields[i].type);
    }
    struct ioc_boxed list = {.items = fields, .count = 2u * schema->count, .type = IOC_LIST};
    add(compiler, IOC_OP_LOAD_RECORD, to, node->frame, ioc_code_constant(compiler->code, &list), 0);
}

static void load_slot(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    uint32_t kind = ioc_compiler_kind(compiler, node);
    enum ioc_op op = IOC_OP_LOAD_ANY;
    if (kind == IOC_BOOL || kind == IOC_INT || kind == IOC_UINT || kind == IOC_DOUBLE ||
        kind == IOC_DURATION)
        op = IOC_OP_LOAD_WORD;
    else if (kind == IOC_STRING || kind == IOC_BYTES)
        op = IOC_OP_LOAD_TEXT;
    else if (kind == IOC_TIMESTAMP)
        op = IOC_OP_LOAD_TIME;
    add(compiler, op, to, node->frame, node->slot, kind < IOC_TYPES ? kind : IOC_DYN);
}

static void compile_name(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    switch ((enum ioc_meaning)node->meaning) {
    case IOC_MEANS_SLOT:
        ioc_compiler_read(compiler, node);
        load_slot(compiler, node, to);
        break;
    case IOC_MEANS_RECORD:
        ioc_compiler_read(compiler, node);
        load_record(compiler, node, to);
        break;
    case IOC_MEANS_LOCAL:
        ioc_block_raise(compiler, node);
        add(compiler, IOC_OP_MOVE, to, compiler->locals[node->local], 0, 0);
        break;
    case IOC_MEANS_VALUE: load_constant(compiler, &node->value, to); break;
    case IOC_MEANS_OPTIONAL: /* unwrap.c */
    case IOC_MEANS_NOTHING: add(compiler, IOC_OP_FAULT, IOC_FAULT_NAME, 0, 0, 0); break;
    }
}

uint32_t ioc_compiler_operand(struct ioc_compiler *compiler, const struct ioc_node *node)
{
    if (node->meaning == IOC_MEANS_LOCAL) {
        ioc_block_raise(compiler, node);
        return compiler->locals[node->local];
    }
    uint32_t to = ioc_compiler_register(compiler, 1);
    ioc_compiler_value(compiler, node, to);
    return to;
}

/* The kind to expect of an item, and whether a field that is not there is missing. */
static uint32_t expected_item(struct ioc_compiler *compiler, const struct ioc_node *node)
{
    return ioc_compiler_kind(compiler, node) | (node->schema ? 0x100 : 0);
}

static void compile_select(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    if (node->meaning != IOC_MEANS_NOTHING || node->is_unknown) {
        compile_name(compiler, node, to);
        return;
    }
    uint32_t from = ioc_compiler_operand(compiler, node->items[0]);
    struct ioc_boxed key = ioc_boxed_text(node->name);
    compiler->code->place = (struct ioc_code_place){node->offset, node->length};
    add(compiler, IOC_OP_SELECT, to, from, ioc_code_constant(compiler->code, &key),
        expected_item(compiler, node));
}

static void compile_has(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    if (node->meaning == IOC_MEANS_SLOT) {
        ioc_compiler_read(compiler, node);
        add(compiler, IOC_OP_HAS, to, node->frame, node->slot, 0);
    } else if (node->is_unknown) {
        add(compiler, IOC_OP_FAULT, IOC_FAULT_NAME, 0, 0, 0);
    } else {
        uint32_t from = ioc_compiler_operand(compiler, node->items[0]);
        struct ioc_boxed key = ioc_boxed_text(node->name);
        add(compiler, IOC_OP_HAS_KEY, to, from, ioc_code_constant(compiler->code, &key), 0);
    }
}

static void compile_index(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    if (node->meaning == IOC_MEANS_SLOT) {
        compile_name(compiler, node, to);
        return;
    }
    uint32_t from = ioc_compiler_operand(compiler, node->items[0]);
    uint32_t key = ioc_compiler_operand(compiler, node->items[1]);
    compiler->code->place = (struct ioc_code_place){node->offset, node->length};
    add(compiler, IOC_OP_INDEX, to, from, key, expected_item(compiler, node));
}

void ioc_compiler_zone(struct ioc_compiler *compiler, struct ioc_zone *zone)
{
    compiler->zones = grow(compiler->arena, compiler->zones, compiler->zones_count,
        &compiler->zones_capacity, sizeof *compiler->zones);
    compiler->zones[compiler->zones_count++] = zone;
}

void ioc_compiler_own_pattern(struct ioc_compiler *compiler, struct ioc_pattern *pattern)
{
    compiler->patterns = grow(compiler->arena, compiler->patterns, compiler->patterns_count,
        &compiler->patterns_capacity, sizeof *compiler->patterns);
    compiler->patterns[compiler->patterns_count++] = pattern;
}

int ioc_compiler_set(struct ioc_compiler *compiler, const struct ioc_node *node)
{
    if (node->kind != IOC_NODE_CALL || node->count != 2 ||
        !ioc_text_equal(node->name, IOC_TEXT("@in")) || node->items[1]->kind != IOC_NODE_LITERAL ||
        !ioc_set_fits(&node->items[1]->value, ioc_compiler_kind(compiler, node->items[0])))
        return -1;
    struct ioc_boxed set = node->items[1]->value;
    struct ioc_boxed *items = ioc_arena_take(compiler->arena, (set.count + 1) * sizeof *items);
    memcpy(items, set.items, set.count * sizeof *items);
    ioc_set_sort(items, set.count);
    set.items = items;
    return ioc_code_constant(compiler->code, &set);
}

static void compile_bool(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    uint16_t is_false = ioc_code_label(compiler->code), end = ioc_code_label(compiler->code);
    struct ioc_boxed yes = ioc_boxed_bool(true), no = ioc_boxed_bool(false);
    ioc_condition_compile(compiler, node, false, is_false);
    load_constant(compiler, &yes, to);
    add(compiler, IOC_OP_JUMP, 0, 0, 0, end);
    ioc_code_put(compiler->code, is_false);
    load_constant(compiler, &no, to);
    ioc_code_put(compiler->code, end);
}

static void compile_choice(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    uint16_t otherwise = ioc_code_label(compiler->code), end = ioc_code_label(compiler->code);
    uint32_t kind = ioc_compiler_kind(compiler, node);
    ioc_condition_compile(compiler, node->items[0], false, otherwise);
    for (uint32_t i = 1; i <= 2; i++) {
        ioc_compiler_value(compiler, node->items[i], to);
        if (ioc_compiler_kind(compiler, node->items[i]) != kind)
            ioc_compiler_expect(compiler, to, kind);
        if (i == 1) {
            add(compiler, IOC_OP_JUMP, 0, 0, 0, end);
            ioc_code_put(compiler->code, otherwise);
        }
    }
    ioc_code_put(compiler->code, end);
}

/* An entry of a list or map; jumps to `skip` when it is ?a and a is none. */
static uint32_t compile_entry(
    struct ioc_compiler *compiler, const struct ioc_node *node, uint16_t skip)
{
    if (!node->is_optional_entry)
        return ioc_compiler_operand(compiler, node);
    uint32_t to = ioc_compiler_register(compiler, 1);
    ioc_unwrap_compile(compiler, node, to, skip);
    return to;
}

static void compile_items(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    bool is_map = node->kind == IOC_NODE_MAP;
    uint32_t made = ioc_compiler_register(compiler, 1);
    add(compiler, is_map ? IOC_OP_MAP_NEW : IOC_OP_LIST_NEW, made, 0,
        is_map ? node->count / 2 : node->count, 0);
    uint32_t mark = compiler->top;
    for (uint32_t i = 0; i < node->count; i += is_map ? 2 : 1) {
        compiler->top = mark;
        const struct ioc_node *entry = node->items[is_map ? i + 1 : i];
        uint16_t skip = entry->is_optional_entry ? ioc_code_label(compiler->code) : 0;
        uint32_t first = compile_entry(compiler, node->items[i], skip);
        if (is_map) {
            uint32_t second = compile_entry(compiler, entry, skip);
            compiler->code->place =
                (struct ioc_code_place){node->items[i]->offset, node->items[i]->length};
            add(compiler, IOC_OP_MAP_PUT, made, first, second, 0);
        } else {
            add(compiler, IOC_OP_LIST_PUSH, made, first, 0, 0);
        }
        if (entry->is_optional_entry)
            ioc_code_put(compiler->code, skip);
    }
    add(compiler, IOC_OP_MOVE, to, made, 0, 0);
}

void ioc_compiler_value(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    if (compiler->status != IOC_OK)
        return;
    uint32_t mark = compiler->top;
    compiler->code->place = (struct ioc_code_place){node->offset, node->length};
    if (ioc_unwrap_value(compiler, node, to)) {
        compiler->top = mark;
        return;
    }
    switch ((enum ioc_node_kind)node->kind) {
    case IOC_NODE_LITERAL: load_constant(compiler, &node->value, to); break;
    case IOC_NODE_NAME: compile_name(compiler, node, to); break;
    case IOC_NODE_SELECT: compile_select(compiler, node, to); break;
    case IOC_NODE_HAS: compile_has(compiler, node, to); break;
    case IOC_NODE_INDEX: compile_index(compiler, node, to); break;
    case IOC_NODE_CALL: ioc_call_compile(compiler, node, to); break;
    case IOC_NODE_AND:
    case IOC_NODE_OR: compile_bool(compiler, node, to); break;
    case IOC_NODE_CHOICE: compile_choice(compiler, node, to); break;
    case IOC_NODE_LIST:
    case IOC_NODE_MAP: compile_items(compiler, node, to); break;
    case IOC_NODE_LOOP: ioc_loop_compile(compiler, node, to); break;
    case IOC_NODE_BLOCK: ioc_block_compile(compiler, node, to); break;
    }
    compiler->top = mark;
}

/* Whole expression in a register: converted to what is wanted, or refused. */
static void return_value(
    struct ioc_compiler *compiler, const struct ioc_node *tree, enum ioc_type want)
{
    uint32_t kind = ioc_compiler_kind(compiler, tree), to = ioc_compiler_register(compiler, 1);
    ioc_compiler_value(compiler, tree, to);
    if (want == IOC_DOUBLE && kind == IOC_INT)
        add(compiler, IOC_OP_DOUBLE_OF_INT, to, to, 0, 0);
    else if (want == IOC_DOUBLE && kind == IOC_UINT)
        add(compiler, IOC_OP_DOUBLE_OF_UINT, to, to, 0, 0);
    else if (want == IOC_DOUBLE && kind == IOC_DYN)
        add(compiler, IOC_OP_CALL_ANY, to, to, (uint32_t)ioc_builtin_find(IOC_TEXT("double")), 1);
    else if (want != IOC_TYPES && kind != (uint32_t)want)
        ioc_compiler_expect(compiler, to, want);
    add(compiler, IOC_OP_RETURN, to, 0, 0, 0);
}

/* What is read, as it stands in the text: people see the values in this order. */
static void list_reads(struct ioc_compiler *compiler, const struct ioc_node *node)
{
    if (node->meaning == IOC_MEANS_SLOT || node->meaning == IOC_MEANS_OPTIONAL ||
        node->meaning == IOC_MEANS_RECORD) {
        ioc_compiler_read(compiler, node);
        return;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->items[i])
            list_reads(compiler, node->items[i]);
    }
}

enum ioc_status ioc_compiler_compile(
    struct ioc_compiler *compiler, struct ioc_node *tree, enum ioc_type want)
{
    compiler->locals = ioc_arena_take(compiler->arena, compiler->checker->locals_made + 1);
    compiler->held = ioc_arena_take(compiler->arena, compiler->checker->locals_made + 1);
    compiler->code->handler = IOC_CODE_NOWHERE;
    ioc_matching_prepare(compiler, tree, false);
    ioc_fold_tree(compiler, tree);
    ioc_matching_prepare(compiler, tree, true);
    list_reads(compiler, tree);
    compiler->cost = ioc_cost_order(compiler, tree, compiler->checker->environment->keeps_order);
    if (ioc_compiler_kind(compiler, tree) == IOC_BOOL && tree->kind != IOC_NODE_LITERAL) {
        uint16_t is_false = ioc_code_label(compiler->code);
        ioc_condition_compile(compiler, tree, false, is_false);
        ioc_code_return_true(compiler->code);
        ioc_code_put(compiler->code, is_false);
        add(compiler, IOC_OP_RETURN_FALSE, 0, 0, 0, 0);
    } else {
        return_value(compiler, tree, want);
    }
    ioc_compiler_write_pads(compiler);
    ioc_code_settle(compiler->code);
    if (compiler->status == IOC_OK && compiler->code->is_full) {
        ioc_complaint_set(compiler->err, 0, 0, "too-long",
            "the expression needs more than %d instructions", IOC_CODE_MOST);
        compiler->status = IOC_LIMIT;
    }
    return compiler->status;
}
