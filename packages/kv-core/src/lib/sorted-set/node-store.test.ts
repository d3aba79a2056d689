import { expect, it } from 'vitest';
import type { Driver } from '../driver/driver.js';
import { memoryDriver } from '../memory/memory-driver.js';
import { createStore } from '../store/create-store.js';
import { idMaker } from './ids.js';
import { NodeGone, NodeStore } from './node-store.js';

const leafOf = (n: number) => ({ entries: [{ member: `m${n}`, score: n, seq: n }] });

/** A store of nodes on a driver that counts what it reads. */
function make(cacheNodes: number) {
  const inner = memoryDriver();
  const counts = { reads: 0 };
  const driver: Driver = {
    contract: inner.contract,
    traits: inner.traits,
    close: () => inner.close(),
    write: (writes, call) => inner.write(writes, call),
    get: (keys, call) => {
      counts.reads += keys.length;
      return inner.get(keys, call);
    },
  };
  const store = createStore({ driver }).raw;
  const options = { store, prefix: 'nodes:', makeId: idMaker(), ttlMs: () => undefined };
  const open = (cacheNodes: number) => new NodeStore({ ...options, cacheNodes });
  return { counts, nodes: open(cacheNodes), open };
}

it('reads and decodes a node once for all of a call that ask for it at the same time', async () => {
  const { counts, nodes, open } = make(0);
  const [id] = await nodes.write([leafOf(1)]);
  await nodes.flush();
  for (const reader of [open(8), open(0)]) {
    counts.reads = 0;
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => reader.load(id!)));
    expect(first).toEqual(leafOf(1));
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(counts.reads).toBe(1);
  }
});

it('does not end the read of one call with the signal of another', async () => {
  const { nodes, open } = make(0);
  const [id] = await nodes.write([leafOf(1)]);
  await nodes.flush();
  const reader = open(8);
  const ended = reader.load(id!, { signal: AbortSignal.abort() });
  const other = reader.load(id!);
  await expect(ended).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await other).toEqual(leafOf(1));
});

it('finds a node that is stored after it was missed', async () => {
  const { nodes, open } = make(0);
  const [id] = await nodes.write([leafOf(1)]);
  const reader = open(8);
  await expect(reader.load(id!)).rejects.toBeInstanceOf(NodeGone);
  await nodes.flush();
  expect(await reader.load(id!)).toEqual(leafOf(1));
});

it('keeps no more nodes than it may, those that were used last', async () => {
  const { counts, nodes } = make(4);
  const leaves = Array.from({ length: 10 }, (_, n) => leafOf(n));
  const ids = await nodes.write(leaves);
  await nodes.flush();
  const readsOf = async (...wanted: number[]): Promise<number> => {
    counts.reads = 0;
    for (const n of wanted) expect(await nodes.load(ids[n]!)).toEqual(leaves[n]);
    return counts.reads;
  };
  expect(await readsOf(6, 7, 8, 9)).toBe(0);
  expect(await readsOf(0, 1)).toBe(2);
  expect(await readsOf(8, 9, 0, 1)).toBe(0);
  expect(await readsOf(6)).toBe(1);
  // The one used longest ago made room for it.
  expect(await readsOf(9, 0, 1, 6)).toBe(0);
  expect(await readsOf(8)).toBe(1);
});
