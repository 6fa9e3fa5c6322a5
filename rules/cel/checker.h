#pragma once
/*
 * rules/cel/checker.h — gives every node its static type and every name its meaning.
 *
 * An unchecked expression passes through here too: what does not fit is then left to the values, as
 * the language demands, and an unknown name becomes an error when it is reached.
 *
 * Memory   in the arena of the compilation
 * Failure  IOC_INVALID with the complaint at the exact token
 */
#include "rules/cel/node.h"
#include "rules/cel/shape.h"

/* A function that is only declared: calls are checked and fail when they run. */
struct ioc_declaration {
    struct ioc_text name;
    struct ioc_text params[4],
        result; /* as ioc_shape_parse(); one capital letter is a type variable */
    uint32_t count;
    bool is_method;
};
struct ioc_order { /* of the outermost && or || */
    struct ioc_arena *arena;
    bool is_or;
    uint32_t count;
    struct {
        uint32_t from, to; /* bytes of the source */
        double steps;
    } * items;
};
/* What an expression may speak of: the public scope, and what only conformance tests need. */
struct ioc_environment {
    const struct ioc_scope *scope;
    struct ioc_text container; /* "com.example": names are looked up in it first */
    const struct ioc_text
        *types; /* as ioc_shape_parse(), one a variable; NULL = the types of their fields */
    const struct ioc_declaration *declarations;
    uint32_t declarations_count;
    bool is_unchecked;
    bool defers_constants; /* a constant zone or format text that is wrong fails when it runs, as CEL has it */
    bool keeps_order; /* operands of && and || are tried as written: for a test */
    bool drops_shape; /* ioc_program_shape() is not wanted */
    struct ioc_order *order; /* how the outermost operands are tried goes here, or NULL */
};

enum { IOC_NOTES_MOST = 8, IOC_BLOCK_MOST = 64, IOC_LOOPS_MOST = 4 /* in each other, but under strict */ };
struct ioc_local { /* a variable of a loop */
    struct ioc_text name;
    uint32_t number;
    const struct ioc_shape *shape;
    const struct ioc_measure *measure;
};
struct ioc_checker {
    const struct ioc_environment *environment;
    struct ioc_arena *arena;
    struct ioc_program_error *err;
    struct ioc_shapes shapes;
    struct ioc_local locals[2 * 80 + IOC_BLOCK_MOST]; /* two a loop, loops nest 64 deep; slots of blocks */
    uint32_t locals_count, locals_made;
    uint32_t slots, loops; /* of all blocks, and loops, around this place */
    struct ioc_program_error *notes; /* at most IOC_NOTES_MOST; ioc_checker_note() */
    uint32_t notes_count;
};

/* A lint at these bytes; write its text and hint into what is returned, NULL when there are too many. */
struct ioc_error *ioc_checker_note(struct ioc_checker *checker, uint32_t offset, uint32_t length);

/* `outer` of a node from that of its operands: once more when one has become a constant. */
void ioc_checker_find_outer(struct ioc_node *node);
/* For its other files: a part of the tree. */
bool ioc_checker_visit(struct ioc_checker *checker, struct ioc_node *node);
/* Operands that must be conditions; unchecked ones are judged when they run. */
bool ioc_checker_expect_bool(struct ioc_checker *checker, const struct ioc_node *node);
/* Selections from an optional look into it, and what they give is an optional again. */
const struct ioc_shape *ioc_checker_look_inside(
    struct ioc_checker *checker, const struct ioc_node *node, bool *is_optional);
enum ioc_status ioc_checker_check(struct ioc_checker *checker, struct ioc_node *tree) IOC_USE;
