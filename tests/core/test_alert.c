/* tests/core/test_alert.c — outputs cross lanes unchanged, and their JSON is what readers expect. */
#include "core/alert.h"
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ioc_transition make_transition(void)
{
    struct ioc_transition t = {
        .seq = 3,
        .count = 2,
        .from = IOC_ALERT_UNACKNOWLEDGED,
        .to = IOC_ALERT_ACKNOWLEDGED,
        .flags = IOC_ALERT_DOUBTFUL | IOC_ALERT_MAINTENANCE,
        .severity = IOC_SEVERITY_MAJOR,
        .severity_before = IOC_SEVERITY_MINOR,
        .priority = 4,
        .cause = IOC_CAUSE_PERSON,
        .has_point = 1,
        .partition = 29,
        .offset = 12345,
        .rule_version = UINT64_C(0x00ab00000000cdef),
        .onset = 1700000000 * IOC_SECOND,
        .since = 1700000001 * IOC_SECOND + 1,
        .key_time = -1,
        .engine_time = 1700000002 * IOC_SECOND,
        .acknowledged_at = 1700000003 * IOC_SECOND,
        .shelved_until = IOC_TIME_NONE,
        .point = {106.7, 10.77},
        .rule = IOC_TEXT("flood.street"),
        .owner = IOC_TEXT("drainage"),
        .stream = IOC_TEXT("street_depth"),
        .key = IOC_TEXT("NM-Q4-017"),
        .entity = IOC_TEXT("street_depth:NM-Q4-017"),
        .title_vi = IOC_TEXT("Ngập \"nặng\"\n"),
        .message_vi = IOC_TEXT("31,5 cm"),
        .message_en = IOC_TEXT("31.5 cm"),
        .area = IOC_TEXT("q4"),
        .area_name = IOC_TEXT("Quận 4"),
        .actor = IOC_TEXT("local:an"),
        .reason = IOC_TEXT("seen\x01"),
        .command = IOC_TEXT("c-1"),
        .acknowledged_by = IOC_TEXT("local:an"),
        .values = IOC_TEXT("{\"depth_cm\":31.5}"),
    };
    struct ioc_text key = {"sNM-Q4-017\0\0", 12};
    ioc_id_make(&t.id, IOC_TEXT("hcm"), t.rule, key, t.onset, 0);
    return t;
}

static void assert_text(struct ioc_text text, struct ioc_text expected)
{
    assert_int_equal(text.length, expected.length);
    if (expected.length)
        assert_memory_equal(text.data, expected.data, expected.length);
}

static void transition_is_unpacked_as_it_was_packed(void **state)
{
    struct ioc_transition before = make_transition(), after;
    struct ioc_buffer packed = {0}, again = {0};
    ioc_transition_pack(&before, &packed);
    assert_int_equal(ioc_transition_unpack(ioc_buffer_text(&packed), &after), IOC_OK);
    assert_string_equal(after.id.text, before.id.text);
    assert_int_equal(after.seq, 3);
    assert_int_equal(after.flags, before.flags);
    assert_int_equal(after.priority, 4);
    assert_int_equal(after.partition, 29);
    assert_true(after.rule_version == before.rule_version);
    assert_true(after.key_time == -1);
    assert_true(after.shelved_until == IOC_TIME_NONE);
    assert_true(after.point.latitude == 10.77);
    assert_text(after.title_vi, before.title_vi);
    assert_text(after.title_en, IOC_TEXT(""));
    assert_text(after.values, before.values);
    assert_text(after.response, IOC_TEXT(""));
    /* Every field: packed once more it is the same bytes. */
    ioc_transition_pack(&after, &again);
    assert_text(ioc_buffer_text(&again), ioc_buffer_text(&packed));
    ioc_buffer_done(&packed);
    ioc_buffer_done(&again);
}

static void every_field_of_a_transition_is_packed(void **state)
{
    /* Each text gets its own; what is left out would come back empty. */
    struct ioc_transition before = make_transition(), after;
    struct ioc_text *texts = &before.rule;
    size_t count = (sizeof before - offsetof(struct ioc_transition, rule)) / sizeof *texts;
    char letters[64];
    assert_true(count < sizeof letters);
    for (size_t i = 0; i < count; i++) {
        letters[i] = (char)('A' + i);
        texts[i] = (struct ioc_text){&letters[i], 1};
    }
    struct ioc_buffer packed = {0};
    ioc_transition_pack(&before, &packed);
    assert_int_equal(ioc_transition_unpack(ioc_buffer_text(&packed), &after), IOC_OK);
    for (size_t i = 0; i < count; i++)
        assert_text((&after.rule)[i], texts[i]);
    ioc_buffer_done(&packed);
}

static void entity_command_and_result_are_unpacked_as_they_were_packed(void **state)
{
    struct ioc_buffer packed = {0};
    struct ioc_entity entity = {.id = IOC_TEXT("s:k"),
        .stream = IOC_TEXT("s"),
        .kind = IOC_TEXT("water-level"),
        .name = IOC_TEXT("Cầu"),
        .unit = IOC_TEXT("cm"),
        .area = IOC_TEXT("q4"),
        .value = -0.5,
        .has_value = 1,
        .has_point = 1,
        .severity = 4,
        .quality = IOC_QUALITY_OFFLINE,
        .partition = 63,
        .decimals = -1,
        .time = 5,
        .received = 6,
        .point = {1, 2}};
    struct ioc_entity entity_after;
    ioc_entity_pack(&entity, &packed);
    assert_int_equal(ioc_entity_unpack(ioc_buffer_text(&packed), &entity_after), IOC_OK);
    assert_true(entity_after.value == -0.5 && entity_after.point.latitude == 2 &&
                entity_after.received == 6);
    assert_int_equal(entity_after.decimals, -1);
    assert_int_equal(entity_after.quality, IOC_QUALITY_OFFLINE);
    assert_int_equal(entity_after.partition, 63);
    assert_text(entity_after.area, IOC_TEXT("q4"));
    assert_text(entity_after.name, IOC_TEXT("Cầu"));

    struct ioc_command command = {.op = IOC_COMMAND_SHELVE,
        .seq_seen = 7,
        .issued_at = 1,
        .expires_at = 2,
        .until = 3,
        .id = IOC_TEXT("c-1"),
        .alert = IOC_TEXT("a"),
        .user = IOC_TEXT("u"),
        .roles = IOC_TEXT("r"),
        .scope = IOC_TEXT("s"),
        .session = IOC_TEXT("x"),
        .ip = IOC_TEXT("::1"),
        .reason = IOC_TEXT("why"),
        .gate = IOC_TEXT("g")};
    struct ioc_command command_after;
    ioc_buffer_reset(&packed);
    ioc_command_pack(&command, &packed);
    assert_int_equal(ioc_command_unpack(ioc_buffer_text(&packed), &command_after), IOC_OK);
    assert_int_equal(command_after.op, IOC_COMMAND_SHELVE);
    assert_int_equal(command_after.seq_seen, 7);
    assert_int_equal(command_after.until, 3);
    assert_text(command_after.ip, IOC_TEXT("::1"));
    assert_text(command_after.gate, IOC_TEXT("g"));

    struct ioc_result result = {.is_done = 1,
        .partition = 5,
        .seq = 9,
        .command = IOC_TEXT("c-1"),
        .gate = IOC_TEXT("g"),
        .alert = IOC_TEXT("a"),
        .user = IOC_TEXT("u"),
        .why = IOC_TEXT("changed")};
    struct ioc_result result_after;
    ioc_buffer_reset(&packed);
    ioc_result_pack(&result, &packed);
    assert_int_equal(ioc_result_unpack(ioc_buffer_text(&packed), &result_after), IOC_OK);
    assert_int_equal(result_after.seq, 9);
    assert_text(result_after.why, IOC_TEXT("changed"));
    ioc_buffer_done(&packed);
}

static void packed_bytes_cut_short_or_left_over_are_invalid(void **state)
{
    struct ioc_transition transition = make_transition(), after = {.seq = 99};
    struct ioc_buffer packed = {0};
    ioc_transition_pack(&transition, &packed);
    for (uint32_t length = 0; length < packed.length; length++) {
        char *cut = malloc(length ? length : 1);
        memcpy(cut, packed.data, length);
        assert_int_equal(
            ioc_transition_unpack((struct ioc_text){cut, length}, &after), IOC_INVALID);
        free(cut);
    }
    ioc_buffer_add_char(&packed, 0);
    assert_int_equal(ioc_transition_unpack(ioc_buffer_text(&packed), &after), IOC_INVALID);
    assert_int_equal(after.seq, 99);
    ioc_buffer_done(&packed);
}

/* After a yes, everything can be read and printed. */
static void packed_bytes_with_any_bit_changed_are_refused_or_readable(void **state)
{
    struct ioc_transition transition = make_transition(), after;
    struct ioc_buffer packed = {0}, json = {0};
    ioc_transition_pack(&transition, &packed);
    uint32_t length = (uint32_t)packed.length, refused = 0;
    char *copy = malloc(length);
    memcpy(copy, packed.data, length);
    for (uint32_t i = 0; i < length; i++) {
        for (int bit = 0; bit < 8; bit++) {
            copy[i] ^= (char)(1 << bit);
            if (ioc_transition_unpack((struct ioc_text){copy, length}, &after) == IOC_OK) {
                ioc_buffer_reset(&json);
                ioc_transition_json(&after, &json);
                assert_true(after.partition < IOC_PARTITIONS);
            } else {
                refused++;
            }
            copy[i] ^= (char)(1 << bit);
        }
    }
    assert_true(refused > 0);
    free(copy);
    ioc_buffer_done(&packed);
    ioc_buffer_done(&json);
}

static void transition_prints_as_the_one_json_form(void **state)
{
    struct ioc_transition transition = make_transition();
    struct ioc_buffer json = {0};
    ioc_transition_json(&transition, &json);
    static const char expected[] =
        "{\"id\":\"0xc5thnym4b650fp51z1zb25kn8r\",\"seq\":3,\"rule\":\"flood.street\",\"ver\":"
        "\"00ab00000000cdef\","
        "\"owner\":\"drainage\",\"title\":{\"vi\":\"Ngập \\\"nặng\\\"\\n\"},"
        "\"message\":{\"vi\":\"31,5 cm\",\"en\":\"31.5 "
        "cm\"},\"stream\":\"street_depth\",\"key\":\"NM-Q4-017\","
        "\"entity\":\"street_depth:NM-Q4-017\",\"d\":\"q4\",\"area\":\"Quận "
        "4\",\"x\":106.7,\"y\":10.77,\"sev\":3,"
        "\"sev_before\":2,\"prio\":4,\"from\":\"UNACK\",\"state\":\"ACKED\",\"flags\":["
        "\"doubtful\",\"maintenance\"],"
        "\"onset\":1700000000000,\"since\":1700000001000,\"upd\":1700000002000,\"key_time\":-1,"
        "\"count\":2,"
        "\"cause\":\"person\",\"by\":\"local:an\",\"reason\":\"seen\\u0001\",\"cmd_id\":\"c-1\","
        "\"values\":{\"depth_cm\":31.5},\"ack_by\":\"local:an\",\"ack_at\":1700000003000,\"p\":29,"
        "\"off\":12345}";
    assert_text(ioc_buffer_text(&json), ioc_text_of(expected));
    json_t *read = json_loadb(json.data, json.length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(read);
    json_decref(read);
    ioc_buffer_done(&json);
}

static void empty_transition_prints_as_whole_json_behind_other_text(void **state)
{
    struct ioc_transition transition = {.onset = IOC_TIME_NONE,
        .since = IOC_TIME_NONE,
        .key_time = IOC_TIME_NONE,
        .engine_time = IOC_TIME_NONE,
        .acknowledged_at = IOC_TIME_NONE,
        .shelved_until = IOC_TIME_NONE};
    struct ioc_buffer json = {0};
    ioc_buffer_add_string(&json, "[{},");
    ioc_transition_json(&transition, &json);
    ioc_buffer_add_char(&json, ']');
    json_t *read = json_loadb(json.data, json.length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(read);
    assert_null(json_object_get(json_array_get(read, 1), "onset"));
    assert_null(json_object_get(json_array_get(read, 1), "title"));
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(read, 1), "state")), "NORM");
    json_decref(read);
    ioc_buffer_done(&json);
}

static void words_are_found_again(void **state)
{
    for (int i = 0; i < IOC_SEVERITIES; i++)
        assert_int_equal(
            ioc_severity_find(ioc_text_of(ioc_severity_text((enum ioc_severity)i))), i);
    assert_int_equal(ioc_severity_find(IOC_TEXT("fatal")), IOC_SEVERITIES);
    for (int i = 0; i < IOC_COMMANDS; i++)
        assert_int_equal(
            ioc_command_find(ioc_text_of(ioc_command_text((enum ioc_command_op)i))), i);
    assert_int_equal(ioc_command_find(IOC_TEXT("")), -1);
    assert_string_equal(ioc_cause_text(IOC_CAUSE_RESTART), "restart");
    assert_string_equal(ioc_cause_text(IOC_CAUSE_KEY_MOVED), "key-moved");
    assert_string_equal(ioc_quality_text(IOC_QUALITY_OFFLINE), "offline");
    assert_string_equal(ioc_alert_state_text(IOC_ALERT_RETURNED), "RTNUN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transition_is_unpacked_as_it_was_packed),
        cmocka_unit_test(every_field_of_a_transition_is_packed),
        cmocka_unit_test(entity_command_and_result_are_unpacked_as_they_were_packed),
        cmocka_unit_test(packed_bytes_cut_short_or_left_over_are_invalid),
        cmocka_unit_test(packed_bytes_with_any_bit_changed_are_refused_or_readable),
        cmocka_unit_test(transition_prints_as_the_one_json_form),
        cmocka_unit_test(empty_transition_prints_as_whole_json_behind_other_text),
        cmocka_unit_test(words_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
