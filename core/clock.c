/* core/clock.c — the two system clocks. */
#include "core/clock.h"

#include <assert.h>
#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    int failed = clock_gettime(clock, &now);
    assert(!failed);
    return (int64_t)now.tv_sec * IOC_SECOND + now.tv_nsec;
}

ioc_time ioc_clock_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

ioc_span ioc_clock_steady(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
