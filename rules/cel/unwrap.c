/*
 * rules/cel/unwrap.c — optionals as jumps.
 *
 * An optional that is asked at once need not be made: ioc_unwrap_compile() leaves its value in a
 * register or jumps where there is none, so `event.?x.orValue(0.0)` is a test of presence, a load and
 * a constant.  Only an optional that is kept (compared, put into a list, bound) is wrapped.
 *
 * What stands behind a test of presence cannot be missing, so its instruction gets no handler.
 */
#include "rules/cel/compiler.h"

static void add(
    struct ioc_compiler *compiler, enum ioc_op op, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    ioc_code_add(compiler->code, op, a, b, c, d);
}

static void load(struct ioc_compiler *compiler, struct ioc_boxed value, uint32_t to)
{
    add(compiler, IOC_OP_CONSTANT, to, 0, ioc_code_constant(compiler->code, &value), 0);
}

static void jump(struct ioc_compiler *compiler, uint16_t label)
{
    add(compiler, IOC_OP_JUMP, 0, 0, 0, label);
}

static bool is_optional(struct ioc_compiler *compiler, const struct ioc_node *node)
{
    return ioc_compiler_kind(compiler, node) == IOC_KIND_OPTIONAL;
}

/* What an optional of that shape holds; any type when it is not known to be one. */
static const struct ioc_shape *shape_inside(
    struct ioc_compiler *compiler, const struct ioc_node *node)
{
    const struct ioc_shape *shape = ioc_shape_look(&compiler->checker->shapes, node->shape);
    return is_optional(compiler, node) ? shape->params[0] : ioc_shape_plain(IOC_DYN);
}

static uint32_t kind_inside(struct ioc_compiler *compiler, const struct ioc_node *node)
{
    struct ioc_node inside = {.shape = shape_inside(compiler, node)};
    return ioc_compiler_kind(compiler, &inside);
}

/* The value in the register has kind `is`; that of the expression is `wanted`. */
static void expect(struct ioc_compiler *compiler, uint32_t to, uint32_t is, uint32_t wanted)
{
    if (is != wanted)
        ioc_compiler_expect(compiler, to, wanted);
}

enum ask { NO_ASK, OF, OF_NON_ZERO, NONE, HAS_VALUE, VALUE, OR, OR_VALUE };

/* Which of the functions that are compiled here is called? */
static enum ask find_ask(const struct ioc_node *node)
{
    static const struct {
        const char *name;
        uint8_t count;
        bool is_method;
    } asks[] = {
        [OF] = {"optional.of", 1, false},
        [OF_NON_ZERO] = {"optional.ofNonZeroValue", 1, false},
        [NONE] = {"optional.none", 0, false},
        [HAS_VALUE] = {"hasValue", 1, true},
        [VALUE] = {"value", 1, true},
        [OR] = {"or", 2, true},
        [OR_VALUE] = {"orValue", 2, true},
    };
    if (node->kind != IOC_NODE_CALL || node->is_unknown)
        return NO_ASK;
    for (enum ask ask = OF; ask <= OR_VALUE; ask++) {
        if (node->count == asks[ask].count && node->is_method == asks[ask].is_method &&
            ioc_text_equal(node->name, ioc_text_of(asks[ask].name)))
            return ask;
    }
    return NO_ASK;
}

static bool is_selection(struct ioc_compiler *compiler, const struct ioc_node *node)
{
    return (node->kind == IOC_NODE_SELECT || node->kind == IOC_NODE_INDEX) && !node->is_unknown &&
           (node->meaning == IOC_MEANS_NOTHING || node->meaning == IOC_MEANS_OPTIONAL) &&
           (node->is_optional || is_optional(compiler, node->items[0]));
}

static bool is_loop(const struct ioc_node *node)
{
    return node->kind == IOC_NODE_LOOP &&
           (node->loop == IOC_LOOP_OPTIONAL || node->loop == IOC_LOOP_OPTIONAL_FLAT);
}

/* record.?field as the field itself. */
static struct ioc_node make_slot(struct ioc_compiler *compiler, const struct ioc_node *node)
{
    struct ioc_node slot = *node;
    slot.kind = IOC_NODE_SELECT;
    slot.meaning = IOC_MEANS_SLOT;
    slot.is_optional = slot.is_optional_entry = false;
    slot.shape = shape_inside(compiler, node);
    return slot;
}

static void test_slot(
    struct ioc_compiler *compiler, const struct ioc_node *slot, bool wanted, uint16_t label)
{
    ioc_compiler_read(compiler, slot);
    add(compiler, wanted ? IOC_OP_TEST_HAS_T : IOC_OP_TEST_HAS_F, slot->frame, slot->slot, 0, label);
}

/* Behind test_slot(): it cannot be missing. */
static void load_slot(struct ioc_compiler *compiler, const struct ioc_node *slot, uint32_t to)
{
    uint16_t handler = compiler->code->handler;
    compiler->code->handler = IOC_CODE_NOWHERE;
    ioc_compiler_value(compiler, slot, to);
    compiler->code->handler = handler;
}

/* The optional was made: a variable, an item, the result of a function. */
static void compile_made(
    struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to, uint16_t none)
{
    uint32_t from = ioc_compiler_operand(compiler, node);
    if (!is_optional(compiler, node))
        ioc_compiler_expect(compiler, from, IOC_KIND_OPTIONAL);
    add(compiler, IOC_OP_UNWRAP, to, from, 0, none);
    ioc_compiler_expect(compiler, to, kind_inside(compiler, node));
}

/* a.?b, a[?b], and a.b, a[b] where a is an optional */
static void compile_selection(
    struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to, uint16_t none)
{
    if (node->meaning == IOC_MEANS_OPTIONAL) {
        struct ioc_node slot = make_slot(compiler, node);
        test_slot(compiler, &slot, false, none);
        load_slot(compiler, &slot, to);
        return;
    }
    const struct ioc_node *operand = node->items[0];
    uint32_t from;
    if (is_optional(compiler, operand)) {
        from = ioc_compiler_register(compiler, 1);
        ioc_unwrap_compile(compiler, operand, from, none);
    } else {
        from = ioc_compiler_operand(compiler, operand);
    }
    if (node->kind == IOC_NODE_INDEX) {
        uint32_t key = ioc_compiler_operand(compiler, node->items[1]);
        compiler->code->place = (struct ioc_code_place){node->offset, node->length};
        add(compiler, IOC_OP_FIND, to, from, key, none);
    } else {
        struct ioc_boxed key = ioc_boxed_text(node->name);
        compiler->code->place = (struct ioc_code_place){node->offset, node->length};
        add(compiler, IOC_OP_FIND_KEY, to, from, ioc_code_constant(compiler->code, &key), none);
    }
    ioc_compiler_expect(compiler, to, kind_inside(compiler, node));
}

static void compile_loop(
    struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to, uint16_t none)
{
    const struct ioc_node *range = node->items[IOC_LOOP_RANGE], *body = node->items[IOC_LOOP_BODY];
    uint32_t value = ioc_compiler_register(compiler, 1);
    if (node->loop == IOC_LOOP_BIND)
        ioc_compiler_value(compiler, range, value);
    else
        ioc_unwrap_compile(compiler, range, value, none);
    compiler->locals[node->local] = (uint8_t)value;
    bool is_plain = node->loop == IOC_LOOP_OPTIONAL;
    if (is_plain)
        ioc_compiler_value(compiler, body, to);
    else
        ioc_unwrap_compile(compiler, body, to, none);
    expect(compiler, to, is_plain ? ioc_compiler_kind(compiler, body) : kind_inside(compiler, body),
        kind_inside(compiler, node));
}

/* Two optionals of which one is taken: of a ?: b (otherwise placed), a.or(b). */
static void compile_either(struct ioc_compiler *compiler, const struct ioc_node *node,
    struct ioc_node *const *sides, uint16_t first_none, uint16_t otherwise, uint32_t to,
    uint16_t none)
{
    uint16_t end = ioc_code_label(compiler->code);
    uint32_t kind = kind_inside(compiler, node);
    for (int i = 0; i < 2; i++) {
        ioc_unwrap_compile(compiler, sides[i], to, i == 0 ? first_none : none);
        expect(compiler, to, kind_inside(compiler, sides[i]), kind);
        if (i == 0) {
            jump(compiler, end);
            ioc_code_put(compiler->code, otherwise);
        }
    }
    ioc_code_put(compiler->code, end);
}

static bool compile_call(
    struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to, uint16_t none)
{
    enum ask ask = find_ask(node);
    uint16_t otherwise = 0;
    switch (ask) {
    case OF:
    case OF_NON_ZERO:
        ioc_compiler_value(compiler, node->items[0], to);
        if (ask == OF_NON_ZERO)
            add(compiler, IOC_OP_JUMP_ZERO, to, 0, 0, none);
        expect(compiler, to, ioc_compiler_kind(compiler, node->items[0]), kind_inside(compiler, node));
        return true;
    case NONE: jump(compiler, none); return true;
    case OR:
        otherwise = ioc_code_label(compiler->code);
        compile_either(compiler, node, node->items, otherwise, otherwise, to, none);
        return true;
    default: return false;
    }
}

void ioc_unwrap_compile(
    struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to, uint16_t none)
{
    if (compiler->status != IOC_OK)
        return;
    uint32_t mark = compiler->top;
    bool is_known = is_optional(compiler, node);
    compiler->code->place = (struct ioc_code_place){node->offset, node->length};
    if (is_known && node->kind == IOC_NODE_LITERAL) {
        if (node->value.count)
            load(compiler, node->value.items[0], to);
        else
            jump(compiler, none);
    } else if (is_selection(compiler, node)) {
        compile_selection(compiler, node, to, none);
    } else if (is_loop(node) || (is_known && node->kind == IOC_NODE_LOOP)) {
        compile_loop(compiler, node, to, none);
    } else if (is_known && node->kind == IOC_NODE_CHOICE) {
        uint16_t otherwise = ioc_code_label(compiler->code);
        ioc_condition_compile(compiler, node->items[0], false, otherwise);
        compile_either(compiler, node, node->items + 1, none, otherwise, to, none);
    } else if (!compile_call(compiler, node, to, none)) {
        compile_made(compiler, node, to, none);
    }
    compiler->top = mark;
}

/* The optional as a value. */
static void wrap(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    uint16_t none = ioc_code_label(compiler->code), end = ioc_code_label(compiler->code);
    uint32_t value = ioc_compiler_register(compiler, 1);
    ioc_unwrap_compile(compiler, node, value, none);
    add(compiler, IOC_OP_WRAP, to, value, 0, 0);
    jump(compiler, end);
    ioc_code_put(compiler->code, none);
    load(compiler, (struct ioc_boxed){.type = IOC_KIND_OPTIONAL}, to);
    ioc_code_put(compiler->code, end);
}

static void compile_or_value(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    const struct ioc_node *from = node->items[0], *fallback = node->items[1];
    uint16_t none = ioc_code_label(compiler->code), end = ioc_code_label(compiler->code);
    uint32_t kind = ioc_compiler_kind(compiler, node);
    if (from->meaning == IOC_MEANS_OPTIONAL && fallback->kind == IOC_NODE_LITERAL) {
        /* The fallback first: then there is no jump over it. */
        struct ioc_node slot = make_slot(compiler, from);
        ioc_compiler_value(compiler, fallback, to);
        test_slot(compiler, &slot, false, end);
        load_slot(compiler, &slot, to);
        ioc_code_put(compiler->code, end);
        return;
    }
    ioc_unwrap_compile(compiler, from, to, none);
    expect(compiler, to, kind_inside(compiler, from), kind);
    jump(compiler, end);
    ioc_code_put(compiler->code, none);
    ioc_compiler_value(compiler, fallback, to);
    expect(compiler, to, ioc_compiler_kind(compiler, fallback), kind);
    ioc_code_put(compiler->code, end);
}

static void compile_taken(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    uint16_t none = ioc_code_label(compiler->code), end = ioc_code_label(compiler->code);
    ioc_unwrap_compile(compiler, node->items[0], to, none);
    expect(compiler, to, kind_inside(compiler, node->items[0]), ioc_compiler_kind(compiler, node));
    jump(compiler, end);
    ioc_code_put(compiler->code, none);
    compiler->code->place = (struct ioc_code_place){node->offset, node->length};
    add(compiler, IOC_OP_FAULT, IOC_FAULT_NO_VALUE, 0, 0, 0);
    ioc_code_put(compiler->code, end);
}

/* a.hasValue(), and has(a.b) where a is an optional: the optional asked, or one that is as good. */
static bool find_asked(
    struct ioc_compiler *compiler, const struct ioc_node *node, struct ioc_node *asked)
{
    if (find_ask(node) == HAS_VALUE) {
        *asked = *node->items[0];
        return true;
    }
    if (node->kind != IOC_NODE_HAS || node->meaning != IOC_MEANS_NOTHING || node->is_unknown ||
        !is_optional(compiler, node->items[0]))
        return false;
    *asked = *node;
    asked->kind = IOC_NODE_SELECT;
    asked->shape = ioc_shape_plain(IOC_KIND_OPTIONAL);
    return true;
}

bool ioc_unwrap_value(struct ioc_compiler *compiler, const struct ioc_node *node, uint32_t to)
{
    struct ioc_node asked;
    if (find_asked(compiler, node, &asked)) {
        uint16_t none = ioc_code_label(compiler->code);
        load(compiler, ioc_boxed_bool(false), to);
        ioc_condition_compile(compiler, node, false, none);
        load(compiler, ioc_boxed_bool(true), to);
        ioc_code_put(compiler->code, none);
        return true;
    }
    switch (find_ask(node)) {
    case OR_VALUE: compile_or_value(compiler, node, to); return true;
    case VALUE: compile_taken(compiler, node, to); return true;
    case NO_ASK: break;
    default: wrap(compiler, node, to); return true;
    }
    if (!is_selection(compiler, node) && !is_loop(node))
        return false;
    wrap(compiler, node, to);
    return true;
}

/* constant operator constant, as the operators do it; -1 = not here. */
static int compare(struct ioc_text name, const struct ioc_boxed *a, const struct ioc_boxed *b)
{
    if (ioc_text_equal(name, IOC_TEXT("@in"))) {
        bool is_found = false;
        if (b->type != IOC_LIST || ioc_boxed_order(a, a) == IOC_ORDER_NEVER)
            return -1;
        for (uint32_t i = 0; i < b->count; i++)
            is_found |= ioc_boxed_order(a, &b->items[i]) == 0;
        return is_found;
    }
    int order = ioc_boxed_order(a, b);
    if (order == IOC_ORDER_NEVER)
        return -1;
    if (ioc_text_equal(name, IOC_TEXT("_==_")))
        return order == 0;
    if (ioc_text_equal(name, IOC_TEXT("_!=_")))
        return order != 0;
    if (ioc_text_equal(name, IOC_TEXT("_<_")))
        return order == -1;
    if (ioc_text_equal(name, IOC_TEXT("_<=_")))
        return order == -1 || order == 0;
    if (ioc_text_equal(name, IOC_TEXT("_>_")))
        return order == 1;
    if (ioc_text_equal(name, IOC_TEXT("_>=_")))
        return order == 1 || order == 0;
    return -1;
}

/* event.?x.orValue(constant) */
static bool is_plain_fallback(const struct ioc_node *node)
{
    return find_ask(node) == OR_VALUE && node->items[0]->meaning == IOC_MEANS_OPTIONAL &&
           node->items[1]->kind == IOC_NODE_LITERAL;
}

/* event.?x.orValue(0.0) > 5.0: whether the fallback passes is known now, so that only the presence
 * and the field itself are tested. */
static bool compile_test(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool wanted, uint16_t label)
{
    if (node->kind != IOC_NODE_CALL || node->count != 2)
        return false;
    uint32_t side = is_plain_fallback(node->items[0]) ? 0 : 1;
    const struct ioc_node *asked = node->items[side], *constant = node->items[1 - side];
    if (!is_plain_fallback(asked) || constant->kind != IOC_NODE_LITERAL)
        return false;
    const struct ioc_boxed *fallback = &asked->items[1]->value;
    int passes = side == 0 ? compare(node->name, fallback, &constant->value)
                           : compare(node->name, &constant->value, fallback);
    if (passes < 0 || fallback->type != kind_inside(compiler, asked->items[0]))
        return false;
    uint16_t end = ioc_code_label(compiler->code), handler = compiler->code->handler;
    struct ioc_node slot = make_slot(compiler, asked->items[0]), test = *node;
    struct ioc_node *items[2] = {node->items[0], node->items[1]};
    items[side] = &slot;
    test.items = items;
    test_slot(compiler, &slot, false, (bool)passes == wanted ? label : end);
    compiler->code->handler = IOC_CODE_NOWHERE;
    ioc_condition_compile(compiler, &test, wanted, label);
    compiler->code->handler = handler;
    ioc_code_put(compiler->code, end);
    return true;
}

/* optional.orValue(condition) */
static bool compile_fallback(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool wanted, uint16_t label)
{
    if (find_ask(node) != OR_VALUE || kind_inside(compiler, node->items[0]) != IOC_BOOL)
        return false;
    uint16_t none = ioc_code_label(compiler->code), end = ioc_code_label(compiler->code);
    uint32_t mark = compiler->top, value = ioc_compiler_register(compiler, 1);
    ioc_unwrap_compile(compiler, node->items[0], value, none);
    add(compiler, wanted ? IOC_OP_JUMP_TRUE : IOC_OP_JUMP_FALSE, value, 0, 0, label);
    jump(compiler, end);
    ioc_code_put(compiler->code, none);
    ioc_condition_compile(compiler, node->items[1], wanted, label);
    ioc_code_put(compiler->code, end);
    compiler->top = mark;
    return true;
}

bool ioc_unwrap_condition(
    struct ioc_compiler *compiler, const struct ioc_node *node, bool wanted, uint16_t label)
{
    struct ioc_node asked;
    if (!find_asked(compiler, node, &asked))
        return compile_test(compiler, node, wanted, label) ||
               compile_fallback(compiler, node, wanted, label);
    if (asked.meaning == IOC_MEANS_OPTIONAL) {
        struct ioc_node slot = make_slot(compiler, &asked);
        test_slot(compiler, &slot, wanted, label);
        return true;
    }
    uint16_t none = ioc_code_label(compiler->code);
    uint32_t mark = compiler->top, value = ioc_compiler_register(compiler, 1);
    ioc_unwrap_compile(compiler, &asked, value, wanted ? none : label);
    if (wanted)
        jump(compiler, label);
    ioc_code_put(compiler->code, none);
    compiler->top = mark;
    return true;
}
