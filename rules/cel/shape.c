/*
 * rules/cel/shape.c — unification of static types.
 *
 * dyn fits everywhere in both directions.  A variable bound to int that meets dyn becomes dyn, the
 * more general one; so [1, dyn(2)] is a list(dyn) in either order.
 */
#include "rules/cel/shape.h"

static const struct ioc_shape plain_dyn = {.kind = IOC_DYN};
static const struct ioc_shape plain[IOC_KINDS] = {
    [IOC_NULL] = {.kind = IOC_NULL},
    [IOC_BOOL] = {.kind = IOC_BOOL},
    [IOC_INT] = {.kind = IOC_INT},
    [IOC_UINT] = {.kind = IOC_UINT},
    [IOC_DOUBLE] = {.kind = IOC_DOUBLE},
    [IOC_STRING] = {.kind = IOC_STRING},
    [IOC_BYTES] = {.kind = IOC_BYTES},
    [IOC_TIMESTAMP] = {.kind = IOC_TIMESTAMP},
    [IOC_DURATION] = {.kind = IOC_DURATION},
    [IOC_POINT] = {.kind = IOC_POINT},
    [IOC_LIST] = {.kind = IOC_LIST, .count = 1, .params = {&plain_dyn}},
    [IOC_MAP] = {.kind = IOC_MAP, .count = 2, .params = {&plain_dyn, &plain_dyn}},
    [IOC_DYN] = {.kind = IOC_DYN},
    [IOC_KIND_TYPE] = {.kind = IOC_KIND_TYPE, .count = 1, .params = {&plain_dyn}},
    [IOC_KIND_ZONE] = {.kind = IOC_STRING},
    [IOC_KIND_CURSOR] = {.kind = IOC_DYN},
    [IOC_KIND_OPTIONAL] = {.kind = IOC_KIND_OPTIONAL, .count = 1, .params = {&plain_dyn}},
    [IOC_KIND_IP] = {.kind = IOC_KIND_IP},
    [IOC_KIND_CIDR] = {.kind = IOC_KIND_CIDR},
    [IOC_KIND_PATTERN] = {.kind = IOC_STRING},
    [IOC_KIND_AREAS] = {.kind = IOC_KIND_AREAS},
};

const struct ioc_shape *ioc_shape_plain(uint32_t kind)
{
    assert(kind < IOC_KINDS);
    return &plain[kind];
}

static struct ioc_shape *new_shape(struct ioc_shapes *shapes, uint32_t kind, uint8_t count)
{
    struct ioc_shape *shape = ioc_arena_take(shapes->arena, sizeof *shape);
    shape->kind = (uint8_t)kind;
    shape->count = count;
    return shape;
}

const struct ioc_shape *ioc_shape_list(struct ioc_shapes *shapes, const struct ioc_shape *item)
{
    struct ioc_shape *shape = new_shape(shapes, IOC_LIST, 1);
    shape->params[0] = item;
    return shape;
}

const struct ioc_shape *ioc_shape_map(
    struct ioc_shapes *shapes, const struct ioc_shape *key, const struct ioc_shape *value)
{
    struct ioc_shape *shape = new_shape(shapes, IOC_MAP, 2);
    shape->params[0] = key;
    shape->params[1] = value;
    return shape;
}

const struct ioc_shape *ioc_shape_type(struct ioc_shapes *shapes, const struct ioc_shape *of)
{
    struct ioc_shape *shape = new_shape(shapes, IOC_KIND_TYPE, 1);
    shape->params[0] = of;
    return shape;
}

const struct ioc_shape *ioc_shape_optional(struct ioc_shapes *shapes, const struct ioc_shape *of)
{
    struct ioc_shape *shape = new_shape(shapes, IOC_KIND_OPTIONAL, 1);
    shape->params[0] = of;
    return shape;
}

const struct ioc_shape *ioc_shape_variable(struct ioc_shapes *shapes)
{
    if (shapes->count == shapes->capacity) {
        uint32_t capacity = shapes->capacity ? shapes->capacity * 2 : 64;
        const struct ioc_shape **bound = ioc_arena_take(shapes->arena, capacity * sizeof *bound);
        if (shapes->count)
            memcpy(bound, shapes->bound, shapes->count * sizeof *bound);
        shapes->bound = bound;
        shapes->capacity = capacity;
    }
    struct ioc_shape *shape = new_shape(shapes, IOC_SHAPE_VARIABLE, 0);
    shape->id = shapes->count++;
    return shape;
}

const struct ioc_shape *ioc_shape_record(struct ioc_shapes *shapes, const struct ioc_schema *schema)
{
    struct ioc_shape *shape = new_shape(shapes, IOC_MAP, 2);
    shape->params[0] = &plain[IOC_STRING];
    shape->params[1] = &plain_dyn;
    shape->schema = schema;
    return shape;
}

const struct ioc_shape *ioc_shape_field(struct ioc_shapes *shapes, const struct ioc_field *field)
{
    if (field->type == IOC_LIST) {
        if (field->of == IOC_MAP && field->element)
            return ioc_shape_list(shapes, ioc_shape_record(shapes, field->element));
        return field->of == IOC_NULL ? &plain[IOC_LIST] : ioc_shape_list(shapes, &plain[field->of]);
    }
    if (field->type == IOC_MAP && field->element)
        return ioc_shape_record(shapes, field->element);
    return &plain[field->type];
}

static const struct ioc_shape *parse_part(
    struct ioc_shapes *shapes, struct ioc_text *text, int depth)
{
    uint32_t length = 0;
    while (length < text->length && !strchr("(), ", text->data[length]))
        length++;
    struct ioc_text name = {text->data, length};
    text->data += length;
    text->length -= length;
    struct ioc_shape shape = {.kind = IOC_SHAPE_OTHER, .name = name};
    if (ioc_text_equal(name, IOC_TEXT("type")))
        shape.kind = IOC_KIND_TYPE;
    else if (ioc_text_equal(name, IOC_TEXT("null_type")))
        shape.kind = IOC_NULL;
    else if (ioc_text_equal(name, IOC_TEXT("optional_type")))
        shape.kind = IOC_KIND_OPTIONAL;
    else if (ioc_text_equal(name, IOC_TEXT("net.IP")))
        shape.kind = IOC_KIND_IP;
    else if (ioc_text_equal(name, IOC_TEXT("net.CIDR")))
        shape.kind = IOC_KIND_CIDR;
    else if (ioc_type_find(name) != IOC_TYPES)
        shape.kind = (uint8_t)ioc_type_find(name);
    if (length == 0 || depth > 16)
        return NULL;
    if (text->length && text->data[0] == '(') {
        do {
            do {
                text->data++;
                text->length--;
            } while (text->length && text->data[0] == ' ');
            const struct ioc_shape *param = parse_part(shapes, text, depth + 1);
            if (!param || shape.count == IOC_SHAPE_PARAMS)
                return NULL;
            shape.params[shape.count++] = param;
        } while (text->length && text->data[0] == ',');
        if (!text->length || text->data[0] != ')')
            return NULL;
        text->data++;
        text->length--;
    }
    if (shape.kind < IOC_KINDS && shape.count != plain[shape.kind].count)
        return shape.count == 0 ? &plain[shape.kind] : NULL;
    struct ioc_shape *kept = new_shape(shapes, shape.kind, shape.count);
    *kept = shape;
    return kept;
}

const struct ioc_shape *ioc_shape_parse(struct ioc_shapes *shapes, struct ioc_text text)
{
    const struct ioc_shape *shape = parse_part(shapes, &text, 0);
    return shape && text.length == 0 ? shape : NULL;
}

const struct ioc_shape *ioc_shape_look(
    const struct ioc_shapes *shapes, const struct ioc_shape *shape)
{
    while (shape->kind == IOC_SHAPE_VARIABLE && shapes->bound[shape->id])
        shape = shapes->bound[shape->id];
    return shape;
}

const struct ioc_shape *ioc_shape_settle(struct ioc_shapes *shapes, const struct ioc_shape *shape)
{
    shape = ioc_shape_look(shapes, shape);
    if (shape->kind == IOC_SHAPE_VARIABLE)
        return &plain_dyn;
    const struct ioc_shape *params[IOC_SHAPE_PARAMS];
    bool is_same = true;
    for (int i = 0; i < shape->count; i++) {
        params[i] = ioc_shape_settle(shapes, shape->params[i]);
        is_same &= params[i] == shape->params[i];
    }
    if (is_same)
        return shape;
    struct ioc_shape *settled = new_shape(shapes, shape->kind, shape->count);
    *settled = *shape;
    memcpy(settled->params, params, shape->count * sizeof *params);
    return settled;
}

static void bind_variable(struct ioc_shapes *shapes, uint32_t id, const struct ioc_shape *to)
{
    if (shapes->trail_count == shapes->trail_capacity) {
        uint32_t capacity = shapes->trail_capacity ? shapes->trail_capacity * 2 : 64;
        void *trail = ioc_arena_take(shapes->arena, capacity * sizeof *shapes->trail);
        if (shapes->trail_count)
            memcpy(trail, shapes->trail, shapes->trail_count * sizeof *shapes->trail);
        shapes->trail = trail;
        shapes->trail_capacity = capacity;
    }
    shapes->trail[shapes->trail_count].id = id;
    shapes->trail[shapes->trail_count++].was = shapes->bound[id];
    shapes->bound[id] = to;
}

void ioc_shape_undo(struct ioc_shapes *shapes, uint32_t trail_count)
{
    while (shapes->trail_count > trail_count) {
        shapes->trail_count--;
        shapes->bound[shapes->trail[shapes->trail_count].id] =
            shapes->trail[shapes->trail_count].was;
    }
}

/* Does the variable occur in the shape?  Binding it would then never end. */
static bool occurs(const struct ioc_shapes *shapes, uint32_t id, const struct ioc_shape *shape)
{
    shape = ioc_shape_look(shapes, shape);
    if (shape->kind == IOC_SHAPE_VARIABLE)
        return shape->id == id;
    for (int i = 0; i < shape->count; i++) {
        if (occurs(shapes, id, shape->params[i]))
            return true;
    }
    return false;
}

static bool may_be_null(const struct ioc_shape *shape)
{
    return shape->kind == IOC_TIMESTAMP || shape->kind == IOC_DURATION ||
           shape->kind == IOC_KIND_OPTIONAL || shape->kind == IOC_KIND_IP ||
           shape->kind == IOC_KIND_CIDR;
}

/* The shape of both, where one of them may be null beside the other. */
static const struct ioc_shape *with_null(struct ioc_shapes *shapes, const struct ioc_shape *shape)
{
    struct ioc_shape *nullable = new_shape(shapes, shape->kind, shape->count);
    *nullable = *shape;
    nullable->is_nullable = true;
    return nullable;
}

static bool is_more_general(
    const struct ioc_shapes *shapes, const struct ioc_shape *a, const struct ioc_shape *b)
{
    a = ioc_shape_look(shapes, a);
    b = ioc_shape_look(shapes, b);
    if (a->kind == IOC_DYN || a->kind == IOC_SHAPE_VARIABLE)
        return true;
    if (a->kind != b->kind || a->count != b->count || (b->is_nullable && !a->is_nullable))
        return false;
    for (int i = 0; i < a->count; i++) {
        if (!is_more_general(shapes, a->params[i], b->params[i]))
            return false;
    }
    return true;
}

static bool fits(
    struct ioc_shapes *shapes, const struct ioc_shape *to, const struct ioc_shape *from);

/* The variable `id` stands for something already: that must agree, and the more general one stays. */
static bool fits_bound(
    struct ioc_shapes *shapes, const struct ioc_shape *variable, const struct ioc_shape *other)
{
    const struct ioc_shape *bound = shapes->bound[variable->id];
    if (!bound) {
        other = ioc_shape_look(shapes, other);
        if (other == variable)
            return true;
        if (occurs(shapes, variable->id, other))
            return false;
        bind_variable(shapes, variable->id, other);
        return true;
    }
    if (!fits(shapes, bound, other))
        return false;
    const struct ioc_shape *one = ioc_shape_look(shapes, bound),
                           *two = ioc_shape_look(shapes, other);
    if ((one->kind == IOC_NULL && may_be_null(two)) ||
        (two->kind == IOC_NULL && may_be_null(one))) {
        if (occurs(shapes, variable->id, one) || occurs(shapes, variable->id, two)) /* null, and an optional of itself */
            return false;
        bind_variable(shapes, variable->id, with_null(shapes, one->kind == IOC_NULL ? two : one));
        return true;
    }
    bool keeps_null = one->is_nullable && may_be_null(two);
    if ((keeps_null || is_more_general(shapes, other, bound)) && !is_more_general(shapes, bound, other) &&
        !occurs(shapes, variable->id, other) && two->kind != IOC_SHAPE_VARIABLE)
        bind_variable(shapes, variable->id, keeps_null ? with_null(shapes, two) : other);
    return true;
}

/* A dyn may be anything: what stands for a part of it is dyn too, and no later operand decides otherwise. */
static void leave_open(struct ioc_shapes *shapes, const struct ioc_shape *shape)
{
    shape = ioc_shape_look(shapes, shape);
    if (shape->kind == IOC_SHAPE_VARIABLE)
        bind_variable(shapes, shape->id, &plain_dyn);
    for (int i = 0; i < shape->count; i++)
        leave_open(shapes, shape->params[i]);
}

static bool fits(
    struct ioc_shapes *shapes, const struct ioc_shape *to, const struct ioc_shape *from)
{
    if (to == from)
        return true;
    if (to->kind == IOC_SHAPE_VARIABLE)
        return fits_bound(shapes, to, from);
    if (from->kind == IOC_SHAPE_VARIABLE)
        return fits_bound(shapes, from, to);
    if (to->kind == IOC_DYN || from->kind == IOC_DYN) {
        leave_open(shapes, to->kind == IOC_DYN ? from : to);
        return true;
    }
    if (shapes->takes_null && ((to->kind == IOC_NULL && may_be_null(from)) ||
                                  (from->kind == IOC_NULL && may_be_null(to))))
        return true;
    if (to->kind != from->kind || to->count != from->count)
        return false;
    if (to->kind == IOC_SHAPE_OTHER && !ioc_text_equal(to->name, from->name))
        return false;
    if (to->kind == IOC_KIND_TYPE)
        return true;
    for (int i = 0; i < to->count; i++) {
        if (!fits(shapes, to->params[i], from->params[i]))
            return false;
    }
    return true;
}

bool ioc_shape_fits(
    struct ioc_shapes *shapes, const struct ioc_shape *to, const struct ioc_shape *from)
{
    uint32_t mark = shapes->trail_count;
    if (fits(shapes, to, from))
        return true;
    ioc_shape_undo(shapes, mark);
    return false;
}

const struct ioc_shape *ioc_shape_join(
    struct ioc_shapes *shapes, const struct ioc_shape *a, const struct ioc_shape *b)
{
    if (!ioc_shape_fits(shapes, a, b))
        return &plain_dyn;
    const struct ioc_shape *one = ioc_shape_look(shapes, a), *two = ioc_shape_look(shapes, b);
    if (may_be_null(one) && two->kind == IOC_NULL)
        return with_null(shapes, one);
    if (may_be_null(two) && one->kind == IOC_NULL)
        return with_null(shapes, two);
    bool is_first = is_more_general(shapes, a, b) && one->kind != IOC_SHAPE_VARIABLE;
    const struct ioc_shape *wide = is_first ? one : two;
    if ((one->is_nullable || two->is_nullable) && may_be_null(wide))
        return with_null(shapes, wide);
    if (!is_first && !is_more_general(shapes, b, a)) /* each in another part */
        return &plain_dyn;
    return is_first ? a : b;
}

bool ioc_shape_equal(const struct ioc_shape *a, const struct ioc_shape *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->count != b->count || a->id != b->id ||
        !ioc_text_equal(a->name, b->name))
        return false;
    for (int i = 0; i < a->count; i++) {
        if (!ioc_shape_equal(a->params[i], b->params[i]))
            return false;
    }
    return true;
}

struct ioc_text ioc_shape_text(struct ioc_shapes *shapes, const struct ioc_shape *shape)
{
    shape = ioc_shape_look(shapes, shape);
    if (shape->kind == IOC_SHAPE_VARIABLE)
        return IOC_TEXT("dyn");
    struct ioc_text name = shape->name;
    if (shape->kind < IOC_TYPES)
        name = shape->kind == IOC_NULL ? IOC_TEXT("null_type")
                                       : ioc_text_of(ioc_type_text(shape->kind));
    else if (shape->kind < IOC_KINDS)
        name = ioc_boxed_kind_text(shape->kind);
    struct ioc_text params[IOC_SHAPE_PARAMS];
    for (int i = 0; i < shape->count; i++)
        params[i] = ioc_shape_text(shapes, shape->params[i]);
    if (shape->count == 0)
        return name;
    struct ioc_text text =
        ioc_arena_printf(shapes->arena, "%.*s(%.*s", IOC_TEXT_ARGS(name), IOC_TEXT_ARGS(params[0]));
    for (int i = 1; i < shape->count; i++)
        text = ioc_arena_printf(
            shapes->arena, "%.*s, %.*s", IOC_TEXT_ARGS(text), IOC_TEXT_ARGS(params[i]));
    return ioc_arena_printf(shapes->arena, "%.*s)", IOC_TEXT_ARGS(text));
}
