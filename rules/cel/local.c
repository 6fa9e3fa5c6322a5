/* rules/cel/local.c — loops and blocks: what their variables stand for, and the type of the whole. */
#include "rules/cel/local.h"
#include "rules/cel/macro.h"

static const struct ioc_shape *dyn(void)
{
    return ioc_shape_plain(IOC_DYN);
}

static const struct ioc_shape *look(struct ioc_checker *checker, const struct ioc_node *node)
{
    return ioc_shape_look(&checker->shapes, node->shape);
}

static void declare(
    struct ioc_checker *checker, struct ioc_text name, const struct ioc_shape *shape)
{
    assert(checker->locals_count < sizeof checker->locals / sizeof *checker->locals);
    checker->locals[checker->locals_count++] =
        (struct ioc_local){name, ++checker->locals_made, shape};
}

/* optMap and optFlatMap take an optional, and the body of the latter gives one. */
static bool expect_optional(
    struct ioc_checker *checker, const struct ioc_node *node, const char *hint)
{
    const struct ioc_shape *any = ioc_shape_optional(&checker->shapes, dyn());
    if (checker->environment->is_unchecked || ioc_shape_fits(&checker->shapes, any, node->shape))
        return true;
    struct ioc_text text = ioc_shape_text(&checker->shapes, node->shape);
    ioc_complaint_set(checker->err, node->from, node->to - node->from, "not-optional",
        "an optional is expected here, but this is %.*s", IOC_TEXT_ARGS(text));
    ioc_complaint_hint(checker->err, node->from, "%s", hint);
    return false;
}

/* Declares the loop's variables from what it goes through. */
static bool declare_variables(struct ioc_checker *checker, struct ioc_node *node)
{
    const struct ioc_node *range = node->items[IOC_LOOP_RANGE];
    const struct ioc_shape *shape = look(checker, range), *first = dyn(), *second = dyn();
    if (node->loop == IOC_LOOP_OPTIONAL || node->loop == IOC_LOOP_OPTIONAL_FLAT) {
        bool is_optional = false;
        first = ioc_checker_look_inside(checker, range, &is_optional);
        if (!is_optional) {
            first = dyn();
            if (!expect_optional(checker, range, "write .? in front of the field: event.?depth_cm.optMap(d, …)"))
                return false;
        }
    } else if (node->loop == IOC_LOOP_BIND) {
        first = range->shape;
    } else if (shape->kind == IOC_LIST) {
        first = node->is_two ? ioc_shape_plain(IOC_INT) : shape->params[0];
        second = shape->params[0];
    } else if (shape->kind == IOC_MAP) {
        first = shape->params[0];
        second = shape->params[1];
    } else if (shape->kind != IOC_DYN && shape->kind != IOC_SHAPE_VARIABLE &&
               !checker->environment->is_unchecked) {
        struct ioc_text text = ioc_shape_text(&checker->shapes, shape);
        ioc_complaint_set(checker->err, range->from, range->to - range->from, "no-items",
            "a macro goes through a list or map, but this is %.*s", IOC_TEXT_ARGS(text));
        return false;
    }
    node->local = checker->locals_made + 1;
    declare(checker, node->name, first);
    if (node->is_two)
        declare(checker, node->second, second);
    if (node->is_two || shape->kind != IOC_MAP || node->loop == IOC_LOOP_BIND)
        checker->locals[checker->locals_count - 1].measure = range->measure;
    return true;
}

/* transformMapEntry gives a map of the kind that its body gives. */
static bool check_merge(
    struct ioc_checker *checker, struct ioc_node *node, const struct ioc_node *body)
{
    const struct ioc_shape *shape = look(checker, body);
    bool is_map = shape->kind == IOC_MAP && !shape->schema;
    node->shape = is_map ? body->shape : ioc_shape_map(&checker->shapes, dyn(), dyn());
    if (shape->kind == IOC_MAP || checker->environment->is_unchecked ||
        ioc_shape_fits(&checker->shapes, node->shape, body->shape))
        return true;
    struct ioc_text text = ioc_shape_text(&checker->shapes, body->shape);
    ioc_complaint_set(checker->err, body->from, body->to - body->from, "not-a-map",
        "transformMapEntry() adds the pairs of a map, but this is %.*s", IOC_TEXT_ARGS(text));
    ioc_complaint_hint(checker->err, body->from, "write a pair: {key: value}");
    return false;
}

static bool check_body(struct ioc_checker *checker, struct ioc_node *node)
{
    struct ioc_node *filter = node->items[IOC_LOOP_FILTER], *body = node->items[IOC_LOOP_BODY];
    if (filter && (!ioc_checker_visit(checker, filter) || !ioc_checker_expect_bool(checker, filter)))
        return false;
    if (!ioc_checker_visit(checker, body))
        return false;
    const struct ioc_shape *key =
        checker->locals[checker->locals_count - (node->is_two ? 2 : 1)].shape;
    switch (node->loop) {
    case IOC_LOOP_LIST: node->shape = ioc_shape_list(&checker->shapes, body->shape); return true;
    case IOC_LOOP_MAP: node->shape = ioc_shape_map(&checker->shapes, key, body->shape); return true;
    case IOC_LOOP_ENTRIES: return check_merge(checker, node, body);
    case IOC_LOOP_BIND: node->shape = body->shape; return true;
    case IOC_LOOP_OPTIONAL: node->shape = ioc_shape_optional(&checker->shapes, body->shape); return true;
    case IOC_LOOP_OPTIONAL_FLAT: /* unchecked, the body may be anything; the whole may not */
        node->shape = look(checker, body)->kind == IOC_KIND_OPTIONAL ? body->shape : dyn();
        return expect_optional(checker, body, "optMap(x, …) is for a body that gives a plain value");
    default: node->shape = ioc_shape_plain(IOC_BOOL); return ioc_checker_expect_bool(checker, body);
    }
}

/* Macros in macros multiply: rules may do so a few times. */
static bool enter_loop(struct ioc_checker *checker, const struct ioc_node *node)
{
    checker->loops += node->loop < IOC_LOOP_BIND;
    if (checker->loops <= IOC_LOOPS_MOST || checker->environment->scope->is_strict)
        return true;
    ioc_complaint_set(checker->err, node->offset, node->length, "too-deep",
        "macros are nested deeper than %d levels", IOC_LOOPS_MOST);
    return false;
}

bool ioc_local_check_loop(struct ioc_checker *checker, struct ioc_node *node)
{
    uint32_t mark = checker->locals_count, loops = checker->loops;
    bool is_good = ioc_checker_visit(checker, node->items[IOC_LOOP_RANGE]) && enter_loop(checker, node) &&
                   declare_variables(checker, node) && check_body(checker, node);
    checker->locals_count = mark;
    checker->loops = loops;
    return is_good;
}

bool ioc_local_check_block(struct ioc_checker *checker, struct ioc_node *node)
{
    uint32_t mark = checker->locals_count, count = node->count - 1;
    if (count > IOC_BLOCK_MOST - checker->slots) {
        ioc_complaint_set(checker->err, node->offset, node->length, "too-complex",
            "blocks may have %d slots together", IOC_BLOCK_MOST);
        return false;
    }
    checker->slots += count;
    node->local = checker->locals_made + 1;
    checker->locals_made += count;
    bool is_good = true;
    for (uint32_t i = 0; i < count && is_good; i++) {
        is_good = ioc_checker_visit(checker, node->items[i]);
        if (is_good)
            checker->locals[checker->locals_count++] = (struct ioc_local){
                ioc_macro_slot(checker->arena, i), node->local + i, node->items[i]->shape, node->items[i]->measure};
    }
    is_good = is_good && ioc_checker_visit(checker, node->items[count]);
    if (is_good)
        node->shape = node->items[count]->shape;
    checker->locals_count = mark;
    checker->slots -= count;
    return is_good;
}
