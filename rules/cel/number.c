/*
 * rules/cel/number.c — compares numbers of different types without rounding either.
 *
 * A double is compared with a 64-bit integer by its integer part (exact, since it lies inside of
 * the integer's range) and then by its fraction.  The largest integer has no double: it equals the
 * end of the line beside it, 2^63 or 2^64, as the conformance suite wants (lte_dyn_big_double_int).
 */
#include "rules/cel/number.h"
#include <math.h>

static int order_double(double a, double b)
{
    if (isnan(a) || isnan(b))
        return IOC_ORDER_NONE;
    return a < b ? -1 : a > b;
}

static int order_int_double(int64_t a, double b)
{
    if (isnan(b))
        return IOC_ORDER_NONE;
    if (b >= 0x1p63)
        return a == INT64_MAX && b == 0x1p63 ? 0 : -1;
    if (b < -0x1p63)
        return 1;
    int64_t whole = (int64_t)b;
    if (a != whole)
        return a < whole ? -1 : 1;
    double fraction = b - (double)whole;
    return fraction > 0 ? -1 : fraction < 0;
}

static int order_uint_double(uint64_t a, double b)
{
    if (isnan(b))
        return IOC_ORDER_NONE;
    if (b >= 0x1p64)
        return a == UINT64_MAX && b == 0x1p64 ? 0 : -1;
    if (b < 0)
        return 1;
    uint64_t whole = (uint64_t)b;
    if (a != whole)
        return a < whole ? -1 : 1;
    return b > (double)whole ? -1 : 0;
}

static int order_int_uint(int64_t a, uint64_t b)
{
    if (a < 0)
        return -1;
    return (uint64_t)a < b ? -1 : (uint64_t)a > b;
}

static int turn(int order)
{
    return order == IOC_ORDER_NONE ? order : -order;
}

int ioc_number_order(const struct ioc_boxed *a, const struct ioc_boxed *b)
{
    if (a->type == IOC_DOUBLE) {
        if (b->type == IOC_DOUBLE)
            return order_double(a->number, b->number);
        return turn(b->type == IOC_INT ? order_int_double(b->integer, a->number)
                                       : order_uint_double(b->natural, a->number));
    }
    if (a->type == IOC_INT) {
        if (b->type == IOC_INT)
            return a->integer < b->integer ? -1 : a->integer > b->integer;
        return b->type == IOC_UINT ? order_int_uint(a->integer, b->natural)
                                   : order_int_double(a->integer, b->number);
    }
    if (b->type == IOC_UINT)
        return a->natural < b->natural ? -1 : a->natural > b->natural;
    return b->type == IOC_INT ? turn(order_int_uint(b->integer, a->natural))
                              : order_uint_double(a->natural, b->number);
}

enum ioc_fault ioc_number_to_int(double value, int64_t *out)
{
    if (!(value > -0x1p63 && value < 0x1p63))
        return IOC_FAULT_RANGE;
    *out = (int64_t)value;
    return IOC_FAULT_NONE;
}

enum ioc_fault ioc_number_to_uint(double value, uint64_t *out)
{
    if (!(value >= 0 && value < 0x1p64))
        return IOC_FAULT_RANGE;
    *out = (uint64_t)value;
    return IOC_FAULT_NONE;
}
