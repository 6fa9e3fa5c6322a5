#pragma once
/*
 * rules/cel/notice.h — notes on keys that the inventory has not: event.station == "S1 7".
 *
 * A mistyped key compares and is never equal; a note says which one was meant.
 *
 * Memory   in the arena of the compilation
 */
#include "rules/cel/checker.h"

/* The tree is checked and not yet folded.  Note: "no-such-key". */
void ioc_notice_look(struct ioc_checker *checker, const struct ioc_node *tree);
