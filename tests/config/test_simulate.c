/*
 * tests/config/test_simulate.c — the simulated city: the same seed is the same city, and what it says is sound.
 */
#include "config/simulate_city.h"
#include "config/simulate_message.h"
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static const char areas_file[] = IOC_SOURCE "/config/example/hcmc/districts.geojson";
static const ioc_time noon = 1795000000 * IOC_SECOND;

struct world {
    struct ioc_areas *areas;
    struct ioc_zone *zone;
    struct ioc_buffer topic, payload;
};
static struct world world;

static struct ioc_simulate_city make_city(uint64_t seed, uint32_t devices)
{
    struct ioc_simulate_city city;
    struct ioc_errors errors = {0};
    struct ioc_simulate_city_options options = {.seed = seed, .devices = devices, .areas = world.areas,
        .areas_file = ioc_text_of(areas_file)};
    assert_int_equal(ioc_simulate_city_init(&city, &options, &errors), IOC_OK);
    return city;
}

static const char *say(const struct ioc_simulate_city *city, const struct ioc_simulate_faults *faults, uint32_t device,
    uint64_t number, double hour, struct ioc_simulate_message_fate *fate)
{
    struct ioc_simulate_message message = {.device = &city->devices[device], .number = number, .hour = hour, .stamp = noon, .run = 7,
        .zone = world.zone, .elapsed = (ioc_span)number * 2 * IOC_SECOND};
    ioc_simulate_message_write(city, faults, &message, &world.topic, &world.payload, fate);
    ioc_buffer_add_char(&world.payload, 0);
    return world.payload.data;
}

static void same_seed_says_the_same_at_the_same_moment(void **state)
{
    struct ioc_simulate_city one = make_city(5, 100), two = make_city(5, 100), other = make_city(6, 100);
    struct ioc_simulate_faults none = {0};
    struct ioc_simulate_message_fate fate;
    uint32_t differing = 0;
    for (uint32_t i = 0; i < 100; i++) {
        char *said = strdup(say(&one, &none, i, 40, 17.3, &fate));
        assert_string_equal(said, say(&two, &none, i, 40, 17.3, &fate));
        differing += strcmp(said, say(&other, &none, i, 40, 17.3, &fate)) != 0;
        free(said);
    }
    assert_true(differing > 80);
    ioc_simulate_city_done(&one);
    ioc_simulate_city_done(&two);
    ioc_simulate_city_done(&other);
}

static void a_device_stays_the_same_when_the_city_grows(void **state)
{
    struct ioc_simulate_city small = make_city(1, 400), large = make_city(1, 4000);
    for (int family = 0; family < IOC_SIMULATE_FAMILIES; family++) {
        const struct ioc_simulate_device *a = &small.devices[small.first[family]], *b = &large.devices[large.first[family]];
        assert_string_equal(a->id, b->id);
        assert_true(ioc_text_equal(a->name, b->name));
        assert_memory_equal(&a->position, &b->position, sizeof a->position);
    }
    ioc_simulate_city_done(&small);
    ioc_simulate_city_done(&large);
}

static void every_device_stands_in_its_own_district(void **state)
{
    struct ioc_simulate_city city = make_city(1, 5000);
    assert_int_equal(city.count, 5000);
    for (uint32_t i = 0; i < city.count; i++) {
        int32_t area = ioc_areas_find(world.areas, city.devices[i].position);
        assert_true(area >= 0);
        assert_true(ioc_text_equal(ioc_areas_get(world.areas, (uint32_t)area)->id, city.devices[i].area));
        assert_true(city.devices[i].name.length > 3);
    }
    ioc_simulate_city_done(&city);
}

static void every_family_writes_json_that_names_the_device_by_topic(void **state)
{
    struct ioc_simulate_city city = make_city(1, 400);
    struct ioc_simulate_faults none = {0};
    struct ioc_simulate_message_fate fate;
    for (uint32_t i = 0; i < city.count; i++) {
        const char *payload = say(&city, &none, i, i, 16 + i / 20.0, &fate);
        json_t *json = json_loads(payload, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(json);
        json_decref(json);
        assert_false(fate.is_garbage || fate.is_withheld || fate.is_late || fate.is_future || fate.is_duplicated);
        assert_int_equal(fate.readings, city.devices[i].family == IOC_SIMULATE_NOISE ? 2 : 1);
        assert_true(ioc_text_ends(ioc_buffer_text(&world.topic), ioc_text_of(city.devices[i].id)));
    }
    ioc_simulate_city_done(&city);
}

static void stamps_are_the_present_however_fast_the_tides_run(void **state)
{
    struct ioc_simulate_city city = make_city(1, 100);
    struct ioc_simulate_faults none = {0};
    struct ioc_simulate_message_fate fate;
    char wanted[40];
    snprintf(wanted, sizeof wanted, "\"ts\":%lld", (long long)(noon / IOC_MILLISECOND));
    assert_non_null(strstr(say(&city, &none, 0, 3, 16, &fate), wanted));
    assert_non_null(strstr(say(&city, &none, 0, 3, 400, &fate), wanted));
    ioc_simulate_city_done(&city);
}

static void a_day_has_two_high_waters_and_some_pass_the_alarm(void **state)
{
    uint32_t peaks = 0;
    double highest = -9;
    for (double hour = 24; hour < 48; hour += 0.05) {
        double before = ioc_simulate_weather_tide(hour - 0.05, 0, 1), here = ioc_simulate_weather_tide(hour, 0, 1),
               after = ioc_simulate_weather_tide(hour + 0.05, 0, 1);
        peaks += here > before && here > after;
        highest = fmax(highest, here);
    }
    assert_int_equal(peaks, 2);
    assert_true(highest > 1.50 && highest < 1.80);
}

static void storms_flood_some_streets_and_leave_them_within_an_hour(void **state)
{
    struct ioc_simulate_city city = make_city(1, 400);
    uint32_t risen = 0, fallen = 0;
    for (uint32_t i = city.first[IOC_SIMULATE_STREET]; i < city.first[IOC_SIMULATE_RIVER]; i++) {
        bool is_high = false, was_high = false;
        for (uint64_t number = 0; number < 60; number++) {
            struct ioc_simulate_sample sample;
            ioc_simulate_city_measure(&city, &city.devices[i], 16 + (double)number / 60, number, &sample);
            assert_true(sample.value[0] >= 0 && sample.value[0] < 300);
            is_high = sample.value[0] > 25;
            fallen += was_high && sample.value[0] < 10;
            was_high = (was_high || is_high) && sample.value[0] >= 10;
            risen += is_high;
        }
    }
    assert_true(risen > 0);
    assert_true(fallen >= 2);
    ioc_simulate_city_done(&city);
}

static void rain_of_the_day_never_falls_before_midnight(void **state)
{
    struct ioc_simulate_city city = make_city(3, 400);
    double before = 0, most = 0;
    for (double hour = 24; hour < 48; hour += 0.01) {
        double now = ioc_simulate_weather_fallen(&city.weather, city.devices[0].position, hour);
        assert_true(now >= before);
        before = now;
        most = fmax(most, now);
    }
    assert_true(most > 1);
    assert_true(ioc_simulate_weather_fallen(&city.weather, city.devices[0].position, 48.001) < most);
    ioc_simulate_city_done(&city);
}

static void tables_have_a_row_for_every_device(void **state)
{
    struct ioc_simulate_city city = make_city(1, 100);
    struct ioc_error err = {0};
    char directory[] = "/tmp/ioc-simulate-XXXXXX", path[128], line[512];
    uint32_t rows = 0;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(ioc_simulate_city_tables(&city, directory, &err), IOC_OK);
    for (int family = 0; family < IOC_SIMULATE_FAMILIES; family++) {
        snprintf(path, sizeof path, "%s/%s", directory, ioc_simulate_family_traits[family].table);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        assert_non_null(fgets(line, sizeof line, file));
        while (fgets(line, sizeof line, file))
            rows++;
        fclose(file);
        unlink(path);
    }
    rmdir(directory);
    assert_int_equal(rows, 100);
    assert_int_equal(ioc_simulate_city_tables(&city, directory, &err), IOC_FAILED);
    assert_non_null(strstr(err.file, directory));
    ioc_simulate_city_done(&city);
}

static void faults_are_read_as_shares_and_percents(void **state)
{
    struct ioc_simulate_faults faults = {0};
    struct ioc_error err = {0};
    assert_int_equal(ioc_simulate_fault_parse(IOC_TEXT("silent=2%, garbage=0.25"), &faults, &err), IOC_OK);
    assert_true(faults.share[IOC_SIMULATE_SILENT] == 0.02 && faults.share[IOC_SIMULATE_GARBAGE] == 0.25);
    assert_int_equal(ioc_simulate_fault_parse(IOC_TEXT("stuck=1%,garbege=1%"), &faults, &err), IOC_INVALID);
    assert_non_null(strstr(err.hint, "garbage"));
    assert_true(faults.share[IOC_SIMULATE_STUCK] == 0);
    static const char *const wrong[] = {"late", "late=", "late=101%", "late=1.5", "late=-1", "late=x", "=1", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ioc_simulate_fault_parse(ioc_text_of(wrong[i]), &faults, &err), IOC_INVALID);
}

static void faults_strike_the_share_they_were_given(void **state)
{
    struct ioc_simulate_city city = make_city(1, 1000);
    struct ioc_simulate_faults faults = {.share = {[IOC_SIMULATE_GARBAGE] = 0.1, [IOC_SIMULATE_DUPLICATED] = 0.2,
        [IOC_SIMULATE_LATE] = 0.05, [IOC_SIMULATE_SILENT] = 0.3}};
    struct ioc_simulate_message_fate fate;
    uint32_t garbage = 0, duplicated = 0, late = 0, withheld = 0, said = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        say(&city, &faults, i % 1000, i / 1000 * 9, 16, &fate);
        withheld += fate.is_withheld;
        if (fate.is_withheld)
            continue;
        said++;
        garbage += fate.is_garbage;
        duplicated += fate.is_duplicated;
        late += fate.is_late;
        assert_int_equal(fate.readings == 0, fate.is_garbage);
    }
    assert_in_range(garbage, said * 8 / 100, said * 12 / 100);
    assert_in_range(duplicated, said * 17 / 100, said * 23 / 100);
    assert_in_range(late, said * 4 / 100, said * 6 / 100);
    assert_in_range(withheld, 20000 * 10 / 100, 20000 * 20 / 100); /* half of the time of 30 % */
    ioc_simulate_city_done(&city);
}

static void a_stuck_device_repeats_itself_and_a_fast_clock_is_ahead(void **state)
{
    struct ioc_simulate_city city = make_city(1, 100);
    struct ioc_simulate_faults faults = {.share = {[IOC_SIMULATE_STUCK] = 1, [IOC_SIMULATE_FUTURE] = 1}};
    struct ioc_simulate_message_fate fate;
    uint32_t river = city.first[IOC_SIMULATE_RIVER];
    const char *level = strstr(say(&city, &faults, river, 1, 16, &fate), "\"level\"");
    assert_non_null(level);
    char *before = strdup(level);
    level = strstr(say(&city, &faults, river, 500, 23, &fate), "\"level\"");
    assert_string_equal(before, level);
    free(before);
    assert_true(fate.is_future);
    char wanted[40];
    snprintf(wanted, sizeof wanted, "\"ts\":%lld", (long long)((noon + 10 * IOC_MINUTE) / IOC_MILLISECOND));
    assert_non_null(strstr(say(&city, &faults, 0, 3, 16, &fate), wanted));
    ioc_simulate_city_done(&city);
}

static int begin(void **state)
{
    struct ioc_errors errors = {0};
    world.areas = ioc_areas_load(areas_file, IOC_TEXT("code"), IOC_TEXT("name"), &errors);
    return world.areas && ioc_zone_load(IOC_TEXT("Asia/Ho_Chi_Minh"), &world.zone) == IOC_OK ? 0 : -1;
}

static int end(void **state)
{
    ioc_areas_free(world.areas);
    ioc_zone_free(world.zone);
    ioc_buffer_done(&world.topic);
    ioc_buffer_done(&world.payload);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_says_the_same_at_the_same_moment),
        cmocka_unit_test(a_device_stays_the_same_when_the_city_grows),
        cmocka_unit_test(every_device_stands_in_its_own_district),
        cmocka_unit_test(every_family_writes_json_that_names_the_device_by_topic),
        cmocka_unit_test(stamps_are_the_present_however_fast_the_tides_run),
        cmocka_unit_test(a_day_has_two_high_waters_and_some_pass_the_alarm),
        cmocka_unit_test(storms_flood_some_streets_and_leave_them_within_an_hour),
        cmocka_unit_test(rain_of_the_day_never_falls_before_midnight),
        cmocka_unit_test(tables_have_a_row_for_every_device),
        cmocka_unit_test(faults_are_read_as_shares_and_percents),
        cmocka_unit_test(faults_strike_the_share_they_were_given),
        cmocka_unit_test(a_stuck_device_repeats_itself_and_a_fast_clock_is_ahead),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
