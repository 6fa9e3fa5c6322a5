#pragma once
/*
 * core/tree.h — libfyaml's events into the nodes of a document (inside of core/document).
 *
 * Depth and number of nodes are bounded while reading; anchors, aliases, tags, merge keys, duplicate
 * keys, directives and further documents become errors with their place.
 *
 * Memory   nodes and texts in the document's arena; {0} with document, errors and is_verbatim set is
 *          a beginning, ioc_tree_done() the end
 * Thread   one at a time
 */
#include "core/document.h"
#include "core/table.h"
#include <libfyaml.h>

struct ioc_tree_level { /* a map or list that is open */
    struct ioc_node *node, *last;
    bool has_key;    /* a key waits for its value … */
    bool is_refused; /* … which is dropped with it */
    bool is_key;     /* the node is itself a key */
    struct ioc_text key;
    uint32_t key_line, key_column;
};
struct ioc_tree {
    struct ioc_document *document;
    struct ioc_errors *errors;
    uint32_t base, base_line; /* where the text that is parsed starts in the document */
    bool *is_verbatim;        /* by line: inside a | or > block */
    struct ioc_node *root;
    bool is_over; /* a bound is passed: stop */
    struct ioc_tree_level levels[IOC_DOCUMENT_DEPTH];
    uint32_t depth, nodes, documents, end; /* end: of the last token */
    struct ioc_table keys; /* over all maps: (map, name) → index of the following */
    const struct ioc_node **parents;
    struct ioc_text *names;
    uint32_t *key_lines, key_count, key_capacity;
};

void ioc_tree_take(struct ioc_tree *tree, struct fy_event *event);
void ioc_tree_done(struct ioc_tree *tree);
void ioc_tree_error(struct ioc_tree *tree, uint32_t line, uint32_t column, const char *code,
    const char *hint, const char *format, ...) IOC_PRINTF(6, 7);
