#pragma once
/*
 * sinks/wall/entry.h — one entry of the delta stream (sinks/redis.h) as Redis answers it.
 *
 * Memory   views into the reply
 * Thread   any
 * Failure  IOC_INVALID when it has no position; an entry that has one but is not sound is to be
 *          passed over
 */
#include "sinks/wall/frame.h"
#include <hiredis/hiredis.h>

enum { IOC_ENTRY_EPOCH = 64, IOC_ENTRY_BYTES = 8 * 1024 * 1024 };
struct ioc_entry {
    struct ioc_position at;
    struct ioc_text epoch, json;
    bool is_sound; /* it has an epoch, and json is one JSON object of at most 8 MiB */
};

enum ioc_status ioc_entry_read(const redisReply *reply, struct ioc_entry *entry) IOC_USE;
/* 1-64 letters and digits: it stands in `id:` lines. */
bool ioc_entry_is_epoch(struct ioc_text text);
