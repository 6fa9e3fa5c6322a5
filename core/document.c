/*
 * core/document.c — strict YAML into a tree of nodes with positions.
 *
 * libfyaml's event parser does the syntax and core/tree builds the nodes, so that depth and number of
 * nodes are bounded while reading, aliases are never followed, and every refusal has its place.
 *
 * libfyaml stops at the first syntax error.  To find the others the text is then cut into the parts
 * that start in the first column (the keys of the outermost map) and each is parsed alone: an open
 * quote in one part no longer swallows the parts behind it.
 */
#include "core/document.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/tree.h"
#include <assert.h>

enum { PARTS_MOST = 1000 };

static void add_error_at(
    struct ioc_tree *tree, uint32_t offset, const char *code, const char *hint, const char *text)
{
    uint32_t line, column;
    ioc_document_position(tree->document, offset, &line, &column);
    ioc_tree_error(tree, line, column, code, hint, "%s", text);
}

/* Before the parser: bytes */

static void index_lines(struct ioc_document *document)
{
    struct ioc_text source = document->source;
    uint32_t count = 1;
    for (uint32_t i = 0; i < source.length; i++)
        count += source.data[i] == '\n';
    document->lines = ioc_arena_take(&document->arena, count * sizeof *document->lines);
    document->line_count = count;
    for (uint32_t i = 0, line = 1; i < source.length; i++)
        if (source.data[i] == '\n')
            document->lines[line++] = i + 1;
}

/* Does a line begin here that cannot stand between brackets: one with `- ` or, at its very beginning, a word? */
static bool begins_outside(struct ioc_text rest)
{
    uint32_t at = 0;
    while (at < rest.length && rest.data[at] == ' ')
        at++;
    char c = at < rest.length ? rest.data[at] : 0;
    return (c == '-' && at + 1 < rest.length && rest.data[at + 1] == ' ') ||
           (at == 0 && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')));
}

/* Many brackets that are opened and not closed are too deep.  The parser would read all of it ahead before
 * it reports the first.  Those in texts and comments count as well, hence the generous bound. */
static bool check_brackets(struct ioc_tree *tree)
{
    enum { OPEN_MOST = 8 * IOC_DOCUMENT_DEPTH };
    struct ioc_text source = tree->document->source;
    for (uint32_t i = 0, open = 0; i < source.length; i++) {
        char c = source.data[i];
        if (c == '[' || c == '{')
            open++;
        else if ((c == ']' || c == '}') && open > 0)
            open--;
        else if (c == '\n' && begins_outside((struct ioc_text){source.data + i + 1, source.length - i - 1}))
            open = 0;
        if (open <= OPEN_MOST)
            continue;
        uint32_t line, column;
        ioc_document_position(tree->document, i, &line, &column);
        ioc_tree_error(tree, line, column, "too-deep", NULL, "maps and lists nest deeper than %d here",
            IOC_DOCUMENT_DEPTH);
        return false;
    }
    return true;
}

/* The first bad byte of each line; false when there is one. */
static bool check_bytes(struct ioc_tree *tree)
{
    struct ioc_text source = tree->document->source;
    bool is_good = true;
    for (uint32_t i = 0; i < source.length;) {
        unsigned char c = (unsigned char)source.data[i];
        uint32_t length =
            c < 0x80 ? 1
                     : ioc_text_character((struct ioc_text){source.data + i, source.length - i});
        bool is_control =
            (c < 0x20 && c != '\t' && c != '\n' &&
                !(c == '\r' && i + 1 < source.length && source.data[i + 1] == '\n')) ||
            c == 0x7f;
        if (length && !is_control) {
            i += length;
            continue;
        }
        if (!length)
            add_error_at(
                tree, i, "not-utf-8", "save the file as UTF-8", "the text is not UTF-8 here");
        else
            add_error_at(tree, i, "control-character",
                c == 0 ? "save the file as UTF-8 (is it UTF-16?)"
                       : "remove it, or write it as an escape in \"…\"",
                "a control character stands here");
        is_good = false;
        const char *newline = memchr(source.data + i, '\n', source.length - i);
        i = newline ? (uint32_t)(newline - source.data) : source.length;
    }
    return is_good;
}

/* After the parser: tabs that indent.  libfyaml lets some of them pass. */
static void check_tabs(struct ioc_tree *tree, bool is_whole)
{
    const struct ioc_document *document = tree->document;
    for (uint32_t line = 0; line < document->line_count; line++) {
        uint32_t i = document->lines[line], end = document->source.length, tab = UINT32_MAX;
        for (; i < end && (document->source.data[i] == ' ' || document->source.data[i] == '\t');
             i++)
            if (document->source.data[i] == '\t' && tab == UINT32_MAX)
                tab = i;
        /* Where a part could not be parsed its blocks are not known; a tab in the first column is
         * wrong in any case. */
        if (tab == UINT32_MAX || i == end || document->source.data[i] == '\n' ||
            document->source.data[i] == '\r' || tree->is_verbatim[line] ||
            (!is_whole && tab != document->lines[line]))
            continue;
        bool is_known = false;
        for (uint32_t e = 0; e < tree->errors->count && !is_known; e++)
            is_known = tree->errors->items[e].line == line + 1 &&
                       strcmp(tree->errors->items[e].code, "tab") == 0;
        if (!is_known)
            add_error_at(tree, tab, "tab", "indent with spaces", "a tab indents this line");
    }
}

/* The parser */

static void discard_output(struct fy_diag *diag, void *user, const char *text, size_t length) {}

/* What libfyaml says, what we say, and what to do about it. */
static const struct {
    const char *part, *text, *hint;
} faults[] = {
    {"expected ':'", "a key without a colon", "write `key: value`, with a blank behind the colon"},
    {"nested block mapping", "a second `key:` in the same line",
        "a text with `: ` in it needs quotes: \"…\"; an inner key stands on a line of its own"},
    {"multiline plain key", "a `key:` goes over several lines",
        "the next line is indented deeper than this one: check the indentation, or quote the value"},
    {"cannot start with", "a value cannot begin with this character", "put the value in quotes"},
    {"wrongly indented", "the line is wrongly indented",
        "check the indentation; what goes on over several lines stands deeper than its key"},
    {"invalid indentation", "the line is wrongly indented", "check the indentation: it fits to no line above"},
    {"invalid escape", "there is no such escape in \"…\"", "write \\\\ for a backslash, or use '…' instead of \"…\""},
    {"without closing quote", "the quote is never closed", "close the quote"},
    {"trailing content", "something stands behind the closing quote",
        "inside '…' a quote is written twice: ''; or put \"…\" around the whole value"},
    {"block sequence on the same line", "a list begins in the line of its key",
        "put the `-` on a line of its own; a value that starts with - needs quotes"},
    {"invalid value after mapping", "a value stands where a key is expected",
        "check the indentation: it fits to no line above"},
    {"node content", "a value is missing", "a list item is empty, or the indentation fits to no line above"},
    {"extra closing", "a bracket is closed that was never opened", "a value that starts with } or ] needs quotes"},
    {"without a closing", "the bracket is never closed",
        "close the bracket; inside brackets texts with [ ] { } , need quotes"},
    {"missing comma", "a comma is missing",
        "put a comma between the items; inside brackets texts with [ ] { } , need quotes"},
    {"missing document start", "the line belongs to nothing above it",
        "a file is one map or one list: check the indentation of this line"},
};

/* Column of the first tab in what indents the line; the parser has seen it only behind it. */
static uint32_t find_tab(const struct ioc_document *document, uint32_t line, uint32_t column)
{
    uint32_t start = document->lines[line - 1];
    for (uint32_t i = start; i < document->source.length && i - start < column; i++) {
        if (document->source.data[i] == '\t')
            return i - start + 1;
        if (document->source.data[i] != ' ')
            break;
    }
    return column;
}

static void report_syntax(struct ioc_tree *tree, struct fy_diag *diag)
{
    const struct ioc_document *document = tree->document;
    uint32_t before = tree->errors->count;
    void *at = NULL;
    for (struct fy_diag_error *found; (found = fy_diag_errors_iterate(diag, &at));) {
        uint32_t line = tree->base_line + (uint32_t)(found->line > 0 ? found->line : 1);
        uint32_t column = (uint32_t)(found->column > 0 ? found->column : 1);
        const char *text = found->msg, *ours = NULL, *hint = NULL;
        if (found->type != FYET_ERROR || !text || text[0] == '\0')
            continue;
        if (line > document->line_count) /* the end of a text without a last line break */
            ioc_document_position(document, document->source.length, &line, &column);
        for (size_t i = 0; i < sizeof faults / sizeof *faults && !ours; i++)
            if (strstr(text, faults[i].part)) {
                ours = faults[i].text;
                hint = faults[i].hint;
            }
        /* The parser notices at the end of the file; the person wants the bracket. */
        if (strstr(text, "without a closing"))
            for (uint32_t i = tree->depth; i-- > 0;) {
                const struct ioc_node *open = tree->levels[i].node;
                if (document->source.data[open->start] != '[' &&
                    document->source.data[open->start] != '{')
                    continue;
                line = open->line;
                column = open->column;
                break;
            }
        if (strstr(text, " tab ") || strncmp(text, "tab ", 4) == 0)
            ioc_tree_error(tree, line, find_tab(document, line, column), "tab", "indent with spaces",
                "a tab indents this line");
        else if (ours)
            ioc_tree_error(tree, line, column, "syntax", hint, "%s", ours);
        else
            ioc_tree_error(tree, line, column, "syntax", NULL, "this is not YAML: %s", text);
    }
    if (tree->errors->count == before)
        ioc_tree_error(tree, tree->base_line + 1, 1, "syntax", NULL, "this is not YAML");
}

/* False on a syntax error. */
static bool parse_part(struct ioc_tree *tree, struct ioc_text part)
{
    struct fy_diag_cfg quiet;
    fy_diag_cfg_default(&quiet);
    quiet.fp = NULL;
    quiet.output_fn = discard_output;
    struct fy_diag *diag = fy_diag_create(&quiet);
    assert(diag);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg how = {
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
        .diag = diag,
    };
    struct fy_parser *parser = fy_parser_create(&how);
    assert(parser);
    bool is_good = fy_parser_set_string(parser, part.data, part.length) == 0;
    struct fy_event *event;
    while (is_good && !tree->is_over && (event = fy_parser_parse(parser))) {
        ioc_tree_take(tree, event);
        fy_parser_event_free(parser, event);
    }
    is_good = is_good && (tree->is_over || !fy_parser_get_stream_error(parser));
    if (!is_good)
        report_syntax(tree, diag);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return is_good;
}

static bool starts_part(const struct ioc_document *document, uint32_t line)
{
    uint32_t at = document->lines[line];
    return at < document->source.length && !strchr(" \t\r\n#]}", document->source.data[at]);
}

/* After a syntax error: each part alone, into a tree that is thrown away.  True when it told more. */
static bool parse_parts(struct ioc_document *document, bool *is_verbatim, struct ioc_errors *errors)
{
    uint32_t count = 0;
    bool is_told = false;
    for (uint32_t line = 0; line < document->line_count; line++)
        count += starts_part(document, line);
    if (count < 2 || count > PARTS_MOST)
        return false;
    for (uint32_t line = 0; line < document->line_count;) {
        uint32_t next = line + 1;
        while (next < document->line_count && !starts_part(document, next))
            next++;
        uint32_t start = document->lines[line];
        uint32_t end =
            next < document->line_count ? document->lines[next] : document->source.length;
        struct ioc_tree tree = {.document = document,
            .errors = errors,
            .is_verbatim = is_verbatim,
            .base = start,
            .end = start,
            .base_line = line};
        if (!parse_part(&tree, (struct ioc_text){document->source.data + start, end - start}))
            is_told = true;
        ioc_tree_done(&tree);
        line = next;
    }
    return is_told;
}

static void move_errors(struct ioc_errors *from, struct ioc_errors *to)
{
    for (uint32_t i = 0; i < from->count; i++)
        ioc_errors_add(to, &from->items[i]);
    to->omitted += from->omitted;
    ioc_errors_done(from);
}

static void parse_all(struct ioc_document *document, struct ioc_errors *errors)
{
    struct ioc_errors whole = {0}, parts = {0};
    struct ioc_tree tree = {.document = document, .errors = &whole};
    tree.is_verbatim =
        ioc_arena_take(&document->arena, document->line_count * sizeof *tree.is_verbatim);
    bool is_good = false;
    if (check_bytes(&tree) && check_brackets(&tree)) {
        is_good = parse_part(&tree, document->source);
        if (!is_good && parse_parts(document, tree.is_verbatim, &parts)) {
            ioc_errors_done(&whole);
            whole = parts;
            parts = (struct ioc_errors){0};
        }
        check_tabs(&tree, is_good);
        if (is_good && !tree.is_over)
            document->root = tree.root;
        if (is_good && !tree.root && whole.count == 0)
            ioc_tree_error(&tree, 1, 1, "empty-file", NULL, "the file says nothing");
    }
    ioc_tree_done(&tree);
    ioc_errors_done(&parts);
    move_errors(&whole, errors);
}

static void parse_source(
    struct ioc_document *document, struct ioc_text source, struct ioc_errors *errors)
{
    if (ioc_text_starts(source, IOC_TEXT("\xef\xbb\xbf"))) {
        source.data += 3;
        source.length -= 3;
    }
    document->source = source;
    index_lines(document);
    parse_all(document, errors);
}

struct ioc_document *ioc_document_load(const char *path, struct ioc_errors *errors)
{
    struct ioc_document *document = ioc_memory_take(sizeof *document);
    struct ioc_error err = {0};
    struct ioc_text source;
    document->file = ioc_arena_copy(&document->arena, ioc_text_of(path));
    document->source = (struct ioc_text){"", 0};
    if (ioc_file_read(path, IOC_DOCUMENT_MOST, false, &document->arena, &source, &err) == IOC_OK)
        parse_source(document, source, errors);
    else
        ioc_errors_add(errors, &err);
    return document;
}

struct ioc_document *ioc_document_parse(
    struct ioc_text name, struct ioc_text source, struct ioc_errors *errors)
{
    struct ioc_document *document = ioc_memory_take(sizeof *document);
    document->file = ioc_arena_copy(&document->arena, name);
    document->source = (struct ioc_text){"", 0};
    if (source.length <= IOC_DOCUMENT_MOST) {
        parse_source(document, ioc_arena_copy(&document->arena, source), errors);
        return document;
    }
    struct ioc_error err = {0};
    ioc_error_place(&err, document->file.data, 0, 0);
    ioc_error_set(&err, "file-too-long", "the text has %u bytes; at most %d are read",
        source.length, IOC_DOCUMENT_MOST);
    ioc_errors_add(errors, &err);
    return document;
}

void ioc_document_free(struct ioc_document *document)
{
    if (!document)
        return;
    ioc_arena_done(&document->arena);
    ioc_memory_give(document);
}
