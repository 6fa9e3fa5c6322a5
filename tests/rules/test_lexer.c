/* tests/rules/test_lexer.c — tokens, their bytes and their decoded values. */
#include "rules/cel/lexer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct reading {
    struct ioc_arena arena;
    struct ioc_program_error err;
    struct ioc_lexer lexer;
};

static struct ioc_token first_token(struct reading *reading, struct ioc_text source)
{
    memset(reading, 0, sizeof *reading);
    reading->lexer =
        (struct ioc_lexer){.source = source, .arena = &reading->arena, .err = &reading->err};
    return ioc_lexer_next(&reading->lexer);
}

static void assert_text(struct ioc_text source, enum ioc_token_kind kind, struct ioc_text wanted)
{
    struct reading reading;
    struct ioc_token token = first_token(&reading, source);
    assert_int_equal(token.kind, kind);
    assert_int_equal(token.text.length, wanted.length);
    assert_memory_equal(token.text.data, wanted.data, wanted.length);
    assert_int_equal(token.length, source.length);
    ioc_arena_done(&reading.arena);
}

static void assert_refused(const char *source, const char *code, uint32_t offset)
{
    struct reading reading;
    struct ioc_token token = first_token(&reading, ioc_text_of(source));
    while (token.kind != IOC_TOKEN_BAD && token.kind != IOC_TOKEN_END)
        token = ioc_lexer_next(&reading.lexer);
    assert_int_equal(token.kind, IOC_TOKEN_BAD);
    assert_string_equal(reading.err.error.code, code);
    assert_int_equal(reading.err.offset, offset);
    ioc_arena_done(&reading.arena);
}

static void escapes_mean_what_the_language_says(void **state)
{
    assert_text(IOC_TEXT("'\\a\\b\\f\\n\\r\\t\\v\\\\\\?\\\"\\'\\`'"), IOC_TOKEN_STRING,
        IOC_TEXT("\a\b\f\n\r\t\v\\?\"'`"));
    assert_text(IOC_TEXT("\"\\x41\\101\\u00e9\\U0001F431\""), IOC_TOKEN_STRING,
        IOC_TEXT("AA\xc3\xa9\xf0\x9f\x90\xb1"));
    assert_text(IOC_TEXT("'\\xff'"), IOC_TOKEN_STRING, IOC_TEXT("\xc3\xbf"));
    assert_text(IOC_TEXT("b'\\xff\\377'"), IOC_TOKEN_BYTES, IOC_TEXT("\xff\xff"));
}

static void a_text_may_hold_nul(void **state)
{
    assert_text(IOC_TEXT("'a\\000b'"), IOC_TOKEN_STRING, (struct ioc_text){"a\0b", 3});
}

static void raw_and_triple_quotes_keep_what_stands_there(void **state)
{
    assert_text(IOC_TEXT("r'\\n'"), IOC_TOKEN_STRING, IOC_TEXT("\\n"));
    assert_text(IOC_TEXT("'''a\n\"'b'''"), IOC_TOKEN_STRING, IOC_TEXT("a\n\"'b"));
    assert_text(IOC_TEXT("R\"\"\"\\\"\"\""), IOC_TOKEN_STRING, IOC_TEXT("\\"));
    assert_text(IOC_TEXT("bR'\\x'"), IOC_TOKEN_BYTES, IOC_TEXT("\\x"));
}

static void wrong_escapes_are_refused_where_they_stand(void **state)
{
    assert_refused("'ab\\q'", "bad-escape", 3);
    assert_refused("'\\ud800'", "bad-escape", 1);
    assert_refused("'\\U00110000'", "bad-escape", 1);
    assert_refused("b'\\u0041'", "bad-escape", 2);
    assert_refused("'\\400'", "bad-escape", 1);
    assert_refused("'\\x4'", "bad-escape", 1);
}

static void an_unclosed_text_is_refused(void **state)
{
    assert_refused("'abc", "unclosed-string", 0);
    assert_refused("'abc\ndef'", "unclosed-string", 0);
    assert_refused("'''abc''", "unclosed-string", 0);
    assert_refused("'abc\\", "bad-escape", 4);
}

static void bytes_that_are_not_utf8_are_refused_in_a_text(void **state)
{
    assert_refused("'\xff'", "not-utf8", 0);
}

static void numbers_have_their_values(void **state)
{
    struct reading reading;
    assert_int_equal(first_token(&reading, IOC_TEXT("0x1Fu")).natural, 31);
    assert_int_equal(first_token(&reading, IOC_TEXT("18446744073709551615u")).natural, UINT64_MAX);
    assert_int_equal(
        first_token(&reading, IOC_TEXT("9223372036854775808")).natural, (uint64_t)INT64_MAX + 1);
    struct ioc_token token = first_token(&reading, IOC_TEXT("6.02e+2"));
    assert_int_equal(token.kind, IOC_TOKEN_DOUBLE);
    assert_true(token.number == 602.0);
    token = first_token(&reading, IOC_TEXT(".5"));
    assert_true(token.kind == IOC_TOKEN_DOUBLE && token.number == 0.5);
    ioc_arena_done(&reading.arena);
}

static void numbers_beyond_their_type_are_refused(void **state)
{
    assert_refused("9223372036854775809", "number-range", 0);
    assert_refused("18446744073709551616u", "number-range", 0);
    assert_refused("0x10000000000000000", "number-range", 0);
    assert_refused("1e999", "number-range", 0);
    assert_refused("1 + 15cm", "bad-number", 4);
}

static void habits_of_other_languages_get_a_hint(void **state)
{
    assert_refused("a = 1", "single-equals", 2);
    assert_refused("a & b", "single-and", 2);
    assert_refused("a | b", "single-or", 2);
    assert_refused("a <> b", "bad-operator", 2);
    assert_refused("a == “north”", "curly-quotes", 5);
    assert_refused("a ≥ 3", "bad-letter", 2);
}

static void comments_and_blanks_are_skipped(void **state)
{
    struct reading reading;
    struct ioc_token token = first_token(&reading, IOC_TEXT(" \t// why\n  abc"));
    assert_int_equal(token.kind, IOC_TOKEN_NAME);
    assert_int_equal(token.offset, 11);
    ioc_arena_done(&reading.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_mean_what_the_language_says),
        cmocka_unit_test(a_text_may_hold_nul),
        cmocka_unit_test(raw_and_triple_quotes_keep_what_stands_there),
        cmocka_unit_test(wrong_escapes_are_refused_where_they_stand),
        cmocka_unit_test(an_unclosed_text_is_refused),
        cmocka_unit_test(bytes_that_are_not_utf8_are_refused_in_a_text),
        cmocka_unit_test(numbers_have_their_values),
        cmocka_unit_test(numbers_beyond_their_type_are_refused),
        cmocka_unit_test(habits_of_other_languages_get_a_hint),
        cmocka_unit_test(comments_and_blanks_are_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
