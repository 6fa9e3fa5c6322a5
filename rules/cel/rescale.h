#pragma once
/*
 * rules/cel/rescale.h — an operand brought to another unit: now where it was written, when it runs where it is read.
 */
#include "rules/cel/measure.h"

/* The unit of a literal such as cm(15), or NULL: any other node. */
const struct ioc_unit *ioc_rescale_literal(const struct ioc_node *node);
/* Every unit literal in the node becomes a number in the unit of `to`, each from what was written; whole ones as ints where
 * `kind` (of the other side) is int or uint. */
void ioc_rescale_settle(struct ioc_checker *checker, struct ioc_node *node, const struct ioc_measure *to, uint32_t kind);
/* A number that is known when the program runs is multiplied there; the new node stands in its place. */
void ioc_rescale_multiply(struct ioc_checker *checker, struct ioc_node **place, const struct ioc_measure *to);
/* double(…) round it, unless it is one. */
void ioc_rescale_to_double(struct ioc_checker *checker, struct ioc_node **place);
