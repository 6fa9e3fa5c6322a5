/* rules/cel/pattern_write.c — writes patterns for Hyperscan. */
#include "rules/cel/pattern_write.h"

struct sets { /* the different classes with letters beyond ASCII */
    const struct ioc_letters **items;
    uint32_t count, capacity;
    bool has_no_edge;
};

static bool is_ascii(const struct ioc_letters *letters)
{
    return letters->count == 0 || letters->ranges[letters->count - 1].hi < IOC_ALPHABET_FIRST;
}

static void add_set(struct sets *sets, struct ioc_arena *arena, const struct ioc_letters *letters)
{
    if (is_ascii(letters))
        return;
    for (uint32_t i = 0; i < sets->count; i++) {
        if (ioc_letters_equal(sets->items[i], letters))
            return;
    }
    if (sets->count == sets->capacity) {
        uint32_t capacity = sets->capacity ? 2 * sets->capacity : 16;
        const struct ioc_letters **items = ioc_arena_take(arena, capacity * sizeof *items);
        if (sets->count)
            memcpy(items, sets->items, sets->count * sizeof *items);
        sets->items = items;
        sets->capacity = capacity;
    }
    sets->items[sets->count++] = letters;
}

static void collect(struct sets *sets, struct ioc_arena *arena, const struct ioc_pattern_node *node)
{
    sets->has_no_edge |= node->part == IOC_PATTERN_NO_EDGE;
    for (uint32_t i = 0; i < node->count; i++)
        collect(sets, arena, node->items[i]);
    if (node->part == IOC_PATTERN_LETTERS)
        add_set(sets, arena, node->letters);
}

static void write_byte(struct ioc_buffer *out, uint32_t byte)
{
    bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                    (byte >= 'a' && byte <= 'z');
    if (is_plain)
        ioc_buffer_add_char(out, (char)byte);
    else
        ioc_buffer_addf(out, "\\x%02x", byte);
}

static void write_letters(struct ioc_buffer *out, const struct ioc_alphabet *alphabet,
    const struct ioc_letters *letters)
{
    bool bytes[256];
    ioc_alphabet_bytes(alphabet, letters, bytes);
    uint32_t total = 0, single = IOC_ALPHABET_NEVER;
    for (uint32_t i = 0; i < 256; i++) {
        total += bytes[i];
        single = bytes[i] ? i : single;
    }
    if (total <= 1) {
        write_byte(out, single);
        return;
    }
    ioc_buffer_add_char(out, '[');
    for (uint32_t from = 0, to; from < 256; from = to) {
        to = from + 1;
        if (!bytes[from])
            continue;
        while (to < 256 && bytes[to])
            to++;
        write_byte(out, from);
        if (to - from > 2)
            ioc_buffer_add_char(out, '-');
        if (to - from > 1)
            write_byte(out, to - 1);
    }
    ioc_buffer_add_char(out, ']');
}

static void write_node(struct ioc_buffer *out, const struct ioc_alphabet *alphabet,
    const struct ioc_pattern_node *node);

static void write_repeat(struct ioc_buffer *out, const struct ioc_alphabet *alphabet,
    const struct ioc_pattern_node *node)
{
    bool is_single = node->items[0]->part == IOC_PATTERN_LETTERS;
    ioc_buffer_add_string(out, is_single ? "" : "(?:");
    write_node(out, alphabet, node->items[0]);
    ioc_buffer_add_string(out, is_single ? "" : ")");
    if (node->most == IOC_PATTERN_ENDLESS && node->least <= 1)
        ioc_buffer_add_char(out, node->least ? '+' : '*');
    else if (node->most == IOC_PATTERN_ENDLESS)
        ioc_buffer_addf(out, "{%u,}", node->least);
    else if (node->least == node->most)
        ioc_buffer_addf(out, "{%u}", node->least);
    else
        ioc_buffer_addf(out, "{%u,%u}", node->least, node->most);
}

static void write_node(struct ioc_buffer *out, const struct ioc_alphabet *alphabet,
    const struct ioc_pattern_node *node)
{
    switch (node->part) {
    case IOC_PATTERN_EMPTY: break;
    case IOC_PATTERN_NEVER: write_byte(out, IOC_ALPHABET_NEVER); break;
    case IOC_PATTERN_LETTERS: write_letters(out, alphabet, node->letters); break;
    case IOC_PATTERN_BEGIN: ioc_buffer_add_char(out, '^'); break;
    case IOC_PATTERN_END: ioc_buffer_add_string(out, "\\z"); break;
    /* The line end belongs to the match: nothing else of it can stand there. */
    case IOC_PATTERN_LINE_BEGIN: ioc_buffer_add_string(out, "(?:^|\\x0a)"); break;
    case IOC_PATTERN_LINE_END: ioc_buffer_add_string(out, "(?:\\x0a|\\z)"); break;
    case IOC_PATTERN_EDGE: ioc_buffer_add_string(out, "\\b"); break;
    case IOC_PATTERN_NO_EDGE: ioc_buffer_add_string(out, "\\B"); break;
    case IOC_PATTERN_REPEAT: write_repeat(out, alphabet, node); break;
    case IOC_PATTERN_JOIN:
        for (uint32_t i = 0; i < node->count; i++)
            write_node(out, alphabet, node->items[i]);
        break;
    case IOC_PATTERN_CHOICE:
        ioc_buffer_add_string(out, "(?:");
        for (uint32_t i = 0; i < node->count; i++) {
            ioc_buffer_add_string(out, i ? "|" : "");
            write_node(out, alphabet, node->items[i]);
        }
        ioc_buffer_add_char(out, ')');
        break;
    }
}

enum ioc_status ioc_pattern_write(const struct ioc_pattern_form *form, uint32_t pattern_length,
    struct ioc_arena *arena, struct ioc_alphabet *alphabet, struct ioc_buffer *out,
    struct ioc_program_error *err)
{
    struct sets sets = {0};
    if (form->letters)
        add_set(&sets, arena, form->letters);
    if (form->tree)
        collect(&sets, arena, form->tree);
    if (!ioc_alphabet_build(alphabet, arena, sets.items, sets.count)) {
        ioc_complaint_set(err, 0, pattern_length, "pattern-too-large",
            "the pattern tells more than %d different letters beyond ASCII apart",
            IOC_ALPHABET_SYMBOLS);
        ioc_complaint_hint(err, 0, "cut it in several matches() with || between them");
        return IOC_LIMIT;
    }
    /* Inside of a letter beyond ASCII \B is true: its bytes must not be seen. */
    if (sets.count == 0 && !sets.has_no_edge)
        alphabet->count = 0;
    if (form->tree)
        write_node(out, alphabet, form->tree);
    return IOC_OK;
}
