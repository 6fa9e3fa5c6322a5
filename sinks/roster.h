#pragma once
/*
 * sinks/roster.h — all entities as Redis has been told of them: which are new, which have changed.
 *
 * The last value of an entity wins until it is written.  What is fixed (name, kind, unit, area, place) is a registry
 * item, written when it is new in the epoch or has changed.  An entity's index in deltas is its place here.
 *
 * Memory   per entity 80 bytes and its id, 4,194,304 entities at most; fixed parts only while they wait
 * Owner    embedded; ioc_roster_init() → ioc_roster_done()
 * Thread   one at a time
 */
#include "core/alert.h"
#include "core/heap.h"
#include "core/table.h"
#include "sinks/batch.h"

enum { IOC_ROSTER_MOST = 1 << 22 };
struct ioc_roster {
    struct ioc_table table; /* hash of the id → index */
    struct ioc_slab items;
    struct ioc_heap texts;
    uint32_t first, last;   /* changed items, in the order in which they changed */
    uint32_t changed;       /* how many */
    uint64_t revision;      /* registry items written so far */
    struct ioc_buffer scratch, json;
    struct ioc_text key;    /* what stands before an id in the key of its entity */
};

/* `key` must live as long. */
void ioc_roster_init(struct ioc_roster *roster, struct ioc_text key);
void ioc_roster_done(struct ioc_roster *roster);
/* IOC_FULL: a new one beyond the bound; it is not shown. */
enum ioc_status ioc_roster_set(struct ioc_roster *roster, const struct ioc_entity *entity) IOC_USE;
/* Writes the item that changed first into the batch; false when none has. */
bool ioc_roster_write(struct ioc_roster *roster, ioc_time now, struct ioc_batch *batch);
/* Redis knows nothing any more; all will be set again. */
void ioc_roster_forget(struct ioc_roster *roster);
