/* rules/cel/strings_parts.c — texts that are taken apart and put together: replace, split, strings.quote. */
#include "rules/cel/strings.h"

static bool pay(struct ioc_scratch *scratch, uint64_t bytes)
{
    return ioc_scratch_spend_bytes(scratch, bytes);
}

/* Cuts the text at the separators: the next piece, true while one was cut off.  Without a separator
 * every code point is a piece. */
static bool cut(struct ioc_text *rest, struct ioc_text separator, struct ioc_text *piece)
{
    const char *end = rest->data + rest->length, *next = rest->data;
    if (separator.length == 0) {
        if (rest->length == 0)
            return false;
        next++;
        while (next < end && ((unsigned char)*next & 0xC0) == 0x80)
            next++;
        *piece = (struct ioc_text){rest->data, (uint32_t)(next - rest->data)};
    } else {
        next = rest->length < separator.length
                   ? NULL
                   : memmem(rest->data, rest->length, separator.data, separator.length);
        if (!next)
            return false;
        *piece = (struct ioc_text){rest->data, (uint32_t)(next - rest->data)};
        next += separator.length;
    }
    *rest = (struct ioc_text){next, (uint32_t)(end - next)};
    return true;
}

static uint32_t count_cuts(struct ioc_text text, struct ioc_text separator, uint32_t most)
{
    struct ioc_text piece;
    uint32_t cuts = 0;
    while (cuts < most && cut(&text, separator, &piece))
        cuts++;
    return cuts;
}

static uint32_t limit_of(int64_t limit)
{
    return limit < 0 || limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
}

static char *add(char *at, struct ioc_text text)
{
    return text.length ? mempcpy(at, text.data, text.length) : at;
}

/* An empty `old` stands before every code point and at the end. */
static enum ioc_fault replace(struct ioc_scratch *scratch, const struct ioc_boxed *arguments,
    uint32_t most, struct ioc_boxed *out)
{
    struct ioc_text rest = ioc_boxed_as_text(&arguments[0]), old = ioc_boxed_as_text(&arguments[1]),
                    fresh = ioc_boxed_as_text(&arguments[2]), piece;
    if (!pay(scratch, (uint64_t)rest.length + old.length))
        return scratch->trouble;
    bool is_first = old.length == 0 && most > 0; /* before the first code point */
    uint32_t places = count_cuts(rest, old, most - is_first);
    if (places + is_first == 0) {
        *out = arguments[0];
        return IOC_FAULT_NONE;
    }
    size_t length = rest.length + ((size_t)places + is_first) * fresh.length -
                    (size_t)places * old.length;
    char *text = ioc_scratch_take(scratch, length), *at = text;
    if (!text || !pay(scratch, length + (uint64_t)places * 16))
        return scratch->trouble;
    if (is_first)
        at = add(at, fresh);
    for (uint32_t i = 0; i < places; i++) {
        (void)cut(&rest, old, &piece);
        at = add(add(at, piece), fresh);
    }
    (void)add(at, rest);
    *out = ioc_boxed_text((struct ioc_text){text, (uint32_t)length});
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_strings_replace)
{
    return replace(scratch, arguments, UINT32_MAX, out);
}

IOC_BUILTIN_RUN(ioc_strings_replace_some)
{
    return replace(scratch, arguments, limit_of(arguments[3].integer), out);
}

static enum ioc_fault split(struct ioc_scratch *scratch, const struct ioc_boxed *arguments,
    uint32_t most, struct ioc_boxed *out)
{
    struct ioc_text rest = ioc_boxed_as_text(&arguments[0]),
                    separator = ioc_boxed_as_text(&arguments[1]), piece;
    if (!pay(scratch, (uint64_t)rest.length + separator.length))
        return scratch->trouble;
    uint32_t cuts = most ? count_cuts(rest, separator, most - 1) : 0;
    struct ioc_boxed *items = ioc_scratch_take(scratch, ((size_t)cuts + 1) * sizeof *items);
    if (!items || !ioc_scratch_spend(scratch, cuts))
        return scratch->trouble;
    for (uint32_t i = 0; i < cuts; i++) {
        (void)cut(&rest, separator, &piece);
        items[i] = ioc_boxed_text(piece);
    }
    /* What is left is the last part; between code points an empty rest is none. */
    if (most && (separator.length || rest.length))
        items[cuts++] = ioc_boxed_text(rest);
    *out = (struct ioc_boxed){.items = items, .count = cuts, .type = IOC_LIST};
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_strings_split)
{
    return split(scratch, arguments, UINT32_MAX, out);
}

IOC_BUILTIN_RUN(ioc_strings_split_some)
{
    return split(scratch, arguments, limit_of(arguments[2].integer), out);
}

/* The letter behind the backslash, 0 = stands for itself. */
static char escape_of(char letter)
{
    switch (letter) {
    case '\a': return 'a';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\v': return 'v';
    case '\\':
    case '"': return letter;
    default: return 0;
    }
}

/* Writes the text escaped when `at` is given; its length then and always. */
static size_t escape(struct ioc_text text, char *at)
{
    size_t length = 0;
    while (text.length) {
        char escaped = escape_of(text.data[0]), pair[] = {'\\', escaped};
        uint32_t taken = ioc_text_character(text);
        struct ioc_text written = {text.data, taken};
        if (escaped)
            written = (struct ioc_text){pair, 2};
        else if (taken == 0)
            written = IOC_TEXT("\xEF\xBF\xBD"); /* no UTF-8: U+FFFD */
        if (at)
            memcpy(at + length, written.data, written.length);
        length += written.length;
        text.data += taken ? taken : 1;
        text.length -= taken ? taken : 1;
    }
    return length;
}

IOC_BUILTIN_RUN(ioc_strings_quote)
{
    struct ioc_text text = ioc_boxed_as_text(&arguments[0]);
    if (!pay(scratch, (uint64_t)text.length * 8))
        return scratch->trouble;
    size_t length = escape(text, NULL) + 2;
    char *quoted = ioc_scratch_take(scratch, length);
    if (!quoted)
        return scratch->trouble;
    quoted[0] = quoted[length - 1] = '"';
    (void)escape(text, quoted + 1);
    *out = ioc_boxed_text((struct ioc_text){quoted, (uint32_t)length});
    return IOC_FAULT_NONE;
}
