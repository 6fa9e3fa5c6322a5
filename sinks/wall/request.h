#pragma once
/*
 * sinks/wall/request.h — what the gateway answers to each request (the list is in gateway.h).
 *
 * Checks go from who may ask at all to what exactly was asked: path and method, Host, session,
 * Origin, type, size, rate, Redis, content.  What needs Redis suspends its connection until the
 * answer is there.
 *
 * Memory   64 KiB of body a request; what is longer is read and thrown away up to 1 MiB, then the
 *          connection ends
 * Owner    MHD's: from the first call of the handler to `completed`
 * Thread   the gateway's loop
 */
#include "core/metric.h"
#include "sinks/wall/client.h"
#include "sinks/wall/feed.h"
#include "sinks/wall/outline.h"
#include "sinks/wall/page.h"
#include "sinks/wall/server.h"
#include "sinks/wall/session.h"

enum {
    IOC_REQUEST_BODY = 64 * 1024,
    IOC_REQUEST_DISCARDED = 1024 * 1024,
    IOC_REQUEST_HISTORIES = 16
};
struct ioc_request_host { /* what requests may use; embedded by the gateway */
    struct ioc_text site, gate;
    uint8_t key[32];
    struct ioc_text name_vi, name_en, timezone, tiles, areas_key, areas_name;
    struct ioc_answer answer;
    struct ioc_server server;
    struct ioc_outline outline;
    struct ioc_sessions *sessions;
    struct ioc_page *page;
    struct ioc_feed *feed;
    struct ioc_clients *clients;
    char cookie[16]; /* its name: sessions of two gateways of one machine must not meet */
    uint32_t histories;
    struct ioc_metric *queued, *refused, *failed; /* commands */
    bool is_closing;
    void (*token_used)(struct ioc_request_host *host);
};

/* Finds its metrics; once. */
void ioc_request_init(struct ioc_request_host *host);
/* The two callbacks of struct ioc_server_options; context is the host. */
enum MHD_Result ioc_request_handle(void *context, struct MHD_Connection *connection,
    const char *url, const char *method, const char *version, const char *upload,
    size_t *upload_size, void **request);
void ioc_request_completed(void *context, struct MHD_Connection *connection, void **request,
    enum MHD_RequestTerminationCode why);
