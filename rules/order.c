/*
 * rules/order.c — an operator's command on an alert of this partition.
 *
 * Signature and expiry against wall time were checked on the way in; here it is checked against engine time
 * and against the alert: does it exist, has it become worse since the operator saw it, is it in their scope.
 */
#include "rules/state.h"

static const ioc_span shelve_most = 8 * IOC_HOUR, shelve_most_critical = IOC_HOUR;

/* scope = area ids separated by commas; "" or "*" = the whole city. */
static bool is_in_scope(struct ioc_text scope, struct ioc_text area)
{
    struct ioc_text part;
    if (scope.length == 0 || ioc_text_equal(scope, IOC_TEXT("*")))
        return true;
    while (ioc_text_split(&scope, ',', &part))
        if (area.length && ioc_text_equal(ioc_text_trim(part), area))
            return true;
    return false;
}

static const char *acknowledge(struct ioc_shard *shard, struct ioc_alarm *alarm, const struct ioc_command *command)
{
    const struct ioc_rule *rule = ioc_ruleset_rule(shard->ruleset, alarm->rule);
    bool is_acknowledge = command->op == IOC_COMMAND_ACKNOWLEDGE;
    enum ioc_alert_state to = ioc_lifecycle_next(ioc_alarm_policy(rule, alarm), alarm->state,
        is_acknowledge ? IOC_LIFE_ACKNOWLEDGE : IOC_LIFE_UNACKNOWLEDGE);
    if (to == IOC_ALERT_STATES)
        return is_acknowledge ? (alarm->state == IOC_ALERT_ACKNOWLEDGED ? "already-acknowledged" : "not-active")
                              : "not-acknowledged";
    if (command->seq_seen && command->seq_seen < alarm->worse_seq)
        return "changed";
    alarm->acknowledged_at = is_acknowledge ? shard->now : IOC_TIME_NONE;
    ioc_alarm_change(shard, alarm, &(struct ioc_alarm_change){.to = to, .cause = IOC_CAUSE_PERSON, .command = command,
        .key_time = ioc_keystate_at(shard, alarm->key)->newest});
    return NULL;
}

static void keep_state(struct ioc_shard *shard, struct ioc_alarm *alarm, const struct ioc_command *command)
{
    ioc_alarm_change(shard, alarm, &(struct ioc_alarm_change){.to = alarm->state, .cause = IOC_CAUSE_PERSON, .command = command,
        .key_time = ioc_keystate_at(shard, alarm->key)->newest});
}

static const char *shelve(struct ioc_shard *shard, struct ioc_alarm *alarm, const struct ioc_command *command)
{
    ioc_span most = alarm->severity == IOC_SEVERITY_CRITICAL ? shelve_most_critical : shelve_most;
    if (ioc_text_trim(command->reason).length == 0)
        return "reason-missing";
    if (command->until == IOC_TIME_NONE || command->until <= shard->now)
        return "end-missing";
    if (ioc_time_since(command->until, shard->now) > most + IOC_MINUTE) /* a minute for the way here */
        return "too-long";
    if (command->seq_seen && command->seq_seen < alarm->worse_seq)
        return "changed";
    ioc_alarm_shelve(shard, alarm, command->until);
    keep_state(shard, alarm, command);
    return NULL;
}

static const char *unshelve(struct ioc_shard *shard, struct ioc_alarm *alarm, const struct ioc_command *command)
{
    if (!(alarm->flags & IOC_ALERT_SHELVED))
        return "not-shelved";
    ioc_alarm_unshelve(shard, alarm);
    keep_state(shard, alarm, command);
    return NULL;
}

static const char *carry_out(struct ioc_shard *shard, struct ioc_alarm *alarm, const struct ioc_command *command)
{
    if (command->expires_at < shard->now)
        return "expired";
    if (ioc_recent_meet(&shard->commands, ioc_text_hash(command->id), shard->now, ioc_time_add(shard->now, IOC_HOUR), 4096))
        return "repeated";
    if (!alarm)
        return "no-such-alert";
    const struct ioc_keystate *key = ioc_keystate_at(shard, alarm->key);
    struct ioc_text area = key->area == IOC_AREA_NONE ? (struct ioc_text){0}
                                                      : ioc_areas_get(shard->options.areas, (uint32_t)key->area)->id;
    if (!is_in_scope(command->scope, area))
        return "out-of-scope";
    switch ((enum ioc_command_op)command->op) {
    case IOC_COMMAND_ACKNOWLEDGE:
    case IOC_COMMAND_UNACKNOWLEDGE: return acknowledge(shard, alarm, command);
    case IOC_COMMAND_SHELVE: return shelve(shard, alarm, command);
    case IOC_COMMAND_UNSHELVE: return unshelve(shard, alarm, command);
    case IOC_COMMAND_NOTE:
        if (ioc_text_trim(command->reason).length == 0)
            return "reason-missing";
        keep_state(shard, alarm, command);
        return NULL;
    case IOC_COMMANDS: break;
    }
    return "unknown-command";
}

void ioc_order_apply(struct ioc_shard *shard, const struct ioc_command *command)
{
    struct ioc_alarm *alarm = ioc_alarm_by_id(shard, command->alert);
    const char *why = carry_out(shard, alarm, command);
    struct ioc_result result = {.is_done = !why, .partition = (uint8_t)shard->options.partition, .seq = alarm ? alarm->seq : 0,
        .command = command->id, .gate = command->gate, .alert = command->alert, .user = command->user,
        .why = why ? ioc_text_of(why) : (struct ioc_text){0}};
    shard->outlet->result(shard->outlet, &result);
}
