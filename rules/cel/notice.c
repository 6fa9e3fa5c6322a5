/* rules/cel/notice.c — keys that the inventory has not. */
#include "rules/cel/notice.h"
#include "core/key.h"
#include "core/reference.h"

enum { KEYS_LOOKED_AT = 20000 };

static const struct ioc_variable *find_record(const struct ioc_checker *checker, const struct ioc_node *node)
{
    const struct ioc_scope *scope = checker->environment->scope;
    if (node->meaning != IOC_MEANS_SLOT || (node->kind != IOC_NODE_SELECT && node->kind != IOC_NODE_INDEX))
        return NULL;
    for (uint32_t i = 0; i < scope->count; i++)
        if (scope->variables[i].is_record && scope->variables[i].frame == node->frame)
            return &scope->variables[i];
    return NULL;
}

static struct ioc_text find_nearest_key(struct ioc_checker *checker, const struct ioc_reference *table, struct ioc_text word)
{
    uint32_t count = ioc_reference_count(table);
    if (count > KEYS_LOOKED_AT)
        count = KEYS_LOOKED_AT;
    struct ioc_text *keys = ioc_arena_take(checker->arena, (count + 1) * sizeof *keys);
    for (uint32_t i = 0; i < count; i++)
        keys[i] = ioc_row_text(ioc_reference_row(table, i), ioc_reference_key_slot(table));
    int nearest = ioc_text_nearest(word, keys, count);
    return nearest < 0 ? (struct ioc_text){"", 0} : keys[nearest];
}

static void notice_key(struct ioc_checker *checker, const struct ioc_node *field, const struct ioc_node *literal)
{
    const struct ioc_variable *record = find_record(checker, field);
    if (!record || !record->inventory || field->slot != record->inventory_by || literal->kind != IOC_NODE_LITERAL ||
        literal->value.type != IOC_STRING)
        return;
    struct ioc_text word = ioc_boxed_as_text(&literal->value), table = ioc_reference_name(record->inventory);
    struct ioc_key key = {0};
    if (ioc_key_add_text(&key, word) == IOC_OK && ioc_reference_find(record->inventory, ioc_key_text(&key)) != UINT32_MAX)
        return;
    struct ioc_error *note = ioc_checker_note(checker, literal->offset, literal->length);
    if (!note)
        return;
    struct ioc_text nearest = find_nearest_key(checker, record->inventory, word);
    ioc_error_set(note, "no-such-key", "there is no '%.*s' in the table %.*s", IOC_TEXT_ARGS(word), IOC_TEXT_ARGS(table));
    if (nearest.length)
        ioc_error_hint(note, "did you mean '%.*s'?", IOC_TEXT_ARGS(nearest));
}

static void notice_comparison(struct ioc_checker *checker, const struct ioc_node *call)
{
    const struct ioc_node *left = call->items[0], *right = call->items[1];
    if (ioc_text_equal(call->name, IOC_TEXT("@in"))) {
        for (uint32_t i = 0; right->kind == IOC_NODE_LIST && i < right->count; i++)
            notice_key(checker, left, right->items[i]);
    } else if (ioc_text_equal(call->name, IOC_TEXT("_==_")) || ioc_text_equal(call->name, IOC_TEXT("_!=_"))) {
        notice_key(checker, left, right);
        notice_key(checker, right, left);
    }
}

static void look(struct ioc_checker *checker, const struct ioc_node *node)
{
    if (node->kind == IOC_NODE_CALL && node->count == 2)
        notice_comparison(checker, node);
    for (uint32_t i = 0; i < node->count; i++)
        if (node->items[i])
            look(checker, node->items[i]);
}

void ioc_notice_look(struct ioc_checker *checker, const struct ioc_node *tree)
{
    const struct ioc_scope *scope = checker->environment->scope;
    bool is_asked = false;
    for (uint32_t i = 0; i < scope->count; i++)
        is_asked |= scope->variables[i].inventory != NULL;
    if (is_asked)
        look(checker, tree);
}
