/*
 * config/notify.c — tells systemd how we are.
 */
#include "config/notify.h"
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void ioc_notify_send(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (address.sun_path[0] == '@')
        address.sun_path[0] = 0;
    int handle = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (handle < 0)
        return;
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    (void)!sendto(handle, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, length);
    close(handle);
}

ioc_span ioc_notify_watchdog(void)
{
    const char *micros = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    int64_t value;
    if (!micros || (pid && strtol(pid, NULL, 10) != getpid()) || ioc_text_int(ioc_text_of(micros), &value) != IOC_OK || value <= 0)
        return 0;
    return value * IOC_MICROSECOND / 2;
}
