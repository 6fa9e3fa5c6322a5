#pragma once
/*
 * sinks/wall/submit.h — an operator's command: checked as the browser sent it, then signed for the
 * engine.
 *
 * The browser says what and why; who, from where and until when it holds are added here and cannot
 * be sent. The signed form is the one of ingest/command.h: the engine verifies it and has the last
 * word.
 *
 * Memory   views into the caller's arena
 * Time     wall time, handed in; a command lives for 30 s
 * Thread   any
 * Failure  IOC_INVALID with a sentence that repeats nothing of what was sent
 */
#include "core/alert.h"
#include "core/arena.h"

enum { IOC_SUBMIT_BODY = 64 * 1024, IOC_SUBMIT_REASON = 500, IOC_SUBMIT_MAC = 64 };
#define IOC_SUBMIT_SHELVE_MOST (8 * IOC_HOUR)

struct ioc_submission {
    struct ioc_text id, alert, reason; /* id = cmd_id, a UUID; reason may be empty */
    uint8_t op;                        /* enum ioc_command_op */
    uint32_t seq_seen;                 /* 0 = not said */
    ioc_time until;                    /* shelve; else IOC_TIME_NONE */
};
struct ioc_submitter {
    struct ioc_text user, session, ip, gate; /* session = hash */
    const uint8_t *key;                      /* 32 bytes */
};

/* {"cmd_id","op","alert","seq_seen"?,"until"?,"reason"?} and nothing else.  reason is required for
 * shelve and note, until for shelve and only there: later than now, at most 8 h ahead. */
enum ioc_status ioc_submit_read(struct ioc_text body, ioc_time now, struct ioc_arena *arena,
    struct ioc_submission *submission, const char **why) IOC_USE;
/* Appends the command as JSON and gives its crypto_auth in hex, NUL behind. */
void ioc_submit_sign(const struct ioc_submission *submission, const struct ioc_submitter *by,
    ioc_time now, struct ioc_buffer *json, char mac[IOC_SUBMIT_MAC + 1]);
