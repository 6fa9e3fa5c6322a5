#pragma once
/*
 * rules/rulekeys.h — the keys and words of rule files, as forms (core/option.h).
 *
 * The only place where they are listed: unknown keys, did-you-mean, the JSON Schema and the manual's lists
 * come from here.  What a key means is RULES.md section 2; ioc_rule_read() reads it.
 *
 * Memory   constants
 * Thread   any
 */
#include "core/option.h"

extern const struct ioc_option ioc_rulefile_form; /* a file: owner and rules */
extern const struct ioc_option ioc_rule_form;
extern const struct ioc_option ioc_profile_form;  /* what of a rule may stand in the city's profiles */
extern const struct ioc_option ioc_bilingual_forms[]; /* of an EITHER: a text, or {vi, en} */
/* In order of enum ioc_severity without normal; rungs of a ladder have these names. */
extern const char *const ioc_rule_severities[];
