/*
 * sinks/wall/submit.c — an operator's command: checked as the browser sent it, then signed for the
 * engine.
 */
#include "sinks/wall/submit.h"
#include <assert.h>
#include <jansson.h>
#include <sodium.h>

#define COMMAND_LIFE (30 * IOC_SECOND)

static const char *const known_fields[] = {"cmd_id", "op", "alert", "seq_seen", "until", "reason"};

/* A command is one flat object: a second opening bracket outside of a text is too deep, seen before
 * the parser recurses. */
static bool is_flat(struct ioc_text body)
{
    bool is_inside = false;
    int opened = 0;
    for (uint32_t i = 0; i < body.length; i++) {
        char letter = body.data[i];
        if (is_inside && letter == '\\')
            i++;
        else if (letter == '"')
            is_inside = !is_inside;
        else if (!is_inside && (letter == '{' || letter == '['))
            opened++;
    }
    return opened <= 1;
}

static bool has_only_known_fields(json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        bool is_known = false;
        for (size_t i = 0; i < sizeof known_fields / sizeof *known_fields; i++)
            is_known |= strcmp(name, known_fields[i]) == 0;
        if (!is_known)
            return false;
    }
    return true;
}

static struct ioc_text text_of(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    if (!json_is_string(value))
        return (struct ioc_text){NULL, 0};
    return (struct ioc_text){json_string_value(value), (uint32_t)json_string_length(value)};
}

static bool is_uuid(struct ioc_text text)
{
    if (text.length != 36)
        return false;
    for (uint32_t i = 0; i < 36; i++) {
        char letter = text.data[i];
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool is_hex = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') ||
                      (letter >= 'A' && letter <= 'F');
        if (is_dash ? letter != '-' : !is_hex)
            return false;
    }
    return true;
}

static bool is_printable(struct ioc_text text)
{
    for (uint32_t i = 0; i < text.length; i++) {
        uint8_t letter = (uint8_t)text.data[i];
        if ((letter < 0x20 && letter != '\n' && letter != '\t') || letter == 0x7f)
            return false;
    }
    return true;
}

static const char *read_what(json_t *object, struct ioc_submission *out)
{
    uint32_t partition;
    out->id = text_of(object, "cmd_id");
    if (!is_uuid(out->id))
        return "'cmd_id' must be a UUID: 36 characters";
    int op = ioc_command_find(text_of(object, "op"));
    if (op < 0)
        return "'op' must be one of ack, unack, shelve, unshelve, note";
    out->op = (uint8_t)op;
    out->alert = text_of(object, "alert");
    if (ioc_id_partition(out->alert, &partition) != IOC_OK)
        return "'alert' must be an alert id: 28 characters";
    json_t *seen = json_object_get(object, "seq_seen");
    if (seen && (!json_is_integer(seen) || json_integer_value(seen) < 0 ||
                    json_integer_value(seen) > UINT32_MAX))
        return "'seq_seen' must be a whole number, not negative";
    out->seq_seen = seen ? (uint32_t)json_integer_value(seen) : 0;
    return NULL;
}

static const char *read_reason(json_t *object, struct ioc_submission *out)
{
    json_t *reason = json_object_get(object, "reason");
    if (reason && !json_is_string(reason))
        return "'reason' must be a text";
    out->reason = text_of(object, "reason");
    if (out->reason.length > IOC_SUBMIT_REASON)
        return "'reason' must be at most 500 bytes of UTF-8";
    if (!is_printable(out->reason))
        return "'reason' must not contain control characters";
    bool is_needed = out->op == IOC_COMMAND_SHELVE || out->op == IOC_COMMAND_NOTE;
    if (is_needed && ioc_text_trim(out->reason).length == 0)
        return "'reason' must be given to shelve or to note";
    return NULL;
}

static const char *read_until(json_t *object, ioc_time now, struct ioc_submission *out)
{
    json_t *until = json_object_get(object, "until");
    out->until = IOC_TIME_NONE;
    if (out->op != IOC_COMMAND_SHELVE)
        return until ? "'until' goes only with op shelve" : NULL;
    if (!json_is_integer(until))
        return "'until' must be given to shelve: milliseconds since 1970, a whole number";
    json_int_t ms = json_integer_value(until);
    if (ms <= now / IOC_MILLISECOND)
        return "'until' must be later than now";
    if (ms > (now + IOC_SUBMIT_SHELVE_MOST) / IOC_MILLISECOND)
        return "'until' must be at most 8 hours ahead";
    out->until = ms * IOC_MILLISECOND;
    return NULL;
}

enum ioc_status ioc_submit_read(struct ioc_text body, ioc_time now, struct ioc_arena *arena,
    struct ioc_submission *submission, const char **why)
{
    struct ioc_submission read = {0};
    json_t *object = NULL;
    *why = NULL;
    if (body.length > IOC_SUBMIT_BODY)
        *why = "the body is longer than 64 KiB";
    else if (!is_flat(body))
        *why = "the body must be one flat JSON object";
    else if (!(object = json_loadb(body.data, body.length, JSON_REJECT_DUPLICATES, NULL)))
        *why = "the body is not strict JSON: syntax, a field given twice, or not UTF-8";
    else if (!json_is_object(object))
        *why = "the body must be a JSON object";
    else if (!has_only_known_fields(object))
        *why = "fields other than cmd_id, op, alert, seq_seen, until, reason are not taken";
    if (!*why)
        *why = read_what(object, &read);
    if (!*why)
        *why = read_reason(object, &read);
    if (!*why)
        *why = read_until(object, now, &read);
    if (!*why) {
        read.id = ioc_arena_copy(arena, read.id);
        read.alert = ioc_arena_copy(arena, read.alert);
        read.reason = ioc_arena_copy(arena, read.reason);
        *submission = read;
    }
    json_decref(object);
    return *why ? IOC_INVALID : IOC_OK;
}

static void add_field(struct ioc_buffer *json, const char *name, struct ioc_text value)
{
    ioc_buffer_addf(json, ",\"%s\":", name);
    ioc_buffer_add_json(json, value);
}

static void add_time(struct ioc_buffer *json, const char *name, ioc_time time)
{
    ioc_buffer_addf(json, ",\"%s\":%lld", name, (long long)(time / IOC_MILLISECOND));
}

void ioc_submit_sign(const struct ioc_submission *submission, const struct ioc_submitter *by,
    ioc_time now, struct ioc_buffer *json, char mac[IOC_SUBMIT_MAC + 1])
{
    uint8_t tag[crypto_auth_BYTES];
    static_assert(crypto_auth_KEYBYTES == 32 && crypto_auth_BYTES * 2 == IOC_SUBMIT_MAC, "sizes");
    size_t start = json->length;
    ioc_buffer_add_string(json, "{\"v\":1");
    add_field(json, "cmd_id", submission->id);
    add_field(json, "op", ioc_text_of(ioc_command_text(submission->op)));
    add_field(json, "alert", submission->alert);
    ioc_buffer_addf(json, ",\"seq_seen\":%u", submission->seq_seen);
    add_field(json, "user", by->user);
    ioc_buffer_add_string(json, ",\"roles\":[\"operator\"]");
    add_field(json, "scope", IOC_TEXT("*")); /* the whole city */
    add_field(json, "session", by->session);
    add_field(json, "ip", by->ip);
    add_time(json, "issued_at", now);
    add_time(json, "expires_at", now + COMMAND_LIFE);
    if (submission->until != IOC_TIME_NONE)
        add_time(json, "until", submission->until);
    if (submission->reason.length)
        add_field(json, "reason", submission->reason);
    add_field(json, "gate", by->gate);
    ioc_buffer_add_char(json, '}');
    assert(!json->is_full);
    crypto_auth(tag, (const uint8_t *)json->data + start, json->length - start, by->key);
    sodium_bin2hex(mac, IOC_SUBMIT_MAC + 1, tag, sizeof tag);
}
