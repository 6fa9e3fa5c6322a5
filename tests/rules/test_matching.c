/* tests/rules/test_matching.c — matches() in expressions: when it is compiled, rewritten, refused. */
#include "core/draft.h"
#include "rules/cel/inside.h"
#include "rules/cel/pattern.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LINE, EXTRA, NOTE, COUNT, FIELDS };
static struct ioc_field fields[FIELDS] = {
    [LINE] = {.name = {"line", 4}, .type = IOC_STRING},
    [EXTRA] = {.name = {"extra", 5}, .type = IOC_DYN},
    [NOTE] = {.name = {"note", 4}, .type = IOC_STRING, .is_optional = true},
    [COUNT] = {.name = {"count", 5}, .type = IOC_INT},
};
static const struct ioc_schema schema = {.name = {"bus", 3}, .fields = fields, .count = FIELDS};
static const struct ioc_variable event = {.name = {"event", 5}, .is_record = true, .schema = &schema};
static struct ioc_scope scope = {.variables = &event, .count = 1};
static struct ioc_scratch *scratch;
static struct ioc_draft draft;

static int set_up(void **state)
{
    scratch = ioc_scratch_new();
    ioc_draft_begin(&draft, &schema);
    assert_int_equal(ioc_draft_set_text(&draft, LINE, IOC_TEXT("U17 Bến Thành")), IOC_OK);
    ioc_draft_set_int(&draft, COUNT, 3);
    return 0;
}

static int tear_down(void **state)
{
    ioc_scratch_free(scratch);
    ioc_draft_done(&draft);
    return 0;
}

static struct ioc_program *compile(const char *source, bool is_unchecked)
{
    const struct ioc_environment environment = {.scope = &scope, .is_unchecked = is_unchecked};
    struct ioc_program *program = NULL;
    struct ioc_program_error err;
    if (ioc_program_new_in(ioc_text_of(source), &environment, IOC_TYPES, &program, &err) != IOC_OK)
        fail_msg("%s: at %u: %s", source, err.offset, err.error.text);
    return program;
}

static enum ioc_outcome run(const char *source, bool is_unchecked, bool *value)
{
    struct ioc_program *program = compile(source, is_unchecked);
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {ioc_draft_row(&draft)};
    struct ioc_boxed boxed = {0};
    enum ioc_outcome outcome = ioc_program_value(program, frames, scratch, &boxed);
    *value = outcome == IOC_OUTCOME_VALUE && boxed.boolean;
    ioc_program_free(program);
    return outcome;
}

static void a_text_of_an_event_is_searched(void **state)
{
    static const struct {
        const char *source;
        bool value;
    } cases[] = {
        {"event.line.matches('^(U|S)[0-9]+ ')", true},
        {"matches(event.line, r'\\bBến\\b')", true},
        {"event.line.matches(r'\\p{Lu}\\p{Ll}+ Thành$')", true},
        {"event.line.matches('(?i)BẾN THÀNH')", true},
        {"!event.line.matches('(?i)chợ')", true},
        {"event.line.matches('^' + 'U' + r'\\d+')", true},
        {"cel.bind(p, '^[A-Z]1[0-9]', event.line.matches(p) && 'S19'.matches(p))", true},
        {"['U1', 'S22', 'X'].filter(x, x.matches('^[US][0-9]')).size() == 2", true},
        {"'hubba'.matches('u[b]+a')", true},
        {"event.count > 5 || event.line.matches('[é-ỹ]n')", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int is_unchecked = 0; is_unchecked < 2; is_unchecked++) {
            bool value = false;
            if (run(cases[i].source, is_unchecked, &value) != IOC_OUTCOME_VALUE || value != cases[i].value)
                fail_msg("%s: %d, %s", cases[i].source, value, ioc_fault_text(scratch->pending.fault));
        }
    }
}

static void a_field_that_is_not_there_is_missing(void **state)
{
    bool value;
    assert_int_equal(run("event.note.matches('[0-9]x')", false, &value), IOC_OUTCOME_MISSING);
    assert_int_equal(run("event.note.matches('')", false, &value), IOC_OUTCOME_MISSING);
    assert_int_equal(run("event.note.matches('^a$')", false, &value), IOC_OUTCOME_MISSING);
    assert_int_equal(run("event.?note.orValue('7x').matches('[0-9]x')", false, &value), IOC_OUTCOME_VALUE);
    assert_true(value);
}

static void plain_patterns_become_simpler_calls(void **state)
{
    static const struct {
        const char *pattern, *plain;
    } cases[] = {
        {"event.line.matches('^U17$')", "event.line == 'U17'"},
        {"!event.line.matches('^U17$')", "!(event.line == 'U17')"},
        {"event.line.matches('Bến')", "event.line.contains('Bến')"},
        {"event.line.matches('^U1')", "event.line.startsWith('U1')"},
        {"matches(event.line, '.*Thành$')", "event.line.endsWith('Thành')"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ioc_program *first = compile(cases[i].pattern, false), *second = compile(cases[i].plain, false);
        struct ioc_buffer one = {0}, two = {0};
        ioc_program_print(first, NULL, &one);
        ioc_program_print(second, NULL, &two);
        if (!ioc_text_equal(ioc_buffer_text(&one), ioc_buffer_text(&two)))
            fail_msg("%.*sinstead of\n%.*s", IOC_TEXT_ARGS(ioc_buffer_text(&one)), IOC_TEXT_ARGS(ioc_buffer_text(&two)));
        ioc_buffer_done(&one);
        ioc_buffer_done(&two);
        ioc_program_free(first);
        ioc_program_free(second);
    }
}

static void a_dyn_value_that_is_no_text_stays_an_error(void **state)
{
    bool value;
    assert_int_equal(run("dyn(1).matches('^1$')", false, &value), IOC_OUTCOME_ERROR);
    assert_int_equal(run("dyn('1').matches('^1$')", false, &value), IOC_OUTCOME_VALUE);
    assert_true(value);
    assert_int_equal(run("dyn('12').matches('^1[2-4]$')", false, &value), IOC_OUTCOME_VALUE);
    assert_true(value);
    assert_int_equal(run("b'a'.matches('a')", true, &value), IOC_OUTCOME_ERROR);
}

static void a_mistake_is_shown_at_its_byte(void **state)
{
    static const struct {
        const char *source;
        uint32_t offset, length;
        const char *code;
    } cases[] = {
        {"event.line.matches('a(?=b)')", 21, 3, "bad-pattern"},
        {"event.line.matches(\"ế[z-a]\")", 24, 3, "bad-pattern"},
        {"event.line.matches(r'\\d\\Z')", 23, 2, "bad-pattern"},
        {"event.line.matches('\\\\d\\\\Z')", 23, 3, "bad-pattern"},
        {"event.line.matches('\\u0041**')", 27, 1, "bad-pattern"},
        {"event.line.matches(\"\"\"x\ny)\"\"\")", 25, 1, "bad-pattern"},
        {"event.line.matches('a' + '(')", 19, 9, "bad-pattern"},
        {"event.line.matches('.*a.{500}b')", 20, 10, "pattern-too-large"},
        {"event.line.matches(event.line)", 19, 10, "dynamic-pattern"},
        {"['a', 'b'].exists(p, event.line.matches(p))", 40, 1, "dynamic-pattern"},
        {"event.count.matches('a')", 12, 7, "wrong-types"},
        {"event.line.matches()", 11, 7, "wrong-arguments"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ioc_program *program = NULL;
        struct ioc_program_error err;
        enum ioc_status status = ioc_program_new(ioc_text_of(cases[i].source), &scope, IOC_BOOL, &program, &err);
        bool is_wanted = status != IOC_OK && err.offset == cases[i].offset && err.length == cases[i].length &&
                         strcmp(err.error.code, cases[i].code) == 0 && err.error.text_vi[0];
        if (!is_wanted)
            fail_msg("%s: %u+%u %s: %s", cases[i].source, err.offset, err.length, err.error.code, err.error.text);
    }
}

static void a_pattern_known_only_now_must_be_a_plain_text(void **state)
{
    bool value;
    assert_int_equal(run("['^U', 'nh$', 'Bến', ''].all(p, event.line.matches(p))", true, &value), IOC_OUTCOME_VALUE);
    assert_true(value);
    assert_int_equal(run("['^U17$'].exists(p, event.line.matches(p))", true, &value), IOC_OUTCOME_VALUE);
    assert_false(value);
    assert_int_equal(run("['U.'].all(p, event.line.matches(p))", true, &value), IOC_OUTCOME_ERROR);
    assert_int_equal(scratch->pending.fault, IOC_FAULT_PATTERN);
    assert_int_equal(run("event.line.matches('(')", true, &value), IOC_OUTCOME_ERROR);
    assert_int_equal(run("event.line.matches('(') || true", true, &value), IOC_OUTCOME_VALUE);
    assert_true(value);
}

static void the_patterns_of_an_expression_are_limited_together(void **state)
{
    struct ioc_buffer source = {0};
    ioc_buffer_add_string(&source, "false");
    for (int i = 0; i < 100; i++)
        ioc_buffer_addf(&source, " || event.line.matches('x[0-9]%d')", i);
    struct ioc_program *program = NULL;
    struct ioc_program_error err;
    assert_int_equal(ioc_program_new(ioc_buffer_text(&source), &scope, IOC_BOOL, &program, &err), IOC_INVALID);
    assert_string_equal(err.error.code, "pattern-too-large");
    /* The same one again costs nothing. */
    ioc_buffer_reset(&source);
    ioc_buffer_add_string(&source, "false");
    for (int i = 0; i < 100; i++)
        ioc_buffer_add_string(&source, " || event.line.matches('x[0-9]1')");
    assert_int_equal(ioc_program_new(ioc_buffer_text(&source), &scope, IOC_BOOL, &program, &err), IOC_OK);
    ioc_program_free(program);
    ioc_buffer_done(&source);
}

static void programs_share_the_patterns_of_a_pool(void **state)
{
    struct ioc_pattern_pool *pool = ioc_pattern_pool_new();
    scope.patterns = pool;
    struct ioc_program *first = compile("event.line.matches('[0-9]+ B')", false),
                       *second = compile("event.count == 3 && event.line.matches('[0-9]+ B')", false);
    struct ioc_pattern *shared = NULL;
    assert_int_equal(ioc_pattern_pool_get(pool, IOC_TEXT("[0-9]+ B"), &shared, NULL), IOC_OK);
    scope.patterns = NULL;
    ioc_pattern_pool_free(pool);
    ioc_pattern_unref(shared);
    ioc_program_free(first);
    bool value = false;
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {ioc_draft_row(&draft)};
    assert_int_equal(ioc_program_test(second, frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_true(value);
    ioc_program_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_of_an_event_is_searched),
        cmocka_unit_test(a_field_that_is_not_there_is_missing),
        cmocka_unit_test(plain_patterns_become_simpler_calls),
        cmocka_unit_test(a_dyn_value_that_is_no_text_stays_an_error),
        cmocka_unit_test(a_mistake_is_shown_at_its_byte),
        cmocka_unit_test(a_pattern_known_only_now_must_be_a_plain_text),
        cmocka_unit_test(the_patterns_of_an_expression_are_limited_together),
        cmocka_unit_test(programs_share_the_patterns_of_a_pool),
    };
    return cmocka_run_group_tests_name("matching", tests, set_up, tear_down);
}
