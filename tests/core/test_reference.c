/* tests/core/test_reference.c — tables that describe what events speak of. */
#include "core/reference.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const struct ioc_text statuses[] = {{"active", 6}, {"planned", 7}};
static struct ioc_field station_fields[] = {
    {.name = {"station", 7}, .type = IOC_STRING},
    {.name = {"name", 4}, .type = IOC_STRING, .is_optional = true},
    {.name = {"limit_cm", 8},
        .type = IOC_DOUBLE,
        .is_optional = true,
        .has_range = true,
        .range_low = -5,
        .range_high = 300},
    {.name = {"level", 5}, .type = IOC_INT, .is_optional = true},
    {.name = {"status", 6},
        .type = IOC_STRING,
        .is_optional = true,
        .one_of = statuses,
        .one_of_count = 2},
    {.name = {"position", 8}, .type = IOC_POINT, .is_optional = true},
};
static const struct ioc_schema stations = {
    .name = {"stations", 8}, .fields = station_fields, .count = 6};
static struct ioc_field typed_fields[] = {
    {.name = {"id", 2}, .type = IOC_UINT},
    {.name = {"on", 2}, .type = IOC_BOOL},
    {.name = {"since", 5}, .type = IOC_TIMESTAMP},
    {.name = {"every", 5}, .type = IOC_DURATION},
    {.name = {"where", 5}, .type = IOC_POINT},
};
static const struct ioc_schema typed = {.name = {"typed", 5}, .fields = typed_fields, .count = 5};

struct load {
    struct ioc_reference *reference;
    struct ioc_errors errors;
};
static struct load load_with(const char *file, const char *text,
    struct ioc_reference_options options, const struct ioc_schema *schema)
{
    struct load load = {0};
    options.name = IOC_TEXT("stations");
    if (options.key.length == 0)
        options.key = schema->fields[0].name;
    load.reference =
        ioc_reference_parse(ioc_text_of(file), ioc_text_of(text), &options, schema, &load.errors);
    assert_true((load.reference != NULL) == (load.errors.count == 0));
    return load;
}
static struct ioc_reference *load_good(const char *file, const char *text)
{
    struct load load = load_with(file, text, (struct ioc_reference_options){0}, &stations);
    if (!load.reference)
        ioc_errors_print(&load.errors, IOC_ENGLISH, stderr);
    assert_non_null(load.reference);
    return load.reference;
}
static void assert_refused_with(const char *file, const char *text,
    struct ioc_reference_options options, const char *code, uint32_t line, uint32_t column,
    const char *hint)
{
    struct load load = load_with(file, text, options, &stations);
    assert_null(load.reference);
    const struct ioc_error *err = &load.errors.items[0];
    if (strcmp(err->code, code) != 0 || err->line != line || err->column != column ||
        !strstr(err->hint, hint))
        ioc_errors_print(&load.errors, IOC_ENGLISH, stderr);
    assert_string_equal(err->file, file);
    assert_string_equal(err->code, code);
    assert_int_equal(err->line, line);
    assert_int_equal(err->column, column);
    assert_non_null(strstr(err->hint, hint));
    ioc_errors_done(&load.errors);
}
static void assert_refused(
    const char *text, const char *code, uint32_t line, uint32_t column, const char *hint)
{
    assert_refused_with(
        "stations.csv", text, (struct ioc_reference_options){0}, code, line, column, hint);
}
static void assert_text(
    const struct ioc_reference *reference, uint32_t row, ioc_slot slot, const char *text)
{
    assert_true(ioc_row_has(ioc_reference_row(reference, row), slot));
    assert_true(
        ioc_text_equal(ioc_row_text(ioc_reference_row(reference, row), slot), ioc_text_of(text)));
}
static double number(const struct ioc_reference *reference, uint32_t row, ioc_slot slot)
{
    assert_true(ioc_row_has(ioc_reference_row(reference, row), slot));
    return ioc_row_word(ioc_reference_row(reference, row), slot).d;
}

static void rows_are_found_by_their_key(void **state)
{
    struct ioc_reference *reference =
        load_good("stations.csv", "\xef\xbb\xbfname,station,owner,limit_cm,lat,lon,level\r\n"
                                  "Nguyễn Hữu Cảnh,S1,city,15,10.7901,106.7112,3\r\n"
                                  "\r\n"
                                  "\"Cầu \"\"Bông\"\", Đakao\" , S2 ,,15.5,,,\r\n");
    assert_int_equal(ioc_reference_count(reference), 2);
    struct ioc_key key = {0};
    assert_int_equal(
        ioc_key_of_row(&key, ioc_reference_row(reference, 1), &stations, (ioc_slot[]){0}, 1),
        IOC_OK);
    assert_int_equal(ioc_reference_find(reference, ioc_key_text(&key)), 1);
    assert_int_equal(ioc_reference_find(reference, IOC_TEXT("s")), UINT32_MAX);
    assert_text(reference, 0, 0, "S1");
    assert_text(reference, 0, 1, "Nguyễn Hữu Cảnh");
    assert_text(reference, 1, 0, "S2");
    assert_text(reference, 1, 1, "Cầu \"Bông\", Đakao");
    assert_true(number(reference, 1, 2) == 15.5);
    assert_int_equal(ioc_row_word(ioc_reference_row(reference, 0), 3).i, 3);
    assert_false(ioc_row_has(ioc_reference_row(reference, 1), 3));
    struct ioc_point point = ioc_row_point(ioc_reference_row(reference, 0), 5);
    assert_true(point.latitude == 10.7901 && point.longitude == 106.7112);
    assert_false(ioc_row_has(ioc_reference_row(reference, 1), 5));
    assert_int_equal(ioc_reference_line(reference, 0), 2);
    assert_int_equal(ioc_reference_line(reference, 1), 4);
    assert_int_equal(ioc_reference_key_slot(reference), 0);
    assert_ptr_equal(ioc_reference_schema(reference), &stations);
    assert_true(ioc_text_equal(ioc_reference_name(reference), IOC_TEXT("stations")));
    assert_true(ioc_text_equal(ioc_reference_file(reference), IOC_TEXT("stations.csv")));
    assert_int_equal(ioc_reference_delimiter(reference), ',');
    assert_int_equal(ioc_reference_decimal(reference), '.');
    ioc_reference_free(reference);
}
static void delimiter_and_decimal_are_detected(void **state)
{
    struct ioc_reference *reference =
        load_good("a.csv", "station;limit_cm;Vĩ độ;Kinh độ\nS1;15,5;10,79;106,71\n");
    assert_true(number(reference, 0, 2) == 15.5);
    assert_true(ioc_row_point(ioc_reference_row(reference, 0), 5).longitude == 106.71);
    assert_int_equal(ioc_reference_delimiter(reference), ';');
    assert_int_equal(ioc_reference_decimal(reference), ',');
    ioc_reference_free(reference);
    reference = load_good("a.csv", "station\tlimit_cm\tname\nS1\t15.5\t a, b; c\n");
    assert_true(number(reference, 0, 2) == 15.5);
    assert_text(reference, 0, 1, "a, b; c");
    ioc_reference_free(reference);
    reference = load_good("a.csv", "station\nS1\nS2");
    assert_int_equal(ioc_reference_count(reference), 2);
    ioc_reference_free(reference);
    struct load load = load_with("a.csv", "station|limit_cm\nS1|1,5\n",
        (struct ioc_reference_options){.delimiter = '|', .decimal = ','}, &stations);
    assert_non_null(load.reference);
    assert_true(number(load.reference, 0, 2) == 1.5);
    ioc_reference_free(load.reference);
}
static void position_may_be_one_column(void **state)
{
    static const char *const texts[] = {
        "10.77 106.7", "10.77, 106.7", "10.77,106.7", "10.77; 106.7", " 10.77   106.7 "};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[100];
        snprintf(text, sizeof text, "station,position\nS1,\"%s\"\n", texts[i]);
        if (i == 4)
            snprintf(text, sizeof text, "station\tposition\nS1\t10,77 106,7\n");
        struct ioc_reference *reference = load_good("a.csv", text);
        struct ioc_point point = ioc_row_point(ioc_reference_row(reference, 0), 5);
        assert_true(point.latitude == 10.77 && point.longitude == 106.7);
        ioc_reference_free(reference);
    }
}
static void all_types_are_read(void **state)
{
    struct load load = load_with("a.csv",
        "id,on,since,every,latitude,lng\n7,true,2024-05-06T00:00:00+07:00,1h30m,-10.5,20\n",
        (struct ioc_reference_options){0}, &typed);
    assert_non_null(load.reference);
    const struct ioc_row *row = ioc_reference_row(load.reference, 0);
    assert_int_equal(ioc_row_word(row, 0).u, 7);
    assert_int_equal(ioc_row_word(row, 1).u, 1);
    assert_int_equal(ioc_row_word(row, 2).i, 1714928400 * IOC_SECOND);
    assert_int_equal(ioc_row_word(row, 3).i, 90 * IOC_MINUTE);
    assert_true(ioc_row_point(row, 4).latitude == -10.5);
    ioc_reference_free(load.reference);
    load = load_with("a.csv", "id,on,since,every,latitude,lng\n-7,yes,2024-05-06,90,x,20\n",
        (struct ioc_reference_options){0}, &typed);
    assert_int_equal(load.errors.count, 5);
    ioc_errors_done(&load.errors);
}
static void geojson_points_are_rows(void **state)
{
    struct ioc_reference *reference = load_good("stations.geojson",
        "{\"type\":\"FeatureCollection\",\"features\":[\n"
        "{\"type\":\"Feature\",\"id\":\"S1\",\"properties\":{\"limit_cm\":15.5,\"level\":3,"
        "\"name\":\"Cầu Bông\"},"
        "\"geometry\":{\"type\":\"Point\",\"coordinates\":[106.7,10.8]}},\n"
        "{\"type\":\"Feature\",\"properties\":{\"station\":\"S2\",\"name\":null},\"geometry\":null}"
        "]}");
    assert_int_equal(ioc_reference_count(reference), 2);
    assert_text(reference, 0, 0, "S1");
    assert_text(reference, 1, 0, "S2");
    assert_true(number(reference, 0, 2) == 15.5);
    assert_true(ioc_row_point(ioc_reference_row(reference, 0), 5).latitude == 10.8);
    assert_int_equal(ioc_reference_line(reference, 1), 3);
    assert_int_equal(ioc_reference_delimiter(reference), 0);
    ioc_reference_free(reference);
}

static void missing_column_gets_a_suggestion(void **state)
{
    assert_refused("name,staton\nx,y\n", "missing-column", 1, 1, "'staton'");
    assert_refused("", "empty-file", 0, 0, "names the columns");
    assert_refused("a\n1\n", "missing-column", 1, 1, "");
    assert_refused("station,station\n1,2\n", "duplicate-column", 1, 9, "");
    assert_refused_with("x.csv", "station\n",
        (struct ioc_reference_options){.key = IOC_TEXT("statio")}, "unknown-key-column", 0, 0,
        "'station'");
}
static void every_bad_cell_is_reported_with_its_place(void **state)
{
    struct load load = load_with("a.csv",
        "name,station,limit_cm,level,status,lat,lon\n"
        "Cầu Bông,S1,15cm,3.5,activ,106.7,10.8\n"
        "x,,1,2,active,,\n"
        "y,S3,301,2,active,10,x\n",
        (struct ioc_reference_options){0}, &stations);
    static const struct {
        const char *code;
        uint32_t line, column;
        const char *hint;
    } expected[] = {
        {"not-a-number", 2, 13, "unit"},
        {"not-a-number", 2, 18, ""},
        {"unknown-choice", 2, 22, "'active'"},
        {"latitude", 2, 28, "swapped"},
        {"missing-value", 3, 3, ""},
        {"out-of-range", 4, 6, ""},
        {"not-a-number", 4, 22, ""},
    };
    if (load.errors.count != 7)
        ioc_errors_print(&load.errors, IOC_ENGLISH, stderr);
    assert_int_equal(load.errors.count, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(load.errors.items[i].code, expected[i].code);
        assert_int_equal(load.errors.items[i].line, expected[i].line);
        assert_int_equal(load.errors.items[i].column, expected[i].column);
        assert_non_null(strstr(load.errors.items[i].hint, expected[i].hint));
    }
    assert_string_equal(load.errors.items[0].source, "Cầu Bông,S1,15cm,3.5,activ,106.7,10.8");
    ioc_errors_done(&load.errors);
}
static void duplicate_keys_name_both_lines(void **state)
{
    struct load load =
        load_with("a.csv", "station\nS1\nS2\nS1\n", (struct ioc_reference_options){0}, &stations);
    assert_int_equal(load.errors.count, 1);
    assert_string_equal(load.errors.items[0].code, "duplicate-key");
    assert_int_equal(load.errors.items[0].line, 4);
    assert_non_null(strstr(load.errors.items[0].text, "line 2"));
    ioc_errors_done(&load.errors);
}
static void malformed_rows_are_refused(void **state)
{
    assert_refused("station,name\nS1,\"x\n", "quotes", 2, 4, "double");
    assert_refused("station,name\nS1,\"x\" y\n", "quotes", 2, 8, "double");
    assert_refused("station,name\nS1,x\"y\n", "quotes", 2, 5, "double");
    assert_refused("station,name\nS1\n", "row-width", 2, 1, "delimiter");
    assert_refused("station,name\nS1,x,y\n", "row-width", 2, 1, "quotes");
    assert_refused("station,name\nS1,ng\xe1p\n", "not-utf-8", 2, 6, "UTF-8");
    assert_refused("station;name\nS1;\"a\nb\"\nS2;x;y\n", "row-width", 4, 1, "quotes");
}
static void decimal_sign_is_never_guessed_twice(void **state)
{
    assert_refused("station;limit_cm\nS1;1,5\nS2;1.5\n", "decimal", 3, 4, "decimal:");
    assert_refused("station,limit_cm\nS1,\"1,5\"\n", "decimal", 2, 4, "decimal:");
    assert_refused("station;limit_cm\nS1;1.234,5\n", "not-a-number", 2, 4, "thousands");
    assert_refused_with("a.csv", "station;limit_cm\nS1;1,5\n",
        (struct ioc_reference_options){.decimal = '.'}, "decimal", 2, 4, "");
}
static void broken_features_are_refused(void **state)
{
    assert_refused_with(
        "a.geojson", "{\"type\":\n}", (struct ioc_reference_options){0}, "syntax", 2, 1, "");
    assert_refused_with("a.geojson",
        "{\"type\":\"FeatureCollection\",\"features\":[\n{\"type\":\"Feature\",\"id\":\"x\","
        "\"geometry\":"
        "{\"type\":\"Point\",\"coordinates\":[10.8,106.7]}}]}",
        (struct ioc_reference_options){0}, "latitude", 2, 0, "swapped");
    assert_refused_with("a.geojson",
        "{\"type\":\"FeatureCollection\",\"features\":[\n{\"type\":\"Feature\",\"id\":\"x\","
        "\"geometry\":"
        "{\"type\":\"LineString\",\"coordinates\":[]}}]}",
        (struct ioc_reference_options){0}, "no-point", 2, 0, "Point");
    assert_refused_with("a.geojson", "{\"type\":\"FeatureCollection\",\"features\":[\n7]}",
        (struct ioc_reference_options){0}, "missing-value", 1, 0, "");
    assert_refused_with("a.geojson",
        "{\"type\":\"FeatureCollection\",\"features\":[\n{\"properties\":{\"station\":[1]}}]}",
        (struct ioc_reference_options){0}, "wrong-kind", 2, 0, "");
}
static void schema_that_no_table_can_fill_is_refused(void **state)
{
    struct ioc_field fields[] = {
        {.name = {"where", 5}, .type = IOC_POINT}, {.name = {"all", 3}, .type = IOC_LIST}};
    struct ioc_schema schema = {.name = {"x", 1}, .fields = fields, .count = 2};
    struct load load =
        load_with("a.csv", "where\n1 2\n", (struct ioc_reference_options){0}, &schema);
    assert_int_equal(load.errors.count, 2);
    assert_string_equal(load.errors.items[0].code, "column-type");
    ioc_errors_done(&load.errors);
}
static void file_is_read_or_its_absence_is_said(void **state)
{
    char path[] = "/tmp/ioc-reference-XXXXXX";
    struct ioc_errors errors = {0};
    struct ioc_reference_options options = {
        .name = IOC_TEXT("stations"), .key = IOC_TEXT("station")};
    int handle = mkstemp(path);
    assert_int_equal(write(handle, "station\nS1\n", 11), 11);
    close(handle);
    struct ioc_reference *reference = ioc_reference_load(path, &options, &stations, &errors);
    assert_non_null(reference);
    assert_true(ioc_reference_hash(reference) == ioc_text_hash(IOC_TEXT("station\nS1\n")));
    ioc_reference_free(reference);
    unlink(path);
    assert_null(ioc_reference_load(path, &options, &stations, &errors));
    assert_int_equal(errors.count, 1);
    ioc_errors_done(&errors);
    ioc_reference_free(NULL);
}
static void many_rows_are_found_and_a_million_are_the_bound(void **state)
{
    enum { ROWS = IOC_REFERENCE_ROWS + 1 };
    char *text = malloc(ROWS * 9 + 20);
    size_t length = (size_t)sprintf(text, "station\n"), fine = 0;
    for (int i = 0; i < ROWS; i++) {
        if (i == 50000)
            fine = length;
        length += (size_t)sprintf(text + length, "%d\n", i);
    }
    struct load load = load_with("a.csv", text, (struct ioc_reference_options){0}, &stations);
    assert_string_equal(load.errors.items[0].code, "too-many-rows");
    ioc_errors_done(&load.errors);
    text[fine] = '\0';
    struct ioc_reference *reference = load_good("a.csv", text);
    assert_int_equal(ioc_reference_count(reference), 50000);
    assert_int_equal(ioc_reference_find(reference, (struct ioc_text){"s49999\0\0", 8}), 49999);
    ioc_reference_free(reference);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found_by_their_key),
        cmocka_unit_test(delimiter_and_decimal_are_detected),
        cmocka_unit_test(position_may_be_one_column),
        cmocka_unit_test(all_types_are_read),
        cmocka_unit_test(geojson_points_are_rows),
        cmocka_unit_test(missing_column_gets_a_suggestion),
        cmocka_unit_test(every_bad_cell_is_reported_with_its_place),
        cmocka_unit_test(duplicate_keys_name_both_lines),
        cmocka_unit_test(malformed_rows_are_refused),
        cmocka_unit_test(decimal_sign_is_never_guessed_twice),
        cmocka_unit_test(broken_features_are_refused),
        cmocka_unit_test(schema_that_no_table_can_fill_is_refused),
        cmocka_unit_test(file_is_read_or_its_absence_is_said),
        cmocka_unit_test(many_rows_are_found_and_a_million_are_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
