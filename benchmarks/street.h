#pragma once
/*
 * benchmarks/street.h — the benchmarks' city in process: one stream of depth gauges, its route,
 * rules from a text.
 *
 * The stream and the readings are those of benchmarks/servers.py and packet.h.
 *
 * Memory   street_close() gives all of it back
 * Thread   one at a time
 * Failure  says why on stderr and ends the program
 */
#include "benchmarks/packet.h"
#include "ingest/route.h"
#include "rules/shard.h"

enum {
    STREET_STATION,
    STREET_TIME,
    STREET_DEPTH,
    STREET_RAIN,
    STREET_BATTERY,
    STREET_STATUS,
    STREET_POSITION,
    STREET_CLOCK,
    STREET_RANGE,
    STREET_FIELDS
};

struct street {
    struct ioc_stream stream;
    const struct ioc_stream *streams[1];
    struct ioc_ruleset_context context;
    struct ioc_document *document;
    struct ioc_arena arena;
    struct ioc_errors errors;
    struct ioc_route *route;
};
void street_open(struct street *street);
void street_close(struct street *street);
/* `count` rules on the stream; only the first is ever true (depth over 50 cm). */
struct ioc_ruleset *street_rules(struct street *street, uint32_t count);
/* A draft of one reading, to be sealed. */
void street_draft(const struct street *street, struct ioc_draft *draft, uint32_t station,
    ioc_time at, double depth);
/* 2026-09-21T14:13:20Z */
#define STREET_START ((ioc_time)1790000000 * IOC_SECOND)
/* CPU time of this thread: others on the machine cost less noise than by the clock on the wall. */
ioc_span street_clock(void);
/* Of each, since a street_clock(). */
double street_ns(ioc_span since, uint64_t count);
