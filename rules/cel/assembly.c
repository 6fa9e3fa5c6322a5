/* rules/cel/assembly.c — lays a program out: the same walk measures and then writes. */
#include "rules/cel/assembly.h"
#include "core/memory.h"

/* A block being laid out: first measured with memory NULL, then written. */
struct layout {
    char *memory;
    size_t used;
};

static uint32_t place(struct layout *layout, const void *bytes, size_t size)
{
    uint32_t at = (uint32_t)layout->used;
    if (layout->memory && size)
        memcpy(layout->memory + at, bytes, size);
    layout->used += (size + 7) & ~(size_t)7;
    assert(layout->used <= UINT32_MAX);
    return at;
}

static void *at(const struct layout *layout, uint32_t offset)
{
    return layout->memory ? layout->memory + offset : NULL;
}

/* What the value points to comes into the block, and the value points there. */
static void place_value(struct layout *layout, const struct ioc_boxed *value, struct ioc_boxed *out)
{
    struct ioc_boxed placed = *value;
    if (ioc_boxed_is_bytes(value)) {
        placed.text = at(layout, place(layout, value->text, value->count));
    } else if (value->type == IOC_POINT) {
        placed.text = at(layout, place(layout, value->text, sizeof(struct ioc_point)));
    } else if (value->type == IOC_LIST || value->type == IOC_MAP || value->type == IOC_KIND_OPTIONAL) {
        uint32_t halves = value->type == IOC_MAP ? 2 * value->count : value->count;
        struct ioc_boxed *items = at(layout, place(layout, value->items, halves * sizeof *items));
        for (uint32_t i = 0; i < halves; i++)
            place_value(layout, &value->items[i], items ? &items[i] : NULL);
        placed.items = items;
    }
    if (out)
        *out = placed;
}

static uint32_t place_places(struct layout *layout, const struct ioc_code *code, bool is_wide)
{
    if (is_wide)
        return place(layout, code->places, code->count * sizeof *code->places);
    uint32_t start = place(layout, NULL, 0);
    for (uint32_t i = 0; layout->memory && i < code->count; i++) {
        const struct ioc_near_place near = {
            (uint16_t)code->places[i].offset, (uint16_t)code->places[i].length};
        memcpy(layout->memory + start + i * sizeof near, &near, sizeof near);
    }
    layout->used += (code->count * sizeof(struct ioc_near_place) + 7) & ~(size_t)7;
    return start;
}

static bool has_handlers(const struct ioc_code *code)
{
    for (uint32_t i = 0; i < code->count; i++) {
        if (code->handlers[i] != IOC_CODE_NOWHERE)
            return true;
    }
    return false;
}

static void place_all(struct layout *layout, const struct ioc_compiler *compiler, struct ioc_text source,
    struct ioc_text shape, const struct ioc_quick *quick, struct ioc_program header)
{
    const struct ioc_code *code = compiler->code;
    place(layout, &header, sizeof header);
    if (header.is_quick)
        place(layout, quick, offsetof(struct ioc_quick, needs[quick->count]));
    header.bytecode.fresh = compiler->fresh;
    header.bytecode.instructions =
        at(layout, place(layout, code->instructions, code->count * sizeof *code->instructions));
    if (has_handlers(code))
        header.bytecode.handlers =
            at(layout, place(layout, code->handlers, code->count * sizeof *code->handlers));
    struct ioc_boxed *constants =
        at(layout, place(layout, code->constants, code->constants_count * sizeof *constants));
    for (uint32_t i = 0; i < code->constants_count; i++)
        place_value(layout, &code->constants[i], constants ? &constants[i] : NULL);
    header.bytecode.constants = constants;
    header.reads = place(layout, compiler->reads, compiler->reads_count * sizeof *compiler->reads);
    header.zones = place(layout, compiler->zones, compiler->zones_count * sizeof *compiler->zones);
    header.patterns =
        place(layout, compiler->patterns, compiler->patterns_count * sizeof *compiler->patterns);
    header.places = place_places(layout, code, header.is_wide);
    header.source = place(layout, source.data, source.length);
    header.shape = place(layout, shape.data, shape.length);
    header.bytes = (uint32_t)layout->used;
    if (layout->memory)
        memcpy(layout->memory, &header, sizeof header);
}

/* The whole expression is one field. */
static bool is_field(const struct ioc_compiler *compiler)
{
    const struct ioc_code *code = compiler->code;
    enum ioc_op first = code->instructions[0].op;
    if (compiler->reads_count != 1)
        return false;
    bool loads = first == IOC_OP_LOAD_WORD || first == IOC_OP_LOAD_TEXT || first == IOC_OP_LOAD_TIME ||
                 first == IOC_OP_LOAD_ANY;
    /* A bool field compiles to a test and two returns. */
    return (code->count == 2 && loads && code->instructions[1].op == IOC_OP_RETURN) ||
           (code->count == 3 && first == IOC_OP_TEST_BOOL_F);
}

struct ioc_program *ioc_assembly_make(const struct ioc_compiler *compiler, struct ioc_text source,
    struct ioc_text shape, enum ioc_type type)
{
    const struct ioc_code *code = compiler->code;
    const struct ioc_checker *checker = compiler->checker;
    struct ioc_quick quick;
    struct ioc_program header = {.type = (uint8_t)type,
        .notes_count = (uint8_t)checker->notes_count,
        .is_quick = ioc_quick_find(code, type, &quick),
        .is_field = is_field(compiler),
        .is_wide = source.length > UINT16_MAX,
        .count = (uint16_t)code->count,
        .reads_count = (uint16_t)compiler->reads_count,
        .zones_count = (uint16_t)compiler->zones_count,
        .patterns_count = (uint16_t)compiler->patterns_count,
        .cost = compiler->cost < UINT32_MAX ? (uint32_t)compiler->cost : UINT32_MAX,
        .source_length = source.length,
        .shape_length = shape.length,
        .all_zones = compiler->all_zones};
    assert(compiler->reads_count <= UINT16_MAX && compiler->zones_count <= UINT16_MAX &&
           compiler->patterns_count <= UINT16_MAX);
    struct layout layout = {0};
    place_all(&layout, compiler, source, shape, &quick, header);
    layout = (struct layout){.memory = ioc_memory_take(layout.used)};
    if (checker->notes_count) {
        size_t bytes = checker->notes_count * sizeof *checker->notes;
        header.notes = ioc_memory_take(bytes);
        memcpy(header.notes, checker->notes, bytes);
    }
    place_all(&layout, compiler, source, shape, &quick, header);
    return (struct ioc_program *)layout.memory;
}

struct ioc_code_place ioc_program_place(const struct ioc_program *program, uint32_t instruction)
{
    const void *places = ioc_program_part(program, program->places);
    if (program->is_wide)
        return ((const struct ioc_code_place *)places)[instruction];
    struct ioc_near_place near = ((const struct ioc_near_place *)places)[instruction];
    return (struct ioc_code_place){near.offset, near.length};
}
