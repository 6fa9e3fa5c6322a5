#pragma once
/*
 * sinks/redis.h — live state in Redis: the key contract that walls and others read (WALL.md 2.4).
 *
 * {S} is the site as hash tag.  One writer: every write goes through the functions of library `ioc`
 * (sinks/redis.lua, FUNCTION LOAD REPLACE at connect), one atomic FCALL per flush.
 *
 *   ioc:{S}:meta      hash    schema=1 · epoch (16 hex; new when state was lost) · engine_ver · rules_hash · reg_etag
 *   ioc:{S}:hb:<node> string  PX 5000, every 1 s: {"node","started","at","partitions","lag_ms","ev_s","events","queued",
 *                             "lost","rules","sources":[{"name","state","messages","dead","dropped","last","rate"}]}
 *   ioc:{S}:own       hash    <p>:gen <p>:off <p>:n <p>:node
 *   ioc:{S}:e:<id>    hash    k kind · v value · u unit · t ms · s severity 0-4 · q quality · d area id · x lon · y lat · i index
 *                             expires 24 h after the last write
 *   ioc:{S}:geo       GEO     member = entity id
 *   ioc:{S}:reg       hash    id → {"i":index,"id","stream","kind","name","unit","dec","x","y","d"}
 *   ioc:{S}:a:<id>    hash    rule rule_ver key d x y sev prio state since upd seq count title body ack_by ack_at
 *                             shelve_until json (= ioc_transition_json); expires 7 d after NORM
 *   ioc:{S}:active    zset    alert id, score = prio × 1e13 + since ms; holds UNACK, ACKED, RTNUN
 *   ioc:{S}:alerts    stream  every transition once: id seq from to by ts body (JSON)          MAXLEN ~ 100,000
 *   ioc:{S}:delta     stream  one entry per flush: g epoch · p "p:gen:off:n …" · d JSON        MAXLEN ~ 6,000
 *   ioc:{S}:c:city, :c:<area>  hash  counters, absolute, + t
 *   ioc:{S}:cmd:<gate>    stream  operator commands of one gateway (ingest/command.h)
 *   ioc:{S}:cmdres:<cmd_id>   string  {"cmd_id","ok","why","alert","seq","user"}  EX 3600
 *
 * A delta's JSON d, all values absolute:
 *   {"e":[[i,sev,v,t,q]…], "r":[registry items that are new…], "a":[alert JSON…], "c":{counters}, "res":[result…]}
 *   (v null = no number; q 0 good 1 uncertain 2 stale 3 offline; "r" items as in reg)
 * Counters (c:city and d.c): {"unack":[0,warning,minor,major,critical],"active":[…],"returned","pending","shelved",
 *   "doubtful","raised","cleared","events","dead","dropped","t"}; c:<area>: unack, active, worst, t.
 *
 * ioc_apply: refuses gen < stored (FENCED), skips a partition's part with (off, n) ≤ stored (DUP), applies a
 * transition only if its seq > the stored seq, then ZADD/ZREM + XADD + own, all in one step.
 * ioc_claim: at connect of an engine; raises gen of its partitions, and — for an engine that starts without
 * saved state — ends every alert that Redis still holds as active with a transition of cause `restart`, and drops e:*.
 */
#include "sinks/sink.h"

extern const struct ioc_sink_kind ioc_sink_redis;
