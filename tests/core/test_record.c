/* tests/core/test_record.c — batches of records. */
#include "core/record.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void records_come_out_in_the_order_they_went_in(void **state)
{
    static const char *const payloads[] = {"", "a", "1234567", "12345678", "123456789", "mqtt"};
    enum { RECORDS = sizeof payloads / sizeof *payloads };
    struct ioc_buffer batch = {0};
    for (int i = 0; i < RECORDS; i++) {
        struct ioc_record header = {.kind = IOC_RECORD_SOURCE_DOWN,
            .partition = (uint8_t)i,
            .source = 3,
            .stamp = 100 + i,
            .ack = 9,
            .check = 77};
        assert_int_equal(
            ioc_record_add(&batch, &header, payloads[i], (uint32_t)strlen(payloads[i])), IOC_OK);
    }
    size_t at = 0;
    const struct ioc_record *record;
    for (int i = 0; (record = ioc_record_next(ioc_buffer_text(&batch), &at)); i++) {
        assert_true(i < RECORDS);
        assert_int_equal(record->partition, i);
        assert_int_equal(record->stamp, 100 + i);
        assert_int_equal(record->check, 0);
        assert_int_equal(record->ack, 9);
        assert_true(ioc_text_equal(ioc_record_text(record), ioc_text_of(payloads[i])));
        assert_ptr_equal(ioc_record_payload(record), ioc_record_text(record).data);
    }
    assert_int_equal(at, batch.length);
    ioc_buffer_done(&batch);
}

static void padding_is_zero_in_a_reused_batch(void **state)
{
    struct ioc_buffer batch = {0};
    struct ioc_record header = {.kind = IOC_RECORD_TICK};
    assert_int_equal(
        ioc_record_add(&batch, &header, "\xff\xff\xff\xff\xff\xff\xff\xff", 8), IOC_OK);
    ioc_buffer_reset(&batch);
    assert_int_equal(ioc_record_add(&batch, &header, "\xff", 1), IOC_OK);
    assert_memory_equal(batch.data + sizeof header, "\xff\0\0\0\0\0\0\0", 8);
    assert_int_equal(batch.length, sizeof header + 8);
    ioc_buffer_done(&batch);
}

static void message_of_a_mebibyte_fits_and_more_is_refused(void **state)
{
    static char payload[IOC_RECORD_MOST];
    struct ioc_buffer batch = {0};
    struct ioc_record header = {.kind = IOC_RECORD_RAW};
    uint32_t most = IOC_RECORD_MOST - sizeof header;
    assert_int_equal(ioc_record_add(&batch, &header, payload, most + 1), IOC_LIMIT);
    assert_int_equal(ioc_record_add(&batch, &header, payload, UINT32_MAX), IOC_LIMIT);
    assert_int_equal(batch.length, 0);
    assert_int_equal(ioc_record_add(&batch, &header, payload, most), IOC_OK);
    assert_true(most >= 1024 * 1024);
    size_t at = 0;
    assert_non_null(ioc_record_next(ioc_buffer_text(&batch), &at));
    ioc_buffer_done(&batch);
}

static void full_batch_takes_nothing_of_a_record(void **state)
{
    struct ioc_buffer batch = {.limit = 100};
    struct ioc_record header = {.kind = IOC_RECORD_TICK};
    assert_int_equal(ioc_record_add(&batch, &header, "12345678", 8), IOC_OK);
    size_t before = batch.length;
    assert_int_equal(ioc_record_add(&batch, &header, "123456789", 9), IOC_FULL);
    assert_int_equal(batch.length, before);
    ioc_buffer_done(&batch);
}

static void batch_cut_short_or_lying_ends_before_the_break(void **state)
{
    struct ioc_buffer batch = {0};
    struct ioc_record header = {.kind = IOC_RECORD_TICK};
    assert_int_equal(ioc_record_add(&batch, &header, "first", 5), IOC_OK);
    size_t first = batch.length;
    assert_int_equal(ioc_record_add(&batch, &header, "second", 6), IOC_OK);
    for (size_t length = first; length < batch.length; length++) {
        char *cut = malloc(length);
        memcpy(cut, batch.data, length);
        struct ioc_text text = {cut, (uint32_t)length};
        size_t at = 0;
        assert_non_null(ioc_record_next(text, &at));
        assert_null(ioc_record_next(text, &at));
        assert_int_equal(at, first);
        free(cut);
    }
    const uint32_t lies[] = {0, 8, sizeof header, sizeof header + 16, UINT32_MAX, UINT32_MAX - 7};
    struct ioc_record *second = (struct ioc_record *)(batch.data + first);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        size_t at = first;
        second->bytes = lies[i];
        assert_null(ioc_record_next(ioc_buffer_text(&batch), &at));
        second->bytes = sizeof header + 8;
        second->length = lies[i] ? lies[i] : 9;
        if (lies[i] != 8)
            assert_null(ioc_record_next(ioc_buffer_text(&batch), &at));
        second->length = 6;
    }
    size_t beyond = batch.length + 8;
    assert_null(ioc_record_next(ioc_buffer_text(&batch), &beyond));
    ioc_buffer_done(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_in_the_order_they_went_in),
        cmocka_unit_test(padding_is_zero_in_a_reused_batch),
        cmocka_unit_test(message_of_a_mebibyte_fits_and_more_is_refused),
        cmocka_unit_test(full_batch_takes_nothing_of_a_record),
        cmocka_unit_test(batch_cut_short_or_lying_ends_before_the_break),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
