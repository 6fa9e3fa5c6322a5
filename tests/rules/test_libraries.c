/* tests/rules/test_libraries.c — what the table of functions says about itself holds. */
#include "core/area.h"
#include "core/file.h"
#include "rules/cel/builtin.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ioc_scope scope; /* the areas of the example city */

/* Functions are words; operators and what only macros write are not. */
static bool is_function(const struct ioc_builtin *builtin)
{
    return builtin->name[0] >= 'a' && builtin->name[0] <= 'z';
}

typedef void (*visitor)(const struct ioc_builtin *builtin, uint32_t index);

static void visit_functions(visitor visit)
{
    for (uint32_t library = 0; ioc_libraries[library]; library++) {
        for (uint32_t row = 0; row < ioc_libraries[library]->count; row++) {
            if (is_function(&ioc_libraries[library]->rows[row]))
                visit(&ioc_libraries[library]->rows[row], library * IOC_LIBRARY_ROWS + row);
        }
    }
}

static void expect_help(const struct ioc_builtin *builtin, uint32_t index)
{
    if (!builtin->help || !builtin->help[0])
        fail_msg("%s(%s) has no help", builtin->name, builtin->takes);
    size_t length = strlen(builtin->help);
    if (builtin->help[length - 1] == '.')
        fail_msg("%s: the help is a phrase, without a full stop", builtin->name);
}

static void every_function_says_what_it_gives(void **state)
{
    visit_functions(expect_help);
}

static void expect_example(const struct ioc_builtin *builtin, uint32_t index)
{
    bool is_first = ioc_builtin_find(ioc_text_of(builtin->name)) == (int)index;
    if (is_first && !builtin->example)
        fail_msg("%s has no example", builtin->name);
}

static void every_function_has_an_example(void **state)
{
    visit_functions(expect_example);
}

static void run_example(const struct ioc_builtin *builtin, uint32_t index)
{
    struct ioc_program *program;
    struct ioc_program_error err;
    if (!builtin->example)
        return;
    if (ioc_program_new(ioc_text_of(builtin->example), &scope, IOC_BOOL, &program, &err) != IOC_OK)
        fail_msg("%s: %s", builtin->example, err.error.text);
    struct ioc_scratch *scratch = ioc_scratch_new();
    bool value = false;
    if (ioc_program_test(program, NULL, scratch, &value) != IOC_OUTCOME_VALUE)
        fail_msg("%s: %s", builtin->example, ioc_scratch_error(scratch));
    if (!value)
        fail_msg("%s: is false", builtin->example);
    ioc_scratch_free(scratch);
    ioc_program_free(program);
}

static void every_example_is_true(void **state)
{
    visit_functions(run_example);
}

static void expect_mention(const struct ioc_builtin *builtin, uint32_t index)
{
    const char *dot = strrchr(builtin->name, '.');
    if (builtin->example && !strstr(builtin->example, dot ? dot + 1 : builtin->name))
        fail_msg("the example of %s does not use it: %s", builtin->name, builtin->example);
}

static void every_example_uses_its_function(void **state)
{
    visit_functions(expect_mention);
}

static struct ioc_text manual;

static bool is_letter(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '_';
}

static void expect_in_manual(const struct ioc_builtin *builtin, uint32_t index)
{
    const char *dot = strrchr(builtin->name, '.');
    struct ioc_text name = ioc_text_of(dot ? dot + 1 : builtin->name);
    for (uint32_t i = 1; i + name.length < manual.length; i++)
        if (memcmp(manual.data + i, name.data, name.length) == 0 && !is_letter(manual.data[i - 1]) &&
            !is_letter(manual.data[i + name.length]))
            return;
    fail_msg("config/manual/rules.md does not speak of %s", builtin->name);
}

static void every_function_stands_in_the_manual(void **state)
{
    struct ioc_arena arena = {0};
    struct ioc_error err = {0};
    assert_int_equal(ioc_file_read(IOC_SOURCE "/config/manual/rules.md", 1 << 20, false, &arena, &manual, &err), IOC_OK);
    visit_functions(expect_in_manual);
    ioc_arena_done(&arena);
}

static void a_signature_is_read_to_its_end(void **state)
{
    for (uint32_t library = 0; ioc_libraries[library]; library++) {
        assert_true(ioc_libraries[library]->count <= IOC_LIBRARY_ROWS);
        for (uint32_t row = 0; row < ioc_libraries[library]->count; row++) {
            const struct ioc_builtin *builtin = &ioc_libraries[library]->rows[row];
            uint32_t kind;
            const char *end = builtin->takes + strlen(builtin->takes), *at = builtin->takes;
            while (at < end)
                at = ioc_builtin_param(at, &kind);
            assert_ptr_equal(at, end);
            assert_int_equal(*ioc_builtin_param(builtin->gives, &kind), 0);
        }
    }
}

static int load_areas(void **state)
{
    struct ioc_errors errors = {0};
    scope.areas = ioc_areas_load(IOC_SOURCE "/config/example/hcmc/districts.geojson", IOC_TEXT("code"), IOC_TEXT("name"), &errors);
    return scope.areas ? 0 : -1;
}

static int free_areas(void **state)
{
    ioc_areas_free((struct ioc_areas *)scope.areas);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_says_what_it_gives),
        cmocka_unit_test(every_function_has_an_example),
        cmocka_unit_test(every_function_stands_in_the_manual),
        cmocka_unit_test(every_example_is_true),
        cmocka_unit_test(every_example_uses_its_function),
        cmocka_unit_test(a_signature_is_read_to_its_end),
    };
    return cmocka_run_group_tests(tests, load_areas, free_areas);
}
