#!lua name=ioc
-- sinks/redis.lua — the only writer of a site's keys: a whole flush in one step, fenced by generation.
--
-- KEYS[1] is the prefix of all keys of the site, "ioc:{site}:": they lie in one slot by its hash tag.
-- Arguments are flat; nothing of a flush is parsed but numbers.  sinks/redis.h is the contract of the keys.

local DAY = 86400

-- Numbers of a partition as Redis holds them; 0 when it holds none.
local function read_own(prefix, parts, field)
    local names = {}
    for i = 1, #parts do
        names[i] = parts[i] .. field
    end
    local values = redis.call('HMGET', prefix .. 'own', unpack(names))
    for i = 1, #values do
        values[i] = tonumber(values[i]) or 0
    end
    return values
end

-- nil when the caller still owns the partition.
local function check_owner(prefix, part, gen)
    local stored = read_own(prefix, {part}, ':gen')[1]
    if stored > tonumber(gen) then
        return 'FENCED'
    elseif stored < tonumber(gen) then
        return 'LOST'
    end
end

-- An entity whose hash was gone gets its fixed fields back from the registry.
local function restore_entity(prefix, key, id)
    local item = redis.call('HGET', prefix .. 'reg', id)
    if item then
        item = cjson.decode(item)
        redis.call('HSET', key, 'k', item.kind or '', 'u', item.unit or '', 'd', item.d or '',
            'x', tostring(item.x or ''), 'y', tostring(item.y or ''), 'i', item.i)
    end
    redis.call('EXPIRE', key, DAY)
end

local function apply_value(prefix, args, at)
    local id = args[at + 2]
    local key = prefix .. 'e:' .. id
    local added = redis.call('HSET', key, 'v', args[at + 3], 't', args[at + 4], 's', args[at + 5], 'q', args[at + 6])
    if added == 4 then
        restore_entity(prefix, key, id)
    elseif args[at] == 'x' then
        redis.call('EXPIRE', key, DAY)
    end
end

local function apply_registration(prefix, args, at)
    local id = args[at + 2]
    local key = prefix .. 'e:' .. id
    redis.call('HSET', key,
        'v', args[at + 3], 't', args[at + 4], 's', args[at + 5], 'q', args[at + 6],
        'k', args[at + 7], 'u', args[at + 8], 'd', args[at + 9], 'x', args[at + 10], 'y', args[at + 11],
        'i', args[at + 12])
    redis.call('EXPIRE', key, DAY)
    redis.call('HSET', prefix .. 'reg', id, args[at + 13])
    if args[at + 14] == '1' then
        redis.call('GEOADD', prefix .. 'geo', args[at + 10], args[at + 11], id)
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
    local id, seq, from, to = args[at + 2], args[at + 3], args[at + 4], args[at + 5]
    local key = prefix .. 'a:' .. id
    local ahead = tonumber(seq) - (tonumber(redis.call('HGET', key, 'seq')) or 0)
    if ahead < 0 or (ahead == 0 and args[at + 8] ~= '1') then
        return false
    end
    redis.call('HSET', key, 'state', to, 'seq', seq, 'rule', args[at + 9], 'rule_ver', args[at + 10],
        'key', args[at + 11], 'd', args[at + 12], 'x', args[at + 13], 'y', args[at + 14], 'sev', args[at + 15],
        'prio', args[at + 16], 'since', args[at + 17], 'upd', args[at + 18], 'count', args[at + 19],
        'title', args[at + 20], 'body', args[at + 21], 'ack_by', args[at + 22], 'ack_at', args[at + 23],
        'shelve_until', args[at + 24], 'json', args[at + 25])
    if ahead > 0 then
        add_to_history(prefix, id, seq, from, to, args[at + 6], args[at + 18], args[at + 25])
    end
    place_alert(prefix, id, from, to, args[at + 7])
    return true
end

local function apply_counters(prefix, args, at)
    local count = tonumber(args[at + 2])
    redis.call('HSET', prefix .. 'c:' .. args[at + 1], unpack(args, at + 3, at + 2 + 2 * count))
    return 3 + 2 * count
end

-- The first result of a command stays: a repetition does not overwrite it.
local function apply_result(prefix, args, at)
    return redis.call('SET', prefix .. 'cmdres:' .. args[at + 2], args[at + 3], 'EX', 3600, 'NX') and true
end

-- Which parts are new: a set of partitions, the fields to write into `own`, and the text for the delta;
-- or a word when the whole flush is refused.
local function check_parts(prefix, args, count)
    local parts, base = {}, 5
    for i = 1, count do
        parts[i] = args[base + 4 * (i - 1)]
    end
    if count == 0 then
        return {}, {}, ''
    end
    local gens, offs, ns = read_own(prefix, parts, ':gen'), read_own(prefix, parts, ':off'),
        read_own(prefix, parts, ':n')
    local fresh, fields, words = {}, {}, {}
    for i = 1, count do
        local at = base + 4 * (i - 1)
        local part, gen, off, n = args[at], tonumber(args[at + 1]), tonumber(args[at + 2]), tonumber(args[at + 3])
        if gens[i] > gen then
            return 'FENCED'
        elseif gens[i] < gen then
            return 'LOST'
        end
        if off > offs[i] or (off == offs[i] and n > ns[i]) then
            fresh[part] = true
            fields[#fields + 1] = part .. ':off'
            fields[#fields + 1] = args[at + 2]
            fields[#fields + 1] = part .. ':n'
            fields[#fields + 1] = args[at + 3]
            words[#words + 1] = part .. ':' .. args[at + 1] .. ':' .. args[at + 2] .. ':' .. args[at + 3]
        end
    end
    return fresh, fields, table.concat(words, ' ')
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

-- epoch, "e" of the delta, "c" of the delta, number of parts, then p gen off n each, then operations:
--   e|x p id v t s q                          a value; x also renews the expiry
--   r   p id v t s q k u d x y i item geo     a new or changed registry item with its value
--   t   p id seq from to by score restated rule rule_ver key d x y sev prio since upd count title body
--       ack_by ack_at shelve_until json       a transition
--   s   p cmd_id json                         a command's result
--   c   area|city count (name value)…         counters
--   m   name value                            a field of meta
local function apply(keys, args)
    local prefix, epoch, count = keys[1], args[1], tonumber(args[4])
    local fresh, fields, words = check_parts(prefix, args, count)
    if type(fresh) == 'string' then
        return fresh
    elseif redis.call('HGET', prefix .. 'meta', 'epoch') ~= epoch then
        return 'LOST'
    elseif count > 0 and #fields == 0 then
        return 'DUP'
    end
    local items, alerts, results = {}, {}, {}
    local at, last = 5 + 4 * count, #args
    while at <= last do
        local op, live = args[at], fresh[args[at + 1]]
        if op == 'e' or op == 'x' then
            if live then
                apply_value(prefix, args, at)
            end
            at = at + 7
        elseif op == 'r' then
            if live then
                apply_registration(prefix, args, at)
                items[#items + 1] = args[at + 13]
            end
            at = at + 15
        elseif op == 't' then
            if live and apply_transition(prefix, args, at) then
                alerts[#alerts + 1] = args[at + 25]
            end
            at = at + 26
        elseif op == 's' then
            if live and apply_result(prefix, args, at) then
                results[#results + 1] = args[at + 3]
            end
            at = at + 4
        elseif op == 'c' then
            at = at + apply_counters(prefix, args, at)
        else
            redis.call('HSET', prefix .. 'meta', args[at + 1], args[at + 2])
            at = at + 3
        end
    end
    if #fields > 0 then
        redis.call('HSET', prefix .. 'own', unpack(fields))
    end
    write_delta(prefix, epoch, words, {{'e', args[2], '[', ']'}, {'r', items, '[', ']'}, {'a', alerts, '[', ']'},
        {'c', args[3]}, {'res', results, '[', ']'}})
    return 'OK'
end

-- "first" or "again", the new epoch, the known epoch, node, engine_ver, rules_hash, then p gen n each.
-- Answers a word (CLAIMED, RESUMED, FENCED), then gen n each: n as it was stored under the known gen, so
-- that the engine sees which of its parts have survived.
local function claim(keys, args)
    local prefix, first = keys[1], args[1] == 'first'
    local parts, known = {}, {}
    for at = 7, #args, 3 do
        parts[#parts + 1] = args[at]
        known[#known + 1] = {gen = tonumber(args[at + 1]), n = tonumber(args[at + 2])}
    end
    local gens, ns = read_own(prefix, parts, ':gen'), read_own(prefix, parts, ':n')
    local former = redis.call('HGET', prefix .. 'meta', 'epoch')
    local is_ours = former == args[2] -- the same claim, whose answer was lost
    local intact = not first and former == args[3]
    for i = 1, #parts do
        if not first and not is_ours and gens[i] > known[i].gen then
            return {'FENCED'}
        end
        intact = intact and gens[i] == known[i].gen and ns[i] >= known[i].n
    end
    local answer, fields = {intact and 'RESUMED' or 'CLAIMED'}, {}
    for i, part in ipairs(parts) do
        local gen = intact and gens[i] or math.max(gens[i], known[i].gen) + 1
        answer[#answer + 1] = gen
        answer[#answer + 1] = (not first and gens[i] == known[i].gen) and ns[i] or 0
        for name, value in pairs({gen = gen, off = 0, n = 0, node = args[4]}) do
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

-- p, gen, now in ms, how many.  Ends alerts of a former run that nobody has stated anew; answers how many are left.
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

-- p, gen, cursor, how many.  Drops entities of former registries; answers the next cursor, or "" when none is left.
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
