/* tests/core/test_address.c — sockets of this machine, and no others. */
#include "core/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/un.h>

#include <cmocka.h>

static void addresses_of_this_machine_are_read(void **state)
{
    struct sockaddr_storage address;
    const struct sockaddr_in *four = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;
    const struct sockaddr_un *path = (const struct sockaddr_un *)&address;
    assert_int_equal(ioc_address_read(IOC_TEXT("127.0.0.1:6379"), &address, NULL), IOC_OK);
    assert_int_equal(address.ss_family, AF_INET);
    assert_int_equal(ntohs(four->sin_port), 6379);
    assert_int_equal(ntohl(four->sin_addr.s_addr), 0x7f000001);
    assert_int_equal(ioc_address_read(IOC_TEXT("127.8.9.10:0"), &address, NULL), IOC_OK);
    assert_int_equal(ntohl(four->sin_addr.s_addr), 0x7f08090a);
    assert_int_equal(ioc_address_read(IOC_TEXT("localhost:65535"), &address, NULL), IOC_OK);
    assert_int_equal(ntohs(four->sin_port), 65535);
    assert_int_equal(ioc_address_read(IOC_TEXT("[::1]:80"), &address, NULL), IOC_OK);
    assert_int_equal(address.ss_family, AF_INET6);
    assert_int_equal(ntohs(six->sin6_port), 80);
    assert_int_equal(ioc_address_read(IOC_TEXT("unix:/run/redis.sock"), &address, NULL), IOC_OK);
    assert_int_equal(address.ss_family, AF_UNIX);
    assert_string_equal(path->sun_path, "/run/redis.sock");
}

static void addresses_elsewhere_are_denied_with_advice(void **state)
{
    static const char *const texts[] = {"10.0.0.5:6379", "0.0.0.0:6379", "redis.city.vn:6379",
        "[fe80::1]:6379", "[::]:6379", "[::ffff:127.0.0.1]:6379", "126.255.255.255:1",
        "128.0.0.1:1", "127.1:6379", "localhost.evil.vn:1"};
    struct sockaddr_storage address = {.ss_family = 77};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ioc_error err = {0};
        assert_int_equal(ioc_address_read(ioc_text_of(texts[i]), &address, &err), IOC_DENIED);
        assert_string_equal(err.code, "not-loopback");
        assert_non_null(strstr(err.text, texts[i]));
        assert_non_null(strstr(err.hint, "unix:"));
    }
    assert_int_equal(address.ss_family, 77);
}

static void what_is_no_address_is_invalid(void **state)
{
    static const struct ioc_text texts[] = {IOC_TEXT(""), IOC_TEXT("127.0.0.1"), IOC_TEXT(":6379"),
        IOC_TEXT("127.0.0.1:"), IOC_TEXT("127.0.0.1:65536"), IOC_TEXT("127.0.0.1:-1"),
        IOC_TEXT("127.0.0.1:6379x"), IOC_TEXT("[::1:6379"), IOC_TEXT("[]:6379"),
        IOC_TEXT("[::g]:1"), IOC_TEXT("unix:"), {"127.0.0.1\0:1", 12}, {"unix:/a\0b", 9}};
    struct sockaddr_storage address;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ioc_error err = {0};
        assert_int_equal(ioc_address_read(texts[i], &address, &err), IOC_INVALID);
        assert_string_equal(err.code, "bad-address");
    }
    char path[200] = "unix:/";
    memset(path + 6, 'x', 107);
    assert_int_equal(ioc_address_read((struct ioc_text){path, 5 + 107}, &address, NULL), IOC_OK);
    assert_int_equal(
        ioc_address_read((struct ioc_text){path, 5 + 108}, &address, NULL), IOC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_this_machine_are_read),
        cmocka_unit_test(addresses_elsewhere_are_denied_with_advice),
        cmocka_unit_test(what_is_no_address_is_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
