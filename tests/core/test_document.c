/* tests/core/test_document.c — strict YAML, its places and its errors. */
#include "core/document.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct sheet {
    struct ioc_document *document;
    struct ioc_errors errors;
};
static struct sheet open_text(struct ioc_text text)
{
    struct sheet sheet = {0};
    sheet.document = ioc_document_parse(IOC_TEXT("city.yaml"), text, &sheet.errors);
    return sheet;
}
static struct sheet open_sheet(const char *text)
{
    return open_text(ioc_text_of(text));
}
static void close_sheet(struct sheet *sheet)
{
    ioc_document_free(sheet->document);
    ioc_errors_done(&sheet->errors);
}
static const struct ioc_error *find_error(const struct sheet *sheet, const char *code)
{
    for (uint32_t i = 0; i < sheet->errors.count; i++)
        if (strcmp(sheet->errors.items[i].code, code) == 0)
            return &sheet->errors.items[i];
    return NULL;
}
static void assert_error(const char *text, const char *code, uint32_t line, uint32_t column)
{
    struct sheet sheet = open_sheet(text);
    const struct ioc_error *err = find_error(&sheet, code);
    if (!err)
        ioc_errors_print(&sheet.errors, IOC_ENGLISH, stderr);
    assert_non_null(err);
    assert_string_equal(err->file, "city.yaml");
    assert_true(err->text[0] != '\0');
    if (err->line != line || err->column != column)
        fprintf(stderr, "%s at %u:%u, not %u:%u\n", code, err->line, err->column, line, column);
    assert_int_equal(err->line, line);
    assert_int_equal(err->column, column);
    close_sheet(&sheet);
}
static void assert_text(const struct ioc_node *node, const char *text)
{
    assert_non_null(node);
    assert_true(ioc_text_equal(node->text, ioc_text_of(text)));
}
/* The byte of the value under `key` that holds `part` stands at line:column. */
static void assert_place(
    const char *text, const char *key, const char *part, uint32_t line, uint32_t column)
{
    struct sheet sheet = open_sheet(text);
    uint32_t at_line, at_column;
    assert_int_equal(sheet.errors.count, 0);
    struct ioc_node *node = ioc_node_find(sheet.document->root, key);
    assert_non_null(node);
    const char *found = memmem(node->text.data, node->text.length, part, strlen(part));
    assert_non_null(found);
    ioc_node_position(
        sheet.document, node, (uint32_t)(found - node->text.data), &at_line, &at_column);
    if (at_line != line || at_column != column)
        fprintf(stderr, "'%s' at %u:%u, not %u:%u\n", part, at_line, at_column, line, column);
    assert_int_equal(at_line, line);
    assert_int_equal(at_column, column);
    close_sheet(&sheet);
}

static void every_node_knows_its_place(void **state)
{
    struct sheet sheet = open_sheet("\xef\xbb\xbf# thành phố\nđường: phố\nlist:\n  - a\n  - {k: "
                                    "'v', \"ngập\": \"x\"}\ntext: |\n  Quận 1\n");
    struct ioc_node *root = sheet.document->root;
    assert_int_equal(sheet.errors.count, 0);
    assert_int_equal(root->kind, IOC_NODE_MAP);
    assert_int_equal(root->count, 3);
    struct ioc_node *street = ioc_node_find(root, "đường");
    assert_text(street, "phố");
    assert_int_equal(street->line, 2);
    assert_int_equal(street->column, 8);
    assert_int_equal(street->key_column, 1);
    struct ioc_node *list = ioc_node_find(root, "list");
    assert_int_equal(list->kind, IOC_NODE_LIST);
    assert_int_equal(list->line, 4);
    assert_int_equal(list->column, 3);
    struct ioc_node *map = list->first->next;
    assert_int_equal(map->line, 5);
    assert_int_equal(map->column, 5);
    assert_int_equal(ioc_node_find(map, "k")->column, 9);
    assert_int_equal(ioc_node_find(map, "ngập")->key_column, 14);
    assert_int_equal(ioc_node_find(map, "ngập")->column, 22);
    struct ioc_node *text = ioc_node_find(root, "text");
    assert_text(text, "Quận 1\n");
    assert_int_equal(text->line, 6);
    assert_int_equal(text->column, 7);
    assert_ptr_equal(text->parent, root);
    assert_true(text->is_seen);
    assert_null(ioc_node_find(root, "none"));
    assert_null(ioc_node_find(NULL, "none"));
    assert_null(ioc_node_find(text, "none"));
    close_sheet(&sheet);
}

static void scalars_stay_texts(void **state)
{
    struct sheet sheet = open_sheet("a: no\nb: 1:30\nc: 010\nd:\ne: ~\nf: \"\"\n");
    assert_int_equal(sheet.errors.count, 0);
    assert_text(ioc_node_find(sheet.document->root, "a"), "no");
    assert_text(ioc_node_find(sheet.document->root, "b"), "1:30");
    assert_text(ioc_node_find(sheet.document->root, "c"), "010");
    assert_text(ioc_node_find(sheet.document->root, "d"), "");
    assert_text(ioc_node_find(sheet.document->root, "e"), "~");
    assert_text(ioc_node_find(sheet.document->root, "f"), "");
    close_sheet(&sheet);
}

static void plain_text_is_found_in_its_line(void **state)
{
    assert_place("a: event.depth > limit\n", "a", "limit", 1, 18);
    assert_place("a: ngập đường phố\n", "a", "phố", 1, 15);
    assert_place("a: one\n  two\n\n  three  four\nb: 1\n", "a", "two", 2, 3);
    assert_place("a: one\n  two\n\n  three  four\nb: 1\n", "a", "four", 4, 10);
    assert_place("a: one\r\n  two\r\nb: 1\r\n", "a", "two", 2, 3);
}
static void single_quoted_text_is_found_in_its_line(void **state)
{
    assert_place("a: 'x'\n", "a", "x", 1, 5);
    assert_place("a: 'it''s ''ngập'' here'\n", "a", "here", 1, 20);
    assert_place("a: 'one\n  two''s\n\n  three'\n", "a", "three", 4, 3);
}
static void double_quoted_text_is_found_behind_its_escapes(void **state)
{
    assert_place("a: \"x\\ny\"\n", "a", "y", 1, 8);
    assert_place(
        "a: \"\\u1ec7\\x41\\U0001F600\\ud83d\\ude00\\N\\_\\L\\P\\e\\\\ z\"\n", "a", "z", 1, 50);
    assert_place("a: \"ệ one \\\n   two\n   three\\\n\n   four\"\n", "a", "two", 2, 4);
    assert_place("a: \"ệ one \\\n   two\n   three\\\n\n   four\"\n", "a", "three", 3, 4);
    assert_place("a: \"ệ one \\\n   two\n   three\\\n\n   four\"\n", "a", "four", 5, 4);
    assert_place("a: \"say \\\"x\\\" now\"\n", "a", "now", 1, 15);
}
static void literal_text_is_found_in_its_line(void **state)
{
    const char *text =
        "a:\n  b: 1\nwhen: | # đo\n\n   event.x\n     && ngập.đường > 1\n\n   || z\nend: 1\n";
    assert_place(text, "when", "event", 5, 4);
    assert_place(text, "when", "ngập", 6, 9);
    assert_place(text, "when", "> 1", 6, 20);
    assert_place(text, "when", "z", 8, 7);
    assert_place("a: |2-\n     x\n   y\n", "a", "x", 2, 6);
    assert_place("a: |2-\n     x\n   y\n", "a", "y", 3, 4);
    assert_place("a: |+\r\n  x\r\n  yz\r\n\r\n", "a", "z", 3, 4);
    assert_place("a: |\n  x\n  \ty\n", "a", "y", 3, 4);
    assert_place("a: |\n  last", "a", "last", 2, 3);
}
static void folded_text_is_found_in_its_line(void **state)
{
    const char *text =
        "when: >-\n\n  event.x\n  && ngập\n\n\n  || y\n    deeper\n\n    still\n  back\n  z\n";
    assert_place(text, "when", "event", 3, 3);
    assert_place(text, "when", "ngập", 4, 6);
    assert_place(text, "when", "|| y", 7, 3);
    assert_place(text, "when", "deeper", 8, 5);
    assert_place(text, "when", "still", 10, 5);
    assert_place(text, "when", "back", 11, 3);
    assert_place(text, "when", "z", 12, 3);
    assert_place("a: >2\n    \n   x\n  y\n", "a", "x", 3, 4);
}
static void end_of_a_text_has_a_place(void **state)
{
    struct sheet sheet = open_sheet("a: \"ệx\"\nb:\n");
    uint32_t line, column;
    struct ioc_node *node = ioc_node_find(sheet.document->root, "a");
    ioc_node_position(sheet.document, node, node->text.length, &line, &column);
    assert_int_equal(line, 1);
    assert_int_equal(column, 7);
    ioc_node_position(sheet.document, node, 9999, &line, &column);
    assert_int_equal(column, 7);
    node = ioc_node_find(sheet.document->root, "b");
    ioc_node_position(sheet.document, node, 0, &line, &column);
    assert_int_equal(line, 2);
    close_sheet(&sheet);
}

static void what_strict_yaml_lacks_is_refused_with_its_place(void **state)
{
    assert_error("a: &x 1\n", "anchor", 1, 4);
    assert_error("a: &x {b: 1}\n", "anchor", 1, 4);
    assert_error("a: 1\nb: [*x]\n", "alias", 2, 5);
    assert_error("a: 1\n*x : 2\n", "alias", 2, 1);
    assert_error("ngập: !!str 1\n", "tag", 1, 7);
    assert_error("a: !x [1]\n", "tag", 1, 4);
    assert_error("a: 1\n<<: {b: 1}\n", "merge-key", 2, 1);
    assert_error("a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1);
    assert_error("x: {ngập: 1, \"ngập\": 2}\n", "duplicate-key", 1, 14);
    assert_error("a: 1\n---\nb: 2\n", "second-document", 2, 1);
    assert_error("%YAML 1.1\n---\na: 1\n", "directive", 1, 1);
    assert_error("? [a]\n: 1\n", "key-kind", 1, 3);
    assert_error(": 1\n", "empty-key", 1, 1);
    assert_error("a:\n\t- b\n", "tab", 2, 1);
    assert_error("a:\n  - b\n  \t- c\n", "tab", 3, 3);
    assert_error("", "empty-file", 1, 1);
    assert_error("# nothing\n", "empty-file", 1, 1);
}
static void same_key_in_two_maps_is_no_duplicate(void **state)
{
    struct sheet sheet = open_sheet("a: {x: 1}\nb: {x: 1}\nc: [{x: 1}, {x: 2}]\n");
    assert_int_equal(sheet.errors.count, 0);
    close_sheet(&sheet);
}
static void bytes_that_are_no_text_are_refused_with_their_place(void **state)
{
    assert_error("a: ng\xe1p\n", "not-utf-8", 1, 6);
    assert_error("a: ngập\nb: \xc0\xaf\n", "not-utf-8", 2, 4);
    assert_error("a: 1\nb: ệ\x01\n", "control-character", 2, 5);
    assert_error("a: 1\rb: 2\n", "control-character", 1, 5);
    struct sheet sheet = open_text(IOC_TEXT("\xff\xfe"
                                            "a\0:\0"));
    assert_non_null(find_error(&sheet, "not-utf-8"));
    assert_null(sheet.document->root);
    close_sheet(&sheet);
}
static void syntax_errors_say_what_to_do(void **state)
{
    assert_error("a: b: c\n", "syntax", 1, 5);
    assert_error("a: @x\n", "syntax", 1, 4);
    assert_error("a: 1\nlist: [1, 2\nb: 3\n", "syntax", 2, 7);
    assert_error("a: 'x\n", "syntax", 1, 5);
    struct sheet sheet = open_sheet("a: b: c\n");
    assert_null(sheet.document->root);
    assert_true(sheet.errors.items[0].hint[0] != '\0');
    assert_string_equal(sheet.errors.items[0].source, "a: b: c");
    close_sheet(&sheet);
}
static void errors_of_all_parts_are_reported_together(void **state)
{
    struct sheet sheet = open_sheet("a: \"open\nb: 1\nc: x: y\nd:\n  e: 1\n  e: 2\nf: [1\ng: 2\n");
    assert_null(sheet.document->root);
    assert_int_equal(sheet.errors.count, 4);
    assert_int_equal(sheet.errors.items[0].line, 1);
    assert_int_equal(sheet.errors.items[1].line, 3);
    assert_int_equal(sheet.errors.items[2].line, 6);
    assert_string_equal(sheet.errors.items[2].code, "duplicate-key");
    assert_int_equal(sheet.errors.items[3].line, 7);
    close_sheet(&sheet);
}
static void broken_values_are_reported_once(void **state)
{
    struct sheet sheet = open_sheet("a: *x\nb: 1\nb: 2\n");
    int64_t number;
    assert_int_equal(sheet.errors.count, 2);
    assert_int_equal(sheet.document->root->count, 2);
    assert_false(ioc_node_int(
        sheet.document, ioc_node_find(sheet.document->root, "a"), 0, 9, &number, &sheet.errors));
    assert_int_equal(sheet.errors.count, 2);
    assert_true(ioc_node_int(
        sheet.document, ioc_node_find(sheet.document->root, "b"), 0, 9, &number, &sheet.errors));
    assert_int_equal(number, 1);
    close_sheet(&sheet);
}
static void depth_and_number_of_nodes_are_bounded(void **state)
{
    static const char *const openings[] = {"[", "{", "- ", "{a: ", "[a, "};
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        char *text = malloc(100000 * 4 + 1);
        size_t length = 0;
        for (int j = 0; j < 100000; j++)
            length += (size_t)sprintf(text + length, "%s", openings[i]);
        struct sheet sheet = open_text((struct ioc_text){text, (uint32_t)length});
        assert_non_null(find_error(&sheet, "too-deep"));
        assert_null(sheet.document->root);
        close_sheet(&sheet);
        free(text);
    }
    char *text = malloc(300000);
    size_t length = 0;
    for (int j = 0; j < 100001; j++)
        length += (size_t)sprintf(text + length, "-\n");
    struct sheet sheet = open_text((struct ioc_text){text, (uint32_t)length});
    assert_non_null(find_error(&sheet, "too-many-nodes"));
    close_sheet(&sheet);
    free(text);
    text = calloc(1, IOC_DOCUMENT_MOST + 1);
    memset(text, 'a', IOC_DOCUMENT_MOST + 1);
    sheet = open_text((struct ioc_text){text, IOC_DOCUMENT_MOST + 1});
    assert_non_null(find_error(&sheet, "file-too-long"));
    close_sheet(&sheet);
    free(text);
}
static void thirty_two_levels_are_read(void **state)
{
    struct sheet sheet =
        open_sheet("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
    assert_int_equal(sheet.errors.count, 0);
    close_sheet(&sheet);
}
static void tabs_inside_texts_are_kept(void **state)
{
    struct sheet sheet = open_sheet("a: |\n  x\n  \ty\nb: \"x\ty\"\n");
    assert_int_equal(sheet.errors.count, 0);
    assert_text(ioc_node_find(sheet.document->root, "a"), "x\n\ty\n");
    close_sheet(&sheet);
}

static void readers_take_what_they_expect(void **state)
{
    struct sheet sheet = open_sheet(
        "i: -5\nd: 1.5\nb: true\ns: 1h30m\nz: 16 MiB\nk: 500kB\np: 1000\nc: two\nt: \"\"\n");
    struct ioc_document *document = sheet.document;
    static const char *const words[] = {"one", "two", NULL};
    int64_t i = 0;
    double d = 0;
    bool b = false;
    ioc_span s = 0;
    uint64_t z = 0;
    int c = -1;
    struct ioc_text t = IOC_TEXT("?");
    assert_true(
        ioc_node_int(document, ioc_node_find(document->root, "i"), -5, 5, &i, &sheet.errors));
    assert_int_equal(i, -5);
    assert_true(ioc_node_double(document, ioc_node_find(document->root, "d"), &d, &sheet.errors));
    assert_true(d == 1.5);
    assert_true(ioc_node_bool(document, ioc_node_find(document->root, "b"), &b, &sheet.errors));
    assert_true(b);
    assert_true(ioc_node_span(document, ioc_node_find(document->root, "s"), &s, &sheet.errors));
    assert_int_equal(s, 90 * IOC_MINUTE);
    assert_true(ioc_node_bytes(document, ioc_node_find(document->root, "z"), &z, &sheet.errors));
    assert_int_equal(z, 16 << 20);
    assert_true(ioc_node_bytes(document, ioc_node_find(document->root, "k"), &z, &sheet.errors));
    assert_int_equal(z, 500000);
    assert_true(ioc_node_bytes(document, ioc_node_find(document->root, "p"), &z, &sheet.errors));
    assert_int_equal(z, 1000);
    assert_true(
        ioc_node_choice(document, ioc_node_find(document->root, "c"), words, &c, &sheet.errors));
    assert_int_equal(c, 1);
    assert_true(ioc_node_text(document, ioc_node_find(document->root, "t"), &t, &sheet.errors));
    assert_int_equal(t.length, 0);
    assert_int_equal(sheet.errors.count, 0);
    close_sheet(&sheet);
}

enum reader { READ_TEXT, READ_INT, READ_DOUBLE, READ_BOOL, READ_SPAN, READ_BYTES, READ_CHOICE };
static void assert_refused(enum reader reader, const char *text, const char *code, const char *hint)
{
    static const char *const words[] = {"critical", "major", NULL};
    struct sheet sheet = open_sheet(text);
    struct ioc_node *node = ioc_node_find(sheet.document->root, "a");
    struct ioc_text t;
    int64_t i;
    double d;
    bool b;
    ioc_span s;
    uint64_t z;
    int c;
    assert_non_null(node);
    bool is_good =
        reader == READ_TEXT     ? ioc_node_text(sheet.document, node, &t, &sheet.errors)
        : reader == READ_INT    ? ioc_node_int(sheet.document, node, 1, 100, &i, &sheet.errors)
        : reader == READ_DOUBLE ? ioc_node_double(sheet.document, node, &d, &sheet.errors)
        : reader == READ_BOOL   ? ioc_node_bool(sheet.document, node, &b, &sheet.errors)
        : reader == READ_SPAN   ? ioc_node_span(sheet.document, node, &s, &sheet.errors)
        : reader == READ_BYTES  ? ioc_node_bytes(sheet.document, node, &z, &sheet.errors)
                                : ioc_node_choice(sheet.document, node, words, &c, &sheet.errors);
    assert_false(is_good);
    assert_int_equal(sheet.errors.count, 1);
    assert_string_equal(sheet.errors.items[0].code, code);
    assert_int_equal(sheet.errors.items[0].line, 1);
    if (!strstr(sheet.errors.items[0].hint, hint))
        fprintf(stderr, "hint: %s\n", sheet.errors.items[0].hint);
    assert_non_null(strstr(sheet.errors.items[0].hint, hint));
    close_sheet(&sheet);
}
static void readers_say_what_they_expect(void **state)
{
    assert_refused(READ_TEXT, "a: [x]", "wrong-kind", "");
    assert_refused(READ_TEXT, "a:", "missing-value", "\"\"");
    assert_refused(READ_INT, "a: {b: 1}", "wrong-kind", "");
    assert_refused(READ_INT, "a: 5m", "not-a-number", "");
    assert_refused(READ_INT, "a: 0", "out-of-range", "1 to 100");
    assert_refused(READ_INT, "a: 99999999999999999999", "out-of-range", "1 to 100");
    assert_refused(READ_DOUBLE, "a: 1,5", "not-a-number", "1.5");
    assert_refused(READ_DOUBLE, "a: nan", "not-a-number", "");
    assert_refused(READ_BOOL, "a: yes", "not-a-bool", "write true");
    assert_refused(READ_BOOL, "a: off", "not-a-bool", "write false");
    assert_refused(READ_SPAN, "a: 10", "no-unit", "10s for seconds or 10m");
    assert_refused(READ_SPAN, "a: soon", "not-a-duration", "1h30m");
    assert_refused(READ_BYTES, "a: 16 MB8", "not-a-size", "MiB");
    assert_refused(READ_BYTES, "a: 99999999999 TiB", "out-of-range", "");
    assert_refused(READ_BYTES, "a: -1", "not-a-size", "");
    assert_refused(READ_CHOICE, "a: critcal", "unknown-choice", "'critical'");
    assert_refused(READ_CHOICE, "a: [x]", "wrong-kind", "critical, major");
}
static void unknown_key_gets_a_suggestion(void **state)
{
    static const char *const known[] = {"interval", "lateness", NULL};
    struct sheet sheet = open_sheet("intervall: 1\nlateness: 2\nzzz: 3\n");
    ioc_node_unknown(sheet.document, sheet.document->root, known, &sheet.errors);
    assert_int_equal(sheet.errors.count, 2);
    assert_string_equal(sheet.errors.items[0].code, "unknown-key");
    assert_non_null(strstr(sheet.errors.items[0].hint, "'interval'"));
    assert_int_equal(sheet.errors.items[1].line, 3);
    assert_non_null(strstr(sheet.errors.items[1].hint, "interval, lateness"));
    close_sheet(&sheet);
}
static void error_inside_a_text_stands_at_its_byte(void **state)
{
    struct sheet sheet = open_sheet("rules:\n  when: |\n    ngập >\n    1 +\n");
    struct ioc_node *when = ioc_node_find(ioc_node_find(sheet.document->root, "rules"), "when");
    struct ioc_error err = {0};
    ioc_error_set(&err, "syntax", "an operand is missing");
    ioc_node_error_at(sheet.document, when,
        (uint32_t)(strchr(when->text.data, '>') - when->text.data), &err, &sheet.errors);
    assert_int_equal(sheet.errors.items[0].line, 3);
    assert_int_equal(sheet.errors.items[0].column, 10);
    assert_string_equal(sheet.errors.items[0].source, "    ngập >");
    ioc_node_hide(&sheet.errors);
    assert_string_equal(sheet.errors.items[0].source, "");
    close_sheet(&sheet);
}
static void long_values_are_cut_for_people(void **state)
{
    char out[IOC_NODE_SHOWN];
    assert_string_equal(ioc_node_shown(IOC_TEXT("a\nb\x01"), out), "a b?");
    char text[200];
    memset(text, 'x', 59);
    memcpy(text + 59, "ệệ", sizeof "ệệ");
    assert_int_equal(strlen(ioc_node_shown(ioc_text_of(text), out)), 59 + strlen("…"));
}
static void file_is_read_or_its_absence_is_said(void **state)
{
    char path[] = "/tmp/ioc-document-XXXXXX";
    int handle = mkstemp(path);
    assert_int_equal(write(handle, "a: 1\n", 5), 5);
    close(handle);
    struct ioc_errors errors = {0};
    struct ioc_document *document = ioc_document_load(path, &errors);
    assert_int_equal(errors.count, 0);
    assert_text(ioc_node_find(document->root, "a"), "1");
    ioc_document_free(document);
    unlink(path);
    document = ioc_document_load(path, &errors);
    assert_null(document->root);
    assert_int_equal(errors.count, 1);
    ioc_document_free(document);
    document = ioc_document_load("/tmp", &errors);
    assert_null(document->root);
    assert_int_equal(errors.count, 2);
    ioc_document_free(document);
    ioc_document_free(NULL);
    ioc_errors_done(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_knows_its_place),
        cmocka_unit_test(scalars_stay_texts),
        cmocka_unit_test(plain_text_is_found_in_its_line),
        cmocka_unit_test(single_quoted_text_is_found_in_its_line),
        cmocka_unit_test(double_quoted_text_is_found_behind_its_escapes),
        cmocka_unit_test(literal_text_is_found_in_its_line),
        cmocka_unit_test(folded_text_is_found_in_its_line),
        cmocka_unit_test(end_of_a_text_has_a_place),
        cmocka_unit_test(what_strict_yaml_lacks_is_refused_with_its_place),
        cmocka_unit_test(same_key_in_two_maps_is_no_duplicate),
        cmocka_unit_test(bytes_that_are_no_text_are_refused_with_their_place),
        cmocka_unit_test(syntax_errors_say_what_to_do),
        cmocka_unit_test(errors_of_all_parts_are_reported_together),
        cmocka_unit_test(broken_values_are_reported_once),
        cmocka_unit_test(depth_and_number_of_nodes_are_bounded),
        cmocka_unit_test(thirty_two_levels_are_read),
        cmocka_unit_test(tabs_inside_texts_are_kept),
        cmocka_unit_test(readers_take_what_they_expect),
        cmocka_unit_test(readers_say_what_they_expect),
        cmocka_unit_test(unknown_key_gets_a_suggestion),
        cmocka_unit_test(error_inside_a_text_stands_at_its_byte),
        cmocka_unit_test(long_values_are_cut_for_people),
        cmocka_unit_test(file_is_read_or_its_absence_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
