/* tests/core/test_plate.c — one form for each number plate. */
#include "core/plate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_plate(const char *text, const char *wanted)
{
    char out[64];
    struct ioc_text plate = {out, ioc_plate_normalize(ioc_text_of(text), out, sizeof out)};
    if (!ioc_text_equal(plate, ioc_text_of(wanted)))
        fail_msg("'%s' becomes '%.*s', not '%s'", text, IOC_TEXT_ARGS(plate), wanted);
}

static void however_it_is_written_it_is_the_same_plate(void **state)
{
    static const char *const car[] = {"51F-123.45", "51F12345", "51 F 12345", "51f-123,45", " 51F/12345\n", "51F·123.45", "51F–123.45",
        "51F\u00a0123\u200945", "[51F-123.45]"};
    for (size_t i = 0; i < sizeof car / sizeof *car; i++)
        assert_plate(car[i], "51F12345");
    static const char *const bike[] = {"59-X1 234.56", "59X1-23456", "59x1\n234.56", "59-x123456"};
    for (size_t i = 0; i < sizeof bike / sizeof *bike; i++)
        assert_plate(bike[i], "59X123456");
}

static void letters_of_the_country_and_of_others_stay(void **state)
{
    assert_plate("29-mđ1 234.56", "29MĐ123456");
    assert_plate("TM-12-34", "TM1234");
    assert_plate("80-NG-001-01", "80NG00101");
    assert_plate("京A·12345", "京A12345");
    assert_plate("not a plate!", "NOTAPLATE");
    assert_plate("", "");
    assert_plate(" -./", "");
}

static void the_room_is_never_left_and_no_letter_is_cut(void **state)
{
    char out[4] = "xxxx";
    assert_int_equal(ioc_plate_normalize(IOC_TEXT("51F12345"), out, 3), 3);
    assert_memory_equal(out, "51Fx", 4);
    assert_int_equal(ioc_plate_normalize(IOC_TEXT("ab\xc4\x90"), out, 3), 2); /* Đ has two bytes */
    assert_int_equal(ioc_plate_normalize(IOC_TEXT("a\xff\xc4"), out, 4), 3);  /* no UTF-8: bytes stand for themselves */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(however_it_is_written_it_is_the_same_plate),
        cmocka_unit_test(letters_of_the_country_and_of_others_stay),
        cmocka_unit_test(the_room_is_never_left_and_no_letter_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
