/*
 * rules/cel/call.c — calls and operators: an instruction, an overload, or the overload that is looked for at run time.
 */
#include "core/zone.h"
#include "rules/cel/builtin.h"
#include "rules/cel/compiler.h"
#include "rules/cel/moment.h"

static void add(
    struct ioc_compiler *compiler, enum ioc_op op, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    ioc_code_add(compiler->code, op, a, b, c, d);
}

static void load_constant(struct ioc_compiler *compiler, const struct ioc_boxed *value, uint32_t to)
{
    enum ioc_op op = value->type == IOC_TIMESTAMP ? IOC_OP_CONSTANT_TIME : IOC_OP_CONSTANT;
    add(compiler, op, to, 0, ioc_code_constant(compiler->code, value), 0);
}

/* A constant zone is looked up now: the machine reads no files. */
static bool find_zone(struct ioc_compiler *compiler, const struct ioc_node *node, struct ioc_boxed *value)
{
    int32_t offset;
    struct ioc_text name = ioc_boxed_as_text(&node->value);
    if (node->kind != IOC_NODE_LITERAL || node->value.type != IOC_STRING)
        return false;
    if (ioc_moment_fixed_zone(name, &offset)) {
        *value = (struct ioc_boxed){.count = (uint32_t)offset, .type = IOC_KIND_ZONE};
        return true;
    }
    struct ioc_zone *zone;
    if (ioc_zone_load(name, &zone) != IOC_OK) {
        const struct ioc_environment *environment = compiler->checker->environment;
        bool may_refuse = !environment->is_unchecked && !environment->defers_constants;
        if (may_refuse && compiler->status == IOC_OK) {
            compiler->status = ioc_complaint_set(compiler->err, node->offset, node->length,
                "no-such-zone", "there is no time zone '%.*s'", IOC_TEXT_ARGS(name));
            ioc_complaint_hint(compiler->err, node->offset,
                "write a name such as \"Asia/Ho_Chi_Minh\" or an offset such as \"+07:00\"");
        }
        return false;
    }
    ioc_compiler_zone(compiler, zone);
    *value = (struct ioc_boxed){.zone = zone, .type = IOC_KIND_ZONE};
    return true;
}

/* A calendar part of a slot in a constant zone in one instruction, if it is that. */
static bool compile_part(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    if (!node->is_method || node->count > 2)
        return false;
    const struct ioc_node *slot = node->items[0];
    if (slot->meaning != IOC_MEANS_SLOT || slot->kind == IOC_NODE_HAS ||
        ioc_compiler_kind(compiler, slot) != IOC_TIMESTAMP)
        return false;
    uint32_t part = 0;
    while (part < IOC_PARTS && !ioc_text_equal(node->name, ioc_text_of(ioc_moment_part_names[part])))
        part++;
    struct ioc_boxed zone = {.type = IOC_KIND_ZONE};
    if (part == IOC_PARTS || (node->count == 2 && !find_zone(compiler, node->items[1], &zone)))
        return false;
    ioc_compiler_read(compiler, slot);
    add(compiler, IOC_OP_LOAD_PART, to, slot->frame | part << 8, slot->slot,
        ioc_code_constant(compiler->code, &zone));
    return true;
}

/* Do the operands have exactly the kinds of the overload, so that its instruction can be used? */
static bool is_exact(struct ioc_compiler *compiler, const struct ioc_node *node)
{
    if (node->is_dynamic)
        return false;
    const char *at = ioc_builtin_at(node->builtin)->takes;
    for (uint32_t i = 0; i < node->count; i++) {
        uint32_t wanted, kind = ioc_compiler_kind(compiler, node->items[i]);
        at = ioc_builtin_param(at, &wanted);
        if (wanted == IOC_KIND_ZONE || wanted == IOC_KIND_PATTERN)
            wanted = IOC_STRING;
        if (wanted < 'A' && wanted != kind)
            return false;
    }
    return true;
}

static bool is_literal(const struct ioc_node *node)
{
    return node->kind == IOC_NODE_LITERAL && (node->value.type == IOC_INT || node->value.type == IOC_DOUBLE);
}

/* Arithmetic with a constant: the instruction that has it as an operand. */
static bool compile_fixed(
    struct ioc_compiler *compiler, const struct ioc_node *node, enum ioc_op op, uint32_t to)
{
    static const struct {
        uint8_t op, fixed;
        bool commutes;
    } forms[] = {
        {IOC_OP_ADD_INT, IOC_OP_ADD_INT_FIXED, true},
        {IOC_OP_SUBTRACT_INT, IOC_OP_SUBTRACT_INT_FIXED, false},
        {IOC_OP_MULTIPLY_INT, IOC_OP_MULTIPLY_INT_FIXED, true},
        {IOC_OP_ADD_DOUBLE, IOC_OP_ADD_DOUBLE_FIXED, true},
        {IOC_OP_SUBTRACT_DOUBLE, IOC_OP_SUBTRACT_DOUBLE_FIXED, false},
        {IOC_OP_MULTIPLY_DOUBLE, IOC_OP_MULTIPLY_DOUBLE_FIXED, true},
        {IOC_OP_DIVIDE_DOUBLE, IOC_OP_DIVIDE_DOUBLE_FIXED, false},
    };
    size_t i = 0, count = sizeof forms / sizeof *forms;
    while (i < count && forms[i].op != op)
        i++;
    if (i == count)
        return false;
    bool is_swapped = forms[i].commutes && is_literal(node->items[0]);
    const struct ioc_node *fixed = node->items[!is_swapped];
    if (!is_literal(fixed))
        return false;
    uint32_t value = ioc_compiler_operand(compiler, node->items[is_swapped]);
    compiler->code->place = (struct ioc_code_place){node->offset, node->length};
    add(compiler, forms[i].fixed, to, value, ioc_code_constant(compiler->code, &fixed->value), 0);
    return true;
}

static enum ioc_op equality_of(uint32_t a, uint32_t b)
{
    if (a != b)
        return IOC_OP_EQUAL_ANY;
    if (a == IOC_INT || a == IOC_UINT || a == IOC_BOOL || a == IOC_DURATION)
        return IOC_OP_EQUAL_WORD;
    if (a == IOC_DOUBLE)
        return IOC_OP_EQUAL_DOUBLE;
    if (a == IOC_TIMESTAMP)
        return IOC_OP_EQUAL_TIME;
    return a == IOC_STRING || a == IOC_BYTES ? IOC_OP_EQUAL_TEXT : IOC_OP_EQUAL_ANY;
}

static void compile_operator(struct ioc_compiler *compiler, const struct ioc_node *node,
    enum ioc_op op, bool swaps, uint32_t to)
{
    if (compile_fixed(compiler, node, op, to))
        return;
    uint32_t a = ioc_compiler_operand(compiler, node->items[0]), b = 0;
    if (node->count == 2)
        b = ioc_compiler_operand(compiler, node->items[1]);
    compiler->code->place = (struct ioc_code_place){node->offset, node->length};
    add(compiler, op, to, swaps ? b : a, swaps ? a : b, 0);
}

/* Does an overload of that name take a zone there? */
static bool takes_zone(const struct ioc_node *node, uint32_t argument)
{
    for (int i = ioc_builtin_find(node->name); i >= 0; i = ioc_builtin_next(i)) {
        const char *at = ioc_builtin_at((uint32_t)i)->takes;
        uint32_t kind = IOC_DYN;
        for (uint32_t k = 0; *at && k <= argument; k++)
            at = ioc_builtin_param(at, &kind);
        if (kind == IOC_KIND_ZONE && ioc_builtin_arity(ioc_builtin_at((uint32_t)i)) == node->count)
            return true;
    }
    return false;
}

static void compile_argument(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool is_zone, uint32_t to)
{
    struct ioc_boxed zone;
    if (is_zone && find_zone(compiler, node, &zone)) {
        load_constant(compiler, &zone, to);
        return;
    }
    compiler->needs_zones |= is_zone && node->kind != IOC_NODE_LITERAL;
    ioc_compiler_value(compiler, node, to);
}

static void compile_function(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool exact, uint32_t to)
{
    uint32_t first = ioc_compiler_register(compiler, node->count ? node->count : 1);
    if (compiler->status != IOC_OK)
        return;
    const char *at = exact ? ioc_builtin_at(node->builtin)->takes : "";
    for (uint32_t i = 0; i < node->count; i++) {
        uint32_t wanted = IOC_DYN;
        if (exact)
            at = ioc_builtin_param(at, &wanted);
        bool is_zone = exact ? wanted == IOC_KIND_ZONE : takes_zone(node, i);
        compile_argument(compiler, node->items[i], is_zone, first + i);
    }
    compiler->code->place = (struct ioc_code_place){node->offset, node->length};
    if (exact) {
        add(compiler, IOC_OP_CALL, to, first, node->builtin, 0);
        /* An item of the list is given, and items may have another type than was declared. */
        if (ioc_builtin_at(node->builtin)->style & IOC_BUILTIN_MANY)
            ioc_compiler_expect(compiler, to, ioc_compiler_kind(compiler, node));
        return;
    }
    int group = ioc_builtin_find(node->name);
    add(compiler, IOC_OP_CALL_ANY, to, first, (uint32_t)group,
        node->count | (node->is_method ? 0x100u : 0));
    ioc_compiler_expect(compiler, to, ioc_compiler_kind(compiler, node));
}

static bool is_text_kind(uint32_t kind)
{
    return kind == IOC_STRING || kind == IOC_BYTES;
}

void ioc_call_compile(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    if (node->is_unknown) {
        add(compiler, IOC_OP_FAULT, IOC_FAULT_FUNCTION, 0, 0, 0);
        return;
    }
    bool is_equality = ioc_text_equal(node->name, IOC_TEXT("_==_")),
         is_difference = ioc_text_equal(node->name, IOC_TEXT("_!=_"));
    if (is_equality || is_difference) {
        enum ioc_op op = equality_of(ioc_compiler_kind(compiler, node->items[0]),
            ioc_compiler_kind(compiler, node->items[1]));
        compile_operator(compiler, node, op, false, to);
        if (is_difference)
            add(compiler, IOC_OP_NOT, to, to, 0, 0);
        return;
    }
    int set = ioc_compiler_set(compiler, node);
    if (set >= 0) {
        uint32_t wanted = ioc_compiler_operand(compiler, node->items[0]);
        bool is_text = is_text_kind(ioc_compiler_kind(compiler, node->items[0]));
        add(compiler, is_text ? IOC_OP_IN_TEXTS : IOC_OP_IN_WORDS, to, wanted, (uint32_t)set, 0);
        return;
    }
    if (compile_part(compiler, node, to))
        return;
    const struct ioc_builtin *builtin = ioc_builtin_at(node->builtin);
    bool exact = is_exact(compiler, node);
    if (exact && builtin->op != IOC_OP_CALL)
        compile_operator(compiler, node, builtin->op, builtin->style & IOC_BUILTIN_SWAPS, to);
    else
        compile_function(compiler, node, exact, to);
}
