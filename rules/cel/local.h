#pragma once
/*
 * rules/cel/local.h — variables that an expression makes for itself: those of macros, the slots of blocks.
 *
 * Memory   in the arena of the compilation
 * Failure  false, with the complaint at the exact token
 */
#include "rules/cel/checker.h"

bool ioc_local_check_loop(struct ioc_checker *checker, struct ioc_node *node);
/* Each slot sees those in front of it; the body sees all. */
bool ioc_local_check_block(struct ioc_checker *checker, struct ioc_node *node);
