/*
 * tests/core/test_redis.c — a connection to a real redis-server that is killed, stopped and started again,
 * and to servers that are none.
 */
#include "core/memory.h"
#include "core/redis.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE = 20000 /* milliseconds until a test gives up */ };

/* ---- a Redis of our own ---- */

struct server {
    char directory[64];
    int port;
    pid_t pid;
};

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* Returns when it accepts connections.  option and value may be NULL. */
static void start_server(struct server *server, const char *option, const char *value)
{
    char port[16], path[96];
    if (!server->port) {
        server->port = free_port();
        snprintf(server->directory, sizeof server->directory, "/tmp/ioc-test-redis-XXXXXX");
        assert_non_null(mkdtemp(server->directory));
    }
    snprintf(port, sizeof port, "%d", server->port);
    snprintf(path, sizeof path, "%s/socket", server->directory);
    server->pid = fork();
    if (server->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir",
            server->directory, "--unixsocket", path, "--save", "", "--appendonly", "no",
            "--daemonize", "no", "--logfile", "log", option ? option : "--loglevel",
            option ? value : "notice", NULL);
        _exit(127);
    }
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)server->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int err = -1;
    for (int i = 0; err != 0 && i < PATIENCE / 10; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        err = connect(fd, (struct sockaddr *)&address, sizeof address);
        close(fd);
        if (err)
            usleep(10000);
    }
    assert_int_equal(err, 0);
}

static void kill_server(struct server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
    }
    server->pid = 0;
}

static void remove_server(struct server *server)
{
    char path[96];
    kill_server(server);
    snprintf(path, sizeof path, "%s/socket", server->directory);
    unlink(path);
    snprintf(path, sizeof path, "%s/log", server->directory);
    unlink(path);
    assert_int_equal(rmdir(server->directory), 0);
}

/* ---- who uses the connection ---- */

struct client {
    struct ioc_redis_user user;
    struct ioc_redis *redis;
    uv_loop_t loop;
    int ups, downs, closes, nulls_at_down, nulls;
    char why[256];
    bool close_on_down;
};

struct call {
    struct ioc_redis_call call;
    struct client *client;
    int answers, nulls;
    long long number;
    char text[64];
    size_t length;
    bool close_on_answer, send_on_answer;
    struct call *next;
};

static void on_up(struct ioc_redis_user *user, struct ioc_redis *redis)
{
    struct client *client = (struct client *)user;
    client->ups++;
    assert_true(ioc_redis_is_up(redis));
}

static void on_down(struct ioc_redis_user *user, struct ioc_redis *redis, const char *why)
{
    struct client *client = (struct client *)user;
    client->downs++;
    client->nulls_at_down = client->nulls;
    snprintf(client->why, sizeof client->why, "%s", why);
    assert_false(ioc_redis_is_up(redis));
    if (client->close_on_down)
        ioc_redis_close(redis);
}

static void on_closed(struct ioc_redis_user *user)
{
    ((struct client *)user)->closes++;
}

static enum ioc_status send_command(
    struct call *call, ioc_span wait, const char *verb, const char *one, const char *two)
{
    struct ioc_buffer resp = {0};
    ioc_resp_command(&resp, verb, one, two, NULL);
    enum ioc_status status =
        ioc_redis_send(call->client->redis, ioc_buffer_text(&resp), wait, &call->call);
    ioc_buffer_done(&resp);
    return status;
}

static void on_answer(struct ioc_redis_call *base, const redisReply *reply)
{
    struct call *call = (struct call *)base;
    call->answers++;
    if (!reply) {
        call->nulls++;
        call->client->nulls++;
        /* Nothing can be sent while it breaks. */
        assert_int_equal(send_command(call, 0, "PING", NULL, NULL), IOC_CLOSED);
    } else {
        call->number = reply->integer;
        call->length = reply->len;
        if (reply->str)
            snprintf(call->text, sizeof call->text, "%s", reply->str);
    }
    if (call->close_on_answer)
        ioc_redis_close(call->client->redis);
    if (call->send_on_answer && reply)
        assert_int_equal(send_command(call->next, 0, "PING", NULL, NULL), IOC_OK);
}

static struct call make_call(struct client *client)
{
    return (struct call){.call = {on_answer}, .client = client};
}

static void open_with(struct client *client, struct ioc_redis_options options)
{
    *client = (struct client){.user = {on_up, on_down, on_closed}};
    uv_loop_init(&client->loop);
    if (!options.name)
        options.name = "test.redis";
    assert_int_equal(
        ioc_redis_open(&client->loop, &options, &client->user, &client->redis, NULL), IOC_OK);
    assert_int_equal(client->ups + client->downs + client->closes, 0);
}

static struct ioc_text address_of(int port, char out[32])
{
    snprintf(out, 32, "127.0.0.1:%d", port);
    return ioc_text_of(out);
}

static void open_client(struct client *client, int port, ioc_span timeout)
{
    char address[32];
    open_with(client,
        (struct ioc_redis_options){.address = address_of(port, address), .timeout = timeout});
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer; /* only wakes the loop */
}

/* Runs the loop until *number is at least `wanted`. */
static void run_until(struct client *client, const int *number, int wanted)
{
    uv_timer_t tick;
    uv_timer_init(&client->loop, &tick);
    uv_timer_start(&tick, on_tick, 5, 5);
    uint64_t end = uv_hrtime() / 1000000 + PATIENCE;
    while (*number < wanted && uv_hrtime() / 1000000 < end)
        uv_run(&client->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&client->loop, UV_RUN_NOWAIT);
    assert_true(*number >= wanted);
}

static void run_for(struct client *client, int milliseconds)
{
    uv_timer_t tick;
    uv_timer_init(&client->loop, &tick);
    uv_timer_start(&tick, on_tick, 5, 5);
    uint64_t end = uv_hrtime() / 1000000 + (uint64_t)milliseconds;
    while (uv_hrtime() / 1000000 < end)
        uv_run(&client->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&client->loop, UV_RUN_NOWAIT);
}

static void close_client(struct client *client)
{
    int ups = client->ups, downs = client->downs;
    ioc_redis_close(client->redis);
    assert_int_equal(uv_run(&client->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(client->closes, 1);
    assert_int_equal(client->ups, ups);
    assert_int_equal(client->downs, downs);
    assert_int_equal(uv_loop_close(&client->loop), 0);
}

/* ---- servers that are none ---- */

struct impostor {
    uv_tcp_t listener, peer;
    int port, accepted, reads;
    struct ioc_text answers[4]; /* to each read in turn; then silence */
    bool has_peer;
};

static void on_impostor_written(uv_write_t *request, int status)
{
    free(request);
}

static void give_memory(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char memory[65536];
    *buffer = uv_buf_init(memory, sizeof memory);
}

static void on_peer_gone(uv_handle_t *handle)
{
    ((struct impostor *)handle->data)->has_peer = false;
}

static void on_impostor_read(uv_stream_t *peer, ssize_t length, const uv_buf_t *buffer)
{
    struct impostor *impostor = peer->data;
    if (length < 0) {
        uv_close((uv_handle_t *)peer, on_peer_gone);
        return;
    }
    if (impostor->reads < 4 && impostor->answers[impostor->reads].length) {
        struct ioc_text answer = impostor->answers[impostor->reads];
        uv_write_t *request = calloc(1, sizeof *request);
        uv_buf_t bytes = uv_buf_init((char *)answer.data, answer.length);
        assert_int_equal(uv_write(request, peer, &bytes, 1, on_impostor_written), 0);
    }
    impostor->reads++;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct impostor *impostor = listener->data;
    if (impostor->has_peer)
        return;
    impostor->accepted++;
    impostor->reads = 0;
    impostor->has_peer = true;
    uv_tcp_init(listener->loop, &impostor->peer);
    impostor->peer.data = impostor;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&impostor->peer), 0);
    uv_read_start((uv_stream_t *)&impostor->peer, give_memory, on_impostor_read);
}

/* On the client's loop; the client is opened with the port afterwards. */
static void listen_as(struct impostor *impostor, uv_loop_t *loop)
{
    struct sockaddr_in address;
    int length = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &impostor->listener);
    impostor->listener.data = impostor;
    assert_int_equal(uv_tcp_bind(&impostor->listener, (struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&impostor->listener, 16, on_connection), 0);
    assert_int_equal(
        uv_tcp_getsockname(&impostor->listener, (struct sockaddr *)&address, &length), 0);
    impostor->port = ntohs(address.sin_port);
}

static void close_impostor(struct impostor *impostor)
{
    uv_close((uv_handle_t *)&impostor->listener, NULL);
    if (impostor->has_peer && !uv_is_closing((uv_handle_t *)&impostor->peer))
        uv_close((uv_handle_t *)&impostor->peer, on_peer_gone);
}

/* Opens a client whose server is the impostor, and closes both. */
static void open_client_of(struct client *client, struct impostor *impostor, ioc_span timeout)
{
    char address[32];
    *client = (struct client){.user = {on_up, on_down, on_closed}};
    uv_loop_init(&client->loop);
    listen_as(impostor, &client->loop);
    struct ioc_redis_options options = {
        .address = address_of(impostor->port, address), .timeout = timeout, .name = "test.redis"};
    assert_int_equal(
        ioc_redis_open(&client->loop, &options, &client->user, &client->redis, NULL), IOC_OK);
}

static void close_client_of(struct client *client, struct impostor *impostor)
{
    close_impostor(impostor);
    close_client(client);
}

/* ---- tests ---- */

static void ten_thousand_commands_in_one_go_are_answered_in_order(void **state)
{
    enum { MANY = 10000 };
    struct server server = {0};
    struct client client;
    char address[32];
    start_server(&server, NULL, NULL);
    open_with(&client, (struct ioc_redis_options){
                           .address = address_of(server.port, address), .in_flight_most = MANY});
    run_until(&client, &client.ups, 1);
    struct call *calls = calloc(MANY, sizeof *calls);
    for (int i = 0; i < MANY; i++) {
        calls[i] = make_call(&client);
        assert_int_equal(send_command(&calls[i], 0, "INCR", "n", NULL), IOC_OK);
    }
    struct call one_more = make_call(&client);
    assert_int_equal(send_command(&one_more, 0, "INCR", "n", NULL), IOC_FULL);
    run_until(&client, &calls[MANY - 1].answers, 1);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(calls[i].answers, 1);
        assert_int_equal(calls[i].number, i + 1);
    }
    assert_int_equal(one_more.answers, 0);
    assert_int_equal(send_command(&one_more, 0, "INCR", "n", NULL), IOC_OK);
    run_until(&client, &one_more.answers, 1);
    assert_int_equal(one_more.number, MANY + 1);
    free(calls);
    close_client(&client);
    remove_server(&server);
}

static void long_value_goes_there_and_back(void **state)
{
    enum { LONG = 8 * 1024 * 1024 };
    struct server server = {0};
    struct client client;
    start_server(&server, NULL, NULL);
    open_client(&client, server.port, 0);
    run_until(&client, &client.ups, 1);
    struct call set = make_call(&client), get = make_call(&client), ping = make_call(&client);
    char *value = malloc(LONG + 1);
    memset(value, 'v', LONG);
    value[LONG] = '\0';
    assert_int_equal(send_command(&set, 0, "SET", "k", value), IOC_OK);
    assert_int_equal(send_command(&get, 0, "GET", "k", NULL), IOC_OK);
    assert_int_equal(send_command(&ping, 0, "PING", NULL, NULL), IOC_OK);
    run_until(&client, &ping.answers, 1);
    assert_string_equal(set.text, "OK");
    assert_int_equal(get.length, LONG);
    assert_string_equal(ping.text, "PONG");
    /* Three quarters of what waits to be written do not fit a second time. */
    struct ioc_text huge = {NULL, 48 * 1024 * 1024};
    char *zeros = calloc(1, huge.length);
    zeros[0] = '*';
    huge.data = zeros;
    assert_int_equal(ioc_redis_send(client.redis, huge, 0, &set.call), IOC_OK);
    assert_int_equal(ioc_redis_send(client.redis, huge, 0, &get.call), IOC_FULL);
    free(zeros);
    free(value);
    close_client(&client);
    assert_int_equal(set.nulls, 1);
    remove_server(&server);
}

static void killed_server_answers_null_then_down_and_comes_back(void **state)
{
    struct server server = {0};
    struct client client;
    start_server(&server, NULL, NULL);
    open_client(&client, server.port, 0);
    for (int round = 1; round <= 3; round++) {
        run_until(&client, &client.ups, round);
        struct call blocked = make_call(&client), behind = make_call(&client),
                    later = make_call(&client);
        client.nulls = 0;
        assert_int_equal(send_command(&blocked, IOC_HOUR, "BLPOP", "nothing", "0"), IOC_OK);
        assert_int_equal(send_command(&behind, 0, "PING", NULL, NULL), IOC_OK);
        run_for(&client, 20);
        assert_int_equal(blocked.answers, 0);
        kill_server(&server);
        run_until(&client, &client.downs, round);
        assert_int_equal(client.nulls_at_down, 2);
        assert_int_equal(blocked.nulls, 1);
        assert_int_equal(behind.nulls, 1);
        assert_true(strlen(client.why) > 0);
        assert_int_equal(send_command(&later, 0, "PING", NULL, NULL), IOC_CLOSED);
        run_for(&client, 300); /* some vain attempts, which are not told */
        assert_int_equal(client.downs, round);
        start_server(&server, NULL, NULL);
        run_until(&client, &client.ups, round + 1);
        assert_int_equal(send_command(&later, 0, "PING", NULL, NULL), IOC_OK);
        run_until(&client, &later.answers, 1);
        assert_string_equal(later.text, "PONG");
        assert_int_equal(blocked.answers, 1);
    }
    close_client(&client);
    remove_server(&server);
}

static void refused_connection_is_told_once_and_tried_until_there_is_a_server(void **state)
{
    struct server server = {0};
    struct client client;
    start_server(&server, NULL, NULL); /* for a port and a directory */
    kill_server(&server);
    open_client(&client, server.port, 0);
    run_until(&client, &client.downs, 1);
    assert_string_equal(client.why, "connection refused");
    run_for(&client, 700);
    assert_int_equal(client.downs, 1);
    assert_int_equal(client.ups, 0);
    start_server(&server, NULL, NULL);
    run_until(&client, &client.ups, 1);
    assert_int_equal(client.downs, 1);
    close_client(&client);
    remove_server(&server);
}

static void server_that_accepts_and_never_answers_is_never_up(void **state)
{
    struct impostor impostor = {0};
    struct client client;
    open_client_of(&client, &impostor, 150 * IOC_MILLISECOND);
    run_until(&client, &client.downs, 1);
    assert_string_equal(client.why, "no answer within the timeout");
    run_until(&client, &impostor.accepted, 3);
    assert_int_equal(client.ups, 0);
    assert_int_equal(client.downs, 1);
    close_client_of(&client, &impostor);
}

static void server_that_stops_answering_is_left_after_the_timeout(void **state)
{
    struct server server = {0};
    struct client client;
    start_server(&server, NULL, NULL);
    open_client(&client, server.port, 300 * IOC_MILLISECOND);
    run_until(&client, &client.ups, 1);
    kill(server.pid, SIGSTOP);
    struct call first = make_call(&client), second = make_call(&client);
    assert_int_equal(send_command(&first, 0, "PING", NULL, NULL), IOC_OK);
    run_for(&client, 150);
    assert_int_equal(send_command(&second, 0, "PING", NULL, NULL), IOC_OK);
    assert_int_equal(first.answers, 0);
    run_until(&client, &client.downs, 1);
    assert_string_equal(client.why, "no answer within the timeout");
    assert_int_equal(first.nulls, 1);
    assert_int_equal(second.nulls, 1);
    kill(server.pid, SIGCONT);
    run_until(&client, &client.ups, 2);
    close_client(&client);
    remove_server(&server);
}

static void blocking_command_may_take_its_time_and_so_may_what_stands_behind_it(void **state)
{
    struct server server = {0};
    struct client client;
    start_server(&server, NULL, NULL);
    open_client(&client, server.port, 300 * IOC_MILLISECOND);
    run_until(&client, &client.ups, 1);
    /* The second one's clock starts when the first is answered: together they take 2 s. */
    struct call blocked = make_call(&client), behind = make_call(&client),
                last = make_call(&client);
    assert_int_equal(send_command(&blocked, IOC_SECOND, "BLPOP", "nothing", "1"), IOC_OK);
    assert_int_equal(send_command(&behind, IOC_SECOND, "BLPOP", "nothing", "1"), IOC_OK);
    assert_int_equal(send_command(&last, 0, "PING", NULL, NULL), IOC_OK);
    run_until(&client, &last.answers, 1);
    assert_string_equal(last.text, "PONG");
    assert_int_equal(blocked.nulls + behind.nulls, 0);
    assert_int_equal(blocked.answers + behind.answers, 2);
    assert_int_equal(client.downs, 0);
    close_client(&client);
    remove_server(&server);
}

static void loop_that_was_held_up_itself_does_not_blame_the_server(void **state)
{
    struct server server = {0};
    struct client client;
    start_server(&server, NULL, NULL);
    open_client(&client, server.port, 100 * IOC_MILLISECOND);
    run_until(&client, &client.ups, 1);
    for (int i = 1; i <= 3; i++) {
        struct call call = make_call(&client);
        assert_int_equal(send_command(&call, 0, "PING", NULL, NULL), IOC_OK);
        uv_run(&client.loop, UV_RUN_NOWAIT);
        usleep(300000);
        run_until(&client, &call.answers, 1);
        assert_string_equal(call.text, "PONG");
    }
    assert_int_equal(client.downs, 0);
    close_client(&client);
    remove_server(&server);
}

static void quiet_connection_is_asked_whether_it_is_alive(void **state)
{
    struct impostor impostor = {.answers = {IOC_TEXT("+PONG\r\n")}};
    struct client client;
    open_client_of(&client, &impostor, 200 * IOC_MILLISECOND);
    run_until(&client, &client.ups, 1);
    uint64_t since = uv_hrtime();
    run_until(&client, &client.downs, 1);
    uint64_t quiet = (uv_hrtime() - since) / 1000000;
    assert_true(quiet >= 5000 && quiet < 10000);
    assert_string_equal(client.why, "no answer within the timeout");
    close_client_of(&client, &impostor);
}

static void what_does_not_speak_redis_is_never_up(void **state)
{
    static const struct {
        struct ioc_text answer;
        const char *why;
    } cases[] = {
        {IOC_TEXT("HTTP/1.1 400 Bad Request\r\n\r\n"),
            "Protocol error, got \"H\" as reply type byte"},
        {IOC_TEXT("*1\r\n$4\r\nPING\r\n"), "the server does not answer like a Redis"},
        {IOC_TEXT("+OK\r\n"), "the server does not answer like a Redis"},
        {IOC_TEXT("-LOADING Redis is loading the dataset in memory\r\n"),
            "LOADING Redis is loading the dataset in memory"},
        {IOC_TEXT("*2000000000\r\n"), "an answer is an array of too many elements"},
        {IOC_TEXT("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"),
            "No support for nested multi bulk replies with depth > 7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct impostor impostor = {.answers = {cases[i].answer}};
        struct client client;
        open_client_of(&client, &impostor, IOC_SECOND);
        run_until(&client, &client.downs, 1);
        assert_string_equal(client.why, cases[i].why);
        assert_int_equal(client.ups, 0);
        close_client_of(&client, &impostor);
    }
}

static void answer_that_nobody_asked_for_breaks_the_connection_and_nothing_else(void **state)
{
    struct impostor impostor = {.answers = {IOC_TEXT("+PONG\r\n"), IOC_TEXT(":1\r\n:2\r\n:3\r\n")}};
    struct client client;
    open_client_of(&client, &impostor, IOC_SECOND);
    run_until(&client, &client.ups, 1);
    struct call call = make_call(&client);
    assert_int_equal(send_command(&call, 0, "INCR", "n", NULL), IOC_OK);
    run_until(&client, &client.downs, 1);
    assert_int_equal(call.answers, 1);
    assert_int_equal(call.number, 1);
    assert_string_equal(client.why, "an answer without a question");
    run_until(&client, &client.ups, 2);
    close_client_of(&client, &impostor);
}

static void close_before_the_loop_ran_calls_only_closed(void **state)
{
    struct client client;
    open_client(&client, free_port(), 0);
    close_client(&client);
    assert_int_equal(client.downs, 0);
    ioc_redis_close(NULL);
}

static void close_while_connecting_or_greeting_or_resting_calls_only_closed(void **state)
{
    struct impostor impostor = {0};
    struct client client;
    open_client_of(&client, &impostor, 0);
    uv_run(&client.loop, UV_RUN_NOWAIT); /* the timer has started the connect */
    close_client_of(&client, &impostor);
    assert_int_equal(client.downs, 0);

    impostor = (struct impostor){0};
    open_client_of(&client, &impostor, 0);
    run_until(&client, &impostor.reads, 1); /* AUTH or PING has come */
    close_client_of(&client, &impostor);
    assert_int_equal(client.downs, 0);

    open_client(&client, free_port(), 0);
    run_until(&client, &client.downs, 1); /* refused: it waits for its next attempt */
    close_client(&client);
}

static void close_in_an_answer_gives_null_to_the_others(void **state)
{
    struct server server = {0};
    struct client client;
    start_server(&server, NULL, NULL);
    open_client(&client, server.port, 0);
    run_until(&client, &client.ups, 1);
    struct call calls[3];
    for (int i = 0; i < 3; i++) {
        calls[i] = make_call(&client);
        calls[i].close_on_answer = true;
        assert_int_equal(send_command(&calls[i], 0, "PING", NULL, NULL), IOC_OK);
    }
    run_until(&client, &client.closes, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(calls[i].answers, 1);
        assert_int_equal(calls[i].nulls, i > 0);
    }
    assert_int_equal(client.downs, 0);
    assert_int_equal(uv_run(&client.loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&client.loop), 0);
    remove_server(&server);
}

static void close_in_down_ends_it(void **state)
{
    struct client client;
    open_client(&client, free_port(), 0);
    client.close_on_down = true;
    run_until(&client, &client.closes, 1);
    assert_int_equal(client.downs, 1);
    assert_int_equal(uv_run(&client.loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&client.loop), 0);
}

static void answer_may_send_the_next_command(void **state)
{
    struct server server = {0};
    struct client client;
    start_server(&server, NULL, NULL);
    open_client(&client, server.port, 0);
    run_until(&client, &client.ups, 1);
    struct call first = make_call(&client), second = make_call(&client);
    first.send_on_answer = true;
    first.next = &second;
    assert_int_equal(send_command(&first, 0, "PING", NULL, NULL), IOC_OK);
    run_until(&client, &second.answers, 1);
    assert_string_equal(second.text, "PONG");
    close_client(&client);
    remove_server(&server);
}

static void password_is_needed_and_has_to_be_right(void **state)
{
    struct server server = {0};
    struct client client;
    char address[32];
    start_server(&server, "--requirepass", "mưa to");
    open_client(&client, server.port, 0);
    run_until(&client, &client.downs, 1);
    assert_non_null(strstr(client.why, "NOAUTH"));
    close_client(&client);

    open_with(&client, (struct ioc_redis_options){.address = address_of(server.port, address),
                           .password = IOC_TEXT("nắng")});
    run_until(&client, &client.downs, 1);
    assert_non_null(strstr(client.why, "WRONGPASS"));
    run_for(&client, 300);
    assert_int_equal(client.ups, 0);
    close_client(&client);

    open_with(&client, (struct ioc_redis_options){.address = address_of(server.port, address),
                           .password = IOC_TEXT("mưa to")});
    run_until(&client, &client.ups, 1);
    close_client(&client);

    open_with(&client, (struct ioc_redis_options){.address = address_of(server.port, address),
                           .username = IOC_TEXT("default"),
                           .password = IOC_TEXT("mưa to")});
    run_until(&client, &client.ups, 1);
    assert_int_equal(client.downs, 0);
    close_client(&client);
    remove_server(&server);
}

static void user_without_the_right_to_ping_is_let_in(void **state)
{
    struct server server = {0};
    struct client client;
    char address[32];
    start_server(&server, NULL, NULL);
    open_client(&client, server.port, 0);
    run_until(&client, &client.ups, 1);
    struct call setuser = make_call(&client);
    struct ioc_buffer resp = {0};
    ioc_resp_command(
        &resp, "ACL", "SETUSER", "gate", "on", ">secret", "-@all", "~ioc:*", "+get", NULL);
    assert_int_equal(
        ioc_redis_send(client.redis, ioc_buffer_text(&resp), 0, &setuser.call), IOC_OK);
    ioc_buffer_done(&resp);
    run_until(&client, &setuser.answers, 1);
    assert_string_equal(setuser.text, "OK");
    close_client(&client);
    open_with(&client, (struct ioc_redis_options){.address = address_of(server.port, address),
                           .username = IOC_TEXT("gate"),
                           .password = IOC_TEXT("secret")});
    run_until(&client, &client.ups, 1);
    struct call get = make_call(&client), set = make_call(&client);
    assert_int_equal(send_command(&get, 0, "GET", "ioc:x", NULL), IOC_OK);
    assert_int_equal(send_command(&set, 0, "SET", "ioc:x", "1"), IOC_OK);
    run_until(&client, &set.answers, 1);
    assert_int_equal(get.nulls, 0);
    assert_string_equal(get.text, "");
    assert_non_null(strstr(set.text, "NOPERM"));
    assert_int_equal(client.downs, 0);
    close_client(&client);
    remove_server(&server);
}

static void unix_socket_works_as_well(void **state)
{
    struct server server = {0};
    struct client client;
    char address[128];
    start_server(&server, NULL, NULL);
    snprintf(address, sizeof address, "unix:%s/socket", server.directory);
    open_with(&client, (struct ioc_redis_options){.address = ioc_text_of(address)});
    run_until(&client, &client.ups, 1);
    kill_server(&server);
    run_until(&client, &client.downs, 1);
    start_server(&server, NULL, NULL);
    run_until(&client, &client.ups, 2);
    close_client(&client);
    remove_server(&server);
}

static void address_elsewhere_and_broken_secret_are_refused(void **state)
{
    struct client client = {.user = {on_up, on_down, on_closed}};
    struct ioc_error err = {0};
    struct ioc_redis *redis = NULL;
    uv_loop_init(&client.loop);
    struct ioc_redis_options options = {.address = IOC_TEXT("10.1.2.3:6379")};
    assert_int_equal(
        ioc_redis_open(&client.loop, &options, &client.user, &redis, &err), IOC_DENIED);
    assert_string_equal(err.code, "not-loopback");
    options.address = IOC_TEXT("6379");
    assert_int_equal(
        ioc_redis_open(&client.loop, &options, &client.user, &redis, &err), IOC_INVALID);
    options.address = IOC_TEXT("127.0.0.1:6379");
    options.password = (struct ioc_text){"se\0cret", 7};
    assert_int_equal(
        ioc_redis_open(&client.loop, &options, &client.user, &redis, &err), IOC_INVALID);
    assert_string_equal(err.code, "bad-secret");
    assert_null(redis);
    assert_int_equal(uv_loop_close(&client.loop), 0);
}

static void commands_are_written_as_redis_reads_them(void **state)
{
    struct ioc_buffer out = {0};
    ioc_resp_begin(&out, 6);
    ioc_resp_add_string(&out, "FCALL");
    ioc_resp_add(&out, (struct ioc_text){"a\0\r\n", 4});
    ioc_resp_add(&out, IOC_TEXT(""));
    ioc_resp_add_int(&out, INT64_MIN);
    ioc_resp_add_double(&out, 0.1);
    ioc_resp_add_double(&out, -1.0 / 0.0);
    static const char expected[] =
        "*6\r\n$5\r\nFCALL\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n$20\r\n-9223372036854775808\r\n"
        "$3\r\n0.1\r\n$4\r\n-inf\r\n";
    assert_int_equal(out.length, sizeof expected - 1);
    assert_memory_equal(out.data, expected, out.length);
    ioc_buffer_reset(&out);
    ioc_resp_command(&out, "SET", "k", "ngập", NULL);
    assert_true(ioc_text_equal(
        ioc_buffer_text(&out), IOC_TEXT("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$6\r\nngập\r\n")));
    ioc_buffer_done(&out);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_commands_in_one_go_are_answered_in_order),
        cmocka_unit_test(long_value_goes_there_and_back),
        cmocka_unit_test(killed_server_answers_null_then_down_and_comes_back),
        cmocka_unit_test(refused_connection_is_told_once_and_tried_until_there_is_a_server),
        cmocka_unit_test(server_that_accepts_and_never_answers_is_never_up),
        cmocka_unit_test(server_that_stops_answering_is_left_after_the_timeout),
        cmocka_unit_test(blocking_command_may_take_its_time_and_so_may_what_stands_behind_it),
        cmocka_unit_test(loop_that_was_held_up_itself_does_not_blame_the_server),
        cmocka_unit_test(quiet_connection_is_asked_whether_it_is_alive),
        cmocka_unit_test(what_does_not_speak_redis_is_never_up),
        cmocka_unit_test(answer_that_nobody_asked_for_breaks_the_connection_and_nothing_else),
        cmocka_unit_test(close_before_the_loop_ran_calls_only_closed),
        cmocka_unit_test(close_while_connecting_or_greeting_or_resting_calls_only_closed),
        cmocka_unit_test(close_in_an_answer_gives_null_to_the_others),
        cmocka_unit_test(close_in_down_ends_it),
        cmocka_unit_test(answer_may_send_the_next_command),
        cmocka_unit_test(password_is_needed_and_has_to_be_right),
        cmocka_unit_test(user_without_the_right_to_ping_is_let_in),
        cmocka_unit_test(unix_socket_works_as_well),
        cmocka_unit_test(address_elsewhere_and_broken_secret_are_refused),
        cmocka_unit_test(commands_are_written_as_redis_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
