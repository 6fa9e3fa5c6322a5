/* tests/core/test_draft.c — rows are written as they are read, within their bounds. */
#include "core/draft.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STATION, LEVEL, COUNT, SEEN, RAW, PLACE, WET, LABELS, NOTE };
static struct ioc_field fields[] = {
    [STATION] = {.name = IOC_TEXT("station"), .type = IOC_STRING},
    [LEVEL] = {.name = IOC_TEXT("level"), .type = IOC_DOUBLE},
    [COUNT] = {.name = IOC_TEXT("count"), .type = IOC_UINT, .is_optional = true},
    [SEEN] = {.name = IOC_TEXT("seen"), .type = IOC_TIMESTAMP},
    [RAW] = {.name = IOC_TEXT("raw"), .type = IOC_BYTES, .is_optional = true, .max = 300000},
    [PLACE] = {.name = IOC_TEXT("place"), .type = IOC_POINT, .is_optional = true},
    [WET] = {.name = IOC_TEXT("wet"), .type = IOC_BOOL, .is_optional = true},
    [LABELS] = {.name = IOC_TEXT("labels"), .type = IOC_LIST, .is_optional = true, .max = 3},
    [NOTE] = {.name = IOC_TEXT("note"), .type = IOC_STRING, .is_optional = true, .max = 8},
};
static const struct ioc_schema schema = {IOC_TEXT("canal"), fields, sizeof fields / sizeof *fields};

static void what_was_set_is_read_back(void **state)
{
    struct ioc_draft draft = {0};
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_set_text(&draft, STATION, IOC_TEXT("Cầu Sài Gòn")), IOC_OK);
    ioc_draft_set_double(&draft, LEVEL, -0.25);
    ioc_draft_set_uint(&draft, COUNT, UINT64_MAX);
    ioc_draft_set_int(&draft, SEEN, INT64_MIN);
    assert_int_equal(ioc_draft_set_bytes(&draft, RAW, (struct ioc_text){"\xff\0\x01", 3}), IOC_OK);
    ioc_draft_set_point(&draft, PLACE, (struct ioc_point){106.7, 10.77});
    ioc_draft_set_bool(&draft, WET, false);
    const struct ioc_row *row = ioc_draft_row(&draft);
    assert_true(ioc_text_equal(ioc_row_text(row, STATION), IOC_TEXT("Cầu Sài Gòn")));
    assert_true(ioc_row_word(row, LEVEL).d == -0.25);
    assert_true(ioc_row_word(row, COUNT).u == UINT64_MAX);
    assert_true(ioc_row_word(row, SEEN).i == INT64_MIN);
    assert_true(ioc_text_equal(ioc_row_text(row, RAW), (struct ioc_text){"\xff\0\x01", 3}));
    assert_true(ioc_row_point(row, PLACE).longitude == 106.7 &&
                ioc_row_point(row, PLACE).latitude == 10.77);
    assert_true(ioc_row_has(row, WET));
    assert_int_equal(ioc_row_word(row, WET).u, 0);
    assert_false(ioc_row_has(row, LABELS));
    assert_int_equal(row->bytes % 8, 0);
    assert_true(ioc_schema_fits(&schema, row, row->bytes));
    ioc_draft_done(&draft);
}

static void equal_readings_are_equal_bytes_in_a_reused_draft(void **state)
{
    struct ioc_draft draft = {0};
    uint8_t first[512];
    uint32_t first_bytes = 0;
    for (int round = 0; round < 2; round++) {
        ioc_draft_begin(&draft, &schema);
        assert_int_equal(ioc_draft_set_text(&draft, STATION, IOC_TEXT("K1")), IOC_OK);
        ioc_draft_set_double(&draft, LEVEL, 3.5);
        const struct ioc_row *row = ioc_draft_row(&draft);
        if (round == 0) {
            first_bytes = row->bytes;
            assert_true(first_bytes <= sizeof first);
            memcpy(first, row, first_bytes);
            /* Something longer in between leaves its bytes in the buffer. */
            ioc_draft_begin(&draft, &schema);
            assert_int_equal(
                ioc_draft_set_text(&draft, STATION, IOC_TEXT("a much longer name of a station")),
                IOC_OK);
            ioc_draft_set_uint(&draft, COUNT, 99);
        } else {
            assert_int_equal(row->bytes, first_bytes);
            assert_memory_equal(row, first, first_bytes);
        }
    }
    ioc_draft_done(&draft);
}

static void reused_draft_does_not_allocate(void **state)
{
    struct ioc_draft draft = {0};
    const char *data = NULL;
    for (int round = 0; round < 100; round++) {
        ioc_draft_begin(&draft, &schema);
        assert_int_equal(ioc_draft_set_text(&draft, STATION, IOC_TEXT("K1")), IOC_OK);
        ioc_draft_set_point(&draft, PLACE, (struct ioc_point){1, 2});
        ioc_draft_row(&draft);
        if (round > 0)
            assert_ptr_equal(draft.bytes.data, data);
        data = draft.bytes.data;
    }
    ioc_draft_done(&draft);
}

static void first_required_field_that_is_missing_is_named(void **state)
{
    struct ioc_draft draft = {0};
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_missing(&draft), STATION);
    assert_int_equal(ioc_draft_set_text(&draft, STATION, IOC_TEXT("")), IOC_OK);
    ioc_draft_set_double(&draft, LEVEL, 0);
    assert_int_equal(ioc_draft_missing(&draft), SEEN);
    ioc_draft_set_int(&draft, SEEN, 0);
    assert_int_equal(ioc_draft_missing(&draft), IOC_SLOT_NONE);
    ioc_draft_unset(&draft, LEVEL);
    assert_int_equal(ioc_draft_missing(&draft), LEVEL);
    assert_false(ioc_draft_has(&draft, LEVEL));
    ioc_draft_done(&draft);
}

static void text_over_its_bound_leaves_the_slot_unset(void **state)
{
    struct ioc_draft draft = {0};
    char long_text[4097];
    memset(long_text, 'x', sizeof long_text);
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_set_text(&draft, NOTE, IOC_TEXT("12345678")), IOC_OK);
    assert_int_equal(ioc_draft_set_text(&draft, NOTE, IOC_TEXT("123456789")), IOC_LIMIT);
    assert_false(ioc_draft_has(&draft, NOTE));
    assert_int_equal(
        ioc_draft_set_text(&draft, STATION, (struct ioc_text){long_text, 4096}), IOC_OK);
    assert_int_equal(
        ioc_draft_set_text(&draft, STATION, (struct ioc_text){long_text, 4097}), IOC_LIMIT);
    assert_int_equal(ioc_draft_set_text(&draft, STATION, IOC_TEXT("K\xff")), IOC_INVALID);
    assert_false(ioc_draft_has(&draft, STATION));
    ioc_draft_done(&draft);
}

static void list_over_its_bound_leaves_the_slot_unset(void **state)
{
    struct ioc_draft draft = {0};
    struct ioc_ref cells;
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_cells(&draft, 4, &cells), IOC_OK);
    assert_int_equal(ioc_draft_set_cells(&draft, LABELS, cells), IOC_LIMIT);
    assert_false(ioc_draft_has(&draft, LABELS));
    cells.count = 3;
    assert_int_equal(ioc_draft_set_cells(&draft, LABELS, cells), IOC_OK);
    ioc_draft_done(&draft);
}

static void full_row_still_takes_its_points_and_is_whole(void **state)
{
    struct ioc_draft draft = {0};
    struct ioc_ref ref;
    static char megabyte[1024 * 1024];
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_tail(&draft, megabyte, sizeof megabyte, &ref), IOC_LIMIT);
    assert_int_equal(ioc_draft_cells(&draft, UINT32_MAX, &ref), IOC_LIMIT);
    while (ioc_draft_tail(&draft, megabyte, 1000, &ref) == IOC_OK)
        continue;
    while (ioc_draft_tail(&draft, megabyte, 1, &ref) == IOC_OK)
        continue;
    assert_int_equal(ioc_draft_set_text(&draft, STATION, IOC_TEXT("K1")), IOC_LIMIT);
    for (int i = 0; i < 100000; i++)
        ioc_draft_set_point(&draft, PLACE, (struct ioc_point){i, -i});
    const struct ioc_row *row = ioc_draft_row(&draft);
    assert_true(row->bytes <= IOC_ROW_MOST);
    assert_true(ioc_row_point(row, PLACE).latitude == -99999);
    assert_true(ioc_schema_fits(&schema, row, row->bytes));
    ioc_draft_done(&draft);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_set_is_read_back),
        cmocka_unit_test(equal_readings_are_equal_bytes_in_a_reused_draft),
        cmocka_unit_test(reused_draft_does_not_allocate),
        cmocka_unit_test(first_required_field_that_is_missing_is_named),
        cmocka_unit_test(text_over_its_bound_leaves_the_slot_unset),
        cmocka_unit_test(list_over_its_bound_leaves_the_slot_unset),
        cmocka_unit_test(full_row_still_takes_its_points_and_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
