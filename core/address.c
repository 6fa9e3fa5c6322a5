/* core/address.c — reads addresses of this machine. */
#include "core/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

static enum ioc_status read_path(struct ioc_text path, struct sockaddr_un *out)
{
    if (path.length == 0 || path.length >= sizeof out->sun_path ||
        memchr(path.data, 0, path.length))
        return IOC_INVALID;
    out->sun_family = AF_UNIX;
    memcpy(out->sun_path, path.data, path.length);
    return IOC_OK;
}

static enum ioc_status read_six(const char *host, uint16_t port, struct sockaddr_in6 *out)
{
    if (inet_pton(AF_INET6, host, &out->sin6_addr) != 1)
        return IOC_INVALID;
    out->sin6_family = AF_INET6;
    out->sin6_port = htons(port);
    return IN6_IS_ADDR_LOOPBACK(&out->sin6_addr) ? IOC_OK : IOC_DENIED;
}

/* What is not four numbers is a name, and a name may be anywhere. */
static enum ioc_status read_four(const char *host, uint16_t port, struct sockaddr_in *out)
{
    out->sin_family = AF_INET;
    out->sin_port = htons(port);
    if (inet_pton(AF_INET, host, &out->sin_addr) != 1)
        return IOC_DENIED;
    return ntohl(out->sin_addr.s_addr) >> 24 == 127 ? IOC_OK : IOC_DENIED;
}

static enum ioc_status read_host_and_port(struct ioc_text text, struct sockaddr_storage *out)
{
    char host[INET6_ADDRSTRLEN];
    int64_t port;
    const char *colon = text.length ? memrchr(text.data, ':', text.length) : NULL;
    if (!colon)
        return IOC_INVALID;
    struct ioc_text name = {text.data, (uint32_t)(colon - text.data)};
    struct ioc_text digits = {colon + 1, text.length - name.length - 1};
    if (ioc_text_int(digits, &port) != IOC_OK || port < 0 || port > 65535 || name.length == 0 ||
        memchr(name.data, 0, name.length))
        return IOC_INVALID;
    bool is_six = name.data[0] == '[';
    if (is_six) {
        if (name.length < 3 || name.data[name.length - 1] != ']')
            return IOC_INVALID;
        name = (struct ioc_text){name.data + 1, name.length - 2};
    }
    if (ioc_text_equal(name, IOC_TEXT("localhost")))
        name = IOC_TEXT("127.0.0.1");
    if (name.length >= sizeof host)
        return is_six ? IOC_INVALID : IOC_DENIED;
    memcpy(host, name.data, name.length);
    host[name.length] = '\0';
    return is_six ? read_six(host, (uint16_t)port, (struct sockaddr_in6 *)out)
                  : read_four(host, (uint16_t)port, (struct sockaddr_in *)out);
}

enum ioc_status ioc_address_read(
    struct ioc_text text, struct sockaddr_storage *address, struct ioc_error *err)
{
    static const char unix_prefix[] = "unix:";
    uint32_t prefix = (uint32_t)strlen(unix_prefix);
    struct sockaddr_storage read = {0};
    enum ioc_status status =
        ioc_text_starts(text, IOC_TEXT(unix_prefix))
            ? read_path((struct ioc_text){text.data + prefix, text.length - prefix},
                  (struct sockaddr_un *)&read)
            : read_host_and_port(text, &read);
    if (status == IOC_OK) {
        *address = read;
    } else if (err && status == IOC_DENIED) {
        ioc_error_set(err, "not-loopback", "'%.*s' is neither a loopback address nor a unix socket",
            IOC_TEXT_ARGS(text));
        ioc_error_hint(err, "use unix:/path, or a TLS tunnel (stunnel) that listens on 127.0.0.1");
    } else if (err) {
        ioc_error_set(err, "bad-address", "'%.*s' is not an address", IOC_TEXT_ARGS(text));
        ioc_error_hint(err, "write it like 127.0.0.1:6379, [::1]:6379 or unix:/path");
    }
    return status;
}
