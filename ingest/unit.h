#pragma once
/*
 * ingest/unit.h — units of measurement on the wire: a table, and the conversion between two of
 * them.
 *
 * A unit belongs to one dimension; value in the dimension's base = value × factor + offset.  Case
 * counts ("mPa" is not "MPa"), but the spellings that devices use are listed ("km/h", "kmh",
 * "kph").
 *
 * Memory   a static table
 * Thread   any
 * Source   SI Brochure 9th edition; inHg, psi, mph, kn: NIST SP 811 appendix B
 */
#include "core/text.h"

struct ioc_unit {
    const char *name, *dimension;
    double factor, offset;
};

/* NULL when there is none of that name. */
const struct ioc_unit *ioc_unit_find(struct ioc_text name);
/* Both of one dimension; anything else is a bug. */
double ioc_unit_convert(double value, const struct ioc_unit *from, const struct ioc_unit *to);
/* Names of a dimension joined with ", ", for hints; the number of bytes written. */
size_t ioc_unit_names(const char *dimension, char *out, size_t room);
