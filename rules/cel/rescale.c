/* rules/cel/rescale.c — nodes of the tree brought to another unit. */
#include "rules/cel/rescale.h"
#include "rules/cel/overload.h"
#include <math.h>

const struct ioc_unit *ioc_rescale_literal(const struct ioc_node *node)
{
    return node->kind == IOC_NODE_CALL && !node->is_method && node->count == 1 ? ioc_unit_of_function(node->name) : NULL;
}

static bool is_whole(double number)
{
    return number == floor(number) && fabs(number) < 9007199254740992.0;
}

void ioc_rescale_settle(struct ioc_checker *checker, struct ioc_node *node, const struct ioc_measure *to, uint32_t kind)
{
    if (!node->measure || !node->measure->is_literal || strcmp(node->measure->unit->dimension, to->unit->dimension) != 0)
        return;
    const struct ioc_unit *from = ioc_rescale_literal(node);
    if (from) {
        double number = ioc_unit_convert_written(node->value.number, from, to->unit);
        node->value = ioc_boxed_double(number);
        if (kind == IOC_INT && is_whole(number))
            node->value = ioc_boxed_int((int64_t)number);
        else if (kind == IOC_UINT && is_whole(number) && number >= 0)
            node->value = ioc_boxed_uint((uint64_t)number);
        node->kind = IOC_NODE_LITERAL;
        node->count = 0;
        node->shape = ioc_shape_plain(node->value.type);
    }
    const struct ioc_shape *item = NULL;
    for (uint32_t i = 0; i < node->count; i++) {
        if (!node->items[i]) /* a loop without a filter */
            continue;
        ioc_rescale_settle(checker, node->items[i], to, node->kind == IOC_NODE_LIST ? kind : IOC_DOUBLE);
        item = item ? ioc_shape_join(&checker->shapes, item, node->items[i]->shape) : node->items[i]->shape;
    }
    if (node->kind == IOC_NODE_LIST && item)
        node->shape = ioc_shape_list(&checker->shapes, item);
    node->measure = to;
}

static struct ioc_node *make_node(struct ioc_checker *checker, const struct ioc_node *like)
{
    struct ioc_node *node = ioc_arena_take(checker->arena, sizeof *node);
    *node = (struct ioc_node){.depth = like->depth, .offset = like->offset, .length = like->length, .from = like->from,
        .to = like->to, .outer = IOC_OUTER_NONE};
    return node;
}

static void wrap(struct ioc_checker *checker, struct ioc_node **place, struct ioc_text function, double number)
{
    struct ioc_node *call = make_node(checker, *place);
    call->kind = IOC_NODE_CALL;
    call->name = function;
    call->items = ioc_arena_take(checker->arena, 2 * sizeof *call->items);
    call->items[call->count++] = *place;
    call->outer = (*place)->outer;
    if (!ioc_text_equal(function, IOC_TEXT("double"))) {
        struct ioc_node *constant = make_node(checker, *place);
        constant->kind = IOC_NODE_LITERAL;
        constant->value = ioc_boxed_double(number);
        constant->shape = ioc_shape_plain(IOC_DOUBLE);
        call->items[call->count++] = constant;
    }
    bool is_good = ioc_overload_resolve(checker, call);
    assert(is_good);
    call->measure = (*place)->measure;
    *place = call;
}

void ioc_rescale_to_double(struct ioc_checker *checker, struct ioc_node **place)
{
    if (ioc_shape_look(&checker->shapes, (*place)->shape)->kind != IOC_DOUBLE)
        wrap(checker, place, IOC_TEXT("double"), 0);
}

void ioc_rescale_multiply(struct ioc_checker *checker, struct ioc_node **place, const struct ioc_measure *to)
{
    struct ioc_unit_steps steps = ioc_unit_steps((*place)->measure->unit, to->unit);
    ioc_rescale_to_double(checker, place);
    if (steps.before != 0)
        wrap(checker, place, IOC_TEXT("_+_"), steps.before);
    if (steps.up != 1)
        wrap(checker, place, IOC_TEXT("_*_"), steps.up);
    if (steps.down != 1)
        wrap(checker, place, IOC_TEXT("_/_"), steps.down);
    if (steps.after != 0)
        wrap(checker, place, IOC_TEXT("_+_"), steps.after);
    (*place)->measure = to;
}
