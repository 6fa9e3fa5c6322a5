/*
 * sinks/outbox.c — what a sink still has to deliver: in order, bounded, kept until confirmed.
 *
 * One run of bytes, each entry a header and its text.  New ones are added at the end; one that goes is marked dead,
 * and the dead are squeezed out when the end is reached, which is paid for by what was added meanwhile.
 */
#include "sinks/outbox.h"
#include "core/memory.h"
#include <assert.h>

enum state { WAITING, IN_FLIGHT, KEPT, DEAD };
struct header {
    uint64_t flush;
    ioc_span confirmed;
    uint32_t bytes, length; /* of all, a multiple of 8; of the text */
    uint8_t partition, kind, is_raise, state;
    uint8_t unused[4];
};
enum { FIRST_BYTES = 64 * 1024 };

static struct header *header_at(const struct ioc_outbox *outbox, size_t at)
{
    assert(at + sizeof(struct header) <= outbox->end);
    return (struct header *)(outbox->bytes + at);
}

static size_t skip_dead(const struct ioc_outbox *outbox, size_t at)
{
    while (at < outbox->end && header_at(outbox, at)->state == DEAD)
        at += header_at(outbox, at)->bytes;
    return at;
}

/* by: 1 or -1. */
static void count(struct ioc_outbox *outbox, const struct header *header, int by)
{
    if (header->state == WAITING) {
        outbox->waiting_count += (uint32_t)by;
        outbox->waiting_bytes += (uint64_t)((int64_t)header->bytes * by);
    } else if (header->state == IN_FLIGHT) {
        outbox->in_flight_count += (uint32_t)by;
    } else if (header->state == KEPT) {
        outbox->kept_count += (uint32_t)by;
    }
}

static void move(struct ioc_outbox *outbox, struct header *header, enum state state)
{
    count(outbox, header, -1);
    header->state = (uint8_t)state;
    count(outbox, header, 1);
}

static void kill_entry(struct ioc_outbox *outbox, struct header *header)
{
    move(outbox, header, DEAD);
    outbox->live -= header->bytes;
}

/* Moves all live entries to the front of `to`, which may be the same memory. */
static void squeeze(struct ioc_outbox *outbox, char *to)
{
    size_t at = outbox->start, end = 0;
    size_t in_flight = SIZE_MAX, waiting = SIZE_MAX, plain = SIZE_MAX;
    while (at < outbox->end) {
        struct header *header = header_at(outbox, at);
        size_t bytes = header->bytes;
        if (at >= outbox->in_flight && in_flight == SIZE_MAX)
            in_flight = end;
        if (at >= outbox->waiting && waiting == SIZE_MAX)
            waiting = end;
        if (at >= outbox->plain && plain == SIZE_MAX)
            plain = end;
        if (header->state != DEAD) {
            memmove(to + end, header, bytes);
            end += bytes;
        }
        at += bytes;
    }
    outbox->start = 0;
    outbox->end = end;
    outbox->in_flight = in_flight < end ? in_flight : end;
    outbox->waiting = waiting < end ? waiting : end;
    outbox->plain = plain < end ? plain : end;
}

/* Frees the entry that is worth least; false when none may go.  *is_lost: it had never arrived. */
static bool make_room(struct ioc_outbox *outbox, bool *is_lost)
{
    *is_lost = outbox->kept_count == 0;
    if (outbox->kept_count > 0) {
        outbox->start = skip_dead(outbox, outbox->start);
        kill_entry(outbox, header_at(outbox, outbox->start));
        return true;
    }
    if (outbox->waiting_count == 0)
        return false;
    while (outbox->plain < outbox->end) {
        struct header *header = header_at(outbox, outbox->plain);
        if (header->state != DEAD && !header->is_raise) {
            kill_entry(outbox, header);
            return true;
        }
        outbox->plain += header->bytes;
    }
    outbox->waiting = skip_dead(outbox, outbox->waiting);
    kill_entry(outbox, header_at(outbox, outbox->waiting));
    return true;
}

/* Room for `bytes` at the end. */
static void stretch(struct ioc_outbox *outbox, size_t bytes)
{
    if (outbox->capacity - outbox->end >= bytes)
        return;
    size_t capacity = outbox->capacity ? outbox->capacity : FIRST_BYTES;
    while (capacity < (outbox->live + bytes) * 5 / 4)
        capacity *= 2;
    size_t largest = (size_t)(outbox->most + outbox->most / 4);
    if (capacity > largest)
        capacity = largest;
    if (capacity <= outbox->capacity) {
        squeeze(outbox, outbox->bytes);
        return;
    }
    char *grown = ioc_memory_take(capacity);
    squeeze(outbox, grown);
    ioc_memory_give(outbox->bytes);
    outbox->bytes = grown;
    outbox->capacity = capacity;
}

void ioc_outbox_init(struct ioc_outbox *outbox, uint64_t most)
{
    *outbox = (struct ioc_outbox){.most = most & ~(uint64_t)7};
}

void ioc_outbox_done(struct ioc_outbox *outbox)
{
    ioc_memory_give(outbox->bytes);
    ioc_outbox_init(outbox, outbox->most);
}

uint32_t ioc_outbox_add(struct ioc_outbox *outbox, const struct ioc_outbox_entry *entry)
{
    uint32_t lost = 0;
    uint64_t bytes = (sizeof(struct header) + (uint64_t)entry->text.length + 7) & ~(uint64_t)7;
    if (bytes > outbox->most || bytes > UINT32_MAX)
        return 1;
    while (outbox->most - outbox->live < bytes) {
        bool is_lost;
        if (!make_room(outbox, &is_lost))
            return lost + 1;
        lost += is_lost;
    }
    stretch(outbox, bytes);
    struct header *header = (struct header *)(outbox->bytes + outbox->end);
    *header = (struct header){.bytes = (uint32_t)bytes,
        .length = entry->text.length,
        .partition = entry->partition,
        .kind = entry->kind,
        .is_raise = entry->is_raise,
        .state = WAITING};
    if (entry->text.length > 0)
        memcpy(header + 1, entry->text.data, entry->text.length);
    outbox->end += bytes;
    outbox->live += bytes;
    count(outbox, header, 1);
    return lost;
}

bool ioc_outbox_peek(struct ioc_outbox *outbox, struct ioc_outbox_entry *entry)
{
    outbox->waiting = skip_dead(outbox, outbox->waiting);
    if (outbox->waiting == outbox->end)
        return false;
    const struct header *header = header_at(outbox, outbox->waiting);
    *entry = (struct ioc_outbox_entry){.text = {(const char *)(header + 1), header->length},
        .partition = header->partition,
        .kind = header->kind,
        .is_raise = header->is_raise};
    return true;
}

void ioc_outbox_send(struct ioc_outbox *outbox, uint64_t flush)
{
    assert(outbox->waiting_count > 0);
    outbox->waiting = skip_dead(outbox, outbox->waiting);
    struct header *header = header_at(outbox, outbox->waiting);
    move(outbox, header, IN_FLIGHT);
    header->flush = flush;
    outbox->waiting += header->bytes;
    if (outbox->plain < outbox->waiting)
        outbox->plain = outbox->waiting;
}

void ioc_outbox_confirm(struct ioc_outbox *outbox, ioc_span now)
{
    for (size_t at = outbox->in_flight; at < outbox->waiting; at += header_at(outbox, at)->bytes) {
        struct header *header = header_at(outbox, at);
        if (header->state != IN_FLIGHT)
            continue;
        move(outbox, header, KEPT);
        header->confirmed = now;
    }
    outbox->in_flight = outbox->waiting;
}

void ioc_outbox_forget(struct ioc_outbox *outbox, ioc_span before)
{
    while (outbox->kept_count > 0) {
        outbox->start = skip_dead(outbox, outbox->start);
        struct header *header = header_at(outbox, outbox->start);
        if (header->confirmed >= before)
            return;
        kill_entry(outbox, header);
    }
}

void ioc_outbox_rewind(struct ioc_outbox *outbox, uint64_t has)
{
    for (size_t at = outbox->start; at < outbox->waiting; at += header_at(outbox, at)->bytes) {
        struct header *header = header_at(outbox, at);
        if (header->state == DEAD)
            continue;
        if (header->flush <= has)
            kill_entry(outbox, header);
        else
            move(outbox, header, WAITING);
    }
    outbox->in_flight = outbox->waiting = outbox->plain = outbox->start;
}
