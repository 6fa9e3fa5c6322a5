/*
 * ingest/command_verify.c — is this a command that the gateway sent, now, for an alert that can exist?
 *
 * The signature is checked over the bytes as they came, before anything is parsed.
 */
#include "ingest/command.h"
#include <assert.h>
#include <jansson.h>
#include <sodium.h>

static const ioc_span life_most = 30 * IOC_SECOND;
enum { ID_MOST = 64, NAME_MOST = 128, SCOPE_MOST = 1024, REASON_MOST = 500, ROLES_MOST = 32 };

static bool is_signed(struct ioc_text json, struct ioc_text mac_hex, const uint8_t key[32])
{
    unsigned char mac[crypto_auth_BYTES];
    size_t length = 0;
    const char *end = NULL;
    _Static_assert(crypto_auth_KEYBYTES == 32, "the key is handed in as 32 bytes");
    if (mac_hex.length != 2 * sizeof mac ||
        sodium_hex2bin(mac, sizeof mac, mac_hex.data, mac_hex.length, NULL, &length, &end) != 0 ||
        length != sizeof mac || end != mac_hex.data + mac_hex.length)
        return false;
    return crypto_auth_verify(mac, (const unsigned char *)json.data, json.length, key) == 0;
}

static json_t *find(const json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    return json_is_null(value) ? NULL : value;
}

/* *out stays empty when the member is absent. */
static bool read_text(const json_t *object, const char *name, uint32_t most,
    struct ioc_arena *arena, struct ioc_text *out)
{
    const json_t *value = find(object, name);
    if (!value)
        return true;
    if (!json_is_string(value) || json_string_length(value) > most)
        return false;
    *out = ioc_arena_copy(
        arena, (struct ioc_text){json_string_value(value), (uint32_t)json_string_length(value)});
    return true;
}

static bool read_time(const json_t *object, const char *name, ioc_time *out)
{
    const json_t *value = find(object, name);
    if (!value)
        return true;
    if (!json_is_integer(value))
        return false;
    json_int_t ms = json_integer_value(value);
    if (ms < 0 || ms > IOC_TIME_MAX / IOC_MILLISECOND)
        return false;
    *out = ms * IOC_MILLISECOND;
    return true;
}

static bool read_seq(const json_t *object, struct ioc_command *command)
{
    const json_t *value = find(object, "seq_seen");
    if (!value)
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > UINT32_MAX)
        return false;
    command->seq_seen = (uint32_t)json_integer_value(value);
    return true;
}

static bool is_word(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char letter = text[i];
        bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        if (!is_letter && !(letter >= '0' && letter <= '9') && letter != '-' && letter != '_' &&
            letter != '.')
            return false;
    }
    return length > 0;
}

/* ["operator","lead"] → "operator,lead" */
static bool read_roles(const json_t *object, struct ioc_arena *arena, struct ioc_text *out)
{
    const json_t *list = find(object, "roles");
    if (!list)
        return true;
    if (!json_is_array(list) || json_array_size(list) > ROLES_MOST)
        return false;
    char joined[ROLES_MOST * (NAME_MOST + 1)];
    uint32_t length = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *role = json_array_get(list, i);
        if (!json_is_string(role) || json_string_length(role) > NAME_MOST ||
            !is_word(json_string_value(role), json_string_length(role)))
            return false;
        if (i > 0)
            joined[length++] = ',';
        memcpy(joined + length, json_string_value(role), json_string_length(role));
        length += (uint32_t)json_string_length(role);
    }
    *out = ioc_arena_copy(arena, (struct ioc_text){joined, length});
    return true;
}

static bool read_version_and_op(const json_t *object, struct ioc_command *command)
{
    const json_t *version = find(object, "v"), *op = find(object, "op");
    if (!json_is_integer(version) || json_integer_value(version) != 1 || !json_is_string(op))
        return false;
    int found = ioc_command_find(
        (struct ioc_text){json_string_value(op), (uint32_t)json_string_length(op)});
    if (found < 0)
        return false;
    command->op = (uint8_t)found;
    return true;
}

/* Reads as much as can be read, for the answer; true when it is a command in every part. */
static bool read_command(const json_t *object, struct ioc_arena *arena, struct ioc_command *command)
{
    bool is_sound = read_text(object, "cmd_id", ID_MOST, arena, &command->id);
    is_sound &= read_text(object, "alert", ID_MOST, arena, &command->alert);
    is_sound &= read_text(object, "user", NAME_MOST, arena, &command->user);
    is_sound &= read_text(object, "ip", NAME_MOST, arena, &command->ip);
    is_sound &= read_text(object, "gate", NAME_MOST, arena, &command->gate);
    is_sound &= read_text(object, "scope", SCOPE_MOST, arena, &command->scope);
    is_sound &= read_text(object, "session", NAME_MOST, arena, &command->session);
    is_sound &= read_text(object, "reason", REASON_MOST, arena, &command->reason);
    is_sound &= read_roles(object, arena, &command->roles);
    is_sound &= read_seq(object, command);
    is_sound &= read_time(object, "issued_at", &command->issued_at);
    is_sound &= read_time(object, "expires_at", &command->expires_at);
    is_sound &= read_time(object, "until", &command->until);
    is_sound &= read_version_and_op(object, command);
    is_sound &= is_word(command->id.data, command->id.length) && command->user.length > 0;
    is_sound &= command->issued_at != IOC_TIME_NONE && command->expires_at != IOC_TIME_NONE;
    return is_sound && (command->op == IOC_COMMAND_SHELVE) == (command->until != IOC_TIME_NONE);
}

static const char *judge(
    const struct ioc_command *command, bool is_sound, ioc_time now, struct ioc_text gate)
{
    uint32_t partition;
    if (!is_sound)
        return "malformed";
    if (!ioc_text_equal(command->gate, gate))
        return "wrong-gate";
    if (now > command->expires_at || command->issued_at > ioc_time_add(now, life_most) ||
        command->expires_at < command->issued_at ||
        command->expires_at - command->issued_at > life_most)
        return "expired";
    if (ioc_id_partition(command->alert, &partition) != IOC_OK)
        return "no-such-alert";
    return NULL;
}

enum ioc_status ioc_command_verify(struct ioc_text json, struct ioc_text mac_hex,
    const uint8_t key[32], ioc_time now, struct ioc_text gate, struct ioc_arena *scratch,
    struct ioc_command *command, const char **why)
{
    struct ioc_command read = {
        .issued_at = IOC_TIME_NONE, .expires_at = IOC_TIME_NONE, .until = IOC_TIME_NONE};
    if (json.length > IOC_COMMAND_MOST) {
        *why = "malformed";
        *command = read;
        return IOC_LIMIT;
    }
    if (!is_signed(json, mac_hex, key)) {
        *why = "bad-mac";
        return IOC_DENIED;
    }
    json_t *object = json_loadb(json.data, json.length, JSON_REJECT_DUPLICATES, NULL);
    bool is_sound = json_is_object(object) && read_command(object, scratch, &read);
    json_decref(object);
    *command = read;
    const char *word = judge(&read, is_sound, now, gate);
    if (!word)
        return IOC_OK;
    *why = word;
    return IOC_INVALID;
}
