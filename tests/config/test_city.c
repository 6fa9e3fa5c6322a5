/*
 * tests/config/test_city.c — what a city file may say, and what its writer is told.
 */
#include "config/city.h"
#include "core/memory.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
}

static struct ioc_city *load(const char *text, struct ioc_errors *errors)
{
    char path[256];
    write_file("city.yaml", text, 0644);
    snprintf(path, sizeof path, "%s/city.yaml", directory);
    return ioc_city_load(path, errors);
}

#define STREAM "streams:\n  depth:\n    key: station\n    time: {field: at}\n    fields: {station: string, at: timestamp, cm: {type: double, unit: cm}}\n"
#define HEAD "site: test\n"

static void check_mistake(const char *text, const char *code, uint32_t line, const char *word)
{
    struct ioc_errors errors = {0};
    struct ioc_city *city = load(text, &errors);
    assert_null(city);
    bool is_found = false;
    for (uint32_t i = 0; i < errors.count; i++)
        is_found |= strcmp(errors.items[i].code, code) == 0 && errors.items[i].line == line &&
                    (strstr(errors.items[i].text, word) || strstr(errors.items[i].hint, word));
    if (!is_found || errors.count != 1)
        ioc_errors_print(&errors, IOC_ENGLISH, stderr);
    assert_true(is_found);
    assert_int_equal(errors.count, 1);
    ioc_errors_done(&errors);
}

static void a_whole_city_is_read(void **state)
{
    struct ioc_errors errors = {0};
    struct ioc_city *city = load(HEAD "timezone: Asia/Ho_Chi_Minh\nlisten: 127.0.0.1:0\n" STREAM
        "sources:\n- name: s\n  kind: mqtt\n  url: mqtt://127.0.0.1:1883\n  password: {file: secret}\n  subscribe:\n"
        "  - {topic: d/+/depth, stream: depth, fields: {station: {topic_level: 1}, at: /t, cm: {pointer: /d, unit: m}}}\n"
        "sinks:\n- {name: out, kind: jsonl, path: out.jsonl}\n- {name: redis, kind: redis, address: 127.0.0.1:6379}\n"
        "commands: {address: 127.0.0.1:6379, gates: {wall: {key: {file: key}}}}\n"
        "wall: {listen: 127.0.0.1:0, gate: wall, key: {file: key}, address: 127.0.0.1:6379}\n", &errors);
    if (!city)
        ioc_errors_print(&errors, IOC_ENGLISH, stderr);
    assert_non_null(city);
    assert_int_equal(city->stream_count, 1);
    assert_int_equal(city->source_count, 1);
    assert_int_equal(city->sources[0].route_count, 1);
    assert_int_equal(city->sink_count, 2);
    assert_int_equal(city->gate_count, 1);
    assert_true(city->has_wall);
    const struct ioc_stream *stream = city->streams[0];
    assert_int_equal(stream->lateness, 30 * IOC_SECOND);
    assert_int_equal(stream->live, 2);
    assert_int_not_equal(stream->clock_flag, IOC_SLOT_NONE);
    assert_int_equal(stream->range_flag, IOC_SLOT_NONE);
    ioc_city_free(city);
    ioc_errors_done(&errors);
}

static void a_city_without_a_site_is_no_city(void **state)
{
    check_mistake(STREAM, "missing-key", 1, "site");
}

static void an_unknown_section_is_named_with_the_nearest_one(void **state)
{
    check_mistake(HEAD "stream: {}\n", "unknown-key", 2, "streams");
}

static void a_stream_needs_a_key_that_is_there(void **state)
{
    check_mistake(HEAD "streams:\n  depth:\n    key: statoin\n    fields: {station: string}\n", "no-such-field", 4, "station");
    check_mistake(HEAD "streams:\n  depth:\n    fields: {station: string}\n", "missing-key", 3, "key");
    check_mistake(HEAD "streams:\n  depth:\n    key: s\n    fields: {s: {type: string, optional: true}}\n", "optional-key", 4, "optional");
}

static void an_unknown_type_is_named_with_the_nearest_one(void **state)
{
    check_mistake(HEAD "streams:\n  depth:\n    key: s\n    fields: {s: string, cm: dobule}\n", "unknown-choice", 5, "double");
}

static void an_inline_secret_is_refused_and_not_shown(void **state)
{
    struct ioc_errors errors = {0};
    assert_null(load(HEAD STREAM "sources:\n- name: s\n  kind: mqtt\n  url: mqtt://127.0.0.1:1883\n  password: hunter2\n  subscribe:\n"
                                 "  - {topic: d/+, stream: depth}\n", &errors));
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.items[0].code, "inline-secret");
    assert_null(strstr(errors.items[0].source, "hunter2"));
    assert_null(strstr(errors.items[0].text, "hunter2"));
    assert_non_null(strstr(errors.items[0].hint, "file"));
    ioc_errors_done(&errors);
}

static void a_secret_that_others_may_read_is_refused(void **state)
{
    write_file("open", "x", 0644);
    check_mistake(HEAD "commands: {address: 127.0.0.1:6379, gates: {wall: {key: {file: open}}}}\n", "secret-mode", 2, "chmod");
}

static void a_password_in_a_url_is_refused_and_not_shown(void **state)
{
    struct ioc_errors errors = {0};
    assert_null(load(HEAD STREAM "sources:\n- name: s\n  kind: mqtt\n  url: mqtt://me:hunter2@127.0.0.1:1883\n  subscribe:\n"
                                 "  - {topic: d/+, stream: depth}\n", &errors));
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.items[0].code, "password-in-url");
    assert_null(strstr(errors.items[0].source, "hunter2"));
    ioc_errors_done(&errors);
}

static void unknown_kinds_point_to_the_list_of_kinds(void **state)
{
    check_mistake(HEAD "sinks:\n- {name: a, kind: reddis}\n", "no-such-kind", 3, "kinds");
    check_mistake(HEAD "sources:\n- {name: a, kind: mqqt}\n", "no-such-kind", 3, "kinds");
}

static void all_mistakes_of_a_city_are_reported_together(void **state)
{
    struct ioc_errors errors = {0};
    assert_null(load("timezone: Asia/Saigonn\nlanes: 99\nstreams:\n  depth:\n    key: s\n    interval: 10\n    fields: {s: string}\n", &errors));
    assert_int_equal(errors.count, 4);
    ioc_errors_done(&errors);
}

static void a_section_of_the_wrong_kind_is_said(void **state)
{
    static const char *const sections[] = {"streams", "tables", "profiles", "limits", "pseudonyms", "areas"};
    static const char *const values[] = {" [a, b]", " word", "", " 3"};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            char text[200];
            snprintf(text, sizeof text, HEAD "%s:%s\n", sections[i], values[k]);
            check_mistake(text, "wrong-kind", 2, "map");
        }
    check_mistake(HEAD "sources: {a: b}\n", "wrong-kind", 2, "list");
    check_mistake(HEAD "sinks: word\n", "wrong-kind", 2, "list");
    check_mistake(HEAD "pseudonyms: {rotat: 3d}\n", "unknown-key", 2, "rotate");
}

#define FIELDS "    fields: {s: string, n: double, p: point, k: {type: string, personal: plate}}\n"
static void what_the_wall_shows_must_be_of_its_type(void **state)
{
    check_mistake(HEAD "streams:\n  depth:\n    key: s\n    live: {position: s}\n" FIELDS, "bad-live", 5, "point");
    check_mistake(HEAD "streams:\n  depth:\n    key: s\n    live: {field: p}\n" FIELDS, "bad-live", 5, "number");
    check_mistake(HEAD "streams:\n  depth:\n    key: s\n    live: n\n" FIELDS, "wrong-kind", 5, "map");
}

static void a_key_has_a_field_and_is_nobodys_own(void **state)
{
    check_mistake(HEAD "streams:\n  depth:\n    key: []\n" FIELDS, "missing-key", 4, "field");
    check_mistake(HEAD "streams:\n  depth:\n    key: k\n" FIELDS, "personal-key", 4, "device");
}

static void a_stream_has_a_plain_name(void **state)
{
    static const char *const names[] = {"Depth", "'a: b'", "'[x'", "1a", "''", "a.b", "\"a\\nb\""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[400];
        snprintf(text, sizeof text, HEAD "streams:\n  %s:\n    key: s\n" FIELDS, names[i]);
        check_mistake(text, "bad-name", 3, "letter");
    }
}

static void durations_are_not_negative_and_not_endless(void **state)
{
    static const char *const keys[] = {"interval: -5m", "interval: 100000d", "stale_after: -1m", "time: {field: t, lateness: -1s}",
        "time: {field: t, max_future: 90000d}", "dedupe: {field: s, for: -1s}"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char text[400];
        snprintf(text, sizeof text, HEAD "streams:\n  depth:\n    key: s\n    %s\n    fields: {s: string, t: timestamp}\n", keys[i]);
        check_mistake(text, "out-of-range", 5, "lasts");
    }
    check_mistake(HEAD "pseudonyms: {rotate: 0s}\n", "out-of-range", 2, "rotate");
}

static int set_up(void **state)
{
    strcpy(directory, "/tmp/ioc-city-XXXXXX");
    if (!mkdtemp(directory) || sodium_init() < 0)
        return 1;
    write_file("secret", "s3cret\n", 0600);
    write_file("key", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"city.yaml", "secret", "key", "open"};
    for (int i = 0; i < 4; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_city_is_read),
        cmocka_unit_test(a_city_without_a_site_is_no_city),
        cmocka_unit_test(an_unknown_section_is_named_with_the_nearest_one),
        cmocka_unit_test(a_stream_needs_a_key_that_is_there),
        cmocka_unit_test(an_unknown_type_is_named_with_the_nearest_one),
        cmocka_unit_test(an_inline_secret_is_refused_and_not_shown),
        cmocka_unit_test(a_secret_that_others_may_read_is_refused),
        cmocka_unit_test(a_password_in_a_url_is_refused_and_not_shown),
        cmocka_unit_test(unknown_kinds_point_to_the_list_of_kinds),
        cmocka_unit_test(all_mistakes_of_a_city_are_reported_together),
        cmocka_unit_test(a_section_of_the_wrong_kind_is_said),
        cmocka_unit_test(what_the_wall_shows_must_be_of_its_type),
        cmocka_unit_test(a_key_has_a_field_and_is_nobodys_own),
        cmocka_unit_test(a_stream_has_a_plain_name),
        cmocka_unit_test(durations_are_not_negative_and_not_endless),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
