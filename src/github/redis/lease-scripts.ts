/**
 * Of each lease, `lock:NAME` is who has it and `last:NAME` who had it last. Redis may come back without what it knew, or with
 * what it knew a second ago: it has another `run_id` then, and gives out nothing for `settle` milliseconds, in which those who
 * had a lease say so.
 */
const SETTLE = `
local function settling(p, settle)
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
  if redis.call('GET', p .. ':run') ~= run then
    redis.call('SET', p .. ':run', run)
    redis.call('SET', p .. ':settling', '1', 'PX', settle)
  end
  return redis.call('EXISTS', p .. ':settling') == 1
end
`;

/** KEYS: prefix. ARGV: name, token, lease and settling time in milliseconds. 1 where the lease is had. */
export const ACQUIRE = `${SETTLE}
local p, name, token = KEYS[1], ARGV[1], ARGV[2]
if settling(p, ARGV[4]) then return 0 end
if not redis.call('SET', p .. ':lock:' .. name, token, 'NX', 'PX', ARGV[3]) then return 0 end
redis.call('SET', p .. ':last:' .. name, token, 'PX', 3600000)
return 1
`;

/** The same arguments. 0 where somebody else has had the lease meanwhile, or may have. */
export const RENEW = `${SETTLE}
local p, name, token = KEYS[1], ARGV[1], ARGV[2]
local isSettling = settling(p, ARGV[4])
local has = redis.call('GET', p .. ':lock:' .. name)
if has and has ~= token then return 0 end
if not has and redis.call('GET', p .. ':last:' .. name) ~= token and not isSettling then return 0 end
redis.call('SET', p .. ':lock:' .. name, token, 'PX', ARGV[3])
redis.call('SET', p .. ':last:' .. name, token, 'PX', 3600000)
return 1
`;

/** KEYS: prefix. ARGV: name, token. */
export const RELEASE = `
local lock = KEYS[1] .. ':lock:' .. ARGV[1]
if redis.call('GET', lock) == ARGV[2] then redis.call('DEL', lock, KEYS[1] .. ':last:' .. ARGV[1]) end
return 0
`;
