/*
 * rules/cel/matching.c — matches(): what is done with its pattern when a program is made, and when it runs.
 *
 * A constant pattern is compiled once and stands in the tree as a literal of kind IOC_KIND_PATTERN.
 * One that is only a text with ^ or $ turns the call into contains, startsWith, endsWith or ==, which
 * the index and fused instructions know.
 */
#include "rules/cel/builtin.h"
#include "rules/cel/compiler.h"
#include "rules/cel/lexer.h"
#include "rules/cel/pattern.h"

/* All patterns of an expression together, so that none takes long to compile: each costs some 40 states more. */
enum { STATES_MOST = 2500, STATES_EACH = 40 };

static IOC_BUILTIN_RUN(run_matches)
{
    bool is_match;
    struct ioc_text text = ioc_boxed_as_text(&arguments[0]);
    enum ioc_fault fault =
        arguments[1].type == IOC_KIND_PATTERN
            ? ioc_pattern_match(arguments[1].pattern, scratch, text, &is_match)
            : ioc_pattern_match_plain(ioc_boxed_as_text(&arguments[1]), text, &is_match);
    if (fault == IOC_FAULT_NONE)
        *out = ioc_boxed_bool(is_match);
    return fault;
}

/* Is the literal one token, so that bytes of the pattern are bytes of the expression? */
static bool is_token(struct ioc_text token)
{
    uint32_t at = 0;
    while (at < token.length && at < 2 && memchr("bBrR", token.data[at], 4))
        at++;
    return at + 1 < token.length && (token.data[at] == '"' || token.data[at] == '\'') &&
           token.data[token.length - 1] == token.data[at];
}

/* The complaint about bytes of the pattern becomes one about bytes of the expression. */
static void place_complaint(struct ioc_compiler *compiler, const struct ioc_node *node,
    const struct ioc_program_error *wrong)
{
    struct ioc_text token = {compiler->source.data + node->offset, node->length};
    uint32_t offset = node->from, length = node->to - node->from;
    if (is_token(token)) {
        ioc_lexer_origin(token, wrong->offset, wrong->length, &offset, &length);
        offset += node->offset;
    }
    compiler->status = IOC_INVALID;
    if (compiler->err->error.code[0])
        return;
    *compiler->err = *wrong;
    compiler->err->offset = offset;
    compiler->err->length = compiler->err->error.length = length;
}

/* NULL after a complaint; in unchecked expressions without one: then it is a fault when it is reached. */
static const struct ioc_pattern *take_pattern(
    struct ioc_compiler *compiler, const struct ioc_node *node)
{
    struct ioc_text text = ioc_boxed_as_text(&node->value);
    for (uint32_t i = 0; i < compiler->patterns_count; i++) {
        if (ioc_text_equal(ioc_pattern_text(compiler->patterns[i]), text))
            return compiler->patterns[i];
    }
    struct ioc_pattern *pattern = NULL;
    struct ioc_program_error wrong = {0};
    const struct ioc_environment *environment = compiler->checker->environment;
    if (ioc_pattern_pool_get(environment->scope->patterns, text, &pattern, &wrong) == IOC_OK) {
        ioc_compiler_own_pattern(compiler, pattern);
        if (ioc_pattern_states(pattern))
            compiler->patterns_states += ioc_pattern_states(pattern) + STATES_EACH;
        if (compiler->patterns_states <= STATES_MOST)
            return pattern;
        wrong.length = text.length;
        ioc_error_set(&wrong.error, "pattern-too-large",
            "the patterns of this expression are too complex together");
        ioc_error_hint(&wrong.error, "write several rules, or simpler patterns");
    }
    if (!environment->is_unchecked)
        place_complaint(compiler, node, &wrong);
    return NULL;
}

static void become_call(struct ioc_node *call, const char *name)
{
    call->name = ioc_text_of(name);
    call->builtin = (uint16_t)ioc_builtin_find(call->name);
    call->is_method = call->name.data[0] != '_';
    call->is_dynamic = false;
}

static void refuse_dynamic(struct ioc_compiler *compiler, const struct ioc_node *argument)
{
    compiler->status = ioc_complaint_set(compiler->err, argument->from,
        argument->to - argument->from, "dynamic-pattern",
        "the pattern of matches() must be a constant text");
    ioc_complaint_hint(compiler->err, argument->from,
        "write it between quotes; to compare with another field use contains(), startsWith(), endsWith() or ==");
}

static void prepare_call(struct ioc_compiler *compiler, struct ioc_node *call)
{
    static const char *const names[] = {[IOC_PATTERN_CONTAINS] = "contains",
        [IOC_PATTERN_STARTS] = "startsWith",
        [IOC_PATTERN_ENDS] = "endsWith",
        [IOC_PATTERN_EQUALS] = "_==_"};
    struct ioc_node *argument = call->items[1];
    const struct ioc_pattern *pattern = take_pattern(compiler, argument);
    if (!pattern)
        return;
    enum ioc_pattern_form_kind kind = ioc_pattern_kind(pattern);
    bool is_plain = kind >= IOC_PATTERN_CONTAINS && kind <= IOC_PATTERN_EQUALS;
    if (is_plain && ioc_compiler_kind(compiler, call->items[0]) == IOC_STRING) {
        become_call(call, names[kind]);
        argument->value = ioc_boxed_text(ioc_pattern_literal(pattern));
    } else {
        argument->value = (struct ioc_boxed){.pattern = pattern, .type = IOC_KIND_PATTERN};
    }
}

void ioc_matching_prepare(struct ioc_compiler *compiler, struct ioc_node *tree, bool is_folded)
{
    for (uint32_t i = 0; i < tree->count && compiler->status == IOC_OK; i++) {
        if (tree->items[i])
            ioc_matching_prepare(compiler, tree->items[i], is_folded);
    }
    bool is_call = tree->kind == IOC_NODE_CALL && tree->count == 2 && !tree->is_unknown &&
                   ioc_text_equal(tree->name, IOC_TEXT("matches"));
    if (!is_call || compiler->status != IOC_OK)
        return;
    const struct ioc_node *argument = tree->items[1];
    if (argument->kind != IOC_NODE_LITERAL) {
        if (is_folded && !compiler->checker->environment->is_unchecked)
            refuse_dynamic(compiler, argument);
    } else if (argument->value.type == IOC_STRING) {
        prepare_call(compiler, tree);
    }
}

static const struct ioc_builtin rows[] = {
    {"matches", "se", "b", IOC_BUILTIN_METHOD | IOC_BUILTIN_FUNCTION, IOC_OP_CALL, run_matches,
        "does the regular expression (RE2) occur in the text?",
        "the pattern is no constant, or no regular expression",
        "\"U17\".matches(\"^(U|S)[0-9]+$\")"},
};
const struct ioc_library ioc_library_matching = {
    "matching", "regular expressions", rows, sizeof rows / sizeof *rows};
