#pragma once
/*
 * sinks/wall/server.h — libmicrohttpd driven by a libuv loop.
 *
 * MHD watches its sockets with an epoll set of its own; the loop watches that set.  MHD's next
 * timeout is a timer of the loop.  Its messages go to the log, one a peer that left would
 * otherwise be a line on stderr.
 *
 * Memory   MHD's: 1,100 connections of 32 KiB
 * Owner    embedded in the gateway; ioc_server_open() → ioc_server_close(), asynchronous: `closed`
 *          is last
 * Thread   the loop's
 * Failure  IOC_DENIED for an address that is not loopback (ENGINE.md 15), IOC_FAILED when it
 *          cannot be bound
 */
#include "core/status.h"
#include "core/text.h"
#include <microhttpd.h>
#include <uv.h>

enum {
    IOC_SERVER_CONNECTIONS = 1100,
    IOC_SERVER_TIMEOUT = 15,
    IOC_SERVER_HOSTS = 5,
    IOC_SERVER_HOST = 80
};
struct ioc_server {
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t timer;
    int open_handles;
    bool is_woken;
    uint16_t port;
    char address[IOC_SERVER_HOST]; /* "127.0.0.1:41234", "[::1]:41234" */
    char hosts[IOC_SERVER_HOSTS][IOC_SERVER_HOST];
    uint32_t host_count;
    void (*closed)(struct ioc_server *server);
};
struct ioc_server_options {
    uv_loop_t *loop;
    struct ioc_text listen;
    MHD_AccessHandlerCallback handle;
    MHD_RequestCompletedCallback completed;
    void *context; /* handed to both */
};

enum ioc_status ioc_server_open(struct ioc_server *server, const struct ioc_server_options *options,
    struct ioc_error *err) IOC_USE;
/* Every suspended connection must have been resumed. */
void ioc_server_close(struct ioc_server *server, void (*closed)(struct ioc_server *server));
/* Lets MHD work now. */
void ioc_server_run(struct ioc_server *server);
/* Lets MHD work soon: needed after MHD_resume_connection(), which tells nobody without a thread of
 * MHD's own. */
void ioc_server_wake(struct ioc_server *server);
/* A Host header that names this server: its address, localhost, 127.0.0.1 or [::1], with the port. */
bool ioc_server_is_host(const struct ioc_server *server, const char *host);
