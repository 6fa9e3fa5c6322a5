/*
 * core/lane.c — inboxes that are swapped, and the thread that works them off.
 *
 * While the thread works on one box, posters fill the other.  The wake-up is sent when something comes
 * into an empty box: until the thread swaps, it is on its way already.  A task remembers how many bytes
 * of its box were posted before it; the batch is cut there, so that batches and tasks run in the order
 * of posts.  After the stop nothing comes in, so working off until both boxes are empty ends.
 */
#include "core/lane.h"
#include "core/memory.h"
#include "core/metric.h"
#include <pthread.h>
#include <stdlib.h>

enum { DEFAULT_INBOX_BYTES = 16 * 1024 * 1024, THREAD_NAME = 16 };

struct inbox {
    struct ioc_buffer records;
    struct ioc_lane_task *first, **last;
};

struct ioc_lane {
    uv_mutex_t lock; /* guards boxes[open], open, is_started, is_closed */
    struct inbox boxes[2];
    int open;
    bool is_started, is_closed;

    bool is_working, is_freed; /* the lane's thread only */
    struct ioc_lane_work *work;
    uint32_t inbox_bytes;
    char name[THREAD_NAME]; /* longer ones are cut by the kernel's limit */
    struct ioc_metric *full;
    uv_loop_t own_loop, *loop; /* loop NULL: the system refused one */
    uv_async_t wake;
    bool has_wake;
    uv_thread_t thread;
};

static bool is_waiting(const struct inbox *box)
{
    return box->records.length > 0 || box->first;
}

static void clear(struct inbox *box)
{
    ioc_buffer_reset(&box->records);
    box->first = NULL;
    box->last = &box->first;
}

struct ioc_lane *ioc_lane_new(const struct ioc_lane_options *options)
{
    assert(options->work && options->work->handle && options->name);
    struct ioc_lane *lane = ioc_memory_take(sizeof *lane);
    if (uv_mutex_init(&lane->lock) != 0)
        abort();
    lane->work = options->work;
    lane->inbox_bytes = options->inbox_bytes ? options->inbox_bytes : DEFAULT_INBOX_BYTES;
    snprintf(lane->name, sizeof lane->name, "%s", options->name);
    for (int i = 0; i < 2; i++) {
        lane->boxes[i].records.limit = lane->inbox_bytes;
        clear(&lane->boxes[i]);
    }
    struct ioc_buffer labels = {0};
    ioc_metric_label(&labels, "lane", ioc_text_of(options->name));
    ioc_buffer_add_char(&labels, '\0');
    lane->full = ioc_metric_get(IOC_COUNTER, "ioc_lane_full_total", labels.data,
        "batches refused because the inbox was full");
    ioc_buffer_done(&labels);

    if (options->loop)
        lane->loop = options->loop;
    else if (uv_loop_init(&lane->own_loop) == 0)
        lane->loop = &lane->own_loop;
    return lane;
}

static bool has_thread(const struct ioc_lane *lane)
{
    return lane->loop == &lane->own_loop;
}

/* Works off one box; false when there was nothing in it. */
static bool work_once(struct ioc_lane *lane)
{
    uv_mutex_lock(&lane->lock);
    struct inbox *box = &lane->boxes[lane->open];
    if (!is_waiting(box)) {
        uv_mutex_unlock(&lane->lock);
        return false;
    }
    lane->open = !lane->open;
    uv_mutex_unlock(&lane->lock);

    struct ioc_text records = ioc_buffer_text(&box->records);
    uint32_t done = 0;
    lane->is_working = true;
    for (struct ioc_lane_task *task = box->first, *next; task; task = next) {
        next = task->next;
        uint32_t after = (uint32_t)task->after;
        if (after > done)
            lane->work->handle(
                lane->work, lane, (struct ioc_text){records.data + done, after - done});
        done = after;
        task->run(task, lane);
    }
    if (records.length > done)
        lane->work->handle(
            lane->work, lane, (struct ioc_text){records.data + done, records.length - done});
    lane->is_working = false;
    clear(box);
    return true;
}

static void release(struct ioc_lane *lane)
{
    for (int i = 0; i < 2; i++)
        ioc_buffer_done(&lane->boxes[i].records);
    uv_mutex_destroy(&lane->lock);
    ioc_memory_give(lane);
}

static void on_wake_closed(uv_handle_t *handle)
{
    struct ioc_lane *lane = handle->data;
    lane->has_wake = false;
    if (lane->is_freed)
        release(lane);
}

/* The lane takes no more posts. */
static void finish(struct ioc_lane *lane)
{
    while (work_once(lane))
        continue;
    if (!uv_is_closing((uv_handle_t *)&lane->wake))
        uv_close((uv_handle_t *)&lane->wake, on_wake_closed);
}

static void on_wake(uv_async_t *wake)
{
    struct ioc_lane *lane = wake->data;
    work_once(lane);
    uv_mutex_lock(&lane->lock);
    bool is_closed = lane->is_closed;
    uv_mutex_unlock(&lane->lock);
    if (is_closed)
        finish(lane);
}

static void run_thread(void *argument)
{
    struct ioc_lane *lane = argument;
    pthread_setname_np(pthread_self(), lane->name);
    uv_run(lane->loop, UV_RUN_DEFAULT);
}

enum ioc_status ioc_lane_start(struct ioc_lane *lane)
{
    assert(!lane->is_started && !lane->is_closed);
    if (!lane->loop || uv_async_init(lane->loop, &lane->wake, on_wake) != 0)
        return IOC_FAILED;
    lane->wake.data = lane;
    lane->has_wake = true;
    if (has_thread(lane) && uv_thread_create(&lane->thread, run_thread, lane) != 0) {
        uv_close((uv_handle_t *)&lane->wake, on_wake_closed);
        uv_run(lane->loop, UV_RUN_DEFAULT);
        return IOC_FAILED;
    }
    uv_mutex_lock(&lane->lock);
    lane->is_started = true;
    if (is_waiting(&lane->boxes[lane->open]))
        uv_async_send(&lane->wake);
    uv_mutex_unlock(&lane->lock);
    return IOC_OK;
}

void ioc_lane_stop(struct ioc_lane *lane)
{
    uv_mutex_lock(&lane->lock);
    bool was_running = lane->is_started && !lane->is_closed;
    lane->is_closed = true;
    if (was_running && has_thread(lane))
        uv_async_send(&lane->wake);
    uv_mutex_unlock(&lane->lock);
    if (!was_running)
        return;
    if (has_thread(lane)) {
        int err = uv_thread_join(&lane->thread);
        assert(err == 0);
    } else if (!lane->is_working) {
        finish(lane);
    } /* else on_wake() finishes when the batch is done */
}

void ioc_lane_free(struct ioc_lane *lane)
{
    if (!lane)
        return;
    ioc_lane_stop(lane);
    if (has_thread(lane)) {
        int err = uv_loop_close(lane->loop);
        assert(err == 0); /* else somebody left a handle on it */
    }
    if (lane->has_wake)
        lane->is_freed = true;
    else
        release(lane);
}

/* Under the lock, before something is put into the open box. */
static void wake_up(struct ioc_lane *lane)
{
    if (lane->is_started && !is_waiting(&lane->boxes[lane->open]))
        uv_async_send(&lane->wake);
}

enum ioc_status ioc_lane_post(struct ioc_lane *lane, struct ioc_text batch)
{
    assert(batch.length % 8 == 0);
    if (batch.length > lane->inbox_bytes)
        return IOC_LIMIT;
    enum ioc_status status = IOC_OK;
    uv_mutex_lock(&lane->lock);
    struct ioc_buffer *records = &lane->boxes[lane->open].records;
    if (lane->is_closed) {
        status = IOC_CLOSED;
    } else if (batch.length > lane->inbox_bytes - records->length) {
        status = IOC_FULL;
    } else if (batch.length) {
        wake_up(lane);
        ioc_buffer_add_text(records, batch);
    }
    uv_mutex_unlock(&lane->lock);
    if (status == IOC_FULL)
        ioc_metric_add(lane->full, 1);
    return status;
}

enum ioc_status ioc_lane_run(struct ioc_lane *lane, struct ioc_lane_task *task)
{
    enum ioc_status status = IOC_OK;
    uv_mutex_lock(&lane->lock);
    if (lane->is_closed) {
        status = IOC_CLOSED;
    } else {
        struct inbox *box = &lane->boxes[lane->open];
        wake_up(lane);
        task->next = NULL;
        task->after = box->records.length;
        *box->last = task;
        box->last = &task->next;
    }
    uv_mutex_unlock(&lane->lock);
    return status;
}

uv_loop_t *ioc_lane_loop(struct ioc_lane *lane)
{
    return lane->loop;
}

void ioc_lane_fill(struct ioc_lane *lane, uint32_t *waiting, uint32_t *most)
{
    uv_mutex_lock(&lane->lock);
    *waiting = (uint32_t)lane->boxes[lane->open].records.length;
    uv_mutex_unlock(&lane->lock);
    *most = lane->inbox_bytes;
}
