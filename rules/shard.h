#pragma once
/*
 * rules/shard.h — one partition's engine: records in, alerts and live state out.
 *
 * A pure state machine: the same records in the same order give the same outputs.  Time is the running maximum
 * of the records' stamps; before a record is applied every timer due by then fires, in the order (due, rule,
 * key).  When no record comes the owner applies a tick at ioc_shard_due().  Live, recovery, replay and rule
 * tests call these same functions.
 *
 * Admission (ENGINE.md 3), once per event: dedupe, lateness, order; a retained message sets live state and
 * decides only when its own time says it is fresh.  An event older than the key's newest is counted and not
 * judged: its reading is not the present.  An exact repetition adds no reading to a hold; a message that decides
 * nothing does not end a silence.
 *
 * Clocks (ENGINE.md 2): hold and staleness run on the key's clock — the newest admitted event time plus the
 * engine time since — and stand still while the key's source is down; shelving runs on engine time.
 * A backlog that jumps ahead fires the key's own timers on the way, as they would have fired live.
 *
 * Memory   keyed state in slabs, bounded by `keys_most` keys and four times as many alarms, where ended alerts make
 *          room; messages of 4 KiB, values of 16 KiB; nothing is allocated per event in steady state
 * Owner    one lane
 * Thread   one at a time
 */
#include "core/area.h"
#include "rules/ruleset.h"

struct ioc_shard;
struct ioc_shard_options {
    struct ioc_text site;
    uint32_t partition;
    const struct ioc_stream *const *streams;
    uint32_t stream_count;
    const struct ioc_areas *areas; /* or NULL */
    struct ioc_ruleset *ruleset;   /* the shard takes a reference */
    uint32_t keys_most;            /* keys of this partition; 0 = 65,536 */
};
struct ioc_shard_counts {
    uint64_t events, judged;         /* admitted; rules judged, of those that the index chose */
    uint64_t late, out_of_order, duplicates, retained;
    uint64_t refused_keys;           /* over keys_most */
    uint64_t errors;                 /* evaluations that ended in an error; the same without an index */
    uint64_t missing;                /* … that met a missing value; not those that the index spares */
    uint64_t transitions, raised, cleared, shadow;
    uint32_t keys, alerts;           /* now: keys known; alerts not normal */
};

struct ioc_shard *ioc_shard_new(const struct ioc_shard_options *options);
void ioc_shard_free(struct ioc_shard *shard);
/* record->offset is the partition's next one. */
void ioc_shard_apply(struct ioc_shard *shard, const struct ioc_record *record, struct ioc_outlet *outlet);
/* When the next timer is due, in engine time; IOC_TIME_MAX when none. */
ioc_time ioc_shard_due(const struct ioc_shard *shard);
uint64_t ioc_shard_offset(const struct ioc_shard *shard);
/* A new rule set holds from the record (kind RELOAD) on: rules that are the same to the letter go on as they are;
 * changed and new ones are judged on the last reading; alerts of removed rules, and those that a changed `where` no
 * longer concerns, end with cause `reload` (ENGINE.md 6). */
void ioc_shard_reload(struct ioc_shard *shard, struct ioc_ruleset *ruleset, const struct ioc_record *record, struct ioc_outlet *outlet);
/* Live state of the keys that changed since the last call. */
void ioc_shard_publish(struct ioc_shard *shard, struct ioc_outlet *outlet);
/* Everything anew: marks all keys as changed and states each live alert as it stands. */
void ioc_shard_restate(struct ioc_shard *shard, struct ioc_outlet *outlet);
void ioc_shard_count(const struct ioc_shard *shard, struct ioc_shard_counts *counts);
