/* tests/fuzz/generator_spoil.c — mistakes: characters and tokens changed, nests, parts of other expressions. */
#include "tests/fuzz/generator.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* A token, roughly: a word, or one character. */
static struct ioc_text find_token(struct chance *chance, struct ioc_text source)
{
    uint32_t at = chance_draw(chance, source.length), end = at + 1;
    while (at > 0 && is_letter(source.data[at]) && is_letter(source.data[at - 1]))
        at--;
    while (end < source.length && is_letter(source.data[end]) && is_letter(source.data[end - 1]))
        end++;
    return (struct ioc_text){source.data + at, end - at};
}

static void replace(struct ioc_buffer *source, uint32_t from, uint32_t length, struct ioc_text by)
{
    struct ioc_buffer copy = {0};
    ioc_buffer_add(&copy, source->data, from);
    ioc_buffer_add_text(&copy, by);
    ioc_buffer_add(&copy, source->data + from + length, source->length - from - length);
    ioc_buffer_reset(source);
    ioc_buffer_add_text(source, ioc_buffer_text(&copy));
    ioc_buffer_done(&copy);
}

static const struct ioc_text pieces[] = {{"&&", 2}, {"||", 2}, {"!", 1}, {"(", 1}, {")", 1}, {"[", 1}, {"]", 1}, {"{", 1}, {"}", 1}, {".", 1}, {".?", 2}, {",", 1}, {"?", 1},
    {":", 1}, {"-", 1}, {"'", 1}, {"\"", 1}, {"\\", 1}, {"`", 1}, {" in ", 4}, {"null", 4}, {"0", 1}, {"u", 1}, {"e9", 2}, {"=", 1}, {" and ", 5}, {"//", 2}, {"\n", 1}, {"\0", 1},
    {"\xff", 1}, {"\xc3", 1}, {"\xe2\x80\x9c", 3}, {"event", 5}, {"@", 1}, {"$", 1}, {"%", 1}, {"1,5", 3}, {"r'", 2}, {"b'", 2}, {"'''", 3}, {"999999999999999999999", 21}, {"for", 3},
    {"\xef\xbb\xbf", 3}, {"x.map(x,", 8}, {"cel.bind(", 9}, {"has(", 4}, {"cel.index(0)", 12}, {"@index0", 7}};

static void spoil_once(struct chance *chance, struct ioc_buffer *source, struct ioc_text other)
{
    struct ioc_text all = ioc_buffer_text(source);
    struct ioc_text one = find_token(chance, all), two = find_token(chance, all);
    uint32_t at = (uint32_t)(one.data - all.data);
    char letter = (char)(source->data[at] ^ 1 << chance_draw(chance, 8));
    switch (chance_draw(chance, 8)) {
    case 0: replace(source, at, one.length, (struct ioc_text){"", 0}); break;
    case 1: replace(source, at, 0, pieces[chance_draw(chance, sizeof pieces / sizeof *pieces)]); break;
    case 2: replace(source, at, one.length, pieces[chance_draw(chance, sizeof pieces / sizeof *pieces)]); break;
    case 3: replace(source, at, 1, (struct ioc_text){&letter, 1}); break;
    case 4: replace(source, at, one.length, two); break;
    case 5: replace(source, at, 0, two); break;
    case 6: /* a part of another expression */
        if (other.length) {
            struct ioc_text part = find_token(chance, other);
            uint32_t from = (uint32_t)(part.data - other.data), length = 1 + chance_draw(chance, other.length - from);
            replace(source, at, chance_draw(chance, 2) ? one.length : 0, (struct ioc_text){part.data, length});
        }
        break;
    default: /* a part once more */
        replace(source, at, 0, (struct ioc_text){one.data, 1 + chance_draw(chance, all.length - at)});
    }
}

void generator_spoil(struct chance *chance, struct ioc_buffer *source, struct ioc_text other)
{
    for (uint32_t i = 1 + chance_draw(chance, 4); i > 0 && source->length; i--)
        spoil_once(chance, source, other);
}

void generator_nest(struct chance *chance, struct ioc_buffer *source)
{
    static const char *const nests[][2] = {{"(", ")"}, {"[", "]"}, {"{1: ", "}"}, {"-", ""}, {"!", ""}, {"true ? 1 : ", ""}, {"dyn(", ")"},
        {"[1].map(x, ", ")"}, {"event.li.all(x, ", ")"}, {"cel.bind(a, 1, ", ")"}, {"[", "][0]"}, {"event.b && (", ")"}, {"1 + (", ")"}, {"", ".trim()"},
        {"", " + 1"}, {"", " && event.b"}, {"", " || event.i / event.oi > 0"}, {"", ".k"}, {"", "[0]"}, {"optional.of(", ")"}, {"", ".or(event.?oi)"},
        {"cel.block([event.i], ", ")"}, {"", ", 1"}, {"'", "'"}, {"", ".map(x, [x, x])"}, {"", ".replace('', event.s)"}, {"event.i in [", "]"}};
    struct ioc_buffer whole = {0};
    uint32_t count = chance_draw(chance, 3) ? 1 + chance_draw(chance, 80) : chance_draw(chance, 3000);
    const char *const *nest = nests[chance_draw(chance, sizeof nests / sizeof *nests)];
    for (uint32_t i = 0; i < count; i++)
        ioc_buffer_add_string(&whole, nest[0]);
    ioc_buffer_add_text(&whole, ioc_buffer_text(source));
    for (uint32_t i = 0; i < count; i++)
        ioc_buffer_add_string(&whole, nest[1]);
    ioc_buffer_reset(source);
    ioc_buffer_add_text(source, ioc_buffer_text(&whole));
    ioc_buffer_done(&whole);
}
