#pragma once
/*
 * rules/cel/lexer.h — the words of an expression, with their bytes and their decoded values.
 *
 * Memory   decoded texts lie in the caller's arena
 * Failure  a token of kind IOC_TOKEN_BAD, and the complaint says why
 * Source   github.com/google/cel-spec doc/langdef.md, Syntax
 */
#include "rules/cel/complaint.h"

enum ioc_token_kind {
    IOC_TOKEN_END,
    IOC_TOKEN_BAD,
    IOC_TOKEN_NAME,   /* text; is_reserved: only good as a field or method name */
    IOC_TOKEN_QUOTED, /* `a-b`: a field name between backticks */
    IOC_TOKEN_INT,    /* natural: the magnitude, up to 2^63 */
    IOC_TOKEN_UINT,
    IOC_TOKEN_DOUBLE,
    IOC_TOKEN_STRING,
    IOC_TOKEN_BYTES,
    IOC_TOKEN_TRUE,
    IOC_TOKEN_FALSE,
    IOC_TOKEN_NULL,
    IOC_TOKEN_IN,
    IOC_TOKEN_OPEN,      /* ( */
    IOC_TOKEN_CLOSE,     /* ) */
    IOC_TOKEN_OPEN_LIST, /* [ */
    IOC_TOKEN_CLOSE_LIST,
    IOC_TOKEN_OPEN_MAP, /* { */
    IOC_TOKEN_CLOSE_MAP,
    IOC_TOKEN_DOT,
    IOC_TOKEN_COMMA,
    IOC_TOKEN_COLON,
    IOC_TOKEN_QUESTION,
    IOC_TOKEN_NOT,
    IOC_TOKEN_MINUS,
    IOC_TOKEN_PLUS,
    IOC_TOKEN_TIMES,
    IOC_TOKEN_DIVIDE,
    IOC_TOKEN_MODULO,
    IOC_TOKEN_LESS,
    IOC_TOKEN_LESS_EQUAL,
    IOC_TOKEN_GREATER,
    IOC_TOKEN_GREATER_EQUAL,
    IOC_TOKEN_EQUAL,
    IOC_TOKEN_NOT_EQUAL,
    IOC_TOKEN_AND,
    IOC_TOKEN_OR,
};

struct ioc_token {
    enum ioc_token_kind kind;
    uint32_t offset, length;
    bool is_reserved;
    struct ioc_text text; /* names; decoded strings and bytes */
    union {
        uint64_t natural;
        double number;
    };
};

struct ioc_lexer {
    struct ioc_text source;
    uint32_t at;
    struct ioc_arena *arena;
    struct ioc_program_error *err;
    char *texts; /* decoded texts of all tokens: together never longer than the source */
    uint32_t texts_length;
};

struct ioc_token ioc_lexer_next(struct ioc_lexer *lexer);
/* Which bytes of a string token, itself as it stands in the source, decoded bytes were written with: for messages
 * about what stands in a text. */
void ioc_lexer_origin(
    struct ioc_text token, uint32_t from, uint32_t count, uint32_t *offset, uint32_t *length);
