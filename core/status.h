#pragma once
/*
 * core/status.h — how things end, and what to tell the person who wrote the text.
 *
 * The world answers with an enum ioc_status.  Text that people wrote (city file, rule file, data
 * tables) also fills an ioc_error: where, what is wrong in one sentence, what to write instead.
 * All errors of a set are collected in ioc_errors and reported together.  Texts and hints are kept in
 * English and Vietnamese (core/message.h); who prints them says which.
 *
 * Memory   ioc_error is a value without pointers.  ioc_errors owns its items; ioc_errors_done().
 * Thread   one at a time.
 */
#include <stdarg.h>
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

enum ioc_language { IOC_VIETNAMESE, IOC_ENGLISH };

struct ioc_error {
    char file[160];
    uint32_t line, column; /* from 1; 0 = not known.  Columns count code points. */
    uint32_t end_column;   /* behind the last character of what is wrong, in the same line; 0 = not known */
    uint32_t length;       /* bytes of it in the text it was found in; 0 = not known */
    char code[32];         /* stable word for tools: "unknown-key", "no-such-field" */
    char text[320];        /* one sentence: what is wrong */
    char hint[320];        /* what to write instead; may be empty */
    char text_vi[400], hint_vi[400];
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

/* From a locale as in LANG: Vietnamese when it starts with "vi", else English.  NULL will do. */
enum ioc_language ioc_language_of(const char *locale);

/* An error without anything in it, cheaper than all its bytes. */
static inline void ioc_error_clear(struct ioc_error *err)
{
    err->file[0] = err->code[0] = err->text[0] = err->hint[0] = err->text_vi[0] = err->hint_vi[0] = err->source[0] = 0;
    err->line = err->column = err->end_column = err->length = 0;
    err->is_note = false;
}
/* Fills code and text; leaves where it happened as it is.  The format is a literal that the catalogue
 * knows (core/message.h), or "%s" of a text that it knows. */
void ioc_error_set(struct ioc_error *err, const char *code, const char *format, ...) IOC_PRINTF(3, 4);
void ioc_error_set_list(struct ioc_error *err, const char *code, const char *format, va_list arguments) IOC_PRINTF(3, 0);
void ioc_error_hint(struct ioc_error *err, const char *format, ...) IOC_PRINTF(2, 3);
void ioc_error_hint_list(struct ioc_error *err, const char *format, va_list arguments) IOC_PRINTF(2, 0);
/* Puts something before the text. */
void ioc_error_prefix(struct ioc_error *err, const char *format, ...) IOC_PRINTF(2, 3);
void ioc_error_place(struct ioc_error *err, const char *file, uint32_t line, uint32_t column);
/* Compiler style: `file:line:col: error: text`, the line, a caret, `hint: …`; "lỗi", "lưu ý" and "gợi ý" in
 * Vietnamese. */
void ioc_error_print(const struct ioc_error *err, enum ioc_language language, FILE *out);

void ioc_errors_add(struct ioc_errors *errors, const struct ioc_error *err);
/* By file, line and column. */
void ioc_errors_sort(struct ioc_errors *errors);
/* Prints all, sorted, then a line that counts them ("2 errors", "3 notes"). */
void ioc_errors_print(struct ioc_errors *errors, enum ioc_language language, FILE *out);
void ioc_errors_done(struct ioc_errors *errors);
