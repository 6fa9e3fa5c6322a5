/* tests/rules/test_network.c — IP addresses and ranges: strict reading, shortest printing, what lies where. */
#include "rules/cel/network.h"
#include "tests/rules/expressions.h"
#include <arpa/inet.h>

static bool is_address(const char *text)
{
    struct ioc_network network;
    return ioc_network_parse(ioc_text_of(text), &network);
}

static bool is_range(const char *text)
{
    struct ioc_network network;
    return ioc_network_parse_range(ioc_text_of(text), &network);
}

static void addresses_are_read_strictly(void **state)
{
    static const char *const good[] = {"0.0.0.0", "255.255.255.255", "::", "::1", "1::",
        "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "FE80::aB", "::1.2.3.4",
        "64:ff9b::192.0.2.33", "1:2:3:4:5:6:1.2.3.4", "::ffff:c0a8:1", "0001:02::003"};
    static const char *const bad[] = {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4",
        "1.2.3.04", "01.2.3.4", "1..2.3", "1.2.3.", ".1.2.3", "1.2.3.4 ", " 1.2.3.4", "1.2.3.0x4",
        ":", ":::", "1:", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1::2",
        "1:2:3:4::5:6:7:8", ":1::2", "1::2:", "12345::", "g::", "::1%eth0", "fe80::1%1",
        "::ffff:192.168.0.1", "::FFFF:1.2.3.4", "0:0:0:0:0:ffff:1.2.3.4", "::1.2.3", "::1.2.3.4:5",
        "1.2.3.4::", "::01.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "[::1]", "1.2.3.4/32", "localhost"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!is_address(good[i]))
            fail_msg("'%s' was refused", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (is_address(bad[i]))
            fail_msg("'%s' was accepted", bad[i]);
    }
    struct ioc_network network;
    assert_false(ioc_network_parse((struct ioc_text){"1.2.3.4\0", 8}, &network));
    assert_false(ioc_network_parse((struct ioc_text){NULL, 0}, &network));
}

static void ranges_need_a_prefix_within_their_bits(void **state)
{
    static const char *const good[] = {
        "0.0.0.0/0", "1.2.3.4/32", "10.0.0.1/8", "::/0", "::1/128", "2001:db8::/32"};
    static const char *const bad[] = {"1.2.3.4", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1",
        "1.2.3.4/+8", "1.2.3.4/08", "1.2.3.4/00", "1.2.3.4/8/8", "1.2.3.4/ 8", "1.2.3.4/8 ",
        "1.2.3.4/4294967304", "::/129", "::/1000", "/8", "fe80::1%en0/64", "::ffff:1.2.3.4/120",
        "::ffff:c0a8:1/120", "10.0.0/8"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!is_range(good[i]))
            fail_msg("'%s' was refused", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (is_range(bad[i]))
            fail_msg("'%s' was accepted", bad[i]);
    }
}

/* Random texts of the right letters: the C library's reader must agree, but for the two refusals. */
static void the_reader_agrees_with_the_system(void **state)
{
    static const char letters[] = "0123459af:::::....";
    uint64_t seed = 88172645463325252u;
    uint32_t accepted = 0;
    for (int i = 0; i < 400000; i++) {
        char text[24];
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        uint32_t length = 2 + (uint32_t)(seed % 14);
        uint64_t word = seed;
        for (uint32_t j = 0; j < length; j++, word = word >> 4 | word << 60)
            text[j] = letters[(word ^ word >> 23) % (sizeof letters - 1)];
        text[length] = 0;
        struct ioc_network network;
        unsigned char bytes[16];
        bool is_six = strchr(text, ':') != NULL,
             is_known = inet_pton(is_six ? AF_INET6 : AF_INET, text, bytes) == 1,
             is_read = ioc_network_parse(ioc_text_of(text), &network);
        if (is_read != is_known)
            fail_msg("'%s': %d, the system says %d", text, is_read, is_known);
        if (is_read && memcmp(bytes + (is_six && network.count == 4 ? 12 : 0), network.bytes,
                           network.count) != 0)
            fail_msg("'%s' is read as another address", text);
        accepted += is_read;
    }
    assert_true(accepted > 500);
}

static void every_address_is_read_back_from_its_text(void **state)
{
    uint64_t seed = 1;
    for (int i = 0; i < 100000; i++) {
        struct ioc_network network = {.count = i % 3 ? 16 : 4}, again;
        for (uint32_t j = 0; j < network.count; j++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            network.bytes[j] = seed >> 60 < 9 ? 0 : (unsigned char)(seed >> 40); /* many zeros */
        }
        struct ioc_boxed value = {
            .text = (const char *)network.bytes, .count = network.count, .type = IOC_KIND_IP};
        struct ioc_buffer text = {0};
        ioc_network_print(&value, &text);
        assert_true(ioc_network_parse(ioc_buffer_text(&text), &again));
        assert_int_equal(again.count, network.count);
        assert_memory_equal(again.bytes, network.bytes, network.count);
        /* IPv4 in the last bits is the one thing that the C library writes otherwise. */
        char wanted[INET6_ADDRSTRLEN];
        inet_ntop(network.count == 4 ? AF_INET : AF_INET6, network.bytes, wanted, sizeof wanted);
        ioc_buffer_add_char(&text, 0);
        if (network.count == 4 || !strchr(wanted, '.'))
            assert_string_equal(text.data, wanted);
        ioc_buffer_done(&text);
    }
}

static void addresses_are_printed_in_the_shortest_form(void **state)
{
    assert_gives("string(ip('2001:DB8:0:0:1:0:0:1'))", "2001:db8::1:0:0:1");
    assert_gives("string(ip('1:0:2:0:0:3:0:0'))", "1:0:2::3:0:0");
    assert_gives("string(ip('1:0:2:3:4:5:6:7'))", "1:0:2:3:4:5:6:7");
    assert_gives("string(ip('0:0:0:0:0:0:0:0'))", "::");
    assert_gives("string(ip('1:0:0:0:0:0:0:0'))", "1::");
    assert_gives("string(ip('::1.2.3.4'))", "::102:304");
    assert_gives("string(cidr('2001:DB8:0::/32'))", "2001:db8::/32");
    assert_gives("string(cidr('0.0.0.0/0'))", "0.0.0.0/0");
    assert_gives("{'gate': ip('10.0.0.1'), 'net': [cidr('10.0.0.1/8')]}",
        "{\"gate\": ip(\"10.0.0.1\"), \"net\": [cidr(\"10.0.0.1/8\")]}");
}

static void an_ipv4_address_inside_of_ipv6_is_that_address(void **state)
{
    assert_holds("ip('::ffff:c0a8:1') == ip('192.168.0.1')");
    assert_holds("ip('::ffff:c0a8:1').family() == 4 && !ip.isCanonical('::ffff:c0a8:1')");
    assert_fails("ip('::ffff:192.168.0.1')", IOC_FAULT_ADDRESS);
    assert_holds("!isIP('::ffff:192.168.0.1') && ip('::c0a8:1') != ip('192.168.0.1')");
}

static void addresses_are_values_of_their_own_types(void **state)
{
    assert_holds("type(ip('::1')) == net.IP && type(cidr('::1/128')) == net.CIDR");
    assert_holds("type(ip('::1')) != type(cidr('::1/128')) && net.IP != net.CIDR");
    assert_holds("ip('1.2.3.4') in [ip('::1'), ip('1.2.3.4')]");
    assert_holds("{'a': ip('1.2.3.4')} == {'a': ip('1.2.3.4')}");
    assert_holds("dyn(ip('1.2.3.4')) != dyn('1.2.3.4') && dyn(ip('0.0.0.0')) != dyn(ip('::'))");
    assert_holds("dyn(cidr('1.2.3.4/32')) != dyn(ip('1.2.3.4'))");
    assert_holds("cidr('10.0.0.0/8') != cidr('10.0.0.0/9') && cidr('10.0.0.1/8') != cidr('10.0.0.0/8')");
    assert_fails("dyn(ip('1.2.3.4')) < dyn(ip('1.2.3.5'))", IOC_FAULT_OVERLOAD);
    assert_unfit("ip('1.2.3.4') < ip('1.2.3.5')", "wrong-types", "<");
    assert_unfit("ip('1.2.3.4') == '1.2.3.4'", "wrong-types", "==");
    assert_unfit("isIP(cidr('10.0.0.0/8'))", "wrong-types", "isIP");
    assert_unfit("ip('1.2.3.4').prefixLength()", "wrong-types", "prefixLength");
}

static void what_an_address_is_for_is_seen_in_its_bits(void **state)
{
    assert_holds("ip('127.255.0.1').isLoopback() && !ip('128.0.0.1').isLoopback()");
    assert_holds("ip('::1').isLoopback() && !ip('::2').isLoopback() && !ip('1::1').isLoopback()");
    assert_holds("ip('224.0.0.255').isLinkLocalMulticast() && !ip('224.0.1.0').isLinkLocalMulticast()");
    assert_holds("ip('ff02::1').isLinkLocalMulticast() && ip('ff12::1').isLinkLocalMulticast() && "
                 "!ip('ff05::1').isLinkLocalMulticast()");
    assert_holds("ip('169.254.0.1').isLinkLocalUnicast() && !ip('169.253.0.1').isLinkLocalUnicast()");
    assert_holds("ip('febf::1').isLinkLocalUnicast() && !ip('fec0::1').isLinkLocalUnicast()");
    assert_holds("['10.0.0.1', '8.8.8.8', '255.255.255.254', '0.0.0.1', '2001:db8::1', 'fd00::1']"
                 ".all(a, ip(a).isGlobalUnicast())");
    assert_holds("['0.0.0.0', '255.255.255.255', '127.0.0.1', '224.0.0.9', '239.1.1.1', '169.254.1.1', "
                 "'::', '::1', 'ff0e::1', 'fe80::1'].all(a, !ip(a).isGlobalUnicast())");
    assert_holds("ip('0.0.0.0').isUnspecified() && ip('::').isUnspecified() && "
                 "!ip('0.0.0.1').isUnspecified()");
}

static void ranges_hold_what_their_prefix_says(void **state)
{
    assert_holds("cidr('0.0.0.0/0').containsIP('255.1.2.3') && !cidr('0.0.0.0/0').containsIP('::1')");
    assert_holds("cidr('10.1.2.3/8').containsIP('10.255.0.0') && !cidr('10.1.2.3/8').containsIP('11.1.2.3')");
    assert_holds("cidr('10.0.0.8/29').containsIP('10.0.0.15') && !cidr('10.0.0.8/29').containsIP('10.0.0.16')");
    assert_holds("cidr('1.2.3.4/32').containsIP('1.2.3.4') && !cidr('1.2.3.4/32').containsIP('1.2.3.5')");
    assert_holds("cidr('2001:db8::/33').containsIP('2001:db8:7fff::1') && "
                 "!cidr('2001:db8::/33').containsIP('2001:db8:8000::1')");
    assert_holds("cidr('10.0.0.0/8').containsCIDR('10.0.0.0/8') && "
                 "!cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7') && "
                 "!cidr('10.0.0.0/8').containsCIDR('11.0.0.0/9') && "
                 "!cidr('::/0').containsCIDR('10.0.0.0/8')");
    assert_holds("cidr('10.0.0.0/8').containsIP(event.word) && !cidr('11.0.0.0/8').containsIP(ip(event.word))");
    assert_fails("cidr('10.0.0.0/8').containsIP('10.0.0.1/32')", IOC_FAULT_ADDRESS);
    assert_fails("cidr('10.0.0.0/8').containsCIDR(event.word)", IOC_FAULT_ADDRESS);
}

static void a_range_is_masked_at_any_bit(void **state)
{
    assert_holds("cidr('255.255.255.255/13').masked() == cidr('255.248.0.0/13')");
    assert_holds("cidr('255.255.255.255/0').masked() == cidr('0.0.0.0/0')");
    assert_holds("cidr('1.2.3.4/32').masked() == cidr('1.2.3.4/32') && cidr('1.2.3.4/32').isMask()");
    assert_holds("string(cidr('ffff:ffff::ffff/17').masked()) == 'ffff:8000::/17'");
    assert_holds("!cidr('10.0.0.1/8').isMask() && cidr('10.0.0.1/8').ip() == ip('10.0.0.1')");
    assert_holds("cidr('::/0').prefixLength() == 0 && cidr('::/128').prefixLength() == 128");
    assert_holds("type(cidr('10.0.0.1/8').ip()) == net.IP && string(cidr('10.0.0.1/8').ip()) == '10.0.0.1'");
}

static void texts_of_events_are_read_when_the_rule_runs(void **state)
{
    assert_holds("isIP(event.word) && ip(event.word).family() == 4 && ip.isCanonical(event.word)");
    assert_fails("ip(event.word + '.1')", IOC_FAULT_ADDRESS);
    assert_fails("ip.isCanonical(event.word + '.1')", IOC_FAULT_ADDRESS);
    assert_fails("cidr(event.word)", IOC_FAULT_ADDRESS);
    assert_holds("!isCIDR(event.word) && isCIDR(event.word + '/24')");
    assert_holds("cidr(event.word + '/24').masked() == cidr('10.0.0.0/24')");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_strictly),
        cmocka_unit_test(ranges_need_a_prefix_within_their_bits),
        cmocka_unit_test(the_reader_agrees_with_the_system),
        cmocka_unit_test(every_address_is_read_back_from_its_text),
        cmocka_unit_test(addresses_are_printed_in_the_shortest_form),
        cmocka_unit_test(an_ipv4_address_inside_of_ipv6_is_that_address),
        cmocka_unit_test(addresses_are_values_of_their_own_types),
        cmocka_unit_test(what_an_address_is_for_is_seen_in_its_bits),
        cmocka_unit_test(ranges_hold_what_their_prefix_says),
        cmocka_unit_test(a_range_is_masked_at_any_bit),
        cmocka_unit_test(texts_of_events_are_read_when_the_rule_runs),
    };
    return cmocka_run_group_tests(tests, begin_expressions, end_expressions);
}
