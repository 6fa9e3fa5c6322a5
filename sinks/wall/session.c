/*
 * sinks/wall/session.c — one-time tokens and the sessions they are traded for.
 */
#include "sinks/wall/session.h"
#include "core/memory.h"
#include <sodium.h>

struct ioc_sessions {
    char token[IOC_SESSION_ID + 1];
    struct ioc_session items[IOC_SESSIONS_MOST];
};

static void make_secret(char out[IOC_SESSION_ID + 1])
{
    uint8_t bytes[IOC_SESSION_ID / 2];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(out, IOC_SESSION_ID + 1, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
}

static void hash_id(struct ioc_text id, uint8_t hash[32])
{
    crypto_generichash(hash, 32, (const uint8_t *)id.data, id.length, NULL, 0);
}

static bool is_name(struct ioc_text name)
{
    if (name.length > 64 || !ioc_text_is_utf8(name))
        return false;
    for (uint32_t i = 0; i < name.length; i++)
        if ((uint8_t)name.data[i] < 0x20 || name.data[i] == 0x7f)
            return false;
    return true;
}

/* A free place, else an expired one, else the one used longest ago. */
static struct ioc_session *find_place(struct ioc_sessions *sessions, ioc_span now)
{
    struct ioc_session *oldest = &sessions->items[0];
    for (uint32_t i = 0; i < IOC_SESSIONS_MOST; i++) {
        struct ioc_session *session = &sessions->items[i];
        if (!session->is_open || session->expires <= now)
            return session;
        if (session->used < oldest->used)
            oldest = session;
    }
    return oldest;
}

struct ioc_sessions *ioc_sessions_new(void)
{
    if (sodium_init() < 0)
        return NULL;
    struct ioc_sessions *sessions = ioc_memory_take(sizeof *sessions);
    make_secret(sessions->token);
    return sessions;
}

void ioc_sessions_free(struct ioc_sessions *sessions)
{
    if (!sessions)
        return;
    sodium_memzero(sessions, sizeof *sessions);
    ioc_memory_give(sessions);
}

const char *ioc_sessions_token(const struct ioc_sessions *sessions)
{
    return sessions->token;
}

enum ioc_status ioc_sessions_open(struct ioc_sessions *sessions, struct ioc_text token,
    struct ioc_text name, ioc_span now, char id[IOC_SESSION_ID + 1])
{
    if (token.length != IOC_SESSION_ID ||
        sodium_memcmp(token.data, sessions->token, IOC_SESSION_ID) != 0)
        return IOC_DENIED;
    if (!is_name(name))
        return IOC_INVALID;
    if (!name.length)
        name = IOC_TEXT("wall");
    make_secret(sessions->token);
    make_secret(id);
    struct ioc_session *session = find_place(sessions, now);
    *session =
        (struct ioc_session){.expires = now + IOC_SESSION_LIFE, .used = now, .is_open = true};
    hash_id((struct ioc_text){id, IOC_SESSION_ID}, session->hash);
    sodium_bin2hex(session->mark, sizeof session->mark, session->hash, IOC_SESSION_HASH / 2);
    snprintf(session->user, sizeof session->user, "local:%.*s", IOC_TEXT_ARGS(name));
    return IOC_OK;
}

struct ioc_session *ioc_sessions_find(
    struct ioc_sessions *sessions, struct ioc_text id, ioc_span now)
{
    uint8_t hash[32];
    if (id.length != IOC_SESSION_ID)
        return NULL;
    hash_id(id, hash);
    for (uint32_t i = 0; i < IOC_SESSIONS_MOST; i++) {
        struct ioc_session *session = &sessions->items[i];
        if (!session->is_open || memcmp(session->hash, hash, sizeof hash) != 0)
            continue;
        if (session->expires <= now) {
            sodium_memzero(session, sizeof *session);
            return NULL;
        }
        session->used = now;
        return session;
    }
    return NULL;
}

bool ioc_session_may_command(struct ioc_session *session, ioc_span now)
{
    if (now - session->second >= IOC_SECOND) {
        session->second = now;
        session->commands = 0;
    }
    return session->commands < IOC_SESSION_COMMANDS && ++session->commands;
}
