#pragma once
/*
 * core/option.h — tables of options: one table parses and checks a part of the city file, prints
 * `ioc kinds`, feeds the JSON Schema and is the manual (HOUSE.md section 5).
 *
 * Each option names a member of the plug-in's options struct by offset.  Texts are copied into the
 * arena and have a NUL behind.
 *
 * Where a file has more than a flat list of keys (maps of named things, one of two forms, lists of
 * records), its owner reads the nodes and an option only describes them: that option is a *form*.  The
 * form is the one place where keys and words stand; the owner asks it (ioc_option_find(),
 * ioc_option_unknown(), `choices`), and so do the schema and the manual.  Forms may contain themselves.
 *
 * Memory   the struct is the caller's; texts and lists live in the arena handed in
 * Thread   one at a time (load)
 */
#include "core/buffer.h"
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
    /* As NODE, and described: */
    IOC_OPTION_EXPRESSION, /* CEL over the names that its owner declares */
    IOC_OPTION_SCALAR,     /* a number, true, false, null or a text: what it looks like */
    IOC_OPTION_MEASURE,    /* a number, or one with its unit: cm(15) */
    IOC_OPTION_TABLE,      /* a map: the keys of `inside`, `also` and of the variant; others as `others` */
    IOC_OPTION_LIST,       /* low..high items of the form `inside` */
    IOC_OPTION_EITHER,     /* one of the forms `inside`, told apart by their node kinds or words */
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
struct ioc_option;
struct ioc_option_variant { /* keys that a word brings: the options of a plug-in of that kind */
    const char *name, *summary;
    const struct ioc_option *options;
};
struct ioc_option {
    const char *key; /* of a form that stands under no key of its own: what to call it, "NAME" */
    enum ioc_option_type type;
    const char *fallback; /* as it would be written in the file (for TEXTS "[a, b]"); NULL = stays as the
                             struct has it; SECRET and NODE have none */
    bool is_required;
    const char *help; /* one sentence with its unit */
    size_t offset;
    int64_t low, high;          /* INT, and items of LIST and TEXTS; both 0 = no bound */
    const char *const *choices; /* CHOICE only, NULL-terminated */
    /* For people: */
    const char *help_vi;   /* the same as `help`; NULL = not said in Vietnamese */
    const char *otherwise; /* what holds when it is left out, where no fallback says it */
    const char *example;   /* as it would be written */
    /* For forms: */
    const char *pattern; /* all of a TEXT, or of the names of `others`: ECMA 262, as in JSON Schema */
    const char *unless;  /* required, unless this key of the same map is there */
    const char *shared;  /* one name for all places where the form stands; also of its list of keys */
    const struct ioc_option *inside; /* TABLE: keys, EITHER: forms, IOC_OPTION_END behind; LIST: one form */
    const struct ioc_option *also;   /* TABLE: keys that it has in common with others */
    const struct ioc_option *others;        /* TABLE: the form of what stands under any other name, or NULL */
    const char *selector;                   /* TABLE: key whose word chooses the variant */
    bool (*variant)(uint32_t index, struct ioc_option_variant *variant); /* false = there are no more */
};
#define IOC_OPTION_END {.key = NULL}
enum { IOC_OPTION_KEYS = 256 };
struct ioc_option_keys {
    const char *names[IOC_OPTION_KEYS + 1]; /* NULL behind the last */
    uint32_t count;
};
/* The form of every SECRET. */
extern const struct ioc_option ioc_option_secret;

/* Reads the map `node` (NULL or nothing behind the colon = all defaults) into `out`; keys in `also`
 * (NULL-terminated, may be NULL) belong to somebody else and are passed over; all others are unknown-key
 * errors.  False when an error was added; `out` then holds what could be read. */
bool ioc_option_read(const struct ioc_document *document, struct ioc_node *node, const struct ioc_option *options,
    const char *const *also, void *out, struct ioc_arena *arena, struct ioc_errors *errors);
/* The table as a person reads it. */
void ioc_option_print(const struct ioc_option *options, FILE *out);
/* The option of that key in a form: of a TABLE, of the table among the forms of an EITHER, or of each item
 * of a LIST.  A key that is not there is a bug. */
const struct ioc_option *ioc_option_find(const struct ioc_option *form, const char *key);
/* The words of the CHOICE that a form is, or has among its forms. */
const char *const *ioc_option_choices(const struct ioc_option *form);
/* All keys of the form's table, without those of variants: the list that lies in *keys. */
const char *const *ioc_option_keys(const struct ioc_option *form, struct ioc_option_keys *keys);
/* Adds "unknown-key" errors for keys of a map that the form (as in ioc_option_find()) does not know.
 * `variant` is the word under its selector (NULL: none).  Keys in `also` (NULL-terminated, may be NULL) are
 * known too; a form with `others` knows every key unless `also` says which. */
void ioc_option_unknown(const struct ioc_document *document, const struct ioc_node *node,
    const struct ioc_option *form, const char *variant, const char *const *also, struct ioc_errors *errors);
/* JSON Schema (draft-07) of files that the form describes, for editors: everything that is accepted by those
 * who read the file fits it, but for numbers and truths in quotes; not everything that fits is accepted. */
void ioc_option_schema(const struct ioc_option *form, const char *title, struct ioc_buffer *json);
/* The keys of the form that is `shared` under that name, as a Markdown table for the manual; false when
 * neither `root` nor a form in it is. */
bool ioc_option_manual(const struct ioc_option *root, const char *shared, struct ioc_buffer *markdown);
/* True for a URL with user:password@ in it.  Texts and paths with one are refused when they are read
 * ("password-in-url"), without showing the line. */
bool ioc_option_has_password(struct ioc_text url);
/* Wipes a secret's bytes. */
void ioc_secret_wipe(struct ioc_secret *secret);
