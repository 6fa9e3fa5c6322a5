/*
 * benchmarks/bench_wall.c — browsers that follow the wall: CPU of the gateway, and how late a delta arrives.
 *
 *   bench_wall [--quick] [CLIENTS FRAMES_PER_SECOND BYTES SECONDS]
 *
 * A redis-server of its own; the gateway's loop in a thread; producer and clients in this one.  Each delta
 * carries the moment it was written, so the delay is from before XADD to the client's recv().  CPU is the
 * gateway thread's alone, as a share of one core; Redis and the clients use the others.
 */
#include "core/clock.h"
#include "core/memory.h"
#include "sinks/wall/gateway.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CARRY = 96, DELAYS_MOST = 8 * 1024 * 1024 };
#define EPOCH "aaaa000011112222"

struct load {
    int clients, rate, bytes, seconds;
};
struct stand {
    char directory[64], page[96], url[200], cookie[120], redis_address[40];
    int redis_port, port;
    pid_t redis;
    redisContext *admin;
    uv_loop_t loop;
    uv_async_t stop;
    uv_thread_t thread;
    uv_sem_t opened;
    struct ioc_gateway *gateway;
};
struct client {
    int fd;
    char carry[CARRY];
    size_t carried;
    bool is_placed;                       /* has its snapshot */
    enum { HEAD, SIZE, DATA, TAIL } part; /* of the chunked answer */
    size_t left; /* of the chunk; in the head: how much of \r\n\r\n was seen */
};
struct delays {
    float *ms;
    size_t count;
    uint64_t bytes;
    int placed;
};

static void fail(const char *what)
{
    fprintf(stderr, "bench_wall: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, length) ||
        getsockname(fd, (struct sockaddr *)&address, &length))
        fail("no free port");
    close(fd);
    return ntohs(address.sin_port);
}

static bool start_redis(struct stand *stand)
{
    char port[16];
    stand->redis_port = free_port();
    snprintf(port, sizeof port, "%d", stand->redis_port);
    snprintf(stand->redis_address, sizeof stand->redis_address, "127.0.0.1:%s", port);
    stand->redis = fork();
    if (stand->redis == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int quiet = open("/dev/null", O_WRONLY);
        dup2(quiet, 1);
        execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "",
            "--dir", stand->directory, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 250; i++) {
        int status;
        usleep(20 * 1000);
        if (waitpid(stand->redis, &status, WNOHANG) == stand->redis)
            return false;
        stand->admin = redisConnect("127.0.0.1", stand->redis_port);
        if (stand->admin && !stand->admin->err)
            return true;
        redisFree(stand->admin);
    }
    return false;
}

static void on_stop(uv_async_t *async)
{
    struct stand *stand = async->data;
    ioc_gateway_close(stand->gateway);
    uv_close((uv_handle_t *)async, NULL);
}

static void run_gateway(void *context)
{
    struct stand *stand = context;
    struct ioc_error err = {0};
    const struct ioc_gateway_options options = {.site = IOC_TEXT("b"),
        .gate = IOC_TEXT("wall"),
        .redis = {.address = ioc_text_of(stand->redis_address)},
        .listen = IOC_TEXT("127.0.0.1:0"),
        .key = {IOC_TEXT("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")},
        .page_directory = ioc_text_of(stand->page)};
    uv_loop_init(&stand->loop);
    if (ioc_gateway_open(&stand->loop, &options, &stand->gateway, &err) != IOC_OK) {
        ioc_error_print(&err, IOC_ENGLISH, stderr);
        exit(1);
    }
    struct ioc_text url = ioc_gateway_url(stand->gateway);
    snprintf(stand->url, sizeof stand->url, "%.*s", IOC_TEXT_ARGS(url));
    uv_async_init(&stand->loop, &stand->stop, on_stop);
    stand->stop.data = stand;
    uv_sem_post(&stand->opened);
    uv_run(&stand->loop, UV_RUN_DEFAULT);
    uv_loop_close(&stand->loop);
}

static int connect_gateway(const struct stand *stand)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)stand->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        fail("cannot connect");
    return fd;
}

static void log_in(struct stand *stand)
{
    char text[2048];
    stand->port = atoi(strrchr(stand->url, ':') + 1);
    int fd = connect_gateway(stand);
    int n = snprintf(text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n",
        strstr(stand->url, "/?"), stand->port);
    size_t got = 0;
    if (write(fd, text, (size_t)n) != n)
        fail("cannot log in");
    for (ssize_t more;
         got < sizeof text - 1 && (more = read(fd, text + got, sizeof text - 1 - got)) > 0;)
        got += (size_t)more;
    text[got] = 0;
    close(fd);
    char *cookie = strstr(text, "Set-Cookie: ");
    if (!cookie)
        fail("no session");
    snprintf(
        stand->cookie, sizeof stand->cookie, "%.*s", (int)strcspn(cookie + 12, ";"), cookie + 12);
}

static void follow(const struct stand *stand, struct client *client, int epoll)
{
    char text[512];
    client->fd = connect_gateway(stand);
    int n = snprintf(text, sizeof text,
        "GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n\r\n", stand->port,
        stand->cookie);
    if (write(client->fd, text, (size_t)n) != n)
        fail("cannot follow");
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
    epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd,
        &(struct epoll_event){.events = EPOLLIN, .data.ptr = client});
}

/* What the chunks hold; a mark may lie across two of them. */
static size_t unchunk(struct client *client, const char *in, size_t length, char *out)
{
    static const char end_of_head[] = "\r\n\r\n";
    size_t made = 0;
    for (size_t i = 0; i < length;) {
        if (client->part == DATA) {
            size_t n = length - i < client->left ? length - i : client->left;
            memcpy(out + made, in + i, n);
            made += n;
            i += n;
            client->left -= n;
            if (!client->left)
                client->part = TAIL;
            continue;
        }
        char letter = in[i++];
        if (client->part == HEAD) {
            client->left = letter == end_of_head[client->left] ? client->left + 1 : letter == '\r';
            if (client->left == 4)
                client->part = SIZE, client->left = 0;
        } else if (client->part == TAIL) {
            if (letter == '\n')
                client->part = SIZE, client->left = 0;
        } else if (letter == '\n') {
            client->part = DATA;
        } else if (letter != '\r') {
            client->left = client->left * 16 +
                           (size_t)(letter <= '9' ? letter - '0' : (letter | 32) - 'a' + 10);
        }
    }
    return made;
}

/* Every `{"at":` in the bytes is a delta; one cut in two lies in the carry. */
static void find_deltas(struct client *client, char *bytes, size_t length, struct delays *delays)
{
    static const char mark[] = "{\"at\":";
    char *at = bytes, *end = bytes + length;
    ioc_span now = ioc_clock_steady();
    if (!client->is_placed && memmem(bytes, length, "event: snapshot", 15)) {
        client->is_placed = true;
        delays->placed++;
    }
    while ((at = memmem(at, (size_t)(end - at), mark, sizeof mark - 1))) {
        if (!memchr(at, ',', (size_t)(end - at)))
            break;
        long long written = strtoll(at + sizeof mark - 1, NULL, 10);
        if (delays->count < DELAYS_MOST)
            delays->ms[delays->count++] = (float)((double)(now - written) / IOC_MILLISECOND);
        at += sizeof mark - 1;
    }
    char *rest = at ? at : end - (length < sizeof mark ? length : sizeof mark - 2);
    client->carried = (size_t)(end - rest) < CARRY ? (size_t)(end - rest) : 0;
    memcpy(client->carry, rest, client->carried);
}

static void read_clients(int epoll, int wait_ms, struct delays *delays)
{
    static char raw[256 * 1024], bytes[CARRY + sizeof raw];
    struct epoll_event events[256];
    int n = epoll_wait(epoll, events, 256, wait_ms);
    for (int i = 0; i < n; i++) {
        struct client *client = events[i].data.ptr;
        ssize_t got = recv(client->fd, raw, sizeof raw, 0);
        if (got <= 0 && errno != EAGAIN)
            epoll_ctl(epoll, EPOLL_CTL_DEL, client->fd, NULL);
        if (got <= 0)
            continue;
        delays->bytes += (uint64_t)got;
        memcpy(bytes, client->carry, client->carried);
        size_t length = unchunk(client, raw, (size_t)got, bytes + client->carried);
        find_deltas(client, bytes, client->carried + length, delays);
    }
}

static void write_delta(struct stand *stand, const char *padding)
{
    redisReply *reply = redisCommand(stand->admin,
        "XADD ioc:{b}:delta MAXLEN ~ 6000 * g " EPOCH " p 0:1:1:1 d {\"at\":%lld,\"x\":\"%s\"}",
        (long long)ioc_clock_steady(), padding);
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        fail("XADD");
    freeReplyObject(reply);
}

static ioc_span cpu_of(uv_thread_t thread)
{
    clockid_t clock;
    struct timespec used;
    if (pthread_getcpuclockid(thread, &clock) || clock_gettime(clock, &used))
        fail("no CPU clock");
    return used.tv_sec * IOC_SECOND + used.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static bool run_load(struct stand *stand, const struct load *load, int epoll)
{
    char *padding = malloc((size_t)load->bytes + 1);
    memset(padding, 'x', (size_t)load->bytes);
    padding[load->bytes] = 0;
    struct delays delays = {.ms = malloc(DELAYS_MOST * sizeof(float))};
    for (int i = 0; i < 1000 && delays.placed < load->clients; i++)
        read_clients(epoll, 20, &delays);
    delays.count = delays.bytes = 0;
    ioc_span start = ioc_clock_steady(), cpu = cpu_of(stand->thread);
    int frames = load->rate * load->seconds;
    for (int frame = 0; frame < frames; frame++) {
        ioc_span due = start + frame * IOC_SECOND / load->rate;
        for (ioc_span left; (left = due - ioc_clock_steady()) > 0;)
            read_clients(epoll, (int)(left / IOC_MILLISECOND) + 1, &delays);
        write_delta(stand, padding);
    }
    size_t expected = (size_t)frames * (size_t)load->clients;
    ioc_span patience = ioc_clock_steady() + 5 * IOC_SECOND;
    while (delays.count < expected && ioc_clock_steady() < patience)
        read_clients(epoll, 50, &delays);
    double seconds = (double)(ioc_clock_steady() - start) / IOC_SECOND;
    double share = (double)(cpu_of(stand->thread) - cpu) / IOC_SECOND / seconds * 100;
    qsort(delays.ms, delays.count, sizeof(float), compare);
    printf("wall clients=%d frames_per_s=%d bytes=%d delivered=%zu/%zu MB_per_s=%.1f "
           "gateway_cpu=%.1f%% p50=%.1fms p99=%.1fms\n",
        load->clients, load->rate, load->bytes, delays.count, expected,
        (double)delays.bytes / seconds / 1e6, share, delays.count ? delays.ms[delays.count / 2] : 0,
        delays.count ? delays.ms[delays.count * 99 / 100] : 0);
    bool is_whole = delays.count == expected;
    free(delays.ms);
    free(padding);
    return is_whole;
}

static void fill(struct stand *stand)
{
    freeReplyObject(
        redisCommand(stand->admin, "HSET ioc:{b}:meta schema 1 epoch " EPOCH " reg_etag 1"));
    write_delta(stand, "");
}

int main(int argc, char **argv)
{
    struct load load = {.clients = 500, .rate = 10, .bytes = 4096, .seconds = 10};
    if (argc > 1 && strcmp(argv[1], "--quick") == 0)
        load = (struct load){.clients = 20, .rate = 20, .bytes = 1024, .seconds = 1};
    else if (argc == 5)
        load = (struct load){atoi(argv[1]), atoi(argv[2]), atoi(argv[3]), atoi(argv[4])};
    if (load.clients < 1 || load.clients > 1000 || load.rate < 1 || load.bytes < 0 ||
        load.seconds < 1) {
        fprintf(stderr,
            "usage: bench_wall [--quick] [CLIENTS(1-1000) FRAMES_PER_SECOND BYTES SECONDS]\n");
        return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    struct stand stand = {.directory = "/tmp/ioc-bench-wall-XXXXXX"};
    if (!mkdtemp(stand.directory))
        fail("no directory");
    snprintf(stand.page, sizeof stand.page, "%s/page", stand.directory);
    char index[120];
    snprintf(index, sizeof index, "%s/index.html", stand.page);
    if (mkdir(stand.page, 0700) || close(open(index, O_CREAT | O_WRONLY, 0600)))
        fail("no page");
    bool is_whole = false;
    if (start_redis(&stand)) {
        fill(&stand);
        uv_sem_init(&stand.opened, 0);
        uv_thread_create(&stand.thread, run_gateway, &stand);
        uv_sem_wait(&stand.opened);
        log_in(&stand);
        int epoll = epoll_create1(0);
        struct client *clients = calloc((size_t)load.clients, sizeof *clients);
        for (int i = 0; i < load.clients; i++)
            follow(&stand, &clients[i], epoll);
        is_whole = run_load(&stand, &load, epoll);
        for (int i = 0; i < load.clients; i++)
            close(clients[i].fd);
        free(clients);
        close(epoll);
        uv_async_send(&stand.stop);
        uv_thread_join(&stand.thread);
        redisFree(stand.admin);
        kill(stand.redis, SIGKILL);
        waitpid(stand.redis, NULL, 0);
    } else {
        fprintf(stderr, "bench_wall: redis-server does not start\n");
    }
    unlink(index);
    rmdir(stand.page);
    rmdir(stand.directory);
    return is_whole ? 0 : 1;
}
