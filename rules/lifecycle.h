#pragma once
/*
 * rules/lifecycle.h — the alert state machine: one transition table.
 *
 * What happens to an alert is an input; the table says the next state for each acknowledgement policy.
 * Flags (doubtful, shelved, suppressed, maintenance) stand beside the state and never change it.
 *
 * Memory   none
 * Thread   any
 * Source   ISA-18.2-2016 figure 2 (alarm state transitions), RULES.md section 5
 */
#include "core/alert.h"

enum ioc_life_input {
    IOC_LIFE_BEGIN,         /* the condition became true and a hold runs */
    IOC_LIFE_RAISE,         /* the condition has held */
    IOC_LIFE_END,           /* the condition ended while pending */
    IOC_LIFE_RETURN,        /* the clear condition has held */
    IOC_LIFE_ACKNOWLEDGE,
    IOC_LIFE_UNACKNOWLEDGE,
    IOC_LIFE_WORSE,         /* the severity rose */
    IOC_LIFE_REMOVE,        /* the rule is gone */
    IOC_LIFE_INPUTS
};
enum ioc_life_policy {
    IOC_LIFE_REQUIRED, /* a person must acknowledge, also after it returned */
    IOC_LIFE_ON_RAISE, /* asked for while active only */
    IOC_LIFE_NONE,     /* nobody is asked */
    IOC_LIFE_POLICIES
};
/* IOC_ALERT_STATES when the input means nothing in that state. */
enum ioc_alert_state ioc_lifecycle_next(enum ioc_life_policy policy, enum ioc_alert_state state, enum ioc_life_input input);
static inline bool ioc_lifecycle_is_active(enum ioc_alert_state state)
{
    return state == IOC_ALERT_UNACKNOWLEDGED || state == IOC_ALERT_ACKNOWLEDGED;
}
