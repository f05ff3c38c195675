/**
 * What Redis knows of installation tokens, below a prefix `p`: `p:token:KEY`, sealed; `p:token-asked:KEY`, which process is
 * asking GitHub for it; and `p:tokens-asked`, a list of the milliseconds at which the last requests were.
 */
const UNTIL_NEXT = `
local function milliseconds()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function untilNext(p, most, minute)
  if redis.call('LLEN', p .. ':tokens-asked') < tonumber(most) then return 0 end
  return math.max(redis.call('LINDEX', p .. ':tokens-asked', 0) + minute - milliseconds(), 0)
end
`;

/** KEYS: prefix. ARGV: key, process, for how long nobody else is to ask, tokens a minute, a minute. Gives what is sealed and
 * for how long it is to be kept; else nothing and how long to wait, 0 for who is to ask GitHub. */
export const ASK = `${UNTIL_NEXT}
local p, key, process = KEYS[1], ARGV[1], ARGV[2]
local sealed = redis.call('GET', p .. ':token:' .. key)
if sealed then return {sealed, redis.call('PTTL', p .. ':token:' .. key)} end
local asked = p .. ':token-asked:' .. key
local asking = redis.call('GET', asked)
if asking and asking ~= process then return {'', redis.call('PTTL', asked)} end
local left = untilNext(p, ARGV[4], ARGV[5])
if left == 0 then redis.call('SET', asked, process, 'PX', ARGV[3]) end
return {'', left}
`;

/** KEYS: prefix. ARGV: tokens a minute, a minute. Gives how long to wait, 0 for who may ask GitHub. */
export const PACE = `${UNTIL_NEXT}
local asked = KEYS[1] .. ':tokens-asked'
local left = untilNext(KEYS[1], ARGV[1], ARGV[2])
if left > 0 then return left end
redis.call('RPUSH', asked, milliseconds())
redis.call('LTRIM', asked, -ARGV[1], -1)
redis.call('PEXPIRE', asked, ARGV[2])
return 0
`;

/** KEYS: prefix. ARGV: key, what is sealed, for how long it is to be kept. */
export const KEEP = `
redis.call('SET', KEYS[1] .. ':token:' .. ARGV[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[1] .. ':token-asked:' .. ARGV[1])
return 0
`;

/** KEYS: prefix. ARGV: key, what is sealed. */
export const DROP = `
local token = KEYS[1] .. ':token:' .. ARGV[1]
if redis.call('GET', token) == ARGV[2] then redis.call('DEL', token) end
return 0
`;
