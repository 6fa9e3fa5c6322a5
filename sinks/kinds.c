/*
 * sinks/kinds.c — the list of sinks.
 */
#include "sinks/jsonl.h"
#include "sinks/redis.h"

const struct ioc_sink_kind *const ioc_sink_kinds[] = {&ioc_sink_redis, &ioc_sink_jsonl, NULL};

const struct ioc_sink_kind *ioc_sink_find(struct ioc_text name)
{
    for (int i = 0; ioc_sink_kinds[i]; i++) {
        if (ioc_text_equal(ioc_text_of(ioc_sink_kinds[i]->name), name))
            return ioc_sink_kinds[i];
    }
    return NULL;
}
