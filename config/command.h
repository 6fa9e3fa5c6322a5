#pragma once
/*
 * config/command.h — the subcommands of `ioc`: each takes its own argv and returns the exit code.
 *
 * 0 = done, 1 = it did not work or something was found, 2 = wrong usage.
 */
#include "core/text.h"

struct ioc_subcommand {
    const char *name, *summary;
    int (*main)(int argc, char **argv);
};
extern const struct ioc_subcommand ioc_subcommands[];

int ioc_run_main(int argc, char **argv);
int ioc_check_main(int argc, char **argv);
int ioc_test_main(int argc, char **argv);
int ioc_explain_main(int argc, char **argv);
int ioc_kinds_main(int argc, char **argv);
int ioc_schema_main(int argc, char **argv);
int ioc_wall_main(int argc, char **argv);
