#pragma once
/*
 * core/stream.h — a declared stream: its schema, who it speaks of, and when (RULES.md section 1).
 *
 * Memory   built in the city's arena at load; immutable afterwards
 * Thread   any
 */
#include "core/schema.h"

struct ioc_reference;

enum { IOC_KEY_FIELDS_MOST = 4, IOC_STREAMS_MOST = 4096 };

struct ioc_stream {
    struct ioc_text name;
    uint16_t id; /* index in the city's list */
    struct ioc_schema schema;
    ioc_slot key[IOC_KEY_FIELDS_MOST]; /* in order; all required fields */
    uint8_t key_count;

    ioc_slot time;       /* timestamp field, or IOC_SLOT_NONE = time: received */
    ioc_span lateness;   /* how much older than the key's newest an event may be; default 30s */
    ioc_span max_future; /* how far ahead of us a device clock may be; default 2m */

    ioc_span interval;    /* nominal rhythm; 0 = none stated */
    ioc_span stale_after; /* silence beyond this is unknown; default 3 × interval; 0 = never stale */

    ioc_slot dedupe;     /* or IOC_SLOT_NONE */
    ioc_span dedupe_for;

    ioc_slot clock_flag; /* hidden bool `ioc_clock`: the device clock was not believed */
    ioc_slot range_flag; /* hidden bool `ioc_range`: some value is outside its range */

    const struct ioc_reference *asset; /* table that describes the keys, or NULL */
    /* Live state on the wall (WALL.md 2.4): */
    struct ioc_text kind;    /* "water-level"; default the stream's name */
    ioc_slot live;           /* field shown as the entity's value, or NONE */
    ioc_slot position;       /* point field of the event, or NONE: the asset's position is used */
    uint16_t priority;       /* shed last when high; default 100 */
};
