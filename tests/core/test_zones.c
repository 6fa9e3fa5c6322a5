/* tests/core/test_zones.c — all zones of the system. */
#include "core/zones.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void all_names_are_found_once_the_table_is_filled(void **state)
{
    static const char *const names[] = {"Asia/Ho_Chi_Minh", "America/Argentina/Buenos_Aires",
        "America/St_Johns", "Asia/Kathmandu", "US/Central", "Europe/Berlin", "UTC", "EST"};
    struct ioc_zones *zones = ioc_zones_new();
    assert_null(ioc_zones_find(zones, IOC_TEXT("Asia/Ho_Chi_Minh")));
    assert_int_equal(ioc_zones_fill(zones), IOC_OK);
    uint32_t count = ioc_zones_count(zones);
    assert_in_range(count, 300, 4000);
    assert_int_equal(ioc_zones_fill(zones), IOC_OK);
    assert_int_equal(ioc_zones_count(zones), count);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct ioc_zone *zone = ioc_zones_find(zones, ioc_text_of(names[i]));
        assert_non_null(zone);
        assert_true(ioc_text_equal(ioc_zone_name(zone), ioc_text_of(names[i])));
        struct ioc_zone *alone;
        assert_int_equal(ioc_zone_load(ioc_text_of(names[i]), &alone), IOC_OK);
        for (ioc_time time = -2000000000 * IOC_SECOND; time < 4000000000 * IOC_SECOND; time += 50000000 * IOC_SECOND)
            assert_int_equal(ioc_zone_offset(zone, time), ioc_zone_offset(alone, time));
        ioc_zone_free(alone);
    }
    ioc_zones_unref(zones);
}

static void what_is_no_zone_is_not_found(void **state)
{
    static const char *const wrong[] = {"", "Asia", "asia/ho_chi_minh", "Asia/Ho_Chi_Min", "Zulu ", "tzdata.zi",
        "zone.tab", "posix/Asia/Tokyo", "right/Asia/Tokyo", "../zoneinfo/Asia/Tokyo", "zzz"};
    struct ioc_zones *zones = ioc_zones_new();
    assert_int_equal(ioc_zones_fill(zones), IOC_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_null(ioc_zones_find(zones, ioc_text_of(wrong[i])));
    assert_null(ioc_zones_find(zones, IOC_TEXT("Asia/Tokyo\0")));
    assert_null(ioc_zones_find(NULL, IOC_TEXT("Asia/Tokyo")));
    ioc_zones_unref(zones);
}

static void the_table_lives_as_long_as_somebody_holds_it(void **state)
{
    struct ioc_zones *zones = ioc_zones_new();
    struct ioc_zones *held = ioc_zones_ref(zones);
    assert_int_equal(ioc_zones_fill(zones), IOC_OK);
    ioc_zones_unref(zones);
    assert_non_null(ioc_zones_find(held, IOC_TEXT("Asia/Tokyo")));
    ioc_zones_unref(held);
    ioc_zones_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_names_are_found_once_the_table_is_filled),
        cmocka_unit_test(what_is_no_zone_is_not_found),
        cmocka_unit_test(the_table_lives_as_long_as_somebody_holds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
