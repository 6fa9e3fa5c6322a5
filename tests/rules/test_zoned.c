/* tests/rules/test_zoned.c — calendar parts in zones that come with the event. */
#include "core/draft.h"
#include "core/zones.h"
#include "rules/cel/inside.h"
#include "rules/cel/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { AT, ZONE, EXTRA, FIELDS };
static struct ioc_field fields[FIELDS] = {
    [AT] = {.name = {"at", 2}, .type = IOC_TIMESTAMP},
    [ZONE] = {.name = {"zone", 4}, .type = IOC_STRING, .is_optional = true},
    [EXTRA] = {.name = {"extra", 5}, .type = IOC_DYN, .is_optional = true},
};
static const struct ioc_schema schema = {.name = {"visits", 6}, .fields = fields, .count = FIELDS};
static const struct ioc_variable event = {.name = {"event", 5}, .is_record = true, .schema = &schema};

static struct ioc_draft draft;
static const struct ioc_row *frames[IOC_FRAMES_MOST];
static struct ioc_scratch *scratch;
static struct ioc_zones *zones;

/* 2026-07-01T20:30:00Z, seen from that zone */
static void see(const char *zone)
{
    ioc_draft_begin(&draft, &schema);
    ioc_draft_set_int(&draft, AT, 1782937800 * IOC_SECOND);
    if (zone)
        assert_int_equal(ioc_draft_set_text(&draft, ZONE, ioc_text_of(zone)), IOC_OK);
    frames[0] = ioc_draft_row(&draft);
}

static int set_up(void **state)
{
    scratch = ioc_scratch_new();
    zones = ioc_zones_new();
    return 0;
}

static int tear_down(void **state)
{
    ioc_scratch_free(scratch);
    ioc_draft_done(&draft);
    ioc_zones_unref(zones);
    return 0;
}

static struct ioc_program *compile(const char *source, bool is_unchecked, struct ioc_zones *shared)
{
    const struct ioc_scope scope = {.variables = &event, .count = 1, .zones = shared};
    const struct ioc_environment environment = {.scope = &scope, .is_unchecked = is_unchecked};
    struct ioc_program *program;
    struct ioc_program_error err;
    if (ioc_program_new_in(ioc_text_of(source), &environment, IOC_TYPES, &program, &err) != IOC_OK)
        fail_msg("%s: %s", source, err.error.text);
    return program;
}

static void assert_part(const char *source, int64_t wanted)
{
    for (int is_unchecked = 0; is_unchecked < 2; is_unchecked++) {
        struct ioc_program *program = compile(source, is_unchecked, zones);
        struct ioc_outcome_value value;
        if (ioc_program_run(program, frames, scratch, &value) != IOC_OUTCOME_VALUE)
            fail_msg("%s: %s", source, ioc_scratch_error(scratch));
        assert_int_equal(value.integer, wanted);
        ioc_program_free(program);
    }
}

static void the_zone_of_the_event_decides_the_hour(void **state)
{
    static const struct {
        const char *zone;
        int64_t hour, minute, day;
    } known[] = {{"Asia/Ho_Chi_Minh", 3, 30, 2}, {"Europe/Berlin", 22, 30, 1},
        {"America/St_Johns", 18, 0, 1}, {"Asia/Kathmandu", 2, 15, 2}, {"US/Central", 15, 30, 1},
        {"+07:00", 3, 30, 2}, {"-02:30", 18, 0, 1}, {"UTC", 20, 30, 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        see(known[i].zone);
        assert_part("event.at.getHours(event.zone)", known[i].hour);
        assert_part("event.at.getMinutes(event.zone)", known[i].minute);
        assert_part("event.at.getDate(event.?zone.orValue('Asia/Tokyo'))", known[i].day);
        assert_part("dyn(event.at).getHours(dyn(event.zone))", known[i].hour);
        assert_part("[event.zone].map(z, event.at.getHours(z))[0]", known[i].hour);
    }
}

static void constants_that_are_computed_are_zones_too(void **state)
{
    see(NULL);
    assert_part("event.at.getHours('Asia/' + 'Tokyo')", 5);
    assert_part("event.at.getHours(dyn('Asia/Tokyo'))", 5);
    assert_part("dyn(event.at).getHours('Asia/Tokyo')", 5);
    assert_part("timestamp('2026-07-01T20:30:00Z').getHours(cel.bind(z, 'Asia/Tokyo', z))", 5);
    assert_part("event.at.getHours(event.?zone.orValue('Asia/Tokyo'))", 5);
    assert_part("['Asia/Tokyo', 'UTC'].map(z, timestamp(0).getHours(z))[0]", 9);
}

static void a_name_that_is_no_zone_is_an_error(void **state)
{
    static const char *const wrong[] = {"Asia/Ho_Chi_Min", "asia/tokyo", "posix/Asia/Tokyo", "Asia", "7", "+7:0:0"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        see(wrong[i]);
        for (int is_unchecked = 0; is_unchecked < 2; is_unchecked++) {
            struct ioc_program *program = compile("event.at.getHours(event.zone)", is_unchecked, zones);
            struct ioc_outcome_value value;
            assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_ERROR);
            assert_int_equal(scratch->pending.fault, IOC_FAULT_ZONE);
            ioc_program_free(program);
        }
    }
    see(NULL);
    struct ioc_program *program = compile("event.at.getHours(event.zone)", false, zones);
    struct ioc_outcome_value value;
    assert_int_equal(ioc_program_run(program, frames, scratch, &value), IOC_OUTCOME_MISSING);
    ioc_program_free(program);
}

static void only_programs_that_need_them_hold_all_zones(void **state)
{
    static const struct {
        const char *source;
        bool needs;
    } known[] = {{"event.at.getHours(event.zone)", true}, {"dyn(event.at).getHours(event.zone)", true},
        {"event.at.getHours('Asia/Tokyo')", false}, {"dyn(event.at).getHours('Asia/Tokyo')", false},
        {"event.at.getHours('Asia/' + 'Tokyo')", false}, {"event.at.getHours()", false},
        {"event.at.getHours('+07:00')", false}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct ioc_program *program = compile(known[i].source, false, zones);
        assert_ptr_equal(ioc_program_zones(program), known[i].needs ? zones : NULL);
        ioc_program_free(program);
    }
}

static void programs_outlive_the_scope_and_may_have_zones_of_their_own(void **state)
{
    see("Asia/Tokyo");
    struct ioc_program *shared = compile("event.at.getHours(event.zone)", false, zones),
                       *alone = compile("event.at.getHours(event.zone)", false, NULL);
    ioc_zones_unref(zones);
    zones = NULL;
    struct ioc_outcome_value value;
    assert_int_equal(ioc_program_run(shared, frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_int_equal(value.integer, 5);
    assert_int_equal(ioc_program_run(alone, frames, scratch, &value), IOC_OUTCOME_VALUE);
    assert_int_equal(value.integer, 5);
    ioc_program_free(shared);
    ioc_program_free(alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_zone_of_the_event_decides_the_hour, set_up, tear_down),
        cmocka_unit_test_setup_teardown(constants_that_are_computed_are_zones_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_that_is_no_zone_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_programs_that_need_them_hold_all_zones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            programs_outlive_the_scope_and_may_have_zones_of_their_own, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
