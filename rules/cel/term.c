/*
 * rules/cel/term.c — disjunctive clauses of a condition's atomic terms, capped.
 *
 * Where a cap is reached terms or clauses are given up, never invented: a clause may lose terms, and
 * too many clauses become one without terms.  A clause that another one covers is dropped, so that a
 * ladder `d > 60`, `d > 30`, `d > 15` is one clause.
 *
 * Only conditions that are as plain as their looks are terms: a comparison with a NaN is false in both
 * directions, so the opposite of a comparison of doubles is none.
 */
#include "rules/cel/term.h"
#include "rules/cel/checker.h"
#include <math.h>

struct collecting {
    struct ioc_checker *checker;
    struct ioc_arena *arena;
};

static struct ioc_terms make(struct ioc_arena *arena, uint32_t capacity)
{
    return (struct ioc_terms){
        .clauses = ioc_arena_take(arena, (capacity + 1) * sizeof(struct ioc_clause)), .is_plain = true};
}

static struct ioc_terms make_open(struct ioc_arena *arena, bool is_plain)
{
    struct ioc_terms terms = make(arena, 1);
    terms.count = 1;
    terms.is_plain = is_plain;
    return terms;
}

struct ioc_terms ioc_terms_unknown(struct ioc_arena *arena)
{
    return make_open(arena, false);
}

/* ------------------------------------------------------------- one clause covers another */

static bool is_same_slot(const struct ioc_term *a, const struct ioc_term *b)
{
    return a->frame == b->frame && a->slot == b->slot && a->kind == b->kind;
}

static bool has_value(const struct ioc_term *term, const union ioc_term_value *value)
{
    bool is_text = term->type == IOC_STRING || term->type == IOC_BYTES;
    for (uint32_t i = 0; i < term->count; i++) {
        if (is_text ? ioc_text_equal(term->values[i].text, value->text)
                    : term->values[i].word == value->word)
            return true;
    }
    return false;
}

/* Whenever a holds, b does; and b is not left out for a missing value where a is (rules/rule.c drop_useless). */
static bool implies(const struct ioc_term *a, const struct ioc_term *b)
{
    if (!is_same_slot(a, b) || (a->may_be_missing && !b->may_be_missing))
        return false;
    if (a->kind == IOC_TERM_RANGE)
        return a->low >= b->low && a->high <= b->high;
    for (uint32_t i = 0; i < a->count; i++) {
        if (!has_value(b, &a->values[i]))
            return false;
    }
    return true;
}

static bool covers(const struct ioc_clause *wide, const struct ioc_clause *narrow)
{
    for (uint32_t i = 0; i < wide->count; i++) {
        bool is_implied = false;
        for (uint32_t k = 0; k < narrow->count && !is_implied; k++)
            is_implied = implies(&narrow->terms[k], &wide->terms[i]);
        if (!is_implied)
            return false;
    }
    return true;
}

static void add_clause(struct ioc_terms *terms, const struct ioc_clause *clause)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < terms->count; i++) {
        if (covers(&terms->clauses[i], clause))
            return;
    }
    for (uint32_t i = 0; i < terms->count; i++) {
        if (!covers(clause, &terms->clauses[i]))
            terms->clauses[kept++] = terms->clauses[i];
    }
    terms->count = kept;
    if (terms->count < IOC_CLAUSES_MOST) {
        terms->clauses[terms->count++] = *clause;
        return;
    }
    terms->clauses[0] = (struct ioc_clause){0};
    terms->count = 1;
}

/* Two ranges of one slot become their common part; the rest is added while there is room. */
static void add_term(struct ioc_clause *clause, const struct ioc_term *term)
{
    for (uint32_t i = 0; i < clause->count; i++) {
        struct ioc_term *own = &clause->terms[i];
        if (implies(own, term))
            return;
        if (is_same_slot(own, term) && term->kind == IOC_TERM_RANGE) {
            own->low = fmax(own->low, term->low);
            own->high = fmin(own->high, term->high);
            own->may_be_missing &= term->may_be_missing;
            return;
        }
        if (implies(term, own)) {
            *own = *term;
            return;
        }
    }
    if (clause->count < IOC_TERMS_MOST)
        clause->terms[clause->count++] = *term;
}

struct ioc_terms ioc_terms_or(
    const struct ioc_terms *a, const struct ioc_terms *b, struct ioc_arena *arena)
{
    struct ioc_terms either = make(arena, IOC_CLAUSES_MOST);
    either.is_plain = a->is_plain && b->is_plain;
    for (uint32_t i = 0; i < a->count; i++)
        add_clause(&either, &a->clauses[i]);
    for (uint32_t i = 0; i < b->count; i++)
        add_clause(&either, &b->clauses[i]);
    return either;
}

struct ioc_terms ioc_terms_and(
    const struct ioc_terms *a, const struct ioc_terms *b, struct ioc_arena *arena)
{
    struct ioc_terms both = make(arena, IOC_CLAUSES_MOST);
    both.is_plain = a->is_plain && b->is_plain;
    if (a->count * b->count > IOC_CLAUSES_MOST) { /* the one with fewer ways says enough */
        const struct ioc_terms *fewer = a->count <= b->count ? a : b;
        for (uint32_t i = 0; i < fewer->count; i++)
            add_clause(&both, &fewer->clauses[i]);
        return both;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t k = 0; k < b->count; k++) {
            struct ioc_clause clause = a->clauses[i];
            for (uint32_t t = 0; t < b->clauses[k].count; t++)
                add_term(&clause, &b->clauses[k].terms[t]);
            add_clause(&both, &clause);
        }
    }
    return both;
}

/* ------------------------------------------------------------- atomic terms */

static uint32_t kind_of(struct collecting *collecting, const struct ioc_node *node)
{
    const struct ioc_shape *shape = ioc_shape_look(&collecting->checker->shapes, node->shape);
    return shape->kind < IOC_TYPES && !shape->is_nullable ? shape->kind : IOC_DYN;
}

static bool is_slot(const struct ioc_node *node)
{
    return node->meaning == IOC_MEANS_SLOT && node->kind != IOC_NODE_HAS && node->kind != IOC_NODE_CALL;
}

/* A slot, or `event.?x.orValue(constant)`: what it is then when the slot is empty. */
struct subject {
    const struct ioc_node *slot;
    uint32_t kind;
    const struct ioc_boxed *otherwise; /* or NULL */
};

static bool find_subject(struct collecting *collecting, const struct ioc_node *node, struct subject *subject)
{
    *subject = (struct subject){.slot = node, .kind = kind_of(collecting, node)};
    if (is_slot(node))
        return true;
    if (node->kind != IOC_NODE_CALL || node->count != 2 || !ioc_text_equal(node->name, IOC_TEXT("orValue")) ||
        node->items[0]->meaning != IOC_MEANS_OPTIONAL || node->items[1]->kind != IOC_NODE_LITERAL ||
        node->items[1]->value.type != subject->kind)
        return false;
    subject->slot = node->items[0];
    subject->otherwise = &node->items[1]->value;
    return true;
}

/* By the schema that the slot belongs to: may a row be without it? */
static bool may_be_missing(const struct collecting *collecting, const struct ioc_node *node)
{
    const struct ioc_scope *scope = collecting->checker->environment->scope;
    for (uint32_t i = 0; i < scope->count; i++) {
        const struct ioc_variable *variable = &scope->variables[i];
        if (variable->frame != node->frame)
            continue;
        if (variable->is_record && node->slot < variable->schema->count) {
            const struct ioc_field *field = &variable->schema->fields[node->slot];
            return field->is_optional || field->out_of_range_is_missing;
        }
        if (!variable->is_record && variable->slot == node->slot)
            return variable->may_be_missing;
    }
    return true;
}

static struct ioc_terms make_single(struct collecting *collecting, const struct ioc_term *term)
{
    struct ioc_terms terms = make(collecting->arena, 1);
    terms.clauses[0] = (struct ioc_clause){.terms = {*term}, .count = 1};
    terms.count = 1;
    return terms;
}

static struct ioc_term make_term(
    struct collecting *collecting, const struct subject *subject, enum ioc_term_kind kind)
{
    return (struct ioc_term){.kind = (uint8_t)kind,
        .type = (uint8_t)subject->kind,
        .frame = subject->slot->frame,
        .slot = subject->slot->slot,
        .may_be_missing = !subject->otherwise && may_be_missing(collecting, subject->slot)};
}

static bool is_number(uint32_t kind)
{
    return kind == IOC_INT || kind == IOC_UINT || kind == IOC_DOUBLE || kind == IOC_DURATION;
}

/* Conversion rounds in one direction only for all, so that closed bounds stay true bounds. */
static double as_double(const struct ioc_boxed *value)
{
    if (value->type == IOC_DOUBLE)
        return value->number;
    return value->type == IOC_UINT ? (double)value->natural : (double)value->integer;
}

static bool is_within(const struct ioc_term *term, const struct ioc_boxed *value)
{
    union ioc_term_value own = {.word = value->natural};
    if (term->kind == IOC_TERM_RANGE)
        return as_double(value) >= term->low && as_double(value) <= term->high;
    if (value->type == IOC_STRING || value->type == IOC_BYTES)
        own.text = ioc_boxed_as_text(value);
    return has_value(term, &own);
}

/* A value that stands for an empty slot and would do says nothing. */
static void give_term(struct collecting *collecting, const struct subject *subject, const struct ioc_term *term, struct ioc_terms *out)
{
    bool is_open = subject->otherwise && is_within(term, subject->otherwise);
    *out = is_open ? make_open(collecting->arena, true) : make_single(collecting, term);
}

static bool give_one_of(struct collecting *collecting, const struct subject *subject,
    const struct ioc_boxed *values, uint32_t count, struct ioc_terms *out)
{
    bool is_text = subject->kind == IOC_STRING || subject->kind == IOC_BYTES;
    if (count > IOC_TERM_VALUES ||
        !(is_text || subject->kind == IOC_BOOL || subject->kind == IOC_INT || subject->kind == IOC_UINT))
        return false;
    union ioc_term_value *list = ioc_arena_take(collecting->arena, (count + 1) * sizeof *list);
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].type != subject->kind)
            return false;
        if (is_text)
            list[i].text = ioc_arena_copy(collecting->arena, ioc_boxed_as_text(&values[i]));
        else
            list[i].word = values[i].natural;
    }
    struct ioc_term term = make_term(collecting, subject, IOC_TERM_ONE_OF);
    term.values = list;
    term.count = count;
    give_term(collecting, subject, &term, out);
    return true;
}

enum comparing { NO_COMPARISON, EQUAL, LESS, MORE };

static enum comparing comparison_of(struct ioc_text name)
{
    if (ioc_text_equal(name, IOC_TEXT("_==_")))
        return EQUAL;
    if (ioc_text_equal(name, IOC_TEXT("_<_")) || ioc_text_equal(name, IOC_TEXT("_<=_")))
        return LESS;
    if (ioc_text_equal(name, IOC_TEXT("_>_")) || ioc_text_equal(name, IOC_TEXT("_>=_")))
        return MORE;
    return NO_COMPARISON;
}

static bool give_comparison(
    struct collecting *collecting, const struct ioc_node *node, struct ioc_terms *out)
{
    enum comparing comparing = node->count == 2 ? comparison_of(node->name) : NO_COMPARISON;
    if (comparing == NO_COMPARISON)
        return false;
    const struct ioc_node *value = node->items[0], *constant = node->items[1];
    if (value->kind == IOC_NODE_LITERAL) {
        value = node->items[1];
        constant = node->items[0];
        comparing = comparing == LESS ? MORE : comparing == MORE ? LESS : EQUAL;
    }
    struct subject subject;
    if (constant->kind != IOC_NODE_LITERAL || !find_subject(collecting, value, &subject))
        return false;
    if (comparing == EQUAL && give_one_of(collecting, &subject, &constant->value, 1, out))
        return true;
    bool is_pair = is_number(subject.kind) && is_number(constant->value.type) &&
                   (subject.kind == IOC_DURATION) == (constant->value.type == IOC_DURATION);
    if (!is_pair)
        return false;
    struct ioc_term term = make_term(collecting, &subject, IOC_TERM_RANGE);
    double bound = as_double(&constant->value);
    term.low = comparing == LESS ? -INFINITY : bound;
    term.high = comparing == MORE ? INFINITY : bound;
    if (isnan(bound)) /* nothing compares with it, but the value may still be missing: no bounds say that */
        return false;
    give_term(collecting, &subject, &term, out);
    return true;
}

/* text.contains("…") and its like. */
static bool give_search(
    struct collecting *collecting, const struct ioc_node *node, struct ioc_terms *out)
{
    static const char *const names[] = {"startsWith", "endsWith", "contains"};
    struct subject subject;
    if (node->count != 2 || !find_subject(collecting, node->items[0], &subject) || subject.otherwise ||
        subject.kind != IOC_STRING || node->items[1]->kind != IOC_NODE_LITERAL || node->items[1]->value.type != IOC_STRING)
        return false;
    for (int i = 0; i < 3; i++) {
        if (!ioc_text_equal(node->name, ioc_text_of(names[i])))
            continue;
        struct ioc_term term = make_term(collecting, &subject, IOC_TERM_STARTS + (enum ioc_term_kind)i);
        union ioc_term_value *value = ioc_arena_take(collecting->arena, sizeof *value);
        value->text = ioc_arena_copy(collecting->arena, ioc_boxed_as_text(&node->items[1]->value));
        term.values = value;
        term.count = 1;
        *out = make_single(collecting, &term);
        out->is_plain = false; /* a long text may cost too many steps */
        return true;
    }
    return false;
}

static bool give_membership(
    struct collecting *collecting, const struct ioc_node *node, struct ioc_terms *out)
{
    struct subject subject;
    if (node->count != 2 || !ioc_text_equal(node->name, IOC_TEXT("@in")) ||
        node->items[1]->kind != IOC_NODE_LITERAL || node->items[1]->value.type != IOC_LIST ||
        !find_subject(collecting, node->items[0], &subject))
        return false;
    const struct ioc_boxed *list = &node->items[1]->value;
    return list->frame == 0 && give_one_of(collecting, &subject, list->items, list->count, out);
}

/* !=, and comparisons of times: nothing to look up, but nothing that fails either. */
static bool is_plain_comparison(struct collecting *collecting, const struct ioc_node *node)
{
    if (node->count != 2 || node->is_dynamic)
        return false;
    bool is_known = ioc_text_equal(node->name, IOC_TEXT("_!=_")) ||
                    comparison_of(node->name) != NO_COMPARISON;
    for (uint32_t i = 0; i < 2 && is_known; i++) {
        const struct ioc_node *item = node->items[i];
        uint32_t kind = kind_of(collecting, item);
        is_known = (is_slot(item) || item->kind == IOC_NODE_LITERAL) &&
                   (is_number(kind) || kind == IOC_BOOL || kind == IOC_STRING);
    }
    return is_known;
}

static struct ioc_terms collect(struct collecting *collecting, const struct ioc_node *node, bool is_wanted);

static struct ioc_terms collect_chain(
    struct collecting *collecting, const struct ioc_node *node, bool is_wanted)
{
    bool is_and = (node->kind == IOC_NODE_AND) == is_wanted; /* De Morgan */
    struct ioc_terms all = collect(collecting, node->items[0], is_wanted);
    for (uint32_t i = 1; i < node->count; i++) {
        struct ioc_terms next = collect(collecting, node->items[i], is_wanted);
        all = is_and ? ioc_terms_and(&all, &next, collecting->arena)
                     : ioc_terms_or(&all, &next, collecting->arena);
    }
    return all;
}

/* When the node is `is_wanted`. */
static struct ioc_terms collect(
    struct collecting *collecting, const struct ioc_node *node, bool is_wanted)
{
    struct ioc_terms terms;
    if (node->kind == IOC_NODE_AND || node->kind == IOC_NODE_OR)
        return collect_chain(collecting, node, is_wanted);
    if (node->kind == IOC_NODE_LITERAL && node->value.type == IOC_BOOL)
        return node->value.boolean == is_wanted ? make_open(collecting->arena, true)
                                                : make(collecting->arena, 0);
    if (node->kind == IOC_NODE_HAS && node->meaning == IOC_MEANS_SLOT)
        return make_open(collecting->arena, true);
    struct ioc_boxed self = ioc_boxed_bool(is_wanted);
    struct subject subject;
    if (find_subject(collecting, node, &subject) && subject.kind == IOC_BOOL &&
        give_one_of(collecting, &subject, &self, 1, &terms))
        return terms;
    if (node->kind != IOC_NODE_CALL || node->is_unknown)
        return ioc_terms_unknown(collecting->arena);
    if (ioc_text_equal(node->name, IOC_TEXT("!_")) && kind_of(collecting, node->items[0]) == IOC_BOOL)
        return collect(collecting, node->items[0], !is_wanted);
    if (is_wanted && give_search(collecting, node, &terms))
        return terms;
    bool is_term = give_comparison(collecting, node, &terms) || give_membership(collecting, node, &terms);
    if (is_term && is_wanted)
        return terms;
    return make_open(collecting->arena, is_term || is_plain_comparison(collecting, node));
}

struct ioc_terms ioc_terms_collect(
    struct ioc_checker *checker, const struct ioc_node *tree, struct ioc_arena *arena)
{
    struct collecting collecting = {checker, arena};
    return collect(&collecting, tree, true);
}
