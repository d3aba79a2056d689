import { Script } from '../script.js';
import { OPENING } from './opening.js';

/**
 * Changes. ARGV: the order, the cap or nothing, the milliseconds to live or nothing; then two words for each
 * change: its kind (s set, b best, i increment, r remove) with the score or amount, and the member. A
 * capital says that behind the score stands what becomes of the data: ~ removed, = and the new. Replies a
 * line for each: the scores before and after, - for none; or ! if the sum is beyond the numbers.
 */
export const SORTED_CHANGE = new Script(`${OPENING}
local cap, ttl = tonumber(ARGV[2]), ARGV[3]
local total = (#ARGV - 3) / 2
local out, moves, touched, refused = {}, {}, false, nil

-- What the server may refuse comes first, so that a refusal has changed nothing.
local function write(...)
  if refused then return end
  local done = redis.pcall(...)
  if type(done) == 'table' and done.err then refused = done end
  touched = true
end

local letter, limit = '', 0
local function nextTie()
  count = count + 1
  local digits = count < 1e14 and count or string.format('%.0f', count)
  if count >= limit then
    local length = #string.format('%.0f', count)
    letter, limit = char(96 + length), 10 ^ length
  end
  return letter .. digits
end

-- Does the changes from one on, up to one whose member is among them already; says which is next.
local function pass(first)
  local names, seen, last = {}, {}, total
  for i = first, total do
    local name = ARGV[2 * i + 3]
    if seen[name] then
      last = i - 1
      break
    end
    seen[name] = true
    names[i - first + 1] = name
  end
  local found = {}
  if size > 0 or first > 1 then
    found = each(lexical and 'ZMSCORE' or 'HMGET', lexical and root or side, names)
  end
  local put, kept, leave, forget = {}, {}, {}, {}
  local puts, keeps, leaves, forgets = 0, 0, 0, 0
  for i = first, last do
    local name, record, word = names[i - first + 1], found[i - first + 1], ARGV[2 * i + 2]
    local kind = byte(word)
    local tie, before, data, element
    if record then
      if lexical then before, element = record, name
      else
        tie, before, data = parts(record)
        element = tie .. name
      end
    end
    local after, moved = before, false
    if kind == 114 then
      after, moved = nil, record
      out[i] = (before or '-') .. ' -'
      if record then
        forgets = forgets + 1
        forget[forgets] = name
      end
    else
      local value, mark
      if kind > 96 then value = sub(word, 2)
      else
        kind = kind + 32
        local cut = find(word, '[~=]', 2)
        value, mark = sub(word, 2, cut - 1), sub(word, cut)
      end
      local number, now = tonumber(value), before and tonumber(before)
      if kind == 105 then
        number = (now or 0) + number
        value = exact(number)
      end
      if number == math.huge or number == -math.huge then out[i] = '!'
      elseif kind == 98 and now and number >= now then out[i] = before .. ' ' .. before
      else
        moved = number ~= now
        if moved then
          after = value
          tie = not lexical and nextTie()
          puts = puts + 2
          put[puts - 1], put[puts] = value, lexical and name or tie .. name
        end
        out[i] = (before or '-') .. ' ' .. after
        if mark then data = mark ~= '~' and mark or nil end
        local new = data
        if not lexical then
          new = tie .. after
          if data then new = string.upper(sub(tie, 1, 1)) .. sub(new, 2) .. data end
        end
        if new and new ~= record then
          keeps = keeps + 2
          kept[keeps - 1], kept[keeps] = name, new
        elseif mark and not new and record then
          forgets = forgets + 1
          forget[forgets] = name
        end
      end
    end
    if moved then
      if element and not (lexical and after) then
        leaves = leaves + 1
        leave[leaves] = element
      end
      if state ~= 'n' then moves[#moves + 1] = {before, after} end
    end
  end
  if puts > 0 then write('ZADD', root, unpack(put)) end
  if keeps > 0 then write('HSET', side, unpack(kept)) end
  if leaves > 0 then write('ZREM', root, unpack(leave)) end
  if forgets > 0 then write('HDEL', side, unpack(forget)) end
  return last + 1
end

if size == 0 and call('EXISTS', side, distinct) > 0 then write('DEL', side, distinct) end
local i = 1
while i <= total do i = pass(i) end
if refused then return refused end
if not touched then return table.concat(out, '\\n') end

local function left(score)
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
    for i = 2, #worst, 2 do left(worst[i]) end
  end
  over = over - portion
end
if size == 0 then
  call('UNLINK', side, distinct)
else
  for _, move in ipairs(moves) do
    local before, after = move[1], move[2]
    if before then left(before) end
    if after and call('ZCOUNT', root, after, after) > 0 then
      call('ZADD', distinct, after, exact(after))
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
