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
 * Thread   ioc_lane_post(), ioc_lane_run(), ioc_lane_fill(): any.  All else: the thread that made it.
 * Failure  IOC_FULL: the batch does not fit now; nothing was appended; ioc_lane_full_total is counted.
 *          IOC_LIMIT: it is larger than the whole inbox.  IOC_CLOSED: stopped.  IOC_FAILED: start, by the system
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
/* Refuses further posts (IOC_CLOSED), handles what is in the inbox, then ends the thread and joins it: the
 * thread ends when no handle on its loop is left, so close yours in a task first.  With a given loop the
 * rest is handled before it returns (or, called from `handle` or a task, right after that) and the caller
 * goes on running the loop until the wake-up handle is closed. */
void ioc_lane_stop(struct ioc_lane *lane);
/* Stops first when that was not done.  Nobody may post any more. */
void ioc_lane_free(struct ioc_lane *lane);

/* Thread any.  All records of the batch or none. */
enum ioc_status ioc_lane_post(struct ioc_lane *lane, struct ioc_text batch) IOC_USE;
/* Thread any.  Runs a function on the lane's thread, after everything posted before it and before
 * everything posted later (a batch is cut there); for set-up, reload, stop and questions, not for data.
 * The memory of `task` is the lane's until `run` is called; `run` may free it or post it again. */
struct ioc_lane_task {
    void (*run)(struct ioc_lane_task *task, struct ioc_lane *lane);
    struct ioc_lane_task *next; /* the lane's */
    size_t after;               /* the lane's: bytes posted before it */
};
enum ioc_status ioc_lane_run(struct ioc_lane *lane, struct ioc_lane_task *task) IOC_USE;
uv_loop_t *ioc_lane_loop(struct ioc_lane *lane);
/* Thread any.  Bytes waiting now, and the bound. */
void ioc_lane_fill(struct ioc_lane *lane, uint32_t *waiting, uint32_t *most);
