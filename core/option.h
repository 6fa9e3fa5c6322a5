#pragma once
/*
 * core/option.h — tables of options: one table parses and checks a part of the city file, prints
 * `ioc kinds`, feeds the JSON Schema and is the manual (HOUSE.md section 5).
 *
 * Each option names a member of the plug-in's options struct by offset.  Texts are copied into the
 * arena and have a NUL behind.
 *
 * Memory   the struct is the caller's; texts and lists live in the arena handed in
 * Thread   one at a time (load)
 */
#include "core/document.h"
#include "core/zone.h"
#include <stddef.h>

enum ioc_option_type {
    IOC_OPTION_TEXT,    /* struct ioc_text */
    IOC_OPTION_BOOL,    /* bool */
    IOC_OPTION_INT,     /* int64_t, low..high */
    IOC_OPTION_DOUBLE,  /* double */
    IOC_OPTION_SPAN,    /* ioc_span */
    IOC_OPTION_BYTES,   /* uint64_t */
    IOC_OPTION_CHOICE,  /* int: index into choices */
    IOC_OPTION_PATH,    /* struct ioc_text: made absolute against the file's directory */
    IOC_OPTION_SECRET,  /* struct ioc_secret */
    IOC_OPTION_TEXTS,   /* struct ioc_option_texts: a list, or one scalar */
    IOC_OPTION_NODE,    /* struct ioc_node *: the owner reads it further */
};
struct ioc_option_texts {
    struct ioc_text *items;
    uint32_t count;
};
/* `{file: path}` or `{credential: name}` (systemd); an inline value is an error that says where to put it.
 * The file must not be readable by others.  The text is read at load, one trailing newline removed. */
struct ioc_secret {
    struct ioc_text value; /* empty = not given */
};
struct ioc_option {
    const char *key;
    enum ioc_option_type type;
    const char *fallback; /* as it would be written in the file (for TEXTS "[a, b]"); NULL = stays as the
                             struct has it; SECRET and NODE have none */
    bool is_required;
    const char *help; /* one sentence with its unit */
    size_t offset;
    int64_t low, high;          /* INT only; both 0 = no bound */
    const char *const *choices; /* CHOICE only, NULL-terminated */
};
#define IOC_OPTION_END {.key = NULL}

/* Reads the map `node` (NULL or nothing behind the colon = all defaults) into `out`; keys in `also`
 * (NULL-terminated, may be NULL) belong to somebody else and are passed over; all others are unknown-key
 * errors.  False when an error was added; `out` then holds what could be read. */
bool ioc_option_read(const struct ioc_document *document, struct ioc_node *node, const struct ioc_option *options,
    const char *const *also, void *out, struct ioc_arena *arena, struct ioc_errors *errors);
/* The table as a person reads it. */
void ioc_option_print(const struct ioc_option *options, FILE *out);
/* True for a URL with user:password@ in it.  Texts and paths with one are refused when they are read
 * ("password-in-url"), without showing the line. */
bool ioc_option_has_password(struct ioc_text url);
/* Wipes a secret's bytes. */
void ioc_secret_wipe(struct ioc_secret *secret);
