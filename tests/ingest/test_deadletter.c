/* tests/ingest/test_deadletter.c — what could not be used is kept, bounded, and only its keeper can
 * read it. */
#include "tests/ingest/world.h"

static int make_directory(void **state)
{
    char *directory = ioc_memory_copy("/tmp/ioc-dead-XXXXXX", 20);
    assert_non_null(mkdtemp(directory));
    *state = directory;
    return 0;
}

static int remove_directory(void **state)
{
    nftw(*state, world_unlink, 16, FTW_DEPTH | FTW_PHYS);
    ioc_memory_give(*state);
    return 0;
}

static char *read_file(const char *directory, const char *name)
{
    struct world world;
    snprintf(world.directory, sizeof world.directory, "%s", directory);
    return world_read(&world, name);
}

static uint32_t lines_of(const char *directory, const char *name)
{
    char *bytes = read_file(directory, name);
    uint32_t count = 0;
    for (char *at = bytes; *at; at++)
        count += *at == '\n';
    ioc_memory_give(bytes);
    return count;
}

static struct ioc_deadletter *open_letters(const char *directory, uint64_t most)
{
    struct ioc_deadletter *letters = NULL;
    struct ioc_error err = {0};
    enum ioc_status status = ioc_deadletter_open(ioc_text_of(directory), most, &letters, &err);
    if (status != IOC_OK)
        fail_msg("%s", err.text);
    return letters;
}

static void put(struct ioc_deadletter *letters, ioc_time at, struct ioc_text payload)
{
    ioc_deadletter_write(letters, &(struct ioc_deadletter_note){.at = at,
                                      .source = IOC_TEXT("gauges"),
                                      .topic = IOC_TEXT("city/\"q1\"\n"),
                                      .stream = IOC_TEXT("street_depth"),
                                      .payload = payload,
                                      .reason = "not-json",
                                      .detail = "a number begins with 0",
                                      .position = 6});
}

static void a_payload_comes_back_with_the_key_and_not_without(void **state)
{
    const char *directory = *state;
    struct ioc_error err = {0};
    struct ioc_buffer payload = {0};
    struct ioc_deadletter *letters = open_letters(directory, 1 << 20);
    put(letters, WORLD_NOW, IOC_TEXT("{\"plate\":\"51G-123.45\",\"n\":01}"));
    put(letters, WORLD_NOW, (struct ioc_text){"\0\xff", 2});
    put(letters, WORLD_NOW, IOC_TEXT(""));
    ioc_deadletter_close(letters);

    char *lines = read_file(directory, "deadletter.jsonl");
    assert_non_null(
        strstr(lines, "{\"t\":\"2026-09-21T14:13:20Z\",\"source\":\"gauges\",\"topic\":\"city/"
                      "\\\"q1\\\"\\n\",\"reason\":\"not-json\","
                      "\"detail\":\"a number begins with "
                      "0\",\"at\":6,\"stream\":\"street_depth\",\"bytes\":29,\"payload\":\""));
    assert_null(strstr(lines, "51G"));
    struct ioc_text line = {lines, (uint32_t)(strchr(lines, '\n') - lines)};
    assert_int_equal(ioc_deadletter_unseal(ioc_text_of(directory), line, &payload, &err), IOC_OK);
    assert_true(
        ioc_text_equal(ioc_buffer_text(&payload), IOC_TEXT("{\"plate\":\"51G-123.45\",\"n\":01}")));
    line = ioc_text_of(lines);
    struct ioc_text first, second, third;
    ioc_text_split(&line, '\n', &first);
    ioc_text_split(&line, '\n', &second);
    ioc_text_split(&line, '\n', &third);
    assert_int_equal(ioc_deadletter_unseal(ioc_text_of(directory), second, &payload, &err), IOC_OK);
    assert_true(ioc_text_equal(ioc_buffer_text(&payload), (struct ioc_text){"\0\xff", 2}));
    assert_int_equal(ioc_deadletter_unseal(ioc_text_of(directory), third, &payload, &err), IOC_OK);
    assert_int_equal(payload.length, 0);

    char *bytes = strstr(lines, "\"payload\":\"") + 40; /* one changed letter */
    *bytes = *bytes == 'A' ? 'B' : 'A';
    assert_int_equal(
        ioc_deadletter_unseal(ioc_text_of(directory), first, &payload, &err), IOC_DENIED);
    assert_int_equal(
        ioc_deadletter_unseal(ioc_text_of(directory), IOC_TEXT("{\"payload\":1}"), &payload, &err),
        IOC_INVALID);
    assert_int_equal(ioc_deadletter_unseal(ioc_text_of(directory),
                         IOC_TEXT("{\"payload\":\"QUJD\"}"), &payload, &err),
        IOC_INVALID);
    assert_int_equal(ioc_deadletter_unseal(IOC_TEXT("/tmp"), first, &payload, &err), IOC_NOT_FOUND);
    ioc_buffer_done(&payload);
    ioc_memory_give(lines);
}

static void key_and_files_are_ours_alone(void **state)
{
    const char *directory = *state;
    char path[100];
    struct stat status;
    struct ioc_error err = {0};
    struct ioc_deadletter *letters = open_letters(directory, 1 << 20);
    put(letters, WORLD_NOW, IOC_TEXT("x"));
    ioc_deadletter_close(letters);
    snprintf(path, sizeof path, "%s/deadletter.jsonl", directory);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    snprintf(path, sizeof path, "%s/deadletter.key", directory);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(
        ioc_deadletter_open(ioc_text_of(directory), 1 << 20, &letters, &err), IOC_DENIED);
}

static void two_files_change_places_when_full(void **state)
{
    const char *directory = *state;
    struct ioc_deadletter *letters = open_letters(directory, 2000);
    for (int i = 0; i < 100; i++) {
        put(letters, WORLD_NOW,
            IOC_TEXT("a payload of some length, so that the file soon is full"));
        assert_true(lines_of(directory, "deadletter.jsonl") <= 8);
    }
    uint32_t now = lines_of(directory, "deadletter.jsonl"),
             before = lines_of(directory, "deadletter.1.jsonl");
    assert_true(now >= 1 && before >= 4 && now <= before);
    ioc_deadletter_close(letters);
    letters = open_letters(directory, 2000); /* goes on where it was */
    put(letters, WORLD_NOW, IOC_TEXT("x"));
    assert_true(lines_of(directory, "deadletter.jsonl") == now + 1 ||
                lines_of(directory, "deadletter.jsonl") == 1);
    ioc_deadletter_close(letters);
}

static void nothing_outlives_a_week(void **state)
{
    const char *directory = *state;
    struct ioc_deadletter *letters = open_letters(directory, 1 << 20);
    put(letters, WORLD_NOW, IOC_TEXT("old"));
    ioc_deadletter_close(letters);
    letters = open_letters(directory, 1 << 20);
    put(letters, WORLD_NOW + 85 * IOC_HOUR, IOC_TEXT("newer"));
    assert_int_equal(lines_of(directory, "deadletter.jsonl"), 1);
    assert_int_equal(lines_of(directory, "deadletter.1.jsonl"), 1);
    put(letters, WORLD_NOW + 170 * IOC_HOUR, IOC_TEXT("newest"));
    char *lines = read_file(directory, "deadletter.1.jsonl");
    assert_null(strstr(lines, "2026-09-21"));
    ioc_memory_give(lines);
    ioc_deadletter_close(letters);
}

static void a_huge_payload_is_cut_but_its_size_is_told(void **state)
{
    const char *directory = *state;
    struct ioc_error err = {0};
    struct ioc_buffer payload = {0};
    struct ioc_deadletter *letters = open_letters(directory, 1 << 20);
    char *large = ioc_memory_take(500000);
    memset(large, 'x', 500000);
    put(letters, WORLD_NOW, (struct ioc_text){large, 500000});
    char *lines = read_file(directory, "deadletter.jsonl");
    assert_non_null(strstr(lines, "\"bytes\":500000"));
    assert_int_equal(ioc_deadletter_unseal(
                         ioc_text_of(directory), ioc_text_trim(ioc_text_of(lines)), &payload, &err),
        IOC_OK);
    assert_int_equal(payload.length, 64 * 1024);
    ioc_buffer_done(&payload);
    ioc_memory_give(lines);
    ioc_memory_give(large);
    ioc_deadletter_close(letters);
}

static void a_disk_that_takes_nothing_costs_the_line_only(void **state)
{
    const char *directory = *state;
    char path[100];
    int64_t before = ioc_metric_sum("ioc_deadletter_unwritten_total");
    struct ioc_deadletter *letters = open_letters(directory, 2000);
    put(letters, WORLD_NOW, IOC_TEXT("x"));
    snprintf(path, sizeof path, "%s/deadletter.jsonl", directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0); /* cannot be renamed over, cannot be opened */
    snprintf(path, sizeof path, "%s/deadletter.1.jsonl", directory);
    FILE *file = fopen(path, "w");
    fclose(file);
    for (int i = 0; i < 30; i++)
        put(letters, WORLD_NOW,
            IOC_TEXT("a payload of some length, so that the file soon is full"));
    assert_true(ioc_metric_sum("ioc_deadletter_unwritten_total") > before);
    snprintf(path, sizeof path, "%s/deadletter.jsonl", directory);
    assert_int_equal(rmdir(path), 0); /* the disk is back */
    put(letters, WORLD_NOW, IOC_TEXT("again"));
    assert_int_equal(lines_of(directory, "deadletter.jsonl"), 1);
    ioc_deadletter_close(letters);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        TEST(a_payload_comes_back_with_the_key_and_not_without),
        TEST(key_and_files_are_ours_alone),
        TEST(two_files_change_places_when_full),
        TEST(nothing_outlives_a_week),
        TEST(a_huge_payload_is_cut_but_its_size_is_told),
        TEST(a_disk_that_takes_nothing_costs_the_line_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
