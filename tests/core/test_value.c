/* tests/core/test_value.c — types by name, and rows from foreign hands. */
#include "core/value.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void every_type_is_found_by_its_own_name(void **state)
{
    for (int type = 0; type < IOC_TYPES; type++)
        assert_int_equal(ioc_type_find(ioc_text_of(ioc_type_text(type))), type);
    assert_int_equal(ioc_type_find(IOC_TEXT("float")), IOC_TYPES);
    assert_int_equal(ioc_type_find(IOC_TEXT("")), IOC_TYPES);
    assert_int_equal(ioc_type_find(IOC_TEXT("doubl")), IOC_TYPES);
}

static void nothing_is_in_no_row(void **state)
{
    assert_false(ioc_row_has(NULL, 0));
}

struct bare_row { /* 65 slots: two presence words */
    struct ioc_row row;
    uint64_t presence[2];
    union ioc_word words[65];
};

static struct bare_row *make_row(void)
{
    struct bare_row *bare = calloc(1, sizeof *bare);
    bare->row = (struct ioc_row){.bytes = sizeof *bare, .slots = 65};
    return bare;
}

static void row_with_slots_on_both_sides_of_a_presence_word_is_sound(void **state)
{
    struct bare_row *bare = make_row();
    bare->presence[0] = UINT64_C(1) << 63;
    bare->presence[1] = 1;
    bare->words[64].i = -5;
    assert_true(ioc_row_is_sound(bare, sizeof *bare));
    assert_true(ioc_row_has(&bare->row, 63));
    assert_true(ioc_row_has(&bare->row, 64));
    assert_false(ioc_row_has(&bare->row, 0));
    assert_false(ioc_row_has(&bare->row, 65));
    assert_false(ioc_row_has(&bare->row, IOC_SLOT_NONE));
    assert_int_equal(ioc_row_word(&bare->row, 64).i, -5);
    free(bare);
}

static void presence_bit_beyond_the_last_slot_is_not_sound(void **state)
{
    struct bare_row *bare = make_row();
    bare->presence[1] = 2;
    assert_false(ioc_row_is_sound(bare, sizeof *bare));
    free(bare);
}

static void row_cut_short_is_not_sound_at_any_length(void **state)
{
    struct bare_row *bare = make_row();
    for (size_t length = 0; length < sizeof *bare; length++) {
        void *cut = malloc(length ? length : 1);
        memcpy(cut, bare, length);
        assert_false(ioc_row_is_sound(cut, length));
        free(cut);
    }
    free(bare);
}

static void row_that_lies_about_its_size_is_not_sound(void **state)
{
    struct bare_row *bare = make_row();
    const struct ioc_row lies[] = {
        {.bytes = sizeof *bare + 8, .slots = 65},
        {.bytes = sizeof *bare - 8, .slots = 65},
        {.bytes = sizeof *bare - 1, .slots = 65},
        {.bytes = sizeof *bare, .slots = 66},
        {.bytes = sizeof *bare, .slots = UINT16_MAX},
        {.bytes = sizeof *bare, .slots = 65, .zero = 1},
        {.bytes = 0, .slots = 65},
        {.bytes = UINT32_MAX, .slots = 65},
    };
    assert_true(ioc_row_is_sound(bare, sizeof *bare));
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        bare->row = lies[i];
        assert_false(ioc_row_is_sound(bare, sizeof *bare));
    }
    free(bare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_found_by_its_own_name),
        cmocka_unit_test(nothing_is_in_no_row),
        cmocka_unit_test(row_with_slots_on_both_sides_of_a_presence_word_is_sound),
        cmocka_unit_test(presence_bit_beyond_the_last_slot_is_not_sound),
        cmocka_unit_test(row_cut_short_is_not_sound_at_any_length),
        cmocka_unit_test(row_that_lies_about_its_size_is_not_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
