/*
 * config/simulate.c — `ioc simulate CITY.yaml`: who speaks when, how long, and how it went.
 *
 * Each family has its own even rhythm and goes round its devices, so there is no calendar to keep: message m of a
 * family is due at m divided by the family's rate, from device m modulo their number.
 */
#include "config/simulate.h"
#include "config/city.h"
#include "config/simulate_message.h"
#include "config/simulate_publisher.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

enum { DEVICES_MOST = 100000, RATE_MOST = 100000 };
enum { OPTION_USER = 256, OPTION_PASSWORD, OPTION_CA, OPTION_TABLES, OPTION_PRINT, OPTION_AT, OPTION_HOUR };

struct arguments {
    const char *city, *url, *user, *password_file, *ca, *counts, *tables;
    int64_t devices, rate, seed;
    double compress, hour;
    ioc_span length;
    ioc_time at;
    bool is_storm, prints;
    struct ioc_simulate_faults faults;
};
struct tally { /* of what was sent */
    uint64_t readings, garbage, duplicated, late, future, withheld;
};
struct simulation {
    struct arguments arguments;
    struct ioc_simulate_city city;
    const struct ioc_zone *zone;
    struct ioc_simulate_publisher *publisher; /* NULL when it prints */
    double rate[IOC_SIMULATE_FAMILIES];       /* messages a second */
    uint64_t next[IOC_SIMULATE_FAMILIES];     /* number of the next message */
    uint64_t run;
    struct tally tally;
    struct ioc_buffer topic, payload, json;
    ioc_span start, shown;
};

static volatile sig_atomic_t is_stopping;

static void on_signal(int number)
{
    is_stopping = 1;
}

/* ------------------------------------------------------------- arguments */

static void read_number(struct argp_state *state, const char *name, const char *text, int64_t low, int64_t high, int64_t *out)
{
    if (ioc_text_int(ioc_text_of(text), out) != IOC_OK || *out < low || *out > high)
        argp_error(state, "--%s is a whole number from %lld to %lld", name, (long long)low, (long long)high);
}

static void read_double(struct argp_state *state, const char *name, const char *text, double low, double high, double *out)
{
    if (ioc_text_double(ioc_text_of(text), out) != IOC_OK || !(*out >= low && *out <= high))
        argp_error(state, "--%s is a number from %g to %g", name, low, high);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    struct ioc_error err = {0};
    switch (key) {
    case 'u': arguments->url = argument; return 0;
    case 'd': read_number(state, "devices", argument, 1, DEVICES_MOST, &arguments->devices); return 0;
    case 'r': read_number(state, "rate", argument, 1, RATE_MOST, &arguments->rate); return 0;
    case 's': read_number(state, "seed", argument, 0, INT64_MAX, &arguments->seed); return 0;
    case 'k': read_double(state, "compress", argument, 0, 3600, &arguments->compress); return 0;
    case 'c': arguments->counts = argument; return 0;
    case 'S': arguments->is_storm = true; return 0;
    case OPTION_USER: arguments->user = argument; return 0;
    case OPTION_PASSWORD: arguments->password_file = argument; return 0;
    case OPTION_CA: arguments->ca = argument; return 0;
    case OPTION_TABLES: arguments->tables = argument; return 0;
    case OPTION_PRINT: arguments->prints = true; return 0;
    case OPTION_HOUR: read_double(state, "hour", argument, 0, 24, &arguments->hour); return 0;
    case OPTION_AT:
        if (ioc_time_parse(ioc_text_of(argument), NULL, &arguments->at) != IOC_OK)
            argp_error(state, "--at is a time with its zone, like 2026-11-20T17:00:00+07:00");
        return 0;
    case 'f':
        if (strcmp(argument, "0") != 0 &&
            (ioc_span_parse(ioc_text_of(argument), &arguments->length) != IOC_OK || arguments->length < 0))
            argp_error(state, "--for is a span like 60s or 10m, or 0 for ever");
        return 0;
    case 'F':
        if (ioc_simulate_fault_parse(ioc_text_of(argument), &arguments->faults, &err) != IOC_OK)
            argp_error(state, "--faults: %s%s%s", err.text, err.hint[0] ? "; " : "", err.hint);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_usage(state);
        arguments->city = argument;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->city)
            argp_error(state, "which city file?");
        if (arguments->prints && !arguments->length && !arguments->tables)
            argp_error(state, "--print needs --for: how long a recording?");
        if (arguments->at != IOC_TIME_NONE && !arguments->prints)
            argp_error(state, "--at goes with --print: what is published carries the present");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"url", 'u', "URL", 0, "Broker: mqtt://host:port or mqtts://host:port (default mqtt://127.0.0.1:1883)", 0},
    {"user", OPTION_USER, "NAME", 0, "User at the broker", 0},
    {"password-file", OPTION_PASSWORD, "FILE", 0, "Private file with the user's password", 0},
    {"ca", OPTION_CA, "FILE", 0, "Certificates to trust with mqtts://", 0},
    {"devices", 'd', "N", 0, "Devices, up to 100,000 (default 400)", 0},
    {"rate", 'r', "R", 0, "Messages a second, up to 100,000 (default 200)", 0},
    {"seed", 's', "N", 0, "Same seed, same city (default 1)", 0},
    {"for", 'f', "SPAN", 0, "How long, like 60s (default 0: until it is stopped)", 0},
    {"compress", 'k', "K", 0, "Tides and storms run K times faster than the clock (default 60); stamps do not", 0},
    {"hour", OPTION_HOUR, "H", 0, "Hour of the simulated day to begin with (default 16)", 0},
    {"storm", 'S', NULL, 0, "A day of heavy storms", 0},
    {"faults", 'F', "LIST", 0, "What goes wrong, like silent=1%,garbage=0.2%: silent, stuck, drifting, future (devices); "
        "duplicated, late, garbage (messages)", 0},
    {"counts", 'c', "FILE", 0, "Writes how it goes as JSON, each second and at the end", 0},
    {"tables", OPTION_TABLES, "DIR", 0, "Writes the tables that describe the devices and ends", 0},
    {"print", OPTION_PRINT, NULL, 0, "Prints a recording for a source of kind replay instead of publishing; needs --for", 0},
    {"at", OPTION_AT, "TIME", 0, "With --print: stamps begin at this time and ids are the same each run (default now)", 0},
    {0}};
static const struct argp argp = {options, parse_option, "CITY.yaml",
    "Publishes the devices of a seeded city over MQTT, as real ones would.\v"
    "Devices stand in the areas of the city file.  What is measured depends on seed, device and simulated moment only.  "
    "SIGTERM and SIGINT stop after the broker has acknowledged what is on its way.", NULL, NULL, NULL};

/* ------------------------------------------------------------- counts */

static void write_counts(struct simulation *simulation, ioc_span elapsed)
{
    struct ioc_simulate_publisher_counts counts = {0};
    const struct tally *tally = &simulation->tally;
    struct ioc_buffer *json = &simulation->json;
    ioc_simulate_publisher_counts(simulation->publisher, &counts);
    ioc_buffer_reset(json);
    ioc_buffer_addf(json, "{\"seconds\":%.1f,\"connected\":%s,\"connections\":%llu,\"published\":%llu,\"acknowledged\":%llu,",
        (double)elapsed / IOC_SECOND, counts.is_connected ? "true" : "false", (unsigned long long)counts.connections,
        (unsigned long long)counts.published, (unsigned long long)counts.acknowledged);
    ioc_buffer_addf(json, "\"failed\":%llu,\"readings\":%llu,\"garbage\":%llu,\"duplicated\":%llu,",
        (unsigned long long)counts.failed, (unsigned long long)tally->readings,
        (unsigned long long)tally->garbage, (unsigned long long)tally->duplicated);
    ioc_buffer_addf(json, "\"late\":%llu,\"future\":%llu,\"withheld\":%llu}\n", (unsigned long long)tally->late,
        (unsigned long long)tally->future, (unsigned long long)tally->withheld);
}

/* A new file beside it, then renamed: a reader never sees half of it. */
static void save_counts(struct simulation *simulation, ioc_span elapsed)
{
    char path[4096];
    write_counts(simulation, elapsed);
    if (!simulation->arguments.counts)
        return;
    snprintf(path, sizeof path, "%s.new", simulation->arguments.counts);
    FILE *file = fopen(path, "we");
    bool is_written = file && fwrite(simulation->json.data, 1, simulation->json.length, file) == simulation->json.length;
    is_written = (!file || fclose(file) == 0) && is_written && rename(path, simulation->arguments.counts) == 0;
    if (!is_written)
        ioc_log(IOC_LOG_WARNING, "config.simulate", "counts are not written, trying again in a second error=\"%s\"", strerror(errno));
}

/* ------------------------------------------------------------- publishing */

static double due_of(const struct simulation *simulation, int family)
{
    if (simulation->rate[family] <= 0)
        return INFINITY;
    return ((double)simulation->next[family] + family / (double)IOC_SIMULATE_FAMILIES) / simulation->rate[family];
}

static int find_next(const struct simulation *simulation, double *due)
{
    int found = 0;
    *due = INFINITY;
    for (int family = 0; family < IOC_SIMULATE_FAMILIES; family++) {
        double own = due_of(simulation, family);
        if (own < *due) {
            *due = own;
            found = family;
        }
    }
    return found;
}

/* Waits until the message is taken; false when it is time to stop instead. */
static bool deliver(struct simulation *simulation)
{
    struct ioc_text topic = ioc_buffer_text(&simulation->topic), payload = ioc_buffer_text(&simulation->payload);
    while (!is_stopping) {
        if (ioc_simulate_publisher_send(simulation->publisher, topic, payload) == IOC_OK)
            return true;
        ioc_span elapsed = ioc_clock_steady() - simulation->start;
        if (simulation->arguments.length && elapsed > simulation->arguments.length)
            return false;
        ioc_simulate_publisher_tend(simulation->publisher);
        ioc_simulate_publisher_wait(simulation->publisher, 20 * IOC_MILLISECOND);
    }
    return false;
}

static void count_message(struct tally *tally, const struct ioc_simulate_message_fate *fate, bool is_copy)
{
    tally->readings += fate->readings;
    tally->garbage += fate->is_garbage;
    tally->late += fate->is_late ? fate->readings : 0;
    tally->future += fate->is_future ? fate->readings : 0;
    tally->duplicated += is_copy;
}

/* A line as ingest/replay.c reads it; what is no JSON becomes a text. */
static void print_message(struct simulation *simulation, ioc_time received, bool is_garbage)
{
    char time[IOC_TIME_TEXT];
    struct ioc_buffer *line = &simulation->json;
    struct ioc_text payload = ioc_buffer_text(&simulation->payload);
    ioc_buffer_reset(line);
    ioc_buffer_addf(line, "{\"t\":\"%.*s\",\"topic\":", IOC_TEXT_ARGS(ioc_time_format(received, NULL, time)));
    ioc_buffer_add_json(line, ioc_buffer_text(&simulation->topic));
    ioc_buffer_add_string(line, ",\"payload\":");
    if (is_garbage)
        ioc_buffer_add_json(line, payload);
    else
        ioc_buffer_add_text(line, payload);
    ioc_buffer_add_string(line, "}\n");
    fwrite(line->data, 1, line->length, stdout);
}

static void speak(struct simulation *simulation, int family, double due)
{
    const struct ioc_simulate_city *city = &simulation->city;
    const struct arguments *arguments = &simulation->arguments;
    uint32_t count = city->first[family + 1] - city->first[family];
    uint64_t turn = simulation->next[family]++;
    ioc_span elapsed = (ioc_span)(due * (double)IOC_SECOND);
    struct ioc_simulate_message message = {.device = &city->devices[city->first[family] + turn % count], .number = turn / count,
        .hour = arguments->hour + due * arguments->compress / 3600, .elapsed = elapsed, .run = simulation->run, .zone = simulation->zone,
        .stamp = arguments->prints ? arguments->at + elapsed : ioc_clock_now()};
    struct ioc_simulate_message_fate fate;
    ioc_simulate_message_write(city, &arguments->faults, &message, &simulation->topic, &simulation->payload, &fate);
    if (fate.is_withheld) {
        simulation->tally.withheld++;
        return;
    }
    for (int copy = 0; copy <= fate.is_duplicated; copy++) {
        if (arguments->prints)
            print_message(simulation, arguments->at + elapsed, fate.is_garbage);
        else if (!deliver(simulation))
            return;
        count_message(&simulation->tally, &fate, copy > 0);
    }
}

static void print_all(struct simulation *simulation)
{
    double due, end = (double)simulation->arguments.length / IOC_SECOND;
    int family = find_next(simulation, &due);
    for (; due < end && !is_stopping; family = find_next(simulation, &due))
        speak(simulation, family, due);
}

static void publish_all(struct simulation *simulation)
{
    static const ioc_span behind_most = 5 * IOC_SECOND, pause_most = 100 * IOC_MILLISECOND;
    ioc_span length = simulation->arguments.length, lag = 0; /* lag = time that a slow broker has cost */
    while (!is_stopping) {
        double due;
        int family = find_next(simulation, &due);
        ioc_span elapsed = ioc_clock_steady() - simulation->start;
        ioc_span wait = (ioc_span)(due * (double)IOC_SECOND) + lag - elapsed;
        if (length && elapsed >= length)
            return;
        if (elapsed - simulation->shown >= IOC_SECOND) {
            simulation->shown = elapsed;
            save_counts(simulation, elapsed);
        }
        if (wait > 0) {
            struct timespec pause = {0, wait < pause_most ? wait : pause_most};
            nanosleep(&pause, NULL);
            ioc_simulate_publisher_tend(simulation->publisher);
            continue;
        }
        if (-wait > behind_most) {
            lag -= wait;
            ioc_log(IOC_LOG_WARNING, "config.simulate", "the broker is slower than the rate asked for, going on later behind_ms=%lld",
                (long long)(-wait / IOC_MILLISECOND));
        }
        speak(simulation, family, due);
    }
}

/* The broker may still owe us acknowledgements. */
static bool finish(struct simulation *simulation)
{
    static const ioc_span grace = 15 * IOC_SECOND;
    struct ioc_simulate_publisher_counts counts;
    ioc_span from = ioc_clock_steady();
    for (;;) {
        ioc_simulate_publisher_counts(simulation->publisher, &counts);
        if (counts.acknowledged + counts.failed >= counts.published || ioc_clock_steady() - from > grace)
            break;
        ioc_simulate_publisher_tend(simulation->publisher);
        ioc_simulate_publisher_wait(simulation->publisher, 20 * IOC_MILLISECOND);
    }
    save_counts(simulation, ioc_clock_steady() - simulation->start);
    fwrite(simulation->json.data, 1, simulation->json.length, stdout);
    return counts.published > 0 && counts.acknowledged == counts.published;
}

/* ------------------------------------------------------------- set-up */

static void set_rates(struct simulation *simulation)
{
    double sum = 0;
    for (int i = 0; i < IOC_SIMULATE_FAMILIES; i++) {
        simulation->rate[i] = (simulation->city.first[i + 1] - simulation->city.first[i]) * ioc_simulate_family_traits[i].pace;
        sum += simulation->rate[i];
    }
    for (int i = 0; i < IOC_SIMULATE_FAMILIES; i++)
        simulation->rate[i] *= (double)simulation->arguments.rate / sum;
}

static bool read_password(const char *path, struct ioc_arena *arena, struct ioc_text *password)
{
    struct ioc_error err = {0};
    if (ioc_file_read(path, 4096, true, arena, password, &err) != IOC_OK) {
        ioc_error_print(&err, IOC_ENGLISH, stderr);
        return false;
    }
    *password = ioc_arena_copy(arena, ioc_text_trim(*password));
    return true;
}

static int publish(struct simulation *simulation)
{
    const struct arguments *arguments = &simulation->arguments;
    struct ioc_arena arena = {0};
    struct ioc_text password = {0};
    struct ioc_error err = {0};
    char client[64];
    int code = 1;
    if (arguments->password_file && !read_password(arguments->password_file, &arena, &password))
        goto out;
    snprintf(client, sizeof client, "ioc-simulate-%llx", (unsigned long long)simulation->run);
    struct ioc_simulate_publisher_options publisher = {arguments->url, client, arguments->user, password.data, arguments->ca};
    if (ioc_simulate_publisher_open(&publisher, &simulation->publisher, &err) != IOC_OK) {
        ioc_error_print(&err, IOC_ENGLISH, stderr);
        goto out;
    }
    fprintf(stderr, "simulate: %u devices, %lld messages a second to %s\n", simulation->city.count, (long long)arguments->rate,
        arguments->url);
    simulation->start = ioc_clock_steady();
    publish_all(simulation);
    code = finish(simulation) ? 0 : 1;
    ioc_simulate_publisher_close(simulation->publisher);
out:
    ioc_arena_done(&arena);
    return code;
}

static int run(struct simulation *simulation)
{
    const struct arguments *arguments = &simulation->arguments;
    struct ioc_error err = {0};
    if (arguments->tables) {
        if (ioc_simulate_city_tables(&simulation->city, arguments->tables, &err) == IOC_OK)
            return 0;
        ioc_error_print(&err, IOC_ENGLISH, stderr);
        return 1;
    }
    set_rates(simulation);
    if (arguments->at != IOC_TIME_NONE)
        simulation->run = (uint64_t)(arguments->at / IOC_SECOND);
    else if (getrandom(&simulation->run, 6, 0) != 6)
        simulation->run = (uint64_t)ioc_clock_now();
    if (!arguments->prints)
        return publish(simulation);
    if (arguments->at == IOC_TIME_NONE)
        simulation->arguments.at = ioc_clock_now();
    print_all(simulation);
    return fflush(stdout) == 0 ? 0 : 1;
}

static int complain(struct ioc_errors *errors)
{
    ioc_errors_print(errors, IOC_ENGLISH, stderr);
    ioc_errors_done(errors);
    return 1;
}

int ioc_simulate_main(int argc, char **argv)
{
    struct simulation simulation = {.arguments = {.url = "mqtt://127.0.0.1:1883", .devices = 400, .rate = 200, .seed = 1,
        .compress = 60, .hour = 16, .at = IOC_TIME_NONE}};
    struct ioc_errors errors = {0};
    struct sigaction action = {.sa_handler = on_signal};
    argp_err_exit_status = 2;
    if (argp_parse(&argp, argc, argv, 0, NULL, &simulation.arguments) != 0)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    struct ioc_city *city = ioc_city_load_model(simulation.arguments.city, &errors);
    if (!city)
        return complain(&errors);
    if (!city->areas || ioc_areas_count(city->areas) == 0) {
        fprintf(stderr, "ioc simulate: %s has no areas to put devices into\n", simulation.arguments.city);
        ioc_city_free(city);
        return 1;
    }
    simulation.zone = city->zone;
    int code = 1;
    if (ioc_simulate_city_init(&simulation.city, &(struct ioc_simulate_city_options){.seed = (uint64_t)simulation.arguments.seed,
            .devices = (uint32_t)simulation.arguments.devices, .is_storm = simulation.arguments.is_storm, .areas = city->areas,
            .areas_file = city->areas_file}, &errors) == IOC_OK)
        code = run(&simulation);
    else
        code = complain(&errors);
    ioc_simulate_city_done(&simulation.city);
    ioc_buffer_done(&simulation.topic);
    ioc_buffer_done(&simulation.payload);
    ioc_buffer_done(&simulation.json);
    ioc_city_free(city);
    return code;
}
