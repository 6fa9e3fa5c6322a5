/*
 * rules/cel/overload.c — overload resolution by unification, and what to say when nothing fits.
 *
 * With dyn among the operands several overloads may fit: the result is then their common type or
 * dyn, and the values decide when the program runs.
 */
#include "rules/cel/overload.h"
#include "rules/cel/builtin.h"
#include "rules/cel/refusal.h"

static uint32_t kind_of(struct ioc_checker *checker, const struct ioc_node *node)
{
    return ioc_shape_look(&checker->shapes, node->shape)->kind;
}

void ioc_overload_promote(
    struct ioc_checker *checker, struct ioc_node *literal, const struct ioc_node *other)
{
    if (checker->environment->scope->is_strict || literal->kind != IOC_NODE_LITERAL ||
        kind_of(checker, other) != IOC_DOUBLE)
        return;
    if (literal->value.type == IOC_INT)
        literal->value = ioc_boxed_double((double)literal->value.integer);
    else if (literal->value.type == IOC_UINT)
        literal->value = ioc_boxed_double((double)literal->value.natural);
    else
        return;
    literal->shape = ioc_shape_plain(IOC_DOUBLE);
}

static void promote_operands(struct ioc_checker *checker, struct ioc_node *call)
{
    struct ioc_node *left = call->items[0], *right = call->items[1];
    if (!ioc_text_equal(call->name, IOC_TEXT("@in"))) {
        ioc_overload_promote(checker, left, right);
        ioc_overload_promote(checker, right, left);
    } else if (right->kind == IOC_NODE_LIST && kind_of(checker, left) == IOC_DOUBLE &&
               right->count) {
        const struct ioc_shape *shape = NULL;
        for (uint32_t i = 0; i < right->count; i++) {
            ioc_overload_promote(checker, right->items[i], left);
            shape = shape ? ioc_shape_join(&checker->shapes, shape, right->items[i]->shape)
                          : right->items[i]->shape;
        }
        right->shape = ioc_shape_list(&checker->shapes, shape);
    }
}

/* event.?depth_cm.orValue(0) */
static void promote_fallback(struct ioc_checker *checker, struct ioc_node *call)
{
    const struct ioc_shape *shape = ioc_shape_look(&checker->shapes, call->items[0]->shape);
    if (shape->kind == IOC_KIND_OPTIONAL) {
        struct ioc_node inside = {.shape = shape->params[0]};
        ioc_overload_promote(checker, call->items[1], &inside);
    }
}

/* The shape of one parameter; variables are shared within the signature. */
static const struct ioc_shape *make_shape(
    struct ioc_checker *checker, const char **at, const struct ioc_shape *variables[2])
{
    const char *inside = *at + 1;
    uint32_t kind;
    *at = ioc_builtin_param(*at, &kind);
    if (kind == 'A' || kind == 'B') {
        const struct ioc_shape **variable = &variables[kind - 'A'];
        if (!*variable)
            *variable = ioc_shape_variable(&checker->shapes);
        return *variable;
    }
    if (kind == IOC_LIST)
        return ioc_shape_list(&checker->shapes, make_shape(checker, &inside, variables));
    if (kind == IOC_KIND_OPTIONAL)
        return ioc_shape_optional(&checker->shapes, make_shape(checker, &inside, variables));
    if (kind == IOC_MAP) {
        const struct ioc_shape *key = make_shape(checker, &inside, variables);
        return ioc_shape_map(&checker->shapes, key, make_shape(checker, &inside, variables));
    }
    return ioc_shape_plain(kind);
}

/* The operand is dyn: what it holds is not known either, and nothing else may decide it. */
static void make_dyn(struct ioc_checker *checker, const struct ioc_shape *param)
{
    if (param->kind == IOC_SHAPE_VARIABLE)
        (void)ioc_shape_fits(&checker->shapes, param, ioc_shape_plain(IOC_DYN));
    for (int i = 0; i < param->count; i++)
        make_dyn(checker, param->params[i]);
}

/* The result if the overload takes the operands, else NULL.  Bindings stay. */
static const struct ioc_shape *try_overload(
    struct ioc_checker *checker, const struct ioc_builtin *builtin, const struct ioc_node *call)
{
    const struct ioc_shape *variables[2] = {0};
    const char *at = builtin->takes;
    for (uint32_t i = 0; i < call->count; i++) {
        const struct ioc_shape *param = make_shape(checker, &at, variables);
        if (!ioc_shape_fits(&checker->shapes, param, call->items[i]->shape))
            return NULL;
        if (kind_of(checker, call->items[i]) == IOC_DYN)
            make_dyn(checker, param);
    }
    at = builtin->gives;
    const struct ioc_shape *result = make_shape(checker, &at, variables);
    if (strcmp(builtin->name, "type") == 0)
        return ioc_shape_type(&checker->shapes, call->items[0]->shape);
    return result;
}

static bool is_candidate(const struct ioc_checker *checker, const struct ioc_builtin *builtin,
    const struct ioc_node *call)
{
    if (!(builtin->style & (call->is_method ? IOC_BUILTIN_METHOD : IOC_BUILTIN_FUNCTION)))
        return false;
    if ((builtin->style & IOC_BUILTIN_LOOSE) && checker->environment->scope->is_strict)
        return false;
    return ioc_builtin_arity(builtin) == call->count;
}

/* Capital letters become variables, the same letter the same one. */
static const struct ioc_shape *open_shape(struct ioc_checker *checker,
    const struct ioc_shape *shape, const struct ioc_shape *variables[26])
{
    if (shape->kind != IOC_SHAPE_OTHER && shape->count == 0)
        return shape;
    char letter = shape->name.length == 1 ? shape->name.data[0] : 0;
    if (letter >= 'A' && letter <= 'Z') {
        if (!variables[letter - 'A'])
            variables[letter - 'A'] = ioc_shape_variable(&checker->shapes);
        return variables[letter - 'A'];
    }
    struct ioc_shape *opened = ioc_arena_take(checker->arena, sizeof *opened);
    *opened = *shape;
    for (int i = 0; i < shape->count; i++)
        opened->params[i] = open_shape(checker, shape->params[i], variables);
    return opened;
}

static bool try_declaration(
    struct ioc_checker *checker, const struct ioc_declaration *declaration, struct ioc_node *call)
{
    const struct ioc_shape *variables[26] = {0};
    uint32_t mark = checker->shapes.trail_count;
    for (uint32_t i = 0; i < call->count; i++) {
        const struct ioc_shape *param = ioc_shape_parse(&checker->shapes, declaration->params[i]);
        if (!param || !ioc_shape_fits(&checker->shapes, open_shape(checker, param, variables),
                          call->items[i]->shape)) {
            ioc_shape_undo(&checker->shapes, mark);
            return false;
        }
    }
    const struct ioc_shape *result = ioc_shape_parse(&checker->shapes, declaration->result);
    if (!result)
        return false;
    call->shape = open_shape(checker, result, variables);
    call->is_unknown = true;
    return true;
}

static bool resolve_declared(struct ioc_checker *checker, struct ioc_node *call)
{
    for (uint32_t i = 0; i < checker->environment->declarations_count; i++) {
        const struct ioc_declaration *declaration = &checker->environment->declarations[i];
        if (ioc_text_equal(declaration->name, call->name) && declaration->count == call->count &&
            declaration->is_method == call->is_method &&
            try_declaration(checker, declaration, call))
            return true;
    }
    return false;
}

/* Does the function take a list of such items, as one of its IOC_BUILTIN_MANY overloads? */
static bool takes_item(struct ioc_checker *checker, uint32_t first, const struct ioc_node *item)
{
    for (int i = (int)first; i >= 0; i = ioc_builtin_next(i)) {
        const struct ioc_builtin *builtin = ioc_builtin_at((uint32_t)i);
        if (!(builtin->style & IOC_BUILTIN_MANY))
            continue;
        const struct ioc_shape *variables[2] = {0};
        const char *at = builtin->takes;
        uint32_t mark = checker->shapes.trail_count;
        const struct ioc_shape *list = make_shape(checker, &at, variables);
        bool is_fit = ioc_shape_fits(&checker->shapes, list->params[0], item->shape);
        ioc_shape_undo(&checker->shapes, mark);
        if (is_fit)
            return true;
    }
    return false;
}

/* Arguments that go into one list: literals become doubles beside doubles, and each must fit by itself,
 * since a list of different types is a list of dyn, which fits everywhere. */
static bool join_items(
    struct ioc_checker *checker, const struct ioc_node *call, struct ioc_node *list, uint32_t first)
{
    const struct ioc_shape *shape = NULL;
    const struct ioc_node *number = list->items[0]; /* a double, if there is one */
    for (uint32_t i = 0; i < list->count && kind_of(checker, number) != IOC_DOUBLE; i++)
        number = list->items[i];
    list->outer = IOC_OUTER_NONE;
    for (uint32_t i = 0; i < list->count; i++) {
        struct ioc_node *item = list->items[i];
        if (!checker->environment->is_unchecked && !takes_item(checker, first, item)) {
            ioc_complaint_set(checker->err, item->from, item->to - item->from, "wrong-types",
                "'%.*s' does not take %.*s", IOC_TEXT_ARGS(call->name),
                IOC_TEXT_ARGS(ioc_shape_text(&checker->shapes, item->shape)));
            return false;
        }
        ioc_overload_promote(checker, item, number);
        shape = shape ? ioc_shape_join(&checker->shapes, shape, item->shape) : item->shape;
        if (item->outer < list->outer)
            list->outer = item->outer;
    }
    list->shape = ioc_shape_list(&checker->shapes, shape);
    return true;
}

/* f(a, b, c) of a function that takes many becomes f([a, b, c]). */
static bool gather_arguments(struct ioc_checker *checker, struct ioc_node *call, uint32_t first)
{
    bool takes_many = false;
    for (int i = (int)first; i >= 0; i = ioc_builtin_next(i)) {
        const struct ioc_builtin *builtin = ioc_builtin_at((uint32_t)i);
        takes_many |= (builtin->style & IOC_BUILTIN_MANY) != 0;
        if (call->count != 1 && ioc_builtin_arity(builtin) == call->count)
            return true;
    }
    if (!takes_many || call->count == 0 || call->is_method)
        return true;
    if (call->count == 1) {
        struct ioc_node *only = call->items[0];
        bool is_plain = only->kind == IOC_NODE_LIST && only->count;
        for (uint32_t i = 0; is_plain && i < only->count; i++)
            is_plain = kind_of(checker, only->items[i]) != IOC_KIND_OPTIONAL;
        return !is_plain || join_items(checker, call, only, first);
    }
    struct ioc_node *list = ioc_arena_take(checker->arena, sizeof *list);
    *list = (struct ioc_node){.kind = IOC_NODE_LIST,
        .depth = call->depth,
        .offset = call->offset,
        .length = call->length,
        .from = call->from,
        .to = call->to,
        .items = call->items,
        .count = call->count};
    call->items = ioc_arena_take(checker->arena, sizeof *call->items);
    call->items[0] = list;
    call->count = 1;
    return join_items(checker, call, list, first);
}

bool ioc_overload_resolve(struct ioc_checker *checker, struct ioc_node *call)
{
    bool is_unchecked = checker->environment->is_unchecked;
    if (resolve_declared(checker, call))
        return true;
    int first = ioc_builtin_find(call->name);
    if (first < 0 && !is_unchecked)
        return ioc_refusal_function(checker, call);
    call->shape = ioc_shape_plain(IOC_DYN);
    call->is_unknown = first < 0;
    if (call->is_unknown)
        return true;
    if (!gather_arguments(checker, call, (uint32_t)first))
        return false;
    if (call->count == 2 && !call->is_method)
        promote_operands(checker, call);
    else if (call->count == 2 && ioc_text_equal(call->name, IOC_TEXT("orValue")))
        promote_fallback(checker, call);
    const struct ioc_shape *result = NULL;
    bool is_count_known = false;
    uint32_t matches = 0;
    for (int i = first; i >= 0; i = ioc_builtin_next(i)) {
        const struct ioc_builtin *builtin = ioc_builtin_at((uint32_t)i);
        if (!is_candidate(checker, builtin, call))
            continue;
        is_count_known = true;
        uint32_t mark = checker->shapes.trail_count;
        const struct ioc_shape *shape = try_overload(checker, builtin, call);
        if (!shape) {
            ioc_shape_undo(&checker->shapes, mark);
            continue;
        }
        if (matches++ == 0) {
            result = shape;
            call->builtin = (uint16_t)i;
            continue;
        }
        /* Several fit: nothing may stay bound by one of them, and the result is what they share. */
        shape = ioc_shape_settle(&checker->shapes, shape);
        result = ioc_shape_settle(&checker->shapes, result);
        ioc_shape_undo(&checker->shapes, mark);
        if (!ioc_shape_equal(result, shape))
            result = ioc_shape_plain(IOC_DYN);
    }
    if (matches == 0 && !is_unchecked)
        return ioc_refusal_operands(checker, call, (uint32_t)first, is_count_known);
    call->is_dynamic = matches != 1;
    if (call->is_dynamic)
        call->builtin = (uint16_t)first;
    if (matches)
        call->shape = result;
    return true;
}
