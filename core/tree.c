/*
 * core/tree.c — libfyaml's events into the nodes of a document.
 *
 * What is refused is still built, so that its inside is checked as well, but hangs on nothing.
 */
#include "core/tree.h"
#include "core/memory.h"
#include <assert.h>

void ioc_tree_error(struct ioc_tree *tree, uint32_t line, uint32_t column, const char *code,
    const char *hint, const char *format, ...)
{
    struct ioc_error err = {0};
    va_list list;
    va_start(list, format);
    ioc_error_set_list(&err, code, format, list);
    va_end(list);
    if (hint)
        ioc_error_hint(&err, "%s", hint);
    ioc_document_error(tree->document, line, column, &err, tree->errors);
}

static struct ioc_node *add_node(
    struct ioc_tree *tree, enum ioc_node_kind kind, uint32_t line, uint32_t column)
{
    struct ioc_node *node = ioc_arena_take(&tree->document->arena, sizeof *node);
    struct ioc_tree_level *level = tree->depth ? &tree->levels[tree->depth - 1] : NULL;
    node->kind = kind;
    node->line = line;
    node->column = column;
    if (++tree->nodes > IOC_DOCUMENT_NODES && !tree->is_over) {
        ioc_tree_error(tree, line, column, "too-many-nodes", "split the file",
            "the file has over %d values", IOC_DOCUMENT_NODES);
        tree->is_over = true;
    }
    if (!level) {
        if (!tree->root)
            tree->root = node;
        return node;
    }
    node->parent = level->node;
    bool is_refused = false;
    if (level->node->kind == IOC_NODE_MAP) {
        node->key = level->key;
        node->key_line = level->key_line;
        node->key_column = level->key_column;
        is_refused = level->is_refused;
        level->has_key = level->is_refused = false;
    }
    if (is_refused)
        return node;
    if (level->last)
        level->last->next = node;
    else
        level->node->first = node;
    level->last = node;
    level->node->count++;
    return node;
}

/* Line of the key's first use in this map, or 0; remembers it. */
static uint32_t find_earlier_key(
    struct ioc_tree *tree, const struct ioc_node *map, struct ioc_text key, uint32_t line)
{
    uint64_t hash = ioc_text_hash(key) ^ ((uint64_t)map->start * 0x9e3779b97f4a7c15u);
    uint32_t at = UINT32_MAX, index;
    while ((index = ioc_table_find(&tree->keys, hash, &at)) != IOC_TABLE_NONE)
        if (tree->parents[index] == map && ioc_text_equal(tree->names[index], key))
            return tree->key_lines[index];
    uint32_t n = tree->key_count, m = tree->key_capacity;
    if (n == m) {
        uint32_t more = m ? 2 * m : 64;
        tree->parents =
            ioc_memory_grow(tree->parents, m * sizeof *tree->parents, more * sizeof *tree->parents);
        tree->names =
            ioc_memory_grow(tree->names, m * sizeof *tree->names, more * sizeof *tree->names);
        tree->key_lines = ioc_memory_grow(
            tree->key_lines, m * sizeof *tree->key_lines, more * sizeof *tree->key_lines);
        tree->key_capacity = more;
    }
    tree->parents[n] = map;
    tree->names[n] = key;
    tree->key_lines[n] = line;
    tree->key_count++;
    ioc_table_add(&tree->keys, hash, n);
    return 0;
}

static void take_key(struct ioc_tree *tree, struct ioc_tree_level *level, struct ioc_text key,
    bool is_plain, uint32_t line, uint32_t column)
{
    char shown[IOC_NODE_SHOWN];
    level->has_key = true;
    level->key = key;
    level->key_line = line;
    level->key_column = column;
    level->is_refused = true;
    uint32_t earlier;
    if (is_plain && key.length == 0)
        ioc_tree_error(tree, line, column, "empty-key", "write a name before the colon",
            "a key is missing here");
    else if (is_plain && ioc_text_equal(key, IOC_TEXT("<<")))
        ioc_tree_error(tree, line, column, "merge-key",
            "write the keys out, or use what the file offers for defaults",
            "merge keys (<<) are not read");
    else if ((earlier = find_earlier_key(tree, level->node, key, line)) != 0)
        ioc_tree_error(tree, line, column, "duplicate-key", "keep one of them",
            "'%s' stands here a second time; first on line %u", ioc_node_shown(key, shown),
            earlier);
    else
        level->is_refused = false;
}

static void place_mark(const struct ioc_tree *tree, const struct fy_mark *mark, uint32_t *line,
    uint32_t *column, uint32_t *offset)
{
    *line = tree->base_line + (uint32_t)mark->line + 1;
    *column = (uint32_t)mark->column + 1;
    *offset = tree->base + (uint32_t)mark->input_pos;
}

static void refuse_token(struct ioc_tree *tree, struct fy_token *token, uint32_t back,
    const char *code, const char *hint, const char *text)
{
    uint32_t line, column, offset;
    if (!token)
        return;
    place_mark(tree, fy_token_start_mark(token), &line, &column, &offset);
    ioc_tree_error(tree, line, column > back ? column - back : 1, code, hint, "%s", text);
}

static void refuse_extras(struct ioc_tree *tree, struct fy_token *anchor, struct fy_token *tag)
{
    refuse_token(
        tree, anchor, 1, "anchor", "write the value out in each place", "anchors (&) are not read");
    refuse_token(tree, tag, 0, "tag", "leave it out: the key decides what is expected",
        "tags (!) are not read");
}

/* libfyaml's mark is behind the opening quote, and behind the header line of a block. */
static void place_opening(struct ioc_tree *tree, struct ioc_node *node, uint32_t previous_end)
{
    const char *source = tree->document->source.data;
    if (node->style == IOC_NODE_QUOTED || node->style == IOC_NODE_DOUBLE) {
        node->start--;
        node->column--;
        node->end++;
        return;
    }
    uint32_t first = node->line - 1, last = first;
    while (last < tree->document->line_count && tree->document->lines[last] < node->end)
        tree->is_verbatim[last++] = true;
    /* At the very end of the text the mark may still be in the header line. */
    uint32_t header = first;
    if (node->start == tree->document->lines[first] && first > 0)
        header--;
    uint32_t i = tree->document->lines[header];
    if (i < previous_end)
        i = previous_end;
    while (i < node->start && source[i] != '|' && source[i] != '>')
        i++;
    node->start = i;
    ioc_document_position(tree->document, i, &node->line, &node->column);
}

static void take_scalar(struct ioc_tree *tree, struct fy_event *event)
{
    struct ioc_tree_level *level = tree->depth ? &tree->levels[tree->depth - 1] : NULL;
    bool is_key = level && level->node->kind == IOC_NODE_MAP && !level->has_key;
    struct fy_token *token = event->scalar.value;
    struct ioc_text text = {"", 0};
    uint32_t line = 0, column = 0, offset = tree->end, previous_end = tree->end, end_line,
             end_column;
    enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;
    refuse_extras(tree, event->scalar.anchor, event->scalar.tag);
    if (token) {
        size_t length = 0;
        const char *data = fy_token_get_text(token, &length);
        text = ioc_arena_copy(
            &tree->document->arena, (struct ioc_text){data ? data : "", (uint32_t)length});
        place_mark(tree, fy_token_start_mark(token), &line, &column, &offset);
        place_mark(tree, fy_token_end_mark(token), &end_line, &end_column, &tree->end);
    } else if (!is_key && level && level->node->kind == IOC_NODE_MAP) {
        line = level->key_line;
        column = level->key_column;
    } else {
        ioc_document_position(tree->document, offset, &line, &column);
    }
    if (is_key) {
        if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
            column--;
        take_key(tree, level, text, style == FYSS_PLAIN, line, column);
        return;
    }
    struct ioc_node *node = add_node(tree, IOC_NODE_SCALAR, line, column);
    node->text = text;
    node->start = offset;
    node->end = token ? tree->end : offset;
    node->style = style == FYSS_SINGLE_QUOTED   ? IOC_NODE_QUOTED
                  : style == FYSS_DOUBLE_QUOTED ? IOC_NODE_DOUBLE
                  : style == FYSS_LITERAL       ? IOC_NODE_LITERAL
                  : style == FYSS_FOLDED        ? IOC_NODE_FOLDED
                                                : IOC_NODE_PLAIN;
    if (node->style != IOC_NODE_PLAIN)
        place_opening(tree, node, previous_end);
}

static void take_opening(struct ioc_tree *tree, enum ioc_node_kind kind, struct fy_token *token)
{
    uint32_t line, column, offset;
    if (token)
        place_mark(tree, fy_token_start_mark(token), &line, &column, &offset);
    else
        ioc_document_position(tree->document, offset = tree->end, &line, &column);
    struct ioc_tree_level *level = tree->depth ? &tree->levels[tree->depth - 1] : NULL;
    bool is_key = level && level->node->kind == IOC_NODE_MAP && !level->has_key;
    if (is_key) {
        if (!level->is_key) /* said once for all that nests in it */
            ioc_tree_error(tree, line, column, "key-kind", "write a plain name before the colon",
                "a key must be a text, not a %s", kind == IOC_NODE_MAP ? "map" : "list");
        level->has_key = level->is_refused = true;
        level->key = (struct ioc_text){"", 0};
    }
    struct ioc_node *node = add_node(tree, kind, line, column);
    node->start = node->end = offset;
    tree->end = offset;
    if (tree->depth == IOC_DOCUMENT_DEPTH) {
        ioc_tree_error(tree, line, column, "too-deep", NULL,
            "maps and lists nest deeper than %d here", IOC_DOCUMENT_DEPTH);
        tree->is_over = true;
        return;
    }
    tree->levels[tree->depth++] = (struct ioc_tree_level){.node = node, .is_key = is_key};
}

static void take_closing(struct ioc_tree *tree, struct fy_token *token)
{
    uint32_t line, column;
    assert(tree->depth > 0);
    struct ioc_tree_level closed = tree->levels[--tree->depth];
    if (token)
        place_mark(tree, fy_token_end_mark(token), &line, &column, &tree->end);
    closed.node->end = tree->end;
    if (closed.is_key) { /* its value follows, and is dropped with it */
        struct ioc_tree_level *level = &tree->levels[tree->depth - 1];
        level->has_key = level->is_refused = true;
        level->key_line = closed.node->line;
        level->key_column = closed.node->column;
    }
}

static void take_alias(struct ioc_tree *tree, struct fy_token *token)
{
    uint32_t line = 1, column = 1, offset = tree->end;
    struct ioc_tree_level *level = tree->depth ? &tree->levels[tree->depth - 1] : NULL;
    refuse_token(tree, token, 1, "alias",
        "write the value out in each place; a text that starts with * needs quotes",
        "aliases (*) are not read");
    if (token)
        place_mark(tree, fy_token_start_mark(token), &line, &column, &offset);
    if (level && level->node->kind == IOC_NODE_MAP && !level->has_key) {
        level->has_key = level->is_refused = true;
        level->key_line = line;
        level->key_column = column;
        return;
    }
    struct ioc_node *node = add_node(tree, IOC_NODE_SCALAR, line, column > 1 ? column - 1 : 1);
    node->text = (struct ioc_text){"", 0};
    node->start = node->end = offset;
    node->is_broken = true;
}

static void take_document(struct ioc_tree *tree, struct fy_event *event)
{
    const struct ioc_document *document = tree->document;
    struct fy_document_state *state = event->document_start.document_state;
    if (++tree->documents > 1) {
        uint32_t line = tree->base_line + 1, column = 1, offset;
        if (event->document_start.document_start)
            place_mark(tree, fy_token_start_mark(event->document_start.document_start), &line,
                &column, &offset);
        else
            ioc_document_position(document, tree->end, &line, &column);
        ioc_tree_error(tree, line, column, "second-document", "put it into a file of its own",
            "a second document starts here");
        tree->is_over = true;
        return;
    }
    if (!state ||
        (!fy_document_state_version_explicit(state) && !fy_document_state_tags_explicit(state)))
        return;
    for (uint32_t i = tree->base_line; i < document->line_count; i++)
        if (document->lines[i] < document->source.length &&
            document->source.data[document->lines[i]] == '%') {
            ioc_tree_error(
                tree, i + 1, 1, "directive", "leave it out", "directives (%%) are not read");
            break;
        }
}

void ioc_tree_take(struct ioc_tree *tree, struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START: take_document(tree, event); break;
    case FYET_SCALAR: take_scalar(tree, event); break;
    case FYET_ALIAS: take_alias(tree, event->alias.anchor); break;
    case FYET_MAPPING_START:
        refuse_extras(tree, event->mapping_start.anchor, event->mapping_start.tag);
        take_opening(tree, IOC_NODE_MAP, event->mapping_start.mapping_start);
        break;
    case FYET_SEQUENCE_START:
        refuse_extras(tree, event->sequence_start.anchor, event->sequence_start.tag);
        take_opening(tree, IOC_NODE_LIST, event->sequence_start.sequence_start);
        break;
    case FYET_MAPPING_END: take_closing(tree, event->mapping_end.mapping_end); break;
    case FYET_SEQUENCE_END: take_closing(tree, event->sequence_end.sequence_end); break;
    default: break;
    }
}

void ioc_tree_done(struct ioc_tree *tree)
{
    ioc_table_done(&tree->keys);
    ioc_memory_give(tree->parents);
    ioc_memory_give(tree->names);
    ioc_memory_give(tree->key_lines);
}
