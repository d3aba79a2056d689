import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createStore, type Store } from '@grovekv/kv-core';
import { portable } from '@grovekv/kv-core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChildProgram } from '../../../tests/support/child.js';
import { kinds, openDriver, place } from '../../../tests/support/shared-drivers.js';
import {
  createBigCounter,
  createCounter,
  createIdAllocator,
  createPeriodCounter,
  createShardedCounter,
  getCounters,
} from '../src/index.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

describe.each(kinds)('on %s', (kind) => {
  let address: string;
  let remove: () => void;
  const namespace = `test:${randomUUID()}:`;
  const opened: Store[] = [];
  let stores: Store[];

  beforeAll(async () => {
    ({ address, remove } = await place(kind));
    const drivers = [0, 1, 2].map(() => openDriver(kind, address));
    opened.push(...drivers.map((driver) => createStore({ driver })));
    opened.push(createStore({ driver: portable(openDriver(kind, address)) }));
    stores = opened.map((store) => store.namespace(namespace));
  });
  afterAll(async () => {
    await Promise.all(opened.map((store) => store.close()));
    remove();
  });

  /** Runs `call` many times on each of four stores, one of which takes the portable way. */
  function fromEverywhere<T>(times: number, call: (store: Store, index: number) => Promise<T>) {
    return Promise.all(stores.flatMap((store) => upTo(times).map((index) => call(store, index))));
  }

  it.each([{}, { exactRetries: true }, { ttlMs: 60_000, ttl: 'sliding' }] as const)(
    'gives each addition of several stores its own value (%j)',
    async (options) => {
      const name = JSON.stringify(options);
      const results = await fromEverywhere(50, (store) =>
        createCounter(store, name, options).add(),
      );
      expect(sorted(results.map(({ value }) => value))).toEqual(upTo(200));
      expect(await createCounter(stores[0]!, name, options).get()).toBe(200);
    },
  );

  it('holds a bound against all of them', async () => {
    await createCounter(stores[0]!, 'stock').set(60);
    const results = await fromEverywhere(25, (store) =>
      createCounter(store, 'stock').add(-1, { min: 0 }),
    );
    expect(results.filter(({ applied }) => applied)).toHaveLength(60);
    expect(await createCounter(stores[1]!, 'stock').get()).toBe(0);
  });

  it('counts a named addition once, whoever repeats it', async () => {
    await fromEverywhere(20, (store, index) => {
      const counter = createCounter(store, 'named', { exactRetries: true });
      return counter.add(1, { opId: `op-${index}` });
    });
    expect(await getCounters(stores[0]!, ['named'])).toEqual([20]);
  });

  it('counts from several processes, and gives no id twice', async () => {
    const children = [1, 2, 3].map(
      () => new ChildProgram({ folder }, 'adder', [kind, address, namespace, '40']),
    );
    for (const child of children) await child.finished();
    const reports = await Promise.all(
      children.map((child) => child.message<{ values: number[]; taken: number[] }>(0)),
    );
    expect(sorted(reports.flatMap(({ values }) => values))).toEqual(upTo(360));
    expect(new Set(reports.flatMap(({ taken }) => taken)).size).toBe(120);
    for (const { taken } of reports) expect(taken).toEqual(sorted(taken));
  });

  it('counts past 64 bits', async () => {
    const start = 2n ** 64n - 50n;
    await createBigCounter(stores[0]!, 'big').set(start);
    await fromEverywhere(25, (store) => createBigCounter(store, 'big').add(1n));
    expect(await createBigCounter(stores[3]!, 'big').get()).toBe(start + 100n);
    await expect(createCounter(stores[0]!, 'big').add()).rejects.toMatchObject({
      code: expect.stringMatching(/^(OUT_OF_RANGE|NOT_AN_INTEGER)$/),
    });
  });

  it('spreads, buckets and allocates', async () => {
    await fromEverywhere(25, async (store) => {
      await createShardedCounter(store, 'spread', { shards: 4 }).add();
      await createPeriodCounter(store, 'signups', { period: 'day', keep: 2 }).add();
    });
    expect(await createShardedCounter(stores[0]!, 'spread', { shards: 4 }).get()).toBe(100);
    const days = await createPeriodCounter(stores[0]!, 'signups', {
      period: 'day',
      keep: 2,
    }).last();
    expect(days.reduce((sum, { value }) => sum + value, 0)).toBe(100);
    const allocators = stores.map((store) => createIdAllocator(store, 'ids', { block: 8 }));
    const ids = await Promise.all(allocators.flatMap((ids) => upTo(30).map(() => ids.next())));
    expect(new Set(ids).size).toBe(120);
  });

  it('expires by the time of its creation', async () => {
    const counter = createCounter(stores[0]!, 'short', { ttlMs: 60_000 });
    await counter.add();
    const first = (await counter.ttl()) ?? 0;
    await counter.add();
    expect(first).toBeGreaterThan(50_000);
    expect(await counter.ttl()).toBeLessThanOrEqual(first);
  });

  it('refuses foreign bytes and leaves them', async () => {
    const foreign = new TextEncoder().encode('1.5');
    await stores[0]!.raw.set('counter:foreign', foreign);
    for (const store of stores) {
      const counter = createCounter(store, 'foreign');
      await expect(counter.add()).rejects.toMatchObject({ code: 'NOT_AN_INTEGER' });
      await expect(counter.get()).rejects.toMatchObject({ code: 'NOT_AN_INTEGER' });
    }
    expect(await stores[0]!.raw.get('counter:foreign')).toEqual(foreign);
  });
});
