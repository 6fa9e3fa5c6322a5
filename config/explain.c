/*
 * config/explain.c — `ioc explain`: what becomes of a rule's expressions.
 */
#include "config/explain.h"
#include "config/city.h"
#include "config/command.h"
#include "config/language.h"
#include "rules/cel/scratch.h"
#include <argp.h>
#include <sodium.h>
#include <stdlib.h>

/* ------------------------------------------------------------- the expressions of a rule */

enum part { WHERE, WHEN, CLEAR, OTHER, MESSAGE, PARTS };
struct expression {
    enum part part;
    char name[24];
    const struct ioc_program *program;
};
struct expressions {
    struct expression *items;
    uint32_t count, capacity;
};

static void add(struct expressions *all, enum part part, const char *name, const char *more, const struct ioc_program *program)
{
    if (!program)
        return;
    if (all->count == all->capacity) {
        all->capacity = all->capacity ? 2 * all->capacity : 16;
        struct expression *items = realloc(all->items, all->capacity * sizeof *items);
        if (!items)
            abort();
        all->items = items;
    }
    struct expression *expression = &all->items[all->count++];
    *expression = (struct expression){.part = part, .program = program};
    snprintf(expression->name, sizeof expression->name, "%s%s%s", name, *more ? " " : "", more);
}

static void add_template(struct expressions *all, const char *language, const struct ioc_template *template)
{
    for (uint32_t i = 0; i < template->count; i++)
        if (template->parts[i].kind == IOC_TEMPLATE_PROGRAM)
            add(all, MESSAGE, "message", language, template->parts[i].program);
}

static struct expressions list_expressions(const struct ioc_rule *rule)
{
    static const char *const rungs[IOC_RUNGS] = {"warning", "minor", "major", "critical"};
    struct expressions all = {0};
    add(&all, WHERE, "where", "", rule->where);
    for (int i = IOC_RUNGS; i-- > 0;)
        add(&all, WHEN, "when", rungs[i], rule->when[i]);
    for (int i = IOC_RUNGS; i-- > 0;)
        add(&all, CLEAR, "stay", rungs[i], rule->stay[i]);
    add(&all, CLEAR, "clear", "", rule->clear_when);
    add(&all, OTHER, "position", "", rule->position);
    add_template(&all, "vi", &rule->message_vi);
    add_template(&all, "en", &rule->message_en);
    return all;
}

/* ------------------------------------------------------------- costs */

struct cost {
    const struct ioc_rule *rule;
    uint64_t parts[PARTS], sum;
    uint32_t most; /* of one evaluation */
    uint32_t bytes;
};

static struct cost cost_of(const struct ioc_rule *rule)
{
    struct cost cost = {.rule = rule};
    struct expressions all = list_expressions(rule);
    for (uint32_t i = 0; i < all.count; i++) {
        uint32_t steps = ioc_program_cost(all.items[i].program);
        cost.parts[all.items[i].part] += steps;
        cost.sum += steps;
        cost.most = steps > cost.most ? steps : cost.most;
        cost.bytes += ioc_program_bytes(all.items[i].program);
    }
    free(all.items);
    return cost;
}

static int compare_costs(const void *first, const void *second)
{
    const struct cost *a = first, *b = second;
    if (a->sum != b->sum)
        return a->sum > b->sum ? -1 : 1;
    return a->rule->index < b->rule->index ? -1 : a->rule->index > b->rule->index;
}

static void print_indexed(const struct ioc_ruleset *ruleset, const struct ioc_rule *rule, struct ioc_buffer *out)
{
    ioc_index_describe(ioc_ruleset_index(ruleset), rule, out);
}

static void print_cost(const struct ioc_ruleset *ruleset, const struct cost *cost, bool is_vi, struct ioc_buffer *out)
{
    char sum[24];
    snprintf(sum, sizeof sum, cost->sum < UINT32_MAX ? "%llu" : "> 4e9", (unsigned long long)cost->sum);
    ioc_buffer_addf(out, "%10s  %-36.*s ", sum, IOC_TEXT_ARGS(cost->rule->id));
    for (int i = 0; i < PARTS; i++) {
        if (i == OTHER)
            continue;
        if (cost->parts[i] < UINT32_MAX)
            ioc_buffer_addf(out, " %7llu", (unsigned long long)cost->parts[i]);
        else
            ioc_buffer_add_string(out, "   > 4e9");
    }
    ioc_buffer_add_string(out, cost->most <= IOC_STEPS_MOST ? (is_vi ? "  vừa  " : "  fits ") : (is_vi ? "  VƯỢT " : "  OVER "));
    ioc_buffer_add_char(out, ' ');
    print_indexed(ruleset, cost->rule, out);
    ioc_buffer_add_char(out, '\n');
}

void ioc_explain_costs(const struct ioc_ruleset *ruleset, enum ioc_language language, struct ioc_buffer *out)
{
    uint32_t count = 0, all = ioc_ruleset_count(ruleset);
    bool is_vi = language == IOC_VIETNAMESE;
    struct cost *costs = calloc(all + 1, sizeof *costs);
    if (!costs)
        abort();
    for (uint32_t i = 0; i < all; i++) {
        const struct ioc_rule *rule = ioc_ruleset_rule(ruleset, i);
        if (!ioc_text_equal(rule->owner, IOC_TEXT("system")))
            costs[count++] = cost_of(rule);
    }
    qsort(costs, count, sizeof *costs, compare_costs);
    ioc_buffer_addf(out, is_vi ? "Chi phí tối đa theo bước; mỗi lần tính được nhiều nhất %d bước.  Quy tắc đắt nhất đứng trước.\n"
                               : "Steps at worst; an evaluation may take %d.  The dearest rules come first.\n", IOC_STEPS_MOST);
    ioc_buffer_addf(out, "%10s  %-36s  %7s %7s %7s %7s\n", is_vi ? "bước" : "steps", is_vi ? "quy tắc" : "rule", "where", "when",
        "clear", "message");
    for (uint32_t i = 0; i < count; i++)
        print_cost(ruleset, &costs[i], is_vi, out);
    free(costs);
}

/* ------------------------------------------------------------- programs */

void ioc_explain_rule(const struct ioc_ruleset *ruleset, const struct ioc_rule *rule,
    const struct ioc_ruleset_context *context, struct ioc_buffer *out)
{
    struct ioc_arena arena = {0};
    struct ioc_rule_loading loading = {.arena = &arena};
    struct ioc_scope scope = ioc_rule_scope(rule, context, &loading);
    struct expressions all = list_expressions(rule);
    struct cost cost = cost_of(rule);
    ioc_buffer_addf(out, "%.*s\n  %u expressions, %u bytes of programs; ", IOC_TEXT_ARGS(rule->id), all.count, cost.bytes);
    print_indexed(ruleset, rule, out);
    ioc_buffer_add_string(out, "\n");
    for (uint32_t i = 0; i < all.count; i++) {
        const struct expression *expression = &all.items[i];
        struct ioc_program_error err;
        ioc_buffer_addf(out, "\n%s:\n", expression->name);
        enum ioc_type want = expression->part == MESSAGE ? IOC_TYPES : ioc_program_type(expression->program);
        /* It compiled when the rule was read, in the same scope. */
        if (ioc_program_explain(ioc_program_source(expression->program), &scope, want, out, &err) != IOC_OK)
            ioc_buffer_addf(out, "  %s\n", err.error.text);
    }
    free(all.items);
    ioc_arena_done(&loading.scratch);
    ioc_arena_done(&arena);
}

/* ------------------------------------------------------------- the command */

struct arguments {
    const char *rule, *city;
    bool is_program;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'p': arguments->is_program = true; return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            arguments->rule = argument;
        else if (state->arg_num == 1)
            arguments->city = argument;
        else
            argp_usage(state);
        return 0;
    case ARGP_KEY_END:
        if (!arguments->rule)
            argp_error(state, "which rule?");
        else if (!arguments->is_program)
            argp_error(state, "what of it?  --program prints what its expressions have become");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"program", 'p', NULL, 0, "Print each expression with its cost, the order of its conditions and its instructions", 0}, {0}};
static const struct argp argp = {options, parse_option, "RULE [CITY.yaml]",
    "Explains a rule.\vRULE is OWNER/ID, or only ID where no other owner has it.  The city is ./city.yaml unless one is named.",
    NULL, NULL, NULL};

static bool is_called(const struct ioc_rule *rule, struct ioc_text name)
{
    uint32_t owner = rule->owner.length + 1;
    struct ioc_text id = {rule->id.data + owner, rule->id.length - owner};
    return ioc_text_equal(rule->id, name) || ioc_text_equal(id, name);
}

/* The only rule of that name; says what is wrong when there is none. */
static const struct ioc_rule *find_rule(const struct ioc_ruleset *ruleset, struct ioc_text name)
{
    const struct ioc_rule *found = NULL;
    uint32_t count = ioc_ruleset_count(ruleset);
    struct ioc_text *ids = calloc(count + 1, sizeof *ids);
    if (!ids)
        abort();
    for (uint32_t i = 0; i < count; i++) {
        const struct ioc_rule *rule = ioc_ruleset_rule(ruleset, i);
        ids[i] = rule->id;
        if (!is_called(rule, name))
            continue;
        if (found) {
            fprintf(stderr, "ioc explain: '%.*s' and '%.*s' are both called that\n", IOC_TEXT_ARGS(found->id), IOC_TEXT_ARGS(rule->id));
            free(ids);
            return NULL;
        }
        found = rule;
    }
    int nearest = found ? -1 : ioc_text_nearest(name, ids, count);
    if (!found)
        fprintf(stderr, "ioc explain: there is no rule '%.*s'\n", IOC_TEXT_ARGS(name));
    if (nearest >= 0)
        fprintf(stderr, "hint: '%.*s'?\n", IOC_TEXT_ARGS(ids[nearest]));
    free(ids);
    return found;
}

int ioc_explain_main(int argc, char **argv)
{
    struct arguments arguments = {.city = "city.yaml"};
    struct ioc_errors errors = {0};
    struct ioc_buffer out = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0)
        return 2;
    if (sodium_init() < 0)
        return 1;
    struct ioc_city *city = ioc_city_load_model(arguments.city, &errors);
    struct ioc_ruleset *ruleset = city ? ioc_city_rules(city, &errors) : NULL;
    const struct ioc_rule *rule = ruleset ? find_rule(ruleset, ioc_text_of(arguments.rule)) : NULL;
    if (!ruleset)
        ioc_errors_print(&errors, ioc_language_here(), stderr);
    if (rule)
        ioc_explain_rule(ruleset, rule, &city->context, &out);
    fwrite(out.data, 1, out.length, stdout);
    ioc_buffer_done(&out);
    ioc_errors_done(&errors);
    ioc_ruleset_unref(ruleset);
    ioc_city_free(city);
    return rule ? 0 : 1;
}
