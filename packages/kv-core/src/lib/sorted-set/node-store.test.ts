import { expect, it } from 'vitest';
import type { Driver } from '../driver/driver.js';
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

it('keeps no more nodes than it may, those that were used last', async () => {
  const inner = memoryDriver();
  let reads = 0;
  const driver: Driver = {
    contract: inner.contract,
    traits: inner.traits,
    close: () => inner.close(),
    write: (writes, call) => inner.write(writes, call),
    get: (keys, call) => {
      reads += keys.length;
      return inner.get(keys, call);
    },
  };
  const store = createStore({ driver }).raw;
  const options = { store, prefix: 'nodes:', makeId: idMaker(), ttlMs: () => undefined };
  const nodes = new NodeStore({ ...options, cacheNodes: 4 });
  const leaves = Array.from({ length: 10 }, (_, n) => ({
    entries: [{ member: `m${n}`, score: n, seq: n }],
  }));
  const ids = await nodes.write(leaves);
  await nodes.flush();
  const readsOf = async (...wanted: number[]): Promise<number> => {
    reads = 0;
    for (const n of wanted) expect(await nodes.load(ids[n]!)).toEqual(leaves[n]);
    return reads;
  };
  expect(await readsOf(6, 7, 8, 9)).toBe(0);
  expect(await readsOf(0, 1)).toBe(2);
  expect(await readsOf(8, 9, 0, 1)).toBe(0);
  expect(await readsOf(6)).toBe(1);
  // The one used longest ago made room for it.
  expect(await readsOf(9, 0, 1, 6)).toBe(0);
  expect(await readsOf(8)).toBe(1);
});
