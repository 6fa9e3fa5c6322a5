#pragma once
/*
 * core/document.h — strict YAML with file:line:column of every node (on libfyaml).
 *
 * Text must be UTF-8.  Refused with a position: anchors, aliases, tags, merge keys, duplicate keys, tabs in
 * indentation, more than one document, files over 1 MiB, depth over 32, 100,000 nodes.  Scalars are
 * texts: the reader's expected type decides, never YAML's guess.  All errors of a file that can be
 * found are reported, not only the first.
 *
 * Memory   one arena a document; nodes and texts live until ioc_document_free().
 * Thread   one at a time
 */
#include "core/arena.h"
#include "core/status.h"
#include "core/time.h"

enum ioc_node_kind { IOC_NODE_SCALAR, IOC_NODE_MAP, IOC_NODE_LIST };
enum ioc_node_style { IOC_NODE_PLAIN, IOC_NODE_QUOTED /* ' */, IOC_NODE_DOUBLE /* " */, IOC_NODE_LITERAL /* | */, IOC_NODE_FOLDED /* > */ };
struct ioc_node {
    enum ioc_node_kind kind;
    enum ioc_node_style style;
    struct ioc_text key;  /* when it stands in a map */
    struct ioc_text text; /* of a scalar; an empty plain scalar is "" */
    uint32_t line, column, key_line, key_column; /* of its first character; from 1 */
    struct ioc_node *parent, *first, *next;
    uint32_t count; /* children */
    bool is_seen;   /* set by who reads it; ioc_node_unseen() reports the rest */
};
struct ioc_document {
    struct ioc_text file, source;
    struct ioc_node *root; /* NULL when it could not be read at all */
    struct ioc_arena arena;
};

/* NULL only when the file cannot be opened or is no YAML at all; errors are added to `errors`. */
struct ioc_document *ioc_document_load(const char *path, struct ioc_errors *errors);
struct ioc_document *ioc_document_parse(struct ioc_text name, struct ioc_text source, struct ioc_errors *errors);
void ioc_document_free(struct ioc_document *document);

/* NULL when not there (or node is NULL or no map); marks it seen. */
struct ioc_node *ioc_node_find(struct ioc_node *node, const char *key);
/* Where byte `offset` of a scalar's text stands in the file: exact also inside quotes with escapes
 * and inside | and > blocks. */
void ioc_node_position(const struct ioc_document *document, const struct ioc_node *node, uint32_t offset,
    uint32_t *line, uint32_t *column);
/* Adds an error at the node (or at its key); source line filled for the caret. */
void ioc_node_error(const struct ioc_document *document, const struct ioc_node *node, struct ioc_errors *errors,
    const char *code, const char *format, ...) IOC_PRINTF(5, 6);
/* The hint of the error added last. */
void ioc_node_hint(struct ioc_errors *errors, const char *format, ...) IOC_PRINTF(2, 3);
/* Adds an error at a byte offset of the scalar's text, with its code, text and hint from `err`. */
void ioc_node_error_at(const struct ioc_document *document, const struct ioc_node *node, uint32_t offset,
    const struct ioc_error *err, struct ioc_errors *errors);
/* Adds an "unknown-key" error with a did-you-mean for each child of a map that is not in `known`
 * (NULL-terminated). */
void ioc_node_unknown(const struct ioc_document *document, const struct ioc_node *node, const char *const *known,
    struct ioc_errors *errors);

/* Readers: true and *value set; false with an error that says what is expected and shows it. */
bool ioc_node_text(const struct ioc_document *document, const struct ioc_node *node, struct ioc_text *value, struct ioc_errors *errors);
bool ioc_node_int(const struct ioc_document *document, const struct ioc_node *node, int64_t low, int64_t high, int64_t *value, struct ioc_errors *errors);
bool ioc_node_double(const struct ioc_document *document, const struct ioc_node *node, double *value, struct ioc_errors *errors);
bool ioc_node_bool(const struct ioc_document *document, const struct ioc_node *node, bool *value, struct ioc_errors *errors);
bool ioc_node_span(const struct ioc_document *document, const struct ioc_node *node, ioc_span *value, struct ioc_errors *errors);
/* "16 MiB", "500 kB", "1000000" (bytes). */
bool ioc_node_bytes(const struct ioc_document *document, const struct ioc_node *node, uint64_t *value, struct ioc_errors *errors);
/* One of a NULL-terminated list: its index; did-you-mean otherwise. */
bool ioc_node_choice(const struct ioc_document *document, const struct ioc_node *node, const char *const *choices, int *index, struct ioc_errors *errors);
