import { createStore } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock } from '@grovekv/kv-core/testing';
import { describe, expect, it } from 'vitest';
import { lossyDriver } from '../../../../tests/support/lossy-driver.js';
import { type CounterOptions, createCounter } from './create-counter.js';

function make(exactRetries: CounterOptions['exactRetries'] = true) {
  const clock = createManualClock();
  const store = createStore({ driver: memoryDriver({ clock }) });
  return { clock, store, counter: createCounter(store, 'paid', { exactRetries }) };
}

describe('a named addition', () => {
  it('counts once however often it is called, with the result of the first', async () => {
    const { counter } = make();
    const first = await counter.add(5, { opId: 'order-1' });
    await counter.add(1);
    expect(await counter.add(5, { opId: 'order-1' })).toEqual(first);
    const many = await Promise.all(
      Array.from({ length: 20 }, () => counter.add(2, { opId: 'order-2' })),
    );
    expect(new Set(many.map(({ value }) => value))).toEqual(new Set([8]));
    expect(await counter.get()).toBe(8);
  });

  it('counts once when the reply was lost and the caller tries again', async () => {
    const driver = lossyDriver();
    const plain = createCounter(createStore({ driver }), 'plain');
    driver.loseReply();
    await expect(plain.add()).rejects.toMatchObject({ outcome: 'unknown' });
    await plain.add();
    expect(await plain.get()).toBe(2);

    const exact = createCounter(createStore({ driver }), 'exact', { exactRetries: true });
    driver.loseReply();
    expect(await exact.add(1, { opId: 'a' })).toEqual({ value: 1, applied: true });
    expect(await exact.add(1, { opId: 'a' })).toEqual({ value: 1, applied: true });
    driver.loseRequest();
    expect(await exact.add(1, { opId: 'b' })).toEqual({ value: 2, applied: true });
    expect(await exact.get()).toBe(2);
  });

  it('is known to another process', async () => {
    const { store, counter } = make();
    await counter.add(5, { opId: 'a' });
    const elsewhere = createCounter(store, 'paid', { exactRetries: true });
    expect(await elsewhere.add(5, { opId: 'a' })).toEqual({ value: 5, applied: true });
    expect(await elsewhere.get()).toBe(5);
  });

  it('may be tried again after a refused bound, and then counts', async () => {
    const { counter } = make();
    await counter.set(10);
    expect(await counter.add(1, { opId: 'a', max: 10 })).toEqual({ value: 10, applied: false });
    await counter.set(3);
    expect(await counter.add(1, { opId: 'a', max: 10 })).toEqual({ value: 4, applied: true });
  });

  it('cannot name another amount', async () => {
    const { counter } = make();
    await counter.add(5, { opId: 'a' });
    await expect(counter.add(6, { opId: 'a' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await counter.get()).toBe(5);
  });

  it('stays known through set, reset and compareAndSet', async () => {
    const { counter } = make();
    await counter.add(5, { opId: 'a' });
    await counter.set(100);
    expect(await counter.reset()).toBe(100);
    await counter.compareAndSet(0, 7);
    await counter.add(5, { opId: 'a' });
    expect(await counter.get()).toBe(7);
  });

  it('is remembered for the window, then forgotten', async () => {
    const { counter, clock, store } = make({ windowMs: 1000 });
    await counter.add(1, { opId: 'a' });
    await clock.advance(1000);
    await counter.add(1, { opId: 'b' });
    await counter.add(1, { opId: 'a' });
    expect(await counter.get()).toBe(2);
    await clock.advance(1001);
    await counter.add(1);
    expect(new TextDecoder().decode(await store.raw.get('counter:paid'))).toBe('3');
  });

  it('is refused rather than another forgotten early', async () => {
    const { counter, clock } = make({ windowMs: 1000, remember: 3 });
    for (const opId of ['a', 'b', 'c']) await counter.add(1, { opId });
    await expect(counter.add(1, { opId: 'd' })).rejects.toMatchObject({
      code: 'CONTENTION',
      outcome: 'none',
    });
    await counter.add(1, { opId: 'a' });
    expect(await counter.add(1)).toEqual({ value: 4, applied: true });
    await clock.advance(1001);
    expect(await counter.add(1, { opId: 'd' })).toEqual({ value: 5, applied: true });
  });

  it.each(['', 'x'.repeat(129), 7, null, ['a'], '\ud800'])('refuses the name %s', async (opId) => {
    const { counter } = make();
    await expect(counter.add(1, { opId: opId as string })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('takes any other name as it is', async () => {
    const { counter } = make();
    const names = ['__proto__', 'constructor', '"', '\0', '{', 'é'];
    for (const opId of [...names, ...names]) await counter.add(1, { opId });
    expect(await counter.get()).toBe(names.length);
  });
});

it('refuses a name where nothing would remember it', async () => {
  const { store } = make();
  const plain = createCounter(store, 'plain');
  await expect(plain.add(1, { opId: 'a' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(await plain.get()).toBe(0);
});

it('takes over a plain counter, which from then on refuses', async () => {
  const { store } = make();
  const plain = createCounter(store, 'c');
  await plain.add(41);
  const exact = createCounter(store, 'c', { exactRetries: true });
  expect(await exact.add(1, { opId: 'a' })).toEqual({ value: 42, applied: true });
  await expect(plain.add()).rejects.toMatchObject({ code: 'NOT_AN_INTEGER' });
  await expect(plain.get()).rejects.toMatchObject({ code: 'NOT_AN_INTEGER' });
  expect(await exact.get()).toBe(42);
});

it.each(['{', '{}', '{"value":1}', '{"value":1.5,"ops":[]}', '{"value":1,"ops":[["a",1]]}'])(
  'refuses the damaged record %s',
  async (record) => {
    const { store, counter } = make();
    await store.raw.set('counter:paid', new TextEncoder().encode(record));
    await expect(counter.get()).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
    await expect(counter.add(1, { opId: 'b' })).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
  },
);

it.each([{ windowMs: 0 }, { windowMs: NaN }, { remember: 0 }, { remember: 10_001 }])(
  'refuses the options %j',
  (exactRetries) => {
    expect(() => make(exactRetries)).toThrowError(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  },
);
