/*
 * sinks/wall/ring.c — the newest frames of the delta stream.
 */
#include "sinks/wall/ring.h"
#include <assert.h>

static struct ioc_frame *frame_at(const struct ioc_ring *ring, uint32_t index)
{
    return ring->frames[(ring->first + index) % IOC_RING_MOST];
}

static void forget_oldest(struct ioc_ring *ring)
{
    struct ioc_frame *frame = frame_at(ring, 0);
    ring->floor = frame->at;
    ring->bytes -= frame->length;
    ring->first = (ring->first + 1) % IOC_RING_MOST;
    ring->count--;
    ioc_frame_unref(frame);
}

void ioc_ring_reset(struct ioc_ring *ring, struct ioc_position floor)
{
    while (ring->count)
        forget_oldest(ring);
    ring->floor = ring->last = floor;
}

void ioc_ring_add(struct ioc_ring *ring, struct ioc_frame *frame)
{
    assert(ioc_position_compare(frame->at, ring->last) > 0);
    while (ring->count &&
           (ring->count == IOC_RING_MOST || ring->bytes + frame->length > IOC_RING_BYTES))
        forget_oldest(ring);
    ring->frames[(ring->first + ring->count) % IOC_RING_MOST] = frame;
    ring->count++;
    ring->bytes += frame->length;
    ring->last = frame->at;
}

void ioc_ring_skip(struct ioc_ring *ring, struct ioc_position position)
{
    assert(ioc_position_compare(position, ring->last) > 0);
    ring->last = position;
}

bool ioc_ring_covers(const struct ioc_ring *ring, struct ioc_position position)
{
    return ioc_position_compare(position, ring->floor) >= 0;
}

struct ioc_frame *ioc_ring_after(const struct ioc_ring *ring, struct ioc_position position)
{
    uint32_t low = 0, high = ring->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ioc_position_compare(frame_at(ring, middle)->at, position) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low < ring->count ? frame_at(ring, low) : NULL;
}

bool ioc_ring_holds(const struct ioc_ring *ring, const struct ioc_frame *frame)
{
    for (uint32_t i = 0; i < ring->count; i++)
        if (frame_at(ring, i) == frame)
            return true;
    return false;
}
