#pragma once
/*
 * tests/redis_server.h — a redis-server of a test's own: loopback, a free port, its own directory, ended by pid.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct redis_server {
    pid_t pid;
    int port;
    char directory[64], address[32];
};

static inline int redis_server_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    int err = bind(probe, (struct sockaddr *)&address, sizeof address);
    assert(err == 0);
    err = getsockname(probe, (struct sockaddr *)&address, &length);
    assert(err == 0);
    (void)err;
    close(probe);
    return ntohs(address.sin_port);
}

/* A connection that waits for answers; NULL while there is no server. */
static inline redisContext *redis_server_try(const struct redis_server *server)
{
    redisContext *context = redisConnect("127.0.0.1", server->port);
    if (context && context->err) {
        redisFree(context);
        return NULL;
    }
    return context;
}

static inline redisContext *redis_server_connect(const struct redis_server *server)
{
    for (int i = 0; i < 500; i++) {
        redisContext *context = redis_server_try(server);
        redisReply *reply = context ? redisCommand(context, "PING") : NULL;
        bool is_up = reply && (reply->type != REDIS_REPLY_ERROR || strncmp(reply->str, "LOADING", 7) != 0);
        if (reply)
            freeReplyObject(reply);
        if (is_up)
            return context;
        if (context)
            redisFree(context);
        usleep(10000);
    }
    assert(!"redis-server did not come up");
    return NULL;
}

/* On the same port and directory as before. */
static inline void redis_server_run(struct redis_server *server)
{
    char port[16];
    snprintf(port, sizeof port, "%d", server->port);
    server->pid = fork();
    assert(server->pid >= 0);
    if (server->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        FILE *out = freopen("/dev/null", "w", stdout);
        if (!out)
            _exit(127);
        execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", server->directory,
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--enable-debug-command", "yes", NULL);
        _exit(127);
    }
    redisFree(redis_server_connect(server));
}

static inline void redis_server_start(struct redis_server *server)
{
    snprintf(server->directory, sizeof server->directory, "/tmp/ioc-test-redis-XXXXXX");
    char *made = mkdtemp(server->directory);
    assert(made);
    (void)made;
    server->port = redis_server_free_port();
    snprintf(server->address, sizeof server->address, "127.0.0.1:%d", server->port);
    redis_server_run(server);
}

static inline void redis_server_kill(struct redis_server *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
}

/* While it is down: what its log holds goes away, is put aside, or comes back. */
static inline void redis_server_files(const struct redis_server *server, const char *what)
{
    char command[512];
    const char *directory = server->directory;
    if (strcmp(what, "empty") == 0)
        snprintf(command, sizeof command, "rm -rf %s/appendonlydir", directory);
    else if (strcmp(what, "save") == 0)
        snprintf(command, sizeof command, "rm -rf %s/aside && cp -a %s/appendonlydir %s/aside", directory, directory, directory);
    else
        snprintf(command, sizeof command, "rm -rf %s/appendonlydir && cp -a %s/aside %s/appendonlydir", directory, directory,
            directory);
    int err = system(command);
    assert(err == 0);
    (void)err;
}

static inline void redis_server_stop(struct redis_server *server)
{
    char command[128];
    redis_server_kill(server);
    snprintf(command, sizeof command, "rm -rf %s", server->directory);
    int err = system(command);
    assert(err == 0);
    (void)err;
}
