/*
 * core/document_position.c — places in a document: of bytes, of nodes, of bytes inside a scalar; errors there.
 *
 * A scalar's text is not its source: escapes, folded lines and indentation are gone.  To find the
 * source of a byte, source and text are walked side by side.  In | and > blocks the indentation that
 * was cut off follows from the first line that is not blank, and the number of line breaks between two
 * lines is read off the text, so that the rules of folding need not be told again here.
 */
#include "core/document.h"
#include "core/message.h"

void ioc_document_position(
    const struct ioc_document *document, uint32_t offset, uint32_t *line, uint32_t *column)
{
    uint32_t low = 0, high = document->line_count;
    *line = *column = 1;
    if (high == 0)
        return;
    if (offset > document->source.length)
        offset = document->source.length;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (document->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    *line = low + 1;
    for (uint32_t i = document->lines[low]; i < offset; i++)
        *column += ((unsigned char)document->source.data[i] & 0xc0) != 0x80;
}

/* Walks in quoted and plain scalars */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static uint32_t parse_hex(const char *digits, uint32_t count)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < count; i++) {
        char c = digits[i];
        value = value << 4 | (uint32_t)(c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* Bytes that the escape at `at` takes in the source and makes in the text. */
static uint32_t measure_escape(const char *source, uint32_t at, uint32_t end, uint32_t *made)
{
    uint32_t digits = 0;
    *made = 1;
    switch (at + 1 < end ? source[at + 1] : '\0') {
    case 'x': digits = 2; break;
    case 'u': digits = 4; break;
    case 'U': digits = 8; break;
    case 'N':
    case '_': *made = 2; return 2;
    case 'L':
    case 'P': *made = 3; return 2;
    default: return 2;
    }
    if (at + 2 + digits > end)
        return 2;
    uint32_t point = parse_hex(source + at + 2, digits);
    if (point >= 0xd800 && point < 0xdc00 && at + 12 <= end && source[at + 6] == '\\' &&
        source[at + 7] == 'u') {
        *made = 4; /* a surrogate pair, as JSON writes it */
        return 12;
    }
    *made = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    return 2 + digits;
}

static uint32_t count_breaks(const char *source, uint32_t from, uint32_t to)
{
    uint32_t count = 0;
    for (; from < to; from++)
        count += source[from] == '\n';
    return count;
}

static uint32_t find_break(const char *source, uint32_t from, uint32_t to, uint32_t index)
{
    for (; from < to; from++)
        if (source[from] == '\n' && index-- == 0)
            break;
    return from;
}

static uint32_t skip_blanks(const char *source, uint32_t at, uint32_t end)
{
    while (at < end && is_blank(source[at]))
        at++;
    return at;
}

static uint32_t walk_flow(const char *source, const struct ioc_node *node, uint32_t offset)
{
    bool is_quoted = node->style != IOC_NODE_PLAIN;
    uint32_t at = node->start + is_quoted, end = node->end - is_quoted, done = 0;
    while (at < end) {
        uint32_t next = at + 1, made = 1;
        if (is_blank(source[at])) {
            next = skip_blanks(source, at, end);
            uint32_t breaks = count_breaks(source, at, next);
            made = breaks > 1 ? breaks - 1 : breaks;
            if (breaks > 0 && offset < done + made)
                return find_break(source, at, next, offset - done);
            if (breaks == 0)
                made = next - at;
            if (breaks == 0 && offset < done + made)
                return at + (offset - done);
        } else if (node->style == IOC_NODE_DOUBLE && source[at] == '\\' && at + 1 < end &&
                   (source[at + 1] == '\n' || source[at + 1] == '\r')) {
            uint32_t line = at + (source[at + 1] == '\r' ? 3 : 2);
            next = skip_blanks(source, line, end);
            made = count_breaks(source, line, next);
            if (offset < done + made)
                return find_break(source, line, next, offset - done);
        } else {
            if (node->style == IOC_NODE_DOUBLE && source[at] == '\\')
                next = at + measure_escape(source, at, end, &made);
            else if (node->style == IOC_NODE_QUOTED && source[at] == '\'')
                next = at + 2;
            if (offset < done + made)
                return at;
        }
        done += made;
        at = next;
    }
    return end;
}

/* Walks in | and > blocks */

struct source_line {
    uint32_t start, length, next; /* without its line break; start of the next one */
};
static struct source_line take_line(const char *source, uint32_t at, uint32_t end)
{
    uint32_t stop = at;
    while (stop < end && source[stop] != '\n')
        stop++;
    struct source_line line = {at, stop - at, stop < end ? stop + 1 : end};
    if (line.length > 0 && source[stop - 1] == '\r')
        line.length--;
    return line;
}

static uint32_t count_spaces(const char *text, uint32_t length)
{
    uint32_t count = 0;
    while (count < length && text[count] == ' ')
        count++;
    return count;
}

static uint32_t find_indent(const char *source, const struct ioc_node *node, uint32_t body)
{
    struct source_line line = {.next = body};
    uint32_t spaces = 0;
    do {
        if (line.next >= node->end)
            return 0;
        line = take_line(source, line.next, node->end);
        spaces = count_spaces(source + line.start, line.length);
    } while (spaces == line.length);
    for (uint32_t i = 0, kept = 0; i < node->text.length; i++) {
        kept = node->text.data[i] == '\n' ? 0 : kept + 1;
        if (node->text.data[i] != '\n' && node->text.data[i] != ' ')
            return spaces >= kept - 1 ? spaces - (kept - 1) : 0;
    }
    return 0;
}

/* The breaks in the text at `done` that stand between two lines. */
static uint32_t count_joints(const struct ioc_node *node, uint32_t done)
{
    uint32_t count = 0;
    if (node->style == IOC_NODE_LITERAL)
        return done < node->text.length;
    if (done < node->text.length && node->text.data[done] == ' ')
        return 1;
    while (done + count < node->text.length && node->text.data[done + count] == '\n')
        count++;
    return count;
}

static uint32_t walk_block(const char *source, const struct ioc_node *node, uint32_t offset)
{
    uint32_t body = take_line(source, node->start, node->end).next, done = 0;
    uint32_t indent = find_indent(source, node, body);
    bool is_first = true;
    for (struct source_line line = {.next = body}; line.next < node->end;) {
        line = take_line(source, line.next, node->end);
        uint32_t cut = line.length < indent ? line.length : indent;
        uint32_t made = line.length - cut;
        if (node->style == IOC_NODE_FOLDED && made == 0 && !is_first)
            continue; /* its breaks were counted behind the line above */
        if (offset < done + made)
            return line.start + cut + (offset - done);
        done += made;
        uint32_t joints =
            is_first && made == 0 && node->style == IOC_NODE_FOLDED ? 1 : count_joints(node, done);
        if (offset < done + joints) {
            struct source_line broken = line;
            for (uint32_t i = offset - done; i > 0 && broken.next < node->end; i--)
                broken = take_line(source, broken.next, node->end);
            return broken.start + broken.length;
        }
        done += joints;
        is_first = is_first && made == 0;
    }
    return node->end;
}

void ioc_node_position(const struct ioc_document *document, const struct ioc_node *node,
    uint32_t offset, uint32_t *line, uint32_t *column)
{
    *line = node->line;
    *column = node->column;
    if (node->kind != IOC_NODE_SCALAR || node->start >= node->end)
        return;
    bool is_block = node->style == IOC_NODE_LITERAL || node->style == IOC_NODE_FOLDED;
    if (offset > node->text.length)
        offset = node->text.length;
    uint32_t at = is_block ? walk_block(document->source.data, node, offset)
                           : walk_flow(document->source.data, node, offset);
    ioc_document_position(document, at, line, column);
}

/* Errors */

void ioc_document_error(const struct ioc_document *document, uint32_t line, uint32_t column,
    const struct ioc_error *err, struct ioc_errors *errors)
{
    if (errors->count >= IOC_ERRORS_MOST) { /* only counted: a long line need not be copied */
        ioc_errors_add(errors, err);
        return;
    }
    struct ioc_error placed = *err;
    ioc_error_place(&placed, document->file.data, line, column);
    placed.source[0] = '\0';
    if (line > 0 && line <= document->line_count) {
        struct source_line whole =
            take_line(document->source.data, document->lines[line - 1], document->source.length);
        uint32_t length = whole.length;
        if (length >= sizeof placed.source) {
            length = sizeof placed.source - 1;
            while (length > 0 &&
                   ((unsigned char)document->source.data[whole.start + length] & 0xc0) == 0x80)
                length--;
        }
        /* A caret beyond the cut would point at nothing. */
        if (column <= length + 1) {
            memcpy(placed.source, document->source.data + whole.start, length);
            placed.source[length] = '\0';
        }
    }
    ioc_errors_add(errors, &placed);
}

/* Column of `offset` if it stands in that line behind `column`, else 0. */
static uint32_t find_end(const struct ioc_document *document, uint32_t line, uint32_t column, uint32_t offset)
{
    uint32_t end_line, end_column;
    ioc_document_position(document, offset, &end_line, &end_column);
    return end_line == line && end_column > column ? end_column : 0;
}

static uint32_t find_key_end(const struct ioc_document *document, const struct ioc_node *node)
{
    uint32_t at = document->lines[node->key_line - 1], column = 1;
    for (; at < document->source.length && column < node->key_column; at++)
        column += at + 1 < document->source.length && ((unsigned char)document->source.data[at + 1] & 0xc0) != 0x80;
    bool is_written = at + node->key.length <= document->source.length &&
                      memcmp(document->source.data + at, node->key.data, node->key.length) == 0;
    return is_written ? find_end(document, node->key_line, node->key_column, at + node->key.length) : 0;
}

static void add_formatted(const struct ioc_document *document, uint32_t line, uint32_t column, uint32_t end_column,
    struct ioc_errors *errors, const char *code, const char *format, va_list list)
{
    struct ioc_error err = {.end_column = end_column};
    ioc_error_set_list(&err, code, format, list);
    ioc_document_error(document, line, column, &err, errors);
}

void ioc_node_error(const struct ioc_document *document, const struct ioc_node *node,
    struct ioc_errors *errors, const char *code, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    uint32_t end_column = node && node->kind == IOC_NODE_SCALAR ? find_end(document, node->line, node->column, node->end) : 0;
    add_formatted(document, node ? node->line : 0, node ? node->column : 0, end_column, errors, code, format, list);
    va_end(list);
}

void ioc_node_key_error(const struct ioc_document *document, const struct ioc_node *node,
    struct ioc_errors *errors, const char *code, const char *format, ...)
{
    bool has_key = node->key_line > 0;
    va_list list;
    va_start(list, format);
    add_formatted(document, has_key ? node->key_line : node->line, has_key ? node->key_column : node->column,
        has_key ? find_key_end(document, node) : 0, errors, code, format, list);
    va_end(list);
}

void ioc_node_hint(struct ioc_errors *errors, const char *format, ...)
{
    if (errors->count == 0 || errors->omitted > 0)
        return; /* the error itself was only counted */
    va_list list;
    va_start(list, format);
    ioc_error_hint_list(&errors->items[errors->count - 1], format, list);
    va_end(list);
}

void ioc_node_hint_both(struct ioc_errors *errors, const char *english, const char *vietnamese)
{
    if (errors->count == 0 || errors->omitted > 0)
        return;
    struct ioc_error *err = &errors->items[errors->count - 1];
    ioc_message_put(err->hint, sizeof err->hint, english);
    ioc_message_put(err->hint_vi, sizeof err->hint_vi, vietnamese);
}

void ioc_node_note(struct ioc_errors *errors)
{
    if (errors->count > 0 && errors->omitted == 0)
        errors->items[errors->count - 1].is_note = true;
}

void ioc_node_hide(struct ioc_errors *errors)
{
    if (errors->count > 0 && errors->omitted == 0)
        memset(errors->items[errors->count - 1].source, 0, sizeof errors->items->source);
}

void ioc_node_error_at(const struct ioc_document *document, const struct ioc_node *node,
    uint32_t offset, const struct ioc_error *err, struct ioc_errors *errors)
{
    uint32_t line, column, end_line, end_column, end = offset + err->length;
    struct ioc_error placed = *err;
    ioc_node_position(document, node, offset, &line, &column);
    if (err->length && (end >= node->text.length || is_blank(node->text.data[end]))) {
        /* What follows may be a folded line: one behind the last character, then. */
        do
            end--;
        while (end > offset && end < node->text.length && ((unsigned char)node->text.data[end] & 0xc0) == 0x80);
        ioc_node_position(document, node, end, &end_line, &end_column);
        end_column++;
    } else {
        ioc_node_position(document, node, end, &end_line, &end_column);
    }
    placed.end_column = err->length && end_line == line && end_column > column ? end_column : 0;
    ioc_document_error(document, line, column, &placed, errors);
}
