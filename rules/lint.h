#pragma once
/*
 * rules/lint.h — what is worth knowing about a rule that is no mistake, and hints that need the whole city.
 *
 * Notes go to the context's `notes`; nothing is looked for when nobody wants them.
 *
 * Memory   none is kept
 * Thread   one at a time, at load
 */
#include "rules/rule.h"

/* A name or field that the rule's own stream has not, but another one: the hint says which. */
void ioc_lint_field(const struct ioc_rule *rule, const struct ioc_ruleset_context *context, struct ioc_text source,
    struct ioc_program_error *err);
/* What the checker shall look for in expressions about the event. */
void ioc_lint_event(const struct ioc_rule *rule, const struct ioc_ruleset_context *context, struct ioc_variable *event);
/* Rows that leave a parameter without a value: which, and in which lines to fill it in.  `node` is `params:`. */
void ioc_lint_params(const struct ioc_rule *rule, const struct ioc_ruleset_context *context,
    const struct ioc_document *document, const struct ioc_node *node);
