/*
 * rules/cel/cost.c — walks the tree with bounds of every value: how many bytes or items, how large each item.
 *
 * Figures are doubles, so that nesting macros cannot overflow them.
 */
#include "rules/cel/cost.h"
#include <stdlib.h>

struct bound { /* what evaluating takes, and how large the value can be */
    double steps, count, inner; /* count: bytes or items; inner: of an item */
};
struct costing {
    struct ioc_compiler *compiler;
    struct bound *locals; /* of loop variables, by number */
    bool sorts;
};

static const double most = 1e15;
enum {
    TEXT_MOST = 4096, /* as core/draft.c, where a field says nothing */
    ITEMS_MOST = 64,
    CELLS_MOST = IOC_ROW_MOST / (int)sizeof(struct ioc_cell), /* in a dyn field */
    MADE_MOST = IOC_SCRATCH_BYTES,
    PASSES_MOST = 10000,
    STEP_BYTES = 16,
    CALL_STEPS = 12,    /* what the machine takes for a call, and more when the overload is looked for */
    MATCH_STEPS = 32,
    PAIR_STEPS = 12,    /* half a pair of a map: the key may be there already */
    PASS_STEPS = 7,     /* around the body of a loop */
    CHEAP = 12, /* up to here, the order of the engineer is kept */
};

/* Functions that are more than a look at their arguments. */
static const struct dear {
    const char *name;
    uint16_t steps; /* each */
    uint8_t bytes;  /* steps for a byte of the arguments */
    bool is_square; /* compares every item with every other */
} dear[] = {
    {"startsWith", 2, 0}, {"endsWith", 2, 0}, {"matches", 40, 1}, {"distance_m", 20, 0}, {"inside", 200, 0}, {"area", 400, 0}, {"fold", 10, 1},
    {"plate_normalize", 10, 1}, {"format", 20, 2}, {"timestamp", 30, 1}, {"duration", 20, 1}, {"distinct", 4, 1, true},
    {"replace", 10, 1}, {"base64.encode", 10, 1}, {"base64.decode", 10, 1}, {"string", 75, 1}, {"double", 10, 1},
    {"getHours", 12, 0}, {"getMinutes", 12, 0}, {"getDate", 12, 0}, {"getDayOfWeek", 12, 0}, {"getDayOfMonth", 12, 0},
    {"getDayOfYear", 12, 0}, {"getMonth", 12, 0}, {"getFullYear", 12, 0}, {"getSeconds", 12, 0}, {"sort", 4, 1, true}, {"@sortBy", 4, 1, true},
};

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static struct bound estimate(struct costing *costing, struct ioc_node *node);

static struct bound of_field(const struct ioc_field *field)
{
    struct bound bound = {.steps = 1};
    switch (field->type) {
    case IOC_STRING:
    case IOC_BYTES: bound.count = field->max ? field->max : TEXT_MOST; break;
    case IOC_LIST:
    case IOC_MAP:
        bound.count = field->max ? field->max : ITEMS_MOST;
        bound.inner = field->of == IOC_INT || field->of == IOC_DOUBLE || field->of == IOC_UINT || field->of == IOC_BOOL
            ? 1 : field->element ? field->element->count : TEXT_MOST;
        break;
    case IOC_DYN:
        bound.count = CELLS_MOST;
        bound.inner = TEXT_MOST;
        break;
    default: break;
    }
    return bound;
}

static struct bound of_slot(const struct costing *costing, const struct ioc_node *node)
{
    const struct ioc_scope *scope = costing->compiler->checker->environment->scope;
    for (uint32_t i = 0; i < scope->count; i++) {
        const struct ioc_variable *variable = &scope->variables[i];
        if (variable->frame != node->frame)
            continue;
        if (variable->is_record && node->slot < variable->schema->count)
            return of_field(&variable->schema->fields[node->slot]);
        if (!variable->is_record && variable->slot == node->slot && variable->field)
            return of_field(variable->field);
    }
    return (struct bound){.steps = 1, .count = CELLS_MOST, .inner = TEXT_MOST};
}

static struct bound of_name(const struct costing *costing, const struct ioc_node *node)
{
    if (node->meaning == IOC_MEANS_SLOT || node->meaning == IOC_MEANS_OPTIONAL)
        return of_slot(costing, node);
    if (node->meaning == IOC_MEANS_RECORD)
        return (struct bound){node->schema->count, node->schema->count, TEXT_MOST};
    if (node->meaning == IOC_MEANS_LOCAL)
        return costing->locals[node->local];
    return (struct bound){.steps = 1};
}

static struct bound of_literal(const struct ioc_boxed *value)
{
    struct bound bound = {.steps = 1};
    bool has_count = value->type == IOC_STRING || value->type == IOC_BYTES || value->type == IOC_LIST || value->type == IOC_MAP;
    bound.count = has_count ? value->count : 0;
    uint32_t halves = value->type == IOC_MAP ? 2 * value->count : value->type == IOC_LIST ? value->count : 0;
    for (uint32_t i = 0; i < halves; i++)
        bound.inner = larger(bound.inner, of_literal(&value->items[i]).count);
    return bound;
}

/* A field or item of a value: maps are searched. */
static struct bound of_item(struct costing *costing, struct ioc_node *node)
{
    struct bound from = estimate(costing, node->items[0]), bound = {.steps = from.steps + 2};
    if (node->kind == IOC_NODE_INDEX)
        bound.steps += estimate(costing, node->items[1]).steps;
    uint32_t kind = ioc_compiler_kind(costing->compiler, node->items[0]);
    if (kind != IOC_LIST)
        bound.steps += node->items[0]->schema ? node->items[0]->schema->count : smaller(from.count, from.inner + ITEMS_MOST);
    bound.count = bound.inner = from.inner;
    return bound;
}

static const struct dear *find_dear(struct ioc_text name)
{
    for (size_t i = 0; i < sizeof dear / sizeof *dear; i++) {
        if (ioc_text_equal(name, ioc_text_of(dear[i].name)))
            return &dear[i];
    }
    return NULL;
}

/* All bytes of a value. */
static double size_of(struct bound bound)
{
    return bound.count * larger(1, bound.inner);
}

static bool is_named(const struct ioc_node *node, const char *name)
{
    return ioc_text_equal(node->name, ioc_text_of(name));
}

static bool is_asked(const struct ioc_node *node)
{
    return node->is_method && (is_named(node, "orValue") || is_named(node, "or") ||
                                  is_named(node, "hasValue") || is_named(node, "value"));
}

/* == of two values: the smaller one decides; each key of a map is looked for in the other. */
static double compare_cost(const struct costing *costing, const struct ioc_node *node, struct bound a, struct bound b)
{
    uint32_t kind = ioc_compiler_kind(costing->compiler, node->items[0]);
    double count = smaller(a.count, b.count), inner = 1 + smaller(a.inner, b.inner) / STEP_BYTES;
    if (kind == IOC_STRING || kind == IOC_BYTES)
        return 1 + count / STEP_BYTES;
    return 1 + count * inner + (kind == IOC_MAP || kind == IOC_DYN ? count * count : 0);
}

static struct bound of_call(struct costing *costing, struct ioc_node *node)
{
    struct bound bound = {0}, last = {0}, before = {0};
    double size = 0, count = 0;
    for (uint32_t i = 0; i < node->count; i++) {
        struct bound argument = estimate(costing, node->items[i]);
        bound.steps += argument.steps;
        bound.inner = larger(bound.inner, argument.inner);
        count += argument.count;
        size += size_of(argument);
        before = last;
        last = argument;
    }
    bool is_operator = node->name.length && strchr("_!-@", node->name.data[0]);
    const struct dear *found = find_dear(node->name);
    if (is_named(node, "_==_") || is_named(node, "_!=_"))
        bound.steps += compare_cost(costing, node, before, last);
    else if (is_named(node, "@in") && node->items[1]->kind == IOC_NODE_LITERAL)
        bound.steps += 2;
    else if (is_asked(node)) /* jumps: unwrap.c */
        bound.steps += 1;
    else if (is_operator)
        bound.steps += (node->is_dynamic ? MATCH_STEPS : 1) + size / STEP_BYTES + (is_named(node, "@in") ? 2 * count : 0);
    else
        bound.steps += (node->is_dynamic ? MATCH_STEPS : CALL_STEPS) + (found ? found->steps + found->bytes * size : size / STEP_BYTES);
    if (found && found->is_square)
        bound.steps += count * count;
    uint32_t kind = ioc_compiler_kind(costing->compiler, node);
    bool is_scalar = kind == IOC_BOOL || kind == IOC_INT || kind == IOC_UINT || kind == IOC_DOUBLE;
    if (is_scalar)
        bound.count = bound.inner = 0;
    else if (kind == IOC_LIST && node->count && ioc_compiler_kind(costing->compiler, node->items[0]) == IOC_INT)
        bound.count = MADE_MOST / 16; /* lists.range */
    else
        bound.count = smaller(MADE_MOST, count + 40);
    return bound;
}

static struct bound of_loop(struct costing *costing, struct ioc_node *node)
{
    struct bound range = estimate(costing, node->items[IOC_LOOP_RANGE]), bound = {.steps = range.steps};
    bool is_once = node->loop == IOC_LOOP_BIND || node->loop == IOC_LOOP_OPTIONAL || node->loop == IOC_LOOP_OPTIONAL_FLAT;
    double passes = is_once ? 1 : smaller(range.count, PASSES_MOST);
    struct bound variable = {.count = range.inner, .inner = range.inner};
    costing->locals[node->local] = is_once ? (struct bound){0, range.count, range.inner} : variable;
    if (node->is_two)
        costing->locals[node->local + 1] = variable;
    struct bound body = estimate(costing, node->items[IOC_LOOP_BODY]);
    double filter = node->items[IOC_LOOP_FILTER] ? estimate(costing, node->items[IOC_LOOP_FILTER]).steps : 0;
    bool is_merge = node->loop == IOC_LOOP_ENTRIES; /* a pair is put again when the map grows */
    double pairs = is_merge ? smaller(MADE_MOST, 3 * body.count) : node->loop == IOC_LOOP_MAP;
    bound.steps = smaller(most, bound.steps + passes * (PASS_STEPS + pairs * 2 * PAIR_STEPS + body.steps + filter));
    bool makes = node->loop == IOC_LOOP_LIST || node->loop == IOC_LOOP_MAP || is_merge;
    if (is_once || makes) {
        bound.count = is_merge ? smaller(MADE_MOST, passes * body.count) : makes ? passes : body.count;
        bound.inner = makes && !is_merge ? smaller(MADE_MOST, size_of(body)) : body.inner;
    }
    return bound;
}

static struct bound of_block(struct costing *costing, struct ioc_node *node)
{
    double steps = 0;
    for (uint32_t i = 0; i + 1 < node->count; i++) {
        if (!node->items[i]) /* a constant, already where it is used */
            continue;
        struct bound slot = estimate(costing, node->items[i]);
        steps += slot.steps;
        costing->locals[node->local + i] = (struct bound){0, slot.count, slot.inner};
    }
    struct bound bound = estimate(costing, node->items[node->count - 1]);
    bound.steps += steps;
    return bound;
}

struct priced { /* an operand of a chain */
    struct ioc_node *node;
    double steps;
    uint32_t place;
};

static int compare_prices(const void *first, const void *second)
{
    const struct priced *a = first, *b = second;
    if (a->steps != b->steps)
        return a->steps < b->steps ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static struct bound of_chain(struct costing *costing, struct ioc_node *node)
{
    struct bound bound = {0};
    struct priced *priced = ioc_arena_take(costing->compiler->arena, (node->count + 1) * sizeof *priced);
    for (uint32_t i = 0; i < node->count; i++) {
        double steps = estimate(costing, node->items[i]).steps;
        bound.steps += steps;
        priced[i] = (struct priced){node->items[i], larger(steps, CHEAP), i};
    }
    if (!costing->sorts)
        return bound;
    qsort(priced, node->count, sizeof *priced, compare_prices);
    for (uint32_t i = 0; i < node->count; i++)
        node->items[i] = priced[i].node;
    return bound;
}

/* Lists and maps as they are written. */
static struct bound of_items(struct costing *costing, struct ioc_node *node)
{
    struct bound bound = {.steps = 2};
    for (uint32_t i = 0; i < node->count; i++) {
        struct bound item = estimate(costing, node->items[i]);
        bound.steps += (node->kind == IOC_NODE_MAP ? PAIR_STEPS : 1) + item.steps;
        bound.inner = larger(bound.inner, size_of(item));
    }
    bound.count = node->kind == IOC_NODE_MAP ? node->count / 2 : node->count;
    return bound;
}

static struct bound of_choice(struct costing *costing, struct ioc_node *node)
{
    struct bound condition = estimate(costing, node->items[0]), yes = estimate(costing, node->items[1]),
                 no = estimate(costing, node->items[2]);
    return (struct bound){condition.steps + larger(yes.steps, no.steps) + 1, larger(yes.count, no.count),
        larger(yes.inner, no.inner)};
}

static struct bound estimate(struct costing *costing, struct ioc_node *node)
{
    bool is_name = node->meaning != IOC_MEANS_NOTHING || node->is_unknown;
    switch ((enum ioc_node_kind)node->kind) {
    case IOC_NODE_LITERAL: return of_literal(&node->value);
    case IOC_NODE_NAME: return of_name(costing, node);
    case IOC_NODE_SELECT:
    case IOC_NODE_INDEX: return is_name ? of_name(costing, node) : of_item(costing, node);
    case IOC_NODE_HAS: {
        struct bound bound = is_name ? (struct bound){0} : of_item(costing, node);
        return (struct bound){.steps = 1 + bound.steps};
    }
    case IOC_NODE_CALL: return of_call(costing, node);
    case IOC_NODE_AND:
    case IOC_NODE_OR: return of_chain(costing, node);
    case IOC_NODE_CHOICE: return of_choice(costing, node);
    case IOC_NODE_LIST:
    case IOC_NODE_MAP: return of_items(costing, node);
    case IOC_NODE_LOOP: return of_loop(costing, node);
    case IOC_NODE_BLOCK: return of_block(costing, node);
    }
    assert(!"no such node");
    return (struct bound){0};
}

double ioc_cost_order(struct ioc_compiler *compiler, struct ioc_node *tree, bool keeps_order)
{
    struct costing costing = {.compiler = compiler, .sorts = !keeps_order,
        .locals = ioc_arena_take(compiler->arena, (compiler->checker->locals_made + 2) * sizeof *costing.locals)};
    double steps = smaller(most, estimate(&costing, tree).steps);
    struct ioc_order *order = compiler->checker->environment->order;
    if (order && (tree->kind == IOC_NODE_AND || tree->kind == IOC_NODE_OR)) {
        order->is_or = tree->kind == IOC_NODE_OR;
        order->count = tree->count;
        order->items = ioc_arena_take(order->arena, tree->count * sizeof *order->items);
        for (uint32_t i = 0; i < tree->count; i++) {
            order->items[i].from = tree->items[i]->from;
            order->items[i].to = tree->items[i]->to;
            order->items[i].steps = smaller(most, estimate(&costing, tree->items[i]).steps);
        }
    }
    return steps;
}
