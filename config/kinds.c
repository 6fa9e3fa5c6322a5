/*
 * config/kinds.c — `ioc kinds`: what can be written in a city file.
 */
#include "config/city.h"
#include "config/command.h"
#include <argp.h>

static const struct argp argp = {NULL, NULL, "",
    "Prints the kinds of sources, decoders and sinks, and the wall's section, with their options.", NULL, NULL, NULL};

int ioc_kinds_main(int argc, char **argv)
{
    if (argp_parse(&argp, argc, argv, 0, NULL, NULL) != 0)
        return 2;
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
    return 0;
}
