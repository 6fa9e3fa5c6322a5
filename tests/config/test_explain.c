/*
 * tests/config/test_explain.c — what is said about a rule's expressions and their cost.
 */
#include "config/explain.h"
#include "config/city.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];
static struct ioc_city *city;
static struct ioc_ruleset *ruleset;
static struct ioc_buffer out;

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char city_text[] =
    "site: test\n"
    "streams:\n"
    "  depth:\n"
    "    key: station\n"
    "    time: {field: at}\n"
    "    fields: {station: string, at: timestamp, cm: {type: double, unit: cm}, kind: string, tags: {type: list, of: int, max: 60}}\n"
    "rules: [rules.yaml]\n";
static const char rules_text[] =
    "owner: drainage\n"
    "rules:\n"
    "- {id: cheap, on: depth, when: \"event.cm > 15.0\", severity: minor, message: {vi: a, en: a}}\n"
    "- id: dear\n"
    "  on: depth\n"
    "  where: event.tags.exists(x, event.tags.exists(y, event.tags.exists(z, x + y == z))) && event.kind == 'flood'\n"
    "  when: event.cm > 15.0\n"
    "  severity: minor\n"
    "  message: {vi: \"${event.cm * 2.0}\", en: a}\n"
    "- id: middle\n"
    "  on: depth\n"
    "  when: event.kind.contains('x') && event.cm > 15.0\n"
    "  severity: minor\n"
    "  message: {vi: a, en: a}\n";

static int set_up(void **state)
{
    struct ioc_errors errors = {0};
    char path[256];
    strcpy(directory, "/tmp/ioc-explain-XXXXXX");
    if (sodium_init() < 0 || !mkdtemp(directory))
        return 1;
    write_file("city.yaml", city_text);
    write_file("rules.yaml", rules_text);
    snprintf(path, sizeof path, "%s/city.yaml", directory);
    city = ioc_city_load_model(path, &errors);
    ruleset = city ? ioc_city_rules(city, &errors) : NULL;
    if (!ruleset)
        ioc_errors_print(&errors, IOC_ENGLISH, stderr);
    ioc_errors_done(&errors);
    return ruleset ? 0 : 1;
}

static int tear_down(void **state)
{
    char path[256];
    ioc_buffer_done(&out);
    ioc_ruleset_unref(ruleset);
    ioc_city_free(city);
    snprintf(path, sizeof path, "%s/city.yaml", directory);
    unlink(path);
    snprintf(path, sizeof path, "%s/rules.yaml", directory);
    unlink(path);
    return rmdir(directory);
}

static const char *line_of(const char *word)
{
    const char *found = strstr(out.data, word);
    if (!found)
        fail_msg("no '%s' in\n%s", word, out.data);
    return found;
}

static void the_dearest_rule_comes_first_and_one_beyond_the_budget_is_marked(void **state)
{
    ioc_buffer_reset(&out);
    ioc_explain_costs(ruleset, IOC_ENGLISH, &out);
    ioc_buffer_add_char(&out, 0);
    const char *dear = line_of("drainage/dear"), *middle = line_of("drainage/middle"), *cheap = line_of("drainage/cheap");
    assert_true(dear < middle && middle < cheap);
    const char *over = line_of("OVER");
    assert_true(over > dear && over < middle);
    assert_null(strstr(over + 1, "OVER"));
    assert_true(line_of("event.kind") > dear && line_of("event.cm") > over); /* what they are indexed by */
    assert_null(strstr(out.data, "system/"));
    ioc_buffer_reset(&out);
    ioc_explain_costs(ruleset, IOC_VIETNAMESE, &out);
    ioc_buffer_add_char(&out, 0);
    line_of("quy tắc");
}

static void explain(const char *id)
{
    uint32_t index = ioc_ruleset_find(ruleset, ioc_text_of(id));
    assert_int_not_equal(index, UINT32_MAX);
    ioc_buffer_reset(&out);
    ioc_explain_rule(ruleset, ioc_ruleset_rule(ruleset, index), &city->context, &out);
    ioc_buffer_add_char(&out, 0);
}

static void a_program_is_printed_with_names_cost_and_order(void **state)
{
    explain("drainage/middle");
    const char *first = line_of("steps  event.cm > 15.0"), *second = line_of("steps  event.kind.contains('x')");
    assert_true(first < second);
    assert_true(line_of("until one is false") < first);
    assert_true(line_of("0 TEST_DOUBLE_GREATER_F event.cm 15.0") > second);
    line_of("contains()");
    line_of("else -> ");
    assert_null(strstr(out.data, "frame0"));
}

static void every_expression_of_a_rule_is_printed(void **state)
{
    explain("drainage/dear");
    const char *where = line_of("where:"), *when = line_of("when minor:"), *message = line_of("message vi:");
    assert_true(where < when && when < message);
    line_of("event.cm * 2.0");
    line_of("on the quick machine");
    line_of("on the exact machine");
    explain("drainage/cheap");
    assert_null(strstr(out.data, "message"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_dearest_rule_comes_first_and_one_beyond_the_budget_is_marked),
        cmocka_unit_test(a_program_is_printed_with_names_cost_and_order),
        cmocka_unit_test(every_expression_of_a_rule_is_printed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
