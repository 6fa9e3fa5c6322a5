/* tests/core/test_letter.c — letters without their diacritics, against a list made with Python's unicodedata. */
#include "core/letter.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_folded(struct ioc_text text, struct ioc_text wanted)
{
    char out[256];
    assert_true(text.length <= sizeof out);
    struct ioc_text folded = {out, ioc_letter_fold(text, out)};
    if (!ioc_text_equal(folded, wanted))
        fail_msg("'%.*s' becomes '%.*s', not '%.*s'", IOC_TEXT_ARGS(text), IOC_TEXT_ARGS(folded), IOC_TEXT_ARGS(wanted));
}

static void folds_to(const char *text, const char *wanted)
{
    assert_folded(ioc_text_of(text), ioc_text_of(wanted));
}

static void every_letter_of_the_list_loses_its_diacritics(void **state)
{
    FILE *file = fopen(IOC_SOURCE "/tests/core/letters.txt", "r");
    assert_non_null(file);
    char line[64];
    uint32_t count = 0;
    while (fgets(line, sizeof line, file)) {
        struct ioc_text rest = {line, (uint32_t)strcspn(line, "\n")}, letter;
        assert_true(ioc_text_split(&rest, ' ', &letter));
        assert_folded(letter, rest);
        count++;
    }
    fclose(file);
    assert_true(count > 1000);
}

static void vietnamese_in_both_forms_becomes_the_same(void **state)
{
    folds_to("Nguyễn Đình Chiểu, đường ngập 24,5 cm", "Nguyen Dinh Chieu, duong ngap 24,5 cm");
    folds_to("Nguye\xcc\x82\xcc\x83n", "Nguyen"); /* e, circumflex, tilde */
    folds_to("Hoà Hòa", "Hoa Hoa");
    folds_to("ƯỚT ẨM ỨNG ơ", "UOT AM UNG o");
}

static void other_scripts_and_letters_of_their_own_stay(void **state)
{
    folds_to("Straße, Łódź, smørrebrød", "Straße, Łodz, smørrebrød");
    folds_to("が ガ हिन्दी ไทย 서울 河内 ≠ 🚗", "が ガ हिन्दी ไทย 서울 河内 ≠ 🚗");
    folds_to("", "");
    folds_to("a\xcc\x80\xcc\x81\xcc\x82", "a"); /* marks pile up */
    folds_to("\xcc\x81", "");
}

static void a_nul_in_a_text_is_a_letter_like_others(void **state)
{
    assert_folded(IOC_TEXT("\0é\0"), IOC_TEXT("\0e\0"));
}

static void the_table_is_in_order(void **state)
{
    for (uint32_t i = 1; i < ioc_letter_count; i++)
        assert_true(ioc_letter_table[i - 1][0] < ioc_letter_table[i][0]);
    for (uint32_t i = 0; i < ioc_letter_count; i++)
        assert_int_equal(ioc_letter_base(ioc_letter_table[i][1]), ioc_letter_table[i][1]);
    assert_int_equal(ioc_letter_base(0x10ffff), 0x10ffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_letter_of_the_list_loses_its_diacritics),
        cmocka_unit_test(vietnamese_in_both_forms_becomes_the_same),
        cmocka_unit_test(other_scripts_and_letters_of_their_own_stay),
        cmocka_unit_test(a_nul_in_a_text_is_a_letter_like_others),
        cmocka_unit_test(the_table_is_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
