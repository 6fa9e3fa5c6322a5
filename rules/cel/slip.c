/* rules/cel/slip.c — tokens that cannot stand where they stand, and what was probably meant. */
#include "rules/cel/slip.h"
#include "rules/cel/unit.h"

static bool is_word(const struct ioc_token *token, const char *lower)
{
    struct ioc_text text = token->text;
    if (token->kind != IOC_TOKEN_NAME || text.length != strlen(lower))
        return false;
    for (uint32_t i = 0; i < text.length; i++)
        if ((text.data[i] | 0x20) != lower[i])
            return false;
    return true;
}

/* Operators as other languages write them, and as people speak them. */
static bool refuse_word(struct ioc_parser *parser)
{
    static const char *const words[][2] = {{"and", "&&"}, {"or", "||"}, {"is", "=="}, {"equals", "=="}, {"eq", "=="},
        {"mod", "%"}, {"then", "? … : …"}};
    const struct ioc_token *token = &parser->token, *before = &parser->before;
    if (is_word(before, "not")) { /* was taken for a name */
        ioc_complaint_set(parser->err, before->offset, before->length, "no-operator", "'%.*s' is no operator",
            IOC_TEXT_ARGS(before->text));
        ioc_complaint_hint(parser->err, before->offset, "write ! for \"not\"");
        return true;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!is_word(token, words[i][0]))
            continue;
        ioc_complaint_set(parser->err, token->offset, token->length, "no-operator", "'%.*s' is no operator",
            IOC_TEXT_ARGS(token->text));
        ioc_complaint_hint(parser->err, token->offset, "write %s for \"%s\"", words[i][1], words[i][0]);
        return true;
    }
    return false;
}

/* a.in: words such as `for` are only reserved, but these mean something and are no names anywhere. */
static bool refuse_keyword(struct ioc_parser *parser)
{
    const struct ioc_token *token = &parser->token;
    struct ioc_text word = {parser->lexer.source.data + token->offset, token->length};
    if (parser->before.kind != IOC_TOKEN_DOT ||
        (token->kind != IOC_TOKEN_IN && token->kind != IOC_TOKEN_TRUE && token->kind != IOC_TOKEN_FALSE &&
            token->kind != IOC_TOKEN_NULL))
        return false;
    ioc_complaint_set(parser->err, token->offset, token->length, "reserved-word",
        "'%.*s' is a word of the language and cannot stand after a point", IOC_TEXT_ARGS(word));
    ioc_complaint_hint(parser->err, token->offset, "write the name between backticks: .`%.*s`", IOC_TEXT_ARGS(word));
    return true;
}

/* 15,5: a comma between digits without blanks. */
static bool refuse_comma(struct ioc_parser *parser)
{
    const struct ioc_token *token = &parser->token, *before = &parser->before;
    struct ioc_text source = parser->lexer.source;
    uint32_t from = token->offset + 1, to = from;
    if (token->kind != IOC_TOKEN_COMMA || before->kind != IOC_TOKEN_INT ||
        before->offset + before->length != token->offset)
        return false;
    while (to < source.length && source.data[to] >= '0' && source.data[to] <= '9')
        to++;
    if (to == from)
        return false;
    ioc_complaint_set(parser->err, before->offset, to - before->offset, "decimal-comma", "'%.*s' is no number",
        (int)(to - before->offset), source.data + before->offset);
    ioc_complaint_hint(parser->err, before->offset, "decimals are written with a point: %.*s.%.*s", (int)before->length,
        source.data + before->offset, (int)(to - from), source.data + from);
    return true;
}

/* 1.5 m: a unit behind a number. */
static bool refuse_unit(struct ioc_parser *parser)
{
    const struct ioc_token *token = &parser->token, *before = &parser->before;
    struct ioc_text source = parser->lexer.source;
    bool is_number = before->kind == IOC_TOKEN_INT || before->kind == IOC_TOKEN_DOUBLE;
    if (!is_number || token->kind != IOC_TOKEN_NAME || !ioc_unit_of_function(token->text))
        return false;
    uint32_t length = token->offset + token->length - before->offset;
    ioc_complaint_set(parser->err, before->offset, length, "bad-number", "'%.*s' is no number", (int)length,
        source.data + before->offset);
    ioc_complaint_hint(parser->err, before->offset, "write %.*s(%.*s)", IOC_TEXT_ARGS(token->text), (int)before->length,
        source.data + before->offset);
    return true;
}

/* What is opened and not closed, or the other way round, from the tokens up to this one. */
static bool refuse_bracket(struct ioc_parser *parser)
{
    static const char opens[] = "([{", closes[] = ")]}";
    struct ioc_lexer lexer = {.source = parser->lexer.source, .arena = parser->arena};
    struct ioc_token open[4 * IOC_DEPTH_MOST];
    uint32_t depth = 0, most = sizeof open / sizeof *open;
    for (struct ioc_token token; (token = ioc_lexer_next(&lexer)).kind != IOC_TOKEN_END;) {
        char letter = lexer.source.data[token.offset];
        if (token.kind == IOC_TOKEN_BAD || token.offset > parser->token.offset || depth == most)
            return false;
        if (token.length != 1)
            continue;
        if (strchr(opens, letter)) {
            open[depth++] = token;
        } else if (strchr(closes, letter) && depth > 0) {
            depth--;
        } else if (strchr(closes, letter)) {
            ioc_complaint_set(parser->err, token.offset, 1, "bracket", "this '%c' closes nothing", letter);
            ioc_complaint_hint(parser->err, token.offset, "leave it out, or open it before");
            return true;
        }
    }
    if (depth == 0 || parser->token.kind != IOC_TOKEN_END)
        return false;
    uint32_t at = open[depth - 1].offset;
    char letter = lexer.source.data[at];
    ioc_complaint_set(parser->err, at, 1, "bracket", "this '%c' is never closed", letter);
    ioc_complaint_hint(parser->err, at, "close it with '%c'", closes[strchr(opens, letter) - opens]);
    return true;
}

struct ioc_node *ioc_slip_refuse(struct ioc_parser *parser, const char *wanted)
{
    const struct ioc_token *token = &parser->token;
    parser->status = IOC_INVALID;
    if (token->kind == IOC_TOKEN_BAD)
        return NULL; /* the lexer has complained */
    struct ioc_text text = {parser->lexer.source.data + token->offset, token->length};
    if (refuse_word(parser) || refuse_keyword(parser) || refuse_comma(parser) || refuse_unit(parser) || refuse_bracket(parser))
        return NULL;
    if (token->kind == IOC_TOKEN_END)
        ioc_complaint_set(parser->err, token->offset, 0, "unexpected-end",
            "the expression ends where %s was expected", wanted);
    else
        ioc_complaint_set(parser->err, token->offset, token->length, "unexpected",
            "'%.*s' stands where %s was expected", IOC_TEXT_ARGS(ioc_complaint_quote(text)), wanted);
    return NULL;
}
