/*
 * config/test.c — `ioc test FILE…`: runs rule stories.
 */
#include "config/command.h"
#include "config/language.h"
#include "config/story.h"
#include <argp.h>
#include <sodium.h>

struct arguments {
    char **files;
    int count;
    struct ioc_story_options options;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'v': arguments->options.is_verbose = true; return 0;
    case 's': arguments->options.is_strict = true; return 0;
    case 'l':
        if (!ioc_language_read(argument, &arguments->options.language))
            argp_error(state, "--lang is vi or en");
        return 0;
    case ARGP_KEY_ARGS:
        arguments->files = state->argv + state->next;
        arguments->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which story files?"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"verbose", 'v', NULL, 0, "Show what came in stories that pass, too", 0},
    {"strict-cel", 's', NULL, 0, "Expressions are CEL to the letter: no number is taken as another type of number", 0},
    {"lang", 'l', "vi|en", 0, "Language of errors (default: from LC_ALL, LC_MESSAGES, LANG)", 0},
    {0}};
static const struct argp argp = {options, parse_option, "STORY.yaml…",
    "Plays rule stories on production shards with a virtual clock, and compares the alerts.\v"
    "The last line is `N passed, N failed`; exit code 0 when none failed and every file could be read.", NULL, NULL, NULL};

int ioc_test_main(int argc, char **argv)
{
    struct arguments arguments = {.options.language = ioc_language_here()};
    struct ioc_story_counts counts = {0};
    bool is_good = true;
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0)
        return 2;
    if (sodium_init() < 0)
        return 1;
    for (int i = 0; i < arguments.count; i++)
        is_good &= ioc_story_run(arguments.files[i], &arguments.options, stdout, &counts) == IOC_OK;
    printf("%u passed, %u failed\n", counts.passed, counts.failed);
    return is_good && counts.failed == 0 && counts.passed > 0 ? 0 : 1;
}
