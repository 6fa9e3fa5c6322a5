/*
 * rules/lifecycle.c — the alert state machine: one transition table.
 */
#include "rules/lifecycle.h"

#define NORM IOC_ALERT_NORMAL
#define PEND IOC_ALERT_PENDING
#define UNACK IOC_ALERT_UNACKNOWLEDGED
#define ACKED IOC_ALERT_ACKNOWLEDGED
#define RTNUN IOC_ALERT_RETURNED
#define NO IOC_ALERT_STATES

static const uint8_t table[IOC_LIFE_POLICIES][IOC_ALERT_STATES][IOC_LIFE_INPUTS] = {
    [IOC_LIFE_REQUIRED] = {
        /*          BEGIN  RAISE  END   RETURN ACK    UNACK  WORSE  REMOVE */
        [NORM]  = { PEND,  UNACK, NO,   NO,    NO,    NO,    NO,    NO   },
        [PEND]  = { NO,    UNACK, NORM, NORM,  NO,    NO,    NO,    NORM },
        [UNACK] = { NO,    NO,    NO,   RTNUN, ACKED, NO,    UNACK, NORM },
        [ACKED] = { NO,    NO,    NO,   NORM,  NO,    UNACK, UNACK, NORM },
        [RTNUN] = { NO,    UNACK, NO,   NO,    NORM,  NO,    NO,    NORM },
    },
    [IOC_LIFE_ON_RAISE] = {
        [NORM]  = { PEND,  UNACK, NO,   NO,    NO,    NO,    NO,    NO   },
        [PEND]  = { NO,    UNACK, NORM, NORM,  NO,    NO,    NO,    NORM },
        [UNACK] = { NO,    NO,    NO,   NORM,  ACKED, NO,    UNACK, NORM },
        [ACKED] = { NO,    NO,    NO,   NORM,  NO,    UNACK, UNACK, NORM },
        [RTNUN] = { NO,    UNACK, NO,   NO,    NORM,  NO,    NO,    NORM },
    },
    [IOC_LIFE_NONE] = {
        [NORM]  = { PEND,  ACKED, NO,   NO,    NO,    NO,    NO,    NO   },
        [PEND]  = { NO,    ACKED, NORM, NORM,  NO,    NO,    NO,    NORM },
        [UNACK] = { NO,    NO,    NO,   NORM,  ACKED, NO,    UNACK, NORM },
        [ACKED] = { NO,    NO,    NO,   NORM,  NO,    NO,    ACKED, NORM },
        [RTNUN] = { NO,    ACKED, NO,   NO,    NORM,  NO,    NO,    NORM },
    },
};

enum ioc_alert_state ioc_lifecycle_next(enum ioc_life_policy policy, enum ioc_alert_state state, enum ioc_life_input input)
{
    return (enum ioc_alert_state)table[policy][state][input];
}
