/* rules/cel/code.c — grows the arrays of a program being written. */
#include "rules/cel/code.h"

static void *grow(
    struct ioc_arena *arena, const void *old, uint32_t count, uint32_t capacity, size_t size)
{
    void *memory = ioc_arena_take(arena, capacity * size);
    if (count)
        memcpy(memory, old, count * size);
    return memory;
}

uint16_t ioc_code_label(struct ioc_code *code)
{
    if (code->labels_count >= IOC_CODE_MOST) {
        code->is_full = true;
        return 0;
    }
    if (code->labels_count == code->labels_capacity) {
        code->labels_capacity = code->labels_capacity ? code->labels_capacity * 2 : 32;
        code->labels = grow(code->arena, code->labels, code->labels_count, code->labels_capacity,
            sizeof *code->labels);
    }
    return (uint16_t)code->labels_count++;
}

void ioc_code_put(struct ioc_code *code, uint16_t label)
{
    if (!code->is_full)
        code->labels[label] = (uint16_t)code->count;
}

void ioc_code_add(
    struct ioc_code *code, enum ioc_op op, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    if (code->count >= IOC_CODE_MOST || a > 0xff || b > 0xffff || c > 0xffff || d > 0xffff)
        code->is_full = true;
    if (code->is_full)
        return;
    if (code->count == code->capacity) {
        uint32_t capacity = code->capacity ? code->capacity * 2 : 64;
        code->instructions = grow(
            code->arena, code->instructions, code->count, capacity, sizeof *code->instructions);
        code->handlers =
            grow(code->arena, code->handlers, code->count, capacity, sizeof *code->handlers);
        code->places = grow(code->arena, code->places, code->count, capacity, sizeof *code->places);
        code->capacity = capacity;
    }
    code->instructions[code->count] =
        (struct ioc_instruction){(uint8_t)op, (uint8_t)a, (uint16_t)b, (uint16_t)c, (uint16_t)d};
    code->handlers[code->count] = code->handler;
    code->places[code->count++] = code->place;
}

static bool is_same(const struct ioc_boxed *a, const struct ioc_boxed *b)
{
    if (a->type != b->type || a->count != b->count || a->extra != b->extra)
        return false;
    if (ioc_boxed_is_bytes(a))
        return ioc_text_equal(ioc_boxed_as_text(a), ioc_boxed_as_text(b));
    return a->natural == b->natural;
}

static uint64_t hash(const struct ioc_boxed *value)
{
    uint64_t word = ioc_boxed_is_bytes(value) ? ioc_text_hash(ioc_boxed_as_text(value)) : value->natural;
    return (word + value->type) * UINT64_C(0x9e3779b97f4a7c15) >> 32;
}

/* The place of an equal constant, or the free one where it would be. */
static uint32_t *find_constant(const struct ioc_code *code, const struct ioc_boxed *value)
{
    uint32_t at = (uint32_t)hash(value) & (code->slots - 1);
    while (code->table[at] && !is_same(&code->constants[code->table[at] - 1], value))
        at = (at + 1) & (code->slots - 1);
    return &code->table[at];
}

static void grow_table(struct ioc_code *code)
{
    code->slots = code->slots ? 2 * code->slots : 32;
    code->table = ioc_arena_take(code->arena, code->slots * sizeof *code->table);
    for (uint32_t i = 0; i < code->constants_count; i++)
        *find_constant(code, &code->constants[i]) = i + 1;
}

uint16_t ioc_code_constant(struct ioc_code *code, const struct ioc_boxed *value)
{
    if (2 * code->constants_count >= code->slots)
        grow_table(code);
    uint32_t *place = find_constant(code, value);
    if (*place)
        return (uint16_t)(*place - 1);
    if (code->constants_count >= IOC_CODE_MOST) {
        code->is_full = true;
        return 0;
    }
    if (code->constants_count == code->constants_capacity) {
        code->constants_capacity = code->constants_capacity ? code->constants_capacity * 2 : 32;
        code->constants = grow(code->arena, code->constants, code->constants_count,
            code->constants_capacity, sizeof *code->constants);
    }
    *place = code->constants_count + 1;
    code->constants[code->constants_count] = *value;
    return (uint16_t)code->constants_count++;
}

bool ioc_code_can_fail(const struct ioc_code *code, uint32_t from, uint16_t handler)
{
    for (uint32_t i = from; i < code->count; i++) {
        if (code->handlers[i] == handler && ioc_opcodes[code->instructions[i].op].can_fail)
            return true;
    }
    return false;
}

void ioc_code_return_true(struct ioc_code *code)
{
    struct ioc_instruction *last = code->count ? &code->instructions[code->count - 1] : NULL;
    bool is_target = false;
    for (uint32_t i = 0; i < code->labels_count; i++)
        is_target |= code->labels[i] == code->count;
    if (last && last->op == IOC_OP_RAISE && !is_target && !code->is_full)
        last->op = IOC_OP_RAISE_TRUE;
    else
        ioc_code_add(code, IOC_OP_RETURN_TRUE, 0, 0, 0, 0);
}

void ioc_code_settle(struct ioc_code *code)
{
    if (code->is_full)
        return;
    for (uint32_t i = 0; i < code->count; i++) {
        if (ioc_opcodes[code->instructions[i].op].operands[3] == 'j')
            code->instructions[i].d = code->labels[code->instructions[i].d];
        if (code->handlers[i] != IOC_CODE_NOWHERE)
            code->handlers[i] = code->labels[code->handlers[i]];
    }
}
