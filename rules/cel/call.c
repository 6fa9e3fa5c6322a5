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
    add(compiler, IOC_OP_CONSTANT, to, 0, ioc_code_constant(compiler->code, value), 0);
}

/* A constant zone is looked up now: the machine reads no files. */
static bool compile_zone(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    int32_t offset;
    struct ioc_text name = ioc_boxed_as_text(&node->value);
    if (node->kind != IOC_NODE_LITERAL || node->value.type != IOC_STRING ||
        ioc_moment_fixed_zone(name, &offset))
        return false;
    struct ioc_zone *zone;
    if (ioc_zone_load(name, &zone) != IOC_OK) {
        if (!compiler->checker->environment->is_unchecked && compiler->status == IOC_OK) {
            compiler->status = ioc_complaint_set(compiler->err, node->offset, node->length,
                "no-such-zone", "there is no time zone '%.*s'", IOC_TEXT_ARGS(name));
            ioc_complaint_hint(compiler->err, node->offset,
                "write a name such as \"Asia/Ho_Chi_Minh\" or an offset such as \"+07:00\"");
        }
        return false;
    }
    ioc_compiler_zone(compiler, zone);
    struct ioc_boxed value = {.zone = zone, .type = IOC_KIND_ZONE};
    load_constant(compiler, &value, to);
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
        if (wanted == IOC_KIND_ZONE)
            wanted = IOC_STRING;
        if (wanted < 'A' && wanted != kind)
            return false;
    }
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
    return a == IOC_STRING || a == IOC_BYTES ? IOC_OP_EQUAL_TEXT : IOC_OP_EQUAL_ANY;
}

static void compile_operator(struct ioc_compiler *compiler, const struct ioc_node *node,
    enum ioc_op op, bool swaps, uint32_t to)
{
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
    if (is_zone && compile_zone(compiler, node, to))
        return;
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
    const struct ioc_builtin *builtin = ioc_builtin_at(node->builtin);
    bool exact = is_exact(compiler, node);
    if (exact && builtin->op != IOC_OP_CALL)
        compile_operator(compiler, node, builtin->op, builtin->style & IOC_BUILTIN_SWAPS, to);
    else
        compile_function(compiler, node, exact, to);
}
