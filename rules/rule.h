#pragma once
/*
 * rules/rule.h — one compiled rule: from its node in a rule file to programs over frames.
 *
 * Frames that a rule's programs read: the event, the key's last admitted reading, the asset's row, the
 * parameters of the row, and the engine's own values: `now` (the key's clock at the judgement) and `key`.  What a key of a rule
 * means is RULES.md section 2; what is not written comes from the profile, else from the defaults here.
 *
 * Memory   the arena of the loading, but for the programs: ioc_rule_done()
 * Thread   immutable once read
 * Failure  errors with file:line:column of the exact token, all of the rule
 */
#include "core/alert.h"
#include "core/reference.h"
#include "rules/cel/term.h"
#include "rules/params.h"
#include "rules/rulefile.h"
#include "rules/template.h"

enum ioc_frame { IOC_FRAME_EVENT, IOC_FRAME_LAST, IOC_FRAME_ASSET, IOC_FRAME_PARAMS, IOC_FRAME_ENGINE, IOC_FRAMES };

enum { IOC_ENGINE_NOW, IOC_ENGINE_KEY }; /* slots of the engine's frame */
extern const struct ioc_schema ioc_rule_engine;

enum ioc_rule_mode { IOC_MODE_LIVE, IOC_MODE_SHADOW, IOC_MODE_OFF };
enum ioc_rule_ack { IOC_ACK_BY_SEVERITY, IOC_ACK_REQUIRED, IOC_ACK_ON_RAISE, IOC_ACK_NONE };
enum ioc_rule_missing { IOC_MISSING_KEEP, IOC_MISSING_CLEAR, IOC_MISSING_RAISE };
enum ioc_rule_silence { IOC_SILENCE_DOUBTFUL, IOC_SILENCE_CLEAR };

enum { IOC_RUNGS = 4 }; /* warning, minor, major, critical: rung r is severity r + 1 */

struct ioc_rule_hold {
    ioc_span span;     /* key clock */
    uint32_t readings; /* consecutive true readings, at least 1 */
};
struct ioc_rule {
    struct ioc_text id;    /* "owner/id" */
    struct ioc_text owner, title_vi, title_en, labels, response;
    uint32_t index, place; /* in the set, and among those of its stream, by id */
    uint64_t version;      /* of the whole text */
    uint64_t condition;    /* of what decides when it raises: when, severity, hold, where, params */
    const struct ioc_stream *stream;
    const struct ioc_reference *asset; /* table of the `asset` frame, or NULL */
    ioc_slot asset_by;     /* event field that names its row; NONE = the stream's key */
    enum ioc_rule_mode mode;
    enum ioc_rule_ack ack;
    enum ioc_rule_missing on_missing;
    enum ioc_rule_silence silence;
    struct ioc_params params;
    bool reads_engine;                   /* else nobody fills that frame */
    struct ioc_program *where;           /* or NULL */
    struct ioc_program *when[IOC_RUNGS]; /* NULL = no such rung */
    struct ioc_program *stay[IOC_RUNGS]; /* with the deadband; NULL = as `when` */
    struct ioc_program *clear_when;      /* or NULL = no rung true */
    struct ioc_program *position;        /* point, or NULL */
    struct ioc_rule_hold hold;
    ioc_span clear_hold;
    struct ioc_template message_vi, message_en;
    struct ioc_rule_value {              /* what decided, for the record */
        struct ioc_text name;
        uint8_t frame;
        ioc_slot slot;
        const struct ioc_field *field;
    } *values;
    uint32_t value_count;
    const struct ioc_document *document; /* where it was written; valid while loading */
    struct ioc_node *node;
};

struct ioc_ruleset_context { /* the city, as far as rules see it; outlives every ruleset */
    struct ioc_text site;
    const struct ioc_stream *const *streams;
    uint32_t stream_count;
    const struct ioc_reference *const *tables;
    uint32_t table_count;
    const struct ioc_document *city; /* where profiles were written */
    struct ioc_node *profiles;       /* map, or NULL */
    const struct ioc_areas *areas;   /* or NULL */
    struct ioc_pattern_pool *patterns; /* of a ruleset while it is loaded: rules share equal ones */
    struct ioc_zones *zones;         /* filled when a rule needs them all; NULL = each program its own */
    bool is_strict;                  /* CEL without the deviations of RULES.md section 1 */
    struct ioc_errors *notes;        /* lints are added here; NULL = not wanted */
};

/* While the rules of a set are read, one after the other.
 *
 * `terms` of the rule read last say, for the index, when it can do anything on a key that has no alert of it: terms
 * of the event's frame, and of the asset's where that is the stream's own.  Outside of them `where` or every rung is
 * false, or missing without consequence; never an error.
 *
 * Memory   `arena` keeps what rules point to; `scratch` and the terms are gone with the next rule */
struct ioc_rule_loading {
    struct ioc_arena *arena, scratch;
    struct ioc_terms terms;
    struct ioc_rule_optional { /* schemas whose every field may be missing */
        const struct ioc_schema *of, *optional;
        struct ioc_rule_optional *next;
    } *optionals;
};
/* False with errors added; what had been made is released by ioc_rule_done() all the same. */
bool ioc_rule_read(struct ioc_rule *rule, const struct ioc_ruleset_context *context, const struct ioc_rulefile *file,
    struct ioc_node *node, struct ioc_rule_loading *loading, struct ioc_errors *errors);
void ioc_rule_done(struct ioc_rule *rule);
/* The names that its expressions know; gone with the scratch of `loading`. */
struct ioc_scope ioc_rule_scope(const struct ioc_rule *rule, const struct ioc_ruleset_context *context,
    struct ioc_rule_loading *loading);
