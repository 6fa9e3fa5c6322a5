/* rules/cel/oneof.c — the words of a field against the words of a rule. */
#include "rules/cel/oneof.h"
#include "rules/cel/naming.h"

static bool check_word(struct ioc_checker *checker, const struct ioc_node *reader, const struct ioc_node *word)
{
    const struct ioc_field *field = reader->field;
    if (word->kind == IOC_NODE_LIST) {
        for (uint32_t i = 0; i < word->count; i++)
            if (!check_word(checker, reader, word->items[i]))
                return false;
        return true;
    }
    if (word->kind != IOC_NODE_LITERAL || word->value.type != IOC_STRING)
        return true;
    struct ioc_text text = ioc_boxed_as_text(&word->value), list = {"", 0};
    for (uint32_t i = 0; i < field->one_of_count; i++) {
        if (ioc_text_equal(text, field->one_of[i]))
            return true;
        if (list.length < 200)
            list = ioc_arena_printf(checker->arena, "%.*s%s%.*s", IOC_TEXT_ARGS(list), i ? ", " : "", IOC_TEXT_ARGS(field->one_of[i]));
        else if (i + 1 == field->one_of_count)
            list = ioc_arena_printf(checker->arena, "%.*s, …", IOC_TEXT_ARGS(list));
    }
    struct ioc_text name = ioc_naming_chain(checker, reader);
    if (!name.length)
        name = field->name;
    ioc_complaint_set(checker->err, word->offset, word->length, "not-one-of", "%.*s is never '%.*s': it is one of %.*s",
        IOC_TEXT_ARGS(name), IOC_TEXT_ARGS(text), IOC_TEXT_ARGS(list));
    int nearest = ioc_text_nearest(text, field->one_of, field->one_of_count);
    if (nearest >= 0)
        ioc_complaint_hint(checker->err, word->offset, "did you mean '%.*s'?", IOC_TEXT_ARGS(field->one_of[nearest]));
    else
        ioc_complaint_hint(checker->err, word->offset, "the words are those of `one_of` in the city file");
    return false;
}

bool ioc_oneof_check(struct ioc_checker *checker, const struct ioc_node *call)
{
    bool is_equality = ioc_text_equal(call->name, IOC_TEXT("_==_")) || ioc_text_equal(call->name, IOC_TEXT("_!=_"));
    if (checker->environment->is_unchecked || (!is_equality && !ioc_text_equal(call->name, IOC_TEXT("@in"))))
        return true;
    for (uint32_t i = 0; i < 2; i++) {
        const struct ioc_node *reader = call->items[i], *other = call->items[!i];
        bool reads = reader->field && reader->kind != IOC_NODE_HAS && reader->field->one_of_count && reader->field->type == IOC_STRING;
        if (reads && (is_equality || i == 0) && !check_word(checker, reader, other))
            return false;
    }
    return true;
}
