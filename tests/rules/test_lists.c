/* tests/rules/test_lists.c — functions on lists, and base64: what they give and refuse. */
#include "rules/cel/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct ioc_scope scope = {0};

static enum ioc_outcome run(const char *source, bool *is_true, char message[256])
{
    struct ioc_program *program;
    struct ioc_program_error err;
    struct ioc_scratch *scratch = ioc_scratch_new();
    struct ioc_outcome_value value = {0};
    if (ioc_program_new(ioc_text_of(source), &scope, IOC_TYPES, &program, &err) != IOC_OK)
        fail_msg("%s: %s", source, err.error.text);
    enum ioc_outcome outcome = ioc_program_run(program, NULL, scratch, &value);
    *is_true = value.type == IOC_BOOL && value.boolean;
    message[0] = 0;
    if (outcome == IOC_OUTCOME_ERROR)
        snprintf(message, 256, "%s", ioc_scratch_error(scratch));
    ioc_program_free(program);
    ioc_scratch_free(scratch);
    return outcome;
}

static void expect_all(const char *const *sources)
{
    char message[256];
    for (bool is_true; *sources; sources++) {
        if (run(*sources, &is_true, message) != IOC_OUTCOME_VALUE)
            fail_msg("%s: %s", *sources, message);
        if (!is_true)
            fail_msg("%s: is not true", *sources);
    }
}

static void expect_error(const char *source, const char *wanted)
{
    char message[256];
    bool is_true;
    if (run(source, &is_true, message) != IOC_OUTCOME_ERROR)
        fail_msg("%s: is no error", source);
    if (!strstr(message, wanted))
        fail_msg("%s: '%s' instead of '%s'", source, message, wanted);
}

static void lists_are_cut_flattened_and_sorted(void **state)
{
    expect_all((const char *const[]){
        "[1, 2, 3].slice(0, 3) == [1, 2, 3] && [1, 2, 3].slice(1, 1) == [] && [].slice(0, 0) == []",
        "[1, [2, [3, [4]]]].flatten() == [1, 2, [3, [4]]] && [1, [2, [3, [4]]]].flatten(2) == [1, 2, 3, [4]]",
        "[[], [[]]].flatten() == [[]] && [[1]].flatten(0) == [[1]] && [[[[1]]]].flatten(99) == [1]",
        "[1, 2u, 1.0, 'a', 'a', [1], [1.0]].distinct() == [1, 2u, 'a', [1]]",
        "[1, 2, 3].reverse() == [3, 2, 1] && [].reverse() == []",
        "lists.range(0) == [] && lists.range(65536).size() == 65536",
        "[3, 1, 2].sort() == [1, 2, 3] && [].sort() == [] && ['b', 'b', 'a'].sort() == ['a', 'b', 'b']",
        "[2.5, -0.5].sort() == [-0.5, 2.5] && [true, false].sort() == [false, true] && [b'b', b'a'].sort() == [b'a', b'b']",
        "[duration('2s'), duration('1s')].sort()[0] == duration('1s')",
        "[timestamp(2), timestamp(1)].sort()[0] == timestamp(1) && [9u, 8u].sort() == [8u, 9u]",
        "['bb', 'a', 'ccc'].sortBy(x, size(x)) == ['a', 'bb', 'ccc'] && [1, 2, 3].sortBy(x, -x) == [3, 2, 1]",
        "['b1', 'a1', 'b0'].sortBy(x, x.charAt(0)) == ['a1', 'b1', 'b0']",
        "[[3, 1], [2]].sortBy(x, x.sortBy(y, y)[0]) == [[3, 1], [2]]",
        "[{'d': 2, 'n': 'x'}, {'d': 1, 'n': 'b'}].sortBy(r, r.d).map(r, r.n) == ['b', 'x']",
        "lists.range(1000).map(x, (x * 7919) % 1000).sort() == lists.range(1000)",
        NULL,
    });
}

static void what_cannot_be_cut_or_sorted_is_an_error(void **state)
{
    static const struct {
        const char *source, *wanted;
    } rows[] = {
        {"base64.decode('hello')", "does not say"},
        {"lists.range(-1)", "outside of the range"},
        {"[1, 2].slice(0, 9)", "outside of the list"},
        {"[1, 2].slice(-1, 1)", "outside of the list"},
        {"[1, 2].slice(2, 3)", "outside of the list"},
        {"[['hello']].flatten(-1)", "outside of the range"},
        {"dyn(['hello', 1]).sort()", "cannot be sorted"},
        {"[double(0), 0.0].map(x, x / 0.0).sort()", "cannot be sorted"},
        {"dyn([['hello']]).sort()", "cannot be sorted"},
        {"[1, 2].sortBy(x, x == 1 ? dyn('hello') : dyn(2))", "cannot be sorted"},
        {"[1, 2].sortBy(x, dyn(['hello']))", "cannot be sorted"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_error(rows[i].source, rows[i].wanted);
}

static void base64_is_read_with_and_without_padding(void **state)
{
    expect_all((const char *const[]){
        "base64.encode(b'') == '' && base64.encode(b'f') == 'Zg==' && base64.encode(b'fo') == 'Zm8='",
        "base64.encode(b'foo') == 'Zm9v' && base64.encode(b'\\xfb\\xff\\x00') == '+/8A'",
        "base64.decode('') == b'' && base64.decode('Zg') == b'f' && base64.decode('Zg==') == b'f'",
        "base64.decode('Zm8=') == b'fo' && base64.decode('Zm8') == b'fo' && base64.decode('Zm9v') == b'foo'",
        "base64.decode('Zm\\r\\n9v\\n') == b'foo' && base64.decodeUrl('-_8A') == b'\\xfb\\xff\\x00'",
        "base64.encodeUrl(b'\\xfb\\xff\\x00') == '-_8A' && base64.encodeUrl(b'f') == 'Zg=='",
        "base64.decode(base64.encode(bytes('Huế'))) == bytes('Huế')",
        NULL,
    });
    const char *const bad[] = {"Z", "Zg=", "Zg===", "Zm9v=", "Zm8==", "Z===", "=", "Zg==Zg==", "Zm9v Zg",
        "Zm-v", "Z\\x00==", "é"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char source[64];
        snprintf(source, sizeof source, "base64.decode('%s')", bad[i]);
        expect_error(source, "does not say");
    }
    expect_error("base64.decodeUrl('+/8A')", "does not say");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_cut_flattened_and_sorted),
        cmocka_unit_test(what_cannot_be_cut_or_sorted_is_an_error),
        cmocka_unit_test(base64_is_read_with_and_without_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
