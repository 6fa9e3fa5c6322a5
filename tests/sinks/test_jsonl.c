/*
 * tests/sinks/test_jsonl.c — lines of transitions: whole, in order, not lost to a full disk or a sleeping reader.
 */
#include "core/clock.h"
#include "core/metric.h"
#include "sinks/jsonl.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place { /* of one test */
    struct ioc_sink_host host;
    struct ioc_sink *sink;
    void *options;
    struct ioc_arena arena;
    bool is_closed;
    char name[32], directory[64], path[96];
};
static uv_loop_t loop;
static int places;

static void closed(struct ioc_sink_host *host)
{
    ((struct place *)host)->is_closed = true;
}

static enum ioc_status open_path(struct place *place, const char *more, struct ioc_error *err)
{
    struct ioc_errors errors = {0};
    char yaml[256];
    snprintf(yaml, sizeof yaml, "path: '%s'\n%s", place->path, more);
    struct ioc_document *document =
        ioc_document_parse(IOC_TEXT("/tmp/city.yaml"), ioc_text_of(yaml), &errors);
    place->options = calloc(1, ioc_sink_jsonl.options_bytes);
    place->arena = (struct ioc_arena){0};
    place->is_closed = false;
    assert_true(ioc_option_read(document, document->root, ioc_sink_jsonl.options, NULL,
        place->options, &place->arena, &errors));
    ioc_document_free(document);
    ioc_errors_done(&errors);
    snprintf(place->name, sizeof place->name, "jsonl%d", ++places);
    struct ioc_sink_setup setup = {.name = ioc_text_of(place->name),
        .site = IOC_TEXT("hcm"),
        .loop = &loop,
        .host = &place->host};
    return ioc_sink_jsonl.open(&setup, place->options, &place->sink, err);
}

static void make_place(struct place *place)
{
    *place = (struct place){0};
    strcpy(place->directory, "/tmp/ioc-test-jsonl-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/alerts.jsonl", place->directory);
}

static void open_place(struct place *place)
{
    struct ioc_error err = {0};
    assert_int_equal(open_path(place, "", &err), IOC_OK);
}

static void free_options(struct place *place)
{
    free(place->options);
    ioc_arena_done(&place->arena);
}

static void close_sink(struct place *place, ioc_span grace)
{
    ioc_sink_jsonl.close(place->sink, grace, closed);
    for (int i = 0; i < 5000 && !place->is_closed; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
    assert_true(place->is_closed);
    free_options(place);
}

static void remove_place(struct place *place)
{
    unlink(place->path);
    rmdir(place->directory);
}

static int64_t metric(const struct place *place, enum ioc_metric_kind kind, const char *name)
{
    char label[64];
    snprintf(label, sizeof label, "sink=\"%s\"", place->name);
    return ioc_metric_value(ioc_metric_get(kind, name, label, NULL));
}

static void say(struct place *place, uint32_t seq)
{
    struct ioc_transition transition = {.seq = seq,
        .from = IOC_ALERT_NORMAL,
        .to = IOC_ALERT_UNACKNOWLEDGED,
        .since = IOC_TIME_NONE,
        .acknowledged_at = IOC_TIME_NONE,
        .shelved_until = IOC_TIME_NONE,
        .rule = IOC_TEXT("flood"),
        .title_vi = IOC_TEXT("Ngập\n\"sâu\"")};
    ioc_id_make(&transition.id, IOC_TEXT("hcm"), transition.rule, IOC_TEXT("k"), 0, 0);
    ioc_sink_jsonl.transition(place->sink, &transition);
}

/* Lines of the file; each must begin with { and end with }. */
static int count_lines(const struct place *place)
{
    FILE *file = fopen(place->path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int count = 0;
    assert_non_null(file);
    while ((length = getline(&line, &room, file)) > 0) {
        assert_int_equal(line[length - 1], '\n');
        assert_int_equal(line[0], '{');
        assert_int_equal(line[length - 2], '}');
        char seq[32];
        snprintf(seq, sizeof seq, "\"seq\":%d,", ++count);
        assert_non_null(strstr(line, seq));
    }
    free(line);
    fclose(file);
    return count;
}

static void each_transition_is_one_line_and_a_restated_one_is_none(void **state)
{
    struct place place;
    make_place(&place);
    open_place(&place);
    say(&place, 1);
    say(&place, 2);
    struct ioc_transition restated = {.is_restated = 1};
    ioc_sink_jsonl.transition(place.sink, &restated);
    ioc_sink_jsonl.flush(place.sink);
    assert_int_equal(count_lines(&place), 2);
    assert_int_equal(metric(&place, IOC_COUNTER, "ioc_sink_flushes_total"), 1); /* one write */
    say(&place, 3);
    close_sink(&place, IOC_SECOND);
    open_place(&place); /* appends */
    say(&place, 4);
    close_sink(&place, IOC_SECOND);
    assert_int_equal(count_lines(&place), 4);
    struct stat info;
    stat(place.path, &info);
    assert_int_equal(info.st_mode & 07, 0);
    remove_place(&place);
}

static void line_cut_off_by_a_crash_is_ended_before_the_next(void **state)
{
    struct place place;
    make_place(&place);
    FILE *file = fopen(place.path, "w");
    fputs("{\"seq\":0,\"ru", file);
    fclose(file);
    open_place(&place);
    say(&place, 1);
    close_sink(&place, IOC_SECOND);
    char text[512] = {0};
    file = fopen(place.path, "r");
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_non_null(strstr(text, "{\"seq\":0,\"ru\n{\"id\":"));
    remove_place(&place);
}

/* RLIMIT_FSIZE stands for the full disk: a write is cut short, the next one fails. */
static void full_disk_is_waited_out_and_no_line_is_torn(void **state)
{
    struct place place;
    struct rlimit before, small;
    make_place(&place);
    open_place(&place);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 5000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    for (uint32_t seq = 1; seq <= 100; seq++)
        say(&place, seq);
    ioc_sink_jsonl.flush(place.sink);
    assert_int_equal(metric(&place, IOC_GAUGE, "ioc_sink_up"), 0);
    setrlimit(RLIMIT_FSIZE, &before);
    for (int i = 0; i < 3000 && metric(&place, IOC_GAUGE, "ioc_sink_up") == 0; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
    assert_int_equal(metric(&place, IOC_GAUGE, "ioc_sink_up"), 1);
    assert_int_equal(count_lines(&place), 100);
    assert_int_equal(metric(&place, IOC_COUNTER, "ioc_sink_lost_total"), 0);
    close_sink(&place, IOC_SECOND);
    remove_place(&place);
}

static void sleeping_reader_of_a_pipe_holds_nobody_up(void **state)
{
    struct place place;
    struct ioc_error err = {0};
    make_place(&place);
    assert_int_equal(mkfifo(place.path, 0600), 0);
    int reader = open(place.path, O_RDONLY | O_NONBLOCK);
    assert_int_equal(open_path(&place, "queue: 128 KiB\n", &err), IOC_OK);
    ioc_span begin = ioc_clock_steady();
    for (uint32_t seq = 1; seq <= 3000; seq++) {
        say(&place, seq);
        ioc_sink_jsonl.flush(place.sink);
    }
    assert_true(ioc_clock_steady() - begin < 20 * IOC_SECOND); /* it would be for ever */
    int64_t lost = metric(&place, IOC_COUNTER, "ioc_sink_lost_total");
    assert_true(lost > 0);
    size_t lines = 0;
    for (int i = 0; i < 2000 && lines < 3000 - (size_t)lost; i++) {
        char bytes[65536];
        ssize_t length = read(reader, bytes, sizeof bytes);
        for (ssize_t k = 0; k < length; k++)
            lines += bytes[k] == '\n';
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
    assert_int_equal(lines + (size_t)lost, 3000);
    close(reader);
    close_sink(&place, 0);
    remove_place(&place);
}

static void file_that_cannot_be_opened_says_why(void **state)
{
    struct place place;
    struct ioc_error err = {0};
    make_place(&place);
    strcpy(place.path, "/nonexistent/x/alerts.jsonl");
    assert_int_equal(open_path(&place, "", &err), IOC_FAILED);
    assert_string_equal(err.code, "cannot-write");
    assert_non_null(strstr(err.text, "/nonexistent/x/alerts.jsonl"));
    free_options(&place);
    rmdir(place.directory);
}

static int begin(void **state)
{
    signal(SIGPIPE, SIG_IGN);
    return uv_loop_init(&loop);
}

static int end(void **state)
{
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_transition_is_one_line_and_a_restated_one_is_none),
        cmocka_unit_test(line_cut_off_by_a_crash_is_ended_before_the_next),
        cmocka_unit_test(full_disk_is_waited_out_and_no_line_is_torn),
        cmocka_unit_test(sleeping_reader_of_a_pipe_holds_nobody_up),
        cmocka_unit_test(file_that_cannot_be_opened_says_why),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
