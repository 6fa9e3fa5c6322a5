#pragma once
/*
 * rules/recent.h — a bounded memory of 64-bit marks: what has been seen lately (dedupe, repeated commands).
 *
 * Memory   grows to `most` marks; over that the oldest are forgotten
 * Time     engine time
 * Thread   one at a time
 */
#include "core/table.h"
#include "core/time.h"
#include <stdbool.h>

struct ioc_recent { /* a bounded memory of 64-bit marks, forgotten by engine time, oldest first */
    struct ioc_table table;
    struct ioc_recent_item {
        uint64_t mark;
        ioc_time until;
    } *items;
    uint32_t first, count, capacity;
};

/* True when the mark is remembered; else remembers it until then.  `until` must not go back between calls
 * by more than the spans differ: marks are forgotten in the order of their coming. */
bool ioc_recent_meet(struct ioc_recent *recent, uint64_t mark, ioc_time now, ioc_time until, uint32_t most);
void ioc_recent_done(struct ioc_recent *recent);
