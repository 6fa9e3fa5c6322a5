/* tests/rules/test_parser.c — shapes of trees, bounds, and complaints at the exact byte. */
#include "rules/cel/parser.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void write_tree(const struct ioc_node *node, struct ioc_buffer *out)
{
    static const char *const kinds[] = {"literal", "name", "select", "has", "index", "call", "and",
        "or", "choice", "list", "map", "loop"};
    if (node->kind == IOC_NODE_NAME || node->kind == IOC_NODE_CALL)
        ioc_buffer_add_text(out, node->name);
    else if (node->kind == IOC_NODE_LITERAL)
        ioc_boxed_print(NULL, &node->value, out);
    else
        ioc_buffer_add_string(out, kinds[node->kind]);
    if (node->kind == IOC_NODE_SELECT || node->kind == IOC_NODE_HAS)
        ioc_buffer_addf(out, ":%.*s", IOC_TEXT_ARGS(node->name));
    if (node->count == 0)
        return;
    ioc_buffer_add_char(out, '(');
    for (uint32_t i = 0; i < node->count; i++) {
        ioc_buffer_add_string(out, i ? " " : "");
        if (node->items[i])
            write_tree(node->items[i], out);
        else
            ioc_buffer_add_char(out, '-');
    }
    ioc_buffer_add_char(out, ')');
}

static void assert_tree(const char *source, const char *wanted)
{
    struct ioc_arena arena = {0};
    struct ioc_program_error err = {0};
    struct ioc_node *tree;
    assert_int_equal(
        ioc_parser_parse(ioc_text_of(source), IOC_NODES_MOST, &arena, &tree, &err), IOC_OK);
    struct ioc_buffer out = {0};
    write_tree(tree, &out);
    ioc_buffer_add_char(&out, 0);
    assert_string_equal(out.data, wanted);
    ioc_buffer_done(&out);
    ioc_arena_done(&arena);
}

static void assert_refused(
    const char *source, enum ioc_status status, const char *code, uint32_t offset, const char *hint)
{
    struct ioc_arena arena = {0};
    struct ioc_program_error err = {0};
    struct ioc_node *tree;
    assert_int_equal(
        ioc_parser_parse(ioc_text_of(source), IOC_NODES_MOST, &arena, &tree, &err), status);
    assert_string_equal(err.error.code, code);
    assert_int_equal(err.offset, offset);
    assert_non_null(strstr(err.error.hint, hint));
    ioc_arena_done(&arena);
}

static void operators_bind_as_in_the_language(void **state)
{
    assert_tree("1 + 2 * 3 - 4", "_-_(_+_(1 _*_(2 3)) 4)");
    assert_tree("a < b == c", "_==_(_<_(a b) c)");
    assert_tree("!a && b || c", "or(and(!_(a) b) c)");
    assert_tree("a ? b : c ? d : e", "choice(a b choice(c d e))");
    assert_tree("-a.b[0].c(1)", "-_(c(index(select:b(a) 0) 1))");
    assert_tree("x in [1, 2,]", "@in(x list(1 2))");
    assert_tree("{'a': 1}", "map(\"a\" 1)");
}

static void chains_of_and_are_one_node(void **state)
{
    assert_tree("a && b && c && d", "and(a b c d)");
    assert_tree("a || b && c || d", "or(a and(b c) d)");
}

static void the_most_negative_int_can_be_written(void **state)
{
    assert_tree("-9223372036854775808", "-9223372036854775808");
    assert_tree("1-1", "_-_(1 1)");
    assert_refused("9223372036854775808", IOC_INVALID, "number-range", 0, "decimal point");
}

static void macros_become_loops(void **state)
{
    assert_tree("l.all(e, e > 1)", "loop(l - _>_(e 1))");
    assert_tree("l.filter(e, e > 1)", "loop(l _>_(e 1) e)");
    assert_tree("l.map(e, e > 1, e * 2)", "loop(l _>_(e 1) _*_(e 2))");
    assert_tree("has(a.b.c)", "has:c(select:b(a))");
    assert_tree("l.all(1)", "all(l 1)");
    assert_refused("l.all(e.x, true)", IOC_INVALID, "bad-variable", 8, "");
    assert_refused("has(1 + 1)", IOC_INVALID, "bad-has", 6, "");
}

static void reserved_words_are_fields_but_no_names(void **state)
{
    assert_tree("a.for.while", "select:while(select:for(a))");
    assert_tree("a.`b-c`", "select:b-c(a)");
    assert_refused("for + 1", IOC_INVALID, "reserved-word", 0, "");
}

static void mistakes_are_named_where_they_stand(void **state)
{
    assert_refused("a > 3,5", IOC_INVALID, "decimal-comma", 4, "3.5");
    assert_refused("a > 3 and b", IOC_INVALID, "no-operator", 6, "&&");
    assert_refused("a > 3 or b", IOC_INVALID, "no-operator", 6, "||");
    assert_refused("NOT a", IOC_INVALID, "no-operator", 0, "!");
    assert_refused("(a + 1", IOC_INVALID, "bracket", 0, "close it with ')'");
    assert_refused("f([a + 1, {'b': ')'", IOC_INVALID, "bracket", 10, "close it with '}'");
    assert_refused("f(a + 1)) > 2", IOC_INVALID, "bracket", 8, "leave it out");
    assert_refused("a > 3 AND b", IOC_INVALID, "no-operator", 6, "&&");
    assert_refused("f(3,5) > 3,", IOC_INVALID, "unexpected", 10, "");
    assert_refused("a +", IOC_INVALID, "unexpected-end", 3, "");
    assert_refused("", IOC_INVALID, "unexpected-end", 0, "");
    assert_refused("f(1,)", IOC_INVALID, "unexpected", 4, "");
    assert_refused("[1 2]", IOC_INVALID, "unexpected", 3, "");
    assert_refused("{'a' 1}", IOC_INVALID, "unexpected", 5, "");
    assert_refused("a.1", IOC_INVALID, "unexpected", 1, "");
    assert_refused("'\xc3\xa0' + `b\xff`", IOC_INVALID, "not-utf8", 9, ""); /* nothing is quoted that cannot be shown */
    struct ioc_program_error err = {0};
    struct ioc_arena arena = {0};
    struct ioc_node *tree;
    struct ioc_text source = IOC_TEXT("a `àààààààààààààààààààààààààààààààààà`");
    assert_int_equal(ioc_parser_parse(source, IOC_NODES_MOST, &arena, &tree, &err), IOC_INVALID);
    assert_true(ioc_text_is_utf8(ioc_text_of(err.error.text))); /* a long token is cut behind a character */
    ioc_arena_done(&arena);
    assert_refused("b'\xff'", IOC_INVALID, "not-utf8", 2, "");
}

static void repeat(struct ioc_buffer *out, const char *text, int count)
{
    for (int i = 0; i < count; i++)
        ioc_buffer_add_string(out, text);
}

static enum ioc_status parse_repeated(
    const char *front, int fronts, const char *middle, const char *back, int backs)
{
    struct ioc_buffer source = {0};
    struct ioc_arena arena = {0};
    struct ioc_program_error err = {0};
    struct ioc_node *tree;
    repeat(&source, front, fronts);
    ioc_buffer_add_string(&source, middle);
    repeat(&source, back, backs);
    enum ioc_status status =
        ioc_parser_parse(ioc_buffer_text(&source), IOC_NODES_MOST, &arena, &tree, &err);
    assert_true(status == IOC_OK || err.error.text[0]);
    ioc_buffer_done(&source);
    ioc_arena_done(&arena);
    return status;
}

static void depth_is_bounded_in_every_direction(void **state)
{
    assert_int_equal(parse_repeated("(", 60, "1", ")", 60), IOC_OK);
    assert_int_equal(parse_repeated("(", 70, "1", ")", 70), IOC_LIMIT);
    assert_int_equal(parse_repeated("(", 90000, "1", ")", 9), IOC_LIMIT);
    assert_int_equal(parse_repeated("!", 90000, "a", "", 0), IOC_LIMIT);
    assert_int_equal(parse_repeated("[", 90000, "", "", 0), IOC_LIMIT);
    assert_int_equal(parse_repeated("a.b(", 20000, "", "", 0), IOC_LIMIT);
    assert_int_equal(parse_repeated("", 0, "a", ".b", 20000), IOC_LIMIT);
    assert_int_equal(parse_repeated("", 0, "1", "+1", 20000), IOC_LIMIT);
    assert_int_equal(parse_repeated("a?b:", 20000, "c", "", 0), IOC_LIMIT);
    assert_int_equal(parse_repeated("", 0, "a", "&&a", 900), IOC_OK);
    assert_int_equal(parse_repeated("", 0, "a", "&&a", 30000), IOC_LIMIT);
}

static void length_is_bounded(void **state)
{
    assert_int_equal(parse_repeated(" ", IOC_SOURCE_MOST - 1, "1", "", 0), IOC_OK);
    assert_int_equal(parse_repeated(" ", IOC_SOURCE_MOST, "1", "", 0), IOC_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_bind_as_in_the_language),
        cmocka_unit_test(chains_of_and_are_one_node),
        cmocka_unit_test(the_most_negative_int_can_be_written),
        cmocka_unit_test(macros_become_loops),
        cmocka_unit_test(reserved_words_are_fields_but_no_names),
        cmocka_unit_test(mistakes_are_named_where_they_stand),
        cmocka_unit_test(depth_is_bounded_in_every_direction),
        cmocka_unit_test(length_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
