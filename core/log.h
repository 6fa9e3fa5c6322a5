#pragma once
/*
 * core/log.h — logfmt lines on stderr: ts, level, at=room.noun, msg, then key=value.
 *
 * Never blocks: lines go through a ring to a writer thread; what does not fit is counted and said.
 * At most 20 lines a second per call site, then one line that counts the rest.  Under journald
 * (JOURNAL_STREAM names our stderr) lines carry the `<n>` priority prefix and no ts.  Foreign text
 * goes through ioc_log_quote(), which escapes it.  A message is cut at 1600 bytes.
 *
 * Thread   any
 */
#include "core/status.h"
#include "core/text.h"

enum ioc_log_level { IOC_LOG_ERROR, IOC_LOG_WARNING, IOC_LOG_INFO, IOC_LOG_DEBUG };
/* Shows levels up to this one; before the start it is IOC_LOG_INFO. */
void ioc_log_start(enum ioc_log_level most);
/* Writes out what waits, then ends the thread; lines after it go straight to stderr. */
void ioc_log_stop(void);
struct ioc_log_site { /* one static per call site, for the rate limit; begins as zero */
    _Atomic int64_t second;
    _Atomic uint32_t count;
    _Atomic(const char *) at;
    _Atomic int level;
    _Atomic bool is_listed;
    struct ioc_log_site *next;
};
void ioc_log_write(struct ioc_log_site *site, enum ioc_log_level level, const char *at, const char *format, ...)
    IOC_PRINTF(4, 5);
/* at = "room.noun"; the message says what happens next. */
#define ioc_log(level, at, ...)                                                                    \
    do {                                                                                           \
        static struct ioc_log_site site_;                                                          \
        ioc_log_write(&site_, level, at, __VA_ARGS__);                                             \
    } while (0)
/* 'text' in single quotes, control bytes and quotes as \xHH, cut at 200 bytes.  out: 4 × 200 + 8. */
enum { IOC_LOG_QUOTED = 808 };
const char *ioc_log_quote(struct ioc_text text, char out[IOC_LOG_QUOTED]);
