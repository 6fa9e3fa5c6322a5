#pragma once
/*
 * config/explain.h — what becomes of the expressions of rules: for `ioc explain` and `ioc check --cost`.
 *
 * Memory   writes into the caller's buffer
 * Thread   one at a time
 */
#include "core/buffer.h"
#include "rules/ruleset.h"

/* One line a rule of the city, the dearest first: at most how many steps an event costs it, by part, and what the
 * index finds it by. */
void ioc_explain_costs(const struct ioc_ruleset *ruleset, enum ioc_language language, struct ioc_buffer *out);
/* All expressions of a rule with their programs. */
void ioc_explain_rule(const struct ioc_ruleset *ruleset, const struct ioc_rule *rule,
    const struct ioc_ruleset_context *context, struct ioc_buffer *out);
