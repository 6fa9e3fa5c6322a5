/* tests/rules/test_strings.c — functions on texts: positions, bounds, every error. */
#include "core/draft.h"
#include "core/memory.h"
#include "rules/cel/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TEXT, PART, BY, LIMIT, NUMBERS, FIELDS };
enum { LARGE = 240000 }; /* about as much as a record may hold */
static struct ioc_field fields[FIELDS] = {
    [TEXT] = {.name = {"text", 4}, .type = IOC_STRING, .max = LARGE},
    [PART] = {.name = {"part", 4}, .type = IOC_STRING, .is_optional = true, .max = LARGE},
    [BY] = {.name = {"by", 2}, .type = IOC_STRING, .is_optional = true},
    [LIMIT] = {.name = {"limit", 5}, .type = IOC_INT, .is_optional = true},
    [NUMBERS] = {.name = {"numbers", 7}, .type = IOC_LIST, .of = IOC_STRING, .is_optional = true},
};
static const struct ioc_schema schema = {.name = {"note", 4}, .fields = fields, .count = FIELDS};
static const struct ioc_variable variables[] = {
    {.name = {"event", 5}, .frame = 0, .is_record = true, .schema = &schema},
};
static const struct ioc_scope scope = {.variables = variables, .count = 1};

static struct ioc_draft draft;
static const struct ioc_row *frames[IOC_FRAMES_MOST];
static struct ioc_scratch *scratch;

static int set_up(void **state)
{
    scratch = ioc_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    ioc_scratch_free(scratch);
    ioc_draft_done(&draft);
    return 0;
}

static void begin(struct ioc_text text)
{
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_set_text(&draft, TEXT, text), IOC_OK);
    frames[0] = ioc_draft_row(&draft);
}

static void set(ioc_slot slot, struct ioc_text text)
{
    assert_int_equal(ioc_draft_set_text(&draft, slot, text), IOC_OK);
    frames[0] = ioc_draft_row(&draft);
}

/* Unfolded: what a rule would compute at each event. */
static enum ioc_outcome run(const char *source, struct ioc_outcome_value *value)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    if (ioc_program_new(ioc_text_of(source), &scope, IOC_TYPES, &program, &err) != IOC_OK)
        fail_msg("%s: %s", source, err.error.text);
    enum ioc_outcome outcome = ioc_program_run(program, frames, scratch, value);
    if (outcome == IOC_OUTCOME_ERROR)
        (void)ioc_scratch_error(scratch);
    ioc_program_free(program);
    return outcome;
}

static void expect_true(const char *source)
{
    struct ioc_outcome_value value = {0};
    if (run(source, &value) != IOC_OUTCOME_VALUE)
        fail_msg("%s: %s", source, scratch->message);
    if (value.type != IOC_BOOL || !value.boolean)
        fail_msg("%s: is not true", source);
}

static void expect_all(const char *const *sources)
{
    for (; *sources; sources++)
        expect_true(*sources);
}

static void expect_error(const char *source, const char *wanted)
{
    struct ioc_outcome_value value;
    enum ioc_outcome outcome = run(source, &value);
    if (outcome != IOC_OUTCOME_ERROR)
        fail_msg("%s: outcome %d, not an error", source, outcome);
    if (!strstr(scratch->message, wanted))
        fail_msg("%s: '%s' instead of '%s'", source, scratch->message, wanted);
}

static void positions_count_code_points(void **state)
{
    begin(IOC_TEXT("Quận 1 🚒🌊 e\xCC\x81!"));
    expect_all((const char *const[]){
        "event.text.size() == 13",
        "event.text.charAt(2) == 'ậ' && event.text.charAt(7) == '🚒' && event.text.charAt(8) == '🌊'",
        "event.text.charAt(10) == 'e' && event.text.charAt(11) == '\\u0301'",
        "event.text.charAt(13) == ''",
        "event.text.indexOf('🌊') == 8 && event.text.lastIndexOf('🌊') == 8",
        "event.text.indexOf('\\u0301') == 11 && event.text.indexOf('!', 12) == 12",
        "event.text.substring(7) == '🚒🌊 e\\u0301!' && event.text.substring(7, 9) == '🚒🌊'",
        "event.text.substring(13) == '' && event.text.substring(0, 0) == ''",
        "event.text.substring(0, 13) == event.text",
        "event.text.reverse() == '!\\u0301e 🌊🚒 1 nậuQ' && event.text.reverse().reverse() == event.text",
        "event.text.split('').size() == 13 && event.text.split('').join() == event.text",
        "'aé🚒'.replace('', '-') == '-a-é-🚒-'",
        "event.text.lowerAscii() == 'quận 1 🚒🌊 e\\u0301!'",
        "event.text.upperAscii() == 'QUậN 1 🚒🌊 E\\u0301!'",
        NULL,
    });
}

static void a_nul_byte_is_a_letter_like_any_other(void **state)
{
    begin((struct ioc_text){"a\0b\0\0c", 6});
    expect_all((const char *const[]){
        "event.text.size() == 6 && event.text.charAt(1) == '\\x00' && event.text.charAt(5) == 'c'",
        "event.text.indexOf('b') == 2 && event.text.indexOf('\\x00\\x00') == 3",
        "event.text.lastIndexOf('\\x00') == 4 && event.text.lastIndexOf('\\x00', 3) == 3",
        "event.text.split('\\x00') == ['a', 'b', '', 'c']",
        "event.text.replace('\\x00', '') == 'abc'",
        "event.text.reverse() == 'c\\x00\\x00b\\x00a'",
        "['a', 'b'].join('\\x00') == 'a\\x00b'",
        "strings.quote(event.text) == '\"' + event.text + '\"'",
        "'%s'.format([event.text]) == event.text && '%x'.format([event.text]) == '610062000063'",
        "'a\\x00%d'.format([1]) == 'a\\x001'",
        "'\\x00 a \\x00'.trim() == '\\x00 a \\x00'",
        NULL,
    });
}

static void parts_are_found_from_both_ends(void **state)
{
    begin(IOC_TEXT("hello mellow"));
    expect_all((const char *const[]){
        "event.text.indexOf('') == 0 && event.text.indexOf('', 2) == 2 && event.text.indexOf('', 12) == 12",
        "event.text.indexOf('', 20) == 12 && event.text.lastIndexOf('', 20) == 12",
        "event.text.indexOf('ello', 2) == 7 && event.text.indexOf('ello', 7) == 7",
        "event.text.indexOf('ello', 8) == -1 && event.text.indexOf('ello', 20) == -1",
        "event.text.indexOf('jello') == -1 && event.text.indexOf('hello mellow!') == -1",
        "event.text.lastIndexOf('') == 12 && event.text.lastIndexOf('', 3) == 3",
        "event.text.lastIndexOf('ello', 6) == 1 && event.text.lastIndexOf('ello', 11) == 7",
        "event.text.lastIndexOf('ello', 0) == -1 && event.text.lastIndexOf('hello', 0) == 0",
        "event.text.lastIndexOf('ello', 12) == -1 && event.text.lastIndexOf('ello', 20) == -1",
        "event.text.lastIndexOf('hello mellow!') == -1 && event.text.lastIndexOf('w') == 11",
        "''.indexOf('') == 0 && ''.indexOf('a') == -1 && ''.lastIndexOf('') == 0 && ''.lastIndexOf('a') == -1",
        "event.text.indexOf('o', 9223372036854775807) == -1",
        "event.text.lastIndexOf('o', 9223372036854775807) == -1",
        NULL,
    });
}

static void parts_are_replaced_and_split_up_to_a_limit(void **state)
{
    begin(IOC_TEXT("hello hello"));
    expect_all((const char *const[]){
        "event.text.replace('he', 'we') == 'wello wello' && event.text.replace('he', 'we', -1) == 'wello wello'",
        "event.text.replace('he', 'we', 1) == 'wello hello' && event.text.replace('he', 'we', 0) == event.text",
        "event.text.replace('', '_') == '_h_e_l_l_o_ _h_e_l_l_o_' && event.text.replace('', '_', 2) == '_h_ello hello'",
        "event.text.replace('', '_', 0) == event.text && ''.replace('', '_') == '_' && ''.replace('a', 'b') == ''",
        "event.text.replace('h', '') == 'ello ello' && event.text.replace('hello hello', '') == ''",
        "'aaa'.replace('aa', 'b') == 'ba' && 'aaaa'.replace('aa', 'aaa') == 'aaaaaa'",
        "event.text.replace('l', 'L', 9223372036854775807) == 'heLLo heLLo'",
        "'a,b,,c,'.split(',') == ['a', 'b', '', 'c', ''] && ''.split(',') == [''] && ''.split('') == []",
        "'a,b,c'.split(',', 0) == [] && 'a,b,c'.split(',', 1) == ['a,b,c'] && 'a,b,c'.split(',', 2) == ['a', 'b,c']",
        "'a,b,c'.split(',', 3) == 'a,b,c'.split(',') && 'a,b,c'.split(',', 9) == 'a,b,c'.split(',', -1)",
        "'abc'.split('', 1) == ['abc'] && 'abc'.split('', 2) == ['a', 'bc'] && 'abc'.split('', 3) == ['a', 'b', 'c']",
        "'abc'.split('', 0) == [] && 'abc'.split('', 4) == ['a', 'b', 'c'] && 'a'.split('abc') == ['a']",
        "[].join() == '' && ['a'].join('-') == 'a' && ['', ''].join('-') == '-' && ['a', 'b', 'c'].join(', ') == 'a, b, c'",
        NULL,
    });
}

static void white_space_is_what_unicode_says(void **state)
{
    begin(IOC_TEXT(" \t\r\n\v\f P17 \xC2\x85\xC2\xA0\xE3\x80\x80"));
    expect_all((const char *const[]){
        "event.text.trim() == 'P17' && ''.trim() == '' && ' \\u3000 '.trim() == '' && 'a b'.trim() == 'a b'",
        "'\\u1680\\u2000\\u200a\\u2028\\u2029\\u202f\\u205fx\\u205f'.trim() == 'x'",
        "'\\u200b'.trim() == '\\u200b' && '\\ufeffx\\u180e'.trim() == '\\ufeffx\\u180e'",
        "'\\u00c2\\u0080'.trim().size() == 2 && '\\u2010'.trim() == '\\u2010' && 'x\\u1681'.trim() == 'x\\u1681'",
        NULL,
    });
}

static void a_quoted_text_reads_back(void **state)
{
    begin(IOC_TEXT("\a\b\f\n\r\t\v\\\"'é🚒"));
    expect_true("strings.quote(event.text) == r'''\"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"'é🚒\"'''");
    expect_true("strings.quote('') == '\"\"'");
}

static void values_are_written_as_their_clauses_say(void **state)
{
    begin(IOC_TEXT("x"));
    expect_all((const char *const[]){
        "'%s|%s|%s|%s'.format([1, 2u, -3, true]) == '1|2|-3|true'",
        "'%s %s %s'.format([1.0, 0.1, -2.5e-7]) == '1 0.1 -0.00000025'",
        "'%s'.format([1e21]) == '1000000000000000000000' && '%s'.format([1.5e16]) == '15000000000000000'",
        "'%s'.format([123456789012345680000.0]) == '123456789012345680000'",
        "'%s'.format([5e-324]).size() == 326 && '%s'.format([1.7976931348623157e308]).size() == 309",
        "'%d'.format([3.14]) == '3.14' && '%d'.format([-9223372036854775808]) == '-9223372036854775808'",
        "'%d %d'.format([18446744073709551615u, 1e3]) == '18446744073709551615 1000'",
        "'%s %s %s'.format([double('NaN'), double('Infinity'), double('-Infinity')]) == 'NaN Infinity -Infinity'",
        "'%f %f'.format([double('-Infinity'), double('NaN')]) == '-Infinity NaN'",
        "'%f %.0f %.0f %.0f %.2f'.format([3, 0.5, 1.5, 2.5, 2u]) == '3.000000 0 2 2 2.00'",
        "'%.3f %.3f'.format([123.4999, 123.4994]) == '123.500 123.499'",
        "'%.25f'.format([0.1]) == '0.1000000000000000055511151' && '%.1000f'.format([1.0]).size() == 1002",
        "'%.0f'.format([1.7976931348623157e308]).size() == 309",
        "'%e %.1e %.0e %e'.format([1052.032911275, -3.14, 5, 1e100]) == '1.052033e+03 -3.1e+00 5e+00 1.000000e+100'",
        "'%b %b %b %b'.format([5, -5, true, 0u]) == '101 -101 1 0'",
        "'%b'.format([-9223372036854775808]) == '-1' + ['0', '0', '0'].map(x, '000000000000000000000').join()",
        "'%o %o'.format([30, -8]) == '36 -10'",
        "'%x %X %x %x'.format([26, 26u, -255, 18446744073709551615u]) == '1a 1A -ff ffffffffffffffff'",
        "'%x %X'.format(['Huế', b'\\x00\\xff']) == '4875e1babf 00FF'",
        "'%s'.format([b'\\xff\\xfea\\xc3b']) == '\\ufffda\\ufffdb'",
        "'%s %s'.format([timestamp('2023-02-03T23:31:20.5+07:00'), duration('1h1.5s')]) == '2023-02-03T16:31:20.5Z 3601.5s'",
        "'%s %s'.format([duration('-1ms'), duration('0')]) == '-0.001s 0s'",
        "'%s %s %s'.format([int, type(timestamp(0)), type(null)]) == 'int google.protobuf.Timestamp null_type'",
        "'%s'.format([['a', 1, [2.5, null]]]) == '[a, 1, [2.5, null]]' && '%s %s'.format([[], {}]) == '[] {}'",
        "'%s'.format([{'b': 1, 'a': {2: 'x', 10: 'y'}}]) == '{a: {10: y, 2: x}, b: 1}'",
        "'%s'.format([{true: 1, 'm': 2, 7: 3, 8u: 4}]) == '{7: 3, 8: 4, m: 2, true: 1}'",
        "'100%%'.format([]) == '100%' && '%%%s%%'.format(['x']) == '%x%' && ''.format([]) == ''",
        "event.text.format([]) == 'x' && event.text.format([1, 2]) == 'x'",
        "'%.3s%.9d'.format(['abcdef', 7]) == 'abcdef7'",
        NULL,
    });
}

static void bad_positions_and_formats_are_errors(void **state)
{
    static const struct {
        const char *source, *wanted;
    } rows[] = {
        {"event.text.charAt(6)", "outside of the text"},
        {"event.text.charAt(-1)", "outside of the text"},
        {"event.text.charAt(9223372036854775807)", "outside of the text"},
        {"event.text.substring(6)", "outside of the text"},
        {"event.text.substring(-1)", "outside of the text"},
        {"event.text.substring(3, 2)", "outside of the text"},
        {"event.text.substring(0, 6)", "outside of the text"},
        {"event.text.substring(-1, 2)", "outside of the text"},
        {"event.text.substring(6, 6)", "outside of the text"},
        {"event.text.indexOf('l', -1)", "outside of the text"},
        {"event.text.lastIndexOf('l', -1)", "outside of the text"},
        {"event.text.lastIndexOf('', -1)", "outside of the text"},
        {"dyn(['a', 1]).join()", "no such overload"},
        {"event.numbers.join(',')", "no such overload"},
        {"(event.text + '%s').format([])", "more clauses"},
        {"(event.text + '%a').format([1])", "none of %s %d"},
        {"(event.text + '%').format([1])", "none of %s %d"},
        {"(event.text + '%.').format([1])", "none of %s %d"},
        {"(event.text + '%.f').format([1])", "none of %s %d"},
        {"(event.text + '%.2').format([1])", "none of %s %d"},
        {"(event.text + '%.1001f').format([1])", "more than 1000 decimals"},
        {"(event.text + '%.99999999999999999999f').format([1])", "more than 1000 decimals"},
        {"(event.text + '%-5d').format([1])", "none of %s %d"},
        {"(event.text + '%\\x00').format([1])", "none of %s %d"},
        {"(event.text + '%é').format([1])", "none of %s %d"},
        {"(event.text + '%d').format(['1'])", "no such overload"},
        {"(event.text + '%f').format([true])", "no such overload"},
        {"(event.text + '%e').format([null])", "no such overload"},
        {"(event.text + '%b').format([1.0])", "no such overload"},
        {"(event.text + '%o').format([1.0])", "no such overload"},
        {"(event.text + '%x').format([1.0])", "no such overload"},
        {"(event.text + '%X').format([[1]])", "no such overload"},
        {"(event.text + '%d').format([duration('1s')])", "no such overload"},
    };
    begin(IOC_TEXT("hello"));
    struct ioc_ref cells;
    assert_int_equal(ioc_draft_cells(&draft, 1, &cells), IOC_OK);
    ioc_draft_cell_set(&draft, cells, 0, IOC_INT, (union ioc_word){.i = 5}); /* a decoder's mistake */
    assert_int_equal(ioc_draft_set_cells(&draft, NUMBERS, cells), IOC_OK);
    frames[0] = ioc_draft_row(&draft);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_error(rows[i].source, rows[i].wanted);
}

static void a_constant_format_is_judged_at_load(void **state)
{
    static const struct {
        const char *source, *at, *text;
    } rows[] = {
        {"'%a'.format([1])", "'%a'", "'%a' is no clause of format()"},
        {"'5 %'.format([1])", "'5 %'", "'%' is no clause of format()"},
        {"'%.1001f'.format([1.5])", "'%.1001f'", "'%.1001f' is no clause of format()"},
        {"'%z'.format(event.numbers)", "'%z'", "'%z' is no clause of format()"},
        {"'%s %d'.format([1])", "[1]", "the text of format() has 2 clauses, but the list 1 value"},
        {"'%s'.format([1, 2])", "[1, 2]", "the text of format() has 1 clause, but the list 2 values"},
        {"'%d'.format([event.text])", "event.text", "'%d' does not take string"},
        {"'%.2f m'.format([true])", "true", "'%.2f' does not take bool"},
        {"'%x'.format([1.5])", "1.5", "'%x' does not take double"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ioc_program *program = NULL;
        struct ioc_program_error err = {0};
        assert_int_equal(
            ioc_program_new(ioc_text_of(rows[i].source), &scope, IOC_TYPES, &program, &err),
            IOC_INVALID);
        assert_string_equal(err.error.text, rows[i].text);
        assert_true(err.error.hint[0]);
        assert_int_equal(err.offset, strstr(rows[i].source, rows[i].at) - rows[i].source);
        assert_int_equal(err.length, strlen(rows[i].at));
    }
}

static struct ioc_text repeat(const char *part, uint32_t bytes)
{
    uint32_t length = (uint32_t)strlen(part);
    char *data = ioc_memory_take(bytes);
    for (uint32_t i = 0; i + length <= bytes; i += length)
        memcpy(data + i, part, length);
    return (struct ioc_text){data, bytes / length * length};
}

#define MILLION "cel.bind(t, [event.text, event.text, event.text, event.text].join(), "

static void a_text_of_a_million_bytes_is_worked_on(void **state)
{
    struct ioc_text large = repeat("aé", LARGE);
    begin(large);
    expect_all((const char *const[]){
        MILLION "t.size() == 640000 && t.charAt(0) == 'a' && t.charAt(639999) == 'é')", /* 4 passes are within the budget */
        MILLION "t.charAt(640000) == '')",
        MILLION "t.substring(639998) == 'aé' && t.substring(5, 600005).size() == 600000)",
        MILLION "t.indexOf('éa', 600000) == 600001 && t.indexOf('x') == -1)",
        MILLION "t.lastIndexOf('aé') == 639998 && t.lastIndexOf('é', 300000) == 299999)",
        MILLION "t.lastIndexOf('x') == -1)",
        MILLION "t.lastIndexOf('aa') == -1)",
        MILLION "t.indexOf('éé') == -1)",
        MILLION "t.trim() == t)",
        MILLION "t.split('x') == [t])",
        "event.text.replace('é', '').size() == 80000 && event.text.replace('é', 'e').size() == 160000",
        "event.text.lowerAscii() == event.text && event.text.upperAscii().lowerAscii() == event.text",
        "event.text.reverse().charAt(0) == 'é' && event.text.reverse().reverse() == event.text",
        "strings.quote(event.text).size() == 160002",
        "'%s%s'.format([event.text, event.text]) == event.text + event.text",
        "event.text.split(event.text) == ['', '']",
        NULL,
    });
    ioc_memory_give((void *)large.data);
}

static void a_result_that_grows_too_large_is_an_error(void **state)
{
    static const char *const sources[] = {
        "event.text.replace('a', 'aaaaa')",
        "event.text.replace('', 'aaaaa')",
        "event.text.split('')",
        "event.text.split('a')",
        "[event.text, event.text, event.text, event.text, event.text].join()",
        MILLION "t.reverse())",
        MILLION "t.upperAscii())",
        MILLION "base64.encode(bytes(t)))",
        MILLION "'%s%s'.format([t, t]))",
        MILLION "'%x'.format([t]))",
        MILLION "'%s'.format([[t, [t]]]))",
        MILLION "'%s'.format([{t: t}]))",
        MILLION "'%s'.format([bytes(t + event.text)]))",
        "'%s'.format([lists.range(9).map(x, event.text)])",
        "lists.range(65537)",
        "lists.range(9223372036854775807)",
        "lists.range(1000).map(x, event.text.upperAscii())",
    };
    struct ioc_text large = repeat("a", LARGE);
    begin(large);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        expect_error(sources[i], "larger than 1 MiB");
    ioc_memory_give((void *)large.data);
}

/* Whatever the input, work ends with the budget: these would take minutes. */
static void endless_work_runs_out_of_steps(void **state)
{
    static const char *const sources[] = {
        MILLION "strings.quote(t))",
        "lists.range(2000).all(x, '%.1000f'.format([0.1 + double(x)]).size() > 0)",
        MILLION "t.lastIndexOf(event.part))",
        "lists.range(5000).all(x, event.text.indexOf('b') == -1)",
        "lists.range(5000).all(x, event.text.charAt(190000) == 'a')",
        "lists.range(5000).all(x, event.text.substring(x, 190000) != '')",
        "lists.range(5000).all(x, event.text.trim() != '')",
        "lists.range(5000).all(x, event.text.replace('b', '') != '')",
        "lists.range(5000).all(x, event.text.split('b') != [])",
        "lists.range(20000).distinct()",
        "lists.range(10000).map(x, event.text).sort()",
        "[1].map(x, lists.range(300)).map(x, [x, x, x, x]).map(x, [x, x, x, x]).map(x, [x, x, x, x])"
        ".map(x, [x, x, x, x]).map(x, [x, x, x, x]).map(x, [x, x, x, x]).flatten(20)",
    };
    struct ioc_text large = repeat("a", 200000), part = repeat("a", 16000);
    ((char *)part.data)[part.length / 2] = 'b';
    begin(large);
    set(PART, part);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        expect_error(sources[i], "more steps");
    expect_true("event.text.indexOf(event.part) == -1 && event.text.split(event.part) == [event.text]");
    ioc_memory_give((void *)large.data);
    ioc_memory_give((void *)part.data);
}

/* The plain way, on arrays of code points. */
struct points {
    uint32_t count;
    char letters[64]; /* 'a', 'b', or 'e' for a letter of two bytes */
};

static struct points random_points(uint32_t most)
{
    struct points points = {.count = (uint32_t)(rand() % (int)(most + 1))};
    for (uint32_t i = 0; i < points.count; i++)
        points.letters[i] = "abe"[rand() % 3];
    return points;
}

static struct ioc_text text_of(const struct points *points, char *out)
{
    uint32_t length = 0;
    for (uint32_t i = 0; i < points->count; i++) {
        const char *letter = points->letters[i] == 'e' ? "é" : points->letters[i] == 'a' ? "a" : "b";
        memcpy(out + length, letter, strlen(letter));
        length += (uint32_t)strlen(letter);
    }
    return (struct ioc_text){out, length};
}

static bool stands_at(const struct points *text, const struct points *part, int64_t at)
{
    return at + part->count <= text->count &&
           memcmp(text->letters + at, part->letters, part->count) == 0;
}

static int64_t find_plainly(const struct points *text, const struct points *part, int64_t at, int step)
{
    if (part->count == 0)
        return at < text->count ? at : text->count;
    if (at >= text->count)
        return -1;
    for (; at >= 0 && at < text->count; at += step) {
        if (stands_at(text, part, at))
            return at;
    }
    return -1;
}

static struct points replace_plainly(const struct points *text, const struct points *part,
    const struct points *by, int64_t limit)
{
    struct points out = {0};
    for (uint32_t at = 0; at <= text->count;) {
        bool is_place = limit != 0 && stands_at(text, part, at);
        if (is_place) {
            memcpy(out.letters + out.count, by->letters, by->count);
            out.count += by->count;
            at += part->count;
            limit--;
        }
        if (at < text->count && (!is_place || part->count == 0))
            out.letters[out.count++] = text->letters[at];
        at += !is_place || part->count == 0;
    }
    return out;
}

static void compare_with_the_plain_way(uint32_t round, struct ioc_program *const programs[4])
{
    struct points text = random_points(12), part = random_points(round % 4), by = random_points(2);
    char bytes[3][128];
    int64_t limit = rand() % 16;
    begin(text_of(&text, bytes[0]));
    set(PART, text_of(&part, bytes[1]));
    set(BY, text_of(&by, bytes[2]));
    ioc_draft_set_int(&draft, LIMIT, limit);
    frames[0] = ioc_draft_row(&draft);
    struct ioc_outcome_value value;
    assert_int_equal(ioc_program_run(programs[0], frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_int_equal(value.integer, find_plainly(&text, &part, limit, 1));
    assert_int_equal(ioc_program_run(programs[1], frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_int_equal(value.integer, find_plainly(&text, &part, limit, -1));
    struct points replaced = replace_plainly(&text, &part, &by, limit);
    char wanted[256];
    assert_int_equal(ioc_program_run(programs[2], frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_true(ioc_text_equal(value.text, text_of(&replaced, wanted)));
    assert_int_equal(ioc_program_run(programs[3], frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_true(value.boolean);
}

static void random_texts_give_what_the_plain_way_gives(void **state)
{
    static const char *const sources[] = {"event.text.indexOf(event.part, event.limit)",
        "event.text.lastIndexOf(event.part, event.limit)",
        "event.text.replace(event.part, event.by, event.limit)",
        "event.text.split(event.part).join(event.part) == event.text && "
        "event.text.split(event.part, event.limit + 1).join(event.part) == event.text && "
        "(event.part == '' || event.text.split(event.part).join(event.by) == "
        "event.text.replace(event.part, event.by)) && "
        "(event.part == '' ? event.text.lastIndexOf('') == event.text.size() "
        ": event.text.lastIndexOf(event.part) == "
        "(event.text == '' ? -1 : event.text.lastIndexOf(event.part, event.text.size() - 1)))"};
    struct ioc_program *programs[4];
    struct ioc_program_error err;
    for (int i = 0; i < 4; i++)
        assert_int_equal(
            ioc_program_new(ioc_text_of(sources[i]), &scope, IOC_TYPES, &programs[i], &err), IOC_OK);
    srand(20260131);
    for (uint32_t round = 0; round < 20000; round++)
        compare_with_the_plain_way(round, programs);
    for (int i = 0; i < 4; i++)
        ioc_program_free(programs[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_count_code_points),
        cmocka_unit_test(a_nul_byte_is_a_letter_like_any_other),
        cmocka_unit_test(parts_are_found_from_both_ends),
        cmocka_unit_test(parts_are_replaced_and_split_up_to_a_limit),
        cmocka_unit_test(white_space_is_what_unicode_says),
        cmocka_unit_test(a_quoted_text_reads_back),
        cmocka_unit_test(values_are_written_as_their_clauses_say),
        cmocka_unit_test(bad_positions_and_formats_are_errors),
        cmocka_unit_test(a_constant_format_is_judged_at_load),
        cmocka_unit_test(a_text_of_a_million_bytes_is_worked_on),
        cmocka_unit_test(a_result_that_grows_too_large_is_an_error),
        cmocka_unit_test(endless_work_runs_out_of_steps),
        cmocka_unit_test(random_texts_give_what_the_plain_way_gives),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
