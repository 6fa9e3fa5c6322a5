/* tests/ingest/test_replay.c — a recorded day comes in as it was. */
#include "tests/ingest/world.h"

#define ROUTE "- topic: city/+\n  stream: street_depth\n"
#define LINE(t, n)                                                                                 \
    "{\"t\":" t ",\"topic\":\"city/1\",\"payload\":{\"station\":\"S" n                             \
    "\",\"depth_cm\":1,\"observed_at\":1700000000}}\n"

static char options[256];

static void open_source(struct world *world, const char *speed, const char *file, const char *more)
{
    char yaml[300];
    struct ioc_error err = {0};
    snprintf(yaml, sizeof yaml, "file: %s/%s\nspeed: %s\n%s", world->directory, file, speed, more);
    struct ioc_document *document =
        ioc_document_parse(IOC_TEXT("city.yaml"), ioc_text_of(yaml), &world->errors);
    world->kind = ioc_source_find(IOC_TEXT("replay"));
    assert_non_null(world->kind);
    assert_true(world->kind->options_bytes <= sizeof options);
    assert_true(ioc_option_read(document, document->root, world->kind->options, NULL, options,
        &world->arena, &world->errors));
    struct ioc_source_setup setup = {.name = IOC_TEXT("gauges"),
        .id = 3,
        .site = IOC_TEXT("hcm"),
        .state_directory = ioc_text_of(world->directory),
        .intake = world->intake,
        .loop = &world->loop};
    enum ioc_status status = world->kind->open(&setup, options, &world->source, &err);
    ioc_document_free(document);
    if (status != IOC_OK)
        fail_msg("%s", err.text);
}

static void write_file(struct world *world, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", world->directory, name);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void run_to_end(struct world *world, ioc_span most)
{
    ioc_span start = ioc_clock_steady();
    while (
        world->kind->state(world->source) != IOC_SOURCE_ENDED && ioc_clock_steady() - start < most)
        uv_run(&world->loop, UV_RUN_ONCE);
    world_turn(world);
}

static void close_world(struct world *world)
{
    world->kind->close(world->source);
    world_free(world);
}

static void a_line_counts_as_received_at_its_own_time(void **state)
{
    struct world *world = world_new(ROUTE);
    write_file(world, "day.jsonl",
        LINE("\"2023-11-14T22:13:20Z\"", "1") "\n" LINE(
            "1700000001000", "2") "{\"t\":1700000002,\"topic\":\"city/"
                                  "1\",\"payload\":\"{\\\"station\\\":\\\"S3\\\",\\\"depth_cm\\\":"
                                  "1,\\\"observed_at\\\":1700000000}\"}");
    open_source(world, "max", "day.jsonl", "");
    run_to_end(world, 5 * IOC_SECOND);
    assert_int_equal(world->kind->state(world->source), IOC_SOURCE_ENDED);
    assert_int_equal(world->seen_count, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(world->seen[i].event->received, (1700000000 + i) * IOC_SECOND);
    assert_int_equal(world->seen[0].ack, 0);
    close_world(world);
}

static void payloads_come_out_as_the_json_they_were(void **state)
{
    struct world *world = world_new("- topic: '#'\n  stream: street_depth\n  fields: {station: "
                                    "/a~1b/0, depth_cm: /n, observed_at: /t, plate: /s}\n");
    write_file(world, "day.jsonl",
        "{\"t\":0,\"topic\":\"x\",\"payload\":{\"a/b\":[\"Ngập "
        "\\\"1\\\"\\n\",{},[]],\"n\":0.1,\"t\":-1,\"s\":null,\"z\":[true,false,"
        "18446744073709551615]}}\n");
    open_source(world, "max", "day.jsonl", "");
    run_to_end(world, 5 * IOC_SECOND);
    assert_int_equal(world->seen_count, 1);
    assert_true(
        ioc_text_equal(ioc_row_text(world_row(world, 0), STATION), IOC_TEXT("Ngập \"1\"\n")));
    assert_true(ioc_row_word(world_row(world, 0), DEPTH).d == 0.1);
    close_world(world);
}

static void lines_that_are_no_messages_are_counted_and_passed_over(void **state)
{
    struct world *world = world_new(ROUTE);
    write_file(world, "day.jsonl",
        "not "
        "json\n{\"topic\":\"city/"
        "1\",\"payload\":{}}\n{\"t\":1,\"topic\":5,\"payload\":{}}\n{\"t\":1,\"topic\":\"city/"
        "1\"}\n[]\n" LINE("5", "1"));
    open_source(world, "max", "day.jsonl", "");
    run_to_end(world, 5 * IOC_SECOND);
    uint64_t messages, dead, dropped;
    ioc_time last;
    ioc_intake_counts(world->intake, 3, &messages, &dead, &dropped, &last);
    assert_int_equal(messages, 1);
    assert_int_equal(dropped, 5);
    assert_int_equal(world->seen_count, 1);
    close_world(world);
}

static void a_line_without_end_is_passed_over_not_held_in_memory(void **state)
{
    struct world *world = world_new(ROUTE);
    char path[128];
    snprintf(path, sizeof path, "%s/day.jsonl", world->directory);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 3000000; i++)
        fputc('x', file);
    fputs("\n" LINE("5", "1"), file);
    for (int i = 0; i < 3000000; i++)
        fputc('x', file);
    fclose(file);
    open_source(world, "max", "day.jsonl", "");
    run_to_end(world, 10 * IOC_SECOND);
    assert_int_equal(world->kind->state(world->source), IOC_SOURCE_ENDED);
    assert_int_equal(world->seen_count, 1);
    close_world(world);
}

static void the_pace_is_that_of_the_recording(void **state)
{
    struct world *world = world_new(ROUTE);
    write_file(
        world, "day.jsonl", LINE("1000", "1") LINE("1006", "2") LINE("1012", "3")); /* 12 s */
    open_source(world, "40", "day.jsonl", "");
    ioc_span start = ioc_clock_steady();
    run_to_end(world, 10 * IOC_SECOND);
    ioc_span took = ioc_clock_steady() - start;
    assert_int_equal(world->seen_count, 3);
    assert_true(took >= 300 * IOC_MILLISECOND);
    assert_true(took < 5 * IOC_SECOND);
    close_world(world);
}

static void a_full_inbox_pauses_the_file_and_nothing_is_lost(void **state)
{
    struct world *world = world_new_sized(ROUTE, 16 * 1024);
    struct ioc_buffer text = {0};
    for (int i = 0; i < 5000; i++)
        ioc_buffer_addf(&text, LINE("%d", "%d"), i, i);
    ioc_buffer_add_char(&text, 0);
    write_file(world, "day.jsonl", text.data);
    ioc_buffer_done(&text);
    open_source(world, "max", "day.jsonl", "");
    run_to_end(world, 30 * IOC_SECOND);
    assert_int_equal(world->seen_count, 5000);
    uint64_t messages, dead, dropped;
    ioc_time last;
    ioc_intake_counts(world->intake, 3, &messages, &dead, &dropped, &last);
    assert_int_equal(dropped, 0);
    close_world(world);
}

static void a_loop_begins_again_but_not_over_an_empty_file(void **state)
{
    struct world *world = world_new(ROUTE);
    write_file(world, "day.jsonl", LINE("5", "1"));
    open_source(world, "max", "day.jsonl", "loop: true\n");
    ioc_span start = ioc_clock_steady();
    while (world->seen_count < 100 && ioc_clock_steady() - start < 5 * IOC_SECOND)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_true(world->seen_count >= 100);
    close_world(world);
    world = world_new(ROUTE);
    write_file(world, "day.jsonl", "\n\n");
    open_source(world, "max", "day.jsonl", "loop: true\n");
    run_to_end(world, 2 * IOC_SECOND);
    assert_int_equal(world->kind->state(world->source), IOC_SOURCE_ENDED);
    close_world(world);
}

static void a_wrong_speed_or_file_is_told(void **state)
{
    struct world *world = world_new(ROUTE);
    struct ioc_error err = {0};
    struct ioc_source *source = NULL;
    struct {
        struct ioc_text file, speed;
        bool loop;
    } given = {IOC_TEXT("/nowhere/day.jsonl"), IOC_TEXT("fast"), false};
    struct ioc_source_setup setup = {
        .name = IOC_TEXT("gauges"), .intake = world->intake, .loop = &world->loop};
    world->kind = ioc_source_find(IOC_TEXT("replay"));
    assert_int_equal(sizeof given, world->kind->options_bytes);
    assert_int_equal(world->kind->open(&setup, &given, &source, &err), IOC_INVALID);
    assert_non_null(strstr(err.hint, "max"));
    given.speed = IOC_TEXT("1");
    assert_int_equal(world->kind->open(&setup, &given, &source, &err), IOC_FAILED);
    assert_non_null(strstr(err.text, "/nowhere/day.jsonl"));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_counts_as_received_at_its_own_time),
        cmocka_unit_test(payloads_come_out_as_the_json_they_were),
        cmocka_unit_test(lines_that_are_no_messages_are_counted_and_passed_over),
        cmocka_unit_test(a_line_without_end_is_passed_over_not_held_in_memory),
        cmocka_unit_test(the_pace_is_that_of_the_recording),
        cmocka_unit_test(a_full_inbox_pauses_the_file_and_nothing_is_lost),
        cmocka_unit_test(a_loop_begins_again_but_not_over_an_empty_file),
        cmocka_unit_test(a_wrong_speed_or_file_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
