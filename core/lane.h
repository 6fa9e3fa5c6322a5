#pragma once
/*
 * core/lane.h — a thread with its libuv loop and its bounded inbox.
 *
 * An inbox is two byte buffers.  Posters append records to the open one under a lock; the lane's
 * thread swaps them and handles the whole batch without a lock.  The thread is woken once per
 * batch, not per record.  The only lock of the engine lives here.
 *
 * Memory   two buffers of inbox_bytes at most each; they grow to what was needed and stay.
 * Owner    ioc_lane_new() → ioc_lane_free().  A lane without a thread (`loop` given) runs on that loop.
 * Thread   ioc_lane_post() and ioc_lane_run(): any.  All else: the thread that made it.
 * Failure  IOC_FULL: the batch does not fit; nothing was appended; `lane.full` is counted.
 */
#include "core/record.h"
#include <uv.h>

struct ioc_lane;
struct ioc_lane_work { /* embedded by who handles; container_of gets back to it */
    /* On the lane's thread, a batch of whole records.  Valid only during the call. */
    void (*handle)(struct ioc_lane_work *work, struct ioc_lane *lane, struct ioc_text batch);
};
struct ioc_lane_options {
    const char *name;      /* thread name and metric label */
    uint32_t inbox_bytes;  /* 0 = 16 MiB */
    uv_loop_t *loop;       /* not NULL: use this loop and the caller's thread */
    struct ioc_lane_work *work;
};

struct ioc_lane *ioc_lane_new(const struct ioc_lane_options *options);
/* Starts the thread (or, with a given loop, the wake-up handle). */
enum ioc_status ioc_lane_start(struct ioc_lane *lane) IOC_USE;
/* Handles what is in the inbox, then ends the thread and joins it.  Posts after this are IOC_CLOSED. */
void ioc_lane_stop(struct ioc_lane *lane);
void ioc_lane_free(struct ioc_lane *lane);

/* Thread any.  All records of the batch or none. */
enum ioc_status ioc_lane_post(struct ioc_lane *lane, struct ioc_text batch) IOC_USE;
/* Thread any.  Runs a function on the lane's thread between batches, in the order of posts; for
 * set-up, reload, stop and questions, not for data.  `task` is the caller's until `run` is called. */
struct ioc_lane_task {
    void (*run)(struct ioc_lane_task *task, struct ioc_lane *lane);
};
enum ioc_status ioc_lane_run(struct ioc_lane *lane, struct ioc_lane_task *task) IOC_USE;
uv_loop_t *ioc_lane_loop(struct ioc_lane *lane);
/* Bytes waiting now, and the bound. */
void ioc_lane_fill(struct ioc_lane *lane, uint32_t *waiting, uint32_t *most);
