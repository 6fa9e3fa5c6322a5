/*
 * config/schema.c — `ioc schema`: what editors and the manual know of city, rule and story files.
 */
#include "config/schema.h"
#include "config/citykeys.h"
#include "config/command.h"
#include "rules/rulekeys.h"
#include <argp.h>

const char *const ioc_schema_names[] = {"city", "rules", "story", NULL};
static const struct {
    const struct ioc_option *form;
    const char *title;
} schemas[] = {
    {&ioc_city_form, "ioc city file"},
    {&ioc_rulefile_form, "ioc rule file"},
    {&ioc_story_form, "ioc story file"},
};

bool ioc_schema_write(const char *name, struct ioc_buffer *json)
{
    for (int i = 0; ioc_schema_names[i]; i++) {
        if (strcmp(ioc_schema_names[i], name) != 0)
            continue;
        ioc_option_schema(schemas[i].form, schemas[i].title, json);
        return true;
    }
    return false;
}

bool ioc_schema_write_keys(const char *form, struct ioc_buffer *markdown)
{
    bool is_found = false;
    for (int i = 0; ioc_schema_names[i] && !is_found; i++)
        is_found = ioc_option_manual(schemas[i].form, form, markdown);
    return is_found;
}

struct arguments {
    const char *name, *form;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'k': arguments->form = argument; return 0;
    case ARGP_KEY_ARG:
        if (arguments->name)
            argp_usage(state);
        arguments->name = argument;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->name == !arguments->form)
            argp_error(state, "which schema? city, rules or story");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"keys", 'k', "FORM", 0, "Print the keys of a form (rule, stream, field, route, …) as a Markdown table instead", 0}, {0}};
static const struct argp argp = {options, parse_option, "city|rules|story",
    "Prints a JSON Schema (draft-07) of a kind of file, for editors.\v"
    "The same lie in config/schema.  What fits a schema may still be wrong: `ioc check` and `ioc test` decide.", NULL, NULL, NULL};

int ioc_schema_main(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct ioc_buffer out = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0)
        return 2;
    bool is_found = arguments.form ? ioc_schema_write_keys(arguments.form, &out) : ioc_schema_write(arguments.name, &out);
    if (is_found)
        fwrite(out.data, 1, out.length, stdout);
    else
        fprintf(stderr, "ioc schema: there is no %s '%s'\n", arguments.form ? "form" : "schema", arguments.form ? arguments.form : arguments.name);
    ioc_buffer_done(&out);
    return is_found && fflush(stdout) == 0 ? 0 : is_found ? 1 : 2;
}
