/*
 * tests/core/test_log.c — lines on stderr.
 *
 * Each test sends stderr into a file or a pipe of its own and reads what came.  cmocka says its
 * results on stderr, too, so it is put back before anything is asserted.
 */
#include "core/log.h"
#include "core/clock.h"
#include "core/metric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int kept_stderr = -1;
static FILE *caught;
static char text[4 << 20];

static void catch_stderr(void)
{
    fflush(stderr);
    kept_stderr = dup(STDERR_FILENO);
    caught = tmpfile();
    dup2(fileno(caught), STDERR_FILENO);
}

static const char *release_stderr(void)
{
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    size_t length = 0;
    ssize_t got;
    while ((got = pread(fileno(caught), text + length, sizeof text - 1 - length, (off_t)length)) > 0)
        length += (size_t)got;
    text[length] = 0;
    fclose(caught);
    return text;
}

static unsigned count_of(const char *part)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

static void wait_for(ioc_span span)
{
    for (ioc_span end = ioc_clock_steady() + span; ioc_clock_steady() < end;)
        poll(NULL, 0, 10);
}

/* Rate limits count by second: tests begin near the start of one. */
static void wait_for_a_new_second(void)
{
    ioc_span now = ioc_clock_steady();
    wait_for(IOC_SECOND - now % IOC_SECOND);
}

/* In a child, for the stream is looked at once a process. */
static void say_one_line_as_a_child(bool is_journal)
{
    catch_stderr();
    pid_t child = fork();
    if (child == 0) {
        struct stat about;
        char stream[64];
        fstat(STDERR_FILENO, &about);
        snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)about.st_dev,
            (unsigned long long)about.st_ino + !is_journal);
        setenv("JOURNAL_STREAM", stream, 1);
        ioc_log(IOC_LOG_ERROR, "core.test", "hello");
        _exit(0);
    }
    int how = -1;
    waitpid(child, &how, 0);
    release_stderr();
    assert_int_equal(how, 0);
}

static void under_journald_a_line_has_its_priority_and_no_time(void **state)
{
    say_one_line_as_a_child(true);
    assert_string_equal(text, "<3>level=error at=core.test msg=\"hello\"\n");
    say_one_line_as_a_child(false); /* the stream of some other process */
    assert_memory_equal(text, "ts=", 3);
}

static void a_line_is_logfmt_whatever_the_message(void **state)
{
    catch_stderr();
    ioc_log(IOC_LOG_WARNING, "ingest.mqtt", "say \"%s\"; back\\slash\n\x1b[2J \xC4\x90 \xFF", "hi");
    release_stderr();
    assert_true(ioc_text_starts(ioc_text_of(text), IOC_TEXT("ts=20")));
    assert_true(text[26] == 'Z' || text[22] == 'Z'); /* whole seconds have no fraction */
    assert_non_null(strstr(text, " level=warning at=ingest.mqtt msg=\"say \\\"hi\\\"; back\\\\slash\\x0a"
                                 "\\x1b[2J \xC4\x90 \\xff\"\n"));
    assert_int_equal(count_of("\n"), 1);
}

static void levels_beyond_the_wanted_one_are_not_shown(void **state)
{
    catch_stderr();
    ioc_log(IOC_LOG_DEBUG, "core.test", "before the start");
    ioc_log(IOC_LOG_INFO, "core.test", "seen before the start");
    ioc_log_start(IOC_LOG_WARNING);
    ioc_log(IOC_LOG_INFO, "core.test", "too little");
    ioc_log(IOC_LOG_ERROR, "core.test", "seen while running");
    ioc_log_stop();
    ioc_log_start(IOC_LOG_DEBUG);
    ioc_log(IOC_LOG_DEBUG, "core.test", "seen as debug");
    ioc_log_stop();
    ioc_log(IOC_LOG_INFO, "core.test", "seen after the stop");
    release_stderr();
    assert_int_equal(count_of("\n"), 4);
    assert_non_null(strstr(text, "level=info at=core.test msg=\"seen before the start\""));
    assert_non_null(strstr(text, "level=error at=core.test msg=\"seen while running\""));
    assert_non_null(strstr(text, "level=debug at=core.test msg=\"seen as debug\""));
    assert_non_null(strstr(text, "level=info at=core.test msg=\"seen after the stop\""));
}

static void what_waits_is_written_in_order_before_the_end(void **state)
{
    static struct ioc_log_site sites[300];
    catch_stderr();
    ioc_log_start(IOC_LOG_INFO);
    for (int i = 0; i < 300; i++)
        ioc_log_write(&sites[i], IOC_LOG_INFO, "core.test", "line %d.", i);
    ioc_log_stop();
    release_stderr();
    assert_int_equal(count_of("\n"), 300);
    const char *at = text;
    for (int i = 0; i < 300; i++) {
        char part[32];
        snprintf(part, sizeof part, "\"line %d.\"\n", i);
        at = strstr(at, part);
        assert_non_null(at);
    }
}

static void a_noisy_site_is_limited_and_its_rest_is_counted(void **state)
{
    static struct ioc_log_site site;
    ioc_log_start(IOC_LOG_INFO);
    wait_for_a_new_second();
    catch_stderr();
    for (int i = 0; i < 100; i++)
        ioc_log_write(&site, IOC_LOG_WARNING, "core.noisy", "noise");
    /* Nothing more is logged there: the writer says the rest by itself. */
    wait_for(2500 * IOC_MILLISECOND);
    ioc_log_stop();
    release_stderr();
    assert_int_equal(count_of("msg=\"noise\""), 20);
    assert_int_equal(count_of("left_out="), 1);
    assert_non_null(strstr(text, "level=warning at=core.noisy msg=\"more lines of the kind before this were "
                                 "left out\" left_out=80\n"));
}

static void a_noisy_site_is_counted_at_the_stop_and_without_a_writer(void **state)
{
    static struct ioc_log_site site, other;
    ioc_log_start(IOC_LOG_INFO);
    wait_for_a_new_second();
    catch_stderr();
    for (int i = 0; i < 30; i++)
        ioc_log_write(&site, IOC_LOG_INFO, "core.noisy", "noise");
    ioc_log_stop();
    wait_for_a_new_second();
    for (int i = 0; i < 25; i++)
        ioc_log_write(&other, IOC_LOG_INFO, "core.noisy", "other");
    wait_for_a_new_second();
    ioc_log_write(&other, IOC_LOG_INFO, "core.noisy", "other");
    release_stderr();
    assert_int_equal(count_of("msg=\"noise\""), 20);
    assert_int_equal(count_of("left_out=10\n"), 1);
    assert_int_equal(count_of("msg=\"other\""), 21);
    assert_int_equal(count_of("left_out=5\n"), 1);
}

static void *write_many(void *memory)
{
    struct ioc_log_site *sites = memory;
    for (int i = 0; i < 200; i++)
        ioc_log_write(&sites[i / 10], IOC_LOG_INFO, "core.thread", "thread line");
    return memory;
}

static void lines_of_threads_are_whole_and_all_there_across_a_stop(void **state)
{
    static struct ioc_log_site sites[4][20];
    pthread_t threads[4];
    int64_t dropped = ioc_metric_sum("ioc_log_dropped_total");
    wait_for_a_new_second();
    catch_stderr();
    ioc_log_start(IOC_LOG_INFO);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, write_many, sites[i]);
    ioc_log_stop();
    ioc_log_start(IOC_LOG_INFO);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ioc_log_stop();
    release_stderr();
    dropped = ioc_metric_sum("ioc_log_dropped_total") - dropped;
    assert_int_equal(count_of("msg=\"thread line\"\n") + dropped, 800);
    for (const char *at = text; *at; at = strchr(at, '\n') + 1)
        assert_memory_equal(at, "ts=", 3);
}

/* A reader who does not read: the pipe fills, then the ring; nobody waits, and it is said. */
static void a_stuck_reader_blocks_nobody_and_what_was_dropped_is_said(void **state)
{
    static struct ioc_log_site sites[3000];
    int ends[2];
    text[0] = 0;
    int64_t dropped = ioc_metric_sum("ioc_log_dropped_total");
    assert_int_equal(pipe(ends), 0);
    kept_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    ioc_log_start(IOC_LOG_INFO);
    ioc_span begin = ioc_clock_steady();
    for (int i = 0; i < 3000; i++)
        ioc_log_write(&sites[i], IOC_LOG_INFO, "core.test", "%0100d", i);
    ioc_span took = ioc_clock_steady() - begin;
    dropped = ioc_metric_sum("ioc_log_dropped_total") - dropped;
    /* Now read until the drop is said. */
    size_t length = 0;
    struct pollfd ready = {.fd = ends[0], .events = POLLIN};
    while (!strstr(text, "dropped=") && poll(&ready, 1, 5000) > 0) {
        ssize_t got = read(ends[0], text + length, sizeof text - 1 - length);
        length += got > 0 ? (size_t)got : 0;
        text[length] = 0;
    }
    ioc_log_stop();
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    close(ends[0]);
    assert_true(took < 5 * IOC_SECOND);
    assert_true(dropped > 500);
    const char *said = strstr(text, "level=warning at=core.log msg=\"lines came faster than they could be "
                                    "written and were dropped\" dropped=");
    assert_non_null(said);
    assert_int_equal(atoll(strstr(said, "dropped=") + 8), dropped);
    assert_int_equal(count_of("at=core.test") + dropped, 3000);
}

static void a_message_is_cut_and_its_line_still_ends_well(void **state)
{
    catch_stderr();
    ioc_log(IOC_LOG_INFO, "core.test", "%03000d", 7);
    char controls[1001];
    memset(controls, 1, 1000);
    controls[1000] = 0;
    ioc_log(IOC_LOG_INFO, "core.test", "%s", controls);
    release_stderr();
    assert_int_equal(count_of("\"\n"), 2);
    assert_int_equal(count_of("\n"), 2);
    assert_true(strlen(text) < 2 * 2048);
}

static void foreign_text_is_quoted_so_that_it_cannot_break_out(void **state)
{
    char out[IOC_LOG_QUOTED];
    assert_string_equal(ioc_log_quote(IOC_TEXT("plain text"), out), "'plain text'");
    assert_string_equal(ioc_log_quote(IOC_TEXT("a'b\"c\\d\n\0\x7f"), out), "'a\\x27b\\x22c\\x5cd\\x0a\\x00\\x7f'");
    assert_string_equal(ioc_log_quote(IOC_TEXT("\xC4\x90\xFF"), out), "'\xC4\x90\\xff'");
    assert_string_equal(ioc_log_quote((struct ioc_text){0}, out), "''");
    char longest[201];
    memset(longest, 1, sizeof longest);
    assert_int_equal(strlen(ioc_log_quote((struct ioc_text){longest, 200}, out)), 802);
    assert_int_equal(strlen(ioc_log_quote((struct ioc_text){longest, 201}, out)), 805);
    assert_string_equal(out + 800, "1'...");
    memset(longest, 'a', 199);
    memcpy(longest + 199, "\xC4\x90", 2); /* a character across the cut */
    ioc_log_quote((struct ioc_text){longest, 201}, out);
    assert_string_equal(out + 200, "\\xc4'...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(under_journald_a_line_has_its_priority_and_no_time),
        cmocka_unit_test(a_line_is_logfmt_whatever_the_message),
        cmocka_unit_test(levels_beyond_the_wanted_one_are_not_shown),
        cmocka_unit_test(what_waits_is_written_in_order_before_the_end),
        cmocka_unit_test(a_noisy_site_is_limited_and_its_rest_is_counted),
        cmocka_unit_test(a_noisy_site_is_counted_at_the_stop_and_without_a_writer),
        cmocka_unit_test(lines_of_threads_are_whole_and_all_there_across_a_stop),
        cmocka_unit_test(a_stuck_reader_blocks_nobody_and_what_was_dropped_is_said),
        cmocka_unit_test(a_message_is_cut_and_its_line_still_ends_well),
        cmocka_unit_test(foreign_text_is_quoted_so_that_it_cannot_break_out),
    };
    unsetenv("JOURNAL_STREAM"); /* the machine that runs the tests may set it */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
