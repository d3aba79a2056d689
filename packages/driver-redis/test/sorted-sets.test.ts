import { randomUUID } from 'node:crypto';
import { createStore, type Store } from '@grovekv/kv-core';
import { namespace } from '@grovekv/kv-core/hooks';
import { openSortedSet, type SortedChange, type SortedSet } from '@grovekv/kv-core/sorted-set';
import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { redisDriver } from '../src/index.js';

const url = process.env.REDIS_URL!;
const redis = new Redis(url);
const stores: Store[] = [];

afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  redis.disconnect();
});

function open(name: string, store = createStore({ driver: redisDriver({ url }) })): SortedSet {
  stores.push(store);
  return openSortedSet(store, { prefix: 'ss', name, direction: 'descending', ties: 'first' });
}

const put = (member: string, score: number): SortedChange => ({ type: 'set', member, score });
const top = (set: SortedSet) => set.query({ type: 'slice', start: 0, ranks: 'ordinal' });

test('a set is a ZSET with the best first, and hooks that rename keys apply to all it has', async () => {
  const name = randomUUID();
  const store = createStore({ driver: redisDriver({ url }), hooks: [namespace('app:')] });
  expect(store.explain('sortedChange')).toMatchObject({ via: 'native' });
  const set = open(name, store);
  await set.change([put('a', 1), put('b', 2), put('c', 2)]);
  await set.query({ type: 'slice', start: 0, ranks: 'dense' });
  const keys = await redis.keys(`*${name}*`);
  const root = keys.find((key) => key.endsWith(`ss:${name}`));
  const elements = await redis.zrange(root!, 0, '-1');
  expect(elements.map((element) => element.at(-1))).toEqual(['b', 'c', 'a']);
  expect(keys).toHaveLength(3);
  const prefix = root!.slice(0, -`ss:${name}`.length);
  expect(keys.every((key) => key.startsWith(`${prefix}ss`))).toBe(true);
  expect(prefix).toMatch(/app/);
  await set.clear();
  expect(await redis.keys(`*${name}*`)).toEqual([]);
});

test('what stood beside a set is forgotten with it', async () => {
  const name = randomUUID();
  const set = open(name);
  await set.change([{ ...put('a', 1), data: 'old' } as SortedChange]);
  await redis.del(`ss:${name}`);
  expect((await top(set)).entries).toEqual([]);
  await set.change([put('a', 2)]);
  expect((await top(set)).entries).toEqual([{ member: 'a', score: 2, data: undefined, rank: 1 }]);
});

test('a set that lost what belongs to it is damaged until it is cleared', async () => {
  const name = randomUUID();
  const set = open(name);
  await set.change([put('a', 1)]);
  await redis.del(...(await redis.keys(`ss.aside:${name}*`)));
  await expect(top(set)).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
  await expect(set.change([put('b', 1)])).rejects.toMatchObject({
    code: 'CORRUPT_VALUE',
    key: `ss:${name}`,
  });
  await set.clear();
  await set.change([put('b', 1)]);
  expect((await top(set)).total).toBe(1);
});

test('dense ranks are right from the first question on, whatever changes meanwhile', async () => {
  const name = randomUUID();
  const [set, other] = [open(name), open(name)];
  const size = 6_000;
  await set.change(Array.from({ length: size }, (_, n) => put(`m${n}`, n)));
  const dense = (member: string) =>
    set
      .query({ type: 'members', members: [member], ranks: 'dense' })
      .then(({ entries }) => entries[0]?.rank);
  // The scores are being walked through while their ends move.
  const first = dense('m0');
  for (let n = 0; n < 300; n += 1) {
    await other.change([put(`m${n * 20}`, n % 2 ? -1 - n : n * 20 + 1)]);
  }
  await first;
  const scores = (await top(set)).entries.map((entry) => entry!.score);
  const places = new Map([...new Set(scores)].map((score, index) => [score, index + 1]));
  const all = await set.query({ type: 'slice', start: 0, ranks: 'dense' });
  for (const entry of all.entries) expect(entry!.rank).toBe(places.get(entry!.score));
  expect(await dense('m0')).toBe(places.get(1));
});

test('scripts that the server has forgotten are sent again', async () => {
  const set = open(randomUUID());
  await set.change([put('a', 1)]);
  await redis.script('FLUSH');
  await set.change([put('b', 2)]);
  await redis.script('FLUSH');
  expect((await top(set)).total).toBe(2);
});

test('a cap that is lowered drops the rest, with all that they had', async () => {
  const name = randomUUID();
  const store = createStore({ driver: redisDriver({ url }) });
  const options = { prefix: 'ss', name, direction: 'ascending', ties: 'first' } as const;
  const set = openSortedSet(store, options);
  stores.push(store);
  const members = Array.from({ length: 2_500 }, (_, n) => put(`m${n}`, n));
  await set.change(members);
  await set.query({ type: 'slice', start: 0, end: 1, ranks: 'dense' });
  await openSortedSet(store, { ...options, cap: 100 }).change([put('m0', -1)]);
  expect((await top(set)).total).toBe(100);
  const [beside, scores] = (await redis.keys(`ss.aside:${name}*`)).sort();
  expect(await redis.hlen(beside!)).toBe(101);
  expect(await redis.zcard(scores!)).toBe(100);
});
