/*
 * rules/cel/operator.c — the operators on values whose types are known only at run time.
 *
 * Each serves all overloads of its name: it looks at the types of its arguments, which the overload
 * table has already matched.
 */
#include "rules/cel/builtin.h"
#include "rules/cel/moment.h"
#include "rules/cel/number.h"

static enum ioc_fault give_bool(struct ioc_scratch *scratch, struct ioc_boxed *out, bool value)
{
    *out = ioc_boxed_bool(value);
    return scratch->trouble;
}

static enum ioc_fault give_span(struct ioc_boxed *out, bool is_over, ioc_span span)
{
    if (is_over)
        return IOC_FAULT_TIME;
    *out = (struct ioc_boxed){.integer = span, .type = IOC_DURATION};
    return IOC_FAULT_NONE;
}

static enum ioc_fault join_lists(struct ioc_scratch *scratch, const struct ioc_boxed *a,
    const struct ioc_boxed *b, struct ioc_boxed *out)
{
    size_t count = (size_t)a->count + b->count;
    struct ioc_boxed *items = ioc_scratch_take(scratch, count * sizeof *items);
    if (!items || !ioc_scratch_spend(scratch, (uint32_t)count))
        return scratch->trouble;
    for (uint32_t i = 0; i < a->count; i++)
        items[i] = ioc_boxed_item(scratch, a, i);
    for (uint32_t i = 0; i < b->count; i++)
        items[a->count + i] = ioc_boxed_item(scratch, b, i);
    *out = (struct ioc_boxed){.items = items, .count = (uint32_t)count, .type = IOC_LIST};
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_operator_add)
{
    const struct ioc_boxed *a = &arguments[0], *b = &arguments[1];
    struct ioc_boxed sum = {.type = a->type};
    switch (a->type) {
    case IOC_INT:
        if (__builtin_add_overflow(a->integer, b->integer, &sum.integer))
            return IOC_FAULT_OVERFLOW;
        break;
    case IOC_UINT:
        if (__builtin_add_overflow(a->natural, b->natural, &sum.natural))
            return IOC_FAULT_OVERFLOW;
        break;
    case IOC_DOUBLE: sum.number = a->number + b->number; break;
    case IOC_STRING:
    case IOC_BYTES: return ioc_scratch_join(scratch, a, b, out) ? IOC_FAULT_NONE : scratch->trouble;
    case IOC_LIST: return join_lists(scratch, a, b, out);
    case IOC_TIMESTAMP: return ioc_moment_add(a, b->integer, out);
    case IOC_DURATION: {
        if (b->type == IOC_TIMESTAMP)
            return ioc_moment_add(b, a->integer, out);
        bool is_over = __builtin_add_overflow(a->integer, b->integer, &sum.integer);
        return give_span(out, is_over, sum.integer);
    }
    default: return IOC_FAULT_OVERLOAD;
    }
    *out = sum;
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_operator_subtract)
{
    const struct ioc_boxed *a = &arguments[0], *b = &arguments[1];
    struct ioc_boxed rest = {.type = a->type};
    switch (a->type) {
    case IOC_INT:
        if (__builtin_sub_overflow(a->integer, b->integer, &rest.integer))
            return IOC_FAULT_OVERFLOW;
        break;
    case IOC_UINT:
        if (__builtin_sub_overflow(a->natural, b->natural, &rest.natural))
            return IOC_FAULT_OVERFLOW;
        break;
    case IOC_DOUBLE: rest.number = a->number - b->number; break;
    case IOC_TIMESTAMP: {
        if (b->type == IOC_TIMESTAMP) {
            enum ioc_fault fault = ioc_moment_since(a, b, &rest.integer);
            return fault ? fault : give_span(out, false, rest.integer);
        }
        if (b->integer == INT64_MIN)
            return IOC_FAULT_TIME;
        return ioc_moment_add(a, -b->integer, out);
    }
    case IOC_DURATION: {
        bool is_over = __builtin_sub_overflow(a->integer, b->integer, &rest.integer);
        return give_span(out, is_over, rest.integer);
    }
    default: return IOC_FAULT_OVERLOAD;
    }
    *out = rest;
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_operator_multiply)
{
    const struct ioc_boxed *a = &arguments[0], *b = &arguments[1];
    struct ioc_boxed product = {.type = a->type};
    bool is_over = false;
    if (a->type == IOC_INT)
        is_over = __builtin_mul_overflow(a->integer, b->integer, &product.integer);
    else if (a->type == IOC_UINT)
        is_over = __builtin_mul_overflow(a->natural, b->natural, &product.natural);
    else
        product.number = a->number * b->number;
    if (is_over)
        return IOC_FAULT_OVERFLOW;
    *out = product;
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_operator_divide)
{
    const struct ioc_boxed *a = &arguments[0], *b = &arguments[1];
    struct ioc_boxed quotient = {.type = a->type};
    enum ioc_fault fault = IOC_FAULT_NONE;
    if (a->type == IOC_INT)
        fault = ioc_number_divide(a->integer, b->integer, &quotient.integer);
    else if (a->type == IOC_DOUBLE)
        quotient.number = a->number / b->number;
    else if (b->natural == 0)
        fault = IOC_FAULT_DIVISION;
    else
        quotient.natural = a->natural / b->natural;
    if (fault == IOC_FAULT_NONE)
        *out = quotient;
    return fault;
}

IOC_BUILTIN_RUN(ioc_operator_modulo)
{
    const struct ioc_boxed *a = &arguments[0], *b = &arguments[1];
    struct ioc_boxed rest = {.type = a->type};
    enum ioc_fault fault = IOC_FAULT_NONE;
    if (a->type == IOC_INT)
        fault = ioc_number_modulo(a->integer, b->integer, &rest.integer);
    else if (b->natural == 0)
        fault = IOC_FAULT_MODULUS;
    else
        rest.natural = a->natural % b->natural;
    if (fault == IOC_FAULT_NONE)
        *out = rest;
    return fault;
}

IOC_BUILTIN_RUN(ioc_operator_negate)
{
    if (arguments[0].type == IOC_DOUBLE)
        *out = ioc_boxed_double(-arguments[0].number);
    else if (arguments[0].integer == INT64_MIN)
        return IOC_FAULT_OVERFLOW;
    else
        *out = ioc_boxed_int(-arguments[0].integer);
    return IOC_FAULT_NONE;
}

IOC_BUILTIN_RUN(ioc_operator_not)
{
    return give_bool(scratch, out, !arguments[0].boolean);
}

IOC_BUILTIN_RUN(ioc_operator_equal)
{
    return give_bool(scratch, out, ioc_boxed_equal(scratch, &arguments[0], &arguments[1]));
}

IOC_BUILTIN_RUN(ioc_operator_differ)
{
    return give_bool(scratch, out, !ioc_boxed_equal(scratch, &arguments[0], &arguments[1]));
}

static enum ioc_fault compare(struct ioc_scratch *scratch, const struct ioc_boxed *a,
    const struct ioc_boxed *b, bool or_equal, struct ioc_boxed *out)
{
    int order = ioc_boxed_order(a, b);
    if (order == IOC_ORDER_NEVER)
        return IOC_FAULT_OVERLOAD;
    return give_bool(scratch, out, order < 0 || (or_equal && order == 0));
}

IOC_BUILTIN_RUN(ioc_operator_less)
{
    return compare(scratch, &arguments[0], &arguments[1], false, out);
}

IOC_BUILTIN_RUN(ioc_operator_atmost)
{
    return compare(scratch, &arguments[0], &arguments[1], true, out);
}

IOC_BUILTIN_RUN(ioc_operator_greater)
{
    return compare(scratch, &arguments[1], &arguments[0], false, out);
}

IOC_BUILTIN_RUN(ioc_operator_atleast)
{
    return compare(scratch, &arguments[1], &arguments[0], true, out);
}

IOC_BUILTIN_RUN(ioc_operator_in)
{
    const struct ioc_boxed *wanted = &arguments[0], *range = &arguments[1];
    if (range->type == IOC_MAP)
        return give_bool(scratch, out, ioc_boxed_find(scratch, range, wanted) >= 0);
    if (!ioc_scratch_spend(scratch, range->count))
        return scratch->trouble;
    for (uint32_t i = 0; i < range->count; i++) {
        struct ioc_boxed item = ioc_boxed_item(scratch, range, i);
        if (ioc_boxed_equal(scratch, &item, wanted))
            return give_bool(scratch, out, true);
    }
    return give_bool(scratch, out, false);
}
