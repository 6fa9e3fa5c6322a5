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
    uint32_t line, column, key_line, key_column; /* of its first character (the quote, the | or >); from 1 */
    uint32_t start, end; /* bytes of the source, as written */
    struct ioc_node *parent, *first, *next;
    uint32_t count; /* children */
    bool is_seen;   /* set by who reads it: ioc_node_find(), the readers */
    bool is_broken; /* an error about it is out already: the readers say no more */
};
struct ioc_document {
    struct ioc_text file, source; /* without byte order mark */
    uint32_t *lines, line_count;  /* where each line starts in the source */
    struct ioc_node *root; /* NULL when the text is no YAML; other errors leave what could be read */
    struct ioc_arena arena;
};

enum { IOC_DOCUMENT_MOST = 1024 * 1024, IOC_DOCUMENT_DEPTH = 32, IOC_DOCUMENT_NODES = 100000 };

/* Never NULL; what is wrong is added to `errors`. */
struct ioc_document *ioc_document_load(const char *path, struct ioc_errors *errors);
struct ioc_document *ioc_document_parse(struct ioc_text name, struct ioc_text source, struct ioc_errors *errors);
void ioc_document_free(struct ioc_document *document);

/* NULL when not there (or node is NULL or no map); marks it seen. */
struct ioc_node *ioc_node_find(struct ioc_node *node, const char *key);
/* Where byte `offset` of the source stands. */
void ioc_document_position(const struct ioc_document *document, uint32_t offset, uint32_t *line, uint32_t *column);
/* Adds `err` (code, text, hint) at a place of the document; source line filled for the caret. */
void ioc_document_error(const struct ioc_document *document, uint32_t line, uint32_t column,
    const struct ioc_error *err, struct ioc_errors *errors);

/* Where byte `offset` of a scalar's text stands in the file: exact also inside quotes with escapes
 * and inside | and > blocks. */
void ioc_node_position(const struct ioc_document *document, const struct ioc_node *node, uint32_t offset,
    uint32_t *line, uint32_t *column);
/* Adds an error at the node; node NULL: at the file. */
void ioc_node_error(const struct ioc_document *document, const struct ioc_node *node, struct ioc_errors *errors,
    const char *code, const char *format, ...) IOC_PRINTF(5, 6);
/* The same at the key that the node stands under. */
void ioc_node_key_error(const struct ioc_document *document, const struct ioc_node *node, struct ioc_errors *errors,
    const char *code, const char *format, ...) IOC_PRINTF(5, 6);
/* The hint of the error added last. */
void ioc_node_hint(struct ioc_errors *errors, const char *format, ...) IOC_PRINTF(2, 3);
/* The same from texts that no catalogue has. */
void ioc_node_hint_both(struct ioc_errors *errors, const char *english, const char *vietnamese);
/* The error added last is but a note. */
void ioc_node_note(struct ioc_errors *errors);
/* The source line of the error added last is not shown: a secret may stand in it. */
void ioc_node_hide(struct ioc_errors *errors);
/* Adds an error at a byte offset of the scalar's text, with its code, text, hint and length from `err`. */
void ioc_node_error_at(const struct ioc_document *document, const struct ioc_node *node, uint32_t offset,
    const struct ioc_error *err, struct ioc_errors *errors);
/* Adds an "unknown-key" error with a did-you-mean for each child of a map that is not in `known`
 * (NULL-terminated). */
void ioc_node_unknown(const struct ioc_document *document, const struct ioc_node *node, const char *const *known,
    struct ioc_errors *errors);

/* The key of a map is the end of a number with a decimal comma, as in {width: 2,5}: hints at it, true. */
bool ioc_node_comma(const struct ioc_document *document, const struct ioc_node *node, struct ioc_errors *errors);

/* Text cut to fit a message: at most 60 bytes, whole code points, control characters as '?'. */
enum { IOC_NODE_SHOWN = 72 };
const char *ioc_node_shown(struct ioc_text text, char out[IOC_NODE_SHOWN]);

/* Readers: true and *value set; false with an error that says what is expected and shows it.  An empty
 * plain scalar (`key:`) is a missing value; an empty text is written "". */
bool ioc_node_text(const struct ioc_document *document, const struct ioc_node *node, struct ioc_text *value, struct ioc_errors *errors);
bool ioc_node_int(const struct ioc_document *document, const struct ioc_node *node, int64_t low, int64_t high, int64_t *value, struct ioc_errors *errors);
bool ioc_node_double(const struct ioc_document *document, const struct ioc_node *node, double *value, struct ioc_errors *errors);
bool ioc_node_bool(const struct ioc_document *document, const struct ioc_node *node, bool *value, struct ioc_errors *errors);
bool ioc_node_span(const struct ioc_document *document, const struct ioc_node *node, ioc_span *value, struct ioc_errors *errors);
/* "16 MiB", "500 kB", "1000000" (bytes). */
bool ioc_node_bytes(const struct ioc_document *document, const struct ioc_node *node, uint64_t *value, struct ioc_errors *errors);
/* One of a NULL-terminated list: its index; did-you-mean otherwise. */
bool ioc_node_choice(const struct ioc_document *document, const struct ioc_node *node, const char *const *choices, int *index, struct ioc_errors *errors);
