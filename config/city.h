#pragma once
/*
 * config/city.h — city.yaml: everything a city is, read and checked here and only here.
 *
 *   site: hcm                              # hash tag in Redis, part of every alert id: never change it
 *   name: {vi: "TP. Hồ Chí Minh", en: "Ho Chi Minh City"}
 *   timezone: Asia/Ho_Chi_Minh
 *   state: ./state                         # directory for keys, dead letters, sessions; made 0700
 *   lanes: 1                               # engine threads, 1-16
 *   limits: {keys: 1000000, inbox: 16 MiB, deadletters: 16 MiB}
 *   pseudonyms: {rotate: 30d}
 *   areas: {file: districts.geojson, key: code, name: name}
 *   tables:    …                           # RULES.md section 1; core/reference.h
 *   streams:   …                           # RULES.md section 1; below
 *   sources:
 *   - name: sensors
 *     kind: mqtt                           # `ioc kinds` prints each kind's options
 *     url: mqtt://127.0.0.1:1883
 *     subscribe: […]                       # ingest/route.h
 *   sinks:
 *   - {name: redis, kind: redis, address: 127.0.0.1:6379}
 *   - {name: alerts, kind: jsonl, path: alerts.jsonl}
 *   commands:                              # operators' commands (ingest/command.h); absent = none
 *     address: 127.0.0.1:6379
 *     gates: {wall: {key: {file: gate.key}}}
 *   profiles: {flood: {hold: 2m, …}}
 *   rules: [rules/?*.yaml]                 # globs, relative to this file, read in order of name
 *   listen: 127.0.0.1:9464                 # /metrics and /healthz; absent = none (port 0 = any free one)
 *   wall: {listen: 127.0.0.1:8080, gate: wall, key: {file: gate.key}, …}   # `ioc wall`
 *
 * A stream:
 *   street_depth:
 *     key: station                         # or [camera, lane]
 *     time: {field: observed_at, lateness: 30s, max_future: 2m}    # or `time: received`
 *     interval: 5m
 *     stale_after: 15m                     # default 3 × interval
 *     inventory: {table: stations}
 *     dedupe: {field: message_id, for: 10m}
 *     identity: {topic_level: 3}           # for all its routes; `payload` = the payload's own word is taken
 *     live: {field: depth_cm, kind: street-depth}   # what the wall shows; default the first number
 *     fields: {…}
 *
 * Environment variables `${NAME}` are not expanded anywhere.
 *
 * Memory   one arena, the documents, the tables; ioc_city_free()
 * Thread   one at a time while read; immutable afterwards but for its rule set
 * Failure  all errors of all files are collected; NULL when there is one
 */
#include "core/area.h"
#include "core/option.h"
#include "ingest/command.h"
#include "ingest/route.h"
#include "ingest/source.h"
#include "rules/ruleset.h"
#include "sinks/sink.h"
#include "sinks/wall/gateway.h"

struct ioc_city_source {
    struct ioc_text name;
    const struct ioc_source_kind *kind;
    void *options;
    struct ioc_source_subscription *subscriptions;
    struct ioc_route **routes;
    uint32_t route_count;
};
struct ioc_city_sink {
    struct ioc_text name;
    const struct ioc_sink_kind *kind;
    void *options;
};
struct ioc_city {
    struct ioc_arena arena;
    struct ioc_document *document;
    struct ioc_text site, name_vi, name_en, timezone, state, listen;
    struct ioc_zone *zone;
    int64_t lanes, keys;
    uint64_t inbox_bytes, deadletter_bytes;
    ioc_span rotate;
    struct ioc_areas *areas; /* or NULL */
    struct ioc_text areas_file, areas_key, areas_name;
    const struct ioc_reference **tables;
    uint32_t table_count;
    const struct ioc_stream **streams;
    uint32_t stream_count;
    struct ioc_city_source *sources;
    uint32_t source_count;
    struct ioc_city_sink *sinks;
    uint32_t sink_count;
    struct ioc_redis_options commands; /* address empty = no commands */
    struct ioc_command_gate *gates;
    uint32_t gate_count;
    struct ioc_node *profiles;
    struct ioc_text *rule_patterns;
    uint32_t rule_pattern_count;
    bool has_wall;
    struct ioc_gateway_options wall;
    struct ioc_ruleset_context context;
};

struct ioc_city *ioc_city_load(const char *path, struct ioc_errors *errors);
/* Streams, tables, areas and profiles only: for tests of rules, which need no broker and no Redis. */
struct ioc_city *ioc_city_load_model(const char *path, struct ioc_errors *errors);
/* What `ioc wall` needs: site, name, areas and the wall section. */
struct ioc_city *ioc_city_load_display(const char *path, struct ioc_errors *errors);
void ioc_city_free(struct ioc_city *city);
/* Reads the rule files named by the city anew: all or nothing. */
struct ioc_ruleset *ioc_city_rules(struct ioc_city *city, struct ioc_errors *errors);
