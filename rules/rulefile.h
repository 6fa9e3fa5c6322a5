#pragma once
/*
 * rules/rulefile.h — a rule file's text → rule nodes with their positions; profiles filled in.
 *
 * A file has `owner:` and `rules:` (RULES.md section 2).  This knows which keys exist and where a
 * key's value comes from (the rule, else its profile); what they mean is ruleset's affair.
 *
 * Memory   the documents are owned; ioc_rulefile_free().
 * Thread   one at a time (load)
 * Failure  errors with file:line:column, all of the file
 */
#include "core/document.h"

struct ioc_rulefile {
    struct ioc_document *document;
    struct ioc_text owner;
    struct ioc_node *rules; /* the list */
    bool owns_document;
};

/* NULL with errors added. */
struct ioc_rulefile *ioc_rulefile_load(const char *path, struct ioc_errors *errors);
struct ioc_rulefile *ioc_rulefile_parse(struct ioc_text name, struct ioc_text source, struct ioc_errors *errors);
/* A list of rules inside another document (a story, a test), which stays its owner's. */
struct ioc_rulefile *ioc_rulefile_inline(struct ioc_document *document, struct ioc_node *rules, struct ioc_text owner);
void ioc_rulefile_free(struct ioc_rulefile *rulefile);

/* A rule's key: from the rule itself, else from its profile. */
struct ioc_rulefile_place {
    const struct ioc_document *document;
    struct ioc_node *node; /* NULL = not written anywhere */
};
struct ioc_rulefile_place ioc_rulefile_find(const struct ioc_document *document, struct ioc_node *rule,
    const struct ioc_document *city, struct ioc_node *profile, const char *key);
/* Unknown keys of a rule or a profile, with a did-you-mean. */
void ioc_rulefile_check_keys(const struct ioc_document *document, const struct ioc_node *map, bool is_profile,
    struct ioc_errors *errors);
