/*
 * tests/sinks/test_gateway.c — who may ask the wall for what, and what becomes of a command.
 */
#include "core/id.h"
#include "core/text.h"
#include "tests/sinks/wallworld.h"
#include <jansson.h>
#include <sodium.h>

#define UUID "5b3d6f4e-1111-4222-8333-444455556666"

static int set_up(void **state)
{
    struct world *world = world_new();
    *state = world;
    world_fill(world, WORLD_EPOCH);
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

static struct answer post(struct world *world, const char *body)
{
    char headers[128];
    snprintf(headers, sizeof headers,
        "Origin: http://127.0.0.1:%d\r\nContent-Type: application/json\r\n", world->port);
    return world_request(world, "POST", "/v1/cmd", headers, body);
}

static int post_status(struct world *world, const char *body)
{
    struct answer answer = post(world, body);
    int status = answer.status;
    answer_done(&answer);
    return status;
}

static const char *const good =
    "{\"cmd_id\":\"" UUID "\",\"op\":\"ack\",\"alert\":\"" WORLD_ALERT "\",\"seq_seen\":3}";

static void the_link_opens_one_session_and_works_once(void **state)
{
    struct world *world = *state;
    char used[200], path[96];
    struct stat about;
    world_read_url(world);
    snprintf(used, sizeof used, "%s", world->url);
    snprintf(path, sizeof path, "%s/url", world->directory);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    world_login(world);
    assert_int_equal(world_status(world, "GET", "/v1/config", "", ""), 200);
    world->cookie[0] = 0;
    assert_int_equal(world_status(world, "GET", strstr(used, "/?"), "", ""), 401);
    assert_int_equal(world_status(world, "GET", "/?token=", "", ""), 200); /* just the page */
    assert_int_equal(world_status(world, "GET", "/?token=0", "", ""), 401);
    world_read_url(world);
    assert_string_not_equal(used, world->url);
    world_login(world);
    assert_int_equal(world_status(world, "GET", "/v1/config", "", ""), 200);
}

static void the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(void **state)
{
    struct world *world = *state;
    world_read_url(world);
    struct answer answer = world_request(world, "GET", strstr(world->url, "/?"), "", "");
    assert_int_equal(answer.status, 303);
    assert_non_null(strstr(answer.head, "; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"));
    assert_non_null(strstr(answer.head, "Location: /\r\n"));
    assert_non_null(strstr(answer.head, "Referrer-Policy: no-referrer"));
    answer_done(&answer);
}

static void without_a_session_there_is_only_the_page_and_healthz(void **state)
{
    struct world *world = *state;
    static const char *const closed[] = {
        "/v1/config", "/v1/areas", "/v1/stream", ("/v1/history/" WORLD_ALERT), "/metrics"};
    static const char *const open[] = {"/", "/index.html", "/healthz"};
    char session[120];
    snprintf(session, sizeof session, "%s", world->cookie);
    for (int kind = 0; kind < 2; kind++) {
        world->cookie[0] = 0;
        if (kind) /* a session that there is not */
            snprintf(world->cookie, sizeof world->cookie, "%.*s%064d",
                (int)strcspn(session, "=") + 1, session, 7);
        for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
            assert_int_equal(world_status(world, "GET", closed[i], "", ""), 401);
        for (size_t i = 0; i < sizeof open / sizeof *open; i++)
            assert_int_equal(world_status(world, "GET", open[i], "", ""), 200);
        assert_int_equal(post_status(world, good), 401);
    }
}

static void a_name_given_with_the_link_becomes_the_user(void **state)
{
    struct world *world = *state;
    char path[400];
    world_read_url(world);
    snprintf(path, sizeof path, "%s&name=%%0d%%0aSet-Cookie:%%20x=y", strstr(world->url, "/?"));
    assert_int_equal(world_status(world, "GET", path, "", ""), 400);
    snprintf(path, sizeof path, "%s&name=%%ff%%fe", strstr(world->url, "/?"));
    assert_int_equal(world_status(world, "GET", path, "", ""), 400);
    snprintf(path, sizeof path, "%s&name=a%%00b", strstr(world->url, "/?"));
    assert_int_equal(world_status(world, "GET", path, "", ""), 400);
    snprintf(path, sizeof path, "%s&name=Nguy%%E1%%BB%%85n%%20Lan", strstr(world->url, "/?"));
    snprintf(world->url, sizeof world->url, "%.199s", path); /* the refusals have not used it up */
    world_login(world);
    struct answer answer = world_request(world, "GET", "/v1/config", "", "");
    assert_non_null(strstr(answer.body, "\"user\":\"local:Nguyễn Lan\""));
    answer_done(&answer);
}

static void another_host_name_is_refused(void **state)
{
    struct world *world = *state;
    char header[96];
    static const char *const hosts[] = {
        "evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:%d.evil.example", ""};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        char host[64];
        snprintf(host, sizeof host, hosts[i], world->port);
        snprintf(header, sizeof header, "Host: %s\r\n", host);
        assert_int_equal(world_status(world, "GET", "/", header, ""), 403);
        assert_int_equal(world_status(world, "GET", "/v1/config", header, ""), 403);
    }
    static const char *const own[] = {"localhost", "LOCALHOST", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        snprintf(header, sizeof header, "Host: %s:%d\r\n", own[i], world->port);
        assert_int_equal(world_status(world, "GET", "/v1/config", header, ""), 200);
    }
}

static void a_command_comes_from_our_own_page_in_json(void **state)
{
    struct world *world = *state;
    char headers[256];
    const struct {
        const char *headers;
        int status;
    } cases[] = {
        {"Content-Type: application/json\r\n", 403},
        {"Origin: null\r\nContent-Type: application/json\r\n", 403},
        {"Origin: http://evil.example\r\nContent-Type: application/json\r\n", 403},
        {"Origin: https://127.0.0.1:%d\r\nContent-Type: application/json\r\n", 403},
        {"Origin: http://127.0.0.1:%d.evil.example\r\nContent-Type: application/json\r\n", 403},
        {"Origin: http://127.0.0.1:%d\r\n", 415},
        {"Origin: http://127.0.0.1:%d\r\nContent-Type: text/plain\r\n", 415},
        {"Origin: http://127.0.0.1:%d\r\nContent-Type: application/jsonx\r\n", 415},
        {"Origin: http://127.0.0.1:%d\r\nContent-Type: application/x-www-form-urlencoded\r\n", 415},
        {"Origin: http://127.0.0.1:%d\r\nContent-Type: Application/JSON; charset=utf-8\r\n", 202},
        {"Origin: http://localhost:%d\r\nContent-Type: application/json\r\n", 202},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(headers, sizeof headers, cases[i].headers, world->port);
        int status = world_status(world, "POST", "/v1/cmd", headers, good);
        if (status != cases[i].status)
            fail_msg("%s got %d, not %d", headers, status, cases[i].status);
    }
    assert_int_equal(world_status(world, "GET", "/v1/cmd", "", ""), 405);
    assert_int_equal(world_status(world, "PUT", "/v1/cmd", "", good), 405);
    assert_int_equal(world_status(world, "POST", "/v1/config", "", good), 405);
}

static void a_body_longer_than_64_kib_is_413_however_it_is_sent(void **state)
{
    struct world *world = *state;
    char *body = malloc(200000), *text = malloc(300000);
    int n = sprintf(body, "{\"reason\":\"");
    memset(body + n, 'x', 70000);
    strcpy(body + n + 70000, "\"}");
    assert_int_equal(post_status(world, body), 413);
    n = sprintf(text,
        "POST /v1/cmd HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\nOrigin: "
        "http://127.0.0.1:%d\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        world->port, world->cookie, world->port);
    for (int i = 0; i < 70; i++)
        n += sprintf(text + n, "400\r\n%.1024s\r\n", body);
    n += sprintf(text + n, "0\r\n\r\n");
    struct answer answer = world_talk(world, text, (size_t)n);
    assert_int_equal(answer.status, 413);
    answer_done(&answer);
    free(body);
    free(text);
}

static void a_command_lands_in_its_stream_with_a_mac_of_the_gates_key(void **state)
{
    struct world *world = *state;
    uint8_t key[crypto_auth_KEYBYTES], mac[crypto_auth_BYTES];
    int64_t before = ioc_clock_now() / IOC_MILLISECOND;
    char body[512];
    snprintf(body, sizeof body,
        "{\"cmd_id\":\"" UUID "\",\"op\":\"shelve\",\"alert\":\"" WORLD_ALERT
        "\",\"seq_seen\":3,\"until\":%lld,\"reason\":\"sửa \\\"cống\\\"\"}",
        (long long)before + 3600000);
    struct answer answer = post(world, body);
    assert_int_equal(answer.status, 202);
    assert_string_equal(answer.body, "{\"cmd_id\":\"" UUID "\"}");
    answer_done(&answer);
    redisReply *reply = world_ask(world, "XRANGE ioc:{t}:cmd:wall - +");
    assert_int_equal(reply->elements, 1);
    redisReply *fields = reply->element[0]->element[1];
    assert_int_equal(fields->elements, 4);
    assert_string_equal(fields->element[0]->str, "c");
    assert_string_equal(fields->element[2]->str, "m");
    const redisReply *command = fields->element[1];
    sodium_hex2bin(key, sizeof key, WORLD_KEY, strlen(WORLD_KEY), NULL, NULL, NULL);
    assert_int_equal(fields->element[3]->len, 2 * sizeof mac);
    assert_int_equal(
        sodium_hex2bin(mac, sizeof mac, fields->element[3]->str, 2 * sizeof mac, NULL, NULL, NULL),
        0);
    assert_int_equal(
        crypto_auth_verify(mac, (const uint8_t *)command->str, (size_t)command->len, key), 0);
    json_t *json = json_loadb(command->str, (size_t)command->len, JSON_REJECT_DUPLICATES, NULL);
    const char *id, *op, *alert, *user, *role, *scope, *session, *ip, *reason, *gate;
    json_int_t version, seen, issued, expires, until;
    assert_int_equal(
        json_unpack(json, "{s:I,s:s,s:s,s:s,s:I,s:s,s:[s],s:s,s:s,s:s,s:I,s:I,s:I,s:s,s:s!}", "v",
            &version, "cmd_id", &id, "op", &op, "alert", &alert, "seq_seen", &seen, "user", &user,
            "roles", &role, "scope", &scope, "session", &session, "ip", &ip, "issued_at", &issued,
            "expires_at", &expires, "until", &until, "reason", &reason, "gate", &gate),
        0);
    assert_int_equal(version, 1);
    assert_string_equal(id, UUID);
    assert_string_equal(op, "shelve");
    assert_string_equal(alert, WORLD_ALERT);
    assert_int_equal(seen, 3);
    assert_string_equal(user, "local:wall");
    assert_string_equal(ip, "127.0.0.1");
    assert_string_equal(gate, "wall");
    assert_string_equal(reason, "sửa \"cống\"");
    assert_int_equal(until, before + 3600000);
    assert_in_range(issued, before, before + 5000);
    assert_int_equal(expires, issued + 30000);
    assert_null(strstr(world->cookie, session)); /* a hash, not the id */
    json_decref(json);
    freeReplyObject(reply);
}

static void what_is_not_a_command_is_refused_with_words(void **state)
{
    struct world *world = *state;
    struct answer answer = post(
        world, "{\"cmd_id\":\"" UUID "\",\"op\":\"<b>erase</b>\",\"alert\":\"" WORLD_ALERT "\"}");
    assert_int_equal(answer.status, 400);
    json_t *json = json_loads(answer.body, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "error")), "bad-command");
    assert_non_null(strstr(json_string_value(json_object_get(json, "text")), "'op'"));
    assert_null(strstr(answer.body, "<b>"));
    assert_non_null(strstr(answer.head, "Content-Type: application/json"));
    json_decref(json);
    answer_done(&answer);
    assert_int_equal(post_status(world, ""), 400);
    redisReply *reply = world_ask(world, "EXISTS ioc:{t}:cmd:wall");
    assert_int_equal(reply->integer, 0);
    freeReplyObject(reply);
}

static void the_hundred_and_first_command_of_a_second_is_429(void **state)
{
    struct world *world = *state;
    char text[2048], *all = malloc(400 * 1024);
    size_t length = 0;
    for (int i = 0; i < 150; i++) {
        int n = snprintf(text, sizeof text,
            "POST /v1/cmd HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n"
            "Origin: http://127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: "
            "2\r\n%s\r\n{}",
            world->port, world->cookie, world->port, i == 149 ? "Connection: close\r\n" : "");
        memcpy(all + length, text, (size_t)n + 1);
        length += (size_t)n;
    }
    struct answer answer = world_talk(world, all, length);
    assert_int_equal(answer.status, 400); /* the first of them */
    int refused = 0;
    for (char *at = answer.body; (at = strstr(at, "HTTP/1.1 429")); at++)
        refused++;
    assert_in_range(refused, 1, 50);
    answer_done(&answer);
    free(all);
}

static void without_redis_a_command_is_503_and_nothing_hangs(void **state)
{
    struct world *world = *state;
    world_end_redis(world);
    assert_int_equal(post_status(world, good), 503);
    assert_int_equal(world_status(world, "GET", ("/v1/history/" WORLD_ALERT), "", ""), 503);
    assert_int_equal(world_status(world, "GET", "/healthz", "", ""), 503);
    assert_int_equal(world_status(world, "GET", "/", "", ""), 200);
}

static void a_command_on_its_way_when_redis_hangs_ends_in_503(void **state)
{
    struct world *world = *state;
    kill(world->redis, SIGSTOP);
    assert_int_equal(post_status(world, good), 503);
    kill(world->redis, SIGCONT);
}

static void areas_and_config_are_what_the_city_says(void **state)
{
    struct world *world = *state;
    struct answer answer = world_request(world, "GET", "/v1/areas", "", "");
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.head, "Content-Type: application/geo+json"));
    assert_non_null(strstr(answer.body, "Quận 1"));
    answer_done(&answer);
    answer = world_request(world, "GET", "/v1/config", "", "");
    json_t *json = json_loads(answer.body, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "site")), "t");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(json, "name"), "vi")), "Thành phố");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(json, "areas"), "key")), "code");
    assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
    json_decref(json);
    answer_done(&answer);
}

static void the_history_of_an_alert_is_found_among_those_of_others(void **state)
{
    struct world *world = *state;
    static const char other[] = "0b000000000000000000000000c0";
    for (int i = 0; i < 1500; i++) {
        bool is_ours = i == 10 || i == 700 || i == 1400;
        int seq = i == 10 ? 1 : i == 700 ? 2 : 3;
        char body[128];
        snprintf(body, sizeof body, "{\"id\":\"%s\",\"seq\":%d}", is_ours ? WORLD_ALERT : other,
            is_ours ? seq : i);
        world_do(world,
            "XADD ioc:{t}:alerts * id %s seq %d from PEND to UNACK by timer ts 1 body %s",
            is_ours ? WORLD_ALERT : other, is_ours ? seq : i, body);
    }
    struct answer answer = world_request(world, "GET", ("/v1/history/" WORLD_ALERT), "", "");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body,
        "{\"alert\":\"" WORLD_ALERT "\",\"transitions\":[{\"id\":\"" WORLD_ALERT
        "\",\"seq\":1},{\"id\":\"" WORLD_ALERT "\",\"seq\":2},{\"id\":\"" WORLD_ALERT
        "\",\"seq\":3}],\"complete\":true}");
    answer_done(&answer);
    assert_int_equal(
        world_status(world, "GET", "/v1/history/0c000000000000000000000000c0", "", ""), 404);
}

static void metrics_are_for_people_with_a_session(void **state)
{
    struct world *world = *state;
    struct answer answer = world_request(world, "GET", "/metrics", "", "");
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "# TYPE ioc_wall_clients gauge"));
    answer_done(&answer);
}

static void a_redis_user_who_may_read_and_add_commands_is_enough(void **state)
{
    struct world *world = *state;
    world_stop_gateway(world);
    world_do(world, "ACL SETUSER gate on >secret resetkeys -@all %s %s",
        "(%R~ioc:{t}:* +@read -keys -scan)", "(%W~ioc:{t}:cmd:wall +xadd)");
    world_do(world, "HSET ioc:{t}:own 0:node n1");
    world_do(world, "SET ioc:{t}:hb:n1 {\"node\":\"n1\",\"at\":1} PX 60000");
    world->redis_user = "gate";
    world->redis_password = "secret";
    world_start_gateway(world);
    world_login(world);
    struct follower follower = world_follow(world, NULL);
    struct event event = follower_await(&follower, "snapshot", NULL);
    assert_non_null(strstr(event.data, WORLD_ALERT));
    event_done(&event);
    bool has_engine = false;
    for (int i = 0; i < 5 && !has_engine; i++) {
        event = follower_await(&follower, "health", NULL);
        has_engine = strstr(event.data, "\"n1\"") != NULL;
        event_done(&event);
    }
    assert_true(has_engine);
    assert_int_equal(post_status(world, good), 202);
    assert_int_equal(world_status(world, "GET", ("/v1/history/" WORLD_ALERT), "", ""), 200);
    world_delta(world, WORLD_EPOCH, "{\"e\":[]}", (char[64]){0});
    event = follower_await(&follower, "delta", NULL);
    event_done(&event);
    follower_done(&follower);
}

static void the_thousand_and_first_browser_is_told_to_come_back(void **state)
{
    struct world *world = *state;
    struct follower *followers = calloc(1000, sizeof *followers);
    struct event event;
    for (int i = 0; i < 1000; i++)
        followers[i] = world_follow(world, NULL);
    for (int i = 0; i < 1000; i++) {
        event = follower_await(&followers[i], "snapshot", NULL);
        event_done(&event);
    }
    struct answer answer = world_request(world, "GET", "/v1/stream", "", "");
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(answer.head, "Retry-After: "));
    answer_done(&answer);
    assert_int_equal(post_status(world, good), 202); /* operators still get through */
    follower_done(&followers[0]);
    int status = 503;
    for (int i = 0; i < 500 && status == 503; i++) { /* a place becomes free */
        struct follower next = world_follow(world, NULL);
        while (!next.status && follower_next(&next, 1000, &event))
            event_done(&event);
        status = next.status ? next.status : 503;
        follower_done(&next);
        usleep(10 * 1000);
    }
    assert_int_equal(status, 200);
    for (int i = 1; i < 1000; i++)
        follower_done(&followers[i]);
    free(followers);
}

static void a_closing_gateway_ends_its_streams_and_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct follower followers[20];
    struct event event;
    for (int i = 0; i < 20; i++) {
        followers[i] = world_follow(world, NULL);
        event = follower_await(&followers[i], "retry", NULL);
        event_done(&event);
    }
    world_stop_gateway(world); /* aborts when the loop still holds a handle */
    for (int i = 0; i < 20; i++) {
        while (follower_next(&followers[i], 5000, &event))
            event_done(&event);
        char byte;
        assert_true(recv(followers[i].fd, &byte, 1, 0) <= 0);
        follower_done(&followers[i]);
    }
}

static enum ioc_status try_to_open(struct ioc_gateway_options options, struct ioc_error *err)
{
    uv_loop_t loop;
    struct ioc_gateway *gateway = NULL;
    uv_loop_init(&loop);
    enum ioc_status status = ioc_gateway_open(&loop, &options, &gateway, err);
    ioc_gateway_close(gateway);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    return status;
}

static void what_cannot_work_does_not_open_and_says_why(void **state)
{
    struct world *world = *state;
    char page[96], taken[40];
    struct ioc_error err = {0};
    snprintf(page, sizeof page, "%s/page", world->directory);
    snprintf(taken, sizeof taken, "127.0.0.1:%d", world->port);
    const struct ioc_gateway_options sound = {.site = IOC_TEXT("t"),
        .gate = IOC_TEXT("wall"),
        .redis = {.address = IOC_TEXT("127.0.0.1:1")},
        .listen = IOC_TEXT("127.0.0.1:0"),
        .key = {IOC_TEXT(WORLD_KEY)},
        .page_directory = ioc_text_of(page)};
    assert_int_equal(try_to_open(sound, &err), IOC_OK);
    struct ioc_gateway_options wrong = sound;
    wrong.listen = IOC_TEXT("0.0.0.0:0");
    assert_int_equal(try_to_open(wrong, &err), IOC_DENIED);
    wrong.listen = ioc_text_of(taken);
    assert_int_equal(try_to_open(wrong, &err), IOC_FAILED);
    assert_non_null(strstr(err.text, "in use"));
    wrong = sound;
    wrong.redis.address = IOC_TEXT("10.0.0.1:6379");
    assert_int_equal(try_to_open(wrong, &err), IOC_DENIED);
    wrong = sound;
    wrong.key.value = IOC_TEXT("short");
    assert_int_equal(try_to_open(wrong, &err), IOC_INVALID);
    wrong = sound;
    wrong.site = IOC_TEXT("a}b");
    assert_int_equal(try_to_open(wrong, &err), IOC_INVALID);
    wrong = sound;
    wrong.tiles = IOC_TEXT("https://tiles.example; script-src *");
    assert_int_equal(try_to_open(wrong, &err), IOC_INVALID);
    wrong = sound;
    wrong.page_directory = IOC_TEXT("/nowhere");
    assert_int_equal(try_to_open(wrong, &err), IOC_NOT_FOUND);
    wrong = sound;
    wrong.areas_file = IOC_TEXT("/nowhere");
    assert_int_equal(try_to_open(wrong, &err), IOC_NOT_FOUND);
    wrong = sound;
    wrong.url_file = IOC_TEXT("/nowhere/url");
    assert_int_equal(try_to_open(wrong, &err), IOC_FAILED);
}

int main(void)
{
    uint32_t partition;
    world_allow_files();
    if (sodium_init() < 0 || ioc_id_partition(IOC_TEXT(WORLD_ALERT), &partition) != IOC_OK)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_link_opens_one_session_and_works_once),
        TEST(the_session_cookie_is_out_of_reach_of_scripts_and_other_sites),
        TEST(without_a_session_there_is_only_the_page_and_healthz),
        TEST(a_name_given_with_the_link_becomes_the_user),
        TEST(another_host_name_is_refused),
        TEST(a_command_comes_from_our_own_page_in_json),
        TEST(a_body_longer_than_64_kib_is_413_however_it_is_sent),
        TEST(a_command_lands_in_its_stream_with_a_mac_of_the_gates_key),
        TEST(what_is_not_a_command_is_refused_with_words),
        TEST(the_hundred_and_first_command_of_a_second_is_429),
        TEST(without_redis_a_command_is_503_and_nothing_hangs),
        TEST(a_command_on_its_way_when_redis_hangs_ends_in_503),
        TEST(areas_and_config_are_what_the_city_says),
        TEST(the_history_of_an_alert_is_found_among_those_of_others),
        TEST(metrics_are_for_people_with_a_session),
        TEST(a_redis_user_who_may_read_and_add_commands_is_enough),
        TEST(the_thousand_and_first_browser_is_told_to_come_back),
        TEST(a_closing_gateway_ends_its_streams_and_leaves_nothing),
        TEST(what_cannot_work_does_not_open_and_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
