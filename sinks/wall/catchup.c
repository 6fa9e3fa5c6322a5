/*
 * sinks/wall/catchup.c — what a client missed and the ring has forgotten, read back from the delta
 * stream.
 */
#include "sinks/wall/catchup.h"
#include "core/memory.h"
#include "sinks/wall/entry.h"
#include "sinks/wall/sitekey.h"
#include <assert.h>

enum { PLACES = 4, ENTRIES_MOST = 256, BYTES_MOST = 4 * 1024 * 1024 };

struct place {
    struct ioc_redis_call call;
    struct ioc_catchups *catchups;
    struct ioc_position after, least;
    struct ioc_frame *frame; /* what was missed */
    char epoch[IOC_ENTRY_EPOCH + 1];
    uint64_t used;
    bool is_busy, is_read, is_lost, is_void; /* void: asked before a reset */
};
struct ioc_catchups {
    struct ioc_text site;
    struct ioc_redis *redis;
    struct ioc_hold *hold;
    struct ioc_catchup_user *user;
    struct ioc_buffer resp, events;
    uint64_t use;
    struct place places[PLACES];
};

static void empty(struct place *place)
{
    ioc_frame_unref(place->frame);
    place->frame = NULL;
    place->is_read = place->is_lost = false;
}

/* The first entry is the client's own last one: it proves that nothing between has been trimmed. */
static bool read_entries(struct place *place, const redisReply *reply)
{
    struct ioc_buffer *events = &place->catchups->events;
    struct ioc_position at = {0};
    if (!reply || reply->type != REDIS_REPLY_ARRAY || !reply->elements)
        return false;
    ioc_buffer_reset(events);
    for (size_t i = 0; i < reply->elements; i++) {
        struct ioc_entry entry;
        if (ioc_entry_read(reply->element[i], &entry) != IOC_OK)
            return false;
        if (i == 0 && ioc_position_compare(entry.at, place->after) != 0)
            return false;
        if (entry.is_sound && !ioc_text_equal(entry.epoch, ioc_text_of(place->epoch)))
            return false;
        if (entry.is_sound && i > 0)
            ioc_frame_event(events, "delta", entry.epoch, entry.at, entry.json);
        at = entry.at;
    }
    if (events->is_full || ioc_position_compare(at, place->least) < 0)
        return false;
    place->frame = ioc_frame_wrap(place->catchups->hold, at, ioc_buffer_text(events));
    return true;
}

static void answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct place *place = (struct place *)call;
    place->is_busy = false;
    place->is_read = !place->is_void && read_entries(place, reply);
    place->is_lost = !place->is_void && !place->is_read;
    place->catchups->user->changed(place->catchups->user);
}

static void ask(struct ioc_catchups *catchups, struct place *place)
{
    struct ioc_buffer *resp = &catchups->resp;
    char from[IOC_POSITION_TEXT];
    ioc_buffer_reset(resp);
    ioc_resp_begin(resp, 6);
    ioc_resp_add_string(resp, "XRANGE");
    ioc_sitekey_add(resp, catchups->site, "delta", IOC_TEXT(""));
    ioc_resp_add_string(resp, ioc_position_text(place->after, from));
    ioc_resp_add_string(resp, "+");
    ioc_resp_add_string(resp, "COUNT");
    ioc_resp_add_int(resp, ENTRIES_MOST + 1);
    place->is_void = false;
    place->is_busy =
        ioc_redis_send(catchups->redis, ioc_buffer_text(resp), 0, &place->call) == IOC_OK;
    place->is_lost = !place->is_busy;
}

struct ioc_catchups *ioc_catchups_new(struct ioc_text site, struct ioc_redis *redis,
    struct ioc_hold *hold, struct ioc_catchup_user *user)
{
    struct ioc_catchups *catchups = ioc_memory_take(sizeof *catchups);
    *catchups = (struct ioc_catchups){.site = site, .redis = redis, .hold = hold, .user = user};
    catchups->events.limit = BYTES_MOST;
    for (int i = 0; i < PLACES; i++) {
        catchups->places[i].call.answered = answered;
        catchups->places[i].catchups = catchups;
    }
    return catchups;
}

void ioc_catchups_free(struct ioc_catchups *catchups)
{
    if (!catchups)
        return;
    for (int i = 0; i < PLACES; i++) {
        assert(!catchups->places[i].is_busy);
        empty(&catchups->places[i]);
    }
    ioc_buffer_done(&catchups->resp);
    ioc_buffer_done(&catchups->events);
    ioc_memory_give(catchups);
}

enum ioc_catchup_state ioc_catchups_find(struct ioc_catchups *catchups, struct ioc_text epoch,
    struct ioc_position after, struct ioc_position least, struct ioc_frame **frame)
{
    struct place *oldest = NULL;
    for (int i = 0; i < PLACES; i++) {
        struct place *place = &catchups->places[i];
        if (!place->is_void && (place->is_busy || place->is_read || place->is_lost) &&
            ioc_position_compare(place->after, after) == 0) {
            bool is_enough = place->is_busy || !place->is_read ||
                             ioc_position_compare(place->frame->at, least) >= 0;
            if (is_enough) {
                place->used = ++catchups->use;
                *frame = place->is_read && place->frame->length ? place->frame : NULL;
                return place->is_busy   ? IOC_CATCHUP_BUSY
                       : place->is_read ? IOC_CATCHUP_READY
                                        : IOC_CATCHUP_LOST;
            }
        }
        if (!place->is_busy && (!oldest || place->used < oldest->used))
            oldest = place;
    }
    if (!oldest || epoch.length > IOC_ENTRY_EPOCH)
        return IOC_CATCHUP_LOST;
    empty(oldest);
    oldest->after = after;
    oldest->least = least;
    oldest->used = ++catchups->use;
    memcpy(oldest->epoch, epoch.data, epoch.length);
    oldest->epoch[epoch.length] = 0;
    ask(catchups, oldest);
    return oldest->is_busy ? IOC_CATCHUP_BUSY : IOC_CATCHUP_LOST;
}

void ioc_catchups_reset(struct ioc_catchups *catchups)
{
    for (int i = 0; i < PLACES; i++) {
        empty(&catchups->places[i]);
        catchups->places[i].is_void = catchups->places[i].is_busy;
    }
}
