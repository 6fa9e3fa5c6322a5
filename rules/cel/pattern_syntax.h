#pragma once
/*
 * rules/cel/pattern_syntax.h — reads a regular expression as RE2 does, into a tree.
 *
 * Accepts what RE2 accepts with its default options, but \C (one byte of a letter).  Groups, their
 * names and greediness leave no trace: only whether a text matches is ever asked.
 *
 * Memory   in the arena
 * Failure  IOC_INVALID, IOC_LIMIT (nested more than IOC_PATTERN_DEPTH deep); offset and length of the complaint are
 *          bytes of the pattern
 * Source   github.com/google/re2/wiki/Syntax; limits of repetitions as in RE2's parse.cc
 */
#include "rules/cel/complaint.h"
#include "rules/cel/letters.h"

enum { IOC_PATTERN_DEPTH = 64, IOC_PATTERN_TIMES = 1000 };
#define IOC_PATTERN_ENDLESS UINT32_MAX

enum ioc_pattern_part {
    IOC_PATTERN_EMPTY,      /* the empty text */
    IOC_PATTERN_NEVER,      /* nothing at all */
    IOC_PATTERN_LETTERS,    /* one code point of `letters` */
    IOC_PATTERN_BEGIN,      /* \A */
    IOC_PATTERN_END,        /* \z */
    IOC_PATTERN_LINE_BEGIN, /* (?m)^ */
    IOC_PATTERN_LINE_END,
    IOC_PATTERN_EDGE,    /* \b, between word and other letters of ASCII */
    IOC_PATTERN_NO_EDGE, /* \B */
    IOC_PATTERN_JOIN,    /* its items, one behind the other */
    IOC_PATTERN_CHOICE,  /* one of its items */
    IOC_PATTERN_REPEAT,  /* items[0], least … most times */
};
struct ioc_pattern_node {
    enum ioc_pattern_part part;
    uint32_t offset, length; /* bytes of the pattern */
    uint32_t least, most;    /* REPEAT; most may be IOC_PATTERN_ENDLESS */
    uint32_t weight;         /* greatest product of nested counts */
    bool may_take, must_take; /* some, every match of it has letters; set by pattern_form.c */
    struct ioc_letters *letters;
    struct ioc_pattern_node **items;
    uint32_t count, capacity;
};

enum ioc_status ioc_pattern_syntax_read(struct ioc_text pattern, struct ioc_arena *arena,
    struct ioc_pattern_node **tree, struct ioc_program_error *err) IOC_USE;
/* For those who make nodes. */
struct ioc_pattern_node *ioc_pattern_syntax_node(
    struct ioc_arena *arena, enum ioc_pattern_part part, uint32_t offset, uint32_t length);
void ioc_pattern_syntax_append(
    struct ioc_arena *arena, struct ioc_pattern_node *node, struct ioc_pattern_node *item);
