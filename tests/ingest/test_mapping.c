/* tests/ingest/test_mapping.c — what devices write, and which values come of it. */
#include "ingest/mapping.h"
#include "tests/ingest/world.h"

#include <math.h>

enum {
    WHOLE,
    SIZE,
    REAL,
    FLAG,
    NAME,
    WHEN,
    SPAN,
    PLACE,
    LIST,
    ROWS,
    MAP,
    ANY,
    SPEED,
    TEMPERATURE,
    FIELDS
};
static struct ioc_field row_fields[] = {
    {.name = {"label", 5}, .type = IOC_STRING},
    {.name = {"score", 5}, .type = IOC_DOUBLE, .is_optional = true},
    {.name = {"at", 2}, .type = IOC_POINT, .is_optional = true},
};
static struct ioc_schema rows = {.name = {"rows", 4}, .fields = row_fields, .count = 3};
static struct ioc_field fields[FIELDS] = {
    [WHOLE] = {.name = {"whole", 5}, .type = IOC_INT, .is_optional = true},
    [SIZE] = {.name = {"size", 4}, .type = IOC_UINT, .is_optional = true},
    [REAL] = {.name = {"depth", 5}, .type = IOC_DOUBLE, .unit = {"cm", 2}, .is_optional = true},
    [FLAG] = {.name = {"flag", 4}, .type = IOC_BOOL, .is_optional = true},
    [NAME] = {.name = {"name", 4}, .type = IOC_STRING, .is_optional = true, .max = 20},
    [WHEN] = {.name = {"when", 4}, .type = IOC_TIMESTAMP, .is_optional = true},
    [SPAN] = {.name = {"span", 4}, .type = IOC_DURATION, .is_optional = true},
    [PLACE] = {.name = {"place", 5}, .type = IOC_POINT, .is_optional = true},
    [LIST] = {.name = {"list", 4}, .type = IOC_LIST, .of = IOC_INT, .is_optional = true, .max = 3},
    [ROWS] = {.name = {"rows", 4},
        .type = IOC_LIST,
        .of = IOC_MAP,
        .element = &rows,
        .is_optional = true},
    [MAP] = {.name = {"map", 3}, .type = IOC_MAP, .is_optional = true},
    [ANY] = {.name = {"any", 3}, .type = IOC_DYN, .is_optional = true},
    [SPEED] = {.name = {"speed", 5}, .type = IOC_DOUBLE, .unit = {"km/h", 4}, .is_optional = true},
    [TEMPERATURE] = {.name = {"temperature", 11},
        .type = IOC_DOUBLE,
        .unit = {"C", 1},
        .is_optional = true},
};
static struct ioc_schema schema = {.name = {"things", 6}, .fields = fields, .count = FIELDS};

struct bench {
    struct ioc_arena arena;
    struct ioc_errors errors;
    struct ioc_document *document;
    struct ioc_mapping *mapping;
    struct ioc_zone *zone;
    struct ioc_json *json;
    struct ioc_draft draft;
    uint32_t bad;
    struct ioc_error err;
};

static void bench_map(struct bench *bench, const char *yaml)
{
    struct ioc_mapping_options options = {.schema = &schema, .has_topic = true};
    assert_int_equal(ioc_zone_load(IOC_TEXT("Asia/Ho_Chi_Minh"), &bench->zone), IOC_OK);
    options.zone = bench->zone;
    bench->json = ioc_json_new();
    struct ioc_node *node = NULL;
    if (yaml) {
        bench->document =
            ioc_document_parse(IOC_TEXT("city.yaml"), ioc_text_of(yaml), &bench->errors);
        node = bench->document->root;
    }
    bench->mapping =
        ioc_mapping_read(bench->document, node, node, &options, &bench->arena, &bench->errors);
    if (!bench->mapping)
        ioc_errors_print(&bench->errors, IOC_ENGLISH, stderr);
    assert_non_null(bench->mapping);
}

static void bench_done(struct bench *bench)
{
    ioc_mapping_close(bench->mapping);
    ioc_document_free(bench->document);
    ioc_zone_free(bench->zone);
    ioc_json_free(bench->json);
    ioc_draft_done(&bench->draft);
    ioc_errors_done(&bench->errors);
    ioc_arena_done(&bench->arena);
}

static const struct ioc_row *bench_read(struct bench *bench, const char *message)
{
    struct ioc_json_value root;
    assert_int_equal(ioc_json_parse(bench->json, ioc_text_of(message), &root, &bench->err), IOC_OK);
    ioc_draft_begin(&bench->draft, &schema);
    bench->bad = 0;
    assert_int_equal(ioc_mapping_apply(bench->mapping, &root, IOC_TEXT("city/q1/S17"),
                         &bench->draft, &bench->bad, &bench->err),
        IOC_OK);
    const struct ioc_row *row = ioc_draft_row(&bench->draft);
    assert_true(ioc_row_is_sound(row, row->bytes));
    return row;
}

/* NAN: no value, counted as bad. */
static void reads_double(struct bench *bench, const char *key, enum ioc_type type, ioc_slot slot,
    const char *value, double wanted)
{
    char message[200];
    snprintf(message, sizeof message, "{\"%s\":%s}", key, value);
    const struct ioc_row *row = bench_read(bench, message);
    if (isnan(wanted)) {
        if (ioc_row_has(row, slot) || bench->bad != 1)
            fail_msg("%s was taken", message);
        return;
    }
    if (!ioc_row_has(row, slot))
        fail_msg("%s was not taken", message);
    union ioc_word word = ioc_row_word(row, slot);
    double got = type == IOC_DOUBLE ? word.d : type == IOC_UINT ? (double)word.u : (double)word.i;
    if (fabs(got - wanted) > 1e-9 * fmax(1, fabs(wanted)))
        fail_msg("%s became %.17g, not %.17g", message, got, wanted);
}

static void numbers_come_as_numbers_and_as_texts(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, NULL);
    static const struct {
        const char *value;
        double wanted;
    } reals[] = {{"15", 15}, {"15.5", 15.5}, {"\"15\"", 15}, {"\" 22.5 \"", 22.5},
        {"\"22,5\"", 22.5}, {"\"-0,25\"", -0.25}, {"\"0,125\"", 0.125}, {"\"1,234\"", NAN},
        {"\"-12,345\"", NAN}, {"\"1234,567\"", 1234.567}, {"\"1 234\"", NAN}, {"\"1,234.5\"", NAN},
        {"\"1.234,5\"", NAN}, {"\"12,\"", NAN}, {"\"+3\"", 3}, {"\"1e3\"", 1000}, {"\"abc\"", NAN},
        {"\"\"", NAN}, {"\"NaN\"", NAN}, {"\"inf\"", NAN}, {"\"0x10\"", NAN}, {"true", NAN},
        {"[1]", NAN}, {"{}", NAN}, {"\"12 cm\"", 12}, {"\"0.12m\"", 12}, {"\"1,2 m\"", 120},
        {"\"3 kPa\"", NAN}, {"\"3 foo\"", NAN}, {"18446744073709551615", 18446744073709551615.0}};
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++)
        reads_double(&bench, "depth", IOC_DOUBLE, REAL, reals[i].value, reals[i].wanted);
    static const struct {
        const char *value;
        double wanted;
    } wholes[] = {{"15", 15}, {"15.0", 15}, {"15.5", NAN}, {"\"15\"", 15}, {"\"-7\"", -7},
        {"1e3", 1000}, {"1e30", NAN}, {"18446744073709551615", NAN},
        {"\"9007199254740993\"", 9007199254740993.0}, {"false", NAN}};
    for (size_t i = 0; i < sizeof wholes / sizeof wholes[0]; i++)
        reads_double(&bench, "whole", IOC_INT, WHOLE, wholes[i].value, wholes[i].wanted);
    reads_double(&bench, "size", IOC_UINT, SIZE, "-1", NAN);
    reads_double(&bench, "size", IOC_UINT, SIZE, "\"42\"", 42);
    bench_done(&bench);
}

static void units_are_converted_to_the_field(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, "depth: {pointer: /d, unit: m}\nspeed: {pointer: /v, unit: "
                      "m/s}\ntemperature: {pointer: /t, unit: F}\n"
                      "whole: {pointer: /n}\n");
    reads_double(&bench, "d", IOC_DOUBLE, REAL, "1.5", 150);
    reads_double(&bench, "d", IOC_DOUBLE, REAL, "\"1.5\"", 150);
    reads_double(&bench, "d", IOC_DOUBLE, REAL, "\"40 cm\"", 40); /* the text knows better */
    reads_double(&bench, "d", IOC_DOUBLE, REAL, "\"10 in\"", 25.4);
    reads_double(&bench, "v", IOC_DOUBLE, SPEED, "10", 36);
    reads_double(&bench, "v", IOC_DOUBLE, SPEED, "\"10 kn\"", 18.52);
    reads_double(&bench, "v", IOC_DOUBLE, SPEED, "\"60 mph\"", 96.56064);
    reads_double(&bench, "t", IOC_DOUBLE, TEMPERATURE, "212", 100);
    reads_double(&bench, "t", IOC_DOUBLE, TEMPERATURE, "\"300 K\"", 26.85);
    reads_double(&bench, "t", IOC_DOUBLE, TEMPERATURE, "\"21,5 °C\"", 21.5);
    bench_done(&bench);
}

static void switches_speak_in_many_words(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, NULL);
    reads_double(&bench, "flag", IOC_BOOL, FLAG, "true", 1);
    reads_double(&bench, "flag", IOC_BOOL, FLAG, "\"ON\"", 1);
    reads_double(&bench, "flag", IOC_BOOL, FLAG, "\"off\"", 0);
    reads_double(&bench, "flag", IOC_BOOL, FLAG, "0", 0);
    reads_double(&bench, "flag", IOC_BOOL, FLAG, "\"1\"", 1);
    reads_double(&bench, "flag", IOC_BOOL, FLAG, "2", NAN);
    reads_double(&bench, "flag", IOC_BOOL, FLAG, "\"online\"", NAN);
    bench_done(&bench);
}

static void reads_time(struct bench *bench, const char *value, const char *wanted)
{
    char message[200], text[IOC_TIME_TEXT];
    snprintf(message, sizeof message, "{\"when\":%s}", value);
    const struct ioc_row *row = bench_read(bench, message);
    if (!wanted) {
        if (ioc_row_has(row, WHEN) || bench->bad != 1)
            fail_msg("%s was taken", message);
        return;
    }
    if (!ioc_row_has(row, WHEN))
        fail_msg("%s was not taken", message);
    struct ioc_text got = ioc_time_format(ioc_row_word(row, WHEN).i, NULL, text);
    if (!ioc_text_equal(got, ioc_text_of(wanted)))
        fail_msg("%s became %.*s", message, IOC_TEXT_ARGS(got));
}

static void times_come_with_and_without_zone_and_in_four_epochs(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, NULL);
    reads_time(&bench, "\"2026-10-03T08:00:00Z\"", "2026-10-03T08:00:00Z");
    reads_time(&bench, "\"2026-10-03T08:00:00\"", "2026-10-03T01:00:00Z"); /* the city's zone */
    reads_time(&bench, "\"2026-10-03 08:00:00+05:30\"", "2026-10-03T02:30:00Z");
    reads_time(&bench, "\"2026-10-03T08:00:00.123456789Z\"", "2026-10-03T08:00:00.123456789Z");
    reads_time(&bench, "1790000000", "2026-09-21T14:13:20Z");
    reads_time(&bench, "1790000000123", "2026-09-21T14:13:20.123Z");
    reads_time(&bench, "1790000000123456", "2026-09-21T14:13:20.123456Z");
    reads_time(&bench, "1790000000123456789", "2026-09-21T14:13:20.123456789Z");
    reads_time(&bench, "1790000000.5", "2026-09-21T14:13:20.500Z");
    reads_time(&bench, "\"1790000000123\"", "2026-09-21T14:13:20.123Z");
    reads_time(&bench, "\"2015-02-05T17:00:00Z/2015-02-05T18:00:00Z\"", "2015-02-05T18:00:00Z");
    reads_time(&bench, "0", "1970-01-01T00:00:00Z");
    reads_time(&bench, "\"yesterday\"", NULL);
    reads_time(&bench, "\"2026-13-03T08:00:00Z\"", NULL);
    reads_time(&bench, "1e300", NULL);
    reads_time(&bench, "true", NULL);
    bench_done(&bench);
}

static void a_stated_form_of_time_is_the_only_one(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, "when: {pointer: /when, time: epoch_s}\n");
    reads_time(&bench, "1790000000123", NULL); /* would be the year 58,693 */
    reads_time(&bench, "1790000000", "2026-09-21T14:13:20Z");
    reads_time(&bench, "\"2026-10-03T08:00:00Z\"", NULL);
    bench_done(&bench);
    bench = (struct bench){0};
    bench_map(&bench, "when: {pointer: /when, time: rfc3339, zone: UTC}\n");
    reads_time(&bench, "1790000000", NULL);
    reads_time(&bench, "\"2026-10-03T08:00:00\"", "2026-10-03T08:00:00Z");
    bench_done(&bench);
}

static void durations_want_a_unit_from_somewhere(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, NULL);
    reads_double(&bench, "span", IOC_DURATION, SPAN, "\"90s\"", 90e9);
    reads_double(&bench, "span", IOC_DURATION, SPAN, "\"1.5 min\"", 90e9);
    reads_double(&bench, "span", IOC_DURATION, SPAN, "90", NAN);
    bench_done(&bench);
    bench = (struct bench){0};
    bench_map(&bench, "span: {pointer: /span, unit: ms}\n");
    reads_double(&bench, "span", IOC_DURATION, SPAN, "1500", 1.5e9);
    bench_done(&bench);
}

static void places_come_in_either_order_but_only_on_earth(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, "place: {latitude: /lat, longitude: /lon}\n");
    struct ioc_point point =
        ioc_row_point(bench_read(&bench, "{\"lat\":10.5,\"lon\":\"106.7\"}"), PLACE);
    assert_true(point.longitude == 106.7 && point.latitude == 10.5);
    assert_false(ioc_row_has(bench_read(&bench, "{\"lat\":106.7,\"lon\":10.5}"), PLACE));
    assert_int_equal(bench.bad, 1);
    assert_false(ioc_row_has(bench_read(&bench, "{\"lat\":10.5}"), PLACE));
    assert_int_equal(bench.bad, 0);
    bench_done(&bench);
    bench = (struct bench){0};
    bench_map(&bench, "place: {pointer: /at, order: latitude_longitude}\n");
    point = ioc_row_point(bench_read(&bench, "{\"at\":[10.5,106.7,3]}"), PLACE);
    assert_true(point.longitude == 106.7 && point.latitude == 10.5);
    bench_done(&bench);
    bench = (struct bench){0};
    bench_map(&bench, "place: /geo/coordinates\n");
    point = ioc_row_point(
        bench_read(&bench, "{\"geo\":{\"type\":\"Point\",\"coordinates\":[106.7,10.5]}}"), PLACE);
    assert_true(point.longitude == 106.7 && point.latitude == 10.5);
    assert_false(ioc_row_has(bench_read(&bench, "{\"geo\":{\"coordinates\":[106.7]}}"), PLACE));
    bench_done(&bench);
}

static void texts_may_come_as_numbers_and_have_a_bound(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, NULL);
    assert_true(
        ioc_text_equal(ioc_row_text(bench_read(&bench, "{\"name\":17}"), NAME), IOC_TEXT("17")));
    assert_true(ioc_text_equal(
        ioc_row_text(bench_read(&bench, "{\"name\":true}"), NAME), IOC_TEXT("true")));
    assert_true(ioc_text_equal(ioc_row_text(bench_read(&bench, "{\"name\":\"Ngập đường\"}"), NAME),
        IOC_TEXT("Ngập đường")));
    assert_false(ioc_row_has(bench_read(&bench, "{\"name\":\"123456789012345678901\"}"), NAME));
    assert_int_equal(bench.bad, 1);
    assert_true(ioc_text_equal(ioc_row_text(bench_read(&bench, "{\"name\":\"a\\u0000b\"}"), NAME),
        (struct ioc_text){"a\0b", 3}));
    bench_done(&bench);
}

static void pointers_reach_into_objects_and_arrays_with_escapes(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, "whole: /a/1/b\nsize: /x~1y/~0\ndepth: \"\"\nname: {topic_level: 2}\nflag: "
                      "{value: true}\n");
    const struct ioc_row *row = bench_read(&bench, "{\"a\":[0,{\"b\":7}],\"x/y\":{\"~\":9}}");
    assert_int_equal(ioc_row_word(row, WHOLE).i, 7);
    assert_int_equal(ioc_row_word(row, SIZE).u, 9);
    assert_false(ioc_row_has(row, REAL)); /* the whole message is no number */
    assert_true(ioc_text_equal(ioc_row_text(row, NAME), IOC_TEXT("S17")));
    assert_int_equal(ioc_row_word(row, FLAG).u, 1);
    row = bench_read(&bench, "12.5");
    assert_true(ioc_row_word(row, REAL).d == 12.5);
    row = bench_read(&bench, "{\"a\":{\"1\":{\"b\":8}}}"); /* a member may be called 1 */
    assert_int_equal(ioc_row_word(row, WHOLE).i, 8);
    bench_done(&bench);
}

static void sentinels_mean_that_nothing_was_measured(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, "depth: {pointer: /d, missing: [-999, \"N/A\", \"\"]}\nwhole: {pointer: /w, "
                      "missing: 65535}\n");
    assert_false(ioc_row_has(bench_read(&bench, "{\"d\":-999}"), REAL));
    assert_false(ioc_row_has(bench_read(&bench, "{\"d\":-999.0}"), REAL));
    assert_false(ioc_row_has(bench_read(&bench, "{\"d\":\"-999\"}"), REAL));
    assert_false(ioc_row_has(bench_read(&bench, "{\"d\":\"N/A\"}"), REAL));
    assert_false(ioc_row_has(bench_read(&bench, "{\"d\":\"\"}"), REAL));
    assert_false(ioc_row_has(bench_read(&bench, "{\"d\":null}"), REAL));
    assert_false(ioc_row_has(bench_read(&bench, "{\"w\":65535}"), WHOLE));
    assert_int_equal(bench.bad, 0);
    assert_true(ioc_row_has(bench_read(&bench, "{\"d\":-998}"), REAL));
    bench_done(&bench);
}

static void lists_and_records_become_cells(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, "list: /l\nrows: {pointer: /objects, items: {label: /class, score: {pointer: "
                      "/p}, at: {latitude: /y, longitude: /x}}}\n");
    const struct ioc_row *row = bench_read(
        &bench, "{\"l\":[1,\"2\",3],\"objects\":[{\"class\":\"car\",\"p\":0.9},{\"class\":\"bus\","
                "\"p\":\"bad\",\"x\":106,\"y\":10},{\"p\":null,\"class\":5}]}");
    struct ioc_ref list = ioc_row_word(row, LIST).ref;
    assert_int_equal(list.count, 3);
    assert_int_equal(ioc_row_cells(row, list)[1].word.i, 2);
    struct ioc_ref records = ioc_row_word(row, ROWS).ref;
    assert_int_equal(records.count, 3);
    const struct ioc_cell *cells = ioc_row_cells(row, records);
    assert_int_equal(cells[0].type, IOC_MAP);
    assert_int_equal(cells[0].word.ref.count, 2);
    assert_int_equal(cells[1].word.ref.count, 2); /* label and at; the score could not be read */
    assert_int_equal(cells[2].word.ref.count, 1);
    const struct ioc_cell *pair = ioc_row_cells(row, cells[1].word.ref);
    assert_true(ioc_text_equal(ioc_row_text_at(row, pair[0].word.ref), IOC_TEXT("label")));
    assert_true(ioc_text_equal(ioc_row_text_at(row, pair[1].word.ref), IOC_TEXT("bus")));
    assert_int_equal(pair[3].type, IOC_POINT);
    assert_false(ioc_row_has(bench_read(&bench, "{\"l\":[1,2,3,4]}"), LIST)); /* max: 3 */
    assert_false(ioc_row_has(bench_read(&bench, "{\"l\":[1,\"x\"]}"), LIST));
    assert_false(ioc_row_has(bench_read(&bench, "{\"objects\":[{\"p\":1}]}"), ROWS)); /* no label */
    bench_done(&bench);
}

static void free_form_values_keep_their_types(void **state)
{
    struct bench bench = {0};
    bench_map(&bench, NULL);
    const struct ioc_row *row = bench_read(
        &bench, "{\"map\":{\"a\":[1,2.5,\"x\",null,true],\"b\":{\"c\":{}}},\"any\":[[]]}");
    struct ioc_ref map = ioc_row_word(row, MAP).ref;
    assert_int_equal(map.count, 2);
    const struct ioc_cell *cells = ioc_row_cells(row, map);
    assert_int_equal(cells[1].type, IOC_LIST);
    const struct ioc_cell *items = ioc_row_cells(row, cells[1].word.ref);
    assert_int_equal(items[0].type, IOC_INT);
    assert_int_equal(items[1].type, IOC_DOUBLE);
    assert_int_equal(items[3].type, IOC_NULL);
    assert_true(ioc_row_has(row, ANY));
    row = bench_read(&bench, "{\"any\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}");
    assert_false(ioc_row_has(row, ANY)); /* nests deeper than a row may */
    assert_false(ioc_row_has(bench_read(&bench, "{\"map\":[1]}"), MAP));
    bench_done(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_as_numbers_and_as_texts),
        cmocka_unit_test(units_are_converted_to_the_field),
        cmocka_unit_test(switches_speak_in_many_words),
        cmocka_unit_test(times_come_with_and_without_zone_and_in_four_epochs),
        cmocka_unit_test(a_stated_form_of_time_is_the_only_one),
        cmocka_unit_test(durations_want_a_unit_from_somewhere),
        cmocka_unit_test(places_come_in_either_order_but_only_on_earth),
        cmocka_unit_test(texts_may_come_as_numbers_and_have_a_bound),
        cmocka_unit_test(pointers_reach_into_objects_and_arrays_with_escapes),
        cmocka_unit_test(sentinels_mean_that_nothing_was_measured),
        cmocka_unit_test(lists_and_records_become_cells),
        cmocka_unit_test(free_form_values_keep_their_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
