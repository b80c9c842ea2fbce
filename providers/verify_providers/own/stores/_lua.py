"""
The rules of `verify_core.codestore`, said again in Lua, for Redis: a script for each.

A record or holder is a hash of texts; a field that is None is missing. `given` is what
the call brings, as JSON: instants and durations are numbers of milliseconds, records
hashes as stored.
"""

_SHARED = """
local given = cjson.decode(ARGV[1])
local now = given.now
local DAY = 86400000
-- The server's clock drops keys, and may be ahead of the one that `now` is read from.
local MARGIN = 60000

local function whole(number) return string.format('%.0f', number) end
local function at(text) return tonumber(text or '0') end
local function holder_key(id) return given.prefix .. 'h:' .. id end

local function get(key)
  local flat = redis.call('HGETALL', key)
  if #flat == 0 then return nil end
  local found = {}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  if found.forget_at and now >= at(found.forget_at) then return nil end
  return found
end

local function flat(found)
  if not found then return false end
  local list = {}
  for name, value in pairs(found) do
    list[#list + 1] = name
    list[#list + 1] = value
  end
  return list
end

local function put(key, kept)
  redis.call('DEL', key)
  redis.call('HSET', key, unpack(flat(kept)))
  if kept.forget_at then
    redis.call('PEXPIRE', key, whole(math.max(at(kept.forget_at) - now, 0) + MARGIN))
  end
end

local function runs(record)
  return record.status == 'pending' and now < at(record.expires_at)
    and at(record.tries) < at(record.most_tries)
end

local function is_of(current, record)
  return current.status == 'pending' and current.digest ~= ''
    and current.digest == record.digest
end

local function is_message(current, record)
  return is_of(current, record) and current.sends == record.sends
end

local function finish(key, record, status)
  record.status, record.digest, record.nonce = status, '', ''
  put(key, record)
end

local function get_holder(id)
  return get(holder_key(id)) or {id = id, failures = '0', messages = '0'}
end

local function is_locked(holder)
  return at(holder.failures) >= given.most_failures
end

local function put_holder(holder)
  if not given.locked_for and at(holder.failures) > 0 then
    holder.forget_at = nil
  else
    local remembered = now + (given.locked_for or DAY)
    holder.forget_at = whole(math.max(remembered, at(holder.ready_at)))
  end
  put(holder_key(holder.id), holder)
end
"""

_START = """
local earlier = get(KEYS[1])
local holder = get_holder(given.record.holder)
local running = earlier and runs(earlier)
if not given.previous and running then
  return {'repeated', flat(earlier), false, false, holder.ready_at or false}
elseif given.previous and not (running and is_message(earlier, given.previous)) then
  return {'gone', flat(earlier), false, false, false}
elseif is_locked(holder) then
  local wait = holder.forget_at and whole(at(holder.forget_at) - now)
  return {'locked', flat(earlier), wait or false, false, false}
elseif now < at(holder.ready_at) then
  return {'too_soon', flat(earlier), whole(at(holder.ready_at) - now), false, false}
end
local record = given.record
if given.previous and earlier.digest == record.digest then
  record.tries = whole(math.max(at(record.tries), at(earlier.tries)))
end
local ready_at = holder.ready_at or false
holder.messages = whole(at(holder.messages) + 1)
local nth = math.min(at(holder.messages), #given.cool_downs)
local cool_down = given.cool_downs[nth] or 0
holder.ready_at = cool_down > 0 and whole(now + cool_down) or nil
local answer = {'kept', flat(earlier), false, ready_at, holder.ready_at or false}
put(KEYS[1], record)
put_holder(holder)
return answer
"""

_TAKE_BACK = """
local current = get(KEYS[1])
if not current or not is_message(current, given.record) then return false end
local earlier = given.earlier
if not earlier then
  redis.call('DEL', KEYS[1])
elseif earlier.digest == current.digest then
  earlier.tries = current.tries
  put(KEYS[1], earlier)
else
  local tries = at(earlier.tries) + at(current.tries) - at(given.record.tries)
  earlier.tries = whole(math.min(tries, at(earlier.most_tries)))
  put(KEYS[1], earlier)
end
local key = holder_key(given.record.holder)
local holder = get(key)
if not holder then return false end
holder.messages = whole(math.max(at(holder.messages) - 1, 0))
if holder.ready_at == given.next_at then holder.ready_at = given.ready_at end
if at(holder.messages) == 0 and at(holder.failures) == 0 then
  redis.call('DEL', key)
else
  put(key, holder)
end
return false
"""

_GUESS = """
local record = get(KEYS[1])
if not record then return {'missing', false} end
local holder = get_holder(record.holder)
local answer = 'counted'
if record.status ~= 'pending' then answer = 'ended'
elseif now >= at(record.expires_at) then answer = 'expired'
elseif at(record.tries) >= at(record.most_tries) then answer = 'exhausted'
elseif is_locked(holder) then answer = 'locked'
else
  record.tries = whole(at(record.tries) + 1)
  redis.call('HSET', KEYS[1], 'tries', record.tries)
  holder.failures = whole(at(holder.failures) + 1)
  put_holder(holder)
end
return {answer, flat(record)}
"""

_APPROVE = """
local current = get(KEYS[1])
if not current or not is_of(current, given.record) then return 0 end
finish(KEYS[1], current, 'approved')
redis.call('DEL', holder_key(current.holder))
return 1
"""

_FETCH = "return flat(get(KEYS[1]))"

_CANCEL = """
local record = get(KEYS[1])
local before = flat(record)
if record and runs(record) then finish(KEYS[1], record, 'canceled') end
return before
"""

_UNLOCK = "redis.call('DEL', KEYS[1])"

SCRIPTS = {
    name: _SHARED + body
    for name, body in {
        "start": _START,
        "take_back": _TAKE_BACK,
        "guess": _GUESS,
        "approve": _APPROVE,
        "fetch": _FETCH,
        "cancel": _CANCEL,
        "unlock": _UNLOCK,
    }.items()
}
