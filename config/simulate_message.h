#pragma once
/*
 * config/simulate_message.h — what a device says: topic and payload, each family in its own way.
 *
 * The forms differ on purpose, as they do in cities: numbers as texts with units, epochs in s and ms, RFC 3339
 * in UTC and with an offset, local times without a zone, nested objects, several readings in one message.
 * Topics are `city/<area>/<stream>/<device>`.
 *
 * Memory   the caller's buffers
 * Thread   any
 */
#include "config/simulate_city.h"
#include "config/simulate_fault.h"
#include "core/buffer.h"
#include "core/zone.h"

struct ioc_simulate_message {
    const struct ioc_simulate_device *device;
    uint64_t number;     /* of the device, from 0 */
    double hour;         /* simulated */
    ioc_span elapsed;    /* since the start */
    ioc_time stamp;      /* the present */
    uint64_t run;        /* makes ids of this run its own */
    const struct ioc_zone *zone;
};
struct ioc_simulate_message_fate {
    bool is_withheld;    /* nothing is to be sent */
    bool is_garbage, is_duplicated, is_late, is_future;
    uint32_t readings;   /* events in it; 0 of garbage */
};

/* Buffers are reset. */
void ioc_simulate_message_write(const struct ioc_simulate_city *city, const struct ioc_simulate_faults *faults,
    const struct ioc_simulate_message *message, struct ioc_buffer *topic, struct ioc_buffer *payload,
    struct ioc_simulate_message_fate *fate);
