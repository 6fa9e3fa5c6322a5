#pragma once
/*
 * ingest/repeat.h — command ids seen in the last hour: what comes again is not done again.
 *
 * Memory   10,000 ids; over it the oldest is forgotten early
 * Owner    embedded; ioc_repeat_init() → ioc_repeat_done()
 * Thread   one at a time
 * Time     steady, handed in
 */
#include "core/table.h"
#include "core/text.h"
#include "core/time.h"

enum { IOC_REPEAT_MOST = 10000, IOC_REPEAT_ID = 64 };
struct ioc_repeat_item;
struct ioc_repeat {
    struct ioc_repeat_item *ring;
    uint32_t oldest, count;
    struct ioc_table table; /* hash of an id → index in the ring */
};

void ioc_repeat_init(struct ioc_repeat *repeat);
void ioc_repeat_done(struct ioc_repeat *repeat);
bool ioc_repeat_has(struct ioc_repeat *repeat, struct ioc_text id, ioc_span now);
/* An id of at most IOC_REPEAT_ID bytes that is not there. */
void ioc_repeat_add(struct ioc_repeat *repeat, struct ioc_text id, ioc_span now);
