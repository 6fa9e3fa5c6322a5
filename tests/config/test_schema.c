/*
 * tests/config/test_schema.c — what is checked in for editors and readers is what the program says.
 */
#include "config/schema.h"
#include "core/arena.h"
#include "core/file.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ioc_text read_file(const char *name, struct ioc_arena *arena)
{
    char path[512];
    struct ioc_error err = {0};
    struct ioc_text text;
    snprintf(path, sizeof path, "%s/config/%s", IOC_SOURCE, name);
    if (ioc_file_read(path, 1 << 20, false, arena, &text, &err) != IOC_OK)
        fail_msg("%s: %s", path, err.text);
    return text;
}

static void the_checked_in_schemas_are_what_the_program_prints(void **state)
{
    struct ioc_arena arena = {0};
    for (int i = 0; ioc_schema_names[i]; i++) {
        char name[64];
        struct ioc_buffer json = {0};
        snprintf(name, sizeof name, "schema/%s.schema.json", ioc_schema_names[i]);
        assert_true(ioc_schema_write(ioc_schema_names[i], &json));
        if (!ioc_text_equal(ioc_buffer_text(&json), read_file(name, &arena)))
            fail_msg("config/%s is old: ioc schema %s > config/%s", name, ioc_schema_names[i], name);
        ioc_buffer_done(&json);
    }
    ioc_arena_done(&arena);
}

/* Between `<!-- ioc schema --keys FORM -->` and `<!-- end -->`. */
static uint32_t compare_lists(const char *page, struct ioc_text text)
{
    static const char begin[] = "<!-- ioc schema --keys ", end[] = "<!-- end -->";
    uint32_t count = 0;
    const char *at = text.data;
    while ((at = strstr(at, begin))) {
        struct ioc_buffer list = {0};
        char form[64];
        assert_int_equal(sscanf(at + sizeof begin - 1, "%63[^ ]", form), 1);
        const char *first = strchr(at, '\n') + 1, *last = strstr(first, end);
        assert_non_null(last);
        if (!ioc_schema_write_keys(form, &list))
            fail_msg("%s: there is no form '%s'", page, form);
        if (!ioc_text_equal(ioc_buffer_text(&list), (struct ioc_text){first, (uint32_t)(last - first)}))
            fail_msg("%s: the list of '%s' is old: config/schema/update BUILD/ioc", page, form);
        ioc_buffer_done(&list);
        at = last;
        count++;
    }
    return count;
}

static void the_lists_of_keys_in_the_manual_are_what_the_program_prints(void **state)
{
    static const char *const pages[] = {"manual/city.md", "manual/rules.md", "manual/formats.md", NULL};
    struct ioc_arena arena = {0};
    for (int i = 0; pages[i]; i++)
        assert_true(compare_lists(pages[i], read_file(pages[i], &arena)) > 0);
    ioc_arena_done(&arena);
}

static void a_name_that_is_no_schema_or_form_writes_nothing(void **state)
{
    struct ioc_buffer out = {0};
    assert_false(ioc_schema_write("citys", &out));
    assert_false(ioc_schema_write_keys("rul", &out));
    assert_int_equal(out.length, 0);
    ioc_buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checked_in_schemas_are_what_the_program_prints),
        cmocka_unit_test(the_lists_of_keys_in_the_manual_are_what_the_program_prints),
        cmocka_unit_test(a_name_that_is_no_schema_or_form_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
