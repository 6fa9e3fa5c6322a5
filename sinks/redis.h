#pragma once
/*
 * sinks/redis.h — live state in Redis: the key contract that walls and others read (WALL.md 2.4).
 *
 * {S} is the site as hash tag.  One writer: every write goes through the functions of library `ioc`
 * (sinks/redis.lua, FUNCTION LOAD REPLACE at connect), one atomic FCALL per flush.
 *
 *   ioc:{S}:meta      hash    schema=1 · epoch (16 hex; new when state was lost) · engine_ver · rules_hash (16 hex) ·
 *                             reg_etag (changes whenever reg does)
 *   ioc:{S}:hb:<node> string  PX 5000, every 1 s: {"node","started","at","partitions","lag_ms","ev_s","events","queued",
 *                             "lost","rules","sources":[{"name","state","messages","dead","dropped","last","rate"}]}
 *                             times in ms, last null = never; rate and ev_s per second; queued = transitions waiting
 *   ioc:{S}:own       hash    <p>:gen <p>:off <p>:node · flush:<node>; off = all transitions and results up to that
 *                             offset are in, flush = number of the newest flush of that engine under the epoch
 *   ioc:{S}:e:<id>    hash    k kind · v value · u unit · t ms · s severity 0-4 · q quality 0-3 · d area id · x lon ·
 *                             y lat · i index; a field without a value is empty; expires 24 h after the last write,
 *                             to the hour
 *   ioc:{S}:geo       GEO     member = entity id
 *   ioc:{S}:reg       hash    id → {"i":index,"id","stream","kind","name","unit","dec","x","y","d"}
 *   ioc:{S}:a:<id>    hash    rule rule_ver key d x y sev prio state since upd seq count title body ack_by ack_at
 *                             shelve_until json (= ioc_transition_json); a field without a value is empty;
 *                             expires 7 d after NORM; an alert that never got beyond PEND is deleted
 *   ioc:{S}:active    zset    alert id, score = prio × 1e13 + since ms; holds UNACK, ACKED, RTNUN
 *   ioc:{S}:pending   zset    alert id, score likewise (onset for since); holds PEND
 *   ioc:{S}:alerts    stream  every transition once: id seq from to by ts body (JSON)          MAXLEN ~ 100,000
 *                             by = the actor, else the cause
 *   ioc:{S}:delta     stream  one entry per flush: g epoch · p "p:gen:off …" · d JSON          MAXLEN ~ 6,000
 *   ioc:{S}:c:city, :c:<area>  hash  counters, absolute, + t; each field's value is JSON: {"unack":[0,0,1,0,2],…} is
 *                             the fields with their values
 *   ioc:{S}:cmd:<gate>    stream  operator commands of one gateway (ingest/command.h)
 *   ioc:{S}:cmdres:<cmd_id>   string  {"cmd_id","ok","why","alert","seq","user"}  EX 3600; the first result stays
 *   ioc:{S}:old, :gone, :reg:<epoch>  what a claim found and is being ended or dropped; nobody else's affair
 *
 * A delta's JSON d, all values absolute, members left out when empty:
 *   {"e":[[i,sev,v,t,q]…], "r":[registry items, new or changed…], "a":[alert JSON…], "c":{counters}, "res":[result…]}
 *   (v null = no number; q 0 good 1 uncertain 2 stale 3 offline; "r" items as in reg)
 * Counters (c:city and d.c): {"unack":[0,warning,minor,major,critical],"active":[…],"returned","pending","shelved",
 *   "suppressed","doubtful","raised","cleared","events","dead","dropped","t"}; active = UNACK and ACKED.  Alerts that
 *   are shelved, suppressed or in maintenance count there only (suppressed: the latter two).  raised, cleared,
 *   events, dead, dropped: since the engine started.  c:<area>: {"unack","active","worst","t"}, three numbers.
 *
 * ioc_apply: refuses gen < stored (FENCED) and another epoch (LOST), skips a flush whose number is ≤ the stored one
 * (DUP), applies a transition only if its seq > the stored seq, then ZADD/ZREM + XADD + own, all in one step.
 * ioc_claim: at connect of an engine.  The first one of a process raises gen of its partitions and takes a new
 * epoch; one after a break goes on where it was when epoch, gens and flush agree, and else does the same as the first.
 * ioc_end then ends, with a transition of cause `restart`, each alert that was active and is not stated anew;
 * ioc_drop drops the e:* of the former registry in small steps.  ioc_beat writes the heartbeat, fenced.
 *
 * After a claim that found state behind or missing the sink sends the transitions of the last 10 s that Redis does
 * not have, asks every shard to state its alerts and entities anew, and walls see a new epoch.
 *
 * Rights that suffice (tests/sinks/test_redis_rights.c), with the user `default` off:
 *   engine  resetkeys -@all ~ioc:{S}:* +@read +@write +@stream +function|load +fcall +ping -@dangerous
 *   gate    resetkeys -@all (%R~ioc:{S}:* +@read -keys -scan) (%W~ioc:{S}:cmd:<gate> +xadd)
 *
 * Memory   transitions without confirmation: `queue` bytes (default 64 MiB), the oldest non-raise goes first;
 *          entities: 80 bytes and the id each, 4,194,304 at most; one flush of at most 1,000 entities and 4 MiB
 * Thread   the sink lane's
 * Failure  fenced: logged, nothing is written any more until the engine restarts (ioc_sink_fenced = 1)
 */
#include "sinks/sink.h"

extern const struct ioc_sink_kind ioc_sink_redis;
