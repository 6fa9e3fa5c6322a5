#pragma once
/*
 * ingest/gate.h — one gateway's command stream: its key, and the places of the entries that are in flight.
 *
 * An entry takes a place when it is read and keeps it until its XACK is answered, so places bound what is in flight.
 *
 *   FREE ─read─► DONE (refused) ─XACK sent─► LEAVING ─answered─► FREE
 *           └──► PUSHED ─token─► DONE ◄──broke──┘
 *
 * Memory   IOC_GATE_PLACES places
 * Owner    embedded; ioc_gate_init() → ioc_gate_done(), which wipes the key
 * Thread   the ingest lane's
 */
#include "core/redis.h"
#include "core/text.h"
#include "core/time.h"
#include "ingest/command.h"

enum { IOC_GATE_PLACES = 100, IOC_GATE_ENTRY = 48 };
enum ioc_gate_state { IOC_GATE_FREE, IOC_GATE_PUSHED, IOC_GATE_DONE, IOC_GATE_LEAVING };
struct ioc_gate_place {
    char entry[IOC_GATE_ENTRY]; /* its id in the stream */
    ioc_span since;
    uint32_t serial;
    enum ioc_gate_state state;
};
struct ioc_gate {
    struct ioc_redis_call left;     /* the answer to XACK; `answered` is the owner's, who calls ioc_gate_settle() */
    struct ioc_commands *commands;  /* the owner */
    char *name, *stream;
    uint8_t key[32];
    struct ioc_gate_place places[IOC_GATE_PLACES];
    uint32_t used, serial;
    bool is_leaving;                /* an XACK is in flight */
    bool has_pending;               /* entries that were read before have not all been seen again */
    char pending[IOC_GATE_ENTRY];   /* the last one seen */
};

enum ioc_status ioc_gate_init(
    struct ioc_gate *gate, struct ioc_text site, const struct ioc_command_gate *given, struct ioc_error *err) IOC_USE;
void ioc_gate_done(struct ioc_gate *gate);
/* The place of an entry that is in flight, or NULL. */
struct ioc_gate_place *ioc_gate_find(struct ioc_gate *gate, struct ioc_text entry);
/* A place for an entry, DONE until it is pushed; NULL when all are taken. */
struct ioc_gate_place *ioc_gate_take(struct ioc_gate *gate, struct ioc_text entry, ioc_span now);
/* 24 bits of serial above 20 bits of place: a token of a place that was given away since is known as stale. */
uint64_t ioc_gate_token(const struct ioc_gate *gate, uint32_t gate_index, const struct ioc_gate_place *place);
uint32_t ioc_gate_index(uint64_t token);
/* The place that is PUSHED with this token, or NULL. */
struct ioc_gate_place *ioc_gate_place(struct ioc_gate *gate, uint64_t token);
/* One XACK of all that is DONE, unless one is in flight. */
void ioc_gate_leave(struct ioc_gate *gate, struct ioc_redis *redis, struct ioc_buffer *scratch);
/* It was answered, or not: what is LEAVING is FREE, or DONE again. */
void ioc_gate_settle(struct ioc_gate *gate, bool has_left);
/* Frees what has been PUSHED since before then and is still pending in Redis; true when there was any. */
bool ioc_gate_give_up(struct ioc_gate *gate, ioc_span before);
/* What is pending in Redis is read again, from the first. */
void ioc_gate_look_back(struct ioc_gate *gate);
