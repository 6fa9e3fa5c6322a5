#pragma once
/*
 * config/pipeline.h — wires source → intake → router → engines → sinks; starts, stops, reloads.
 *
 * The main loop carries the sources, the decoding and the sinks; each engine lane is a thread of its own
 * (config/engine.h).  When an engine's inbox is full the intake waits with its batch; what had no claim to be
 * kept (QoS 0) is dropped by the source and counted.  A source that goes away is told to every partition
 * (SOURCE_DOWN), and again when it is back and drained.
 *
 * Memory   bounded by limits.inbox per lane
 * Owner    ioc_pipeline_open() → ioc_pipeline_stop() (asynchronous: `stopped`) → ioc_pipeline_free()
 * Thread   the loop's
 */
#include "config/city.h"
#include "config/engine.h"

struct ioc_pipeline;
struct ioc_pipeline_options {
    struct ioc_city *city;
    struct ioc_ruleset *ruleset; /* the pipeline takes a reference */
    uv_loop_t *loop;
    struct ioc_text node;        /* name of this engine in Redis */
    void (*stopped)(struct ioc_pipeline *pipeline, void *data);
    void *data;
};
enum ioc_status ioc_pipeline_open(const struct ioc_pipeline_options *options, struct ioc_pipeline **pipeline, struct ioc_error *err) IOC_USE;
void ioc_pipeline_reload(struct ioc_pipeline *pipeline, struct ioc_ruleset *ruleset);
void ioc_pipeline_stop(struct ioc_pipeline *pipeline);
void ioc_pipeline_free(struct ioc_pipeline *pipeline);
/* True while every engine runs and every source and sink is open. */
bool ioc_pipeline_is_healthy(const struct ioc_pipeline *pipeline);
/* All sources have ended (replay) and everything of theirs is applied. */
bool ioc_pipeline_is_drained(const struct ioc_pipeline *pipeline);
