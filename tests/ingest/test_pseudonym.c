/* tests/ingest/test_pseudonym.c — equal values stay equal for a month, and nobody can tell
 * afterwards whose they were. */
#include "tests/ingest/world.h"

static int make_directory(void **state)
{
    char *directory = ioc_memory_copy("/tmp/ioc-pseudo-XXXXXX", 22);
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

static struct ioc_pseudonym *open_names(const char *directory)
{
    struct ioc_pseudonym *names = NULL;
    struct ioc_error err = {0};
    if (ioc_pseudonym_open(ioc_text_of(directory), 30 * IOC_DAY, &names, &err) != IOC_OK)
        fail_msg("%s", err.text);
    return names;
}

static bool same(struct ioc_pseudonym *names, enum ioc_personal kind, const char *a, const char *b)
{
    char one[IOC_PSEUDONYM_LENGTH + 1], two[IOC_PSEUDONYM_LENGTH + 1];
    ioc_pseudonym_make(names, kind, ioc_text_of(a), WORLD_NOW, one);
    ioc_pseudonym_make(names, kind, ioc_text_of(b), WORLD_NOW, two);
    return strcmp(one, two) == 0;
}

static void one_plate_however_written_has_one_name(void **state)
{
    struct ioc_pseudonym *names = open_names(*state);
    assert_true(same(names, IOC_PERSONAL_PLATE, "51G-123.45", "51g 12345"));
    assert_true(same(names, IOC_PERSONAL_PLATE, " 59-X1 234.56", "59x123456"));
    assert_true(same(names, IOC_PERSONAL_PLATE, "59MĐ1-234.56", "59mđ123456"));
    assert_false(same(names, IOC_PERSONAL_PLATE, "51G-123.45", "51G-123.46"));
    ioc_pseudonym_close(names);
}

static void one_phone_however_written_has_one_name(void **state)
{
    struct ioc_pseudonym *names = open_names(*state);
    assert_true(same(names, IOC_PERSONAL_PHONE, "0903 123 456", "+84 903-123-456"));
    assert_true(same(names, IOC_PERSONAL_PHONE, "0084903123456", "84903123456"));
    assert_true(same(names, IOC_PERSONAL_PHONE, "(090) 312.3456", "0903123456"));
    assert_false(same(names, IOC_PERSONAL_PHONE, "0903123456", "0903123457"));
    assert_true(same(names, IOC_PERSONAL_EMAIL, " An@City.VN", "an@city.vn"));
    assert_false(same(names, IOC_PERSONAL_NAME, "An", "an"));
    ioc_pseudonym_close(names);
}

static void a_name_tells_nothing_and_depends_on_its_kind(void **state)
{
    struct ioc_pseudonym *names = open_names(*state);
    char one[IOC_PSEUDONYM_LENGTH + 1], two[IOC_PSEUDONYM_LENGTH + 1];
    ioc_pseudonym_make(names, IOC_PERSONAL_NAME, IOC_TEXT("84903123456"), WORLD_NOW, one);
    ioc_pseudonym_make(names, IOC_PERSONAL_PHONE, IOC_TEXT("84903123456"), WORLD_NOW, two);
    assert_string_not_equal(one, two);
    assert_int_equal(strlen(one), IOC_PSEUDONYM_LENGTH);
    assert_int_equal(one[0], 'p');
    assert_int_equal(strspn(one + 1, "0123456789abcdefghjkmnpqrstvwxyz"), 24);
    char *long_one = ioc_memory_take(2000), *long_two = ioc_memory_take(2000);
    memset(long_one, 'x', 1999);
    memset(long_two, 'x', 1999);
    long_two[1500] = 'y';
    assert_false(same(names, IOC_PERSONAL_TEXT, long_one, long_two));
    assert_false(same(names, IOC_PERSONAL_TEXT, "", " x"));
    ioc_memory_give(long_one);
    ioc_memory_give(long_two);
    ioc_pseudonym_close(names);
}

static void a_restart_keeps_names_and_a_period_changes_them(void **state)
{
    char now[IOC_PSEUDONYM_LENGTH + 1], later[IOC_PSEUDONYM_LENGTH + 1],
        next[IOC_PSEUDONYM_LENGTH + 1], again[IOC_PSEUDONYM_LENGTH + 1];
    struct ioc_text plate = IOC_TEXT("51G12345");
    ioc_time start = WORLD_NOW / (30 * IOC_DAY) * (30 * IOC_DAY);
    struct ioc_pseudonym *names = open_names(*state);
    ioc_pseudonym_make(names, IOC_PERSONAL_PLATE, plate, start, now);
    ioc_pseudonym_close(names);
    names = open_names(*state);
    ioc_pseudonym_make(names, IOC_PERSONAL_PLATE, plate, start + 30 * IOC_DAY - 1, later);
    assert_string_equal(now, later);
    ioc_pseudonym_make(names, IOC_PERSONAL_PLATE, plate, start + 30 * IOC_DAY, next);
    assert_string_not_equal(now, next);
    ioc_pseudonym_make(
        names, IOC_PERSONAL_PLATE, plate, start + 5 * IOC_DAY, again); /* a late message */
    assert_string_equal(now, again);
    ioc_pseudonym_close(names);
    names = open_names(*state);
    ioc_pseudonym_make(names, IOC_PERSONAL_PLATE, plate, start + 31 * IOC_DAY, again);
    assert_string_equal(next, again);
    ioc_pseudonym_make(names, IOC_PERSONAL_PLATE, plate, start + 61 * IOC_DAY,
        again); /* the first key is gone now */
    ioc_pseudonym_make(names, IOC_PERSONAL_PLATE, plate, start, again);
    assert_string_not_equal(now, again);
    ioc_pseudonym_close(names);
}

static void the_key_file_is_private_and_checked(void **state)
{
    char path[100], name[IOC_PSEUDONYM_LENGTH + 1];
    struct stat status;
    struct ioc_error err = {0};
    struct ioc_pseudonym *names = open_names(*state);
    ioc_pseudonym_make(names, IOC_PERSONAL_PLATE, IOC_TEXT("51G12345"), WORLD_NOW, name);
    ioc_pseudonym_close(names);
    snprintf(path, sizeof path, "%s/pseudonym.key", (char *)*state);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(ioc_pseudonym_open(ioc_text_of(*state), 0, &names, &err), IOC_DENIED);
    assert_int_equal(chmod(path, 0600), 0);
    FILE *file = fopen(path, "w");
    fputs("690 abc\n", file);
    fclose(file);
    assert_int_equal(ioc_pseudonym_open(ioc_text_of(*state), 0, &names, &err), IOC_INVALID);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        TEST(one_plate_however_written_has_one_name),
        TEST(one_phone_however_written_has_one_name),
        TEST(a_name_tells_nothing_and_depends_on_its_kind),
        TEST(a_restart_keeps_names_and_a_period_changes_them),
        TEST(the_key_file_is_private_and_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
