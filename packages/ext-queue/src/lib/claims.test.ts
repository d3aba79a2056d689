import { KvError } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { describe, expect, it } from 'vitest';
import { createWorld, settled } from '../../../../tests/support/world.js';
import { createQueue, type QueueOptions } from '../index.js';

const TERMS: QueueOptions<number> = {
  visibilityMs: 10_000,
  maxAttempts: 1,
  backoff: { type: 'fixed', delayMs: 0 },
};

/** From now on refuses what touches keys that match. */
function refuse(driver: Driver, keys: RegExp): void {
  const { write, get } = driver;
  const check = (touched: readonly string[]): void => {
    const key = touched.find((one) => keys.test(one));
    if (key) throw new KvError('UNAVAILABLE', 'no', { key, outcome: 'none' });
  };
  Object.assign(driver, {
    get: async (...[wanted, call]: Parameters<Driver['get']>) => {
      check(wanted);
      return get.call(driver, wanted, call);
    },
    write: async (...[writes, call]: Parameters<Driver['write']>) => {
      check(writes.map(({ key }) => key));
      return write.call(driver, writes, call);
    },
  } satisfies Partial<Driver>);
}

describe('a reservation that fails half-way', () => {
  it('gives what it has taken: nobody else would be told of these deliveries', async () => {
    const { driver, process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', TERMS);
    await queue.enqueueMany(Array.from({ length: 130 }, (_, payload) => ({ payload })));
    const other = createQueue<number>(process(), 'q', TERMS);
    refuse(driver, /r0:1$/);
    const jobs = await other.reserveMany(130);
    expect(jobs.map(({ payload }) => payload)).toEqual(Array.from({ length: 64 }, (_, n) => n));
    await expect(other.reserveMany(1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('the same if it is another priority that cannot be had', async () => {
    const { driver, process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', TERMS);
    await queue.enqueueMany([{ payload: 1, priority: 5 }, { payload: 2 }]);
    refuse(driver, /r0/);
    const jobs = await createQueue<number>(process(), 'q', TERMS).reserveMany(5);
    expect(jobs.map(({ payload }) => payload)).toEqual([1]);
  });

  it('what is left of it is delivered, not dead', async () => {
    const { clock, driver, process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', TERMS);
    await queue.enqueueMany(Array.from({ length: 65 }, (_, payload) => ({ payload })));
    const whole = { write: driver.write, get: driver.get };
    refuse(driver, /r0:1$/);
    const other = createQueue<number>(process(), 'q', TERMS);
    const first = await other.reserveMany(65).catch(() => []);
    Object.assign(driver, whole);
    await Promise.all(first.map((job) => job.ack()));
    await clock.advance(20_000);
    const rest = await other.reserveMany(65);
    await settled(clock);
    expect(first.length + rest.length).toBe(65);
    expect(await other.dead.list()).toEqual([]);
  });
});
