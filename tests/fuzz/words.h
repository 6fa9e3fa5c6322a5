#pragma once
/* tests/fuzz/words.h — literals of every kind as they are written, extreme and wrong ones among them. */

static const char *const wholes[] = {"0", "1", "2", "3", "7", "15", "10", "-1", "-7", "63", "64", "9223372036854775807",
    "-9223372036854775808", "9223372036854775808", "9007199254740993", "0x7fffffffffffffff", "-0x10", "0xFF", "1700000000", "400000"};
static const char *const naturals[] = {"0u", "1u", "2u", "7U", "63u", "18446744073709551615u", "0xffu", "9223372036854775808u", "18446744073709551616u"};
static const char *const doubles[] = {"0.0", "1.0", "-0.0", "2.5", "15.0", "35.0", "1e300", "-1e300", "5e-324", ".5", "1e400", "9007199254740993.0",
    "9223372036854775807.0", "1.7976931348623157e308", "0.1", "1e-7", "double('NaN')", "double('Infinity')", "6.02E+23"};
static const char *const texts[] = {"''", "'a'", "'air'", "\"flood\"", "'abc'", "'S\xc3\xa0i G\xc3\xb2n'", "'\xf0\x9f\x9a\xa8x'", "'a\\u0000b'", "'\\x00'",
    "'7'", "'-15'", "'2.5'", "'true'", "'10.0.0.7'", "'10.0.0.0/8'", "'2001:db8::1'", "'2026-01-31T12:34:56.789Z'", "'1h30m'", "'Asia/Ho_Chi_Minh'",
    "'+07:00'", "'a,b,,c'", "'%s|%d'", "r'\\d+'", "'''three'''", "\"\"\"\n\"\"\"", "'\\U0001F600'", "'\\377'", "'aaaaaaaaaaaaaaaaaaaaaaaab'", "'k'", "'label'",
    "'\xcc\x81'", "'\xc4\x90\xc6\xb0\xe1\xbb\x9dng'", "'pm25'", "'51A-123.45'", "'d1'", "'e\xcc\x81'", "'1e400'", "'0x1p3'", "' 7'"};
static const char *const patterns[] = {"'a'", "'^a.*b$'", "'(a+)+$'", "'[a-z]+'", "r'\\d{1,3}'", "'(?i)AIR'", "''", "'['", "'(a|aa)+$'", "r'\\p{L}+'", "'a{1000}'",
    "'((a{99}){99}){99}'", "'.'", "r'\\bfl'", "'(?<x>a)'", "r'(a)\\1'", "'\xc3\xa0'", "'^$'", "'a?\?'", "'[^\\\\x00-\\\\x7f]'"};
static const char *const formats[] = {"'%s'", "'%d|%s'", "'%.3f'", "'%e'", "'%x %X'", "'%b'", "'%o'", "'%%'", "'%'", "'%.400f'", "'%s %s %s'", "'%5d'", "'%.17e'"};
static const char *const zones[] = {"'Asia/Ho_Chi_Minh'", "'UTC'", "'+07:00'", "'-02:30'", "'US/Central'", "'Asia/Kathmandu'", "'No/Where'", "'02:00'", "event.s", "'+99:99'"};
static const char *const byte_texts[] = {"b''", "b'abc'", "b'\\xff\\x01'", "b'\\000'", "br'\\d'", "b'S\xc3\xa0i'", "bytes('k')"};
static const char *const moments[] = {"timestamp('2026-01-31T12:34:56.789Z')", "timestamp('0001-01-01T00:00:00Z')", "timestamp('9999-12-31T23:59:59.999999999Z')",
    "timestamp(0)", "timestamp(1700000000)", "timestamp(-62135596800)", "timestamp('2026-01-31T12:34:56+07:00')", "timestamp(253402300800)",
    "timestamp('1677-09-21T00:12:43.1Z')", "timestamp('2262-04-11T23:47:16.9Z')"};
static const char *const spans[] = {"duration('1h30m')", "duration('0')", "duration('-1.5h')", "duration('1ns')", "duration('2562047h47m16s')", "duration('-2562047h47m16s')",
    "duration('1us')", "duration('90s')", "duration('1000000000s')"};
static const char *const types[] = {"int", "string", "double", "bool", "list", "map", "null_type", "type", "uint", "bytes", "optional_type", "google.protobuf.Timestamp",
    "google.protobuf.Duration", "type(1)", "net.IP"};
static const char *const addresses[] = {"ip('10.0.0.7')", "ip('2001:db8::1')", "ip('::')", "ip('127.0.0.1')", "ip('10.0.0.256')"};
static const char *const ranges[] = {"cidr('10.0.0.0/8')", "cidr('2001:db8::/32')", "cidr('0.0.0.0/0')", "cidr('10.0.0.7/32')", "cidr('10.0.0.0/33')"};
