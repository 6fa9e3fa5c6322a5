/*
 * tests/sinks/test_page.c — the page's files, and what every answer carries.
 */
#include "tests/sinks/wallworld.h"

static int set_up(void **state)
{
    struct world *world = world_new();
    char outside[96], link[128], lib[96];
    *state = world;
    world_fill(world, WORLD_EPOCH);
    snprintf(lib, sizeof lib, "%s/page/lib", world->directory);
    assert_int_equal(mkdir(lib, 0700), 0);
    world_write_file(lib, "a.js", "export const a = 1;\n");
    world_write_file(lib, ".hidden.js", "hidden");
    world_write_file(lib, "notes.secret", "no known type");
    world_write_file(world->directory, "outside.js", "outside");
    snprintf(outside, sizeof outside, "%s/outside.js", world->directory);
    snprintf(link, sizeof link, "%s/link.js", lib);
    assert_int_equal(symlink(outside, link), 0);
    world_start_gateway(world);
    world_login(world);
    for (int i = 0; i < 500 && world_status(world, "GET", "/healthz", "", "") != 200; i++)
        usleep(10 * 1000);
    return 0;
}

static int tear_down(void **state)
{
    world_free(*state);
    return 0;
}

static void no_path_leads_out_of_the_page(void **state)
{
    struct world *world = *state;
    static const char *const paths[] = {"/../outside.js", "/%2e%2e/outside.js",
        "/lib/../../outside.js", "/lib/..%2f..%2foutside.js", "/lib/link.js", "/lib/.hidden.js",
        "/lib/notes.secret", "/lib/", "/lib", "//index.html", "/INDEX.HTML", "/etc/passwd", "/v1/",
        "/v1/history/", "/v1/history/../x"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int status = world_status(world, "GET", paths[i], "", "");
        if (status != 404 && status != 400)
            fail_msg("%s got %d", paths[i], status);
    }
}

static void files_have_types_and_are_not_sent_again_unchanged(void **state)
{
    struct world *world = *state;
    char tag[64], header[128];
    struct answer answer = world_request(world, "GET", "/lib/a.js", "", "");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "export const a = 1;\n");
    assert_non_null(strstr(answer.head, "Content-Type: text/javascript; charset=utf-8"));
    assert_non_null(strstr(answer.head, "Cache-Control: no-cache"));
    char *found = strstr(answer.head, "ETag: ");
    assert_non_null(found);
    snprintf(tag, sizeof tag, "%.*s", (int)strcspn(found + 6, "\r"), found + 6);
    answer_done(&answer);
    snprintf(header, sizeof header, "If-None-Match: %s\r\n", tag);
    answer = world_request(world, "GET", "/lib/a.js", header, "");
    assert_int_equal(answer.status, 304);
    assert_int_equal(answer.length, 0);
    answer_done(&answer);
    answer = world_request(world, "HEAD", "/", "", "");
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.length, 0);
    answer_done(&answer);
}

static void every_answer_carries_the_same_protection(void **state)
{
    struct world *world = *state;
    static const char *const paths[] = {"/", "/lib/a.js", "/nothing", "/v1/config", "/v1/areas",
        "/healthz", "/metrics", ("/v1/history/" WORLD_ALERT), "/v1/cmd", "/?token=1"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct answer answer = world_request(world, "GET", paths[i], "", "");
        assert_non_null(strstr(answer.head,
            "Content-Security-Policy: default-src 'self'; img-src 'self' data:; "
            "style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n"));
        assert_non_null(strstr(answer.head, "X-Content-Type-Options: nosniff"));
        assert_non_null(strstr(answer.head, "Cache-Control: no-"));
        assert_null(strstr(answer.head, "Access-Control"));
        answer_done(&answer);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(no_path_leads_out_of_the_page),
        TEST(files_have_types_and_are_not_sent_again_unchanged),
        TEST(every_answer_carries_the_same_protection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
