import { createStore } from '@grovekv/kv-core';
import { describe, expect, it } from 'vitest';
import { lossyDriver } from '../../../../tests/support/lossy-driver.js';
import { createIdAllocator, type IdAllocatorOptions } from './id-allocator.js';

function make(options: IdAllocatorOptions = {}) {
  const driver = lossyDriver();
  const store = createStore({ driver });
  const allocator = () => createIdAllocator(store, 'orders', { allowVolatile: true, ...options });
  return { driver, store, allocator };
}

describe('an id allocator', () => {
  it('counts from 1, increasing, with one request a block', async () => {
    const { driver, allocator } = make({ block: 10 });
    const ids = allocator();
    const taken: number[] = [];
    for (let index = 0; index < 25; index += 1) taken.push(await ids.next());
    expect(taken).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(driver.applied).toBe(3);
  });

  it('shares one request among concurrent calls, however many', async () => {
    const { driver, allocator } = make({ block: 10 });
    const ids = allocator();
    const taken = await Promise.all(Array.from({ length: 95 }, () => ids.next()));
    expect(taken).toEqual(Array.from({ length: 95 }, (_, index) => index + 1));
    expect(driver.applied).toBe(1);
    for (let index = 0; index < 5; index += 1) await ids.next();
    expect(driver.applied).toBe(1);
  });

  it('never gives an id twice, from several processes', async () => {
    const { allocator } = make({ block: 7 });
    const all = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const ids = allocator();
        const own: number[] = [];
        for (let index = 0; index < 50; index += 1) own.push(await ids.next());
        expect(own).toEqual([...own].sort((a, b) => a - b));
        return own;
      }),
    );
    expect(new Set(all.flat()).size).toBe(250);
  });

  it('skips a block whose outcome is unknown', async () => {
    const { driver, allocator } = make({ block: 10 });
    const ids = allocator();
    driver.loseReply();
    const failed = await Promise.allSettled([ids.next(), ids.next()]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await ids.next()).toBe(11);
    expect(await allocator().next()).toBe(21);
  });

  it('ends with an error, not with an id twice', async () => {
    const { store, allocator } = make({ block: 10 });
    const text = String(Number.MAX_SAFE_INTEGER - 5);
    await store.raw.set('counter.id:orders', new TextEncoder().encode(text));
    await expect(allocator().next()).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
  });

  it('refuses a driver that may lose its counter, unless told', () => {
    const { store } = make();
    expect(() => createIdAllocator(store, 'orders')).toThrowError(
      expect.objectContaining({ code: 'NOT_SUPPORTED' }),
    );
  });

  it.each([0, -1, 1.5, NaN, 1_000_001, '10'])('refuses a block of %s', (block) => {
    expect(() => make({ block: block as number }).allocator()).toThrowError(/block/);
  });
});
