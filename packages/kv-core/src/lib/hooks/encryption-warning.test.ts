import { expect, it, vi } from 'vitest';
import { createStore } from '../../index.js';
import { memoryDriver } from '../../memory.js';
import { encryption } from './encryption.js';

vi.mock('./key-uses.js', async (original) => {
  const { countUses } = await original<typeof import('./key-uses.js')>();
  const early: typeof countUses = (id, onWarning) => countUses(id, onWarning, 3);
  return { countUses: early };
});

it('every stored value counts as a use of the key that encrypts, and no read does', async () => {
  const warnings: string[] = [];
  const keys = ['new', 'old'].map((id) => ({
    id,
    key: crypto.getRandomValues(new Uint8Array(32)),
  }));
  const hook = encryption({ keys, onWarning: (message) => void warnings.push(message) });
  const store = createStore({ driver: memoryDriver(), hooks: [hook] });
  await store.set('a', 1);
  await store.update('b', () => ({ put: 1, result: 0 }));
  for (let round = 0; round < 5; round += 1) await store.get('a');
  expect(warnings).toEqual([]);
  await store.increment('c');
  expect(warnings).toEqual([expect.stringContaining('under the key new')]);
});
