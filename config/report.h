#pragma once
/*
 * config/report.h — /metrics and /healthz of the engine, for Prometheus and supervisors.
 *
 * Memory   a page per request
 * Owner    ioc_report_open() → ioc_report_close()
 * Thread   a thread of its own (libmicrohttpd); reads metrics and one flag only
 * Failure  IOC_INVALID, IOC_DENIED for an address that is not loopback, IOC_FAILED when it cannot listen
 */
#include "core/status.h"
#include "core/text.h"

struct ioc_report;
enum ioc_status ioc_report_open(struct ioc_text listen, struct ioc_report **report, struct ioc_error *err) IOC_USE;
void ioc_report_close(struct ioc_report *report);
/* Port it listens on. */
uint16_t ioc_report_port(const struct ioc_report *report);
void ioc_report_set_healthy(struct ioc_report *report, bool is_healthy);
