#pragma once
/*
 * rules/cel/cost.h — what an expression costs at worst, before it ever ran; and the order of conjuncts.
 *
 * A step is about one instruction, or 16 bytes of text looked at.  How long lists and texts can be comes from
 * the schema's bounds; macros multiply.  The figure is for comparing rules and for saying beforehand whether
 * one fits the budget of an evaluation (IOC_STEPS_MOST); the machine counts for itself while it runs.
 *
 * Operands of && and || are tried in order of cost, cheap ones as they were written: CEL lets them be
 * taken in any order, and the outcome is the same in each.
 *
 * Memory   the arena of the compilation
 * Thread   one at a time (load)
 */
#include "rules/cel/compiler.h"

/* Steps of the whole, checked and folded, at most 1e15; sorts the operands of every && and || below unless told to
 * keep the order. */
double ioc_cost_order(struct ioc_compiler *compiler, struct ioc_node *tree, bool keeps_order);
