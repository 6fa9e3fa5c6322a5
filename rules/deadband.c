/* rules/deadband.c — moves the border of `a > b` by a width, so that a rung is left later than it was reached. */
#include "rules/cel/unit.h"
#include "rules/reading.h"

/* Finds the one comparison at the top level of the text. */
static bool find_comparison(struct ioc_text text, uint32_t *at, uint32_t *length)
{
    int depth = 0;
    char quote = 0;
    bool is_found = false;
    for (uint32_t i = 0; i < text.length; i++) {
        char letter = text.data[i];
        if (quote) {
            if (letter == '\\')
                i++;
            else if (letter == quote)
                quote = 0;
            continue;
        }
        if (letter == '"' || letter == '\'')
            quote = letter;
        else if (strchr("([{", letter))
            depth++;
        else if (strchr(")]}", letter))
            depth--;
        else if (depth == 0 && (letter == '&' || letter == '|' || letter == '?' || letter == '!' || letter == '='))
            return false;
        else if (depth == 0 && (letter == '<' || letter == '>')) {
            if (is_found)
                return false;
            is_found = true;
            *at = i;
            *length = i + 1 < text.length && text.data[i + 1] == '=' ? 2 : 1;
            i += *length - 1;
        }
    }
    return is_found;
}

/* `a > b` with its border lower by the width: (a) > (b) - w, or (a) + w > (b). */
static struct ioc_text move_border(struct ioc_reading *reading, struct ioc_text text, uint32_t at, uint32_t length, struct ioc_text width,
    bool is_left)
{
    struct ioc_text none = {"", 0}, left = {text.data, at}, sign = {text.data + at, length},
                    right = {sign.data + length, text.length - at - length};
    bool is_above = text.data[at] == '>';
    return ioc_arena_printf(reading->scratch, "(%.*s) %s %.*s %.*s (%.*s) %s %.*s", IOC_TEXT_ARGS(left), !is_left ? "" : is_above ? "+" : "-",
        IOC_TEXT_ARGS(is_left ? width : none), IOC_TEXT_ARGS(sign), IOC_TEXT_ARGS(right), is_left ? "" : is_above ? "-" : "+",
        IOC_TEXT_ARGS(is_left ? none : width));
}

struct ioc_program *ioc_deadband_compile(
    struct ioc_reading *reading, struct ioc_rulefile_place rung, struct ioc_rulefile_place deadband)
{
    uint32_t at, length;
    double width;
    const struct ioc_unit *unit;
    if (!ioc_unit_read(deadband.node->text, &width, &unit) && !ioc_node_double(deadband.document, deadband.node, &width, reading->errors))
        return NULL;
    if (width < 0 || !find_comparison(rung.node->text, &at, &length)) {
        ioc_node_error(deadband.document, deadband.node, reading->errors, "deadband",
            width < 0 ? "a deadband is a width: not negative" : "a deadband needs every rung to be one comparison like `event.depth_cm > 30`");
        ioc_node_hint(reading->errors, "write an own `clear:` instead, or split the rule");
        return NULL;
    }
    struct ioc_program *program = NULL;
    struct ioc_program_error err = {0};
    struct ioc_scope scope = reading->scope;
    scope.is_strict = false; /* the width is a number of ours; the rung itself has been compiled as it stands */
    enum ioc_status status = IOC_INVALID;
    /* A width without a unit stands beside the field, on whichever side that is. */
    for (int is_left = 0; is_left < 2 && status != IOC_OK && (!is_left || strcmp(err.error.code, "no-unit") == 0); is_left++)
        status = ioc_program_new(move_border(reading, rung.node->text, at, length, deadband.node->text, is_left), &scope, IOC_BOOL, &program, &err);
    if (status != IOC_OK) {
        ioc_error_prefix(&err.error, "the deadband does not fit the rung: ");
        err.error.length = 0; /* of a text that nobody wrote */
        ioc_node_error_at(deadband.document, deadband.node, 0, &err.error, reading->errors);
        return NULL;
    }
    return program;
}
