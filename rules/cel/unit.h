#pragma once
/*
 * rules/cel/unit.h — numbers with their unit: cm(15), m(1.60), kmh(15), ugm3(50).
 *
 * The checker makes a plain number of such a call, in the unit of what stands beside it (measure.h); none is left when
 * the program is made.  Where nothing was checked it fails when it runs.
 */
#include "core/unit.h"

/* The unit that a function writes, or NULL: any other function. */
const struct ioc_unit *ioc_unit_of_function(struct ioc_text function);
/* The function that writes this unit, or NULL. */
const char *ioc_unit_function(const struct ioc_unit *unit);
/* The function that says the same number of a unit in another one, and that number; NULL when there is none or it is long. */
const char *ioc_unit_other(const struct ioc_unit *unit, double number, char out[IOC_TEXT_NUMBER]);
/* Whole text is FUNCTION(NUMBER), as in `default: cm(15)`; false when it is anything else. */
bool ioc_unit_read(struct ioc_text text, double *number, const struct ioc_unit **unit);
