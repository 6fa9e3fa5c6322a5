/*
 * config/main.c — `ioc`: finds the subcommand.
 */
#include "config/command.h"
#include "config/simulate.h"
#include <argp.h>
#include <stdio.h>
#include <string.h>

const struct ioc_subcommand ioc_subcommands[] = {
    {"run", "run a city: sources, rules, sinks", ioc_run_main},
    {"check", "read a city and its rules, report every mistake", ioc_check_main},
    {"test", "run rule stories with a virtual clock", ioc_test_main},
    {"explain", "show what becomes of a rule's expressions", ioc_explain_main},
    {"kinds", "print the kinds of sources, decoders and sinks with their options", ioc_kinds_main},
    {"schema", "print JSON Schemas of city, rule and story files for editors", ioc_schema_main},
    {"wall", "serve the wall displays of a city", ioc_wall_main},
    {"simulate", "publish a seeded city over MQTT", ioc_simulate_main},
    {NULL, NULL, NULL},
};

static int print_usage(FILE *out, int code)
{
    fprintf(out, "usage: ioc COMMAND …\n\n");
    for (const struct ioc_subcommand *command = ioc_subcommands; command->name; command++)
        fprintf(out, "  %-10s %s\n", command->name, command->summary);
    fprintf(out, "\n`ioc COMMAND --help` says more.  Version " IOC_VERSION ".\n");
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return print_usage(stderr, 2);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return print_usage(stdout, 0);
    if (strcmp(argv[1], "--version") == 0) {
        printf("ioc " IOC_VERSION "\n");
        return 0;
    }
    for (const struct ioc_subcommand *command = ioc_subcommands; command->name; command++) {
        if (strcmp(argv[1], command->name) != 0)
            continue;
        char name[64];
        snprintf(name, sizeof name, "ioc %s", command->name);
        argv[1] = name;
        argp_err_exit_status = 2;
        return command->main(argc - 1, argv + 1);
    }
    fprintf(stderr, "ioc: there is no command '%s'\n\n", argv[1]);
    return print_usage(stderr, 2);
}
