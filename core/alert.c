/*
 * core/alert.c — outputs and commands as bytes, and the one JSON form of a transition.
 *
 * Each packed struct has a table of its fields: kind, place, highest allowed value.  Packed bytes are the
 * fields in the order of the table, numbers as they lie in memory, a text as its length (4 bytes) and its
 * bytes.  One pack and one unpack serve all four; unpack checks every bound and takes nothing that is left over.
 */
#include "core/alert.h"
#include <inttypes.h>
#include <stddef.h>

const char *ioc_severity_text(enum ioc_severity severity)
{
    static const char *const texts[IOC_SEVERITIES] = {
        "none", "warning", "minor", "major", "critical"};
    assert((unsigned)severity < IOC_SEVERITIES);
    return texts[severity];
}

const char *ioc_alert_state_text(enum ioc_alert_state state)
{
    static const char *const texts[IOC_ALERT_STATES] = {"NORM", "PEND", "UNACK", "ACKED", "RTNUN"};
    assert((unsigned)state < IOC_ALERT_STATES);
    return texts[state];
}

const char *ioc_cause_text(enum ioc_cause cause)
{
    static const char *const texts[IOC_CAUSES] = {
        [IOC_CAUSE_EVENT] = "event",
        [IOC_CAUSE_TIMER] = "timer",
        [IOC_CAUSE_PERSON] = "person",
        [IOC_CAUSE_SILENCE] = "silence",
        [IOC_CAUSE_MISSING] = "missing",
        [IOC_CAUSE_WORSE] = "worse",
        [IOC_CAUSE_BETTER] = "better",
        [IOC_CAUSE_RELOAD] = "reload",
        [IOC_CAUSE_EXPIRED] = "expired",
        [IOC_CAUSE_AGED_OUT] = "aged-out",
        [IOC_CAUSE_KEY_MOVED] = "key-moved",
        [IOC_CAUSE_RESTART] = "restart",
    };
    assert((unsigned)cause < IOC_CAUSES);
    return texts[cause];
}

const char *ioc_quality_text(enum ioc_quality quality)
{
    static const char *const texts[] = {"good", "uncertain", "stale", "offline"};
    assert((unsigned)quality <= IOC_QUALITY_OFFLINE);
    return texts[quality];
}

const char *ioc_command_text(enum ioc_command_op op)
{
    static const char *const texts[IOC_COMMANDS] = {"ack", "unack", "shelve", "unshelve", "note"};
    assert((unsigned)op < IOC_COMMANDS);
    return texts[op];
}

enum ioc_severity ioc_severity_find(struct ioc_text text)
{
    int severity = 0;
    while (severity < IOC_SEVERITIES &&
           !ioc_text_equal(text, ioc_text_of(ioc_severity_text((enum ioc_severity)severity))))
        severity++;
    return (enum ioc_severity)severity;
}

int ioc_command_find(struct ioc_text text)
{
    for (int op = 0; op < IOC_COMMANDS; op++) {
        if (ioc_text_equal(text, ioc_text_of(ioc_command_text((enum ioc_command_op)op))))
            return op;
    }
    return -1;
}

enum field_kind { NUMBER_8, NUMBER_32, NUMBER_64, POINT, ID, TEXT };

struct packed_field {
    enum field_kind kind;
    uint16_t place;
    uint8_t most; /* NUMBER_8 only */
};

static const uint8_t kind_bytes[] = {
    [NUMBER_8] = 1,
    [NUMBER_32] = 4,
    [NUMBER_64] = 8,
    [POINT] = sizeof(struct ioc_point),
    [ID] = IOC_ID_LENGTH,
    [TEXT] = 4,
};

#define FIELD(type, kind, name)                                                                    \
    {                                                                                              \
        kind, offsetof(struct type, name), UINT8_MAX                                               \
    }
#define CHOICE(type, name, count)                                                                  \
    {                                                                                              \
        NUMBER_8, offsetof(struct type, name), (count)-1                                           \
    }

static const struct packed_field transition_fields[] = {
    FIELD(ioc_transition, ID, id),
    FIELD(ioc_transition, NUMBER_32, seq),
    FIELD(ioc_transition, NUMBER_32, count),
    CHOICE(ioc_transition, from, IOC_ALERT_STATES),
    CHOICE(ioc_transition, to, IOC_ALERT_STATES),
    CHOICE(ioc_transition, flags, 16),
    CHOICE(ioc_transition, severity, IOC_SEVERITIES),
    CHOICE(ioc_transition, severity_before, IOC_SEVERITIES),
    CHOICE(ioc_transition, priority, IOC_SEVERITIES),
    CHOICE(ioc_transition, cause, IOC_CAUSES),
    CHOICE(ioc_transition, has_point, 2),
    CHOICE(ioc_transition, is_restated, 2),
    CHOICE(ioc_transition, partition, IOC_PARTITIONS),
    FIELD(ioc_transition, NUMBER_64, offset),
    FIELD(ioc_transition, NUMBER_64, rule_version),
    FIELD(ioc_transition, NUMBER_64, onset),
    FIELD(ioc_transition, NUMBER_64, since),
    FIELD(ioc_transition, NUMBER_64, key_time),
    FIELD(ioc_transition, NUMBER_64, engine_time),
    FIELD(ioc_transition, NUMBER_64, acknowledged_at),
    FIELD(ioc_transition, NUMBER_64, shelved_until),
    FIELD(ioc_transition, POINT, point),
    FIELD(ioc_transition, TEXT, rule),
    FIELD(ioc_transition, TEXT, owner),
    FIELD(ioc_transition, TEXT, stream),
    FIELD(ioc_transition, TEXT, key),
    FIELD(ioc_transition, TEXT, entity),
    FIELD(ioc_transition, TEXT, title_vi),
    FIELD(ioc_transition, TEXT, title_en),
    FIELD(ioc_transition, TEXT, message_vi),
    FIELD(ioc_transition, TEXT, message_en),
    FIELD(ioc_transition, TEXT, area),
    FIELD(ioc_transition, TEXT, area_name),
    FIELD(ioc_transition, TEXT, actor),
    FIELD(ioc_transition, TEXT, reason),
    FIELD(ioc_transition, TEXT, command),
    FIELD(ioc_transition, TEXT, acknowledged_by),
    FIELD(ioc_transition, TEXT, shelved_by),
    FIELD(ioc_transition, TEXT, note),
    FIELD(ioc_transition, TEXT, values),
    FIELD(ioc_transition, TEXT, labels),
    FIELD(ioc_transition, TEXT, response),
};

static const struct packed_field entity_fields[] = {
    FIELD(ioc_entity, NUMBER_64, value),
    CHOICE(ioc_entity, has_value, 2),
    CHOICE(ioc_entity, has_point, 2),
    CHOICE(ioc_entity, severity, IOC_SEVERITIES),
    CHOICE(ioc_entity, quality, IOC_QUALITY_OFFLINE + 1),
    CHOICE(ioc_entity, partition, IOC_PARTITIONS),
    FIELD(ioc_entity, NUMBER_8, decimals),
    FIELD(ioc_entity, NUMBER_64, time),
    FIELD(ioc_entity, NUMBER_64, received),
    FIELD(ioc_entity, POINT, point),
    FIELD(ioc_entity, TEXT, id),
    FIELD(ioc_entity, TEXT, stream),
    FIELD(ioc_entity, TEXT, kind),
    FIELD(ioc_entity, TEXT, name),
    FIELD(ioc_entity, TEXT, unit),
    FIELD(ioc_entity, TEXT, area),
};

static const struct packed_field command_fields[] = {
    CHOICE(ioc_command, op, IOC_COMMANDS),
    FIELD(ioc_command, NUMBER_32, seq_seen),
    FIELD(ioc_command, NUMBER_64, issued_at),
    FIELD(ioc_command, NUMBER_64, expires_at),
    FIELD(ioc_command, NUMBER_64, until),
    FIELD(ioc_command, TEXT, id),
    FIELD(ioc_command, TEXT, alert),
    FIELD(ioc_command, TEXT, user),
    FIELD(ioc_command, TEXT, roles),
    FIELD(ioc_command, TEXT, scope),
    FIELD(ioc_command, TEXT, session),
    FIELD(ioc_command, TEXT, ip),
    FIELD(ioc_command, TEXT, reason),
    FIELD(ioc_command, TEXT, gate),
};

static const struct packed_field result_fields[] = {
    CHOICE(ioc_result, is_done, 2),
    CHOICE(ioc_result, partition, IOC_PARTITIONS),
    FIELD(ioc_result, NUMBER_32, seq),
    FIELD(ioc_result, TEXT, command),
    FIELD(ioc_result, TEXT, gate),
    FIELD(ioc_result, TEXT, alert),
    FIELD(ioc_result, TEXT, user),
    FIELD(ioc_result, TEXT, why),
};

#define COUNT(fields) (sizeof(fields) / sizeof *(fields))

static void pack(
    const struct packed_field *fields, size_t count, const void *from, struct ioc_buffer *out)
{
    for (size_t i = 0; i < count; i++) {
        const char *place = (const char *)from + fields[i].place;
        if (fields[i].kind == TEXT) {
            const struct ioc_text *text = (const struct ioc_text *)place;
            ioc_buffer_add(out, &text->length, sizeof text->length);
            ioc_buffer_add_text(out, *text);
        } else {
            assert(fields[i].kind != NUMBER_8 || *(const uint8_t *)place <= fields[i].most);
            ioc_buffer_add(out, place, kind_bytes[fields[i].kind]);
        }
    }
}

/* `to` is all zeros. */
static enum ioc_status unpack(
    const struct packed_field *fields, size_t count, struct ioc_text bytes, void *to)
{
    const char *at = bytes.data;
    size_t rest = bytes.length;
    for (size_t i = 0; i < count; i++) {
        char *place = (char *)to + fields[i].place;
        size_t size = kind_bytes[fields[i].kind];
        if (size > rest || (fields[i].kind == NUMBER_8 && *(const uint8_t *)at > fields[i].most))
            return IOC_INVALID;
        if (fields[i].kind == TEXT) {
            struct ioc_text *text = (struct ioc_text *)place;
            memcpy(&text->length, at, size);
            if (text->length > rest - size)
                return IOC_INVALID;
            text->data = at + size;
            size += text->length;
        } else {
            memcpy(place, at, size);
        }
        at += size;
        rest -= size;
    }
    return rest ? IOC_INVALID : IOC_OK;
}

void ioc_transition_pack(const struct ioc_transition *transition, struct ioc_buffer *out)
{
    pack(transition_fields, COUNT(transition_fields), transition, out);
}

enum ioc_status ioc_transition_unpack(struct ioc_text bytes, struct ioc_transition *transition)
{
    struct ioc_transition read = {0};
    uint32_t partition;
    if (unpack(transition_fields, COUNT(transition_fields), bytes, &read) != IOC_OK ||
        ioc_id_partition(ioc_text_of(read.id.text), &partition) != IOC_OK)
        return IOC_INVALID;
    *transition = read;
    return IOC_OK;
}

void ioc_entity_pack(const struct ioc_entity *entity, struct ioc_buffer *out)
{
    pack(entity_fields, COUNT(entity_fields), entity, out);
}

enum ioc_status ioc_entity_unpack(struct ioc_text bytes, struct ioc_entity *entity)
{
    struct ioc_entity read = {0};
    if (unpack(entity_fields, COUNT(entity_fields), bytes, &read) != IOC_OK)
        return IOC_INVALID;
    *entity = read;
    return IOC_OK;
}

void ioc_command_pack(const struct ioc_command *command, struct ioc_buffer *out)
{
    pack(command_fields, COUNT(command_fields), command, out);
}

enum ioc_status ioc_command_unpack(struct ioc_text bytes, struct ioc_command *command)
{
    struct ioc_command read = {0};
    if (unpack(command_fields, COUNT(command_fields), bytes, &read) != IOC_OK)
        return IOC_INVALID;
    *command = read;
    return IOC_OK;
}

void ioc_result_pack(const struct ioc_result *result, struct ioc_buffer *out)
{
    pack(result_fields, COUNT(result_fields), result, out);
}

enum ioc_status ioc_result_unpack(struct ioc_text bytes, struct ioc_result *result)
{
    struct ioc_result read = {0};
    if (unpack(result_fields, COUNT(result_fields), bytes, &read) != IOC_OK)
        return IOC_INVALID;
    *result = read;
    return IOC_OK;
}

/* `,"name":`, or without the comma behind an opening brace. */
static void json_name(struct ioc_buffer *out, const char *name)
{
    if (out->length && out->data[out->length - 1] != '{')
        ioc_buffer_add_char(out, ',');
    ioc_buffer_add_char(out, '"');
    ioc_buffer_add_string(out, name);
    ioc_buffer_add_string(out, "\":");
}

static void json_text(struct ioc_buffer *out, const char *name, struct ioc_text text)
{
    if (text.length == 0)
        return;
    json_name(out, name);
    ioc_buffer_add_json(out, text);
}

static void json_uint(struct ioc_buffer *out, const char *name, uint64_t value)
{
    json_name(out, name);
    ioc_buffer_add_uint(out, value);
}

static void json_double(struct ioc_buffer *out, const char *name, double value)
{
    json_name(out, name);
    ioc_buffer_add_double(out, value);
}

/* Milliseconds, rounded down also before 1970. */
static void json_time(struct ioc_buffer *out, const char *name, ioc_time time)
{
    if (time == IOC_TIME_NONE)
        return;
    json_name(out, name);
    ioc_buffer_add_int(out, time / IOC_MILLISECOND - (time % IOC_MILLISECOND < 0));
}

static void json_object(struct ioc_buffer *out, const char *name, struct ioc_text object)
{
    if (object.length == 0)
        return;
    json_name(out, name);
    ioc_buffer_add_text(out, object);
}

static void json_languages(
    struct ioc_buffer *out, const char *name, struct ioc_text vi, struct ioc_text en)
{
    if (vi.length == 0 && en.length == 0)
        return;
    json_name(out, name);
    ioc_buffer_add_char(out, '{');
    json_text(out, "vi", vi);
    json_text(out, "en", en);
    ioc_buffer_add_char(out, '}');
}

static void json_flags(struct ioc_buffer *out, uint8_t flags)
{
    static const char *const texts[] = {
        "\"doubtful\"", "\"shelved\"", "\"suppressed\"", "\"maintenance\""};
    if (flags == 0)
        return;
    json_name(out, "flags");
    char before = '[';
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (flags >> i & 1) {
            ioc_buffer_add_char(out, before);
            ioc_buffer_add_string(out, texts[i]);
            before = ',';
        }
    }
    ioc_buffer_add_char(out, ']');
}

void ioc_transition_json(const struct ioc_transition *transition, struct ioc_buffer *out)
{
    char version[17];
    snprintf(version, sizeof version, "%016" PRIx64, transition->rule_version);
    ioc_buffer_add_char(out, '{');
    json_text(out, "id", ioc_text_of(transition->id.text));
    json_uint(out, "seq", transition->seq);
    json_text(out, "rule", transition->rule);
    json_text(out, "ver", ioc_text_of(version));
    json_text(out, "owner", transition->owner);
    json_languages(out, "title", transition->title_vi, transition->title_en);
    json_languages(out, "message", transition->message_vi, transition->message_en);
    json_text(out, "stream", transition->stream);
    json_text(out, "key", transition->key);
    json_text(out, "entity", transition->entity);
    json_text(out, "d", transition->area);
    json_text(out, "area", transition->area_name);
    if (transition->has_point) {
        json_double(out, "x", transition->point.longitude);
        json_double(out, "y", transition->point.latitude);
    }
    json_uint(out, "sev", transition->severity);
    json_uint(out, "sev_before", transition->severity_before);
    json_uint(out, "prio", transition->priority);
    json_text(out, "from", ioc_text_of(ioc_alert_state_text(transition->from)));
    json_text(out, "state", ioc_text_of(ioc_alert_state_text(transition->to)));
    json_flags(out, transition->flags);
    json_time(out, "onset", transition->onset);
    json_time(out, "since", transition->since);
    json_time(out, "upd", transition->engine_time);
    json_time(out, "key_time", transition->key_time);
    json_uint(out, "count", transition->count);
    json_text(out, "cause", ioc_text_of(ioc_cause_text(transition->cause)));
    json_text(out, "by", transition->actor);
    json_text(out, "reason", transition->reason);
    json_text(out, "cmd_id", transition->command);
    json_object(out, "values", transition->values);
    json_object(out, "labels", transition->labels);
    json_text(out, "response", transition->response);
    json_text(out, "ack_by", transition->acknowledged_by);
    json_time(out, "ack_at", transition->acknowledged_at);
    json_text(out, "shelve_by", transition->shelved_by);
    json_time(out, "shelve_until", transition->shelved_until);
    json_text(out, "note", transition->note);
    json_uint(out, "p", transition->partition);
    json_uint(out, "off", transition->offset);
    ioc_buffer_add_char(out, '}');
}
