import { createStore } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock } from '@grovekv/kv-core/testing';
import { expect, it } from 'vitest';
import { createBigCounter } from './big-counter.js';
import { createCounter } from './create-counter.js';

const MAX = BigInt(Number.MAX_SAFE_INTEGER);

function make() {
  const clock = createManualClock();
  const store = createStore({ driver: memoryDriver({ clock }) });
  return { clock, store, counter: createBigCounter(store, 'big') };
}

it('counts exactly beyond the safe integers and beyond 64 bits', async () => {
  const { counter } = make();
  await counter.set(MAX);
  const results = await Promise.all(Array.from({ length: 10 }, () => counter.add(1n)));
  expect(results.map(({ value }) => value)).toEqual(
    Array.from({ length: 10 }, (_, index) => MAX + BigInt(index) + 1n),
  );
  await counter.set(2n ** 64n - 1n);
  expect(await counter.add()).toEqual({ value: 2n ** 64n, applied: true });
  expect(await counter.add(-(2n ** 65n), { min: 0n })).toEqual({
    value: 2n ** 64n,
    applied: false,
  });
  expect(await counter.reset()).toBe(2n ** 64n);
  expect(await counter.get()).toBe(0n);
});

it('is the same counter as the plain one, which refuses what it cannot hold', async () => {
  const { store, counter } = make();
  const plain = createCounter(store, 'big');
  await plain.add(5);
  expect(await counter.add(2n)).toEqual({ value: 7n, applied: true });
  expect(await plain.add(1)).toEqual({ value: 8, applied: true });
  await counter.set(MAX + 1n);
  await expect(plain.get()).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
  await expect(plain.add(1)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
  expect(await counter.get()).toBe(MAX + 1n);
});

it('stops at 4,096 digits, unchanged', async () => {
  const { counter } = make();
  const largest = 10n ** 4096n - 1n;
  await counter.set(largest);
  await expect(counter.add(1n)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
  await expect(counter.add(10n ** 5000n)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
  expect(await counter.get()).toBe(largest);
});

it('refuses numbers', async () => {
  const { counter } = make();
  const one = 1 as unknown as bigint;
  const refused = { code: 'INVALID_ARGUMENT' };
  await expect(counter.add(one)).rejects.toMatchObject(refused);
  await expect(counter.set(one)).rejects.toMatchObject(refused);
  await expect(counter.add(1n, { max: one })).rejects.toMatchObject(refused);
  await expect(counter.add(1n, { opId: 'a' })).rejects.toMatchObject(refused);
});

it('slides its time to live', async () => {
  const { store, clock } = make();
  const counter = createBigCounter(store, 'idle', { ttlMs: 100, ttl: 'sliding' });
  await counter.add();
  await clock.advance(60);
  await counter.add();
  await clock.advance(60);
  expect(await counter.get()).toBe(2n);
  await clock.advance(40);
  expect(await counter.get()).toBe(0n);
});
