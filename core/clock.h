#pragma once
/*
 * core/clock.h — the two system clocks.  rules/ may not include this (tests/layers.cmake).
 *
 * Thread   any
 */
#include "core/time.h"

/* Wall time; may jump. */
ioc_time ioc_clock_now(void);
/* Never goes back; its zero means nothing. */
ioc_span ioc_clock_steady(void);
