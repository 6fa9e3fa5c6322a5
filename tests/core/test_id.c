/* tests/core/test_id.c — an alert keeps its id over restarts, machines and years. */
#include "core/id.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define STATION                                                                                    \
    {                                                                                              \
        "sNM-Q4-017\0\0", 12                                                                       \
    }
#define BRIDGE                                                                                     \
    {                                                                                              \
        "sC\xe1\xba\xa7u S\xc3\xa0i G\xc3\xb2n\0\0i\x80\0\0\0\0\0\0\x0c", 27                       \
    }

/* Made once by a second implementation (python3: hashlib.blake2b(digest_size=16) over the format of
 * id.h, base32 by integer arithmetic) and never to be changed. */
static const struct {
    struct ioc_text site, rule, key;
    ioc_time onset;
    uint32_t ordinal, partition;
    const char *id;
} golden[] = {
    {IOC_TEXT("hcm"), IOC_TEXT("flood.street"), STATION, 1700000000000000000, 0, 29,
        "0xc5thnym4b650fp51z1zb25kn8r"},
    {IOC_TEXT("hcm"), IOC_TEXT("flood.street"), STATION, 1700000000000000000, 1, 29,
        "0x5j68frmhhgjbk9fvdypp5y6cag"},
    {IOC_TEXT("hcm"), IOC_TEXT("flood.street"), IOC_TEXT(""), -1, 0, 2,
        "02qt5py7c1ex1z97c78pdhwjer3w"},
    {IOC_TEXT(""), IOC_TEXT(""), IOC_TEXT(""), 0, 0, 2, "02jgf0rm1cgx3rg4fhptgk08kg30"},
    /* A letter that wanders from the site to the rule makes another alert. */
    {IOC_TEXT("hc"), IOC_TEXT("mflood.street"), STATION, 1700000000000000000, 0, 29,
        "0xsfv4bhp10v62krj4wawdcej5sr"},
    {IOC_TEXT("Đà Nẵng"), IOC_TEXT("ngập"), BRIDGE, INT64_MAX, UINT32_MAX, 51,
        "1kkhag6cbjqb80hhs6ezqgapjq8g"},
};

static void alerts_have_the_ids_that_they_always_had(void **state)
{
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        struct ioc_id id;
        uint32_t partition = 99;
        ioc_id_make(
            &id, golden[i].site, golden[i].rule, golden[i].key, golden[i].onset, golden[i].ordinal);
        assert_string_equal(id.text, golden[i].id);
        assert_int_equal(ioc_id_partition(ioc_text_of(id.text), &partition), IOC_OK);
        assert_int_equal(partition, golden[i].partition);
        assert_int_equal(partition, ioc_key_partition(ioc_key_hash(golden[i].key)));
    }
}

static void text_that_is_no_id_has_no_partition(void **state)
{
    static const struct ioc_text texts[] = {
        IOC_TEXT(""),
        IOC_TEXT("0xc5thnym4b650fp51z1zb25kn8"),   /* too short */
        IOC_TEXT("0xc5thnym4b650fp51z1zb25kn8rr"), /* too long */
        IOC_TEXT("0Xc5thnym4b650fp51z1zb25kn8r"),  /* upper case */
        IOC_TEXT("0xc5thnym4b650fp51z1zb25knur"),  /* u is not in the alphabet */
        IOC_TEXT("0xc5thnym4b650fp51z1zb25kn8s"),  /* padding is not zero */
        IOC_TEXT("20c5thnym4b650fp51z1zb25kn8r"),  /* partition 64 */
        IOC_TEXT("zzc5thnym4b650fp51z1zb25kn8r"),
        IOC_TEXT("0xc5thnym4b650fp51z1zb25k'\"r"),
        {"0xc5thnym4b650fp51z1zb25kn\0r", 28},
    };
    uint32_t partition = 99;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(ioc_id_partition(texts[i], &partition), IOC_INVALID);
    assert_int_equal(partition, 99);
    assert_int_equal(
        ioc_id_partition(IOC_TEXT("1zc5thnym4b650fp51z1zb25kn8r"), &partition), IOC_OK);
    assert_int_equal(partition, 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alerts_have_the_ids_that_they_always_had),
        cmocka_unit_test(text_that_is_no_id_has_no_partition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
