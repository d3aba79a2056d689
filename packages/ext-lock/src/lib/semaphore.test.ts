import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../tests/support/seeded-random.js';
import { createWorld, stateOf } from '../../../../tests/support/world.js';
import { createSemaphore, type Lease } from '../index.js';

describe('createSemaphore', () => {
  it('is held by as many as there are permits, in all processes together', async () => {
    const { process } = createWorld();
    const one = createSemaphore(process(), 'a', { permits: 3 });
    const other = createSemaphore(process(), 'a', { permits: 3 });
    const leases = [await one.acquire(), await other.acquire(), await one.acquire()];
    expect(new Set(leases.map(({ fence }) => fence)).size).toBe(3);
    expect(await other.tryAcquire()).toBeUndefined();
    expect((await one.inspect()).holders).toHaveLength(3);
    await leases[1]!.release();
    expect((await one.tryAcquire())?.held).toBe(true);
  });

  it('grants what is free to those who wait in one go', async () => {
    const { process, driver } = createWorld();
    const semaphore = createSemaphore(process(), 'a', { permits: 5 });
    await Promise.all(Array.from({ length: 5 }, () => semaphore.acquire()));
    expect(driver.applied).toBeLessThanOrEqual(2);
  });

  it('lets each lease end by itself', async () => {
    const { process, clock } = createWorld();
    const options = { permits: 2, ttlMs: 1_000, autoExtend: false };
    const one = createSemaphore(process(), 'a', options);
    const other = createSemaphore(process(), 'a', options);
    await one.acquire();
    await clock.advance(600);
    const second = await other.acquire();
    const third = other.acquire();
    await clock.advance(390);
    expect(await stateOf(third)).toBe('pending');
    await clock.advance(60);
    expect((await third).held).toBe(true);
    expect(second.held).toBe(true);
    expect((await one.inspect()).holders).toHaveLength(2);
    await clock.advance(600);
    expect(second.held).toBe(false);
    expect((await one.inspect()).holders).toHaveLength(1);
  });

  it('is never over its permits, whatever the order of things', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { process, clock } = createWorld();
    const random = createRandom(seed);
    let inside = 0;
    let most = 0;
    const caller = async (fair: boolean, store = process()): Promise<void> => {
      const semaphore = createSemaphore(store, 'a', { permits: 3, fair, handoffs: 2 });
      for (let turn = 0; turn < 5; turn += 1) {
        const lease: Lease = await semaphore.acquire();
        inside += 1;
        most = Math.max(most, inside);
        await new Promise<void>((resolve) => clock.setTimer(resolve, random() * 30));
        inside -= 1;
        await lease.release();
      }
    };
    const stores = [process(), process()];
    const all = Promise.all(
      Array.from({ length: 12 }, (_, index) => caller(index % 4 === 0, stores[index % 2])),
    );
    await clock.advance(4_000);
    await all;
    expect(most, `seed ${seed}`).toBe(3);
  });

  it('refuses a number of permits that is none', () => {
    const { process } = createWorld();
    for (const permits of [0, -1, 1.5, Number.NaN, 1_001, undefined, '2']) {
      expect(() => createSemaphore(process(), 'a', { permits: permits as number })).toThrowError(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
  });
});
