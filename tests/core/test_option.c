/* tests/core/test_option.c — options of a part of the city file, and where secrets lie. */
#include "core/option.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct broker {
    struct ioc_text url, ca;
    bool clean;
    int64_t qos;
    double ratio;
    ioc_span keep_alive;
    uint64_t buffer;
    int version;
    struct ioc_secret password;
    struct ioc_option_texts topics;
    struct ioc_node *mapping;
};
static const char *const versions[] = {"3.1.1", "5", NULL};
static const struct ioc_option options[] = {
    {"url", IOC_OPTION_TEXT, .is_required = true, .help = "Broker address.",
        .offset = offsetof(struct broker, url)},
    {"ca", IOC_OPTION_PATH, .help = "Certificates.", .offset = offsetof(struct broker, ca)},
    {"clean", IOC_OPTION_BOOL, "true", .help = "Clean session.",
        .offset = offsetof(struct broker, clean)},
    {"qos", IOC_OPTION_INT, "1", .help = "Quality of service.",
        .offset = offsetof(struct broker, qos), .low = 0, .high = 2},
    {"ratio", IOC_OPTION_DOUBLE, "0.5", .help = "A ratio.",
        .offset = offsetof(struct broker, ratio)},
    {"keep_alive", IOC_OPTION_SPAN, "30s", .help = "Silence before a ping.",
        .offset = offsetof(struct broker, keep_alive)},
    {"buffer", IOC_OPTION_BYTES, "16 MiB", .help = "Bytes in memory.",
        .offset = offsetof(struct broker, buffer)},
    {"version", IOC_OPTION_CHOICE, "5", .help = "MQTT version.",
        .offset = offsetof(struct broker, version), .choices = versions},
    {"password", IOC_OPTION_SECRET, .help = "Password.",
        .offset = offsetof(struct broker, password)},
    {"topics", IOC_OPTION_TEXTS, "[\"city/#\", alarm]", .help = "Topics.",
        .offset = offsetof(struct broker, topics)},
    {"mapping", IOC_OPTION_NODE, .help = "Mapping.", .offset = offsetof(struct broker, mapping)},
    IOC_OPTION_END,
};

struct read {
    struct broker broker;
    struct ioc_arena arena;
    struct ioc_errors errors;
    struct ioc_document *document;
    bool is_good;
};
static struct read read_from(const char *file, const char *text)
{
    static const char *const also[] = {"kind", NULL};
    struct read read = {0};
    read.document = ioc_document_parse(ioc_text_of(file), ioc_text_of(text), &read.errors);
    assert_int_equal(read.errors.count, 0);
    read.is_good = ioc_option_read(
        read.document, read.document->root, options, also, &read.broker, &read.arena, &read.errors);
    assert_int_equal(read.is_good, read.errors.count == 0);
    return read;
}
static struct read read_text(const char *text)
{
    return read_from("/etc/ioc/city.yaml", text);
}
static void done(struct read *read)
{
    ioc_secret_wipe(&read->broker.password);
    ioc_document_free(read->document);
    ioc_arena_done(&read->arena);
    ioc_errors_done(&read->errors);
}
static void assert_refused(const char *text, const char *code, uint32_t line, const char *hint)
{
    struct read read = read_text(text);
    assert_int_equal(read.errors.count, 1);
    if (strcmp(read.errors.items[0].code, code) != 0 || !strstr(read.errors.items[0].hint, hint))
        ioc_errors_print(&read.errors, IOC_ENGLISH, stderr);
    assert_string_equal(read.errors.items[0].code, code);
    assert_int_equal(read.errors.items[0].line, line);
    assert_non_null(strstr(read.errors.items[0].hint, hint));
    done(&read);
}
static bool is_text(struct ioc_text text, const char *expected)
{
    return ioc_text_equal(text, ioc_text_of(expected)) && text.data[text.length] == '\0';
}

static void defaults_fill_what_is_not_written(void **state)
{
    struct read read = read_text("kind: mqtt\nurl: tcp://broker\n");
    assert_true(read.is_good);
    assert_true(is_text(read.broker.url, "tcp://broker"));
    assert_int_equal(read.broker.ca.length, 0);
    assert_true(read.broker.clean);
    assert_int_equal(read.broker.qos, 1);
    assert_true(read.broker.ratio == 0.5);
    assert_int_equal(read.broker.keep_alive, 30 * IOC_SECOND);
    assert_int_equal(read.broker.buffer, 16 << 20);
    assert_int_equal(read.broker.version, 1);
    assert_int_equal(read.broker.topics.count, 2);
    assert_true(is_text(read.broker.topics.items[0], "city/#"));
    assert_true(is_text(read.broker.topics.items[1], "alarm"));
    assert_null(read.broker.mapping);
    done(&read);
}
static void written_options_are_read(void **state)
{
    struct read read = read_text(
        "url: x\nca: certs/ca.pem\nclean: false\nqos: 2\nratio: 2\nkeep_alive: 1m\nbuffer: 1 kB\n"
        "version: 3.1.1\ntopics: city/#\nmapping: {a: 1}\n");
    assert_true(read.is_good);
    assert_true(is_text(read.broker.ca, "/etc/ioc/certs/ca.pem"));
    assert_false(read.broker.clean);
    assert_int_equal(read.broker.qos, 2);
    assert_true(read.broker.ratio == 2);
    assert_int_equal(read.broker.keep_alive, IOC_MINUTE);
    assert_int_equal(read.broker.buffer, 1000);
    assert_int_equal(read.broker.version, 0);
    assert_int_equal(read.broker.topics.count, 1);
    assert_int_equal(read.broker.mapping->kind, IOC_NODE_MAP);
    done(&read);
    read = read_text("url: x\nca: /abs/ca.pem\ntopics: []\n");
    assert_true(is_text(read.broker.ca, "/abs/ca.pem"));
    assert_int_equal(read.broker.topics.count, 0);
    done(&read);
    read = read_from("city.yaml", "url: x\nca: ca.pem\n");
    assert_int_equal(read.broker.ca.data[0], '/');
    assert_true(ioc_text_ends(read.broker.ca, IOC_TEXT("/ca.pem")));
    done(&read);
}
static void wrong_options_are_refused_with_their_line(void **state)
{
    assert_refused("kind: mqtt\n", "missing-key", 1, "Broker address.");
    assert_refused("url: x\nqso: 1\n", "unknown-key", 2, "'qos'");
    assert_refused("url: x\nqos: 3\n", "out-of-range", 2, "0 to 2");
    assert_refused("url: x\nclean: yes\n", "not-a-bool", 2, "true");
    assert_refused("url: x\nratio: half\n", "not-a-number", 2, "");
    assert_refused("url: x\nkeep_alive: 30\n", "no-unit", 2, "30s");
    assert_refused("url: x\nbuffer: lots\n", "not-a-size", 2, "MiB");
    assert_refused("url: x\nversion: 3\n", "unknown-choice", 2, "");
    assert_refused("url: x\ntopics: {a: 1}\n", "wrong-kind", 2, "");
    assert_refused("url: x\ntopics: [a, [b]]\n", "wrong-kind", 2, "");
    assert_refused("url: x\nca: \"\"\n", "missing-value", 2, "");
    assert_refused("url: [x]\n", "wrong-kind", 1, "");
    assert_refused("url: \"a\\0b\"\n", "nul", 1, "");
    assert_refused("- url\n", "wrong-kind", 1, "");
}
static void all_wrong_options_are_reported(void **state)
{
    struct read read = read_text("qos: 3\nclean: yes\nx: 1\n");
    assert_int_equal(read.errors.count, 4);
    assert_false(read.is_good);
    done(&read);
}
static void no_map_means_all_defaults(void **state)
{
    struct read read = read_text("a:\n");
    done(&read);
    struct ioc_errors errors = {0};
    struct ioc_arena arena = {0};
    struct broker broker = {0};
    struct ioc_document *document = ioc_document_parse(IOC_TEXT("c"), IOC_TEXT("a:\n"), &errors);
    const struct ioc_option *optional = options + 2;
    assert_true(ioc_option_read(
        document, ioc_node_find(document->root, "a"), optional, NULL, &broker, &arena, &errors));
    assert_true(broker.clean);
    broker = (struct broker){0};
    assert_true(ioc_option_read(document, NULL, optional, NULL, &broker, &arena, &errors));
    assert_int_equal(broker.qos, 1);
    assert_false(ioc_option_read(document, NULL, options, NULL, &broker, &arena, &errors));
    assert_string_equal(errors.items[0].code, "missing-key");
    assert_string_equal(errors.items[0].file, "c");
    ioc_document_free(document);
    ioc_arena_done(&arena);
    ioc_errors_done(&errors);
}

struct place {
    char directory[64], city[128], secret[128];
};
static void write_secret(struct place *place, const char *text, mode_t mode)
{
    FILE *file = fopen(place->secret, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(place->secret, mode), 0);
}
static struct place make_place(void)
{
    struct place place = {.directory = "/tmp/ioc-option-XXXXXX"};
    assert_non_null(mkdtemp(place.directory));
    snprintf(place.city, sizeof place.city, "%s/city.yaml", place.directory);
    snprintf(place.secret, sizeof place.secret, "%s/secret", place.directory);
    return place;
}
static void remove_place(const struct place *place)
{
    unlink(place->secret);
    rmdir(place->directory);
}

static void secret_comes_from_a_private_file_beside_the_city(void **state)
{
    struct place place = make_place();
    write_secret(&place, "hunter2\n", 0600);
    struct read read = read_from(place.city, "url: x\npassword: {file: secret}\n");
    assert_true(read.is_good);
    assert_true(ioc_text_equal(read.broker.password.value, IOC_TEXT("hunter2")));
    const char *bytes = read.broker.password.value.data;
    ioc_secret_wipe(&read.broker.password);
    assert_int_equal(read.broker.password.value.length, 0);
    assert_int_equal(bytes[0], 0);
    done(&read);
    write_secret(&place, "two\nlines\n\n", 0400);
    read = read_from(place.city, "url: x\npassword: {file: secret}\n");
    assert_true(ioc_text_equal(read.broker.password.value, IOC_TEXT("two\nlines\n")));
    done(&read);
    write_secret(&place, "\n", 0400);
    read = read_from(place.city, "url: x\npassword: {file: secret}\n");
    assert_string_equal(read.errors.items[0].code, "empty-secret");
    done(&read);
    remove_place(&place);
}
static void secret_that_others_can_read_is_refused(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0620, 0644};
    struct place place = make_place();
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        write_secret(&place, "hunter2\n", modes[i]);
        struct read read = read_from(place.city, "url: x\npassword: {file: secret}\n");
        assert_false(read.is_good);
        assert_string_equal(read.errors.items[0].code, "secret-mode");
        assert_int_equal(read.errors.items[0].line, 2);
        assert_non_null(strstr(read.errors.items[0].hint, "chmod 600"));
        done(&read);
    }
    remove_place(&place);
}
static void secret_comes_from_a_credential_of_systemd(void **state)
{
    struct place place = make_place();
    write_secret(&place, "hunter2", 0440);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_refused(
        "url: x\npassword: {credential: secret}\n", "no-credentials", 2, "LoadCredential");
    setenv("CREDENTIALS_DIRECTORY", place.directory, 1);
    struct read read = read_text("url: x\npassword: {credential: secret}\n");
    assert_true(ioc_text_equal(read.broker.password.value, IOC_TEXT("hunter2")));
    done(&read);
    assert_refused("url: x\npassword: {credential: ../secret}\n", "credential-name", 2, "");
    assert_refused("url: x\npassword: {credential: none}\n", "file", 2, "");
    unsetenv("CREDENTIALS_DIRECTORY");
    remove_place(&place);
}
static void inline_secret_is_refused_and_never_shown(void **state)
{
    static const char *const texts[] = {"url: x\npassword: hunter2\n",
        "url: x\npassword: [hunter2]\n", "url: x\npassword: {value: hunter2}\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct read read = read_text(texts[i]);
        char *shown = NULL;
        size_t length;
        FILE *out = open_memstream(&shown, &length);
        assert_false(read.is_good);
        assert_string_equal(read.errors.items[0].code, i < 2 ? "inline-secret" : "unknown-key");
        assert_int_equal(read.errors.items[0].line, 2);
        ioc_errors_print(&read.errors, IOC_ENGLISH, out);
        fclose(out);
        assert_null(strstr(shown, "hunter2"));
        assert_non_null(strstr(shown, i < 2 ? "{file: path}" : "file, credential"));
        free(shown);
        done(&read);
    }
    assert_refused("url: x\npassword: {}\n", "secret-place", 2, "either");
    assert_refused("url: x\npassword: {file: a, credential: b}\n", "secret-place", 2, "either");
    assert_refused("url: x\npassword: {file: none}\n", "file", 2, "");
    assert_refused("url: x\npassword: {file: [a]}\n", "wrong-kind", 2, "");
}
static void password_in_a_url_is_noticed(void **state)
{
    assert_true(ioc_option_has_password(IOC_TEXT("redis://user:secret@host:6379/0")));
    assert_true(ioc_option_has_password(IOC_TEXT("redis://:secret@host")));
    assert_true(ioc_option_has_password(IOC_TEXT("user:se@cret@host")));
    assert_false(ioc_option_has_password(IOC_TEXT("redis://user@host:6379")));
    assert_false(ioc_option_has_password(IOC_TEXT("redis://user:@host:6379")));
    assert_false(ioc_option_has_password(IOC_TEXT("http://host:80/path?mail=a:b@c")));
    assert_false(ioc_option_has_password(IOC_TEXT("redis://[::1]:6379")));
    assert_false(ioc_option_has_password(IOC_TEXT("")));
}
static void table_is_printed_for_people(void **state)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    ioc_option_print(options, out);
    fclose(out);
    assert_non_null(strstr(text, "  url         text           Broker address. Required.\n"));
    assert_non_null(
        strstr(text, "  qos         whole number   Quality of service. 0 to 2. Default 1.\n"));
    assert_non_null(strstr(text, "One of: 3.1.1, 5. Default 5.\n"));
    free(text);
}

/* A tree of things, each of which may hold things: hold: 2m | {for, readings}. */
static const char *const colours[] = {"red", "on", "5", NULL};
static const struct ioc_option hold_keys[] = {
    {.key = "for", .type = IOC_OPTION_SPAN, .is_required = true, .help = "How long"},
    {.key = "readings", .type = IOC_OPTION_INT, .low = 1, .high = 9, .fallback = "1", .help = "In how many"},
    IOC_OPTION_END};
static const struct ioc_option hold_forms[] = {
    {.key = "SPAN", .type = IOC_OPTION_SPAN},
    {.key = "BOTH", .type = IOC_OPTION_TABLE, .inside = hold_keys},
    IOC_OPTION_END};
static const struct ioc_option common_keys[] = {
    {.key = "hold", .type = IOC_OPTION_EITHER, .inside = hold_forms, .help = "Wait | or not", .help_vi = "Chờ", .otherwise = "at once",
        .example = "{for: 2m, readings: 2}"},
    IOC_OPTION_END};
static const struct ioc_option thing;
static const struct ioc_option thing_keys[] = {
    {.key = "colour", .type = IOC_OPTION_CHOICE, .choices = colours, .is_required = true, .help = "Its colour"},
    {.key = "things", .type = IOC_OPTION_LIST, .low = 1, .inside = &thing, .help = "What it holds"},
    IOC_OPTION_END};
static const struct ioc_option thing = {.key = "THING", .type = IOC_OPTION_TABLE, .shared = "thing", .inside = thing_keys, .also = common_keys,
    .help = "A thing"};
static const struct ioc_option red_keys[] = {{.key = "shade", .type = IOC_OPTION_TEXT, .help = "How red"}, IOC_OPTION_END};
static bool find_kind(uint32_t index, struct ioc_option_variant *variant)
{
    *variant = (struct ioc_option_variant){"red", "A red one", red_keys};
    return index == 0;
}
static const struct ioc_option kind_keys[] = {{.key = "kind", .type = IOC_OPTION_TEXT, .is_required = true, .help = "Which"}, IOC_OPTION_END};
static const struct ioc_option root_keys[] = {
    {.key = "things", .type = IOC_OPTION_TABLE, .others = &thing, .pattern = "^[a-z]+$", .help = "By name"},
    {.key = "plugin", .type = IOC_OPTION_TABLE, .inside = kind_keys, .selector = "kind", .variant = find_kind, .help = "One of kinds"},
    IOC_OPTION_END};
static const struct ioc_option root = {.key = "FILE", .type = IOC_OPTION_TABLE, .shared = "file", .inside = root_keys};

static void forms_are_asked_for_keys_and_words(void **state)
{
    struct ioc_option_keys keys;
    assert_ptr_equal(ioc_option_find(&thing, "hold"), common_keys);
    assert_ptr_equal(ioc_option_find(ioc_option_find(&thing, "hold"), "readings"), hold_keys + 1);
    assert_ptr_equal(ioc_option_find(ioc_option_find(&thing, "things"), "colour"), thing_keys);
    assert_ptr_equal(ioc_option_choices(ioc_option_find(&thing, "colour")), colours);
    assert_string_equal(ioc_option_keys(&thing, &keys)[2], "hold");
    assert_int_equal(keys.count, 3);
    assert_null(keys.names[3]);
}
static void count_unknown(const char *text, const struct ioc_option *form, const char *variant, const char *const *also, uint32_t count)
{
    struct ioc_errors errors = {0};
    struct ioc_document *document = ioc_document_parse(IOC_TEXT("x.yaml"), ioc_text_of(text), &errors);
    ioc_option_unknown(document, document->root, form, variant, also, &errors);
    assert_int_equal(errors.count, count);
    ioc_document_free(document);
    ioc_errors_done(&errors);
}
static void forms_know_their_keys(void **state)
{
    static const char *const extra[] = {"extra", NULL};
    const struct ioc_option *plugin = ioc_option_find(&root, "plugin"), *things = ioc_option_find(&root, "things");
    count_unknown("{colour: red, hold: 1m}", &thing, NULL, NULL, 0);
    count_unknown("{colour: red, hald: 1m, extra: 1}", &thing, NULL, NULL, 2);
    count_unknown("{colour: red, hald: 1m, extra: 1}", &thing, NULL, extra, 1);
    count_unknown("{for: 1m, reading: 1}", ioc_option_find(&thing, "hold"), NULL, NULL, 1);
    count_unknown("{kind: red, shade: x}", plugin, "red", NULL, 0);
    count_unknown("{kind: blue, shade: x}", plugin, "blue", NULL, 1);
    count_unknown("{kind: red, shade: x}", plugin, NULL, NULL, 1);
    count_unknown("{any: 1, name: 2}", things, NULL, NULL, 0);
    count_unknown("{any: 1, extra: 2}", things, NULL, extra, 1);
    count_unknown("[a, b]", &thing, NULL, NULL, 0);
}
static void assert_holds(const struct ioc_buffer *text, const char *part)
{
    if (!ioc_text_contains(ioc_buffer_text(text), ioc_text_of(part)))
        fail_msg("no '%s' in:\n%.*s", part, (int)text->length, text->data);
}
static void a_schema_defines_what_is_shared_once(void **state)
{
    struct ioc_buffer json = {0};
    ioc_option_schema(&root, "things", &json);
    assert_holds(&json, "\"$schema\": \"http://json-schema.org/draft-07/schema#\"");
    assert_holds(&json, "\"$ref\": \"#/definitions/thing\"");
    const char *first = strstr(json.data, "\"thing\": {");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\"thing\": {"));
    assert_holds(&json, "\"description\": \"Wait | or not. Left out: at once.\\n\\nChờ.\"");
    assert_holds(&json, "\"readings\": 2");
    assert_holds(&json, "\"default\": 1");
    assert_holds(&json, "\"minItems\": 1");
    assert_holds(&json, "{\"properties\": {\"kind\": {\"const\": \"red\"}}, \"required\": [\"kind\"]}");
    /* 5 is a number for an editor, `on` is none in YAML 1.2. */
    const char *words = strstr(json.data, "\"enum\": [\n");
    while (words && !strstr(words, "\"on\""))
        words = strstr(words + 1, "\"enum\": [\n");
    assert_non_null(strstr(words, "\"5\""));
    assert_holds(&json, " 5\n");
    ioc_buffer_done(&json);
}
static void the_manual_lists_the_keys_of_a_form(void **state)
{
    struct ioc_buffer list = {0};
    assert_true(ioc_option_manual(&root, "thing", &list));
    assert_holds(&list, "| `colour` | `red`, `on`, `5` | Its colour | required |\n");
    assert_holds(&list, "| `things` | list of *thing*, at least 1 | What it holds |  |\n");
    assert_holds(&list, "| `hold` | duration or map | Wait \\| or not, like `{for: 2m, readings: 2}` | at once |\n");
    assert_holds(&list, "| `hold.readings` | whole number 1-9 | In how many | `1` |\n");
    ioc_buffer_reset(&list);
    assert_true(ioc_option_manual(&root, "file", &list));
    assert_holds(&list, "| `plugin.kind` | `red` | Which | required |\n| **`kind: red`** | | A red one | |\n| `plugin.shade` | text |");
    ioc_buffer_reset(&list);
    assert_false(ioc_option_manual(&root, "nothing", &list));
    ioc_buffer_done(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_fill_what_is_not_written),
        cmocka_unit_test(written_options_are_read),
        cmocka_unit_test(wrong_options_are_refused_with_their_line),
        cmocka_unit_test(all_wrong_options_are_reported),
        cmocka_unit_test(no_map_means_all_defaults),
        cmocka_unit_test(secret_comes_from_a_private_file_beside_the_city),
        cmocka_unit_test(secret_that_others_can_read_is_refused),
        cmocka_unit_test(secret_comes_from_a_credential_of_systemd),
        cmocka_unit_test(inline_secret_is_refused_and_never_shown),
        cmocka_unit_test(password_in_a_url_is_noticed),
        cmocka_unit_test(table_is_printed_for_people),
        cmocka_unit_test(forms_are_asked_for_keys_and_words),
        cmocka_unit_test(forms_know_their_keys),
        cmocka_unit_test(a_schema_defines_what_is_shared_once),
        cmocka_unit_test(the_manual_lists_the_keys_of_a_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
