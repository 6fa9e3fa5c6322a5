/* tests/rules/test_optional.c — values that may not be there: as CEL has them, and on fields of a record. */
#include "core/draft.h"
#include "rules/cel/builtin.h"
#include "rules/cel/inside.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { STATION, DEPTH, RAIN, COUNT, OPEN, SINCE, AT, NOTE, SIGHTINGS, TAGS, EXTRA, FIELDS };
static struct ioc_field sighting_fields[] = {
    {.name = {"label", 5}, .type = IOC_STRING},
    {.name = {"score", 5}, .type = IOC_DOUBLE, .is_optional = true},
};
static const struct ioc_schema sighting = {
    .name = {"sightings", 9}, .fields = sighting_fields, .count = 2};
static struct ioc_field fields[FIELDS] = {
    [STATION] = {.name = {"station", 7}, .type = IOC_STRING},
    [DEPTH] = {.name = {"depth_cm", 8}, .type = IOC_DOUBLE, .is_optional = true},
    [RAIN] = {.name = {"rain_mm", 7}, .type = IOC_DOUBLE, .is_optional = true},
    [COUNT] = {.name = {"count", 5}, .type = IOC_INT, .is_optional = true},
    [OPEN] = {.name = {"open", 4}, .type = IOC_BOOL, .is_optional = true},
    [SINCE] = {.name = {"since", 5}, .type = IOC_DURATION, .is_optional = true},
    [AT] = {.name = {"at", 2}, .type = IOC_TIMESTAMP, .is_optional = true},
    [NOTE] = {.name = {"note", 4}, .type = IOC_STRING, .is_optional = true},
    [SIGHTINGS] = {.name = {"sightings", 9}, .type = IOC_LIST, .of = IOC_MAP, .element = &sighting},
    [TAGS] = {.name = {"tags", 4}, .type = IOC_LIST, .of = IOC_STRING, .is_optional = true},
    [EXTRA] = {.name = {"extra", 5}, .type = IOC_DYN, .is_optional = true},
};
static const struct ioc_schema schema = {
    .name = {"street_depth", 12}, .fields = fields, .count = FIELDS};
static const struct ioc_variable variables[] = {
    {.name = {"event", 5}, .frame = 0, .is_record = true, .schema = &schema},
    {.name = {"last", 4}, .frame = 1, .is_record = true, .schema = &schema},
};
static const struct ioc_scope loose = {.variables = variables, .count = 2};
static const struct ioc_scope strict = {.variables = variables, .count = 2, .is_strict = true};

static struct ioc_draft draft;
static const struct ioc_row *frames[IOC_FRAMES_MOST];
static struct ioc_scratch *scratch;

/* Two sightings, the second without a score. */
static void write_sightings(void)
{
    struct ioc_ref list, pairs[2];
    static const struct ioc_text labels[] = {{"fire", 4}, {"car", 3}};
    for (uint32_t i = 0; i < 2; i++) {
        union ioc_word word = {0};
        assert_int_equal(ioc_draft_cells(&draft, i == 0 ? 4 : 2, &pairs[i]), IOC_OK);
        assert_int_equal(ioc_draft_tail(&draft, "label", 5, &word.ref), IOC_OK);
        ioc_draft_cell_set(&draft, pairs[i], 0, IOC_STRING, word);
        assert_int_equal(ioc_draft_tail(&draft, labels[i].data, labels[i].length, &word.ref), IOC_OK);
        ioc_draft_cell_set(&draft, pairs[i], 1, IOC_STRING, word);
    }
    union ioc_word word = {0};
    assert_int_equal(ioc_draft_tail(&draft, "score", 5, &word.ref), IOC_OK);
    ioc_draft_cell_set(&draft, pairs[0], 2, IOC_STRING, word);
    ioc_draft_cell_set(&draft, pairs[0], 3, IOC_DOUBLE, (union ioc_word){.d = 0.9});
    pairs[0].count = 2; /* pairs from now on */
    pairs[1].count = 1;
    assert_int_equal(ioc_draft_cells(&draft, 2, &list), IOC_OK);
    for (uint32_t i = 0; i < 2; i++)
        ioc_draft_cell_set(&draft, list, i, IOC_MAP, (union ioc_word){.ref = pairs[i]});
    assert_int_equal(ioc_draft_set_cells(&draft, SIGHTINGS, list), IOC_OK);
}

/* depth_cm, count, open are there; rain_mm, since, at, note, tags, extra are not.  There is no `last`. */
static int set_up(void **state)
{
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_set_text(&draft, STATION, IOC_TEXT("S17")), IOC_OK);
    ioc_draft_set_double(&draft, DEPTH, 22.5);
    ioc_draft_set_int(&draft, COUNT, 7);
    ioc_draft_set_bool(&draft, OPEN, true);
    write_sightings();
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

static struct ioc_program *compile_in(
    const char *source, const struct ioc_environment *environment, enum ioc_type want)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    if (ioc_program_new_in(ioc_text_of(source), environment, want, &program, &err) != IOC_OK)
        fail_msg("%s: %s (%s)", source, err.error.text, err.error.hint);
    return program;
}

static struct ioc_program *compile(const char *source, enum ioc_type want)
{
    return compile_in(source, &(struct ioc_environment){.scope = &loose}, want);
}

/* Checked and unchecked, as a value and as a condition: all must agree. */
static void assert_true_everywhere(const char *source)
{
    static char negated[1000];
    snprintf(negated, sizeof negated, "!(%s) ? 1 : 2", source);
    for (int is_unchecked = 0; is_unchecked < 2; is_unchecked++) {
        const struct ioc_environment environment = {.scope = &loose, .is_unchecked = is_unchecked};
        struct ioc_program *program = compile_in(source, &environment, IOC_BOOL);
        bool is_true = false;
        enum ioc_outcome outcome = ioc_program_test(program, frames, scratch, &is_true);
        if (outcome != IOC_OUTCOME_VALUE)
            fail_msg("%s: %s", source, ioc_scratch_error(scratch));
        if (!is_true)
            fail_msg("%s: false", source);
        ioc_program_free(program);
        program = compile_in(negated, &environment, IOC_INT);
        struct ioc_outcome_value value;
        assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
        if (value.integer != 2)
            fail_msg("%s: true only as a condition", source);
        ioc_program_free(program);
    }
}

static void assert_fault_in(const char *source, bool is_unchecked, enum ioc_fault wanted)
{
    const struct ioc_environment environment = {.scope = &loose, .is_unchecked = is_unchecked};
    struct ioc_program *program = compile_in(source, &environment, IOC_TYPES);
    struct ioc_outcome_value value;
    enum ioc_outcome outcome = ioc_program_run(program, frames, scratch, &value);
    if (outcome != IOC_OUTCOME_ERROR || scratch->pending.fault != wanted)
        fail_msg("%s: outcome %d: %s", source, outcome,
            outcome == IOC_OUTCOME_VALUE ? "a value" : ioc_scratch_error(scratch));
    ioc_program_free(program);
}

static void assert_fault(const char *source, enum ioc_fault wanted)
{
    assert_fault_in(source, false, wanted);
    assert_fault_in(source, true, wanted);
}

static void assert_refused(const char *source, const char *code, const char *at, const char *hint)
{
    struct ioc_program *program = NULL;
    struct ioc_program_error err;
    if (ioc_program_new(ioc_text_of(source), &loose, IOC_TYPES, &program, &err) == IOC_OK)
        fail_msg("%s was taken", source);
    if (strcmp(err.error.code, code) != 0)
        fail_msg("%s: %s, not %s (%s)", source, err.error.code, code, err.error.text);
    if (strncmp(source + err.offset, at, strlen(at)) != 0 || err.length != strlen(at))
        fail_msg("%s: points at '%.*s'", source, (int)err.length, source + err.offset);
    if (!strstr(err.error.hint, hint))
        fail_msg("%s: the hint is '%s'", source, err.error.hint);
}

static void assert_shape(const char *source, const char *wanted)
{
    struct ioc_program *program = compile(source, IOC_TYPES);
    struct ioc_text shape = ioc_program_shape(program);
    if (!ioc_text_equal(shape, ioc_text_of(wanted)))
        fail_msg("%s: %.*s, not %s", source, IOC_TEXT_ARGS(shape), wanted);
    ioc_program_free(program);
}

static void assert_code(const char *source, enum ioc_type want, const char *wanted)
{
    struct ioc_program *program = compile(source, want);
    struct ioc_buffer out = {.limit = 10000};
    ioc_program_print(program, NULL, &out);
    if (!ioc_text_equal(ioc_buffer_text(&out), ioc_text_of(wanted)))
        fail_msg("%s:\n%.*s", source, IOC_TEXT_ARGS(ioc_buffer_text(&out)));
    ioc_buffer_done(&out);
    ioc_program_free(program);
}

static void an_optional_has_a_value_or_none(void **state)
{
    assert_true_everywhere("optional.of(3).hasValue() && optional.of(3).value() == 3");
    assert_true_everywhere("!optional.none().hasValue()");
    assert_true_everywhere("optional.of(null).hasValue()");
    assert_true_everywhere("optional.none().or(optional.of(2)).or(optional.of(3)).value() == 2");
    assert_true_everywhere("optional.none().or(optional.none()).orValue('x') == 'x'");
    assert_true_everywhere("dyn(optional.of(1)).orValue(2) == 1");
    assert_true_everywhere("dyn(optional.none()).orValue(2) == 2");
    assert_true_everywhere("type(optional.of(1)) == optional_type");
    assert_true_everywhere("type(optional.of(1)) != type(1)");
    assert_fault("optional.none().value()", IOC_FAULT_NO_VALUE);
    assert_fault("event.?rain_mm.value()", IOC_FAULT_NO_VALUE);
    assert_fault("dyn(1).orValue(2)", IOC_FAULT_OVERLOAD);
    assert_fault("dyn(optional.of('a')).orValue(2) + 1", IOC_FAULT_OVERLOAD);
}

static void zero_values_are_taken_for_nothing_when_asked(void **state)
{
    static const char *const zeros[] = {"null", "false", "0", "0u", "0.0", "-0.0", "''", "b''", "[]",
        "{}", "duration('0s')", "timestamp(0)"};
    static const char *const others[] = {"true", "1", "1u", "-0.1", "double('NaN')", "' '", "b'0'",
        "[0]", "{'a': 0}", "duration('-1s')", "timestamp(1)", "optional.none()", "int"};
    char source[200];
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++) {
        snprintf(source, sizeof source, "!optional.ofNonZeroValue(%s).hasValue()", zeros[i]);
        assert_true_everywhere(source);
        snprintf(source, sizeof source, "!event.?count.optFlatMap(c, optional.ofNonZeroValue(dyn(%s))).hasValue()", zeros[i]);
        assert_true_everywhere(source);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        snprintf(source, sizeof source, "optional.ofNonZeroValue(%s).hasValue()", others[i]);
        assert_true_everywhere(source);
    }
}

static void selections_from_an_optional_stay_optional(void **state)
{
    assert_true_everywhere("{'a': {'b': 1}}.?a.b.value() == 1");
    assert_true_everywhere("{'a': {'b': 1}}.?a.?c.orValue(5) == 5");
    assert_true_everywhere("!{'a': {'b': {'c': {}}}}.?z.b.c.d.hasValue()");
    assert_true_everywhere("{'a': {'b': [4, 5]}}.?a[?'b'][1].value() == 5");
    assert_true_everywhere("!{'a': {'b': [4, 5]}}.?a.b[?2].hasValue()");
    assert_true_everywhere("[[1], [2]][?1][?0].value() == 2");
    assert_true_everywhere("![1][?-1].hasValue() && ![1][?1].hasValue()");
    assert_true_everywhere("{1: 'a'}[?dyn(1u)].value() == 'a' && !{1: 'a'}[?dyn(1.5)].hasValue()");
    assert_true_everywhere("{'a': optional.of({'b': 1})}.a.b.value() == 1");
    assert_true_everywhere("dyn({'a': optional.of({'b': 1})}).a.b.value() == 1");
    assert_true_everywhere("!dyn({'a': optional.none()}).a.b.hasValue()");
    assert_true_everywhere("dyn({'a': optional.of([1, 2])}).a[1].value() == 2");
    assert_true_everywhere("{'a': optional.of(1)}.?a.value().value() == 1");
    assert_true_everywhere("has({'a': {'b': 1}}.?a.b) && !has({'a': {'b': 1}}.?a.c)");
    assert_true_everywhere("!has({'a': {'b': 1}}.?z.c)");
    assert_true_everywhere("has(dyn({'a': optional.of({'b': 1})}).a.b)");
    assert_true_everywhere("!has(dyn({'a': optional.none()}).a.b)");
    assert_true_everywhere("{'a-b': 1}.?`a-b`.value() == 1");
    assert_true_everywhere("{'for': 1}.?for.value() == 1");
    assert_true_everywhere("{'a': 1} . ? a.value() == 1");
    assert_fault("{'a': dyn(1)}.?a.b.hasValue()", IOC_FAULT_FIELD);
    assert_fault("[1][?dyn('x')].hasValue()", IOC_FAULT_OVERLOAD);
    assert_fault("[1][?dyn(0.5)].hasValue()", IOC_FAULT_INDEX);
}

static void the_other_side_is_looked_at_only_when_it_is_needed(void **state)
{
    assert_true_everywhere("optional.of(1).orValue(1 / 0) == 1");
    assert_true_everywhere("optional.of(1).or(optional.of(1 / 0)).value() == 1");
    assert_true_everywhere("optional.none().optMap(x, 1 / 0).hasValue() == false");
    assert_true_everywhere("event.?depth_cm.orValue(double(string(event.count) + 'x')) == 22.5");
    assert_fault("optional.none().orValue(1 / 0)", IOC_FAULT_DIVISION);
    assert_fault("optional.of(1 / 0).orValue(1)", IOC_FAULT_DIVISION);
    assert_true_everywhere("optional.of(1 / 0).hasValue() || true");
}

/* Strictly, null goes where an optional does. */
static void null_beside_optionals_of_any_kind_stays_null(void **state)
{
    static const char *const sources[] = {
        "[optional.of(event.?depth_cm), optional.of(null), optional.of(event.?extra)].unwrapOpt()[1] == null",
        "[event.?extra, null, event.?depth_cm].size() == 3",
        "([event.?depth_cm, null] + [event.?extra])[1] == null",
        "(event.station == 'none' ? [event.?extra] : [optional.of(2.5), null]).last().orValue(event.?depth_cm) == null",
        "(event.station == 'none' ? [optional.of(1.5)] : [optional.of(2.5), null]).last().orValue(event.?depth_cm) == null",
        "(event.station == 'none' ? [optional.of(2.5), null] : [optional.of(1.5)]).last().orValue(event.?depth_cm) != null",
    };
    const struct ioc_environment environment = {.scope = &strict};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct ioc_program *program = compile_in(sources[i], &environment, IOC_BOOL);
        bool is_true = false;
        if (ioc_program_test(program, frames, scratch, &is_true) != IOC_OUTCOME_VALUE || !is_true)
            fail_msg("%s: %s", sources[i], is_true ? ioc_scratch_error(scratch) : "false");
        ioc_program_free(program);
    }
}

static void has_of_a_record_is_no_record(void **state)
{
    assert_fault_in("has(event).depth_cm == 1.0", true, IOC_FAULT_NAME);
    assert_fault_in("has(event)['depth_cm'] == 1.0", true, IOC_FAULT_NAME);
}

static void macros_map_what_is_there(void **state)
{
    assert_true_everywhere("optional.of(20).optMap(x, x + 1).value() == 21");
    assert_true_everywhere("!optional.none().optMap(x, x + 1).hasValue()");
    assert_true_everywhere("optional.of({'a': 1}).optFlatMap(m, m.?a).value() == 1");
    assert_true_everywhere("!optional.of({'a': 1}).optFlatMap(m, m.?b).hasValue()");
    assert_true_everywhere("event.?depth_cm.optMap(d, d * 2).orValue(0) == 45.0");
    assert_true_everywhere("event.?rain_mm.optMap(d, d * 2).orValue(1) == 1.0");
    assert_true_everywhere("event.?depth_cm.optMap(d, event.?count.optMap(c, d * double(c))).value().value() == 157.5");
    assert_true_everywhere("[optional.of([]), event.?count][1].orValue('none') == dyn(7)");
    assert_true_everywhere("[[optional.of(''), event.?open][1].value(), 2.5] == [true, 2.5]");
    assert_true_everywhere("[1, 2, 3].map(i, [10, 20][?i].orValue(i)) == [20, 2, 3]");
    assert_true_everywhere("cel.bind(o, event.?count, o.hasValue() && o.value() == 7 && o == optional.of(7))");
    assert_true_everywhere("[event.?count, event.?count].all(o, o.orValue(0) == 7)");
    assert_true_everywhere("(event.?open.orValue(false) ? event.?count : optional.none()).value() == 7");
    assert_true_everywhere("dyn(optional.of(1)).optFlatMap(x, dyn(optional.of(x))).value() == 1");
    assert_fault("dyn(1).optMap(x, x).hasValue()", IOC_FAULT_OVERLOAD);
    assert_fault_in("optional.of(1).optFlatMap(x, x == 1) || false", true, IOC_FAULT_OVERLOAD);
    assert_fault("dyn(optional.of(1)).optFlatMap(x, dyn(x)).hasValue()", IOC_FAULT_OVERLOAD);
}

static void entries_without_value_are_left_out(void **state)
{
    assert_true_everywhere("[?optional.of(1), 2, ?optional.none()] == [1, 2]");
    assert_true_everywhere("{?'a': optional.of(1), 'b': 2, ?'c': optional.none()} == {'a': 1, 'b': 2}");
    assert_true_everywhere("[?event.?depth_cm, ?event.?rain_mm, ?event.?depth_cm] == [22.5, 22.5]");
    assert_true_everywhere("{?'r': event.?rain_mm, ?'d': event.?depth_cm} == {'d': 22.5}");
    assert_true_everywhere("[?dyn(optional.of(1))] == [1]");
    assert_true_everywhere("[?event.?tags, ['b']].size() == 1");
    assert_fault("[?dyn(1)]", IOC_FAULT_OVERLOAD);
    assert_fault("{?'a': optional.of(1), 'a': 2}", IOC_FAULT_TWICE);
    assert_shape("[?optional.of(1), 2]", "list(int)");
    assert_shape("{?'a': optional.of(1)}", "map(string, int)");
    assert_refused("[?1]", "not-optional", "1", "leave the '?' out");
    assert_refused("{?'a': 'b'}", "not-optional", "'b'", "leave the '?' out");
}

static void optionals_are_equal_by_what_they_hold(void **state)
{
    assert_true_everywhere("optional.none() == optional.none()");
    assert_true_everywhere("optional.of(1) != optional.none()");
    assert_true_everywhere("dyn(optional.of(1)) == dyn(optional.of(1u))");
    assert_true_everywhere("optional.of([1, 2]) == optional.of([1, 2])");
    assert_true_everywhere("optional.of(optional.none()) != optional.none()");
    assert_true_everywhere("dyn(optional.of(1)) != dyn(1)");
    assert_true_everywhere("event.?depth_cm == optional.of(22.5)");
    assert_true_everywhere("event.?rain_mm == optional.none() && event.?rain_mm == last.?rain_mm");
    assert_true_everywhere("optional.of(2) in [optional.of(1), optional.of(2)]");
    assert_true_everywhere("[optional.of(1)] == [optional.of(1)]");
}

static void lists_have_a_first_and_a_last_item(void **state)
{
    assert_true_everywhere("[1, 2].first().value() == 1 && [1, 2].last().value() == 2");
    assert_true_everywhere("![].first().hasValue() && ![].last().hasValue()");
    assert_true_everywhere("event.sightings.first().label.value() == 'fire'");
    assert_true_everywhere("event.sightings.last().?score.orValue(0.5) == 0.5");
    assert_true_everywhere("[optional.of(1), optional.none(), optional.of(3)].unwrapOpt() == [1, 3]");
    assert_true_everywhere("optional.unwrap([event.?depth_cm, event.?rain_mm]) == [22.5]");
    assert_true_everywhere("optional.unwrap([]) == []");
    assert_fault("dyn([1]).unwrapOpt()", IOC_FAULT_OVERLOAD);
}

static void they_print_as_they_are_written(void **state)
{
    struct ioc_program *program =
        compile("[optional.of('a'), optional.none(), optional.of([?event.?rain_mm])]", IOC_TYPES);
    struct ioc_outcome_value value;
    assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_VALUE);
    static const char wanted[] = "[optional.of(\"a\"), optional.none(), optional.of([])]";
    assert_true(ioc_text_equal(value.text, ioc_text_of(wanted)));
    ioc_program_free(program);
}

static void shapes_follow_the_value(void **state)
{
    assert_shape("optional.of(1)", "optional_type(int)");
    assert_shape("event.?depth_cm", "optional_type(double)");
    assert_shape("event.?sightings[?0].label", "optional_type(string)");
    assert_shape("event.?tags[0]", "optional_type(string)");
    assert_shape("optional.none()", "optional_type(dyn)");
    assert_shape("event.?depth_cm.or(last.?depth_cm)", "optional_type(double)");
    assert_shape("event.?depth_cm.optMap(d, d > 3)", "optional_type(bool)");
    assert_shape("{'a': optional.of(1)}.?a", "optional_type(optional_type(int))");
    assert_shape("true ? optional.of(1) : optional.none()", "optional_type(int)");
    assert_shape("[optional.none(), optional.of('a')]", "list(optional_type(string))");
    assert_shape("dyn({}).?a.b", "optional_type(dyn)");
    assert_shape("event.?depth_cm.orValue(0)", "double");
    assert_shape("event.?extra.orValue(0)", "dyn");
    assert_shape("optional.of([event.?depth_cm, event.?tags].unwrapOpt()).orValue([1.5])", "list(dyn)"); /* not list(double) */
}

static void an_absent_field_is_not_missing_when_it_is_read_as_an_optional(void **state)
{
    static const char *const sources[] = {"event.?depth_cm.orValue(0.0) > 20.0",
        "event.?rain_mm.orValue(0.0) == 0.0", "event.?rain_mm.orValue(7) > 5",
        "!(event.?rain_mm.orValue(3) > 5)", "5 < event.?rain_mm.orValue(7)",
        "event.?rain_mm.orValue(double('NaN')) != 1.0", "!(event.?rain_mm.orValue(double('NaN')) >= 1.0)",
        "!(event.?rain_mm.orValue(double('NaN')) < 1.0)", "event.?note.orValue('') == ''",
        "event.?note.orValue('a') < 'b'", "event.?note.orValue('x') in ['x', 'y']",
        "!(event.?note.orValue('z') in ['x', 'y'])", "event.?count.orValue(1) in [7, 8]",
        "event.?open.orValue(false)", "last.?open.orValue(true)", "!last.?open.orValue(false)",
        "event.?since.orValue(duration('1h')) > duration('1m')",
        "event.?at.orValue(timestamp(5)) == timestamp(5)", "!event.?tags.hasValue()",
        "event.?tags.orValue([]).size() == 0", "!('a' in event.?tags.orValue(['b']))",
        "event[?'depth_cm'].orValue(0.0) == 22.5", "event[?'rain_mm'].orValue(1.0) == 1.0",
        "!last.?depth_cm.hasValue()", "last.?depth_cm.or(event.?depth_cm).value() == 22.5",
        "event.?rain_mm.orValue(event.?depth_cm.orValue(1)) == 22.5",
        "event.?extra.a.b.orValue(1) == 1", "!event.?extra.hasValue()",
        "event.sightings.exists(s, s.?score.orValue(0) > 0.8)",
        "event.sightings.exists_one(s, s.?score.hasValue())",
        "event.sightings.map(s, s.?score.orValue(0.1)) == [0.9, 0.1]",
        "event.sightings[?1].score.orValue(0.2) == 0.2", "!event.sightings[?2].label.hasValue()",
        "event.?note.optMap(n, n.size()).orValue(-1) == -1",
        "event.?rain_mm.orValue(0) > 5 || event.?depth_cm.orValue(0) > 5",
        "event.?count.orValue(0) > 5 && event.?depth_cm.orValue(0) > 5 && event.?open.orValue(false)",
        "(event.?rain_mm.orValue(0) > 5 ? 1 : 2) == 2"};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        assert_true_everywhere(sources[i]);
}

static void a_read_with_a_fallback_is_a_test_and_a_load(void **state)
{
    assert_code("event.?depth_cm.orValue(0)", IOC_DOUBLE,
        "  0 CONSTANT r0 0.0\n"
        "  1 TEST_HAS_F frame0.1 -> 3\n"
        "  2 LOAD_WORD r0 frame0.1 double\n"
        "  3 RETURN r0\n");
    assert_code("event.?depth_cm.orValue(0) > 15", IOC_BOOL,
        "  0 TEST_HAS_F frame0.1 -> 3\n"
        "  1 TEST_DOUBLE_GREATER_F frame0.1 15.0 -> 3\n"
        "  2 RETURN_TRUE\n"
        "  3 RETURN_FALSE\n");
    assert_code("event.?depth_cm.orValue(99) > 15 && event.?note.orValue('') == 'x'", IOC_BOOL,
        "  0 TEST_HAS_F frame0.1 -> 2\n"
        "  1 TEST_DOUBLE_GREATER_F frame0.1 15.0 -> 5\n"
        "  2 TEST_HAS_F frame0.7 -> 5\n"
        "  3 TEST_TEXT_EQUAL_F frame0.7 \"x\" -> 5\n"
        "  4 RETURN_TRUE\n"
        "  5 RETURN_FALSE\n");
    assert_code("event.?depth_cm.hasValue()", IOC_BOOL,
        "  0 TEST_HAS_F frame0.1 -> 2\n"
        "  1 RETURN_TRUE\n"
        "  2 RETURN_FALSE\n");
}

static void reading_with_a_fallback_takes_no_memory(void **state)
{
    struct ioc_program *program = compile(
        "event.sightings.exists(s, s.?score.or(event.?rain_mm).orValue(0.0) > 5.0) || "
        "event.?depth_cm.optMap(d, d + 1.0).or(last.?depth_cm).orValue(0.0) > 99.0", IOC_BOOL);
    bool is_true = true;
    assert_int_equal(ioc_program_test(program, frames, scratch, &is_true), IOC_OUTCOME_VALUE);
    assert_false(is_true);
    assert_int_equal(scratch->used, 0);
    ioc_program_free(program);
}

static void the_program_says_which_fields_it_reads(void **state)
{
    struct ioc_program *program = compile("event.?depth_cm.orValue(0) > 15 || event.?rain_mm.hasValue()", IOC_BOOL);
    uint32_t count;
    const struct ioc_program_read *reads = ioc_program_reads(program, &count);
    assert_int_equal(count, 2);
    assert_int_equal(reads[0].slot, DEPTH);
    assert_int_equal(reads[1].slot, RAIN);
    ioc_program_free(program);
}

static void literals_are_promoted_unless_strict(void **state)
{
    struct ioc_program *program = NULL;
    struct ioc_program_error err;
    assert_int_equal(ioc_program_new(IOC_TEXT("event.?depth_cm.orValue(0)"), &strict, IOC_TYPES, &program, &err), IOC_INVALID);
    assert_string_equal(err.error.code, "wrong-types");
    assert_string_equal(err.error.hint, "a value of type double is wanted between the brackets");
}

static void mistakes_are_explained(void **state)
{
    assert_refused("event.?dept_cm.orValue(0)", "no-such-field", "dept_cm", "did you mean 'depth_cm'?");
    assert_refused("event[?'dept_cm']", "no-such-field", "[", "did you mean 'depth_cm'?");
    assert_refused("event.sightings.map(s, s.?scor)", "no-such-field", "scor", "did you mean 'score'?");
    assert_refused("event.?depth_cm > 15", "wrong-types", ">", "orValue");
    assert_refused("event.?depth_cm.orValue('0')", "wrong-types", "orValue", "a value of type double");
    assert_refused("event.?depth_cm.or(5.0)", "wrong-types", "or", "an optional of type double");
    assert_refused("event.depth_cm.orValue(0.0)", "wrong-types", "orValue", "event.?depth_cm.orValue(…)");
    assert_refused("event.?open && true", "not-bool", "event.?open", "orValue(false)");
    assert_refused("event.depth_cm.optMap(d, d)", "not-optional", "event.depth_cm", "event.?depth_cm");
    assert_refused("event.?depth_cm.optFlatMap(d, d)", "not-optional", "d", "optMap");
    assert_refused("has(event.?depth_cm)", "bad-has", "depth_cm", "write has(event.depth_cm)");
    assert_refused("event?.depth_cm.orValue(0)", "unexpected-end", "", "read with .?");
    assert_refused("event.?size()", "optional-call", "size", "write .size(…)");
    assert_refused("event.?", "unexpected-end", "", "");
    assert_refused("optional.of(1).foo", "no-fields", "foo", "");
    struct ioc_program *program = NULL;
    struct ioc_program_error err;
    assert_int_equal(ioc_program_new(IOC_TEXT("event.?open"), &loose, IOC_BOOL, &program, &err), IOC_INVALID);
    assert_string_equal(err.error.code, "wrong-type");
    assert_non_null(strstr(err.error.hint, "orValue"));
}

/* What is noted on `event`, which is always there; "" = nothing. */
static void assert_notes(const char *source, const char *wanted)
{
    static const struct ioc_variable certain[] = {
        {.name = {"event", 5}, .frame = 0, .is_record = true, .schema = &schema, .is_certain = true},
        {.name = {"last", 4}, .frame = 1, .is_record = true, .schema = &schema},
    };
    const struct ioc_scope scope = {.variables = certain, .count = 2};
    struct ioc_program *program = compile_in(source, &(struct ioc_environment){.scope = &scope}, IOC_TYPES);
    uint32_t count;
    const struct ioc_program_error *notes = ioc_program_notes(program, &count);
    char found[400] = "";
    for (uint32_t i = 0; i < count; i++) {
        assert_true(notes[i].error.is_note);
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s %.*s", i ? ", " : "", notes[i].error.code,
            (int)notes[i].length, source + notes[i].offset);
    }
    if (strcmp(found, wanted) != 0)
        fail_msg("%s: '%s', not '%s'", source, found, wanted);
    ioc_program_free(program);
}

static void reads_that_may_decide_nothing_are_noted(void **state)
{
    assert_notes("event.rain_mm > 5", "may-be-missing event.rain_mm");
    assert_notes("event['rain_mm'] > 5.0", "may-be-missing event['rain_mm']");
    assert_notes("event.rain_mm > 5 || event.rain_mm < 0", "may-be-missing event.rain_mm");
    assert_notes("event.rain_mm > 5 || event.depth_cm > 5",
        "may-be-missing event.rain_mm, may-be-missing event.depth_cm");
    assert_notes("has(event.rain_mm) || event.rain_mm > 5", "may-be-missing event.rain_mm");
    assert_notes("has(event.depth_cm) && event.rain_mm > 5", "may-be-missing event.rain_mm");
    assert_notes("!has(event.rain_mm) && event.rain_mm > 5", "may-be-missing event.rain_mm");
    assert_notes("(has(event.rain_mm) && true) || event.rain_mm > 5", "may-be-missing event.rain_mm");
    assert_notes("has(event.rain_mm) ? event.depth_cm > 5 : event.rain_mm > 5",
        "may-be-missing event.depth_cm, may-be-missing event.rain_mm");
    assert_notes("has(last.rain_mm) && event.rain_mm > 5", "may-be-missing event.rain_mm");
    assert_notes("event.sightings.exists(s, s.score > event.rain_mm)", "may-be-missing event.rain_mm");
    assert_notes("(has(event.rain_mm) || event.count > 1) && event.rain_mm > 5",
        "may-be-missing event.count, may-be-missing event.rain_mm");
    assert_notes("event.?station.orValue('') == 'S17'", "always-there event.?station");
    struct ioc_program *program;
    static const struct ioc_variable certain = {
        .name = {"event", 5}, .is_record = true, .schema = &schema, .is_certain = true};
    const struct ioc_scope scope = {.variables = &certain, .count = 1};
    struct ioc_program_error err;
    assert_int_equal(ioc_program_new(IOC_TEXT("event.rain_mm > 5"), &scope, IOC_BOOL, &program, &err), IOC_OK);
    uint32_t count;
    const struct ioc_program_error *note = ioc_program_notes(program, &count);
    assert_string_equal(note->error.text, "event.rain_mm may be missing; on_missing: keep decides then");
    assert_string_equal(note->error.hint,
        "write has(event.rain_mm) && …, or event.?rain_mm.orValue(…), or say on_missing in the rule");
    ioc_program_free(program);
}

static void guarded_reads_are_not_noted(void **state)
{
    static const char *const sources[] = {"has(event.rain_mm) && event.rain_mm > 5",
        "event.rain_mm > 5 && has(event.rain_mm)", "!has(event.rain_mm) || event.rain_mm > 5",
        "has(event.rain_mm) ? event.rain_mm > 5 : false", "!has(event.rain_mm) ? false : event.rain_mm > 5",
        "has(event.rain_mm) && (event.station == 'a' || event.rain_mm > 5)",
        "has(event.rain_mm) && has(event.depth_cm) && event.rain_mm > event.depth_cm",
        "(has(event.rain_mm) && event.station == 'a') && event.rain_mm > 5",
        "!(!has(event.rain_mm) || event.rain_mm < 5)", "!(!has(event.rain_mm)) && event.rain_mm > 5",
        "event.?rain_mm.hasValue() && event.rain_mm > 5", "event.?rain_mm.orValue(0) > 5",
        "has(event.rain_mm) && event.sightings.exists(s, s.score > event.rain_mm)",
        "last.rain_mm > 5", "event.station == 'S17'", "event.sightings.exists(s, s.score > 0.5)",
        "has(event.rain_mm)", "[?event.?rain_mm].size() == 0"};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        assert_notes(sources[i], "");
}

static void the_examples_of_the_library_are_true(void **state)
{
    uint32_t count = 0;
    for (const struct ioc_library *const *library = ioc_libraries; *library; library++) {
        if (strcmp((*library)->name, "optional") != 0)
            continue;
        for (; count < (*library)->count; count++) {
            assert_non_null((*library)->rows[count].example);
            assert_true_everywhere((*library)->rows[count].example);
        }
    }
    assert_int_equal(count, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_optional_has_a_value_or_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zero_values_are_taken_for_nothing_when_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(selections_from_an_optional_stay_optional, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_other_side_is_looked_at_only_when_it_is_needed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(null_beside_optionals_of_any_kind_stays_null, set_up, tear_down),
        cmocka_unit_test_setup_teardown(has_of_a_record_is_no_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(macros_map_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(entries_without_value_are_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(optionals_are_equal_by_what_they_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_have_a_first_and_a_last_item, set_up, tear_down),
        cmocka_unit_test_setup_teardown(they_print_as_they_are_written, set_up, tear_down),
        cmocka_unit_test(shapes_follow_the_value),
        cmocka_unit_test_setup_teardown(
            an_absent_field_is_not_missing_when_it_is_read_as_an_optional, set_up, tear_down),
        cmocka_unit_test(a_read_with_a_fallback_is_a_test_and_a_load),
        cmocka_unit_test_setup_teardown(reading_with_a_fallback_takes_no_memory, set_up, tear_down),
        cmocka_unit_test(the_program_says_which_fields_it_reads),
        cmocka_unit_test(literals_are_promoted_unless_strict),
        cmocka_unit_test(mistakes_are_explained),
        cmocka_unit_test(reads_that_may_decide_nothing_are_noted),
        cmocka_unit_test(guarded_reads_are_not_noted),
        cmocka_unit_test_setup_teardown(the_examples_of_the_library_are_true, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
