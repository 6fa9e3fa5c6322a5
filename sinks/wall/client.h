#pragma once
/*
 * sinks/wall/client.h — the browsers that follow the feed as server-sent events.
 *
 * A client is suspended in libmicrohttpd while there is nothing for it and resumed when the feed
 * has changed. The bytes come straight from shared frames.  One that takes nothing for 30 s is
 * cut; when all live frames together pass 128 MiB, those still in the middle of a forgotten frame
 * are cut.  They come back by themselves.
 *
 * Memory   1,000 clients; a client owns its place and a reference to one frame
 * Owner    ioc_clients_new() → ioc_clients_free(), after the server has been stopped
 * Thread   the gateway's loop
 * Time     steady clock
 */
#include "core/time.h"
#include "sinks/wall/answer.h"
#include "sinks/wall/feed.h"

enum { IOC_CLIENTS_MOST = 1000, IOC_CLIENT_TIMEOUT = 30, IOC_CLIENT_HELD = 128 * 1024 * 1024 };
struct ioc_clients;

struct ioc_clients *ioc_clients_new(struct ioc_feed *feed, const struct ioc_answer *answer);
void ioc_clients_free(struct ioc_clients *clients);
/* Queues the stream; expires = when its session ends.  503 when there are a thousand. */
enum MHD_Result ioc_clients_add(struct ioc_clients *clients, struct MHD_Connection *connection,
    struct ioc_text last_event_id, ioc_span expires);
/* The feed has changed: waiting clients look again. */
void ioc_clients_wake(struct ioc_clients *clients);
/* Ends all of them; each is resumed, so that the server can be stopped. */
void ioc_clients_end(struct ioc_clients *clients);
uint32_t ioc_clients_count(const struct ioc_clients *clients);
