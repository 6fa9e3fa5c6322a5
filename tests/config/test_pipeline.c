/*
 * tests/config/test_pipeline.c — an engine that starts, that does not, that is reloaded and stopped at bad moments.
 */
#include "config/pipeline.h"
#include <dirent.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { MESSAGES = 30000 };

static char directory[64];

static void path_of(const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", directory, name);
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    path_of(name, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void empty_directory(const char *name)
{
    char path[512];
    DIR *list = opendir(name);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", name, entry->d_name);
        if (entry->d_type == DT_DIR)
            empty_directory(path);
        remove(path);
    }
    if (list)
        closedir(list);
}

#define HEAD "site: test\nlanes: 2\nlimits: {inbox: 4 MiB}\nrules: [rules.yaml]\n"                                \
             "streams:\n  depth:\n    key: s\n    time: {field: t, max_future: 3650d}\n"                         \
             "    fields: {s: string, t: timestamp, cm: double}\n"
#define SOURCE "sources:\n- name: day\n  kind: replay\n  file: day.jsonl\n  speed: max\n  subscribe:\n"           \
               "  - {topic: d/+, stream: depth, fields: {s: {topic_level: 1}, t: /t, cm: /d}}\n"
#define SINK "sinks:\n- {name: out, kind: jsonl, path: out.jsonl}\n"

struct run {
    struct ioc_city *city;
    struct ioc_ruleset *ruleset;
    struct ioc_pipeline *pipeline;
    uv_loop_t loop;
    int stopped;
    struct ioc_error err;
};

static void on_stopped(struct ioc_pipeline *pipeline, void *data)
{
    ((struct run *)data)->stopped++;
}

static enum ioc_status begin(struct run *run, const char *city)
{
    struct ioc_errors errors = {0};
    char path[256];
    write_file("city.yaml", city);
    path_of("city.yaml", path);
    *run = (struct run){.city = ioc_city_load(path, &errors)};
    run->ruleset = run->city ? ioc_city_rules(run->city, &errors) : NULL;
    if (!run->ruleset)
        ioc_errors_print(&errors, IOC_ENGLISH, stderr);
    assert_non_null(run->ruleset);
    ioc_errors_done(&errors);
    uv_loop_init(&run->loop);
    return ioc_pipeline_open(&(struct ioc_pipeline_options){.city = run->city, .ruleset = run->ruleset, .loop = &run->loop,
        .node = IOC_TEXT("test"), .stopped = on_stopped, .data = run}, &run->pipeline, &run->err);
}

static void end(struct run *run)
{
    ioc_pipeline_stop(run->pipeline);
    ioc_pipeline_stop(run->pipeline); /* a second SIGTERM */
    ioc_pipeline_reload(run->pipeline, run->ruleset); /* a SIGHUP too late */
    uv_run(&run->loop, UV_RUN_DEFAULT);
    ioc_pipeline_reload(run->pipeline, run->ruleset);
    assert_int_equal(run->stopped, 1);
    ioc_pipeline_free(run->pipeline);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&run->loop), 0);
    ioc_ruleset_unref(run->ruleset);
    ioc_city_free(run->city);
}

static void a_start_that_fails_half_way_leaves_nothing_open(void **state)
{
    static const char *const cities[] = {
        HEAD SOURCE SINK "state: no/such/directory\n",
        HEAD SOURCE "sinks:\n- {name: out, kind: jsonl, path: out.jsonl}\n- {name: no, kind: jsonl, path: no/such/out.jsonl}\n",
        HEAD SINK SOURCE "- name: gone\n  kind: replay\n  file: gone.jsonl\n  subscribe:\n  - {topic: d/+, stream: depth, fields: {s: {topic_level: 1}, t: /t, cm: /d}}\n",
    };
    for (size_t i = 0; i < sizeof cities / sizeof *cities; i++) {
        struct run run;
        assert_int_not_equal(begin(&run, cities[i]), IOC_OK);
        assert_true(run.err.text[0] != 0);
        end(&run);
    }
}

static uint32_t count_lines(const char *name)
{
    char path[256];
    uint32_t lines = 0;
    path_of(name, path);
    FILE *file = fopen(path, "r");
    for (int letter; file && (letter = fgetc(file)) != EOF;)
        lines += letter == '\n';
    if (file)
        fclose(file);
    return lines;
}

/* Every message makes its rule raise or clear: as many transitions as messages, whatever the lanes' room was. */
static void a_file_comes_through_whole_while_the_rules_are_reloaded(void **state)
{
    struct run run;
    assert_int_equal(begin(&run, HEAD SOURCE SINK), IOC_OK);
    for (int turns = 0; !ioc_pipeline_is_drained(run.pipeline) && turns < 1000000; turns++) {
        uv_run(&run.loop, UV_RUN_ONCE);
        if (turns % 50 == 0) { /* SIGHUP twice quickly, with the same rules */
            ioc_pipeline_reload(run.pipeline, run.ruleset);
            ioc_pipeline_reload(run.pipeline, run.ruleset);
        }
    }
    end(&run);
    assert_int_equal(count_lines("out.jsonl"), MESSAGES);
}

/* What was taken in is applied and told, though nobody emptied the sinks' inbox meanwhile. */
static void a_stop_in_the_middle_ends_with_whole_lines(void **state)
{
    struct run run;
    char path[256];
    path_of("out.jsonl", path);
    remove(path);
    assert_int_equal(begin(&run, HEAD SOURCE SINK), IOC_OK);
    for (int turns = 0; turns < 40; turns++)
        uv_run(&run.loop, UV_RUN_NOWAIT);
    end(&run);
    assert_in_range(count_lines("out.jsonl"), 256, MESSAGES);
}

static int set_up(void **state)
{
    strcpy(directory, "/tmp/ioc-pipeline-XXXXXX");
    if (!mkdtemp(directory) || sodium_init() < 0)
        return 1;
    write_file("rules.yaml", "owner: d\nrules:\n- {id: a, on: depth, when: event.cm > 1, severity: minor}\n");
    char path[256];
    path_of("day.jsonl", path);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < MESSAGES; i++)
        fprintf(file, "{\"t\":%d,\"topic\":\"d/S%d\",\"payload\":{\"t\":%d,\"d\":%d}}\n", 1767574800 + i, i % 100, 1767574800 + i, 1 + (i / 100 + 1) % 2);
    fclose(file);
    return 0;
}

static int tear_down(void **state)
{
    empty_directory(directory);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_that_fails_half_way_leaves_nothing_open),
        cmocka_unit_test(a_file_comes_through_whole_while_the_rules_are_reloaded),
        cmocka_unit_test(a_stop_in_the_middle_ends_with_whole_lines),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
