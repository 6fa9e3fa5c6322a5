/*
 * rules/cel/checker.c — walks the tree once, operands first.
 *
 * `outer` of a node is the lowest variable from outside of it that it reads; what reads none is
 * constant and will be folded.
 */
#include "rules/cel/checker.h"
#include "rules/cel/city.h"
#include "rules/cel/format.h"
#include "rules/cel/guard.h"
#include "rules/cel/local.h"
#include "rules/cel/measure.h"
#include "rules/cel/naming.h"
#include "rules/cel/notice.h"
#include "rules/cel/overload.h"

static const struct ioc_shape *dyn(void)
{
    return ioc_shape_plain(IOC_DYN);
}

static const struct ioc_shape *look(struct ioc_checker *checker, const struct ioc_node *node)
{
    return ioc_shape_look(&checker->shapes, node->shape);
}

static bool check_items(struct ioc_checker *checker, struct ioc_node *node)
{
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->items[i] && !ioc_checker_visit(checker, node->items[i]))
            return false;
    }
    return true;
}

bool ioc_checker_expect_bool(struct ioc_checker *checker, const struct ioc_node *node)
{
    if (checker->environment->is_unchecked ||
        ioc_shape_fits(&checker->shapes, ioc_shape_plain(IOC_BOOL), node->shape))
        return true;
    struct ioc_text text = ioc_shape_text(&checker->shapes, node->shape);
    ioc_complaint_set(checker->err, node->from, node->to - node->from, "not-bool",
        "a condition is expected here, but this is %.*s", IOC_TEXT_ARGS(text));
    if (look(checker, node)->kind == IOC_KIND_OPTIONAL)
        ioc_complaint_hint(checker->err, node->from,
            "write ….orValue(false) for what to take when there is no value");
    else
        ioc_complaint_hint(
            checker->err, node->from, "compare it with something: … > 15, … == \"open\"");
    return false;
}

static bool leave_open(struct ioc_checker *checker, struct ioc_node *node)
{
    if (!checker->environment->is_unchecked)
        return false;
    node->shape = dyn();
    return true;
}

static bool check_name(struct ioc_checker *checker, struct ioc_node *node)
{
    if (ioc_naming_resolve(checker, node))
        return true;
    node->is_unknown = true;
    if (leave_open(checker, node))
        return true;
    ioc_naming_complain(checker, node);
    return false;
}

const struct ioc_shape *ioc_checker_look_inside(
    struct ioc_checker *checker, const struct ioc_node *node, bool *is_optional)
{
    const struct ioc_shape *shape = look(checker, node);
    if (shape->kind != IOC_KIND_OPTIONAL)
        return shape;
    *is_optional = true;
    return ioc_shape_look(&checker->shapes, shape->params[0]);
}

static void make_optional(struct ioc_checker *checker, struct ioc_node *node, bool is_optional)
{
    if (is_optional)
        node->shape = ioc_shape_optional(&checker->shapes, node->shape);
}

/* The shape of a field of a value that is no record of a frame. */
static bool select_inside(struct ioc_checker *checker, struct ioc_node *node,
    const struct ioc_shape *shape, struct ioc_text field)
{
    node->shape = dyn();
    if (shape->kind == IOC_MAP && shape->schema) {
        ioc_slot slot = ioc_schema_find(shape->schema, field);
        if (slot != IOC_SLOT_NONE) {
            node->shape = ioc_shape_field(&checker->shapes, &shape->schema->fields[slot]);
            node->field = &shape->schema->fields[slot];
            node->schema = shape->schema; /* a field that is not there is missing, not an error */
        } else if (!checker->environment->is_unchecked) {
            ioc_naming_complain_field(checker, node, shape->schema, field);
            return false;
        }
        return true;
    }
    if (shape->kind == IOC_MAP)
        node->shape = shape->params[1];
    else if (shape->kind != IOC_DYN && shape->kind != IOC_SHAPE_VARIABLE &&
             !checker->environment->is_unchecked) {
        struct ioc_text text = ioc_shape_text(&checker->shapes, shape);
        ioc_complaint_set(checker->err, node->offset, node->length, "no-fields",
            "%.*s has no fields", IOC_TEXT_ARGS(text));
        return false;
    }
    return true;
}

static bool select_from(struct ioc_checker *checker, struct ioc_node *node,
    const struct ioc_node *operand, struct ioc_text field)
{
    bool is_optional = node->is_optional;
    const struct ioc_shape *shape = ioc_checker_look_inside(checker, operand, &is_optional);
    if (!select_inside(checker, node, shape, field))
        return false;
    make_optional(checker, node, is_optional);
    return true;
}

static bool check_field(struct ioc_checker *checker, struct ioc_node *node)
{
    struct ioc_node *operand = node->items[0];
    if (operand->meaning == IOC_MEANS_RECORD) {
        if (ioc_naming_field(checker, node, operand, node->name))
            return true;
        if (leave_open(checker, node)) {
            node->is_unknown = true;
            return true;
        }
        ioc_naming_complain_field(checker, node, operand->schema, node->name);
        return false;
    }
    return select_from(checker, node, operand, node->name);
}

static bool check_select(struct ioc_checker *checker, struct ioc_node *node)
{
    if (ioc_naming_resolve(checker, node))
        return true;
    return ioc_checker_visit(checker, node->items[0]) && check_field(checker, node);
}

static bool check_has(struct ioc_checker *checker, struct ioc_node *node)
{
    struct ioc_node *operand = node->items[0];
    if (node->name.length == 0) { /* has(name): a scalar that may be missing */
        if (!check_name(checker, operand))
            return false;
        const struct ioc_environment *environment = checker->environment;
        if (environment->scope->is_strict || (operand->meaning != IOC_MEANS_SLOT && !environment->is_unchecked)) {
            ioc_complaint_set(checker->err, operand->offset, operand->length, "bad-has",
                "has() needs a field, such as has(event.depth_cm)");
            return false;
        }
        node->is_unknown = operand->is_unknown || operand->meaning != IOC_MEANS_SLOT;
        if (!node->is_unknown) { /* has(event), unchecked, is no record: nothing is found in it */
            node->meaning = operand->meaning;
            node->frame = operand->frame;
            node->slot = operand->slot;
        }
    } else {
        node->kind = IOC_NODE_SELECT;
        bool is_good = check_select(checker, node);
        node->kind = IOC_NODE_HAS;
        if (!is_good)
            return false;
    }
    node->shape = ioc_shape_plain(IOC_BOOL);
    return true;
}

static bool check_index(struct ioc_checker *checker, struct ioc_node *node)
{
    if (!check_items(checker, node))
        return false;
    struct ioc_node *operand = node->items[0], *index = node->items[1];
    bool is_text = index->kind == IOC_NODE_LITERAL && index->value.type == IOC_STRING;
    struct ioc_text field = ioc_boxed_as_text(&index->value);
    if (operand->meaning == IOC_MEANS_RECORD && is_text &&
        ioc_naming_field(checker, node, operand, field))
        return true;
    bool is_optional = node->is_optional;
    const struct ioc_shape *shape = ioc_checker_look_inside(checker, operand, &is_optional);
    if (shape->kind == IOC_MAP && shape->schema && is_text)
        return select_from(checker, node, operand, field);
    node->shape = dyn();
    const struct ioc_shape *wanted = NULL;
    if (shape->kind == IOC_LIST) {
        node->shape = shape->params[0];
        wanted = ioc_shape_plain(IOC_INT);
    } else if (shape->kind == IOC_MAP) {
        node->shape = shape->params[1];
        wanted = shape->params[0];
    }
    make_optional(checker, node, is_optional);
    if (checker->environment->is_unchecked || shape->kind == IOC_DYN ||
        shape->kind == IOC_SHAPE_VARIABLE)
        return true;
    if (!wanted) {
        struct ioc_text text = ioc_shape_text(&checker->shapes, shape);
        ioc_complaint_set(checker->err, node->offset, node->length, "no-index", "%.*s has no items",
            IOC_TEXT_ARGS(text));
        return false;
    }
    if (ioc_shape_fits(&checker->shapes, wanted, index->shape))
        return true;
    struct ioc_text text = ioc_shape_text(&checker->shapes, wanted),
                    got = ioc_shape_text(&checker->shapes, index->shape);
    ioc_complaint_set(checker->err, index->from, index->to - index->from, "wrong-index",
        "%.*s is expected between the brackets, but this is %.*s", IOC_TEXT_ARGS(text),
        IOC_TEXT_ARGS(got));
    return false;
}

static bool check_call(struct ioc_checker *checker, struct ioc_node *node)
{
    ioc_naming_unfold(checker, node);
    return check_items(checker, node) && ioc_measure_operands(checker, node) && ioc_overload_resolve(checker, node) &&
           ioc_format_check(checker, node) && ioc_city_resolve(checker, node);
}

static bool check_chain(struct ioc_checker *checker, struct ioc_node *node)
{
    for (uint32_t i = 0; i < node->count; i++) {
        if (!ioc_checker_visit(checker, node->items[i]) || !ioc_checker_expect_bool(checker, node->items[i]))
            return false;
    }
    node->shape = ioc_shape_plain(IOC_BOOL);
    return true;
}

static bool check_choice(struct ioc_checker *checker, struct ioc_node *node)
{
    if (!check_items(checker, node) || !ioc_checker_expect_bool(checker, node->items[0]) || !ioc_measure_operands(checker, node))
        return false;
    struct ioc_node *yes = node->items[1], *no = node->items[2];
    ioc_overload_promote(checker, yes, no);
    ioc_overload_promote(checker, no, yes);
    const struct ioc_shape *either = ioc_shape_variable(&checker->shapes);
    if (ioc_shape_fits(&checker->shapes, either, yes->shape) &&
        ioc_shape_fits(&checker->shapes, either, no->shape)) {
        node->shape = either;
        return true;
    }
    if (leave_open(checker, node))
        return true;
    struct ioc_text a = ioc_shape_text(&checker->shapes, yes->shape),
                    b = ioc_shape_text(&checker->shapes, no->shape);
    ioc_complaint_set(checker->err, node->offset, node->length, "wrong-types",
        "both sides of ':' must have the same type, but they are %.*s and %.*s", IOC_TEXT_ARGS(a),
        IOC_TEXT_ARGS(b));
    return false;
}

/* ?a, ?a: b: the entry is an optional, and what it holds goes into the list or map. */
static bool check_entries(struct ioc_checker *checker, struct ioc_node *node, uint32_t first, uint32_t step,
    const struct ioc_shape **joined)
{
    const struct ioc_shape *shape = ioc_shape_variable(&checker->shapes);
    for (uint32_t i = first; i < node->count; i += step) {
        const struct ioc_node *entry = node->items[i];
        const struct ioc_shape *item = entry->shape;
        if (entry->is_optional_entry) {
            bool is_optional = false;
            item = ioc_checker_look_inside(checker, entry, &is_optional);
            if (!is_optional && item->kind != IOC_DYN && item->kind != IOC_SHAPE_VARIABLE &&
                !checker->environment->is_unchecked) {
                struct ioc_text text = ioc_shape_text(&checker->shapes, item);
                ioc_complaint_set(checker->err, entry->from, entry->to - entry->from,
                    "not-optional", "an optional is expected behind '?', but this is %.*s",
                    IOC_TEXT_ARGS(text));
                ioc_complaint_hint(checker->err, entry->from, "leave the '?' out");
                return false;
            }
            if (!is_optional)
                item = dyn();
        }
        shape = i == first ? item : ioc_shape_join(&checker->shapes, shape, item);
    }
    *joined = shape;
    return true;
}

static bool check_list(struct ioc_checker *checker, struct ioc_node *node)
{
    const struct ioc_shape *item;
    if (!check_items(checker, node) || !ioc_measure_operands(checker, node) || !check_entries(checker, node, 0, 1, &item))
        return false;
    node->shape = ioc_shape_list(&checker->shapes, item);
    return true;
}

static bool check_map(struct ioc_checker *checker, struct ioc_node *node)
{
    const struct ioc_shape *sides[2];
    if (!check_items(checker, node) || !check_entries(checker, node, 0, 2, &sides[0]) ||
        !check_entries(checker, node, 1, 2, &sides[1]))
        return false;
    for (uint32_t i = 0; i < node->count; i += 2) {
        const struct ioc_shape *key = look(checker, node->items[i]);
        bool is_key = key->kind == IOC_BOOL || key->kind == IOC_INT || key->kind == IOC_UINT ||
                      key->kind == IOC_STRING || key->kind == IOC_DYN ||
                      key->kind == IOC_SHAPE_VARIABLE;
        if (!is_key && !checker->environment->is_unchecked) {
            ioc_complaint_set(checker->err, node->items[i]->from,
                node->items[i]->to - node->items[i]->from, "wrong-key",
                "the key of a map must be a bool, int, uint or string");
            return false;
        }
        if (!is_key)
            sides[0] = dyn();
    }
    node->shape = ioc_shape_map(&checker->shapes, sides[0], sides[1]);
    return true;
}

void ioc_checker_find_outer(struct ioc_node *node)
{
    if (node->meaning == IOC_MEANS_SLOT || node->meaning == IOC_MEANS_RECORD ||
        node->meaning == IOC_MEANS_LOCAL)
        return; /* set with the meaning */
    uint32_t outer = IOC_OUTER_NONE;
    for (uint32_t i = 0; i < node->count; i++) {
        const struct ioc_node *item = node->items[i];
        if (!item)
            continue;
        bool has_variables =
            node->kind == IOC_NODE_BLOCK || (node->kind == IOC_NODE_LOOP && i != IOC_LOOP_RANGE);
        bool is_inside = has_variables && item->outer >= node->local;
        if (!is_inside && item->outer < outer)
            outer = item->outer;
    }
    node->outer = outer;
}

static bool check_kind(struct ioc_checker *checker, struct ioc_node *node)
{
    switch ((enum ioc_node_kind)node->kind) {
    case IOC_NODE_LITERAL: node->shape = ioc_shape_plain(node->value.type); return true;
    case IOC_NODE_NAME: return check_name(checker, node);
    case IOC_NODE_SELECT: return check_select(checker, node);
    case IOC_NODE_HAS: return check_has(checker, node);
    case IOC_NODE_INDEX: return check_index(checker, node);
    case IOC_NODE_CALL: return check_call(checker, node);
    case IOC_NODE_AND:
    case IOC_NODE_OR: return check_chain(checker, node);
    case IOC_NODE_CHOICE: return check_choice(checker, node);
    case IOC_NODE_LIST: return check_list(checker, node);
    case IOC_NODE_MAP: return check_map(checker, node);
    case IOC_NODE_LOOP: return ioc_local_check_loop(checker, node);
    case IOC_NODE_BLOCK: return ioc_local_check_block(checker, node);
    }
    assert(!"no such node");
    return false;
}

bool ioc_checker_visit(struct ioc_checker *checker, struct ioc_node *node)
{
    if (!check_kind(checker, node))
        return false;
    ioc_checker_find_outer(node);
    ioc_measure_note(checker, node);
    return true;
}

struct ioc_error *ioc_checker_note(struct ioc_checker *checker, uint32_t offset, uint32_t length)
{
    if (checker->notes_count == IOC_NOTES_MOST)
        return NULL;
    if (!checker->notes)
        checker->notes = ioc_arena_take(checker->arena, IOC_NOTES_MOST * sizeof *checker->notes);
    struct ioc_program_error *note = &checker->notes[checker->notes_count++];
    *note = (struct ioc_program_error){
        .offset = offset, .length = length, .error = {.is_note = true, .length = length}};
    return &note->error;
}

enum ioc_status ioc_checker_check(struct ioc_checker *checker, struct ioc_node *tree)
{
    checker->shapes.arena = checker->arena;
    checker->shapes.takes_null = checker->environment->scope->is_strict;
    if (!ioc_checker_visit(checker, tree) || !ioc_measure_settle(checker, tree))
        return IOC_INVALID;
    ioc_guard_note(checker, tree);
    ioc_notice_look(checker, tree);
    return IOC_OK;
}
