/*
 * tests/fuzz/fuzz_gateway.c — what a browser may send: the body of a command, a Last-Event-ID, and both signed back.
 *
 * A body that is taken must come out as a signed command that is itself strict JSON with the same content.
 */
#include "sinks/wall/frame.h"
#include "sinks/wall/submit.h"
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>

#define NOW (1790000000000 * IOC_MILLISECOND)

static void check(bool is_right)
{
    if (!is_right)
        abort();
}

static bool is_text(const json_t *object, const char *name, struct ioc_text text)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) && json_string_length(value) == text.length &&
           memcmp(json_string_value(value), text.data, text.length) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[32] = {1};
    const struct ioc_text text = {(const char *)data, (uint32_t)size};
    struct ioc_submission submission;
    struct ioc_arena arena = {0};
    struct ioc_position position;
    const char *why;
    if (sodium_init() < 0)
        return 0;
    if (ioc_submit_read(text, NOW, &arena, &submission, &why) == IOC_OK) {
        const struct ioc_submitter by = {
            IOC_TEXT("local:a"), IOC_TEXT("s"), IOC_TEXT("::1"), IOC_TEXT("g"), key};
        struct ioc_buffer json = {0};
        char mac[IOC_SUBMIT_MAC + 1];
        ioc_submit_sign(&submission, &by, NOW, &json, mac);
        json_t *read = json_loadb(json.data, json.length, JSON_REJECT_DUPLICATES, NULL);
        check(is_text(read, "cmd_id", submission.id) && is_text(read, "alert", submission.alert));
        check(is_text(read, "user", by.user) && is_text(read, "gate", by.gate));
        check(!submission.reason.length || is_text(read, "reason", submission.reason));
        json_decref(read);
        ioc_buffer_done(&json);
    } else {
        check(why != NULL);
    }
    if (ioc_position_read(text, &position) == IOC_OK)
        check(position.ms || position.n || size >= 3);
    ioc_arena_done(&arena);
    return 0;
}
