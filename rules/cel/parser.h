#pragma once
/*
 * rules/cel/parser.h — text → syntax tree; macros become loops here, on the shape of the call.
 *
 * Memory   the tree lies in the caller's arena
 * Failure  IOC_INVALID, IOC_LIMIT (too long, too deep, too many nodes)
 * Source   github.com/google/cel-spec doc/langdef.md, Syntax and Macros
 */
#include "rules/cel/lexer.h"
#include "rules/cel/node.h"

enum {
    IOC_DEPTH_MOST = 64,
    IOC_SOURCE_MOST = 100000,
    IOC_NODES_MOST = 2000,
    IOC_NODES_STRICT = 100000
};

struct ioc_parser {
    struct ioc_lexer lexer;
    struct ioc_token token, before; /* being looked at, and the one in front of it */
    struct ioc_arena *arena;
    struct ioc_program_error *err;
    uint32_t depth, nodes, nodes_most;
    enum ioc_status status;
};

enum ioc_status ioc_parser_parse(struct ioc_text source, uint32_t nodes_most,
    struct ioc_arena *arena, struct ioc_node **tree, struct ioc_program_error *err) IOC_USE;
/* For macro.c: a node of the parse, NULL when there are too many. */
struct ioc_node *ioc_parser_node(struct ioc_parser *parser, enum ioc_node_kind kind,
    uint32_t offset, uint32_t length, uint32_t count);
