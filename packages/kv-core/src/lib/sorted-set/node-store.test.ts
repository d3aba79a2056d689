import { expect, it } from 'vitest';
import { memoryDriver } from '../memory/memory-driver.js';
import { createStore } from '../store/create-store.js';
import { idMaker } from './ids.js';
import { NodeStore } from './node-store.js';

it('decodes a node once for all that ask for it in one tick', async () => {
  const store = createStore({ driver: memoryDriver() }).raw;
  const options = { store, prefix: 'nodes:', makeId: idMaker(), ttlMs: () => undefined };
  const writer = new NodeStore({ ...options, cacheNodes: 0 });
  const leaf = { entries: [{ member: 'a', score: 1, seq: 1 }] };
  const [id] = await writer.write([leaf]);
  await writer.flush();
  const reader = new NodeStore({ ...options, cacheNodes: 8 });
  const [first, second, third] = await Promise.all([1, 2, 3].map(() => reader.load(id!)));
  expect(first).toEqual(leaf);
  expect(second).toBe(first);
  expect(third).toBe(first);
});
