/* rules/cel/pattern_class.c — [a-z] [^…] [[:alpha:]] \d \pL \x{1F600}. */
#include "rules/cel/pattern_class.h"
#include <stdarg.h>

bool ioc_pattern_refuse(struct ioc_pattern_reader *reader, uint32_t offset, uint32_t length,
    const char *format, ...)
{
    struct ioc_program_error *err = reader->err;
    if (!err || err->error.code[0])
        return false;
    uint32_t end = reader->pattern.length;
    err->offset = offset < end ? offset : end;
    err->length = length < end - err->offset ? length : end - err->offset;
    va_list arguments;
    va_start(arguments, format);
    ioc_error_set_list(&err->error, "bad-pattern", format, arguments);
    va_end(arguments);
    return false;
}

bool ioc_pattern_take(struct ioc_pattern_reader *reader, uint32_t *point)
{
    if (reader->at >= reader->pattern.length)
        return false;
    struct ioc_text rest = {
        reader->pattern.data + reader->at, reader->pattern.length - reader->at};
    uint32_t bytes = ioc_text_character(rest);
    if (bytes == 0)
        return ioc_pattern_refuse(reader, reader->at, 1, "the pattern is not valid UTF-8");
    const unsigned char *at = (const unsigned char *)rest.data;
    *point = bytes == 1 ? at[0] : at[0] & (0x7fu >> bytes);
    for (uint32_t i = 1; i < bytes; i++)
        *point = *point << 6 | (at[i] & 0x3f);
    reader->at += bytes;
    return true;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

static bool refuse_escape(struct ioc_pattern_reader *reader, uint32_t from)
{
    char c = ioc_pattern_peek(reader, 1);
    uint32_t length = 2;
    while ((ioc_pattern_peek(reader, length) & 0xc0) == 0x80)
        length++;
    if (from + 1 >= reader->pattern.length) {
        ioc_pattern_refuse(reader, from, 1, "nothing follows the last '\\'");
        ioc_complaint_hint(reader->err, from, "write \\\\ for a backslash");
    } else if (c >= '1' && c <= '9') {
        ioc_pattern_refuse(reader, from, length, "back references are not supported");
    } else if (c == 'C') {
        ioc_pattern_refuse(reader, from, length, "\\C, one byte of a letter, is not supported");
        ioc_complaint_hint(reader->err, from, "write . for one letter");
    } else {
        ioc_pattern_refuse(reader, from, length, "there is no such escape '\\%.*s'",
            (int)length - 1, reader->pattern.data + from + 1);
        if (c == 'Z')
            ioc_complaint_hint(reader->err, from, "write \\z for the end of the text");
        else if (c == 'h' || c == 'R')
            ioc_complaint_hint(reader->err, from, "write [ \\t] for blanks, \\r?\\n for line ends");
        else
            ioc_complaint_hint(reader->err, from,
                "regular expressions here are those of RE2: \\d \\w \\s \\b \\A \\z \\pL \\x41, and \\ before punctuation");
    }
    return false;
}

/* \x41 or \x{1F600}; the position is at the backslash. */
static bool read_hex(struct ioc_pattern_reader *reader, uint32_t *point)
{
    uint32_t from = reader->at, ahead = 2, value = 0;
    bool is_braced = ioc_pattern_peek(reader, 2) == '{';
    ahead += is_braced;
    uint32_t first = ahead;
    while (is_braced || ahead < first + 2) {
        int digit = hex_value(ioc_pattern_peek(reader, ahead));
        if (digit < 0)
            break;
        value = value * 16 + (uint32_t)digit;
        ahead++;
        if (value > IOC_LETTERS_LAST)
            break;
    }
    bool is_good = is_braced ? ahead > first && ioc_pattern_peek(reader, ahead) == '}'
                             : ahead == first + 2;
    if (!is_good || value > IOC_LETTERS_LAST) {
        ioc_pattern_refuse(reader, from, ahead, "this is no code point");
        ioc_complaint_hint(reader->err, from, "write \\x41, or \\x{1F600} up to \\x{10FFFF}");
        return false;
    }
    reader->at += ahead + is_braced;
    *point = value;
    return true;
}

bool ioc_pattern_class_letter(struct ioc_pattern_reader *reader, uint32_t *point)
{
    static const char plain[] = "afnrtv", meant[] = "\a\f\n\r\t\v";
    uint32_t from = reader->at;
    char c = ioc_pattern_peek(reader, 1);
    if (from + 1 >= reader->pattern.length)
        return refuse_escape(reader, from);
    const char *found = c ? strchr(plain, c) : NULL;
    if (found) {
        *point = (uint32_t)meant[found - plain];
        reader->at += 2;
        return true;
    }
    if (c == 'x')
        return read_hex(reader, point);
    bool is_code = c == '0' || (is_octal(c) && is_octal(ioc_pattern_peek(reader, 2)));
    if (is_code) {
        *point = 0;
        reader->at++;
        for (int i = 0; i < 3 && is_octal(ioc_pattern_peek(reader, 0)); i++)
            *point = *point * 8 + (uint32_t)(reader->pattern.data[reader->at++] - '0');
        return true;
    }
    if ((unsigned char)c >= 0x80 || (is_word(c) && c != '_'))
        return refuse_escape(reader, from);
    *point = (unsigned char)c;
    reader->at += 2;
    return true;
}

struct range {
    char lo, hi;
};
static const struct named_class {
    const char *name;
    struct range ranges[4];
} posix_classes[] = {
    {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
    {"alpha", {{'A', 'Z'}, {'a', 'z'}}},
    {"ascii", {{0, 127}}},
    {"blank", {{'\t', '\t'}, {' ', ' '}}},
    {"cntrl", {{0, 31}, {127, 127}}},
    {"digit", {{'0', '9'}}},
    {"graph", {{'!', '~'}}},
    {"lower", {{'a', 'z'}}},
    {"print", {{' ', '~'}}},
    {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
    {"space", {{'\t', '\r'}, {' ', ' '}}},
    {"upper", {{'A', 'Z'}}},
    {"word", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, {'_', '_'}}},
    {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
}, perl_classes[] = {
    {"d", {{'0', '9'}}},
    {"s", {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}}},
    {"w", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, {'_', '_'}}},
};

/* Under (?i) what is left out is left out in both cases. */
static void add_set(struct ioc_pattern_reader *reader, struct ioc_letters *letters,
    struct ioc_letters *set, bool is_negated)
{
    if (reader->ignores_case)
        ioc_letters_fold(set, reader->arena);
    if (is_negated)
        ioc_letters_negate(set, reader->arena);
    ioc_letters_join(letters, reader->arena, set);
}

static bool add_named(struct ioc_pattern_reader *reader, struct ioc_letters *letters,
    const struct named_class *classes, size_t count, struct ioc_text name, bool is_negated)
{
    for (size_t i = 0; i < count; i++) {
        if (!ioc_text_equal(name, ioc_text_of(classes[i].name)))
            continue;
        struct ioc_letters set = {0};
        for (size_t j = 0; j < 4 && classes[i].ranges[j].hi; j++)
            ioc_letters_add(&set, reader->arena, (uint32_t)classes[i].ranges[j].lo,
                (uint32_t)classes[i].ranges[j].hi);
        add_set(reader, letters, &set, is_negated);
        return true;
    }
    return false;
}

/* The letters of that property, NULL = there is none of that name. */
static const struct ioc_letters *find_property(
    struct ioc_pattern_reader *reader, struct ioc_text name, bool is_negated)
{
    struct ioc_pattern_property *property = *reader->properties;
    for (; property; property = property->next) {
        if (ioc_text_equal(property->name, name) && property->is_negated == is_negated &&
            property->ignores_case == reader->ignores_case)
            return &property->letters;
    }
    struct ioc_letters set = {0};
    if (!ioc_letters_property(&set, reader->arena, name))
        return NULL;
    property = ioc_arena_take(reader->arena, sizeof *property);
    *property = (struct ioc_pattern_property){.name = name,
        .is_negated = is_negated,
        .ignores_case = reader->ignores_case,
        .next = *reader->properties};
    add_set(reader, &property->letters, &set, is_negated);
    *reader->properties = property;
    return &property->letters;
}

/* \pL \p{Greek} \p{^Greek} \P…; the position is at the backslash. */
static bool read_property(struct ioc_pattern_reader *reader, struct ioc_letters *letters)
{
    uint32_t from = reader->at, point;
    bool is_negated = ioc_pattern_peek(reader, 1) == 'P';
    reader->at += 2;
    struct ioc_text name = {reader->pattern.data + reader->at, 0};
    if (ioc_pattern_peek(reader, 0) == '{') {
        name.data++;
        const char *end = memchr(name.data, '}', reader->pattern.length - reader->at - 1);
        if (!end)
            return ioc_pattern_refuse(
                reader, from, reader->pattern.length - from, "'}' is missing after \\p{");
        name.length = (uint32_t)(end - name.data);
        reader->at += name.length + 2;
        if (name.length && name.data[0] == '^') {
            is_negated = !is_negated;
            name.data++;
            name.length--;
        }
    } else {
        if (!ioc_pattern_take(reader, &point))
            return ioc_pattern_refuse(reader, from, 2, "a category is missing after \\p");
        name.length = (uint32_t)(reader->pattern.data + reader->at - name.data);
    }
    const struct ioc_letters *property = find_property(reader, name, is_negated);
    if (!property) {
        ioc_pattern_refuse(reader, from, reader->at - from,
            "Unicode has no category or script '%.*s'", name.length < 40 ? (int)name.length : 40,
            name.length ? name.data : "");
        ioc_complaint_hint(reader->err, from,
            "write \\pL (letters), \\p{Lu} (capitals), \\pN (numbers), \\p{Latin}, \\p{Greek}");
        return false;
    }
    ioc_letters_join(letters, reader->arena, property);
    return true;
}

bool ioc_pattern_class_escape(
    struct ioc_pattern_reader *reader, struct ioc_letters *letters, bool *is_class)
{
    char c = ioc_pattern_peek(reader, 1), low = (char)(c | 0x20);
    *is_class = true;
    if (low == 'p' && (c == 'p' || c == 'P'))
        return read_property(reader, letters);
    struct ioc_text name = {&low, 1};
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    *is_class = is_letter && add_named(reader, letters, perl_classes,
                                 sizeof perl_classes / sizeof *perl_classes, name, c != low);
    reader->at += *is_class ? 2 : 0;
    return true;
}

/* "[:" is next; *is_class stays false when no ":]" follows: then it is a bracket. */
static bool read_posix(
    struct ioc_pattern_reader *reader, struct ioc_letters *letters, bool *is_class)
{
    uint32_t from = reader->at, end = from + 2;
    struct ioc_text pattern = reader->pattern;
    while (end + 1 < pattern.length && (pattern.data[end] != ':' || pattern.data[end + 1] != ']'))
        end++;
    if (end + 1 >= pattern.length)
        return true;
    *is_class = true;
    reader->at = end + 2;
    bool is_negated = pattern.data[from + 2] == '^' && end > from + 2;
    struct ioc_text name = {pattern.data + from + 2 + is_negated, end - from - 2 - is_negated};
    if (add_named(reader, letters, posix_classes, sizeof posix_classes / sizeof *posix_classes,
            name, is_negated))
        return true;
    ioc_pattern_refuse(reader, from, reader->at - from, "there is no class of that name");
    ioc_complaint_hint(reader->err, from,
        "the names are alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit");
    return false;
}

static bool read_letter(struct ioc_pattern_reader *reader, uint32_t *point)
{
    return ioc_pattern_peek(reader, 0) == '\\' ? ioc_pattern_class_letter(reader, point)
                                               : ioc_pattern_take(reader, point);
}

/* One letter, or a range of them. */
static bool read_range(struct ioc_pattern_reader *reader, struct ioc_letters *letters)
{
    uint32_t from = reader->at, lo, hi;
    if (!read_letter(reader, &lo))
        return false;
    hi = lo;
    bool is_range = ioc_pattern_peek(reader, 0) == '-' &&
                    reader->at + 1 < reader->pattern.length && ioc_pattern_peek(reader, 1) != ']';
    if (is_range) {
        reader->at++;
        if (!read_letter(reader, &hi))
            return false;
    }
    if (hi < lo) {
        ioc_pattern_refuse(reader, from, reader->at - from, "the range ends before it begins");
        ioc_complaint_hint(reader->err, from, "write \\- for the character '-' itself");
        return false;
    }
    struct ioc_letters set = {0};
    ioc_letters_add(&set, reader->arena, lo, hi);
    add_set(reader, letters, &set, false);
    return true;
}

bool ioc_pattern_class_read(struct ioc_pattern_reader *reader, struct ioc_letters *letters)
{
    uint32_t from = reader->at++;
    bool is_negated = ioc_pattern_peek(reader, 0) == '^';
    reader->at += is_negated;
    for (bool is_first = true;; is_first = false) {
        if (reader->at >= reader->pattern.length) {
            ioc_pattern_refuse(reader, from, 1, "the class is not closed");
            ioc_complaint_hint(reader->err, from,
                "']' is missing; write \\[ for the character itself");
            return false;
        }
        char c = ioc_pattern_peek(reader, 0);
        bool is_class = false;
        if (c == ']' && !is_first)
            break;
        if (c == '[' && ioc_pattern_peek(reader, 1) == ':' &&
            !read_posix(reader, letters, &is_class))
            return false;
        if (c == '\\' && !ioc_pattern_class_escape(reader, letters, &is_class))
            return false;
        if (!is_class && !read_range(reader, letters))
            return false;
    }
    reader->at++;
    ioc_letters_settle(letters);
    if (is_negated)
        ioc_letters_negate(letters, reader->arena);
    return true;
}
