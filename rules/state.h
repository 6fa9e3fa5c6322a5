#pragma once
/*
 * rules/state.h — how a shard's keyed state is laid out (ENGINE.md 8); only rules/ reads it.
 *
 * Slabs addressed by index, no pointers: `keys` hold what is known of a (stream, key), `alarms` the alert of a
 * (rule, key).  An alarm's last transition is kept packed, so that texts, people and notes have one home.
 *
 * Memory   the shard
 * Thread   one at a time
 */
#include "core/draft.h"
#include "core/heap.h"
#include "core/table.h"
#include "rules/lifecycle.h"
#include "rules/recent.h"
#include "rules/shard.h"
#include "rules/timers.h"

enum { IOC_SOURCES_MOST = 1024 };

enum ioc_timer_kind {
    IOC_TIMER_STALE,  /* owner: a key; key clock */
    IOC_TIMER_HOLD,   /* owner: an alarm; key clock: a hold or a clear hold runs out */
    IOC_TIMER_SHELVE, /* owner: an alarm; engine time */
    IOC_TIMER_KINDS
};

struct ioc_keystate {
    uint64_t hash;
    ioc_time newest, received;  /* event time and receive time of the newest reading */
    ioc_time clock, stamp;      /* the key's clock showed `clock` at engine time `stamp` */
    double longitude, latitude;
    ioc_handle key, last;       /* key bytes; the newest admitted row */
    uint32_t key_length, asset_row, first_alarm, stale_place;
    int32_t area;
    uint16_t stream, source;
    uint8_t quality, severity, has_point, is_dirty, is_stale, is_down, had_gap, zero[1];
};

struct ioc_alarm {
    ioc_time onset, since, acknowledged_at, shelved_until;
    ioc_time clear_since;             /* the clear condition began; NONE = it does not hold */
    ioc_time key_due;                 /* hold timer, on the key clock; NONE = none */
    ioc_time rung_since[IOC_RUNGS];   /* the rung became true; NONE = it is false */
    uint32_t rung_readings[IOC_RUNGS];
    uint32_t rule, key, next, hold_place, shelve_place;
    uint32_t seq, count, ordinal;
    uint32_t worse_seq; /* of the newest raise or worsening: an acknowledgement must have seen it */
    ioc_handle record;                /* the packed last transition */
    uint32_t record_length;
    uint8_t state, flags, severity, worst, is_used;
    uint8_t shelved_severity; /* the shelve named it: a worse one breaks it */
    uint8_t zero[2];
};

struct ioc_shard {
    struct ioc_shard_options options;
    struct ioc_ruleset *ruleset;
    ioc_time now;                /* engine time */
    uint64_t offset;
    uint32_t removed;            /* alarms ever forgotten: keeps the ids of those made later apart */
    bool is_reloading;
    struct ioc_heap heap;
    struct ioc_slab keys, alarms;
    struct ioc_table key_table, alert_table; /* (stream, key) → keys; alert id → alarms */
    struct ioc_timers timers;
    struct ioc_timers_keys timer_keys;
    struct ioc_recent duplicates, commands;
    struct ioc_asset_slots {
        ioc_slot name, position;
    } *asset_slots;              /* by stream: columns of its table that the wall shows */
    uint32_t *dirty;             /* keys changed since the last publish */
    uint32_t dirty_count, dirty_capacity;
    uint8_t source_down[IOC_SOURCES_MOST / 8];
    struct ioc_shard_counts counts;
    /* Scratch of the record at hand: */
    struct ioc_outlet *outlet;
    struct ioc_scratch *scratch;
    struct ioc_draft engine; /* the engine's frame, for rules that read it */
    const struct ioc_row *frames[IOC_FRAMES];
    struct ioc_selection selection; /* rules chosen for the reading at hand */
    uint32_t *alarm_of;             /* by place among the stream's rules: the key's alarm, or NONE; all NONE between readings */
    struct ioc_buffer packed, message_vi, message_en, values, key_text, entity_text;
};

/* keystate.c */
struct ioc_keystate *ioc_keystate_find(struct ioc_shard *shard, uint16_t stream, uint64_t hash, struct ioc_text key);
/* NULL over the limit. */
struct ioc_keystate *ioc_keystate_make(struct ioc_shard *shard, const struct ioc_stream *stream, const struct ioc_event *event);
static inline struct ioc_keystate *ioc_keystate_at(const struct ioc_shard *shard, uint32_t index)
{
    return ioc_slab_at(&shard->keys, index);
}
uint32_t ioc_keystate_index(const struct ioc_shard *shard, const struct ioc_keystate *key);
struct ioc_text ioc_keystate_text(const struct ioc_shard *shard, const struct ioc_keystate *key);
const struct ioc_row *ioc_keystate_last(const struct ioc_shard *shard, const struct ioc_keystate *key);
/* The key's clock as engine time: when will it show `time`? */
ioc_time ioc_keystate_moment(const struct ioc_keystate *key, ioc_time time);
void ioc_keystate_touch(struct ioc_shard *shard, struct ioc_keystate *key); /* to be published */
/* Sets or drops the stale timer and those of the key's alarms, after the clock moved, stopped or went on. */
void ioc_keystate_arm(struct ioc_shard *shard, struct ioc_keystate *key);
void ioc_keystate_publish(struct ioc_shard *shard, struct ioc_keystate *key);
/* Position and area from the reading at hand, else from the asset. */
void ioc_keystate_place(struct ioc_shard *shard, struct ioc_keystate *key, const struct ioc_row *row);

/* alarm.c */
static inline struct ioc_alarm *ioc_alarm_at(const struct ioc_shard *shard, uint32_t index)
{
    return ioc_slab_at(&shard->alarms, index);
}
static inline uint32_t ioc_alarm_index(const struct ioc_shard *shard, const struct ioc_alarm *alarm)
{
    return (uint32_t)(((const uint8_t *)alarm - shard->alarms.bytes) / sizeof *alarm);
}
static inline const struct ioc_rule *ioc_alarm_rule(const struct ioc_shard *shard, const struct ioc_alarm *alarm)
{
    return ioc_ruleset_rule(shard->ruleset, alarm->rule);
}
enum ioc_life_policy ioc_alarm_policy(const struct ioc_rule *rule, const struct ioc_alarm *alarm);
struct ioc_alarm *ioc_alarm_by_id(struct ioc_shard *shard, struct ioc_text id);
struct ioc_alarm *ioc_alarm_of(struct ioc_shard *shard, const struct ioc_keystate *key, uint32_t rule);
/* Judges one rule on the row in the event frame.  is_reading: it counts towards `readings`. */
struct ioc_alarm_reading {
    ioc_time time;    /* on the key's clock */
    bool is_reading;
    uint32_t alarm;   /* the key's alarm of the rule, or IOC_SLAB_NONE */
};
void ioc_alarm_judge(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_keystate *key, const struct ioc_alarm_reading *reading);
/* Must a reading be judged whatever the index says?  Not when it would only find that nothing has happened. */
bool ioc_alarm_is_waiting(const struct ioc_alarm *alarm);
/* The rule has changed or is new: judges the last reading by it, and ends what it no longer concerns. */
void ioc_alarm_reload(struct ioc_shard *shard, const struct ioc_rule *rule, struct ioc_keystate *key);
/* Ends the key's alerts that wait for a hold which no longer runs. */
void ioc_alarm_drop_pending(struct ioc_shard *shard, struct ioc_keystate *key);
void ioc_alarm_timer(struct ioc_shard *shard, uint32_t index, ioc_time key_time);
void ioc_alarm_shelve(struct ioc_shard *shard, struct ioc_alarm *alarm, ioc_time until);
void ioc_alarm_move_shelve(struct ioc_shard *shard, struct ioc_alarm *alarm); /* sets its timer (anew) */
void ioc_alarm_forget(struct ioc_alarm *alarm); /* since when its condition has held */
void ioc_alarm_unshelve(struct ioc_shard *shard, struct ioc_alarm *alarm);
void ioc_alarm_shelve_ended(struct ioc_shard *shard, uint32_t index);
void ioc_alarm_silence(struct ioc_shard *shard, struct ioc_keystate *key, bool is_silent);
void ioc_alarm_arm(struct ioc_shard *shard, uint32_t index);
void ioc_alarm_remove(struct ioc_shard *shard, struct ioc_alarm *alarm);
/* alarm_change.c */
/* The frames of the asset and the parameters, from the reading in the event frame. */
void ioc_alarm_frames(struct ioc_shard *shard, const struct ioc_rule *rule, const struct ioc_keystate *key, ioc_time now);
void ioc_alarm_drop_record(struct ioc_shard *shard, struct ioc_alarm *alarm);
/* Writes down a transition and hands it to the outlet. */
struct ioc_alarm_change {
    enum ioc_alert_state to;
    enum ioc_cause cause;
    ioc_time key_time;
    bool is_news;                      /* the message and values are made anew from the frames */
    const struct ioc_command *command; /* or NULL */
};
void ioc_alarm_change(struct ioc_shard *shard, struct ioc_alarm *alarm, const struct ioc_alarm_change *change);
void ioc_alarm_restate(struct ioc_shard *shard, struct ioc_alarm *alarm);


/* order.c: an operator's command on an alert of this partition; the result goes to the outlet. */
void ioc_order_apply(struct ioc_shard *shard, const struct ioc_command *command);
