import { Script } from '../script.js';
import { OPENING } from './opening.js';

/**
 * Changes. ARGV: the order, the cap or nothing, the milliseconds to live or nothing; then two words for each
 * change: its kind (s set, b best, i increment, r remove), the score or amount and what becomes of the data
 * (nothing: it stays, ~ removed, = and the new); and the member. Replies a line for each: the scores before
 * and after, - for none; or ! if the sum is beyond the numbers.
 */
export const SORTED_CHANGE = new Script(`${OPENING}
local cap, ttl = tonumber(ARGV[2]), ARGV[3]
local total = (#ARGV - 3) / 2
local names, records, scores = {}, {}, {}
for i = 1, total do names[i] = ARGV[2 * i + 3] end
if size > 0 then
  if lexical then scores = each('ZMSCORE', root, names)
  else records = each('HMGET', side, names) end
end

-- A member as it is stored.
local function stored(name, i)
  if lexical then
    return scores[i] and {was = name, old = scores[i], score = scores[i]} or {}
  end
  local record = records[i]
  if not record then return {} end
  local from = byte(record) - 94
  local to = find(record, '=', from, true)
  local tie, score = sub(record, 1, from - 1), sub(record, from, to and to - 1)
  local it = {record = record, tie = tie, was = tie .. name, old = score, score = score}
  it.data = to and sub(record, to) or ''
  return it
end

local known, touched, out = {}, {}, {}
for i = 1, total do
  local name = names[i]
  local it = known[name]
  if not it then
    it = stored(name, i)
    known[name] = it
    touched[#touched + 1] = name
  end
  local word, before = ARGV[2 * i + 2], it.score
  local kind = sub(word, 1, 1)
  if kind == 'r' then
    it.score, it.data = nil, ''
    out[i] = (before or '-') .. ' -'
  else
    local mark = find(word, '=', 2, true) or find(word, '~', 2, true)
    local value = sub(word, 2, mark and mark - 1)
    local number, now = tonumber(value), before and tonumber(before)
    if kind == 'i' then
      number = (now or 0) + number
      value = exact(number)
    end
    if number == math.huge or number == -math.huge then out[i] = '!'
    elseif kind == 'b' and now and number >= now then out[i] = before .. ' ' .. before
    else
      if number ~= now then
        it.score = value
        if not lexical then
          count = count + 1
          local digits = string.format('%.0f', count)
          it.tie = string.char(96 + #digits) .. digits
          it.data = it.data or ''
        end
      end
      if mark then
        local data = sub(word, mark)
        it.data = data == '~' and '' or data
      end
      out[i] = (before or '-') .. ' ' .. it.score
    end
  end
end

local put, kept, leave, forget = {}, {}, {}, {}
for _, name in ipairs(touched) do
  local it = known[name]
  if it.score then
    local element = lexical and name or it.tie .. name
    if not it.was or element ~= it.was or it.score ~= it.old then
      put[#put + 1] = it.score
      put[#put + 1] = element
    end
    if it.was and element ~= it.was then leave[#leave + 1] = it.was end
    local record = it.data or ''
    if not lexical then record = it.tie .. it.score .. record end
    if record ~= '' and record ~= it.record then
      kept[#kept + 1] = name
      kept[#kept + 1] = record
    elseif record == '' and it.data and it.was then forget[#forget + 1] = name end
  elseif it.was then
    leave[#leave + 1] = it.was
    forget[#forget + 1] = name
  end
end
if #put + #kept + #leave + #forget == 0 then return table.concat(out, '\\n') end

-- What the server may refuse comes first, so that a refusal has changed nothing.
local refused
local function write(...)
  if refused then return end
  local done = redis.pcall(...)
  if type(done) == 'table' and done.err then refused = done end
end
if size == 0 and call('EXISTS', side, distinct) > 0 and #put > 0 then
  write('DEL', side, distinct)
end
if #put > 0 then write('ZADD', root, unpack(put)) end
if #kept > 0 then write('HSET', side, unpack(kept)) end
if #leave > 0 then write('ZREM', root, unpack(leave)) end
if #forget > 0 then write('HDEL', side, unpack(forget)) end
if refused then return refused end

local function leaves(score)
  if call('ZCOUNT', root, score, score) == 0 then call('ZREM', distinct, exact(score)) end
end
size = call('ZCARD', root)
local over = cap and size - cap or 0
size = size - math.max(over, 0)
while over > 0 do
  local portion = math.min(over, 1000)
  local worst = call('ZRANGE', root, -portion, -1, 'WITHSCORES')
  call('ZREMRANGEBYRANK', root, -portion, -1)
  local gone = {}
  for i = 1, #worst, 2 do gone[#gone + 1] = memberOf(worst[i]) end
  call('HDEL', side, unpack(gone))
  if state ~= 'n' then
    for i = 2, #worst, 2 do leaves(worst[i]) end
  end
  over = over - portion
end
if size == 0 then
  call('UNLINK', side, distinct)
else
  if state ~= 'n' then
    for _, name in ipairs(touched) do
      local it = known[name]
      if it.score ~= it.old then
        if it.old then leaves(it.old) end
        if it.score and call('ZCOUNT', root, it.score, it.score) > 0 then
          call('ZADD', distinct, it.score, exact(it.score))
        end
      end
    end
  end
  call('HSET', side, '', head())
  if ttl ~= '' then
    for i = 1, 3 do call('PEXPIRE', KEYS[i], ttl) end
  end
end
return table.concat(out, '\\n')
`);

/** Removes all. */
export const SORTED_CLEAR = new Script(`
local size = redis.pcall('ZCARD', KEYS[1])
if type(size) == 'table' then return size end
local done = redis.pcall('UNLINK', unpack(KEYS))
return type(done) == 'table' and done or ''
`);
