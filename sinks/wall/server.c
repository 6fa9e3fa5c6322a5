/*
 * sinks/wall/server.c — libmicrohttpd driven by a libuv loop.
 */
#include "sinks/wall/server.h"
#include "core/address.h"
#include "core/log.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <strings.h>

static void log_daemon(void *context, const char *format, va_list arguments)
{
    char line[400], quoted[IOC_LOG_QUOTED];
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = 0;
    ioc_log(IOC_LOG_DEBUG, "sinks.server", "libmicrohttpd: %s",
        ioc_log_quote(ioc_text_of(line), quoted));
}

static void run_later(uv_timer_t *timer)
{
    ioc_server_run(timer->data);
}

static void run_now(uv_poll_t *poll, int status, int events)
{
    ioc_server_run(poll->data);
}

void ioc_server_run(struct ioc_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait;
    if (!server->daemon)
        return;
    server->is_woken = false;
    MHD_run(server->daemon);
    if (server->is_woken)
        uv_timer_start(&server->timer, run_later, 0, 0);
    else if (MHD_get_timeout(server->daemon, &wait) == MHD_YES)
        uv_timer_start(&server->timer, run_later, wait, 0);
    else
        uv_timer_stop(&server->timer);
}

void ioc_server_wake(struct ioc_server *server)
{
    if (server->is_woken || !server->daemon)
        return;
    server->is_woken = true;
    uv_timer_start(&server->timer, run_later, 0, 0);
}

static enum ioc_status read_address(
    struct ioc_text text, struct sockaddr_storage *address, struct ioc_error *err)
{
    enum ioc_status status = ioc_address_read(text, address, err);
    if (status != IOC_OK || address->ss_family == AF_INET || address->ss_family == AF_INET6)
        return status;
    ioc_error_set(err, "bad-address", "browsers do not come over a unix socket");
    ioc_error_hint(err, "write 127.0.0.1:8080 or [::1]:8080");
    return IOC_INVALID;
}

static void list_hosts(struct ioc_server *server, const struct sockaddr_storage *address)
{
    char number[INET6_ADDRSTRLEN];
    if (address->ss_family == AF_INET6) {
        snprintf(server->address, sizeof server->address, "[::1]:%u", server->port);
    } else {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, number, sizeof number);
        snprintf(server->address, sizeof server->address, "%s:%u", number, server->port);
    }
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    snprintf(server->hosts[server->host_count++], IOC_SERVER_HOST, "%s", server->address);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        snprintf(
            server->hosts[server->host_count++], IOC_SERVER_HOST, "%s:%u", names[i], server->port);
}

bool ioc_server_is_host(const struct ioc_server *server, const char *host)
{
    for (uint32_t i = 0; host && i < server->host_count; i++) {
        size_t length = strlen(server->hosts[i]);
        if (strcasecmp(host, server->hosts[i]) == 0)
            return true;
        /* Browsers leave port 80 out. */
        if (server->port == 80 && strncasecmp(host, server->hosts[i], length - 3) == 0 &&
            !host[length - 3])
            return true;
    }
    return false;
}

enum ioc_status ioc_server_open(
    struct ioc_server *server, const struct ioc_server_options *options, struct ioc_error *err)
{
    struct sockaddr_storage address = {0};
    *server = (struct ioc_server){0};
    enum ioc_status status = read_address(options->listen, &address, err);
    if (status != IOC_OK)
        return status;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (address.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    server->daemon = MHD_start_daemon(flags, 0, NULL, NULL, options->handle, options->context,
        MHD_OPTION_EXTERNAL_LOGGER, log_daemon, NULL, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)IOC_SERVER_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IOC_SERVER_TIMEOUT, MHD_OPTION_NOTIFY_COMPLETED,
        options->completed, options->context, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
    if (!server->daemon) {
        ioc_error_set(err, "cannot-listen", "the wall cannot listen: %s", strerror(errno));
        ioc_error_hint(err, "another program may have the port; port 0 takes any free one");
        return IOC_FAILED;
    }
    server->port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    list_hosts(server, &address);
    int fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    int failed = uv_poll_init(options->loop, &server->poll, fd);
    if (failed) {
        ioc_error_set(
            err, "cannot-listen", "the loop cannot watch the server: %s", uv_strerror(failed));
        MHD_stop_daemon(server->daemon);
        server->daemon = NULL;
        return IOC_FAILED;
    }
    uv_timer_init(options->loop, &server->timer);
    server->poll.data = server->timer.data = server;
    server->open_handles = 2;
    uv_poll_start(&server->poll, UV_READABLE, run_now);
    return IOC_OK;
}

static void handle_closed(uv_handle_t *handle)
{
    struct ioc_server *server = handle->data;
    if (--server->open_handles == 0)
        server->closed(server);
}

void ioc_server_close(struct ioc_server *server, void (*closed)(struct ioc_server *server))
{
    assert(server->daemon);
    server->closed = closed;
    uv_close((uv_handle_t *)&server->poll, handle_closed);
    uv_close((uv_handle_t *)&server->timer, handle_closed);
    struct MHD_Daemon *daemon = server->daemon;
    server->daemon = NULL;
    MHD_stop_daemon(daemon);
}
