import { Script } from './script.js';

/**
 * Reads KEYS at once. For each key its bytes, nil if it is absent, or 0 if it holds another kind of
 * data; then, if ARGV[1] is '1', the PTTL of each.
 */
export const READ = new Script(`
local out = redis.call('MGET', unpack(KEYS))
local n = #KEYS
for i = 1, n do
  if not out[i] and redis.call('EXISTS', KEYS[i]) == 1 then out[i] = 0 end
end
if ARGV[1] == '1' then
  for i = 1, n do out[n + i] = redis.call('PTTL', KEYS[i]) end
end
return out
`);

/** The master has become a replica: an error of the whole call, which makes the client reconnect. */
const DEMOTED = `
local function demoted(err) return err and string.sub(err, 1, 8) == 'READONLY' end
`;

/**
 * What WRITE and COMMIT share. A write comes as its key, and in ARGV a word, then the state that it
 * demands if its condition is = or #, then the bytes if it puts. The word is the kind (p, t, d, or c for a
 * check), the condition (* any, - absent, + present, = these bytes, # bytes with this digest), and the
 * ttl: nothing for none, k for keep, or milliseconds. Words repeat, so each is taken apart once; short
 * bytes are compared themselves, which costs a third of a digest.
 */
const WRITING = `${DEMOTED}
local call, pcall = redis.call, redis.pcall
local words = {}
local at = 1

-- The next word of ARGV from \`at\` on, and what its condition demands.
local function nextWord()
  local text = ARGV[at]
  local word = words[text]
  if not word then
    word = {kind = string.sub(text, 1, 1), condition = string.sub(text, 2, 2), ttl = string.sub(text, 3)}
    word.put = word.kind == 'p'
    word.demands = word.condition == '=' or word.condition == '#'
    words[text] = word
  end
  if not word.demands then
    at = at + 1
    return word
  end
  at = at + 2
  return word, ARGV[at - 1]
end

-- Whether the write applies; else, third, an error. Second, the bytes if they were read. A touch never
-- applies to an absent key.
local function met(key, word, demanded)
  local condition = word.condition
  if condition == '*' then
    return word.kind ~= 't' or call('EXISTS', key) == 1, false
  end
  if condition == '+' then
    local found = call('TYPE', key).ok
    if found == 'none' then return false, false end
    if found == 'string' then return true end
    return false, nil, 'WRONGTYPE'
  end
  local bytes = pcall('GET', key)
  if condition == '=' and bytes == demanded then return true, bytes end
  if type(bytes) == 'table' then return false, nil, bytes.err end
  if condition == '-' then return not bytes and word.kind ~= 't', bytes end
  return condition == '#' and bytes and redis.sha1hex(bytes) == demanded, bytes
end

-- Does it; an error as text.
local function apply(key, word, bytes)
  local ttl = word.ttl
  local done
  if word.put then
    if ttl == '' then done = pcall('SET', key, bytes)
    elseif ttl == 'k' then done = pcall('SET', key, bytes, 'KEEPTTL')
    else done = pcall('SET', key, bytes, 'PX', ttl) end
  elseif word.kind == 'd' then done = pcall('UNLINK', key)
  elseif ttl == '' then done = pcall('PERSIST', key)
  else done = pcall('PEXPIRE', key, ttl) end
  return type(done) == 'table' and done.err or nil
end
`;

/**
 * Each write by itself. 1 if all applied. Else for each: 1 applied, 0 not and the key is absent,
 * {bytes, PTTL} not and this is there, or the text of an error.
 */
export const WRITE = new Script(`${WRITING}
local out, all = {}, true
for i = 1, #KEYS do
  local key = KEYS[i]
  local word, demanded = nextWord()
  local put
  if word.put then
    put = ARGV[at]
    at = at + 1
  end
  local ok, bytes, err = met(key, word, demanded)
  if ok then
    err = apply(key, word, put)
    if err then
      if demoted(err) then return {err = err} end
      all = false
    end
    out[i] = err or 1
  else
    all = false
    if err then out[i] = err
    elseif bytes then out[i] = {bytes, call('PTTL', key)}
    else out[i] = 0 end
  end
end
return all and 1 or out
`);

/**
 * All or nothing. ARGV[1] is the number of checks, which come first. 1 applied, 0 a condition was not
 * met and nothing changed. So it is after an error.
 */
export const COMMIT = new Script(`${WRITING}
local todo, put = {}, {}
local checks = tonumber(ARGV[1])
at = 2
for i = 1, #KEYS do
  local word, demanded = nextWord()
  if word.put then
    put[i] = ARGV[at]
    at = at + 1
  end
  todo[i] = word
  local ok, _, err = met(KEYS[i], word, demanded)
  if err then return {err = err} end
  if not ok then return 0 end
end
for i = checks + 1, #KEYS do
  local err = apply(KEYS[i], todo[i], put[i])
  if err then return {err = err} end
end
return 1
`);

/**
 * Bounded additions. A pair in ARGV for each key: the amount, and 'min max ttl' or nothing for the safe
 * integers and no ttl. For each: the new value, {value} if it stands, or ! and the text of an error.
 * Values are text, since ioredis 6 reads integer replies near 2^53 wrongly. Lua's numbers are doubles:
 * what is stored must be a canonical decimal within the safe integers, and their sum, exact or not, is
 * then compared rightly with bounds that are safe integers too.
 */
export const INCREMENT = new Script(`${DEMOTED}
local SAFE = 9007199254740991
local function decimal(value) return string.format('%.0f', value) end
local out = {}
for i = 1, #KEYS do
  local key, by, bounds = KEYS[i], ARGV[2 * i - 1], ARGV[2 * i]
  local text = redis.pcall('GET', key)
  if type(text) == 'table' then
    out[i] = '!' .. text.err
  elseif text and (#text > 20 or not (text == '0' or string.find(text, '^-?[1-9]%d*$'))
      or (#text == 20 and string.sub(text, 1, 1) ~= '-')) then
    out[i] = '!NOT_AN_INTEGER'
  else
    local value = text and tonumber(text) or 0
    local low, high, ttl = -SAFE, SAFE, ''
    if bounds ~= '' then
      low, high, ttl = string.match(bounds, '^(%S+) (%S+) (%S*)$')
      low, high = tonumber(low), tonumber(high)
    end
    local sum = value + tonumber(by)
    if value > SAFE or value < -SAFE then
      out[i] = '!OUT_OF_RANGE'
    elseif sum < low or sum > high then
      out[i] = {decimal(value)}
    else
      local done
      if text or ttl == '' then done = redis.pcall('INCRBY', key, by)
      else done = redis.pcall('SET', key, by, 'PX', ttl) end
      local err = type(done) == 'table' and done.err
      if demoted(err) then return {err = err} end
      out[i] = err and '!' .. err or decimal(sum)
    end
  end
end
return out
`);
