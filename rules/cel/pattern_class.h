#pragma once
/*
 * rules/cel/pattern_class.h — the letters of a regular expression: escapes and classes.
 *
 * Only pattern_syntax.c and pattern_class.c read with it.
 *
 * Failure  false after a complaint; offsets are bytes of the pattern
 */
#include "rules/cel/pattern_syntax.h"

struct ioc_pattern_property { /* one that was read already: they are large, and patterns repeat them */
    struct ioc_text name;
    bool is_negated, ignores_case;
    struct ioc_letters letters;
    struct ioc_pattern_property *next;
};
struct ioc_pattern_reader {
    struct ioc_text pattern;
    uint32_t at;
    struct ioc_arena *arena;
    struct ioc_program_error *err;
    bool ignores_case, is_multiline, dot_takes_all; /* (?i) (?m) (?s) */
    enum ioc_status status;                         /* when it is not IOC_INVALID */
    struct ioc_pattern_property **properties;       /* shared by the copies of a reader */
};

/* The byte `ahead` of the reading position, 0 behind the end. */
static inline char ioc_pattern_peek(const struct ioc_pattern_reader *reader, uint32_t ahead)
{
    uint64_t at = (uint64_t)reader->at + ahead;
    return at < reader->pattern.length ? reader->pattern.data[at] : 0;
}
/* Complains; always false. */
bool ioc_pattern_refuse(struct ioc_pattern_reader *reader, uint32_t offset, uint32_t length,
    const char *format, ...) IOC_PRINTF(4, 5);
/* The next code point; false at the end, or after a complaint when it is not UTF-8. */
bool ioc_pattern_take(struct ioc_pattern_reader *reader, uint32_t *point);
/* "\" is next: \d \w \s \pL … with *is_class, or nothing read when it is another escape. */
bool ioc_pattern_class_escape(
    struct ioc_pattern_reader *reader, struct ioc_letters *letters, bool *is_class);
/* "\" is next: the one letter that the escape stands for. */
bool ioc_pattern_class_letter(struct ioc_pattern_reader *reader, uint32_t *point);
/* "[" is next. */
bool ioc_pattern_class_read(struct ioc_pattern_reader *reader, struct ioc_letters *letters);
