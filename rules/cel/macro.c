/* rules/cel/macro.c — turns macro calls into loops, blocks and variables. */
#include "rules/cel/macro.h"

struct shape {
    const char *name;
    uint8_t arguments, loop;
    int8_t filter, body;    /* which argument, -1 = none; the variables come first */
    bool is_two, is_filter; /* is_filter: the body is the loop variable itself */
};
static const struct shape shapes[] = {
    {"all", 2, IOC_LOOP_ALL, -1, 1, false, false},
    {"all", 3, IOC_LOOP_ALL, -1, 2, true, false},
    {"exists", 2, IOC_LOOP_EXISTS, -1, 1, false, false},
    {"exists", 3, IOC_LOOP_EXISTS, -1, 2, true, false},
    {"exists_one", 2, IOC_LOOP_EXISTS_ONE, -1, 1, false, false},
    {"exists_one", 3, IOC_LOOP_EXISTS_ONE, -1, 2, true, false},
    {"existsOne", 2, IOC_LOOP_EXISTS_ONE, -1, 1, false, false},
    {"existsOne", 3, IOC_LOOP_EXISTS_ONE, -1, 2, true, false},
    {"map", 2, IOC_LOOP_LIST, -1, 1, false, false},
    {"map", 3, IOC_LOOP_LIST, 1, 2, false, false},
    {"filter", 2, IOC_LOOP_LIST, 1, 0, false, true},
    {"transformList", 3, IOC_LOOP_LIST, -1, 2, true, false},
    {"transformList", 4, IOC_LOOP_LIST, 2, 3, true, false},
    {"transformMap", 3, IOC_LOOP_MAP, -1, 2, true, false},
    {"transformMap", 4, IOC_LOOP_MAP, 2, 3, true, false},
    {"transformMapEntry", 3, IOC_LOOP_ENTRIES, -1, 2, true, false},
    {"transformMapEntry", 4, IOC_LOOP_ENTRIES, 2, 3, true, false},
    {"optMap", 2, IOC_LOOP_OPTIONAL, -1, 1, false, false},
    {"optFlatMap", 2, IOC_LOOP_OPTIONAL_FLAT, -1, 1, false, false},
};

static struct ioc_node *refuse(
    struct ioc_parser *parser, const struct ioc_node *at, const char *code, const char *text)
{
    parser->status = ioc_complaint_set(parser->err, at->offset, at->length, code, "%s", text);
    return NULL;
}

static bool is_variable(const struct ioc_node *node)
{
    return node->kind == IOC_NODE_NAME && !node->is_rooted;
}

static struct ioc_node *expand_has(struct ioc_parser *parser, struct ioc_node *call)
{
    struct ioc_node *argument = call->items[0];
    if (argument->kind == IOC_NODE_SELECT && argument->is_optional) {
        const struct ioc_node *from = argument->items[0];
        struct ioc_text text = {parser->lexer.source.data + from->from, from->to - from->from};
        refuse(parser, argument, "bad-has", "has() takes the field itself, without '?'");
        ioc_complaint_hint(parser->err, argument->offset, "write has(%.*s.%.*s)",
            IOC_TEXT_ARGS(text), IOC_TEXT_ARGS(argument->name));
        return NULL;
    }
    if (argument->kind == IOC_NODE_SELECT) {
        argument->kind = IOC_NODE_HAS;
        argument->from = call->from;
        argument->to = call->to;
        return argument;
    }
    if (is_variable(argument)) { /* the checker knows whether it may be missing */
        struct ioc_node *node =
            ioc_parser_node(parser, IOC_NODE_HAS, argument->offset, argument->length, 1);
        if (!node)
            return NULL;
        node->items[0] = argument;
        return node;
    }
    return refuse(parser, argument, "bad-has", "has() needs a field, such as has(event.depth_cm)");
}

static struct ioc_node *new_loop(struct ioc_parser *parser, const struct ioc_node *call,
    enum ioc_loop loop, struct ioc_node *range, struct ioc_node *filter, struct ioc_node *body)
{
    struct ioc_node *node =
        ioc_parser_node(parser, IOC_NODE_LOOP, call->offset, call->length, IOC_LOOP_ITEMS);
    if (!node)
        return NULL;
    node->loop = (uint8_t)loop;
    node->items[IOC_LOOP_RANGE] = range;
    node->items[IOC_LOOP_FILTER] = filter;
    node->items[IOC_LOOP_BODY] = body;
    node->from = call->from;
    node->to = call->to;
    return node;
}

static struct ioc_node *expand_bind(struct ioc_parser *parser, struct ioc_node *call)
{
    if (!is_variable(call->items[1]))
        return refuse(parser, call->items[1], "bad-variable",
            "the first argument of cel.bind() must be a simple name");
    struct ioc_node *node =
        new_loop(parser, call, IOC_LOOP_BIND, call->items[2], NULL, call->items[3]);
    if (node)
        node->name = call->items[1]->name;
    return node;
}

static struct ioc_node *new_name(
    struct ioc_parser *parser, const struct ioc_node *call, struct ioc_text name)
{
    struct ioc_node *node =
        ioc_parser_node(parser, IOC_NODE_NAME, call->offset, call->length, 0);
    if (node) {
        node->name = name;
        node->from = call->from;
        node->to = call->to;
    }
    return node;
}

/* list.sortBy(x, key): cel.bind(@list, list, @list.@sortBy(@list.map(x, key))), so that the list is
 * computed once. */
static struct ioc_node *expand_sort_by(struct ioc_parser *parser, struct ioc_node *call)
{
    const struct ioc_text hidden = IOC_TEXT("@list");
    if (!is_variable(call->items[1]))
        return refuse(parser, call->items[1], "bad-variable",
            "the first argument of sortBy() must be a simple name");
    struct ioc_node *list = new_name(parser, call, hidden), *range = new_name(parser, call, hidden);
    struct ioc_node *sort =
        ioc_parser_node(parser, IOC_NODE_CALL, call->offset, call->length, 2);
    if (!list || !range || !sort)
        return NULL;
    struct ioc_node *keys = new_loop(parser, call, IOC_LOOP_LIST, range, NULL, call->items[2]);
    struct ioc_node *bind = new_loop(parser, call, IOC_LOOP_BIND, call->items[0], NULL, sort);
    if (!keys || !bind)
        return NULL;
    keys->name = call->items[1]->name;
    bind->name = hidden;
    sort->name = IOC_TEXT("@sortBy");
    sort->is_method = true;
    sort->items[0] = list;
    sort->items[1] = keys;
    sort->from = call->from;
    sort->to = call->to;
    keys->depth = call->depth; /* the parser only looks at the outermost node */
    sort->depth = call->depth + 1;
    return bind;
}

struct ioc_text ioc_macro_slot(struct ioc_arena *arena, uint32_t number)
{
    return ioc_arena_printf(arena, "@index%u", number);
}

/* cel.block([slots…], body): the slots in front of it are the variables of each slot and of the body. */
static struct ioc_node *expand_block(struct ioc_parser *parser, struct ioc_node *call)
{
    const struct ioc_node *slots = call->items[1];
    if (slots->kind != IOC_NODE_LIST)
        return refuse(parser, slots, "bad-block",
            "the first argument of cel.block() must be a list of expressions: [a, b, …]");
    struct ioc_node *node =
        ioc_parser_node(parser, IOC_NODE_BLOCK, call->offset, call->length, slots->count + 1);
    if (!node)
        return NULL;
    for (uint32_t i = 0; i < slots->count; i++) {
        node->items[i] = slots->items[i];
        if (slots->items[i]->is_optional_entry)
            return refuse(parser, slots->items[i], "bad-block",
                "a slot of cel.block() is always there: write it without '?'");
    }
    node->items[slots->count] = call->items[2];
    node->from = call->from;
    node->to = call->to;
    return node;
}

/* cel.index(0), cel.iterVar(0, 1), cel.accuVar(0, 1): variables named by small numbers. */
static struct ioc_node *expand_variable(struct ioc_parser *parser, struct ioc_node *call)
{
    for (uint32_t i = 1; i < call->count; i++) {
        const struct ioc_boxed *value = &call->items[i]->value;
        if (call->items[i]->kind != IOC_NODE_LITERAL || value->type != IOC_INT ||
            value->integer < 0 || value->integer > IOC_NODES_STRICT)
            return refuse(parser, call->items[i], "bad-variable",
                "cel.index(), cel.iterVar() and cel.accuVar() take plain numbers from 0 on");
    }
    uint32_t first = (uint32_t)call->items[1]->value.natural;
    if (call->count == 2)
        return new_name(parser, call, ioc_macro_slot(parser->arena, first));
    uint32_t second = (uint32_t)call->items[2]->value.natural;
    return new_name(parser, call,
        ioc_arena_printf(
            parser->arena, "@%.*s:%u:%u", IOC_TEXT_ARGS(call->name), first, second));
}

/* The macros of the name `cel`; the call itself when it is none. */
static struct ioc_node *expand_cel(struct ioc_parser *parser, struct ioc_node *call)
{
    static const struct {
        const char *name;
        uint32_t count; /* with the receiver */
        struct ioc_node *(*expand)(struct ioc_parser *parser, struct ioc_node *call);
    } macros[] = {
        {"bind", 4, expand_bind},
        {"block", 3, expand_block},
        {"index", 2, expand_variable},
        {"iterVar", 3, expand_variable},
        {"accuVar", 3, expand_variable},
    };
    for (size_t i = 0; i < sizeof macros / sizeof *macros; i++) {
        if (call->count == macros[i].count && ioc_text_equal(call->name, ioc_text_of(macros[i].name)))
            return macros[i].expand(parser, call);
    }
    return call;
}

static struct ioc_node *expand_loop(
    struct ioc_parser *parser, struct ioc_node *call, const struct shape *shape)
{
    struct ioc_node **arguments = call->items + 1;
    for (int i = 0; i <= (int)shape->is_two; i++) {
        if (!is_variable(arguments[i])) {
            return refuse(
                parser, arguments[i], "bad-variable", "a macro's variable must be a simple name");
        }
    }
    if (shape->is_two && ioc_text_equal(arguments[0]->name, arguments[1]->name))
        return refuse(parser, arguments[1], "bad-variable",
            "the two variables of a macro need different names");
    struct ioc_node *body = arguments[shape->body];
    if (shape->is_filter) { /* a fresh node: the declaration is not a use */
        body = ioc_parser_node(parser, IOC_NODE_NAME, body->offset, body->length, 0);
        if (!body)
            return NULL;
        body->name = arguments[0]->name;
    }
    struct ioc_node *filter = shape->filter < 0 ? NULL : arguments[shape->filter];
    struct ioc_node *node = new_loop(parser, call, shape->loop, call->items[0], filter, body);
    if (!node)
        return NULL;
    node->is_two = shape->is_two;
    node->name = arguments[0]->name;
    if (shape->is_two)
        node->second = arguments[1]->name;
    return node;
}

struct ioc_node *ioc_macro_expand(struct ioc_parser *parser, struct ioc_node *call)
{
    if (!call->is_method) {
        if (call->count == 1 && ioc_text_equal(call->name, IOC_TEXT("has")))
            return expand_has(parser, call);
        return call;
    }
    const struct ioc_node *receiver = call->items[0];
    if (is_variable(receiver) && ioc_text_equal(receiver->name, IOC_TEXT("cel"))) {
        struct ioc_node *expanded = expand_cel(parser, call);
        if (expanded != call)
            return expanded;
    }
    if (call->count == 3 && ioc_text_equal(call->name, IOC_TEXT("sortBy")))
        return expand_sort_by(parser, call);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (call->count == shapes[i].arguments + 1u &&
            ioc_text_equal(call->name, ioc_text_of(shapes[i].name)))
            return expand_loop(parser, call, &shapes[i]);
    }
    return call;
}
