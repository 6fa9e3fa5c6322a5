#pragma once
/*
 * sinks/wall/sitekey.h — names of a site's keys in Redis, `ioc:{site}:…` (sinks/redis.h), in
 * ready-made commands.
 *
 * Thread   any
 */
#include "core/redis.h"

/* Adds the argument `ioc:{site}:<name><rest>`. */
void ioc_sitekey_add(
    struct ioc_buffer *resp, struct ioc_text site, const char *name, struct ioc_text rest);
