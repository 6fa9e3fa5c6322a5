/*
 * tests/rules/test_template.c — what people read: numbers in their language, units, what is not known.
 */
#include "rules/template.h"
#include "core/draft.h"
#include "core/memory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { DEPTH, COUNT, NAME, OPEN, AT, WAIT, WHERE, FIELDS };

static struct ioc_field fields[FIELDS] = {
    [DEPTH] = {.name = IOC_TEXT("depth"), .type = IOC_DOUBLE, .unit = IOC_TEXT("cm"), .decimals = 1, .is_optional = true},
    [COUNT] = {.name = IOC_TEXT("count"), .type = IOC_INT, .decimals = -1},
    [NAME] = {.name = IOC_TEXT("name"), .type = IOC_STRING, .decimals = -1},
    [OPEN] = {.name = IOC_TEXT("open"), .type = IOC_BOOL, .decimals = -1},
    [AT] = {.name = IOC_TEXT("at"), .type = IOC_TIMESTAMP, .decimals = -1},
    [WAIT] = {.name = IOC_TEXT("wait"), .type = IOC_DURATION, .decimals = -1},
    [WHERE] = {.name = IOC_TEXT("where"), .type = IOC_POINT, .decimals = -1},
};
static const struct ioc_schema schema = {.name = IOC_TEXT("event"), .fields = fields, .count = FIELDS};
static const struct ioc_variable variable = {.name = IOC_TEXT("event"), .is_record = true, .schema = &schema};
static const struct ioc_scope scope = {&variable, 1, false};

struct sheet {
    struct ioc_arena arena;
    struct ioc_draft draft;
    struct ioc_scratch *scratch;
    struct ioc_buffer out;
};

static void open_sheet(struct sheet *sheet)
{
    *sheet = (struct sheet){.scratch = ioc_scratch_new()};
    ioc_draft_begin(&sheet->draft, &schema);
    ioc_draft_set_double(&sheet->draft, DEPTH, 1234.56);
    ioc_draft_set_int(&sheet->draft, COUNT, -7);
    assert_int_equal(ioc_draft_set_text(&sheet->draft, NAME, IOC_TEXT("Kênh Tẻ")), IOC_OK);
    ioc_draft_set_bool(&sheet->draft, OPEN, true);
    ioc_draft_set_int(&sheet->draft, AT, 1767574800 * IOC_SECOND);
    ioc_draft_set_int(&sheet->draft, WAIT, 90 * IOC_MINUTE);
    ioc_draft_set_point(&sheet->draft, WHERE, (struct ioc_point){106.7, 10.77});
}

static void close_sheet(struct sheet *sheet)
{
    ioc_arena_done(&sheet->arena);
    ioc_draft_done(&sheet->draft);
    ioc_scratch_free(sheet->scratch);
    ioc_buffer_done(&sheet->out);
}

static void check(struct sheet *sheet, const char *source, enum ioc_language language, const char *expected)
{
    struct ioc_template template;
    struct ioc_program_error err = {0};
    const struct ioc_row *frames[IOC_FRAMES_MOST] = {ioc_draft_row(&sheet->draft)};
    if (ioc_template_new(ioc_text_of(source), &scope, language, &sheet->arena, &template, &err) != IOC_OK)
        fail_msg("%s: %s", source, err.error.text);
    ioc_buffer_reset(&sheet->out);
    ioc_template_render(&template, frames, sheet->scratch, &sheet->out);
    ioc_buffer_add_char(&sheet->out, 0);
    assert_string_equal(sheet->out.data, expected);
    ioc_template_done(&template);
}

static void numbers_print_with_decimals_and_unit_in_the_readers_language(void **state)
{
    struct sheet sheet;
    open_sheet(&sheet);
    check(&sheet, "${event.depth}", IOC_ENGLISH, "1234.6 cm");
    check(&sheet, "${event.depth}", IOC_VIETNAMESE, "1234,6 cm");
    check(&sheet, "${event.depth / 2.0}", IOC_ENGLISH, "617.28"); /* no field, so no unit */
    check(&sheet, "${event.count}", IOC_VIETNAMESE, "-7");
    close_sheet(&sheet);
}

static void every_kind_of_value_is_readable(void **state)
{
    struct sheet sheet;
    open_sheet(&sheet);
    check(&sheet, "${event.open} ${event.wait} ${event.at}", IOC_ENGLISH, "yes 1h30m 2026-01-05T01:00:00Z");
    check(&sheet, "${event.open} ${!event.open}", IOC_VIETNAMESE, "có không");
    check(&sheet, "${event.where}", IOC_ENGLISH, "10.77000, 106.70000");
    check(&sheet, "${event.name}: ${event.name + \"}\"}", IOC_ENGLISH, "Kênh Tẻ: Kênh Tẻ}");
    check(&sheet, "${[1, 2].map(x, x * 2)}", IOC_ENGLISH, "[2, 4]");
    close_sheet(&sheet);
}

static void what_is_missing_or_fails_says_so(void **state)
{
    struct sheet sheet;
    open_sheet(&sheet);
    ioc_draft_unset(&sheet.draft, DEPTH);
    check(&sheet, "deep: ${event.depth}", IOC_ENGLISH, "deep: no data");
    check(&sheet, "${event.depth}", IOC_VIETNAMESE, "không có số liệu");
    check(&sheet, "${10 / (event.count + 7)}!", IOC_ENGLISH, "no data!");
    close_sheet(&sheet);
}

static void a_doubled_dollar_is_a_plain_one(void **state)
{
    struct sheet sheet;
    open_sheet(&sheet);
    check(&sheet, "$${event.count}", IOC_ENGLISH, "${event.count}");
    check(&sheet, "$$${event.count}", IOC_ENGLISH, "$${event.count}");
    check(&sheet, "${event.count}$${event.count}${event.count}", IOC_ENGLISH, "-7${event.count}-7");
    check(&sheet, "5$ and $5 and $", IOC_ENGLISH, "5$ and $5 and $");
    check(&sheet, "", IOC_ENGLISH, "");
    close_sheet(&sheet);
}

static void braces_inside_an_expression_belong_to_it(void **state)
{
    struct sheet sheet;
    open_sheet(&sheet);
    check(&sheet, "${{\"a\": {\"b\": 3}}[\"a\"][\"b\"]}.", IOC_ENGLISH, "3.");
    check(&sheet, "${'}' + '\\'}' }.", IOC_ENGLISH, "}'}.");
    close_sheet(&sheet);
}

static void mistakes_are_placed_in_the_template(void **state)
{
    static const struct {
        const char *source, *code;
        uint32_t offset;
    } mistakes[] = {
        {"deep ${event.depth", "unclosed-expression", 5},
        {"deep ${'}", "unclosed-expression", 5},
        {"é ${event.depht}", "no-such-field", 11},
        {"${event.count} ${event.count + \"a\"}", "", 30},
    };
    struct sheet sheet;
    open_sheet(&sheet);
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct ioc_template template;
        struct ioc_program_error err = {0};
        assert_int_not_equal(ioc_template_new(ioc_text_of(mistakes[i].source), &scope, IOC_ENGLISH, &sheet.arena, &template, &err), IOC_OK);
        if (mistakes[i].code[0])
            assert_string_equal(err.error.code, mistakes[i].code);
        assert_in_range(err.offset, mistakes[i].code[0] ? mistakes[i].offset : 17, mistakes[i].offset);
        assert_int_equal(template.count, 0); /* nothing is left to be released */
    }
    close_sheet(&sheet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_print_with_decimals_and_unit_in_the_readers_language),
        cmocka_unit_test(every_kind_of_value_is_readable),
        cmocka_unit_test(what_is_missing_or_fails_says_so),
        cmocka_unit_test(a_doubled_dollar_is_a_plain_one),
        cmocka_unit_test(braces_inside_an_expression_belong_to_it),
        cmocka_unit_test(mistakes_are_placed_in_the_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
