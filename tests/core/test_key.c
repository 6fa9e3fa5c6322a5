/* tests/core/test_key.c — key bytes, their hash and their partition are fixed for ever. */
#include "core/key.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FIELDS = 4 };
struct value {
    enum ioc_type type;
    union ioc_word word;
    struct ioc_text text; /* string and bytes */
};

/* Made once by a second implementation (python3: the format of key.h by struct.pack, hashes by
 * xxhash.xxh3_64_intdigest) and never to be changed. */
static const struct {
    struct value values[FIELDS];
    const char *hex;
    uint64_t hash;
    uint32_t partition;
    const char *printed;
} golden[] = {
    {{{0}}, "", UINT64_C(0x2d06800538d394c2), 2, ""},
    {{{IOC_BOOL, {.u = 1}, {0}}}, "6201", UINT64_C(0xc72430fcec34117d), 61, "true"},
    {{{IOC_INT, {.i = -1}, {0}}}, "697fffffffffffffff", UINT64_C(0x842b24ae8c8bf036), 54, "-1"},
    {{{IOC_DURATION, {.i = INT64_MIN}, {0}}}, "690000000000000000", UINT64_C(0xde2ec8ed59964b28),
        40, "-9223372036854775808"},
    {{{IOC_UINT, {.u = UINT64_MAX}, {0}}}, "75ffffffffffffffff", UINT64_C(0xc4209676fceef744), 4,
        "18446744073709551615"},
    {{{IOC_DOUBLE, {.d = 1.5}, {0}}}, "64bff8000000000000", UINT64_C(0x1d1efc743c5cea34), 52,
        "1.5"},
    {{{IOC_DOUBLE, {.d = -1.5}, {0}}}, "644007ffffffffffff", UINT64_C(0x7eb057488cdeb452), 18,
        "-1.5"},
    {{{IOC_DOUBLE, {.d = -0.0}, {0}}}, "648000000000000000", UINT64_C(0x2d2254bfb4cc59c6), 6, "0"},
    {{{IOC_DOUBLE, {.d = -NAN}, {0}}}, "64fff8000000000000", UINT64_C(0xeb16e5698816241a), 26,
        "nan"},
    {{{IOC_STRING, {0}, IOC_TEXT("NM-Q4-017")}}, "734e4d2d51342d3031370000",
        UINT64_C(0x4ea5e4621c7ab85d), 29, "NM-Q4-017"},
    {{{IOC_STRING, {0}, IOC_TEXT("Cầu Sài Gòn")}}, "7343e1baa7752053c3a0692047c3b26e0000",
        UINT64_C(0xf0bf51ea653e135b), 27, "Cầu Sài Gòn"},
    {{{IOC_STRING, {0}, {"a\0b", 3}}}, "736100ff620000", UINT64_C(0x91796ef94383a220), 32, "a\0b"},
    {{{IOC_BYTES, {0}, {"\0\xff/", 3}}}, "7900ffff2f0000", UINT64_C(0x5de7fcc5b55df814), 20,
        "00ff2f"},
    {{{IOC_STRING, {0}, IOC_TEXT("7906")}, {IOC_TIMESTAMP, {.i = 12}, {0}}},
        "7337393036000069800000000000000c", UINT64_C(0xcd873e5be4e70936), 54, "7906/12"},
    {{{IOC_STRING, {0}, IOC_TEXT("a/b")}, {IOC_UINT, {.u = 7}, {0}}, {IOC_BOOL, {0}, {0}},
         {IOC_DOUBLE, {.d = -273.15}, {0}}},
        "73612f6200007500000000000000076200643f8eed9999999999", UINT64_C(0xf27c32026df68a82), 2,
        "a%2Fb/7/false/-273.15"},
};
enum { GOLDEN = sizeof golden / sizeof *golden };

/* A text word refers to a row: here the row starts at the text. */
static enum ioc_status add(struct ioc_key *key, const struct value *value)
{
    union ioc_word word = value->word;
    if (value->text.data)
        word.ref = (struct ioc_ref){0, value->text.length};
    return ioc_key_add(key, value->type, (const struct ioc_row *)value->text.data, word);
}

static struct ioc_key make_key(const struct value values[FIELDS])
{
    struct ioc_key key;
    key.length = 0;
    for (int i = 0; i < FIELDS && values[i].type != IOC_NULL; i++)
        assert_int_equal(add(&key, &values[i]), IOC_OK);
    return key;
}

static void keys_are_the_bytes_that_they_always_were(void **state)
{
    for (size_t i = 0; i < GOLDEN; i++) {
        struct ioc_key key = make_key(golden[i].values);
        char hex[2 * IOC_KEY_MOST + 1] = "";
        for (uint32_t k = 0; k < key.length; k++)
            snprintf(hex + 2 * k, 3, "%02x", key.bytes[k]);
        assert_string_equal(hex, golden[i].hex);
    }
}

static void keys_go_to_the_partition_that_they_always_went_to(void **state)
{
    for (size_t i = 0; i < GOLDEN; i++) {
        struct ioc_key key = make_key(golden[i].values);
        uint64_t hash = ioc_key_hash(ioc_key_text(&key));
        assert_true(hash == golden[i].hash);
        assert_int_equal(ioc_key_partition(hash), golden[i].partition);
    }
    /* Longer than 240 bytes XXH3 takes another path. */
    char name[300];
    memset(name, 'x', sizeof name);
    struct ioc_key key = {.length = 0};
    assert_int_equal(add(&key, &(struct value){IOC_STRING, {0}, {name, sizeof name}}), IOC_OK);
    assert_true(ioc_key_hash(ioc_key_text(&key)) == UINT64_C(0x5adda5cff7e408da));
}

static void keys_are_printed_for_people(void **state)
{
    struct ioc_buffer out = {0};
    for (size_t i = 0; i < GOLDEN; i++) {
        struct ioc_key key = make_key(golden[i].values);
        ioc_buffer_reset(&out);
        ioc_key_print(ioc_key_text(&key), &out);
        uint32_t length = i == 11 ? 3 : (uint32_t)strlen(golden[i].printed); /* 11 holds a NUL */
        assert_int_equal(out.length, length);
        assert_memory_equal(ioc_buffer_text(&out).data, golden[i].printed, length);
    }
    ioc_buffer_done(&out);
}

static void one_field_prints_its_slash_as_it_is(void **state)
{
    struct ioc_buffer out = {0};
    struct ioc_key key = {.length = 0};
    assert_int_equal(
        add(&key, &(struct value){IOC_STRING, {0}, IOC_TEXT("12/3 Lê Lợi 5%")}), IOC_OK);
    ioc_key_print(ioc_key_text(&key), &out);
    assert_true(ioc_text_equal(ioc_buffer_text(&out), IOC_TEXT("12/3 Lê Lợi 5%")));
    ioc_buffer_done(&out);
}

static void two_fields_never_print_like_two_others(void **state)
{
    const char *const pairs[][2] = {
        {"a/b", "c"}, {"a", "b/c"}, {"a%2Fb", "c"}, {"a", "b%2Fc"}, {"", "a/b/c"}};
    enum { PAIRS = sizeof pairs / sizeof *pairs };
    struct ioc_buffer out[PAIRS] = {0};
    for (int i = 0; i < PAIRS; i++) {
        struct ioc_key key = {.length = 0};
        for (int k = 0; k < 2; k++)
            assert_int_equal(
                add(&key, &(struct value){IOC_STRING, {0}, ioc_text_of(pairs[i][k])}), IOC_OK);
        ioc_key_print(ioc_key_text(&key), &out[i]);
        for (int k = 0; k < i; k++)
            assert_false(ioc_text_equal(ioc_buffer_text(&out[i]), ioc_buffer_text(&out[k])));
    }
    for (int i = 0; i < PAIRS; i++)
        ioc_buffer_done(&out[i]);
}

static void numbers_sort_as_bytes(void **state)
{
    const double doubles[] = {
        -INFINITY, -1e300, -2, -1.5, -1e-310, 0, 1e-310, 1, 1.5, 1e300, INFINITY};
    const int64_t ints[] = {INT64_MIN, -256, -1, 0, 1, 255, 256, INT64_MAX};
    struct ioc_key before = {.length = 0}, key = {.length = 0};
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++, before = key) {
        key.length = 0;
        assert_int_equal(
            ioc_key_add(&key, IOC_DOUBLE, NULL, (union ioc_word){.d = doubles[i]}), IOC_OK);
        assert_true(i == 0 || memcmp(before.bytes, key.bytes, 9) < 0);
    }
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++, before = key) {
        key.length = 0;
        assert_int_equal(ioc_key_add(&key, IOC_INT, NULL, (union ioc_word){.i = ints[i]}), IOC_OK);
        assert_true(i == 0 || memcmp(before.bytes, key.bytes, 9) < 0);
    }
}

static void key_of_exactly_the_bound_fits_and_one_more_byte_does_not(void **state)
{
    char name[IOC_KEY_MOST];
    struct ioc_key key = {.length = 0};
    memset(name, 'x', sizeof name);
    struct value value = {IOC_STRING, {0}, {name, IOC_KEY_MOST - 3}};
    assert_int_equal(add(&key, &value), IOC_OK);
    assert_int_equal(key.length, IOC_KEY_MOST);
    assert_int_equal(ioc_key_add(&key, IOC_BOOL, NULL, (union ioc_word){.u = 1}), IOC_LIMIT);
    assert_int_equal(key.length, IOC_KEY_MOST);
    key.length = 0;
    value.text.length++;
    assert_int_equal(add(&key, &value), IOC_LIMIT);
    assert_int_equal(key.length, 0);
    /* A NUL takes two bytes. */
    value.text.length--;
    name[7] = '\0';
    assert_int_equal(add(&key, &value), IOC_LIMIT);
    value.text.length--;
    assert_int_equal(add(&key, &value), IOC_OK);
    assert_int_equal(key.length, IOC_KEY_MOST);
}

static void point_is_no_key(void **state)
{
    struct ioc_key key = {.length = 0};
    assert_int_equal(ioc_key_add(&key, IOC_POINT, NULL, (union ioc_word){0}), IOC_INVALID);
    assert_int_equal(ioc_key_add(&key, IOC_LIST, NULL, (union ioc_word){0}), IOC_INVALID);
    assert_int_equal(ioc_key_add(&key, IOC_DYN, NULL, (union ioc_word){0}), IOC_INVALID);
    assert_int_equal(key.length, 0);
}

static void unsound_bytes_are_printed_as_far_as_they_go(void **state)
{
    struct ioc_key key = make_key(golden[GOLDEN - 1].values);
    struct ioc_buffer out = {0};
    for (uint32_t length = 0; length <= key.length; length++) {
        for (int bit = -1; bit < 8; bit++) {
            uint8_t *copy = malloc(length + 1); /* ASan sees a byte too far */
            memcpy(copy, key.bytes, length);
            if (length && bit >= 0)
                copy[length / 2] ^= (uint8_t)(1 << bit);
            uint8_t *exact = malloc(length ? length : 1);
            memcpy(exact, copy, length);
            ioc_buffer_reset(&out);
            ioc_key_print((struct ioc_text){(char *)exact, length}, &out);
            assert_true(out.length < 200);
            free(exact);
            free(copy);
        }
    }
    ioc_buffer_reset(&out);
    ioc_key_print((struct ioc_text){"b\1i\0\0", 5}, &out);
    assert_true(ioc_text_equal(ioc_buffer_text(&out), IOC_TEXT("true/")));
    ioc_buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_the_bytes_that_they_always_were),
        cmocka_unit_test(keys_go_to_the_partition_that_they_always_went_to),
        cmocka_unit_test(keys_are_printed_for_people),
        cmocka_unit_test(one_field_prints_its_slash_as_it_is),
        cmocka_unit_test(two_fields_never_print_like_two_others),
        cmocka_unit_test(numbers_sort_as_bytes),
        cmocka_unit_test(key_of_exactly_the_bound_fits_and_one_more_byte_does_not),
        cmocka_unit_test(point_is_no_key),
        cmocka_unit_test(unsound_bytes_are_printed_as_far_as_they_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
