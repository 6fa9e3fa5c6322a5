#pragma once
/*
 * sinks/wall/health.h — how the engines and Redis are, as one line of JSON a second.
 *
 * Which engines there are is told by `own` (`<p>:node` of the 64 partitions); each one's heartbeat
 * expires when it stops (sinks/redis.h).  While Redis does not answer, what was known last is said
 * with its growing age; once the connection is gone, no engine is known.
 *
 * Memory   at most 64 heartbeats of 64 KiB
 * Owner    ioc_health_new() → ioc_health_free(), not while a question is on its way
 * Thread   the gateway's loop
 * Time     wall time, handed in
 */
#include "core/redis.h"

struct ioc_health;

struct ioc_health *ioc_health_new(struct ioc_text site, struct ioc_redis *redis);
void ioc_health_free(struct ioc_health *health);
/* Asks Redis anew; the answer is in the next ioc_health_write(). */
void ioc_health_ask(struct ioc_health *health);
/* {"now","redis","lag_ms","engine":[heartbeat + "age_ms"]} */
void ioc_health_write(
    struct ioc_health *health, ioc_time now, int64_t lag_ms, struct ioc_buffer *out);
