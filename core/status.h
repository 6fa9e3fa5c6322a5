#pragma once
/*
 * core/status.h — how things end, and what to tell the person who wrote the text.
 *
 * The world answers with an enum ioc_status.  Text that people wrote (city file, rule file, data
 * tables) also fills an ioc_error: where, what is wrong in one sentence, what to write instead.
 * All errors of a set are collected in ioc_errors and reported together.
 *
 * Memory   ioc_error is a value without pointers.  ioc_errors owns its items; ioc_errors_done().
 * Thread   one at a time.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum ioc_status {
    IOC_OK = 0,
    IOC_INVALID,   /* malformed: the bytes or the text are wrong */
    IOC_NOT_FOUND, /* nothing of that name, key or path */
    IOC_FULL,      /* a bounded queue or table has no room; nothing has changed */
    IOC_LATE,      /* too old to place */
    IOC_LIMIT,     /* longer, deeper or more than the stated bound */
    IOC_DENIED,    /* not allowed: identity, permission, signature */
    IOC_CLOSED,    /* the other side is gone */
    IOC_FAILED,    /* the system refused: file, socket, disk */
};

#define IOC_USE __attribute__((warn_unused_result))
#define IOC_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))

struct ioc_error {
    char file[160];
    uint32_t line, column; /* from 1; 0 = not known.  Columns count code points. */
    char code[32];         /* stable word for tools: "unknown-key", "no-such-field" */
    char text[320];        /* one sentence: what is wrong */
    char hint[320];        /* what to write instead; may be empty */
    bool is_note;          /* a lint: worth knowing, nothing is refused */
    char source[200];      /* the line it stands in, for the caret; may be empty */
};

struct ioc_errors {
    struct ioc_error *items;
    uint32_t count, capacity;
    uint32_t omitted; /* beyond IOC_ERRORS_MOST, counted only */
};
enum { IOC_ERRORS_MOST = 200 };

/* Short English word for a status: "ok", "invalid", … */
const char *ioc_status_text(enum ioc_status status);

/* Fills code and text; leaves where it happened as it is. */
void ioc_error_set(struct ioc_error *err, const char *code, const char *format, ...) IOC_PRINTF(3, 4);
void ioc_error_hint(struct ioc_error *err, const char *format, ...) IOC_PRINTF(2, 3);
void ioc_error_place(struct ioc_error *err, const char *file, uint32_t line, uint32_t column);
/* Compiler style: `file:line:col: error: text`, the line, a caret, `hint: …`. */
void ioc_error_print(const struct ioc_error *err, FILE *out);

void ioc_errors_add(struct ioc_errors *errors, const struct ioc_error *err);
/* Prints all, sorted by file and line, then a line that counts them. */
void ioc_errors_print(struct ioc_errors *errors, FILE *out);
void ioc_errors_done(struct ioc_errors *errors);
