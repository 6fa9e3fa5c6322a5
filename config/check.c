/*
 * config/check.c — `ioc check city.yaml`: every mistake of the city file, its tables and its rules.
 */
#include "config/city.h"
#include "config/cityfile.h"
#include "config/command.h"
#include <sodium.h>

static const char doc[] =
    "Reads a city, its tables and its rules, and reports every mistake with file:line:column.\v"
    "Exit code 0 when there is none.  Secrets are read too: run it as the user that runs the engine.";

static void print_params(const struct ioc_rule *rule)
{
    uint32_t rows = rule->params.table ? ioc_reference_count(rule->params.table) : 0;
    for (ioc_slot slot = 0; slot < rule->params.schema.count && rows; slot++) {
        uint32_t own = 0;
        for (uint32_t i = 0; i < rows; i++)
            own += ioc_row_has(ioc_params_row(&rule->params, i), slot);
        if (own < rows)
            printf("%.*s: %u of %u rows of %.*s have no '%.*s' and no default\n", IOC_TEXT_ARGS(rule->id), rows - own, rows,
                IOC_TEXT_ARGS(ioc_reference_name(rule->params.table)), IOC_TEXT_ARGS(rule->params.schema.fields[slot].name));
    }
}

int ioc_check_main(int argc, char **argv)
{
    const char *path = ioc_cityfile_read(argc, argv, doc);
    struct ioc_errors errors = {0};
    if (!path)
        return 2;
    if (sodium_init() < 0)
        return 1;
    struct ioc_city *city = ioc_city_load(path, &errors);
    struct ioc_ruleset *ruleset = city ? ioc_city_rules(city, &errors) : NULL;
    if (ruleset) {
        uint32_t own = 0;
        for (uint32_t i = 0; i < ioc_ruleset_count(ruleset); i++) {
            const struct ioc_rule *rule = ioc_ruleset_rule(ruleset, i);
            own += !ioc_text_equal(rule->owner, IOC_TEXT("system"));
            print_params(rule);
        }
        printf("%s: ok: %u streams, %u tables, %u rules and %u of the engine's own, %u sources, %u sinks\n", path, city->stream_count,
            city->table_count, own, ioc_ruleset_count(ruleset) - own, city->source_count, city->sink_count);
    } else {
        ioc_errors_print(&errors, stderr);
    }
    int code = ruleset ? 0 : 1;
    ioc_errors_done(&errors);
    ioc_ruleset_unref(ruleset);
    ioc_city_free(city);
    return code;
}
