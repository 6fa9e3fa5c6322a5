#pragma once
/*
 * config/simulate_fault.h — what goes wrong with simulated devices, on purpose.
 *
 *   share of the devices     silent    says nothing every other 90 s
 *                            stuck     measures the same for ever
 *                            drifting  measures 4 % more each simulated hour, up to half as much again
 *                            future    its clock is 10 min ahead
 *   share of the messages    duplicated  sent twice
 *                            late        stamped 45 s to 5 min ago
 *                            garbage     cut off, bytes of another protocol, or JSON of another kind
 *
 * Memory   none
 * Thread   any
 */
#include "core/status.h"
#include "core/text.h"

enum ioc_simulate_fault {
    IOC_SIMULATE_SILENT,
    IOC_SIMULATE_STUCK,
    IOC_SIMULATE_DRIFTING,
    IOC_SIMULATE_FUTURE,
    IOC_SIMULATE_DUPLICATED,
    IOC_SIMULATE_LATE,
    IOC_SIMULATE_GARBAGE,
    IOC_SIMULATE_FAULTS,
};
struct ioc_simulate_faults {
    double share[IOC_SIMULATE_FAULTS]; /* 0..1 */
};

const char *ioc_simulate_fault_text(enum ioc_simulate_fault fault);
/* "silent=1%,garbage=0.002".  What it does not name stays as it is. */
enum ioc_status ioc_simulate_fault_parse(struct ioc_text text, struct ioc_simulate_faults *faults, struct ioc_error *err) IOC_USE;
/* Whether it befalls this device (and, where a share of messages is meant, this message of it). */
bool ioc_simulate_fault_strikes(const struct ioc_simulate_faults *faults, enum ioc_simulate_fault fault, uint64_t seed,
    uint32_t device, uint64_t number);
