/*
 * rules/cel/pattern_syntax.c — a recursive descent reader of RE2's syntax.
 *
 * Classes are in pattern_class.c.  What Perl has and RE2 has not is recognised where it can be, so
 * that the complaint can say so.
 */
#include "rules/cel/pattern_class.h"

static struct ioc_pattern_node *read_choice(struct ioc_pattern_reader *reader, uint32_t depth);

struct ioc_pattern_node *ioc_pattern_syntax_node(
    struct ioc_arena *arena, enum ioc_pattern_part part, uint32_t offset, uint32_t length)
{
    struct ioc_pattern_node *node = ioc_arena_take(arena, sizeof *node);
    *node = (struct ioc_pattern_node){.part = part, .offset = offset, .length = length, .weight = 1};
    return node;
}

void ioc_pattern_syntax_append(
    struct ioc_arena *arena, struct ioc_pattern_node *node, struct ioc_pattern_node *item)
{
    if (node->count == node->capacity) {
        uint32_t capacity = node->capacity ? 2 * node->capacity : 4;
        struct ioc_pattern_node **items = ioc_arena_take(arena, capacity * sizeof *items);
        if (node->count)
            memcpy(items, node->items, node->count * sizeof *items);
        node->items = items;
        node->capacity = capacity;
    }
    node->items[node->count++] = item;
    if (item->weight > node->weight)
        node->weight = item->weight;
}

static struct ioc_pattern_node *new_node(
    struct ioc_pattern_reader *reader, enum ioc_pattern_part part, uint32_t from)
{
    return ioc_pattern_syntax_node(reader->arena, part, from, reader->at - from);
}

static struct ioc_pattern_node *new_letters(
    struct ioc_pattern_reader *reader, struct ioc_letters letters, uint32_t from)
{
    struct ioc_pattern_node *node = new_node(reader, IOC_PATTERN_LETTERS, from);
    node->letters = ioc_arena_take(reader->arena, sizeof *node->letters);
    ioc_letters_settle(&letters);
    *node->letters = letters;
    return node;
}

static struct ioc_pattern_node *new_letter(
    struct ioc_pattern_reader *reader, uint32_t point, uint32_t from)
{
    struct ioc_letters letters = {0};
    ioc_letters_add(&letters, reader->arena, point, point);
    if (reader->ignores_case)
        ioc_letters_fold(&letters, reader->arena);
    return new_letters(reader, letters, from);
}

/* What Perl and PCRE have between "(" and ")", and RE2 has not. */
static const struct {
    const char *opening, *text;
} perl_groups[] = {
    {"(?=", "looking ahead with (?=…) is not supported"},
    {"(?!", "looking ahead with (?!…) is not supported"},
    {"(?<=", "looking behind with (?<=…) is not supported"},
    {"(?<!", "looking behind with (?<!…) is not supported"},
    {"(?>", "atomic groups (?>…) are not supported"},
    {"(?P=", "back references are not supported"},
    {"(?(", "conditional groups (?(…)…) are not supported"},
    {"(?#", "comments (?#…) are not supported"},
};

static bool refuse_group(struct ioc_pattern_reader *reader, uint32_t from, uint32_t length)
{
    struct ioc_text rest = {reader->pattern.data + from, reader->pattern.length - from};
    for (size_t i = 0; i < sizeof perl_groups / sizeof *perl_groups; i++) {
        struct ioc_text opening = ioc_text_of(perl_groups[i].opening);
        if (!ioc_text_starts(rest, opening))
            continue;
        ioc_pattern_refuse(reader, from, opening.length, "%s", perl_groups[i].text);
        ioc_complaint_hint(reader->err, from,
            "regular expressions here are those of RE2: combine several matches() with && and !");
        return false;
    }
    ioc_pattern_refuse(reader, from, length, "the group has flags that do not exist");
    ioc_complaint_hint(reader->err, from,
        "write (?:…) for a group, (?i) (?s) (?m) to ignore case, let . match line ends, let ^ and $ match at lines");
    return false;
}

/* (?P<name> or (?<name>; the position is behind "<". */
static bool skip_name(struct ioc_pattern_reader *reader, uint32_t from)
{
    struct ioc_letters word = {0};
    static const char *const parts[] = {"L", "M", "Nd", "Nl", "Pc"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        ioc_letters_property(&word, reader->arena, ioc_text_of(parts[i]));
    ioc_letters_settle(&word);
    uint32_t start = reader->at, point;
    while (ioc_pattern_peek(reader, 0) != '>' && ioc_pattern_take(reader, &point)) {
        if (!ioc_letters_has(&word, point))
            return ioc_pattern_refuse(reader, from, reader->at - from,
                "the name of a group has only letters, digits and '_'");
    }
    if (reader->at == start || ioc_pattern_peek(reader, 0) != '>')
        return ioc_pattern_refuse(
            reader, from, reader->at - from, "the name of the group is empty or has no '>'");
    reader->at++;
    return true;
}

/* Flags from behind "(?" up to ")" or ":"; *is_group tells which. */
static bool read_flags(struct ioc_pattern_reader *reader, uint32_t from, bool *is_group)
{
    bool is_off = false, has_flag = false;
    for (;;) {
        uint32_t at = reader->at;
        char c = ioc_pattern_peek(reader, 0);
        reader->at++;
        switch (at < reader->pattern.length ? c : 0) {
        case 'i': reader->ignores_case = !is_off; break;
        case 'm': reader->is_multiline = !is_off; break;
        case 's': reader->dot_takes_all = !is_off; break;
        case 'U': break;
        case '-':
            if (is_off)
                return refuse_group(reader, from, reader->at - from);
            is_off = true;
            has_flag = false;
            continue;
        case ':':
        case ')':
            *is_group = c == ':';
            return !is_off || has_flag || refuse_group(reader, from, reader->at - from);
        default:
            reader->at = at < reader->pattern.length ? at + 1 : at;
            return refuse_group(reader, from, reader->at - from);
        }
        has_flag = true;
    }
}

/* "(" is next.  *node stays NULL when it only set flags. */
static bool read_group(
    struct ioc_pattern_reader *reader, uint32_t depth, struct ioc_pattern_node **node)
{
    uint32_t from = reader->at++;
    bool is_group = true;
    struct ioc_pattern_reader before = *reader;
    if (ioc_pattern_peek(reader, 0) == '?') {
        reader->at++;
        struct ioc_text rest = {
            reader->pattern.data + reader->at, reader->pattern.length - reader->at};
        bool is_name = ioc_text_starts(rest, IOC_TEXT("P<")) ||
                       (ioc_text_starts(rest, IOC_TEXT("<")) &&
                           !ioc_text_starts(rest, IOC_TEXT("<=")) &&
                           !ioc_text_starts(rest, IOC_TEXT("<!")));
        if (is_name) {
            reader->at += rest.data[0] == 'P' ? 2 : 1;
            if (!skip_name(reader, from))
                return false;
        } else if (!read_flags(reader, from, &is_group)) {
            return false;
        }
    }
    if (!is_group)
        return true;
    *node = read_choice(reader, depth + 1);
    if (!*node)
        return false;
    if (ioc_pattern_peek(reader, 0) != ')')
        return ioc_pattern_refuse(reader, from, 1, "the group is not closed");
    reader->at++;
    (*node)->offset = from;
    (*node)->length = reader->at - from;
    reader->ignores_case = before.ignores_case;
    reader->is_multiline = before.is_multiline;
    reader->dot_takes_all = before.dot_takes_all;
    return true;
}

/* A decimal number without leading zeros. */
static bool read_count(const struct ioc_pattern_reader *reader, uint32_t *ahead, uint32_t *count)
{
    uint32_t start = *ahead;
    for (*count = 0;; ++*ahead) {
        char c = ioc_pattern_peek(reader, *ahead);
        if (c < '0' || c > '9')
            return *ahead > start;
        if (*count >= 100000000 || (*ahead == start + 1 && *count == 0))
            return false;
        *count = *count * 10 + (uint32_t)(c - '0');
    }
}

/* {2} {2,} {2,5}: the length of it, or 0 when the brace stands for itself. */
static uint32_t read_counts(
    const struct ioc_pattern_reader *reader, uint32_t *least, uint32_t *most)
{
    uint32_t ahead = 1;
    if (!read_count(reader, &ahead, least))
        return 0;
    *most = *least;
    if (ioc_pattern_peek(reader, ahead) == ',') {
        ahead++;
        *most = IOC_PATTERN_ENDLESS;
        if (ioc_pattern_peek(reader, ahead) != '}' && !read_count(reader, &ahead, most))
            return 0;
    }
    return ioc_pattern_peek(reader, ahead) == '}' ? ahead + 1 : 0;
}

/* How long the repetition is that stands here, 0 = none. */
static uint32_t find_repeat(
    const struct ioc_pattern_reader *reader, uint32_t *least, uint32_t *most)
{
    *least = 0;
    *most = IOC_PATTERN_ENDLESS;
    switch (ioc_pattern_peek(reader, 0)) {
    case '*': return 1;
    case '+': *least = 1; return 1;
    case '?': *most = 1; return 1;
    case '{': return read_counts(reader, least, most);
    default: return 0;
    }
}

static bool check_counts(struct ioc_pattern_reader *reader, const struct ioc_pattern_node *repeat,
    uint32_t length)
{
    bool is_endless = repeat->most == IOC_PATTERN_ENDLESS;
    if (repeat->least > IOC_PATTERN_TIMES || (!is_endless && repeat->most > IOC_PATTERN_TIMES))
        return ioc_pattern_refuse(reader, reader->at, length,
            "a repetition has at most %d times", IOC_PATTERN_TIMES);
    if (!is_endless && repeat->most < repeat->least)
        return ioc_pattern_refuse(reader, reader->at, length,
            "the repetition ends with less than it begins with");
    if (repeat->weight > IOC_PATTERN_TIMES)
        return ioc_pattern_refuse(reader, reader->at, length,
            "repetitions within repetitions have at most %d times together", IOC_PATTERN_TIMES);
    return true;
}

/* Puts the last item under the repetition that stands here. */
static bool read_repeat(struct ioc_pattern_reader *reader, struct ioc_pattern_node *join,
    uint32_t length, uint32_t least, uint32_t most, bool is_second)
{
    if (join->count == 0) {
        ioc_pattern_refuse(reader, reader->at, length, "there is nothing before it to repeat");
        ioc_complaint_hint(reader->err, reader->at, "write \\%c for the character itself",
            reader->pattern.data[reader->at]);
        return false;
    }
    if (is_second) {
        ioc_pattern_refuse(reader, reader->at, length,
            "a repetition cannot be repeated, and possessive ones are not supported");
        ioc_complaint_hint(reader->err, reader->at, "put what is repeated in (?:…)");
        return false;
    }
    struct ioc_pattern_node *item = join->items[join->count - 1],
                            *repeat = ioc_pattern_syntax_node(reader->arena, IOC_PATTERN_REPEAT,
                                item->offset, reader->at + length - item->offset);
    ioc_pattern_syntax_append(reader->arena, repeat, item);
    repeat->least = least;
    repeat->most = most;
    if (reader->pattern.data[reader->at] == '{') {
        uint64_t times = most == IOC_PATTERN_ENDLESS ? least : most;
        uint64_t weight = repeat->weight * (times ? times : 1);
        repeat->weight = weight > IOC_PATTERN_TIMES ? IOC_PATTERN_TIMES + 1 : (uint32_t)weight;
        if (!check_counts(reader, repeat, length))
            return false;
    }
    reader->at += length;
    if (ioc_pattern_peek(reader, 0) == '?') /* the shortest: matches the same texts */
        reader->at++;
    join->items[join->count - 1] = repeat;
    join->weight = repeat->weight > join->weight ? repeat->weight : join->weight;
    return true;
}

/* \Q…\E: up to there every letter stands for itself. */
static void read_quoted(struct ioc_pattern_reader *reader, struct ioc_pattern_node *join)
{
    reader->at += 2;
    while (reader->at < reader->pattern.length) {
        uint32_t from = reader->at, point;
        if (ioc_pattern_peek(reader, 0) == '\\' && ioc_pattern_peek(reader, 1) == 'E') {
            reader->at += 2;
            return;
        }
        if (!ioc_pattern_take(reader, &point))
            return;
        ioc_pattern_syntax_append(reader->arena, join, new_letter(reader, point, from));
    }
}

static struct ioc_pattern_node *read_escape(struct ioc_pattern_reader *reader)
{
    uint32_t from = reader->at, point;
    char c = ioc_pattern_peek(reader, 1);
    static const struct {
        char letter;
        enum ioc_pattern_part part;
    } places[] = {{'A', IOC_PATTERN_BEGIN}, {'z', IOC_PATTERN_END}, {'b', IOC_PATTERN_EDGE},
        {'B', IOC_PATTERN_NO_EDGE}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (c == places[i].letter) {
            reader->at += 2;
            return new_node(reader, places[i].part, from);
        }
    }
    struct ioc_letters letters = {0};
    bool is_class = false;
    if (!ioc_pattern_class_escape(reader, &letters, &is_class))
        return NULL;
    if (is_class)
        return new_letters(reader, letters, from);
    return ioc_pattern_class_letter(reader, &point) ? new_letter(reader, point, from) : NULL;
}

static struct ioc_pattern_node *read_dot(struct ioc_pattern_reader *reader)
{
    struct ioc_letters letters = {0};
    uint32_t from = reader->at++;
    if (!reader->dot_takes_all)
        ioc_letters_add(&letters, reader->arena, '\n', '\n');
    ioc_letters_negate(&letters, reader->arena);
    return new_letters(reader, letters, from);
}

static struct ioc_pattern_node *read_class(struct ioc_pattern_reader *reader)
{
    struct ioc_letters letters = {0};
    uint32_t from = reader->at;
    return ioc_pattern_class_read(reader, &letters) ? new_letters(reader, letters, from) : NULL;
}

/* One item that is no group; NULL after a complaint. */
static struct ioc_pattern_node *read_item(struct ioc_pattern_reader *reader)
{
    uint32_t from = reader->at, point;
    switch (ioc_pattern_peek(reader, 0)) {
    case '\\': return read_escape(reader);
    case '[': return read_class(reader);
    case '.': return read_dot(reader);
    case '^':
        reader->at++;
        return new_node(
            reader, reader->is_multiline ? IOC_PATTERN_LINE_BEGIN : IOC_PATTERN_BEGIN, from);
    case '$':
        reader->at++;
        return new_node(
            reader, reader->is_multiline ? IOC_PATTERN_LINE_END : IOC_PATTERN_END, from);
    default:
        return ioc_pattern_take(reader, &point) ? new_letter(reader, point, from) : NULL;
    }
}

static struct ioc_pattern_node *read_join(struct ioc_pattern_reader *reader, uint32_t depth)
{
    struct ioc_pattern_node *join = new_node(reader, IOC_PATTERN_JOIN, reader->at);
    bool is_repeated = false; /* the token before was a repetition */
    while (reader->at < reader->pattern.length) {
        uint32_t least, most, length = find_repeat(reader, &least, &most);
        char c = ioc_pattern_peek(reader, 0);
        if (c == '|' || c == ')')
            break;
        if (length) {
            if (!read_repeat(reader, join, length, least, most, is_repeated))
                return NULL;
            is_repeated = true;
            continue;
        }
        is_repeated = false;
        struct ioc_pattern_node *item = NULL;
        if (c == '\\' && ioc_pattern_peek(reader, 1) == 'Q') {
            read_quoted(reader, join);
            continue;
        }
        if (c == '(' ? !read_group(reader, depth, &item) : !(item = read_item(reader)))
            return NULL;
        if (item)
            ioc_pattern_syntax_append(reader->arena, join, item);
    }
    join->length = reader->at - join->offset;
    return join;
}

static struct ioc_pattern_node *read_choice(struct ioc_pattern_reader *reader, uint32_t depth)
{
    if (depth > IOC_PATTERN_DEPTH) {
        ioc_pattern_refuse(reader, reader->at - 1, 1,
            "the groups are nested more than %d deep", IOC_PATTERN_DEPTH);
        reader->status = IOC_LIMIT;
        return NULL;
    }
    struct ioc_pattern_node *choice = new_node(reader, IOC_PATTERN_CHOICE, reader->at);
    for (;;) {
        struct ioc_pattern_node *join = read_join(reader, depth);
        if (!join)
            return NULL;
        ioc_pattern_syntax_append(reader->arena, choice, join);
        if (ioc_pattern_peek(reader, 0) != '|')
            break;
        reader->at++;
    }
    choice->length = reader->at - choice->offset;
    return choice;
}

enum ioc_status ioc_pattern_syntax_read(struct ioc_text pattern, struct ioc_arena *arena,
    struct ioc_pattern_node **tree, struct ioc_program_error *err)
{
    struct ioc_pattern_property *properties = NULL;
    struct ioc_pattern_reader reader = {
        .pattern = pattern, .arena = arena, .err = err, .properties = &properties};
    struct ioc_pattern_node *root = read_choice(&reader, 0);
    if (root && reader.at < pattern.length) {
        ioc_pattern_refuse(&reader, reader.at, 1, "a group is closed that was never opened");
        ioc_complaint_hint(err, reader.at, "write \\) for the character itself");
        root = NULL;
    }
    if (!root)
        return reader.status ? reader.status : IOC_INVALID;
    *tree = root;
    return IOC_OK;
}
