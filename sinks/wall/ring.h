#pragma once
/*
 * sinks/wall/ring.h — the newest frames of the delta stream, in order and without a gap.
 *
 * It holds every entry in (floor, last].  A client keeps only the position of what it was sent
 * last.
 *
 * Memory   at most 256 frames and 16 MiB of them, the newest always kept; adding forgets the oldest
 * Owner    embedded; ioc_ring_reset() empties it
 * Thread   the gateway's loop
 */
#include "sinks/wall/frame.h"

enum { IOC_RING_MOST = 256, IOC_RING_BYTES = 16 * 1024 * 1024 };
struct ioc_ring {
    struct ioc_frame *frames[IOC_RING_MOST];
    uint32_t first, count;
    size_t bytes;
    struct ioc_position floor, last;
};

void ioc_ring_reset(struct ioc_ring *ring, struct ioc_position floor);
/* Takes the reference over; the frame's position must be beyond `last`. */
void ioc_ring_add(struct ioc_ring *ring, struct ioc_frame *frame);
/* An entry without a frame: `last` moves on. */
void ioc_ring_skip(struct ioc_ring *ring, struct ioc_position position);
/* True when nothing after `position` has been forgotten. */
bool ioc_ring_covers(const struct ioc_ring *ring, struct ioc_position position);
/* The first frame after `position`, not referenced; NULL when there is none yet. */
struct ioc_frame *ioc_ring_after(const struct ioc_ring *ring, struct ioc_position position);
bool ioc_ring_holds(const struct ioc_ring *ring, const struct ioc_frame *frame);
