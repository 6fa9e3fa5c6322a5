/*
 * config/kinds.c — `ioc kinds`: what can be written in a city file, and the functions of expressions.
 */
#include "config/city.h"
#include "config/command.h"
#include "rules/cel/signature.h"
#include <argp.h>

static const struct argp_option options[] = {{"functions", 'f', NULL, 0, "The functions of expressions alone", 0}, {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    if (key != 'f')
        return ARGP_ERR_UNKNOWN;
    *(bool *)state->input = true;
    return 0;
}

static const struct argp argp = {options, parse, "",
    "Prints the kinds of sources, decoders and sinks, and the wall's section, with their options; then the functions of expressions with "
    "what they take and give, when they fail, whether the rule index can use them, and an example.", NULL, NULL, NULL};

static void print_plugins(void)
{
    for (uint32_t i = 0; ioc_source_kinds[i]; i++) {
        printf("source %s — %s\n", ioc_source_kinds[i]->name, ioc_source_kinds[i]->summary);
        ioc_option_print(ioc_source_kinds[i]->options, stdout);
    }
    for (uint32_t i = 0; ioc_decoder_kinds[i]; i++) {
        printf("\ndecoder %s — %s\n", ioc_decoder_kinds[i]->name, ioc_decoder_kinds[i]->summary);
        ioc_option_print(ioc_decoder_kinds[i]->options, stdout);
    }
    for (uint32_t i = 0; ioc_sink_kinds[i]; i++) {
        printf("\nsink %s — %s\n", ioc_sink_kinds[i]->name, ioc_sink_kinds[i]->summary);
        ioc_option_print(ioc_sink_kinds[i]->options, stdout);
    }
    printf("\nwall — the display gateway (`ioc wall`)\n");
    ioc_option_print(ioc_gateway_option_table, stdout);
    printf("\n");
}

static void print_functions(void)
{
    struct ioc_buffer text = {0};
    for (uint32_t i = 0; ioc_libraries[i]; i++) {
        ioc_buffer_add_string(&text, i ? "\n" : "");
        ioc_signature_print_library(ioc_libraries[i], &text);
    }
    fwrite(text.data, 1, text.length, stdout);
    ioc_buffer_done(&text);
}

int ioc_kinds_main(int argc, char **argv)
{
    bool is_functions = false;
    if (argp_parse(&argp, argc, argv, 0, NULL, &is_functions) != 0)
        return 2;
    if (!is_functions)
        print_plugins();
    print_functions();
    return 0;
}
