#!lua name=ioc
-- sinks/redis.lua — the only writer of a site's keys: a whole flush in one step, fenced by generation.
--
-- KEYS[1] is the prefix of all keys of the site, "ioc:{site}:": they lie in one slot by its hash tag.
-- Arguments are flat; nothing of a flush is parsed but numbers.  sinks/redis.h is the contract of the keys.

local DAY = 86400

-- nil when the caller still owns the partition.
local function check_owner(prefix, part, gen)
    local stored = tonumber(redis.call('HGET', prefix .. 'own', part .. ':gen')) or 0
    if stored > tonumber(gen) then
        return 'FENCED'
    elseif stored < tonumber(gen) then
        return 'LOST'
    end
end

-- An entity whose hash was gone gets its fixed fields back from the registry.
local function restore_entity(prefix, key)
    local item = redis.call('HGET', prefix .. 'reg', string.sub(key, #prefix + 3))
    if item then
        item = cjson.decode(item)
        redis.call('HSET', key, 'k', item.kind or '', 'u', item.unit or '', 'd', item.d or '',
            'x', tostring(item.x or ''), 'y', tostring(item.y or ''), 'i', item.i)
    end
    redis.call('EXPIRE', key, DAY)
end

local function apply_registration(prefix, args, at)
    local id, x, y = args[at + 1], args[at + 9], args[at + 10]
    local key = prefix .. 'e:' .. id
    redis.call('HSET', key, 'v', args[at + 2], 't', args[at + 3], 's', args[at + 4], 'q', args[at + 5],
        'k', args[at + 6], 'u', args[at + 7], 'd', args[at + 8], 'x', x, 'y', y, 'i', args[at + 11])
    redis.call('EXPIRE', key, DAY)
    redis.call('HSET', prefix .. 'reg', id, args[at + 12])
    if args[at + 13] == '1' then
        redis.call('GEOADD', prefix .. 'geo', x, y, id)
    else
        redis.call('ZREM', prefix .. 'geo', id)
    end
end

local function add_to_history(prefix, id, seq, from, to, by, time, body)
    redis.call('XADD', prefix .. 'alerts', 'MAXLEN', '~', 100000, '*', 'id', id, 'seq', seq, 'from', from, 'to', to,
        'by', by, 'ts', time, 'body', body)
end

local function place_alert(prefix, id, from, to, score)
    if to == 'NORM' then
        redis.call('ZREM', prefix .. 'active', id)
        redis.call('ZREM', prefix .. 'pending', id)
        if from == 'PEND' then
            redis.call('DEL', prefix .. 'a:' .. id)
        else
            redis.call('EXPIRE', prefix .. 'a:' .. id, 7 * DAY)
        end
    elseif to == 'PEND' then
        redis.call('ZADD', prefix .. 'pending', score, id)
        redis.call('ZREM', prefix .. 'active', id)
    else
        redis.call('ZADD', prefix .. 'active', score, id)
        redis.call('ZREM', prefix .. 'pending', id)
    end
end

-- True when it was not there yet.
local function apply_transition(prefix, args, at)
    local id, seq, from, to = args[at + 1], args[at + 2], args[at + 3], args[at + 4]
    local key = prefix .. 'a:' .. id
    local ahead = tonumber(seq) - (tonumber(redis.call('HGET', key, 'seq')) or 0)
    if ahead < 0 or (ahead == 0 and args[at + 7] ~= '1') then
        return false
    end
    redis.call('HSET', key, 'state', to, 'seq', seq, 'rule', args[at + 8], 'rule_ver', args[at + 9],
        'key', args[at + 10], 'd', args[at + 11], 'x', args[at + 12], 'y', args[at + 13],
        'sev', args[at + 14], 'prio', args[at + 15], 'since', args[at + 16], 'upd', args[at + 17],
        'count', args[at + 18], 'title', args[at + 19], 'body', args[at + 20], 'ack_by', args[at + 21],
        'ack_at', args[at + 22], 'shelve_until', args[at + 23], 'json', args[at + 24])
    if ahead > 0 then
        add_to_history(prefix, id, seq, from, to, args[at + 5], args[at + 17], args[at + 24])
    end
    place_alert(prefix, id, from, to, args[at + 6])
    return true
end

local function apply_counters(prefix, args, at)
    local count = tonumber(args[at + 2])
    redis.call('HSET', prefix .. 'c:' .. args[at + 1], unpack(args, at + 3, at + 2 + 2 * count))
    return 3 + 2 * count
end

-- The first result of a command stays: a repetition does not overwrite it.
local function apply_result(prefix, args, at)
    return redis.call('SET', prefix .. 'cmdres:' .. args[at + 1], args[at + 2], 'EX', 3600, 'NX') and true
end

-- A word when the flush is not to be applied: the engine's own, or repeated, or for a state that was lost.
local function check_flush(prefix, args, count)
    if redis.call('HGET', prefix .. 'meta', 'epoch') ~= args[1] then
        -- An engine that was replaced while all was lost is told by its claim.
        return 'LOST'
    end
    local stored = redis.call('HMGET', prefix .. 'own', unpack(args, 6, 6 + count))
    for i = 2, count + 1 do
        local gen = args[6 + count + i]
        if stored[i] ~= gen then
            return (tonumber(stored[i]) or 0) > tonumber(gen) and 'FENCED' or 'LOST'
        end
    end
    if tonumber(args[7 + count]) <= (tonumber(stored[1]) or 0) then
        return 'DUP'
    end
end

local function write_delta(prefix, epoch, parts, lists)
    local members = {}
    for _, list in ipairs(lists) do
        local text = type(list[2]) == 'table' and table.concat(list[2], ',') or list[2]
        if text ~= '' then
            members[#members + 1] = '"' .. list[1] .. '":' .. (list[3] or '') .. text .. (list[4] or '')
        end
    end
    if #members > 0 then
        redis.call('XADD', prefix .. 'delta', 'MAXLEN', '~', 6000, '*', 'g', epoch, 'p', parts,
            'd', '{' .. table.concat(members, ',') .. '}')
    end
end

-- epoch, "p" "e" and "c" of the delta, number of partitions; a name and "p:gen" names; the flush and gens;
-- the name and the flush, "p:off" names and offs; then operations:
--   e|x key v t s q                           a value; x also renews the expiry
--   r   id v t s q k u d x y i item geo       a new or changed registry item with its value
--   t   id seq from to by score restated rule rule_ver key d x y sev prio since upd count title body
--       ack_by ack_at shelve_until json       a transition
--   s   cmd_id json                           a command's result
--   c   area|city count (name value)…         counters
--   m   name value                            a field of meta
local function apply(keys, args)
    local call, prefix, count = redis.call, keys[1], tonumber(args[5])
    local refusal = check_flush(prefix, args, count)
    if refusal then
        return refusal
    end
    local items, alerts, results = {}, {}, {}
    local at, last = 10 + 4 * count, #args
    while at <= last do
        local op = args[at]
        if op == 'e' or op == 'x' then
            local key = args[at + 1]
            local added = call('HSET', key, 'v', args[at + 2], 't', args[at + 3], 's', args[at + 4], 'q', args[at + 5])
            if added == 4 then
                restore_entity(prefix, key)
            elseif op == 'x' then
                call('EXPIRE', key, DAY)
            end
            at = at + 6
        elseif op == 'r' then
            apply_registration(prefix, args, at)
            items[#items + 1] = args[at + 12]
            at = at + 14
        elseif op == 't' then
            if apply_transition(prefix, args, at) then
                alerts[#alerts + 1] = args[at + 24]
            end
            at = at + 25
        elseif op == 's' then
            if apply_result(prefix, args, at) then
                results[#results + 1] = args[at + 2]
            end
            at = at + 3
        elseif op == 'c' then
            at = at + apply_counters(prefix, args, at)
        else
            call('HSET', prefix .. 'meta', args[at + 1], args[at + 2])
            at = at + 3
        end
    end
    call('HSET', prefix .. 'own', unpack(args, 8 + 2 * count, 9 + 4 * count))
    write_delta(prefix, args[1], args[2], {{'e', args[3], '[', ']'}, {'r', items, '[', ']'},
        {'a', alerts, '[', ']'}, {'c', args[4]}, {'res', results, '[', ']'}})
    return 'OK'
end

-- "first" or "again", the new epoch, the known epoch, node, engine_ver, rules_hash, the newest flush that was
-- confirmed, then p gen each.  Answers a word (CLAIMED, RESUMED, FENCED), the newest flush that Redis has of this
-- engine, so that it sees which have survived, then gens.
local function claim(keys, args)
    local prefix, first = keys[1], args[1] == 'first'
    local parts, known, names = {}, {}, {'flush:' .. args[4]}
    for at = 8, #args, 2 do
        parts[#parts + 1] = args[at]
        known[#known + 1] = tonumber(args[at + 1])
        names[#names + 1] = args[at] .. ':gen'
    end
    local stored = redis.call('HMGET', prefix .. 'own', unpack(names))
    local flush = tonumber(stored[1]) or 0
    local former = redis.call('HGET', prefix .. 'meta', 'epoch')
    local is_ours = former == args[2] -- the same claim, whose answer was lost
    local intact = not first and former == args[3] and flush >= tonumber(args[7])
    local is_known = not first
    for i = 1, #parts do
        local gen = tonumber(stored[i + 1]) or 0
        if not first and not is_ours and gen > known[i] then
            return {'FENCED'}
        end
        is_known = is_known and gen == known[i]
    end
    intact = intact and is_known
    local answer, fields = {intact and 'RESUMED' or 'CLAIMED', is_known and flush or 0}, {names[1], 0}
    for i, part in ipairs(parts) do
        local gen = tonumber(stored[i + 1]) or 0
        gen = intact and gen or math.max(gen, known[i]) + 1
        answer[i + 2] = gen
        for name, value in pairs({gen = gen, off = 0, node = args[4]}) do
            fields[#fields + 1] = part .. ':' .. name
            fields[#fields + 1] = value
        end
    end
    if intact then
        return answer
    end
    redis.call('HSET', prefix .. 'own', unpack(fields))
    redis.call('HSET', prefix .. 'meta', 'schema', 1, 'epoch', args[2], 'engine_ver', args[5], 'rules_hash', args[6],
        'reg_etag', args[2] .. '-0')
    if redis.call('EXISTS', prefix .. 'reg') == 1 then
        former = former or 'unknown'
        redis.call('RENAME', prefix .. 'reg', prefix .. 'reg:' .. former)
        redis.call('SADD', prefix .. 'gone', former)
    end
    redis.call('ZUNIONSTORE', prefix .. 'old', 3, prefix .. 'old', prefix .. 'active', prefix .. 'pending')
    redis.call('UNLINK', prefix .. 'geo', prefix .. 'active', prefix .. 'pending')
    redis.call('XADD', prefix .. 'delta', 'MAXLEN', '~', 6000, '*', 'g', args[2], 'p', '', 'd', '{}')
    return answer
end

local function end_alert(prefix, id, now)
    local key = prefix .. 'a:' .. id
    local alert = redis.call('HMGET', key, 'seq', 'state', 'd', 'json')
    if not alert[1] or alert[2] == 'NORM' then
        return
    end
    local seq, from = tonumber(alert[1]) + 1, alert[2]
    local is_json, body = pcall(cjson.decode, alert[4])
    if not is_json or type(body) ~= 'table' then
        body = {id = id}
    end
    for _, name in ipairs({'by', 'reason', 'cmd_id', 'flags', 'shelve_by', 'shelve_until'}) do
        body[name] = nil
    end
    body.seq, body.from, body.state, body.cause, body.upd = seq, from, 'NORM', 'restart', now
    body = cjson.encode(body)
    redis.call('HSET', key, 'seq', seq, 'state', 'NORM', 'upd', now, 'shelve_until', '', 'json', body)
    add_to_history(prefix, id, seq, from, 'NORM', 'restart', now, body)
    place_alert(prefix, id, from, 'NORM', 0)
    if alert[3] and alert[3] ~= '' then
        redis.call('DEL', prefix .. 'c:' .. alert[3])
    end
end

-- p, gen, now in ms, how many.  Ends alerts of a former run that nobody has stated anew; answers how many
-- are left.
local function end_old(keys, args)
    local prefix = keys[1]
    local refusal = check_owner(prefix, args[1], args[2])
    if refusal then
        return refusal
    end
    local old = prefix .. 'old'
    for _, id in ipairs(redis.call('ZRANGE', old, 0, tonumber(args[4]) - 1)) do
        if not redis.call('ZSCORE', prefix .. 'active', id) and not redis.call('ZSCORE', prefix .. 'pending', id) then
            end_alert(prefix, id, tonumber(args[3]))
        end
        redis.call('ZREM', old, id)
    end
    return redis.call('ZCARD', old)
end

-- p, gen, cursor, how many.  Drops entities of former registries; answers the next cursor, or "" when none
-- is left.
local function drop(keys, args)
    local prefix = keys[1]
    local refusal = check_owner(prefix, args[1], args[2])
    if refusal then
        return refusal
    end
    local former = redis.call('SMEMBERS', prefix .. 'gone')[1]
    if not former then
        return ''
    end
    local registry = prefix .. 'reg:' .. former
    local page = redis.call('HSCAN', registry, args[3], 'COUNT', args[4])
    for i = 1, #page[2], 2 do
        if redis.call('HEXISTS', prefix .. 'reg', page[2][i]) == 0 then
            redis.call('UNLINK', prefix .. 'e:' .. page[2][i])
        end
        redis.call('HDEL', registry, page[2][i])
    end
    if page[1] == '0' then
        redis.call('UNLINK', registry)
        redis.call('SREM', prefix .. 'gone', former)
    end
    return page[1]
end

-- p, gen, node, JSON.
local function beat(keys, args)
    local refusal = check_owner(keys[1], args[1], args[2])
    if not refusal then
        redis.call('SET', keys[1] .. 'hb:' .. args[3], args[4], 'PX', 5000)
    end
    return refusal or 'OK'
end

redis.register_function('ioc_apply', apply)
redis.register_function('ioc_claim', claim)
redis.register_function('ioc_end', end_old)
redis.register_function('ioc_drop', drop)
redis.register_function('ioc_beat', beat)
