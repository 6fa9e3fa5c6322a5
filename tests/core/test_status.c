/* tests/core/test_status.c — errors as people see them. */
#include "core/memory.h"
#include "core/status.h"
#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *print_one(const struct ioc_error *err)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    ioc_error_print(err, IOC_ENGLISH, out);
    fclose(out);
    return text;
}

static void an_error_shows_where_what_and_how_to_mend_it(void **state)
{
    struct ioc_error err = {0};
    ioc_error_place(&err, "rules/pump.yaml", 4, 7);
    ioc_error_set(&err, "unknown-key", "'%s' is not a key of a rule", "sevrity");
    ioc_error_hint(&err, "did you mean '%s'?", "severity");
    strcpy(err.source, "  \t\xC4\x90: sevrity");
    char *text = print_one(&err);
    assert_string_equal(text,
        "rules/pump.yaml:4:7: error: 'sevrity' is not a key of a rule [unknown-key]\n"
        "       \xC4\x90: sevrity\n"
        "          ^\n"
        "    hint: did you mean 'severity'?\n");
    free(text);
}

/* Decomposed letters take no cell of their own, wide ones two. */
static void the_caret_stands_under_the_cells_of_the_token(void **state)
{
    struct ioc_error err = {.line = 1, .column = 8, .end_column = 11};
    ioc_error_set(&err, "x", "there is no function '%.*s'", 3, "abc");
    strcpy(err.source, "a\u0302\u0323水 x abc()"); /* ậ as three code points */
    char *text = print_one(&err);
    assert_non_null(strstr(text, "\n          ^~~\n"));
    free(text);
    err.end_column = 400; /* beyond the line */
    text = print_one(&err);
    assert_non_null(strstr(text, "\n          ^~~~~\n"));
    free(text);
}

static void an_error_is_printed_in_vietnamese(void **state)
{
    struct ioc_errors errors = {0};
    struct ioc_error err = {0};
    char *text;
    size_t length;
    ioc_error_place(&err, "a.yaml", 2, 1);
    ioc_error_set(&err, "tab", "a tab indents this line");
    ioc_error_hint(&err, "indent with spaces");
    ioc_errors_add(&errors, &err);
    FILE *out = open_memstream(&text, &length);
    ioc_errors_print(&errors, IOC_VIETNAMESE, out);
    errors.items[0].is_note = true;
    ioc_errors_print(&errors, IOC_VIETNAMESE, out);
    ioc_errors_print(&errors, IOC_ENGLISH, out);
    fclose(out);
    assert_string_equal(text,
        "a.yaml:2:1: lỗi: dòng này thụt lề bằng phím Tab [tab]\n"
        "    gợi ý: hãy thụt lề bằng dấu cách\n"
        "1 lỗi\n"
        "a.yaml:2:1: lưu ý: dòng này thụt lề bằng phím Tab [tab]\n"
        "    gợi ý: hãy thụt lề bằng dấu cách\n"
        "1 lưu ý\n"
        "a.yaml:2:1: note: a tab indents this line [tab]\n"
        "    hint: indent with spaces\n"
        "1 note\n");
    free(text);
    ioc_errors_done(&errors);
}

static void an_error_without_a_place_is_one_line(void **state)
{
    struct ioc_error err = {0};
    ioc_error_set(&err, "no-city", "there is no city file");
    char *text = print_one(&err);
    assert_string_equal(text, "error: there is no city file [no-city]\n");
    free(text);
}

static void a_source_line_of_foreign_bytes_moves_no_cursor(void **state)
{
    struct ioc_error err = {.line = 1, .column = 190};
    ioc_error_set(&err, "x", "x");
    strcpy(err.source, "a\x1b[2Jb");
    char *text = print_one(&err);
    assert_null(strchr(text, 0x1b));
    assert_null(strchr(text, '^')); /* the column lies beyond what is shown */
    free(text);
}

static void long_text_is_cut_between_characters(void **state)
{
    struct ioc_error err = {0};
    char longest[1000] = "";
    for (int i = 0; i < 300; i++)
        strcat(longest, "\xE1\xBB\xA9");
    ioc_error_set(&err, longest, "%s", longest);
    ioc_error_hint(&err, "a%s", longest);
    ioc_error_place(&err, longest, 1, 1);
    assert_int_equal(strlen(err.text), 318);
    assert_int_equal(strlen(err.hint), 319);
    assert_int_equal(strlen(err.code), 30);
    assert_int_equal(strlen(err.file), 159);
    assert_true(ioc_text_is_utf8(ioc_text_of(err.text)) && ioc_text_is_utf8(ioc_text_of(err.hint)));
}

static void all_errors_are_printed_in_order_and_counted(void **state)
{
    struct ioc_errors errors = {0};
    static const uint32_t lines[] = {9, 2, 5, 2};
    for (uint32_t i = 0; i < 4; i++) {
        struct ioc_error err = {0};
        ioc_error_place(&err, i == 2 ? "a" : "b", lines[i], 1);
        ioc_error_set(&err, "n", "%u", i);
        ioc_errors_add(&errors, &err);
    }
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    ioc_errors_print(&errors, IOC_ENGLISH, out);
    fclose(out);
    assert_string_equal(text, "a:5:1: error: 2 [n]\nb:2:1: error: 1 [n]\nb:2:1: error: 3 [n]\n"
                              "b:9:1: error: 0 [n]\n4 errors\n");
    free(text);
    ioc_errors_done(&errors);
    assert_int_equal(errors.count, 0);
}

static void too_many_errors_are_only_counted(void **state)
{
    struct ioc_errors errors = {0};
    struct ioc_error err = {0};
    for (int i = 0; i < IOC_ERRORS_MOST + 3; i++)
        ioc_errors_add(&errors, &err);
    assert_int_equal(errors.count, IOC_ERRORS_MOST);
    assert_int_equal(errors.omitted, 3);
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    ioc_errors_print(&errors, IOC_ENGLISH, out);
    fclose(out);
    assert_non_null(strstr(text, "203 errors, the first 200 shown\n"));
    free(text);
    ioc_errors_done(&errors);
}

static void every_status_has_a_word_of_its_own(void **state)
{
    for (int i = IOC_OK; i <= IOC_FAILED; i++)
        for (int j = IOC_OK; j < i; j++)
            assert_string_not_equal(ioc_status_text(i), ioc_status_text(j));
    assert_string_equal(ioc_status_text((enum ioc_status)99), "unknown status");
}

static void memory_is_zero_when_taken_and_when_grown(void **state)
{
    unsigned char *bytes = ioc_memory_take(100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(bytes[i], 0);
    memset(bytes, 7, 100);
    bytes = ioc_memory_grow(bytes, 100, 5000);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(bytes[i], i < 100 ? 7 : 0);
    ioc_memory_give(bytes);
    char *copy = ioc_memory_copy("abc", 2);
    assert_string_equal(copy, "ab");
    ioc_memory_give(copy);
    ioc_memory_give(NULL);
    ioc_memory_give(ioc_memory_take(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_shows_where_what_and_how_to_mend_it),
        cmocka_unit_test(an_error_without_a_place_is_one_line),
        cmocka_unit_test(the_caret_stands_under_the_cells_of_the_token),
        cmocka_unit_test(an_error_is_printed_in_vietnamese),
        cmocka_unit_test(a_source_line_of_foreign_bytes_moves_no_cursor),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(all_errors_are_printed_in_order_and_counted),
        cmocka_unit_test(too_many_errors_are_only_counted),
        cmocka_unit_test(every_status_has_a_word_of_its_own),
        cmocka_unit_test(memory_is_zero_when_taken_and_when_grown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
