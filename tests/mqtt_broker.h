#pragma once
/*
 * tests/mqtt_broker.h — a mosquitto of a test's own: loopback, a free port, its own directory, ended by pid.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <ftw.h>
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

struct mqtt_broker {
    pid_t pid;
    int port;
    char directory[64];
};

static inline int mqtt_broker_free_port(void)
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

static inline bool mqtt_broker_answers(const struct mqtt_broker *broker)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)broker->port)};
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    bool answers = connect(probe, (struct sockaddr *)&address, sizeof address) == 0;
    close(probe);
    return answers;
}

/* Runs one program with the shell; its output goes to a file in the directory. */
static inline int mqtt_broker_shell(const struct mqtt_broker *broker, const char *format, ...)
{
    char command[2000], line[2200];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    snprintf(line, sizeof line, "cd %s && (%s) >>shell.log 2>&1", broker->directory, command);
    return system(line);
}

static inline void mqtt_broker_prepare(struct mqtt_broker *broker)
{
    snprintf(broker->directory, sizeof broker->directory, "/tmp/ioc-broker-XXXXXX");
    char *made = mkdtemp(broker->directory);
    assert(made);
    (void)made;
    broker->port = mqtt_broker_free_port();
}

/* `more`: lines of mosquitto.conf. */
static inline void mqtt_broker_start(struct mqtt_broker *broker, const char *more)
{
    char path[100];
    snprintf(path, sizeof path, "%s/mosquitto.conf", broker->directory);
    FILE *file = fopen(path, "w");
    fprintf(file,
        "user root\nlistener %d 127.0.0.1\npersistence true\npersistence_location %s/\n"
        "max_queued_messages 100000\nlog_dest file %s/mosquitto.log\nlog_type all\n%s",
        broker->port, broker->directory, broker->directory, more);
    fclose(file);
    broker->pid = fork();
    if (broker->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execlp("mosquitto", "mosquitto", "-c", path, (char *)NULL);
        execl("/usr/sbin/mosquitto", "mosquitto", "-c", path, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 500 && !mqtt_broker_answers(broker); i++)
        usleep(20000);
    assert(mqtt_broker_answers(broker));
}

/* Writes its sessions to disk, as it does every half hour by itself. */
static inline void mqtt_broker_save(const struct mqtt_broker *broker)
{
    kill(broker->pid, SIGUSR1);
    usleep(300000);
}

static inline void mqtt_broker_stop(struct mqtt_broker *broker, int signal)
{
    if (broker->pid > 0) {
        kill(broker->pid, signal);
        waitpid(broker->pid, NULL, 0);
    }
    broker->pid = 0;
}

static int mqtt_broker_unlink(
    const char *path, const struct stat *status, int type, struct FTW *walk)
{
    return remove(path);
}

static inline void mqtt_broker_end(struct mqtt_broker *broker)
{
    mqtt_broker_stop(broker, SIGTERM);
    nftw(broker->directory, mqtt_broker_unlink, 16, FTW_DEPTH | FTW_PHYS);
}
