#pragma once
/*
 * sinks/wire.h — transitions, results and heartbeats in the form that the functions of sinks/redis.lua take.
 *
 * Memory   appended to the caller's buffers
 * Thread   any
 */
#include "core/alert.h"
#include "sinks/sink.h"

enum { IOC_WIRE_TRANSITION = 25, IOC_WIRE_RESULT = 3 }; /* arguments of the operations */
/* The operation `t` in RESP; `json` is scratch. */
void ioc_wire_transition(const struct ioc_transition *transition, struct ioc_buffer *json, struct ioc_buffer *out);
/* The operation `s`. */
void ioc_wire_result(const struct ioc_result *result, struct ioc_buffer *json, struct ioc_buffer *out);

struct ioc_wire_pulse { /* what a heartbeat says beside the pipeline's health */
    struct ioc_text node;
    ioc_time now;
    uint32_t partitions;
    uint64_t queued, lost, rules;
    double event_rate;
    const double *source_rates; /* a number for each source */
};
/* The heartbeat's JSON. */
void ioc_wire_heartbeat(const struct ioc_sink_health *health, const struct ioc_wire_pulse *pulse, struct ioc_buffer *out);
