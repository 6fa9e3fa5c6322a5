/* tests/rules/test_program.c — expressions on rows: values, the three outcomes, bounds. */
#include "core/draft.h"
#include "rules/cel/program.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
    STATION,
    DEPTH,
    COUNT,
    TOTAL,
    AT,
    OPEN,
    SINCE,
    POSITION,
    DETECTIONS,
    TAGS,
    EXTRA,
    NOTE,
    FIELDS
};
static struct ioc_field detection_fields[] = {
    {.name = {"label", 5}, .type = IOC_STRING},
    {.name = {"score", 5}, .type = IOC_DOUBLE},
};
static const struct ioc_schema detection = {
    .name = {"detections", 10}, .fields = detection_fields, .count = 2};
static struct ioc_field fields[FIELDS] = {
    [STATION] = {.name = {"station", 7}, .type = IOC_STRING},
    [DEPTH] = {.name = {"depth_cm", 8}, .type = IOC_DOUBLE},
    [COUNT] = {.name = {"count", 5}, .type = IOC_INT},
    [TOTAL] = {.name = {"total", 5}, .type = IOC_UINT},
    [AT] = {.name = {"at", 2}, .type = IOC_TIMESTAMP},
    [OPEN] = {.name = {"open", 4}, .type = IOC_BOOL},
    [SINCE] = {.name = {"since", 5}, .type = IOC_DURATION},
    [POSITION] = {.name = {"position", 8}, .type = IOC_POINT},
    [DETECTIONS] = {.name = {"detections", 10},
        .type = IOC_LIST,
        .of = IOC_MAP,
        .element = &detection},
    [TAGS] = {.name = {"tags", 4}, .type = IOC_LIST, .of = IOC_STRING},
    [EXTRA] = {.name = {"extra", 5}, .type = IOC_DYN},
    [NOTE] = {.name = {"note", 4}, .type = IOC_STRING, .is_optional = true},
};
static const struct ioc_schema schema = {
    .name = {"street_depth", 12}, .fields = fields, .count = FIELDS};
static const struct ioc_variable variables[] = {
    {.name = {"event", 5}, .frame = 0, .is_record = true, .schema = &schema},
    {.name = {"asset", 5}, .frame = 1, .is_record = true, .schema = &schema},
    {.name = {"limit", 5},
        .frame = 1,
        .slot = DEPTH,
        .schema = &schema,
        .field = &fields[DEPTH],
        .may_be_missing = true},
};
static const struct ioc_scope scope = {.variables = variables, .count = 3};

static struct ioc_draft draft;
static const struct ioc_row *frames[IOC_FRAMES_MOST];
static struct ioc_scratch *scratch;

static union ioc_word text_word(struct ioc_text text)
{
    union ioc_word word = {0};
    assert_int_equal(ioc_draft_tail(&draft, text.data, text.length, &word.ref), IOC_OK);
    return word;
}

/* One detection as a map of two pairs. */
static struct ioc_ref write_detection(struct ioc_text label, double score)
{
    struct ioc_ref cells;
    assert_int_equal(ioc_draft_cells(&draft, 4, &cells), IOC_OK);
    ioc_draft_cell_set(&draft, cells, 0, IOC_STRING, text_word(IOC_TEXT("label")));
    ioc_draft_cell_set(&draft, cells, 1, IOC_STRING, text_word(label));
    ioc_draft_cell_set(&draft, cells, 2, IOC_STRING, text_word(IOC_TEXT("score")));
    ioc_draft_cell_set(&draft, cells, 3, IOC_DOUBLE, (union ioc_word){.d = score});
    cells.count = 2;
    return cells;
}

static int set_up(void **state)
{
    struct ioc_ref cells;
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_set_text(&draft, STATION, IOC_TEXT("S17")), IOC_OK);
    ioc_draft_set_double(&draft, DEPTH, 22.5);
    ioc_draft_set_int(&draft, COUNT, 7);
    ioc_draft_set_uint(&draft, TOTAL, UINT64_MAX);
    ioc_draft_set_int(&draft, AT, 1234567890 * IOC_SECOND);
    ioc_draft_set_bool(&draft, OPEN, true);
    ioc_draft_set_int(&draft, SINCE, 90 * IOC_MINUTE);
    ioc_draft_set_point(&draft, POSITION, (struct ioc_point){106.7, 10.78});
    assert_int_equal(ioc_draft_cells(&draft, 2, &cells), IOC_OK);
    ioc_draft_cell_set(
        &draft, cells, 0, IOC_MAP, (union ioc_word){.ref = write_detection(IOC_TEXT("fire"), 0.9)});
    ioc_draft_cell_set(
        &draft, cells, 1, IOC_MAP, (union ioc_word){.ref = write_detection(IOC_TEXT("car"), 0.4)});
    assert_int_equal(ioc_draft_set_cells(&draft, DETECTIONS, cells), IOC_OK);
    assert_int_equal(ioc_draft_cells(&draft, 2, &cells), IOC_OK);
    ioc_draft_cell_set(&draft, cells, 0, IOC_STRING, text_word(IOC_TEXT("road")));
    ioc_draft_cell_set(
        &draft, cells, 1, IOC_INT, (union ioc_word){.i = 5}); /* a decoder's mistake */
    assert_int_equal(ioc_draft_set_cells(&draft, TAGS, cells), IOC_OK);
    assert_int_equal(ioc_draft_cells(&draft, 1, &cells), IOC_OK);
    ioc_draft_cell_set(&draft, cells, 0, IOC_INT, (union ioc_word){.i = 3});
    assert_int_equal(ioc_draft_set_cells(&draft, EXTRA, cells), IOC_OK);
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

static struct ioc_program *compile(const char *source, enum ioc_type want)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    if (ioc_program_new(ioc_text_of(source), &scope, want, &program, &err) != IOC_OK)
        fail_msg("%s: %s", source, err.error.text);
    return program;
}

static void assert_outcome(const char *source, enum ioc_outcome wanted)
{
    struct ioc_program *program = compile(source, IOC_TYPES);
    struct ioc_outcome_value value;
    enum ioc_outcome outcome = ioc_program_run(program, frames, scratch, &value);
    if (outcome != wanted)
        fail_msg("%s: outcome %d, not %d", source, outcome, wanted);
    ioc_program_free(program);
}

static void assert_true_on_rows(const char *source)
{
    struct ioc_program *program = compile(source, IOC_BOOL);
    bool value = false;
    enum ioc_outcome outcome = ioc_program_test(program, frames, scratch, &value);
    if (outcome != IOC_OUTCOME_VALUE)
        fail_msg("%s: %s", source, ioc_scratch_error(scratch));
    if (!value)
        fail_msg("%s: is false", source);
    ioc_program_free(program);
}

static void slots_are_read_by_their_types(void **state)
{
    assert_true_on_rows(
        "event.station == 'S17' && event.depth_cm > 15 && event.count == 7 && event.open");
    assert_true_on_rows("event.total == 18446744073709551615u && event.since == duration('1h30m')");
    assert_true_on_rows(
        "event.at == timestamp('2009-02-13T23:31:30Z') && event.at.getHours('+07:00') == 6");
    assert_true_on_rows("event.at.getHours('Asia/Ho_Chi_Minh') == 6");
    assert_true_on_rows("event.extra == 3 && event.extra + 1 == 4");
    assert_true_on_rows("event['station'].size() == 3");
    assert_true_on_rows("event.position == event.position");
}

static void comparisons_work_from_both_sides_and_negated(void **state)
{
    assert_true_on_rows("22 < event.depth_cm && 22.5 <= event.depth_cm && 23 > event.depth_cm && "
                        "22.5 >= event.depth_cm");
    assert_true_on_rows(
        "event.count != 8 && 8 != event.count && !(event.count != 7) && !(event.count < 7)");
    assert_true_on_rows(
        "event.station != 'S18' && !(event.station == 'S18') && 'S17' == event.station");
    assert_true_on_rows("event.count > 6 || event.count < 5");
    assert_true_on_rows("!(event.count > 7 || event.count < 7 || !event.open)");
    assert_true_on_rows(
        "event.total > event.count && event.count < event.total && event.depth_cm > event.count");
}

static void lists_of_records_are_searched_in_place(void **state)
{
    assert_true_on_rows(
        "event.detections.exists(d, d.label in ['fire', 'smoke'] && d.score > 0.8)");
    assert_true_on_rows("!event.detections.all(d, d.score > 0.8)");
    assert_true_on_rows("event.detections.filter(d, d.score < 0.5).map(d, d.label) == ['car']");
    assert_true_on_rows(
        "event.detections.exists_one(d, d.label == 'fire') && size(event.detections) == 2");
    assert_true_on_rows(
        "event.detections[0].label == 'fire' && event.detections[1]['score'] == 0.4");
}

static void an_item_of_another_type_is_an_error_and_no_crash(void **state)
{
    assert_true_on_rows("event.tags[0] == 'road'");
    assert_outcome("event.tags[1].size()", IOC_OUTCOME_ERROR);
    assert_outcome("event.tags.all(t, t.size() > 0)", IOC_OUTCOME_ERROR);
    assert_true_on_rows("event.tags.exists(t, t.startsWith('ro'))");
}

static void a_missing_field_decides_only_when_nothing_else_does(void **state)
{
    assert_outcome("event.note == 'x'", IOC_OUTCOME_MISSING);
    assert_outcome("limit > 3", IOC_OUTCOME_MISSING);
    assert_outcome("asset.station == 'x'", IOC_OUTCOME_MISSING);
    assert_true_on_rows("event.note == 'x' || event.open");
    assert_true_on_rows("event.open || event.note == 'x'");
    assert_true_on_rows("!(event.note == 'x' && event.count == 8)");
    assert_true_on_rows("!(event.count == 8 && event.note == 'x')");
    assert_outcome("event.note == 'x' && event.open", IOC_OUTCOME_MISSING);
    assert_outcome("event.open && event.note == 'x'", IOC_OUTCOME_MISSING);
    assert_outcome("event.note == 'x' ? true : true", IOC_OUTCOME_MISSING);
    assert_true_on_rows("!has(event.note) && has(event.station) && !has(limit)");
    assert_true_on_rows("has(event.note) ? event.note == 'x' : true");
    assert_true_on_rows("event.detections.exists(d, limit > d.score || d.label == 'fire')");
    assert_outcome("event.detections.exists(d, limit > d.score)", IOC_OUTCOME_MISSING);
}

static void an_error_is_stronger_than_a_missing_field(void **state)
{
    assert_outcome("event.note == 'x' && 1 / (event.count - 7) > 0", IOC_OUTCOME_ERROR);
    assert_outcome("1 / (event.count - 7) > 0 && event.note == 'x'", IOC_OUTCOME_ERROR);
    assert_outcome(
        "(event.note == 'x' || 1 / (event.count - 7) > 0) && event.open", IOC_OUTCOME_ERROR);
    assert_true_on_rows("!(event.note == 'x' && 1 / (event.count - 7) > 0 && event.count == 8)");
    assert_true_on_rows("(event.note == 'x' && 1 / (event.count - 7) > 0) || event.open");
}

static void faults_of_one_evaluation_do_not_leak_into_the_next(void **state)
{
    struct ioc_program *program = compile(
        "(event.note == 'a' || event.note == 'b') && event.open || event.count == 7", IOC_BOOL);
    bool value;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ioc_program_test(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
        assert_true(value);
        const struct ioc_row *none[IOC_FRAMES_MOST] = {0};
        assert_int_equal(ioc_program_test(program, none, scratch, &value), IOC_OUTCOME_MISSING);
    }
    ioc_program_free(program);
    /* Within a loop too: the first element's fault must not stay for a later quantifier. */
    assert_true_on_rows(
        "[0, 1].map(i, [1, 0].exists(x, 1 / (x - i) == 1) || i == 1) == [true, true]");
}

static void overflow_and_division_are_errors(void **state)
{
    assert_outcome("event.count + 9223372036854775807", IOC_OUTCOME_ERROR);
    assert_outcome("event.total + 1u", IOC_OUTCOME_ERROR);
    assert_outcome("0u - event.total", IOC_OUTCOME_ERROR);
    assert_outcome("event.count * 9223372036854775807", IOC_OUTCOME_ERROR);
    assert_outcome("event.count / (event.count - 7)", IOC_OUTCOME_ERROR);
    assert_outcome("event.count % (event.count - 7)", IOC_OUTCOME_ERROR);
    assert_outcome("(event.count - 7 - 9223372036854775807 - 1) / -1", IOC_OUTCOME_ERROR);
    assert_outcome("-(event.count - 7 - 9223372036854775807 - 1)", IOC_OUTCOME_ERROR);
    assert_outcome("event.since + duration('2000000h') + duration('2000000h')", IOC_OUTCOME_ERROR);
    assert_outcome("int(event.depth_cm * 1e300)", IOC_OUTCOME_ERROR);
    assert_outcome("uint(event.depth_cm - 30.0)", IOC_OUTCOME_ERROR);
    assert_true_on_rows("event.depth_cm / 0 > 1e300");
}

static void results_have_their_public_form(void **state)
{
    struct ioc_outcome_value value;
    struct ioc_program *program = compile("event.count", IOC_DOUBLE);
    assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_true(value.type == IOC_DOUBLE && value.number == 7.0);
    ioc_program_free(program);
    program = compile("event.station + '-' + string(event.count)", IOC_STRING);
    assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_true(ioc_text_equal(value.text, IOC_TEXT("S17-7")));
    ioc_program_free(program);
    program = compile("{'a': [1, 2u, 1.0, null, b'x', event.at]}", IOC_TYPES);
    assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_int_equal(value.type, IOC_MAP);
    assert_true(ioc_text_equal(value.text,
        IOC_TEXT("{\"a\": [1, 2u, 1.0, null, b\"\\x78\", timestamp(\"2009-02-13T23:31:30Z\")]}")));
    ioc_program_free(program);
    program = compile("event.position", IOC_POINT);
    assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_true(value.point.longitude == 106.7 && value.point.latitude == 10.78);
    ioc_program_free(program);
    program = compile("event.at + duration('1ns')", IOC_TIMESTAMP);
    assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_int_equal(value.integer, 1234567890 * IOC_SECOND + 1);
    ioc_program_free(program);
}

static void a_dyn_value_must_be_what_is_wanted(void **state)
{
    struct ioc_outcome_value value;
    struct ioc_program *program = compile("event.extra", IOC_INT);
    assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_int_equal(value.integer, 3);
    ioc_program_free(program);
    program = compile("event.extra", IOC_STRING);
    assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_ERROR);
    assert_non_null(strstr(ioc_scratch_error(scratch), "types"));
    ioc_program_free(program);
}

static void reads_are_listed_in_order(void **state)
{
    uint32_t count;
    struct ioc_program *program =
        compile("event.count > 3 && has(event.note) && limit > event.depth_cm && event.count < 9",
            IOC_BOOL);
    const struct ioc_program_read *reads = ioc_program_reads(program, &count);
    assert_int_equal(count, 4);
    assert_true(reads[0].frame == 0 && reads[0].slot == COUNT && reads[1].slot == NOTE);
    assert_true(reads[2].frame == 1 && reads[2].slot == DEPTH && reads[3].frame == 0 &&
                reads[3].slot == DEPTH);
    assert_null(ioc_program_field(program));
    ioc_program_free(program);
    program = compile("event.depth_cm", IOC_TYPES);
    assert_non_null(ioc_program_field(program));
    assert_int_equal(ioc_program_field(program)->slot, DEPTH);
    ioc_program_free(program);
    program = compile("event.open", IOC_BOOL);
    assert_non_null(ioc_program_field(program));
    ioc_program_free(program);
    program = compile("!event.open", IOC_BOOL);
    assert_null(ioc_program_field(program));
    ioc_program_free(program);
    program = compile("size(event)", IOC_INT);
    reads = ioc_program_reads(program, &count);
    assert_true(count == 1 && reads[0].is_whole);
    ioc_program_free(program);
}

static void membership_in_constants_finds_every_item_and_nothing_else(void **state)
{
    assert_true_on_rows("event.station in ['S1', 'S170', 'S17', 'S171', ''] && !(event.station in "
                        "['S1', 'S18', 's17'])");
    assert_true_on_rows("event.count in [9, -1, 7, 0] && !(event.count in [8, 6, -7]) && "
                        "event.total in [1u, 18446744073709551615u]");
    assert_true_on_rows("!(event.count in [])");
    assert_true_on_rows("[event.station].filter(s, s in ['S17', 'S1']) == [event.station]");
    assert_outcome("event.note in ['a']", IOC_OUTCOME_MISSING);
    for (int left_out = 16; left_out <= 17; left_out++) {
        struct ioc_buffer source = {0};
        ioc_buffer_add_string(
            &source, left_out == 17 ? "!(event.station in [" : "(event.station in [");
        for (int i = 0; i < 50; i++) {
            int number = i * 37 % 50;
            if (number != left_out)
                ioc_buffer_addf(&source, "'S%d',", number);
        }
        ioc_buffer_add_string(&source, "])");
        ioc_buffer_add_char(&source, 0);
        assert_true_on_rows(source.data);
        ioc_buffer_done(&source);
    }
}

static void a_record_is_a_map_of_what_is_there(void **state)
{
    assert_true_on_rows("size(event) == 11 && 'station' in event && !('note' in event)");
    assert_true_on_rows("cel.bind(e, event, e.depth_cm > 20.0)");
    assert_outcome("cel.bind(e, event, e.note)", IOC_OUTCOME_MISSING);
}

static void the_typical_rule_is_one_instruction_a_term(void **state)
{
    struct ioc_program *program =
        compile("event.station == 'S17' && event.depth_cm > 15 && has(event.note)", IOC_BOOL);
    struct ioc_buffer out = {0};
    ioc_program_print(program, NULL, &out);
    ioc_buffer_add_char(&out, 0);
    assert_non_null(strstr(out.data, "0 TEST_TEXT_EQUAL_F frame0.0 \"S17\""));
    assert_non_null(strstr(out.data, "1 TEST_DOUBLE_GREATER_F frame0.1 15.0"));
    assert_non_null(strstr(out.data, "2 TEST_HAS_F frame0.11"));
    ioc_buffer_done(&out);
    ioc_program_free(program);
}

static void constants_are_computed_once(void **state)
{
    struct ioc_program *program = compile(
        "event.since > duration('1h') + duration('2m') && event.count > [1, 2].map(x, x * 3)[1]",
        IOC_BOOL);
    struct ioc_buffer out = {0};
    ioc_program_print(program, NULL, &out);
    ioc_buffer_add_char(&out, 0);
    assert_non_null(strstr(out.data, "0 TEST_INT_GREATER_F frame0.6 duration(\"3720s\")"));
    assert_non_null(strstr(out.data, "1 TEST_INT_GREATER_F frame0.2 6 "));
    ioc_buffer_done(&out);
    ioc_program_free(program);
}

static void assert_fails_with(const char *source, const char *message)
{
    struct ioc_program *program = compile(source, IOC_TYPES);
    struct ioc_outcome_value value;
    assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_ERROR);
    if (!strstr(ioc_scratch_error(scratch), message))
        fail_msg("%s: %s", source, ioc_scratch_error(scratch));
    ioc_program_free(program);
}

static void an_error_says_where_it_happened(void **state)
{
    /* Of a long token 60 bytes. */
    assert_fails_with("{'a': event.count}.abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij",
        "at 'abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij' (byte");
    assert_fails_with("event.count > 3 && 5 / (event.count - 7) > 0",
        "division by zero, at '/' (byte 22 of the expression)");
    assert_fails_with("event.count == 7 ? {'a': event.count}['b'] : 0", "no such key, at '['");
}

static void work_is_bounded(void **state)
{
    /* 4 nested loops over 20 items would be 160,000 passes. */
    struct ioc_buffer source = {0};
    for (int i = 0; i < 4; i++)
        ioc_buffer_addf(&source, "lists.range(20).all(x%d, ", i);
    ioc_buffer_add_string(&source, "event.count > 0))))");
    ioc_buffer_add_char(&source, 0);
    assert_fails_with(source.data, "10,000 items");
    ioc_buffer_done(&source);
}

static void the_size_of_results_is_bounded(void **state)
{
    struct ioc_buffer source = {0};
    ioc_buffer_add_string(&source, "cel.bind(a, event.station, ");
    for (int i = 0; i < 25; i++)
        ioc_buffer_add_string(&source, "cel.bind(a, a + a, ");
    ioc_buffer_add_string(&source, "size(a)");
    for (int i = 0; i < 26; i++)
        ioc_buffer_add_char(&source, ')');
    ioc_buffer_add_char(&source, 0);
    assert_fails_with(source.data, "1 MiB");
    ioc_buffer_done(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_read_by_their_types),
        cmocka_unit_test(comparisons_work_from_both_sides_and_negated),
        cmocka_unit_test(lists_of_records_are_searched_in_place),
        cmocka_unit_test(an_item_of_another_type_is_an_error_and_no_crash),
        cmocka_unit_test(a_missing_field_decides_only_when_nothing_else_does),
        cmocka_unit_test(an_error_is_stronger_than_a_missing_field),
        cmocka_unit_test(faults_of_one_evaluation_do_not_leak_into_the_next),
        cmocka_unit_test(overflow_and_division_are_errors),
        cmocka_unit_test(results_have_their_public_form),
        cmocka_unit_test(a_dyn_value_must_be_what_is_wanted),
        cmocka_unit_test(reads_are_listed_in_order),
        cmocka_unit_test(membership_in_constants_finds_every_item_and_nothing_else),
        cmocka_unit_test(a_record_is_a_map_of_what_is_there),
        cmocka_unit_test(the_typical_rule_is_one_instruction_a_term),
        cmocka_unit_test(constants_are_computed_once),
        cmocka_unit_test(an_error_says_where_it_happened),
        cmocka_unit_test(work_is_bounded),
        cmocka_unit_test(the_size_of_results_is_bounded),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
