/**
 * What Redis knows of jobs, below a prefix `p`:
 *
 * - `p:lane:KEY`, a hash for each key that has a job: `waiting` and `running` (JSON), each with its `…Version` and `…Order`,
 *   `waitingForced` and `runningForced`, the `installation`, whether it is an `errand`, the `ticket` by which it runs, and
 *   `owner`, who has taken the ticket
 * - `p:lanes:ERRAND:INSTALLATION`, a list of keys that wait and do not run, first come first
 * - `p:turns:ERRAND`, sorted set of the installations that have such keys, whose turn it is first
 * - `p:running` and `p:served`, hashes: how many jobs of an installation run, and the number of its last turn, of `p:seq`
 * - `p:waiting`, sorted set of keys by the time since when they wait
 * - `p:tickets`, hash: the key for which a ticket was taken
 *
 * A ticket is a job of BullMQ's that says no more than "somebody may run one more": which one, `BEGIN` decides. There are at
 * least as many tickets as keys that wait and do not run. One that is left over finds nothing to do.
 */
const RESCORE = `
local function rescore(p, installation)
  local running = tonumber(redis.call('HGET', p .. ':running', installation) or '0')
  local served = tonumber(redis.call('HGET', p .. ':served', installation) or '0')
  for errand = 0, 1 do
    local turns = p .. ':turns:' .. errand
    if redis.call('EXISTS', p .. ':lanes:' .. errand .. ':' .. installation) == 1 then
      redis.call('ZADD', turns, running * 2 ^ 40 + served, installation)
    else
      redis.call('ZREM', turns, installation)
    end
  end
end
local function milliseconds()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/** KEYS: prefix. ARGV: key, job, version, order, installation, errand, forced, room for all, room for one, channel.
 * Gives the admission, and whether a ticket is needed. */
export const OFFER = `${RESCORE}
local p, key, job, version, order, installation, errand, forced = KEYS[1], unpack(ARGV)
local lane = p .. ':lane:' .. key
local known = redis.call('HMGET', lane, 'waitingOrder', 'waitingVersion', 'waitingForced', 'runningOrder', 'runningVersion', 'ticket')
local waitingOrder, runningOrder = known[1], known[4]
local newest = waitingOrder or runningOrder
if newest and order < newest then return {'outdated', 0} end
if not newest then
  local own = redis.call('LLEN', p .. ':lanes:0:' .. installation) + redis.call('LLEN', p .. ':lanes:1:' .. installation)
  if redis.call('ZCARD', p .. ':waiting') >= tonumber(ARGV[8]) or own >= tonumber(ARGV[9]) then return {'full', 0} end
end
if not waitingOrder then
  redis.call('ZADD', p .. ':waiting', milliseconds(), key)
  if not runningOrder then redis.call('RPUSH', p .. ':lanes:' .. errand .. ':' .. installation, key) end
end
if known[2] == version and known[3] == '1' then forced = '1' end
redis.call('HSET', lane, 'waiting', job, 'waitingVersion', version, 'waitingOrder', order, 'waitingForced', forced,
  'installation', installation, 'errand', errand)
if runningOrder then
  if known[5] ~= version then redis.call('PUBLISH', ARGV[10], known[6]) end
  return {'taken', 0}
end
rescore(p, installation)
return {'taken', 1}
`;

/** KEYS: prefix. ARGV: ticket, owner. Gives the job, whether it is forced, and the job that it replaces because its owner is
 * gone; or nothing. */
export const BEGIN = `${RESCORE}
local p, ticket, owner = KEYS[1], ARGV[1], ARGV[2]
local function begin(key, lane)
  local waiting = redis.call('HMGET', lane, 'waiting', 'waitingVersion', 'waitingOrder', 'waitingForced')
  redis.call('HSET', lane, 'running', waiting[1], 'runningVersion', waiting[2], 'runningOrder', waiting[3],
    'runningForced', waiting[4], 'ticket', ticket, 'owner', owner)
  redis.call('HDEL', lane, 'waiting', 'waitingVersion', 'waitingOrder', 'waitingForced')
  redis.call('ZREM', p .. ':waiting', key)
  return {waiting[1], waiting[4]}
end
local key = redis.call('HGET', p .. ':tickets', ticket)
if key then
  local lane = p .. ':lane:' .. key
  local known = redis.call('HMGET', lane, 'ticket', 'running', 'runningForced', 'waiting')
  if known[1] == ticket and known[4] then
    local begun = begin(key, lane)
    return {begun[1], begun[2], known[2]}
  elseif known[1] == ticket then
    redis.call('HSET', lane, 'owner', owner)
    return {known[2], known[3], ''}
  end
  redis.call('HDEL', p .. ':tickets', ticket)
end
for errand = 0, 1 do
  local installation = redis.call('ZRANGE', p .. ':turns:' .. errand, 0, 0)[1]
  if installation then
    key = redis.call('LPOP', p .. ':lanes:' .. errand .. ':' .. installation)
    redis.call('HINCRBY', p .. ':running', installation, 1)
    redis.call('HSET', p .. ':served', installation, redis.call('INCR', p .. ':seq'))
    rescore(p, installation)
    redis.call('HSET', p .. ':tickets', ticket, key)
    local begun = begin(key, p .. ':lane:' .. key)
    return {begun[1], begun[2], ''}
  end
end
return false
`;

/** KEYS: prefix. ARGV: ticket, owner, and `end`, or `back` for a job that is to run again. 1 where a ticket is needed. */
export const FINISH = `${RESCORE}
local p, ticket, owner = KEYS[1], ARGV[1], ARGV[2]
local key = redis.call('HGET', p .. ':tickets', ticket)
if not key then return 0 end
local lane = p .. ':lane:' .. key
local known = redis.call('HMGET', lane, 'owner', 'installation', 'errand', 'waiting', 'running', 'runningVersion', 'runningOrder', 'runningForced')
if known[1] ~= owner then return 0 end
local installation = known[2]
local list = p .. ':lanes:' .. known[3] .. ':' .. installation
redis.call('HDEL', p .. ':tickets', ticket)
if redis.call('HINCRBY', p .. ':running', installation, -1) <= 0 then redis.call('HDEL', p .. ':running', installation) end
local again = 1
if known[4] then
  redis.call('RPUSH', list, key)
elseif ARGV[3] == 'back' then
  redis.call('HSET', lane, 'waiting', known[5], 'waitingVersion', known[6], 'waitingOrder', known[7], 'waitingForced', known[8])
  redis.call('ZADD', p .. ':waiting', milliseconds(), key)
  redis.call('LPUSH', list, key)
else
  again = 0
end
if again == 1 then
  redis.call('HDEL', lane, 'running', 'runningVersion', 'runningOrder', 'runningForced', 'ticket', 'owner')
else
  redis.call('DEL', lane)
end
rescore(p, installation)
return again
`;

/** KEYS: prefix. How many jobs wait, and for how many milliseconds the oldest has. */
export const STATE = `${RESCORE}
local oldest = redis.call('ZRANGE', KEYS[1] .. ':waiting', 0, 0, 'WITHSCORES')
if not oldest[2] then return {0, 0} end
return {redis.call('ZCARD', KEYS[1] .. ':waiting'), milliseconds() - oldest[2]}
`;
