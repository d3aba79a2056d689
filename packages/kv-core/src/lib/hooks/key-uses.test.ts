import { expect, it } from 'vitest';
import { countUses } from './key-uses.js';

it('warns once, when the key has been used so often, and names it', () => {
  const warnings: string[] = [];
  const use = countUses('2026-11', (message) => void warnings.push(message), 1_000);
  for (let round = 0; round < 999; round += 1) use();
  expect(warnings).toEqual([]);
  use();
  for (let round = 0; round < 5_000; round += 1) use();
  expect(warnings).toEqual(['encryption: 1000 values under the key 2026-11; rotate it']);
});

it('warns long before 2^32 uses', () => {
  const warnings: string[] = [];
  const use = countUses('k', (message) => void warnings.push(message));
  for (let round = 0; round < 2 ** 28 - 1; round += 1) use();
  expect(warnings).toEqual([]);
  use();
  expect(warnings).toHaveLength(1);
});

it('a warning that throws fails no write', () => {
  const use = countUses(
    'k',
    () => {
      throw new Error('the pager is down');
    },
    1,
  );
  expect(use).not.toThrow();
});
