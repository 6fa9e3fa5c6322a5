#pragma once
/*
 * core/unit.h — units of measurement: one table for the wire, the rules and the messages, and the conversion
 * between two of them.
 *
 * A unit belongs to one dimension; value in the dimension's base = (value + shift / 100) × numerator /
 * denominator.  Case counts ("mPa" is not "MPa"), but the spellings that devices use are listed ("km/h",
 * "kmh", "kph").
 *
 * Memory   a static table
 * Thread   any
 * Source   SI Brochure 9th edition; inHg, psi, mph, kn: NIST SP 811 appendix B
 */
#include "core/text.h"

struct ioc_unit {
    const char *name, *dimension;
    int64_t numerator, denominator;
    int64_t shift; /* hundredths of this unit: °C is 273.15 below its base, K */
};

/* NULL when there is none of that name. */
const struct ioc_unit *ioc_unit_find(struct ioc_text name);
/* Two spellings of one unit. */
bool ioc_unit_is_same(const struct ioc_unit *a, const struct ioc_unit *b);
/* (value + before) × up / down + after, with whole numbers wherever they can be: °F to °C is (value − 32) × 5 / 9. */
struct ioc_unit_steps {
    double before, up, down, after;
};
/* Both of one dimension; anything else is a bug. */
struct ioc_unit_steps ioc_unit_steps(const struct ioc_unit *from, const struct ioc_unit *to);
double ioc_unit_convert(double value, const struct ioc_unit *from, const struct ioc_unit *to);
/* The same for a number that somebody wrote: its decimal digits are converted as a fraction and rounded once, so that
 * 0.07 m are 7 cm (in doubles 7.000000000000001).  For load time: slow. */
double ioc_unit_convert_written(double value, const struct ioc_unit *from, const struct ioc_unit *to);
/* Names of a dimension joined with ", ", for hints; the number of bytes written. */
size_t ioc_unit_names(const char *dimension, char *out, size_t room);
