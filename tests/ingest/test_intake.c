/* tests/ingest/test_intake.c — from a message to an event: what is admitted, marked, hidden or
 * refused. */
#include "tests/ingest/world.h"

#define ROUTE                                                                                      \
    "- topic: city/+/depth/+\n  stream: street_depth\n  identity: {topic_level: 3}\n"              \
    "  fields: {station: /id, depth_cm: /d, observed_at: /t, status: /s, plate: /plate, "          \
    "reporter: /who, count: /n,"                                                                   \
    " witnesses: /phones, people: {pointer: /people, items: {role: /role, phone: /phone}}}\n"
#define READING "{\"id\":\"S17\",\"d\":12.5,\"t\":1789999990"

static void a_reading_becomes_an_event(void **state)
{
    struct world *world = world_new(ROUTE);
    world_say_as(world, "city/q1/depth/S17", READING "}", 77, 0);
    assert_int_equal(world->seen_count, 1);
    const struct ioc_event *event = world->seen[0].event;
    assert_int_equal(event->time, 1789999990 * IOC_SECOND);
    assert_int_equal(event->received, WORLD_NOW);
    assert_int_equal(event->flags, 0);
    assert_int_equal(world->seen[0].ack, 77);
    assert_int_equal(world->seen[0].source, 3);
    const struct ioc_row *row = world_row(world, 0);
    assert_true(ioc_row_word(row, DEPTH).d == 12.5);
    assert_true(ioc_row_has(row, CLOCK_FLAG) && !ioc_row_word(row, CLOCK_FLAG).u);
    assert_true(ioc_row_has(row, RANGE_FLAG) && !ioc_row_word(row, RANGE_FLAG).u);
    assert_int_equal(world->settled_count, 0); /* the shard will settle it */
    world_free(world);
}

static void a_device_from_the_future_gets_our_time_and_a_mark(void **state)
{
    struct world *world = world_new(ROUTE);
    world_say(world, "city/q1/depth/S17",
        "{\"id\":\"S17\",\"d\":1,\"t\":1790000120}"); /* exactly max_future */
    world_say(world, "city/q1/depth/S17", "{\"id\":\"S17\",\"d\":1,\"t\":1790000121}");
    assert_int_equal(world->seen_count, 2);
    assert_int_equal(world->seen[0].event->flags, 0);
    assert_int_equal(world->seen[0].event->time, 1790000120 * IOC_SECOND);
    assert_int_equal(world->seen[1].event->flags, IOC_EVENT_CLOCK);
    assert_int_equal(world->seen[1].event->time, WORLD_NOW);
    assert_true(ioc_row_word(world_row(world, 1), CLOCK_FLAG).u);
    assert_int_equal(ioc_row_word(world_row(world, 1), AT).i,
        1790000121 * IOC_SECOND); /* what it said is kept */
    world_free(world);
}

static void a_flood_deeper_than_the_gauge_still_counts_but_is_marked(void **state)
{
    struct world *world = world_new(ROUTE);
    world_say(world, "city/q1/depth/S17", "{\"id\":\"S17\",\"d\":300.1,\"t\":1789999990}");
    world_say(world, "city/q1/depth/S17", READING ",\"n\":101}");
    world_say(world, "city/q1/depth/S17", READING ",\"n\":100}");
    assert_int_equal(world->seen_count, 3);
    assert_int_equal(world->seen[0].event->flags, IOC_EVENT_RANGE);
    assert_true(ioc_row_word(world_row(world, 0), RANGE_FLAG).u);
    assert_true(ioc_row_word(world_row(world, 0), DEPTH).d == 300.1);
    assert_int_equal(world->seen[1].event->flags, IOC_EVENT_RANGE);
    assert_false(ioc_row_has(world_row(world, 1), COUNT)); /* out_of_range: missing */
    assert_int_equal(world->seen[2].event->flags, 0);
    assert_true(ioc_row_has(world_row(world, 2), COUNT));
    world_free(world);
}

static void retained_and_repeated_messages_are_marked(void **state)
{
    struct world *world = world_new(ROUTE);
    world_say_as(world, "city/q1/depth/S17", READING "}", 0, IOC_MESSAGE_RETAINED);
    world_say_as(world, "city/q1/depth/S17", READING "}", 0, IOC_MESSAGE_DUPLICATE);
    assert_int_equal(world->seen[0].event->flags, IOC_EVENT_RETAINED);
    assert_int_equal(world->seen[1].event->flags, IOC_EVENT_REPEATED);
    world_free(world);
}

static void refused(struct world *world, const char *topic, const char *payload, const char *reason)
{
    uint64_t messages, dead, dead_before, dropped;
    ioc_time last;
    uint32_t seen = world->seen_count, settled = world->settled_count;
    ioc_intake_counts(world->intake, 3, &messages, &dead_before, &dropped, &last);
    world_say_as(world, topic, payload, 900 + settled, 0);
    ioc_intake_counts(world->intake, 3, &messages, &dead, &dropped, &last);
    if (world->seen_count != seen || dead != dead_before + 1)
        fail_msg("taken: %s", payload);
    assert_int_equal(world->settled_count, settled + 1); /* nobody will ask for it again */
    assert_int_equal(world->settled[settled], 900 + settled);
    char *lines = world_read(world, "deadletter.jsonl"), wanted[100];
    char *line = lines + strlen(lines) - 1;
    while (line > lines && line[-1] != '\n')
        line--;
    snprintf(wanted, sizeof wanted, "\"reason\":\"%s\"", reason);
    if (!strstr(line, wanted))
        fail_msg("not %s: %s", reason, line);
    ioc_memory_give(lines);
}

static void what_cannot_be_used_goes_to_the_dead_letters_and_is_acknowledged(void **state)
{
    struct world *world = world_new(ROUTE);
    refused(world, "city/q1/depth/S17", "{\"id\":\"S17\"", "not-json");
    refused(world, "city/q1/depth/S17", "", "not-json");
    refused(world, "city/q1/depth/S17", "\xff\xd8\xff\xe0\x00JFIF", "not-json");
    refused(world, "city/q1/depth/S17", "{\"id\":\"S17\",\"t\":1789999990}", "missing-field");
    refused(world, "city/q1/depth/S17", "{\"id\":\"S17\",\"d\":1}", "missing-field");
    refused(world, "city/q1/depth/S17", "{\"id\":\"S17\",\"d\":\"deep\",\"t\":1789999990}",
        "bad-value");
    refused(world, "city/q1/depth/S17", "{\"id\":\"S18\",\"d\":1,\"t\":1789999990}",
        "identity-mismatch");
    refused(world, "elsewhere", READING "}", "no-route");
    world_free(world);
}

static void a_word_that_is_not_allowed_is_left_out_when_optional(void **state)
{
    struct world *world = world_new(ROUTE);
    world_say(world, "city/q1/depth/S17", READING ",\"s\":\"ok\"}");
    world_say(world, "city/q1/depth/S17", READING ",\"s\":\"OK\"}");
    assert_true(ioc_row_has(world_row(world, 0), STATUS));
    assert_false(ioc_row_has(world_row(world, 1), STATUS));
    world_free(world);
}

static bool holds(const void *bytes, size_t length, const char *text)
{
    return memmem(bytes, length, text, strlen(text)) != NULL;
}

static void no_plate_or_phone_leaves_the_intake(void **state)
{
    struct world *world = world_new(ROUTE);
    const char *message =
        READING ",\"plate\":\"51g-123.45\",\"who\":\"Nguyen Van A\",\"phones\":[\"0903 123 "
                "456\",\"84903123456\"],"
                "\"people\":[{\"role\":\"driver\",\"phone\":\"0911222333\"},{\"role\":\"owner\"}]}";
    world_say(world, "city/q1/depth/S17", message);
    world_say(world, "city/q1/depth/S17", READING ",\"plate\":\"51G12345\"}");
    world_say(
        world, "city/q1/depth/S17", READING ",\"phones\":[\"0903123456\",{}]}"); /* half a list */
    /* Bad for another reason, with a plate inside: */
    world_say(world, "city/q1/depth/S17",
        "{\"id\":\"S17\",\"plate\":\"51g-123.45\",\"phones\":[\"0903 123 456\"]}");
    assert_int_equal(world->seen_count, 3);
    const struct ioc_row *row = world_row(world, 0);
    assert_true(ioc_text_equal(
        ioc_row_text(row, PLATE), ioc_row_text(world_row(world, 1), PLATE))); /* joins still work */
    assert_int_equal(ioc_row_text(row, PLATE).length, IOC_PSEUDONYM_LENGTH);
    assert_false(ioc_row_has(row, REPORTER));
    const struct ioc_cell *phones = ioc_row_cells(row, ioc_row_word(row, WITNESSES).ref);
    assert_true(ioc_text_equal(
        ioc_row_text_at(row, phones[0].word.ref), ioc_row_text_at(row, phones[1].word.ref)));
    const struct ioc_cell *people = ioc_row_cells(row, ioc_row_word(row, PEOPLE).ref);
    const struct ioc_cell *driver = ioc_row_cells(row, people[0].word.ref);
    assert_true(ioc_text_equal(ioc_row_text_at(row, driver[1].word.ref), IOC_TEXT("driver")));
    assert_int_equal(ioc_row_text_at(row, driver[3].word.ref).length, IOC_PSEUDONYM_LENGTH);
    assert_false(ioc_row_has(world_row(world, 2), WITNESSES));
    static const char *const planted[] = {
        "51g", "51G", "123.45", "12345", "0903", "903123456", "123 456", "0911222333", "Nguyen"};
    char *letters = world_read(world, "deadletter.jsonl");
    assert_true(strlen(letters) > 0);
    for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
        for (uint32_t j = 0; j < world->seen_count; j++)
            if (holds(world->seen[j].event, world->seen[j].event->bytes, planted[i]))
                fail_msg("event %u holds %s", j, planted[i]);
        char *payload = strstr(letters, "\"payload\"");
        assert_false(holds(letters, (size_t)(payload - letters), planted[i]));
    }
    ioc_memory_give(letters);
    world_free(world);
}

static void one_message_with_many_readings_becomes_many_events(void **state)
{
    struct world *world =
        world_new("- topic: gateway/+\n  stream: street_depth\n  each: /readings\n");
    world_say_as(world, "gateway/1",
        "{\"readings\":[{\"station\":\"S1\",\"depth_cm\":1,\"observed_at\":1789999990},{"
        "\"station\":\"S2\"},"
        "{\"station\":\"S3\",\"depth_cm\":\"bad\",\"observed_at\":1789999990},{\"station\":\"S4\","
        "\"depth_cm\":4,\"observed_at\":1789999990}]}",
        55, 0);
    uint64_t messages, dead, dropped;
    ioc_time last;
    ioc_intake_counts(world->intake, 3, &messages, &dead, &dropped, &last);
    assert_int_equal(world->seen_count, 2);
    assert_int_equal(dead, 2);
    assert_int_equal(messages, 1);
    assert_int_equal(last, WORLD_NOW);
    for (int i = 0; i < 2; i++) { /* the token comes back once for each */
        assert_int_equal(ioc_ack_parts(world->seen[i].ack), 2);
        assert_int_equal(ioc_ack_token(world->seen[i].ack), 55);
    }
    assert_int_equal(world->settled_count, 0);
    char *lines = world_read(world, "deadletter.jsonl");
    assert_ptr_equal(strchr(lines, '\n'), lines + strlen(lines) - 1); /* one line a message */
    ioc_memory_give(lines);
    world_say_as(world, "gateway/1", "{\"readings\":[]}", 56, 0);
    assert_int_equal(world->settled_count, 1);
    assert_int_equal(world->settled[0], 56);
    world_say_as(world, "gateway/1", "{\"readings\":{}}", 57, 0);
    assert_int_equal(world->settled_count, 2);
    assert_int_equal(world->seen_count, 2);
    world_free(world);
}

static void the_first_subscription_that_fits_has_the_message(void **state)
{
    struct world *world = world_new("- topic: a/+\n  stream: street_depth\n  fields: {station: "
                                    "{value: first}, depth_cm: /d, observed_at: /t}\n"
                                    "- topic: a/b\n  stream: street_depth\n  fields: {station: "
                                    "{value: second}, depth_cm: /d, observed_at: /t}\n");
    world_say(world, "a/b", "{\"d\":1,\"t\":1789999990}");
    assert_int_equal(world->seen_count, 1);
    assert_true(ioc_text_equal(ioc_row_text(world_row(world, 0), STATION), IOC_TEXT("first")));
    world_free(world);
}

static void a_full_inbox_takes_nothing_and_says_so(void **state)
{
    struct world *world = world_new_sized(ROUTE, 64 * 1024);
    char *large = ioc_memory_take(40000);
    memset(large, ' ', 40000);
    struct ioc_message message = {.topic = IOC_TEXT("city/q1/depth/S17"),
        .payload = {large, 40000},
        .source = 3,
        .received = WORLD_NOW};
    assert_int_equal(ioc_intake_post(world->intake, &message), IOC_OK);
    assert_int_equal(ioc_intake_post(world->intake, &message), IOC_FULL);
    ioc_intake_drop(world->intake, 3, "full");
    world_turn(world);
    uint64_t messages, dead, dropped;
    ioc_time last;
    ioc_intake_counts(world->intake, 3, &messages, &dead, &dropped, &last);
    assert_int_equal(messages, 1);
    assert_int_equal(dropped, 1);
    assert_int_equal(ioc_intake_post(world->intake, &message), IOC_OK);
    message.payload.length = IOC_MESSAGE_MOST;
    assert_int_equal(ioc_intake_post(world->intake, &message), IOC_LIMIT);
    world_turn(world);
    ioc_memory_give(large);
    world_free(world);
}

static void many_kinds_of_refusal_stay_in_bounded_metrics(void **state)
{
    struct world *world = world_new("- topic: '#'\n  stream: street_depth\n");
    int64_t before = ioc_metric_sum("ioc_deadletters_total");
    for (int i = 0; i < 50; i++)
        world_say(world, "x", i % 2 ? "[" : "{}");
    assert_int_equal(ioc_metric_sum("ioc_deadletters_total") - before, 50);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reading_becomes_an_event),
        cmocka_unit_test(a_device_from_the_future_gets_our_time_and_a_mark),
        cmocka_unit_test(a_flood_deeper_than_the_gauge_still_counts_but_is_marked),
        cmocka_unit_test(retained_and_repeated_messages_are_marked),
        cmocka_unit_test(what_cannot_be_used_goes_to_the_dead_letters_and_is_acknowledged),
        cmocka_unit_test(a_word_that_is_not_allowed_is_left_out_when_optional),
        cmocka_unit_test(no_plate_or_phone_leaves_the_intake),
        cmocka_unit_test(one_message_with_many_readings_becomes_many_events),
        cmocka_unit_test(the_first_subscription_that_fits_has_the_message),
        cmocka_unit_test(a_full_inbox_takes_nothing_and_says_so),
        cmocka_unit_test(many_kinds_of_refusal_stay_in_bounded_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
