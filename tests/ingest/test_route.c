/* tests/ingest/test_route.c — which topics a subscription wants, and what is wrong with it. */
#include "tests/ingest/world.h"

static bool matches(const char *filter, const char *topic)
{
    return ioc_route_matches(ioc_text_of(filter), ioc_text_of(topic));
}

static void plus_stands_for_one_level(void **state)
{
    assert_true(matches("city/+/depth", "city/q1/depth"));
    assert_true(matches("city/+/depth", "city//depth"));
    assert_false(matches("city/+/depth", "city/q1/q2/depth"));
    assert_false(matches("city/+", "city"));
    assert_true(matches("+/+", "/finance"));
    assert_true(matches("/+", "/finance"));
    assert_false(matches("+", "/finance"));
    assert_false(matches("city/+/depth", "city/q1/depths"));
    assert_false(matches("city/q+/x", "city/q1/x"));
}

static void hash_stands_for_all_levels_below_and_the_parent(void **state)
{
    assert_true(matches("sport/tennis/#", "sport/tennis"));
    assert_true(matches("sport/tennis/#", "sport/tennis/player1/ranking"));
    assert_true(matches("#", "a/b"));
    assert_true(matches("#", "a"));
    assert_false(matches("sport/tennis/#", "sport/tennis2"));
    assert_true(matches("sport/+/#", "sport/tennis"));
    assert_false(matches("sport/+/#", "sport"));
}

static void wildcards_at_the_front_pass_over_system_topics(void **state)
{
    assert_false(matches("#", "$SYS/broker/load"));
    assert_false(matches("+/broker/load", "$SYS/broker/load"));
    assert_true(matches("$SYS/#", "$SYS/broker/load"));
}

static void plain_filters_match_only_themselves(void **state)
{
    assert_true(matches("a b/đường & phố:1", "a b/đường & phố:1"));
    assert_false(matches("a/b", "a/b/c"));
    assert_false(matches("a/b/c", "a/b"));
    assert_false(matches("a/b/", "a/b"));
    assert_false(matches("A/b", "a/b"));
    assert_false(matches("", "a"));
}

static void levels_count_from_zero(void **state)
{
    struct ioc_text level;
    assert_true(ioc_route_level(IOC_TEXT("city//S17"), 1, &level));
    assert_int_equal(level.length, 0);
    assert_true(ioc_route_level(IOC_TEXT("city//S17"), 2, &level));
    assert_true(ioc_text_equal(level, IOC_TEXT("S17")));
    assert_false(ioc_route_level(IOC_TEXT("city//S17"), 3, &level));
}

static void wrong_filters_are_told_apart(void **state)
{
    assert_null(ioc_route_fault(IOC_TEXT("city/+/depth/#")));
    assert_non_null(ioc_route_fault(IOC_TEXT("")));
    assert_non_null(ioc_route_fault(IOC_TEXT("city/#/depth")));
    assert_non_null(ioc_route_fault(IOC_TEXT("city#")));
    assert_non_null(ioc_route_fault(IOC_TEXT("city/q+")));
    assert_non_null(ioc_route_fault(IOC_TEXT("city/\xff")));
}

struct mistake {
    const char *yaml, *code, *in_text, *in_hint;
    uint32_t line, column;
};

static void check_mistake(const struct mistake *mistake)
{
    struct ioc_errors errors = {0};
    struct ioc_arena arena = {0};
    struct ioc_document *document =
        ioc_document_parse(IOC_TEXT("city.yaml"), ioc_text_of(mistake->yaml), &errors);
    assert_non_null(document);
    struct ioc_route *route =
        ioc_route_read(document, document->root->first, world_streams, 1, NULL, &arena, &errors);
    assert_null(route);
    assert_true(errors.count > 0);
    const struct ioc_error *found = NULL;
    for (uint32_t i = 0; i < errors.count && !found; i++)
        if (strcmp(errors.items[i].code, mistake->code) == 0)
            found = &errors.items[i];
    if (!found) {
        ioc_errors_print(&errors, IOC_ENGLISH, stderr);
        fail_msg("no error '%s' for %s", mistake->code, mistake->yaml);
    }
    assert_non_null(strstr(found->text, mistake->in_text));
    if (mistake->in_hint)
        assert_non_null(strstr(found->hint, mistake->in_hint));
    if (mistake->line) {
        assert_int_equal(found->line, mistake->line);
        assert_int_equal(found->column, mistake->column);
    }
    ioc_document_free(document);
    ioc_arena_done(&arena);
    ioc_errors_done(&errors);
}

#define FIELDS "  fields: {station: {topic_level: 2}, depth_cm: /depth, observed_at: /ts}\n"
static void mistakes_in_a_subscription_are_named_with_their_place(void **state)
{
    static const struct mistake mistakes[] = {
        {"- topic: city/#/x\n  stream: street_depth\n" FIELDS, "bad-topic", "'#'", NULL, 1, 10},
        {"- stream: street_depth\n" FIELDS, "missing-key", "topic", "topic:", 0, 0},
        {"- topic: a\n  stream: street_dept\n" FIELDS, "no-such-stream", "street_dept",
            "street_depth", 2, 11},
        {"- topic: a\n  stream: street_depth\n  qos: 3\n" FIELDS, "out-of-range", "", NULL, 0, 0},
        {"- topic: a\n  stream: street_depth\n  filds: {}\n" FIELDS, "unknown-key", "filds",
            "fields", 3, 3},
        {"- topic: a\n  stream: street_depth\n  fields: {station: /s, depth_cm: {pointer: /d, "
         "unit: kPa}, observed_at: /t}\n",
            "unit-mismatch", "pressure", "mm, cm", 3, 55},
        {"- topic: a\n  stream: street_depth\n  fields: {station: /s, depth_cm: {pointer: /d, "
         "unit: furlong}, observed_at: /t}\n",
            "unknown-unit", "furlong", "cm", 0, 0},
        {"- topic: a\n  stream: street_depth\n  fields: {station: s, depth_cm: /d, observed_at: "
         "/t}\n",
            "bad-pointer", "'s'", "/s", 0, 0},
        {"- topic: a\n  stream: street_depth\n  fields: {station: /s~2, depth_cm: /d, observed_at: "
         "/t}\n",
            "bad-pointer", "~2", NULL, 0, 0},
        {"- topic: a\n  stream: street_depth\n  fields: {station: /s, depthcm: /d, observed_at: "
         "/t}\n",
            "no-such-field", "depthcm", "depth_cm", 0, 0},
        {"- topic: a\n  stream: street_depth\n  fields: {station: /s, observed_at: /t}\n",
            "field-not-mapped", "depth_cm", "/depth_cm", 0, 0},
        {"- topic: a\n  stream: street_depth\n  fields: {station: {pointer: /s, topic_level: 2}, "
         "depth_cm: /d, observed_at: /t}\n",
            "bad-mapping", "station", "one of", 0, 0},
        {"- topic: a\n  stream: street_depth\n  fields: {station: /s, depth_cm: {pointer: /d, "
         "zone: UTC}, observed_at: /t}\n",
            "not-a-time", "depth_cm", NULL, 0, 0},
        {"- topic: a\n  stream: street_depth\n  fields: {station: /s, depth_cm: /d, observed_at: "
         "{pointer: /t, zone: Asia/Hanoy}}\n",
            "unknown-zone", "Asia/Hanoy", "Asia/Ho_Chi_Minh", 0, 0},
        {"- topic: a\n  stream: street_depth\n  fields: {station: /s, depth_cm: /d, observed_at: "
         "/t, ioc_clock: /c}\n",
            "no-such-field", "ioc_clock", NULL, 0, 0},
        {"- topic: a\n  stream: street_depth\n  identity: station\n" FIELDS, "bad-identity",
            "topic_level", NULL, 0, 0},
        {"- topic: a\n  stream: street_depth\n  each: readings\n" FIELDS, "bad-pointer", "readings",
            NULL, 0, 0},
        {"- topic: a\n  stream: street_depth\n  decode: jason\n" FIELDS, "unknown-choice", "jason",
            "json", 0, 0},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
        check_mistake(&mistakes[i]);
}

static void all_mistakes_of_a_subscription_are_found_at_once(void **state)
{
    struct ioc_errors errors = {0};
    struct ioc_arena arena = {0};
    struct ioc_document *document = ioc_document_parse(IOC_TEXT("city.yaml"),
        IOC_TEXT("- topic: a/#/b\n  stream: street_depth\n  qos: 9\n  each: x\n  fields: "
                 "{depth_cm: d, nothing: /n}\n"),
        &errors);
    assert_null(
        ioc_route_read(document, document->root->first, world_streams, 1, NULL, &arena, &errors));
    assert_int_equal(
        errors.count, 7); /* topic, qos, each, depth_cm, nothing, and two required fields */
    ioc_document_free(document);
    ioc_arena_done(&arena);
    ioc_errors_done(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plus_stands_for_one_level),
        cmocka_unit_test(hash_stands_for_all_levels_below_and_the_parent),
        cmocka_unit_test(wildcards_at_the_front_pass_over_system_topics),
        cmocka_unit_test(plain_filters_match_only_themselves),
        cmocka_unit_test(levels_count_from_zero),
        cmocka_unit_test(wrong_filters_are_told_apart),
        cmocka_unit_test(mistakes_in_a_subscription_are_named_with_their_place),
        cmocka_unit_test(all_mistakes_of_a_subscription_are_found_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
