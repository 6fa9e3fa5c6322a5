/*
 * tests/rules/test_ruleset.c — what engineers get wrong, and what they are told.
 */
#include "tests/rules/town.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The one mistake in a rule file: its code, place, and words that its hint must hold. */
static void check_mistake(const char *text, const char *code, uint32_t line, uint32_t column, const char *hint)
{
    struct town town;
    town_open(&town);
    assert_null(town_rules(&town, text));
    if (town.errors.count != 1)
        ioc_errors_print(&town.errors, IOC_ENGLISH, stderr);
    assert_int_equal(town.errors.count, 1);
    const struct ioc_error *err = &town.errors.items[0];
    if (strcmp(err->code, code) != 0 || err->line != line || err->column != column || !strstr(err->hint, hint))
        ioc_error_print(err, IOC_ENGLISH, stderr);
    assert_string_equal(err->code, code);
    assert_int_equal(err->line, line);
    assert_int_equal(err->column, column);
    assert_non_null(strstr(err->hint, hint));
    assert_true(err->text[0] != 0);
    town_close(&town);
}

#define RULE(lines) "owner: drainage\nrules:\n- id: deep\n  on: street_depth\n  severity: minor\n" lines

static void a_good_rule_is_read_with_its_profile_and_its_parameters(void **state)
{
    struct town town;
    town_open(&town);
    struct ioc_ruleset *ruleset = town_rules(&town, RULE("  profile: flood\n"
        "  params: {from: stations, by: station, limit: {column: limit_cm, default: 15}}\n  when: event.depth_cm > limit\n"));
    if (!ruleset)
        ioc_errors_print(&town.errors, IOC_ENGLISH, stderr);
    assert_non_null(ruleset);
    const struct ioc_rule *rule = ioc_ruleset_rule(ruleset, ioc_ruleset_find(ruleset, IOC_TEXT("drainage/deep")));
    assert_int_equal(rule->hold.span, 2 * IOC_MINUTE);
    assert_int_equal(rule->hold.readings, 2);
    assert_true(ioc_row_word(ioc_params_row(&rule->params, 0), 0).d == 20.0);
    assert_true(ioc_row_word(ioc_params_row(&rule->params, 1), 0).d == 15.0);
    assert_true(ioc_row_word(ioc_params_row(&rule->params, UINT32_MAX), 0).d == 15.0);
    ioc_ruleset_unref(ruleset);
    town_close(&town);
}

static void an_unknown_field_is_named_with_the_nearest_one(void **state)
{
    check_mistake(RULE("  when: event.dept_cm > 3\n"), "no-such-field", 6, 15, "depth_cm");
}

static void an_expression_in_a_block_scalar_is_placed_in_the_file(void **state)
{
    check_mistake(RULE("  when: |\n    event.depth_cm > 3 &&\n    event.dept_cm < 9\n"), "no-such-field", 8, 11, "depth_cm");
}

static void a_missing_condition_is_said(void **state)
{
    check_mistake(RULE(""), "missing-key", 3, 3, "when:");
}

static void a_mistyped_key_is_named_with_the_nearest_one(void **state)
{
    check_mistake(RULE("  when: event.depth_cm > 3\n  mesage: x\n"), "unknown-key", 7, 3, "message");
}

static void a_number_without_a_unit_is_no_duration(void **state)
{
    check_mistake(RULE("  when: event.depth_cm > 3\n  hold: 10\n"), "no-unit", 7, 9, "10m");
}

static void an_unknown_stream_is_named_with_the_nearest_one(void **state)
{
    check_mistake("owner: d\nrules:\n- id: a\n  on: street_dept\n  when: 1 > 2\n  severity: minor\n", "no-such-stream", 4, 7, "street_depth");
}

static void an_id_used_twice_names_the_other_place(void **state)
{
    check_mistake("owner: d\nrules:\n- {id: a, on: street_depth, when: event.depth_cm > 1, severity: minor}\n"
                  "- {id: a, on: street_depth, when: event.depth_cm > 2, severity: minor}\n", "id-in-use", 4, 8, "for ever");
}

static void a_personal_field_must_not_stand_in_a_message(void **state)
{
    check_mistake(RULE("  when: event.depth_cm > 3\n  message: \"call ${event.phone}\"\n"), "personal", 7, 12, "vault");
}

static void a_ladder_replaces_when(void **state)
{
    check_mistake("owner: d\nrules:\n- id: a\n  on: street_depth\n  when: event.depth_cm > 1\n  severity: {minor: event.depth_cm > 2}\n",
        "when-and-ladder", 5, 9, "drop");
}

static void silence_must_not_clear_a_critical_alert(void **state)
{
    check_mistake("owner: d\nrules:\n- id: a\n  on: street_depth\n  when: event.depth_cm > 1\n  severity: critical\n  silence: clear\n",
        "silence-clears", 7, 12, "doubtful");
}

static void a_deadband_needs_plain_comparisons(void **state)
{
    check_mistake("owner: d\nrules:\n- id: a\n  on: street_depth\n  severity: {minor: event.depth_cm > 2 && true, deadband: 3}\n",
        "deadband", 5, 59, "clear");
}

static void a_missing_column_is_named_with_the_nearest_one(void **state)
{
    check_mistake(RULE("  when: event.depth_cm > l\n  params: {from: stations, by: station, l: {column: limit}}\n"), "no-such-column", 7, 53, "limit_cm");
}

static void another_key_than_the_streams_is_refused(void **state)
{
    check_mistake(RULE("  when: event.depth_cm > 3\n  by: depth_cm\n"), "by-not-the-key", 7, 7, "station");
}

static void an_owner_is_a_plain_word_and_not_the_engine(void **state)
{
    check_mistake("owner: Drain age\nrules: []\n", "bad-owner", 1, 8, "department");
    check_mistake("owner: a/b\nrules: []\n", "bad-owner", 1, 8, "department");
    check_mistake("owner: \"\"\nrules: []\n", "bad-owner", 1, 8, "department");
    check_mistake("owner: system\nrules: []\n", "bad-owner", 1, 8, "department");
}

static void a_parameter_has_a_name_of_its_own(void **state)
{
    check_mistake(RULE("  when: event.depth_cm > 3\n  params: {event: 3}\n"), "bad-name", 7, 12, "limit");
    check_mistake(RULE("  when: event.depth_cm > 3\n  params: {my-limit: 3}\n"), "bad-name", 7, 12, "limit");
}

static void parameters_have_a_bound(void **state)
{
    struct town town;
    struct ioc_buffer text = {0};
    town_open(&town);
    ioc_buffer_add_string(&text, RULE("  when: event.depth_cm > 3\n  params:\n"));
    for (int i = 0; i < 600; i++)
        ioc_buffer_addf(&text, "    p%d: 1\n", i);
    ioc_buffer_add_char(&text, 0);
    assert_null(town_rules(&town, text.data));
    assert_string_equal(town.errors.items[0].code, "too-many");
    ioc_buffer_reset(&text);
    ioc_buffer_add_string(&text, RULE("  when: event.depth_cm > 3\n  params: {long: \""));
    for (int i = 0; i < 5000; i++)
        ioc_buffer_add_char(&text, 'x');
    ioc_buffer_add_string(&text, "\"}\n");
    ioc_buffer_add_char(&text, 0);
    assert_null(town_rules(&town, text.data));
    assert_int_equal(town.errors.count, 2);
    assert_string_equal(town.errors.items[1].code, "too-long");
    ioc_buffer_done(&text);
    town_close(&town);
}

static void holds_are_not_negative_and_not_endless(void **state)
{
    check_mistake(RULE("  when: event.depth_cm > 3\n  hold: -5m\n"), "out-of-range", 7, 9, "");
    check_mistake(RULE("  when: event.depth_cm > 3\n  hold: {for: 100000d}\n"), "out-of-range", 7, 15, "");
    check_mistake(RULE("  when: event.depth_cm > 3\n  clear: {hold: -1s}\n"), "out-of-range", 7, 17, "");
}

static void a_whole_record_with_personal_fields_must_not_stand_in_a_message(void **state)
{
    check_mistake(RULE("  when: event.depth_cm > 3\n  message: \"${event}\"\n"), "personal", 7, 12, "vault");
}

static void two_texts_that_differ_in_depth_only_have_two_versions(void **state)
{
    struct town town;
    town_open(&town);
    struct ioc_ruleset *a = town_rules(&town, RULE("  when: event.depth_cm > 3\n  clear: {when: event.depth_cm < 2}\n  hold: 10m\n"));
    struct ioc_ruleset *b = town_rules(&town, RULE("  when: event.depth_cm > 3\n  clear: {when: event.depth_cm < 2, hold: 10m}\n"));
    assert_true(ioc_ruleset_version(a) != ioc_ruleset_version(b));
    ioc_ruleset_unref(a);
    ioc_ruleset_unref(b);
    town_close(&town);
}

static void all_mistakes_of_a_file_are_reported_together(void **state)
{
    struct town town;
    town_open(&town);
    assert_null(town_rules(&town, RULE("  when: event.dept_cm > 3\n  hold: 10\n  mesage: x\n  silence: perhaps\n")));
    assert_int_equal(town.errors.count, 4);
    town_close(&town);
}

/* What is noted on missing fields when nothing is wrong. */
static void check_notes(const char *text, const char *wanted)
{
    struct town town;
    struct ioc_errors notes = {0};
    town_open(&town);
    town.context.notes = &notes;
    struct ioc_ruleset *ruleset = town_rules(&town, text);
    assert_non_null(ruleset);
    char found[200] = "";
    for (uint32_t i = 0; i < notes.count; i++)
        if (strstr("may-be-missing always-there", notes.items[i].code))
            snprintf(found + strlen(found), sizeof found - strlen(found), "%s%u:%u %s", found[0] ? ", " : "", notes.items[i].line,
            notes.items[i].column, notes.items[i].code);
    assert_string_equal(found, wanted);
    ioc_ruleset_unref(ruleset);
    ioc_errors_done(&notes);
    town_close(&town);
}

static void a_field_that_may_be_missing_is_noted_unless_the_rule_says_what_then(void **state)
{
    check_notes(RULE("  when: event.rain_mm > 30\n"), "6:9 may-be-missing");
    check_notes(RULE("  when: event.rain_mm > 30\n  on_missing: keep\n"), "");
    check_notes(RULE("  where: event.rain_mm > 3\n  when: event.depth_cm > 3\n"), "");
    check_notes(RULE("  when: has(event.rain_mm) && event.rain_mm > 30\n"), "");
    check_notes(RULE("  when: event.?rain_mm.orValue(0) > 30\n"), "");
    check_notes(RULE("  when: event.depth_cm > 3\n  clear: {when: event.rain_mm < 1}\n"), "7:17 may-be-missing");
    check_notes(RULE("  when: last.rain_mm > 30\n"), "");
    check_notes(RULE("  when: event.?depth_cm.orValue(0) > 30\n"), "6:9 always-there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_rule_is_read_with_its_profile_and_its_parameters),
        cmocka_unit_test(a_field_that_may_be_missing_is_noted_unless_the_rule_says_what_then),
        cmocka_unit_test(an_unknown_field_is_named_with_the_nearest_one),
        cmocka_unit_test(an_expression_in_a_block_scalar_is_placed_in_the_file),
        cmocka_unit_test(a_missing_condition_is_said),
        cmocka_unit_test(a_mistyped_key_is_named_with_the_nearest_one),
        cmocka_unit_test(a_number_without_a_unit_is_no_duration),
        cmocka_unit_test(an_unknown_stream_is_named_with_the_nearest_one),
        cmocka_unit_test(an_id_used_twice_names_the_other_place),
        cmocka_unit_test(a_personal_field_must_not_stand_in_a_message),
        cmocka_unit_test(a_ladder_replaces_when),
        cmocka_unit_test(silence_must_not_clear_a_critical_alert),
        cmocka_unit_test(a_deadband_needs_plain_comparisons),
        cmocka_unit_test(a_missing_column_is_named_with_the_nearest_one),
        cmocka_unit_test(another_key_than_the_streams_is_refused),
        cmocka_unit_test(all_mistakes_of_a_file_are_reported_together),
        cmocka_unit_test(an_owner_is_a_plain_word_and_not_the_engine),
        cmocka_unit_test(a_parameter_has_a_name_of_its_own),
        cmocka_unit_test(parameters_have_a_bound),
        cmocka_unit_test(holds_are_not_negative_and_not_endless),
        cmocka_unit_test(a_whole_record_with_personal_fields_must_not_stand_in_a_message),
        cmocka_unit_test(two_texts_that_differ_in_depth_only_have_two_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
