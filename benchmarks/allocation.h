#pragma once
/*
 * benchmarks/allocation.h — how often the program has asked for memory since it began.
 *
 * Counts malloc, calloc, realloc and the rest of their family, from whatever library; under a
 * sanitizer through its hooks.
 *
 * Thread   any
 */
#include <stdint.h>

uint64_t allocation_count(void);
