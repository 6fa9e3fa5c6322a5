#pragma once
/*
 * rules/cel/builtin.h — every operator and function with its signatures: the libraries of the language.
 *
 * The checker takes the types from a row, the compiler the instruction, the machine the function, and
 * `ioc kinds` and the manual print it.  A row is one overload; overloads of one name stand together
 * within a library, and a later library may add some to a name of an earlier one.
 *
 * Types in `takes` and `gives`: n null, b bool, i int, u uint, d double, s string, y bytes,
 * t timestamp, r duration, p point, z a time zone (a string), e a regular expression (a string), # type,
 * j IP address, k CIDR range, g the city's areas, * dyn, A B variables, and of one of these types: [A] list,
 * {AB} map, ?A optional.
 */
#include "rules/cel/opcode.h"
#include "rules/cel/scratch.h"

/* Arguments as they stand in registers; writes *out only when there is no fault. */
typedef enum ioc_fault (*ioc_builtin_run)(
    struct ioc_scratch *scratch, const struct ioc_boxed *arguments, struct ioc_boxed *out);

enum {
    IOC_BUILTIN_FUNCTION = 1, /* f(x) */
    IOC_BUILTIN_METHOD = 2,   /* x.f() */
    IOC_BUILTIN_LOOSE = 4,    /* only where numbers of different types may be compared */
    IOC_BUILTIN_SWAPS = 8,    /* the instruction takes its operands the other way round */
    IOC_BUILTIN_INDEXED = 16, /* the rule index can use it */
    IOC_BUILTIN_MANY = 32,    /* takes one list: more arguments than any overload has come as that list */
};
struct ioc_builtin {
    const char *name; /* operators as the parser calls them: "_+_" */
    const char *takes, *gives;
    uint8_t style;
    uint8_t op; /* an instruction for exactly these types, or IOC_OP_CALL */
    ioc_builtin_run run;
    const char *help;    /* what it gives, with its unit; one phrase */
    const char *errors;  /* when it fails; NULL = never, or as the help says */
    const char *example; /* an expression that is true; NULL = the first overload of the name has it */
};
struct ioc_library {
    const char *name, *summary;
    const struct ioc_builtin *rows;
    uint32_t count;
};
enum { IOC_LIBRARY_ROWS = 1024 }; /* at most, each */
extern const struct ioc_library *const ioc_libraries[]; /* NULL-terminated: libraries.c */

/* An overload is known by a number below 65,536. */
static inline const struct ioc_builtin *ioc_builtin_at(uint32_t index)
{
    return &ioc_libraries[index / IOC_LIBRARY_ROWS]->rows[index % IOC_LIBRARY_ROWS];
}
/* First overload of that name, in either style; -1 = none. */
int ioc_builtin_find(struct ioc_text name);
/* The next one of the same name, or -1. */
int ioc_builtin_next(int index);
uint32_t ioc_builtin_arity(const struct ioc_builtin *builtin);
/* Steps over one type of a signature: *kind is a kind of value, 'A' or 'B' for a variable. */
const char *ioc_builtin_param(const char *signature, uint32_t *kind);
/* The overload that takes these values, or -1. */
int ioc_builtin_match(
    uint32_t first, bool is_method, const struct ioc_boxed *arguments, uint32_t count);
/* Did you mean?  Operators are no candidates; empty = nothing near. */
struct ioc_text ioc_builtin_nearest(struct ioc_text name);

/* The libraries name them; they stand with their kin. */
#define IOC_BUILTIN_RUN(name)                                                                      \
    enum ioc_fault name(                                                                           \
        struct ioc_scratch *scratch, const struct ioc_boxed *arguments, struct ioc_boxed *out)
/* operator.c */
IOC_BUILTIN_RUN(ioc_operator_add);
IOC_BUILTIN_RUN(ioc_operator_subtract);
IOC_BUILTIN_RUN(ioc_operator_multiply);
IOC_BUILTIN_RUN(ioc_operator_divide);
IOC_BUILTIN_RUN(ioc_operator_modulo);
IOC_BUILTIN_RUN(ioc_operator_negate);
IOC_BUILTIN_RUN(ioc_operator_not);
IOC_BUILTIN_RUN(ioc_operator_equal);
IOC_BUILTIN_RUN(ioc_operator_differ);
IOC_BUILTIN_RUN(ioc_operator_less);
IOC_BUILTIN_RUN(ioc_operator_atmost);
IOC_BUILTIN_RUN(ioc_operator_greater);
IOC_BUILTIN_RUN(ioc_operator_atleast);
IOC_BUILTIN_RUN(ioc_operator_in);
/* conversion.c */
IOC_BUILTIN_RUN(ioc_conversion_int);
IOC_BUILTIN_RUN(ioc_conversion_uint);
IOC_BUILTIN_RUN(ioc_conversion_double);
IOC_BUILTIN_RUN(ioc_conversion_string);
IOC_BUILTIN_RUN(ioc_conversion_bytes);
IOC_BUILTIN_RUN(ioc_conversion_bool);
IOC_BUILTIN_RUN(ioc_conversion_timestamp);
IOC_BUILTIN_RUN(ioc_conversion_duration);
IOC_BUILTIN_RUN(ioc_conversion_dyn);
IOC_BUILTIN_RUN(ioc_conversion_type);
