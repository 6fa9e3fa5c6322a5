/* tests/core/test_event.c — events are sealed whole, and damaged ones are seen. */
#include "core/event.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STATION, PUMP, LEVEL, CLOCK, RANGE };
static struct ioc_field fields[] = {
    [STATION] = {.name = IOC_TEXT("station"), .type = IOC_STRING},
    [PUMP] = {.name = IOC_TEXT("pump"), .type = IOC_INT},
    [LEVEL] = {.name = IOC_TEXT("level"), .type = IOC_DOUBLE, .is_optional = true},
    [CLOCK] = {.name = IOC_TEXT("ioc_clock"), .type = IOC_BOOL, .is_optional = true},
    [RANGE] = {.name = IOC_TEXT("ioc_range"), .type = IOC_BOOL, .is_optional = true},
};
static const struct ioc_stream stream = {
    .name = IOC_TEXT("pumps"),
    .id = 7,
    .schema = {IOC_TEXT("pumps"), fields, sizeof fields / sizeof *fields},
    .key = {STATION, PUMP},
    .key_count = 2,
    .clock_flag = CLOCK,
    .range_flag = RANGE,
};

static enum ioc_status seal(
    const char *station, int64_t pump, uint16_t flags, struct ioc_buffer *out)
{
    struct ioc_draft draft = {0};
    ioc_draft_begin(&draft, &stream.schema);
    if (station)
        assert_int_equal(ioc_draft_set_text(&draft, STATION, ioc_text_of(station)), IOC_OK);
    ioc_draft_set_int(&draft, PUMP, pump);
    ioc_draft_set_double(&draft, LEVEL, 2.5);
    enum ioc_status status = ioc_event_seal(&draft, &stream, 1000, 2000, flags, out);
    ioc_draft_done(&draft);
    return status;
}

static void sealed_event_holds_its_key_and_its_row(void **state)
{
    struct ioc_buffer out = {0};
    assert_int_equal(seal("TB-3", 2, IOC_EVENT_RETAINED, &out), IOC_OK);
    size_t first = out.length;
    assert_int_equal(seal("TB-33", 2, 0, &out), IOC_OK);
    const struct ioc_event *event = (const struct ioc_event *)out.data;
    assert_int_equal(event->bytes, first);
    assert_int_equal(event->stream, 7);
    assert_int_equal(event->flags, IOC_EVENT_RETAINED);
    assert_int_equal(event->time, 1000);
    assert_int_equal(event->received, 2000);
    assert_true(ioc_text_equal(
        ioc_event_key(event), (struct ioc_text){"sTB-3\0\0i\x80\0\0\0\0\0\0\2", 16}));
    assert_true(event->key_hash == ioc_key_hash(ioc_event_key(event)));
    assert_true(ioc_text_equal(ioc_row_text(ioc_event_row(event), STATION), IOC_TEXT("TB-3")));
    assert_true(ioc_row_word(ioc_event_row(event), LEVEL).d == 2.5);
    assert_true(ioc_event_is_sound(event, event->bytes));

    const struct ioc_event *second = (const struct ioc_event *)(out.data + first);
    assert_int_equal(first + second->bytes, out.length);
    assert_int_equal(second->key_length, 17);
    assert_int_equal(second->row_offset % 8, 0);
    assert_true(ioc_event_is_sound(second, second->bytes));
    assert_true(
        ioc_schema_fits(&stream.schema, ioc_event_row(second), second->bytes - second->row_offset));
    ioc_buffer_done(&out);
}

static void doubts_about_an_event_can_be_read_in_its_row(void **state)
{
    struct ioc_buffer out = {0};
    assert_int_equal(seal("TB-3", 2, IOC_EVENT_RANGE, &out), IOC_OK);
    const struct ioc_row *row = ioc_event_row((const struct ioc_event *)out.data);
    assert_int_equal(ioc_row_word(row, CLOCK).u, 0);
    assert_int_equal(ioc_row_word(row, RANGE).u, 1);
    ioc_buffer_reset(&out);
    assert_int_equal(seal("TB-3", 2, IOC_EVENT_CLOCK, &out), IOC_OK);
    row = ioc_event_row((const struct ioc_event *)out.data);
    assert_int_equal(ioc_row_word(row, CLOCK).u, 1);
    assert_int_equal(ioc_row_word(row, RANGE).u, 0);
    ioc_buffer_done(&out);
}

static void event_without_its_key_is_not_sealed(void **state)
{
    struct ioc_buffer out = {0};
    char name[IOC_KEY_MOST];
    assert_int_equal(seal(NULL, 2, 0, &out), IOC_NOT_FOUND);
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(seal(name, 2, 0, &out), IOC_LIMIT);
    assert_int_equal(out.length, 0);
    ioc_buffer_done(&out);
}

static void event_that_does_not_fit_writes_nothing(void **state)
{
    struct ioc_buffer out = {.limit = 64};
    assert_int_equal(seal("TB-3", 2, 0, &out), IOC_LIMIT);
    assert_int_equal(out.length, 0);
    ioc_buffer_done(&out);
}

static void event_cut_short_is_not_sound_at_any_length(void **state)
{
    struct ioc_buffer out = {0};
    assert_int_equal(seal("TB-3", 2, 0, &out), IOC_OK);
    for (size_t length = 0; length < out.length; length++) {
        void *cut = malloc(length ? length : 1);
        memcpy(cut, out.data, length);
        assert_false(ioc_event_is_sound(cut, length));
        free(cut);
    }
    ioc_buffer_done(&out);
}

/* Stream, flags, times and values may be anything; size, key, hash and frame may not. */
static void damage_to_size_key_or_hash_is_seen(void **state)
{
    struct ioc_buffer out = {0};
    assert_int_equal(seal("TB-3", 2, 0, &out), IOC_OK);
    uint8_t *copy = malloc(out.length);
    struct ioc_event *event = (struct ioc_event *)copy;
    memcpy(copy, out.data, out.length);
    uint32_t key_end = (uint32_t)sizeof *event + event->key_length;
    for (uint32_t i = 0; i < out.length; i++) {
        bool is_covered =
            i < 4 || (i >= offsetof(struct ioc_event, key_hash) && i < key_end) ||
            (i >= event->row_offset && i < event->row_offset + sizeof(struct ioc_row));
        for (int bit = 0; bit < 8; bit++) {
            copy[i] ^= (uint8_t)(1 << bit);
            bool is_sound = ioc_event_is_sound(copy, out.length);
            copy[i] ^= (uint8_t)(1 << bit);
            /* The count of slots may still fit its frame. */
            if (is_covered && !(i >= event->row_offset + 4 && i < event->row_offset + 6))
                assert_false(is_sound);
        }
    }
    assert_true(ioc_event_is_sound(copy, out.length));
    free(copy);
    ioc_buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_event_holds_its_key_and_its_row),
        cmocka_unit_test(doubts_about_an_event_can_be_read_in_its_row),
        cmocka_unit_test(event_without_its_key_is_not_sealed),
        cmocka_unit_test(event_that_does_not_fit_writes_nothing),
        cmocka_unit_test(event_cut_short_is_not_sound_at_any_length),
        cmocka_unit_test(damage_to_size_key_or_hash_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
