/*
 * rules/rulefile.c — a rule file's text → rule nodes with their positions.
 */
#include "rules/rulefile.h"
#include "core/memory.h"
#include "rules/rulekeys.h"

static struct ioc_rulefile *check_file(struct ioc_document *document, struct ioc_errors *errors)
{
    if (!document)
        return NULL;
    struct ioc_node *root = document->root;
    uint32_t before = errors->count + errors->omitted;
    struct ioc_rulefile *rulefile = NULL;
    struct ioc_node *owner = NULL, *rules = NULL;
    struct ioc_text owner_text = {0};
    if (!root)
        goto out;
    if (root->kind != IOC_NODE_MAP) {
        ioc_node_error(document, root, errors, "not-a-rule-file", "a rule file has the keys owner and rules");
        ioc_node_hint(errors, "begin with `owner: drainage`, then `rules:` and a list");
        goto out;
    }
    ioc_option_unknown(document, root, &ioc_rulefile_form, NULL, NULL, errors);
    owner = ioc_node_find(root, "owner");
    rules = ioc_node_find(root, "rules");
    if (!owner) {
        ioc_node_error(document, root, errors, "missing-key", "owner is missing: whose rules are these?");
        ioc_node_hint(errors, "owner: drainage   # the department; rule ids become drainage/<id>");
    } else {
        (void)!ioc_node_text(document, owner, &owner_text, errors);
    }
    if (!rules) {
        ioc_node_error(document, root, errors, "missing-key", "rules is missing");
        ioc_node_hint(errors, "rules:\n- id: …");
    } else if (rules->kind != IOC_NODE_LIST) {
        ioc_node_error(document, rules, errors, "wrong-kind", "rules is a list: each rule begins with `- id:`");
    }
out:
    if (!root || errors->count + errors->omitted > before) {
        ioc_document_free(document);
        return NULL;
    }
    rulefile = ioc_memory_take(sizeof *rulefile);
    rulefile->document = document;
    rulefile->owner = owner_text;
    rulefile->rules = rules;
    rulefile->owns_document = true;
    return rulefile;
}

struct ioc_rulefile *ioc_rulefile_load(const char *path, struct ioc_errors *errors)
{
    return check_file(ioc_document_load(path, errors), errors);
}

struct ioc_rulefile *ioc_rulefile_parse(struct ioc_text name, struct ioc_text source, struct ioc_errors *errors)
{
    return check_file(ioc_document_parse(name, source, errors), errors);
}

struct ioc_rulefile *ioc_rulefile_inline(struct ioc_document *document, struct ioc_node *rules, struct ioc_text owner)
{
    struct ioc_rulefile *rulefile = ioc_memory_take(sizeof *rulefile);
    rulefile->document = document;
    rulefile->owner = owner;
    rulefile->rules = rules;
    return rulefile;
}

void ioc_rulefile_free(struct ioc_rulefile *rulefile)
{
    if (!rulefile)
        return;
    if (rulefile->owns_document)
        ioc_document_free(rulefile->document);
    ioc_memory_give(rulefile);
}

struct ioc_rulefile_place ioc_rulefile_find(const struct ioc_document *document, struct ioc_node *rule,
    const struct ioc_document *city, struct ioc_node *profile, const char *key)
{
    struct ioc_node *node = ioc_node_find(rule, key);
    if (node)
        return (struct ioc_rulefile_place){document, node};
    return (struct ioc_rulefile_place){city, ioc_node_find(profile, key)};
}

void ioc_rulefile_check_keys(const struct ioc_document *document, const struct ioc_node *map, bool is_profile,
    struct ioc_errors *errors)
{
    ioc_option_unknown(document, map, is_profile ? &ioc_profile_form : &ioc_rule_form, NULL, NULL, errors);
}
