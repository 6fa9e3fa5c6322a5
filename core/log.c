/*
 * core/log.c — logfmt lines on stderr: ts, level, at=room.noun, msg, then key=value.
 *
 * The ring is a bounded queue of many writers and one reader (D. Vyukov's): every place carries a
 * turn number that says whose turn it is.  A thread that logs takes a place by moving `head`,
 * fills it and passes the turn; when the place at the head is still taken the line is dropped and
 * counted.  Nobody waits but the writer thread.
 *
 * Stopping loses nothing: first new lines are sent past the ring, then those who are still in it
 * are waited for, then the writer empties it.
 *
 * Sites above their limit stand in a list; once the second is over, the writer says how many lines
 * each left out.
 */
#include "core/log.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/metric.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PLACES = 512, /* a power of two */
    LINE_MOST = 2048,
    MESSAGE_MOST = 1600, /* leaves room for what stands before it */
    LINES_A_SECOND = 20,
    QUOTED_BYTES = 200
};

struct place {
    _Atomic uint32_t turn;
    uint32_t length;
    char line[LINE_MOST];
};

static struct {
    struct place *places;
    pthread_t thread;
    sem_t wake;
    _Atomic uint32_t head;
    uint32_t tail; /* the writer's */
    _Atomic uint32_t inside; /* threads between the check of is_running and the end of their write */
    _Atomic bool is_running, is_ending;
    _Atomic uint64_t dropped;
    _Atomic int most;
    _Atomic(struct ioc_log_site *) busy_sites;
    struct ioc_metric *dropped_metric;
} state = {.most = IOC_LOG_INFO};

static const char *const level_names[] = {"error", "warning", "info", "debug"};

static pthread_once_t journald_once = PTHREAD_ONCE_INIT;
static bool is_under_journald;

/* JOURNAL_STREAM is inherited; it counts only while stderr is still the stream it names. */
static void look_for_journald(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char mine[64];
    struct stat about;
    if (!stream || fstat(STDERR_FILENO, &about) != 0)
        return;
    snprintf(mine, sizeof mine, "%llu:%llu", (unsigned long long)about.st_dev,
        (unsigned long long)about.st_ino);
    is_under_journald = strcmp(stream, mine) == 0;
}

static void write_all(const char *bytes, size_t length)
{
    while (length) {
        ssize_t written = write(STDERR_FILENO, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        struct pollfd full = {.fd = STDERR_FILENO, .events = POLLOUT};
        if (written < 0 && errno == EAGAIN && poll(&full, 1, 1000) > 0)
            continue;
        if (written <= 0)
            return; /* nowhere left to say so */
        bytes += written;
        length -= (size_t)written;
    }
}

/* Copies what is plain and escapes what would break the line or its quotes. */
static size_t put_escaped(char *out, size_t room, const char *message, const char *escaped)
{
    static const char digits[] = "0123456789abcdef";
    struct ioc_text rest = ioc_text_of(message);
    size_t length = 0;
    while (rest.length) {
        uint32_t bytes = ioc_text_character(rest);
        unsigned char letter = (unsigned char)rest.data[0];
        bool is_plain = bytes > 1 || (bytes == 1 && letter >= 0x20 && letter != 0x7F);
        bool is_marked = bytes == 1 && strchr(escaped, letter);
        size_t need = is_marked ? 2 : is_plain ? bytes : 4;
        if (length + need > room)
            break;
        if (is_marked) {
            out[length] = '\\';
            out[length + 1] = (char)letter;
        } else if (is_plain) {
            memcpy(out + length, rest.data, bytes);
        } else {
            memcpy(out + length, (char[]){'\\', 'x', digits[letter >> 4], digits[letter & 15]}, 4);
        }
        length += need;
        bytes += bytes == 0;
        rest.data += bytes;
        rest.length -= bytes;
    }
    return length;
}

/* One whole line with its newline; fields = "" or " key=value". */
static size_t put_line(char out[LINE_MOST], enum ioc_log_level level, const char *at,
    const char *message, const char *fields)
{
    static const int priorities[] = {3, 4, 6, 7};
    size_t length;
    pthread_once(&journald_once, look_for_journald);
    if (is_under_journald) {
        length = (size_t)snprintf(out, LINE_MOST, "<%d>level=%s at=%.60s msg=\"", priorities[level],
            level_names[level], at);
    } else {
        char stamp[IOC_TIME_TEXT];
        ioc_time_format(ioc_clock_now() / IOC_MILLISECOND * IOC_MILLISECOND, NULL, stamp);
        length = (size_t)snprintf(out, LINE_MOST, "ts=%s level=%s at=%.60s msg=\"", stamp,
            level_names[level], at);
    }
    length += put_escaped(out + length, LINE_MOST - length - 100, message, "\"\\");
    length += (size_t)snprintf(out + length, LINE_MOST - length, "\"%.90s\n", fields);
    return length;
}

static bool push(const char *line, size_t length)
{
    uint32_t head = atomic_load_explicit(&state.head, memory_order_relaxed);
    for (;;) {
        struct place *place = &state.places[head % PLACES];
        uint32_t turn = atomic_load_explicit(&place->turn, memory_order_acquire);
        if ((int32_t)(turn - head) < 0)
            return false;
        if (turn != head) {
            head = atomic_load_explicit(&state.head, memory_order_relaxed);
            continue;
        }
        if (!atomic_compare_exchange_weak_explicit(&state.head, &head, head + 1,
                memory_order_relaxed, memory_order_relaxed))
            continue;
        memcpy(place->line, line, length);
        place->length = (uint32_t)length;
        atomic_store_explicit(&place->turn, head + 1, memory_order_release);
        return true;
    }
}

static void emit(enum ioc_log_level level, const char *at, const char *message, const char *fields)
{
    char line[LINE_MOST];
    size_t length = put_line(line, level, at, message, fields);
    atomic_fetch_add(&state.inside, 1);
    if (!atomic_load(&state.is_running)) {
        write_all(line, length);
    } else if (push(line, length)) {
        sem_post(&state.wake);
    } else {
        atomic_fetch_add(&state.dropped, 1);
        ioc_metric_add(state.dropped_metric, 1);
    }
    atomic_fetch_sub(&state.inside, 1);
}

static void say_left_out(struct ioc_log_site *site, uint32_t count)
{
    char fields[48];
    snprintf(fields, sizeof fields, " left_out=%u", count);
    emit((enum ioc_log_level)atomic_load(&site->level), atomic_load(&site->at),
        "more lines of the kind before this were left out", fields);
}

/* Begins a new second at the site when there is one; how many lines the old one left out. */
static uint32_t turn_over(struct ioc_log_site *site, int64_t second)
{
    int64_t old = atomic_load(&site->second);
    if (old == second || !atomic_compare_exchange_strong(&site->second, &old, second))
        return 0;
    uint32_t count = atomic_exchange(&site->count, 0);
    return count > LINES_A_SECOND ? count - LINES_A_SECOND : 0;
}

static void list_site(struct ioc_log_site *site)
{
    if (atomic_exchange(&site->is_listed, true))
        return;
    struct ioc_log_site *head = atomic_load(&state.busy_sites);
    do
        site->next = head;
    while (!atomic_compare_exchange_weak(&state.busy_sites, &head, site));
}

/* Sites whose second is over are settled, or all of them; the others stay in the list. */
static void settle_sites(bool all)
{
    int64_t now = ioc_clock_steady() / IOC_SECOND;
    struct ioc_log_site *site = atomic_exchange(&state.busy_sites, NULL);
    while (site) {
        struct ioc_log_site *next = site->next;
        atomic_store(&site->is_listed, false);
        uint32_t left_out = turn_over(site, all ? -1 : now);
        if (left_out)
            say_left_out(site, left_out);
        else if (atomic_load(&site->count) > LINES_A_SECOND)
            list_site(site);
        site = next;
    }
}

static void say_dropped(void)
{
    char line[LINE_MOST], fields[48];
    uint64_t dropped = atomic_exchange(&state.dropped, 0);
    if (!dropped)
        return;
    snprintf(fields, sizeof fields, " dropped=%llu", (unsigned long long)dropped);
    write_all(line, put_line(line, IOC_LOG_WARNING, "core.log",
        "lines came faster than they could be written and were dropped", fields));
}

static void write_waiting(void)
{
    for (;;) {
        struct place *place = &state.places[state.tail % PLACES];
        if (atomic_load_explicit(&place->turn, memory_order_acquire) != state.tail + 1)
            break;
        write_all(place->line, place->length);
        atomic_store_explicit(&place->turn, state.tail + PLACES, memory_order_release);
        state.tail++;
    }
    say_dropped();
}

static void *run_writer(void *nothing)
{
    while (!atomic_load(&state.is_ending)) {
        struct timespec until;
        if (atomic_load(&state.busy_sites)) {
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_sec++;
            sem_timedwait(&state.wake, &until);
        } else {
            sem_wait(&state.wake);
        }
        write_waiting();
        settle_sites(false);
    }
    write_waiting();
    return nothing;
}

/* Signals, SIGPIPE among them, are for other threads. */
static bool start_writer(void)
{
    sigset_t every, before;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    bool is_started = pthread_create(&state.thread, NULL, run_writer, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_started;
}

void ioc_log_start(enum ioc_log_level most)
{
    assert(!atomic_load(&state.is_running));
    state.dropped_metric = ioc_metric_get(IOC_COUNTER, "ioc_log_dropped_total", "",
        "Log lines dropped because they came faster than they could be written.");
    state.places = ioc_memory_take(PLACES * sizeof *state.places);
    for (uint32_t i = 0; i < PLACES; i++)
        atomic_store(&state.places[i].turn, i);
    atomic_store(&state.head, 0);
    state.tail = 0;
    atomic_store(&state.most, (int)most);
    atomic_store(&state.is_ending, false);
    int failed = sem_init(&state.wake, 0, 0);
    assert(!failed);
    /* Without a thread lines go straight to stderr, as before the start. */
    if (start_writer()) {
        atomic_store(&state.is_running, true);
        return;
    }
    sem_destroy(&state.wake);
    ioc_memory_give(state.places);
    state.places = NULL;
}

void ioc_log_stop(void)
{
    if (!atomic_exchange(&state.is_running, false))
        return;
    while (atomic_load(&state.inside))
        sched_yield();
    atomic_store(&state.is_ending, true);
    sem_post(&state.wake);
    pthread_join(state.thread, NULL);
    settle_sites(true);
    sem_destroy(&state.wake);
    ioc_memory_give(state.places);
    state.places = NULL;
}

void ioc_log_write(struct ioc_log_site *site, enum ioc_log_level level, const char *at,
    const char *format, ...)
{
    if ((int)level > atomic_load_explicit(&state.most, memory_order_relaxed))
        return;
    atomic_store(&site->at, at);
    atomic_store(&site->level, (int)level);
    uint32_t left_out = turn_over(site, ioc_clock_steady() / IOC_SECOND);
    if (left_out)
        say_left_out(site, left_out);
    if (atomic_fetch_add(&site->count, 1) >= LINES_A_SECOND) {
        list_site(site);
        return;
    }
    char message[MESSAGE_MOST];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    emit(level, at, length < 0 ? format : message, "");
}

const char *ioc_log_quote(struct ioc_text text, char out[IOC_LOG_QUOTED])
{
    static const char digits[] = "0123456789abcdef";
    bool is_cut = text.length > QUOTED_BYTES;
    char *at = out;
    *at++ = '\'';
    for (uint32_t end = is_cut ? QUOTED_BYTES : text.length, i = 0; i < end;) {
        struct ioc_text rest = {text.data + i, end - i};
        uint32_t bytes = ioc_text_character(rest);
        unsigned char letter = (unsigned char)text.data[i];
        bool is_plain = bytes == 1 && letter >= 0x20 && letter < 0x7F && !strchr("'\"\\", letter);
        if (is_plain || bytes > 1) {
            memcpy(at, rest.data, bytes);
            at += bytes;
        } else {
            memcpy(at, (char[]){'\\', 'x', digits[letter >> 4], digits[letter & 15]}, 4);
            at += 4;
        }
        i += bytes ? bytes : 1;
    }
    *at++ = '\'';
    if (is_cut) {
        memcpy(at, "...", 3);
        at += 3;
    }
    *at = 0;
    return out;
}
