import { createStore } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock } from '@grovekv/kv-core/testing';
import { expect, it } from 'vitest';
import { createCounter } from './create-counter.js';
import { createShardedCounter } from './sharded-counter.js';

function make() {
  const clock = createManualClock();
  return { clock, store: createStore({ driver: memoryDriver({ clock }) }) };
}

async function shardKeys(store: ReturnType<typeof make>['store']): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.keys({ prefix: 'counter.shard:' })) keys.push(key);
  return keys;
}

it('sums what was added, and spreads it', async () => {
  const { store } = make();
  const counter = createShardedCounter(store, 'likes', { shards: 4 });
  expect(await counter.get()).toBe(0);
  for (let index = 0; index < 100; index += 1) await counter.add();
  await Promise.all(Array.from({ length: 50 }, () => counter.add(-2)));
  expect(await counter.get()).toBe(0);
  expect((await shardKeys(store)).length).toBeGreaterThan(1);
});

it('keeps the calls of one moment together', async () => {
  const { store } = make();
  const counter = createShardedCounter(store, 'likes', { shards: 16 });
  await Promise.all(Array.from({ length: 100 }, () => counter.add()));
  expect(await shardKeys(store)).toHaveLength(1);
  expect(await counter.get()).toBe(100);
});

it('counts every addition in one reset or in what is left', async () => {
  const { store } = make();
  const counters = [1, 2, 3].map(() => createShardedCounter(store, 'likes', { shards: 3 }));
  let drained = 0;
  await Promise.all(
    counters.map(async (counter) => {
      for (let index = 0; index < 60; index += 1) {
        await counter.add();
        const cleared = index % 7 === 0 ? await counter.reset() : 0;
        drained += cleared;
      }
    }),
  );
  expect(drained + (await counters[0]!.get())).toBe(180);
});

it('keeps its sum when shards are raised', async () => {
  const { store } = make();
  const few = createShardedCounter(store, 'likes', { shards: 2 });
  for (let index = 0; index < 20; index += 1) await few.add();
  expect(await createShardedCounter(store, 'likes', { shards: 64 }).get()).toBe(20);
});

it('refuses what no shard can promise', async () => {
  const { store } = make();
  const counter = createShardedCounter(store, 'likes');
  for (const options of [{ min: 0 }, { max: 9 }, { opId: 'a' }]) {
    await expect(counter.add(1, options as object)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  }
  await expect(counter.add(0.5)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(() => createShardedCounter(store, 'likes', { shards: 1 })).toThrowError(/shards/);
  expect(() => createShardedCounter(store, '')).toThrowError(/name/);
  expect(await counter.get()).toBe(0);
});

it('is an error when the sum is beyond the safe integers', async () => {
  const { store } = make();
  const max = Number.MAX_SAFE_INTEGER;
  await store.raw.set('counter.shard:0:likes', new TextEncoder().encode(String(max)));
  await store.raw.set('counter.shard:1:likes', new TextEncoder().encode('1'));
  const counter = createShardedCounter(store, 'likes');
  await expect(counter.get()).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
});

it('expires, and cannot be reached by the name of another counter', async () => {
  const { store, clock } = make();
  const counter = createShardedCounter(store, 'likes', { ttlMs: 100 });
  await createCounter(store, 'likes').add(7);
  await createShardedCounter(store, '0:likes').add(7);
  await counter.add(3);
  expect(await counter.get()).toBe(3);
  await clock.advance(100);
  expect(await counter.get()).toBe(0);
});
