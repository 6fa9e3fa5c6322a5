#pragma once
/*
 * rules/cel/network.h — IP addresses and ranges as values: 4 or 16 bytes, a range with its prefix.
 *
 * An address of IPv4 has one spelling.  One of IPv6 has many; it is printed in the shortest (RFC 5952).
 * IPv6 that holds an IPv4 address (::ffff:c0a8:1) is that IPv4 address.
 *
 * Failure  false: the text says no address; zones and ::ffff:1.2.3.4 are refused
 * Source   github.com/google/cel-go ext/network.go, RFC 4291, RFC 5952
 */
#include "rules/cel/scratch.h"

struct ioc_network {
    unsigned char bytes[16];
    uint8_t count;  /* 4 or 16 */
    uint8_t prefix; /* of a range: bits */
};

bool ioc_network_parse(struct ioc_text text, struct ioc_network *address) IOC_USE;
bool ioc_network_parse_range(struct ioc_text text, struct ioc_network *range) IOC_USE;
/* The address or the range, without quotes. */
void ioc_network_print(const struct ioc_boxed *value, struct ioc_buffer *out);
