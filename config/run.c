/*
 * config/run.c — `ioc run city.yaml`.
 */
#include "config/command.h"
#include "config/language.h"
#include "config/notify.h"
#include "config/pipeline.h"
#include "config/report.h"
#include "core/metric.h"
#include <argp.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

struct arguments {
    const char *city, *node;
    bool is_verbose, until_drained, is_strict;
    enum ioc_language language;
};

struct running {
    struct arguments arguments;
    struct ioc_city *city;
    struct ioc_ruleset *ruleset;
    struct ioc_pipeline *pipeline;
    struct ioc_report *report;
    uv_loop_t loop;
    uv_signal_t terminate, interrupt, reload;
    uv_timer_t beat;
    uint32_t drained_beats;
    int code;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'v': arguments->is_verbose = true; return 0;
    case 'n': arguments->node = argument; return 0;
    case 'u': arguments->until_drained = true; return 0;
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
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"verbose", 'v', NULL, 0, "Log at level debug", 0},
    {"node", 'n', "NAME", 0, "Name of this engine in Redis (default: the host's name)", 0},
    {"strict-cel", 's', NULL, 0, "Expressions are CEL to the letter: no number is taken as another type of number", 0},
    {"lang", 'l', "vi|en", 0, "Language of errors (default: from LC_ALL, LC_MESSAGES, LANG)", 0},
    {"until-drained", 'u', NULL, 0, "Stop when every source has ended (replay)", 0},
    {0}};
static const struct argp argp = {options, parse_option, "CITY.yaml",
    "Runs a city: takes messages from its sources, judges its rules, tells its sinks.\v"
    "SIGTERM and SIGINT stop cleanly: what was taken in is applied and told.  SIGHUP reads the rule files anew; "
    "one mistake and the running rules stay.", NULL, NULL, NULL};

/* Secrets must not end in a core file, nor be read from /proc by others of our user. */
static void harden(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void on_stopped(struct ioc_pipeline *pipeline, void *data)
{
    struct running *running = data;
    close_handle((uv_handle_t *)&running->terminate);
    close_handle((uv_handle_t *)&running->interrupt);
    close_handle((uv_handle_t *)&running->reload);
    close_handle((uv_handle_t *)&running->beat);
}

static void begin_stop(struct running *running, const char *why)
{
    ioc_log(IOC_LOG_INFO, "config.run", "stopping: %s", why);
    ioc_notify_send("STOPPING=1");
    ioc_report_set_healthy(running->report, false);
    ioc_pipeline_stop(running->pipeline);
}

static void on_stop_signal(uv_signal_t *handle, int number)
{
    begin_stop(handle->data, number == SIGINT ? "interrupted" : "asked to");
}

static void on_reload_signal(uv_signal_t *handle, int number)
{
    struct running *running = handle->data;
    struct ioc_errors errors = {0};
    ioc_notify_send("RELOADING=1");
    struct ioc_ruleset *ruleset = ioc_city_rules(running->city, &errors);
    if (!ruleset) {
        ioc_log(IOC_LOG_ERROR, "config.run", "the rules have %u mistakes: the running ones stay", errors.count + errors.omitted);
        ioc_errors_print(&errors, running->arguments.language, stderr);
        ioc_metric_add(ioc_metric_get(IOC_COUNTER, "ioc_reloads_total", "result=\"refused\"", "Reloads of the rules"), 1);
    } else {
        ioc_pipeline_reload(running->pipeline, ruleset);
        ioc_log(IOC_LOG_INFO, "config.run", "%u rules hold from now on, version %016llx", ioc_ruleset_count(ruleset),
            (unsigned long long)ioc_ruleset_version(ruleset));
        ioc_ruleset_unref(ruleset);
        ioc_metric_add(ioc_metric_get(IOC_COUNTER, "ioc_reloads_total", "result=\"done\"", "Reloads of the rules"), 1);
    }
    ioc_errors_done(&errors);
    ioc_notify_send("READY=1");
}

static void on_beat(uv_timer_t *timer)
{
    struct running *running = timer->data;
    bool is_healthy = ioc_pipeline_is_healthy(running->pipeline);
    ioc_report_set_healthy(running->report, is_healthy);
    if (is_healthy)
        ioc_notify_send("WATCHDOG=1");
    if (!running->arguments.until_drained)
        return;
    running->drained_beats = ioc_pipeline_is_drained(running->pipeline) ? running->drained_beats + 1 : 0;
    if (running->drained_beats == 2)
        begin_stop(running, "all sources have ended");
}

static int complain(const struct running *running, const struct ioc_error *err)
{
    ioc_error_print(err, running->arguments.language, stderr);
    return 1;
}

static bool load_city(struct running *running)
{
    struct ioc_errors errors = {0};
    running->city = ioc_city_load(running->arguments.city, &errors);
    if (running->city)
        running->city->context.is_strict = running->arguments.is_strict; /* at each reload too */
    running->ruleset = running->city ? ioc_city_rules(running->city, &errors) : NULL;
    if (errors.count)
        ioc_errors_print(&errors, running->arguments.language, stderr);
    ioc_errors_done(&errors);
    return running->ruleset != NULL;
}

static void listen_to_signals(struct running *running)
{
    uv_signal_init(&running->loop, &running->terminate);
    uv_signal_init(&running->loop, &running->interrupt);
    uv_signal_init(&running->loop, &running->reload);
    uv_timer_init(&running->loop, &running->beat);
    running->terminate.data = running->interrupt.data = running->reload.data = running->beat.data = running;
    uv_signal_start(&running->terminate, on_stop_signal, SIGTERM);
    uv_signal_start(&running->interrupt, on_stop_signal, SIGINT);
    uv_signal_start(&running->reload, on_reload_signal, SIGHUP);
    ioc_span watchdog = ioc_notify_watchdog();
    uint64_t ms = watchdog && watchdog < IOC_SECOND ? (uint64_t)(watchdog / IOC_MILLISECOND) : 1000;
    uv_timer_start(&running->beat, on_beat, ms, ms);
}

static int run(struct running *running)
{
    struct ioc_error err = {0};
    char host[128] = "ioc";
    struct ioc_city *city = running->city;
    (void)!gethostname(host, sizeof host - 1);
    if (city->listen.length && ioc_report_open(city->listen, &running->report, &err) != IOC_OK)
        return complain(running, &err);
    listen_to_signals(running);
    struct ioc_pipeline_options pipeline = {.city = city, .ruleset = running->ruleset, .loop = &running->loop,
        .node = ioc_text_of(running->arguments.node ? running->arguments.node : host), .stopped = on_stopped, .data = running};
    if (ioc_pipeline_open(&pipeline, &running->pipeline, &err) != IOC_OK) {
        running->code = complain(running, &err);
        ioc_pipeline_stop(running->pipeline);
    } else {
        ioc_log(IOC_LOG_INFO, "config.run", "city %.*s: %u streams, %u rules, %u sources, %u sinks%s", IOC_TEXT_ARGS(city->site),
            city->stream_count, ioc_ruleset_count(running->ruleset), city->source_count, city->sink_count,
            running->report ? "" : ", no /metrics");
        if (running->report)
            ioc_log(IOC_LOG_INFO, "config.run", "metrics on port %u", ioc_report_port(running->report));
        ioc_report_set_healthy(running->report, true);
        ioc_notify_send("READY=1");
    }
    uv_run(&running->loop, UV_RUN_DEFAULT);
    return running->code;
}

int ioc_run_main(int argc, char **argv)
{
    struct running running = {.arguments.language = ioc_language_here()};
    if (argp_parse(&argp, argc, argv, 0, NULL, &running.arguments) != 0)
        return 2;
    harden();
    if (sodium_init() < 0)
        return 1;
    if (!load_city(&running)) {
        ioc_city_free(running.city);
        return 1;
    }
    ioc_log_start(running.arguments.is_verbose ? IOC_LOG_DEBUG : IOC_LOG_INFO);
    uv_loop_init(&running.loop);
    int code = run(&running);
    ioc_report_close(running.report);
    ioc_pipeline_free(running.pipeline);
    ioc_ruleset_unref(running.ruleset);
    uv_run(&running.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&running.loop) != 0)
        ioc_log(IOC_LOG_WARNING, "config.run", "the loop has open handles at the end");
    ioc_city_free(running.city);
    ioc_log_stop();
    return code;
}
