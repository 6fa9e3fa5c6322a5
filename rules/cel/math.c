/*
 * rules/cel/math.c — the math library: greatest and least, rounding, signs, bits.
 *
 * Source   github.com/google/cel-go ext/math.go
 *
 * Numbers of different types are compared on one line and keep their own type; of equal ones the first
 * is given.  NaN has no place on that line, so it is refused as soon as it is compared.
 */
#include "rules/cel/builtin.h"
#include "rules/cel/number.h"
#include <math.h>

/* Is the second one further to the wanted side (-1 = less, 1 = greater)? */
static enum ioc_fault choose(
    const struct ioc_boxed *first, const struct ioc_boxed *second, int side, struct ioc_boxed *out)
{
    if (!ioc_boxed_is_number(first) || !ioc_boxed_is_number(second))
        return IOC_FAULT_OVERLOAD;
    int order = ioc_number_order(second, first);
    if (order == IOC_ORDER_NONE)
        return IOC_FAULT_NAN;
    struct ioc_boxed chosen = order == side ? *second : *first;
    *out = chosen;
    return IOC_FAULT_NONE;
}

static enum ioc_fault choose_item(
    struct ioc_scratch *scratch, const struct ioc_boxed *list, int side, struct ioc_boxed *out)
{
    if (list->count == 0)
        return IOC_FAULT_EMPTY;
    if (!ioc_scratch_spend(scratch, list->count))
        return scratch->trouble;
    struct ioc_boxed best = ioc_boxed_item(scratch, list, 0);
    if (!ioc_boxed_is_number(&best))
        return IOC_FAULT_OVERLOAD;
    for (uint32_t i = 1; i < list->count; i++) {
        struct ioc_boxed item = ioc_boxed_item(scratch, list, i);
        enum ioc_fault fault = choose(&best, &item, side, &best);
        if (fault)
            return fault;
    }
    *out = best;
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_same)
{
    *out = arguments[0];
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_greatest)
{
    return choose(&arguments[0], &arguments[1], 1, out);
}

static IOC_BUILTIN_RUN(run_least)
{
    return choose(&arguments[0], &arguments[1], -1, out);
}

static IOC_BUILTIN_RUN(run_greatest_item)
{
    return choose_item(scratch, &arguments[0], 1, out);
}

static IOC_BUILTIN_RUN(run_least_item)
{
    return choose_item(scratch, &arguments[0], -1, out);
}

#define OF_DOUBLE(name, boxed, value)          \
    static IOC_BUILTIN_RUN(name)               \
    {                                          \
        double number = arguments[0].number;   \
        *out = boxed(value);                   \
        return IOC_FAULT_NONE;                 \
    }
OF_DOUBLE(run_ceil, ioc_boxed_double, ceil(number))
OF_DOUBLE(run_floor, ioc_boxed_double, floor(number))
OF_DOUBLE(run_round, ioc_boxed_double, round(number)) /* halves go away from zero */
OF_DOUBLE(run_trunc, ioc_boxed_double, trunc(number))
OF_DOUBLE(run_is_infinite, ioc_boxed_bool, isinf(number) != 0)
OF_DOUBLE(run_is_nan, ioc_boxed_bool, isnan(number) != 0)
OF_DOUBLE(run_is_finite, ioc_boxed_bool, isfinite(number) != 0)

static double double_of(const struct ioc_boxed *value)
{
    switch (value->type) {
    case IOC_INT: return (double)value->integer;
    case IOC_UINT: return (double)value->natural;
    default: return value->number;
    }
}

static IOC_BUILTIN_RUN(run_root)
{
    double number = double_of(&arguments[0]);
    *out = ioc_boxed_double(number < 0 ? NAN : sqrt(number));
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_abs)
{
    struct ioc_boxed value = arguments[0];
    if (value.type == IOC_DOUBLE) {
        value.number = fabs(value.number);
    } else if (value.type == IOC_INT && value.integer < 0) {
        if (value.integer == INT64_MIN)
            return IOC_FAULT_OVERFLOW;
        value.integer = -value.integer;
    }
    *out = value;
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_sign)
{
    struct ioc_boxed value = arguments[0];
    if (value.type == IOC_INT)
        value.integer = (value.integer > 0) - (value.integer < 0);
    else if (value.type == IOC_UINT)
        value.natural = value.natural > 0;
    else if (!isnan(value.number))
        value.number = (double)((value.number > 0) - (value.number < 0));
    *out = value;
    return IOC_FAULT_NONE;
}

/* Bits are those of the two's complement; the type stays that of the first argument. */
#define OF_BITS(name, value)                                                            \
    static IOC_BUILTIN_RUN(name)                                                        \
    {                                                                                   \
        uint64_t a = arguments[0].natural, b = arguments[1].natural;                    \
        *out = (struct ioc_boxed){.natural = (value), .type = arguments[0].type};       \
        return IOC_FAULT_NONE;                                                          \
    }
OF_BITS(run_and, a &b)
OF_BITS(run_or, a | b)
OF_BITS(run_xor, a ^ b)

static IOC_BUILTIN_RUN(run_not)
{
    *out = (struct ioc_boxed){.natural = ~arguments[0].natural, .type = arguments[0].type};
    return IOC_FAULT_NONE;
}

static enum ioc_fault shift(const struct ioc_boxed *arguments, bool is_left, struct ioc_boxed *out)
{
    int64_t by = arguments[1].integer;
    uint64_t bits = arguments[0].natural;
    if (by < 0)
        return IOC_FAULT_SHIFT;
    if (by >= 64)
        bits = 0;
    else
        bits = is_left ? bits << by : bits >> by;
    *out = (struct ioc_boxed){.natural = bits, .type = arguments[0].type};
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_shift_left)
{
    return shift(arguments, true, out);
}

static IOC_BUILTIN_RUN(run_shift_right)
{
    return shift(arguments, false, out);
}

enum {
    F = IOC_BUILTIN_FUNCTION,
    MANY = IOC_BUILTIN_FUNCTION | IOC_BUILTIN_MANY,
    CALL = IOC_OP_CALL,
};
#define EXTREME(name, pair, item, help, example)                                                   \
    {name, "i", "i", F, CALL, run_same, help, "NaN beside other numbers; an empty list", example}, \
        {name, "u", "u", F, CALL, run_same, help},                                                 \
        {name, "d", "d", F, CALL, run_same, help},                                                 \
        {name, "ii", "i", F, CALL, pair, help},                                                    \
        {name, "uu", "u", F, CALL, pair, help},                                                    \
        {name, "dd", "d", F, CALL, pair, help, "NaN"},                                             \
        {name, "iu", "*", F, CALL, pair, help},                                                    \
        {name, "ui", "*", F, CALL, pair, help},                                                    \
        {name, "id", "*", F, CALL, pair, help, "NaN"},                                             \
        {name, "di", "*", F, CALL, pair, help, "NaN"},                                             \
        {name, "ud", "*", F, CALL, pair, help, "NaN"},                                             \
        {name, "du", "*", F, CALL, pair, help, "NaN"},                                             \
        {name, "[i]", "i", MANY, CALL, item, help, "an empty list"},                               \
        {name, "[u]", "u", MANY, CALL, item, help, "an empty list"},                               \
    {                                                                                              \
        name, "[d]", "d", MANY, CALL, item, help, "an empty list; NaN"                             \
    }
#define NUMBERS(name, run, help, errors, example)                                                  \
    {name, "i", "i", F, CALL, run, help, errors, example},                                         \
        {name, "u", "u", F, CALL, run, help},                                                      \
    {                                                                                              \
        name, "d", "d", F, CALL, run, help                                                         \
    }
#define PAIRS(name, run, help, example)                                                            \
    {name, "ii", "i", F, CALL, run, help, NULL, example},                                          \
    {                                                                                              \
        name, "uu", "u", F, CALL, run, help                                                        \
    }
#define SHIFTS(name, run, help, example)                                                           \
    {name, "ii", "i", F, CALL, run, help, "a negative number of bits", example},                   \
    {                                                                                              \
        name, "ui", "u", F, CALL, run, help, "a negative number of bits"                           \
    }

static const struct ioc_builtin rows[] = {
    EXTREME("math.greatest", run_greatest, run_greatest_item,
        "the greatest of the numbers, or of the list; it keeps its type",
        "math.greatest(3, 1, 2) == 3 && math.greatest([1.5, 0.5]) == 1.5"),
    EXTREME("math.least", run_least, run_least_item,
        "the least of the numbers, or of the list; it keeps its type",
        "math.least(3, 1, 2) == 1 && math.least([1.5, 0.5]) == 0.5"),
    {"math.ceil", "d", "d", F, CALL, run_ceil, "the next whole number upwards", NULL,
        "math.ceil(1.2) == 2.0"},
    {"math.floor", "d", "d", F, CALL, run_floor, "the next whole number downwards", NULL,
        "math.floor(-1.2) == -2.0"},
    {"math.round", "d", "d", F, CALL, run_round,
        "the nearest whole number; halves go away from zero", NULL, "math.round(-1.5) == -2.0"},
    {"math.trunc", "d", "d", F, CALL, run_trunc, "the number without its fraction", NULL,
        "math.trunc(-1.7) == -1.0"},
    NUMBERS("math.abs", run_abs, "the number without its sign",
        "the lowest int, which has no positive twin", "math.abs(-3) == 3"),
    NUMBERS("math.sign", run_sign, "-1, 0 or 1; NaN for NaN", NULL, "math.sign(-42) == -1"),
    {"math.sqrt", "d", "d", F, CALL, run_root, "the square root; NaN below zero", NULL,
        "math.sqrt(81.0) == 9.0"},
    {"math.sqrt", "i", "d", F, CALL, run_root, "the square root; NaN below zero"},
    {"math.sqrt", "u", "d", F, CALL, run_root, "the square root"},
    {"math.isInf", "d", "b", F, CALL, run_is_infinite, "is it infinite, of either sign?", NULL,
        "math.isInf(1.0 / 0.0)"},
    {"math.isNaN", "d", "b", F, CALL, run_is_nan, "is it not a number?", NULL,
        "math.isNaN(0.0 / 0.0)"},
    {"math.isFinite", "d", "b", F, CALL, run_is_finite, "is it neither infinite nor NaN?", NULL,
        "math.isFinite(1.2)"},
    PAIRS("math.bitAnd", run_and, "the bits that both have", "math.bitAnd(3, 5) == 1"),
    PAIRS("math.bitOr", run_or, "the bits that one of them has", "math.bitOr(1u, 2u) == 3u"),
    PAIRS("math.bitXor", run_xor, "the bits that just one of them has", "math.bitXor(1, 3) == 2"),
    {"math.bitNot", "i", "i", F, CALL, run_not, "all bits turned over", NULL,
        "math.bitNot(1) == -2"},
    {"math.bitNot", "u", "u", F, CALL, run_not, "all bits turned over"},
    SHIFTS("math.bitShiftLeft", run_shift_left,
        "the bits moved up, zeros behind them; 0 from 64 bits on", "math.bitShiftLeft(1, 2) == 4"),
    SHIFTS("math.bitShiftRight", run_shift_right,
        "the bits moved down, zeros in front of them, also below zero; 0 from 64 bits on",
        "math.bitShiftRight(1024, 2) == 256"),
};
const struct ioc_library ioc_library_math = {
    "math", "greatest and least, rounding, signs, bits", rows, sizeof rows / sizeof *rows};
