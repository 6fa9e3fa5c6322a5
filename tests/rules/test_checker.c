/* tests/rules/test_checker.c — static types, names, and what engineers are told. */
#include "core/draft.h"
#include "rules/cel/inside.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ioc_field detection_fields[] = {
    {.name = {"label", 5}, .type = IOC_STRING},
    {.name = {"score", 5}, .type = IOC_DOUBLE},
};
static const struct ioc_schema detection = {
    .name = {"detections", 10}, .fields = detection_fields, .count = 2};
static struct ioc_field fields[] = {
    {.name = {"station", 7}, .type = IOC_STRING},
    {.name = {"depth_cm", 8}, .type = IOC_DOUBLE},
    {.name = {"count", 5}, .type = IOC_INT},
    {.name = {"total", 5}, .type = IOC_UINT},
    {.name = {"at", 2}, .type = IOC_TIMESTAMP},
    {.name = {"open", 4}, .type = IOC_BOOL},
    {.name = {"detections", 10}, .type = IOC_LIST, .of = IOC_MAP, .element = &detection},
    {.name = {"tags", 4}, .type = IOC_LIST, .of = IOC_STRING},
    {.name = {"extra", 5}, .type = IOC_DYN},
};
static const struct ioc_schema schema = {
    .name = {"street_depth", 12}, .fields = fields, .count = 9};
static const struct ioc_variable variables[] = {
    {.name = {"event", 5}, .frame = 0, .is_record = true, .schema = &schema},
    {.name = {"limit", 5}, .frame = 1, .slot = 1, .schema = &schema, .field = &fields[1]},
    {.name = {"now", 3}, .frame = 2, .slot = 4, .schema = &schema, .field = &fields[4]},
};
static const struct ioc_scope loose = {.variables = variables, .count = 3};
static const struct ioc_scope strict = {.variables = variables, .count = 3, .is_strict = true};

static void assert_shape(const struct ioc_scope *scope, const char *source, const char *wanted)
{
    struct ioc_environment environment = {.scope = scope};
    struct ioc_program *program;
    struct ioc_program_error err;
    if (ioc_program_new_in(ioc_text_of(source), &environment, IOC_TYPES, &program, &err) != IOC_OK)
        fail_msg("%s: %s", source, err.error.text);
    struct ioc_text shape = ioc_program_shape(program);
    if (!ioc_text_equal(shape, ioc_text_of(wanted)))
        fail_msg("%s: is %.*s, not %s", source, IOC_TEXT_ARGS(shape), wanted);
    ioc_program_free(program);
}

/* `at` marks the wrong token in the source. */
static void assert_refused(const struct ioc_scope *scope, const char *source, enum ioc_type want,
    const char *code, const char *at, const char *hint)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    enum ioc_status status = ioc_program_new(ioc_text_of(source), scope, want, &program, &err);
    if (status == IOC_OK)
        fail_msg("%s: was accepted", source);
    assert_string_equal(err.error.code, code);
    if (err.offset != (uint32_t)(strstr(source, at) - source))
        fail_msg("%s: complains at byte %u", source, err.offset);
    if (!strstr(err.error.hint, hint))
        fail_msg("%s: hint is '%s'", source, err.error.hint);
    assert_true(err.error.text[0]);
}

static void types_follow_from_declared_fields(void **state)
{
    assert_shape(&loose, "event.depth_cm", "double");
    assert_shape(&loose, "event['depth_cm']", "double");
    assert_shape(&loose, "event.count + 1", "int");
    assert_shape(&loose, "now - event.at", "duration");
    assert_shape(&loose, "event.tags.map(t, size(t))", "list(int)");
    assert_shape(
        &loose, "event.detections.filter(d, d.score > 0.5).map(d, d.label)", "list(string)");
    assert_shape(&loose, "{'a': [1]}", "map(string, list(int))");
    assert_shape(&loose, "[1, 'a']", "list(dyn)");
    assert_shape(&loose, "event.open ? event.depth_cm : limit", "double");
    assert_shape(&loose, "event.extra.a.b", "dyn");
    assert_shape(&loose, "event", "map(string, dyn)");
    assert_shape(&loose, "type(event.count)", "type(int)");
}

static void a_literal_is_promoted_beside_a_double(void **state)
{
    assert_shape(&loose, "event.depth_cm > 15", "bool");
    assert_shape(&loose, "15 < event.depth_cm * 2", "bool");
    assert_shape(&loose, "event.depth_cm in [1, 2]", "bool");
    assert_shape(&loose, "event.open ? 45 : event.depth_cm", "double");
    assert_refused(&strict, "event.depth_cm > 15", IOC_TYPES, "wrong-types", ">", "15.0");
    assert_refused(
        &loose, "event.depth_cm + event.count", IOC_TYPES, "wrong-types", "+", "double(…)");
}

static void numbers_of_different_types_may_be_compared(void **state)
{
    assert_shape(&loose, "event.count < event.depth_cm", "bool");
    assert_shape(&loose, "event.total >= event.count", "bool");
    assert_shape(&loose, "event.total == 3", "bool");
    assert_refused(
        &strict, "event.total == event.count", IOC_TYPES, "wrong-types", "==", "convert");
}

static void unknown_names_get_the_nearest_one(void **state)
{
    assert_refused(&loose, "evnt.depth_cm > 15", IOC_BOOL, "no-such-name", "evnt", "'event'");
    assert_refused(
        &loose, "event.dept_cm > 15", IOC_BOOL, "no-such-field", "dept_cm", "'depth_cm'");
    assert_refused(&loose, "depth_cm > 15", IOC_BOOL, "no-such-name", "depth_cm", "event.depth_cm");
    assert_refused(
        &loose, "event.station == north", IOC_BOOL, "no-such-name", "north", "\"north\"");
    assert_refused(&loose, "event.detections.exists(d, d.scor > 1.0)", IOC_BOOL, "no-such-field",
        "scor", "'score'");
    assert_refused(&loose, "event.station.startWith('S')", IOC_BOOL, "no-such-function",
        "startWith", "startsWith");
    assert_refused(
        &loose, "has(event.dept_cm)", IOC_BOOL, "no-such-field", "dept_cm", "'depth_cm'");
}

static void wrong_types_are_named_with_a_way_out(void **state)
{
    assert_refused(&loose, "event.station == 17", IOC_BOOL, "wrong-types", "==", "quotes");
    assert_refused(
        &loose, "now - event.at > 600", IOC_BOOL, "wrong-types", ">", "duration(\"10m\")");
    assert_refused(&loose, "event.at > '2026-01-01'", IOC_BOOL, "wrong-types", ">", "timestamp(");
    assert_refused(&loose, "event.depth_cm", IOC_BOOL, "wrong-type", "event", "compare");
    assert_refused(
        &loose, "event.depth_cm && event.open", IOC_BOOL, "not-bool", "event", "compare");
    assert_refused(&loose, "event.count", IOC_STRING, "wrong-type", "event", "string(");
    assert_refused(&loose, "startsWith(event.station, 'S')", IOC_BOOL, "wrong-arguments",
        "startsWith", "x.startsWith");
    assert_refused(&loose, "event.open ? 1 : 'a'", IOC_TYPES, "wrong-types", "?", "");
    assert_refused(&loose, "event.tags['a']", IOC_TYPES, "wrong-index", "'a'", "");
    assert_refused(&loose, "event.count.all(x, true)", IOC_BOOL, "no-items", "event", "");
    assert_refused(&loose, "event.count.x", IOC_TYPES, "no-fields", "x", "");
    assert_refused(&loose, "event.at.getHours('Asia/Saigonn')", IOC_INT, "no-such-zone", "'Asia",
        "Asia/Ho_Chi_Minh");
    assert_refused(&loose, "{1.5: 2}", IOC_TYPES, "wrong-key", "1.5", "");
    assert_refused(&loose, "event.count = 3", IOC_BOOL, "single-equals", "=", "==");
}

static void a_loop_variable_hides_what_has_its_name(void **state)
{
    assert_shape(&loose, "[1].map(event, event + 1)", "list(int)");
    assert_shape(&loose, "['a'].map(limit, .limit)", "list(double)");
    assert_refused(
        &loose, "[1].map(x, x + 1).exists(y, x > 1)", IOC_BOOL, "no-such-name", "x > 1", "");
}

static void null_beside_a_duration_stays_null(void **state)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    struct ioc_outcome_value value;
    struct ioc_scratch *scratch = ioc_scratch_new();
    assert_shape(&strict, "[duration('1s'), null]", "list(duration)");
    assert_shape(&loose, "[duration('1s'), null]", "list(dyn)");
    assert_int_equal(
        ioc_program_new(IOC_TEXT("[now - now, null][1]"), &strict, IOC_TYPES, &program, &err),
        IOC_OK);
    struct ioc_draft draft = {0};
    ioc_draft_begin(&draft, &schema);
    ioc_draft_set_int(&draft, 4, IOC_SECOND);
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {[2] = ioc_draft_row(&draft)};
    assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_int_equal(value.type, IOC_NULL);
    ioc_program_free(program);
    ioc_draft_done(&draft);
    ioc_scratch_free(scratch);
}

static void a_double_accepts_integers(void **state)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    assert_int_equal(
        ioc_program_new(IOC_TEXT("event.count"), &loose, IOC_DOUBLE, &program, &err), IOC_OK);
    assert_int_equal(ioc_program_type(program), IOC_DOUBLE);
    ioc_program_free(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_follow_from_declared_fields),
        cmocka_unit_test(a_literal_is_promoted_beside_a_double),
        cmocka_unit_test(numbers_of_different_types_may_be_compared),
        cmocka_unit_test(unknown_names_get_the_nearest_one),
        cmocka_unit_test(wrong_types_are_named_with_a_way_out),
        cmocka_unit_test(a_loop_variable_hides_what_has_its_name),
        cmocka_unit_test(null_beside_a_duration_stays_null),
        cmocka_unit_test(a_double_accepts_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
