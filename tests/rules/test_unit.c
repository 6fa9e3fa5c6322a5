/* tests/rules/test_unit.c — numbers with their unit in expressions: converted, refused, noted. */
#include "core/draft.h"
#include "rules/cel/program.h"
#include "rules/cel/unit.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { DEPTH, LEVEL, SPEED, HEAT, FAHRENHEIT, COUNT, WHOLE, TURBID, STATUS, TALL, PM, SHARE, LOAD, LAMPS, FIELDS };
static struct ioc_text statuses[] = {{"active", 6}, {"planned", 7}, {"removed", 7}};
static struct ioc_field lamp_fields[] = {{.name = {"power_w", 7}, .type = IOC_DOUBLE, .unit = {"W", 1}}};
static const struct ioc_schema lamp = {.name = {"lamps", 5}, .fields = lamp_fields, .count = 1};
static struct ioc_field fields[FIELDS] = {
    [DEPTH] = {.name = {"depth_cm", 8}, .type = IOC_DOUBLE, .unit = {"cm", 2}, .datum = {"road", 4}},
    [LEVEL] = {.name = {"level_m", 7}, .type = IOC_DOUBLE, .unit = {"m", 1}, .datum = {"sea", 3}},
    [SPEED] = {.name = {"speed_kmh", 9}, .type = IOC_DOUBLE, .unit = {"km/h", 4}},
    [HEAT] = {.name = {"heat", 4}, .type = IOC_DOUBLE, .unit = {"°C", 3}},
    [FAHRENHEIT] = {.name = {"heat_f", 6}, .type = IOC_DOUBLE, .unit = {"°F", 3}},
    [COUNT] = {.name = {"count", 5}, .type = IOC_INT},
    [WHOLE] = {.name = {"whole_mm", 8}, .type = IOC_INT, .unit = {"mm", 2}},
    [TURBID] = {.name = {"turbidity", 9}, .type = IOC_DOUBLE, .unit = {"NTU", 3}},
    [STATUS] = {.name = {"status", 6}, .type = IOC_STRING, .one_of = statuses, .one_of_count = 3},
    [TALL] = {.name = {"tall_m", 6}, .type = IOC_DOUBLE, .unit = {"m", 1}},
    [PM] = {.name = {"pm25", 4}, .type = IOC_DOUBLE, .unit = {"mg/m3", 5}},
    [SHARE] = {.name = {"share", 5}, .type = IOC_DOUBLE},
    [LOAD] = {.name = {"loads", 5}, .type = IOC_LIST, .of = IOC_DOUBLE, .unit = {"kg", 2}},
    [LAMPS] = {.name = {"lamps", 5}, .type = IOC_LIST, .of = IOC_MAP, .element = &lamp},
};
static const struct ioc_schema schema = {.name = {"street", 6}, .fields = fields, .count = FIELDS};
static const struct ioc_variable variables[] = {
    {.name = {"event", 5}, .frame = 0, .is_record = true, .schema = &schema},
    {.name = {"limit", 5}, .frame = 0, .slot = DEPTH, .schema = &schema, .field = &fields[DEPTH]},
};
static const struct ioc_scope scope = {.variables = variables, .count = 2};

static struct ioc_draft draft;
static const struct ioc_row *frames[IOC_FRAMES_MOST];
static struct ioc_scratch *scratch;

static int set_up(void **state)
{
    ioc_draft_begin(&draft, &schema);
    ioc_draft_set_double(&draft, DEPTH, 160);
    ioc_draft_set_double(&draft, LEVEL, 1.6);
    ioc_draft_set_double(&draft, SPEED, 36);
    ioc_draft_set_double(&draft, HEAT, 25);
    ioc_draft_set_double(&draft, FAHRENHEIT, 77);
    ioc_draft_set_int(&draft, COUNT, 3);
    ioc_draft_set_int(&draft, WHOLE, 50);
    ioc_draft_set_double(&draft, TURBID, 4);
    assert_int_equal(ioc_draft_set_text(&draft, STATUS, IOC_TEXT("active")), IOC_OK);
    ioc_draft_set_double(&draft, TALL, 1.6);
    ioc_draft_set_double(&draft, PM, 0.05);
    ioc_draft_set_double(&draft, SHARE, 0.5);
    struct ioc_ref cells;
    assert_int_equal(ioc_draft_cells(&draft, 1, &cells), IOC_OK);
    ioc_draft_cell_set(&draft, cells, 0, IOC_DOUBLE, (union ioc_word){.d = 1500});
    assert_int_equal(ioc_draft_set_cells(&draft, LOAD, cells), IOC_OK);
    struct ioc_ref pair, name;
    assert_int_equal(ioc_draft_cells(&draft, 2, &pair), IOC_OK);
    assert_int_equal(ioc_draft_tail(&draft, "power_w", 7, &name), IOC_OK);
    ioc_draft_cell_set(&draft, pair, 0, IOC_STRING, (union ioc_word){.ref = name});
    ioc_draft_cell_set(&draft, pair, 1, IOC_DOUBLE, (union ioc_word){.d = 1500});
    pair.count = 1;
    assert_int_equal(ioc_draft_cells(&draft, 1, &cells), IOC_OK);
    ioc_draft_cell_set(&draft, cells, 0, IOC_MAP, (union ioc_word){.ref = pair});
    assert_int_equal(ioc_draft_set_cells(&draft, LAMPS, cells), IOC_OK);
    frames[0] = ioc_draft_row(&draft);
    scratch = ioc_scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    ioc_scratch_free(scratch);
    ioc_draft_done(&draft);
    return 0;
}

static struct ioc_program *compile(const char *source, bool is_strict)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    struct ioc_scope own = scope;
    own.is_strict = is_strict;
    if (ioc_program_new(ioc_text_of(source), &own, IOC_TYPES, &program, &err) != IOC_OK)
        fail_msg("%s: %s (%s)", source, err.error.text, err.error.hint);
    return program;
}

static void assert_true_text(const char *source)
{
    struct ioc_program *program = compile(source, false);
    struct ioc_outcome_value value;
    if (ioc_program_run(program, frames, scratch, &value) != IOC_OUTCOME_VALUE)
        fail_msg("%s: %s", source, ioc_scratch_error(scratch));
    if (value.type != IOC_BOOL || !value.boolean)
        fail_msg("%s: not true", source);
    ioc_program_free(program);
}

static void all_true(const char *const *sources)
{
    for (; *sources; sources++)
        assert_true_text(*sources);
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

static void a_literal_takes_the_unit_of_the_field_beside_it(void **state)
{
    static const char *const sources[] = {"event.depth_cm == m(1.60)", "m(1.6) == event.depth_cm", "event.depth_cm >= mm(1600)",
        "event.depth_cm == cm(160)", "event.tall_m == cm(160)", "event.tall_m > cm(159.999)", "event.speed_kmh == ms(10)",
        "event.speed_kmh > kmh(35)", "event.heat == fahrenheit(77)", "event.heat_f == celsius(25)", "event.heat > celsius(-5)",
        "event.pm25 == ugm3(50)", "event.whole_mm == cm(5)", "event.whole_mm < cm(5.05)", "event.whole_mm + cm(1) == 60",
        "event.depth_cm in [m(1.6), cm(2)]", "!(event.whole_mm in [cm(1), m(2)])", "event.whole_mm in [cm(5)]",
        "event.loads[0] == tonnes(1.5)", "event.loads.exists(load, load > tonnes(1))", "event.loads.all(load, load > kg(1))",
        "event.lamps[0].power_w == kw(1.5)", "event.lamps.exists(one, one.power_w > kw(1))", "tonnes(1.5) in event.loads", NULL};
    all_true(sources);
}

static void a_literal_is_converted_through_what_is_made_of_it(void **state)
{
    static const char *const sources[] = {"event.depth_cm == (m(1.6))", "event.depth_cm > -m(1)", "event.depth_cm == m(1) + cm(60)",
        "event.depth_cm == 2 * cm(80)", "event.depth_cm == m(3.2) / 2", "event.depth_cm == (event.count > 2 ? m(1.6) : cm(3))",
        "event.depth_cm == math.greatest(m(1.6), cm(3))", "event.depth_cm == event.share * m(3.2)", "event.depth_cm == double(m(1.6))",
        "(event.count > 5 ? event.depth_cm : m(1.6)) == cm(160)", "event.depth_cm - cm(10) == m(1.5)",
        "math.abs(event.depth_cm) == m(1.6)", "event.depth_cm * 2 == m(3.2)", "event.depth_cm / 2 == cm(80)",
        "event.depth_cm / m(1.6) == 1", "m(1.6) / event.depth_cm == 1", "cm(50) / m(1) == 0.5",
        "[event.depth_cm, cm(1)][0] == m(1.6)", "cel.bind(d, event.depth_cm, d == m(1.6))",
        "event.?depth_cm.orValue(m(5)) == m(1.6)", "math.least(event.depth_cm, m(1.5)) == cm(150)",
        "event.depth_cm > [1].map(v, m(1))[0]", "event.depth_cm > [1, 2].map(v, v > 1, cm(15))[0]", NULL};
    all_true(sources);
}

static void fields_in_different_units_are_compared_by_what_they_mean(void **state)
{
    static const char *const sources[] = {"limit == event.tall_m", "event.tall_m == limit", "event.tall_m * 2 == limit + event.tall_m",
        "event.heat == event.heat_f", "event.heat_f >= event.heat", "event.whole_mm < event.tall_m", "event.tall_m > event.whole_mm",
        "double(event.whole_mm) + event.tall_m > mm(1649)", "limit - event.tall_m == cm(0)", "limit / event.tall_m == 1",
        "(event.count > 0 ? event.tall_m : limit) == cm(160)", NULL};
    all_true(sources);
}

static void another_dimension_is_refused(void **state)
{
    assert_refused("event.depth_cm > kmh(15)", "wrong-dimension", "kmh(15)",
        "event.depth_cm measures length (cm), but kmh(15) measures speed", "write cm(…)");
    assert_refused("ugm3(5) < event.depth_cm", "wrong-dimension", "ugm3(5)", "but ugm3(5) measures mass concentration", "write cm(…)");
    assert_refused("event.depth_cm > event.speed_kmh", "wrong-dimension", "event.speed_kmh", "event.speed_kmh measures speed", "one dimension");
    assert_refused("event.depth_cm + event.speed_kmh > 3.0", "wrong-dimension", "event.speed_kmh", "measures speed", "");
    assert_refused("event.depth_cm in [cm(5), celsius(5)]", "wrong-dimension", "celsius(5)", "celsius(5) measures temperature", "");
    assert_refused("event.depth_cm > (event.count > 1 ? cm(1) : kg(1))", "wrong-dimension", "kg(1)", "kg(1) measures mass", "");
    assert_refused("event.lamps[0].power_w > cm(3)", "wrong-dimension", "cm(3)", "power_w measures power (W)", "write watts(…)");
    assert_refused("event.loads.exists(x, x > km(1))", "wrong-dimension", "km(1)", "measures mass (kg)", "");
    assert_refused("cel.bind(d, event.depth_cm, d > kmh(1))", "wrong-dimension", "kmh(1)", "measures length", "");
    assert_refused("event.heat - celsius(5) > fahrenheit(3)", "other-scale", "fahrenheit(3)", "a computed temperature", "celsius") ;
}

static void another_datum_is_refused(void **state)
{
    assert_refused("event.depth_cm > event.level_m", "other-datum", "event.level_m",
        "event.depth_cm is above 'road', but event.level_m is above 'sea'", "difference");
    assert_refused("event.depth_cm - event.level_m > cm(5)", "other-datum", "event.level_m", "above 'sea'", "");
    assert_refused("limit + cm(5) < event.level_m + m(1)", "other-datum", "event.level_m + m(1)", "above 'road'", "");
    assert_true_text("event.depth_cm > event.tall_m - cm(1)"); /* one without a datum compares with all */
    assert_true_text("event.depth_cm - limit < event.level_m - event.level_m + cm(1)"); /* changes have none */
}

static void a_literal_without_a_counterpart_is_refused(void **state)
{
    assert_refused("event.count > cm(15)", "no-unit", "cm(15)", "cm(15) stands beside event.count, which has no unit", "where it is declared");
    assert_refused("cm(15)", "unit-alone", "cm(15)", "cm(15) needs a value with a unit", "event.depth_cm > cm(15)");
    assert_refused("event.depth_cm > cm(15) + 3", "no-unit", "3", "without a unit stands beside cm(15)", "cm(…)");
    assert_refused("event.depth_cm in [cm(15), 3.0]", "no-unit", "3.0", "without a unit", "cm(…)");
    assert_refused("string(cm(15)) == \"15\"", "unit-alone", "cm(15)", "needs a value", "");
    assert_refused("{\"a\": cm(15)}.a > 3.0", "unit-alone", "cm(15)", "needs a value", "");
    assert_refused("event.depth_cm > [kg(1)].map(v, cm(15))[0]", "unit-alone", "kg(1)", "needs a value", "");
    assert_refused("event.turbidity > cm(15)", "unknown-unit", "cm(15)", "event.turbidity is in 'NTU'", "bare number");
    assert_refused("event.depth_cm > cm(event.share)", "not-constant", "event.share", "a number that is written there", "where it is declared");
    assert_refused("event.depth_cm > cm(\"15\")", "wrong-types", "cm", "does not take string", "");
    assert_refused("event.status == cm(5)", "wrong-types", "==", "string and double", "");
}

static void assert_notes(const char *source, uint32_t count, const char *says, const char *hints)
{
    struct ioc_program *program = compile(source, false);
    uint32_t found;
    const struct ioc_program_error *notes = ioc_program_notes(program, &found);
    if (found != count)
        fail_msg("%s: %u notes, not %u", source, found, count);
    if (count && (strcmp(notes[0].error.code, "bare-number") != 0 || !strstr(notes[0].error.text, says) ||
                     strcmp(notes[0].error.hint, hints) != 0 || !notes[0].error.is_note))
        fail_msg("%s: %s: %s (%s)", source, notes[0].error.code, notes[0].error.text, notes[0].error.hint);
    ioc_program_free(program);
}

static void a_bare_number_beside_a_unit_is_a_note_with_both_readings(void **state)
{
    assert_notes("event.depth_cm > 15", 1, "15 is taken as cm, the unit of event.depth_cm", "write cm(15), or m(0.15)");
    assert_notes("1.5 < event.tall_m", 1, "1.5 is taken as m", "write m(1.5), or cm(150)");
    assert_notes("event.depth_cm > limit + 30", 1, "30 is taken as cm, the unit of limit", "write cm(30), or m(0.3)");
    assert_notes("event.depth_cm in [5.0, 10.0]", 2, "5 is taken as cm", "write cm(5), or m(0.05)");
    assert_notes("event.speed_kmh < 10", 1, "10 is taken as km/h", "write kmh(10)"); /* 2.777… m/s helps nobody */
    assert_notes("event.heat > 65", 1, "65 is taken as °C", "write celsius(65)");
    assert_notes("event.heat > 0", 1, "0 is taken as °C", "write celsius(0)");
    assert_notes("event.depth_cm > -5.0", 1, "-5 is taken as cm", "write cm(-5), or m(-0.05)");
    assert_notes("event.tall_m > 1.5e308", 1, "1.5e+308 is taken as m", "write m(1.5e+308)"); /* no number in cm */
    assert_notes("event.depth_cm > 0", 0, "", "");
    assert_notes("event.depth_cm > cm(15)", 0, "", "");
    assert_notes("event.depth_cm * 2 > cm(15)", 0, "", "");
    assert_notes("event.count > 15", 0, "", "");
    assert_notes("event.turbidity > 15", 0, "", "");
}

static void a_literal_is_a_constant_in_the_program(void **state)
{
    static const char *const pairs[][2] = {{"event.depth_cm > m(1.60)", "event.depth_cm > 160.0"}, {"event.whole_mm > cm(5)", "event.whole_mm > 50"},
        {"event.depth_cm > m(1) + cm(5)", "event.depth_cm > 105.0"}, {"event.whole_mm in [cm(5), cm(6)]", "event.whole_mm in [50, 60]"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct ioc_buffer texts[2] = {0};
        for (int j = 0; j < 2; j++) {
            struct ioc_program *program = compile(pairs[i][j], false);
            ioc_program_print(program, &scope, &texts[j]);
            ioc_program_free(program);
        }
        if (!ioc_text_equal(ioc_buffer_text(&texts[0]), ioc_buffer_text(&texts[1])))
            fail_msg("%s:\n%.*s", pairs[i][0], IOC_TEXT_ARGS(ioc_buffer_text(&texts[0])));
        ioc_buffer_done(&texts[0]);
        ioc_buffer_done(&texts[1]);
    }
    struct ioc_program *strict = compile("event.depth_cm > m(1.6) && event.whole_mm == cm(5)", true);
    ioc_program_free(strict);
}

static void a_text_that_never_comes_is_refused(void **state)
{
    assert_refused("event.status == \"activ\"", "not-one-of", "\"activ\"", "event.status is never 'activ': it is one of active, planned, removed",
        "did you mean 'active'?");
    assert_refused("\"gone\" != event.status", "not-one-of", "\"gone\"", "one of active", "one_of");
    assert_refused("event.status in [\"active\", \"plannned\"]", "not-one-of", "\"plannned\"", "never 'plannned'", "did you mean 'planned'?");
    assert_true_text("event.status == \"active\" && event.status in [\"active\", \"removed\"] && event.status + \"x\" != \"y\"");
}

static void a_unit_is_read_from_a_text_of_a_rule_file(void **state)
{
    double number;
    const struct ioc_unit *unit;
    assert_true(ioc_unit_read(IOC_TEXT("cm(15)"), &number, &unit));
    assert_true(number == 15 && strcmp(unit->name, "cm") == 0);
    assert_true(ioc_unit_read(IOC_TEXT(" m( -1.60 ) "), &number, &unit));
    assert_true(number == -1.6 && strcmp(unit->name, "m") == 0);
    static const char *const wrong[] = {"", "15", "cm", "cm()", "cm(15", "cm(15))", "cm(1+1)", "cm 15", "parsec(3)", "(15)", "cm(nan)", ")("};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(ioc_unit_read(ioc_text_of(wrong[i]), &number, &unit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_literal_takes_the_unit_of_the_field_beside_it),
        cmocka_unit_test(a_literal_is_converted_through_what_is_made_of_it),
        cmocka_unit_test(fields_in_different_units_are_compared_by_what_they_mean),
        cmocka_unit_test(another_dimension_is_refused),
        cmocka_unit_test(another_datum_is_refused),
        cmocka_unit_test(a_literal_without_a_counterpart_is_refused),
        cmocka_unit_test(a_bare_number_beside_a_unit_is_a_note_with_both_readings),
        cmocka_unit_test(a_literal_is_a_constant_in_the_program),
        cmocka_unit_test(a_text_that_never_comes_is_refused),
        cmocka_unit_test(a_unit_is_read_from_a_text_of_a_rule_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
