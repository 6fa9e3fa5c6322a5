#pragma once
/*
 * rules/reading.h — one rule being read: what its readers share.  For rule.c and its other files alone.
 *
 * Memory   what the rule keeps in `arena`, what goes with the reading in `scratch`
 * Failure  NULL, or a part left as it was, with the complaint among the errors
 */
#include "rules/rule.h"

struct ioc_reading { /* of one rule */
    struct ioc_rule *rule;
    const struct ioc_ruleset_context *context;
    const struct ioc_document *document;
    struct ioc_node *node, *profile;
    struct ioc_arena *arena;
    struct ioc_errors *errors;
    struct ioc_scope scope;
    uint32_t errors_before;
    struct ioc_rule_loading *loading;
    struct ioc_arena *scratch;           /* gone with the rule's reading */
    struct ioc_terms where, when;        /* of `where`, and of any rung */
};

/* The value of a key, in the rule, its profile or the city's defaults. */
struct ioc_rulefile_place ioc_reading_find(struct ioc_reading *reading, const char *key);
/* `terms` NULL: not wanted; else a condition. */
struct ioc_program *ioc_reading_compile(struct ioc_reading *reading, struct ioc_rulefile_place where, enum ioc_type want,
    struct ioc_terms *terms);
/* The field behind a read and its name as in an expression; NULL = none. */
const struct ioc_field *ioc_reading_field(const struct ioc_reading *reading, const struct ioc_program_read *read,
    struct ioc_text *name, struct ioc_arena *arena);

/* deadband.c: when a rung is left, which is later than it was reached. */
struct ioc_program *ioc_deadband_compile(
    struct ioc_reading *reading, struct ioc_rulefile_place rung, struct ioc_rulefile_place deadband);
/* wording.c: title, message, response, labels and position. */
void ioc_wording_read(struct ioc_reading *reading);
