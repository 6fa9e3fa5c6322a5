#pragma once
/*
 * config/notify.h — tells systemd how we are (sd_notify without libsystemd).
 *
 * Memory   none
 * Thread   one at a time
 * Source   sd_notify(3)
 */
#include "core/time.h"

/* "READY=1", "STOPPING=1", "RELOADING=1", "WATCHDOG=1", "STATUS=…"; nothing without $NOTIFY_SOCKET. */
void ioc_notify_send(const char *state);
/* Half of WATCHDOG_USEC when it is for this process; 0 = no watchdog. */
ioc_span ioc_notify_watchdog(void);
