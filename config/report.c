/*
 * config/report.c — /metrics and /healthz of the engine.
 */
#include "config/report.h"
#include "core/address.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metric.h"
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <unistd.h>

struct ioc_report {
    struct MHD_Daemon *daemon;
    atomic_bool is_healthy;
    uint16_t port;
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int code, const char *type, struct ioc_text body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(body.length, (void *)body.data, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    enum MHD_Result result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_size, void **state)
{
    struct ioc_report *report = data;
    if (*upload_size) {
        *upload_size = 0;
        return MHD_YES;
    }
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", IOC_TEXT("GET only\n"));
    if (strcmp(url, "/healthz") == 0) {
        bool is_healthy = atomic_load(&report->is_healthy);
        return answer(connection, is_healthy ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain",
            is_healthy ? IOC_TEXT("ok\n") : IOC_TEXT("not ready\n"));
    }
    if (strcmp(url, "/metrics") != 0)
        return answer(connection, MHD_HTTP_NOT_FOUND, "text/plain", IOC_TEXT("/metrics or /healthz\n"));
    struct ioc_buffer body = {0};
    ioc_metric_write(&body);
    enum MHD_Result result = answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", ioc_buffer_text(&body));
    ioc_buffer_done(&body);
    return result;
}

static int listen_on(const struct sockaddr_storage *address, struct ioc_error *err)
{
    int one = 1;
    int handle = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t length = address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (handle >= 0 && setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        bind(handle, (const struct sockaddr *)address, length) == 0 && listen(handle, 16) == 0)
        return handle;
    ioc_error_set(err, "listen", "cannot listen for /metrics: %s", strerror(errno));
    ioc_error_hint(err, "change `listen:` in the city file; port 0 takes any free one");
    if (handle >= 0)
        close(handle);
    return -1;
}

enum ioc_status ioc_report_open(struct ioc_text listen, struct ioc_report **out, struct ioc_error *err)
{
    struct sockaddr_storage address;
    enum ioc_status status = ioc_address_read(listen, &address, err);
    if (status != IOC_OK)
        return status;
    if (address.ss_family == AF_UNIX) {
        ioc_error_set(err, "listen", "listen is an address with a port");
        return IOC_INVALID;
    }
    int socket_handle = listen_on(&address, err);
    if (socket_handle < 0)
        return IOC_FAILED;
    socklen_t length = sizeof address;
    getsockname(socket_handle, (struct sockaddr *)&address, &length);
    struct ioc_report *report = ioc_memory_take(sizeof *report);
    report->port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                       : ((struct sockaddr_in *)&address)->sin_port);
    report->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, report, MHD_OPTION_LISTEN_SOCKET,
        socket_handle, MHD_OPTION_CONNECTION_LIMIT, 32u, MHD_OPTION_CONNECTION_TIMEOUT, 15u, MHD_OPTION_END);
    if (!report->daemon) {
        close(socket_handle);
        ioc_memory_give(report);
        ioc_error_set(err, "listen", "the HTTP server for /metrics cannot start");
        return IOC_FAILED;
    }
    *out = report;
    return IOC_OK;
}

void ioc_report_close(struct ioc_report *report)
{
    if (!report)
        return;
    MHD_stop_daemon(report->daemon);
    ioc_memory_give(report);
}

uint16_t ioc_report_port(const struct ioc_report *report)
{
    return report->port;
}

void ioc_report_set_healthy(struct ioc_report *report, bool is_healthy)
{
    if (report)
        atomic_store(&report->is_healthy, is_healthy);
}
