import { expect, test } from 'vitest';
import { keySlot } from '../key-slot.js';
import { sortedKeys } from './sorted-keys.js';

const NAMES = [
  'plain',
  'a:b',
  '{tag}',
  'x{tag}y',
  '{',
  '}',
  '{}',
  'a{}b',
  '}{',
  '{{x}}',
  'é😀',
  'm{lb:plain}',
];

test('all keys of a sorted set are in its slot, and no two sets share one', () => {
  const seen = new Set<string>();
  // Names that are made of what the keys of other sets end in.
  const names = [...NAMES, ...NAMES.flatMap((name) => [`${name}:m!`, `${name}:m{lb:${name}}`])];
  for (const name of names) {
    const [root, ...besides] = sortedKeys(`lb:${name}`, `lb.aside:${name}`);
    expect(root).toBe(`lb:${name}`);
    for (const key of besides) {
      expect(keySlot(key), key).toBe(keySlot(root));
      expect(key.startsWith(`lb.aside:${name}`)).toBe(true);
      expect(seen.has(key), key).toBe(false);
      seen.add(key);
    }
  }
});
