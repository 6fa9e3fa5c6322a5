/*
 * rules/cel/parser.c — text → syntax tree, by operator precedence.
 *
 * Recursion is bounded by IOC_DEPTH_MOST, and so is the depth of the tree that left-associative
 * chains build; whoever walks the tree later may recurse.
 */
#include "rules/cel/parser.h"
#include "rules/cel/macro.h"
#include "rules/cel/slip.h"

static struct ioc_node *parse_expression(struct ioc_parser *parser);

static void advance(struct ioc_parser *parser)
{
    parser->before = parser->token;
    parser->token = ioc_lexer_next(&parser->lexer);
    if (parser->token.kind == IOC_TOKEN_BAD)
        parser->status = IOC_INVALID;
}

static struct ioc_node *refuse_depth(struct ioc_parser *parser, uint32_t offset)
{
    ioc_complaint_set(parser->err, offset, 1, "too-deep",
        "the expression is nested deeper than %d levels", IOC_DEPTH_MOST);
    parser->status = IOC_LIMIT;
    return NULL;
}

struct ioc_node *ioc_parser_node(struct ioc_parser *parser, enum ioc_node_kind kind,
    uint32_t offset, uint32_t length, uint32_t count)
{
    if (++parser->nodes > parser->nodes_most) {
        ioc_complaint_set(parser->err, offset, length, "too-long",
            "the expression has more than %u parts", parser->nodes_most);
        parser->status = IOC_LIMIT;
        return NULL;
    }
    struct ioc_node *node = ioc_arena_take(parser->arena, sizeof *node);
    node->kind = (uint8_t)kind;
    node->offset = node->from = offset;
    node->length = length;
    node->to = offset + length;
    node->count = count;
    if (count)
        node->items = ioc_arena_take(parser->arena, count * sizeof *node->items);
    return node;
}

/* Depth and extent from the operands; NULL when it has become too deep. */
static struct ioc_node *finish(struct ioc_parser *parser, struct ioc_node *node)
{
    for (uint32_t i = 0; i < node->count; i++) {
        const struct ioc_node *item = node->items[i];
        if (!item)
            continue;
        if (item->depth >= node->depth)
            node->depth = item->depth + 1;
        if (item->from < node->from)
            node->from = item->from;
        if (item->to > node->to)
            node->to = item->to;
    }
    return node->depth > IOC_DEPTH_MOST ? refuse_depth(parser, node->offset) : node;
}

static bool expect(struct ioc_parser *parser, enum ioc_token_kind kind, const char *wanted)
{
    if (parser->token.kind != kind) {
        ioc_slip_refuse(parser, wanted);
        return false;
    }
    advance(parser);
    return parser->status == IOC_OK;
}

/* The `?` of a.?b, a[?b], [?a], {?a: b}. */
static bool take_question(struct ioc_parser *parser)
{
    if (parser->token.kind != IOC_TOKEN_QUESTION)
        return false;
    advance(parser);
    return true;
}

struct items { /* operands being collected */
    struct ioc_node **nodes;
    uint32_t count, capacity;
};

static void collect(struct ioc_parser *parser, struct items *items, struct ioc_node *node)
{
    if (items->count == items->capacity) {
        uint32_t capacity = items->capacity ? items->capacity * 2 : 4;
        struct ioc_node **nodes = ioc_arena_take(parser->arena, capacity * sizeof *nodes);
        if (items->count)
            memcpy(nodes, items->nodes, items->count * sizeof *nodes);
        items->nodes = nodes;
        items->capacity = capacity;
    }
    items->nodes[items->count++] = node;
}

static struct ioc_node *give_items(struct ioc_node *node, struct items items)
{
    if (!node)
        return NULL;
    node->items = items.nodes;
    node->count = items.count;
    return node;
}

/* Expressions up to the closing token, which is consumed.  A trailing comma is allowed when asked. */
static bool parse_items(struct ioc_parser *parser, struct items *items, enum ioc_token_kind close,
    const char *wanted, bool may_trail)
{
    while (parser->token.kind != close) {
        bool is_entry = close == IOC_TOKEN_CLOSE_LIST && take_question(parser);
        struct ioc_node *node = parse_expression(parser);
        if (!node)
            return false;
        node->is_optional_entry = is_entry;
        collect(parser, items, node);
        if (parser->token.kind != IOC_TOKEN_COMMA)
            break;
        advance(parser);
        if (!may_trail && parser->token.kind == close) {
            ioc_slip_refuse(parser, "another argument");
            return false;
        }
    }
    return expect(parser, close, wanted);
}

static struct ioc_node *finish_literal(
    struct ioc_parser *parser, struct ioc_boxed value, uint32_t from)
{
    struct ioc_node *node = ioc_parser_node(
        parser, IOC_NODE_LITERAL, from, parser->token.offset + parser->token.length - from, 0);
    if (!node)
        return NULL;
    node->value = value;
    advance(parser);
    return parser->status == IOC_OK ? node : NULL;
}

/* A number with its sign: the most negative int has no positive twin. */
static struct ioc_node *parse_number(struct ioc_parser *parser, bool is_negative, uint32_t from)
{
    const struct ioc_token *token = &parser->token;
    if (token->kind == IOC_TOKEN_DOUBLE)
        return finish_literal(
            parser, ioc_boxed_double(is_negative ? -token->number : token->number), from);
    if (token->kind == IOC_TOKEN_UINT)
        return finish_literal(parser, ioc_boxed_uint(token->natural), from);
    if (!is_negative && token->natural > INT64_MAX) {
        ioc_complaint_set(parser->err, token->offset, token->length, "number-range",
            "the number is too large for an int");
        ioc_complaint_hint(parser->err, token->offset,
            "write it with a decimal point, or with u for an unsigned one");
        parser->status = IOC_INVALID;
        return NULL;
    }
    return finish_literal(
        parser, ioc_boxed_int((int64_t)(is_negative ? 0 - token->natural : token->natural)), from);
}

static struct ioc_node *parse_list(struct ioc_parser *parser)
{
    struct ioc_token open = parser->token;
    struct items items = {0};
    advance(parser);
    if (!parse_items(parser, &items, IOC_TOKEN_CLOSE_LIST, "',' or ']'", true))
        return NULL;
    struct ioc_node *node =
        give_items(ioc_parser_node(parser, IOC_NODE_LIST, open.offset, open.length, 0), items);
    if (!node)
        return NULL;
    node->to = parser->before.offset + parser->before.length;
    return finish(parser, node);
}

static struct ioc_node *parse_map(struct ioc_parser *parser)
{
    struct ioc_token open = parser->token;
    struct items items = {0};
    advance(parser);
    while (parser->status == IOC_OK && parser->token.kind != IOC_TOKEN_CLOSE_MAP) {
        bool is_entry = take_question(parser);
        for (int half = 0; half < 2; half++) {
            struct ioc_node *node = parse_expression(parser);
            if (!node || (half == 0 && !expect(parser, IOC_TOKEN_COLON, "':'")))
                return NULL;
            node->is_optional_entry = is_entry && half == 1;
            collect(parser, &items, node);
        }
        if (parser->token.kind != IOC_TOKEN_COMMA)
            break;
        advance(parser);
    }
    if (!expect(parser, IOC_TOKEN_CLOSE_MAP, "',' or '}'"))
        return NULL;
    struct ioc_node *node =
        give_items(ioc_parser_node(parser, IOC_NODE_MAP, open.offset, open.length, 0), items);
    if (!node)
        return NULL;
    node->to = parser->before.offset + parser->before.length;
    return finish(parser, node);
}

/* name(…) or receiver.name(…); the opening parenthesis is being looked at. */
static struct ioc_node *parse_call(
    struct ioc_parser *parser, struct ioc_token name, struct ioc_node *receiver, bool is_rooted)
{
    struct items items = {0};
    if (receiver)
        collect(parser, &items, receiver);
    advance(parser);
    if (!parse_items(parser, &items, IOC_TOKEN_CLOSE, "',' or ')'", false))
        return NULL;
    struct ioc_node *node =
        give_items(ioc_parser_node(parser, IOC_NODE_CALL, name.offset, name.length, 0), items);
    if (!node)
        return NULL;
    node->name = name.text;
    node->is_method = receiver != NULL;
    node->is_rooted = is_rooted;
    node->to = parser->before.offset + parser->before.length;
    if (!finish(parser, node))
        return NULL;
    struct ioc_node *expanded = ioc_macro_expand(parser, node);
    return expanded && expanded != node ? finish(parser, expanded) : expanded;
}

static struct ioc_node *parse_name(struct ioc_parser *parser)
{
    bool is_rooted = parser->token.kind == IOC_TOKEN_DOT;
    if (is_rooted)
        advance(parser);
    struct ioc_token name = parser->token;
    if (name.kind != IOC_TOKEN_NAME)
        return ioc_slip_refuse(parser, "a name");
    if (name.is_reserved) {
        parser->status = ioc_complaint_set(parser->err, name.offset, name.length, "reserved-word",
            "'%.*s' is a reserved word and cannot be a name", IOC_TEXT_ARGS(name.text));
        return NULL;
    }
    advance(parser);
    if (parser->token.kind == IOC_TOKEN_OPEN)
        return parse_call(parser, name, NULL, is_rooted);
    struct ioc_node *node = ioc_parser_node(parser, IOC_NODE_NAME, name.offset, name.length, 0);
    if (!node)
        return NULL;
    node->name = name.text;
    node->is_rooted = is_rooted;
    return node;
}

static struct ioc_node *parse_primary(struct ioc_parser *parser)
{
    struct ioc_token token = parser->token;
    struct ioc_boxed text = {.text = token.text.data,
        .count = token.text.length,
        .type = token.kind == IOC_TOKEN_BYTES ? IOC_BYTES : IOC_STRING};
    switch (token.kind) {
    case IOC_TOKEN_INT:
    case IOC_TOKEN_UINT:
    case IOC_TOKEN_DOUBLE: return parse_number(parser, false, token.offset);
    case IOC_TOKEN_STRING:
    case IOC_TOKEN_BYTES: return finish_literal(parser, text, token.offset);
    case IOC_TOKEN_TRUE:
    case IOC_TOKEN_FALSE:
        return finish_literal(parser, ioc_boxed_bool(token.kind == IOC_TOKEN_TRUE), token.offset);
    case IOC_TOKEN_NULL:
        return finish_literal(parser, (struct ioc_boxed){.type = IOC_NULL}, token.offset);
    case IOC_TOKEN_OPEN_LIST: return parse_list(parser);
    case IOC_TOKEN_OPEN_MAP: return parse_map(parser);
    case IOC_TOKEN_OPEN: {
        advance(parser);
        struct ioc_node *node = parse_expression(parser);
        if (!node || !expect(parser, IOC_TOKEN_CLOSE, "')' or an operator"))
            return NULL;
        node->is_enclosed = true;
        return node;
    }
    case IOC_TOKEN_NAME:
    case IOC_TOKEN_DOT: return parse_name(parser);
    default: return ioc_slip_refuse(parser, "a value");
    }
}

static struct ioc_node *parse_field(struct ioc_parser *parser, struct ioc_node *node)
{
    advance(parser);
    bool is_optional = take_question(parser);
    struct ioc_token name = parser->token;
    bool is_name = name.kind == IOC_TOKEN_NAME;
    if (!is_name && name.kind != IOC_TOKEN_QUOTED)
        return ioc_slip_refuse(parser, "the name of a field");
    advance(parser);
    if (parser->token.kind == IOC_TOKEN_OPEN && is_name && is_optional) {
        parser->status = ioc_complaint_set(parser->err, name.offset, name.length, "optional-call",
            "a function is not called with '.?'");
        ioc_complaint_hint(
            parser->err, name.offset, "write .%.*s(…) without ?", IOC_TEXT_ARGS(name.text));
        return NULL;
    }
    if (parser->token.kind == IOC_TOKEN_OPEN && is_name)
        return parse_call(parser, name, node, false);
    struct ioc_node *select = ioc_parser_node(parser, IOC_NODE_SELECT, name.offset, name.length, 1);
    if (!select)
        return NULL;
    select->items[0] = node;
    select->name = name.text;
    select->is_optional = is_optional;
    return finish(parser, select);
}

static struct ioc_node *parse_member(struct ioc_parser *parser)
{
    struct ioc_node *node = parse_primary(parser);
    while (node && parser->status == IOC_OK) {
        if (parser->token.kind == IOC_TOKEN_DOT) {
            node = parse_field(parser, node);
        } else if (parser->token.kind == IOC_TOKEN_OPEN_LIST) {
            struct ioc_token open = parser->token;
            advance(parser);
            bool is_optional = take_question(parser);
            struct ioc_node *index = parse_expression(parser);
            if (!index || !expect(parser, IOC_TOKEN_CLOSE_LIST, "']'"))
                return NULL;
            struct ioc_node *outer =
                ioc_parser_node(parser, IOC_NODE_INDEX, open.offset, open.length, 2);
            if (!outer)
                return NULL;
            outer->items[0] = node;
            outer->items[1] = index;
            outer->is_optional = is_optional;
            outer->to = parser->before.offset + parser->before.length;
            node = finish(parser, outer);
        } else {
            return node;
        }
    }
    return parser->status == IOC_OK ? node : NULL;
}

static struct ioc_node *parse_unary(struct ioc_parser *parser)
{
    struct ioc_token sign = parser->token;
    if (sign.kind != IOC_TOKEN_NOT && sign.kind != IOC_TOKEN_MINUS)
        return parse_member(parser);
    if (++parser->depth > IOC_DEPTH_MOST)
        return refuse_depth(parser, sign.offset);
    advance(parser);
    struct ioc_node *node = NULL;
    if (sign.kind == IOC_TOKEN_MINUS &&
        (parser->token.kind == IOC_TOKEN_INT || parser->token.kind == IOC_TOKEN_DOUBLE)) {
        node = parse_number(parser, true, sign.offset);
    } else {
        struct ioc_node *operand = parse_unary(parser);
        node = operand ? ioc_parser_node(parser, IOC_NODE_CALL, sign.offset, sign.length, 1) : NULL;
        if (node) {
            node->items[0] = operand;
            node->name = sign.kind == IOC_TOKEN_NOT ? IOC_TEXT("!_") : IOC_TEXT("-_");
            node = finish(parser, node);
        }
    }
    parser->depth--;
    return node;
}

static const struct operator_row {
    enum ioc_token_kind token;
    uint8_t level; /* binds tighter when higher */
    const char *name;
} operators[] = {
    {IOC_TOKEN_OR, 1, "_||_"},
    {IOC_TOKEN_AND, 2, "_&&_"},
    {IOC_TOKEN_LESS, 3, "_<_"},
    {IOC_TOKEN_LESS_EQUAL, 3, "_<=_"},
    {IOC_TOKEN_GREATER, 3, "_>_"},
    {IOC_TOKEN_GREATER_EQUAL, 3, "_>=_"},
    {IOC_TOKEN_EQUAL, 3, "_==_"},
    {IOC_TOKEN_NOT_EQUAL, 3, "_!=_"},
    {IOC_TOKEN_IN, 3, "@in"},
    {IOC_TOKEN_PLUS, 4, "_+_"},
    {IOC_TOKEN_MINUS, 4, "_-_"},
    {IOC_TOKEN_TIMES, 5, "_*_"},
    {IOC_TOKEN_DIVIDE, 5, "_/_"},
    {IOC_TOKEN_MODULO, 5, "_%_"},
};

static const struct operator_row *find_operator(enum ioc_token_kind token)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (operators[i].token == token)
            return &operators[i];
    }
    return NULL;
}

static struct ioc_node *parse_binary(struct ioc_parser *parser, uint8_t level);

/* a && b && c … as one node. */
static struct ioc_node *parse_chain(
    struct ioc_parser *parser, struct ioc_node *first, const struct operator_row *row)
{
    struct items items = {0};
    struct ioc_token token = parser->token;
    collect(parser, &items, first);
    while (parser->token.kind == row->token) {
        advance(parser);
        struct ioc_node *next = parse_binary(parser, row->level + 1);
        if (!next)
            return NULL;
        collect(parser, &items, next);
    }
    enum ioc_node_kind kind = row->token == IOC_TOKEN_AND ? IOC_NODE_AND : IOC_NODE_OR;
    struct ioc_node *node =
        give_items(ioc_parser_node(parser, kind, token.offset, token.length, 0), items);
    return node ? finish(parser, node) : NULL;
}

static struct ioc_node *parse_binary(struct ioc_parser *parser, uint8_t level)
{
    struct ioc_node *left = parse_unary(parser);
    while (left && parser->status == IOC_OK) {
        const struct operator_row *row = find_operator(parser->token.kind);
        if (!row || row->level < level)
            return left;
        if (row->level <= 2) {
            left = parse_chain(parser, left, row);
            continue;
        }
        struct ioc_token token = parser->token;
        advance(parser);
        struct ioc_node *right = parse_binary(parser, row->level + 1);
        struct ioc_node *node =
            right ? ioc_parser_node(parser, IOC_NODE_CALL, token.offset, token.length, 2) : NULL;
        if (!node)
            return NULL;
        node->name = ioc_text_of(row->name);
        node->items[0] = left;
        node->items[1] = right;
        left = finish(parser, node);
    }
    return parser->status == IOC_OK ? left : NULL;
}

static struct ioc_node *parse_choice(struct ioc_parser *parser)
{
    struct ioc_node *condition = parse_binary(parser, 1);
    if (!condition || parser->token.kind != IOC_TOKEN_QUESTION)
        return condition;
    struct ioc_token token = parser->token;
    advance(parser);
    bool is_swapped = parser->token.kind == IOC_TOKEN_DOT && parser->token.offset == token.offset + 1;
    struct ioc_node *yes = parse_binary(parser, 1);
    if (!yes || !expect(parser, IOC_TOKEN_COLON, "':'")) {
        if (is_swapped)
            ioc_complaint_hint(parser->err, parser->token.offset,
                "a field that may be missing is read with .? (not ?.): event.?depth_cm");
        return NULL;
    }
    struct ioc_node *no = parse_expression(parser);
    struct ioc_node *node =
        no ? ioc_parser_node(parser, IOC_NODE_CHOICE, token.offset, token.length, 3) : NULL;
    if (!node)
        return NULL;
    node->items[0] = condition;
    node->items[1] = yes;
    node->items[2] = no;
    return finish(parser, node);
}

static struct ioc_node *parse_expression(struct ioc_parser *parser)
{
    if (parser->status != IOC_OK)
        return NULL;
    if (++parser->depth > IOC_DEPTH_MOST)
        return refuse_depth(parser, parser->token.offset);
    struct ioc_node *node = parse_choice(parser);
    parser->depth--;
    return node;
}

/* Points at the first byte that is no character. */
static void refuse_bytes(struct ioc_text source, struct ioc_program_error *err)
{
    struct ioc_text rest = source;
    for (uint32_t length; (length = ioc_text_character(rest)) > 0;) {
        rest.data += length;
        rest.length -= length;
    }
    ioc_complaint_set(err, source.length - rest.length, 1, "not-utf8", "the text is not valid UTF-8");
}

enum ioc_status ioc_parser_parse(struct ioc_text source, uint32_t nodes_most,
    struct ioc_arena *arena, struct ioc_node **tree, struct ioc_program_error *err)
{
    if (source.length > IOC_SOURCE_MOST) {
        ioc_complaint_set(err, IOC_SOURCE_MOST, 1, "too-long",
            "the expression is longer than %d bytes", IOC_SOURCE_MOST);
        return IOC_LIMIT;
    }
    if (!ioc_text_is_utf8(source)) {
        refuse_bytes(source, err);
        return IOC_INVALID;
    }
    struct ioc_parser parser = {.lexer = {.source = source, .arena = arena, .err = err},
        .arena = arena,
        .err = err,
        .nodes_most = nodes_most};
    advance(&parser);
    struct ioc_node *node = parse_expression(&parser);
    if (node && parser.status == IOC_OK && parser.token.kind != IOC_TOKEN_END)
        ioc_slip_refuse(&parser, "an operator or the end");
    if (parser.status != IOC_OK)
        return parser.status;
    assert(node);
    *tree = node;
    return IOC_OK;
}
