import { createStore, type Store } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock, portable } from '@grovekv/kv-core/testing';
import { describe, expect, it } from 'vitest';
import { createCounter } from './create-counter.js';
import { getCounters } from './get-counters.js';

const MAX = Number.MAX_SAFE_INTEGER;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string => new TextDecoder().decode(value);

function make(): { store: Store; clock: ReturnType<typeof createManualClock> } {
  const clock = createManualClock();
  return { clock, store: createStore({ driver: memoryDriver({ clock }) }) };
}

const kinds = {
  plain: {},
  sliding: { ttlMs: 1000, ttl: 'sliding' },
  exact: { exactRetries: true },
} as const;

describe.each(Object.entries(kinds))('a %s counter', (_, options) => {
  it('counts from 0 and says the running value', async () => {
    const counter = createCounter(make().store, 'visitors', options);
    expect(await counter.get()).toBe(0);
    expect(await counter.add()).toEqual({ value: 1, applied: true });
    expect(await counter.add(-5)).toEqual({ value: -4, applied: true });
    expect(await counter.add(0)).toEqual({ value: -4, applied: true });
    expect(await counter.get()).toBe(-4);
  });

  it('changes nothing when a bound is unmet, and says the value that stands', async () => {
    const { store } = make();
    const counter = createCounter(store, 'seats', options);
    expect(await counter.add(-1, { min: 0 })).toEqual({ value: 0, applied: false });
    expect(await store.has('counter:seats')).toBe(false);
    await counter.set(9);
    expect(await counter.add(2, { max: 10 })).toEqual({ value: 9, applied: false });
    expect(await counter.add(1, { max: 10 })).toEqual({ value: 10, applied: true });
    expect(await counter.add(MAX, { max: 10 })).toEqual({ value: 10, applied: false });
  });

  it('never goes below a floor of 0 under concurrency, nor floors silently', async () => {
    const counter = createCounter(make().store, 'stock', options);
    await counter.set(30);
    const results = await Promise.all(
      Array.from({ length: 50 }, () => counter.add(-1, { min: 0 })),
    );
    expect(results.filter(({ applied }) => applied)).toHaveLength(30);
    expect(await counter.get()).toBe(0);
  });

  it('gives every concurrent addition its own value, from several instances', async () => {
    const { store } = make();
    const counters = [1, 2, 3, 4].map(() => createCounter(store, 'hot', options));
    const results = await Promise.all(
      counters.flatMap((counter) => Array.from({ length: 50 }, () => counter.add())),
    );
    const values = results.map(({ value }) => value).sort((a, b) => a - b);
    expect(values).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('is an error beyond the safe integers, and stays as it was', async () => {
    const counter = createCounter(make().store, 'large', options);
    await counter.set(MAX);
    await expect(counter.add(1)).rejects.toMatchObject({ code: 'OUT_OF_RANGE', outcome: 'none' });
    await expect(counter.add(1, { min: 0 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    await counter.set(-MAX);
    await expect(counter.add(-1, { max: 0 })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect(await counter.get()).toBe(-MAX);
  });

  it.each([NaN, 0.5, Number.POSITIVE_INFINITY, 2 ** 53, '1', null, [1], 1n, {}])(
    'refuses %s as an amount, a bound and a value',
    async (hostile) => {
      const { store } = make();
      const counter = createCounter(store, 'c', options);
      const bad = hostile as number;
      const refused = { code: 'INVALID_ARGUMENT', outcome: 'none' };
      await expect(counter.add(bad)).rejects.toMatchObject(refused);
      await expect(counter.add(1, { min: bad })).rejects.toMatchObject(refused);
      await expect(counter.add(1, { max: bad })).rejects.toMatchObject(refused);
      await expect(counter.set(bad)).rejects.toMatchObject(refused);
      await expect(counter.compareAndSet(bad, 1)).rejects.toMatchObject(refused);
      await expect(counter.compareAndSet(0, bad)).rejects.toMatchObject(refused);
      expect(await store.has('counter:c')).toBe(false);
    },
  );

  it('refuses bounds that cross', async () => {
    const counter = createCounter(make().store, 'c', options);
    await expect(counter.add(1, { min: 5, max: 4 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('stores -0 as 0', async () => {
    const { store } = make();
    const counter = createCounter(store, 'zero', options);
    await counter.set(-0);
    expect(text(await store.raw.get('counter:zero'))).toBe('0');
    const swapped = await counter.compareAndSet(0, -0);
    expect(Object.is(swapped.value, 0)).toBe(true);
  });

  it.each(['abc', '', ' 1', '1 ', '01', '-0', '+1', '1.0', '1e3', '0x1', '１', '--1', '-'])(
    'refuses the foreign bytes %j and leaves them',
    async (foreign) => {
      const { store } = make();
      const counter = createCounter(store, 'foreign', options);
      await store.raw.set('counter:foreign', bytes(foreign));
      await expect(counter.get()).rejects.toMatchObject({ code: 'NOT_AN_INTEGER' });
      await expect(counter.add()).rejects.toMatchObject({ code: 'NOT_AN_INTEGER' });
      await expect(counter.reset()).rejects.toMatchObject({ code: 'NOT_AN_INTEGER' });
      expect(text(await store.raw.get('counter:foreign'))).toBe(foreign);
    },
  );

  it('compares and sets, an absent counter being 0', async () => {
    const counter = createCounter(make().store, 'cas', options);
    expect(await counter.compareAndSet(1, 5)).toEqual({ value: 0, applied: false });
    expect(await counter.compareAndSet(0, 5)).toEqual({ value: 5, applied: true });
    const races = await Promise.all([6, 7, 8].map((next) => counter.compareAndSet(5, next)));
    expect(races.filter(({ applied }) => applied)).toHaveLength(1);
  });

  it('loses no addition to a reset', async () => {
    const counter = createCounter(make().store, 'drain', options);
    let drained = 0;
    const adds = Array.from({ length: 100 }, async (_, index) => {
      await counter.add();
      const cleared = index % 10 === 0 ? await counter.reset() : 0;
      drained += cleared;
    });
    await Promise.all(adds);
    expect(drained + (await counter.get())).toBe(100);
  });

  it('agrees with itself on a driver without native operations', async () => {
    const driver = memoryDriver();
    const local = createCounter(createStore({ driver }), 'both', options);
    const remote = createCounter(createStore({ driver: portable(driver) }), 'both', options);
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => (index % 2 ? local : remote).add(2)),
    );
    expect(await local.get()).toBe(200);
    expect(await remote.get()).toBe(200);
  });

  it('refuses a call whose signal has fired', async () => {
    const counter = createCounter(make().store, 'c', options);
    const signal = AbortSignal.abort();
    await expect(counter.add(1, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(counter.reset({ signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await counter.get()).toBe(0);
  });
});

describe('time to live', () => {
  it('counts from creation: additions do not prolong it', async () => {
    const { store, clock } = make();
    const counter = createCounter(store, 'window', { ttlMs: 1000 });
    await counter.add();
    await clock.advance(900);
    expect(await counter.add()).toEqual({ value: 2, applied: true });
    expect(await counter.ttl()).toBe(100);
    await clock.advance(100);
    expect(await counter.get()).toBe(0);
    expect(await counter.add()).toEqual({ value: 1, applied: true });
    expect(await counter.ttl()).toBe(1000);
  });

  it('is there as soon as the counter is: no crash can leave one for ever', async () => {
    const { store } = make();
    const counter = createCounter(store, 'window', { ttlMs: 1000 });
    const [, ttl] = await Promise.all([counter.add(), counter.ttl()]);
    expect(ttl).toBe(1000);
  });

  it('slides with each change, and not with a refused one', async () => {
    const { store, clock } = make();
    const counter = createCounter(store, 'idle', { ttlMs: 1000, ttl: 'sliding' });
    await counter.add();
    await clock.advance(900);
    await counter.add();
    expect(await counter.ttl()).toBe(1000);
    await clock.advance(400);
    await counter.add(1, { max: 1 });
    expect(await counter.ttl()).toBe(600);
    await counter.compareAndSet(2, 3);
    expect(await counter.ttl()).toBe(1000);
    await clock.advance(1000);
    expect(await counter.get()).toBe(0);
  });

  it.each([{}, { exactRetries: true }])('starts anew by set (%j)', async (options) => {
    const { store, clock } = make();
    const counter = createCounter(store, 'w', { ttlMs: 1000, ...options });
    await counter.add();
    await clock.advance(600);
    await counter.set(5);
    expect(await counter.ttl()).toBe(1000);
    expect(await counter.reset()).toBe(5);
    expect(await counter.ttl()).toBeUndefined();
  });

  it.each([0, -1, NaN, Number.POSITIVE_INFINITY, '5', 2 ** 53])('refuses %s', (ttlMs) => {
    expect(() => createCounter(make().store, 'c', { ttlMs: ttlMs as number })).toThrowError(
      /ttlMs/,
    );
  });

  it('refuses to slide without a length, and modes it does not know', () => {
    const { store } = make();
    expect(() => createCounter(store, 'c', { ttl: 'sliding' })).toThrowError(/ttlMs/);
    const ttl = 'fixed' as 'create';
    expect(() => createCounter(store, 'c', { ttl, ttlMs: 1 })).toThrowError(/sliding/);
  });
});

describe('names', () => {
  it.each([undefined, null, '', 5, ['a'], '\ud800'])('refuses %s', (name) => {
    expect(() => createCounter(make().store, name as string)).toThrowError(
      expect.objectContaining({ code: 'INVALID_KEY' }),
    );
  });

  it('keeps odd ones apart', async () => {
    const { store } = make();
    const names = ['a', 'a ', 'A', 'a:b', 'a\0', 'a\r\n', '__proto__', 'é', 'e\u0301', '{a}*?'];
    await Promise.all(names.map((name, index) => createCounter(store, name).add(index + 1)));
    expect(await getCounters(store, names)).toEqual(names.map((_, index) => index + 1));
  });
});

describe('getCounters', () => {
  it('reads many in the order asked, of any kind, absent ones as 0', async () => {
    const { store } = make();
    await createCounter(store, 'a').add(1);
    await createCounter(store, 'b', { exactRetries: true }).add(2, { opId: 'x' });
    expect(await getCounters(store, ['b', 'nothing', 'a', 'b'])).toEqual([2, 0, 1, 2]);
    expect(await getCounters(store, [])).toEqual([]);
  });

  it('refuses foreign bytes and bad names', async () => {
    const { store } = make();
    await store.set('counter:bad', 'text');
    await expect(getCounters(store, ['bad'])).rejects.toMatchObject({ code: 'NOT_AN_INTEGER' });
    await expect(getCounters(store, ['a', ''])).rejects.toMatchObject({ code: 'INVALID_KEY' });
  });
});

it('works in a namespace, apart from the one outside', async () => {
  const { store } = make();
  await createCounter(store.namespace('tenant'), 'c').add(3);
  expect(await createCounter(store, 'c').get()).toBe(0);
  expect(await createCounter(store.namespace('tenant'), 'c').get()).toBe(3);
});
