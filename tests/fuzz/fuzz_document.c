/*
 * tests/fuzz/fuzz_document.c — any bytes as a document; what was read has its place in the source.
 *
 * In plain, 'quoted', literal and folded texts every letter must be found in the source exactly where
 * ioc_node_position() says; in "double" ones the places must at least go forward.
 */
#include "core/document.h"
#include <stdlib.h>

static uint32_t find_byte(const struct ioc_document *document, uint32_t line, uint32_t column)
{
    uint32_t at = document->lines[line - 1];
    for (uint32_t i = 1; i < column; i++)
        at += ioc_text_character(
            (struct ioc_text){document->source.data + at, document->source.length - at});
    return at;
}

static void check_text(const struct ioc_document *document, const struct ioc_node *node)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < node->text.length && i < 4096; i++) {
        uint32_t line, column;
        unsigned char c = (unsigned char)node->text.data[i];
        if (c <= ' ' || (c & 0xc0) == 0x80)
            continue;
        ioc_node_position(document, node, i, &line, &column);
        uint32_t at = find_byte(document, line, column);
        if (at < last || at < node->start || at >= node->end)
            abort();
        if (node->style != IOC_NODE_DOUBLE && document->source.data[at] != node->text.data[i])
            abort();
        last = at;
    }
}

static void check_node(
    const struct ioc_document *document, struct ioc_node *node, struct ioc_errors *errors)
{
    static const char *const words[] = {"one", "two", NULL};
    struct ioc_text text;
    int64_t whole;
    double number;
    bool truth;
    ioc_span span;
    uint64_t bytes;
    int index;
    if (node->line < 1 || node->line > document->line_count || node->start > node->end ||
        node->end > document->source.length)
        abort();
    ioc_node_text(document, node, &text, errors);
    ioc_node_int(document, node, 0, 9, &whole, errors);
    ioc_node_double(document, node, &number, errors);
    ioc_node_bool(document, node, &truth, errors);
    ioc_node_span(document, node, &span, errors);
    ioc_node_bytes(document, node, &bytes, errors);
    ioc_node_choice(document, node, words, &index, errors);
    ioc_node_unknown(document, node, words, errors);
    if (node->kind == IOC_NODE_SCALAR)
        check_text(document, node);
    uint32_t count = 0;
    for (struct ioc_node *child = node->first; child; child = child->next, count++)
        check_node(document, child, errors);
    if (count != node->count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ioc_errors errors = {0};
    if (size > 65536)
        return 0;
    struct ioc_document *document = ioc_document_parse(
        IOC_TEXT("fuzz"), (struct ioc_text){(const char *)data, (uint32_t)size}, &errors);
    if (!document->root && errors.count == 0)
        abort();
    for (uint32_t i = 0; i < errors.count; i++)
        if (errors.items[i].line > document->line_count || errors.items[i].text[0] == '\0')
            abort();
    if (document->root)
        check_node(document, document->root, &errors);
    ioc_document_free(document);
    ioc_errors_done(&errors);
    return 0;
}
