/* tests/rules/test_pattern.c — regular expressions: RE2's syntax and meaning, what is refused, what is shared. */
#include "core/memory.h"
#include "rules/cel/pattern.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static struct ioc_scratch *scratch;

static int set_up(void **state)
{
    scratch = ioc_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    ioc_scratch_free(scratch);
    return 0;
}

static struct ioc_pattern *compile(struct ioc_text text)
{
    struct ioc_pattern *pattern = NULL;
    struct ioc_program_error err = {0};
    if (ioc_pattern_new(text, &pattern, &err) != IOC_OK)
        fail_msg("'%.*s' at %u: %s", IOC_TEXT_ARGS(text), err.offset, err.error.text);
    return pattern;
}

static bool matches(const struct ioc_pattern *pattern, struct ioc_text text)
{
    bool is_match = false;
    ioc_scratch_begin(scratch, NULL);
    assert_int_equal(ioc_pattern_match(pattern, scratch, text, &is_match), IOC_FAULT_NONE);
    assert_int_equal(scratch->used, 0);
    return is_match;
}

struct searched {
    const char *pattern, *text;
    bool is_match;
};

static void check_all(const struct searched *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ioc_pattern *pattern = compile(ioc_text_of(cases[i].pattern));
        if (matches(pattern, ioc_text_of(cases[i].text)) != cases[i].is_match)
            fail_msg("'%s' in '%s' should be %d", cases[i].pattern, cases[i].text, cases[i].is_match);
        ioc_pattern_unref(pattern);
    }
}
#define CHECK(...)                                                                                 \
    static const struct searched cases[] = {__VA_ARGS__};                                          \
    check_all(cases, sizeof cases / sizeof *cases)

static void search_is_unanchored_and_line_names_are_tied(void **state)
{
    CHECK({"ubb", "hubba", 1}, {"foo|bar", "", 0}, {"", "cows", 1}, {"", "", 1}, {"gr(a|e)y", "a grey cat", 1},
        {"gr(a|e)y", "groy", 0}, {"^(U|S)[0-9]+$", "U17", 1}, {"^(U|S)[0-9]+$", "XU17", 0}, {"^(U|S)[0-9]+$", "U", 0},
        {"^(U|S)[0-9]+$", "S1 ", 0}, {"[0-9]", "tram 7", 1}, {"[0-9]", "tram", 0}, {"a|[0-9]", "b", 0}, {"a|[0-9]|xyz", "wxyz", 1},
        {"(a|😀){2}", "🐱😀😀", 1}, {"(a|😀){2}", "🐱😀", 0}, {"ab*c", "xacx", 1}, {"ab+c", "ac", 0}, {"ab?c", "abbc", 0},
        {"(^|,)U[0-9]($|,)", "S1,U4,U5", 1}, {"(^|,)U[0-9]($|,)", "S1,XU4", 0}, {"x*", "", 1}, {"(|a)b", "b", 1});
}

static void ends_of_the_text_are_not_ends_of_lines(void **state)
{
    CHECK({"a$", "a", 1}, {"a$", "a\n", 0}, {"a\\z", "a\n", 0}, {"^a", "b\na", 0}, {"\\Aa", "ab", 1}, {"^$", "", 1},
        {"^$", "\n", 0}, {"^", "x", 1}, {"$", "", 1}, {"^abc$", "abc", 1}, {"^abc$", "abcd", 0}, {"a^b", "a^b", 0},
        {"a^b|c", "c", 1}, {"b$a", "ba", 0}, {"^^a", "a", 1}, {"$^", "", 1}, {"$^", "x", 0}, {"(^a)?b", "xb", 1},
        {"^a?$", "a", 1}, {"(?:^)*a", "ba", 1}, {"^*a", "ba", 1}, {"a*^b", "b", 1}, {"a*^b", "ab", 0}, {"x.*$", "ax\nb", 0});
}

static void lines_begin_and_end_under_m(void **state)
{
    CHECK({"(?m)^b", "a\nb", 1}, {"(?m)^b", "ab", 0}, {"(?m)a$", "a\nb", 1}, {"(?m)a$", "ab", 0}, {"(?m)^$", "a\n", 1},
        {"(?m)^$", "a", 0}, {"(?m)^$", "a\n\nb", 1}, {"(?m)^$", "a\nb", 0}, {"(?m)^$", "", 1}, {"(?m)^ERR.*full$", "ok\nERR is full\nok", 1},
        {"(?m)\\Ab", "a\nb", 0}, {"(?m)a\\z", "a\nb", 0}, {"(?m:^)b$", "a\nb", 1}, {"(?m:^)b$", "a\nb\n", 0}, {"(?m)(?-m)^b", "a\nb", 0},
        {"(?m)^\\bb", "a\nb", 1});
}

static void dot_takes_line_ends_under_s(void **state)
{
    CHECK({"a.c", "abc", 1}, {"a.c", "a\nc", 0}, {"(?s)a.c", "a\nc", 1}, {"(?s:a.)c", "a\nc", 1}, {"(?s:a).c", "a\nc", 0},
        {"^.$", "ế", 1}, {"^..$", "ế", 0}, {"^.{3}$", "Đà!", 1}, {"^.$", "😀", 1}, {"[^a]", "\n", 1}, {"[^a]", "a", 0},
        {"^[^\\n]$", "\n", 0}, {"\\D", "\n", 1}, {"a.*b", "a\nb", 0}, {"(?s)^a.*b$", "a\n\nb", 1});
}

static void classes_are_those_of_re2(void **state)
{
    CHECK({"\\d", "५", 0}, {"\\pN", "५", 1}, {"\\w", "_", 1}, {"\\w", "é", 0}, {"\\W", "é", 1}, {"\\s", "\v", 0}, {"[[:space:]]", "\v", 1},
        {"\\s", "\f", 1}, {"\\s", "\xc2\xa0", 0}, {"\\S", "\v", 1}, {"[a-c]", "d", 0}, {"[]a]", "]", 1}, {"[^]a]", "]", 0}, {"[a-]", "-", 1},
        {"[-a]", "-", 1}, {"[a-b-c]", "-", 1}, {"[\\d-z]", "-", 1}, {"[\\d-z]", "y", 0}, {"[[:alpha:]]", "5", 0}, {"[[:^alpha:]]", "5", 1},
        {"[[:word:].]", ".", 1}, {"[[:alpha]", ":", 1}, {"[[.a.]]", "a]", 1}, {"[[:punct:]]", "~", 1}, {"[[:cntrl:]]", "\x7f", 1},
        {"[[:xdigit:]]", "G", 0}, {"[[:graph:]]", " ", 0}, {"[[:print:]]", " ", 1}, {"[[:blank:]]", "\n", 0}, {"[[:ascii:]]", "é", 0},
        {"[\\]]", "]", 1}, {"[\\n]", "\n", 1}, {"[\\x41-\\x43]", "B", 1}, {"[^\\x00-\\x{10FFFF}]", "a", 0}, {"[^\\x00-\\x{10FFFF}]|b", "b", 1},
        {"[\\w.-]+@[\\w.-]+", "a@b", 1}, {"[$^.*]", "*", 1}, {"[^^]", "^", 0});
}

static void unicode_has_categories_and_scripts(void **state)
{
    CHECK({"^\\pL+$", "ĐườngPhố", 1}, {"^\\pL+$", "Đường 3", 0}, {"\\p{Lu}", "đường", 0}, {"\\p{Lu}", "Đường", 1}, {"\\p{Ll}", "ĐƯỜNG", 0},
        {"\\PL", "Đường", 0}, {"\\p{^L}", "a1", 1}, {"\\P{^L}", "1", 0}, {"\\p{Greek}", "Ω", 1}, {"\\p{Greek}", "O", 0}, {"\\p{Han}", "東", 1},
        {"\\p{Latin}", "Ж", 0}, {"\\p{Cyrillic}", "Ж", 1}, {"\\p{Yi}", "ꀀ", 1}, {"\\pM", "e\xcc\x81", 1}, {"\\p{So}", "😀", 1}, {"\\p{Sc}", "₫", 1},
        {"\\p{Any}", "\n", 1}, {"[\\pL\\pN_]", "-", 0}, {"[^\\pL\\s]", "phố xá", 0}, {"\\pZ", "\xe2\x80\xa8", 1}, {"\\p{Zs}", " ", 1},
        {"\\p{Nd}", "Ⅷ", 0}, {"\\p{Nl}", "Ⅷ", 1}, {"\\pC", "\t", 1}, {"\\pL", "\xcd\xb8", 0}, {"\\pC", "\xcd\xb8", 0},
        {"^\\p{Lu}\\p{Ll}+( \\p{Lu}\\p{Ll}+){1,3}$", "Nguyễn Thị Minh Khai", 1});
}

static void case_is_ignored_as_unicode_folds_it(void **state)
{
    CHECK({"(?i)ngập", "NGẬP đường", 1}, {"ngập", "NGẬP", 0}, {"(?i)đ", "Đ", 1}, {"(?i)k", "\xe2\x84\xaa", 1}, {"(?i)\xe2\x84\xaa", "k", 1},
        {"(?i)s", "ſ", 1}, {"(?i)[a-z]", "ſ", 1}, {"(?i)[^s]", "ſ", 0}, {"(?i)σ", "ς", 1}, {"(?i)µ", "Μ", 1}, {"(?i)ß", "ẞ", 1}, {"(?i)ß", "ss", 0},
        {"(?i)i", "İ", 0}, {"(?i)i", "ı", 0}, {"(?i)ǆ", "ǅ", 1}, {"(?i)\\p{Lu}", "a", 1}, {"(?i)\\P{Lu}", "a", 0}, {"(?i)\\w", "ſ", 1},
        {"(?i)\\W", "ſ", 0}, {"(?i)[[:upper:]]", "a", 1}, {"(?i)[à-ỹ]", "Ế", 1}, {"a(?i)b", "aB", 1}, {"a(?i)b", "AB", 0},
        {"(?i:a)b", "Ab", 1}, {"(?i:a)b", "AB", 0}, {"(?i)a(?-i)b", "AB", 0}, {"(a(?i)b|c)d", "Cd", 1}, {"(a(?i)b|c)d", "CD", 0},
        {"(?i)\\x{111}", "Đ", 1}, {"(?i)ⅷ", "Ⅷ", 1}, {"(?i)5", "5", 1}, {"(?i)\\QÁ.\\E", "á.", 1});
}

static void words_of_ascii_have_edges(void **state)
{
    CHECK({"\\bU7\\b", "tuyến U7.", 1}, {"\\bU7\\b", "XU7", 0}, {"\\bcháy\\b", "báo cháy!", 1}, {"(?i)\\bcháy\\b", "CHÁY", 1}, {"\\bcháy\\b", "cháyx", 0},
        {"\\by\\b", "cháy", 1}, {"^\\b", "é", 0}, {"^\\B", "é", 1}, {"\\b", "", 0}, {"\\B", "", 1}, {"\\B", "a", 0}, {"a\\Bb", "ab", 1},
        {"a\\bb", "ab", 0}, {"\\b^a", "a", 1}, {"a$\\b", "a", 1}, {"(\\w+\\W+){2}end\\b", "at the end", 1}, {"\\b+a", "a", 1}, {"(?:\\b)*a", "ba", 1},
        {"\\Bé\\B", "é", 1}, {"^é\\Ba", "éa", 0}, {"\\b\\Ba", "a", 0});
}

static void letters_are_written_in_many_ways(void **state)
{
    CHECK({"a\\.b", "a.b", 1}, {"a\\.b", "axb", 0}, {"\\x41", "A", 1}, {"\\x{1F600}", "😀", 1}, {"\\x{0000000041}", "A", 1}, {"\\101", "A", 1},
        {"\\12", "\n", 1}, {"\\777", "ǿ", 1}, {"\\a", "\a", 1}, {"\\v", "\n", 0}, {"\\v", "\v", 1}, {"\\f", "\f", 1}, {"\\r\\n", "\r\n", 1}, {"\\_", "_", 1},
        {"\\Qa.b\\E", "a.b", 1}, {"\\Qa.b\\E", "axb", 0}, {"\\Qab\\E*c", "abbc", 1}, {"\\Q\\", "\\", 1}, {"\\Qa", "a", 1}, {"a{,2}", "a{,2}", 1},
        {"a{", "a{", 1}, {"a{1", "a{1", 1}, {"a{x}", "a{x}", 1}, {"a{01}", "a{01}", 1}, {"]", "]", 1}, {"}", "}", 1}, {"\\\\", "\\", 1}, {"\\/", "/", 1},
        {"\\{", "{", 1}, {"\\ ", " ", 1}, {"\\\n", "\n", 1}, {"\\x{d800}", "a", 0});
}

static void repetitions_take_what_they_can(void **state)
{
    CHECK({"^a{3}$", "aaa", 1}, {"^a{3}$", "aa", 0}, {"^a{2,}$", "aaaa", 1}, {"^a{2,3}$", "aaaa", 0}, {"^a{0}$", "", 1}, {"^a{0}$", "a", 0},
        {"^a{0,1}?b$", "ab", 1}, {"^a*?$", "aaa", 1}, {"^a+?b", "aab", 1}, {"(?U)^a+$", "aaa", 1}, {"^(ab){2}$", "abab", 1}, {"^(a|bc)*$", "abca", 1},
        {"^(a|bc)*$", "abcb", 0}, {"^(a*)*$", "aaa", 1}, {"^(a|b*)+$", "abba", 1}, {"^(?:a?){3}$", "aa", 1}, {"^(?:a?){3}$", "aaaa", 0},
        {"^(x{2}){3}$", "xxxxxx", 1}, {"^(x{2}){3}$", "xxxxx", 0}, {"a(?i)*b", "aab", 1}, {"(?P<n>a)(?<m>b)", "ab", 1}, {"(?P<đ>a)", "a", 1},
        {"()a", "a", 1}, {"(?:)", "", 1}, {"a||b", "", 1}, {"^(a||b)$", "", 1}, {"x.{1,300}y", "x123y", 1}, {"(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 0},
        {"^(\\d{1,3}\\.){3}\\d{1,3}$", "192.168.0.1", 1}, {"^[0-9]{2}[A-Z]-[0-9]{3,5}(\\.[0-9]{2})?$", "59A-123.45", 1});
}

static void texts_hold_nul_and_bytes_that_are_no_text(void **state)
{
    struct ioc_pattern *nul = compile((struct ioc_text){"^a\0b+$", 6}),
                       *escaped = compile(IOC_TEXT("^a\\x00b+$")), *dot = compile(IOC_TEXT("^a.b$")),
                       *negated = compile(IOC_TEXT("^a[^x]b$"));
    const struct ioc_text text = {"a\0bb", 4};
    assert_true(matches(nul, text) && matches(escaped, text));
    assert_false(matches(nul, IOC_TEXT("a")));
    assert_true(matches(dot, (struct ioc_text){"a\0b", 3}));
    /* A byte that is not UTF-8 is no letter: not even of [^x]. */
    assert_false(matches(dot, IOC_TEXT("a\xff" "b")));
    assert_false(matches(negated, IOC_TEXT("a\xc3" "b")));
    assert_false(matches(negated, IOC_TEXT("a\xed\xa0\x80" "b")));
    ioc_pattern_unref(nul);
    ioc_pattern_unref(escaped);
    ioc_pattern_unref(dot);
    ioc_pattern_unref(negated);
}

static void what_re2_has_not_is_refused_at_its_bytes(void **state)
{
    static const struct {
        const char *pattern;
        uint32_t offset, length;
        const char *text;
    } cases[] = {
        {"ab(?=c)", 2, 3, "looking ahead"}, {"(?!a)", 0, 3, "looking ahead"}, {"a(?<=b)", 1, 4, "looking behind"}, {"(?<!a)b", 0, 4, "looking behind"},
        {"(a)\\1", 3, 2, "back references"}, {"(?P=n)", 0, 4, "back references"}, {"(?>a)", 0, 3, "atomic"}, {"(?(1)a)", 0, 3, "conditional"},
        {"(?#c)", 0, 3, "comments"}, {"a++", 2, 1, "possessive"}, {"a{2}*", 4, 1, "repetition cannot be repeated"}, {"a**", 2, 1, "cannot be repeated"},
        {"é\\Z", 2, 2, "\\Z"}, {"\\h", 0, 2, "\\h"}, {"\\R", 0, 2, "\\R"}, {"\\K", 0, 2, "\\K"}, {"\\G", 0, 2, "\\G"}, {"\\C", 0, 2, "one byte"},
        {"\\é", 0, 3, "\\é"}, {"a\\", 1, 1, "nothing follows"}, {"\\E", 0, 2, "\\E"}, {"\\8", 0, 2, "back references"}, {"\\cA", 0, 2, "\\c"},
        {"*a", 0, 1, "nothing before"}, {"(*)", 1, 1, "nothing before"}, {"a|+", 2, 1, "nothing before"}, {"{2}", 0, 3, "nothing before"},
        {"(?i)*", 4, 1, "nothing before"}, {"\\Q\\E*", 4, 1, "nothing before"}, {"a{1001}", 1, 6, "at most 1000"}, {"a{3,2}", 1, 5, "less than it begins"},
        {"(a{100}){11}", 8, 4, "together"}, {"((a{2,}){25}){21}", 13, 4, "together"}, {"(a", 0, 1, "not closed"}, {"a)", 1, 1, "never opened"},
        {"a[b", 1, 1, "class is not closed"}, {"[]", 0, 1, "class is not closed"}, {"[z-a]", 1, 3, "ends before"}, {"[a-\\d]", 3, 2, "\\d"},
        {"[\\b]", 1, 2, "\\b"}, {"[[:foo:]]", 1, 7, "no class"}, {"\\pX", 0, 3, "'X'"}, {"\\p{greek}", 0, 9, "'greek'"}, {"\\p{Cn}", 0, 6, "'Cn'"},
        {"\\p{L", 0, 4, "missing"}, {"\\p", 0, 2, "missing"}, {"\\x4", 0, 3, "code point"}, {"\\x{110000}", 0, 9, "code point"}, {"\\x{}", 0, 3, "code point"},
        {"(?z)", 0, 3, "flags"}, {"(?i-)", 0, 5, "flags"}, {"(?-)", 0, 4, "flags"}, {"(?i", 0, 3, "flags"}, {"(?P<>a)", 0, 4, "empty"},
        {"(?P<a b>c)", 0, 6, "letters, digits"}, {"(?P<n", 0, 5, "no '>'"}, {"a?^b|c", 0, 0, NULL}, {"(a|b$)*c?d", 0, 0, NULL}, {"(,|^a){2}b", 3, 1, "'^' stands behind"},
        {"(x$|y)(z*|w)u|v", 0, 0, NULL}, {"(x$|y)z*$", 2, 1, "'$' stands before"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ioc_pattern *pattern = NULL;
        struct ioc_program_error err = {0};
        enum ioc_status status = ioc_pattern_new(ioc_text_of(cases[i].pattern), &pattern, &err);
        bool is_wanted = cases[i].text ? status == IOC_INVALID && strstr(err.error.text, cases[i].text)
                                       : status == IOC_OK;
        if (!is_wanted || (cases[i].text && (err.offset != cases[i].offset || err.length != cases[i].length)))
            fail_msg("'%s': %u+%u %s", cases[i].pattern, err.offset, err.length, err.error.text);
        if (cases[i].text)
            assert_string_equal(err.error.code, "bad-pattern");
        ioc_pattern_unref(pattern);
    }
}

static void patterns_that_are_texts_need_no_automaton(void **state)
{
    static const struct {
        const char *pattern, *literal;
        enum ioc_pattern_form_kind kind;
    } cases[] = {
        {"pump", "pump", IOC_PATTERN_CONTAINS}, {"^pump", "pump", IOC_PATTERN_STARTS}, {"pump$", "pump", IOC_PATTERN_ENDS},
        {"^pump$", "pump", IOC_PATTERN_EQUALS}, {"\\Apump\\z", "pump", IOC_PATTERN_EQUALS}, {".*pump.*", "pump", IOC_PATTERN_CONTAINS},
        {"^pump.*", "pump", IOC_PATTERN_STARTS}, {"(?s).*pump$", "pump", IOC_PATTERN_ENDS}, {"p(um)p", "pump", IOC_PATTERN_CONTAINS},
        {"ngập", "ngập", IOC_PATTERN_CONTAINS}, {"^\\x{1F600}", "😀", IOC_PATTERN_STARTS}, {"a\\.b", "a.b", IOC_PATTERN_CONTAINS}, {"[a]b", "ab", IOC_PATTERN_CONTAINS},
        {"(?i)1-2", "1-2", IOC_PATTERN_CONTAINS}, {"a+", "a", IOC_PATTERN_CONTAINS}, {"a{1,9}", "a", IOC_PATTERN_CONTAINS}, {"^$", "", IOC_PATTERN_EQUALS},
        {"", "", IOC_PATTERN_ALWAYS}, {"^", "", IOC_PATTERN_ALWAYS}, {"a*", "", IOC_PATTERN_ALWAYS}, {"a|b*", "", IOC_PATTERN_ALWAYS},
        {"a^b", "", IOC_PATTERN_FAILS}, {"[^\\x00-\\x{10FFFF}]", "", IOC_PATTERN_FAILS}, {"pump.", "", IOC_PATTERN_SEARCH}, {"(?i)pump", "", IOC_PATTERN_SEARCH},
        {"^pump.*$", "", IOC_PATTERN_SEARCH}, {"^a{2}", "", IOC_PATTERN_SEARCH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ioc_pattern *pattern = compile(ioc_text_of(cases[i].pattern));
        if (ioc_pattern_kind(pattern) != cases[i].kind ||
            !ioc_text_equal(ioc_pattern_literal(pattern), ioc_text_of(cases[i].literal)))
            fail_msg("'%s' is of kind %d", cases[i].pattern, ioc_pattern_kind(pattern));
        ioc_pattern_unref(pattern);
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Hyperscan alone takes seconds for most of them. */
static void bombs_are_refused_quickly(void **state)
{
    char *open = ioc_memory_take(1000), *long_one = ioc_memory_take(3000);
    memset(open, '(', 999);
    memset(long_one, 'a', 2999);
    const char *bombs[] = {".*a.{500}b", "a.{20}b", ".{1000}", "(?i)(.{3}ế){300}", "(\\pL{2}[à-ỹ]{1,30}x){30}", "(a|bc){900}", "(ab?){900}",
        "(x+x+)+y.{30}z", "\\b(\\b.\\B.){1,100}\\b", open, long_one,
        "[\\pL\\pN]{900}\\p{Greek}{100}"};
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        struct ioc_pattern *pattern = NULL;
        struct ioc_program_error err = {0};
        double start = seconds();
        enum ioc_status status = ioc_pattern_new(ioc_text_of(bombs[i]), &pattern, &err);
        double taken = seconds() - start;
        if (status != IOC_LIMIT || !err.error.hint[0] == (bombs[i] != open) || taken > 1)
            fail_msg("'%.40s' takes %.0f ms: %d %s", bombs[i], taken * 1e3, status, err.error.text);
        ioc_pattern_unref(pattern);
    }
    ioc_memory_give(open);
    ioc_memory_give(long_one);
}

static void long_lists_of_words_fit(void **state)
{
    CHECK({"(?i)\\b(ngập|cháy|nổ|khói|sụt lún|đổ cây|mất điện|kẹt xe|tai nạn|rò rỉ)\\b", "có KHÓI ở hầm", 1},
        {"(?i)(ngập nước|hỏa hoạn|cháy nổ|sập cầu|sụt lún|cây đổ|mất điện|kẹt xe|tai nạn|rò rỉ khí|rác thải|tiếng ồn)", "Cây đổ chắn đường", 1},
        {"^(?:Quận [1-9]|Quận 1[0-2]|Bình Thạnh|Gò Vấp|Tân Bình|Tân Phú|Phú Nhuận|Thủ Đức)$", "Quận 13", 0});
}

static void equal_patterns_are_shared(void **state)
{
    struct ioc_pattern_pool *pool = ioc_pattern_pool_new();
    struct ioc_pattern *first = NULL, *second = NULL, *other = NULL, *bad = NULL;
    assert_int_equal(ioc_pattern_pool_get(pool, IOC_TEXT("[0-9]+x"), &first, NULL), IOC_OK);
    assert_int_equal(ioc_pattern_pool_get(pool, IOC_TEXT("[0-9]+x"), &second, NULL), IOC_OK);
    assert_int_equal(ioc_pattern_pool_get(pool, IOC_TEXT("[0-9]+y"), &other, NULL), IOC_OK);
    assert_int_equal(ioc_pattern_pool_get(pool, IOC_TEXT("("), &bad, NULL), IOC_INVALID);
    assert_ptr_equal(first, second);
    assert_ptr_not_equal(first, other);
    ioc_pattern_pool_free(pool);
    ioc_pattern_unref(first);
    assert_true(matches(second, IOC_TEXT("17x")));
    assert_true(matches(other, IOC_TEXT("17y")));
    ioc_pattern_unref(second);
    ioc_pattern_unref(other);
}

static void one_scratch_serves_many_patterns_in_any_order(void **state)
{
    enum { MANY = 200 };
    struct ioc_pattern *patterns[MANY];
    char text[40];
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, i % 3 ? "^[a-c]+%u$" : "%u.{1,40}[xy]z", i);
        patterns[i] = compile(ioc_text_of(text));
    }
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < MANY; i++) {
            uint32_t at = i * 71 % MANY;
            snprintf(text, sizeof text, at % 3 ? "abc%u" : "%u--yz", at);
            assert_true(matches(patterns[at], ioc_text_of(text)));
            assert_false(matches(patterns[at], IOC_TEXT("abc-")));
        }
    }
    for (uint32_t i = 0; i < MANY; i++)
        ioc_pattern_unref(patterns[i]);
}

static void long_texts_cost_steps_and_no_memory_that_stays(void **state)
{
    struct ioc_pattern *pattern = compile(IOC_TEXT("[à-ỹ]x$"));
    uint32_t length = 300000;
    char *text = ioc_memory_take(length);
    for (uint32_t i = 0; i + 3 <= length; i += 3)
        memcpy(text + i, "ế", 3);
    bool is_match = true;
    ioc_scratch_begin(scratch, NULL);
    for (int i = 0; i < 5; i++)
        assert_int_equal(ioc_pattern_match(pattern, scratch, (struct ioc_text){text, length}, &is_match), IOC_FAULT_NONE);
    assert_false(is_match);
    assert_int_equal(scratch->used, 0);
    assert_int_equal(scratch->steps, IOC_STEPS_MOST - 5 * (length / 8));
    scratch->steps = 100;
    assert_int_equal(ioc_pattern_match(pattern, scratch, (struct ioc_text){text, length}, &is_match), IOC_FAULT_STEPS);
    ioc_memory_give(text);
    ioc_pattern_unref(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(search_is_unanchored_and_line_names_are_tied),
        cmocka_unit_test(ends_of_the_text_are_not_ends_of_lines),
        cmocka_unit_test(lines_begin_and_end_under_m),
        cmocka_unit_test(dot_takes_line_ends_under_s),
        cmocka_unit_test(classes_are_those_of_re2),
        cmocka_unit_test(unicode_has_categories_and_scripts),
        cmocka_unit_test(case_is_ignored_as_unicode_folds_it),
        cmocka_unit_test(words_of_ascii_have_edges),
        cmocka_unit_test(letters_are_written_in_many_ways),
        cmocka_unit_test(repetitions_take_what_they_can),
        cmocka_unit_test(texts_hold_nul_and_bytes_that_are_no_text),
        cmocka_unit_test(what_re2_has_not_is_refused_at_its_bytes),
        cmocka_unit_test(patterns_that_are_texts_need_no_automaton),
        cmocka_unit_test(bombs_are_refused_quickly),
        cmocka_unit_test(long_lists_of_words_fit),
        cmocka_unit_test(equal_patterns_are_shared),
        cmocka_unit_test(one_scratch_serves_many_patterns_in_any_order),
        cmocka_unit_test(long_texts_cost_steps_and_no_memory_that_stays),
    };
    return cmocka_run_group_tests_name("pattern", tests, set_up, tear_down);
}
