/*
 * rules/cel/network.c — the network library: IP addresses and ranges.
 *
 * A value points to its 4 or 16 bytes in network order; a range keeps the address as it was written,
 * bits behind the prefix included, until masked() clears them.  Nothing is ever looked up by name.
 */
#include "rules/cel/network.h"
#include "rules/cel/builtin.h"

enum { RANGE_TEXT_MOST = 64, NO_GAP = 9 }; /* no address or range is longer; beyond all groups */

/* Four decimal numbers, without leading zeros: 010 is 8 to some programs and 10 to others. */
static bool parse_four(struct ioc_text text, unsigned char *bytes)
{
    uint32_t at = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t from = at, number = 0;
        while (at < text.length && at - from < 3 && text.data[at] >= '0' && text.data[at] <= '9')
            number = number * 10 + (uint32_t)(text.data[at++] - '0');
        bool is_padded = at - from > 1 && text.data[from] == '0';
        if (at == from || is_padded || number > 255)
            return false;
        bytes[i] = (unsigned char)number;
        if (i < 3 && (at == text.length || text.data[at++] != '.'))
            return false;
    }
    return at == text.length;
}

static int hex_digit(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    letter |= 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

struct groups { /* of 16 bits, being read */
    uint16_t values[8];
    uint32_t count, gap; /* gap: how many stand in front of "::"; NO_GAP = there is none */
    bool is_dotted;      /* the last two were written as IPv4 */
};

static bool add_four(struct ioc_text text, struct groups *groups)
{
    unsigned char bytes[4];
    if (groups->count > 6 || !parse_four(text, bytes))
        return false;
    groups->values[groups->count++] = (uint16_t)(bytes[0] << 8 | bytes[1]);
    groups->values[groups->count++] = (uint16_t)(bytes[2] << 8 | bytes[3]);
    groups->is_dotted = true;
    return true;
}

static bool parse_groups(struct ioc_text text, struct groups *groups)
{
    uint32_t at = 0;
    if (text.length >= 2 && text.data[0] == ':' && text.data[1] == ':') {
        groups->gap = 0;
        at = 2;
        if (text.length == 2)
            return true;
    }
    for (;;) {
        uint32_t from = at, value = 0;
        while (at < text.length && at - from < 4 && hex_digit(text.data[at]) >= 0)
            value = value << 4 | (uint32_t)hex_digit(text.data[at++]);
        if (at == from)
            return false;
        if (at < text.length && text.data[at] == '.')
            return add_four((struct ioc_text){text.data + from, text.length - from}, groups);
        if (groups->count == 8)
            return false;
        groups->values[groups->count++] = (uint16_t)value;
        if (at == text.length)
            return true;
        if (text.data[at++] != ':')
            return false;
        if (at < text.length && text.data[at] == ':') {
            if (groups->gap != NO_GAP)
                return false;
            groups->gap = groups->count;
            if (++at == text.length)
                return true;
        }
    }
}

static bool parse_sixteen(struct ioc_text text, unsigned char *bytes, bool *is_dotted)
{
    struct groups groups = {.gap = NO_GAP};
    if (!parse_groups(text, &groups))
        return false;
    /* "::" stands for at least one group. */
    if (groups.gap == NO_GAP ? groups.count != 8 : groups.count == 8)
        return false;
    memset(bytes, 0, 16);
    for (uint32_t i = 0; i < groups.count; i++) {
        uint32_t place = i < groups.gap ? i : 8 - groups.count + i;
        bytes[2 * place] = (unsigned char)(groups.values[i] >> 8);
        bytes[2 * place + 1] = (unsigned char)groups.values[i];
    }
    *is_dotted = groups.is_dotted;
    return true;
}

static bool holds_four(const struct ioc_network *address)
{
    static const unsigned char front[12] = {[10] = 0xff, [11] = 0xff};
    return address->count == 16 && memcmp(address->bytes, front, sizeof front) == 0;
}

static bool parse_written(struct ioc_text text, struct ioc_network *address, bool *is_dotted)
{
    *is_dotted = false;
    if (text.length == 0 || text.length > RANGE_TEXT_MOST)
        return false;
    bool is_six = memchr(text.data, ':', text.length) != NULL;
    address->count = is_six ? 16 : 4;
    address->prefix = 0;
    return is_six ? parse_sixteen(text, address->bytes, is_dotted)
                  : parse_four(text, address->bytes);
}

bool ioc_network_parse(struct ioc_text text, struct ioc_network *address)
{
    struct ioc_network read;
    bool is_dotted;
    if (!parse_written(text, &read, &is_dotted))
        return false;
    if (holds_four(&read)) {
        if (is_dotted)
            return false;
        memmove(read.bytes, read.bytes + 12, 4);
        read.count = 4;
    }
    *address = read;
    return true;
}

bool ioc_network_parse_range(struct ioc_text text, struct ioc_network *range)
{
    const char *slash = text.length ? memchr(text.data, '/', text.length) : NULL;
    if (!slash)
        return false;
    struct ioc_text front = {text.data, (uint32_t)(slash - text.data)},
                    bits = {slash + 1, text.length - front.length - 1};
    struct ioc_network read;
    bool is_dotted;
    /* Neither spelling of an IPv4 address inside of IPv6: its prefix would count other bits. */
    if (!parse_written(front, &read, &is_dotted) || holds_four(&read))
        return false;
    uint32_t prefix = 0;
    for (uint32_t i = 0; i < bits.length && i < 3; i++) {
        if (bits.data[i] < '0' || bits.data[i] > '9')
            return false;
        prefix = prefix * 10 + (uint32_t)(bits.data[i] - '0');
    }
    bool is_padded = bits.length > 1 && bits.data[0] == '0';
    if (bits.length == 0 || bits.length > 3 || is_padded || prefix > 8u * read.count)
        return false;
    read.prefix = (uint8_t)prefix;
    *range = read;
    return true;
}

static struct ioc_network network_of(const struct ioc_boxed *value)
{
    assert(value->count == 4 || value->count == 16);
    struct ioc_network network = {.count = (uint8_t)value->count, .prefix = (uint8_t)value->extra};
    memcpy(network.bytes, value->text, value->count);
    return network;
}

static enum ioc_fault give(struct ioc_scratch *scratch, const struct ioc_network *network,
    uint8_t kind, struct ioc_boxed *out)
{
    char *bytes = ioc_scratch_take(scratch, network->count);
    if (!bytes)
        return scratch->trouble;
    memcpy(bytes, network->bytes, network->count);
    *out = (struct ioc_boxed){.text = bytes,
        .count = network->count,
        .type = kind,
        .extra = kind == IOC_KIND_CIDR ? network->prefix : 0};
    return IOC_FAULT_NONE;
}

static void print_six(const unsigned char *bytes, struct ioc_buffer *out)
{
    uint32_t gap = 8, longest = 1; /* the first of the longest runs of zeros; a single one stays */
    for (uint32_t i = 0, run = 0; i < 8; i++) {
        run = bytes[2 * i] == 0 && bytes[2 * i + 1] == 0 ? run + 1 : 0;
        if (run > longest) {
            longest = run;
            gap = i + 1 - run;
        }
    }
    for (uint32_t i = 0; i < 8; i++) {
        if (i == gap) {
            ioc_buffer_add_string(out, "::");
            i += longest - 1;
            continue;
        }
        if (i && i != gap + longest)
            ioc_buffer_add_char(out, ':');
        ioc_buffer_addf(out, "%x", (unsigned)(bytes[2 * i] << 8 | bytes[2 * i + 1]));
    }
}

void ioc_network_print(const struct ioc_boxed *value, struct ioc_buffer *out)
{
    struct ioc_network network = network_of(value);
    const unsigned char *bytes = network.bytes;
    if (network.count == 4)
        ioc_buffer_addf(out, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
    else
        print_six(bytes, out);
    if (value->type == IOC_KIND_CIDR)
        ioc_buffer_addf(out, "/%u", network.prefix);
}

/* Clears what lies behind the prefix. */
static struct ioc_network mask(struct ioc_network range)
{
    for (uint32_t i = 0; i < range.count; i++) {
        uint32_t kept = range.prefix <= 8 * i ? 0 : range.prefix - 8 * i;
        range.bytes[i] &= (unsigned char)(kept >= 8 ? 0xff : 0xff00 >> kept);
    }
    return range;
}

static bool covers(const struct ioc_network *range, struct ioc_network inner)
{
    if (inner.count != range->count)
        return false;
    inner.prefix = range->prefix;
    struct ioc_network a = mask(*range), b = mask(inner);
    return memcmp(a.bytes, b.bytes, a.count) == 0;
}

static IOC_BUILTIN_RUN(run_ip)
{
    struct ioc_network network;
    if (!ioc_network_parse(ioc_boxed_as_text(&arguments[0]), &network))
        return IOC_FAULT_ADDRESS;
    return give(scratch, &network, IOC_KIND_IP, out);
}

static IOC_BUILTIN_RUN(run_cidr)
{
    struct ioc_network network;
    if (!ioc_network_parse_range(ioc_boxed_as_text(&arguments[0]), &network))
        return IOC_FAULT_ADDRESS;
    return give(scratch, &network, IOC_KIND_CIDR, out);
}

static IOC_BUILTIN_RUN(run_is_ip)
{
    struct ioc_network network;
    *out = ioc_boxed_bool(ioc_network_parse(ioc_boxed_as_text(&arguments[0]), &network));
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_is_cidr)
{
    struct ioc_network network;
    *out = ioc_boxed_bool(ioc_network_parse_range(ioc_boxed_as_text(&arguments[0]), &network));
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_string)
{
    struct ioc_buffer *text = &scratch->text;
    ioc_buffer_reset(text);
    ioc_network_print(&arguments[0], text);
    char *copy = ioc_scratch_take(scratch, text->length);
    if (!copy)
        return scratch->trouble;
    memcpy(copy, text->data, text->length);
    *out = ioc_boxed_text((struct ioc_text){copy, (uint32_t)text->length});
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_is_canonical)
{
    struct ioc_network network;
    struct ioc_text written = ioc_boxed_as_text(&arguments[0]);
    if (!ioc_network_parse(written, &network))
        return IOC_FAULT_ADDRESS;
    struct ioc_boxed value = {
        .text = (const char *)network.bytes, .count = network.count, .type = IOC_KIND_IP};
    ioc_buffer_reset(&scratch->text);
    ioc_network_print(&value, &scratch->text);
    *out = ioc_boxed_bool(ioc_text_equal(ioc_buffer_text(&scratch->text), written));
    return IOC_FAULT_NONE;
}

static bool is_zero(const unsigned char *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

static bool is_unspecified(const struct ioc_network *ip)
{
    return is_zero(ip->bytes, ip->count);
}

static bool is_loopback(const struct ioc_network *ip)
{
    return ip->count == 4 ? ip->bytes[0] == 127 : is_zero(ip->bytes, 15) && ip->bytes[15] == 1;
}

static bool is_multicast(const struct ioc_network *ip)
{
    return ip->count == 4 ? (ip->bytes[0] & 0xf0) == 0xe0 : ip->bytes[0] == 0xff;
}

static bool is_link_multicast(const struct ioc_network *ip)
{
    if (ip->count == 4)
        return ip->bytes[0] == 224 && is_zero(ip->bytes + 1, 2);
    return ip->bytes[0] == 0xff && (ip->bytes[1] & 0x0f) == 0x02;
}

static bool is_link_unicast(const struct ioc_network *ip)
{
    if (ip->count == 4)
        return ip->bytes[0] == 169 && ip->bytes[1] == 254;
    return ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

static bool is_broadcast(const struct ioc_network *ip)
{
    return ip->count == 4 && memcmp(ip->bytes, "\xff\xff\xff\xff", 4) == 0;
}

static bool is_global_unicast(const struct ioc_network *ip)
{
    return !is_unspecified(ip) && !is_broadcast(ip) && !is_loopback(ip) && !is_multicast(ip) &&
           !is_link_unicast(ip);
}

#define PROPERTY(name, test)                                     \
    static IOC_BUILTIN_RUN(name)                                 \
    {                                                            \
        struct ioc_network network = network_of(&arguments[0]);  \
        *out = ioc_boxed_bool(test(&network));                   \
        return IOC_FAULT_NONE;                                   \
    }
PROPERTY(run_is_unspecified, is_unspecified)
PROPERTY(run_is_loopback, is_loopback)
PROPERTY(run_is_link_multicast, is_link_multicast)
PROPERTY(run_is_link_unicast, is_link_unicast)
PROPERTY(run_is_global_unicast, is_global_unicast)

static IOC_BUILTIN_RUN(run_family)
{
    *out = ioc_boxed_int(arguments[0].count == 4 ? 4 : 6);
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_contains_ip)
{
    struct ioc_network range = network_of(&arguments[0]), inner;
    if (arguments[1].type == IOC_KIND_IP)
        inner = network_of(&arguments[1]);
    else if (!ioc_network_parse(ioc_boxed_as_text(&arguments[1]), &inner))
        return IOC_FAULT_ADDRESS;
    *out = ioc_boxed_bool(covers(&range, inner));
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_contains_cidr)
{
    struct ioc_network range = network_of(&arguments[0]), inner;
    if (arguments[1].type == IOC_KIND_CIDR)
        inner = network_of(&arguments[1]);
    else if (!ioc_network_parse_range(ioc_boxed_as_text(&arguments[1]), &inner))
        return IOC_FAULT_ADDRESS;
    *out = ioc_boxed_bool(range.prefix <= inner.prefix && covers(&range, inner));
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_address)
{
    *out = arguments[0];
    out->type = IOC_KIND_IP;
    out->extra = 0;
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_masked)
{
    struct ioc_network masked = mask(network_of(&arguments[0]));
    return give(scratch, &masked, IOC_KIND_CIDR, out);
}

static IOC_BUILTIN_RUN(run_is_mask)
{
    struct ioc_network range = network_of(&arguments[0]), masked = mask(range);
    *out = ioc_boxed_bool(memcmp(range.bytes, masked.bytes, range.count) == 0);
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_prefix)
{
    *out = ioc_boxed_int(arguments[0].extra);
    return IOC_FAULT_NONE;
}

enum { F = IOC_BUILTIN_FUNCTION, M = IOC_BUILTIN_METHOD, CALL = IOC_OP_CALL };
static const char no_address[] = "the text is no address; it has a zone; it is ::ffff:1.2.3.4",
                  no_range[] = "the text is no range; it has a zone; it is IPv4 inside of IPv6";

static const struct ioc_builtin rows[] = {
    {"ip", "s", "j", F, CALL, run_ip, "the address that the text says, IPv4 or IPv6", no_address,
        "ip(\"192.168.0.1\").family() == 4"},
    {"ip", "k", "j", M, CALL, run_address, "the address of the range, as it was written"},
    {"cidr", "s", "k", F, CALL, run_cidr, "the range that the text says: address/prefix", no_range,
        "cidr(\"10.0.0.0/8\").containsIP(\"10.1.2.3\")"},
    {"isIP", "s", "b", F, CALL, run_is_ip, "is it the text of an address?", NULL,
        "isIP(\"192.168.0.1\") && !isIP(\"192.168.0\")"},
    {"isCIDR", "s", "b", F, CALL, run_is_cidr, "is it the text of a range?", NULL,
        "isCIDR(\"10.0.0.0/8\") && !isCIDR(\"10.0.0.0/33\")"},
    {"ip.isCanonical", "s", "b", F, CALL, run_is_canonical,
        "is the address written as string(ip(…)) writes it?", no_address,
        "ip.isCanonical(\"2001:db8::1\") && !ip.isCanonical(\"2001:DB8::1\")"},
    {"string", "j", "s", F, CALL, run_string, "the address as text, the shortest one for IPv6"},
    {"string", "k", "s", F, CALL, run_string, "the range as text"},
    {"family", "j", "i", M, CALL, run_family, "4 or 6", NULL, "ip(\"::1\").family() == 6"},
    {"isUnspecified", "j", "b", M, CALL, run_is_unspecified, "is it 0.0.0.0 or :: ?", NULL,
        "ip(\"0.0.0.0\").isUnspecified()"},
    {"isLoopback", "j", "b", M, CALL, run_is_loopback, "is it of this machine, 127.… or ::1?", NULL,
        "ip(\"127.0.0.1\").isLoopback()"},
    {"isGlobalUnicast", "j", "b", M, CALL, run_is_global_unicast,
        "is it of one machine beyond its link, private networks included?", NULL,
        "ip(\"192.168.0.1\").isGlobalUnicast()"},
    {"isLinkLocalMulticast", "j", "b", M, CALL, run_is_link_multicast,
        "is it of a group on one link, 224.0.0.… or ff02:…?", NULL,
        "ip(\"224.0.0.1\").isLinkLocalMulticast()"},
    {"isLinkLocalUnicast", "j", "b", M, CALL, run_is_link_unicast,
        "is it of one machine on one link, 169.254.… or fe80:…?", NULL,
        "ip(\"fe80::1\").isLinkLocalUnicast()"},
    {"containsIP", "kj", "b", M, CALL, run_contains_ip, "does the address lie in the range?", NULL,
        "cidr(\"10.0.0.0/8\").containsIP(ip(\"10.1.2.3\"))"},
    {"containsIP", "ks", "b", M, CALL, run_contains_ip, "does the address lie in the range?",
        no_address},
    {"containsCIDR", "kk", "b", M, CALL, run_contains_cidr, "does all of the other lie in it?",
        NULL, "cidr(\"10.0.0.0/8\").containsCIDR(cidr(\"10.1.0.0/16\"))"},
    {"containsCIDR", "ks", "b", M, CALL, run_contains_cidr, "does all of the other lie in it?",
        no_range},
    {"masked", "k", "k", M, CALL, run_masked, "the range with zeros behind its prefix", NULL,
        "cidr(\"192.168.1.5/24\").masked() == cidr(\"192.168.1.0/24\")"},
    {"isMask", "k", "b", M, CALL, run_is_mask, "are there only zeros behind its prefix?", NULL,
        "cidr(\"192.168.1.0/24\").isMask()"},
    {"prefixLength", "k", "i", M, CALL, run_prefix, "how many bits its prefix has", NULL,
        "cidr(\"192.168.1.0/24\").prefixLength() == 24"},
};
const struct ioc_library ioc_library_network = {
    "network", "IP addresses and ranges", rows, sizeof rows / sizeof *rows};
