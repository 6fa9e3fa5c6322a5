/*
 * tests/rules/test_params.c — one rule, many stations, each its own limit.
 */
#include "rules/params.h"
#include "tests/rules/town.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct bench {
    struct town town;
    struct ioc_arena arena;
    struct ioc_document *document;
    struct ioc_params params;
};

static bool read(struct bench *bench, const char *text)
{
    *bench = (struct bench){0};
    town_open(&bench->town);
    bench->document = ioc_document_parse(IOC_TEXT("rules.yaml"), ioc_text_of(text), &bench->town.errors);
    return ioc_params_read(&bench->params, bench->document, ioc_node_find(bench->document->root, "params"), bench->town.tables, 1,
        &bench->town.stream.schema, TOWN_STATION, &bench->arena, &bench->town.errors);
}

static void end(struct bench *bench)
{
    ioc_document_free(bench->document);
    ioc_arena_done(&bench->arena);
    town_close(&bench->town);
}

static void each_row_has_its_value_else_the_default(void **state)
{
    struct bench bench;
    assert_true(read(&bench, "params: {from: stations, by: station, limit: {column: limit_cm, default: 15}, name: {column: name}}"));
    assert_int_equal(bench.params.schema.count, 2);
    assert_true(ioc_row_word(ioc_params_row(&bench.params, 0), 0).d == 20);
    assert_true(ioc_row_word(ioc_params_row(&bench.params, 1), 0).d == 15);
    assert_true(ioc_row_word(ioc_params_row(&bench.params, UINT32_MAX), 0).d == 15);
    assert_true(ioc_text_equal(ioc_row_text(ioc_params_row(&bench.params, 1), 1), IOC_TEXT("Nguyễn Hữu Cảnh")));
    assert_false(ioc_row_has(ioc_params_row(&bench.params, UINT32_MAX), 1));
    assert_true(ioc_text_equal(bench.params.schema.fields[0].unit, IOC_TEXT("cm"))); /* the column's, so the checker knows it */
    assert_true(ioc_text_equal(bench.params.schema.fields[0].name, IOC_TEXT("limit")));
    end(&bench);
}

static void without_a_default_a_row_without_a_value_has_none(void **state)
{
    struct bench bench;
    assert_true(read(&bench, "params: {from: stations, by: station, limit: {column: limit_cm}}"));
    assert_true(ioc_row_has(ioc_params_row(&bench.params, 0), 0));
    assert_false(ioc_row_has(ioc_params_row(&bench.params, 1), 0));
    assert_true(bench.params.schema.fields[0].is_optional);
    end(&bench);
}

static void literals_are_the_same_for_all(void **state)
{
    struct bench bench;
    assert_true(read(&bench, "params: {wait: 20, is_strict: true, word: 'x', negative: -1.5}"));
    const struct ioc_row *row = ioc_params_row(&bench.params, 0);
    assert_ptr_equal(row, ioc_params_row(&bench.params, 5));
    assert_true(ioc_row_word(row, 0).d == 20 && ioc_row_word(row, 1).u == 1 && ioc_row_word(row, 3).d == -1.5);
    assert_true(ioc_text_equal(ioc_row_text(row, 2), IOC_TEXT("x")));
    assert_null(bench.params.table);
    end(&bench);
}

static void no_parameters_are_none(void **state)
{
    struct bench bench;
    assert_true(read(&bench, "rule: x"));
    assert_int_equal(bench.params.schema.count, 0);
    assert_null(ioc_params_row(&bench.params, 0));
    end(&bench);
}

static void mistakes_say_what_to_write(void **state)
{
    static const struct {
        const char *text, *code, *hint;
    } mistakes[] = {
        {"params: 3", "wrong-kind", "params:"},
        {"params: {from: station, by: station, l: {column: limit_cm}}", "no-such-table", "stations"},
        {"params: {from: stations, by: statoin, l: {column: limit_cm}}", "no-such-field", "station"},
        {"params: {from: stations, l: {column: limt_cm}}", "no-such-column", "limit_cm"},
        {"params: {from: stations, l: {colum: limit_cm, column: limit_cm}}", "unknown-key", "column"},
        {"params: {from: stations, l: {default: 3}}", "missing-key", "column"},
        {"params: {l: {column: limit_cm}}", "missing-key", "from"},
        {"params: {l: word}", "not-a-value", "quotes"},
        {"params: {from: stations, l: {column: limit_cm, default: deep}}", "not-a-number", ""},
        {"params: {from: stations, l: {column: limit_cm, default: [1]}}", "wrong-kind", ""},
        {"params: {l: [1, 2]}", "wrong-kind", ""},
        {"params: {from: [stations], l: 3}", "wrong-kind", ""},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct bench bench;
        assert_false(read(&bench, mistakes[i].text));
        if (bench.town.errors.count != 1)
            ioc_errors_print(&bench.town.errors, IOC_ENGLISH, stderr);
        assert_int_equal(bench.town.errors.count, 1);
        assert_string_equal(bench.town.errors.items[0].code, mistakes[i].code);
        assert_non_null(strstr(bench.town.errors.items[0].hint, mistakes[i].hint));
        end(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_has_its_value_else_the_default),
        cmocka_unit_test(without_a_default_a_row_without_a_value_has_none),
        cmocka_unit_test(literals_are_the_same_for_all),
        cmocka_unit_test(no_parameters_are_none),
        cmocka_unit_test(mistakes_say_what_to_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
