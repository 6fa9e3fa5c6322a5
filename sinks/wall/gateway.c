/*
 * sinks/wall/gateway.c — `ioc wall`: puts the parts together, opens and closes them in order.
 *
 * Closing: clients end, then the feed's connections, whose pending answers let waiting requests go
 * on; only then, when no connection is suspended any more, the server.
 */
#include "sinks/wall/gateway.h"
#include "core/log.h"
#include "core/memory.h"
#include "sinks/wall/request.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

struct ioc_gateway {
    struct ioc_request_host host;
    struct ioc_feed_user feed_user;
    struct ioc_arena arena;
    struct ioc_text url_file;
    char url[160];
};

static struct ioc_gateway *of_host(struct ioc_request_host *host)
{
    return (struct ioc_gateway *)((char *)host - offsetof(struct ioc_gateway, host));
}

static struct ioc_gateway *of_feed(struct ioc_feed_user *user)
{
    return (struct ioc_gateway *)((char *)user - offsetof(struct ioc_gateway, feed_user));
}

/* Whole or not at all, and never readable by others. */
static enum ioc_status write_url_file(const struct ioc_gateway *gateway)
{
    char path[4200];
    size_t length = strlen(gateway->url);
    if (!gateway->url_file.length)
        return IOC_OK;
    if ((size_t)snprintf(path, sizeof path, "%s.new", gateway->url_file.data) >= sizeof path)
        return IOC_LIMIT;
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return IOC_FAILED;
    bool is_written = write(fd, gateway->url, length) == (ssize_t)length && write(fd, "\n", 1) == 1;
    is_written = close(fd) == 0 && is_written;
    return is_written && rename(path, gateway->url_file.data) == 0 ? IOC_OK : IOC_FAILED;
}

static void make_url(struct ioc_gateway *gateway)
{
    snprintf(gateway->url, sizeof gateway->url, "http://%s/?token=%s", gateway->host.server.address,
        ioc_sessions_token(gateway->host.sessions));
}

static void token_used(struct ioc_request_host *host)
{
    struct ioc_gateway *gateway = of_host(host);
    make_url(gateway);
    if (write_url_file(gateway) != IOC_OK)
        ioc_log(IOC_LOG_WARNING, "sinks.gateway",
            "the URL file cannot be written: %s; the URL is on standard output", strerror(errno));
    printf("%s\n", gateway->url);
    fflush(stdout);
}

static void feed_changed(struct ioc_feed_user *user)
{
    struct ioc_gateway *gateway = of_feed(user);
    ioc_clients_wake(gateway->host.clients);
    ioc_server_wake(&gateway->host.server);
}

static void free_gateway(struct ioc_gateway *gateway)
{
    ioc_clients_free(gateway->host.clients);
    ioc_page_free(gateway->host.page);
    ioc_sessions_free(gateway->host.sessions);
    ioc_arena_done(&gateway->arena);
    sodium_memzero(gateway, sizeof *gateway);
    ioc_memory_give(gateway);
}

static void server_closed(struct ioc_server *server)
{
    free_gateway(
        (struct ioc_gateway *)((char *)server - offsetof(struct ioc_gateway, host.server)));
}

static void feed_closed(struct ioc_feed_user *user)
{
    struct ioc_gateway *gateway = of_feed(user);
    ioc_server_run(&gateway->host.server);
    ioc_server_close(&gateway->host.server, server_closed);
}

static bool is_plain_name(struct ioc_text name)
{
    for (uint32_t i = 0; i < name.length; i++) {
        char letter = name.data[i];
        bool is_plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                        (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' ||
                        letter == '.';
        if (!is_plain)
            return false;
    }
    return name.length && name.length <= 64;
}

static enum ioc_status take_options(
    struct ioc_gateway *gateway, const struct ioc_gateway_options *options, struct ioc_error *err)
{
    struct ioc_request_host *host = &gateway->host;
    size_t length = 0;
    if (!is_plain_name(options->site) || !is_plain_name(options->gate)) {
        ioc_error_set(
            err, "bad-name", "site and gate must be 1 to 64 letters, digits, '-', '_' or '.'");
        return IOC_INVALID;
    }
    if (options->key.value.length != 2 * sizeof host->key ||
        sodium_hex2bin(host->key, sizeof host->key, options->key.value.data,
            options->key.value.length, NULL, &length, NULL) != 0 ||
        length != sizeof host->key) {
        ioc_error_set(err, "bad-key", "the gate's key must be 64 hexadecimal digits");
        ioc_error_hint(err, "make one with: openssl rand -hex 32");
        return IOC_INVALID;
    }
    const struct {
        struct ioc_text *to, from;
    } texts[] = {{&host->site, options->site}, {&host->gate, options->gate},
        {&host->name_vi, options->name_vi}, {&host->name_en, options->name_en},
        {&host->timezone, options->timezone}, {&host->tiles, options->tiles},
        {&host->areas_key, options->areas_key}, {&host->areas_name, options->areas_name},
        {&gateway->url_file, options->url_file}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i].to = ioc_arena_copy(&gateway->arena, texts[i].from);
    return IOC_OK;
}

static enum ioc_status open_parts(struct ioc_gateway *gateway, uv_loop_t *loop,
    const struct ioc_gateway_options *options, struct ioc_error *err)
{
    struct ioc_request_host *host = &gateway->host;
    enum ioc_status status = take_options(gateway, options, err);
    if (status == IOC_OK)
        status = ioc_answer_init(&host->answer, host->tiles, err);
    if (status == IOC_OK)
        status = ioc_outline_load(
            &host->outline, options->areas_file, host->areas_key, &gateway->arena, err);
    if (status == IOC_OK)
        status = ioc_page_load(options->page_directory, &host->answer, &host->page, err);
    if (status != IOC_OK)
        return status;
    const struct ioc_server_options server = {.loop = loop,
        .listen = options->listen,
        .handle = ioc_request_handle,
        .completed = ioc_request_completed,
        .context = host};
    status = ioc_server_open(&host->server, &server, err);
    if (status != IOC_OK)
        return status;
    snprintf(host->cookie, sizeof host->cookie, "ioc-%u", host->server.port);
    make_url(gateway);
    return IOC_OK;
}

static enum ioc_status open_feed(struct ioc_gateway *gateway, uv_loop_t *loop,
    const struct ioc_gateway_options *options, struct ioc_error *err)
{
    struct ioc_request_host *host = &gateway->host;
    gateway->feed_user = (struct ioc_feed_user){feed_changed, feed_closed};
    const struct ioc_feed_options feed = {.loop = loop,
        .site = host->site,
        .redis = options->redis,
        .areas = host->outline.ids,
        .area_count = host->outline.count,
        .user = &gateway->feed_user};
    enum ioc_status status = ioc_feed_open(&feed, &host->feed, err);
    if (status != IOC_OK)
        return status;
    host->clients = ioc_clients_new(host->feed, &host->answer);
    return IOC_OK;
}

enum ioc_status ioc_gateway_open(uv_loop_t *loop, const struct ioc_gateway_options *options,
    struct ioc_gateway **gateway, struct ioc_error *err)
{
    struct ioc_gateway *made = ioc_memory_take(sizeof *made);
    made->host.token_used = token_used;
    ioc_request_init(&made->host);
    made->host.sessions = ioc_sessions_new();
    enum ioc_status status =
        made->host.sessions ? open_parts(made, loop, options, err) : IOC_FAILED;
    if (status != IOC_OK) {
        free_gateway(made);
        return status;
    }
    status = open_feed(made, loop, options, err);
    if (status == IOC_OK && write_url_file(made) != IOC_OK) {
        ioc_error_set(err, "no-url-file", "the file for the wall's URL cannot be written: %s",
            strerror(errno));
        ioc_gateway_close(made);
        return IOC_FAILED;
    }
    if (status != IOC_OK) {
        ioc_server_close(&made->host.server, server_closed);
        return status;
    }
    *gateway = made;
    return IOC_OK;
}

void ioc_gateway_close(struct ioc_gateway *gateway)
{
    if (!gateway || gateway->host.is_closing)
        return;
    gateway->host.is_closing = true;
    if (gateway->url_file.length)
        unlink(gateway->url_file.data);
    ioc_clients_end(gateway->host.clients);
    ioc_feed_close(gateway->host.feed);
}

struct ioc_text ioc_gateway_url(const struct ioc_gateway *gateway)
{
    return ioc_text_of(gateway->url);
}

const struct ioc_option ioc_gateway_option_table[] = {
    {.key = "listen",
        .type = IOC_OPTION_TEXT,
        .fallback = "127.0.0.1:8080",
        .help = "Loopback address and port where browsers come; port 0 takes any free one.",
        .help_vi = "Địa chỉ nội bộ và cổng mà trình duyệt kết nối; cổng 0 là cổng trống bất kỳ.",
        .offset = offsetof(struct ioc_gateway_options, listen)},
    {.key = "gate",
        .type = IOC_OPTION_TEXT,
        .fallback = "wall",
        .help = "Name of this gateway's command stream; the city's `commands:` names it too.",
        .help_vi = "Tên luồng lệnh của cổng này; `commands:` của thành phố cũng ghi tên đó.",
        .offset = offsetof(struct ioc_gateway_options, gate)},
    {.key = "key",
        .type = IOC_OPTION_SECRET,
        .is_required = true,
        .help = "64 hexadecimal digits that sign this gateway's commands.",
        .help_vi = "64 chữ số hệ 16 dùng để ký lệnh của cổng này",
        .offset = offsetof(struct ioc_gateway_options, key)},
    {.key = "page",
        .type = IOC_OPTION_PATH,
        .help = "Directory of the page's files, if not the installed one.",
        .help_vi = "Thư mục chứa trang, nếu không dùng trang đã cài.",
        .offset = offsetof(struct ioc_gateway_options, page_directory)},
    {.key = "tiles",
        .type = IOC_OPTION_TEXT,
        .help = "URL of a tile server with {z}/{x}/{y}; without it the areas alone are drawn.",
        .help_vi = "URL máy chủ bản đồ nền với {z}/{x}/{y}; không có thì chỉ vẽ ranh giới khu vực.",
        .offset = offsetof(struct ioc_gateway_options, tiles)},
    {.key = "url_file",
        .type = IOC_OPTION_PATH,
        .help = "File that always holds the current one-time URL, readable by its owner only.",
        .help_vi = "Tệp luôn chứa URL dùng một lần hiện tại, chỉ chủ tệp đọc được.",
        .offset = offsetof(struct ioc_gateway_options, url_file)},
    IOC_OPTION_END,
};
