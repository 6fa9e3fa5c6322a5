/*
 * config/check.c — `ioc check city.yaml`: every mistake of the city file, its tables and its rules.
 */
#include "config/check.h"
#include "config/city.h"
#include "config/command.h"
#include "config/explain.h"
#include "config/language.h"
#include <argp.h>
#include <sodium.h>

struct arguments {
    const char *city;
    enum ioc_language language;
    bool is_json, is_cost, is_strict;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'j': arguments->is_json = true; return 0;
    case 'c': arguments->is_cost = true; return 0;
    case 's': arguments->is_strict = true; return 0;
    case 'l':
        if (!ioc_language_read(argument, &arguments->language))
            argp_error(state, "--lang is vi or en");
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_usage(state);
        arguments->city = argument;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->city)
            argp_error(state, "which city file?");
        if (arguments->is_json && arguments->is_cost)
            argp_error(state, "--cost is for people: without --json");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"json", 'j', NULL, 0, "Print one JSON document, for editors", 0},
    {"cost", 'c', NULL, 0, "Print what each rule costs at worst, the dearest first, and how the index finds it", 0},
    {"strict-cel", 's', NULL, 0, "Expressions are CEL to the letter: no number is taken as another type of number", 0},
    {"lang", 'l', "vi|en", 0, "Language of errors (default: from LC_ALL, LC_MESSAGES, LANG)", 0},
    {0}};
static const struct argp argp = {options, parse_option, "CITY.yaml",
    "Reads a city, its tables and its rules, and reports every mistake with file:line:column.\v"
    "Notes say what is worth knowing and refuse nothing.  Exit code 0 when there is no error.  Secrets are read "
    "too: run it as the user that runs the engine.", NULL, NULL, NULL};

static struct ioc_check_counts count_all(const struct ioc_city *city, const struct ioc_ruleset *ruleset)
{
    struct ioc_check_counts counts = {.streams = city->stream_count, .tables = city->table_count, .sources = city->source_count,
        .sinks = city->sink_count};
    for (uint32_t i = 0; i < ioc_ruleset_count(ruleset); i++) {
        if (ioc_text_equal(ioc_ruleset_rule(ruleset, i)->owner, IOC_TEXT("system")))
            counts.own++;
        else
            counts.rules++;
    }
    return counts;
}

static void print_json(bool is_good, struct ioc_errors *errors, struct ioc_errors *notes, const struct ioc_check_counts *counts)
{
    struct ioc_buffer json = {0};
    ioc_errors_sort(errors);
    ioc_errors_sort(notes);
    ioc_check_write(&json, is_good, errors, notes, counts);
    fwrite(json.data, 1, json.length, stdout);
    ioc_buffer_done(&json);
}

static void print_text(const struct arguments *arguments, bool is_good, struct ioc_errors *errors, struct ioc_errors *notes,
    const struct ioc_check_counts *counts)
{
    if (errors->count)
        ioc_errors_print(errors, arguments->language, stderr);
    if (notes->count)
        ioc_errors_print(notes, arguments->language, stderr);
    if (is_good)
        printf(arguments->language == IOC_VIETNAMESE
                   ? "%s: đạt: %u luồng, %u bảng, %u quy tắc và %u quy tắc của hệ thống, %u nguồn, %u đích\n"
                   : "%s: ok: %u streams, %u tables, %u rules and %u of the engine's own, %u sources, %u sinks\n",
            arguments->city, counts->streams, counts->tables, counts->rules, counts->own, counts->sources, counts->sinks);
}

static void print_costs(const struct ioc_ruleset *ruleset, enum ioc_language language)
{
    struct ioc_buffer text = {0};
    ioc_explain_costs(ruleset, language, &text);
    fwrite(text.data, 1, text.length, stdout);
    ioc_buffer_done(&text);
}

int ioc_check_main(int argc, char **argv)
{
    struct arguments arguments = {.language = ioc_language_here()};
    struct ioc_errors errors = {0}, notes = {0};
    struct ioc_check_counts counts = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0)
        return 2;
    if (sodium_init() < 0)
        return 1;
    struct ioc_city *city = ioc_city_load(arguments.city, &errors);
    if (city) {
        city->context.notes = &notes;
        city->context.is_strict = arguments.is_strict;
    }
    struct ioc_ruleset *ruleset = city ? ioc_city_rules(city, &errors) : NULL;
    bool is_good = ruleset != NULL;
    if (is_good)
        counts = count_all(city, ruleset);
    if (arguments.is_json)
        print_json(is_good, &errors, &notes, &counts);
    else
        print_text(&arguments, is_good, &errors, &notes, &counts);
    if (is_good && arguments.is_cost)
        print_costs(ruleset, arguments.language);
    ioc_errors_done(&errors);
    ioc_errors_done(&notes);
    ioc_ruleset_unref(ruleset);
    ioc_city_free(city);
    return is_good ? 0 : 1;
}
