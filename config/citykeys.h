#pragma once
/*
 * config/citykeys.h — the keys and words of city files and of story files, as forms (core/option.h).
 *
 * The only place where they are listed, but for the plug-ins' own options and the keys of rules
 * (rules/rulekeys.h): unknown keys, did-you-mean, the JSON Schema and the manual's lists come from here.
 *
 * Memory   constants
 * Thread   any
 */
#include "core/option.h"
#include "ingest/command.h"

extern const struct ioc_option ioc_city_form;   /* a city file */
extern const struct ioc_option ioc_table_form;  /* under `tables:` */
extern const struct ioc_option ioc_stream_form; /* under `streams:` */
extern const struct ioc_option ioc_field_form;  /* under `fields:` and `columns:` */
extern const struct ioc_option ioc_source_form, ioc_sink_form;

struct ioc_city_redis { /* how to reach a Redis; part of `commands:` and `wall:` */
    struct ioc_text address, username;
    struct ioc_secret password;
};
extern const struct ioc_option ioc_city_redis_keys[];
struct ioc_city_limits {
    int64_t keys;
    uint64_t inbox_bytes, deadletter_bytes;
};
extern const struct ioc_option ioc_gate_keys[]; /* of a struct ioc_command_gate, without its name */

extern const struct ioc_option ioc_story_form; /* a file of stories; its `stories`, `play` and `expect` in it */
/* In order of the engine's operations and of what a story looks at (config/story.c). */
extern const char *const ioc_story_commands[], *const ioc_story_words[];
