/*
 * sinks/jsonl.c — every transition as a line of JSON at the end of a file, or on the standard output.
 *
 * What a batch brings is appended with one write.  A disk that is full keeps the lines waiting, bounded; half a line
 * that was still written is completed by the next try, so lines are whole as long as the process lives.  A pipe gets
 * pieces that fit (PIPE_BUF) and only when it takes them, so a reader that sleeps does not hold the sinks up.
 */
#include "sinks/jsonl.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/metric.h"
#include "sinks/outbox.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH_MOST = 1024 * 1024, RETRY_MS = 1000, GRACE_STEP_MS = 50 };

struct ioc_sink {
    int file;
    bool is_regular, is_ours; /* ours: opened here, so closed here */
    bool is_complaining, is_losing;
    char *label, *path;
    struct ioc_sink_host *host;
    struct ioc_outbox outbox;
    struct ioc_buffer line, batch;
    size_t written; /* of batch */
    uv_timer_t retry;
    ioc_span deadline;
    void (*closed)(struct ioc_sink_host *host);
    struct ioc_metric *queue_bytes, *transitions, *lost, *flushes, *up;
};
struct jsonl_options {
    struct ioc_text path;
    uint64_t queue;
};

static const struct ioc_option options_table[] = {
    {.key = "path",
        .type = IOC_OPTION_PATH,
        .is_required = true,
        .offset = offsetof(struct jsonl_options, path),
        .help = "file to which lines are appended; \"-\" is the standard output",
        .help_vi = "tệp được ghi thêm từng dòng; \"-\" là đầu ra chuẩn"},
    {.key = "queue",
        .type = IOC_OPTION_BYTES,
        .fallback = "64 MiB",
        .offset = offsetof(struct jsonl_options, queue),
        .help = "bytes of lines kept while the file cannot be written; over it the oldest that "
                "raise nothing go first",
        .help_vi = "số byte giữ lại khi không ghi được tệp; quá mức thì bỏ dòng cũ nhất không phải báo động"},
    IOC_OPTION_END,
};

static void complain(struct ioc_sink *sink, int error)
{
    char quoted[IOC_LOG_QUOTED];
    ioc_metric_set(sink->up, 0);
    if (!sink->is_complaining)
        ioc_log(IOC_LOG_ERROR, "sinks.jsonl",
            "sink %s: %s cannot be written: %s; lines wait, trying again every second", sink->label,
            ioc_log_quote(ioc_text_of(sink->path), quoted), strerror(error));
    sink->is_complaining = true;
}

/* 0 or more bytes written; -1 when nothing could be and errno says why. */
static ssize_t write_some(const struct ioc_sink *sink, const char *bytes, size_t length)
{
    if (!sink->is_regular) {
        struct pollfd poll_file = {.fd = sink->file, .events = POLLOUT};
        if (poll(&poll_file, 1, 0) == 0)
            return 0;
        length = length < PIPE_BUF ? length : PIPE_BUF;
    }
    ssize_t count;
    do
        count = write(sink->file, bytes, length);
    while (count < 0 && errno == EINTR);
    return count < 0 && errno == EAGAIN ? 0 : count;
}

/* True when the whole batch is written. */
static bool write_batch(struct ioc_sink *sink)
{
    while (sink->written < sink->batch.length) {
        ssize_t count =
            write_some(sink, sink->batch.data + sink->written, sink->batch.length - sink->written);
        if (count < 0) {
            complain(sink, errno);
            return false;
        }
        if (count == 0)
            return false;
        sink->written += (size_t)count;
    }
    return true;
}

static void confirm_batch(struct ioc_sink *sink)
{
    ioc_metric_add(sink->transitions, sink->outbox.in_flight_count);
    ioc_metric_add(sink->flushes, 1);
    ioc_outbox_confirm(&sink->outbox, 0);
    ioc_outbox_forget(&sink->outbox, 1);
    ioc_buffer_reset(&sink->batch);
    sink->written = 0;
    if (sink->is_complaining)
        ioc_log(IOC_LOG_INFO, "sinks.jsonl", "sink %s: lines are written again", sink->label);
    sink->is_complaining = sink->is_losing = false;
    ioc_metric_set(sink->up, 1);
}

static void fill_batch(struct ioc_sink *sink)
{
    struct ioc_outbox_entry entry;
    while (ioc_outbox_peek(&sink->outbox, &entry)) {
        if (sink->batch.length > 0 && sink->batch.length + entry.text.length > BATCH_MOST)
            return;
        ioc_buffer_add_text(&sink->batch, entry.text);
        ioc_outbox_send(&sink->outbox, 0);
    }
}

/* True when nothing is left to write. */
static bool deliver(struct ioc_sink *sink)
{
    for (;;) {
        if (sink->batch.length == 0)
            fill_batch(sink);
        if (sink->batch.length == 0)
            return true;
        if (!write_batch(sink))
            return false;
        confirm_batch(sink);
    }
}

static void try_again(uv_timer_t *timer);

static void flush_sink(struct ioc_sink *sink)
{
    if (sink->is_complaining) /* the timer tries */
        return;
    if (!deliver(sink) && !uv_is_active((uv_handle_t *)&sink->retry))
        uv_timer_start(&sink->retry, try_again, sink->is_complaining ? RETRY_MS : GRACE_STEP_MS, 0);
    ioc_metric_set(sink->queue_bytes, (int64_t)sink->outbox.waiting_bytes);
}

static void try_again(uv_timer_t *timer)
{
    struct ioc_sink *sink = timer->data;
    if (!deliver(sink))
        uv_timer_start(&sink->retry, try_again, sink->is_complaining ? RETRY_MS : GRACE_STEP_MS, 0);
}

static void take_transition(struct ioc_sink *sink, const struct ioc_transition *transition)
{
    if (transition->is_restated) /* nothing new */
        return;
    ioc_buffer_reset(&sink->line);
    ioc_transition_json(transition, &sink->line);
    ioc_buffer_add_char(&sink->line, '\n');
    struct ioc_outbox_entry entry = {.text = ioc_buffer_text(&sink->line),
        .partition = transition->partition,
        .is_raise =
            transition->to == IOC_ALERT_UNACKNOWLEDGED && transition->from <= IOC_ALERT_PENDING};
    bool is_too_long = sink->line.is_full || sink->line.length > BATCH_MOST;
    uint32_t lost = is_too_long ? 1 : ioc_outbox_add(&sink->outbox, &entry);
    if (lost == 0)
        return;
    ioc_metric_add(sink->lost, lost);
    if (!sink->is_losing)
        ioc_log(IOC_LOG_ERROR, "sinks.jsonl",
            "sink %s: more lines wait than `queue` allows; the oldest that raise no alert are "
            "dropped and counted",
            sink->label);
    sink->is_losing = true;
}

static void free_sink(struct ioc_sink *sink)
{
    if (sink->is_ours)
        close(sink->file);
    ioc_outbox_done(&sink->outbox);
    ioc_buffer_done(&sink->line);
    ioc_buffer_done(&sink->batch);
    ioc_memory_give(sink->label);
    ioc_memory_give(sink->path);
    ioc_memory_give(sink);
}

static void timer_closed(uv_handle_t *handle)
{
    struct ioc_sink *sink = handle->data;
    struct ioc_sink_host *host = sink->host;
    void (*closed)(struct ioc_sink_host * host) = sink->closed;
    uint32_t left = sink->outbox.waiting_count + sink->outbox.in_flight_count;
    if (left > 0)
        ioc_log(IOC_LOG_WARNING, "sinks.jsonl",
            "sink %s: stops with %u lines that could not be written", sink->label, left);
    free_sink(sink);
    if (closed)
        closed(host);
}

static void try_to_close(uv_timer_t *timer)
{
    struct ioc_sink *sink = timer->data;
    if (deliver(sink) || ioc_clock_steady() >= sink->deadline)
        uv_close((uv_handle_t *)&sink->retry, timer_closed);
    else
        uv_timer_start(&sink->retry, try_to_close, GRACE_STEP_MS, 0);
}

static void close_sink(
    struct ioc_sink *sink, ioc_span grace, void (*closed)(struct ioc_sink_host *host))
{
    if (!sink)
        return;
    sink->closed = closed;
    sink->deadline = ioc_time_add(ioc_clock_steady(), grace);
    try_to_close(&sink->retry);
}

/* A line that a crash cut off is ended, so that the next one stands alone. */
static void end_last_line(int file, const char *path)
{
    char last = '\n';
    int reading = open(path, O_RDONLY | O_CLOEXEC);
    if (reading < 0)
        return;
    if (lseek(reading, -1, SEEK_END) >= 0 && read(reading, &last, 1) == 1 && last != '\n')
        last = write(file, "\n", 1) == 1 ? '\n' : last; /* when not, the next write says why */
    close(reading);
}

static void make_metrics(struct ioc_sink *sink, struct ioc_text name)
{
    struct ioc_buffer label = {0};
    ioc_metric_label(&label, "sink", name);
    ioc_buffer_add_char(&label, '\0');
    sink->queue_bytes = ioc_metric_get(IOC_GAUGE, "ioc_sink_queue_bytes", label.data,
        "Bytes of transitions that wait for the sink's other side.");
    sink->transitions = ioc_metric_get(IOC_COUNTER, "ioc_sink_transitions_total", label.data,
        "Transitions and command results delivered.");
    sink->lost = ioc_metric_get(IOC_COUNTER, "ioc_sink_lost_total", label.data,
        "Outputs given up because a bound was reached.");
    sink->flushes =
        ioc_metric_get(IOC_COUNTER, "ioc_sink_flushes_total", label.data, "Flushes confirmed.");
    sink->up = ioc_metric_get(
        IOC_GAUGE, "ioc_sink_up", label.data, "1 while the other side takes writes.");
    ioc_buffer_done(&label);
}

static enum ioc_status open_file(
    const char *path, int *file, bool *is_regular, struct ioc_error *err)
{
    struct stat info;
    /* A path option has the city file's directory in front. */
    bool is_standard = ioc_text_equal(ioc_text_of(path), IOC_TEXT("-")) ||
                       ioc_text_ends(ioc_text_of(path), IOC_TEXT("/-"));
    int opened = is_standard
                     ? STDOUT_FILENO
                     : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
    if (opened < 0 || fstat(opened, &info) != 0) {
        char quoted[IOC_LOG_QUOTED];
        ioc_error_set(err, "cannot-write", "%.200s cannot be opened for writing: %s",
            ioc_log_quote(ioc_text_of(path), quoted), strerror(errno));
        if (opened >= 0 && !is_standard)
            close(opened);
        return IOC_FAILED;
    }
    *file = opened;
    *is_regular = S_ISREG(info.st_mode);
    if (*is_regular && !is_standard)
        end_last_line(opened, path);
    return IOC_OK;
}

static enum ioc_status open_sink(const struct ioc_sink_setup *setup, const void *options,
    struct ioc_sink **sink, struct ioc_error *err)
{
    const struct jsonl_options *jsonl_options = options;
    int file;
    bool is_regular;
    char *path = ioc_memory_copy(jsonl_options->path.data, jsonl_options->path.length);
    enum ioc_status status = open_file(path, &file, &is_regular, err);
    if (status != IOC_OK) {
        ioc_memory_give(path);
        return status;
    }
    struct ioc_sink *made = ioc_memory_take(sizeof *made);
    made->file = file;
    made->is_regular = is_regular;
    made->is_ours = file != STDOUT_FILENO;
    made->path = path;
    made->label = ioc_memory_copy(setup->name.data, setup->name.length);
    made->host = setup->host;
    ioc_outbox_init(&made->outbox, jsonl_options->queue);
    make_metrics(made, setup->name);
    ioc_metric_set(made->up, 1);
    uv_timer_init(setup->loop, &made->retry);
    made->retry.data = made;
    *sink = made;
    return IOC_OK;
}

const struct ioc_sink_kind ioc_sink_jsonl = {
    .name = "jsonl",
    .summary = "every transition as a line of JSON at the end of a file",
    .options = options_table,
    .options_bytes = sizeof(struct jsonl_options),
    .open = open_sink,
    .transition = take_transition,
    .flush = flush_sink,
    .close = close_sink,
};
