/* tests/rules/test_city.c — areas, distances, plates, texts without diacritics, air quality. */
#include "core/area.h"
#include "core/draft.h"
#include "rules/cel/inside.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { POSITION, AREA, PLATE, POLLUTANT, VALUE, EXTRA, O3, FIELDS };
static struct ioc_field fields[FIELDS] = {
    [POSITION] = {.name = {"position", 8}, .type = IOC_POINT},
    [AREA] = {.name = {"area", 4}, .type = IOC_STRING},
    [PLATE] = {.name = {"plate", 5}, .type = IOC_STRING},
    [POLLUTANT] = {.name = {"pollutant", 9}, .type = IOC_STRING},
    [VALUE] = {.name = {"co", 2}, .type = IOC_DOUBLE, .unit = {"mg/m3", 5}},
    [EXTRA] = {.name = {"extra", 5}, .type = IOC_DYN},
    [O3] = {.name = {"o3_ppb", 6}, .type = IOC_DOUBLE, .unit = {"ppb", 3}},
};
static const struct ioc_schema schema = {.name = {"car", 3}, .fields = fields, .count = FIELDS};
static const struct ioc_variable variables[] = {{.name = {"event", 5}, .frame = 0, .is_record = true, .schema = &schema}};
static struct ioc_scope scope = {.variables = variables, .count = 1};

#define SQUARE(id, name, west, east)                                                                                   \
    "{\"type\":\"Feature\",\"properties\":{\"code\":\"" id "\",\"name\":\"" name                                       \
    "\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[" west ",10],[" east ",10],[" east ",11],[" west ",11],[" west ",10]]]}}"
static const char map[] = "{\"type\":\"FeatureCollection\",\"features\":[\n" SQUARE("q1", "Quận 1", "106", "107") ",\n" SQUARE(
    "thu-duc", "Thủ Đức", "107", "108") "]}";

static struct ioc_draft draft;
static const struct ioc_row *frames[IOC_FRAMES_MOST];
static struct ioc_scratch *scratch;

static int set_up(void **state)
{
    struct ioc_errors errors = {0};
    scope.areas = ioc_areas_parse(IOC_TEXT("map"), IOC_TEXT(map), IOC_TEXT("code"), IOC_TEXT("name"), &errors);
    assert_non_null(scope.areas);
    ioc_draft_begin(&draft, &schema);
    ioc_draft_set_point(&draft, POSITION, (struct ioc_point){107.5, 10.5});
    assert_int_equal(ioc_draft_set_text(&draft, AREA, IOC_TEXT("q1")), IOC_OK);
    assert_int_equal(ioc_draft_set_text(&draft, PLATE, IOC_TEXT("59-x1\n234.56")), IOC_OK);
    assert_int_equal(ioc_draft_set_text(&draft, POLLUTANT, IOC_TEXT("PM2.5")), IOC_OK);
    ioc_draft_set_double(&draft, VALUE, 10);
    ioc_draft_set_double(&draft, O3, 50);
    struct ioc_ref cell, point;
    struct ioc_point place = {106.5, 10.5};
    assert_int_equal(ioc_draft_tail(&draft, &place, sizeof place, &point), IOC_OK);
    assert_int_equal(ioc_draft_cells(&draft, 1, &cell), IOC_OK);
    ioc_draft_cell_set(&draft, cell, 0, IOC_POINT, (union ioc_word){.ref = point});
    assert_int_equal(ioc_draft_set_cells(&draft, EXTRA, cell), IOC_OK);
    frames[0] = ioc_draft_row(&draft);
    scratch = ioc_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    ioc_areas_free((struct ioc_areas *)scope.areas);
    ioc_scratch_free(scratch);
    ioc_draft_done(&draft);
    return 0;
}

static enum ioc_outcome run(const char *source, bool is_unchecked, struct ioc_outcome_value *value)
{
    struct ioc_environment environment = {.scope = &scope, .is_unchecked = is_unchecked};
    struct ioc_program *program;
    struct ioc_program_error err;
    if (ioc_program_new_in(ioc_text_of(source), &environment, IOC_TYPES, &program, &err) != IOC_OK)
        fail_msg("%s: %s (%s)", source, err.error.text, err.error.hint);
    enum ioc_outcome outcome = ioc_program_run(program, frames, scratch, value);
    ioc_program_free(program);
    return outcome;
}

static void all_true(const char *const *sources)
{
    for (; *sources; sources++)
        for (int is_unchecked = 0; is_unchecked < 2; is_unchecked++) {
            struct ioc_outcome_value value;
            if (run(*sources, is_unchecked, &value) != IOC_OUTCOME_VALUE || value.type != IOC_BOOL || !value.boolean)
                fail_msg("%s: not true%s", *sources, is_unchecked ? " unchecked" : "");
        }
}

static void assert_refused(const char *source, const char *code, const char *token, const char *says, const char *hints)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    if (ioc_program_new(ioc_text_of(source), &scope, IOC_TYPES, &program, &err) == IOC_OK)
        fail_msg("%s: accepted", source);
    struct ioc_text at = {source + err.offset, err.length};
    if (strcmp(err.error.code, code) != 0 || !ioc_text_equal(at, ioc_text_of(token)) || !strstr(err.error.text, says) ||
        !strstr(err.error.hint, hints))
        fail_msg("%s: %s at '%.*s': %s (%s)", source, err.error.code, IOC_TEXT_ARGS(at), err.error.text, err.error.hint);
}

static void assert_fault(const char *source)
{
    struct ioc_outcome_value value;
    for (int is_unchecked = 0; is_unchecked < 2; is_unchecked++)
        if (run(source, is_unchecked, &value) != IOC_OUTCOME_ERROR)
            fail_msg("%s: no error", source);
}

static void unchecked_calls_may_lack_operands(void **state)
{
    static const char *const sources[] = {"inside()", "inside(event.position)", "area()", "area(event.position, event.position)",
        "inside(event.position, \"q1\", 1)"};
    struct ioc_outcome_value value;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (run(sources[i], true, &value) != IOC_OUTCOME_ERROR)
            fail_msg("%s: no error", sources[i]);
}

static void a_point_lies_in_an_area_or_in_none(void **state)
{
    static const char *const sources[] = {"area(event.position) == \"thu-duc\"", "area(point(106.5, 10.5)) == \"q1\"",
        "area(point(0, 0)) == \"\"", "inside(event.position, \"thu-duc\")", "!inside(event.position, \"q1\")",
        "!inside(event.position, event.area)", "inside(point(106.5, 10.5), event.area)", "area(event.extra) == \"q1\"",
        "inside(event.extra, \"q1\")", "inside(event.extra, event.area)", "[point(106.5, 10.5), event.position].map(p, area(p)) == [\"q1\", \"thu-duc\"]",
        "area(event.position) in [\"q1\", \"thu-duc\"]", NULL};
    all_true(sources);
}

static void an_area_that_is_not_there_is_said_when_the_rule_is_loaded(void **state)
{
    assert_refused("inside(event.position, \"thu-dux\")", "no-such-area", "\"thu-dux\"", "no area 'thu-dux'", "did you mean \"thu-duc\" (Thủ Đức)?");
    assert_refused("inside(event.position, \"Thủ Đức\")", "no-such-area", "\"Thủ Đức\"", "no area", "did you mean \"thu-duc\"");
    assert_refused("inside(event.position, \"nowhere at all\")", "no-such-area", "\"nowhere at all\"", "no area", "called by its id");
    assert_fault("inside(event.position, event.plate)"); /* known only when it runs */
    const struct ioc_areas *areas = scope.areas;
    scope.areas = NULL;
    assert_refused("area(event.position) == \"q1\"", "no-areas", "area", "no areas for area()", "areas: {file:");
    scope.areas = areas;
    assert_refused("area(\"q1\") == \"q1\"", "wrong-types", "area", "does not take string", "");
    assert_refused("arae(event.position) == \"q1\"", "no-such-function", "arae", "no function", "did you mean 'area'?");
}

static void a_place_has_its_longitude_first(void **state)
{
    static const char *const sources[] = {"point(106.7, 10.77).longitude() == 106.7", "latitude(point(106.7, 10.77)) == 10.77",
        "event.position.latitude() == 10.5", "point(-180.0, -90.0) == point(-180.0, -90.0)", "event.position == point(107.5, 10.5)", NULL};
    all_true(sources);
    assert_refused("point(10.77, 106.7)", "bad-point", "106.7", "within ±90", "point(106.7, 10.77)");
    assert_refused("point(200.0, 10.0)", "bad-point", "200.0", "within ±180", "");
    assert_fault("point(event.co * 20.0, 10.0).latitude() > 0.0");
    assert_fault("point(double(\"NaN\"), 10.0).latitude() > 0.0");
}

static void assert_distance(const char *source, double metres, double share)
{
    struct ioc_outcome_value value;
    assert_int_equal(run(source, false, &value), IOC_OUTCOME_VALUE);
    assert_int_equal(value.type, IOC_DOUBLE);
    if (fabs(value.number - metres) > metres * share)
        fail_msg("%s: %.3f m, not %.3f m", source, value.number, metres);
}

static void a_distance_is_within_its_stated_error(void **state)
{
    /* On the sphere of the mean radius: exact values. */
    assert_distance("distance_m(point(106.0, 0.0), point(107.0, 0.0))", 6371008.8 * M_PI / 180, 1e-12);
    assert_distance("distance_m(point(0.0, 0.0), point(180.0, 0.0))", 6371008.8 * M_PI, 1e-12);
    assert_distance("distance_m(point(10.0, 90.0), point(55.0, -90.0))", 6371008.8 * M_PI, 1e-12);
    /* On the ellipsoid (Karney's geodesics): within 0.57 %. */
    assert_distance("distance_m(point(0.0, 0.0), point(0.0, 1.0))", 110574.389, 0.0057);
    assert_distance("distance_m(point(0.0, 89.0), point(0.0, 90.0))", 111693.865, 0.0057);
    assert_distance("distance_m(point(0.0, 0.0), point(1.0, 0.0))", 111319.491, 0.0057);
    static const char *const sources[] = {"distance_m(event.position, event.position) == 0.0",
        "distance_m(event.position, point(107.51, 10.5)) < km(1.1)", "distance_m(event.position, point(107.51, 10.5)) > m(1090)", NULL};
    all_true(sources);
    assert_refused("distance_m(event.position, event.position) > kmh(3)", "wrong-dimension", "kmh(3)", "measures length", "write m(…)");
}

static void texts_and_plates_have_one_form(void **state)
{
    static const char *const sources[] = {"fold(\"Đường Nguyễn Huệ\") == \"Duong Nguyen Hue\"", "\"ngập\".fold() == \"ngap\"",
        "fold(\"plain\") == \"plain\"", "fold(\"\") == \"\"", "plate_normalize(event.plate) == \"59X123456\"",
        "plate_normalize(\"51F-123.45\") == plate_normalize(\"51 f 12345\")", "plate_normalize(\"\") == \"\"",
        "fold(event.plate) == event.plate", NULL};
    all_true(sources);
}

static void air_quality_follows_the_decision(void **state)
{
    static const struct {
        const char *source;
        int64_t index;
    } rows[] = {{"vn_aqi(\"pm25\", 0)", 0}, {"vn_aqi(\"pm25\", 25.0)", 50}, {"vn_aqi(\"pm25\", 50)", 100}, {"vn_aqi(\"pm25\", 80u)", 150},
        {"vn_aqi(\"pm25\", 150)", 200}, {"vn_aqi(\"pm25\", 250)", 300}, {"vn_aqi(\"pm25\", 350)", 400}, {"vn_aqi(\"pm25\", 500)", 500},
        {"vn_aqi(\"pm25\", 5000.0)", 500}, {"vn_aqi(\"pm25\", 35.4)", 71}, {"vn_aqi(\"pm25\", 0.25)", 1}, {"vn_aqi(\"pm25\", 0.24)", 0},
        {"vn_aqi(\"PM2.5\", 50)", 100}, {"vn_aqi(event.pollutant, 50)", 100}, {"vn_aqi(\"pm10\", 150)", 100}, {"vn_aqi(\"pm10\", 100)", 75},
        {"vn_aqi(\"o3\", 160)", 50}, {"vn_aqi(\"o3_1h\", 300)", 150}, {"vn_aqi(\"o3_8h\", 110)", 75}, {"vn_aqi(\"o3_8h\", 900)", 300},
        {"vn_aqi(\"co\", 10000)", 50}, {"vn_aqi(\"so2\", 350)", 100}, {"vn_aqi(\"no2\", 450)", 125}, {"vn_aqi(\"no2\", 3850)", 500},
        {"vn_aqi(\"co\", event.co)", 50}, {"vn_aqi(\"co\", mgm3(10))", 50}, {"vn_aqi(\"pm25\", ugm3(50))", 100},
        {"vn_aqi(\"pm25\", double(\"inf\"))", 500}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ioc_outcome_value value;
        if (run(rows[i].source, false, &value) != IOC_OUTCOME_VALUE || value.type != IOC_INT || value.integer != rows[i].index)
            fail_msg("%s: %lld, not %lld", rows[i].source, (long long)value.integer, (long long)rows[i].index);
    }
    assert_refused("vn_aqi(\"pm52\", 50) > 3", "no-such-pollutant", "\"pm52\"", "no pollutant 'pm52'", "did you mean \"pm25\"?");
    assert_refused("vn_aqi(\"dust\", 50) > 3", "no-such-pollutant", "\"dust\"", "no pollutant", "pm25, pm10");
    assert_refused("vn_aqi(\"o3\", event.o3_ppb) > 3", "wrong-dimension", "event.o3_ppb", "measures mixing ratio", "ug/m3");
    assert_fault("vn_aqi(event.plate, 50) > 3");
    assert_fault("vn_aqi(\"pm25\", -1) > 3");
    assert_fault("vn_aqi(\"pm25\", double(\"NaN\")) > 3");
}

static void looking_into_areas_is_paid_for(void **state)
{
    assert_fault("lists.range(30).all(a, lists.range(30).all(b, lists.range(30).all(c, lists.range(30).all(d,"
                 " inside(event.position, \"thu-duc\")))))");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unchecked_calls_may_lack_operands),
        cmocka_unit_test(a_point_lies_in_an_area_or_in_none),
        cmocka_unit_test(an_area_that_is_not_there_is_said_when_the_rule_is_loaded),
        cmocka_unit_test(a_place_has_its_longitude_first),
        cmocka_unit_test(a_distance_is_within_its_stated_error),
        cmocka_unit_test(texts_and_plates_have_one_form),
        cmocka_unit_test(air_quality_follows_the_decision),
        cmocka_unit_test(looking_into_areas_is_paid_for),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
