/*
 * rules/cel/lexer.c — cuts an expression into tokens.
 *
 * Mistakes that engineers make (a single `=`, curly quotes, `<>`) are recognised here, so that the
 * complaint can say what to write instead.
 */
#include "rules/cel/lexer.h"
#include "rules/cel/unit.h"

static const char *const reserved_words[] = {"as", "break", "const", "continue", "else", "for",
    "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void",
    "while"};

static struct ioc_token bad(struct ioc_lexer *lexer, uint32_t offset, uint32_t length,
    const char *code, const char *text, const char *hint)
{
    ioc_complaint_set(lexer->err, offset, length, code, "%s", text);
    if (hint)
        ioc_complaint_hint(lexer->err, offset, "%s", hint);
    lexer->at = lexer->source.length;
    return (struct ioc_token){.kind = IOC_TOKEN_BAD, .offset = offset, .length = length};
}

/* The byte `ahead` of the reading position, or 0 behind the end. */
static unsigned char peek(const struct ioc_lexer *lexer, uint32_t ahead)
{
    uint64_t at = (uint64_t)lexer->at + ahead;
    return at < lexer->source.length ? (unsigned char)lexer->source.data[at] : 0;
}

static bool is_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(unsigned char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static void skip_blanks(struct ioc_lexer *lexer)
{
    for (;;) {
        unsigned char c = peek(lexer, 0);
        if (lexer->at < lexer->source.length &&
            (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f')) {
            lexer->at++;
        } else if (c == '/' && peek(lexer, 1) == '/') {
            while (lexer->at < lexer->source.length && peek(lexer, 0) != '\n' && peek(lexer, 0) != '\r')
                lexer->at++;
        } else {
            return;
        }
    }
}

static uint32_t write_utf8(char *out, uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

/* Reads `count` digits of the base at *at into *value; false when one is not a digit. */
static bool read_digits(struct ioc_text source, uint32_t *at, int count, int base, uint32_t *value)
{
    uint32_t sum = 0;
    for (int i = 0; i < count; i++, ++*at) {
        int digit = *at < source.length ? hex_value((unsigned char)source.data[*at]) : -1;
        if (digit < 0 || digit >= base)
            return false;
        sum = sum * (uint32_t)base + (uint32_t)digit;
    }
    *value = sum;
    return true;
}

/* One escape, *at behind the backslash; returns the bytes written (at most 4), or 0 when it is wrong. */
static uint32_t decode_escape(struct ioc_text source, uint32_t *at, bool is_bytes, char *out)
{
    if (*at >= source.length)
        return 0;
    static const char plain[] = "abfnrtv\\?\"'`";
    static const char meant[] = "\a\b\f\n\r\t\v\\?\"'`";
    char letter = source.data[(*at)++];
    const char *found = letter ? strchr(plain, letter) : NULL;
    uint32_t point = 0;
    if (found) {
        out[0] = meant[found - plain];
        return 1;
    }
    if (letter == 'x' || letter == 'X') {
        if (!read_digits(source, at, 2, 16, &point))
            return 0;
    } else if (letter >= '0' && letter <= '3') {
        --*at;
        if (!read_digits(source, at, 3, 8, &point))
            return 0;
    } else if (!is_bytes && (letter == 'u' || letter == 'U')) {
        if (!read_digits(source, at, letter == 'u' ? 4 : 8, 16, &point))
            return 0;
        if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return 0;
    } else {
        return 0;
    }
    if (is_bytes) {
        out[0] = (char)point;
        return 1;
    }
    return write_utf8(out, point);
}

/* A string may start with b, r, br or rb in either case. */
static bool starts_string(
    const struct ioc_lexer *lexer, uint32_t *prefix, bool *is_bytes, bool *is_raw)
{
    *is_bytes = *is_raw = false;
    for (*prefix = 0; *prefix < 2; ++*prefix) {
        unsigned char c = peek(lexer, *prefix) | 0x20;
        if (c == 'b' && !*is_bytes)
            *is_bytes = true;
        else if (c == 'r' && !*is_raw)
            *is_raw = true;
        else
            break;
    }
    unsigned char quote = peek(lexer, *prefix);
    return quote == '"' || quote == '\'';
}

static struct ioc_token read_string(
    struct ioc_lexer *lexer, uint32_t start, bool is_bytes, bool is_raw)
{
    struct ioc_text source = lexer->source;
    char quote = source.data[lexer->at];
    bool is_triple =
        peek(lexer, 1) == (unsigned char)quote && peek(lexer, 2) == (unsigned char)quote;
    uint32_t at = lexer->at + (is_triple ? 3 : 1);
    /* No escape decodes to more bytes than it is written with. */
    if (!lexer->texts)
        lexer->texts = ioc_arena_take(lexer->arena, source.length + 8);
    char *out = lexer->texts + lexer->texts_length;
    uint32_t length = 0;
    for (;;) {
        if (at >= source.length ||
            (!is_triple && (source.data[at] == '\n' || source.data[at] == '\r')))
            return bad(lexer, start, at - start, "unclosed-string", "the text is not closed",
                is_triple ? "close it with three quotes"
                          : "close it with the quote that opened it");
        char c = source.data[at];
        if (c == quote && (!is_triple || (at + 2 < source.length && source.data[at + 1] == quote &&
                                             source.data[at + 2] == quote)))
            break;
        at++;
        if (c == '\\' && !is_raw) {
            uint32_t from = at - 1;
            uint32_t bytes = decode_escape(source, &at, is_bytes, out + length);
            if (bytes == 0)
                return bad(lexer, from, at - from, "bad-escape", "there is no such escape sequence",
                    "write \\\\ for a backslash, or put r before the quotes");
            length += bytes;
        } else {
            out[length++] = c;
        }
    }
    at += is_triple ? 3 : 1;
    lexer->at = at;
    lexer->texts_length += length;
    struct ioc_token token = {.kind = is_bytes ? IOC_TOKEN_BYTES : IOC_TOKEN_STRING,
        .offset = start,
        .length = at - start,
        .text = {out, length}};
    if (!is_bytes && !ioc_text_is_utf8(token.text))
        return bad(lexer, start, at - start, "not-utf8", "the text is not valid UTF-8", NULL);
    return token;
}

void ioc_lexer_origin(
    struct ioc_text token, uint32_t from, uint32_t count, uint32_t *offset, uint32_t *length)
{
    struct ioc_lexer lexer = {.source = token};
    uint32_t at, decoded = 0;
    bool is_bytes, is_raw;
    starts_string(&lexer, &at, &is_bytes, &is_raw);
    bool is_triple = at + 2 < token.length && token.data[at + 1] == token.data[at] &&
                     token.data[at + 2] == token.data[at];
    at += is_triple ? 3 : 1;
    uint32_t end = token.length - (is_triple ? 3 : 1), begin = at;
    while (at < end && decoded < from + count) {
        char ignored[4];
        uint32_t start = at++;
        bool is_escape = token.data[start] == '\\' && !is_raw;
        uint32_t bytes = is_escape ? decode_escape(token, &at, is_bytes, ignored) : 1;
        decoded += bytes;
        if (decoded <= from)
            begin = at;
    }
    *offset = begin;
    *length = at - begin;
}

static struct ioc_token read_hex(struct ioc_lexer *lexer, uint32_t start)
{
    uint64_t value = 0;
    lexer->at += 2;
    uint32_t first = lexer->at;
    bool is_over = false;
    for (int digit; (digit = hex_value(peek(lexer, 0))) >= 0; lexer->at++) {
        is_over |= value >> 60 != 0;
        value = value << 4 | (uint64_t)digit;
    }
    if (lexer->at == first)
        return bad(
            lexer, start, 2, "bad-number", "a hexadecimal number needs digits after 0x", NULL);
    bool is_uint = peek(lexer, 0) == 'u' || peek(lexer, 0) == 'U';
    lexer->at += is_uint;
    if (is_over || (!is_uint && value > (uint64_t)INT64_MAX + 1))
        return bad(
            lexer, start, lexer->at - start, "number-range", "the number is too large", NULL);
    return (struct ioc_token){.kind = is_uint ? IOC_TOKEN_UINT : IOC_TOKEN_INT,
        .offset = start,
        .length = lexer->at - start,
        .natural = value};
}

static struct ioc_token read_double(struct ioc_lexer *lexer, uint32_t start)
{
    struct ioc_token token = {
        .kind = IOC_TOKEN_DOUBLE, .offset = start, .length = lexer->at - start};
    struct ioc_text digits = {lexer->source.data + start, token.length};
    if (digits.data[0] == '.')
        digits = ioc_arena_printf(lexer->arena, "0%.*s", IOC_TEXT_ARGS(digits));
    if (ioc_text_double(digits, &token.number) != IOC_OK)
        return bad(lexer, start, token.length, "number-range", "the number is too large", NULL);
    return token;
}

/* 15cm, 10min */
static struct ioc_token refuse_suffix(struct ioc_lexer *lexer, uint32_t start)
{
    uint32_t digits = lexer->at - start, end = lexer->at;
    const char *source = lexer->source.data;
    while (end < lexer->source.length && (is_letter((unsigned char)source[end]) || is_digit((unsigned char)source[end])))
        end++;
    struct ioc_text letters = {source + lexer->at, end - lexer->at};
    ioc_complaint_set(lexer->err, start, end - start, "bad-number", "a letter follows the number directly");
    if (ioc_unit_of_function(letters))
        ioc_complaint_hint(lexer->err, start, "write %.*s(%.*s)", IOC_TEXT_ARGS(letters), (int)digits, source + start);
    return bad(lexer, start, end - start, "bad-number", "a letter follows the number directly",
        "units are written as functions: cm(15); times as texts: duration(\"10m\")");
}

static struct ioc_token read_number(struct ioc_lexer *lexer)
{
    uint32_t start = lexer->at;
    if (peek(lexer, 0) == '0' && peek(lexer, 1) == 'x')
        return read_hex(lexer, start);
    uint64_t value = 0;
    bool is_over = false, is_double = false;
    for (; is_digit(peek(lexer, 0)); lexer->at++)
        is_over |= __builtin_mul_overflow(value, 10u, &value) ||
                   __builtin_add_overflow(value, (uint64_t)(peek(lexer, 0) - '0'), &value);
    if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
        is_double = true;
        lexer->at++;
        while (is_digit(peek(lexer, 0)))
            lexer->at++;
    }
    uint32_t sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-';
    if ((peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') && is_digit(peek(lexer, 1 + sign))) {
        is_double = true;
        lexer->at += 1 + sign;
        while (is_digit(peek(lexer, 0)))
            lexer->at++;
    }
    if (is_double)
        return read_double(lexer, start);
    bool is_uint = peek(lexer, 0) == 'u' || peek(lexer, 0) == 'U';
    lexer->at += is_uint;
    if (is_over || (!is_uint && value > (uint64_t)INT64_MAX + 1))
        return bad(lexer, start, lexer->at - start, "number-range",
            "the number is too large for an int",
            "write it with a decimal point, or with u for an unsigned one");
    if (is_letter(peek(lexer, 0)))
        return refuse_suffix(lexer, start);
    return (struct ioc_token){.kind = is_uint ? IOC_TOKEN_UINT : IOC_TOKEN_INT,
        .offset = start,
        .length = lexer->at - start,
        .natural = value};
}

static struct ioc_token read_name(struct ioc_lexer *lexer)
{
    uint32_t start = lexer->at;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
        lexer->at++;
    struct ioc_token token = {.kind = IOC_TOKEN_NAME,
        .offset = start,
        .length = lexer->at - start,
        .text = {lexer->source.data + start, lexer->at - start}};
    if (ioc_text_equal(token.text, IOC_TEXT("true")))
        token.kind = IOC_TOKEN_TRUE;
    else if (ioc_text_equal(token.text, IOC_TEXT("false")))
        token.kind = IOC_TOKEN_FALSE;
    else if (ioc_text_equal(token.text, IOC_TEXT("null")))
        token.kind = IOC_TOKEN_NULL;
    else if (ioc_text_equal(token.text, IOC_TEXT("in")))
        token.kind = IOC_TOKEN_IN;
    for (size_t i = 0; i < sizeof reserved_words / sizeof *reserved_words; i++)
        token.is_reserved |= ioc_text_equal(token.text, ioc_text_of(reserved_words[i]));
    return token;
}

/* `content-type`: what cel-spec allows in there. */
static struct ioc_token read_quoted_name(struct ioc_lexer *lexer)
{
    uint32_t start = lexer->at++;
    while (lexer->at < lexer->source.length && peek(lexer, 0) != '`' && peek(lexer, 0) != '\n')
        lexer->at++;
    if (peek(lexer, 0) != '`' || lexer->at == start + 1)
        return bad(lexer, start, 1, "unclosed-name",
            "a name between backticks is empty or not closed", NULL);
    for (uint32_t i = start + 1; i < lexer->at; i++) {
        unsigned char c = (unsigned char)lexer->source.data[i];
        if (!is_letter(c) && !is_digit(c) && !memchr("_.-/ ", c, 5))
            return bad(lexer, start, lexer->at + 1 - start, "bad-name",
                "between backticks stand only letters without diacritics, digits, blanks and _ . - /",
                "write the name as a text between brackets: event[\"…\"]");
    }
    lexer->at++;
    return (struct ioc_token){.kind = IOC_TOKEN_QUOTED,
        .offset = start,
        .length = lexer->at - start,
        .text = {lexer->source.data + start + 1, lexer->at - start - 2}};
}

static struct ioc_token refuse_letter(struct ioc_lexer *lexer)
{
    uint32_t start = lexer->at;
    unsigned char c = peek(lexer, 0);
    if (c == '=')
        return bad(lexer, start, 1, "single-equals", "'=' does not compare", "write == to compare");
    if (c == '&')
        return bad(
            lexer, start, 1, "single-and", "'&' is no operator here", "write && for \"and\"");
    if (c == '|')
        return bad(lexer, start, 1, "single-or", "'|' is no operator here", "write || for \"or\"");
    uint32_t length = 1;
    while (c >= 0xc0 && (peek(lexer, length) & 0xc0) == 0x80 && length < 4)
        length++;
    struct ioc_text letter = {lexer->source.data + start, length};
    if (ioc_text_equal(letter, IOC_TEXT("“")) || ioc_text_equal(letter, IOC_TEXT("”")) ||
        ioc_text_equal(letter, IOC_TEXT("‘")) || ioc_text_equal(letter, IOC_TEXT("’")))
        return bad(lexer, start, length, "curly-quotes", "curly quotes do not mark a text",
            "write straight quotes: \" or '");
    if (ioc_text_equal(letter, IOC_TEXT("≥")) || ioc_text_equal(letter, IOC_TEXT("≤")) ||
        ioc_text_equal(letter, IOC_TEXT("≠")))
        return bad(lexer, start, length, "bad-letter", "this sign is no operator here",
            "write >=, <= or !=");
    return bad(lexer, start, length, "bad-letter", "this character has no meaning here",
        c >= 0xc0 ? "names have no diacritics; a text stands between quotes" : NULL);
}

static enum ioc_token_kind punctuation(const struct ioc_lexer *lexer, uint32_t *length)
{
    unsigned char c = peek(lexer, 0), next = peek(lexer, 1);
    *length = 1;
    static const char singles[] = "()[]{}.,:?-+*/%";
    static const enum ioc_token_kind kinds[] = {IOC_TOKEN_OPEN, IOC_TOKEN_CLOSE,
        IOC_TOKEN_OPEN_LIST, IOC_TOKEN_CLOSE_LIST, IOC_TOKEN_OPEN_MAP, IOC_TOKEN_CLOSE_MAP,
        IOC_TOKEN_DOT, IOC_TOKEN_COMMA, IOC_TOKEN_COLON, IOC_TOKEN_QUESTION, IOC_TOKEN_MINUS,
        IOC_TOKEN_PLUS, IOC_TOKEN_TIMES, IOC_TOKEN_DIVIDE, IOC_TOKEN_MODULO};
    const char *found = c ? strchr(singles, c) : NULL;
    if (found)
        return kinds[found - singles];
    if (c == '!' || c == '<' || c == '>' || c == '=') {
        bool is_double = next == '=';
        *length = is_double ? 2 : 1;
        if (c == '!')
            return is_double ? IOC_TOKEN_NOT_EQUAL : IOC_TOKEN_NOT;
        if (c == '<')
            return is_double ? IOC_TOKEN_LESS_EQUAL : IOC_TOKEN_LESS;
        if (c == '>')
            return is_double ? IOC_TOKEN_GREATER_EQUAL : IOC_TOKEN_GREATER;
        return is_double ? IOC_TOKEN_EQUAL : IOC_TOKEN_BAD;
    }
    *length = 2;
    if (c == '&' && next == '&')
        return IOC_TOKEN_AND;
    if (c == '|' && next == '|')
        return IOC_TOKEN_OR;
    return IOC_TOKEN_BAD;
}

struct ioc_token ioc_lexer_next(struct ioc_lexer *lexer)
{
    skip_blanks(lexer);
    uint32_t start = lexer->at, length;
    if (start >= lexer->source.length)
        return (struct ioc_token){.kind = IOC_TOKEN_END, .offset = lexer->source.length};
    unsigned char c = peek(lexer, 0);
    bool is_bytes, is_raw;
    if (starts_string(lexer, &length, &is_bytes, &is_raw)) {
        lexer->at += length;
        return read_string(lexer, start, is_bytes, is_raw);
    }
    if (is_letter(c))
        return read_name(lexer);
    if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1))))
        return read_number(lexer);
    if (c == '`')
        return read_quoted_name(lexer);
    if (c == '<' && peek(lexer, 1) == '>')
        return bad(
            lexer, start, 2, "bad-operator", "'<>' is no operator here", "write != for \"is not\"");
    enum ioc_token_kind kind = punctuation(lexer, &length);
    if (kind == IOC_TOKEN_BAD)
        return refuse_letter(lexer);
    lexer->at += length;
    return (struct ioc_token){.kind = kind, .offset = start, .length = length};
}
