#pragma once
/*
 * config/simulate_publisher.h — publishes with QoS 1 and counts what the broker says.
 *
 * MQTT 5 over paho.  A session outlives a broken connection, so that what was on its way is sent again; the
 * connection is made anew each second until the broker is back.
 *
 * Memory   4,096 messages on their way at most
 * Owner    ioc_simulate_publisher_open() → ioc_simulate_publisher_close()
 * Thread   one; paho's own threads only count
 * Failure  open: IOC_INVALID an address that paho refuses, IOC_FAILED else.  A dead broker is no failure
 */
#include "core/status.h"
#include "core/text.h"
#include "core/time.h"

struct ioc_simulate_publisher;
struct ioc_simulate_publisher_options {
    const char *url, *client; /* mqtt://host:port or mqtts://host:port */
    const char *user, *password, *ca; /* or NULL */
};
struct ioc_simulate_publisher_counts {
    uint64_t published;    /* handed to paho */
    uint64_t acknowledged; /* by the broker, whether anybody listened or not: paho does not say */
    uint64_t failed;       /* refused by the broker, or given up by paho */
    uint64_t connections;
    bool is_connected;
};

enum ioc_status ioc_simulate_publisher_open(const struct ioc_simulate_publisher_options *options,
    struct ioc_simulate_publisher **publisher, struct ioc_error *err) IOC_USE;
/* IOC_CLOSED while there is no connection, IOC_FULL while too much is on its way: try again. */
enum ioc_status ioc_simulate_publisher_send(struct ioc_simulate_publisher *publisher, struct ioc_text topic, struct ioc_text payload) IOC_USE;
/* Reconnects when it is time to; call it often. */
void ioc_simulate_publisher_tend(struct ioc_simulate_publisher *publisher);
/* Waits up to `patience` for something to change. */
void ioc_simulate_publisher_wait(struct ioc_simulate_publisher *publisher, ioc_span patience);
void ioc_simulate_publisher_counts(const struct ioc_simulate_publisher *publisher, struct ioc_simulate_publisher_counts *counts);
void ioc_simulate_publisher_close(struct ioc_simulate_publisher *publisher);
