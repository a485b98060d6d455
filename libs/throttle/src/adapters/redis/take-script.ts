import { createHash } from 'node:crypto';

/**
 * The whole decision in one step of Redis. A key is a list of the times, in µs, of the permits spent, oldest first. Runs
 * of expired permits are found by halving, so that a thousand of them cost ten looks.
 *
 * KEYS: one a limit. ARGV: the time in µs or '' for the server's, then limit, window in µs and weight of each.
 * Answers 1 or 0, then for each limit the permits left, µs until all are back, µs until it admits (-1: never).
 *
 * A clock of the server that was set back leaves entries in the future: time then stands still until it has caught up,
 * for a window at most. What lies further ahead is forgotten.
 */
export const takeScript = `
local function at(key, index)
  return tonumber(redis.call('LINDEX', key, index))
end

local function countLive(key, horizon)
  local used = redis.call('LLEN', key)
  if used == 0 or at(key, 0) > horizon then return used end
  if at(key, -1) <= horizon then
    redis.call('DEL', key)
    return 0
  end
  local expired, live = 0, used - 1
  while live - expired > 1 do
    local middle = math.floor((expired + live) / 2)
    if at(key, middle) > horizon then live = middle else expired = middle end
  end
  redis.call('LTRIM', key, live, -1)
  return used - live
end

local now
if ARGV[1] == '' then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
else
  now = tonumber(ARGV[1])
end

local limits = {}
local latest = now
for nth, key in ipairs(KEYS) do
  local limit = tonumber(ARGV[3 * nth - 1])
  local window = tonumber(ARGV[3 * nth])
  local weight = tonumber(ARGV[3 * nth + 1])
  limits[nth] = { limit = limit, window = window, weight = weight }
  local newest = at(key, -1)
  if newest and newest > now + window then
    redis.call('DEL', key)
  elseif newest and newest > latest then
    latest = newest
  end
end
now = latest

local allowed = 1
for nth, key in ipairs(KEYS) do
  local of = limits[nth]
  of.used = countLive(key, now - of.window)
  if of.used + of.weight > of.limit then allowed = 0 end
end

local answer = { allowed }
for nth, key in ipairs(KEYS) do
  local of = limits[nth]
  local excess = of.used + of.weight - of.limit
  local retry = 0
  if of.weight > of.limit then
    retry = -1
  elseif excess > 0 then
    retry = at(key, excess - 1) + of.window - now
  end
  if allowed == 1 and of.weight > 0 then
    local time = string.format('%.0f', now)
    for _ = 1, of.weight do redis.call('RPUSH', key, time) end
    redis.call('PEXPIRE', key, math.ceil(of.window / 1000))
    of.used = of.used + of.weight
  end
  local newest = at(key, -1)
  answer[#answer + 1] = math.max(0, of.limit - of.used)
  answer[#answer + 1] = newest and newest + of.window - now or 0
  answer[#answer + 1] = retry
end
return answer
`;

export const takeScriptSha = createHash('sha1').update(takeScript).digest('hex');
