/*
 * rules/cel/measure.c — carries units through an expression and brings operands that meet to one.
 *
 * What is made of unit literals only (cm(5), -cm(5), c ? cm(5) : cm(10), [cm(5), m(1)]) waits with its calls as they are until it
 * meets a measure; then every literal in it becomes a number in that unit, each from what was written.
 */
#include "rules/cel/measure.h"
#include "rules/cel/naming.h"
#include "rules/cel/oneof.h"
#include "rules/cel/rescale.h"
#include <math.h>

enum way { WAY_NONE, WAY_COMPARE, WAY_SUM, WAY_PRODUCT, WAY_QUOTIENT, WAY_SAME, WAY_ALL, WAY_AQI, WAY_DISTANCE };

static enum way way_of(struct ioc_text name)
{
    static const struct {
        const char *name;
        enum way way;
    } ways[] = {{"_==_", WAY_COMPARE}, {"_!=_", WAY_COMPARE}, {"_<_", WAY_COMPARE}, {"_<=_", WAY_COMPARE}, {"_>_", WAY_COMPARE},
        {"_>=_", WAY_COMPARE}, {"@in", WAY_COMPARE}, {"_+_", WAY_SUM}, {"_-_", WAY_SUM}, {"_*_", WAY_PRODUCT},
        {"_%_", WAY_PRODUCT}, {"_/_", WAY_QUOTIENT}, {"-_", WAY_SAME}, {"int", WAY_SAME}, {"uint", WAY_SAME},
        {"double", WAY_SAME}, {"dyn", WAY_SAME}, {"math.abs", WAY_SAME}, {"math.ceil", WAY_SAME}, {"math.floor", WAY_SAME},
        {"math.round", WAY_SAME}, {"math.trunc", WAY_SAME}, {"optional.of", WAY_SAME}, {"optional.ofNonZeroValue", WAY_SAME},
        {"value", WAY_SAME}, {"math.greatest", WAY_ALL}, {"math.least", WAY_ALL}, {"orValue", WAY_ALL}, {"or", WAY_ALL},
        {"vn_aqi", WAY_AQI}, {"distance_m", WAY_DISTANCE}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (ioc_text_equal(name, ioc_text_of(ways[i].name)))
            return ways[i].way;
    return WAY_NONE;
}

static uint32_t kind_of(struct ioc_checker *checker, const struct ioc_node *node)
{
    return ioc_shape_look(&checker->shapes, node->shape)->kind;
}

static bool is_number(uint32_t kind)
{
    return kind == IOC_INT || kind == IOC_UINT || kind == IOC_DOUBLE;
}

static struct ioc_measure *copy_measure(struct ioc_checker *checker, const struct ioc_measure *measure)
{
    struct ioc_measure *copy = ioc_arena_take(checker->arena, sizeof *copy);
    *copy = *measure;
    return copy;
}

static const struct ioc_measure *measure_of_unit(struct ioc_checker *checker, const struct ioc_unit *unit)
{
    struct ioc_measure measure = {.unit = unit, .name = ioc_text_of(unit->name), .is_named = true};
    return copy_measure(checker, &measure);
}

/* ------------------------------------------------------------- what to call them in a complaint */

static const struct ioc_node *find_call(const struct ioc_node *node)
{
    if (ioc_rescale_literal(node))
        return node;
    for (uint32_t i = 0; i < node->count; i++) {
        const struct ioc_node *found = node->items[i] && node->items[i]->measure ? find_call(node->items[i]) : NULL;
        if (found)
            return found;
    }
    return NULL;
}

static struct ioc_text describe(struct ioc_checker *checker, const struct ioc_node *node)
{
    const struct ioc_node *call = node->measure && node->measure->is_literal ? find_call(node) : NULL;
    char number[IOC_TEXT_NUMBER];
    if (call)
        return ioc_arena_printf(checker->arena, "%.*s(%.*s)", IOC_TEXT_ARGS(call->name),
            IOC_TEXT_ARGS(ioc_text_of_double(call->value.number, number)));
    if (node->measure && node->measure->what.length)
        return node->measure->what;
    struct ioc_text chain = ioc_naming_chain(checker, node);
    if (!chain.length && node->kind == IOC_NODE_SELECT)
        chain = node->name;
    return chain.length ? chain : IOC_TEXT("this");
}

static const struct ioc_node *place_of(const struct ioc_node *node)
{
    const struct ioc_node *call = node->measure && node->measure->is_literal ? find_call(node) : NULL;
    return call ? call : node;
}

static bool is_lenient(const struct ioc_checker *checker)
{
    return checker->environment->is_unchecked;
}

static bool refuse_dimension(struct ioc_checker *checker, const struct ioc_node *a, const struct ioc_node *b)
{
    if (is_lenient(checker))
        return true;
    const struct ioc_node *wrong = b->measure->is_literal || !a->measure->is_literal ? b : a, *right = wrong == b ? a : b;
    const struct ioc_measure *own = wrong->measure, *wanted = right->measure;
    const struct ioc_node *place = place_of(wrong);
    ioc_complaint_set(checker->err, place->from, place->to - place->from, "wrong-dimension",
        "%.*s measures %s (%.*s), but %.*s measures %s", IOC_TEXT_ARGS(describe(checker, right)), wanted->unit->dimension,
        IOC_TEXT_ARGS(wanted->name), IOC_TEXT_ARGS(describe(checker, wrong)), own->unit->dimension);
    const char *function = ioc_unit_function(wanted->unit);
    if (own->is_literal && function)
        ioc_complaint_hint(checker->err, place->from, "write %s(…)", function);
    else
        ioc_complaint_hint(checker->err, place->from, "only values of one dimension are compared, added or subtracted");
    return false;
}

static bool refuse_datum(struct ioc_checker *checker, const struct ioc_node *a, const struct ioc_node *b)
{
    if (is_lenient(checker))
        return true;
    ioc_complaint_set(checker->err, b->from, b->to - b->from, "other-datum",
        "%.*s is above '%.*s', but %.*s is above '%.*s'", IOC_TEXT_ARGS(describe(checker, a)), IOC_TEXT_ARGS(a->measure->datum),
        IOC_TEXT_ARGS(describe(checker, b)), IOC_TEXT_ARGS(b->measure->datum));
    ioc_complaint_hint(checker->err, b->from,
        "heights above different levels do not compare: compare changes (a difference of two heights has no datum), or give the "
        "table a column above '%.*s'", IOC_TEXT_ARGS(a->measure->datum));
    return false;
}

static bool refuse_scale(struct ioc_checker *checker, const struct ioc_node *node, const struct ioc_measure *to)
{
    if (is_lenient(checker))
        return true;
    const struct ioc_node *place = place_of(node);
    ioc_complaint_set(checker->err, place->from, place->to - place->from, "other-scale",
        "a computed temperature is not taken from %.*s to %.*s", IOC_TEXT_ARGS(node->measure->name), IOC_TEXT_ARGS(to->name));
    const char *function = ioc_unit_function(to->unit);
    if (function)
        ioc_complaint_hint(checker->err, place->from, "write %s(…): a difference and a temperature convert differently", function);
    return false;
}

/* ------------------------------------------------------------- two that meet */

static bool convert(struct ioc_checker *checker, struct ioc_node **place, const struct ioc_measure *to, uint32_t kind)
{
    const struct ioc_measure *from = (*place)->measure;
    if (from->unit->shift != to->unit->shift && (from->is_computed || to->is_computed))
        return refuse_scale(checker, *place, to);
    if (from->is_literal) {
        struct ioc_measure *plain = copy_measure(checker, to);
        plain->is_literal = false;
        ioc_rescale_settle(checker, *place, plain, kind);
    } else if (!ioc_unit_is_same(from->unit, to->unit) && is_number(kind_of(checker, *place))) {
        ioc_rescale_multiply(checker, place, to);
    }
    return true;
}

static void note_bare(struct ioc_checker *checker, const struct ioc_measure *measure, const struct ioc_node *bare)
{
    if (bare->kind == IOC_NODE_LIST) {
        for (uint32_t i = 0; i < bare->count; i++)
            note_bare(checker, measure, bare->items[i]);
        return;
    }
    if (bare->kind != IOC_NODE_LITERAL || !is_number(bare->value.type) || bare->measure || !measure->unit || measure->is_named ||
        !ioc_unit_function(measure->unit))
        return;
    double number = bare->value.type == IOC_DOUBLE ? bare->value.number
                    : bare->value.type == IOC_INT  ? (double)bare->value.integer
                                                   : (double)bare->value.natural;
    if (!isfinite(number) || (number == 0 && measure->unit->shift == 0)) /* zero is zero in every unit */
        return;
    struct ioc_error *note = ioc_checker_note(checker, bare->offset, bare->length);
    if (!note)
        return;
    char digits[IOC_TEXT_NUMBER], converted[IOC_TEXT_NUMBER];
    struct ioc_text text = ioc_text_of_double(number, digits);
    const char *own = ioc_unit_function(measure->unit), *other = ioc_unit_other(measure->unit, number, converted);
    if (measure->what.length)
        ioc_error_set(note, "bare-number", "%.*s is taken as %.*s, the unit of %.*s", IOC_TEXT_ARGS(text),
            IOC_TEXT_ARGS(measure->name), IOC_TEXT_ARGS(measure->what));
    else
        ioc_error_set(note, "bare-number", "%.*s is taken as %.*s", IOC_TEXT_ARGS(text), IOC_TEXT_ARGS(measure->name));
    if (other)
        ioc_error_hint(note, "write %s(%.*s), or %s(%s)", own, IOC_TEXT_ARGS(text), other, converted);
    else
        ioc_error_hint(note, "write %s(%.*s)", own, IOC_TEXT_ARGS(text));
}

/* A measure and something that has none. */
static bool meet_bare(struct ioc_checker *checker, const struct ioc_node *measured, const struct ioc_node *bare)
{
    const struct ioc_measure *measure = measured->measure;
    uint32_t kind = kind_of(checker, bare);
    if (!measure->is_literal) {
        note_bare(checker, measure, bare);
        return true;
    }
    if (is_lenient(checker) || (!is_number(kind) && kind != IOC_DYN && kind != IOC_LIST))
        return true; /* the types do not go together: said elsewhere */
    struct ioc_text literal = describe(checker, measured);
    if (bare->kind == IOC_NODE_LITERAL) {
        ioc_complaint_set(checker->err, bare->offset, bare->length, "no-unit", "a number without a unit stands beside %.*s",
            IOC_TEXT_ARGS(literal));
        ioc_complaint_hint(checker->err, bare->offset, "write its unit too: %s(…)", ioc_unit_function(measure->unit));
        return false;
    }
    const struct ioc_node *place = place_of(measured);
    ioc_complaint_set(checker->err, place->from, place->to - place->from, "no-unit", "%.*s stands beside %.*s, which has no unit",
        IOC_TEXT_ARGS(literal), IOC_TEXT_ARGS(describe(checker, bare)));
    ioc_complaint_hint(checker->err, place->from, "give that one its unit where it is declared, or write a bare number");
    return false;
}

static bool meet_unknown(struct ioc_checker *checker, const struct ioc_node *a, const struct ioc_node *b)
{
    const struct ioc_node *unknown = a->measure->unit ? b : a, *other = unknown == a ? b : a;
    if (!other->measure->is_literal || is_lenient(checker))
        return true;
    if (!unknown->measure->name.length)
        return meet_bare(checker, other, unknown);
    const struct ioc_node *place = place_of(other);
    ioc_complaint_set(checker->err, place->from, place->to - place->from, "unknown-unit", "%.*s is in '%.*s', a unit that is not converted",
        IOC_TEXT_ARGS(describe(checker, unknown)), IOC_TEXT_ARGS(unknown->measure->name));
    ioc_complaint_hint(checker->err, place->from, "write a bare number");
    return false;
}

/* Brings both to one unit; waits where both are literals that are only added or chosen.  *gives is NULL when they have
 * nothing in common. */
static bool meet(struct ioc_checker *checker, struct ioc_node **a, struct ioc_node **b, enum way way, bool prefers_second,
    const struct ioc_measure **gives)
{
    const struct ioc_measure *first = (*a)->measure, *second = (*b)->measure;
    *gives = first ? first : second;
    if (!first && !second)
        return true;
    if (!first || !second)
        return first ? meet_bare(checker, *a, *b) : meet_bare(checker, *b, *a);
    bool has_datums = first->datum.length && second->datum.length;
    if (has_datums && (way == WAY_COMPARE || way == WAY_SUM) && !ioc_text_equal(first->datum, second->datum))
        return refuse_datum(checker, *a, *b);
    if (!first->unit || !second->unit)
        return meet_unknown(checker, *a, *b);
    if (strcmp(first->unit->dimension, second->unit->dimension) != 0) {
        *gives = NULL;
        bool is_loose = (way == WAY_QUOTIENT || way == WAY_ALL) && !first->is_literal && !second->is_literal;
        return is_loose || refuse_dimension(checker, *a, *b);
    }
    bool is_waiting = first->is_literal && second->is_literal;
    if (is_waiting && way != WAY_COMPARE && way != WAY_QUOTIENT)
        return true;
    const struct ioc_measure *to = prefers_second ? second : first;
    if (to->is_literal && !is_waiting)
        to = to == first ? second : first;
    *gives = to;
    uint32_t kinds[2] = {kind_of(checker, *a), kind_of(checker, *b)};
    if (!convert(checker, a, to, is_waiting ? IOC_DOUBLE : kinds[1]) || !convert(checker, b, to, is_waiting ? IOC_DOUBLE : kinds[0]))
        return false;
    for (int i = 0; i < 2; i++) { /* an int beside one that was multiplied */
        struct ioc_node **place = i ? b : a, *other = i ? *a : *b;
        bool is_multiplied = is_number(kinds[!i]) && kinds[!i] != IOC_DOUBLE && kind_of(checker, other) == IOC_DOUBLE;
        uint32_t kind = kind_of(checker, *place);
        if (is_multiplied && (kind == IOC_INT || kind == IOC_UINT) && (*place)->kind != IOC_NODE_LITERAL)
            ioc_rescale_to_double(checker, place);
    }
    return true;
}

static const struct ioc_measure *compute(struct ioc_checker *checker, const struct ioc_measure *measure, struct ioc_text datum)
{
    if (!measure)
        return NULL;
    struct ioc_measure *computed = copy_measure(checker, measure);
    computed->is_computed = true;
    computed->datum = datum;
    return computed;
}

/* ------------------------------------------------------------- nodes */

static bool begin_literal(struct ioc_checker *checker, struct ioc_node *node, const struct ioc_unit *unit)
{
    const struct ioc_node *number = node->items[0];
    uint32_t kind = kind_of(checker, number);
    if (number->kind != IOC_NODE_LITERAL) {
        if (is_lenient(checker) || (!is_number(kind) && kind != IOC_DYN))
            return true;
        ioc_complaint_set(checker->err, number->from, number->to - number->from, "not-constant",
            "%.*s() takes a number that is written there, such as %.*s(15)", IOC_TEXT_ARGS(node->name), IOC_TEXT_ARGS(node->name));
        ioc_complaint_hint(checker->err, number->from, "give the field or the parameter its unit where it is declared");
        return false;
    }
    if (!is_number(number->value.type))
        return true;
    double value = number->value.type == IOC_DOUBLE ? number->value.number
                   : number->value.type == IOC_INT  ? (double)number->value.integer
                                                    : (double)number->value.natural;
    node->value = ioc_boxed_double(value);
    struct ioc_measure measure = {.unit = unit, .name = ioc_text_of(unit->name), .is_literal = true};
    node->measure = copy_measure(checker, &measure);
    return true;
}

/* All items against the first that has a unit of its own, else against the first. */
static bool meet_all(struct ioc_checker *checker, struct ioc_node *node, uint32_t first)
{
    uint32_t lead = first;
    for (uint32_t i = node->count; i-- > first;)
        if (node->items[i]->measure && (!node->items[i]->measure->is_literal || !node->items[lead]->measure))
            lead = i;
    for (uint32_t i = first; i < node->count && node->items[lead]->measure; i++) {
        const struct ioc_measure *gives;
        if (i != lead && !meet(checker, &node->items[lead], &node->items[i], WAY_ALL, false, &gives))
            return false;
        if (i != lead && !gives)
            return true;
    }
    if (first < node->count)
        node->measure = node->items[lead]->measure;
    return true;
}

static bool check_sum(struct ioc_checker *checker, struct ioc_node *node)
{
    const struct ioc_measure *first = node->items[0]->measure, *second = node->items[1]->measure, *gives;
    if (!meet(checker, &node->items[0], &node->items[1], WAY_SUM, false, &gives))
        return false;
    struct ioc_text none = {"", 0}, datum = first ? first->datum : none;
    bool is_difference = ioc_text_equal(node->name, IOC_TEXT("_-_"));
    if (second && second->datum.length)
        datum = is_difference ? none : second->datum;
    node->measure = compute(checker, gives, datum);
    return true;
}

static bool check_factor(struct ioc_checker *checker, struct ioc_node *node, enum way way)
{
    const struct ioc_measure *first = node->items[0]->measure, *second = node->items[1]->measure, *gives;
    if (first && second)
        return way == WAY_PRODUCT || meet(checker, &node->items[0], &node->items[1], WAY_QUOTIENT, false, &gives);
    const struct ioc_measure *kept = way == WAY_PRODUCT && !first ? second : first;
    node->measure = kept ? compute(checker, kept, kept->datum) : NULL;
    return true;
}

static bool check_aqi(struct ioc_checker *checker, struct ioc_node *node)
{
    static const char unit_name[] = "ug/m3";
    struct ioc_node *value = node->count == 2 ? node->items[1] : NULL;
    if (!value || !value->measure || !value->measure->unit)
        return true;
    const struct ioc_measure *to = measure_of_unit(checker, ioc_unit_find(ioc_text_of(unit_name)));
    if (strcmp(value->measure->unit->dimension, to->unit->dimension) == 0)
        return convert(checker, &node->items[1], to, IOC_DOUBLE);
    if (is_lenient(checker))
        return true;
    ioc_complaint_set(checker->err, value->from, value->to - value->from, "wrong-dimension", "vn_aqi() takes %s, but %.*s measures %s",
        unit_name, IOC_TEXT_ARGS(describe(checker, value)), value->measure->unit->dimension);
    ioc_complaint_hint(checker->err, value->from, "the index is defined on masses: let the source give ug/m3");
    return false;
}

bool ioc_measure_operands(struct ioc_checker *checker, struct ioc_node *node)
{
    const struct ioc_measure *gives;
    if (node->kind == IOC_NODE_LIST)
        return meet_all(checker, node, 0);
    if (node->kind == IOC_NODE_CHOICE)
        return meet_all(checker, node, 1);
    const struct ioc_unit *unit = ioc_rescale_literal(node);
    if (unit)
        return begin_literal(checker, node, unit);
    enum way way = way_of(node->name);
    if (way != WAY_SAME && way != WAY_ALL && way != WAY_NONE && node->count != 2)
        return true;
    switch (way) {
    case WAY_NONE: return true;
    case WAY_COMPARE:
        return ioc_oneof_check(checker, node) && meet(checker, &node->items[0], &node->items[1], way,
                                                 ioc_text_equal(node->name, IOC_TEXT("@in")), &gives);
    case WAY_SUM: return check_sum(checker, node);
    case WAY_PRODUCT:
    case WAY_QUOTIENT: return check_factor(checker, node, way);
    case WAY_SAME:
        if (node->count == 1 && node->items[0]->measure)
            node->measure = compute(checker, node->items[0]->measure, node->items[0]->measure->datum);
        return true;
    case WAY_ALL: return meet_all(checker, node, 0);
    case WAY_AQI: return check_aqi(checker, node);
    case WAY_DISTANCE: node->measure = measure_of_unit(checker, ioc_unit_find(IOC_TEXT("m"))); return true;
    }
    return true;
}

static const struct ioc_measure *measure_of_field(struct ioc_checker *checker, const struct ioc_node *node)
{
    const struct ioc_field *field = node->field;
    if (!field || (!field->unit.length && !field->datum.length))
        return NULL;
    struct ioc_text chain = ioc_naming_chain(checker, node);
    struct ioc_measure measure = {.unit = ioc_unit_find(field->unit), .name = field->unit, .datum = field->datum,
        .what = chain.length ? chain : field->name};
    return copy_measure(checker, &measure);
}

void ioc_measure_note(struct ioc_checker *checker, struct ioc_node *node)
{
    switch ((enum ioc_node_kind)node->kind) {
    case IOC_NODE_NAME:
    case IOC_NODE_SELECT:
    case IOC_NODE_INDEX:
        if (node->meaning == IOC_MEANS_LOCAL)
            return;
        node->measure = measure_of_field(checker, node);
        if (!node->measure && node->kind == IOC_NODE_INDEX && !node->field)
            node->measure = node->items[0]->measure;
        return;
    case IOC_NODE_LOOP:
        if (node->loop == IOC_LOOP_LIST || node->loop == IOC_LOOP_BIND)
            node->measure = node->items[IOC_LOOP_BODY]->measure;
        return;
    case IOC_NODE_BLOCK: node->measure = node->items[node->count - 1]->measure; return;
    default: return;
    }
}

bool ioc_measure_settle(struct ioc_checker *checker, const struct ioc_node *tree)
{
    if (is_lenient(checker))
        return true;
    if (ioc_rescale_literal(tree)) {
        struct ioc_text literal = describe(checker, tree);
        ioc_complaint_set(checker->err, tree->from, tree->to - tree->from, "unit-alone", "%.*s needs a value with a unit beside it",
            IOC_TEXT_ARGS(literal));
        ioc_complaint_hint(checker->err, tree->from, "compare it with a field, or add it to one: event.depth_cm > %.*s",
            IOC_TEXT_ARGS(literal));
        return false;
    }
    for (uint32_t i = 0; i < tree->count; i++)
        if (tree->items[i] && !ioc_measure_settle(checker, tree->items[i]))
            return false;
    return true;
}
