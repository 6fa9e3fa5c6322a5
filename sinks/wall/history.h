#pragma once
/*
 * sinks/wall/history.h — the last transitions of one alert, found in the stream of all of them.
 *
 * The stream is read backwards from its end to an hour before the alert's onset, a page at a time,
 * until its first transition is found.
 *
 * Memory   the newest 100 transitions; at most 20,000 entries are looked at
 * Owner    ioc_history_new() → ioc_history_free(), not between start and finished
 * Thread   the gateway's loop
 * Failure  finished() with IOC_NOT_FOUND: no such alert; IOC_CLOSED: no Redis
 */
#include "core/redis.h"

enum { IOC_HISTORY_MOST = 100, IOC_HISTORY_SCANNED = 20000, IOC_HISTORY_PAGE = 500 };
struct ioc_history;
struct ioc_history_user { /* embedded by who uses it */
    /* {"alert","transitions":[…],"complete"}: newest last; complete = the first one is among them.
     * Called once, later than start; lives until the call returns. */
    void (*finished)(struct ioc_history_user *user, enum ioc_status status, struct ioc_text json);
};

struct ioc_history *ioc_history_new(
    struct ioc_text site, struct ioc_redis *redis, struct ioc_history_user *user);
void ioc_history_free(struct ioc_history *history);
/* alert: checked to be an alert id.  Not OK: finished() is not called. */
enum ioc_status ioc_history_start(struct ioc_history *history, struct ioc_text alert) IOC_USE;
