/*
 * rules/cel/strings.c — the library of functions on texts.
 *
 * Positions and lengths count code points.  What is a part of a text is given as a slice of it; what
 * is new lies in the scratch.  Texts are UTF-8, so a part that is found begins at a code point; bytes
 * that are none of UTF-8 count with the code point before them.
 *
 * Steps    one for 64 bytes read or written, so that work on texts ends with the budget
 * Source   github.com/cel-expr/cel-go ext/strings.go (what it documents), version 5
 */
#include "rules/cel/strings.h"
#include "rules/cel/format.h"

static bool pay(struct ioc_scratch *scratch, uint64_t bytes)
{
    return ioc_scratch_spend_bytes(scratch, bytes);
}

static enum ioc_fault give_text(struct ioc_boxed *out, const char *data, uint32_t length)
{
    *out = ioc_boxed_text((struct ioc_text){data, length});
    return IOC_FAULT_NONE;
}

static bool is_inside_point(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Bytes of the code point at `at`. */
static uint32_t measure_point(struct ioc_text text, uint32_t at)
{
    uint32_t end = at + 1;
    while (end < text.length && is_inside_point(text.data[end]))
        end++;
    return end - at;
}

/* Where the code point with that number begins, or the end; false when there are fewer. */
static bool find_point(struct ioc_text text, int64_t number, uint32_t *offset)
{
    uint32_t at = 0;
    uint64_t left = (uint64_t)number;
    for (; left >= 8 && text.length - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, text.data + at, sizeof word);
        uint64_t inside = (word >> 7) & ~(word >> 6) & 0x0101010101010101u;
        left -= 8 - (uint64_t)__builtin_popcountll(inside);
    }
    while (at < text.length && is_inside_point(text.data[at]))
        at++;
    for (; left && at < text.length; left--)
        at += measure_point(text, at);
    *offset = at;
    return left == 0;
}

static IOC_BUILTIN_RUN(run_char_at)
{
    struct ioc_text text = ioc_boxed_as_text(&arguments[0]);
    uint32_t at;
    if (!pay(scratch, text.length))
        return scratch->trouble;
    if (arguments[1].integer < 0 || !find_point(text, arguments[1].integer, &at))
        return IOC_FAULT_POSITION;
    return give_text(out, text.data + at, at < text.length ? measure_point(text, at) : 0);
}

static IOC_BUILTIN_RUN(run_substring)
{
    struct ioc_text text = ioc_boxed_as_text(&arguments[0]);
    uint32_t from;
    if (!pay(scratch, text.length))
        return scratch->trouble;
    if (arguments[1].integer < 0 || !find_point(text, arguments[1].integer, &from))
        return IOC_FAULT_POSITION;
    return give_text(out, text.data + from, text.length - from);
}

static IOC_BUILTIN_RUN(run_substring_to)
{
    struct ioc_text text = ioc_boxed_as_text(&arguments[0]);
    int64_t first = arguments[1].integer, end = arguments[2].integer;
    uint32_t from, to;
    if (!pay(scratch, text.length))
        return scratch->trouble;
    if (first < 0 || first > end || !find_point(text, end, &to))
        return IOC_FAULT_POSITION;
    (void)find_point(text, first, &from);
    return give_text(out, text.data + from, to - from);
}

static enum ioc_fault find_first(struct ioc_scratch *scratch, const struct ioc_boxed *arguments,
    int64_t start, struct ioc_boxed *out)
{
    struct ioc_text text = ioc_boxed_as_text(&arguments[0]),
                    part = ioc_boxed_as_text(&arguments[1]);
    uint32_t from;
    if (!pay(scratch, (uint64_t)text.length + part.length))
        return scratch->trouble;
    if (start < 0)
        return IOC_FAULT_POSITION;
    bool is_there = find_point(text, start, &from);
    if (part.length == 0) { /* stands everywhere, also at the end */
        *out = ioc_boxed_int(is_there ? start : ioc_text_points(text));
        return IOC_FAULT_NONE;
    }
    const char *found =
        from < text.length ? memmem(text.data + from, text.length - from, part.data, part.length)
                           : NULL;
    *out = ioc_boxed_int(-1);
    if (found) {
        struct ioc_text skipped = {text.data + from, (uint32_t)(found - text.data) - from};
        *out = ioc_boxed_int(start + ioc_text_points(skipped));
    }
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_index_of)
{
    return find_first(scratch, arguments, 0, out);
}

static IOC_BUILTIN_RUN(run_index_of_from)
{
    return find_first(scratch, arguments, arguments[2].integer, out);
}

static uint32_t count_same(const char *a, const char *b, uint32_t length)
{
    uint32_t same = 0;
    for (; length - same >= 8; same += 8) {
        uint64_t one, other;
        memcpy(&one, a + same, sizeof one);
        memcpy(&other, b + same, sizeof other);
        if (one != other)
            break;
    }
    while (same < length && a[same] == b[same])
        same++;
    return same;
}

/* The last place at or before byte `last` where the part stands.  Its bytes are compared place by
 * place, and paid, since no linear search goes backwards without a copy of the text. */
static enum ioc_fault find_backward(struct ioc_scratch *scratch, struct ioc_text text,
    struct ioc_text part, uint32_t last, int64_t *found)
{
    uint64_t work = 0;
    *found = -1;
    for (uint64_t left = (uint64_t)last + 1; left;) {
        const char *at = memrchr(text.data, part.data[0], left);
        if (!at)
            return IOC_FAULT_NONE;
        uint32_t same = count_same(at, part.data, part.length);
        if (same == part.length) {
            *found = at - text.data;
            return IOC_FAULT_NONE;
        }
        left = (uint64_t)(at - text.data);
        work += 8 + same;
        if (work >= 4096) {
            if (!pay(scratch, work))
                return scratch->trouble;
            work = 0;
        }
    }
    return IOC_FAULT_NONE;
}

static enum ioc_fault find_last(struct ioc_scratch *scratch, const struct ioc_boxed *arguments,
    int64_t start, struct ioc_boxed *out)
{
    struct ioc_text text = ioc_boxed_as_text(&arguments[0]),
                    part = ioc_boxed_as_text(&arguments[1]);
    uint32_t last;
    if (!pay(scratch, (uint64_t)text.length + part.length))
        return scratch->trouble;
    if (start < 0)
        return IOC_FAULT_POSITION;
    bool is_there = find_point(text, start, &last);
    if (part.length == 0) {
        *out = ioc_boxed_int(is_there ? start : ioc_text_points(text));
        return IOC_FAULT_NONE;
    }
    *out = ioc_boxed_int(-1);
    if (last == text.length || part.length > text.length)
        return IOC_FAULT_NONE;
    if (last > text.length - part.length)
        last = text.length - part.length;
    int64_t found;
    enum ioc_fault fault = find_backward(scratch, text, part, last, &found);
    if (fault == IOC_FAULT_NONE && found >= 0)
        *out = ioc_boxed_int(ioc_text_points((struct ioc_text){text.data, (uint32_t)found}));
    return fault;
}

static IOC_BUILTIN_RUN(run_last_index_of)
{
    struct ioc_text text = ioc_boxed_as_text(&arguments[0]);
    int64_t points = ioc_text_points(text);
    bool is_end = arguments[1].count == 0 || points == 0;
    return find_last(scratch, arguments, is_end ? points : points - 1, out);
}

static IOC_BUILTIN_RUN(run_last_index_of_from)
{
    return find_last(scratch, arguments, arguments[2].integer, out);
}

static enum ioc_fault map_letters(struct ioc_scratch *scratch, const struct ioc_boxed *argument,
    char first, struct ioc_boxed *out)
{
    struct ioc_text text = ioc_boxed_as_text(argument);
    char *copy = ioc_scratch_take(scratch, text.length);
    if (!copy || !pay(scratch, text.length))
        return scratch->trouble;
    for (uint32_t i = 0; i < text.length; i++) {
        unsigned char letter = (unsigned char)text.data[i];
        bool is_changed = letter >= (unsigned char)first && letter < (unsigned char)first + 26;
        copy[i] = (char)(letter ^ (is_changed ? 0x20 : 0));
    }
    return give_text(out, copy, text.length);
}

static IOC_BUILTIN_RUN(run_lower)
{
    return map_letters(scratch, &arguments[0], 'A', out);
}

static IOC_BUILTIN_RUN(run_upper)
{
    return map_letters(scratch, &arguments[0], 'a', out);
}

static IOC_BUILTIN_RUN(run_reverse)
{
    struct ioc_text text = ioc_boxed_as_text(&arguments[0]);
    char *copy = ioc_scratch_take(scratch, text.length);
    if (!copy || !pay(scratch, text.length))
        return scratch->trouble;
    for (uint32_t at = 0, length; at < text.length; at += length) {
        length = measure_point(text, at);
        memcpy(copy + text.length - at - length, text.data + at, length);
    }
    return give_text(out, copy, text.length);
}

/* Bytes of the white space that the text begins with (Unicode property White_Space), 0 = none. */
static uint32_t measure_space(struct ioc_text text)
{
    const unsigned char *at = (const unsigned char *)text.data;
    if (text.length == 0)
        return 0;
    if (at[0] == ' ' || (at[0] >= '\t' && at[0] <= '\r'))
        return 1;
    if (text.length >= 2 && at[0] == 0xC2)
        return at[1] == 0x85 || at[1] == 0xA0 ? 2 : 0;
    if (text.length < 3 || at[0] < 0xE1 || at[0] > 0xE3)
        return 0;
    uint32_t point = (at[0] & 15u) << 12 | (at[1] & 63u) << 6 | (at[2] & 63u);
    bool is_space = point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
                    point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
    return is_space ? 3 : 0;
}

static IOC_BUILTIN_RUN(run_trim)
{
    struct ioc_text text = ioc_boxed_as_text(&arguments[0]);
    if (!pay(scratch, text.length))
        return scratch->trouble;
    for (uint32_t space; (space = measure_space(text)) > 0;) {
        text.data += space;
        text.length -= space;
    }
    while (text.length) {
        uint32_t last = text.length - 1;
        while (last && text.length - last < 3 && is_inside_point(text.data[last]))
            last--;
        struct ioc_text end = {text.data + last, text.length - last};
        if (measure_space(end) != end.length)
            break;
        text.length = last;
    }
    return give_text(out, text.data, text.length);
}

static enum ioc_fault join(struct ioc_scratch *scratch, const struct ioc_boxed *list,
    struct ioc_text between, struct ioc_boxed *out)
{
    size_t length = list->count ? (size_t)between.length * (list->count - 1) : 0;
    if (!ioc_scratch_spend(scratch, list->count))
        return scratch->trouble;
    for (uint32_t i = 0; i < list->count; i++) {
        struct ioc_boxed item = ioc_boxed_item(scratch, list, i);
        if (item.type != IOC_STRING)
            return IOC_FAULT_OVERLOAD;
        length += item.count;
    }
    char *text = ioc_scratch_take(scratch, length), *at = text;
    if (!text || !pay(scratch, length))
        return scratch->trouble;
    for (uint32_t i = 0; i < list->count; i++) {
        struct ioc_boxed item = ioc_boxed_item(scratch, list, i);
        if (i && between.length)
            at = mempcpy(at, between.data, between.length);
        if (item.count)
            at = mempcpy(at, item.text, item.count);
    }
    return give_text(out, text, (uint32_t)length);
}

static IOC_BUILTIN_RUN(run_join)
{
    return join(scratch, &arguments[0], (struct ioc_text){"", 0}, out);
}

static IOC_BUILTIN_RUN(run_join_with)
{
    return join(scratch, &arguments[0], ioc_boxed_as_text(&arguments[1]), out);
}

enum {
    F = IOC_BUILTIN_FUNCTION,
    M = IOC_BUILTIN_METHOD,
    CALL = IOC_OP_CALL,
};
#define OUTSIDE "a position below 0 or behind the end"
#define TOO_LARGE "a result larger than 1 MiB"

static const struct ioc_builtin rows[] = {
    {"charAt", "si", "s", M, CALL, run_char_at,
        "the letter at a position, from 0; empty just behind the end", OUTSIDE,
        "\"Huế\".charAt(2) == \"ế\""},
    {"indexOf", "ss", "i", M, CALL, run_index_of, "where the other text first stands, -1 = nowhere",
        NULL, "\"hello mellow\".indexOf(\"ello\") == 1"},
    {"indexOf", "ssi", "i", M, CALL, run_index_of_from, "the same, at that position or later",
        "a position below 0", NULL},
    {"lastIndexOf", "ss", "i", M, CALL, run_last_index_of,
        "where the other text stands last, -1 = nowhere", NULL,
        "\"hello mellow\".lastIndexOf(\"ello\") == 7"},
    {"lastIndexOf", "ssi", "i", M, CALL, run_last_index_of_from,
        "the same, at that position or before", "a position below 0", NULL},
    {"substring", "si", "s", M, CALL, run_substring, "the text from a position on", OUTSIDE,
        "\"pump-17\".substring(5) == \"17\""},
    {"substring", "sii", "s", M, CALL, run_substring_to, "from the first position up to the second",
        OUTSIDE ", or the second before the first", NULL},
    {"replace", "sss", "s", M, CALL, ioc_strings_replace, "each place of the one text by the other",
        TOO_LARGE, "\"a-b-c\".replace(\"-\", \"/\") == \"a/b/c\""},
    {"replace", "sssi", "s", M, CALL, ioc_strings_replace_some,
        "at most that many places; below 0 = all", TOO_LARGE, NULL},
    {"split", "ss", "[s]", M, CALL, ioc_strings_split, "the parts between the separators",
        "more than 65,536 parts", "\"a,b,c\".split(\",\") == [\"a\", \"b\", \"c\"]"},
    {"split", "ssi", "[s]", M, CALL, ioc_strings_split_some,
        "at most that many parts, the last with all the rest; below 0 = all",
        "more than 65,536 parts", NULL},
    {"join", "[s]", "s", M, CALL, run_join, "the texts one behind the other", TOO_LARGE,
        "[\"a\", \"b\"].join() == \"ab\""},
    {"join", "[s]s", "s", M, CALL, run_join_with, "with a separator between them", TOO_LARGE, NULL},
    {"lowerAscii", "s", "s", M, CALL, run_lower, "A-Z as a-z, all else as it is", NULL,
        "\"Quận ABC\".lowerAscii() == \"quận abc\""},
    {"upperAscii", "s", "s", M, CALL, run_upper, "a-z as A-Z, all else as it is", NULL,
        "\"51f-123.45\".upperAscii() == \"51F-123.45\""},
    {"trim", "s", "s", M, CALL, run_trim, "without white space at both ends", NULL,
        "\" \\t P17 \\n\".trim() == \"P17\""},
    {"reverse", "s", "s", M, CALL, run_reverse, "the letters (code points) backwards", NULL,
        "\"gums\".reverse() == \"smug\""},
    {"strings.quote", "s", "s", F, CALL, ioc_strings_quote,
        "between double quotes, with control characters, quotes and backslashes escaped", TOO_LARGE,
        "strings.quote(\"a\\\"b\\n\") == r'\"a\\\"b\\n\"'"},
    {"format", "s[*]", "s", M, CALL, ioc_format_run,
        "the values in the places that the text says: %s any, %d number, %.2f decimals, %e with "
        "exponent, %b binary, %o octal, %x %X hexadecimal, %% a percent sign",
        "an unknown clause, a value too few, a value of another type than its clause takes",
        "\"%s: %.1f cm\".format([\"P17\", 22.46]) == \"P17: 22.5 cm\""},
};
const struct ioc_library ioc_library_strings = {
    "strings", "positions, parts, letters and formats of texts", rows, sizeof rows / sizeof *rows};
