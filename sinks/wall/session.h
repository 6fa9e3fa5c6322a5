#pragma once
/*
 * sinks/wall/session.h — who is at the wall: one-time tokens and the sessions they are traded for.
 *
 * There is one token at a time; using it makes the next one.  Only hashes of session ids are kept.
 * Until login exists a session's user is `local:<name>` (ENGINE.md 13).
 *
 * Memory   at most 1,000 sessions, none older than 12 h; a new one beyond that replaces the one
 *          used longest ago
 * Owner    ioc_sessions_new() → ioc_sessions_free(), which wipes
 * Thread   the gateway's loop
 * Time     steady clock, handed in
 */
#include "core/time.h"

enum {
    IOC_SESSIONS_MOST = 1000,
    IOC_SESSION_ID = 64,
    IOC_SESSION_USER = 80,
    IOC_SESSION_HASH = 32
};
#define IOC_SESSION_LIFE (12 * IOC_HOUR)
enum { IOC_SESSION_COMMANDS = 100 }; /* a second */

struct ioc_session {
    uint8_t hash[32];
    char mark[IOC_SESSION_HASH + 1]; /* hash of the id as commands carry it, hex */
    char user[IOC_SESSION_USER];     /* "local:name" */
    ioc_span expires, used;
    ioc_span second; /* the rate limit's window */
    uint32_t commands;
    bool is_open;
};
struct ioc_sessions;

struct ioc_sessions *ioc_sessions_new(void);
void ioc_sessions_free(struct ioc_sessions *sessions);
/* The current one-time token, 64 hex characters. */
const char *ioc_sessions_token(const struct ioc_sessions *sessions);
/* Trades the token for a session; id receives what the cookie holds.  name: 1-64 bytes of UTF-8
 * without control characters, or empty for "wall".  IOC_DENIED: not the token; IOC_INVALID: the
 * name. */
enum ioc_status ioc_sessions_open(struct ioc_sessions *sessions, struct ioc_text token,
    struct ioc_text name, ioc_span now, char id[IOC_SESSION_ID + 1]) IOC_USE;
/* NULL when there is none, or not any more. */
struct ioc_session *ioc_sessions_find(
    struct ioc_sessions *sessions, struct ioc_text id, ioc_span now);
/* False when the session has sent its hundred commands of this second. */
bool ioc_session_may_command(struct ioc_session *session, ioc_span now);
