/*
 * ingest/replay.c — a recorded day from a file, at its own pace or faster.
 *
 * One JSON object per line: {"t": RFC 3339 or epoch, "topic": text, "payload": any JSON, or a text
 * whose bytes are the payload}.  A message counts as received at its line's time, whatever the
 * clock says, so that a stream with `time: received` replays as it was recorded.  While the inbox
 * is full the file waits; nothing is lost and nothing needs an acknowledgement.  A line that is no
 * such object is counted as dropped and said once.
 */
#include "core/clock.h"
#include "core/memory.h"
#include "ingest/json.h"
#include "ingest/reading.h"
#include "ingest/source.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>

enum { BATCH = 256, PAUSE_MS = 2 };
enum { SLOT_TIME, SLOT_TOPIC, SLOT_PAYLOAD, SLOTS };

struct replay_options {
    struct ioc_text file, speed;
    bool loop;
};
struct ioc_source {
    struct ioc_source_setup setup;
    const struct replay_options *options;
    double speed; /* 0 = as fast as it is taken */
    FILE *file;
    char *bytes; /* read and not yet used: [at, end) of IOC_JSON_MOST */
    size_t at, end;
    bool is_long; /* inside a line that does not fit; passed over */
    struct ioc_json *json;
    struct ioc_json_node tree, nodes[SLOTS];
    struct ioc_buffer text; /* payload written out */
    uv_timer_t timer;       /* until the next message is due, or the inbox has room */
    uv_idle_t idle;         /* while there is work: a timer of 0 ms would keep the loop to itself */
    uint32_t open_handles;
    enum ioc_source_state state;
    bool has_message, has_posted; /* posted: in this round */
    struct ioc_message message;   /* read, not yet posted */
    ioc_time first;               /* time of the first line of this round */
    ioc_span started;             /* steady clock then */
};

static void write_json(struct ioc_buffer *out, const struct ioc_json_value *value)
{
    struct ioc_json_walk walk;
    struct ioc_json_value item;
    struct ioc_text name;
    char open = value->kind == IOC_JSON_OBJECT ? '{' : '[';
    switch (value->kind) {
    case IOC_JSON_BOOL: ioc_buffer_add_string(out, value->truth ? "true" : "false"); return;
    case IOC_JSON_INT: ioc_buffer_add_int(out, value->integer); return;
    case IOC_JSON_UINT: ioc_buffer_add_uint(out, value->natural); return;
    case IOC_JSON_DOUBLE: ioc_buffer_add_double(out, value->real); return;
    case IOC_JSON_TEXT: ioc_buffer_add_json(out, value->text); return;
    case IOC_JSON_ARRAY:
    case IOC_JSON_OBJECT: break;
    default: ioc_buffer_add_string(out, "null"); return;
    }
    ioc_buffer_add_char(out, open);
    ioc_json_walk_begin(&walk, value);
    for (bool is_first = true; ioc_json_walk_next(&walk, &name, &item); is_first = false) {
        if (!is_first)
            ioc_buffer_add_char(out, ',');
        if (open == '{') {
            ioc_buffer_add_json(out, name);
            ioc_buffer_add_char(out, ':');
        }
        write_json(out, &item); /* at most IOC_JSON_DEPTH deep */
    }
    ioc_buffer_add_char(out, open == '{' ? '}' : ']');
}

static bool read_message(struct ioc_source *source, struct ioc_text line)
{
    static const struct ioc_reading any_time = {.time = IOC_READING_AUTO};
    struct ioc_json_value root, values[SLOTS] = {{.kind = IOC_JSON_NONE}};
    struct ioc_error err;
    if (ioc_json_parse(source->json, line, &root, &err) != IOC_OK)
        return false;
    ioc_json_pick(&root, &source->tree, values);
    struct ioc_message *message = &source->message;
    *message = (struct ioc_message){.source = source->setup.id};
    if (values[SLOT_TOPIC].kind != IOC_JSON_TEXT || values[SLOT_PAYLOAD].kind == IOC_JSON_NONE ||
        ioc_reading_moment(&any_time, &values[SLOT_TIME], &message->received) != NULL)
        return false;
    message->topic = values[SLOT_TOPIC].text;
    message->payload = values[SLOT_PAYLOAD].text;
    if (values[SLOT_PAYLOAD].kind != IOC_JSON_TEXT) {
        ioc_buffer_reset(&source->text);
        write_json(&source->text, &values[SLOT_PAYLOAD]);
        message->payload = ioc_buffer_text(&source->text);
    }
    return !source->text.is_full;
}

static void pass_over(struct ioc_source *source)
{
    ioc_intake_drop(source->setup.intake, source->setup.id, "other");
    ioc_log(IOC_LOG_WARNING, "ingest.replay", "a line of %s is no message; it is passed over",
        source->options->file.data);
}

/* The next line without its end; false when there is none. */
static bool read_line(struct ioc_source *source, struct ioc_text *line)
{
    for (;;) {
        char *start = source->bytes + source->at,
             *end = memchr(start, '\n', source->end - source->at);
        bool was_long = source->is_long;
        if (end) {
            *line = (struct ioc_text){start, (uint32_t)(end - start)};
            source->at += line->length + 1;
            source->is_long = false;
            if (!was_long)
                return true;
            continue;
        }
        memmove(source->bytes, start, source->end - source->at);
        source->end -= source->at;
        source->at = 0;
        if (source->end == IOC_JSON_MOST) {
            if (!was_long)
                pass_over(source);
            source->is_long = true;
            source->end = 0;
        }
        size_t count =
            fread(source->bytes + source->end, 1, IOC_JSON_MOST - source->end, source->file);
        source->end += count;
        if (count)
            continue;
        *line = (struct ioc_text){source->bytes, (uint32_t)source->end};
        source->end = 0;
        return line->length && !was_long;
    }
}

/* The next message into source->message; false at the end of the file. */
static bool read_next(struct ioc_source *source)
{
    struct ioc_text line;
    while (read_line(source, &line)) {
        line = ioc_text_trim(line);
        if (line.length && read_message(source, line))
            return true;
        if (line.length)
            pass_over(source);
    }
    return false;
}

/* True when the message's moment has come; else the milliseconds until then. */
static bool is_due(struct ioc_source *source, uint64_t *wait)
{
    if (source->speed == 0)
        return true;
    if (source->first == IOC_TIME_NONE) {
        source->first = source->message.received;
        source->started = ioc_clock_steady();
    }
    double due = (double)ioc_time_since(source->message.received, source->first) / source->speed;
    double left = due - (double)(ioc_clock_steady() - source->started);
    if (left <= 0)
        return true;
    *wait = left > 60e9 ? 60000 : (uint64_t)ceil(left / 1e6);
    return false;
}

static void end(struct ioc_source *source)
{
    if (source->options->loop && source->has_posted && !ferror(source->file)) {
        rewind(source->file);
        source->first = IOC_TIME_NONE;
        source->has_posted = false;
        return;
    }
    source->state = IOC_SOURCE_ENDED;
    ioc_log(
        IOC_LOG_INFO, "ingest.replay", "%s has been read to its end", source->options->file.data);
}

/* Posts up to a batch; the milliseconds to wait then, 0 = go on. */
static uint64_t post_some(struct ioc_source *source)
{
    uint64_t wait = 0;
    for (int i = 0; i < BATCH && source->state == IOC_SOURCE_UP; i++) {
        if (!source->has_message && !(source->has_message = read_next(source))) {
            end(source);
            continue;
        }
        if (!is_due(source, &wait))
            return wait;
        enum ioc_status status = ioc_intake_post(source->setup.intake, &source->message);
        if (status == IOC_FULL || status == IOC_CLOSED)
            return PAUSE_MS;
        source->has_posted = true;
        if (status != IOC_OK)
            ioc_intake_drop(source->setup.intake, source->setup.id,
                status == IOC_LIMIT ? "too-large" : "other");
        source->has_message = false;
    }
    return 0;
}

static void go_on(uv_idle_t *idle);

static void wake(uv_timer_t *timer)
{
    struct ioc_source *source = timer->data;
    uv_idle_start(&source->idle, go_on);
}

static void go_on(uv_idle_t *idle)
{
    struct ioc_source *source = idle->data;
    uint64_t wait = post_some(source);
    if (wait || source->state != IOC_SOURCE_UP)
        uv_idle_stop(idle);
    if (wait)
        uv_timer_start(&source->timer, wake, wait, 0);
}

static void forget(struct ioc_source *source)
{
    if (source->file)
        fclose(source->file);
    ioc_memory_give(source->bytes);
    ioc_json_free(source->json);
    ioc_buffer_done(&source->text);
    ioc_memory_give(source);
}

static bool read_speed(struct ioc_text text, double *speed)
{
    *speed = 0;
    if (ioc_text_equal(text, IOC_TEXT("max")))
        return true;
    return ioc_text_double(text, speed) == IOC_OK && *speed > 0 && *speed <= 1e6;
}

static enum ioc_status open_replay(const struct ioc_source_setup *setup, const void *options,
    struct ioc_source **out, struct ioc_error *err)
{
    static const char *const names[SLOTS] = {"t", "topic", "payload"};
    struct ioc_source *source = ioc_memory_take(sizeof *source);
    source->setup = *setup;
    source->options = options;
    source->first = IOC_TIME_NONE;
    if (!read_speed(source->options->speed, &source->speed)) {
        ioc_error_set(
            err, "bad-speed", "'%.*s' is no speed", IOC_TEXT_ARGS(source->options->speed));
        ioc_error_hint(
            err, "speed: 1 (as recorded), speed: 60 (a minute in a second) or speed: max");
        forget(source);
        return IOC_INVALID;
    }
    source->file = fopen(source->options->file.data, "re");
    if (!source->file) {
        ioc_error_set(err, "cannot-open", "%s cannot be read: %s", source->options->file.data,
            strerror(errno));
        forget(source);
        return IOC_FAILED;
    }
    source->json = ioc_json_new();
    source->bytes = ioc_memory_take(IOC_JSON_MOST);
    source->tree = (struct ioc_json_node){.item = -1, .first = source->nodes};
    for (uint32_t i = 0; i < SLOTS; i++)
        source->nodes[i] = (struct ioc_json_node){.name = ioc_text_of(names[i]),
            .item = -1,
            .next = i + 1 < SLOTS ? &source->nodes[i + 1] : NULL,
            .first_value = i,
            .value_count = 1};
    source->state = IOC_SOURCE_UP;
    uv_timer_init(setup->loop, &source->timer);
    uv_idle_init(setup->loop, &source->idle);
    source->timer.data = source->idle.data = source;
    source->open_handles = 2;
    uv_idle_start(&source->idle, go_on);
    *out = source;
    return IOC_OK;
}

static void acknowledge_replay(struct ioc_source *source, const uint64_t *tokens, uint32_t count)
{
    assert(count == 0); /* its messages carry no token */
}

static enum ioc_source_state state_of(const struct ioc_source *source)
{
    return source->state;
}

static void after_close(uv_handle_t *handle)
{
    struct ioc_source *source = handle->data;
    if (--source->open_handles == 0)
        forget(source);
}

static void close_replay(struct ioc_source *source)
{
    if (!source)
        return;
    source->state = IOC_SOURCE_ENDED;
    uv_close((uv_handle_t *)&source->timer, after_close);
    uv_close((uv_handle_t *)&source->idle, after_close);
}

static const struct ioc_option replay_table[] = {
    {.key = "file",
        .type = IOC_OPTION_PATH,
        .is_required = true,
        .help = "File with one recorded message a line",
        .help_vi = "tệp ghi mỗi dòng một bản tin",
        .offset = offsetof(struct replay_options, file)},
    {.key = "speed",
        .type = IOC_OPTION_TEXT,
        .fallback = "1",
        .help = "How many times faster than recorded; max = as fast as it is taken",
        .help_vi = "nhanh gấp bao nhiêu lần so với lúc ghi; max = nhanh hết mức",
        .offset = offsetof(struct replay_options, speed)},
    {.key = "loop",
        .type = IOC_OPTION_BOOL,
        .fallback = "false",
        .help = "Begin again at the end of the file",
        .help_vi = "hết tệp thì phát lại từ đầu",
        .offset = offsetof(struct replay_options, loop)},
    IOC_OPTION_END,
};

extern const struct ioc_source_kind ioc_source_replay;
const struct ioc_source_kind ioc_source_replay = {
    .name = "replay",
    .summary = "Recorded messages from a file, at their own pace or faster",
    .options = replay_table,
    .options_bytes = sizeof(struct replay_options),
    .open = open_replay,
    .acknowledge = acknowledge_replay,
    .state = state_of,
    .close = close_replay,
};
