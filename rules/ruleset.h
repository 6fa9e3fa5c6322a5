#pragma once
/*
 * rules/ruleset.h — all compiled rules of a city: immutable, shared by every shard, swapped whole on reload.
 *
 * Memory   one arena; reference-counted: every shard holds one reference
 * Thread   any, once made
 * Failure  all errors of all files are collected; NULL when there is one
 */
#include "rules/index.h"

struct ioc_ruleset;
struct ioc_ruleset *ioc_ruleset_new(const struct ioc_ruleset_context *context, struct ioc_rulefile *const *files,
    uint32_t file_count, struct ioc_errors *errors);
struct ioc_ruleset *ioc_ruleset_ref(struct ioc_ruleset *ruleset);
void ioc_ruleset_unref(struct ioc_ruleset *ruleset);
uint32_t ioc_ruleset_count(const struct ioc_ruleset *ruleset);
/* In order of id. */
const struct ioc_rule *ioc_ruleset_rule(const struct ioc_ruleset *ruleset, uint32_t index);
/* UINT32_MAX when there is none of that id. */
uint32_t ioc_ruleset_find(const struct ioc_ruleset *ruleset, struct ioc_text id);
uint64_t ioc_ruleset_version(const struct ioc_ruleset *ruleset);
/* All rules on a stream, and the few that an event can concern: rules/index.h. */
const struct ioc_index *ioc_ruleset_index(const struct ioc_ruleset *ruleset);
