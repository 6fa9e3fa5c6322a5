#pragma once
/*
 * rules/cel/measure.h — dimensions while an expression is checked: 15 km/h is no depth, and road is not sea.
 *
 * A field with a unit gives its measure to what is computed from it: + - % min max round ?: and lists keep it, × and ÷ by
 * a bare number too, ÷ by the same dimension drops it, anything else loses it silently.  Where two measures meet
 * the second is brought to the unit of the first: a literal such as m(1.60) becomes the number 160.0 beside a field
 * in cm, exactly; a field in another unit is multiplied when the program runs.  Refused are other dimensions, levels
 * above different datums, unit literals beside what has no unit, and unit literals alone.  A bare number beside a
 * measure is a note.
 *
 * Failure  false with the complaint at the exact token; unchecked expressions only convert what can be converted
 */
#include "rules/cel/checker.h"
#include "rules/cel/unit.h"

struct ioc_measure {
    const struct ioc_unit *unit; /* NULL: one that core/unit does not know */
    struct ioc_text name, datum; /* "cm", "road"; empty = none */
    struct ioc_text what;        /* "event.depth_cm", for messages; empty = computed */
    bool is_literal;             /* of unit literals only: takes the unit of what stands beside it */
    bool is_computed;            /* a temperature scale's zero may be lost: °C and °F do not mix any more */
    bool is_named;               /* a function's name says its unit: bare numbers are clear */
};

/* Before the overload of a call, a choice or a list is looked for: its operands come to one unit. */
bool ioc_measure_operands(struct ioc_checker *checker, struct ioc_node *node);
/* After a node of any other kind is checked: what it has from its field or its loop. */
void ioc_measure_note(struct ioc_checker *checker, struct ioc_node *node);
/* At the end: no unit literal may be left. */
bool ioc_measure_settle(struct ioc_checker *checker, const struct ioc_node *tree);
