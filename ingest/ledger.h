#pragma once
/*
 * ingest/ledger.h — messages that have not been acknowledged yet, in the order in which they
 * arrived.
 *
 * Each message of QoS 1 or 2 gets a token when it arrives.  Tokens come back in any order when the
 * engine has made the message safe; acknowledgements leave in the order of arrival (MQTT 5.0
 * section 4.6): the first run of entries that are safe.  A new connection begins a new generation
 * with an empty ledger, and tokens of an older one mean nothing any more: the broker sends those
 * messages again.
 *
 * QoS 2 outlives a connection: the broker repeats what it has not seen acknowledged, and a message
 * must not be posted twice.  Its id is known until the broker says that it will not come again
 * (ioc_ledger_forget).
 *
 * A token holds 16 bits each of generation, packet id, and place.
 *
 * Memory   1.6 MiB: 65,536 places, since no more ids can be in flight
 * Thread   ioc_ledger_mark(): the ingest lane's, without a lock.  All else: under paho's lock
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { IOC_LEDGER_PLACES = 65536 };
struct ioc_ledger_entry {
    _Atomic uint64_t
        state; /* token, and above it how many parts are out; 0xffff = not counted yet */
    uint16_t id;
    uint8_t packet;
    bool is_twin; /* a QoS 2 message that was posted on an earlier connection */
};
struct ioc_ledger {
    struct ioc_ledger_entry *entries;
    _Atomic uint64_t *known; /* QoS 2: by packet id, as `state`; 0 = not out */
    uint16_t *generations;   /* QoS 2: in which the id has its entry */
    uint32_t head, tail;     /* head ≤ tail, places modulo IOC_LEDGER_PLACES */
    uint16_t generation;
};

void ioc_ledger_init(struct ioc_ledger *ledger);
void ioc_ledger_done(struct ioc_ledger *ledger);
/* A connection was made.  keeps_session false: the broker knows nothing of earlier ids. */
void ioc_ledger_begin(struct ioc_ledger *ledger, bool keeps_session);
/* A token for a message that is about to be posted; 0 when there is no place. */
uint64_t ioc_ledger_take(
    struct ioc_ledger *ledger, uint8_t packet, uint16_t id, bool is_exactly_once);
/* The newest one was not posted after all. */
void ioc_ledger_give_back(struct ioc_ledger *ledger, bool is_exactly_once);
/* QoS 2: the id's message was posted, perhaps on an earlier connection. */
bool ioc_ledger_knows(const struct ioc_ledger *ledger, uint16_t id);
/* QoS 2: paho wants to acknowledge.  True: the ledger will; false: it knows nothing of the id. */
bool ioc_ledger_hold(struct ioc_ledger *ledger, uint8_t packet, uint16_t id);
/* One token came back (with the number of parts above it, ingest/intake.h). */
void ioc_ledger_mark(struct ioc_ledger *ledger, uint64_t token);
/* The n-th of those that may leave now, or NULL. */
const struct ioc_ledger_entry *ioc_ledger_ready(const struct ioc_ledger *ledger, uint32_t n);
/* The first `count` have left. */
void ioc_ledger_drop(struct ioc_ledger *ledger, uint32_t count);
/* QoS 2: the broker will not send the id's message again; the next of that id is another. */
void ioc_ledger_forget(struct ioc_ledger *ledger, uint16_t id);
/* How many are out. */
uint32_t ioc_ledger_count(const struct ioc_ledger *ledger);
