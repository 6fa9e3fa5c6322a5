#pragma once
/*
 * ingest/command.h — operators' commands: from each gateway's Redis stream into the shards (ENGINE.md 13).
 *
 * Reads ioc:{S}:cmd:<gate> with XREADGROUP (group `engine`) for every gate of the city file.  One entry has
 * two fields: `c` = the command as JSON {"v":1,"cmd_id","op","alert","seq_seen","user","roles":[…],"scope",
 * "session","ip","issued_at","expires_at","until","reason","gate"} (times in ms; op as ioc_command_text) and
 * `m` = libsodium crypto_auth over the bytes of c with that gate's key, in hex.
 * seq_seen, roles, scope, session, ip, until and reason may be absent or null; until is needed for shelve and
 * only there.  Members that are not named here are passed over; a duplicate one is malformed.
 * Refused (audited in the log, counted, answered through `refuse`): bad-mac, malformed, expired (or issued more
 * than 30 s ahead, or living longer than 30 s), wrong-gate, repeated (cmd_id seen in the last hour), no-such-alert
 * id.  A good one becomes IOC_RECORD_COMMAND for the partition in its alert id; the entry is XACKed when the
 * token comes back.  A bad-mac is not even parsed, so its result names no command.
 *
 * Entries that were read and not XACKed come first after a restart and after a break.  A command whose token has
 * not come back for 60 s (a full lane refused it) is read once more, and refused as expired.
 *
 * Memory   bounded: 100 commands in flight per gate, 10,000 remembered cmd_ids, 16 KiB a command
 * Thread   the ingest lane's
 */
#include "core/alert.h"
#include "core/option.h"
#include "core/redis.h"
#include "core/router.h"

enum { IOC_COMMAND_MOST = 16 * 1024 }; /* bytes of c */
struct ioc_commands;
struct ioc_command_gate {
    struct ioc_text name;
    struct ioc_secret key; /* 32 bytes as 64 hex characters */
};
struct ioc_command_refusal {
    void (*refuse)(struct ioc_command_refusal *refusal, const struct ioc_result *result);
};
struct ioc_commands_options {
    struct ioc_text site;
    struct ioc_redis_options redis;
    const struct ioc_command_gate *gates;
    uint32_t gate_count;       /* 1,000 at most */
    uint16_t source; /* id used in records */
    struct ioc_router *router;
    struct ioc_command_refusal *refusal;
    uv_loop_t *loop;
};
/* IOC_INVALID: a gate without a name or with a key that is not 64 hex characters; else as ioc_redis_open().
 * The options need not live on. */
enum ioc_status ioc_commands_open(const struct ioc_commands_options *options, struct ioc_commands **commands, struct ioc_error *err) IOC_USE;
void ioc_commands_acknowledge(struct ioc_commands *commands, const uint64_t *tokens, uint32_t count);
/* Nothing is pushed or refused after it returns; the rest goes on the loop. */
void ioc_commands_close(struct ioc_commands *commands);
/* Verifies and reads one command; for tests and fuzzing too.  Views point into `scratch`.  *why is a word for a
 * refusal.  Refused as anything but bad-mac, `command` holds what could be read, for the answer and the audit. */
enum ioc_status ioc_command_verify(struct ioc_text json, struct ioc_text mac_hex, const uint8_t key[32], ioc_time now,
    struct ioc_text gate, struct ioc_arena *scratch, struct ioc_command *command, const char **why) IOC_USE;
