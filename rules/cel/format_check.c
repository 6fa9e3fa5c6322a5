/*
 * rules/cel/format_check.c — a constant format() is judged when the rule is loaded.
 *
 * Only what is sure: clauses that are none, and, where the list is written out, how many values there
 * are and values whose type is known and wrong.
 */
#include "rules/cel/format.h"

static const struct {
    char clause;
    const char *takes;
} wanted[] = {
    {'s', "text, a number, bool, time, duration, list, map or type"},
    {'d', "number"},
    {'f', "number"},
    {'e', "number"},
    {'b', "whole number or bool"},
    {'o', "whole number"},
    {'x', "whole number, text or bytes"},
    {'X', "whole number, text or bytes"},
};

static bool refuse_clause(struct ioc_checker *checker, const struct ioc_node *text,
    const struct ioc_format_piece *piece)
{
    ioc_complaint_set(checker->err, text->from, text->to - text->from, "bad-format",
        "'%.*s' is no clause of format()", IOC_TEXT_ARGS(piece->text));
    ioc_complaint_hint(checker->err, text->from,
        "%%s for anything, %%d for a number, %%.2f for a number with two decimals; a percent sign is "
        "written %%%%");
    return false;
}

static bool refuse_value(struct ioc_checker *checker, const struct ioc_node *value,
    const struct ioc_format_piece *piece)
{
    struct ioc_text type = ioc_shape_text(&checker->shapes, value->shape);
    ioc_complaint_set(checker->err, value->from, value->to - value->from, "wrong-types",
        "'%.*s' does not take %.*s", IOC_TEXT_ARGS(piece->text), IOC_TEXT_ARGS(type));
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (wanted[i].clause == piece->clause)
            ioc_complaint_hint(checker->err, value->from, "it takes a %s%s", wanted[i].takes,
                piece->clause == 's' ? "" : "; %s takes anything");
    }
    return false;
}

static bool refuse_count(
    struct ioc_checker *checker, const struct ioc_node *list, uint32_t clauses)
{
    ioc_complaint_set(checker->err, list->from, list->to - list->from, "wrong-arguments",
        "the text of format() has %u %s, but the list %u %s", clauses,
        clauses == 1 ? "clause" : "clauses", list->count, list->count == 1 ? "value" : "values");
    ioc_complaint_hint(checker->err, list->from, "each clause takes the next value of the list");
    return false;
}

bool ioc_format_check(struct ioc_checker *checker, const struct ioc_node *call)
{
    if (checker->environment->is_unchecked || checker->environment->defers_constants || !call->is_method || call->is_unknown ||
        call->count != 2 || !ioc_text_equal(call->name, IOC_TEXT("format")) ||
        call->items[0]->kind != IOC_NODE_LITERAL || call->items[0]->value.type != IOC_STRING)
        return true;
    const struct ioc_node *text = call->items[0], *list = call->items[1];
    bool is_list = list->kind == IOC_NODE_LIST;
    struct ioc_text rest = ioc_boxed_as_text(&text->value);
    struct ioc_format_piece piece;
    uint32_t clauses = 0;
    while (ioc_format_next(&rest, &piece)) {
        if (piece.clause == '?')
            return refuse_clause(checker, text, &piece);
        if (piece.clause == 0)
            continue;
        if (is_list && clauses < list->count) {
            const struct ioc_node *value = list->items[clauses];
            uint32_t kind = ioc_shape_look(&checker->shapes, value->shape)->kind;
            bool is_open = kind == IOC_DYN || kind == IOC_SHAPE_VARIABLE || kind == IOC_SHAPE_OTHER;
            if (!is_open && !ioc_format_takes(piece.clause, kind))
                return refuse_value(checker, value, &piece);
        }
        clauses++;
    }
    return !is_list || clauses == list->count || refuse_count(checker, list, clauses);
}
