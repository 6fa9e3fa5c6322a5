#pragma once
/*
 * core/address.h — where a socket of this machine is: "127.0.0.1:6379", "[::1]:6379", "localhost:80", "unix:/path".
 *
 * Only loopback addresses and unix sockets: what leaves the machine needs TLS, which a tunnel gives (ENGINE.md 15).
 * Names are not looked up, but for localhost = 127.0.0.1.  Port 0 is for listeners: any free one.
 *
 * Thread   any
 * Failure  IOC_INVALID it is no address, IOC_DENIED it is one elsewhere; then err (may be NULL) says what to write
 */
#include "core/status.h"
#include "core/text.h"
#include <sys/socket.h>

/* A sockaddr_in, _in6 or _un, by ss_family. */
enum ioc_status ioc_address_read(struct ioc_text text, struct sockaddr_storage *address, struct ioc_error *err) IOC_USE;
