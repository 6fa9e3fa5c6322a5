/* rules/cel/guard.c — walks the tree with what is known to be there. */
#include "rules/cel/guard.h"

enum { FACTS_MOST = 64 };

struct fact { /* this field is there, or nothing here is looked at */
    uint8_t frame;
    ioc_slot slot;
};
struct walk {
    struct ioc_checker *checker;
    struct fact facts[FACTS_MOST], noted[IOC_NOTES_MOST];
    uint32_t count, noted_count;
    bool is_full; /* not all that is known could be kept: then nothing is said */
};

static void add_fact(struct walk *walk, const struct ioc_node *slot)
{
    if (walk->count == FACTS_MOST)
        walk->is_full = true;
    else
        walk->facts[walk->count++] = (struct fact){slot->frame, slot->slot};
}

/* What is there when the condition is true, or false. */
static void learn(struct walk *walk, const struct ioc_node *condition, bool is_true)
{
    bool is_call = condition->kind == IOC_NODE_CALL && condition->count == 1;
    if (condition->kind == IOC_NODE_HAS && condition->meaning == IOC_MEANS_SLOT && is_true)
        add_fact(walk, condition);
    else if (is_call && ioc_text_equal(condition->name, IOC_TEXT("!_")))
        learn(walk, condition->items[0], !is_true);
    else if (is_call && ioc_text_equal(condition->name, IOC_TEXT("hasValue")) && is_true &&
             condition->items[0]->meaning == IOC_MEANS_OPTIONAL)
        add_fact(walk, condition->items[0]);
    else if (condition->kind == (is_true ? IOC_NODE_AND : IOC_NODE_OR)) {
        for (uint32_t i = 0; i < condition->count; i++)
            learn(walk, condition->items[i], is_true);
    }
}

static bool is_among(const struct fact *facts, uint32_t count, const struct ioc_node *slot)
{
    for (uint32_t i = 0; i < count; i++) {
        if (facts[i].frame == slot->frame && facts[i].slot == slot->slot)
            return true;
    }
    return false;
}

/* The record that the slot is a field of, when it is one that is always there. */
static const struct ioc_variable *find_record(const struct walk *walk, const struct ioc_node *slot)
{
    const struct ioc_scope *scope = walk->checker->environment->scope;
    for (uint32_t i = 0; i < scope->count; i++) {
        const struct ioc_variable *variable = &scope->variables[i];
        if (variable->is_certain && variable->is_record && variable->frame == slot->frame)
            return variable;
    }
    return NULL;
}

static void look_at(struct walk *walk, const struct ioc_node *slot)
{
    const struct ioc_variable *record = find_record(walk, slot);
    if (!record || is_among(walk->noted, walk->noted_count, slot))
        return;
    const struct ioc_field *field = &record->schema->fields[slot->slot];
    bool is_asked = slot->meaning == IOC_MEANS_OPTIONAL,
         is_guarded = walk->is_full || is_among(walk->facts, walk->count, slot);
    if (is_asked ? field->is_optional : !field->is_optional || is_guarded)
        return;
    struct ioc_error *note = ioc_checker_note(walk->checker, slot->from, slot->to - slot->from);
    if (!note)
        return;
    walk->noted[walk->noted_count++] = (struct fact){slot->frame, slot->slot};
    struct ioc_text name = ioc_arena_printf(walk->checker->arena, "%.*s.%.*s",
        IOC_TEXT_ARGS(record->name), IOC_TEXT_ARGS(field->name));
    if (is_asked) {
        ioc_error_set(note, "always-there", "%.*s is always there", IOC_TEXT_ARGS(name));
        ioc_error_hint(note, "write %.*s without '?'", IOC_TEXT_ARGS(name));
    } else {
        ioc_error_set(note, "may-be-missing", "%.*s may be missing; on_missing: keep decides then",
            IOC_TEXT_ARGS(name));
        ioc_error_hint(note, "write has(%.*s) && …, or %.*s.?%.*s.orValue(…), or say on_missing in the rule",
            IOC_TEXT_ARGS(name), IOC_TEXT_ARGS(record->name), IOC_TEXT_ARGS(field->name));
    }
}

static void visit(struct walk *walk, const struct ioc_node *node)
{
    if (node->kind == IOC_NODE_HAS && node->meaning == IOC_MEANS_SLOT)
        return;
    if (node->meaning == IOC_MEANS_SLOT || node->meaning == IOC_MEANS_OPTIONAL) {
        look_at(walk, node);
        return;
    }
    uint32_t mark = walk->count;
    if (node->kind == IOC_NODE_AND || node->kind == IOC_NODE_OR)
        learn(walk, node, node->kind == IOC_NODE_AND);
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->kind == IOC_NODE_CHOICE && i > 0) {
            walk->count = mark;
            learn(walk, node->items[0], i == 1);
        }
        if (node->items[i])
            visit(walk, node->items[i]);
    }
    walk->count = mark;
}

void ioc_guard_note(struct ioc_checker *checker, const struct ioc_node *tree)
{
    const struct ioc_scope *scope = checker->environment->scope;
    struct walk walk = {.checker = checker};
    for (uint32_t i = 0; i < scope->count; i++) {
        if (scope->variables[i].is_certain) {
            visit(&walk, tree);
            return;
        }
    }
}
