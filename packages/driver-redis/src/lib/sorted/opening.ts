/**
 * A sorted set is a ZSET at its key, so that the type says which form it has, a hash and, once dense ranks
 * were asked for, a ZSET of the different scores beside it: KEYS in this order. Scores are stored so that
 * the least is the best. Where ties go to who came first, an element is the member behind its tie: a
 * letter for the number of digits, then the count of changes of scores at which it reached its score, so
 * that ties sort as text. The hash has for each member its record: then its tie and its score, and, behind
 * =, its data if it has any, which a capital letter of the tie tells. Under the empty field it has the order, the state of the different scores
 * (none, building, ready) and the count.
 */
export const OPENING = `
local root, side, distinct = KEYS[1], KEYS[2], KEYS[3]
local call = redis.call
local order = ARGV[1]
local lexical = string.sub(order, 2, 2) == 'l'
local size = redis.pcall('ZCARD', root)
if type(size) == 'table' then return size end
local state, count = 'n', 0
if size > 0 then
  local head = call('HGET', side, '')
  if not head then return '!LOST' end
  if string.sub(head, 1, 2) ~= order then return '!ORDER ' .. string.sub(head, 1, 2) end
  state, count = string.sub(head, 3, 3), tonumber(string.sub(head, 4))
end

local function head() return order .. state .. string.format('%.0f', count) end

-- The one text of a score.
local function exact(score) return string.format('%.17g', tonumber(score)) end

-- What a command says of names: as many at a time as unpack bears.
local function each(command, key, names)
  local out = {}
  for from = 1, #names, 1000 do
    local part = call(command, key, unpack(names, from, math.min(from + 999, #names)))
    for i = 1, #part do out[from + i - 1] = part[i] end
  end
  return out
end

local sub, byte, find, char = string.sub, string.byte, string.find, string.char

-- The tie, the score and, with its =, the data of a record.
local function parts(record)
  local letter = byte(record)
  if letter > 96 then return sub(record, 1, letter - 95), sub(record, letter - 94) end
  local from = letter - 62
  local to = find(record, '=', from, true)
  local tie = char(letter + 32) .. sub(record, 2, from - 1)
  return tie, sub(record, from, to - 1), sub(record, to)
end

local function memberOf(element)
  if lexical then return element end
  return sub(element, byte(element) - 94)
end
`;
