import { keySlot } from '../key-slot.js';

/** The keys of a sorted set, as its scripts take them. */
export type SortedKeys = readonly [root: string, members: string, scores: string];

const MOST_KNOWN = 1_000;
let known = new Map<string, SortedKeys>();

/** Where a sorted set is. */
export function sortedKeys(key: string, aside: string): SortedKeys {
  let keys = known.get(key);
  if (keys?.[1].startsWith(aside)) return keys;
  if (known.size >= MOST_KNOWN) known = new Map();
  keys = [key, besides(key, aside, 'm'), besides(key, aside, 's')];
  known.set(key, keys);
  return keys;
}

/**
 * A key that begins with `aside`, shares the slot of `key`, and is no other set's: the ending tells by which
 * rule it was made, and each rule is one-to-one.
 */
function besides(key: string, aside: string, letter: string): string {
  if (!/[{}]/.test(aside + key)) return `${aside}:${letter}{${key}}`;
  const slot = keySlot(key);
  const simple = `${aside}:${letter}!`;
  if (keySlot(simple) === slot) return simple;
  // Braces that make no tag: no rule leads to the slot, so it is looked for, some 16,000 tries.
  for (let n = 0; ; n += 1) {
    const tried = `${aside}:${letter}#${n}`;
    if (keySlot(tried) === slot) return tried;
  }
}
