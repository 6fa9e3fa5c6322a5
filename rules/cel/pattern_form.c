/*
 * rules/cel/pattern_form.c — cleans the tree of a pattern.
 *
 * Whether a text matches is asked without regard to where: a prefix x* of a search can be left away,
 * x{3,9} in front is x{3}; the same at the end.
 *
 * Hyperscan takes ^ only where nothing has been consumed and $ only where nothing follows.  A ^
 * behind something that surely consumes can never match; behind something that may, it is refused.
 */
#include "rules/cel/pattern_form.h"

static bool is_begin(const struct ioc_pattern_node *node)
{
    return node->part == IOC_PATTERN_BEGIN || node->part == IOC_PATTERN_LINE_BEGIN;
}
static bool is_end(const struct ioc_pattern_node *node)
{
    return node->part == IOC_PATTERN_END || node->part == IOC_PATTERN_LINE_END;
}
static bool is_edge(const struct ioc_pattern_node *node)
{
    return node->part == IOC_PATTERN_EDGE || node->part == IOC_PATTERN_NO_EDGE;
}

/* Places of no width that stand together: ^ goes to the front, $ to the back, twins become one. */
static void order_places(struct ioc_pattern_node *join)
{
    for (bool has_changed = true; has_changed;) {
        has_changed = false;
        for (uint32_t i = 0; i + 1 < join->count; i++) {
            struct ioc_pattern_node *left = join->items[i], *right = join->items[i + 1];
            bool are_twins =
                left->part == right->part && (is_begin(left) || is_end(left) || is_edge(left));
            bool is_wrong = (is_begin(right) && (is_edge(left) || is_end(left))) ||
                            (is_end(left) && is_edge(right));
            if (are_twins) {
                memmove(&join->items[i], &join->items[i + 1],
                    (join->count - i - 1) * sizeof *join->items);
                join->count--;
                has_changed = true;
            } else if (is_wrong) {
                join->items[i] = right;
                join->items[i + 1] = left;
                has_changed = true;
            }
        }
    }
}

static void become(struct ioc_pattern_node *node, enum ioc_pattern_part part)
{
    node->part = part;
    node->count = 0;
    node->may_take = false;
    node->must_take = part == IOC_PATTERN_NEVER;
}

/* Takes items of the same kind in, leaves away those that change nothing. */
static void flatten(struct ioc_arena *arena, struct ioc_pattern_node *node,
    enum ioc_pattern_part superfluous)
{
    struct ioc_pattern_node **items = node->items;
    uint32_t count = node->count;
    node->items = NULL;
    node->count = node->capacity = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i]->part == superfluous)
            continue;
        bool is_same = items[i]->part == node->part;
        for (uint32_t j = 0; is_same && j < items[i]->count; j++)
            ioc_pattern_syntax_append(arena, node, items[i]->items[j]);
        if (!is_same)
            ioc_pattern_syntax_append(arena, node, items[i]);
    }
}

static void simplify_join(struct ioc_arena *arena, struct ioc_pattern_node *node)
{
    flatten(arena, node, IOC_PATTERN_EMPTY);
    order_places(node);
    node->may_take = node->must_take = false;
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->items[i]->part == IOC_PATTERN_NEVER) {
            become(node, IOC_PATTERN_NEVER);
            return;
        }
        node->may_take |= node->items[i]->may_take;
        node->must_take |= node->items[i]->must_take;
    }
    if (node->count == 0)
        become(node, IOC_PATTERN_EMPTY);
    else if (node->count == 1)
        *node = *node->items[0];
}

static void simplify_choice(struct ioc_arena *arena, struct ioc_pattern_node *node)
{
    flatten(arena, node, IOC_PATTERN_NEVER);
    node->may_take = false;
    node->must_take = true;
    for (uint32_t i = 0; i < node->count; i++) {
        node->may_take |= node->items[i]->may_take;
        node->must_take &= node->items[i]->must_take;
    }
    if (node->count == 0)
        become(node, IOC_PATTERN_NEVER);
    else if (node->count == 1)
        *node = *node->items[0];
}

static void simplify_repeat(struct ioc_pattern_node *node)
{
    struct ioc_pattern_node *item = node->items[0];
    bool is_once = node->least == 1 && node->most == 1;
    if (node->most == 0 || (!item->may_take && node->least == 0))
        become(node, IOC_PATTERN_EMPTY);
    else if (!item->may_take || is_once)
        *node = *item;
    node->may_take = item->may_take;
    if (node->part == IOC_PATTERN_REPEAT)
        node->must_take = item->must_take && node->least > 0;
}

static void simplify(struct ioc_arena *arena, struct ioc_pattern_node *node)
{
    for (uint32_t i = 0; i < node->count; i++)
        simplify(arena, node->items[i]);
    switch (node->part) {
    case IOC_PATTERN_LETTERS:
        node->may_take = node->must_take = true;
        if (node->letters->count == 0)
            become(node, IOC_PATTERN_NEVER);
        break;
    case IOC_PATTERN_NEVER: become(node, IOC_PATTERN_NEVER); break;
    case IOC_PATTERN_JOIN: simplify_join(arena, node); break;
    case IOC_PATTERN_CHOICE: simplify_choice(arena, node); break;
    case IOC_PATTERN_REPEAT: simplify_repeat(node); break;
    default: break;
    }
}

/* Leaves away what need not be found at the front (at the back) of the match. */
static void trim(struct ioc_pattern_node *node, bool is_front)
{
    switch (node->part) {
    case IOC_PATTERN_JOIN:
        while (node->count) {
            struct ioc_pattern_node *item = node->items[is_front ? 0 : node->count - 1];
            trim(item, is_front);
            if (item->part != IOC_PATTERN_EMPTY)
                return;
            node->items += is_front;
            node->count--;
        }
        become(node, IOC_PATTERN_EMPTY);
        break;
    case IOC_PATTERN_CHOICE:
        for (uint32_t i = 0; i < node->count; i++)
            trim(node->items[i], is_front);
        break;
    case IOC_PATTERN_REPEAT:
        node->most = node->least;
        if (node->least == 0)
            become(node, IOC_PATTERN_EMPTY);
        else if (node->least == 1) {
            *node = *node->items[0];
            trim(node, is_front);
        }
        break;
    default: break;
    }
}

enum passed { /* between the beginning (or the end) of the match and a place */
    NOTHING,
    PLACES,  /* of no width */
    PERHAPS, /* letters, maybe */
    LETTERS,
};

static enum passed pass(enum passed before, const struct ioc_pattern_node *node)
{
    if (node->must_take)
        return LETTERS;
    enum passed here = node->may_take ? PERHAPS : node->part == IOC_PATTERN_EMPTY ? NOTHING : PLACES;
    return here > before ? here : before;
}

struct resolver {
    struct ioc_arena *arena;
    struct ioc_program_error *err;
    bool is_front; /* looks at ^, else at $ */
};

static bool refuse_place(struct resolver *resolver, const struct ioc_pattern_node *node)
{
    ioc_complaint_set(resolver->err, node->offset, node->length, "bad-pattern",
        resolver->is_front ? "'^' stands behind something that may match letters"
                           : "'$' stands before something that may match letters");
    ioc_complaint_hint(resolver->err, node->offset,
        resolver->is_front
            ? "Hyperscan, which searches, takes ^ only where the match begins: put it in front, or combine several matches() with || and &&"
            : "Hyperscan, which searches, takes $ only where the match ends: put it last, or combine several matches() with || and &&");
    return false;
}

static bool has_place(const struct ioc_pattern_node *node, bool is_front)
{
    if (is_front ? is_begin(node) : is_end(node))
        return true;
    for (uint32_t i = 0; i < node->count; i++) {
        if (has_place(node->items[i], is_front))
            return true;
    }
    return false;
}

static bool resolve(struct resolver *resolver, struct ioc_pattern_node *node, enum passed before);

static bool resolve_repeat(
    struct resolver *resolver, struct ioc_pattern_node *node, enum passed before)
{
    struct ioc_pattern_node *item = node->items[0];
    if (!has_place(item, resolver->is_front))
        return true;
    if (node->most > 1 && before < PERHAPS)
        before = PERHAPS;
    if (!resolve(resolver, item, before))
        return false;
    if (node->least == 0 && node->most == 1) { /* as a choice Hyperscan takes it */
        node->part = IOC_PATTERN_CHOICE;
        node->count = node->capacity = 0;
        ioc_pattern_syntax_append(resolver->arena, node, item);
        ioc_pattern_syntax_append(resolver->arena, node,
            ioc_pattern_syntax_node(resolver->arena, IOC_PATTERN_EMPTY, node->offset, 0));
    }
    return true;
}

static bool resolve(struct resolver *resolver, struct ioc_pattern_node *node, enum passed before)
{
    bool is_line = node->part == IOC_PATTERN_LINE_BEGIN || node->part == IOC_PATTERN_LINE_END;
    if (resolver->is_front ? is_begin(node) : is_end(node)) {
        if (before == PERHAPS || (is_line && before != NOTHING))
            return refuse_place(resolver, node);
        if (before == LETTERS)
            become(node, IOC_PATTERN_NEVER);
        return true;
    }
    switch (node->part) {
    case IOC_PATTERN_JOIN:
        for (uint32_t i = 0; i < node->count; i++) {
            struct ioc_pattern_node *item =
                node->items[resolver->is_front ? i : node->count - 1 - i];
            if (!resolve(resolver, item, before))
                return false;
            before = pass(before, item);
        }
        return true;
    case IOC_PATTERN_CHOICE:
        for (uint32_t i = 0; i < node->count; i++) {
            if (!resolve(resolver, node->items[i], before))
                return false;
        }
        return true;
    case IOC_PATTERN_REPEAT: return resolve_repeat(resolver, node, before);
    default: return true;
    }
}

static bool is_nullable(const struct ioc_pattern_node *node)
{
    switch (node->part) {
    case IOC_PATTERN_EMPTY: return true;
    case IOC_PATTERN_REPEAT: return node->least == 0 || is_nullable(node->items[0]);
    case IOC_PATTERN_JOIN:
        for (uint32_t i = 0; i < node->count; i++) {
            if (!is_nullable(node->items[i]))
                return false;
        }
        return true;
    case IOC_PATTERN_CHOICE:
        for (uint32_t i = 0; i < node->count; i++) {
            if (is_nullable(node->items[i]))
                return true;
        }
        return false;
    default: return false;
    }
}

static uint32_t write_letter(char *out, uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    uint32_t bytes = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (uint32_t i = bytes; i-- > 1; point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)((0xf00u >> bytes & 0xff) | point);
    return bytes;
}

/* ^literal$, both ends optional. */
static bool find_literal(struct ioc_arena *arena, struct ioc_pattern_node *tree,
    struct ioc_pattern_form *form)
{
    struct ioc_pattern_node *single[] = {tree}, **items = single;
    uint32_t count = 1, length = 0;
    if (tree->part == IOC_PATTERN_JOIN) {
        items = tree->items;
        count = tree->count;
    }
    bool has_begin = items[0]->part == IOC_PATTERN_BEGIN,
         has_end = items[count - 1]->part == IOC_PATTERN_END;
    char *text = ioc_arena_take(arena, 4u * count + 1);
    for (uint32_t i = has_begin; i + has_end < count; i++) {
        if (items[i]->part != IOC_PATTERN_LETTERS || items[i]->letters->count != 1)
            return false;
        struct ioc_letters_range range = items[i]->letters->ranges[0];
        if (range.lo != range.hi || (range.lo >= 0xd800 && range.lo < 0xe000))
            return false;
        length += write_letter(text + length, range.lo);
    }
    form->literal = (struct ioc_text){text, length};
    form->kind = has_begin && has_end ? IOC_PATTERN_EQUALS
                 : has_begin          ? IOC_PATTERN_STARTS
                 : has_end            ? IOC_PATTERN_ENDS
                                      : IOC_PATTERN_CONTAINS;
    if (length == 0 && form->kind != IOC_PATTERN_EQUALS)
        form->kind = IOC_PATTERN_ALWAYS;
    return true;
}

/* x|[yz]: a letter that is enough needs no automaton, and makes Hyperscan compile the rest for a tenth of a second. */
static void take_letters(struct ioc_arena *arena, struct ioc_pattern_form *form)
{
    struct ioc_pattern_node *tree = form->tree;
    struct ioc_letters letters = {0};
    if (tree->part == IOC_PATTERN_LETTERS) {
        form->letters = tree->letters;
        form->tree = NULL;
        return;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; tree->part == IOC_PATTERN_CHOICE && i < tree->count; i++) {
        if (tree->items[i]->part == IOC_PATTERN_LETTERS)
            ioc_letters_join(&letters, arena, tree->items[i]->letters);
        else
            tree->items[kept++] = tree->items[i];
    }
    if (letters.count == 0)
        return;
    ioc_letters_settle(&letters);
    form->letters = ioc_arena_take(arena, sizeof letters);
    *form->letters = letters;
    tree->count = kept;
    simplify(arena, tree);
    form->tree = kept ? tree : NULL;
}

enum ioc_status ioc_pattern_form_find(struct ioc_text pattern, struct ioc_arena *arena,
    struct ioc_pattern_form *form, struct ioc_program_error *err)
{
    struct ioc_pattern_node *tree = NULL;
    enum ioc_status status = ioc_pattern_syntax_read(pattern, arena, &tree, err);
    if (status != IOC_OK)
        return status;
    simplify(arena, tree);
    for (int is_front = 1; is_front >= 0; is_front--) {
        struct resolver resolver = {.arena = arena, .err = err, .is_front = is_front};
        trim(tree, is_front);
        simplify(arena, tree);
        if (!resolve(&resolver, tree, NOTHING))
            return IOC_INVALID;
        simplify(arena, tree);
    }
    *form = (struct ioc_pattern_form){.kind = IOC_PATTERN_SEARCH, .tree = tree};
    if (tree->part == IOC_PATTERN_NEVER)
        form->kind = IOC_PATTERN_FAILS;
    else if (is_nullable(tree))
        form->kind = IOC_PATTERN_ALWAYS;
    else if (!find_literal(arena, tree, form))
        take_letters(arena, form);
    return IOC_OK;
}
