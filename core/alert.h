#pragma once
/*
 * core/alert.h — something people must know: its state, its transitions, and what else leaves a shard.
 *
 * A shard hands its outputs to an outlet as plain structs whose texts live until the call returns.
 * To cross lanes they are packed into bytes and unpacked as views.  One JSON form serves Redis, the
 * wall and the jsonl sink (ioc_transition_json).
 *
 * Memory   structs own nothing; packed bytes belong to their batch
 * Time     engine_time is engine time, key_time the key's clock (ENGINE.md 1, 2)
 * Thread   any
 * Source   states and transitions: ISA-18.2 / IEC 62682
 */
#include "core/id.h"
#include "core/record.h"

enum ioc_severity { IOC_SEVERITY_NONE, IOC_SEVERITY_WARNING, IOC_SEVERITY_MINOR, IOC_SEVERITY_MAJOR, IOC_SEVERITY_CRITICAL, IOC_SEVERITIES };
enum ioc_alert_state {
    IOC_ALERT_NORMAL,         /* NORM  */
    IOC_ALERT_PENDING,        /* PEND   the hold is running */
    IOC_ALERT_UNACKNOWLEDGED, /* UNACK  active, nobody has acknowledged */
    IOC_ALERT_ACKNOWLEDGED,   /* ACKED  active */
    IOC_ALERT_RETURNED,       /* RTNUN  back to normal, still to be acknowledged */
    IOC_ALERT_STATES
};
enum ioc_alert_flag { /* beside the state; evaluation goes on under all of them */
    IOC_ALERT_DOUBTFUL = 1,    /* the source is silent */
    IOC_ALERT_SHELVED = 2,     /* by a person, until a time */
    IOC_ALERT_SUPPRESSED = 4,  /* inhibited by another alert */
    IOC_ALERT_MAINTENANCE = 8, /* planned */
};
enum ioc_cause {
    IOC_CAUSE_EVENT,     /* a reading decided */
    IOC_CAUSE_TIMER,     /* a hold ran out */
    IOC_CAUSE_PERSON,    /* a command: actor, reason */
    IOC_CAUSE_SILENCE,   /* the source fell silent, or speaks again */
    IOC_CAUSE_MISSING,   /* a value is missing and on_missing decided */
    IOC_CAUSE_WORSE,     /* the severity rose */
    IOC_CAUSE_BETTER,    /* the severity fell */
    IOC_CAUSE_RELOAD,    /* the rule was changed or removed */
    IOC_CAUSE_EXPIRED,   /* a shelve ended */
    IOC_CAUSE_AGED_OUT,  /* what had been counted left its window */
    IOC_CAUSE_KEY_MOVED, /* its contributors now belong to another key */
    IOC_CAUSE_RESTART,   /* the engine started without saved state */
    IOC_CAUSES
};
const char *ioc_severity_text(enum ioc_severity severity); /* "critical" … "none" */
const char *ioc_alert_state_text(enum ioc_alert_state state); /* "NORM" "PEND" "UNACK" "ACKED" "RTNUN" */
const char *ioc_cause_text(enum ioc_cause cause); /* "event" … "key-moved" */
enum ioc_severity ioc_severity_find(struct ioc_text text); /* IOC_SEVERITIES when none */

struct ioc_transition {
    struct ioc_id id;
    uint32_t seq;        /* from 1 within the alert */
    uint32_t count;      /* times it became active since pending */
    uint8_t from, to;    /* enum ioc_alert_state; equal when only flags, severity or a note changed */
    uint8_t flags, severity, severity_before, priority; /* priority 0-4, never below severity */
    uint8_t cause, has_point;
    uint8_t is_restated; /* the alert as it stands, for a sink that lost its state */
    uint8_t partition;
    uint64_t offset;     /* of the input that caused it */
    uint64_t rule_version;
    ioc_time onset, since, key_time, engine_time; /* since = became active; NONE while pending */
    ioc_time acknowledged_at, shelved_until;      /* IOC_TIME_NONE = not */
    struct ioc_point point;
    struct ioc_text rule, owner, stream, key, entity; /* key printed; entity = "stream:key" */
    struct ioc_text title_vi, title_en, message_vi, message_en;
    struct ioc_text area, area_name;
    struct ioc_text actor, reason, command;       /* person, why, cmd_id; empty when no person */
    struct ioc_text acknowledged_by, shelved_by, note;
    struct ioc_text values, labels, response;     /* JSON objects, or empty; response is text */
};

enum ioc_quality { IOC_QUALITY_GOOD, IOC_QUALITY_UNCERTAIN, IOC_QUALITY_STALE, IOC_QUALITY_OFFLINE };
const char *ioc_quality_text(enum ioc_quality quality); /* "good" … */
struct ioc_entity { /* live state of one key, absolute */
    struct ioc_text id, stream, kind, name; /* id = "stream:key"; name from the asset, else the key */
    struct ioc_text unit, area;
    double value;
    uint8_t has_value, has_point, severity, quality, partition;
    int8_t decimals;
    ioc_time time, received;
    struct ioc_point point;
};

enum ioc_command_op { IOC_COMMAND_ACKNOWLEDGE, IOC_COMMAND_UNACKNOWLEDGE, IOC_COMMAND_SHELVE, IOC_COMMAND_UNSHELVE, IOC_COMMAND_NOTE, IOC_COMMANDS };
const char *ioc_command_text(enum ioc_command_op op); /* "ack" "unack" "shelve" "unshelve" "note" */
int ioc_command_find(struct ioc_text text);           /* -1 when none */
struct ioc_command { /* ENGINE.md 13; the mac is verified before it becomes one */
    uint8_t op;
    uint32_t seq_seen;  /* 0 = not said; else refused as `changed` when the alert has moved on */
    ioc_time issued_at, expires_at, until; /* until: shelve only */
    struct ioc_text id, alert, user, roles, scope, session, ip, reason, gate;
};
struct ioc_result {
    uint8_t is_done;
    uint8_t partition;
    uint32_t seq;       /* of the alert afterwards */
    struct ioc_text command, gate, alert, user, why; /* why: a stable word, "no-such-alert" */
};
struct ioc_mark { /* all outputs of a partition up to this offset have been handed over */
    uint8_t partition;
    uint64_t offset;
};

/* Where outputs go.  Embedded by who takes them; texts are valid during the call only. */
struct ioc_outlet {
    void (*transition)(struct ioc_outlet *outlet, const struct ioc_transition *transition);
    void (*entity)(struct ioc_outlet *outlet, const struct ioc_entity *entity);
    void (*result)(struct ioc_outlet *outlet, const struct ioc_result *result);
};

/* Packed forms are payloads of records IOC_RECORD_TRANSITION, _ENTITY, _RESULT, _COMMAND.  Pack
 * appends bytes (no record header); unpack gives views and IOC_INVALID for unsound bytes. */
void ioc_transition_pack(const struct ioc_transition *transition, struct ioc_buffer *out);
enum ioc_status ioc_transition_unpack(struct ioc_text bytes, struct ioc_transition *transition) IOC_USE;
void ioc_entity_pack(const struct ioc_entity *entity, struct ioc_buffer *out);
enum ioc_status ioc_entity_unpack(struct ioc_text bytes, struct ioc_entity *entity) IOC_USE;
void ioc_command_pack(const struct ioc_command *command, struct ioc_buffer *out);
enum ioc_status ioc_command_unpack(struct ioc_text bytes, struct ioc_command *command) IOC_USE;
void ioc_result_pack(const struct ioc_result *result, struct ioc_buffer *out);
enum ioc_status ioc_result_unpack(struct ioc_text bytes, struct ioc_result *result) IOC_USE;

/* {"id","seq","rule","ver","owner","title":{"vi","en"},"message":{"vi","en"},"stream","key","entity",
 *  "d","area","x","y","sev","sev_before","prio","from","state","flags":[…],"onset","since","upd",
 *  "key_time","count","cause","by","reason","cmd_id","values":{},"labels":{},"response","ack_by",
 *  "ack_at","shelve_by","shelve_until","note","p","off"}; times in ms; what is empty is left out.
 * "ver" is 16 hex digits (a hash does not fit a JSON number), "d" the area, "area" its name, sev and prio
 * numbers, state and from as ioc_alert_state_text, flags as words. */
void ioc_transition_json(const struct ioc_transition *transition, struct ioc_buffer *out);
