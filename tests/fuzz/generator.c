/* tests/fuzz/generator.c — expressions grown from a type. */
#include "tests/fuzz/generator.h"
#include "rules/cel/builtin.h"
#include "tests/fuzz/words.h"
#include "tests/fuzz/world.h"
#include <stdio.h>
#include <stdlib.h>

/* A type as rules/cel/builtin.h writes it: "i", "[s]", "{si}", "?d", "*". */
struct type {
    char text[20];
};

static void write_typed(struct generator *g, const char *type, uint32_t depth);

static uint32_t draw(struct generator *g, uint32_t below)
{
    return chance_draw(&g->chance, below);
}
#define PICK(g, list) (list)[draw(g, sizeof(list) / sizeof *(list))]

static void put(struct generator *g, const char *text)
{
    ioc_buffer_add_string(g->out, text);
}

/* ------------------------------------------------------------- types */

static const char *skip(const char *type)
{
    if (*type == '?')
        return skip(type + 1);
    if (*type == '[')
        return skip(type + 1) + 1;
    if (*type == '{')
        return skip(skip(type + 1)) + 1;
    return *type ? type + 1 : type;
}

static struct type take(const char *from)
{
    struct type type = {{0}};
    size_t length = (size_t)(skip(from) - from);
    if (length < sizeof type.text)
        memcpy(type.text, from, length);
    else
        type.text[0] = '*';
    return type;
}

static struct type wrap(const char *before, const char *inside, const char *after)
{
    struct type type;
    if (snprintf(type.text, sizeof type.text, "%s%s%s", before, inside, after) >= (int)sizeof type.text)
        type = (struct type){"*"};
    return type;
}

static struct type draw_type(struct generator *g)
{
    static const char *const types[] = {"b", "b", "i", "i", "u", "d", "d", "s", "s", "y", "t", "r", "p", "n", "#", "j", "k", "*", "[i]",
        "[d]", "[s]", "[*]", "[b]", "[[i]]", "{s*}", "{si}", "{is}", "{bd}", "{us}", "?i", "?d", "?s", "?*", "?[i]", "[?i]", "{**}", "[{s*}]"};
    return wrap("", PICK(g, types), "");
}

static struct type draw_simple(struct generator *g)
{
    static const char *const types[] = {"b", "i", "u", "d", "s", "i", "s", "d", "y", "t", "r"};
    return wrap("", PICK(g, types), "");
}

/* Does the pattern, which may have variables, fit the type?  Steps over both. */
static bool unify(const char **pattern, const char **type, struct type bound[2])
{
    char want = **pattern;
    if (want == 'A' || want == 'B') {
        struct type found = take(*type), *variable = &bound[want - 'A'];
        if (variable->text[0] && strcmp(variable->text, found.text) != 0)
            return false;
        *variable = found;
        *pattern += 1;
        *type = skip(*type);
        return true;
    }
    if (want != **type || !want)
        return false;
    *pattern += 1;
    *type += 1;
    if (want == '?')
        return unify(pattern, type, bound);
    if (want == '[' || want == '{') {
        if (!unify(pattern, type, bound) || (want == '{' && !unify(pattern, type, bound)))
            return false;
        *pattern += 1;
        *type += 1;
    }
    return true;
}

/* The next type of a signature with its variables filled in. */
static struct type instantiate(struct generator *g, const char **signature, struct type bound[2])
{
    char first = *(*signature)++;
    if (first == 'A' || first == 'B') {
        if (!bound[first - 'A'].text[0])
            bound[first - 'A'] = draw_simple(g);
        return bound[first - 'A'];
    }
    if (first == '?')
        return wrap("?", instantiate(g, signature, bound).text, "");
    if (first == '[' || first == '{') {
        struct type inside = instantiate(g, signature, bound);
        if (first == '{')
            inside = wrap(inside.text, instantiate(g, signature, bound).text, "");
        *signature += 1;
        return first == '[' ? wrap("[", inside.text, "]") : wrap("{", inside.text, "}");
    }
    char text[2] = {first, 0};
    return wrap("", text, "");
}

/* ------------------------------------------------------------- literals */

static void write_list(struct generator *g, const char *item, uint32_t depth)
{
    uint32_t count = draw(g, 8) ? draw(g, 4) : draw(g, 20);
    put(g, "[");
    for (uint32_t i = 0; i < count; i++) {
        put(g, i ? ", " : "");
        if (draw(g, 40) == 0) {
            put(g, "?");
            write_typed(g, wrap("?", item, "").text, depth);
        } else {
            write_typed(g, item, depth);
        }
    }
    put(g, draw(g, 60) ? "]" : ",]");
}

static void write_map(struct generator *g, const char *pair, uint32_t depth)
{
    struct type key = take(pair), value = take(skip(pair));
    uint32_t count = draw(g, 4);
    put(g, "{");
    for (uint32_t i = 0; i < count; i++) {
        bool is_optional = draw(g, 40) == 0;
        put(g, i ? ", " : "");
        put(g, is_optional ? "?" : "");
        write_typed(g, key.text, draw(g, 3) ? 0 : depth);
        put(g, ": ");
        write_typed(g, is_optional ? wrap("?", value.text, "").text : value.text, depth);
    }
    put(g, "}");
}

static void write_literal(struct generator *g, const char *type, uint32_t depth)
{
    uint32_t inside = depth ? depth - 1 : 0;
    switch (*type) {
    case 'b': put(g, draw(g, 2) ? "true" : "false"); break;
    case 'i': put(g, PICK(g, wholes)); break;
    case 'u': put(g, PICK(g, naturals)); break;
    case 'd': put(g, PICK(g, doubles)); break;
    case 's': put(g, PICK(g, texts)); break;
    case 'y': put(g, PICK(g, byte_texts)); break;
    case 't': put(g, PICK(g, moments)); break;
    case 'r': put(g, PICK(g, spans)); break;
    case 'z': put(g, PICK(g, zones)); break;
    case 'n': put(g, "null"); break;
    case '#': put(g, PICK(g, types)); break;
    case 'j': put(g, PICK(g, addresses)); break;
    case 'k': put(g, PICK(g, ranges)); break;
    case 'p': put(g, draw(g, 4) ? "event.p" : "asset.position"); break;
    case '[': write_list(g, take(type + 1).text, inside); break;
    case '{': write_map(g, type + 1, inside); break;
    case '?':
        put(g, draw(g, 3) ? "optional.of(" : "optional.ofNonZeroValue(");
        write_typed(g, type + 1, inside);
        put(g, ")");
        break;
    default:
        put(g, "dyn(");
        write_typed(g, draw_simple(g).text, inside);
        put(g, ")");
    }
}

/* ------------------------------------------------------------- names */

static bool write_local(struct generator *g, const char *type)
{
    for (uint32_t tries = 0; g->locals_count && tries < 4; tries++) {
        const struct generator_local *local = &g->locals[draw(g, g->locals_count)];
        if (strcmp(local->type, type) == 0 || draw(g, 30) == 0) {
            put(g, local->name);
            return true;
        }
    }
    return false;
}

static bool write_field(struct generator *g, const char *type)
{
    static uint32_t count;
    static const struct world_name *names;
    names = names ? names : world_names(&count);
    bool is_asked = *type == '?' && !g->is_plain;
    for (uint32_t tries = 0; tries < 60; tries++) {
        const struct world_name *name = &names[draw(g, count)];
        if (g->is_plain && (name->frame != WORLD_EVENT || name->is_optional || strchr("*[{p", name->type[0])))
            continue;
        if (name->frame == WORLD_LAST && draw(g, 2)) /* often missing: nothing comes of it */
            continue;
        if (is_asked ? strcmp(name->type, type + 1) != 0 || !name->field[0] : strcmp(name->type, type) != 0)
            continue;
        if (is_asked)
            ioc_buffer_addf(g->out, "%.*s.?%s", (int)(strlen(name->text) - strlen(name->field) - 1), name->text, name->field);
        else
            put(g, name->text);
        return true;
    }
    return false;
}

static void write_leaf(struct generator *g, const char *type, uint32_t depth)
{
    uint32_t what = draw(g, 8);
    if (what < 3 && write_local(g, type))
        return;
    if (what < 6 && write_field(g, type))
        return;
    if (*type == 'b' && what == 6 && !g->is_plain) {
        static const char *const asked[] = {"has(event.oi)", "has(last.s)", "has(asset.limit_cm)", "has(limit)", "has(event.m.k)", "has(event.om.a)", "event.?od.hasValue()"};
        put(g, PICK(g, asked));
        return;
    }
    write_literal(g, type, depth);
}

static const char *begin_local(struct generator *g, const char *type)
{
    struct generator_local *local = &g->locals[g->locals_count++];
    snprintf(local->name, sizeof local->name, "%c%.0u", "xyzvw"[draw(g, 5)], draw(g, 3) ? 0 : g->made++ % 100);
    snprintf(local->type, sizeof local->type, "%s", type);
    return local->name;
}

/* ------------------------------------------------------------- macros */

static void write_loop(struct generator *g, const char *macro, const char *item, bool is_two, const char *filter, const char *body, uint32_t depth)
{
    uint32_t before = g->locals_count;
    bool is_map = draw(g, 6) == 0;
    char range[24];
    if (is_map)
        snprintf(range, sizeof range, is_two ? "{s%s}" : "{%ss}", strlen(item) < 8 ? item : "i");
    else
        snprintf(range, sizeof range, "[%s]", item);
    write_typed(g, take(range).text, depth);
    const char *first = begin_local(g, is_two ? is_map ? "s" : "i" : item);
    ioc_buffer_addf(g->out, ".%s(%s, ", macro, first);
    if (is_two) {
        const char *second = begin_local(g, item);
        ioc_buffer_addf(g->out, "%s, ", second);
    }
    g->loops++;
    if (filter) {
        write_typed(g, filter, depth);
        put(g, ", ");
    }
    write_typed(g, body, depth);
    g->loops--;
    put(g, ")");
    g->locals_count = before;
}

static void write_bind(struct generator *g, const char *type, uint32_t depth)
{
    uint32_t before = g->locals_count;
    struct type bound = draw_type(g);
    struct generator_local local;
    const char *name = begin_local(g, bound.text);
    ioc_buffer_addf(g->out, "cel.bind(%s, ", name);
    local = g->locals[--g->locals_count];
    write_typed(g, bound.text, depth);
    g->locals[g->locals_count++] = local;
    put(g, ", ");
    write_typed(g, type, depth);
    put(g, ")");
    g->locals_count = before;
}

/* transformMapEntry's body is a map of the same type, transformMap's a value of it. */
static void write_map_loop(struct generator *g, const char *type, const char *item, uint32_t depth)
{
    const char *filter = draw(g, 3) ? NULL : "b";
    if (draw(g, 2))
        write_loop(g, "transformMap", item, true, filter, take(skip(type + 1)).text, depth);
    else
        write_loop(g, "transformMapEntry", item, true, filter, take(type).text, depth);
}

static void write_block(struct generator *g, const char *type, uint32_t depth)
{
    uint32_t before = g->locals_count, slots = 1 + draw(g, 3);
    put(g, "cel.block([");
    for (uint32_t i = 0; i < slots && g->locals_count < GENERATOR_LOCALS; i++) {
        struct type slot = draw_type(g);
        put(g, i ? ", " : "");
        write_typed(g, slot.text, depth);
        struct generator_local *local = &g->locals[g->locals_count++];
        snprintf(local->name, sizeof local->name, "cel.index(%u)", i % 10);
        snprintf(local->type, sizeof local->type, "%s", slot.text);
    }
    put(g, "], ");
    write_typed(g, type, depth);
    put(g, ")");
    g->locals_count = before;
}

/* False when there is none for the type. */
static bool write_macro(struct generator *g, const char *type, uint32_t depth)
{
    static const char *const quantifiers[] = {"all", "exists", "exists_one", "existsOne"};
    struct type item = draw_simple(g);
    if (g->locals_count + 4 >= GENERATOR_LOCALS || g->loops >= 5)
        return false;
    uint32_t what = draw(g, 8);
    if (what == 0)
        write_bind(g, type, depth);
    else if (what == 1 && *type == '?')
        write_loop(g, draw(g, 2) ? "optFlatMap" : "optMap", item.text, false, NULL, draw(g, 2) ? type : type + 1, depth);
    else if (*type == 'b')
        write_loop(g, PICK(g, quantifiers), item.text, draw(g, 4) == 0, NULL, "b", depth);
    else if (*type == '[' && what < 3)
        write_loop(g, "map", item.text, false, draw(g, 3) ? NULL : "b", take(type + 1).text, depth);
    else if (*type == '[' && what < 5)
        write_loop(g, "filter", take(type + 1).text, false, NULL, "b", depth);
    else if (*type == '[' && what == 5)
        write_loop(g, "sortBy", take(type + 1).text, false, NULL, draw_simple(g).text, depth);
    else if (*type == '[')
        write_loop(g, "transformList", item.text, true, draw(g, 3) ? NULL : "b", take(type + 1).text, depth);
    else if (*type == '{')
        write_map_loop(g, type, item.text, depth);
    else if (what == 2 && g->locals_count == 0)
        write_block(g, type, depth);
    else
        return false;
    return true;
}

/* ------------------------------------------------------------- functions */

enum { ROWS_MOST = 2048 };
static struct {
    const struct ioc_builtin *rows[ROWS_MOST];
    uint32_t count, by_type[128][ROWS_MOST], counts[128];
} table;

/* Rows by the first letter of what they give; those that give a variable are good for all. */
static void read_table(void)
{
    for (const struct ioc_library *const *library = ioc_libraries; *library; library++) {
        for (uint32_t i = 0; i < (*library)->count && table.count < ROWS_MOST; i++) {
            const struct ioc_builtin *row = &(*library)->rows[i];
            if (row->name[0] == '@' && strcmp(row->name, "@in") != 0)
                continue;
            uint32_t index = table.count++;
            table.rows[index] = row;
            for (uint32_t c = 1; c < 128; c++) {
                if (row->gives[0] == (char)c || row->gives[0] == 'A' || row->gives[0] == 'B')
                    table.by_type[c][table.counts[c]++] = index;
            }
        }
    }
}

static void write_argument(struct generator *g, const struct ioc_builtin *row, uint32_t index, const char *type, uint32_t depth)
{
    bool is_usual = draw(g, 4) != 0;
    if (is_usual && index == 1 && strcmp(row->name, "matches") == 0)
        put(g, PICK(g, patterns));
    else if (is_usual && index == 0 && strcmp(row->name, "format") == 0)
        put(g, PICK(g, formats));
    else if (*type == 'z')
        put(g, PICK(g, zones));
    else
        write_typed(g, draw(g, 50) ? type : draw_type(g).text, depth);
}

/* Operators are named after their shape: "_+_", "!_", "@in", "_[_]". */
static void write_operator(struct generator *g, const char *name, const struct type *arguments, uint32_t count, uint32_t depth)
{
    size_t length = strlen(name);
    put(g, "(");
    if (strcmp(name, "@in") == 0) {
        write_typed(g, arguments[0].text, depth);
        put(g, " in ");
        write_typed(g, arguments[1].text, depth);
    } else if (count == 1) {
        ioc_buffer_addf(g->out, "%c(", name[0]);
        write_typed(g, arguments[0].text, depth);
        put(g, ")");
    } else {
        write_typed(g, arguments[0].text, depth);
        ioc_buffer_addf(g->out, name[1] == '[' ? "[" : " %.*s ", (int)(length - 2), name + 1);
        write_typed(g, arguments[1].text, depth);
        put(g, name[1] == '[' ? "]" : "");
    }
    put(g, ")");
}

static bool write_call(struct generator *g, const char *type, uint32_t depth)
{
    if (table.count == 0)
        read_table();
    uint32_t letter = (unsigned char)*type & 127;
    for (uint32_t tries = 0; table.counts[letter] && tries < 20; tries++) {
        const struct ioc_builtin *row = table.rows[table.by_type[letter][draw(g, table.counts[letter])]];
        struct type bound[2] = {{{0}}, {{0}}}, arguments[8];
        const char *pattern = row->gives, *wanted = type, *signature = row->takes;
        if ((*pattern == 'A' && draw(g, 4)) || !unify(&pattern, &wanted, bound))
            continue;
        uint32_t count = 0;
        while (*signature && count < 8)
            arguments[count++] = instantiate(g, &signature, bound);
        bool is_word = (row->name[0] >= 'a' && row->name[0] <= 'z') || (row->name[0] >= 'A' && row->name[0] <= 'Z');
        if (!is_word) {
            write_operator(g, row->name, arguments, count, depth);
            return true;
        }
        bool is_method = count && (row->style & IOC_BUILTIN_METHOD) && (!(row->style & IOC_BUILTIN_FUNCTION) || draw(g, 2));
        if (is_method) {
            bool is_wrapped = strchr("iud", arguments[0].text[0]) || draw(g, 4) == 0;
            put(g, is_wrapped ? "(" : "");
            write_argument(g, row, 0, arguments[0].text, depth);
            put(g, is_wrapped ? ")." : ".");
        }
        ioc_buffer_addf(g->out, "%s(", row->name);
        for (uint32_t i = is_method; i < count; i++) {
            put(g, i > is_method ? ", " : "");
            write_argument(g, row, i, arguments[i].text, depth);
        }
        put(g, ")");
        return true;
    }
    return false;
}

/* ------------------------------------------------------------- all */

static void write_logic(struct generator *g, uint32_t depth)
{
    uint32_t count = 2 + draw(g, 3);
    const char *joint = draw(g, 3) ? " && " : " || ";
    put(g, draw(g, 6) ? "(" : "!(");
    for (uint32_t i = 0; i < count; i++) {
        put(g, i ? joint : "");
        write_typed(g, "b", depth);
    }
    put(g, ")");
}

/* What an engineer writes: a field against a constant. */
static void write_comparison(struct generator *g)
{
    static const char *const comparisons[] = {"<", "<=", ">", ">=", "==", "!="};
    static const char *const kinds[] = {"i", "u", "d", "s", "d", "i", "t", "r", "b", "y"};
    const char *type = PICK(g, kinds);
    bool is_list = draw(g, 6) == 0;
    put(g, "(");
    if (!write_field(g, type))
        write_literal(g, type, 0);
    ioc_buffer_addf(g->out, " %s ", is_list ? "in" : PICK(g, comparisons));
    if (is_list)
        put(g, "[");
    for (uint32_t i = 0; i < (is_list ? 3u : 1u); i++) {
        put(g, i ? ", " : "");
        write_literal(g, *type == 'd' && draw(g, 2) ? "i" : type, 0);
    }
    put(g, is_list ? "])" : ")");
}

static void write_typed(struct generator *g, const char *given, uint32_t depth)
{
    struct type type = take(given); /* the caller's may be overwritten */
    if (draw(g, 60) == 0)
        type = draw_type(g);
    if (depth == 0 || g->budget == 0) {
        write_leaf(g, type.text, 0);
        return;
    }
    g->budget--;
    depth--;
    uint32_t what = draw(g, 18);
    if (*type.text == 'b' && what < 5)
        write_logic(g, depth);
    else if (*type.text == 'b' && what < 8)
        write_comparison(g);
    else if (what < 10 && write_call(g, type.text, depth))
        return;
    else if (what < 12 && write_macro(g, type.text, depth))
        return;
    else if (what == 12) {
        put(g, "(");
        write_typed(g, "b", depth);
        put(g, " ? ");
        write_typed(g, type.text, depth);
        put(g, " : ");
        write_typed(g, type.text, depth);
        put(g, ")");
    } else if (what == 13) {
        write_typed(g, wrap("[", type.text, "]").text, depth);
        put(g, draw(g, 8) ? "[" : "[?");
        write_typed(g, draw(g, 12) ? "i" : "*", depth);
        put(g, "]");
    } else if (what == 14) {
        write_typed(g, wrap("?", type.text, "").text, depth);
        put(g, draw(g, 4) ? ".orValue(" : ".value(");
        write_typed(g, type.text, depth);
        put(g, ")");
    } else if (what == 15 && !g->is_plain) {
        static const char *const selects[] = {"event.m.k", "event.rec[0].score", "event.x", "event.m[\"a\"]", "event.?om[?'k']", "last.x.k", "event.rec[1].label",
            "dyn(event).d", "event.m[7]", "event.orec", "asset", "last", "event.om.?label", "event.m.`k`", "event.m.`\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0\xc3\xa0`",
            "event.rec.map(q, q.score)[0]"};
        put(g, PICK(g, selects));
    } else {
        write_leaf(g, type.text, depth);
    }
}

void generator_write(struct generator *generator)
{
    generator->locals_count = generator->loops = generator->made = 0;
    generator->budget = 4 + draw(generator, 30);
    struct type type = draw(generator, 2) ? (struct type){"b"} : draw_type(generator);
    write_typed(generator, type.text, 1 + draw(generator, 6));
}
