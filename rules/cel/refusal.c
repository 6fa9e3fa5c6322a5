/* rules/cel/refusal.c — what to say when no overload fits. */
#include "rules/cel/refusal.h"
#include "rules/cel/builtin.h"

static uint32_t kind_of(struct ioc_checker *checker, const struct ioc_node *node)
{
    return ioc_shape_look(&checker->shapes, node->shape)->kind;
}

static struct ioc_text type_of(struct ioc_checker *checker, const struct ioc_node *node)
{
    return ioc_shape_text(&checker->shapes, node->shape);
}

static bool is_number(uint32_t kind)
{
    return kind == IOC_INT || kind == IOC_UINT || kind == IOC_DOUBLE;
}

/* A whole number stands beside a double: a literal gets a decimal point, else it is converted. */
static void hint_whole(struct ioc_checker *checker, const struct ioc_node *call, uint32_t left)
{
    const struct ioc_node *whole = call->items[left == IOC_DOUBLE];
    if (whole->kind == IOC_NODE_LITERAL && whole->value.type == IOC_INT)
        ioc_complaint_hint(checker->err, call->offset, "write the number with a decimal point: %lld.0",
            (long long)whole->value.integer);
    else
        ioc_complaint_hint(checker->err, call->offset, "convert the whole number: double(…)");
}

/* What to write instead, from the two kinds that do not go together. */
static void hint_operands(struct ioc_checker *checker, const struct ioc_node *call)
{
    uint32_t a = kind_of(checker, call->items[0]), b = kind_of(checker, call->items[1]);
    if (a == IOC_KIND_OPTIONAL || b == IOC_KIND_OPTIONAL)
        ioc_complaint_hint(checker->err, call->offset,
            "one side is an optional: write ….orValue(…) with what to take when there is no value");
    else if ((a == IOC_STRING && is_number(b)) || (b == IOC_STRING && is_number(a)))
        ioc_complaint_hint(checker->err, call->offset,
            "one side is a text, the other a number: put the number between quotes, or convert the "
            "text with int(…) or double(…)");
    else if ((a == IOC_DURATION && is_number(b)) || (b == IOC_DURATION && is_number(a)))
        ioc_complaint_hint(checker->err, call->offset, "a duration is written duration(\"10m\")");
    else if ((a == IOC_TIMESTAMP && is_number(b)) || (b == IOC_TIMESTAMP && is_number(a)))
        ioc_complaint_hint(checker->err, call->offset,
            "times and durations are written timestamp(\"…\") and duration(\"10m\")");
    else if ((a == IOC_TIMESTAMP && b == IOC_STRING) || (b == IOC_TIMESTAMP && a == IOC_STRING))
        ioc_complaint_hint(checker->err, call->offset,
            "write timestamp(\"2026-01-31T08:00:00Z\") for a fixed time");
    else if (is_number(a) && is_number(b) && a != b && (a == IOC_DOUBLE || b == IOC_DOUBLE))
        hint_whole(checker, call, a);
    else if (is_number(a) && is_number(b) && a != b)
        ioc_complaint_hint(
            checker->err, call->offset, "convert one side: int(…), uint(…) or double(…)");
    else if (a == IOC_BOOL && b == IOC_BOOL)
        ioc_complaint_hint(checker->err, call->offset, "conditions are joined with && and ||");
}

static struct ioc_text operator_text(struct ioc_text name)
{
    if (ioc_text_equal(name, IOC_TEXT("@in")))
        return IOC_TEXT("in");
    while (name.length && name.data[0] == '_') {
        name.data++;
        name.length--;
    }
    while (name.length && name.data[name.length - 1] == '_')
        name.length--;
    return name;
}

/* "int, string" of the arguments from `from` on. */
static struct ioc_text list_types(
    struct ioc_checker *checker, const struct ioc_node *call, uint32_t from)
{
    struct ioc_text types = {"", 0};
    for (uint32_t i = from; i < call->count; i++)
        types = ioc_arena_printf(checker->arena, "%.*s%s%.*s", IOC_TEXT_ARGS(types), i > from ? ", " : "",
            IOC_TEXT_ARGS(type_of(checker, call->items[i])));
    return types;
}

/* "string, bytes": the kinds of the first argument that overloads of the same style and count take. */
static struct ioc_text list_first_kinds(
    struct ioc_checker *checker, const struct ioc_node *call, uint32_t first)
{
    struct ioc_text kinds = {"", 0};
    uint64_t seen = 0;
    for (int i = (int)first; i >= 0; i = ioc_builtin_next(i)) {
        const struct ioc_builtin *builtin = ioc_builtin_at((uint32_t)i);
        uint32_t kind = 0;
        if (!(builtin->style & (call->is_method ? IOC_BUILTIN_METHOD : IOC_BUILTIN_FUNCTION)) ||
            ioc_builtin_arity(builtin) != call->count)
            continue;
        ioc_builtin_param(builtin->takes, &kind);
        if (kind >= 64 || seen & UINT64_C(1) << kind)
            continue;
        seen |= UINT64_C(1) << kind;
        kinds = ioc_arena_printf(checker->arena, "%.*s%s%.*s", IOC_TEXT_ARGS(kinds), kinds.length ? ", " : "",
            IOC_TEXT_ARGS(ioc_boxed_kind_text(kind)));
    }
    return kinds;
}

/* A function on optionals was called on something else, or with a fallback of another type. */
static bool hint_optional(struct ioc_checker *checker, const struct ioc_node *call, uint32_t first)
{
    if (!call->is_method || ioc_builtin_at(first)->takes[0] != '?')
        return false;
    const struct ioc_shape *shape = ioc_shape_look(&checker->shapes, call->items[0]->shape);
    if (shape->kind != IOC_KIND_OPTIONAL) {
        ioc_complaint_hint(checker->err, call->offset,
            "it is called on an optional: event.?depth_cm.%.*s(…), with .? in front of the field",
            IOC_TEXT_ARGS(call->name));
        return true;
    }
    struct ioc_text inside = ioc_shape_text(&checker->shapes, shape->params[0]);
    if (call->count == 2)
        ioc_complaint_hint(checker->err, call->offset, "%s %.*s is wanted between the brackets",
            ioc_text_equal(call->name, IOC_TEXT("or")) ? "an optional of type" : "a value of type",
            IOC_TEXT_ARGS(inside));
    return true;
}

static void refuse_function_types(
    struct ioc_checker *checker, const struct ioc_node *call, uint32_t first)
{
    struct ioc_text kinds = list_first_kinds(checker, call, first);
    struct ioc_text own = type_of(checker, call->items[0]);
    bool is_listed = false; /* then it is another argument that does not fit */
    for (uint32_t at = 0; at + own.length <= kinds.length && !is_listed; at++)
        is_listed = memcmp(kinds.data + at, own.data, own.length) == 0;
    if (call->is_method && !is_listed) {
        ioc_complaint_set(checker->err, call->offset, call->length, "wrong-types",
            "%.*s() is not called on %.*s", IOC_TEXT_ARGS(call->name), IOC_TEXT_ARGS(own));
        if (!hint_optional(checker, call, first) && kinds.length)
            ioc_complaint_hint(
                checker->err, call->offset, "it is called on %.*s", IOC_TEXT_ARGS(kinds));
        return;
    }
    ioc_complaint_set(checker->err, call->offset, call->length, "wrong-types",
        "%.*s() does not take %.*s", IOC_TEXT_ARGS(call->name),
        IOC_TEXT_ARGS(list_types(checker, call, call->is_method)));
    if (hint_optional(checker, call, first))
        return;
    if (!call->is_method && call->count == 1 && kinds.length)
        ioc_complaint_hint(checker->err, call->offset, "it takes %.*s", IOC_TEXT_ARGS(kinds));
}

bool ioc_refusal_operands(
    struct ioc_checker *checker, const struct ioc_node *call, uint32_t first, bool is_count_known)
{
    bool is_word = call->name.data[0] >= 'a' && call->name.data[0] <= 'z';
    if (is_word && !is_count_known) {
        ioc_complaint_set(checker->err, call->offset, call->length, "wrong-arguments",
            call->is_method ? "%.*s() is not called on a value with that many arguments"
                            : "%.*s() does not take that many arguments",
            IOC_TEXT_ARGS(call->name));
        if ((ioc_builtin_at(first)->style & IOC_BUILTIN_METHOD) && !call->is_method)
            ioc_complaint_hint(checker->err, call->offset, "it is called on a value: x.%.*s(…)",
                IOC_TEXT_ARGS(call->name));
    } else if (is_word) {
        refuse_function_types(checker, call, first);
    } else if (call->count == 2) {
        ioc_complaint_set(checker->err, call->offset, call->length, "wrong-types",
            "'%.*s' does not go between %.*s and %.*s", IOC_TEXT_ARGS(operator_text(call->name)),
            IOC_TEXT_ARGS(type_of(checker, call->items[0])),
            IOC_TEXT_ARGS(type_of(checker, call->items[1])));
        hint_operands(checker, call);
    } else {
        ioc_complaint_set(checker->err, call->offset, call->length, "wrong-types",
            "'%.*s' does not take %.*s", IOC_TEXT_ARGS(operator_text(call->name)),
            IOC_TEXT_ARGS(list_types(checker, call, 0)));
    }
    return false;
}

bool ioc_refusal_function(struct ioc_checker *checker, const struct ioc_node *call)
{
    ioc_complaint_set(checker->err, call->offset, call->length, "no-such-function",
        "there is no function '%.*s'", IOC_TEXT_ARGS(call->name));
    struct ioc_text nearest = ioc_builtin_nearest(call->name);
    if (nearest.length)
        ioc_complaint_hint(
            checker->err, call->offset, "did you mean '%.*s'?", IOC_TEXT_ARGS(nearest));
    return false;
}
