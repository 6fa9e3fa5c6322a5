/* tests/core/test_unit.c — units of measurement: spellings, conversion in doubles and as it was written. */
#include "core/unit.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct ioc_unit *unit(const char *name)
{
    const struct ioc_unit *found = ioc_unit_find(ioc_text_of(name));
    assert_non_null(found);
    return found;
}

static double written(double value, const char *from, const char *to)
{
    return ioc_unit_convert_written(value, unit(from), unit(to));
}

static void what_was_written_is_converted_as_a_fraction(void **state)
{
    static const struct {
        double value;
        const char *from, *to;
        double wanted;
    } rows[] = {{0.07, "m", "cm", 7}, {1.6, "m", "cm", 160}, {15, "cm", "m", 0.15}, {0.29, "m", "cm", 29}, {50, "mm", "m", 0.05},
        {18, "km/h", "m/s", 5}, {1.1, "m/s", "km/h", 3.96}, {36, "km/h", "m/s", 10}, {25, "C", "K", 298.15}, {-40, "F", "C", -40},
        {212, "F", "C", 100}, {98.6, "F", "C", 37}, {0, "K", "C", -273.15}, {50, "ug/m3", "mg/m3", 0.05}, {1, "mi", "m", 1609.344},
        {1e-7, "km", "mm", 0.1}, {2.5e15, "kB", "GB", 2.5e9}, {12, "l/min", "m3/h", 0.72}, {1013.25, "hPa", "kPa", 101.325}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double got = written(rows[i].value, rows[i].from, rows[i].to);
        if (got != rows[i].wanted)
            fail_msg("%.17g %s are %.17g %s, not %.17g", rows[i].value, rows[i].from, got, rows[i].to, rows[i].wanted);
    }
}

static void numbers_too_large_for_a_fraction_are_converted_in_doubles(void **state)
{
    assert_true(written(1e300, "m", "cm") == 1e302);
    assert_true(written(-1e300, "m", "km") == -1e297);
    assert_true(written(5e-324, "km", "mm") > 0);
    assert_true(isinf(written(INFINITY, "m", "cm")));
    assert_true(isnan(written(NAN, "m", "cm")));
    assert_true(fabs(written(1.0 / 3, "psi", "inHg") - 1.0 / 3 * 6894.757 / 3386.389) < 1e-12);
}

/* Every unit to every other of its dimension and back. */
static void conversion_there_and_back_gives_the_same(void **state)
{
    static const char *const names[] = {"mm", "cm", "m", "km", "in", "ft", "mi", "m/s", "km/h", "mph", "kn", "C", "F", "K", "Pa", "hPa",
        "bar", "mmHg", "psi", "ug/m3", "mg/m3", "g/m3", "ppm", "ppb", "1", "%", "m3/s", "m3/h", "l/s", "ms", "s", "h", "d", "deg", "rad"};
    enum { NAMES = sizeof names / sizeof *names };
    for (size_t i = 0; i < NAMES; i++)
        for (size_t j = 0; j < NAMES; j++) {
            const struct ioc_unit *a = unit(names[i]), *b = unit(names[j]);
            if (strcmp(a->dimension, b->dimension) != 0)
                continue;
            double there = ioc_unit_convert(12.5, a, b), back = ioc_unit_convert(there, b, a);
            if (fabs(back - 12.5) > 1e-9 || fabs(ioc_unit_convert_written(12.5, a, b) - there) > fabs(there) * 1e-12)
                fail_msg("12.5 %s are %.17g %s and back %.17g", names[i], there, names[j], back);
        }
}

static void spellings_of_one_unit_are_the_same_and_others_are_not(void **state)
{
    assert_true(ioc_unit_is_same(unit("km/h"), unit("kph")));
    assert_true(ioc_unit_is_same(unit("µg/m³"), unit("ug/m3")));
    assert_false(ioc_unit_is_same(unit("cm"), unit("m")));
    assert_false(ioc_unit_is_same(unit("m"), unit("m/s"))); /* both are a base */
    assert_false(ioc_unit_is_same(unit("C"), unit("K")));
    assert_null(ioc_unit_find(IOC_TEXT("CM")));
    assert_null(ioc_unit_find(IOC_TEXT("")));
}

static void names_of_a_dimension_fit_the_room(void **state)
{
    char text[64];
    size_t length = ioc_unit_names("speed", text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_non_null(strstr(text, "m/s, "));
    char small[8];
    ioc_unit_names("length", small, sizeof small);
    assert_true(strlen(small) < sizeof small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_converted_as_a_fraction),
        cmocka_unit_test(numbers_too_large_for_a_fraction_are_converted_in_doubles),
        cmocka_unit_test(conversion_there_and_back_gives_the_same),
        cmocka_unit_test(spellings_of_one_unit_are_the_same_and_others_are_not),
        cmocka_unit_test(names_of_a_dimension_fit_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
