/*
 * ingest/paho.c — the wraps round paho 1.3.12 (see ingest/paho.h).
 *
 * The read buffer.  A buffer is made only for a socket that MQTTPacket_Factory() is reading, so
 * recv() is changed nowhere else.  It is touched under paho's lock (packets are read, sockets are
 * closed under it); poll() runs without the lock and reads one atomic number.  While bytes wait in
 * a buffer, poll() says "ready" without asking the kernel, and asks it every 32nd time so that
 * other connections are not forgotten.  A wrong "ready" is harmless: the next recv() would answer
 * EAGAIN, which paho takes as "not yet".  End of file and errors are seen when the buffer is empty,
 * that is in their order.
 */
#include "ingest/paho.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READERS = 16, READER_BYTES = 64 * 1024, ASK_EVERY = 32, ACKS_MOST = 256, LOCK_MS = 5 };

/* paho's own, found by the linker. */
extern pthread_mutex_t *mqttasync_mutex, *socket_mutex;
int Socket_noPendingWrites(int socket);
void *__real_MQTTPacket_Factory(int version, void *net, int *error);
int __real_MQTTPacket_send_puback(int version, int id, void *net, const char *name);
int __real_MQTTPacket_send_pubrec(int version, int id, void *net, const char *name);
int __real_MQTTPacket_send_pubcomp(int version, int id, void *net, const char *name);
ssize_t __real_recv(int fd, void *bytes, size_t length, int flags);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __real_close(int fd);
void *__wrap_MQTTPacket_Factory(int version, void *net, int *error);
int __wrap_MQTTPacket_send_puback(int version, int id, void *net, const char *name);
int __wrap_MQTTPacket_send_pubrec(int version, int id, void *net, const char *name);
int __wrap_MQTTPacket_send_pubcomp(int version, int id, void *net, const char *name);
ssize_t __wrap_recv(int fd, void *bytes, size_t length, int flags);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_close(int fd);
void __wrap_StackTrace_entry(const char *name, int line, int level);
void __wrap_StackTrace_exit(const char *name, int line, void *value, int level);
void __wrap_Log(int level, int number, const char *format, ...);
void *__wrap_mymalloc(char *file, int line, size_t bytes);
void *__wrap_myrealloc(char *file, int line, void *memory, size_t bytes);
void __wrap_myfree(char *file, int line, void *memory);

struct reader {
    _Atomic int fd;         /* plus 1; 0 = free */
    _Atomic uint32_t waits; /* bytes at `at` */
    uint32_t at;
    char *bytes;
};
static struct reader readers[READERS];
static _Atomic uint32_t readers_waiting; /* readers with bytes */
static struct ioc_paho_client *clients;  /* under paho's lock */
static _Thread_local void *packet_net;   /* whose packet this thread read last */
static _Thread_local int packet_fd = -1; /* inside the factory */

static int socket_of(const void *net)
{
    int socket;
    memcpy(&socket, net, sizeof socket);
    return socket;
}

static struct reader *reader_of(int fd)
{
    for (int i = 0; i < READERS; i++)
        if (atomic_load_explicit(&readers[i].fd, memory_order_acquire) == fd + 1)
            return &readers[i];
    return NULL;
}

static void set_waiting(struct reader *reader, uint32_t count)
{
    uint32_t before = atomic_exchange_explicit(&reader->waits, count, memory_order_acq_rel);
    if (!before && count)
        atomic_fetch_add_explicit(&readers_waiting, 1, memory_order_acq_rel);
    if (before && !count)
        atomic_fetch_sub_explicit(&readers_waiting, 1, memory_order_acq_rel);
}

static struct reader *take_reader(int fd)
{
    struct reader *reader = reader_of(fd);
    for (int i = 0; i < READERS && !reader; i++)
        if (atomic_load_explicit(&readers[i].fd, memory_order_acquire) == 0)
            reader = &readers[i];
    if (!reader)
        return NULL;
    if (!reader->bytes)
        reader->bytes = malloc(READER_BYTES);
    if (!reader->bytes)
        return NULL;
    atomic_store_explicit(&reader->fd, fd + 1, memory_order_release);
    return reader;
}

void *__wrap_MQTTPacket_Factory(int version, void *net, int *error)
{
    packet_net = net;
    packet_fd = socket_of(net);
    void *packet = __real_MQTTPacket_Factory(version, net, error);
    packet_fd = -1;
    return packet;
}

ssize_t __wrap_recv(int fd, void *bytes, size_t length, int flags)
{
    struct reader *reader = NULL;
    if (fd == packet_fd && length && flags == 0)
        reader = take_reader(fd);
    if (!reader)
        return __real_recv(fd, bytes, length, flags);
    uint32_t waits = atomic_load_explicit(&reader->waits, memory_order_acquire);
    if (!waits) {
        if (length >= READER_BYTES)
            return __real_recv(fd, bytes, length, flags);
        ssize_t count = __real_recv(fd, reader->bytes, READER_BYTES, 0);
        if (count <= 0)
            return count;
        reader->at = 0;
        waits = (uint32_t)count;
    }
    uint32_t taken = length < waits ? (uint32_t)length : waits;
    memcpy(bytes, reader->bytes + reader->at, taken);
    reader->at += taken;
    set_waiting(reader, waits - taken);
    return taken;
}

static bool has_waiting(int fd)
{
    struct reader *reader = fd < 0 ? NULL : reader_of(fd);
    return reader && atomic_load_explicit(&reader->waits, memory_order_acquire);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    static _Thread_local uint32_t answers;
    bool has_any = false;
    if (atomic_load_explicit(&readers_waiting, memory_order_acquire))
        for (nfds_t i = 0; i < count && !has_any; i++)
            has_any = has_waiting(fds[i].fd);
    if (!has_any)
        return __real_poll(fds, count, timeout);
    bool asks = ++answers % ASK_EVERY == 0;
    if (asks && __real_poll(fds, count, 0) < 0)
        return -1;
    int ready = 0;
    for (nfds_t i = 0; i < count; i++) {
        if (!asks)
            fds[i].revents = 0;
        if (has_waiting(fds[i].fd))
            fds[i].revents |= (short)(fds[i].events & (POLLIN | POLLOUT));
        ready += fds[i].revents != 0;
    }
    return ready;
}

int __wrap_close(int fd)
{
    struct reader *reader = fd < 0 ? NULL : reader_of(fd);
    if (reader) {
        set_waiting(reader, 0);
        atomic_store_explicit(&reader->fd, 0, memory_order_release);
    }
    return __real_close(fd);
}

/*
 * What upstream turns off with PAHO_HIGH_PERFORMANCE and Debian leaves on: a trace of every call,
 * which nobody reads, and a tree under one lock of everything allocated, which nothing in the
 * library looks into.  Together they were half of the engine's CPU time at full rate.
 */
void __wrap_StackTrace_entry(const char *name, int line, int level)
{
}

void __wrap_StackTrace_exit(const char *name, int line, void *value, int level)
{
}

void __wrap_Log(int level, int number, const char *format, ...)
{
}

void *__wrap_mymalloc(char *file, int line, size_t bytes)
{
    return malloc(bytes);
}

void *__wrap_myrealloc(char *file, int line, void *memory, size_t bytes)
{
    return realloc(memory, bytes);
}

void __wrap_myfree(char *file, int line, void *memory)
{
    free(memory);
}

static bool is_held(enum ioc_paho_packet packet, int id, const void *net)
{
    for (struct ioc_paho_client *client = clients; client; client = client->next)
        if (client->net == net)
            return client->hold(client, packet, (uint16_t)id);
    return false;
}

int __wrap_MQTTPacket_send_puback(int version, int id, void *net, const char *name)
{
    return is_held(IOC_PAHO_PUBACK, id, net)
               ? 0
               : __real_MQTTPacket_send_puback(version, id, net, name);
}

int __wrap_MQTTPacket_send_pubrec(int version, int id, void *net, const char *name)
{
    return is_held(IOC_PAHO_PUBREC, id, net)
               ? 0
               : __real_MQTTPacket_send_pubrec(version, id, net, name);
}

int __wrap_MQTTPacket_send_pubcomp(int version, int id, void *net, const char *name)
{
    return is_held(IOC_PAHO_PUBCOMP, id, net)
               ? 0
               : __real_MQTTPacket_send_pubcomp(version, id, net, name);
}

void ioc_paho_add(struct ioc_paho_client *client)
{
    int failed = pthread_mutex_lock(mqttasync_mutex);
    assert(!failed);
    client->next = clients;
    clients = client;
    pthread_mutex_unlock(mqttasync_mutex);
}

void ioc_paho_remove(struct ioc_paho_client *client)
{
    int failed = pthread_mutex_lock(mqttasync_mutex);
    assert(!failed);
    for (struct ioc_paho_client **at = &clients; *at; at = &(*at)->next) {
        if (*at == client) {
            *at = client->next;
            break;
        }
    }
    pthread_mutex_unlock(mqttasync_mutex);
}

bool ioc_paho_lock(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOCK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return pthread_mutex_timedlock(mqttasync_mutex, &until) == 0;
}

void ioc_paho_unlock(void)
{
    pthread_mutex_unlock(mqttasync_mutex);
}

void ioc_paho_bind(struct ioc_paho_client *client)
{
    client->net = packet_net;
    client->is_broken = false;
}

void ioc_paho_break(struct ioc_paho_client *client)
{
    client->is_broken = true;
    if (client->net && socket_of(client->net) > 0)
        (void)shutdown(socket_of(client->net), SHUT_RDWR);
}

/* Each of these is 4 bytes: kind, 2, id (MQTT 3.1.1 section 3.4; 5.0: a success without
 * properties). */
static uint32_t send_plain(
    struct ioc_paho_client *client, const struct ioc_paho_ack *acks, uint32_t count)
{
    uint8_t bytes[4 * ACKS_MOST];
    count = count < ACKS_MOST ? count : ACKS_MOST;
    for (uint32_t i = 0; i < count; i++) {
        bytes[4 * i] = (uint8_t)(acks[i].packet << 4);
        bytes[4 * i + 1] = 2;
        bytes[4 * i + 2] = (uint8_t)(acks[i].id >> 8);
        bytes[4 * i + 3] = (uint8_t)acks[i].id;
    }
    ssize_t sent =
        send(socket_of(client->net), bytes, 4 * (size_t)count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (sent != 4 * (ssize_t)count)
        ioc_paho_break(
            client); /* half a packet cannot be taken back; what is not acknowledged comes again */
    return sent > 0 ? (uint32_t)sent / 4 : 0;
}

static uint32_t send_by_paho(
    struct ioc_paho_client *client, const struct ioc_paho_ack *acks, uint32_t count)
{
    uint32_t i = 0;
    for (; i < count && Socket_noPendingWrites(socket_of(client->net)); i++) {
        int rc = (acks[i].packet == IOC_PAHO_PUBACK   ? __real_MQTTPacket_send_puback
                  : acks[i].packet == IOC_PAHO_PUBREC ? __real_MQTTPacket_send_pubrec
                                                      : __real_MQTTPacket_send_pubcomp)(
            client->version, acks[i].id, client->net, client->name);
        if (rc == -1) {
            ioc_paho_break(client);
            break;
        }
    }
    return i;
}

uint32_t ioc_paho_send(
    struct ioc_paho_client *client, const struct ioc_paho_ack *acks, uint32_t count)
{
    if (client->is_broken || !client->net || socket_of(client->net) <= 0)
        return 0;
    /* The second lock, in paho's own order: without it paho may be finishing a pending write just now. */
    int failed = pthread_mutex_lock(socket_mutex);
    assert(!failed);
    uint32_t sent = 0;
    if (Socket_noPendingWrites(socket_of(client->net)))
        sent =
            client->is_plain ? send_plain(client, acks, count) : send_by_paho(client, acks, count);
    pthread_mutex_unlock(socket_mutex);
    return sent;
}
