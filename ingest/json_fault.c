/*
 * ingest/json_fault.c — where a text stops being JSON: a plain scanner for the error message.
 *
 * Runs only after the parser has refused a message, so it is written to be read, not to be fast.
 * It keeps a stack of brackets instead of calling itself.  RFC 8259 throughout.
 */
#include "ingest/json.h"

struct scanner {
    const uint8_t *bytes;
    uint32_t length, at;
    const char *why;
};

static bool fail(struct scanner *scanner, const char *why)
{
    if (!scanner->why)
        scanner->why = why;
    return false;
}

static int peek(const struct scanner *scanner)
{
    return scanner->at < scanner->length ? scanner->bytes[scanner->at] : -1;
}

static void skip_space(struct scanner *scanner)
{
    for (int c = peek(scanner); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(scanner))
        scanner->at++;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool skip_digits(struct scanner *scanner)
{
    if (!is_digit(peek(scanner)))
        return fail(scanner, "a digit is missing in a number");
    while (is_digit(peek(scanner)))
        scanner->at++;
    return true;
}

static bool scan_number(struct scanner *scanner)
{
    if (peek(scanner) == '-')
        scanner->at++;
    bool is_zero = peek(scanner) == '0';
    if (!skip_digits(scanner))
        return false;
    if (is_zero && scanner->at >= 2 && is_digit(scanner->bytes[scanner->at - 1]) &&
        is_digit(scanner->bytes[scanner->at - 2])) {
        while (scanner->at && is_digit(scanner->bytes[scanner->at - 1]))
            scanner->at--;
        return fail(scanner, "a number begins with 0");
    }
    if (peek(scanner) == '.') {
        scanner->at++;
        if (!skip_digits(scanner))
            return false;
    }
    if (peek(scanner) == 'e' || peek(scanner) == 'E') {
        scanner->at++;
        if (peek(scanner) == '+' || peek(scanner) == '-')
            scanner->at++;
        if (!skip_digits(scanner))
            return false;
    }
    return true;
}

/* One UTF-8 sequence of at least two bytes; overlong forms and surrogates are wrong (RFC 3629). */
static bool scan_utf8(struct scanner *scanner)
{
    const uint8_t *byte = scanner->bytes + scanner->at;
    uint32_t left = scanner->length - scanner->at;
    uint32_t count = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
    bool is_good = byte[0] >= 0xc2 && byte[0] <= 0xf4 && left >= count;
    for (uint32_t i = 1; is_good && i < count; i++)
        is_good = (byte[i] & 0xc0) == 0x80;
    if (is_good)
        is_good = !(byte[0] == 0xe0 && byte[1] < 0xa0) && !(byte[0] == 0xed && byte[1] > 0x9f) &&
                  !(byte[0] == 0xf0 && byte[1] < 0x90) && !(byte[0] == 0xf4 && byte[1] > 0x8f);
    if (!is_good)
        return fail(scanner, "a byte is not UTF-8");
    scanner->at += count;
    return true;
}

static int hex_quad(const struct scanner *scanner, uint32_t at)
{
    int value = 0;
    if (at + 4 > scanner->length)
        return -1;
    for (uint32_t i = at; i < at + 4; i++) {
        int c = scanner->bytes[i], low = c | 32;
        int digit = is_digit(c) ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool scan_escape(struct scanner *scanner)
{
    int c = scanner->at + 1 < scanner->length ? scanner->bytes[scanner->at + 1] : -1;
    if (c != 'u') {
        if (c < 0 || !strchr("\"\\/bfnrt", c) || c == 0)
            return fail(scanner, "a backslash is followed by what is no escape");
        scanner->at += 2;
        return true;
    }
    int unit = hex_quad(scanner, scanner->at + 2);
    if (unit < 0)
        return fail(scanner, "\\u wants four hexadecimal digits");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return fail(scanner, "\\u is the second half of a pair alone");
    if (unit >= 0xd800 && unit <= 0xdbff) {
        bool is_pair = scanner->at + 7 < scanner->length &&
                       scanner->bytes[scanner->at + 6] == '\\' &&
                       scanner->bytes[scanner->at + 7] == 'u';
        int second = is_pair ? hex_quad(scanner, scanner->at + 8) : -1;
        if (second < 0xdc00 || second > 0xdfff)
            return fail(scanner, "\\u is the first half of a pair alone");
        scanner->at += 6;
    }
    scanner->at += 6;
    return true;
}

static bool scan_string(struct scanner *scanner)
{
    uint32_t start = scanner->at++;
    for (;;) {
        int c = peek(scanner);
        if (c < 0) {
            scanner->at = start;
            return fail(scanner, "a string has no end");
        }
        if (c == '"') {
            scanner->at++;
            return true;
        }
        if (c < 0x20)
            return fail(scanner, "a control character stands in a string");
        if (c == '\\' ? !scan_escape(scanner) : c >= 0x80 && !scan_utf8(scanner))
            return false;
        if (c != '\\' && c < 0x80)
            scanner->at++;
    }
}

static bool scan_word(struct scanner *scanner, const char *word)
{
    uint32_t length = (uint32_t)strlen(word);
    if (scanner->length - scanner->at < length ||
        memcmp(scanner->bytes + scanner->at, word, length) != 0)
        return fail(scanner, "a value begins with what begins no value");
    scanner->at += length;
    return true;
}

static bool scan_scalar(struct scanner *scanner)
{
    switch (peek(scanner)) {
    case '"': return scan_string(scanner);
    case 't': return scan_word(scanner, "true");
    case 'f': return scan_word(scanner, "false");
    case 'n': return scan_word(scanner, "null");
    case -1: return fail(scanner, "the text ends where a value is wanted");
    case '/': return fail(scanner, "JSON has no comments");
    default:
        if (peek(scanner) == '-' || is_digit(peek(scanner)))
            return scan_number(scanner);
        return fail(scanner, "a value begins with what begins no value");
    }
}

static bool scan_name(struct scanner *scanner)
{
    skip_space(scanner);
    if (peek(scanner) != '"')
        return fail(scanner, "the name of a member is wanted, in double quotes");
    if (!scan_string(scanner))
        return false;
    skip_space(scanner);
    if (peek(scanner) != ':')
        return fail(scanner, "':' is wanted behind a name");
    scanner->at++;
    return true;
}

/* After a value: closes brackets, or goes on behind a comma.  False when the document is at its end
 * or wrong. */
static bool next_value(struct scanner *scanner, const char *open, uint32_t *depth)
{
    while (*depth) {
        char bracket = open[*depth - 1];
        skip_space(scanner);
        int c = peek(scanner);
        if (c == (bracket == '[' ? ']' : '}')) {
            scanner->at++;
            --*depth;
            continue;
        }
        if (c != ',')
            return fail(scanner, bracket == '[' ? "',' or ']' is wanted" : "',' or '}' is wanted");
        scanner->at++;
        return bracket == '[' || scan_name(scanner);
    }
    return false;
}

/* Opens brackets until a scalar or an empty bracket; *has_value when a scalar follows. */
static bool open_brackets(struct scanner *scanner, char *open, uint32_t *depth, bool *has_value)
{
    for (;;) {
        skip_space(scanner);
        int c = peek(scanner);
        *has_value = c != '[' && c != '{';
        if (*has_value)
            return true;
        if (*depth == IOC_JSON_DEPTH)
            return fail(scanner, "arrays and objects nest deeper than 64");
        open[(*depth)++] = (char)c;
        scanner->at++;
        skip_space(scanner);
        if (peek(scanner) == (c == '[' ? ']' : '}')) {
            *has_value = false;
            return true;
        }
        if (c == '{' && !scan_name(scanner))
            return false;
    }
}

uint32_t ioc_json_fault(struct ioc_text bytes, const char **why)
{
    struct scanner scanner = {.bytes = (const uint8_t *)bytes.data, .length = bytes.length};
    char open[IOC_JSON_DEPTH];
    uint32_t depth = 0;
    bool has_value, goes_on = true;
    if (bytes.length >= 3 && memcmp(bytes.data, "\xef\xbb\xbf", 3) == 0)
        goes_on = fail(&scanner, "a byte order mark stands before the JSON");
    while (goes_on) {
        goes_on = open_brackets(&scanner, open, &depth, &has_value) &&
                  (!has_value || scan_scalar(&scanner)) && next_value(&scanner, open, &depth);
    }
    if (!scanner.why) {
        skip_space(&scanner);
        if (scanner.at == scanner.length)
            return 0;
        fail(&scanner, "more bytes follow behind the end of the JSON");
    }
    *why = scanner.why;
    return scanner.at + 1;
}
