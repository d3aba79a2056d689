import { Script } from '../script.js';
import { OPENING } from './opening.js';

/**
 * Questions. ARGV: the order, then for each a letter and its words: c best worst; m kind n and n members;
 * s kind start end; a kind member each; r kind best worst offset limit. A bound that is open is nothing, a
 * kind is the first letter of the ranks asked for. Replies the size, then for each an array: what it says
 * in one line; for m
 * then a line a member, its rank and its record, or where ties are lexical its score, or nothing; for s, a and r the scores a line each
 * and an array of elements; last, where any of them has data, an array of records. If the different scores
 * are not ready for dense ranks: !DENSE.
 */
export const SORTED_QUERY = new Script(`${OPENING}
local at = 2
local function word()
  at = at + 1
  return ARGV[at - 1]
end

local dense = false
local function rankOf(kind, score, index)
  if kind == 'o' then return index + 1 end
  dense = dense or kind == 'd'
  return call('ZCOUNT', kind == 'd' and distinct or root, '-inf', '(' .. score) + 1
end

local function boundsOf(best, worst)
  local from = best == '' and 0 or call('ZCOUNT', root, '-inf', '(' .. best)
  local to = worst == '' and size or call('ZCOUNT', root, '-inf', worst)
  return from, math.max(from, to)
end

-- The records, if one of them has data.
local function dataOf(names)
  if #names == 0 then return nil end
  local records = each('HMGET', side, names)
  for i = 1, #records do
    local record = records[i]
    if record and (lexical or byte(record) < 97) then return records end
  end
  return nil
end

local function rows(kind, from, to, matching)
  local list = from < to and call('ZRANGE', root, from, to - 1, 'WITHSCORES') or {}
  local elements, scores, names = {}, {}, {}
  for i = 1, #list, 2 do
    elements[#elements + 1] = list[i]
    scores[#scores + 1] = list[i + 1]
    names[#names + 1] = memberOf(list[i])
  end
  local rank = scores[1] and rankOf(kind, scores[1], from) or 0
  local line = string.format('%.0f %.0f %.0f', from, rank, matching or size)
  return {line, table.concat(scores, '\\n'), elements, dataOf(names)}
end

local function indexOf(name)
  local record = not lexical and call('HGET', side, name)
  if not lexical and not record then return false end
  return call('ZRANK', root, lexical and name or parts(record) .. name)
end

local function members(kind, total)
  local names, lines = {}, {}
  for i = 1, total do names[i] = word() end
  if total == 0 or size == 0 then return {string.rep('\\n', math.max(0, total - 1))} end
  local found = each(lexical and 'ZMSCORE' or 'HMGET', lexical and root or side, names)
  local hasData = false
  for i = 1, total do
    local it = found[i]
    if not it then lines[i] = ''
    else
      local rank, tie, score = 0, '', it
      if not lexical then tie, score = parts(it) end
      if kind == 'o' then rank = call('ZRANK', root, tie .. names[i]) + 1
      elseif kind ~= 'n' then rank = rankOf(kind, score) end
      lines[i] = rank .. ' ' .. it
      hasData = hasData or not lexical and byte(it) < 97
    end
  end
  if hasData then
    -- Data may have lines of its own.
    for i = 1, total do
      if found[i] then lines[i] = sub(lines[i], 1, find(lines[i], ' ', 1, true)) end
    end
    return {table.concat(lines, '\\n'), found}
  end
  return {table.concat(lines, '\\n'), lexical and kind ~= 'n' and dataOf(names) or nil}
end

local out = {size}
while at <= #ARGV do
  local type = word()
  if type == 'c' then
    local from, to = boundsOf(word(), word())
    out[#out + 1] = {string.format('%.0f', to - from)}
  else
    local kind = word()
    if type == 'm' then out[#out + 1] = members(kind, tonumber(word()))
    elseif type == 's' then
      local from, to = tonumber(word()), tonumber(word()) or size
      if from < 0 then from = math.max(0, size + from) end
      if to < 0 then to = size + to end
      out[#out + 1] = rows(kind, from, math.min(to, size))
    elseif type == 'a' then
      local index, reach = indexOf(word()), tonumber(word())
      if index then
        out[#out + 1] = rows(kind, math.max(0, index - reach), math.min(size, index + reach + 1))
      else out[#out + 1] = rows(kind, 0, 0) end
    else
      local from, to = boundsOf(word(), word())
      local offset, limit = tonumber(word()), tonumber(word())
      out[#out + 1] = rows(kind, from + offset, math.min(to, from + offset + limit), to - from)
    end
  end
end
if dense and state ~= 'r' then return '!DENSE' end
return out
`);

/**
 * Notes the different scores, up to a thousand at a time from the one after ARGV[2] on. Changes keep them
 * up from the first call on, so that when a walk has come to the end they are complete. Replies with the
 * score it came to, nothing at the end.
 */
export const SORTED_SCORES = new Script(`${OPENING}
if size == 0 or state == 'r' then return '' end
if state == 'n' then
  call('DEL', distinct)
  state = 'b'
  call('HSET', side, '', head())
end
local last = ARGV[2]
for _ = 1, 1000 do
  local from = last == '' and '-inf' or '(' .. last
  local found = call('ZRANGEBYSCORE', root, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if #found == 0 then
    state = 'r'
    call('HSET', side, '', head())
    local left = call('PTTL', root)
    if left > 0 then call('PEXPIRE', distinct, left) end
    return ''
  end
  last = exact(found[2])
  call('ZADD', distinct, last, last)
end
return last
`);
