#pragma once
/*
 * core/metric.h — counters, gauges and histograms, and their Prometheus text (0.0.4).
 *
 * A metric is found or made by name and labels at set-up and then added to by pointer: relaxed
 * atomics, no lock, no look-up.  The registry is one per process and outlives everything.
 *
 * Memory   kept until the process ends; 16384 metrics, all further ones share one that is not shown
 * Thread   any
 * Source   prometheus.io/docs/instrumenting/exposition_formats (text format 0.0.4)
 */
#include "core/buffer.h"
#include <stdatomic.h>

enum ioc_metric_kind { IOC_COUNTER, IOC_GAUGE, IOC_HISTOGRAM };
struct ioc_metric;

/* labels: "" or `source="a",reason="b"` already escaped by ioc_metric_label(); help may be NULL
 * after the first of a name. */
struct ioc_metric *ioc_metric_get(enum ioc_metric_kind kind, const char *name, const char *labels, const char *help);
/* Appends `name="value"` (with a comma before it if out is not empty), escaped. */
void ioc_metric_label(struct ioc_buffer *out, const char *name, struct ioc_text value);
void ioc_metric_add(struct ioc_metric *metric, int64_t count);
void ioc_metric_set(struct ioc_metric *metric, int64_t value);
/* Seconds into fixed buckets 100 µs … 10 s. */
void ioc_metric_observe(struct ioc_metric *metric, double seconds);
/* A histogram's value is how often it was observed. */
int64_t ioc_metric_value(const struct ioc_metric *metric);
/* Sum over all metrics of that name (all labels). */
int64_t ioc_metric_sum(const char *name);
void ioc_metric_write(struct ioc_buffer *out);
