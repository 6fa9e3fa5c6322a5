#pragma once
/*
 * rules/cel/number.h — arithmetic that reports overflow, and one exact number line for int, uint, double.
 *
 * Used by the machine's typed instructions and by the overload table, so that both agree.
 */
#include "rules/cel/scratch.h"

static inline enum ioc_fault ioc_number_divide(int64_t a, int64_t b, int64_t *out)
{
    if (b == 0)
        return IOC_FAULT_DIVISION;
    if (a == INT64_MIN && b == -1)
        return IOC_FAULT_OVERFLOW;
    *out = a / b;
    return IOC_FAULT_NONE;
}
static inline enum ioc_fault ioc_number_modulo(int64_t a, int64_t b, int64_t *out)
{
    if (b == 0)
        return IOC_FAULT_MODULUS;
    if (a == INT64_MIN && b == -1)
        return IOC_FAULT_OVERFLOW;
    *out = a % b;
    return IOC_FAULT_NONE;
}
/* -1, 0, 1 or IOC_ORDER_NONE; both must be numbers. */
int ioc_number_order(const struct ioc_boxed *a, const struct ioc_boxed *b);
/* Truncates toward zero; IOC_FAULT_RANGE unless strictly inside of the ends. */
enum ioc_fault ioc_number_to_int(double value, int64_t *out);
enum ioc_fault ioc_number_to_uint(double value, uint64_t *out);
