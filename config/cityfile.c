/*
 * config/cityfile.c — the command line of a subcommand that takes one city file and nothing else.
 */
#include "config/cityfile.h"
#include <argp.h>
#include <stddef.h>

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    const char **city = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_usage(state);
        *city = argument;
        return 0;
    case ARGP_KEY_END:
        if (!*city)
            argp_error(state, "which city file?");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const char *ioc_cityfile_read(int argc, char **argv, const char *doc)
{
    const struct argp argp = {NULL, parse_option, "CITY.yaml", doc, NULL, NULL, NULL};
    const char *path = NULL;
    return argp_parse(&argp, argc, argv, 0, NULL, &path) == 0 ? path : NULL;
}
