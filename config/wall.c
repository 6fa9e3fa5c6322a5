/*
 * config/wall.c — `ioc wall city.yaml`: the display gateway, a process of its own.
 */
#include "config/city.h"
#include "config/cityfile.h"
#include "config/command.h"
#include "config/language.h"
#include "config/notify.h"
#include <signal.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

struct serving {
    struct ioc_gateway *gateway;
    uv_loop_t loop;
    uv_signal_t terminate, interrupt;
    uv_timer_t beat;
};

static const char doc[] =
    "Serves the wall of a city: reads live state from Redis, streams it to browsers, sends operators' commands.\v"
    "Prints a URL with a one-time token; when it has been used, the next one is printed.";

static void on_signal(uv_signal_t *handle, int number)
{
    struct serving *serving = handle->data;
    ioc_log(IOC_LOG_INFO, "config.wall", "stopping");
    ioc_notify_send("STOPPING=1");
    ioc_gateway_close(serving->gateway);
    uv_close((uv_handle_t *)&serving->terminate, NULL);
    uv_close((uv_handle_t *)&serving->interrupt, NULL);
    uv_close((uv_handle_t *)&serving->beat, NULL);
}

static void on_beat(uv_timer_t *timer)
{
    ioc_notify_send("WATCHDOG=1");
}

static void watch(struct serving *serving)
{
    uv_signal_init(&serving->loop, &serving->terminate);
    uv_signal_init(&serving->loop, &serving->interrupt);
    uv_timer_init(&serving->loop, &serving->beat);
    serving->terminate.data = serving->interrupt.data = serving;
    uv_signal_start(&serving->terminate, on_signal, SIGTERM);
    uv_signal_start(&serving->interrupt, on_signal, SIGINT);
    uv_timer_start(&serving->beat, on_beat, 1000, 1000);
}

static int serve(const struct ioc_city *city)
{
    struct serving serving = {0};
    struct ioc_error err = {0};
    uv_loop_init(&serving.loop);
    if (ioc_gateway_open(&serving.loop, &city->wall, &serving.gateway, &err) != IOC_OK) {
        ioc_error_print(&err, ioc_language_here(), stderr);
        uv_run(&serving.loop, UV_RUN_DEFAULT);
        uv_loop_close(&serving.loop);
        return 1;
    }
    watch(&serving);
    printf("%.*s\n", IOC_TEXT_ARGS(ioc_gateway_url(serving.gateway)));
    fflush(stdout);
    ioc_notify_send("READY=1");
    uv_run(&serving.loop, UV_RUN_DEFAULT);
    uv_loop_close(&serving.loop);
    return 0;
}

int ioc_wall_main(int argc, char **argv)
{
    const char *path = ioc_cityfile_read(argc, argv, doc);
    struct ioc_errors errors = {0};
    struct rlimit none = {0, 0};
    if (!path)
        return 2;
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0)
        return 1;
    struct ioc_city *city = ioc_city_load_display(path, &errors);
    if (!city) {
        ioc_errors_print(&errors, ioc_language_here(), stderr);
        ioc_errors_done(&errors);
        return 1;
    }
    ioc_log_start(IOC_LOG_INFO);
    int code = serve(city);
    ioc_city_free(city);
    ioc_log_stop();
    return code;
}
