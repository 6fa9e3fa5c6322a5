/*
 * sinks/wall/feed.c — live state from Redis: one reader, any number of clients.
 *
 * The tail (tail.h) brings deltas; here is what a client needs besides, and in which order it gets
 * it: health, the ring's frames, the state (stale or not), and at the start what it missed, or a
 * snapshot.
 */
#include "sinks/wall/feed.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metric.h"
#include "sinks/wall/catchup.h"
#include "sinks/wall/health.h"
#include "sinks/wall/snapshot.h"
#include "sinks/wall/tail.h"
#include <assert.h>

enum { HEALTH_MS = 1000, RETRY_MS = 250 };
#define SNAPSHOT_LIFE (10 * IOC_SECOND) /* a newer one is read for who comes later */

struct ioc_feed {
    struct ioc_feed_options options;
    struct ioc_tail_user tail_user;
    struct ioc_tail tail;
    bool is_closing, is_stale;
    struct ioc_hold hold;
    struct ioc_frame *health_frame, *state_frame;
    uint64_t health_version, state_version;

    struct ioc_snapshot_user snapshot_user;
    struct ioc_snapshot *reader;
    struct ioc_frame *snapshot; /* the newest one; its `at` is where it stands */
    ioc_span snapshot_made;
    struct ioc_position reader_at; /* of the one being read */
    uint64_t reader_run;
    struct ioc_catchup_user catchup_user;
    struct ioc_catchups *catchups;
    struct ioc_health *health;

    uv_timer_t health_timer, retry_timer;
    uint32_t open_parts;
    struct ioc_buffer text;
    struct ioc_metric *up, *snapshots, *slow, *resumed_ring, *resumed_stream;
};

static struct ioc_text epoch_of(const struct ioc_feed *feed)
{
    return ioc_text_of(feed->tail.epoch);
}

static void tell(struct ioc_feed *feed)
{
    if (feed->open_parts && !feed->is_closing)
        feed->options.user->changed(feed->options.user);
}

/* What clients are told besides deltas. */

static void set_state_frame(struct ioc_feed *feed, const char *event, struct ioc_text json)
{
    ioc_frame_unref(feed->state_frame);
    feed->state_frame =
        ioc_frame_new(&feed->hold, event, IOC_TEXT(""), (struct ioc_position){0}, json);
    feed->state_version++;
    tell(feed);
}

static void say_stale(struct ioc_feed *feed)
{
    char json[64];
    feed->is_stale = true;
    ioc_metric_set(feed->up, 0);
    snprintf(json, sizeof json, "{\"since\":%lld}", (long long)(ioc_clock_now() / IOC_MILLISECOND));
    set_state_frame(feed, "stale", ioc_text_of(json));
}

static void say_health(struct ioc_feed *feed)
{
    ioc_buffer_reset(&feed->text);
    ioc_health_write(feed->health, ioc_clock_now(), feed->tail.lag_ms, &feed->text);
    ioc_frame_unref(feed->health_frame);
    feed->health_frame = ioc_frame_new(&feed->hold, "health", IOC_TEXT(""),
        (struct ioc_position){0}, ioc_buffer_text(&feed->text));
    feed->health_version++;
    tell(feed);
    if (feed->tail.is_query_up)
        ioc_health_ask(feed->health);
}

static void say_health_again(uv_timer_t *timer)
{
    say_health(timer->data);
}

static void set_stale(struct ioc_feed *feed, const char *why)
{
    if (feed->is_stale || feed->is_closing)
        return;
    ioc_log(IOC_LOG_WARNING, "sinks.feed", "%s; clients are told that the state is stale", why);
    say_stale(feed);
    say_health(feed);
}

/* A delta without content ends `stale` for clients that missed nothing. */
static void set_fresh(struct ioc_feed *feed)
{
    if (!feed->is_stale)
        return;
    feed->is_stale = false;
    ioc_metric_set(feed->up, 1);
    ioc_log(IOC_LOG_INFO, "sinks.feed", "the delta stream is read; clients get deltas");
    set_state_frame(feed, "delta", IOC_TEXT("{}"));
    say_health(feed);
}

/* What the tail tells. */

static struct ioc_feed *of_tail(struct ioc_tail_user *user)
{
    return (struct ioc_feed *)((char *)user - offsetof(struct ioc_feed, tail_user));
}

static void tail_changed(struct ioc_tail_user *user)
{
    tell(of_tail(user));
}

static void tail_began_run(struct ioc_tail_user *user)
{
    struct ioc_feed *feed = of_tail(user);
    ioc_catchups_reset(feed->catchups);
    ioc_frame_unref(feed->snapshot);
    feed->snapshot = NULL;
}

static void tail_went_stale(struct ioc_tail_user *user, const char *why)
{
    set_stale(of_tail(user), why);
}

static void tail_is_fresh(struct ioc_tail_user *user)
{
    set_fresh(of_tail(user));
    tell(of_tail(user));
}

/* Snapshots. */

static void try_again(uv_timer_t *timer)
{
    tell(timer->data);
}

static void snapshot_finished(
    struct ioc_snapshot_user *user, enum ioc_status status, struct ioc_text json)
{
    struct ioc_feed *feed =
        (struct ioc_feed *)((char *)user - offsetof(struct ioc_feed, snapshot_user));
    if (feed->is_closing)
        return;
    if (status == IOC_OK && feed->reader_run == feed->tail.run) {
        ioc_frame_unref(feed->snapshot);
        feed->snapshot =
            ioc_frame_new(&feed->hold, "snapshot", epoch_of(feed), feed->reader_at, json);
        feed->snapshot_made = ioc_clock_steady();
        ioc_metric_add(feed->snapshots, 1);
        tell(feed);
        return;
    }
    if (status != IOC_OK && status != IOC_CLOSED)
        ioc_log(IOC_LOG_WARNING, "sinks.feed",
            "the snapshot could not be read: %s; it is tried again",
            status == IOC_INVALID ? "another epoch is stored" : ioc_status_text(status));
    if (status == IOC_INVALID)
        ioc_tail_check(&feed->tail);
    uv_timer_start(&feed->retry_timer, try_again, RETRY_MS, 0);
}

/* The newest snapshot if the ring goes on from it; else one is being read afterwards. */
static struct ioc_frame *find_snapshot(struct ioc_feed *feed)
{
    if (feed->snapshot && ioc_ring_covers(&feed->tail.ring, feed->snapshot->at) &&
        ioc_clock_steady() - feed->snapshot_made < SNAPSHOT_LIFE)
        return feed->snapshot;
    if (!ioc_snapshot_is_reading(feed->reader) &&
        !uv_is_active((uv_handle_t *)&feed->retry_timer)) {
        feed->reader_at = feed->tail.ring.last;
        feed->reader_run = feed->tail.run;
        ioc_snapshot_start(feed->reader, epoch_of(feed));
    }
    return NULL;
}

static void catchup_changed(struct ioc_catchup_user *user)
{
    tell((struct ioc_feed *)((char *)user - offsetof(struct ioc_feed, catchup_user)));
}

/* Clients. */

/* True when the client is placed by its Last-Event-ID or has to wait for that; *frame = what it
 * missed. */
static bool resume(struct ioc_feed *feed, struct ioc_place *place, struct ioc_frame **frame)
{
    *frame = NULL;
    if (strcmp(place->epoch, feed->tail.epoch) == 0 &&
        ioc_position_compare(place->after, feed->tail.ring.last) <= 0) {
        if (ioc_ring_covers(&feed->tail.ring, place->after)) {
            ioc_metric_add(feed->resumed_ring, 1);
            place->run = feed->tail.run;
        } else {
            enum ioc_catchup_state state = ioc_catchups_find(
                feed->catchups, epoch_of(feed), place->after, feed->tail.ring.floor, frame);
            if (state == IOC_CATCHUP_BUSY)
                return true;
            if (state == IOC_CATCHUP_READY) {
                ioc_metric_add(feed->resumed_stream, 1);
                place->run = feed->tail.run;
                place->after = *frame ? (*frame)->at : place->after;
            }
        }
    }
    place->is_resuming = false;
    return place->run == feed->tail.run;
}

static struct ioc_frame *place_client(struct ioc_feed *feed, struct ioc_place *place)
{
    struct ioc_frame *frame;
    if (place->is_resuming && resume(feed, place, &frame)) {
        if (place->is_resuming)
            return NULL;
        place->state = feed->state_version;
        return frame ? ioc_frame_ref(frame) : ioc_feed_next(feed, place);
    }
    frame = find_snapshot(feed);
    if (!frame)
        return NULL;
    place->run = feed->tail.run;
    place->after = frame->at;
    place->state = feed->state_version;
    return ioc_frame_ref(frame);
}

struct ioc_frame *ioc_feed_next(struct ioc_feed *feed, struct ioc_place *place)
{
    bool is_placed = place->run && place->run == feed->tail.run;
    if ((is_placed || feed->is_stale) && feed->health_frame &&
        place->health != feed->health_version) {
        place->health = feed->health_version;
        return ioc_frame_ref(feed->health_frame);
    }
    if (is_placed && !ioc_ring_covers(&feed->tail.ring, place->after)) {
        ioc_metric_add(feed->slow, 1);
        place->run = 0;
        is_placed = false;
    }
    if (is_placed) {
        struct ioc_frame *frame = ioc_ring_after(&feed->tail.ring, place->after);
        if (frame) {
            place->after = frame->at;
            return ioc_frame_ref(frame);
        }
    }
    if (place->state != feed->state_version && (is_placed || feed->is_stale)) {
        place->state = feed->state_version;
        return ioc_frame_ref(feed->state_frame);
    }
    return is_placed || feed->tail.life != IOC_TAIL_READING ? NULL : place_client(feed, place);
}

void ioc_feed_begin(struct ioc_feed *feed, struct ioc_text last_event_id, struct ioc_place *place)
{
    *place = (struct ioc_place){0};
    const char *slash =
        last_event_id.length ? memchr(last_event_id.data, '/', last_event_id.length) : NULL;
    if (!slash)
        return;
    struct ioc_text epoch = {last_event_id.data, (uint32_t)(slash - last_event_id.data)};
    struct ioc_text position = {slash + 1, last_event_id.length - epoch.length - 1};
    if (!ioc_entry_is_epoch(epoch) || ioc_position_read(position, &place->after) != IOC_OK)
        return;
    memcpy(place->epoch, epoch.data, epoch.length);
    place->is_resuming = true;
}

bool ioc_feed_is_up(const struct ioc_feed *feed)
{
    return feed->tail.life == IOC_TAIL_READING;
}

struct ioc_redis *ioc_feed_redis(const struct ioc_feed *feed)
{
    return feed->tail.query;
}

size_t ioc_feed_held(const struct ioc_feed *feed)
{
    return feed->hold.bytes;
}

bool ioc_feed_is_forgotten(const struct ioc_feed *feed, const struct ioc_frame *frame)
{
    if (frame == feed->snapshot || frame == feed->health_frame || frame == feed->state_frame)
        return false;
    return !ioc_ring_holds(&feed->tail.ring, frame);
}

/* Opening and closing. */

static void free_when_closed(struct ioc_feed *feed)
{
    if (--feed->open_parts)
        return;
    struct ioc_feed_user *user = feed->options.user;
    ioc_snapshot_free(feed->reader);
    ioc_catchups_free(feed->catchups);
    ioc_health_free(feed->health);
    ioc_frame_unref(feed->snapshot);
    ioc_frame_unref(feed->health_frame);
    ioc_frame_unref(feed->state_frame);
    assert(feed->hold.bytes == 0);
    ioc_buffer_done(&feed->text);
    ioc_memory_give(feed);
    user->closed(user);
}

static void timer_closed(uv_handle_t *handle)
{
    free_when_closed(handle->data);
}

static void tail_closed(struct ioc_tail_user *user)
{
    free_when_closed(of_tail(user));
}

static void get_metrics(struct ioc_feed *feed)
{
    feed->up =
        ioc_metric_get(IOC_GAUGE, "ioc_wall_redis_up", "", "1 while the delta stream is read.");
    feed->snapshots =
        ioc_metric_get(IOC_COUNTER, "ioc_wall_snapshots_total", "", "Snapshots read from Redis.");
    feed->slow = ioc_metric_get(IOC_COUNTER, "ioc_wall_slow_total", "",
        "Clients that fell behind the ring and were given a snapshot.");
    feed->resumed_ring = ioc_metric_get(IOC_COUNTER, "ioc_wall_resumed_total", "from=\"ring\"",
        "Clients that went on from their Last-Event-ID.");
    feed->resumed_stream =
        ioc_metric_get(IOC_COUNTER, "ioc_wall_resumed_total", "from=\"stream\"", NULL);
}

static void init_parts(struct ioc_feed *feed)
{
    const struct ioc_feed_options *options = &feed->options;
    get_metrics(feed);
    feed->snapshot_user.finished = snapshot_finished;
    feed->catchup_user.changed = catchup_changed;
    feed->reader = ioc_snapshot_new(&(struct ioc_snapshot_options){.site = options->site,
        .areas = options->areas,
        .area_count = options->area_count,
        .redis = feed->tail.query,
        .user = &feed->snapshot_user});
    feed->catchups =
        ioc_catchups_new(options->site, feed->tail.query, &feed->hold, &feed->catchup_user);
    feed->health = ioc_health_new(options->site, feed->tail.query);
    say_stale(feed);
    uv_timer_init(options->loop, &feed->health_timer);
    uv_timer_init(options->loop, &feed->retry_timer);
    feed->health_timer.data = feed->retry_timer.data = feed;
    uv_timer_start(&feed->health_timer, say_health_again, HEALTH_MS, HEALTH_MS);
    say_health(feed);
    feed->open_parts = 3;
}

enum ioc_status ioc_feed_open(
    const struct ioc_feed_options *options, struct ioc_feed **feed, struct ioc_error *err)
{
    struct ioc_feed *made = ioc_memory_take(sizeof *made);
    made->options = *options;
    made->tail_user = (struct ioc_tail_user){
        tail_changed, tail_began_run, tail_went_stale, tail_is_fresh, tail_closed};
    const struct ioc_tail_options tail = {.loop = options->loop,
        .site = options->site,
        .redis = options->redis,
        .hold = &made->hold,
        .user = &made->tail_user};
    enum ioc_status status = ioc_tail_open(&made->tail, &tail, err);
    if (status != IOC_OK) {
        ioc_memory_give(made);
        return status;
    }
    init_parts(made);
    *feed = made;
    return IOC_OK;
}

void ioc_feed_close(struct ioc_feed *feed)
{
    if (!feed || feed->is_closing)
        return;
    feed->is_closing = true;
    uv_close((uv_handle_t *)&feed->health_timer, timer_closed);
    uv_close((uv_handle_t *)&feed->retry_timer, timer_closed);
    ioc_tail_close(&feed->tail);
}
