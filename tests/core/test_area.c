/* tests/core/test_area.c — polygons of the city and points in them. */
#include "core/area.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[\n" features "]}"
#define FEATURE(id, type, coordinates)                                                             \
    "{\"type\":\"Feature\",\"properties\":{\"code\":\"" id "\",\"name\":\"Quận " id                \
    "\"},\"geometry\":{\"type\":\"" type "\",\"coordinates\":" coordinates "}}"
#define LEFT FEATURE("1", "Polygon", "[[[0,0],[1,0],[1,1],[0,1],[0,0]]]")
#define RIGHT FEATURE("2", "Polygon", "[[[1,0],[2,0],[2,1],[1,1],[1,0]]]")

static struct ioc_areas *parse(const char *json, struct ioc_errors *errors)
{
    return ioc_areas_parse(
        IOC_TEXT("areas.geojson"), ioc_text_of(json), IOC_TEXT("code"), IOC_TEXT("name"), errors);
}
static struct ioc_areas *parse_good(const char *json)
{
    struct ioc_errors errors = {0};
    struct ioc_areas *areas = parse(json, &errors);
    if (!areas)
        ioc_errors_print(&errors, IOC_ENGLISH, stderr);
    assert_non_null(areas);
    assert_int_equal(errors.count, 0);
    return areas;
}
static int32_t find(const struct ioc_areas *areas, double longitude, double latitude)
{
    return ioc_areas_find(areas, (struct ioc_point){longitude, latitude});
}
static void assert_refused(const char *json, const char *code, uint32_t line, const char *hint)
{
    struct ioc_errors errors = {0};
    assert_null(parse(json, &errors));
    assert_true(errors.count > 0);
    if (strcmp(errors.items[0].code, code) != 0)
        ioc_errors_print(&errors, IOC_ENGLISH, stderr);
    assert_string_equal(errors.items[0].code, code);
    assert_int_equal(errors.items[0].line, line);
    assert_string_equal(errors.items[0].file, "areas.geojson");
    assert_non_null(strstr(errors.items[0].hint, hint));
    ioc_errors_done(&errors);
}

static void point_lies_in_the_area_that_surrounds_it(void **state)
{
    struct ioc_areas *areas = parse_good(COLLECTION(LEFT ",\n" RIGHT));
    assert_int_equal(ioc_areas_count(areas), 2);
    assert_int_equal(find(areas, 0.5, 0.5), 0);
    assert_int_equal(find(areas, 1.5, 0.5), 1);
    assert_int_equal(find(areas, 2.5, 0.5), IOC_AREA_NONE);
    assert_int_equal(find(areas, 0.5, -1e-12), IOC_AREA_NONE);
    assert_int_equal(find(areas, NAN, 0.5), IOC_AREA_NONE);
    assert_int_equal(find(areas, 0.5, NAN), IOC_AREA_NONE);
    assert_int_equal(find(areas, INFINITY, INFINITY), IOC_AREA_NONE);
    const struct ioc_area *area = ioc_areas_get(areas, 1);
    assert_true(ioc_text_equal(area->id, IOC_TEXT("2")));
    assert_true(ioc_text_equal(area->name, IOC_TEXT("Quận 2")));
    assert_true(area->west == 1 && area->east == 2 && area->south == 0 && area->north == 1);
    assert_true(
        fabs(area->centre.longitude - 1.5) < 1e-12 && fabs(area->centre.latitude - 0.5) < 1e-12);
    assert_null(ioc_areas_get(areas, 2));
    ioc_areas_free(areas);
}
static void border_belongs_to_the_first_area(void **state)
{
    struct ioc_areas *areas = parse_good(COLLECTION(LEFT ",\n" RIGHT));
    static const struct {
        double x, y;
        int32_t area;
    } points[] = {
        {1, 0.5, 0},
        {1, 0, 0},
        {1, 1, 0},
        {0, 0, 0},
        {0, 1, 0},
        {0, 0.25, 0},
        {0.25, 0, 0},
        {0.25, 1, 0},
        {2, 0.5, 1},
        {2, 1, 1},
        {2, 0, 1},
        {1.5, 1, 1},
        {1.5, 0, 1},
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        assert_int_equal(find(areas, points[i].x, points[i].y), points[i].area);
    ioc_areas_free(areas);
}
static void hole_is_outside_and_its_edge_is_not(void **state)
{
    struct ioc_areas *areas = parse_good(COLLECTION(FEATURE("1", "Polygon",
        "[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[3,3],[3,6],[6,6],[6,3],[3,3]]]") ",\n" FEATURE("2",
        "Polygon", "[[[3,3],[3,6],[6,6],[6,3],[3,3]]]")));
    assert_int_equal(find(areas, 1, 1), 0);
    assert_int_equal(find(areas, 4, 4), 1);
    assert_int_equal(find(areas, 3, 4), 0);
    assert_int_equal(find(areas, 6, 6), 0);
    assert_int_equal(find(areas, 8.9, 4.5), 0);
    /* The centre of gravity lies in the hole; the label does not. */
    struct ioc_point centre = ioc_areas_get(areas, 0)->centre;
    assert_int_equal(ioc_areas_find(areas, centre), 0);
    ioc_areas_free(areas);
}
static void multipolygon_is_one_area(void **state)
{
    struct ioc_areas *areas = parse_good(COLLECTION(FEATURE("1", "MultiPolygon",
        "[[[[0,0],[1,0],[1,1],[0,1],[0,0]]],[[[5,5],[9,5],[9,9],[5,9],[5,5]],[[6,6],[7,6],[7,7],[6,"
        "7],[6,6]]]]")));
    assert_int_equal(find(areas, 0.5, 0.5), 0);
    assert_int_equal(find(areas, 8, 8), 0);
    assert_int_equal(find(areas, 3, 3), IOC_AREA_NONE);
    assert_int_equal(find(areas, 6.5, 6.5), IOC_AREA_NONE);
    ioc_areas_free(areas);
}
static void vertex_at_the_height_of_the_point_counts_once(void **state)
{
    struct ioc_areas *areas =
        parse_good(COLLECTION(FEATURE("1", "Polygon", "[[[0,0],[2,2],[4,0],[2,-2],[0,0]]]")));
    assert_int_equal(find(areas, -1, 0), IOC_AREA_NONE);
    assert_int_equal(find(areas, 1, 0), 0);
    assert_int_equal(find(areas, 5, 0), IOC_AREA_NONE);
    assert_int_equal(find(areas, 1, 2), IOC_AREA_NONE);
    assert_int_equal(find(areas, 1, -2), IOC_AREA_NONE);
    assert_int_equal(find(areas, 2, 2), 0);
    assert_int_equal(find(areas, 0, 0), 0);
    ioc_areas_free(areas);
}
static void missing_names_fall_back_to_the_id(void **state)
{
    struct ioc_errors errors = {0};
    struct ioc_areas *areas = ioc_areas_parse(IOC_TEXT("x"),
        IOC_TEXT(
            "{\"type\":\"Feature\",\"id\":760,\"properties\":null,"
            "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]}}"),
        IOC_TEXT(""), IOC_TEXT(""), &errors);
    assert_non_null(areas);
    assert_true(ioc_text_equal(ioc_areas_get(areas, 0)->id, IOC_TEXT("760")));
    assert_true(ioc_text_equal(ioc_areas_get(areas, 0)->name, IOC_TEXT("760")));
    ioc_areas_free(areas);
}

static void broken_files_are_refused_with_the_line_of_the_feature(void **state)
{
    assert_refused("{\"type\":\n}", "syntax", 2, "");
    assert_refused("[]", "not-geojson", 1, "FeatureCollection");
    assert_refused("{\"type\":\"FeatureCollection\",\"features\":[]}", "no-areas", 0, "");
    assert_refused(COLLECTION(LEFT ",\n7"), "no-feature", 1, "");
    assert_refused(COLLECTION(LEFT ",\n" LEFT), "duplicate-key", 3, "");
    assert_refused(
        COLLECTION(LEFT ",\n" FEATURE("2", "Point", "[0,0]")), "no-polygon", 3, "MultiPolygon");
    assert_refused(COLLECTION(LEFT ",\n" FEATURE("2", "Polygon", "[]")), "no-polygon", 3, "");
    assert_refused(COLLECTION(FEATURE("2", "Polygon", "[[[0,0],[1,0],[0,0]]]")), "ring-too-short",
        2, "triangle");
    assert_refused(COLLECTION(FEATURE("2", "Polygon", "[[[0,0],[1,0],[1,1],[0,1]]]")), "ring-open",
        2, "repeat");
    assert_refused(COLLECTION(FEATURE("2", "Polygon", "[[[0,0],[1,0],[1,\"x\"],[0,0]]]")),
        "no-position", 2, "");
    assert_refused(COLLECTION(FEATURE(
                       "2", "Polygon", "[[[10.7,106.6],[10.8,106.6],[10.8,106.7],[10.7,106.6]]]")),
        "latitude", 2, "swapped");
    assert_refused(
        COLLECTION(FEATURE("2", "Polygon", "[[[600000,10],[600001,10],[600001,11],[600000,10]]]")),
        "longitude", 2, "WGS 84");
    assert_refused(COLLECTION(FEATURE("2", "Polygon", "[[[179,0],[-179,0],[-179,1],[179,0]]]")),
        "antimeridian", 2, "split");
    assert_refused("{\"type\":\"FeatureCollection\",\"crs\":{\"type\":\"name\",\"properties\":{"
                   "\"name\":\"EPSG:3405\"}},"
                   "\"features\":[]}",
        "coordinate-system", 1, "4326");
    assert_refused(
        COLLECTION("{\"type\":\"Feature\",\"properties\":{\"cod\":\"x\"},\"geometry\":null}"),
        "no-property", 2, "'cod'");
}
static void all_broken_features_are_reported(void **state)
{
    struct ioc_errors errors = {0};
    assert_null(parse(COLLECTION(FEATURE("1", "Point", "[0,0]") ",\n" RIGHT ",\n" FEATURE(
                          "3", "Polygon", "[[]]")),
        &errors));
    assert_int_equal(errors.count, 2);
    assert_int_equal(errors.items[0].line, 2);
    assert_int_equal(errors.items[1].line, 4);
    assert_non_null(strstr(errors.items[1].text, "Quận 3"));
    ioc_errors_done(&errors);
}
static void file_that_is_not_there_is_an_error(void **state)
{
    struct ioc_errors errors = {0};
    assert_null(
        ioc_areas_load("/nonexistent/areas.geojson", IOC_TEXT("code"), IOC_TEXT("name"), &errors));
    assert_int_equal(errors.count, 1);
    ioc_errors_done(&errors);
    ioc_areas_free(NULL);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}
static double spread(uint64_t *seed, double low, double high)
{
    return low + (high - low) * ((double)next_random(seed) / (double)(1u << 31));
}

static int32_t find_first(const struct ioc_areas *areas, struct ioc_point point)
{
    for (uint32_t i = 0; i < ioc_areas_count(areas); i++)
        if (ioc_areas_has(areas, i, point))
            return (int32_t)i;
    return IOC_AREA_NONE;
}
static void overlapping_areas_are_asked_one_by_one(void **state)
{
    struct ioc_areas *areas = parse_good(
        COLLECTION(LEFT ",\n" FEATURE("2", "Polygon", "[[[0,0],[2,0],[2,1],[0,1],[0,0]]]")));
    struct ioc_point point = {0.5, 0.5};
    assert_int_equal(ioc_areas_find(areas, point), 0);
    assert_true(ioc_areas_has(areas, 0, point));
    assert_true(ioc_areas_has(areas, 1, point));
    assert_false(ioc_areas_has(areas, 0, (struct ioc_point){1.5, 0.5}));
    assert_false(ioc_areas_has(areas, 2, point));
    assert_false(ioc_areas_has(areas, 1, (struct ioc_point){NAN, NAN}));
    ioc_areas_free(areas);
}

static void districts_of_the_city_are_told_apart(void **state)
{
    const char *path = IOC_SHARED "/data/hcmc-districts/hcmc-districts.geojson";
    if (access(path, R_OK) != 0) {
        print_message("%s is not here: skipped\n", path);
        skip();
    }
    struct ioc_errors errors = {0};
    struct ioc_areas *areas = ioc_areas_load(path, IOC_TEXT("code"), IOC_TEXT("name"), &errors);
    assert_non_null(areas);
    assert_int_equal(ioc_areas_count(areas), 22);
    int32_t market = find(areas, 106.6981, 10.7721); /* Bến Thành market */
    assert_true(market >= 0);
    assert_true(ioc_text_equal(ioc_areas_get(areas, (uint32_t)market)->name, IOC_TEXT("Quận 1")));
    int32_t canal = find(areas, 106.9, 10.45); /* Cần Giờ */
    assert_true(canal >= 0);
    assert_true(
        ioc_text_contains(ioc_areas_get(areas, (uint32_t)canal)->name, IOC_TEXT("Cần Giờ")));
    assert_int_equal(find(areas, 105.8, 21.0), IOC_AREA_NONE); /* Hà Nội */
    uint64_t seed = 11;
    for (int i = 0; i < 20000; i++) {
        struct ioc_point point = {spread(&seed, 106.3, 107.1), spread(&seed, 10.3, 11.2)};
        assert_int_equal(ioc_areas_find(areas, point), find_first(areas, point));
    }
    for (uint32_t i = 0; i < 22; i++)
        assert_int_equal(ioc_areas_find(areas, ioc_areas_get(areas, i)->centre), i);
    ioc_areas_free(areas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(point_lies_in_the_area_that_surrounds_it),
        cmocka_unit_test(border_belongs_to_the_first_area),
        cmocka_unit_test(hole_is_outside_and_its_edge_is_not),
        cmocka_unit_test(multipolygon_is_one_area),
        cmocka_unit_test(vertex_at_the_height_of_the_point_counts_once),
        cmocka_unit_test(missing_names_fall_back_to_the_id),
        cmocka_unit_test(broken_files_are_refused_with_the_line_of_the_feature),
        cmocka_unit_test(all_broken_features_are_reported),
        cmocka_unit_test(file_that_is_not_there_is_an_error),
        cmocka_unit_test(overlapping_areas_are_asked_one_by_one),
        cmocka_unit_test(districts_of_the_city_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
