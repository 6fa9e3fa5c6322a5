#pragma once
/*
 * config/story.h — rule stories: timed inputs and the alerts they must raise, on production shards with a
 * virtual clock.
 *
 *   city: ../city.yaml                     # streams, tables, areas, profiles
 *   rules: [../rules/drainage.yaml]        # default: the city's; or a list of rules written here, with `owner:`
 *   stories:
 *   - name: one spike raises nothing
 *     start: 2026-01-05T08:00:00+07:00     # default; a Monday
 *     play:
 *     - {at: 0s, street_depth: {station: S17, depth_cm: 3}}
 *     - {at: 5m, every: 1m, times: 3, street_depth: {station: S17, depth_cm: 48}}
 *     - {at: 9m, acknowledge: drainage/street-depth, key: S17}   # also unacknowledge, shelve (until, reason), unshelve, note
 *     - {at: 10m, source_down: true}       # or source_drained
 *     until: 1h                            # default: the last input
 *     expect:                              # all of raise, clear, worse, better, doubtful, in order; `none` = nothing
 *     - {at: 7m, raise: drainage/street-depth, key: S17, severity: minor, message: "…"}   # message: vi or en, a part of it
 *
 * Other words under expect (pending, acknowledge, shelve, refused) are looked at only where a story names them.  The
 * time field of an event is the moment of its input unless it is written.
 *
 * Memory   freed after each file
 * Thread   one at a time
 */
#include "core/status.h"

struct ioc_story_options {
    bool is_verbose; /* also what came in stories that pass */
    bool is_strict;  /* expressions are CEL to the letter */
    enum ioc_language language;
};
struct ioc_story_counts {
    uint32_t passed, failed;
};
/* Runs all stories of a file; prints one line each and, for a failed one, what was expected and what came.
 * IOC_INVALID when the file, its city or its rules have mistakes (printed). */
enum ioc_status ioc_story_run(const char *path, const struct ioc_story_options *options, FILE *out, struct ioc_story_counts *counts) IOC_USE;
